//! Why a row's use is what it is: what it is made of, whether AWS's own estimate agrees, and what no metric shows.

use super::{
    charting::Subject,
    metric::{Metric, Namespace},
    minute::Span,
    reckoning::Known,
    snapshot::PoolRow,
    traffic::Traffic,
    usage::{MinuteUses, NOW_MINUTES},
};

/// Tokens are asked every five minutes: the newest minutes in which they are known may lie so far back.
const BACK_AT_MOST_MINUTES: i64 = 10;

/// AWS's estimate and the formula agree within this share: the estimate is of calls that ended, and so are the tokens, but late points come apart.
const AGREES_WITHIN: f64 = 0.02;

/// What a use is made of. Numbers are means per minute over [`Why::over`]; None is unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// The newest five minutes in which the parts are known; None where there are none.
    pub over: Option<Span>,
    /// Input tokens without cached ones.
    pub input: Option<f64>,
    /// Input tokens written to the cache; 0 where the namespace has no cache.
    pub cache_write: Option<f64>,
    /// Output tokens.
    pub output: Option<f64>,
    /// Quota tokens that an output token costs, by the burndown table; None where the model is not in it.
    pub multiplier: Option<f64>,
    /// AWS's own estimate, `EstimatedTPMQuotaUsage`; None where there is none.
    pub estimate: Option<f64>,
    /// What Reserved served of it: not in the use of this quota. 0 where no series tells of Reserved.
    pub reserved: Option<f64>,
    /// Calls in flight, mean of five minutes. What they hold of the quota beyond what is counted is in no metric.
    pub in_flight: Option<f64>,
    /// The smallest `max_tokens` with which the calls in flight would fill what the use leaves of the quota. A hypothesis: no metric carries `max_tokens`.
    pub filling_max_tokens: Option<f64>,
}

/// Whether AWS's estimate is what the parts add up to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Agreement {
    /// Within 2 %.
    Agrees,
    /// By how many percent the estimate lies above the formula; negative: below.
    DiffersByPercent(f64),
}

impl Why {
    /// Input + cache write + output × multiplier.
    #[must_use]
    pub fn formula(&self) -> Option<f64> {
        let output = match self.output? {
            0.0 => 0.0,
            output => output * self.multiplier?,
        };
        Some(self.input? + self.cache_write? + output)
    }

    /// Whether AWS's estimate is what the parts add up to; None where either is not known.
    #[must_use]
    pub fn agreement(&self) -> Option<Agreement> {
        agreement(self.estimate?, self.formula()?)
    }
}

/// Whether an estimate is what a formula says; None where the formula says nothing was used.
#[must_use]
pub fn agreement(estimate: f64, formula: f64) -> Option<Agreement> {
    if (estimate - formula).abs() <= AGREES_WITHIN * estimate.abs().max(formula.abs()) {
        return Some(Agreement::Agrees);
    }
    (formula > 0.0).then(|| Agreement::DiffersByPercent(100.0 * (estimate / formula - 1.0)))
}

/// What the use of a row is made of.
#[must_use]
pub fn why(known: &Known<'_>, subject: &Subject<'_>, window: Span) -> Why {
    let traffic = Traffic::new(known, Span::ending(window.last, BACK_AT_MOST_MINUTES + NOW_MINUTES));
    let total = |metric: Metric| {
        let mut total = None;
        for row in &subject.members {
            let meter = row.endpoint.meter();
            if metric.name(meter.namespace).is_some() {
                let uses = traffic.minutes(&meter, metric);
                total.get_or_insert_with(|| MinuteUses::none(uses.span())).add(&uses);
            }
        }
        total
    };
    let (input, output) = (total(Metric::InputTokenCount), total(Metric::OutputTokenCount));
    let over = newest_known(window, &[input.as_ref(), output.as_ref()]);
    let mean = |uses: Option<MinuteUses>| uses.and_then(|uses| uses.mean(over?));
    let has_cache = subject.members.iter().any(|row| row.endpoint.namespace == Namespace::Bedrock);
    let cache_write = if has_cache { mean(total(Metric::CacheWriteInputTokenCount)) } else { Some(0.0) };
    let reserved = subject.members.iter().fold(MinuteUses::none(traffic.span()), |mut reserved, row| {
        reserved.add(&traffic.reserved(&row.endpoint.meter()));
        reserved
    });
    let in_flight = subject.members.iter().map(|row| row.in_flight).sum::<Option<f64>>();
    Why {
        over,
        input: mean(input),
        cache_write,
        output: mean(output),
        multiplier: multiplier(known, subject),
        estimate: mean(total(Metric::EstimatedTpmQuotaUsage)),
        reserved: mean(Some(reserved)),
        in_flight,
        filling_max_tokens: subject.pool.and_then(filling_max_tokens),
    }
}

/// The newest five minutes of which everything is known.
fn newest_known(window: Span, parts: &[Option<&MinuteUses>]) -> Option<Span> {
    let spans = (0..=BACK_AT_MOST_MINUTES).map(|back| Span::ending(window.last - back, NOW_MINUTES));
    spans.into_iter().find(|span| parts.iter().all(|uses| uses.is_some_and(|uses| uses.mean(*span).is_some())))
}

/// The multiplier of the row's model; None where its members have several, or none is known.
pub(super) fn multiplier(known: &Known<'_>, subject: &Subject<'_>) -> Option<f64> {
    let of = |row: &&super::snapshot::EndpointRow| match row.endpoint.namespace {
        Namespace::Mantle => Some(1.0),
        Namespace::Bedrock => row.endpoint.model.as_ref().and_then(|model| known.burndown.multiplier(model)),
    };
    let mut multipliers = subject.members.iter().map(of);
    let first = multipliers.next()??;
    multipliers.all(|other| other == Some(first)).then_some(first)
}

/// What is left of the pool's quota, shared out over the calls in flight: only where calls are refused, for then it is what must be explained.
fn filling_max_tokens(pool: &PoolRow) -> Option<f64> {
    pool.throttled_since?;
    let quota = pool.token_quota()?;
    let left = quota.applied? - quota.usage.used_now?;
    let in_flight = pool.in_flight.filter(|calls| *calls >= 1.0)?;
    (left > 0.0).then(|| left / in_flight)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn why(input: f64, output: f64, multiplier: Option<f64>, estimate: Option<f64>) -> Why {
        Why {
            over: None,
            input: Some(input),
            cache_write: Some(0.0),
            output: Some(output),
            multiplier,
            estimate,
            reserved: Some(0.0),
            in_flight: None,
            filling_max_tokens: None,
        }
    }

    #[test]
    fn output_counts_by_its_multiplier_and_without_one_nothing_is_said() {
        assert_eq!(why(1000.0, 100.0, Some(5.0), None).formula(), Some(1500.0));
        assert_eq!(why(1000.0, 100.0, None, None).formula(), None);
        assert_eq!(why(1000.0, 0.0, None, None).formula(), Some(1000.0), "no output costs nothing");
    }

    #[test]
    fn the_estimate_agrees_within_two_percent() {
        assert_eq!(why(1000.0, 0.0, None, Some(1010.0)).agreement(), Some(Agreement::Agrees));
        assert_eq!(why(1000.0, 0.0, None, Some(1500.0)).agreement(), Some(Agreement::DiffersByPercent(50.0)));
        assert_eq!(why(0.0, 0.0, None, Some(0.0)).agreement(), Some(Agreement::Agrees));
        assert_eq!(why(1000.0, 0.0, None, None).agreement(), None);
    }

    proptest! {
        #[test]
        fn the_formula_is_never_below_its_input(
            input in 0.0..1e9_f64, output in 0.0..1e9_f64, multiplier in 1.0..20.0_f64
        ) {
            let formula = why(input, output, Some(multiplier), None).formula().unwrap();
            prop_assert!(formula >= input && (formula >= output));
        }
    }
}
