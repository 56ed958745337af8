//! What `ListMetrics` shows.
//!
//! A series is shown when it has data in the last two weeks (with `recently_active`: three hours) that is older than the series' own delay
//! of 5 to 15 minutes. The last three hours are looked at minute by minute; for the rest of the two weeks a series counts as having data
//! when at least four calls of its kind are expected there, which spares two weeks of minutes.

use std::collections::HashSet;
use std::sync::Arc;

use super::invoke::Outcome;
use super::metrics::{ALL, MANTLE, MANTLE_METRICS, Metric, RUNTIME, RUNTIME_METRICS, asked, dimensions, tiered, value};
use super::noise::{key, text};
use super::pools::{BLOCK, Hour, Seen};
use super::traffic::{PAIRS, Source, TIERS};
use super::{Series, World};
use crate::sim::scenario::TierDimensions;

/// Calls expected in two weeks from which on a series counts as having data.
const SURELY: f64 = 4.0;
/// Minutes of two weeks.
const FORTNIGHT: i64 = 14 * 1440;

/// Minutes from the end of a series' first minute until `ListMetrics` shows it: 5 to 15.
fn delay(seed: u64, id: &str, metric: usize, pairs: u16) -> i64 {
    5 + (key(&[seed, 0x11f7, text(id), metric as u64, u64::from(pairs)]) % 11).cast_signed()
}

/// The minutes with a metric's data, as bits.
fn bits(seen: &Seen, metric: Metric, pairs: u16) -> u64 {
    let of = |by_pair: &[u64; PAIRS]| {
        by_pair.iter().enumerate().filter(|(at, _)| pairs & (1 << at) != 0).fold(0, |sum, (_, bits)| sum | bits)
    };
    let errors = |bits: u64| if pairs & 1 == 0 { 0 } else { bits };
    match metric {
        Metric::Accepted | Metric::Legacy => of(&seen.success) | errors(seen.client | seen.server),
        Metric::Latency | Metric::Input | Metric::Output | Metric::Quota => of(&seen.success),
        Metric::FirstToken => of(&seen.stream),
        Metric::CacheRead => of(&seen.success) & seen.cache_read,
        Metric::CacheWrite => of(&seen.success) & seen.cache_write,
        Metric::ClientErrors => errors(seen.client),
        Metric::ServerErrors => errors(seen.server),
        Metric::Throttles => of(&seen.throttle),
    }
}

/// The share of an endpoint's calls that give a metric data; `pairs` must be all, one tier asked, or one pair.
fn share(world: &World, source: &Source, metric: Metric, pairs: u16, from: i64) -> f64 {
    let spec = &source.spec;
    let errors = f64::from(u8::from(pairs & 1 != 0));
    if source.refused_from <= from {
        let is_counted = matches!(metric, Metric::Accepted | Metric::Legacy | Metric::ClientErrors);
        return if is_counted { errors } else { 0.0 };
    }
    let mut tiers = 0.0;
    let mut refused = 0.0;
    let mut below = 0.0;
    for (at, name) in TIERS.iter().enumerate() {
        let asked_share = if at == 0 { 1.0 - source.tiers[3] } else { source.tiers[at] - below };
        if at > 0 {
            below = source.tiers[at];
        }
        if source.refused_tiers[at] {
            refused += asked_share;
            continue;
        }
        for (served, _) in TIERS.iter().enumerate() {
            let of_it = match (*name, served) {
                ("priority", 0) => spec.downgrade,
                ("priority", 1) => 1.0 - spec.downgrade,
                // How much spills over is not known beforehand; half of it is far from none.
                ("reserved", 0) => {
                    if spec.reservation.is_some() {
                        0.5
                    } else {
                        1.0
                    }
                }
                ("reserved", 3) => {
                    if spec.reservation.is_some() {
                        0.5
                    } else {
                        0.0
                    }
                }
                _ => f64::from(u8::from(at == served && *name != "reserved")),
            };
            if pairs & (1 << (at * 4 + served)) != 0 {
                tiers += asked_share * of_it;
            }
        }
    }
    let blocked = world.pools[source.pool].limit.at(from) == Some(0.0);
    if blocked {
        return match metric {
            Metric::Throttles => tiers,
            Metric::ClientErrors => errors * spec.client_errors,
            Metric::ServerErrors => errors * spec.server_errors,
            _ => 0.0,
        };
    }
    match metric {
        Metric::FirstToken => tiers * spec.streaming,
        Metric::ClientErrors => errors * (spec.client_errors + refused),
        Metric::ServerErrors => errors * spec.server_errors,
        Metric::Throttles => 0.0,
        _ => tiers,
    }
}

/// Whether an endpoint can ever give a metric data.
fn possible(source: &Source, metric: Metric) -> bool {
    match metric {
        Metric::Output => source.spec.output > 0.0,
        Metric::CacheRead => source.spec.cache_read > 0.0,
        Metric::CacheWrite => source.spec.cache_write > 0.0,
        Metric::Legacy => source.legacy,
        _ => true,
    }
}

/// One endpoint as `ListMetrics` looks at it.
struct Look<'a> {
    world: &'a World,
    source: &'a Source,
    seat: usize,
    /// First minute of the window that is looked at.
    from: i64,
    now: i64,
    hours: Vec<(i64, Arc<Vec<Hour>>)>,
    /// Calls expected in the two weeks before, where those count.
    expected: f64,
}

impl<'a> Look<'a> {
    fn at(world: &'a World, at: usize, now: i64, recently_active: bool) -> Self {
        let source = &world.sources[at];
        let minute = now.div_euclid(60);
        let from = minute - 180;
        let hours = (from.div_euclid(BLOCK)..=minute.div_euclid(BLOCK))
            .filter(|hour| source.lives(hour * BLOCK, (hour + 1) * BLOCK))
            .map(|hour| (hour, world.hour(source.pool, hour)))
            .collect();
        let mut expected = 0.0;
        if !recently_active {
            // Every second hour stands for two.
            let until = minute - 15;
            let mut at = until - FORTNIGHT + 60;
            while at < until {
                expected += source.trend(at, &world.day) * 120.0;
                at += 120;
            }
        }
        Self { world, source, seat: world.seats[at], from, now: minute, hours, expected }
    }

    /// Whether a series of this endpoint is shown, if it is shown `delay` minutes late.
    fn shown(&self, metric: Metric, pairs: u16, long: bool, delay: i64) -> bool {
        if !possible(self.source, metric) {
            return false;
        }
        let long_share = if long { self.source.spec.long_context } else { 1.0 };
        if self.expected > 0.0
            && self.expected * long_share * share(self.world, self.source, metric, pairs, self.now - FORTNIGHT)
                >= SURELY
        {
            return true;
        }
        let to = (self.now - delay).min(self.world.published_until());
        self.hours.iter().any(|(hour, data)| {
            let seen = &data[self.seat].seen;
            let mut minutes = bits(seen, metric, pairs);
            if long {
                minutes &= seen.long;
            }
            let begin = hour * BLOCK;
            // Cut the bits before `from` and from `to` on.
            let low = (self.from - begin).clamp(0, 63);
            let high = (to - begin).clamp(0, 60);
            minutes & (u64::MAX << low) & ((1_u64 << high) - 1) != 0
        })
    }
}

/// See [`World::list_metrics`].
pub(super) fn list(world: &World, now: i64, recently_active: bool) -> Vec<Series> {
    let mode = world.scenario.tier_dimensions;
    let seed = world.scenario.seed;
    let mut all = Vec::new();
    let mut account = [false; RUNTIME_METRICS.len()];
    let mut mantle: Vec<Series> = Vec::new();
    for at in 0..world.sources.len() {
        let look = Look::at(world, at, now, recently_active);
        if look.hours.is_empty() && look.expected <= 0.0 {
            continue;
        }
        let id = look.source.spec.id.as_str();
        if look.source.spec.project.is_some() {
            of_mantle(&look, seed, &mut mantle);
            continue;
        }
        for (number, (name, metric)) in RUNTIME_METRICS.iter().enumerate() {
            if !account[number] {
                account[number] = look.shown(*metric, ALL, false, delay(seed, "", number, ALL));
            }
            let mut add = |id: &str, pairs: u16, pair: Option<usize>, long: bool| {
                if look.source.known
                    && look.shown(*metric, pairs, long, delay(seed, id, number + usize::from(long) * 100, pairs))
                {
                    all.push(Series {
                        namespace: RUNTIME.into(),
                        metric: (*name).into(),
                        dimensions: dimensions(id, pair, long),
                    });
                }
            };
            if mode == TierDimensions::IdSuffix {
                add(id, asked(0), None, false);
                for (tier, name) in (0_u8..).zip(TIERS).skip(1) {
                    add(&format!("{id}+{name}"), asked(tier), None, false);
                }
            } else {
                add(id, ALL, None, false);
            }
            let by_length = *metric == Metric::Quota && look.source.spec.long_context > 0.0;
            if tiered(*metric, mode) {
                for pair in 0..PAIRS {
                    add(id, 1 << pair, Some(pair), false);
                    if by_length {
                        add(id, 1 << pair, Some(pair), true);
                    }
                }
            } else if by_length {
                let pairs = if mode == TierDimensions::IdSuffix { asked(0) } else { ALL };
                add(id, pairs, None, true);
            }
        }
    }
    for ((name, _), _) in RUNTIME_METRICS.iter().zip(account).filter(|(_, shown)| *shown) {
        all.push(Series { namespace: RUNTIME.into(), metric: (*name).into(), dimensions: Vec::new() });
    }
    all.append(&mut mantle);
    if !world.calls.is_empty() {
        of_calls(world, now, recently_active, &mut all);
    }
    all
}

/// Adds the series of a mantle endpoint that are not there yet.
fn of_mantle(look: &Look<'_>, seed: u64, all: &mut Vec<Series>) {
    let spec = &look.source.spec;
    let project = spec.project.clone().unwrap_or_default();
    for (number, (name, metric, sets)) in MANTLE_METRICS.iter().enumerate() {
        for (set, _) in sets.iter().enumerate().filter(|(_, has)| **has) {
            let mut dimensions = Vec::new();
            if set & 2 != 0 {
                dimensions.push(("Model".to_owned(), spec.id.clone()));
            }
            if set & 1 != 0 {
                dimensions.push(("Project".to_owned(), project.clone()));
            }
            let owner: String = dimensions.iter().map(|(_, value)| value.as_str()).collect();
            let series = Series { namespace: MANTLE.into(), metric: (*name).into(), dimensions };
            if !all.contains(&series) && look.shown(*metric, ALL, false, delay(seed, &owner, 50 + number, ALL)) {
                all.push(series);
            }
        }
    }
}

/// Adds the series that only test calls gave data.
fn of_calls(world: &World, now: i64, recently_active: bool, all: &mut Vec<Series>) {
    let (mode, seed) = (world.scenario.tier_dimensions, world.scenario.seed);
    let mut have: HashSet<Series> = all.iter().cloned().collect();
    let minute = now.div_euclid(60);
    let from = minute - if recently_active { 180 } else { FORTNIGHT };
    for call in world.calls.iter().filter(|call| call.minute >= from) {
        for (number, (name, metric)) in RUNTIME_METRICS.iter().enumerate() {
            let counts = match call.outcome {
                Outcome::Success => {
                    (*metric != Metric::Legacy || call.legacy) && value(*metric, call.burndown, &call.sample).is_some()
                }
                Outcome::ClientError => matches!(metric, Metric::Accepted | Metric::ClientErrors),
                Outcome::ServerError => matches!(metric, Metric::Accepted | Metric::ServerErrors),
                Outcome::Throttle => *metric == Metric::Throttles,
            };
            let mut add = |id: &str, pairs: u16, dimensions: Vec<(String, String)>| {
                let series = Series { namespace: RUNTIME.into(), metric: (*name).into(), dimensions };
                let late = call.minute >= minute - delay(seed, id, number, pairs);
                if !late && have.insert(series.clone()) {
                    all.push(series);
                }
            };
            if !counts {
                continue;
            }
            add("", ALL, Vec::new());
            let Some(id) = &call.id else { continue };
            let pair = usize::from(call.sample.pair);
            match TIERS.get(pair / 4) {
                Some(tier) if mode == TierDimensions::IdSuffix && pair >= 4 => {
                    let id = format!("{id}+{tier}");
                    add(&id, asked(call.sample.pair / 4), dimensions(&id, None, false));
                }
                _ => add(id, ALL, dimensions(id, None, false)),
            }
            if tiered(*metric, mode) {
                add(id, 1 << pair, dimensions(id, Some(pair), false));
            }
        }
    }
}
