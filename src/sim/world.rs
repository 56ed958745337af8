//! The simulated account itself: what exists in it, what its traffic was in any minute, and what a call does to it.
//!
//! Times are Unix seconds, UTC. Everything is a function of the scenario's seed and the time, so any window can be asked in any order;
//! only test calls ([`World::invoke`]) are stored.

use std::collections::BTreeMap;

use super::scenario::Scenario;

/// A foundation model as ListFoundationModels shows it.
#[derive(Debug, Clone)]
pub struct Model {
    pub model_id: String,
    pub name: String,
    pub provider: String,
    pub input_modalities: Vec<String>,
    pub output_modalities: Vec<String>,
    pub streaming: bool,
    /// `ON_DEMAND`, `PROVISIONED`, `INFERENCE_PROFILE`: open strings.
    pub inference_types: Vec<String>,
    /// `ACTIVE` or `LEGACY`.
    pub lifecycle: String,
    /// Offered on the mantle endpoint only: not in ListFoundationModels, metrics in `AWS/BedrockMantle`.
    pub mantle_only: bool,
    /// Longest answer in tokens: what an unset `max_tokens` reserves.
    pub max_output: u64,
    /// Output multiplier of the quota, from the real table.
    pub burndown: f64,
    /// Tiers the model takes (wire names); others fail.
    pub tiers: Vec<String>,
}

/// An inference profile, system-defined or application.
#[derive(Debug, Clone)]
pub struct Profile {
    /// `us.…`, `global.…`, or the application profile's short id.
    pub id: String,
    pub arn: String,
    pub name: String,
    pub description: String,
    /// `SYSTEM_DEFINED` or `APPLICATION`.
    pub kind: String,
    /// ARNs of the models it routes to.
    pub model_arns: Vec<String>,
    pub created_at: i64,
    pub tags: BTreeMap<String, String>,
}

/// A quota; `applied` is None where only a default exists (then ListServiceQuotas does not show it).
#[derive(Debug, Clone)]
pub struct Quota {
    pub code: String,
    pub name: String,
    pub description: String,
    pub applied: Option<f64>,
    pub default: f64,
    pub adjustable: bool,
    /// `ErrorReason` (code, message) that Service Quotas gives for it.
    pub error_reason: Option<(String, String)>,
}

/// One CloudWatch series: what it is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    pub namespace: String,
    pub metric: String,
    /// (name, value), in the order CloudWatch shows them.
    pub dimensions: Vec<(String, String)>,
}

/// A call of Converse, ConverseStream or InvokeModel.
#[derive(Debug, Clone)]
pub struct Call {
    /// Model id, profile id or ARN as sent.
    pub model_id: String,
    /// Tier as sent, None where the field was missing.
    pub tier: Option<String>,
    pub prompt: String,
    pub max_tokens: Option<u64>,
    pub streaming: bool,
}

/// An answer to a [`Call`].
#[derive(Debug, Clone)]
pub struct Reply {
    /// The answer in pieces, as a stream would send them.
    pub pieces: Vec<String>,
    /// From the request to the first piece.
    pub ttft_ms: u64,
    /// From the request to the end.
    pub latency_ms: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cache_read_tokens: u64,
    pub cache_write_tokens: u64,
    /// `end_turn` or `max_tokens`.
    pub stop_reason: String,
    /// Tier that the answer names; None where Bedrock would not say.
    pub served_tier: Option<String>,
}

/// A call refused, as the runtime says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    /// Exception name, for example `ThrottlingException`.
    pub exception: String,
    pub message: String,
}

/// The account.
#[derive(Debug)]
pub struct World {
    scenario: Scenario,
}

impl World {
    /// The account of a scenario.
    pub fn new(scenario: Scenario) -> Self {
        Self { scenario }
    }
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }
    /// Twelve digits.
    pub fn account(&self) -> &str {
        "111122223333"
    }
    pub fn region(&self) -> &str {
        "us-east-1"
    }
    pub fn models(&self) -> &[Model] {
        &[]
    }
    pub fn profiles(&self) -> &[Profile] {
        &[]
    }
    pub fn quotas(&self) -> &[Quota] {
        &[]
    }
    /// The series that ListMetrics shows at `now`: data in the last two weeks (three hours with `recently_active`), new ones up to 15 minutes late.
    pub fn list_metrics(&self, _now: i64, _recently_active: bool) -> Vec<Series> {
        Vec::new()
    }
    /// Points (start of the period, value) of a series in `[start, end)`, oldest first, none where CloudWatch has none; only what is published at `now` (a minute appears 1 to 3 minutes late and is revised once).
    /// `statistic`: Sum, Average, Minimum, Maximum, SampleCount, or p0 to p100 (also `p99.9`). `period` in seconds, a multiple of 60. Unknown series: no points.
    pub fn statistic(
        &self,
        _now: i64,
        _series: &Series,
        _statistic: &str,
        _period: i64,
        _start: i64,
        _end: i64,
    ) -> Vec<(i64, f64)> {
        Vec::new()
    }
    /// Takes a call: reservation accounting against the pool's quota, an answer or a refusal; recorded so that CloudWatch shows it a minute or two later.
    pub fn invoke(&mut self, _now: i64, _call: &Call) -> Result<Reply, Refusal> {
        Err(Refusal { status: 500, exception: "InternalServerException".into(), message: String::new() })
    }
}
