//! Documents on stdout held to their schemas.

use std::{collections::BTreeSet, process::Output};

use serde_json::Value;

/// The document on stdout.
pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Fields and their types: `s` text, `n` number, `i` whole number, `b` true or false, `t` time in UTC, `a` list, `o` object; `?` may be null.
pub type Fields = [(&'static str, &'static str)];

/// What failed.
pub const FAULT: &Fields = &[("source", "s"), ("kind", "s"), ("action", "s?"), ("message", "s"), ("next_step", "s")];
fn fits(value: &Value, kind: &str) -> bool {
    match kind.strip_suffix('?') {
        Some(kind) => value.is_null() || fits(value, kind),
        None => match kind {
            "s" => value.is_string(),
            "n" => value.is_number(),
            "i" => value.is_u64(),
            "b" => value.is_boolean(),
            "t" => value.as_str().is_some_and(|text| text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()),
            "a" => value.is_array(),
            "o" => value.is_object(),
            other => panic!("{other}"),
        },
    }
}

/// The object has these fields, of these types, and no others.
pub fn holds(value: &Value, fields: &Fields) {
    let object = value.as_object().unwrap_or_else(|| panic!("{value}"));
    let (has, wants): (BTreeSet<_>, BTreeSet<_>) =
        (object.keys().map(String::as_str).collect(), fields.iter().map(|(name, _)| *name).collect());
    assert_eq!(has, wants);
    for (name, kind) in fields {
        assert!(fits(&object[*name], kind), "{name}: {}", object[*name]);
    }
}

/// A member that is a list.
pub fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().unwrap()
}

/// The text is one of these.
pub fn one_of(value: &Value, names: &[&str]) {
    assert!(names.contains(&value.as_str().unwrap()), "{value} is none of {names:?}");
}
