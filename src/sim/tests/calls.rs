//! Converse through the SDK: tiers, reasoning, and streams that break.

use aws_sdk_bedrockruntime::types as rt;
use rt::{ContentBlock, ContentBlockDelta, ConverseStreamOutput, ReasoningContentBlock, ReasoningContentBlockDelta};

use super::*;

const OSS: &str = "openai.gpt-oss-20b-1:0";

fn client(sim: &Sim) -> aws_sdk_bedrockruntime::Client {
    aws_sdk_bedrockruntime::Client::new(&config(sim))
}

fn message() -> rt::Message {
    let text = ContentBlock::Text("Tell me of quotas".into());
    rt::Message::builder().role(rt::ConversationRole::User).content(text).build().unwrap()
}

fn at_most(tokens: i32) -> rt::InferenceConfiguration {
    rt::InferenceConfiguration::builder().max_tokens(tokens).build()
}

async fn blocks(sim: &Sim, model: &str, tokens: i32, thinking: bool) -> (Vec<ContentBlock>, rt::StopReason) {
    let call = client(sim).converse().model_id(model).messages(message()).inference_config(at_most(tokens));
    let switch = std::collections::HashMap::from([("type".to_owned(), aws_smithy_types::Document::from("enabled"))]);
    let fields = std::collections::HashMap::from([("thinking".to_owned(), aws_smithy_types::Document::Object(switch))]);
    let fields = thinking.then_some(aws_smithy_types::Document::Object(fields));
    let got = call.set_additional_model_request_fields(fields).send().await.unwrap();
    let rt::ConverseOutput::Message(message) = got.output.unwrap() else { panic!("no message") };
    (message.content, got.stop_reason)
}

#[tokio::test]
async fn reasoning_comes_before_text_and_may_take_all_tokens() {
    let sim = sim(vec![]);
    let (all, stop) = blocks(&sim, OSS, 500, false).await;
    let [ContentBlock::ReasoningContent(ReasoningContentBlock::ReasoningText(thought)), ContentBlock::Text(text)] =
        &all[..]
    else {
        panic!("{all:?}")
    };
    assert!(thought.text.len() > 20 && thought.signature.is_none() && text.contains("Tell me of quotas"));
    assert_eq!(stop, rt::StopReason::EndTurn);
    let (only, stop) = blocks(&sim, OSS, 5, false).await;
    assert!(matches!(&only[..], [ContentBlock::ReasoningContent(_)]), "{only:?}");
    assert_eq!(stop, rt::StopReason::MaxTokens);
    let (hidden, _) = blocks(&sim, "us.openai.gpt-6-sol", 500, false).await;
    let is_hidden = matches!(&hidden[0], ContentBlock::ReasoningContent(ReasoningContentBlock::RedactedContent(_)));
    assert!(is_hidden, "{hidden:?}");
    let claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    assert_eq!(blocks(&sim, claude, 500, false).await.0.len(), 1);
    let (asked, _) = blocks(&sim, claude, 500, true).await;
    let [ContentBlock::ReasoningContent(ReasoningContentBlock::ReasoningText(thought)), _] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert!(thought.signature.is_some());
}

#[tokio::test]
async fn a_stream_has_a_block_of_reasoning_and_one_of_text() {
    let sim = sim(vec![]);
    for (tokens, blocks) in [(500, vec![0, 1]), (5, vec![0])] {
        let call = client(&sim).converse_stream().model_id(OSS).messages(message()).inference_config(at_most(tokens));
        let mut stream = call.send().await.unwrap().stream;
        let (mut thoughts, mut text, mut ended, mut output) = (String::new(), String::new(), Vec::new(), 0);
        while let Some(event) = stream.recv().await.unwrap() {
            match event {
                ConverseStreamOutput::ContentBlockDelta(delta) => match delta.delta.unwrap() {
                    ContentBlockDelta::ReasoningContent(ReasoningContentBlockDelta::Text(piece)) => {
                        assert!(text.is_empty(), "reasoning after text");
                        thoughts.push_str(&piece);
                    }
                    ContentBlockDelta::Text(piece) => text.push_str(&piece),
                    other => panic!("{other:?}"),
                },
                ConverseStreamOutput::ContentBlockStop(stop) => ended.push(stop.content_block_index),
                ConverseStreamOutput::Metadata(last) => output = last.usage.unwrap().output_tokens,
                _ => {}
            }
        }
        assert_eq!(ended, blocks);
        assert_eq!(text.is_empty(), tokens == 5);
        let words = thoughts.split_whitespace().count() + text.split_whitespace().count();
        assert_eq!(i32::try_from(words).unwrap(), output);
    }
}

#[tokio::test]
async fn a_tier_that_tables_promise_may_be_refused() {
    let scenario = Scenario::named("unsupported-tier").unwrap();
    let sim = Sim::new(World::new(scenario), || NOW).at_pace(0.0);
    for (model, tier, taken) in [
        (OSS, "flex", false),
        (OSS, "priority", true),
        ("us.amazon.nova-2-lite-v1:0", "flex", false),
        ("openai.gpt-oss-120b-1:0", "priority", false),
    ] {
        let tier = rt::ServiceTier::builder().r#type(tier.into()).build().unwrap();
        let got = client(&sim)
            .converse()
            .model_id(model)
            .messages(message())
            .inference_config(at_most(100))
            .service_tier(tier)
            .send()
            .await;
        assert_eq!(got.is_ok(), taken, "{model}");
        if let Err(error) = got {
            let error = error.into_service_error();
            assert!(error.is_validation_exception());
            assert!(error.to_string().contains("The provided service tier is not supported for this model"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_stream_fails_with_an_error_event_or_with_a_wrong_checksum() {
    for kind in [Kind::StreamError, Kind::MalformedEvent] {
        let sim = sim(vec![rule("bedrock-runtime:ConverseStream", kind)]);
        let call = client(&sim).converse_stream().model_id(OSS).messages(message());
        let mut stream = call.send().await.unwrap().stream;
        let error = loop {
            match stream.recv().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{kind:?}: ended as if it were whole"),
                Err(error) => break error,
            }
        };
        let service =
            error.as_service_error().is_some_and(rt::error::ConverseStreamOutputError::is_internal_server_exception);
        assert_eq!(service, kind == Kind::StreamError, "{error:?}");
    }
}

#[tokio::test]
async fn a_cache_point_is_written_once_and_read_after() {
    let sim = sim(vec![]);
    let long = rt::SystemContentBlock::Text("Answer in the manner of the house. ".repeat(200));
    let point = rt::CachePointBlock::builder().r#type(rt::CachePointType::Default).build().unwrap();
    let mut counted = Vec::new();
    for _ in 0..2 {
        let call = client(&sim).converse().model_id("us.amazon.nova-2-lite-v1:0").inference_config(at_most(50));
        let call = call.system(long.clone()).system(rt::SystemContentBlock::CachePoint(point.clone()));
        let usage = call.messages(message()).send().await.unwrap().usage.unwrap();
        let (read, write) = (usage.cache_read_input_tokens.unwrap(), usage.cache_write_input_tokens.unwrap());
        assert_eq!(usage.total_tokens, usage.input_tokens + read + write + usage.output_tokens);
        counted.push((usage.input_tokens, read, write));
    }
    let [(input, 0, written), (again, read, 0)] = counted[..] else { panic!("{counted:?}") };
    assert_eq!((written, read, again), (1_750, 1_750, input));
}
