//! The SDK over a socket.

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::*;
use crate::sim::server::serve;

/// The SDK's plain-HTTP client against a served account, until the returned sender stops it.
async fn served(sim: Sim) -> (SdkConfig, oneshot::Sender<()>, tokio::task::JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let client = aws_smithy_http_client::Builder::new().build_http();
    let config = config(&sim).to_builder().endpoint_url(format!("http://{address}")).http_client(client).build();
    let task = tokio::spawn(serve(listener, sim, async move {
        let _ = stopped.await;
    }));
    (config, stop, task)
}

#[tokio::test]
async fn all_services_over_a_socket() {
    let sim = sim(vec![]);
    let (config, stop, task) = served(sim.clone()).await;
    let metrics = aws_sdk_cloudwatch::Client::new(&config).list_metrics().send().await.unwrap();
    assert!(!metrics.metrics().is_empty());
    let quotas = aws_sdk_servicequotas::Client::new(&config).list_service_quotas().service_code("bedrock").send().await;
    assert!(!quotas.unwrap().quotas().is_empty());
    assert!(
        !aws_sdk_bedrock::Client::new(&config)
            .list_foundation_models()
            .send()
            .await
            .unwrap()
            .model_summaries()
            .is_empty()
    );
    assert!(aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap().account().is_some());
    stop.send(()).unwrap();
    task.await.unwrap().unwrap();
    assert_eq!(sim.calls(), 4);
}

#[tokio::test]
async fn breaks_over_a_socket() {
    let rules = vec![
        rule("cloudwatch:ListMetrics", Kind::Truncated),
        rule("bedrock:ListFoundationModels", Kind::Hang),
        rule("servicequotas:*", Kind::Malformed),
    ];
    let (config, stop, task) = served(sim(rules)).await;
    let error = aws_sdk_cloudwatch::Client::new(&config).list_metrics().send().await.unwrap_err();
    assert!(error.as_service_error().is_none(), "{error:?}");
    let short = TimeoutConfig::builder().read_timeout(Duration::from_millis(200)).build();
    let slow = aws_sdk_bedrock::Client::new(&config.to_builder().timeout_config(short).build());
    let error = slow.list_foundation_models().send().await.unwrap_err();
    assert!(
        matches!(&error, aws_sdk_bedrock::error::SdkError::DispatchFailure(failure) if failure.is_timeout()),
        "{error:?}"
    );
    let error = aws_sdk_servicequotas::Client::new(&config).list_services().send().await.unwrap_err();
    assert!(
        matches!(error, aws_sdk_servicequotas::error::SdkError::ResponseError(_)) || error.as_service_error().is_some()
    );
    stop.send(()).unwrap();
    task.await.unwrap().unwrap();
}
