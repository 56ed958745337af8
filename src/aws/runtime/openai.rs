//! Chat completions: signed here, sent by the client of every other call (its TLS, proxies and certificate authorities), answered by JSON or by server-sent events.

use std::pin::Pin;

use aws_credential_types::{Credentials, provider::ProvideCredentials, provider::error::CredentialsError};
use aws_sdk_bedrockruntime::{config::StalledStreamProtectionConfig, operation::converse::ConverseError};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::{
    interceptors::context::{Error, Output},
    orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
    result::SdkError,
    ser_de::DeserializeResponse,
};
use aws_smithy_types::body::SdkBody;
use futures_util::{Stream, StreamExt};
use http_body_util::{BodyDataStream, BodyExt, LengthLimitError, Limited};
use sse_stream::{Error as SseError, Sse, SseByteStream};

use super::{
    super::{connect::CREDENTIALS_TIMEOUT, fault::chain, gateway::Gateway, ledger},
    BYTES_AT_MOST, Outlet, Stop, body,
    chunks::{self, Reader},
    converse::LEDGER_NAME,
    error, in_time, timeouts,
    way::{Pass, Way},
};
use crate::domain::{
    fault::FaultKind,
    prompt::{
        event::{CallError, Event},
        plan::Plan,
    },
};

/// Bytes of an error's body that are read.
const ERROR_BYTES_AT_MOST: usize = 1024 * 1024;

/// The end of a stream, in OpenAI's protocol.
const DONE: &str = "[DONE]";

/// The service that SigV4 signs for.
const SIGNING_NAME: &str = "bedrock";

/// An answer's head, and its body as it comes.
#[derive(Debug)]
struct Answer {
    status: u16,
    code: Option<String>,
    request_id: Option<String>,
    server_ms: Option<u64>,
    is_stream: bool,
    body: SdkBody,
}

/// Takes the answer as it is, whatever its status.
#[derive(Debug)]
struct AsItIs;

impl DeserializeResponse for AsItIs {
    fn deserialize_streaming(&self, response: &mut HttpResponse) -> Option<Result<Output, OrchestratorError<Error>>> {
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        let header = |name| response.headers().get(name);
        let code = header("x-amzn-errortype").map(|code| code.split(':').next().unwrap_or_default().to_owned());
        Some(Ok(Output::erase(Answer {
            status: response.status().as_u16(),
            code,
            request_id: header("x-amzn-requestid").or_else(|| header("x-request-id")).map(str::to_owned),
            server_ms: header("x-amzn-bedrock-invocation-latency").and_then(|ms| ms.parse().ok()),
            is_stream: header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")),
            body,
        })))
    }

    fn deserialize_nonstreaming(&self, _: &HttpResponse) -> Result<Output, OrchestratorError<Error>> {
        Err(OrchestratorError::other("the answer was taken before it was read"))
    }
}

impl Gateway {
    pub(super) async fn chat_completion(&self, plan: &Plan, way: &Way, out: &Outlet) -> Result<(), Stop> {
        let refused = |what| CallError::of(FaultKind::Invalid, what);
        let body = body::chat(plan)
            .ok_or_else(|| refused("A whole Converse request cannot be sent over the OpenAI-compatible API."))?
            .to_string();
        let address = way.address.as_deref().unwrap_or_default();
        let url = format!("{address}/chat/completions");
        let headers = self.headers(way, &url, &body, plan.streaming).await?;
        let answer = self.send(way, &url, headers, body).await?;
        if let Some(id) = &answer.request_id {
            out.give(Event::RequestId(id.clone())).await?;
        }
        if !(200..300).contains(&answer.status) {
            return Err(refusal(answer).await.into());
        }
        if let Some(ms) = answer.server_ms {
            out.give(Event::ServerMs(ms)).await?;
        }
        if answer.is_stream { stream(answer.body, out).await } else { whole(answer.body, out).await }
    }

    /// The headers of the request, what signs it among them.
    async fn headers(&self, way: &Way, url: &str, body: &str, streaming: bool) -> Result<Vec<Header>, Stop> {
        let accept = if streaming { "text/event-stream" } else { "application/json" };
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("accept".to_owned(), accept.to_owned()),
            ("content-length".to_owned(), body.len().to_string()),
            ("user-agent".to_owned(), concat!("tiertop/", env!("CARGO_PKG_VERSION")).to_owned()),
        ];
        match &way.pass {
            Pass::Credentials => headers.extend(self.signature(url, body).await?),
            Pass::Bearer(key) | Pass::Own(Some(key)) => {
                headers.push(("authorization".to_owned(), format!("Bearer {}", key.0)));
            }
            Pass::Own(None) => {}
        }
        Ok(headers)
    }

    async fn signature(&self, url: &str, body: &str) -> Result<Vec<Header>, Stop> {
        let credentials = self.credentials().await.map_err(|error| self.unsent(&unsigned(error), None))?;
        let now = self.config().time_source().unwrap_or_default().now();
        let identity = credentials.into();
        let signed = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region().as_str())
            .name(SIGNING_NAME)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())
            .and_then(|params| {
                let headers = std::iter::once(("content-type", "application/json"));
                let request = SignableRequest::new("POST", url, headers, SignableBody::Bytes(body.as_bytes()));
                let request = request.map_err(|error| error.to_string())?;
                sign(request, &params.into()).map_err(|error| error.to_string())
            });
        let instructions = signed.map_err(|error| error::malformed(&format!("The call cannot be signed: {error}")))?;
        let headers = instructions.output().headers();
        Ok(headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let provider = self.config().credentials_provider();
        let provider = provider.ok_or_else(|| CredentialsError::not_loaded("no provider"))?;
        let given = tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await;
        given.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(CREDENTIALS_TIMEOUT)))
    }

    async fn send(&self, way: &Way, url: &str, headers: Vec<Header>, body: String) -> Result<Answer, Stop> {
        let client = self
            .config()
            .http_client()
            .ok_or_else(|| CallError::of(FaultKind::Unreachable, "There is no HTTP client to send the call with."))?;
        let (base, path) = split(url);
        let mut operation = Operation::builder();
        if !matches!(way.pass, Pass::Own(_)) {
            // What goes to a gateway is no call of AWS.
            operation = operation.interceptor(self.ledger().clerk(LEDGER_NAME, self.region()));
        }
        let operation = operation
            .service_name(LEDGER_NAME)
            .operation_name("ChatCompletions")
            .http_client(client)
            .endpoint_url(base)
            .no_auth()
            .no_retry()
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .sleep_impl(TokioSleep::new())
            .time_source(self.config().time_source().unwrap_or_default())
            .serializer(|request: Request| Ok(request.0))
            .deserializer_impl::<Answer, ConverseError>(AsItIs)
            .build();
        let request = request(path, headers, body)
            .ok_or_else(|| error::malformed("The call has a header that cannot be sent"))?;
        operation.invoke(request).await.map_err(|sent| self.unsent(&sent, ledger::host_of(url)).into())
    }
}

type Header = (String, String);

/// A request whose headers are nobody's to print.
struct Request(HttpRequest);

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request")
    }
}

/// Why credentials did not come, as calls of the SDK have it.
fn unsigned(error: CredentialsError) -> SdkError<ConverseError, HttpResponse> {
    SdkError::construction_failure(error)
}

/// A URL's scheme and authority, and its path.
fn split(url: &str) -> (&str, &str) {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url[begin..].find('/').map_or(url.len(), |at| begin + at);
    url.split_at(end)
}

fn request(path: &str, headers: Vec<Header>, body: String) -> Option<Request> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").ok()?;
    request.set_uri(path).ok()?;
    for (name, value) in headers {
        request.headers_mut().try_insert(name, value).ok()?;
    }
    Some(Request(request))
}

/// What the service says instead of an answer.
async fn refusal(answer: Answer) -> CallError {
    let read = Limited::new(answer.body, ERROR_BYTES_AT_MOST).collect();
    let bytes = match in_time(read).await {
        Ok(Ok(bytes)) => bytes.to_bytes(),
        _ => bytes::Bytes::new(),
    };
    error::said_in(Some(answer.status), answer.code.as_deref(), &bytes)
}

async fn whole(body: SdkBody, out: &Outlet) -> Result<(), Stop> {
    let read = in_time(Limited::new(body, BYTES_AT_MOST).collect()).await?;
    let bytes = read.map_err(|error| broken(&*error))?.to_bytes();
    let value = serde_json::from_slice(&bytes).map_err(|_| error::malformed("The answer is not JSON"))?;
    out.give(Event::Began).await?;
    out.give_all(chunks::of_whole(&value)?).await
}

async fn stream(body: SdkBody, out: &Outlet) -> Result<(), Stop> {
    let bytes = BodyDataStream::new(Limited::new(body, BYTES_AT_MOST)).map(|piece| piece.map_err(Broken));
    let mut events: Pin<Box<dyn Stream<Item = Result<Sse, SseError>> + Send>> = Box::pin(SseByteStream::new(bytes));
    let mut reader = Reader::default();
    while let Some(event) = in_time(events.next()).await? {
        let event = event.map_err(|error| of_sse(&error))?;
        let Some(data) = event.data.filter(|data| !data.is_empty()) else { continue };
        if data.trim() == DONE {
            break;
        }
        let value = serde_json::from_str(&data)
            .map_err(|_| error::malformed("The answer broke off: an event of it is not JSON"))?;
        out.give(Event::Began).await?;
        out.give_all(reader.take(&value)?).await?;
    }
    out.give_all(reader.end()?).await
}

/// An error of the body, which the parser wants as a type.
#[derive(Debug, thiserror::Error)]
#[error("the body broke off")]
struct Broken(#[source] Box<dyn std::error::Error + Send + Sync>);

fn of_sse(error: &SseError) -> CallError {
    match error {
        SseError::Body(_) => broken(error),
        _ => error::malformed("The answer broke off: what came is no event"),
    }
}

fn broken(error: &(dyn std::error::Error + 'static)) -> CallError {
    if chain(error).any(<dyn std::error::Error>::is::<LengthLimitError>) { error::too_long() } else { error::cut() }
}
