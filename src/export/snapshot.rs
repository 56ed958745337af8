//! `tiertop.snapshot/1`: one snapshot as JSON. Counts are sums over the window; unknown is null.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::parts::{FaultOut, Number, fault, number};
use crate::domain::{
    catalog::{EndpointKind, Scope},
    matching::Match,
    minute::Minute,
    quota_name::QuotaMetric,
    snapshot::{
        Basis, Bound, EndpointRow, Latency as RowLatency, PoolQuota, PoolRow, Provenance, Snapshot as Known, TierBasis,
        Unattributed, Usage,
    },
    usage::NOW_MINUTES,
};

/// The schema's name and version. A change that breaks a reader raises the number.
pub const SCHEMA: &str = "tiertop.snapshot/1";

/// The document.
#[derive(Debug, Serialize)]
pub struct Snapshot<'a> {
    schema: &'static str,
    region: &'a str,
    account: Option<&'a str>,
    source: Provenance,
    as_of: Timestamp,
    data_through: Option<Timestamp>,
    window_minutes: i64,
    now_window_minutes: i64,
    endpoints: Vec<Endpoint<'a>>,
    pools: Vec<Pool<'a>>,
    unattributed: &'a [Unattributed],
    faults: Vec<FaultOut<'a>>,
    calls: Vec<Calls>,
    metric_queries: u64,
}

/// API calls made, by operation.
#[derive(Debug, Serialize)]
pub struct Calls {
    /// `cloudwatch`, `servicequotas`, `bedrock`, `sts`.
    pub service: String,
    /// `GetMetricData`, …
    pub operation: String,
    /// Calls, each page counted.
    pub count: u64,
}

#[derive(Debug, Serialize)]
struct Endpoint<'a> {
    id: &'a str,
    arn: Option<&'a str>,
    model: Option<&'a str>,
    model_name: &'a str,
    provider: Option<&'a str>,
    kind: EndpointKind,
    profile_name: Option<&'a str>,
    #[serde(rename = "source_endpoint")]
    copied_from: Option<&'a str>,
    scope: Option<&'static str>,
    geography: Option<&'a str>,
    tags: Option<&'a BTreeMap<String, String>>,
    pool: &'a str,
    active: bool,
    bound: Bound,
    requests: Option<Number>,
    throttles: Option<Number>,
    throttle_percent: Option<Number>,
    client_errors: Option<Number>,
    server_errors: Option<Number>,
    input_tokens: Option<Number>,
    output_tokens: Option<Number>,
    cache_read_tokens: Option<Number>,
    cache_write_tokens: Option<Number>,
    rpm_now: Option<Number>,
    tpm_now: Option<Number>,
    in_flight: Option<Number>,
    latency_ms: Latency,
    ttft_ms: Latency,
    tokens_per_second: Option<Number>,
    tiers: Vec<Tier<'a>>,
}

#[derive(Debug, Serialize)]
struct Latency {
    p50: Option<Number>,
    p90: Option<Number>,
    p99: Option<Number>,
    avg: Option<Number>,
    samples: Option<Number>,
}

#[derive(Debug, Serialize)]
struct Tier<'a> {
    asked: &'a str,
    served: Option<&'a str>,
    quota_tokens: Option<Number>,
    requests: Option<Number>,
    basis: TierBasis,
}

#[derive(Debug, Serialize)]
struct Pool<'a> {
    id: &'a str,
    members: Vec<&'a str>,
    quotas: Vec<Quota<'a>>,
}

#[derive(Debug, Serialize)]
struct Quota<'a> {
    code: Option<&'a str>,
    name: Option<&'a str>,
    metric: &'static str,
    applied: Option<Number>,
    default: Option<Number>,
    adjustable: Option<bool>,
    used_now: Option<Number>,
    peak: Option<Number>,
    peak_at: Option<Timestamp>,
    headroom_percent: Option<Number>,
    peak_percent: Option<Number>,
    bound: Bound,
    peak_bound: Bound,
    basis: Option<Basis>,
    r#match: &'a Match,
}

/// The document of a snapshot. `all`: with endpoints that had no traffic in the window.
#[must_use]
pub fn document(known: &Known, window_minutes: i64, all: bool, calls: Vec<Calls>, metric_queries: u64) -> Snapshot<'_> {
    Snapshot {
        schema: SCHEMA,
        region: known.region.as_str(),
        account: known.account.as_ref().map(crate::domain::ids::AccountId::as_str),
        source: known.provenance,
        as_of: known.as_of,
        data_through: known.data_through.map(Minute::end),
        window_minutes,
        now_window_minutes: NOW_MINUTES,
        endpoints: known.endpoints.iter().filter(|row| all || row.active).map(endpoint).collect(),
        pools: known.pools.iter().map(|row| pool(row, known)).collect(),
        unattributed: &known.unattributed,
        faults: known.faults.iter().map(fault).collect(),
        calls,
        metric_queries,
    }
}

fn endpoint(row: &EndpointRow) -> Endpoint<'_> {
    let endpoint = &row.endpoint;
    Endpoint {
        id: endpoint.id.as_str(),
        arn: endpoint.arn.as_ref().map(crate::domain::ids::Arn::as_str),
        model: endpoint.model.as_ref().map(crate::domain::ids::ModelId::as_str),
        model_name: &endpoint.model_name,
        provider: Some(endpoint.provider.as_str()).filter(|provider| !provider.is_empty()),
        kind: endpoint.kind,
        profile_name: endpoint.profile_name.as_deref(),
        copied_from: endpoint.source.as_ref().map(crate::domain::ids::EndpointId::as_str),
        scope: endpoint.scope.as_ref().map(Scope::name),
        geography: match &endpoint.scope {
            Some(Scope::Geo(prefix)) => Some(prefix),
            _ => None,
        },
        tags: row.tags.as_ref(),
        pool: endpoint.pool.as_str(),
        active: row.active,
        bound: row.counts,
        requests: number(row.requests),
        throttles: number(row.throttles),
        throttle_percent: number(row.throttle_percent),
        client_errors: number(row.client_errors),
        server_errors: number(row.server_errors),
        input_tokens: number(row.input_tokens),
        output_tokens: number(row.output_tokens),
        cache_read_tokens: number(row.cache_read_tokens),
        cache_write_tokens: number(row.cache_write_tokens),
        rpm_now: number(row.rpm_now),
        tpm_now: number(row.tpm_now),
        in_flight: number(row.in_flight),
        latency_ms: latency(row.latency),
        ttft_ms: latency(row.ttft),
        tokens_per_second: number(row.tokens_per_second),
        tiers: row
            .tiers
            .iter()
            .map(|tier| Tier {
                asked: tier.asked.wire_name(),
                served: tier.served.as_ref().map(crate::domain::tier::Tier::wire_name),
                quota_tokens: number(tier.quota_tokens),
                requests: number(tier.requests),
                basis: tier.basis,
            })
            .collect(),
    }
}

fn latency(latency: RowLatency) -> Latency {
    Latency {
        p50: number(latency.p50),
        p90: number(latency.p90),
        p99: number(latency.p99),
        avg: number(latency.average),
        samples: number(latency.samples),
    }
}

fn pool<'a>(row: &'a PoolRow, known: &'a Known) -> Pool<'a> {
    let members = row.members.iter().filter_map(|index| known.endpoints.get(*index));
    let mut quotas: Vec<Quota<'a>> = row.quotas.iter().map(quota).collect();
    if !row.quotas.iter().any(|quota| quota.metric == QuotaMetric::TokensPerMinute) {
        quotas.push(unknown_quota(&row.usage));
    }
    Pool { id: row.id.as_str(), members: members.map(|row| row.endpoint.id.as_str()).collect(), quotas }
}

fn quota(quota: &PoolQuota) -> Quota<'_> {
    Quota {
        code: Some(quota.code.as_str()),
        name: Some(&quota.name),
        applied: number(quota.applied),
        default: number(quota.default),
        adjustable: Some(quota.adjustable),
        headroom_percent: number(quota.headroom_percent),
        peak_percent: number(quota.peak_percent),
        ..used(quota.metric, &quota.usage, &quota.matched)
    }
}

/// The tokens that a pool uses, where no quota is known that they count against.
fn unknown_quota(usage: &Usage) -> Quota<'_> {
    used(QuotaMetric::TokensPerMinute, usage, &Match::Unknown)
}

fn used<'a>(metric: QuotaMetric, usage: &Usage, matched: &'a Match) -> Quota<'a> {
    Quota {
        code: None,
        name: None,
        metric: metric.name(),
        applied: None,
        default: None,
        adjustable: None,
        used_now: number(usage.used_now),
        peak: number(usage.peak),
        peak_at: usage.peak_at.map(Minute::start),
        headroom_percent: None,
        peak_percent: None,
        bound: usage.now_bound,
        peak_bound: usage.peak_bound,
        basis: usage.basis,
        r#match: matched,
    }
}
