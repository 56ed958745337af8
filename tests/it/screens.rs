//! Whole screens of simulated accounts at a fixed time, with their styles: text as it stands, and below each line a letter for the style of each cell.
//!
//! `cargo insta review`, or `INSTA_UPDATE=always cargo test screens` and a look at the difference, takes a wanted change over.

use std::fmt::Write;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, layout::Size, style::Style};
use tiertop::{
    app::{event::Event, state::State, update::update},
    ui::{self, Palette, Theme},
};

use crate::support::{Run, scenario};

const SCENARIOS: [&str; 7] = ["healthy", "throttled", "zero-quota", "reserved-spill", "denied", "empty", "huge"];
const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (60, 16)];

/// A scenario after a few minutes of watching.
pub fn watched(name: &str) -> Run {
    let mut run = Run::polled(scenario(name));
    for _ in 0..3 {
        run.minute();
    }
    for _ in 0..3 {
        run.pass(1);
        run.tick();
    }
    run
}

/// Draws a state in a terminal of this size.
pub fn drawn(state: &State, theme: &Theme, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| ui::draw(frame, state, theme)).unwrap();
    terminal.backend().buffer().clone()
}

/// What stands on a buffer, line by line.
pub fn text(buffer: &Buffer) -> String {
    let line =
        |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned() + "\n";
    (0..buffer.area.height).map(line).collect()
}

/// Text and styles. The usual style is a blank; the others are letters in the order in which they come, explained at the end.
pub fn styled(buffer: &Buffer) -> String {
    let (mut out, mut styles) = (String::new(), Vec::<Style>::new());
    for y in 0..buffer.area.height {
        let (mut text, mut letters) = (String::new(), String::new());
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            text.push_str(cell.symbol());
            let style = Style { underline_color: None, ..cell.style() };
            letters.push(letter(style, &mut styles));
        }
        let _ = writeln!(out, "{}", text.trim_end());
        if !letters.trim().is_empty() {
            let _ = writeln!(out, "\u{2502}{}", letters.trim_end());
        }
    }
    for (index, style) in styles.iter().enumerate() {
        let _ = writeln!(out, "{} = {:?} on {:?} {:?}", name(index), style.fg, style.bg, style.add_modifier);
    }
    out
}

fn letter(style: Style, styles: &mut Vec<Style>) -> char {
    let usual = Buffer::empty(ratatui::layout::Rect::new(0, 0, 1, 1))[(0, 0)].style();
    if style == (Style { underline_color: None, ..usual }) {
        return ' ';
    }
    let known = styles.iter().position(|known| *known == style);
    let index = known.unwrap_or_else(|| {
        styles.push(style);
        styles.len() - 1
    });
    name(index)
}

fn name(index: usize) -> char {
    ('a'..='z').chain('A'..='Z').nth(index).unwrap_or('?')
}

#[test]
fn every_scenario_at_every_size() {
    for name in SCENARIOS {
        let run = watched(name);
        for size in SIZES {
            let buffer = drawn(&run.state, &Theme::new(Palette::Dark, false), size);
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), styled(&buffer));
        }
    }
}

#[test]
fn the_incident_tells_who_since_when_and_which_limit_without_a_key() {
    let run = watched("throttled");
    for size in [(120, 40), (80, 24)] {
        let text = text(&drawn(&run.state, &Theme::new(Palette::Dark, false), size));
        for said in ["THROTTLED", "Sonnet 4.5 us", "→now", "attempts refused", "2.0M TPM", "L-F4DDD3EB"] {
            assert!(text.contains(said), "{size:?}: {said}\n{text}");
        }
    }
}

#[test]
fn every_screen_draws_at_every_size_in_every_theme() {
    let mut run = watched("throttled");
    for keys in ["", "⏎", "2", "2v⏎", "2/x", "6", "R", "?", "z", "/", "v", "vv", "tttt", "←←z", "a", "p", "x", "o"]
    {
        for key in keys.chars() {
            let now = run.now();
            update(&mut run.state, Event::Key(key.to_string()), now);
        }
        for (index, palette) in [Palette::Dark, Palette::Light, Palette::NoColour].into_iter().enumerate() {
            for size in [(1, 1), (7, 3), (39, 8), (40, 8), (60, 16), (72, 17), (80, 24), (133, 31), (400, 200)] {
                drawn(&run.state, &Theme::new(palette, index == 2), size);
            }
        }
        for key in ["Esc", "Esc", "Esc", "1"] {
            let now = run.now();
            update(&mut run.state, Event::Key(key.into()), now);
        }
    }
}

#[test]
fn scrolling_ends_with_the_last_line_and_comes_back_at_once() {
    let mut run = watched("throttled");
    let (size, theme) = (Size::new(80, 24), Theme::default());
    let press = |run: &mut Run, key: &str| {
        let now = run.now();
        update(&mut run.state, Event::Key(key.into()), now);
        let most = ui::scroll_at_most(&run.state, &theme, size).expect("it scrolls");
        update(&mut run.state, Event::ScrollEnds(most), now);
        text(&drawn(&run.state, &theme, (size.width, size.height)))
    };
    for open in ["?", "⏎"] {
        let top = press(&mut run, open);
        let end = press(&mut run, "G");
        assert_ne!(top, end, "{open} is longer than the screen");
        assert_eq!(press(&mut run, "j"), end, "{open} ends there");
        assert_ne!(press(&mut run, "k"), end, "{open} comes back with the first key");
        let now = run.now();
        update(&mut run.state, Event::Key("Esc".into()), now);
    }
}
