//! `tiertop doctor` as it is run: formats, files, errors, exit codes, wrong combinations.

use std::{
    io::Write as _,
    process::{Output, Stdio},
};

use serde_json::{Value, json};

use crate::{
    dumps::{Dumps, row, without_aws},
    schema::{Fields, holds, json as document, list, one_of},
    support::{Home, refused, text},
};

const TOKENS: &str = "ThrottlingException: Too many tokens, please wait before trying again.";

/// The document's fields.
const DOCUMENT: &Fields = &[
    ("schema", "s"),
    ("region", "s?"),
    ("account", "s?"),
    ("source", "s"),
    ("as_of", "t?"),
    ("data_through", "t?"),
    ("findings", "a"),
    ("checks", "a"),
    ("notes", "a"),
];
const FINDING: &Fields = &[
    ("id", "s"),
    ("severity", "s"),
    ("subject", "o"),
    ("title", "s"),
    ("story", "s"),
    ("evidence", "a"),
    ("not_it", "a"),
    ("next", "o"),
];
const SUBJECT: &Fields = &[("kind", "s"), ("id", "s?")];
const NEXT: &Fields = &[("text", "s"), ("command", "s?"), ("url", "s?"), ("copy", "s?")];
const CHECK: &Fields = &[("id", "s"), ("about", "s"), ("status", "s"), ("reason", "s?"), ("needs", "a")];

/// Runs `tiertop doctor` with nothing of AWS that could be used: what is read would fail.
fn doctor(home: &Home, arguments: &[&str]) -> Output {
    without_aws(home, &[&["doctor"], arguments].concat())
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Holds a document to its schema.
fn holds_schema(document: &Value) {
    holds(document, DOCUMENT);
    assert_eq!(document["schema"], "tiertop.doctor/1");
    one_of(&document["source"], &["live", "custom-endpoint", "simulated", "file"]);
    for finding in list(document, "findings") {
        holds(finding, FINDING);
        one_of(&finding["severity"], &["critical", "warning", "info"]);
        holds(&finding["subject"], SUBJECT);
        one_of(&finding["subject"]["kind"], &["account", "model", "endpoint", "pool", "quota", "error"]);
        holds(&finding["next"], NEXT);
        assert!(list(finding, "evidence").iter().chain(list(finding, "not_it")).all(Value::is_string));
        assert!(finding["next"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{finding}");
    }
    assert!(!list(document, "checks").is_empty());
    for check in list(document, "checks") {
        holds(check, CHECK);
        one_of(&check["status"], &["passed", "finding", "skipped", "unknown"]);
        let needs_reason = check["status"] == "skipped" || check["status"] == "unknown";
        assert!(!needs_reason || check["reason"].is_string(), "{check}");
    }
}

/// The document of a run that must come to an end with this code.
fn printed(output: &Output, exit: i32) -> Value {
    assert_eq!(code(output), exit, "{}{}", text(&output.stdout), text(&output.stderr));
    let document = document(output);
    holds_schema(&document);
    document
}

fn has(document: &Value, id: &str) -> bool {
    list(document, "findings").iter().any(|finding| finding["id"] == id)
}

#[test]
fn simulated_accounts_are_printed_in_every_format() {
    let home = Home::new();
    let json = printed(&doctor(&home, &["--scenario", "zero-quota", "--format", "json"]), 1);
    assert_eq!((&json["source"], &json["region"]), (&json!("simulated"), &json!("us-east-1")));
    assert!(has(&json, "region-zero"), "{json}");
    let printed = doctor(&home, &["--scenario", "zero-quota"]);
    let lines = text(&printed.stdout);
    assert_eq!(code(&printed), 1);
    assert!(lines.starts_with("111122223333  us-east-1  SIMULATED") || lines.contains("SIMULATED"), "{lines}");
    for part in ["\n!! ", "   Story    ", "   Evidence - ", "   Next     ", "\nChecks: "] {
        assert!(lines.contains(part), "{part:?}: {lines}");
    }
    for line in lines.lines().filter(|line| !line.contains("$ ") && !line.contains("https://")) {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let ticket = text(&doctor(&home, &["--scenario", "denied", "--format", "markdown"]).stdout);
    for part in [
        "# Amazon Bedrock doctor\n",
        "\n## Warning: ",
        "\n**Evidence**\n\n- ",
        "\n**Next:** ",
        "```sh\ntiertop iam-policy\n```",
        "| check | how it went | why |",
    ] {
        assert!(ticket.contains(part), "{part:?}: {ticket}");
    }
}

#[test]
fn a_quiet_account_is_no_finding_of_any_weight_and_denied_calls_are_one() {
    let home = Home::new();
    let quiet = doctor(&home, &["--scenario", "empty"]);
    assert_eq!(code(&quiet), 0, "{}", text(&quiet.stdout));
    let denied = text(&doctor(&home, &["--scenario", "denied"]).stdout);
    assert!(
        denied.contains("Permissions that would let them: ") && denied.contains("cloudwatch:GetMetricData"),
        "{denied}"
    );
    assert!(denied.contains("`tiertop iam-policy` prints the whole policy"), "{denied}");
}

#[test]
fn an_error_alone_needs_no_account() {
    let home = Home::new();
    let json = printed(&doctor(&home, &["--error", TOKENS, "--format", "json"]), 1);
    assert_eq!((&json["source"], &json["region"], &json["as_of"]), (&json!("file"), &Value::Null, &Value::Null));
    assert!(has(&json, "error"));
    let skipped = list(&json, "checks").iter().filter(|check| check["status"] == "passed").count();
    assert_eq!(skipped, 0, "nothing was looked at: {json}");
    // A text that nobody knows is a finding of no weight.
    printed(&doctor(&home, &["--error", "odd", "--format", "json"]), 0);
    // And from standard input, whatever it holds.
    let mut command = home.tiertop(&["doctor", "--error", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"\x1b[31mThrottlingException\x1b[0m: Too many tokens, please wait \xff before trying again.\x07")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stdout);
    assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
    let beside = printed(&doctor(&home, &["--error", TOKENS, "--scenario", "zero-quota", "--format", "json"]), 1);
    let error = list(&beside, "findings").iter().find(|finding| finding["id"] == "error").unwrap();
    assert_eq!(beside["source"], "simulated");
    assert!(error["story"].as_str().unwrap().contains("Most likely the applied quota is 0"), "{error}");
}

#[test]
fn every_file_alone_is_enough_to_begin_with_and_nothing_is_said_of_the_others() {
    let home = Home::new();
    Dumps::of("zero-quota").write(&home);
    let metrics =
        json!({"Metrics": [{"Namespace": "AWS/Bedrock", "MetricName": "OutputTokenCount", "Dimensions": []}]});
    home.write("s.json", &metrics.to_string());
    let quotas = printed(&doctor(&home, &["--quotas", "q.json", "--format", "json"]), 1);
    assert!(has(&quotas, "region-zero") && !has(&quotas, "error"), "{quotas}");
    assert_eq!((&quotas["source"], &quotas["account"].is_string()), (&json!("file"), &true));
    let own = list(&quotas, "checks").iter().find(|check| check["id"] == "own-calls").unwrap();
    assert_eq!(own["status"], "skipped", "files make no calls");
    for (flag, file) in
        [("--defaults", "d.json"), ("--models", "m.json"), ("--profiles", "p.json"), ("--metrics", "s.json")]
    {
        let output = doctor(&home, &[flag, file, "--format", "json"]);
        assert!([0, 3].contains(&code(&output)), "{flag}: {}", text(&output.stderr));
        let document = document(&output);
        holds_schema(&document);
        assert!(!has(&document, "region-zero"), "{flag}: {document}");
    }
    let all = [
        "--quotas",
        "q.json",
        "--defaults",
        "d.json",
        "--models",
        "m.json",
        "--profiles",
        "p.json",
        "--metrics",
        "s.json",
        "--error",
        TOKENS,
        "--format",
        "json",
    ];
    let all = printed(&doctor(&home, &all), 1);
    let critical = list(&all, "findings").iter().filter(|finding| finding["severity"] == "critical").count();
    assert_eq!(critical, 1, "{all}");
}

#[test]
fn a_healthy_account_s_files_are_no_trouble() {
    let home = Home::new();
    Dumps::healthy().write(&home);
    let files = [
        "--quotas",
        "q.json",
        "--defaults",
        "d.json",
        "--models",
        "m.json",
        "--profiles",
        "p.json",
        "--format",
        "json",
    ];
    printed(&doctor(&home, &files), 0);
}

#[test]
fn wrong_combinations_are_one_sentence() {
    let home = Home::new();
    Dumps::healthy().write(&home);
    let told = |arguments: &[&str], words: &[&str]| refused(&doctor(&home, arguments), words);
    told(&["--quotas", "q.json", "--scenario", "healthy"], &["--scenario", "--quotas"]);
    told(&["--models", "m.json", "--profile", "x"], &["--profile", "--models"]);
    told(&["--metrics", "m.json", "--endpoint-url", "http://x"], &["--endpoint-url", "--metrics"]);
    told(&["--quotas", "-", "--error", "-"], &["only one", "standard input"]);
    told(&["--metrics", "-", "--metrics", "-"], &["only one", "standard input"]);
    told(&["--quotas", "q.json", "--look-in", "eu-west-1"], &["--look-in", "files"]);
    told(&["--scenario", "healthy", "--look-in", "EU west"], &["EU west", "eu-west-1"]);
    told(&["--scenario", "healthy", "--look-in", "a,b,c,d,e,f"], &["6 Regions", "5"]);
    told(&["--error", " "], &["--error is empty", "standard input"]);
    told(&["--model", "", "--scenario", "healthy"], &["--model is empty"]);
    told(&["--quotas", "q.json", "--region", "eu-west-1"], &["us-east-1", "eu-west-1", "--region"]);
    told(&["--quotas", "gone.json"], &["--quotas gone.json", "No such file"]);
}

#[test]
fn a_file_that_is_no_list_of_metrics_is_one_sentence() {
    let home = Home::new();
    Dumps::healthy().write(&home);
    let make = "aws cloudwatch list-metrics --namespace AWS/Bedrock";
    let bad = |content: &str, words: &[&str]| {
        home.write("bad.json", content);
        refused(&doctor(&home, &["--metrics", "bad.json"]), &[&["--metrics bad.json"], words].concat());
    };
    bad("", &["empty", make]);
    bad("Metrics:\n- Namespace: x\n", &["not JSON", "--output json"]);
    bad("{\"Metrics\": [}", &["line 1, column 14", "not JSON", make]);
    bad("{\"Metrics\": [{\"Namespace\": \"AWS/Bed", &["cut off", make]);
    bad(&Dumps::healthy().models, &["no list Metrics", "modelSummaries, as --models takes them"]);
    bad("[{\"Namespace\":\"AWS/EC2\",\"MetricName\":\"CPUUtilization\"}]", &["AWS/EC2", "none of Bedrock", make]);
    bad("[{\"MetricName\":\"Invocations\"}]", &["row 1", "no Namespace"]);
    bad("[{\"Namespace\":\"AWS/Bedrock\",\"MetricName\":[1]}]", &["row 1", "MetricName is a list"]);
    bad(
        "[{\"Namespace\":\"AWS/Bedrock\",\"MetricName\":\"Invocations\",\"Dimensions\":[{\"Name\":\"x\"}]}]",
        &["row 1", "Dimensions"],
    );
    bad("[7]", &["row 1", "a metric"]);
}

#[test]
fn names_in_files_cannot_write_to_the_terminal_or_into_a_ticket() {
    let home = Home::new();
    let evil = "On-demand model inference tokens per minute for \u{1b}]0;x\u{7} [click](https://evil) @team <b>";
    let rows: Vec<Value> = (0..40)
        .map(|number| row(&format!("L-{number:08X}"), &format!("{evil}{number}"), &json!({"Value": 0.0})))
        .collect();
    home.write("q.json", &Value::from(rows).to_string());
    for format in ["text", "markdown"] {
        let output = doctor(
            &home,
            &["--quotas", "q.json", "--format", format, "--error", "ThrottlingException: \u{1b}[2J @all <i> `x`"],
        );
        let said = text(&output.stdout);
        assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
        assert!(format == "text" || !said.contains("@all") && !said.contains("<i>"), "{said}");
    }
}
