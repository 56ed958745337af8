//! Use by the minute, and what is left of a quota. Sums are made minute by minute over a pool, then the worst minute is taken; peaks are never added.

use super::{
    minute::{Minute, Span},
    snapshot::{Basis, Bound, STRIP_MINUTES, Usage},
};

/// Minutes that "now" spans.
pub const NOW_MINUTES: i64 = 5;

/// One minute's use of one or several endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MinuteUse {
    /// Sum of what is known.
    pub sum: f64,
    /// Endpoints whose use is known.
    pub known: usize,
    /// Endpoints whose use is not.
    pub missing: usize,
}

impl MinuteUse {
    /// One endpoint's use.
    #[must_use]
    pub fn of(used: Option<f64>) -> Self {
        match used {
            Some(sum) => Self { sum, known: 1, missing: 0 },
            None => Self { missing: 1, ..Self::default() },
        }
    }

    fn plus(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, known: self.known + other.known, missing: self.missing + other.missing }
    }

    /// The sum, where nothing is missing.
    #[must_use]
    pub fn whole(self) -> Option<f64> {
        (self.missing == 0 && self.known > 0).then_some(self.sum)
    }

    /// What is known, as a lower bound where something is missing; None where nothing is known.
    #[must_use]
    pub fn at_least(self) -> Option<f64> {
        (self.known > 0).then_some(self.sum)
    }
}

/// Use by the minute over a span, one entry a minute.
#[derive(Debug, Clone, PartialEq)]
pub struct MinuteUses {
    span: Span,
    minutes: Vec<MinuteUse>,
}

impl MinuteUses {
    /// Asks for each minute of the span.
    pub fn new(span: Span, used: impl FnMut(Minute) -> Option<f64>) -> Self {
        Self { span, minutes: span.minutes().map(used).map(MinuteUse::of).collect() }
    }

    /// Nothing used by nobody: what members are added to.
    #[must_use]
    pub fn none(span: Span) -> Self {
        Self { span, minutes: vec![MinuteUse::default(); span.len()] }
    }

    /// The minutes it covers.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// Mean over a span, where every minute of it is known.
    #[must_use]
    pub fn mean(&self, over: Span) -> Option<f64> {
        let first = usize::try_from(over.first.0 - self.span.first.0).ok()?;
        let minutes = self.minutes.get(first..first.checked_add(over.len())?)?;
        let whole = !minutes.is_empty() && minutes.iter().all(|used| used.missing == 0 && used.known > 0);
        #[expect(clippy::cast_precision_loss, reason = "minutes of a window")]
        whole.then(|| minutes.iter().map(|used| used.sum).sum::<f64>() / minutes.len() as f64)
    }

    /// The sum over a span, as a lower bound where something is missing, and whether nothing is; None where nothing is known, and where nothing but "at least 0" is.
    #[must_use]
    pub fn total(&self, over: Span) -> (Option<f64>, bool) {
        let first = usize::try_from(over.first.0 - self.span.first.0).unwrap_or(0);
        let minutes = || self.minutes.iter().skip(first).take(over.len());
        let whole = over.first >= self.span.first
            && over.last <= self.span.last
            && minutes().all(|used| used.missing == 0 && used.known > 0);
        let sum = minutes().filter_map(|used| used.at_least()).sum::<f64>();
        let is_known = minutes().any(|used| used.known > 0);
        (Some(sum).filter(|sum| is_known && (whole || *sum > 0.0)), whole)
    }

    /// Each minute times a factor.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        let minutes = self.minutes.iter().map(|used| MinuteUse { sum: used.sum * factor, ..*used }).collect();
        Self { span: self.span, minutes }
    }

    /// One entry a minute, oldest first.
    #[must_use]
    pub fn minutes(&self) -> &[MinuteUse] {
        &self.minutes
    }

    /// Adds another endpoint's use, minute by minute. Both must be of one span; minutes that the other lacks are left as they are.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.minutes.iter_mut().zip(&other.minutes) {
            *mine = mine.plus(*theirs);
        }
    }

    /// The worst minute of the last `length` and whether nothing was missing in them.
    fn worst(&self, length: usize) -> (Option<(Minute, f64)>, bool) {
        let skip = self.minutes.len().saturating_sub(length);
        let recent = || self.span.minutes().zip(&self.minutes).skip(skip);
        let known = recent().filter_map(|(minute, used)| used.at_least().map(|sum| (minute, sum)));
        let worst = known.max_by(|(_, a), (_, b)| a.total_cmp(b));
        let whole = recent().all(|(_, used)| used.missing == 0);
        // "At least nothing" says nothing.
        (worst.filter(|(_, used)| whole || *used > 0.0), whole)
    }

    /// Mean over now, where every minute of it is known.
    #[must_use]
    pub fn mean_now(&self) -> Option<f64> {
        self.mean(Span::ending(self.span.last, NOW_MINUTES))
    }

    /// The numbers of this use.
    #[must_use]
    pub fn usage(&self, basis: Option<Basis>) -> Usage {
        let (now, now_whole) = self.worst(usize::try_from(NOW_MINUTES).unwrap_or(0));
        let (peak, peak_whole) = self.worst(self.minutes.len());
        let bound = |whole| if whole { Bound::Exact } else { Bound::AtLeast };
        let strip = usize::try_from(STRIP_MINUTES).unwrap_or(0);
        Usage {
            used_now: now.map(|(_, sum)| sum),
            now_bound: bound(now_whole),
            peak: peak.map(|(_, sum)| sum),
            peak_at: peak.map(|(minute, _)| minute),
            peak_bound: bound(peak_whole),
            basis,
            strip: self.minutes[self.minutes.len().saturating_sub(strip)..]
                .iter()
                .map(|used| used.at_least())
                .collect(),
        }
    }
}

/// A number's bound, where what may be beside it makes it `≥` and what may not belong into it makes it `≤`; None where both do, which leaves nothing to be said.
#[must_use]
pub fn bounded_by(bound: Bound, more_beside: bool, less_within: bool) -> Option<Bound> {
    match (more_beside || bound == Bound::AtLeast, less_within || bound == Bound::AtMost) {
        (true, true) => None,
        (true, false) => Some(Bound::AtLeast),
        (false, true) => Some(Bound::AtMost),
        (false, false) => Some(Bound::Exact),
    }
}

/// Marks a use whose pool was refused calls although it is below the quota: something that counts is not in the number.
#[must_use]
pub fn refused_below_limit(
    mut usage: Usage,
    applied: Option<f64>,
    refused_now: bool,
    refused_in_window: bool,
) -> Usage {
    let below = |used: Option<f64>| used.zip(applied).is_none_or(|(used, applied)| used < applied);
    if refused_now && usage.now_bound == Bound::Exact && below(usage.used_now) {
        usage.now_bound = Bound::AtLeast;
    }
    if refused_in_window && usage.peak_bound == Bound::Exact && below(usage.peak) {
        usage.peak_bound = Bound::AtLeast;
    }
    usage
}

/// 100 × (1 − used ÷ applied); None where either is unknown, or applied is 0, which is a state of its own.
#[must_use]
pub fn headroom_percent(used: Option<f64>, applied: Option<f64>) -> Option<f64> {
    percent_of(used, applied).map(|percent| 100.0 - percent)
}

/// 100 × used ÷ applied; None where either is unknown or applied is not positive.
#[must_use]
pub fn percent_of(used: Option<f64>, applied: Option<f64>) -> Option<f64> {
    let (used, applied) = used.zip(applied)?;
    (applied > 0.0).then(|| 100.0 * used / applied)
}
