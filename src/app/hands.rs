//! What keys do beyond the program: copy, link, redact, pause.

use super::{event::Effect, keys::Action, state::State};

/// Takes such a key.
pub(super) fn act(_state: &mut State, _action: Action, _effects: &mut Vec<Effect>) {}
