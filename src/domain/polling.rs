//! The polling plan: which questions `GetMetricData` is asked and how often, and what that costs at most.
//!
//! Each minute: use and invocations of every active endpoint, and the account's own totals as a tripwire. Every five minutes: latency, time to
//! first token, tokens, tier pairs, and errors and throttles by name; throttles and 5xx each minute while there are any. A row that the user looks at, or that is in trouble, is asked all of it each
//! minute. Idle endpoints are found by discovery alone. Errors and throttles by name are left out where the account's
//! totals, explained by whoever was asked, have proved them zero for the rest.
//!
//! Prices: `GetMetricData` 0.01 USD per 1,000 metrics requested (`CloudWatch` pricing, 2026-11-22); whether several statistics of one metric count
//! once is not confirmed, so each counts here and the cost is an upper bound.

use std::collections::BTreeSet;

use super::{
    discovery::{Discovery, Meter},
    metric::{Metric, Namespace, Part, Query, SeriesKey, Stat},
    store::CHART_PERIOD_MINUTES,
    tier::{Tier, TierPair},
};

/// US dollars per query.
pub const USD_PER_QUERY: f64 = 0.01 / 1000.0;

/// Minutes between two rounds of the wider questions.
pub const WIDE_EVERY_MINUTES: u32 = 5;

const MINUTES_PER_DAY: f64 = 24.0 * 60.0;

const MINUTES_OF_DAY: u16 = 24 * 60;

/// The totals that are asked each minute, without a dimension: they show what no listed series explains.
pub const TRIPWIRE: [Metric; 4] =
    [Metric::Invocations, Metric::InvocationThrottles, Metric::InvocationClientErrors, Metric::InvocationServerErrors];

/// Totals that are asked with the wider questions: they prove that an endpoint without cache series used no cache.
pub const CACHE_TOTALS: [Metric; 2] = [Metric::CacheReadInputTokenCount, Metric::CacheWriteInputTokenCount];

/// The total that is set beside the account's daily quota over all models; asked with the wider questions.
pub const ACCOUNT_TOKENS: Metric = Metric::EstimatedTpmQuotaUsage;

/// What a round asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// The minute's questions.
    Narrow,
    /// The minute's and the five minutes' questions.
    Wide,
    /// Everything: every statistic of every metric.
    Full,
}

/// What the plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Which series exist.
    pub discovery: &'a Discovery,
    /// Endpoints that are asked.
    pub active: &'a BTreeSet<Meter>,
    /// Of these, the ones asked everything each minute.
    pub watched: &'a BTreeSet<Meter>,
    /// And the ones asked everything with the wider questions: the row whose charts are on the screen.
    pub shown: &'a BTreeSet<Meter>,
    /// Metrics whose totals were explained in every minute since they were last asked by name: the endpoints that are not asked counted nothing.
    pub explained: &'a BTreeSet<Metric>,
    /// Throttles or 5xx, while the account's total shows any: asked by name each minute.
    pub urgent: &'a BTreeSet<Metric>,
}

impl<'a> Plan<'a> {
    /// The plan of nobody but these: none watched or on the screen, nothing explained, nothing urgent.
    #[must_use]
    pub fn of(discovery: &'a Discovery, active: &'a BTreeSet<Meter>) -> Self {
        static NOBODY: BTreeSet<Meter> = BTreeSet::new();
        static NOTHING: BTreeSet<Metric> = BTreeSet::new();
        Self { discovery, active, watched: &NOBODY, shown: &NOBODY, explained: &NOTHING, urgent: &NOTHING }
    }
}

impl Plan<'_> {
    /// The questions of one round.
    #[must_use]
    pub fn queries(&self, breadth: Breadth) -> Vec<Query> {
        let mut queries = self.tripwire();
        if breadth != Breadth::Narrow {
            queries.extend(CACHE_TOTALS.iter().filter_map(|metric| self.account_query(Namespace::Bedrock, *metric)));
            queries.extend(self.account_query(Namespace::Bedrock, ACCOUNT_TOKENS));
        }
        for meter in self.active {
            let is_shown = breadth != Breadth::Narrow && self.shown.contains(meter);
            let breadth = if is_shown || self.watched.contains(meter) { Breadth::Full } else { breadth };
            self.ask(meter, breadth, &mut queries);
        }
        queries
    }

    /// Everything of the active endpoints, and of nobody else, with percentiles by this period: what charts are made of.
    #[must_use]
    pub fn chart(&self, percentile_period_minutes: u16) -> Vec<Query> {
        let mut queries = Vec::new();
        self.active.iter().for_each(|meter| self.ask(meter, Breadth::Full, &mut queries));
        for query in queries.iter_mut().filter(|query| query.period_minutes > 1) {
            query.period_minutes = percentile_period_minutes;
        }
        queries
    }

    /// The percentiles of which the last days are asked, so that the newest can be judged.
    #[must_use]
    pub fn history(&self) -> Vec<Query> {
        let latency = |meter| self.query(meter, Metric::InvocationLatency, Stat::Percentile(90), CHART_PERIOD);
        let first_token = |meter: &Meter| {
            let streams = self.is_listed(meter, Metric::TimeToFirstToken);
            streams.then(|| self.query(meter, Metric::TimeToFirstToken, Stat::Percentile(50), CHART_PERIOD))?
        };
        self.active.iter().flat_map(|meter| latency(meter).into_iter().chain(first_token(meter))).collect()
    }

    /// What the day's tokens are made of: use by the minute, as each minute's round asks it, and the account's own total.
    #[must_use]
    pub fn day(&self, account_total: bool) -> Vec<Query> {
        let total = account_total.then(|| self.account_query(Namespace::Bedrock, ACCOUNT_TOKENS));
        let mut queries: Vec<Query> = total.flatten().into_iter().collect();
        self.active.iter().for_each(|meter| self.ask(meter, Breadth::Narrow, &mut queries));
        queries.retain(|query| counts_by_day(self.discovery, &query.key));
        queries
    }

    /// One metric by name for every active endpoint: what follows when the tripwire shows more than is explained.
    #[must_use]
    pub fn by_name(&self, metric: Metric) -> Vec<Query> {
        let mut queries = self.tripwire();
        queries.extend(self.active.iter().filter_map(|meter| self.query(meter, metric, Stat::Sum, 1)));
        queries
    }

    /// Percentiles and means over a whole window, each its own query with the window as its period.
    #[must_use]
    pub fn window_values(&self, window_minutes: u16) -> Vec<Query> {
        let stats =
            [Stat::Percentile(50), Stat::Percentile(90), Stat::Percentile(99), Stat::Average, Stat::SampleCount];
        let mut queries = Vec::new();
        for meter in self.active {
            for metric in [Metric::InvocationLatency, Metric::TimeToFirstToken] {
                queries.extend(stats.iter().filter_map(|stat| self.query(meter, metric, *stat, window_minutes)));
            }
        }
        queries
    }

    /// How long answers were, day by day: the longest, and the 99th percentile. `CloudWatch` does not say how long a period may be; of a day it is sure.
    #[must_use]
    pub fn answers(&self) -> Vec<Query> {
        let stats = [Stat::Maximum, Stat::Percentile(99)];
        let of = |meter| stats.map(|stat| self.query(meter, Metric::OutputTokenCount, stat, MINUTES_OF_DAY));
        self.active.iter().flat_map(of).flatten().collect()
    }

    /// All tokens of the last day, each a single sum.
    #[must_use]
    pub fn tokens(&self) -> Vec<Query> {
        let metrics = [
            Metric::InputTokenCount,
            Metric::OutputTokenCount,
            Metric::CacheReadInputTokenCount,
            Metric::CacheWriteInputTokenCount,
        ];
        let of = |meter| metrics.map(|metric| self.query(meter, metric, Stat::Sum, MINUTES_OF_DAY));
        self.active.iter().flat_map(of).flatten().collect()
    }

    /// What the evidence for a request for more is made of, minute by minute: calls, refused ones, tokens, and use.
    #[must_use]
    pub fn evidence(&self) -> Vec<Query> {
        let metrics = [
            Metric::Invocations,
            Metric::InvocationThrottles,
            Metric::EstimatedTpmQuotaUsage,
            Metric::InputTokenCount,
            Metric::OutputTokenCount,
            Metric::CacheWriteInputTokenCount,
        ];
        let mut queries = Vec::new();
        for meter in self.active {
            queries.extend(metrics.iter().filter_map(|metric| self.query(meter, *metric, Stat::Sum, 1)));
            self.ask_apart(meter, &mut queries);
        }
        queries
    }

    /// US dollars a day that this plan costs at most.
    #[must_use]
    pub fn usd_per_day(&self) -> f64 {
        let narrow = count(self.queries(Breadth::Narrow).len());
        let wide = count(self.queries(Breadth::Wide).len());
        let every = f64::from(WIDE_EVERY_MINUTES);
        let queries_per_minute = (narrow * (every - 1.0) + wide) / every;
        queries_per_minute * MINUTES_PER_DAY * USD_PER_QUERY
    }

    fn tripwire(&self) -> Vec<Query> {
        let mut queries = Vec::new();
        for namespace in Namespace::ALL {
            if self.active.iter().any(|meter| meter.namespace == namespace) || namespace == Namespace::Bedrock {
                queries.extend(TRIPWIRE.iter().filter_map(|metric| self.account_query(namespace, *metric)));
            }
        }
        queries
    }

    fn account_query(&self, namespace: Namespace, metric: Metric) -> Option<Query> {
        let key = SeriesKey { namespace, metric, part: Part::Account };
        Some(Query { name: self.discovery.spelling(&key)?, key, stat: Stat::Sum, period_minutes: 1 })
    }

    fn ask(&self, meter: &Meter, breadth: Breadth, queries: &mut Vec<Query>) {
        let mut push = |metric, stat, period| queries.extend(self.query(meter, metric, stat, period));
        push(Metric::Invocations, Stat::Sum, 1);
        push(Metric::EstimatedTpmQuotaUsage, Stat::Sum, 1);
        self.ask_apart(meter, queries);
        queries.extend(self.urgent.iter().filter_map(|metric| self.query(meter, *metric, Stat::Sum, 1)));
        let mut push = |metric, stat, period| queries.extend(self.query(meter, metric, stat, period));
        // The formula stands in for an estimate that does not exist, so its parts are asked as often.
        let needs_formula = !self.is_listed(meter, Metric::EstimatedTpmQuotaUsage);
        if breadth == Breadth::Narrow {
            if needs_formula {
                for metric in [Metric::InputTokenCount, Metric::OutputTokenCount, Metric::CacheWriteInputTokenCount] {
                    push(metric, Stat::Sum, 1);
                }
            }
            return;
        }
        for metric in [Metric::InputTokenCount, Metric::OutputTokenCount, Metric::InvocationLatency] {
            push(metric, Stat::Sum, 1);
        }
        for metric in [Metric::CacheReadInputTokenCount, Metric::CacheWriteInputTokenCount] {
            if breadth == Breadth::Full
                || self.is_listed(meter, metric)
                || needs_formula && metric == Metric::CacheWriteInputTokenCount
            {
                push(metric, Stat::Sum, 1);
            }
        }
        for metric in [Metric::InvocationThrottles, Metric::InvocationClientErrors, Metric::InvocationServerErrors] {
            let wanted = breadth == Breadth::Full || !self.explained.contains(&metric);
            if wanted && !self.urgent.contains(&metric) {
                push(metric, Stat::Sum, 1);
            }
        }
        for (metric, stat) in chart_statistics(breadth) {
            if metric != Metric::TimeToFirstToken || breadth == Breadth::Full || self.is_listed(meter, metric) {
                push(metric, stat, CHART_PERIOD);
            }
        }
        self.ask_tiers(meter, breadth, queries);
    }

    /// Tier series that totals are made with, so asked as often as these: ids of the form `model+flex`, whose traffic may be in no other series,
    /// and what Reserved served, which does not count against the shared quota.
    fn ask_apart(&self, meter: &Meter, queries: &mut Vec<Query>) {
        for metric in [Metric::Invocations, Metric::EstimatedTpmQuotaUsage] {
            let apart = self.discovery.tier_pairs(meter, metric).filter(|pair| counts_apart(metric, pair));
            queries.extend(apart.filter_map(|pair| self.tier_query(meter, metric, pair, Stat::Sum, 1)));
        }
    }

    fn tier_query(
        &self,
        meter: &Meter,
        metric: Metric,
        pair: &TierPair,
        stat: Stat,
        period_minutes: u16,
    ) -> Option<Query> {
        let key = meter.tier_series(metric, pair);
        Some(Query { name: self.discovery.spelling(&key)?, key, stat, period_minutes })
    }

    fn ask_tiers(&self, meter: &Meter, breadth: Breadth, queries: &mut Vec<Query>) {
        let pairs = |metric| self.discovery.tier_pairs(meter, metric);
        let mut push =
            |metric, pair: &TierPair, stat, period| queries.extend(self.tier_query(meter, metric, pair, stat, period));
        for pair in pairs(Metric::EstimatedTpmQuotaUsage) {
            push(Metric::EstimatedTpmQuotaUsage, pair, Stat::SampleCount, 1);
        }
        for metric in [Metric::Invocations, Metric::EstimatedTpmQuotaUsage] {
            let rest = pairs(metric).filter(|pair| !counts_apart(metric, pair));
            rest.for_each(|pair| push(metric, pair, Stat::Sum, 1));
        }
        if breadth == Breadth::Full {
            pairs(Metric::TimeToFirstToken)
                .for_each(|pair| push(Metric::TimeToFirstToken, pair, Stat::Percentile(50), CHART_PERIOD));
        }
    }

    fn is_listed(&self, meter: &Meter, metric: Metric) -> bool {
        self.discovery.is_listed(&meter.series(metric))
    }

    fn query(&self, meter: &Meter, metric: Metric, stat: Stat, period_minutes: u16) -> Option<Query> {
        let key = meter.series(metric);
        Some(Query { name: self.discovery.spelling(&key)?, key, stat, period_minutes })
    }
}

/// Whether the day's tokens are made of a series: AWS's estimate, or where that does not exist the formula's parts.
#[must_use]
pub fn counts_by_day(discovery: &Discovery, key: &SeriesKey) -> bool {
    use Metric::{CacheWriteInputTokenCount, EstimatedTpmQuotaUsage, InputTokenCount, Invocations, OutputTokenCount};
    match key.metric {
        EstimatedTpmQuotaUsage => true,
        Invocations | InputTokenCount | OutputTokenCount | CacheWriteInputTokenCount => {
            let estimate = SeriesKey { metric: EstimatedTpmQuotaUsage, ..key.clone() };
            matches!(key.part, Part::Endpoint(_)) && !discovery.is_listed(&estimate)
        }
        _ => false,
    }
}

fn counts_apart(metric: Metric, pair: &TierPair) -> bool {
    pair.served.is_none() || (metric == Metric::EstimatedTpmQuotaUsage && pair.served == Some(Tier::Reserved))
}

#[expect(clippy::cast_possible_truncation, reason = "5 fits")]
const CHART_PERIOD: u16 = CHART_PERIOD_MINUTES as u16;

/// The statistics that are asked by chart period.
fn chart_statistics(breadth: Breadth) -> impl Iterator<Item = (Metric, Stat)> {
    use Metric::{InvocationLatency, OutputTokenCount, TimeToFirstToken};
    let wide = [(InvocationLatency, Stat::Percentile(90)), (TimeToFirstToken, Stat::Percentile(50))];
    let full = [
        (InvocationLatency, Stat::Percentile(50)),
        (InvocationLatency, Stat::Percentile(99)),
        (InvocationLatency, Stat::Average),
        (TimeToFirstToken, Stat::Percentile(90)),
        (TimeToFirstToken, Stat::Percentile(99)),
        (TimeToFirstToken, Stat::Average),
        (TimeToFirstToken, Stat::SampleCount),
        (OutputTokenCount, Stat::Percentile(50)),
    ];
    wide.into_iter().chain(full.into_iter().filter(move |_| breadth == Breadth::Full))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of queries are far below 2^52")]
fn count(length: usize) -> f64 {
    length as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::Listed;

    fn meters(count: usize) -> BTreeSet<Meter> {
        (0..count).map(|n| Meter { namespace: Namespace::Bedrock, endpoint: format!("model-{n}").into() }).collect()
    }

    /// Every endpoint streams, caches and reports a tier pair.
    fn discovery(active: &BTreeSet<Meter>) -> Discovery {
        let mut discovery = Discovery::default();
        let standard = TierPair { asked: Tier::Standard, served: Some(Tier::Standard) };
        let parts = active.iter().flat_map(|meter| {
            let plain = [Metric::TimeToFirstToken, Metric::EstimatedTpmQuotaUsage, Metric::CacheReadInputTokenCount]
                .map(|metric| (metric, Part::Endpoint(meter.endpoint.clone())));
            let tier = (Metric::EstimatedTpmQuotaUsage, Part::Tier(meter.endpoint.clone(), standard.clone()));
            plain.into_iter().chain([tier])
        });
        let listed: Vec<Listed> = parts
            .map(|(metric, part)| {
                let key = SeriesKey { namespace: Namespace::Bedrock, metric, part };
                Listed { name: metric.name(Namespace::Bedrock).unwrap().into(), key }
            })
            .collect();
        discovery.apply(Namespace::Bedrock, true, &listed);
        discovery
    }

    #[test]
    fn the_cost_is_the_queries_of_a_day_at_the_list_price() {
        let active = meters(2);
        let (discovery, nothing) = (discovery(&active), BTreeSet::new());
        let plan = Plan {
            discovery: &discovery,
            active: &active,
            watched: &BTreeSet::new(),
            shown: &BTreeSet::new(),
            explained: &nothing,
            urgent: &BTreeSet::new(),
        };
        let (narrow, wide) = (plan.queries(Breadth::Narrow).len(), plan.queries(Breadth::Wide).len());
        let a_day = 1152 * narrow + 288 * wide;
        assert!((plan.usd_per_day() - count(a_day) / 100_000.0).abs() < 1e-9);
    }

    #[test]
    fn a_question_is_asked_once() {
        let active = meters(3);
        let discovery = discovery(&active);
        let watched = meters(1);
        for breadth in [Breadth::Narrow, Breadth::Wide, Breadth::Full] {
            let plan = Plan {
                discovery: &discovery,
                active: &active,
                watched: &watched,
                shown: &BTreeSet::new(),
                explained: &BTreeSet::new(),
                urgent: &BTreeSet::new(),
            };
            let queries = plan.queries(breadth);
            let unique: std::collections::HashSet<_> =
                queries.iter().map(|q| (&q.key, q.stat, q.period_minutes)).collect();
            assert_eq!(unique.len(), queries.len(), "{breadth:?}");
        }
    }

    #[test]
    fn mantle_is_asked_only_what_it_has() {
        let active = BTreeSet::from([Meter { namespace: Namespace::Mantle, endpoint: "openai.gpt-6-sol".into() }]);
        let plan = Plan {
            discovery: &Discovery::default(),
            active: &active,
            watched: &active,
            shown: &BTreeSet::new(),
            explained: &BTreeSet::new(),
            urgent: &BTreeSet::new(),
        };
        let names: BTreeSet<String> = plan
            .queries(Breadth::Full)
            .iter()
            .filter(|query| query.key.namespace == Namespace::Mantle)
            .map(|query| query.name.to_string())
            .collect();
        let expected = ["InferenceClientErrors", "Inferences", "TotalInputTokens", "TotalOutputTokens"];
        assert_eq!(names, expected.map(String::from).into());
    }
}
