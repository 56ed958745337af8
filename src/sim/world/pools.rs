//! Quota pools: which endpoints share one, and which of their calls it lets in.
//!
//! Time is made in hours: [`generate`] makes all endpoints of a pool for one hour, in order, from a few minutes before it so that calls in
//! flight carry over. An hour is a function of the pool and the hour alone, so it does not matter which is asked first, and it can be
//! forgotten and made again.
//!
//! Inside a tight minute time runs in twelve steps. A call takes input + cache write + `max_tokens` when it starts; when it ends it gives
//! that back and input + cache write + output × burndown stays charged until the minute is over (a call that ends in a later minute
//! charges that one no more than it held). A call that does not fit is a throttle; its caller's SDK tries again one and three steps later,
//! and every attempt refused is a throttle too. Requests-per-minute quotas are not enforced: AWS has dropped most of them.

use super::limits::{Left, Limit};
use super::noise::{Rng, key, share};
use super::traffic::{Demand, PAIRS, Sample, Source};

/// Minutes in a block.
pub(super) const BLOCK: i64 = 60;
/// Steps in a minute.
const STEPS: usize = 12;
/// The step in which calls that come in a bunch begin.
const BUNCH: usize = 1;
/// Minutes simulated before a block, for the calls in flight at its start.
const WARM_UP: i64 = 4;
/// Longest time a call holds its reservation, in steps (ten minutes), and one.
const RING: usize = 121;

/// Endpoints that draw on one quota.
#[derive(Debug)]
pub(super) struct Pool {
    /// Sorted ARNs of the models behind it.
    pub arns: Vec<String>,
    /// Tokens per minute.
    pub limit: Limit,
    /// Tokens per minute of calls with a long context, where those have a quota of their own.
    pub long: Option<Limit>,
    /// Position of its quota of tokens a day, where that has to be counted.
    pub day: Option<usize>,
    /// Positions of its endpoints.
    pub members: Vec<usize>,
}

/// One hour of one endpoint.
#[derive(Debug, Default)]
pub(super) struct Hour {
    /// Calls let in, minute by minute.
    pub samples: Vec<Sample>,
    /// Where each minute's samples begin; one more for the end.
    pub starts: Vec<u32>,
    /// 4xx of each minute.
    pub client: Vec<u32>,
    /// 5xx of each minute.
    pub server: Vec<u32>,
    /// Throttles: minute, pair, attempts refused.
    pub throttles: Vec<(u8, u8, u32)>,
    /// In which minutes there is what (bit = minute).
    pub seen: Seen,
}

/// For each kind of data the minutes that have it, as bits.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    pub success: [u64; PAIRS],
    pub stream: [u64; PAIRS],
    pub throttle: [u64; PAIRS],
    pub cache_read: u64,
    pub cache_write: u64,
    pub client: u64,
    pub server: u64,
    pub long: u64,
}

impl Hour {
    /// Samples of a minute (0 to 59).
    pub(super) fn minute(&self, minute: usize) -> &[Sample] {
        match (self.starts.get(minute), self.starts.get(minute + 1)) {
            (Some(from), Some(to)) => &self.samples[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// Adds the next minute.
    fn push(&mut self, samples: &[Sample], demand: Demand, throttles: &[u32; PAIRS]) {
        let minute = self.client.len();
        let bit = 1_u64 << minute;
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        for sample in samples.iter().filter(|sample| sample.weight > 0) {
            self.samples.push(*sample);
            let pair = usize::from(sample.pair);
            self.seen.success[pair] |= bit;
            if sample.ttft_ms > 0 {
                self.seen.stream[pair] |= bit;
            }
            if sample.cache_read > 0 {
                self.seen.cache_read |= bit;
            }
            if sample.cache_write > 0 {
                self.seen.cache_write |= bit;
            }
            if sample.long() {
                self.seen.long |= bit;
            }
        }
        self.starts.push(u32::try_from(self.samples.len()).unwrap_or(u32::MAX));
        self.client.push(demand.client);
        self.server.push(demand.server);
        if demand.client > 0 {
            self.seen.client |= bit;
        }
        if demand.server > 0 {
            self.seen.server |= bit;
        }
        for (at, count) in throttles.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.throttles.push((u8::try_from(minute).unwrap_or(0), u8::try_from(at).unwrap_or(0), *count));
            self.seen.throttle[at] |= bit;
        }
    }
}

/// One endpoint's minute before the pool is asked.
struct Raw {
    demand: Demand,
    samples: Vec<Sample>,
}

/// What an endpoint's minute asks for.
fn raw(source: &Source, seed: u64, minute: i64, day: &[f64]) -> Raw {
    let mut rng = Rng::of(&[seed, source.salt, minute.cast_unsigned()]);
    let mut demand = source.demand(minute, day, &mut rng);
    let mut samples = Vec::with_capacity((demand.good as usize).min(super::traffic::MAX_SAMPLES));
    let refused = source.samples(minute, demand.good, &mut rng, &mut samples);
    demand.good -= refused;
    demand.client += refused;
    Raw { demand, samples }
}

/// All endpoints of a pool for one hour (`hour` since the epoch), in the order of its members. `left` is of the day's quota, where that counts.
pub(super) fn generate(
    pool: &Pool,
    sources: &[Source],
    seed: u64,
    hour: i64,
    day: &[f64],
    mut left: Option<Left>,
) -> Vec<Hour> {
    let first = hour * BLOCK;
    let members: Vec<&Source> = pool.members.iter().map(|at| &sources[*at]).collect();
    let mut hours: Vec<Hour> = members.iter().map(|_| Hour::default()).collect();
    let raws = |minute: i64| -> Vec<Raw> { members.iter().map(|source| raw(source, seed, minute, day)).collect() };
    let mut minutes: Vec<Vec<Raw>> = (first..first + BLOCK).map(raws).collect();
    let mut gates = gates(pool, &members, &minutes, first, left.is_some());
    if !gates.is_empty() {
        for minute in first - WARM_UP..first {
            let mut before = raws(minute);
            for gate in &mut gates {
                gate.minute(&members, &mut before, minute, false);
            }
        }
    }
    for (at, minute) in (first..).zip(&mut minutes) {
        let is_spent = left.is_some_and(|left| left.tokens <= 0.0);
        let mut throttles = vec![[0; PAIRS]; members.len()];
        for gate in &mut gates {
            let refused = gate.minute(&members, minute, at, is_spent);
            for (all, refused) in throttles.iter_mut().flatten().zip(refused.iter().flatten()) {
                *all += refused;
            }
        }
        if let Some(left) = &mut left {
            left.tokens += left.back - used(&members, minute) * left.weight;
        }
        for ((hour, raw), throttles) in hours.iter_mut().zip(minute.iter()).zip(&throttles) {
            hour.push(&raw.samples, raw.demand, throttles);
        }
    }
    hours
}

/// The gates that an hour needs: of calls with a usual and with a long context apart, where those have a quota of their own.
fn gates(pool: &Pool, members: &[&Source], minutes: &[Vec<Raw>], first: i64, counts_day: bool) -> Vec<Gate> {
    let kinds = match pool.long {
        None => vec![(pool.limit, None)],
        Some(long) => vec![(pool.limit, Some(false)), (long, Some(true))],
    };
    let gates = kinds.into_iter().filter_map(|(limit, long)| {
        let lowest = [first, first + BLOCK - 1].into_iter().filter_map(|at| limit.at(at)).reduce(f64::min);
        let top = minutes.iter().map(|minute| demanded(members, minute, long)).fold(0.0, f64::max);
        // A call seldom runs longer than two minutes; three full minutes of reservations at once cannot be exceeded by far.
        let is_tight = lowest.is_some_and(|lowest| top * 3.0 > lowest);
        (is_tight || counts_day && top > 0.0).then(|| Gate::new(limit, long))
    });
    gates.collect()
}

/// Whether a call draws on the quota for calls with a usual (`false`) or a long context (`true`); None: on the one for all. Reserved ones draw on neither.
fn draws(sample: &Sample, long: Option<bool>) -> bool {
    sample.served() != 3 && long.is_none_or(|long| sample.long() == long)
}

/// Tokens reserved if all on-demand calls of a minute ran at once.
fn demanded(members: &[&Source], minute: &[Raw], long: Option<bool>) -> f64 {
    let of = |(source, raw): (&&Source, &Raw)| -> f64 {
        let samples = raw.samples.iter().filter(|sample| draws(sample, long));
        samples.map(|sample| f64::from(sample.weight) * source.reservation(sample)).sum()
    };
    members.iter().zip(minute).map(of).sum()
}

/// Quota tokens of a minute's calls.
fn used(members: &[&Source], minute: &[Raw]) -> f64 {
    let of = |(source, raw): (&&Source, &Raw)| -> f64 {
        let samples = raw.samples.iter().filter(|sample| sample.served() != 3);
        samples.map(|sample| f64::from(sample.weight) * source.quota(sample)).sum()
    };
    members.iter().zip(minute).map(of).sum()
}

/// The pool's accounting as time goes by.
pub(super) struct Gate {
    limit: Limit,
    /// Which calls it lets in: see [`draws`].
    long: Option<bool>,
    /// Tokens charged in this minute by calls that ended.
    charged: f64,
    /// Tokens held by calls that run.
    held: f64,
    /// What is given back at each step to come: (held, charged if it is the same minute).
    ring: Vec<(f64, f64, i64)>,
    step: usize,
}

impl Gate {
    /// A pool in which nothing runs.
    pub(super) fn new(limit: Limit, long: Option<bool>) -> Self {
        Self { limit, long, charged: 0.0, held: 0.0, ring: vec![(0.0, 0.0, i64::MIN); RING], step: 0 }
    }

    /// Lets a minute's calls in as far as they fit, none where the day `is_spent`: their weights become what was let in. Returns each member's throttles by pair.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "whole calls, not negative, and twelve steps"
    )]
    fn minute(&mut self, members: &[&Source], raws: &mut [Raw], minute: i64, is_spent: bool) -> Vec<[u32; PAIRS]> {
        let limit = if is_spent { 0.0 } else { self.limit.at(minute).unwrap_or(f64::INFINITY) };
        let mut throttles = vec![[0_u32; PAIRS]; members.len()];
        let wanted: Vec<Vec<u32>> =
            raws.iter().map(|raw| raw.samples.iter().map(|sample| sample.weight).collect()).collect();
        // Calls that try again: (step, member, sample, calls, attempts left).
        let mut again: Vec<(usize, usize, usize, u32, u32)> = Vec::new();
        for raw in raws.iter_mut() {
            for sample in raw.samples.iter_mut().filter(|sample| draws(sample, self.long)) {
                sample.weight = 0;
            }
        }
        self.charged = 0.0;
        for step in 0..STEPS {
            self.give_back(minute);
            let mut arrivals: Vec<(usize, usize, u32, u32)> = Vec::new();
            again.retain(|&(when, member, sample, calls, left)| {
                if when == step {
                    arrivals.push((member, sample, calls, left));
                }
                when > step
            });
            for (member, raw) in raws.iter().enumerate() {
                for at in (0..raw.samples.len()).filter(|at| draws(&raw.samples[*at], self.long)) {
                    let phase = share(key(&[minute.cast_unsigned(), members[member].salt, at as u64]));
                    let bunched = (f64::from(wanted[member][at]) * members[member].spec.bunched).round();
                    let spread = f64::from(wanted[member][at]) - bunched;
                    let due = |step: usize| (spread * step as f64 / STEPS as f64 + phase) as u32;
                    let at_once = if step == BUNCH { bunched as u32 } else { 0 };
                    let calls = due(step + 1) - due(step) + at_once;
                    if calls > 0 {
                        arrivals.push((member, at, calls, members[member].spec.attempts.max(1) - 1));
                    }
                }
            }
            let begin = key(&[minute.cast_unsigned(), step as u64]) as usize % arrivals.len().max(1);
            arrivals.rotate_left(begin);
            for (member, at, calls, left) in arrivals {
                let sample = raws[member].samples[at];
                let size = members[member].reservation(&sample).max(1.0);
                let room = ((limit - self.charged - self.held) / size).floor().max(0.0);
                let let_in = calls.min(room as u32);
                if let_in > 0 {
                    raws[member].samples[at].weight += let_in;
                    self.take(f64::from(let_in), size, members[member].quota(&sample), sample.latency_ms, minute);
                }
                let refused = calls - let_in;
                if refused > 0 {
                    throttles[member][usize::from(sample.pair / 4 * 5)] += refused;
                    let when = step + if left > 1 { 1 } else { 2 };
                    if left > 0 && when < STEPS {
                        again.push((when, member, at, refused, left - 1));
                    }
                }
            }
            self.step += 1;
        }
        throttles
    }

    /// Starts calls of this size.
    fn take(&mut self, calls: f64, size: f64, quota: f64, latency_ms: u32, minute: i64) {
        let steps = (latency_ms as usize * STEPS).div_ceil(60_000).clamp(1, RING - 1);
        let slot = &mut self.ring[(self.step + steps) % RING];
        self.held += calls * size;
        slot.0 += calls * size;
        // Calls that end in one step may have begun in different minutes: only this minute's are charged to it.
        if slot.2 != minute {
            slot.1 = 0.0;
            slot.2 = minute;
        }
        slot.1 += calls * quota;
    }

    /// Ends the calls that end now.
    fn give_back(&mut self, minute: i64) {
        let slot = std::mem::replace(&mut self.ring[self.step % RING], (0.0, 0.0, i64::MIN));
        self.held = (self.held - slot.0).max(0.0);
        if slot.2 == minute {
            self.charged += slot.1;
        }
    }
}
