//! The Doctor screen: what is wrong, why, and what to do next; one finding with all of its evidence, or how every check went.
//!
//! ```text
//!  1 trouble, 1 worth knowing · 11 checks passed, 2 could not look                     looked 03:12Z
//! !! Every inference quota in us-east-1 is 0
//!    Story   this account has had no Bedrock traffic in 14 days: usually a new account …
//!    Not it  asking for profile quotas alone: geo and global profile quotas are 0 too
//!    Next    open a support case                                                        y copies the text
//! ```

mod page;

pub use page::scroll_at_most;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        keys::{Action, Place, of},
        state::State,
    },
    domain::doctor::finding::{Finding, Report, Severity, Status},
};

use super::{
    cells::Cell,
    detail::section,
    numbers::clock,
    text::{LONG, clean, clean_up_to, truncate, width, wrap},
    theme::{Theme, Tone},
};

/// The widest that running text gets.
const WIDEST: usize = 120;

/// Cells before a text: a gap, its label, a gap.
const LABEL: usize = 11;

/// Lines of a story, and of a next step, in the list: the whole is one key away.
const LINES_AT_MOST: usize = 3;

/// Draws it.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    if state.view.doctor.open.is_some() {
        page::draw(state, theme, area, buffer);
        return;
    }
    heading(state, theme, Rect { height: 1, ..area }, buffer);
    let body = body(area);
    let (lines, first) = shown(state, theme, body);
    let chosen = state.doctor_line();
    for (y, (owner, line)) in (body.y..body.bottom()).zip(lines.iter().skip(first)) {
        let place = Rect { y, height: 1, ..body };
        section::put(line, theme, place, buffer);
        if *owner == Some(chosen) && is_head(&lines, first + usize::from(y - body.y)) {
            buffer.set_style(place, theme.cursor());
        }
    }
}

/// The finding whose lines are at this place, or how the checks went; None beside them, and where one is open.
#[must_use]
pub fn pointed_at(state: &State, theme: &Theme, area: Rect, column: u16, row: u16) -> Option<usize> {
    let body = body(area);
    if state.view.doctor.open.is_some() || !body.contains((column, row).into()) {
        return None;
    }
    let (lines, first) = shown(state, theme, body);
    lines.get(first + usize::from(row - body.y)).and_then(|(owner, _)| *owner)
}

/// The text that the cursor's finding gives to paste.
#[must_use]
pub fn advice_text(state: &State) -> Option<String> {
    let text = state.finding_at_cursor()?.next.copied()?;
    Some(text.lines().map(|line| clean_up_to(line, LONG)).collect::<Vec<_>>().join("\n"))
}

/// The mark and the tone of a severity.
pub(super) fn mark(severity: Severity) -> (&'static str, Tone) {
    match severity {
        Severity::Critical => ("!!", Tone::Bad),
        Severity::Warning => (" !", Tone::Warn),
        Severity::Info => (" i", Tone::Dim),
    }
}

fn body(area: Rect) -> Rect {
    let title = area.height.min(1);
    Rect { y: area.y + title, height: area.height - title, ..area }
}

/// Lines with whose they are: a finding's position, or the number of findings for how the checks went.
type Owned = Vec<(Option<usize>, Cell)>;

/// All lines, and the first one that is shown: the cursor's finding is seen whole where there is room.
fn shown(state: &State, theme: &Theme, body: Rect) -> (Owned, usize) {
    let lines = lines(state, theme, usize::from(body.width));
    let chosen = Some(state.doctor_line());
    let height = usize::from(body.height);
    let start = lines.iter().position(|(owner, _)| *owner == chosen).unwrap_or(0);
    let end = lines.iter().rposition(|(owner, _)| *owner == chosen).map_or(0, |last| last + 1);
    (lines, end.saturating_sub(height).min(start))
}

/// Whether a line is the first of its finding.
fn is_head(lines: &Owned, at: usize) -> bool {
    at == 0 || lines[at].0 != lines[at - 1].0
}

fn lines(state: &State, theme: &Theme, room: usize) -> Owned {
    let report = state.shown_report();
    let mut lines: Owned = Vec::new();
    for (index, finding) in report.findings.iter().enumerate() {
        lines.extend(block(finding, theme, room).into_iter().map(|line| (Some(index), line)));
        lines.push((None, Cell::new()));
    }
    if report.findings.is_empty() {
        lines.push((None, vec![(format!("   {}", nothing_found(state)), Tone::Strong)]));
        lines.push((None, Cell::new()));
    }
    let checks = report.findings.len();
    lines.extend(how_checks_went(report, room).into_iter().map(|line| (Some(checks), line)));
    lines
}

fn nothing_found(state: &State) -> &'static str {
    let report = state.shown_report();
    if report.checks.is_empty() || !report.saw_anything() {
        "Nothing could be looked at yet."
    } else if report.count(Status::Unknown) > 0 {
        "Nothing wrong was found, as far as could be looked."
    } else {
        "Nothing wrong was found."
    }
}

fn block(finding: &Finding, theme: &Theme, room: usize) -> Vec<Cell> {
    let (mark, tone) = mark(finding.severity);
    let title_tone = if finding.severity == Severity::Info { Tone::Plain } else { Tone::Strong };
    let title = truncate(&clean(&finding.title), room.saturating_sub(4), &theme.say("…"));
    let mut lines = vec![vec![(mark.to_owned(), tone), (format!(" {title}"), title_tone)]];
    lines.extend(labelled("Story", &finding.story, Tone::Plain, LINES_AT_MOST, theme, room));
    if let Some(not_it) = finding.not_it.first() {
        lines.extend(labelled("Not it", not_it, Tone::Dim, 1, theme, room));
    }
    lines.extend(labelled("Next", &finding.next.text, Tone::Plain, LINES_AT_MOST, theme, room));
    if let Some(command) = &finding.next.command {
        lines.extend(labelled("", &format!("$ {command}"), Tone::Key, 1, theme, room));
    }
    lines
}

/// A label and its text on at most so many lines; none where the text is empty.
fn labelled(label: &str, text: &str, tone: Tone, at_most: usize, theme: &Theme, room: usize) -> Vec<Cell> {
    let beside = room.min(WIDEST).saturating_sub(LABEL + 1).max(8);
    let mut wrapped = wrap(&clean_up_to(text, LONG), beside, &theme.say("…"));
    if wrapped.len() > at_most {
        let rest = wrapped.split_off(at_most).join(" ");
        if let Some(last) = wrapped.last_mut() {
            *last = truncate(&format!("{last} {rest}"), beside, &theme.say("…"));
        }
    }
    let mut label = label;
    let line = |text: String| {
        let head = format!("   {:<width$}", std::mem::take(&mut label), width = LABEL - 3);
        vec![(head, Tone::Dim), (text, tone)]
    };
    wrapped.into_iter().map(line).collect()
}

/// `11 checks passed · 2 could not look: … not allowed (tiertop iam-policy prints the policy)`.
fn how_checks_went(report: &Report, room: usize) -> Vec<Cell> {
    let mut text = tally(report);
    let needs = needs(report);
    if !needs.is_empty() {
        text = format!("{text}: needs {} (tiertop iam-policy prints the whole policy)", needs.join(", "));
    }
    let wrapped = wrap(&clean_up_to(&text, LONG), room.min(WIDEST).saturating_sub(4).max(8), "");
    wrapped.into_iter().take(LINES_AT_MOST).map(|line| vec![(format!("   {line}"), Tone::Dim)]).collect()
}

/// `11 checks passed, 3 had nothing to look at, 2 could not look`.
fn tally(report: &Report) -> String {
    let said = [
        (Status::Passed, "passed"),
        (Status::Finding, "found something"),
        (Status::Skipped, "had nothing to look at"),
        (Status::Unknown, "could not look"),
    ];
    let counted = said.map(|(status, what)| (report.count(status), what));
    let mut parts: Vec<String> =
        counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if let Some(first) = parts.first_mut() {
        let checks = if first.starts_with("1 ") { " check " } else { " checks " };
        *first = first.replacen(' ', checks, 1);
    }
    parts.join(", ")
}

/// The permissions that checks lack, each once.
fn needs(report: &Report) -> Vec<&str> {
    let mut needs: Vec<&str> = report.checks.iter().flat_map(|check| &check.needs).map(String::as_str).collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

fn heading(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(area, theme.band());
    let report = state.shown_report();
    let info = report.findings.len() - report.troubles();
    let troubles = match report.troubles() {
        0 => "no trouble found".to_owned(),
        1 => "1 trouble".to_owned(),
        several => format!("{several} troubles"),
    };
    let known = if info > 0 { format!(", {info} worth knowing") } else { String::new() };
    let looked = if state.doctor.is_asking() {
        "asking AWS…".to_owned()
    } else {
        state.doctor.asked_at().map_or_else(String::new, |at| format!("asked {}", clock(at)))
    };
    let right = theme.say(&format!("{looked} ")).into_owned();
    let room = usize::from(area.width);
    buffer.set_stringn(
        area.x,
        area.y,
        theme.fit(&format!(" {troubles}{known}"), room),
        room,
        theme.style(Tone::Heading),
    );
    let x = area.right().saturating_sub(u16::try_from(width(&right)).unwrap_or(0)).max(area.x);
    buffer.set_stringn(x, area.y, &right, width(&right), theme.style(Tone::Dim));
}

/// The first key of an action on an open finding.
fn key(action: Action) -> &'static str {
    of(Place::Finding).find(|binding| binding.action == action).and_then(|binding| binding.keys.first()).unwrap_or(&"")
}
