//! What is asked of the user before it is done: who is asked what, and what it costs at most. Nothing is done without a yes.

use super::{doctor, event::Effect, keys::Action, state::State, view::Overlay};
use crate::domain::ids::Region;

/// What waits for a yes.
#[derive(Debug, Clone, PartialEq)]
pub enum Consent {
    /// To ask other Regions for their quotas, to tell an account's trouble from a Region's.
    CompareRegions(Vec<Region>),
}

/// Asks.
pub(super) fn ask(state: &mut State, consent: Consent) {
    state.view.overlay = Some(Overlay::Consent(consent));
}

/// Takes the answer: what is closed without a yes is not done.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    if !matches!(action, Action::Yes | Action::Back) {
        return;
    }
    let Some(Overlay::Consent(consent)) = state.view.overlay.take() else { return };
    if action == Action::Yes {
        match consent {
            Consent::CompareRegions(regions) => doctor::view::compare(state, regions, effects),
        }
    }
}
