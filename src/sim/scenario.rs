//! What a simulated account is like: read from `assets/scenarios/NAME.toml`, built into the program.
//!
//! A scenario may start from another (`extends`): it takes over everything that it does not say itself; an endpoint or profile of the
//! same id replaces the other's. Every key is explained in `healthy.toml`.

mod access;
mod calls;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::faults::{Kind, Rule};

pub use access::{Access, Lifecycle, Logging, Shift, Standing};
pub use calls::{Calls, Delay};

/// The built-in files, in the order in which they are named to a user.
const FILES: [(&str, &str); 34] = [
    ("healthy", include_str!("../../assets/scenarios/healthy.toml")),
    ("zero-quota", include_str!("../../assets/scenarios/zero-quota.toml")),
    ("throttled", include_str!("../../assets/scenarios/throttled.toml")),
    ("untiered", include_str!("../../assets/scenarios/untiered.toml")),
    ("tiers-everywhere", include_str!("../../assets/scenarios/tiers-everywhere.toml")),
    ("reserved-spill", include_str!("../../assets/scenarios/reserved-spill.toml")),
    ("mantle", include_str!("../../assets/scenarios/mantle.toml")),
    ("denied", include_str!("../../assets/scenarios/denied.toml")),
    ("expired", include_str!("../../assets/scenarios/expired.toml")),
    ("slow", include_str!("../../assets/scenarios/slow.toml")),
    ("flaky", include_str!("../../assets/scenarios/flaky.toml")),
    ("huge", include_str!("../../assets/scenarios/huge.toml")),
    ("empty", include_str!("../../assets/scenarios/empty.toml")),
    ("id-suffix", include_str!("../../assets/scenarios/id-suffix.toml")),
    ("zero-hold", include_str!("../../assets/scenarios/zero-hold.toml")),
    ("zero-serving", include_str!("../../assets/scenarios/zero-serving.toml")),
    ("zero-model", include_str!("../../assets/scenarios/zero-model.toml")),
    ("lifecycle", include_str!("../../assets/scenarios/lifecycle.toml")),
    ("no-access", include_str!("../../assets/scenarios/no-access.toml")),
    ("profile-only", include_str!("../../assets/scenarios/profile-only.toml")),
    ("full", include_str!("../../assets/scenarios/full.toml")),
    ("daily", include_str!("../../assets/scenarios/daily.toml")),
    ("capacity", include_str!("../../assets/scenarios/capacity.toml")),
    ("tier-refused", include_str!("../../assets/scenarios/tier-refused.toml")),
    ("downgrade", include_str!("../../assets/scenarios/downgrade.toml")),
    ("long-context", include_str!("../../assets/scenarios/long-context.toml")),
    ("slower", include_str!("../../assets/scenarios/slower.toml")),
    ("client-errors", include_str!("../../assets/scenarios/client-errors.toml")),
    ("late-data", include_str!("../../assets/scenarios/late-data.toml")),
    ("burst", include_str!("../../assets/scenarios/burst.toml")),
    ("race", include_str!("../../assets/scenarios/race.toml")),
    ("fast", include_str!("../../assets/scenarios/fast.toml")),
    ("unsupported-tier", include_str!("../../assets/scenarios/unsupported-tier.toml")),
    ("cut-stream", include_str!("../../assets/scenarios/cut-stream.toml")),
];

/// A scenario as its TOML says it. Minutes and days count from the world's start.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Scenario {
    /// File name without its ending.
    pub name: String,
    /// Rules that break calls, in order.
    pub faults: Vec<Rule>,
    /// One sentence for a list of scenarios.
    pub about: String,
    /// What all draws come from.
    pub seed: u64,
    /// Which metrics carry the tier dimensions.
    pub tier_dimensions: TierDimensions,
    /// Whether callers ask for tiers at all; without, every call is a default one.
    pub tiers_asked: bool,
    /// Whether anything ever calls.
    pub traffic: bool,
    /// Applied quotas as in a real blocked account.
    pub zero_quotas: bool,
    /// With `zero_quotas`: the minute in which they became 0. They had their defaults before.
    pub zero_since: Option<i64>,
    /// Quotas of 0 are listed and not enforced.
    pub serves_at_zero: bool,
    /// Applied values that differ from the default, by quota code.
    pub applied: BTreeMap<String, f64>,
    /// Codes of quotas that only have a default.
    pub default_only: Vec<String>,
    /// What Service Quotas reports as its own trouble, by quota code: error code and message.
    pub quota_errors: BTreeMap<String, (String, String)>,
    /// Application profiles.
    pub profiles: Vec<AppProfile>,
    /// What calls, and how much.
    pub endpoints: Vec<Endpoint>,
    /// Requests for higher quotas from before the world began, in the account's own Region.
    pub requests: Vec<PastRequest>,
    /// Endpoints and profiles to make up.
    pub generate: Option<Generate>,
    /// What is going on in Regions beside the account's own; nothing in those that are not named.
    pub regions: Vec<Elsewhere>,
    /// Lives of models, by model id.
    pub lifecycle: BTreeMap<String, Lifecycle>,
    /// Access to models, by model id; all that is not named is open.
    pub access: BTreeMap<String, Access>,
    /// Whether the use-case form of Anthropic's models was handed in.
    pub use_case_form: bool,
    /// Where invocations are logged; None: nowhere.
    pub logging: Option<Logging>,
    /// How the account stands.
    pub standing: Standing,
    /// Tiers that an IAM policy denies (`bedrock:ServiceTier`).
    pub denied_tiers: Vec<String>,
    /// Regions that a service control policy denies: a profile that may route there is refused.
    pub denied_regions: Vec<String>,
    /// The minute from which on `CloudWatch` publishes nothing.
    pub data_until: Option<i64>,
    /// How calls go that are made beside the traffic.
    pub calls: Calls,
}

/// What is going on in another Region.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// The Region.
    pub name: String,
    /// Traffic there as a share of that of the account's own Region, or of that of `like`.
    #[serde(default)]
    pub traffic: f64,
    /// The built-in scenario whose endpoints call there; this one's where unset.
    #[serde(default)]
    pub like: Option<String>,
    /// How every call there fails.
    #[serde(default)]
    pub refuses: Option<Kind>,
    /// Whether quotas there are those of a blocked account; unset, as at home.
    #[serde(default)]
    pub zero_quotas: Option<bool>,
}

/// A request for a higher quota from before the world began.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastRequest {
    /// The quota's code.
    pub quota: String,
    /// The value asked for.
    pub desired: f64,
    /// `PENDING`, `CASE_OPENED`, `APPROVED`, `DENIED`, `CASE_CLOSED`, `NOT_APPROVED`, `INVALID_REQUEST`, or what AWS may come up with.
    pub status: String,
    /// How many days before the world's start it was made. The history reaches back 90.
    pub days_ago: f64,
    /// How many days before the world's start it last changed; unset, when it was made.
    #[serde(default)]
    pub changed_days_ago: Option<f64>,
    /// Its support case, where it has one.
    #[serde(default)]
    pub case: Option<String>,
}

/// Which metrics have `ServiceTier` and `ResolvedServiceTier`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TierDimensions {
    /// `EstimatedTPMQuotaUsage` and `TimeToFirstToken`, as AWS documents it.
    #[default]
    Documented,
    /// None.
    None,
    /// All of them.
    Everywhere,
    /// None; instead tiers other than the default have ids of their own, `MODEL+flex`, and the plain id has the rest.
    IdSuffix,
}

/// An application inference profile.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppProfile {
    /// Short id: what `CloudWatch` calls it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub description: String,
    /// System profile or model that it was copied from.
    pub source: String,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Made-up endpoints: application profiles over the real profiles, and the real models and profiles themselves.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// How many in all.
    pub endpoints: u32,
    /// How many of them have calls now; the others had some days ago.
    pub active: u32,
}

/// One source of traffic: what calls a model or profile, and how. Shares and rates are 0 to 1, minutes count from the world's start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Model id, system profile id or an application profile's short id.
    pub id: String,
    /// Calls per minute in the busiest hours of a working day.
    pub rpm: f64,
    /// What is left of them at night.
    #[serde(default = "night")]
    pub night: f64,
    /// What is left of them at a weekend.
    #[serde(default = "weekend")]
    pub weekend: f64,
    /// Deviation from minute to minute.
    #[serde(default = "noise")]
    pub noise: f64,
    /// How much more a burst may bring (0.5: half as much again).
    #[serde(default = "burst")]
    pub burst: f64,
    /// Mean input tokens of a call, cache not counted.
    pub input: f64,
    /// Mean output tokens of a call; 0 for models that only embed.
    #[serde(default)]
    pub output: f64,
    /// Mean tokens read from the cache.
    #[serde(default)]
    pub cache_read: f64,
    /// Mean tokens written to the cache.
    #[serde(default)]
    pub cache_write: f64,
    /// `max_tokens` of the calls; unset, the model's longest answer is reserved.
    #[serde(default)]
    pub max_tokens: Option<u32>,
    /// Share of streaming calls.
    #[serde(default)]
    pub streaming: f64,
    /// Median milliseconds to the first token.
    #[serde(default = "ttft_ms")]
    pub ttft_ms: f64,
    /// Median output tokens per second.
    #[serde(default = "speed")]
    pub speed: f64,
    /// Share of calls that end in a 4xx.
    #[serde(default)]
    pub client_errors: f64,
    /// Share of calls that end in a 5xx.
    #[serde(default)]
    pub server_errors: f64,
    /// Share of calls by the tier asked; the rest asks for none.
    #[serde(default)]
    pub tiers: BTreeMap<String, f64>,
    /// Share of the priority calls that are served as default.
    #[serde(default)]
    pub downgrade: f64,
    /// Reserved capacity that this endpoint's model has.
    #[serde(default)]
    pub reservation: Option<Reservation>,
    /// Share of calls with more than 200,000 input tokens.
    #[serde(default)]
    pub long_context: f64,
    /// Attempts of a caller's SDK after a throttle.
    #[serde(default = "attempts")]
    pub attempts: u32,
    /// Periods without capacity: first minute, minute after the last, and the share of calls that end in a 503.
    #[serde(default)]
    pub capacity: Vec<(i64, i64, f64)>,
    /// How its calls change.
    #[serde(default)]
    pub shift: Option<Shift>,
    /// Share of a minute's calls that begin in the same five seconds; the others are spread over the minute.
    #[serde(default)]
    pub bunched: f64,
    /// Factor on `rpm` by minute: straight lines between the points, the first and last value beyond them.
    #[serde(default)]
    pub growth: Vec<(f64, f64)>,
    /// First minute with calls; unset, they began long ago.
    #[serde(default)]
    pub since: Option<i64>,
    /// Minute after the last one with calls.
    #[serde(default)]
    pub until: Option<i64>,
    /// The mantle endpoint's project; set for calls of the mantle endpoint.
    #[serde(default)]
    pub project: Option<String>,
}

/// Reserved tokens per minute.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reservation {
    /// Input and cache-write tokens.
    pub input_tpm: f64,
    /// Output tokens.
    pub output_tpm: f64,
}

fn night() -> f64 {
    0.35
}
fn weekend() -> f64 {
    0.55
}
fn noise() -> f64 {
    0.12
}
fn burst() -> f64 {
    0.5
}
fn ttft_ms() -> f64 {
    700.0
}
fn speed() -> f64 {
    70.0
}
fn attempts() -> u32 {
    3
}

/// A file, before `extends`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    extends: Option<String>,
    seed: Option<u64>,
    tier_dimensions: Option<TierDimensions>,
    tiers_asked: Option<bool>,
    traffic: Option<bool>,
    zero_quotas: Option<bool>,
    zero_since: Option<i64>,
    serves_at_zero: Option<bool>,
    #[serde(default)]
    applied: BTreeMap<String, f64>,
    default_only: Option<Vec<String>>,
    #[serde(default)]
    quota_errors: BTreeMap<String, (String, String)>,
    #[serde(default)]
    fault: Vec<Rule>,
    #[serde(default)]
    profile: Vec<AppProfile>,
    #[serde(default)]
    endpoint: Vec<Endpoint>,
    #[serde(default)]
    request: Vec<PastRequest>,
    generate: Option<Generate>,
    #[serde(default)]
    region: Vec<Elsewhere>,
    #[serde(default)]
    lifecycle: BTreeMap<String, Lifecycle>,
    #[serde(default)]
    access: BTreeMap<String, Access>,
    use_case_form: Option<bool>,
    logging: Option<Logging>,
    standing: Option<Standing>,
    denied_tiers: Option<Vec<String>>,
    denied_regions: Option<Vec<String>>,
    data_until: Option<i64>,
    calls: Option<Calls>,
}

impl Scenario {
    /// The built-in scenario of this name, or a sentence that names all there are.
    ///
    /// # Errors
    /// An unknown name.
    pub fn named(name: &str) -> Result<Self, String> {
        let (name, text) = FILES
            .iter()
            .find(|(file, _)| *file == name)
            .ok_or_else(|| format!("There is no scenario {name:?}; choose one of {}.", Self::names().join(", ")))?;
        Self::parse(name, text)
    }

    /// Names of all built-in scenarios, `healthy` first.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        FILES.iter().map(|(name, _)| *name).collect()
    }

    /// A scenario from TOML; `extends` may name a built-in one.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| format!("Scenario {name}: {error}"))?;
        let mut scenario = match &file.extends {
            Some(base) if base == name => return Err(format!("Scenario {name} extends itself.")),
            Some(base) => Self::named(base)?,
            None => Self::blank(),
        };
        name.clone_into(&mut scenario.name);
        scenario.about = file.about;
        scenario.seed = file.seed.unwrap_or(scenario.seed);
        scenario.tier_dimensions = file.tier_dimensions.unwrap_or(scenario.tier_dimensions);
        scenario.tiers_asked = file.tiers_asked.unwrap_or(scenario.tiers_asked);
        scenario.traffic = file.traffic.unwrap_or(scenario.traffic);
        scenario.zero_quotas = file.zero_quotas.unwrap_or(scenario.zero_quotas);
        scenario.applied.extend(file.applied);
        scenario.default_only = file.default_only.unwrap_or(scenario.default_only);
        scenario.quota_errors.extend(file.quota_errors);
        scenario.generate = file.generate.or(scenario.generate);
        scenario.zero_since = file.zero_since.or(scenario.zero_since);
        scenario.serves_at_zero = file.serves_at_zero.unwrap_or(scenario.serves_at_zero);
        scenario.lifecycle.extend(file.lifecycle);
        scenario.access.extend(file.access);
        scenario.use_case_form = file.use_case_form.unwrap_or(scenario.use_case_form);
        scenario.logging = file.logging.or(scenario.logging);
        scenario.standing = file.standing.unwrap_or(scenario.standing);
        scenario.denied_tiers = file.denied_tiers.unwrap_or(scenario.denied_tiers);
        scenario.denied_regions = file.denied_regions.unwrap_or(scenario.denied_regions);
        scenario.data_until = file.data_until.or(scenario.data_until);
        scenario.calls = file.calls.unwrap_or(scenario.calls);
        if !file.fault.is_empty() {
            scenario.faults = file.fault;
        }
        if !file.request.is_empty() {
            scenario.requests = file.request;
        }
        if !file.region.is_empty() {
            scenario.regions = file.region;
        }
        for profile in file.profile {
            replace(&mut scenario.profiles, profile, |profile| &profile.id);
        }
        for endpoint in file.endpoint {
            replace(&mut scenario.endpoints, endpoint, |endpoint| &endpoint.id);
        }
        Ok(scenario)
    }

    /// An account in which nothing was ever done.
    fn blank() -> Self {
        Self {
            name: String::new(),
            faults: Vec::new(),
            about: String::new(),
            seed: 1,
            tier_dimensions: TierDimensions::Documented,
            tiers_asked: true,
            traffic: true,
            zero_quotas: false,
            zero_since: None,
            serves_at_zero: false,
            applied: BTreeMap::new(),
            default_only: Vec::new(),
            quota_errors: BTreeMap::new(),
            profiles: Vec::new(),
            endpoints: Vec::new(),
            requests: Vec::new(),
            generate: None,
            regions: Vec::new(),
            lifecycle: BTreeMap::new(),
            access: BTreeMap::new(),
            use_case_form: true,
            logging: None,
            standing: Standing::Good,
            denied_tiers: Vec::new(),
            denied_regions: Vec::new(),
            data_until: None,
            calls: Calls::default(),
        }
    }

    /// The account as it is in another Region: the same quotas and rules, the endpoints of that Region's profiles, no application profiles.
    /// A `like` that names no scenario leaves the Region without traffic.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        let told = self.regions.iter().find(|told| told.name == region);
        let base = match told.and_then(|told| told.like.as_deref()) {
            Some(like) => Self::named(like).map(|like| like.endpoints).unwrap_or_default(),
            None => self.endpoints.clone(),
        };
        let (share, refuses) = told.map_or((0.0, None), |told| (told.traffic, told.refuses));
        let prefix = geo_of(region);
        let moved = base
            .into_iter()
            .filter(|endpoint| share > 0.0 && endpoint.id.contains('.'))
            .map(|endpoint| Endpoint { id: in_geo(&endpoint.id, prefix), rpm: endpoint.rpm * share, ..endpoint });
        let refused = refuses.map(|kind| Rule { action: "*".to_owned(), kind, ratio: 1.0, delay_ms: 0 });
        Self {
            zero_quotas: told.and_then(|told| told.zero_quotas).unwrap_or(self.zero_quotas),
            traffic: share > 0.0,
            endpoints: moved.collect(),
            profiles: Vec::new(),
            requests: Vec::new(),
            generate: None,
            regions: Vec::new(),
            faults: refused.into_iter().chain(self.faults.iter().cloned()).collect(),
            ..self.clone()
        }
    }
}

/// The prefix of a Region's geographic profiles.
pub(super) fn geo_of(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("eu") => "eu",
        Some("ap") => "apac",
        _ => "us",
    }
}

/// The id of a `us` profile as it is with another prefix; any other id unchanged.
pub(super) fn in_geo(id: &str, prefix: &str) -> String {
    id.strip_prefix("us.").map_or_else(|| id.to_owned(), |rest| format!("{prefix}.{rest}"))
}

/// Puts an item in the place of the one with its id, or at the end.
fn replace<T>(items: &mut Vec<T>, item: T, id: impl Fn(&T) -> &String) {
    match items.iter_mut().find(|other| id(other) == id(&item)) {
        Some(other) => *other = item,
        None => items.push(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_parses() {
        for name in Scenario::names() {
            let scenario = Scenario::named(name).unwrap();
            assert_eq!(scenario.name, name);
            assert!(scenario.about.ends_with('.'), "{name}: {}", scenario.about);
        }
        assert_eq!(Scenario::names()[0], "healthy");
    }

    #[test]
    fn an_unknown_name_lists_all() {
        let sentence = Scenario::named("helthy").unwrap_err();
        for name in Scenario::names() {
            assert!(sentence.contains(name), "{sentence}");
        }
    }

    #[test]
    fn unknown_keys_fail() {
        assert!(Scenario::parse("x", "about = 'x.'\nsede = 3").unwrap_err().contains("sede"));
    }
}
