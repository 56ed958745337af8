//! Chat completions on the OpenAI-compatible route, byte by byte.

use serde_json::{Value as Json, json};

use super::*;
use crate::sim::world::Series;
use crate::sim::{Answer, End};

const PATH: &str = "/openai/v1/chat/completions";
const OSS: &str = "openai.gpt-oss-20b-1:0";
const BEARER: (&str, &str) = ("authorization", "Bearer bedrock-api-key-x");

fn named(scenario: &str) -> Sim {
    Sim::new(World::new(Scenario::named(scenario).unwrap()), || NOW).at_pace(0.0)
}

fn send(sim: &Sim, method: &str, path: &str, header: (&str, &str), body: String) -> Answer {
    let request = http::Request::builder().method(method).uri(path).header(header.0, header.1);
    sim.answer(request.body(body.into()).unwrap())
}

fn ask(sim: &Sim, body: &Json) -> Answer {
    send(sim, "POST", PATH, BEARER, body.to_string())
}

fn json_of(answer: &Answer) -> Json {
    serde_json::from_slice(&answer.chunks[0].bytes).unwrap()
}

fn hello(model: &str, more: &Json) -> Json {
    let mut body = json!({"model": model, "messages": [{"role": "user", "content": "Tell me of quotas"}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// The data of each event; the last one is `[DONE]`.
fn events(answer: &Answer) -> Vec<Json> {
    let mut texts: Vec<String> = Vec::new();
    for chunk in &answer.chunks {
        let text = std::str::from_utf8(&chunk.bytes).unwrap();
        texts.push(text.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap().to_owned());
    }
    assert_eq!(texts.pop().as_deref(), Some("[DONE]"));
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn content(events: &[Json]) -> String {
    events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect()
}

#[test]
fn every_tier_is_served_as_asked_and_seen() {
    let sim = named("healthy");
    for (sent, served) in [
        (json!({}), "auto"),
        (json!("auto"), "auto"),
        (json!("default"), "default"),
        (json!("priority"), "priority"),
        (json!("flex"), "flex"),
    ] {
        let tier = if sent.is_object() { json!({}) } else { json!({"service_tier": sent}) };
        let answer = ask(&sim, &hello(OSS, &tier));
        let body = json_of(&answer);
        assert_eq!((answer.status, body["service_tier"].as_str()), (200, Some(served)), "{body}");
        assert_eq!((body["object"].as_str(), body["model"].as_str()), (Some("chat.completion"), Some(OSS)));
        assert_eq!(body["created"], NOW);
        let usage = &body["usage"];
        let sum = usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
        assert_eq!(usage["total_tokens"], sum);
        let text = body["choices"][0]["message"]["content"].as_str().unwrap();
        assert!(text.starts_with("<reasoning>") && text.contains("</reasoning>You asked about"), "{text}");
    }
    let minute = NOW - NOW % 60;
    let pair = |asked: &str, served: &str| Series {
        namespace: "AWS/Bedrock".into(),
        metric: "EstimatedTPMQuotaUsage".into(),
        dimensions: [("ModelId", OSS), ("ServiceTier", asked), ("ResolvedServiceTier", served)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
    };
    for tier in ["priority", "flex"] {
        let count =
            sim.with_world(|w| w.statistic(minute + 300, &pair(tier, tier), "SampleCount", 60, minute, minute + 60));
        assert!(count.first().is_some_and(|(_, calls)| *calls >= 1.0), "{tier}: {count:?}");
    }
}

#[test]
fn a_stream_has_a_role_reasoning_in_tags_text_an_end_and_usage_if_wanted() {
    let sim = named("healthy");
    let more = json!({"stream": true, "service_tier": "flex", "stream_options": {"include_usage": true}});
    let answer = ask(&sim, &hello(OSS, &more));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let events = events(&answer);
    assert!(events.iter().all(|event| event["service_tier"] == "flex" && event["object"] == "chat.completion.chunk"));
    assert!(events.iter().all(|event| event["id"] == events[0]["id"]));
    assert_eq!(events[0]["choices"][0]["delta"], json!({"role": "assistant", "content": ""}));
    let pieces: Vec<&str> =
        events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect();
    let thoughts =
        pieces.iter().filter(|piece| piece.starts_with("<reasoning>") && piece.ends_with("</reasoning>")).count();
    assert!(thoughts > 2, "each piece of reasoning has tags of its own: {pieces:?}");
    let [.., end, usage] = &events[..] else { panic!("{events:?}") };
    assert_eq!((end["choices"][0]["finish_reason"].as_str(), &end["usage"]), (Some("stop"), &Json::Null));
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["completion_tokens"].as_u64().unwrap() > 10);
    let bare = self::events(&ask(&sim, &hello(OSS, &json!({"stream": true}))));
    assert!(bare.iter().all(|event| event.get("usage").is_none()));
}

#[test]
fn reasoning_has_four_forms() {
    let sim = named("healthy");
    let of = |model: &str, more: Json| json_of(&ask(&sim, &hello(model, &more)));
    let open = of("zai.glm-5", json!({}));
    assert!(open["choices"][0]["message"]["reasoning_content"].as_str().unwrap().len() > 20);
    assert!(open["usage"]["completion_tokens_details"]["reasoning_tokens"].as_u64().unwrap() > 10);
    let hidden = of("us.openai.gpt-6-sol", json!({"reasoning_effort": "high"}));
    let message = hidden["choices"][0]["message"].as_object().unwrap();
    assert!(!message.contains_key("reasoning_content"), "{message:?}");
    let tokens = |body: &Json| body["usage"]["completion_tokens_details"]["reasoning_tokens"].as_u64().unwrap();
    assert!(tokens(&hidden) >= 48, "{hidden}");
    let cached = |body: &Json| body["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap();
    let long = json!({"messages": [{"role": "user", "content": "Tell me of quotas. ".repeat(10)}]});
    let (first, again) = (of("google.gemma-3-4b-it", long.clone()), of("google.gemma-3-4b-it", long));
    assert_eq!((cached(&first), cached(&again)), (0, 48), "55 tokens, of which three blocks of sixteen");
    assert_eq!(first["usage"]["prompt_tokens"], again["usage"]["prompt_tokens"]);
    let none = of("qwen.qwen3-32b-v1:0", json!({}));
    assert_eq!(none["usage"]["completion_tokens_details"], Json::Null);
    assert_eq!(of(OSS, json!({}))["usage"]["completion_tokens_details"], Json::Null, "tags are not counted apart");
}

#[test]
fn lengths_and_stops() {
    let sim = named("healthy");
    for (more, finish) in [
        (json!({"max_tokens": 3}), "length"),
        (json!({"max_tokens": 4000, "max_completion_tokens": 3}), "length"),
        (json!({"stop": ["quotas"]}), "stop"),
    ] {
        let body = json_of(&ask(&sim, &hello("qwen.qwen3-32b-v1:0", &more)));
        assert_eq!(body["choices"][0]["finish_reason"], finish, "{body}");
        let text = body["choices"][0]["message"]["content"].as_str().unwrap();
        assert!(text.starts_with("You asked about") && !text.contains("quotas"), "{text}");
    }
    // All tokens went into reasoning: there is no text.
    let events = events(&ask(&sim, &hello(OSS, &json!({"max_tokens": 5, "stream": true}))));
    let text = content(&events);
    assert!(text.ends_with("</reasoning>") && !text.contains("You asked"), "{text}");
    assert_eq!(events.last().unwrap()["choices"][0]["finish_reason"], "length");
}

#[test]
fn refusals_have_openais_form() {
    let sim = named("healthy");
    let gone = "The model doesn't exist or doesn't support this API. Retry your request with a different model ID.";
    let unsupported = "The provided service tier is not supported for this model";
    let cases = [
        (hello("openai.gpt-nothing", &json!({})), 404, "not_found_error", "model_not_found", gone),
        (hello("us.anthropic.claude-sonnet-5", &json!({})), 404, "not_found_error", "model_not_found", gone),
        (
            hello("qwen.qwen3-coder-next", &json!({"service_tier": "flex"})),
            400,
            "invalid_request_error",
            "validation_error",
            unsupported,
        ),
        (
            hello(OSS, &json!({"service_tier": "standard"})),
            400,
            "invalid_request_error",
            "validation_error",
            "service tier provided is invalid",
        ),
        (
            hello(OSS, &json!({"service_tier": "reserved"})),
            400,
            "invalid_request_error",
            "validation_error",
            "Reservation not found.",
        ),
    ];
    for (body, status, kind, code, message) in cases {
        let answer = ask(&sim, &body);
        let expected = json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
        assert_eq!((answer.status, json_of(&answer)), (status, expected), "{body}");
    }
    for more in [
        json!({"temperature": 2.5}),
        json!({"temperature": "warm"}),
        json!({"top_p": -0.1}),
        json!({"max_tokens": 0}),
        json!({"max_completion_tokens": 1.5}),
        json!({"stop": ["a", "b", "c", "d", "e"]}),
        json!({"stream": "yes"}),
        json!({"stream_options": {"include_usage": true}}),
        json!({"messages": []}),
        json!({"messages": [{"role": "nobody", "content": "x"}]}),
        json!({"model": ""}),
        json!({"reasoning_effort": "huge"}),
        json!({"service_tier": 5}),
        json!({"n": 2}),
    ] {
        let answer = ask(&sim, &hello(OSS, &more));
        assert_eq!(
            (answer.status, json_of(&answer)["error"]["type"].as_str()),
            (400, Some("invalid_request_error")),
            "{more}"
        );
    }
    let answer = send(&sim, "POST", PATH, BEARER, "{".into());
    assert_eq!((answer.status, json_of(&answer)["error"]["code"].as_str()), (400, Some("validation_error")));
    let answer = ask(&named("zero-quota"), &hello(OSS, &json!({})));
    let error = json_of(&answer)["error"].clone();
    assert_eq!((answer.status, error["type"].as_str()), (429, Some("rate_limit_error")));
    assert_eq!(error["message"], "Too many tokens, please wait before trying again.");
}

#[test]
fn the_door_speaks_awss_form() {
    let sim = named("healthy");
    let body = || hello(OSS, &json!({})).to_string();
    let answer = send(&sim, "POST", PATH, ("accept", "*/*"), body());
    assert_eq!((answer.status, json_of(&answer)), (403, json!({"message": "Missing Authentication Token"})));
    let answer = send(&sim, "POST", PATH, ("authorization", "Bearer "), body());
    let expected = json!({"Message": "Authentication failed: Please make sure your API Key is valid."});
    assert_eq!((answer.status, json_of(&answer)), (403, expected));
    let signed =
        "AWS4-HMAC-SHA256 Credential=AKID/20261120/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0";
    assert_eq!(send(&sim, "POST", PATH, ("authorization", signed), body()).status, 200);
    // The runtime lists no models and has no other operation here.
    for (method, path) in [("GET", "/openai/v1/models"), ("POST", "/openai/v1/responses")] {
        assert_eq!(send(&sim, method, path, BEARER, "{}".into()).status, 404, "{path}");
    }
    let answer = ask(&named("denied"), &hello(OSS, &json!({})));
    let error = json_of(&answer)["error"].clone();
    assert_eq!((answer.status, error["code"].as_str()), (403, Some("access_denied")));
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/openai")
    );
    assert_eq!(
        json_of(&ask(&named("expired"), &hello(OSS, &json!({}))))["message"],
        "The security token included in the request is expired"
    );
}

#[test]
fn streams_break_in_five_ways() {
    let body = hello(OSS, &json!({"stream": true}));
    let with = |kind| ask(&sim(vec![Rule { delay_ms: 7_000, ..rule("bedrock-runtime:ChatCompletions", kind) }]), &body);
    let cut = with(Kind::CutStream);
    assert_eq!((cut.status, cut.end), (200, End::Cut));
    assert!(!cut.chunks.last().unwrap().bytes.ends_with(b"\n\n"));
    let slow = with(Kind::SlowFirstByte);
    assert!(slow.chunks[0].after.as_millis() >= 700, "a tenth of seven seconds at this pace");
    let stalled = with(Kind::Stall);
    assert!(stalled.chunks[0].after.is_zero() && stalled.chunks.iter().any(|chunk| chunk.after.as_millis() >= 700));
    let broken = with(Kind::MalformedEvent);
    let unread = |chunk: &&crate::sim::Chunk| {
        let text = std::str::from_utf8(&chunk.bytes).unwrap();
        let data = text.strip_prefix("data: ").unwrap().trim_end();
        data != "[DONE]" && serde_json::from_str::<Json>(data).is_err()
    };
    assert_eq!(broken.chunks.iter().filter(unread).count(), 1);
    let failed = with(Kind::StreamError);
    let last = std::str::from_utf8(&failed.chunks.last().unwrap().bytes).unwrap().to_owned();
    assert!(last.starts_with("data: {\"error\":{") && last.contains("\"server_error\""), "{last}");
    let whole = sim(vec![rule("bedrock-runtime:*", Kind::CutStream)]);
    assert_eq!(ask(&whole, &hello(OSS, &json!({}))).end, End::Whole, "what is no stream cannot be cut");
}

#[test]
fn a_fast_answer_is_sent_in_time() {
    let sim = Sim::new(World::new(Scenario::named("fast").unwrap()), || NOW);
    let answer = ask(&sim, &hello("qwen.qwen3-32b-v1:0", &json!({"stream": true, "max_tokens": 8000})));
    let sent: Duration = answer.delay + answer.chunks.iter().map(|chunk| chunk.after).sum::<Duration>();
    assert_eq!(sent.as_millis(), 3_400, "400 ms, then 6,000 tokens at 2,000 a second");
    let events = events(&answer);
    assert!(events.len() > 2_000, "{}", events.len());
    assert_eq!(content(&events).split_whitespace().count(), 6_000);
}
