//! A test call: what the runtime checks, what it answers, and what is left of it for `CloudWatch`.

use super::access::{self, invalid, refusal};
use super::answers::{self, Manner};
use super::metrics::tier_number;
use super::noise::{Rng, key, share, text};
use super::traffic::{Sample, TIERS, pair, round};
use super::{Call, Model, Refusal, Reply, World, tiers};

/// Most test calls remembered; the oldest go first.
const MOST_CALLS: usize = 2_000;

/// How a test call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    ClientError,
    ServerError,
    Throttle,
}

/// A test call, for `CloudWatch`.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    /// Since the epoch.
    pub minute: i64,
    /// Unique in this world.
    pub number: u64,
    /// What `CloudWatch` calls the endpoint; None where the call failed before the model was known.
    pub id: Option<String>,
    pub outcome: Outcome,
    pub burndown: f64,
    pub legacy: bool,
    /// Quota tokens it took from the pool at its start.
    pub reserved: f64,
    pub sample: Sample,
}

const NO_SAMPLE: Sample =
    Sample { weight: 1, input: 0, output: 0, cache_read: 0, cache_write: 0, latency_ms: 0, ttft_ms: 0, pair: 0 };

/// See [`World::invoke_with`].
pub(super) fn take(world: &mut World, now: i64, call: &Call, manner: &Manner) -> Result<Reply, Refusal> {
    let Some((id, model)) = resolve(world, &call.model_id) else {
        nameless(world, now);
        return Err(invalid("The provided model identifier is invalid."));
    };
    world.call_number += 1;
    if let Err(error) = check(world, now, &id, &model, call) {
        note(world, now, Some(id), Outcome::ClientError, NO_SAMPLE, 0.0, Some(&model));
        return Err(error);
    }
    let asked = call.tier.as_deref().and_then(tier_number).unwrap_or(0);
    let parts = world.cache.parts(now, &model.model_id, &call.prompt, manner);
    // A quota counts what goes into a cache, and not what comes out of it.
    let counted = parts.input + parts.write;
    let longest = call.max_tokens.unwrap_or(model.max_output);
    let mut rng = Rng::of(&[world.scenario.seed, text(&call.prompt), now.cast_unsigned(), world.call_number]);
    let style = answers::style(&model.model_id);
    let answer = answers::answer(&world.scenario.calls, style, manner, &call.prompt, longest, &mut rng);
    let served = tiers::served(world, now, &id, asked, (counted, answer.tokens), &mut rng);
    // What a reservation takes draws on no quota.
    let reserved = if served == 3 { 0.0 } else { holds(counted, longest) };
    let mut sample = Sample {
        input: parts.input,
        cache_read: parts.read,
        cache_write: parts.write,
        pair: pair(asked, served),
        ..NO_SAMPLE
    };
    if served != 3
        && let Some((outcome, error)) = crowded(world, now, &id, reserved, world.call_number)
    {
        note(world, now, Some(id), outcome, sample, 0.0, Some(&model));
        return Err(error);
    }
    world.cache.keep(now, &parts);
    let pace = tiers::pace(world, &id, served, &mut rng);
    sample.output = u32::try_from(answer.tokens).unwrap_or(u32::MAX);
    sample.latency_ms = round(pace.first_ms + f64::from(sample.output) / pace.speed * 1000.0).max(1);
    let ttft_ms = round(pace.first_ms).clamp(1, sample.latency_ms);
    sample.ttft_ms = if call.streaming { ttft_ms } else { 0 };
    note(world, now, Some(id), Outcome::Success, sample, reserved, Some(&model));
    let says = call.tier.is_some() && !world.scenario.calls.silent;
    // A tier without a number of its own is served as asked.
    let served = if asked == served { call.tier.as_deref() } else { Some(TIERS[usize::from(served)]) };
    Ok(Reply {
        number: world.call_number,
        reasoning: answer.reasoning,
        reasoning_form: style.reasoning,
        pieces: answer.text,
        ttft_ms: u64::from(ttft_ms),
        latency_ms: u64::from(sample.latency_ms),
        input_tokens: u64::from(parts.input),
        output_tokens: answer.tokens,
        reasoning_tokens: answer.reasoning_tokens,
        cache_read_tokens: u64::from(parts.read),
        cache_write_tokens: u64::from(parts.write),
        stop_reason: answer.stop_reason.into(),
        served_tier: served.filter(|_| says).map(str::to_owned),
    })
}

/// Records a call that failed before its model was known.
pub(super) fn nameless(world: &mut World, now: i64) {
    world.call_number += 1;
    note(world, now, None, Outcome::ClientError, NO_SAMPLE, 0.0, None);
}

/// Quota tokens that a call holds from its start.
fn holds(input: u32, longest: u64) -> f64 {
    f64::from(input) + f64::from(u32::try_from(longest).unwrap_or(u32::MAX))
}

/// What `CloudWatch` calls the endpoint of an id or ARN, and its model; None where there is no such thing.
pub(super) fn resolve(world: &World, sent: &str) -> Option<(String, Model)> {
    let id = match sent.strip_prefix("arn:") {
        Some(_) => {
            let known = world.catalog.profiles.iter().any(|profile| profile.arn == sent);
            let model = sent.starts_with(&format!("arn:aws:bedrock:{}::foundation-model/", world.region()));
            if !known && !model {
                return None;
            }
            super::catalog::model_of_arn(sent)
        }
        // The runtime takes an application profile by its ARN or its short id.
        None => sent,
    };
    let model = &world.catalog.models[world.catalog.model_of(id)?];
    (!model.mantle_only).then(|| (id.to_owned(), model.clone()))
}

/// What is wrong with a call to a model that exists.
fn check(world: &World, now: i64, id: &str, model: &Model, call: &Call) -> Result<(), Refusal> {
    access::check(world, now, id, model, call.streaming)?;
    if let Some(tier) = &call.tier {
        access::tier(world, id, model, tier, call.streaming)?;
    }
    access::length(model, call)
}

/// Why a quota or a lack of capacity refuses a call; None where it is let in.
#[expect(clippy::cast_precision_loss, reason = "minutes of an hour")]
fn crowded(world: &World, now: i64, id: &str, reserved: f64, number: u64) -> Option<(Outcome, Refusal)> {
    let throttled = |message: &str| Some((Outcome::Throttle, refusal(429, "ThrottlingException", message)));
    let source = world.source_index.get(id).map(|at| &world.sources[*at]);
    let minute = now.div_euclid(60);
    if let Some(left) = source.and_then(|source| world.left(source.pool, minute.div_euclid(60)))
        && left.tokens + left.back * minute.rem_euclid(60) as f64
            - day_so_far(world, source.map_or(0, |source| source.pool), minute)
            <= 0.0
    {
        return throttled("Too many tokens per day, please wait before trying again.");
    }
    if room(world, now, id).is_some_and(|room| reserved > room) {
        return throttled("Too many tokens, please wait before trying again.");
    }
    let short = source.map_or(0.0, |source| source.short_of_capacity(minute));
    if short > 0.0 && share(key(&[world.scenario.seed, 0x503, number])) < short {
        let error = refusal(503, "ServiceUnavailableException", "Bedrock is unable to process your request.");
        return Some((Outcome::ServerError, error));
    }
    None
}

/// What a pool used of its day in the minutes of this hour before this one.
fn day_so_far(world: &World, pool: usize, minute: i64) -> f64 {
    let hours = world.hour(pool, minute.div_euclid(60));
    let before = usize::try_from(minute.rem_euclid(60)).unwrap_or(0);
    let mut used = 0.0;
    for (member, hour) in world.pools[pool].members.iter().zip(hours.iter()) {
        let source = &world.sources[*member];
        for sample in (0..before).flat_map(|at| hour.minute(at)).filter(|sample| sample.served() != 3) {
            used += f64::from(sample.weight) * source.quota(sample);
        }
    }
    used * world.day_weight(pool)
}

/// Quota tokens left in a pool's current minute; None where no quota exists.
///
/// The minute's other traffic counts as if it were spread evenly over the minute.
#[expect(clippy::cast_precision_loss, reason = "seconds of a minute")]
fn room(world: &World, now: i64, id: &str) -> Option<f64> {
    let mut arns = world.catalog.arns(id);
    let minute = now.div_euclid(60);
    let limit = world.limit(world.catalog.tpm_code(&arns)?).at(minute)?;
    arns.sort();
    let mut used = 0.0;
    if let Some(at) = world.pools.iter().position(|pool| pool.arns == arns) {
        let hours = world.hour(at, minute.div_euclid(60));
        let minute = usize::try_from(minute.rem_euclid(60)).unwrap_or(0);
        for (member, hour) in world.pools[at].members.iter().zip(hours.iter()) {
            let source = &world.sources[*member];
            used += hour
                .minute(minute)
                .iter()
                .filter(|sample| sample.served() != 3)
                .map(|sample| f64::from(sample.weight) * source.quota(sample))
                .sum::<f64>();
        }
        used *= now.rem_euclid(60) as f64 / 60.0;
    }
    for call in world.calls.iter().filter(|call| call.minute == minute) {
        let mut other = call.id.as_deref().map(|id| world.catalog.arns(id)).unwrap_or_default();
        other.sort();
        if other == arns {
            used += call.reserved;
        }
    }
    Some(limit - used)
}

/// Keeps a call for `CloudWatch`.
fn note(
    world: &mut World,
    now: i64,
    id: Option<String>,
    outcome: Outcome,
    sample: Sample,
    reserved: f64,
    model: Option<&Model>,
) {
    if world.calls.len() >= MOST_CALLS {
        world.calls.pop_front();
    }
    world.calls.push_back(Recorded {
        minute: now.div_euclid(60),
        number: world.call_number,
        id,
        outcome,
        burndown: model.map_or(1.0, |model| model.burndown),
        legacy: model.is_some_and(|model| model.lifecycle == "LEGACY"),
        reserved,
        sample,
    });
}

/// How many input tokens a prompt counts: its text, and what frames it. `CountTokens` says the same.
pub(super) fn input_tokens(prompt: &str) -> u32 {
    tokens_of(prompt) + 7
}

/// About how many tokens a text has.
pub(super) fn tokens_of(text: &str) -> u32 {
    u32::try_from(text.chars().count().div_ceil(4)).unwrap_or(u32::MAX).max(1)
}
