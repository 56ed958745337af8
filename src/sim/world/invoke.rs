//! A test call: what the runtime checks, what it answers, and what is left of it for `CloudWatch`.

use super::access::{self, invalid, refusal};
use super::metrics::tier_number;
use super::noise::{Rng, key, quantile, share, text};
use super::traffic::{Sample, pair, round};
use super::{Call, Model, Refusal, Reply, World};

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

/// See [`World::invoke`].
pub(super) fn take(world: &mut World, now: i64, call: &Call) -> Result<Reply, Refusal> {
    world.call_number += 1;
    let Some((id, model)) = resolve(world, &call.model_id) else {
        note(world, now, None, Outcome::ClientError, NO_SAMPLE, 0.0, None);
        return Err(invalid("The provided model identifier is invalid."));
    };
    if let Err(error) = check(world, now, &id, &model, call) {
        note(world, now, Some(id), Outcome::ClientError, NO_SAMPLE, 0.0, Some(&model));
        return Err(error);
    }
    let asked = call.tier.as_deref().and_then(tier_number).unwrap_or(0);
    let input = input_tokens(&call.prompt);
    let longest = call.max_tokens.unwrap_or(model.max_output);
    let reserved = f64::from(input) + f64::from(u32::try_from(longest).unwrap_or(u32::MAX));
    let mut sample = Sample { input, pair: pair(asked, asked), ..NO_SAMPLE };
    if asked != 3
        && let Some((outcome, error)) = crowded(world, now, &id, reserved, world.call_number)
    {
        note(world, now, Some(id), outcome, sample, 0.0, Some(&model));
        return Err(error);
    }
    let mut rng = Rng::of(&[world.scenario.seed, text(&call.prompt), now.cast_unsigned(), world.call_number]);
    let (pieces, output, cut) = answer(&call.prompt, longest, &mut rng);
    let (ttft, speed) = match world.source_index.get(&id).map(|at| &world.sources[*at].spec) {
        Some(spec) => (spec.ttft_ms, spec.speed),
        None => (650.0, 75.0),
    };
    let (slower, faster) = match asked {
        1 => (0.75, 1.25),
        2 => (2.6, 0.7),
        _ => (1.0, 1.0),
    };
    let ttft = ttft * slower * (0.3 * quantile(rng.unit())).exp();
    sample.output = u32::try_from(output).unwrap_or(u32::MAX);
    sample.latency_ms = round(ttft + f64::from(sample.output) / (speed * faster) * 1000.0).max(1);
    let ttft_ms = round(ttft).clamp(1, sample.latency_ms);
    sample.ttft_ms = if call.streaming { ttft_ms } else { 0 };
    note(world, now, Some(id), Outcome::Success, sample, reserved, Some(&model));
    Ok(Reply {
        pieces,
        ttft_ms: u64::from(ttft_ms),
        latency_ms: u64::from(sample.latency_ms),
        input_tokens: u64::from(input),
        output_tokens: output,
        cache_read_tokens: 0,
        cache_write_tokens: 0,
        stop_reason: if cut { "max_tokens" } else { "end_turn" }.into(),
        served_tier: call.tier.clone(),
    })
}

/// What `CloudWatch` calls the endpoint of an id or ARN, and its model; None where there is no such thing.
fn resolve(world: &World, sent: &str) -> Option<(String, Model)> {
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
fn tokens_of(text: &str) -> u32 {
    u32::try_from(text.chars().count().div_ceil(4)).unwrap_or(u32::MAX).max(1)
}

/// An answer's pieces, its tokens, and whether `longest` cut it.
fn answer(prompt: &str, longest: u64, rng: &mut Rng) -> (Vec<String>, u64, bool) {
    const SENTENCES: [&str; 12] = [
        "The short answer is that it depends on how much traffic shares the same quota.",
        "Start from what can be measured: calls per minute, tokens in, tokens out, and the time to the first token.",
        "A minute is the unit that counts, because the quota is refilled every minute.",
        "Averages hide the worst minute, so look at the peak as well.",
        "If the answer is allowed to be long, the request reserves room for all of it, even when it ends early.",
        "Lowering the limit on the answer is often cheaper than asking for more quota.",
        "Where work can wait, the flex tier costs half as much and takes longer to begin.",
        "Where people wait, the priority tier is served before the others.",
        "Keep in mind that several teams may draw on one pool without knowing of each other.",
        "Measure again after the change, over the same hours of the day.",
        "None of this needs a new model; it needs the numbers side by side.",
        "That is enough to decide what to do next.",
    ];
    let about: String = prompt.split_whitespace().take(8).collect::<Vec<_>>().join(" ");
    let mut text = format!("You asked about “{}”. ", about.chars().take(60).collect::<String>());
    let begin = usize::try_from(rng.bits() % 12).unwrap_or(0);
    let sentences = 4 + usize::try_from(rng.bits() % 6).unwrap_or(0);
    for at in 0..sentences {
        text.push_str(SENTENCES[(begin + at) % SENTENCES.len()]);
        text.push(' ');
    }
    // A word counts as a token, as in short English prose it nearly does.
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    let most = usize::try_from(longest).unwrap_or(usize::MAX);
    let cut = words.len() > most;
    let words = &words[..words.len().min(most)];
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let size = 1 + usize::try_from(key(&[rng.bits()]) % 4).unwrap_or(0);
        let end = (at + size).min(words.len());
        pieces.push(words[at..end].concat());
        at = end;
    }
    if let Some(last) = pieces.last_mut() {
        last.truncate(last.trim_end().len());
    }
    (pieces, words.len() as u64, cut)
}
