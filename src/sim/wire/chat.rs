//! Chat completions on the wire: which requests are one, server-sent events, and errors as OpenAI's clients read them.
//!
//! Forms of errors: an unknown model's is one that a user of the runtime published (github.com/aws-samples/bedrock-access-gateway/issues/185), `validation_error` is what Bedrock's
//! other OpenAI-compatible endpoint says (github.com/mnfst/llm-gateway/issues/2657). Types and codes of the other errors follow OpenAI's, because none of the runtime's is published.
//! What the front door says, before any API is known, has AWS's own form.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value as Json, json};

use super::{Answer, Fault};

/// What paths of the route begin with.
const ROUTE: &str = "/openai/v1/";
/// The operation's path below that.
const COMPLETIONS: &str = "chat/completions";
/// The operation's name in fault rules and counts.
pub const OPERATION: &str = "ChatCompletions";

/// Whether a path belongs to the OpenAI-compatible route.
#[must_use]
pub fn is_route(path: &str) -> bool {
    path.starts_with(ROUTE)
}

/// The operation that a request is, empty where there is none: the runtime has no list of models there.
#[must_use]
pub fn operation(method: &http::Method, path: &str) -> &'static str {
    let rest = path.strip_prefix(ROUTE).map(|rest| rest.trim_end_matches('/'));
    if *method == http::Method::POST && rest == Some(COMPLETIONS) { OPERATION } else { "" }
}

/// What is wrong with a request's authorization: this route takes none without, and no empty key.
#[must_use]
pub fn unauthorized(headers: &HeaderMap) -> Option<Fault> {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok()).map(str::trim);
    match sent {
        None | Some("") => Some(Fault::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token")),
        Some("Bearer") => Some(Fault::new(
            403,
            "AccessDeniedException",
            "Authentication failed: Please make sure your API Key is valid.",
        )),
        Some(_) => None,
    }
}

/// An event with this JSON.
#[must_use]
pub fn event(data: &Json) -> Bytes {
    Bytes::from(format!("data: {data}\n\n"))
}

/// The last event.
#[must_use]
pub fn done() -> Bytes {
    Bytes::from_static(b"data: [DONE]\n\n")
}

/// An error's body.
#[must_use]
pub fn error(fault: &Fault) -> Json {
    let kind = match fault.status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    };
    let code = match fault.shape.as_str() {
        "ValidationException" => "validation_error",
        "AccessDeniedException" => "access_denied",
        "ResourceNotFoundException" => "not_found",
        "ThrottlingException" => "rate_limit_exceeded",
        "InternalServerException" => "internal_server_error",
        "ServiceUnavailableException" => "service_unavailable",
        other => other,
    };
    json!({"error": {"message": fault.message, "type": kind, "param": null, "code": code}})
}

/// Whether the front door says this, of a signature, a key or a path, and not the API.
fn is_front_door(fault: &Fault) -> bool {
    let shapes = [
        "ExpiredTokenException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnknownOperationException",
        "UnrecognizedClientException",
    ];
    shapes.contains(&fault.shape.as_str()) || fault.message.starts_with("Authentication failed")
}

/// An error's answer.
pub(super) fn answer(fault: &Fault) -> Answer {
    if !is_front_door(fault) {
        return Answer::whole(fault.status, "application/json", error(fault).to_string());
    }
    let body = match fault.message.as_str() {
        // Of an API key the front door writes the member's name like this.
        text if text.starts_with("Authentication failed") => json!({"Message": text}),
        text => json!({"message": text}),
    };
    let mut answer = Answer::whole(fault.status, "application/json", body.to_string());
    answer.headers.push(("x-amzn-errortype".to_owned(), format!("{}:", fault.shape)));
    answer
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    #[test]
    fn the_route_has_one_operation() {
        assert_eq!(operation(&Method::POST, "/openai/v1/chat/completions"), OPERATION);
        assert_eq!(operation(&Method::POST, "/openai/v1/chat/completions/"), OPERATION);
        for (method, path) in [
            (Method::GET, "/openai/v1/chat/completions"),
            (Method::GET, "/openai/v1/models"),
            (Method::POST, "/openai/v1/responses"),
            (Method::POST, "/chat/completions"),
        ] {
            assert_eq!(operation(&method, path), "", "{method} {path}");
        }
    }

    #[test]
    fn a_throttle_is_a_rate_limit_and_an_expired_key_is_awss() {
        let throttled = answer(&Fault::new(429, "ThrottlingException", "Too many tokens"));
        let body: Json = serde_json::from_slice(&throttled.chunks[0].bytes).unwrap();
        let expected = json!({"message": "Too many tokens", "type": "rate_limit_error", "param": null, "code": "rate_limit_exceeded"});
        assert_eq!((throttled.status, &body["error"]), (429, &expected));
        let expired = answer(&Fault::new(403, "ExpiredTokenException", "expired"));
        assert_eq!(expired.header("x-amzn-errortype"), Some("ExpiredTokenException:"));
        assert_eq!(&expired.chunks[0].bytes[..], br#"{"message":"expired"}"#);
    }
}
