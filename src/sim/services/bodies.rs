//! Bodies of `InvokeModel`: what a prompt is in the request of each family, and how each answers.

use serde_json::{Value as Json, json};

use crate::sim::world::Reply;

/// What a body asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// All text that goes in.
    pub(super) prompt: String,
    /// Longest answer, where the body names one.
    pub(super) max_tokens: Option<u64>,
    /// Anthropic's Messages form; otherwise a plain one.
    pub(super) messages: bool,
}

/// Reads a body in any of the common forms.
pub(super) fn read(body: &[u8]) -> Result<Asked, String> {
    let body: Json = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if !body.is_object() {
        return Err("the body is not a JSON object".to_owned());
    }
    let mut prompt = String::new();
    for name in ["system", "prompt", "inputText", "messages", "input"] {
        collect(&body[name], &mut prompt);
    }
    if prompt.is_empty() {
        return Err("#: required key [messages] not found".to_owned());
    }
    let limits = [
        &body["max_tokens"],
        &body["max_completion_tokens"],
        &body["maxTokens"],
        &body["max_gen_len"],
        &body["inferenceConfig"]["maxTokens"],
        &body["inferenceConfig"]["max_new_tokens"],
        &body["textGenerationConfig"]["maxTokenCount"],
    ];
    let max_tokens = limits.into_iter().find_map(Json::as_u64);
    let messages = body["anthropic_version"].is_string();
    if messages && max_tokens.is_none() {
        return Err("max_tokens: Field required".to_owned());
    }
    Ok(Asked { prompt, max_tokens, messages })
}

/// All text in a value: strings, `text` and `content` members, and lists of them.
fn collect(value: &Json, out: &mut String) {
    match value {
        Json::String(text) => {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(text);
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, out)),
        Json::Object(members) => {
            for name in ["text", "content"] {
                if let Some(member) = members.get(name) {
                    collect(member, out);
                }
            }
        }
        _ => {}
    }
}

fn usage(reply: &Reply, output: u64) -> Json {
    json!({
        "input_tokens": reply.input_tokens,
        "cache_creation_input_tokens": reply.cache_write_tokens,
        "cache_read_input_tokens": reply.cache_read_tokens,
        "output_tokens": output,
    })
}

/// A whole answer.
pub(super) fn whole(asked: &Asked, model: &str, reply: &Reply) -> Json {
    let text = reply.pieces.concat();
    if asked.messages {
        json!({
            "model": model, "id": "msg_bdrk_simulated", "type": "message", "role": "assistant",
            "content": [{"type": "text", "text": text}],
            "stop_reason": reply.stop_reason, "stop_sequence": null, "usage": usage(reply, reply.output_tokens),
        })
    } else {
        json!({
            "text": text, "stop_reason": reply.stop_reason,
            "usage": {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens},
        })
    }
}

/// The events of a streamed answer: those before the first piece, one for each piece, and those after the last.
pub(super) fn stream(asked: &Asked, model: &str, reply: &Reply) -> (Vec<Json>, Vec<Json>, Vec<Json>) {
    let metrics = json!({
        "inputTokenCount": reply.input_tokens, "outputTokenCount": reply.output_tokens,
        "invocationLatency": reply.latency_ms, "firstByteLatency": reply.ttft_ms,
        "cacheReadInputTokenCount": reply.cache_read_tokens, "cacheWriteInputTokenCount": reply.cache_write_tokens,
    });
    if !asked.messages {
        let pieces = reply.pieces.iter().map(|text| json!({"text": text})).collect();
        let last = json!({"stop_reason": reply.stop_reason, "amazon-bedrock-invocationMetrics": metrics});
        return (Vec::new(), pieces, vec![last]);
    }
    let start = json!({"type": "message_start", "message": {
        "model": model, "id": "msg_bdrk_simulated", "type": "message", "role": "assistant", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage(reply, 1),
    }});
    let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
    let delta = |text: &String| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    let after = vec![
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": reply.stop_reason, "stop_sequence": null},
               "usage": {"output_tokens": reply.output_tokens}}),
        json!({"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics}),
    ];
    (vec![start, block], reply.pieces.iter().map(delta).collect(), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let claude = br#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"system":"S","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}"#;
        assert_eq!(read(claude), Ok(Asked { prompt: "S\nHi".into(), max_tokens: Some(9), messages: true }));
        let nova = br#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"inferenceConfig":{"maxTokens":5}}"#;
        assert_eq!(read(nova), Ok(Asked { prompt: "Hi".into(), max_tokens: Some(5), messages: false }));
        let titan = br#"{"inputText":"Hi","textGenerationConfig":{"maxTokenCount":7}}"#;
        assert_eq!(read(titan).unwrap().max_tokens, Some(7));
        for bad in [&b"{}"[..], b"[]", b"{", br#"{"anthropic_version":"x","messages":"Hi"}"#] {
            assert!(read(bad).is_err());
        }
    }
}
