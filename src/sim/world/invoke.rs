//! A test call: what the runtime checks, what it answers, and what is left of it for `CloudWatch`.

use super::metrics::tier_number;
use super::noise::{Rng, key, quantile, text};
use super::traffic::{Sample, pair, round};
use super::{Call, Model, Refusal, Reply, World};

/// Most test calls remembered; the oldest go first.
const MOST_CALLS: usize = 2_000;

/// How a test call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    ClientError,
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

fn refusal(status: u16, exception: &str, message: impl Into<String>) -> Refusal {
    Refusal { status, exception: exception.into(), message: message.into() }
}

fn invalid(message: impl Into<String>) -> Refusal {
    refusal(400, "ValidationException", message)
}

/// See [`World::invoke`].
pub(super) fn take(world: &mut World, now: i64, call: &Call) -> Result<Reply, Refusal> {
    world.call_number += 1;
    let Some((id, model)) = resolve(world, &call.model_id) else {
        note(world, now, None, Outcome::ClientError, NO_SAMPLE, 0.0, None);
        return Err(invalid("The provided model identifier is invalid."));
    };
    if let Err(error) = check(world, &id, &model, call) {
        note(world, now, Some(id), Outcome::ClientError, NO_SAMPLE, 0.0, Some(&model));
        return Err(error);
    }
    let asked = call.tier.as_deref().and_then(tier_number).unwrap_or(0);
    let input = input_tokens(&call.prompt);
    let longest = call.max_tokens.unwrap_or(model.max_output);
    let reserved = f64::from(input) + f64::from(u32::try_from(longest).unwrap_or(u32::MAX));
    let mut sample = Sample { input, pair: pair(asked, asked), ..NO_SAMPLE };
    if let Some(room) = room(world, now, &id)
        && asked != 3
        && reserved > room
    {
        note(world, now, Some(id), Outcome::Throttle, sample, 0.0, Some(&model));
        return Err(refusal(429, "ThrottlingException", "Too many tokens, please wait before trying again."));
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
            let model = sent.starts_with(&format!("arn:aws:bedrock:{}::foundation-model/", super::catalog::REGION));
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
fn check(world: &World, id: &str, model: &Model, call: &Call) -> Result<(), Refusal> {
    if id == model.model_id && !model.inference_types.iter().any(|kind| kind == "ON_DEMAND") {
        return Err(invalid(format!(
            "Invocation of model ID {id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an \
             inference profile that contains this model."
        )));
    }
    if let Some(tier) = &call.tier {
        if !(tier_number(tier).is_some() || tier == "ultrafast") {
            return Err(invalid("service tier provided is invalid"));
        }
        if tier == "reserved" {
            let has = |spec: &crate::sim::scenario::Endpoint| {
                spec.reservation.is_some() && world.catalog.arns(&spec.id) == world.catalog.arns(id)
            };
            if !world.sources.iter().any(|source| has(&source.spec)) {
                return Err(invalid("Reservation not found."));
            }
        } else if !model.tiers.contains(tier) {
            return Err(invalid("The provided service tier is not supported for this model"));
        }
    }
    if call.max_tokens == Some(0) {
        return Err(invalid("1 validation error detected: Value at 'inferenceConfig.maxTokens' must be at least 1."));
    }
    if let Some(max) = call.max_tokens.filter(|max| *max > model.max_output && model.max_output > 0) {
        return Err(invalid(format!(
            "The maximum tokens you requested exceeds the model limit of {}. Try again with a maximum tokens value that is lower \
             than {}; you asked for {max}.",
            model.max_output, model.max_output
        )));
    }
    Ok(())
}

/// Quota tokens left in a pool's current minute; None where no quota exists.
///
/// The minute's other traffic counts as if it were spread evenly over the minute.
#[expect(clippy::cast_precision_loss, reason = "seconds of a minute")]
fn room(world: &World, now: i64, id: &str) -> Option<f64> {
    let mut arns = world.catalog.arns(id);
    let limit = world.applied(world.catalog.tpm_code(&arns)?)?;
    arns.sort();
    let minute = now.div_euclid(60);
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
