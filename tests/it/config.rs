//! The configuration file: what it says is followed, what it cannot say is one sentence, and the later layer holds.

use std::{ffi::OsString, fs, path::PathBuf, process::Output};

use serde_json::Value;
use tiertop::config::{self, Choice, Config, Flags, Origin, SECTIONS};

use crate::{
    support::{Home, refused, text},
    terminal::{SOON, Terminal},
};

const SAMPLE: &str = include_str!("../../assets/config.sample.toml");

fn no_variable(_: &str) -> Option<OsString> {
    None
}

fn parsed(text: &str) -> Result<Config, String> {
    config::parse(Some(PathBuf::from("c.toml")), text, &Flags::default(), &no_variable)
}

type Values = (Choice, bool, bool, bool, i64, bool, usize);

fn values(config: &Config) -> Values {
    let (dashboard, quota) = (&config.dashboard, &config.quota);
    (
        dashboard.theme.value,
        dashboard.ascii.value,
        dashboard.mouse.value,
        dashboard.redact.value,
        dashboard.window_minutes.value,
        quota.bell.value,
        quota.pins.len(),
    )
}

#[test]
fn the_sample_has_every_key_with_its_default() {
    let sample: toml::Table = SAMPLE.parse().unwrap();
    let sections: Vec<&str> = sample.keys().map(String::as_str).collect();
    assert_eq!(sections, SECTIONS.map(|(section, _)| section));
    for (section, keys) in SECTIONS {
        let table = sample[section].as_table().unwrap();
        assert_eq!(table.len(), keys.len(), "{section}");
        assert!(keys.iter().all(|key| table.contains_key(*key)), "{section}");
        let undocumented =
            keys.iter().find(|key| **key != "pins" && !SAMPLE.contains(&format!("TIERTOP_{}", key.to_uppercase())));
        assert_eq!(undocumented, None, "its variable stands beside it");
    }
    assert_eq!(values(&parsed(SAMPLE).unwrap()), values(&parsed("").unwrap()));
    // The pin that it shows can be used as it stands.
    let (before, pin) = SAMPLE.split_once("# \"L-").unwrap();
    assert_eq!(parsed(&format!("{before}\"L-{pin}")).unwrap().quota.pins.len(), 1);
}

#[test]
fn the_later_layer_holds_and_every_value_knows_who_said_it() {
    let file =
        "[dashboard]\ntheme = \"dark\"\nascii = true\nwindow = \"1h\"\n[quota.pins]\n\n\"L-F4DDD3EB\" = \"a.b\"\n";
    let variable = |name: &str| match name {
        "TIERTOP_ASCII" => Some(OsString::from("false")),
        "TIERTOP_WINDOW" => Some(OsString::from("30m")),
        "TIERTOP_BELL" => Some(OsString::from("1")),
        "TIERTOP_MOUSE" => Some(OsString::new()),
        _ => None,
    };
    let flags = Flags { window_minutes: Some(90), redact: Some(true), ..Flags::default() };
    let config = config::parse(None, file, &flags, &variable).unwrap();
    assert_eq!(values(&config), (Choice::Dark, false, true, true, 90, true, 1));
    let dashboard = &config.dashboard;
    assert_eq!(dashboard.theme.by, Origin::File(2));
    assert_eq!(dashboard.ascii.by, Origin::Variable("TIERTOP_ASCII".to_owned()));
    assert_eq!(dashboard.mouse.by, Origin::Default, "an empty variable says nothing");
    assert_eq!(
        (&dashboard.redact.by, &dashboard.window_minutes.by),
        (&Origin::Flag("--redact"), &Origin::Flag("--window"))
    );
    assert_eq!(config.quota.pins[&"L-F4DDD3EB".into()].by, Origin::File(7));
}

#[test]
fn what_cannot_be_is_told_with_its_line_and_what_may_be() {
    for (text, words) in [
        ("[dashboard\n", &["line 1", "not TOML"][..]),
        ("\n[dashboard]\ntheme \"dark\"", &["line 3", "not TOML"]),
        ("[dashboard]\nascii = true\nascii = false", &["line 3", "not TOML", "duplicate key"]),
        ("[dashbord]", &["line 1", "\"dashbord\"", "dashboard, quota"]),
        ("theme = \"dark\"", &["line 1", "\"theme\"", "dashboard, quota"]),
        ("[dashboard]\n\nthme = \"dark\"", &["line 3", "\"thme\"", "theme, ascii, mouse, redact, window"]),
        ("dashboard = 5", &["line 1", "dashboard is a number", "[dashboard]"]),
        ("[dashboard]\nascii = \"yes\"", &["line 2", "dashboard.ascii is text", "true or false"]),
        ("[dashboard]\ntheme = true", &["line 2", "dashboard.theme is a switch", "text in quotes"]),
        ("[dashboard]\ntheme = \"drak\"", &["line 2", "\"drak\"", "auto, dark, light, high-contrast, none"]),
        ("[dashboard]\nwindow = \"3\"", &["line 2", "dashboard.window", "3h or 90m"]),
        ("[dashboard]\nwindow = 3", &["line 2", "is a number"]),
        ("[quota]\npins = [\"L-F4DDD3EB\"]", &["line 2", "pins is a list", "[quota.pins]"]),
        ("[quota.pins]\nL-1 = \"a.b\"", &["line 2", "\"L-1\"", "L-F4DDD3EB"]),
        ("[quota.pins]\nL-F4DDD3EB = \"sonnet\"", &["line 2", "L-F4DDD3EB is \"sonnet\"", "list-foundation-models"]),
        ("[quota.pins]\nL-F4DDD3EB = 2020-01-01", &["line 2", "L-F4DDD3EB is a date", "text in quotes"]),
    ] {
        let error = parsed(text).unwrap_err();
        for word in [&["c.toml"][..], words].concat() {
            assert!(error.contains(word), "{text:?}: {error:?} lacks {word:?}");
        }
        assert!(!error.contains('\n'), "{error:?}");
    }
    let said = |name: &str| (name == "TIERTOP_ASCII").then(|| OsString::from("perhaps"));
    let error = config::parse(None, "", &Flags::default(), &said).unwrap_err();
    assert_eq!(error, "TIERTOP_ASCII=perhaps: it is true or false");
}

/// Runs the binary with a configuration.
fn run(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    home.tiertop(arguments).envs(variables.iter().copied()).output().unwrap()
}

const QUOTAS: [&str; 5] = ["quotas", "--scenario", "healthy", "--format", "json"];

#[test]
fn a_file_that_cannot_be_used_ends_the_program_before_it_begins() {
    let home = Home::new();
    let at = |name: &str| home.path().join(name).display().to_string();
    home.write("bad.toml", "[dashboard]\nthme = 1\n");
    fs::write(home.path().join("bytes.toml"), [b'#', 0xff, 0xfe]).unwrap();
    home.write("large.toml", &"#\n".repeat(600_000));
    for arguments in [&QUOTAS[..], &["snapshot", "--scenario", "empty"], &["demo"], &["--region", "us-east-1"]] {
        let file = at("bad.toml");
        refused(&run(&home, &[arguments, &["--config", &file]].concat(), &[]), &["bad.toml", "line 2", "thme"]);
    }
    refused(&run(&home, &QUOTAS, &[("TIERTOP_CONFIG", &at("bad.toml"))]), &["bad.toml", "line 2"]);
    for (file, word) in
        [("gone.toml", "No such file"), (".aws", "directory"), ("bytes.toml", "UTF-8"), ("large.toml", "1 MiB")]
    {
        let path = at(file);
        refused(&run(&home, &[&QUOTAS[..], &["--config", &path]].concat(), &[]), &[file, word, "--config"]);
        refused(&run(&home, &QUOTAS, &[("TIERTOP_CONFIG", &path)]), &[file, word, "TIERTOP_CONFIG"]);
    }
    fs::create_dir_all(home.path().join(".config/tiertop")).unwrap();
    home.write(".config/tiertop/config.toml", "x = 1");
    refused(&run(&home, &QUOTAS, &[]), &[".config/tiertop/config.toml", "line 1"]);
    fs::create_dir_all(home.path().join("xdg/tiertop")).unwrap();
    home.write("xdg/tiertop/config.toml", "y = 1");
    refused(&run(&home, &QUOTAS, &[("XDG_CONFIG_HOME", &at("xdg"))]), &["xdg/tiertop/config.toml", "\"y\""]);
    home.write("good.toml", "");
    let named = run(&home, &[&QUOTAS[..], &["--config", &at("good.toml")]].concat(), &[]);
    assert_eq!(named.status.code(), Some(0), "the file that is named is the only one: {}", text(&named.stderr));
    let empty = run(&home, &QUOTAS, &[("TIERTOP_CONFIG", ""), ("XDG_CONFIG_HOME", &at("nowhere"))]);
    assert_eq!(empty.status.code(), Some(0), "{}", text(&empty.stderr));
}

fn document(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn matched<'a>(document: &'a Value, code: &str) -> &'a Value {
    let quotas = document["quotas"].as_array().unwrap();
    &quotas.iter().find(|quota| quota["code"] == code).unwrap_or_else(|| panic!("{code}"))["match"]
}

#[test]
fn pins_are_followed_and_what_they_contradict_is_told() {
    let home = Home::new();
    let before = document(&run(&home, &QUOTAS, &[]));
    let (unmatched, certain) = ("L-00BD9E79", "L-F4DDD3EB");
    assert_eq!(matched(&before, unmatched)["kind"], "unknown", "a quota whose name fits no model");
    let own = matched(&before, certain)["base_model"].as_str().unwrap();
    home.write(
        "pins.toml",
        &format!(
            "[quota.pins]\n\"{unmatched}\" = \"amazon.nova-pro-v1:0\"\n\"{certain}\" = \"amazon.titan-embed-text-v2:0\"\n\"L-00000000\" = \"a.b\"\n"
        ),
    );
    let pins = home.path().join("pins.toml").display().to_string();
    let after = document(&run(&home, &[&QUOTAS[..], &["--config", &pins]].concat(), &[]));
    assert_eq!(matched(&after, unmatched)["kind"], "one");
    assert_eq!(matched(&after, unmatched)["base_model"], "amazon.nova-pro-v1:0");
    let contradicts = matched(&after, unmatched)["pin_contradicts"].as_str().unwrap();
    assert!(contradicts.contains("does not say Omni"), "{contradicts}");
    let pinned = matched(&after, certain);
    assert_eq!(
        (pinned["kind"].as_str(), pinned["base_model"].as_str()),
        (Some("one"), Some("amazon.titan-embed-text-v2:0"))
    );
    assert!(pinned["pin_contradicts"].is_string() && own != "amazon.titan-embed-text-v2:0");
    let notes: Vec<&str> = after["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(
        notes[0].contains("L-00000000") && notes[0].contains("pins.toml, line 4") && notes[0].contains("no such quota"),
        "{notes:?}"
    );
    for (code, line) in [(unmatched, "pins.toml, line 2"), (certain, "pins.toml, line 3")] {
        let told = |note: &&str| note.contains(code) && note.contains(line) && note.contains("contradicts");
        assert!(notes.iter().any(told), "{code}: {notes:?}");
    }
    let table = run(&home, &["quotas", "--scenario", "healthy", "--config", &pins], &[]);
    assert!(text(&table.stdout).contains("pins.toml, line 3"));
}

#[test]
fn the_dashboard_begins_as_the_file_says() {
    let home = Home::new();
    home.write("c.toml", "[dashboard]\nwindow = \"1h\"\nredact = true\nascii = true\n");
    let path = home.path().join("c.toml").display().to_string();
    let mut terminal = Terminal::start(120, 40, &["demo", "--config", &path]);
    terminal.until_text("data to");
    terminal.until_text("1h");
    let screen = terminal.screen().contents();
    assert!(screen.is_ascii() && !screen.contains("111122223333"), "{screen}");
    terminal.press("q");
    assert_eq!(terminal.end(SOON), 0);
}

#[test]
fn programs_read_the_same_window_whatever_the_dashboard_s_is() {
    let home = Home::new();
    home.write("c.toml", "[dashboard]\nwindow = \"1h\"\n");
    let path = home.path().join("c.toml").display().to_string();
    let snapshot = ["snapshot", "--scenario", "empty", "--format", "json", "--config", &path];
    assert_eq!(document(&run(&home, &snapshot, &[]))["window_minutes"], 180);
    assert_eq!(document(&run(&home, &[&snapshot[..], &["--window", "30m"]].concat(), &[]))["window_minutes"], 30);
    assert_eq!(document(&run(&home, &snapshot, &[("TIERTOP_WINDOW", "2h")]))["window_minutes"], 180);
}
