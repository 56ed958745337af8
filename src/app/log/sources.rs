//! What is noted of sources and quotas: lost and back, credentials, open requests, zeros, the clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    entry::{Level, Note},
    seen::Seen,
    words,
};
use crate::{
    app::state::Feed,
    domain::{
        fault::{Fault, FaultKind, Source},
        ids::QuotaCode,
        snapshot::ZeroQuotas,
    },
};

/// A failure that may pass by itself is noted when it is the second in a row.
const FAILURES_BEFORE_LOST: u32 = 2;

/// A source that is lost again the same way so soon after it was back was never well: that is not noted again.
const BACK_FOR_GOOD: SignedDuration = SignedDuration::from_mins(10);

/// The machine's clock and AWS's differ: `Date` headers are to the second and some seconds old.
const CLOCK_OFF_SECONDS: i64 = 30;

/// And agree again.
const CLOCK_WELL_SECONDS: i64 = 15;

#[derive(Debug, Clone, PartialEq)]
struct Lost {
    since: Timestamp,
    kind: FaultKind,
    silent: bool,
}

/// What the log knows of sources and quotas from before.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    lost: BTreeMap<Source, Lost>,
    /// When a source was last back, and from what.
    back: BTreeMap<Source, (Timestamp, FaultKind)>,
    /// Since when nobody is signed in.
    signed_out: Option<Timestamp>,
    /// When a source last said so.
    said_so: Option<Timestamp>,
    /// Failures in a row of each source that says so.
    refusals: BTreeMap<Source, u32>,
    open_requests: Option<BTreeSet<QuotaCode>>,
    all_zero: Option<bool>,
    clock_off: bool,
}

impl Sources {
    /// Compares a reading with what was so before.
    pub(super) fn note(&mut self, seen: &Seen<'_>, notes: &mut Vec<Note>) {
        self.credentials(seen, notes);
        for (source, feed) in seen.feeds {
            self.source(*source, feed, seen.now, notes);
        }
        self.requests(seen, notes);
        self.zeros(seen, notes);
    }

    /// Takes how far AWS's clock was ahead of this machine's.
    pub(super) fn clock(&mut self, ahead_s: i64, now: Timestamp, notes: &mut Vec<Note>) {
        if !self.clock_off && ahead_s.abs() >= CLOCK_OFF_SECONDS {
            self.clock_off = true;
            let (way, effect) = if ahead_s > 0 {
                ("behind", "Ages of data are shown shorter than they are.")
            } else {
                ("ahead of", "Minutes are settled by AWS's clock.")
            };
            let text = format!("this machine's clock is {} s {way} AWS's", ahead_s.unsigned_abs());
            let note = Note::new(now, Level::Warn, text).detail(effect);
            notes.push(note.detail("Next: set the clock; AWS refuses requests that are 5 minutes off."));
        } else if self.clock_off && ahead_s.abs() <= CLOCK_WELL_SECONDS {
            self.clock_off = false;
            notes.push(Note::new(now, Level::Good, "this machine's clock agrees with AWS's again"));
        }
    }

    fn credentials(&mut self, seen: &Seen<'_>, notes: &mut Vec<Note>) {
        let mut newest: Option<&Fault> = None;
        for (source, feed) in seen.feeds {
            let fault = feed.fault.as_ref().filter(|fault| fault.kind.is_about_credentials());
            match fault {
                Some(fault) if self.refusals.get(source) != Some(&feed.failures) => {
                    self.refusals.insert(*source, feed.failures);
                    newest = Some(fault);
                }
                None => drop(self.refusals.remove(source)),
                Some(_) => {}
            }
        }
        if let Some(fault) = newest {
            self.said_so = Some(seen.now);
            if self.signed_out.is_none() {
                self.signed_out = Some(seen.now);
                let head = if fault.kind == FaultKind::Expired { "credentials expired" } else { "no credentials" };
                let note = Note::new(seen.now, Level::Bad, format!("{head}: {}", fault.next_step));
                notes.push(note.detail(&fault.message).detail(format!("Next: {}", fault.next_step)));
            }
            return;
        }
        let Some(since) = self.signed_out else { return };
        let identity = seen.feeds.get(&Source::Identity);
        let accepted = identity.is_some_and(|feed| feed.fault.is_none() && feed.last_good > self.said_so);
        if accepted || self.refusals.is_empty() && seen.feeds.values().any(|feed| feed.last_good > self.said_so) {
            self.signed_out = None;
            let text = format!("credentials are valid again after {}", lasted(since, seen.now));
            notes.push(Note::new(seen.now, Level::Good, text));
        }
    }

    fn source(&mut self, source: Source, feed: &Feed, now: Timestamp, notes: &mut Vec<Note>) {
        match (self.lost.get(&source).cloned(), &feed.fault) {
            // What sign-in is the cause of is one event, not one of each source.
            (_, Some(fault)) if fault.kind.is_about_credentials() => {}
            (None, Some(fault)) if !fault.kind.passes() || feed.failures >= FAILURES_BEFORE_LOST => {
                let again = self
                    .back
                    .get(&source)
                    .is_some_and(|(back, kind)| *kind == fault.kind && now.duration_since(*back) < BACK_FOR_GOOD);
                if !again {
                    notes.push(lost(fault, feed, now));
                }
                self.lost.insert(source, Lost { since: now, kind: fault.kind, silent: again });
            }
            (Some(before), Some(fault)) if before.kind != fault.kind => {
                notes.push(lost(fault, feed, now));
                self.lost.insert(source, Lost { kind: fault.kind, silent: false, ..before });
            }
            (Some(before), None) => {
                if !before.silent {
                    let text = format!("{source} is back after {}", lasted(before.since, now));
                    notes.push(Note::new(now, Level::Good, text).about(&source));
                }
                self.back.insert(source, (now, before.kind));
                self.lost.remove(&source);
            }
            _ => {}
        }
    }

    fn requests(&mut self, seen: &Seen<'_>, notes: &mut Vec<Note>) {
        let read = seen
            .feeds
            .get(&Source::ServiceQuotas)
            .is_some_and(|feed| !feed.asking && !feed.from_cache && feed.last_good.is_some() && feed.fault.is_none());
        if !read {
            return;
        }
        let open = seen.account.requests.iter().filter(|request| request.is_open());
        let now: BTreeSet<QuotaCode> = open.map(|request| request.code.clone()).collect();
        let before = self.open_requests.replace(now.clone()).unwrap_or_default();
        let quotas = seen.account.quotas.as_ref();
        let named = |code: &QuotaCode| {
            let quota = quotas.and_then(|table| table.quotas.iter().find(|quota| quota.code == *code));
            quota.map_or_else(|| code.to_string(), |quota| format!("{code} {}", quota.name))
        };
        notes.extend(now.difference(&before).map(|code| {
            Note::new(seen.now, Level::Info, format!("a request for more is open: {}", named(code))).about(code)
        }));
        notes.extend(before.difference(&now).map(|code| {
            let text = format!("the request for more is no longer open: {}", named(code));
            let note = Note::new(seen.now, Level::Info, text).about(code);
            note.detail("Service Quotas has decided or closed it; a change of the value is noted by itself.")
        }));
    }

    fn zeros(&mut self, seen: &Seen<'_>, notes: &mut Vec<Note>) {
        let Some(zero) = seen.snapshot.zero_quotas.filter(|zero| zero.known > 0) else { return };
        let before = self.all_zero.replace(zero.is_account_wide());
        let counts = |zero: ZeroQuotas| format!("{} of {} inference quotas are 0", zero.zero, zero.known);
        match (before, zero.is_account_wide()) {
            (None | Some(false), true) => {
                let note = Note::new(seen.now, Level::Bad, format!("quotas are 0: {}", counts(zero)));
                notes.push(note.detail("Usually a new or unverified account. Next: ask AWS Support."));
            }
            (Some(true), false) => {
                notes.push(Note::new(seen.now, Level::Good, format!("quotas are no longer 0: {}", counts(zero))));
            }
            _ => {}
        }
    }
}

fn lost(fault: &Fault, feed: &Feed, now: Timestamp) -> Note {
    let level = if fault.kind.passes() { Level::Warn } else { Level::Bad };
    let good = feed
        .last_good
        .map_or_else(|| "no good answer yet".to_owned(), |good| format!("last good answer {} ago", lasted(good, now)));
    let note = Note::new(now, level, format!("{}: {good}", fault.headline())).about(&fault.source);
    note.detail(&fault.message).detail(format!("Next: {}", fault.next_step))
}

/// How long something lasted, to the minute; seconds below one.
fn lasted(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).as_secs().max(0);
    if seconds < 60 { format!("{seconds} s") } else { words::minutes(seconds / 60) }
}
