//! What charts show is what they are given: by numbers, by styles, at any size, and where one points.

use std::sync::Arc;

use proptest::prelude::*;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier},
};

use super::{
    Across,
    axis::{Scale, times},
    bars,
    columns::{Columns, point_at},
    draw,
    fixtures::{chart, line, throttled, with},
    place::{frame, is_of_bars, places},
    pointed_at,
    reading::why,
};
use crate::{
    app::state::State,
    domain::{
        chart::{Chart, Lack, Limit, Line, Panel, Statistic, Unit, What},
        minute::{Minute, Span},
        quota_name::QuotaMetric,
        series::Cell,
        snapshot::Bound,
        tier::Tier,
        usual::Usual,
    },
    ui::{
        fixtures::{demo, minute},
        theme::{Palette, Theme, Tone},
    },
};

/// The charts of a state in an area of a larger buffer that is full of `~`.
fn drawn_in(state: &State, theme: &Theme, area: Rect, around: Rect) -> Buffer {
    let mut buffer = Buffer::filled(around, ratatui::buffer::Cell::new("~"));
    area.positions().for_each(|at| buffer[at].reset());
    draw(state, theme, area, &mut buffer);
    buffer
}

fn drawn(state: &State, theme: &Theme, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    drawn_in(state, theme, area, area)
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let line = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..buffer.area.height).map(|y| line(y).trim_end().to_owned()).collect()
}

fn text(buffer: &Buffer) -> String {
    lines(buffer).join("\n")
}

/// One chart alone, with the focus.
fn alone(chart: Chart) -> State {
    let mut state = demo();
    state.view.charts.focus = chart.panel;
    state.view.charts.full = true;
    state.view.charts.window_minutes = i64::try_from(chart.span.len()).ok();
    with(state, vec![chart])
}

/// The lines of one chart alone.
fn one(chart: Chart, width: u16, height: u16) -> Vec<String> {
    lines(&drawn(&alone(chart), &Theme::default(), width, height))
}

fn bar_chart(values: &[f64]) -> Chart {
    let mut chart = chart(Panel::Use, Unit::QuotaTokensPerMinute, i64::try_from(values.len()).unwrap(), 1);
    chart.lines = vec![line(What::Use, values.iter().copied())];
    chart
}

#[test]
fn three_by_two_at_120x22() {
    insta::assert_snapshot!(text(&drawn(&with(demo(), throttled()), &Theme::default(), 120, 22)));
}

#[test]
fn the_cross_hair_at_200x16() {
    let mut state = with(demo(), throttled());
    state.view.charts.cross = Some(minute("03:06"));
    insta::assert_snapshot!(text(&drawn(&state, &Theme::default(), 200, 16)));
}

#[test]
fn one_at_a_time_at_80x7_in_ascii() {
    let mut state = with(demo(), throttled());
    let theme = Theme::new(Palette::NoColour, true);
    let pages: Vec<_> = Panel::ALL
        .iter()
        .map(|panel| {
            state.view.charts.focus = *panel;
            text(&drawn(&state, &theme, 80, 7))
        })
        .collect();
    insta::assert_snapshot!(pages.join("\n\n"));
}

#[test]
fn zero_is_empty_unknown_is_a_dot_and_what_is_more_than_nothing_shows() {
    let mut chart = bar_chart(&[0.0, 1000.0, 1.0, 0.0]);
    chart.lines[0].points[3] = Cell::Unknown;
    let lines = one(chart, 30, 7);
    assert_eq!(lines[4].trim_start().trim_start_matches('│'), "      ██████");
    let foot: String = lines[5].chars().skip(6).collect();
    assert_eq!(foot, "      ██████▁▁▁▁▁▁······", "{lines:#?}");
}

#[test]
fn where_all_is_nothing_the_scale_is_plain() {
    let lines = one(bar_chart(&[0.0; 9]), 40, 9);
    assert!(lines[1].starts_with("    1┤") && lines[7].starts_with("    0┤"), "{lines:#?}");
    assert!(
        lines[0].contains("tokens/min · 0 ─") && lines[1..8].iter().all(|line| line.chars().count() <= 6),
        "{lines:#?}"
    );
}

#[test]
fn a_line_is_never_drawn_over_a_gap() {
    let mut chart = chart(Panel::Latency, Unit::Milliseconds, 6, 5);
    chart.lines = vec![line(What::P90, [1e3, 2e3, 0.0, 0.0, 2e3, 1e3])];
    chart.lines[0].points[2] = Cell::Absent;
    chart.lines[0].points[3] = Cell::Unknown;
    let buffer = drawn(&alone(chart), &Theme::default(), 32, 9);
    // 24 cells of field, four to a point.
    let column = |cell: u16| (1..8).map(|y| buffer[(6 + cell, y)].symbol()).collect::<String>();
    for gap in 8..12 {
        assert_eq!(column(gap).trim(), "", "{}", text(&buffer));
    }
    for unknown in 12..16 {
        assert_eq!(column(unknown).trim(), "·", "{}", text(&buffer));
    }
    assert!(column(3).contains(|c: char| ('⠁'..='⣿').contains(&c)), "{}", text(&buffer));
}

#[test]
fn marks_have_their_styles() {
    let theme = Theme::default();
    let mut state = with(demo(), throttled());
    let buffer = drawn(&state, &theme, 120, 12);
    let all = |symbol: &str| -> Vec<_> {
        buffer.content.iter().filter(|cell| cell.symbol() == symbol).map(|cell| (cell.fg, cell.modifier)).collect()
    };
    let bad = theme.style(Tone::Bad).fg.unwrap();
    assert!(all("x").len() > 4 && all("x").iter().all(|(fg, bold)| *fg == bad && bold.contains(Modifier::BOLD)));
    let dim = theme.style(Tone::Dim).fg.unwrap();
    assert!(!all("□").is_empty() && all("□").iter().all(|(fg, _)| *fg == dim));
    assert!(!all("░").is_empty() && all("░").iter().all(|(fg, _)| *fg == theme.style(Tone::Band).fg.unwrap()));

    state.view.charts.focus = Panel::Latency;
    let buffer = drawn(&state, &theme, 120, 12);
    let titles = lines(&buffer)[1].clone();
    let style = |name: &str| {
        let at = titles.chars().collect::<String>().find(name).map(|at| titles[..at].chars().count()).unwrap();
        buffer[(u16::try_from(at).unwrap(), 1)].style()
    };
    let focused = style("latency");
    assert!(focused.fg == theme.style(Tone::Accent).fg && focused.add_modifier.contains(Modifier::BOLD));
    assert!(!style("attempts").add_modifier.contains(Modifier::BOLD));
}

#[test]
fn without_colour_the_marks_stay() {
    let buffer = drawn(&with(demo(), throttled()), &Theme::new(Palette::NoColour, false), 120, 22);
    assert!(buffer.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
    for mark in ["x", "□", "░", "·", "─", "█"] {
        assert!(buffer.content.iter().any(|cell| cell.symbol() == mark), "{mark}\n{}", text(&buffer));
    }
}

#[test]
fn the_limit_is_in_view_from_forty_percent_on() {
    let used = |percent: f64| {
        let mut chart = bar_chart(&[percent; 30]);
        chart.unit = Unit::Percent;
        chart.limit = Some(Limit { value: 100.0, applied: 2e6, metric: QuotaMetric::TokensPerMinute });
        one(chart, 60, 10)
    };
    let high = used(45.0);
    assert!(high[1].starts_with(" 100%┤──────"), "{high:#?}");
    assert!(high[0].contains("use % of 2.0M TPM"), "{high:#?}");
    let low = used(4.0);
    assert!(!low.iter().any(|line| line.contains("100%")) && low.iter().any(|line| line.contains("4%┤")), "{low:#?}");
    let over = used(140.0);
    let line = over.iter().find(|line| line.contains("100%┤")).unwrap();
    assert!(line.ends_with('─'), "the quota's line runs over full bars: {over:#?}");
}

#[test]
fn titles_read_the_newest_known_number_or_the_cross_hair() {
    let read = |chart: &Chart, cross: Option<Minute>| {
        let mut state = alone(chart.clone());
        state.charts = Arc::from(vec![chart.clone(), throttled()[1].clone()]);
        state.view.charts.cross = cross;
        lines(&drawn(&state, &Theme::default(), 120, 8)).remove(0)
    };
    let charts = throttled();
    let title = read(&charts[0], None);
    assert!(title.contains("use % of 2.0M TPM · 03:11Z 97% · refused 90 · 3h·1m"), "{title}");
    assert!(title.contains("Claude Sonnet 4.5 us pool"), "{title}");
    let mut of_mean = charts[0].clone();
    of_mean.statistic = Statistic::Mean;
    assert!(
        read(&of_mean, None).contains("97% · refused · 3h·1m mean"),
        "another statistic's count is none of its own"
    );
    assert!(read(&charts[0], Some(minute("00:55"))).contains("00:55Z — ·"));
    assert!(read(&charts[0], Some(minute("03:12"))).contains("03:12Z so far 88%"));
    assert!(read(&charts[1], Some(minute("03:09"))).contains("03:09Z 540 · refused 89 · 3h·1m"));
    assert!(read(&charts[2], Some(minute("01:00"))).contains("01:00Z p50 gap p90 gap p99 gap"));
    assert!(read(&charts[2], None).contains("░ usual at this hour"));
    let title = read(&charts[5], None);
    assert!(title.contains("in 1.2M out 151k cached 302k · 3h·5m worst"), "{title}");

    let mut at_least = charts[0].clone();
    at_least.bound = Bound::AtLeast;
    at_least.lines[0].points[179] = Cell::Value(96.9);
    assert!(read(&at_least, None).contains("≥96%"), "{}", read(&at_least, None));
    let mut loading = charts[0].clone();
    loading.lack = Some(Lack::Loading(43));
    assert!(read(&loading, None).contains("· loading 43% ·"));
}

#[test]
fn a_long_window_names_its_days() {
    let mut chart = bar_chart(&vec![1e6; 56]);
    chart.period_minutes = 360;
    chart.span = Span::ending(Minute::of("2026-11-22T23:59:00Z".parse().unwrap()), 56 * 360);
    let lines = one(chart, 100, 8);
    assert!(lines[0].contains("22 Nov 18:00Z 1.0M · 14d·6h worst"), "{lines:#?}");
    assert!(lines[7].contains("╵17 Nov") && lines[7].contains("╵19 Nov"), "{lines:#?}");
}

#[test]
fn what_lacks_says_why() {
    for lack in [Lack::Loading(43), Lack::NoSuchMetric, Lack::TierNotReported, Lack::Unknown, Lack::Idle] {
        let mut chart = chart(Panel::Latency, Unit::Milliseconds, 36, 5);
        chart.lack = Some(lack);
        let lines = one(chart, 80, 9);
        assert!(lines.iter().any(|line| line.contains(&why(lack))), "{lines:#?}");
        let done: usize = lines.iter().map(|line| line.matches('█').count()).sum();
        assert_eq!(done, if lack == Lack::Loading(43) { 8 } else { 0 }, "{lines:#?}");
    }
}

#[test]
fn many_points_show_their_worst_and_the_mean_is_a_mean() {
    let mut values = vec![0.0; 600];
    values[300] = 1000.0;
    let mut chart = bar_chart(&values);
    chart.refused = (0..600).map(|at| at == 100).collect();
    let columns = Columns::new(&chart, 60);
    let worst = bars::bars(&chart, columns, 60);
    let highest = |bars: &[bars::Bar], number: f64| {
        bars.iter().all(|bar| bar.base <= number) && bars.iter().any(|bar| bar.base >= number)
    };
    assert!(highest(&worst, 1000.0), "{worst:?}");
    assert_eq!(worst.iter().filter(|bar| bar.refused).count(), 1);
    chart.statistic = Statistic::Mean;
    let mean = bars::bars(&chart, columns, 60);
    assert!(highest(&mean, 100.0), "{mean:?}");
}

#[test]
fn a_screen_of_long_windows_draws() {
    let charts = throttled().into_iter().map(|mut chart| {
        chart.period_minutes = 1;
        chart.span = Span::ending(minute("03:11"), 20_160);
        for line in &mut chart.lines {
            line.points = line.points.iter().copied().cycle().take(20_160).collect();
        }
        chart
    });
    let mut state = with(demo(), charts.collect());
    state.view.charts.window_minutes = Some(20_160);
    let buffer = drawn(&state, &Theme::default(), 200, 40);
    assert!(text(&buffer).contains("14d·1m"), "{}", text(&buffer));
}

/// What is drawn beside what is right: a cell's eighths.
fn eighths(buffer: &Buffer, x: u16, rows: impl Iterator<Item = u16>) -> usize {
    let level = |symbol: &str| match symbol {
        "x" | "4" => Some(8),
        symbol => "▁▂▃▄▅▆▇█".chars().position(|bar| symbol.starts_with(bar)).map(|at| at + 1),
    };
    rows.map(|y| level(buffer[(x, y)].symbol()).unwrap_or(0)).sum()
}

fn any_cell() -> impl Strategy<Value = Cell> {
    let number = prop_oneof![0.0..100.0_f64, 0.0..1e7_f64, Just(0.0), Just(f64::MAX), Just(1e-300), -5.0..0.0_f64];
    prop_oneof![6 => number.prop_map(Cell::Value), 1 => Just(Cell::Absent), 1 => Just(Cell::Unknown)]
}

fn any_what() -> impl Strategy<Value = What> {
    prop::sample::select(vec![
        What::Use,
        What::Attempts,
        What::Refused,
        What::P50,
        What::P90,
        What::P99,
        What::Mean,
        What::Served(None),
        What::Served(Some(Tier::Flex)),
        What::Served(Some(Tier::Other(Arc::from("日本\u{1b}ultra")))),
        What::Input,
        What::CacheRead,
        What::ServerErrors,
        What::ClientErrors,
    ])
}

/// Any chart of a panel, also what no account would give.
fn any_chart(panel: Panel) -> impl Strategy<Value = Chart> {
    let units = [
        Unit::Percent,
        Unit::QuotaTokensPerMinute,
        Unit::TokensPerMinute,
        Unit::RequestsPerMinute,
        Unit::Milliseconds,
        Unit::Count,
    ];
    let lines = prop::collection::vec((any_what(), prop::collection::vec(any_cell(), 0..300)), 0..5);
    let shape = (0..300_i64, prop::sample::select(vec![1_i64, 5, 60, 360]), 0..30_000_000_i64);
    let lack = prop::option::of(prop::sample::select(vec![Lack::Loading(200), Lack::Idle, Lack::NoSuchMetric]));
    let limit = prop::option::of((0.0..200.0_f64, 0.0..1e9_f64));
    let more = (prop::collection::vec(0.0..1e6_f64, 0..5), prop::collection::vec(any::<bool>(), 0..300), any::<bool>());
    let usual = prop::option::of((0.0..50.0_f64, 0.0..5e4_f64));
    let statistics = prop::sample::select(panel.statistics().to_vec());
    (lines, shape, (prop::sample::select(units.to_vec()), statistics), lack, limit, more, usual).prop_map(
        move |(lines, (points, period_minutes, last), (unit, statistic), lack, limit, more, usual)| Chart {
            member: None,
            panel,
            statistic,
            unit,
            span: Span::ending(Minute(last), points * period_minutes),
            period_minutes,
            lines: lines.into_iter().map(|(what, points)| Line { what, points }).collect(),
            limit: limit.map(|(value, applied)| Limit { value, applied, metric: QuotaMetric::TokensPerMinute }),
            refused: more.1,
            usual: usual
                .map(|(low, more)| vec![Some(Usual { low, median: low, high: low + more, days: 7 }); 300])
                .unwrap_or_default(),
            hollow: more.0,
            bound: if more.2 { Bound::AtLeast } else { Bound::Exact },
            lack,
        },
    )
}

fn any_charts() -> impl Strategy<Value = Vec<Chart>> {
    Vec::from(Panel::ALL.map(any_chart))
}

fn any_state() -> impl Strategy<Value = State> {
    let view = (prop::sample::select(Panel::ALL.to_vec()), any::<bool>(), prop::option::of(0..400_i64));
    (any_charts(), view).prop_map(|(charts, (focus, full, cross))| {
        let mut state = with(demo(), charts);
        let focused = state.charts.iter().find(|chart| chart.panel == focus).unwrap().clone();
        state.view.charts.focus = focus;
        state.view.charts.full = full;
        state.view.charts.cross = cross.map(|after| focused.span.first + after);
        state
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_is_drawn_outside(
        state in any_state(),
        (x, y, width, height) in (0..4_u16, 0..4_u16, 0..220_u16, 0..70_u16),
        ascii in any::<bool>(),
    ) {
        let (area, around) = (Rect::new(x, y, width, height), Rect::new(0, 0, width + 6, height + 6));
        let buffer = drawn_in(&state, &Theme::new(Palette::Dark, ascii), area, around);
        for at in around.positions() {
            let symbol = buffer[at].symbol();
            prop_assert_eq!(symbol == "~", !area.contains(at), "{:?} {}", at, symbol);
            prop_assert!(!symbol.contains(char::is_control) && (!ascii || symbol.is_ascii()), "{}", symbol);
        }
    }

    #[test]
    fn a_bar_is_as_high_as_its_number(
        values in prop::collection::vec(prop_oneof![0.0..1e6_f64, 0.0..10.0_f64], 1..200),
        (width, height) in (1..150_u16, 3..40_u16),
    ) {
        let chart = bar_chart(&values);
        let place = Rect::new(0, 0, width, height);
        let field = frame(place, chart.panel).field;
        let scale = Scale::new(&chart, bars::rows(field));
        let across = Across::new(&chart, field);
        let buffer = drawn(&alone(chart), &Theme::default(), width, height);
        for cell in 0..field.width {
            let worst = values[across.points(usize::from(cell))].iter().copied().fold(0.0, f64::max);
            let right = worst / scale.top * f64::from(bars::rows(field)) * 8.0;
            let seen = eighths(&buffer, field.x + cell, field.y..field.bottom());
            let seen = f64::from(u32::try_from(seen).unwrap());
            prop_assert!((seen - right).abs() <= 1.0, "{} is drawn as {} eighths instead of {}", worst, seen, right);
        }
    }

    #[test]
    fn numbers_beside_the_axis_are_round_monotone_and_inside(
        charts in any_charts(),
        height in 1..80_u16,
    ) {
        for chart in &charts {
            let scale = Scale::new(chart, height);
            let power = 10_f64.powf(scale.step.log10().floor());
            let round = [1.0, 2.0, 5.0, 10.0].iter().any(|factor| (scale.step / power / factor - 1.0).abs() < 1e-6);
            prop_assert!(round, "{:?}", scale);
            let ticks: Vec<_> = scale.ticks().collect();
            prop_assert!(ticks[0] == 0.0 && ticks.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(ticks.iter().all(|tick| *tick <= scale.top * 1.000_001) && ticks.len() <= 11, "{:?}", ticks);
            let labels: Vec<_> = ticks.iter().map(|tick| scale.label(*tick, chart.unit)).collect();
            prop_assert!(labels.iter().all(|label| label.chars().count() <= 5), "{:?}", labels);
            if scale.top < 1e14 {
                prop_assert!(labels.windows(2).all(|pair| pair[0] != pair[1]), "{:?}", labels);
            }
            let highest = chart.lines.iter().flat_map(|line| &line.points).filter_map(|cell| cell.value());
            prop_assert!(highest.filter(|number| *number < 1e17).all(|number| number <= scale.top * 1.000_001));
        }
    }

    #[test]
    fn times_are_round_and_stand_where_they_are(charts in any_charts(), width in 1..200_usize) {
        for chart in &charts {
            let columns = Columns::new(chart, width);
            let times = times(chart, columns, width);
            for time in &times {
                prop_assert!(time.columns().end <= width);
                let points = columns.points(time.mark);
                let minutes = chart.minute_of(points.start).0..chart.minute_of(points.end).0;
                let shown = minutes.clone().any(|minute| {
                    let minute = Minute(minute);
                    time.text == minute.to_string() || minute.0.rem_euclid(1440) == 0 && time.text == super::axis::day(minute)
                });
                prop_assert!(shown, "{:?} stands over {:?}", time, minutes);
            }
            prop_assert!(times.windows(2).all(|pair| pair[0].columns().end < pair[1].columns().start), "{:?}", times);
        }
    }

    #[test]
    fn every_point_has_its_columns(points in 1..500_i64, hollow in 0..4_usize, width in 1..300_usize, last in 0..10_000_i64) {
        let mut chart = chart(Panel::Use, Unit::Percent, points, 1);
        chart.span = Span::ending(Minute(last), points);
        chart.hollow = vec![1.0; hollow];
        let columns = Columns::new(&chart, width);
        for column in 0..width {
            let points = columns.points(column);
            prop_assert!(!points.is_empty());
            for point in points {
                prop_assert!(columns.of(point).contains(&column), "{} in {}", point, column);
            }
        }
        for point in 0..chart.points() + hollow {
            prop_assert!(!columns.of(point).is_empty() && columns.of(point).end <= width);
            prop_assert!(columns.points(columns.middle(point)).contains(&point));
        }
        let widths: Vec<_> = (1..width.max(2) - 1).map(|column| columns.points(column).len()).collect();
        let (least, most) = (widths.iter().min(), widths.iter().max());
        prop_assert!(least.zip(most).is_none_or(|(least, most)| most - least <= 1), "evenly: {:?}", widths);
    }

    #[test]
    fn as_time_goes_on_the_picture_keeps_its_shape(points in 10..500_i64, width in 4..200_usize, last in 1000..2000_i64) {
        let cuts = |last: i64| {
            let mut chart = chart(Panel::Use, Unit::Percent, points, 1);
            chart.span = Span::ending(Minute(last), points);
            let columns = Columns::new(&chart, width);
            let start = move |column| chart.minute_of(columns.points(column).start).0;
            (2..width - 1).map(start).collect::<Vec<_>>()
        };
        let (before, after) = (cuts(last), cuts(last + 1));
        // The cuts that are in both pictures, without those at their edges.
        let (Some(first), Some(newest)) = (after.first(), before.last()) else { return Ok(()) };
        let in_both = |cuts: &[i64]| cuts.iter().copied().filter(|cut| first < cut && cut < newest).collect::<Vec<_>>();
        prop_assert_eq!(in_both(&before), in_both(&after));
    }

    #[test]
    fn pointing_gives_what_is_drawn_there(
        mut state in any_state(),
        (width, height) in (1..220_u16, 1..40_u16),
        (column, row) in (0..220_u16, 0..40_u16),
    ) {
        let area = Rect::new(0, 0, width, height);
        let pointed = pointed_at(&state, area, column, row);
        let place = places(area, state.view.charts.focus, state.view.charts.full).charts.into_iter().find(|(_, place)| place.contains((column, row).into()));
        prop_assert_eq!(pointed.map(|(panel, _)| panel), place.map(|(panel, _)| panel));
        let Some((panel, Some(minute))) = pointed else { return Ok(()) };
        let parts = frame(place.unwrap().1, panel);
        prop_assert!(parts.field.contains((column, row).into()) || parts.times.contains((column, row).into()));
        let chart = state.charts.iter().find(|chart| chart.panel == panel).unwrap().clone();
        let point = point_at(&chart, minute).unwrap();
        let across = Across::new(&chart, parts.field);
        prop_assert!(across.points(usize::from(column - parts.field.x)).contains(&point));
        // A cross-hair there stands in that column, or in the middle of the columns that show the same point.
        let cell = across.cell(point);
        prop_assert!(across.points(cell).contains(&point));
        state.view.charts.cross = Some(minute);
        let buffer = drawn(&state, &Theme::default(), width, height);
        let x = parts.field.x + u16::try_from(cell).unwrap();
        if !chart.lines.is_empty() && is_of_bars(panel) {
            let is_free = |y: u16| !matches!(buffer[(x, y)].symbol(), " " | "█" | "─");
            prop_assert!((parts.field.y..parts.field.bottom()).all(is_free), "{}", text(&buffer));
        }
    }

    #[test]
    fn places_fill_the_area_and_hold_the_focus(
        area in (0..9_u16, 0..9_u16, 1..400_u16, 1..200_u16).prop_map(|(x, y, width, height)| Rect::new(x, y, width, height)),
        focus in prop::sample::select(Panel::ALL.to_vec()),
        full in any::<bool>(),
    ) {
        let places = places(area, focus, full);
        prop_assert!(places.charts.iter().any(|(panel, _)| *panel == focus));
        prop_assert!(places.charts.windows(2).all(|pair| pair[0].0 < pair[1].0), "in their order");
        for (index, (_, place)) in places.charts.iter().enumerate() {
            prop_assert_eq!(place.intersection(area), *place);
            prop_assert!(!place.is_empty());
            prop_assert!(places.charts[index + 1..].iter().all(|(_, other)| !place.intersects(*other)));
        }
        if area.width >= 200 && area.height >= 24 && !full {
            prop_assert!(places.charts.len() >= 7, "{:?}", places);
        }
    }
}
