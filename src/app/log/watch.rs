//! What is noted of quotas whose value became another.

use jiff::Timestamp;

use super::{
    entry::{Level, Note},
    words,
};
use crate::domain::{ids::QuotaCode, quota::QuotaTable, watch::Change};

/// So many quotas that change at once are noted one by one; more in one entry.
const QUOTAS_EACH: usize = 8;

/// Lines of quotas in an entry of many.
const QUOTAS_LISTED: usize = 60;

/// Notes of the changes that were seen together.
pub(super) fn notes(changes: &[(&QuotaCode, &Change)], table: &QuotaTable, now: Timestamp) -> Vec<Note> {
    let name = |code: &QuotaCode| table.quotas.iter().find(|q| q.code == *code).map_or("", |q| q.name.as_str());
    let line = |(code, change): &(&QuotaCode, &Change)| {
        format!("{code} {} → {}: {}", words::count(change.from), words::count(change.to), name(code))
    };
    if changes.len() <= QUOTAS_EACH {
        let note = |(code, change): &(&QuotaCode, &Change)| {
            let note = Note::new(now, worth(change), format!("quota {}", line(&(code, change)))).about(code);
            match change.still_at {
                Some(still_at) => note.detail(format!("It was still {} at {still_at}.", words::count(change.from))),
                None => note,
            }
        };
        return changes.iter().map(note).collect();
    }
    let level = changes.iter().map(|(_, change)| worth(change)).min().unwrap_or(Level::Info);
    let note = Note::new(now, level, format!("{} quotas changed", changes.len()));
    vec![note.details(changes.iter().take(QUOTAS_LISTED).map(line))]
}

/// How a change of a quota is to be taken.
fn worth(change: &Change) -> Level {
    if change.to == 0.0 {
        Level::Bad
    } else if change.to < change.from {
        Level::Warn
    } else {
        Level::Good
    }
}
