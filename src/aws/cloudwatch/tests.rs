//! CloudWatch's answers over its own protocol: pages, statuses, odd points, spellings.

use super::*;
use crate::{
    aws::testing::{Cbor, Reply, gateway},
    domain::{
        fault::FaultKind,
        metric::{Part, Stat},
    },
};

fn metric(name: &str, dimensions: &[(&str, &str)]) -> Cbor {
    let dimension =
        |(name, value): &(&str, &str)| Cbor::Map(vec![("Name", Cbor::text(name)), ("Value", Cbor::text(value))]);
    Cbor::Map(vec![
        ("Namespace", Cbor::text("AWS/Bedrock")),
        ("MetricName", Cbor::text(name)),
        ("Dimensions", Cbor::List(dimensions.iter().map(dimension).collect())),
    ])
}

fn listing(metrics: Vec<Cbor>, token: Option<&str>) -> Reply {
    let mut map = vec![("Metrics", Cbor::List(metrics))];
    map.extend(token.map(|token| ("NextToken", Cbor::text(token))));
    Reply::cbor(200, &Cbor::Map(map))
}

fn result(id: &str, status: &str, points: &[(i64, f64)]) -> Cbor {
    Cbor::Map(vec![
        ("Id", Cbor::text(id)),
        ("StatusCode", Cbor::text(status)),
        ("Timestamps", Cbor::List(points.iter().map(|(minute, _)| Cbor::Time(minute * 60)).collect())),
        ("Values", Cbor::List(points.iter().map(|(_, value)| Cbor::Number(*value)).collect())),
    ])
}

fn data(results: Vec<Cbor>, token: Option<&str>) -> Reply {
    let mut map = vec![("MetricDataResults", Cbor::List(results))];
    map.extend(token.map(|token| ("NextToken", Cbor::text(token))));
    Reply::cbor(200, &Cbor::Map(map))
}

fn query(part: Part, period_minutes: u16) -> Query {
    let key = SeriesKey { namespace: Namespace::Bedrock, metric: Metric::Invocations, part };
    Query { key, name: "Invocations".into(), stat: Stat::Sum, period_minutes }
}

const SPAN: Span = Span { first: Minute(1000), last: Minute(1009) };

#[tokio::test]
async fn metrics_are_listed_over_all_pages_and_what_is_unknown_is_skipped() {
    let (gateway, canned) = gateway([
        listing(
            vec![metric("Invocations", &[]), metric("Nonsense", &[]), metric("Invocations", &[("Agent", "x")])],
            Some("p2"),
        ),
        listing(vec![metric("CacheReadInputTokens", &[("ModelId", "m")])], None),
    ])
    .await;
    let listed = gateway.list_metrics(Namespace::Bedrock, true).await.unwrap();
    let names: Vec<_> =
        listed.iter().map(|listed| (&*listed.name, listed.key.metric, listed.key.part.endpoint().is_some())).collect();
    assert_eq!(
        names,
        [("Invocations", Metric::Invocations, false), ("CacheReadInputTokens", Metric::CacheReadInputTokenCount, true)]
    );
    let asked = canned.asked();
    assert!(asked[0].uri.starts_with("https://monitoring.us-east-1.amazonaws.com/"), "{}", asked[0].uri);
    assert!(asked[0].holds("PT3H") && asked[0].holds("AWS/Bedrock") && asked[1].holds("p2"));
    assert!(asked[0].user_agent.contains("app/tiertop-"), "{}", asked[0].user_agent);
}

#[tokio::test]
async fn an_odd_spelling_is_asked_for_as_it_was_listed() {
    let tiers = [("ResolvedServiceTier", "standard"), ("ModelId", "m"), ("ServiceTier", "Priority")];
    let (gateway, canned) = gateway([listing(vec![metric("Invocations", &tiers)], None), data(vec![], None)]).await;
    let listed = gateway.list_metrics(Namespace::Bedrock, false).await.unwrap();
    gateway.metric_data(&[query(listed[0].key.part.clone(), 1)], SPAN).await.unwrap();
    let asked = &canned.asked()[1];
    assert!(asked.holds("Priority") && asked.holds("standard") && !asked.holds("priority"));
}

#[tokio::test]
async fn answers_keep_the_order_and_merge_their_pages() {
    let (gateway, canned) = gateway([
        data(vec![result("q1", "PartialData", &[(1000, 1.0)]), result("q0", "InternalError", &[])], Some("p2")),
        data(vec![result("q1", "Complete", &[(1001, 2.0)]), result("q9", "Complete", &[(1001, 9.0)])], Some("")),
    ])
    .await;
    let queries = [query(Part::Account, 1), query(Part::Endpoint("m".into()), 1), query(Part::Endpoint("n".into()), 1)];
    let answers = gateway.metric_data(&queries, SPAN).await.unwrap();
    let told: Vec<_> = answers.iter().map(|answer| (answer.status, answer.points.clone())).collect();
    assert_eq!(
        told,
        [
            (ResultStatus::InternalError, vec![]),
            (ResultStatus::Complete, vec![(Minute(1000), 1.0), (Minute(1001), 2.0)]),
            (ResultStatus::Partial, vec![]),
        ]
    );
    assert!(answers.iter().zip(&queries).all(|(answer, query)| answer.query == *query));
    assert!(canned.asked()[0].holds("TimestampAscending"));
    let calls = gateway.calls();
    assert_eq!((calls[0].operation.as_str(), calls[0].count, calls[0].failed), ("GetMetricData", 2, 0));
    assert_eq!(gateway.metric_queries(), 3);
}

#[tokio::test]
async fn points_outside_the_span_and_values_that_are_no_number_are_dropped() {
    let points = [(999, 1.0), (1000, f64::NAN), (1005, f64::INFINITY), (1009, 4.0), (1010, 5.0)];
    let (gateway, _) = gateway([data(
        vec![
            result("q0", "Complete", &points),
            result("q1", "Complete", &[(996, 1.0), (995, 2.0)]),
            result("q2", "Odd", &[]),
        ],
        None,
    )])
    .await;
    let queries = [query(Part::Account, 1), query(Part::Account, 5), query(Part::Account, 1)];
    let answers = gateway.metric_data(&queries, SPAN).await.unwrap();
    assert_eq!(answers[0].points, [(Minute(1009), 4.0)]);
    assert_eq!(answers[1].points, [(Minute(996), 1.0)]);
    assert_eq!(answers[2].status, ResultStatus::Partial);
}

#[tokio::test]
async fn more_queries_than_a_call_takes_go_in_several() {
    let (gateway, canned) =
        gateway([data(vec![], None), data(vec![result("q0", "Complete", &[(1000, 7.0)])], None)]).await;
    let queries = vec![query(Part::Account, 1); MAX_QUERIES_PER_CALL + 1];
    let answers = gateway.metric_data(&queries, SPAN).await.unwrap();
    assert_eq!((answers.len(), canned.asked().len(), gateway.metric_queries()), (501, 2, 501));
    assert_eq!(answers[500].points, [(Minute(1000), 7.0)]);
    let nothing = gateway.metric_data(&queries[..1], Span { first: Minute(2), last: Minute(1) }).await.unwrap();
    assert_eq!((nothing[0].status, canned.asked().len()), (ResultStatus::Partial, 2));
}

#[tokio::test]
async fn a_repeated_token_is_a_fault() {
    let (gateway, _) = gateway([data(vec![], Some("p")), data(vec![], Some("p"))]).await;
    let fault = gateway.metric_data(&[query(Part::Account, 1)], SPAN).await.unwrap_err();
    assert_eq!((fault.source, fault.kind), (Source::Metrics, FaultKind::Unexpected));
}

#[tokio::test]
async fn a_denial_comes_through_the_protocol() {
    let text = "User: arn:aws:iam::1:user/a is not authorized to perform: cloudwatch:ListMetrics";
    let body =
        Cbor::Map(vec![("__type", Cbor::text("com.amazonaws.cloudwatch#AccessDenied")), ("message", Cbor::text(text))]);
    let (gateway, _) = gateway([Reply::cbor(403, &body)]).await;
    let fault = gateway.list_metrics(Namespace::Bedrock, false).await.unwrap_err();
    assert_eq!((fault.kind, fault.action.as_deref()), (FaultKind::Denied, Some("cloudwatch:ListMetrics")));
    let calls = gateway.calls();
    assert_eq!((calls[0].service.as_str(), calls[0].count, calls[0].failed), ("cloudwatch", 1, 1));
}
