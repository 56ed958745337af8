//! What an endpoint's traffic costs an hour at list price, and how sure that is.
//!
//! Tokens are counted by endpoint, not by tier: where one tier served, its price holds for all; where several did, tokens are split as the quota tokens
//! are, and the cost is about right. Where no tier is reported the price is Standard's, which is an assumption. Reserved is prepaid and no part of it.

use super::{
    catalog::Endpoint,
    ids::Region,
    metric::Namespace,
    pricing::{Price, Prices, Usd},
    snapshot::{Bound, EndpointRow},
    tier::Tier,
};

/// What a cost rests on, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostBasis {
    /// The price of the one tier that served.
    Served,
    /// Prices of the tiers that served, the tokens split in proportion of quota tokens.
    Split,
    /// Standard's price: the account does not report tiers, or not of all calls.
    Assumed,
}

/// Dollars an hour at list price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// US dollars an hour, mean over the window, without what Reserved served.
    pub usd_per_hour: Usd,
    /// What that rests on.
    pub basis: CostBasis,
    /// Whether Reserved served traffic beside it.
    pub reserved_beside: bool,
}

/// Tier series must show this share of the requests to speak for all of them: they are asked at other times, so they never agree to the last one.
const COVERED_SHARE: f64 = 0.95;

/// Tokens of one endpoint over a time, or of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) cache_read: u64,
    pub(super) cache_write: u64,
}

impl Tokens {
    /// None where a count is unknown, or a lower bound. bedrock-mantle has no cache metrics: its input tokens are all there is.
    fn of(row: &EndpointRow) -> Option<Self> {
        (row.counts == Bound::Exact).then_some(())?;
        let cached = [row.cache_read_tokens, row.cache_write_tokens];
        Self::counted(row.endpoint.namespace, row.input_tokens, row.output_tokens, cached)
    }

    /// Counts as they are summed; `cached`: read and written. None where one is unknown.
    #[must_use]
    pub fn counted(
        namespace: Namespace,
        input: Option<f64>,
        output: Option<f64>,
        cached: [Option<f64>; 2],
    ) -> Option<Self> {
        let cached = cached.map(|count| match namespace {
            Namespace::Mantle => Some(0),
            Namespace::Bedrock => whole(count?),
        });
        Some(Self { input: whole(input?)?, output: whole(output?)?, cache_read: cached[0]?, cache_write: cached[1]? })
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_none(&self) -> bool {
        [self.input, self.output, self.cache_read, self.cache_write] == [0; 4]
    }

    /// What they cost. None where a price is unknown of which there are tokens.
    #[must_use]
    pub fn at(&self, price: &Price) -> Option<Usd> {
        [
            (self.input, price.input),
            (self.output, price.output),
            (self.cache_read, price.cache_read),
            (self.cache_write, price.cache_write),
        ]
        .into_iter()
        .map(|(tokens, price)| if tokens == 0 { Some(Usd::default()) } else { Some(price?.of(tokens)) })
        .sum()
    }
}

/// A count as a whole number; None where it is none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, and whole after rounding")]
fn whole(count: f64) -> Option<u64> {
    // 2^53: beyond that a floating-point number is no count any more.
    (0.0..9_007_199_254_740_992.0).contains(&count).then(|| count.round() as u64)
}

/// An endpoint's cost; None where a token count, a tier's share or a price is unknown.
#[must_use]
pub fn of_endpoint(row: &EndpointRow, prices: &Prices, region: &Region, window_minutes: usize) -> Option<Cost> {
    let tokens = Tokens::of(row)?;
    if tokens.is_none() {
        return Some(Cost { usd_per_hour: Usd::default(), basis: CostBasis::Served, reserved_beside: false });
    }
    let cost = |tier: &Tier| match tier {
        Tier::Reserved => Some(Usd::default()),
        tier => tokens.at(&price(&row.endpoint, prices, region, tier)?),
    };
    let per_hour = |usd: Usd| usd.share(60, u128::try_from(window_minutes).ok()?);
    let served = served(row)?;
    let reserved_beside = served.iter().any(|(tier, _)| **tier == Tier::Reserved);
    let (usd, basis) = match served.as_slice() {
        [] => (cost(&Tier::Standard)?, CostBasis::Assumed),
        [(tier, _)] => (cost(tier)?, CostBasis::Served),
        several => {
            let all: u128 = several.iter().map(|(_, quota_tokens)| u128::from(*quota_tokens)).sum();
            let part = |(tier, quota_tokens): &(&Tier, u64)| cost(tier)?.share(u128::from(*quota_tokens), all);
            (several.iter().map(part).sum::<Option<Usd>>()?, CostBasis::Split)
        }
    };
    let basis = if covers_all(row) { basis } else { CostBasis::Assumed };
    Some(Cost { usd_per_hour: per_hour(usd)?, basis, reserved_beside })
}

/// The price of what an endpoint's calls are served at by a tier.
#[must_use]
pub fn price(endpoint: &Endpoint, prices: &Prices, region: &Region, tier: &Tier) -> Option<Price> {
    prices.price(endpoint.model.as_ref()?, endpoint.namespace, endpoint.scope.as_ref()?, region, tier)
}

/// The tiers that served, with their quota tokens; empty where none is reported. None where it is not known which, or with how much.
fn served(row: &EndpointRow) -> Option<Vec<(&Tier, u64)>> {
    let mut served: Vec<(&Tier, u64)> = Vec::new();
    let only_one = row.tiers.windows(2).all(|pair| pair[0].served == pair[1].served);
    for tier in &row.tiers {
        let by = tier.served.as_ref()?;
        let quota_tokens = tier.quota_tokens.and_then(whole).or(only_one.then_some(0))?;
        match served.iter_mut().find(|(known, _)| *known == by) {
            Some((_, sum)) => *sum += quota_tokens,
            None => served.push((by, quota_tokens)),
        }
    }
    Some(served)
}

/// Whether the tier series tell of about all requests; also where it is not known how many these are.
fn covers_all(row: &EndpointRow) -> bool {
    let told: Option<f64> = row.tiers.iter().map(|tier| tier.requests).sum();
    match (told, row.requests) {
        (Some(told), Some(all)) => told >= COVERED_SHARE * all,
        _ => true,
    }
}

/// What several endpoints cost together; None where one of them is unknown. As sure as the least sure of them.
#[must_use]
pub fn together(costs: impl Iterator<Item = Option<Cost>>) -> Option<Cost> {
    let costs: Vec<Cost> = costs.collect::<Option<_>>()?;
    Some(Cost {
        usd_per_hour: costs.iter().map(|cost| cost.usd_per_hour).sum(),
        basis: costs.iter().map(|cost| cost.basis).max()?,
        reserved_beside: costs.iter().any(|cost| cost.reserved_beside),
    })
}
