//! The real SDK over the simulated account, minute by minute: numbers against the account's own truth, settling, what is asked, and late series.

use std::collections::{BTreeMap, BTreeSet};

use tiertop::{
    app::event::{Ask, Round},
    domain::{
        fault::Source,
        metric::{Metric, Namespace, Part, Query, SeriesKey, Stat},
        minute::{Minute, Span},
        snapshot::Bound,
    },
    sim::wire::Service,
};

use crate::support::{Run, close, scenario};

const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
/// Application profiles copied from it.
const COPIES: [&str; 2] = ["a1b2c3d4e5f6", "k3m5n7p9r1t3"];
const NOVA: &str = "us.amazon.nova-2-lite-v1:0";
const NIGHT_NOVA: &str = "z9y8x7w6v5u4";
const GPT: &str = "openai.gpt-oss-120b-1:0";
const LLAMA: &str = "us.meta.llama3-3-70b-instruct-v1:0";
const EMBEDDING: &str = "amazon.titan-embed-text-v2:0";

#[test]
fn counts_are_the_account_s_truth() {
    let run = Run::once(scenario("healthy"));
    assert_eq!(run.faulty(), []);
    assert!(run.active().len() >= 12, "{}", run.active().len());
    for row in run.active() {
        let id = row.endpoint.id.as_str();
        let counts = [
            ("Invocations", row.requests),
            ("InvocationThrottles", row.throttles),
            ("InvocationClientErrors", row.client_errors),
            ("InvocationServerErrors", row.server_errors),
            ("InputTokenCount", row.input_tokens),
            ("OutputTokenCount", row.output_tokens),
            ("CacheReadInputTokenCount", row.cache_read_tokens),
            ("CacheWriteInputTokenCount", row.cache_write_tokens),
        ];
        for (metric, shown) in counts {
            let truth = run.true_sum(id, metric);
            let shown = shown.unwrap_or_else(|| panic!("{id} {metric} is unknown"));
            assert!(close(shown, truth), "{id} {metric}: {shown}, really {truth}");
        }
        let now = Span::ending(run.window().last, 5);
        let truth = run.truth(id, "Invocations", now).into_iter().flatten().sum::<f64>() / 5.0;
        assert!(close(row.rpm_now.unwrap(), truth), "{id} rpm");
        let truth = run.truth(id, "EstimatedTPMQuotaUsage", now).into_iter().flatten().sum::<f64>() / 5.0;
        assert!(close(row.tpm_now.unwrap(), truth), "{id} tpm");
    }
}

#[test]
fn a_pool_s_use_is_the_worst_minute_of_the_sums_and_headroom_is_what_is_left() {
    let run = Run::once(scenario("healthy"));
    let (window, now) = (run.window(), Span::ending(run.window().last, 5));
    for pool in &run.snapshot().pools {
        let members: Vec<&str> =
            pool.members.iter().map(|at| run.snapshot().endpoints[*at].endpoint.id.as_str()).collect();
        let sums = |span: Span| {
            let mut sums = vec![0.0; span.len()];
            for member in &members {
                for (sum, used) in sums.iter_mut().zip(run.truth(member, "EstimatedTPMQuotaUsage", span)) {
                    *sum += used.unwrap_or(0.0);
                }
            }
            sums
        };
        let (whole, recent) = (sums(window), sums(now));
        let worst = |sums: &[f64]| sums.iter().copied().fold(0.0, f64::max);
        assert!(close(pool.usage.peak.unwrap(), worst(&whole)), "{members:?}");
        assert!(close(pool.usage.used_now.unwrap(), worst(&recent)), "{members:?}");
        assert_eq!((pool.usage.peak_bound, pool.usage.now_bound), (Bound::Exact, Bound::Exact), "{members:?}");
        let at = usize::try_from(pool.usage.peak_at.unwrap().0 - window.first.0).unwrap();
        assert!(close(whole[at], worst(&whole)), "{members:?}");
        let Some(quota) = pool.token_quota() else { continue };
        let applied = quota.applied.unwrap();
        assert!(close(quota.headroom_percent.unwrap(), 100.0 * (1.0 - worst(&recent) / applied)), "{members:?}");
        assert!(close(quota.peak_percent.unwrap(), 100.0 * worst(&whole) / applied), "{members:?}");
    }
    let pool = run.pool(SONNET);
    assert_eq!(pool.id, run.pool(COPIES[0]).id);
    assert_eq!(pool.token_quota().unwrap().applied, Some(5_000_000.0));
    let peaks: f64 = pool.members.iter().map(|at| run.snapshot().endpoints[*at].usage.peak.unwrap()).sum();
    assert!(pool.usage.peak.unwrap() <= peaks);
}

#[test]
fn percentiles_of_the_window_are_asked_as_their_own_query() {
    let run = Run::once(scenario("healthy"));
    let row = run.row(NOVA);
    let window = run.window();
    let key = |metric: &str| tiertop::sim::world::Series {
        namespace: "AWS/Bedrock".into(),
        metric: metric.into(),
        dimensions: vec![("ModelId".into(), NOVA.into())],
    };
    let (from, to) = (window.first.start_second(), (window.last + 1).start_second());
    for (metric, latency) in [("InvocationLatency", row.latency), ("TimeToFirstToken", row.ttft)] {
        for (stat, shown) in
            [("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99), ("Average", latency.average)]
        {
            let truth = run.sim.with_world(|world| world.statistic(to + 3600, &key(metric), stat, to - from, from, to));
            assert!(close(shown.unwrap(), truth[0].1), "{metric} {stat}");
        }
    }
    let embedding = run.row(EMBEDDING);
    assert_eq!((embedding.ttft.p50, embedding.tokens_per_second), (None, None), "nothing streams there");
    assert!(embedding.latency.p50.is_some());
}

#[test]
fn tiers_are_asked_and_served_pairs_with_quota_tokens_and_requests() {
    let run = Run::once(scenario("healthy"));
    let row = run.row(NOVA);
    let pairs: BTreeSet<_> =
        row.tiers.iter().map(|tier| (tier.asked.wire_name(), tier.served.as_ref().unwrap().wire_name())).collect();
    assert_eq!(pairs, BTreeSet::from([("default", "default"), ("flex", "flex"), ("priority", "priority")]));
    for tier in &row.tiers {
        let series = tiertop::sim::world::Series {
            namespace: "AWS/Bedrock".into(),
            metric: "EstimatedTPMQuotaUsage".into(),
            dimensions: vec![
                ("ModelId".into(), NOVA.into()),
                ("ServiceTier".into(), tier.asked.wire_name().into()),
                ("ResolvedServiceTier".into(), tier.served.as_ref().unwrap().wire_name().into()),
            ],
        };
        let sum = |stat| run.truth_of(&series, stat, run.window()).into_iter().flatten().sum::<f64>();
        assert!(close(tier.quota_tokens.unwrap(), sum("Sum")), "{tier:?} {}", sum("Sum"));
        assert!(close(tier.requests.unwrap(), sum("SampleCount")), "{tier:?}");
    }
}

/// The settled values of every active endpoint, as the account's numbers use them.
fn settled(run: &Run, metric: Metric) -> BTreeMap<(String, Minute), f64> {
    let mut values = BTreeMap::new();
    for row in run.active() {
        let part = Part::Endpoint(row.endpoint.id.clone());
        let key = SeriesKey { namespace: Namespace::Bedrock, metric, part };
        for minute in run.window().minutes() {
            let cell = run.state.account.store.settled(&key, Stat::Sum, 1, minute);
            values.extend(cell.count().map(|value| ((row.endpoint.id.to_string(), minute), value)));
        }
    }
    values
}

#[test]
fn a_minute_that_counts_is_never_revised() {
    let mut run = Run::polled(scenario("healthy"));
    let mut through = run.snapshot().data_through.unwrap();
    let mut revised = 0;
    for _ in 0..12 {
        run.minute();
        assert_eq!(run.faulty(), []);
        let newest = run.snapshot().data_through.unwrap();
        assert!(newest >= through, "data went back from {through} to {newest}");
        let age = Minute::of(run.now()).0 - newest.0;
        assert!((2..=5).contains(&age), "data to {newest} at {}", run.now());
        through = newest;
        for (metric, name) in
            [(Metric::Invocations, "Invocations"), (Metric::EstimatedTpmQuotaUsage, "EstimatedTPMQuotaUsage")]
        {
            let mut truths = BTreeMap::new();
            for ((id, minute), value) in settled(&run, metric) {
                let truth = truths.entry(id.clone()).or_insert_with(|| run.truth(&id, name, run.window()));
                let at = usize::try_from(minute.0 - run.window().first.0).unwrap();
                let truth = truth[at].unwrap_or(0.0);
                assert!(close(value, truth), "{id} {name} {minute} at {}: {value}, really {truth}", run.now());
            }
        }
        let key =
            SeriesKey { namespace: Namespace::Bedrock, metric: Metric::Invocations, part: Part::Endpoint(NOVA.into()) };
        let newer = Span { first: through + 1, last: through + 3 };
        revised += newer
            .minutes()
            .zip(run.truth(NOVA, "Invocations", newer))
            .filter(|(minute, truth)| {
                run.state.account.store.unsettled(&key, *minute).is_some_and(|value| Some(value) != *truth)
            })
            .count();
    }
    assert!(revised > 0, "no minute was seen before its revision: the test says nothing");
}

#[test]
fn counts_stay_the_truth_while_the_window_moves_and_errors_are_asked_where_the_total_shows_them() {
    let mut run = Run::polled(scenario("healthy"));
    for _ in 0..11 {
        run.minute();
        for row in run.active() {
            let id = row.endpoint.id.as_str();
            let truth = run.true_sum(id, "Invocations");
            assert!(row.requests.is_some_and(|shown| close(shown, truth)), "{id} at {}: {:?}", run.now(), row.requests);
            // Errors are asked by name seldom: known means right.
            for (metric, shown) in [
                ("InvocationServerErrors", row.server_errors),
                ("InvocationClientErrors", row.client_errors),
                ("InvocationThrottles", row.throttles),
            ] {
                // What is asked every five minutes is summed over the window's length up to where it was asked.
                let windows = (0..=5).map(|behind| Span::ending(run.window().last - behind, 180));
                let truths: Vec<f64> =
                    windows.map(|window| run.truth(id, metric, window).into_iter().flatten().sum()).collect();
                let is_true = |shown| truths.iter().any(|truth| close(shown, *truth));
                assert!(shown.is_none_or(is_true), "{id} {metric}: {shown:?}, really {truths:?}");
            }
        }
        for pool in &run.snapshot().pools {
            assert!(pool.throttle_percent.is_none_or(|percent| percent == 0.0), "{}", pool.id);
        }
    }
    assert_eq!(run.snapshot().unattributed, []);
    let by_name = |query: &Query, metric| query.key.metric == metric && query.key.part.endpoint().is_some();
    let asked = |metric| {
        run.asks.iter().any(|ask| match ask {
            Ask::Metrics { round: Round::Newest | Round::ByName(_), queries, .. } => {
                queries.iter().any(|query| by_name(query, metric))
            }
            _ => false,
        })
    };
    assert!(asked(Metric::InvocationServerErrors));
    let called_for = |round| run.asks.iter().any(|ask| matches!(ask, Ask::Metrics { round: r, .. } if *r == round));
    let throttles = Round::ByName(Metric::InvocationThrottles);
    assert!(!called_for(throttles), "there are no throttles in this account");
}

#[test]
fn the_window_is_filled_once_and_then_only_the_newest_minutes_are_asked() {
    let mut run = Run::polled(scenario("healthy"));
    let active: BTreeSet<_> = run.state.account.active.iter().map(|meter| meter.endpoint.clone()).collect();
    let mut filled = BTreeSet::new();
    let (before, mut bound) = (run.gateway.metric_queries(), 0.0_f64);
    for _ in 0..=20 {
        run.minute();
        bound = bound.max(run.state.cost.usd_per_day);
    }
    let queries = u32::try_from(run.gateway.metric_queries() - before).unwrap();
    let usd_per_day = f64::from(queries) / 21.0 * 1440.0 * 0.01 / 1000.0;
    assert!(usd_per_day <= bound && bound < 2.5, "really ${usd_per_day:.2}, said ≤ ${bound:.2}");
    let (mut rounds, mut judged, mut days, mut calls, mut queries_asked) = (0, 0, 0, 0, 0);
    for ask in &run.asks {
        let Ask::Metrics { round, queries, span } = ask else { continue };
        calls += queries.len().div_ceil(500);
        queries_asked += queries.len();
        let unique: BTreeSet<_> = queries.iter().map(|query| (&query.key, query.stat, query.period_minutes)).collect();
        assert_eq!(unique.len(), queries.len(), "{round:?} asks twice");
        match round {
            Round::Backfill => {
                let endpoints: BTreeSet<_> =
                    queries.iter().filter_map(|query| query.key.part.endpoint()).cloned().collect();
                assert!(filled.is_disjoint(&endpoints), "filled twice");
                filled.extend(endpoints);
                assert!(span.len() >= 180 && span.len() < 190, "{}", span.len());
            }
            Round::Newest => {
                rounds += 1;
                assert!(span.len() <= 30, "{}", span.len());
            }
            Round::Usual => {
                judged += 1;
                assert_eq!(span.len(), 8 * 1440);
            }
            Round::Day => {
                days += 1;
                assert_eq!(span.len(), 1440 + 10);
            }
            Round::Chart | Round::Answers | Round::Evidence | Round::Tokens => panic!("nobody has pressed a key"),
            Round::ByName(_) | Round::Probe | Round::Window => {}
        }
    }
    assert!(filled.is_superset(&active));
    assert_eq!((rounds, judged, days), (21, 1, 1));
    assert_eq!(run.sim.calls_of(Service::CloudWatch, "GetMetricData"), calls as u64);
    assert_eq!(run.gateway.metric_queries(), queries_asked as u64);
    assert_eq!(run.state.cost.queries_asked, queries_asked as u64);
    for (service, operation, at_most) in [
        // Two lists of one page each; the tripwire calls for them in minutes with errors.
        (Service::CloudWatch, "ListMetrics", 60),
        (Service::Bedrock, "ListFoundationModels", 1),
        (Service::Sts, "GetCallerIdentity", 1),
    ] {
        let calls = run.sim.calls_of(service, operation);
        assert!((1..=at_most).contains(&calls), "{operation}: {calls}");
    }
}

#[test]
fn an_endpoint_that_wakes_is_found_by_the_account_s_total() {
    let mut run = Run::polled(scenario("healthy"));
    // The night's profile has calls too; this one has none in three hours.
    let idle = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    assert!(!run.row(idle).active);
    for _ in 0..3 {
        run.invoke(idle);
        run.minute();
    }
    let called = run.now();
    let found = (0..8).find(|_| {
        run.minute();
        run.row(idle).active && run.row(idle).requests == Some(3.0)
    });
    assert!(found.is_some(), "not found until {} (called until {called}): {:?}", run.now(), run.row(idle).requests);
    assert!(run.asks.iter().any(|ask| matches!(ask, Ask::Metrics { round: Round::Probe, .. })));
    assert_eq!(run.snapshot().unattributed, []);
}

#[test]
fn an_id_that_nothing_lists_is_found_with_its_series() {
    let mut run = Run::polled(scenario("untiered"));
    let model = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    run.invoke(model);
    let found = (0..25).find(|_| {
        run.minute();
        run.row(model).active && run.row(model).requests == Some(1.0)
    });
    assert!(found.is_some(), "{:?}", run.row(model));
}

#[test]
fn seldom_called_endpoints_have_zeros_and_gaps() {
    let run = Run::once(scenario("healthy"));
    let row = run.row(LLAMA);
    let truth = run.truth(LLAMA, "Invocations", run.window());
    assert!(truth.iter().any(Option::is_none), "it is called every minute: the test says nothing");
    assert_eq!(row.requests, Some(truth.iter().flatten().sum()));
    let strip = &row.usage.strip;
    let used = run.truth(LLAMA, "EstimatedTPMQuotaUsage", Span::ending(run.window().last, 60));
    assert_eq!(strip.len(), 60);
    for (shown, truth) in strip.iter().zip(used) {
        assert!(close(shown.unwrap(), truth.unwrap_or(0.0)), "{shown:?} {truth:?}");
    }
    assert!(run.active().iter().all(|row| row.endpoint.id.as_str() != NIGHT_NOVA || row.requests.is_some()));
    assert!(run.row(GPT).tokens_per_second.is_none(), "half of its calls stream: the formula is for streaming traffic");
    assert!(run.row(COPIES[0]).tokens_per_second.is_some_and(|speed| (20.0..200.0).contains(&speed)));
    assert_eq!(run.feed(Source::Tags).fault, None);
    assert_eq!(run.row(COPIES[0]).tags.as_ref().unwrap().get("team").map(String::as_str), Some("search"));
}
