//! An exact interval for the median of paired differences, from the signs alone.
//!
//! Of n differences in order, the interval reaches from the k-th to the k-th from the end. It misses the median only if fewer than k differences lie on one
//! side of it, and how likely that is the binomial distribution says, whatever the differences look like (Dixon and Mood 1946; Conover, Practical Nonparametric
//! Statistics, 3.2). So the stated confidence holds for ten rounds as for a thousand, for heavy tails, for skewed differences, and with ties, where it is on the
//! safe side. A bootstrap holds for many rounds only: for ten it is too narrow. A t interval, and one from ranks, want differences that are alike on both sides,
//! which latencies of two tiers are not. The price is a wider interval than theirs where the differences are normal.
//!
//! What it needs is that rounds say nothing of each other. A drift that hits both lanes of a round alike is gone from the difference.

/// The confidence of everything that a race says, together.
pub const CONFIDENCE: f64 = 0.95;

/// The share of new races that are to tell, if differences stay as they are, where a number of rounds is advised.
const TELLING_SHARE: f64 = 0.8;

/// An interval of the median difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its lower end, which belongs to it.
    pub low: f64,
    /// The middle of the differences that were seen.
    pub median: f64,
    /// Its upper end, which belongs to it.
    pub high: f64,
}

/// The interval of the median, right with at least `1 - risk`. `sorted`: finite differences in ascending order. None where they are too few for any interval to be
/// so sure.
#[must_use]
pub fn of_median(sorted: &[f64], risk: f64) -> Option<Interval> {
    let rank = rank(sorted.len(), risk)?;
    Some(Interval { low: sorted[rank - 1], median: median(sorted)?, high: sorted[sorted.len() - rank] })
}

/// The middle value, or the mean of the two in the middle; None of nothing. `sorted` is in ascending order.
#[must_use]
pub fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    // Halves are added, so that large numbers do not overflow.
    Some(lower / 2.0 + upper / 2.0)
}

/// How few differences are too few: one less than the first count that has an interval of that risk.
#[must_use]
pub fn fewest(risk: f64) -> usize {
    (1..=MOST).find(|count| rank(*count, risk).is_some()).unwrap_or(MOST)
}

/// So many differences at most, of which the smallest binomial term is still a number.
pub const MOST: usize = 1000;

/// The largest k for which the interval from the k-th to the k-th from the end misses the median with at most this risk; None where there is none, or more than
/// [`MOST`] differences.
fn rank(count: usize, risk: f64) -> Option<usize> {
    if count > MOST {
        return None;
    }
    let below = cumulative(count, 0.5).take_while(|below| 2.0 * below <= risk).count();
    // Where k differences at least lie on each side, fewer than k on one side is what is missed: 0 … k-1.
    (below > 0).then_some(below)
}

/// How likely at most 0, 1, 2, … of `count` are hit, where one is hit with `chance` (at most a half).
fn cumulative(count: usize, chance: f64) -> impl Iterator<Item = f64> {
    let odds = chance / (1.0 - chance);
    let first = (1.0 - chance).powi(i32::try_from(count).unwrap_or(i32::MAX));
    let next = move |(hit, term, sum): &(usize, f64, f64)| {
        let term = term * float(count - hit) / float(hit + 1) * odds;
        (*hit < count).then(|| (hit + 1, term, sum + term))
    };
    std::iter::successors(Some((0, first, first)), next).map(|(_, _, sum)| sum)
}

/// How many rounds might tell two lanes apart that the given differences do not: with so many, four races in five would, if the share of rounds in which the one
/// is faster stays what it was. In tens, from 200 on in fifties: it is a guess from few rounds, and to be said as one. None where even [`MOST`] would not do.
#[must_use]
pub fn rounds_to_tell(differences: &[f64], risk: f64) -> Option<usize> {
    let above = differences.iter().filter(|difference| **difference > 0.0).count();
    let below = differences.iter().filter(|difference| **difference < 0.0).count();
    // A tie is on nobody's side, so it stands in the way of either.
    let wrong = differences.len() - above.max(below);
    let chance = float(wrong) / float(differences.len().max(1));
    if chance >= 0.5 || differences.is_empty() {
        return None;
    }
    let tells = |count: usize| {
        let told = rank(count, risk).and_then(|rank| cumulative(count, chance).nth(rank - 1));
        told.is_some_and(|told| told >= TELLING_SHARE)
    };
    // Most often not even the most do, and this is reckoned anew with each sample.
    if !tells(MOST) {
        return None;
    }
    let guesses = (10..200).step_by(10).chain((200..=MOST).step_by(50));
    guesses.filter(|count| *count > differences.len()).find(|count| tells(*count))
}

#[expect(clippy::cast_precision_loss, reason = "counts of rounds are far below 2^53")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ranks of 95 % intervals, and how sure they are, from a printed table of confidence intervals for a median.
    #[test]
    fn ranks_are_those_of_the_tables() {
        for (count, expected, confidence) in
            [(6, 1, 0.969), (8, 1, 0.992), (10, 2, 0.979), (16, 4, 0.979), (20, 6, 0.959)]
        {
            assert_eq!(rank(count, 0.05), Some(expected), "{count}");
            let missed = 2.0 * cumulative(count, 0.5).nth(expected - 1).unwrap();
            assert!((1.0 - missed - confidence).abs() < 0.001, "{count}: {missed}");
        }
        assert_eq!(rank(5, 0.05), None);
        assert_eq!(rank(0, 0.05), None);
        assert_eq!(fewest(0.05), 6);
        assert_eq!(fewest(0.05 / 3.0), 7);
        assert_eq!(fewest(0.05 / 28.0), 11);
    }

    #[test]
    fn a_rank_is_the_largest_that_is_sure_enough_up_to_a_thousand_rounds() {
        for count in 6..=MOST {
            let rank = rank(count, 0.05).unwrap();
            let missed = |rank: usize| 2.0 * cumulative(count, 0.5).nth(rank - 1).unwrap();
            assert!(missed(rank) <= 0.05 && missed(rank + 1) > 0.05, "{count}");
            assert!(2 * rank <= count);
        }
        assert_eq!(rank(MOST + 1, 0.05), None);
    }

    #[test]
    fn rounds_are_advised_where_they_may_help() {
        let share = |right: usize, wrong: usize| {
            let differences: Vec<f64> = (0..right).map(|_| 1.0).chain((0..wrong).map(|_| -1.0)).collect();
            rounds_to_tell(&differences, 0.05)
        };
        // Reckoned elsewhere in whole numbers: of the rounds that are tried, 60 are the first with a power of 80 %, not 50; 250, not 200.
        assert_eq!(share(7, 3), Some(60));
        assert_eq!(share(60, 40), Some(250));
        assert_eq!(share(5, 5), None, "nothing points to a difference");
        assert_eq!(share(52, 48), None, "more than a thousand");
        assert_eq!(rounds_to_tell(&[0.0; 20], 0.05), None);
        assert_eq!(rounds_to_tell(&[], 0.05), None);
        assert_eq!(share(3, 0), Some(10), "as soon as an interval can be");
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_median(mut values in prop::collection::vec(-1e9..1e9_f64, 0..60), risk in 0.001..0.3_f64) {
            values.sort_by(f64::total_cmp);
            match of_median(&values, risk) {
                Some(interval) => {
                    prop_assert!(interval.low <= interval.median && interval.median <= interval.high);
                    prop_assert!(values.len() >= fewest(risk));
                }
                None => prop_assert!(values.len() < fewest(risk)),
            }
        }

        #[test]
        fn surer_is_wider(mut values in prop::collection::vec(-1e9..1e9_f64, 12..60)) {
            values.sort_by(f64::total_cmp);
            let (narrow, wide) = (of_median(&values, 0.2).unwrap(), of_median(&values, 0.01).unwrap());
            prop_assert!(wide.low <= narrow.low && narrow.high <= wide.high);
        }

        #[test]
        fn chances_add_up_to_one(count in 1..1000_usize, chance in 0.01..0.5_f64) {
            let last = cumulative(count, chance).last().unwrap();
            prop_assert!((last - 1.0).abs() < 1e-9, "{last}");
            prop_assert_eq!(cumulative(count, chance).count(), count + 1);
        }
    }
}
