//! What a scenario says of models that may not be called: how long they live, access to them, how the account stands; and where invocations are logged.

use serde::Deserialize;

/// A model's life, in days from the world's start: negative ones are past.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifecycle {
    /// `ACTIVE` or `LEGACY`; unset, as the table of models says.
    #[serde(default)]
    pub status: Option<String>,
    /// When it became or becomes Legacy.
    #[serde(default)]
    pub legacy_days: Option<f64>,
    /// When its extended access began or begins.
    #[serde(default)]
    pub extended_days: Option<f64>,
    /// When it came or comes to its end: calls are refused from then on.
    #[serde(default)]
    pub end_days: Option<f64>,
    /// Legacy, and closed for this account, which had not called it for a month.
    #[serde(default)]
    pub locked_out: bool,
}

/// Access to a model, in the words of `GetFoundationModelAvailability`. What is not `AVAILABLE` or `AUTHORIZED` refuses calls.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// `AVAILABLE`, `PENDING`, `NOT_AVAILABLE` or `ERROR`.
    #[serde(default = "available")]
    pub agreement: String,
    /// What is wrong with the agreement.
    #[serde(default)]
    pub agreement_error: Option<String>,
    /// `AUTHORIZED` or `NOT_AUTHORIZED`.
    #[serde(default = "authorized")]
    pub authorization: String,
    /// `AVAILABLE` or `NOT_AVAILABLE`.
    #[serde(default = "available")]
    pub entitlement: String,
    /// `AVAILABLE` or `NOT_AVAILABLE`.
    #[serde(default = "available")]
    pub region: String,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            agreement: available(),
            agreement_error: None,
            authorization: authorized(),
            entitlement: available(),
            region: available(),
        }
    }
}

fn available() -> String {
    "AVAILABLE".to_owned()
}

fn authorized() -> String {
    "AUTHORIZED".to_owned()
}

/// Where invocations are logged.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// A log group of `CloudWatch` Logs.
    #[serde(default)]
    pub log_group: Option<String>,
    /// An S3 bucket.
    #[serde(default)]
    pub bucket: Option<String>,
}

/// How the account stands with AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing is held against it.
    #[default]
    Good,
    /// It is being verified: every call is refused.
    Verifying,
    /// It is closed for Bedrock: every call is refused.
    Blocked,
}

/// How calls change from a minute on, as factors.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// The minute, from the world's start.
    pub minute: i64,
    /// On the length of answers.
    #[serde(default = "one")]
    pub output: f64,
    /// On the tokens per second.
    #[serde(default = "one")]
    pub speed: f64,
    /// On the time to the first token.
    #[serde(default = "one")]
    pub ttft: f64,
}

fn one() -> f64 {
    1.0
}
