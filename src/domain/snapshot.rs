//! Everything known at one instant: what views and exports read. Each number is as numbers are defined in ARCHITECTURE.md ("What each number means");
//! None is unknown, never zero. Built by [`super::reckoning`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    catalog::Endpoint,
    cost::Cost,
    daily::DayUse,
    fault::Fault,
    ids::{AccountId, PoolId, QuotaCode, Region},
    matching::Match,
    minute::{Minute, Span},
    quota_name::QuotaMetric,
    quota_rows::QuotaRow,
    signs::{Multiplier, Sign},
    tier::Tier,
    usual::Usual,
};

/// What the numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// AWS itself.
    Live,
    /// An endpoint that the user named.
    CustomEndpoint,
    /// The simulated account.
    Simulated,
    /// Files with what the AWS CLI printed: limits, and no use.
    File,
}

/// Whether a use is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// Just this.
    Exact,
    /// This or more: partial data, a missing member, or throttles below 100 %.
    AtLeast,
    /// This or less: reserved traffic that cannot be told apart may be in it.
    AtMost,
}

impl Bound {
    /// What is left, where this is of what is used: at most so much where at least so much is used.
    #[must_use]
    pub fn of_the_rest(self) -> Self {
        match self {
            Self::Exact => Self::Exact,
            Self::AtLeast => Self::AtMost,
            Self::AtMost => Self::AtLeast,
        }
    }
}

/// Where a token use comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// `EstimatedTPMQuotaUsage`.
    AwsEstimate,
    /// Input + cache write + output × burndown.
    Formula,
}

/// Percentiles and mean of a latency in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Latency {
    /// Median.
    pub p50: Option<f64>,
    /// 90th percentile.
    pub p90: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// Mean.
    pub average: Option<f64>,
    /// How many samples they rest on; under [`THIN_SAMPLES`] they are thin.
    pub samples: Option<f64>,
}

/// Percentiles of fewer samples than this are shown dimmed, with their count.
pub const THIN_SAMPLES: f64 = 20.0;

impl Latency {
    /// Whether they rest on too few samples to mean much; None where the count is unknown.
    #[must_use]
    pub fn is_thin(&self) -> Option<bool> {
        self.samples.map(|samples| samples < THIN_SAMPLES)
    }
}

/// How a tier's requests were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TierBasis {
    /// `Invocations` with tier dimensions.
    Invocations,
    /// Sample count of `EstimatedTPMQuotaUsage` with tier dimensions: successful requests.
    EstimateSamples,
    /// A `ModelId` of the form `model+flex`.
    IdSuffix,
}

/// One asked → served pair of an endpoint, over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierUse {
    /// Tier that was asked for.
    pub asked: Tier,
    /// Tier that served; None where the account does not report it.
    pub served: Option<Tier>,
    /// Quota tokens.
    pub quota_tokens: Option<f64>,
    /// Requests, counted as `basis` says.
    pub requests: Option<f64>,
    /// How they were counted.
    pub basis: TierBasis,
}

impl TierUse {
    /// The tier that served, where it is another one than was asked for.
    #[must_use]
    pub fn other_tier(&self) -> Option<&Tier> {
        self.served.as_ref().filter(|served| **served != self.asked)
    }
}

/// An endpoint with its numbers. Counts are sums over the window; "now" is the last 5 settled minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointRow {
    /// What it is.
    pub endpoint: Endpoint,
    /// An application profile's tags; None where they were not read.
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether it had traffic lately and is polled.
    pub active: bool,
    /// Whether the counts are exact: beside ids of the form `model+flex` they are lower bounds.
    pub counts: Bound,
    /// Accepted requests; throttled ones are not in it.
    pub requests: Option<f64>,
    /// Refused with 429.
    pub throttles: Option<f64>,
    /// Throttles ÷ attempts, now, in percent; None also where there was no attempt.
    pub throttle_percent: Option<f64>,
    /// Throttles, now.
    pub throttles_now: Option<f64>,
    /// The first minute of the newest unbroken run of throttled minutes (gaps up to 5 minutes count as unbroken).
    pub throttled_since: Option<Minute>,
    /// Which minutes of its [`Usage::strip`] had throttles.
    pub refused: Vec<bool>,
    /// 4xx other than throttles.
    pub client_errors: Option<f64>,
    /// 5xx.
    pub server_errors: Option<f64>,
    /// 5xx, now.
    pub server_errors_now: Option<f64>,
    /// Input tokens without cached ones.
    pub input_tokens: Option<f64>,
    /// Output tokens.
    pub output_tokens: Option<f64>,
    /// Input tokens read from the cache.
    pub cache_read_tokens: Option<f64>,
    /// Input tokens written to the cache.
    pub cache_write_tokens: Option<f64>,
    /// Accepted requests per minute, mean over now.
    pub rpm_now: Option<f64>,
    /// Quota tokens per minute, mean over now.
    pub tpm_now: Option<f64>,
    /// Calls in flight, mean over the newest 5 minutes known: Sum(`InvocationLatency` in ms) ÷ 60,000.
    pub in_flight: Option<f64>,
    /// Latency over the whole window, where it was asked as its own query.
    pub latency: Latency,
    /// Time to first token over the whole window, where it was asked as its own query.
    pub ttft: Latency,
    /// Latency of the newest settled 5-minute period with traffic, and its first minute.
    pub latency_recent: Option<(Minute, Latency)>,
    /// Time to first token of the newest settled 5-minute period with traffic, and its first minute.
    pub ttft_recent: Option<(Minute, Latency)>,
    /// What the latency's 90th percentile is at this hour: of the 5-minute values of the same UTC hour on the last 7 days; None where not known.
    pub usual: Option<Usual>,
    /// The newest 5-minute 90th percentile of the latency against the usual median, in percent: `38.0` is 38 % slower; None where either is not known.
    pub vs_usual_percent: Option<f64>,
    /// Output tokens per second: medians of the newest 5-minute period, streaming traffic only.
    pub tokens_per_second: Option<f64>,
    /// Asked and served tiers with requests in the window, or of which that is not known; empty means not reported, never Standard.
    pub tiers: Vec<TierUse>,
    /// What it costs an hour at list price; None where a token count or a price is unknown.
    pub cost: Option<Cost>,
    /// Its own use of quota tokens.
    pub usage: Usage,
}

/// Percent above the usual median from which latency counts as trouble: half the noise of 5-minute percentiles stays below twice the usual.
pub const SLOW_PERCENT: f64 = 100.0;

impl EndpointRow {
    /// Whether the newest latency is twice the usual or more, above nine tenths of the usual values, and rests on enough samples to say so.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        let Some(((_, latency), usual)) = self.latency_recent.zip(self.usual) else { return false };
        latency.is_thin() == Some(false)
            && latency.p90.is_some_and(|p90| p90 > usual.high)
            && self.vs_usual_percent.is_some_and(|percent| percent >= SLOW_PERCENT)
    }
}

/// A use of quota tokens (or requests) by the minute.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Worst of the last 5 settled minutes.
    pub used_now: Option<f64>,
    /// Whether `used_now` is exact.
    pub now_bound: Bound,
    /// Worst settled minute of the window.
    pub peak: Option<f64>,
    /// When.
    pub peak_at: Option<Minute>,
    /// Whether `peak` is exact.
    pub peak_bound: Bound,
    /// Where it comes from; None for counts of requests.
    pub basis: Option<Basis>,
    /// The last [`STRIP_MINUTES`] settled minutes, oldest first; None is unknown.
    pub strip: Vec<Option<f64>>,
}

/// Percent of a quota from which a pool counts as near its limit.
pub const NEAR_LIMIT_PERCENT: f64 = 80.0;

/// Minutes in a row's strip.
pub const STRIP_MINUTES: i64 = 60;

/// A quota that governs a pool, with what is left of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolQuota {
    /// Its code.
    pub code: QuotaCode,
    /// Its name as Service Quotas writes it.
    pub name: String,
    /// What it counts.
    pub metric: QuotaMetric,
    /// The value in force; None where unknown.
    pub applied: Option<f64>,
    /// The default.
    pub default: Option<f64>,
    /// Whether Service Quotas takes requests for more.
    pub adjustable: bool,
    /// The use that counts against it; of a daily quota "now" is its running 24 hours.
    pub usage: Usage,
    /// Tokens of the day, of everybody who draws on it; None where it is not a daily quota, or where they are not known.
    pub day: Option<DayUse>,
    /// 100 × (1 − `used_now` ÷ applied), None where either is unknown or applied is 0. Never more than the truth if the use is `≥`.
    pub headroom_percent: Option<f64>,
    /// 100 × peak ÷ applied.
    pub peak_percent: Option<f64>,
    /// How sure it is that this quota governs this pool.
    pub matched: Match,
    /// What an output token costs it; None where it does not count quota tokens.
    pub multiplier: Option<Multiplier>,
    /// Signs that it is the wrong one, or the multiplier.
    pub signs: Vec<Sign>,
}

impl PoolQuota {
    /// 100 × `used_now` ÷ applied.
    #[must_use]
    pub fn used_percent(&self) -> Option<f64> {
        self.headroom_percent.map(|headroom| 100.0 - headroom)
    }

    /// Whether it can be the limit that is hit. Not certain to govern the pool, or a request quota that more got through than it allows
    /// (AWS announced in May 2026 that they go, and still lists them): then it is no limit to warn of.
    #[must_use]
    pub fn binds(&self) -> bool {
        binds(Some(self.metric), &self.matched, self.peak_percent)
    }

    /// Whether the quota in force is zero: a state of its own, not a percentage.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.applied == Some(0.0)
    }
}

/// Whether a quota can be the limit that is hit: see [`PoolQuota::binds`].
pub(super) fn binds(metric: Option<QuotaMetric>, matched: &Match, peak_percent: Option<f64>) -> bool {
    let passed = metric == Some(QuotaMetric::RequestsPerMinute) && peak_percent.is_some_and(|peak| peak > 100.0);
    *matched == Match::One && !passed
}

/// Endpoints that draw on one quota. A pool has sums and no percentiles.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolRow {
    /// Who owns the quota.
    pub id: PoolId,
    /// Positions in [`Snapshot::endpoints`], busiest first.
    pub members: Vec<usize>,
    /// Its use of quota tokens, summed minute by minute over the members.
    pub usage: Usage,
    /// Which minutes of [`Usage::strip`] had throttles.
    pub refused: Vec<bool>,
    /// The quotas that govern it. Empty means unknown.
    pub quotas: Vec<PoolQuota>,
    /// Sum of the members' numbers; None where one is unknown.
    pub rpm_now: Option<f64>,
    /// Sum of the members' calls in flight.
    pub in_flight: Option<f64>,
    /// Throttles ÷ attempts of all members, now, in percent.
    pub throttle_percent: Option<f64>,
    /// First minute of the newest unbroken run of throttled minutes, where it reaches into now.
    pub throttled_since: Option<Minute>,
    /// 5xx of all members over the window.
    pub server_errors: Option<f64>,
    /// 4xx of all members over the window.
    pub client_errors: Option<f64>,
    /// What all members cost an hour at list price; None where one is unknown.
    pub cost: Option<Cost>,
}

impl PoolRow {
    /// The quota that it is shown against: one of zero, else the token quota, unless another is near its limit and nearer. Never one that does not bind.
    #[must_use]
    pub fn governing_quota(&self) -> Option<&PoolQuota> {
        let nearness =
            |quota: &PoolQuota| quota.used_percent().into_iter().chain(quota.peak_percent).fold(0.0, f64::max);
        let binding = || self.quotas.iter().filter(|quota| quota.binds());
        // Mantle has two quotas and neither is the usual one: the nearer of them; where that is not known, the first.
        let nearer = |one, other| if nearness(other) > nearness(one) { other } else { one };
        let usual = self.token_quota().or_else(|| binding().reduce(nearer));
        let nearest = binding()
            .filter(|quota| nearness(quota) >= NEAR_LIMIT_PERCENT)
            .max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
        let zero = usual.filter(|quota| quota.is_zero()).or_else(|| binding().find(|quota| quota.is_zero()));
        zero.or_else(|| nearest.filter(|near| usual.is_none_or(|usual| nearness(near) > nearness(usual)))).or(usual)
    }

    /// The tokens-per-minute quota that governs it, where one is known for certain.
    #[must_use]
    pub fn token_quota(&self) -> Option<&PoolQuota> {
        self.quotas.iter().find(|quota| quota.metric == QuotaMetric::TokensPerMinute && quota.matched == Match::One)
    }
}

/// Traffic that the account's own totals show and no endpoint explains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unattributed {
    /// `requests`, `throttles`, `client-errors` or `server-errors`.
    pub what: String,
    /// How many in the window.
    pub count: f64,
}

/// Zero quotas among the inference quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ZeroQuotas {
    /// Inference quotas with a value in force of 0.
    pub zero: usize,
    /// Inference quotas with a known value in force.
    pub known: usize,
}

impl ZeroQuotas {
    /// Whether this looks like an account-wide block: nine in ten are zero (both published dumps of such accounts show 98 %).
    #[must_use]
    pub fn is_account_wide(self) -> bool {
        self.known >= 20 && self.zero * 10 >= self.known * 9
    }
}

/// A gap of up to this many minutes does not end a run of throttled minutes.
pub const THROTTLE_GAP_MINUTES: i64 = 5;

/// Everything known at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The Region that was asked.
    pub region: Region,
    /// The account; None where STS did not say.
    pub account: Option<AccountId>,
    /// What the numbers come from.
    pub provenance: Provenance,
    /// When it was put together.
    pub as_of: Timestamp,
    /// The newest settled minute; None before the first answer.
    pub data_through: Option<Minute>,
    /// The minutes that counts are summed over; None before the first answer.
    pub window: Option<Span>,
    /// Endpoints: the active ones, and the idle ones of the catalog.
    pub endpoints: Vec<EndpointRow>,
    /// Pools of active endpoints.
    pub pools: Vec<PoolRow>,
    /// Every quota of the service, by code; empty before they were read.
    pub quotas: Vec<QuotaRow>,
    /// When their applied values were read; None before.
    pub quotas_checked_at: Option<Timestamp>,
    /// Traffic that no endpoint explains.
    pub unattributed: Vec<Unattributed>,
    /// How many inference quotas are zero; None where quotas are unknown.
    pub zero_quotas: Option<ZeroQuotas>,
    /// What failed, newest state of each source.
    pub faults: Vec<Fault>,
}

impl Snapshot {
    /// Whether throttling since this minute may have begun earlier: what was before the window is not looked at.
    #[must_use]
    pub fn may_have_begun_earlier(&self, since: Minute) -> bool {
        self.window.is_some_and(|window| since.0 - window.first.0 <= THROTTLE_GAP_MINUTES)
    }
}
