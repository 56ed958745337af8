//! Accounts in trouble, seen as the doctor sees them: what it asks beyond the polling, and what the numbers say, through the real SDK.

use tiertop::{
    domain::{
        doctor::{
            facts::Asked,
            questions::{InvocationLogging, Questions, Reply},
        },
        fault::{FaultKind, Source},
        ids::{ModelId, Region},
        minute::{Minute, Span},
        quota_name::QuotaMetric,
        snapshot::PoolQuota,
        tier::Tier,
    },
    sim::{
        faults::Kind,
        scenario::Scenario,
        wire::Service,
        world::{DEFAULT_ORIGIN, Series},
    },
};

use crate::support::{Run, broken, close, scenario};

const SONNET: &str = "us.anthropic.claude-sonnet-4-6";
const SONNET_4_5: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const NOVA: &str = "us.amazon.nova-2-lite-v1:0";

fn examined(scenario: Scenario) -> Run {
    Run::examined(scenario, Asked::default(), Vec::new())
}

fn questions(run: &Run) -> &Questions {
    &run.state.doctor.questions
}

fn origin() -> Minute {
    Minute(DEFAULT_ORIGIN / 60)
}

fn quota<'a>(run: &'a Run, id: &str, metric: QuotaMetric) -> &'a PoolQuota {
    run.pool(id).quotas.iter().find(|quota| quota.metric == metric).unwrap_or_else(|| panic!("{id} {metric:?}"))
}

#[test]
fn a_healthy_account_answers_every_question() {
    let run = examined(scenario("healthy"));
    let asked = questions(&run);
    let open = |model: &str| asked.availability[&ModelId::from(model)].known().unwrap().clone();
    let nova = open("amazon.nova-2-lite-v1:0");
    assert_eq!((nova.agreement.as_str(), nova.authorization.as_str()), ("AVAILABLE", "AUTHORIZED"));
    assert!(asked.availability.len() > 8 && asked.availability.values().all(|answer| answer.known().is_some()));
    assert_eq!(asked.use_case, Reply::Known(true));
    let group = Some("/aws/bedrock/invocations".to_owned());
    assert_eq!(asked.logging, Reply::Known(InvocationLogging::On { log_group: group, bucket: None }));
}

#[test]
fn gates_are_told_apart() {
    let run = examined(scenario("no-access"));
    let asked = questions(&run);
    let of = |model: &str| {
        let found = asked.availability[&ModelId::from(model)].known().unwrap().clone();
        (found.agreement, found.agreement_error.is_some(), found.authorization)
    };
    let words = |agreement: &str, error, authorization: &str| (agreement.to_owned(), error, authorization.to_owned());
    assert_eq!(of("meta.llama3-3-70b-instruct-v1:0"), words("NOT_AVAILABLE", false, "AUTHORIZED"));
    assert_eq!(of("deepseek.r1-v1:0"), words("ERROR", true, "AUTHORIZED"));
    assert_eq!(of("writer.palmyra-x5-v1:0"), words("AVAILABLE", false, "NOT_AUTHORIZED"));
    assert_eq!((&asked.use_case, &asked.logging), (&Reply::Known(false), &Reply::Known(InvocationLogging::Off)));
    for id in [SONNET, "us.meta.llama3-3-70b-instruct-v1:0"] {
        let row = run.row(id);
        assert!(row.client_errors.unwrap() > 100.0 && row.client_errors == row.requests, "{id} {row:?}");
        assert_eq!(row.output_tokens, Some(0.0), "{id}");
    }
}

#[test]
fn after_the_first_denial_no_other_model_is_asked() {
    let run = examined(broken(&[("bedrock:GetFoundationModelAvailability", Kind::Denied)]));
    let asked = questions(&run);
    let faults: Vec<_> = asked.availability.values().map(|answer| answer.fault().unwrap()).collect();
    assert!(faults.len() > 8 && faults.iter().all(|fault| *fault == faults[0]), "{faults:?}");
    assert_eq!((faults[0].source, faults[0].kind), (Source::Access, FaultKind::Denied));
    assert_eq!(run.sim.calls_of(Service::Bedrock, "GetFoundationModelAvailability"), 1);
    assert_eq!(asked.use_case, Reply::Known(true));
}

#[test]
fn a_failure_of_one_model_is_its_own() {
    let run = examined(broken(&[("bedrock:GetFoundationModelAvailability", Kind::Malformed)]));
    let models = questions(&run).availability.len() as u64;
    assert!(models > 8 && run.sim.calls_of(Service::Bedrock, "GetFoundationModelAvailability") >= models);
}

#[test]
fn a_hold_shows_when_calls_were_served_last() {
    let run = examined(scenario("zero-hold"));
    assert!(run.snapshot().zero_quotas.unwrap().is_account_wide());
    let totals = questions(&run).totals.known().unwrap();
    assert!(totals.requests.unwrap() > 10_000.0 && totals.output_tokens.unwrap() > 1e6, "{totals:?}");
    let last = totals.last_request.unwrap();
    assert!((origin() - 361..origin() - 299).contains(&last), "{last:?}");
    let row = run.row(SONNET);
    assert!(row.throttles.unwrap() > 100.0 && row.output_tokens == Some(0.0));
}

#[test]
fn a_zero_that_serves_has_output_under_it() {
    let run = examined(scenario("zero-serving"));
    assert!(run.snapshot().zero_quotas.unwrap().is_account_wide());
    for id in [SONNET, NOVA] {
        assert!(quota(&run, id, QuotaMetric::TokensPerMinute).is_zero(), "{id}");
        assert!(run.row(id).output_tokens.unwrap() > 1000.0 && run.row(id).throttles == Some(0.0), "{id}");
    }
}

#[test]
fn one_model_s_zero_is_not_the_region_s() {
    let run = examined(scenario("zero-model"));
    assert!(!run.snapshot().zero_quotas.unwrap().is_account_wide());
    assert!(quota(&run, HAIKU, QuotaMetric::TokensPerMinute).is_zero());
    assert_eq!(run.pool(HAIKU).throttle_percent, Some(100.0));
    assert_eq!(run.row(NOVA).throttles, Some(0.0));
}

#[test]
fn other_regions_of_a_blocked_account_differ() {
    let regions = ["eu-west-1", "us-west-2"].map(Region::from);
    let run = Run::examined(scenario("zero-quota"), Asked::default(), regions.to_vec());
    let found = regions.map(|region| questions(&run).elsewhere[&region].known().unwrap().clone());
    assert!(!found[0].zero.is_account_wide() && !found[0].works.is_empty(), "{:?}", found[0]);
    assert!(found[1].zero.is_account_wide(), "{:?}", found[1]);
}

#[test]
fn models_that_go_have_dates() {
    let run = examined(scenario("lifecycle"));
    let life = |id: &str| {
        let model = run.state.account.catalog.models().iter().find(|model| model.id.as_str() == id).unwrap();
        let days = |time: Option<jiff::Timestamp>| time.map(|at| (at.as_second() - DEFAULT_ORIGIN) / 86_400);
        (days(model.dates.legacy), days(model.dates.extended_access), days(model.dates.end_of_life))
    };
    assert_eq!(life("anthropic.claude-opus-4-1-20250805-v1:0"), (Some(-200), Some(-30), Some(60)));
    assert_eq!(life("anthropic.claude-sonnet-4-5-20250929-v1:0"), (Some(-160), None, Some(21)));
    let over = run.row("meta.llama3-70b-instruct-v1:0");
    assert!(over.client_errors.unwrap() > 100.0 && over.output_tokens.unwrap() > 0.0, "it ended within the window");
}

#[test]
fn calls_without_a_model_are_unattributed() {
    let run = examined(scenario("profile-only"));
    let base = run.row("anthropic.claude-haiku-4-5-20251001-v1:0");
    assert!(base.client_errors.unwrap() > 100.0 && base.output_tokens == Some(0.0));
    let unattributed = run.snapshot().unattributed.iter().find(|lost| lost.what == "client-errors");
    assert!(unattributed.is_some_and(|lost| lost.count > 100.0), "{:?}", run.snapshot().unattributed);
}

#[test]
fn a_full_pool_is_full_by_use() {
    let run = examined(scenario("full"));
    let quota = quota(&run, SONNET, QuotaMetric::TokensPerMinute);
    assert!(quota.used_percent().unwrap() > 90.0, "{quota:?}");
    assert_eq!(run.pool(SONNET).members.len(), 2);
    assert!(run.pool(SONNET).throttle_percent.unwrap() > 5.0);
    assert!(run.pool(SONNET).throttled_since.is_some_and(|since| since < origin() - 30));
}

#[test]
fn a_day_s_quota_is_full_while_the_minute_s_is_not() {
    let run = examined(scenario("daily"));
    let day = quota(&run, NOVA, QuotaMetric::TokensPerDay);
    assert!(day.used_percent().unwrap() > 95.0, "{day:?}");
    assert!(quota(&run, NOVA, QuotaMetric::TokensPerMinute).peak_percent.unwrap() < 10.0);
    assert_eq!(run.pool(NOVA).throttle_percent, Some(100.0));
}

#[test]
fn capacity_shows_as_5xx() {
    let run = examined(scenario("capacity"));
    let id = "us.anthropic.claude-opus-4-6-v1";
    assert!(run.row(id).server_errors_now.unwrap() > 20.0, "{:?}", run.row(id));
    assert_eq!(run.row(id).throttles, Some(0.0));
    assert!(close(run.row(id).server_errors.unwrap(), run.true_sum(id, "InvocationServerErrors")));
}

#[test]
fn tiers_asked_and_served_are_as_the_scenarios_say() {
    let run = examined(scenario("tier-refused"));
    assert!(run.row(SONNET).client_errors.unwrap() > 100.0);
    assert!(run.row(SONNET).tiers.iter().all(|tier| tier.asked == Tier::Standard), "{:?}", run.row(SONNET).tiers);
    assert!(run.row(NOVA).tiers.iter().all(|tier| tier.asked != Tier::Priority));
    let run = examined(scenario("downgrade"));
    let lower = run.row(NOVA).tiers.iter().find(|tier| tier.other_tier().is_some()).unwrap();
    assert_eq!((&lower.asked, lower.served.as_ref()), (&Tier::Priority, Some(&Tier::Standard)));
}

#[test]
fn a_long_context_s_quota_refuses_below_the_usual_one() {
    let run = examined(scenario("long-context"));
    assert!(run.row(SONNET_4_5).throttles.unwrap() > 100.0);
    let quota = quota(&run, SONNET_4_5, QuotaMetric::TokensPerMinute);
    assert!(quota.peak_percent.unwrap() < 50.0, "{quota:?}");
}

#[test]
fn slower_rows_take_twice_as_long_as_a_day_ago() {
    let run = examined(scenario("slower"));
    for id in [SONNET, NOVA, HAIKU] {
        let dimensions = vec![("ModelId".to_owned(), id.to_owned())];
        let latency = Series { namespace: "AWS/Bedrock".into(), metric: "InvocationLatency".into(), dimensions };
        let before = run.truth_of(&latency, "p90", Span::ending(origin() - 24 * 60, 60));
        let usual = before.iter().flatten().sum::<f64>() / 60.0;
        let recent = run.row(id).latency_recent.and_then(|(_, latency)| latency.p90).unwrap();
        assert!(usual > 500.0 && recent > 2.0 * usual, "{id} {recent} {usual}");
    }
}

#[test]
fn late_data_ends_where_it_was_published_last() {
    let run = examined(scenario("late-data"));
    let truth = run.truth(NOVA, "Invocations", run.window());
    assert!(truth.iter().any(Option::is_some) && truth.iter().rev().take(30).all(Option::is_none));
    assert_eq!(run.row(NOVA).rpm_now, Some(0.0), "what is asked by name and has no point counts as none");
}

#[test]
fn a_burst_is_refused_with_most_of_the_quota_unused() {
    let run = examined(scenario("burst"));
    let quota = quota(&run, SONNET, QuotaMetric::TokensPerMinute);
    assert!(quota.peak_percent.unwrap() < 50.0 && run.row(SONNET).throttles.unwrap() > 100.0, "{quota:?}");
}
