//! Every quota with what is used of it: the rows of the Quotas screen and of `tiertop quotas`. Use comes from the pools, where minutes are summed.

use std::sync::Arc;

use super::{
    governing::KnownQuota,
    ids::PoolId,
    reckoning::Known,
    signs::Sign,
    snapshot::{Bound, PoolQuota, PoolRow, Usage},
};

/// Tokens of a day, for a daily quota. The rule by which AWS resets it is not published, so both are named.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayUse {
    /// In the 24 hours up to the newest settled minute; None where unknown.
    pub running: Option<f64>,
    /// Since 00:00Z; None where unknown.
    pub today: Option<f64>,
    /// Whether both are exact.
    pub bound: Bound,
}

/// A quota with what is used of it.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaRow {
    /// The quota, what its name means, and whose calls draw on it.
    pub known: Arc<KnownQuota>,
    /// The active pools that draw on it, worst first.
    pub pools: Vec<PoolId>,
    /// What they use of it; None where nobody active draws on it.
    pub usage: Option<Usage>,
    /// Tokens of a day; None where it is not a daily quota, or nobody active draws on it.
    pub day: Option<DayUse>,
    /// 100 × (1 − `used_now` ÷ value in force); None where either is unknown or the value is 0.
    pub headroom_percent: Option<f64>,
    /// 100 × peak ÷ value in force.
    pub peak_percent: Option<f64>,
    /// Signs that quota or multiplier are the wrong ones.
    pub signs: Vec<Sign>,
}

/// Puts the rows together, by code.
#[must_use]
pub fn rows(known: &Known<'_>, pools: &[PoolRow]) -> Vec<QuotaRow> {
    known.governing.quotas().iter().map(|quota| row(quota, pools)).collect()
}

fn row(known: &Arc<KnownQuota>, pools: &[PoolRow]) -> QuotaRow {
    let of_pool = |pool: &'_ PoolRow| pool.quotas.iter().find(|quota| quota.code == known.quota.code).cloned();
    let mut drawing: Vec<(PoolId, PoolQuota)> =
        pools.iter().filter_map(|pool| Some((pool.id.clone(), of_pool(pool)?))).collect();
    let peak = |quota: &PoolQuota| quota.usage.peak.unwrap_or(-1.0);
    drawing.sort_by(|(_, a), (_, b)| peak(b).total_cmp(&peak(a)));
    let worst = drawing.first().map(|(_, quota)| quota.clone());
    QuotaRow {
        known: Arc::clone(known),
        headroom_percent: worst.as_ref().and_then(|quota| quota.headroom_percent),
        peak_percent: worst.as_ref().and_then(|quota| quota.peak_percent),
        usage: worst.map(|quota| quota.usage),
        day: None,
        signs: Vec::new(),
        pools: drawing.into_iter().map(|(id, _)| id).collect(),
    }
}
