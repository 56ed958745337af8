//! Converse and `ConverseStream` by the SDK: it finds the endpoint, signs, and reads; the body is our own JSON, put in before signing.

use aws_config::retry::RetryConfig;
use aws_sdk_bedrockruntime::{
    Client,
    config::{Builder, StalledStreamProtectionConfig},
    operation::{RequestId, converse::ConverseOutput as Whole},
    types::{
        ContentBlock, ContentBlockDelta, ContentBlockStart, ConverseOutput, ConverseStreamMetadataEvent,
        ConverseStreamOutput, ReasoningContentBlock, ReasoningContentBlockDelta, ServiceTier, TokenUsage,
        error::ConverseStreamOutputError,
    },
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeDeserializationInterceptorContextMut},
        orchestrator::{HttpRequest, HttpResponse},
        result::SdkError,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{
    Document, body::SdkBody, config_bag::ConfigBag, error::metadata::ProvideErrorMetadata, event_stream::RawMessage,
};
use http_body_util::{LengthLimitError, Limited};

use super::{
    super::{fault, gateway::Gateway},
    BYTES_AT_MOST, Outlet, Stop, body, error, in_time, timeouts,
};
use crate::domain::{
    prompt::{
        event::{CallError, Event, Usage},
        plan::Plan,
    },
    tier::Tier,
};

/// What the ledger calls the service: its hosts are others than the control plane's.
pub(super) const LEDGER_NAME: &str = "bedrock-runtime";

impl Gateway {
    /// A client whose calls are sent once and may take long. Connections are the shared client's.
    fn runtime_client(&self) -> Client {
        let clerk = self.ledger().clerk(LEDGER_NAME, self.region());
        let config = Builder::from(self.config())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts())
            // It takes a model that thinks for a broken connection.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .interceptor(clerk)
            .interceptor(Bounded);
        Client::from_conf(config.build())
    }

    pub(super) async fn converse(&self, plan: &Plan, out: &Outlet) -> Result<(), Stop> {
        let body = body::converse(plan).to_string();
        let call = self.runtime_client().converse().model_id(plan.endpoint.as_str()).customize();
        let call = call.mutate_request(move |request| put_body(request, &body));
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(sent) => return Err(self.refused(&sent, out).await),
        };
        out.give_all(of_whole(&answer)).await
    }

    pub(super) async fn converse_stream(&self, plan: &Plan, out: &Outlet) -> Result<(), Stop> {
        let body = body::converse(plan).to_string();
        let call = self.runtime_client().converse_stream().model_id(plan.endpoint.as_str()).customize();
        let call = call.mutate_request(move |request| put_body(request, &body));
        let mut answer = match call.send().await {
            Ok(answer) => answer,
            Err(sent) => return Err(self.refused(&sent, out).await),
        };
        if let Some(id) = answer.request_id() {
            out.give(Event::RequestId(id.to_owned())).await?;
        }
        let mut stopped = false;
        while let Some(event) = in_time(answer.stream.recv()).await?.map_err(|broken| of_broken(&broken))? {
            stopped |= matches!(event, ConverseStreamOutput::MessageStop(_));
            out.give(Event::Began).await?;
            out.give_all(of_event(event)).await?;
        }
        if stopped { Ok(()) } else { Err(error::cut().into()) }
    }

    /// Why a call was refused, after what AWS's support asks for.
    async fn refused<E>(&self, sent: &SdkError<E, HttpResponse>, out: &Outlet) -> Stop
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let id = sent.raw_response().and_then(|response| response.headers().get("x-amzn-requestid"));
        if let Some(id) = id
            && let Err(stop) = out.give(Event::RequestId(id.to_owned())).await
        {
            return stop;
        }
        // A whole answer that is too long fails while it is read, before anything of it is known.
        if is_too_long(sent) { error::too_long().into() } else { self.call_error(sent).into() }
    }
}

fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    fault::chain(error).any(<dyn std::error::Error>::is::<LengthLimitError>)
}

/// Puts our JSON in place of the SDK's, before it is signed.
fn put_body(request: &mut HttpRequest, body: &str) {
    request.headers_mut().insert("content-type", "application/json");
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

/// Lets no more than [`BYTES_AT_MOST`] of an answer through.
#[derive(Debug)]
struct Bounded;

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Bounded {
    fn name(&self) -> &'static str {
        "tiertop bounds"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let taken = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(taken, BYTES_AT_MOST));
        Ok(())
    }
}

fn of_whole(answer: &Whole) -> Vec<Event> {
    let mut events: Vec<Event> = answer.request_id().map(|id| Event::RequestId(id.to_owned())).into_iter().collect();
    events.push(Event::Began);
    if let Some(ConverseOutput::Message(message)) = answer.output() {
        events.extend(message.content().iter().flat_map(of_block));
    }
    events.push(Event::Stopped(answer.stop_reason().as_str().to_owned()));
    events.extend(answer.usage().map(of_usage));
    events.extend(answer.metrics().map(|metrics| server_ms(metrics.latency_ms())));
    events.extend(answer.service_tier().map(of_tier));
    events
}

fn of_block(block: &ContentBlock) -> Vec<Event> {
    match block {
        ContentBlock::Text(text) => vec![Event::Text(text.clone())],
        ContentBlock::ReasoningContent(ReasoningContentBlock::ReasoningText(reasoning)) => {
            vec![Event::Reasoning(reasoning.text().to_owned())]
        }
        ContentBlock::ReasoningContent(_) => vec![Event::Other("reasoning that the provider hides".to_owned())],
        ContentBlock::ToolUse(tool) => {
            vec![Event::ToolUse(tool.name().to_owned()), Event::ToolInput(json_of(tool.input()).to_string())]
        }
        ContentBlock::CitationsContent(cited) => {
            let text = cited.content().iter().filter_map(|piece| piece.as_text().ok().cloned());
            text.map(Event::Text).chain([Event::Other("citations".to_owned())]).collect()
        }
        ContentBlock::Image(_) => vec![Event::Other("an image".to_owned())],
        _ => vec![Event::Other("content of another kind".to_owned())],
    }
}

/// A document as JSON text has it.
fn json_of(document: &Document) -> serde_json::Value {
    use serde_json::{Number, Value};
    match document {
        Document::Null => Value::Null,
        Document::Bool(value) => Value::Bool(*value),
        Document::String(text) => Value::String(text.clone()),
        Document::Array(items) => items.iter().map(json_of).collect(),
        Document::Object(members) => members.iter().map(|(name, value)| (name.clone(), json_of(value))).collect(),
        Document::Number(aws_smithy_types::Number::PosInt(number)) => Value::from(*number),
        Document::Number(aws_smithy_types::Number::NegInt(number)) => Value::from(*number),
        Document::Number(aws_smithy_types::Number::Float(number)) => {
            Number::from_f64(*number).map_or(Value::Null, Value::Number)
        }
    }
}

fn of_event(event: ConverseStreamOutput) -> Vec<Event> {
    match event {
        ConverseStreamOutput::ContentBlockStart(event) => match event.start {
            Some(ContentBlockStart::ToolUse(tool)) => vec![Event::ToolUse(tool.name)],
            Some(ContentBlockStart::Image(_)) => vec![Event::Other("an image".to_owned())],
            _ => Vec::new(),
        },
        ConverseStreamOutput::ContentBlockDelta(event) => event.delta.map(of_delta).unwrap_or_default(),
        ConverseStreamOutput::MessageStop(event) => vec![Event::Stopped(event.stop_reason.as_str().to_owned())],
        ConverseStreamOutput::Metadata(event) => of_metadata(&event),
        _ => Vec::new(),
    }
}

fn of_delta(delta: ContentBlockDelta) -> Vec<Event> {
    match delta {
        ContentBlockDelta::Text(text) => vec![Event::Text(text)],
        ContentBlockDelta::ReasoningContent(ReasoningContentBlockDelta::Text(text)) => vec![Event::Reasoning(text)],
        ContentBlockDelta::ReasoningContent(ReasoningContentBlockDelta::RedactedContent(_)) => {
            vec![Event::Other("reasoning that the provider hides".to_owned())]
        }
        // Its signature is for sending the reasoning back, which we never do.
        ContentBlockDelta::ReasoningContent(_) => Vec::new(),
        ContentBlockDelta::ToolUse(tool) => vec![Event::ToolInput(tool.input)],
        ContentBlockDelta::Citation(_) => vec![Event::Other("citations".to_owned())],
        ContentBlockDelta::Image(_) => vec![Event::Other("an image".to_owned())],
        _ => vec![Event::Other("content of another kind".to_owned())],
    }
}

fn of_metadata(event: &ConverseStreamMetadataEvent) -> Vec<Event> {
    let usage = event.usage().map(of_usage);
    let server = event.metrics().map(|metrics| server_ms(metrics.latency_ms()));
    usage.into_iter().chain(server).chain(event.service_tier().map(of_tier)).collect()
}

fn of_usage(usage: &TokenUsage) -> Event {
    let count = |tokens: i32| u64::try_from(tokens).ok();
    Event::Usage(Usage {
        input: count(usage.input_tokens()),
        output: count(usage.output_tokens()),
        cache_read: usage.cache_read_input_tokens().and_then(count),
        cache_write: usage.cache_write_input_tokens().and_then(count),
        reasoning: None,
    })
}

fn server_ms(latency_ms: i64) -> Event {
    Event::ServerMs(u64::try_from(latency_ms).unwrap_or(0))
}

fn of_tier(tier: &ServiceTier) -> Event {
    Event::Served(Tier::from(tier.r#type().as_str()))
}

/// An exception in the stream, bytes that are no event, or a connection that broke.
fn of_broken(broken: &SdkError<ConverseStreamOutputError, RawMessage>) -> CallError {
    if is_too_long(broken) {
        return error::too_long();
    }
    match broken {
        SdkError::ServiceError(context) => {
            let meta = context.err().meta();
            error::said(None, meta.code().or_else(|| code_of(context.err())), meta.message().unwrap_or_default())
        }
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => error::cut(),
        _ => error::malformed("The answer broke off: what came is no event, or half of one"),
    }
}

/// The exception's name, where the service sent none beside it.
fn code_of(error: &ConverseStreamOutputError) -> Option<&'static str> {
    Some(match error {
        ConverseStreamOutputError::InternalServerException(_) => "InternalServerException",
        ConverseStreamOutputError::ModelStreamErrorException(_) => "ModelStreamErrorException",
        ConverseStreamOutputError::ServiceUnavailableException(_) => "ServiceUnavailableException",
        ConverseStreamOutputError::ThrottlingException(_) => "ThrottlingException",
        ConverseStreamOutputError::ValidationException(_) => "ValidationException",
        _ => return None,
    })
}
