//! What is shown of what is known: the newest, or what was the newest when the view was frozen; whole, or masked.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{
    log::Totals,
    state::{Feed, State},
};
use crate::domain::{doctor::finding::Report, fault::Source, redaction::Redaction, snapshot::Snapshot};

/// Ages and times left are shown by this step, so that a screen on which nothing happens is drawn six times a minute and not sixty.
const STEP_SECONDS: i64 = 10;

/// What was shown when the view was frozen.
#[derive(Debug, Clone)]
pub struct Frozen {
    snapshot: Arc<Snapshot>,
    feeds: BTreeMap<Source, Feed>,
    own_calls: Totals,
    report: Arc<Report>,
}

impl State {
    /// How each source stands, as it is shown.
    #[must_use]
    pub fn standing(&self) -> &BTreeMap<Source, Feed> {
        self.shown_feeds.as_ref().unwrap_or(&self.feeds)
    }

    /// The time that ages and times left are shown for: by whole steps, and that of the freezing while frozen.
    #[must_use]
    pub fn shown_now(&self) -> Timestamp {
        let now = self.view.paused.unwrap_or(self.now);
        now - SignedDuration::from_secs(now.as_second().rem_euclid(STEP_SECONDS))
    }

    /// What tiertop's own calls add up to, as it is shown.
    #[must_use]
    pub fn own_calls(&self) -> Totals {
        self.frozen.as_ref().map_or_else(|| self.log.totals(), |frozen| frozen.own_calls)
    }

    /// A text as it may be shown: without account, ARNs and the rest where those are hidden.
    #[must_use]
    pub fn redacted<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.view.redact { self.redaction().text(text) } else { Cow::Borrowed(text) }
    }

    /// What is hidden where anything is.
    #[must_use]
    pub fn redaction(&self) -> Redaction {
        let endpoints = self.newest.endpoints.iter().map(|row| &row.endpoint);
        Redaction::new(self.session.profile.as_deref(), endpoints)
    }

    /// Freezes the view, or lets it go on.
    pub(super) fn freeze(&mut self, frozen: bool, now: Timestamp) {
        self.view.paused = frozen.then_some(now);
        self.frozen = frozen.then(|| Frozen {
            snapshot: Arc::clone(&self.newest),
            feeds: self.feeds.clone(),
            own_calls: self.log.totals(),
            report: Arc::clone(&self.doctor.report),
        });
        self.show();
    }

    /// Makes what is shown of what is known.
    pub(super) fn show(&mut self) {
        let shown = self.frozen.as_ref().map_or(&self.newest, |frozen| &frozen.snapshot);
        self.snapshot = if self.view.redact { self.redaction().shared(shown) } else { Arc::clone(shown) };
        self.shown_feeds = self.frozen.as_ref().map(|frozen| frozen.feeds.clone());
        self.mask_feeds();
        self.show_report();
    }

    /// Makes what is shown of what the doctor says.
    pub(super) fn show_report(&mut self) {
        let report = self.frozen.as_ref().map_or(&self.doctor.report, |frozen| &frozen.report);
        self.doctor.shown =
            if self.view.redact { Arc::new(self.redaction().report(report)) } else { Arc::clone(report) };
    }

    /// Masks how the sources stand: after each event, because faults come with any.
    pub(super) fn mask_feeds(&mut self) {
        if !self.view.redact {
            if self.frozen.is_none() {
                self.shown_feeds = None;
            }
            return;
        }
        let redaction = self.redaction();
        let feeds = self.frozen.as_ref().map_or(&self.feeds, |frozen| &frozen.feeds);
        let masked = feeds.iter().map(|(source, feed)| {
            let fault = feed.fault.as_ref().map(|fault| redaction.fault(fault));
            (*source, Feed { fault, ..feed.clone() })
        });
        self.shown_feeds = Some(masked.collect());
    }
}
