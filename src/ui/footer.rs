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

use super::theme::{Theme, Tone};

/// Draws as many keys as fit, whole.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let place = state.view.place();
    let mut x = area.x + 1;
    for binding in keys::of(place) {
        let Some(short) = binding.short else { continue };
        let keys = shown(place, binding, if theme.ascii { "/" } else { "" });
        let keys = theme.say(&keys);
        let wide = super::text::width(&keys) + 1 + super::text::width(short);
        if usize::from(x) + wide > usize::from(area.right()) {
            break;
        }
        x = buffer.set_stringn(x, area.y, &keys, wide, theme.style(Tone::Key)).0;
        x = buffer.set_stringn(x + 1, area.y, short, wide, theme.style(Tone::Dim)).0 + 2;
    }
}

/// The key of a binding; both arrows for moving.
fn shown(place: Place, binding: &Binding, between: &str) -> String {
    let up = keys::of(place).find(|other| other.action == Action::Up).filter(|_| binding.action == Action::Down);
    let up = up.and_then(|up| up.keys.first()).map_or_else(String::new, |up| format!("{up}{between}"));
    format!("{up}{}", binding.keys.first().copied().unwrap_or_default())
}
