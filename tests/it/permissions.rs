//! The IAM actions that are said to be needed are those of the calls that are made.

use std::{collections::BTreeSet, fs, path::Path};

use tiertop::domain::permissions::{DOCTOR, PROMPT, PROMPT_ON_MANTLE, READING, WITHOUT_PERMISSION};

use crate::{
    schema::{json, list},
    support::{Home, refused},
};

/// What stands before the action of a call in the sources.
const BEFORE: &str = "action: \"";

/// The actions of all calls in `src/aws`.
fn called() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws"), &mut found);
    found
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if !path.ends_with("tests.rs") && !path.ends_with("testing.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let calls = text.split(BEFORE).skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(calls.filter(|action| action.contains(':')).map(str::to_owned));
        }
    }
}

#[test]
fn the_list_is_what_is_called() {
    let asked: BTreeSet<String> =
        READING.iter().chain(&DOCTOR).chain(&WITHOUT_PERMISSION).map(|action| (*action).to_owned()).collect();
    let calls: BTreeSet<String> = PROMPT.iter().chain(&PROMPT_ON_MANTLE).map(|action| (*action).to_owned()).collect();
    let called = called();
    assert!(called.len() > 8, "{called:?}");
    let reads: BTreeSet<String> = called.difference(&calls).cloned().collect();
    assert_eq!(reads, asked, "domain::permissions names what src/aws calls, and nothing else");
}

#[test]
fn the_policy_is_one_that_iam_takes() {
    let home = Home::new();
    let plain = json(&home.run(&["iam-policy"]));
    assert_eq!(plain["Version"], "2012-10-17");
    let actions = |policy: &serde_json::Value| -> BTreeSet<String> {
        let statements = list(policy, "Statement").iter();
        statements
            .flat_map(|statement| list(statement, "Action").clone())
            .map(|action| action.as_str().unwrap().to_owned())
            .collect()
    };
    for statement in list(&plain, "Statement") {
        assert_eq!((&statement["Effect"], &statement["Resource"]), (&"Allow".into(), &serde_json::json!(["*"])));
        assert!(statement["Sid"].as_str().unwrap().chars().all(|c| c.is_ascii_alphanumeric()));
    }
    let reads: BTreeSet<String> = READING.iter().chain(&DOCTOR).map(|action| (*action).to_owned()).collect();
    assert_eq!(actions(&plain), reads, "it reads, and nothing else");
    let whole = json(&home.run(&["iam-policy", "--with-prompt"]));
    assert!(actions(&whole).contains("bedrock:InvokeModelWithResponseStream"));
    let calls = list(&whole, "Statement").iter().find(|statement| statement["Sid"] == "TiertopTestCalls").unwrap();
    assert!(
        list(calls, "Resource").iter().all(|arn| arn.as_str().unwrap().starts_with("arn:*:bedrock:")),
        "models and profiles alone"
    );
    refused(&home.run(&["--profile", "x", "iam-policy"]), &["--profile", "iam-policy"]);
}

#[test]
fn the_readme_names_every_action() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for action in READING.iter().chain(&DOCTOR) {
        assert!(readme.contains(action), "{action}");
    }
}
