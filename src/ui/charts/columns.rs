//! Which points stand in which column of a field.
//!
//! Columns are cut at fixed instants, whatever the window's end: as time goes on the picture moves to the left and keeps its shape. Many points are squeezed
//! into a column; few points take several columns each, as evenly as whole columns allow.

use std::ops::Range;

use crate::domain::{chart::Chart, minute::Minute};

/// Points kept free for the newest minutes where there are any: they come and go with every poll, and the scale of time must not change with them.
const ROOM_FOR_HOLLOW: usize = 3;

/// The columns of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// How many.
    width: usize,
    /// Points from the oldest to the right edge.
    total: usize,
    /// Where the oldest point is among the `total` points counted from the epoch: what keeps the cuts in place.
    phase: usize,
}

impl Columns {
    /// The columns for a chart's points and, after them, its hollow ones.
    #[must_use]
    pub fn new(chart: &Chart, width: usize) -> Self {
        let room = match chart.hollow.len() {
            0 => 0,
            some if chart.period_minutes > 1 => some,
            some => some.max(ROOM_FOR_HOLLOW),
        };
        let total = chart.points() + room;
        let of_epoch = chart.span.first.0.div_euclid(chart.period_minutes.max(1));
        let phase = of_epoch.rem_euclid(i64::try_from(total).unwrap_or(1).max(1));
        Self { width, total, phase: usize::try_from(phase).unwrap_or(0) }
    }

    /// Whether nothing can be drawn.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.width == 0 || self.total == 0
    }

    /// Whether there are more points than columns.
    #[must_use]
    pub fn squeezes(self) -> bool {
        self.total > self.width
    }

    /// The column, counted from the epoch, in which such a point ends.
    fn last_column(self, point: usize) -> usize {
        ((point + self.phase + 1) * self.width - 1) / self.total
    }

    /// The column, counted from the epoch, at the field's left edge.
    fn first_column(self) -> usize {
        (self.last_column(self.total - 1) + 1).saturating_sub(self.width)
    }

    /// The first point of a column counted from the epoch.
    fn start(self, column: usize) -> usize {
        (column * self.total / self.width).saturating_sub(self.phase)
    }

    /// The points of a column, never none. Numbers from the chart's count of points on are hollow, or free.
    #[must_use]
    pub fn points(self, column: usize) -> Range<usize> {
        if self.is_empty() {
            return 0..0;
        }
        let at = self.first_column() + column;
        let start = if column == 0 { 0 } else { self.start(at) };
        start..self.start(at + 1).max(start + 1).min(self.total)
    }

    /// The columns of a point, never none.
    #[must_use]
    pub fn of(self, point: usize) -> Range<usize> {
        if self.is_empty() {
            return 0..0;
        }
        let left = self.first_column();
        let column = |point: usize| self.last_column(point).saturating_sub(left);
        let last = column(point);
        let first = match point.checked_sub(1) {
            _ if self.squeezes() => last,
            None => 0,
            Some(before) => column(before) + 1,
        };
        first.min(last)..last + 1
    }

    /// The column in the middle of a point's.
    #[must_use]
    pub fn middle(self, point: usize) -> usize {
        let columns = self.of(point);
        usize::midpoint(columns.start, columns.end.saturating_sub(1))
    }
}

/// The point whose period holds the minute, the hollow ones after the others.
#[must_use]
pub fn point_at(chart: &Chart, minute: Minute) -> Option<usize> {
    let offset = minute.0.saturating_sub(chart.span.first.0).div_euclid(chart.period_minutes.max(1));
    usize::try_from(offset).ok().filter(|point| *point < chart.points() + chart.hollow.len())
}
