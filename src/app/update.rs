//! `update`: the only thing that changes the state.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use super::{
    charts, cursor, doctor,
    event::{Ask, Asked, Cached, Effect, Event, Fetched, Round},
    hands,
    log::Seen,
    pointer, press, prompt, raise, regions,
    rounds::{self, Looked},
    schedule, sort,
    state::{State, Trouble},
    tiers,
};
use crate::domain::{
    chart::meters,
    discovery::Meter,
    fault::{Fault, FaultKind, Source},
    minute::Minute,
    reckoning,
};

/// Application profiles whose tags are read at most in one go: one call each, against unpublished rates.
const TAGGED_AT_MOST: usize = 25;

/// Rows that are asked everything each minute at most: what a screen shows of trouble.
const WATCHED_AT_MOST: usize = 10;

/// Takes an event at a time; says what is to be done.
pub fn update(state: &mut State, event: Event, now: Timestamp) -> Vec<Effect> {
    state.now = state.now.max(now);
    let mut effects = Vec::new();
    let in_the_middle = matches!(event, Event::Fetched(..) | Event::Resized) || is_the_users(&event);
    let looks_elsewhere = is_the_users(&event);
    match event {
        Event::Key(key) => {
            state.view.last_key = Some(now);
            press::press(state, &key, &mut effects);
        }
        Event::Pointed(pointed) => {
            state.view.last_key = Some(now);
            pointer::point(state, pointed, &mut effects);
        }
        Event::ScrollEnds(lines) => press::end_scrolling(state, lines),
        Event::ShowFrom(line) => press::show_from(state, line),
        Event::Pasted(text) => press::paste(state, &text),
        Event::Said(text) => hands::say(state, text, now),
        Event::Tick => hands::forget_notice(state),
        Event::Resized => {}
        Event::Fetched(generation, _) | Event::Finished(generation, ..) if generation != state.generation => {}
        Event::Fetched(_, fetched) => take(state, fetched, now, &mut effects),
        Event::Finished(_, asked, fault) => finish(state, asked, fault.as_ref(), now, &mut effects),
        Event::Cached(cached) => take_cached(state, cached),
        Event::Called(calls) => state.log.take_calls(calls, now),
        Event::RegionSwitched(generation, _) if generation != state.generation => {}
        Event::RegionSwitched(_, entered) => {
            if let Some(cached) = regions::switched(state, entered, &mut effects) {
                take_cached(state, cached);
            }
        }
        Event::Answering(number, events) => prompt::take(state, number, &events, &mut effects),
        Event::Examined(generation, _) if generation != state.generation => {}
        Event::Examined(_, examined) => doctor::take(state, examined),
        Event::Looked(generation, region, found) => regions::looked(state, generation, &region, found),
    }
    // Pieces of one answer come in a row: numbers are made of them at its end, or at the next tick.
    let reckons = state.stale && !in_the_middle;
    if reckons {
        reckon(state);
        tiers::remake(state);
    }
    if state.view.redact {
        state.mask_feeds();
    }
    if reckons && state.frozen.is_none() || looks_elsewhere {
        charts::remake(state);
    }
    ask_what_is_due(state, now, &mut effects);
    doctor::ask(state, &mut effects);
    effects
}

/// Whether the user did it.
fn is_the_users(event: &Event) -> bool {
    matches!(event, Event::Key(_) | Event::Pasted(_) | Event::Pointed(_))
}

impl State {
    /// Puts the rows in order; the cursor follows its row.
    pub(super) fn reorder(&mut self) {
        self.view.order = sort::ordered(&self.view.order, &self.snapshot, self.view.settled);
        cursor::keep(self);
    }
}

fn take(state: &mut State, fetched: Fetched, now: Timestamp, effects: &mut Vec<Effect>) {
    if let (Fetched::Identity(account, _), Some(known)) = (&fetched, &state.account.id)
        && known != account
    {
        // The cache, or the credentials, belonged to another account: nothing of it may be shown as this one's.
        if state.account.is_confirmed() {
            state.log.account_changed(known, account, now);
        }
        state.regions = regions::Regions::default();
        state.start_afresh();
    }
    let feed = state.feeds.entry(source_of(&fetched)).or_default();
    // Requests say nothing of the limits themselves.
    feed.brought |= !matches!(fetched, Fetched::QuotaRequests(_));
    match &fetched {
        Fetched::Answers(poll) => state.loads.answers.take(poll),
        Fetched::Tokens(poll) => state.day_tokens.take(poll),
        _ => {}
    }
    let changed = state.account.take(fetched, now);
    if !changed.is_empty() {
        state.log.quotas_changed(&changed, &state.account, now);
        effects.push(Effect::Ring);
    }
    state.stale = true;
}

/// The source that gives such a piece.
fn source_of(fetched: &Fetched) -> Source {
    match fetched {
        Fetched::Identity(..) => Source::Identity,
        Fetched::Models(_) | Fetched::Profiles(_) => Source::Catalog,
        Fetched::Tags(_) => Source::Tags,
        Fetched::Listed(..) => Source::Discovery,
        Fetched::Metrics(_) | Fetched::History(_) | Fetched::Answers(_) | Fetched::Tokens(_) => Source::Metrics,
        Fetched::AppliedQuotas(_) | Fetched::DefaultQuotas(_) | Fetched::QuotaRequests(_) => Source::ServiceQuotas,
    }
}

/// What an earlier run left is shown at once and replaced soon. Quotas may rest for hours, if they were whole and nobody waits for one.
fn take_cached(state: &mut State, cached: Cached) {
    if state.account.id.as_ref().is_some_and(|id| *id != cached.account) {
        return;
    }
    let (listed_at, quotas_at) = (cached.listed_at, cached.quotas_at);
    state.account.id = Some(cached.account.clone());
    state.account.take_cached(cached);
    let rests = state.account.quotas.as_ref().is_some_and(|table| table.applied_listed && table.defaults_listed);
    let rests = rests && !state.account.awaits_quota();
    for (source, at, rests) in [(Source::Catalog, listed_at, false), (Source::ServiceQuotas, quotas_at, rests)] {
        let feed = state.feeds.entry(source).or_default();
        if let (None, Some(at)) = (feed.last_good, at) {
            feed.last_good = Some(at);
            feed.from_cache = true;
            feed.due = rests.then(|| schedule::after(at, schedule::interval(source, false)));
        }
    }
    state.stale = true;
}

fn finish(state: &mut State, asked: Asked, fault: Option<&Fault>, now: Timestamp, effects: &mut Vec<Effect>) {
    let source = asked.source();
    let awaited = source == Source::ServiceQuotas && state.account.awaits_quota();
    let feed = state.feeds.entry(source).or_default();
    feed.asking = false;
    // A list that came in is good, whatever became of the others.
    if fault.is_none() || std::mem::take(&mut feed.brought) {
        feed.last_good = Some(now);
        feed.from_cache = false;
    }
    match fault {
        None => {
            feed.failures = 0;
            // Rounds between the minutes do not move the minute's round.
            let between = matches!(asked, Asked::Metrics(round) if round != Round::Newest);
            if !between || feed.due.is_none() {
                feed.due = Some(schedule::next(source, awaited, now));
            }
        }
        Some(fault) => {
            feed.failures += 1;
            feed.due = Some(schedule::after(now, schedule::back_off(source, fault.kind, feed.failures)));
        }
    }
    let was_signed_out = feed.fault.as_ref().is_some_and(|fault| fault.kind.is_about_credentials());
    feed.fault = fault.cloned();
    let whole = fault.is_none();
    if was_signed_out && whole && source != Source::Identity {
        // Whoever signed in again may be somebody else.
        make_due(state, Source::Identity, now);
    }
    if let Asked::Metrics(round) = asked {
        state.rounds.finished(round, &mut state.account, whole, state.window_minutes, now);
        match round {
            Round::Chart => state.loads.finished(whole, now),
            Round::Usual => state.loads.judged(whole, now),
            Round::Answers => state.loads.answers.finished(fault, now),
            Round::Evidence => raise::finished(state, fault, now),
            Round::Tokens => state.day_tokens.finished(fault, now),
            _ => {}
        }
        state.account.forget_before_window(
            rounds::window_span(&state.account, state.window_minutes, now),
            &state.loads,
            &state.rounds,
        );
    }
    if matches!(asked, Asked::Source(Source::Catalog)) || whole && matches!(asked, Asked::Metrics(_)) {
        check_tripwire(state, now);
    }
    if source == Source::Tags && whole && !state.account.untagged(1).is_empty() {
        make_due(state, Source::Tags, schedule::after(now, schedule::MORE_TAGS));
    }
    if source == Source::Identity && !whole {
        // Whose quotas the cache holds is not confirmed: ask for them.
        let quotas = state.feeds.entry(Source::ServiceQuotas).or_default();
        quotas.due = quotas.due.filter(|_| !quotas.from_cache);
    }
    if source == Source::Discovery {
        if fault.is_some() && state.account.active.is_empty() {
            state.rounds.call_for_probe(Minute::of(now));
        }
        make_due(state, Source::Tags, now);
    }
    if fault.is_none() && matches!(source, Source::Catalog | Source::ServiceQuotas) {
        make_due(state, Source::Tags, now);
        effects.extend(state.account.to_cache().map(|cached| Effect::Keep(Box::new(cached))));
    }
    state.stale = true;
}

fn check_tripwire(state: &mut State, now: Timestamp) {
    let catalog = state.feeds.get(&Source::Catalog);
    let names_known = catalog.is_some_and(|feed| feed.last_good.is_some() || feed.failures > 0);
    if state.rounds.check_tripwire(&state.account, names_known, state.window_minutes, now) {
        make_due(state, Source::Discovery, now);
    }
}

fn make_due(state: &mut State, source: Source, now: Timestamp) {
    state.feeds.entry(source).or_default().due = Some(now);
}

/// Makes the snapshot anew and puts the rows in order.
fn reckon(state: &mut State) {
    state.stale = false;
    let faults: Vec<Fault> = state.feeds.values().filter_map(|feed| feed.fault.clone()).collect();
    let snapshot = reckoning::snapshot(&state.known(&faults));
    let account = &state.account;
    let quotas_settled =
        state.feeds.get(&Source::ServiceQuotas).is_some_and(|feed| feed.last_good.is_some() || feed.failures > 0);
    let settled = quotas_settled && state.rounds.is_backfilled(account);
    state.newest = Arc::new(snapshot);
    state.log.note(&Seen { snapshot: &state.newest, account, feeds: &state.feeds, settled, now: state.now });
    state.examine();
    if state.frozen.is_none() {
        state.show();
        state.reorder();
        state.view.settled = settled;
    }
    state.cost.usd_per_day = state.rounds.usd_per_day(&state.account, &looked(state));
}

/// Whom the user looks at, or should: rows in trouble, and the cursor's row.
fn looked(state: &State) -> Looked {
    let snapshot = &state.newest;
    let in_trouble = snapshot.pools.iter().filter(|pool| {
        matches!(
            Trouble::of(pool, snapshot),
            Trouble::Throttled | Trouble::ServerErrors | Trouble::NearLimit | Trouble::Slow
        )
    });
    let indices = in_trouble.flat_map(|pool| pool.members.iter().copied()).take(WATCHED_AT_MOST);
    let rows = indices.filter_map(|index| snapshot.endpoints.get(index)).filter(|row| row.active);
    let mut watched: BTreeSet<Meter> = rows.map(|row| row.endpoint.meter()).collect();
    if state.once {
        return Looked { watched, shown: BTreeSet::new() };
    }
    let subject = charts::subject(state);
    let shown: BTreeSet<Meter> =
        subject.map(|subject| meters(&subject)).into_iter().flatten().take(WATCHED_AT_MOST).collect();
    if state.is_looked_at() && shown.len() == 1 {
        watched.extend(shown.iter().cloned());
    }
    Looked { watched, shown }
}

impl State {
    /// Ends a headless run that took too long: what has not answered by now counts as unreachable.
    pub fn give_up(&mut self, now: Timestamp) {
        for (source, feed) in &mut self.feeds {
            if feed.asking {
                feed.asking = false;
                feed.fault = Some(Fault {
                    source: *source,
                    kind: FaultKind::Unreachable,
                    action: None,
                    message: "The answer took too long.".to_owned(),
                    next_step: "Try again, or look whether a proxy or a VPN is in the way.".to_owned(),
                });
            }
        }
        self.now = self.now.max(now);
        reckon(self);
    }
}

fn ask_what_is_due(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    for source in Source::ALL {
        let feed = state.feeds.entry(source).or_default();
        if feed.asking {
            continue;
        }
        let due = schedule::is_due(feed, now);
        let Some(ask) = next_ask(state, source, due, now) else { continue };
        if let Ask::Metrics { queries, .. } = &ask {
            state.cost.queries_asked += queries.len() as u64;
        }
        let feed = state.feeds.entry(source).or_default();
        (feed.asking, feed.brought) = (true, false);
        effects.push(Effect::Ask(state.generation, ask));
    }
}

fn next_ask(state: &mut State, source: Source, due: bool, now: Timestamp) -> Option<Ask> {
    let feed = state.feeds.get(&source)?;
    match source {
        Source::Identity => due.then_some(Ask::Identity),
        Source::Catalog => due.then_some(Ask::Catalog),
        Source::Discovery => due.then_some(Ask::Discovery(feed.last_good.is_none())),
        Source::ServiceQuotas => {
            let defaults = state.account.quotas.as_ref().is_none_or(|table| !table.defaults_listed)
                || !state.account.awaits_quota();
            due.then_some(Ask::Quotas(defaults))
        }
        Source::Tags => {
            let untagged = if due { state.account.untagged(TAGGED_AT_MOST) } else { Vec::new() };
            (!untagged.is_empty()).then_some(Ask::Tags(untagged))
        }
        Source::Metrics => {
            let discovered =
                state.feeds.get(&Source::Discovery).is_some_and(|feed| feed.last_good.is_some() || feed.failures > 0);
            let waiting = feed.failures > 0 && !due;
            if !discovered || waiting {
                return None;
            }
            let looked = looked(state);
            let round = state.rounds.next(&state.account, &looked, state.window_minutes, due && !state.once, now);
            let round = round.or_else(|| tiers::ask(state, now));
            let round = round.or_else(|| charts::load(state, now));
            round.or_else(|| state.rounds.day(&state.account, now))
        }
        Source::Access | Source::Cache => None,
    }
}
