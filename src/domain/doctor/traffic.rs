//! Traffic as findings speak of it: names of pools and endpoints, their refusals, and the window.

use super::{facts::Facts, refusal::Refusal, words};
use crate::domain::{
    catalog::Scope,
    minute::Span,
    quota_rows::QuotaRow,
    snapshot::{Bound, EndpointRow, PoolQuota, PoolRow},
};

/// Refusals are counted with the SDKs' own repeats.
pub const REPEATS: &str =
    "SDKs repeat refused calls by themselves, and each repeat counts: the calls that failed for good are fewer";

/// A pool's name: its model, and where its calls are served: `Claude Sonnet 4.5 us`.
#[must_use]
pub fn pool(facts: &Facts<'_>, pool: &PoolRow) -> String {
    let first = pool.members.iter().find_map(|index| facts.snapshot.endpoints.get(*index));
    first.map_or_else(|| pool.id.to_string(), endpoint)
}

/// An endpoint's name: its model, where its calls are served, and an application profile's own name.
#[must_use]
pub fn endpoint(row: &EndpointRow) -> String {
    let endpoint = &row.endpoint;
    let scope = match &endpoint.scope {
        Some(Scope::Geo(prefix)) => format!(" {prefix}"),
        Some(Scope::Global) => " global".to_owned(),
        Some(Scope::InRegion) | None => String::new(),
    };
    let name = format!("{}{scope}", endpoint.model_name);
    endpoint.profile_name.as_ref().map_or(name.clone(), |profile| format!("{name} ({profile})"))
}

/// `in the last 3 hours`.
#[must_use]
pub fn window(facts: &Facts<'_>) -> String {
    let minutes = facts.snapshot.window.map_or(0, Span::len);
    if minutes >= 120 && minutes.is_multiple_of(60) {
        format!("in the last {} hours", minutes / 60)
    } else {
        format!("in the last {minutes} minutes")
    }
}

/// `97 %`, `≥ 41 %`: a percentage of a quota with its bound, rounded to the side that stays true.
#[must_use]
pub fn percent(value: f64, bound: Bound) -> String {
    match bound {
        Bound::Exact => format!("{value:.0} %"),
        Bound::AtLeast => format!("≥ {:.0} %", value.floor()),
        Bound::AtMost => format!("≤ {:.0} %", value.ceil()),
    }
}

/// `97 % of 2,000,000 tokens per minute in the worst minute, 03:06Z`.
#[must_use]
pub fn peak(quota: &PoolQuota) -> String {
    let value = quota.applied.map_or_else(|| "an unknown value".to_owned(), words::number);
    let of = format!("of {value} {}", words::metric(quota.metric));
    match (quota.peak_percent, quota.usage.peak_at) {
        (Some(peak), Some(at)) => {
            format!("{} {of} in the worst minute, {at}", percent(peak, quota.usage.peak_bound))
        }
        _ => format!("use unknown {of}"),
    }
}

/// `14 % of attempts refused in the last 5 minutes; 1,204 in the last 3 hours`.
#[must_use]
pub fn refused(facts: &Facts<'_>, refusal: &Refusal<'_>) -> String {
    let now = refusal.pool.throttle_percent.filter(|percent| *percent > 0.0);
    let now = now.map_or_else(String::new, |percent| format!("{percent:.0} % of attempts refused now; "));
    format!("{now}{} refused {}", words::counted(whole(refusal.throttles), "attempt", "attempts"), window(facts))
}

/// A quota's row, by the pool's quota.
#[must_use]
pub fn row_of<'a>(facts: &Facts<'a>, quota: &PoolQuota) -> Option<&'a QuotaRow> {
    facts.snapshot.quotas.iter().find(|row| row.known.quota.code == quota.code)
}

/// A count as a whole number.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are not negative and fit")]
pub fn whole(count: f64) -> usize {
    count.max(0.0).round() as usize
}
