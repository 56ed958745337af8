//! Bedrock's OpenAI-compatible route on the runtime: chat completions, whole and as server-sent events.
//!
//! Forms of answers: recorded ones of gpt-oss-20b on bedrock-runtime (github.com/llamastack/llama-stack, tests/integration/inference/recordings, January 2026). They name the
//! tier in every chunk, `auto` where none was asked for. What the runtime says of a request with mistakes of form is not published; those texts are the simulator's.
//! One choice is all there is, and only text is read of messages.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value as Json, json};

use super::{Account, pace};
use crate::sim::wire::{Body, Fault, Output, Request, Response, chat};
use crate::sim::world::{Caching, Call, Manner, Reasoning, Refusal, Reply, style};

/// Most stop sequences of a request, as at OpenAI.
const MOST_STOPS: usize = 4;

/// Answers a request; None for an operation that is not here.
pub fn handle(account: &mut Account<'_>, now: i64, request: &Request) -> Option<Response> {
    (request.operation == chat::OPERATION).then(|| complete(account, now, request))
}

/// What a request asks.
#[derive(Debug)]
struct Asked {
    call: Call,
    manner: Manner,
    include_usage: bool,
}

fn complete(account: &mut Account<'_>, now: i64, request: &Request) -> Response {
    let asked = read(&request.body)?;
    let id = asked.call.model_id.as_str();
    // Of a model that the route does not take it says the same as of one that is not there.
    let known = account.world.model(id).filter(|model| style(&model.model_id).chat);
    if known.is_none() {
        account.world.note_nameless(now);
        let message =
            "The model doesn't exist or doesn't support this API. Retry your request with a different model ID.";
        return Err(Fault::new(404, "model_not_found", message));
    }
    let reply = account.world.invoke_with(now, &asked.call, &asked.manner).map_err(refused)?;
    Ok(if asked.call.streaming { streamed(&asked, now, &reply) } else { whole(&asked, now, &reply) })
}

fn refused(refusal: Refusal) -> Fault {
    Fault::new(refusal.status, &refusal.exception, refusal.message)
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationException", text)
}

fn read(body: &[u8]) -> Result<Asked, Fault> {
    let body: Json = serde_json::from_slice(body)
        .map_err(|error| invalid(format!("We could not parse the JSON body of your request: {error}")))?;
    let Json::Object(body) = body else {
        return Err(invalid("We could not parse the JSON body of your request: it is not an object"));
    };
    let model_id = match body.get("model") {
        Some(Json::String(model)) if !model.is_empty() => model.clone(),
        _ => return Err(invalid("you must provide a model parameter")),
    };
    in_range(&body, "temperature", 2.0)?;
    in_range(&body, "top_p", 1.0)?;
    if body.get("n").is_some_and(|n| !n.is_null() && n.as_u64() != Some(1)) {
        return Err(invalid("'n' must be 1: this simulator gives one choice"));
    }
    let streaming = boolean(&body, "stream")?;
    let options = body.get("stream_options").filter(|options| !options.is_null());
    if options.is_some() && !streaming {
        return Err(invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled."));
    }
    let include_usage = match options {
        None => false,
        Some(Json::Object(options)) => boolean(options, "include_usage")?,
        Some(_) => return Err(invalid("'stream_options' must be an object")),
    };
    let manner = Manner { caching: Caching::ByItself, stop: stops(&body)?, effort: effort(&body)? };
    let call = Call { model_id, tier: tier(&body)?, prompt: prompt(&body)?, max_tokens: longest(&body)?, streaming };
    Ok(Asked { call, manner, include_usage })
}

/// A number from 0 to `most`, where it is there.
fn in_range(body: &Map<String, Json>, name: &str, most: f64) -> Result<(), Fault> {
    match body.get(name) {
        None | Some(Json::Null) => Ok(()),
        Some(value) => match value.as_f64() {
            Some(number) if (0.0..=most).contains(&number) => Ok(()),
            Some(number) => Err(invalid(format!("Invalid value for '{name}': {number} is not between 0 and {most}."))),
            None => Err(invalid(format!("Invalid type for '{name}': expected a number."))),
        },
    }
}

fn boolean(body: &Map<String, Json>, name: &str) -> Result<bool, Fault> {
    match body.get(name) {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(value)) => Ok(*value),
        Some(_) => Err(invalid(format!("Invalid type for '{name}': expected a boolean."))),
    }
}

/// The tier asked for. `auto` is what OpenAI's clients call none.
fn tier(body: &Map<String, Json>) -> Result<Option<String>, Fault> {
    match body.get("service_tier") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(tier)) if tier == "auto" => Ok(None),
        Some(Json::String(tier)) => Ok(Some(tier.clone())),
        Some(_) => Err(invalid("service tier provided is invalid")),
    }
}

/// The longest answer; the newer name wins.
fn longest(body: &Map<String, Json>) -> Result<Option<u64>, Fault> {
    for name in ["max_completion_tokens", "max_tokens"] {
        match body.get(name) {
            None | Some(Json::Null) => {}
            Some(value) => match value.as_u64() {
                Some(number @ 1..) => return Ok(Some(number)),
                _ => return Err(invalid(format!("Invalid value for '{name}': expected an integer of at least 1."))),
            },
        }
    }
    Ok(None)
}

fn stops(body: &Map<String, Json>) -> Result<Vec<String>, Fault> {
    let wrong = || invalid(format!("Invalid value for 'stop': expected a string or up to {MOST_STOPS} strings."));
    match body.get("stop") {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::String(stop)) => Ok(vec![stop.clone()]),
        Some(Json::Array(stops)) if stops.len() <= MOST_STOPS => {
            stops.iter().map(|stop| stop.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// How much reasoning is asked for, as a factor on the usual.
fn effort(body: &Map<String, Json>) -> Result<Option<f64>, Fault> {
    match body.get("reasoning_effort") {
        None | Some(Json::Null) => Ok(None),
        Some(effort) => match super::bedrock_runtime::effort(effort.as_str().unwrap_or_default()) {
            Some(factor) => Ok(Some(factor)),
            None => Err(invalid("Invalid value for 'reasoning_effort': expected low, medium or high.")),
        },
    }
}

/// All text of the messages.
fn prompt(body: &Map<String, Json>) -> Result<String, Fault> {
    let messages = body.get("messages").and_then(Json::as_array).filter(|messages| !messages.is_empty());
    let Some(messages) = messages else {
        return Err(invalid("Invalid 'messages': expected an array with at least one message."));
    };
    let mut texts = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        if !["system", "developer", "user", "assistant", "tool"].contains(&role) {
            return Err(invalid(format!("Invalid value for 'messages[{at}].role'.")));
        }
        match &message["content"] {
            Json::String(text) => texts.push(text.clone()),
            Json::Array(parts) => {
                texts.extend(parts.iter().filter_map(|part| part["text"].as_str()).map(str::to_owned));
            }
            // An assistant that only called tools said nothing.
            Json::Null if role == "assistant" => {}
            _ => return Err(invalid(format!("Invalid type for 'messages[{at}].content'."))),
        }
    }
    Ok(texts.join("\n"))
}

/// What every answer and every chunk begins with.
fn head(asked: &Asked, now: i64, reply: &Reply, object: &str) -> Json {
    json!({
        "id": format!("chatcmpl-{:08x}{:016x}", now, reply.number),
        "object": object,
        "created": now,
        "model": asked.call.model_id,
        "service_tier": reply.served_tier.as_deref().unwrap_or("auto"),
        "system_fingerprint": null,
    })
}

fn finish(reply: &Reply) -> &'static str {
    if reply.stop_reason == "max_tokens" { "length" } else { "stop" }
}

/// Tokens. Models that show their reasoning in tags do not count it apart.
fn usage(reply: &Reply) -> Json {
    let input = reply.input_tokens + reply.cache_read_tokens + reply.cache_write_tokens;
    let details = match reply.reasoning_form {
        Reasoning::Open | Reasoning::Hidden => json!({"reasoning_tokens": reply.reasoning_tokens}),
        Reasoning::Never | Reasoning::Asked | Reasoning::Tags => Json::Null,
    };
    json!({
        "prompt_tokens": input,
        "completion_tokens": reply.output_tokens,
        "total_tokens": input + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": reply.cache_read_tokens, "audio_tokens": 0},
        "completion_tokens_details": details,
    })
}

fn whole(asked: &Asked, now: i64, reply: &Reply) -> Output {
    let (reasoning, text) = (reply.reasoning.concat(), reply.pieces.concat());
    let mut message = json!({"role": "assistant", "content": text, "refusal": null});
    match reply.reasoning_form {
        Reasoning::Tags if !reasoning.is_empty() => {
            message["content"] = Json::from(format!("<reasoning>{reasoning}</reasoning>{text}"));
        }
        Reasoning::Open if !reasoning.is_empty() => message["reasoning_content"] = Json::from(reasoning),
        _ => {}
    }
    let mut body = head(asked, now, reply, "chat.completion");
    body["choices"] = json!([{"index": 0, "message": message, "logprobs": null, "finish_reason": finish(reply)}]);
    body["usage"] = usage(reply);
    let delay = Duration::from_millis(reply.latency_ms);
    Output { headers: Vec::new(), body: Body::Json(body.to_string()), delay }
}

fn streamed(asked: &Asked, now: i64, reply: &Reply) -> Output {
    let head = head(asked, now, reply, "chat.completion.chunk");
    let chunk = |delta: Json, finish: Option<&str>| {
        let mut body = head.clone();
        body["choices"] = json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
        if asked.include_usage {
            body["usage"] = Json::Null;
        }
        chat::event(&body)
    };
    let thought = |piece: &String| thought(reply.reasoning_form, piece).map(|delta| chunk(delta, None));
    let mut pieces: Vec<Option<Bytes>> = reply.reasoning.iter().map(thought).collect();
    pieces.extend(reply.pieces.iter().map(|piece| Some(chunk(json!({"content": piece}), None))));
    let mut after = vec![chunk(json!({}), Some(finish(reply)))];
    if asked.include_usage {
        let mut body = head.clone();
        body["choices"] = json!([]);
        body["usage"] = usage(reply);
        after.push(chat::event(&body));
    }
    after.push(chat::done());
    pace::spread(reply, vec![chunk(json!({"role": "assistant", "content": ""}), None)], pieces, after)
}

/// A piece of reasoning as a delta; None where it is withheld. In tags, each piece has its own.
fn thought(form: Reasoning, piece: &str) -> Option<Json> {
    match form {
        Reasoning::Tags => Some(json!({"content": format!("<reasoning>{piece}</reasoning>")})),
        Reasoning::Open | Reasoning::Asked => Some(json!({"reasoning_content": piece})),
        Reasoning::Hidden | Reasoning::Never => None,
    }
}
