//! What is used of quotas, against what the simulated account really counted: tokens of the day, signs of contradiction, values that change.

use std::collections::BTreeSet;

use tiertop::{
    app::{
        event::{Ask, Event, Round},
        state::Trouble,
    },
    domain::{
        burndown::Burndown,
        catalog::{Catalog, Listing, Model, Profile, Scope},
        discovery::{Discovery, Meter},
        governing::GoverningQuotas,
        ids::{Arn, EndpointId, PoolId, QuotaCode},
        matching::{Match, Pins},
        metric::{Answer, Metric, Namespace, Poll, Query, ResultStatus, Stat},
        minute::{Minute, Span},
        quota::{Quota, QuotaTable},
        quota_name::{QuotaMetric, QuotaScope},
        quota_rows::QuotaRow,
        reckoning::{self, Known, Tags},
        signs::Sign,
        snapshot::{Bound, PoolQuota, Provenance, Snapshot},
        store::Store,
        usual::History,
        watch::Watch,
    },
    sim::{scenario::Endpoint as Traffic, world::Series},
};

use crate::support::{Run, close, scenario};

const SONNET_TPM: &str = "L-F4DDD3EB";

fn rows(run: &Run) -> impl Iterator<Item = &QuotaRow> {
    run.snapshot().quotas.iter()
}

fn row<'a>(run: &'a Run, code: &str) -> &'a QuotaRow {
    let code = QuotaCode::from(code);
    rows(run).find(|row| row.known.quota.code == code).unwrap()
}

/// Every model's daily quota counts what all of its endpoints used in 24 hours, quiet ones too, and a geography's tokens by half where its value is doubled.
#[test]
fn the_day_s_tokens_are_what_everybody_used_who_draws_on_the_quota() {
    // Nova 2 Lite is called by its geographic profile and a copy of it; here in its Region, too, and a model that was called in the morning only.
    let mut account = scenario("healthy");
    let nova = account.endpoints.iter().find(|endpoint| endpoint.id == "us.amazon.nova-2-lite-v1:0").unwrap().clone();
    let morning = Traffic { id: "us.amazon.nova-pro-v1:0".into(), until: Some(-300), ..nova.clone() };
    account.endpoints.extend([Traffic { id: "amazon.nova-2-lite-v1:0".into(), rpm: 40.0, ..nova }, morning]);
    let mut run = Run::polled(account);
    assert!(!run.row("us.amazon.nova-pro-v1:0").active);
    for minutes in 0..3 {
        let last = run.window().last;
        let span = Span::ending(last, 1440);
        let midnight = Span { first: last.floor_to(1440), last };
        let (mut compared, mut shared) = (0, 0);
        for row in rows(&run).filter(|row| row.day.is_some() && row.known.scope != QuotaScope::Account) {
            let day = row.day.unwrap();
            // Whether a geography's tokens really count half is not published: they may count whole.
            let geo = |id: &str| matches!(run.row(id).endpoint.scope, Some(Scope::Geo(_)));
            let halved = |id: &str| row.known.scope == QuotaScope::InRegionAndGeo && geo(id);
            let ids = || row.known.endpoints.iter().map(EndpointId::as_str);
            let is_halved = ids().any(|id| {
                halved(id) && run.truth(id, "EstimatedTPMQuotaUsage", span).into_iter().flatten().sum::<f64>() > 0.0
            });
            let bound = if is_halved { Bound::AtLeast } else { Bound::Exact };
            assert_eq!(day.bound, bound, "{} after {minutes} minutes", row.known.quota.name);
            let used = |span| -> f64 {
                let tokens = |id: &str| -> f64 {
                    let all = run.truth(id, "EstimatedTPMQuotaUsage", span).into_iter().flatten().sum::<f64>();
                    if halved(id) { 0.5 * all } else { all }
                };
                ids().map(tokens).sum()
            };
            let (running, today) = (day.running.unwrap(), day.today.unwrap());
            assert!(close(running, used(span)), "{}: {running} {}", row.known.quota.name, used(span));
            assert!(close(today, used(midnight)), "{}: {today} {}", row.known.quota.name, used(midnight));
            let percent = 100.0 * running / row.known.in_force.unwrap();
            assert!(close(row.used_percent().unwrap(), percent), "{}", row.known.quota.name);
            assert_eq!((row.peak_percent, row.used_now()), (None, Some((running, bound))));
            compared += usize::from(running > 0.0);
            shared += usize::from(row.known.scope == QuotaScope::InRegionAndGeo && running > 0.0);
        }
        assert!(compared > 1 && shared > 1, "{compared} {shared}");
        run.minute();
    }
}

#[test]
fn the_account_s_daily_quota_has_tokens_and_no_percentage() {
    let mut run = Run::polled(scenario("healthy"));
    for _ in 0..7 {
        run.minute();
    }
    let account = rows(&run).find(|row| row.known.scope == QuotaScope::Account).unwrap();
    let day = account.day.unwrap();
    let series =
        Series { namespace: "AWS/Bedrock".into(), metric: "EstimatedTPMQuotaUsage".into(), dimensions: vec![] };
    // It is asked every five minutes: the 24 hours end up to ten minutes before the window.
    let ended = |back: i64| -> f64 {
        run.truth_of(&series, "Sum", Span::ending(run.window().last - back, 1440)).into_iter().flatten().sum()
    };
    assert!(day.bound == Bound::Exact && (0..=10).any(|back| close(ended(back), day.running.unwrap())), "{day:?}");
    assert_eq!((account.headroom_percent, account.peak_percent, account.known.in_force), (None, None, Some(2e10)));
}

#[test]
fn the_day_is_asked_once_and_the_rounds_keep_it_up() {
    let mut run = Run::polled(scenario("healthy"));
    for _ in 0..5 {
        run.minute();
    }
    let days = run.asks.iter().filter(|ask| matches!(ask, Ask::Metrics { round: Round::Day, .. }));
    assert_eq!(days.count(), 1);
    // Two hours later again, for those who are not asked by the rounds.
    run.pass(2 * 3600);
    run.tick();
    let days = run.asks.iter().filter(|ask| matches!(ask, Ask::Metrics { round: Round::Day, .. }));
    assert_eq!(days.count(), 2);
}

#[test]
fn a_healthy_account_contradicts_nothing_and_a_throttled_one_says_what() {
    let healthy = Run::polled(scenario("healthy"));
    let signs: Vec<_> =
        rows(&healthy).filter(|row| !row.signs.is_empty()).map(|row| (&row.known.quota.name, &row.signs)).collect();
    assert!(signs.is_empty(), "{signs:?}");
    let throttled = Run::polled(scenario("throttled"));
    let sonnet = row(&throttled, SONNET_TPM);
    assert!(
        matches!(sonnet.signs[..], [Sign::RefusedFarBelow(percent)] if (40.0..67.0).contains(&percent)),
        "{:?}",
        sonnet.signs
    );
    assert!(sonnet.pools.iter().any(|pool| pool.as_str().starts_with("us.")));
}

#[test]
fn mantle_counts_input_and_output_apart_and_calls_at_once_are_a_lower_bound() {
    let run = Run::polled(scenario("mantle"));
    let used = |metric, scope| {
        rows(&run).filter(move |row| row.known.metric == Some(metric) && row.known.scope == scope && row.is_in_use())
    };
    for metric in [QuotaMetric::InputTokensPerMinute, QuotaMetric::OutputTokensPerMinute] {
        let rows: Vec<_> = used(metric, QuotaScope::Mantle).collect();
        assert!(!rows.is_empty());
        for row in rows {
            assert_eq!(row.known.matching.matched, Match::One);
            assert!(row.used_now().is_some() && row.headroom_percent.is_some(), "{}", row.known.quota.name);
        }
    }
}

#[test]
fn a_value_that_changes_is_marked_on_its_row_with_the_time_between() {
    let mut run = Run::polled(scenario("healthy"));
    assert!(rows(&run).all(|row| row.changed.is_none()));
    let before = run.now();
    assert_eq!(run.snapshot().quotas_checked_at, Some(before));
    run.change(|scenario| _ = scenario.applied.insert(SONNET_TPM.into(), 200_000.0));
    run.pass(7 * 3600);
    run.tick();
    let change = row(&run, SONNET_TPM).changed.unwrap();
    assert_eq!((change.from, change.to), (5e6, 200_000.0));
    assert_eq!((change.seen_at, change.still_at), (run.now(), Some(before)));
    assert_eq!(rows(&run).filter(|row| row.changed.is_some()).count(), 1);
    // The next run starts with what this one knew.
    let kept = run.state.account.to_cache().unwrap();
    let mut next = Run::new(scenario("healthy"));
    next.pass(14 * 3600);
    next.send(Event::Cached(kept));
    let change = row(&next, SONNET_TPM).changed.unwrap();
    assert_eq!((change.from, change.to), (200_000.0, 5e6), "changed between two runs");
}

#[test]
fn calls_with_a_long_context_may_draw_on_another_quota_so_the_usual_one_s_use_is_at_most_that() {
    let mut account = scenario("healthy");
    let sonnet =
        account.endpoints.iter_mut().find(|endpoint| endpoint.id == "us.anthropic.claude-sonnet-4-5-20250929-v1:0");
    sonnet.unwrap().long_context = 0.01;
    let run = Run::polled(account);
    let usage = row(&run, SONNET_TPM).usage.clone().unwrap();
    assert_eq!((usage.now_bound, usage.peak_bound), (Bound::AtMost, Bound::AtMost));
    // Long calls that find their own quota full are refused far below this one: that is true, and all that may be said.
    let signs = &row(&run, SONNET_TPM).signs;
    assert!(signs.iter().all(|sign| matches!(sign, Sign::RefusedFarBelow(_))), "{signs:?}");
}

/// What `apac` and `au` use in the first minutes: `apac` has its worst minute at the start, `au` at the end, where both together are worst, and below the sum of both.
fn used_by(prefix: &str, at: i64) -> f64 {
    let at = f64::from(i32::try_from(at).unwrap());
    if prefix == "apac" { 500.0 - at } else { 200.0 + 2.0 * at }
}

/// Three hours of a Region in which Claude Haiku 4.5 is called through profiles of two geographies, with quotas of these codes and names of 1000 each.
fn two_geographies(names: &[(&str, &str)], check: impl FnOnce(&Snapshot, Minute)) {
    let model = "anthropic.claude-haiku-4-5-20251001-v1:0";
    let arn = |region: &str| Arn::from(format!("arn:aws:bedrock:{region}::foundation-model/{model}"));
    let profile = |prefix: &str, regions: &[&str]| Profile {
        id: format!("{prefix}.{model}").into(),
        arn: format!("arn:aws:bedrock:ap-southeast-2:111122223333:inference-profile/{prefix}.{model}").into(),
        name: prefix.into(),
        kind: "SYSTEM_DEFINED".into(),
        models: regions.iter().map(|region| arn(region)).collect(),
    };
    let models = vec![Model {
        id: model.into(),
        arn: arn("ap-southeast-2"),
        name: "Claude Haiku 4.5".into(),
        provider: "Anthropic".into(),
        lifecycle: None,
        dates: tiertop::domain::catalog::LifecycleDates::default(),
        inference_types: vec!["INFERENCE_PROFILE".into()],
    }];
    let profiles = vec![
        profile("apac", &["ap-southeast-2", "ap-northeast-1"]),
        profile("au", &["ap-southeast-2", "ap-southeast-4"]),
    ];
    let catalog = Catalog::new(&Listing { models: models.clone(), profiles });
    let quota = |(code, name): &(&str, &str)| Quota {
        code: (*code).into(),
        name: (*name).into(),
        applied: Some(1000.0),
        default: Some(1000.0),
        adjustable: true,
        error: None,
        default_error: None,
    };
    let table = QuotaTable { quotas: names.iter().map(quota).collect(), applied_listed: true, defaults_listed: true };
    let governing = GoverningQuotas::new(&table, &catalog, &models, &Pins::new());
    let meters: BTreeSet<Meter> = ["apac", "au"]
        .map(|prefix| Meter { namespace: Namespace::Bedrock, endpoint: format!("{prefix}.{model}").into() })
        .into();
    let last = Minute(30_000_000);
    let span = Span::ending(last, 180);
    let answers = meters.iter().flat_map(|meter| {
        let prefix = meter.endpoint.as_str().split('.').next().unwrap().to_owned();
        [Metric::EstimatedTpmQuotaUsage, Metric::Invocations].map(|metric| Answer {
            query: Query {
                key: meter.series(metric),
                name: metric.name(Namespace::Bedrock).unwrap().into(),
                stat: Stat::Sum,
                period_minutes: 1,
            },
            status: ResultStatus::Complete,
            points: span.minutes().map(|minute| (minute, used_by(&prefix, minute.0 - span.first.0))).collect(),
        })
    });
    let mut store = Store::default();
    let asked_at = (last + 10).start();
    store.apply(&Poll { span, settles: true, asked_at, answers: answers.collect() });
    let known = Known {
        region: &"ap-southeast-2".into(),
        account: None,
        provenance: Provenance::Live,
        catalog: &catalog,
        tags: &Tags::new(),
        discovery: &Discovery::default(),
        active: &meters,
        store: &store,
        history: &History::default(),
        quotas: Some(&table),
        quotas_checked_at: None,
        governing: &governing,
        requests: &[],
        watch: &Watch::default(),
        burndown: &Burndown::built_in(),
        faults: &[],
        window_minutes: 180,
        now: asked_at,
    };
    check(&reckoning::snapshot(&known), last);
}

const HAIKU_TPM: &str = "Cross-region model inference tokens per minute for Anthropic Claude Haiku 4.5";

/// In a Region with profiles of two geographies a model's quota is one: its use is summed by the minute over both, and each row is shown against the sum.
#[test]
fn two_geographies_of_one_model_use_one_quota() {
    let names = [("L-1", HAIKU_TPM), ("L-2", &HAIKU_TPM.replace("tokens", "requests"))];
    two_geographies(&names, |snapshot, last| {
        let row = &snapshot.quotas[0];
        let together = used_by("apac", 179) + used_by("au", 179);
        let pools: Vec<&str> = row.pools.iter().map(PoolId::as_str).collect();
        assert!(pools.len() == 2 && pools[0].starts_with("au."), "who uses most by itself stands first: {pools:?}");
        assert_eq!(row.peak(), Some((together, last, Bound::Exact)));
        assert!(together < used_by("apac", 0) + used_by("au", 179), "peaks are never added");
        for pool in &snapshot.pools {
            let quota = pool.token_quota().unwrap();
            assert_eq!(quota.usage.peak, Some(together));
            assert!(close(quota.headroom_percent.unwrap(), 100.0 - together / 10.0));
            assert!(pool.usage.peak.unwrap() < together, "its own use stays its own");
        }
    });
}

#[test]
fn what_may_be_another_s_quota_is_not_summed_over_pools_and_contradicts_nothing() {
    two_geographies(&[("L-1", HAIKU_TPM), ("L-2", HAIKU_TPM)], |snapshot, _| {
        for row in &snapshot.quotas {
            assert!(matches!(row.known.matching.matched, Match::Ambiguous { .. }) && row.pools.len() == 2);
            assert_eq!((row.usage.as_ref(), row.multiplier, row.signs.len()), (None, None, 0));
            assert!(!row.binds());
        }
        for pool in &snapshot.pools {
            assert!(pool.quotas.iter().all(|quota| quota.usage.peak == pool.usage.peak && quota.multiplier.is_none()));
        }
    });
}

#[test]
fn an_account_that_has_no_series_of_its_own_has_not_used_nothing() {
    two_geographies(&[("L-1", "Cross-Model Max Tokens Per Day")], |snapshot, _| {
        let row = &snapshot.quotas[0];
        assert_eq!(row.known.scope, QuotaScope::Account);
        let day = row.day.unwrap();
        assert_eq!((day.running, day.today, row.is_in_use()), (None, None, false));
    });
}

#[test]
fn a_daily_quota_that_is_nearly_used_up_is_what_live_shows_and_says() {
    let mut account = scenario("healthy");
    account.applied.insert("L-210172B5".into(), 1.3e9);
    let run = Run::polled(account);
    let pool = run.pool("us.amazon.nova-2-lite-v1:0");
    let quota = pool.governing_quota().unwrap();
    assert_eq!((quota.code.as_str(), quota.metric), ("L-210172B5", QuotaMetric::TokensPerDay));
    assert!((80.0..100.0).contains(&quota.used_percent().unwrap()), "{:?}", quota.used_percent());
    assert_eq!(Trouble::of(pool, run.snapshot()), Trouble::NearLimit);
}

#[test]
fn of_mantle_s_two_quotas_the_nearer_one_is_shown() {
    let run = Run::polled(scenario("mantle"));
    let pool = run.pool("openai.gpt-5.6-luna");
    let nearness = |quota: &PoolQuota| quota.peak_percent.unwrap_or(0.0);
    let nearest = pool.quotas.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b))).unwrap();
    assert_eq!(pool.governing_quota().unwrap().code, nearest.code);
    assert_eq!(nearest.metric, QuotaMetric::OutputTokensPerMinute);
}
