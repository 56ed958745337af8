//! `tiertop quotas` from outside: schema, table, CSV, an account and its files give the same, bad files are one sentence, pins, exit codes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    dumps::{Dumps, offline, row},
    schema::{FAULT, Fields, holds, json as document, list, one_of},
    support::{Home, KEYS, Simulator, text},
};

const DOCUMENT: &Fields = &[
    ("schema", "s"),
    ("region", "s"),
    ("account", "s?"),
    ("source", "s"),
    ("as_of", "t?"),
    ("data_through", "t?"),
    ("checked_at", "t?"),
    ("quotas", "a"),
    ("notes", "a"),
    ("faults", "a"),
];
const QUOTA: &Fields = &[
    ("code", "s"),
    ("name", "s"),
    ("scope", "s"),
    ("metric", "s?"),
    ("model_label", "s?"),
    ("variant", "s?"),
    ("applied", "n?"),
    ("default", "n?"),
    ("in_force", "n?"),
    ("error", "s?"),
    ("default_error", "s?"),
    ("adjustable", "b"),
    ("match", "o"),
    ("pools", "a"),
    ("used_now", "n?"),
    ("peak", "n?"),
    ("peak_at", "t?"),
    ("headroom_percent", "n?"),
    ("peak_percent", "n?"),
    ("bound", "s?"),
    ("peak_bound", "s?"),
    ("basis", "s?"),
    ("day", "o?"),
    ("multiplier", "o?"),
    ("signs", "a"),
    ("open_request", "o?"),
    ("changed", "o?"),
];
const MATCH: &Fields = &[
    ("kind", "s"),
    ("base_model", "s?"),
    ("models", "a"),
    ("candidates", "a"),
    ("endpoints", "a"),
    ("why", "s"),
    ("pin_contradicts", "s?"),
];
const SCOPES: [&str; 11] = [
    "in-region",
    "geo",
    "global",
    "in-region+geo",
    "latency-optimized",
    "mantle",
    "custom-deployment",
    "provisioned",
    "profiles",
    "account",
    "other",
];
const METRICS: [&str; 9] =
    ["tpm", "rpm", "tpd", "input-tpm", "output-tpm", "concurrent", "concurrent-async", "model-units", "count"];

/// Holds the whole document to `tiertop.quotas/1`.
pub fn holds_schema(document: &Value) {
    holds(document, DOCUMENT);
    assert_eq!(document["schema"], "tiertop.quotas/1");
    one_of(&document["source"], &["live", "custom-endpoint", "simulated", "file"]);
    assert!(list(document, "notes").iter().all(Value::is_string));
    for fault in list(document, "faults") {
        holds(fault, FAULT);
    }
    for quota in list(document, "quotas") {
        holds(quota, QUOTA);
        one_of(&quota["scope"], &SCOPES);
        if !quota["metric"].is_null() {
            one_of(&quota["metric"], &METRICS);
        }
        let matched = &quota["match"];
        holds(matched, MATCH);
        one_of(&matched["kind"], &["one", "ambiguous", "unknown", "not-inference"]);
        assert_eq!(matched["kind"] == "one", matched["base_model"].is_string(), "{quota}");
        for ids in ["models", "candidates", "endpoints"] {
            assert!(list(matched, ids).iter().all(Value::is_string));
        }
        for (value, bound) in [("used_now", "bound"), ("peak", "peak_bound")] {
            assert_eq!(quota[value].is_null(), quota[bound].is_null(), "{quota}");
            if !quota[bound].is_null() {
                one_of(&quota[bound], &["exact", "at-least", "at-most"]);
            }
        }
        if let Some(day) = quota["day"].as_object() {
            assert_eq!(
                day.keys().map(String::as_str).collect::<BTreeSet<_>>(),
                BTreeSet::from(["bound", "running", "today"])
            );
        }
        for sign in list(quota, "signs") {
            holds(sign, &[("kind", "s"), ("percent", "n?"), ("text", "s")]);
        }
    }
}

#[test]
fn the_document_is_of_its_schema_and_says_what_failed() {
    let home = Home::new();
    for (scenario, code) in [("throttled", 0), ("mantle", 0), ("zero-quota", 0), ("denied", 3)] {
        let output = home.run(&["quotas", "--scenario", scenario, "--format", "json"]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(code), String::new()), "{scenario}");
        let document = document(&output);
        holds_schema(&document);
        assert_eq!(document["source"], "simulated");
        assert_eq!(list(&document, "faults").is_empty(), code == 0, "{scenario}");
        let used = list(&document, "quotas").iter().filter(|quota| quota["peak"].as_f64() > Some(0.0)).count();
        assert!(used > 2 || scenario != "throttled", "{used} in use");
        assert_eq!(document["checked_at"].is_string(), scenario != "denied");
    }
    let table = home.run(&["quotas", "--scenario", "denied"]);
    assert_eq!(table.status.code(), Some(3));
    assert!(text(&table.stdout).contains("! service-quotas denied: needs servicequotas:List"), "{table:?}");
    let csv = home.run(&["quotas", "--scenario", "denied", "--format", "csv"]);
    assert_eq!((csv.status.code(), text(&csv.stdout).lines().count()), (Some(3), 1));
    assert!(text(&csv.stderr).contains("tiertop: service-quotas denied: needs servicequotas:List"), "{csv:?}");
}

/// The quotas of a document by code, without what only a poll knows.
fn limits(document: &Value) -> BTreeMap<String, Value> {
    let without_use = |quota: &Value| {
        let mut quota = quota.clone();
        for (field, _) in QUOTA.iter().skip_while(|(field, _)| *field != "pools") {
            quota.as_object_mut().unwrap().remove(*field);
        }
        quota
    };
    list(document, "quotas").iter().map(|quota| (quota["code"].to_string(), without_use(quota))).collect()
}

const FILES: [&str; 8] = ["--quotas", "q.json", "--defaults", "d.json", "--models", "m.json", "--profiles", "p.json"];

#[test]
fn files_give_what_the_account_gives_and_need_none() {
    let home = Home::new();
    Dumps::healthy().write(&home);
    let output = offline(&home, &[&FILES[..], &["--format", "json"]].concat());
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let from_files = document(&output);
    holds_schema(&from_files);
    let polled = document(&home.run(&["quotas", "--scenario", "healthy", "--format", "json"]));
    assert_eq!(
        (&from_files["source"], &from_files["as_of"], &from_files["data_through"]),
        (&json!("file"), &Value::Null, &Value::Null)
    );
    assert_eq!((&from_files["region"], &from_files["account"]), (&polled["region"], &polled["account"]));
    assert_eq!(limits(&from_files), limits(&polled));
    assert!(list(&from_files, "quotas").iter().any(|quota| !list(&quota["match"], "endpoints").is_empty()));
    assert!(
        list(&from_files, "quotas").iter().all(|quota| quota["peak"].is_null() && quota["headroom_percent"].is_null())
    );
    assert!(!home.path().join("cache").exists() && !home.path().join(".cache").exists());

    // The same over HTTP from an endpoint that the user names.
    let simulator = Simulator::start(&home, "healthy");
    let arguments = ["quotas", "--format", "json", "--region", "us-east-1", "--endpoint-url", &simulator.url];
    let over_http = home.tiertop(&arguments).envs(KEYS).output().unwrap();
    assert_eq!(over_http.status.code(), Some(0), "{}", text(&over_http.stderr));
    assert_eq!(document(&over_http)["source"], "custom-endpoint");
    assert_eq!(limits(&document(&over_http)), limits(&from_files));
}

#[test]
fn without_models_every_match_is_unknown_and_says_so() {
    let home = Home::new();
    Dumps::healthy().write(&home);
    let kinds = |arguments: &[&str]| {
        let output = offline(&home, &[arguments, &["--format", "json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let document = document(&output);
        let of = |quota: &Value| quota["match"]["kind"].as_str().unwrap().to_owned();
        (list(&document, "quotas").iter().map(of).collect::<BTreeSet<_>>(), document)
    };
    let (bare, quotas) = kinds(&FILES[..4]);
    assert_eq!(bare, BTreeSet::from(["not-inference".to_owned(), "unknown".to_owned()]));
    let unknown = list(&quotas, "quotas").iter().filter(|quota| quota["match"]["kind"] == "unknown");
    assert!(unknown.map(|quota| quota["match"]["why"].as_str().unwrap()).all(|why| why.contains("--models")));
    assert!(list(&quotas, "notes").iter().any(|note| note.as_str().unwrap().contains("--models")));
    // Applied values alone: what has a default only is not listed.
    let (_, applied_only) = kinds(&FILES[..2]);
    assert!(list(&applied_only, "quotas").iter().all(|quota| quota["default"].is_null()));
    assert!(list(&applied_only, "quotas").len() < list(&quotas, "quotas").len());
    // Profiles name models, too.
    let (with_profiles, named) = kinds(&["--quotas", "q.json", "--profiles", "p.json"]);
    assert!(with_profiles.contains("one"));
    assert!(list(&named, "notes")[0].as_str().unwrap().contains("the inference profiles name"));
}

fn as_default(mut row: Value, value: f64) -> Value {
    row["Value"] = value.into();
    row["QuotaArn"] = row["QuotaArn"].as_str().unwrap().replace("111122223333", "").into();
    row
}

#[test]
fn the_table_is_for_people() {
    let home = Home::new();
    Dumps::healthy().write(&home);
    let rows = [
        row(
            "L-00000001",
            "Cross-region model inference tokens per minute for Amazon Nova Pro",
            &json!({"Value": 200_000.0, "Adjustable": true}),
        ),
        row("L-00000002", "On-demand model inference requests per minute for Amazon Nova Pro", &json!({"Value": 0.0})),
        row(
            "L-00000003",
            "Global cross-region model inference tokens per minute for Acme Dream 7 1M Context Length",
            &json!({}),
        ),
        row(
            "L-00000004",
            "On-demand model inference tokens per minute for \u{1b}[31mEvil\u{7}\u{202e} Model",
            &json!({"Value": -5.0}),
        ),
        row("L-00000005", "(Guardrails) Guardrails per account", &json!({"Value": 100.0})),
        row("L-00000006", "Cross-Model Account-Level Tokens Per Day", &json!({"Value": 7e8})),
    ];
    home.write("rows.json", &Value::from(rows.to_vec()).to_string());
    let defaults = [as_default(rows[0].clone(), 2e6), as_default(rows[1].clone(), 250.0)];
    home.write("rows-d.json", &json!({"Quotas": defaults}).to_string());
    let files = ["--quotas", "rows.json", "--defaults", "rows-d.json", "--models", "m.json"];
    let table = text(&offline(&home, &files).stdout);
    let expected = "\
111122223333  us-east-1  from files, without use
MODEL                                      SCOPE     METRIC APPLIED   DEFAULT ADJ USE5m  PEAK  LEFT CODE
?[31mEvil? Model                         ? in-region tpm          —         — no      —     —     — L-00000004
Acme Dream 7, 1m-context                 ? global    tpm          5         — no      —     —     — L-00000003
Amazon Nova Pro                            in-region rpm          0 !     250 no      —     —     — L-00000002
Amazon Nova Pro                            geo       tpm       200k <    2.0M yes     —     —     — L-00000001
Cross-Model Account-Level Tokens Per Day   account   tpd       700M         — no      —     —     — L-00000006
! the quota is zero   < less than AWS's default   ? no model fits the name for certain: --format json says why
1 other quota, which inference does not draw on, is left out: --all shows it
— L-00000004: its value -5 is negative
";
    assert_eq!(table, expected);
    let all = text(&offline(&home, &[&files[..], &["--all"]].concat()).stdout);
    assert!(all.contains("Guardrails per account") && !all.contains("left out"), "{all}");
}

#[test]
fn tables_of_accounts_put_the_quotas_in_use_first_and_fit_a_terminal() {
    let home = Home::new();
    let table = text(&home.run(&["quotas", "--scenario", "throttled"]).stdout);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].contains("SIMULATED") && lines[0].contains("quotas read"), "{}", lines[0]);
    assert!(lines[2].contains("L-F4DDD3EB") && lines[2].contains('<') && lines[2].contains('≤'), "{}", lines[2]);
    assert!(lines.last().unwrap().contains("DEPENDENCY_SERVICE_ERROR"), "an ErrorReason is told");
    assert!(table.contains("quotas, which inference does not draw on, are left out"));
    for scenario in ["throttled", "huge", "zero-quota"] {
        let table = text(&home.run(&["quotas", "--scenario", scenario, "--all"]).stdout);
        let rows = table.lines().filter(|line| line.contains(" L-"));
        assert!(rows.clone().count() > 1000, "{scenario}");
        assert!(rows.map(tiertop::ui::text::width).all(|cells| cells <= 120), "{scenario}");
        assert!(
            !table.contains(|c: char| c.is_control() && c != '\n'),
            "{scenario}: a raw character reaches the terminal"
        );
    }
    let zero = text(&home.run(&["quotas", "--scenario", "zero-quota"]).stdout);
    assert!(zero.contains("! the quota is zero"));
}

#[test]
fn the_csv_holds_every_quota_and_no_formula() {
    let home = Home::new();
    let rows = [
        row("L-00000001", "=HYPERLINK(\"http://x\",\"y\")", &json!({"Value": 2_000_000.0})),
        row("L-00000002", "@cmd, \"quoted\"\r\n\u{1b}[2Jline", &json!({"Value": 0.5})),
        row("+1", "-1+2", &json!({"Value": -1.0})),
    ];
    home.write("rows.json", &Value::from(rows.to_vec()).to_string());
    let output = offline(&home, &["--quotas", "rows.json", "--format", "csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let records: Vec<BTreeMap<String, String>> = reader
        .records()
        .map(|record| names.iter().cloned().zip(record.unwrap().iter().map(str::to_owned)).collect())
        .collect();
    assert_eq!(records.len(), 3);
    assert_eq!((records[0]["code"].as_str(), records[0]["name"].as_str()), ("'+1", "'-1+2"));
    assert_eq!((records[0]["applied"].as_str(), records[0]["error"].as_str()), ("", "its value -1 is negative"));
    assert_eq!(
        (records[1]["name"].as_str(), records[1]["applied"].as_str()),
        ("'=HYPERLINK(\"http://x\",\"y\")", "2000000")
    );
    assert_eq!((records[2]["name"].as_str(), records[2]["applied"].as_str()), ("'@cmd, \"quoted\"  ?[2Jline", "0.5"));
    for cell in records.iter().flat_map(BTreeMap::values) {
        assert!(!cell.starts_with(['=', '+', '-', '@']) && !cell.contains(char::is_control), "{cell:?}");
    }
    let csv = text(&home.run(&["quotas", "--scenario", "healthy", "--format", "csv"]).stdout);
    let quotas = document(&home.run(&["quotas", "--scenario", "healthy", "--format", "json"]));
    assert_eq!(csv.lines().count(), list(&quotas, "quotas").len() + 1);
}
