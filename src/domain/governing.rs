//! Which quotas govern a base model in which scope. Made once per listing of quotas and models, then only read.

use std::collections::HashMap;

use super::{
    catalog::Model,
    ids::ModelId,
    matching::{Match, Matcher},
    quota::{Quota, QuotaMetric, QuotaScope, QuotaTable},
};

/// A quota that may govern a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Governing {
    /// The quota.
    pub quota: Quota,
    /// The value in force; None where unknown.
    pub in_force: Option<f64>,
    /// What it counts.
    pub metric: QuotaMetric,
    /// How sure the match is.
    pub matched: Match,
}

/// Quotas by base model and scope.
#[derive(Debug, Clone, Default)]
pub struct GoverningQuotas {
    by_model: HashMap<(ModelId, QuotaScope), Vec<Governing>>,
}

impl GoverningQuotas {
    /// Matches every inference quota of the usual context window with the models.
    #[must_use]
    pub fn new<'a>(table: &QuotaTable, models: impl Iterator<Item = &'a Model>) -> Self {
        let matcher = Matcher::new(models);
        let mut meant: HashMap<&str, Vec<&ModelId>> = HashMap::new();
        let mut by_model: HashMap<(ModelId, QuotaScope), Vec<Governing>> = HashMap::new();
        for (quota, decoded) in table.inference().filter(|(_, decoded)| !decoded.long_context) {
            let models = meant.entry(decoded.label).or_insert_with(|| matcher.models_of(decoded.label));
            let matched = match models.as_slice() {
                [_] => Match::One,
                several => Match::Ambiguous { candidates: several.iter().map(ToString::to_string).collect() },
            };
            for model in models.iter() {
                by_model.entry(((*model).clone(), decoded.scope)).or_default().push(Governing {
                    quota: quota.clone(),
                    in_force: table.in_force(quota),
                    metric: decoded.metric,
                    matched: matched.clone(),
                });
            }
        }
        for quotas in by_model.values_mut() {
            mark_rivals(quotas);
        }
        Self { by_model }
    }

    /// The quotas of a model in a scope.
    #[must_use]
    pub fn of(&self, model: &ModelId, scope: QuotaScope) -> &[Governing] {
        self.by_model.get(&(model.clone(), scope)).map_or(&[], Vec::as_slice)
    }
}

/// Two quotas that count the same for the same model and scope: neither is chosen.
fn mark_rivals(quotas: &mut [Governing]) {
    let counted: Vec<(QuotaMetric, String)> =
        quotas.iter().map(|governing| (governing.metric, governing.quota.code.to_string())).collect();
    for governing in quotas {
        let candidates: Vec<String> =
            counted.iter().filter(|(metric, _)| *metric == governing.metric).map(|(_, code)| code.clone()).collect();
        if candidates.len() > 1 && governing.matched == Match::One {
            governing.matched = Match::Ambiguous { candidates };
        }
    }
}
