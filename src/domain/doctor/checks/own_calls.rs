//! tiertop's own calls that AWS refuses or that do not come through: what cannot be seen for that reason.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
    },
    error_reader::{self, DeniedBy},
    fault::{Fault, FaultKind, Source},
    snapshot::Provenance,
};

/// See the file's head.
pub(super) struct OwnCalls;

impl Check for OwnCalls {
    fn id(&self) -> &'static str {
        "own-calls"
    }

    fn about(&self) -> &'static str {
        "tiertop's own calls to AWS"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if facts.known.provenance == Provenance::File {
            return Outcome::skipped("files make no calls");
        }
        let faults: Vec<&Fault> = facts
            .sights
            .values()
            .filter_map(|sight| sight.fault.as_ref())
            // Credentials are the identity's own check.
            .filter(|fault| !fault.kind.is_about_credentials())
            .filter(|fault| !is_told_elsewhere(facts, fault))
            .collect();
        let denied: Vec<&Fault> = faults.iter().copied().filter(|fault| fault.kind == FaultKind::Denied).collect();
        let others = faults.iter().filter(|fault| fault.kind != FaultKind::Denied);
        Outcome::of(denials(&denied).into_iter().chain(others.map(|fault| failure(fault))).collect())
    }
}

/// Whether another check tells the one cause: keys that AWS accepts for nothing, or a Region without Bedrock.
fn is_told_elsewhere(facts: &Facts<'_>, fault: &Fault) -> bool {
    fault.kind == FaultKind::Invalid && facts.is_turned_away() || super::region::not_offered(facts) == Some(fault)
}

/// Sources that most checks rest on.
fn matters(fault: &Fault) -> bool {
    matches!(fault.source, Source::Metrics | Source::Discovery | Source::ServiceQuotas | Source::Catalog)
}

fn severity(faults: &[&Fault]) -> Severity {
    if faults.iter().any(|fault| matters(fault)) { Severity::Warning } else { Severity::Info }
}

fn denials(denied: &[&Fault]) -> Option<Finding> {
    let actions: Vec<&str> = denied.iter().flat_map(|fault| fault.actions()).collect();
    let first = denied.first()?;
    let title = match actions.as_slice() {
        [action] => format!("tiertop may not call {action}"),
        actions => format!("tiertop may not make {} of its calls", actions.len()),
    };
    let finding = Finding::new("own-calls-denied", severity(denied), Subject::Account, title)
        .story("What these calls would show is unknown here. That says nothing of your own calls to models: they need other permissions.");
    let finding = denied.iter().fold(finding, |finding, fault| finding.evidence(fault.headline()));
    let finding = finding.evidence(format!("AWS said: {}", first.message));
    let reasons: Vec<DeniedBy> = denied.iter().filter_map(|fault| denied_by(fault)).collect();
    let finding = reasons
        .first()
        .into_iter()
        .fold(finding, |finding, by| finding.evidence(format!("That is: {}.", by.in_words())));
    let of_organisation = reasons.len() == denied.len() && reasons.iter().all(|by| by.is_of_organisation());
    let finding = if of_organisation { finding.not_it("no policy in the account changes that") } else { finding };
    Some(finding.next(next(of_organisation)))
}

/// What AWS says it was that said no.
fn denied_by(fault: &Fault) -> Option<DeniedBy> {
    error_reader::read(&fault.message).mentioned.denied_by
}

fn next(of_organisation: bool) -> Next {
    let text = if of_organisation {
        "Ask the administrator of the organisation to allow these calls; this prints all that tiertop makes."
    } else {
        "Let somebody with the right to do so add these permissions; this prints the whole policy."
    };
    Next::new(text).command("tiertop iam-policy")
}

fn failure(fault: &Fault) -> Finding {
    Finding::new(
        "own-calls-failed",
        severity(&[fault]),
        Subject::Account,
        format!("tiertop cannot reach its {}", fault.headline()),
    )
    .story("What these calls would show is old or unknown here.")
    .evidence(fault.message.clone())
    .next(Next::new(fault.next_step.clone()))
}
