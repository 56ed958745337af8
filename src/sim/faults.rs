//! What a scenario breaks on purpose: rules that a call is matched against before its service answers it.

mod streams;

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use super::wire::token::mix;
use super::wire::value::{Value, iso};
use super::wire::{Answer, Body, End, Fault, Protocol, Request, Response, ResultFault, Service};

/// One way to break calls. The first rule whose `action` matches the call and whose draw hits applies.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// `service:Operation`, for example `cloudwatch:GetMetricData`; either half may be `*`. Services are `cloudwatch`, `servicequotas`,
    /// `bedrock`, `bedrock-runtime` and `sts`; the IAM action matches too (`bedrock:InvokeModel` is Converse and `InvokeModel`).
    /// The `result-…` kinds take `cloudwatch:GetMetricData#MetricName` (or `#*`).
    pub action: String,
    /// What happens to the call.
    pub kind: Kind,
    /// Share of the calls that it happens to, 0 to 1; drawn from the scenario's seed and the call's number.
    #[serde(default = "always")]
    pub ratio: f64,
    /// For `Delay`, `SlowFirstByte` and `Stall`: how long, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
}

fn always() -> f64 {
    1.0
}

/// Kinds of breakage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 403/400 `AccessDenied` in the service's own form, with AWS's text that names user, action and resource.
    Denied,
    /// `ExpiredToken` (`ExpiredTokenException`) in the service's own form.
    Expired,
    /// The service's own throttling error.
    Throttled,
    /// HTTP 500.
    ServerError,
    /// HTTP 503.
    Unavailable,
    /// Right answer after `delay_ms`.
    Delay,
    /// Never answers.
    Hang,
    /// Headers announce the whole body, the connection closes in its middle.
    Truncated,
    /// HTTP 200 with a body that is not what the protocol says (wrong CBOR, broken JSON).
    Malformed,
    /// A `NextToken` on every page, always the same.
    EndlessToken,
    /// The stream stops in the middle of an event. This and the next four are for streams of events alone; other answers stay whole.
    CutStream,
    /// Headers come in time, the first event `delay_ms` later.
    SlowFirstByte,
    /// Nothing comes for `delay_ms` in the middle of the stream.
    Stall,
    /// An event in the middle of the stream is not one: its checksum is wrong, or its JSON is broken.
    MalformedEvent,
    /// The stream ends with an error event in its middle.
    StreamError,
    /// The signature is refused because the caller's clock is wrong.
    ClockSkew,
    /// The keys are not known: what a Region says that the account has not enabled.
    NotEnabled,
    /// One metric's results have status Forbidden.
    ResultForbidden,
    /// One metric's results have status `InternalError`.
    ResultInternalError,
    /// One metric's results have status `PartialData`, without a `NextToken` for the rest.
    ResultPartial,
}

impl Kind {
    fn result_status(self) -> Option<&'static str> {
        match self {
            Self::ResultForbidden => Some("Forbidden"),
            Self::ResultInternalError => Some("InternalError"),
            Self::ResultPartial => Some("PartialData"),
            _ => None,
        }
    }
}

/// The token that [`Kind::EndlessToken`] puts on every page.
pub const ENDLESS: &str = "RW5kbGVzcw==";

/// IAM's name of an operation's permission.
#[must_use]
pub fn iam_action(service: Service, operation: &str) -> String {
    match (service, operation) {
        (Service::BedrockRuntime, "Converse" | "ChatCompletions") => "bedrock:InvokeModel".to_owned(),
        (Service::BedrockRuntime, "ConverseStream") => "bedrock:InvokeModelWithResponseStream".to_owned(),
        (Service::Bedrock | Service::BedrockRuntime, _) => format!("bedrock:{operation}"),
        _ => format!("{}:{operation}", service.name()),
    }
}

impl Rule {
    fn matches(&self, service: Service, operation: &str) -> bool {
        let (wanted, action) = self.action.split_once(':').unwrap_or(("*", &self.action));
        let wanted = if wanted == "service-quotas" { "servicequotas" } else { wanted };
        let action = action.split('#').next().unwrap_or_default();
        let fits = |service: &str, operation: &str| {
            (wanted == "*" || wanted == service) && (action == "*" || action == operation)
        };
        let iam = iam_action(service, operation);
        fits(service.name(), operation) || iam.split_once(':').is_some_and(|(service, action)| fits(service, action))
    }

    /// Whether the rule hits this call: the same call of the same scenario always gets the same answer.
    fn hits(&self, index: usize, seed: u64, service: Service, operation: &str, number: u64) -> bool {
        let name = format!("{}:{operation}", service.name());
        let hash = mix(&[&seed.to_be_bytes(), name.as_bytes(), &index.to_be_bytes(), &number.to_be_bytes()]);
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
        let draw = (hash >> 11) as f64 / (1u64 << 53) as f64;
        draw < self.ratio
    }
}

/// The rule that applies to a whole call; `number` counts the calls of this operation.
#[must_use]
pub fn choose<'a>(rules: &'a [Rule], seed: u64, service: Service, operation: &str, number: u64) -> Option<&'a Rule> {
    rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| rule.kind.result_status().is_none() && rule.matches(service, operation))
        .find(|(index, rule)| rule.hits(*index, seed, service, operation, number))
        .map(|(_, rule)| rule)
}

/// The statuses that single metrics' results get in this call.
pub fn results(rules: &[Rule], seed: u64, request: &Request, number: u64) -> Vec<ResultFault> {
    let (service, operation) = (request.service, request.operation.as_str());
    rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| rule.matches(service, operation))
        .filter(|(index, rule)| rule.hits(*index, seed, service, operation, number))
        .filter_map(|(_, rule)| {
            let metric = rule.action.split_once('#').map_or("*", |(_, metric)| metric);
            rule.kind.result_status().map(|status| ResultFault { metric: metric.to_owned(), status })
        })
        .collect()
}

/// The error a rule gives instead of an answer, in the service's own form; `caller` and `resource` are ARNs.
pub fn instead(kind: Kind, request: &Request, caller: &str, resource: Option<&str>, now: i64) -> Option<Fault> {
    let service = request.service;
    let quotas = service == Service::ServiceQuotas;
    let auth_status = if quotas { 400 } else { 403 };
    Some(match kind {
        Kind::Denied => {
            let action = iam_action(service, &request.operation);
            let on = resource.map(|arn| format!(" on resource: {arn}")).unwrap_or_default();
            let text = format!(
                "User: {caller} is not authorized to perform: {action}{on} because no identity-based policy allows the {action} action"
            );
            Fault::new(auth_status, "AccessDeniedException", text).code("AccessDenied")
        }
        Kind::Expired => {
            let text = "The security token included in the request is expired";
            Fault::new(auth_status, "ExpiredTokenException", text).code("ExpiredToken")
        }
        Kind::ClockSkew => {
            let sent = request.header("x-amz-date").unwrap_or("19700101T000000Z");
            let compact = |time: i64| iso(time).replace(['-', ':'], "");
            let (now, limit) = (compact(now), compact(now - 300));
            let text = format!("Signature expired: {sent} is now earlier than {limit} ({now} - 5 min.)");
            Fault::new(auth_status, "InvalidSignatureException", text).code("SignatureDoesNotMatch")
        }
        Kind::NotEnabled => {
            let text = "The security token included in the request is invalid.";
            Fault::new(auth_status, "UnrecognizedClientException", text).code("InvalidClientTokenId")
        }
        Kind::Throttled => match service {
            Service::CloudWatch | Service::Sts => {
                Fault::new(400, "ThrottlingException", "Rate exceeded").code("Throttling")
            }
            Service::ServiceQuotas => Fault::new(400, "TooManyRequestsException", "Rate exceeded"),
            Service::Bedrock => Fault::new(429, "ThrottlingException", "Rate exceeded"),
            Service::BedrockRuntime => {
                Fault::new(429, "ThrottlingException", "Too many requests, please wait before trying again.")
            }
        },
        Kind::ServerError => match service {
            Service::CloudWatch => {
                Fault::new(500, "InternalServiceFault", "Internal service error").code("InternalServiceError")
            }
            Service::ServiceQuotas => Fault::new(500, "ServiceException", "Something went wrong"),
            Service::Sts => Fault::new(500, "InternalFailure", "Internal failure"),
            Service::Bedrock | Service::BedrockRuntime => Fault::new(
                500,
                "InternalServerException",
                "The system encountered an unexpected error during processing. Try your request again.",
            ),
        },
        Kind::Unavailable => {
            let text = if service == Service::BedrockRuntime {
                "Bedrock is unable to process your request."
            } else {
                "The service is currently unavailable"
            };
            Fault::new(503, "ServiceUnavailableException", text).code("ServiceUnavailable")
        }
        _ => return None,
    })
}

fn token_name(service: Service) -> &'static str {
    if service == Service::Bedrock { "nextToken" } else { "NextToken" }
}

/// For [`Kind::EndlessToken`]: takes the endless token out of the request, so that it means the first page.
pub fn forget_token(request: &mut Request) {
    let name = token_name(request.service);
    if request.input.text(name) == Some(ENDLESS) {
        request.input.set(name, Value::Null);
    }
    request.query.retain(|(key, value)| !(key == name && value == ENDLESS));
}

/// For [`Kind::EndlessToken`]: puts the endless token on an answer.
pub fn endless(service: Service, response: &mut Response) {
    if let Ok(output) = response
        && let Body::Members(value) = &mut output.body
    {
        value.set(token_name(service), ENDLESS.into());
    }
}

/// Breaks a finished answer.
pub fn damage(rule: &Rule, protocol: Protocol, answer: &mut Answer) {
    match rule.kind {
        Kind::Delay => answer.delay += Duration::from_millis(rule.delay_ms),
        Kind::Hang => {
            answer.chunks.clear();
            answer.end = End::Hang;
        }
        Kind::Truncated => cut(answer),
        Kind::CutStream | Kind::SlowFirstByte | Kind::Stall | Kind::MalformedEvent | Kind::StreamError => {
            streams::damage(rule, answer);
        }
        Kind::Malformed => {
            answer.status = 200;
            answer.headers.retain(|(name, _)| name != "x-amzn-errortype" && name != "x-amzn-query-error");
            answer.replace_body(Bytes::from_static(match protocol {
                Protocol::Cbor => b"\xbf\x67Metrics\x9f\x61",
                Protocol::Query => b"<ListMetricsResponse><ListMetricsResult><Metrics><member>",
                _ => b"{\"broken\": [",
            }));
        }
        _ => {}
    }
}

/// Keeps the first half of the bytes, or of an event stream's chunks and half of the next one.
fn cut(answer: &mut Answer) {
    let keep = answer.chunks.len().div_ceil(2);
    answer.chunks.truncate(keep);
    if let Some(last) = answer.chunks.last_mut() {
        last.bytes.truncate(last.bytes.len() / 2);
    }
    answer.end = End::Cut;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(action: &str, ratio: f64) -> Rule {
        Rule { action: action.into(), kind: Kind::Denied, ratio, delay_ms: 0 }
    }

    #[test]
    fn matching() {
        for action in ["cloudwatch:GetMetricData", "*:GetMetricData", "cloudwatch:*", "*:*", "*"] {
            assert!(rule(action, 1.0).matches(Service::CloudWatch, "GetMetricData"), "{action}");
        }
        assert!(!rule("cloudwatch:ListMetrics", 1.0).matches(Service::CloudWatch, "GetMetricData"));
        assert!(rule("bedrock:InvokeModel", 1.0).matches(Service::BedrockRuntime, "Converse"));
        assert!(rule("bedrock-runtime:Converse", 1.0).matches(Service::BedrockRuntime, "Converse"));
        assert!(!rule("bedrock-runtime:*", 1.0).matches(Service::Bedrock, "ListFoundationModels"));
    }

    #[test]
    fn ratio_is_a_share_and_repeats() {
        let rules = [rule("*", 0.25)];
        let hit = |number| choose(&rules, 7, Service::Sts, "GetCallerIdentity", number).is_some();
        let hits = (0..10_000).filter(|number| hit(*number)).count();
        assert!((2_300..2_700).contains(&hits), "{hits}");
        assert_eq!(hit(17), hit(17));
        assert!(choose(&[rule("*", 0.0)], 7, Service::Sts, "X", 1).is_none());
    }

    #[test]
    fn kinds_in_toml() {
        let rule: Rule = toml::from_str("action = \"*\"\nkind = \"endless-token\"\ndelay-ms = 5").unwrap();
        assert_eq!((rule.kind, rule.delay_ms), (Kind::EndlessToken, 5));
        assert!((rule.ratio - 1.0).abs() < f64::EPSILON);
    }
}
