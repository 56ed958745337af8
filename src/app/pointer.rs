//! What the mouse does: the views say what it is on, this says what follows.

use super::{
    charts, cursor, doctor,
    event::{Effect, Pointed},
    keys::Action,
    log, press, prompt, quotas, regions,
    sort::Sort,
    state::State,
    tiers,
    view::{Overlay, RowId, Screen},
};
use crate::domain::{chart::Panel, ids::QuotaCode, minute::Minute};

/// Rows that a notch of the wheel moves by.
const NOTCH: u8 = 3;

/// Takes a click or a turn of the wheel.
pub(super) fn point(state: &mut State, pointed: Pointed, effects: &mut Vec<Effect>) {
    state.view.notice = None;
    state.view.pending = None;
    match pointed {
        Pointed::Row(row) => click_row(state, row),
        Pointed::Title(column) => {
            let sort = state.view.sort;
            state.view.sort = column.map_or_else(Sort::default, |column| sort.by_column(column));
            state.reorder();
        }
        Pointed::Tab(Screen::Quotas) => quotas::enter(state),
        Pointed::Tab(Screen::Prompt) => prompt::enter(state),
        Pointed::Field(field) => state.prompting.focus = Some(field),
        Pointed::Tab(Screen::Tiers) => tiers::enter(state),
        Pointed::Tab(Screen::Doctor) => doctor::view::enter(state),
        Pointed::Tab(screen) => press::show(state, screen),
        Pointed::Chart(panel, minute) => click_chart(state, panel, minute),
        Pointed::Quota(code) => click_quota(state, code),
        Pointed::QuotaTitle(by) => state.view.quotas.sort = state.view.quotas.sort.by_column(by),
        Pointed::Model(line) => click_model(state, line),
        Pointed::Finding(line) => click_finding(state, line),
        Pointed::Entry(entry) => click_entry(state, entry),
        Pointed::Region(line) => click_region(state, line, effects),
        Pointed::WheelOnList(turn) => wheel(state, turn, effects),
        Pointed::WheelOnChart(panel, turn) => {
            state.view.charts.focus = panel;
            charts::act(state, if turn < 0 { Action::ZoomIn } else { Action::ZoomOut });
        }
    }
}

/// The first click chooses, the second opens.
fn click_row(state: &mut State, row: RowId) {
    if state.view.cursor.as_ref() == Some(&row) {
        press::on_live(state, Action::Open);
    } else {
        state.view.cursor = Some(row);
        cursor::keep(state);
    }
}

fn click_chart(state: &mut State, panel: Panel, minute: Option<Minute>) {
    state.view.charts.focus = panel;
    state.view.charts.cross = minute.or(state.view.charts.cross);
}

fn click_quota(state: &mut State, code: QuotaCode) {
    let is_chosen = state.quota_at_cursor().is_some_and(|row| row.known.quota.code == code);
    state.view.quotas.cursor = Some(code);
    if is_chosen {
        quotas::open(state);
    }
}

fn click_model(state: &mut State, line: usize) {
    if state.tier_line() == line {
        tiers::act(state, Action::Open);
    } else {
        tiers::choose(state, line);
    }
}

fn click_finding(state: &mut State, line: usize) {
    if state.doctor_line() == line {
        doctor::view::act(state, Action::Open);
    } else {
        doctor::view::choose(state, line);
    }
}

fn click_entry(state: &mut State, entry: u64) {
    if state.view.log.cursor == Some(entry) {
        log::act(state, Action::Open);
    } else {
        state.view.log.cursor = Some(entry);
    }
}

fn click_region(state: &mut State, line: usize, effects: &mut Vec<Effect>) {
    match &mut state.view.overlay {
        Some(Overlay::Regions(view)) if view.cursor == line => regions::act(state, Action::Open, effects),
        Some(Overlay::Regions(view)) => view.cursor = line,
        _ => {}
    }
}

/// A notch is as many keys as it moves rows.
fn wheel(state: &mut State, turn: i8, effects: &mut Vec<Effect>) {
    let action = if turn < 0 { Action::Up } else { Action::Down };
    let place = state.view.place();
    for _ in 0..NOTCH {
        press::act(state, place, action, effects);
    }
}
