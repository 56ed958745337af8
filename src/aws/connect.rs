//! From options, environment and files to a [`Gateway`]: profile, Region, endpoints, credentials, limits. Makes no call to AWS; only instance metadata may be
//! asked for the Region. Whether credentials work shows in the first `caller_identity`.
//!
//! Order of precedence, as in the AWS CLI. Region: option, `AWS_REGION`, `AWS_DEFAULT_REGION`, profile, instance metadata. Endpoint: option,
//! `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's `services` section, its `endpoint_url`; `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` leaves only the option.
//! Credentials: a profile that the option names comes before keys in the environment.

use std::{path::PathBuf, time::Duration};

use aws_config::{
    AppName, BehaviorVersion, ConfigLoader, Region as SdkRegion, SdkConfig,
    ecs::EcsCredentialsProvider,
    identity::IdentityCache,
    imds::{credentials::ImdsCredentialsProvider, region::ImdsRegionProvider},
    meta::{credentials::CredentialsProviderChain, region::ProvideRegion},
    profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
    retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::{
    os_shim_internal::{Env, Fs},
    service_config::ServiceConfigKey,
};

use super::{
    gateway::{About, Clients, Gateway},
    http::{self, CaBundle},
    ledger::Ledger,
    profile::{Profiles, SignIn},
    quotas, runtime,
};
use crate::domain::{ids::Region, snapshot::Provenance};

/// Time to open a connection: a reachable AWS endpoint takes under a second from anywhere; a black hole shall be told soon.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Time to the first byte of an answer, and for one attempt as a whole: the slowest of our calls (500 metrics over 24 hours) takes a few seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for a call with all its attempts: half a poll interval of a minute, so that a stuck call never meets the next one.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);
/// Attempts of one call, the SDK's own default: the pollers ask again anyway.
const MAX_ATTEMPTS: u32 = 3;
/// Time for the credential chain: the SDK's 5 seconds are short for a `credential_process` that asks a vault or a person.
pub(super) const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(20);
/// Time to ask instance metadata for the Region: it answers in milliseconds or, outside EC2, never.
const IMDS_REGION_TIMEOUT: Duration = Duration::from_secs(2);
/// Variables that name a Region, in order.
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];
/// The simulated account's Region where none is asked for.
const SIMULATED_REGION: &str = "us-east-1";
/// Service ids, as the SDK asks its configuration for them. `CloudWatch` first: its endpoint is the one that is shown.
const SERVICE_IDS: [&str; 5] = ["CloudWatch", "Service Quotas", "Bedrock", "Bedrock Runtime", "STS"];

/// What the user said of how to connect.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--region`. For a simulated account `us-east-1` where None.
    pub region: Option<String>,
    /// `--endpoint-url`, for every service.
    pub endpoint_url: Option<String>,
    /// Answers calls in place of the network: the simulator.
    pub http_client: Option<SharedHttpClient>,
    /// Whether `http_client` is a simulated account. Then neither files nor environment are read, and the credentials are made up.
    pub simulated: bool,
}

/// Why no call can be made at all. Each is one sentence: what, where, how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The profile is in neither file.
    #[error(
        "{named_by} names `{name}`, which is not in the AWS configuration ({known}); choose one of them or add it with `aws configure --profile {name}`."
    )]
    UnknownProfile {
        /// The profile.
        name: String,
        /// `--profile` or `AWS_PROFILE`.
        named_by: &'static str,
        /// The profiles that there are, as part of a sentence.
        known: String,
    },
    /// An endpoint is no absolute http or https URL.
    #[error("{named_by} is `{url}`, which {reason}; give an absolute URL such as http://localhost:4566.")]
    Endpoint {
        /// The URL.
        url: String,
        /// The option, or what may have set it.
        named_by: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nothing names a Region.
    #[error(
        "No AWS Region is set; give one with --region, set AWS_REGION, or run `aws configure set region REGION --profile {profile}`."
    )]
    NoRegion {
        /// The profile in use.
        profile: String,
    },
    /// The Region cannot be part of a host name.
    #[error("{named_by} is `{region}`, which is no AWS Region; give one such as us-east-1.")]
    Region {
        /// What was given.
        region: String,
        /// The option, the variable or the profile that gave it.
        named_by: String,
    },
    /// A configuration file cannot be read or understood.
    #[error(
        "The AWS configuration is broken: {what}; correct the file, or name another with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE."
    )]
    Config {
        /// Path, line and fault.
        what: String,
    },
    /// The file of certificate authorities cannot be used.
    #[error("{named_by} names {}, which cannot be used: {reason}; correct the file or unset it.", path.display())]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// `AWS_CA_BUNDLE`, or `ca_bundle` of a profile.
        named_by: String,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {reason}; check the certificate authorities of this machine.")]
    Tls {
        /// Why.
        reason: String,
    },
}

/// Makes the clients. Asks nobody but, for want of a Region, instance metadata.
///
/// # Errors
/// A [`ConnectError`] where no call could be made with these options.
pub async fn connect(options: &ConnectOptions) -> Result<Gateway, ConnectError> {
    match &options.http_client {
        Some(client) if options.simulated => simulated(options, client.clone()),
        _ => live(options, &Fs::real(), &Env::real()).await,
    }
}

fn simulated(options: &ConnectOptions, client: SharedHttpClient) -> Result<Gateway, ConnectError> {
    let region = options.region.as_deref().unwrap_or(SIMULATED_REGION);
    checked_region(region, "--region")?;
    let keys = Credentials::new("SIMULATED", "SIMULATED", None, None, "tiertop simulation");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(SdkRegion::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .identity_cache(IdentityCache::lazy().build())
        .http_client(client)
        .retry_config(retries())
        .timeout_config(timeouts())
        .build();
    let mut builder = config.into_builder();
    builder.set_sleep_impl(default_async_sleep()).set_app_name(app_name());
    let about = About {
        region: Region::from(region),
        profile: options.profile.clone(),
        sign_in: SignIn::Sso,
        provenance: Provenance::Simulated,
        endpoint_url: None,
        proxy: None,
        bearer: None,
        quota_page_interval: Duration::ZERO,
    };
    Ok(gateway(&builder.build(), about))
}

async fn live(options: &ConnectOptions, fs: &Fs, env: &Env) -> Result<Gateway, ConnectError> {
    if let Some(url) = &options.endpoint_url {
        checked_endpoint(url, || "--endpoint-url".to_owned())?;
    }
    let profiles = Profiles::load(fs, env, options.profile.as_deref()).await?;
    let client = match &options.http_client {
        Some(client) => client.clone(),
        None => http::client(ca_bundle(env, &profiles).as_ref())?,
    };
    let provider = ProviderConfig::without_region().with_http_client(client.clone());
    let region = region(options, env, &profiles, &provider).await?;
    let config = sdk_config(options, client, &region, provider).await;
    let endpoint_url = effective_endpoint(&config, options, &profiles)?;
    let about = About {
        region: Region::from(region.as_str()),
        profile: profiles.chosen.clone(),
        sign_in: profiles.sign_in(),
        provenance: if endpoint_url.is_some() { Provenance::CustomEndpoint } else { Provenance::Live },
        endpoint_url,
        proxy: http::proxy(env),
        bearer: runtime::bearer(env),
        quota_page_interval: quotas::PAGE_INTERVAL,
    };
    Ok(gateway(&config, about))
}

fn ca_bundle(env: &Env, profiles: &Profiles) -> Option<CaBundle> {
    let variable = env.get("AWS_CA_BUNDLE").ok().filter(|path| !path.is_empty());
    let variable = variable.map(|path| CaBundle { path: path.into(), named_by: "AWS_CA_BUNDLE".into() });
    let setting = |path: &str| CaBundle {
        path: path.into(),
        named_by: format!("ca_bundle of profile `{}`", profiles.name()).into(),
    };
    variable.or_else(|| profiles.get("ca_bundle").map(setting))
}

async fn sdk_config(
    options: &ConnectOptions,
    client: SharedHttpClient,
    region: &str,
    provider: ProviderConfig,
) -> SdkConfig {
    let region = SdkRegion::new(region.to_owned());
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region.clone())
        .http_client(client)
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build())
        .retry_config(retries())
        .timeout_config(timeouts());
    if let Some(name) = app_name() {
        loader = loader.app_name(name);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(profile) = &options.profile {
        loader = of_profile(loader, profile, &provider.with_region(Some(region)));
    }
    loader.load().await
}

/// The profile that the option names, before any keys in the environment: the SDK's own chain has it the other way round, the AWS CLI does not.
/// A profile without credentials of its own leaves them to the container or the instance.
fn of_profile(loader: ConfigLoader, profile: &str, provider: &ProviderConfig) -> ConfigLoader {
    let named = ProfileFileCredentialsProvider::builder().configure(provider).profile_name(profile).build();
    let container = EcsCredentialsProvider::builder().configure(provider).build();
    let instance = ImdsCredentialsProvider::builder().configure(provider).build();
    let chain = CredentialsProviderChain::first_try("Profile", named)
        .or_else("EcsContainer", container)
        .or_else("Ec2InstanceMetadata", instance);
    loader.profile_name(profile).credentials_provider(chain)
}

async fn region(
    options: &ConnectOptions,
    env: &Env,
    profiles: &Profiles,
    provider: &ProviderConfig,
) -> Result<String, ConnectError> {
    if let Some(region) = &options.region {
        return checked_region(region, "--region");
    }
    let set = |name: &'static str| Some((name, env.get(name).ok().filter(|value| !value.is_empty())?));
    if let Some((name, region)) = REGION_VARIABLES.into_iter().find_map(set) {
        return checked_region(&region, name);
    }
    if let Some(region) = profiles.region() {
        return checked_region(region, &format!("The Region of profile `{}`", profiles.name()));
    }
    let instance = ImdsRegionProvider::builder().configure(provider).build();
    match tokio::time::timeout(IMDS_REGION_TIMEOUT, ProvideRegion::region(&instance)).await {
        Ok(Some(region)) => checked_region(region.as_ref(), "The Region of instance metadata"),
        _ => Err(ConnectError::NoRegion { profile: profiles.name().to_owned() }),
    }
}

fn checked_region(region: &str, named_by: &str) -> Result<String, ConnectError> {
    if Region::named(region).is_some() {
        return Ok(region.to_owned());
    }
    Err(ConnectError::Region { region: region.escape_debug().to_string(), named_by: named_by.to_owned() })
}

/// The first override in effect, after a look at the overrides of all services: the SDK takes a service's own without one.
fn effective_endpoint(
    config: &SdkConfig,
    options: &ConnectOptions,
    profiles: &Profiles,
) -> Result<Option<String>, ConnectError> {
    if let Some(url) = &options.endpoint_url {
        return Ok(Some(url.clone()));
    }
    let mut first = None;
    for id in SERVICE_IDS {
        let Some(url) = configured_endpoint(config, id) else { continue };
        let suffix = id.to_ascii_uppercase().replace(' ', "_");
        let named_by = || {
            format!(
                "The endpoint of {id} (AWS_ENDPOINT_URL_{suffix}, AWS_ENDPOINT_URL or profile `{}`)",
                profiles.name()
            )
        };
        checked_endpoint(&url, named_by)?;
        first = first.or(Some(url));
    }
    Ok(first)
}

/// What the SDK will use for a service: the same question as each client asks.
pub(super) fn configured_endpoint(config: &SdkConfig, id: &str) -> Option<String> {
    let key =
        ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
    let own = config.service_config().and_then(|settings| settings.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

fn checked_endpoint(url: &str, named_by: impl FnOnce() -> String) -> Result<(), ConnectError> {
    let Some(reason) = endpoint_fault(url) else { return Ok(()) };
    let url = without_user(url).escape_debug().to_string();
    Err(ConnectError::Endpoint { url, named_by: named_by(), reason })
}

/// What is wrong with an endpoint; None where it is an absolute http or https URL.
pub(super) fn endpoint_fault(url: &str) -> Option<&'static str> {
    Some(match url.parse::<::http::Uri>() {
        Err(_) => "is no URL",
        Ok(uri) if !matches!(uri.scheme_str(), Some("http" | "https")) => "does not begin with http:// or https://",
        Ok(uri) if uri.host().is_none_or(str::is_empty) => "names no host",
        Ok(uri) if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) => {
            "holds a user name or a password"
        }
        Ok(_) => return None,
    })
}

/// A URL without user name and password, also where it is none.
pub(super) fn without_user(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (&url[..scheme.len() + 3], rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    format!("{scheme}{}{path}", authority.rsplit('@').next().unwrap_or_default())
}

fn gateway(config: &SdkConfig, about: About) -> Gateway {
    let ledger = Ledger::default();
    macro_rules! client {
        ($sdk:ident, $service:literal) => {{
            let clerk = ledger.clerk($service, &about.region);
            $sdk::Client::from_conf($sdk::config::Builder::from(config).interceptor(clerk).build())
        }};
    }
    let clients = Clients {
        sts: client!(aws_sdk_sts, "sts"),
        bedrock: client!(aws_sdk_bedrock, "bedrock"),
        cloudwatch: client!(aws_sdk_cloudwatch, "cloudwatch"),
        quotas: client!(aws_sdk_servicequotas, "servicequotas"),
    };
    Gateway::new(clients, about, ledger, config.clone())
}

impl Gateway {
    /// The same profile, credentials, endpoints and connections in another Region. Makes no call.
    ///
    /// # Errors
    /// The Region cannot be part of a host name.
    pub fn in_region(&self, region: &Region) -> Result<Self, ConnectError> {
        checked_region(region.as_str(), "The Region")?;
        let config = self.config().to_builder().region(SdkRegion::new(region.as_str().to_owned())).build();
        Ok(gateway(&config, About { region: region.clone(), ..self.about().clone() }))
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(ATTEMPT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

/// `tiertop-VERSION` in the user agent: an application id may not hold a slash.
fn app_name() -> Option<AppName> {
    AppName::new(concat!("tiertop-", env!("CARGO_PKG_VERSION"))).ok()
}

#[cfg(test)]
mod tests;
