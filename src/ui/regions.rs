//! The choice of a Region.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::state::State;

use super::theme::Theme;

/// Draws it.
pub fn draw(_state: &State, _theme: &Theme, _area: Rect, _buffer: &mut Buffer) {}
