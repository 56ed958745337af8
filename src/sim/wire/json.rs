//! JSON of the awsJson and REST-JSON protocols: values to text and back.

use std::fmt::Write as _;

use super::value::{Value, iso};

/// How a protocol writes times in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Seconds since 1970.
    Epoch,
    /// ISO 8601 text.
    Iso,
}

/// A value as JSON text.
#[must_use]
pub fn encode(value: &Value, times: Times) -> String {
    let mut out = String::new();
    write(&mut out, value, times);
    out
}

fn write(out: &mut String, value: &Value, times: Times) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => _ = write!(out, "{number}"),
        Value::Float(number) => out.push_str(&serde_json::Value::from(*number).to_string()),
        Value::Text(text) => quote(out, text),
        Value::Time(seconds) if times == Times::Epoch => _ = write!(out, "{seconds}.0"),
        Value::Time(seconds) => quote(out, &iso(*seconds)),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, item, times);
            }
            out.push(']');
        }
        Value::Struct(members) | Value::Map(members) => {
            out.push('{');
            let mut first = true;
            for (name, member) in members.iter().filter(|(_, member)| *member != Value::Null) {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                quote(out, name);
                out.push(':');
                write(out, member, times);
            }
            out.push('}');
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// The structure that JSON text holds; no text is an empty structure.
///
/// # Errors
/// What is wrong with the text.
pub fn decode(bytes: &[u8]) -> Result<Value, String> {
    if bytes.is_empty() {
        return Ok(Value::Struct(Vec::new()));
    }
    let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    match convert(json) {
        value @ Value::Struct(_) => Ok(value),
        _ => Err("the body is not an object".to_owned()),
    }
}

fn convert(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or_default()), Value::Int)
        }
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(convert).collect()),
        serde_json::Value::Object(members) => {
            Value::Struct(members.into_iter().map(|(name, member)| (name, convert(member))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads() {
        let value = Value::members([
            ("b", "x\"\n".into()),
            ("a", Value::Time(0)),
            ("gone", Value::Null),
            ("n", Value::List(vec![Value::Float(5.0), Value::Int(2)])),
        ]);
        assert_eq!(encode(&value, Times::Iso), r#"{"b":"x\"\n","a":"1970-01-01T00:00:00Z","n":[5.0,2]}"#);
        assert_eq!(encode(&value, Times::Epoch), r#"{"b":"x\"\n","a":0.0,"n":[5.0,2]}"#);
        assert_eq!(decode(br#"{"a":{"b":[1,2.5]}}"#).unwrap().get("a").unwrap().items("b").len(), 2);
        assert!(decode(b"[1]").is_err());
        assert!(decode(b"{").is_err());
    }
}
