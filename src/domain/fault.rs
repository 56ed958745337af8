//! What can go wrong, in the user's words: one vocabulary for every source. `aws::fault` makes these from SDK errors, in one place.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where numbers come from. Each fails on its own; the rest goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Who we are: STS `GetCallerIdentity`.
    Identity,
    /// Models and profiles: the Bedrock control plane.
    Catalog,
    /// Tags of application profiles: Bedrock `ListTagsForResource`.
    Tags,
    /// Which series exist: CloudWatch ListMetrics.
    Discovery,
    /// The series' values: CloudWatch GetMetricData.
    Metrics,
    /// Applied and default quotas: Service Quotas.
    ServiceQuotas,
    /// What the doctor asks of the Bedrock control plane: model access, the use-case form, invocation logging.
    Access,
    /// tiertop's own cache on disk.
    Cache,
}

impl Source {
    /// Every source that AWS answers.
    pub const ALL: [Self; 6] =
        [Self::Identity, Self::Catalog, Self::Tags, Self::Discovery, Self::Metrics, Self::ServiceQuotas];

    /// The name in exports and on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Catalog => "catalog",
            Self::Tags => "tags",
            Self::Discovery => "discovery",
            Self::Metrics => "metrics",
            Self::ServiceQuotas => "service-quotas",
            Self::Access => "model-access",
            Self::Cache => "cache",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// IAM (or an SCP) does not allow the action.
    Denied,
    /// Credentials were there and are not valid any more.
    Expired,
    /// No credentials were found, or their provider failed.
    NoCredentials,
    /// AWS slowed us down; retried with back-off.
    Throttled,
    /// No answer: DNS, connection, TLS, time-out.
    Unreachable,
    /// The service does not exist in this Region.
    NotOffered,
    /// AWS understood the request and refused it as wrong.
    Invalid,
    /// Anything else: 5xx, a cut or malformed answer.
    Unexpected,
}

impl FaultKind {
    /// The name in exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::NoCredentials => "no-credentials",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::NotOffered => "not-offered",
            Self::Invalid => "invalid",
            Self::Unexpected => "unexpected",
        }
    }

    /// Whether somebody has to sign in.
    #[must_use]
    pub fn is_about_credentials(self) -> bool {
        matches!(self, Self::Expired | Self::NoCredentials)
    }

    /// Whether asking again may help without anybody doing anything.
    #[must_use]
    pub fn passes(self) -> bool {
        matches!(self, Self::Throttled | Self::Unreachable | Self::Unexpected)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that went wrong: what, where, and the one next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Which source failed.
    pub source: Source,
    /// How.
    pub kind: FaultKind,
    /// The IAM action of the call, for example `cloudwatch:GetMetricData`; None where no call was made.
    pub action: Option<String>,
    /// What happened, one sentence, without credentials. May hold AWS's own (untrusted) text.
    pub message: String,
    /// One thing to do, a command where there is one.
    pub next_step: String,
}

impl Fault {
    /// Several faults of one source as one: the worst kind's, with every action that it names. None where there are none.
    #[must_use]
    pub fn merged(faults: Vec<Self>) -> Option<Self> {
        let worst = faults.iter().map(|fault| fault.kind).min()?;
        let mut same = faults.into_iter().filter(|fault| fault.kind == worst);
        let mut merged = same.next()?;
        for fault in same {
            let known = merged.action.as_deref().unwrap_or_default().split(", ").map(str::to_owned).collect::<Vec<_>>();
            match (&mut merged.action, fault.action) {
                (Some(action), Some(other)) if !known.contains(&other) => {
                    action.push_str(", ");
                    action.push_str(&other);
                }
                (action @ None, other) => *action = other,
                _ => {}
            }
        }
        Some(merged)
    }

    /// The IAM actions that it names.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.action.as_deref().unwrap_or_default().split(", ").filter(|action| !action.is_empty())
    }

    /// `metrics denied: needs cloudwatch:GetMetricData`, for a header or a log line.
    #[must_use]
    pub fn headline(&self) -> String {
        match (self.kind, &self.action) {
            (FaultKind::Denied, Some(action)) => format!("{} denied: needs {action}", self.source),
            (kind, Some(action)) => format!("{} {kind}: {action}", self.source),
            (kind, None) => format!("{} {kind}", self.source),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {} {}", self.headline(), self.message, self.next_step)
    }
}
