//! CBOR of Smithy RPC v2: values to bytes and back.

use aws_smithy_cbor::decode::DeserializeError;
use aws_smithy_cbor::{Decoder, Encoder, data::Type};
use aws_smithy_types::DateTime;

use super::value::Value;

const MAX_DEPTH: u32 = 32;

/// A value as CBOR.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    write(&mut encoder, value);
    encoder.into_writer()
}

fn write(out: &mut Encoder, value: &Value) {
    match value {
        Value::Null => out.null(),
        Value::Bool(value) => out.boolean(*value),
        Value::Int(number) => out.long(*number),
        Value::Float(number) => out.double(*number),
        Value::Text(text) => out.str(text),
        Value::Time(seconds) => out.timestamp(&DateTime::from_secs(*seconds)),
        Value::List(items) => {
            out.array(items.len());
            for item in items {
                write(out, item);
            }
            out
        }
        Value::Struct(members) | Value::Map(members) => {
            out.begin_map();
            for (name, member) in members.iter().filter(|(_, member)| *member != Value::Null) {
                out.str(name);
                write(out, member);
            }
            out.end()
        }
    };
}

/// The value that CBOR bytes hold; no bytes are an empty structure.
///
/// # Errors
/// What is wrong with the bytes.
pub fn decode(bytes: &[u8]) -> Result<Value, String> {
    if bytes.is_empty() {
        return Ok(Value::Struct(Vec::new()));
    }
    let mut decoder = Decoder::new(bytes);
    let value = read(&mut decoder, MAX_DEPTH).map_err(|error| error.to_string())?;
    match value {
        Value::Struct(_) => Ok(value),
        _ => Err("the body is not a map".to_owned()),
    }
}

fn read(input: &mut Decoder<'_>, depth: u32) -> Result<Value, DeserializeError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(DeserializeError::custom("nested too deeply", input.position()));
    };
    Ok(match input.datatype()? {
        Type::Null | Type::Undefined => {
            input.skip()?;
            Value::Null
        }
        Type::Bool => Value::Bool(input.boolean()?),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
            Value::Int(input.long()?)
        }
        Type::F16 | Type::F32 | Type::F64 => Value::Float(input.double()?),
        Type::String | Type::StringIndef => Value::Text(input.string()?),
        Type::Tag => Value::Time(input.timestamp()?.secs()),
        Type::Array | Type::ArrayIndef => {
            let mut items = Vec::new();
            let mut left = input.list()?;
            while more(input, &mut left)? {
                items.push(read(input, depth)?);
            }
            Value::List(items)
        }
        Type::Map | Type::MapIndef => {
            let mut members = Vec::new();
            let mut left = input.map()?;
            while more(input, &mut left)? {
                let name = input.string()?;
                members.push((name, read(input, depth)?));
            }
            Value::Struct(members)
        }
        _ => return Err(DeserializeError::custom("unexpected kind of data", input.position())),
    })
}

/// Whether another item follows; an indefinite collection's end is consumed.
fn more(input: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, DeserializeError> {
    if let Some(count) = left {
        let any = *count > 0;
        *count = count.saturating_sub(1);
        return Ok(any);
    }
    if input.datatype()? == Type::Break {
        input.skip()?;
        return Ok(false);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let value = Value::members([
            ("Name", "x".into()),
            ("At", Value::Time(1_700_000_000)),
            ("List", Value::List(vec![Value::Int(-5), Value::Float(0.25), Value::Bool(true)])),
            ("Inner", Value::members([("A", Value::Null), ("B", "y".into())])),
        ]);
        let back = decode(&encode(&value)).unwrap();
        assert_eq!(back.text("Name"), Some("x"));
        assert_eq!(back.time("At"), Some(1_700_000_000));
        assert_eq!(back.items("List").len(), 3);
        assert_eq!(back.get("Inner"), Some(&Value::members([("B", "y".into())])));
    }

    #[test]
    fn broken_bytes_are_errors() {
        for bytes in [&b"\xbf\x61"[..], b"\xff", b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", b"\x01", &[0x81; 500]] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
