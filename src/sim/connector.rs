//! The simulated account as an HTTP client of the AWS SDK: no sockets, the same bytes.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::time::Instant;

use super::{Answer, Chunk, End, Sim};

/// An HTTP client whose every request a simulated account answers, whatever the host.
#[derive(Debug, Clone)]
pub struct SimClient {
    sim: Sim,
    read_timeout: Option<Duration>,
}

impl SimClient {
    /// A client of this account.
    #[must_use]
    pub fn new(sim: Sim) -> Self {
        Self { sim, read_timeout: None }
    }

    /// The same as the SDK's configuration takes it.
    #[must_use]
    pub fn shared(sim: Sim) -> SharedHttpClient {
        SharedHttpClient::new(Self::new(sim))
    }
}

impl HttpClient for SimClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Self { sim: self.sim.clone(), read_timeout: settings.read_timeout() })
    }
}

impl HttpConnector for SimClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (sim, limit) = (self.sim.clone(), self.read_timeout);
        HttpConnectorFuture::new(async move {
            let head = answer_head(sim, request);
            let Some(limit) = limit else { return head.await };
            tokio::time::timeout(limit, head).await.unwrap_or_else(|_| {
                let error = io::Error::new(io::ErrorKind::TimedOut, "no answer within the read time-out");
                Err(ConnectorError::timeout(error.into()))
            })
        })
    }
}

async fn answer_head(sim: Sim, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let user = |error: aws_smithy_runtime_api::http::HttpError| ConnectorError::user(error.into());
    let (head, body) = request.try_into_http1x().map_err(user)?.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
    let answer = sim.answer(http::Request::from_parts(head, body));
    tokio::time::sleep(answer.delay).await;
    if answer.end == End::Hang && answer.chunks.is_empty() {
        std::future::pending::<Infallible>().await;
    }
    let status = StatusCode::try_from(answer.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let headers = answer.headers.clone();
    let mut response = Response::new(status, body_of(answer));
    for (name, value) in headers {
        response.headers_mut().try_append(name, value).map_err(user)?;
    }
    Ok(response)
}

fn body_of(answer: Answer) -> SdkBody {
    match &answer.chunks[..] {
        [only] if answer.end == End::Whole && only.after.is_zero() => SdkBody::from(only.bytes.clone()),
        _ => SdkBody::from_body_1_x(StreamBody::new(frames(answer))),
    }
}

/// Waits until so long after a time, or from now on where there was none before; gives when it was due.
async fn wait(due: Option<Instant>, after: Duration) -> Instant {
    let sleep = match due {
        Some(due) => tokio::time::sleep_until(due + after),
        None => tokio::time::sleep(after),
    };
    let due = sleep.deadline();
    sleep.await;
    due
}

/// An answer's body as it comes: each chunk after its delay, then the end that the answer has. Delays count from when the chunk before was due, not from when it was sent, so that a
/// reader or a timer that is late once does not make all that follows late; at 2,000 tokens a second the timer's millisecond would halve the speed.
pub(super) fn frames(answer: Answer) -> impl Stream<Item = Result<Frame<Bytes>, io::Error>> + Send + Sync + 'static {
    let (end, chunks) = (answer.end, answer.chunks.into_iter());
    let start = (chunks, None, false);
    stream::unfold(
        start,
        move |(mut chunks, due, done): (std::vec::IntoIter<Chunk>, Option<Instant>, bool)| async move {
            if done {
                return None;
            }
            if let Some(chunk) = chunks.next() {
                let due = if chunk.after.is_zero() { due } else { Some(wait(due, chunk.after).await) };
                return Some((Ok(Frame::data(chunk.bytes)), (chunks, due, false)));
            }
            match end {
                End::Whole => None,
                End::Cut => {
                    let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the simulated connection broke");
                    Some((Err(error), (chunks, due, true)))
                }
                End::Hang => {
                    std::future::pending::<Infallible>().await;
                    None
                }
            }
        },
    )
    .fuse()
}
