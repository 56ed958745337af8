//! What is said of a quota, in the panel and on its page: values, use, match. One sentence each, safe to draw.

use jiff::Timestamp;

use crate::{
    app::state::State,
    domain::{
        daily::DayUse,
        increase::QuotaRequest,
        matching::Match,
        quota_name::{QuotaMetric, QuotaScope},
        quota_rows::QuotaRow,
        snapshot::{Basis, Bound},
        watch::Change,
    },
    ui::{
        names,
        numbers::{
            UNKNOWN, WHICH_DAY, age, bounded, bounded_percent, clock, day_parts, grouped, short, short_or_unknown,
        },
        text::clean,
        theme::Tone,
    },
};

/// A sentence and how it is drawn.
pub(super) type Said = (String, Tone);

/// Endpoints that a sentence names; the page has all.
const NAMED_AT_MOST: usize = 3;

/// What a quota is of: its model and the variant, or what it counts.
pub(super) fn subject(row: &QuotaRow) -> String {
    let known = &row.known;
    match (&known.label, known.scope) {
        (Some(label), _) => {
            let variant = known.variant.as_deref().map_or_else(String::new, |variant| format!(" {}", clean(variant)));
            format!("{}{variant}", clean(label))
        }
        (None, QuotaScope::Account) => "all models together".to_owned(),
        (None, _) => clean(&known.quota.name),
    }
}

/// In a column's cells.
pub(super) fn short_scope(scope: QuotaScope) -> &'static str {
    match scope {
        QuotaScope::InRegionAndGeo => "in+geo",
        QuotaScope::LatencyOptimized => "latency",
        QuotaScope::CustomDeployment => "custom",
        QuotaScope::Provisioned => "provision",
        QuotaScope::Other => "",
        other => other.name(),
    }
}

/// In a sentence.
pub(super) fn scope(scope: QuotaScope) -> &'static str {
    match scope {
        QuotaScope::InRegion => "calls by model id in this Region",
        QuotaScope::Geo => "calls through geographic profiles",
        QuotaScope::Global => "calls through global profiles",
        QuotaScope::InRegionAndGeo => "calls in this Region and through geographic profiles together",
        QuotaScope::LatencyOptimized => "latency-optimised calls",
        QuotaScope::Mantle => "calls to the bedrock-mantle endpoint",
        QuotaScope::CustomDeployment => "calls to custom model deployments",
        QuotaScope::Provisioned => "Provisioned Throughput",
        QuotaScope::Profiles => "inference profiles themselves",
        QuotaScope::Account => "all calls of the account",
        QuotaScope::Other => "nothing that inference draws on",
    }
}

/// In a column's cells.
pub(super) fn short_metric(metric: QuotaMetric) -> &'static str {
    match metric {
        QuotaMetric::RequestsPerMinute => "RPM",
        QuotaMetric::TokensPerMinute => "TPM",
        QuotaMetric::TokensPerDay => "TPD",
        QuotaMetric::InputTokensPerMinute => "ITPM",
        QuotaMetric::OutputTokensPerMinute => "OTPM",
        QuotaMetric::ConcurrentRequests => "conc",
        QuotaMetric::ConcurrentAsyncRequests => "async",
        QuotaMetric::ModelUnits => "units",
        QuotaMetric::Count => "count",
    }
}

/// In a sentence, after a number.
pub(super) fn unit(metric: Option<QuotaMetric>) -> &'static str {
    match metric {
        Some(QuotaMetric::RequestsPerMinute) => " requests a minute",
        Some(QuotaMetric::TokensPerMinute) => " quota tokens a minute",
        Some(QuotaMetric::TokensPerDay) => " quota tokens a day",
        Some(QuotaMetric::InputTokensPerMinute) => " input tokens a minute",
        Some(QuotaMetric::OutputTokensPerMinute) => " output tokens a minute",
        Some(QuotaMetric::ConcurrentRequests) => " requests at once",
        Some(QuotaMetric::ConcurrentAsyncRequests) => " asynchronous requests at once",
        Some(QuotaMetric::ModelUnits) => " model units",
        Some(QuotaMetric::Count) | None => "",
    }
}

/// `quota tokens a minute of calls through geographic profiles`.
pub(super) fn counted(row: &QuotaRow) -> String {
    match unit(row.known.metric).trim_start() {
        "" => scope(row.known.scope).to_owned(),
        unit => format!("{unit} of {}", scope(row.known.scope)),
    }
}

/// `checked 03:12Z, 1m20s ago`: when the applied values were read; None before.
pub(super) fn checked(state: &State) -> Option<String> {
    let at = state.snapshot.quotas_checked_at?;
    Some(format!("checked {}, {} ago", clock(at), age(state.shown_now().duration_since(at))))
}

/// `applied 2.0M, default 5.0M: below default`.
pub(super) fn value(row: &QuotaRow) -> Said {
    let quota = &row.known.quota;
    if let Some(error) = &quota.error {
        return (format!("applied unknown: Service Quotas says {}", clean(error)), Tone::Warn);
    }
    let default = quota.default.map_or_else(|| UNKNOWN.to_owned(), short);
    match (row.known.in_force, quota.default) {
        (Some(_), _) if row.is_zero() => (format!("applied 0, default {default}: nothing is allowed"), Tone::Bad),
        (Some(applied), Some(value)) if applied < value => {
            (format!("applied {}, default {default}: below default", short(applied)), Tone::Warn)
        }
        (Some(applied), Some(value)) if applied > value => {
            (format!("applied {}, default {default}: raised", short(applied)), Tone::Strong)
        }
        (Some(applied), Some(_)) => (format!("applied {}, the default", short(applied)), Tone::Strong),
        (Some(applied), None) => (format!("applied {}, default not listed", short(applied)), Tone::Strong),
        (None, _) => {
            (format!("applied {UNKNOWN}, default {default}: the applied values have not been read"), Tone::Warn)
        }
    }
}

/// `0 → 200,000 seen 14:02Z (still 0 at 08:01Z)`.
pub(super) fn changed(change: &Change) -> String {
    let still = change
        .still_at
        .map_or_else(String::new, |at| format!(" (still {} at {})", grouped(change.from), day_and_clock(at)));
    format!("changed {} → {}, seen {}{still}", grouped(change.from), grouped(change.to), day_and_clock(change.seen_at))
}

/// `11-22 03:02Z`.
pub(super) fn day_and_clock(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {}", text.get(5..10).unwrap_or(""), clock(at))
}

/// `adjustable`, `a request for 5,000,000 is open since 11-20 (PENDING)`.
pub(super) fn request(row: &QuotaRow) -> String {
    match &row.open_request {
        Some(request) => format!("a request {}", request_text(request)),
        None if row.known.quota.adjustable => "adjustable, no open request".to_owned(),
        None => "not adjustable through Service Quotas".to_owned(),
    }
}

/// `for 5,000,000 is open since 11-20 (CASE_OPENED, case 17…)`.
fn request_text(request: &QuotaRequest) -> String {
    let wanted = request.desired.map_or_else(String::new, |value| format!("for {} ", grouped(value)));
    let since =
        request.created.map_or_else(String::new, |at| format!(" since {}", at.to_string().get(..10).unwrap_or("")));
    let case = request.case.as_deref().map_or_else(String::new, |case| format!(", case {}", clean(case)));
    format!("{wanted}is open{since} ({}{case})", clean(&request.status))
}

/// What is used of it; the note that its kind of number needs comes with it.
pub(super) fn use_of(row: &QuotaRow) -> Vec<Said> {
    let mut said = Vec::new();
    match (&row.day, row.used_now()) {
        (Some(day), _) => said.push(of_the_day(row, day)),
        (None, _) if !row.is_in_use() => said.push(("nobody draws on it now".to_owned(), Tone::Dim)),
        (None, used) => said.push((by_the_minute(row, used), Tone::Plain)),
    }
    said.extend(note(row).map(|note| (note.to_owned(), Tone::Dim)));
    said
}

/// `24 h 1.2B (20%) · since 00:00Z 671M (12%): AWS does not say which of them counts`.
fn of_the_day(row: &QuotaRow, day: &DayUse) -> Said {
    let applied = row.known.in_force.filter(|_| row.headroom_percent.is_some());
    let rule = if row.known.scope == QuotaScope::Account {
        "weighted by a price rule that is not published: no percentage"
    } else {
        WHICH_DAY
    };
    (format!("{}: {rule}", day_parts(day, applied)), Tone::Plain)
}

/// `now 1.7M (87%) · worst 97% at 03:06Z · AWS's estimate`.
fn by_the_minute(row: &QuotaRow, used: Option<(f64, Bound)>) -> String {
    let mut parts = Vec::new();
    let percent = |value: Option<f64>, bound| value.map(|value| bounded_percent(value, bound));
    parts.push(match used {
        Some((value, bound)) => {
            let share = percent(row.used_percent(), bound).map_or_else(String::new, |share| format!(" ({share})"));
            format!("now {}{share}", bounded(Some(value), bound, 6))
        }
        None => format!("now {UNKNOWN}"),
    });
    if let Some((value, at, bound)) = row.peak() {
        let worst = percent(row.peak_percent, bound).unwrap_or_else(|| bounded(Some(value), bound, 6));
        parts.push(format!("worst minute {worst} at {at}"));
    }
    parts.extend(row.basis().map(|basis| {
        match basis {
            Basis::AwsEstimate => "by AWS's estimate",
            Basis::Formula => "by input + cache write + output × burndown",
        }
        .to_owned()
    }));
    if row.pools.len() > 1 {
        parts.push(format!("{} pools together", row.pools.len()));
    }
    parts.join(" · ")
}

/// `an output token counts ×5 (table of 2026-11-22); AWS's estimate implies ×5.0`; None where the quota counts no quota tokens.
pub(super) fn burndown(state: &State, row: &QuotaRow) -> Option<String> {
    let multiplier = row.multiplier?;
    let date = &state.account.burndown.as_of;
    let table = multiplier.table.map_or_else(
        || format!("what an output token counts is not in the table of {date}"),
        |times| format!("an output token counts ×{times} (table of {date})"),
    );
    let implied = multiplier.implied.map_or_else(String::new, |times| format!("; AWS's estimate implies ×{times:.1}"));
    Some(format!("{table}{implied}"))
}

/// What must be known with a number of this kind.
fn note(row: &QuotaRow) -> Option<&'static str> {
    match (row.known.metric?, row.known.scope) {
        (QuotaMetric::RequestsPerMinute, scope) if scope.is_on_demand() => {
            Some("may not be enforced any more: AWS announced in May 2026 that request quotas go, and still lists them")
        }
        (QuotaMetric::TokensPerDay, QuotaScope::InRegionAndGeo) => Some(
            "calls in this Region and through geographic profiles share it; for the latter it is twice as large, so their tokens are counted half: they may count more, for the rule is not published",
        ),
        (QuotaMetric::ConcurrentRequests, _) => {
            Some("the mean of a minute, from latencies: for moments there were more at once")
        }
        (QuotaMetric::ConcurrentAsyncRequests, _) => Some("no metric tells how many asynchronous requests are at work"),
        (QuotaMetric::InputTokensPerMinute | QuotaMetric::OutputTokensPerMinute, QuotaScope::Mantle) => {
            Some("mantle counts input and output apart, every token once; it has no metric of refusals")
        }
        (_, QuotaScope::LatencyOptimized) => {
            Some("latency-optimised calls are counted under the model's usual id: their use is in no series of its own")
        }
        (_, QuotaScope::CustomDeployment) => {
            Some("a quota of all deployments of the model together; 0 is what accounts begin with")
        }
        (QuotaMetric::ModelUnits, _) => Some("0 is what accounts begin with: no sign of trouble"),
        _ if row.known.variant.is_some() => {
            Some("stands beside the model's usual quota and never in its place; what it used is not told apart")
        }
        _ => None,
    }
}

/// Who shares it.
pub(super) fn tiers(row: &QuotaRow) -> Option<&'static str> {
    let shared = row.known.scope.is_on_demand();
    shared.then_some("Priority, Standard and Flex share it: no quota's name has a tier. Reserved has its own capacity.")
}

/// Which model it is of, and why.
pub(super) fn matched(row: &QuotaRow) -> Said {
    let matching = &row.known.matching;
    let why = clean(&matching.why);
    let because = if why.is_empty() { String::new() } else { format!(": {why}") };
    let (text, tone) = match &matching.matched {
        Match::One => {
            let model = matching.base_model.as_ref().map_or_else(|| UNKNOWN.to_owned(), |id| clean(id.as_str()));
            (format!("of {model}{because}"), Tone::Plain)
        }
        Match::Ambiguous { candidates } => {
            let named: Vec<String> = candidates.iter().map(|candidate| clean(candidate)).collect();
            (format!("? ambiguous, so no percentage: {}{because}", named.join(" or ")), Tone::Warn)
        }
        Match::Unknown => (format!("? model unknown{because}"), Tone::Warn),
        Match::NotInference => (why, Tone::Dim),
    };
    match &matching.pin_contradicts {
        Some(contradicts) => (format!("? the pin contradicts the name: {} · {text}", clean(contradicts)), Tone::Warn),
        None => (text, tone),
    }
}

/// `us.anthropic.claude-…, a1b2c3 and 3 more`; None where none is known.
pub(super) fn endpoints(state: &State, row: &QuotaRow) -> Option<String> {
    let ids = &row.known.endpoints;
    let named: Vec<String> = ids.iter().take(NAMED_AT_MOST).map(|id| names::id(state, id)).collect();
    let more = ids.len().saturating_sub(NAMED_AT_MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("endpoints {}{more}", named.join(", ")))
}

/// What is short of a value, in the title of a page.
pub(super) fn limit(row: &QuotaRow) -> String {
    format!("{}{}", short_or_unknown(row.known.in_force), unit(row.known.metric))
}
