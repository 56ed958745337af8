//! How long a model's answer can be at most: what a call reserves for it where it sets no `max_tokens`. A dated table; what no model card names is unknown.

use std::{collections::HashMap, sync::OnceLock};

use serde::Deserialize;

use super::ids::ModelId;

/// The table: assets/catalog/max-output.toml, which names its source and date.
#[derive(Debug, Clone)]
pub struct MaxOutput {
    /// The day the table was taken.
    pub as_of: String,
    tokens: HashMap<String, f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    as_of: String,
    row: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    thousands: u32,
    models: Vec<String>,
}

impl MaxOutput {
    /// The table that is built in.
    ///
    /// # Panics
    /// Never: a test parses the table.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the asset is part of the program; a test parses it")]
    pub fn built_in() -> &'static Self {
        static TABLE: OnceLock<MaxOutput> = OnceLock::new();
        TABLE.get_or_init(|| {
            let file: File = toml::from_str(include_str!("../../assets/catalog/max-output.toml"))
                .expect("assets/catalog/max-output.toml");
            let models = file.row.into_iter().flat_map(|row| {
                let tokens = f64::from(row.thousands) * 1000.0;
                row.models.into_iter().map(move |model| (model, tokens))
            });
            Self { as_of: file.as_of, tokens: models.collect() }
        })
    }

    /// Tokens of a base model's longest answer, as its card prints them: in thousands, of which each may be 1,024. None where no card says.
    #[must_use]
    pub fn tokens(&self, model: &ModelId) -> Option<f64> {
        self.tokens.get(model.as_str()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_exact_and_what_no_card_names_is_unknown() {
        let table = MaxOutput::built_in();
        for (id, expected) in [
            ("anthropic.claude-sonnet-4-5-20250929-v1:0", Some(64_000.0)),
            ("anthropic.claude-opus-4-8", Some(128_000.0)),
            ("amazon.nova-pro-v1:0", Some(5000.0)),
            ("anthropic.claude-sonnet-5", None),
            ("us.anthropic.claude-opus-4-8", None),
            ("amazon.titan-embed-text-v2:0", None),
        ] {
            assert_eq!(table.tokens(&id.into()), expected, "{id}");
        }
    }

    #[test]
    fn no_model_has_two_rows() {
        let text = include_str!("../../assets/catalog/max-output.toml");
        let listed = text.matches('"').count() / 2 - 1;
        // The comment quotes one figure.
        assert_eq!(listed - 1, MaxOutput::built_in().tokens.len());
    }
}
