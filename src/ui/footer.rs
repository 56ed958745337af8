//! The last line: the keys that work here, from the key table.
//!
//! ```text
//!  ↑↓ move  a idle  r refresh  ? help  q quit
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::{
    keys::{self, Action, Binding, Place},
    state::State,
};

use super::{
    text::{clean, width},
    theme::{Theme, Tone},
};

/// Draws as many keys as fit, whole.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let place = state.view.place();
    let end = area.right() - notice(state, theme, area, buffer);
    let mut x = area.x + 1;
    for binding in keys::of(place) {
        let Some(short) = binding.short else { continue };
        let keys = shown(place, binding, if theme.ascii { "/" } else { "" });
        let keys = theme.say(&keys);
        let wide = width(&keys) + 1 + width(short);
        if usize::from(x) + wide > usize::from(end) {
            break;
        }
        x = buffer.set_stringn(x, area.y, &keys, wide, theme.style(Tone::Key)).0;
        x = buffer.set_stringn(x + 1, area.y, short, wide, theme.style(Tone::Dim)).0 + 2;
    }
}

/// Draws what is said for a while at the right end; the cells that it takes.
fn notice(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> u16 {
    let Some(notice) = &state.view.notice else { return 0 };
    let text = theme.fit(&clean(&notice.text), usize::from(area.width.saturating_sub(2)));
    let wide = u16::try_from(width(&text)).unwrap_or(0);
    let x = area.right().saturating_sub(wide + 1).max(area.x);
    buffer.set_stringn(x, area.y, &text, usize::from(wide), theme.style(Tone::Strong));
    (wide + 3).min(area.width)
}

/// The key of a binding; both arrows for moving.
fn shown(place: Place, binding: &Binding, between: &str) -> String {
    let up = keys::of(place).find(|other| other.action == Action::Up).filter(|_| binding.action == Action::Down);
    let up = up.and_then(|up| up.keys.first()).map_or_else(String::new, |up| format!("{up}{between}"));
    format!("{up}{}", binding.keys.first().copied().unwrap_or_default())
}
