//! Simulated accounts in trouble: what is found, how bad it is, and that one cause is told once.

use tiertop::domain::doctor::{
    facts::Asked,
    finding::{Report, Severity},
};

use super::{found, report};
use crate::support::{Run, scenario};

/// Findings that are no mere information, in order.
fn troubles(report: &Report) -> Vec<(&'static str, Severity)> {
    report.findings.iter().filter(|f| f.severity < Severity::Info).map(|f| (f.id, f.severity)).collect()
}

#[test]
fn a_hold_is_told_from_a_new_account_and_a_region_that_works_is_named() {
    let report = Run::examined(scenario("zero-hold"), Asked::default(), vec!["eu-west-1".into()]).report().clone();
    assert_eq!(troubles(&report), [("region-zero", Severity::Critical)]);
    let hold = found(&report, "region-zero");
    assert!(hold.story.contains("It worked here before") && hold.story.contains("it is this Region"), "{}", hold.story);
    assert!(hold.next.text.contains("eu-west-1 (for example"), "{}", hold.next.text);
    assert!(hold.evidence.iter().any(|fact| fact.starts_with("The last calls that were accepted here")));
}

#[test]
fn zeros_that_serve_are_no_trouble() {
    let report = report(scenario("zero-serving"));
    assert_eq!(troubles(&report), []);
    found(&report, "region-zero-serving");
}

#[test]
fn a_zero_of_one_scope_names_the_scope_that_works() {
    let report = report(scenario("zero-model"));
    let zero = found(&report, "zero-in-use");
    assert_eq!(zero.severity, Severity::Critical);
    assert_eq!(zero.next.copied(), Some("global.anthropic.claude-haiku-4-5-20251001-v1:0"));
}

#[test]
fn each_phase_of_a_lifecycle_is_told_apart() {
    let report = report(scenario("lifecycle"));
    let of = |model: &str| {
        let about = |title: &str| title.starts_with(&format!("{model}:"));
        let mut found = report.findings.iter().filter(|finding| about(&finding.title));
        found.next().map(|finding| (finding.id, finding.severity))
    };
    assert_eq!(of("Llama 3 70B Instruct"), Some(("lifecycle-ended", Severity::Critical)));
    assert_eq!(of("Claude Sonnet 4.5"), Some(("lifecycle-ends-soon", Severity::Warning)));
    assert_eq!(of("Claude Sonnet 4"), Some(("lifecycle-locked-out", Severity::Warning)));
}

#[test]
fn each_gate_before_a_model_is_told_apart() {
    let report = report(scenario("no-access"));
    for id in ["access-agreement", "access-agreement-failed", "access-authorization", "use-case-form-missing"] {
        assert_eq!(found(&report, id).severity, Severity::Critical, "{id}");
    }
    assert!(!report.findings.iter().any(|f| f.id == "lifecycle-locked-out"), "{:#?}", report.findings);
}

#[test]
fn a_base_id_and_another_geography_s_profile_name_what_is_listed() {
    let mut run = Run::examined(scenario("profile-only"), Asked::default(), Vec::new());
    assert_eq!(found(run.report(), "profile-only").severity, Severity::Critical);
    run.state.doctor.asked.model = Some("eu.anthropic.claude-sonnet-4-6".to_owned());
    run.state.examine();
    let missing = found(run.report(), "profile-not-in-region").clone();
    assert!(missing.next.copied().is_some_and(|ids| ids.contains("us.anthropic.claude-sonnet-4-6")), "{missing:#?}");
}
