//! Accounts in trouble: whether each of them does what its one sentence says.

use super::*;

const NOVA: &str = "us.amazon.nova-2-lite-v1:0";
const SONNET_46: &str = "us.anthropic.claude-sonnet-4-6";
const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
/// Minutes of the world's start.
const START: i64 = DEFAULT_ORIGIN / 60;

/// Sums of an endpoint's metric by minute from the world's start, between these minutes, all of it published.
fn minutes(world: &World, id: &str, metric: &str, from: i64, to: i64) -> BTreeMap<i64, f64> {
    let dimensions: &[(&str, &str)] = if id.is_empty() { &[] } else { &[("ModelId", id)] };
    let (first, last) = ((START + from) * 60, (START + to) * 60);
    let points = world.statistic(last + 3600, &series(metric, dimensions), "Sum", 60, first, last);
    points.into_iter().map(|(at, value)| (at / 60 - START, value)).collect()
}

fn total(world: &World, id: &str, metric: &str, from: i64, to: i64) -> f64 {
    minutes(world, id, metric, from, to).values().sum()
}

/// An account's endpoint in the hour before the world's start: requests, throttles, 4xx, 5xx, output tokens.
fn hour(world: &World, id: &str) -> [f64; 5] {
    ["Invocations", "InvocationThrottles", "InvocationClientErrors", "InvocationServerErrors", "OutputTokenCount"]
        .map(|metric| total(world, id, metric, -60, 0))
}

#[track_caller]
fn refused(world: &mut World, id: &str, status: u16, words: &str) {
    let call = Call { model_id: id.into(), tier: None, prompt: "Hi".into(), max_tokens: Some(20), streaming: false };
    let error = world.invoke(DEFAULT_ORIGIN, &call).unwrap_err();
    assert!(error.status == status && error.message.contains(words), "{id}: {error:?}");
}

fn served(world: &mut World, id: &str) {
    let call = Call { model_id: id.into(), tier: None, prompt: "Hi".into(), max_tokens: Some(20), streaming: false };
    world.invoke(DEFAULT_ORIGIN, &call).unwrap();
}

/// Whether calls of the last hour succeeded, were throttled, ended in a 4xx, in a 5xx.
fn kinds(world: &World, id: &str) -> [bool; 4] {
    let [_, throttles, client, server, output] = hour(world, id);
    [output > 0.0, throttles > 0.0, client > 0.0, server > 0.0]
}

const SUCCESS: [bool; 4] = [true, false, false, false];
const THROTTLED: [bool; 4] = [false, true, false, false];
const CLIENT: [bool; 4] = [false, false, true, false];

#[test]
fn a_hold_ends_what_was_served() {
    let mut world = world("zero-hold");
    for id in [SONNET_46, NOVA, ""] {
        assert_eq!(kinds(&world, id), THROTTLED, "{id}");
        assert!(total(&world, id, "OutputTokenCount", -8 * 1440, -7 * 1440) > 0.0, "{id}");
        assert!(total(&world, id, "OutputTokenCount", -301, -300) > 0.0, "{id}");
        assert!(total(&world, id, "InvocationThrottles", -8 * 1440, -300) < 1.0, "{id}");
        assert!(total(&world, id, "Invocations", -300, 0) < 1.0, "{id}");
    }
    refused(&mut world, NOVA, 429, "Too many tokens, please wait");
    let listed = world.list_metrics(NOW, false);
    assert!(listed.contains(&series("OutputTokenCount", &[("ModelId", NOVA)])), "it had traffic in two weeks");
    assert!(!world.list_metrics(NOW, true).contains(&series("OutputTokenCount", &[("ModelId", NOVA)])));
}

#[test]
fn quotas_listed_as_zero_may_not_be_enforced() {
    let mut world = world("zero-serving");
    let zeros = |world: &World| world.quotas().iter().filter(|quota| quota.applied == Some(0.0)).count();
    assert_eq!(zeros(&world), zeros(&super::world("zero-quota")));
    assert_eq!((kinds(&world, SONNET_46), kinds(&world, NOVA)), (SUCCESS, SUCCESS));
    served(&mut world, NOVA);
}

#[test]
fn one_zero_is_of_one_profile() {
    let mut world = world("zero-model");
    assert_eq!((kinds(&world, HAIKU), kinds(&world, NOVA)), (THROTTLED, SUCCESS));
    refused(&mut world, HAIKU, 429, "Too many tokens, please wait");
    served(&mut world, "global.anthropic.claude-haiku-4-5-20251001-v1:0");
}

#[test]
fn a_blocked_account_has_one_region_that_works() {
    let mut world = world("zero-quota");
    let zeros = |world: &World| world.quotas().iter().filter(|quota| quota.applied == Some(0.0)).count();
    assert_eq!(zeros(world.in_region("us-west-2")), zeros(&super::world("zero-quota")));
    assert_eq!(zeros(world.in_region("eu-west-1")), zeros(&super::world("healthy")), "model units alone");
    served(world.in_region("eu-west-1"), "eu.amazon.nova-2-lite-v1:0");
    refused(world.in_region("us-west-2"), NOVA, 429, "Too many tokens");
}

#[test]
fn models_go() {
    let mut world = world("lifecycle");
    let (ending, extended) = (SONNET, "us.anthropic.claude-opus-4-1-20250805-v1:0");
    let (over, closed) = ("meta.llama3-70b-instruct-v1:0", "us.anthropic.claude-sonnet-4-20250514-v1:0");
    assert_eq!([ending, extended].map(|id| kinds(&world, id)), [SUCCESS; 2]);
    assert_eq!([over, closed].map(|id| kinds(&world, id)), [CLIENT; 2]);
    // It ended 0.0834 days, two hours and six seconds, before the start.
    assert!(total(&world, over, "OutputTokenCount", -125, -121) > 0.0);
    assert!(total(&world, over, "OutputTokenCount", -120, 0) < 1.0);
    served(&mut world, ending);
    refused(&mut world, over, 404, "This model version has reached the end of its life.");
    refused(&mut world, closed, 404, "This Model is marked by provider as Legacy");
    let life = |id: &str| {
        let model = world.models().iter().find(|model| id.ends_with(&model.model_id)).unwrap();
        (model.legacy_since.is_some(), model.extended_since.is_some(), model.end_of_life.unwrap() > DEFAULT_ORIGIN)
    };
    assert_eq!([ending, extended, over].map(life), [(true, false, true), (true, true, true), (true, false, false)]);
}

#[test]
fn every_gate_refuses_in_its_own_words() {
    let mut world = world("no-access");
    for (id, status, words) in [
        (SONNET_46, 404, "Model use case details have not been submitted for this account."),
        ("us.meta.llama3-3-70b-instruct-v1:0", 403, "aws-marketplace:ViewSubscriptions"),
        ("us.deepseek.r1-v1:0", 403, "INVALID_PAYMENT_INSTRUMENT"),
        (
            "us.writer.palmyra-x5-v1:0",
            403,
            "is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.writer.palmyra-x5-v1:0 because no identity-based policy allows",
        ),
    ] {
        assert_eq!(kinds(&world, id), CLIENT, "{id}");
        refused(&mut world, id, status, words);
    }
    assert_eq!(kinds(&world, NOVA), SUCCESS);
    served(&mut world, NOVA);
}

#[test]
fn an_account_and_its_organisation_may_refuse_everything() {
    let with = |keys: &str| World::new(Scenario::parse("x", &format!("about = 'x.'\n{keys}")).unwrap());
    refused(&mut with("standing = 'verifying'"), NOVA, 403, "Your account is currently being verified");
    refused(&mut with("standing = 'blocked'"), NOVA, 400, "Operation not allowed");
    let destination = "on resource: arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-2-lite-v1:0 with an explicit deny in a service control policy";
    let mut world = with("denied_regions = ['us-west-2']");
    refused(&mut world, NOVA, 403, destination);
    served(&mut world, "openai.gpt-oss-120b-1:0");
    let mut world = with("[access.'amazon.nova-2-lite-v1:0']\nentitlement = 'NOT_AVAILABLE'");
    refused(&mut world, NOVA, 403, "You don't have access to the model with the specified model ID.");
    let mut world = with("[access.'amazon.nova-2-lite-v1:0']\nregion = 'NOT_AVAILABLE'");
    refused(&mut world, NOVA, 400, "The provided model identifier is invalid.");
}

#[test]
fn calls_that_fail_before_a_model_is_known_are_in_the_total_only() {
    let mut world = world("profile-only");
    let (base, foreign) = ("anthropic.claude-haiku-4-5-20251001-v1:0", "eu.anthropic.claude-sonnet-4-6");
    refused(
        &mut world,
        base,
        400,
        "with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile",
    );
    refused(&mut world, foreign, 400, "The provided model identifier is invalid.");
    let world = super::world("profile-only");
    assert_eq!([base, foreign, NOVA].map(|id| kinds(&world, id)), [CLIENT, [false; 4], SUCCESS]);
    let of = |id: &str| total(&world, id, "InvocationClientErrors", -60, 0);
    assert!(of("") > of(base) + 200.0, "{} {}", of(""), of(base));
    for recently_active in [true, false] {
        let listed = world.list_metrics(NOW, recently_active);
        let named = |id: &str| listed.iter().any(|series| series.dimensions.iter().any(|(_, value)| value == id));
        assert!(named(base) && !named(foreign));
        assert!(listed.contains(&series("InvocationClientErrors", &[])));
    }
}

#[test]
fn two_callers_fill_a_pool() {
    let world = world("full");
    let app = "c4d5e6f7a8b9";
    let mut pool = minutes(&world, SONNET_46, "EstimatedTPMQuotaUsage", -60, 0);
    for (at, tokens) in minutes(&world, app, "EstimatedTPMQuotaUsage", -60, 0) {
        *pool.entry(at).or_default() += tokens;
    }
    let before: f64 = pool.range(..-46).map(|(_, tokens)| *tokens).fold(0.0, f64::max);
    let lowest = pool.range(-30..).map(|(_, tokens)| *tokens).fold(f64::MAX, f64::min);
    assert!(before < 180_000.0 && lowest > 180_000.0, "{before} {lowest}");
    for id in [SONNET_46, app] {
        assert!(total(&world, id, "InvocationThrottles", -1440, -45) < 1.0, "{id}");
        assert!(total(&world, id, "InvocationThrottles", -10, 0) > 10.0, "{id}");
    }
}

#[test]
fn a_day_is_used_up() {
    let mut world = world("daily");
    let first = *minutes(&world, NOVA, "InvocationThrottles", -1000, 0).first_key_value().unwrap().0;
    assert!((-45..=-15).contains(&first), "{first}");
    let used = total(&world, NOVA, "EstimatedTPMQuotaUsage", -1440, 0) / 2.0;
    assert!((53.4e6..54.0e6).contains(&used), "{used}");
    assert!(total(&world, NOVA, "OutputTokenCount", first + 1, 60) < 1.0, "nothing is served afterwards");
    refused(&mut world, NOVA, 429, "Too many tokens per day, please wait before trying again.");
    assert_eq!(kinds(&world, SONNET_46), SUCCESS);
    served(&mut world, SONNET_46);
    // What was used a day ago comes back.
    assert!(total(&world, NOVA, "OutputTokenCount", 460, 520) > 0.0);
}

#[test]
fn the_same_day_whatever_is_asked_first() {
    let (a, b) = (world("daily"), world("daily"));
    let later = minutes(&b, NOVA, "InvocationThrottles", 400, 500);
    assert_eq!(minutes(&a, NOVA, "InvocationThrottles", -60, 30), minutes(&b, NOVA, "InvocationThrottles", -60, 30));
    assert_eq!(minutes(&a, NOVA, "InvocationThrottles", 400, 500), later);
}

#[test]
fn capacity_is_no_quota() {
    let mut world = world("capacity");
    let id = "us.anthropic.claude-opus-4-6-v1";
    assert_eq!(kinds(&world, id), [true, false, false, true]);
    assert!(total(&world, id, "InvocationServerErrors", -1440, -20) < 1.0);
    let peak = minutes(&world, id, "EstimatedTPMQuotaUsage", -60, 0).into_values().fold(0.0, f64::max);
    assert!(peak < 0.2 * 3e6, "{peak}");
    let call = Call { model_id: id.into(), tier: None, prompt: "Hi".into(), max_tokens: Some(20), streaming: false };
    let answers: Vec<_> = (0..60).map(|_| world.invoke(DEFAULT_ORIGIN, &call)).collect();
    let failed: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!((8..=32).contains(&failed.len()), "{}", failed.len());
    assert!(
        failed.iter().all(|error| error.status == 503 && error.message == "Bedrock is unable to process your request.")
    );
}

#[test]
fn tiers_are_refused_by_the_model_and_by_a_policy() {
    let mut world = world("tier-refused");
    for (id, tier, status, words) in [
        (SONNET_46, "flex", 400, "The provided service tier is not supported for this model"),
        (
            NOVA,
            "priority",
            403,
            "inference-profile/us.amazon.nova-2-lite-v1:0 with an explicit deny in an identity-based policy",
        ),
    ] {
        let [requests, _, client, _, output] = hour(&world, id);
        assert!(output > 0.0 && client > 0.25 * requests && client < 0.5 * requests, "{id} {client} of {requests}");
        let call = Call {
            model_id: id.into(),
            tier: Some(tier.into()),
            prompt: "Hi".into(),
            max_tokens: Some(20),
            streaming: false,
        };
        let error = world.invoke(DEFAULT_ORIGIN, &call).unwrap_err();
        assert!(error.status == status && error.message.ends_with(words), "{error:?}");
        served(&mut world, id);
    }
    let asked = |id: &str, tier: &str| {
        let tiers = [("ModelId", id), ("ServiceTier", tier), ("ResolvedServiceTier", tier)];
        !sums(&world, &series("EstimatedTPMQuotaUsage", &tiers)).is_empty()
    };
    assert!(!asked(SONNET_46, "flex") && !asked(NOVA, "priority") && asked(NOVA, "flex"));
}

#[test]
fn priority_is_served_as_default() {
    let world = world("downgrade");
    let served = |id: &str, tier: &str| -> f64 {
        let tiers = [("ModelId", id), ("ServiceTier", "priority"), ("ResolvedServiceTier", tier)];
        sums(&world, &series("EstimatedTPMQuotaUsage", &tiers)).into_values().sum()
    };
    assert!(served(NOVA, "default") > served(NOVA, "priority") && served(NOVA, "priority") > 0.0);
    let other = "openai.gpt-oss-120b-1:0";
    assert!(served(other, "default") < 1.0 && served(other, "priority") > 0.0);
}

#[test]
fn long_contexts_meet_a_quota_of_their_own() {
    let world = world("long-context");
    let mut window = 0.0;
    for served in ["default"] {
        let long = [
            ("ModelId", SONNET),
            ("ServiceTier", "default"),
            ("ResolvedServiceTier", served),
            ("ContextWindow", ">200K"),
        ];
        window += sums(&world, &series("EstimatedTPMQuotaUsage", &long)).into_values().fold(0.0, f64::max);
    }
    let all = minutes(&world, SONNET, "EstimatedTPMQuotaUsage", -60, 0).into_values().fold(0.0, f64::max);
    println!("long-context: worst minute of long calls {window}, of all {all}");
    assert!(window > 0.7e6 && window <= 1.05e6, "{window}");
    assert!(all < 0.5 * 5e6, "{all}");
    assert!(hour(&world, SONNET)[1] > 100.0);
    // With the usual quota alone nothing would be refused.
    let mut scenario = world.scenario().clone();
    scenario.endpoints[0].long_context = 0.0;
    assert!(hour(&World::new(scenario), SONNET)[1] < 1.0);
}

#[test]
fn three_endpoints_are_slower_each_for_its_own_reason() {
    let world = world("slower");
    let mean = |id: &str, metric: &str, from: i64, to: i64| {
        let asked = series(metric, &[("ModelId", id)]);
        let (first, last) = ((START + from) * 60, (START + to) * 60);
        let sum = |statistic: &str| -> f64 {
            world.statistic(last + 3600, &asked, statistic, 300, first, last).iter().map(|point| point.1).sum()
        };
        sum("Sum") / sum("SampleCount")
    };
    for (id, metric, at_least, same) in [
        (SONNET_46, "OutputTokenCount", 3.0, "TimeToFirstToken"),
        (NOVA, "InvocationLatency", 2.5, "OutputTokenCount"),
        (HAIKU, "TimeToFirstToken", 5.0, "OutputTokenCount"),
    ] {
        let factor = |metric: &str| mean(id, metric, -60, 0) / mean(id, metric, -1440, -1380);
        assert!(factor(metric) > at_least, "{id} {metric} {}", factor(metric));
        assert!((0.8..1.25).contains(&factor(same)), "{id} {same} {}", factor(same));
        assert!(factor("InvocationLatency") > 2.0, "{id} {}", factor("InvocationLatency"));
        assert!((0.8..1.25).contains(&(mean(id, metric, -120, -60) / mean(id, metric, -1500, -1440))), "{id}");
    }
}

#[test]
fn wrong_requests_are_one_caller_s() {
    let world = world("client-errors");
    assert_eq!((kinds(&world, NOVA), kinds(&world, SONNET_46)), ([true, false, true, false], SUCCESS));
    let [requests, _, client, ..] = hour(&world, NOVA);
    assert!((0.2..0.3).contains(&(client / requests)), "{client} of {requests}");
    assert_eq!(world.scenario().logging, None);
}

#[test]
fn nothing_is_published_of_the_last_forty_minutes() {
    let world = world("late-data");
    for id in [NOVA, SONNET_46, ""] {
        let all = minutes(&world, id, "Invocations", -60, 30);
        assert_eq!(all.last_key_value().map(|(at, _)| *at), Some(-41), "{id}");
    }
    assert!(world.list_metrics(DEFAULT_ORIGIN, true).contains(&series("Invocations", &[("ModelId", NOVA)])));
    assert!(world.list_metrics(DEFAULT_ORIGIN + 4 * 3600, true).is_empty());
}

#[test]
fn calls_at_once_are_refused_where_spread_ones_are_not() {
    let world = world("burst");
    let peak = minutes(&world, SONNET_46, "EstimatedTPMQuotaUsage", -60, 0).into_values().fold(0.0, f64::max);
    assert!(hour(&world, SONNET_46)[1] > 100.0 && peak < 0.5 * 6e5, "{peak}");
    let mut scenario = world.scenario().clone();
    scenario.endpoints[0].bunched = 0.0;
    assert!(hour(&World::new(scenario), SONNET_46)[1] < 1.0);
}
