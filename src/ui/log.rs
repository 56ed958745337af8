//! The Log screen: events, and tiertop's own calls.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::state::State;

use super::theme::Theme;

/// Draws it.
pub fn draw(_state: &State, _theme: &Theme, _area: Rect, _buffer: &mut Buffer) {}

/// The entry at a cell.
#[must_use]
pub fn pointed_at(_state: &State, _area: Rect, _column: u16, _row: u16) -> Option<u64> {
    None
}

/// The text of the entry that is open, or that the cursor is on.
#[must_use]
pub fn entry_text(_state: &State) -> Option<String> {
    None
}
