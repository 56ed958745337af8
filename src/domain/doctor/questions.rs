//! What the doctor asks beyond the polling: a few calls that cost nothing or next to nothing, asked when somebody opens it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    fault::Fault,
    ids::{ModelId, Region},
    minute::Minute,
    snapshot::ZeroQuotas,
};

/// Models whose access is asked for at most: one call each, and the control plane's rates are not published.
pub const MODELS_ASKED_AT_MOST: usize = 25;

/// Days that the account's own totals are asked of, by the hour.
pub const LOOK_BACK_DAYS: i64 = 14;

/// An answer, or why there is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Reply<T> {
    /// It was not asked (yet).
    #[default]
    NotAsked,
    /// It could not be answered.
    Failed(Fault),
    /// The answer.
    Known(T),
}

impl<T> Reply<T> {
    /// The answer; None where there is none.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(answer) => Some(answer),
            _ => None,
        }
    }

    /// Why there is none.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Failed(fault) => Some(fault),
            _ => None,
        }
    }
}

impl<T> From<Result<T, Fault>> for Reply<T> {
    fn from(result: Result<T, Fault>) -> Self {
        match result {
            Ok(answer) => Self::Known(answer),
            Err(fault) => Self::Failed(fault),
        }
    }
}

/// Bedrock `GetFoundationModelAvailability`, open strings as AWS writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// `agreementAvailability.status`: `AVAILABLE`, `PENDING`, `NOT_AVAILABLE`, `ERROR`.
    pub agreement: String,
    /// `agreementAvailability.errorMessage`; AWS's own (untrusted) text.
    pub agreement_error: Option<String>,
    /// `authorizationStatus`: `AUTHORIZED`, `NOT_AUTHORIZED`.
    pub authorization: String,
    /// `entitlementAvailability`: `AVAILABLE`, `NOT_AVAILABLE`.
    pub entitlement: String,
    /// `regionAvailability`: `AVAILABLE`, `NOT_AVAILABLE`.
    pub region: String,
}

/// Where Bedrock keeps what is invoked: `GetModelInvocationLoggingConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvocationLogging {
    /// Nowhere.
    Off,
    /// In a log group of CloudWatch Logs, an S3 bucket, or both: their names.
    On {
        /// The log group.
        log_group: Option<String>,
        /// The bucket.
        bucket: Option<String>,
    },
}

/// The account's own totals in its Region over [`LOOK_BACK_DAYS`], from the series without a model. None is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Invocations.
    pub requests: Option<f64>,
    /// Throttled attempts.
    pub throttles: Option<f64>,
    /// Other 4xx.
    pub client_errors: Option<f64>,
    /// 5xx.
    pub server_errors: Option<f64>,
    /// Output tokens: only calls that succeed have any.
    pub output_tokens: Option<f64>,
    /// The first minute of the newest hour with invocations.
    pub last_request: Option<Minute>,
}

/// Another Region's quotas, asked with the user's yes.
#[derive(Debug, Clone, PartialEq)]
pub struct Elsewhere {
    /// How many of its inference quotas are zero.
    pub zero: ZeroQuotas,
    /// Model labels of some on-demand token quotas there that are not zero, as Service Quotas writes them.
    pub works: Vec<String>,
}

/// Everything that was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Questions {
    /// Access to single models.
    pub availability: BTreeMap<ModelId, Reply<Availability>>,
    /// Whether the use-case form was handed in: `GetUseCaseForModelAccess`.
    pub use_case: Reply<bool>,
    /// Whether invocations are logged.
    pub logging: Reply<InvocationLogging>,
    /// The account's totals of the last two weeks.
    pub totals: Reply<Totals>,
    /// Other Regions.
    pub elsewhere: BTreeMap<Region, Reply<Elsewhere>>,
}
