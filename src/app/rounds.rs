//! Which values are asked next: back-fill, the newest minutes, and what the tripwire calls for. One round at a time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use super::{
    account::Account,
    event::{Ask, Round},
};
use crate::domain::{
    daily::{DAY_MINUTES, has_account_quota, metered_by_day},
    discovery::Meter,
    ids::EndpointId,
    metric::{Metric, Namespace},
    minute::{Minute, Span},
    polling::{Breadth, Plan, TRIPWIRE, USD_PER_QUERY, WIDE_EVERY_MINUTES},
    store::{CHART_PERIOD_MINUTES, old_enough_at},
};

/// Minutes that a round of the newest minutes looks back, so that late and revised points are seen. Points cost nothing, queries do.
const LOOK_BACK_MINUTES: i64 = 10;

/// A wider round looks back over three chart periods: two rounds and the period that was not whole.
const WIDE_LOOK_BACK_MINUTES: i64 = 15;

/// Endpoints that may be probed at once: one call's worth.
const PROBED_AT_MOST: u16 = 490;

/// Calls that fail before their model is known stand in the account's total alone, for ever: who else calls is looked for this often at most.
const PROBE_EVERY_MINUTES: i64 = 15;

/// Probes of a day, if it never ends.
const PROBES_PER_DAY: f64 = 24.0 * 60.0 / 15.0;

/// The day's tokens are asked again after this: of endpoints that are alive the rounds bring the rest, of the others it is proved that nobody called them,
/// for as long as the account's totals are kept.
const DAY_EVERY_MINUTES: i64 = 120;

/// After a failure.
const DAY_AGAIN_AFTER_MINUTES: i64 = 10;

/// Endpoints whose day is asked for at most, those that are alive first: each is a query or a few every two hours and about 1,500 minutes that are kept. Of what the
/// others used nothing is known but what the rounds bring, so the day's use is a lower bound.
pub const DAY_ASKED_AT_MOST: usize = 200;

/// Minutes for which throttles and 5xx are asked by name each minute after the total showed any.
const URGENT_FOR_MINUTES: i64 = 10;

/// Whom the user looks at, or should.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Looked {
    /// Asked everything each minute: rows in trouble, and the cursor's row for a while after a key.
    pub watched: BTreeSet<Meter>,
    /// Asked everything with the wider questions: the row whose charts are on the screen.
    pub shown: BTreeSet<Meter>,
}

/// What has been asked and what is called for.
#[derive(Debug, Clone, Default)]
pub struct Rounds {
    /// Endpoints whose whole window was asked, with how many optional series they had then: one that is listed later has a window to fill, too.
    backfilled: BTreeMap<Meter, usize>,
    /// The same of the back-fill that is under way.
    filling: BTreeMap<Meter, usize>,
    /// Endpoints of the probe that is under way.
    probing: BTreeSet<Meter>,
    /// Whether the first back-fill is over.
    started: bool,
    last_wide: Option<Minute>,
    called_for: VecDeque<Round>,
    /// When the round of the newest minutes that is under way was asked, if it is a wide one.
    under_way_is_wide: Option<Minute>,
    /// What that round asks by name because of the last minutes.
    asked_urgent: BTreeSet<Metric>,
    /// When it was last looked for who else calls.
    probed_at: Option<Minute>,
    /// Up to which minute a metric's excess has been looked into.
    examined_through: BTreeMap<Metric, Minute>,
    /// Up to which minute a metric was asked by name for all.
    by_name_through: BTreeMap<Metric, Minute>,
    day: DayAsked,
}

/// Whose day has been asked for.
#[derive(Debug, Clone, Default)]
struct DayAsked {
    /// From when on it is asked for again.
    next: BTreeMap<Meter, Minute>,
    /// The same of the account's own total.
    total_next: Option<Minute>,
    asking: BTreeSet<Meter>,
    asking_total: bool,
    /// Who counts against a daily quota: looked for in all that was ever metered, so only where the answer may be another one, and once a minute.
    counted: Vec<Meter>,
    looked: Option<Look>,
}

/// What the answer depends on who counts against a daily quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    minute: Minute,
    matchings: u64,
    active: usize,
}

impl Look {
    fn of(account: &Account, minute: Minute) -> Self {
        Self { minute, matchings: account.matchings(), active: account.active.len() }
    }
}

impl Rounds {
    /// Whether every active endpoint was back-filled at least once.
    #[must_use]
    pub fn is_backfilled(&self, account: &Account) -> bool {
        self.started && self.to_fill(account).is_empty()
    }

    fn to_fill(&self, account: &Account) -> BTreeMap<Meter, usize> {
        let listed = account.active.iter().map(|meter| (meter.clone(), account.discovery.optional_series(meter)));
        listed.filter(|(meter, series)| self.backfilled.get(meter).is_none_or(|filled| filled < series)).collect()
    }

    /// Calls for a round, unless it is called for already.
    pub fn call_for(&mut self, round: Round) {
        if !self.called_for.contains(&round) {
            self.called_for.push_back(round);
        }
    }

    /// Whether a round waits that is not bound to the minute.
    #[must_use]
    pub fn has_called_for(&self) -> bool {
        !self.called_for.is_empty()
    }

    /// The next round; None where nothing is called for and the minute's round is not `due`.
    pub fn next(&mut self, account: &Account, looked: &Looked, window: i64, due: bool, now: Timestamp) -> Option<Ask> {
        let fresh = self.to_fill(account);
        if !self.started || !fresh.is_empty() {
            self.started = true;
            return Some(self.backfill(account, fresh, window, now));
        }
        while let Some(round) = self.called_for.pop_front() {
            if let Some(ask) = self.called(account, round, window, now) {
                return Some(ask);
            }
        }
        due.then(|| self.newest(account, looked, window, now))
    }

    /// The day of those who count against a daily quota and whose day was not asked of late; None where there are none.
    pub fn day(&mut self, account: &Account, now: Timestamp) -> Option<Ask> {
        self.day.look(account, Minute::of(now));
        let (meters, total) = self.day.lacking(account, Minute::of(now));
        let queries = Plan::of(&account.discovery, &meters).day(total);
        if queries.is_empty() {
            return None;
        }
        (self.day.asking, self.day.asking_total) = (meters, total);
        let last = Minute::of(now) - 1;
        // The newest settled minute lies some minutes back, and a day before it counts.
        Some(Ask::Metrics { round: Round::Day, queries, span: Span::ending(last, DAY_MINUTES + LOOK_BACK_MINUTES) })
    }

    /// Whether the day of everybody who counts against a daily quota was asked for.
    #[must_use]
    pub fn has_day(&self, account: &Account, now: Timestamp) -> bool {
        let (meters, total) = self.day.lacking(account, Minute::of(now));
        meters.is_empty() && !total && self.day.asking.is_empty() && !self.day.asking_total
    }

    /// Whether the day of an endpoint was asked for: then it is kept.
    #[must_use]
    pub fn keeps_day_of(&self, meter: &Meter) -> bool {
        self.day.next.contains_key(meter)
    }

    fn backfill(&mut self, account: &Account, fresh: BTreeMap<Meter, usize>, window: i64, now: Timestamp) -> Ask {
        let active: BTreeSet<Meter> = fresh.keys().cloned().collect();
        let queries = Plan::of(&account.discovery, &active).queries(Breadth::Full);
        self.filling = fresh;
        let Span { first, last } = window_span(account, window, now);
        let span = Span { first: first.floor_to(CHART_PERIOD_MINUTES), last };
        Ask::Metrics { round: Round::Backfill, queries, span }
    }

    fn called(&mut self, account: &Account, round: Round, window: i64, now: Timestamp) -> Option<Ask> {
        let candidates;
        let mut plan = Plan::of(&account.discovery, &account.active);
        let mut span = window_span(account, window, now);
        let queries = match round {
            Round::ByName(metric) => {
                span.last = Minute::of(now) - 1;
                plan.by_name(metric)
            }
            Round::Probe => {
                candidates = account.not_active().into_iter().take(usize::from(PROBED_AT_MOST)).collect();
                plan.active = &candidates;
                let queries = plan.by_name(Metric::Invocations);
                self.probing.clone_from(&candidates);
                queries
            }
            Round::Window => plan.window_values(u16::try_from(window).unwrap_or(u16::MAX)),
            Round::Backfill
            | Round::Newest
            | Round::Chart
            | Round::Usual
            | Round::Day
            | Round::Answers
            | Round::Evidence
            | Round::Tokens => return None,
        };
        (!queries.is_empty()).then_some(Ask::Metrics { round, queries, span })
    }

    fn newest(&mut self, account: &Account, looked: &Looked, window: i64, now: Timestamp) -> Ask {
        let minute = Minute::of(now);
        let wide = self.last_wide.is_none_or(|last| minute.0 - last.0 >= i64::from(WIDE_EVERY_MINUTES));
        let (explained, urgent) = (self.explained(account), urgent(account));
        let plan = plan(account, looked, &explained, &urgent);
        let queries = plan.queries(if wide { Breadth::Wide } else { Breadth::Narrow });
        let look_back = if wide || !looked.watched.is_empty() { WIDE_LOOK_BACK_MINUTES } else { LOOK_BACK_MINUTES };
        self.under_way_is_wide = wide.then_some(minute);
        self.asked_urgent.clone_from(&urgent);
        // After an outage the look back reaches to where the data ended, but not past the window.
        let settled = account.settled_through().unwrap_or(minute);
        let answered = if wide { self.last_wide.unwrap_or(settled).min(settled) } else { settled };
        let first = (answered - look_back).min(minute - look_back).max(minute - window);
        let span = Span { first: first.floor_to(CHART_PERIOD_MINUTES), last: minute - 1 };
        Ask::Metrics { round: Round::Newest, queries, span }
    }

    /// US dollars a day that the present plan costs at most.
    #[must_use]
    pub fn usd_per_day(&self, account: &Account, looked: &Looked) -> f64 {
        let (explained, urgent) = (self.explained(account), urgent(account));
        let steady = plan(account, looked, &explained, &urgent).usd_per_day();
        let probed = self
            .probed_at
            .is_some_and(|probed| account.settled_through().is_some_and(|now| now < probed + PROBE_EVERY_MINUTES));
        let probes = if probed { PROBES_PER_DAY * f64::from(PROBED_AT_MOST) * USD_PER_QUERY } else { 0.0 };
        let days = self.day.next.len() + usize::from(self.day.total_next.is_some());
        #[expect(clippy::cast_precision_loss, reason = "endpoints of an account")]
        let days = days as f64 * (DAY_MINUTES / DAY_EVERY_MINUTES) as f64 * USD_PER_QUERY;
        steady + probes + days
    }

    /// Takes note that a round is over. `whole`: nothing of it failed.
    pub fn finished(&mut self, round: Round, account: &mut Account, whole: bool, window: i64, now: Timestamp) {
        let span = window_span(account, window, now);
        let settled = account.settled_through();
        match (round, settled) {
            (Round::Backfill, _) if whole => self.backfilled.append(&mut self.filling),
            // What did not come in is asked again by the wider rounds, for the newest minutes.
            (Round::Backfill, Some(_)) => self.backfilled.append(&mut self.filling),
            (Round::Day, _) => self.day.finished(whole, Minute::of(now)),
            (Round::Probe, _) => account.wake(&std::mem::take(&mut self.probing), span),
            (Round::ByName(metric), Some(through)) if whole => {
                self.by_name_through.insert(metric, through);
            }
            // A wide round asks by name whatever is not explained.
            (Round::Newest, Some(through)) if whole && self.under_way_is_wide.is_some() => {
                self.last_wide = self.under_way_is_wide;
                self.by_name_through.extend(TRIPWIRE.map(|metric| (metric, through)));
            }
            _ => {}
        }
        if let (Round::Backfill, Some(through), true) = (round, settled, whole) {
            self.last_wide = self.last_wide.or(Some(Minute::of(now)));
            for metric in TRIPWIRE {
                self.by_name_through.entry(metric).or_insert(through);
            }
        }
        self.backfilled.retain(|meter, _| account.active.contains(meter));
    }

    /// Looks whether the account's totals show more than the endpoints explain; returns true where discovery should run again.
    pub fn check_tripwire(&mut self, account: &Account, names_known: bool, window: i64, now: Timestamp) -> bool {
        let Some(through) = account.settled_through() else { return false };
        let endpoints = runtime_endpoints(account);
        let first = window_span(account, window, now).first;
        let mut look_again = false;
        for metric in TRIPWIRE {
            // Who else may have called is known only with the catalog; until then the minutes stay to be examined.
            if metric == Metric::Invocations && !names_known {
                continue;
            }
            let from = self.examined_through.get(&metric).map_or(first, |examined| *examined + 1);
            let span = Span { first: from.max(first), last: through };
            if account.store.excess(Namespace::Bedrock, metric, &endpoints, span).possible > 0.0 {
                look_again |= metric != Metric::InvocationClientErrors;
                self.look_into(metric, through);
            }
            self.examined_through.insert(metric, through);
        }
        look_again
    }

    /// Calls for a look at who else calls, unless that was done of late.
    pub fn call_for_probe(&mut self, now: Minute) {
        if self.probed_at.is_none_or(|probed| probed + PROBE_EVERY_MINUTES <= now) {
            self.probed_at = Some(now);
            self.call_for(Round::Probe);
        }
    }

    /// Calls for what tells whose an excess is, unless the plan asks it soon anyway.
    fn look_into(&mut self, metric: Metric, through: Minute) {
        match metric {
            Metric::Invocations => self.call_for_probe(through),
            // A client's mistakes can wait for the next wide round.
            Metric::InvocationClientErrors => {}
            // It was asked by name just now.
            metric if self.asked_urgent.contains(&metric) => {}
            metric => self.call_for(Round::ByName(metric)),
        }
    }

    /// Metrics that need not be asked by name: since they last were, the account's total was explained in every settled minute.
    fn explained(&self, account: &Account) -> BTreeSet<Metric> {
        let Some(through) = account.settled_through() else { return BTreeSet::new() };
        let explained = |metric: &Metric| {
            let asked = self.by_name_through.get(metric)?;
            let since = Span { first: *asked + 1, last: through };
            Some(account.store.explained(Namespace::Bedrock, *metric, since).everywhere())
        };
        TRIPWIRE.into_iter().filter(|metric| explained(metric) == Some(true)).collect()
    }
}

impl DayAsked {
    /// Whose day is to be asked for now, and whether the account's own is.
    fn lacking(&self, account: &Account, now: Minute) -> (BTreeSet<Meter>, bool) {
        let due = |next: Option<&Minute>| next.is_none_or(|next| *next <= now);
        let fresh;
        let counted = if self.looked == Some(Look::of(account, now)) {
            &self.counted
        } else {
            fresh = counted(account);
            &fresh
        };
        let meters = counted.iter().filter(|meter| due(self.next.get(*meter)) && !self.asking.contains(*meter));
        let total = has_account_quota(&account.governing) && due(self.total_next.as_ref()) && !self.asking_total;
        (meters.cloned().collect(), total)
    }

    /// Looks who counts, unless that was done in this minute.
    fn look(&mut self, account: &Account, now: Minute) {
        let look = Look::of(account, now);
        if self.looked != Some(look) {
            (self.counted, self.looked) = (counted(account), Some(look));
        }
    }

    fn finished(&mut self, whole: bool, now: Minute) {
        let next = now + if whole { DAY_EVERY_MINUTES } else { DAY_AGAIN_AFTER_MINUTES };
        self.next.extend(std::mem::take(&mut self.asking).into_iter().map(|meter| (meter, next)));
        if std::mem::take(&mut self.asking_total) {
            self.total_next = Some(next);
        }
    }
}

/// Who counts against a daily quota, as far as it is asked for.
fn counted(account: &Account) -> Vec<Meter> {
    let metered = metered_by_day(&account.catalog, &account.governing, &account.discovery, &account.active);
    let (mut counted, quiet): (Vec<Meter>, Vec<Meter>) =
        metered.into_keys().partition(|meter| account.active.contains(meter));
    counted.extend(quiet);
    counted.truncate(DAY_ASKED_AT_MOST);
    counted
}

fn plan<'a>(
    account: &'a Account,
    looked: &'a Looked,
    explained: &'a BTreeSet<Metric>,
    urgent: &'a BTreeSet<Metric>,
) -> Plan<'a> {
    Plan {
        discovery: &account.discovery,
        active: &account.active,
        watched: &looked.watched,
        shown: &looked.shown,
        explained,
        urgent,
    }
}

/// Throttles and 5xx, where the account's total shows any of late.
fn urgent(account: &Account) -> BTreeSet<Metric> {
    let Some(through) = account.settled_through() else { return BTreeSet::new() };
    let span = Span::ending(through, URGENT_FOR_MINUTES);
    let shown = |metric: &Metric| account.store.account_total(Namespace::Bedrock, *metric, span).sum > 0.0;
    [Metric::InvocationThrottles, Metric::InvocationServerErrors].into_iter().filter(shown).collect()
}

fn runtime_endpoints(account: &Account) -> Vec<&EndpointId> {
    account.active.iter().filter(|meter| meter.namespace == Namespace::Bedrock).map(|meter| &meter.endpoint).collect()
}

/// The window that ends with the newest settled minute, or with the one that would be.
pub(super) fn window_span(account: &Account, window: i64, now: Timestamp) -> Span {
    Span::ending(account.settled_through().unwrap_or_else(|| old_enough_at(now)), window)
}
