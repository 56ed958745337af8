//! What is noted of pools and endpoints: throttling, 5xx, use near a limit, another tier served than asked for, traffic that begins or ends.
//!
//! Nothing is noted that toggles by the minute: what has begun ends only after quiet minutes, or well below where it began.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    entry::{Level, Note},
    seen::{Counted, Seen},
    words,
};
use crate::{
    app::keys::{Action, first_key},
    domain::{
        discovery::Meter,
        ids::{EndpointId, PoolId, QuotaCode},
        metric::Metric,
        minute::{Minute, Span},
        snapshot::{Bound, EndpointRow, NEAR_LIMIT_PERCENT, PoolQuota, PoolRow},
        tier::{Tier, TierPair},
        usage::NOW_MINUTES,
    },
};

/// Use that was near a limit is no longer so below this percentage: five points of room, so that a use that swings round 80 % is noted once.
const LEFT_LIMIT_PERCENT: f64 = 75.0;

/// 5xx are noted from this share of attempts in the last 5 minutes on: single ones happen on any busy day.
const SERVER_ERRORS_PERCENT: f64 = 1.0;

/// And from this many on: one of a hundred calls is chance.
const SERVER_ERRORS_AT_LEAST: f64 = 3.0;

/// 5xx have ended after so many minutes without enough of them.
const SERVER_ERRORS_QUIET_MINUTES: i64 = 10;

/// Tier series are asked every 5 minutes and answered up to 10 late: a pair with a point in these minutes is in use.
const TIER_LATELY_MINUTES: i64 = 15;

/// A pair of tiers has ended after so many minutes without a point.
const TIER_QUIET_MINUTES: i64 = 45;

/// Traffic that no endpoint explains is noted when it has stayed so for this long: new series are listed up to 15 minutes late.
const UNATTRIBUTED_MINUTES: i64 = 15;

/// So many endpoints that begin or end at once are noted one by one; more in one entry.
const ENDPOINTS_EACH: usize = 6;

/// Lines of names in an entry of many.
const NAMED_AT_MOST: usize = 40;

/// Something that goes on: since when, and how much of it so far.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    since: Minute,
    /// Whether it may have begun earlier, before the window.
    maybe_earlier: bool,
    last: Minute,
    total: f64,
    exact: bool,
}

/// What the log knows of pools and endpoints from before.
#[derive(Debug, Clone, Default)]
pub(super) struct Pools {
    /// Whether a reading was taken: what is there at the first has not begun at it.
    started: bool,
    /// The newest settled minute of the last reading.
    through: Option<Minute>,
    throttled: BTreeMap<PoolId, Run>,
    errors: BTreeMap<PoolId, Run>,
    near: BTreeMap<(PoolId, QuotaCode), Minute>,
    tiers: BTreeMap<(Meter, TierPair), Minute>,
    active: BTreeMap<Meter, String>,
    unattributed: BTreeMap<String, (Minute, bool)>,
}

impl Pools {
    /// Compares a reading with what was so before. Nothing is compared twice for the same minutes.
    pub(super) fn note(&mut self, seen: &Seen<'_>, notes: &mut Vec<Note>) {
        let Some(through) = seen.snapshot.data_through else { return };
        if !(self.started || seen.settled) || self.through == Some(through) {
            return;
        }
        self.through = Some(through);
        for pool in &seen.snapshot.pools {
            self.throttling(seen, pool, through, notes);
            self.server_errors(seen, pool, through, notes);
            self.near_limit(seen, pool, through, notes);
        }
        self.gone(seen, through, notes);
        self.other_tiers(seen, through, notes);
        self.traffic(seen, through, notes);
        self.unattributed(seen, through, notes);
        self.started = true;
    }

    fn throttling(&mut self, seen: &Seen<'_>, pool: &PoolRow, through: Minute, notes: &mut Vec<Note>) {
        let name = words::pool(pool, seen.snapshot);
        match (self.throttled.get_mut(&pool.id), pool.throttled_since) {
            (before, Some(since)) => {
                let counted = seen.counted(pool, Metric::InvocationThrottles, Span { first: since, last: through });
                let maybe_earlier = seen.snapshot.may_have_begun_earlier(since);
                if let Some(run) = before {
                    run.go_on(since, through, counted);
                    return;
                }
                let run = Run::new(since, maybe_earlier, through, counted);
                self.throttled.insert(pool.id.clone(), run);
                notes.push(throttling_began(seen, pool, &name, &run, self.started));
            }
            // Where throttles are not known, nothing has ended.
            (Some(run), None) if seen.members(pool).all(|row| row.throttles_now.is_some()) => {
                let run = *run;
                self.throttled.remove(&pool.id);
                notes.push(throttling_ended(pool, &name, &run));
            }
            _ => {}
        }
    }

    fn server_errors(&mut self, seen: &Seen<'_>, pool: &PoolRow, through: Minute, notes: &mut Vec<Note>) {
        let now = Span::ending(through, NOW_MINUTES);
        let Some(count) = seen.members(pool).map(|row| row.server_errors_now).sum::<Option<f64>>() else { return };
        #[expect(clippy::cast_precision_loss, reason = "five")]
        let requests = pool.rpm_now.map(|rpm| rpm * NOW_MINUTES as f64);
        let many = count >= SERVER_ERRORS_AT_LEAST
            && requests.is_none_or(|requests| 100.0 * count >= SERVER_ERRORS_PERCENT * requests);
        let name = words::pool(pool, seen.snapshot);
        match self.errors.get_mut(&pool.id) {
            Some(run) if many => {
                run.go_on(run.since, through, seen.counted(pool, Metric::InvocationServerErrors, run.span(through)));
            }
            Some(run) if through.0 - run.last.0 >= SERVER_ERRORS_QUIET_MINUTES => {
                let text = format!(
                    "5xx ended on {name}: {} in {}",
                    run.total_text(),
                    words::minutes(run.last.0 - run.since.0 + 1)
                );
                notes.push(Note::new((run.last + 1).start(), Level::Good, text).about(&pool.id));
                self.errors.remove(&pool.id);
            }
            None if many => {
                let counted = seen.counted(pool, Metric::InvocationServerErrors, now);
                let since = counted.ends.map_or(now.first, |(first, _)| first);
                let share = requests.filter(|requests| *requests > 0.0).map(|requests| 100.0 * count / requests);
                let share = share
                    .map_or_else(String::new, |share| format!(", {} of requests", words::percent(share, Bound::Exact)));
                let began = if self.started { "5xx began on" } else { "5xx on" };
                let text = format!("{began} {name}: {} in 5 min{share}", words::count(count));
                let rule = format!(
                    "Noted from {SERVER_ERRORS_AT_LEAST} in 5 minutes and {SERVER_ERRORS_PERCENT}% of requests on; ends after {SERVER_ERRORS_QUIET_MINUTES} quiet minutes."
                );
                let note = Note::new(since.start(), Level::Warn, text).about(&pool.id).detail(rule);
                notes.push(note.details(members(seen, pool)));
                self.errors.insert(pool.id.clone(), Run::new(since, false, through, counted));
            }
            _ => {}
        }
    }

    fn near_limit(&mut self, seen: &Seen<'_>, pool: &PoolRow, through: Minute, notes: &mut Vec<Note>) {
        for quota in pool.quotas.iter().filter(|quota| quota.binds()) {
            let Some(used) = quota.used_percent() else { continue };
            let key = (pool.id.clone(), quota.code.clone());
            let said = words::percent(used, quota.usage.now_bound);
            let name = words::pool(pool, seen.snapshot);
            match self.near.get(&key) {
                None if used >= NEAR_LIMIT_PERCENT => {
                    let text = format!("near its limit: {name} at {said} of {}", words::limit(quota));
                    notes.push(
                        of_quota(Note::new(through.start(), Level::Warn, text), quota).details(members(seen, pool)),
                    );
                    self.near.insert(key, through);
                }
                Some(since) if used < LEFT_LIMIT_PERCENT => {
                    let lasted = words::minutes(through.0 - since.0);
                    let text =
                        format!("no longer near its limit: {name} at {said} of {} after {lasted}", words::limit(quota));
                    notes.push(of_quota(Note::new(through.start(), Level::Good, text), quota));
                    self.near.remove(&key);
                }
                _ => {}
            }
        }
    }

    /// Pools without traffic in the whole window have no row: what went on there is over.
    fn gone(&mut self, seen: &Seen<'_>, through: Minute, notes: &mut Vec<Note>) {
        let there: BTreeSet<&PoolId> = seen.snapshot.pools.iter().map(|pool| &pool.id).collect();
        let over: Vec<PoolId> = self.throttled.keys().filter(|id| !there.contains(id)).cloned().collect();
        for id in over {
            self.throttled.remove(&id);
            let text = format!("throttling ended on {id}: it has no traffic any more");
            notes.push(Note::new(through.start(), Level::Good, text).about(&id));
        }
        self.errors.retain(|id, _| there.contains(id));
        self.near.retain(|(id, _), _| there.contains(id));
    }

    fn other_tiers(&mut self, seen: &Seen<'_>, through: Minute, notes: &mut Vec<Note>) {
        let lately = Span::ending(through, TIER_LATELY_MINUTES);
        for row in seen.snapshot.endpoints.iter().filter(|row| row.active) {
            for (pair, requests) in differing(row) {
                let meter = row.endpoint.meter();
                let series = [Metric::EstimatedTpmQuotaUsage, Metric::Invocations, Metric::TimeToFirstToken];
                let in_use = |metric| seen.account.store.has_point(&meter.tier_series(metric, &pair), lately);
                if !series.into_iter().any(in_use) {
                    continue;
                }
                let known = self.tiers.insert((meter, pair.clone()), through).is_some();
                if !known {
                    let mut note = other_tier(row, &pair, through, self.started);
                    if let Some(requests) = requests {
                        note = note.detail(format!("{} requests so in the window", words::count(requests)));
                    }
                    notes.push(note);
                }
            }
        }
        let over: Vec<_> = self.tiers.iter().filter(|(_, last)| through.0 - last.0 >= TIER_QUIET_MINUTES).collect();
        let over: Vec<_> = over.into_iter().map(|(key, last)| (key.clone(), *last)).collect();
        for ((meter, pair), last) in over {
            let name = self.active.get(&meter).cloned().unwrap_or_else(|| meter.endpoint.to_string());
            let text =
                format!("no call of {name} any more that asked {}, was served {}", pair.asked.name(), served(&pair));
            notes.push(Note::new((last + 1).start(), Level::Good, text).about(&meter.endpoint));
            self.tiers.remove(&(meter, pair));
        }
    }

    fn traffic(&mut self, seen: &Seen<'_>, through: Minute, notes: &mut Vec<Note>) {
        let rows = seen.snapshot.endpoints.iter().filter(|row| row.active);
        let active: BTreeMap<Meter, String> = rows.map(|row| (row.endpoint.meter(), words::endpoint(row))).collect();
        let before = std::mem::replace(&mut self.active, active);
        if !self.started {
            return;
        }
        let began: Vec<_> = self.active.iter().filter(|(meter, _)| !before.contains_key(meter)).collect();
        let ended: Vec<_> = before.iter().filter(|(meter, _)| !self.active.contains_key(meter)).collect();
        let window = seen.snapshot.window.map_or(0, |window| i64::try_from(window.len()).unwrap_or(0));
        let quiet = format!(", no calls in {}", words::minutes(window));
        each_or_all(&began, through, "traffic began on", "", notes);
        each_or_all(&ended, through, "quiet:", &quiet, notes);
    }

    fn unattributed(&mut self, seen: &Seen<'_>, through: Minute, notes: &mut Vec<Note>) {
        let now: BTreeMap<&str, f64> = seen
            .snapshot
            .unattributed
            .iter()
            .filter(|rest| rest.count > 0.0)
            .map(|r| (r.what.as_str(), r.count))
            .collect();
        for (what, count) in &now {
            let (since, noted) = self.unattributed.entry((*what).to_owned()).or_insert((through, false));
            if !*noted && through.0 - since.0 >= UNATTRIBUTED_MINUTES {
                *noted = true;
                let text = format!("{} {} that no endpoint explains", words::count(*count), what.replace('-', " "));
                let why = "The account's own total shows them, the endpoints' series do not. Calls that fail before their model is known count so.";
                notes.push(Note::new(through.start(), Level::Warn, text).detail(why));
            }
        }
        let over: Vec<_> = self.unattributed.keys().filter(|what| !now.contains_key(what.as_str())).cloned().collect();
        for what in over {
            if self.unattributed.remove(&what).is_some_and(|(_, noted)| noted) {
                let text = format!("all {} are explained by endpoints again", what.replace('-', " "));
                notes.push(Note::new(through.start(), Level::Info, text));
            }
        }
    }
}

impl Run {
    fn new(since: Minute, maybe_earlier: bool, through: Minute, counted: Counted) -> Self {
        let mut run = Self { since, maybe_earlier, last: through, total: 0.0, exact: !maybe_earlier };
        run.go_on(since, through, counted);
        run
    }

    /// Takes a newer count. Where the window has moved past its beginning, the older count may be the larger one, and both are lower bounds.
    fn go_on(&mut self, since: Minute, through: Minute, counted: Counted) {
        self.exact = counted.exact && !self.maybe_earlier && since <= self.since;
        self.since = self.since.min(since);
        self.total = self.total.max(counted.sum);
        self.last = counted.ends.map_or(through, |(_, last)| last);
    }

    fn span(&self, through: Minute) -> Span {
        Span { first: self.since, last: through }
    }

    /// `431`, or `≥431` where some of it is not known.
    fn total_text(&self) -> String {
        format!("{}{}", if self.exact { "" } else { "≥" }, words::count(self.total))
    }
}

fn throttling_began(seen: &Seen<'_>, pool: &PoolRow, name: &str, run: &Run, began: bool) -> Note {
    let refused = pool.throttle_percent.map_or_else(|| "—".to_owned(), |share| words::percent(share, Bound::Exact));
    let head = if began {
        format!("throttling began on {name}")
    } else {
        let earlier = if run.maybe_earlier { " or earlier" } else { "" };
        format!("throttled since {}{earlier}: {name}", run.since)
    };
    let peak = pool.token_quota().and_then(|quota| {
        let peak = words::percent(quota.peak_percent?, quota.usage.peak_bound);
        Some(format!(", peak {peak} of {}", words::limit(quota)))
    });
    let between = if began { ":" } else { "," };
    let text = format!("{head}{between} {refused} of attempts refused{}", peak.unwrap_or_default());
    let mut note = Note::new(run.since.start(), Level::Bad, text).about(&pool.id);
    note = note.detail(format!("Refused so far: {} (to {}).", run.total_text(), run.last));
    note = note.details(pool.quotas.iter().map(words::quota));
    note = note.details(members(seen, pool));
    note.detail(format!(
        "Next: {} goes to Live, which says under Why what the use is made of.",
        first_key(Action::Live)
    ))
}

fn throttling_ended(pool: &PoolRow, name: &str, run: &Run) -> Note {
    let lasted = words::minutes(run.last.0 - run.since.0 + 1);
    let lasted = if run.maybe_earlier { format!("≥{lasted}") } else { lasted };
    let text = format!("throttling ended on {name}: {lasted}, {} refused", run.total_text());
    let note = Note::new((run.last + 1).start(), Level::Good, text).about(&pool.id);
    let note = note.detail(format!("From {} to {}: the last minute with refusals.", run.since, run.last));
    note.details(pool.quotas.iter().map(words::quota))
}

fn of_quota(note: Note, quota: &PoolQuota) -> Note {
    let rule =
        format!("Noted from {NEAR_LIMIT_PERCENT}% on (worst of the last 5 minutes); over below {LEFT_LIMIT_PERCENT}%.");
    note.about(&quota.code).detail(words::quota(quota)).detail(rule)
}

/// A line for each member of a pool of several.
fn members(seen: &Seen<'_>, pool: &PoolRow) -> Vec<String> {
    if pool.members.len() < 2 {
        return Vec::new();
    }
    let number = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), words::count);
    let line = |row: &EndpointRow| {
        format!(
            "{} ({}): {} requests/min, {} refused and {} 5xx in 5 min",
            words::endpoint(row),
            row.endpoint.id,
            number(row.rpm_now),
            number(row.throttles_now),
            number(row.server_errors_now)
        )
    };
    seen.members(pool).take(NAMED_AT_MOST).map(line).collect()
}

fn differing(row: &EndpointRow) -> impl Iterator<Item = (TierPair, Option<f64>)> {
    row.tiers
        .iter()
        .map(|tier| (TierPair { asked: tier.asked.clone(), served: tier.served.clone() }, tier.requests))
        .filter(|(pair, _)| pair.differs() == Some(true))
}

fn other_tier(row: &EndpointRow, pair: &TierPair, through: Minute, began: bool) -> Note {
    let began = if began { "began on" } else { "on" };
    let text = format!(
        "another tier served {began} {}: asked {}, served {}",
        words::endpoint(row),
        pair.asked.name(),
        served(pair)
    );
    Note::new(through.start(), Level::Warn, text).about(&row.endpoint.id)
}

fn served(pair: &TierPair) -> &str {
    pair.served.as_ref().map_or("—", Tier::name)
}

fn each_or_all(changed: &[(&Meter, &String)], through: Minute, head: &str, tail: &str, notes: &mut Vec<Note>) {
    if changed.len() <= ENDPOINTS_EACH {
        let note = |(meter, name): &(&Meter, &String)| {
            let id: &EndpointId = &meter.endpoint;
            Note::new(through.start(), Level::Info, format!("{head} {name}{tail}")).about(id)
        };
        notes.extend(changed.iter().map(note));
        return;
    }
    let note = Note::new(through.start(), Level::Info, format!("{head} {} endpoints{tail}", changed.len()));
    let names = changed.iter().take(NAMED_AT_MOST).map(|(meter, name)| format!("{name} ({})", meter.endpoint));
    notes.push(note.details(names));
}
