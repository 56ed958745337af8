//! Makes a [`Snapshot`] of what is known: numbers of endpoints, pools and quotas. The only place where series become numbers.

mod pools;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::{
    burndown::Burndown,
    catalog::{Catalog, Endpoint, EndpointKind, LifecycleDates, Model},
    cost, daily,
    daily::DayUse,
    discovery::{Discovery, Meter},
    fault::Fault,
    governing::GoverningQuotas,
    ids::{AccountId, Arn, EndpointId, QuotaCode, Region},
    increase::QuotaRequest,
    metric::{Metric, Namespace, SeriesKey, Stat},
    minute::{Minute, Span},
    polling::TRIPWIRE,
    pricing::Prices,
    quota::QuotaTable,
    quota_rows,
    signs::Compared,
    snapshot::{
        Bound, EndpointRow, Latency, PoolRow, Provenance, STRIP_MINUTES, Snapshot, THROTTLE_GAP_MINUTES, TierBasis,
        TierUse, Unattributed, Usage, ZeroQuotas,
    },
    store::{CHART_PERIOD_MINUTES, Store},
    strays::Strays,
    tier::TierPair,
    traffic::{Reserved, Traffic},
    usage::{MinuteUses, NOW_MINUTES, bounded_by, percent_of},
    usual::{History, Usual},
    watch::Watch,
};

/// Tags by application profile.
pub type Tags = BTreeMap<Arn, BTreeMap<String, String>>;

/// Sample counts of time to first token must cover this share of the invocations for an output speed (AWS's formula is for streaming traffic).
const STREAMING_SHARE: f64 = 0.9;

/// A percentile that began earlier than this is not the newest any more: three chart periods.
const RECENT_MINUTES: i64 = 15;

/// Milliseconds of latency in a minute, as calls in flight: a call that takes the whole minute is one.
const PER_CALL_IN_FLIGHT: f64 = 1.0 / 60_000.0;

/// A value of the wider questions older than this is not "now" any more: two rounds of them.
pub(super) const STALE_MINUTES: i64 = 10;

/// What a snapshot is made of.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The Region asked.
    pub region: &'a Region,
    /// The account, where known.
    pub account: Option<&'a AccountId>,
    /// What the numbers come from.
    pub provenance: Provenance,
    /// The catalog.
    pub catalog: &'a Catalog,
    /// Tags of application profiles.
    pub tags: &'a Tags,
    /// Which series exist.
    pub discovery: &'a Discovery,
    /// Endpoints that are polled.
    pub active: &'a BTreeSet<Meter>,
    /// The series.
    pub store: &'a Store,
    /// Latencies of the last days, by which the newest are judged.
    pub history: &'a History,
    /// Quotas; None before they were read.
    pub quotas: Option<&'a QuotaTable>,
    /// When the applied values were read; None before, and where they were not.
    pub quotas_checked_at: Option<Timestamp>,
    /// Quotas by model.
    pub governing: &'a GoverningQuotas,
    /// Requests for more, newest first.
    pub requests: &'a [QuotaRequest],
    /// Changes of applied values.
    pub watch: &'a Watch,
    /// The burndown table.
    pub burndown: &'a Burndown,
    /// What failed.
    pub faults: &'a [Fault],
    /// Length of the window in minutes.
    pub window_minutes: i64,
    /// The time.
    pub now: Timestamp,
}

/// Puts the numbers together.
#[must_use]
pub fn snapshot(known: &Known<'_>) -> Snapshot {
    let data_through = known.store.settled_through(Namespace::Bedrock);
    let window = data_through.map(|last| Span::ending(last, known.window_minutes));
    let (mut endpoints, mut pools) = (Vec::new(), Vec::new());
    let days = window.map(|window| daily::day_uses(known, window.last)).unwrap_or_default();
    if let Some(window) = window {
        (endpoints, pools) = Reckoning::new(known, window, &days).rows();
    } else {
        endpoints.extend(known.active.iter().map(|meter| {
            let endpoint = known.catalog.resolve(meter.namespace, &meter.endpoint);
            empty_row(endpoint, known, true)
        }));
    }
    endpoints.extend(idle_rows(known));
    Snapshot {
        region: known.region.clone(),
        account: known.account.cloned(),
        provenance: known.provenance,
        as_of: known.now,
        data_through,
        window,
        unattributed: window.map(|window| unattributed(known, window)).unwrap_or_default(),
        quotas: quota_rows::rows(known, &pools, &days),
        quotas_checked_at: known.quotas_checked_at,
        endpoints,
        pools,
        zero_quotas: known.quotas.map(zero_quotas),
        faults: known.faults.to_vec(),
    }
}

/// The models that quotas are matched with: the listed ones, and those that only a profile or mantle names.
#[must_use]
pub fn models_to_match(catalog: &Catalog, active: &BTreeSet<Meter>) -> Vec<Model> {
    let mut models = catalog.models().to_vec();
    let resolved = active.iter().map(|meter| catalog.resolve(meter.namespace, &meter.endpoint));
    for endpoint in catalog.endpoints().cloned().chain(resolved) {
        if let Some(id) = endpoint.model
            && !models.iter().any(|model| model.id == id)
        {
            let provider = id.as_str().split_once('.').map(|(provider, _)| provider.to_owned()).unwrap_or_default();
            let arn = Arn::from(id.as_str());
            models.push(Model {
                id,
                arn,
                name: String::new(),
                provider,
                lifecycle: None,
                dates: LifecycleDates::default(),
                inference_types: vec![],
            });
        }
    }
    models
}

/// How many on-demand inference quotas are zero. Those that are zero by default (model units, custom deployments) do not count.
#[must_use]
pub fn zero_quotas(table: &QuotaTable) -> ZeroQuotas {
    let values = table.inference().filter(|(_, name)| name.scope.is_on_demand());
    let values = values.filter_map(|(quota, _)| table.in_force(quota));
    values.fold(ZeroQuotas::default(), |counts, value| ZeroQuotas {
        zero: counts.zero + usize::from(value == 0.0),
        known: counts.known + 1,
    })
}

fn unattributed(known: &Known<'_>, window: Span) -> Vec<Unattributed> {
    let endpoints: Vec<&EndpointId> = known
        .active
        .iter()
        .filter(|meter| meter.namespace == Namespace::Bedrock)
        .map(|meter| &meter.endpoint)
        .collect();
    let names = ["requests", "throttles", "client-errors", "server-errors"];
    TRIPWIRE
        .iter()
        .zip(names)
        .filter_map(|(metric, what)| {
            let excess = known.store.excess(Namespace::Bedrock, *metric, &endpoints, window);
            (excess.certain > 0.0).then(|| Unattributed { what: what.to_owned(), count: excess.certain })
        })
        .collect()
}

fn idle_rows<'a>(known: &'a Known<'a>) -> impl Iterator<Item = EndpointRow> + 'a {
    known
        .catalog
        .endpoints()
        .filter(move |endpoint| {
            !known.active.contains(&Meter { namespace: endpoint.namespace, endpoint: endpoint.id.clone() })
        })
        .map(|endpoint| empty_row(endpoint.clone(), known, false))
}

/// An application profile's tags, None before they were read; nothing else has any.
fn tags_of(endpoint: &Endpoint, known: &Known<'_>) -> Option<BTreeMap<String, String>> {
    match (endpoint.kind, &endpoint.arn) {
        (EndpointKind::ApplicationProfile, Some(arn)) => known.tags.get(arn).cloned(),
        (EndpointKind::Unlisted | EndpointKind::ApplicationProfile, _) => None,
        _ => Some(BTreeMap::new()),
    }
}

/// An endpoint of which no number is known.
fn empty_row(endpoint: Endpoint, known: &Known<'_>, active: bool) -> EndpointRow {
    let nothing = MinuteUses::none(Span { first: Minute(1), last: Minute(0) });
    EndpointRow {
        tags: tags_of(&endpoint, known),
        endpoint,
        active,
        counts: Bound::Exact,
        requests: None,
        throttles: None,
        throttle_percent: None,
        throttles_now: None,
        throttled_since: None,
        refused: Vec::new(),
        client_errors: None,
        server_errors: None,
        server_errors_now: None,
        input_tokens: None,
        output_tokens: None,
        cache_read_tokens: None,
        cache_write_tokens: None,
        rpm_now: None,
        tpm_now: None,
        in_flight: None,
        latency: Latency::default(),
        ttft: Latency::default(),
        latency_recent: None,
        ttft_recent: None,
        usual: None,
        vs_usual_percent: None,
        tokens_per_second: None,
        tiers: Vec::new(),
        cost: None,
        usage: nothing.usage(None),
    }
}

/// One endpoint's row with the minutes that its pool is made of.
struct Member {
    row: EndpointRow,
    uses: MinuteUses,
    requests: MinuteUses,
    input: MinuteUses,
    output: MinuteUses,
    /// Calls in flight, mean of each minute.
    in_flight: MinuteUses,
    /// AWS's estimate beside its parts; nothing where a part may be missing in it.
    compared: Compared,
    /// Which minutes of the window had throttles.
    refused: Vec<bool>,
    /// Whether that is known of every minute of the window.
    refusals_known: bool,
    /// Ids of the form `model+flex` stand beside it: whether its totals include them is unknown.
    has_suffix_series: bool,
    /// What Reserved serves of its traffic.
    reserved: Reserved,
    /// Calls above 200K input tokens are in its use.
    has_long_context: bool,
}

struct Reckoning<'a> {
    known: &'a Known<'a>,
    traffic: Traffic<'a>,
    window: Span,
    now: Span,
    /// How far back the newest percentiles may lie.
    recent: Span,
    strays: Strays,
    /// Tokens of the day by daily quota.
    days: &'a HashMap<QuotaCode, DayUse>,
}

impl<'a> Reckoning<'a> {
    fn new(known: &'a Known<'a>, window: Span, days: &'a HashMap<QuotaCode, DayUse>) -> Self {
        let now = Span::ending(window.last, NOW_MINUTES);
        let recent = Span::ending(window.last, RECENT_MINUTES);
        let strays = Strays::among(known.catalog, known.active);
        Self { known, traffic: Traffic::new(known, window), window, now, recent, strays, days }
    }

    fn rows(&self) -> (Vec<EndpointRow>, Vec<PoolRow>) {
        let members: Vec<Member> = self.known.active.iter().map(|meter| self.member(meter)).collect();
        let pools = self.pools(&members);
        (members.into_iter().map(|member| member.row).collect(), pools)
    }

    fn sum(&self, meter: &Meter, metric: Metric, span: Span) -> Option<f64> {
        self.traffic.counts(meter, metric)?.tally(span).exact()
    }

    /// A count over the window. What is asked every five minutes only is summed over the window's length up to where it was asked.
    fn window_sum(&self, meter: &Meter, metric: Metric) -> Option<f64> {
        let asked = || self.asked_window(&meter.series(metric), Stat::Sum);
        self.sum(meter, metric, self.window).or_else(|| self.sum(meter, metric, asked()?))
    }

    /// The window's length up to where a series was asked; None where that is too long ago.
    fn asked_window(&self, key: &SeriesKey, stat: Stat) -> Option<Span> {
        let asked = self.known.store.answered_through(key, stat, 1)?.min(self.window.last);
        let fresh = self.window.last.0 - asked.0 <= STALE_MINUTES;
        fresh.then(|| Span::ending(asked, self.known.window_minutes))
    }

    fn member(&self, meter: &Meter) -> Member {
        let endpoint = self.known.catalog.resolve(meter.namespace, &meter.endpoint);
        let pairs = self.traffic.pairs(meter);
        let (uses, basis, reserved) = self.traffic.uses(meter, &endpoint);
        let throttle_counts = self.traffic.counts(meter, Metric::InvocationThrottles);
        let throttles = |minute| throttle_counts.as_ref()?.at(minute);
        let refusals: Vec<Option<bool>> =
            self.window.minutes().map(|minute| throttles(minute).map(|count| count > 0.0)).collect();
        let refused: Vec<bool> = refusals.iter().map(|refused| *refused == Some(true)).collect();
        let has_suffix_series = self.traffic.has_suffix_series(meter);
        let requests = self.traffic.minutes(meter, Metric::Invocations);
        let mut usage = uses.usage(basis);
        mark_bounds(&mut usage, has_suffix_series, reserved == Reserved::Within);
        let throttles_now = self.sum(meter, Metric::InvocationThrottles, self.now);
        let latency_recent = self.recent_latency(meter, Metric::InvocationLatency);
        let usual = latency_recent.and_then(|(at, _)| self.usual_latency(meter, at));
        let mut row = EndpointRow {
            active: true,
            requests: self.window_sum(meter, Metric::Invocations),
            throttles: self.window_sum(meter, Metric::InvocationThrottles),
            throttle_percent: share(throttles_now, self.sum(meter, Metric::Invocations, self.now)),
            throttles_now,
            throttled_since: newest_run(self.window, &refused, self.now.first),
            refused: of_the_strip(&refused),
            client_errors: self.window_sum(meter, Metric::InvocationClientErrors),
            server_errors: self.window_sum(meter, Metric::InvocationServerErrors),
            server_errors_now: self.sum(meter, Metric::InvocationServerErrors, self.now),
            input_tokens: self.window_sum(meter, Metric::InputTokenCount),
            output_tokens: self.window_sum(meter, Metric::OutputTokenCount),
            cache_read_tokens: self.window_sum(meter, Metric::CacheReadInputTokenCount),
            cache_write_tokens: self.window_sum(meter, Metric::CacheWriteInputTokenCount),
            rpm_now: requests.mean_now(),
            tpm_now: uses.mean_now(),
            in_flight: self.in_flight(meter),
            latency: self.window_latency(meter, Metric::InvocationLatency),
            ttft: self.window_latency(meter, Metric::TimeToFirstToken),
            latency_recent,
            usual,
            vs_usual_percent: latency_recent.and_then(|(_, latency)| usual?.percent_above(latency.p90?)),
            ttft_recent: self.recent_latency(meter, Metric::TimeToFirstToken),
            tokens_per_second: self.tokens_per_second(meter),
            tiers: pairs.map(|pairs| self.tiers(meter, pairs)).unwrap_or_default(),
            usage,
            counts: if has_suffix_series { Bound::AtLeast } else { Bound::Exact },
            ..empty_row(endpoint, self.known, true)
        };
        row.cost = cost::of_endpoint(&row, Prices::built_in(), self.known.region, self.window.len());
        let (input, output) = (
            self.traffic.minutes(meter, Metric::InputTokenCount),
            self.traffic.minutes(meter, Metric::OutputTokenCount),
        );
        Member {
            in_flight: self.traffic.minutes(meter, Metric::InvocationLatency).times(PER_CALL_IN_FLIGHT),
            compared: if has_suffix_series { Compared::default() } else { self.traffic.compared(meter) },
            row,
            uses,
            requests,
            input,
            output,
            refused,
            refusals_known: refusals.iter().all(Option::is_some),
            has_suffix_series,
            reserved,
            has_long_context: self.known.discovery.has_long_context(meter),
        }
    }

    fn in_flight(&self, meter: &Meter) -> Option<f64> {
        let key = meter.series(Metric::InvocationLatency);
        let last = self.known.store.answered_through(&key, Stat::Sum, 1)?.min(self.window.last);
        if self.window.last.0 - last.0 > STALE_MINUTES {
            return None;
        }
        let total = self.known.store.series_tally(&key, Stat::Sum, Span::ending(last, NOW_MINUTES)).exact()?;
        #[expect(clippy::cast_precision_loss, reason = "five")]
        Some(total * PER_CALL_IN_FLIGHT / NOW_MINUTES as f64)
    }

    fn window_latency(&self, meter: &Meter, metric: Metric) -> Latency {
        let key = meter.series(metric);
        let value = |stat| self.known.store.window(&key, stat, self.window);
        Latency {
            p50: value(Stat::Percentile(50)),
            p90: value(Stat::Percentile(90)),
            p99: value(Stat::Percentile(99)),
            average: value(Stat::Average),
            samples: value(Stat::SampleCount),
        }
    }

    fn recent_latency(&self, meter: &Meter, metric: Metric) -> Option<(Minute, Latency)> {
        let key = meter.series(metric);
        // The percentile that every round asks tells which period is the newest.
        let asked = if metric == Metric::InvocationLatency { Stat::Percentile(90) } else { Stat::Percentile(50) };
        let (start, _) = self.known.store.newest_chart_value(&key, asked, self.recent)?;
        let value = |stat| self.known.store.settled(&key, stat, CHART_PERIOD_MINUTES, start).value();
        let samples = match metric {
            Metric::InvocationLatency => self.sum(meter, Metric::Invocations, chart_span(start)),
            _ => value(Stat::SampleCount),
        };
        let latency = Latency {
            p50: value(Stat::Percentile(50)),
            p90: value(Stat::Percentile(90)),
            p99: value(Stat::Percentile(99)),
            average: value(Stat::Average),
            samples,
        };
        Some((start, latency))
    }

    /// What the latency's 90th percentile usually is at a minute.
    fn usual_latency(&self, meter: &Meter, at: Minute) -> Option<Usual> {
        self.known.history.usual(&meter.series(Metric::InvocationLatency), Stat::Percentile(90), at)
    }

    /// Output tokens ÷ (latency − time to first token), medians at 300 s (AWS docs monitoring-runtime-otps).
    fn tokens_per_second(&self, meter: &Meter) -> Option<f64> {
        let store = self.known.store;
        let ttft = meter.series(Metric::TimeToFirstToken);
        let (start, first_token_ms) = store.newest_chart_value(&ttft, Stat::Percentile(50), self.recent)?;
        let value = |metric, stat| store.settled(&meter.series(metric), stat, CHART_PERIOD_MINUTES, start).value();
        let streamed = value(Metric::TimeToFirstToken, Stat::SampleCount)?;
        let requests = self.sum(meter, Metric::Invocations, chart_span(start))?;
        let latency_ms = value(Metric::InvocationLatency, Stat::Percentile(50))?;
        let tokens = value(Metric::OutputTokenCount, Stat::Percentile(50))?;
        let seconds = (latency_ms - first_token_ms) / 1000.0;
        (streamed >= STREAMING_SHARE * requests && seconds > 0.0).then(|| tokens / seconds)
    }

    /// The pairs that were used in the window. A series is known for as long as the program runs; what it says of earlier hours is over.
    fn tiers(&self, meter: &Meter, pairs: &BTreeSet<&TierPair>) -> Vec<TierUse> {
        let is_used =
            |tier: &TierUse| tier.requests != Some(0.0) || tier.quota_tokens.is_some_and(|tokens| tokens > 0.0);
        pairs.iter().map(|pair| self.tier(meter, pair)).filter(is_used).collect()
    }

    fn tier(&self, meter: &Meter, pair: &TierPair) -> TierUse {
        let sum = |metric, stat| {
            let key = meter.tier_series(metric, pair);
            self.known.store.series_tally(&key, stat, self.asked_window(&key, stat)?).exact()
        };
        let estimate = Metric::EstimatedTpmQuotaUsage;
        let (requests, basis) = match sum(Metric::Invocations, Stat::Sum) {
            Some(requests) => (Some(requests), TierBasis::Invocations),
            None => (sum(estimate, Stat::SampleCount), TierBasis::EstimateSamples),
        };
        TierUse {
            asked: pair.asked.clone(),
            served: pair.served.clone(),
            quota_tokens: sum(estimate, Stat::Sum),
            requests,
            basis: if pair.served.is_none() { TierBasis::IdSuffix } else { basis },
        }
    }
}

fn chart_span(start: Minute) -> Span {
    Span { first: start, last: start + (CHART_PERIOD_MINUTES - 1) }
}

/// Throttles ÷ (accepted + throttles) in percent; None where either is unknown or nobody called.
fn share(throttles: Option<f64>, accepted: Option<f64>) -> Option<f64> {
    let (throttles, accepted) = throttles.zip(accepted)?;
    percent_of(Some(throttles), Some(throttles + accepted))
}

/// The minutes that a strip shows.
fn of_the_strip(refused: &[bool]) -> Vec<bool> {
    let strip = usize::try_from(STRIP_MINUTES).unwrap_or(0);
    refused[refused.len().saturating_sub(strip)..].to_vec()
}

/// Where the newest run of refused minutes of the span began, if it reaches into or past `now`.
fn newest_run(span: Span, refused: &[bool], now: Minute) -> Option<Minute> {
    let mut since: Option<Minute> = None;
    let newest_first = refused.iter().rev().enumerate().filter(|(_, refused)| **refused);
    for minute in newest_first.filter_map(|(age, _)| i64::try_from(age).ok()).map(|age| span.last - age) {
        match since {
            None if minute < now => return None,
            Some(start) if start.0 - minute.0 > THROTTLE_GAP_MINUTES + 1 => break,
            _ => since = Some(minute),
        }
    }
    since
}

/// What is beside the number makes it `≥`, what may not belong into it makes it `≤`; both at once leave nothing to be said.
fn mark_bounds(usage: &mut Usage, more_beside: bool, less_within: bool) {
    for (bound, value) in [(&mut usage.now_bound, &mut usage.used_now), (&mut usage.peak_bound, &mut usage.peak)] {
        match bounded_by(*bound, more_beside, less_within) {
            None => *value = None,
            Some(bounded) => *bound = bounded,
        }
    }
    // When the worst minute was is not known where no minute's use is.
    usage.peak_at = usage.peak_at.filter(|_| usage.peak.is_some());
}
