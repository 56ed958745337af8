//! How long the answers of the last 14 days were: asked for the row that is open, once an hour at most.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    account::Account,
    event::{Ask, Round},
};
use crate::domain::{
    discovery::Meter,
    fault::Fault,
    metric::{Answer, Poll, ResultStatus, Stat},
    minute::{Minute, Span},
    polling::Plan,
    reservation::Answers,
    series::Cell,
    snapshot::Bound,
};

/// Days that are looked back over: today as far as it has come, and those before it.
const DAYS: i64 = 14;

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// Endpoints of a row that are asked at most: two queries each.
pub const ANSWERED_AT_MOST: usize = 50;

/// What 14 days say does not change within an hour.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// After a failure.
const FAILED_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// Endpoints that are remembered at most.
const KEPT_AT_MOST: usize = 500;

/// How it stands with an endpoint, or with all of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// It is being asked, or will be.
    Asking,
    /// It was answered.
    Here,
    /// It could not be had.
    Failed(Fault),
}

/// How long the answers of an endpoint were; Absent where there was none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Lengths {
    /// The longest of all days.
    longest: Cell,
    /// The lowest and the highest of the days' 99th percentiles.
    p99: (Cell, Cell),
}

#[derive(Debug, Clone, Default)]
struct Asked {
    lengths: Lengths,
    /// When the question was over; None while it is under way.
    over: Option<Timestamp>,
    fault: Option<Fault>,
}

impl Asked {
    fn is_due(&self, now: Timestamp) -> bool {
        let wait = if self.fault.is_some() { FAILED_AGAIN_AFTER } else { AGAIN_AFTER };
        self.over.is_some_and(|over| now.duration_since(over) >= wait)
    }
}

/// What was asked of which endpoints, and what was answered.
#[derive(Debug, Clone, Default)]
pub struct AnswersAsked {
    asked: BTreeMap<Meter, Asked>,
}

impl AnswersAsked {
    /// What is to be asked of these endpoints; None where all was asked of late.
    pub fn next(&mut self, account: &Account, meters: &[Meter], newest: Minute, now: Timestamp) -> Option<Ask> {
        let due = |meter: &&Meter| self.asked.get(*meter).is_none_or(|asked| asked.is_due(now));
        let meters: BTreeSet<Meter> = meters.iter().take(ANSWERED_AT_MOST).filter(due).cloned().collect();
        let queries = Plan::of(&account.discovery, &meters).answers();
        if queries.is_empty() {
            return None;
        }
        if self.asked.len() + meters.len() > KEPT_AT_MOST {
            self.asked.clear();
        }
        // What was answered before stands until there is something newer.
        for meter in meters {
            let asked = self.asked.entry(meter).or_default();
            (asked.over, asked.fault) = (None, None);
        }
        // Days begin at midnight, as periods count from the start.
        let span = Span { first: newest.floor_to(DAY) - (DAYS - 1) * DAY, last: newest };
        Some(Ask::Metrics { round: Round::Answers, queries, span })
    }

    /// Takes what was answered.
    pub fn take(&mut self, poll: &Poll) {
        for answer in &poll.answers {
            let key = &answer.query.key;
            let Some(endpoint) = key.part.endpoint().cloned() else { continue };
            let Some(asked) = self.asked.get_mut(&Meter { namespace: key.namespace, endpoint }) else { continue };
            if answer.status == ResultStatus::Complete {
                asked.lengths.take(answer);
            }
        }
    }

    /// Takes note that the question under way is over.
    pub fn finished(&mut self, fault: Option<&Fault>, now: Timestamp) {
        for asked in self.asked.values_mut().filter(|asked| asked.over.is_none()) {
            (asked.over, asked.fault) = (Some(now), fault.cloned());
        }
    }

    /// How long the answers of these endpoints were together, and how far that is known.
    #[must_use]
    pub fn of(&self, meters: &[Meter]) -> (Answers, Standing) {
        let lengths = |meter| self.asked.get(meter).map(|asked| asked.lengths).unwrap_or_default();
        (merged(meters.iter().map(lengths)), self.standing(meters))
    }

    fn standing(&self, meters: &[Meter]) -> Standing {
        let mut worst = if meters.is_empty() { Standing::Asking } else { Standing::Here };
        for meter in meters.iter().take(ANSWERED_AT_MOST) {
            match self.asked.get(meter) {
                Some(Asked { over: Some(_), fault: Some(fault), .. }) => return Standing::Failed(fault.clone()),
                Some(Asked { over: Some(_), .. }) => {}
                _ => worst = Standing::Asking,
            }
        }
        worst
    }
}

impl Lengths {
    fn take(&mut self, answer: &Answer) {
        let values = || answer.points.iter().map(|(_, value)| *value);
        let cell = |value: Option<f64>| value.map_or(Cell::Absent, Cell::Value);
        let (lowest, highest) = (cell(values().reduce(f64::min)), cell(values().reduce(f64::max)));
        match answer.query.stat {
            Stat::Maximum => self.longest = highest,
            _ => self.p99 = (lowest, highest),
        }
    }
}

/// Maxima are merged; of several 99th percentiles the lowest and the highest say something. An endpoint without an answer changes neither.
fn merged(all: impl Iterator<Item = Lengths>) -> Answers {
    let all: Vec<Lengths> = all.collect();
    let longest = all.iter().filter_map(|lengths| lengths.longest.value()).reduce(f64::max);
    let are_known = |of: fn(&Lengths) -> Cell| all.iter().all(|lengths| of(lengths) != Cell::Unknown);
    let ends = all.iter().filter_map(|lengths| lengths.p99.0.value().zip(lengths.p99.1.value()));
    let p99 = ends.reduce(|(low, high), (lower, higher)| (low.min(lower), high.max(higher)));
    Answers {
        longest,
        longest_bound: if are_known(|lengths| lengths.longest) { Bound::Exact } else { Bound::AtLeast },
        p99: p99.filter(|_| are_known(|lengths| lengths.p99.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maxima_are_merged_and_of_percentiles_the_ends_are_kept() {
        let of = |longest, (low, high)| Lengths {
            longest: Cell::Value(longest),
            p99: (Cell::Value(low), Cell::Value(high)),
        };
        let nothing = Lengths { longest: Cell::Absent, p99: (Cell::Absent, Cell::Absent) };
        let all = |lengths: &[Lengths]| merged(lengths.iter().copied());
        let one = of(7700.0, (3900.0, 4100.0));
        assert_eq!(
            all(&[one]),
            Answers { longest: Some(7700.0), longest_bound: Bound::Exact, p99: Some((3900.0, 4100.0)) }
        );
        let several = all(&[one, of(100.0, (80.0, 90.0)), nothing]);
        assert_eq!((several.longest, several.longest_bound), (Some(7700.0), Bound::Exact));
        assert_eq!(several.p99, Some((80.0, 4100.0)));
        assert_eq!(all(&[nothing, one]).p99, Some((3900.0, 4100.0)), "who answered nothing changes nothing");
        let partial = all(&[one, Lengths::default()]);
        assert_eq!((partial.longest, partial.longest_bound, partial.p99), (Some(7700.0), Bound::AtLeast, None));
        assert_eq!(all(&[nothing]).longest, None);
    }
}
