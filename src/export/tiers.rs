//! `tiertop.tiers/1`: models × tiers, as JSON. Unknown is null; money is a string.

use serde::Serialize;

use super::parts::{FaultOut, fault};
use crate::domain::{
    catalog::Scope,
    ids::AccountId,
    metric::Namespace,
    pricing::{self, Price, TokenPrice, Usd},
    snapshot::{Provenance, Snapshot},
    tier_support,
    tiers::{DayCost, Offer, TierRow},
};

/// The schema's name and version. A change that breaks a reader raises the number.
pub const SCHEMA: &str = "tiertop.tiers/1";

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    region: &'a str,
    account: Option<&'a str>,
    source: Provenance,
    as_of: jiff::Timestamp,
    support_as_of: &'static str,
    prices_as_of: &'static str,
    models: Vec<Row<'a>>,
    faults: Vec<FaultOut<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    model: &'a str,
    name: &'a str,
    endpoint: &'static str,
    scope: &'static str,
    geography: Option<&'a str>,
    in_use: bool,
    tiers: Vec<OfferOut<'a>>,
}

#[derive(Debug, Serialize)]
struct OfferOut<'a> {
    tier: &'a str,
    support: &'static str,
    evidence: Option<&'a str>,
    usd_per_million: Option<PriceOut>,
    last_24h: Day,
}

#[derive(Debug, Serialize)]
struct PriceOut {
    input: Option<String>,
    output: Option<String>,
    cache_read: Option<String>,
    cache_write: Option<String>,
}

/// What the last day would have cost, and why there is no amount where there is none: `no-use`, `unknown`, `prepaid`.
#[derive(Debug, Serialize)]
struct Day {
    usd: Option<Usd>,
    why_not: Option<&'static str>,
}

/// The document of rows.
#[must_use]
pub fn document<'a>(rows: &'a [TierRow], known: &'a Snapshot) -> Document<'a> {
    Document {
        schema: SCHEMA,
        region: known.region.as_str(),
        account: known.account.as_ref().map(AccountId::as_str),
        source: known.provenance,
        as_of: known.as_of,
        support_as_of: tier_support::AS_OF,
        prices_as_of: pricing::AS_OF,
        models: rows.iter().map(row).collect(),
        faults: known.faults.iter().map(fault).collect(),
    }
}

fn row(row: &TierRow) -> Row<'_> {
    Row {
        model: row.model.as_str(),
        name: &row.model_name,
        endpoint: match row.place.namespace {
            Namespace::Bedrock => "bedrock-runtime",
            Namespace::Mantle => "bedrock-mantle",
        },
        scope: row.place.scope.name(),
        geography: match &row.place.scope {
            Scope::Geo(prefix) => Some(prefix),
            Scope::InRegion | Scope::Global => None,
        },
        in_use: row.in_use,
        tiers: row.offers.iter().map(offer).collect(),
    }
}

fn offer(offer: &Offer) -> OfferOut<'_> {
    OfferOut {
        tier: offer.tier.wire_name(),
        support: offer.support.name(),
        evidence: offer.evidence.as_deref(),
        usd_per_million: offer.price.as_ref().map(price),
        last_24h: day(offer.day),
    }
}

fn price(price: &Price) -> PriceOut {
    // A price is written with its dollar sign for people.
    let text = |price: Option<TokenPrice>| price.map(|price| price.to_string().trim_start_matches('$').to_owned());
    PriceOut {
        input: text(price.input),
        output: text(price.output),
        cache_read: text(price.cache_read),
        cache_write: text(price.cache_write),
    }
}

fn day(day: DayCost) -> Day {
    match day {
        DayCost::Usd(usd) => Day { usd: Some(usd), why_not: None },
        DayCost::NoUse => Day { usd: None, why_not: Some("no-use") },
        DayCost::Unknown => Day { usd: None, why_not: Some("unknown") },
        DayCost::Prepaid => Day { usd: None, why_not: Some("prepaid") },
    }
}
