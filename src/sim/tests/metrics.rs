//! `CloudWatch` through the SDK.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::list_metrics::builders::ListMetricsFluentBuilder;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, DimensionFilter, Metric, MetricDataQuery, MetricDataResult, MetricStat, RecentlyActive, ScanBy,
    Statistic, StatusCode,
};

use super::*;

fn at(offset: i64) -> DateTime {
    DateTime::from_secs(NOW + offset)
}

fn client(sim: &Sim) -> Client {
    Client::new(&config(sim))
}

async fn listed(client: &Client) -> Vec<Metric> {
    all(client.list_metrics().namespace("AWS/Bedrock").metric_name("Invocations")).await
}

async fn all(list: ListMetricsFluentBuilder) -> Vec<Metric> {
    let pages = list.into_paginator().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    pages.into_iter().flat_map(|page| page.metrics.unwrap_or_default()).collect()
}

fn ask(id: &str, metric: &Metric, stat: &str) -> MetricDataQuery {
    let stat = MetricStat::builder().metric(metric.clone()).period(60).stat(stat).build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

#[tokio::test]
async fn list_and_filter() {
    let sim = sim(vec![]);
    let client = client(&sim);
    let total = sim.with_world(|w| w.list_metrics(NOW, false).len());
    assert!(total > 0);
    let all = all(client.list_metrics()).await;
    assert_eq!(all.len(), total);
    let recent = client.list_metrics().recently_active(RecentlyActive::Pt3H).send().await.unwrap();
    assert!(recent.metrics().len() <= total.min(500));
    let filter = DimensionFilter::builder().name("ModelId").build();
    let with = client.list_metrics().dimensions(filter).send().await.unwrap();
    assert!(with.metrics().iter().all(|m| m.dimensions().iter().any(|d| d.name() == Some("ModelId"))));
    let value = with.metrics()[0].dimensions()[0].value().unwrap();
    let filter = DimensionFilter::builder().name("ModelId").value(value).build();
    let one = client.list_metrics().dimensions(filter).send().await.unwrap();
    assert!(!one.metrics().is_empty() && one.metrics().len() <= with.metrics().len());
    let error = client.list_metrics().next_token("nonsense").send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("InvalidParameterValue"));
    let error = client.list_metrics().recently_active("PT4H".into()).send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_parameter_value_exception() || error.meta().code() == Some("InvalidParameterValue"));
    let elsewhere = Client::new(&config_in(&sim, "eu-west-2"));
    assert!(elsewhere.list_metrics().send().await.unwrap().metrics().is_empty());
}

#[tokio::test]
async fn points_in_pages_are_all_points() {
    let sim = sim(vec![]);
    let client = client(&sim);
    let metrics = listed(&client).await;
    let queries: Vec<_> = metrics.iter().take(4).enumerate().map(|(i, m)| ask(&format!("q{i}"), m, "Sum")).collect();
    let call = || {
        let call = client.get_metric_data().set_metric_data_queries(Some(queries.clone()));
        call.start_time(at(-3 * 3600)).end_time(at(0))
    };
    let whole = call().send().await.unwrap();
    assert!(whole.next_token().is_none());
    assert!(whole.metric_data_results().iter().all(|r| r.status_code() == Some(&StatusCode::Complete)));
    let longest = whole.metric_data_results().iter().map(|r| r.values().len()).max().unwrap();
    assert!(longest > 100, "{longest}");
    let paged = call().max_datapoints(50).into_paginator().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    assert!(paged.len() > 2);
    let mut merged: Vec<MetricDataResult> = Vec::new();
    for page in &paged {
        for result in page.metric_data_results() {
            if let Some(known) = merged.iter_mut().find(|known| known.id() == result.id()) {
                assert_eq!(known.status_code(), Some(&StatusCode::PartialData));
                known.values.get_or_insert_default().extend(result.values());
                known.timestamps.get_or_insert_default().extend(result.timestamps());
                known.status_code = result.status_code().cloned();
            } else {
                merged.push(result.clone());
            }
        }
    }
    assert_eq!(merged, whole.metric_data_results());
    let times = whole.metric_data_results()[0].timestamps();
    assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "newest first by default");
    let forward = call().scan_by(ScanBy::TimestampAscending).send().await.unwrap();
    let times = forward.metric_data_results()[0].timestamps();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
    let error = call().next_token("nonsense").send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_next_token());
}

#[tokio::test]
async fn dimensions_in_any_order() {
    let sim = sim(vec![]);
    let client = client(&sim);
    let all = all(client.list_metrics()).await;
    for metric in all.iter().filter(|m| m.dimensions().len() > 1).take(3) {
        let mut turned = metric.clone();
        turned.dimensions.as_mut().unwrap().reverse();
        let call = client.get_metric_data().metric_data_queries(ask("a", metric, "Sum"));
        let got = call.metric_data_queries(ask("b", &turned, "Sum")).start_time(at(-3600)).end_time(at(0)).send().await;
        let got = got.unwrap();
        assert_eq!(got.metric_data_results()[0].values(), got.metric_data_results()[1].values());
    }
}

#[tokio::test]
async fn refused_queries() {
    let sim = sim(vec![]);
    let client = client(&sim);
    let metric = Metric::builder().namespace("AWS/Bedrock").metric_name("Invocations").build();
    let good = ask("a", &metric, "p99.9");
    let mut odd = good.clone();
    odd.metric_stat.as_mut().unwrap().period = Some(90);
    let many: Vec<_> = (0..501).map(|i| ask(&format!("q{i}"), &metric, "Sum")).collect();
    let bad = [
        (vec![ask("Bad", &metric, "Sum")], -60, 0, "Id is not matching"),
        (vec![good.clone(), good.clone()], -60, 0, "not unique"),
        (vec![odd], -60, 0, "multiple of 60"),
        (vec![ask("a", &metric, "Median")], -60, 0, "Stat is not supported"),
        (vec![good.clone()], 0, 0, "must be less than"),
        (many, -60, 0, "size greater than 500"),
        (vec![MetricDataQuery::builder().id("a").expression("SUM(METRICS())").build()], -60, 0, "no expressions"),
    ];
    for (queries, start, end, text) in bad {
        let call =
            client.get_metric_data().set_metric_data_queries(Some(queries)).start_time(at(start)).end_time(at(end));
        let error = call.send().await.unwrap_err().into_service_error();
        assert_eq!(error.meta().code(), Some("ValidationError"), "{text}");
        assert!(error.meta().message().unwrap().contains(text), "{error:?}");
    }
    let call = client.get_metric_data().metric_data_queries(good).start_time(at(-60)).end_time(at(0)).send().await;
    assert_eq!(call.unwrap().metric_data_results()[0].label(), Some("Invocations"));
}

#[tokio::test]
async fn statistics_and_unknown_operations() {
    let sim = sim(vec![]);
    let client = client(&sim);
    let metric = &listed(&client).await[0];
    let dimensions: Vec<Dimension> = metric.dimensions().to_vec();
    let call = client.get_metric_statistics().namespace("AWS/Bedrock").metric_name("Invocations").period(300);
    let call = call.set_dimensions(Some(dimensions)).statistics(Statistic::Sum).extended_statistics("p50");
    let got = call.clone().start_time(at(-3600)).end_time(at(0)).send().await.unwrap();
    let point = &got.datapoints()[0];
    assert!(point.sum().is_some() && point.extended_statistics().unwrap().contains_key("p50"));
    let error = call.period(60).start_time(at(-86_400 * 2)).end_time(at(0)).send().await.unwrap_err();
    let error = error.into_service_error();
    assert_eq!(error.meta().code(), Some("InvalidParameterCombination"));
    let error = client.describe_alarms().send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("UnknownOperationException"));
}
