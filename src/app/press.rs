//! Keys: which action a key is where it is pressed, and who carries it out.

use super::{
    charts, command, consent, cursor, doctor,
    event::Effect,
    hands,
    keys::{self, Action, Place},
    log, prompt, quotas, raise, regions,
    state::State,
    tiers,
    view::{Detail, Overlay, Screen},
    what_if,
};

/// Lines that are scrolled by at most; how many there are depends on the screen, so the views say it after the key.
pub(super) const SCROLL_AT_MOST: u16 = u16::MAX - 1;

/// Takes a key.
pub(super) fn press(state: &mut State, key: &str, effects: &mut Vec<Effect>) {
    state.view.notice = None;
    if state.view.command.is_some() && !matches!(key, "Ctrl-C" | "Ctrl-Z") {
        command::press(state, key, effects);
        return;
    }
    let types = state.view.place() == Place::Prompt && state.prompting.focus.is_some();
    if types && !matches!(key, "Ctrl-C" | "Ctrl-Z") {
        prompt::typed(state, key, effects);
        return;
    }
    if state.view.is_typing() && !matches!(key, "Ctrl-C" | "Ctrl-Z") {
        typed(state, key);
        return;
    }
    let place = state.view.place();
    let sequence = state.view.pending.take().map(|first| format!("{first}{key}"));
    let action = sequence.and_then(|sequence| keys::action(place, &sequence)).or_else(|| keys::action(place, key));
    match action {
        Some(action) => act(state, place, action, effects),
        None if place == Place::WhatIf && key.chars().count() == 1 => what_if::insert(state, key),
        None if keys::begins_sequence(place, key) => state.view.pending = key.chars().next(),
        None => {}
    }
}

/// A letter of a filter.
fn typed(state: &mut State, key: &str) {
    match state.view.screen {
        Screen::Live => {
            state.view.filter.press(key);
            cursor::keep(state);
        }
        Screen::Quotas => state.view.quotas.filter.press(key),
        Screen::Doctor | Screen::Tiers | Screen::Prompt => {}
        Screen::Log => state.view.log.filter.press(key),
    }
}

/// Text that was pasted: it goes where letters go, and nowhere else.
pub(super) fn paste(state: &mut State, text: &str) {
    if let Some(line) = &mut state.view.command {
        line.insert(text);
    } else if state.view.is_typing() {
        match state.view.screen {
            Screen::Live => {
                state.view.filter.insert(text);
                cursor::keep(state);
            }
            Screen::Quotas => state.view.quotas.filter.insert(text),
            Screen::Doctor | Screen::Tiers | Screen::Prompt => {}
            Screen::Log => state.view.log.filter.insert(text),
        }
    } else if state.view.place() == Place::Prompt {
        prompt::paste(state, text);
    } else if state.view.place() == Place::WhatIf {
        what_if::insert(state, text);
    }
}

/// Carries out what a key means in a place.
pub(super) fn act(state: &mut State, place: Place, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Quit => effects.push(Effect::Quit),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Help => {
            state.view.overlay = if place == Place::Help { None } else { Some(Overlay::Help(0)) };
        }
        Action::Refresh => {
            state.feeds.values_mut().for_each(|feed| feed.due = None);
            state.doctor.refresh();
        }
        Action::Live => show(state, Screen::Live),
        Action::Quotas => quotas::enter(state),
        Action::Doctor => doctor::view::enter(state),
        Action::Prompt => prompt::enter(state),
        Action::Tiers => tiers::enter(state),
        Action::Command => command::begin(state),
        Action::Log => show(state, Screen::Log),
        Action::Regions => regions::open(state),
        Action::Pause
        | Action::Redact
        | Action::CopyRow
        | Action::CopyCell
        | Action::CopyPanel
        | Action::CopyIncrease
        | Action::CopyEvidence
        | Action::CopyAdvice
        | Action::CopyAnswer
        | Action::Link => hands::act(state, action, effects),
        _ => match place {
            Place::Live => on_live(state, action),
            Place::Detail => in_detail(state, action),
            Place::Quotas | Place::Quota => quotas::act(state, action),
            Place::WhatIf => what_if::act(state, action),
            Place::Log | Place::Entry => log::act(state, action),
            Place::Doctor | Place::Finding => doctor::view::act(state, action),
            Place::Prompt => prompt::act(state, action, effects),
            Place::Tiers | Place::ModelTiers => tiers::act(state, action),
            Place::Consent => consent::act(state, action, effects),
            Place::Regions => regions::act(state, action, effects),
            Place::Help | Place::Link => in_overlay(state, action),
        },
    }
}

/// Goes to a screen.
pub(super) fn show(state: &mut State, screen: Screen) {
    state.view.screen = screen;
    state.view.detail = None;
    (state.view.quotas.open, state.view.log.open) = (None, None);
    (state.view.doctor.open, state.view.tiers.open) = (None, None);
}

/// A key on the Live screen.
pub(super) fn on_live(state: &mut State, action: Action) {
    match action {
        Action::Open => {
            let row = state.view.cursor.clone();
            state.view.detail = row.map(Detail::of);
        }
        Action::Back => back(state),
        Action::Filter => state.view.filter.typing = true,
        Action::Sort => {
            state.view.sort = state.view.sort.next(state.view.columns);
        }
        Action::SortReverse => {
            state.view.sort.reversed = !state.view.sort.reversed;
        }
        Action::Columns => state.view.columns = state.view.columns.next(),
        Action::ToggleIdle => {
            state.view.show_idle = !state.view.show_idle;
            cursor::keep(state);
        }
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom => {
            cursor::act(state, action);
        }
        _ => charts::act(state, action),
    }
}

/// What `Esc` takes away on Live: first a full chart, then the cross-hair, then another time than the table's, then the filter.
fn back(state: &mut State) {
    let view = &mut state.view;
    if std::mem::take(&mut view.charts.full) || view.charts.cross.take().is_some() || charts::reset_time(state) {
        return;
    }
    let view = &mut state.view;
    view.filter = super::filter::Filter::default();
    cursor::keep(state);
}

fn in_detail(state: &mut State, action: Action) {
    let Some(detail) = &mut state.view.detail else { return };
    match scrolled(detail.scroll, action) {
        Some(scroll) => detail.scroll = scroll,
        None if action == Action::Back && !state.view.charts.full => state.view.detail = None,
        None if action == Action::Back => state.view.charts.full = false,
        None if action == Action::Edit => what_if::edit(state),
        None if action == Action::AskEvidence => raise::ask(state),
        None => charts::act(state, action),
    }
}

fn in_overlay(state: &mut State, action: Action) {
    match &mut state.view.overlay {
        Some(Overlay::Help(scroll)) if action != Action::Back => {
            *scroll = scrolled(*scroll, action).unwrap_or(*scroll);
        }
        _ if action == Action::Back => state.view.overlay = None,
        _ => {}
    }
}

/// Takes back what was scrolled beyond the last line: how many there are is known to the views alone.
pub(super) fn end_scrolling(state: &mut State, lines: u16) {
    let place = state.view.place();
    let view = &mut state.view;
    let first = match place {
        Place::Help => match &mut view.overlay {
            Some(Overlay::Help(first)) => Some(first),
            _ => None,
        },
        Place::Detail | Place::WhatIf => view.detail.as_mut().map(|detail| &mut detail.scroll),
        Place::Entry => view.log.open.as_mut().map(|(_, first)| first),
        Place::Quota => view.quotas.open.as_mut(),
        Place::Finding => view.doctor.open.as_mut(),
        Place::ModelTiers => view.tiers.open.as_mut(),
        Place::Prompt => state.prompting.scroll.as_mut(),
        _ => None,
    };
    let Some(first) = first else { return };
    *first = (*first).min(lines);
}

/// Shows what is open from this line on, so that what is being typed is seen.
pub(super) fn show_from(state: &mut State, line: u16) {
    if let Some(detail) = state.view.detail.as_mut().filter(|detail| detail.what_if.editing.is_some()) {
        detail.scroll = line;
    }
}

/// The first line shown after a key that scrolls; None for any other key.
pub(super) fn scrolled(first: u16, action: Action) -> Option<u16> {
    const PAGE: u16 = 10;
    let moved = match action {
        Action::Up => first.saturating_sub(1),
        Action::Down => first.saturating_add(1),
        Action::PageUp => first.saturating_sub(PAGE),
        Action::PageDown => first.saturating_add(PAGE),
        Action::Top => 0,
        Action::Bottom => SCROLL_AT_MOST,
        _ => return None,
    };
    Some(moved.min(SCROLL_AT_MOST))
}
