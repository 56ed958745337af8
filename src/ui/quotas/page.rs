//! One quota, full screen: its value and where it came from, what is used of it and by whom, which model it is of and why, and requests for more. Scrolls.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        keys::{Action, first_key},
        state::State,
    },
    domain::{quota_name::QuotaScope, quota_rows::QuotaRow, snapshot::PoolRow},
    ui::{
        detail::section::{self, Line, Section},
        names::{self, Name},
        numbers::{bounded_percent, short_or_unknown},
        raise,
        text::{clean, truncate, width},
        theme::{Theme, Tone},
    },
};

use super::{pools_of, words};

/// The widest that running text gets.
const WIDEST: u16 = 116;

/// Endpoints and models that are listed.
const LISTED_AT_MOST: usize = 40;

/// Draws it.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let Some(row) = state.quota_at_cursor() else { return };
    let (text, lines) = text(state, row, area);
    let height = usize::from(text.height);
    let first = usize::from(state.view.quotas.open.unwrap_or(0)).min(lines.len().saturating_sub(height));
    for (y, line) in (text.y..text.bottom()).zip(lines.iter().skip(first)) {
        section::put(line, theme, Rect { y, height: 1, ..text }, buffer);
    }
    title(row, (first, height, lines.len()), theme, area, buffer);
}

/// Lines that the page can be scrolled by.
#[must_use]
pub fn scroll_at_most(state: &State, area: Rect) -> usize {
    let Some(row) = state.quota_at_cursor() else { return 0 };
    let (text, lines) = text(state, row, area);
    lines.len().saturating_sub(usize::from(text.height))
}

/// The text and its place, below the title.
fn text(state: &State, row: &QuotaRow, area: Rect) -> (Rect, Vec<Line>) {
    let width = area.width.saturating_sub(2).min(WIDEST);
    let place = Rect { x: area.x + 1.min(area.width), y: area.y + 1, width, height: area.height.saturating_sub(1) };
    (place, section::lines(sections(state, row, usize::from(width))))
}

fn title(
    row: &QuotaRow,
    (first, height, lines): (usize, usize, usize),
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let line = Rect { height: 1.min(area.height), ..area };
    buffer.set_style(line, theme.band());
    let shown = (first + height).min(lines);
    let scrolled = if lines > height { format!("lines {}-{shown} of {lines} · ", first + 1) } else { String::new() };
    let right = theme.say(&format!("{scrolled}{} back ", first_key(Action::Back))).into_owned();
    let room = usize::from(area.width).saturating_sub(width(&right) + 3);
    let name = format!("{}  {} {}", words::subject(row), words::short_scope(row.known.scope), words::limit(row));
    let name = truncate(&theme.say(&name), room, &theme.say("…"));
    buffer.set_stringn(area.x + 1.min(area.width), area.y, name, room, theme.style(Tone::Strong));
    let x = area.right().saturating_sub(u16::try_from(width(&right)).unwrap_or(0)).max(area.x);
    buffer.set_stringn(x, area.y, &right, width(&right), theme.style(Tone::Dim));
}

fn sections(state: &State, row: &QuotaRow, room: usize) -> Vec<Section> {
    let mut sections = vec![quota(state, row, room), used(state, row, room)];
    sections.extend(drawing(state, row, room));
    sections.push(meaning(state, row, room));
    if row.is_inference() {
        sections.push(raise::section(state, &state.raised_of(row), room));
    }
    sections
}

fn quota(state: &State, row: &QuotaRow, room: usize) -> Section {
    let mut section = Section::new("Quota");
    let quota = &row.known.quota;
    section.text(&clean(&quota.name), Tone::Strong, room);
    section.fact("code", &clean(quota.code.as_str()), Tone::Plain, room);
    let (value, tone) = words::value(row);
    section.fact("value", &value, tone, room);
    section.fact("counts", &words::counted(row), Tone::Plain, room);
    if let Some(change) = &row.changed {
        section.fact("changed", words::changed(change).trim_start_matches("changed "), Tone::Accent, room);
    }
    let checked = words::checked(state).unwrap_or_else(|| "the applied values have not been read".to_owned());
    section.fact("read", checked.trim_start_matches("checked "), Tone::Plain, room);
    section
}

fn used(state: &State, row: &QuotaRow, room: usize) -> Section {
    let mut section = Section::new("Use");
    for (text, tone) in words::use_of(row) {
        section.text(&text, tone, room);
    }
    if let Some(burndown) = words::burndown(state, row) {
        section.text(&burndown, Tone::Plain, room);
    }
    for sign in &row.signs {
        section.text(&format!("? {}", sign.text()), Tone::Warn, room);
    }
    if let Some(shared) = words::tiers(row) {
        section.text(shared, Tone::Dim, room);
    }
    section
}

/// Who draws on it now.
fn drawing(state: &State, row: &QuotaRow, room: usize) -> Option<Section> {
    let pools: Vec<&PoolRow> = pools_of(state, row).collect();
    if pools.is_empty() {
        return None;
    }
    let mut section = Section::new(format!("Drawn on by ({} goes there)", first_key(Action::Endpoints)));
    for pool in pools.into_iter().take(LISTED_AT_MOST) {
        let name = Name::of_pool(pool, &state.snapshot);
        // What several pools use of it together is none's own share.
        let alone = pool.quotas.iter().filter(|_| row.pools.len() == 1);
        let share = alone.into_iter().find(|quota| quota.code == row.known.quota.code);
        let share = share.and_then(|quota| Some(bounded_percent(quota.used_percent()?, quota.usage.now_bound)));
        let share = share.map_or_else(String::new, |share| format!("{share} now · "));
        let rpm = format!("{} RPM", short_or_unknown(pool.rpm_now));
        let members = match pool.members.len() {
            0 | 1 => String::new(),
            several => format!(" · {several} endpoints"),
        };
        section.text(&format!("{}: {share}{rpm}{members}", name.phrase()), Tone::Plain, room);
    }
    Some(section)
}

fn meaning(state: &State, row: &QuotaRow, room: usize) -> Section {
    let mut section = Section::new("Which model, and why");
    let known = &row.known;
    let (matched, tone) = words::matched(row);
    section.text(&matched, tone, room);
    if let Some(label) = &known.label {
        section.fact("in its name", &format!("\"{}\"", clean(label)), Tone::Plain, room);
    }
    section.fact("scope", words::scope(known.scope), Tone::Plain, room);
    if let Some(variant) = &known.variant {
        section.fact("variant", &clean(variant), Tone::Plain, room);
    }
    let models = &known.matching.models;
    if !models.is_empty() {
        section.fact("model ids", &list(models, |id| clean(id.as_str())), Tone::Plain, room);
    }
    let endpoints = match known.scope {
        QuotaScope::Account => "every endpoint of the account".to_owned(),
        _ if known.endpoints.is_empty() => "none is listed in this Region".to_owned(),
        _ => list(&known.endpoints, names::ids(state)),
    };
    section.fact("endpoints", &endpoints, Tone::Plain, room);
    section
}

/// `a, b and 7 more`.
fn list<T>(ids: &[T], text: impl Fn(&T) -> String) -> String {
    let shown: Vec<String> = ids.iter().take(LISTED_AT_MOST).map(text).collect();
    let more = ids.len().saturating_sub(LISTED_AT_MOST);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}
