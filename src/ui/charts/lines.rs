//! Lines: latencies, tiers and tokens, in dots of which a cell holds two by four; in ASCII by cells. A line is never drawn over a gap.

use std::{cmp::Ordering, ops::Range};

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    domain::{
        chart::{Chart, Line, Statistic, Unit},
        series::Cell,
        usual::Usual,
    },
    ui::theme::{Theme, Tone},
};

use super::{
    axis::Scale,
    cells::{Glyphs, put},
    columns::Columns,
    reading::{initial, mark, series},
};

/// Dots of a cell.
const ACROSS: u16 = 2;
const DOWN: u16 = 4;

/// The bits of a Braille character, by column and row from below (Unicode, block 2800).
const BITS: [[u8; 4]; 2] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]];

/// The columns of dots of a field so many cells wide.
#[must_use]
pub fn columns(chart: &Chart, width: u16) -> Columns {
    Columns::new(chart, usize::from(width * ACROSS))
}

/// The cell that a column of dots lies in.
#[must_use]
pub fn cell_of(column: usize) -> usize {
    column / usize::from(ACROSS)
}

/// The columns of dots of a cell.
#[must_use]
pub fn dots_of(cell: usize) -> Range<usize> {
    let across = usize::from(ACROSS);
    cell * across..(cell + 1) * across
}

/// The row of a number, counted from below.
#[must_use]
pub fn row(number: f64, scale: Scale, height: u16) -> u16 {
    scale.steps(number, (height * DOWN).saturating_sub(1)) / DOWN
}

/// The dots of a field: of each cell its pattern, and whose it is.
struct Dots {
    width: u16,
    height: u16,
    cells: Vec<(u8, u8)>,
}

impl Dots {
    fn new(field: Rect) -> Self {
        let cells = vec![(0, 0); usize::from(field.width) * usize::from(field.height)];
        Self { width: field.width, height: field.height, cells }
    }

    /// How many dots there are from the lowest to the highest.
    fn highest(&self) -> u16 {
        (self.height * DOWN).saturating_sub(1)
    }

    fn set(&mut self, x: usize, y: u16, owner: u8) {
        let Ok(x) = u16::try_from(x) else { return };
        let (column, row) = (x / ACROSS, y / DOWN);
        if column < self.width && row < self.height {
            let cell = &mut self.cells[usize::from(row) * usize::from(self.width) + usize::from(column)];
            *cell = (cell.0 | BITS[usize::from(x % ACROSS)][usize::from(y % DOWN)], owner);
        }
    }

    fn upright(&mut self, x: usize, between: (u16, u16), owner: u8) {
        for y in between.0.min(between.1)..=between.0.max(between.1) {
            self.set(x, y, owner);
        }
    }

    /// From one place to another that lies further to the right, without its first column.
    fn stroke(&mut self, from: (usize, u16), to: (usize, u16), owner: u8) {
        let length = to.0.saturating_sub(from.0).max(1);
        let height = |at: usize| {
            let [low, high] = [from.1, to.1].map(usize::from);
            let y = (low * (length - at) + high * at + length / 2) / length;
            u16::try_from(y).unwrap_or(0)
        };
        for at in 1..=length {
            let (before, here) = (height(at - 1), height(at));
            // Half of a rise belongs to the column before: strokes meet without doubling.
            let start = match before.cmp(&here) {
                Ordering::Less => before + 1,
                Ordering::Equal => here,
                Ordering::Greater => before - 1,
            };
            self.upright(from.0 + at, (start, here), owner);
        }
    }
}

/// What a column of dots shows of a line.
#[derive(Clone, Copy)]
struct Piece {
    /// Where the line comes in; None where it does not come from the left.
    first: Option<f64>,
    low: f64,
    high: f64,
    /// Where it goes on; None where it ends.
    last: Option<f64>,
}

/// Draws the usual band, the lines, what is unknown, and the newest minutes.
pub fn draw(chart: &Chart, scale: Scale, theme: &Theme, field: Rect, buffer: &mut Buffer) {
    let columns = columns(chart, field.width);
    if columns.is_empty() || field.is_empty() {
        return;
    }
    draw_usual(chart, scale, columns, theme, field, buffer);
    let mut dots = Dots::new(field);
    // The most important line is drawn last: where lines meet, the cell is its.
    for (at, line) in chart.lines.iter().enumerate().rev() {
        let owner = u8::try_from(at).unwrap_or(u8::MAX);
        if columns.squeezes() {
            squeezed(chart, line, scale, columns, owner, &mut dots);
        } else {
            stretched(chart, line, scale, columns, owner, &mut dots);
        }
    }
    draw_dots(chart, &dots, theme, field, buffer);
    draw_newest(chart, scale, columns, theme, field, buffer);
    draw_unknown(chart, columns, theme, field, buffer);
}

/// A cell's number: no point is a gap in a latency, and nothing in a count.
fn number(chart: &Chart, cell: Cell) -> Option<f64> {
    if chart.unit == Unit::Milliseconds { cell.value() } else { cell.count() }
}

/// Many points: a column of dots shows the worst, the mean, or all between the lowest and the highest, as the statistic says.
fn squeezed(chart: &Chart, line: &Line, scale: Scale, columns: Columns, owner: u8, dots: &mut Dots) {
    let height = |number: f64| scale.steps(number, dots.highest());
    let pieces: Vec<_> =
        (0..usize::from(dots.width * ACROSS)).map(|column| piece(chart, line, columns.points(column))).collect();
    let heights: Vec<_> = pieces
        .iter()
        .map(|piece| piece.map(|of| (of.first.map(height), height(of.low), height(of.high), of.last.map(height))))
        .collect();
    let mut before = None;
    for (x, piece) in heights.into_iter().enumerate() {
        let Some((first, low, high, last)) = piece else {
            before = None;
            continue;
        };
        if let (Some(before), Some(first)) = (before, first) {
            dots.stroke((x.saturating_sub(1), before), (x, first), owner);
        }
        dots.upright(x, (low, high), owner);
        before = last;
    }
}

fn piece(chart: &Chart, line: &Line, points: Range<usize>) -> Option<Piece> {
    let cells = line.points.get(points.start..points.end.min(chart.points()).min(line.points.len()))?;
    let numbers = || cells.iter().filter_map(|cell| number(chart, *cell));
    let high = numbers().reduce(f64::max)?;
    let low = numbers().reduce(f64::min)?;
    let [first, last] = [cells.first(), cells.last()].map(|cell| cell.and_then(|cell| number(chart, *cell)));
    let one =
        |number: f64| Piece { first: first.map(|_| number), low: number, high: number, last: last.map(|_| number) };
    Some(match chart.statistic {
        Statistic::Worst | Statistic::Total => one(high),
        Statistic::Mean => {
            let (count, sum) = numbers().fold((0.0, 0.0), |(count, sum), number| (count + 1.0, sum + number));
            one(sum / count)
        }
        _ => Piece { first, low, high, last },
    })
}

/// Few points: strokes from the middle of one to the middle of the next; a point without neighbours is as long as its period.
fn stretched(chart: &Chart, line: &Line, scale: Scale, columns: Columns, owner: u8, dots: &mut Dots) {
    let place = |point: usize| {
        let number = number(chart, *line.points.get(point)?)?;
        Some((columns.middle(point), scale.steps(number, dots.height.saturating_mul(DOWN).saturating_sub(1))))
    };
    let places: Vec<_> = (0..chart.points()).map(place).collect();
    for (point, here) in places.iter().enumerate() {
        let Some(here) = here else { continue };
        let [before, after] = [point.checked_sub(1), Some(point + 1)].map(|at| *at.and_then(|at| places.get(at))?);
        dots.set(here.0, here.1, owner);
        match (before, after) {
            (Some(before), _) => dots.stroke(before, *here, owner),
            (None, Some(_)) => {}
            (None, None) => columns.of(point).for_each(|x| dots.set(x, here.1, owner)),
        }
    }
}

fn draw_dots(chart: &Chart, dots: &Dots, theme: &Theme, field: Rect, buffer: &mut Buffer) {
    let looks: Vec<_> = chart.lines.iter().map(|line| (mark(&line.what), theme.style(series(&line.what)))).collect();
    let width = usize::from(dots.width.max(1));
    for (row, cells) in (0..field.height).zip(dots.cells.chunks(width)) {
        for (x, (bits, owner)) in (field.x..field.right()).zip(cells) {
            let Some((letter, style)) = looks.get(usize::from(*owner)).filter(|_| *bits != 0) else { continue };
            let braille = char::from_u32(0x2800 + u32::from(*bits)).unwrap_or(' ');
            let y = field.bottom() - 1 - row;
            let behind = buffer.cell((x, y)).map(|cell| cell.bg);
            let glyph = if theme.ascii { *letter } else { braille };
            put(buffer, x, y, glyph, Style { bg: behind, ..*style });
        }
    }
}

/// The usual band, as whole cells.
fn draw_usual(chart: &Chart, scale: Scale, columns: Columns, theme: &Theme, field: Rect, buffer: &mut Buffer) {
    // The texture tells without colour, the background goes on behind the lines.
    let style = Style { bg: theme.band().bg, ..theme.style(Tone::Band) };
    let row = |number: f64| row(number, scale, field.height);
    for (cell, x) in (field.x..field.right()).enumerate() {
        let points = columns.points(dots_of(cell).start);
        let Some(usual) = usual_at(chart, points) else { continue };
        for row in row(usual.low)..=row(usual.high) {
            put(buffer, x, field.bottom() - 1 - row.min(field.height - 1), Glyphs::of(theme).usual, style);
        }
    }
}

fn usual_at(chart: &Chart, points: Range<usize>) -> Option<Usual> {
    let middle = usize::midpoint(points.start, points.end.saturating_sub(1));
    chart.usual.get(middle).copied().flatten()
}

/// The first line's newest minutes, dim, and never joined with it.
fn draw_newest(chart: &Chart, scale: Scale, columns: Columns, theme: &Theme, field: Rect, buffer: &mut Buffer) {
    for (point, number) in (chart.points()..).zip(&chart.hollow) {
        let row = row(*number, scale, field.height);
        let Ok(cell) = u16::try_from(cell_of(columns.middle(point))) else { continue };
        let (x, y) = (field.x + cell.min(field.width - 1), field.bottom() - 1 - row.min(field.height - 1));
        if buffer.cell((x, y)).is_some_and(|cell| cell.symbol() == " ") {
            put(buffer, x, y, Glyphs::of(theme).hollow, theme.style(Tone::Dim));
        }
    }
}

fn at(line: &Line, point: usize) -> Cell {
    line.points.get(point).copied().unwrap_or_default()
}

/// A mark at the field's foot where no line has anything and the first one is unknown.
fn draw_unknown(chart: &Chart, columns: Columns, theme: &Theme, field: Rect, buffer: &mut Buffer) {
    let settled = chart.points();
    for (cell, x) in (field.x..field.right()).enumerate() {
        let dots = dots_of(cell);
        let points = columns.points(dots.start).start..columns.points(dots.end - 1).end.min(settled);
        let is_unknown = |line: &Line| points.clone().any(|point| at(line, point) == Cell::Unknown);
        let is_seen = |line: &Line| points.clone().any(|point| number(chart, at(line, point)).is_some());
        let y = field.bottom() - 1;
        let is_free = buffer.cell((x, y)).is_some_and(|cell| cell.symbol() == " ");
        if is_free && chart.lines.first().is_some_and(is_unknown) && !chart.lines.iter().any(is_seen) {
            put(buffer, x, y, Glyphs::of(theme).unknown, theme.style(Tone::Dim));
        }
    }
}

/// Names each line where it ends, beside the field: the higher one above the lower one, the most important ones where there is no room for all.
pub fn draw_labels(chart: &Chart, scale: Scale, theme: &Theme, labels: Rect, buffer: &mut Buffer) {
    if labels.is_empty() || chart.lines.len() < 2 {
        return;
    }
    let newest = |line: &Line| line.points.iter().rev().find_map(|cell| number(chart, *cell));
    let ends = chart.lines.iter().filter_map(|line| Some((newest(line)?, line)));
    let mut ends: Vec<_> = ends.take(usize::from(labels.height)).collect();
    ends.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut free = labels.height;
    for ((number, line), below) in ends.iter().zip((0..ends.len()).rev()) {
        let needed = u16::try_from(below).unwrap_or(0);
        let row = row(*number, scale, labels.height).clamp(needed, (free - 1).max(needed));
        free = row;
        let name = theme.fit(&initial(&line.what), usize::from(labels.width));
        let y = labels.bottom() - 1 - row;
        buffer.set_stringn(labels.x, y, name, usize::from(labels.width), theme.style(series(&line.what)));
    }
}
