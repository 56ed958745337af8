//! Models × tiers: which a model takes and who says so, what a token costs on each, and what the account's own last day of that model would have cost there.
//!
//! A price is of where a call is served, so a model has a row for each place that the account calls it at, and one for a place where it could be called
//! where it is not called at all.

use std::collections::BTreeMap;

use super::{
    batch::BatchModels,
    catalog::{Catalog, Endpoint, EndpointKind, Scope},
    cost::Tokens,
    discovery::Meter,
    ids::{ModelId, Region},
    metric::Namespace,
    pricing::{Price, Prices, Usd},
    tier::Tier,
    tier_support::{Support, TierSupport},
};

/// The columns: the tiers that AWS names for every model, and batch jobs.
#[must_use]
pub fn columns() -> [Tier; 5] {
    [Tier::Priority, Tier::Standard, Tier::Flex, Tier::Reserved, batch()]
}

/// Batch jobs as a tier: the price table has rows of this name.
#[must_use]
pub fn batch() -> Tier {
    Tier::from("batch")
}

/// Where calls of a model are served, as prices tell places apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Runtime or mantle.
    pub namespace: Namespace,
    /// In its Region, a geography, or anywhere.
    pub scope: Scope,
}

/// What the last day would have cost on a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayCost {
    /// So many US dollars at list price.
    Usd(Usd),
    /// There were no tokens to price.
    NoUse,
    /// A token count or a price is not known.
    Unknown,
    /// Reserved is bought in advance: no price per token.
    Prepaid,
}

/// A model on one tier.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The tier; [`batch`] for batch jobs.
    pub tier: Tier,
    /// Whether the model takes it.
    pub support: Support,
    /// Who says so, and of when; None where nobody does.
    pub evidence: Option<String>,
    /// List prices; None where the table has none.
    pub price: Option<Price>,
    /// What the account's own last day would have cost.
    pub day: DayCost,
}

/// A model at a place, on every tier.
#[derive(Debug, Clone, PartialEq)]
pub struct TierRow {
    /// The base model.
    pub model: ModelId,
    /// Its name.
    pub model_name: String,
    /// Where it is called, or could be.
    pub place: Place,
    /// Whether it was called there in the last day.
    pub in_use: bool,
    /// By [`columns`].
    pub offers: Vec<Offer>,
}

/// What rows are made of.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// Models and endpoints.
    pub catalog: &'a Catalog,
    /// What each endpoint that was metered used in the last day; None where a count is unknown.
    pub used: &'a BTreeMap<Meter, Option<Tokens>>,
    /// Who takes batch jobs.
    pub batch: &'a BatchModels,
    /// List prices.
    pub prices: &'a Prices,
    /// Which tiers are published.
    pub support: &'a TierSupport,
    /// The Region that is called.
    pub region: &'a Region,
}

/// Every listed model, those in use first, then by name.
#[must_use]
pub fn rows(sources: &Sources<'_>) -> Vec<TierRow> {
    let mut used: BTreeMap<(ModelId, Place), Vec<Option<Tokens>>> = BTreeMap::new();
    for (meter, tokens) in sources.used.iter().filter(|(_, tokens)| tokens.is_none_or(|tokens| !tokens.is_none())) {
        let endpoint = sources.catalog.resolve(meter.namespace, &meter.endpoint);
        if let Some(key) = key_of(&endpoint) {
            used.entry(key).or_default().push(*tokens);
        }
    }
    let mut rows: Vec<TierRow> =
        used.iter().map(|((model, place), tokens)| row(sources, model, place, tokens)).collect();
    let is_used = |model: &ModelId| used.keys().any(|(used, _)| used == model);
    let mut places: BTreeMap<ModelId, Vec<(usize, Place)>> = BTreeMap::new();
    for endpoint in sources.catalog.endpoints() {
        if let Some((model, place)) = key_of(endpoint).filter(|(model, _)| !is_used(model)) {
            places.entry(model).or_default().push((rank(sources, endpoint), place));
        }
    }
    for (model, mut places) in places {
        places.sort();
        if let Some((_, place)) = places.first() {
            rows.push(row(sources, &model, place, &[]));
        }
    }
    rows.sort_by(|a, b| (!a.in_use, &a.model_name, &a.model).cmp(&(!b.in_use, &b.model_name, &b.model)));
    rows
}

fn key_of(endpoint: &Endpoint) -> Option<(ModelId, Place)> {
    let place = Place { namespace: endpoint.namespace, scope: endpoint.scope.clone()? };
    Some((endpoint.model.clone()?, place))
}

/// Where a model that is not called would be called first: by its own id where that takes calls, then by a geographic profile, then by a global one.
fn rank(sources: &Sources<'_>, endpoint: &Endpoint) -> usize {
    let takes_calls = |id: &ModelId| {
        let model = sources.catalog.models().iter().find(|model| model.id == *id);
        model.is_none_or(|model| model.inference_types.iter().any(|kind| kind == "ON_DEMAND"))
    };
    match (endpoint.kind, &endpoint.scope) {
        (EndpointKind::Model, _) if endpoint.model.as_ref().is_some_and(takes_calls) => 0,
        (EndpointKind::SystemProfile, Some(Scope::Geo(_))) => 1,
        (EndpointKind::SystemProfile, _) => 2,
        _ => 3,
    }
}

fn row(sources: &Sources<'_>, model: &ModelId, place: &Place, used: &[Option<Tokens>]) -> TierRow {
    let listed = sources.catalog.models().iter().find(|listed| listed.id == *model).map(|model| model.name.clone());
    let name = listed.filter(|name| !name.is_empty()).unwrap_or_else(|| model.to_string());
    let offers = columns().into_iter().map(|tier| offer(sources, model, place, used, tier)).collect();
    TierRow { model: model.clone(), model_name: name, place: place.clone(), in_use: !used.is_empty(), offers }
}

fn offer(sources: &Sources<'_>, model: &ModelId, place: &Place, used: &[Option<Tokens>], tier: Tier) -> Offer {
    let (support, evidence) = if tier == batch() {
        batch_support(sources, model)
    } else {
        let claim = sources.support.claim(model, &tier);
        (claim.support, claim.evidence())
    };
    let price = sources.prices.price(model, place.namespace, &place.scope, sources.region, &tier);
    let day = day_cost(used, &tier, price.as_ref());
    Offer { tier, support, evidence, price, day }
}

fn batch_support(sources: &Sources<'_>, model: &ModelId) -> (Support, Option<String>) {
    match sources.batch.takes(model) {
        Some(true) => (Support::Yes, Some("this Region lists batch quotas of it".to_owned())),
        Some(false) => (Support::No, Some("this Region lists batch quotas, and none of it".to_owned())),
        None => (Support::Unknown, None),
    }
}

/// All tokens of the last day at one tier's prices.
fn day_cost(used: &[Option<Tokens>], tier: &Tier, price: Option<&Price>) -> DayCost {
    if *tier == Tier::Reserved {
        return DayCost::Prepaid;
    }
    if used.is_empty() {
        return DayCost::NoUse;
    }
    let usd = price.and_then(|price| used.iter().map(|tokens| (*tokens)?.at(price)).sum::<Option<Usd>>());
    usd.map_or(DayCost::Unknown, DayCost::Usd)
}
