//! One table per way to fail: every error code of the services that we call, the network's words, the credential chain's words.

use aws_sdk_cloudwatch::{error::ErrorMetadata, operation::get_metric_data::GetMetricDataError};
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::*;
use crate::aws::testing::{Reply, response};

type Failure = SdkError<GetMetricDataError, HttpResponse>;

const ACTION: &str = "cloudwatch:GetMetricData";

fn context() -> Context {
    Context {
        profile: None,
        region: Region::from("eu-west-1"),
        sign_in: SignIn::Other,
        host: Some("monitoring.eu-west-1.amazonaws.com".into()),
        only_others_answered: true,
        proxy: None,
    }
}

fn told(context: &Context, error: &Failure) -> Fault {
    fault(Source::Metrics, ACTION, context, error)
}

fn service(code: Option<&str>, text: &str, status: u16) -> Failure {
    let mut metadata = ErrorMetadata::builder().message(text);
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    SdkError::service_error(GetMetricDataError::generic(metadata.build()), response(Reply::json(status, "")))
}

/// An error with a cause, as libraries nest them.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Nested(&'static str, #[source] Option<Box<dyn Error + Send + Sync>>);

fn nested(words: &[&'static str]) -> Box<dyn Error + Send + Sync> {
    let (first, rest) = words.split_first().unwrap();
    Box::new(Nested(first, (!rest.is_empty()).then(|| nested(rest))))
}

fn io(words: &[&'static str]) -> Failure {
    SdkError::dispatch_failure(ConnectorError::io(nested(words)))
}

fn chain_failed(error: CredentialsError) -> Failure {
    SdkError::dispatch_failure(ConnectorError::other(error.into(), None))
}

#[test]
fn every_error_of_the_services_has_its_kind() {
    use FaultKind as K;
    let table = [
        // CloudWatch and STS (query and CBOR names)
        ("AccessDenied", 403, K::Denied),
        ("UnauthorizedOperation", 403, K::Denied),
        ("ExpiredToken", 403, K::Expired),
        ("RequestExpired", 400, K::Expired),
        ("InvalidClientTokenId", 403, K::Invalid),
        ("SignatureDoesNotMatch", 403, K::Invalid),
        ("MissingAuthenticationToken", 403, K::Invalid),
        ("IncompleteSignature", 400, K::Invalid),
        ("Throttling", 400, K::Throttled),
        ("RequestLimitExceeded", 503, K::Throttled),
        ("ValidationError", 400, K::Invalid),
        ("InvalidNextToken", 400, K::Invalid),
        ("InvalidParameterValue", 400, K::Invalid),
        ("InvalidParameterCombination", 400, K::Invalid),
        ("MissingRequiredParameter", 400, K::Invalid),
        ("InternalServiceFault", 500, K::Unexpected),
        ("InternalFailure", 500, K::Unexpected),
        ("ServiceUnavailable", 503, K::Unexpected),
        ("InvalidAction", 400, K::NotOffered),
        ("RegionDisabledException", 403, K::Denied),
        // Bedrock's control plane
        ("AccessDeniedException", 403, K::Denied),
        ("ExpiredTokenException", 403, K::Expired),
        ("UnrecognizedClientException", 403, K::Invalid),
        ("InvalidSignatureException", 403, K::Invalid),
        ("ThrottlingException", 429, K::Throttled),
        ("ValidationException", 400, K::Invalid),
        ("ResourceNotFoundException", 404, K::Invalid),
        ("InternalServerException", 500, K::Unexpected),
        ("UnknownOperationException", 404, K::NotOffered),
        // Service Quotas
        ("DependencyAccessDeniedException", 400, K::Denied),
        ("TooManyRequestsException", 400, K::Throttled),
        ("IllegalArgumentException", 400, K::Invalid),
        ("InvalidPaginationTokenException", 400, K::Invalid),
        ("NoSuchResourceException", 400, K::Invalid),
        ("ServiceException", 500, K::Unexpected),
        // What nobody has seen yet
        ("TeapotException", 418, K::Invalid),
        ("TeapotException", 403, K::Denied),
        ("TeapotException", 429, K::Throttled),
        ("TeapotException", 599, K::Unexpected),
    ];
    for (code, status, kind) in table {
        let fault = told(&context(), &service(Some(code), "Some text.", status));
        assert_eq!((fault.kind, fault.action.as_deref()), (kind, Some(ACTION)), "{code} {status}");
        assert!(fault.message.ends_with('.') && !fault.message.ends_with(".."), "{code}: {}", fault.message);
        assert!(!fault.next_step.is_empty(), "{code}");
    }
}

#[test]
fn an_answer_without_a_code_goes_by_its_status() {
    use FaultKind as K;
    let table = [
        (403, K::Denied),
        (429, K::Throttled),
        (404, K::NotOffered),
        (501, K::NotOffered),
        (400, K::Invalid),
        (408, K::Unexpected),
        (502, K::Unexpected),
        (200, K::Unexpected),
    ];
    for (status, kind) in table {
        assert_eq!(told(&context(), &service(None, "", status)).kind, kind, "{status}");
        let unreadable: Failure =
            SdkError::response_error(nested(&["no CBOR"]), response(Reply::json(status, "<html>")));
        assert_eq!(told(&context(), &unreadable).kind, kind, "{status}");
    }
    let unreadable =
        SdkError::response_error(nested(&["failed", "unexpected end of CBOR"]), response(Reply::json(200, "")));
    let message = told(&context(), &unreadable).message;
    assert_eq!(message, "The answer of monitoring.eu-west-1.amazonaws.com could not be read: unexpected end of CBOR.");
}

#[test]
fn a_denial_names_the_missing_action_and_who_can_give_it() {
    let text = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: cloudwatch:ListMetrics because no identity-based policy allows the cloudwatch:ListMetrics action";
    let fault = told(&context(), &service(Some("AccessDenied"), text, 403));
    assert_eq!(fault.action.as_deref(), Some("cloudwatch:ListMetrics"));
    assert_eq!(fault.message, format!("cloudwatch:ListMetrics is not allowed in eu-west-1: {text}."));
    assert_eq!(fault.next_step, "Allow cloudwatch:ListMetrics in the IAM policy of this identity.");
    assert_eq!(fault.headline(), "metrics denied: needs cloudwatch:ListMetrics");
    let text = "… is not authorized to perform: a:B with an explicit deny in a service control policy";
    let fault = told(&context(), &service(Some("AccessDeniedException"), text, 403));
    assert_eq!(fault.next_step, "Ask the administrator of the organisation: a service control policy denies a:B.");
}

#[test]
fn an_off_clock_is_told_as_one() {
    let text = "Signature expired: 20261122T000000Z is now earlier than 20261122T030000Z (20261122T031500Z - 15 min.)";
    for (code, kind) in [
        ("RequestExpired", FaultKind::Expired),
        ("RequestTimeTooSkewed", FaultKind::Invalid),
        ("InvalidSignatureException", FaultKind::Invalid),
        ("SignatureDoesNotMatch", FaultKind::Invalid),
    ] {
        let fault = told(&context(), &service(Some(code), text, 403));
        assert_eq!(fault.kind, kind, "{code}");
        assert!(fault.message.contains("clock"), "{code}: {}", fault.message);
    }
}

#[test]
fn no_signature_or_token_gets_into_a_message() {
    let token = "FwoGZXIvYXdzEBYaDHqa0AP".repeat(4);
    let text = format!(
        "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:{token}\n'"
    );
    for code in ["SignatureDoesNotMatch", "ValidationError", "AccessDenied", "InternalFailure"] {
        let fault = told(&context(), &service(Some(code), &text, 403));
        assert!(!fault.to_string().contains(&token), "{fault}");
    }
    let fault = told(&context(), &service(Some("InvalidClientTokenId"), "The key AKIAIOSFODNN7EXAMPLE is wrong", 403));
    assert!(!fault.to_string().contains("AKIA"), "{fault}");
    let long = told(&context(), &service(Some("ValidationError"), &"long words ".repeat(200), 400));
    assert!(long.message.chars().count() < 400);
}

#[test]
fn an_expired_sign_in_names_its_own_command() {
    let context = |sign_in| Context { profile: Some("prod".into()), sign_in, ..context() };
    let expired = service(Some("ExpiredToken"), "The security token included in the request is expired", 403);
    assert_eq!(told(&context(SignIn::Sso), &expired).next_step, "aws sso login --profile prod");
    assert_eq!(told(&context(SignIn::Login), &expired).next_step, "aws login --profile prod");
    assert!(told(&context(SignIn::Other), &expired).next_step.contains("profile prod"));
}

#[test]
fn the_credential_chain_fails_in_the_users_words() {
    use FaultKind as K;
    let sso = "aws sso login --profile default";
    let table = [
        (CredentialsError::provider_error("the SSO token has expired and cannot be refreshed"), K::Expired, sso),
        (CredentialsError::provider_error("failed to load the cached SSO token"), K::Expired, sso),
        (
            CredentialsError::provider_error(nested(&[
                "service error",
                "UnauthorizedException: Session token not found or invalid",
            ])),
            K::Expired,
            sso,
        ),
        (CredentialsError::unhandled("cached Login token is expired"), K::Expired, "aws login --profile default"),
        (CredentialsError::not_loaded("no providers in chain provided credentials"), K::NoCredentials, "aws sso login"),
        (CredentialsError::not_loaded_no_source(), K::NoCredentials, "aws configure"),
        (
            CredentialsError::provider_error("credential_process exited with 1"),
            K::NoCredentials,
            "aws sts get-caller-identity",
        ),
        (CredentialsError::provider_timed_out(std::time::Duration::from_secs(5)), K::Unreachable, "credential_process"),
        (
            CredentialsError::provider_error(nested(&[
                "service error",
                "User: x is not authorized to perform: sts:AssumeRole on resource: y",
            ])),
            K::Denied,
            "Allow sts:AssumeRole",
        ),
        (CredentialsError::provider_error(nested(&["dispatch failure", "io error"])), K::Unreachable, "network"),
    ];
    for (error, kind, step) in table {
        let words = format!("{error:?}");
        let fault = told(&context(), &chain_failed(error));
        assert_eq!(fault.kind, kind, "{words}");
        assert!(fault.next_step.contains(step), "{words}: {}", fault.next_step);
    }
    let fault = told(&context(), &chain_failed(CredentialsError::provider_error("the SSO token has expired")));
    assert_eq!(fault.next_step, sso);
    let denied = CredentialsError::provider_error("is not authorized to perform: sts:AssumeRole on resource: y");
    assert_eq!(told(&context(), &chain_failed(denied)).action.as_deref(), Some("sts:AssumeRole"));
}

#[test]
fn the_network_fails_with_host_reason_and_proxy() {
    use FaultKind as K;
    let dns = "failed to lookup address information: Name or service not known";
    let table: [(Failure, Option<&str>, K, &str, &str); 8] = [
        (SdkError::timeout_error(nested(&["operation timed out"])), None, K::Unreachable, "in time", "network"),
        (
            SdkError::dispatch_failure(ConnectorError::timeout(nested(&["connect timeout"]))),
            None,
            K::Unreachable,
            "in time",
            "network",
        ),
        (
            io(&["client error (Connect)", "tcp connect error", "Connection refused (os error 111)"]),
            None,
            K::Unreachable,
            "Connection refused",
            "network",
        ),
        (
            io(&["client error (Connect)", "invalid peer certificate: UnknownIssuer"]),
            None,
            K::Unreachable,
            "UnknownIssuer",
            "AWS_CA_BUNDLE",
        ),
        (io(&["client error (Connect)", "tunnel error: unsuccessful"]), None, K::Unreachable, "tunnel", "HTTPS_PROXY"),
        (io(&["dns error", dns]), None, K::NotOffered, "may not be offered in eu-west-1", "--region"),
        (io(&["dns error", dns]), Some("aws.example:4566"), K::Unreachable, "aws.example:4566", "network"),
        (
            io(&["dns error", "Temporary failure in name resolution"]),
            None,
            K::Unreachable,
            "Temporary failure",
            "network",
        ),
    ];
    for (error, host, kind, message, step) in table {
        let mut context = Context { proxy: Some("HTTPS_PROXY=proxy:3128".into()), ..context() };
        context.host = host.map(str::to_owned).or(context.host);
        let fault = told(&context, &error);
        assert_eq!(fault.kind, kind, "{error:?}");
        assert!(fault.message.contains(message) && fault.next_step.contains(step), "{fault}");
        assert!(fault.message.contains(context.host.as_deref().unwrap()), "{fault}");
        assert!(fault.message.ends_with(" (HTTPS_PROXY=proxy:3128 is set)."), "{fault}");
    }
}

#[test]
fn an_unknown_name_is_no_proof_until_another_service_has_answered() {
    let dns = io(&["dns error", "failed to lookup address information: Name or service not known"]);
    let fault = told(&Context { only_others_answered: false, ..context() }, &dns);
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.next_step.contains("Region's name"), "{fault}");
}

#[test]
fn a_cut_answer_and_a_missing_endpoint_are_told_apart() {
    use aws_smithy_types::retry::ErrorKind;
    let cut =
        ConnectorError::other(nested(&["connection closed before message completed"]), Some(ErrorKind::TransientError));
    assert_eq!(told(&context(), &SdkError::dispatch_failure(cut)).kind, FaultKind::Unexpected);
    let none: Failure = SdkError::construction_failure(nested(&["Invalid Configuration: Missing endpoint"]));
    let fault = told(&Context { host: None, ..context() }, &none);
    assert_eq!(fault.kind, FaultKind::NotOffered);
    let endless = endless(Source::Metrics, ACTION, &context(), Endless::Repeated);
    assert_eq!(endless.kind, FaultKind::Unexpected);
    assert!(endless.message.contains("same page token twice"));
}
