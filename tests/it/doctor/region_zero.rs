//! All inference quotas of a Region at 0.

use std::fs;

use tiertop::{
    domain::doctor::{
        facts::Asked,
        finding::{Severity, Status},
    },
    sim::scenario::Scenario,
};

use super::{found, report, status};
use crate::support::{Run, scenario};

#[test]
fn probe() {
    let report = report(scenario("zero-quota"));
    fs::write("/tmp/chk1_probe.txt", format!("{report:#?}")).unwrap();
    let mut run = Run::examined(scenario("healthy"), Asked::default(), Vec::new());
    run.state.examine();
    fs::write("/tmp/chk1_probe2.txt", format!("{:#?}", run.report())).unwrap();
    let _ = (found(&report, "region-zero"), status(&report, "zero"), Status::Passed, Severity::Info);
    let _ = Scenario::parse("x", "about = 'x'");
}
