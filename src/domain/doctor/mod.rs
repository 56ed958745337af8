//! The doctor: from "it doesn't work" to one cause, its evidence and one next step.
//!
//! Pure: [`Facts`] go in, a [`Report`] comes out. Each check is one file in [`checks`] and looks at one kind of trouble. What several checks need to agree on is
//! derived once ([`zero`], [`refusal`]), so that findings cannot contradict each other: each pool's refusals have one cause, and a zero of the whole Region
//! stands for every single zero.
//!
//! A check that cannot see says so, and which permission would let it: no finding rests on something that was not seen.

pub mod asking;
pub mod case;
pub mod census;
pub mod checks;
pub mod facts;
pub mod finding;
pub mod questions;
pub mod refusal;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod traffic;
pub mod uses;
pub mod ways;
pub mod words;
pub mod zero;

use facts::Facts;
use finding::{Checked, Outcome, Report};

/// One kind of trouble that is looked for.
pub trait Check: Sync {
    /// Its name in exports: stable, in lower case with hyphens.
    fn id(&self) -> &'static str;

    /// What it looks at, as few words as a list of checks has room for: `Quotas of zero in the whole Region`.
    fn about(&self) -> &'static str;

    /// Looks.
    fn examine(&self, facts: &Facts<'_>) -> Outcome;
}

/// Looks at everything. Findings are in the order in which a reader needs them: by severity, then by how much else a check's findings explain
/// (the order of [`checks::ALL`]).
#[must_use]
pub fn examine(facts: &Facts<'_>) -> Report {
    let (mut findings, mut checked) = (Vec::new(), Vec::new());
    for check in checks::ALL {
        let outcome = check.examine(facts);
        let found = outcome.findings.into_iter().filter(|finding| facts.concerns(&finding.subject));
        let before = findings.len();
        findings.extend(found);
        let status = outcome.status.after_filter(findings.len() > before);
        checked.push(Checked {
            id: check.id(),
            about: check.about(),
            status,
            reason: outcome.reason,
            needs: outcome.needs,
        });
    }
    // Stable: within a severity the order of the checks stands.
    findings.sort_by_key(|finding| finding.severity);
    Report { findings, checks: checked }
}
