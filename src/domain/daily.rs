//! Daily quotas: tokens of the running 24 hours, and since 00:00Z. When AWS sets the count back is not published, so both are named and the larger one is what is
//! left counted by.
//!
//! An endpoint that is quiet now may have used the day's tokens in the morning, so everybody counts who was metered in the last two weeks, not only who is alive.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    catalog::{Catalog, Endpoint, Scope},
    discovery::{Discovery, Meter},
    governing::{GoverningQuotas, KnownQuota},
    ids::{ModelId, QuotaCode},
    matching::Match,
    metric::{Metric, Namespace, Part, SeriesKey, Stat},
    minute::{Minute, Span},
    polling::ACCOUNT_TOKENS,
    quota_name::{QuotaMetric, QuotaScope},
    reckoning::{Known, STALE_MINUTES},
    snapshot::{Basis, Bound, STRIP_MINUTES, Usage},
    strays::Strays,
    traffic::{Reserved, Traffic},
    usage::{MinuteUses, bounded_by},
};

/// Minutes of a day.
pub const DAY_MINUTES: i64 = 24 * 60;

/// What a quota "doubled for cross-region calls" counts at least of a token that a geographic profile used: its value is twice as large for them (the defaults of
/// such quotas are 1,440 × the in-Region tokens per minute, and those of geographic profiles twice that; Service Quotas, us-east-1, October 2026). How AWS sets both
/// off against each other is not published: they may count whole.
const GEO_SHARE: f64 = 0.5;

/// Tokens of a day that count against a daily quota.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayUse {
    /// In the 24 hours up to the newest settled minute; None where unknown.
    pub running: Option<f64>,
    /// Since 00:00Z; None where unknown.
    pub today: Option<f64>,
    /// Whether both are exact.
    pub bound: Bound,
    /// Where they come from; None where several things were added up, or nothing is known.
    pub basis: Option<Basis>,
}

impl DayUse {
    /// As the use of a quota: "now" is the running 24 hours, the larger of the two; a day has no worst minute.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage {
            used_now: self.running,
            now_bound: self.bound,
            peak: None,
            peak_at: None,
            peak_bound: self.bound,
            basis: self.basis,
            strip: vec![None; usize::try_from(STRIP_MINUTES).unwrap_or(0)],
        }
    }
}

/// Whose tokens count against some daily quota of one model, by what the account lists and has metered in two weeks. Mantle has no daily quotas.
#[must_use]
pub fn metered_by_day(
    catalog: &Catalog,
    governing: &GoverningQuotas,
    discovery: &Discovery,
    active: &BTreeSet<Meter>,
) -> BTreeMap<Meter, Endpoint> {
    let models: HashSet<&ModelId> = governing
        .quotas()
        .iter()
        .filter(|known| is_of_one_model(known))
        .flat_map(|known| &known.matching.models)
        .collect();
    if models.is_empty() {
        return BTreeMap::new();
    }
    let metered = discovery.metered().into_iter().chain(active.iter().cloned());
    metered
        .filter(|meter| meter.namespace == Namespace::Bedrock)
        .map(|meter| {
            let endpoint = catalog.resolve(meter.namespace, &meter.endpoint);
            (meter, endpoint)
        })
        .filter(|(_, endpoint)| endpoint.model.as_ref().is_some_and(|model| models.contains(model)))
        .collect()
}

/// Whether the account has a daily quota over all models.
#[must_use]
pub fn has_account_quota(governing: &GoverningQuotas) -> bool {
    governing.quotas().iter().any(|known| is_daily(known) && known.scope == QuotaScope::Account)
}

fn is_daily(known: &KnownQuota) -> bool {
    known.metric == Some(QuotaMetric::TokensPerDay)
}

/// A daily quota of the usual variant of just one model. What a variant used is in no series of its own.
fn is_of_one_model(known: &KnownQuota) -> bool {
    is_daily(known)
        && known.variant.is_none()
        && known.matching.matched == Match::One
        && matches!(
            known.scope,
            QuotaScope::InRegion | QuotaScope::InRegionAndGeo | QuotaScope::Geo | QuotaScope::Global
        )
}

/// One endpoint's day.
struct Day {
    endpoint: Endpoint,
    uses: MinuteUses,
    basis: Option<Basis>,
    /// Something that counts may not be in the series.
    more_beside: bool,
    /// Something may be in the series that does not count.
    less_within: bool,
}

/// The tokens of the day of every daily quota that anybody draws on, by code.
pub(super) fn day_uses(known: &Known<'_>, last: Minute) -> HashMap<QuotaCode, DayUse> {
    let span = Span::ending(last, DAY_MINUTES);
    let daily: Vec<&Arc<KnownQuota>> = known.governing.quotas().iter().filter(|quota| is_daily(quota)).collect();
    let mut uses = HashMap::new();
    if daily.is_empty() {
        return uses;
    }
    let days = days(known, span);
    for quota in daily {
        let used = if quota.scope == QuotaScope::Account {
            Some(of_the_account(known, span))
        } else if is_of_one_model(quota) {
            of_quota(quota, &days, span)
        } else {
            None
        };
        uses.extend(used.map(|used| (quota.quota.code.clone(), used)));
    }
    uses
}

fn days(known: &Known<'_>, span: Span) -> Vec<Day> {
    let traffic = Traffic::new(known, span);
    let metered = metered_by_day(known.catalog, known.governing, known.discovery, known.active);
    let strays = Strays::among(known.catalog, known.active);
    let day = |(meter, endpoint): (Meter, Endpoint)| {
        let (uses, basis, reserved) = traffic.uses(&meter, &endpoint);
        let calls = traffic.counts(&meter, Metric::Invocations);
        let mut minutes = uses.minutes().iter();
        // Who is not asked any more used nothing in a minute in which it is proved that it was not called.
        let uses = MinuteUses::new(span, |minute| {
            let used = minutes.next().and_then(|used| used.at_least());
            used.or_else(|| calls.as_ref()?.at(minute).filter(|calls| *calls == 0.0))
        });
        let has_long_context = known.discovery.has_long_context(&meter) && known.governing.has_long_context(&endpoint);
        Day {
            more_beside: traffic.has_suffix_series(&meter) || strays.may_draw_beside(&endpoint),
            less_within: reserved == Reserved::Within || has_long_context,
            endpoint,
            uses,
            basis,
        }
    };
    metered.into_iter().map(day).collect()
}

/// What the endpoints used that draw on a quota; None where nobody was metered.
fn of_quota(quota: &KnownQuota, days: &[Day], span: Span) -> Option<DayUse> {
    let drawing: Vec<&Day> = days.iter().filter(|day| quota.is_drawn_on_by(&day.endpoint)).collect();
    let first = drawing.first()?;
    let mut total = MinuteUses::none(span);
    let mut more = drawing.iter().any(|day| day.more_beside);
    for day in &drawing {
        let halved = quota.scope == QuotaScope::InRegionAndGeo && matches!(day.endpoint.scope, Some(Scope::Geo(_)));
        total.add(&if halved { day.uses.times(GEO_SHARE) } else { day.uses.clone() });
        more |= halved && day.uses.minutes().iter().any(|used| used.sum > 0.0);
    }
    let used = day_use(&total, span);
    let less = drawing.iter().any(|day| day.less_within);
    let basis = first.basis.filter(|basis| drawing.iter().all(|day| day.basis == Some(*basis)));
    Some(match bounded_by(used.bound, more, less) {
        Some(bound) => DayUse { bound, basis, ..used },
        None => DayUse { running: None, today: None, bound: Bound::Exact, basis },
    })
}

/// The account's own total of quota tokens: what a quota over all models weighs by a rule that is not published.
fn of_the_account(known: &Known<'_>, span: Span) -> DayUse {
    let key = SeriesKey { namespace: Namespace::Bedrock, metric: ACCOUNT_TOKENS, part: Part::Account };
    // An account that has no such series has not used nothing: nobody knows what it has used.
    if !known.discovery.is_listed(&key) && !known.store.has_point(&key, span) {
        return DayUse { running: None, today: None, bound: Bound::Exact, basis: None };
    }
    // It is asked every five minutes only: the 24 hours end where it was asked, if that is not long ago.
    let asked = known.store.answered_through(&key, Stat::Sum, 1).filter(|asked| span.last.0 - asked.0 <= STALE_MINUTES);
    let span = asked.map_or(span, |asked| Span::ending(asked.min(span.last), DAY_MINUTES));
    let uses = MinuteUses::new(span, |minute| known.store.settled(&key, Stat::Sum, 1, minute).count());
    DayUse { basis: Some(Basis::AwsEstimate), ..day_use(&uses, span) }
}

fn day_use(uses: &MinuteUses, span: Span) -> DayUse {
    let today = Span { first: span.last.floor_to(DAY_MINUTES).max(span.first), last: span.last };
    let ((running, whole), (since_midnight, today_whole)) = (uses.total(span), uses.total(today));
    let bound = if whole && today_whole { Bound::Exact } else { Bound::AtLeast };
    DayUse { running, today: since_midnight, bound, basis: None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uses(span: Span, used: impl Fn(i64) -> Option<f64>) -> MinuteUses {
        MinuteUses::new(span, |minute| used(minute.0 - span.first.0))
    }

    #[test]
    fn both_counts_are_named_and_what_is_missing_makes_them_lower_bounds() {
        // The newest minute is 06:00Z of some day: 361 minutes of it are today's.
        let span = Span::ending(Minute(100 * DAY_MINUTES + 360), DAY_MINUTES);
        let whole = day_use(&uses(span, |_| Some(10.0)), span);
        assert_eq!((whole.running, whole.today, whole.bound), (Some(14_400.0), Some(3_610.0), Bound::Exact));
        let part = day_use(&uses(span, |at| (at >= 1_200).then_some(10.0)), span);
        assert_eq!((part.running, part.today, part.bound), (Some(2_400.0), Some(2_400.0), Bound::AtLeast));
        let nothing = day_use(&uses(span, |_| None), span);
        assert_eq!((nothing.running, nothing.today), (None, None));
    }

    proptest! {
        #[test]
        fn today_is_never_more_than_the_last_24_hours(
            last in 0..10_000_i64, known in prop::collection::vec(prop::option::of(0.0..1e9_f64), 1440)
        ) {
            let span = Span::ending(Minute(1_000_000 + last), DAY_MINUTES);
            let day = day_use(&uses(span, |at| known[usize::try_from(at).unwrap()]), span);
            prop_assert!(day.today.unwrap_or(0.0) <= day.running.unwrap_or(0.0) * (1.0 + 1e-12));
            prop_assert_eq!(day.bound == Bound::Exact, known.iter().all(Option::is_some));
        }
    }
}
