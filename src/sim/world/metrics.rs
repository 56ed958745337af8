//! The metrics: what `CloudWatch` calls them, which dimensions they have, and what one call adds to them.
//!
//! Accepted calls count in Invocations even if they end in an error; throttles count nowhere but in `InvocationThrottles`; tokens, latency
//! and quota use are of successful calls only. Errors belong to no tier: where dimensions ask for one, they are default ones.

use super::pools::Hour;
use super::traffic::{PAIRS, Sample, TIERS, pair};
use super::{Series, World};
use crate::sim::scenario::TierDimensions;

/// Namespace of the runtime endpoint.
pub(super) const RUNTIME: &str = "AWS/Bedrock";
/// Namespace of the mantle endpoint.
pub(super) const MANTLE: &str = "AWS/BedrockMantle";
/// Value of the `ContextWindow` dimension. AWS names the dimension; nobody has published a value, so this one is ours.
pub(super) const LONG_CONTEXT: &str = ">200K";

/// What a metric measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    Accepted,
    Latency,
    FirstToken,
    Input,
    Output,
    CacheRead,
    CacheWrite,
    Quota,
    ClientErrors,
    ServerErrors,
    Throttles,
    Legacy,
}

/// Metrics of the runtime endpoint.
pub(super) const RUNTIME_METRICS: [(&str, Metric); 12] = [
    ("Invocations", Metric::Accepted),
    ("InvocationLatency", Metric::Latency),
    ("TimeToFirstToken", Metric::FirstToken),
    ("InputTokenCount", Metric::Input),
    ("OutputTokenCount", Metric::Output),
    ("CacheReadInputTokenCount", Metric::CacheRead),
    ("CacheWriteInputTokenCount", Metric::CacheWrite),
    ("EstimatedTPMQuotaUsage", Metric::Quota),
    ("InvocationClientErrors", Metric::ClientErrors),
    ("InvocationServerErrors", Metric::ServerErrors),
    ("InvocationThrottles", Metric::Throttles),
    ("LegacyModelInvocations", Metric::Legacy),
];

/// Metrics of the mantle endpoint, each with the dimension sets it has: none, Project, Model, Model and Project.
pub(super) const MANTLE_METRICS: [(&str, Metric, [bool; 4]); 6] = [
    ("Inferences", Metric::Accepted, [true, true, true, true]),
    ("InferenceClientErrors", Metric::ClientErrors, [true, true, true, true]),
    ("TotalInputTokens", Metric::Input, [true, true, true, false]),
    ("TotalOutputTokens", Metric::Output, [true, true, true, false]),
    ("InputTokens", Metric::Input, [false, false, false, true]),
    ("OutputTokens", Metric::Output, [false, false, false, true]),
];

/// What a series selects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selector<'a> {
    pub metric: Metric,
    pub mantle: bool,
    /// Value of `ModelId` or Model.
    pub id: Option<&'a str>,
    pub project: Option<&'a str>,
    /// Pairs of tiers asked and served, as bits.
    pub pairs: u16,
    /// Only calls with a long context.
    pub long: bool,
}

/// All pairs.
pub(super) const ALL: u16 = u16::MAX;

/// Pairs with this tier asked.
pub(super) const fn asked(tier: u8) -> u16 {
    0xf << (tier * 4)
}

/// A tier's number.
pub(super) fn tier_number(name: &str) -> Option<u8> {
    TIERS.iter().position(|tier| *tier == name).and_then(|at| u8::try_from(at).ok())
}

/// Whether a metric has the tier dimensions.
pub(super) fn tiered(metric: Metric, mode: TierDimensions) -> bool {
    match mode {
        TierDimensions::Documented => matches!(metric, Metric::Quota | Metric::FirstToken),
        TierDimensions::Everywhere => true,
        TierDimensions::None | TierDimensions::IdSuffix => false,
    }
}

impl<'a> Selector<'a> {
    /// What a series selects; None for one that does not exist.
    pub(super) fn of(series: &'a Series, mode: TierDimensions) -> Option<Self> {
        let value = |name: &str| {
            series.dimensions.iter().find(|(dimension, _)| dimension == name).map(|(_, value)| value.as_str())
        };
        let mut known = 0;
        let mut take = |name: &str| value(name).inspect(|_| known += 1);
        let selector = if series.namespace == MANTLE {
            let (id, project) = (take("Model"), take("Project"));
            let set = usize::from(project.is_some()) + 2 * usize::from(id.is_some());
            let metric = MANTLE_METRICS
                .iter()
                .find(|(name, _, sets)| *name == series.metric && sets[set])
                .map(|found| found.1)?;
            Self { metric, mantle: true, id, project, pairs: ALL, long: false }
        } else if series.namespace == RUNTIME {
            let metric = RUNTIME_METRICS.iter().find(|(name, _)| *name == series.metric).map(|found| found.1)?;
            let id = take("ModelId");
            let tiers = match (take("ServiceTier"), take("ResolvedServiceTier")) {
                (None, None) => None,
                (Some(asked), Some(served)) if tiered(metric, mode) => {
                    Some((tier_number(asked)?, tier_number(served)?))
                }
                _ => return None,
            };
            let long = match take("ContextWindow") {
                None => false,
                Some(LONG_CONTEXT) if metric == Metric::Quota && tiers.is_some() == tiered(metric, mode) => true,
                Some(_) => return None,
            };
            if id.is_none() && (tiers.is_some() || long) {
                return None;
            }
            let (id, of_id) = match id {
                Some(id) if mode == TierDimensions::IdSuffix => match id.rsplit_once('+') {
                    Some((id, tier)) => (Some(id), asked(tier_number(tier).filter(|tier| *tier > 0)?)),
                    None => (Some(id), asked(0)),
                },
                id => (id, ALL),
            };
            let pairs = of_id & tiers.map_or(ALL, |(asked, served)| 1 << pair(asked, served));
            Self { metric, mantle: false, id, project: None, pairs, long }
        } else {
            return None;
        };
        (known == series.dimensions.len()).then_some(selector)
    }

    /// Whether calls of this pair are selected.
    pub(super) fn has(&self, pair: u8) -> bool {
        self.pairs & (1 << pair) != 0
    }

    /// Positions of the endpoints that the series is about.
    pub(super) fn sources(&self, world: &World) -> Vec<usize> {
        let fits = |at: &usize| {
            let spec = &world.sources[*at].spec;
            spec.project.is_some() == self.mantle
                && (self.project.is_none() || spec.project.as_deref() == self.project)
                && (self.metric != Metric::Legacy || world.sources[*at].legacy)
        };
        match self.id {
            Some(id) => world.source_index.get(id).copied().into_iter().filter(fits).collect(),
            None => (0..world.sources.len()).filter(fits).collect(),
        }
    }
}

/// What one successful call adds to a metric; None where it adds no value.
pub(super) fn value(metric: Metric, burndown: f64, sample: &Sample) -> Option<f64> {
    let some = |tokens: u32| (tokens > 0).then_some(f64::from(tokens));
    match metric {
        Metric::Accepted | Metric::Legacy => Some(1.0),
        Metric::Latency => Some(f64::from(sample.latency_ms)),
        Metric::FirstToken => some(sample.ttft_ms),
        Metric::Input => Some(f64::from(sample.input)),
        Metric::Output => some(sample.output),
        Metric::CacheRead => some(sample.cache_read),
        Metric::CacheWrite => some(sample.cache_write),
        Metric::Quota => {
            Some(f64::from(sample.input) + f64::from(sample.cache_write) + f64::from(sample.output) * burndown)
        }
        Metric::ClientErrors | Metric::ServerErrors | Metric::Throttles => None,
    }
}

/// How many metrics there are.
pub(super) const METRICS: usize = RUNTIME_METRICS.len();

/// Position of a metric in [`sums`].
pub(super) fn place(metric: Metric) -> Option<usize> {
    RUNTIME_METRICS.iter().position(|(_, other)| *other == metric)
}

/// The sums of every metric over an hour, in the order of [`RUNTIME_METRICS`].
pub(super) fn sums(burndown: f64, hour: &Hour) -> [f64; METRICS] {
    RUNTIME_METRICS.map(|(_, metric)| {
        let count = |counts: &[u32]| counts.iter().map(|count| f64::from(*count)).sum::<f64>();
        let errors = || count(&hour.client) + count(&hour.server);
        match metric {
            Metric::ClientErrors => count(&hour.client),
            Metric::ServerErrors => count(&hour.server),
            Metric::Throttles => hour.throttles.iter().map(|(_, _, count)| f64::from(*count)).sum(),
            _ => {
                let of = |sample: &Sample| value(metric, burndown, sample).unwrap_or(0.0) * f64::from(sample.weight);
                let calls = hour.samples.iter().map(of).sum::<f64>();
                if matches!(metric, Metric::Accepted | Metric::Legacy) { calls + errors() } else { calls }
            }
        }
    })
}

/// Dimensions of a `ModelId` series, with the tiers of a pair and the long context where they are asked for.
pub(super) fn dimensions(id: &str, pair: Option<usize>, long: bool) -> Vec<(String, String)> {
    let mut all = vec![("ModelId".to_owned(), id.to_owned())];
    if let Some(pair) = pair.filter(|pair| *pair < PAIRS) {
        all.push(("ServiceTier".to_owned(), TIERS[pair / 4].to_owned()));
        all.push(("ResolvedServiceTier".to_owned(), TIERS[pair % 4].to_owned()));
    }
    if long {
        all.push(("ContextWindow".to_owned(), LONG_CONTEXT.to_owned()));
    }
    all
}
