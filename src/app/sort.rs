//! The order of the rows: by class of trouble, or by a column.

use crate::domain::{
    ids::PoolId,
    snapshot::{PoolQuota, PoolRow, Snapshot},
};

use super::{state::Trouble, view::ColumnSet};

/// What rows can be sorted by beside trouble: the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// Name.
    Name,
    /// Use now, in percent of the limit.
    Use,
    /// Worst minute of the window, in percent of the limit.
    Peak,
    /// The quota in force.
    Limit,
    /// Accepted requests per minute.
    Requests,
    /// Quota tokens per minute.
    Tokens,
    /// Calls in flight.
    InFlight,
    /// Share of attempts that is refused now.
    Throttled,
    /// 5xx in the window.
    ServerErrors,
    /// 4xx in the window.
    ClientErrors,
    /// Time to first token.
    FirstToken,
    /// Latency, 90th percentile.
    Latency,
    /// Latency against usual.
    VsUsual,
    /// Output tokens per second.
    Speed,
    /// Input tokens in the window.
    Input,
    /// Output tokens in the window.
    Output,
    /// Tokens read from the cache in the window.
    Cached,
    /// Dollars an hour at list price.
    Cost,
}

impl SortKey {
    /// Its name: as the column's title says it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Use => "use",
            Self::Peak => "peak",
            Self::Limit => "limit",
            Self::Requests => "RPM",
            Self::Tokens => "TPM",
            Self::InFlight => "flight",
            Self::Throttled => "refused",
            Self::ServerErrors => "5xx",
            Self::ClientErrors => "4xx",
            Self::FirstToken => "TTFT",
            Self::Latency => "P90",
            Self::VsUsual => "vs7d",
            Self::Speed => "tok/s",
            Self::Input => "input",
            Self::Output => "output",
            Self::Cached => "cached",
            Self::Cost => "$/h",
        }
    }
}

/// The table's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Sort {
    /// The column; None sorts by trouble.
    pub by: Option<SortKey>,
    /// Whether the order is turned round.
    pub reversed: bool,
}

impl Sort {
    /// What `s` sorts by next with these columns.
    #[must_use]
    pub fn next(self, _columns: ColumnSet) -> Self {
        self
    }

    /// By a column whose title was clicked; turned round where it was sorted by that already.
    #[must_use]
    pub fn by_column(self, key: SortKey) -> Self {
        Self { by: Some(key), reversed: self.by == Some(key) && !self.reversed }
    }
}

/// Pools by class of trouble. Within a class they keep their places once the screen has `settled`; before that, and for new ones, the busiest comes first.
pub(super) fn ordered(before: &[PoolId], snapshot: &Snapshot, settled: bool) -> Vec<PoolId> {
    let share = |pool: &PoolRow| {
        let quota = pool.token_quota().and_then(PoolQuota::used_percent);
        quota.unwrap_or(-1.0)
    };
    let mut pools: Vec<_> = snapshot.pools.iter().collect();
    pools.sort_by(|a, b| {
        share(b).total_cmp(&share(a)).then_with(|| b.rpm_now.unwrap_or(-1.0).total_cmp(&a.rpm_now.unwrap_or(-1.0)))
    });
    if settled {
        let place = |id: &PoolId| before.iter().position(|known| known == id).unwrap_or(usize::MAX);
        pools.sort_by_key(|pool| place(&pool.id));
    }
    pools.sort_by_key(|pool| Trouble::of(pool, snapshot));
    pools.into_iter().map(|pool| pool.id.clone()).collect()
}
