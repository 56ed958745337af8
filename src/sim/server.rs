//! The simulated account on a socket, for the AWS CLI and other SDKs: HTTP/1.1 on a listener that the caller bound.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Answer, End, Sim, connector};

/// Connections served at once; further ones wait.
pub const MAX_CONNECTIONS: usize = 64;
const MAX_BODY: usize = 8 << 20;
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a stop waits for answers in the making.
const GRACE: Duration = Duration::from_secs(2);

type Body = BoxBody<Bytes, io::Error>;

/// Serves an account on `listener` until `shutdown` is done; then open answers get two seconds to end.
///
/// # Errors
/// Where accepting connections fails for good.
pub async fn serve(listener: TcpListener, sim: Sim, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
    let (limit, stop) = (Arc::new(Semaphore::new(MAX_CONNECTIONS)), CancellationToken::new());
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    let result = loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break Ok(()),
            accepted = next(&listener, &limit) => accepted,
        };
        match accepted {
            Ok((stream, permit)) => {
                let (sim, stop) = (sim.clone(), stop.clone());
                connections.spawn(async move {
                    connection(stream, sim, stop).await;
                    drop(permit);
                });
            }
            Err(error) if is_passing(&error) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => break Err(error),
        }
        while connections.try_join_next().is_some() {}
    };
    drop(listener);
    stop.cancel();
    let ended = async { while connections.join_next().await.is_some() {} };
    // What is still open then is dropped with the set.
    let _ = tokio::time::timeout(GRACE, ended).await;
    result
}

type Accepted = (TcpStream, tokio::sync::OwnedSemaphorePermit);

async fn next(listener: &TcpListener, limit: &Arc<Semaphore>) -> io::Result<Accepted> {
    let permit = Arc::clone(limit).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

/// Whether an accept's error is about one connection or a passing shortage, not about the listener.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    // 23 and 24: too many open files.
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
        || matches!(error.raw_os_error(), Some(23 | 24))
}

async fn connection(stream: TcpStream, sim: Sim, stop: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| respond(sim.clone(), request));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // A client that goes away or breaks HTTP ends only its own connection.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn respond(sim: Sim, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let answer = sim.answer(Request::from_parts(head, body.to_bytes()));
    tokio::time::sleep(answer.delay).await;
    if answer.end == End::Hang && answer.chunks.is_empty() {
        return std::future::pending().await;
    }
    Ok(response(answer).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR)))
}

fn response(answer: Answer) -> Result<Response<Body>, http::Error> {
    let mut builder = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    builder.body(BoxBody::new(StreamBody::new(connector::frames(answer))))
}

fn plain(status: StatusCode) -> Response<Body> {
    let body = Full::new(Bytes::new()).map_err(|never| match never {});
    let mut response = Response::new(BoxBody::new(body));
    *response.status_mut() = status;
    response
}
