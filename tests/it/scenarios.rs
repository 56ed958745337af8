//! What each simulated account is known for, seen through the real SDK; and every one of them drawn, as no name may reach the terminal raw.

use ratatui::{Terminal, backend::TestBackend};
use tiertop::{
    app::{event::Event, state::Trouble},
    domain::{
        fault::{FaultKind, Source},
        minute::{Minute, Span},
        snapshot::{Basis, Bound, TierBasis},
        tier::Tier,
    },
    sim::{
        scenario::Scenario,
        world::{DEFAULT_ORIGIN, Series},
    },
    ui::{self, Palette, Theme},
};

use crate::support::{Run, close, scenario};

const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const NOVA: &str = "us.amazon.nova-2-lite-v1:0";
const GPT: &str = "openai.gpt-oss-120b-1:0";

fn origin() -> Minute {
    Minute(DEFAULT_ORIGIN / 60)
}

#[test]
fn zero_quota_is_a_state_of_its_own() {
    let run = Run::once(scenario("zero-quota"));
    assert!(run.snapshot().zero_quotas.unwrap().is_account_wide(), "{:?}", run.snapshot().zero_quotas);
    let pool = run.pool(SONNET);
    let quota = pool.token_quota().unwrap();
    assert!(quota.is_zero());
    assert_eq!((quota.headroom_percent, quota.peak_percent, quota.used_percent()), (None, None, None));
    assert_eq!(run.row(SONNET).requests, Some(0.0));
    assert_eq!(run.row(SONNET).throttles, Some(run.true_sum(SONNET, "InvocationThrottles")));
    assert_eq!(pool.throttle_percent, Some(100.0));
    assert_eq!(Trouble::of(pool, run.snapshot()), Trouble::Throttled);
    assert!(run.state.account.awaits_quota());
}

#[test]
fn throttled_says_since_when_how_much_and_that_use_is_a_lower_bound() {
    let run = Run::once(scenario("throttled"));
    let (pool, window) = (run.pool(SONNET), run.window());
    let members = [SONNET, "a1b2c3d4e5f6"];
    let per_minute = |metric: &str, span: Span| -> Vec<f64> {
        let mut sums = vec![0.0; span.len()];
        for member in members {
            run.truth(member, metric, span).iter().zip(&mut sums).for_each(|(value, sum)| *sum += value.unwrap_or(0.0));
        }
        sums
    };
    let now = Span::ending(window.last, 5);
    let throttles: f64 = per_minute("InvocationThrottles", now).iter().sum();
    let accepted: f64 = per_minute("Invocations", now).iter().sum();
    assert!(throttles > 0.0);
    assert!(close(pool.throttle_percent.unwrap(), 100.0 * throttles / (throttles + accepted)));
    let first = window.minutes().zip(per_minute("InvocationThrottles", window)).find(|(_, count)| *count > 0.0);
    assert_eq!(pool.throttled_since, first.map(|(minute, _)| minute));
    assert!((origin() - 10..=origin() - 5).contains(&pool.throttled_since.unwrap()), "{:?}", pool.throttled_since);
    let quota = pool.token_quota().unwrap();
    assert_eq!(quota.applied, Some(2_000_000.0));
    assert!(quota.usage.used_now.unwrap() < 2_000_000.0);
    assert_eq!(quota.usage.now_bound, Bound::AtLeast, "refused below the limit: something that counts is not in it");
    assert_eq!(Trouble::of(pool, run.snapshot()), Trouble::Throttled);
    assert_eq!(run.state.view.order[0], pool.id, "the worst comes first");
    assert_eq!(run.row(NOVA).throttle_percent, Some(0.0));
}

#[test]
fn untiered_reports_no_tier_and_assumes_none() {
    let run = Run::once(scenario("untiered"));
    assert!(run.active().iter().all(|row| row.tiers.is_empty()));
    assert_eq!(run.pool(NOVA).usage.now_bound, Bound::Exact);
}

#[test]
fn tiers_everywhere_counts_requests_by_invocations_and_tells_asked_from_served() {
    let run = Run::once(scenario("tiers-everywhere"));
    let row = run.row(GPT);
    assert!(row.tiers.iter().all(|tier| tier.basis == TierBasis::Invocations), "{:?}", row.tiers);
    let lower = row.tiers.iter().find(|tier| tier.asked == Tier::Priority && tier.served == Some(Tier::Standard));
    assert!(lower.is_some_and(|tier| tier.requests.unwrap() > 0.0), "{:?}", row.tiers);
    let sum: f64 = row.tiers.iter().map(|tier| tier.requests.unwrap()).sum();
    assert!(close(sum, row.requests.unwrap()), "{sum} {:?}", row.requests);
    assert_eq!(Trouble::of(run.pool(GPT), run.snapshot()), Trouble::OtherTier);
}

#[test]
fn a_tier_that_served_before_the_window_is_no_trouble_of_now() {
    let mut run = Run::new(scenario("reserved-spill"));
    run.state.window_minutes = 15;
    run.tick();
    assert_eq!(Trouble::of(run.pool(HAIKU), run.snapshot()), Trouble::OtherTier);
    run.change(|now| now.endpoints.iter_mut().for_each(|endpoint| endpoint.tiers.clear()));
    for _ in 0..30 {
        run.minute();
    }
    assert_ne!(Trouble::of(run.pool(HAIKU), run.snapshot()), Trouble::OtherTier, "{:?}", run.row(HAIKU).tiers);
}

#[test]
fn reserved_traffic_is_not_in_the_pool_s_use() {
    let run = Run::once(scenario("reserved-spill"));
    let row = run.row(HAIKU);
    let pairs: Vec<_> = row.tiers.iter().map(|tier| (tier.asked.clone(), tier.served.clone().unwrap())).collect();
    assert!(pairs.contains(&(Tier::Reserved, Tier::Reserved)) && pairs.contains(&(Tier::Reserved, Tier::Standard)));
    let served = |tier: &str| {
        let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let dimensions =
            vec![named("ModelId", HAIKU), named("ServiceTier", "reserved"), named("ResolvedServiceTier", tier)];
        let series = Series { namespace: "AWS/Bedrock".into(), metric: "EstimatedTPMQuotaUsage".into(), dimensions };
        run.truth_of(&series, "Sum", run.window())
    };
    let spilled = served("default").into_iter().map(|value| value.unwrap_or(0.0)).fold(0.0, f64::max);
    let whole = run.truth(HAIKU, "EstimatedTPMQuotaUsage", run.window());
    let reserved = served("reserved");
    let rest = whole.iter().zip(&reserved).map(|(all, held)| all.unwrap_or(0.0) - held.unwrap_or(0.0));
    let worst = rest.fold(0.0, f64::max);
    assert!(close(worst, spilled) && worst > 0.0);
    assert!(close(row.usage.peak.unwrap(), worst), "{:?} {worst}", row.usage.peak);
    assert_eq!(row.usage.peak_bound, Bound::Exact);
    // The reasons are of all that was called: what is beside the quota is said, so that they explain its use.
    let why = run.state.why.as_ref().unwrap();
    let over = why.over.unwrap();
    let held = run.window().minutes().zip(&reserved).filter(|(minute, _)| over.contains(*minute));
    let held: f64 = held.map(|(_, held)| held.unwrap_or(0.0)).sum::<f64>() / 5.0;
    assert!(held > 0.0 && close(why.reserved.unwrap(), held), "{why:?} {held}");
    let line = &ui::why::all_lines(&run.state, &run.state.rows()[0])[0].0;
    assert!(line.contains("Reserved served "), "{line}");
}

#[test]
fn mantle_has_no_latency_and_no_throttles_and_says_so() {
    let run = Run::once(scenario("mantle"));
    for id in ["openai.gpt-oss-120b", "anthropic.claude-haiku-4-5", "xai.grok-4.3"] {
        let row = run.row(id);
        let series = |metric: &str| Series {
            namespace: "AWS/BedrockMantle".into(),
            metric: metric.into(),
            dimensions: vec![("Model".into(), id.into())],
        };
        let sum = |metric| run.truth_of(&series(metric), "Sum", run.window()).into_iter().flatten().sum::<f64>();
        assert!(close(row.requests.unwrap(), sum("Inferences")), "{id}");
        assert!(close(row.client_errors.unwrap(), sum("InferenceClientErrors")), "{id}");
        assert!(close(row.input_tokens.unwrap(), sum("TotalInputTokens")), "{id}");
        assert_eq!((row.throttles, row.throttle_percent, row.server_errors, row.in_flight), (None, None, None, None));
        assert_eq!((row.latency.p50, row.ttft.p50, row.tokens_per_second), (None, None, None), "{id}");
        assert_eq!((row.endpoint.pool.as_str(), row.usage.basis), (&*format!("mantle/{id}"), Some(Basis::Formula)));
        assert!(row.tiers.is_empty());
    }
    assert!(run.row("us.anthropic.claude-sonnet-5").throttles.is_some());
}

#[test]
fn ids_with_a_tier_beside_the_plain_one_make_totals_lower_bounds() {
    let run = Run::once(scenario("id-suffix"));
    let row = run.row(NOVA);
    let flex = row.tiers.iter().find(|tier| tier.asked == Tier::Flex).unwrap();
    assert_eq!((flex.served.clone(), flex.basis), (None, TierBasis::IdSuffix));
    assert_eq!((row.usage.now_bound, row.usage.peak_bound), (Bound::AtLeast, Bound::AtLeast));
    assert_eq!(run.pool(NOVA).usage.now_bound, Bound::AtLeast);
    assert_eq!(run.pool(HAIKU.replace("us.", "global.").as_str()).usage.now_bound, Bound::Exact);
}

#[test]
fn an_empty_account_is_no_fault() {
    let run = Run::once(scenario("empty"));
    assert_eq!((run.faulty(), run.active().len(), run.snapshot().pools.len()), (vec![], 0, 0));
    let zero = run.snapshot().zero_quotas.unwrap();
    assert!(zero.zero == 0 && zero.known > 100, "{zero:?}");
    assert!(run.state.idle_count() > 50);
}

#[test]
fn expired_credentials_are_one_command_away_from_mended() {
    let run = Run::polled(scenario("expired"));
    for source in [Source::Identity, Source::Catalog, Source::Discovery, Source::Metrics, Source::ServiceQuotas] {
        let fault = run.fault(source).unwrap();
        assert_eq!((fault.kind, fault.next_step.as_str()), (FaultKind::Expired, "aws sso login --profile default"));
    }
    assert_eq!((run.snapshot().data_through, run.snapshot().zero_quotas), (None, None));
}

#[test]
fn a_flaky_account_is_shown_as_far_as_it_answers_and_never_wrong() {
    let mut run = Run::polled(scenario("flaky"));
    let mut known = 0;
    for _ in 0..6 {
        run.minute();
        for row in run.active() {
            let Some(requests) = row.requests else { continue };
            let id = row.endpoint.id.as_str();
            assert!(close(requests, run.true_sum(id, "Invocations")), "{id} at {}: {requests}", run.now());
            known += 1;
        }
    }
    assert!(known > 0);
}

/// Every cell of the screen as it is drawn.
fn screen(run: &Run, columns: u16, lines: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    let theme = Theme::new(Palette::Dark, false);
    terminal.draw(|frame| ui::draw(frame, &run.state, &theme)).unwrap();
    terminal.backend().buffer().content().iter().map(|cell| cell.symbol().to_owned()).collect()
}

#[test]
fn every_account_is_drawn_at_every_size_without_a_raw_character() {
    let names = Scenario::names();
    // Flaky and expired answer late; they are drawn in a terminal of their own.
    for name in names.into_iter().filter(|name| !matches!(*name, "flaky" | "huge")) {
        let mut run = Run::polled(scenario(name));
        drawn(&mut run, name);
    }
}

#[test]
fn six_hundred_endpoints_with_odd_names_are_counted_and_drawn() {
    let mut run = Run::polled(scenario("huge"));
    assert_eq!(run.faulty(), []);
    assert_eq!(run.active().len(), 268);
    let odd = run.snapshot().endpoints.iter().filter_map(|row| row.endpoint.profile_name.as_deref());
    let odd: Vec<&str> = odd.filter(|name| name.chars().any(char::is_control) || name.chars().count() > 1000).collect();
    assert!(!odd.is_empty(), "its names are harmless: the test says nothing");
    for row in run.active().into_iter().step_by(40) {
        let id = row.endpoint.id.as_str();
        assert!(close(row.requests.unwrap(), run.true_sum(id, "Invocations")), "{id}");
    }
    drawn(&mut run, "huge");
}

fn drawn(run: &mut Run, name: &str) {
    for keys in ["", "a", "G", "?"] {
        if !keys.is_empty() {
            run.send(Event::Key(keys.to_owned()));
        }
        for (columns, lines) in [(1, 1), (40, 8), (72, 17), (80, 24), (120, 40), (300, 100)] {
            let screen = screen(run, columns, lines);
            let odd = |c: char| {
                c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!screen.contains(odd), "{name} {columns}×{lines} {screen:?}");
        }
    }
}
