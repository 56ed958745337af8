//! The third line: the screens, why the data is old, how many of the rows are shown, and how.
//!
//! ```text
//!  1 Live  2 Quotas  6 Log   metrics denied: needs cloudwatch:GetMetricData · last good 03:01Z     7 of 146 shown, 139 idle: a · sort trouble · 3h
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::{
    keys::{Action, first_key},
    sort::{Sort, SortKey},
    state::State,
    view::{ColumnSet, Screen},
};

use super::{
    columns::title_of,
    filter::counted,
    numbers::window,
    quotas,
    text::{clean, truncate_clause, width},
    theme::{Theme, Tone},
    verdict::{last_good, window_of, worst_fault},
};

/// Draws the line.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let screen = draw_tabs(state, theme, area, buffer);
    let room = usize::from(area.right().saturating_sub(screen));
    let note = note(state).map(|note| theme.say(&note).into_owned()).unwrap_or_default();
    let wanted = if note.is_empty() { 0 } else { width(&note) + 4 };
    let mut parts = counts(state, theme);
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

/// The screens that have a tab, with its text.
fn tabs(state: &State) -> Vec<(Screen, String)> {
    let troubles = match state.shown_report().troubles() {
        0 => String::new(),
        troubles => format!("({troubles}) "),
    };
    let mut tabs: Vec<(Screen, String)> = [
        (Screen::Live, Action::Live, "Live", ""),
        (Screen::Quotas, Action::Quotas, "Quotas", ""),
        (Screen::Doctor, Action::Doctor, "Doctor", troubles.as_str()),
        (Screen::Prompt, Action::Prompt, "Prompt", ""),
        (Screen::Log, Action::Log, "Log", ""),
    ]
    .map(|(screen, action, name, count)| (screen, format!(" {} {name} {count}", first_key(action))))
    .into();
    // A screen without a key of its own has a tab while it is shown.
    if state.view.screen == Screen::Tiers {
        tabs.push((Screen::Tiers, " Tiers ".to_owned()));
    }
    tabs
}

/// The screen whose tab is at a column.
#[must_use]
pub fn tab_at(state: &State, area: Rect, column: u16) -> Option<Screen> {
    let mut x = area.x;
    for (screen, label) in tabs(state) {
        let end = x + u16::try_from(width(&label)).unwrap_or(0);
        if (x..end.min(area.right())).contains(&column) {
            return Some(screen);
        }
        x = end;
    }
    None
}

fn draw_tabs(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> u16 {
    let mut x = area.x;
    for (screen, label) in tabs(state) {
        let tone = if screen == state.view.screen { Tone::Tab } else { Tone::Dim };
        x = buffer.set_stringn(x, area.y, &label, usize::from(area.right().saturating_sub(x)), theme.style(tone)).0;
    }
    x
}

/// `metrics denied: needs cloudwatch:GetMetricData · last good 03:01Z`; None where every source is well.
fn note(state: &State) -> Option<String> {
    let fault = worst_fault(state)?;
    Some(format!("{} · {}", clean(&fault.headline()), last_good(state, fault.source)))
}

/// The most important part first.
fn counts(state: &State, theme: &Theme) -> Vec<String> {
    if matches!(state.view.screen, Screen::Doctor | Screen::Tiers | Screen::Prompt) {
        return Vec::new();
    }
    if state.view.screen == Screen::Quotas {
        return quotas::counts(state, theme);
    }
    let (all, idle) = (state.snapshot.endpoints.len(), state.idle_count());
    if all == 0 {
        return vec![];
    }
    let key = first_key(Action::ToggleIdle);
    let shown = match (idle, state.view.show_idle) {
        _ if !state.view.filter.is_empty() => counted(&state.found()),
        (0, _) => format!("{all} shown"),
        (idle, true) => format!("{all} of {all} shown, {idle} idle: {key}"),
        (idle, false) => format!("{} of {all} shown, {idle} idle: {key}", all - idle),
    };
    let window_shown = state.snapshot.window.map(|_| window_of(&state.snapshot).replace(' ', ""));
    let view = &state.view;
    let columns = (view.columns != ColumnSet::Load).then(|| view.columns.name().to_owned());
    let filter = Some(clean(&view.filter.text)).filter(|text| !text.is_empty()).map(|text| format!("/{text}"));
    let charts = view.charts.window_minutes.filter(|minutes| *minutes != state.window_minutes);
    let charts =
        charts.map(|minutes| format!("charts {}", window(usize::try_from(minutes).unwrap_or(0)).replace(' ', "")));
    [Some(shown), filter, Some(sort(view.sort)), columns, window_shown, charts].into_iter().flatten().collect()
}

/// `sort trouble`, `sort P90 ↓`: the arrow says where the numbers go down the table.
fn sort(sort: Sort) -> String {
    let Some(key) = sort.by else {
        return if sort.reversed { "sort trouble, reversed".to_owned() } else { "sort trouble".to_owned() };
    };
    let rises = (key == SortKey::Name) != sort.reversed;
    format!("sort {} {}", title_of(key), if rises { "↑" } else { "↓" })
}
