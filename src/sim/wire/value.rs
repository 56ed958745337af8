//! A protocol-neutral value: what an operation takes and gives, before CBOR, JSON or XML.

/// One value. A [`Value::Struct`]'s `Null` members are left out on the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: not sent.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A double.
    Float(f64),
    /// Text.
    Text(String),
    /// A point in time in Unix seconds.
    Time(i64),
    /// A list.
    List(Vec<Value>),
    /// Named members, in wire order.
    Struct(Vec<(String, Value)>),
    /// A map with free keys (XML writes it unlike a structure).
    Map(Vec<(String, Value)>),
}

impl Value {
    /// A structure of these members.
    #[must_use]
    pub fn members<const N: usize>(members: [(&str, Value); N]) -> Self {
        Self::Struct(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A list of whatever turns into values.
    pub fn list<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// The member of this name; None where it is missing or null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Struct(members) | Self::Map(members) => {
                members.iter().find(|(key, _)| key == name).map(|(_, value)| value).filter(|v| **v != Self::Null)
            }
            _ => None,
        }
    }

    /// The text, where it is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The text of a member.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Self::as_text)
    }

    /// The items of a member, none where it is missing or not a list.
    #[must_use]
    pub fn items(&self, name: &str) -> &[Value] {
        match self.get(name) {
            Some(Self::List(items)) => items,
            _ => &[],
        }
    }

    /// A member as a number; the query protocol's texts are read.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            #[expect(clippy::cast_precision_loss, reason = "a count on the wire is far below 2^53")]
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Text(text) => text.parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// A member as a whole number.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Self::Int(number) => Some(*number),
            #[expect(clippy::cast_possible_truncation, reason = "whole, and a cast saturates")]
            Self::Float(number) if number.fract() == 0.0 => Some(*number as i64),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A member as true or false.
    #[must_use]
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A member as a time in Unix seconds: a CBOR time, epoch seconds or ISO 8601 text.
    pub fn time(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Self::Time(time) | Self::Int(time) => Some(*time),
            #[expect(clippy::cast_possible_truncation, reason = "finite, and a cast saturates")]
            Self::Float(time) if time.is_finite() => Some(time.floor() as i64),
            Self::Text(text) => text
                .parse::<jiff::Timestamp>()
                .map(jiff::Timestamp::as_second)
                .ok()
                .or_else(|| text.parse().ok())
                .or_else(|| format!("{text}Z").parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).ok()),
            _ => None,
        }
    }

    /// Sets or replaces a member of a structure.
    pub fn set(&mut self, name: &str, value: Value) {
        if let Self::Struct(members) = self {
            members.retain(|(key, _)| key != name);
            members.push((name.to_owned(), value));
        }
    }
}

/// ISO 8601 text of Unix seconds, with a `Z`.
#[must_use]
pub fn iso(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| "1970-01-01T00:00:00Z".to_owned(), |t| t.to_string())
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
