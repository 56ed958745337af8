//! The log: what happened, derived from the state, and tiertop's own calls.

use super::filter::Filter;

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

/// Takes a key of the log.
pub(super) fn act(_state: &mut super::state::State, _action: super::keys::Action) {}
