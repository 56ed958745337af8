//! What the calls of each lane were like, and the pictures of how they spread.

use crate::domain::{pricing::Usd, tier::Tier};

use super::{
    interval::median,
    sample::{Answered, CallCost, FailureKind, Quantity, Sample},
};

/// Answers from which on a 90th percentile is said: of fewer, the slowest few decide it.
pub const ANSWERS_FOR_P90: usize = 100;

/// Where the largest value is so many times the smallest, the axis goes by factors: else one slow call would press all others into one bucket.
const SPREAD_OF_FACTORS: f64 = 10.0;

/// One lane's calls, those of the warm-up left out.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneSummary {
    /// Calls that were answered to the end.
    pub answered: usize,
    /// Calls that failed, by kind, in the order of [`FailureKind::ALL`].
    pub failed: [usize; 4],
    /// Typical values, in the order of [`Quantity::ALL`].
    pub typical: [Typical; 6],
    /// Tiers that served, with the number of answers; None is what the service did not say. The most frequent first.
    pub served: Vec<(Option<Tier>, usize)>,
    /// What 1,000 such calls cost.
    pub price: PricePerThousand,
}

/// A quantity of one lane. None where no answer has it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Typical {
    /// Answers of which it is known.
    pub known: usize,
    /// The median.
    pub median: Option<f64>,
    /// The 90th percentile: the smallest value that nine tenths of the answers do not exceed. None below [`ANSWERS_FOR_P90`] answers.
    pub p90: Option<f64>,
}

/// What 1,000 calls of a lane cost, at list price of the tier that served.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PricePerThousand {
    /// US dollars: the mean of the answered calls × 1,000, rounded down to a pico-dollar. None where there is none yet, or where one of their costs is unknown.
    pub usd: Option<Usd>,
    /// Whether the service did not say of some calls which tier served; they are taken to be of the one that was asked for.
    pub assumed: bool,
    /// Whether Reserved served some, which is prepaid: these are left out of the mean.
    pub prepaid: bool,
}

impl LaneSummary {
    /// Of a lane's calls.
    #[must_use]
    pub fn of<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Self {
        let (mut answers, mut failed) = (Vec::new(), [0; 4]);
        for sample in samples {
            match sample {
                Sample::Answered(answer) => answers.push(answer),
                Sample::Failed(failure) => failed[place(failure.kind)] += 1,
            }
        }
        Self {
            answered: answers.len(),
            failed,
            typical: Quantity::ALL.map(|quantity| Typical::of(values(&answers, quantity))),
            served: served(&answers),
            price: PricePerThousand::of(&answers),
        }
    }

    /// Typical values of a quantity.
    #[must_use]
    pub fn typical(&self, quantity: Quantity) -> Typical {
        Quantity::ALL.iter().position(|known| *known == quantity).map(|at| self.typical[at]).unwrap_or_default()
    }

    /// Calls that failed, of all kinds.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.failed.iter().sum()
    }

    /// Answers that another tier served than the one asked for.
    #[must_use]
    pub fn served_otherwise(&self, asked: &Tier) -> usize {
        let others = self.served.iter().filter(|(tier, _)| tier.as_ref().is_some_and(|tier| tier != asked));
        others.map(|(_, answers)| answers).sum()
    }
}

fn place(kind: FailureKind) -> usize {
    FailureKind::ALL.iter().position(|known| *known == kind).unwrap_or_default()
}

fn values(answers: &[&Answered], quantity: Quantity) -> Vec<f64> {
    answers.iter().filter_map(|answer| answer.quantity(quantity)).collect()
}

fn served(answers: &[&Answered]) -> Vec<(Option<Tier>, usize)> {
    let mut served: Vec<(Option<Tier>, usize)> = Vec::new();
    for answer in answers {
        match served.iter_mut().find(|(tier, _)| *tier == answer.served) {
            Some((_, count)) => *count += 1,
            None => served.push((answer.served.clone(), 1)),
        }
    }
    served.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    served
}

impl Typical {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let known = values.len();
        // Nearest rank: the first of which nine tenths do not exceed it.
        let p90 = (known >= ANSWERS_FOR_P90).then(|| values[(known * 9).div_ceil(10) - 1]);
        Self { known, median: median(&values), p90 }
    }
}

impl PricePerThousand {
    fn of(answers: &[&Answered]) -> Self {
        let costs: Vec<CallCost> = answers.iter().map(|answer| answer.cost()).collect();
        let paid: Vec<CallCost> = costs.iter().copied().filter(|cost| *cost != CallCost::Prepaid).collect();
        let all: Option<Usd> =
            paid.iter().map(|cost| if let CallCost::Usd(usd) = cost { Some(*usd) } else { None }).sum();
        Self {
            usd: all.and_then(|all| all.share(1000, paid.len() as u128)),
            assumed: answers.iter().any(|answer| answer.served.is_none()),
            prepaid: paid.len() < costs.len(),
        }
    }
}

/// An axis that all lanes share, cut into buckets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// The smallest value of all lanes: where the first bucket begins.
    pub low: f64,
    /// The largest value of all lanes: where the last bucket ends.
    pub high: f64,
    /// How many buckets.
    pub buckets: usize,
    /// Whether each bucket is wider than the one before by the same factor, instead of as wide.
    pub by_factors: bool,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64> + Clone, buckets: usize) -> Option<Self> {
        let low = values.clone().min_by(f64::total_cmp)?;
        let high = values.max_by(f64::total_cmp)?;
        let by_factors = low > 0.0 && high >= SPREAD_OF_FACTORS * low;
        (buckets > 0).then_some(Self { low, high, buckets, by_factors })
    }

    /// The bucket that a value of one of the lanes falls into.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, and cut to it after")]
    pub fn bucket(&self, value: f64) -> usize {
        let along = if self.by_factors {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        // One value alone has an axis without a length, which makes this no number: then all is in the first bucket.
        let bucket = along * self.count();
        if bucket.is_finite() && bucket > 0.0 { (bucket as usize).min(self.buckets - 1) } else { 0 }
    }

    /// Where a bucket begins; `buckets` gives the end of the last.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a few dozen buckets")]
    pub fn edge(&self, bucket: usize) -> f64 {
        let along = bucket as f64 / self.count();
        if self.by_factors {
            self.low * (self.high / self.low).powf(along)
        } else {
            self.low + (self.high - self.low) * along
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a few dozen buckets")]
    fn count(&self) -> f64 {
        self.buckets as f64
    }
}

/// How a quantity spreads, by lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// The axis of all lanes.
    pub axis: Axis,
    /// For each lane the answers in each bucket.
    pub lanes: Vec<Vec<usize>>,
}

impl Distribution {
    /// Of the lanes' calls, over an axis of so many buckets. None where no answer has the quantity, or without a bucket.
    #[must_use]
    pub fn of(lanes: &[Vec<&Sample>], quantity: Quantity, buckets: usize) -> Option<Self> {
        let value = |sample: &&Sample| match sample {
            Sample::Answered(answer) => answer.quantity(quantity),
            Sample::Failed(_) => None,
        };
        let values: Vec<Vec<f64>> = lanes.iter().map(|lane| lane.iter().filter_map(value).collect()).collect();
        let axis = Axis::of(values.iter().flatten().copied(), buckets)?;
        let counted = |values: &Vec<f64>| {
            let mut counts = vec![0; buckets];
            for value in values {
                counts[axis.bucket(*value)] += 1;
            }
            counts
        };
        Some(Self { axis, lanes: values.iter().map(counted).collect() })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        pricing::{Price, TokenPrice},
        race::sample::{Failed, Tokens},
    };

    fn answered(first_text_ms: u64) -> Answered {
        Answered { first_text: Some(Duration::from_millis(first_text_ms)), ..Answered::default() }
    }

    fn calls(times: impl IntoIterator<Item = u64>) -> Vec<Sample> {
        times.into_iter().map(|time| Sample::Answered(answered(time))).collect()
    }

    #[test]
    fn failures_are_counted_apart_from_times() {
        let mut samples = calls([100, 200, 900]);
        for kind in [FailureKind::Throttled, FailureKind::Cut, FailureKind::Throttled] {
            samples.push(Sample::Failed(Failed::new(kind, None)));
        }
        let summary = LaneSummary::of(&samples);
        assert_eq!((summary.answered, summary.failed, summary.failures()), (3, [2, 0, 1, 0], 3));
        assert_eq!(summary.typical(Quantity::FirstText), Typical { known: 3, median: Some(200.0), p90: None });
        assert_eq!(summary.typical(Quantity::Server), Typical::default(), "nobody said");
    }

    #[test]
    fn a_ninetieth_percentile_wants_a_hundred_answers() {
        let p90 = |answers| LaneSummary::of(&calls(1..=answers)).typical(Quantity::FirstText).p90;
        assert_eq!(p90(99), None);
        assert_eq!(p90(100), Some(90.0));
        assert_eq!(p90(101), Some(91.0));
        let mut with_failures = calls(1..=99);
        with_failures.push(Sample::Failed(Failed::new(FailureKind::Cut, None)));
        assert_eq!(LaneSummary::of(&with_failures).typical(Quantity::FirstText).p90, None, "a failure is no answer");
    }

    #[test]
    fn a_thousand_calls_cost_a_thousand_means() {
        let price = |output: &str| Price {
            input: TokenPrice::parse("0"),
            output: TokenPrice::parse(output),
            ..Price::default()
        };
        let call = |output, served: Option<&str>, price| {
            let tokens = Tokens { input: Some(10), output: Some(output), ..Tokens::default() };
            Sample::Answered(Answered { tokens, served: served.map(Tier::from), price, ..Answered::default() })
        };
        let of = |samples: &[Sample]| {
            let price = LaneSummary::of(samples).price;
            (price.usd.map(|usd| usd.to_string()), price.assumed, price.prepaid)
        };
        let told = call(300, Some("flex"), Some(price("5")));
        let silent = call(100, None, Some(price("5")));
        let reserved = call(100, Some("reserved"), None);
        let unpriced = call(100, Some("flex"), None);
        assert_eq!(of(&[]), (None, false, false));
        assert_eq!(of(std::slice::from_ref(&told)), (Some("1.5".to_owned()), false, false));
        assert_eq!(of(&[told.clone(), silent.clone()]), (Some("1".to_owned()), true, false));
        assert_eq!(of(&[told.clone(), reserved.clone()]), (Some("1.5".to_owned()), false, true));
        assert_eq!(of(&[told, unpriced]), (None, false, false));
        assert_eq!(of(&[reserved]), (None, false, true));
    }

    #[test]
    fn tiers_are_those_that_served() {
        let call =
            |served: Option<&str>| Sample::Answered(Answered { served: served.map(Tier::from), ..Answered::default() });
        let summary = LaneSummary::of(&[call(None), call(Some("default")), call(Some("flex")), call(Some("default"))]);
        assert_eq!(summary.served[0], (Some(Tier::Standard), 2));
        assert_eq!(summary.served.len(), 3);
        assert_eq!(summary.served_otherwise(&Tier::Standard), 1);
        assert_eq!(summary.served_otherwise(&Tier::Flex), 2);
    }

    proptest! {
        #[test]
        fn every_answer_is_in_one_bucket(lanes in prop::collection::vec(prop::collection::vec(0..100_000_u64, 0..40), 1..5), buckets in 1..60_usize) {
            let samples: Vec<Vec<Sample>> = lanes.iter().map(|times| calls(times.iter().copied())).collect();
            let lists: Vec<Vec<&Sample>> = samples.iter().map(|lane| lane.iter().collect()).collect();
            let Some(found) = Distribution::of(&lists, Quantity::FirstText, buckets) else {
                prop_assert!(lanes.iter().all(Vec::is_empty));
                return Ok(());
            };
            for (counts, times) in found.lanes.iter().zip(&lanes) {
                prop_assert_eq!(counts.iter().sum::<usize>(), times.len());
                prop_assert_eq!(counts.len(), buckets);
            }
            let slack = 1e-9 * found.axis.high.max(1.0);
            for time in lanes.iter().flatten() {
                let time = Duration::from_millis(*time).as_secs_f64() * 1000.0;
                let bucket = found.axis.bucket(time);
                prop_assert!(found.axis.edge(bucket) <= time + slack && time <= found.axis.edge(bucket + 1) + slack);
            }
        }

        #[test]
        fn half_of_the_answers_lie_on_each_side_of_the_median(times in prop::collection::vec(0..5000_u64, 1..200)) {
            let typical = LaneSummary::of(&calls(times.iter().copied())).typical(Quantity::FirstText);
            let median = typical.median.unwrap();
            let count = |keep: &dyn Fn(f64) -> bool| times.iter().filter(|time| keep(Duration::from_millis(**time).as_secs_f64() * 1000.0)).count();
            prop_assert!(2 * count(&|time| time < median) <= times.len());
            prop_assert!(2 * count(&|time| time > median) <= times.len());
            if let Some(p90) = typical.p90 {
                prop_assert!(10 * count(&|time| time <= p90) >= 9 * times.len());
                prop_assert!(10 * count(&|time| time < p90) < 9 * times.len());
            }
        }
    }

    #[test]
    fn a_slow_call_does_not_press_the_others_together() {
        let samples = calls([100, 110, 120, 130, 60_000]);
        let lists = [samples.iter().collect::<Vec<_>>()];
        let found = Distribution::of(&lists, Quantity::FirstText, 200).unwrap();
        assert!(found.axis.by_factors);
        assert_eq!(found.lanes[0].iter().filter(|count| **count > 0).count(), 5, "each in a bucket of its own");
    }
}
