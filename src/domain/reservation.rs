//! The reservation of a call: what it holds of a tokens-per-minute quota from its start to its end, and what that means for calls at once.
//!
//! What AWS says (quotas-token-burndown, autumn 2026 copy): a call takes input + cache write + `max_tokens` at its start, not multiplied; at its end input + cache
//! write + output × burndown remains used, and the rest comes back. Cache reads never count at the end. Whether they are part of what is held at the start is
//! disputed: an agent skill of AWS's says that they are, and are given back; the page does not. They are left out here, so a caller that reads much from the cache
//! may fit fewer calls than this says.
//!
//! What AWS does not say is when used tokens come back. Taken here: what a running call holds is not there for others until the call ends; what an ended call has
//! used is not there again for up to a minute. From that follow two numbers of calls per minute, of which the truth lies somewhere between: one that fits under
//! every rule of which we know (whole minutes, a sliding minute, a steady refill with or without what is held), and one that none but the last lets through for
//! long. The tests run calls against those rules, one by one.

use super::snapshot::Bound;

/// One call as a quota counts it. None is unknown; so is what is no count: negative, not finite, or beyond [`LARGEST`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Call {
    /// Input tokens without cached ones.
    pub input: Option<f64>,
    /// Input tokens that are written to the cache.
    pub cache_write: Option<f64>,
    /// Output tokens.
    pub output: Option<f64>,
    /// `max_tokens`, or the model's longest answer where it is unset.
    pub max_tokens: Option<f64>,
    /// How long it runs.
    pub seconds: Option<f64>,
    /// Quota tokens that an output token costs.
    pub burndown: Option<f64>,
}

/// No count of tokens is larger: far beyond any quota, and exact as a floating-point number.
pub const LARGEST: f64 = 1e15;

/// A count, where it is one.
fn count(value: Option<f64>) -> Option<f64> {
    value.filter(|value| (0.0..=LARGEST).contains(value))
}

impl Call {
    /// What it holds from its start to its end; None where a part is unknown.
    #[must_use]
    pub fn held(&self) -> Option<f64> {
        Some(count(self.input)? + count(self.cache_write)? + count(self.max_tokens)?)
    }

    /// What remains used at its end. No answer is longer than `max_tokens`. None where a part is unknown.
    #[must_use]
    pub fn used(&self) -> Option<f64> {
        let output = match self.answer()? {
            0.0 => 0.0,
            output => output * count(self.burndown)?,
        };
        Some(count(self.input)? + count(self.cache_write)? + output)
    }

    /// Its answer, as long as `max_tokens` lets it become.
    fn answer(&self) -> Option<f64> {
        let output = count(self.output)?;
        Some(count(self.max_tokens).map_or(output, |most| most.min(output)))
    }

    /// Whether the answer would be longer than `max_tokens` allows: it ends in the middle.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        count(self.output).zip(count(self.max_tokens)).is_some_and(|(output, most)| output > most)
    }
}

/// Why it can't be said how many calls fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The value in force is unknown.
    Quota,
    /// The value in force is zero: no call fits.
    ZeroQuota,
    /// The input is unknown, or what of it is written to the cache.
    Input,
    /// `max_tokens` is unset, and the model's longest answer is unknown.
    MaxTokens,
    /// Such a call holds nothing: as many fit as there are.
    HoldsNothing,
}

/// What calls per minute are bound by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binds {
    /// What calls hold while they run.
    Reservation,
    /// What calls have used at their end.
    Use,
}

/// How many calls a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerMinute {
    /// So many, evenly spread, fit under every rule by which a minute's quota may come back; 0 where not even one is sure to.
    pub sure: u64,
    /// More than so many do not fit for long, if what running calls hold does not come back before they end.
    pub at_most: u64,
    /// Which of the two limits is the lower.
    pub binds: Binds,
}

/// How many calls fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// What a call holds from its start to its end.
    pub held: f64,
    /// What it has used at its end; None where the output or its multiplier is unknown.
    pub used: Option<f64>,
    /// Calls at once in a quota of which nothing is used; 0: a single call holds more than there is, so that every one is refused.
    pub at_once: u64,
    /// Calls at once beside what ended calls have used of the minute, if nothing else runs; None where that is unknown.
    pub beside: Option<u64>,
    /// Calls a minute; None where it is unknown what a call uses, or how long it runs.
    pub per_minute: Option<PerMinute>,
}

/// How many calls fit into a quota of so many tokens a minute. `used`: what others use of it now.
///
/// # Errors
/// What is lacking to say it.
pub fn fit(call: &Call, quota: Option<f64>, used: Option<f64>) -> Result<Fit, Lack> {
    let quota = count(quota).ok_or(Lack::Quota)?;
    if quota == 0.0 {
        return Err(Lack::ZeroQuota);
    }
    count(call.input).and(count(call.cache_write)).ok_or(Lack::Input)?;
    let held = call.held().ok_or(Lack::MaxTokens)?;
    if held == 0.0 {
        return Err(Lack::HoldsNothing);
    }
    let at_once = times(quota, held);
    let per_minute = call.used().zip(count(call.seconds).filter(|seconds| *seconds > 0.0));
    Ok(Fit {
        held,
        used: call.used(),
        at_once,
        beside: count(used).map(|used| times((quota - used).max(0.0), held)),
        per_minute: per_minute.and_then(|(used, seconds)| per_minute_of(quota, held, used, seconds, at_once)),
    })
}

/// How often `part` goes into `whole`: the largest n with n × part ≤ whole. `part` is positive.
fn times(whole: f64, part: f64) -> u64 {
    let about = whole_part(whole / part);
    let fits = |n: u64| float(n) * part <= whole;
    // A quotient of floating-point numbers may be off by one.
    [about.saturating_add(1), about].into_iter().find(|n| fits(*n)).unwrap_or(about.saturating_sub(1))
}

fn per_minute_of(quota: f64, held: f64, used: f64, seconds: f64, at_once: u64) -> Option<PerMinute> {
    let minutes = seconds / 60.0;
    let by_reservation = float(at_once) / minutes;
    // The last call of a minute may have used more than was left when it began.
    let by_use = if used > 0.0 { (quota / used).max((quota - held) / used + 1.0) } else { f64::INFINITY };
    let most = by_reservation.min(by_use);
    if !most.is_finite() {
        return None;
    }
    let at_most = floor(most);
    // Some of its answer may be charged while a call runs: then it holds the larger of the two.
    let running = held.max(used);
    let fits = |calls: u64| {
        let at_once = ceil(float(calls) * minutes).max(1.0);
        at_once * running + float(calls) * used <= quota
    };
    let sure = largest(at_most, fits);
    Some(PerMinute { sure, at_most, binds: if by_reservation < by_use { Binds::Reservation } else { Binds::Use } })
}

/// The largest n up to `most` that fits, where every smaller one fits, too; 0 where none does.
fn largest(most: u64, fits: impl Fn(u64) -> bool) -> u64 {
    let (mut fitting, mut failing) = (0, most.saturating_add(1));
    while failing - fitting > 1 {
        let middle = fitting + (failing - fitting) / 2;
        if fits(middle) {
            fitting = middle;
        } else {
            failing = middle;
        }
    }
    fitting
}

/// Rounded up, unless only rounding made it more than a whole number.
fn ceil(value: f64) -> f64 {
    (value * (1.0 - 1e-12)).ceil()
}

/// Rounded down, unless only rounding made it less than a whole number.
fn floor(value: f64) -> u64 {
    whole_part(value * (1.0 + 1e-12))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; beyond u64 it stays at its end"
)]
fn whole_part(value: f64) -> u64 {
    value.floor() as u64
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52, or so large that it does not matter")]
fn float(count: u64) -> f64 {
    count as f64
}

/// How long the answers of the last two weeks were, in tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answers {
    /// The longest (Maximum of `OutputTokenCount`); None where unknown.
    pub longest: Option<f64>,
    /// Whether that is exact: `AtLeast` where not every endpoint was asked.
    pub longest_bound: Bound,
    /// The lowest and the highest 99th percentile of the days and endpoints; None where one of them is unknown. Percentiles cannot be merged, but of all answers at least
    /// one in a hundred is longer than the lowest, and at most one in a hundred is longer than the highest.
    pub p99: Option<(f64, f64)>,
}

impl Answers {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { longest: None, longest_bound: Bound::Exact, p99: None };
}

/// What share of the answers a `max_tokens` would have cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cuts {
    /// None: the longest was no longer.
    Nothing,
    /// One in a hundred at most.
    OnePercentAtMost,
    /// One in a hundred or more.
    OnePercentOrMore,
    /// Some; how many is unknown.
    Some,
    /// Unknown.
    Unknown,
}

/// What share of the answers of the last two weeks a `max_tokens` would have cut.
#[must_use]
pub fn cuts(max_tokens: f64, answers: &Answers) -> Cuts {
    let longest = count(answers.longest);
    let p99 = answers.p99.filter(|(lowest, highest)| lowest <= highest);
    if answers.longest_bound == Bound::Exact && longest.is_some_and(|longest| max_tokens >= longest) {
        Cuts::Nothing
    } else if p99.is_some_and(|(_, highest)| max_tokens >= highest) {
        Cuts::OnePercentAtMost
    } else if p99.is_some_and(|(lowest, _)| max_tokens < lowest) {
        Cuts::OnePercentOrMore
    } else if longest.is_some_and(|longest| max_tokens < longest && answers.longest_bound != Bound::AtMost) {
        Cuts::Some
    } else {
        Cuts::Unknown
    }
}

/// A lower `max_tokens`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lower {
    /// It.
    pub max_tokens: f64,
    /// Tokens that each running call holds less.
    pub frees: f64,
    /// How many calls fit with it.
    pub fit: Fit,
    /// What it would have cut.
    pub cuts: Cuts,
}

/// What a lower `max_tokens` would free and cut. None where it is not lower than what a call reserves, or where it can't be said how many calls fit.
#[must_use]
pub fn lower(call: &Call, max_tokens: f64, quota: Option<f64>, used: Option<f64>, answers: &Answers) -> Option<Lower> {
    let max_tokens = count(Some(max_tokens))?;
    let frees = count(call.max_tokens)? - max_tokens;
    let fit = fit(&Call { max_tokens: Some(max_tokens), ..*call }, quota, used).ok()?;
    (frees > 0.0).then(|| Lower { max_tokens, frees, fit, cuts: cuts(max_tokens, answers) })
}

/// A round `max_tokens` that would have cut no answer of the last two weeks: above the longest by a step of half its first digit. None where the longest is unknown.
#[must_use]
pub fn enough_for(answers: &Answers) -> Option<f64> {
    let longest = count(answers.longest).filter(|_| answers.longest_bound == Bound::Exact)?;
    let magnitude = 10_f64.powf(longest.max(10.0).log10().floor());
    let step = magnitude / 2.0;
    Some(((longest / step).floor() + 1.0) * step)
}

#[cfg(test)]
mod tests;
