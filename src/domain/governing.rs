//! The account's quotas with what their names mean: which model, which endpoints, and which quotas govern a model in a scope. Made once per listing of quotas
//! and models, then only read.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    catalog::{Catalog, Endpoint, EndpointKind, Model, Scope},
    ids::{EndpointId, ModelId, QuotaCode},
    matching::{Match, Matcher, Matching, Pins},
    quota::{Quota, QuotaTable},
    quota_name::{QuotaMetric, QuotaName, QuotaScope, decode},
};

/// A quota with what its name means.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownQuota {
    /// The quota.
    pub quota: Quota,
    /// The value in force; None where unknown.
    pub in_force: Option<f64>,
    /// Whose calls.
    pub scope: QuotaScope,
    /// What it counts; None where it is nothing of inference.
    pub metric: Option<QuotaMetric>,
    /// The model as its name spells it; None where it names none.
    pub label: Option<String>,
    /// Which variant of the model, such as `1m-context`; None is the usual one.
    pub variant: Option<String>,
    /// Which model that is, how sure, and why.
    pub matching: Matching,
    /// What callers name whose calls draw on it, as far as the catalog lists it.
    pub endpoints: Vec<EndpointId>,
}

/// The account's quotas, and those that govern a model in a scope.
#[derive(Debug, Clone, Default)]
pub struct GoverningQuotas {
    quotas: Vec<Arc<KnownQuota>>,
    by_model: HashMap<(ModelId, QuotaScope), Vec<usize>>,
}

impl GoverningQuotas {
    /// Matches every inference quota with the models. `pins`: what the user's configuration says of single codes.
    #[must_use]
    pub fn new(table: &QuotaTable, catalog: &Catalog, models: &[Model], pins: &Pins) -> Self {
        let names: Vec<QuotaName<'_>> = table.quotas.iter().map(|quota| decode(&quota.name)).collect();
        let matcher = Matcher::new(models.iter(), names.iter().filter_map(|name| name.label));
        let mut of_label: HashMap<&str, Matching> = HashMap::new();
        let mut quotas: Vec<KnownQuota> = Vec::with_capacity(names.len());
        for (quota, name) in table.quotas.iter().zip(names) {
            let by_name = match (name.is_inference(), name.label) {
                (true, Some(label)) => of_label.entry(label).or_insert_with(|| matcher.matching(label)).clone(),
                (true, None) => Matching::of_no_model(),
                (false, _) => Matching::not_inference(),
            };
            let matching = match pins.get(&quota.code) {
                Some(model) => matcher.pinned(model, &by_name),
                None => by_name,
            };
            quotas.push(KnownQuota {
                in_force: table.in_force(quota),
                scope: name.scope,
                metric: name.metric,
                label: name.label.map(str::to_owned),
                variant: name.variant(),
                quota: quota.clone(),
                matching,
                endpoints: Vec::new(),
            });
        }
        mark_rivals(&mut quotas);
        let by_id = endpoints_by_model(catalog);
        for known in &mut quotas {
            known.endpoints = endpoints(known, &by_id);
        }
        let mut by_model: HashMap<(ModelId, QuotaScope), Vec<usize>> = HashMap::new();
        for (index, known) in quotas.iter().enumerate().filter(|(_, known)| known.variant.is_none()) {
            for model in &known.matching.models {
                by_model.entry((model.clone(), known.scope)).or_default().push(index);
            }
        }
        Self { quotas: quotas.into_iter().map(Arc::new).collect(), by_model }
    }

    /// Every quota of the service, by code.
    #[must_use]
    pub fn quotas(&self) -> &[Arc<KnownQuota>] {
        &self.quotas
    }

    /// The quotas of a model's usual variant in a scope: those that are its own, and those that may be.
    pub fn of<'a>(&'a self, model: &ModelId, scope: QuotaScope) -> impl Iterator<Item = &'a Arc<KnownQuota>> + 'a {
        let indices = self.by_model.get(&(model.clone(), scope)).map_or(&[][..], Vec::as_slice);
        indices.iter().filter_map(|index| self.quotas.get(*index))
    }
}

/// Two quotas that count the same for the same model, scope and variant: neither is chosen.
fn mark_rivals(quotas: &mut [KnownQuota]) {
    type Key = (ModelId, QuotaScope, Option<QuotaMetric>, Option<String>);
    let mut rivals: HashMap<Key, Vec<QuotaCode>> = HashMap::new();
    let key = |known: &KnownQuota| -> Option<Key> {
        let model = known.matching.models.first().filter(|_| known.matching.matched == Match::One)?;
        // Model units are asked for with and without commitment: two quotas of one model that do not rival.
        (known.scope != QuotaScope::Provisioned)
            .then(|| (model.clone(), known.scope, known.metric, known.variant.clone()))
    };
    for known in quotas.iter() {
        if let Some(key) = key(known) {
            rivals.entry(key).or_default().push(known.quota.code.clone());
        }
    }
    for known in quotas.iter_mut() {
        let codes = key(known).and_then(|key| rivals.get(&key)).filter(|codes| codes.len() > 1);
        if let Some(codes) = codes {
            known.matching.rivalled_by(codes);
        }
    }
}

fn endpoints_by_model(catalog: &Catalog) -> BTreeMap<&ModelId, Vec<&Endpoint>> {
    let mut by_model: BTreeMap<&ModelId, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in catalog.endpoints() {
        if let Some(model) = &endpoint.model {
            by_model.entry(model).or_default().push(endpoint);
        }
    }
    by_model
}

/// What callers name whose calls draw on a quota.
fn endpoints(known: &KnownQuota, by_model: &BTreeMap<&ModelId, Vec<&Endpoint>>) -> Vec<EndpointId> {
    let models = || known.matching.models.iter().filter(|_| known.matching.matched == Match::One);
    if known.scope == QuotaScope::Mantle {
        return models().map(|model| EndpointId::from(model.as_str())).collect();
    }
    let draws = |endpoint: &&&Endpoint| draws_on(endpoint, known.scope);
    models()
        .filter_map(|model| by_model.get(model))
        .flat_map(|endpoints| endpoints.iter().filter(draws))
        .map(|endpoint| endpoint.id.clone())
        .collect()
}

/// Whether calls to an endpoint draw on the quotas of a scope.
#[must_use]
pub fn draws_on(endpoint: &Endpoint, scope: QuotaScope) -> bool {
    let in_region = endpoint.scope == Some(Scope::InRegion);
    let geo = matches!(endpoint.scope, Some(Scope::Geo(_)));
    match scope {
        QuotaScope::Mantle => endpoint.kind == EndpointKind::Mantle,
        _ if endpoint.kind == EndpointKind::Mantle => false,
        QuotaScope::InRegion => in_region,
        QuotaScope::Geo => geo,
        QuotaScope::Global => endpoint.scope == Some(Scope::Global),
        QuotaScope::InRegionAndGeo | QuotaScope::LatencyOptimized => in_region || geo,
        _ => false,
    }
}
