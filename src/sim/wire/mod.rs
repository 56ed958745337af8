//! The wire: which service, protocol and operation a request is, and how results and errors look in each protocol.

pub mod cbor;
pub mod chat;
pub mod events;
pub mod json;
pub mod query;
pub mod route;
pub mod token;
pub mod value;

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use value::Value;

/// A service of the simulated account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Amazon `CloudWatch`.
    CloudWatch,
    /// Service Quotas.
    ServiceQuotas,
    /// Bedrock's control plane.
    Bedrock,
    /// Bedrock's runtime.
    BedrockRuntime,
    /// Security Token Service.
    Sts,
}

impl Service {
    /// Name as fault rules say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudWatch => "cloudwatch",
            Self::ServiceQuotas => "servicequotas",
            Self::Bedrock => "bedrock",
            Self::BedrockRuntime => "bedrock-runtime",
            Self::Sts => "sts",
        }
    }

    fn namespace(self) -> &'static str {
        if self == Self::Sts {
            "https://sts.amazonaws.com/doc/2011-06-15/"
        } else {
            "http://monitoring.amazonaws.com/doc/2010-08-01/"
        }
    }
}

/// A wire protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Smithy RPC v2 CBOR.
    Cbor,
    /// awsJson 1.0.
    Json10,
    /// awsJson 1.1.
    Json11,
    /// AWS query: a form in, XML out.
    Query,
    /// REST-JSON.
    Rest,
    /// JSON as OpenAI's clients write and read it.
    Chat,
}

impl Protocol {
    fn content_type(self) -> &'static str {
        match self {
            Self::Cbor => "application/cbor",
            Self::Json10 => "application/x-amz-json-1.0",
            Self::Json11 => "application/x-amz-json-1.1",
            Self::Query => "text/xml",
            Self::Rest | Self::Chat => "application/json",
        }
    }
}

/// A request that a service can handle.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose operation it is.
    pub service: Service,
    /// How it came, and how the answer goes.
    pub protocol: Protocol,
    /// Name of the operation, empty where the path names none.
    pub operation: String,
    /// Region of the signature's scope or the host name.
    pub region: Option<String>,
    /// Members of the body; of a raw body none.
    pub input: Value,
    /// What the path names: a model or profile, decoded.
    pub label: String,
    /// Parameters of the address.
    pub query: Vec<(String, String)>,
    /// Headers as sent.
    pub headers: HeaderMap,
    /// The body as sent.
    pub body: Bytes,
    /// Statuses for single metrics' results, from the fault rules.
    pub result_faults: Vec<ResultFault>,
}

impl Request {
    /// A parameter of the address.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The status that one metric's results get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFault {
    /// Metric name, or `*`.
    pub metric: String,
    /// `Forbidden`, `InternalError` or `PartialData`.
    pub status: &'static str,
}

/// An error as a service means it, before a protocol writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Exception name in CBOR and JSON.
    pub shape: String,
    /// Error code in XML and in `x-amzn-query-error`; often shorter than the exception's name.
    pub code: String,
    /// HTTP status.
    pub status: u16,
    /// Text.
    pub message: String,
}

impl Fault {
    /// An error whose exception and code have the same name.
    pub fn new(status: u16, name: &str, message: impl Into<String>) -> Self {
        Self { shape: name.to_owned(), code: name.to_owned(), status, message: message.into() }
    }

    /// Sets the code that XML shows.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self
    }

    fn sender(&self) -> bool {
        self.status < 500
    }
}

/// What a service answers.
pub type Response = Result<Output, Fault>;

/// A successful answer before a protocol writes it.
#[derive(Debug, Clone)]
pub struct Output {
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// From the request to the answer's head.
    pub delay: Duration,
}

/// A successful answer's body.
#[derive(Debug, Clone)]
pub enum Body {
    /// Members for the protocol to write.
    Members(Value),
    /// JSON as it is.
    Json(String),
    /// An event stream: messages, each with the delay after the one before.
    Events(Vec<Chunk>),
}

impl From<Value> for Output {
    fn from(value: Value) -> Self {
        Self { headers: Vec::new(), body: Body::Members(value), delay: Duration::ZERO }
    }
}

/// A piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Delay after the chunk before.
    pub after: Duration,
    /// Its bytes.
    pub bytes: Bytes,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Complete.
    Whole,
    /// The connection breaks after the last chunk.
    Cut,
    /// Nothing comes, not even headers.
    Hang,
}

/// An answer on the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, lower case. A body of one chunk has `content-length`.
    pub headers: Vec<(String, String)>,
    /// From the request to the headers.
    pub delay: Duration,
    /// The body.
    pub chunks: Vec<Chunk>,
    /// How it ends.
    pub end: End,
}

impl Answer {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn whole(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let bytes: Bytes = body.into();
        let headers = vec![
            ("content-type".to_owned(), content_type.to_owned()),
            ("content-length".to_owned(), bytes.len().to_string()),
        ];
        let chunks = vec![Chunk { after: Duration::ZERO, bytes }];
        Self { status, headers, delay: Duration::ZERO, chunks, end: End::Whole }
    }

    /// Replaces the body, keeping its kind.
    pub fn replace_body(&mut self, bytes: Bytes) {
        for (name, value) in &mut self.headers {
            if name == "content-length" {
                *value = bytes.len().to_string();
            }
        }
        self.chunks = vec![Chunk { after: Duration::ZERO, bytes }];
    }
}

/// Writes a service's answer in the request's protocol.
#[must_use]
pub fn encode(service: Service, protocol: Protocol, operation: &str, response: Response, id: &str) -> Answer {
    let mut answer = match response {
        Ok(output) => encode_output(service, protocol, operation, output, id),
        Err(fault) => encode_fault(service, protocol, &fault, id),
    };
    if protocol == Protocol::Cbor {
        answer.headers.push(("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()));
    }
    answer.headers.push(("x-amzn-requestid".to_owned(), id.to_owned()));
    answer
}

fn encode_output(service: Service, protocol: Protocol, operation: &str, output: Output, id: &str) -> Answer {
    let kind = protocol.content_type();
    let mut answer = match (output.body, protocol) {
        (Body::Members(value), Protocol::Cbor) => Answer::whole(200, kind, cbor::encode(&value)),
        (Body::Members(value), Protocol::Query) => {
            Answer::whole(200, kind, query::answer(operation, service.namespace(), &value, id))
        }
        (Body::Members(value), Protocol::Rest) => Answer::whole(200, kind, json::encode(&value, json::Times::Iso)),
        (Body::Members(value), _) => Answer::whole(200, kind, json::encode(&value, json::Times::Epoch)),
        (Body::Json(text), _) => Answer::whole(200, kind, text),
        (Body::Events(chunks), _) => Answer {
            status: 200,
            headers: vec![("content-type".to_owned(), stream_type(protocol).to_owned())],
            delay: Duration::ZERO,
            chunks,
            end: End::Whole,
        },
    };
    answer.delay = output.delay;
    answer.headers.extend(output.headers);
    answer
}

/// What a body of events is called.
fn stream_type(protocol: Protocol) -> &'static str {
    if protocol == Protocol::Chat { "text/event-stream" } else { "application/vnd.amazon.eventstream" }
}

fn encode_fault(service: Service, protocol: Protocol, fault: &Fault, id: &str) -> Answer {
    let kind = protocol.content_type();
    let message = || Value::from(&fault.message);
    let mut answer = match protocol {
        Protocol::Cbor => {
            let shape = format!("com.amazonaws.cloudwatch#{}", fault.shape);
            let body = Value::members([("__type", shape.into()), ("message", message())]);
            Answer::whole(fault.status, kind, cbor::encode(&body))
        }
        Protocol::Json10 | Protocol::Json11 => {
            let name = if service == Service::ServiceQuotas { "Message" } else { "message" };
            let body = Value::members([("__type", (&fault.shape).into()), (name, message())]);
            Answer::whole(fault.status, kind, json::encode(&body, json::Times::Epoch))
        }
        Protocol::Query => {
            let body = query::error(service.namespace(), fault.sender(), &fault.code, &fault.message, id);
            Answer::whole(fault.status, kind, body)
        }
        Protocol::Rest => {
            let body = Value::members([("message", message())]);
            let mut answer = Answer::whole(fault.status, kind, json::encode(&body, json::Times::Iso));
            answer.headers.push(("x-amzn-errortype".to_owned(), format!("{}:", fault.shape)));
            answer
        }
        Protocol::Chat => chat::answer(fault),
    };
    if service == Service::CloudWatch && matches!(protocol, Protocol::Cbor | Protocol::Json10 | Protocol::Json11) {
        let side = if fault.sender() { "Sender" } else { "Receiver" };
        answer.headers.push(("x-amzn-query-error".to_owned(), format!("{};{side}", fault.code)));
    }
    answer
}
