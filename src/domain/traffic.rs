//! An account's traffic over a span, minute by minute: what each endpoint was asked, refused, and used of its quota. What numbers and charts are both made of.

use std::collections::{BTreeSet, HashMap};

use super::{
    catalog::Endpoint,
    discovery::Meter,
    ids::EndpointId,
    metric::{Metric, Namespace, SeriesKey, Stat},
    minute::{Minute, Span},
    polling::{CACHE_TOTALS, TRIPWIRE},
    reckoning::Known,
    signs::Compared,
    snapshot::Basis,
    store::{Counts, Explained},
    tier::{Tier, TierPair},
    usage::MinuteUses,
};

/// The account's totals are kept for this long at least, however short the window: they prove that who is not asked any more was not called since.
pub const TOTALS_KEPT_MINUTES: i64 = 180;

/// What Reserved, which has a quota of its own, serves of an endpoint's traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reserved {
    /// Nothing that any series tells of.
    Nothing,
    /// Something that is told apart in quota tokens, and not in requests.
    Apart,
    /// Something that may be in its quota tokens.
    Within,
}

/// Traffic over a span.
pub(super) struct Traffic<'a> {
    known: &'a Known<'a>,
    span: Span,
    tier_pairs: HashMap<&'a EndpointId, BTreeSet<&'a TierPair>>,
    explained: HashMap<(Namespace, Metric), Explained>,
}

impl<'a> Traffic<'a> {
    /// The traffic of a span. The account's totals, which prove zeros, are kept for the table's window only.
    pub(super) fn new(known: &'a Known<'a>, span: Span) -> Self {
        let kept = known.window_minutes.max(TOTALS_KEPT_MINUTES);
        let kept = Span { first: span.first.max(span.last - (kept - 1)), last: span.last };
        let metrics = || TRIPWIRE.into_iter().chain(CACHE_TOTALS);
        let totals = Namespace::ALL.into_iter().flat_map(|namespace| metrics().map(move |metric| (namespace, metric)));
        let explained =
            totals.map(|(namespace, metric)| ((namespace, metric), known.store.explained(namespace, metric, kept)));
        Self { known, span, tier_pairs: known.store.tier_pairs(Namespace::Bedrock), explained: explained.collect() }
    }

    /// An endpoint's tier pairs. Mantle reports no tiers, and its ids may be the runtime's.
    pub(super) fn pairs(&self, meter: &Meter) -> Option<&BTreeSet<&'a TierPair>> {
        self.tier_pairs.get(&meter.endpoint).filter(|_| meter.namespace == Namespace::Bedrock)
    }

    /// Whether ids of the form `model+flex` stand beside the plain one: whether its totals include them is unknown.
    pub(super) fn has_suffix_series(&self, meter: &Meter) -> bool {
        self.pairs(meter).is_some_and(|pairs| pairs.iter().any(|pair| pair.served.is_none()))
    }

    /// An endpoint's counts; None where its namespace has no such metric.
    pub(super) fn counts(&self, meter: &Meter, metric: Metric) -> Option<Counts<'_>> {
        metric.name(meter.namespace)?;
        let pairs = self.pairs(meter);
        let explained = self.explained.get(&(meter.namespace, metric));
        Some(self.known.store.counts(meter.namespace, metric, &meter.endpoint, pairs, explained))
    }

    pub(super) fn minutes(&self, meter: &Meter, metric: Metric) -> MinuteUses {
        let counts = self.counts(meter, metric);
        MinuteUses::new(self.span, |minute| counts.as_ref()?.at(minute))
    }

    /// Quota tokens by the minute, where they come from, and what Reserved serves of the traffic.
    pub(super) fn uses(&self, meter: &Meter, endpoint: &Endpoint) -> (MinuteUses, Option<Basis>, Reserved) {
        let estimate = meter.series(Metric::EstimatedTpmQuotaUsage);
        let store = self.known.store;
        // Where every call names a tier by its id, the plain id has no series.
        let mut suffixed = self.pairs(meter).into_iter().flatten().filter(|pair| pair.served.is_none());
        let has_estimate = self.known.discovery.is_listed(&estimate)
            || store.has_point(&estimate, self.span)
            || suffixed
                .any(|pair| store.has_point(&meter.tier_series(Metric::EstimatedTpmQuotaUsage, pair), self.span));
        let reserved_series = self.reserved_series(meter);
        if has_estimate {
            let serves = match reserved_series.iter().all(|(_, served_known)| *served_known) {
                false => Reserved::Within,
                true if reserved_series.is_empty() => Reserved::Nothing,
                true => Reserved::Apart,
            };
            let reserved = self.reserved_by_minute(meter);
            let all = self.counts(meter, Metric::EstimatedTpmQuotaUsage);
            let uses =
                MinuteUses::new(self.span, |minute| Some((all.as_ref()?.at(minute)? - reserved(minute)?).max(0.0)));
            return (uses, Some(Basis::AwsEstimate), serves);
        }
        let multiplier = match meter.namespace {
            Namespace::Mantle => Some(1.0),
            Namespace::Bedrock => endpoint.model.as_ref().and_then(|model| self.known.burndown.multiplier(model)),
        };
        let serves = if reserved_series.is_empty() { Reserved::Nothing } else { Reserved::Within };
        (self.formula(meter, multiplier), Some(Basis::Formula), serves)
    }

    /// AWS's estimate beside its parts, over the minutes in which all of them are known.
    pub(super) fn compared(&self, meter: &Meter) -> Compared {
        use Metric::{CacheWriteInputTokenCount, EstimatedTpmQuotaUsage, InputTokenCount, OutputTokenCount};
        let counts = |metric| self.counts(meter, metric);
        let (estimate, input) = (counts(EstimatedTpmQuotaUsage), counts(InputTokenCount));
        let (output, cache_write) = (counts(OutputTokenCount), counts(CacheWriteInputTokenCount));
        let has_estimate = self.known.store.has_point(&meter.series(EstimatedTpmQuotaUsage), self.span);
        let minute = |minute| {
            let at = |counts: &Option<Counts>| counts.as_ref()?.at(minute);
            Some(Compared {
                minutes: 1,
                estimate: at(&estimate)?,
                input: at(&input)?,
                cache_write: at(&cache_write)?,
                output: at(&output)?,
            })
        };
        let minutes = self.span.minutes().filter(|_| has_estimate).filter_map(minute);
        minutes.fold(Compared::default(), Compared::plus)
    }

    /// Input + cache write + output × burndown. Where nobody called nothing was used.
    fn formula(&self, meter: &Meter, multiplier: Option<f64>) -> MinuteUses {
        let counts = |metric| self.counts(meter, metric);
        let (requests, input) = (counts(Metric::Invocations), counts(Metric::InputTokenCount));
        let (output, cache_write) = (counts(Metric::OutputTokenCount), counts(Metric::CacheWriteInputTokenCount));
        MinuteUses::new(self.span, |minute| {
            let at = |counts: &Option<Counts>| counts.as_ref()?.at(minute);
            if at(&requests) == Some(0.0) {
                return Some(0.0);
            }
            // Mantle has no cache metric, and no cache to write that counts.
            let cache_write = if cache_write.is_some() { at(&cache_write)? } else { 0.0 };
            let output = match at(&output)? {
                0.0 => 0.0,
                output => output * multiplier?,
            };
            Some(at(&input)? + cache_write + output)
        })
    }

    /// Quota tokens that Reserved is known to have served, by the minute.
    pub(super) fn reserved(&self, meter: &Meter) -> MinuteUses {
        MinuteUses::new(self.span, self.reserved_by_minute(meter))
    }

    fn reserved_by_minute(&self, meter: &Meter) -> impl Fn(Minute) -> Option<f64> + use<'a> {
        let apart = self.reserved_series(meter).into_iter().filter(|(_, served_known)| *served_known);
        let (apart, store): (Vec<SeriesKey>, _) = (apart.map(|(key, _)| key).collect(), self.known.store);
        move |minute| apart.iter().map(|key| store.settled(key, Stat::Sum, 1, minute).count()).sum()
    }

    /// The minutes that it covers.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// The estimate's series of reserved traffic, and whether each says that Reserved really served it.
    pub(super) fn reserved_series(&self, meter: &Meter) -> Vec<(SeriesKey, bool)> {
        let pairs = self.pairs(meter).into_iter().flatten();
        pairs
            .filter(|pair| {
                pair.served == Some(Tier::Reserved) || (pair.served.is_none() && pair.asked == Tier::Reserved)
            })
            .map(|pair| (meter.tier_series(Metric::EstimatedTpmQuotaUsage, pair), pair.served.is_some()))
            .collect()
    }
}
