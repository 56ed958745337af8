//! tiertop's own calls.

use tiertop::{domain::doctor::finding::Severity, sim::faults::Kind};

use super::{found, report};
use crate::support::{broken, scenario};

#[test]
fn denied_calls_are_one_finding_that_names_the_policy() {
    let report = report(scenario("denied"));
    let denied = found(&report, "own-calls-denied");
    assert_eq!(denied.severity, Severity::Warning);
    assert_eq!(denied.next.command.as_deref(), Some("tiertop iam-policy"));
    assert!(denied.evidence.iter().any(|fact| fact.contains("cloudwatch:GetMetricData")), "{denied:#?}");
}

#[test]
fn a_denial_that_hides_little_is_no_warning() {
    let report = report(broken(&[("bedrock:ListTagsForResource", Kind::Denied)]));
    assert_eq!(found(&report, "own-calls-denied").severity, Severity::Info);
}
