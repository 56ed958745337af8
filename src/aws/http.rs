//! The HTTP client of every AWS call: TLS by ring, the machine's certificate authorities and the user's own, proxies from the environment.
//!
//! A hand-built client knows nothing of `AWS_CA_BUNDLE` or `HTTPS_PROXY` unless told, so both are told here. `NO_PROXY` is heeded to the letter, for
//! localhost too. One exception: the link-local addresses of instance and task metadata are never proxied, because a proxy would answer with its own role.

use std::{borrow::Cow, path::PathBuf};

use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use aws_types::os_shim_internal::Env;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::connect::ConnectError;

/// Addresses of EC2 instance metadata (IPv4, IPv6) and of the ECS and EKS credential endpoints.
const METADATA_HOSTS: [&str; 5] =
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]"];

/// Variables that name a proxy, in the order in which they are told to the user.
const PROXY_VARIABLES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Where a file of certificate authorities was named.
#[derive(Debug, Clone)]
pub(super) struct CaBundle {
    pub(super) path: PathBuf,
    /// `AWS_CA_BUNDLE`, or `ca_bundle` of a profile.
    pub(super) named_by: Cow<'static, str>,
}

/// A client for every call. Certificates and connections are shared by all of its users.
pub(super) fn client(bundle: Option<&CaBundle>) -> Result<SharedHttpClient, ConnectError> {
    let trust = bundle
        .map(read_bundle)
        .transpose()?
        .map_or_else(TrustStore::default, |pem| TrustStore::default().with_pem_certificate(pem));
    let tls = TlsContext::builder().with_trust_store(trust).build();
    let tls = tls.map_err(|error| ConnectError::Tls { reason: error.to_string() })?;
    Ok(SharedHttpClient::new(Routed {
        proxied: through(tls.clone(), ProxyConfig::from_env()),
        direct: through(tls, ProxyConfig::disabled()),
    }))
}

fn through(tls: TlsContext, proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
    })
}

/// The bundle's text, after a look at every certificate: the SDK panics on one that it cannot read.
fn read_bundle(bundle: &CaBundle) -> Result<Vec<u8>, ConnectError> {
    let broken = |reason: String| ConnectError::CaBundle {
        path: bundle.path.clone(),
        named_by: bundle.named_by.to_string(),
        reason,
    };
    let pem = std::fs::read(&bundle.path).map_err(|error| broken(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| broken(format!("it is not PEM ({error})")))?;
        roots.add(certificate).map_err(|error| broken(format!("a certificate in it is broken ({error})")))?;
    }
    if roots.is_empty() {
        return Err(broken("it holds no certificate".to_owned()));
    }
    Ok(pem)
}

/// The first proxy variable that is set, with its address without user name and password: `HTTPS_PROXY=proxy.example:3128`.
pub(super) fn proxy(env: &Env) -> Option<String> {
    let set = |name: &'static str| Some((name, env.get(name).ok().filter(|value| !value.is_empty())?));
    let (name, value) = PROXY_VARIABLES.into_iter().find_map(set)?;
    let address = value.split_once("://").map_or(value.as_str(), |(_, rest)| rest);
    let address = address.split(['/', '?', '#']).next().unwrap_or_default();
    let address = address.rsplit('@').next().unwrap_or_default();
    Some(format!("{name}={address}"))
}

/// Sends metadata calls directly and all others as the environment says. Base configuration is not validated: that would build and throw away a
/// connector, certificates and all, for each of the clients.
#[derive(Debug)]
struct Routed {
    proxied: SharedHttpClient,
    direct: SharedHttpClient,
}

impl HttpClient for Routed {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(RoutedConnector {
            proxied: self.proxied.http_connector(settings, components),
            direct: self.direct.http_connector(settings, components),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.proxied.connector_metadata()
    }
}

#[derive(Debug)]
struct RoutedConnector {
    proxied: SharedHttpConnector,
    direct: SharedHttpConnector,
}

impl HttpConnector for RoutedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = if is_metadata(request.uri()) { &self.direct } else { &self.proxied };
        connector.call(request)
    }
}

fn is_metadata(uri: &str) -> bool {
    let uri = uri.parse::<http::Uri>().ok();
    uri.as_ref().and_then(http::Uri::host).is_some_and(|host| METADATA_HOSTS.contains(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_told_without_its_credentials() {
        let proxy = |pairs: &[(&str, &str)]| proxy(&Env::from_slice(pairs));
        assert_eq!(proxy(&[]), None);
        assert_eq!(proxy(&[("HTTP_PROXY", "")]), None);
        let url = "http://user:p%40ss@proxy.example:3128/x";
        assert_eq!(proxy(&[("https_proxy", url)]).as_deref(), Some("https_proxy=proxy.example:3128"));
        assert_eq!(proxy(&[("ALL_PROXY", "proxy:1")]).as_deref(), Some("ALL_PROXY=proxy:1"));
    }

    #[test]
    fn metadata_addresses_go_around_the_proxy() {
        assert!(is_metadata("http://169.254.169.254/latest/meta-data/placement/region"));
        assert!(is_metadata("http://[fd00:ec2::254]/latest/api/token"));
        assert!(!is_metadata("https://monitoring.us-east-1.amazonaws.com/"));
        assert!(!is_metadata("http://localhost:4566/"));
    }

    #[test]
    fn a_bad_bundle_is_named_with_its_path_and_its_fault() {
        let folder = std::env::temp_dir();
        let file = |name: &str, text: &str| {
            let path = folder.join(format!("tiertop-{}-{name}", std::process::id()));
            std::fs::write(&path, text).unwrap();
            CaBundle { path, named_by: "AWS_CA_BUNDLE".into() }
        };
        let missing = CaBundle { path: folder.join("tiertop-no-such.pem"), named_by: "AWS_CA_BUNDLE".into() };
        let cases = [
            (missing, "No such file"),
            (file("empty.pem", ""), "no certificate"),
            (file("cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"), "not PEM"),
            (file("wrong.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "broken"),
        ];
        for (bundle, expected) in cases {
            let error = client(Some(&bundle)).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("AWS_CA_BUNDLE"), "{error}");
            assert!(error.contains(&bundle.path.display().to_string()), "{error}");
            let _ = std::fs::remove_file(&bundle.path);
        }
    }
}
