//! Values, in as few calls as the API takes: 500 questions each, a few calls at once.

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::Post;
use crate::{
    app::event::{Fetched, Round},
    aws::{Gateway, MAX_QUERIES_PER_CALL},
    domain::{
        fault::{Fault, FaultKind, Source},
        metric::{Answer, Poll, Query, ResultStatus},
        minute::Span,
    },
};

/// Calls under way at one time. `GetMetricData` allows 500 a second; a few at once hide the distance.
const CALLS_AT_ONCE: usize = 4;

pub(super) async fn fetch(
    gateway: &Gateway,
    round: Round,
    queries: Vec<Query>,
    span: Span,
    asked_at: Timestamp,
    post: &Post,
) -> Option<Fault> {
    let batches: Vec<Vec<Query>> = queries.chunks(MAX_QUERIES_PER_CALL).map(<[Query]>::to_vec).collect();
    let calls = batches.into_iter().map(|batch| async move { gateway.metric_data(&batch, span).await });
    let mut calls = stream::iter(calls).buffer_unordered(CALLS_AT_ONCE);
    // Minutes settle where a whole round agrees with the one before, so the newest minutes come in one piece; a long back-fill comes as it arrives.
    let in_one_piece = round == Round::Newest;
    let asked_at = gateway.not_ahead_of_aws(asked_at);
    let settles = matches!(round, Round::Newest | Round::Backfill);
    let poll = |answers| {
        let poll = Poll { span, settles, asked_at, answers };
        match round {
            Round::Usual => Fetched::History(poll),
            Round::Answers => Fetched::Answers(poll),
            Round::Tokens => Fetched::Tokens(poll),
            _ => Fetched::Metrics(poll),
        }
    };
    let (mut answers, mut faults) = (Vec::new(), Vec::new());
    while let Some(answer) = calls.next().await {
        match answer {
            Ok(batch) => {
                faults.extend(fault_of(&batch));
                answers.extend(batch);
            }
            Err(fault) => faults.push(fault),
        }
        if !in_one_piece && !answers.is_empty() {
            post.fetched(poll(std::mem::take(&mut answers))).await;
        }
    }
    if !answers.is_empty() {
        post.fetched(poll(answers)).await;
    }
    Fault::merged(faults)
}

/// What the per-query status codes of an answered call amount to.
fn fault_of(answers: &[Answer]) -> Option<Fault> {
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    let (forbidden, failed, partial) =
        (count(ResultStatus::Forbidden), count(ResultStatus::InternalError), count(ResultStatus::Partial));
    let fault = |kind, message: String, next_step: &str| Fault {
        source: Source::Metrics,
        kind,
        action: Some("cloudwatch:GetMetricData".to_owned()),
        message,
        next_step: next_step.to_owned(),
    };
    if forbidden > 0 {
        Some(fault(
            FaultKind::Denied,
            format!("CloudWatch does not let these credentials read {forbidden} of {} series.", answers.len()),
            "Allow cloudwatch:GetMetricData without a condition on the namespace.",
        ))
    } else if failed > 0 {
        Some(fault(
            FaultKind::Unexpected,
            format!("CloudWatch failed on {failed} of {} series; they keep their last good values.", answers.len()),
            "Wait: they are asked again.",
        ))
    } else if partial > 0 {
        Some(fault(
            FaultKind::Unexpected,
            format!("CloudWatch gave only part of the points of {partial} of {} series.", answers.len()),
            "Wait: they are asked again.",
        ))
    } else {
        None
    }
}
