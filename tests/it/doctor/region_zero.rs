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
    assert!(new.story.contains("eu-west-1 is the same"), "{}", new.story);
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
    assert!(lost.story.contains("Likely a hold") && lost.next.text.starts_with("First check"), "{lost:#?}");
    assert_eq!(critical(run.report()), ["region-zero"]);

    let works = Elsewhere { zero: ZeroQuotas { zero: 0, known: 390 }, works: vec!["Claude Sonnet 5".to_owned()] };
    run.state.doctor.questions.elsewhere.insert("us-west-2".into(), Reply::Known(works));
    run.state.examine();
    let elsewhere = found(run.report(), "region-zero").clone();
    assert!(elsewhere.next.text.contains("us-west-2 (for example Claude Sonnet 5)"), "{}", elsewhere.next.text);
    assert!(elsewhere.story.contains("it is not the whole account"), "{}", elsewhere.story);
}
