//! Access to models, their lives, the use-case form and invocation logging through the SDK.

use aws_sdk_bedrockruntime::types as rt;

use super::*;

fn account(name: &str) -> Sim {
    Sim::new(World::new(Scenario::named(name).unwrap()), || NOW).at_pace(0.0)
}

fn bedrock(sim: &Sim) -> aws_sdk_bedrock::Client {
    aws_sdk_bedrock::Client::new(&config(sim))
}

#[tokio::test]
async fn availability_says_what_the_scenario_says() {
    let client = bedrock(&account("no-access"));
    let told = async |id: &str| {
        let answer = client.get_foundation_model_availability().model_id(id).send().await.unwrap();
        let agreement = answer.agreement_availability().unwrap();
        [
            agreement.status().as_str().to_owned(),
            agreement.error_message().unwrap_or_default().to_owned(),
            answer.authorization_status().as_str().to_owned(),
            answer.entitlement_availability().as_str().to_owned(),
            answer.region_availability().as_str().to_owned(),
        ]
    };
    assert_eq!(
        told("meta.llama3-3-70b-instruct-v1:0").await,
        ["NOT_AVAILABLE", "", "AUTHORIZED", "AVAILABLE", "AVAILABLE"]
    );
    assert!(told("deepseek.r1-v1:0").await[1].starts_with("INVALID_PAYMENT_INSTRUMENT"));
    assert_eq!(told("writer.palmyra-x5-v1:0").await[2], "NOT_AUTHORIZED");
    assert_eq!(told("amazon.nova-2-lite-v1:0").await, ["AVAILABLE", "", "AUTHORIZED", "AVAILABLE", "AVAILABLE"]);
    let error = client.get_foundation_model_availability().model_id("no.such").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn the_use_case_form_is_there_or_not_found() {
    let answer = bedrock(&account("healthy")).get_use_case_for_model_access().send().await.unwrap();
    let form: serde_json::Value = serde_json::from_slice(answer.form_data().as_ref()).unwrap();
    assert!(form["companyName"].is_string());
    let error = bedrock(&account("no-access")).get_use_case_for_model_access().send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn logging_is_off_or_names_its_places() {
    let off = bedrock(&account("client-errors")).get_model_invocation_logging_configuration().send().await.unwrap();
    assert!(off.logging_config().is_none());
    let on = bedrock(&account("healthy")).get_model_invocation_logging_configuration().send().await.unwrap();
    let on = on.logging_config().unwrap();
    assert_eq!(on.cloud_watch_config().map(|to| to.log_group_name()), Some("/aws/bedrock/invocations"));
    assert!(on.s3_config().is_none());
}

#[tokio::test]
async fn lives_of_models_have_their_dates() {
    let sim = account("lifecycle");
    let origin = sim.with_world(|world| world.origin());
    let listed = bedrock(&sim).list_foundation_models().send().await.unwrap();
    let life = |id: &str| {
        let model = listed.model_summaries().iter().find(|model| model.model_id() == id).unwrap();
        let life = model.model_lifecycle().unwrap();
        let days = |time: Option<&aws_sdk_bedrock::primitives::DateTime>| time.map(|at| (at.secs() - origin) / 86_400);
        (
            life.status().as_str().to_owned(),
            days(life.legacy_time()),
            days(life.public_extended_access_time()),
            days(life.end_of_life_time()),
        )
    };
    let legacy = || "LEGACY".to_owned();
    assert_eq!(life("anthropic.claude-opus-4-1-20250805-v1:0"), (legacy(), Some(-200), Some(-30), Some(60)));
    assert_eq!(life("anthropic.claude-sonnet-4-5-20250929-v1:0"), (legacy(), Some(-160), None, Some(21)));
    assert_eq!(life("amazon.nova-2-lite-v1:0"), ("ACTIVE".to_owned(), None, None, None));
}

#[tokio::test]
async fn the_runtime_refuses_with_the_exceptions_of_aws() {
    let text = rt::ContentBlock::Text("Say hello.".into());
    let hello = rt::Message::builder().role(rt::ConversationRole::User).content(text).build().unwrap();
    for (name, id, exception, status) in [
        ("no-access", "us.anthropic.claude-sonnet-4-6", "ResourceNotFoundException", 404),
        ("no-access", "us.meta.llama3-3-70b-instruct-v1:0", "AccessDeniedException", 403),
        ("profile-only", "anthropic.claude-haiku-4-5-20251001-v1:0", "ValidationException", 400),
        ("profile-only", "eu.anthropic.claude-sonnet-4-6", "ValidationException", 400),
        ("lifecycle", "us.anthropic.claude-sonnet-4-20250514-v1:0", "ResourceNotFoundException", 404),
        ("zero-model", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "ThrottlingException", 429),
    ] {
        let client = aws_sdk_bedrockruntime::Client::new(&config(&account(name)));
        let error = client.converse().model_id(id).messages(hello.clone()).send().await.unwrap_err();
        assert_eq!(error.raw_response().map(|raw| raw.status().as_u16()), Some(status), "{name} {id}");
        assert_eq!(error.into_service_error().meta().code(), Some(exception), "{name} {id}");
        let body = r#"{"messages":[{"role":"user","content":"Hi"}],"max_tokens":20}"#;
        let body = aws_sdk_bedrockruntime::primitives::Blob::new(body);
        let error = client.invoke_model().model_id(id).body(body).send().await.unwrap_err();
        assert_eq!(error.into_service_error().meta().code(), Some(exception), "{name} {id}");
    }
}
