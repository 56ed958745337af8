//! The Prompt screen as a part of the state: the call that is being written, the one that is under way, and those that were sent. Prompts and answers stay in memory unless the
//! user saves one.
//!
//! A call that the user typed and sent is consent for itself; a first call that may sign an agreement on AWS Marketplace asks before. Pasting never sends.

mod fields;
mod send;

use std::collections::VecDeque;

use jiff::Timestamp;

use super::{
    event::{CopyWhat, Effect},
    hands,
    keys::Action,
    press::{scrolled, show},
    state::State,
    view::Screen,
};
use crate::domain::{
    ids::EndpointId,
    prompt::{
        answer::{Answer, Progress},
        bill::Place,
        event::Event,
        plan::{Api, Plan},
    },
    tier::Tier,
};

pub(super) use fields::paste;
pub use fields::{Draft, Field};
pub use send::pool_of;
pub(super) use send::send_now;

/// Calls that are remembered; answers are bounded each.
const REMEMBERED: usize = 20;

/// Tiers that a key goes round, after asking for none. Any other can be typed.
pub const TIERS: [&str; 5] = ["default", "priority", "flex", "reserved", "ultrafast"];

/// A call that was sent, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// Counts the calls of this run, from 1.
    pub number: u64,
    /// What was asked.
    pub plan: Plan,
    /// What it is billed by; None where the price list has no such endpoint.
    pub place: Option<Place>,
    /// The answer so far.
    pub answer: Answer,
    /// When it was sent.
    pub sent_at: Timestamp,
}

impl Exchange {
    /// Whether it is under way.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.answer.progress == Progress::Running
    }
}

/// The Prompt screen.
#[derive(Debug, Clone, Default)]
pub struct Prompting {
    /// What is being written.
    pub draft: Draft,
    /// The field whose letters keys are now; None while keys are keys.
    pub focus: Option<Field>,
    /// Whether nothing may be sent.
    pub read_only: bool,
    /// Calls that were sent, oldest first.
    pub sent: VecDeque<Exchange>,
    /// Which of them is shown; None: the newest.
    pub shown: Option<u64>,
    /// First line of the answer that is shown; None follows its end while it comes.
    pub scroll: Option<u16>,
    next: u64,
}

impl Prompting {
    /// The call that is shown.
    #[must_use]
    pub fn exchange(&self) -> Option<&Exchange> {
        let shown = self.shown.and_then(|number| self.sent.iter().find(|exchange| exchange.number == number));
        shown.or_else(|| self.sent.back())
    }

    /// The call that is under way.
    #[must_use]
    pub fn running(&self) -> Option<&Exchange> {
        self.sent.iter().find(|exchange| exchange.is_running())
    }

    /// What was sent in another account or Region is not forgotten, but nothing of it goes on.
    pub(super) fn leave_account(&mut self) {
        let endpoint = Field::Model;
        self.draft.set(endpoint, "");
        self.focus = None;
    }
}

/// Goes to the screen, with the endpoint of the row chosen on Live where none is written yet.
pub(super) fn enter(state: &mut State) {
    let came = state.view.screen != Screen::Prompt;
    if let Some(id) = chosen_endpoint(state).filter(|_| came) {
        state.prompting.draft.set(Field::Model, id.as_str());
    }
    show(state, Screen::Prompt);
    if came && state.prompting.sent.is_empty() && !state.prompting.read_only {
        state.prompting.focus = Some(Field::Prompt);
    }
}

/// The endpoint of the row that is chosen on Live, the busiest of a pool; mantle has no route for test calls.
fn chosen_endpoint(state: &State) -> Option<EndpointId> {
    let row = state.subject_row()?;
    let at = row.endpoint.or_else(|| state.snapshot.pools.get(row.pool?)?.members.first().copied())?;
    let endpoint = &state.snapshot.endpoints.get(at)?.endpoint;
    // Callers name an application profile by its ARN: its short id is CloudWatch's.
    let id = match (&endpoint.arn, endpoint.kind) {
        (Some(arn), crate::domain::catalog::EndpointKind::ApplicationProfile) => EndpointId::from(arn.as_str()),
        _ => endpoint.id.clone(),
    };
    (endpoint.namespace == crate::domain::metric::Namespace::Bedrock).then_some(id)
}

/// Takes a key while a field is typed in.
pub(super) fn typed(state: &mut State, key: &str, effects: &mut Vec<Effect>) {
    let Some(focus) = state.prompting.focus else { return };
    match key {
        "Ctrl-S" | "Alt-⏎" => send::ask_to_send(state, effects),
        "Esc" => {
            if !stop(state, effects) {
                state.prompting.focus = None;
            }
        }
        "Tab" => state.prompting.focus = Some(focus.next()),
        "Shift-Tab" => state.prompting.focus = Some(focus.previous()),
        // In a field of one line there is no other line to go to.
        "⏎" if focus != Field::Prompt && focus != Field::System => state.prompting.focus = Some(Field::Prompt),
        key => state.prompting.draft.press(focus, key),
    }
}

/// Takes a key of the screen.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    let prompting = &mut state.prompting;
    match action {
        Action::Open => prompting.focus = Some(Field::Prompt),
        Action::NextField => prompting.focus = Some(Field::Tier),
        Action::Send => send::ask_to_send(state, effects),
        Action::NextTier => prompting.draft.next_tier(),
        Action::NextApi => {
            prompting.draft.api = match prompting.draft.api {
                Api::Converse => Api::OpenAi,
                Api::OpenAi => Api::Converse,
            };
        }
        Action::Streaming => prompting.draft.streaming = !prompting.draft.streaming,
        Action::Earlier | Action::Later => turn(state, action),
        Action::Save => save(state, effects),
        Action::Back => {
            if !stop(state, effects) {
                show(state, Screen::Live);
            }
        }
        _ => {
            let first = prompting.scroll.unwrap_or(u16::MAX);
            if let Some(moved) = scrolled(first.min(super::press::SCROLL_AT_MOST), action) {
                prompting.scroll = (action != Action::Bottom).then_some(moved);
            }
        }
    }
}

/// Stops the call that is under way; whether there was one.
fn stop(state: &mut State, effects: &mut Vec<Effect>) -> bool {
    let now = state.now;
    let Some(running) = state.prompting.sent.iter_mut().find(|exchange| exchange.is_running()) else { return false };
    let waited = now.duration_since(running.sent_at).as_millis();
    running.answer.cancel(u64::try_from(waited).unwrap_or(0));
    effects.push(Effect::StopCall(running.number));
    true
}

/// Shows the call before, or the one after.
fn turn(state: &mut State, action: Action) {
    let prompting = &mut state.prompting;
    let Some(at) = prompting.exchange().map(|shown| shown.number) else { return };
    let numbers = || prompting.sent.iter().map(|exchange| exchange.number);
    let to = match action {
        Action::Earlier => numbers().filter(|number| *number < at).max(),
        _ => numbers().filter(|number| *number > at).min(),
    };
    if let Some(to) = to {
        let is_newest = prompting.sent.back().is_some_and(|newest| newest.number == to);
        (prompting.shown, prompting.scroll) = ((!is_newest).then_some(to), (!is_newest).then_some(0));
    }
}

fn save(state: &mut State, effects: &mut Vec<Effect>) {
    match state.prompting.exchange() {
        Some(_) => effects.push(Effect::Save(CopyWhat::Exchange)),
        None => hands::say(state, "there is no answer to save yet".to_owned(), state.now),
    }
}

/// Takes pieces of an answer, each with the milliseconds since its call was sent.
pub(super) fn take(state: &mut State, number: u64, events: &[(u64, Event)], effects: &mut Vec<Effect>) {
    let Some(exchange) = state.prompting.sent.iter_mut().find(|exchange| exchange.number == number) else { return };
    for (at_ms, event) in events {
        exchange.answer.take(event, *at_ms);
    }
    if exchange.answer.is_flooded() {
        exchange.answer.cancel(events.last().map_or(0, |(at, _)| *at));
        effects.push(Effect::StopCall(number));
    }
}

/// The tier by a name that somebody has typed; None asks for none.
fn tier_named(name: &str) -> Option<Tier> {
    let name = name.trim();
    (!name.is_empty()).then(|| Tier::from(name))
}
