//! The doctor on simulated accounts: what it finds, what it does not, and what it says it could not see.

mod accounts;
mod denials;
mod error;
mod offline;
mod own_calls;
mod quotas;
mod region_zero;
mod screen;

use tiertop::{
    domain::doctor::{
        facts::Asked,
        finding::{Finding, Report, Status},
    },
    sim::scenario::Scenario,
};

use crate::support::{Run, scenario};

/// What the doctor says of an account.
fn report(scenario: Scenario) -> Report {
    Run::examined(scenario, Asked::default(), Vec::new()).report().clone()
}

/// The one finding of this id.
fn found<'a>(report: &'a Report, id: &str) -> &'a Finding {
    let mut found = report.findings.iter().filter(|finding| finding.id == id);
    let first = found.next().unwrap_or_else(|| panic!("no {id} in {:#?}", report.findings));
    assert!(found.next().is_none(), "more than one {id} in {:#?}", report.findings);
    first
}

/// How a check went.
fn status(report: &Report, check: &str) -> Status {
    report.checks.iter().find(|checked| checked.id == check).unwrap_or_else(|| panic!("no check {check}")).status
}

#[test]
fn a_healthy_account_has_no_trouble() {
    let report = report(scenario("healthy"));
    assert_eq!(report.troubles(), 0, "{:#?}", report.findings);
}
