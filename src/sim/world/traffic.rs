//! Who calls, how often and with what: a function of the seed, the endpoint and the minute.
//!
//! The calls of a minute are represented by at most [`MAX_SAMPLES`] samples, each standing for `weight` equal calls. Twelve are enough for
//! smooth percentiles over five minutes and keep a minute below a few microseconds; up to twelve calls a minute every call is its own.
//! A sample's properties are drawn in layers (the i-th of n samples comes from the i-th n-th of the distribution, shuffled), so that
//! twelve samples have nearly the distribution's mean.

use super::noise::{Rng, key, quantile, share};
use crate::sim::scenario::Endpoint;

/// Most samples of one minute.
pub(super) const MAX_SAMPLES: usize = 12;

/// Tier names as the wire has them; a position here is a tier's number.
pub(super) const TIERS: [&str; 4] = ["default", "priority", "flex", "reserved"];
/// Number of pairs of a tier asked and a tier served: `asked * 4 + served`.
pub(super) const PAIRS: usize = 16;
/// Input tokens above which a call counts as one with a long context.
pub(super) const LONG: u32 = 200_000;

/// Number of the pair of these tiers.
pub(super) const fn pair(asked: u8, served: u8) -> u8 {
    asked * 4 + served
}

/// Calls that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// How many calls.
    pub weight: u32,
    pub input: u32,
    pub output: u32,
    pub cache_read: u32,
    pub cache_write: u32,
    pub latency_ms: u32,
    /// 0 where the calls do not stream.
    pub ttft_ms: u32,
    /// Tiers asked and served.
    pub pair: u8,
}

impl Sample {
    /// Tier that serves the calls.
    pub(super) fn served(&self) -> u8 {
        self.pair % 4
    }
    /// Whether the calls have a long context.
    pub(super) fn long(&self) -> bool {
        u64::from(self.input) + u64::from(self.cache_read) + u64::from(self.cache_write) > u64::from(LONG)
    }
}

/// What one minute asks of an endpoint before any quota is looked at.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demand {
    /// Calls that will succeed if they are let in.
    pub good: u32,
    /// Calls that end in a 4xx.
    pub client: u32,
    /// Calls that end in a 5xx.
    pub server: u32,
}

/// An endpoint, prepared.
#[derive(Debug)]
pub(super) struct Source {
    pub spec: Endpoint,
    /// Its number in all draws.
    pub salt: u64,
    /// Output multiplier of its model.
    pub burndown: f64,
    /// Tokens a call reserves for its answer.
    pub max_tokens: u32,
    /// Its model is in its Legacy phase.
    pub legacy: bool,
    /// Its pool's position.
    pub pool: usize,
    /// Shares up to and including each tier, in the order of [`TIERS`].
    pub tiers: [f64; 4],
    /// Tiers whose calls are refused, in the order of [`TIERS`].
    pub refused_tiers: [bool; 4],
    /// From this minute since the epoch on every call is refused.
    pub refused_from: i64,
    /// Its id stands for a model; else its calls fail before a model is known.
    pub known: bool,
    /// First minute with calls and the minute after the last, since the epoch.
    pub alive: (i64, i64),
    /// The world's start, in minutes since the epoch.
    pub origin: i64,
}

/// How much of the day's top a minute of a working day has, by minute of the day: 1 about 14:30 UTC, 0 at 02:30.
pub(super) fn day_curve() -> Vec<f64> {
    (0..1440)
        .map(|minute| {
            let angle = (f64::from(minute) - 870.0) / 1440.0 * std::f64::consts::TAU;
            (0.5 + 0.5 * angle.cos()).powf(0.8)
        })
        .collect()
}

impl Source {
    /// Quota tokens of one of the calls when it is done.
    pub(super) fn quota(&self, sample: &Sample) -> f64 {
        f64::from(sample.input) + f64::from(sample.cache_write) + f64::from(sample.output) * self.burndown
    }

    /// Quota tokens that one of the calls holds while it runs.
    pub(super) fn reservation(&self, sample: &Sample) -> f64 {
        f64::from(sample.input) + f64::from(sample.cache_write) + f64::from(self.max_tokens)
    }

    /// Whether the endpoint has calls in some minute of `[from, to)`.
    pub(super) fn lives(&self, from: i64, to: i64) -> bool {
        self.alive.0 < to && from < self.alive.1
    }

    /// Calls expected in a minute, without chance.
    pub(super) fn trend(&self, minute: i64, day: &[f64]) -> f64 {
        if !self.lives(minute, minute + 1) {
            return 0.0;
        }
        let spec = &self.spec;
        let curve = usize::try_from(minute.rem_euclid(1440)).map_or(1.0, |at| day[at]);
        // 1970-01-01 was a Thursday.
        let week = if matches!((minute.div_euclid(1440) + 3).rem_euclid(7), 5 | 6) { spec.weekend } else { 1.0 };
        spec.rpm * (spec.night + (1.0 - spec.night) * curve) * week * self.growth(minute)
    }

    /// The scenario's factor on the rate.
    #[expect(clippy::cast_precision_loss, reason = "minutes")]
    fn growth(&self, minute: i64) -> f64 {
        let points = &self.spec.growth;
        let at = (minute - self.origin) as f64;
        let Some(first) = points.first() else { return 1.0 };
        if at <= first.0 {
            return first.1;
        }
        for window in points.windows(2) {
            let ((from, low), (to, high)) = (window[0], window[1]);
            if at <= to {
                return low + (high - low) * (at - from) / (to - from);
            }
        }
        points.last().map_or(1.0, |last| last.1)
    }

    /// What a minute asks of the endpoint.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates are small and not negative")]
    pub(super) fn demand(&self, minute: i64, day: &[f64], rng: &mut Rng) -> Demand {
        let trend = self.trend(minute, day);
        if trend <= 0.0 {
            return Demand::default();
        }
        let spec = &self.spec;
        // Bursts are seven minutes long and hit one such piece of time in eight.
        let piece = key(&[self.salt, 0xb0, minute.div_euclid(7).cast_unsigned()]);
        let burst = if piece.is_multiple_of(8) { 1.0 + spec.burst * share(mix_again(piece)) } else { 1.0 };
        let wobble = (spec.noise * rng.normal() - spec.noise * spec.noise / 2.0).exp();
        let rate = trend * burst * wobble;
        // Below twenty calls a minute their number itself is chance; above, `noise` stands for it.
        let all = if trend < 20.0 { rng.poisson(rate) } else { (rate + rng.unit()) as u32 };
        let client = rng.poisson(f64::from(all) * spec.client_errors).min(all);
        let server = rng.poisson(f64::from(all) * spec.server_errors).min(all - client);
        if minute >= self.refused_from {
            return Demand { good: 0, client: all, server: 0 };
        }
        let mut demand = Demand { good: all - client - server, client, server };
        let short = self.short_of_capacity(minute);
        if short > 0.0 {
            let failed = rng.poisson(f64::from(demand.good) * short).min(demand.good);
            demand.good -= failed;
            demand.server += failed;
        }
        demand
    }

    /// Share of a minute's calls that find no capacity.
    pub(super) fn short_of_capacity(&self, minute: i64) -> f64 {
        let at = minute - self.origin;
        let period = self.spec.capacity.iter().find(|(from, to, _)| (*from..*to).contains(&at));
        period.map_or(0.0, |(_, _, share)| *share)
    }

    /// Factors on answers' length, tokens per second and time to the first token.
    fn shift(&self, minute: i64) -> (f64, f64, f64) {
        match self.spec.shift {
            Some(shift) if minute - self.origin >= shift.minute => (shift.output, shift.speed, shift.ttft),
            _ => (1.0, 1.0, 1.0),
        }
    }

    /// Appends the samples that stand for a minute's good calls. Returns how many are refused, because of the tier they ask for.
    pub(super) fn samples(&self, minute: i64, good: u32, rng: &mut Rng, out: &mut Vec<Sample>) -> u32 {
        let groups = good.min(u32::try_from(MAX_SAMPLES).unwrap_or(1));
        if groups == 0 {
            return 0;
        }
        let (longer, quicker, later) = self.shift(minute);
        let mut refused = 0;
        let spec = &self.spec;
        let begin = out.len();
        let layers: [Layer; 5] = std::array::from_fn(|_| Layer::new(groups as usize, rng));
        for (at, group) in (0..groups).enumerate() {
            let weight = good / groups + u32::from(group < good % groups);
            let asked = self.tier_at(layers[0].unit(at, rng));
            let served = match asked {
                1 if rng.unit() < spec.downgrade => 0,
                3 if spec.reservation.is_none() => 0,
                asked => asked,
            };
            let input = log_normal(spec.input, 0.45, layers[1].unit(at, rng)).max(1.0);
            let output = if spec.output > 0.0 {
                log_normal(spec.output * longer, 0.6, layers[2].unit(at, rng))
                    .clamp(1.0, f64::from(self.max_tokens.max(1)))
            } else {
                0.0
            };
            let (slower, faster) = match served {
                1 => (0.75, 1.25),
                2 => (2.6, 0.7),
                _ => (1.0, 1.0),
            };
            let ttft = spec.ttft_ms * later * slower * (0.35 * quantile(layers[3].unit(at, rng))).exp();
            let speed = spec.speed * quicker * faster * (0.18 * rng.normal()).exp();
            let streams = layers[4].unit(at, rng) < spec.streaming;
            let long = spec.long_context > 0.0 && rng.unit() < spec.long_context;
            let cached = if spec.cache_read > 0.0 { 0.6 + 0.8 * rng.unit() } else { 0.0 };
            if self.refused_tiers[usize::from(asked)] {
                refused += weight;
                continue;
            }
            out.push(Sample {
                weight,
                input: round(if long { input.max(20_000.0) + f64::from(LONG) } else { input }),
                output: round(output),
                cache_read: round(spec.cache_read * cached),
                cache_write: round(spec.cache_write * (0.6 + 0.8 * rng.unit())),
                latency_ms: round((ttft + output / speed.max(1.0) * 1000.0).min(600_000.0)).max(1),
                ttft_ms: if streams { round(ttft).max(1) } else { 0 },
                pair: pair(asked, served),
            });
        }
        self.spill(begin, out);
        refused
    }

    /// Serves the reserved calls that exceed the reservation as default ones.
    fn spill(&self, begin: usize, out: &mut Vec<Sample>) {
        let Some(reservation) = self.spec.reservation else {
            return;
        };
        let reserved = |sample: &&Sample| sample.served() == 3;
        let (mut input, mut output) = (0.0, 0.0);
        for sample in out[begin..].iter().filter(reserved) {
            input += f64::from(sample.weight) * (f64::from(sample.input) + f64::from(sample.cache_write));
            output += f64::from(sample.weight) * f64::from(sample.output);
        }
        let fits = (reservation.input_tpm / f64::max(input, 1.0)).min(reservation.output_tpm / f64::max(output, 1.0));
        if fits >= 1.0 {
            return;
        }
        let mut owed = 0.0;
        for at in begin..out.len() {
            if out[at].served() != 3 {
                continue;
            }
            owed += f64::from(out[at].weight) * fits;
            let stay = round(owed.floor()).min(out[at].weight);
            owed -= f64::from(stay);
            let gone = out[at].weight - stay;
            if gone > 0 {
                let mut moved = out[at];
                moved.pair = pair(3, 0);
                moved.weight = gone;
                if stay == 0 {
                    out[at] = moved;
                } else {
                    out[at].weight = stay;
                    out.push(moved);
                }
            }
        }
    }

    /// The tier that a caller asks for, by a draw.
    fn tier_at(&self, draw: f64) -> u8 {
        let at = self.tiers.iter().position(|upper| draw < *upper).unwrap_or(0);
        u8::try_from(at).unwrap_or(0)
    }
}

/// Another number from a draw that was already used.
fn mix_again(bits: u64) -> u64 {
    super::noise::mix(bits ^ 0x5bd1)
}

/// A value with this mean, at a share of its log-normal distribution.
fn log_normal(mean: f64, sigma: f64, at: f64) -> f64 {
    mean * (sigma * quantile(at) - sigma * sigma / 2.0).exp()
}

/// Whole tokens or milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and below u32's limit, else saturated"
)]
pub(super) fn round(value: f64) -> u32 {
    value.round() as u32
}

/// One property's layers: a shuffled order of the samples.
struct Layer {
    order: [u8; MAX_SAMPLES],
    count: usize,
}

impl Layer {
    fn new(count: usize, rng: &mut Rng) -> Self {
        let mut order: [u8; MAX_SAMPLES] = std::array::from_fn(|at| u8::try_from(at).unwrap_or(0));
        for at in (1..count).rev() {
            order.swap(at, usize::try_from(rng.bits() % (at as u64 + 1)).unwrap_or(0));
        }
        Self { order, count }
    }

    /// A share within this sample's layer.
    #[expect(clippy::cast_precision_loss, reason = "at most twelve")]
    fn unit(&self, at: usize, rng: &mut Rng) -> f64 {
        (f64::from(self.order[at]) + rng.unit()) / self.count as f64
    }
}
