//! Quotas of zero: whether they are the Region's or a model's, whether they are believed, and what kind of account has them. Shared by all checks that
//! meet a zero, so that none contradicts another.

use super::questions::Questions;
use crate::domain::{
    ids::PoolId,
    minute::Minute,
    quota_name::QuotaMetric,
    reckoning::Known,
    snapshot::{Bound, PoolQuota, PoolRow, Snapshot, ZeroQuotas},
};

/// Other Regions that are asked, with the user's yes: enough to tell an account's trouble from a Region's.
pub const REGIONS_ASKED: usize = 2;

/// What a Region-wide zero means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Story {
    /// Calls succeed although the quotas are listed as 0: the list is wrong, not the account.
    Serving,
    /// There was traffic in the last two weeks, or an earlier value that was not zero is known: something has taken it away.
    Lost {
        /// The newest hour with successful calls; None where only the earlier value is known.
        last_served: Option<Minute>,
    },
    /// No successful call in two weeks, and no earlier value that was not zero.
    New,
    /// Whether there was traffic could not be seen, and no earlier value is known.
    Untold,
}

/// Quotas of zero of a Region.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Zero {
    /// How many inference quotas are zero; None where quotas are not known.
    pub counts: Option<ZeroQuotas>,
    /// What the zeros of the whole Region mean; None where it is not nearly all of them.
    pub region: Option<Story>,
    /// Pools that serve calls although their quota is listed as 0.
    pub serving: Vec<PoolId>,
}

impl Zero {
    /// What is known of them.
    #[must_use]
    pub fn of(known: &Known<'_>, snapshot: &Snapshot, questions: &Questions) -> Self {
        let serving: Vec<PoolId> = snapshot
            .pools
            .iter()
            .filter(|pool| is_served_under_zero(pool, snapshot))
            .map(|pool| pool.id.clone())
            .collect();
        let counts = snapshot.zero_quotas;
        let region = counts
            .filter(|counts| counts.is_account_wide())
            .map(|_| story(known, snapshot, questions, !serving.is_empty()));
        Self { counts, region, serving }
    }

    /// Whether nearly all inference quotas of the Region are zero, and are believed to be.
    #[must_use]
    pub fn blocks_region(&self) -> bool {
        self.region.is_some_and(|story| !matches!(story, Story::Serving))
    }
}

/// Whether calls of a pool succeeded in the window although its token quota is zero. Only success has quota tokens or output.
fn is_served_under_zero(pool: &PoolRow, snapshot: &Snapshot) -> bool {
    let zero = |quota: &PoolQuota| quota.is_zero() && quota.binds() && quota.metric == QuotaMetric::TokensPerMinute;
    let served = |index: &usize| {
        let row = snapshot.endpoints.get(*index);
        row.is_some_and(|row| row.output_tokens.is_some_and(|tokens| tokens > 0.0))
    };
    let used = pool.usage.peak.is_some_and(|tokens| tokens > 0.0) && pool.usage.peak_bound != Bound::AtMost;
    pool.quotas.iter().any(zero) && (used || pool.members.iter().any(served))
}

fn story(known: &Known<'_>, snapshot: &Snapshot, questions: &Questions, is_serving: bool) -> Story {
    if is_serving {
        return Story::Serving;
    }
    let totals = questions.totals.known();
    let served = totals.and_then(|totals| totals.output_tokens).map(|tokens| tokens > 0.0);
    let had_value = snapshot.quotas.iter().any(|row| {
        row.known.scope.is_on_demand() && row.changed.is_some_and(|change| change.from > 0.0 && change.to == 0.0)
    });
    match served {
        Some(true) => Story::Lost { last_served: totals.and_then(|totals| totals.last_request) },
        _ if had_value => Story::Lost { last_served: None },
        Some(false) => Story::New,
        // Series are listed for two weeks after their last point.
        None => match known.discovery.has_served() {
            Some(true) => Story::Lost { last_served: None },
            Some(false) => Story::New,
            None => Story::Untold,
        },
    }
}
