//! `CloudWatch`: which series exist, and `GetMetricStatistics`. `GetMetricData` is in `metric_data`.

use std::collections::{BTreeMap, HashMap};

use super::metric_data::{MINUTE, kept, unit};
use super::{Account, metric_data, page};
use crate::sim::wire::value::Value;
use crate::sim::wire::{Fault, Request, Response};
use crate::sim::world::Series;

const PAGE: usize = 500;
const MAX_STATISTICS_POINTS: i64 = 1_440;

/// Answers a request; None for an unknown operation.
pub fn handle(account: &mut Account<'_>, now: i64, request: &Request) -> Option<Response> {
    match request.operation.as_str() {
        "ListMetrics" => Some(list_metrics(account, now, request)),
        "GetMetricData" => Some(metric_data::get(account, now, request)),
        "GetMetricStatistics" => Some(statistics(account, now, request)),
        _ => None,
    }
}

pub(super) fn invalid_value(text: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidParameterValueException", text).code("InvalidParameterValue")
}

fn invalid_combination(text: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidParameterCombinationException", text).code("InvalidParameterCombination")
}

fn missing(name: &str) -> Fault {
    let text = format!("The parameter {name} is required.");
    Fault::new(400, "MissingRequiredParameterException", text).code("MissingParameter")
}

/// A request's dimensions as (name, value); the value may be missing in filters.
pub(super) fn dimensions(value: &Value) -> Result<Vec<(String, Option<String>)>, Fault> {
    let mut all = Vec::new();
    for (index, item) in value.items("Dimensions").iter().enumerate() {
        let name = item.text("Name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| missing(&format!("Dimensions.member.{}.Name", index + 1)))?;
        all.push((name.to_owned(), item.text("Value").map(str::to_owned)));
    }
    if all.len() > 30 {
        return Err(invalid_value("The collection Dimensions must not have a size greater than 30."));
    }
    Ok(all)
}

fn list_metrics(account: &Account<'_>, now: i64, request: &Request) -> Response {
    let input = &request.input;
    let (namespace, metric) = (input.text("Namespace"), input.text("MetricName"));
    let recent = match input.text("RecentlyActive") {
        None => false,
        Some("PT3H") => true,
        Some(other) => {
            return Err(invalid_value(format!("The value {other} for parameter RecentlyActive is not supported.")));
        }
    };
    let wanted = dimensions(input)?;
    let foreign = input.text("OwningAccount").is_some_and(|owner| owner != account.world.account());
    let has = |series: &Series| {
        wanted.iter().all(|(name, value)| {
            let mut own = series.dimensions.iter();
            own.any(|(key, text)| key == name && value.as_ref().is_none_or(|value| value == text))
        })
    };
    let series: Vec<Series> = if foreign || !account.has_traffic(request) {
        Vec::new()
    } else {
        let mut all = account.world.list_metrics(now, recent);
        all.retain(|series| {
            namespace.is_none_or(|name| series.namespace == name)
                && metric.is_none_or(|name| series.metric == name)
                && has(series)
        });
        all
    };
    let filters = format!("{namespace:?} {metric:?} {recent} {wanted:?}");
    let (series, next) = page(&series, PAGE, "ListMetrics", &filters, input.text("NextToken"))
        .ok_or_else(|| invalid_value("Request parameter NextToken is invalid."))?;
    let linked = input.bool("IncludeLinkedAccounts") == Some(true);
    let owners = if linked { Value::list(series.iter().map(|_| account.world.account())) } else { Value::Null };
    let metrics = series.iter().map(|series| {
        Value::members([
            ("Namespace", (&series.namespace).into()),
            ("MetricName", (&series.metric).into()),
            ("Dimensions", show_dimensions(&series.dimensions)),
        ])
    });
    let metrics = Value::List(metrics.collect());
    Ok(Value::members([("Metrics", metrics), ("NextToken", next.into()), ("OwningAccounts", owners)]).into())
}

fn show_dimensions(dimensions: &[(String, String)]) -> Value {
    let shown = dimensions.iter().map(|(name, value)| Value::members([("Name", name.into()), ("Value", value.into())]));
    Value::List(shown.collect())
}

/// Whether this is a statistic that the simulation knows: the five plain ones and percentiles.
pub(super) fn is_statistic(name: &str) -> bool {
    is_plain(name) || is_percentile(name)
}

fn is_plain(name: &str) -> bool {
    matches!(name, "SampleCount" | "Average" | "Sum" | "Minimum" | "Maximum")
}

fn is_percentile(name: &str) -> bool {
    name.strip_prefix('p').is_some_and(|text| {
        text.starts_with(|first: char| first.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && text.parse::<f64>().is_ok_and(|number| (0.0..=100.0).contains(&number))
    })
}

fn statistics(account: &Account<'_>, now: i64, request: &Request) -> Response {
    let input = &request.input;
    let required = |name: &str| input.text(name).map(str::to_owned).ok_or_else(|| missing(name));
    let metric = required("MetricName")?;
    let dimensions = dimensions(input)?.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect();
    let asked = Series { namespace: required("Namespace")?, metric: metric.clone(), dimensions };
    let series = Finder::default().find(account, now, asked);
    let start = input.time("StartTime").ok_or_else(|| missing("StartTime"))?;
    let end = input.time("EndTime").ok_or_else(|| missing("EndTime"))?;
    let period = input.int("Period").ok_or_else(|| missing("Period"))?;
    if start >= end {
        return Err(invalid_value("The parameter StartTime must be less than the parameter EndTime."));
    }
    if period <= 0 || period % MINUTE != 0 {
        return Err(invalid_value("The parameter Period must be a multiple of 60."));
    }
    let names: Vec<&str> = input.items("Statistics").iter().filter_map(Value::as_text).collect();
    let extended: Vec<&str> = input.items("ExtendedStatistics").iter().filter_map(Value::as_text).collect();
    if names.is_empty() && extended.is_empty() {
        return Err(invalid_combination(
            "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
        ));
    }
    let bad = names.iter().find(|name| !is_plain(name)).or_else(|| extended.iter().find(|name| !is_percentile(name)));
    if let Some(bad) = bad {
        return Err(invalid_value(format!("The value {bad} for parameter Statistics is not supported.")));
    }
    let points = end.saturating_sub(start) / period;
    if points > MAX_STATISTICS_POINTS {
        return Err(invalid_combination(format!(
            "You have requested up to {points} datapoints, which exceeds the limit of {MAX_STATISTICS_POINTS}. \
             You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )));
    }
    let fits = input.text("Unit").is_none_or(|wanted| wanted == unit(&metric)) && account.has_traffic(request);
    let (from, to) = kept(now, period, start, end);
    let mut rows: BTreeMap<i64, Value> = BTreeMap::new();
    for name in names.iter().chain(&extended).filter(|_| fits && from < to) {
        for (time, value) in account.world.statistic(now, &series, name, period, from, to) {
            let row = rows
                .entry(time)
                .or_insert_with(|| Value::members([("Timestamp", Value::Time(time)), ("Unit", unit(&metric).into())]));
            if is_plain(name) {
                row.set(name, value.into());
            } else {
                let mut all = match row.get("ExtendedStatistics") {
                    Some(Value::Map(all)) => all.clone(),
                    _ => Vec::new(),
                };
                all.push(((*name).to_owned(), value.into()));
                row.set("ExtendedStatistics", Value::Map(all));
            }
        }
    }
    let points = Value::List(rows.into_values().collect());
    Ok(Value::members([("Label", metric.into()), ("Datapoints", points)]).into())
}

/// Finds series whose dimensions came in another order than the account's; looks the account's up once at most.
#[derive(Debug, Default)]
pub(super) struct Finder {
    known: Option<HashMap<Series, Series>>,
}

impl Finder {
    /// The account's series with these dimensions in any order, or the asked one, which then has no points.
    pub(super) fn find(&mut self, account: &Account<'_>, now: i64, asked: Series) -> Series {
        if asked.dimensions.len() < 2 {
            return asked;
        }
        let known = self.known.get_or_insert_with(|| {
            let all = account.world.list_metrics(now, false);
            all.into_iter().map(|series| (sorted(&series), series)).collect()
        });
        known.get(&sorted(&asked)).cloned().unwrap_or(asked)
    }
}

fn sorted(series: &Series) -> Series {
    let mut series = series.clone();
    series.dimensions.sort();
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistic_names() {
        for good in ["Sum", "p0", "p50", "p99.9", "p100"] {
            assert!(is_statistic(good), "{good}");
        }
        for bad in ["sum", "p", "p101", "p-1", "pNaN", "p1e1", "p.5", "tm99", ""] {
            assert!(!is_statistic(bad), "{bad}");
        }
    }
}
