//! What the mouse does: the views say what it is on, this says what follows.

use super::{
    event::{Effect, Pointed},
    state::State,
};

/// Takes a click or a turn of the wheel.
pub(super) fn point(_state: &mut State, _pointed: Pointed, _effects: &mut Vec<Effect>) {}
