//! Why calls of a pool were refused (429): one cause for each pool, so that no two checks explain the same refusals differently.

use crate::domain::{
    quota_name::QuotaMetric,
    snapshot::{PoolQuota, PoolRow, Snapshot},
};

/// Use from which refusals need no other reason, in percent of a quota: a minute's use is counted where calls end, and they are refused where they begin.
const FULL_PERCENT: f64 = 90.0;

/// The one cause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cause<'a> {
    /// The quota in force is 0.
    Zero(&'a PoolQuota),
    /// A quota of the minute is used up.
    Full(&'a PoolQuota),
    /// The quota of the day is used up.
    Day(&'a PoolQuota),
    /// A quota is known for certain, and by what is counted some of it was left. How sure that is, its bound and its signs say.
    Spare(&'a PoolQuota),
    /// A quota is known for certain, and how much of it is used is not.
    UseUnknown(&'a PoolQuota),
    /// Which quota it is is not certain.
    QuotaUnknown,
}

/// A pool whose calls were refused in the window.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// The pool.
    pub pool: &'a PoolRow,
    /// Throttled attempts in the window, as far as known.
    pub throttles: f64,
    /// Whether it goes on.
    pub goes_on: bool,
    /// Why.
    pub cause: Cause<'a>,
}

/// Every pool with refusals in the window, most of them first.
pub(super) fn refusals(snapshot: &Snapshot) -> Vec<Refusal<'_>> {
    let throttles = |pool: &PoolRow| {
        let members = pool.members.iter().filter_map(|index| snapshot.endpoints.get(*index));
        members.filter_map(|row| row.throttles).sum::<f64>()
    };
    let of = |pool| {
        let throttles = throttles(pool);
        (throttles > 0.0).then(|| Refusal {
            pool,
            throttles,
            goes_on: pool.throttled_since.is_some(),
            cause: cause(pool),
        })
    };
    let mut found: Vec<Refusal<'_>> = snapshot.pools.iter().filter_map(of).collect();
    found.sort_by(|a, b| b.throttles.total_cmp(&a.throttles));
    found
}

/// A zero explains all; then a day that is used up, then a minute that was; what is left are refusals with spare quota.
fn cause(pool: &PoolRow) -> Cause<'_> {
    let binding = || pool.quotas.iter().filter(|quota| quota.binds());
    if let Some(zero) = binding().find(|quota| quota.is_zero()) {
        return Cause::Zero(zero);
    }
    let is_day = |quota: &&PoolQuota| quota.metric == QuotaMetric::TokensPerDay;
    let used = |quota: &PoolQuota| quota.used_percent().into_iter().chain(quota.peak_percent).fold(0.0, f64::max);
    if let Some(day) = binding().filter(is_day).find(|quota| used(quota) >= FULL_PERCENT) {
        return Cause::Day(day);
    }
    let minute = || binding().filter(|quota| !is_day(quota));
    if let Some(full) = minute().filter(|quota| used(quota) >= FULL_PERCENT).max_by(|a, b| used(a).total_cmp(&used(b)))
    {
        return Cause::Full(full);
    }
    match pool.token_quota().or_else(|| minute().next()) {
        None => Cause::QuotaUnknown,
        Some(quota) if quota.peak_percent.is_none() => Cause::UseUnknown(quota),
        Some(quota) => Cause::Spare(quota),
    }
}
