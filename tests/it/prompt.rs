//! Test calls: over the real SDK on simulated accounts, and `tiertop prompt` as a program.

mod canned;
mod program;

use std::sync::Arc;

use tiertop::{
    aws::{ConnectOptions, connect},
    console,
    domain::{
        fault::FaultKind,
        prompt::{
            answer::{Answer, Progress},
            plan::{Api, Ask, Plan, Question},
        },
        tier::Tier,
    },
    sim::{
        Sim,
        connector::SimClient,
        faults::Kind,
        scenario::Scenario,
        wire::Service,
        world::{DEFAULT_ORIGIN, World},
    },
};

use crate::support::{broken, scenario};

/// An endpoint of the accounts that serves every tier but Reserved.
const NOVA: &str = "us.amazon.nova-pro-v1:0";

fn plan(endpoint: &str, tier: Option<&str>, streaming: bool) -> Plan {
    let question = Question { prompt: "Why is the sky blue?".into(), max_tokens: Some(400), ..Question::default() };
    let tier = tier.map(Tier::from);
    Plan { endpoint: endpoint.into(), tier, api: Api::Converse, streaming, ask: Ask::Text(question) }
}

/// Sends a call as a screen would, and how many requests left for it.
fn sent(scenario: Scenario, plan: &Plan) -> (Answer, u64) {
    let sim = Sim::new(World::new(scenario), || DEFAULT_ORIGIN + 30).at_pace(0.0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let http_client = Some(SimClient::shared(sim.clone()));
        let options = ConnectOptions { http_client, simulated: true, ..ConnectOptions::default() };
        let gateway = connect(&options).await.unwrap();
        let way = gateway.way(plan.api, None).unwrap();
        let mut call = console::start(gateway, plan.clone(), way, Arc::new(|| 7));
        let mut answer = Answer::new(plan);
        while let Some((at, event)) = call.next().await {
            answer.take(&event, at);
        }
        answer
    });
    let operation = if plan.streaming { "ConverseStream" } else { "Converse" };
    (answer, sim.calls_of(Service::BedrockRuntime, operation))
}

#[test]
fn every_tier_that_the_model_has_is_asked_and_served() {
    for streaming in [false, true] {
        for tier in ["default", "priority", "flex"] {
            let (answer, _) = sent(scenario("healthy"), &plan(NOVA, Some(tier), streaming));
            assert_eq!(answer.progress, Progress::Done, "{tier}: {:?}", answer.error);
            assert_eq!(answer.served, Some(Tier::from(tier)));
            assert!(answer.text.text().contains("Why is the sky blue?") && answer.request_id.is_some());
            assert!(answer.usage.input.is_some() && answer.usage.output > Some(10));
            assert_eq!(answer.timing.first_text.is_some(), streaming);
            assert!(answer.timing.server.is_some());
        }
        let (silent, _) = sent(scenario("healthy"), &plan(NOVA, None, streaming));
        assert_eq!((silent.served, silent.progress), (None, Progress::Done));
    }
}

#[test]
fn a_limit_on_tokens_ends_the_answer_and_is_said() {
    let mut short = plan(NOVA, None, true);
    let Ask::Text(question) = &mut short.ask else { panic!() };
    question.max_tokens = Some(5);
    let (answer, _) = sent(scenario("healthy"), &short);
    assert!(answer.hit_max_tokens() && !answer.reasoning_used_it_up());
    assert_eq!(answer.usage.output, Some(5));
}

#[test]
fn refusals_keep_the_services_words_and_are_sent_once() {
    let sonnet = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let too_many = "Too many tokens, please wait before trying again.";
    for streaming in [false, true] {
        for (name, endpoint, tier, kind, words) in [
            ("zero-quota", sonnet, None, FaultKind::Throttled, too_many),
            (
                "healthy",
                sonnet,
                Some("flex"),
                FaultKind::Invalid,
                "The provided service tier is not supported for this model",
            ),
            ("healthy", NOVA, Some("nonsense"), FaultKind::Invalid, "service tier provided is invalid"),
            ("healthy", NOVA, Some("reserved"), FaultKind::Invalid, "Reservation not found."),
            ("healthy", "us.nobody.nothing", None, FaultKind::Invalid, "The provided model identifier is invalid."),
        ] {
            let (answer, calls) = sent(scenario(name), &plan(endpoint, tier, streaming));
            let error = answer.error.as_ref().unwrap_or_else(|| panic!("{name} {endpoint} {tier:?}"));
            assert_eq!((error.kind, error.message.as_str(), calls), (kind, words, 1), "{name} {tier:?}");
            assert!(answer.request_id.is_some() && answer.text.text().is_empty());
        }
    }
}

#[test]
fn what_breaks_is_told_and_what_came_stays() {
    for (action, fault, streaming, kind) in [
        ("bedrock-runtime:ConverseStream", Kind::CutStream, true, FaultKind::Unexpected),
        ("bedrock-runtime:ConverseStream", Kind::Truncated, true, FaultKind::Unexpected),
        ("bedrock-runtime:ConverseStream", Kind::Malformed, true, FaultKind::Unexpected),
        ("bedrock-runtime:Converse", Kind::Truncated, false, FaultKind::Unexpected),
        ("bedrock-runtime:Converse", Kind::Malformed, false, FaultKind::Unexpected),
        ("bedrock-runtime:Converse", Kind::Throttled, false, FaultKind::Throttled),
        ("bedrock-runtime:ConverseStream", Kind::ServerError, true, FaultKind::Unexpected),
        ("bedrock-runtime:Converse", Kind::Unavailable, false, FaultKind::Unexpected),
        ("bedrock:InvokeModel", Kind::Denied, false, FaultKind::Denied),
        ("bedrock-runtime:Converse", Kind::Expired, false, FaultKind::Expired),
    ] {
        let (answer, calls) = sent(broken(&[(action, fault)]), &plan(NOVA, Some("flex"), streaming));
        let error = answer.error.as_ref().unwrap_or_else(|| panic!("{fault:?} {streaming}: {answer:?}"));
        assert_eq!((error.kind, answer.progress, calls), (kind, Progress::Failed, 1), "{fault:?}: {error}");
        assert!(error.message.ends_with('.') || error.status.is_some(), "{error}");
        let came = answer.text.text();
        assert_eq!(
            came.contains("You asked about"),
            fault == Kind::CutStream || fault == Kind::Truncated && streaming,
            "{fault:?}: {came}"
        );
        assert_eq!(answer.served, None);
    }
}

#[test]
fn a_call_that_is_dropped_leaves_nothing_running() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sim = Sim::new(World::new(broken(&[("bedrock-runtime:*", Kind::Hang)])), || DEFAULT_ORIGIN + 30);
    runtime.block_on(async {
        let http_client = Some(SimClient::shared(sim.clone()));
        let options = ConnectOptions { http_client, simulated: true, ..ConnectOptions::default() };
        let gateway = connect(&options).await.unwrap();
        let plan = plan(NOVA, Some("flex"), true);
        let way = gateway.way(plan.api, None).unwrap();
        let call = console::start(gateway, plan, way, Arc::new(|| 0));
        tokio::task::yield_now().await;
        assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 1);
        drop(call);
        while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    });
}
