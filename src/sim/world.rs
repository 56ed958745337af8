//! The simulated account itself: what exists in it, what its traffic was in any minute, and what a call does to it.
//!
//! Times are Unix seconds, UTC. Everything is a function of the scenario, the start of the world and the time, so any window can be asked in any order;
//! only test calls ([`World::invoke`]) are stored.

mod access;
mod answers;
mod cache;
mod catalog;
mod discover;
mod invoke;
mod limits;
mod many;
mod metrics;
mod noise;
mod pools;
mod publish;
#[cfg(test)]
mod tests;
mod tiers;
mod traffic;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

pub use self::answers::{Caching, Manner, Reasoning, Style, style};
use self::catalog::Catalog;
use self::invoke::Recorded;
use self::limits::Day;
use self::metrics::METRICS;
use self::pools::{Hour, Pool};
use self::traffic::Source;
use super::scenario::{Access, Endpoint, Scenario};

/// Start of the worlds that [`World::new`] makes: 2026-11-23 12:00 UTC, a Monday.
pub const DEFAULT_ORIGIN: i64 = 1_795_435_200;

/// A foundation model as `ListFoundationModels` shows it.
#[derive(Debug, Clone)]
pub struct Model {
    /// `provider.name`.
    pub model_id: String,
    /// Name for people.
    pub name: String,
    /// Who made it.
    pub provider: String,
    /// What it reads: `TEXT`, `IMAGE`, …
    pub input_modalities: Vec<String>,
    /// What it writes.
    pub output_modalities: Vec<String>,
    /// Whether it can stream.
    pub streaming: bool,
    /// `ON_DEMAND`, `PROVISIONED`, `INFERENCE_PROFILE`: open strings.
    pub inference_types: Vec<String>,
    /// `ACTIVE` or `LEGACY`.
    pub lifecycle: String,
    /// When it became or becomes Legacy, where that is known.
    pub legacy_since: Option<i64>,
    /// When its extended access begins, where that is known.
    pub extended_since: Option<i64>,
    /// From when on calls are refused, where that is known.
    pub end_of_life: Option<i64>,
    /// Offered on the mantle endpoint only: not in `ListFoundationModels`, metrics in `AWS/BedrockMantle`.
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
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its description, may be empty.
    pub description: String,
    /// `SYSTEM_DEFINED` or `APPLICATION`.
    pub kind: String,
    /// ARNs of the models it routes to.
    pub model_arns: Vec<String>,
    /// When it was made.
    pub created_at: i64,
    /// Tags, application profiles only.
    pub tags: BTreeMap<String, String>,
}

/// A quota; `applied` is None where only a default exists (then `ListServiceQuotas` does not show it).
#[derive(Debug, Clone)]
pub struct Quota {
    /// `L-` and eight digits.
    pub code: String,
    /// Its name, exactly as AWS spells it.
    pub name: String,
    /// What it says about itself, may be empty.
    pub description: String,
    /// The value in force, where one is set.
    pub applied: Option<f64>,
    /// AWS's default.
    pub default: f64,
    /// Whether an increase can be asked for.
    pub adjustable: bool,
    /// `ErrorReason` (code, message) that Service Quotas gives for it.
    pub error_reason: Option<(String, String)>,
}

/// One `CloudWatch` series: what it is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// `AWS/Bedrock` or `AWS/BedrockMantle`.
    pub namespace: String,
    /// Name of the metric.
    pub metric: String,
    /// (name, value), in the order `CloudWatch` shows them.
    pub dimensions: Vec<(String, String)>,
}

/// A call of Converse, `ConverseStream` or `InvokeModel`.
#[derive(Debug, Clone)]
pub struct Call {
    /// Model id, profile id or ARN as sent.
    pub model_id: String,
    /// Tier as sent, None where the field was missing.
    pub tier: Option<String>,
    /// The text of the request.
    pub prompt: String,
    /// Longest answer asked for.
    pub max_tokens: Option<u64>,
    /// Whether the answer is to be streamed.
    pub streaming: bool,
}

/// An answer to a [`Call`].
#[derive(Debug, Clone)]
pub struct Reply {
    /// The call's number, unique in this world.
    pub number: u64,
    /// What the model thought before its answer, in pieces; empty where it did not.
    pub reasoning: Vec<String>,
    /// How it shows that.
    pub reasoning_form: Reasoning,
    /// The answer in pieces, as a stream would send them.
    pub pieces: Vec<String>,
    /// From the request to the first piece.
    pub ttft_ms: u64,
    /// From the request to the end.
    pub latency_ms: u64,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the answer, of its reasoning too.
    pub output_tokens: u64,
    /// Tokens of the reasoning.
    pub reasoning_tokens: u64,
    /// Tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Tokens written to the cache.
    pub cache_write_tokens: u64,
    /// `end_turn`, `max_tokens` or `stop_sequence`.
    pub stop_reason: String,
    /// Tier that the answer names; None where Bedrock would not say.
    pub served_tier: Option<String>,
}

/// A call refused, as the runtime says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Exception name, for example `ThrottlingException`.
    pub exception: String,
    /// What it says.
    pub message: String,
}

/// Most samples remembered, about 40 MB; when there are more, all hours are forgotten and made again as they are asked for.
const MOST_SAMPLES: usize = 1_200_000;

/// Most hours of endpoints whose sums are remembered, about 25 MB.
const MOST_SUMS: usize = 200_000;

/// Hours made so far.
#[derive(Debug, Default)]
struct Memory {
    /// By pool and hour: the pool's members in order.
    hours: HashMap<(usize, i64), Arc<Vec<Hour>>>,
    samples: usize,
    /// Sums of an endpoint's metrics, by its position and hour.
    sums: HashMap<(usize, i64), [f64; METRICS]>,
    /// Tokens used of a day's quota, by its position and hour.
    used: HashMap<(usize, i64), f64>,
}

/// The account.
#[derive(Debug)]
pub struct World {
    scenario: Scenario,
    origin: i64,
    catalog: Catalog,
    sources: Vec<Source>,
    pools: Vec<Pool>,
    days: Vec<Day>,
    /// Position of an endpoint by the id that `CloudWatch` has for it.
    source_index: HashMap<String, usize>,
    /// Position of an endpoint among its pool's members.
    seats: Vec<usize>,
    day: Vec<f64>,
    memory: RefCell<Memory>,
    calls: VecDeque<Recorded>,
    cache: cache::Cache,
    call_number: u64,
    /// The account in other Regions with traffic or rules of their own, made when they are first asked.
    elsewhere: BTreeMap<String, World>,
}

impl World {
    /// The account of a scenario, at [`DEFAULT_ORIGIN`].
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        Self::new_at(scenario, DEFAULT_ORIGIN)
    }

    /// The account of a scenario whose events count from this time.
    #[must_use]
    pub fn new_at(scenario: Scenario, origin: i64) -> Self {
        Self::new_in(catalog::REGION, scenario, origin)
    }

    fn new_in(region: &str, mut scenario: Scenario, origin: i64) -> Self {
        if let Some(generate) = scenario.generate {
            many::generate(&mut scenario, generate);
        }
        let mut catalog = Catalog::of(&scenario, region);
        catalog.give_lives(&scenario, origin);
        let mut world = Self {
            origin,
            catalog,
            sources: Vec::new(),
            pools: Vec::new(),
            days: Vec::new(),
            source_index: HashMap::new(),
            seats: Vec::new(),
            day: traffic::day_curve(),
            memory: RefCell::default(),
            calls: VecDeque::new(),
            cache: cache::Cache::default(),
            call_number: 0,
            elsewhere: BTreeMap::new(),
            scenario,
        };
        if world.scenario.traffic {
            for endpoint in world.scenario.endpoints.clone() {
                world.add(endpoint);
            }
            world.forget_far_days();
        }
        world
    }

    /// Sets an endpoint to work. One whose id stands for no model has calls that fail before a model is known.
    fn add(&mut self, spec: Endpoint) {
        let model = self.catalog.model_of(&spec.id).map(|at| self.catalog.models[at].clone());
        let pool = self.pool_of(&spec);
        let at = self.sources.len();
        self.seats.push(self.pools[pool].members.len());
        self.pools[pool].members.push(at);
        if model.is_some() {
            self.source_index.insert(spec.id.clone(), at);
        }
        let (tiers, refused_tiers) = self.tiers_of(&spec, model.as_ref());
        let start = self.origin.div_euclid(60);
        let longest = model.as_ref().map_or(0, |model| u32::try_from(model.max_output).unwrap_or(u32::MAX));
        self.sources.push(Source {
            salt: noise::text(&spec.id),
            burndown: model.as_ref().map_or(1.0, |model| model.burndown),
            max_tokens: spec.max_tokens.unwrap_or(longest),
            legacy: model.as_ref().is_some_and(|model| model.lifecycle == "LEGACY"),
            pool,
            tiers,
            refused_tiers,
            refused_from: self.refused_from(&spec, model.as_ref()),
            known: model.is_some(),
            alive: (
                spec.since.map_or(i64::MIN, |since| start + since),
                spec.until.map_or(i64::MAX, |until| start + until),
            ),
            origin: start,
            spec,
        });
    }

    /// The pool that an endpoint draws on, made where it is the first.
    fn pool_of(&mut self, spec: &Endpoint) -> usize {
        let mut arns = self.catalog.arns(&spec.id);
        let code = if spec.project.is_none() { self.catalog.tpm_code(&arns) } else { None };
        arns.sort();
        if let Some(at) = self.pools.iter().position(|pool| pool.arns == arns) {
            return at;
        }
        let limit = code.map(|code| self.limit(code)).unwrap_or_default();
        let long = code.and_then(|code| self.long_limit(code));
        self.pools.push(Pool { arns, limit, long, day: None, members: Vec::new() });
        let at = self.pools.len() - 1;
        if let Some(code) = code {
            self.under_day(at, code);
        }
        at
    }

    /// Shares up to and including each tier, and which tiers are refused.
    fn tiers_of(&self, spec: &Endpoint, model: Option<&Model>) -> ([f64; 4], [bool; 4]) {
        let (mut tiers, mut refused) = ([0.0; 4], [false; 4]);
        let mut upper = 0.0;
        for (at, name) in traffic::TIERS.iter().enumerate().skip(1) {
            if self.scenario.tiers_asked {
                upper += spec.tiers.get(*name).copied().unwrap_or(0.0);
            }
            tiers[at] = upper;
            // Without a reservation, reserved calls are served as default ones.
            refused[at] = *name != "reserved"
                && model.is_some_and(|model| access::tier(self, &spec.id, model, name, false).is_err());
        }
        (tiers, refused)
    }

    /// The minute since the epoch from which on an endpoint's calls are refused.
    fn refused_from(&self, spec: &Endpoint, model: Option<&Model>) -> i64 {
        let Some(model) = model else { return i64::MIN };
        if spec.project.is_some() {
            return i64::MAX;
        }
        if access::check(self, i64::MIN, &spec.id, model, false).is_err() {
            return i64::MIN;
        }
        model.end_of_life.map_or(i64::MAX, |end| end.div_euclid(60))
    }

    /// What happened at an endpoint's pool in an hour since the epoch; the endpoint's seat is its place in it.
    fn hour(&self, pool: usize, hour: i64) -> Arc<Vec<Hour>> {
        if let Some(hours) = self.memory.borrow().hours.get(&(pool, hour)) {
            return Arc::clone(hours);
        }
        let left = self.left(pool, hour);
        let hours =
            Arc::new(pools::generate(&self.pools[pool], &self.sources, self.scenario.seed, hour, &self.day, left));
        // An hour weighs something even if nothing happened in it.
        let weight = hours.iter().map(|hour| 20 + hour.samples.len()).sum::<usize>();
        let mut memory = self.memory.borrow_mut();
        if memory.samples + weight > MOST_SAMPLES {
            memory.hours.clear();
            memory.samples = 0;
        }
        memory.samples += weight;
        memory.hours.insert((pool, hour), Arc::clone(&hours));
        hours
    }

    /// Sums of an endpoint's metrics over an hour since the epoch, as they are once all of it is published: questions of whole hours over weeks need no samples.
    fn sums(&self, at: usize, hour: i64) -> [f64; METRICS] {
        if let Some(sums) = self.memory.borrow().sums.get(&(at, hour)) {
            return *sums;
        }
        let source = &self.sources[at];
        let sums = metrics::sums(source.burndown, &self.hour(source.pool, hour)[self.seats[at]]);
        let mut memory = self.memory.borrow_mut();
        if memory.sums.len() >= MOST_SUMS {
            memory.sums.clear();
        }
        memory.sums.insert((at, hour), sums);
        sums
    }

    /// The scenario that the account follows.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// When the world began: what a scenario's minutes count from.
    pub fn origin(&self) -> i64 {
        self.origin
    }

    /// Twelve digits.
    pub fn account(&self) -> &str {
        catalog::ACCOUNT
    }

    /// ARN of the only caller there is.
    pub fn caller_arn(&self) -> String {
        access::caller_arn()
    }

    /// Access to a model.
    pub fn access(&self, model_id: &str) -> Access {
        self.scenario.access.get(model_id).cloned().unwrap_or_default()
    }

    /// The account's Region.
    pub fn region(&self) -> &str {
        &self.catalog.region
    }

    /// The account as it is in a Region: itself at home, and in every Region of which its scenario says nothing.
    pub fn in_region(&mut self, region: &str) -> &mut Self {
        if region == self.region() || !self.scenario.regions.iter().any(|told| told.name == region) {
            return self;
        }
        let (scenario, origin) = (&self.scenario, self.origin);
        let there = || Self::new_in(region, scenario.in_region(region), origin);
        self.elsewhere.entry(region.to_owned()).or_insert_with(there)
    }

    /// All models, those of the mantle endpoint included.
    pub fn models(&self) -> &[Model] {
        &self.catalog.models
    }

    /// The model that an id or ARN of the runtime stands for; None where there is no such thing.
    pub fn model(&self, id: &str) -> Option<&Model> {
        let (id, _) = invoke::resolve(self, id)?;
        self.catalog.models.get(self.catalog.model_of(&id)?)
    }

    /// All profiles: the system's, then the account's own.
    pub fn profiles(&self) -> &[Profile] {
        &self.catalog.profiles
    }

    /// All quotas.
    pub fn quotas(&self) -> &[Quota] {
        &self.catalog.quotas
    }

    /// The minute since the epoch from which on `CloudWatch` publishes nothing.
    fn published_until(&self) -> i64 {
        self.scenario.data_until.map_or(i64::MAX, |until| self.origin.div_euclid(60) + until)
    }

    /// The series that `ListMetrics` shows at `now`: data in the last two weeks (three hours with `recently_active`), new ones up to 15 minutes late.
    pub fn list_metrics(&self, now: i64, recently_active: bool) -> Vec<Series> {
        discover::list(self, now, recently_active)
    }

    /// Points (start of the period, value) of a series in `[start, end)`, oldest first, none where `CloudWatch` has none; only what is published at `now` (a minute appears 1 to 3 minutes late and is revised once).
    /// `statistic`: Sum, Average, Minimum, Maximum, `SampleCount`, or p0 to p100 (also `p99.9`). `period` in seconds, a multiple of 60. Unknown series: no points.
    pub fn statistic(
        &self,
        now: i64,
        series: &Series,
        statistic: &str,
        period: i64,
        start: i64,
        end: i64,
    ) -> Vec<(i64, f64)> {
        publish::points(self, now, series, statistic, period, start, end)
    }

    /// How many input tokens a prompt counts in a call.
    #[must_use]
    pub fn input_tokens(&self, prompt: &str) -> u32 {
        invoke::input_tokens(prompt)
    }

    /// Takes a call: reservation accounting against the pool's quota, an answer or a refusal; recorded so that `CloudWatch` shows it a minute or two later.
    ///
    /// # Errors
    /// What the runtime refuses, and why.
    pub fn invoke(&mut self, now: i64, call: &Call) -> Result<Reply, Refusal> {
        self.invoke_with(now, call, &Manner::default())
    }

    /// Records a call that failed before its model was known.
    pub fn note_nameless(&mut self, now: i64) {
        invoke::nameless(self, now);
    }

    /// As [`World::invoke`], with what the request says of its answer.
    ///
    /// # Errors
    /// What the runtime refuses, and why.
    pub fn invoke_with(&mut self, now: i64, call: &Call, manner: &Manner) -> Result<Reply, Refusal> {
        invoke::take(self, now, call, manner)
    }
}
