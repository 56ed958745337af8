//! Labels against models: neighbours, spelling traps, the wrong rows of other tools, names of models that do not exist yet.

use super::*;

fn model(id: &str, name: &str, provider: &str) -> Model {
    Model {
        id: id.into(),
        arn: id.into(),
        name: name.into(),
        provider: provider.into(),
        lifecycle: None,
        dates: crate::domain::catalog::LifecycleDates::default(),
        inference_types: vec!["ON_DEMAND".into()],
    }
}

/// Ids, names and makers as the model list gives them; some names are missing, as they are in catalogs made of profiles alone.
const MODELS: [(&str, &str, &str); 62] = [
    ("ai21.jamba-1-5-mini-v1:0", "Jamba 1.5 Mini", "AI21 Labs"),
    ("amazon.nova-2-lite-v1:0", "Nova 2 Lite", "Amazon"),
    ("amazon.nova-2-lite-v1:0:256k", "Nova 2 Lite", "Amazon"),
    ("amazon.nova-2-multimodal-embeddings-v1:0", "Amazon Nova Multimodal Embeddings", "Amazon"),
    ("amazon.nova-2-sonic-v1:0", "Nova 2 Sonic", "Amazon"),
    ("amazon.nova-lite-v1:0", "Nova Lite", "Amazon"),
    ("amazon.nova-lite-v1:0:300k", "Nova Lite", "Amazon"),
    ("amazon.nova-reel-v1:0", "Nova Reel", "Amazon"),
    ("amazon.nova-reel-v1:1", "Nova Reel", "Amazon"),
    ("amazon.rerank-v1:0", "", ""),
    ("amazon.titan-embed-g1-text-02", "Titan Text Embeddings v2", "Amazon"),
    ("amazon.titan-embed-text-v1", "Titan Embeddings G1 - Text", "Amazon"),
    ("amazon.titan-embed-text-v1:2:8k", "Titan Embeddings G1 - Text", "Amazon"),
    ("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "Amazon"),
    ("amazon.titan-image-generator-v2:0", "Titan Image Generator G1 v2", "Amazon"),
    ("anthropic.claude-3-5-sonnet-20240620-v1:0", "Claude 3.5 Sonnet", "Anthropic"),
    ("anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet v2", "Anthropic"),
    ("anthropic.claude-3-5-haiku-20241022-v1:0", "Claude 3.5 Haiku", "Anthropic"),
    ("anthropic.claude-haiku-4-5", "Claude Haiku 4.5", "Anthropic"),
    ("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", "Anthropic"),
    ("anthropic.claude-opus-4-6-v1", "Claude Opus 4.6", "Anthropic"),
    ("anthropic.claude-opus-5", "", ""),
    ("anthropic.claude-opus-5-5", "", ""),
    ("anthropic.claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", "Anthropic"),
    ("anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", "Anthropic"),
    ("anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6", "Anthropic"),
    ("cohere.command-r-plus-v1:0", "Command R+", "Cohere"),
    ("cohere.command-r-v1:0", "Command R", "Cohere"),
    ("cohere.embed-english-v3", "Embed English", "Cohere"),
    ("cohere.embed-v4:0", "Embed v4", "Cohere"),
    ("deepseek.r1-v1:0", "DeepSeek-R1", "DeepSeek"),
    ("deepseek.v3-v1:0", "DeepSeek-V3.1", "DeepSeek"),
    ("deepseek.v3.1", "DeepSeek-V3.1", "DeepSeek"),
    ("deepseek.v3.2", "DeepSeek V3.2", "DeepSeek"),
    ("google.gemma-3-27b-it", "Gemma 3 27B PT", "Google"),
    ("luma.ray-v2:0", "", ""),
    ("meta.llama3-1-70b-instruct-v1:0", "Llama 3.1 70B Instruct", "Meta"),
    ("meta.llama3-1-8b-instruct-v1:0", "Llama 3.1 8B Instruct", "Meta"),
    ("meta.llama3-70b-instruct-v1:0", "Llama 3 70B Instruct", "Meta"),
    ("meta.llama4-scout-17b-instruct-v1:0", "Llama 4 Scout 17B Instruct", "Meta"),
    ("minimax.minimax-m2", "MiniMax M2", "MiniMax"),
    ("minimax.minimax-m2.1", "MiniMax M2.1", "MiniMax"),
    ("mistral.ministral-3-3b-instruct", "Ministral 3B", "Mistral AI"),
    ("mistral.ministral-3-8b-instruct", "Ministral 3 8B", "Mistral AI"),
    ("mistral.mistral-7b-instruct-v0:2", "Mistral 7B Instruct", "Mistral AI"),
    ("mistral.mistral-large-2402-v1:0", "Mistral Large (24.02)", "Mistral AI"),
    ("mistral.mistral-large-2407-v1:0", "", ""),
    ("mistral.mistral-large-3-675b-instruct", "Mistral Large 3", "Mistral AI"),
    ("mistral.mixtral-8x7b-instruct-v0:1", "Mixtral 8x7B Instruct", "Mistral AI"),
    ("moonshot.kimi-k2-thinking", "Kimi K2 Thinking", "Moonshot AI"),
    ("moonshotai.kimi-k2-thinking", "", ""),
    ("nvidia.nemotron-nano-12b-v2", "NVIDIA Nemotron Nano 12B v2 VL BF16", "NVIDIA"),
    ("nvidia.nemotron-nano-9b-v2", "NVIDIA Nemotron Nano 9B v2", "NVIDIA"),
    ("openai.gpt-oss-120b", "gpt-oss-120b", "OpenAI"),
    ("openai.gpt-oss-120b-1:0", "gpt-oss-120b", "OpenAI"),
    ("openai.gpt-oss-safeguard-120b", "GPT OSS Safeguard 120B", "OpenAI"),
    ("qwen.qwen3-235b-a22b-2507-v1:0", "Qwen3 235B A22B 2507", "Qwen"),
    ("qwen.qwen3-coder-30b-a3b-v1:0", "Qwen3-Coder-30B-A3B-Instruct", "Qwen"),
    ("qwen.qwen3-coder-480b-a35b-v1:0", "Qwen3 Coder 480B A35B Instruct", "Qwen"),
    ("qwen.qwen3-vl-235b-a22b", "Qwen3 VL 235B A22B", "Qwen"),
    ("writer.palmyra-x4-v1:0", "Palmyra X4", "Writer"),
    ("zai.glm-4.7", "GLM 4.7", "Z.AI"),
];

fn models() -> Vec<Model> {
    MODELS.iter().map(|(id, name, provider)| model(id, name, provider)).collect()
}

/// The models but for some ids.
fn without(ids: &[&str]) -> Vec<Model> {
    models().into_iter().filter(|model| !ids.contains(&model.id.as_str())).collect()
}

/// The base model that a label means beside other labels; the candidates joined by `|` where it is ambiguous, and nothing where it is unknown.
fn meant_beside(models: &[Model], labels: &[&str], label: &str) -> String {
    let matching = Matcher::new(models.iter(), labels.iter().copied().chain([label])).matching(label);
    assert!(!matching.why.is_empty(), "{label}");
    match &matching.matched {
        Match::One => {
            let base = matching.base_model.unwrap();
            assert!(matching.models.contains(&base), "{label}");
            base.to_string()
        }
        Match::Ambiguous { candidates } => {
            assert!(candidates.len() > 1 && matching.base_model.is_none(), "{label}");
            candidates.join("|")
        }
        Match::Unknown => {
            assert!(matching.models.is_empty() && matching.base_model.is_none(), "{label}");
            String::new()
        }
        Match::NotInference => panic!("{label}"),
    }
}

fn meant(models: &[Model], label: &str) -> String {
    meant_beside(models, &[], label)
}

fn why(models: &[Model], label: &str) -> String {
    Matcher::new(models.iter(), [label].into_iter()).matching(label).why
}

#[test]
fn neighbours_in_a_family_are_never_confused() {
    for (label, expected) in [
        ("Anthropic Claude Sonnet 4 V1", "anthropic.claude-sonnet-4-20250514-v1:0"),
        ("Anthropic Claude Sonnet 4.5 V1", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("Anthropic Claude Sonnet 4.6", "anthropic.claude-sonnet-4-6"),
        ("Anthropic Claude Opus 4.6 V1", "anthropic.claude-opus-4-6-v1"),
        ("Claude Opus 5", "anthropic.claude-opus-5"),
        ("Claude Opus 5.5", "anthropic.claude-opus-5-5"),
        ("Anthropic Claude 3.5 Haiku", "anthropic.claude-3-5-haiku-20241022-v1:0"),
        ("Anthropic Claude Haiku 4.5", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("Anthropic Claude 3.5 Sonnet", "anthropic.claude-3-5-sonnet-20240620-v1:0"),
        ("Anthropic Claude 3.5 Sonnet V1", "anthropic.claude-3-5-sonnet-20240620-v1:0"),
        ("Anthropic Claude 3.5 Sonnet V2", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("Amazon Nova Lite", "amazon.nova-lite-v1:0"),
        ("Amazon Nova 2 Lite", "amazon.nova-2-lite-v1:0"),
        ("Amazon Nova 2 Lite V1.0", "amazon.nova-2-lite-v1:0"),
        ("Amazon Nova 2 Sonic", "amazon.nova-2-sonic-v1:0"),
        ("OpenAI GPT OSS 120B", "openai.gpt-oss-120b-1:0"),
        ("GPT OSS Safeguard 120B", "openai.gpt-oss-safeguard-120b"),
        ("Qwen3 Coder 480B a35b V1", "qwen.qwen3-coder-480b-a35b-v1:0"),
        ("Qwen3 Coder 30B a3b V1", "qwen.qwen3-coder-30b-a3b-v1:0"),
        ("Qwen3 235B a22b 2507 V1", "qwen.qwen3-235b-a22b-2507-v1:0"),
        ("Qwen3 VL 235B A22B", "qwen.qwen3-vl-235b-a22b"),
        ("DeepSeek R1 V1", "deepseek.r1-v1:0"),
        ("DeepSeek V3 V1", "deepseek.v3-v1:0"),
        ("DeepSeek V3.1", "deepseek.v3-v1:0"),
        ("DeepSeek V3.2", "deepseek.v3.2"),
        ("Cohere Command R", "cohere.command-r-v1:0"),
        ("Cohere Command R Plus", "cohere.command-r-plus-v1:0"),
        ("Amazon Titan Text Embeddings", "amazon.titan-embed-text-v1"),
        ("Amazon Titan Embeddings G1 - Text", "amazon.titan-embed-text-v1"),
        ("Amazon Titan Text Embeddings V2", "amazon.titan-embed-text-v2:0"),
        ("Amazon Titan Image Generator G1 V2", "amazon.titan-image-generator-v2:0"),
        ("Meta Llama 3 70B Instruct", "meta.llama3-70b-instruct-v1:0"),
        ("Meta Llama 3.1 70B Instruct", "meta.llama3-1-70b-instruct-v1:0"),
        ("Meta Llama 3.1 8B Instruct", "meta.llama3-1-8b-instruct-v1:0"),
        ("NVIDIA Nemotron Nano 2", "nvidia.nemotron-nano-9b-v2"),
        ("NVIDIA Nemotron Nano 2 VL", "nvidia.nemotron-nano-12b-v2"),
        ("Mistral Large 2407", "mistral.mistral-large-2407-v1:0"),
        ("Mistral Large 3", "mistral.mistral-large-3-675b-instruct"),
        ("Minimax M2", "minimax.minimax-m2"),
        ("Minimax M2.1", "minimax.minimax-m2.1"),
        ("Amazon Nova Reel1.0", "amazon.nova-reel-v1:0"),
        ("Amazon Nova Reel1.1", "amazon.nova-reel-v1:1"),
    ] {
        assert_eq!(meant(&models(), label), expected, "{label}");
    }
}

#[test]
fn spelling_and_makers_names_do_not_count() {
    for (label, expected) in [
        ("AI21 Labs Jamba 1.5 Mini", "ai21.jamba-1-5-mini-v1:0"),
        ("Amazon Nova 2 Multimodal Embeddings V1", "amazon.nova-2-multimodal-embeddings-v1:0"),
        ("Amazon Rerank 1.0", "amazon.rerank-v1:0"),
        ("Cohere Embed English", "cohere.embed-english-v3"),
        ("Cohere Embed V4", "cohere.embed-v4:0"),
        ("Gemma 3 27B", "google.gemma-3-27b-it"),
        ("Kimi K2 Thinking", "moonshot.kimi-k2-thinking"),
        ("Moonshot AI Kimi K2 Thinking", "moonshot.kimi-k2-thinking"),
        ("Luma Ray V2", "luma.ray-v2:0"),
        ("Meta Llama 4 Scout V1", "meta.llama4-scout-17b-instruct-v1:0"),
        ("Ministral 3B 3.0", "mistral.ministral-3-3b-instruct"),
        ("Ministral 8B 3.0", "mistral.ministral-3-8b-instruct"),
        ("Mistral 7B Instruct", "mistral.mistral-7b-instruct-v0:2"),
        ("Mistral AI Mistral 7B Instruct", "mistral.mistral-7b-instruct-v0:2"),
        ("Mistral AI Mixtral 8X7BB Instruct", "mistral.mixtral-8x7b-instruct-v0:1"),
        ("Mistral Mixtral 8x7b Instruct", "mistral.mixtral-8x7b-instruct-v0:1"),
        ("Writer AI Palmyra X4 V1", "writer.palmyra-x4-v1:0"),
        ("Z.ai GLM-4.7", "zai.glm-4.7"),
    ] {
        assert_eq!(meant(&models(), label), expected, "{label}");
    }
}

/// Rows of public maps of quotas to models that were wrong, each with the models at hand that led there, and with the right model missing.
#[test]
fn the_wrong_rows_of_other_tools_do_not_happen() {
    for (label, missing) in [
        // Haiku 4.5's codes for 3.5 Haiku, Sonnet 4.6's for Sonnet 4, and the other way round.
        ("Anthropic Claude Haiku 4.5", &["anthropic.claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0"][..]),
        ("Anthropic Claude 3.5 Haiku", &["anthropic.claude-3-5-haiku-20241022-v1:0"]),
        ("Anthropic Claude Sonnet 4.6", &["anthropic.claude-sonnet-4-6"]),
        ("Anthropic Claude Sonnet 4 V1", &["anthropic.claude-sonnet-4-20250514-v1:0"]),
        ("Anthropic Claude 3.5 Sonnet", &["anthropic.claude-3-5-sonnet-20240620-v1:0"]),
        ("Anthropic Claude 3.5 Sonnet V2", &["anthropic.claude-3-5-sonnet-20241022-v2:0"]),
        // Nova Lite's for Nova 2 Lite.
        ("Amazon Nova Lite", &["amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0:300k"]),
        ("Amazon Nova 2 Lite", &["amazon.nova-2-lite-v1:0", "amazon.nova-2-lite-v1:0:256k"]),
        // Nova 2 Sonic's for the first Sonic.
        ("Amazon Nova Sonic", &[]),
        // The G1 embeddings with the quota of V2.
        ("Amazon Titan Text Embeddings", &["amazon.titan-embed-text-v1", "amazon.titan-embed-text-v1:2:8k"]),
        ("Amazon Titan Embeddings G1 - Text", &["amazon.titan-embed-text-v1", "amazon.titan-embed-text-v1:2:8k"]),
        ("Amazon Titan Image Generator G1", &[]),
        ("Amazon Titan Image Generator G2", &[]),
        // Command R's for Command R+.
        ("Cohere Command R", &["cohere.command-r-v1:0"]),
        ("Cohere Command R Plus", &["cohere.command-r-plus-v1:0"]),
        // The small coder's for the large one, VL's for the plain one, Large's for Large 2407.
        ("Qwen3 Coder 480B a35b V1", &["qwen.qwen3-coder-480b-a35b-v1:0"]),
        ("Qwen3 235B a22b 2507 V1", &["qwen.qwen3-235b-a22b-2507-v1:0"]),
        ("Qwen3 VL 235B A22B", &["qwen.qwen3-vl-235b-a22b"]),
        ("Mistral Large 2407", &["mistral.mistral-large-2407-v1:0"]),
        ("Mistral Large 3", &["mistral.mistral-large-3-675b-instruct"]),
        // Anything of a family by the words alone.
        ("Meta Llama 3.1 405B Instruct", &[]),
        ("Meta Llama 3.2 90B Instruct", &[]),
        ("Meta Llama 2 Chat 70B", &[]),
        ("Meta Maverick 4 Scout 17B Instruct", &[]),
        ("OpenAI GPT OSS 120B", &["openai.gpt-oss-120b", "openai.gpt-oss-120b-1:0"]),
        ("OpenAI GPT OSS 20B", &[]),
        ("GPT OSS Safeguard 120B", &["openai.gpt-oss-safeguard-120b"]),
        ("Z.ai GLM-4.7 Flash", &[]),
        ("NVIDIA Nemotron Nano 2", &["nvidia.nemotron-nano-9b-v2"]),
        ("DeepSeek V3 V1", &["deepseek.v3-v1:0", "deepseek.v3.1"]),
        ("DeepSeek V3", &[]),
        ("DeepSeek V3.2", &["deepseek.v3.2"]),
        ("Anthropic Claude Instant", &[]),
        ("Anthropic Claude V2", &[]),
        ("Amazon Nova Reel1.1", &["amazon.nova-reel-v1:1"]),
        ("Amazon", &[]),
        ("Mistral AI", &[]),
        ("Large", &[]),
        ("7B Instruct", &[]),
        ("V3.2", &[]),
        ("Meta Claude Sonnet 4", &[]),
        ("", &[]),
    ] {
        assert_eq!(meant(&without(missing), label), "", "{label} without {missing:?}");
    }
}

#[test]
fn a_plain_name_with_its_plain_model_gone_is_not_the_variant_s() {
    let flash = vec![model("zai.glm-4.7-flash", "GLM 4.7 Flash", "Z.AI")];
    assert_eq!(meant(&flash, "Z.ai GLM-4.7"), "");
    assert_eq!(meant(&flash, "Z.ai GLM-4.7 Flash"), "zai.glm-4.7-flash");
}

#[test]
fn names_of_models_to_come_match_by_the_same_rules() {
    let models = [
        model("anthropic.claude-opus-6-2-20270915-v1:0", "Claude Opus 6.2", "Anthropic"),
        model("anthropic.claude-opus-6-20270301-v1:0", "Claude Opus 6", "Anthropic"),
        model("amazon.nova-3-ultra-v1:0", "Nova 3 Ultra", "Amazon"),
        model("amazon.nova-ultra-v1:0", "Nova Ultra", "Amazon"),
        model("meta.llama5-scout-40b-instruct-v1:0", "Llama 5 Scout 40B Instruct", "Meta"),
        model("openai.gpt-7.1-sol", "", ""),
        model("openai.gpt-7-sol", "", ""),
        model("qwen.qwen4-coder-900b-a70b-v1:0", "Qwen4 Coder 900B A70B", "Qwen"),
        model("newmaker.thing-x7-v1:0", "Thing X7", "New Maker Labs"),
    ];
    for (label, expected) in [
        ("Anthropic Claude Opus 6.2", "anthropic.claude-opus-6-2-20270915-v1:0"),
        ("Anthropic Claude Opus 6 V1", "anthropic.claude-opus-6-20270301-v1:0"),
        ("Claude Opus 6.3", ""),
        ("Amazon Nova 3 Ultra", "amazon.nova-3-ultra-v1:0"),
        ("Amazon Nova Ultra", "amazon.nova-ultra-v1:0"),
        ("Amazon Nova 2 Ultra", ""),
        ("Meta Llama 5 Scout V1", "meta.llama5-scout-40b-instruct-v1:0"),
        ("Meta Llama 5 Scout 40B Instruct", "meta.llama5-scout-40b-instruct-v1:0"),
        ("Meta Llama 5 Scout 400B Instruct", ""),
        ("GPT-7.1 Sol", "openai.gpt-7.1-sol"),
        ("OpenAI GPT-7 Sol", "openai.gpt-7-sol"),
        ("GPT-7.2 Sol", ""),
        ("GPT Sol", ""),
        ("Qwen4 Coder 900B a70b V1", "qwen.qwen4-coder-900b-a70b-v1:0"),
        ("Qwen4 Coder 900B A7B", ""),
        ("Qwen5 Coder 900B A70B", ""),
        ("New Maker Thing X7", "newmaker.thing-x7-v1:0"),
        ("NewMaker Thing X8", ""),
    ] {
        assert_eq!(meant(&models, label), expected, "{label}");
    }
}

#[test]
fn ids_of_one_model_are_one_base_model() {
    let matcher = Matcher::new(models().iter(), std::iter::empty());
    for (label, expected) in [
        ("Claude Haiku 4.5", &["anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5"][..]),
        ("OpenAI GPT OSS 120B", &["openai.gpt-oss-120b-1:0", "openai.gpt-oss-120b"]),
        ("Amazon Nova Lite", &["amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0:300k"]),
        ("Amazon Titan Text Embeddings", &["amazon.titan-embed-text-v1", "amazon.titan-embed-text-v1:2:8k"]),
        ("DeepSeek V3.1", &["deepseek.v3-v1:0", "deepseek.v3.1"]),
        ("Kimi K2 Thinking", &["moonshot.kimi-k2-thinking", "moonshotai.kimi-k2-thinking"]),
    ] {
        let matching = matcher.matching(label);
        assert_eq!(matching.models.iter().map(ModelId::as_str).collect::<Vec<_>>(), expected, "{label}");
        assert_eq!(matching.base_model, matching.models.first().cloned(), "{label}");
    }
    let short = [model("a.foo-4-1", "Foo 4.1", "A"), model("a.foo-4-1-20260101-v1:0", "Foo 4.1", "A")];
    assert_eq!(meant(&short, "A Foo 4.1"), "a.foo-4-1-20260101-v1:0");
    let stamped = ["a.foo-3-20260101-v1:0", "a.foo-3-20260601-v1:0"];
    let mut models: Vec<Model> = stamped.iter().map(|id| model(id, "Foo 3", "A")).collect();
    assert_eq!(meant(&models, "A Foo 3"), stamped.join("|"), "two dates are two models");
    models.push(model("a.foo-3", "Foo 3", "A"));
    assert_eq!(meant(&models, "A Foo 3"), stamped[0], "the id without a date stands for both");
}

#[test]
fn what_is_left_out_is_free_where_one_model_remains() {
    let large =
        ["mistral.mistral-large-2402-v1:0", "mistral.mistral-large-2407-v1:0", "mistral.mistral-large-3-675b-instruct"];
    assert_eq!(meant(&models(), "Mistral Large"), large.join("|"));
    assert_eq!(meant(&models(), "Amazon Nova Reel"), "amazon.nova-reel-v1:0|amazon.nova-reel-v1:1");
    let small = [model("mistral.mistral-small-2402-v1:0", "Mistral Small (24.02)", "Mistral AI")];
    assert_eq!(meant(&small, "Mistral AI Mistral Small"), "mistral.mistral-small-2402-v1:0");
    let pegasus = [
        model("twelvelabs.pegasus-1-2-v1:0", "Pegasus v1.2", "TwelveLabs"),
        model("twelvelabs.pegasus-1-5-v1:0", "", ""),
    ];
    assert_eq!(meant(&pegasus[..1], "Twelve Labs Pegasus"), "twelvelabs.pegasus-1-2-v1:0");
    assert_eq!(meant(&pegasus, "Twelve Labs Pegasus"), "twelvelabs.pegasus-1-2-v1:0|twelvelabs.pegasus-1-5-v1:0");
    let marengo = [
        model("twelvelabs.marengo-embed-2-7-v1:0", "Marengo Embed v2.7", "TwelveLabs"),
        model("twelvelabs.marengo-embed-3-0-v1:0", "Marengo Embed 3.0", "TwelveLabs"),
    ];
    let both = "twelvelabs.marengo-embed-2-7-v1:0|twelvelabs.marengo-embed-3-0-v1:0";
    assert_eq!(meant(&marengo, "Twelve Labs Marengo"), both);
    assert_eq!(meant(&marengo[1..], "Twelve Labs Marengo"), "", "a word left out is never free");
}

#[test]
fn what_another_label_says_is_not_left_out_of_this_one() {
    let newer = without(&["mistral.mistral-large-2402-v1:0", "mistral.mistral-large-3-675b-instruct"]);
    assert_eq!(meant(&newer, "Mistral Large"), "mistral.mistral-large-2407-v1:0");
    assert_eq!(meant_beside(&newer, &["Mistral Large 2407"], "Mistral Large"), "");
    assert_eq!(meant_beside(&newer, &["Mistral Large"], "Mistral Large 2407"), "mistral.mistral-large-2407-v1:0");
}

#[test]
fn a_first_version_of_a_model_that_says_none_is_believed_where_nothing_speaks_against_it() {
    let models = [
        model("mistral.magistral-small-2509", "Magistral Small 2509", "Mistral AI"),
        model("nvidia.nemotron-super-3-120b", "NVIDIA Nemotron 3 Super 120B", "NVIDIA"),
    ];
    let super_120b = "NVIDIA Nemotron 3 Super 120B A12B";
    assert_eq!(meant(&models, "Magistral Small 1.2"), "mistral.magistral-small-2509");
    assert_eq!(meant(&models, "Magistral Small 2"), "", "only a first version");
    assert_eq!(meant_beside(&models, &["Magistral Small 1.1"], "Magistral Small 1.2"), "", "two labels claim it");
    assert_eq!(meant(&models, super_120b), "nvidia.nemotron-super-3-120b");
    assert_eq!(meant_beside(&models, &["Nemotron 3 Super 120B A13B"], super_120b), "");
    assert_eq!(meant(&models, "NVIDIA Nemotron 3 Super 130B A12B"), "");
    let matcher = Matcher::new(models.iter(), std::iter::empty());
    assert_eq!(
        matcher.matching("Magistral Small 1.2").matched,
        Match::Unknown,
        "without the labels nothing is known of others"
    );
    let two = [&models[..], &[model("mistral.magistral-small-2612", "Magistral Small 2612", "Mistral AI")]].concat();
    assert_eq!(meant(&two, "Magistral Small 1.2"), "", "two models might be it");
}

#[test]
fn every_answer_says_why() {
    let models = models();
    for (label, expected) in [
        ("Anthropic Claude Sonnet 4.5 V1", "the label says the same as Claude Sonnet 4.5"),
        ("DeepSeek V3 V1", "the label says the same as the id deepseek.v3-v1:0"),
        ("Meta Llama 4 Scout V1", "only Llama 4 Scout 17B Instruct fits; the label leaves out 17B and Instruct"),
        (
            "Mistral Large",
            "Mistral Large (24.02), mistral.mistral-large-2407-v1:0 and Mistral Large 3 all fit: the label does not say which",
        ),
        ("Nova Reel", "amazon.nova-reel-v1:0 and amazon.nova-reel-v1:1 both fit: the label does not say which"),
        (
            "Anthropic Claude Sonnet 4.7",
            "no listed model is called Anthropic Claude Sonnet 4.7; nearest, Claude Sonnet 4.6, is of version 4.6, not 4.7",
        ),
        (
            "Amazon Nova Sonic",
            "no listed model is called Amazon Nova Sonic; nearest, Nova 2 Sonic, is of version 2, which the label does not say",
        ),
        (
            "Meta Llama 3.1 405B Instruct",
            "no listed model is called Meta Llama 3.1 405B Instruct; nearest, Llama 3.1 8B Instruct, is of size 8B, not 405B",
        ),
        (
            "Nova 2 Lite Preview",
            "no listed model is called Nova 2 Lite Preview; nearest, Nova 2 Lite, does not say Preview",
        ),
        ("Grok 9", "no listed model has a name like Grok 9"),
    ] {
        let why = why(&models, label);
        // Of two sizes that are as far away, either may be named.
        assert_eq!(why.replace("70B", "8B"), expected.replace("70B", "8B"), "{label}");
    }
    assert_eq!(why(&[], "Claude Opus 5"), "no models are listed");
    for odd in ["Amazon Nova\u{7}Lite", "Amazon Nova\u{200b} Lite", "Amazon Nova Lite\u{1b}[1m", "Amazon\tNova Lite"] {
        assert_eq!((meant(&models, odd).as_str(), why(&models, odd).as_str()), ("", evidence::OF_ODD_CHARACTERS));
    }
    let long = "x".repeat(10_000);
    assert!(why(&models, &format!("Claude {long}")).len() < 300);
}

#[test]
fn a_pin_is_followed_and_what_it_contradicts_is_said() {
    let models = models();
    let matcher = Matcher::new(models.iter(), std::iter::empty());
    let pinned = |label: &str, id: &str| {
        let pinned = matcher.pinned(&id.into(), Some(label), &matcher.matching(label));
        assert_eq!(pinned.matched, Match::One);
        assert!(pinned.models.contains(&id.into()) && pinned.why.contains("pinned"));
        pinned
    };
    let sonnet_4 = "anthropic.claude-sonnet-4-20250514-v1:0";
    assert_eq!(pinned("Anthropic Claude Sonnet 4 V1", sonnet_4).pin_contradicts, None);
    let says = |label: &str, id: &str| pinned(label, id).pin_contradicts.unwrap();
    assert_eq!(
        says("Anthropic Claude Sonnet 4.5 V1", sonnet_4),
        "by its name it is another's: the label says the same as Claude Sonnet 4.5"
    );
    assert_eq!(pinned("Mistral Large", "mistral.mistral-large-2407-v1:0").pin_contradicts, None);
    assert!(says("Mistral Large", sonnet_4).contains("by its name it is another's"));
    assert_eq!(
        says("Anthropic Claude Sonnet 4.8", sonnet_4),
        format!("the name says Anthropic Claude Sonnet 4.8, and {sonnet_4} is of version 4, not 4.8")
    );
    assert_eq!(says("Grok 9", sonnet_4), format!("the name says Grok 9, and {sonnet_4} does not say Grok"));
    assert_eq!(says("Claude Opus 9", "anthropic.claude-opus-9"), "no listed model has the id anthropic.claude-opus-9");
    assert!(says("Claude Opus 9", "anthropic.claude-opus-8").contains("is of version 8, not 9"));
    let short = pinned("Claude Haiku 4.5", "anthropic.claude-haiku-4-5");
    assert_eq!(short.base_model, Some("anthropic.claude-haiku-4-5-20251001-v1:0".into()));
    assert_eq!((short.models.len(), short.pin_contradicts), (2, None));
    let batch = matcher.pinned(&sonnet_4.into(), None, &Matching::not_inference());
    assert_eq!(batch.pin_contradicts.as_deref(), Some("by its name it is of no model: not a quota of inference"));
    let nothing = Matcher::new(std::iter::empty(), std::iter::empty());
    let early = nothing.pinned(&"a.b".into(), Some("B"), &nothing.matching("B"));
    assert_eq!(early.pin_contradicts, None, "before the models are listed nothing is known to be missing");
}
