//! A buffer as SVG: the pictures in the README are the real screens.
//!
//! Every run of equally styled cells is one `<text>` with its own `x` and `textLength`, so that columns stay aligned whatever font the viewer has;
//! bars are rectangles, boxes are lines and Braille is dots, because fonts draw them with gaps, or not at all.

use std::fmt::Write;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use unicode_width::UnicodeWidthStr;

/// Size of a cell, and of the margin, in the picture's units.
const CELL: (f64, f64) = (8.43, 18.0);
const MARGIN: f64 = 12.0;
/// Where the baseline is in a cell, and how large the letters are.
const BASELINE: f64 = 13.4;
const FONT_SIZE: f64 = 14.0;
const FONTS: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/// The colours of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colours {
    /// Usual text.
    pub foreground: u32,
    /// The background.
    pub background: u32,
    /// The 16 ANSI colours.
    pub ansi: [u32; 16],
}

/// A dark terminal.
pub const DARK: Colours = Colours {
    foreground: 0x00d4_d7dd,
    background: 0x0016_191f,
    ansi: [
        0x0020_242b,
        0x00d9_5468,
        0x008b_d49c,
        0x00eb_bf83,
        0x005e_a1e8,
        0x00b6_94d8,
        0x006f_b8c9,
        0x00b7_c5d3,
        0x0056_6170,
        0x00ff_6b7d,
        0x00a3_e8b2,
        0x00ff_d394,
        0x0082_baf5,
        0x00f0_7ce0,
        0x008a_d5e5,
        0x00ff_ffff,
    ],
};

/// A light terminal.
pub const LIGHT: Colours = Colours {
    foreground: 0x0024_292f,
    background: 0x00fd_fdfc,
    ansi: [
        0x0024_292f,
        0x00cf_222e,
        0x0011_6329,
        0x009a_6700,
        0x0009_69da,
        0x00a0_2f9d,
        0x001b_7c83,
        0x006e_7781,
        0x0057_606a,
        0x00d1_242f,
        0x001a_7f37,
        0x00bf_8700,
        0x0021_8bff,
        0x00bf_3989,
        0x0031_92aa,
        0x008c_959f,
    ],
};

/// The buffer as an SVG document; `title` is what screen readers say.
#[must_use]
pub fn svg(buffer: &Buffer, colours: &Colours, title: &str) -> String {
    let area = buffer.area;
    let size = (f64::from(area.width) * CELL.0 + 2.0 * MARGIN, f64::from(area.height) * CELL.1 + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.1} {1:.1}\" width=\"{0:.1}\" height=\"{1:.1}\" role=\"img\" font-family=\"{FONTS}\" font-size=\"{FONT_SIZE}\">\n<title>{2}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{3}\"/>\n",
        size.0,
        size.1,
        escaped(title),
        hex(colours.background),
    );
    for y in 0..area.height {
        let runs = runs(buffer, area.y + y, colours);
        for alike in runs.chunk_by(|a, b| a.look.background == b.look.background) {
            background(&mut out, alike, y, colours);
        }
        for run in &runs {
            foreground(&mut out, run, y);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Neighbouring cells that look alike.
struct Run {
    x: u16,
    cells: u16,
    text: String,
    look: Look,
}

#[derive(Clone, Copy, PartialEq)]
struct Look {
    foreground: u32,
    background: u32,
    bold: bool,
    underlined: bool,
    shape: Shape,
}

/// How a cell is drawn.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Text,
    /// A bar that fills so many eighths.
    Bar(u8),
    /// Lines from the cell's middle: left, right, up, down.
    Lines([bool; 4]),
    /// Two by four dots, by the bits of the Braille block.
    Dots,
    /// So many tenths of the colour.
    Shade(u8),
    /// An empty square.
    Square,
}

impl Shape {
    fn of(symbol: &str) -> Self {
        match symbol {
            "─" => Self::Lines([true, true, false, false]),
            "┤" => Self::Lines([true, false, true, true]),
            "┬" => Self::Lines([true, true, false, true]),
            "┴" => Self::Lines([true, true, true, false]),
            "┼" => Self::Lines([true; 4]),
            "╵" => Self::Lines([false, false, true, false]),
            "░" => Self::Shade(3),
            "□" => Self::Square,
            "│" => Self::Lines([false, false, true, true]),
            "├" => Self::Lines([false, true, true, true]),
            "└" | "╰" => Self::Lines([false, true, true, false]),
            "┌" | "╭" => Self::Lines([false, true, false, true]),
            "┐" | "╮" => Self::Lines([true, false, false, true]),
            "┘" | "╯" => Self::Lines([true, false, true, false]),
            _ if symbol.chars().all(|c| ('\u{2801}'..='\u{28ff}').contains(&c)) => Self::Dots,
            _ => {
                let bar = "▁▂▃▄▅▆▇█".chars().zip(1..).find(|(bar, _)| symbol.starts_with(*bar));
                bar.map_or(Self::Text, |(_, eighths)| Self::Bar(eighths))
            }
        }
    }
}

fn runs(buffer: &Buffer, y: u16, colours: &Colours) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = buffer.area.x;
    while x < buffer.area.right() {
        let cell = &buffer[(x, y)];
        let cells = u16::try_from(cell.symbol().width().max(1)).unwrap_or(1);
        let look = look(cell, colours);
        match runs.last_mut() {
            // Characters of two cells stand alone: their advance is the font's own affair.
            Some(run) if run.look == look && cells == 1 && run.cells as usize == run.text.chars().count() => {
                run.cells += 1;
                run.text.push_str(cell.symbol());
            }
            _ => runs.push(Run { x: x - buffer.area.x, cells, text: cell.symbol().to_owned(), look }),
        }
        x += cells;
    }
    runs
}

fn look(cell: &Cell, colours: &Colours) -> Look {
    let mut foreground = rgb(cell.fg, colours, colours.foreground);
    let mut background = rgb(cell.bg, colours, colours.background);
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut foreground, &mut background);
    }
    if cell.modifier.contains(Modifier::DIM) {
        foreground = mixed(foreground, background);
    }
    let bold = cell.modifier.contains(Modifier::BOLD);
    let underlined = cell.modifier.contains(Modifier::UNDERLINED);
    Look { foreground, background, bold, underlined, shape: Shape::of(cell.symbol()) }
}

/// Neighbours on one background share a rectangle: no seams.
fn background(out: &mut String, alike: &[Run], y: u16, colours: &Colours) {
    let cells = alike.iter().map(|run| run.cells).sum();
    if let Some(first) = alike.first().filter(|run| run.look.background != colours.background) {
        rectangle(out, (first.x, y), cells, 8, first.look.background);
    }
    for run in alike.iter().filter(|run| run.look.underlined) {
        let (x, y) = place(run.x, y);
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"1\" fill=\"{}\"/>",
            y + CELL.1 - 1.5,
            f64::from(run.cells) * CELL.0,
            hex(run.look.foreground)
        );
    }
}

fn foreground(out: &mut String, run: &Run, y: u16) {
    match run.look.shape {
        Shape::Bar(eighths) => rectangle(out, (run.x, y), run.cells, eighths, run.look.foreground),
        Shape::Lines(sides) => lines(out, run, y, sides),
        Shape::Dots => dots(out, run, y),
        Shape::Square => squares(out, run, y),
        Shape::Shade(tenths) => shade(out, run, y, tenths),
        Shape::Text => letters(out, run, y),
    }
}

fn lines(out: &mut String, run: &Run, y: u16, [left, right, up, down]: [bool; 4]) {
    let mut path = String::new();
    for cell in 0..run.cells {
        let (x, y) = place(run.x + cell, y);
        let (middle, centre) = (x + CELL.0 / 2.0, y + CELL.1 / 2.0);
        let ends = [(left, x, centre), (right, x + CELL.0, centre), (up, middle, y), (down, middle, y + CELL.1)];
        for (_, x, y) in ends.into_iter().filter(|(drawn, ..)| *drawn) {
            let _ = write!(path, "M{middle:.1} {centre:.1}L{x:.1} {y:.1}");
        }
    }
    let _ = writeln!(
        out,
        "<path d=\"{path}\" stroke=\"{}\" stroke-width=\"1.2\" fill=\"none\"/>",
        hex(run.look.foreground)
    );
}

/// The bits of a Braille character (Unicode, block 2800): column and row from above.
const BRAILLE: [(u32, f64, f64); 8] = [
    (0x01, 0.0, 0.0),
    (0x02, 0.0, 1.0),
    (0x04, 0.0, 2.0),
    (0x40, 0.0, 3.0),
    (0x08, 1.0, 0.0),
    (0x10, 1.0, 1.0),
    (0x20, 1.0, 2.0),
    (0x80, 1.0, 3.0),
];

/// Dots are strokes of no length with round ends.
fn dots(out: &mut String, run: &Run, y: u16) {
    let mut path = String::new();
    for (cell, symbol) in (run.x..).zip(run.text.chars()) {
        let (x, y) = place(cell, y);
        for (_, column, row) in BRAILLE.into_iter().filter(|(bit, ..)| u32::from(symbol) & bit != 0) {
            let _ =
                write!(path, "M{:.1} {:.1}h0", x + CELL.0 * (0.25 + column / 2.0), y + CELL.1 * (0.125 + row / 4.0));
        }
    }
    let _ = writeln!(
        out,
        "<path d=\"{path}\" stroke=\"{}\" stroke-width=\"2.6\" stroke-linecap=\"round\"/>",
        hex(run.look.foreground)
    );
}

fn squares(out: &mut String, run: &Run, y: u16) {
    for cell in run.x..run.x + run.cells {
        let (x, y) = place(cell, y);
        let side = CELL.0 - 2.0;
        let top = y + (CELL.1 - side) / 2.0;
        let colour = hex(run.look.foreground);
        let _ = writeln!(
            out,
            "<path d=\"M{:.1} {top:.1}h{side:.1}v{side:.1}h-{side:.1}z\" stroke=\"{colour}\" fill=\"none\"/>",
            x + 1.0
        );
    }
}

/// A whole cell, of a colour between the two.
fn shade(out: &mut String, run: &Run, y: u16, tenths: u8) {
    let shares = (u32::from(tenths) * 10, 100 - u32::from(tenths) * 10);
    rectangle(out, (run.x, y), run.cells, 8, blend(run.look.foreground, run.look.background, shares));
}

/// Words that two blanks or more part are placed on their own: no viewer can let a long run drift.
fn letters(out: &mut String, run: &Run, y: u16) {
    let mut at = 0;
    for words in run.text.split("  ") {
        let blanks = words.len() - words.trim_start().len();
        let start = run.x + u16::try_from(at + blanks).unwrap_or(0);
        at += words.width() + 2;
        let words = words.trim();
        if !words.is_empty() {
            word(out, words, place(start, y), run.look);
        }
    }
}

fn word(out: &mut String, text: &str, (x, y): (f64, f64), look: Look) {
    let weight = if look.bold { " font-weight=\"700\"" } else { "" };
    let length = f64::from(u16::try_from(text.width()).unwrap_or(0)) * CELL.0;
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{}\"{weight}>{}</text>",
        y + BASELINE,
        hex(look.foreground),
        escaped(text)
    );
}

fn rectangle(out: &mut String, (x, y): (u16, u16), cells: u16, eighths: u8, colour: u32) {
    let (x, y) = place(x, y);
    let height = CELL.1 * f64::from(eighths) / 8.0;
    let _ = writeln!(
        out,
        "<rect x=\"{x:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{height:.2}\" fill=\"{}\" shape-rendering=\"crispEdges\"/>",
        y + CELL.1 - height,
        f64::from(cells) * CELL.0,
        hex(colour)
    );
}

fn place(x: u16, y: u16) -> (f64, f64) {
    (MARGIN + f64::from(x) * CELL.0, MARGIN + f64::from(y) * CELL.1)
}

fn hex(colour: u32) -> String {
    format!("#{colour:06x}")
}

fn mixed(a: u32, b: u32) -> u32 {
    blend(a, b, (55, 45))
}

/// So many percent of each.
fn blend(a: u32, b: u32, shares: (u32, u32)) -> u32 {
    let channel = |shift: u32| (((a >> shift & 0xff) * shares.0 + (b >> shift & 0xff) * shares.1) / 100) << shift;
    channel(16) | channel(8) | channel(0)
}

fn rgb(colour: Color, colours: &Colours, usual: u32) -> u32 {
    let ansi = |index: usize| colours.ansi[index];
    match colour {
        Color::Reset => usual,
        Color::Black => ansi(0),
        Color::Red => ansi(1),
        Color::Green => ansi(2),
        Color::Yellow => ansi(3),
        Color::Blue => ansi(4),
        Color::Magenta => ansi(5),
        Color::Cyan => ansi(6),
        Color::Gray => ansi(7),
        Color::DarkGray => ansi(8),
        Color::LightRed => ansi(9),
        Color::LightGreen => ansi(10),
        Color::LightYellow => ansi(11),
        Color::LightBlue => ansi(12),
        Color::LightMagenta => ansi(13),
        Color::LightCyan => ansi(14),
        Color::White => ansi(15),
        Color::Indexed(index) => indexed(index, colours),
        Color::Rgb(r, g, b) => u32::from_be_bytes([0, r, g, b]),
    }
}

/// xterm's 256 colours: 16 of ANSI, a cube of 6 × 6 × 6, 24 greys.
fn indexed(index: u8, colours: &Colours) -> u32 {
    match index {
        0..=15 => colours.ansi[usize::from(index)],
        16..=231 => {
            let step = |value: u8| if value == 0 { 0 } else { 55 + 40 * value };
            let index = index - 16;
            u32::from_be_bytes([0, step(index / 36), step(index / 6 % 6), step(index % 6)])
        }
        232..=255 => u32::from(8 + 10 * (index - 232)) * 0x0001_0101,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
