//! The screen: draws the state, changes nothing. Reads [`State`] only; everything untrusted goes through [`text::clean`].
//!
//! ```text
//! header    who and where, how far the data reaches
//! verdict   the worst thing now
//! status    screen, why data is old, counts
//! table     or help, or why there are no rows
//! footer    keys
//! ```
//!
//! Under 72 × 17 verdict and table stand alone; under 40 × 8 one line says that the terminal is too small.

pub mod cells;
pub mod charts;
pub mod columns;
pub mod command;
pub mod consent;
pub mod copy;
pub mod detail;
pub mod doctor;
pub mod empty;
pub mod evidence;
pub mod filter;
pub mod footer;
pub mod header;
pub mod help;
pub mod link;
pub mod live;
pub mod log;
pub mod names;
pub mod numbers;
pub mod picture;
pub mod pointing;
pub mod prompt;
pub mod quotas;
mod raise;
pub mod regions;
pub mod running_text;
pub mod status;
pub mod strip;
pub mod table;
pub mod text;
pub mod theme;
pub mod tiers;
pub mod verdict;
pub mod why;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect, Size},
};

use crate::app::{keys::Place, state::State, view::Overlay};

pub use theme::{Palette, Theme};

/// The smallest screen with header, status and footer.
const FULL: (u16, u16) = (72, 17);

/// The smallest screen with anything.
const SMALLEST: (u16, u16) = (40, 8);

/// Where the parts of the screen are. Pure, so that drawing and pointing agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// Who and where; of no height on a small screen.
    pub header: Rect,
    /// The worst thing now.
    pub verdict: Rect,
    /// Tabs and counts; of no height on a small screen.
    pub status: Rect,
    /// The rest.
    pub body: Rect,
    /// Keys; of no height on a small screen.
    pub footer: Rect,
}

impl Areas {
    /// The parts of a screen; None where there is no room for any.
    #[must_use]
    pub fn of(area: Rect) -> Option<Self> {
        let at_least = |size: (u16, u16)| area.width >= size.0 && area.height >= size.1;
        if !at_least(SMALLEST) {
            return None;
        }
        let line = u16::from(at_least(FULL));
        let [header, verdict, status, body, footer] = Layout::vertical([
            Constraint::Length(line),
            Constraint::Length(1),
            Constraint::Length(line),
            Constraint::Fill(1),
            Constraint::Length(line),
        ])
        .areas(area);
        Some(Self { header, verdict, status, body, footer })
    }

    fn is_full(&self) -> bool {
        self.header.height > 0
    }
}

/// Draws the screen.
pub fn draw(frame: &mut Frame, state: &State, theme: &Theme) {
    let area = frame.area();
    match Areas::of(area) {
        Some(areas) if areas.is_full() => full(frame, state, theme, &areas),
        Some(areas) => compact(frame, state, theme, &areas),
        None => too_small(frame, state, theme, area),
    }
}

fn full(frame: &mut Frame, state: &State, theme: &Theme, areas: &Areas) {
    header::draw(state, theme, areas.header, frame.buffer_mut());
    verdict::draw(state, theme, areas.verdict, frame.buffer_mut());
    status::draw(state, theme, areas.status, frame.buffer_mut());
    draw_body(frame, state, theme, areas.body);
    if types_line(state) {
        draw_typed(state, theme, areas.footer, frame);
    } else {
        footer::draw(state, theme, areas.footer, frame.buffer_mut());
    }
}

/// Whether a command or a filter is being typed that has a line for itself.
fn types_line(state: &State) -> bool {
    state.view.command.is_some() || state.view.is_typing() && matches!(state.view.place(), Place::Live | Place::Quotas)
}

fn draw_typed(state: &State, theme: &Theme, area: Rect, frame: &mut Frame) {
    if let Some(command) = &state.view.command {
        command::draw(&command.text, theme, area, frame.buffer_mut());
        return;
    }
    match state.view.place() {
        Place::Quotas => quotas::draw_filter(state, theme, area, frame.buffer_mut()),
        _ => filter::draw(state, theme, area, frame.buffer_mut()),
    }
}

/// Verdict and table alone, and the filter while it is typed; what is not real, and what is frozen, still says so.
fn compact(frame: &mut Frame, state: &State, theme: &Theme, areas: &Areas) {
    let line = areas.verdict;
    let mut end = line.right();
    for (label, tone) in header::labels(state, usize::from(line.width)).into_iter().rev() {
        let room = text::width(&label).min(usize::from(line.width / 3));
        end = end.saturating_sub(u16::try_from(room).unwrap_or(0)).max(line.x);
        frame.buffer_mut().set_stringn(end, line.y, theme.fit(&label, room), room, theme.style(tone));
    }
    verdict::draw(state, theme, Rect { width: end - line.x, ..line }, frame.buffer_mut());
    let typed = u16::from(types_line(state));
    let body = Rect { height: areas.body.height - typed, ..areas.body };
    if typed > 0 {
        draw_typed(state, theme, Rect { y: body.bottom(), height: 1, ..body }, frame);
    }
    draw_body(frame, state, theme, body);
}

/// Lines that what is open can be scrolled by on a screen of this size; None where nothing scrolls by lines.
#[must_use]
pub fn scroll_at_most(state: &State, theme: &Theme, size: Size) -> Option<u16> {
    let area = Areas::of(Rect::new(0, 0, size.width, size.height))?.body;
    let lines = match state.view.place() {
        Place::Help => help::scroll_at_most(state, theme, area),
        Place::Detail | Place::WhatIf => detail::scroll_at_most(state, theme, area),
        Place::Quota => quotas::scroll_at_most(state, area),
        Place::Prompt => prompt::scroll_at_most(state, theme, area),
        Place::ModelTiers => tiers::scroll_at_most(state, area),
        Place::Finding => doctor::scroll_at_most(state, area),
        Place::Entry => log::scroll_at_most(state, theme, area),
        _ => return None,
    };
    Some(u16::try_from(lines).unwrap_or(u16::MAX))
}

/// The line from which what is open is to be shown, so that what is being typed is seen; None where it is seen, or nothing is typed.
#[must_use]
pub fn show_from(state: &State, theme: &Theme, size: Size) -> Option<u16> {
    let area = Areas::of(Rect::new(0, 0, size.width, size.height))?.body;
    let typed = state.view.place() == Place::WhatIf;
    u16::try_from(detail::show_from(state, theme, area).filter(|_| typed)?).ok()
}

fn draw_body(frame: &mut Frame, state: &State, theme: &Theme, area: Rect) {
    match &state.view.overlay {
        Some(Overlay::Help(scroll)) => help::draw(state, *scroll, theme, area, frame.buffer_mut()),
        Some(Overlay::Regions(_)) => regions::draw(state, theme, area, frame.buffer_mut()),
        Some(Overlay::Link(link)) => link::draw(state, link, theme, area, frame.buffer_mut()),
        Some(Overlay::Consent(consent)) => {
            draw_behind(frame, state, theme, area);
            consent::draw(consent, theme, area, frame.buffer_mut());
        }
        None => draw_behind(frame, state, theme, area),
    }
}

/// What has the screen where nothing stands in front of it.
fn draw_behind(frame: &mut Frame, state: &State, theme: &Theme, area: Rect) {
    let buffer = frame.buffer_mut();
    match state.view.behind() {
        Place::Quotas | Place::Quota => quotas::draw(state, theme, area, buffer),
        Place::Prompt => prompt::draw(state, theme, area, buffer),
        Place::Tiers | Place::ModelTiers => tiers::draw(state, theme, area, buffer),
        Place::Doctor | Place::Finding => doctor::draw(state, theme, area, buffer),
        Place::Log | Place::Entry => log::draw(state, theme, area, buffer),
        Place::Detail | Place::WhatIf => detail::draw(state, theme, area, buffer),
        _ => live::draw(state, theme, area, buffer),
    }
}

/// One line: the mark of the verdict, and that there is no room.
fn too_small(frame: &mut Frame, state: &State, theme: &Theme, area: Rect) {
    let verdict = verdict::verdict(state);
    let mark = verdict.level.mark().trim_start();
    let gap = if mark.is_empty() { "" } else { " " };
    let text = format!("{mark}{gap}too small: {}×{}, needs {}×{}", area.width, area.height, SMALLEST.0, SMALLEST.1);
    let room = usize::from(area.width);
    if area.height > 0 {
        frame.buffer_mut().set_stringn(area.x, area.y, theme.fit(&text, room), room, theme.style(verdict.level.tone()));
    }
}
