//! What a chat completion says, whole or in chunks, as events. Unknown members are passed over; gateways add some and leave others out.

use serde_json::Value;

use super::{error, tags::Tags};
use crate::domain::{
    prompt::event::{CallError, Event, Usage},
    tier::Tier,
};

/// Where a message or a chunk has its reasoning: gateways do not agree.
const REASONING: [&str; 2] = ["reasoning_content", "reasoning"];

/// The events of a whole completion.
pub(super) fn of_whole(value: &Value) -> Result<Vec<Event>, CallError> {
    let message = choice(value).and_then(|choice| choice.get("message")).ok_or_else(|| no_choice(value))?;
    let mut tags = Tags::default();
    let mut events = pieces(message, &mut tags);
    events.extend(tags.end());
    events.extend(tools(message));
    events.extend(about(value));
    Ok(events)
}

/// Reads a stream of chunks.
#[derive(Debug, Default)]
pub(super) struct Reader {
    tags: Tags,
    stopped: bool,
}

impl Reader {
    /// The events of one chunk.
    pub(super) fn take(&mut self, value: &Value) -> Result<Vec<Event>, CallError> {
        if value.get("error").is_some_and(|error| !error.is_null()) {
            return Err(failed(value));
        }
        let mut events = Vec::new();
        if let Some(choice) = choice(value) {
            if let Some(delta) = choice.get("delta") {
                events.extend(pieces(delta, &mut self.tags));
                events.extend(tools(delta));
            }
            self.stopped |= choice.get("finish_reason").is_some_and(Value::is_string);
        }
        events.extend(about(value));
        Ok(events)
    }

    /// What was held back; an error where the answer never said that it ended.
    pub(super) fn end(mut self) -> Result<Vec<Event>, CallError> {
        if self.stopped { Ok(self.tags.end()) } else { Err(error::cut()) }
    }
}

/// Code and words of an error: OpenAI's form, and AWS's.
pub(super) fn error(value: &Value) -> (Option<String>, String) {
    let error = value.get("error").filter(|error| error.is_object()).unwrap_or(value);
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let words = text("message").or_else(|| text("Message")).or_else(|| value.get("error")?.as_str().map(str::to_owned));
    (text("code").or_else(|| text("type")).or_else(|| text("__type")), words.unwrap_or_default())
}

fn failed(value: &Value) -> CallError {
    let (code, words) = error(value);
    error::said(None, code.as_deref(), &words)
}

fn no_choice(value: &Value) -> CallError {
    if value.get("error").is_some() { failed(value) } else { error::malformed("The answer holds no completion") }
}

/// The only choice; we never ask for more.
fn choice(value: &Value) -> Option<&Value> {
    value.get("choices")?.get(0)
}

/// Reasoning and text of a message or a delta.
fn pieces(message: &Value, tags: &mut Tags) -> Vec<Event> {
    let text = |name: &str| message.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let reasoning = REASONING.into_iter().find_map(text).map(|text| Event::Reasoning(text.to_owned()));
    let refusal = text("refusal").map(|text| Event::Text(text.to_owned()));
    let mut events: Vec<Event> = reasoning.into_iter().collect();
    events.extend(text("content").map(|text| tags.take(text)).unwrap_or_default());
    events.extend(refusal);
    events
}

/// Uses of tools: each begins with a chunk that has its name.
fn tools(message: &Value) -> Vec<Event> {
    let calls = message.get("tool_calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let of = |call: &Value| {
        let part = |name: &str| call.get("function")?.get(name)?.as_str().filter(|text| !text.is_empty());
        let (name, input) = (part("name"), part("arguments"));
        let name = name.map(|name| Event::ToolUse(name.to_owned()));
        name.into_iter().chain(input.map(|input| Event::ToolInput(input.to_owned()))).collect::<Vec<_>>()
    };
    calls.iter().flat_map(of).collect()
}

/// What is said of the answer as a whole: stop reason, tier, tokens, the service's own time.
fn about(value: &Value) -> Vec<Event> {
    let stopped = choice(value).and_then(|choice| choice.get("finish_reason")).and_then(Value::as_str);
    // Where no tier was asked for, Bedrock may write `auto`, which is none that could serve.
    let tier = value.get("service_tier").and_then(Value::as_str).filter(|tier| *tier != "auto");
    // AWS adds its metrics to the last chunk of streams.
    let metrics = value.get("amazon-bedrock-invocationMetrics");
    let server = metrics.and_then(|metrics| metrics.get("invocationLatency")).and_then(Value::as_u64);
    let mut events: Vec<Event> = stopped.map(|reason| Event::Stopped(reason.to_owned())).into_iter().collect();
    events.extend(tier.map(|tier| Event::Served(Tier::from(tier))));
    events.extend(value.get("usage").filter(|usage| usage.is_object()).map(|counts| Event::Usage(usage(counts))));
    events.extend(server.map(Event::ServerMs));
    events
}

fn usage(counts: &Value) -> Usage {
    let count = |name: &str| counts.get(name).and_then(Value::as_u64);
    let detail = |group: &str, name: &str| counts.get(group)?.get(name)?.as_u64();
    let cache_read = detail("prompt_tokens_details", "cached_tokens");
    Usage {
        input: count("prompt_tokens").map(|all| all.saturating_sub(cache_read.unwrap_or(0))),
        output: count("completion_tokens"),
        cache_read,
        // This API never says; automatic caches write without a price of their own.
        cache_write: None,
        reasoning: detail("completion_tokens_details", "reasoning_tokens"),
    }
}
