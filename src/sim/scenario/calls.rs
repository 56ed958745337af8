//! What a scenario says of calls that are made, beside its traffic: how long answers are, how long each tier takes, which tiers a model refuses.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How calls go.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calls {
    /// Tokens of every answer's text; unset, a few sentences.
    pub answer_tokens: Option<u32>,
    /// Tokens that a model which reasons takes for it before its text; unset, a few sentences.
    pub reasoning_tokens: Option<u32>,
    /// Answers do not name the tier that served.
    pub silent: bool,
    /// By tier: model ids that refuse it, whatever the table of models says.
    pub unsupported: BTreeMap<String, Vec<String>>,
    /// By the tier that serves (`default` too): delays that are known. A tier that is not named takes what the endpoint's traffic does.
    pub delays: BTreeMap<String, Delay>,
}

/// The delays of calls that one tier serves.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// Milliseconds to the first token: the median, and the mean.
    pub first_ms: f64,
    /// Standard deviation of the first token's normal noise in milliseconds, drawn for each call by itself; the noise never goes beyond three of them.
    #[serde(default)]
    pub noise_ms: f64,
    /// Output tokens per second from the first token on, without noise.
    pub speed: f64,
}

impl Calls {
    /// Whether a model refuses a tier here.
    #[must_use]
    pub fn refuses(&self, tier: &str, model_id: &str) -> bool {
        self.unsupported.get(tier).is_some_and(|models| models.iter().any(|model| model == model_id))
    }
}
