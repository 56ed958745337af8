//! The axes: how high the field reaches, and round numbers and times beside it.

use std::ops::Range;

use crate::{
    domain::{
        chart::{Chart, Panel, Unit},
        minute::Minute,
    },
    ui::numbers::short,
};

use super::columns::{Columns, point_at};

/// A quota is in the picture from this share of it on; under it the scale follows the data.
const LIMIT_IN_VIEW: f64 = 0.4;

/// Larger numbers are drawn at the top.
const LARGEST: f64 = 1e18;

/// How high a field reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The number at its top, a multiple of half the step: few tops, so that bars stay as high as they are while a peak changes a little.
    pub top: f64,
    /// From one label to the next: 1, 2 or 5 times a power of ten.
    pub step: f64,
}

impl Scale {
    /// The scale for all that a chart shows, with a label on every second row or fewer.
    #[must_use]
    pub fn new(chart: &Chart, rows: u16) -> Self {
        let highest = highest(chart);
        if highest > 0.0 {
            return Self::reaching(highest, smallest_step(chart.unit), rows);
        }
        // Where all is nothing, one of it makes a scale: 1 s, 1 %, 1 token.
        let one = if chart.unit == Unit::Milliseconds { 1000.0 } else { 1.0 };
        Self { top: one, step: one }
    }

    /// The lowest scale in which a number has its place.
    #[must_use]
    pub fn reaching(number: f64, smallest_step: f64, rows: u16) -> Self {
        let number = number.clamp(smallest_step, LARGEST);
        let step = round_up(number / f64::from((rows / 2).clamp(1, 5))).max(smallest_step);
        // A hair's breadth over a multiple is the multiple: 0.30000000000000004 is 0.3.
        let half = step / 2.0;
        Self { top: ((number / half - 1e-9).ceil() * half).max(half), step }
    }

    /// Where a number is, in so many equal steps from 0 to the top.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and `steps`")]
    pub fn steps(self, number: f64, steps: u16) -> u16 {
        ((number / self.top).clamp(0.0, 1.0) * f64::from(steps)).round() as u16
    }

    /// The numbers that have a label, from 0 to the top.
    pub fn ticks(self) -> impl Iterator<Item = f64> {
        (0..=64_u8).map(move |at| f64::from(at) * self.step).take_while(move |tick| *tick <= self.top * (1.0 + 1e-9))
    }

    /// A label in at most 5 cells.
    #[must_use]
    pub fn label(self, number: f64, unit: Unit) -> String {
        match unit {
            Unit::Percent => format!("{}%", plain(number, self.step)),
            Unit::Milliseconds => plain(number / 1000.0, self.step / 1000.0),
            _ => plain(number, self.step),
        }
    }
}

/// With as many decimals as the step needs, and no more than it has.
fn plain(number: f64, step: f64) -> String {
    match step {
        _ if number == 0.0 => "0".to_owned(),
        _ if number >= 999.5 => short(number),
        step if step >= 0.95 => format!("{number:.0}"),
        step if step >= 0.095 => format!("{number:.1}"),
        step if step >= 0.0095 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

/// Under this a label would need more than its 5 cells, or there is nothing in between.
fn smallest_step(unit: Unit) -> f64 {
    match unit {
        Unit::Percent => 0.1,
        Unit::Milliseconds | Unit::Count => 1.0,
        Unit::QuotaTokensPerMinute | Unit::TokensPerMinute | Unit::RequestsPerMinute => 0.01,
    }
}

/// The next 1, 2 or 5 times a power of ten.
fn round_up(number: f64) -> f64 {
    let power = 10_f64.powf(number.log10().floor());
    let fits = |step: &f64| *step >= number * (1.0 - 1e-9);
    [1.0, 2.0, 5.0].map(|factor| factor * power).into_iter().find(fits).unwrap_or(10.0 * power)
}

/// The highest number that must have its place.
fn highest(chart: &Chart) -> f64 {
    let lines = chart.lines.iter().flat_map(|line| &line.points).filter_map(|cell| cell.value());
    let usual = chart.usual.iter().flatten().map(|usual| usual.high);
    let data = lines.chain(chart.hollow.iter().copied()).fold(0.0, f64::max);
    let stacked = if chart.panel == Panel::Errors { stacked(chart) } else { data };
    let data = usual.fold(data.max(stacked), f64::max);
    let limit = chart.limit.map(|limit| limit.value).filter(|limit| limit.is_finite() && *limit > 0.0);
    limit.filter(|limit| data == 0.0 || data >= limit * LIMIT_IN_VIEW).map_or(data, |limit| data.max(limit))
}

/// The highest sum of the lines at one point.
fn stacked(chart: &Chart) -> f64 {
    let sum = |point: usize| chart.lines.iter().filter_map(|line| line.points.get(point)?.count()).sum::<f64>();
    (0..chart.points()).map(sum).fold(0.0, f64::max)
}

/// Lengths between two times, in minutes.
const TIME_STEPS: [i64; 15] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2 * 1440, 5 * 1440, 10 * 1440];

/// Cells from one time to the next: its mark, `03:00Z`, and two blanks.
const CELLS_OF_A_TIME: i64 = 9;

const DAY: i64 = 24 * 60;

/// A round time under a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// The column of its mark.
    pub mark: usize,
    /// The first column of its text: after the mark, or before it where there is no room.
    pub at: usize,
    /// The text.
    pub text: String,
}

impl Time {
    /// Places a text beside its mark in a field so many columns wide; None where it does not fit.
    #[must_use]
    pub fn beside(mark: usize, text: String, free_from: usize, width: usize) -> Option<Self> {
        let wide = text.len();
        let at = if mark + 1 + wide <= width { mark + 1 } else { mark.checked_sub(wide)? };
        (at.min(mark) >= free_from && mark < width).then_some(Self { mark, at, text })
    }

    /// The columns that mark and text take.
    #[must_use]
    pub fn columns(&self) -> Range<usize> {
        self.at.min(self.mark)..(self.at + self.text.len()).max(self.mark + 1)
    }
}

/// Round times from left to right.
#[must_use]
pub fn times(chart: &Chart, columns: Columns, width: usize) -> Vec<Time> {
    if columns.is_empty() {
        return Vec::new();
    }
    let minutes = i64::try_from(chart.points()).unwrap_or(i64::MAX).saturating_mul(chart.period_minutes.max(1));
    let wanted = minutes.saturating_mul(CELLS_OF_A_TIME);
    let across = i64::try_from(width).unwrap_or(1).max(1);
    let fits = |step: &i64| step.saturating_mul(across) >= wanted && step % chart.period_minutes.max(1) == 0;
    let Some(step) = TIME_STEPS.into_iter().find(fits) else { return Vec::new() };
    let mut times: Vec<Time> = Vec::new();
    let mut minute = (chart.span.first + (step - 1)).floor_to(step);
    while minute <= chart.span.last {
        let free_from = times.last().map_or(0, |time| time.columns().end + 1);
        let column = point_at(chart, minute).map(|point| columns.of(point).start);
        times.extend(column.and_then(|column| Time::beside(column, time(chart, minute), free_from, width)));
        minute = minute + step;
    }
    times
}

/// `03:00Z`; `22 Nov` for midnight where the window is longer than a day.
fn time(chart: &Chart, minute: Minute) -> String {
    let is_long = i64::try_from(chart.span.len()).unwrap_or(i64::MAX) > DAY;
    if is_long && minute.0.rem_euclid(DAY) == 0 { day(minute) } else { minute.to_string() }
}

/// `22 Nov`.
#[must_use]
pub fn day(minute: Minute) -> String {
    minute.start().strftime("%-d %b").to_string()
}
