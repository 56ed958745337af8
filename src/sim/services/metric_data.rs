//! `CloudWatch`'s `GetMetricData`: many series in one call, their points in pages.

use std::collections::HashSet;

use super::Account;
use super::cloudwatch::{Finder, dimensions, is_statistic};
use crate::sim::wire::token::{self, Place};
use crate::sim::wire::value::Value;
use crate::sim::wire::{Fault, Request, Response};
use crate::sim::world::Series;

/// Seconds of the finest period.
pub(super) const MINUTE: i64 = 60;
const MAX_QUERIES: usize = 500;
const MAX_POINTS: usize = 100_800;
const DAY: i64 = 86_400;
/// Bits of a page's place that count points; the series' number is above them.
const POINT_BITS: u32 = 32;

/// One asked series.
#[derive(Debug)]
struct Query {
    id: String,
    label: Option<String>,
    series: Series,
    statistic: String,
    period: i64,
    unit: Option<String>,
    shown: bool,
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationException", text).code("ValidationError")
}

fn bad_token() -> Fault {
    Fault::new(400, "InvalidNextToken", "The next token specified is invalid.")
}

/// Unit that `CloudWatch` has for a metric of Bedrock.
pub(super) fn unit(metric: &str) -> &'static str {
    if metric.ends_with("Latency") || metric == "TimeToFirstToken" { "Milliseconds" } else { "Count" }
}

/// The part of a time range that can have points of this period: `CloudWatch` keeps fine ones for less long.
pub(super) fn kept(now: i64, period: i64, start: i64, end: i64) -> (i64, i64) {
    let days = match period {
        ..300 => 15,
        300..3600 => 63,
        _ => 455,
    };
    (start.max(now - days * DAY), end.min(now + DAY))
}

/// Answers `GetMetricData`.
pub(super) fn get(account: &Account<'_>, now: i64, request: &Request) -> Response {
    let input = &request.input;
    let required = |name: &str| input.time(name).ok_or_else(|| invalid(format!("The parameter {name} is required.")));
    let (start, end) = (required("StartTime")?, required("EndTime")?);
    if start >= end {
        return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    let limit = match input.get("MaxDatapoints").map(|_| input.int("MaxDatapoints")) {
        None => MAX_POINTS,
        Some(Some(number @ 1..=100_800)) => usize::try_from(number).unwrap_or(MAX_POINTS),
        Some(_) => {
            return Err(invalid("The value for parameter MaxDatapoints must be between 1 and 100800."));
        }
    };
    let ascending = match input.text("ScanBy") {
        None | Some("TimestampDescending") => false,
        Some("TimestampAscending") => true,
        Some(other) => {
            return Err(invalid(format!("The value {other} for parameter ScanBy is not supported.")));
        }
    };
    let queries = queries(account, now, input.items("MetricDataQueries"))?;
    let filters = format!("{start} {end} {ascending} {limit} {queries:?}");
    let place = match input.text("NextToken") {
        None => Place { offset: 0, now },
        Some(text) => token::read("GetMetricData", &filters, text).ok_or_else(bad_token)?,
    };
    let labels = labels(&queries);
    let shown: Vec<_> = queries.iter().zip(labels).filter(|(query, _)| query.shown).collect();
    let first = usize::try_from(place.offset >> POINT_BITS).map_err(|_| bad_token())?;
    let mut skip = usize::try_from(place.offset & u64::from(u32::MAX)).map_err(|_| bad_token())?;
    let (mut results, mut left, mut next) = (Vec::new(), limit, None);
    for (number, (query, label)) in shown.into_iter().enumerate().skip(first) {
        let at = |point: usize| Place { offset: ((number as u64) << POINT_BITS) | point as u64, now: place.now };
        if left == 0 {
            next = Some(at(0));
            break;
        }
        let (mut points, mut status) = points(account, place.now, request, query, start, end);
        if !ascending {
            points.reverse();
        }
        let skipped = std::mem::take(&mut skip).min(points.len());
        let taken = (points.len() - skipped).min(left);
        left -= taken;
        if skipped + taken < points.len() {
            status = "PartialData";
            next = Some(at(skipped + taken));
        }
        let (times, values): (Vec<_>, Vec<_>) = points[skipped..skipped + taken]
            .iter()
            .map(|(time, value)| (Value::Time(*time), Value::Float(*value)))
            .unzip();
        results.push(Value::members([
            ("Id", (&query.id).into()),
            ("Label", label.into()),
            ("Timestamps", Value::List(times)),
            ("Values", Value::List(values)),
            ("StatusCode", status.into()),
        ]));
        if next.is_some() {
            break;
        }
    }
    let next = next.map(|place| token::issue("GetMetricData", &filters, place));
    Ok(Value::members([
        ("MetricDataResults", Value::List(results)),
        ("NextToken", next.into()),
        ("Messages", Value::List(Vec::new())),
    ])
    .into())
}

/// A series' points in the range, oldest first, and the status of its result before paging.
fn points(
    account: &Account<'_>,
    now: i64,
    request: &Request,
    query: &Query,
    start: i64,
    end: i64,
) -> (Vec<(i64, f64)>, &'static str) {
    let metric = &query.series.metric;
    let (from, to) = kept(now, query.period, start, end);
    let fits = query.unit.as_deref().is_none_or(|wanted| wanted == unit(metric));
    let mut points = if fits && from < to && account.has_traffic(request) {
        account.world.statistic(now, &query.series, &query.statistic, query.period, from, to)
    } else {
        Vec::new()
    };
    let faults = &request.result_faults;
    match faults.iter().find(|fault| fault.metric == "*" || fault.metric == *metric) {
        Some(fault) => {
            points.truncate(if fault.status == "PartialData" { points.len() / 2 } else { 0 });
            (points, fault.status)
        }
        None => (points, "Complete"),
    }
}

fn queries(account: &Account<'_>, now: i64, items: &[Value]) -> Result<Vec<Query>, Fault> {
    if items.is_empty() {
        return Err(invalid("The parameter MetricDataQueries is required."));
    }
    if items.len() > MAX_QUERIES {
        return Err(invalid("The collection MetricDataQueries must not have a size greater than 500."));
    }
    let (mut finder, mut ids, mut queries) = (Finder::default(), HashSet::new(), Vec::with_capacity(items.len()));
    for (index, item) in items.iter().enumerate() {
        let query = query(account, now, &mut finder, &format!("MetricDataQueries.member.{}", index + 1), item)?;
        if !ids.insert(query.id.clone()) {
            return Err(invalid("The values for parameter id in MetricDataQueries are not unique."));
        }
        queries.push(query);
    }
    if queries.iter().all(|query| !query.shown) {
        return Err(invalid("At least one query in MetricDataQueries must have ReturnData set to true."));
    }
    Ok(queries)
}

fn query(account: &Account<'_>, now: i64, finder: &mut Finder, path: &str, item: &Value) -> Result<Query, Fault> {
    let id = item.text("Id").unwrap_or_default();
    let good = id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.len() <= 255
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !good {
        return Err(invalid(format!(
            "The value {id} for parameter {path}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
        )));
    }
    if item.get("Expression").is_some() {
        return Err(invalid(format!(
            "{path}.Expression: this simulated account knows no expressions, use MetricStat."
        )));
    }
    let missing = |name: &str| invalid(format!("The parameter {path}.{name} is required."));
    let stat = item.get("MetricStat").ok_or_else(|| missing("MetricStat"))?;
    let metric = stat.get("Metric").ok_or_else(|| missing("MetricStat.Metric"))?;
    let period = stat.int("Period").ok_or_else(|| missing("MetricStat.Period"))?;
    let period = match period {
        1 | 5 | 10 | 20 | 30 => MINUTE,
        _ if period > 0 && period % MINUTE == 0 => period,
        _ => {
            let text = format!("The value {period} for parameter {path}.MetricStat.Period must be a multiple of 60.");
            return Err(invalid(text));
        }
    };
    if period > DAY {
        return Err(invalid(format!("The value {period} for parameter {path}.MetricStat.Period is too large.")));
    }
    let statistic = stat.text("Stat").ok_or_else(|| missing("MetricStat.Stat"))?;
    if !is_statistic(statistic) {
        let text = format!("The value {statistic} for parameter {path}.MetricStat.Stat is not supported.");
        return Err(invalid(text));
    }
    let asked = Series {
        namespace: metric.text("Namespace").ok_or_else(|| missing("MetricStat.Metric.Namespace"))?.to_owned(),
        metric: metric.text("MetricName").ok_or_else(|| missing("MetricStat.Metric.MetricName"))?.to_owned(),
        dimensions: dimensions(metric)?.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect(),
    };
    Ok(Query {
        id: id.to_owned(),
        label: item.text("Label").map(str::to_owned),
        series: finder.find(account, now, asked),
        statistic: statistic.to_owned(),
        period,
        unit: stat.text("Unit").map(str::to_owned),
        shown: item.bool("ReturnData").unwrap_or(true),
    })
}

/// What `CloudWatch` calls each series where the query does not: only what tells the series of one call apart.
fn labels(queries: &[Query]) -> Vec<String> {
    let differ = |part: &dyn Fn(&Query) -> String| {
        let mut parts = queries.iter().map(part);
        let first = parts.next();
        parts.any(|other| Some(other) != first)
    };
    let values = |query: &Query| {
        let values: Vec<&str> = query.series.dimensions.iter().map(|(_, value)| value.as_str()).collect();
        values.join(" ")
    };
    let by_dimension = differ(&values);
    let by_statistic = differ(&|query| query.statistic.clone());
    let by_metric = differ(&|query| query.series.metric.clone()) || !by_dimension;
    let label = |query: &Query| {
        let mut parts = Vec::new();
        if by_dimension && !query.series.dimensions.is_empty() {
            parts.push(values(query));
        }
        if by_metric || parts.is_empty() {
            parts.push(query.series.metric.clone());
        }
        if by_statistic {
            parts.push(query.statistic.clone());
        }
        parts.join(" ")
    };
    queries.iter().map(|query| query.label.clone().unwrap_or_else(|| label(query))).collect()
}
