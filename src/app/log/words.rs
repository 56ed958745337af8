//! Numbers and names as the log's lines say them. Numbers are written out: a line is read later, beside others.

use crate::domain::{
    catalog::{Endpoint, Scope},
    evidence::grouped,
    snapshot::{Bound, EndpointRow, PoolQuota, PoolRow, Snapshot},
};

/// `2,000,000`; the whole part of what is larger than one, `—` where it is no count.
pub(super) fn count(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return "—".to_owned();
    }
    if value > 0.0 && value < 1.0 {
        return format!("{value:.2}");
    }
    grouped(&format!("{value:.0}"))
}

/// `14%`, `≥97%`: rounded so that a bound stays true, and what is below 100 never reads as 100.
pub(super) fn percent(value: f64, bound: Bound) -> String {
    if !value.is_finite() || value < 0.0 {
        return "—".to_owned();
    }
    let (mark, rounded) = match bound {
        Bound::Exact if value > 0.0 && value < 0.5 => return "<1%".to_owned(),
        Bound::Exact if value < 100.0 => ("", value.round().min(99.0)),
        Bound::Exact => ("", value.round()),
        Bound::AtLeast => ("≥", value.floor()),
        Bound::AtMost => ("≤", value.ceil()),
    };
    format!("{mark}{}%", count(rounded))
}

/// `26 min`, `2 h 05 min`, `3 d 04 h`.
pub(super) fn minutes(minutes: i64) -> String {
    let minutes = minutes.max(0);
    match minutes {
        0..60 => format!("{minutes} min"),
        60..1440 => format!("{} h {:02} min", minutes / 60, minutes % 60),
        _ => format!("{} d {:02} h", minutes / 1440, minutes % 1440 / 60),
    }
}

/// A pool in a sentence: its one endpoint, or the owner of its quota.
pub(super) fn pool(pool: &PoolRow, snapshot: &Snapshot) -> String {
    let mut members = pool.members.iter().filter_map(|member| snapshot.endpoints.get(*member));
    if let [only] = pool.members.as_slice() {
        return snapshot.endpoints.get(*only).map_or_else(|| pool.id.to_string(), endpoint);
    }
    let owner = members.clone().find(|row| row.endpoint.id.as_str() == pool.id.as_str()).or_else(|| members.next());
    owner.map_or_else(|| pool.id.to_string(), |row| format!("{} pool", model_and_scope(&row.endpoint)))
}

/// An endpoint in a sentence: model, scope, an application profile's own name.
pub(super) fn endpoint(row: &EndpointRow) -> String {
    let own = row.endpoint.profile_name.as_deref().unwrap_or_default();
    let name = model_and_scope(&row.endpoint);
    if own.is_empty() { name } else { format!("{name} {own}") }
}

fn model_and_scope(endpoint: &Endpoint) -> String {
    let model = if endpoint.model_name.is_empty() { endpoint.id.as_str() } else { &endpoint.model_name };
    match &endpoint.scope {
        Some(Scope::Geo(prefix)) => format!("{model} {prefix}"),
        Some(Scope::Global) => format!("{model} global"),
        Some(Scope::InRegion) | None => model.to_owned(),
    }
}

/// `2,000,000 TPM`.
pub(super) fn limit(quota: &PoolQuota) -> String {
    let unit = quota.metric.name().to_uppercase();
    quota.applied.map_or_else(|| format!("an unknown {unit}"), |applied| format!("{} {unit}", count(applied)))
}

/// A quota with its numbers: code, name, values, use.
pub(super) fn quota(quota: &PoolQuota) -> String {
    let default = quota.default.map_or_else(|| "—".to_owned(), count);
    let adjustable = if quota.adjustable { "adjustable" } else { "not adjustable" };
    let used = quota.used_percent().map_or_else(|| "—".to_owned(), |used| percent(used, quota.usage.now_bound));
    let peak = quota.peak_percent.map_or_else(|| "—".to_owned(), |peak| percent(peak, quota.usage.peak_bound));
    let at = quota.usage.peak_at.map_or_else(String::new, |minute| format!(" at {minute}"));
    format!(
        "{} {}: {} applied, default {default}, {adjustable}; used now {used}, peak {peak}{at}",
        quota.code,
        quota.name,
        limit(quota)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_out_and_bounds_stay_true() {
        let counts = [0.0, 7.0, 999.0, 1_000.0, 200_000.0, 2e6, 1_234_567.0, f64::NAN, -1.0].map(count);
        assert_eq!(counts, ["0", "7", "999", "1,000", "200,000", "2,000,000", "1,234,567", "—", "—"]);
        assert_eq!(percent(99.7, Bound::Exact), "99%");
        assert_eq!(percent(96.9, Bound::AtLeast), "≥96%");
        assert_eq!(percent(96.1, Bound::AtMost), "≤97%");
        assert_eq!(percent(0.2, Bound::Exact), "<1%");
        assert_eq!([5, 65, 1_500].map(minutes), ["5 min", "1 h 05 min", "1 d 01 h"]);
    }
}
