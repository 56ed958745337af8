//! What the AWS CLI printed into files: read, made text, taken apart row by row, and turned into the domain's types. What cannot be is told in one sentence
//! that names file and place; nothing is guessed.

mod catalog;
mod metrics;
mod pages;
mod quotas;

use std::{
    fmt,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde_json::Value;

pub(super) use catalog::{models, profiles};
pub(super) use metrics::metrics;
pub(super) use quotas::{applied, defaults};

use crate::domain::ids::{AccountId, Region};

/// Files larger than this are not read: a hundred times the dump of an account with every quota in every Region.
const BYTES_AT_MOST: u64 = 512 * 1024 * 1024;

/// A kind of dump.
#[derive(Debug)]
pub(super) struct Kind {
    /// The flag that names the file.
    pub(super) flag: &'static str,
    /// The command that makes it.
    pub(super) command: &'static str,
    /// The member that holds its list.
    pub(super) list: &'static str,
    /// One of the list.
    pub(super) item: &'static str,
    /// Members of a row that are read; the others are passed over.
    pub(super) fields: &'static [&'static str],
}

/// The applied quotas.
pub(super) const APPLIED: Kind = Kind {
    flag: "--quotas",
    command: "aws service-quotas list-service-quotas --service-code bedrock --output json",
    list: "Quotas",
    item: "quota",
    fields: quotas::FIELDS,
};

/// The default quotas.
pub(super) const DEFAULTS: Kind = Kind {
    flag: "--defaults",
    command: "aws service-quotas list-aws-default-service-quotas --service-code bedrock --output json",
    ..APPLIED
};

/// The models.
pub(super) const MODELS: Kind = Kind {
    flag: "--models",
    command: "aws bedrock list-foundation-models --output json",
    list: "modelSummaries",
    item: "model",
    fields: catalog::MODEL_FIELDS,
};

/// The inference profiles.
pub(super) const PROFILES: Kind = Kind {
    flag: "--profiles",
    command: "aws bedrock list-inference-profiles --output json",
    list: "inferenceProfileSummaries",
    item: "inference profile",
    fields: catalog::PROFILE_FIELDS,
};

/// The series that exist.
pub(super) const METRICS: Kind = Kind {
    flag: "--metrics",
    command: "aws cloudwatch list-metrics --namespace AWS/Bedrock --output json",
    list: "Metrics",
    item: "metric",
    fields: metrics::FIELDS,
};

/// What a dump holds, and whose it is.
#[derive(Debug)]
pub(super) struct Dump<T> {
    /// Its rows.
    pub(super) items: Vec<T>,
    /// The Region and the account that its ARNs name.
    pub(super) whose: Whose,
}

/// What ARNs say of where they are from.
#[derive(Debug, Default)]
pub(super) struct Whose {
    /// The Region, and the first row that says so.
    pub(super) region: Option<(Region, usize)>,
    /// The account, and the first row that says so.
    pub(super) account: Option<(AccountId, usize)>,
    /// Whether there is an ARN at all.
    pub(super) any: bool,
}

impl Whose {
    /// Takes an ARN's word for it. Text that is no ARN says nothing.
    ///
    /// # Errors
    /// Another row says otherwise.
    fn hear(&mut self, arn: &str, row: usize) -> Result<(), String> {
        let mut parts = arn.split(':').skip(3);
        let (Some(region), Some(account), Some(_)) = (parts.next(), parts.next(), parts.next()) else { return Ok(()) };
        self.any = true;
        if !region.is_empty() {
            let (first, at) = self.region.get_or_insert_with(|| (Region::from(region), row));
            if first.as_str() != region {
                return Err(format!("row {at} is of {first}, row {row} of {region}: one Region at a time"));
            }
        }
        if !account.is_empty() {
            let (first, at) = self.account.get_or_insert_with(|| (AccountId::from(account), row));
            if first.as_str() != account {
                return Err(format!("row {at} is of account {first}, row {row} of {account}: one account at a time"));
            }
        }
        Ok(())
    }
}

/// Where a dump comes from.
#[derive(Debug, Clone)]
pub(super) struct Source {
    path: PathBuf,
}

impl Source {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Whether it is standard input.
    pub(super) fn is_stdin(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    /// Its bytes.
    ///
    /// # Errors
    /// It cannot be read, or never ends.
    pub(super) fn bytes(&self, kind: &Kind) -> Result<Vec<u8>, String> {
        let read = || -> io::Result<Vec<u8>> {
            let source: Box<dyn Read> =
                if self.is_stdin() { Box::new(io::stdin()) } else { Box::new(std::fs::File::open(&self.path)?) };
            let mut bytes = Vec::new();
            source.take(BYTES_AT_MOST + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > BYTES_AT_MOST {
                return Err(io::Error::other("it is larger than 512 MiB"));
            }
            Ok(bytes)
        };
        read().map_err(|error| {
            format!(
                "cannot read {} {self}: {error} (give a file that holds the output of `{}`)",
                kind.flag, kind.command
            )
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_stdin() { f.write_str("standard input") } else { write!(f, "{}", self.path.display()) }
    }
}

/// The text of a dump: UTF-8, or UTF-16 with its mark as `PowerShell` writes it.
///
/// # Errors
/// It is neither.
fn text(bytes: &[u8]) -> Result<String, String> {
    let utf16 = |unit: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map_err(|_| "it is not text: broken UTF-16".to_owned())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => utf16(u16::from_be_bytes, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => String::from_utf8(rest.to_vec()).map_err(|error| {
            let line = rest[..error.utf8_error().valid_up_to()].split(|byte| *byte == b'\n').count();
            format!("line {line}: it is not text in UTF-8")
        }),
    }
}

/// A row of a dump.
#[derive(Debug)]
struct Row<'a> {
    kind: &'a Kind,
    /// Counted from 1, over all pages.
    number: usize,
    /// In the order of [`Kind::fields`]; null where it has none.
    values: Vec<Value>,
}

impl Row<'_> {
    fn wrong(&self, what: impl fmt::Display) -> String {
        format!("row {}: {what}", self.number)
    }

    /// A member; null where it has none.
    fn get(&self, field: &str) -> &Value {
        let at = self.kind.fields.iter().position(|name| *name == field);
        at.and_then(|at| self.values.get(at)).unwrap_or(&Value::Null)
    }

    /// A member that is text, where it has one.
    fn text(&self, field: &str) -> Result<Option<&str>, String> {
        match self.get(field) {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => Err(self.wrong(format_args!("its {field} is {}, not text", kind_of(other)))),
        }
    }

    /// A member that it must have, and that is text.
    fn required(&self, field: &str) -> Result<&str, String> {
        let text = self.text(field)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| self.wrong(format_args!("this {} has no {field}", self.kind.item)))
    }
}

/// What a value is, as the sentences say it.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Reads a dump whole: every row is made an item.
fn dump<T>(
    bytes: &[u8],
    kind: &Kind,
    mut item: impl FnMut(&Row<'_>, &mut Whose) -> Result<T, String>,
) -> Result<Dump<T>, String> {
    let text = text(bytes)?;
    let rows = pages::rows(&text, kind)?;
    let mut whose = Whose::default();
    let items = rows.iter().map(|row| item(row, &mut whose)).collect::<Result<_, _>>()?;
    Ok(Dump { items, whose })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn every(bytes: &[u8]) {
        let _ = applied(bytes);
        let _ = defaults(bytes);
        let _ = models(bytes);
        let _ = profiles(bytes);
        let _ = metrics(bytes);
    }

    /// Pieces of dumps, in any order.
    fn piece() -> impl Strategy<Value = String> {
        let known = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"Quotas\"",
            "\"QuotaCode\"",
            "\"QuotaName\"",
            "\"Value\"",
            "\"L-F4DDD3EB\"",
            "NaN",
            "-Infinity",
            "1e400",
            "-5",
            "null",
            "\"modelSummaries\"",
            "\"modelId\"",
            "\"inferenceProfileSummaries\"",
            "\"models\"",
            "\"Metrics\"",
            "\"Namespace\"",
            "\"AWS/Bedrock\"",
            "\"MetricName\"",
            "\"Invocations\"",
            "\"Dimensions\"",
            "\"ModelId\"",
            "\"arn:aws:bedrock:us-east-1::x/y\"",
            "\"QuotaArn\"",
            "\"\\ud800\"",
            "\u{feff}",
            "\n",
            "true",
        ];
        prop_oneof![prop::sample::select(known.to_vec()).prop_map(str::to_owned), ".{0,4}"]
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_dump_or_a_sentence(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            every(&bytes);
            for mark in [&[0xff, 0xfe][..], &[0xfe, 0xff], &[0xef, 0xbb, 0xbf]] {
                every(&[mark, &bytes].concat());
            }
        }

        #[test]
        fn any_json_is_a_dump_or_a_sentence(pieces in prop::collection::vec(piece(), 0..40)) {
            every(pieces.concat().as_bytes());
        }

        #[test]
        fn a_value_is_a_quota_or_unknown_with_a_reason(value in any::<f64>()) {
            let value = if value.is_nan() { "NaN".to_owned() } else if value.is_infinite() { "Infinity".to_owned() } else { value.to_string() };
            let row = format!(r#"[{{"QuotaCode":"L-1","QuotaName":"x","Adjustable":true,"Value":{value}}}]"#);
            let quota = applied(row.as_bytes()).unwrap().items.remove(0);
            prop_assert!(quota.applied.is_some() != quota.error.is_some());
            prop_assert!(quota.applied.is_none_or(|value| (0.0..1e16).contains(&value)));
        }
    }

    #[test]
    fn text_is_what_a_shell_may_have_written() {
        let utf16 = |to: fn(u16) -> [u8; 2], mark: [u8; 2]| {
            let units = "é{".encode_utf16().flat_map(to);
            [&mark[..], &units.collect::<Vec<_>>()].concat()
        };
        for bytes in [
            "é{".as_bytes().to_vec(),
            ["\u{feff}".as_bytes(), "é{".as_bytes()].concat(),
            utf16(u16::to_le_bytes, [0xff, 0xfe]),
            utf16(u16::to_be_bytes, [0xfe, 0xff]),
        ] {
            assert_eq!(text(&bytes), Ok("é{".to_owned()));
        }
        assert_eq!(text(b"a\nb\n\xff"), Err("line 3: it is not text in UTF-8".to_owned()));
    }
}
