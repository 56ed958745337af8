//! Quota names and the models that they mean, of any text: decoded without a panic, and never taken for a neighbour's.

use proptest::prelude::*;
use tiertop::domain::{catalog::Model, matching::Matcher, quota_name::decode};

use crate::properties::config;

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn any_text_may_be_a_quota_s_name(name in any::<String>(), prefix in 0..4_usize, label in "\\PC*") {
        let subjects = [
            "",
            "Cross-region model inference tokens per minute for ",
            "Model invocation max tokens per day for ",
            "cross-model ",
        ];
        let _ = decode(&name);
        let made = format!("{}{label}", subjects[prefix]);
        if let Some(label) = decode(&made).label {
            prop_assert!(made.contains(label));
        }
        let matcher = Matcher::new(models().iter(), std::iter::empty());
        prop_assert!(matcher.models_of(&name).len() <= models().len());
    }

    #[test]
    fn a_label_of_another_version_means_no_model(which in 0..LABELS.len(), digit in any::<prop::sample::Index>(), other in 0..10_u32) {
        let (label, id) = LABELS[which];
        let models = models();
        let matcher = Matcher::new(models.iter(), std::iter::empty());
        prop_assert_eq!(matcher.models_of(label).iter().map(|id| id.as_str()).collect::<Vec<_>>(), [id]);
        let digits: Vec<usize> = label.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
        let at = digits[digit.index(digits.len())];
        let mut changed = label.to_owned();
        changed.replace_range(at..=at, &other.to_string());
        prop_assume!(changed != label);
        let meant: Vec<&str> = matcher.models_of(&changed).iter().map(|id| id.as_str()).collect();
        let known = LABELS.iter().find(|(label, _)| **label == *changed).map(|(_, id)| *id);
        prop_assert_eq!(meant, known.into_iter().collect::<Vec<_>>(), "{}", changed);
    }
}

/// Labels of quotas as AWS writes them, and the model that each means.
const LABELS: [(&str, &str); 7] = [
    ("Anthropic Claude Sonnet 4 V1", "anthropic.claude-sonnet-4-20250514-v1:0"),
    ("Anthropic Claude Sonnet 4.5 V1", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("Anthropic Claude 3.5 Sonnet V2", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ("Amazon Nova 2 Lite", "amazon.nova-2-lite-v1:0"),
    ("OpenAI GPT OSS 120B", "openai.gpt-oss-120b-1:0"),
    ("Qwen3 Coder 480B a35b V1", "qwen.qwen3-coder-480b-a35b-v1:0"),
    ("DeepSeek V3.2", "deepseek.v3.2"),
];

fn models() -> Vec<Model> {
    let names = ["Claude Sonnet 4", "Claude Sonnet 4.5", "Claude 3.5 Sonnet v2", "Nova 2 Lite", "gpt-oss-120b"];
    let names = names.into_iter().chain(["Qwen3 Coder 480B A35B Instruct", "DeepSeek V3.2"]);
    let providers = ["Anthropic", "Anthropic", "Anthropic", "Amazon", "OpenAI", "Qwen", "DeepSeek"];
    let model = |(((_, id), name), provider): (((&str, &str), &str), &str)| Model {
        id: id.into(),
        arn: id.into(),
        name: name.into(),
        provider: provider.into(),
        lifecycle: None,
        inference_types: vec![],
    };
    LABELS.into_iter().zip(names).zip(providers).map(model).collect()
}
