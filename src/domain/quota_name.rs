//! The grammar of Bedrock's quota names: whose calls, what is counted, which model, which variant of it.
//!
//! No API links a quota to a model, so the name is all there is. It is taken apart by patterns, never by likeness; which model a label means is [`super::matching`]'s.
//! Name patterns: Service Quotas, us-east-1, February to October 2026. Upper and lower case vary between models and do not count.

use serde::{Deserialize, Serialize};

/// Whose calls a quota limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuotaScope {
    /// Calls by model id.
    InRegion,
    /// Calls through a geographic profile.
    Geo,
    /// Calls through a global profile.
    Global,
    /// In-Region calls and calls through a geographic profile together; the value is doubled for the latter.
    #[serde(rename = "in-region+geo")]
    InRegionAndGeo,
    /// Latency-optimised calls.
    LatencyOptimized,
    /// The bedrock-mantle endpoint.
    Mantle,
    /// Custom model deployments.
    CustomDeployment,
    /// Provisioned Throughput.
    Provisioned,
    /// Inference profiles themselves: how many.
    Profiles,
    /// The whole account.
    Account,
    /// Nothing that inference draws on: batch, agents, guardrails, …
    Other,
}

impl QuotaScope {
    /// The name in exports and columns.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InRegion => "in-region",
            Self::Geo => "geo",
            Self::Global => "global",
            Self::InRegionAndGeo => "in-region+geo",
            Self::LatencyOptimized => "latency-optimized",
            Self::Mantle => "mantle",
            Self::CustomDeployment => "custom-deployment",
            Self::Provisioned => "provisioned",
            Self::Profiles => "profiles",
            Self::Account => "account",
            Self::Other => "other",
        }
    }

    /// Whether calls by model id or profile on the runtime endpoint, or on mantle, draw on it. The others' defaults may be 0.
    #[must_use]
    pub fn is_on_demand(self) -> bool {
        !matches!(self, Self::CustomDeployment | Self::Provisioned | Self::Profiles | Self::Other)
    }
}

/// What a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum QuotaMetric {
    /// Requests per minute.
    #[serde(rename = "rpm")]
    RequestsPerMinute,
    /// Quota tokens per minute.
    #[serde(rename = "tpm")]
    TokensPerMinute,
    /// Quota tokens per day.
    #[serde(rename = "tpd")]
    TokensPerDay,
    /// Mantle's input tokens per minute.
    #[serde(rename = "input-tpm")]
    InputTokensPerMinute,
    /// Mantle's output tokens per minute.
    #[serde(rename = "output-tpm")]
    OutputTokensPerMinute,
    /// Requests at one time.
    #[serde(rename = "concurrent")]
    ConcurrentRequests,
    /// Asynchronous requests at one time.
    #[serde(rename = "concurrent-async")]
    ConcurrentAsyncRequests,
    /// Model units of Provisioned Throughput.
    #[serde(rename = "model-units")]
    ModelUnits,
    /// How many of a thing there may be.
    #[serde(rename = "count")]
    Count,
}

impl QuotaMetric {
    /// The short name in exports and columns.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RequestsPerMinute => "rpm",
            Self::TokensPerMinute => "tpm",
            Self::TokensPerDay => "tpd",
            Self::InputTokensPerMinute => "input-tpm",
            Self::OutputTokensPerMinute => "output-tpm",
            Self::ConcurrentRequests => "concurrent",
            Self::ConcurrentAsyncRequests => "concurrent-async",
            Self::ModelUnits => "model-units",
            Self::Count => "count",
        }
    }
}

/// A quota's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaName<'a> {
    /// Whose calls.
    pub scope: QuotaScope,
    /// What is counted; None where it is nothing of inference.
    pub metric: Option<QuotaMetric>,
    /// The model as the name spells it; None where it names none.
    pub label: Option<&'a str>,
    /// Which variant of the model: `1M` or `24K` of context; None is the usual one. A quota of a variant stands beside the usual one, never in its place.
    pub context: Option<&'a str>,
}

impl QuotaName<'_> {
    /// Whether inference draws on it, or needs it.
    #[must_use]
    pub fn is_inference(&self) -> bool {
        self.scope != QuotaScope::Other
    }

    /// The variant as exports and columns name it: `1m-context`.
    #[must_use]
    pub fn variant(&self) -> Option<String> {
        self.context.map(|context| format!("{}-context", context.to_ascii_lowercase()))
    }
}

const CONTEXT_LENGTH: &str = " context length";
const DOUBLED: &str = " (doubled for cross-region calls)";

/// Takes a quota's name apart. Total: what fits no pattern is [`QuotaScope::Other`].
#[must_use]
pub fn decode(name: &str) -> QuotaName<'_> {
    use {QuotaMetric as M, QuotaScope as S};
    let whole = |scope, metric| QuotaName { scope, metric: Some(metric), label: None, context: None };
    if strip_ignoring_case(name, "cross-model ").is_some() && ends_ignoring_case(name, " tokens per day") {
        return whole(S::Account, M::TokensPerDay);
    }
    if name.eq_ignore_ascii_case("inference profiles per account")
        || name.eq_ignore_ascii_case("endpoints per inference profile")
    {
        return whole(S::Profiles, M::Count);
    }
    if strip_ignoring_case(name, "model units no-commitment provisioned throughputs across ").is_some() {
        return whole(S::Provisioned, M::ModelUnits);
    }
    on_demand(name).or_else(|| provisioned(name)).unwrap_or(QuotaName {
        scope: S::Other,
        metric: None,
        label: None,
        context: None,
    })
}

/// `<subject> for <label>`, where the subject says whose calls and what is counted.
fn on_demand(name: &str) -> Option<QuotaName<'_>> {
    use {QuotaMetric as M, QuotaScope as S};
    let (subject, label) = split_ignoring_case(name, " for ")?;
    let subject = subject.to_ascii_lowercase().replace(',', "");
    let (scope, counted) = [
        ("[bedrock-mantle endpoint] ", S::Mantle),
        ("(model customization) sum of on demand custom model deployment ", S::CustomDeployment),
        ("on-demand latency-optimized model inference ", S::LatencyOptimized),
        ("model invocation max latency-optimized ", S::LatencyOptimized),
        ("global cross-region model inference ", S::Global),
        ("cross-region model inference ", S::Geo),
        ("on-demand model inference ", S::InRegion),
        ("model invocation max ", S::InRegion),
        ("on-demand invokemodel ", S::InRegion),
    ]
    .into_iter()
    .find_map(|(prefix, scope)| subject.strip_prefix(prefix).map(|counted| (scope, counted)))?;
    let metric = match counted {
        "requests per minute" => M::RequestsPerMinute,
        "tokens per minute" => M::TokensPerMinute,
        "tokens per day" => M::TokensPerDay,
        "input tokens per minute" => M::InputTokensPerMinute,
        "output tokens per minute" => M::OutputTokensPerMinute,
        "concurrent requests" => M::ConcurrentRequests,
        "async concurrent requests" => M::ConcurrentAsyncRequests,
        _ => return None,
    };
    let (label, scope) = match strip_end_ignoring_case(label, DOUBLED) {
        Some(label) => (label, S::InRegionAndGeo),
        None => (label, scope),
    };
    let (label, context) = context_length(label);
    Some(QuotaName { scope, metric: Some(metric), label: Some(label.trim()), context })
}

/// Model units: the label may begin or end with the context's length.
fn provisioned(name: &str) -> Option<QuotaName<'_>> {
    let label = [
        "model units per provisioned model for ",
        // Service Quotas' own spelling.
        "model units, with commitment, for provisioned throughout created for ",
        "model units, with commitment, for provisioned throughput created for ",
        "no-commitment model units for provisioned throughput created for base model ",
    ]
    .into_iter()
    .find_map(|prefix| strip_ignoring_case(name, prefix))?
    .trim();
    let (label, context) = variant_before(label).unwrap_or_else(|| match label.rsplit_once(' ') {
        Some((label, last)) if is_context(last) => (label, Some(last)),
        _ => (label, None),
    });
    Some(QuotaName {
        scope: QuotaScope::Provisioned,
        metric: Some(QuotaMetric::ModelUnits),
        label: Some(label.trim()),
        context,
    })
}

/// `the 24k context length variant for <label>`.
fn variant_before(label: &str) -> Option<(&str, Option<&str>)> {
    let rest = strip_ignoring_case(label, "the ")?;
    let (context, rest) = rest.split_once(' ')?;
    let label = strip_ignoring_case(rest, "context length variant for ")?;
    is_context(context).then_some((label, Some(context)))
}

/// `<label> 1M Context Length`.
fn context_length(label: &str) -> (&str, Option<&str>) {
    let variant = strip_end_ignoring_case(label, CONTEXT_LENGTH).and_then(|label| label.rsplit_once(' '));
    match variant {
        Some((label, context)) if is_context(context) => (label, Some(context)),
        _ => (label, None),
    }
}

/// `1M`, `24k`: a number of thousands or millions of tokens.
fn is_context(word: &str) -> bool {
    word.strip_suffix(['k', 'K', 'm', 'M'])
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix)).map(|_| &text[prefix.len()..])
}

fn strip_end_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let start = text.len().checked_sub(suffix.len())?;
    text.get(start..).filter(|tail| tail.eq_ignore_ascii_case(suffix)).map(|_| &text[..start])
}

fn ends_ignoring_case(text: &str, suffix: &str) -> bool {
    strip_end_ignoring_case(text, suffix).is_some()
}

fn split_ignoring_case<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let at = text.to_ascii_lowercase().find(separator)?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parts<'a> = (QuotaScope, Option<QuotaMetric>, Option<&'a str>, Option<&'a str>);

    fn parts(name: &str) -> Parts<'_> {
        let name = decode(name);
        (name.scope, name.metric, name.label, name.context)
    }

    use {QuotaMetric as M, QuotaScope as S};

    type Pattern = (&'static str, QuotaScope, QuotaMetric, Option<&'static str>, Option<&'static str>);

    /// One name of each pattern, and what it says.
    const PATTERNS: [Pattern; 19] = [
        (
            "On-demand model inference requests per minute for Meta Llama 3 70B Instruct",
            S::InRegion,
            M::RequestsPerMinute,
            Some("Meta Llama 3 70B Instruct"),
            None,
        ),
        (
            "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1",
            S::Geo,
            M::TokensPerMinute,
            Some("Anthropic Claude Sonnet 4.5 V1"),
            None,
        ),
        (
            "Cross-Region model inference tokens per minute for Anthropic Claude 3.5 Haiku",
            S::Geo,
            M::TokensPerMinute,
            Some("Anthropic Claude 3.5 Haiku"),
            None,
        ),
        (
            "Global cross-region model inference tokens per day for Anthropic Claude Opus 4.6 V1 1M Context Length",
            S::Global,
            M::TokensPerDay,
            Some("Anthropic Claude Opus 4.6 V1"),
            Some("1M"),
        ),
        (
            "Model invocation max tokens per day for Gemma 3 4B (doubled for cross-region calls)",
            S::InRegionAndGeo,
            M::TokensPerDay,
            Some("Gemma 3 4B"),
            None,
        ),
        (
            "Model invocation max tokens per day for Anthropic Claude Opus 4.6 1M Context Length (doubled for cross-region calls)",
            S::InRegionAndGeo,
            M::TokensPerDay,
            Some("Anthropic Claude Opus 4.6"),
            Some("1M"),
        ),
        ("Cross-Model Max Tokens Per Day", S::Account, M::TokensPerDay, None, None),
        ("Cross-Model Account-Level Tokens Per Day", S::Account, M::TokensPerDay, None, None),
        (
            "On-Demand, latency-optimized model inference tokens per minute for Amazon Nova Pro V1",
            S::LatencyOptimized,
            M::TokensPerMinute,
            Some("Amazon Nova Pro V1"),
            None,
        ),
        (
            "On-demand latency-optimized model inference requests per minute for Meta Llama 3.1 70B Instruct",
            S::LatencyOptimized,
            M::RequestsPerMinute,
            Some("Meta Llama 3.1 70B Instruct"),
            None,
        ),
        (
            "[bedrock-mantle endpoint] Input tokens per minute for GPT-5.6 Luna",
            S::Mantle,
            M::InputTokensPerMinute,
            Some("GPT-5.6 Luna"),
            None,
        ),
        (
            "On-demand InvokeModel concurrent requests for Amazon Nova 2 Sonic",
            S::InRegion,
            M::ConcurrentRequests,
            Some("Amazon Nova 2 Sonic"),
            None,
        ),
        (
            "On-demand InvokeModel async concurrent requests for TwelveLabs Marengo Embed 3.0",
            S::InRegion,
            M::ConcurrentAsyncRequests,
            Some("TwelveLabs Marengo Embed 3.0"),
            None,
        ),
        (
            "(Model customization) Sum of on demand custom model deployment tokens per minute for Amazon Nova Lite",
            S::CustomDeployment,
            M::TokensPerMinute,
            Some("Amazon Nova Lite"),
            None,
        ),
        (
            "Model units per provisioned model for the 24k context length variant for Amazon Nova Lite ",
            S::Provisioned,
            M::ModelUnits,
            Some("Amazon Nova Lite"),
            Some("24k"),
        ),
        (
            "Model units, with commitment, for Provisioned Throughout created for Meta Llama 4 Scout 17B Instruct 10M",
            S::Provisioned,
            M::ModelUnits,
            Some("Meta Llama 4 Scout 17B Instruct"),
            Some("10M"),
        ),
        (
            "Model units no-commitment Provisioned Throughputs across base models",
            S::Provisioned,
            M::ModelUnits,
            None,
            None,
        ),
        ("Inference profiles per account", S::Profiles, M::Count, None, None),
        ("Endpoints per inference profile", S::Profiles, M::Count, None, None),
    ];

    #[test]
    fn every_pattern_of_the_service_is_decoded() {
        for (name, scope, metric, label, context) in PATTERNS {
            assert_eq!(parts(name), (scope, Some(metric), label, context), "{name}");
        }
    }

    #[test]
    fn other_quotas_and_odd_text_are_not_inference_quotas() {
        for name in [
            "",
            "Records per batch inference job for Qwen3 Coder 30B",
            "é for ü",
            "(Guardrails) On-demand ApplyGuardrail requests per second",
            "On-demand model inference bananas per minute for Amazon Nova Lite",
            "Cross-Model",
            "the 24k",
        ] {
            assert_eq!(parts(name), (QuotaScope::Other, None, None, None), "{name}");
        }
    }

    #[test]
    fn names_of_scopes_are_as_in_exports() {
        for scope in [QuotaScope::InRegionAndGeo, QuotaScope::LatencyOptimized, QuotaScope::Other] {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.name());
        }
    }
}
