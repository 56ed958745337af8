//! CloudWatch: which series exist, and their values. Nothing is interpreted: what the values mean is `domain`'s.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{
    Dimension as WireDimension, Metric as WireMetric, MetricDataQuery, MetricDataResult, MetricStat, RecentlyActive,
    ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;

use super::{
    dimensions::{self, Dimension},
    gateway::{Call, Gateway},
    paging::Pages,
};
use crate::domain::{
    fault::{Fault, Source},
    metric::{Answer, Listed, Metric, Namespace, Query, ResultStatus, SeriesKey},
    minute::{Minute, Span},
};

const LIST_METRICS: Call = Call { source: Source::Discovery, action: "cloudwatch:ListMetrics" };
const GET_METRIC_DATA: Call = Call { source: Source::Metrics, action: "cloudwatch:GetMetricData" };

/// Queries in one `GetMetricData` call (API reference, `MetricDataQueries`: at most 500). Batches of this size or less fail on their own;
/// [`Gateway::metric_data`] fails as a whole.
pub const MAX_QUERIES_PER_CALL: usize = 500;

impl Gateway {
    /// Every series of a namespace that tiertop knows. `recently_active` keeps to those with points in about the last three hours; without it CloudWatch
    /// lists two weeks. A new series can be up to 15 minutes late in either.
    ///
    /// # Errors
    /// A fault of the discovery source; a list without an end is one.
    pub async fn list_metrics(&self, namespace: Namespace, recently_active: bool) -> Result<Vec<Listed>, Fault> {
        let recently = recently_active.then_some(RecentlyActive::Pt3H);
        let request =
            self.clients().cloudwatch.list_metrics().namespace(namespace.name()).set_recently_active(recently);
        let (mut pages, mut token, mut listed) = (Pages::default(), None, Vec::new());
        loop {
            let page = request.clone().set_next_token(token).send().await.map_err(|e| self.fault(LIST_METRICS, &e))?;
            listed.extend(page.metrics().iter().filter_map(|metric| self.listed(namespace, metric)));
            token = pages.next(page.next_token()).map_err(|endless| self.endless(LIST_METRICS, endless))?;
            if token.is_none() {
                return Ok(listed);
            }
        }
    }

    /// Whether anything called Bedrock in about the last three hours: whether any series of `AWS/Bedrock` is listed as recently active. One call, unless CloudWatch
    /// gives pages without a series.
    ///
    /// # Errors
    /// A fault of the discovery source.
    pub async fn has_traffic(&self) -> Result<bool, Fault> {
        let request = self.clients().cloudwatch.list_metrics().namespace(Namespace::Bedrock.name());
        let request = request.recently_active(RecentlyActive::Pt3H);
        let (mut pages, mut token) = (Pages::default(), None);
        loop {
            let page = request.clone().set_next_token(token).send().await.map_err(|e| self.fault(LIST_METRICS, &e))?;
            if !page.metrics().is_empty() {
                return Ok(true);
            }
            token = pages.next(page.next_token()).map_err(|endless| self.endless(LIST_METRICS, endless))?;
            if token.is_none() {
                return Ok(false);
            }
        }
    }

    /// The series that a listed metric is; None for what tiertop does not read.
    fn listed(&self, namespace: Namespace, listed: &WireMetric) -> Option<Listed> {
        let name = listed.metric_name()?;
        let metric = Metric::from_name(namespace, name)?;
        let pair = |dimension: &WireDimension| -> Option<Dimension> {
            Some((dimension.name()?.to_owned(), dimension.value()?.to_owned()))
        };
        let spelled: Vec<_> = listed.dimensions().iter().map(pair).collect::<Option<_>>()?;
        let part = dimensions::part_of(namespace, &spelled)?;
        if !same_set(&spelled, &dimensions::dimensions_of(namespace, &part)) {
            self.remember_spelling(namespace, &part, spelled);
        }
        Some(Listed { key: SeriesKey { namespace, metric, part }, name: name.into() })
    }

    /// The values of series over a span, one answer per query and in their order. More than [`MAX_QUERIES_PER_CALL`] go in several calls, one after another.
    /// A query that the service says nothing of is `Partial` without points. Points outside the span and values that are no number are dropped.
    ///
    /// # Errors
    /// A fault of the metrics source, for the first call that fails; answers without an end are one.
    pub async fn metric_data(&self, queries: &[Query], span: Span) -> Result<Vec<Answer>, Fault> {
        let mut answers = Vec::with_capacity(queries.len());
        for batch in queries.chunks(MAX_QUERIES_PER_CALL) {
            answers.extend(self.metric_batch(batch, span).await?);
        }
        Ok(answers)
    }

    async fn metric_batch(&self, batch: &[Query], span: Span) -> Result<Vec<Answer>, Fault> {
        let mut answers = Answers::new(batch, span);
        if span.is_empty() {
            return Ok(answers.in_order);
        }
        self.ledger().asked_metrics(batch.len());
        let wire = batch.iter().enumerate().map(|(index, query)| self.wire_query(index, query)).collect();
        let request = self
            .clients()
            .cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(wire))
            .start_time(DateTime::from_secs(span.first.start_second()))
            .end_time(DateTime::from_secs((span.last + 1).start_second()))
            .scan_by(ScanBy::TimestampAscending);
        let (mut pages, mut token) = (Pages::default(), None);
        loop {
            let page =
                request.clone().set_next_token(token).send().await.map_err(|e| self.fault(GET_METRIC_DATA, &e))?;
            page.metric_data_results().iter().for_each(|result| answers.take(result));
            token = pages.next(page.next_token()).map_err(|endless| self.endless(GET_METRIC_DATA, endless))?;
            if token.is_none() {
                return Ok(answers.in_order);
            }
        }
    }

    fn wire_query(&self, index: usize, query: &Query) -> MetricDataQuery {
        let SeriesKey { namespace, part, .. } = &query.key;
        let spelled = self.spelling(*namespace, part).unwrap_or_else(|| dimensions::dimensions_of(*namespace, part));
        let spelled = spelled.into_iter().map(|(name, value)| WireDimension::builder().name(name).value(value).build());
        let metric = WireMetric::builder()
            .namespace(namespace.name())
            .metric_name(&*query.name)
            .set_dimensions(Some(spelled.collect()))
            .build();
        let stat = MetricStat::builder()
            .metric(metric)
            .period(i32::from(query.period_minutes) * 60)
            .stat(query.stat.to_string())
            .build();
        let id = query_id(index);
        MetricDataQuery::builder().label(&id).id(id).metric_stat(stat).return_data(true).build()
    }
}

fn query_id(index: usize) -> String {
    format!("q{index}")
}

/// Whether two lists hold the same dimensions: CloudWatch gives them in any order.
fn same_set(one: &[Dimension], other: &[Dimension]) -> bool {
    one.len() == other.len() && one.iter().all(|dimension| other.contains(dimension))
}

/// The answers of one call, gathered over its pages.
struct Answers {
    span: Span,
    in_order: Vec<Answer>,
    by_id: BTreeMap<String, usize>,
}

impl Answers {
    fn new(queries: &[Query], span: Span) -> Self {
        let unanswered = |query: &Query| Answer { query: query.clone(), status: ResultStatus::Partial, points: vec![] };
        Self {
            span,
            in_order: queries.iter().map(unanswered).collect(),
            by_id: (0..queries.len()).map(|index| (query_id(index), index)).collect(),
        }
    }

    /// Adds one page's part of a result. Its last status stands: while pages are missing CloudWatch says `PartialData`.
    fn take(&mut self, result: &MetricDataResult) {
        let answer = result.id().and_then(|id| self.by_id.get(id)).and_then(|index| self.in_order.get_mut(*index));
        let Some(answer) = answer else { return };
        let (timestamps, values) = (result.timestamps(), result.values());
        let whole = timestamps.len() == values.len();
        answer.status = if whole { status(result.status_code()) } else { ResultStatus::Partial };
        let (span, period) = (self.span, i64::from(answer.query.period_minutes.max(1)));
        let points = timestamps.iter().zip(values).map(|(at, value)| (Minute(at.secs().div_euclid(60)), *value));
        answer.points.extend(points.filter(|(first, value)| value.is_finite() && overlaps(span, *first, period)));
    }
}

/// Whether a period that starts with this minute has a minute in the span: CloudWatch may move the start of a longer period back.
fn overlaps(span: Span, first: Minute, period: i64) -> bool {
    first <= span.last && span.first <= first + (period - 1)
}

fn status(code: Option<&StatusCode>) -> ResultStatus {
    match code {
        Some(StatusCode::Complete) => ResultStatus::Complete,
        Some(StatusCode::InternalError) => ResultStatus::InternalError,
        Some(StatusCode::Forbidden) => ResultStatus::Forbidden,
        _ => ResultStatus::Partial,
    }
}

#[cfg(test)]
mod tests;
