//! Bedrock's runtime: Converse and `InvokeModel`, whole and streamed, and `CountTokens`.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::{Account, bodies, pace};
use crate::sim::wire::value::Value;
use crate::sim::wire::{Body, Fault, Output, Request, Response, events};
use crate::sim::world::{Caching, Call, Manner, Reasoning, Refusal, Reply, World};

const TIER_HEADER: &str = "x-amzn-bedrock-service-tier";
const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Answers a request; None for an unknown operation.
pub fn handle(account: &mut Account<'_>, now: i64, request: &Request) -> Option<Response> {
    Some(match request.operation.as_str() {
        "Converse" => converse(account, now, request, false),
        "ConverseStream" => converse(account, now, request, true),
        "InvokeModel" => invoke(account, now, request, false),
        "InvokeModelWithResponseStream" => invoke(account, now, request, true),
        "CountTokens" => count(account, request),
        _ => return None,
    })
}

/// ARN of what a model identifier means.
pub(super) fn resource(world: &World, region: &str, label: &str) -> String {
    if label.starts_with("arn:") {
        return label.to_owned();
    }
    match world.profiles().iter().find(|profile| profile.id == label) {
        Some(profile) => profile.arn.clone(),
        None => format!("arn:aws:bedrock:{region}::foundation-model/{label}"),
    }
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationException", text)
}

fn malformed(text: impl Into<String>) -> Fault {
    Fault::new(400, "SerializationException", text)
}

fn call(account: &mut Account<'_>, now: i64, call: &Call, manner: &Manner) -> Result<Reply, Fault> {
    account.world.invoke_with(now, call, manner).map_err(|refusal| {
        let Refusal { status, exception, message } = refusal;
        Fault::new(status, &exception, message)
    })
}

/// All text of a Converse request's system blocks and messages.
fn prompt_of(input: &Value) -> Result<String, Fault> {
    let mut texts: Vec<&str> = input.items("system").iter().filter_map(|block| block.text("text")).collect();
    let messages = input.items("messages");
    if messages.is_empty() {
        return Err(invalid("The messages field is required: provide at least one message and try again."));
    }
    if messages[0].text("role") != Some("user") {
        return Err(invalid(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        ));
    }
    for (index, message) in messages.iter().enumerate() {
        let content = message.items("content");
        if content.is_empty() {
            return Err(invalid(format!(
                "The content field in the Message object at messages.{index} is empty. Add a ContentBlock object to the content field and try again."
            )));
        }
        texts.extend(content.iter().filter_map(|block| block.text("text")));
    }
    Ok(texts.join("\n"))
}

/// What of the prompt stands before the last cache point.
fn caching(input: &Value) -> Caching {
    let messages = input.items("messages").iter().flat_map(|message| message.items("content"));
    let (mut length, mut found) = (0, Caching::Never);
    for block in input.items("system").iter().chain(messages) {
        if let Some(text) = block.text("text") {
            // One more for the line's end that joins it to the text before.
            length += text.len() + usize::from(length > 0);
        } else if block.get("cachePoint").is_some() && length > 0 {
            found = Caching::Before(length);
        }
    }
    found
}

fn converse(account: &mut Account<'_>, now: i64, request: &Request, streaming: bool) -> Response {
    let input = &request.input;
    let prompt = prompt_of(input)?;
    let tier = match input.get("serviceTier") {
        None => None,
        Some(tier @ Value::Struct(_)) => match tier.text("type") {
            Some(tier) => Some(tier.to_owned()),
            None => {
                return Err(invalid(
                    "1 validation error detected: Value null at 'serviceTier.type' failed to satisfy constraint: Member must not be null",
                ));
            }
        },
        Some(_) => return Err(malformed("Expected an object for serviceTier")),
    };
    let max_tokens = match input.get("inferenceConfig").map(|config| (config.get("maxTokens"), config.int("maxTokens")))
    {
        None | Some((None, _)) => None,
        Some((_, Some(number @ 1..))) => Some(number.unsigned_abs()),
        Some(_) => {
            return Err(invalid(
                "1 validation error detected: Value at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
            ));
        }
    };
    let asked = Call { model_id: request.label.clone(), tier, prompt, max_tokens, streaming };
    let reply = call(account, now, &asked, &manner(input)?)?;
    if streaming {
        return Ok(converse_stream(&reply));
    }
    let mut body = Value::members([
        ("metrics", Value::members([("latencyMs", reply.latency_ms.into())])),
        (
            "output",
            Value::members([(
                "message",
                Value::members([("content", Value::List(content(&reply))), ("role", "assistant".into())]),
            )]),
        ),
        ("stopReason", (&reply.stop_reason).into()),
        ("usage", usage(&reply)),
    ]);
    if let Some(tier) = &reply.served_tier {
        body.set("serviceTier", Value::members([("type", tier.into())]));
    }
    let mut output = Output::from(body);
    output.delay = Duration::from_millis(reply.latency_ms);
    Ok(output)
}

/// What a request says of its answer beside its length.
fn manner(input: &Value) -> Result<Manner, Fault> {
    let config = input.get("inferenceConfig");
    for (name, most) in [("temperature", 1.0), ("topP", 1.0)] {
        let Some(number) = config.and_then(|config| config.number(name)) else { continue };
        if !(0.0..=most).contains(&number) {
            let (side, limit) = if number < 0.0 { ("greater", 0.0) } else { ("less", most) };
            return Err(invalid(format!(
                "1 validation error detected: Value at 'inferenceConfig.{name}' failed to satisfy constraint: Member must have value {side} \
                 than or equal to {limit}"
            )));
        }
    }
    let stops = config.map(|config| config.items("stopSequences")).unwrap_or_default();
    let stop = stops.iter().filter_map(Value::as_text).map(str::to_owned).collect();
    let more = input.get("additionalModelRequestFields");
    let switched = |name: &str| more.and_then(|more| more.get(name)).and_then(|switch| switch.text("type"));
    let on = [switched("thinking"), switched("reasoningConfig")].contains(&Some("enabled"));
    let effort = more.and_then(|more| more.text("reasoning_effort")).and_then(effort).or(on.then_some(1.0));
    Ok(Manner { caching: caching(input), stop, effort })
}

/// How much more than usual a model reasons at an effort of this name.
pub(super) fn effort(name: &str) -> Option<f64> {
    match name {
        "none" => Some(0.0),
        "minimal" | "low" => Some(0.5),
        "medium" => Some(1.0),
        "high" | "xhigh" => Some(2.0),
        _ => None,
    }
}

/// What stands for a text that is withheld, in base64.
fn withheld(text: &str) -> String {
    let mut scrambled = text.as_bytes().to_vec();
    scrambled.reverse();
    aws_smithy_types::base64::encode(&scrambled)
}

/// An answer's blocks: its reasoning, where there is any, and its text; no text where reasoning took all tokens.
fn content(reply: &Reply) -> Vec<Value> {
    let (thought, text) = (reply.reasoning.concat(), reply.pieces.concat());
    let mut blocks = Vec::new();
    if !thought.is_empty() {
        let block = match reply.reasoning_form {
            Reasoning::Hidden => Value::members([("redactedContent", withheld(&thought).into())]),
            Reasoning::Asked => {
                let signature = withheld(&thought);
                Value::members([(
                    "reasoningText",
                    Value::members([("signature", signature.into()), ("text", thought.into())]),
                )])
            }
            _ => Value::members([("reasoningText", Value::members([("text", thought.into())]))]),
        };
        blocks.push(Value::members([("reasoningContent", block)]));
    }
    if !text.is_empty() || blocks.is_empty() {
        blocks.push(Value::members([("text", text.into())]));
    }
    blocks
}

fn usage(reply: &Reply) -> Value {
    let total = reply.input_tokens + reply.output_tokens + reply.cache_read_tokens + reply.cache_write_tokens;
    Value::members([
        ("cacheReadInputTokens", reply.cache_read_tokens.into()),
        ("cacheWriteInputTokens", reply.cache_write_tokens.into()),
        ("inputTokens", reply.input_tokens.into()),
        ("outputTokens", reply.output_tokens.into()),
        ("totalTokens", total.into()),
    ])
}

/// An event as Bedrock sends it, padded so that its length tells nothing of its text.
fn event(kind: &str, mut payload: Json) -> Bytes {
    let length = payload.to_string().len() * 7 % PADDING.len();
    payload["p"] = Json::from(&PADDING[..length]);
    events::event(kind, payload.to_string())
}

fn converse_stream(reply: &Reply) -> Output {
    let before = vec![event("messageStart", json!({"role": "assistant"}))];
    let mut pieces = thoughts(reply);
    let index = usize::from(!pieces.is_empty());
    let delta = |delta: Json| event("contentBlockDelta", json!({"contentBlockIndex": index, "delta": delta}));
    pieces.extend(reply.pieces.iter().map(|text| Some(delta(json!({"text": text})))));
    let mut metadata = json!({
        "metrics": {"latencyMs": reply.latency_ms},
        "usage": {
            "cacheReadInputTokens": reply.cache_read_tokens, "cacheWriteInputTokens": reply.cache_write_tokens,
            "inputTokens": reply.input_tokens, "outputTokens": reply.output_tokens,
            "totalTokens": reply.input_tokens + reply.output_tokens + reply.cache_read_tokens + reply.cache_write_tokens,
        },
    });
    if let Some(tier) = &reply.served_tier {
        metadata["serviceTier"] = json!({"type": tier});
    }
    let mut after = vec![event("messageStop", json!({"stopReason": reply.stop_reason})), event("metadata", metadata)];
    // The block of the reasoning ended with it.
    if index == 0 || !reply.pieces.is_empty() {
        after.insert(0, event("contentBlockStop", json!({"contentBlockIndex": index})));
    }
    pace::spread(reply, before, pieces, after)
}

/// The events of an answer's reasoning: the first block. Its end comes with its last piece.
fn thoughts(reply: &Reply) -> Vec<Option<Bytes>> {
    let delta =
        |delta: Json| event("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": {"reasoningContent": delta}}));
    let shown = reply.reasoning_form != Reasoning::Hidden;
    let piece = |text: &String| shown.then(|| delta(json!({"text": text})));
    let mut pieces: Vec<Option<Bytes>> = reply.reasoning.iter().map(piece).collect();
    if pieces.is_empty() {
        return pieces;
    }
    let thought = reply.reasoning.concat();
    let mut end = Vec::new();
    match reply.reasoning_form {
        Reasoning::Hidden => end.push(delta(json!({"redactedContent": withheld(&thought)}))),
        Reasoning::Asked => end.push(delta(json!({"signature": withheld(&thought)}))),
        _ => {}
    }
    end.push(event("contentBlockStop", json!({"contentBlockIndex": 0})));
    pieces.extend(end.into_iter().map(Some));
    pieces
}

fn invoke(account: &mut Account<'_>, now: i64, request: &Request, streaming: bool) -> Response {
    let asked = bodies::read(&request.body).map_err(|error| {
        invalid(format!("Malformed input request: {error}, please reformat your input and try again."))
    })?;
    let asked_call = Call {
        model_id: request.label.clone(),
        tier: request.header(TIER_HEADER).map(str::to_owned),
        prompt: asked.prompt.clone(),
        max_tokens: asked.max_tokens,
        streaming,
    };
    let reply = call(account, now, &asked_call, &Manner::default())?;
    let model = request.label.rsplit('/').next().unwrap_or_default();
    let mut headers = Vec::new();
    if let Some(tier) = &reply.served_tier {
        headers.push((TIER_HEADER.to_owned(), tier.clone()));
    }
    if streaming {
        let chunk = |body: &Json| {
            let text = aws_smithy_types::base64::encode(body.to_string());
            event("chunk", json!({"bytes": text}))
        };
        let chunks = |all: Vec<Json>| all.iter().map(chunk).collect::<Vec<_>>();
        let (before, pieces, after) = bodies::stream(&asked, model, &reply);
        let pieces = chunks(pieces).into_iter().map(Some).collect();
        let mut output = pace::spread(&reply, chunks(before), pieces, chunks(after));
        headers.push(("x-amzn-bedrock-content-type".to_owned(), "application/json".to_owned()));
        output.headers = headers;
        return Ok(output);
    }
    for (name, number) in [
        ("x-amzn-bedrock-input-token-count", reply.input_tokens),
        ("x-amzn-bedrock-output-token-count", reply.output_tokens),
        ("x-amzn-bedrock-cache-read-input-token-count", reply.cache_read_tokens),
        ("x-amzn-bedrock-cache-write-input-token-count", reply.cache_write_tokens),
        ("x-amzn-bedrock-invocation-latency", reply.latency_ms),
    ] {
        headers.push((name.to_owned(), number.to_string()));
    }
    let body = Body::Json(bodies::whole(&asked, model, &reply).to_string());
    Ok(Output { headers, body, delay: Duration::from_millis(reply.latency_ms) })
}

/// `CountTokens`: a text's tokens by its length; free, and not recorded.
fn count(account: &Account<'_>, request: &Request) -> Response {
    let id = request.label.rsplit('/').next().unwrap_or_default();
    let known = account.world.models().iter().any(|model| model.model_id == id)
        || account.world.profiles().iter().any(|profile| profile.id == id);
    if !known {
        return Err(invalid("The provided model identifier is invalid."));
    }
    let input = request.input.get("input");
    let text = if let Some(converse) = input.and_then(|input| input.get("converse")) {
        prompt_of(converse)?
    } else if let Some(invoke) = input.and_then(|input| input.get("invokeModel")) {
        let body = invoke.text("body").and_then(|body| aws_smithy_types::base64::decode(body).ok());
        let body = body.ok_or_else(|| malformed("body is not base64"))?;
        bodies::read(&body).map_err(|error| invalid(format!("Malformed input request: {error}")))?.prompt
    } else {
        return Err(invalid(
            "1 validation error detected: Value null at 'input' failed to satisfy constraint: Member must not be null",
        ));
    };
    let tokens = u64::from(account.world.input_tokens(&text));
    Ok(Value::members([("inputTokens", tokens.into())]).into())
}
