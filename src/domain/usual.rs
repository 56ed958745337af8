//! What is usual: the latencies of the last days, and of these the same hour's. A number of today is judged by numbers of the same kind, 5-minute percentiles.

use std::collections::HashMap;

use super::{
    metric::{Answer, Poll, ResultStatus, SeriesKey, Stat},
    minute::{Minute, Span},
    series::{Cell, Series},
    store::CHART_PERIOD_MINUTES,
};

const MINUTES_PER_HOUR: i64 = 60;
const MINUTES_PER_DAY: i64 = 24 * 60;

/// Days that are looked back on: a week has every kind of day in it.
pub const USUAL_DAYS: i64 = 7;

/// Minutes that are asked for: the days, and one more so that the usual of every hour of the last day is known, too.
pub const HISTORY_MINUTES: i64 = (USUAL_DAYS + 1) * MINUTES_PER_DAY;

/// Fewer days with values tell of no habit.
const DAYS_AT_LEAST: usize = 3;

/// Fewer values than these (an hour has 12 of five minutes) are too thin for a tenth above and a tenth below.
const VALUES_AT_LEAST: usize = 12;

/// What is usual at a time of day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// A tenth of the values lie below.
    pub low: f64,
    /// Median.
    pub median: f64,
    /// A tenth of the values lie above.
    pub high: f64,
    /// Days that gave values.
    pub days: usize,
}

impl Usual {
    /// By how many percent a value lies above the median; None where the median is 0.
    #[must_use]
    pub fn percent_above(&self, value: f64) -> Option<f64> {
        (self.median > 0.0).then(|| 100.0 * (value / self.median - 1.0))
    }
}

/// Percentiles of the last days by five minutes.
#[derive(Debug, Clone, Default)]
pub struct History {
    series: HashMap<(SeriesKey, Stat), Series>,
}

impl History {
    /// Takes answers over the last days; one that failed leaves what was there.
    pub fn apply(&mut self, poll: &Poll) {
        for Answer { query, status, points } in &poll.answers {
            if *status != ResultStatus::Complete || i64::from(query.period_minutes) != CHART_PERIOD_MINUTES {
                continue;
            }
            let series =
                self.series.entry((query.key.clone(), query.stat)).or_insert_with(|| Series::new(query.period_minutes));
            for (minute, value) in points.iter().filter(|(minute, _)| poll.span.contains(*minute)) {
                series.set(*minute, Cell::Value(*value));
            }
            series.forget_before(poll.span.first);
        }
    }

    /// What a statistic of a series usually is in the UTC hour of a minute: of its 5-minute values in that hour on each of the 7 days before;
    /// None where fewer than 3 days or 12 values are known.
    #[must_use]
    pub fn usual(&self, key: &SeriesKey, stat: Stat, at: Minute) -> Option<Usual> {
        let series = self.series.get(&(key.clone(), stat))?;
        let hour = at.floor_to(MINUTES_PER_HOUR);
        let (mut values, mut days) = (Vec::new(), 0);
        for day in 1..=USUAL_DAYS {
            let first = hour - day * MINUTES_PER_DAY;
            let span = Span { first, last: first + (MINUTES_PER_HOUR - 1) };
            let before = values.len();
            let periods = span.minutes().step_by(usize::try_from(CHART_PERIOD_MINUTES).unwrap_or(1));
            values.extend(periods.filter_map(|minute| series.at(minute).value()));
            days += usize::from(values.len() > before);
        }
        if days < DAYS_AT_LEAST || values.len() < VALUES_AT_LEAST {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        Some(Usual { low: at_tenth(&values, 1), median: at_tenth(&values, 5), high: at_tenth(&values, 9), days })
    }
}

/// The value below which so many tenths of the sorted values lie (nearest rank).
fn at_tenth(sorted: &[f64], tenths: usize) -> f64 {
    let rank = (sorted.len() * tenths).div_ceil(10).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::metric::{Metric, Namespace, Part, Query};

    fn key() -> SeriesKey {
        SeriesKey {
            namespace: Namespace::Bedrock,
            metric: Metric::InvocationLatency,
            part: Part::Endpoint("model".into()),
        }
    }

    fn history(status: ResultStatus, points: Vec<(Minute, f64)>) -> History {
        let query =
            Query { key: key(), name: "InvocationLatency".into(), stat: Stat::Percentile(90), period_minutes: 5 };
        let span = Span { first: Minute(0), last: Minute(HISTORY_MINUTES) };
        let asked_at = "2026-11-22T00:00:00Z".parse().unwrap();
        let mut history = History::default();
        history.apply(&Poll { span, settles: false, asked_at, answers: vec![Answer { query, status, points }] });
        history
    }

    fn usual(history: &History, at: i64) -> Option<Usual> {
        history.usual(&key(), Stat::Percentile(90), Minute(at))
    }

    /// Each day from 10:00 to 10:59 the day's number, else a thousand.
    fn days(days: i64) -> Vec<(Minute, f64)> {
        let value = |minute: i64| {
            let is_ten = minute % MINUTES_PER_DAY / 60 == 10;
            if is_ten { f64::from(i32::try_from(minute / MINUTES_PER_DAY).unwrap()) } else { 1000.0 }
        };
        (0..days * MINUTES_PER_DAY).step_by(5).map(|minute| (Minute(minute), value(minute))).collect()
    }

    #[test]
    fn the_same_hour_of_the_seven_days_before_is_what_counts() {
        let history = history(ResultStatus::Complete, days(8));
        let at_ten = 7 * MINUTES_PER_DAY + 10 * 60 + 35;
        let found = usual(&history, at_ten).unwrap();
        assert_eq!((found.low, found.median, found.high, found.days), (0.0, 3.0, 6.0, 7));
        assert_eq!(usual(&history, at_ten - 60).map(|usual| usual.median), Some(1000.0));
        assert_eq!(found.percent_above(6.0), Some(100.0));
    }

    #[test]
    fn too_few_days_or_values_are_no_habit() {
        assert_eq!(usual(&history(ResultStatus::Complete, days(2)), 7 * MINUTES_PER_DAY), None);
        assert!(usual(&history(ResultStatus::Complete, days(3)), 3 * MINUTES_PER_DAY).is_some());
        let thin = (0..7).map(|day| (Minute(day * MINUTES_PER_DAY), 1.0)).collect();
        assert_eq!(usual(&history(ResultStatus::Complete, thin), 7 * MINUTES_PER_DAY), None);
        assert_eq!(usual(&history(ResultStatus::Partial, days(8)), 7 * MINUTES_PER_DAY), None);
        assert_eq!(usual(&History::default(), 0), None);
    }

    proptest! {
        #[test]
        fn low_median_and_high_are_in_order_and_of_the_values(values in prop::collection::vec(0.0..1e6_f64, 12..84)) {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let (low, median, high) = (at_tenth(&sorted, 1), at_tenth(&sorted, 5), at_tenth(&sorted, 9));
            prop_assert!(low <= median && median <= high && values.contains(&low) && values.contains(&high));
        }
    }
}
