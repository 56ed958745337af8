//! What the SDK makes of every kind of breakage.

use aws_sdk_bedrockruntime::types as rt;
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat, StatusCode};

use super::*;

/// Status, code and message of a service's error.
fn parts<E, R>(error: &SdkError<E, R>) -> (u16, String, String)
where
    E: ProvideErrorMetadata + std::fmt::Debug,
    R: std::fmt::Debug + Raw,
{
    let SdkError::ServiceError(inner) = error else { panic!("{error:?}") };
    let (code, text) = (inner.err().code().unwrap_or_default(), inner.err().message().unwrap_or_default());
    (inner.raw().status_of(), code.to_owned(), text.to_owned())
}

trait Raw {
    fn status_of(&self) -> u16;
}

impl Raw for aws_smithy_runtime_api::http::Response {
    fn status_of(&self) -> u16 {
        self.status().as_u16()
    }
}

fn message() -> rt::Message {
    let text = rt::ContentBlock::Text("Hi".into());
    rt::Message::builder().role(rt::ConversationRole::User).content(text).build().unwrap()
}

/// The errors of `ListMetrics`, `ListServiceQuotas`, `ListFoundationModels`, Converse and `GetCallerIdentity` under one rule for all.
async fn errors(kind: Kind) -> Vec<(u16, String, String)> {
    let sim = sim(vec![rule("*", kind)]);
    let config = config(&sim);
    let (model, _) = callable(&sim);
    let runtime = aws_sdk_bedrockruntime::Client::new(&config);
    vec![
        parts(&aws_sdk_cloudwatch::Client::new(&config).list_metrics().send().await.unwrap_err()),
        parts(&aws_sdk_servicequotas::Client::new(&config).list_services().send().await.unwrap_err()),
        parts(&aws_sdk_bedrock::Client::new(&config).list_foundation_models().send().await.unwrap_err()),
        parts(&runtime.converse().model_id(model).messages(message()).send().await.unwrap_err()),
        parts(&aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap_err()),
    ]
}

fn codes(all: &[(u16, String, String)]) -> Vec<(u16, &str)> {
    all.iter().map(|(status, code, _)| (*status, code.as_str())).collect()
}

#[tokio::test]
async fn denied() {
    let all = errors(Kind::Denied).await;
    let denied = "AccessDeniedException";
    assert_eq!(
        codes(&all),
        [(403, "AccessDenied"), (400, denied), (403, denied), (403, denied), (403, "AccessDenied")]
    );
    assert_eq!(
        all[0].2,
        "User: arn:aws:sts::111122223333:assumed-role/tiertop-demo/tiertop is not authorized to perform: cloudwatch:ListMetrics \
         because no identity-based policy allows the cloudwatch:ListMetrics action"
    );
    assert!(all[1].2.contains("servicequotas:ListServices"), "{}", all[1].2);
    assert!(
        all[3].2.contains("bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/"),
        "{}",
        all[3].2
    );
}

#[tokio::test]
async fn expired() {
    let all = errors(Kind::Expired).await;
    let expired = "ExpiredTokenException";
    assert_eq!(
        codes(&all),
        [(403, "ExpiredToken"), (400, expired), (403, expired), (403, expired), (403, "ExpiredToken")]
    );
    assert!(all.iter().all(|(_, _, text)| text == "The security token included in the request is expired"));
}

#[tokio::test]
async fn throttled() {
    let all = errors(Kind::Throttled).await;
    let expected = [
        (400, "Throttling"),
        (400, "TooManyRequestsException"),
        (429, "ThrottlingException"),
        (429, "ThrottlingException"),
        (400, "Throttling"),
    ];
    assert_eq!(codes(&all), expected);
}

#[tokio::test]
async fn server_trouble() {
    let all = errors(Kind::ServerError).await;
    let expected = [
        (500, "InternalServiceError"),
        (500, "ServiceException"),
        (500, "InternalServerException"),
        (500, "InternalServerException"),
        (500, "InternalFailure"),
    ];
    assert_eq!(codes(&all), expected);
    let all = errors(Kind::Unavailable).await;
    assert!(all.iter().all(|(status, code, _)| *status == 503 && code.starts_with("ServiceUnavailable")));
}

#[tokio::test]
async fn wrong_clock() {
    let all = errors(Kind::ClockSkew).await;
    let expected = [
        (403, "SignatureDoesNotMatch"),
        (400, "InvalidSignatureException"),
        (403, "InvalidSignatureException"),
        (403, "InvalidSignatureException"),
        (403, "SignatureDoesNotMatch"),
    ];
    assert_eq!(codes(&all), expected);
    assert!(all.iter().all(|(_, _, text)| text.starts_with("Signature expired: ")));
}

#[tokio::test]
async fn broken_bodies() {
    for kind in [Kind::Malformed, Kind::Truncated] {
        let config = config(&sim(vec![rule("*", kind)]));
        let error = aws_sdk_cloudwatch::Client::new(&config).list_metrics().send().await.unwrap_err();
        assert!(!matches!(error, SdkError::DispatchFailure(_)), "{kind:?} {error:?}");
        assert!(error.code().is_none());
        let error = aws_sdk_servicequotas::Client::new(&config).list_services().send().await.unwrap_err();
        assert!(error.code().is_none(), "{kind:?} {error:?}");
        let error = aws_sdk_bedrock::Client::new(&config).list_foundation_models().send().await.unwrap_err();
        assert!(error.code().is_none(), "{kind:?} {error:?}");
        let error = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap_err();
        assert!(error.code().is_none(), "{kind:?} {error:?}");
    }
}

#[tokio::test]
async fn slow_and_silent() {
    let config =
        config(&sim(vec![rule("cloudwatch:*", Kind::Hang), Rule { delay_ms: 3_000, ..rule("sts:*", Kind::Delay) }]));
    let started = std::time::Instant::now();
    let error = aws_sdk_cloudwatch::Client::new(&config).list_metrics().send().await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_timeout()), "{error:?}");
    assert!(started.elapsed() >= Duration::from_secs(2));
    let started = std::time::Instant::now();
    aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn endless_pages() {
    let config = config(&sim(vec![rule("*", Kind::EndlessToken)]));
    let client = aws_sdk_cloudwatch::Client::new(&config);
    let first = client.list_metrics().send().await.unwrap();
    let again = client.list_metrics().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((again.metrics(), again.next_token()), (first.metrics(), first.next_token()));
    let client = aws_sdk_bedrock::Client::new(&config);
    let first = client.list_inference_profiles().send().await.unwrap();
    let again = client.list_inference_profiles().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!(again.next_token(), first.next_token());
}

#[tokio::test]
async fn a_stream_breaks() {
    let sim = sim(vec![rule("bedrock-runtime:ConverseStream", Kind::CutStream)]);
    let client = aws_sdk_bedrockruntime::Client::new(&config(&sim));
    let (model, _) = callable(&sim);
    let mut stream = client.converse_stream().model_id(model).messages(message()).send().await.unwrap().stream;
    let error = loop {
        match stream.recv().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("ended as if it were whole"),
            Err(error) => break error,
        }
    };
    assert!(error.as_service_error().is_none(), "{error:?}");
}

#[tokio::test]
async fn single_results() {
    let rules = vec![
        rule("cloudwatch:GetMetricData#Invocations", Kind::ResultForbidden),
        rule("cloudwatch:GetMetricData#InvocationLatency", Kind::ResultInternalError),
        rule("cloudwatch:GetMetricData#OutputTokenCount", Kind::ResultPartial),
    ];
    let client = aws_sdk_cloudwatch::Client::new(&config(&sim(rules)));
    let query = |id: &str, name: &str| {
        let metric = Metric::builder().namespace("AWS/Bedrock").metric_name(name).build();
        let stat = MetricStat::builder().metric(metric).period(60).stat("Sum").build();
        MetricDataQuery::builder().id(id).metric_stat(stat).build()
    };
    let call = client.get_metric_data().start_time(DateTime::from_secs(NOW - 3600)).end_time(DateTime::from_secs(NOW));
    let call = call.metric_data_queries(query("a", "Invocations")).metric_data_queries(query("b", "InvocationLatency"));
    let call =
        call.metric_data_queries(query("c", "OutputTokenCount")).metric_data_queries(query("d", "InputTokenCount"));
    let got = call.send().await.unwrap();
    let statuses: Vec<_> = got.metric_data_results().iter().map(|r| r.status_code().unwrap().clone()).collect();
    assert_eq!(
        statuses,
        [StatusCode::Forbidden, StatusCode::InternalError, StatusCode::PartialData, StatusCode::Complete]
    );
    assert!(got.next_token().is_none());
}
