//! What a scenario breaks on purpose: rules that a call is matched against before its service answers it.

use serde::Deserialize;

/// One way to break calls. The first rule whose `action` matches the call applies.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// `service:Operation`, for example `cloudwatch:GetMetricData`; either half may be `*`.
    pub action: String,
    /// What happens to the call.
    pub kind: Kind,
    /// Share of the calls that it happens to, 0 to 1; drawn from the world's seed and the call's number.
    #[serde(default = "always")]
    pub ratio: f64,
    /// For `Delay`: how long, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
}

fn always() -> f64 {
    1.0
}

/// Kinds of breakage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 403/400 AccessDenied in the service's own form, with AWS's text that names user, action and resource.
    Denied,
    /// ExpiredToken (ExpiredTokenException) in the service's own form.
    Expired,
    /// The service's own throttling error.
    Throttled,
    /// HTTP 500.
    ServerError,
    /// HTTP 503.
    Unavailable,
    /// Right answer after `delay_ms`.
    Delay,
    /// Never answers.
    Hang,
    /// Headers announce the whole body, the connection closes in its middle.
    Truncated,
    /// HTTP 200 with a body that is not what the protocol says (wrong CBOR, broken JSON).
    Malformed,
    /// A NextToken on every page, always the same.
    EndlessToken,
    /// The stream stops in the middle of an event (only for event streams).
    CutStream,
}
