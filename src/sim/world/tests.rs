//! Whether the account behaves as AWS does, seen from outside.

mod calls;
mod scale;
mod tiers;
mod troubles;

use super::metrics::{RUNTIME, RUNTIME_METRICS};
use super::*;

/// Three hours of a Monday afternoon later.
const NOW: i64 = DEFAULT_ORIGIN + 3 * 3600 + 17;
const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn world(name: &str) -> World {
    World::new(Scenario::named(name).unwrap())
}

fn series(metric: &str, dimensions: &[(&str, &str)]) -> Series {
    Series {
        namespace: RUNTIME.into(),
        metric: metric.into(),
        dimensions: dimensions.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
    }
}

fn sums(world: &World, series: &Series) -> BTreeMap<i64, f64> {
    world.statistic(NOW, series, "Sum", 60, NOW - 3 * 3600, NOW).into_iter().collect()
}

#[test]
fn a_world_may_change_threads() {
    fn send<T: Send>() {}
    send::<World>();
}

#[test]
fn every_scenario_makes_a_world() {
    for name in Scenario::names() {
        let world = world(name);
        assert!(world.models().len() > 100 && world.quotas().len() > 1100, "{name}");
        for endpoint in &world.scenario().endpoints {
            assert!(
                !world.scenario().traffic || name == "profile-only" || world.source_index.contains_key(&endpoint.id),
                "{name}: {} stands for nothing",
                endpoint.id
            );
        }
        let _ = world.list_metrics(NOW, true);
    }
}

#[test]
fn answers_do_not_depend_on_the_order_of_questions() {
    let (a, b) = (world("throttled"), world("throttled"));
    let all = a.list_metrics(NOW, false);
    let forward: Vec<_> = all.iter().map(|series| sums(&a, series)).collect();
    let mut backward: Vec<_> = all
        .iter()
        .rev()
        .map(|series| {
            let mut points = BTreeMap::new();
            for end in (0..18).map(|at| NOW - at * 600) {
                points.extend(b.statistic(NOW, series, "Sum", 60, end - 600, end));
            }
            points
        })
        .collect();
    backward.reverse();
    assert_eq!(forward, backward);
}

#[test]
fn totals_add_up_at_any_time() {
    for name in ["healthy", "throttled", "reserved-spill", "tiers-everywhere", "id-suffix"] {
        let world = world(name);
        let all = world.list_metrics(NOW, false);
        for now in [NOW, NOW + 71, NOW + 113] {
            let sums = |series: &Series| -> BTreeMap<i64, f64> {
                world.statistic(now, series, "Sum", 60, NOW - 3600, now).into_iter().collect()
            };
            for (metric, _) in RUNTIME_METRICS {
                let total = sums(&series(metric, &[]));
                let mut added: BTreeMap<i64, f64> = BTreeMap::new();
                for one in all.iter().filter(|one| one.metric == metric && one.dimensions.len() == 1) {
                    for (at, value) in sums(one) {
                        *added.entry(at).or_default() += value;
                    }
                }
                assert_eq!(total, added, "{name} {metric}");
            }
            for metric in ["EstimatedTPMQuotaUsage", "TimeToFirstToken"] {
                for id in [SONNET, "us.amazon.nova-2-lite-v1:0", "openai.gpt-oss-120b-1:0"] {
                    let mut added: BTreeMap<i64, f64> = BTreeMap::new();
                    let tiers =
                        |one: &&Series| one.metric == metric && one.dimensions.len() == 3 && one.dimensions[0].1 == id;
                    let mut some = false;
                    for one in all.iter().filter(tiers) {
                        some = true;
                        for (at, value) in sums(one) {
                            *added.entry(at).or_default() += value;
                        }
                    }
                    assert_eq!(some, name != "id-suffix");
                    if some {
                        assert_eq!(sums(&series(metric, &[("ModelId", id)])), added, "{name} {metric} {id}");
                    }
                }
            }
        }
    }
}

#[test]
fn nothing_is_ever_zero_and_errors_come_when_there_are_some() {
    let world = world("healthy");
    for one in world.list_metrics(NOW, false) {
        for (at, value) in sums(&world, &one) {
            assert!(value > 0.0, "{one:?} at {at}");
        }
    }
    let all = world.list_metrics(NOW, false);
    assert!(!all.iter().any(|one| one.metric == "InvocationThrottles"));
    assert!(all.contains(&series("LegacyModelInvocations", &[("ModelId", SONNET)])));
    assert!(!all.contains(&series("InvocationServerErrors", &[("ModelId", "us.anthropic.claude-opus-5")])));
    assert!(!all.iter().any(|one| one.metric == "OutputTokenCount"
        && one.dimensions == [("ModelId".to_owned(), "amazon.titan-embed-text-v2:0".to_owned())]));
}

#[test]
fn no_throttles_while_reservations_fit() {
    let world = world("healthy");
    for day in 0..3 {
        let now = NOW + day * 86_400;
        let points = world.statistic(now, &series("InvocationThrottles", &[]), "Sum", 60, now - 86_400, now);
        assert!(points.is_empty(), "{points:?}");
    }
}

#[test]
fn throttles_begin_nine_minutes_before_the_start() {
    for origin in [DEFAULT_ORIGIN, DEFAULT_ORIGIN + 31 * 3600 + 14 * 60 + 23, DEFAULT_ORIGIN + 5 * 86_400 + 1_234] {
        let world = World::new_at(Scenario::named("throttled").unwrap(), origin);
        let now = origin + 3600;
        let throttles = series("InvocationThrottles", &[("ModelId", SONNET)]);
        let points = world.statistic(now, &throttles, "Sum", 60, origin - 6 * 3600, now);
        let start = origin.div_euclid(60) * 60;
        assert_eq!(points.first().map(|point| (point.0 - start) / 60), Some(-9));
        let first_ten = points.iter().filter(|point| point.0 < start + 60).count();
        assert_eq!(first_ten, 10, "{points:?}");
        // The estimated use never comes near the quota.
        let mut pool: BTreeMap<i64, f64> = BTreeMap::new();
        for id in [SONNET, "a1b2c3d4e5f6"] {
            let used = series("EstimatedTPMQuotaUsage", &[("ModelId", id)]);
            for (at, value) in world.statistic(now, &used, "Sum", 60, origin - 3600, now) {
                *pool.entry(at).or_default() += value;
            }
        }
        let top = pool.values().copied().fold(0.0, f64::max);
        println!("throttled: top use {:.0} % of the applied quota; throttles {:?}", top / 2e4, &points[..12]);
        assert!(top < 0.8 * 2e6, "{top}");
        assert!(top > 0.3 * 2e6, "{top}");
    }
}

#[test]
fn a_throttled_pool_is_full_in_reservation_terms() {
    let world = world("throttled");
    let at = world.source_index[SONNET];
    let source = &world.sources[at];
    let limit = world.pools[source.pool].limit.tokens.unwrap();
    for hour in NOW / 3600 - 2..NOW / 3600 {
        let data = world.hour(source.pool, hour);
        for minute in 0..60_usize {
            let mut held = 0.0;
            let mut throttles = 0;
            for (member, hour) in world.pools[source.pool].members.iter().zip(data.iter()) {
                let source = &world.sources[*member];
                held += hour.minute(minute).iter().map(|s| f64::from(s.weight) * source.reservation(s)).sum::<f64>();
                throttles +=
                    hour.throttles.iter().filter(|one| usize::from(one.0) == minute).map(|one| one.2).sum::<u32>();
            }
            // Calls that ended gave back most of what they held, so a full pool lets in more reservations than its limit in a minute.
            assert!(throttles == 0 || held > limit * 0.7, "{minute}: {held} {throttles}");
        }
    }
}

#[test]
fn a_minute_is_late_then_partial_then_whole() {
    let world = world("healthy");
    let used = series("Invocations", &[]);
    for minute in (0..40).map(|at| DEFAULT_ORIGIN + at * 60) {
        let at = |age: i64| {
            world
                .statistic(minute + 60 + age, &used, "Sum", 60, minute, minute + 60)
                .first()
                .map_or(0.0, |point| point.1)
        };
        let whole = at(180);
        assert!(at(59) < 1.0);
        assert!((at(10_000) - whole).abs() < 0.5);
        let shown = (60..=121).find(|age| at(*age) > 0.0).unwrap();
        let part = at(shown);
        assert!(part < whole && part > 0.8 * whole, "{part} of {whole}");
        let revised = (shown..=180).find(|age| at(*age) > part).unwrap();
        assert!((45..=60).contains(&(revised - shown)));
    }
}

#[test]
fn new_series_are_listed_late() {
    let text = "about = 'x.'\n[[endpoint]]\nid = 'us.anthropic.claude-opus-5'\nrpm = 30\nnight = 1\nweekend = 1\ninput = 100\noutput = 100\nstreaming = 1\nsince = 0";
    let world = World::new(Scenario::parse("late", text).unwrap());
    let one = series("Invocations", &[("ModelId", "us.anthropic.claude-opus-5")]);
    for recently_active in [true, false] {
        let first =
            (0..30).find(|at| world.list_metrics(DEFAULT_ORIGIN + at * 60, recently_active).contains(&one)).unwrap();
        assert!((6..=16).contains(&first), "{first}");
    }
    let later = DEFAULT_ORIGIN + 20 * 60;
    assert!(
        world
            .statistic(later, &one, "Sum", 60, DEFAULT_ORIGIN - 600, later)
            .iter()
            .all(|point| point.0 >= DEFAULT_ORIGIN)
    );
    assert_eq!(world.list_metrics(later, true).len(), 14, "{:?}", world.list_metrics(later, true));
}

#[test]
fn an_idle_endpoint_is_only_in_the_long_list() {
    let world = world("healthy");
    let idle = series("Invocations", &[("ModelId", "us.anthropic.claude-opus-4-1-20250805-v1:0")]);
    assert!(world.list_metrics(NOW, false).contains(&idle));
    assert!(!world.list_metrics(NOW, true).contains(&idle));
    let thin = series("Invocations", &[("ModelId", "us.meta.llama3-3-70b-instruct-v1:0")]);
    assert!((3..40).contains(&sums(&world, &thin).len()));
    assert!(world.list_metrics(NOW, true).contains(&thin));
    assert!(self::world("empty").list_metrics(NOW, false).is_empty());
}

#[test]
fn everything_listed_as_active_has_data() {
    for name in ["healthy", "throttled", "reserved-spill", "mantle", "zero-quota", "tiers-everywhere", "id-suffix"] {
        let world = world(name);
        let active = world.list_metrics(NOW, true);
        assert!(active.len() > if name == "zero-quota" { 2 } else { 13 }, "{name}: {}", active.len());
        for one in &active {
            assert!(!world.statistic(NOW, one, "SampleCount", 60, NOW - 3 * 3600, NOW).is_empty(), "{name}: {one:?}");
        }
        let all = world.list_metrics(NOW, false);
        assert!(active.iter().all(|one| all.contains(one)), "{name}");
    }
}

#[test]
fn statistics_agree_with_each_other() {
    let world = world("healthy");
    let latency = series("InvocationLatency", &[("ModelId", SONNET)]);
    let get = |statistic: &str| world.statistic(NOW, &latency, statistic, 300, NOW - 3600, NOW);
    let names = ["Minimum", "p0", "p10", "p50", "p90", "p99", "p99.9", "p100", "Maximum"];
    let columns: Vec<_> = names.iter().map(|name| get(name)).collect();
    assert_eq!(columns[0].len(), 12, "periods count from the start; the newest is published in part");
    for at in 0..11 {
        assert_eq!((columns[0][at].0 - columns[0][0].0) % 300, 0);
        for pair in columns.windows(2) {
            assert!(pair[0][at].1 <= pair[1][at].1);
        }
        let (sum, count, average) = (get("Sum")[at].1, get("SampleCount")[at].1, get("Average")[at].1);
        assert!((sum / count - average).abs() < 1e-6 && columns[3][at].1 < columns[5][at].1);
    }
    let calls = series("Invocations", &[("ModelId", SONNET)]);
    assert_eq!(
        world.statistic(NOW, &calls, "Sum", 300, NOW - 3600, NOW),
        world.statistic(NOW, &calls, "SampleCount", 300, NOW - 3600, NOW)
    );
    for odd in ["p101", "Sums", "p", "tm90"] {
        assert!(get(odd).is_empty());
    }
    assert!(world.statistic(NOW, &calls, "Sum", 90, NOW - 3600, NOW).is_empty());
    assert!(world.statistic(NOW, &calls, "Sum", 60, NOW - 20 * 86_400, NOW - 16 * 86_400).is_empty());
    assert_eq!(world.statistic(NOW, &calls, "Sum", 300, NOW - 16 * 86_400, NOW - 15 * 86_400).len(), 289);
}

#[test]
fn zero_quota_throttles_everything() {
    let world = world("zero-quota");
    assert!(sums(&world, &series("Invocations", &[])).is_empty());
    assert!(!sums(&world, &series("InvocationThrottles", &[("ModelId", SONNET)])).is_empty());
}

#[test]
fn the_reservation_spills() {
    let world = world("reserved-spill");
    let id = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    let of = |served| {
        sums(
            &world,
            &series(
                "EstimatedTPMQuotaUsage",
                &[("ModelId", id), ("ServiceTier", "reserved"), ("ResolvedServiceTier", served)],
            ),
        )
    };
    let (kept, spilt) = (of("reserved"), of("default"));
    assert!(kept.len() > 170 && spilt.len() > 170, "{} {}", kept.len(), spilt.len());
}

#[test]
fn mantle_has_its_own_namespace() {
    let world = world("mantle");
    let all = world.list_metrics(NOW, true);
    let mantle: Vec<_> = all.iter().filter(|one| one.namespace == "AWS/BedrockMantle").collect();
    assert!(mantle.iter().any(|one| one.metric == "InputTokens" && one.dimensions.len() == 2));
    assert!(!mantle.iter().any(|one| one.metric == "TotalInputTokens" && one.dimensions.len() == 2));
    assert!(all.iter().any(|one| one.namespace == RUNTIME));
}

#[test]
fn sums_of_whole_hours_are_those_of_their_minutes() {
    for name in ["healthy", "throttled", "mantle", "zero-hold", "late-data"] {
        let world = world(name);
        for one in world.list_metrics(NOW, false) {
            let (from, to) = (DEFAULT_ORIGIN - 3 * 3600, DEFAULT_ORIGIN + 3600);
            let minutes = world.statistic(NOW, &one, "Sum", 60, from, to);
            for (at, sum) in world.statistic(NOW, &one, "Sum", 3600, from, to) {
                let added: f64 =
                    minutes.iter().filter(|point| (at..at + 3600).contains(&point.0)).map(|point| point.1).sum();
                assert!((sum - added).abs() <= 1e-9 * added, "{name} {one:?} {at}: {sum} {added}");
            }
        }
    }
}
