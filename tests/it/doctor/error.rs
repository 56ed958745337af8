//! An error that somebody got, held against what the account shows.

use tiertop::{
    domain::doctor::{
        facts::Asked,
        finding::{Finding, Report, Severity, Status},
    },
    sim::{
        faults::{Kind, Rule},
        scenario::Scenario,
    },
};

use super::{found, report, status};
use crate::support::{Run, scenario};

const TOKENS: &str = "An error occurred (ThrottlingException) when calling the Converse operation (reached max retries: 4): Too many tokens, please wait before trying again.";
const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn of(scenario: Scenario, error: &str, model: Option<&str>) -> Report {
    let asked = Asked { model: model.map(str::to_owned), error: Some(error.to_owned()) };
    Run::examined(scenario, asked, Vec::new()).report().clone()
}

/// An account whose quotas may not be read.
fn without_quotas() -> Scenario {
    let denied = Rule { action: "servicequotas:*".into(), kind: Kind::Denied, ratio: 1.0, delay_ms: 0 };
    Scenario { faults: vec![denied], ..scenario("full") }
}

/// All that a finding says.
fn words(finding: &Finding) -> String {
    let mut all = vec![finding.title.clone(), finding.story.clone(), finding.next.text.clone()];
    all.extend(finding.evidence.iter().chain(&finding.not_it).cloned());
    all.join("\n")
}

#[test]
fn without_an_error_the_check_is_skipped() {
    assert_eq!(status(&report(scenario("full")), "error"), Status::Skipped);
}

#[test]
fn too_many_tokens_is_the_zero_where_the_quota_is_zero() {
    let report = of(scenario("zero-quota"), TOKENS, Some(SONNET));
    let error = found(&report, "error");
    assert_eq!(error.title, "The error: the applied quota is 0");
    assert!(error.next.text.contains("Begin with that finding"), "{error:#?}");
    assert_eq!(
        report.findings.iter().filter(|finding| finding.severity == Severity::Critical).count(),
        1,
        "{report:#?}"
    );
}

#[test]
fn too_many_tokens_is_a_full_quota_where_it_was_full() {
    let scenario = scenario("full");
    let id = scenario.endpoints[0].id.clone();
    let report = of(scenario, TOKENS, Some(&id));
    let error = found(&report, "error");
    assert!(error.story.contains("Most likely the quota of the minute is used up"), "{error:#?}");
    assert!(error.not_it.iter().any(|what| what.contains("the applied quota is 0")), "{error:#?}");
}

#[test]
fn too_many_tokens_is_a_reservation_where_most_was_left() {
    let scenario = scenario("burst");
    let id = scenario.endpoints[0].id.clone();
    let report = of(scenario, TOKENS, Some(&id));
    let error = found(&report, "error");
    assert!(error.story.contains("Most likely calls reserve more than is left"), "{error:#?}");
    assert!(error.next.text.contains("max_tokens"), "{error:#?}");
    let unnamed = of(crate::support::scenario("burst"), TOKENS, None);
    let error = found(&unnamed, "error");
    assert!(words(error).contains(&format!("only {id} had calls refused")), "{error:#?}");
}

#[test]
fn too_many_tokens_of_nobody_names_every_cause_and_what_would_tell() {
    let report = of(scenario("empty"), TOKENS, None);
    let error = found(&report, "error");
    for words in ["the quota of the minute is used up", "calls reserve more", "What would tell"] {
        assert!(error.story.contains(words), "{error:#?}");
    }
    let unseen = of(without_quotas(), TOKENS, Some(SONNET));
    let error = found(&unseen, "error");
    assert!(
        error.story.contains("the applied quota is 0; or"),
        "a zero that cannot be seen is not ruled out: {error:#?}"
    );
    assert!(error.not_it.is_empty(), "{error:#?}");
}

#[test]
fn an_error_of_another_region_or_account_is_held_against_nothing() {
    for text in [
        "ThrottlingException: Too many tokens, please wait before trying again. arn:aws:bedrock:eu-west-1:111122223333:inference-profile/us.x",
        "ThrottlingException: Too many tokens, please wait before trying again. arn:aws:bedrock:us-east-1:999999999999:inference-profile/us.x",
    ] {
        let report = of(scenario("zero-quota"), text, Some(SONNET));
        let error = found(&report, "error");
        assert!(error.story.contains("It may be that") && error.not_it.is_empty(), "{error:#?}");
        assert!(
            words(error).contains("what is known here is of us-east-1") || words(error).contains("another account"),
            "{error:#?}"
        );
    }
}

#[test]
fn a_profile_only_model_is_answered_with_a_profile_that_the_region_lists() {
    let text = "ValidationException: Invocation of model ID anthropic.claude-sonnet-4-5-20250929-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.";
    let report = of(scenario("full"), text, None);
    let error = found(&report, "error");
    let id = error.next.copy.as_deref().unwrap();
    assert!(id.ends_with("anthropic.claude-sonnet-4-5-20250929-v1:0") && !id.starts_with("anthropic"), "{id}");
}

#[test]
fn an_id_that_the_region_lacks_is_told_with_those_that_it_has() {
    let text =
        "ValidationException: The provided model identifier is invalid. (eu.anthropic.claude-sonnet-4-5-20250929-v1:0)";
    let report = of(scenario("full"), text, None);
    let error = found(&report, "error");
    assert!(error.story.contains("Most likely the id is misspelt"), "{error:#?}");
    assert!(
        words(error).contains("us-east-1 does not list eu.anthropic") && words(error).contains(SONNET),
        "{error:#?}"
    );
}

#[test]
fn a_denial_names_the_policy_and_the_destination() {
    let text = "User: arn:aws:sts::111122223333:assumed-role/app/i is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0 with an explicit deny in a service control policy";
    let report = of(scenario("full"), text, None);
    let error = found(&report, "error");
    assert!(error.title.contains("a service control policy of the organisation denies it"), "{error:#?}");
    for part in
        ["bedrock:InvokeModel on arn:aws:bedrock:us-west-2", "a profile sent the call there", "bedrock:ServiceTier"]
    {
        assert!(words(error).contains(part), "{part}: {error:#?}");
    }
    assert!(error.next.text.contains("administrator of the organisation"));
}

#[test]
fn capacity_is_no_quota() {
    let report =
        of(scenario("full"), "ServiceUnavailableException: Bedrock is unable to process your request.", Some(SONNET));
    let error = found(&report, "error");
    assert!(error.story.contains("no quota"), "{error:#?}");
    assert!(error.not_it.iter().any(|what| what.contains("does not exist")), "it is listed: {error:#?}");
}

#[test]
fn what_is_not_known_is_said_to_be_and_is_no_trouble() {
    let report = of(scenario("empty"), "SomeException: flux capacitor", None);
    let error = found(&report, "error-unknown");
    assert_eq!((error.severity, report.troubles()), (Severity::Info, 0));
    assert!(error.story.contains("does not know this text"), "{error:#?}");
}
