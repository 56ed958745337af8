//! Bedrock quotas: what Service Quotas says of them, and what their names mean. No API links a quota to a model, so the name is decoded by a grammar, never by similarity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::QuotaCode;

/// A quota as the two List operations of Service Quotas give it, merged by code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// `QuotaCode`.
    pub code: QuotaCode,
    /// `QuotaName`.
    pub name: String,
    /// The account's value from `ListServiceQuotas`; None where it lists none, or where its `ErrorReason` says that it could not be read.
    pub applied: Option<f64>,
    /// The default from `ListAWSDefaultServiceQuotas`; None where it lists none.
    pub default: Option<f64>,
    /// Whether an increase can be asked for through Service Quotas.
    pub adjustable: bool,
    /// `ErrorReason` as `code: message`: the applied value is not to be trusted.
    pub error: Option<String>,
}

/// Every quota of the service, and how much of the two lists came in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QuotaTable {
    /// By code, in order.
    pub quotas: Vec<Quota>,
    /// Whether `ListServiceQuotas` was read to its end. Without it a quota that has only a default may well have been lowered.
    pub applied_listed: bool,
    /// Whether `ListAWSDefaultServiceQuotas` was read to its end.
    pub defaults_listed: bool,
}

impl QuotaTable {
    /// The value in force: the applied one, or the default where all applied values are known and this one has none. None where it is not known, or where an `ErrorReason` stands.
    #[must_use]
    pub fn in_force(&self, quota: &Quota) -> Option<f64> {
        if quota.error.is_some() {
            return None;
        }
        quota.applied.or(quota.default.filter(|_| self.applied_listed))
    }

    /// Takes one of the two lists, which replaces what that list said before.
    pub fn replace(&mut self, listed: Vec<Quota>, applied: bool) {
        let mut by_code: BTreeMap<QuotaCode, Quota> =
            std::mem::take(&mut self.quotas).into_iter().map(|quota| (quota.code.clone(), quota)).collect();
        for quota in by_code.values_mut() {
            let said = if applied { &mut quota.applied } else { &mut quota.default };
            *said = None;
            if applied {
                quota.error = None;
            }
        }
        for quota in listed {
            let known = by_code.entry(quota.code.clone()).or_insert_with(|| Quota {
                applied: None,
                default: None,
                error: None,
                ..quota.clone()
            });
            if applied {
                (known.applied, known.error) = (quota.applied, quota.error);
            } else {
                known.default = quota.default;
            }
        }
        self.quotas =
            by_code.into_values().filter(|q| q.applied.is_some() || q.default.is_some() || q.error.is_some()).collect();
        let listed = if applied { &mut self.applied_listed } else { &mut self.defaults_listed };
        *listed = true;
    }

    /// The inference quotas with their decoded names.
    pub fn inference(&self) -> impl Iterator<Item = (&Quota, Decoded<'_>)> {
        self.quotas.iter().filter_map(|quota| decode(&quota.name).map(|decoded| (quota, decoded)))
    }
}

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
    /// In-Region, doubled for calls through a geographic profile.
    InRegionAndGeo,
    /// Latency-optimised calls.
    LatencyOptimized,
    /// The bedrock-mantle endpoint.
    Mantle,
    /// Custom model deployments.
    CustomDeployment,
    /// The whole account.
    Account,
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
        }
    }
}

/// An inference quota's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// Whose calls.
    pub scope: QuotaScope,
    /// What is counted.
    pub metric: QuotaMetric,
    /// The model as the name spells it; empty for the account's own quota.
    pub label: &'a str,
    /// Whether it is about calls with the 1M context window: a quota beside the model's usual one, never instead of it.
    pub long_context: bool,
}

const LONG_CONTEXT: &str = " 1m context length";
const DOUBLED: &str = " (doubled for cross-region calls)";

/// Takes an inference quota's name apart; None for any other quota (batch, agents, model units, …).
///
/// Name patterns: Service Quotas, us-east-1, February to October 2026. Upper and lower case vary between models and do not count.
#[must_use]
pub fn decode(name: &str) -> Option<Decoded<'_>> {
    use {QuotaMetric as M, QuotaScope as S};
    if strip_ignoring_case(name, "cross-model ").is_some() {
        let per_day = name.to_ascii_lowercase().ends_with("tokens per day");
        return per_day.then_some(Decoded {
            scope: S::Account,
            metric: M::TokensPerDay,
            label: "",
            long_context: false,
        });
    }
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
        "concurrent requests" | "async concurrent requests" => M::ConcurrentRequests,
        _ => return None,
    };
    let (label, scope) = match strip_end_ignoring_case(label, DOUBLED) {
        Some(label) => (label, S::InRegionAndGeo),
        None => (label, scope),
    };
    let (label, long_context) = match strip_end_ignoring_case(label, LONG_CONTEXT) {
        Some(label) => (label, true),
        None => (label, false),
    };
    Some(Decoded { scope, metric, label: label.trim(), long_context })
}

fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix)).map(|_| &text[prefix.len()..])
}

fn strip_end_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let start = text.len().checked_sub(suffix.len())?;
    text.get(start..).filter(|tail| tail.eq_ignore_ascii_case(suffix)).map(|_| &text[..start])
}

fn split_ignoring_case<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let at = text.to_ascii_lowercase().find(separator)?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str) -> Option<(QuotaScope, QuotaMetric, &str, bool)> {
        decode(name).map(|d| (d.scope, d.metric, d.label, d.long_context))
    }

    #[test]
    fn every_pattern_of_the_service_is_decoded() {
        use {QuotaMetric as M, QuotaScope as S};
        let table = [
            (
                "On-demand model inference requests per minute for Meta Llama 3 70B Instruct",
                (S::InRegion, M::RequestsPerMinute, "Meta Llama 3 70B Instruct", false),
            ),
            (
                "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1",
                (S::Geo, M::TokensPerMinute, "Anthropic Claude Sonnet 4.5 V1", false),
            ),
            (
                "Cross-Region model inference tokens per minute for Anthropic Claude 3.5 Haiku",
                (S::Geo, M::TokensPerMinute, "Anthropic Claude 3.5 Haiku", false),
            ),
            (
                "Global cross-region model inference tokens per day for Anthropic Claude Opus 4.6 V1 1M Context Length",
                (S::Global, M::TokensPerDay, "Anthropic Claude Opus 4.6 V1", true),
            ),
            (
                "Model invocation max tokens per day for Gemma 3 4B (doubled for cross-region calls)",
                (S::InRegionAndGeo, M::TokensPerDay, "Gemma 3 4B", false),
            ),
            ("Cross-Model Max Tokens Per Day", (S::Account, M::TokensPerDay, "", false)),
            (
                "On-Demand, latency-optimized model inference tokens per minute for Amazon Nova Pro V1",
                (S::LatencyOptimized, M::TokensPerMinute, "Amazon Nova Pro V1", false),
            ),
            (
                "[bedrock-mantle endpoint] Input tokens per minute for GPT-5.6 Luna",
                (S::Mantle, M::InputTokensPerMinute, "GPT-5.6 Luna", false),
            ),
            (
                "On-demand InvokeModel concurrent requests for Amazon Nova 2 Sonic",
                (S::InRegion, M::ConcurrentRequests, "Amazon Nova 2 Sonic", false),
            ),
            (
                "(Model customization) Sum of on demand custom model deployment tokens per minute for Amazon Nova Lite",
                (S::CustomDeployment, M::TokensPerMinute, "Amazon Nova Lite", false),
            ),
        ];
        for (name, expected) in table {
            assert_eq!(parts(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn other_quotas_and_odd_text_are_not_inference_quotas() {
        for name in [
            "",
            "Records per batch inference job for Qwen3 Coder 30B",
            "Model units per provisioned model for X",
            "é for ü",
            "(Guardrails) On-demand ApplyGuardrail requests per second",
        ] {
            assert_eq!(decode(name), None, "{name}");
        }
    }

    #[test]
    fn a_default_is_in_force_only_where_all_applied_values_are_known() {
        let quota = Quota {
            code: "L-1".into(),
            name: String::new(),
            applied: None,
            default: Some(5.0),
            adjustable: true,
            error: None,
        };
        let table = |applied_listed| QuotaTable { quotas: vec![], applied_listed, defaults_listed: true };
        assert_eq!(table(true).in_force(&quota), Some(5.0));
        assert_eq!(table(false).in_force(&quota), None);
        let zero = Quota { applied: Some(0.0), ..quota };
        assert_eq!(table(false).in_force(&zero), Some(0.0));
        let unreadable = Quota { error: Some("DEPENDENCY_SERVICE_ERROR".into()), ..zero };
        assert_eq!(table(true).in_force(&unreadable), None);
    }

    fn quota(code: &str, applied: Option<f64>, default: Option<f64>) -> Quota {
        Quota { code: code.into(), name: code.into(), applied, default, adjustable: false, error: None }
    }

    #[test]
    fn the_lists_are_merged_by_code_and_each_replaces_what_it_said_before() {
        let mut table = QuotaTable::default();
        table.replace(vec![quota("L-3", None, Some(3.0)), quota("L-2", None, Some(2.0))], false);
        assert!(!table.applied_listed && table.defaults_listed);
        table.replace(vec![quota("L-2", Some(0.0), None), quota("L-1", Some(7.0), None)], true);
        let merged =
            vec![quota("L-1", Some(7.0), None), quota("L-2", Some(0.0), Some(2.0)), quota("L-3", None, Some(3.0))];
        assert_eq!(table.quotas, merged);
        table.replace(vec![quota("L-2", Some(5.0), None)], true);
        assert_eq!(table.quotas, [quota("L-2", Some(5.0), Some(2.0)), quota("L-3", None, Some(3.0))]);
    }
}
