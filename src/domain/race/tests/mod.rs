//! A race as a whole: lanes of known speed, a service that drifts, budgets.

mod coverage;
mod running;
mod saying;

use std::time::Duration;

use super::{
    budget::{CallBound, Request},
    order::{Random, Seed},
    plan::{Api, Lane, Plan},
    sample::{Answered, Sample, Tokens},
};
use crate::domain::{
    pricing::{Price, TokenPrice},
    tier::Tier,
};

fn lane(tier: &str) -> Lane {
    Lane { endpoint: "maker.model".into(), model: Some("maker.model".into()), tier: tier.into(), api: Api::Converse }
}

fn plan(tiers: &[&str], rounds: u32, seed: u64) -> Plan {
    Plan::new(tiers.iter().map(|tier| lane(tier)).collect(), rounds, Seed(seed)).unwrap()
}

/// Prices in the proportions that AWS has: Priority 1.75, Flex a half.
fn price(tier: &Tier) -> Option<Price> {
    let (input, output) = match tier {
        Tier::Standard => ("0.15", "0.6"),
        Tier::Priority => ("0.2625", "1.05"),
        Tier::Flex => ("0.075", "0.3"),
        _ => return None,
    };
    Some(Price { input: TokenPrice::parse(input), output: TokenPrice::parse(output), ..Price::default() })
}

fn bound(lane: &Lane) -> CallBound {
    let request = Request { input: Some(100), has_cache_points: false, max_tokens: Some(400), tier: lane.tier.clone() };
    CallBound::of(&request, price)
}

/// An answer that took so many milliseconds to its first text.
fn answer(first_text_ms: f64, tier: &Tier) -> Answered {
    let first_text = Duration::from_secs_f64(first_text_ms.max(0.0) / 1000.0);
    Answered {
        first_event: Some(first_text),
        first_text: Some(first_text),
        total: first_text + Duration::from_secs(2),
        tokens_per_second: Some(150.0),
        tokens: Tokens { input: Some(60), output: Some(300), ..Tokens::default() },
        served: Some(tier.clone()),
        price: price(tier),
        ..Answered::default()
    }
}

fn answered(first_text_ms: f64, tier: &Tier) -> Sample {
    Sample::Answered(answer(first_text_ms, tier))
}

impl Random {
    /// Between 0 and 1, ends excluded.
    fn share(&mut self) -> f64 {
        let bits = u32::try_from(self.next() >> 32).unwrap();
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }

    /// Normal, of mean 0 and deviation 1 (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.share().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }
}
