//! The what-if and the help with asking for more, on simulated accounts: numbers are the account's truth, what is asked is asked once, and what is copied holds together.

use insta::assert_snapshot;
use ratatui::layout::Size;
use tiertop::{
    app::{
        event::{Ask, CopyWhat, Effect, Event, Round},
        keys::Place,
        update::update,
        view::RowId,
        what_if::{Field, Origin, Shown},
    },
    domain::{
        evidence::EVIDENCE_MINUTES,
        minute::{Minute, Span},
        reservation::{Cuts, Lack},
        snapshot::Bound,
    },
    sim::{faults::Kind, world::Series},
    ui::{self, Palette, Theme, copy},
};

use crate::{
    screens::{drawn, text, watched},
    support::{Run, close, scenario},
};

const PROFILE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const COPY: &str = "a1b2c3d4e5f6";
const DAY: i64 = 1440;

/// The throttled account with the pool of Sonnet 4.5 open.
fn opened() -> Run {
    let mut run = Run::polled(scenario("throttled"));
    run.press(&["⏎"]);
    settle(&mut run);
    run
}

/// Opens a row by its id.
fn open(run: &mut Run, id: &str) {
    run.press(&["Esc", "g", "g"]);
    let is_it = |run: &Run| match &run.state.view.cursor {
        Some(RowId::Member(_, endpoint)) => endpoint.as_str() == id,
        Some(RowId::Pool(pool)) => pool.as_str() == id && run.pool(id).members.len() == 1,
        _ => false,
    };
    for _ in 0..40 {
        if is_it(run) {
            break;
        }
        run.press(&["j"]);
    }
    assert!(is_it(run), "{id} has no row");
    run.press(&["⏎"]);
    settle(run);
}

/// Lets the program ask whatever it still wants to.
pub fn settle(run: &mut Run) {
    for _ in 0..60 {
        let asked = run.asks.len();
        run.pass(1);
        run.tick();
        if run.asks.len() == asked {
            return;
        }
    }
    panic!("it never stops asking");
}

fn shown(run: &Run) -> Shown<'_> {
    run.state.what_if().expect("a what-if")
}

fn asked(run: &Run, wanted: Round) -> Vec<(usize, Span)> {
    let of_round = run.asks.iter().filter_map(|ask| match ask {
        Ask::Metrics { round, queries, span } if *round == wanted => Some((queries.len(), *span)),
        _ => None,
    });
    of_round.collect()
}

/// A statistic of an endpoint's output tokens, as it stands once nothing is revised any more.
fn output(run: &Run, id: &str, statistic: &str, period: i64, span: Span) -> Vec<f64> {
    let dimensions = vec![("ModelId".to_owned(), id.to_owned())];
    let series = Series { namespace: "AWS/Bedrock".into(), metric: "OutputTokenCount".into(), dimensions };
    let (from, to) = (span.first.start_second(), (span.last + 1).start_second());
    let now = run.now().as_second();
    let points = run.sim.with_world(|world| world.statistic(now, &series, statistic, period * 60, from, to));
    points.into_iter().map(|(_, value)| value).collect()
}

fn screen(run: &Run, width: u16, height: u16) -> String {
    text(&drawn(&run.state, &Theme::new(Palette::Dark, false), (width, height)))
}

/// All that the page says, in one column and without its line breaks; the charts have the other half.
pub fn whole_page(run: &Run) -> String {
    screen(run, 119, 300).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the program would be told by the screen of this size after a key.
fn press_at(run: &mut Run, keys: &[&str], size: (u16, u16)) {
    let size = Size::new(size.0, size.1);
    for key in keys {
        let now = run.now();
        update(&mut run.state, Event::Key((*key).to_owned()), now);
        if let Some(most) = ui::scroll_at_most(&run.state, &Theme::default(), size) {
            update(&mut run.state, Event::ScrollEnds(most), now);
        }
        if let Some(line) = ui::show_from(&run.state, &Theme::default(), size) {
            update(&mut run.state, Event::ShowFrom(line), now);
        }
    }
}

#[test]
fn the_what_if_begins_with_the_account_s_own_calls() {
    let run = opened();
    let what_if = shown(&run);
    let span = run.window();
    let sum = |metric: &str| {
        let of = |id| run.truth(id, metric, span).into_iter().flatten().sum::<f64>();
        of(PROFILE) + of(COPY)
    };
    let calls = sum("Invocations");
    for (field, metric) in [
        (Field::Input, "InputTokenCount"),
        (Field::CacheWrite, "CacheWriteInputTokenCount"),
        (Field::Output, "OutputTokenCount"),
    ] {
        assert!(close(field.of(&what_if.call).unwrap(), sum(metric) / calls), "{field:?}");
        assert_eq!(what_if.origins[&field], Origin::Measured);
    }
    assert!(close(what_if.call.seconds.unwrap(), sum("InvocationLatency") / calls / 1000.0));
    assert_eq!(what_if.call.max_tokens, Some(64_000.0), "what the calls of the profile reserve, by the model's card");
    assert_eq!(what_if.origins[&Field::MaxTokens], Origin::Model);
    let fit = what_if.fit.as_ref().unwrap();
    assert!((26..=28).contains(&fit.at_once), "{fit:?}");
    let many = f64::from(u32::try_from(fit.at_once).unwrap());
    assert!(many * fit.held <= 2e6 && (many + 1.0) * fit.held > 2e6, "one more does not fit");
}

#[test]
fn the_simulated_account_lets_in_no_more_than_the_what_if_says() {
    // Its gate lets calls in by what they reserve, and it is written without any of this arithmetic.
    let run = opened();
    let per_minute = shown(&run).fit.as_ref().unwrap().per_minute.unwrap();
    assert!(run.pool(PROFILE).throttled_since.is_some());
    let calls = run.truth(PROFILE, "Invocations", run.window());
    let copies = run.truth(COPY, "Invocations", run.window());
    let worst = calls.iter().zip(copies).map(|(a, b)| a.unwrap_or(0.0) + b.unwrap_or(0.0)).fold(0.0, f64::max);
    assert!(worst <= f64::from(u32::try_from(per_minute.at_most).unwrap()), "{worst} {per_minute:?}");
}

#[test]
fn how_long_answers_were_is_the_truth_and_is_asked_once_an_hour() {
    let mut run = opened();
    let newest = run.window().last;
    let span = Span { first: newest.floor_to(DAY) - 13 * DAY, last: newest };
    let (answers, cost) = (shown(&run).answers, run.state.cost.queries_asked);
    assert_eq!(asked(&run, Round::Answers).len(), 1);
    assert_eq!(asked(&run, Round::Answers)[0].1, span);
    let longest = |id| output(&run, id, "Maximum", DAY, span).into_iter().fold(0.0, f64::max);
    assert_eq!(answers.longest, Some(longest(PROFILE).max(longest(COPY))));
    assert_eq!(answers.longest_bound, Bound::Exact);
    let p99: Vec<f64> = [PROFILE, COPY].iter().flat_map(|id| output(&run, id, "p99", DAY, span)).collect();
    let ends = (p99.iter().copied().fold(f64::MAX, f64::min), p99.iter().copied().fold(0.0, f64::max));
    assert_eq!(answers.p99, Some(ends));
    let lower = shown(&run).lower.expect("64,000 is more than the longest answer");
    assert!(lower.max_tokens > answers.longest.unwrap() && lower.cuts == Cuts::Nothing);
    let page = whole_page(&run);
    assert!(page.contains("would have cut no"), "{page}");

    run.press(&["Esc", "⏎"]);
    settle(&mut run);
    assert_eq!(asked(&run, Round::Answers).len(), 1, "what was answered comes back at once");
    let queries = asked(&run, Round::Answers)[0].0;
    assert!(queries >= 4 && run.state.cost.queries_asked >= cost, "{queries}");
    for _ in 0..61 {
        run.minute();
    }
    run.press(&["j"]);
    settle(&mut run);
    assert_eq!(asked(&run, Round::Answers).len(), 2);
}

#[test]
fn one_endpoint_s_answers_are_its_own() {
    let mut run = opened();
    open(&mut run, COPY);
    let span = asked(&run, Round::Answers).last().unwrap().1;
    let longest = output(&run, COPY, "Maximum", DAY, span).into_iter().fold(0.0, f64::max);
    assert_eq!(shown(&run).answers.longest, Some(longest));
    assert!(shown(&run).answers.longest < Some(9000.0), "its callers set max_tokens");
}

#[test]
fn what_is_denied_is_unknown_and_says_why() {
    let mut run = Run::polled(scenario("throttled"));
    run.break_with(&[("cloudwatch:GetMetricData", Kind::Denied)]);
    run.press(&["⏎"]);
    for _ in 0..5 {
        run.pass(1);
        run.tick();
    }
    assert_eq!(shown(&run).answers.longest, None);
    let page = whole_page(&run);
    assert!(page.contains("Longest answer in 14 d: not known"), "{page}");
    assert!(page.contains("needs cloudwatch:GetMetricData"), "{page}");
    assert_eq!(shown(&run).lower, None);
    let answers = asked(&run, Round::Answers).len();
    for _ in 0..5 {
        run.minute();
    }
    assert_eq!(asked(&run, Round::Answers).len(), answers, "it is not asked again and again");
}

#[test]
fn numbers_are_typed_taken_and_left() {
    let mut run = opened();
    run.press(&["e"]);
    assert_eq!(run.state.view.place(), Place::WhatIf);
    run.press(&["8", "q", "x", "Home", "k", "⏎"]);
    assert_eq!(shown(&run).call.max_tokens, Some(8000.0), "what is no part of a number is not typed");
    assert_eq!(run.state.view.place(), Place::Detail);
    let with = shown(&run).fit.as_ref().unwrap().at_once;
    assert!(with > 100, "{with}");
    assert!(shown(&run).cuts.is_some());

    run.press(&["e", "Backspace", "Backspace", "Backspace", "Backspace", "4", "k", "Esc"]);
    assert_eq!(shown(&run).call.max_tokens, Some(8000.0), "Esc leaves it");
    run.press(&["e", "Tab", "3", "0", "Tab", "2", "0", "0", "0", "Shift-Tab", "⏎"]);
    let call = shown(&run).call;
    assert_eq!((call.seconds, call.input), (Some(30.0), Some(2000.0)));
    run.press(&["e", "9", "Esc", "e", "9", "k", "⏎"]);
    assert_eq!(shown(&run).call.max_tokens, Some(9000.0), "what was taken before is typed over");
    run.press(&["e", "0", "⏎"]);
    assert_eq!(run.state.view.place(), Place::WhatIf);
    assert!(run.state.view.notice.as_ref().unwrap().text.contains("max_tokens is 1 or more"));
    run.press(&["Esc", "e", "k", "k", "⏎"]);
    assert_eq!(run.state.view.place(), Place::WhatIf, "8000kk is no number");
    assert!(run.state.view.notice.as_ref().unwrap().text.contains("8k"));
    run.press(&["Ctrl-U", "⏎"]);
    assert_eq!(shown(&run).origins[&Field::MaxTokens], Origin::Model, "nothing typed is as it was");

    run.press(&["e"]);
    run.send(Event::Pasted("1.5k\u{1b}[31m\n".into()));
    run.press(&["⏎"]);
    assert_eq!(run.state.view.place(), Place::WhatIf, "1.5k31m is no number");
    run.press(&["Ctrl-U", "Esc"]);
    run.press(&["e"]);
    let now = run.now();
    assert!(update(&mut run.state, Event::Key("Ctrl-C".into()), now).contains(&Effect::Quit));
    run.press(&["Esc", "Esc"]);
    assert!(run.state.view.detail.is_none());
    run.press(&["⏎"]);
    assert_eq!(shown(&run).origins[&Field::Input], Origin::Measured, "another look begins anew");
}

#[test]
fn where_nothing_can_be_said_it_is_not_said() {
    let mut run = Run::polled(scenario("healthy"));
    open(&mut run, "us.anthropic.claude-opus-5");
    assert_eq!(shown(&run).fit, Err(Lack::MaxTokens), "no card says how long its answers may be");
    run.press(&["e", "3", "2", "k", "⏎"]);
    assert!(shown(&run).fit.as_ref().is_ok_and(|fit| fit.at_once > 100));

    let mut run = Run::polled(scenario("zero-quota"));
    run.press(&["⏎"]);
    settle(&mut run);
    assert_eq!(shown(&run).fit, Err(Lack::ZeroQuota));
    assert!(whole_page(&run).contains("no call fits"));
    run.press(&["Esc"]);
    let now = run.now();
    assert_eq!(update(&mut run.state, Event::Key("e".into()), now), [], "nothing is typed where nothing is open");
}

#[test]
fn what_is_typed_is_seen_on_a_small_screen() {
    let mut run = opened();
    let size = (80, 24);
    press_at(&mut run, &["G", "e"], size);
    assert_snapshot!("what-if-80x24", screen(&run, size.0, size.1));
    press_at(&mut run, &["8", "k", "⏎"], size);
    let page = screen(&run, size.0, size.1);
    assert!(page.contains("8,000  typed") && page.contains("at once"), "it stays where it is:\n{page}");
    press_at(&mut run, &["Esc"], size);
    let full = (120, 40);
    press_at(&mut run, &["⏎", "e"], full);
    assert_snapshot!("what-if-120x40", screen(&run, full.0, full.1));
}

#[test]
fn evidence_is_asked_on_demand_in_pieces_and_is_the_truth() {
    let mut run = opened();
    let quota = run.state.raised().unwrap().drawn.unwrap().clone();
    let before = run.state.measured(&quota).unwrap();
    assert!(before.coverage().0 < 0.3, "polling has brought three hours: {:?}", before.coverage());
    assert_eq!(asked(&run, Round::Evidence), [], "nobody has asked for it");

    let now = run.now();
    let mut asks: Vec<_> = update(&mut run.state, Event::Key("E".into()), now).into_iter().collect();
    assert_eq!(asks.len(), 1, "one piece at a time");
    assert!(whole_page(&run).contains("asking 14 days: 1 of "), "{}", whole_page(&run));
    let Effect::Ask(generation, ask) = asks.remove(0) else { panic!("an ask") };
    run.send_asked(generation, ask);
    settle(&mut run);
    let pieces = asked(&run, Round::Evidence);
    let queries = run.state.raising.as_ref().unwrap().queries;
    assert!(pieces.len() >= 2 && pieces.iter().map(|(queries, _)| queries).sum::<usize>() <= queries);
    assert!(pieces.windows(2).all(|pair| pair[1].1.last < pair[0].1.first), "newest first, no minute twice");

    let measured = run.state.measured(&quota).unwrap();
    assert_eq!(measured.coverage(), (14.0, 14.0));
    assert_eq!(measured.span.len(), usize::try_from(EVIDENCE_MINUTES).unwrap());
    let by_minute = |metric: &str| -> Vec<f64> {
        let (a, b) = (run.truth(PROFILE, metric, measured.span), run.truth(COPY, metric, measured.span));
        a.iter().zip(&b).map(|(a, b)| a.unwrap_or(0.0) + b.unwrap_or(0.0)).collect()
    };
    for (load, metric) in [(&measured.tokens, "EstimatedTPMQuotaUsage"), (&measured.requests, "Invocations")] {
        let minutes = by_minute(metric);
        let worst = minutes.iter().copied().fold(0.0, f64::max);
        let (at, peak) = load.peak.unwrap();
        assert!(close(peak, worst), "{metric}: {peak} {worst}");
        assert!(close(minutes[usize::try_from(at.0 - measured.span.first.0).unwrap()], worst));
        let mut busy: Vec<f64> = minutes.into_iter().filter(|used| *used > 0.0).collect();
        busy.sort_by(f64::total_cmp);
        assert_eq!(load.busy_minutes, busy.len());
        let middle = f64::midpoint(busy[(busy.len() - 1) / 2], busy[busy.len() / 2]);
        assert!(close(load.steady.unwrap(), middle));
    }
    let sum = |metric| by_minute(metric).iter().sum::<f64>();
    assert!(close(measured.mean_input.unwrap(), sum("InputTokenCount") / sum("Invocations")));
    assert!(close(measured.refused.unwrap(), sum("InvocationThrottles")));

    run.press(&["E"]);
    settle(&mut run);
    assert_eq!(asked(&run, Round::Evidence).len(), pieces.len(), "it is here");
    let kept = run.state.account.store.lacks(
        &tiertop::domain::metric::Query {
            key: run.row(PROFILE).endpoint.meter().series(tiertop::domain::metric::Metric::Invocations),
            name: "Invocations".into(),
            stat: tiertop::domain::metric::Stat::Sum,
            period_minutes: 1,
        },
        Span::ending(measured.span.first + 60, 30),
    );
    assert!(kept, "what is measured is kept, the minutes are not");
}

#[test]
fn evidence_that_comes_in_part_says_so() {
    let mut run = opened();
    run.break_with(&[("cloudwatch:GetMetricData", Kind::Denied)]);
    run.press(&["E"]);
    for _ in 0..3 {
        run.pass(1);
        run.tick();
    }
    let page = whole_page(&run);
    assert!(page.contains("the rest did not come"), "{page}");
    let text = copy::text(&run.state, CopyWhat::Evidence).unwrap();
    assert!(text.contains("Measured over 0.1 of 14 days"), "{text}");
    assert!(text.contains(">="), "what is missing makes a peak a lower bound: {text}");
    run.mend();
    for _ in 0..12 {
        run.minute();
    }
    run.press(&["E"]);
    settle(&mut run);
    let text = copy::text(&run.state, CopyWhat::Evidence).unwrap();
    assert!(text.contains("Measured over 14.0 of 14 days"), "{text}");
}

#[test]
fn what_is_copied_asks_for_more_and_hides_what_is_hidden() {
    let mut run = opened();
    let effects = ["y", "i", "y", "e"].map(|key| {
        let now = run.now();
        update(&mut run.state, Event::Key(key.into()), now)
    });
    assert_eq!(effects[1], [Effect::Copy(CopyWhat::Increase)]);
    assert_eq!(effects[3], [Effect::Copy(CopyWhat::Evidence)]);
    let page = copy::text(&run.state, CopyWhat::Increase).unwrap();
    assert!(page.starts_with("https://") && page.ends_with("L-F4DDD3EB"), "no command asks for a Legacy model: {page}");
    let whole = copy::text(&run.state, CopyWhat::Evidence).unwrap();
    assert!(whole.starts_with("SIMULATED") && whole.is_ascii(), "{whole}");
    for said in
        ["L-F4DDD3EB", "us-east-1", "Account 111122223333", "In force 2,000,000, default 5,000,000", PROFILE, COPY]
    {
        assert!(whole.contains(said), "{said} is not in\n{whole}");
    }
    assert!(whole.contains("Earlier request: 4,000,000 asked 2026-10-14: case closed"), "{whole}");
    run.press(&["x"]);
    let hidden = copy::text(&run.state, CopyWhat::Evidence).unwrap();
    assert!(!hidden.contains("111122223333") && !hidden.contains(COPY), "{hidden}");
    assert!(hidden.contains(PROFILE) && hidden.contains("<id>"), "{hidden}");
    assert!(whole.contains("(case 176031488200871)") && hidden.contains("(case <case>)"), "{hidden}");
    let shown = run.snapshot().quotas.iter().filter_map(|row| row.open_request.as_ref());
    assert_eq!(shown.filter_map(|request| request.case.as_deref()).collect::<Vec<_>>(), ["<case>"]);

    open(&mut run, "us.amazon.nova-2-lite-v1:0");
    let command = copy::text(&run.state, CopyWhat::Increase).unwrap();
    let begins = "aws service-quotas request-service-quota-increase --service-code bedrock --quota-code L-";
    assert!(command.starts_with(begins) && command.ends_with(" --region us-east-1"), "{command}");
}

#[test]
fn requests_of_the_past_and_open_ones_are_told() {
    let mut run = opened();
    let page = whole_page(&run);
    for said in [
        "More of L-F4DDD3EB",
        "4,000,000 asked 2026-10-14: case closed 2026-10-21",
        "1,000,000 asked 2026-10-13: invalid",
    ] {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }
    assert!(page.contains("! The model is in its Legacy phase"), "{page}");
    open(&mut run, "global.anthropic.claude-haiku-4-5-20251001-v1:0");
    let page = whole_page(&run);
    for said in [
        "A request for it is open: a second one is refused.",
        "10,000,000 asked 2026-11-20: open (case",
        "global profiles",
    ] {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }

    let mut run =
        Run::polled(crate::support::broken(&[("servicequotas:ListRequestedServiceQuotaChangeHistory", Kind::Denied)]));
    run.press(&["⏎"]);
    settle(&mut run);
    assert!(whole_page(&run).contains("not known: the history was not read"));
}

#[test]
fn nothing_is_asked_for_a_row_that_nobody_has_opened() {
    let mut run = watched("throttled");
    run.press(&["j", "j"]);
    settle(&mut run);
    assert_eq!((asked(&run, Round::Answers), asked(&run, Round::Evidence)), (vec![], vec![]));
    assert!(run.state.opened.is_none());
    assert_eq!(run.window().last, Minute(run.window().first.0 + 179));
}
