//! A line of the log.

use jiff::Timestamp;

use crate::domain::call::CallRecord;

/// How much an entry matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Trouble.
    Bad,
    /// Close to trouble.
    Warn,
    /// Trouble is over.
    Good,
    /// Worth knowing.
    Info,
}

/// A line of the log. Its texts may hold names and messages of AWS: untrusted, cleaned where they are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number: counts up, and never means another entry.
    pub number: u64,
    /// When it was noted.
    pub noted: Timestamp,
    /// What time it is about: the minute in which something began, or when a call was sent.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// One line.
    pub text: String,
    /// The id of what it is about: a pool, an endpoint, a quota, a source.
    pub subject: Option<String>,
    /// Numbers, and the next step: a line each.
    pub details: Vec<String>,
    /// The call that it is; None of an event.
    pub call: Option<CallRecord>,
}

impl Entry {
    /// Whether every word is in its line or its subject; letters of either case.
    #[must_use]
    pub fn has_words(&self, words: &str) -> bool {
        let mut words = words.split_whitespace().peekable();
        if words.peek().is_none() {
            return true;
        }
        let text = format!("{} {}", self.text, self.subject.as_deref().unwrap_or_default()).to_lowercase();
        words.all(|word| text.contains(&word.to_lowercase()))
    }
}

/// What is to be noted: an entry without number and time of noting.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Note {
    pub(super) at: Timestamp,
    pub(super) level: Level,
    pub(super) text: String,
    pub(super) subject: Option<String>,
    pub(super) details: Vec<String>,
}

impl Note {
    pub(super) fn new(at: Timestamp, level: Level, text: impl Into<String>) -> Self {
        Self { at, level, text: text.into(), subject: None, details: Vec::new() }
    }

    pub(super) fn about(mut self, subject: &impl ToString) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    pub(super) fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    pub(super) fn details(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(lines);
        self
    }
}
