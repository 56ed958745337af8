//! Where a test call goes and what signs it. AWS credentials and AWS keys go to Bedrock's own hosts and to this machine, nothing goes over plain http but to this machine.

use std::{fmt, net::IpAddr};

use super::super::{connect, gateway::Gateway};
use crate::domain::{ids::Region, prompt::plan::Api};

/// The variable with a Bedrock API key, as the SDKs name it.
pub(in crate::aws) const BEARER_VARIABLE: &str = "AWS_BEARER_TOKEN_BEDROCK";

/// The variable with the key for `--openai-base-url`. Not `OPENAI_API_KEY`: a key of OpenAI that lies in the environment must not go to a gateway by accident.
pub const KEY_VARIABLE: &str = "TIERTOP_OPENAI_API_KEY";

/// What follows the address of bedrock-runtime (AWS's examples of 2026-11).
const OPENAI_PATH: &str = "/openai/v1";

/// Ends of the names of AWS's hosts, by partition (AWS SDK's partitions, 2026-11).
const AWS_SUFFIXES: [&str; 10] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// Bedrock's services as the first label of a host.
const SERVICES: [&str; 4] = ["bedrock-runtime", "bedrock-runtime-fips", "bedrock-mantle", "bedrock-mantle-fips"];

/// A key. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::aws) struct Secret(pub(in crate::aws) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A gateway with an OpenAI-compatible API that is not AWS.
#[derive(Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// `--openai-base-url`, for example `https://gateway.example/v1`.
    pub base_url: String,
    /// Its key, from [`KEY_VARIABLE`]; None sends none.
    pub key: Option<String>,
}

impl fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elsewhere").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// What signs a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pass {
    /// The profile's credentials.
    Credentials,
    /// A Bedrock API key, from [`BEARER_VARIABLE`].
    Bearer(Secret),
    /// A gateway's own key, or nothing.
    Own(Option<Secret>),
}

/// Where a call goes and what signs it, after a look at whether that may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The address below which the API lies; of Converse None where it is AWS's own.
    pub(super) address: Option<String>,
    pub(super) pass: Pass,
}

impl Way {
    /// What the user should know of it; None where it goes to AWS with the profile's credentials.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        match (&self.pass, &self.address) {
            (Pass::Bearer(_), _) => Some(format!(
                "Sent with the key in {BEARER_VARIABLE}; it may belong to another account than the profile does."
            )),
            (Pass::Own(_), Some(address)) => Some(format!("Sent to {address}, not to AWS.")),
            (Pass::Credentials, _) | (Pass::Own(_), None) => None,
        }
    }
}

/// Why a call may not go this way. Each is one sentence: what, why, how to mend it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WayError {
    /// The address is none.
    #[error("{named_by} is `{url}`, which {reason}; give an absolute URL such as https://gateway.example/v1.")]
    Address {
        /// The option or what may have set it.
        named_by: &'static str,
        /// The URL, without user and password.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// AWS credentials would go to a foreign host.
    #[error(
        "AWS credentials go to Bedrock's own hosts or to this machine only, and {host} is neither; for another gateway use --api openai with --openai-base-url and its own key."
    )]
    Foreign {
        /// The host.
        host: String,
    },
    /// The prompt and a key would go in the clear.
    #[error("{url} is plain http to another machine, where anybody on the way can read prompt and keys; use https.")]
    Plain {
        /// The URL.
        url: String,
    },
    /// A key that no header can carry.
    #[error("{variable} holds characters that no key has, such as a line break; set it anew.")]
    Key {
        /// The variable.
        variable: &'static str,
    },
}

impl Gateway {
    /// The way of calls over an API. `elsewhere` is a gateway that is not AWS, for [`Api::OpenAi`] only.
    ///
    /// # Errors
    /// Keys, or the prompt, would go where they may not.
    pub fn way(&self, api: Api, elsewhere: Option<&Elsewhere>) -> Result<Way, WayError> {
        if let (Api::OpenAi, Some(elsewhere)) = (api, elsewhere) {
            return to_gateway(elsewhere);
        }
        let configured = connect::configured_endpoint(self.config(), "Bedrock Runtime");
        if let Some(url) = &configured {
            check_aws(url)?;
        }
        let pass = match &self.about().bearer {
            Some(key) => Pass::Bearer(checked(key.clone(), BEARER_VARIABLE)?),
            None => Pass::Credentials,
        };
        let address = match api {
            Api::Converse => configured,
            Api::OpenAi => {
                let fips = self.config().use_fips().unwrap_or(false);
                let base = configured.unwrap_or_else(|| own_address(self.region(), fips));
                Some(format!("{}{OPENAI_PATH}", base.trim_end_matches('/')))
            }
        };
        Ok(Way { address, pass })
    }
}

fn to_gateway(elsewhere: &Elsewhere) -> Result<Way, WayError> {
    const NAMED_BY: &str = "--openai-base-url";
    let url = &elsewhere.base_url;
    connect::endpoint_fault(url).map_or(Ok(()), |reason| {
        Err(WayError::Address { named_by: NAMED_BY, url: connect::without_user(url), reason })
    })?;
    check_plain(url)?;
    let key = elsewhere.key.clone().map(|key| checked(Secret(key), KEY_VARIABLE)).transpose()?;
    Ok(Way { address: Some(url.trim_end_matches('/').to_owned()), pass: Pass::Own(key) })
}

/// Bedrock's address in a Region; China has a suffix of its own.
fn own_address(region: &Region, fips: bool) -> String {
    let suffix = if region.as_str().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let fips = if fips { "-fips" } else { "" };
    format!("https://bedrock-runtime{fips}.{region}.{suffix}")
}

/// That AWS credentials may go there.
fn check_aws(url: &str) -> Result<(), WayError> {
    check_plain(url)?;
    let host = host(url).unwrap_or_default();
    if is_loopback(&host) || is_bedrock(&host) { Ok(()) } else { Err(WayError::Foreign { host }) }
}

fn check_plain(url: &str) -> Result<(), WayError> {
    let plain = url.parse::<http::Uri>().is_ok_and(|uri| uri.scheme_str() != Some("https"));
    if plain && !host(url).is_some_and(|host| is_loopback(&host)) {
        return Err(WayError::Plain { url: connect::without_user(url) });
    }
    Ok(())
}

fn host(url: &str) -> Option<String> {
    let uri = url.parse::<http::Uri>().ok()?;
    Some(uri.host()?.to_ascii_lowercase())
}

/// This machine, by address or by the one name that needs no asking.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// `bedrock-runtime.us-east-1.amazonaws.com` and the like, and `vpce-….bedrock-runtime.us-east-1.vpce.amazonaws.com`. Other hosts below AWS's names
/// (buckets, load balancers, instances) may be anybody's.
fn is_bedrock(host: &str) -> bool {
    let service = |labels: &str| {
        let (service, region) = labels.split_once('.').unwrap_or((labels, ""));
        SERVICES.contains(&service) && is_region(region)
    };
    AWS_SUFFIXES.iter().filter_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.')).any(|labels| {
        let behind_endpoint = || {
            let (endpoint, rest) = labels.strip_suffix(".vpce")?.split_once('.')?;
            Some(endpoint.starts_with("vpce-") && service(rest))
        };
        service(labels) || behind_endpoint().unwrap_or(false)
    })
}

/// `us-east-1`, `us-gov-west-1`: words of letters, then a number.
fn is_region(label: &str) -> bool {
    let mut words: Vec<&str> = label.split('-').collect();
    let number = words.pop().unwrap_or_default();
    let letters = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.len() >= 2 && words.iter().all(letters) && number.len() == 1 && number.as_bytes()[0].is_ascii_digit()
}

/// The key, if a header can carry it.
fn checked(key: Secret, variable: &'static str) -> Result<Secret, WayError> {
    if key.0.bytes().all(|byte| byte.is_ascii_graphic()) { Ok(key) } else { Err(WayError::Key { variable }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_to_bedrock_and_to_this_machine_only() {
        for url in [
            "https://bedrock-runtime.us-east-1.amazonaws.com",
            "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/",
            "https://BEDROCK-runtime.us-east-1.AMAZONAWS.com",
            "https://bedrock-runtime.cn-north-1.amazonaws.com.cn",
            "https://vpce-0a1b-xyz.bedrock-runtime.eu-west-1.vpce.amazonaws.com",
            "https://bedrock-mantle.us-east-2.api.aws/v1",
            "http://localhost:4566",
            "http://127.0.0.1:8080",
            "http://127.8.9.1",
            "http://[::1]:9",
            "https://localhost",
        ] {
            assert_eq!(check_aws(url), Ok(()), "{url}");
        }
        for url in [
            "https://gateway.example",
            "https://amazonaws.com.example",
            "https://evilamazonaws.com",
            "https://bedrock-runtime.s3.amazonaws.com",
            "https://bedrock-runtime.s3.us-east-1.amazonaws.com",
            "https://bedrock-runtime.us-east-1.elb.amazonaws.com",
            "https://ec2-1-2-3-4.compute-1.amazonaws.com",
            "https://x.bedrock-runtime.us-east-1.amazonaws.com",
            "https://bedrock-runtime.us-east-1.amazonaws.com.evil.example",
            "https://localhost.evil.example",
            "https://127.0.0.1.evil.example",
            "https://10.0.0.1",
            "https://0.0.0.0",
        ] {
            assert!(matches!(check_aws(url), Err(WayError::Foreign { .. })), "{url}");
        }
    }

    #[test]
    fn nothing_goes_in_the_clear_to_another_machine() {
        for url in ["http://bedrock-runtime.us-east-1.amazonaws.com", "http://gateway.example", "http://10.0.0.1:80"] {
            assert!(matches!(check_aws(url), Err(WayError::Plain { .. })), "{url}");
            let elsewhere = Elsewhere { base_url: url.to_owned(), key: None };
            assert!(matches!(to_gateway(&elsewhere), Err(WayError::Plain { .. })), "{url}");
        }
    }

    #[test]
    fn a_key_is_never_shown_and_must_fit_a_header() {
        let elsewhere = |key: &str| Elsewhere { base_url: "https://g.example/v1/".into(), key: Some(key.into()) };
        let way = to_gateway(&elsewhere("sk-SECRET")).unwrap();
        assert_eq!(way.address.as_deref(), Some("https://g.example/v1"));
        assert!(!format!("{way:?}{:?}", elsewhere("sk-SECRET")).contains("SECRET"));
        let error = to_gateway(&elsewhere("sk-SECRET\n")).unwrap_err();
        assert_eq!(error, WayError::Key { variable: KEY_VARIABLE });
        assert!(!error.to_string().contains("SECRET"));
        let error = to_gateway(&Elsewhere { base_url: "https://ana:pw@g.example".into(), key: None }).unwrap_err();
        assert!(error.to_string().contains("user name") && !error.to_string().contains("pw"), "{error}");
    }
}
