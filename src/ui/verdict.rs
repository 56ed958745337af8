//! The one line that is always there: the worst thing now, or why it can't be seen.
//!
//! ```text
//! !! THROTTLED 03:02Z→now  Claude Sonnet 4.5 us: 14% of attempts refused, peak 97% of 2.0M TPM at 03:06Z     +1 more
//!    quiet: worst 41% (Claude Haiku 4.5 global), no refusals for 3 h
//! ```
//!
//! `quiet` is said only where the throttles of every active endpoint are known.

use jiff::SignedDuration;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use crate::{
    app::{
        keys::{Action, Place, first_key},
        state::{State, Trouble},
        view::RowId,
    },
    domain::{
        fault::{Fault, Source},
        metric::Metric::InvocationThrottles,
        minute::Minute,
        quota_name::QuotaMetric,
        signs::Sign,
        snapshot::{EndpointRow, PoolQuota, PoolRow, Snapshot, ZeroQuotas},
    },
};

use super::{
    names::Name,
    numbers::{UNKNOWN, bounded_percent, clock, percent, seconds, short, window},
    text::{clean, truncate_clause, width},
    theme::{Theme, Tone},
};

/// Data older than this, from a source that fails, says nothing of now: the failure comes first.
const BLIND_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing to do.
    Calm,
    /// Not known yet, or can't be seen.
    Unknown,
    /// Close to trouble.
    Warn,
    /// Trouble.
    Bad,
}

impl Level {
    /// The mark before the line.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Calm => "  ",
            Self::Unknown => " ?",
            Self::Warn => " !",
            Self::Bad => "!!",
        }
    }

    /// How it is drawn.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::Calm => Tone::Good,
            Self::Unknown | Self::Warn => Tone::Warn,
            Self::Bad => Tone::Bad,
        }
    }
}

/// What is said first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How bad it is.
    pub level: Level,
    /// One sentence. What stands before two spaces, or before the first colon, is the headline.
    pub text: String,
    /// What to do, or what else there is; may be empty.
    pub hint: String,
}

impl Verdict {
    fn new(level: Level, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { level, text: text.into(), hint: hint.into() }
    }
}

/// The worst thing now. How many more there are stands at the end of the hint.
#[must_use]
pub fn verdict(state: &State) -> Verdict {
    let mut candidates = troubles(state);
    // The program's own cache hides nothing of the account: the third line tells of it.
    let fault = worst_fault(state).filter(|fault| fault.source != Source::Cache);
    if let Some(fault) = fault {
        let place = if is_blind(state, fault) {
            0
        } else {
            candidates.partition_point(|(rank, _)| *rank <= Trouble::NearLimit)
        };
        candidates.insert(place, (Trouble::None, faulty(fault)));
    }
    candidates.extend(unattributed(state).map(|verdict| (Trouble::None, verdict)));
    let more = candidates.len().saturating_sub(1);
    let Some((_, mut verdict)) = candidates.into_iter().next() else { return without_trouble(state) };
    if more > 0 {
        let note = fault.filter(|fault| !verdict.text.starts_with(&clean(&fault.headline())));
        let note = note.map_or_else(String::new, |fault| format!(", {} {}", fault.source, fault.kind));
        let gap = if verdict.hint.is_empty() { "" } else { " · " };
        verdict.hint = format!("{}{gap}+{more} more{note}", verdict.hint);
    }
    verdict
}

/// Every pool's trouble, worst first; one for the whole account where nearly all quotas are zero.
fn troubles(state: &State) -> Vec<(Trouble, Verdict)> {
    let snapshot = &*state.snapshot;
    let mut found: Vec<_> = snapshot
        .pools
        .iter()
        .map(|pool| (Trouble::of(pool, snapshot), pool))
        .filter(|(trouble, _)| *trouble != Trouble::None)
        .collect();
    let zero = snapshot.zero_quotas.filter(|zero| zero.is_account_wide());
    if zero.is_some() {
        found.retain(|(trouble, _)| *trouble != Trouble::ZeroQuota);
    }
    found.sort_by(|(a, pool), (b, other)| a.cmp(b).then(severity(*b, other).total_cmp(&severity(*a, pool))));
    let mut verdicts: Vec<_> =
        found.into_iter().map(|(trouble, pool)| (trouble, of_pool(trouble, pool, state))).collect();
    if let Some(zero) = zero {
        // It explains the refusals, so it comes before them.
        verdicts.insert(0, (Trouble::Throttled, all_zero(zero, snapshot)));
    }
    verdicts
}

/// Nearly all quotas are zero; where calls are served all the same, the list is what is wrong.
fn all_zero(zero: ZeroQuotas, snapshot: &Snapshot) -> Verdict {
    let is_served = |quota: &PoolQuota| quota.signs.iter().any(|sign| matches!(sign, Sign::UsedAtZero(_)));
    let region = clean(snapshot.region.as_str());
    let counted = format!("{} of {} inference quotas in {region}", zero.zero, zero.known);
    let hint = format!("{} says why and what next", first_key(Action::Doctor));
    if snapshot.pools.iter().any(|pool| pool.quotas.iter().any(is_served)) {
        return Verdict::new(Level::Warn, format!("LISTED AS 0  {counted}, but calls are served"), hint);
    }
    Verdict::new(Level::Bad, format!("QUOTAS ARE 0  {counted} are 0"), hint)
}

fn severity(trouble: Trouble, pool: &PoolRow) -> f64 {
    let worst = |number: fn(&PoolQuota) -> Option<f64>| pool.quotas.iter().filter_map(number).fold(0.0, f64::max);
    match trouble {
        Trouble::Throttled => pool.throttle_percent.unwrap_or(0.0),
        Trouble::ServerErrors => pool.server_errors.unwrap_or(0.0),
        _ => worst(PoolQuota::used_percent).max(worst(|quota| quota.peak_percent)),
    }
}

/// The key that opens the row, where its reasons stand; empty where it would open another one.
fn why(pool: &PoolRow, state: &State) -> String {
    let is_here = match &state.view.cursor {
        Some(RowId::Pool(id) | RowId::Member(id, _)) => *id == pool.id,
        _ => false,
    };
    let opens = is_here && state.view.place() == Place::Live;
    if opens { format!("{} why", first_key(Action::Open)) } else { String::new() }
}

fn of_pool(trouble: Trouble, pool: &PoolRow, state: &State) -> Verdict {
    let snapshot = &*state.snapshot;
    let name = Name::of_pool(pool, snapshot).phrase();
    match trouble {
        Trouble::Throttled => Verdict::new(Level::Bad, throttled(pool, &name, state), why(pool, state)),
        Trouble::ZeroQuota => Verdict::new(Level::Bad, zero_quota(pool, &name), "ask for an increase, or AWS Support"),
        Trouble::ServerErrors => Verdict::new(Level::Warn, server_errors(pool, &name, snapshot), ""),
        Trouble::NearLimit => Verdict::new(Level::Warn, near_limit(pool, &name), ""),
        Trouble::Slow => Verdict::new(Level::Warn, slow(pool, snapshot), ""),
        Trouble::OtherTier => Verdict::new(Level::Warn, other_tier(pool, &name, snapshot), ""),
        Trouble::None => Verdict::new(Level::Calm, name, ""),
    }
}

fn throttled(pool: &PoolRow, name: &str, state: &State) -> String {
    let until = match state.snapshot.data_through {
        Some(minute) if is_old(state) => minute.to_string(),
        _ => "now".to_owned(),
    };
    let since = pool.throttled_since.map_or_else(String::new, |at| format!(" {}→{until}", since(at, &state.snapshot)));
    let refused = pool.throttle_percent.map_or_else(|| UNKNOWN.to_owned(), percent);
    let peak = pool.governing_quota().and_then(peak_of).map_or_else(String::new, |peak| format!(", {peak}"));
    format!("THROTTLED{since}  {name}: {refused} of attempts refused{peak}")
}

/// `03:02Z`; `before 00:12Z` where it goes back to the window's first minutes.
pub(super) fn since(minute: Minute, snapshot: &Snapshot) -> String {
    if snapshot.may_have_begun_earlier(minute) { format!("before {minute}") } else { minute.to_string() }
}

/// `peak 97% of 2.0M TPM at 03:06Z`.
fn peak_of(quota: &PoolQuota) -> Option<String> {
    let peak = bounded_percent(quota.peak_percent?, quota.usage.peak_bound);
    let at = quota.usage.peak_at.map_or_else(String::new, |minute| format!(" at {minute}"));
    Some(format!("peak {peak} of {}{at}", limit(quota)))
}

fn zero_quota(pool: &PoolRow, name: &str) -> String {
    let zero = pool.quotas.iter().find(|quota| quota.is_zero());
    let what = zero.map_or_else(String::new, |quota| format!(" {} ({})", limit(quota), clean(quota.code.as_str())));
    format!("QUOTA IS 0  {name}: the limit in force is{what}, and there is traffic on it")
}

fn server_errors(pool: &PoolRow, name: &str, snapshot: &Snapshot) -> String {
    let now: f64 = members(pool, snapshot).filter_map(|row| row.server_errors_now).sum();
    let all = pool.server_errors.map_or_else(String::new, |all| format!(", {} in {}", short(all), window_of(snapshot)));
    let errors = if short(now) == "1" { "server error" } else { "server errors" };
    format!("5xx  {name}: {} {errors} in 5 min{all}", short(now))
}

fn near_limit(pool: &PoolRow, name: &str) -> String {
    let Some(quota) = pool.governing_quota() else { return format!("NEAR LIMIT  {name}") };
    let now = quota.used_percent().map(|used| format!("{} now", bounded_percent(used, quota.usage.now_bound)));
    let parts: Vec<String> = peak_of(quota).into_iter().chain(now).collect();
    format!("NEAR LIMIT  {name}: {}", parts.join(", "))
}

/// `SLOW  Claude Sonnet 4.5 us: p90 32 s, +310% against this hour of the last 7 days`.
fn slow(pool: &PoolRow, snapshot: &Snapshot) -> String {
    let above = |row: &&EndpointRow| row.vs_usual_percent.unwrap_or(0.0);
    let slowest = members(pool, snapshot).filter(|row| row.is_slow()).max_by(|a, b| above(a).total_cmp(&above(b)));
    let Some((row, (_, latency))) = slowest.and_then(|row| Some((row, row.latency_recent?))) else {
        return "SLOW".to_owned();
    };
    let p90 = latency.p90.map_or_else(|| UNKNOWN.to_owned(), seconds);
    let days = row.usual.map_or(0, |usual| usual.days);
    let usual = format!("+{} against this hour of the last {days} days", percent(above(&row)));
    format!("SLOW  {}: p90 {p90} s, {usual}", Name::of_endpoint(row).phrase())
}

fn other_tier(pool: &PoolRow, name: &str, snapshot: &Snapshot) -> String {
    let tiers = members(pool, snapshot).flat_map(|row| &row.tiers);
    let differing = tiers.filter_map(|tier| Some((tier, tier.other_tier()?)));
    let Some((tier, served)) =
        differing.max_by(|(a, _), (b, _)| a.requests.unwrap_or(0.0).total_cmp(&b.requests.unwrap_or(0.0)))
    else {
        return format!("OTHER TIER  {name}");
    };
    let count = tier
        .requests
        .map_or_else(String::new, |count| format!(", {} requests in {}", short(count), window_of(snapshot)));
    format!("OTHER TIER  {name}: asked {}, served {}{count}", clean(tier.asked.name()), clean(served.name()))
}

fn unattributed(state: &State) -> Option<Verdict> {
    let snapshot = &state.snapshot;
    let counts: Vec<_> = snapshot
        .unattributed
        .iter()
        .filter(|rest| rest.count > 0.0)
        .map(|rest| format!("{} {}", short(rest.count), clean(&rest.what).replace('-', " ")))
        .collect();
    (!counts.is_empty()).then(|| {
        let text = format!("UNATTRIBUTED  {} in {} that no endpoint explains", counts.join(", "), window_of(snapshot));
        Verdict::new(Level::Unknown, text, "new series take up to 15 min to be listed")
    })
}

/// Headline and next step. AWS's own message is long, names accounts and roles, and stands where the table would be.
fn faulty(fault: &Fault) -> Verdict {
    let level = if fault.kind.passes() { Level::Unknown } else { Level::Bad };
    Verdict::new(level, clean(&fault.headline()), clean(&fault.next_step))
}

/// The failed source that hides most.
pub(super) fn worst_fault(state: &State) -> Option<&Fault> {
    const ORDER: [Source; 7] = [
        Source::Metrics,
        Source::Identity,
        Source::Discovery,
        Source::ServiceQuotas,
        Source::Catalog,
        Source::Tags,
        Source::Cache,
    ];
    ORDER.into_iter().find_map(|source| state.standing().get(&source)?.fault.as_ref())
}

/// Whether the failure hides what happens now: no data at all, or old data.
fn is_blind(state: &State, fault: &Fault) -> bool {
    hides_traffic(fault) && data_age(state).is_none_or(|age| age > BLIND_AFTER)
}

/// Whether the source is one without which traffic can't be seen.
pub(super) fn hides_traffic(fault: &Fault) -> bool {
    matches!(fault.source, Source::Metrics | Source::Identity | Source::Discovery)
}

/// How long ago the newest settled minute ended.
pub(super) fn data_age(state: &State) -> Option<SignedDuration> {
    state.snapshot.data_through.map(|minute| state.shown_now().duration_since(minute.end()))
}

fn is_old(state: &State) -> bool {
    data_age(state).is_some_and(|age| age > BLIND_AFTER)
}

/// Nothing is wrong as far as can be seen: quiet, no traffic, or not yet known.
fn without_trouble(state: &State) -> Verdict {
    let snapshot = &*state.snapshot;
    let Some(through) = snapshot.data_through else { return loading(state) };
    if snapshot.pools.is_empty() {
        let text = format!(
            "no traffic: nothing called Bedrock in {} in the last {}",
            clean(snapshot.region.as_str()),
            window_of(snapshot)
        );
        return Verdict::new(Level::Calm, text, "");
    }
    if is_old(state) {
        return Verdict::new(Level::Unknown, format!("no data since {through}: what happens now can't be seen"), "");
    }
    let active = || snapshot.endpoints.iter().filter(|row| row.active);
    let counts_throttles = |row: &&EndpointRow| InvocationThrottles.name(row.endpoint.namespace).is_some();
    let silent = active().filter(|row| !counts_throttles(row)).count();
    let silent = if silent == 0 { String::new() } else { format!(", {silent} on mantle, which reports none") };
    let throttles = active().filter(counts_throttles).map(|row| row.throttles);
    let Some(refused) = throttles.sum::<Option<f64>>() else {
        return Verdict::new(
            Level::Unknown,
            format!("throttles not known yet for every endpoint: {}", worst_use(state)),
            "",
        );
    };
    let refusals = if refused > 0.0 {
        format!("quiet now: {}, {} refused earlier in {}", worst_use(state), short(refused), window_of(snapshot))
    } else {
        format!("quiet: {}, no refusals for {}{silent}", worst_use(state), window_of(snapshot))
    };
    Verdict::new(Level::Calm, refusals, "")
}

/// `worst 41% (Claude Haiku 4.5 global), 1 without a known limit`.
fn worst_use(state: &State) -> String {
    let snapshot = &*state.snapshot;
    let used =
        |pool: &PoolRow| pool.governing_quota().and_then(|quota| Some((quota.used_percent()?, quota.usage.now_bound)));
    let known: Vec<_> = snapshot.pools.iter().filter_map(|pool| Some((used(pool)?, pool))).collect();
    let unknown = snapshot.pools.len() - known.len();
    let worst = known.into_iter().max_by(|((a, _), _), ((b, _), _)| a.total_cmp(b));
    match (worst, unknown) {
        (None, _) if state.awaits_quotas() => "limits are still being read".to_owned(),
        (None, _) => "no limit is known for what runs".to_owned(),
        (Some(((used, bound), pool)), unknown) => {
            let rest = if unknown == 0 { String::new() } else { format!(", {unknown} without a known limit") };
            format!("worst {} ({}){rest}", bounded_percent(used, bound), Name::of_pool(pool, snapshot).phrase())
        }
    }
}

fn loading(state: &State) -> Verdict {
    let asked: Vec<_> =
        state.standing().iter().filter(|(_, feed)| feed.asking).map(|(source, _)| source.name()).collect();
    let text =
        if asked.is_empty() { "loading…".to_owned() } else { format!("loading… asking {}", asked.join(", ")) };
    Verdict::new(Level::Unknown, text, "")
}

/// `3 h`: the window that counts are summed over.
pub(super) fn window_of(snapshot: &Snapshot) -> String {
    snapshot.window.map_or_else(|| "the window".to_owned(), |span| window(span.len()))
}

/// `TPM`: what a quota counts, in short.
pub(super) fn limit_unit(metric: QuotaMetric) -> &'static str {
    match metric {
        QuotaMetric::RequestsPerMinute => "RPM",
        QuotaMetric::TokensPerMinute => "TPM",
        QuotaMetric::TokensPerDay => "TPD",
        QuotaMetric::InputTokensPerMinute => "ITPM",
        QuotaMetric::OutputTokensPerMinute => "OTPM",
        QuotaMetric::ConcurrentRequests => "at once",
        QuotaMetric::ConcurrentAsyncRequests => "async at once",
        QuotaMetric::ModelUnits => "units",
        QuotaMetric::Count => "",
    }
}

/// `2.0M TPM`.
pub(super) fn limit(quota: &PoolQuota) -> String {
    let unit = limit_unit(quota.metric);
    quota.applied.map_or_else(|| "unknown".to_owned(), |applied| format!("{} {unit}", short(applied)))
}

fn members<'a>(pool: &'a PoolRow, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a EndpointRow> {
    pool.members.iter().filter_map(|index| snapshot.endpoints.get(*index))
}

/// Draws the line: mark, headline, the rest, and the hint on the right where there is room.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let verdict = verdict(state);
    let tone = theme.style(verdict.level.tone());
    let cells = usize::from(area.width);
    let (text, hint) = (theme.say(&verdict.text), theme.say(&verdict.hint));
    let room = cells.saturating_sub(4);
    let ellipsis = theme.say("…");
    let text = truncate_clause(&text, room, &ellipsis);
    let left = room.saturating_sub(width(&text) + 2);
    let hint = if left >= MIN_HINT { truncate_clause(&hint, left, &ellipsis) } else { String::new() };
    let (x, y) = (area.x, area.y);
    buffer.set_stringn(x, y, verdict.level.mark(), cells, tone.add_modifier(Modifier::BOLD));
    let headline = headline_length(&text);
    let (next, _) = buffer.set_stringn(x + 3, y, &text[..headline], room, tone.add_modifier(Modifier::BOLD));
    let plain = if verdict.level == Level::Bad { theme.style(Tone::Strong) } else { Style::new() };
    let used = usize::from(next - x);
    buffer.set_stringn(next, y, &text[headline..], cells.saturating_sub(used), plain);
    let start = cells.saturating_sub(width(&hint) + 1);
    let start = u16::try_from(start).unwrap_or(area.width);
    buffer.set_stringn(x + start, y, &hint, width(&hint), theme.style(Tone::Dim));
}

/// A hint of fewer cells says nothing.
const MIN_HINT: usize = 7;

fn headline_length(text: &str) -> usize {
    let ends = [text.find("  "), text.find(": "), text.find(". ")];
    ends.into_iter().flatten().min().unwrap_or(0)
}

/// `last good 03:01Z`, or that there was none.
pub(super) fn last_good(state: &State, source: Source) -> String {
    let good = state.standing().get(&source).and_then(|feed| feed.last_good);
    good.map_or_else(|| "no good answer yet".to_owned(), |at| format!("last good {}", clock(at)))
}
