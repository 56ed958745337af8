//! One finding with all of its evidence, or how every check went, full screen. Scrolls.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{keys::Action, state::State},
    domain::doctor::finding::{Checked, Finding, Status},
    ui::{
        detail::section::{self, Line, Section},
        text::{LONG, clean, clean_up_to, truncate, width},
        theme::{Theme, Tone},
    },
};

use super::{WIDEST, key, mark, tally};

/// Draws it.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let (text, lines) = text(state, area);
    let height = usize::from(text.height);
    let first = usize::from(state.view.doctor.open.unwrap_or(0)).min(lines.len().saturating_sub(height));
    for (y, line) in (text.y..text.bottom()).zip(lines.iter().skip(first)) {
        section::put(line, theme, Rect { y, height: 1, ..text }, buffer);
    }
    title(state, (first, height, lines.len()), theme, area, buffer);
}

/// Lines that the page can be scrolled by.
#[must_use]
pub fn scroll_at_most(state: &State, area: Rect) -> usize {
    let (text, lines) = text(state, area);
    lines.len().saturating_sub(usize::from(text.height))
}

/// The text and its place, below the title.
fn text(state: &State, area: Rect) -> (Rect, Vec<Line>) {
    let room = usize::from(area.width.saturating_sub(2)).min(WIDEST);
    let width = u16::try_from(room).unwrap_or(u16::MAX);
    let place = Rect { x: area.x + 1.min(area.width), y: area.y + 1, width, height: area.height.saturating_sub(1) };
    let sections = match state.finding_at_cursor() {
        Some(finding) => sections(finding, room),
        None => checks(&state.shown_report().checks, room),
    };
    (place, section::lines(sections))
}

fn title(state: &State, (first, height, lines): (usize, usize, usize), theme: &Theme, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(Rect { height: 1.min(area.height), ..area }, theme.band());
    let shown = (first + height).min(lines);
    let scrolled = if lines > height { format!("lines {}-{shown} of {lines} · ", first + 1) } else { String::new() };
    let right = theme.say(&format!("{scrolled}{} back ", key(Action::Back))).into_owned();
    let room = usize::from(area.width).saturating_sub(width(&right) + 3);
    let (mark, tone, name) = match state.finding_at_cursor() {
        Some(finding) => {
            let (mark, tone) = mark(finding.severity);
            (mark, tone, clean(&finding.title))
        }
        None => ("  ", Tone::Plain, tally(state.shown_report())),
    };
    let x = buffer.set_stringn(area.x, area.y, mark, room, theme.style(tone)).0 + 1;
    let name = truncate(&theme.say(&name), room, &theme.say("…"));
    buffer.set_stringn(x, area.y, name, room, theme.style(Tone::Strong));
    let x = area.right().saturating_sub(u16::try_from(width(&right)).unwrap_or(0)).max(area.x);
    buffer.set_stringn(x, area.y, &right, width(&right), theme.style(Tone::Dim));
}

fn sections(finding: &Finding, room: usize) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut list = |title: &str, items: &[String], tone: Tone| {
        if !items.is_empty() {
            let mut section = Section::new(title);
            for item in items {
                section.text(&format!("- {}", clean_up_to(item, LONG)), tone, room);
            }
            sections.push(section);
        }
    };
    list("Evidence", &finding.evidence, Tone::Plain);
    list("Not it", &finding.not_it, Tone::Plain);
    let mut story = Section::new("Story");
    story.text(&clean_up_to(&finding.story, LONG), Tone::Plain, room);
    sections.insert(0, story);
    sections.push(next(finding, room));
    sections.extend(to_paste(finding, room));
    sections
}

fn next(finding: &Finding, room: usize) -> Section {
    let mut section = Section::new("Next");
    let next = &finding.next;
    section.text(&clean_up_to(&next.text, LONG), Tone::Plain, room);
    if let Some(command) = &next.command {
        section.fact("command", &clean_up_to(command, LONG), Tone::Key, room);
    }
    if let Some(url) = &next.url {
        section.fact(
            "page",
            &format!("{} ({} goes there)", clean_up_to(url, LONG), key(Action::Link)),
            Tone::Plain,
            room,
        );
    }
    if next.copied().is_some() {
        let what = if next.copy.is_some() {
            "the text below"
        } else if next.command.is_some() {
            "the command"
        } else {
            "the page's address"
        };
        section.text(&format!("{} copies {what}", key(Action::CopyAdvice)), Tone::Dim, room);
    }
    section
}

/// The text to paste, line by line as it is copied.
fn to_paste(finding: &Finding, room: usize) -> Option<Section> {
    let text = finding.next.copy.as_deref()?;
    let mut section = Section::new("To paste");
    for line in text.lines() {
        section.text(&clean_up_to(line, LONG), Tone::Plain, room);
    }
    Some(section)
}

fn checks(checks: &[Checked], room: usize) -> Vec<Section> {
    let told = [
        (Status::Unknown, "Could not look", Tone::Warn),
        (Status::Finding, "Found something", Tone::Strong),
        (Status::Passed, "Passed", Tone::Good),
        (Status::Skipped, "Had nothing to look at", Tone::Dim),
    ];
    let section = |(status, title, tone): (Status, &str, Tone)| {
        let mut section = Section::new(title);
        let mut any = false;
        for check in checks.iter().filter(|check| check.status == status) {
            let reason = check.reason.as_ref().map_or_else(String::new, |reason| format!(": {}", clean(reason)));
            section.text(&format!("{}{reason}", check.about), tone, room);
            any = true;
        }
        any.then_some(section)
    };
    told.into_iter().filter_map(section).collect()
}
