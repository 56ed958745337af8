//! How findings say numbers, quotas and lists: the same words in every check.

use jiff::Timestamp;

use crate::domain::{
    evidence,
    governing::KnownQuota,
    quota_name::{QuotaMetric, QuotaScope},
};

/// A number with all its digits: `3,000`, `0.5`; what is no number is not known.
#[must_use]
pub fn number(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return "unknown".to_owned();
    }
    if value.fract() != 0.0 {
        return value.to_string();
    }
    evidence::grouped(&format!("{value:.0}"))
}

/// A count with the word for it: `1 quota`, `2 quotas`.
#[must_use]
pub fn counted(count: usize, one: &str, more: &str) -> String {
    let grouped = evidence::grouped(&count.to_string());
    if count == 1 { format!("{grouped} {one}") } else { format!("{grouped} {more}") }
}

/// `a, b and 3 more`; `more` of them in all.
#[must_use]
pub fn listed(items: &[String], at_most: usize) -> String {
    let shown = items.iter().take(at_most).cloned().collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(at_most) {
        0 => shown,
        rest => format!("{shown} and {rest} more"),
    }
}

/// What a quota counts, in words: `tokens per minute`.
#[must_use]
pub fn metric(metric: QuotaMetric) -> &'static str {
    match metric {
        QuotaMetric::RequestsPerMinute => "requests per minute",
        QuotaMetric::TokensPerMinute => "tokens per minute",
        QuotaMetric::TokensPerDay => "tokens per day",
        QuotaMetric::InputTokensPerMinute => "input tokens per minute",
        QuotaMetric::OutputTokensPerMinute => "output tokens per minute",
        QuotaMetric::ConcurrentRequests => "requests at one time",
        QuotaMetric::ConcurrentAsyncRequests => "asynchronous requests at one time",
        QuotaMetric::ModelUnits => "model units",
        QuotaMetric::Count => "how many there may be",
    }
}

/// Whose calls a quota limits, as one word before a number or a noun.
#[must_use]
pub fn scope(scope: QuotaScope) -> &'static str {
    match scope {
        QuotaScope::InRegion => "in-Region",
        QuotaScope::Geo => "geographic profile",
        QuotaScope::Global => "global profile",
        QuotaScope::InRegionAndGeo => "in-Region and geographic profile",
        QuotaScope::LatencyOptimized => "latency-optimized",
        QuotaScope::Mantle => "bedrock-mantle",
        QuotaScope::CustomDeployment => "custom deployment",
        QuotaScope::Provisioned => "provisioned",
        QuotaScope::Profiles => "inference profile",
        QuotaScope::Account => "whole-account",
        QuotaScope::Other => "other",
    }
}

/// A quota in few words: `Claude Sonnet 4.5, geographic profile, tokens per minute`.
#[must_use]
pub fn quota(known: &KnownQuota) -> String {
    let Some(counted) = known.metric else { return known.quota.name.clone() };
    let label = known.label.as_deref().unwrap_or("all models");
    let variant = known.variant.as_ref().map(|variant| format!(" ({variant})")).unwrap_or_default();
    format!("{label}{variant}, {}, {}", scope(known.scope), metric(counted))
}

/// A text that may stand in a shell's command as it is: an id or a Region; None where it holds anything that a shell may take for more.
#[must_use]
pub fn for_shell(text: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'/' | b'_' | b'+');
    (!text.is_empty() && !text.starts_with('-') && text.bytes().all(is_plain)).then_some(text)
}

/// `2026-11-28`.
#[must_use]
pub fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// `2026-11-28 08:00Z`.
#[must_use]
pub fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// Whole days between two instants, rounded down.
#[must_use]
pub fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lists_are_whole_and_say_what_they_leave_out() {
        assert_eq!([3000.0, 0.5, 0.0, f64::NAN].map(number), ["3,000", "0.5", "0", "unknown"]);
        assert_eq!(
            (counted(1, "call", "calls"), counted(1200, "call", "calls")),
            ("1 call".into(), "1,200 calls".into())
        );
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!((listed(&items, 3), listed(&items, 2)), ("a, b, c".into(), "a, b and 1 more".into()));
    }

    #[test]
    fn nothing_that_a_shell_reads_gets_into_a_command() {
        assert_eq!(for_shell("us.a.sonnet-4-5-v1:0"), Some("us.a.sonnet-4-5-v1:0"));
        assert_eq!(["", "-x", "a b", "$(rm)", "a;b", "a'"].map(for_shell), [None; 6]);
    }

    #[test]
    fn days_are_rounded_down_also_before_now() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-28T12:00:00Z");
        assert_eq!(days_between(now, at("2026-11-29T11:00:00Z")), 0);
        assert_eq!(days_between(now, at("2026-11-28T11:00:00Z")), -1);
        assert_eq!((day(now), minute(now)), ("2026-11-28".into(), "2026-11-28 12:00Z".into()));
    }
}
