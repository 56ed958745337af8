//! Quotas of zero: whether they are the Region's or a model's, whether they are believed, and what kind of account has them. Shared by all checks that
//! meet a zero, so that none contradicts another.

use std::collections::BTreeMap;

use super::{
    facts::Sight,
    questions::Questions,
    uses::{Fares, fares},
};
use crate::domain::{
    fault::Source,
    ids::PoolId,
    minute::Minute,
    reckoning::Known,
    snapshot::{Bound, PoolRow, Snapshot, ZeroQuotas},
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
    pub fn of(known: &Known<'_>, snapshot: &Snapshot, questions: &Questions, sights: &BTreeMap<Source, Sight>) -> Self {
        let serving: Vec<PoolId> = snapshot
            .pools
            .iter()
            .filter(|pool| is_served_under_zero(pool, snapshot))
            .map(|pool| pool.id.clone())
            .collect();
        let counts = snapshot.zero_quotas;
        let region = counts
            .filter(|counts| counts.is_account_wide())
            .map(|_| story(snapshot, has_served(known, questions, sights), questions, !serving.is_empty()));
        Self { counts, region, serving }
    }

    /// Whether nearly all inference quotas of the Region are zero, and are believed to be.
    #[must_use]
    pub fn blocks_region(&self) -> bool {
        self.region.is_some_and(|story| !matches!(story, Story::Serving))
    }
}

/// Whether calls of a pool succeed although a quota of theirs is listed as 0. Only success has quota tokens or output. Success that every newer call contradicts
/// was before the zero, not under it.
fn is_served_under_zero(pool: &PoolRow, snapshot: &Snapshot) -> bool {
    let is_zero = pool.quotas.iter().any(|quota| quota.is_zero() && quota.binds());
    let rows = || pool.members.iter().filter_map(|index| snapshot.endpoints.get(*index));
    let used = pool.usage.peak.is_some_and(|tokens| tokens > 0.0) && pool.usage.peak_bound != Bound::AtMost;
    is_zero
        && (used || rows().any(|row| matches!(fares(row), Fares::Succeed | Fares::Stopped)))
        && !is_refused_since(pool, snapshot)
}

/// Whether calls were refused up to now and none has succeeded since that began.
fn is_refused_since(pool: &PoolRow, snapshot: &Snapshot) -> bool {
    let Some((since, last)) = pool.throttled_since.zip(snapshot.data_through) else { return false };
    // The strip ends with the newest settled minute. What began before it is judged by the minutes that it has.
    let minutes = pool.usage.strip.iter().rev().enumerate();
    let mut after = minutes.map_while(|(back, used)| {
        let minute = last - i64::try_from(back).unwrap_or(i64::MAX);
        (minute >= since).then_some(*used)
    });
    after.all(|used| used == Some(0.0))
}

/// Whether any call succeeded here in the last two weeks; None where that could not be seen.
fn has_served(known: &Known<'_>, questions: &Questions, sights: &BTreeMap<Source, Sight>) -> Option<bool> {
    let by_totals = questions.totals.known().and_then(|totals| {
        let errors = totals.client_errors.zip(totals.server_errors).map(|(client, server)| client + server);
        // Embeddings have no output.
        let accepted = totals.requests.zip(errors).map(|(requests, errors)| requests > errors);
        totals.output_tokens.map(|tokens| tokens > 0.0 || accepted == Some(true))
    });
    // Series are listed for two weeks after their last point; an empty list that was read to its end says that there are none.
    let is_listed = || sights.get(&Source::Discovery).is_some_and(|sight| sight.answered && sight.fault.is_none());
    let by_list = known.discovery.has_served().filter(|served| *served).or_else(|| is_listed().then_some(false));
    match (by_totals, by_list) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), _) | (_, Some(false)) => Some(false),
        (None, None) => None,
    }
}

fn story(snapshot: &Snapshot, has_served: Option<bool>, questions: &Questions, is_serving: bool) -> Story {
    if is_serving {
        return Story::Serving;
    }
    let last = questions.totals.known().and_then(|totals| totals.last_request);
    match has_served {
        Some(true) => Story::Lost { last_served: last },
        _ if had_value(snapshot) => Story::Lost { last_served: None },
        Some(false) => Story::New,
        None => Story::Untold,
    }
}

/// Whether an earlier value of an on-demand quota that is 0 now was not.
fn had_value(snapshot: &Snapshot) -> bool {
    snapshot.quotas.iter().any(|row| {
        row.known.scope.is_on_demand() && row.changed.is_some_and(|change| change.from > 0.0 && change.to == 0.0)
    })
}
