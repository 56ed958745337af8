//! What tiers do to calls: who serves, how long it takes, and the delays that scenarios promise.

use super::*;

const NOVA: &str = "us.amazon.nova-2-lite-v1:0";
const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

fn call(model_id: &str, tier: &str) -> Call {
    let tier = Some(tier.to_owned());
    Call { model_id: model_id.into(), tier, prompt: "Say hello".into(), max_tokens: Some(1000), streaming: true }
}

/// Milliseconds to the first token and to the end, of calls a minute apart.
fn times(world: &mut World, tier: &str, calls: i64) -> Vec<(f64, f64)> {
    (0..calls)
        .map(|minute| {
            let reply = world.invoke(NOW + 60 * minute, &call(NOVA, tier)).unwrap();
            let ms = |ms: u64| f64::from(u32::try_from(ms).unwrap());
            (ms(reply.ttft_ms), ms(reply.latency_ms))
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn moments(values: &[f64]) -> (f64, f64) {
    let count = f64::from(u32::try_from(values.len()).unwrap());
    let mean = values.iter().sum::<f64>() / count;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
}

#[test]
fn priority_begins_first_and_flex_waits_longest_and_varies_most() {
    let mut world = world("healthy");
    let of = |world: &mut World, tier| times(world, tier, 300).into_iter().map(|(first, _)| first).collect::<Vec<_>>();
    let (priority, default, flex) = (of(&mut world, "priority"), of(&mut world, "default"), of(&mut world, "flex"));
    let spread = |values: &[f64]| moments(values).1 / moments(values).0;
    assert!(spread(&priority) < spread(&default) && spread(&default) < spread(&flex));
    let (priority, default, flex) = (median(priority), median(default), median(flex));
    assert!(priority < 0.85 * default && 1.5 * default < flex, "{priority} {default} {flex}");
}

/// The file's own table: first token, deviation, and milliseconds of its 300 tokens.
#[test]
fn the_race_has_the_delays_that_it_promises() {
    let mut world = world("race");
    let calls = 400;
    for (tier, first_ms, noise_ms, rest_ms) in
        [("priority", 620.0, 60.0, 3000.0), ("default", 900.0, 120.0, 3750.0), ("flex", 1500.0, 300.0, 5000.0)]
    {
        let got = times(&mut world, tier, calls);
        assert!(got.iter().all(|(first, total)| (total - first - rest_ms).abs() <= 1.0), "{tier}");
        let firsts: Vec<f64> = got.iter().map(|(first, _)| *first).collect();
        let (mean, deviation) = moments(&firsts);
        // Four standard errors of 400 calls.
        assert!((mean - first_ms).abs() < noise_ms / 5.0, "{tier}: {mean}");
        assert!((median(firsts) - first_ms).abs() < noise_ms / 4.0, "{tier}");
        assert!((deviation / noise_ms - 1.0).abs() < 0.15, "{tier}: {deviation}");
    }
}

#[test]
fn a_full_reservation_overflows_to_default() {
    let mut full = world("reserved-spill");
    let spilled = full.invoke(DEFAULT_ORIGIN, &call(HAIKU, "reserved")).unwrap();
    assert_eq!(spilled.served_tier.as_deref(), Some("default"));
    let minute = DEFAULT_ORIGIN - DEFAULT_ORIGIN % 60;
    let pair = |served: &str| {
        series(
            "EstimatedTPMQuotaUsage",
            &[("ModelId", HAIKU), ("ServiceTier", "reserved"), ("ResolvedServiceTier", served)],
        )
    };
    let count = |world: &World, served| {
        world
            .statistic(minute + 300, &pair(served), "SampleCount", 60, minute, minute + 60)
            .first()
            .map_or(0.0, |got| got.1)
    };
    let with_call = count(&full, "default");
    assert!((with_call - count(&world("reserved-spill"), "default") - 1.0).abs() < 1e-9, "{with_call}");
    // The same capacity with a tenth of the traffic has room, and takes nothing of the quota.
    let mut scenario = Scenario::named("reserved-spill").unwrap();
    let haiku = scenario.endpoints.iter_mut().find(|endpoint| endpoint.id == HAIKU).unwrap();
    haiku.rpm /= 10.0;
    let mut roomy = World::new(scenario);
    let taken = roomy.invoke(DEFAULT_ORIGIN, &call(HAIKU, "reserved")).unwrap();
    assert_eq!(taken.served_tier.as_deref(), Some("reserved"));
    // Long answers use up what is left of 45,000 output tokens a minute.
    roomy.scenario.calls.answer_tokens = Some(4000);
    let long = Call { max_tokens: Some(4096), ..call(HAIKU, "reserved") };
    let tiers: Vec<_> = (0..14).map(|_| roomy.invoke(DEFAULT_ORIGIN, &long).unwrap().served_tier.unwrap()).collect();
    assert_eq!((tiers[0].as_str(), tiers[13].as_str()), ("reserved", "default"), "{tiers:?}");
}

#[test]
fn priority_calls_are_served_as_default_where_the_scenario_says_so() {
    let mut world = world("downgrade");
    let served: Vec<_> = (0..200)
        .map(|minute| world.invoke(NOW + 60 * minute, &call(NOVA, "priority")).unwrap().served_tier.unwrap())
        .collect();
    let down = served.iter().filter(|tier| *tier == "default").count();
    assert!((120..160).contains(&down), "seven in ten: {down}");
    assert!(served.iter().all(|tier| tier == "default" || tier == "priority"));
}

#[test]
fn a_silent_service_names_no_tier() {
    let mut world = world("healthy");
    world.scenario.calls.silent = true;
    assert_eq!(world.invoke(NOW, &call(NOVA, "flex")).unwrap().served_tier, None);
}
