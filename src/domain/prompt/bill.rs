//! What an answer costs at list price: on the tier that served, and on the others.

use crate::domain::{
    catalog::Scope,
    cost::Tokens,
    ids::{EndpointId, ModelId, Region},
    metric::Namespace,
    pricing::{Price, Prices, Usd},
    prompt::{answer::Answer, event::Usage},
    tier::Tier,
};

/// Which price list a call is billed by.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The model.
    pub model: ModelId,
    /// Where its calls are served.
    pub scope: Scope,
    /// The Region that is called.
    pub region: Region,
}

impl Place {
    /// The place of an endpoint's calls by its id alone, for want of a catalog: a model that has prices, or a profile of one. None of an application
    /// profile, whose id does not say its model, and of models that the table does not name.
    #[must_use]
    pub fn of(endpoint: &EndpointId, region: &Region, prices: &Prices) -> Option<Self> {
        let text = endpoint.as_str();
        let id = match text.strip_prefix("arn:") {
            None => text,
            Some(arn) => [":foundation-model/", ":inference-profile/"]
                .into_iter()
                .find_map(|part| arn.split_once(part))
                .map(|(_, id)| id)?,
        };
        let known = |id: &str| Some(ModelId::from(id)).filter(|model| prices.names(model));
        let place = |model, scope| Self { model, scope, region: region.clone() };
        if let Some(model) = known(id) {
            return Some(place(model, Scope::InRegion));
        }
        let (prefix, rest) = id.split_once('.')?;
        let scope = if prefix == "global" { Scope::Global } else { Scope::Geo(prefix.to_owned()) };
        known(rest).map(|model| place(model, scope))
    }

    /// The list price on a tier; None where the table has none.
    #[must_use]
    pub fn price(&self, tier: &Tier, prices: &Prices) -> Option<Price> {
        prices.price(&self.model, Namespace::Bedrock, &self.scope, &self.region, tier)
    }

    /// The tiers with a list price: those that are likely offered.
    #[must_use]
    pub fn priced_tiers(&self, prices: &Prices) -> Vec<Tier> {
        tiers().into_iter().filter(|tier| self.price(tier, prices).is_some()).collect()
    }
}

/// The tiers that a call can ask for and a price list can name. Reserved is prepaid, and batch is no tier of a call.
fn tiers() -> [Tier; 4] {
    [Tier::Priority, Tier::Standard, Tier::Flex, Tier::from("ultrafast")]
}

/// What an answer costs. What is None is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Bill {
    /// The tier that it is billed by: the one that served; where that is not reported the one that was asked for, and Standard where none was.
    pub tier: Tier,
    /// Whether the service did not say the tier.
    pub assumed: bool,
    /// What it costs on that tier. None for Reserved, too, which is prepaid.
    pub this_tier: Option<Usd>,
    /// What it would cost on Standard.
    pub standard: Option<Usd>,
    /// What it would cost on each other tier that has a list price, as dear ones first as [`Place::priced_tiers`] gives them.
    pub others: Vec<(Tier, Usd)>,
}

impl Bill {
    /// The bill of an answer. `place` is None where the price list has no such endpoint.
    #[must_use]
    pub fn of(answer: &Answer, place: Option<&Place>, prices: &Prices) -> Self {
        let tier = answer.served.as_ref().or(answer.asked()).cloned().unwrap_or(Tier::Standard);
        let tokens = tokens(&answer.usage);
        let on = |tier: &Tier| tokens.as_ref()?.at(&place?.price(tier, prices)?);
        let others = tiers().into_iter().filter(|other| *other != tier);
        Self {
            assumed: answer.served.is_none(),
            this_tier: on(&tier),
            standard: on(&Tier::Standard),
            others: others.filter_map(|other| on(&other).map(|usd| (other, usd))).collect(),
            tier,
        }
    }
}

/// None where input or output is not known. A cache count that the service leaves out is none: it bills by what it reports.
fn tokens(usage: &Usage) -> Option<Tokens> {
    Some(Tokens {
        input: usage.input?,
        output: usage.output?,
        cache_read: usage.cache_read.unwrap_or(0),
        cache_write: usage.cache_write.unwrap_or(0),
    })
}
