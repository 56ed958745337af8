//! Charts for tests, built by hand: the pool of the sketch in its bad hour.

use std::{f64::consts::TAU, sync::Arc};

use crate::{
    app::state::State,
    domain::{
        chart::{Chart, Lack, Limit, Line, Panel, Unit, What},
        minute::Span,
        quota_name::QuotaMetric,
        series::Cell,
        snapshot::Bound,
        tier::Tier,
        usual::Usual,
    },
    ui::fixtures::minute,
};

/// An empty chart of `points` periods that ends at 03:11.
pub fn chart(panel: Panel, unit: Unit, points: i64, period_minutes: i64) -> Chart {
    Chart {
        panel,
        statistic: panel.statistics()[0],
        unit,
        span: Span::ending(minute("03:11"), points * period_minutes),
        period_minutes,
        lines: vec![],
        limit: None,
        refused: vec![],
        usual: vec![],
        hollow: vec![],
        bound: Bound::Exact,
        member: None,
        lack: None,
    }
}

pub fn line(what: What, points: impl IntoIterator<Item = f64>) -> Line {
    Line { what, points: points.into_iter().map(Cell::Value).collect() }
}

/// From 0 at the oldest of so many points to 1 at the newest.
fn along(points: u32) -> impl Iterator<Item = f64> + Clone {
    (0..points).map(move |at| f64::from(at) / f64::from(points - 1))
}

/// A tremor of a few percent that looks like traffic and is the same every time.
fn tremor(x: f64) -> f64 {
    1.0 + 0.05 * (x * 31.0 * TAU).sin() + 0.04 * (x * 17.3 * TAU).cos()
}

fn rising(x: f64) -> f64 {
    (24.0 + 78.0 * x.powi(3)) * tremor(x)
}

/// All seven, as a throttled pool with one endpoint would have them.
pub fn throttled() -> Vec<Chart> {
    let percent = Unit::Percent;
    let mut usage = chart(Panel::Use, percent, 180, 1);
    usage.lines = vec![line(What::Use, along(180).map(|x| rising(x).min(97.0)))];
    usage.limit = Some(Limit { value: 100.0, applied: 2e6, metric: QuotaMetric::TokensPerMinute });
    usage.refused = (0..180).map(|at| at >= 168 && at % 3 != 1).collect();
    usage.hollow = vec![88.0, 41.0];
    usage.lines[0].points[40..52].fill(Cell::Unknown);

    let mut attempts = chart(Panel::Attempts, Unit::RequestsPerMinute, 180, 1);
    let refused = |(at, x): (usize, f64)| if at >= 168 && at % 3 != 1 { 90.0 * x } else { 0.0 };
    attempts.lines = vec![
        line(
            What::Attempts,
            along(180).map(|x| rising(x).min(97.0) * 4.65).zip(along(180).enumerate().map(refused)).map(|(a, b)| a + b),
        ),
        line(What::Refused, along(180).enumerate().map(refused)),
    ];
    attempts.hollow = vec![380.0];

    let mut latency = chart(Panel::Latency, Unit::Milliseconds, 36, 5);
    let times = |factor: f64| along(36).map(move |x| factor * (900.0 + 700.0 * x.powi(4)) * tremor(x));
    latency.lines = vec![line(What::P90, times(4.1)), line(What::P50, times(0.9)), line(What::P99, times(6.3))];
    latency.lines.iter_mut().for_each(|line| line.points[9..11].fill(Cell::Absent));
    latency.usual = along(36)
        .map(|x| Some(Usual { low: 3_300.0, median: 3_900.0 + 300.0 * x, high: 4_700.0 + 300.0 * x, days: 7 }))
        .collect();

    let mut tiers = chart(Panel::TierTokens, Unit::QuotaTokensPerMinute, 180, 1);
    tiers.lines = vec![
        line(What::Served(Some(Tier::Standard)), along(180).map(|x| rising(x).min(97.0) * 17_000.0)),
        line(What::Served(Some(Tier::Priority)), along(180).map(|x| 500_000.0 * tremor(x * 0.7))),
        line(What::Served(Some(Tier::Flex)), along(180).map(|x| 240_000.0 * tremor(x * 0.3) * (1.0 - x))),
    ];

    let mut first = chart(Panel::FirstToken, Unit::Milliseconds, 36, 5);
    first.lack = Some(Lack::NoSuchMetric);

    let mut tokens = chart(Panel::Tokens, Unit::TokensPerMinute, 36, 5);
    tokens.lines = vec![
        line(What::Input, along(36).map(|x| rising(x) * 12_000.0)),
        line(What::Output, along(36).map(|x| rising(x) * 1_500.0)),
        line(What::CacheRead, along(36).map(|x| rising(x) * 3_000.0)),
    ];

    let mut errors = chart(Panel::Errors, Unit::Count, 180, 1);
    let few = |every: usize, most: f64| (0..180).map(move |at: usize| if at % every == 7 { most } else { 0.0 });
    errors.lines = vec![line(What::ServerErrors, few(41, 3.0)), line(What::ClientErrors, few(29, 8.0))];
    errors.lines[1].points[170..].fill(Cell::Unknown);

    vec![usage, attempts, latency, tiers, first, tokens, errors]
}

pub fn with(mut state: State, charts: Vec<Chart>) -> State {
    state.charts = Arc::from(charts);
    state
}
