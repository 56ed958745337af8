//! What a row of the table is about, and its numbers as sorting and filtering read them: the same that the cells show.

use crate::domain::{
    matching::Match,
    minute::Minute,
    quota_name::QuotaMetric,
    snapshot::{Bound, EndpointRow, Latency, PoolQuota, PoolRow, Snapshot},
};

use super::sort::SortKey;

/// What a row is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A pool, and its endpoint where it has just one.
    Pool(&'a PoolRow, Option<&'a EndpointRow>),
    /// A member of a pool of several.
    Member(&'a PoolRow, &'a EndpointRow),
    /// An endpoint without traffic.
    Idle(&'a EndpointRow),
}

/// A number, and whether it is exact.
pub type Number = (f64, Bound);

impl<'a> Subject<'a> {
    /// A pool.
    #[must_use]
    pub fn of_pool(pool: &'a PoolRow, snapshot: &'a Snapshot) -> Self {
        let only = match pool.members.as_slice() {
            [only] => snapshot.endpoints.get(*only),
            _ => None,
        };
        Self::Pool(pool, only)
    }

    /// Its endpoint; None for a pool of several.
    #[must_use]
    pub fn endpoint(self) -> Option<&'a EndpointRow> {
        match self {
            Self::Pool(_, endpoint) => endpoint,
            Self::Member(_, endpoint) | Self::Idle(endpoint) => Some(endpoint),
        }
    }

    /// Its pool; None for an idle endpoint.
    #[must_use]
    pub fn pool(self) -> Option<&'a PoolRow> {
        match self {
            Self::Pool(pool, _) | Self::Member(pool, _) => Some(pool),
            Self::Idle(_) => None,
        }
    }

    /// The endpoints that its numbers come from.
    pub fn members(self, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a EndpointRow> {
        let of_pool = match self {
            Self::Pool(pool, None) => pool.members.as_slice(),
            _ => &[],
        };
        self.endpoint().into_iter().chain(of_pool.iter().filter_map(|index| snapshot.endpoints.get(*index)))
    }

    /// The number that a column shows; None where it is unknown, or where the row has none. Latencies are in milliseconds, shares in percent, money in
    /// US dollars an hour. A name is no number.
    #[must_use]
    pub fn number(self, key: SortKey, snapshot: &Snapshot) -> Option<Number> {
        let counted = |number: Option<f64>| {
            let at_least = self.members(snapshot).any(|row| row.counts == Bound::AtLeast);
            number.map(|number| (number, if at_least { Bound::AtLeast } else { Bound::Exact }))
        };
        let exact = |number: Option<f64>| number.map(|number| (number, Bound::Exact));
        let total = |of: fn(&EndpointRow) -> Option<f64>| self.members(snapshot).map(of).sum::<Option<f64>>();
        if matches!(self, Self::Idle(_)) {
            return None;
        }
        let number = match key {
            SortKey::Name => None,
            SortKey::Use => self.used(),
            SortKey::Peak => self.peak(),
            SortKey::Limit => exact(self.shown_quota().and_then(|quota| quota.applied)),
            SortKey::Requests => counted(total(|row| row.rpm_now)),
            SortKey::Tokens => counted(total(|row| row.tpm_now)),
            SortKey::InFlight => exact(total(|row| row.in_flight)),
            SortKey::Throttled => exact(self.refused_percent(snapshot)),
            SortKey::ServerErrors => counted(total(|row| row.server_errors)),
            SortKey::ClientErrors => counted(total(|row| row.client_errors)),
            SortKey::Input => counted(total(|row| row.input_tokens)),
            SortKey::Output => counted(total(|row| row.output_tokens)),
            SortKey::Cached => counted(total(|row| row.cache_read_tokens)),
            SortKey::FirstToken => exact(self.ttft(|ttft| ttft.p50)),
            SortKey::FirstTokenP90 => exact(self.ttft(|ttft| ttft.p90)),
            SortKey::LatencyP50 => exact(self.latency(|latency| latency.p50)),
            SortKey::Latency => exact(self.latency(|latency| latency.p90)),
            SortKey::LatencyP99 => exact(self.latency(|latency| latency.p99)),
            SortKey::VsUsual => exact(self.endpoint().and_then(|row| row.vs_usual_percent)),
            SortKey::Speed => exact(self.endpoint().and_then(|row| row.tokens_per_second)),
            SortKey::Cost => exact(self.cost().map(|cost| cost.usd_per_hour.approximately())),
        };
        number.filter(|(number, _)| number.is_finite())
    }

    /// What it costs.
    #[must_use]
    pub fn cost(self) -> Option<crate::domain::cost::Cost> {
        match self {
            Self::Pool(pool, _) => pool.cost,
            Self::Member(_, row) | Self::Idle(row) => row.cost,
        }
    }

    /// The quota of the row itself: a member has none of its own.
    fn shown_quota(self) -> Option<&'a PoolQuota> {
        match self {
            Self::Pool(pool, _) => pool.governing_quota(),
            _ => None,
        }
    }

    /// The share of the limit that is used now: the pool's, or a member's own part of it. None also of a quota of zero.
    #[must_use]
    pub fn used(self) -> Option<Number> {
        match self {
            Self::Pool(pool, _) => {
                let quota = pool.governing_quota()?;
                Some((quota.used_percent()?, quota.usage.now_bound))
            }
            Self::Member(pool, row) => {
                let applied = divisor(pool.governing_quota()?)?;
                Some((100.0 * row.usage.used_now? / applied, row.usage.now_bound))
            }
            Self::Idle(_) => None,
        }
    }

    /// The worst minute of the window, in percent of the limit.
    #[must_use]
    pub fn peak(self) -> Option<Number> {
        match self {
            Self::Pool(pool, _) => {
                let quota = pool.governing_quota()?;
                Some((quota.peak_percent?, quota.usage.peak_bound))
            }
            Self::Member(pool, row) => {
                let applied = divisor(pool.governing_quota()?)?;
                Some((100.0 * row.usage.peak? / applied, row.usage.peak_bound))
            }
            Self::Idle(_) => None,
        }
    }

    /// The share of attempts that is refused now; 0 also where nothing was refused because nothing was tried; None where that is not known.
    #[must_use]
    pub fn refused_percent(self, snapshot: &Snapshot) -> Option<f64> {
        let percent = match self {
            Self::Pool(pool, _) => pool.throttle_percent,
            Self::Member(_, row) | Self::Idle(row) => row.throttle_percent,
        };
        let refused = || self.members(snapshot).map(|row| row.throttles_now).sum::<Option<f64>>();
        percent.or_else(|| refused().filter(|refused| *refused == 0.0))
    }

    /// Since when it is refused.
    #[must_use]
    pub fn throttled_since(self) -> Option<Minute> {
        match self {
            Self::Pool(pool, _) => pool.throttled_since,
            Self::Member(_, row) | Self::Idle(row) => row.throttled_since,
        }
    }

    fn latency(self, of: fn(&Latency) -> Option<f64>) -> Option<f64> {
        of(&self.endpoint()?.latency_recent.as_ref()?.1)
    }

    fn ttft(self, of: fn(&Latency) -> Option<f64>) -> Option<f64> {
        of(&self.endpoint()?.ttft_recent.as_ref()?.1)
    }
}

/// What a member's own use is a share of: only where the quota is certain and counts what the use counts, tokens per minute.
#[must_use]
fn divisor(quota: &PoolQuota) -> Option<f64> {
    let counts_tokens = quota.metric == QuotaMetric::TokensPerMinute && quota.matched == Match::One;
    quota.applied.filter(|applied| *applied > 0.0 && counts_tokens)
}
