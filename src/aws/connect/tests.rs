//! What keeps the screen from opening, and who wins where two name the same thing.

use super::*;
use crate::aws::testing::Canned;

async fn connected(config: &str, env: &[(&str, &str)], options: ConnectOptions) -> Result<Gateway, ConnectError> {
    let env: Vec<_> =
        env.iter().copied().chain([("HOME", "/home/ana"), ("AWS_EC2_METADATA_DISABLED", "true")]).collect();
    let fs = Fs::from_slice(&[("/home/ana/.aws/config", config)]);
    let options = ConnectOptions { http_client: Some(SharedHttpClient::new(Canned::default())), ..options };
    live(&options, &fs, &Env::from_slice(&env)).await
}

fn with(region: Option<&str>, endpoint_url: Option<&str>) -> ConnectOptions {
    ConnectOptions {
        region: region.map(str::to_owned),
        endpoint_url: endpoint_url.map(str::to_owned),
        ..ConnectOptions::default()
    }
}

#[tokio::test]
async fn the_region_is_the_options_then_the_environments_then_the_profiles() {
    let config = "[default]\nregion = eu-north-1\n";
    let both = [("AWS_DEFAULT_REGION", "us-west-2"), ("AWS_REGION", "eu-west-1")];
    let table = [
        (&both[..], Some("us-east-2"), "us-east-2"),
        (&both[..], None, "eu-west-1"),
        (&both[..1], None, "us-west-2"),
        (&[], None, "eu-north-1"),
        (&[("AWS_REGION", "")], None, "eu-north-1"),
    ];
    for (env, option, expected) in table {
        let gateway = connected(config, env, with(option, None)).await.unwrap();
        assert_eq!(gateway.region().as_str(), expected, "{env:?} {option:?}");
        assert_eq!(gateway.profile(), "default");
    }
}

#[tokio::test]
async fn a_region_that_is_none_is_told_with_who_named_it() {
    for region in ["US-EAST-1", "us east 1", "us-east-1.evil.example", "", "-x", "a\n"] {
        let error = connected("", &[], with(Some(region), None)).await.unwrap_err().to_string();
        assert!(error.starts_with("--region is `") && !error.contains('\n'), "{error}");
    }
    let error = connected("[default]\nregion = Mars\n", &[], with(None, None)).await.unwrap_err().to_string();
    assert_eq!(error, "The Region of profile `default` is `Mars`, which is no AWS Region; give one such as us-east-1.");
}

#[tokio::test]
async fn an_endpoint_must_be_an_absolute_url() {
    for url in ["localhost:4566", "ftp://x", "http://", "not a url", "/x", ""] {
        let error = connected("", &[], with(Some("us-east-1"), Some(url))).await.unwrap_err().to_string();
        assert!(error.starts_with("--endpoint-url is `"), "{url}: {error}");
    }
    let secret = connected("", &[], with(Some("us-east-1"), Some("http://ana:hunter2@localhost:4566"))).await;
    assert_eq!(
        secret.unwrap_err().to_string(),
        "--endpoint-url is `http://localhost:4566`, which holds a user name or a password; give an absolute URL such as http://localhost:4566."
    );
    let gateway = connected("", &[], with(Some("us-east-1"), Some("http://localhost:4566"))).await.unwrap();
    assert_eq!(
        (gateway.provenance(), gateway.endpoint_url()),
        (Provenance::CustomEndpoint, Some("http://localhost:4566"))
    );
}

#[tokio::test]
async fn a_simulated_account_needs_nothing_of_the_machine() {
    let client = Some(SharedHttpClient::new(Canned::default()));
    let options = ConnectOptions { http_client: client, simulated: true, ..ConnectOptions::default() };
    let gateway = connect(&options).await.unwrap();
    assert_eq!((gateway.region().as_str(), gateway.provenance()), ("us-east-1", Provenance::Simulated));
    assert!(!format!("{gateway:?}").contains("SIMULATED"));
    let wrong = ConnectOptions { region: Some("No".into()), ..options };
    assert!(connect(&wrong).await.is_err());
}
