//! For the tests of this module: an HTTP client that gives canned answers in order and keeps what it was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use aws_smithy_cbor::Encoder;
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::{DateTime, body::SdkBody};

use super::{ConnectOptions, Gateway, connect};

/// One canned answer.
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
}

impl Reply {
    pub(super) fn json(status: u16, body: &str) -> Self {
        Self { status, headers: vec![("content-type", "application/json")], body: body.into() }
    }

    /// A body of any kind.
    pub(super) fn of(status: u16, kind: &'static str, body: &str) -> Self {
        Self { status, headers: vec![("content-type", kind), ("x-amzn-requestid", "id-1")], body: body.into() }
    }

    pub(super) fn xml(status: u16, body: &str) -> Self {
        Self { status, headers: vec![("content-type", "text/xml")], body: body.into() }
    }

    pub(super) fn cbor(status: u16, body: &Cbor) -> Self {
        let headers = vec![("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")];
        let mut encoder = Encoder::new(Vec::new());
        body.encode(&mut encoder);
        Self { status, headers, body: encoder.into_writer() }
    }
}

/// A value for CloudWatch's protocol.
pub(super) enum Cbor {
    Text(String),
    Number(f64),
    Time(i64),
    List(Vec<Cbor>),
    Map(Vec<(&'static str, Cbor)>),
}

impl Cbor {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Text(text) => drop(encoder.str(text)),
            Self::Number(number) => drop(encoder.double(*number)),
            Self::Time(second) => drop(encoder.timestamp(&DateTime::from_secs(*second))),
            Self::List(list) => {
                encoder.array(list.len());
                for value in list {
                    value.encode(encoder);
                }
            }
            Self::Map(map) => {
                encoder.map(map.len());
                for (key, value) in map {
                    encoder.str(key);
                    value.encode(encoder);
                }
            }
        }
    }
}

/// What was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) uri: String,
    pub(super) user_agent: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Asked {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the body holds this text, in whatever protocol.
    pub(super) fn holds(&self, text: &str) -> bool {
        self.body.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

/// The client. Without an answer left it refuses the connection.
#[derive(Clone, Default)]
pub(super) struct Canned {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl std::fmt::Debug for Canned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canned")
    }
}

impl Canned {
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.asked.lock().unwrap().push(Asked {
            uri: request.uri().to_owned(),
            user_agent: request.headers().get("x-amz-user-agent").unwrap_or_default().to_owned(),
            headers: request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: request.body().bytes().unwrap_or_default().to_vec(),
        });
        let Some(reply) = self.replies.lock().unwrap().pop_front() else {
            return HttpConnectorFuture::ready(Err(ConnectorError::user("no answer left".into())));
        };
        HttpConnectorFuture::ready(Ok(response(reply)))
    }
}

/// The SDK's form of an answer.
pub(super) fn response(reply: Reply) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::try_from(reply.status).unwrap(), SdkBody::from(reply.body));
    for (name, value) in reply.headers {
        response.headers_mut().insert(name, value);
    }
    response
}

/// A gateway of a simulated account that gives these answers.
pub(super) async fn gateway(replies: impl IntoIterator<Item = Reply>) -> (Gateway, Canned) {
    let canned = Canned { replies: Arc::new(Mutex::new(replies.into_iter().collect())), ..Canned::default() };
    let options = ConnectOptions {
        http_client: Some(SharedHttpClient::new(canned.clone())),
        simulated: true,
        ..ConnectOptions::default()
    };
    (connect(&options).await.unwrap(), canned)
}
