//! The log: what happened, derived from one reading of the state after another, and tiertop's own calls. Pure.

mod entry;
mod pools;
mod seen;
mod sources;
mod watch;
mod words;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use jiff::Timestamp;

pub use entry::{Entry, Level};
pub(super) use seen::Seen;

use super::{
    account::Account,
    cursor::moved,
    filter::Filter,
    keys::Action,
    press::scrolled,
    state::State,
    view::{Screen, View},
};
use crate::domain::{
    call::CallRecord,
    fault::FaultKind,
    ids::{AccountId, QuotaCode, Region},
};
use entry::Note;

/// Events that are kept: days of a troubled account.
pub const EVENTS_AT_MOST: usize = 1000;

/// Calls that are kept: some hours of polling.
pub const CALLS_AT_MOST: usize = 1000;

/// Which entries are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Kinds {
    /// Events.
    #[default]
    Events,
    /// tiertop's own calls.
    Calls,
    /// Both.
    All,
}

impl Kinds {
    /// The next one, in the order in which a key goes round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Events => Self::Calls,
            Self::Calls => Self::All,
            Self::All => Self::Events,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Calls => "calls",
            Self::All => "events and calls",
        }
    }
}

/// How the log is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogView {
    /// Which entries.
    pub kinds: Kinds,
    /// And of these, which.
    pub filter: Filter,
    /// The entry that the cursor is on; None: the newest.
    pub cursor: Option<u64>,
    /// The entry that is open, and its first line shown.
    pub open: Option<(u64, u16)>,
}

/// What tiertop's own calls add up to since the start.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Calls that are over.
    pub calls: u64,
    /// Attempts beyond the first of a call.
    pub retries: u64,
    /// Calls that IAM (or an SCP) did not allow.
    pub denied: u64,
    /// Calls that failed otherwise.
    pub failed: u64,
    /// Queries that `GetMetricData` was asked.
    pub queries: u64,
    /// US dollars at list price, at most.
    pub usd_at_most: f64,
}

/// The log. Bounded: the oldest entries go first.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Oldest first.
    events: VecDeque<Entry>,
    /// Oldest first.
    calls: VecDeque<Entry>,
    next: u64,
    totals: Totals,
    pools: pools::Pools,
    sources: sources::Sources,
}

impl Log {
    /// How many events and calls are kept that were noted by this time; None: all.
    #[must_use]
    pub fn counts(&self, until: Option<Timestamp>) -> (usize, usize) {
        let count = |entries: &VecDeque<Entry>| match until {
            Some(until) => entries.partition_point(|entry| entry.noted <= until),
            None => entries.len(),
        };
        (count(&self.events), count(&self.calls))
    }

    /// What tiertop's own calls add up to.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// An entry by its number; None where it has been forgotten.
    #[must_use]
    pub fn entry(&self, number: u64) -> Option<&Entry> {
        let find = |entries: &'_ VecDeque<Entry>| entries.binary_search_by_key(&number, |entry| entry.number).ok();
        find(&self.events).map(|at| &self.events[at]).or_else(|| find(&self.calls).map(|at| &self.calls[at]))
    }

    /// The entries that a view lists, newest first; of a frozen view those that were noted before.
    #[must_use]
    pub fn listed(&self, view: &View) -> Vec<&Entry> {
        let (mut events, mut calls) = (self.events.iter().rev().peekable(), self.calls.iter().rev().peekable());
        let (with_events, with_calls) = match view.log.kinds {
            Kinds::Events => (true, false),
            Kinds::Calls => (false, true),
            Kinds::All => (true, true),
        };
        let newest_first = std::iter::from_fn(move || {
            let event = events.peek().filter(|_| with_events).map(|entry| entry.number);
            let call = calls.peek().filter(|_| with_calls).map(|entry| entry.number);
            if event > call {
                events.next()
            } else if call.is_some() {
                calls.next()
            } else {
                None
            }
        });
        let until = view.paused;
        newest_first
            .filter(|entry| until.is_none_or(|until| entry.noted <= until))
            .filter(|entry| entry.has_words(&view.log.filter.text))
            .collect()
    }

    /// Compares a reading of the state with the one before.
    pub(super) fn note(&mut self, seen: &Seen<'_>) {
        let mut notes = Vec::new();
        self.sources.note(seen, &mut notes);
        self.pools.note(seen, &mut notes);
        self.add(notes, seen.now);
    }

    /// Notes that the credentials belong to another account.
    pub(super) fn account_changed(&mut self, before: &AccountId, after: &AccountId, now: Timestamp) {
        let note = Note::new(now, Level::Warn, "the credentials belong to another account now");
        let which = format!("{} → {}", masked(before), masked(after));
        self.add(vec![note.detail(which).detail("What was known of the one before is shown no more.")], now);
    }

    /// Notes that values of quotas became others.
    pub(super) fn quotas_changed(&mut self, changed: &[QuotaCode], account: &Account, now: Timestamp) {
        let changes: Vec<_> = changed.iter().filter_map(|code| Some((code, account.watch.change(code)?))).collect();
        let notes = account.quotas.as_ref().map(|table| watch::notes(&changes, table, now));
        self.add(notes.unwrap_or_default(), now);
    }

    /// Notes that another Region is looked at.
    pub(super) fn region_switched(&mut self, before: &Region, after: &Region, now: Timestamp) {
        self.add(vec![Note::new(now, Level::Info, format!("Region {before} → {after}")).about(after)], now);
    }

    /// Notes that another Region could not be looked at.
    pub(super) fn region_failed(&mut self, region: &Region, why: &str, now: Timestamp) {
        let note = Note::new(now, Level::Warn, format!("the Region stays: {region} cannot be looked at"));
        self.add(vec![note.about(region).detail(why)], now);
    }

    /// Takes tiertop's own calls that have ended.
    pub(super) fn take_calls(&mut self, calls: Vec<CallRecord>, now: Timestamp) {
        let mut notes = Vec::new();
        if let Some(ahead) = calls.iter().rev().find_map(|call| call.clock_ahead_s) {
            self.sources.clock(ahead, now, &mut notes);
        }
        self.add(notes, now);
        for call in calls {
            self.totals.add(&call);
            let entry = Entry {
                number: self.next,
                noted: now,
                at: call.started,
                level: if call.failure.is_some() { Level::Warn } else { Level::Info },
                text: call_text(&call),
                subject: None,
                details: Vec::new(),
                call: Some(call),
            };
            self.next += 1;
            push(&mut self.calls, entry, CALLS_AT_MOST);
        }
    }

    fn add(&mut self, notes: Vec<Note>, now: Timestamp) {
        for Note { at, level, text, subject, details } in notes {
            let entry = Entry { number: self.next, noted: now, at, level, text, subject, details, call: None };
            self.next += 1;
            push(&mut self.events, entry, EVENTS_AT_MOST);
        }
    }

    /// Forgets what was so before, because it was so of another account or Region; entries stay.
    pub(super) fn forget(&mut self) {
        self.pools = pools::Pools::default();
        self.sources = sources::Sources::default();
    }
}

impl Totals {
    fn add(&mut self, call: &CallRecord) {
        self.calls += 1;
        self.retries += u64::from(call.retries());
        self.denied += u64::from(call.is_denied());
        self.failed += u64::from(call.failure.is_some() && !call.is_denied());
        self.queries += u64::from(call.queries);
        self.usd_at_most += call.usd_at_most().unwrap_or(0.0);
    }
}

fn push(entries: &mut VecDeque<Entry>, entry: Entry, at_most: usize) {
    if entries.len() == at_most {
        entries.pop_front();
    }
    entries.push_back(entry);
}

/// `1111…3333`: enough to tell accounts apart.
fn masked(account: &AccountId) -> String {
    let id = account.as_str();
    match (id.get(..4), id.get(id.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if id.len() > 8 => format!("{head}…{tail}"),
        _ => "…".to_owned(),
    }
}

/// `cloudwatch:GetMetricData  480 queries, 1 retry`; what became of it where it was not answered well.
fn call_text(call: &CallRecord) -> String {
    let mut parts = Vec::new();
    if let Some(failure) = &call.failure {
        let code = failure.code.as_deref().map_or_else(String::new, |code| format!(" ({code})"));
        let kind = if failure.kind == FaultKind::Unexpected { "failed" } else { failure.kind.name() };
        parts.push(format!("{kind}{code}"));
    }
    match call.queries {
        0 => {}
        1 => parts.push("1 query".to_owned()),
        queries => parts.push(format!("{queries} queries")),
    }
    match call.retries() {
        0 => {}
        1 => parts.push("1 retry".to_owned()),
        retries => parts.push(format!("{retries} retries")),
    }
    let gap = if parts.is_empty() { "" } else { "  " };
    format!("{}:{}{gap}{}", call.service, call.operation, parts.join(", "))
}

/// Where the cursor is among the listed entries: on its entry, else on the next older one; on the newest until it is moved.
#[must_use]
pub fn cursor_at(listed: &[&Entry], cursor: Option<u64>) -> Option<usize> {
    let last = listed.len().checked_sub(1)?;
    let Some(cursor) = cursor else { return Some(0) };
    Some(listed.iter().position(|entry| entry.number <= cursor).unwrap_or(last))
}

/// Takes a key of the log.
pub(super) fn act(state: &mut State, action: Action) {
    let view = &mut state.view;
    if let Some((_, first)) = &mut view.log.open {
        match scrolled(*first, action) {
            Some(moved) => *first = moved,
            None if action == Action::Back => view.log.open = None,
            None => {}
        }
        return;
    }
    match action {
        Action::Columns => view.log.kinds = view.log.kinds.next(),
        Action::Filter => view.log.filter.typing = true,
        Action::Back if view.log.filter.text.is_empty() => view.screen = Screen::Live,
        Action::Back => view.log.filter = Filter::default(),
        Action::Open => state.view.log.open = entry_at_cursor(state).map(|number| (number, 0)),
        _ => move_cursor(state, action),
    }
}

fn entry_at_cursor(state: &State) -> Option<u64> {
    let listed = state.log.listed(&state.view);
    cursor_at(&listed, state.view.log.cursor).map(|at| listed[at].number)
}

fn move_cursor(state: &mut State, action: Action) {
    let listed = state.log.listed(&state.view);
    let (Some(at), Some(last)) = (cursor_at(&listed, state.view.log.cursor), listed.len().checked_sub(1)) else {
        return;
    };
    // The first row is the newest, whatever comes.
    if action == Action::Top {
        state.view.log.cursor = None;
    } else if let Some(to) = moved(at, last, action) {
        state.view.log.cursor = Some(listed[to].number);
    }
}
