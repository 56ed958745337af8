//! Lanes in pairs: which is faster, by how much, at what cost, or that the data can't tell.
//!
//! What is compared is the difference within a round, so that what drifts from round to round is gone. A round in which one of the two failed, or did not have the
//! quantity, says nothing of the pair. The interval is of the median difference ([`super::interval`]): what one would see in a typical round.
//!
//! **Several pairs.** All intervals of one quantity hold together with 95 %: with m pairs each is of 1 − 5 % ÷ m (Bonferroni). The quantities are not corrected for
//! each other: they are different questions. While a race runs its intervals are interim: who stops a race because one looks good is wrong more often than stated,
//! so a race has its number of rounds before it begins.

use crate::domain::{
    pricing::{Price, Usd},
    tier::Tier,
};

use super::{
    interval::{CONFIDENCE, fewest, median, of_median, rounds_to_tell},
    plan::Plan,
    sample::{Answered, CallCost, Quantity, Sample, Tokens},
};

/// What each lane gave in one round; None where it was not called, or not answered yet.
pub type Round = [Option<Sample>];

/// Answers of two lanes differ in length where their median lengths differ by more than this share of the longer.
const LENGTHS_DIFFER: f64 = 0.1;

/// One pair of lanes by one quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The two lanes, as the plan numbers them.
    pub lanes: (usize, usize),
    /// What is compared.
    pub quantity: Quantity,
    /// Rounds that say something of the pair.
    pub rounds: usize,
    /// Rounds that are left out: both lanes had their turn, and one of them failed or does not have the quantity.
    pub left_out: usize,
    /// What they say.
    pub verdict: Verdict,
    /// The two lanes' median output tokens in these rounds, where they differ by more than a tenth: then the time to the end is of unlike answers.
    pub unlike_lengths: Option<(f64, f64)>,
}

/// What the rounds say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// No interval can be that sure with so few rounds.
    TooFew {
        /// How many there must be.
        needed: usize,
    },
    /// One of the two is faster.
    Faster(Lead),
    /// The interval holds 0: either may be faster, or neither.
    Unclear(Unclear),
}

/// By how much one lane is faster, in the quantity's unit. All are above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lead {
    /// Which lane is faster.
    pub faster: usize,
    /// Which is slower.
    pub slower: usize,
    /// By this at least.
    pub low: f64,
    /// By this in the rounds that were seen: their median.
    pub median: f64,
    /// By this at most.
    pub high: f64,
    /// The median in percent of the slower lane's median; None where that is 0.
    pub percent: Option<f64>,
}

/// An interval that holds 0: by how much the first lane is faster, negative where it is slower.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unclear {
    /// The lower end.
    pub low: f64,
    /// The median of the rounds that were seen.
    pub median: f64,
    /// The upper end.
    pub high: f64,
    /// A new race of so many rounds might tell; None where a thousand would not, as things look.
    pub rounds_to_tell: Option<usize>,
}

/// The risk that an interval misses, where so many pairs are compared at once.
#[must_use]
pub fn risk(pairs: usize) -> f64 {
    (1.0 - CONFIDENCE) / f64::from(u32::try_from(pairs.max(1)).unwrap_or(u32::MAX))
}

/// How many pairs so many lanes make.
#[must_use]
pub fn pairs(lanes: usize) -> usize {
    lanes * lanes.saturating_sub(1) / 2
}

impl Comparison {
    /// Two lanes by one quantity. `risk` is that of the interval: see [`risk`].
    #[must_use]
    pub fn of<'a>(
        lanes: (usize, usize),
        quantity: Quantity,
        rounds: impl IntoIterator<Item = &'a Round>,
        risk: f64,
    ) -> Self {
        let (mut both, mut left_out) = (Vec::new(), 0);
        for (first, second) in rounds.into_iter().filter_map(|round| in_turn(round, lanes)) {
            match answered(first).zip(answered(second)).and_then(|pair| Pair::of(pair, quantity)) {
                Some(pair) => both.push(pair),
                None => left_out += 1,
            }
        }
        let verdict = verdict(lanes, &both, risk);
        Self { lanes, quantity, rounds: both.len(), left_out, verdict, unlike_lengths: unlike_lengths(&both) }
    }
}

/// What two lanes gave in a round in which both had their turn.
fn in_turn(round: &Round, lanes: (usize, usize)) -> Option<(&Sample, &Sample)> {
    round.get(lanes.0)?.as_ref().zip(round.get(lanes.1)?.as_ref())
}

fn answered(sample: &Sample) -> Option<&Answered> {
    match sample {
        Sample::Answered(answered) => Some(answered),
        Sample::Failed(_) => None,
    }
}

/// Two answers of one round.
struct Pair {
    values: (f64, f64),
    /// By how much the first is faster.
    gain: f64,
    lengths: Option<(f64, f64)>,
}

impl Pair {
    fn of((first, second): (&Answered, &Answered), quantity: Quantity) -> Option<Self> {
        let values = first.quantity(quantity).zip(second.quantity(quantity))?;
        let more_is_faster = quantity == Quantity::TokensPerSecond;
        let gain = if more_is_faster { values.0 - values.1 } else { values.1 - values.0 };
        let lengths = first.quantity(Quantity::OutputTokens).zip(second.quantity(Quantity::OutputTokens));
        Some(Self { values, gain, lengths })
    }
}

fn verdict(lanes: (usize, usize), pairs: &[Pair], risk: f64) -> Verdict {
    let gains = sorted(pairs.iter().map(|pair| pair.gain));
    let Some(interval) = of_median(&gains, risk) else {
        return Verdict::TooFew { needed: fewest(risk) };
    };
    let (low, middle, high) = (interval.low, interval.median, interval.high);
    let of_slower = |slower: fn(&Pair) -> f64, lead: f64| {
        let median = median(&sorted(pairs.iter().map(slower))).filter(|median| *median > 0.0)?;
        Some(100.0 * lead / median)
    };
    if low > 0.0 {
        let percent = of_slower(|pair| pair.values.1, middle);
        Verdict::Faster(Lead { faster: lanes.0, slower: lanes.1, low, median: middle, high, percent })
    } else if high < 0.0 {
        let percent = of_slower(|pair| pair.values.0, -middle);
        Verdict::Faster(Lead { faster: lanes.1, slower: lanes.0, low: -high, median: -middle, high: -low, percent })
    } else {
        Verdict::Unclear(Unclear { low, median: middle, high, rounds_to_tell: rounds_to_tell(&gains, risk) })
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn unlike_lengths(pairs: &[Pair]) -> Option<(f64, f64)> {
    let lengths = || pairs.iter().filter_map(|pair| pair.lengths);
    let first = median(&sorted(lengths().map(|lengths| lengths.0)))?;
    let second = median(&sorted(lengths().map(|lengths| lengths.1)))?;
    ((first - second).abs() > LENGTHS_DIFFER * first.max(second)).then_some((first, second))
}

/// What two lanes cost, side by side: amounts to be set against each other, not a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostComparison {
    /// The first lane's.
    pub first: Usd,
    /// The second lane's.
    pub second: Usd,
    /// What they are amounts of.
    pub basis: CostBasis,
    /// Whether the service did not say of some calls which tier served.
    pub assumed: bool,
}

/// What is compared where costs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostBasis {
    /// The same tokens at either price: one model, and one price for each lane. How long answers happened to be is no part of it.
    SameTokens,
    /// Mean cost of the calls as they were.
    AsMeasured,
}

impl CostComparison {
    /// The costs of two lanes over the rounds in which both answered. None where a cost is unknown or prepaid, or nothing was answered.
    #[must_use]
    pub fn of<'a>(plan: &Plan, lanes: (usize, usize), rounds: impl IntoIterator<Item = &'a Round>) -> Option<Self> {
        let both: Vec<(&Answered, &Answered)> = rounds
            .into_iter()
            .filter_map(|round| in_turn(round, lanes))
            .filter_map(|(first, second)| answered(first).zip(answered(second)))
            .collect();
        let first = || both.iter().map(|pair| pair.0);
        let second = || both.iter().map(|pair| pair.1);
        let assumed = first().chain(second()).any(|answer| answer.served.is_none());
        let model = |lane: usize| plan.lanes().get(lane)?.model.as_ref();
        let one_model = model(lanes.0).is_some() && model(lanes.0) == model(lanes.1);
        let same_tokens = || {
            let prices = one_price(first()).zip(one_price(second())).filter(|_| one_model)?;
            let tokens = first().chain(second()).try_fold(Tokens::default(), together)?;
            Some((tokens.at(&prices.0)?, tokens.at(&prices.1)?))
        };
        if let Some((first, second)) = same_tokens() {
            return Some(Self { first, second, basis: CostBasis::SameTokens, assumed });
        }
        let (first, second) = (mean_cost(first())?, mean_cost(second())?);
        Some(Self { first, second, basis: CostBasis::AsMeasured, assumed })
    }

    /// By how many percent the first costs more than the second, negative where it costs less; for reading, not for reckoning. None where the second costs nothing.
    #[must_use]
    pub fn percent_more(&self) -> Option<f64> {
        let (first, second) = (self.first.approximately(), self.second.approximately());
        (second > 0.0).then(|| 100.0 * (first - second) / second)
    }

    /// The same with the lanes changed.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { first: self.second, second: self.first, ..self }
    }
}

/// The price of all answers, where they have one.
fn one_price<'a>(mut answers: impl Iterator<Item = &'a Answered>) -> Option<Price> {
    let paid = |answer: &Answered| answer.price.filter(|_| answer.served != Some(Tier::Reserved));
    let price = paid(answers.next()?)?;
    answers.all(|answer| paid(answer) == Some(price)).then_some(price)
}

/// Tokens added up.
fn together(sum: Tokens, answer: &Answered) -> Option<Tokens> {
    let (sum_input, sum_output) = (sum.input.unwrap_or(0), sum.output.unwrap_or(0));
    Some(Tokens {
        input: Some(sum_input.checked_add(answer.tokens.input?)?),
        output: Some(sum_output.checked_add(answer.tokens.output?)?),
        cache_read: sum.cache_read.checked_add(answer.tokens.cache_read)?,
        cache_write: sum.cache_write.checked_add(answer.tokens.cache_write)?,
    })
}

fn mean_cost<'a>(answers: impl Iterator<Item = &'a Answered>) -> Option<Usd> {
    let costs = answers.map(|answer| if let CallCost::Usd(usd) = answer.cost() { Some(usd) } else { None });
    let costs: Vec<Usd> = costs.collect::<Option<_>>()?;
    costs.iter().copied().sum::<Usd>().share(1, costs.len() as u128)
}
