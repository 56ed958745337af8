//! The choice of a Region.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::state::State;

use super::theme::Theme;

/// Draws it.
pub fn draw(_state: &State, _theme: &Theme, _area: Rect, _buffer: &mut Buffer) {}

/// The line of the choice at a cell.
#[must_use]
pub fn pointed_at(_state: &State, _area: Rect, _column: u16, _row: u16) -> Option<usize> {
    None
}
