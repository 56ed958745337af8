//! When each source is asked: intervals, and back-off after failures. Pure; every duration is a named constant beside its reason.

use jiff::{SignedDuration, Timestamp};

use super::state::Feed;
use crate::domain::{
    fault::{FaultKind, Source},
    minute::Minute,
};

/// Identity seldom changes; asked again so that expired credentials are seen even where nothing else fails.
const IDENTITY: SignedDuration = SignedDuration::from_mins(60);
/// New models come by the week; the control plane's rate limits are not published, so seldom.
const CATALOG: SignedDuration = SignedDuration::from_mins(60);
/// Tags are asked when a profile becomes active.
const TAGS: SignedDuration = SignedDuration::from_mins(60);
/// New series appear up to 15 minutes late anyway; the tripwire asks for an earlier look.
const DISCOVERY: SignedDuration = SignedDuration::from_mins(5);
/// `CloudWatch`'s finest period of these metrics.
const METRICS: SignedDuration = SignedDuration::from_mins(1);
/// Quotas change by request only.
const QUOTAS: SignedDuration = SignedDuration::from_hours(6);
/// A zero or a request that is open is what a user waits for.
const QUOTAS_AWAITED: SignedDuration = SignedDuration::from_mins(5);

/// First wait after a failure that may pass; doubles with each further one.
const BACK_OFF: SignedDuration = SignedDuration::from_secs(5);
/// Longest wait after failures in a row.
const BACK_OFF_AT_MOST: SignedDuration = SignedDuration::from_mins(5);
/// Somebody has to do something: no use in asking often, but the repair should show soon.
const AFTER_REFUSAL: SignedDuration = SignedDuration::from_mins(1);
/// The same, where asking is many calls.
const AFTER_REFUSAL_OF_LISTS: SignedDuration = SignedDuration::from_mins(5);
/// Between two handfuls of profiles whose tags are read.
pub const MORE_TAGS: SignedDuration = SignedDuration::from_secs(10);

/// Values are asked this long after a minute has begun: by then the minute that has just become three minutes old is settled, and not half a minute later.
const AFTER_THE_MINUTE: SignedDuration = SignedDuration::from_secs(3);

/// When a source is asked again after a good answer. `awaited`: a quota is zero or has an open request.
#[must_use]
pub fn next(source: Source, awaited: bool, now: Timestamp) -> Timestamp {
    match source {
        Source::Metrics => after((Minute::of(now) + 1).start(), AFTER_THE_MINUTE),
        other => after(now, interval(other, awaited)),
    }
}

/// How long a good answer is good for.
#[must_use]
pub fn interval(source: Source, awaited: bool) -> SignedDuration {
    match source {
        Source::Identity => IDENTITY,
        Source::Catalog => CATALOG,
        Source::Tags => TAGS,
        Source::Discovery => DISCOVERY,
        Source::Metrics => METRICS,
        Source::ServiceQuotas if awaited => QUOTAS_AWAITED,
        Source::ServiceQuotas | Source::Cache | Source::Access => QUOTAS,
    }
}

/// How long after the n-th failure in a row (from 1) a source is asked again.
#[must_use]
pub fn back_off(source: Source, kind: FaultKind, failures: u32) -> SignedDuration {
    if !kind.passes() {
        return if source == Source::ServiceQuotas { AFTER_REFUSAL_OF_LISTS } else { AFTER_REFUSAL };
    }
    let doubled = BACK_OFF.checked_mul(1 << failures.saturating_sub(1).min(10)).unwrap_or(BACK_OFF_AT_MOST);
    doubled.min(BACK_OFF_AT_MOST)
}

/// Whether a source is to be asked now.
#[must_use]
pub fn is_due(feed: &Feed, now: Timestamp) -> bool {
    !feed.asking && feed.due.is_none_or(|due| due <= now)
}

/// A time later by a duration; the time itself where that cannot be told.
#[must_use]
pub fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_asked_just_after_each_minute_has_begun() {
        let next = |now: &str| next(Source::Metrics, false, now.parse().unwrap()).to_string();
        assert_eq!(next("2026-11-22T03:11:04Z"), "2026-11-22T03:12:03Z");
        assert_eq!(next("2026-11-22T03:11:59Z"), "2026-11-22T03:12:03Z");
    }

    #[test]
    fn waits_double_up_to_a_limit_and_refusals_wait_a_minute() {
        let waits: Vec<i64> = (1..=8).map(|n| back_off(Source::Metrics, FaultKind::Throttled, n).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(back_off(Source::Metrics, FaultKind::Denied, 7), AFTER_REFUSAL);
        assert_eq!(back_off(Source::Metrics, FaultKind::Unexpected, u32::MAX), BACK_OFF_AT_MOST);
    }
}
