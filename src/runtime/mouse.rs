//! Clicks and turns of the wheel as the views understand them. Motion, other buttons and releases mean nothing.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Size;

use crate::{
    app::{event::Pointed, state::State},
    ui::{self, pointing::Touch},
};

/// What the user points at; None where that is nothing.
#[must_use]
pub(super) fn pointed(state: &State, size: Size, event: MouseEvent) -> Option<Pointed> {
    let touch = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Touch::Click,
        MouseEventKind::ScrollUp => Touch::Wheel(-1),
        MouseEventKind::ScrollDown => Touch::Wheel(1),
        _ => return None,
    };
    ui::pointing::pointed_at(state, size, touch, event.column, event.row)
}
