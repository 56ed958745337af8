//! What the charts show: lines of one pool or endpoint over time, made from the store. Pure numbers; how they are drawn is `ui`'s.
//!
//! A point is one period of a line. As everywhere, a value, a gap and the unknown are three things ([`Cell`]). Sums are added up by the minute, and a period
//! of several minutes shows its worst minute or its mean per minute, as the chart's [`Statistic`] says; percentiles are asked by the period and never merged.

pub use super::charting::{PERIODS, Subject, Wanted, charts, meters, percentile_period, suitable_period};
use super::{
    ids::EndpointId,
    minute::{Minute, Span},
    quota_name::QuotaMetric,
    series::Cell,
    snapshot::Bound,
    tier::Tier,
    usual::Usual,
};

/// A chart's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Panel {
    /// Quota tokens per minute, against the quota.
    #[default]
    Use,
    /// Attempts per minute, with those refused.
    Attempts,
    /// Time to the last token.
    Latency,
    /// Quota tokens per minute by the tier that served.
    TierTokens,
    /// Time to the first token.
    FirstToken,
    /// Input, output and cached tokens per minute.
    Tokens,
    /// Server and client errors.
    Errors,
}

impl Panel {
    /// All, in the order in which they stand.
    pub const ALL: [Self; 7] =
        [Self::Use, Self::Attempts, Self::Latency, Self::TierTokens, Self::FirstToken, Self::Tokens, Self::Errors];

    /// The panels that say something at other statistics than their usual one, first the usual one.
    #[must_use]
    pub fn statistics(self) -> &'static [Statistic] {
        match self {
            Self::Use | Self::TierTokens | Self::Tokens | Self::Attempts => &[Statistic::Worst, Statistic::Mean],
            Self::Latency | Self::FirstToken => {
                &[Statistic::Percentiles, Statistic::P50, Statistic::P90, Statistic::P99, Statistic::Mean]
            }
            Self::Errors => &[Statistic::Total],
        }
    }
}

/// What a point says of its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Statistic {
    /// The worst of its minutes.
    Worst,
    /// Counts: the mean per minute. Latencies: the mean of the calls.
    Mean,
    /// All of its minutes together.
    Total,
    /// Median, 90th and 99th percentile together.
    Percentiles,
    /// Median.
    P50,
    /// 90th percentile.
    P90,
    /// 99th percentile.
    P99,
}

/// What a chart's numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Percent of the limit.
    Percent,
    /// Quota tokens per minute.
    QuotaTokensPerMinute,
    /// Tokens per minute.
    TokensPerMinute,
    /// Requests per minute.
    RequestsPerMinute,
    /// Milliseconds.
    Milliseconds,
    /// How many in the period.
    Count,
}

/// What a line is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum What {
    /// Use of the quota.
    Use,
    /// Accepted and refused requests.
    Attempts,
    /// Refused requests.
    Refused,
    /// Median.
    P50,
    /// 90th percentile.
    P90,
    /// 99th percentile.
    P99,
    /// Mean.
    Mean,
    /// What a tier served; None: its tier is not reported.
    Served(Option<Tier>),
    /// Input tokens without cached ones.
    Input,
    /// Output tokens.
    Output,
    /// Input tokens read from the cache.
    CacheRead,
    /// Input tokens written to the cache.
    CacheWrite,
    /// 5xx.
    ServerErrors,
    /// 4xx without refusals.
    ClientErrors,
}

/// A line: one point for each period of the chart's span, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is of.
    pub what: What,
    /// Its points.
    pub points: Vec<Cell>,
}

/// A horizontal line: the quota in force.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Where it lies, in the chart's unit.
    pub value: f64,
    /// The quota itself, in its own unit.
    pub applied: f64,
    /// What it counts.
    pub metric: QuotaMetric,
}

/// Why a chart has no line, or not all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// It is being asked for: so many percent are here.
    Loading(u8),
    /// The endpoint's namespace has no such metric.
    NoSuchMetric,
    /// No tier is reported for it.
    TierNotReported,
    /// It was asked, and there was nothing to measure.
    NothingMeasured,
    /// It has not been asked, or nothing came.
    Unknown,
    /// Idle: no traffic.
    Idle,
}

/// One chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Its subject.
    pub panel: Panel,
    /// What its points say of their periods.
    pub statistic: Statistic,
    /// The endpoint that it is of alone, where its subject is a pool of several: percentiles cannot be merged, so they are the busiest member's.
    pub member: Option<EndpointId>,
    /// What its numbers are.
    pub unit: Unit,
    /// The minutes that its points cover, and no others: whole periods, but for the last one while it goes on.
    pub span: Span,
    /// Minutes of a period.
    pub period_minutes: i64,
    /// Its lines, the most important first; empty where there is [`Chart::lack`].
    pub lines: Vec<Line>,
    /// The quota in force.
    pub limit: Option<Limit>,
    /// Which points had refused calls; empty where it is not known or not shown.
    pub refused: Vec<bool>,
    /// What is usual, one for each point; empty where it is not known.
    pub usual: Vec<Option<Usual>>,
    /// What the newest minutes say so far, as points after the last one: drawn hollow, of the first line.
    pub hollow: Vec<f64>,
    /// Whether its numbers are exact.
    pub bound: Bound,
    /// Why something is missing.
    pub lack: Option<Lack>,
}

impl Chart {
    /// The first minute of a point's period.
    #[must_use]
    pub fn minute_of(&self, point: usize) -> Minute {
        self.span.first + i64::try_from(point).unwrap_or(0) * self.period_minutes
    }

    /// Whether a point's period is over: what the last one says may only be so far.
    #[must_use]
    pub fn is_over(&self, point: usize) -> bool {
        self.minute_of(point) + (self.period_minutes - 1) <= self.span.last
    }

    /// How many points each line has.
    #[must_use]
    pub fn points(&self) -> usize {
        let period = usize::try_from(self.period_minutes).unwrap_or(1).max(1);
        self.span.len().div_ceil(period)
    }
}
