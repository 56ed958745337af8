//! The AWS query protocol: form fields to values, values to XML.

use std::fmt::Write as _;

use super::value::{Value, iso};

/// Form fields (`a=1&b=2`), decoded.
#[must_use]
pub fn fields(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (unescape(&name.replace('+', " ")), unescape(&value.replace('+', " ")))
        })
        .collect()
}

/// Percent-decoded text; broken escapes stay as they are.
#[must_use]
pub fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let code = (bytes[index] == b'%').then(|| bytes.get(index + 1..index + 3)).flatten();
        if let Some(byte) =
            code.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            out.push(byte);
            index += 3;
        } else {
            out.push(bytes[index]);
            index += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Nests `A.member.1.B=x` fields into structures and lists; `Action` and `Version` stay out.
///
/// # Errors
/// Where a name has too many parts.
pub fn decode(fields: &[(String, String)]) -> Result<Value, String> {
    let mut root = Node::default();
    for (name, text) in fields.iter().filter(|(name, _)| name != "Action" && name != "Version") {
        let mut node = &mut root;
        let mut depth = 0;
        for part in name.split('.') {
            depth += 1;
            if depth > 16 {
                return Err(format!("the field {name:.80} is nested too deeply"));
            }
            node = node.child(part);
        }
        node.text = Some(text.clone());
    }
    Ok(root.value())
}

#[derive(Default)]
struct Node {
    text: Option<String>,
    children: Vec<(String, Node)>,
}

impl Node {
    fn child(&mut self, name: &str) -> &mut Node {
        let at = self.children.iter().rposition(|(key, _)| key == name).unwrap_or_else(|| {
            self.children.push((name.to_owned(), Node::default()));
            self.children.len() - 1
        });
        &mut self.children[at].1
    }

    fn value(self) -> Value {
        if let Some(text) = self.text {
            return Value::Text(text);
        }
        if self.children.len() == 1 && self.children[0].0 == "member" {
            let mut items: Vec<(u64, Value)> = Vec::new();
            for (_, member) in self.children {
                for (index, item) in member.children {
                    items.push((index.parse().unwrap_or(u64::MAX), item.value()));
                }
            }
            items.sort_by_key(|(index, _)| *index);
            return Value::List(items.into_iter().map(|(_, item)| item).collect());
        }
        Value::Struct(self.children.into_iter().map(|(name, node)| (name, node.value())).collect())
    }
}

/// A whole answer of the query protocol.
#[must_use]
pub fn answer(operation: &str, namespace: &str, result: &Value, request_id: &str) -> String {
    let mut out = format!("<{operation}Response xmlns=\"{namespace}\"><{operation}Result>");
    put(&mut out, result);
    _ = write!(
        out,
        "</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    );
    out
}

/// A whole error of the query protocol.
#[must_use]
pub fn error(namespace: &str, sender: bool, code: &str, message: &str, request_id: &str) -> String {
    let kind = if sender { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{kind}</Type><Code>{}</Code><Message>{}</Message></Error>\
         <RequestId>{request_id}</RequestId></ErrorResponse>",
        escape(code),
        escape(message)
    )
}

fn put(out: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) => _ = write!(out, "{number:?}"),
        Value::Text(text) => out.push_str(&escape(text)),
        Value::Time(seconds) => out.push_str(&iso(*seconds)),
        Value::List(items) => {
            for item in items {
                tag(out, "member", item);
            }
        }
        Value::Struct(members) => {
            for (name, member) in members.iter().filter(|(_, member)| *member != Value::Null) {
                tag(out, name, member);
            }
        }
        Value::Map(members) => {
            for (name, member) in members {
                _ = write!(out, "<entry><key>{}</key>", escape(name));
                tag(out, "value", member);
                out.push_str("</entry>");
            }
        }
    }
}

fn tag(out: &mut String, name: &str, value: &Value) {
    _ = write!(out, "<{name}>");
    put(out, value);
    _ = write!(out, "</{name}>");
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no other control characters.
            letter if letter.is_control() && !matches!(letter, '\t' | '\n' | '\r') => out.push('\u{FFFD}'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_fields() {
        let form =
            fields("Action=X&Dimensions.member.2.Name=B%3d&Dimensions.member.1.Name=A+a&Namespace=AWS%2FBedrock");
        let value = decode(&form).unwrap();
        assert_eq!(value.text("Namespace"), Some("AWS/Bedrock"));
        let names: Vec<_> = value.items("Dimensions").iter().map(|d| d.text("Name").unwrap()).collect();
        assert_eq!(names, ["A a", "B="]);
        assert!(value.get("Action").is_none());
        assert!(decode(&[("a.".repeat(40), String::new())]).is_err());
        assert_eq!(unescape("%zz%4"), "%zz%4");
    }

    #[test]
    fn xml_of_a_result() {
        let value = Value::members([
            ("Label", "a<b".into()),
            ("Items", Value::list(["x"])),
            ("P", Value::Map(vec![("p50".into(), 1.5.into())])),
        ]);
        let xml = answer("Op", "ns", &value, "id");
        assert!(xml.contains("<OpResult><Label>a&lt;b</Label><Items><member>x</member></Items>"), "{xml}");
        assert!(xml.contains("<entry><key>p50</key><value>1.5</value></entry>"), "{xml}");
    }
}
