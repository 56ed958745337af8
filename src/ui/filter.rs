//! The filter while it is typed, in the footer's place, and what stands in the table where it finds nothing.
//!
//! ```text
//! / sonnet used>50█  7 of 14 rows · ⏎ keep · Esc clear
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::{
    filter::parse,
    keys::{Action, first_key},
    rows::Found,
    state::State,
};

use super::{
    text::{clean, truncate_clause, width, wrap},
    theme::{Theme, Tone},
};

/// Cells of the typed text that stay in view in any case.
const TEXT_AT_LEAST: usize = 16;

/// Draws the line. The end of the text is in view, because there letters are added.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let query = parse(&state.view.filter.text);
    let (said, tone) = match &query.problem {
        Some(problem) => (clean(problem), Tone::Warn),
        None => (format!("{} · ⏎ keep · Esc clear", counted(&state.found())), Tone::Dim),
    };
    line(FILTER, &state.view.filter.text, &said, tone, theme, area, buffer);
}

/// What stands before a filter.
pub(super) const FILTER: &str = " / ";

/// A line in which a filter or a command is typed, with what is said of it.
pub fn line(before: &str, text: &str, said: &str, tone: Tone, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width);
    let end = usize::from(area.right());
    let x = buffer.set_stringn(area.x, area.y, before, room, theme.style(Tone::Accent)).0;
    let left = end.saturating_sub(usize::from(x) + 1);
    let said = theme.say(said);
    let for_text = left.saturating_sub(width(&said) + 2).max(TEXT_AT_LEAST).min(left);
    let typed = tail(&theme.say(&visible(text)), for_text);
    let x = buffer.set_stringn(x, area.y, &typed, for_text, theme.style(Tone::Strong)).0;
    let x = buffer.set_stringn(x, area.y, if theme.ascii { "_" } else { "█" }, left, theme.style(Tone::Accent)).0;
    let left = end.saturating_sub(usize::from(x) + 2);
    let said = truncate_clause(&said, left, &theme.say("…"));
    buffer.set_stringn(x + 2, area.y, said, left, theme.style(tone));
}

/// Safe to draw, but with the blank that was typed last.
fn visible(text: &str) -> String {
    let mut visible = clean(text);
    if text.ends_with(' ') {
        visible.push(' ');
    }
    visible
}

/// The last characters of a text, in so many cells at most.
fn tail(text: &str, cells: usize) -> String {
    let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let mut tails = starts.map(|at| &text[at..]);
    tails.find(|tail| width(tail) <= cells).unwrap_or_default().to_owned()
}

pub(super) fn counted(found: &Found) -> String {
    format!("{} of {} rows", found.shown, found.of)
}

/// What stands where the rows would be.
pub(super) fn nothing_found(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let filter = clean(&state.view.filter.text);
    let found = state.found();
    let key = first_key(Action::ToggleIdle);
    let idle = match found.idle_beside {
        0 => String::new(),
        1 => format!(" 1 endpoint without traffic does: {key} shows it."),
        several => format!(" {several} endpoints without traffic do: {key} shows them."),
    };
    let text = format!(
        "None of {} rows fits /{filter}.{idle} {} takes the filter away, {} changes it.",
        found.of,
        first_key(Action::Back),
        first_key(Action::Filter)
    );
    let room = usize::from(area.width).saturating_sub(6);
    let lines = wrap(&theme.say(&text), room, &theme.say("…"));
    for (y, line) in (area.y + u16::from(area.height > 4)..area.bottom()).zip(lines) {
        buffer.set_stringn(area.x + 3.min(area.width), y, line, room, theme.style(Tone::Plain));
    }
}
