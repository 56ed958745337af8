//! What CloudWatch is asked and what it answers: namespaces, metrics, statistics, series, queries. No numbers are interpreted here.
//!
//! Names and dimension sets: AWS docs `monitoring-runtime-metrics` and `monitoring-mantle-metrics` (autumn 2026).

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    ids::EndpointId,
    minute::{Minute, Span},
    tier::TierPair,
};

/// A CloudWatch namespace that holds Bedrock metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Namespace {
    /// `AWS/Bedrock`: the bedrock-runtime endpoint.
    Bedrock,
    /// `AWS/BedrockMantle`: the OpenAI-compatible endpoint. No latency, no throttles, no 5xx.
    Mantle,
}

impl Namespace {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Bedrock, Self::Mantle];

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bedrock => "AWS/Bedrock",
            Self::Mantle => "AWS/BedrockMantle",
        }
    }

    /// The dimension that names the endpoint.
    #[must_use]
    pub fn model_dimension(self) -> &'static str {
        match self {
            Self::Bedrock => "ModelId",
            Self::Mantle => "Model",
        }
    }

    /// The metrics that this namespace has.
    pub fn metrics(self) -> impl Iterator<Item = Metric> {
        Metric::ALL.into_iter().filter(move |metric| metric.name(self).is_some())
    }
}

/// A metric by what it counts; named as in `AWS/Bedrock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Accepted requests; throttled ones are not in it. On mantle `Inferences`.
    Invocations,
    /// Requests refused with 429, one per SDK attempt.
    InvocationThrottles,
    /// 4xx other than throttles. On mantle `InferenceClientErrors`.
    InvocationClientErrors,
    /// 5xx.
    InvocationServerErrors,
    /// Milliseconds from the request to the last token.
    InvocationLatency,
    /// Milliseconds from the request to the first token, streaming successes only.
    TimeToFirstToken,
    /// Input tokens without cached ones. On mantle `TotalInputTokens`.
    InputTokenCount,
    /// Output tokens. On mantle `TotalOutputTokens`.
    OutputTokenCount,
    /// Input tokens read from the cache. AWS pages spell it two ways.
    CacheReadInputTokenCount,
    /// Input tokens written to the cache. AWS pages spell it two ways.
    CacheWriteInputTokenCount,
    /// Quota tokens: input + cache write + output × burndown, successes only.
    EstimatedTpmQuotaUsage,
}

impl Metric {
    /// Every metric that tiertop reads.
    pub const ALL: [Self; 11] = [
        Self::Invocations,
        Self::InvocationThrottles,
        Self::InvocationClientErrors,
        Self::InvocationServerErrors,
        Self::InvocationLatency,
        Self::TimeToFirstToken,
        Self::InputTokenCount,
        Self::OutputTokenCount,
        Self::CacheReadInputTokenCount,
        Self::CacheWriteInputTokenCount,
        Self::EstimatedTpmQuotaUsage,
    ];

    /// The wire name in a namespace; None where the namespace has no such metric.
    #[must_use]
    pub fn name(self, namespace: Namespace) -> Option<&'static str> {
        let (runtime, mantle) = match self {
            Self::Invocations => ("Invocations", Some("Inferences")),
            Self::InvocationThrottles => ("InvocationThrottles", None),
            Self::InvocationClientErrors => ("InvocationClientErrors", Some("InferenceClientErrors")),
            Self::InvocationServerErrors => ("InvocationServerErrors", None),
            Self::InvocationLatency => ("InvocationLatency", None),
            Self::TimeToFirstToken => ("TimeToFirstToken", None),
            Self::InputTokenCount => ("InputTokenCount", Some("TotalInputTokens")),
            Self::OutputTokenCount => ("OutputTokenCount", Some("TotalOutputTokens")),
            Self::CacheReadInputTokenCount => ("CacheReadInputTokenCount", None),
            Self::CacheWriteInputTokenCount => ("CacheWriteInputTokenCount", None),
            Self::EstimatedTpmQuotaUsage => ("EstimatedTPMQuotaUsage", None),
        };
        match namespace {
            Namespace::Bedrock => Some(runtime),
            Namespace::Mantle => mantle,
        }
    }

    /// The metric of a wire name, in either spelling of the cache metrics.
    #[must_use]
    pub fn from_name(namespace: Namespace, name: &str) -> Option<Self> {
        match (namespace, name) {
            (Namespace::Bedrock, "CacheReadInputTokens") => Some(Self::CacheReadInputTokenCount),
            (Namespace::Bedrock, "CacheWriteInputTokens") => Some(Self::CacheWriteInputTokenCount),
            _ => Self::ALL.into_iter().find(|metric| metric.name(namespace) == Some(name)),
        }
    }
}

/// A CloudWatch statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stat {
    /// Sum over the period.
    Sum,
    /// Mean over the period's samples.
    Average,
    /// The largest sample of the period. Maxima of different series and periods can be merged.
    Maximum,
    /// How many samples.
    SampleCount,
    /// A percentile, 0 to 100. Percentiles of different series or periods cannot be merged.
    Percentile(u8),
}

impl fmt::Display for Stat {
    /// The wire name: `Sum`, `p90`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sum => f.write_str("Sum"),
            Self::Average => f.write_str("Average"),
            Self::Maximum => f.write_str("Maximum"),
            Self::SampleCount => f.write_str("SampleCount"),
            Self::Percentile(p) => write!(f, "p{p}"),
        }
    }
}

/// Which part of an endpoint's (or the account's) traffic a series counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// No dimension: the account's own total in the Region. A check, never an addend.
    Account,
    /// The endpoint's dimension alone.
    Endpoint(EndpointId),
    /// The endpoint by tier: `ServiceTier` and `ResolvedServiceTier`.
    Tier(EndpointId, TierPair),
    /// Above 200K input tokens: `ContextWindow` beside whatever else. Part of the other series, never added to them.
    Context(EndpointId, Option<TierPair>, Arc<str>),
}

impl Part {
    /// The endpoint, None for the account's total.
    #[must_use]
    pub fn endpoint(&self) -> Option<&EndpointId> {
        match self {
            Self::Account => None,
            Self::Endpoint(id) | Self::Tier(id, _) | Self::Context(id, _, _) => Some(id),
        }
    }
}

/// One series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesKey {
    /// Where it lives.
    pub namespace: Namespace,
    /// What it counts.
    pub metric: Metric,
    /// Whose.
    pub part: Part,
}

/// One series as ListMetrics shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The series.
    pub key: SeriesKey,
    /// The metric's name as this account spells it.
    pub name: Arc<str>,
}

/// One question to GetMetricData: one series, one statistic, one period.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Query {
    /// The series.
    pub key: SeriesKey,
    /// The metric's name as this account spells it.
    pub name: Arc<str>,
    /// The statistic.
    pub stat: Stat,
    /// The period in minutes: 1 for counts, 5 for charts of percentiles, the window's length for a value of the window.
    pub period_minutes: u16,
}

/// What GetMetricData says of one query's result. The four mean four things, see `store`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultStatus {
    /// All there is: a minute without a point had none.
    Complete,
    /// More exists than came back.
    Partial,
    /// CloudWatch failed on this query; what came may be incomplete.
    InternalError,
    /// Not allowed to read this series.
    Forbidden,
}

/// The answer to one query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was asked.
    pub query: Query,
    /// How whole the points are.
    pub status: ResultStatus,
    /// (first minute of the period, value), in any order.
    pub points: Vec<(Minute, f64)>,
}

/// The answers of one poll: every query asked over one span. A query whose batch failed has no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Poll {
    /// The minutes that were asked for.
    pub span: Span,
    /// Whether it asks every endpoint, and so may move the newest settled minute on. Others only fill in below it.
    pub settles: bool,
    /// The minute in which it was asked: what is older than [`super::store::SETTLED_AFTER_MINUTES`] then, is settled.
    pub asked_at: jiff::Timestamp,
    /// The answers.
    pub answers: Vec<Answer>,
}
