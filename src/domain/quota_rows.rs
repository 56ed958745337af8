//! Every quota with what is used of it: the rows of the Quotas screen and of `tiertop quotas`. Use comes from the pools, where minutes are summed.

use std::{collections::HashMap, sync::Arc};

use super::{
    daily::DayUse,
    governing::KnownQuota,
    ids::{PoolId, QuotaCode},
    increase::QuotaRequest,
    matching::Match,
    minute::Minute,
    quota_name::QuotaScope,
    reckoning::Known,
    signs::{Multiplier, Sign},
    snapshot::{Basis, Bound, PoolQuota, PoolRow, Usage, binds},
    usage::headroom_percent,
    watch::Change,
};

/// A quota with what is used of it.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaRow {
    /// The quota, what its name means, and whose calls draw on it.
    pub known: Arc<KnownQuota>,
    /// The active pools that draw on it, the one that uses most by itself first.
    pub pools: Vec<PoolId>,
    /// What they use of it together; of a daily quota "now" is its running 24 hours. None where nobody active draws on it, and where several pools may and it is
    /// not certain whose it is.
    pub usage: Option<Usage>,
    /// Tokens of the day, of everybody who draws on it; None where it is not a daily quota, or nobody was metered.
    pub day: Option<DayUse>,
    /// 100 × (1 − `used_now` ÷ value in force); None where either is unknown, the value is 0 or the rule is not published.
    pub headroom_percent: Option<f64>,
    /// 100 × peak ÷ value in force.
    pub peak_percent: Option<f64>,
    /// What an output token costs it; None where it does not count quota tokens, or nobody active draws on it.
    pub multiplier: Option<Multiplier>,
    /// Signs that quota or multiplier are the wrong ones.
    pub signs: Vec<Sign>,
    /// The newest open request for more.
    pub open_request: Option<QuotaRequest>,
    /// The newest change of its value.
    pub changed: Option<Change>,
}

impl QuotaRow {
    /// What is used now, and whether that is exact: the worst of the last 5 settled minutes, or a day's running 24 hours. None where it is unknown.
    #[must_use]
    pub fn used_now(&self) -> Option<(f64, Bound)> {
        let usage = self.usage.as_ref()?;
        Some((usage.used_now?, usage.now_bound))
    }

    /// The worst settled minute of the window, when it was, and whether it is exact. None where it is unknown, and of a daily quota.
    #[must_use]
    pub fn peak(&self) -> Option<(f64, Minute, Bound)> {
        let usage = self.usage.as_ref()?;
        Some((usage.peak?, usage.peak_at?, usage.peak_bound))
    }

    /// Where the use comes from; None for counts of requests, and where it is unknown.
    #[must_use]
    pub fn basis(&self) -> Option<Basis> {
        self.usage.as_ref()?.basis
    }

    /// 100 × `used_now` ÷ value in force.
    #[must_use]
    pub fn used_percent(&self) -> Option<f64> {
        self.headroom_percent.map(|headroom| 100.0 - headroom)
    }

    /// Whether inference draws on it, or needs it.
    #[must_use]
    pub fn is_inference(&self) -> bool {
        self.known.scope != QuotaScope::Other
    }

    /// Whether anybody draws on it now, or has done so in the day that it counts.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        !self.pools.is_empty() || self.day.is_some_and(|day| day.running.is_some_and(|tokens| tokens > 0.0))
    }

    /// Whether the value in force is below the default, and not zero.
    #[must_use]
    pub fn is_below_default(&self) -> bool {
        let values = self.known.in_force.zip(self.known.quota.default);
        values.is_some_and(|(applied, default)| applied > 0.0 && applied < default)
    }

    /// Whether the value in force is zero although calls draw on it: where zero is the default (model units, custom deployments) it says nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.known.in_force == Some(0.0) && self.known.scope.is_on_demand()
    }

    /// Whether it can be the limit that is hit: it is certain whose it is, and it is no request quota that more got through than it allows.
    #[must_use]
    pub fn binds(&self) -> bool {
        binds(self.known.metric, &self.known.matching.matched, self.peak_percent)
    }

    /// Whether it is an inference quota that names a model, and which one is not certain.
    #[must_use]
    pub fn is_unmatched(&self) -> bool {
        matches!(self.known.matching.matched, Match::Ambiguous { .. } | Match::Unknown)
    }
}

/// Puts the rows together, by code. `days`: the tokens of the day by daily quota.
#[must_use]
pub(super) fn rows(known: &Known<'_>, pools: &[PoolRow], days: &HashMap<QuotaCode, DayUse>) -> Vec<QuotaRow> {
    let mut drawing: HashMap<&QuotaCode, Vec<(&PoolRow, &PoolQuota)>> = HashMap::new();
    for pool in pools {
        for quota in &pool.quotas {
            drawing.entry(&quota.code).or_default().push((pool, quota));
        }
    }
    let row = |quota: &Arc<KnownQuota>| {
        let code = &quota.quota.code;
        QuotaRow {
            open_request: known.requests.iter().find(|request| request.code == *code && request.is_open()).cloned(),
            changed: known.watch.change(code).copied(),
            ..row(quota, drawing.get(code).map_or(&[][..], Vec::as_slice), days.get(code).copied())
        }
    };
    known.governing.quotas().iter().map(row).collect()
}

fn row(known: &Arc<KnownQuota>, drawing: &[(&PoolRow, &PoolQuota)], day: Option<DayUse>) -> QuotaRow {
    let mut drawing = drawing.to_vec();
    let used = |pool: &PoolRow| pool.usage.peak.or(pool.usage.used_now).unwrap_or(-1.0);
    drawing.sort_by(|(a, _), (b, _)| used(b).total_cmp(&used(a)));
    // What a pool is shown of a quota is what all of its pools use; where it is not certain whose the quota is, they are not added up.
    let is_told = known.matching.matched == Match::One || drawing.len() == 1;
    let shown = drawing.first().map(|(_, quota)| *quota).filter(|_| is_told);
    let usage = day.map(|day| day.usage()).or_else(|| shown.map(|quota| quota.usage.clone()));
    // The account's daily quota is of no model: it weighs tokens by a rule that is not published, so they are no share of it.
    let is_share = known.matching.matched == Match::One && known.scope != QuotaScope::Account;
    let certain = known.in_force.filter(|_| is_share);
    let used_now = usage.as_ref().and_then(|usage| usage.used_now);
    QuotaRow {
        known: Arc::clone(known),
        headroom_percent: headroom_percent(used_now, certain),
        peak_percent: shown.and_then(|quota| quota.peak_percent),
        usage,
        day,
        multiplier: shown.and_then(|quota| quota.multiplier),
        signs: shown.map(|quota| quota.signs.clone()).unwrap_or_default(),
        pools: drawing.into_iter().map(|(pool, _)| pool.id.clone()).collect(),
        open_request: None,
        changed: None,
    }
}
