//! The charts of the row that the cursor is on.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::state::State,
    domain::{chart::Panel, minute::Minute},
};

use super::theme::Theme;

/// Draws it.
pub fn draw(_state: &State, _theme: &Theme, _area: Rect, _buffer: &mut Buffer) {}

/// The chart at a cell, and the minute where the cell lies in its field.
#[must_use]
pub fn pointed_at(_state: &State, _area: Rect, _column: u16, _row: u16) -> Option<(Panel, Option<Minute>)> {
    None
}
