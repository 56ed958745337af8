//! Which quotas are listed: words and terms that the user types.
//!
//! ```text
//! sonnet            a word: in the name, code, scope, metric, models or endpoints
//! scope:geo metric:tpm model:nova
//! applied>1m default<1k used>50 peak>=80 left<20
//! zero below-default adjustable in-use unmatched changed requested signs
//! -term or !term    not
//! ```

use crate::{
    app::filter::{
        Comparison,
        terms::{comparison, named, read_number, split_term},
    },
    domain::{
        ids::{EndpointId, ModelId},
        quota_rows::QuotaRow,
        snapshot::Bound,
    },
};

/// The terms, for the help.
pub const TERMS: &[(&str, &str)] = &[
    ("nova tpm", "words: in the name, code, scope, metric, models or endpoints"),
    (
        "scope:",
        "in-region geo global in-region+geo latency-optimized mantle custom-deployment provisioned account other",
    ),
    ("metric:", "tpm rpm tpd input-tpm output-tpm concurrent model-units"),
    ("model:", "the model's id, or its name in the quota's"),
    ("applied>1m", "numbers: applied default used peak left (the last three in percent)"),
    ("zero", "flags: zero below-default adjustable in-use unmatched changed requested signs"),
];

/// A filter as it is understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// What must hold of a row, or must not.
    terms: Vec<(bool, What)>,
    /// The first term that is not understood, and what would be: it filters nothing.
    pub problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Word(String),
    Scope(String),
    Metric(String),
    Model(String),
    Number(Number, Comparison, f64),
    Flag(Flag),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Applied,
    Default,
    Used,
    Peak,
    Left,
}

const NUMBERS: [(&str, Number); 5] = [
    ("applied", Number::Applied),
    ("default", Number::Default),
    ("used", Number::Used),
    ("peak", Number::Peak),
    ("left", Number::Left),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    Zero,
    BelowDefault,
    Adjustable,
    InUse,
    Unmatched,
    Changed,
    Requested,
    Signs,
}

const FLAGS: [(&str, Flag); 8] = [
    ("zero", Flag::Zero),
    ("below-default", Flag::BelowDefault),
    ("adjustable", Flag::Adjustable),
    ("in-use", Flag::InUse),
    ("unmatched", Flag::Unmatched),
    ("changed", Flag::Changed),
    ("requested", Flag::Requested),
    ("signs", Flag::Signs),
];

/// Understands a filter. Upper and lower case are the same.
#[must_use]
pub fn parse(text: &str) -> Query {
    let mut query = Query::default();
    for word in text.to_lowercase().split_whitespace() {
        let (negated, word) = split_term(word);
        match term(word) {
            Ok(what) => query.terms.extend(what.map(|what| (negated, what))),
            Err(problem) => query.problem = query.problem.or(Some(problem)),
        }
    }
    query
}

fn term(word: &str) -> Result<Option<What>, String> {
    if word.is_empty() {
        return Ok(None);
    }
    if let Some((name, sign, number)) = comparison(word) {
        let key = named(&NUMBERS, name).ok_or_else(|| format!("{word}: numbers are applied default used peak left"))?;
        let number = read_number(number).ok_or_else(|| format!("{word} needs a number, as in {name}>1m"))?;
        return Ok(Some(What::Number(key, sign, number)));
    }
    if let Some(flag) = named(&FLAGS, word) {
        return Ok(Some(What::Flag(flag)));
    }
    Ok(Some(match word.split_once(':') {
        Some(("scope" | "metric" | "model", "")) => return Ok(None),
        Some(("scope", value)) => What::Scope(value.to_owned()),
        Some(("metric", value)) => What::Metric(value.to_owned()),
        Some(("model", value)) => What::Model(value.to_owned()),
        // Part of an id: `v1:0`.
        _ => What::Word(word.to_owned()),
    }))
}

impl Query {
    /// Whether every term is known to hold of a quota.
    #[must_use]
    pub fn finds(&self, row: &QuotaRow) -> bool {
        let mut text = None;
        self.terms.iter().all(|(negated, what)| {
            let holds = match what {
                What::Word(word) => Some(text.get_or_insert_with(|| text_of(row)).contains(word.as_str())),
                what => what.holds(row),
            };
            holds.is_some_and(|holds| holds != *negated)
        })
    }

    /// Texts that it looks for in names, to be shown there.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|(negated, what)| match what {
            What::Word(word) | What::Model(word) if !negated => Some(word.as_str()),
            _ => None,
        })
    }
}

/// Everything that words are looked for in, in lower case.
fn text_of(row: &QuotaRow) -> String {
    let known = &row.known;
    let mut text = format!("{}\n{}\n{}\n", known.quota.name, known.quota.code, known.scope.name());
    text.push_str(known.metric.map_or("", crate::domain::quota_name::QuotaMetric::name));
    let ids = known.matching.models.iter().map(ModelId::as_str).chain(known.endpoints.iter().map(EndpointId::as_str));
    for id in ids {
        text.push('\n');
        text.push_str(id);
    }
    text.to_lowercase()
}

impl What {
    /// Whether it holds; None where that is not known.
    fn holds(&self, row: &QuotaRow) -> Option<bool> {
        let known = &row.known;
        Some(match self {
            Self::Word(word) => text_of(row).contains(word.as_str()),
            Self::Scope(name) => known.scope.name() == name,
            Self::Metric(name) => known.metric.is_some_and(|metric| metric.name() == name),
            Self::Model(name) => {
                let label = known.label.as_deref().unwrap_or("").to_lowercase();
                label.contains(name.as_str())
                    || known.matching.models.iter().any(|id| id.as_str().contains(name.as_str()))
            }
            Self::Number(key, sign, number) => sign.holds(number_of(row, *key)?, *number)?,
            Self::Flag(flag) => flag.holds(row),
        })
    }
}

fn number_of(row: &QuotaRow, key: Number) -> Option<(f64, Bound)> {
    let used = row.used_now().map_or(Bound::Exact, |(_, bound)| bound);
    match key {
        Number::Applied => Some((row.known.in_force?, Bound::Exact)),
        Number::Default => Some((row.known.quota.default?, Bound::Exact)),
        Number::Used => Some((row.used_percent()?, used)),
        Number::Left => Some((row.headroom_percent?, used.of_the_rest())),
        Number::Peak => Some((row.peak_percent?, row.peak().map_or(Bound::Exact, |(.., bound)| bound))),
    }
}

impl Flag {
    fn holds(self, row: &QuotaRow) -> bool {
        match self {
            Self::Zero => row.is_zero(),
            Self::BelowDefault => row.is_below_default(),
            Self::Adjustable => row.known.quota.adjustable,
            Self::InUse => row.is_in_use(),
            Self::Unmatched => row.is_unmatched(),
            Self::Changed => row.changed.is_some(),
            Self::Requested => row.open_request.is_some(),
            Self::Signs => !row.signs.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_says_what_would_be_and_filters_nothing() {
        for text in ["limit>5", "used>x", "scope:"] {
            assert!(parse(text).terms.is_empty(), "{text}");
        }
        assert_eq!(parse("limit>5").problem.as_deref(), Some("limit>5: numbers are applied default used peak left"));
        assert_eq!(parse("used>x y").problem.as_deref(), Some("used>x needs a number, as in used>1m"));
        let query = parse("Nova -zero applied>=1.5M v1:0");
        assert_eq!(query.words().collect::<Vec<_>>(), ["nova", "v1:0"]);
        assert_eq!(query.terms.len(), 4);
        assert_eq!(query.terms[1], (true, What::Flag(Flag::Zero)));
        assert_eq!(query.terms[2], (false, What::Number(Number::Applied, Comparison::AtLeast, 1.5e6)));
    }
}
