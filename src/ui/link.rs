//! A link to the console, in front of the screen.

use ratatui::{buffer::Buffer, layout::Rect};

use super::theme::Theme;

/// Draws it.
pub fn draw(_link: &str, _theme: &Theme, _area: Rect, _buffer: &mut Buffer) {}
