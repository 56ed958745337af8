//! What keys do beyond the program: copy, link, redact, pause.

use jiff::{SignedDuration, Timestamp};

use super::{
    event::{CopyWhat, Effect},
    keys::{Action, Place},
    state::State,
    view::{Notice, Overlay, Screen},
};
use crate::domain::{
    console::quota_page,
    snapshot::{PoolQuota, PoolRow, Provenance},
};

/// How long a sentence stays that says what a key has done.
const NOTICE_FOR: SignedDuration = SignedDuration::from_secs(6);

/// Takes such a key.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::CopyRow => effects.extend(copied(state).map(Effect::Copy)),
        Action::CopyCell if state.view.screen == Screen::Quotas => effects.push(Effect::Copy(CopyWhat::QuotaCode)),
        Action::CopyCell => effects.push(Effect::Copy(CopyWhat::Cell)),
        Action::CopyPanel => effects.push(Effect::Copy(CopyWhat::Panel)),
        Action::CopyIncrease => effects.push(Effect::Copy(CopyWhat::Increase)),
        Action::CopyAnswer => effects.push(Effect::Copy(CopyWhat::Answer)),
        Action::CopyAdvice => effects.push(Effect::Copy(CopyWhat::Advice)),
        Action::CopyEvidence => effects.push(Effect::Copy(CopyWhat::Evidence)),
        Action::Link | Action::Open => link(state, effects),
        Action::Redact => redact(state),
        Action::Pause => {
            let frozen = state.view.paused.is_none();
            state.freeze(frozen, state.now);
            state.reorder();
        }
        _ => {}
    }
}

/// What `yy` copies where it is pressed.
fn copied(state: &State) -> Option<CopyWhat> {
    match state.view.place() {
        Place::Live | Place::Detail => Some(CopyWhat::Row),
        Place::Quotas | Place::Quota => Some(CopyWhat::Quota),
        Place::Log | Place::Entry => Some(CopyWhat::Entry),
        Place::Link => Some(CopyWhat::Link),
        Place::Doctor | Place::Finding => Some(CopyWhat::Advice),
        Place::Prompt => Some(CopyWhat::Answer),
        Place::Regions | Place::Help | Place::WhatIf | Place::Consent | Place::Tiers | Place::ModelTiers => None,
    }
}

fn redact(state: &mut State) {
    state.view.redact = !state.view.redact;
    state.show();
    let said = if state.view.redact {
        "hidden: account, ARNs, tags, the profile's name"
    } else {
        "account, ARNs and tags are shown again"
    };
    say(state, said.to_owned(), state.now);
}

/// First the address is shown; the second time it is opened, which nothing else does.
fn link(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(Overlay::Link(address)) = &state.view.overlay {
        if state.session.provenance == Provenance::Live {
            effects.push(Effect::OpenLink(address.clone()));
            state.view.overlay = None;
        } else {
            say(state, "not opened: this is not an account of AWS's; y copies the link".to_owned(), state.now);
        }
        return;
    }
    match address(state) {
        Some(address) => state.view.overlay = Some(Overlay::Link(address)),
        None if state.view.screen == Screen::Doctor => {
            say(state, "this finding has no page to go to".to_owned(), state.now);
        }
        None => say(state, "this Region has no page in the console".to_owned(), state.now),
    }
}

/// The page of the quota under the cursor, or that the cursor's row shows, else of all quotas.
fn address(state: &State) -> Option<String> {
    if state.view.screen == Screen::Doctor {
        return state.finding_at_cursor().and_then(|finding| finding.next.url.clone());
    }
    if state.view.screen == Screen::Quotas {
        let code = state.quota_at_cursor().map(|row| &row.known.quota.code);
        return quota_page(&state.session.region, code);
    }
    let snapshot = &state.snapshot;
    let pool = state.subject_row().and_then(|row| snapshot.pools.get(row.pool?));
    let quota: Option<&PoolQuota> = pool.and_then(PoolRow::governing_quota);
    quota_page(&state.session.region, quota.map(|quota| &quota.code))
}

/// Says a sentence for a while.
pub(super) fn say(state: &mut State, text: String, now: Timestamp) {
    state.view.notice = Some(Notice { text, until: now + NOTICE_FOR });
}

/// Takes a sentence away whose time is over.
pub(super) fn forget_notice(state: &mut State) {
    let now = state.now;
    state.view.notice.take_if(|notice| notice.until <= now);
}
