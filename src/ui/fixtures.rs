//! States for tests, built by hand.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use crate::{
    app::{
        state::{Feed, PollingCost, Session, State, Trouble},
        view::View,
    },
    domain::{
        catalog::{Endpoint, EndpointKind, Scope},
        fault::{Fault, FaultKind, Source},
        matching::Match,
        metric::Namespace,
        minute::{Minute, Span},
        quota_name::QuotaMetric,
        snapshot::{
            Basis, Bound, EndpointRow, Latency, PoolQuota, PoolRow, Provenance, Snapshot, TierBasis, TierUse, Usage,
        },
        tier::Tier,
    },
};

pub fn time(text: &str) -> Timestamp {
    format!("2026-11-22T{text}Z").parse().unwrap()
}

pub fn minute(text: &str) -> Minute {
    Minute::of(time(&format!("{text}:00")))
}

pub fn usage(now: f64, peak: f64, at: &str, shape: impl Fn(f64) -> f64) -> Usage {
    Usage {
        used_now: Some(now),
        now_bound: Bound::Exact,
        peak: Some(peak),
        peak_at: Some(minute(at)),
        peak_bound: Bound::Exact,
        basis: Some(Basis::AwsEstimate),
        strip: (0..60).map(|m| Some(peak * shape(f64::from(m) / 59.0))).collect(),
    }
}

pub fn no_usage() -> Usage {
    Usage { used_now: None, peak: None, peak_at: None, strip: vec![None; 60], ..usage(0.0, 0.0, "00:00", |_| 0.0) }
}

pub fn endpoint(model: &str, scope: Option<Scope>, id: &str) -> Endpoint {
    let kind = if scope == Some(Scope::InRegion) { EndpointKind::Model } else { EndpointKind::SystemProfile };
    Endpoint {
        id: id.into(),
        arn: None,
        kind,
        scope,
        model: Some(id.into()),
        model_name: model.into(),
        provider: "Provider".into(),
        profile_name: None,
        source: None,
        pool: id.into(),
        namespace: Namespace::Bedrock,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint's scope is an option")]
pub fn geo(prefix: &str) -> Option<Scope> {
    Some(Scope::Geo(prefix.into()))
}

/// An active endpoint with 3 hours of calm traffic at `rpm` requests per minute.
pub fn row(endpoint: Endpoint, rpm: f64, usage: Usage) -> EndpointRow {
    let latency =
        |p50, p90, samples| Latency { p50: Some(p50), p90: Some(p90), samples: Some(samples), ..Latency::default() };
    let at = minute("03:05");
    EndpointRow {
        endpoint,
        tags: Some(BTreeMap::new()),
        active: true,
        counts: Bound::Exact,
        requests: Some(rpm * 180.0),
        throttles: Some(0.0),
        throttle_percent: Some(0.0),
        throttles_now: Some(0.0),
        throttled_since: None,
        refused: Vec::new(),
        client_errors: Some(0.0),
        server_errors: Some(0.0),
        server_errors_now: Some(0.0),
        input_tokens: Some(rpm * 180.0 * 900.0),
        output_tokens: Some(rpm * 180.0 * 300.0),
        cache_read_tokens: Some(rpm * 180.0 * 100.0),
        cache_write_tokens: Some(0.0),
        rpm_now: Some(rpm),
        tpm_now: Some(rpm * 1400.0),
        in_flight: Some(rpm / 14.0),
        latency: Latency::default(),
        ttft: Latency::default(),
        latency_recent: Some((at, latency(2_300.0, 4_400.0, rpm * 5.0))),
        ttft_recent: Some((at, latency(500.0, 900.0, rpm * 5.0))),
        usual: None,
        vs_usual_percent: None,
        tokens_per_second: Some(62.0),
        tiers: vec![tier("default", Some("default"), 100.0)],
        cost: None,
        usage,
    }
}

pub fn tier(asked: &str, served: Option<&str>, requests: f64) -> TierUse {
    TierUse {
        asked: Tier::from(asked),
        served: served.map(Tier::from),
        quota_tokens: None,
        requests: Some(requests),
        basis: TierBasis::EstimateSamples,
    }
}

pub fn quota(applied: Option<f64>, usage: &Usage) -> PoolQuota {
    let of = |number: Option<f64>| Some(100.0 * number? / applied.filter(|applied| *applied > 0.0)?);
    PoolQuota {
        code: "L-F4DDD3EB".into(),
        name: "Cross-region model inference tokens per minute".into(),
        metric: QuotaMetric::TokensPerMinute,
        applied,
        default: Some(5_000_000.0),
        adjustable: true,
        usage: usage.clone(),
        headroom_percent: of(usage.used_now).map(|used| 100.0 - used),
        peak_percent: of(usage.peak),
        matched: Match::One,
        day: None,
        multiplier: None,
        signs: Vec::new(),
    }
}

/// A pool of the endpoints at these places.
pub fn pool(rows: &[EndpointRow], members: Vec<usize>, usage: Usage, quotas: Vec<PoolQuota>) -> PoolRow {
    let sum = |number: fn(&EndpointRow) -> Option<f64>| members.iter().map(|member| number(&rows[*member])).sum();
    PoolRow {
        id: rows[members[0]].endpoint.pool.clone(),
        usage,
        refused: vec![false; 60],
        quotas,
        rpm_now: sum(|row| row.rpm_now),
        in_flight: sum(|row| row.in_flight),
        throttle_percent: sum(|row| row.throttle_percent),
        throttled_since: None,
        server_errors: sum(|row| row.server_errors),
        client_errors: sum(|row| row.client_errors),
        cost: None,
        members,
    }
}

/// A state at 03:13:50 with data to 03:11, every source well.
pub fn state(endpoints: Vec<EndpointRow>, pools: Vec<PoolRow>) -> State {
    let mut snapshot = Snapshot {
        region: "us-east-1".into(),
        account: Some("111122223333".into()),
        provenance: Provenance::Live,
        as_of: time("03:13:25"),
        data_through: Some(minute("03:11")),
        window: Some(Span::ending(minute("03:11"), 180)),
        endpoints,
        pools,
        quotas: Vec::new(),
        quotas_checked_at: None,
        unattributed: vec![],
        zero_quotas: None,
        faults: vec![],
    };
    snapshot.pools.sort_by_key(|pool| pool.id.clone());
    let mut order: Vec<_> = snapshot.pools.iter().map(|pool| (Trouble::of(pool, &snapshot), pool.id.clone())).collect();
    order.sort();
    let feed = Feed { last_good: Some(time("03:13:25")), due: Some(time("03:14:15")), ..Feed::default() };
    let session = Session {
        profile: Some("prod".into()),
        region: "us-east-1".into(),
        provenance: Provenance::Live,
        scenario: None,
    };
    State {
        snapshot: Arc::new(snapshot),
        feeds: Source::ALL.into_iter().map(|source| (source, feed.clone())).collect(),
        cost: PollingCost { usd_per_day: 0.45, queries_asked: 812 },
        view: View { order: order.into_iter().map(|(_, id)| id).collect(), ..View::default() },
        ..State::new(session, 180, time("03:13:50"))
    }
}

/// Lets a snapshot be changed in place.
pub fn change(state: &mut State, with: impl FnOnce(&mut Snapshot)) {
    with(Arc::make_mut(&mut state.snapshot));
}

pub fn denied(source: Source, action: &str) -> Fault {
    Fault {
        source,
        kind: FaultKind::Denied,
        action: Some(action.into()),
        message: "User is not authorized.".into(),
        next_step: format!("allow {action}: `tiertop iam-policy` prints the policy"),
    }
}

pub fn fail(state: &mut State, fault: Fault) {
    let feed = state.feeds.entry(fault.source).or_default();
    feed.fault = Some(fault);
    feed.last_good = feed.last_good.map(|_| time("03:12:01"));
}

/// The account of the sketch in ux.md.
pub fn demo() -> State {
    let rising = |x: f64| (0.15 + 0.95 * x * x).min(1.0);
    let wave = |x: f64| 0.6 + 0.3 * (x * 9.0).sin();
    let mut rows = vec![
        row(
            endpoint("Claude Sonnet 4.5", geo("us"), "us.anthropic.claude-sonnet-4-5"),
            412.0,
            usage(1.62e6, 1.8e6, "03:06", rising),
        ),
        row(endpoint("Claude Sonnet 4.5", geo("us"), "app1"), 40.0, usage(0.12e6, 0.2e6, "02:06", |_| 0.8)),
        row(
            endpoint("gpt-oss-120b", Some(Scope::InRegion), "openai.gpt-oss-120b-1:0"),
            1234.0,
            usage(0.9e6, 2.1e6, "01:10", wave),
        ),
        row(
            endpoint("Claude Haiku 4.5", Some(Scope::Global), "global.anthropic.claude-haiku-4-5"),
            810.0,
            usage(2.0e6, 2.75e6, "02:20", wave),
        ),
        row(endpoint("Nova 2 Lite", geo("us"), "us.amazon.nova-2-lite"), 95.0, usage(0.36e6, 0.44e6, "02:10", wave)),
        row(
            endpoint("Kimi K3", Some(Scope::InRegion), "moonshot.kimi-k3"),
            60.0,
            usage(0.2e6, 0.2e6, "02:10", |_| 0.2),
        ),
        row(
            endpoint("Claude Opus 4.7", geo("us"), "us.anthropic.claude-opus-4-7"),
            2.0,
            usage(1.1e6, 1.7e6, "02:58", rising),
        ),
        row(
            endpoint("Qwen3 Coder 480B A35B Instruct", Some(Scope::InRegion), "qwen.qwen3-coder-480b"),
            0.4,
            usage(900.0, 31_000.0, "00:31", wave),
        ),
    ];
    for (index, name) in
        ["Llama 3.3 70B Instruct", "Mistral Large 3", "DeepSeek V3.2", "日本語モデル 7B"].into_iter().enumerate()
    {
        let mut idle = row(endpoint(name, Some(Scope::InRegion), &format!("idle.{index}")), 0.0, no_usage());
        idle.active = false;
        rows.push(idle);
    }
    let app = &mut rows[1];
    app.endpoint.kind = EndpointKind::ApplicationProfile;
    app.endpoint.profile_name = Some("team-search".into());
    app.endpoint.pool = "us.anthropic.claude-sonnet-4-5".into();
    app.tags = Some([("team".to_owned(), "search".to_owned())].into());
    for (index, percent, count) in [(0, 15.0, 400.0), (1, 4.0, 12.0)] {
        rows[index].throttle_percent = Some(percent);
        rows[index].throttles_now = Some(count);
        rows[index].throttles = Some(count);
        rows[index].throttled_since = Some(minute("03:02"));
    }
    rows[2].server_errors = Some(11.0);
    rows[2].server_errors_now = Some(3.0);
    rows[2].tiers = vec![
        tier("priority", Some("priority"), 5.0),
        tier("default", Some("default"), 5.0),
        tier("flex", Some("flex"), 9.0),
    ];
    rows[3].tiers = vec![tier("reserved", Some("default"), 1200.0)];
    rows[4].usage.now_bound = Bound::AtLeast;
    rows[4].usage.strip.splice(15..25, vec![None; 10]);
    rows[5].tiers.clear();
    rows[1].client_errors = Some(2.0);
    let limits = [(2, Some(1e8)), (3, Some(5e6)), (4, Some(4e6)), (6, Some(2e6)), (7, Some(1e6))];
    let mut pools: Vec<_> = limits
        .into_iter()
        .map(|(at, limit)| pool(&rows, vec![at], rows[at].usage.clone(), vec![quota(limit, &rows[at].usage)]))
        .collect();
    pools.push(pool(&rows, vec![5], rows[5].usage.clone(), vec![]));
    let all = usage(1.74e6, 1.94e6, "03:06", rising);
    let mut sonnet = pool(&rows, vec![0, 1], all.clone(), vec![quota(Some(2e6), &all)]);
    sonnet.throttle_percent = Some(14.0);
    sonnet.throttled_since = Some(minute("03:02"));
    sonnet.refused = (0..60).map(|minute| minute >= 51).collect();
    pools.push(sonnet);
    let mut state = state(rows, pools);
    state.view.cursor = state.rows().first().map(|row| row.id.clone());
    state
}

/// One endpoint, all quiet.
pub fn quiet() -> State {
    let one = row(
        endpoint("Claude Haiku 4.5", Some(Scope::Global), "global.haiku"),
        80.0,
        usage(2.05e6, 2.5e6, "02:20", |_| 0.7),
    );
    let pools = vec![pool(std::slice::from_ref(&one), vec![0], one.usage.clone(), vec![quota(Some(5e6), &one.usage)])];
    state(vec![one], pools)
}

/// Nothing has been answered yet.
pub fn loading() -> State {
    let mut state = state(vec![], vec![]);
    change(&mut state, |snapshot| {
        snapshot.data_through = None;
        snapshot.window = None;
        snapshot.account = None;
    });
    for feed in state.feeds.values_mut() {
        *feed = Feed { asking: true, ..Feed::default() };
    }
    state
}
