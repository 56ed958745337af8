//! The choice of a Region: which have Bedrock, and on request where there is traffic.
//!
//! ```text
//! ┌ Regions ────────────────────────────────────────────────────────────┐
//! │ l looks for traffic: 31 ListMetrics calls, ≤ $0.00031 (the first …) │
//! │   us-east-1        N. Virginia      us        131 models  here      │
//! │   eu-west-1        Ireland          eu         83 models  traffic   │
//! └─────────────────────────────────────────── table of 2026-11-22 ─────┘
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    widgets::{Clear, Widget},
};

use crate::{
    app::{
        keys::{Action, first_key},
        regions::{Look, RegionLine, usd_of_look},
        state::State,
        view::Overlay,
    },
    domain::fault::{Fault, FaultKind},
};

use super::{
    help::frame,
    numbers::{UNKNOWN, clock},
    text::{clean, width, wrap},
    theme::{Theme, Tone},
};

/// The widest the window gets.
const WIDEST: u16 = 96;

/// Columns of a line: the Region, its name, prefixes, models; what was seen takes the rest.
const COLUMNS: [u16; 4] = [16, 15, 9, 12];

/// Below this width names and prefixes go, below the next the models.
const ROOM_FOR_NAMES: u16 = 66;
const ROOM_FOR_MODELS: u16 = 44;

/// Draws it in the table's place.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let lines = state.region_lines();
    let places = places(state, theme, area, lines.len());
    Clear.render(places.window, buffer);
    let below = lines.len().saturating_sub(places.first + usize::from(places.list.height));
    let foot = if below > 0 {
        format!(" {below} more ↓ ")
    } else {
        format!(" table of {} ", clean(&state.regions.table.as_of))
    };
    frame(" Regions ", &foot, theme).render(places.window, buffer);
    for (y, line) in (places.head.y..places.head.bottom()).zip(&places.lines) {
        put(line, Rect { y, height: 1, ..places.head }, Tone::Dim, theme, buffer);
    }
    let cursor = cursor(state, lines.len());
    let rows = lines.iter().enumerate().skip(places.first);
    for (y, (index, line)) in (places.list.y..places.list.bottom()).zip(rows) {
        let area = Rect { y, height: 1, ..places.list };
        draw_line(state, line, theme, area, buffer);
        if index == cursor {
            buffer.set_style(area, theme.cursor());
        }
    }
}

/// The line at this place, counted from the first of all; None beside the lines.
#[must_use]
pub fn pointed_at(state: &State, area: Rect, column: u16, row: u16) -> Option<usize> {
    let lines = state.region_lines().len();
    let places = places(state, &Theme::default(), area, lines);
    if !places.list.contains((column, row).into()) {
        return None;
    }
    Some(places.first + usize::from(row - places.list.y)).filter(|line| *line < lines)
}

struct Places {
    window: Rect,
    /// The sentences above the list, and where they stand.
    head: Rect,
    lines: Vec<String>,
    list: Rect,
    /// The first line of the list that is shown.
    first: usize,
}

fn places(state: &State, theme: &Theme, area: Rect, lines: usize) -> Places {
    let wide = area.width.min(WIDEST);
    let inner_width = wide.saturating_sub(4);
    let mut said = said(state, theme, usize::from(inner_width));
    // Of a short window the list has at least half.
    said.truncate(usize::from(area.height.saturating_sub(2) / 2));
    let head_height = u16::try_from(said.len()).unwrap_or(0);
    let wanted = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(head_height + 2);
    let tall = area.height.min(wanted);
    let window =
        Rect { x: area.x + (area.width - wide) / 2, y: area.y + (area.height - tall) / 2, width: wide, height: tall };
    let inner = Rect {
        x: window.x + 2.min(window.width),
        y: window.y + 1.min(window.height),
        width: inner_width,
        height: window.height.saturating_sub(2),
    };
    let head = Rect { height: head_height.min(inner.height), ..inner };
    let list = Rect { y: inner.y + head.height, height: inner.height - head.height, ..inner };
    let height = usize::from(list.height);
    let first = cursor(state, lines).saturating_sub(height / 2).min(lines.saturating_sub(height));
    Places { window, head, lines: said, list, first }
}

fn cursor(state: &State, lines: usize) -> usize {
    match &state.view.overlay {
        Some(Overlay::Regions(view)) => view.cursor.min(lines.saturating_sub(1)),
        _ => 0,
    }
}

/// What looking costs, or how far it is.
fn said(state: &State, theme: &Theme, room: usize) -> Vec<String> {
    let lines = state.region_lines().len();
    let looks = &state.regions.looks;
    let text = if state.regions.is_looking() {
        let done = looks.values().filter(|look| **look != Look::Asking).count();
        format!("looking for calls of the last 3 h: {done} of {} Regions have answered", looks.len())
    } else {
        let again = if looks.is_empty() { "looks" } else { "looks again" };
        format!(
            "{} {again} for calls of the last 3 h: {lines} ListMetrics calls, ≤ ${:.5}; the first million a month is free",
            first_key(Action::Look),
            usd_of_look(lines)
        )
    };
    wrap(&theme.say(&text), room, &theme.say("…"))
}

fn draw_line(state: &State, line: &RegionLine, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let models = line.row.and_then(|row| row.models);
    let models = models.map_or_else(|| UNKNOWN.to_owned(), |models| format!("{models:>3} models"));
    let name = line.row.map_or("", |row| &row.name);
    let prefixes = line.row.map_or_else(String::new, |row| row.prefixes.join(" "));
    let prefixes = if prefixes.is_empty() { UNKNOWN } else { &prefixes };
    let (names, with_models) = (area.width >= ROOM_FOR_NAMES, area.width >= ROOM_FOR_MODELS);
    let texts = [clean(line.region.as_str()), clean(name), clean(prefixes), models];
    let tones = [if line.current { Tone::Strong } else { Tone::Plain }, Tone::Plain, Tone::Dim, Tone::Dim];
    let shown = [true, names, names, with_models];
    let mut x = area.x;
    for (((text, tone), wide), shown) in texts.iter().zip(tones).zip(COLUMNS).zip(shown) {
        if shown {
            let room = wide.min(area.right().saturating_sub(x));
            put(text, Rect { x, width: room.saturating_sub(1), ..area }, tone, theme, buffer);
            x += room;
        }
    }
    let (text, tone) = standing(state, line);
    put(&text, Rect { x, width: area.right().saturating_sub(x), ..area }, tone, theme, buffer);
}

/// What is known of a Region: that it is the present one, what was seen there, or why not.
fn standing(state: &State, line: &RegionLine) -> (String, Tone) {
    if state.regions.switching.as_ref() == Some(line.region) {
        return ("switching…".to_owned(), Tone::Accent);
    }
    let here = if line.current { "here" } else { "" };
    let (seen, tone) = match line.look {
        None if line.row.is_some_and(|row| row.opt_in) => ("opt-in".to_owned(), Tone::Dim),
        None => (UNKNOWN.to_owned(), Tone::Dim),
        Some(Look::Asking) => ("looking…".to_owned(), Tone::Dim),
        Some(Look::Seen(at, true)) => (format!("traffic ({})", clock(*at)), Tone::Good),
        Some(Look::Seen(at, false)) => (format!("no traffic ({})", clock(*at)), Tone::Dim),
        Some(Look::Failed(fault)) => (short_reason(fault, line), Tone::Warn),
    };
    let gap = if here.is_empty() { "" } else { ", " };
    let seen = if line.look.is_none() && line.current { String::new() } else { format!("{gap}{seen}") };
    (format!("{here}{seen}"), tone)
}

/// Why traffic could not be seen, in a few words.
fn short_reason(fault: &Fault, line: &RegionLine) -> String {
    let opt_in = line.row.is_some_and(|row| row.opt_in);
    match (fault.kind, &fault.action) {
        (FaultKind::Invalid, _) if opt_in => "keys refused: not enabled (opt-in)?".to_owned(),
        (FaultKind::Invalid, _) => "keys or request refused".to_owned(),
        (FaultKind::Denied, Some(action)) => format!("denied: needs {}", clean(action)),
        (kind, _) => kind.name().replace('-', " "),
    }
}

/// Writes into an area and never beyond it.
fn put(text: &str, area: Rect, tone: Tone, theme: &Theme, buffer: &mut Buffer) {
    let room = usize::from(area.width);
    if room == 0 || area.height == 0 {
        return;
    }
    let text = theme.fit(text, room);
    buffer.set_stringn(area.x, area.y, &text, width(&text).min(room), theme.style(tone));
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::{
        app::{event::Event, update::update},
        domain::{fault::Source, ids::Region},
        ui::{
            Palette,
            fixtures::{demo, denied, time},
        },
    };

    fn press(state: &mut State, keys: &[&str]) {
        for key in keys {
            update(state, Event::Key((*key).into()), time("03:13:52"));
        }
    }

    fn looked(state: &mut State, region: &str, found: Result<bool, Fault>) {
        let generation = state.generation;
        update(state, Event::Looked(generation, Region::from(region), found), time("03:13:53"));
    }

    fn drawn(state: &State, theme: &Theme, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(state, theme, frame.area(), frame.buffer_mut())).unwrap();
        let buffer = terminal.backend().buffer();
        let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (0..height).map(line).collect()
    }

    fn line_of<'a>(lines: &'a [String], region: &str) -> &'a str {
        lines
            .iter()
            .find(|line| line.contains(region))
            .map_or_else(|| panic!("{region}\n{}", lines.join("\n")), String::as_str)
    }

    #[test]
    fn each_line_says_what_is_known_and_the_head_what_a_look_costs() {
        let mut state = demo();
        press(&mut state, &["R"]);
        let lines = drawn(&state, &Theme::default(), 100, 40);
        line_of(&lines, "l looks for calls of the last 3 h: 31 ListMetrics calls, ≤ $0.00031");
        assert!(line_of(&lines, "us-east-1").contains("here"));
        assert!(line_of(&lines, "eu-west-1").contains("83 models  —"), "not looked yet is not known");
        press(&mut state, &["l"]);
        looked(&mut state, "eu-west-1", Ok(true));
        looked(&mut state, "us-east-1", Ok(false));
        let mut fault = denied(Source::Discovery, "cloudwatch:ListMetrics");
        looked(&mut state, "eu-central-1", Err(fault.clone()));
        fault.kind = FaultKind::Throttled;
        looked(&mut state, "eu-west-3", Err(fault));
        let lines = drawn(&state, &Theme::default(), 100, 40);
        line_of(&lines, "4 of 31 Regions have answered");
        assert!(line_of(&lines, "us-east-1").contains("here, no traffic (03:13Z)"));
        assert!(line_of(&lines, "eu-west-1").contains("traffic (03:13Z)"));
        assert!(line_of(&lines, "eu-central-1").contains("denied: needs cloudwatch:ListMetrics"));
        assert!(line_of(&lines, "eu-west-3").contains("throttled"));
        assert!(line_of(&lines, "us-west-2").contains("looking…"));
    }

    #[test]
    fn a_region_that_no_table_names_stands_first_and_one_that_is_entered_says_so() {
        let mut state = demo();
        state.session.region = "xx-north-9\u{1b}".into();
        press(&mut state, &["R"]);
        let lines = drawn(&state, &Theme::default(), 100, 40);
        assert!(line_of(&lines, "xx-north-9?").contains("here"));
        press(&mut state, &["j", "⏎"]);
        assert_eq!(state.regions.switching, Some("us-east-1".into()));
        assert!(line_of(&drawn(&state, &Theme::default(), 100, 40), "us-east-1").contains("switching…"));
    }

    #[test]
    fn the_line_under_the_mouse_is_the_one_that_is_drawn_there() {
        let mut state = demo();
        press(&mut state, &["R", "G"]);
        let area = Rect { x: 0, y: 0, width: 90, height: 16 };
        let lines = drawn(&state, &Theme::default(), area.width, area.height);
        let regions: Vec<String> = state.region_lines().iter().map(|line| line.region.to_string()).collect();
        let mut seen = 0;
        for (row, line) in (0..).zip(&lines) {
            if let Some(at) = pointed_at(&state, area, 10, row) {
                assert!(line.contains(&regions[at]), "{line} is not {}", regions[at]);
                seen += 1;
            }
        }
        assert!(seen > 5, "{}", lines.join("\n"));
        assert_eq!(pointed_at(&state, area, 0, 5), None, "the frame is no line");
    }

    #[test]
    fn nothing_panics_at_any_size_and_ascii_stays_ascii() {
        let mut state = demo();
        press(&mut state, &["R", "l"]);
        for (width, height) in (1..=130).step_by(3).flat_map(|width| [1, 2, 3, 5, 16, 60].map(|height| (width, height)))
        {
            let lines = drawn(&state, &Theme::new(Palette::NoColour, true), width, height);
            assert!(lines.iter().all(|line| line.is_ascii()), "{}", lines.join("\n"));
            drawn(&state, &Theme::default(), width, height);
            let _ = pointed_at(&state, Rect { x: 0, y: 0, width, height }, width / 2, height / 2);
        }
    }
}
