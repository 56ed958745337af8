//! Every way in which calls go wrong, through the real SDK: which source says so, what it says, and what stays known meanwhile.

use std::{collections::BTreeMap, sync::OnceLock, thread};

use tiertop::{
    domain::{
        fault::{FaultKind, Source},
        snapshot::{EndpointRow, Snapshot},
    },
    sim::faults::Kind,
};

use crate::support::{Run, broken, close, scenario};

const NOVA: &str = "us.amazon.nova-2-lite-v1:0";
const SEARCH: &str = "a1b2c3d4e5f6";

/// Every IAM action that we need, and the source that needs it.
const ACTIONS: [(&str, Source); 9] = [
    ("sts:GetCallerIdentity", Source::Identity),
    ("bedrock:ListFoundationModels", Source::Catalog),
    ("bedrock:ListInferenceProfiles", Source::Catalog),
    ("bedrock:ListTagsForResource", Source::Tags),
    ("cloudwatch:ListMetrics", Source::Discovery),
    ("cloudwatch:GetMetricData", Source::Metrics),
    ("servicequotas:ListServiceQuotas", Source::ServiceQuotas),
    ("servicequotas:ListAWSDefaultServiceQuotas", Source::ServiceQuotas),
    ("servicequotas:ListRequestedServiceQuotaChangeHistory", Source::ServiceQuotas),
];

/// The account when all is well.
fn well() -> &'static Snapshot {
    static WELL: OnceLock<Snapshot> = OnceLock::new();
    WELL.get_or_init(|| Run::polled(scenario("healthy")).snapshot().clone())
}

fn numbers(snapshot: &Snapshot) -> BTreeMap<String, [Option<f64>; 6]> {
    let of = |row: &EndpointRow| {
        [row.requests, row.throttles, row.server_errors, row.rpm_now, row.input_tokens, row.latency.p50]
    };
    let active = snapshot.endpoints.iter().filter(|row| row.active);
    active.map(|row| (row.endpoint.id.to_string(), of(row))).collect()
}

fn limits(snapshot: &Snapshot) -> BTreeMap<String, Option<f64>> {
    let limit = |pool: &tiertop::domain::snapshot::PoolRow| pool.token_quota().and_then(|quota| quota.applied);
    snapshot.pools.iter().map(|pool| (pool.id.to_string(), limit(pool))).collect()
}

fn profile_names(snapshot: &Snapshot) -> Vec<String> {
    snapshot.endpoints.iter().filter_map(|row| row.endpoint.profile_name.clone()).collect()
}

#[test]
fn an_action_denied_costs_its_own_numbers_and_no_others() {
    for (action, source) in ACTIONS {
        let run = Run::polled(broken(&[(action, Kind::Denied)]));
        assert_eq!(run.faulty(), [source], "{action}");
        let fault = run.fault(source).unwrap();
        assert_eq!((fault.source, fault.kind, fault.action.as_deref()), (source, FaultKind::Denied, Some(action)));
        assert!(fault.next_step.contains(action), "{fault}");
        assert_eq!(fault.headline(), format!("{source} denied: needs {action}"));
        let (seen, well) = (run.snapshot(), well());
        assert_eq!(seen.faults, std::slice::from_ref(fault));
        assert_eq!(seen.account.is_some(), source != Source::Identity, "{action}");
        if source != Source::Metrics {
            assert_eq!(numbers(seen), numbers(well), "{action}");
        }
        if !matches!(source, Source::Catalog | Source::Metrics | Source::ServiceQuotas) {
            assert_eq!(limits(seen), limits(well), "{action}");
        }
        if action != "bedrock:ListInferenceProfiles" {
            assert_eq!(profile_names(seen).len(), profile_names(well).len(), "{action}");
        }
        let tagged = seen.endpoints.iter().any(|row| row.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
        assert_eq!(
            tagged,
            !matches!(action, "bedrock:ListInferenceProfiles" | "bedrock:ListTagsForResource"),
            "{action}"
        );
    }
}

#[test]
fn without_metrics_endpoints_and_quotas_stay_and_every_number_is_unknown() {
    let run = Run::polled(broken(&[("cloudwatch:GetMetricData", Kind::Denied)]));
    assert_eq!(run.active().len(), numbers(well()).len());
    for row in run.active() {
        let known = [row.requests, row.throttles, row.client_errors, row.input_tokens, row.rpm_now, row.tpm_now];
        assert_eq!(known, [None; 6], "{}", row.endpoint.id);
        assert_eq!((row.usage.used_now, row.usage.peak, row.latency.p50), (None, None, None));
    }
    assert!(run.snapshot().zero_quotas.is_some_and(|zero| zero.known > 100));
}

#[test]
fn without_applied_quotas_a_default_is_not_taken_for_the_limit() {
    let run = Run::polled(broken(&[("servicequotas:ListServiceQuotas", Kind::Denied)]));
    let quota = run.pool(NOVA).token_quota().unwrap();
    assert_eq!((quota.applied, quota.headroom_percent, quota.default), (None, None, Some(8_000_000.0)));
    let run = Run::polled(broken(&[("servicequotas:ListAWSDefaultServiceQuotas", Kind::Denied)]));
    let quota = run.pool(NOVA).token_quota().unwrap();
    assert_eq!((quota.applied, quota.default), (Some(8_000_000.0), None));
    assert!(quota.headroom_percent.is_some());
}

#[test]
fn open_requests_alone_are_no_good_answer_about_limits() {
    let lists = ["servicequotas:ListServiceQuotas", "servicequotas:ListAWSDefaultServiceQuotas"];
    let run = Run::polled(broken(&lists.map(|action| (action, Kind::ServerError))));
    assert_eq!(run.feed(Source::ServiceQuotas).last_good, None);
    let run = Run::polled(broken(&[(lists[1], Kind::ServerError)]));
    assert!(run.feed(Source::ServiceQuotas).last_good.is_some() && run.fault(Source::ServiceQuotas).is_some());
}

#[test]
fn lists_refused_together_are_one_fault_that_names_every_action() {
    let run = Run::polled(broken(&[("servicequotas:*", Kind::Denied)]));
    assert_eq!(run.faulty(), [Source::ServiceQuotas]);
    assert_eq!(run.snapshot().faults.len(), 1);
    let action = run.fault(Source::ServiceQuotas).unwrap().action.clone().unwrap();
    assert!(action.contains("ListServiceQuotas") && action.contains("ListAWSDefaultServiceQuotas"), "{action}");
    assert_eq!(numbers(run.snapshot()), numbers(well()));
    let run = Run::polled(broken(&[("bedrock:*", Kind::Denied)]));
    assert!(run.faulty().contains(&Source::Catalog));
    let known = run.active().iter().filter(|row| row.requests.is_some()).count();
    assert_eq!(known, numbers(well()).len(), "without a catalog CloudWatch's own ids stand for themselves");
}

/// The kind of every source's fault where every call goes wrong in the same way.
fn kinds(kind: Kind) -> Vec<(Source, FaultKind)> {
    let run = Run::polled(broken(&[("*", kind)]));
    let fault = |source| run.fault(source).map(|fault| (source, fault.kind));
    Source::ALL.into_iter().filter_map(fault).collect()
}

#[test]
fn every_breakage_is_told_as_what_it_is_and_nothing_hangs() {
    let all = [Source::Identity, Source::Catalog, Source::Discovery, Source::Metrics, Source::ServiceQuotas];
    let table = [
        (Kind::Denied, FaultKind::Denied),
        (Kind::Expired, FaultKind::Expired),
        (Kind::ClockSkew, FaultKind::Invalid),
        (Kind::Throttled, FaultKind::Throttled),
        (Kind::ServerError, FaultKind::Unexpected),
        (Kind::Unavailable, FaultKind::Unexpected),
        (Kind::Malformed, FaultKind::Unexpected),
    ];
    // The SDK waits between its attempts, so the runs stand side by side.
    let runs: Vec<_> =
        table.into_iter().map(|(kind, expected)| (kind, expected, thread::spawn(move || kinds(kind)))).collect();
    let truncated = thread::spawn(|| kinds(Kind::Truncated));
    for (kind, expected, run) in runs {
        assert_eq!(run.join().unwrap(), all.map(|source| (source, expected)), "{kind:?}");
    }
    let truncated = truncated.join().unwrap();
    assert_eq!(truncated.iter().map(|(source, _)| *source).collect::<Vec<_>>(), all);
    let passing = |kind| matches!(kind, FaultKind::Unexpected | FaultKind::Unreachable);
    assert!(truncated.iter().all(|(_, kind)| passing(*kind)), "{truncated:?}");
}

#[test]
fn an_answer_that_never_comes_ends_as_unreachable_and_holds_up_nobody() {
    let run = Run::polled(broken(&[("sts:*", Kind::Hang)]));
    assert_eq!(run.faulty(), [Source::Identity]);
    assert_eq!(run.fault(Source::Identity).unwrap().kind, FaultKind::Unreachable);
    assert_eq!(numbers(run.snapshot()), numbers(well()));
}

#[test]
fn lists_that_never_end_are_given_up() {
    let run = Run::polled(broken(&[("*", Kind::EndlessToken)]));
    for source in [Source::Catalog, Source::Discovery, Source::Metrics, Source::ServiceQuotas] {
        let fault = run.fault(source).unwrap_or_else(|| panic!("{source} took a list without end for whole"));
        assert_eq!(fault.kind, FaultKind::Unexpected, "{fault}");
        assert!(fault.message.contains("does not end"), "{fault}");
    }
    assert!(run.sim.calls() < 1000, "{}", run.sim.calls());
}

#[test]
fn a_metric_that_is_withheld_stays_unknown_and_is_never_zero() {
    for (kind, expected) in [
        (Kind::ResultForbidden, FaultKind::Denied),
        (Kind::ResultInternalError, FaultKind::Unexpected),
        (Kind::ResultPartial, FaultKind::Unexpected),
    ] {
        let run = Run::polled(broken(&[("cloudwatch:GetMetricData#Invocations", kind)]));
        let fault = run.fault(Source::Metrics).unwrap();
        assert_eq!((fault.kind, fault.action.as_deref()), (expected, Some("cloudwatch:GetMetricData")));
        let row = run.row(NOVA);
        assert_eq!((row.requests, row.throttle_percent, row.rpm_now), (None, None, None), "{kind:?}");
        assert!(close(row.input_tokens.unwrap(), run.true_sum(NOVA, "InputTokenCount")), "{kind:?}");
        assert!(row.usage.used_now.is_some(), "{kind:?}");

        let run = Run::polled(broken(&[("cloudwatch:GetMetricData#InvocationThrottles", kind)]));
        let row = run.row(NOVA);
        let unknown = (row.throttles, row.throttle_percent, run.pool(NOVA).throttle_percent);
        // Half of no points is none: that there are none is not known.
        assert_eq!(unknown, (None, None, None), "{kind:?}");
        assert!(close(row.requests.unwrap(), run.true_sum(NOVA, "Invocations")), "{kind:?}");

        let run = Run::polled(broken(&[("cloudwatch:GetMetricData#EstimatedTPMQuotaUsage", kind)]));
        let (row, quota) = (run.row(NOVA), run.pool(NOVA).token_quota().unwrap());
        assert_eq!((row.usage.used_now, row.tpm_now, quota.headroom_percent), (None, None, None), "{kind:?}");
        assert!(row.tiers.iter().all(|tier| tier.quota_tokens.is_none()), "{kind:?}");
    }
}

#[test]
fn an_outage_keeps_the_last_good_data_with_its_age_and_heals_without_a_gap() {
    for (kind, outage) in [(Kind::Denied, 4), (Kind::Expired, 20)] {
        let mut run = Run::polled(scenario("healthy"));
        run.minute();
        let (before, through) = (numbers(run.snapshot()), run.snapshot().data_through);
        let good = run.feed(Source::Metrics).last_good;
        run.break_with(&[("*", kind)]);
        for _ in 0..outage {
            run.minute();
            assert_eq!(run.snapshot().data_through, through);
            assert_eq!(run.feed(Source::Metrics).last_good, good, "the age counts from the last good answer");
            let now = numbers(run.snapshot());
            let requests = |all: &BTreeMap<String, [Option<f64>; 6]>| {
                all.iter().map(|(id, row)| (id.clone(), row[0])).collect::<Vec<_>>()
            };
            assert_eq!(requests(&now), requests(&before));
        }
        assert!(run.faulty().contains(&Source::Metrics));
        let names = profile_names(run.snapshot());
        assert!(names.contains(&"search-prod".to_owned()), "{names:?}");
        run.mend();
        run.minute();
        run.minute();
        assert_eq!(run.faulty(), [], "{kind:?}");
        assert!(run.snapshot().data_through > through);
        for row in run.active() {
            let id = row.endpoint.id.as_str();
            assert!(row.requests.is_some_and(|shown| close(shown, run.true_sum(id, "Invocations"))), "{id} {kind:?}");
        }
    }
}

#[test]
fn a_start_without_any_permission_heals_when_it_is_given() {
    let mut run = Run::polled(scenario("denied"));
    assert_eq!(run.faulty(), [Source::Catalog, Source::Discovery, Source::Metrics, Source::ServiceQuotas]);
    assert_eq!(run.snapshot().account.as_ref().unwrap().as_str().len(), 12);
    run.mend();
    for _ in 0..3 {
        run.minute();
    }
    // The many pages of the quotas are asked again later than the rest.
    assert_eq!(run.faulty(), [Source::ServiceQuotas]);
    for _ in 0..3 {
        run.minute();
    }
    assert_eq!(run.faulty(), []);
    for row in run.active() {
        let id = row.endpoint.id.as_str();
        assert!(row.requests.is_some_and(|shown| close(shown, run.true_sum(id, "Invocations"))), "{id}");
    }
    assert_eq!(run.row(SEARCH).endpoint.profile_name.as_deref(), Some("search-prod"));
    assert_eq!(run.pool(NOVA).token_quota().unwrap().applied, Some(8_000_000.0));
}

#[test]
fn failures_are_asked_again_ever_less_often_and_refusals_by_the_minute() {
    let mut run = Run::polled(broken(&[("cloudwatch:GetMetricData", Kind::Denied)]));
    let asked = |run: &Run| run.asks.iter().filter(|ask| ask.asked().source() == Source::Metrics).count();
    let first = asked(&run);
    run.pass(30);
    run.tick();
    assert_eq!(asked(&run), first);
    run.pass(31);
    run.tick();
    assert_eq!(asked(&run), first + 1);
    assert_eq!(run.feed(Source::Metrics).failures, u32::try_from(asked(&run)).unwrap());
}
