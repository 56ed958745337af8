//! All inference quotas of a Region at 0.

use tiertop::domain::{
    doctor::{
        facts::Asked,
        finding::{Report, Severity, Status},
        questions::{Elsewhere, Reply, Totals},
    },
    minute::Minute,
    snapshot::ZeroQuotas,
};

use super::{found, status};
use crate::support::{Run, scenario};

fn critical(report: &Report) -> Vec<&'static str> {
    report.findings.iter().filter(|f| f.severity == Severity::Critical).map(|f| f.id).collect()
}

/// The pattern of two published dumps of such accounts, and what is known of it beside the quotas one after another.
#[test]
fn the_real_pattern_is_one_critical_finding_in_each_of_its_stories() {
    let mut run = Run::examined(scenario("zero-quota"), Asked::default(), vec!["eu-west-1".into()]);
    let report = run.report().clone();
    assert_eq!(critical(&report), ["region-zero"], "{:#?}", report.findings);
    assert_eq!(report.troubles(), 1, "{:#?}", report.findings);
    let new = found(&report, "region-zero");
    let zero = run.snapshot().zero_quotas.unwrap();
    assert!(new.title.ends_with(&format!("{} of {}", zero.zero, zero.known)), "{}", new.title);
    assert!(new.story.contains("No call has succeeded here in 14 days"), "{}", new.story);
    assert!(new.story.contains("eu-west-1 has quotas above 0, so it is this Region"), "{}", new.story);
    assert!(!new.story.contains("Free plan"), "another Region works: {}", new.story);
    assert!(
        new.evidence
            .iter()
            .any(|fact| fact.contains("Jamba 1.5 Large, in-Region, tokens per minute: 3,000 of 300,000"))
    );
    assert!(new.evidence.iter().any(|fact| fact.contains("batch inference") && fact.contains("agents")));
    assert!(new.next.copied().is_some_and(|case| case.contains("Account: 111122223333")));
    assert_eq!((status(&report, "zero"), status(&report, "below-default")), (Status::Skipped, Status::Skipped));

    let hour = Minute::of(run.now()) - 300;
    run.state.doctor.questions.totals =
        Reply::Known(Totals { output_tokens: Some(5.0), last_request: Some(hour), ..Totals::default() });
    run.state.examine();
    let lost = found(run.report(), "region-zero").clone();
    assert!(
        lost.story.contains("It worked here before") && lost.next.text.contains("First check the account's mail"),
        "{lost:#?}"
    );
    assert_eq!(critical(run.report()), ["region-zero"]);

    let same = || Reply::Known(Elsewhere { zero: ZeroQuotas { zero: 390, known: 397 }, works: Vec::new() });
    let elsewhere = &mut run.state.doctor.questions.elsewhere;
    elsewhere.insert("us-west-2".into(), same());
    run.state.examine();
    let both = found(run.report(), "region-zero").clone();
    assert!(both.story.contains("us-west-2 is the same, eu-west-1 has quotas above 0"), "{}", both.story);
    run.state.doctor.questions.elsewhere.insert("eu-west-1".into(), same());
    run.state.examine();
    let account = found(run.report(), "region-zero").clone();
    assert!(account.story.contains("Likely a hold") && account.story.contains("the account"), "{}", account.story);
    assert!(!account.next.text.contains("Not 0 now"), "{}", account.next.text);
}
