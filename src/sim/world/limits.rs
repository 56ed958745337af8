//! What the quotas allow a pool: tokens a minute, tokens a minute for calls with a long context, tokens a day.
//!
//! A day's quota is counted over the running 24 hours: AWS does not publish when it sets the count back, so this is the simulator's choice. Nothing is counted of more than two
//! days before the world's start, and pools of one quota see each other's use up to the last full hour. The daily quota over all models is not enforced: its weights are not
//! published.

use super::catalog::Catalog;
use super::pools::{BLOCK, Hour};
use super::traffic::Source;
use super::{Quota, World};

/// Tokens that may be used, and what was allowed before.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Limit {
    /// None: nothing is enforced.
    pub tokens: Option<f64>,
    /// Until this minute since the epoch another value was in force.
    pub before: Option<(i64, Option<f64>)>,
}

impl Limit {
    /// What is in force in a minute.
    pub(super) fn at(&self, minute: i64) -> Option<f64> {
        match self.before {
            Some((until, tokens)) if minute < until => tokens,
            _ => self.tokens,
        }
    }
}

/// A quota of tokens a day.
#[derive(Debug)]
pub(super) struct Day {
    /// Its code.
    pub code: String,
    /// Tokens a day.
    pub tokens: f64,
    /// Its name says that calls through a geography's profile count half.
    pub doubled: bool,
    /// The pools that draw on it.
    pub pools: Vec<usize>,
}

/// What is left of a day's quota at the start of an hour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    pub tokens: f64,
    /// What every minute of the hour gives back, because it was used a day ago.
    pub back: f64,
    /// What a token of the pool counts.
    pub weight: f64,
}

/// Hours before the world's start that count against quotas of a day.
const COUNTED_BEFORE: i64 = 48;

/// The end of a quota's name: which model it is for.
fn label(name: &str) -> Option<&str> {
    name.split_once(" for ").map(|(_, label)| label)
}

impl Catalog {
    fn quota(&self, code: &str) -> Option<&Quota> {
        self.quotas.iter().find(|quota| quota.code == code)
    }

    /// The quota of calls with a long context beside a quota of tokens a minute.
    fn long_code(&self, code: &str) -> Option<&str> {
        let name = format!("{} 1M Context Length", self.quota(code)?.name);
        self.quotas.iter().find(|quota| quota.name == name).map(|quota| quota.code.as_str())
    }

    /// The quota of tokens a day beside a quota of tokens a minute.
    fn day_quota(&self, code: &str) -> Option<&Quota> {
        let name = &self.quota(code)?.name;
        let label = label(name)?;
        let wanted = if name.starts_with("Global ") {
            format!("Global cross-region model inference tokens per day for {label}")
        } else {
            format!("Model invocation max tokens per day for {label} (doubled for cross-region calls)")
        };
        self.quotas.iter().find(|quota| quota.name == wanted)
    }
}

impl World {
    /// What a quota allows.
    pub(super) fn limit(&self, code: &str) -> Limit {
        let Some(quota) = self.catalog.quota(code) else {
            return Limit::default();
        };
        let tokens = quota.applied.unwrap_or(quota.default);
        let enforced = (tokens > 0.0 || !self.scenario.serves_at_zero).then_some(tokens);
        let since = self.scenario.zero_since.filter(|_| self.scenario.zero_quotas && tokens <= 0.0);
        let before = since.map(|since| (self.origin.div_euclid(60) + since, Some(quota.default)));
        Limit { tokens: enforced, before }
    }

    /// As [`World::limit`], of the quota for calls with a long context beside this one; None where there is none.
    pub(super) fn long_limit(&self, code: &str) -> Option<Limit> {
        self.catalog.long_code(code).map(|code| self.limit(code))
    }

    /// Puts a pool under its quota of tokens a day. Where all is blocked, the minute's quota says enough.
    pub(super) fn under_day(&mut self, pool: usize, code: &str) {
        if self.scenario.zero_quotas || self.pools[pool].day.is_some() {
            return;
        }
        let Some(quota) = self.catalog.day_quota(code) else {
            return;
        };
        let at = self.days.iter().position(|day| day.code == quota.code).unwrap_or_else(|| {
            self.days.push(Day {
                code: quota.code.clone(),
                tokens: quota.applied.unwrap_or(quota.default),
                doubled: quota.name.ends_with("(doubled for cross-region calls)"),
                pools: Vec::new(),
            });
            self.days.len() - 1
        });
        self.days[at].pools.push(pool);
        self.pools[pool].day = Some(at);
    }

    /// Lets go of the quotas of a day that their callers cannot come near: then nothing has to be counted.
    pub(super) fn forget_far_days(&mut self) {
        for at in 0..self.days.len() {
            let of_pool = |pool: &usize| {
                let members = self.pools[*pool].members.iter().map(|at| most_a_day(&self.sources[*at]));
                members.sum::<f64>() * self.day_weight(*pool)
            };
            if self.days[at].pools.iter().map(of_pool).sum::<f64>() < self.days[at].tokens {
                for pool in self.days[at].pools.clone() {
                    self.pools[pool].day = None;
                }
            }
        }
    }

    /// What is left of a pool's day at the start of an hour since the epoch; None where nothing has to be counted.
    pub(super) fn left(&self, pool: usize, hour: i64) -> Option<Left> {
        let at = self.pools[pool].day?;
        let first = self.origin.div_euclid(3600) - COUNTED_BEFORE;
        // From the first hour on: each one then finds those before it.
        let (mut used, mut back) = (0.0, 0.0);
        for earlier in first..hour {
            let tokens = self.used(at, earlier);
            if earlier >= hour - 24 {
                used += tokens;
            }
            if earlier == hour - 24 {
                #[expect(clippy::cast_precision_loss, reason = "60 minutes")]
                let minutes = BLOCK as f64;
                back = tokens / minutes;
            }
        }
        Some(Left { tokens: self.days[at].tokens - used, back, weight: self.day_weight(pool) })
    }

    /// What a pool's token counts against its day's quota.
    pub(super) fn day_weight(&self, pool: usize) -> f64 {
        let pool = &self.pools[pool];
        let half = pool.day.is_some_and(|at| self.days[at].doubled) && pool.arns.len() > 1;
        if half { 0.5 } else { 1.0 }
    }

    /// What a day's pools used of it in an hour.
    fn used(&self, day: usize, hour: i64) -> f64 {
        if let Some(used) = self.memory.borrow().used.get(&(day, hour)) {
            return *used;
        }
        let mut used = 0.0;
        let (from, to) = (hour * BLOCK, (hour + 1) * BLOCK);
        let lives = |pool: &&usize| self.pools[**pool].members.iter().any(|at| self.sources[*at].lives(from, to));
        for pool in self.days[day].pools.iter().filter(lives) {
            let hours = self.hour(*pool, hour);
            let members = self.pools[*pool].members.iter().map(|at| &self.sources[*at]);
            let tokens: f64 = members.zip(hours.iter()).map(|(source, hour)| tokens_of(source, hour)).sum();
            used += tokens * self.day_weight(*pool);
        }
        self.memory.borrow_mut().used.insert((day, hour), used);
        used
    }
}

/// Quota tokens of an hour; what Reserved served is beside the quota.
fn tokens_of(source: &Source, hour: &Hour) -> f64 {
    let samples = hour.samples.iter().filter(|sample| sample.served() != 3);
    samples.map(|sample| f64::from(sample.weight) * source.quota(sample)).sum()
}

/// Tokens that an endpoint's calls can use in a day at most, with a margin for chance.
fn most_a_day(source: &Source) -> f64 {
    const MARGIN: f64 = 1.3;
    let spec = &source.spec;
    let busiest = spec.night.max(1.0) * spec.weekend.max(1.0);
    let growth = spec.growth.iter().map(|(_, factor)| *factor).reduce(f64::max).unwrap_or(1.0);
    let longer = spec.shift.map_or(1.0, |shift| shift.output.max(1.0));
    let input = spec.input + spec.long_context * 2.0 * f64::from(super::traffic::LONG);
    let tokens = input + spec.cache_write + spec.output * longer * source.burndown;
    #[expect(clippy::cast_precision_loss, reason = "24 hours of 60 minutes")]
    let minutes = (24 * BLOCK) as f64;
    spec.rpm * busiest * growth * (1.0 + spec.burst / 8.0) * tokens * minutes * MARGIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::scenario::Scenario;

    #[test]
    fn quotas_beside_a_quota_are_found_by_name() {
        let world = World::new(Scenario::named("healthy").unwrap());
        // Sonnet 4.5 through the `us` profile, and Nova 2 Lite.
        assert_eq!(world.catalog.long_code("L-F4DDD3EB"), Some("L-8EA73537"));
        assert_eq!(world.catalog.long_code("L-C6F5908D"), None);
        assert_eq!(world.catalog.day_quota("L-C6F5908D").map(|quota| quota.code.as_str()), Some("L-210172B5"));
        assert_eq!(world.catalog.day_quota("L-71C69B70").map(|quota| quota.code.as_str()), Some("L-AD940EDE"));
    }

    #[test]
    fn days_that_cannot_be_used_up_are_not_counted() {
        let world = World::new(Scenario::named("healthy").unwrap());
        assert!(!world.days.is_empty() && world.pools.iter().all(|pool| pool.day.is_none()), "{:?}", world.days);
    }
}
