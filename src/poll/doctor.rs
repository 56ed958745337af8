//! What the doctor asks beyond the polling: each answer is brought as it comes, each may fail alone. Nothing here changes an account or costs more than a few
//! queries of `GetMetricData`; other Regions are asked only where the user has said yes.

use jiff::Timestamp;

use super::Post;
use crate::{
    app::event::{Examination, Examined},
    aws::Gateway,
    domain::{
        doctor::questions::{Elsewhere, Totals},
        fault::{Fault, FaultKind, Source},
        ids::{ModelId, Region},
        metric::{Answer, Metric, Namespace, Part, Poll, Query, ResultStatus, SeriesKey, Stat},
        minute::Span,
        quota::QuotaTable,
        quota_name::QuotaMetric,
        reckoning::zero_quotas,
    },
};

/// The account's totals are asked by the hour.
const TOTALS_PERIOD_MINUTES: u16 = 60;

/// Models of another Region that are named at most.
const NAMED_AT_MOST: usize = 5;

/// Asks all of it, one call after another: the control plane's rates are not published.
pub async fn examine(gateway: Gateway, asked: Examination, asked_at: Timestamp, post: Post) {
    if let Some(span) = asked.totals {
        post.examined(Examined::Totals(totals(&gateway, span).await)).await;
    }
    if asked.account {
        post.examined(Examined::UseCase(gateway.use_case_submitted().await)).await;
        post.examined(Examined::Logging(gateway.invocation_logging().await)).await;
    }
    availability(&gateway, asked.models, &post).await;
    if let Some((queries, span)) = asked.history
        && let Ok(answers) = gateway.metric_data(&queries, span).await
    {
        post.examined(Examined::History(Poll { span, settles: false, asked_at, answers })).await;
    }
    for region in asked.elsewhere {
        let found = elsewhere(&gateway, &region, &post).await;
        post.examined(Examined::Elsewhere(region, found)).await;
    }
    post.called(gateway.take_calls()).await;
    post.examined(Examined::Over).await;
}

/// Access to each model. Once a call fails in a way that every other would, too, the others are not asked and fail the same way.
async fn availability(gateway: &Gateway, models: Vec<ModelId>, post: &Post) {
    let mut refused: Option<Fault> = None;
    for model in models {
        let found = match &refused {
            Some(fault) => Err(fault.clone()),
            None => gateway.availability(&model).await,
        };
        if let Err(fault) = &found
            && (fault.kind.is_about_credentials() || matches!(fault.kind, FaultKind::Denied | FaultKind::NotOffered))
        {
            refused = Some(fault.clone());
        }
        post.examined(Examined::Availability(model, found)).await;
    }
}

async fn totals(gateway: &Gateway, span: Span) -> Result<Totals, Fault> {
    let query = |metric: Metric| {
        let key = SeriesKey { namespace: Namespace::Bedrock, metric, part: Part::Account };
        let name = metric.name(Namespace::Bedrock).unwrap_or_default().into();
        Query { key, name, stat: Stat::Sum, period_minutes: TOTALS_PERIOD_MINUTES }
    };
    use Metric::{InvocationClientErrors, InvocationServerErrors, InvocationThrottles, Invocations, OutputTokenCount};
    let metrics = [Invocations, InvocationThrottles, InvocationClientErrors, InvocationServerErrors, OutputTokenCount];
    let answers = gateway.metric_data(&metrics.map(query), span).await?;
    let sum = |metric: Metric| {
        let answer = answers.iter().find(|answer| answer.query.key.metric == metric)?;
        is_whole(answer).then(|| answer.points.iter().map(|(_, value)| value).sum::<f64>())
    };
    let invocations = answers.iter().find(|answer| answer.query.key.metric == Invocations);
    let hours = invocations.into_iter().flat_map(|answer| &answer.points);
    Ok(Totals {
        requests: sum(Invocations),
        throttles: sum(InvocationThrottles),
        client_errors: sum(InvocationClientErrors),
        server_errors: sum(InvocationServerErrors),
        output_tokens: sum(OutputTokenCount),
        last_request: hours.filter(|(_, value)| *value > 0.0).map(|(minute, _)| *minute).max(),
    })
}

fn is_whole(answer: &Answer) -> bool {
    answer.status == ResultStatus::Complete
}

/// The quotas of another Region; a list that is asked page by page, as this Region's.
async fn elsewhere(gateway: &Gateway, region: &Region, post: &Post) -> Result<Elsewhere, Fault> {
    let there = gateway.in_region(region).map_err(|error| Fault {
        source: Source::ServiceQuotas,
        kind: FaultKind::Invalid,
        action: None,
        message: error.to_string(),
        next_step: "Choose another Region.".to_owned(),
    })?;
    let quotas = there.applied_quotas().await;
    post.called(there.take_calls()).await;
    let mut table = QuotaTable::default();
    table.replace(quotas?, true);
    let works = table
        .inference()
        .filter(|(_, name)| name.scope.is_on_demand() && name.metric == Some(QuotaMetric::TokensPerMinute))
        .filter(|(quota, _)| table.in_force(quota).is_some_and(|value| value > 0.0))
        .filter_map(|(_, name)| name.label.map(str::to_owned));
    Ok(Elsewhere { zero: zero_quotas(&table), works: works.take(NAMED_AT_MOST).collect() })
}
