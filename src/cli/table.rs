//! A snapshot as text for people: the same numbers as the JSON, unknown as `—`.

use std::fmt::Write;

use crate::{
    domain::snapshot::{Bound, EndpointRow, Latency, PoolQuota, PoolRow, Provenance, Snapshot},
    ui::{
        numbers::{UNKNOWN, bounded_percent, percent, seconds, short_or_unknown},
        text::{clean, truncate, width},
    },
};

/// Cells that a name may take.
const NAME_AT_MOST: usize = 60;

const COLUMNS: [(&str, usize); 9] = [
    ("USE5m", 7),
    ("PEAK", 7),
    ("LIMIT", 11),
    ("RPM", 7),
    ("THR5m", 6),
    ("5xx", 5),
    ("4xx", 5),
    ("P50 s", 7),
    ("P90 s", 7),
];

/// The table, ended by a line feed. `all`: with endpoints that had no traffic.
pub(super) fn text(snapshot: &Snapshot, all: bool) -> String {
    let mut out = heading(snapshot);
    let shown = snapshot.endpoints.iter().filter(|row| all || row.active);
    let name_width = shown.map(|row| width(&name(row))).max().unwrap_or(0).max("ENDPOINT".len());
    if snapshot.pools.is_empty() && snapshot.faults.is_empty() {
        let region = clean(snapshot.region.as_str());
        let _ = writeln!(out, "No Bedrock traffic in {region} in this window.");
    }
    out.push_str(&padded("ENDPOINT", name_width));
    for (title, columns) in COLUMNS {
        let _ = write!(out, " {title:>columns$}");
    }
    out.push('\n');
    for pool in &snapshot.pools {
        for (position, member) in pool.members.iter().enumerate() {
            if let Some(row) = snapshot.endpoints.get(*member) {
                line(&mut out, name_width, row, (position == 0).then_some(pool));
            }
        }
    }
    for row in snapshot.endpoints.iter().filter(|row| all && !row.active) {
        let _ = writeln!(out, "{} idle", padded(&name(row), name_width));
    }
    for item in &snapshot.unattributed {
        let _ = writeln!(out, "{} {} that no endpoint explains", short_or_unknown(Some(item.count)), item.what);
    }
    for fault in &snapshot.faults {
        let _ = writeln!(out, "! {}", clean(&fault.to_string()));
    }
    out
}

pub(super) fn heading(snapshot: &Snapshot) -> String {
    let source = match snapshot.provenance {
        Provenance::Live => "",
        Provenance::CustomEndpoint => "  custom endpoint",
        Provenance::Simulated => "  SIMULATED",
        Provenance::File => "  from files",
    };
    let through =
        snapshot.data_through.map_or_else(|| "no data".to_owned(), |minute| format!("data to {}", minute + 1));
    let minutes = snapshot.window.map_or(0, crate::domain::minute::Span::len);
    let account = snapshot.account.as_ref().map_or("account unknown", |account| account.as_str());
    format!("{}  {}{source}  {through}, window {minutes} min\n", clean(account), clean(snapshot.region.as_str()))
}

/// A pool's first line carries the quota, and the use of all its members.
fn line(out: &mut String, name_width: usize, row: &EndpointRow, pool: Option<&PoolRow>) {
    let quota = pool.and_then(PoolRow::token_quota);
    let limit = match (pool, quota) {
        (None, _) => String::new(),
        (Some(_), Some(quota)) => format!("{} TPM", short_or_unknown(quota.applied)),
        (Some(pool), None) if pool.quotas.is_empty() => "unknown".to_owned(),
        (Some(_), None) => "ambiguous".to_owned(),
    };
    let use_of = |value: fn(&PoolQuota) -> (Option<f64>, Bound)| match quota.map(value) {
        Some((Some(percent), bound)) => bounded_percent(percent, bound),
        _ if pool.is_none() => String::new(),
        _ => UNKNOWN.to_owned(),
    };
    let latency = |value: fn(&Latency) -> Option<f64>| {
        let recent = || row.latency_recent.as_ref().and_then(|(_, latency)| value(latency));
        value(&row.latency).or_else(recent).map_or_else(|| UNKNOWN.to_owned(), seconds)
    };
    let cells = [
        use_of(|quota| (quota.used_percent(), quota.usage.now_bound)),
        use_of(|quota| (quota.peak_percent, quota.usage.peak_bound)),
        limit,
        short_or_unknown(row.rpm_now),
        row.throttle_percent.map_or_else(|| UNKNOWN.to_owned(), percent),
        short_or_unknown(row.server_errors),
        short_or_unknown(row.client_errors),
        latency(|latency| latency.p50),
        latency(|latency| latency.p90),
    ];
    out.push_str(&padded(&name(row), name_width));
    for (cell, (_, columns)) in cells.iter().zip(COLUMNS) {
        let _ = write!(out, " {cell:>columns$}");
    }
    out.push('\n');
}

pub(super) fn padded(text: &str, cells: usize) -> String {
    let padding = cells.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(padding))
}

/// The model, and what tells this endpoint from others of it.
fn name(row: &EndpointRow) -> String {
    let endpoint = &row.endpoint;
    let which = endpoint.profile_name.as_deref().unwrap_or(endpoint.id.as_str());
    let name =
        if endpoint.model_name == which { which.to_owned() } else { format!("{} ({which})", endpoint.model_name) };
    truncate(&clean(&name), NAME_AT_MOST, "…")
}
