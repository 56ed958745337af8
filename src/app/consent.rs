//! What is asked of the user before it is done: who is asked what, and what it costs at most. Nothing is done without a yes.

use super::{doctor, event::Effect, keys::Action, prompt, state::State, view::Overlay};
use crate::domain::{ids::Region, prompt::plan::Plan};

/// What waits for a yes.
#[derive(Debug, Clone, PartialEq)]
pub enum Consent {
    /// To ask other Regions for their quotas, to tell an account's trouble from a Region's.
    CompareRegions(Vec<Region>),
    /// To send a call that may sign an agreement on AWS Marketplace.
    FirstCall {
        /// The call.
        plan: Box<Plan>,
        /// What is said of it: the most that it can cost, and the pool that it draws on.
        says: Vec<String>,
    },
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
            Consent::FirstCall { plan, .. } => prompt::send_now(state, *plan, effects),
            Consent::CompareRegions(regions) => doctor::view::compare(state, regions, effects),
        }
    }
}
