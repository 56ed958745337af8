//! The third line: the screen's name, why the data is old, and how many of the rows are shown.
//!
//! ```text
//!  1 Live   metrics denied: needs cloudwatch:GetMetricData · last good 03:01Z     7 of 146 shown, 139 idle: a · sort trouble · 3 h
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::{
    keys::{Action, first_key},
    state::State,
};

use super::{
    text::{clean, truncate_clause, width},
    theme::{Theme, Tone},
    verdict::{last_good, window_of, worst_fault},
};

/// Draws the line.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let screen = buffer.set_stringn(area.x, area.y, " 1 Live ", usize::from(area.width), theme.style(Tone::Strong)).0;
    let room = usize::from(area.right().saturating_sub(screen));
    let note = note(state).map(|note| theme.say(&note).into_owned()).unwrap_or_default();
    let wanted = if note.is_empty() { 0 } else { width(&note) + 4 };
    let mut parts = counts(state);
    let separator = theme.say(" · ");
    let line = loop {
        let line = parts.iter().map(|part| theme.say(part)).collect::<Vec<_>>().join(&separator);
        if parts.is_empty() || width(&line) + 1 + wanted <= room {
            break line;
        }
        parts.pop();
    };
    let note = truncate_clause(&note, room.saturating_sub(width(&line) + 3), &theme.say("…"));
    buffer.set_stringn(screen + 1, area.y, &note, room.saturating_sub(1), theme.style(Tone::Warn));
    let x = area.right().saturating_sub(u16::try_from(width(&line) + 1).unwrap_or(0)).max(area.x);
    buffer.set_stringn(x, area.y, &line, width(&line), theme.style(Tone::Dim));
}

/// `metrics denied: needs cloudwatch:GetMetricData · last good 03:01Z`; None where every source is well.
fn note(state: &State) -> Option<String> {
    let fault = worst_fault(state)?;
    Some(format!("{} · {}", clean(&fault.headline()), last_good(state, fault.source)))
}

/// The most important part first.
fn counts(state: &State) -> Vec<String> {
    let (all, idle) = (state.snapshot.endpoints.len(), state.idle_count());
    if all == 0 {
        return vec![];
    }
    let key = first_key(Action::ToggleIdle);
    let shown = match (idle, state.view.show_idle) {
        (0, _) => format!("{all} shown"),
        (idle, true) => format!("{all} of {all} shown, {idle} idle: {key}"),
        (idle, false) => format!("{} of {all} shown, {idle} idle: {key}", all - idle),
    };
    let window = state.snapshot.window.map(|_| window_of(&state.snapshot).replace(' ', ""));
    [Some(shown), Some("sort trouble".to_owned()), window].into_iter().flatten().collect()
}
