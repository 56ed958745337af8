//! `tiertop prompt` from outside: what goes to stdout and to stderr, exit codes, refusals, keys, the log.

use std::{
    fs,
    io::{Read, Write},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use super::{NOVA, canned::Canned};
use crate::{
    schema::{Fields, holds, json as document},
    support::{Home, KEYS, Simulator, refused, text},
};

const DOCUMENT: &Fields = &[
    ("schema", "s"),
    ("endpoint", "s"),
    ("api", "s"),
    ("tier", "o"),
    ("text", "s"),
    ("usage", "o"),
    ("timing_ms", "o"),
    ("tokens_per_second", "n?"),
    ("stop_reason", "s?"),
    ("cost_usd", "o"),
    ("request_id", "s?"),
    ("error", "s?"),
];
const TIER: &Fields = &[("asked", "s?"), ("served", "s?")];
const USAGE: &Fields =
    &[("input_tokens", "i?"), ("output_tokens", "i?"), ("cache_read_tokens", "i?"), ("cache_write_tokens", "i?")];
const TIMING: &Fields = &[("first_event", "i?"), ("first_text", "i?"), ("total", "i?"), ("server", "i?")];
const COST: &Fields = &[("this_tier", "s?"), ("default", "s?"), ("assumed", "b")];

fn holds_schema(document: &Value) {
    holds(document, DOCUMENT);
    for (part, fields) in [("tier", TIER), ("usage", USAGE), ("timing_ms", TIMING), ("cost_usd", COST)] {
        holds(&document[part], fields);
    }
    assert_eq!(document["schema"], "tiertop.call/1");
}

/// `tiertop prompt` on a simulated account.
fn prompt(scenario: &str, more: &[&str]) -> Output {
    Home::new().run(&[&["prompt", "--scenario", scenario], more].concat())
}

#[test]
fn the_answer_is_on_stdout_and_the_measurements_on_stderr() {
    let output = prompt("healthy", &["--model", NOVA, "--tier", "flex", "--max-tokens", "9", "Why?"]);
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert!(out.starts_with("You asked about “Why?”.") && out.ends_with('\n') && out.lines().count() == 1, "{out:?}");
    for words in [
        "tier     asked flex → served flex",
        "first text",
        "tokens/s",
        "9 output",
        "stop     max_tokens",
        "on flex; $",
        "on default; list prices of 2026-",
        "note     The answer stops where max_tokens (9) ended it.",
    ] {
        assert!(error.contains(words), "{error:?} lacks {words:?}");
    }
    assert!(!out.contains("tier ") && !error.contains('\u{1b}'));
}

#[test]
fn the_document_is_of_its_schema_and_says_what_it_does_not_know() {
    let home = Home::new();
    let run = |more: &[&str]| {
        let arguments =
            [&["prompt", "--scenario", "healthy", "--format", "json", "--model", NOVA, "hi"], more].concat();
        document(&home.run(&arguments))
    };
    let streamed = run(&["--tier", "priority"]);
    holds_schema(&streamed);
    assert_eq!((&streamed["tier"]["asked"], &streamed["tier"]["served"]), (&json!("priority"), &json!("priority")));
    let cost = &streamed["cost_usd"];
    let usd = |name: &str| cost[name].as_str().unwrap().parse::<f64>().unwrap();
    assert!((usd("this_tier") / usd("default") - 1.75).abs() < 1e-9, "{cost}");
    assert_eq!((&cost["assumed"], &streamed["api"]), (&json!(false), &json!("converse")));
    let whole = run(&["--no-stream"]);
    holds_schema(&whole);
    assert_eq!((&whole["tier"]["asked"], &whole["tier"]["served"]), (&Value::Null, &Value::Null));
    assert_eq!((&whole["cost_usd"]["assumed"], &whole["tokens_per_second"]), (&json!(true), &Value::Null));
    assert_eq!(whole["timing_ms"]["first_text"], Value::Null);
}

#[test]
fn a_refused_call_ends_with_one_and_says_what_it_means() {
    let sonnet = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let output = prompt("healthy", &["--model", sonnet, "--tier", "flex", "hi"]);
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    for words in [
        "tiertop: ValidationException (HTTP 400): The provided service tier is not supported for this model\n",
        "not served on the tier flex",
        "Tiers that likely work",
        ": default.",
        "served not reported",
    ] {
        assert!(error.contains(words), "{error:?} lacks {words:?}");
    }
    let output = prompt("zero-quota", &["--model", sonnet, "--format", "json", "hi"]);
    let found = document(&output);
    holds_schema(&found);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(found["error"], "ThrottlingException (HTTP 429): Too many tokens, please wait before trying again.");
    assert_eq!((&found["text"], &found["cost_usd"]["this_tier"]), (&json!(""), &Value::Null));
}

#[test]
fn what_cannot_be_sent_is_one_sentence_and_code_two() {
    let home = Home::new();
    home.write("bad.json", "{\"messages\": 5}");
    let file = |name: &str| home.path().join(name).display().to_string();
    let (bad, missing) = (file("bad.json"), file("missing.json"));
    for (arguments, words) in [
        (&["--model", NOVA][..], &["nothing to ask"][..]),
        (&["hi"], &["no model is named", "--model"]),
        (&["--model", NOVA, " \n"], &["prompt is empty"]),
        (&["--model", NOVA, "-"], &["prompt is empty"]),
        (&["--model", NOVA, "--tier", "", "hi"], &["--tier is one word"]),
        (&["--model", NOVA, "--tier", "a\nb", "hi"], &["--tier is one word"]),
        (&["--request", &bad], &["bad.json has no list \"messages\""]),
        (&["--request", &missing], &["missing.json: No such file"]),
        (&["--request", &bad, "--api", "openai"], &["--api openai cannot send"]),
        (&["--openai-base-url", "https://g.example/v1", "--model", "x", "hi"], &["is for --api openai"]),
        (&["--read-only", "--model", NOVA, "hi"], &["read-only is on"]),
    ] {
        refused(&home.run(&[&["prompt"], arguments].concat()), words);
    }
    home.write("config.toml", "[calls]\nread_only = true\n");
    let config = home.path().join("config.toml").display().to_string();
    let arguments = ["prompt", "--scenario", "healthy", "--config", &config, "--model", NOVA, "hi"];
    refused(&home.run(&arguments), &["read-only is on", "calls.read_only"]);
    let by_variable =
        home.tiertop(&arguments[..1]).args(&arguments[5..]).env("TIERTOP_READ_ONLY", "1").output().unwrap();
    refused(&by_variable, &["read-only is on"]);
    // clap's own refusals have more lines.
    for more in [&["--max-tokens", "0"][..], &["--temperature", "-1"], &["--temperature", "NaN"], &["--api", "x"]] {
        let output = home.run(&[&["prompt", "--model", NOVA, "hi"], more].concat());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{more:?}");
    }
}

#[test]
fn keys_go_to_no_foreign_host_and_nothing_goes_in_the_clear() {
    let home = Home::new();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command =
            home.tiertop(&[&["prompt", "--region", "us-east-1", "--model", NOVA, "hi"], arguments].concat());
        command.envs(KEYS).envs(variables.iter().copied()).output().unwrap()
    };
    for api in ["converse", "openai"] {
        let foreign = ["--api", api, "--endpoint-url", "https://gateway.invalid"];
        refused(&run(&foreign, &[]), &["gateway.invalid is neither", "--openai-base-url"]);
        refused(&run(&foreign, &[("AWS_BEARER_TOKEN_BEDROCK", "abc")]), &["gateway.invalid is neither"]);
        let plain = ["--api", api, "--endpoint-url", "http://gateway.invalid:4566"];
        refused(&run(&plain, &[]), &["plain http to another machine"]);
        let variables = [("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://10.0.0.9")];
        refused(&run(&["--api", api], &variables), &["plain http to another machine"]);
        let variables = [("AWS_ENDPOINT_URL", "https://bucket.s3.us-east-1.amazonaws.com")];
        refused(&run(&["--api", api], &variables), &["bucket.s3.us-east-1.amazonaws.com is neither"]);
    }
    let plain = ["--api", "openai", "--openai-base-url", "http://gateway.invalid/v1"];
    let output = run(&plain, &[("TIERTOP_OPENAI_API_KEY", "sk-own-secret")]);
    refused(&output, &["plain http to another machine"]);
    assert!(!text(&output.stderr).contains("sk-own-secret"));
}

const WHOLE: &str = r#"{"choices":[{"message":{"content":"An\u001b[31mswer\u009b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#;
const CONVERSE: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Answer"}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":1,"totalTokens":4},"metrics":{"latencyMs":5}}"#;

#[test]
fn a_bedrock_key_alone_is_enough_over_both_apis_and_is_never_shown() {
    for (api, path, body) in [
        ("openai", "/openai/v1/chat/completions", WHOLE),
        ("converse", "/model/us.amazon.nova-pro-v1%3A0/converse", CONVERSE),
    ] {
        let (home, server) = (Home::new(), Canned::start("application/json", body, false));
        let log = home.path().join("log");
        let mut command = home.tiertop(&["prompt", "--region", "us-east-1", "--endpoint-url", &server.url]);
        command.args(["--api", api, "--model", NOVA, "--no-stream", "a-typed-prompt"]);
        command.env("AWS_BEARER_TOKEN_BEDROCK", "bedrock-key-secret").env("TIERTOP_LOG", &log);
        let output = command.output().unwrap();
        let (out, error) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{error}");
        let asked = server.asked.recv().unwrap();
        assert!(
            asked.head.starts_with(&format!("post {path} http/1.1").to_ascii_uppercase()) || asked.head.contains(path),
            "{}",
            asked.head
        );
        assert_eq!(asked.header("authorization"), Some("Bearer bedrock-key-secret"));
        assert!(asked.body.contains("a-typed-prompt"));
        assert!(error.contains("may belong to another account"), "{error}");
        let logged = fs::read_to_string(log).unwrap();
        for secret in ["bedrock-key-secret", "a-typed-prompt", "swer"] {
            assert!(!logged.contains(secret), "{logged}");
        }
        assert!(!out.contains("secret") && !error.contains("secret"));
        assert!(out == "An?[31mswer?\n" || out == "Answer\n", "{out:?}");
    }
}

#[test]
fn a_gateway_gets_its_own_key_and_no_aws_credentials() {
    let (home, server) = (Home::new(), Canned::start("application/json", WHOLE, false));
    let base = format!("{}/v1", server.url);
    let mut command = home.tiertop(&["prompt", "--api", "openai", "--openai-base-url", &base]);
    command.args(["--model", "any/model", "--no-stream", "--format", "json", "hi"]);
    command.envs(KEYS).env("AWS_SESSION_TOKEN", "session-secret").env("AWS_BEARER_TOKEN_BEDROCK", "bedrock-key-secret");
    command.env("TIERTOP_OPENAI_API_KEY", "sk-own").env("OPENAI_API_KEY", "sk-of-somebody-else");
    let output = command.output().unwrap();
    let found = document(&output);
    holds_schema(&found);
    let asked = server.asked.recv().unwrap();
    assert_eq!(asked.header("authorization"), Some("Bearer sk-own"));
    for secret in ["secret", "AKID", "somebody-else", "x-amz"] {
        assert!(!asked.head.contains(secret) && !asked.body.contains(secret), "{}", asked.head);
    }
    // Its price is its own, and its answer is told as it is.
    assert_eq!((&found["cost_usd"]["this_tier"], &found["text"]), (&Value::Null, &json!("An\u{1b}[31mswer\u{9b}")));
    assert!(!output.stdout.contains(&0x1b) && !text(&output.stdout).contains('\u{9b}'));
}

#[test]
fn an_interrupted_call_keeps_what_came() {
    const BEGIN: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"The first words\"}}]}\n\n";
    let (home, server) = (Home::new(), Canned::start("text/event-stream", BEGIN, true));
    let mut command = home.tiertop(&["prompt", "--region", "us-east-1", "--endpoint-url", &server.url]);
    command.args(["--api", "openai", "--model", NOVA, "--tier", "flex", "hi"]);
    let mut child = command.envs(KEYS).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut begun = [0; 15];
    child.stdout.as_mut().unwrap().read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"The first words");
    assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(130), "\n".to_owned()), "{error}");
    assert!(error.contains("You gave the call up") && error.contains("asked flex → served not reported"), "{error}");
}

#[test]
fn a_prompt_may_come_from_standard_input_and_a_request_from_a_file() {
    let home = Home::new();
    let mut command = home.tiertop(&["prompt", "--scenario", "healthy", "--model", NOVA, "--max-tokens", "5", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all("Räksmörgås?\n".as_bytes()).unwrap();
    assert!(text(&child.wait_with_output().unwrap().stdout).contains("Räksmörgås?"));
    let body = json!({
        "modelId": NOVA, "serviceTier": {"type": "priority"}, "system": [{"text": "s"}, {"cachePoint": {"type": "default"}}],
        "messages": [{"role": "user", "content": [{"text": "From a file"}]}],
        "inferenceConfig": {"maxTokens": 6}, "toolConfig": {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": {}}}}]},
    });
    home.write("call.json", &body.to_string());
    let path = home.path().join("call.json").display().to_string();
    let run = |more: &[&str]| {
        document(
            &home.run(&[&["prompt", "--scenario", "healthy", "--format", "json", "--request", &path], more].concat()),
        )
    };
    let own = run(&[]);
    assert_eq!(
        (&own["endpoint"], &own["tier"]["served"], &own["usage"]["output_tokens"]),
        (&json!(NOVA), &json!("priority"), &json!(6))
    );
    let other = run(&["--model", "amazon.nova-pro-v1:0", "--tier", "flex"]);
    assert_eq!((&other["endpoint"], &other["tier"]["asked"]), (&json!("amazon.nova-pro-v1:0"), &json!("flex")));
}

#[test]
fn a_simulator_on_a_socket_is_an_endpoint_like_any_other() {
    let home = Home::new();
    let simulator = Simulator::start(&home, "healthy");
    let log = home.path().join("log");
    let mut command = home.tiertop(&["prompt", "--region", "us-east-1", "--endpoint-url", &simulator.url]);
    command.args(["--model", NOVA, "--tier", "default", "--max-tokens", "20", "a-typed-prompt"]);
    let output = command.envs(KEYS).env("TIERTOP_LOG", &log).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("asked default → served default"));
    let logged = fs::read_to_string(log).unwrap();
    assert!(logged.contains("ConverseStream") && !logged.contains("a-typed-prompt"), "{logged}");
    for (_, secret) in KEYS {
        assert!(!logged.contains(secret));
    }
}
