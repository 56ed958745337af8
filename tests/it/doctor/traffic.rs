//! Refusals, tiers, latency, errors and metrics: each check finds its trouble on an account that has it, and nothing on one that has not.

use tiertop::domain::doctor::finding::{Severity, Status};

use super::{found, report, status};
use crate::support::scenario;

/// Checks on traffic, of which none finds anything to mend on a working account.
const CHECKS: [&str; 12] = [
    "daily-quota",
    "throttled-full",
    "throttled-spare",
    "throttled-unknown",
    "capacity",
    "client-errors",
    "latency",
    "tier-served",
    "reserved-overflow",
    "tier-support",
    "metrics",
    "other-quota",
];

#[test]
fn each_trouble_is_found_once_and_explained_by_one_check_alone() {
    for (name, id, subject) in [
        ("throttled", "throttled-spare", "Sonnet 4.5"),
        ("burst", "throttled-spare", "Sonnet 4.6"),
        ("full", "throttled-full", "Sonnet 4.6"),
        ("daily", "daily-quota", "Nova 2 Lite"),
        ("capacity", "capacity", "Opus 4.6"),
        ("client-errors", "client-errors", "Nova 2 Lite"),
        ("downgrade", "tier-served", "Nova 2 Lite"),
        ("reserved-spill", "reserved-overflow", "Haiku 4.5"),
        ("long-context", "other-quota", "Sonnet 4.5"),
        ("late-data", "metrics-late", "no traffic of any endpoint"),
    ] {
        let report = report(scenario(name));
        let finding = found(&report, id);
        assert_eq!(finding.severity, Severity::Warning, "{name}: {finding:#?}");
        assert!(finding.title.contains(subject), "{name}: {}", finding.title);
        assert!(!finding.story.is_empty() && !finding.evidence.is_empty() && !finding.next.text.is_empty(), "{name}");
        assert_eq!(report.troubles(), 1, "{name}: {:#?}", report.findings);
    }
}

#[test]
fn a_working_account_passes_or_has_nothing_to_look_at() {
    let report = report(scenario("healthy"));
    for check in CHECKS {
        let status = status(&report, check);
        assert!(matches!(status, Status::Passed | Status::Skipped | Status::Finding), "{check}: {status:?}");
    }
    assert_eq!(report.troubles(), 0);
}

#[test]
fn what_is_slow_is_told_by_the_part_that_grew() {
    let report = report(scenario("slower"));
    let stories: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.id == "latency")
        .map(|finding| finding.story.as_str())
        .collect();
    assert_eq!(stories.len(), 3, "{:#?}", report.findings);
    for part in ["longer answers", "slower tokens", "longer wait"] {
        assert!(stories.iter().any(|story| story.contains(part)), "{part}: {stories:#?}");
    }
}

#[test]
fn mantle_s_refusals_are_said_to_be_unseen_and_nobody_s_elsewhere() {
    let mantle = report(scenario("mantle"));
    assert_eq!(found(&mantle, "mantle-blind").severity, Severity::Info);
    assert_eq!(mantle.troubles(), 0, "{:#?}", mantle.findings);
    assert_eq!(status(&report(scenario("full")), "mantle-blind"), Status::Skipped);
}

#[test]
fn without_metrics_nothing_is_said_to_be_well() {
    let denied = report(scenario("denied"));
    for check in CHECKS {
        assert_eq!(status(&denied, check), Status::Unknown, "{check}");
    }
}
