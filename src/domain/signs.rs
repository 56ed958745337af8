//! Signs that a row's quota or its burndown multiplier is the wrong one. A sign is a contradiction of numbers, never a verdict: what it may come from is said beside it.

use super::{
    quota_name::QuotaMetric,
    usage::MinuteUses,
    why::{Agreement, agreement},
};

/// A minute may hold more than a minute's quota: calls are admitted in one minute and counted where they end. From here on that does not explain it.
const ABOVE_PERCENT: f64 = 120.0;

/// Calls that are refused while a third of the quota is left are not refused by what is counted.
const FAR_BELOW_PERCENT: f64 = 67.0;

/// Minutes in which all parts are known, from which a comparison says something.
const COMPARED_AT_LEAST: usize = 5;

/// What contradicts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sign {
    /// More was used than the quota allows, and nothing was refused: percent of the quota in the worst minute.
    UsedAboveLimit(f64),
    /// Something was used although the quota is 0: in the worst minute, in the quota's unit.
    UsedAtZero(f64),
    /// Calls were refused while the use was far below the quota: percent of the quota in the worst of the minutes with refusals.
    RefusedFarBelow(f64),
    /// AWS's estimate is not what the tokens and the table's multiplier add up to.
    EstimateDiffers {
        /// By how many percent of the formula the estimate lies above it; negative: below.
        percent: f64,
        /// Quota tokens per output token by the table.
        table: f64,
        /// What the estimate implies; None where there was no output.
        implied: Option<f64>,
    },
}

impl Sign {
    /// One sentence: what contradicts, and what it may come from.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::UsedAboveLimit(percent) => format!(
                "{percent:.0}% of it was used and nothing was refused: probably not the quota of these calls, or output counts less than assumed"
            ),
            Self::UsedAtZero(_) => {
                "calls were served although it is listed as 0: the value is not what is enforced, or not the quota of these calls".to_owned()
            }
            Self::RefusedFarBelow(percent) => format!(
                "calls were refused at {:.0}% of it: what calls in flight hold is not counted, or another quota was hit",
                percent.floor()
            ),
            Self::EstimateDiffers { percent, table, implied } => {
                let implied = implied.map_or_else(String::new, |times| format!(": AWS counts as with ×{times:.1}"));
                format!("AWS's estimate is {percent:+.0}% off the formula with output ×{table}{implied}")
            }
        }
    }
}

/// Quota tokens that an output token costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Multiplier {
    /// By the dated table; None where it does not name the model.
    pub table: Option<f64>,
    /// As AWS's estimate of the window implies; None where that rests on too little.
    pub implied: Option<f64>,
}

/// Sums over the minutes of a window in which the estimate and all of its parts are known. Quota tokens and tokens.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Compared {
    /// How many minutes.
    pub minutes: usize,
    /// `EstimatedTPMQuotaUsage`.
    pub estimate: f64,
    /// Input tokens without cached ones.
    pub input: f64,
    /// Input tokens written to the cache.
    pub cache_write: f64,
    /// Output tokens.
    pub output: f64,
}

impl Compared {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            minutes: self.minutes + other.minutes,
            estimate: self.estimate + other.estimate,
            input: self.input + other.input,
            cache_write: self.cache_write + other.cache_write,
            output: self.output + other.output,
        }
    }

    /// Quota tokens per output token that the estimate implies; None where it rests on too little.
    #[must_use]
    pub fn implied_multiplier(&self) -> Option<f64> {
        let enough = self.minutes >= COMPARED_AT_LEAST && self.output > 0.0;
        enough.then(|| (self.estimate - self.input - self.cache_write) / self.output).filter(|times| *times >= 0.0)
    }

    /// What contradicts the table's multiplier.
    #[must_use]
    pub fn sign(&self, table: Option<f64>) -> Option<Sign> {
        let table = table.filter(|_| self.minutes >= COMPARED_AT_LEAST)?;
        let formula = self.input + self.cache_write + self.output * table;
        match agreement(self.estimate, formula)? {
            Agreement::Agrees => None,
            Agreement::DiffersByPercent(percent) => {
                Some(Sign::EstimateDiffers { percent, table, implied: self.implied_multiplier() })
            }
        }
    }
}

/// A use that signs are looked for in.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// It, by the minute.
    pub uses: &'a MinuteUses,
    /// In which of these minutes calls were refused, as far as that is known.
    pub refused: &'a [bool],
    /// Whether it is known of every one of them: mantle has no metric of refusals.
    pub refusals_known: bool,
    /// Something that counts may be beside the use: it is a lower bound.
    pub more_beside: bool,
    /// Something that does not count may be within it: it is an upper bound.
    pub less_within: bool,
}

/// What a use contradicts. A request quota that more got through than it allows is no sign: AWS announced in May 2026 that they go.
#[must_use]
pub fn of_use(metric: QuotaMetric, seen: &Seen<'_>, applied: Option<f64>) -> Option<Sign> {
    let applied = applied?;
    let (uses, refused) = (seen.uses.minutes(), seen.refused);
    if applied <= 0.0 {
        let worst = uses.iter().filter_map(|used| used.at_least()).fold(0.0, f64::max);
        return (worst > 0.0 && !seen.less_within).then_some(Sign::UsedAtZero(worst));
    }
    let counts_tokens = matches!(
        metric,
        QuotaMetric::TokensPerMinute | QuotaMetric::InputTokensPerMinute | QuotaMetric::OutputTokensPerMinute
    );
    if !counts_tokens {
        return None;
    }
    let percents = uses.iter().map(|used| used.at_least().map(|sum| 100.0 * sum / applied));
    if refused.contains(&true) {
        // Minutes that are not known may have been full.
        let whole = uses.iter().zip(refused).filter(|(_, refused)| **refused).all(|(used, _)| used.missing == 0);
        let worst = percents.zip(refused).filter(|(_, refused)| **refused).filter_map(|(percent, _)| percent);
        let worst = worst.fold(f64::NEG_INFINITY, f64::max);
        let is_far_below = whole && !seen.more_beside && worst.is_finite() && worst < FAR_BELOW_PERCENT;
        return is_far_below.then_some(Sign::RefusedFarBelow(worst));
    }
    let worst = percents.flatten().fold(0.0, f64::max);
    let is_above = seen.refusals_known && !seen.less_within && worst > ABOVE_PERCENT;
    is_above.then_some(Sign::UsedAboveLimit(worst))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::minute::{Minute, Span};

    fn uses(values: &[f64]) -> MinuteUses {
        let span = Span { first: Minute(0), last: Minute(i64::try_from(values.len()).unwrap() - 1) };
        MinuteUses::new(span, |minute| Some(values[usize::try_from(minute.0).unwrap()]))
    }

    fn seen<'a>(uses: &'a MinuteUses, refused: &'a [bool]) -> Seen<'a> {
        Seen { uses, refused, refusals_known: true, more_beside: false, less_within: false }
    }

    #[test]
    fn more_than_the_quota_without_a_refusal_is_a_sign_and_with_one_it_is_not() {
        let tokens = QuotaMetric::TokensPerMinute;
        let sign = |values: &[f64], refused: &[bool]| of_use(tokens, &seen(&uses(values), refused), Some(100.0));
        assert_eq!(sign(&[90.0, 150.0], &[false, false]), Some(Sign::UsedAboveLimit(150.0)));
        assert_eq!(sign(&[90.0, 115.0], &[false, false]), None, "calls that end in another minute explain it");
        assert_eq!(sign(&[90.0, 150.0], &[false, true]), None);
        assert_eq!(sign(&[90.0, 10.0], &[false, true]), Some(Sign::RefusedFarBelow(10.0)));
        assert_eq!(sign(&[10.0, 90.0], &[false, true]), None);
        let (much, nothing) = (uses(&[500.0, 0.0]), uses(&[0.0]));
        assert_eq!(of_use(tokens, &seen(&much, &[false, true]), Some(0.0)), Some(Sign::UsedAtZero(500.0)));
        assert_eq!(of_use(tokens, &seen(&nothing, &[true]), Some(0.0)), None);
        assert_eq!(of_use(QuotaMetric::RequestsPerMinute, &seen(&much, &[false; 2]), Some(100.0)), None);
    }

    #[test]
    fn a_bound_proves_nothing_on_its_open_side_and_unknown_refusals_are_not_none() {
        let tokens = QuotaMetric::TokensPerMinute;
        let (much, little) = (uses(&[500.0, 150.0]), uses(&[10.0, 20.0]));
        let (allowed, refused) = ([false; 2], [false, true]);
        let sign = |seen: Seen<'_>, applied| of_use(tokens, &seen, Some(applied));
        let unknown = Seen { refusals_known: false, ..seen(&much, &allowed) };
        assert_eq!(sign(unknown, 100.0), None, "mantle has no metric of refusals");
        assert_eq!(sign(unknown, 0.0), Some(Sign::UsedAtZero(500.0)), "what is served at zero is served");
        let at_most = Seen { less_within: true, ..seen(&much, &allowed) };
        assert_eq!((sign(at_most, 100.0), sign(at_most, 0.0)), (None, None));
        let at_least = Seen { more_beside: true, ..seen(&much, &allowed) };
        assert!(sign(at_least, 100.0).is_some() && sign(at_least, 0.0).is_some());
        assert_eq!(sign(Seen { more_beside: true, ..seen(&little, &refused) }, 100.0), None);
        assert!(sign(Seen { less_within: true, ..seen(&little, &refused) }, 100.0).is_some());
    }

    #[test]
    fn refused_minutes_that_are_not_known_prove_nothing() {
        let span = Span { first: Minute(0), last: Minute(1) };
        let uses = MinuteUses::new(span, |minute| (minute.0 == 0).then_some(10.0));
        let sign = |refused: &[bool]| of_use(QuotaMetric::TokensPerMinute, &seen(&uses, refused), Some(100.0));
        assert_eq!(sign(&[true, true]), None);
        assert!(sign(&[true, false]).is_some());
    }

    #[test]
    fn the_estimate_tells_the_multiplier_that_aws_counts_with() {
        let compared = |estimate| Compared { minutes: 60, estimate, input: 1_000.0, cache_write: 200.0, output: 100.0 };
        assert_eq!(compared(1_700.0).sign(Some(5.0)), None);
        let sign = compared(2_200.0).sign(Some(5.0)).unwrap();
        let Sign::EstimateDiffers { percent, table, implied } = sign else { panic!("{sign:?}") };
        assert!((percent - 29.4).abs() < 0.1 && implied == Some(10.0) && (table - 5.0).abs() < 1e-9);
        assert_eq!(compared(2_200.0).sign(None), None, "what the table does not say cannot be contradicted");
        assert_eq!(Compared { minutes: 4, ..compared(2_200.0) }.sign(Some(5.0)), None);
    }

    proptest! {
        #[test]
        fn the_multiplier_that_traffic_was_counted_with_is_found_again(
            input in 0.0..1e9_f64, cache_write in 0.0..1e9_f64, output in 1.0..1e8_f64, times in 1..20_u32
        ) {
            let estimate = input + cache_write + output * f64::from(times);
            let compared = Compared { minutes: 60, estimate, input, cache_write, output };
            prop_assert_eq!(compared.sign(Some(f64::from(times))), None);
            let implied = compared.implied_multiplier().unwrap();
            prop_assert!((implied - f64::from(times)).abs() < 1e-6 * estimate / output);
        }
    }
}
