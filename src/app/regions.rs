//! The choice of a Region, and where there is traffic.

/// The choice as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegionsView {
    /// The line that the cursor is on.
    pub cursor: usize,
}

/// Opens the choice.
pub(super) fn open(_state: &mut super::state::State) {}

/// Takes a key of it.
pub(super) fn act(
    _state: &mut super::state::State,
    _action: super::keys::Action,
    _effects: &mut Vec<super::event::Effect>,
) {
}
