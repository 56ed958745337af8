//! What if: what a call holds of the quota, how many fit at once, what a lower `max_tokens` would free and cut.
//!
//! ```text
//! What if: calls at once in 2.0M TPM (e types other numbers)
//!   input         9,000  mean of 3 h
//!   max_tokens   64,000  unset: the model's longest, by its card (table of 2026-11-22)
//!   A call holds 73.6k while it runs; 15.1k stay used when it ends.
//!   27 at once; beside the 1.7M used now at most 3.
//! ```
//!
//! What no metric carries is said as a hypothesis; limits are calls at once, and calls a minute only with how long a call runs.

use std::fmt::Write;

use crate::{
    app::{
        answers::Standing,
        keys::{Action, first_key},
        what_if::{Field, Origin, Shown},
    },
    domain::{
        max_output::MaxOutput,
        reservation::{Binds, Cuts, Fit, Lack, PerMinute},
        snapshot::Bound,
    },
    ui::{
        numbers::{UNKNOWN, bounded, grouped, percent, precise, short},
        text::{clean, width},
        theme::Tone,
        verdict::{limit, window_of},
    },
};

use super::{Page, section::Section};

/// Cells of a label, and of a number.
const LABEL: usize = 12;
const NUMBER: usize = 9;

impl Page<'_> {
    /// None where no tokens-per-minute quota is certain to be the row's.
    pub(super) fn what_if(&self) -> Option<Section> {
        let shown = self.state.what_if()?;
        let editing = self.editing().is_some();
        let how = if editing {
            "8000, 8k or 1.5M".to_owned()
        } else {
            format!("{} types other numbers", first_key(Action::Edit))
        };
        let mut section = Section::new(format!("What if: calls at once in {} ({how})", limit(shown.quota)));
        section.is_typed_in = editing;
        for field in Field::ALL {
            self.field(&shown, field, &mut section);
        }
        match &shown.fit {
            Ok(fit) => self.fits(&shown, fit, &mut section),
            Err(lack) => {
                let (text, tone) = lacks(*lack);
                section.text(&text, tone, self.room);
            }
        }
        self.max_tokens(&shown, &mut section);
        Some(section)
    }

    fn editing(&self) -> Option<&crate::app::what_if::Editing> {
        self.state.view.detail.as_ref()?.what_if.editing.as_ref()
    }

    /// A label, a number and where it comes from; or what is typed, with a mark where the next character comes.
    fn field(&self, shown: &Shown, field: Field, section: &mut Section) {
        let label = format!("  {:<LABEL$}", field.name());
        let editing = self.editing().filter(|editing| editing.field == field);
        if let Some(editing) = editing {
            let typed = format!("{}{}", clean(&editing.text), if self.theme.ascii { "_" } else { "█" });
            let typed = format!("{typed:>width$}", width = NUMBER + 1);
            section.line(vec![(label, Tone::Strong), (typed, Tone::Key)]);
            return;
        }
        let origin = shown.origins.get(&field).copied().unwrap_or(Origin::Unknown);
        let number = field.of(&shown.call).filter(|_| origin != Origin::Unknown);
        let number = number.map_or_else(|| UNKNOWN.to_owned(), grouped);
        let room = self.room.saturating_sub(NUMBER + LABEL + 4);
        let from = self.from(shown, field, origin, room);
        let tone = match origin {
            Origin::Typed => Tone::Strong,
            Origin::Unknown => Tone::Dim,
            _ => Tone::Plain,
        };
        section.line(vec![
            (label, Tone::Dim),
            (format!("{number:>NUMBER$}"), tone),
            (format!("  {}", self.theme.fit(&from, room)), Tone::Dim),
        ]);
    }

    /// Where a number comes from, in as many words as there is room for.
    fn from(&self, shown: &Shown, field: Field, origin: Origin, room: usize) -> String {
        let from = match (origin, field) {
            (Origin::Typed, _) => "typed".to_owned(),
            (Origin::Measured, _) => format!("mean of {}", window_of(self.subject.snapshot)),
            (Origin::Model, _) => {
                let dated =
                    format!("unset: the model's longest, by its card (table of {})", MaxOutput::built_in().as_of);
                if width(&dated) <= room { dated } else { "unset: the model's longest".to_owned() }
            }
            (Origin::Unknown, Field::MaxTokens) => "unset; the longest is not known".to_owned(),
            (Origin::Unknown, _) => "not known".to_owned(),
        };
        match shown.call.burndown.filter(|_| field == Field::Output) {
            Some(times) if times > 1.0 => format!("{from}, ×{times} at the end"),
            None if field == Field::Output => format!("{from}, burndown not known"),
            _ => from,
        }
    }

    fn fits(&self, shown: &Shown, fit: &Fit, section: &mut Section) {
        let used = fit.used.map_or_else(
            || "what stays used when it ends is not known".to_owned(),
            |used| format!("{} stay used when it ends", precise(used)),
        );
        section.text(&format!("A call holds {} while it runs; {used}.", precise(fit.held)), Tone::Plain, self.room);
        if fit.at_once == 0 {
            let applied = shown.quota.applied.map_or_else(|| UNKNOWN.to_owned(), short);
            let text = format!("!! Not one fits: a call holds {}, and the limit is {applied}.", precise(fit.held));
            section.text(&text, Tone::Bad, self.room);
        } else {
            section.text(&at_once(shown, fit), Tone::Strong, self.room);
            let text = match (fit.per_minute, shown.call.seconds) {
                (Some(per_minute), Some(seconds)) => per_minute_text(per_minute, seconds),
                _ => "Calls a minute follow only from how long a call runs and what it uses.".to_owned(),
            };
            section.text(&text, Tone::Plain, self.room);
        }
        if let (Some(calls), Some(hold), Some(applied)) = (shown.in_flight, shown.in_flight_hold(), shown.quota.applied)
        {
            let share = percent(100.0 * hold / applied);
            let text = format!(
                "If the {} calls in flight are like it, they hold {}: {share} of the limit. Not proven: max_tokens is in no metric.",
                short(calls),
                short(hold)
            );
            section.text(&text, if hold >= applied { Tone::Warn } else { Tone::Plain }, self.room);
        }
        let reads = self.subject.members.iter().any(|row| row.cache_read_tokens.is_some_and(|tokens| tokens > 0.0));
        if reads {
            let text = "Cache reads are left out; one source of AWS's says that they are held, too, until the end.";
            section.text(text, Tone::Dim, self.room);
        }
    }

    /// How long answers were, and what that says of `max_tokens`.
    fn max_tokens(&self, shown: &Shown, section: &mut Section) {
        section.text(&self.answers(shown), Tone::Plain, self.room);
        if shown.is_cut() {
            section.text(
                "! The mean answer is longer than max_tokens: answers are cut, and counted as long as that.",
                Tone::Warn,
                self.room,
            );
        }
        if let (Some(cuts), Some(max_tokens)) = (shown.cuts, shown.call.max_tokens) {
            let (text, tone) = cut(cuts);
            section.text(&format!("max_tokens {} {text}.", grouped(max_tokens)), tone, self.room);
        }
        let Some(lower) = &shown.lower else { return };
        let (cut, _) = cut(lower.cuts);
        let mut text = format!(
            "max_tokens {} frees {} a call: {} at once; it {cut}.",
            grouped(lower.max_tokens),
            short(lower.frees),
            grouped_count(lower.fit.at_once)
        );
        if let (Some(calls), Some(hold)) = (shown.in_flight, shown.in_flight_would_hold()) {
            let _ = write!(text, " The {} in flight would hold {}.", short(calls), short(hold));
        }
        section.text(&text, Tone::Good, self.room);
    }

    /// `Longest answer in 14 d 7,700 tokens, p99 of a day 3,900 to 4,100.`
    fn answers(&self, shown: &Shown) -> String {
        let answers = &shown.answers;
        let known = answers.longest.is_some() || answers.p99.is_some();
        match &shown.standing {
            Standing::Asking if !known => "Longest answer in 14 d: asking…".to_owned(),
            Standing::Failed(fault) if !known => {
                format!("Longest answer in 14 d: not known, {}", clean(&self.state.redacted(&fault.headline())))
            }
            Standing::Here if !known => "No answer in 14 d has been measured.".to_owned(),
            _ => {
                let mark = if answers.longest_bound == Bound::AtLeast { "≥" } else { "" };
                let longest = answers.longest.map_or_else(|| UNKNOWN.to_owned(), grouped);
                let p99 = match answers.p99.map(|(lowest, highest)| (grouped(lowest), grouped(highest))) {
                    None => format!("p99 {UNKNOWN}"),
                    Some((lowest, highest)) if lowest == highest => format!("p99 {highest}"),
                    Some((lowest, highest)) => format!("p99 of a day {lowest} to {highest}"),
                };
                format!("Longest answer in 14 d {mark}{longest} tokens, {p99}.")
            }
        }
    }
}

fn lacks(lack: Lack) -> (String, Tone) {
    let key = first_key(Action::Edit);
    match lack {
        Lack::Quota => ("The value in force is not known.".to_owned(), Tone::Warn),
        Lack::ZeroQuota => ("!! The limit is zero: no call fits.".to_owned(), Tone::Bad),
        Lack::Input => (format!("What a call reads is not known; {key} types it."), Tone::Warn),
        Lack::MaxTokens => (format!("What a call reserves for its answer is not known; {key} types it."), Tone::Warn),
        Lack::HoldsNothing => ("Such a call holds nothing of the limit.".to_owned(), Tone::Plain),
    }
}

/// `27 at once; beside the 1.7M used now at most 3.` What running calls hold is in no metric, so fewer may fit; where less may be used than is known, nothing follows.
fn at_once(shown: &Shown, fit: &Fit) -> String {
    let all = grouped_count(fit.at_once);
    match (shown.used, fit.beside) {
        (Some((used, bound)), Some(beside)) if used > 0.0 && bound != Bound::AtMost => {
            let used = bounded(Some(used), bound, usize::MAX);
            format!("{all} at once; beside the {used} used now at most {}.", grouped_count(beside))
        }
        _ => format!("{all} at once."),
    }
}

/// `55 to 93 a minute at 17.3 s each: what they hold is the limit. …`.
fn per_minute_text(per_minute: PerMinute, seconds: f64) -> String {
    let PerMinute { sure, at_most, binds } = per_minute;
    let binds = match binds {
        Binds::Reservation => "what they hold",
        Binds::Use => "what they use",
    };
    let seconds = if seconds < 10.0 { format!("{seconds:.1}") } else { format!("{seconds:.0}") };
    let how_many = match (sure, at_most) {
        (0, 0) => "Fewer than one".to_owned(),
        (0, at_most) => format!("At most {}", grouped_count(at_most)),
        (sure, at_most) if sure == at_most => grouped_count(sure),
        (sure, at_most) => format!("{} to {}", grouped_count(sure), grouped_count(at_most)),
    };
    format!("{how_many} a minute at {seconds} s each, by {binds}; how a minute's quota comes back is not published.")
}

/// What a `max_tokens` does to answers, to follow its number.
fn cut(cuts: Cuts) -> (&'static str, Tone) {
    match cuts {
        Cuts::Nothing => ("would have cut no answer of 14 d", Tone::Good),
        Cuts::OnePercentAtMost => ("would have cut at most 1% of the answers of 14 d", Tone::Plain),
        Cuts::OnePercentOrMore => ("would have cut 1% or more of the answers of 14 d", Tone::Warn),
        Cuts::Some => ("would have cut some answers of 14 d, how many is not known", Tone::Warn),
        Cuts::Unknown => ("may cut answers: how long they were is not known", Tone::Dim),
    }
}

#[expect(clippy::cast_precision_loss, reason = "calls; what is shown has 15 digits at most")]
fn grouped_count(count: u64) -> String {
    grouped(count as f64)
}
