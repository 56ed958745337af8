//! Accounts in trouble: whether each of them does what its one sentence says.

use super::*;

const NOVA: &str = "us.amazon.nova-2-lite-v1:0";
const SONNET_46: &str = "us.anthropic.claude-sonnet-4-6";
const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
/// Minutes of the world's start.
const START: i64 = DEFAULT_ORIGIN / 60;

/// Sums of an endpoint's metric by minute from the world's start, between these minutes, all of it published.
fn minutes(world: &World, id: &str, metric: &str, from: i64, to: i64) -> BTreeMap<i64, f64> {
    let dimensions: &[(&str, &str)] = if id.is_empty() { &[] } else { &[("ModelId", id)] };
    let (first, last) = ((START + from) * 60, (START + to) * 60);
    let points = world.statistic(last + 3600, &series(metric, dimensions), "Sum", 60, first, last);
    points.into_iter().map(|(at, value)| (at / 60 - START, value)).collect()
}

fn total(world: &World, id: &str, metric: &str, from: i64, to: i64) -> f64 {
    minutes(world, id, metric, from, to).values().sum()
}

/// An account's endpoint in the hour before the world's start: requests, throttles, 4xx, 5xx, output tokens.
fn hour(world: &World, id: &str) -> [f64; 5] {
    ["Invocations", "InvocationThrottles", "InvocationClientErrors", "InvocationServerErrors", "OutputTokenCount"]
        .map(|metric| total(world, id, metric, -60, 0))
}

#[track_caller]
fn refused(world: &mut World, id: &str, status: u16, words: &str) {
    let call = Call { model_id: id.into(), tier: None, prompt: "Hi".into(), max_tokens: Some(20), streaming: false };
    let error = world.invoke(DEFAULT_ORIGIN, &call).unwrap_err();
    assert!(error.status == status && error.message.contains(words), "{id}: {error:?}");
}

fn served(world: &mut World, id: &str) {
    let call = Call { model_id: id.into(), tier: None, prompt: "Hi".into(), max_tokens: Some(20), streaming: false };
    world.invoke(DEFAULT_ORIGIN, &call).unwrap();
}

#[test]
fn print() {
    for name in [
        "zero-hold",
        "zero-serving",
        "zero-model",
        "lifecycle",
        "no-access",
        "profile-only",
        "full",
        "daily",
        "capacity",
        "tier-refused",
        "downgrade",
        "long-context",
        "slower",
        "client-errors",
        "late-data",
        "burst",
    ] {
        let begin = std::time::Instant::now();
        let world = world(name);
        println!("== {name}");
        for at in 0..world.sources.len() {
            let id = world.sources[at].spec.id.clone();
            let limit = world.pools[world.sources[at].pool].limit.tokens;
            let used = minutes(&world, &id, "EstimatedTPMQuotaUsage", -60, 0).into_values().fold(0.0, f64::max);
            println!(
                "{id:50} {:?} limit {limit:?} peak {used} before {:?}",
                hour(&world, &id),
                total(&world, &id, "OutputTokenCount", -700, -600)
            );
        }
        println!("total {:?} {:?}", hour(&world, ""), begin.elapsed());
    }
}
