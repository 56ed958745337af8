//! The JSON of a dump: one page or several one after another, each an object with the list in it, or a bare list.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, error::Category};

use super::{APPLIED, Kind, MODELS, PROFILES, Row};

/// Names of members that a sentence tells.
const NAMES_AT_MOST: usize = 5;

/// Characters of a file that is no JSON that a sentence tells.
const BEGINNING: usize = 20;

/// The rows of all pages.
///
/// # Errors
/// It is no JSON, or JSON of something else: what, where, and the command that makes it.
pub(super) fn rows<'k>(text: &str, kind: &'k Kind) -> Result<Vec<Row<'k>>, String> {
    let begins = text.trim_start();
    if begins.is_empty() {
        return Err(format!("it is empty; it should hold the output of `{}`", kind.command));
    }
    if !begins.starts_with(['{', '[']) {
        let beginning: String = begins.chars().take(BEGINNING).collect();
        return Err(format!(
            "it is not JSON, it begins with {beginning:?}; it should hold the output of `{}`",
            kind.command
        ));
    }
    let first = pages(text, kind);
    let again = if first.is_err() { with_quoted_numbers(text) } else { None };
    let pages = again.map_or(first, |text| pages(&text, kind)).map_err(|error| sentence(&error, kind))?;
    if !pages.has_list {
        return Err(pages.of_something_else());
    }
    Ok(pages.rows)
}

fn pages<'k>(text: &str, kind: &'k Kind) -> Result<Pages<'k>, serde_json::Error> {
    let mut pages = Pages { kind, rows: Vec::new(), has_list: false, others: Vec::new() };
    let mut json = serde_json::Deserializer::from_str(text);
    loop {
        Page(&mut pages).deserialize(&mut json)?;
        if json.end().is_ok() {
            return Ok(pages);
        }
    }
}

fn sentence(error: &serde_json::Error, kind: &Kind) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = error.to_string();
    let what = said.strip_suffix(&place).unwrap_or(&said);
    let mend = format!("make it again with `{}`", kind.command);
    match error.classify() {
        Category::Eof => format!("line {}: the JSON ends in the middle, it is cut off; {mend}", error.line()),
        Category::Data => format!("line {}, column {}: {what}; {mend}", error.line(), error.column()),
        _ => format!("line {}, column {}: not JSON: {what}; {mend}", error.line(), error.column()),
    }
}

/// JSON has no word for what is not a number, but some programs write one all the same, and a number may be larger than any that can be read: as text it becomes a
/// row that says so. None where there is neither outside of text.
fn with_quoted_numbers(text: &str) -> Option<String> {
    let mut quoted = String::with_capacity(text.len() + 64);
    let (mut copied, mut at, mut in_text) = (0, 0, false);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'"' => in_text = !in_text,
            b'\\' if in_text => at += 1,
            b'N' | b'I' | b'-' | b'0'..=b'9' if !in_text => {
                let words = ["NaN", "Infinity", "-Infinity"];
                let word = words.into_iter().find(|word| bytes[at..].starts_with(word.as_bytes()));
                let digits = number_at(text, at);
                let is_too_large = digits.parse::<f64>().is_ok_and(f64::is_infinite);
                if let Some(word) = word.or_else(|| is_too_large.then_some(digits)) {
                    quoted.push_str(&text[copied..at]);
                    quoted.push('"');
                    quoted.push_str(word);
                    quoted.push('"');
                    at += word.len();
                    copied = at;
                    continue;
                }
                at += digits.len().saturating_sub(1);
            }
            _ => {}
        }
        at += 1;
    }
    quoted.push_str(&text[copied..]);
    (copied > 0).then_some(quoted)
}

/// The characters of a number that begin here.
fn number_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let ends = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')));
    &rest[..ends.unwrap_or(rest.len())]
}

struct Pages<'k> {
    kind: &'k Kind,
    rows: Vec<Row<'k>>,
    /// Whether any page had its list.
    has_list: bool,
    /// Other members of pages.
    others: Vec<String>,
}

impl Pages<'_> {
    /// The sentence about JSON that lacks the list.
    fn of_something_else(&self) -> String {
        let kind = self.kind;
        let known =
            [APPLIED, MODELS, PROFILES].into_iter().find(|other| self.others.iter().any(|name| name == other.list));
        let found = match known {
            Some(other) => format!("it holds {}, as {} takes them", other.list, other.flag),
            None if self.others.is_empty() => "it holds nothing".to_owned(),
            None => format!("it holds {}", self.others.join(", ")),
        };
        format!("it has no list {}, {found}; make it with `{}`", kind.list, kind.command)
    }
}

/// A page: an object that has the list in it, or the bare list.
struct Page<'p, 'k>(&'p mut Pages<'k>);

impl<'de> DeserializeSeed<'de> for Page<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Page<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of every {}", self.0.kind.item)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name == self.0.kind.list {
                map.next_value_seed(List(self.0))?;
                continue;
            }
            map.next_value::<IgnoredAny>()?;
            if self.0.others.len() < NAMES_AT_MOST {
                self.0.others.push(name.into_owned());
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        List(self.0).visit_seq(list)
    }
}

struct List<'p, 'k>(&'p mut Pages<'k>);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of every {}", self.0.kind.item)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.has_list = true;
        loop {
            let next = One { kind: self.0.kind, number: self.0.rows.len() + 1 };
            match list.next_element_seed(next)? {
                Some(row) => self.0.rows.push(row),
                None => return Ok(()),
            }
        }
    }
}

struct One<'k> {
    kind: &'k Kind,
    number: usize,
}

impl<'de, 'k> DeserializeSeed<'de> for One<'k> {
    type Value = Row<'k>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Row<'k>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, 'k> Visitor<'de> for One<'k> {
    type Value = Row<'k>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} in row {}", self.kind.item, self.number)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'k>, A::Error> {
        let fields = self.kind.fields;
        let mut values: Vec<Option<Value>> = vec![None; fields.len()];
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            let place = fields.iter().position(|field| *field == name).and_then(|at| values.get_mut(at));
            match place {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(Some(_)) => return Err(A::Error::custom(format_args!("row {} has {name} twice", self.number))),
                Some(empty) => *empty = Some(map.next_value()?),
            }
        }
        let values = values.into_iter().map(Option::unwrap_or_default).collect();
        Ok(Row { kind: self.kind, number: self.number, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Result<usize, String> {
        rows(text, &APPLIED).map(|rows| rows.len())
    }

    #[test]
    fn pages_come_in_any_form_that_the_cli_prints() {
        assert_eq!(count(r#"{"Quotas":[{"QuotaCode":"a"},{}],"NextToken":"x"}"#), Ok(2));
        assert_eq!(count("{\"Quotas\":[{}]}\n{\"Quotas\":[{},{}]}{\"Quotas\":[]}"), Ok(3));
        assert_eq!(count(r#" [{"QuotaCode":"a"}] [{}] "#), Ok(2));
        assert_eq!(count(r#"{"Quotas":[]}"#), Ok(0));
    }

    #[test]
    fn what_is_no_such_list_is_told_with_its_place() {
        let told = |text: &str, words: &[&str]| {
            let error = count(text).unwrap_err();
            for word in words {
                assert!(error.contains(word), "{error:?} lacks {word:?}");
            }
        };
        told("", &["empty", "aws service-quotas list-service-quotas --service-code bedrock"]);
        told("  \n ", &["empty"]);
        told("QUOTAS\tL-1", &["not JSON", r#""QUOTAS\tL-1""#, "--output json"]);
        told("{\"Quotas\":[\n{\"QuotaCode\":\"L-1\",", &["line 2", "cut off"]);
        told("{\"Quotas\":[\n{\"QuotaCode\" \"L-1\"}]}", &["line 2, column 14", "not JSON", "expected `:`"]);
        told(r#"{"Quotas":[]} xyz"#, &["line 1, column 15", "not JSON"]);
        told(r#"{"Metrics":[{}],"NextToken":"x"}"#, &["no list Quotas", "it holds Metrics, NextToken"]);
        told(r#"{"modelSummaries":[]}"#, &["no list Quotas", "as --models takes them"]);
        told("{}", &["no list Quotas", "nothing"]);
        told(r#"{"Quotas":{}}"#, &["column", "expected a list of every quota"]);
        told(r#"{"Quotas":[{},7]}"#, &["integer `7`", "a quota in row 2"]);
        told("[[]]", &["a quota in row 1"]);
        told(r#"[{"Value":1,"Value":2}]"#, &["row 1 has Value twice"]);
        told(&"[".repeat(1_000_000), &["row 1"]);
        told(&format!(r#"[{{"Value":{}"#, "[".repeat(1_000_000)), &["recursion limit"]);
    }

    #[test]
    fn depth_in_what_is_not_read_is_no_matter() {
        let deep = format!(r#"[{{"Other":{}{},"Value":1}}]"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(count(&deep), Ok(1));
    }

    #[test]
    fn words_for_what_is_no_number_become_text() {
        let quoted = |text: &str| with_quoted_numbers(text);
        assert_eq!(
            quoted(r#"{"a":NaN,"b":-Infinity,"c":[Infinity]}"#).as_deref(),
            Some(r#"{"a":"NaN","b":"-Infinity","c":["Infinity"]}"#)
        );
        assert_eq!(quoted(r#"{"a":"NaN \" NaN","b":-5}"#), None);
        assert_eq!(count(r#"[{"Value":NaN}]"#), Ok(1));
        let large = quoted(r#"{"a":1e400,"b":-1E+999,"c":12.5e3,"1e400":[1]}"#);
        assert_eq!(large.as_deref(), Some(r#"{"a":"1e400","b":"-1E+999","c":12.5e3,"1e400":[1]}"#));
        assert_eq!(count(r#"[{"Value":1e400}]"#), Ok(1));
    }
}
