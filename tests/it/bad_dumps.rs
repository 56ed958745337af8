//! Files that `tiertop quotas` cannot take, or can take only in part: one sentence, or an unknown row; never a guess.

use std::{fmt::Write as _, fs, io::Write as _, process::Stdio};

use serde_json::{Value, json};

use crate::{
    dumps::{Dumps, offline, row},
    quotas::holds_schema,
    schema::{json as document, list},
    support::{Home, refused, text},
};

#[test]
fn a_file_that_is_no_dump_is_one_sentence_that_says_what_where_and_how() {
    let home = Home::new();
    Dumps::healthy().write(&home);
    let whole = Dumps::healthy().applied.as_str();
    let bad = |bytes: &[u8], words: &[&str]| {
        fs::write(home.path().join("bad.json"), bytes).unwrap();
        refused(&offline(&home, &["--quotas", "bad.json"]), &[&["--quotas bad.json"], words].concat());
    };
    let make = "aws service-quotas list-service-quotas --service-code bedrock";
    bad(b"", &["empty", make]);
    bad(b"Quotas:\n- QuotaCode: L-1\n", &["not JSON", "--output json"]);
    bad(b"{\"Quotas\": [}", &["line 1, column 13", "not JSON", make]);
    bad(&whole.as_bytes()[..whole.len() / 2], &["line ", "cut off", make]);
    bad(b"\x1f\x8b\x08\x00\xff\xff\xfe", &["line 1", "UTF-8"]);
    bad(
        br#"{"Metrics":[{"Namespace":"AWS/Bedrock","MetricName":"Invocations"}],"NextToken":"x"}"#,
        &["no list Quotas", "Metrics", make],
    );
    bad(Dumps::healthy().models.as_bytes(), &["modelSummaries, as --models takes them"]);
    bad(
        Value::from(vec![row("L-1", "x", &json!({"ServiceCode": "ec2"}))]).to_string().as_bytes(),
        &["row 1", "of ec2", make],
    );
    bad("[".repeat(1_000_000).as_bytes(), &["line 1", "row 1"]);
    bad(format!("[{{\"Value\":{}", "[".repeat(1_000_000)).as_bytes(), &["line 1", "recursion limit"]);
    bad(br#"[{"QuotaName":"x"}]"#, &["row 1", "no QuotaCode"]);
    bad(br#"[{"QuotaCode":"L-1","QuotaName":["x"]}]"#, &["row 1", "QuotaName is a list"]);
    bad(b"[7]", &["line 1", "row 1", "a quota"]);
}

#[test]
fn files_that_cannot_be_read_or_do_not_fit_are_told() {
    let home = Home::new();
    Dumps::healthy().write(&home);
    let told = |arguments: &[&str], words: &[&str]| refused(&offline(&home, arguments), words);
    told(&["--quotas", "gone.json"], &["--quotas gone.json", "No such file", "list-service-quotas"]);
    told(&["--quotas", ".aws"], &["--quotas .aws", "directory"]);
    told(&["--quotas", "q.json", "--models", "gone.json"], &["--models gone.json", "list-foundation-models"]);
    for flag in ["--defaults", "--models", "--profiles"] {
        told(&[flag, "d.json"], &[flag, "--quotas", "list-service-quotas"]);
    }
    told(&["--quotas", "-", "--defaults", "-"], &["only one", "standard input"]);
    told(&["--quotas", "d.json"], &["--quotas d.json", "no account", "--defaults"]);
    told(&["--quotas", "q.json", "--defaults", "q.json"], &["--defaults q.json", "an account", "--quotas"]);
    told(&["--quotas", "q.json", "--region", "eu-west-1"], &["us-east-1", "eu-west-1", "--region"]);
    told(&["--quotas", "q.json", "--region", "US east"], &["US east", "us-east-1"]);
    told(&["--quotas", "q.json", "--profile", "x"], &["--profile", "--quotas"]);
    told(&["--quotas", "q.json", "--scenario", "healthy"], &["--scenario", "--quotas"]);
    told(&["--quotas", "q.json", "--endpoint-url", "http://x"], &["--endpoint-url"]);
    home.write("m-west.json", &Dumps::healthy().models.replace("us-east-1", "us-west-2"));
    told(
        &["--quotas", "q.json", "--models", "m-west.json"],
        &["--models m-west.json is of us-west-2", "--quotas q.json says us-east-1"],
    );
    let bare = json!([{"QuotaCode": "L-00000001", "QuotaName": "x", "Value": 1, "Adjustable": true}]);
    home.write("bare.json", &bare.to_string());
    told(&["--quotas", "bare.json"], &["no ARNs", "--region"]);
    let named = offline(&home, &["--quotas", "bare.json", "--region", "eu-west-1", "--format", "json"]);
    assert_eq!(document(&named)["region"], "eu-west-1");
    refused(&home.run(&["--theme", "dark", "quotas", "--quotas", "q.json"]), &["--theme", "dashboard"]);
}

/// The one quota in a document of a dump.
fn only(home: &Home, dump: &str) -> Value {
    home.write("one.json", dump);
    let output = offline(home, &["--quotas", "one.json", "--models", "m.json", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{dump}: {}", text(&output.stderr));
    let document = document(&output);
    holds_schema(&document);
    assert_eq!(list(&document, "quotas").len(), 1, "{dump}");
    document["quotas"][0].clone()
}

#[test]
fn what_can_be_no_quota_is_unknown_and_never_matched_by_guess() {
    let home = Home::new();
    Dumps::healthy().write(&home);
    let name = "Cross-region model inference tokens per minute for Amazon Nova Pro";
    let valued =
        |value: &str| row("L-1", name, &json!({})).to_string().replace("\"Value\":5.0", &format!("\"Value\":{value}"));
    for (value, reason) in [
        ("-5", "its value -5 is negative"),
        ("NaN", "its value \"NaN\" is not a number"),
        ("\"NaN\"", "its value \"NaN\" is not a number"),
        ("-Infinity", "its value \"-Infinity\" is not a number"),
        ("1e400", "its value \"1e400\" is not a number"),
        ("1e308", "its value 1e308 is too large for a quota"),
        ("\"5\"", "its value \"5\" is not a number"),
        ("null", "it has no value"),
        ("{\"a\":[1]}", "its value is an object, not a number"),
    ] {
        let quota = only(&home, &format!("{{\"Quotas\":[{}]}}", valued(value)));
        assert_eq!((&quota["applied"], &quota["in_force"]), (&Value::Null, &Value::Null), "{value}");
        assert_eq!(quota["error"], reason, "{value}");
        assert_eq!(quota["match"]["base_model"], "amazon.nova-pro-v1:0");
    }
    let same = row("L-1", name, &json!({}));
    assert_eq!(only(&home, &json!([same, same]).to_string())["applied"], 5);
    let contradicting = json!([same, row("L-1", name, &json!({"Value": 7.0}))]);
    let quota = only(&home, &contradicting.to_string());
    assert_eq!((&quota["applied"], &quota["error"]), (&Value::Null, &json!("it is listed as 5 and as 7")));
    let two_names = json!([same, row("L-1", &name.replace("Pro", "Lite"), &json!({}))]);
    assert_ne!(only(&home, &two_names.to_string())["match"]["kind"], "one", "two names are no name");
    for odd in [
        "Cross-region model inference bananas per fortnight for Amazon Nova Pro",
        "\u{1b}]0;x\u{7}",
        "Amazon Nova Pro",
        "for",
        "é\u{202e}",
    ] {
        let quota = only(&home, &Value::from(vec![row("L-1", odd, &json!({}))]).to_string());
        assert!(quota["match"]["kind"] != "one" && quota["match"]["models"] == json!([]), "{odd:?}: {quota}");
        assert_eq!(quota["name"], odd);
    }
}

#[test]
fn dumps_come_in_any_form_that_shells_write() {
    let home = Home::new();
    let rows = [row("L-1", "é", &json!({})), row("L-2", "x", &json!({}))];
    let pages = format!("{}\n{}", json!({"Quotas": [rows[0]], "NextToken": "t"}), json!({"Quotas": [rows[1]]}));
    let utf16: Vec<u8> = pages.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let forms: [Vec<u8>; 4] = [
        pages.clone().into_bytes(),
        Value::from(rows.to_vec()).to_string().into_bytes(),
        ["\u{feff}".as_bytes(), pages.replace('\n', "\r\n").as_bytes()].concat(),
        [&[0xff, 0xfe], utf16.as_slice()].concat(),
    ];
    for form in forms {
        fs::write(home.path().join("form.json"), &form).unwrap();
        let output = offline(&home, &["--quotas", "form.json", "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(
            (&document(&output)["quotas"][0]["name"], list(&document(&output), "quotas").len()),
            (&json!("é"), 2)
        );
        // And through a pipe.
        let mut command = home.tiertop(&["quotas", "--quotas", "-", "--format", "json"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&form).unwrap();
        let piped = child.wait_with_output().unwrap();
        assert_eq!((piped.status.code(), piped.stdout), (Some(0), output.stdout));
    }
}

#[test]
fn a_hundred_thousand_rows_are_as_good_as_one() {
    let home = Home::new();
    let mut dump = String::from("[");
    for number in 0..100_000 {
        let name = format!("On-demand model inference tokens per minute for Model {}", number % 500);
        let _ = write!(
            dump,
            "{}{}",
            if number == 0 { "" } else { "," },
            row(&format!("L-{number:08X}"), &name, &json!({"Value": number}))
        );
    }
    dump.push(']');
    home.write("many.json", &dump);
    let output = offline(&home, &["--quotas", "many.json", "--format", "csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).lines().count(), 100_001);
}
