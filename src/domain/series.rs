//! One series' values over time, in which zero, gap and unknown are three things.

use std::collections::VecDeque;

use super::minute::{Minute, Span};

/// What is known of one period of one series.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Cell {
    /// Not asked, denied, partial or failed. Shown as `—`, null in exports, never 0.
    #[default]
    Unknown,
    /// Asked by name, answered Complete, no point: a count of 0, a gap in a latency.
    Absent,
    /// A point.
    Value(f64),
}

impl Cell {
    /// As a count: Absent is 0.
    #[must_use]
    pub fn count(self) -> Option<f64> {
        match self {
            Self::Unknown => None,
            Self::Absent => Some(0.0),
            Self::Value(value) => Some(value),
        }
    }

    /// As a measurement: Absent is a gap.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unknown | Self::Absent => None,
        }
    }
}

/// A cell in eight bytes: a finite number, or one of two NaNs. Half of `Cell`, which matters for thousands of series.
#[derive(Debug, Clone, Copy)]
struct Packed(f64);

impl Packed {
    const UNKNOWN: u64 = 0x7ff8_0000_0000_0001;
    const ABSENT: u64 = 0x7ff8_0000_0000_0002;
}

impl From<Cell> for Packed {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Value(value) if value.is_finite() => Self(value),
            Cell::Absent => Self(f64::from_bits(Self::ABSENT)),
            Cell::Unknown | Cell::Value(_) => Self(f64::from_bits(Self::UNKNOWN)),
        }
    }
}

impl From<Packed> for Cell {
    fn from(packed: Packed) -> Self {
        match packed.0 {
            value if value.is_finite() => Self::Value(value),
            other if other.to_bits() == Packed::ABSENT => Self::Absent,
            _ => Self::Unknown,
        }
    }
}

/// Cells of equal length, dense from the oldest kept to the newest known.
#[derive(Debug, Clone)]
pub struct Series {
    period_minutes: i64,
    first_bucket: i64,
    cells: VecDeque<Packed>,
}

impl Series {
    /// An empty series with periods of this length (at least 1) in minutes.
    #[must_use]
    pub fn new(period_minutes: u16) -> Self {
        Self { period_minutes: i64::from(period_minutes.max(1)), first_bucket: 0, cells: VecDeque::new() }
    }

    /// The length of a period in minutes.
    #[must_use]
    pub fn period_minutes(&self) -> i64 {
        self.period_minutes
    }

    fn bucket(&self, minute: Minute) -> i64 {
        minute.0.div_euclid(self.period_minutes)
    }

    /// What is known of the period that holds `minute`.
    #[must_use]
    pub fn at(&self, minute: Minute) -> Cell {
        let offset = self.bucket(minute) - self.first_bucket;
        usize::try_from(offset)
            .ok()
            .and_then(|index| self.cells.get(index))
            .map_or(Cell::Unknown, |packed| Cell::from(*packed))
    }

    /// Writes one period's cell; a number that is not finite is Unknown. Extends the series in either direction with Unknown: callers bound the minute.
    pub fn set(&mut self, minute: Minute, cell: Cell) {
        let bucket = self.bucket(minute);
        if self.cells.is_empty() {
            self.first_bucket = bucket;
        }
        while bucket < self.first_bucket {
            self.cells.push_front(Cell::Unknown.into());
            self.first_bucket -= 1;
        }
        let index = usize::try_from(bucket - self.first_bucket).unwrap_or(0);
        if index >= self.cells.len() {
            self.cells.resize(index + 1, Cell::Unknown.into());
        }
        self.cells[index] = cell.into();
    }

    /// Makes the periods that the span touches Unknown.
    pub fn unset(&mut self, span: Span) {
        let (first, last) = (self.bucket(span.first), self.bucket(span.last));
        let touched = (self.first_bucket..).zip(&mut self.cells).filter(|(bucket, _)| (first..=last).contains(bucket));
        touched.for_each(|(_, cell)| *cell = Cell::Unknown.into());
    }

    /// Forgets the periods before the one that holds `oldest`.
    pub fn forget_before(&mut self, oldest: Minute) {
        let oldest_bucket = self.bucket(oldest);
        while self.first_bucket < oldest_bucket && self.cells.pop_front().is_some() {
            self.first_bucket += 1;
        }
    }

    /// Whether any period of the span holds a point.
    #[must_use]
    pub fn has_point(&self, span: Span) -> bool {
        let (first, last) = (self.bucket(span.first), self.bucket(span.last));
        self.cells
            .iter()
            .zip(self.first_bucket..)
            .any(|(cell, bucket)| first <= bucket && bucket <= last && matches!(Cell::from(*cell), Cell::Value(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_written_is_unknown_and_never_zero() {
        let mut series = Series::new(1);
        series.set(Minute(10), Cell::Value(3.0));
        series.set(Minute(7), Cell::Absent);
        assert_eq!(series.at(Minute(8)), Cell::Unknown);
        assert_eq!(series.at(Minute(8)).count(), None);
        assert_eq!(series.at(Minute(7)).count(), Some(0.0));
        assert_eq!(series.at(Minute(7)).value(), None);
        assert_eq!(series.at(Minute(10)).value(), Some(3.0));
        assert_eq!(series.at(Minute(11)), Cell::Unknown);
    }

    #[test]
    fn forgetting_keeps_the_rest_in_place() {
        let mut series = Series::new(5);
        for minute in (0..50).step_by(5) {
            series.set(Minute(minute), Cell::Value(f64::from(i32::try_from(minute).unwrap())));
        }
        series.forget_before(Minute(23));
        assert_eq!(series.at(Minute(19)), Cell::Unknown);
        assert_eq!(series.at(Minute(22)), Cell::Value(20.0));
        assert!(series.has_point(Span { first: Minute(44), last: Minute(44) }));
    }
}
