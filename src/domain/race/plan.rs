//! What a race is to do: its lanes, its rounds, the prompt that all calls share.

use crate::domain::{
    ids::{EndpointId, ModelId},
    tier::Tier,
};

use super::{interval, order::Seed};

/// The prompt of a race where the user gives none. It asks for about 300 output tokens: long enough that the speed of the answer can be told from the wait before
/// it, short enough that a race of sixty calls costs cents. Plain prose about something everybody knows, so that no model refuses, asks back, or answers in one
/// line; and far below the 1,024 tokens from which a model may keep a prompt in its cache.
pub const DEFAULT_PROMPT: &str = "Explain in about 220 words how a lighthouse worked before it had electricity. \
    Write plain prose in one go: no headings, no lists, no questions back to me.";

/// `max_tokens` of the default prompt: a third more than it asks for, so that an ordinary answer ends by itself. A model that reasons first may use it up before the
/// first word of its text, and then has no time to the first text.
pub const DEFAULT_MAX_TOKENS: u64 = 400;

/// Rounds before those that count, one call for each lane. The first calls pay for connections, and for a model that the service has yet to load. They cost money
/// like any other, and what they show of time is left out.
pub const WARM_UP_ROUNDS: u32 = 1;

/// Rounds that a race can have: more would cost much and tell little more.
pub const ROUNDS_AT_MOST: u32 = 1000;

// Every interval of a whole race can be reckoned.
const _: () = assert!(ROUNDS_AT_MOST as usize <= interval::MOST);

/// Lanes that a race can have: 28 pairs.
pub const LANES_AT_MOST: usize = 8;

/// How calls are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    /// Converse and `ConverseStream`.
    Converse,
    /// The OpenAI-compatible chat completions.
    OpenAi,
}

impl Api {
    /// The name in options and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converse => "converse",
            Self::OpenAi => "openai",
        }
    }
}

/// One of those that race.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lane {
    /// What is called.
    pub endpoint: EndpointId,
    /// Its base model; None where that is not known. Two lanes of one model have the same tokens for the same text.
    pub model: Option<ModelId>,
    /// The tier that is asked for.
    pub tier: Tier,
    /// How it is called.
    pub api: Api,
}

impl Lane {
    fn is_same_call(&self, other: &Self) -> bool {
        (&self.endpoint, &self.tier, self.api) == (&other.endpoint, &other.tier, other.api)
    }
}

/// A race as planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    lanes: Vec<Lane>,
    labels: Vec<String>,
    rounds: u32,
    seed: Seed,
}

/// Why there can be no such race.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// One lane, or none.
    #[error("A race needs two lanes at least: two tiers, or two endpoints.")]
    TooFewLanes,
    /// Too many lanes.
    #[error("A race has {LANES_AT_MOST} lanes at most.")]
    TooManyLanes,
    /// The same call twice.
    #[error("The lane {0} is there twice.")]
    Twice(String),
    /// No round, or too many.
    #[error("A race has 1 to {ROUNDS_AT_MOST} rounds.")]
    Rounds,
}

impl Plan {
    /// A race of these lanes.
    ///
    /// # Errors
    /// Why there can be no such race.
    pub fn new(lanes: Vec<Lane>, rounds: u32, seed: Seed) -> Result<Self, PlanError> {
        if lanes.len() < 2 {
            return Err(PlanError::TooFewLanes);
        }
        if lanes.len() > LANES_AT_MOST {
            return Err(PlanError::TooManyLanes);
        }
        if !(1..=ROUNDS_AT_MOST).contains(&rounds) {
            return Err(PlanError::Rounds);
        }
        let twice = (0..lanes.len()).find(|at| lanes[..*at].iter().any(|lane| lane.is_same_call(&lanes[*at])));
        if let Some(at) = twice {
            return Err(PlanError::Twice(format!("{} on {}", lanes[at].endpoint, lanes[at].tier)));
        }
        let labels = labels(&lanes);
        Ok(Self { lanes, labels, rounds, seed })
    }

    /// Those that race.
    #[must_use]
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// What each lane is called, by what tells it from the others: `priority`, `us.amazon.nova-pro-v1:0 flex`. Holds ids, which are untrusted text.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Rounds that count.
    #[must_use]
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Calls at most, those of the warm-up among them.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lanes.len() as u64 * u64::from(self.rounds + WARM_UP_ROUNDS)
    }

    /// The order of a round; the warm-up rounds come first.
    pub(super) fn order(&self, round: u32) -> Vec<usize> {
        super::order::of_round(self.seed, round, self.lanes.len())
    }
}

/// Labels by what differs.
fn labels(lanes: &[Lane]) -> Vec<String> {
    let differs = |same: fn(&Lane, &Lane) -> bool| lanes.iter().any(|lane| !same(lane, &lanes[0]));
    let by_endpoint = differs(|a, b| a.endpoint == b.endpoint);
    let by_api = differs(|a, b| a.api == b.api);
    let by_tier = differs(|a, b| a.tier == b.tier);
    let label = |lane: &Lane| {
        let parts = [
            by_endpoint.then(|| lane.endpoint.as_str()),
            by_tier.then(|| lane.tier.name()),
            by_api.then(|| lane.api.name()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    lanes.iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(endpoint: &str, tier: &str, api: Api) -> Lane {
        Lane { endpoint: endpoint.into(), model: None, tier: tier.into(), api }
    }

    #[test]
    fn a_label_says_what_tells_lanes_apart() {
        let labels = |lanes: &[(&str, &str, Api)]| {
            let lanes = lanes.iter().map(|(endpoint, tier, api)| lane(endpoint, tier, *api)).collect();
            Plan::new(lanes, 20, Seed(1)).unwrap().labels().to_vec()
        };
        let converse = Api::Converse;
        assert_eq!(labels(&[("a", "default", converse), ("a", "flex", converse)]), ["standard", "flex"]);
        assert_eq!(labels(&[("a", "flex", converse), ("b", "flex", converse)]), ["a", "b"]);
        assert_eq!(
            labels(&[("a", "flex", converse), ("b", "ultrafast", Api::OpenAi)]),
            ["a flex converse", "b ultrafast openai"]
        );
    }

    #[test]
    fn what_is_no_race_is_refused() {
        let of = |tiers: &[&str], rounds| {
            let lanes = tiers.iter().map(|tier| lane("a", tier, Api::Converse)).collect();
            Plan::new(lanes, rounds, Seed(1)).map(|plan| plan.calls())
        };
        assert_eq!(of(&["flex"], 20), Err(PlanError::TooFewLanes));
        assert_eq!(of(&["1", "2", "3", "4", "5", "6", "7", "8", "9"], 20), Err(PlanError::TooManyLanes));
        assert_eq!(of(&["default", "flex"], 0), Err(PlanError::Rounds));
        assert_eq!(of(&["default", "flex"], 1001), Err(PlanError::Rounds));
        // `default` and `standard` are one tier.
        assert_eq!(of(&["default", "flex", "standard"], 5), Err(PlanError::Twice("a on default".to_owned())));
        assert_eq!(of(&["default", "flex", "priority"], 20), Ok(63), "a warm-up, and 20 rounds");
    }

    #[test]
    fn the_default_prompt_is_far_below_what_is_cached() {
        assert!(DEFAULT_PROMPT.len() < 1024 && DEFAULT_PROMPT.is_ascii());
    }
}
