//! What a tier does to a call: which tier serves it, how long it waits for its first token, how fast its answer is.
//!
//! AWS says in words what the tiers do: priority is served first and answers up to a quarter faster, flex waits longest, what a reservation cannot take is served as
//! default (user guide, service tiers, autumn 2026). It publishes no times; the factors here are this simulator's.

use super::World;
use super::invoke::{Outcome, Recorded};
use super::metrics::tier_number;
use super::noise::Rng;
use super::traffic::pair;
use crate::sim::scenario::{Delay, Reservation};

/// A tier's number: see [`super::traffic::TIERS`].
const DEFAULT: u8 = 0;
const PRIORITY: u8 = 1;
const FLEX: u8 = 2;
const RESERVED: u8 = 3;

/// First token and speed of an endpoint that nothing is known of.
const UNKNOWN: (f64, f64) = (650.0, 75.0);

/// How a call goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// Milliseconds to the first token.
    pub first_ms: f64,
    /// Output tokens per second.
    pub speed: f64,
}

/// The tier that serves a call with this answer: the one asked for, or default where a priority call is taken down or a reservation is full.
pub(super) fn served(world: &World, now: i64, id: &str, asked: u8, tokens: (u32, u64), rng: &mut Rng) -> u8 {
    let spec = world.source_index.get(id).map(|at| &world.sources[*at].spec);
    match asked {
        PRIORITY if spec.is_some_and(|spec| rng.unit() < spec.downgrade) => DEFAULT,
        RESERVED if !fits(world, now, id, tokens) => DEFAULT,
        asked => asked,
    }
}

/// Whether a reservation has room in this minute for a call's input and output tokens. Traffic that was turned away in the same minute shows that it has none.
fn fits(world: &World, now: i64, id: &str, (input, output): (u32, u64)) -> bool {
    let arns = world.catalog.arns(id);
    let of = |at: &usize| {
        world.sources[*at].spec.reservation.is_some() && world.catalog.arns(&world.sources[*at].spec.id) == arns
    };
    let Some(at) = (0..world.sources.len()).find(of) else { return false };
    let Some(Reservation { input_tpm, output_tpm }) = world.sources[at].spec.reservation else { return false };
    let minute = now.div_euclid(60);
    let hours = world.hour(world.sources[at].pool, minute.div_euclid(60));
    let traffic = hours[world.seats[at]].minute(usize::try_from(minute.rem_euclid(60)).unwrap_or(0));
    if traffic.iter().any(|sample| sample.pair == pair(RESERVED, DEFAULT)) {
        return false;
    }
    let calls = world.calls.iter().filter(|call| is_reserved_call(world, call, minute, &arns)).map(|call| &call.sample);
    let (mut ins, mut outs) = (f64::from(input), f64::from(u32::try_from(output).unwrap_or(u32::MAX)));
    for sample in traffic.iter().filter(|sample| sample.served() == RESERVED).chain(calls) {
        let weight = f64::from(sample.weight);
        ins += weight * f64::from(sample.input.saturating_add(sample.cache_write));
        outs += weight * f64::from(sample.output);
    }
    ins <= input_tpm && outs <= output_tpm
}

fn is_reserved_call(world: &World, call: &Recorded, minute: i64, arns: &[String]) -> bool {
    call.minute == minute
        && call.outcome == Outcome::Success
        && call.sample.served() == RESERVED
        && call.id.as_deref().is_some_and(|id| world.catalog.arns(id) == arns)
}

/// How a call goes that a tier serves.
pub(super) fn pace(world: &World, id: &str, served: u8, rng: &mut Rng) -> Pace {
    let known = world.scenario.calls.delays.iter().find(|(tier, _)| tier_number(tier) == Some(served));
    if let Some((_, delay)) = known {
        return as_known(*delay, rng);
    }
    let spec = world.source_index.get(id).map(|at| &world.sources[*at].spec);
    let (ttft, speed) = spec.map_or(UNKNOWN, |spec| (spec.ttft_ms, spec.speed));
    let spread = |deviation: f64, rng: &mut Rng| (deviation * rng.normal()).exp();
    match served {
        PRIORITY => Pace { first_ms: ttft * 0.75 * spread(0.2, rng), speed: speed * 1.25 },
        FLEX => {
            // In line until the others have been served: no wait at all is as likely as any, a long one comes now and then.
            let wait = -(1.0 - rng.unit()).ln() * 1.6 * ttft;
            Pace { first_ms: ttft * spread(0.3, rng) + wait, speed: speed * 0.7 }
        }
        _ => Pace { first_ms: ttft * spread(0.3, rng), speed },
    }
}

fn as_known(delay: Delay, rng: &mut Rng) -> Pace {
    let noise = rng.normal().clamp(-3.0, 3.0) * delay.noise_ms;
    Pace { first_ms: (delay.first_ms + noise).max(1.0), speed: delay.speed.max(0.001) }
}
