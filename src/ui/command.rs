//! The command while it is typed, in the footer's place, with those that begin so.
//!
//! ```text
//! :ti█  tiers · ⏎ go · Tab complete · Esc leave
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::command::beginning;

use super::{
    filter,
    theme::{Theme, Tone},
};

/// Draws the line.
pub fn draw(text: &str, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let names: Vec<&str> = beginning(text).map(|(name, _)| name).collect();
    let (said, tone) = if names.is_empty() {
        ("no command begins so".to_owned(), Tone::Warn)
    } else {
        (format!("{} · ⏎ go · Tab complete · Esc leave", names.join(" ")), Tone::Dim)
    };
    filter::line(" :", text, &said, tone, theme, area, buffer);
}
