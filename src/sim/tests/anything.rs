//! Whatever comes in, an answer goes out.

use std::sync::LazyLock;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::sim::wire::cbor;
use crate::sim::wire::value::Value;

/// One account for all cases: making one takes longer than a case.
static SIM: LazyLock<Sim> = LazyLock::new(|| sim(vec![]));

/// Names and texts that services look for, and others.
fn word() -> impl Strategy<Value = String> {
    let known = [
        "MetricDataQueries",
        "Id",
        "MetricStat",
        "Metric",
        "Namespace",
        "MetricName",
        "Dimensions",
        "Name",
        "Value",
        "Period",
        "Stat",
        "StartTime",
        "EndTime",
        "NextToken",
        "MaxDatapoints",
        "ServiceCode",
        "bedrock",
        "QuotaCode",
        "MaxResults",
        "DesiredValue",
        "messages",
        "content",
        "text",
        "serviceTier",
        "inferenceConfig",
        "maxTokens",
        "input",
        "converse",
        "AWS/Bedrock",
        "Sum",
        "a",
        "RoleArn",
        "RoleSessionName",
        "resourceARN",
        "Statistics",
    ];
    prop_oneof![4 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,12}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        any::<i32>().prop_map(|time| Value::Time(i64::from(time))),
        word().prop_map(Value::Text),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            proptest::collection::vec((word(), inner), 0..8).prop_map(Value::Struct),
        ]
    })
}

fn ask(sim: &Sim, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> u16 {
    let mut builder = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let answer = builder.body(body.into()).map(|request| sim.answer(request));
    answer.map_or(400, |answer| {
        assert!(answer.header("x-amzn-requestid").is_some());
        answer.status
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn shaped_bodies(body in value(), bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let sim = &*SIM;
        let json = crate::sim::wire::json::encode(&body, crate::sim::wire::json::Times::Epoch);
        for operation in ["ListMetrics", "GetMetricData", "GetMetricStatistics"] {
            let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
            let cbor = [("smithy-protocol", "rpc-v2-cbor")];
            for body in [cbor::encode(&body), bytes.clone()] {
                prop_assert!(ask(sim, "POST", &path, &cbor, body) < 500);
            }
            let target = format!("GraniteServiceVersion20100801.{operation}");
            prop_assert!(ask(sim, "POST", "/", &[("x-amz-target", &target)], json.clone()) < 500);
        }
        for operation in ["ListServiceQuotas", "GetServiceQuota", "RequestServiceQuotaIncrease", "ListServices"] {
            let target = format!("ServiceQuotasV20190624.{operation}");
            prop_assert!(ask(sim, "POST", "/", &[("x-amz-target", &target)], json.clone()) < 500);
        }
        for verb in ["converse", "converse-stream", "invoke", "count-tokens"] {
            ask(sim, "POST", &format!("/model/x.y/{verb}"), &[], json.clone());
        }
        let bearer = [("authorization", "Bearer x")];
        let chat = |body: Vec<u8>| ask(sim, "POST", "/openai/v1/chat/completions", &bearer, body);
        prop_assert!(chat(json.clone().into()) < 500);
        // A request that is right but for one member, whatever that is.
        for member in ["messages", "service_tier", "max_tokens", "stop", "temperature", "stream", "stream_options", "model"] {
            let model = "\"model\": \"openai.gpt-oss-20b-1:0\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]";
            let value = String::from_utf8_lossy(json.as_ref());
            let body = format!("{{{model}, \"{member}\": {value}}}");
            prop_assert!(chat(body.into_bytes()) < 500);
        }
        prop_assert!(ask(sim, "POST", "/listTagsForResource", &[], json) < 500);
    }

    #[test]
    fn forms_and_paths(form in "[A-Za-z.0-9&=%+]{0,80}", path in "/[a-z%/.A-Z0-9-]{0,40}", word in word()) {
        let sim = &*SIM;
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        for (action, version) in [("GetMetricData", "2010-08-01"), ("AssumeRole", "2011-06-15"), ("X", "2010-08-01")] {
            let body = format!("Action={action}&Version={version}&{form}&RoleArn={word}");
            prop_assert!(ask(sim, "POST", "/", &kind, body) < 500);
        }
        prop_assert!(ask(sim, "GET", &path, &[], form.clone()) < 500);
        prop_assert!(ask(sim, "POST", &path, &[("authorization", &form)], form.clone()) < 500);
        let listed = ask(sim, "GET", &format!("/inference-profiles?{form}"), &[("authorization", "Bearer x")], "");
        prop_assert!(listed < 500);
    }
}
