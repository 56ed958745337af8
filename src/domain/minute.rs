//! CloudWatch's unit of time: the UTC minute, and spans of them.

use std::{
    fmt,
    ops::{Add, Sub},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A UTC minute, counted from the Unix epoch. It covers `[start, start + 60 s)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minute(pub i64);

impl Minute {
    /// The minute that an instant lies in.
    #[must_use]
    pub fn of(instant: Timestamp) -> Self {
        Self(instant.as_second().div_euclid(60))
    }

    /// Unix seconds of its start.
    #[must_use]
    pub fn start_second(self) -> i64 {
        self.0.saturating_mul(60)
    }

    /// Its first instant; the epoch where the minute lies outside what a timestamp can hold.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_second(self.start_second()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Its end: the first instant after it.
    #[must_use]
    pub fn end(self) -> Timestamp {
        (self + 1).start()
    }

    /// The first minute of the `length`-minute bucket, counted from the epoch, that it lies in.
    #[must_use]
    pub fn floor_to(self, length: i64) -> Self {
        Self(self.0.div_euclid(length) * length)
    }
}

impl Add<i64> for Minute {
    type Output = Self;
    fn add(self, minutes: i64) -> Self {
        Self(self.0.saturating_add(minutes))
    }
}

impl Sub<i64> for Minute {
    type Output = Self;
    fn sub(self, minutes: i64) -> Self {
        Self(self.0.saturating_sub(minutes))
    }
}

impl fmt::Display for Minute {
    /// `03:11Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.0.rem_euclid(24 * 60);
        write!(f, "{:02}:{:02}Z", of_day / 60, of_day % 60)
    }
}

/// A span of minutes, both ends included; empty where `last < first`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First minute.
    pub first: Minute,
    /// Last minute.
    pub last: Minute,
}

impl Span {
    /// The `length` minutes that end with `last`.
    #[must_use]
    pub fn ending(last: Minute, length: i64) -> Self {
        Self { first: last - (length - 1), last }
    }

    /// Its minutes, oldest first.
    pub fn minutes(self) -> impl DoubleEndedIterator<Item = Minute> + Clone {
        (self.first.0..=self.last.0).map(Minute)
    }

    /// How many minutes it holds.
    #[must_use]
    pub fn len(self) -> usize {
        usize::try_from(self.last.0 - self.first.0 + 1).unwrap_or(0)
    }

    /// Whether it holds no minute.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.last < self.first
    }

    /// Whether the minute lies in it.
    #[must_use]
    pub fn contains(self, minute: Minute) -> bool {
        self.first <= minute && minute <= self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_prints_as_utc_clock() {
        assert_eq!(Minute::of("2026-11-22T03:11:59Z".parse().unwrap()).to_string(), "03:11Z");
        assert_eq!(Minute(-1).to_string(), "23:59Z");
    }

    #[test]
    fn a_span_counts_both_ends() {
        let span = Span::ending(Minute(100), 5);
        assert_eq!((span.first, span.len()), (Minute(96), 5));
        assert!(Span { first: Minute(2), last: Minute(1) }.is_empty());
        assert_eq!(Minute(-7).floor_to(5), Minute(-10));
    }
}
