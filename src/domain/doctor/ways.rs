//! Ways out of a zero: other scopes of the same model, and other models of the same maker, whose quotas are not 0.

use super::{facts::Facts, words};
use crate::domain::{
    governing::KnownQuota,
    ids::{EndpointId, ModelId},
    matching::Match,
    quota_name::{QuotaMetric, QuotaScope},
    quota_rows::QuotaRow,
};

/// Other models that are named at most.
const MODELS_AT_MOST: usize = 3;

/// What can be called instead.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WaysOut {
    /// Ids of the same model in a scope none of whose quotas is 0, each with its quota in words.
    pub scopes: Vec<(Vec<EndpointId>, String)>,
    /// Other models of the same maker, each with its quota in words; looked for only where no scope is left.
    pub models: Vec<String>,
}

/// What can be called instead of a model's calls that draw on a zero.
#[must_use]
pub fn ways_out(facts: &Facts<'_>, model: &ModelId) -> WaysOut {
    let scopes: Vec<(Vec<EndpointId>, String)> = rows_of(facts, model)
        .filter(|row| is_way(facts, &row.known, model))
        .map(|row| (row.known.endpoints.clone(), value_in_words(&row.known)))
        .collect();
    let models = if scopes.is_empty() { others(facts, model) } else { Vec::new() };
    WaysOut { scopes, models }
}

/// The rows of on-demand quotas that are a model's for certain.
pub fn rows_of<'a>(facts: &Facts<'a>, model: &'a ModelId) -> impl Iterator<Item = &'a QuotaRow> + use<'a> {
    facts.snapshot.quotas.iter().filter(move |row| is_of(&row.known, model))
}

fn is_of(known: &KnownQuota, model: &ModelId) -> bool {
    known.scope.is_on_demand() && known.matching.matched == Match::One && known.matching.models.contains(model)
}

/// Tokens per minute above 0 that somebody can call by, in a scope of the model without any zero.
fn is_way(facts: &Facts<'_>, known: &KnownQuota, model: &ModelId) -> bool {
    known.variant.is_none()
        && known.metric == Some(QuotaMetric::TokensPerMinute)
        && known.in_force.is_some_and(|value| value > 0.0)
        && !known.endpoints.is_empty()
        && matches!(known.scope, QuotaScope::InRegion | QuotaScope::Geo | QuotaScope::Global)
        && !rows_of(facts, model).any(|row| row.is_zero() && stands_in_the_way(&row.known, known.scope))
}

/// Whether a zero refuses calls of a scope.
fn stands_in_the_way(zero: &KnownQuota, scope: QuotaScope) -> bool {
    let shared = zero.scope == QuotaScope::InRegionAndGeo && matches!(scope, QuotaScope::InRegion | QuotaScope::Geo);
    zero.variant.is_none() && (zero.scope == scope || shared)
}

fn value_in_words(known: &KnownQuota) -> String {
    let value = known.in_force.map_or_else(|| "unknown".to_owned(), words::number);
    let counted = known.metric.map(words::metric).unwrap_or_default();
    format!("{value} {counted} through {} calls", words::scope(known.scope))
}

/// Models of the same maker that are not Legacy, with the most tokens per minute.
fn others(facts: &Facts<'_>, model: &ModelId) -> Vec<String> {
    let maker = model.as_str().split('.').next().unwrap_or_default();
    let listed = facts.known.catalog.models().iter().filter(|other| {
        other.id != *model
            && other.id.as_str().split('.').next() == Some(maker)
            && other.lifecycle.as_deref() != Some("LEGACY")
    });
    let mut found: Vec<(f64, String)> = listed
        .filter_map(|other| {
            let ways = rows_of(facts, &other.id).filter(|row| is_way(facts, &row.known, &other.id));
            let best =
                ways.max_by(|a, b| a.known.in_force.unwrap_or(0.0).total_cmp(&b.known.in_force.unwrap_or(0.0)))?;
            let id = best.known.endpoints.first()?;
            Some((best.known.in_force?, format!("{id}: {}", value_in_words(&best.known))))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    found.into_iter().take(MODELS_AT_MOST).map(|(_, words)| words).collect()
}
