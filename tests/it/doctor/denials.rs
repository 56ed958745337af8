//! Whatever permissions are missing, the report stays true: it says less, and nothing else.

use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::TestRunner};
use tiertop::{
    domain::{
        doctor::{
            facts::Asked,
            finding::{Finding, Report, Status, Subject},
        },
        permissions::{DOCTOR, READING},
    },
    sim::{
        faults::{Kind, Rule},
        scenario::Scenario,
    },
};

use crate::support::{Run, scenario};

/// What a check cannot pass without. A check that is not named here is held to the other rules alone.
const NEEDS: [(&str, &[&str]); 7] = [
    ("region-zero", &["servicequotas:ListServiceQuotas"]),
    ("zero", &["servicequotas:ListServiceQuotas"]),
    ("below-default", &["servicequotas:ListServiceQuotas"]),
    ("unread-quotas", &["servicequotas:ListServiceQuotas"]),
    ("lifecycle", &["bedrock:ListFoundationModels"]),
    ("access", &["bedrock:GetFoundationModelAvailability"]),
    ("use-case-form", &["bedrock:GetUseCaseForModelAccess"]),
];

fn report(scenario: Scenario) -> Report {
    let error = "An error occurred (ThrottlingException) when calling the Converse operation: Too many tokens, please wait before trying again.";
    let asked = Asked { model: None, error: Some(error.to_owned()) };
    Run::examined(scenario, asked, Vec::new()).report().clone()
}

fn without(name: &str, denied: &BTreeSet<&str>) -> Report {
    let rule = |action: &&str| Rule { action: (*action).to_owned(), kind: Kind::Denied, ratio: 1.0, delay_ms: 0 };
    let given = scenario(name);
    report(Scenario { faults: denied.iter().map(rule).collect(), ..given })
}

/// Whether a report says the same of the same. The error is always told; of what cannot be seen it names more causes.
fn says(report: &Report, finding: &Finding) -> bool {
    let is_same = |other: &Finding| {
        other.id == finding.id && (other.subject == finding.subject || matches!(finding.subject, Subject::Error))
    };
    report.findings.iter().any(is_same)
}

fn holds_true(name: &str, full: &Report, denied: &BTreeSet<&str>) {
    let reduced = without(name, denied);
    for finding in &reduced.findings {
        let of_own_calls = finding.id.starts_with("own-calls");
        assert!(of_own_calls || says(full, finding), "{name} without {denied:?} says what is not so: {finding:#?}");
    }
    assert_eq!(reduced.checks.len(), full.checks.len());
    for (check, whole) in reduced.checks.iter().zip(&full.checks) {
        let lacks =
            NEEDS.iter().any(|(id, needs)| *id == check.id && needs.iter().any(|action| denied.contains(action)));
        if check.status == Status::Passed {
            assert!(!lacks, "{name} without {denied:?}: {} passed without what it needs", check.id);
            assert_ne!(
                whole.status,
                Status::Finding,
                "{name} without {denied:?}: {} passed, and all is not well",
                check.id
            );
        }
        let unseen = check.status == Status::Unknown;
        assert!(
            !unseen || check.reason.is_some(),
            "{name} without {denied:?}: {} does not say why it could not look",
            check.id
        );
    }
    let own = reduced.findings.iter().any(|finding| finding.id == "own-calls-denied");
    assert_eq!(
        own,
        denied.iter().any(|action| READING.contains(action) && *action != "bedrock:ListTagsForResource") || own,
        "{denied:?}"
    );
}

#[test]
fn any_subset_of_denied_permissions_still_gives_a_true_report() {
    let all: Vec<&str> = READING.iter().chain(&DOCTOR).copied().collect();
    let worlds = ["zero-quota", "full", "no-access"].map(|name| (name, report(scenario(name))));
    let single = all.iter().map(|action| BTreeSet::from([*action]));
    for (index, denied) in single.chain([all.iter().copied().collect()]).enumerate() {
        let (name, full) = &worlds[index % worlds.len()];
        holds_true(name, full, &denied);
    }
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() });
    let cases = (prop::sample::subsequence(all.clone(), 1..all.len()), 0..worlds.len());
    let run = runner.run(&cases, |(denied, world)| {
        let (name, full) = &worlds[world];
        holds_true(name, full, &denied.into_iter().collect());
        Ok(())
    });
    run.unwrap();
}
