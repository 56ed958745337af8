//! The charts of the row that the cursor is on: keys that change how they are looked at, and making them anew.

use super::{keys::Action, state::State};

/// Takes a key of the charts.
pub(super) fn act(_state: &mut State, _action: Action) {}

/// Makes the charts of the cursor's row anew.
pub(super) fn remake(_state: &mut State) {}
