//! Which service, protocol and operation a raw HTTP request is.

use bytes::Bytes;
use http::{HeaderMap, Method, request::Parts};

use super::query::{fields, unescape};
use super::value::Value;
use super::{Fault, Protocol, Request, Service, cbor, chat, json, query};

/// A request that no service can take, with the protocol its error goes out in.
#[derive(Debug)]
pub struct Refused {
    /// Whose form the error has.
    pub service: Service,
    /// The error's protocol.
    pub protocol: Protocol,
    /// The error.
    pub fault: Fault,
}

const CBOR_PATH: &str = "/service/GraniteServiceVersion20100801/operation/";

/// Reads a request. Any credentials are good.
///
/// # Errors
/// Where the request names no service, or its body is not what the protocol says.
pub fn parse(request: http::Request<Bytes>) -> Result<Request, Refused> {
    let (head, body) = request.into_parts();
    let auth = Authorization::of(&head.headers);
    let form = form_of(&head, &body);
    let target = text(&head.headers, "x-amz-target").map(str::to_owned);
    let Some((service, protocol)) = find(&head, &auth, target.as_deref(), &form) else {
        let fault = Fault::new(404, "UnknownOperationException", "");
        return Err(Refused { service: Service::Bedrock, protocol: Protocol::Rest, fault });
    };
    let refuse = |fault: Fault| Refused { service, protocol, fault };
    if auth.bearer && !matches!(service, Service::Bedrock | Service::BedrockRuntime) {
        let message = "Request is missing Authentication Token";
        let fault = Fault::new(403, "MissingAuthenticationTokenException", message).code("MissingAuthenticationToken");
        return Err(refuse(fault));
    }
    let malformed = |error: String| refuse(Fault::new(400, "SerializationException", error).code("MalformedInput"));
    let mut label = String::new();
    let (operation, input) = match protocol {
        Protocol::Cbor => {
            let operation = head.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
            (operation, cbor::decode(&body).map_err(malformed)?)
        }
        Protocol::Json10 | Protocol::Json11 => {
            let target = target.unwrap_or_default();
            let operation = target.split_once('.').map_or("", |(_, operation)| operation).to_owned();
            (operation, json::decode(&body).map_err(malformed)?)
        }
        Protocol::Query => {
            let operation = form.iter().find(|(name, _)| name == "Action").map(|(_, action)| action.clone());
            (operation.unwrap_or_default(), query::decode(&form).map_err(malformed)?)
        }
        Protocol::Chat => {
            if let Some(fault) = chat::unauthorized(&head.headers) {
                return Err(refuse(fault));
            }
            // Whose model it is, for who is denied it; a body that cannot be read is the operation's to refuse.
            let model = serde_json::from_slice::<serde_json::Value>(&body).unwrap_or_default();
            model["model"].as_str().unwrap_or_default().clone_into(&mut label);
            (chat::operation(&head.method, head.uri.path()).to_owned(), Value::Struct(Vec::new()))
        }
        Protocol::Rest => {
            let (operation, named) = rest(&head.method, head.uri.path());
            label = named;
            let raw = operation.starts_with("Invoke");
            let input = if raw { Value::Struct(Vec::new()) } else { json::decode(&body).map_err(malformed)? };
            (operation.to_owned(), input)
        }
    };
    Ok(Request {
        service,
        protocol,
        operation,
        region: auth.region.or_else(|| host_region(&head)),
        input,
        label,
        query: fields(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        body,
        result_faults: Vec::new(),
    })
}

fn find(
    head: &Parts,
    auth: &Authorization,
    target: Option<&str>,
    form: &[(String, String)],
) -> Option<(Service, Protocol)> {
    let path = head.uri.path();
    if chat::is_route(path) {
        return Some((Service::BedrockRuntime, Protocol::Chat));
    }
    let rest_service = if path.starts_with("/model/") { Service::BedrockRuntime } else { Service::Bedrock };
    let json = if text(&head.headers, "content-type").is_some_and(|kind| kind.contains("json-1.1")) {
        Protocol::Json11
    } else {
        Protocol::Json10
    };
    let field = |wanted: &str| form.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    match auth.service.as_deref() {
        Some("monitoring") if path.starts_with("/service/") => Some((Service::CloudWatch, Protocol::Cbor)),
        Some("monitoring") if target.is_some() => Some((Service::CloudWatch, json)),
        Some("monitoring") => Some((Service::CloudWatch, Protocol::Query)),
        Some("servicequotas") => Some((Service::ServiceQuotas, Protocol::Json11)),
        Some("sts") => Some((Service::Sts, Protocol::Query)),
        Some("bedrock") => Some((rest_service, Protocol::Rest)),
        _ if path.starts_with(CBOR_PATH) => Some((Service::CloudWatch, Protocol::Cbor)),
        _ => match target.map(|target| target.split('.').next().unwrap_or_default()) {
            Some("ServiceQuotasV20190624") => Some((Service::ServiceQuotas, Protocol::Json11)),
            Some("GraniteServiceVersion20100801") => Some((Service::CloudWatch, json)),
            Some(_) => None,
            None if field("Version") == Some("2011-06-15") => Some((Service::Sts, Protocol::Query)),
            None if field("Version") == Some("2010-08-01") => Some((Service::CloudWatch, Protocol::Query)),
            None => (!rest(&head.method, path).0.is_empty()).then_some((rest_service, Protocol::Rest)),
        },
    }
}

/// The REST operation a path names and the resource in it; an empty name where there is none.
fn rest(method: &Method, path: &str) -> (&'static str, String) {
    let under = |prefix: &str| path.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map(unescape);
    if *method == Method::POST {
        if path == "/listTagsForResource" {
            return ("ListTagsForResource", String::new());
        }
        if let Some((model, verb)) = path.strip_prefix("/model/").and_then(|rest| rest.rsplit_once('/')) {
            let operation = match verb {
                "converse" => "Converse",
                "converse-stream" => "ConverseStream",
                "invoke" => "InvokeModel",
                "invoke-with-response-stream" => "InvokeModelWithResponseStream",
                "count-tokens" => "CountTokens",
                _ => "",
            };
            return (operation, unescape(model));
        }
    }
    if *method == Method::GET {
        match path {
            "/foundation-models" => return ("ListFoundationModels", String::new()),
            "/inference-profiles" => return ("ListInferenceProfiles", String::new()),
            "/use-case-for-model-access" => return ("GetUseCaseForModelAccess", String::new()),
            "/logging/modelinvocations" => return ("GetModelInvocationLoggingConfiguration", String::new()),
            "/provisioned-model-throughputs" => return ("ListProvisionedModelThroughputs", String::new()),
            _ => {}
        }
        for (prefix, operation) in [
            ("/foundation-models/", "GetFoundationModel"),
            ("/inference-profiles/", "GetInferenceProfile"),
            ("/foundation-model-availability/", "GetFoundationModelAvailability"),
        ] {
            if let Some(label) = under(prefix) {
                return (operation, label);
            }
        }
    }
    ("", String::new())
}

fn form_of(head: &Parts, body: &Bytes) -> Vec<(String, String)> {
    let is_form = text(&head.headers, "content-type").is_some_and(|kind| kind.starts_with("application/x-www-form"));
    if is_form {
        return fields(&String::from_utf8_lossy(body));
    }
    fields(head.uri.query().unwrap_or_default())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn host_region(head: &Parts) -> Option<String> {
    let host = head.uri.host().or_else(|| text(&head.headers, "host"))?;
    let host = host.split(':').next()?;
    let region = host.strip_suffix(".amazonaws.com")?.rsplit('.').next()?;
    region.contains('-').then(|| region.to_owned()).filter(|region| !region.starts_with("bedrock"))
}

/// What the `Authorization` header says.
#[derive(Debug, Default)]
struct Authorization {
    region: Option<String>,
    service: Option<String>,
    bearer: bool,
}

impl Authorization {
    fn of(headers: &HeaderMap) -> Self {
        let Some(value) = text(headers, "authorization") else {
            return Self::default();
        };
        if value.starts_with("Bearer ") {
            return Self { bearer: true, ..Self::default() };
        }
        let scope = value.split("Credential=").nth(1).and_then(|rest| rest.split([',', ' ']).next());
        // AKID/20261122/us-east-1/monitoring/aws4_request
        let parts: Vec<&str> = scope.unwrap_or_default().split('/').collect();
        let [_, _, region, service, _] = parts[..] else {
            return Self::default();
        };
        Self { region: Some(region.to_owned()), service: Some(service.to_owned()), bearer: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Result<Request, Refused> {
        let mut builder = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        parse(builder.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
    }

    #[test]
    fn unsigned_requests_by_path_and_headers() {
        let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let got = request("POST", "/", &form, "Action=ListMetrics&Version=2010-08-01").unwrap();
        assert_eq!(
            (got.service, got.protocol, got.operation.as_str()),
            (Service::CloudWatch, Protocol::Query, "ListMetrics")
        );
        let got = request("POST", "/", &form, "Action=GetCallerIdentity&Version=2011-06-15").unwrap();
        assert_eq!(got.service, Service::Sts);
        let got = request(
            "POST",
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse",
            &[],
            "{}",
        );
        let got = got.unwrap();
        assert_eq!(
            (got.operation.as_str(), got.label.as_str()),
            ("Converse", "arn:aws:bedrock:us-east-1:1:inference-profile/us.x")
        );
        let target = [("x-amz-target", "ServiceQuotasV20190624.ListServices")];
        assert_eq!(request("POST", "/", &target, "").unwrap().operation, "ListServices");
    }

    #[test]
    fn scope_wins_and_names_the_region() {
        let auth =
            "AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-west-1/bedrock/aws4_request, SignedHeaders=host, Signature=0";
        let got = request("GET", "/foundation-models?byProvider=A%20b", &[("authorization", auth)], "").unwrap();
        assert_eq!((got.region.as_deref(), got.parameter("byProvider")), (Some("eu-west-1"), Some("A b")));
        let bearer = [("authorization", "Bearer abc")];
        let got = request("GET", "https://bedrock.us-west-2.amazonaws.com/foundation-models", &bearer, "").unwrap();
        assert_eq!(got.region.as_deref(), Some("us-west-2"));
    }

    #[test]
    fn refusals() {
        assert_eq!(request("GET", "/nothing", &[], "").unwrap_err().fault.status, 404);
        let got = request("POST", &format!("{CBOR_PATH}ListMetrics"), &[], "\u{1}").unwrap_err();
        assert_eq!(got.fault.shape, "SerializationException");
        let bearer = [("authorization", "Bearer abc"), ("x-amz-target", "ServiceQuotasV20190624.ListServices")];
        assert_eq!(request("POST", "/", &bearer, "{}").unwrap_err().fault.status, 403);
    }
}
