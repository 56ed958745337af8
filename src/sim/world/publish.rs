//! What `CloudWatch` answers: when a minute becomes visible, and the statistics over a series' calls.
//!
//! A minute is first visible 60 to 120 seconds after its end, with about nine tenths of its calls; 45 to 60 seconds later, never more than
//! 180 seconds after its end, with all of them. Both times belong to the minute, the same for all series, so that sums over series agree
//! at any time. Which calls come late belongs to the call, so that the metrics of a minute agree too.

use super::invoke::Outcome;
use super::metrics::{ALL, METRICS, Metric, Selector, place, value};
use super::noise::{key, mix};
use super::pools::{BLOCK, Hour};
use super::{Series, World};

/// Seconds after a minute's end when all of it is visible.
pub(super) const SETTLED: i64 = 180;

/// How much of a minute is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Nothing,
    Part,
    Whole,
}

/// How much of a minute (since the epoch) is visible at `now`.
pub(super) fn stage(seed: u64, minute: i64, now: i64) -> Stage {
    let age = now - (minute + 1) * 60;
    if age >= SETTLED {
        return Stage::Whole;
    }
    let bits = key(&[seed, 0x70b1, minute.cast_unsigned()]);
    let first = 60 + (bits % 61).cast_signed();
    let revised = first + 45 + ((bits >> 32) % 16).cast_signed();
    match age {
        age if age < first => Stage::Nothing,
        age if age < revised => Stage::Part,
        _ => Stage::Whole,
    }
}

/// How many of `count` equal calls are visible; `salt` tells calls apart.
fn visible(stage: Stage, count: u32, minute: i64, salt: u64) -> u32 {
    match stage {
        Stage::Nothing => 0,
        Stage::Whole => count,
        Stage::Part => {
            let late = mix(minute.cast_unsigned() ^ (salt << 32)) % 10;
            u32::try_from((u64::from(count) * 9 + late) / 10).unwrap_or(count)
        }
    }
}

/// What is asked of the values.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Statistic {
    Sum,
    Average,
    Minimum,
    Maximum,
    SampleCount,
    Percentile(f64),
}

impl Statistic {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            other => {
                let share: f64 = other.strip_prefix('p')?.parse().ok()?;
                if !(0.0..=100.0).contains(&share) {
                    return None;
                }
                Self::Percentile(share)
            }
        })
    }
}

/// The values of one period.
#[derive(Debug, Clone, Default)]
struct Bucket {
    sum: f64,
    count: u64,
    low: f64,
    high: f64,
    /// All values with their counts, only where a percentile is asked.
    values: Vec<(f64, u32)>,
}

impl Bucket {
    fn add(&mut self, value: f64, count: u32, keep: bool) {
        if count == 0 {
            return;
        }
        if self.count == 0 {
            (self.low, self.high) = (value, value);
        }
        self.sum += value * f64::from(count);
        self.count += u64::from(count);
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        if keep {
            self.values.push((value, count));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of calls")]
    fn get(&mut self, statistic: Statistic) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        Some(match statistic {
            Statistic::Sum => self.sum,
            Statistic::Average => self.sum / self.count as f64,
            Statistic::Minimum => self.low,
            Statistic::Maximum => self.high,
            Statistic::SampleCount => self.count as f64,
            Statistic::Percentile(share) => {
                self.values.sort_by(|a, b| a.0.total_cmp(&b.0));
                let rank = (share / 100.0 * self.count as f64).max(1.0);
                let mut below = 0.0;
                let found = self.values.iter().find(|(_, count)| {
                    below += f64::from(*count);
                    below >= rank
                });
                found.map_or(self.high, |(value, _)| *value)
            }
        })
    }
}

/// Periods and what was counted in them.
struct Sheet<'a> {
    selector: Selector<'a>,
    buckets: Vec<Bucket>,
    /// First minute, minute after the last.
    from: i64,
    to: i64,
    /// Minutes in a period.
    period: i64,
    keep: bool,
    seed: u64,
    now: i64,
    /// The minute from which on nothing is published.
    until: i64,
}

impl Sheet<'_> {
    fn bucket(&mut self, minute: i64) -> Option<&mut Bucket> {
        self.buckets.get_mut(usize::try_from((minute - self.from) / self.period).ok()?)
    }

    /// Whether an hour counts as a whole: all of it is asked for, is published, and is in one period.
    fn takes_whole(&self, hour: i64, statistic: Statistic) -> bool {
        let (first, last) = (hour * BLOCK, (hour + 1) * BLOCK - 1);
        let period = |minute: i64| (minute - self.from).div_euclid(self.period);
        statistic == Statistic::Sum
            && self.selector.pairs == ALL
            && !self.selector.long
            && self.from <= first
            && last < self.to.min(self.until)
            && period(first) == period(last)
            && stage(self.seed, last, self.now) == Stage::Whole
    }

    /// Counts an hour by its sums. No call adds a zero, so a sum of zero has no calls.
    fn whole_hour(&mut self, hour: i64, sums: &[f64; METRICS]) {
        let sum = place(self.selector.metric).map_or(0.0, |at| sums[at]);
        if sum > 0.0
            && let Some(bucket) = self.bucket(hour * BLOCK)
        {
            bucket.add(sum, 1, false);
        }
    }

    /// Counts one endpoint's hour (since the epoch).
    fn hour(&mut self, hour: i64, data: &Hour, burndown: f64) {
        let metric = self.selector.metric;
        let nothing = match metric {
            Metric::ClientErrors => data.seen.client == 0,
            Metric::ServerErrors => data.seen.server == 0,
            Metric::Throttles => data.throttles.is_empty(),
            _ => false,
        };
        if nothing {
            return;
        }
        let begin = (hour * BLOCK).max(self.from);
        let end = ((hour + 1) * BLOCK).min(self.to).min(self.until);
        for minute in begin..end {
            let stage = stage(self.seed, minute, self.now);
            let at = usize::try_from(minute - hour * BLOCK).unwrap_or(0);
            let (selector, keep) = (self.selector, self.keep);
            if stage == Stage::Nothing {
                continue;
            }
            let Some(bucket) = self.bucket(minute) else { continue };
            if metric == Metric::Throttles {
                let minute_of = |entry: &&(u8, u8, u32)| usize::from(entry.0) == at && selector.has(entry.1);
                for (_, pair, count) in data.throttles.iter().filter(minute_of) {
                    bucket.add(1.0, visible(stage, *count, minute, 200 + u64::from(*pair)), keep);
                }
                continue;
            }
            // Errors have no tier and no length.
            if selector.has(0) && !selector.long {
                let (client, server) =
                    (visible(stage, data.client[at], minute, 100), visible(stage, data.server[at], minute, 101));
                match metric {
                    Metric::ClientErrors => bucket.add(1.0, client, keep),
                    Metric::ServerErrors => bucket.add(1.0, server, keep),
                    Metric::Accepted | Metric::Legacy => bucket.add(1.0, client + server, keep),
                    _ => {}
                }
            }
            for (salt, sample) in (0_u64..).zip(data.minute(at)) {
                if !selector.has(sample.pair) || (selector.long && !sample.long()) {
                    continue;
                }
                if let Some(value) = value(metric, burndown, sample) {
                    bucket.add(value, visible(stage, sample.weight, minute, salt), keep);
                }
            }
        }
    }
}

/// See [`World::statistic`].
pub(super) fn points(
    world: &World,
    now: i64,
    series: &Series,
    statistic: &str,
    period: i64,
    start: i64,
    end: i64,
) -> Vec<(i64, f64)> {
    const DAY: i64 = 86_400;
    let (Some(statistic), Some(selector)) =
        (Statistic::of(statistic), Selector::of(series, world.scenario.tier_dimensions))
    else {
        return Vec::new();
    };
    if period < 60 || period % 60 != 0 {
        return Vec::new();
    }
    // How long CloudWatch keeps points of this length.
    let kept = match period {
        ..300 => 15 * DAY,
        300..3600 => 63 * DAY,
        _ => 455 * DAY,
    };
    let from = start.max(now - kept);
    // Periods count from the start, which CloudWatch rounds down by its age (GetMetricData reference, `StartTime`, 2026-11).
    let rounded_to = match now - from {
        ..=1_296_000 => 60,
        1_296_001..=5_443_200 => 300,
        _ => 3600,
    };
    let first = from.div_euclid(rounded_to) * rounded_to;
    let last = end.min(now);
    let Ok(count) = usize::try_from((last - first + period - 1).div_euclid(period)) else {
        return Vec::new();
    };
    let mut sheet = Sheet {
        selector,
        buckets: vec![Bucket::default(); count],
        from: first.div_euclid(60),
        to: (first + i64::try_from(count).unwrap_or(0) * period).min(now).div_euclid(60),
        period: period / 60,
        keep: matches!(statistic, Statistic::Percentile(_)),
        seed: world.scenario.seed,
        now,
        until: world.published_until(),
    };
    if sheet.to > sheet.from {
        for at in selector.sources(world) {
            let source = &world.sources[at];
            for hour in sheet.from.div_euclid(BLOCK)..=(sheet.to - 1).div_euclid(BLOCK) {
                if !source.lives(hour * BLOCK, (hour + 1) * BLOCK) {
                    continue;
                }
                if sheet.takes_whole(hour, statistic) {
                    sheet.whole_hour(hour, &world.sums(at, hour));
                } else {
                    sheet.hour(hour, &world.hour(source.pool, hour)[world.seats[at]], source.burndown);
                }
            }
        }
        recorded(world, &mut sheet);
    }
    (0_i64..)
        .zip(&mut sheet.buckets)
        .filter_map(|(at, bucket)| Some((first + at * period, bucket.get(statistic)?)))
        .collect()
}

/// Counts the test calls.
fn recorded(world: &World, sheet: &mut Sheet<'_>) {
    let (selector, keep) = (sheet.selector, sheet.keep);
    let minutes = sheet.from..sheet.to.min(sheet.until);
    for call in world.calls.iter().filter(|call| minutes.contains(&call.minute)) {
        let of_id = selector.id.is_none() || selector.id == call.id.as_deref();
        if selector.mantle || !of_id || !selector.has(call.sample.pair) {
            continue;
        }
        let count = visible(stage(sheet.seed, call.minute, sheet.now), 1, call.minute, 1000 + call.number);
        let added = match (call.outcome, selector.metric) {
            (Outcome::Throttle, Metric::Throttles)
            | (Outcome::ClientError, Metric::ClientErrors | Metric::Accepted)
            | (Outcome::ServerError, Metric::ServerErrors | Metric::Accepted) => Some(1.0),
            (Outcome::Success, Metric::Legacy) if !call.legacy => None,
            (Outcome::Success, _) if selector.long && !call.sample.long() => None,
            (Outcome::Success, metric) => value(metric, call.burndown, &call.sample),
            _ => None,
        };
        if let (Some(value), Some(bucket)) = (added, sheet.bucket(call.minute)) {
            bucket.add(value, count, keep);
        }
    }
}
