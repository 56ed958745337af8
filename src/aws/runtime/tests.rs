//! What goes out, what signs it, and what is made of canned answers, over both APIs.

use serde_json::{Value, json};

use super::{
    way::{Pass, Secret},
    *,
};
use crate::{
    aws::testing::{Asked, Canned, Reply, gateway},
    domain::{
        fault::FaultKind,
        prompt::{
            answer::{Answer, Progress},
            plan::{Ask, Body, Question},
        },
        tier::Tier,
    },
};

fn plan(api: Api, tier: Option<&str>, streaming: bool) -> Plan {
    let question = Question {
        prompt: "Why?".into(),
        system: Some("Be short.".into()),
        max_tokens: Some(50),
        temperature: Some(0.5),
    };
    let tier = tier.map(Tier::from);
    Plan { endpoint: "us.amazon.nova-pro-v1:0".into(), tier, api, streaming, ask: Ask::Text(question) }
}

/// Sends a call to a gateway that gives this reply; the time of each event is its number.
async fn sent(plan: &Plan, way: Option<Way>, replies: Vec<Reply>) -> (Answer, Vec<Asked>, Vec<Event>) {
    let (gateway, canned): (Gateway, Canned) = gateway(replies).await;
    let way = way.unwrap_or_else(|| gateway.way(plan.api, None).unwrap());
    let (sender, mut inbox) = mpsc::channel(1000);
    let number = std::sync::atomic::AtomicU64::new(0);
    let stopwatch: Stopwatch = Arc::new(move || number.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
    gateway.test_call(plan.clone(), way, Outlet::new(sender, stopwatch)).await;
    let mut answer = Answer::new(plan);
    let mut events = Vec::new();
    while let Some((at, event)) = inbox.recv().await {
        answer.take(&event, at);
        events.push(event);
    }
    (answer, canned.asked(), events)
}

async fn answered(plan: &Plan, reply: Reply) -> Answer {
    sent(plan, None, vec![reply]).await.0
}

fn body_of(asked: &[Asked]) -> Value {
    assert_eq!(asked.len(), 1, "sent once");
    serde_json::from_slice(&asked[0].body).unwrap()
}

const WHOLE: &str = r#"{"output":{"message":{"role":"assistant","content":[
    {"reasoningContent":{"reasoningText":{"text":"hm"}}},{"text":"Because."},{"toolUse":{"toolUseId":"1","name":"look","input":{"a":[1,null]}}}]}},
    "stopReason":"tool_use","usage":{"inputTokens":9,"outputTokens":4,"totalTokens":13,"cacheReadInputTokens":3},
    "metrics":{"latencyMs":321},"serviceTier":{"type":"flex"}}"#;

#[tokio::test]
async fn converse_sends_any_tier_and_reads_the_whole_answer() {
    let plan = plan(Api::Converse, Some("hyperfast"), false);
    let (answer, asked, _) = sent(&plan, None, vec![Reply::of(200, "application/json", WHOLE)]).await;
    assert_eq!(
        body_of(&asked),
        json!({
            "messages": [{"role": "user", "content": [{"text": "Why?"}]}],
            "system": [{"text": "Be short."}],
            "inferenceConfig": {"maxTokens": 50, "temperature": 0.5},
            "serviceTier": {"type": "hyperfast"},
        })
    );
    assert!(asked[0].uri.ends_with("/model/us.amazon.nova-pro-v1%3A0/converse"), "{}", asked[0].uri);
    assert_eq!(asked[0].header("content-length"), Some(asked[0].body.len().to_string().as_str()));
    assert!(asked[0].header("authorization").unwrap().starts_with("AWS4-HMAC-SHA256 "));
    assert_eq!((answer.text.text(), answer.reasoning.text()), ("Because.", "hm"));
    assert_eq!((answer.tools[0].name.as_str(), answer.tools[0].input.text()), ("look", r#"{"a":[1,null]}"#));
    assert_eq!((answer.served.clone(), answer.progress), (Some(Tier::Flex), Progress::Done));
    assert_eq!((answer.usage.cache_read, answer.usage.cache_write), (Some(3), None));
    assert_eq!((answer.timing.server, answer.timing.first_text), (Some(321), None));
    assert_eq!((answer.request_id.as_deref(), answer.stop_reason.as_deref()), (Some("id-1"), Some("tool_use")));
}

#[tokio::test]
async fn a_body_from_a_file_goes_out_as_it_is_but_for_endpoint_and_tier() {
    let text = r#"{"modelId":"m","serviceTier":{"type":"priority"},"messages":[{"role":"user","content":[{"text":"x"},{"cachePoint":{"type":"default"}}]}],"newField":{"deep":[1.5]}}"#;
    let body = Body::parse(text).unwrap();
    assert_eq!((body.endpoint, body.tier), (Some("m".into()), Some(Tier::Priority)));
    let plan = Plan { ask: Ask::Body(body.members), ..plan(Api::Converse, Some("flex"), false) };
    let (_, asked, _) = sent(&plan, None, vec![Reply::of(200, "application/json", WHOLE)]).await;
    let out = body_of(&asked);
    assert_eq!((&out["newField"], &out["serviceTier"]), (&json!({"deep": [1.5]}), &json!({"type": "flex"})));
    assert_eq!(out["messages"][0]["content"][1], json!({"cachePoint": {"type": "default"}}));
    assert!(out.get("modelId").is_none());
    let over_openai = Plan { api: Api::OpenAi, ..plan };
    let (answer, asked, _) = sent(&over_openai, None, Vec::new()).await;
    assert_eq!((answer.error.unwrap().kind, asked.len()), (FaultKind::Invalid, 0));
}

const COMPLETION: &str = r#"{"id":"c","choices":[{"message":{"role":"assistant","content":"<reasoning>hm</reasoning>Because."},"finish_reason":"length"}],
    "usage":{"prompt_tokens":12,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":3}},
    "service_tier":"default"}"#;

#[tokio::test]
async fn a_chat_completion_is_signed_for_bedrock_and_read() {
    let plan = plan(Api::OpenAi, Some("priority"), false);
    let (answer, asked, _) = sent(&plan, None, vec![Reply::of(200, "application/json", COMPLETION)]).await;
    assert_eq!(asked[0].uri, "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1/chat/completions");
    assert_eq!(
        body_of(&asked),
        json!({
            "model": "us.amazon.nova-pro-v1:0", "max_completion_tokens": 50, "temperature": 0.5, "service_tier": "priority",
            "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Why?"}],
        })
    );
    let signed = asked[0].header("authorization").unwrap();
    assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=SIMULATED/"), "{signed}");
    assert!(
        signed.contains("/us-east-1/bedrock/aws4_request") && signed.contains("content-type;host;x-amz-date"),
        "{signed}"
    );
    assert!(asked[0].header("x-amz-date").is_some());
    assert_eq!((answer.text.text(), answer.reasoning.text()), ("Because.", "hm"));
    assert_eq!((answer.usage.input, answer.usage.cache_read, answer.usage.reasoning), (Some(10), Some(2), Some(3)));
    assert_eq!((answer.served_otherwise(), answer.hit_max_tokens()), (Some(true), true));
}

/// Server-sent events of these chunks.
fn events(chunks: &[&str]) -> Reply {
    let lines: Vec<_> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    Reply::of(200, "text/event-stream", &lines.concat())
}

#[tokio::test]
async fn a_streamed_completion_comes_in_order() {
    let plan = plan(Api::OpenAi, None, true);
    let reply = events(&[
        r#"{"choices":[{"delta":{"role":"assistant"}}],"service_tier":null}"#,
        r#"{"choices":[{"delta":{"content":"<reason"}}]}"#,
        r#"{"choices":[{"delta":{"content":"ing>hm</reasoning>Be"}}]}"#,
        r#"{"choices":[{"delta":{"content":"cause."}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"look","arguments":"{"}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"service_tier":"flex"}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5},"amazon-bedrock-invocationMetrics":{"invocationLatency":77}}"#,
        "[DONE]",
    ]);
    let (answer, asked, events) = sent(&plan, None, vec![reply]).await;
    let body = body_of(&asked);
    assert_eq!((&body["stream"], &body["stream_options"]), (&json!(true), &json!({"include_usage": true})));
    assert!(body.get("service_tier").is_none());
    let texts: Vec<_> = events.iter().filter(|event| matches!(event, Event::Text(_))).cloned().collect();
    assert_eq!(texts, [Event::Text("Be".into()), Event::Text("cause.".into())]);
    assert_eq!((answer.reasoning.text(), answer.tools[0].input.text()), ("hm", "{}"));
    assert_eq!((answer.served, answer.timing.server), (Some(Tier::Flex), Some(77)));
    assert_eq!((answer.usage.output, answer.progress), (Some(5), Progress::Done));
    let timing = answer.timing;
    assert!(timing.first_event < timing.first_piece && timing.first_piece < timing.first_text, "{timing:?}");
}

#[tokio::test]
async fn what_breaks_a_stream_is_told_and_what_came_stays() {
    let begin = r#"{"choices":[{"delta":{"content":"Be"}}]}"#;
    for (more, kind, words) in [
        (&[][..], FaultKind::Unexpected, "broke off before its end"),
        (&["[DONE]"], FaultKind::Unexpected, "broke off before its end"),
        (&["{\"choices\":["], FaultKind::Unexpected, "not JSON"),
        (
            &[r#"{"error":{"message":"Too many tokens","code":"rate_limit_exceeded"}}"#],
            FaultKind::Throttled,
            "Too many tokens",
        ),
        (&[r#"{"error":{"message":"it broke","type":"server_error"}}"#], FaultKind::Unexpected, "it broke"),
    ] {
        let chunks: Vec<&str> = [begin].into_iter().chain(more.iter().copied()).collect();
        let answer = answered(&plan(Api::OpenAi, None, true), events(&chunks)).await;
        let error = answer.error.unwrap();
        assert_eq!((error.kind, answer.text.text(), answer.progress), (kind, "Be", Progress::Failed), "{error}");
        assert!(error.message.contains(words), "{error}");
    }
    for body in ["", "nothing", "{}", "[]", r#"{"choices":[]}"#] {
        let reply = Reply::of(200, "application/json", body);
        let error = answered(&plan(Api::OpenAi, None, false), reply).await.error.unwrap();
        assert_eq!(error.kind, FaultKind::Unexpected, "{body}: {error}");
    }
}

#[tokio::test]
async fn a_refusal_is_in_the_services_own_words_and_nothing_is_sent_twice() {
    let throttled = r#"{"message":"Too many tokens, please wait before trying again."}"#;
    let tier = r#"{"error":{"message":"The provided service tier is not supported for this model","type":"invalid_request_error","code":null}}"#;
    for (api, status, body, kind, words) in [
        (Api::Converse, 429, throttled, FaultKind::Throttled, "Too many tokens, please wait before trying again."),
        (Api::OpenAi, 429, throttled, FaultKind::Throttled, "Too many tokens, please wait before trying again."),
        (Api::OpenAi, 400, tier, FaultKind::Invalid, "The provided service tier is not supported for this model"),
        (Api::Converse, 503, "{}", FaultKind::Unexpected, "gave no reason"),
        (Api::OpenAi, 500, "<html>Bad\u{1b} gateway</html>", FaultKind::Unexpected, "<html>Bad gateway</html>"),
        (Api::Converse, 500, "", FaultKind::Unexpected, "gave no reason"),
    ] {
        for streaming in [false, true] {
            let replies = (0..3).map(|_| Reply::of(status, "application/json", body)).collect();
            let (answer, asked, _) = sent(&plan(api, None, streaming), None, replies).await;
            let error = answer.error.unwrap();
            assert_eq!((error.kind, error.status, asked.len()), (kind, Some(status), 1), "{error}");
            assert!(error.message.contains(words), "{error}");
            assert_eq!(answer.request_id.as_deref(), Some("id-1"));
        }
    }
}

#[tokio::test]
async fn no_network_is_told_once() {
    for api in [Api::Converse, Api::OpenAi] {
        let (answer, asked, _) = sent(&plan(api, None, true), None, Vec::new()).await;
        assert_eq!((answer.error.unwrap().status, asked.len(), answer.progress), (None, 1, Progress::Failed));
    }
}

#[tokio::test]
async fn a_gateway_gets_its_own_key_and_nothing_of_aws() {
    let ours = Way { address: Some("https://g.example/v1".into()), pass: Pass::Own(Some(Secret("sk-own".into()))) };
    let bearer = Way { address: Some("https://b.example/openai/v1".into()), pass: Pass::Bearer(Secret("abc".into())) };
    let none = Way { address: Some("http://localhost:1/v1".into()), pass: Pass::Own(None) };
    for (way, expected) in [(ours, Some("Bearer sk-own")), (bearer, Some("Bearer abc")), (none, None)] {
        let replies = vec![Reply::of(200, "application/json", COMPLETION)];
        let (answer, asked, _) = sent(&plan(Api::OpenAi, None, false), Some(way.clone()), replies).await;
        assert_eq!(asked[0].uri, format!("{}/chat/completions", way.address.unwrap()));
        assert_eq!(asked[0].header("authorization"), expected);
        assert!(
            asked[0].headers.iter().all(|(name, value)| !name.starts_with("x-amz") && !value.contains("SIMULATED"))
        );
        assert_eq!(answer.progress, Progress::Done);
    }
}

#[tokio::test]
async fn a_call_that_nobody_listens_to_stops() {
    let (gateway, _) = gateway([events(&[r#"{"choices":[{"delta":{"content":"Be"}}]}"#; 100])]).await;
    let plan = plan(Api::OpenAi, None, true);
    let way = gateway.way(plan.api, None).unwrap();
    let (sender, mut inbox) = mpsc::channel(1);
    let call = gateway.test_call(plan, way, Outlet::new(sender, Arc::new(|| 0)));
    let reader = async move { inbox.recv().await };
    let ((), first) = tokio::join!(call, reader);
    assert_eq!(first, Some((0, Event::RequestId("id-1".into()))));
}
