//! The whole report: what findings say together, and what they say when only a part of the account can be seen.

use super::{
    examine,
    facts::Sight,
    finding::{Report, Severity, Status},
    testing::{FAIL, Fixture, SUCCEED, THROTTLED, fault},
};
use crate::domain::{
    catalog::Listing,
    discovery::Discovery,
    fault::{FaultKind, Source},
};

const CLAUDE: &str = "us.anthropic.claude-sonnet-5";

fn report(fixture: &Fixture) -> Report {
    fixture.facts(examine)
}

/// The account as it is seen without these sources: what they would have told is not known.
fn without(mut fixture: Fixture, hidden: &[Source]) -> Fixture {
    for source in hidden {
        match source {
            Source::Catalog => fixture.listing = Listing::default(),
            Source::ServiceQuotas => fixture.table = None,
            Source::Discovery => (fixture.discovery, fixture.calls) = (Discovery::default(), Vec::new()),
            Source::Metrics => fixture.calls = Vec::new(),
            _ => {}
        }
        let denied = fault(*source, FaultKind::Denied, "service:Action");
        fixture.sights.insert(*source, Sight { fault: Some(denied), ..Sight::default() });
    }
    fixture
}

/// Every choice of what is hidden.
fn choices() -> Vec<Vec<Source>> {
    let hideable = [Source::Identity, Source::Catalog, Source::ServiceQuotas, Source::Discovery, Source::Metrics];
    (0..1_u32 << hideable.len())
        .map(|bits| {
            let chosen = hideable.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
            chosen.map(|(_, source)| *source).collect()
        })
        .collect()
}

#[test]
fn a_well_account_has_no_trouble_however_little_of_it_is_seen() {
    for hidden in choices() {
        let well = Fixture::new().calls(CLAUDE, SUCCEED).calls("amazon.nova-lite-v1:0", SUCCEED);
        let report = report(&without(well, &hidden));
        let troubles: Vec<_> =
            report.findings.iter().filter(|f| f.severity < Severity::Info && f.id != "own-calls-denied").collect();
        assert!(troubles.is_empty(), "{hidden:?}: {troubles:#?}");
    }
}

#[test]
fn no_check_passes_that_could_not_look() {
    let needs = [
        (Source::Identity, "identity"),
        (Source::Catalog, "region"),
        (Source::Catalog, "lifecycle"),
        (Source::Catalog, "profile-only"),
        (Source::Catalog, "profile-in-region"),
        (Source::ServiceQuotas, "region-zero"),
        (Source::ServiceQuotas, "zero"),
        (Source::ServiceQuotas, "below-default"),
        (Source::ServiceQuotas, "unread-quotas"),
    ];
    for hidden in choices() {
        let report = report(&without(Fixture::new().calls(CLAUDE, SUCCEED), &hidden));
        for (_, id) in needs.iter().filter(|(source, _)| hidden.contains(source)) {
            let check = report.checks.iter().find(|check| check.id == *id).unwrap();
            assert_eq!(check.status, Status::Unknown, "{hidden:?}: {check:?}");
            assert_eq!(check.needs, ["service:Action"], "{hidden:?}");
        }
    }
}

#[test]
fn a_blocked_region_is_one_critical_finding_however_little_else_is_seen() {
    for hidden in choices().into_iter().filter(|hidden| !hidden.contains(&Source::ServiceQuotas)) {
        let blocked = without(Fixture::new().blocked().calls(CLAUDE, THROTTLED), &hidden);
        let report = report(&blocked);
        let critical: Vec<_> = report.findings.iter().filter(|f| f.severity == Severity::Critical).collect();
        assert!(matches!(critical.as_slice(), [one] if one.id == "region-zero"), "{hidden:?}: {critical:#?}");
    }
}

#[test]
fn one_cause_is_told_once() {
    let eu = "eu.anthropic.claude-sonnet-5";
    let report = report(&Fixture::new().calls(eu, FAIL).asking(eu));
    let about: Vec<_> = report.findings.iter().filter(|f| f.severity < Severity::Info).map(|f| f.id).collect();
    assert_eq!(about, ["profile-not-in-region"], "{:#?}", report.findings);
}
