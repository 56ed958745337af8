//! `tiertop.quotas/1`: every quota with its model and its use, as JSON, and as CSV with one line for each. Unknown is null, or an empty cell.

use jiff::Timestamp;
use serde::Serialize;

use super::parts::{FaultOut, Number, fault, number};
use crate::domain::{
    daily::DayUse,
    ids::{AccountId, EndpointId, ModelId, PoolId},
    increase::QuotaRequest,
    matching::{Match, Matching},
    minute::Minute,
    quota_rows::QuotaRow,
    signs::{Multiplier, Sign},
    snapshot::{Basis, Bound, Provenance, Snapshot},
    watch::Change,
};

/// The schema's name and version. A change that breaks a reader raises the number.
pub const SCHEMA: &str = "tiertop.quotas/1";

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    region: &'a str,
    account: Option<&'a str>,
    source: Provenance,
    as_of: Option<Timestamp>,
    data_through: Option<Timestamp>,
    checked_at: Option<Timestamp>,
    quotas: Vec<Quota<'a>>,
    notes: &'a [String],
    faults: Vec<FaultOut<'a>>,
}

#[derive(Debug, Serialize)]
struct Quota<'a> {
    code: &'a str,
    name: &'a str,
    scope: &'static str,
    metric: Option<&'static str>,
    model_label: Option<&'a str>,
    variant: Option<&'a str>,
    applied: Option<Number>,
    default: Option<Number>,
    in_force: Option<Number>,
    error: Option<&'a str>,
    default_error: Option<&'a str>,
    adjustable: bool,
    r#match: MatchOut<'a>,
    pools: Vec<&'a str>,
    used_now: Option<Number>,
    peak: Option<Number>,
    peak_at: Option<Timestamp>,
    headroom_percent: Option<Number>,
    peak_percent: Option<Number>,
    bound: Option<Bound>,
    peak_bound: Option<Bound>,
    basis: Option<Basis>,
    day: Option<Day>,
    multiplier: Option<MultiplierOut>,
    signs: Vec<SignOut>,
    open_request: Option<Request<'a>>,
    changed: Option<Changed>,
}

#[derive(Debug, Serialize)]
struct MatchOut<'a> {
    kind: &'static str,
    base_model: Option<&'a str>,
    models: Vec<&'a str>,
    candidates: &'a [String],
    endpoints: Vec<&'a str>,
    why: &'a str,
    pin_contradicts: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Day {
    running: Option<Number>,
    today: Option<Number>,
    bound: Bound,
}

/// Quota tokens that an output token costs: by the table, and as AWS's estimate implies.
#[derive(Debug, Serialize)]
struct MultiplierOut {
    table: Option<Number>,
    implied: Option<Number>,
}

#[derive(Debug, Serialize)]
struct SignOut {
    kind: &'static str,
    percent: Option<Number>,
    text: String,
}

#[derive(Debug, Serialize)]
struct Request<'a> {
    id: &'a str,
    desired: Option<Number>,
    status: &'a str,
    case: Option<&'a str>,
    created: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct Changed {
    from: Option<Number>,
    to: Option<Number>,
    seen_at: Timestamp,
    still_at: Option<Timestamp>,
}

/// The document of a snapshot's quotas. `notes`: what the reader should know beside the numbers.
#[must_use]
pub fn document<'a>(known: &'a Snapshot, notes: &'a [String]) -> Document<'a> {
    let of_files = known.provenance == Provenance::File;
    Document {
        schema: SCHEMA,
        region: known.region.as_str(),
        account: known.account.as_ref().map(AccountId::as_str),
        source: known.provenance,
        // Files do not say when they were made.
        as_of: Some(known.as_of).filter(|_| !of_files),
        data_through: known.data_through.map(Minute::end),
        checked_at: known.quotas_checked_at,
        quotas: known.quotas.iter().map(quota).collect(),
        notes,
        faults: known.faults.iter().map(fault).collect(),
    }
}

fn quota(row: &QuotaRow) -> Quota<'_> {
    let known = &row.known;
    let usage = row.usage.as_ref();
    let used_now = usage.and_then(|usage| usage.used_now);
    let peak = usage.and_then(|usage| usage.peak);
    Quota {
        code: known.quota.code.as_str(),
        name: &known.quota.name,
        scope: known.scope.name(),
        metric: known.metric.map(crate::domain::quota_name::QuotaMetric::name),
        model_label: known.label.as_deref(),
        variant: known.variant.as_deref(),
        applied: number(known.quota.applied),
        default: number(known.quota.default),
        in_force: number(known.in_force),
        error: known.quota.error.as_deref(),
        default_error: known.quota.default_error.as_deref(),
        adjustable: known.quota.adjustable,
        r#match: matching(&known.matching, &known.endpoints),
        pools: row.pools.iter().map(PoolId::as_str).collect(),
        used_now: number(used_now),
        peak: number(peak),
        peak_at: usage.and_then(|usage| usage.peak_at).map(Minute::start),
        headroom_percent: number(row.headroom_percent),
        peak_percent: number(row.peak_percent),
        bound: used_now.and(usage).map(|usage| usage.now_bound),
        peak_bound: peak.and(usage).map(|usage| usage.peak_bound),
        basis: usage.and_then(|usage| usage.basis),
        day: row.day.map(day),
        multiplier: row.multiplier.map(multiplier),
        signs: row.signs.iter().map(sign).collect(),
        open_request: row.open_request.as_ref().map(request),
        changed: row.changed.map(changed),
    }
}

fn matching<'a>(matching: &'a Matching, endpoints: &'a [EndpointId]) -> MatchOut<'a> {
    MatchOut {
        kind: kind(&matching.matched),
        base_model: matching.base_model.as_ref().map(ModelId::as_str),
        models: matching.models.iter().map(ModelId::as_str).collect(),
        candidates: match &matching.matched {
            Match::Ambiguous { candidates } => candidates,
            _ => &[],
        },
        endpoints: endpoints.iter().map(EndpointId::as_str).collect(),
        why: &matching.why,
        pin_contradicts: matching.pin_contradicts.as_deref(),
    }
}

fn kind(matched: &Match) -> &'static str {
    match matched {
        Match::One => "one",
        Match::Ambiguous { .. } => "ambiguous",
        Match::Unknown => "unknown",
        Match::NotInference => "not-inference",
    }
}

fn day(day: DayUse) -> Day {
    Day { running: number(day.running), today: number(day.today), bound: day.bound }
}

fn sign(sign: &Sign) -> SignOut {
    let (kind, percent) = match sign {
        Sign::UsedAboveLimit(percent) => ("used-above-limit", Some(*percent)),
        Sign::UsedAtZero(_) => ("used-at-zero", None),
        Sign::RefusedFarBelow(percent) => ("refused-far-below", Some(*percent)),
        Sign::EstimateDiffers { percent, .. } => ("estimate-differs", Some(*percent)),
    };
    SignOut { kind, percent: number(percent), text: sign.text() }
}

fn multiplier(multiplier: Multiplier) -> MultiplierOut {
    MultiplierOut { table: number(multiplier.table), implied: number(multiplier.implied) }
}

fn request(request: &QuotaRequest) -> Request<'_> {
    Request {
        id: &request.id,
        desired: number(request.desired),
        status: &request.status,
        case: request.case.as_deref(),
        created: request.created,
    }
}

fn changed(change: Change) -> Changed {
    Changed {
        from: number(Some(change.from)),
        to: number(Some(change.to)),
        seen_at: change.seen_at,
        still_at: change.still_at,
    }
}

/// What stands between several ids in one cell.
const BETWEEN: &str = "; ";

/// The CSV's columns. A new one is put behind the last.
const COLUMNS: [&str; 38] = [
    "region",
    "code",
    "name",
    "scope",
    "metric",
    "model_label",
    "variant",
    "applied",
    "default",
    "in_force",
    "adjustable",
    "match",
    "base_model",
    "models",
    "endpoints",
    "why",
    "used_now",
    "peak",
    "peak_at",
    "headroom_percent",
    "peak_percent",
    "bound",
    "peak_bound",
    "basis",
    "error",
    "default_error",
    "day_running",
    "day_today",
    "day_bound",
    "signs",
    "request_desired",
    "request_status",
    "request_created",
    "changed_from",
    "changed_to",
    "changed_seen_at",
    "pin_contradicts",
    "candidates",
];

/// The quotas as CSV with a line of names first. `clean` takes away what text must not bring into a terminal or a spreadsheet.
///
/// # Errors
/// What the writer says; none is known.
pub fn csv(known: &Snapshot, clean: fn(&str) -> String) -> std::io::Result<String> {
    let mut lines = csv::Writer::from_writer(Vec::new());
    lines.write_record(COLUMNS)?;
    for row in &known.quotas {
        lines.write_record(record(known.region.as_str(), &quota(row), clean))?;
    }
    let bytes = lines.into_inner().map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

fn record(region: &str, quota: &Quota<'_>, clean: fn(&str) -> String) -> [String; COLUMNS.len()] {
    let text = |text: &str| inert(clean(text));
    let maybe = |said: Option<&str>| said.map(text).unwrap_or_default();
    let ids = |ids: &[&str]| inert(ids.iter().map(|id| clean(id)).collect::<Vec<_>>().join(BETWEEN));
    let (day, request, changed) = (quota.day.as_ref(), quota.open_request.as_ref(), quota.changed.as_ref());
    let signs: Vec<&str> = quota.signs.iter().map(|sign| sign.text.as_str()).collect();
    let candidates: Vec<&str> = quota.r#match.candidates.iter().map(String::as_str).collect();
    [
        text(region),
        text(quota.code),
        text(quota.name),
        text(quota.scope),
        maybe(quota.metric),
        maybe(quota.model_label),
        maybe(quota.variant),
        word(&quota.applied),
        word(&quota.default),
        word(&quota.in_force),
        word(&quota.adjustable),
        text(quota.r#match.kind),
        maybe(quota.r#match.base_model),
        ids(&quota.r#match.models),
        ids(&quota.r#match.endpoints),
        text(quota.r#match.why),
        word(&quota.used_now),
        word(&quota.peak),
        word(&quota.peak_at),
        word(&quota.headroom_percent),
        word(&quota.peak_percent),
        word(&quota.bound),
        word(&quota.peak_bound),
        word(&quota.basis),
        maybe(quota.error),
        maybe(quota.default_error),
        word(&day.and_then(|day| day.running.as_ref())),
        word(&day.and_then(|day| day.today.as_ref())),
        word(&day.map(|day| day.bound)),
        ids(&signs),
        word(&request.and_then(|request| request.desired.as_ref())),
        maybe(request.map(|request| request.status)),
        word(&request.and_then(|request| request.created)),
        word(&changed.and_then(|changed| changed.from.as_ref())),
        word(&changed.and_then(|changed| changed.to.as_ref())),
        word(&changed.map(|changed| changed.seen_at)),
        maybe(quota.r#match.pin_contradicts),
        ids(&candidates),
    ]
}

/// A number, a time or a name of our own as in the JSON, without quotes; empty where null.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(serde_json::Value::Null) | Err(_) => String::new(),
        Ok(other) => other.to_string(),
    }
}

/// A spreadsheet takes text that begins so for a formula; behind an apostrophe it stays text.
fn inert(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_a_formula_and_numbers_stay_numbers() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)"] {
            assert_eq!(inert(text.to_owned()), format!("'{text}"));
        }
        assert_eq!(inert("On-demand = x".to_owned()), "On-demand = x");
        assert_eq!(word(&number(Some(-12.5))), "-12.5");
        assert_eq!(word(&number(Some(2e6))), "2000000");
        assert_eq!((word(&number(None)), word(&Some(Bound::AtLeast))), (String::new(), "at-least".to_owned()));
    }
}
