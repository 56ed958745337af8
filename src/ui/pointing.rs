//! What the mouse is on: told by the same functions that divide the screen for drawing.

use ratatui::layout::{Position, Rect, Size};

use crate::app::{event::Pointed, keys::Place, state::State, view::Overlay};

use super::{Areas, Theme, charts, doctor, live, log, prompt, quotas, regions, status, table, tiers};

/// What the mouse does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// The left button.
    Click,
    /// A notch of the wheel; negative is up.
    Wheel(i8),
}

/// What the user points at; None where that is nothing.
#[must_use]
pub fn pointed_at(state: &State, size: Size, touch: Touch, column: u16, row: u16) -> Option<Pointed> {
    let areas = Areas::of(Rect::new(0, 0, size.width, size.height))?;
    let at = Position { x: column, y: row };
    if areas.status.contains(at) && touch == Touch::Click {
        return status::tab_at(state, areas.status, column).map(Pointed::Tab);
    }
    if !areas.body.contains(at) {
        return None;
    }
    match (&state.view.overlay, state.view.place()) {
        (Some(Overlay::Help(_)), _) => on_list(touch, || None),
        (Some(Overlay::Regions(_)), _) => {
            on_list(touch, || regions::pointed_at(state, areas.body, column, row).map(Pointed::Region))
        }
        (Some(Overlay::Link(_) | Overlay::Consent(_)), _) => None,
        (None, Place::Log) => on_list(touch, || log::pointed_at(state, areas.body, column, row).map(Pointed::Entry)),
        (None, Place::Prompt) => {
            on_list(touch, || prompt::pointed_at(state, areas.body, column, row).map(Pointed::Field))
        }
        (None, Place::Tiers) => {
            on_list(touch, || tiers::pointed_at(state, areas.body, column, row).map(Pointed::Model))
        }
        (None, Place::Doctor) => {
            let line = || doctor::pointed_at(state, &Theme::default(), areas.body, column, row);
            on_list(touch, || line().map(Pointed::Finding))
        }
        (None, Place::Quotas) => on_list(touch, || quotas::pointed_at(state, areas.body, column, row)),
        (None, Place::Live) => on_live(state, areas.body, touch, at),
        (None, _) => on_list(touch, || None),
    }
}

fn on_list(touch: Touch, click: impl FnOnce() -> Option<Pointed>) -> Option<Pointed> {
    match touch {
        Touch::Click => click(),
        Touch::Wheel(turn) => Some(Pointed::WheelOnList(turn)),
    }
}

fn on_live(state: &State, body: Rect, touch: Touch, at: Position) -> Option<Pointed> {
    let rows = state.rows().len();
    let parts = live::parts(body, rows);
    if rows == 0 {
        return None;
    }
    if state.view.charts.full || parts.charts.contains(at) {
        let area = if state.view.charts.full { body } else { parts.charts };
        let (panel, minute) = charts::pointed_at(state, area, at.x, at.y)?;
        return Some(match touch {
            Touch::Click => Pointed::Chart(panel, minute),
            Touch::Wheel(turn) => Pointed::WheelOnChart(panel, turn),
        });
    }
    if !parts.table.contains(at) {
        return None;
    }
    on_list(touch, || {
        if at.y == parts.table.y {
            return table::title_at(state, parts.table, at.x);
        }
        table::row_at(state, parts.table, at.y).map(Pointed::Row)
    })
}
