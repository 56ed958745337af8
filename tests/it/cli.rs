//! The built binary from outside: exit codes, the one sentence on stderr, the JSON's schema, the loopback simulator, cache and log. Each with a home of its own.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    net::TcpListener,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
};

use serde_json::Value;

use crate::{
    schema::{FAULT, Fields, holds, json, list, one_of},
    support::{DEADLINE, Home, KEYS, Simulator, refused, text},
};

const DOCUMENT: &Fields = &[
    ("schema", "s"),
    ("region", "s"),
    ("account", "s?"),
    ("source", "s"),
    ("as_of", "t"),
    ("data_through", "t?"),
    ("window_minutes", "i"),
    ("now_window_minutes", "i"),
    ("endpoints", "a"),
    ("pools", "a"),
    ("unattributed", "a"),
    ("faults", "a"),
    ("calls", "a"),
    ("metric_queries", "i"),
];
const ENDPOINT: &Fields = &[
    ("id", "s"),
    ("arn", "s?"),
    ("model", "s?"),
    ("model_name", "s"),
    ("provider", "s?"),
    ("kind", "s"),
    ("profile_name", "s?"),
    ("source_endpoint", "s?"),
    ("scope", "s?"),
    ("geography", "s?"),
    ("tags", "o?"),
    ("pool", "s"),
    ("active", "b"),
    ("bound", "s"),
    ("requests", "n?"),
    ("throttles", "n?"),
    ("throttle_percent", "n?"),
    ("client_errors", "n?"),
    ("server_errors", "n?"),
    ("input_tokens", "n?"),
    ("output_tokens", "n?"),
    ("cache_read_tokens", "n?"),
    ("cache_write_tokens", "n?"),
    ("rpm_now", "n?"),
    ("tpm_now", "n?"),
    ("in_flight", "n?"),
    ("latency_ms", "o"),
    ("ttft_ms", "o"),
    ("tokens_per_second", "n?"),
    ("tiers", "a"),
];
const LATENCY: &Fields = &[("p50", "n?"), ("p90", "n?"), ("p99", "n?"), ("avg", "n?"), ("samples", "n?")];
const TIER: &Fields = &[("asked", "s"), ("served", "s?"), ("quota_tokens", "n?"), ("requests", "n?"), ("basis", "s")];
const POOL: &Fields = &[("id", "s"), ("members", "a"), ("quotas", "a")];
const QUOTA: &Fields = &[
    ("code", "s?"),
    ("name", "s?"),
    ("metric", "s"),
    ("applied", "n?"),
    ("default", "n?"),
    ("adjustable", "b?"),
    ("used_now", "n?"),
    ("peak", "n?"),
    ("peak_at", "t?"),
    ("headroom_percent", "n?"),
    ("peak_percent", "n?"),
    ("bound", "s"),
    ("peak_bound", "s"),
    ("basis", "s?"),
    ("match", "o"),
];
const CALLS: &Fields = &[("service", "s"), ("operation", "s"), ("count", "i")];

/// Holds the whole document to `tiertop.snapshot/1`.
fn holds_schema(document: &Value) {
    holds(document, DOCUMENT);
    assert_eq!(document["schema"], "tiertop.snapshot/1");
    one_of(&document["source"], &["live", "custom-endpoint", "simulated"]);
    for endpoint in list(document, "endpoints") {
        holds(endpoint, ENDPOINT);
        holds(&endpoint["latency_ms"], LATENCY);
        holds(&endpoint["ttft_ms"], LATENCY);
        assert!(endpoint["tags"].as_object().is_none_or(|tags| tags.values().all(Value::is_string)));
        for tier in list(endpoint, "tiers") {
            holds(tier, TIER);
            one_of(&tier["basis"], &["invocations", "estimate-samples", "id-suffix"]);
        }
    }
    for pool in list(document, "pools") {
        holds(pool, POOL);
        assert!(list(pool, "members").iter().all(Value::is_string));
        for quota in list(pool, "quotas") {
            holds(quota, QUOTA);
            one_of(&quota["bound"], &["exact", "at-least", "at-most"]);
            one_of(&quota["peak_bound"], &["exact", "at-least", "at-most"]);
            one_of(&quota["match"]["kind"], &["one", "ambiguous", "unknown"]);
        }
    }
    for (name, fields) in [("faults", FAULT), ("calls", CALLS), ("unattributed", &[("what", "s"), ("count", "n")])] {
        for item in list(document, name) {
            holds(item, fields);
        }
    }
}

fn ids(document: &Value, name: &str) -> BTreeSet<String> {
    list(document, name).iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_snapshot_is_a_document_of_its_schema() {
    let home = Home::new();
    for (scenario, code) in [("healthy", 0), ("mantle", 0), ("empty", 0), ("denied", 3)] {
        let output = home.run(&["snapshot", "--scenario", scenario, "--format", "json", "--all"]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(code), String::new()), "{scenario}");
        let document = json(&output);
        holds_schema(&document);
        assert_eq!((&document["source"], &document["window_minutes"]), (&"simulated".into(), &180.into()));
        assert_eq!(list(&document, "faults").is_empty(), code == 0, "{scenario}");
        if scenario == "healthy" {
            assert!(list(&document, "endpoints").iter().any(|row| row["active"] == false));
            assert!(document["metric_queries"].as_u64().unwrap() > 100);
        }
    }
    assert!(!home.path().join("cache").exists(), "the simulated account leaves nothing behind");
}

#[test]
fn the_table_is_for_people() {
    let home = Home::new();
    let output = home.run(&["snapshot", "--scenario", "healthy", "--window", "1h"]);
    assert_eq!(output.status.code(), Some(0));
    let table = text(&output.stdout);
    assert!(table.lines().next().unwrap().contains("SIMULATED") && table.contains("window 60 min"), "{table}");
    assert!(table.contains("Claude Sonnet 4.5") && table.contains("5.0M TPM") && !table.contains(" idle"), "{table}");
    let all = text(&home.run(&["snapshot", "--scenario", "healthy", "--all"]).stdout);
    assert!(all.contains(" idle") && all.lines().count() > table.lines().count());
    let odd = text(&home.run(&["snapshot", "--scenario", "huge"]).stdout);
    assert!(odd.lines().count() > 250);
    assert!(!odd.contains(|c: char| c.is_control() && c != '\n'), "a raw character reaches the terminal");
    let denied = text(&home.run(&["snapshot", "--scenario", "denied"]).stdout);
    assert!(denied.contains("! ") && denied.contains("cloudwatch:ListMetrics"), "{denied}");
}

#[test]
fn wrong_arguments_are_one_sentence_and_code_two() {
    let home = Home::new();
    refused(&home.run(&["snapshot", "--scenario", "helthy"]), &["helthy", "healthy", "zero-quota", "huge"]);
    refused(&home.run(&["demo", "--scenario", "helthy"]), &["helthy", "healthy"]);
    refused(&home.run(&["sim", "--port", "0", "--scenario", "\u{1b}[31mx"]), &["healthy"]);
    for arguments in [&["snapshot", "--window", "3"][..], &["--window", "25h"], &["nonsense"], &["sim"], &["--nope"]] {
        let output = home.run(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
    for arguments in [&["--help"][..], &["--version"], &["snapshot", "--help"]] {
        let output = home.run(arguments);
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{arguments:?}");
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn settings_that_cannot_work_are_told_with_what_mends_them() {
    let home = Home::new();
    let with = |variables: &[(&str, &str)], arguments: &[&str]| {
        home.tiertop(arguments).envs(variables.iter().copied()).output().unwrap()
    };
    let snapshot = &["snapshot"][..];
    refused(&with(&KEYS, snapshot), &["No AWS Region", "--region", "AWS_REGION", "aws configure set region"]);
    refused(&with(&KEYS, &["snapshot", "--region", "US east"]), &["--region", "us-east-1"]);
    refused(&with(&KEYS, &["snapshot", "--profile", "prdo"]), &["prdo", "aws configure --profile prdo"]);
    refused(&with(&[("AWS_PROFILE", "gone")], snapshot), &["AWS_PROFILE", "gone"]);
    for url in ["localhost:4566", "ftp://x", "http://", "::", "http://[", ""] {
        refused(
            &with(&KEYS, &["snapshot", "--region", "us-east-1", "--endpoint-url", url]),
            &["--endpoint-url", "http"],
        );
    }
    refused(&with(&[("AWS_ENDPOINT_URL", "nonsense"), ("AWS_REGION", "us-east-1")], snapshot), &["AWS_ENDPOINT_URL"]);
    refused(&with(&[("AWS_CA_BUNDLE", "/nowhere/ca.pem"), ("AWS_REGION", "us-east-1")], snapshot), &["AWS_CA_BUNDLE"]);
    home.write(".aws/config", "[profile \nregion");
    refused(&with(&KEYS, &["snapshot", "--region", "us-east-1"]), &[".aws/config", "line"]);
    fs::write(home.path().join(".aws/config"), [0xff, 0xfe, 0x00]).unwrap();
    refused(&with(&KEYS, &["snapshot", "--region", "us-east-1"]), &[".aws/config"]);
    let log = home.path().join("no/such/folder/log").display().to_string();
    refused(&with(&[("TIERTOP_LOG", &log)], &["snapshot", "--scenario", "empty"]), &["TIERTOP_LOG"]);
}

#[test]
fn no_credentials_are_told_before_anything_is_polled() {
    let home = Home::new();
    let command = "aws sso login --profile default";
    refused(&home.run(&["snapshot", "--region", "us-east-1"]), &["No AWS credentials", command]);
    refused(&home.run(&["--region", "us-east-1"]), &["No AWS credentials", command]);
}

#[test]
fn an_expired_sign_on_is_told_with_its_command() {
    let home = Home::new();
    home.write(
        ".aws/config",
        "[profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Ops\nregion = us-east-1\n\
         [sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.invalid/start\n\
         sso_registration_scopes = sso:account:access\n",
    );
    let command = "aws sso login --profile corp";
    refused(&home.run(&["snapshot", "--profile", "corp"]), &["SSO session", command]);
    // The name of the file is the SHA-1 of the session's.
    home.write(
        ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
        r#"{"accessToken":"secret-token-of-the-test","expiresAt":"2020-01-01T00:00:00Z","region":"us-east-1","startUrl":"https://corp.invalid/start"}"#,
    );
    for arguments in [&["snapshot", "--profile", "corp"][..], &["--profile", "corp"]] {
        let output = home.run(arguments);
        refused(&output, &["SSO session", command]);
        assert!(!text(&output.stderr).contains("secret-token"));
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_problem() {
    let home = Home::new();
    let mut command = home.tiertop(&["snapshot", "--scenario", "healthy", "--format", "json", "--all"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

/// Waits for a child's end, but not for ever.
fn end(mut child: Child) -> Output {
    let (send, receive) = mpsc::channel();
    let id = child.id().to_string();
    thread::spawn(move || {
        let status = child.wait().unwrap();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        child.stdout.take().map(|mut out| out.read_to_end(&mut stdout));
        child.stderr.take().map(|mut out| out.read_to_end(&mut stderr));
        let _ = send.send(Output { status, stdout, stderr });
    });
    receive.recv_timeout(DEADLINE).unwrap_or_else(|_| {
        let _ = Command::new("kill").args(["-s", "KILL", &id]).status();
        panic!("{id} does not end")
    })
}

#[test]
fn the_loopback_simulator_is_polled_like_aws_and_keeps_no_secret() {
    let home = Home::new();
    let simulator = Simulator::start(&home, "healthy");
    let log = home.path().join("log.txt");
    let arguments =
        ["snapshot", "--format", "json", "--all", "--region", "us-east-1", "--endpoint-url", &simulator.url];
    let over_http = home.tiertop(&arguments).envs(KEYS).env("TIERTOP_LOG", &log).output().unwrap();
    assert_eq!(over_http.status.code(), Some(0), "{}", text(&over_http.stderr));
    let document = json(&over_http);
    holds_schema(&document);
    assert_eq!((&document["source"], &document["account"]), (&"custom-endpoint".into(), &"111122223333".into()));
    let within = json(&home.run(&["snapshot", "--scenario", "healthy", "--format", "json", "--all"]));
    assert_eq!(ids(&document, "endpoints"), ids(&within, "endpoints"));
    assert_eq!(ids(&document, "pools"), ids(&within, "pools"));
    let limits = |document: &Value| -> Vec<Value> {
        let quotas = list(document, "pools").iter().flat_map(|pool| list(pool, "quotas"));
        quotas.map(|quota| Value::from(vec![quota["code"].clone(), quota["applied"].clone()])).collect()
    };
    assert_eq!(limits(&document), limits(&within));

    let mut kept = Vec::new();
    walk(&home.path().join("cache"), &mut kept);
    assert!(kept.iter().any(|(name, _)| name.contains("account-111122223333")), "{kept:?}");
    let logged = fs::read_to_string(&log).unwrap();
    assert!(logged.contains("aws call"), "{logged}");
    let mut written = vec![text(&over_http.stdout), text(&over_http.stderr), logged];
    written.extend(kept.into_iter().flat_map(|(name, text)| [name, text]));
    for (_, secret) in KEYS {
        assert!(written.iter().all(|text| !text.contains(secret)), "{secret} is written somewhere");
    }
    assert!(written.iter().all(|text| !text.contains("Signature=")));

    let again = home.tiertop(&arguments).envs(KEYS).output().unwrap();
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(ids(&json(&again), "endpoints"), ids(&document, "endpoints"));
}

fn walk(folder: &std::path::Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn the_simulator_ends_when_it_is_told_to() {
    let home = Home::new();
    for signal in ["TERM", "INT", "HUP"] {
        let mut simulator = Simulator::start(&home, "healthy");
        simulator.signal(signal);
        let (send, receive) = mpsc::channel();
        let id = simulator.child.id();
        let status = thread::scope(|scope| {
            let child = &mut simulator.child;
            scope.spawn(move || send.send(child.wait().unwrap()).unwrap());
            receive.recv_timeout(DEADLINE).unwrap_or_else(|_| {
                let _ = Command::new("kill").args(["-s", "KILL", &id.to_string()]).status();
                panic!("it does not end on {signal}")
            })
        });
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}

#[test]
fn a_taken_port_is_told() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    refused(&home.run(&["sim", "--port", &port]), &[&port, "--port"]);
}

#[test]
fn an_interrupted_poll_ends_at_once() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut command = home.tiertop(&["snapshot", "--region", "us-east-1", "--endpoint-url", &url]);
    let child = command.envs(KEYS).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It has come as far as its first call, which nobody answers.
    let _calls = listener.accept().unwrap();
    let status = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let output = end(child);
    assert!(output.stdout.is_empty());
    assert_eq!(output.status.code(), Some(130), "{output:?}");
}
