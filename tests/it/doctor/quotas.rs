//! Single quotas, models and profiles on the simulated account.

use tiertop::{
    domain::doctor::{
        facts::Asked,
        finding::{Severity, Status},
    },
    sim::scenario::Scenario,
};

use super::{found, report, status};
use crate::support::{Run, broken, scenario};

/// Sonnet 4.5 by its geographic profile at 0, and less than its default for Nova 2 Lite.
const SOME: &str = r#"
about = "One model's geographic quota is 0, another's is reduced, a third is called by its own id."
extends = "zero-quota"
zero_quotas = false

[applied]
L-F4DDD3EB = 0
L-C6F5908D = 7000000

[[request]]
quota = "L-C6F5908D"
desired = 8000000
status = "CASE_OPENED"
days_ago = 2
case = "17"

[[endpoint]]
id = "anthropic.claude-haiku-4-5-20251001-v1:0"
rpm = 3
input = 10
# More than there are calls, so that none is left over.
client_errors = 20.0
"#;

#[test]
fn a_zero_a_reduced_quota_and_a_model_called_by_its_own_id_are_told_apart() {
    let mut run = Run::examined(Scenario::parse("some", SOME).unwrap(), Asked::default(), Vec::new());
    let report = run.report().clone();
    let zero = found(&report, "zero-in-use");
    assert_eq!(zero.severity, Severity::Critical);
    assert_eq!(zero.next.copied(), Some("global.anthropic.claude-sonnet-4-5-20250929-v1:0"), "{zero:#?}");
    assert!(zero.evidence.iter().any(|fact| fact.contains("L-F4DDD3EB")), "{zero:#?}");
    let reduced = found(&report, "below-default");
    assert!(reduced.next.command.is_none() && reduced.next.text.contains("case 17"), "{reduced:#?}");
    let own_id = found(&report, "profile-only");
    assert_eq!(own_id.severity, Severity::Critical);
    assert!(
        own_id.next.copied().is_some_and(|ids| ids.contains("us.anthropic.claude-haiku-4-5-20251001-v1:0")),
        "{own_id:#?}"
    );

    run.state.doctor.asked.model = Some("us.amazon.nova-pro-v1:0".to_owned());
    run.state.examine();
    assert_eq!(run.report().troubles(), 0, "{:#?}", run.report().findings);
    run.state.doctor.asked.model = Some("eu.amazon.nova-pro-v1:0".to_owned());
    run.state.examine();
    assert_eq!(found(run.report(), "profile-not-in-region").severity, Severity::Critical);
    run.state.doctor.asked.model = Some("amazon.nova-proo".to_owned());
    run.state.examine();
    assert_eq!(found(run.report(), "model-unknown").severity, Severity::Warning);
}

/// Few calls, every quota at its default, and one that Service Quotas could not read.
const WELL: &str = r#"
about = "All is well."
extends = "zero-quota"
zero_quotas = false

[quota_errors]
L-100511C1 = ["DEPENDENCY_SERVICE_ERROR", "The dependent service did not answer."]
"#;

#[test]
fn an_account_that_is_well_has_only_what_is_worth_knowing() {
    let report = report(Scenario::parse("well", WELL).unwrap());
    let ids: Vec<_> = report.findings.iter().map(|finding| finding.id).collect();
    assert!(ids.contains(&"unread-quotas") && ids.contains(&"lifecycle-legacy"), "{ids:?}");
    assert!(!ids.iter().any(|id| id.starts_with("zero") || id.starts_with("below")), "{ids:?}");
    assert_eq!(report.troubles(), 0, "{:#?}", report.findings);
    for check in ["identity", "region", "region-zero", "profile-in-region", "profile-only", "zero", "below-default"] {
        assert_eq!(status(&report, check), Status::Passed, "{check}");
    }
}

#[test]
fn expired_credentials_are_the_one_cause() {
    let report = report(scenario("expired"));
    let critical: Vec<_> = report.findings.iter().filter(|f| f.severity == Severity::Critical).collect();
    assert!(matches!(critical.as_slice(), [one] if one.id == "identity-expired"), "{critical:#?}");
}

#[test]
fn keys_that_aws_takes_for_nothing_are_told_once() {
    let report = report(broken(&[("*", tiertop::sim::faults::Kind::NotEnabled)]));
    let troubles: Vec<_> = report.findings.iter().filter(|f| f.severity < Severity::Info).map(|f| f.id).collect();
    assert_eq!(troubles, ["identity-refused"], "{:#?}", report.findings);
}
