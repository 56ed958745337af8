//! How many quota tokens an output token costs. A dated table of exact families and versions; what no copy of AWS's page names is unknown.

use serde::Deserialize;

use super::ids::ModelId;

/// The table: assets/catalog/burndown.toml, which names its source and date.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burndown {
    /// The day the table was taken.
    pub as_of: String,
    row: Vec<Row>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    stems: Vec<String>,
    multiplier: Option<f64>,
}

impl Burndown {
    /// The table that is built in.
    ///
    /// # Panics
    /// Never: a test parses the table.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the asset is part of the program; a test parses it")]
    pub fn built_in() -> Self {
        toml::from_str(include_str!("../../assets/catalog/burndown.toml")).expect("assets/catalog/burndown.toml")
    }

    /// Quota tokens per output token on bedrock-runtime; None where unknown. The first row that names the model decides.
    #[must_use]
    pub fn multiplier(&self, model: &ModelId) -> Option<f64> {
        let stem = stem(model.as_str());
        let row = self.row.iter().find(|row| row.stems.iter().any(|pattern| fits(pattern, stem)))?;
        row.multiplier
    }
}

/// `claude-sonnet-4-5` of `anthropic.claude-sonnet-4-5-20250929-v1:0`.
fn stem(id: &str) -> &str {
    let id = id.split_once('.').map_or(id, |(_, rest)| rest);
    let mut stem = id.split(':').next().unwrap_or(id);
    while let Some((head, last)) = stem.rsplit_once('-') {
        let version = last
            .strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
        let date = last.len() == 8 && last.bytes().all(|b| b.is_ascii_digit());
        if !version && !date {
            break;
        }
        stem = head;
    }
    stem
}

fn fits(pattern: &str, stem: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == stem, |prefix| stem.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_and_versions_are_exact() {
        let table = Burndown::built_in();
        for (id, expected) in [
            ("anthropic.claude-opus-4-8", Some(15.0)),
            ("anthropic.claude-opus-5", Some(10.0)),
            ("anthropic.claude-opus-5-5", Some(10.0)),
            ("anthropic.claude-sonnet-5-5", None),
            ("anthropic.claude-fable-5", None),
            ("anthropic.claude-fable-5-1", Some(10.0)),
            ("anthropic.claude-sonnet-4-5-20250929-v1:0", Some(5.0)),
            ("anthropic.claude-3-5-sonnet-20241022-v2:0", Some(5.0)),
            ("anthropic.claude-opus-4-7", Some(5.0)),
            ("anthropic.claude-v2:1", Some(5.0)),
            ("openai.gpt-6-astra", Some(10.0)),
            ("openai.gpt-6-sol", None),
            ("openai.gpt-oss-120b-1:0", Some(1.0)),
            ("amazon.nova-2-lite-v1:0", Some(1.0)),
        ] {
            assert_eq!(table.multiplier(&id.into()), expected, "{id}");
        }
    }
}
