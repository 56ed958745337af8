//! Bars: use, attempts and errors, in eighths of a cell.
//!
//! Over the bars there is a row for the marks of refused calls. A bar of two parts shows the second one on top of the first: refused calls on those that were accepted, 4xx on 5xx.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use crate::{
    domain::chart::{Chart, Line, Panel, Statistic, What},
    ui::{
        strip::Mark,
        theme::{Theme, Tone},
    },
};

use super::{
    axis::Scale,
    cells::{Glyphs, put},
    columns::Columns,
};

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bar {
    /// The lower part.
    pub base: f64,
    /// The upper part.
    pub upper: f64,
    /// Whether nothing is seen and not all is known.
    pub unknown: bool,
    /// Whether calls were refused in any of its points.
    pub refused: bool,
    /// What it is so far, where no minute of it is settled.
    pub hollow: Option<f64>,
}

/// Rows of a field that bars may fill: all but the one for marks.
#[must_use]
pub fn rows(field: Rect) -> u16 {
    if field.height >= 3 { field.height - 1 } else { field.height }
}

/// The lines that a panel's bars are made of.
struct Parts<'a> {
    base: Option<&'a Line>,
    upper: Option<&'a Line>,
    /// Whether the second line is a part of the first, as refused calls are of attempts.
    within: bool,
}

impl<'a> Parts<'a> {
    fn of(chart: &'a Chart) -> Self {
        let line = |what: What| chart.lines.iter().find(|line| line.what == what);
        match chart.panel {
            Panel::Attempts => Self { base: line(What::Attempts), upper: line(What::Refused), within: true },
            Panel::Errors => Self { base: line(What::ServerErrors), upper: line(What::ClientErrors), within: false },
            _ => Self { base: chart.lines.first(), upper: None, within: false },
        }
    }

    /// Lower and upper part at a point; None where nothing is known of it, or only that some of it is nothing.
    fn at(&self, point: usize) -> Option<(f64, f64)> {
        let number = |line: &Line| line.points.get(point)?.count().map(|number| number.max(0.0));
        let [base, upper] = [self.base, self.upper].map(|line| line.and_then(number));
        let is_whole = base.is_some() && (upper.is_some() || self.upper.is_none());
        let (base, upper) = (base.unwrap_or(0.0), upper.unwrap_or(0.0));
        let base = if self.within { (base - upper).max(0.0) } else { base };
        (is_whole || base + upper > 0.0).then_some((base, upper))
    }
}

/// The bars of all columns.
#[must_use]
pub fn bars(chart: &Chart, columns: Columns, width: usize) -> Vec<Bar> {
    let parts = Parts::of(chart);
    (0..width).map(|column| bar(chart, &parts, columns.points(column))).collect()
}

fn bar(chart: &Chart, parts: &Parts, points: std::ops::Range<usize>) -> Bar {
    let settled = points.start..points.end.min(chart.points());
    if settled.is_empty() {
        let first = points.start.saturating_sub(chart.points());
        let newest = chart.hollow.get(first..chart.hollow.len().min(points.end.saturating_sub(chart.points())));
        return Bar { hollow: newest.and_then(|of| of.iter().copied().reduce(f64::max)), ..Bar::default() };
    }
    let flagged = chart.refused.get(settled.start..settled.end.min(chart.refused.len()));
    let known = settled.clone().filter_map(|point| parts.at(point));
    let refused = flagged.is_some_and(|flags| flags.contains(&true))
        || parts.within && known.clone().any(|(_, refused)| refused > 0.0);
    let whole = match chart.statistic {
        Statistic::Mean => mean(known),
        // Both parts of the one worst point: the worst of each may never have come together.
        _ => known.max_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1))),
    };
    let (base, upper) = whole.unwrap_or_default();
    Bar { base, upper, unknown: whole.is_none(), refused, hollow: None }
}

fn mean(known: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    let (mut count, mut sum) = (0.0, (0.0, 0.0));
    for (base, upper) in known {
        count += 1.0;
        sum = (sum.0 + base, sum.1 + upper);
    }
    (count > 0.0).then(|| (sum.0 / count, sum.1 / count))
}

/// How the parts look.
struct Looks {
    base: Tone,
    upper: Tone,
    /// What stands in a whole cell of the upper part, reversed.
    fill: char,
}

impl Looks {
    fn of(panel: Panel) -> Self {
        match panel {
            Panel::Errors => Self { base: Tone::Bad, upper: Tone::Warn, fill: '4' },
            _ => Self { base: Tone::Accent, upper: Tone::Bad, fill: 'x' },
        }
    }
}

/// Draws the bars, the quota, and the marks of refused calls.
pub fn draw(chart: &Chart, scale: Scale, columns: Columns, theme: &Theme, field: Rect, buffer: &mut Buffer) {
    let looks = Looks::of(chart.panel);
    let limit = limit_row(chart, scale, field);
    for (bar, x) in bars(chart, columns, usize::from(field.width)).iter().zip(field.x..field.right()) {
        let place = Rect { x, width: 1, ..field };
        draw_bar(bar, scale, &looks, theme, place, buffer);
        if let Some(row) = limit {
            draw_limit(theme, x, field.bottom() - 1 - row, buffer);
        }
        if bar.refused {
            mark_refused(bar, scale, theme, place, buffer);
        }
    }
}

/// Eighths of cells that a number takes; what is more than nothing shows.
fn eighths(number: f64, scale: Scale, rows: u16) -> u16 {
    if number > 0.0 { scale.steps(number, rows * 8).max(1) } else { 0 }
}

fn draw_bar(bar: &Bar, scale: Scale, looks: &Looks, theme: &Theme, place: Rect, buffer: &mut Buffer) {
    let glyphs = Glyphs::of(theme);
    if let Some(hollow) = bar.hollow {
        let cells = (eighths(hollow, scale, rows(place)) / 8).max(u16::from(hollow > 0.0));
        for row in 0..cells {
            put(buffer, place.x, place.bottom() - 1 - row, glyphs.hollow, theme.style(Tone::Dim));
        }
        return;
    }
    if bar.unknown && place.height > 0 {
        put(buffer, place.x, place.bottom() - 1, glyphs.unknown, theme.style(Tone::Dim));
    }
    let rows = rows(place);
    let (lower, whole) = parts(bar, scale, rows);
    for row in 0..rows {
        if let Some((glyph, style)) = part(row * 8, lower, whole, looks, theme) {
            put(buffer, place.x, place.bottom() - 1 - row, glyph, style);
        }
    }
}

/// Eighths of the lower part, and of both.
fn parts(bar: &Bar, scale: Scale, rows: u16) -> (u16, u16) {
    (eighths(bar.base, scale, rows), eighths(bar.base + bar.upper, scale, rows))
}

/// What stands in a cell that begins at so many eighths.
fn part(start: u16, lower: u16, whole: u16, looks: &Looks, theme: &Theme) -> Option<(char, Style)> {
    let block = |eighths: u16| Mark::Level(u8::try_from(eighths.min(8)).unwrap_or(8)).glyph(theme.ascii);
    let [base, upper] = [looks.base, looks.upper].map(|tone| theme.style(tone));
    match (lower.saturating_sub(start), whole.saturating_sub(start)) {
        (_, 0) => None,
        (8.., _) => Some((block(8), base)),
        (lower, whole) if lower == whole => Some((block(lower), base)),
        (0, 8..) => Some((looks.fill, upper.add_modifier(Modifier::REVERSED))),
        (lower @ 1.., 8..) if upper.fg.is_some() && !theme.ascii => {
            let both = upper.fg.map_or(base, |colour| base.bg(colour));
            Some((block(lower), both))
        }
        (_, whole) => Some((block(whole), upper)),
    }
}

/// The row of the quota, counted from below: that in which it lies, or the one over a full bar.
#[must_use]
pub fn limit_row(chart: &Chart, scale: Scale, field: Rect) -> Option<u16> {
    let limit =
        chart.limit.map(|limit| limit.value).filter(|limit| (0.0..=scale.top * (1.0 + 1e-9)).contains(limit))?;
    Some((scale.steps(limit, rows(field) * 8) / 8).min(field.height.checked_sub(1)?))
}

/// The quota's line runs behind what is not full, and over what is.
fn draw_limit(theme: &Theme, x: u16, y: u16, buffer: &mut Buffer) {
    let glyphs = Glyphs::of(theme);
    let Some(cell) = buffer.cell((x, y)) else { return };
    let line = theme.style(Tone::Limit);
    match cell.symbol() {
        " " => put(buffer, x, y, glyphs.level, line),
        "█" if line.fg.is_some() => put(buffer, x, y, glyphs.level, line.bg(cell.fg)),
        _ => {}
    }
}

/// An `x` on top of the bar, where the bar itself does not show one.
fn mark_refused(bar: &Bar, scale: Scale, theme: &Theme, place: Rect, buffer: &mut Buffer) {
    let (lower, whole) = parts(bar, scale, rows(place));
    let shows_one = lower.div_ceil(8) < whole / 8;
    if let Some(highest) = place.height.checked_sub(1).filter(|_| !shows_one) {
        let row = whole.div_ceil(8).min(highest);
        put(buffer, place.x, place.bottom() - 1 - row, 'x', theme.style(Tone::Bad));
    }
}
