//! The one place where an SDK error becomes a [`Fault`]: which kind it is, one sentence about it, one thing to do.
//!
//! Order of the questions: was it the credential chain? did the service answer? else the network. Of an answer the code counts before the status.
//! Decided here: an operation or path that the endpoint does not know (a 404, 405 or 501 without a resource's error code) is `NotOffered`, as an endpoint without
//! the service answers so; a 404 with a code is `Invalid`. Access key ids, signatures, canonical requests and long tokens never get into a message.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{paging::Endless, profile, profile::SignIn};
use crate::domain::{
    fault::{Fault, FaultKind, Source},
    ids::Region,
};

#[cfg(test)]
mod tests;
pub(super) mod text;

use text::{action_in, clean, has, sentence, shell_word, without_signature};

/// Where and as whom a call was made.
#[derive(Debug, Clone)]
pub(super) struct Context {
    /// The profile in use, None where none is named.
    pub(super) profile: Option<String>,
    pub(super) region: Region,
    pub(super) sign_in: SignIn,
    /// The host that was called; None where the call never left.
    pub(super) host: Option<String>,
    /// Whether other services of the Region have answered and this one never has.
    pub(super) only_others_answered: bool,
    /// The proxy variable that is set, without credentials.
    pub(super) proxy: Option<String>,
}

impl Context {
    /// The profile as a shell takes it.
    fn profile(&self) -> String {
        shell_word(self.profile.as_deref().unwrap_or(profile::DEFAULT))
    }

    fn sso_login(&self) -> String {
        format!("aws sso login --profile {}", self.profile())
    }

    fn login(&self) -> String {
        format!("aws login --profile {}", self.profile())
    }
}

/// What a fault says beside its source and action.
struct Verdict {
    kind: FaultKind,
    message: String,
    next_step: String,
}

impl Verdict {
    fn new(kind: FaultKind, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { kind, message: message.into(), next_step: next_step.into() }
    }
}

/// The fault that an error of a call is. `action` is the IAM action of the call; a denial may name another.
pub(super) fn fault<E>(
    source: Source,
    action: &'static str,
    context: &Context,
    error: &SdkError<E, HttpResponse>,
) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let causes = Causes::of(error);
    let text = error.meta().message().unwrap_or_default();
    let denied = causes.credentials().then(|| action_in(&causes.text)).flatten().or_else(|| action_in(text));
    let verdict = if causes.credentials() {
        credentials(context, &causes)
    } else if let Some(response) = error.raw_response() {
        let answer = Answered { code: error.meta().code(), text, status: response.status().as_u16(), causes: &causes };
        answered(context, denied.as_deref().unwrap_or(action), &answer)
    } else {
        unanswered(context, action, error, &causes)
    };
    let action = denied.filter(|_| verdict.kind == FaultKind::Denied).unwrap_or_else(|| action.to_owned());
    let Verdict { kind, message, next_step } = verdict;
    Fault { source, kind, action: Some(action), message, next_step }
}

/// The fault that a list without an end is.
pub(super) fn endless(source: Source, action: &'static str, context: &Context, endless: Endless) -> Fault {
    let message = format!("The list from {} does not end: {endless}.", host(context, action));
    let next_step = "Check the endpoint; AWS itself ends its lists.".to_owned();
    Fault { source, kind: FaultKind::Unexpected, action: Some(action.to_owned()), message, next_step }
}

/// An error and each cause of the one before.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An error and all that caused it.
struct Causes {
    /// Every cause's own words, in lower and upper case as they came, joined by `: `.
    text: String,
    /// The innermost cause's words.
    last: String,
    by_credentials: bool,
}

impl Causes {
    fn of(error: &(dyn Error + 'static)) -> Self {
        // Of a failure of the credential chain only what lies below it counts: above it everything is a "dispatch failure".
        let credentials = chain(error).find(|cause| cause.is::<CredentialsError>());
        let words: Vec<String> = chain(credentials.unwrap_or(error)).map(ToString::to_string).collect();
        Self {
            by_credentials: credentials.is_some(),
            last: words.last().cloned().unwrap_or_default(),
            text: words.join(": "),
        }
    }

    /// Whether the credential chain failed, before anything was sent.
    fn credentials(&self) -> bool {
        self.by_credentials || self.has("identity resolver timed out") || self.has("failed to load identity")
    }

    fn has(&self, words: &str) -> bool {
        has(&self.text, words)
    }
}

fn credentials(context: &Context, causes: &Causes) -> Verdict {
    let profile = context.profile();
    let because = clean(&causes.last);
    if causes.has("login token") || causes.has("login/cache") {
        let message = format!("The `aws login` session of profile {profile} has ended or was never started.");
        return Verdict::new(FaultKind::Expired, message, context.login());
    }
    if causes.has("sso token") || causes.has("sso/cache") || causes.has("session token not found or invalid") {
        let message = format!("The SSO session of profile {profile} has ended or was never started.");
        return Verdict::new(FaultKind::Expired, message, context.sso_login());
    }
    if causes.has("expiredtoken") {
        let message = sentence(&format!("The credentials of profile {profile} have expired"), &because);
        return Verdict::new(FaultKind::Expired, message, renewal(context));
    }
    if let Some(action) = action_in(&causes.text) {
        let message = sentence(&format!("Profile {profile} may not take on its role"), &because);
        return Verdict::new(FaultKind::Denied, message, allow(&action, &causes.text));
    }
    if causes.has("the credential provider was not enabled") {
        let message =
            format!("No AWS credentials were found: none in the environment, in profile {profile} or from a role.");
        return Verdict::new(FaultKind::NoCredentials, message, no_credentials(context));
    }
    if causes.has("timed out") {
        let message = format!("The credentials of profile {profile} did not come in time.");
        let next_step = "Check the `credential_process`, role or sign-in service that gives them; it is asked again.";
        return Verdict::new(FaultKind::Unreachable, message, next_step);
    }
    if causes.has("dispatch failure") {
        let message = sentence(&format!("The credentials of profile {profile} could not be fetched"), &because);
        return Verdict::new(FaultKind::Unreachable, with_proxy(context, message), "Check the network to AWS sign-in.");
    }
    let message = sentence(&format!("The credentials of profile {profile} could not be loaded"), &because);
    let next_step = format!("aws sts get-caller-identity --profile {profile}");
    Verdict::new(FaultKind::NoCredentials, message, next_step)
}

fn no_credentials(context: &Context) -> String {
    format!("Sign in with `{}`, `{}` or `aws configure`.", context.sso_login(), context.login())
}

fn renewal(context: &Context) -> String {
    match context.sign_in {
        SignIn::Sso => context.sso_login(),
        SignIn::Login => context.login(),
        SignIn::Other => {
            format!("Renew the temporary credentials in the environment or in profile {}.", context.profile())
        }
    }
}

/// What came back.
struct Answered<'a> {
    code: Option<&'a str>,
    text: &'a str,
    status: u16,
    causes: &'a Causes,
}

/// What an error code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Denied,
    Expired,
    /// The clock of this machine or of the service is off.
    Clock(FaultKind),
    /// The keys or what was signed with them are wrong.
    Keys,
    Throttled,
    NotOffered,
    Invalid,
    Unexpected,
}

/// The meaning of an answer: by code where that says something, else by status.
fn meaning(code: Option<&str>, text: &str, status: u16) -> Meaning {
    match code.unwrap_or_default() {
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "DependencyAccessDeniedException"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "NotAuthorized" => Meaning::Denied,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Meaning::Expired,
        "RequestExpired" => Meaning::Clock(FaultKind::Expired),
        "RequestTimeTooSkewed" => Meaning::Clock(FaultKind::Invalid),
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "InvalidSignature" if is_clock(text) => {
            Meaning::Clock(FaultKind::Invalid)
        }
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "InvalidSignature"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "AuthFailure" => Meaning::Keys,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown" => Meaning::Throttled,
        "UnknownEndpoint" | "UnknownOperation" | "UnknownOperationException" | "InvalidAction" => Meaning::NotOffered,
        code => by_status(status, !code.is_empty()),
    }
}

/// The kind of a failed call by what came back: for the ledger, which says no more of it. Where nothing did, it was not to be reached.
pub(super) fn kind_of(code: Option<&str>, status: Option<u16>) -> FaultKind {
    let Some(status) = status else { return FaultKind::Unreachable };
    match meaning(code, "", status) {
        Meaning::Denied => FaultKind::Denied,
        Meaning::Expired => FaultKind::Expired,
        Meaning::Clock(kind) => kind,
        Meaning::Throttled => FaultKind::Throttled,
        Meaning::NotOffered => FaultKind::NotOffered,
        Meaning::Keys | Meaning::Invalid => FaultKind::Invalid,
        Meaning::Unexpected => FaultKind::Unexpected,
    }
}

fn by_status(status: u16, coded: bool) -> Meaning {
    match status {
        429 => Meaning::Throttled,
        401 | 403 => Meaning::Denied,
        501 => Meaning::NotOffered,
        404 | 405 if !coded => Meaning::NotOffered,
        // A time-out at the service or a proxy says nothing against the request.
        408 => Meaning::Unexpected,
        400..=499 => Meaning::Invalid,
        _ => Meaning::Unexpected,
    }
}

/// `Signature expired: … is now earlier than …`, `Signature not yet current: …`.
fn is_clock(text: &str) -> bool {
    has(text, "signature expired") || has(text, "not yet current")
}

fn answered(context: &Context, action: &str, answer: &Answered) -> Verdict {
    let text = clean(answer.text);
    let host = host(context, action);
    match meaning(answer.code, answer.text, answer.status) {
        Meaning::Denied => {
            let message = sentence(&format!("{action} is not allowed in {}", context.region), &text);
            Verdict::new(FaultKind::Denied, message, allow(action, answer.text))
        }
        Meaning::Expired => {
            let message = sentence(&format!("The credentials of profile {} have expired", context.profile()), &text);
            Verdict::new(FaultKind::Expired, message, renewal(context))
        }
        Meaning::Clock(kind) => {
            let message = "AWS refused the time in the request: the clock of this machine is off.";
            Verdict::new(kind, message, "Set the clock of this machine.")
        }
        Meaning::Keys => {
            let why = clean(without_signature(answer.text));
            let message = sentence(&format!("AWS does not accept the keys of profile {}", context.profile()), &why);
            Verdict::new(FaultKind::Invalid, message, keys(context))
        }
        Meaning::Throttled => {
            let message = sentence(&format!("AWS limits the rate of {action}"), &text);
            Verdict::new(FaultKind::Throttled, message, "Wait; it is asked again, less often.")
        }
        Meaning::NotOffered => {
            let why = if text.is_empty() { format!("HTTP {}", answer.status) } else { text.clone() };
            let message = sentence(&format!("{host} does not offer {action}"), &why);
            Verdict::new(FaultKind::NotOffered, message, "Choose another Region or endpoint.")
        }
        Meaning::Invalid => {
            let what = coded(answer.code, &text);
            let message = sentence(&format!("AWS refused {action} as wrong"), &what);
            Verdict::new(
                FaultKind::Invalid,
                message,
                "Check the Region and the endpoint; else report it as a bug of tiertop.",
            )
        }
        Meaning::Unexpected => unexpected(&host, answer, &text),
    }
}

fn unexpected(host: &str, answer: &Answered, text: &str) -> Verdict {
    let status = answer.status;
    if (200..300).contains(&status) {
        let message = sentence(&format!("The answer of {host} could not be read"), &clean(&answer.causes.last));
        return Verdict::new(FaultKind::Unexpected, message, "Wait; it is asked again.");
    }
    let message = sentence(&format!("{host} failed with HTTP {status}"), &coded(answer.code, text));
    Verdict::new(FaultKind::Unexpected, message, "Wait; it is asked again.")
}

fn coded(code: Option<&str>, text: &str) -> String {
    let code = clean(code.unwrap_or_default());
    match (code.is_empty(), text.is_empty()) {
        (true, _) => text.to_owned(),
        (false, true) => code,
        (false, false) => format!("{code}, {text}"),
    }
}

fn allow(action: &str, text: &str) -> String {
    if has(text, "service control policy") {
        return format!("Ask the administrator of the organisation: a service control policy denies {action}.");
    }
    if has(text, "permissions boundary") {
        return format!("Ask the administrator of the account: a permissions boundary leaves out {action}.");
    }
    format!("Allow {action} in the IAM policy of this identity.")
}

fn keys(context: &Context) -> String {
    match context.sign_in {
        SignIn::Sso => context.sso_login(),
        SignIn::Login => context.login(),
        SignIn::Other => {
            format!(
                "Check the access key, secret key and session token (`aws configure --profile {}`).",
                context.profile()
            )
        }
    }
}

fn unanswered<E>(context: &Context, action: &str, error: &SdkError<E, HttpResponse>, causes: &Causes) -> Verdict {
    let host = host(context, action);
    match error {
        SdkError::TimeoutError(_) => timed_out(context, &host),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => timed_out(context, &host),
        SdkError::DispatchFailure(failure) if failure.is_io() => unreachable(context, &host, causes),
        SdkError::DispatchFailure(failure) if failure.as_other().is_some() => {
            let message =
                sentence(&format!("{host} closed the connection before its answer was whole"), &clean(&causes.last));
            Verdict::new(FaultKind::Unexpected, with_proxy(context, message), "Wait; it is asked again.")
        }
        _ if causes.has("endpoint") => {
            let message =
                sentence(&format!("There is no endpoint for {action} in {}", context.region), &clean(&causes.last));
            Verdict::new(FaultKind::NotOffered, message, "Choose another Region with --region.")
        }
        SdkError::DispatchFailure(_) => unreachable(context, &host, causes),
        _ => {
            let message = sentence(&format!("{action} could not be asked"), &clean(&causes.last));
            Verdict::new(FaultKind::Unexpected, message, "Report it as a bug of tiertop.")
        }
    }
}

fn timed_out(context: &Context, host: &str) -> Verdict {
    let message = format!("{host} did not answer in time.");
    Verdict::new(FaultKind::Unreachable, with_proxy(context, message), "Check the network; it is asked again.")
}

fn unreachable(context: &Context, host: &str, causes: &Causes) -> Verdict {
    let because = clean(&causes.last);
    if context.only_others_answered && unknown_name(causes) && is_regional(host, &context.region) {
        let message =
            sentence(&format!("{host} does not exist: the service may not be offered in {}", context.region), &because);
        return Verdict::new(
            FaultKind::NotOffered,
            with_proxy(context, message),
            "Choose another Region with --region.",
        );
    }
    let message = with_proxy(context, sentence(&format!("{host} cannot be reached"), &because));
    let next_step = if causes.has("certificate") {
        "Set AWS_CA_BUNDLE to the PEM file of the authority that signs for this network."
    } else if causes.has("proxy") || causes.has("tunnel") {
        "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY."
    } else if unknown_name(causes) {
        "Check the network and the Region's name; it is asked again."
    } else {
        "Check the network and, if one is needed, HTTPS_PROXY; it is asked again."
    };
    Verdict::new(FaultKind::Unreachable, message, next_step)
}

/// Whether name servers said that there is no such name (glibc, musl, macOS, Windows). Without a network they may say the same, so it is no proof alone.
fn unknown_name(causes: &Causes) -> bool {
    ["name or service not known", "name does not resolve", "nodename nor servname", "no such host is known"]
        .iter()
        .any(|words| causes.has(words))
}

/// Whether a host is one that AWS has in each of its Regions.
fn is_regional(host: &str, region: &Region) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    name.contains(region.as_str())
        && [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|end| name.ends_with(end))
}

/// The host, or the service's name where none was called.
fn host(context: &Context, action: &str) -> String {
    let service = || format!("The endpoint of {}", action.split(':').next().unwrap_or(action));
    context.host.clone().unwrap_or_else(service)
}

fn with_proxy(context: &Context, message: String) -> String {
    match &context.proxy {
        Some(proxy) => format!("{} ({} is set).", message.trim_end_matches('.'), clean(proxy)),
        None => message,
    }
}
