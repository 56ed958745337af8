//! Every operation of Service Quotas, Bedrock, its runtime and STS through the SDK.

use std::collections::HashSet;

use aws_sdk_bedrock::types::{InferenceProfileType, InferenceType, ModelModality};
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types as rt;

use crate::sim::scenario::PastRequest;

use super::*;

#[tokio::test]
async fn quotas_in_pages() {
    let sim = sim(vec![]);
    let client = aws_sdk_servicequotas::Client::new(&config(&sim));
    let all = |quotas: Vec<aws_sdk_servicequotas::types::ServiceQuota>| -> HashSet<String> {
        quotas.into_iter().map(|q| q.quota_code.unwrap()).collect()
    };
    let list = client.list_service_quotas().service_code("bedrock").into_paginator().items().send();
    let applied = all(list.collect::<Result<Vec<_>, _>>().await.unwrap());
    let list = client.list_aws_default_service_quotas().service_code("bedrock").max_results(40).into_paginator();
    let defaults = all(list.items().send().collect::<Result<Vec<_>, _>>().await.unwrap());
    let (shown, total) =
        sim.with_world(|world| (world.quotas().iter().filter(|q| q.applied.is_some()).count(), world.quotas().len()));
    assert!(total > 100, "more than one page");
    assert_eq!((applied.len(), defaults.len()), (shown, total));
    let page = client.list_service_quotas().service_code("bedrock").send().await.unwrap();
    assert_eq!(page.quotas().len(), 100.min(shown));
    let quota = &page.quotas()[0];
    assert_eq!(quota.service_name(), Some("Amazon Bedrock"));
    assert!(quota.quota_arn().unwrap().starts_with("arn:aws:servicequotas:us-east-1:111122223333:bedrock/L-"));
    let token = page.next_token().unwrap();
    let error = client.list_service_quotas().service_code("ec2").next_token(token).send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_pagination_token_exception());
    let error = client.list_service_quotas().service_code("nothing").send().await.unwrap_err();
    assert!(error.into_service_error().is_no_such_resource_exception());
    let error = client.list_service_quotas().service_code("bedrock").max_results(101).send().await.unwrap_err();
    assert!(error.into_service_error().is_illegal_argument_exception());
    assert!(!client.list_services().send().await.unwrap().services().is_empty());
}

#[tokio::test]
async fn one_quota_applied_or_default() {
    let sim = sim(vec![]);
    let client = aws_sdk_servicequotas::Client::new(&config(&sim));
    let quota = sim.with_world(|world| world.quotas().iter().find(|q| q.applied.is_some()).unwrap().clone());
    let got = client.get_service_quota().service_code("bedrock").quota_code(&quota.code).send().await.unwrap();
    assert_eq!(got.quota().unwrap().value(), quota.applied);
    let get = client.get_aws_default_service_quota().service_code("bedrock").quota_code(&quota.code);
    assert_eq!(get.send().await.unwrap().quota().unwrap().value(), Some(quota.default));
    let bare = sim.with_world(|world| world.quotas().iter().find(|q| q.applied.is_none()).map(|q| q.code.clone()));
    for code in bare.into_iter().chain(["L-NOTHING".to_owned()]) {
        let error = client.get_service_quota().service_code("bedrock").quota_code(code).send().await.unwrap_err();
        assert!(error.into_service_error().is_no_such_resource_exception());
    }
}

#[tokio::test]
async fn increases() {
    let sim = sim(vec![]);
    let client = aws_sdk_servicequotas::Client::new(&config(&sim));
    let pick = |adjustable| {
        sim.with_world(|w| w.quotas().iter().find(|q| q.adjustable == adjustable && q.default >= 1.0).unwrap().clone())
    };
    let ask = |code: &str, value: f64| {
        client.request_service_quota_increase().service_code("bedrock").quota_code(code).desired_value(value).send()
    };
    let (open, fixed) = (pick(true), pick(false));
    assert!(ask(&fixed.code, 1e9).await.unwrap_err().into_service_error().is_illegal_argument_exception());
    assert!(
        ask(&open.code, open.default / 2.0).await.unwrap_err().into_service_error().is_illegal_argument_exception()
    );
    let done = ask(&open.code, 1e9).await.unwrap();
    assert_eq!(done.requested_quota().unwrap().status().unwrap().as_str(), "PENDING");
    let error = ask(&open.code, 1e9).await.unwrap_err().into_service_error();
    assert!(error.is_resource_already_exists_exception());
    let history = client.list_requested_service_quota_change_history().service_code("bedrock").send().await.unwrap();
    assert_eq!(history.requested_quotas()[0].desired_value(), Some(1e9));
    let other = aws_sdk_servicequotas::Client::new(&config_in(&sim, "eu-west-1"));
    let history = other.list_requested_service_quota_change_history().send().await.unwrap();
    assert!(history.requested_quotas().is_empty());
}

#[tokio::test]
async fn requests_of_the_past_are_in_the_history_for_90_days() {
    let past = |status: &str, days_ago: f64| PastRequest {
        quota: "L-F4DDD3EB".into(),
        desired: 6e6,
        status: status.into(),
        days_ago,
        changed_days_ago: (days_ago > 1.0).then_some(days_ago - 1.0),
        case: (status != "PENDING").then(|| "176031488200871".to_owned()),
    };
    let sim = sim(vec![]);
    sim.with_world(|world| {
        let requests =
            vec![past("APPROVED", 95.0), past("DENIED", 20.0), past("CASE_OPENED", 0.5), past("NEW_WORD", 40.0)];
        *world = World::new_at(Scenario { requests, ..world.scenario().clone() }, world.origin());
    });
    let client = aws_sdk_servicequotas::Client::new(&config(&sim));
    let history = client.list_requested_service_quota_change_history().service_code("bedrock").send().await.unwrap();
    let statuses: Vec<&str> =
        history.requested_quotas().iter().map(|request| request.status().unwrap().as_str()).collect();
    assert_eq!(statuses, ["CASE_OPENED", "DENIED", "NEW_WORD"], "newest first, and none of 95 days ago");
    let denied = &history.requested_quotas()[1];
    let origin = sim.with_world(|world| world.origin());
    assert_eq!(denied.created().unwrap().secs(), origin - 20 * 86_400);
    assert_eq!(denied.last_updated().unwrap().secs(), origin - 19 * 86_400);
    assert_eq!((denied.case_id(), denied.desired_value()), (Some("176031488200871"), Some(6e6)));
    assert!(denied.quota_name().unwrap().contains("Sonnet 4.5"));
    let only = client.list_requested_service_quota_change_history().service_code("bedrock").status("DENIED".into());
    assert_eq!(only.send().await.unwrap().requested_quotas().len(), 1);
    let again = client.request_service_quota_increase().service_code("bedrock").quota_code("L-F4DDD3EB");
    let error = again.desired_value(9e6).send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_already_exists_exception(), "one of them is open");
}

#[tokio::test]
async fn catalog() {
    let sim = sim(vec![]);
    let client = aws_sdk_bedrock::Client::new(&config(&sim));
    let all = client.list_foundation_models().send().await.unwrap();
    let shown = sim.with_world(|w| w.models().iter().filter(|m| !m.mantle_only).count());
    assert_eq!(all.model_summaries().len(), shown);
    let list = client.list_foundation_models().by_provider("anthropic").by_output_modality(ModelModality::Text);
    let some = list.by_inference_type(InferenceType::OnDemand).send().await.unwrap();
    assert!(some.model_summaries().len() <= shown);
    let error = client.list_foundation_models().by_output_modality("SMELL".into()).send().await.unwrap_err();
    assert!(error.into_service_error().is_validation_exception());
    let id = all.model_summaries()[0].model_id();
    let one = client.get_foundation_model().model_identifier(id).send().await.unwrap();
    assert_eq!(one.model_details().unwrap().model_id(), id);
    let error = client.get_foundation_model().model_identifier("no.such").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
    let can = client.get_foundation_model_availability().model_id(id).send().await.unwrap();
    assert_eq!(can.authorization_status().as_str(), "AUTHORIZED");
    assert!(client.list_provisioned_model_throughputs().send().await.unwrap().provisioned_model_summaries().is_empty());
}

#[tokio::test]
async fn profiles_and_tags() {
    let sim = sim(vec![]);
    let client = aws_sdk_bedrock::Client::new(&config(&sim));
    let count = |kind: &str| sim.with_world(|w| w.profiles().iter().filter(|p| p.kind == kind).count());
    let system = client.list_inference_profiles().max_results(3).into_paginator().items().send();
    assert_eq!(system.collect::<Result<Vec<_>, _>>().await.unwrap().len(), count("SYSTEM_DEFINED"));
    let own = client.list_inference_profiles().type_equals(InferenceProfileType::Application).send().await.unwrap();
    assert_eq!(own.inference_profile_summaries().len(), count("APPLICATION"));
    let error = client.list_inference_profiles().next_token("made-up").send().await.unwrap_err();
    assert!(error.into_service_error().is_validation_exception());
    let profile = &own.inference_profile_summaries()[0];
    for name in [profile.inference_profile_arn(), profile.inference_profile_id()] {
        let got = client.get_inference_profile().inference_profile_identifier(name).send().await.unwrap();
        assert_eq!(got.inference_profile_arn(), profile.inference_profile_arn());
        assert!(got.created_at().is_some());
    }
    let tags = client.list_tags_for_resource().resource_arn(profile.inference_profile_arn()).send().await.unwrap();
    let id = profile.inference_profile_id().to_owned();
    let known = sim.with_world(|w| w.profiles().iter().find(|p| p.id == id).unwrap().tags.len());
    assert_eq!(tags.tags().len(), known);
    let error = client.list_tags_for_resource().resource_arn("arn:aws:bedrock:us-east-1:1:guardrail/x").send().await;
    assert!(error.unwrap_err().into_service_error().is_resource_not_found_exception());
}

fn hello() -> rt::Message {
    let text = rt::ContentBlock::Text("Say hello.".into());
    rt::Message::builder().role(rt::ConversationRole::User).content(text).build().unwrap()
}

#[tokio::test]
async fn converse_whole_and_streamed() {
    let sim = sim(vec![]);
    let client = aws_sdk_bedrockruntime::Client::new(&config(&sim));
    let (model, profile) = callable(&sim);
    let tier = rt::ServiceTier::builder().r#type(rt::ServiceTierType::Default).build().unwrap();
    for id in [model, profile] {
        let started = std::time::Instant::now();
        let limits = rt::InferenceConfiguration::builder().max_tokens(50).build();
        let call =
            client.converse().model_id(&id).messages(hello()).inference_config(limits).service_tier(tier.clone());
        let got = call.send().await.unwrap();
        let latency = u64::try_from(got.metrics().unwrap().latency_ms()).unwrap();
        assert!(started.elapsed() >= Duration::from_millis(latency / 10));
        assert!(!got.output().unwrap().as_message().unwrap().content()[0].as_text().unwrap().is_empty());
        assert!(got.usage().unwrap().output_tokens() > 0);
        let mut stream = client.converse_stream().model_id(&id).messages(hello()).send().await.unwrap().stream;
        let (mut text, mut kinds, mut usage) = (String::new(), Vec::new(), None);
        while let Some(event) = stream.recv().await.unwrap() {
            match event {
                rt::ConverseStreamOutput::MessageStart(_) => kinds.push("start"),
                rt::ConverseStreamOutput::ContentBlockDelta(delta) => {
                    text.push_str(delta.delta().unwrap().as_text().unwrap());
                }
                rt::ConverseStreamOutput::ContentBlockStop(_) => kinds.push("block-stop"),
                rt::ConverseStreamOutput::MessageStop(_) => kinds.push("stop"),
                rt::ConverseStreamOutput::Metadata(data) => {
                    kinds.push("metadata");
                    usage = data.usage().cloned();
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(kinds, ["start", "block-stop", "stop", "metadata"]);
        assert!(!text.is_empty() && usage.unwrap().output_tokens() > 0);
    }
    let error = client.converse().model_id("no.such-model").messages(hello()).send().await.unwrap_err();
    assert!(error.as_service_error().is_some(), "{error:?}");
    let (model, _) = callable(&sim);
    let error = client.converse().model_id(model).set_messages(Some(vec![])).send().await.unwrap_err();
    assert!(error.into_service_error().is_validation_exception());
}

#[tokio::test]
async fn invoke_whole_and_streamed() {
    let sim = sim(vec![]);
    let client = aws_sdk_bedrockruntime::Client::new(&config(&sim));
    let (model, _) = callable(&sim);
    for body in [
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":20,"messages":[{"role":"user","content":"Hi"}]}"#,
        r#"{"prompt":"Hi","max_gen_len":20}"#,
    ] {
        let got = client.invoke_model().model_id(&model).body(Blob::new(body)).send().await.unwrap();
        let json: serde_json::Value = serde_json::from_slice(got.body().as_ref()).unwrap();
        assert!(json["usage"]["output_tokens"].as_u64().unwrap() > 0);
        assert_eq!(got.content_type(), "application/json");
        let call = client.invoke_model_with_response_stream().model_id(&model).body(Blob::new(body));
        let mut stream = call.send().await.unwrap().body;
        let mut last = serde_json::Value::Null;
        while let Some(event) = stream.recv().await.unwrap() {
            let rt::ResponseStream::Chunk(chunk) = event else { panic!("{event:?}") };
            last = serde_json::from_slice(chunk.bytes().unwrap().as_ref()).unwrap();
        }
        assert!(last["amazon-bedrock-invocationMetrics"]["invocationLatency"].is_u64());
    }
    let error = client.invoke_model().model_id(&model).body(Blob::new("{")).send().await.unwrap_err();
    assert!(error.into_service_error().is_validation_exception());
    let converse = rt::ConverseTokensRequest::builder().messages(hello()).build();
    let count = client.count_tokens().model_id(&model).input(rt::CountTokensInput::Converse(converse));
    assert!(count.send().await.unwrap().input_tokens() > 0);
    let invoke = rt::InvokeModelTokensRequest::builder().body(Blob::new(r#"{"prompt":"Hi"}"#)).build().unwrap();
    let count = client.count_tokens().model_id(&model).input(rt::CountTokensInput::InvokeModel(invoke));
    assert!(count.send().await.unwrap().input_tokens() > 0);
}

#[tokio::test]
async fn identity() {
    let client = aws_sdk_sts::Client::new(&config(&sim(vec![])));
    let me = client.get_caller_identity().send().await.unwrap();
    assert_eq!(me.account(), Some("111122223333"));
    assert!(me.arn().unwrap().contains(":assumed-role/tiertop-demo/"));
    let role = client.assume_role().role_arn("arn:aws:iam::444455556666:role/path/reader").role_session_name("me");
    let got = role.send().await.unwrap();
    assert_eq!(got.credentials().unwrap().expiration().secs(), NOW + 3600);
    assert_eq!(got.assumed_role_user().unwrap().arn(), "arn:aws:sts::444455556666:assumed-role/reader/me");
    let error =
        client.assume_role().role_arn("nonsense-that-is-long").role_session_name("me").send().await.unwrap_err();
    assert_eq!(error.into_service_error().meta().code(), Some("ValidationError"));
    let error = client.get_access_key_info().access_key_id("AKIDEXAMPLEEXAMPLE").send().await.unwrap_err();
    assert_eq!(error.into_service_error().meta().code(), Some("InvalidAction"));
}
