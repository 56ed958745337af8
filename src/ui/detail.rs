//! One row, full screen: every number that it has, its tiers, its quotas and why they are its own, and what it is. Scrolls; two columns where there is room,
//! and the charts below.
//!
//! ```text
//! Claude Sonnet 4.5 us profile                             lines 1-19 of 41 · Esc back
//! Now, 5 min to 03:11Z                  Limits
//!   accepted    412 a minute            2.0M TPM applied, default 5.0M: below default
//!   refused     15% of attempts: 400    L-F4DDD3EB · adjustable · no open request
//! ```

mod identity;
mod limits;
mod numbers;
mod reservation;
pub(super) mod section;
mod tiers;

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::{
    keys::{Action, first_key},
    state::State,
};

use self::section::Section;
use super::{
    cells::Subject,
    charts,
    names::Name,
    raise,
    text::{clean, width},
    theme::{Theme, Tone},
    why,
};

/// From this width on there are two columns.
const TWO_COLUMNS: u16 = 120;

/// Lines of the body from which the charts stand below.
const ROOM_FOR_CHARTS: u16 = 30;

/// What a page is made from.
struct Page<'a> {
    state: &'a State,
    theme: &'a Theme,
    subject: &'a Subject<'a>,
    /// Cells of a line.
    room: usize,
}

/// Draws it.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let Some(detail) = state.view.detail.as_ref().filter(|_| !area.is_empty()) else { return };
    if state.view.charts.full {
        charts::draw(state, theme, area, buffer);
        return;
    }
    let Some(row) = state.row(&detail.row) else {
        let text = format!("This row is not there any more. {} goes back.", first_key(Action::Back));
        let room = usize::from(area.width.saturating_sub(3));
        buffer.set_stringn(area.x + 3.min(area.width), area.y, theme.fit(&text, room), room, theme.style(Tone::Warn));
        return;
    };
    let subject = Subject::new(state, &row, theme);
    let (text, charts) = parts(area);
    let columns = columns(state, theme, &subject, text);
    let lines = columns.iter().map(|column| column.lines.len()).max().unwrap_or(0);
    let height = usize::from(text.height);
    let first = usize::from(detail.scroll).min(lines.saturating_sub(height));
    for Column { place, lines, .. } in &columns {
        for (y, line) in (place.y..place.bottom()).zip(lines.iter().skip(first)) {
            section::put(line, theme, Rect { y, height: 1, ..*place }, buffer);
        }
    }
    title(&subject, (first, height, lines), theme, area, buffer);
    if !charts.is_empty() {
        charts::draw(state, theme, charts, buffer);
    }
}

/// The text, and the charts below it where there is room.
fn parts(area: Rect) -> (Rect, Rect) {
    let charts = if area.height >= ROOM_FOR_CHARTS { area.height / 2 - 1 } else { 0 };
    let text = Rect { y: area.y + 1, height: area.height.saturating_sub(1 + charts), ..area };
    (text, Rect { y: text.bottom(), height: charts, ..area })
}

/// Lines that the page can be scrolled by.
#[must_use]
pub fn scroll_at_most(state: &State, theme: &Theme, area: Rect) -> usize {
    let row = state.view.detail.as_ref().and_then(|detail| state.row(&detail.row));
    let Some(row) = row else { return 0 };
    let (text, _) = parts(area);
    let columns = columns(state, theme, &Subject::new(state, &row, theme), text);
    let lines = columns.iter().map(|column| column.lines.len()).max().unwrap_or(0);
    lines.saturating_sub(usize::from(text.height))
}

/// The first line to be shown so that the section that is typed in is seen whole, or as far as there is room; None where it is.
#[must_use]
pub fn show_from(state: &State, theme: &Theme, area: Rect) -> Option<usize> {
    let detail = state.view.detail.as_ref()?;
    let row = state.row(&detail.row)?;
    let (text, _) = parts(area);
    let columns = columns(state, theme, &Subject::new(state, &row, theme), text);
    let (height, lines) = (usize::from(text.height), columns.iter().map(|column| column.lines.len()).max()?);
    let typed = columns.into_iter().find_map(|column| column.typed)?;
    let first = usize::from(detail.scroll).min(lines.saturating_sub(height));
    let is_seen = first <= typed.start && typed.end.min(typed.start + height) <= first + height;
    (!is_seen).then(|| typed.start.min(lines.saturating_sub(height)))
}

/// A column: its place, its lines, and which of them are of the section that is typed in.
struct Column {
    place: Rect,
    lines: Vec<section::Line>,
    typed: Option<Range<usize>>,
}

impl Column {
    fn new(place: Rect, sections: Vec<Section>) -> Self {
        Self { place, typed: section::typed_in(&sections), lines: section::lines(sections) }
    }
}

/// The columns.
fn columns(state: &State, theme: &Theme, subject: &Subject, area: Rect) -> Vec<Column> {
    let one = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area };
    let page = |room: u16| Page { state, theme, subject, room: usize::from(room) };
    if area.width < TWO_COLUMNS {
        return vec![Column::new(one, page(one.width).all())];
    }
    let half = (one.width - 3) / 2;
    let right = Rect { x: one.x + half + 3, width: one.width - half - 3, ..one };
    let left = Rect { width: half, ..one };
    vec![Column::new(left, page(left.width).left()), Column::new(right, page(right.width).right())]
}

fn title(
    subject: &Subject,
    (first, height, lines): (usize, usize, usize),
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let line = Rect { height: 1, ..area };
    buffer.set_style(line, theme.band());
    let shown = (first + height).min(lines);
    let scrolled = if lines > height { format!("lines {}-{shown} of {lines} · ", first + 1) } else { String::new() };
    let right = theme.say(&format!("{scrolled}{} back ", first_key(Action::Back))).into_owned();
    let room = usize::from(area.width).saturating_sub(1);
    let for_name = room.saturating_sub(width(&right) + 2);
    let name = match (subject.pool, subject.endpoint) {
        (Some(pool), None) => Name::of_pool(pool, subject.snapshot),
        (_, Some(row)) => Name::of_member(row),
        _ => Name::default(),
    };
    let (name, rest) = name.fit(for_name, &theme.say("…"));
    let x = buffer.set_stringn(area.x + 1.min(area.width), area.y, theme.say(&name), room, theme.style(Tone::Strong)).0;
    let left = usize::from(area.right().saturating_sub(x + 1));
    buffer.set_stringn(x + 1, area.y, theme.say(&rest), left, theme.style(Tone::Dim));
    if width(&right) <= left.saturating_sub(width(&rest)) {
        let x = area.right().saturating_sub(u16::try_from(width(&right)).unwrap_or(0));
        buffer.set_stringn(x, area.y, &right, width(&right), theme.style(Tone::Dim));
    }
}

impl Page<'_> {
    /// One column: what is most likely looked for first.
    fn all(&self) -> Vec<Section> {
        if self.subject.is_idle() {
            return [self.left(), self.right()].concat();
        }
        let mut sections = vec![self.why(), self.now(), self.limits()];
        sections.extend([self.what_if(), self.more()].into_iter().flatten());
        sections.extend([self.window(), self.latency(), self.tiers()]);
        sections.extend([self.prices(), self.pool(), Some(self.identity()), self.tags()].into_iter().flatten());
        sections
    }

    /// What it does: numbers.
    fn left(&self) -> Vec<Section> {
        if self.subject.is_idle() {
            return vec![self.without_traffic()];
        }
        let mut sections = vec![self.why(), self.now(), self.window(), self.latency(), self.tiers()];
        sections.extend(self.prices());
        sections
    }

    /// What bounds it, and what it is.
    fn right(&self) -> Vec<Section> {
        let bounds = if self.subject.is_idle() { None } else { Some(self.limits()) };
        let sections = [bounds, self.what_if(), self.more(), self.pool(), Some(self.identity()), self.tags()];
        sections.into_iter().flatten().collect()
    }

    /// What the use is made of, what governs it, and what no metric shows: as the panel on Live says it.
    fn why(&self) -> Section {
        let mut section = Section::new("Why");
        for (text, tone) in why::all_lines(self.state, self.subject.row) {
            section.text(&text, tone, self.room);
        }
        section
    }

    /// Asking for more of its quota; None where none is certain to be the row's.
    fn more(&self) -> Option<Section> {
        let raised = self.state.raised_of_pool(self.subject.pool?)?;
        Some(raise::section(self.state, &raised, self.room))
    }

    fn without_traffic(&self) -> Section {
        let mut section = Section::new("No traffic");
        let region = clean(self.state.session.region.as_str());
        section.text(
            &format!("Nothing called it in {region} lately. A call shows 1 to 3 minutes after it ended, a new endpoint up to 15."),
            Tone::Plain,
            self.room,
        );
        section
    }
}

#[cfg(test)]
mod tests;
