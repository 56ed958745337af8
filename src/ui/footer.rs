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

/// These stand in any case: whoever knows them finds the rest.
const ALWAYS: [Action; 2] = [Action::Help, Action::Quit];

/// Draws as many keys as fit, whole; the way to the others last.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let place = state.view.place();
    if let Some(first) = state.view.pending {
        draw_sequences(place, first, theme, area, buffer);
        return;
    }
    let end = area.right() - notice(state, theme, area, buffer);
    let entry = |binding: &Binding| {
        let keys = shown(place, binding, if theme.ascii { "/" } else { "" });
        binding.short.map(|short| (theme.say(&keys).into_owned(), short))
    };
    let (always, others): (Vec<_>, Vec<_>) = keys::of(place).partition(|binding| ALWAYS.contains(&binding.action));
    let always: Vec<_> = always.into_iter().filter_map(entry).collect();
    let wide = |(keys, short): &(String, &str)| width(keys) + 1 + width(short) + 2;
    let kept: usize = always.iter().map(wide).sum();
    let mut room = usize::from(end.saturating_sub(area.x + 1)).saturating_sub(kept);
    let others = others.into_iter().filter_map(entry).take_while(|entry| {
        let fits = wide(entry) <= room;
        room = room.saturating_sub(wide(entry));
        fits
    });
    let mut x = area.x + 1;
    for (keys, short) in others.chain(always) {
        let wide = width(&keys) + 1 + width(short);
        if usize::from(x) + wide > usize::from(end) {
            break;
        }
        x = buffer.set_stringn(x, area.y, &keys, wide, theme.style(Tone::Key)).0;
        x = buffer.set_stringn(x + 1, area.y, short, wide, theme.style(Tone::Dim)).0 + 2;
    }
}

/// What may follow the first key of a sequence: `yy copy the row (OSC 52)  yc …`. Where not all of it fits, each is cut to an equal share: every key is seen.
fn draw_sequences(place: Place, first: char, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let begins = |keys: &&&str| keys.chars().count() == 2 && keys.starts_with(first);
    let all: Vec<_> =
        keys::of(place).filter_map(|binding| Some((*binding.keys.iter().find(begins)?, binding.long))).collect();
    let wide = |(keys, long): &(&str, &str)| width(keys) + 1 + width(long) + 2;
    let room = usize::from(area.width.saturating_sub(1));
    let fits = all.iter().map(wide).sum::<usize>() <= room;
    let share = if fits { room } else { (room / all.len().max(1)).saturating_sub(5) };
    let mut x = area.x + 1;
    for (keys, long) in all {
        for (text, tone) in [(keys.to_owned(), Tone::Key), (theme.fit(long, share), Tone::Dim)] {
            let text = text.as_str();
            let room = usize::from(area.right().saturating_sub(x));
            x = buffer.set_stringn(x, area.y, theme.fit(text, room), room, theme.style(tone)).0.saturating_add(1);
        }
        x = x.saturating_add(1).min(area.right());
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
