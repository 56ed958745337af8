//! The one state: what is known, how each source stands, and what the user looks at. The event loop owns it; views read it.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::shown::Frozen;
use super::{
    account::Account,
    answers::Standing,
    doctor::Doctor,
    event::Generation,
    loads::Loads,
    log::Log,
    prompt::Prompting,
    raise::Raising,
    regions::Regions,
    rounds::Rounds,
    tiers::DayTokens,
    view::{RowId, View},
};
use crate::domain::{
    chart::Chart,
    discovery::Meter,
    fault::{Fault, Source},
    ids::Region,
    reckoning::Known,
    reservation::{Answers, Call},
    snapshot::{EndpointRow, NEAR_LIMIT_PERCENT, PoolQuota, PoolRow, Provenance, Snapshot},
    tiers::TierRow,
    why::Why,
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

/// What is made of the row that is open when data or the view change.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// What its calls are like on average.
    pub call: Call,
    /// Whose answers are its: its own endpoint, or everybody who draws on its pool's quota.
    pub answering: Vec<Meter>,
    /// How long these answers were in the last 14 days.
    pub answers: Answers,
    /// How far that is known.
    pub standing: Standing,
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
    /// What its use is made of; None before the first data, and where there is no row.
    pub why: Option<Why>,
    /// What is known of the row that is open beside its numbers; None where none is.
    pub opened: Option<Opened>,
    /// What the evidence for a quota increase asks for, of the row or the quota that is open; None where none is, or there is no evidence for it.
    pub raising: Option<Raising>,
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
    /// What was asked for the charts beyond that.
    pub loads: Loads,
    /// What happened, and tiertop's own calls.
    pub log: Log,
    /// The doctor.
    pub doctor: Doctor,
    /// The last day's tokens, by which tiers are compared.
    pub day_tokens: DayTokens,
    /// Test calls.
    pub prompting: Prompting,
    /// Models × tiers, while they are looked at.
    pub tier_table: Arc<[TierRow]>,
    /// Other Regions: where there is traffic, and which one is being entered.
    pub regions: Regions,
}

/// The snapshot before the first answer.
fn nothing_known(session: &Session, now: Timestamp) -> Snapshot {
    Snapshot {
        region: session.region.clone(),
        account: None,
        provenance: session.provenance,
        as_of: now,
        data_through: None,
        window: None,
        endpoints: Vec::new(),
        pools: Vec::new(),
        quotas: Vec::new(),
        quotas_checked_at: None,
        unattributed: Vec::new(),
        zero_quotas: None,
        faults: Vec::new(),
    }
}

/// The cursor's row counts as looked at for this long after the last key.
const LOOKED_AT_FOR: SignedDuration = SignedDuration::from_mins(10);

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
    /// Latency far above what is usual at this hour.
    Slow,
    /// Another tier served than was asked for.
    OtherTier,
    /// None.
    None,
}

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
        } else if members().any(EndpointRow::is_slow) {
            Self::Slow
        } else if members().any(|row| row.tiers.iter().any(|tier| tier.other_tier().is_some())) {
            Self::OtherTier
        } else {
            Self::None
        }
    }
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
        let snapshot = Arc::new(nothing_known(&session, now));
        Self {
            session,
            now,
            newest: Arc::clone(&snapshot),
            snapshot,
            frozen: None,
            shown_feeds: None,
            charts: Arc::new([]),
            why: None,
            opened: None,
            raising: None,
            feeds: BTreeMap::new(),
            cost: PollingCost::default(),
            view: View::default(),
            generation: 0,
            window_minutes,
            once: false,
            stale: false,
            account: Account::default(),
            rounds: Rounds::default(),
            loads: Loads::default(),
            log: Log::default(),
            doctor: Doctor::default(),
            day_tokens: DayTokens::default(),
            prompting: Prompting::default(),
            tier_table: Arc::new([]),
            regions: Regions::default(),
        }
    }

    /// What numbers are made of.
    #[must_use]
    pub fn known<'a>(&'a self, faults: &'a [Fault]) -> Known<'a> {
        let account = &self.account;
        Known {
            region: &self.session.region,
            account: account.id.as_ref(),
            provenance: self.session.provenance,
            catalog: &account.catalog,
            tags: &account.tags,
            discovery: &account.discovery,
            active: &account.active,
            store: &account.store,
            history: &account.history,
            quotas: account.quotas.as_ref(),
            quotas_checked_at: account.quotas_at,
            governing: &account.governing,
            requests: &account.requests,
            watch: &account.watch,
            burndown: &account.burndown,
            faults,
            window_minutes: self.window_minutes,
            now: self.now,
        }
    }

    /// Whether the quotas are still being read for the first time: then nothing can be said of limits yet.
    #[must_use]
    pub fn awaits_quotas(&self) -> bool {
        let feed = self.feeds.get(&Source::ServiceQuotas);
        let any = self.snapshot.pools.iter().any(|pool| !pool.quotas.is_empty());
        !any && self.account.quotas.is_none() && feed.is_none_or(|feed| feed.fault.is_none())
    }

    /// Whether somebody has pressed a key of late.
    #[must_use]
    pub fn is_looked_at(&self) -> bool {
        self.view.last_key.is_some_and(|key| self.now.duration_since(key) < LOOKED_AT_FOR)
    }

    /// Forgets all that was known of the account in its Region, and what is looked at of it: nothing old is ever shown as new. Late answers are dropped.
    pub(super) fn start_afresh(&mut self) {
        self.generation += 1;
        self.account = self.account.afresh();
        self.rounds = Rounds::default();
        self.loads = Loads::default();
        self.feeds.clear();
        (self.frozen, self.shown_feeds) = (None, None);
        self.log.forget();
        self.doctor.forget();
        self.day_tokens.forget();
        self.prompting.leave_account();
        self.tier_table = Arc::new([]);
        self.cost.usd_per_day = 0.0;
        self.newest = Arc::new(nothing_known(&self.session, self.now));
        self.snapshot = Arc::clone(&self.newest);
        self.charts = Arc::new([]);
        self.why = None;
        (self.opened, self.raising) = (None, None);
        self.view.leave_account();
        self.stale = true;
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
            && self.doctor.has_asked()
            && self.day_tokens.has_asked()
            && (metrics_failed
                || self.rounds.is_backfilled(&self.account)
                    && !self.rounds.has_called_for()
                    && self.rounds.has_day(&self.account, self.now))
    }

    /// Endpoints without traffic.
    #[must_use]
    pub fn idle_count(&self) -> usize {
        self.snapshot.endpoints.iter().filter(|row| !row.active).count()
    }
}
