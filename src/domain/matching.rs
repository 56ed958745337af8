//! Which base model a quota's label means. Certain or not at all: the label's words equal a model's words, or the answer is unknown.
//!
//! Words are what is left of a name after case, punctuation and the provider's own name are taken away. A version (`V1`, `V2`) that stands in the
//! label alone must be the version in the model's id, and a model whose id says `v2` or higher is meant only by a label that says so.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    catalog::Model,
    ids::{ModelId, QuotaCode},
};

/// How sure the match of a quota and a model is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Match {
    /// Just one.
    One,
    /// More than one fits; none is chosen.
    Ambiguous {
        /// What fits.
        candidates: Vec<String>,
    },
    /// None fits.
    Unknown,
    /// Its name means no single model: nothing of inference, or a quota of the whole account.
    NotInference,
}

/// What the user's configuration says of single quotas: the model that each is of.
pub type Pins = BTreeMap<QuotaCode, ModelId>;

/// Which model a quota's name means, and why that is believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    /// How sure it is.
    pub matched: Match,
    /// The ids of the base model, date-stamped and short ones together; of several base models where it is ambiguous; empty where none fits.
    pub models: Vec<ModelId>,
    /// The base model's id that others are variants of; None where there is not just one.
    pub base_model: Option<ModelId>,
    /// Why it was matched, rejected or left open: one sentence.
    pub why: String,
    /// What the configuration's pin contradicts; None where it contradicts nothing, or nothing is pinned.
    pub pin_contradicts: Option<String>,
}

impl Matching {
    fn without_model(matched: Match, why: &str) -> Self {
        Self { matched, models: Vec::new(), base_model: None, why: why.to_owned(), pin_contradicts: None }
    }

    /// Of a quota that inference does not draw on.
    #[must_use]
    pub fn not_inference() -> Self {
        Self::without_model(Match::NotInference, "not a quota of inference")
    }

    /// Of an inference quota that names no model.
    #[must_use]
    pub fn of_no_model() -> Self {
        Self::without_model(Match::NotInference, "its name means no single model")
    }

    /// Two quotas count the same for its model: neither is chosen.
    pub(super) fn rivalled_by(&mut self, codes: &[QuotaCode]) {
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        self.why = format!("{} count the same for this model", codes.join(" and "));
        self.matched = Match::Ambiguous { candidates: codes };
        self.base_model = None;
    }
}

/// The models of a Region with their words, ready for many labels.
#[derive(Debug)]
pub struct Matcher {
    models: Vec<ModelWords>,
}

#[derive(Debug)]
struct ModelWords {
    id: ModelId,
    provider: BTreeSet<String>,
    /// What is left of the model's name and of its id without the provider's words.
    names: Vec<BTreeSet<String>>,
    /// `v1` of an id that ends so.
    version: Option<String>,
}

impl Matcher {
    /// Takes the models apart.
    #[must_use]
    pub fn new<'a>(models: impl Iterator<Item = &'a Model>, _labels: impl Iterator<Item = &'a str>) -> Self {
        Self { models: models.map(ModelWords::new).collect() }
    }

    /// Which model a label means.
    #[must_use]
    pub fn matching(&self, label: &str) -> Matching {
        let models: Vec<ModelId> = self.models_of(label).into_iter().cloned().collect();
        let matched = match models.as_slice() {
            [] => Match::Unknown,
            [_] => Match::One,
            several => Match::Ambiguous { candidates: several.iter().map(ToString::to_string).collect() },
        };
        let base_model = if matched == Match::One { models.first().cloned() } else { None };
        Matching { matched, models, base_model, why: String::new(), pin_contradicts: None }
    }

    /// What the configuration says, beside what the name says.
    #[must_use]
    pub fn pinned(&self, model: &ModelId, by_name: &Matching) -> Matching {
        let contradicts = by_name.matched == Match::One && !by_name.models.contains(model);
        Matching {
            matched: Match::One,
            models: vec![model.clone()],
            base_model: Some(model.clone()),
            why: "pinned in the configuration file".to_owned(),
            pin_contradicts: contradicts.then(|| by_name.why.clone()),
        }
    }

    /// The models that a label means: none, one, or more than one.
    #[must_use]
    pub fn models_of(&self, label: &str) -> Vec<&ModelId> {
        let label = words(label);
        self.models.iter().filter(|model| model.is_meant_by(&label)).map(|model| &model.id).collect()
    }
}

impl ModelWords {
    fn new(model: &Model) -> Self {
        // The id's first part names the provider too, also where AWS leaves the provider's name out.
        let prefix = model.id.as_str().split_once('.').map(|(prefix, _)| words(prefix)).unwrap_or_default();
        let provider = &words(&model.provider) | &prefix;
        let names = [words(&model.name), words_of_id(model.id.as_str())]
            .into_iter()
            .map(|name| &name - &provider)
            .filter(|name| !name.is_empty())
            .collect();
        Self { id: model.id.clone(), provider, names, version: version_of(model.id.as_str()) }
    }

    fn is_meant_by(&self, label: &BTreeSet<String>) -> bool {
        let label = label - &self.provider;
        self.names.iter().any(|name| same(label.clone(), name.clone(), self.version.as_deref()))
    }
}

/// A name of nothing but a version (`DeepSeek V3` without its provider) must be said by the label itself.
fn same(mut label: BTreeSet<String>, mut name: BTreeSet<String>, id_version: Option<&str>) -> bool {
    let label_version = take_version(&mut label);
    let name_version = take_version(&mut name);
    if label != name {
        return false;
    }
    if name.is_empty() || name_version.is_some() {
        label_version.is_some() && label_version == name_version
    } else {
        label_version.as_deref().unwrap_or("v1") == id_version.unwrap_or("v1")
    }
}

/// Takes the one word of the form `v<digits>` out; leaves the set alone where there are several.
fn take_version(words: &mut BTreeSet<String>) -> Option<String> {
    let mut versions = words.iter().filter(|word| is_version(word));
    let version = match (versions.next(), versions.next()) {
        (Some(version), None) => version.clone(),
        _ => return None,
    };
    words.take(&version)
}

fn is_version(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// `v1` of `…-v1:0`.
fn version_of(id: &str) -> Option<String> {
    let stem = id.split(':').next()?;
    stem.rsplit('-').next().filter(|last| is_version(last)).map(str::to_owned)
}

/// Lower-case words; a dot stays only between digits.
fn words(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    text.split(|c: char| !(c.is_alphanumeric() || c == '.'))
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words of an id without provider, date and version; `4-5` is `4.5`.
fn words_of_id(id: &str) -> BTreeSet<String> {
    let stem = id.split(':').next().unwrap_or(id);
    let stem = stem.split_once('.').map_or(stem, |(_, rest)| rest);
    let mut words: Vec<String> = Vec::new();
    let mut after_number = false;
    for part in stem.split('-').filter(|part| !part.is_empty() && !is_version(part)) {
        let number = part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
        let date = part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit());
        match words.last_mut() {
            Some(last) if number && after_number => {
                last.push('.');
                last.push_str(part);
            }
            _ if !date => words.push(part.to_lowercase()),
            _ => {}
        }
        after_number = number;
    }
    words.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(id: &str, name: &str, provider: &str) -> Model {
        Model {
            id: id.into(),
            arn: "arn".into(),
            name: name.into(),
            provider: provider.into(),
            lifecycle: None,
            inference_types: vec![],
        }
    }

    fn models() -> Vec<Model> {
        vec![
            model("anthropic.claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", "Anthropic"),
            model("anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", "Anthropic"),
            model("anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6", "Anthropic"),
            model("anthropic.claude-3-5-sonnet-20240620-v1:0", "Claude 3.5 Sonnet", "Anthropic"),
            model("anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet v2", "Anthropic"),
            model("amazon.nova-lite-v1:0", "Nova Lite", "Amazon"),
            model("amazon.nova-2-lite-v1:0", "Nova 2 Lite", "Amazon"),
            model("openai.gpt-oss-120b-1:0", "gpt-oss-120b", "OpenAI"),
            model("openai.gpt-oss-safeguard-120b", "GPT OSS Safeguard 120B", "OpenAI"),
            model("qwen.qwen3-coder-480b-a35b-v1:0", "Qwen3 Coder 480B A35B Instruct", "Qwen"),
            model("qwen.qwen3-coder-30b-a3b-v1:0", "Qwen3-Coder-30B-A3B-Instruct", "Qwen"),
            model("deepseek.v3-v1:0", "DeepSeek-V3.1", "DeepSeek"),
            model("deepseek.v3.2", "DeepSeek V3.2", "DeepSeek"),
            model("anthropic.claude-fable-5-1", "", ""),
            model("amazon.titan-embed-text-v1", "Titan Embeddings G1 - Text", "Amazon"),
            model("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "Amazon"),
        ]
    }

    #[test]
    fn neighbours_in_a_family_are_never_confused() {
        let matcher = Matcher::new(models().iter(), std::iter::empty());
        for (label, expected) in [
            ("Anthropic Claude Sonnet 4 V1", Some("anthropic.claude-sonnet-4-20250514-v1:0")),
            ("Anthropic Claude Sonnet 4.5 V1", Some("anthropic.claude-sonnet-4-5-20250929-v1:0")),
            ("Anthropic Claude Sonnet 4.6", Some("anthropic.claude-sonnet-4-6")),
            ("Anthropic Claude Fable 5.1", Some("anthropic.claude-fable-5-1")),
            ("Anthropic Claude 3.5 Sonnet", Some("anthropic.claude-3-5-sonnet-20240620-v1:0")),
            ("Anthropic Claude 3.5 Sonnet V2", Some("anthropic.claude-3-5-sonnet-20241022-v2:0")),
            ("Amazon Nova Lite", Some("amazon.nova-lite-v1:0")),
            ("Amazon Nova 2 Lite", Some("amazon.nova-2-lite-v1:0")),
            ("OpenAI GPT OSS 120B", Some("openai.gpt-oss-120b-1:0")),
            ("GPT OSS Safeguard 120B", Some("openai.gpt-oss-safeguard-120b")),
            ("Qwen3 Coder 480B a35b V1", Some("qwen.qwen3-coder-480b-a35b-v1:0")),
            ("DeepSeek V3.2", Some("deepseek.v3.2")),
            ("Amazon Titan Text Embeddings V2", Some("amazon.titan-embed-text-v2:0")),
            ("Amazon Titan Text Embeddings", None),
            ("Anthropic Claude Sonnet", None),
            ("Anthropic", None),
            ("", None),
        ] {
            let found = matcher.models_of(label);
            assert_eq!(
                found.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
                expected.into_iter().collect::<Vec<_>>(),
                "{label}"
            );
        }
    }
}
