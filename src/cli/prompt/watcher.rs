//! The answer as it comes: text on stdout, reasoning and a clock on stderr.

use std::io::{self, Write};

use crate::{
    domain::{
        prompt::{
            answer::{Added, Answer},
            plan::Plan,
        },
        tier::Tier,
    },
    runtime,
    ui::{running_text::RunningText, text::clean},
};

/// Waits shorter than this need no clock, in milliseconds.
const CLOCK_FROM_MS: u64 = 2_000;

/// Prints what comes.
#[expect(clippy::struct_excessive_bools, reason = "what is wanted, and what stands on two streams")]
pub(super) struct Watcher {
    /// Whether text goes to stdout; else only the end is printed.
    prints: bool,
    reasons: bool,
    /// Whether a clock would be seen.
    has_clock: bool,
    waits_for: String,
    text: RunningText,
    reasoning: RunningText,
    /// Whether a clock stands in stderr's line.
    clock_stands: bool,
    /// Whether the last character on stdout, and on stderr, leaves a line open.
    open_line: bool,
    open_reasoning: bool,
}

impl Watcher {
    pub(super) fn new(plan: &Plan, prints: bool, reasons: bool) -> Self {
        let tier = plan.tier.as_ref().map_or("no tier asked", Tier::wire_name);
        Self {
            prints,
            reasons,
            has_clock: super::stderr_is_seen(),
            waits_for: clean(&format!("{} ({tier})", plan.endpoint)),
            text: RunningText::default(),
            reasoning: RunningText::default(),
            clock_stands: false,
            open_line: false,
            open_reasoning: false,
        }
    }

    /// The last line is ended, the clock is gone.
    pub(super) fn end(&mut self, answer: &Answer) {
        self.clear_clock();
        if self.open_line && !answer.text.text().is_empty() {
            let _ = writeln!(io::stdout().lock());
        }
        self.end_reasoning();
    }

    fn clear_clock(&mut self) {
        if std::mem::take(&mut self.clock_stands) {
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
        }
    }

    fn end_reasoning(&mut self) {
        if std::mem::take(&mut self.open_reasoning) {
            let _ = writeln!(io::stderr().lock());
        }
    }

    fn print_text(&mut self, piece: &str) -> io::Result<()> {
        let safe = self.text.clean(piece);
        if safe.is_empty() {
            return Ok(());
        }
        self.clear_clock();
        self.end_reasoning();
        self.open_line = !safe.ends_with('\n');
        let mut stdout = io::stdout().lock();
        stdout.write_all(safe.as_bytes())?;
        stdout.flush()
    }

    fn print_reasoning(&mut self, piece: &str) {
        let safe = self.reasoning.clean(piece);
        if !safe.is_empty() {
            self.clear_clock();
            self.open_reasoning = !safe.ends_with('\n');
            let _ = io::stderr().lock().write_all(safe.as_bytes());
        }
    }
}

impl runtime::Watcher for Watcher {
    fn note(&mut self, note: &str) {
        let _ = writeln!(io::stderr().lock(), "tiertop: {}", clean(note));
    }

    fn more(&mut self, added: Added<'_>) -> io::Result<()> {
        if self.reasons && !added.reasoning.is_empty() {
            self.print_reasoning(added.reasoning);
        }
        if self.prints && !added.text.is_empty() { self.print_text(added.text) } else { Ok(()) }
    }

    fn tick(&mut self, answer: &Answer, ms: u64) {
        // Once text is on the terminal, a clock would write over it.
        let shows_text = self.prints && !answer.text.text().is_empty() || self.open_reasoning;
        if !self.has_clock || shows_text || ms < CLOCK_FROM_MS {
            return;
        }
        let doing = if answer.reasoning.text().is_empty() { "waiting for" } else { "reasoning:" };
        self.clock_stands = true;
        let _ = write!(io::stderr().lock(), "\r\u{1b}[K{doing} {} … {} s (Ctrl-C gives up)", self.waits_for, ms / 1000);
    }
}
