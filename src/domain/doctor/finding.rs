//! What the doctor says: findings with their evidence and one next step, and how each check went.

use serde::{Deserialize, Serialize};

use crate::domain::{
    fault::{Fault, FaultKind},
    ids::{EndpointId, ModelId, PoolId, QuotaCode},
};

/// How bad a finding is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Calls cannot succeed.
    Critical,
    /// Some calls fail, or soon will, or something is not as it was meant.
    Warning,
    /// Worth knowing; nothing is wrong.
    Info,
}

impl Severity {
    /// The name in exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// Whom a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The whole account in its Region, or who asks.
    Account,
    /// A base model.
    Model(ModelId),
    /// An endpoint: a model, a profile, or an id that only CloudWatch knows.
    Endpoint(EndpointId, Option<ModelId>),
    /// Everybody who draws on one quota.
    Pool(PoolId, Option<ModelId>),
    /// A quota and the models whose calls draw on it.
    Quota(QuotaCode, Vec<ModelId>),
    /// An error that the user gave.
    Error,
}

/// What to do next: one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Next {
    /// One sentence.
    pub text: String,
    /// A command for a shell; None where there is none.
    pub command: Option<String>,
    /// A page.
    pub url: Option<String>,
    /// A text to paste, for example into a support case. Where it is None, the command is what is copied.
    pub copy: Option<String>,
}

impl Next {
    /// A sentence alone.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// With a command.
    #[must_use]
    pub fn command(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }

    /// With a page; None leaves it without.
    #[must_use]
    pub fn url(self, url: Option<String>) -> Self {
        Self { url, ..self }
    }

    /// With a text to paste.
    #[must_use]
    pub fn copy(self, copy: impl Into<String>) -> Self {
        Self { copy: Some(copy.into()), ..self }
    }

    /// What `y` copies: the text to paste, else the command, else the page; None where there is nothing but the sentence.
    #[must_use]
    pub fn copied(&self) -> Option<&str> {
        self.copy.as_deref().or(self.command.as_deref()).or(self.url.as_deref())
    }
}

/// One cause, its evidence, and one next step. Holds untrusted text: names and AWS's own sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which finding it is: stable, in lower case with hyphens. The check's id, or that and more.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Whom it is about.
    pub subject: Subject,
    /// What is the matter, as short as a line of a list: `Sonnet 4.5 us: throttled at 38% use`.
    pub title: String,
    /// Why, in a sentence or two, for a tired reader. What is likely is called likely.
    pub story: String,
    /// What that rests on: one fact each, with its number.
    pub evidence: Vec<String>,
    /// What it is not, or what will not help.
    pub not_it: Vec<String>,
    /// What to do.
    pub next: Next,
}

impl Finding {
    /// A finding without evidence yet.
    #[must_use]
    pub fn new(id: &'static str, severity: Severity, subject: Subject, title: impl Into<String>) -> Self {
        Self {
            id,
            severity,
            subject,
            title: title.into(),
            story: String::new(),
            evidence: Vec::new(),
            not_it: Vec::new(),
            next: Next::default(),
        }
    }

    /// With its cause.
    #[must_use]
    pub fn story(self, story: impl Into<String>) -> Self {
        Self { story: story.into(), ..self }
    }

    /// With one more fact.
    #[must_use]
    pub fn evidence(mut self, fact: impl Into<String>) -> Self {
        self.evidence.push(fact.into());
        self
    }

    /// With one more thing that it is not.
    #[must_use]
    pub fn not_it(mut self, what: impl Into<String>) -> Self {
        self.not_it.push(what.into());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn next(self, next: Next) -> Self {
        Self { next, ..self }
    }
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It looked, and all is well.
    Passed,
    /// It found something.
    Finding,
    /// There was nothing to look at, or nothing to look with was given.
    Skipped,
    /// It could not look.
    Unknown,
}

impl Status {
    /// A check whose findings are all about others than whom the user asked about has passed for them.
    pub(super) fn after_filter(self, any: bool) -> Self {
        if self == Self::Finding && !any { Self::Passed } else { self }
    }
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it went.
    pub status: Status,
    /// Why it was skipped or is unknown; beside passed and finding, what could not be seen.
    pub reason: Option<String>,
    /// The IAM actions that would let it see the rest.
    pub needs: Vec<String>,
    /// What it found.
    pub findings: Vec<Finding>,
}

impl Outcome {
    /// Findings; passed where there are none.
    #[must_use]
    pub fn of(findings: Vec<Finding>) -> Self {
        let status = if findings.is_empty() { Status::Passed } else { Status::Finding };
        Self { status, reason: None, needs: Vec::new(), findings }
    }

    /// All is well.
    #[must_use]
    pub fn passed() -> Self {
        Self::of(Vec::new())
    }

    /// There was nothing to look at.
    #[must_use]
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self { status: Status::Skipped, reason: Some(reason.into()), needs: Vec::new(), findings: Vec::new() }
    }

    /// It could not be seen, for a reason that is no fault.
    #[must_use]
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self { status: Status::Unknown, ..Self::skipped(reason) }
    }

    /// It could not be seen because a call failed.
    #[must_use]
    pub fn unseen(fault: &Fault) -> Self {
        let mut outcome = Self::unknown(fault.headline());
        if fault.kind == FaultKind::Denied {
            outcome.needs = fault.actions().map(str::to_owned).collect();
        }
        outcome
    }

    /// With what it could not see beside what it did see. A check that found nothing and did not see all is unknown, never passed.
    #[must_use]
    pub fn but(self, unseen: Option<Self>) -> Self {
        let Some(unseen) = unseen else { return self };
        let status = match self.status {
            Status::Finding => Status::Finding,
            _ => unseen.status,
        };
        Self { status, reason: unseen.reason, needs: unseen.needs, findings: self.findings }
    }
}

/// One check of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its name in exports.
    pub id: &'static str,
    /// What it looks at.
    pub about: &'static str,
    /// How it went.
    pub status: Status,
    /// Why, where that needs saying.
    pub reason: Option<String>,
    /// The IAM actions that would let it see.
    pub needs: Vec<String>,
}

/// Everything that the doctor says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Findings, worst first.
    pub findings: Vec<Finding>,
    /// Every check.
    pub checks: Vec<Checked>,
}

impl Report {
    /// How many findings are critical or warnings.
    #[must_use]
    pub fn troubles(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity < Severity::Info).count()
    }

    /// How many checks went so.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.checks.iter().filter(|check| check.status == status).count()
    }

    /// Whether any check could look at all.
    #[must_use]
    pub fn saw_anything(&self) -> bool {
        self.count(Status::Passed) + self.count(Status::Finding) > 0
    }
}
