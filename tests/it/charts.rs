//! The charts of the cursor's row: they are the account's truth, and what is loaded for them is loaded once, in pieces, and only while somebody looks.

use ratatui::{Terminal, backend::TestBackend};
use tiertop::{
    app::{
        event::{Ask, Event, Round},
        view::RowId,
    },
    domain::{
        chart::{Chart, Lack, Panel, Statistic, Unit, What},
        ids::EndpointId,
        metric::{Metric, Namespace, Part, SeriesKey},
        minute::Span,
        series::Cell,
        snapshot::Bound,
    },
    sim::{faults::Kind, scenario::Scenario, world::Series},
    ui::{self, Theme},
};

use crate::support::{Run, close, scenario};

const PROFILE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const COPY: &str = "a1b2c3d4e5f6";
const LIMIT: f64 = 2_000_000.0;

fn chart(run: &Run, panel: Panel) -> &Chart {
    run.state.charts.iter().find(|chart| chart.panel == panel).expect("one chart for each panel")
}

fn press(run: &mut Run, keys: &[&str]) {
    for key in keys {
        run.send(Event::Key((*key).into()));
    }
}

/// The cursor on an endpoint's own row, after a rest.
fn go_to(run: &mut Run, id: &str) {
    run.send(Event::Key("g".into()));
    run.send(Event::Key("g".into()));
    let is_it = |run: &Run| match &run.state.view.cursor {
        Some(RowId::Member(_, endpoint)) => endpoint.as_str() == id,
        Some(RowId::Pool(pool)) => pool.as_str() == id && run.pool(id).members.len() == 1,
        _ => false,
    };
    for _ in 0..40 {
        if is_it(run) {
            break;
        }
        run.send(Event::Key("j".into()));
    }
    assert!(is_it(run), "{id} has no row");
    settle(run);
}

/// Lets the program ask whatever it still wants to.
fn settle(run: &mut Run) {
    for _ in 0..40 {
        let asked = run.asks.len();
        run.pass(1);
        run.tick();
        if run.asks.len() == asked {
            return;
        }
    }
    panic!("it never stops asking");
}

fn truth(run: &Run, id: &str, metric: &str, stat: &str, period: i64, span: Span) -> Vec<Option<f64>> {
    let series = Series {
        namespace: "AWS/Bedrock".into(),
        metric: metric.into(),
        dimensions: vec![("ModelId".to_owned(), id.to_owned())],
    };
    let (from, to) = (span.first.start_second(), (span.last + 1).start_second());
    let points = run.sim.with_world(|world| world.statistic(to + 3600, &series, stat, period * 60, from, to));
    let starts = (from..to).step_by(usize::try_from(period * 60).unwrap());
    starts.map(|start| points.iter().find(|(at, _)| *at == start).map(|(_, value)| *value)).collect()
}

fn screen(run: &Run, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| ui::draw(frame, &run.state, &Theme::default())).unwrap();
    terminal.backend().to_string()
}

fn chart_asks(run: &Run) -> Vec<Span> {
    let spans = run.asks.iter().filter_map(|ask| match ask {
        Ask::Metrics { round: Round::Chart, span, .. } => Some(*span),
        _ => None,
    });
    spans.collect()
}

#[test]
fn a_pool_s_use_is_its_members_truth_in_percent_of_the_limit() {
    let run = Run::polled(scenario("throttled"));
    let used = chart(&run, Panel::Use);
    assert_eq!((used.unit, used.period_minutes, used.span), (Unit::Percent, 1, run.window()));
    assert_eq!(used.limit.map(|limit| (limit.value, limit.applied)), Some((100.0, LIMIT)));
    let of = |id| truth(&run, id, "EstimatedTPMQuotaUsage", "Sum", 1, used.span);
    let (profile, copy) = (of(PROFILE), of(COPY));
    for (point, (a, b)) in used.lines[0].points.iter().zip(profile.iter().zip(&copy)) {
        let tokens = a.unwrap_or(0.0) + b.unwrap_or(0.0);
        assert!(close(point.value().unwrap(), 100.0 * tokens / LIMIT), "{point:?} {tokens}");
    }
    assert_eq!(used.bound, Bound::AtLeast, "calls are refused below the limit: the use is a lower bound");
    let throttles = truth(&run, PROFILE, "InvocationThrottles", "Sum", 1, used.span);
    let refused: Vec<bool> = throttles.iter().map(Option::is_some).collect();
    assert!(refused.contains(&true));
    assert!(used.refused.iter().zip(&refused).all(|(shown, truth)| *shown || !truth), "each refused minute is marked");
    for id in [PROFILE, COPY] {
        let throttles = truth(&run, id, "InvocationThrottles", "Sum", 1, used.span);
        let refused: Vec<bool> = throttles.iter().map(Option::is_some).collect();
        assert_eq!(run.row(id).refused, refused[refused.len() - 60..], "a member's own");
    }
    let attempts = chart(&run, Panel::Attempts);
    let line = |what: &What| &attempts.lines.iter().find(|line| line.what == *what).unwrap().points;
    let sum = |points: &[Cell]| points.iter().map(|cell| cell.value().unwrap()).sum::<f64>();
    let all = sum(line(&What::Attempts)) - sum(line(&What::Refused));
    assert!(close(all, run.true_sum(PROFILE, "Invocations") + run.true_sum(COPY, "Invocations")));
}

#[test]
fn percentiles_are_never_merged_a_pool_shows_those_of_its_busiest_member() {
    let mut run = Run::polled(scenario("throttled"));
    let of_pool = chart(&run, Panel::Latency).clone();
    assert_eq!(of_pool.member.as_ref().map(EndpointId::as_str), Some(PROFILE));
    assert_eq!(chart(&run, Panel::Use).member, None);
    go_to(&mut run, PROFILE);
    let latency = chart(&run, Panel::Latency);
    assert_eq!((&latency.member, &latency.lines[0].points[..30]), (&None, &of_pool.lines[0].points[..30]));
    assert_eq!((latency.unit, latency.period_minutes, latency.lack), (Unit::Milliseconds, 5, None));
    for (what, stat) in [(What::P50, "p50"), (What::P90, "p90"), (What::P99, "p99")] {
        let line = latency.lines.iter().find(|line| line.what == what).unwrap();
        let truth = truth(&run, PROFILE, "InvocationLatency", stat, 5, latency.span);
        assert_eq!(line.points.len(), truth.len());
        for (point, truth) in line.points.iter().zip(truth) {
            assert_eq!(point.value(), truth, "{stat}");
        }
    }
    assert_eq!(latency.usual.len(), latency.points(), "the last 7 days of it are known");
    assert!(latency.usual.iter().flatten().all(|usual| usual.low <= usual.median && usual.median <= usual.high));
}

#[test]
fn a_long_window_comes_in_pieces_newest_first_and_then_never_again() {
    let mut run = Run::polled(scenario("healthy"));
    go_to(&mut run, PROFILE);
    let before = chart_asks(&run).len();
    press(&mut run, &["t", "t", "t", "t", "t", "t"]);
    settle(&mut run);
    let used = chart(&run, Panel::Use);
    assert_eq!((used.span.len() / 1440, used.period_minutes, used.lack), (14, 60, None), "{:?}", used.lack);
    let pieces = chart_asks(&run)[before..].to_vec();
    assert!(pieces.len() >= 5, "{pieces:?}");
    assert!(pieces.windows(2).all(|pair| pair[1].last < pair[0].last), "newest first: {pieces:?}");
    let truth = truth(&run, PROFILE, "EstimatedTPMQuotaUsage", "Sum", 1, used.span);
    let limit = used.limit.unwrap().applied;
    let copies = run.pool(PROFILE).members.len();
    assert!(copies >= 1);
    for (point, minutes) in used.lines[0].points.iter().zip(truth.chunks(60)) {
        let worst = minutes.iter().map(|value| value.unwrap_or(0.0)).fold(0.0, f64::max);
        assert!(close(point.value().unwrap(), 100.0 * worst / limit), "{point:?} {worst}");
    }
    let asked = chart_asks(&run).len();
    press(&mut run, &["T", "T", "T", "t", "t", "t"]);
    settle(&mut run);
    assert_eq!(chart_asks(&run).len(), asked, "what was loaded comes back at once");
    for _ in 0..3 {
        run.minute();
    }
    assert_eq!(chart_asks(&run).len(), asked, "and stays while time goes on");
    assert_eq!(chart(&run, Panel::Use).lack, None);
}

#[test]
fn long_periods_go_on_while_time_goes_on() {
    let mut run = Run::polled(scenario("healthy"));
    go_to(&mut run, PROFILE);
    press(&mut run, &["t", "t", "t", "t", "t", "t"]);
    settle(&mut run);
    let asked = chart_asks(&run).len();
    for _ in 0..80 {
        run.minute();
        // Somebody looks.
        run.send(Event::Key("F12".into()));
        settle(&mut run);
    }
    let latency = chart(&run, Panel::Latency);
    assert_eq!(latency.period_minutes, 60);
    let p90 = latency.lines.iter().find(|line| line.what == What::P90).unwrap();
    let truth = truth(&run, PROFILE, "InvocationLatency", "p90", 60, latency.span);
    // The newest period may not be loaded yet.
    let newest: Vec<_> = p90.points.iter().zip(truth).rev().skip(1).take(3).collect();
    assert!(newest.iter().all(|(point, truth)| point.value() == *truth && truth.is_some()), "{newest:?}");
    let asked = chart_asks(&run).len() - asked;
    assert!((1..=3).contains(&asked), "{asked}");
}

#[test]
fn what_goes_on_is_said_to_be_so_far() {
    let mut run = Run::polled(scenario("throttled"));
    run.minute();
    run.minute();
    let attempts = chart(&run, Panel::Attempts);
    let so_far = |metric| {
        let series = |id: &str| SeriesKey { namespace: Namespace::Bedrock, metric, part: Part::Endpoint(id.into()) };
        let store = &run.state.account.store;
        let of = |id| store.unsettled(&series(id), run.window().last + 1);
        of(PROFILE).unwrap_or(0.0) + of(COPY).unwrap_or(0.0)
    };
    let refused = so_far(Metric::InvocationThrottles);
    assert!(refused > 0.0);
    assert!(close(attempts.hollow[0], so_far(Metric::Invocations) + refused), "refused calls are attempts");

    press(&mut run, &["t", "t"]);
    settle(&mut run);
    while (run.window().last.0 + 1) % 5 == 0 {
        run.minute();
    }
    let (errors, period) = (chart(&run, Panel::Errors), 5);
    assert_eq!((errors.period_minutes, errors.span.last), (period, run.window().last));
    let last = errors.points() - 1;
    assert!(errors.is_over(last - 1) && !errors.is_over(last));
    assert!(screen(&run, 200, 60).contains(&format!("{} so far 5xx ", errors.minute_of(last))));
}

#[test]
fn what_may_be_more_and_less_is_unknown_as_in_the_table() {
    let scenario = Scenario { tier_dimensions: scenario("id-suffix").tier_dimensions, ..scenario("reserved-spill") };
    let mut run = Run::polled(scenario);
    go_to(&mut run, HAIKU);
    assert_eq!((run.row(HAIKU).usage.used_now, run.row(HAIKU).usage.peak), (None, None));
    let used = chart(&run, Panel::Use);
    assert_eq!((used.lack, used.lines.len(), used.hollow.len()), (Some(Lack::Unknown), 0, 0));
}

#[test]
fn loading_says_how_far_it_is_and_shows_what_is_there() {
    let mut run = Run::polled(scenario("healthy"));
    go_to(&mut run, PROFILE);
    press(&mut run, &["t", "t", "t", "t"]);
    let used = chart(&run, Panel::Use);
    assert!(matches!(used.lack, Some(Lack::Loading(percent)) if percent < 50), "{:?}", used.lack);
    assert!(used.lines[0].points.contains(&Cell::Unknown));
    assert!(used.lines[0].points.last().unwrap().value().is_some(), "the newest is here already");
    settle(&mut run);
    assert_eq!(chart(&run, Panel::Use).lack, None);
}

#[test]
fn nothing_is_loaded_for_rows_that_are_passed_by_or_that_nobody_looks_at() {
    let mut run = Run::polled(scenario("healthy"));
    for _ in 0..5 {
        run.minute();
    }
    assert_eq!(chart_asks(&run), [], "nobody has pressed a key");
    press(&mut run, &["j", "j", "j", "j"]);
    assert_eq!(chart_asks(&run), [], "the cursor has not rested");
}

#[test]
fn what_is_denied_is_unknown_and_is_not_asked_again_and_again() {
    let mut run = Run::polled(scenario("healthy"));
    go_to(&mut run, PROFILE);
    run.break_with(&[("cloudwatch:GetMetricData", Kind::Denied)]);
    press(&mut run, &["t", "t", "t", "t"]);
    for _ in 0..10 {
        run.pass(1);
        run.tick();
    }
    let denied = chart_asks(&run).len();
    assert!(denied <= 3, "{denied}");
    let used = chart(&run, Panel::Use);
    assert_eq!(used.lines[0].points[0], Cell::Unknown);
}

#[test]
fn keys_choose_window_period_statistic_panel_and_cross_hair() {
    let mut run = Run::polled(scenario("healthy"));
    go_to(&mut run, PROFILE);
    let newest = run.window().last;
    press(&mut run, &["Tab", "Tab", "m", "m"]);
    assert_eq!(run.state.view.charts.focus, Panel::Latency);
    assert_eq!(chart(&run, Panel::Latency).statistic, Statistic::P90);
    press(&mut run, &["←", "←", "h"]);
    assert_eq!(run.state.view.charts.cross, Some(newest - 2));
    press(&mut run, &["+"]);
    let zoomed = chart(&run, Panel::Use).span;
    assert_eq!(zoomed.len(), 90);
    assert!(zoomed.contains(newest - 2));
    press(&mut run, &["[", "["]);
    assert_eq!(chart(&run, Panel::Use).span.last, zoomed.last - 90);
    press(&mut run, &["]", "]", "]"]);
    assert_eq!(run.state.view.charts.end, None, "follows the newest again");
    press(&mut run, &["i"]);
    assert_eq!(chart(&run, Panel::Use).period_minutes, 1);
    press(&mut run, &["i"]);
    assert_eq!(chart(&run, Panel::Use).period_minutes, 5);
    press(&mut run, &["z"]);
    assert!(run.state.view.charts.full);
    press(&mut run, &["Esc"]);
    assert!(!run.state.view.charts.full);
}
