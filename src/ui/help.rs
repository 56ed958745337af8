//! The key table, and what marks and columns mean. Keys come from the key table, columns from those of the table at this width.
//!
//! ```text
//! ┌ Keys ─────────────────────────────────────────┐
//! │  ↑ k          one row up                      │
//! │  Marks                                        │
//! │  !!           refused now, or a quota of zero │
//! └─────────────────────────────────── 9 more ↓ ──┘
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    symbols::border,
    widgets::{Block, Widget},
};

use crate::app::{
    filter::TERMS,
    keys::{BINDINGS, Binding},
    quotas::TERMS as QUOTA_TERMS,
    state::State,
    view::Screen,
};

use super::{
    columns::of_width,
    quotas,
    text::{width, wrap},
    theme::{Theme, Tone},
};

/// Cells of the left column.
const NAMES: u16 = 13;

/// The widest the window gets.
const WIDEST: u16 = 100;

const MARKS: [(&str, &str); 6] = [
    ("!!", "refused in the last 5 minutes, or a quota of zero"),
    (
        "!",
        "5xx in the last 5 minutes, use or peak at 80% or more, latency twice the usual, or another tier served than asked",
    ),
    ("?", "something needed for a verdict is not known"),
    ("—", "not known, or not defined for a pool; never zero"),
    (
        "≥ ≤",
        "at least, at most: some data is missing; or Reserved or long-context traffic may be in it, which has quotas of its own",
    ),
    ("~", "rests on fewer than 20 samples"),
];

const MOUSE: [(&str, &str); 3] = [
    ("click", "choose a row, open it when chosen; sort by a title; go to a tab; read the charts at a minute"),
    ("wheel", "move; on a chart: more or less time"),
    ("Shift", "with the mouse selects text in most terminals; --no-mouse leaves it to them altogether"),
];

/// A line of the help: what it is about, and what is said of it. A heading has nothing said of it.
type Line = (String, String);

fn lines(state: &State, theme: &Theme, screen: u16, room: usize) -> Vec<Line> {
    let behind = state.view.behind();
    let (here, elsewhere): (Vec<&Binding>, Vec<&Binding>) =
        BINDINGS.iter().partition(|binding| binding.places.contains(&behind));
    let keys = |bindings: Vec<&Binding>| {
        bindings.into_iter().map(|binding| (binding.keys.join(" "), binding.long)).collect::<Vec<_>>()
    };
    let marks = MARKS.iter().map(|(mark, meaning)| ((*mark).to_owned(), *meaning));
    let of_quotas = state.view.screen == Screen::Quotas;
    let columns: Vec<(&str, &str)> = if of_quotas {
        quotas::COLUMNS.iter().map(|column| (column.title, column.about)).collect()
    } else {
        of_width(screen).map(|column| (column.title, column.about)).collect()
    };
    let columns = columns.into_iter().filter(|(title, _)| !title.is_empty());
    let columns = columns.map(|(title, about)| (title.to_owned(), about));
    let mut lines = Vec::new();
    section("", keys(here).into_iter(), theme, room, &mut lines);
    section("Marks", marks, theme, room, &mut lines);
    section("Columns", columns, theme, room, &mut lines);
    let terms = if of_quotas { QUOTA_TERMS } else { &TERMS };
    let terms = terms.iter().map(|(term, meaning)| ((*term).to_owned(), *meaning));
    section("Filter", terms, theme, room, &mut lines);
    section("Keys elsewhere", keys(elsewhere).into_iter(), theme, room, &mut lines);
    section("Mouse", MOUSE.into_iter().map(|(what, does)| (what.to_owned(), does)), theme, room, &mut lines);
    lines
}

fn section(
    title: &str,
    entries: impl Iterator<Item = (String, &'static str)>,
    theme: &Theme,
    room: usize,
    lines: &mut Vec<Line>,
) {
    if !title.is_empty() {
        lines.extend([(String::new(), String::new()), (title.to_owned(), String::new())]);
    }
    for (name, about) in entries {
        let mut name = theme.say(&name).into_owned();
        for part in wrap(&theme.say(about), room, "") {
            lines.push((std::mem::take(&mut name), part));
        }
    }
}

fn lines_in(state: &State, theme: &Theme, area: Rect) -> Vec<Line> {
    lines(state, theme, area.width, usize::from(area.width.min(WIDEST).saturating_sub(NAMES + 5)))
}

/// Lines that the help can be scrolled by.
#[must_use]
pub fn scroll_at_most(state: &State, theme: &Theme, area: Rect) -> usize {
    lines_in(state, theme, area).len().saturating_sub(usize::from(area.height.saturating_sub(2)))
}

/// Draws the window in the table's place.
pub fn draw(state: &State, scroll: u16, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let wide = area.width.min(WIDEST);
    let lines = lines_in(state, theme, area);
    let tall = area.height.min(u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2));
    let frame =
        Rect { x: area.x + (area.width - wide) / 2, y: area.y + (area.height - tall) / 2, width: wide, height: tall };
    let inner_height = usize::from(tall.saturating_sub(2));
    let first = usize::from(scroll).min(lines.len().saturating_sub(inner_height));
    let below = lines.len().saturating_sub(first + inner_height);
    let block = window(theme, " Keys ", below);
    let inner = block.inner(frame);
    block.render(frame, buffer);
    for (y, (name, about)) in (inner.y..inner.bottom()).zip(lines.iter().skip(first)) {
        let tone = if about.is_empty() { Tone::Accent } else { Tone::Key };
        let room = usize::from(inner.width.saturating_sub(1));
        buffer.set_stringn(inner.x + 1, y, name, room.min(width(name)), theme.style(tone));
        let room = usize::from(inner.width.saturating_sub(NAMES + 1));
        let x = (inner.x + NAMES + 1).min(inner.right().saturating_sub(1));
        buffer.set_stringn(x, y, about, room, theme.style(Tone::Plain));
    }
}

/// A window in front of the screen; so many lines are below what it shows.
pub(super) fn window(theme: &Theme, title: &str, below: usize) -> Block<'static> {
    let foot = if below == 0 { String::new() } else { format!(" {below} more ↓ ") };
    frame(title, &foot, theme)
}

/// The frame of a window in front of the screen: a title, and below it a word where there is one.
pub(super) fn frame(title: &str, foot: &str, theme: &Theme) -> Block<'static> {
    const ASCII: border::Set = border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    };
    let block = Block::bordered()
        .border_set(if theme.ascii { ASCII } else { border::ROUNDED })
        .border_style(theme.style(Tone::Dim))
        .title(title.to_owned())
        .title_style(theme.style(Tone::Accent));
    if foot.is_empty() { block } else { block.title_bottom(theme.say(foot).into_owned()) }
}
