//! `tiertop.doctor/1`: what the doctor says, as JSON. Unknown is null.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{
    doctor::finding::{Checked, Finding, Report, Severity, Status, Subject},
    ids::AccountId,
    minute::Minute,
    snapshot::{Provenance, Snapshot},
};

/// The schema's name and version. A change that breaks a reader raises the number.
pub const SCHEMA: &str = "tiertop.doctor/1";

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    region: Option<&'a str>,
    account: Option<&'a str>,
    source: Provenance,
    as_of: Option<Timestamp>,
    data_through: Option<Timestamp>,
    findings: Vec<FindingOut<'a>>,
    checks: Vec<CheckOut<'a>>,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct FindingOut<'a> {
    id: &'static str,
    severity: Severity,
    subject: SubjectOut<'a>,
    title: &'a str,
    story: &'a str,
    evidence: &'a [String],
    not_it: &'a [String],
    next: NextOut<'a>,
}

/// Whom a finding is about: what kind of thing, and its id where it has one.
#[derive(Debug, Serialize)]
struct SubjectOut<'a> {
    kind: &'static str,
    id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct NextOut<'a> {
    text: &'a str,
    command: Option<&'a str>,
    url: Option<&'a str>,
    copy: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct CheckOut<'a> {
    id: &'static str,
    about: &'static str,
    status: Status,
    reason: Option<&'a str>,
    needs: &'a [String],
}

/// The document of a report. `notes`: what the reader should know beside it.
#[must_use]
pub fn document<'a>(report: &'a Report, known: &'a Snapshot, notes: &'a [String]) -> Document<'a> {
    Document {
        schema: SCHEMA,
        // Files need not say which Region they are of.
        region: Some(known.region.as_str()).filter(|region| !region.is_empty()),
        account: known.account.as_ref().map(AccountId::as_str),
        source: known.provenance,
        // Files do not say when they were made.
        as_of: Some(known.as_of).filter(|_| known.provenance != Provenance::File),
        data_through: known.data_through.map(Minute::end),
        findings: report.findings.iter().map(finding).collect(),
        checks: report.checks.iter().map(check).collect(),
        notes,
    }
}

fn finding(finding: &Finding) -> FindingOut<'_> {
    let next = &finding.next;
    FindingOut {
        id: finding.id,
        severity: finding.severity,
        subject: subject(&finding.subject),
        title: &finding.title,
        story: &finding.story,
        evidence: &finding.evidence,
        not_it: &finding.not_it,
        next: NextOut {
            text: &next.text,
            command: next.command.as_deref(),
            url: next.url.as_deref(),
            copy: next.copy.as_deref(),
        },
    }
}

fn subject(subject: &Subject) -> SubjectOut<'_> {
    let (kind, id) = match subject {
        Subject::Account => ("account", None),
        Subject::Model(id) => ("model", Some(id.as_str())),
        Subject::Endpoint(id, _) => ("endpoint", Some(id.as_str())),
        Subject::Pool(id, _) => ("pool", Some(id.as_str())),
        Subject::Quota(code, _) => ("quota", Some(code.as_str())),
        Subject::Error => ("error", None),
    };
    SubjectOut { kind, id }
}

fn check(check: &Checked) -> CheckOut<'_> {
    CheckOut {
        id: check.id,
        about: check.about,
        status: check.status,
        reason: check.reason.as_deref(),
        needs: &check.needs,
    }
}
