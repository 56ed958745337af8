//! The one state: what is known, how each source stands, and what the user looks at. The event loop owns it; views read it.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::shown::Frozen;
use super::{
    account::Account,
    event::Generation,
    rounds::Rounds,
    view::{RowId, View},
};
use crate::domain::{
    chart::Chart,
    fault::{Fault, Source},
    ids::Region,
    snapshot::{PoolQuota, PoolRow, Provenance, Snapshot},
};

/// How a source stands. A failure never takes the last good value away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Feed {
    /// When its newest good answer was fetched.
    pub last_good: Option<Timestamp>,
    /// Whether that answer came from the cache on disk.
    pub from_cache: bool,
    /// What went wrong since; None while it is well.
    pub fault: Option<Fault>,
    /// Whether it is being asked right now.
    pub asking: bool,
    /// Whether the ask under way, or the last one, has brought a piece.
    pub brought: bool,
    /// When it is asked next.
    pub due: Option<Timestamp>,
    /// Failures in a row: what the back-off grows with.
    pub failures: u32,
}

/// What polling costs. Upper bounds: every query (metric × statistic) at the list price of `GetMetricData`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PollingCost {
    /// US dollars a day that the present plan asks for at most.
    pub usd_per_day: f64,
    /// Queries that were really asked since the start.
    pub queries_asked: u64,
}

/// Who we are and where we look.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The profile's name, where one was named.
    pub profile: Option<String>,
    /// The Region.
    pub region: Region,
    /// What the numbers come from.
    pub provenance: Provenance,
    /// The simulated account's scenario; None elsewhere.
    pub scenario: Option<String>,
}

/// Everything that views read, and what it is made from.
#[derive(Debug, Clone)]
pub struct State {
    /// Who we are and where we look.
    pub session: Session,
    /// The time of the newest event.
    pub now: Timestamp,
    /// What is shown: the newest, or what was the newest when the view was frozen.
    pub snapshot: Arc<Snapshot>,
    /// What is known: polling goes by it.
    pub newest: Arc<Snapshot>,
    /// What was the newest when the view was frozen; None while it goes on.
    pub frozen: Option<Frozen>,
    /// How each source is shown to stand, where that is not how it stands: while frozen, or masked. Read by [`State::standing`].
    pub shown_feeds: Option<BTreeMap<Source, Feed>>,
    /// The charts of the cursor's row.
    pub charts: Arc<[Chart]>,
    /// How each source stands.
    pub feeds: BTreeMap<Source, Feed>,
    /// What polling costs.
    pub cost: PollingCost,
    /// What the user looks at.
    pub view: View,
    /// Counts changes of what is asked; answers of an older one are dropped.
    pub generation: Generation,
    /// Length of the window in minutes.
    pub window_minutes: i64,
    /// One poll of everything, then no more: the window stays where it is.
    pub once: bool,
    /// Whether something has come that the snapshot does not show yet.
    pub stale: bool,
    /// What the sources have given.
    pub account: Account,
    /// Which values are asked next.
    pub rounds: Rounds,
}

/// Length of the window in minutes where the user names none.
pub const WINDOW_MINUTES: i64 = 180;

/// Classes of trouble, worst first: what the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// Refused in the last 5 minutes.
    Throttled,
    /// A quota of zero with traffic on it.
    ZeroQuota,
    /// 5xx in the last 5 minutes.
    ServerErrors,
    /// Use now, or the window's peak, at 80 % or more.
    NearLimit,
    /// Another tier served than was asked for.
    OtherTier,
    /// None.
    None,
}

/// Percent of a quota from which a pool counts as near its limit.
pub const NEAR_LIMIT_PERCENT: f64 = 80.0;

impl Trouble {
    /// The worst trouble of a pool.
    #[must_use]
    pub fn of(pool: &PoolRow, snapshot: &Snapshot) -> Self {
        let members = || pool.members.iter().filter_map(|index| snapshot.endpoints.get(*index));
        let binding = || pool.quotas.iter().filter(|quota| quota.binds());
        let near = |percent: Option<f64>| percent.is_some_and(|percent| percent >= NEAR_LIMIT_PERCENT);
        if pool.throttled_since.is_some() {
            Self::Throttled
        } else if binding().any(PoolQuota::is_zero) {
            Self::ZeroQuota
        } else if members().any(|row| row.server_errors_now.is_some_and(|count| count > 0.0)) {
            Self::ServerErrors
        } else if binding().any(|quota| near(quota.used_percent()) || near(quota.peak_percent)) {
            Self::NearLimit
        } else if members().any(|row| row.tiers.iter().any(differs)) {
            Self::OtherTier
        } else {
            Self::None
        }
    }
}

/// The quota that a row shows: one of zero, else the token quota, unless another is near its limit and nearer. Never one that does not bind.
#[must_use]
pub fn governing_quota(pool: &PoolRow) -> Option<&PoolQuota> {
    let nearness = |quota: &PoolQuota| quota.used_percent().into_iter().chain(quota.peak_percent).fold(0.0, f64::max);
    let binding = || pool.quotas.iter().filter(|quota| quota.binds());
    let usual = pool.token_quota().or_else(|| binding().next());
    let nearest = binding()
        .filter(|quota| nearness(quota) >= NEAR_LIMIT_PERCENT)
        .max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
    let zero = usual.filter(|quota| quota.is_zero()).or_else(|| binding().find(|quota| quota.is_zero()));
    zero.or_else(|| nearest.filter(|near| usual.is_none_or(|usual| nearness(near) > nearness(usual)))).or(usual)
}

fn differs(tier: &crate::domain::snapshot::TierUse) -> bool {
    tier.served.as_ref().is_some_and(|served| *served != tier.asked)
}

/// A row of the table as it stands: which thing it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its identity.
    pub id: RowId,
    /// Position of its pool in [`Snapshot::pools`]; None for an idle endpoint.
    pub pool: Option<usize>,
    /// Position of its endpoint in [`Snapshot::endpoints`]; None for a pool of several.
    pub endpoint: Option<usize>,
    /// Whether it is the last member of its pool.
    pub last_member: bool,
}

impl State {
    /// Nothing is known yet, everything is due.
    #[must_use]
    pub fn new(session: Session, window_minutes: i64, now: Timestamp) -> Self {
        let snapshot = Snapshot {
            region: session.region.clone(),
            account: None,
            provenance: session.provenance,
            as_of: now,
            data_through: None,
            window: None,
            endpoints: Vec::new(),
            pools: Vec::new(),
            unattributed: Vec::new(),
            zero_quotas: None,
            faults: Vec::new(),
        };
        let snapshot = Arc::new(snapshot);
        Self {
            session,
            now,
            newest: Arc::clone(&snapshot),
            snapshot,
            frozen: None,
            shown_feeds: None,
            charts: Arc::new([]),
            feeds: BTreeMap::new(),
            cost: PollingCost::default(),
            view: View::default(),
            generation: 0,
            window_minutes,
            once: false,
            stale: false,
            account: Account::default(),
            rounds: Rounds::default(),
        }
    }

    /// Whether every source has answered or failed, and the window is filled: what a headless run waits for.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let metrics_failed = self.feeds.get(&Source::Metrics).is_some_and(|feed| feed.fault.is_some());
        let answered = |source: &Source| {
            let feed = self.feeds.get(source);
            feed.is_some_and(|feed| {
                !feed.asking && (feed.last_good.is_some() || feed.fault.is_some() || *source == Source::Tags)
            })
        };
        Source::ALL.iter().all(answered)
            && (metrics_failed || self.rounds.is_backfilled(&self.account) && !self.rounds.has_called_for())
    }

    /// The table's rows from top to bottom: pools in the view's order, each pool of several followed by its members, then idle endpoints if shown.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let snapshot = &self.snapshot;
        let mut rows = Vec::new();
        for id in &self.view.order {
            let Some(index) = snapshot.pools.iter().position(|pool| pool.id == *id) else { continue };
            push_pool(&mut rows, index, &snapshot.pools[index], snapshot);
        }
        if self.view.show_idle {
            rows.extend(snapshot.endpoints.iter().enumerate().filter(|(_, row)| !row.active).map(|(index, row)| Row {
                id: RowId::Idle(row.endpoint.id.clone()),
                pool: None,
                endpoint: Some(index),
                last_member: false,
            }));
        }
        rows
    }

    /// Endpoints without traffic.
    #[must_use]
    pub fn idle_count(&self) -> usize {
        self.snapshot.endpoints.iter().filter(|row| !row.active).count()
    }
}

fn push_pool(rows: &mut Vec<Row>, index: usize, pool: &PoolRow, snapshot: &Snapshot) {
    let only = match pool.members.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    rows.push(Row { id: RowId::Pool(pool.id.clone()), pool: Some(index), endpoint: only, last_member: false });
    if only.is_some() {
        return;
    }
    for (position, member) in pool.members.iter().enumerate() {
        let Some(row) = snapshot.endpoints.get(*member) else { continue };
        rows.push(Row {
            id: RowId::Member(pool.id.clone(), row.endpoint.id.clone()),
            pool: Some(index),
            endpoint: Some(*member),
            last_member: position + 1 == pool.members.len(),
        });
    }
}
