//! What a row's calls are like on average: what the what-if begins with.

use super::{
    charting::Subject,
    metric::{Metric, Namespace},
    minute::Span,
    reckoning::Known,
    reservation::Call,
    traffic::Traffic,
    usage::MinuteUses,
};

/// The mean call of a row over a window: tokens and seconds per accepted call, over the minutes in which both are known of every endpoint of the row. Means can
/// be merged where percentiles can't. What is unknown is None; `max_tokens` is in no metric, so it always is.
///
/// `Invocations` may count calls that ended in an error, which have no tokens (AWS's pages disagree), so the means may be a little low.
#[must_use]
pub fn mean_call(known: &Known<'_>, subject: &Subject<'_>, window: Span) -> Call {
    let traffic = Traffic::new(known, window);
    let total = |metric: Metric| {
        subject.members.iter().fold(MinuteUses::none(window), |mut total, row| {
            total.add(&traffic.minutes(&row.endpoint.meter(), metric));
            total
        })
    };
    // Beside ids of the form `model+flex` counts are lower bounds, and a ratio of two such says nothing.
    let meters = || subject.members.iter().map(|row| row.endpoint.meter());
    let is_bounded = meters().any(|meter| traffic.has_suffix_series(&meter));
    let calls = total(Metric::Invocations);
    let mean = |metric: Metric| if is_bounded { None } else { per_call(&total(metric), &calls) };
    let has_cache = subject.members.iter().any(|row| row.endpoint.namespace == Namespace::Bedrock);
    Call {
        input: mean(Metric::InputTokenCount),
        cache_write: if has_cache { mean(Metric::CacheWriteInputTokenCount) } else { Some(0.0) },
        output: mean(Metric::OutputTokenCount),
        max_tokens: None,
        seconds: mean(Metric::InvocationLatency).map(|milliseconds| milliseconds / 1000.0),
        burndown: super::why::multiplier(known, subject),
    }
}

/// What was counted per call, over the minutes in which both are known; None where nobody called in them.
pub(super) fn per_call(counted: &MinuteUses, calls: &MinuteUses) -> Option<f64> {
    let minutes = counted.minutes().iter().zip(calls.minutes());
    let whole = minutes.filter_map(|(counted, calls)| Some((counted.whole()?, calls.whole()?)));
    let (counted, calls) = whole.fold((0.0, 0.0), |(all, many), (counted, calls)| (all + counted, many + calls));
    (calls > 0.0).then(|| counted / calls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::minute::Minute;

    #[test]
    fn a_mean_is_of_the_minutes_in_which_both_are_known() {
        let span = Span { first: Minute(0), last: Minute(3) };
        let of =
            |minutes: [Option<f64>; 4]| MinuteUses::new(span, |minute| minutes[usize::try_from(minute.0).unwrap_or(0)]);
        let calls = of([Some(2.0), Some(0.0), None, Some(8.0)]);
        assert_eq!(per_call(&of([Some(100.0), Some(0.0), Some(9.0), Some(900.0)]), &calls), Some(100.0));
        assert_eq!(per_call(&of([Some(100.0), None, None, None]), &calls), Some(50.0));
        assert_eq!(per_call(&of([None, Some(0.0), Some(7.0), None]), &calls), None, "nobody called in what is known");
    }
}
