//! Which series exist, as `ListMetrics` shows them, and so which endpoints are alive. A series that is not listed proves nothing: new ones appear up to 15 minutes late.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    ids::EndpointId,
    metric::{Listed, Metric, Namespace, Part, SeriesKey},
    tier::TierPair,
};

/// An endpoint's id as one namespace meters it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Meter {
    /// Where its traffic is counted.
    pub namespace: Namespace,
    /// The value of the `ModelId` or `Model` dimension.
    pub endpoint: EndpointId,
}

impl Meter {
    /// Its series of a metric.
    #[must_use]
    pub fn series(&self, metric: Metric) -> SeriesKey {
        SeriesKey { namespace: self.namespace, metric, part: Part::Endpoint(self.endpoint.clone()) }
    }

    /// Its series of a metric for one tier pair.
    #[must_use]
    pub fn tier_series(&self, metric: Metric, pair: &TierPair) -> SeriesKey {
        SeriesKey { namespace: self.namespace, metric, part: Part::Tier(self.endpoint.clone(), pair.clone()) }
    }
}

/// What `ListMetrics` has shown so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Discovery {
    listed: BTreeMap<SeriesKey, Arc<str>>,
    /// How many series each endpoint has that are asked only where they are listed.
    optional: BTreeMap<Meter, usize>,
    active: BTreeSet<Meter>,
}

impl Discovery {
    /// Takes a listing: `recently_active` ones name the endpoints that are alive, the others only what has existed in two weeks.
    pub fn apply(&mut self, namespace: Namespace, recently_active: bool, listed: &[Listed]) {
        if recently_active {
            self.active.retain(|meter| meter.namespace != namespace);
            let alive = listed.iter().filter_map(|series| series.key.part.endpoint());
            self.active.extend(alive.map(|id| Meter { namespace, endpoint: id.clone() }));
        }
        for series in listed {
            let known = self.listed.insert(series.key.clone(), Arc::clone(&series.name)).is_some();
            if let (false, true, Some(id)) = (known, is_optional(&series.key), series.key.part.endpoint()) {
                *self.optional.entry(Meter { namespace, endpoint: id.clone() }).or_default() += 1;
            }
        }
    }

    /// How many series an endpoint has that are asked only where they are listed: when the number grows, there is a window to fill.
    #[must_use]
    pub fn optional_series(&self, meter: &Meter) -> usize {
        self.optional.get(meter).copied().unwrap_or_default()
    }

    /// Endpoints with data in the last three hours.
    #[must_use]
    pub fn active(&self) -> &BTreeSet<Meter> {
        &self.active
    }

    /// Endpoints with data in the last two weeks.
    #[must_use]
    pub fn metered(&self) -> BTreeSet<Meter> {
        self.listed
            .keys()
            .filter_map(|key| Some(Meter { namespace: key.namespace, endpoint: key.part.endpoint()?.clone() }))
            .collect()
    }

    /// Whether any call succeeded in the last two weeks: only these have output tokens. None before anything was listed.
    #[must_use]
    pub fn has_served(&self) -> Option<bool> {
        let served = |key: &SeriesKey| {
            matches!(key.metric, Metric::OutputTokenCount | Metric::EstimatedTpmQuotaUsage | Metric::TimeToFirstToken)
        };
        (!self.listed.is_empty()).then(|| self.listed.keys().any(served))
    }

    /// Whether a series has been listed.
    #[must_use]
    pub fn is_listed(&self, key: &SeriesKey) -> bool {
        self.listed.contains_key(key)
    }

    /// The metric's name as this account spells it, else as the newest AWS page does; None where the namespace has no such metric.
    #[must_use]
    pub fn spelling(&self, key: &SeriesKey) -> Option<Arc<str>> {
        self.listed.get(key).cloned().or_else(|| key.metric.name(key.namespace).map(Arc::from))
    }

    /// The tier pairs under which a metric of an endpoint is listed.
    pub fn tier_pairs<'a>(&'a self, meter: &'a Meter, metric: Metric) -> impl Iterator<Item = &'a TierPair> {
        // Keys are ordered by namespace, metric, part: all tier parts of one endpoint stand together.
        let from = meter.series(metric);
        self.listed
            .range(from..)
            .map(|(key, _)| key)
            .take_while(move |key| key.namespace == meter.namespace && key.metric == metric)
            .filter_map(move |key| match &key.part {
                Part::Tier(id, pair) if *id == meter.endpoint => Some(pair),
                _ => None,
            })
    }
}

impl Discovery {
    /// Whether an endpoint is listed with calls above 200K input tokens (`ContextWindow`).
    #[must_use]
    pub fn has_long_context(&self, meter: &Meter) -> bool {
        let metric = Metric::EstimatedTpmQuotaUsage;
        let part = Part::Context(meter.endpoint.clone(), None, Arc::from(""));
        let from = SeriesKey { namespace: meter.namespace, metric, part };
        let first = self.listed.range(from..).next().map(|(key, _)| key);
        first.is_some_and(|key| {
            key.namespace == meter.namespace
                && key.metric == metric
                && matches!(&key.part, Part::Context(id, ..) if *id == meter.endpoint)
        })
    }
}

/// Series that not every endpoint has: by tier, of the cache, of streaming, and AWS's estimate.
fn is_optional(key: &SeriesKey) -> bool {
    use Metric::{CacheReadInputTokenCount, CacheWriteInputTokenCount, EstimatedTpmQuotaUsage, TimeToFirstToken};
    let optional = [CacheReadInputTokenCount, CacheWriteInputTokenCount, EstimatedTpmQuotaUsage, TimeToFirstToken];
    matches!(key.part, Part::Tier(..)) || optional.contains(&key.metric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tier::Tier;

    fn listed(metric: Metric, part: Part) -> Listed {
        Listed {
            key: SeriesKey { namespace: Namespace::Bedrock, metric, part },
            name: Arc::from("CacheReadInputTokens"),
        }
    }

    #[test]
    fn a_recent_listing_replaces_who_is_alive_and_keeps_what_has_existed() {
        let mut discovery = Discovery::default();
        let of = |id: &str| listed(Metric::CacheReadInputTokenCount, Part::Endpoint(id.into()));
        discovery.apply(Namespace::Bedrock, true, &[of("a"), of("b")]);
        discovery.apply(Namespace::Bedrock, true, &[of("b")]);
        assert_eq!(discovery.active().iter().map(|m| m.endpoint.as_str()).collect::<Vec<_>>(), ["b"]);
        assert_eq!(discovery.metered().len(), 2);
        assert_eq!(discovery.spelling(&of("a").key).as_deref(), Some("CacheReadInputTokens"));
    }

    #[test]
    fn tier_pairs_are_found_among_other_endpoints() {
        let mut discovery = Discovery::default();
        let pair = TierPair { asked: Tier::Flex, served: Some(Tier::Flex) };
        discovery.apply(
            Namespace::Bedrock,
            false,
            &[
                listed(Metric::TimeToFirstToken, Part::Account),
                listed(Metric::TimeToFirstToken, Part::Endpoint("z".into())),
                listed(Metric::TimeToFirstToken, Part::Tier("a".into(), pair.clone())),
                listed(Metric::EstimatedTpmQuotaUsage, Part::Tier("b".into(), pair.clone())),
            ],
        );
        let meter = Meter { namespace: Namespace::Bedrock, endpoint: "a".into() };
        assert_eq!(discovery.tier_pairs(&meter, Metric::TimeToFirstToken).collect::<Vec<_>>(), [&pair]);
        assert_eq!(discovery.tier_pairs(&meter, Metric::Invocations).count(), 0);
    }

    #[test]
    fn a_long_context_is_found_by_its_endpoint_and_no_other_s() {
        let mut discovery = Discovery::default();
        let estimate = Metric::EstimatedTpmQuotaUsage;
        let context = |id: &str| listed(estimate, Part::Context(id.into(), None, "200K+".into()));
        discovery.apply(Namespace::Bedrock, false, &[context("b"), listed(estimate, Part::Endpoint("a".into()))]);
        let has = |id: &str| discovery.has_long_context(&Meter { namespace: Namespace::Bedrock, endpoint: id.into() });
        assert_eq!(["a", "b", "c"].map(has), [false, true, false]);
    }
}
