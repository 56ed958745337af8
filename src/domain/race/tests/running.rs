//! A race call by call: its order, failures, interruptions, budgets.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    pricing::Usd,
    race::{
        Call, End, Next, NotWaiting, Race,
        budget::{Budget, Ceiling, Spent, Stop, TEMPLATE_TOKENS, USUAL_CONTEXT, Unbounded, tokens_at_most},
        compare::Verdict,
        plan::WARM_UP_ROUNDS,
        sample::{Failed, FailureKind, Quantity},
    },
    snapshot::Bound,
};

const TIERS: [&str; 3] = ["default", "priority", "flex"];

fn usd(text: &str) -> Usd {
    Usd::parse(text).unwrap()
}

fn unlimited(plan: Plan) -> Race {
    Race::new(plan, bound, Budget::without_limit())
}

/// Runs a race to its end, each call giving what `answer` says.
fn run(race: &mut Race, session: &mut Budget, mut answer: impl FnMut(&Call) -> Sample) -> (Vec<Call>, End) {
    let mut calls = Vec::new();
    loop {
        match race.next_call(session) {
            Next::Send(call) => {
                race.take(answer(&call), session).unwrap();
                calls.push(call);
            }
            Next::Over(end) => return (calls, end),
            Next::Waiting(call) => panic!("{call:?} was answered"),
        }
    }
}

fn failed(kind: FailureKind) -> Sample {
    Sample::Failed(Failed::new(kind, Some("as the service said")))
}

fn tier(race: &Race, call: &Call) -> Tier {
    race.plan().lanes()[call.lane].tier.clone()
}

#[test]
fn each_round_calls_every_lane_once_after_a_warm_up() {
    let mut race = unlimited(plan(&TIERS, 20, 3));
    let (calls, end) = run(&mut race, &mut Budget::without_limit(), |_| answered(100.0, &Tier::Standard));
    assert_eq!((calls.len(), end), (63, End::Done));
    for (place, call) in calls.iter().enumerate() {
        let round = u32::try_from(place / 3).unwrap();
        assert_eq!(call.round, (round > 0).then_some(round));
        assert_eq!(call.number, place as u64 + 1);
    }
    for round in calls.chunks(3) {
        let mut lanes: Vec<usize> = round.iter().map(|call| call.lane).collect();
        lanes.sort_unstable();
        assert_eq!(lanes, [0, 1, 2]);
    }
    assert_eq!(race.rounds().len(), 20, "the warm-up does not count");
    assert!(race.standings().lanes.iter().all(|lane| lane.answered == 20));
}

#[test]
fn the_faster_lane_wins_through_drift_and_heavy_tails() {
    for seed in 0..20 {
        let mut race = unlimited(plan(&TIERS, 40, seed));
        let mut random = Random::new(seed);
        let (_, end) = run(&mut race, &mut Budget::without_limit(), |call| {
            // Priority 300, Standard 500, Flex 900; noise with a tail, and a load that doubles while the race runs.
            let own = [500.0, 300.0, 900.0][call.lane];
            let time =
                own + 500.0 * f64::from(u32::try_from(call.number).unwrap()) / 123.0 + 60.0 * random.normal().exp();
            answered(time, &Tier::from(TIERS[call.lane]))
        });
        assert_eq!(end, End::Done);
        let standings = race.standings();
        let leads: Vec<(usize, usize)> = standings
            .comparisons
            .iter()
            .filter(|found| found.quantity == Quantity::FirstText)
            .map(|found| {
                let Verdict::Faster(lead) = found.verdict else { panic!("{found:?}") };
                let truth: f64 = [500.0, 300.0, 900.0][lead.slower] - [500.0, 300.0, 900.0][lead.faster];
                // Three intervals in twenty races, each of 98 %: they are seldom off, and then by little.
                assert!(lead.low < truth + 30.0 && lead.high > truth - 30.0, "{lead:?}");
                (lead.faster, lead.slower)
            })
            .collect();
        assert_eq!(leads, [(1, 0), (0, 2), (1, 2)]);
        assert!(!standings.is_interim);
    }
}

#[test]
fn a_failed_call_is_not_a_slow_one() {
    let mut race = unlimited(plan(&["default", "flex"], 20, 1));
    run(&mut race, &mut Budget::without_limit(), |call| match (call.lane, call.round) {
        (1, Some(round)) if round % 4 == 0 => failed(FailureKind::Throttled),
        (lane, _) => answered([100.0, 200.0][lane], &Tier::Standard),
    });
    let standings = race.standings();
    assert_eq!((standings.lanes[1].answered, standings.lanes[1].failures()), (15, 5));
    let comparison = &standings.comparisons[0];
    assert_eq!((comparison.rounds, comparison.left_out), (15, 5));
    let Verdict::Faster(lead) = comparison.verdict else { panic!() };
    assert_eq!((lead.faster, lead.low, lead.high, lead.percent), (0, 100.0, 100.0, Some(50.0)));
}

#[test]
fn who_is_refused_twice_is_called_no_more() {
    let mut race = unlimited(plan(&TIERS, 10, 1));
    let refuse_flex = |call: &Call| match call.lane {
        2 => failed(FailureKind::Refused),
        _ => answered(100.0, &Tier::Standard),
    };
    let (calls, end) = run(&mut race, &mut Budget::without_limit(), refuse_flex);
    assert_eq!(end, End::Done);
    assert_eq!(calls.iter().filter(|call| call.lane == 2).count(), 2, "the warm-up, and the first round");
    assert_eq!(calls.len(), 2 * 11 + 2);
    assert_eq!(race.refusal(2).unwrap().message.as_deref(), Some("as the service said"));
    assert_eq!(race.refusal(0), None);

    let mut race = unlimited(plan(&["default", "flex"], 10, 1));
    let (calls, end) = run(&mut race, &mut Budget::without_limit(), |call| match call.lane {
        1 => failed(FailureKind::Refused),
        _ => answered(100.0, &Tier::Standard),
    });
    assert_eq!(end, End::TooFewLanes);
    assert!(calls.len() <= 4);
}

#[test]
fn nothing_but_throttles_ends_a_race() {
    let mut race = unlimited(plan(&TIERS, 100, 1));
    let (calls, end) = run(&mut race, &mut Budget::without_limit(), |_| failed(FailureKind::Throttled));
    assert_eq!((calls.len(), end), (6, End::Throttled));
}

#[test]
fn a_race_may_stop_and_go_on_at_any_moment() {
    let session = &mut Budget::without_limit();
    let mut race = Race::new(plan(&["default", "flex"], 2, 1), bound, Budget::up_to(usd("1")));
    assert_eq!(race.take(answered(1.0, &Tier::Flex), session), Err(NotWaiting));
    let Next::Send(first) = race.next_call(session) else { panic!() };
    assert_eq!(race.next_call(session), Next::Waiting(first.clone()), "it is not sent twice");

    race.put_back(session);
    let most = first.most.usd().unwrap();
    assert_eq!(race.budget().spent(), (most, Bound::AtMost), "it may have cost that");
    assert_eq!(session.spent(), (most, Bound::AtMost));
    let Next::Send(again) = race.next_call(session) else { panic!() };
    assert_eq!((again.lane, again.round, again.number), (first.lane, first.round, 2));
    assert!(race.standings().is_interim);

    race.cancel(session);
    assert_eq!(race.next_call(session), Next::Over(End::Cancelled));
    assert_eq!(race.take(answered(1.0, &Tier::Flex), session), Err(NotWaiting), "it came too late");
    assert_eq!(race.budget().left(), usd("1").less(most + most));
    race.cancel(session);
    assert_eq!(race.end(), Some(&End::Cancelled));
}

#[test]
fn no_round_begins_that_could_exceed_the_budget() {
    // A round: (100 × 0.15 + 400 × 0.6) + the same × 1.75 + the same × 1, since Flex may be served by Standard, all ÷ 1,000,000.
    let round = usd("0.00095625");
    let whole = unlimited(plan(&TIERS, 3, 1)).most();
    assert_eq!(whole, Ceiling::AtMost(round + round + round + round));

    let spends_all = |call: &Call| {
        let tokens = Tokens { input: Some(100), output: Some(400), ..Tokens::default() };
        Sample::Answered(Answered { tokens, ..answer(100.0, &Tier::from(TIERS[call.lane])) })
    };
    let mut exact = Race::new(plan(&TIERS, 3, 1), bound, Budget::up_to(whole.usd().unwrap()));
    assert_eq!(run(&mut exact, &mut Budget::without_limit(), spends_all).1, End::Done);

    let little = round + round;
    let mut race = Race::new(plan(&TIERS, 3, 1), bound, Budget::up_to(little));
    let (calls, end) = run(&mut race, &mut Budget::without_limit(), spends_all);
    // Flex costs less than the most that it could: the two rounds leave something, but not a third round's worth.
    assert_eq!(calls.len(), 6);
    assert!(matches!(end, End::Stopped(Stop::OverBudget { limit, .. }) if limit == little), "{end:?}");

    let mut race = Race::new(plan(&TIERS, 3, 1), bound, Budget::without_limit());
    let mut session = Budget::up_to(round);
    let (calls, end) = run(&mut race, &mut session, spends_all);
    assert_eq!(calls.len(), 3, "the session's budget holds for a race, too");
    assert!(matches!(end, End::Stopped(Stop::OverBudget { .. })));
}

#[test]
fn a_lane_without_a_price_takes_a_yes() {
    let tiers = ["default", "ultrafast"];
    let mut race = Race::new(plan(&tiers, 3, 1), bound, Budget::up_to(usd("9")));
    let unknown = Unbounded::Price("ultrafast".into());
    assert_eq!(race.most(), Ceiling::Unknown(unknown.clone()));
    let session = &mut Budget::without_limit();
    assert_eq!(race.next_call(session), Next::Over(End::Stopped(Stop::Unknown(unknown))));

    let mut race = Race::new(plan(&tiers, 3, 1), bound, Budget::up_to(usd("9")).allowing_unknown());
    let (_, end) = run(&mut race, session, |call| {
        let unpriced = Answered { price: None, ..answer(100.0, &"ultrafast".into()) };
        if call.lane == 0 { answered(100.0, &Tier::Standard) } else { Sample::Answered(unpriced) }
    });
    assert_eq!((end, race.budget().uncounted()), (End::Done, 4));
    assert_eq!(race.standings().costs, [((0, 1), None)]);
}

#[test]
fn a_call_is_bounded_by_the_dearest_tier_that_may_serve_it() {
    let of = |tier: &str, input, max_tokens| {
        let request = Request { input, has_cache_points: false, max_tokens, tier: tier.into() };
        CallBound::of(&request, price).most
    };
    let at_most = |text| Ceiling::AtMost(usd(text));
    assert_eq!(of("default", Some(1_000), Some(1_000)), at_most("0.00075"));
    assert_eq!(of("flex", Some(1_000), Some(1_000)), at_most("0.00075"), "Standard may serve it");
    assert_eq!(of("reserved", Some(1_000), Some(1_000)), at_most("0.00075"), "what overflows is Standard's");
    assert_eq!(of("priority", Some(1_000), Some(1_000)), at_most("0.0013125"));
    assert_eq!(of("default", None, Some(1)), Ceiling::Unknown(Unbounded::Input));
    assert_eq!(of("default", Some(USUAL_CONTEXT + 1), Some(1)), Ceiling::Unknown(Unbounded::LongContext));
    assert_eq!(of("default", Some(1), None), Ceiling::Unknown(Unbounded::MaxTokens));
    assert_eq!(of("ultrafast", Some(1), Some(1)), Ceiling::Unknown(Unbounded::Price("ultrafast".into())));

    let cached = Request { input: Some(1_000), has_cache_points: true, max_tokens: Some(0), tier: Tier::Standard };
    assert_eq!(CallBound::of(&cached, price).most, at_most("0.0003"), "writes to the cache may cost twice as much");
}

#[test]
fn what_a_call_has_cost_is_exact_only_where_it_is_known_who_served() {
    let flex = bound(&lane("flex"));
    let silent = Answered { served: None, ..answer(1.0, &Tier::Flex) };
    // 60 input and 300 output tokens, at half of Standard's price if Flex served.
    assert_eq!(flex.spent(&answered(1.0, &Tier::Flex)), Spent::Exactly(usd("0.0000945")));
    assert_eq!(flex.spent(&Sample::Answered(silent)), Spent::AtMost(usd("0.000189")));
    let reserved = Answered { served: Some(Tier::Reserved), ..answer(1.0, &Tier::Flex) };
    assert_eq!(flex.spent(&Sample::Answered(reserved)), Spent::Exactly(Usd::default()));
    let uncounted = Answered { tokens: Tokens::default(), ..answer(1.0, &Tier::Flex) };
    assert_eq!(flex.spent(&Sample::Answered(uncounted)), Spent::UpToCeiling);
    assert_eq!(flex.spent(&failed(FailureKind::Throttled)), Spent::Exactly(Usd::default()));
    assert_eq!(flex.spent(&failed(FailureKind::Cut)), Spent::UpToCeiling);
}

#[test]
fn text_has_no_more_tokens_than_bytes() {
    assert_eq!(tokens_at_most(["abc", "de"]), TEMPLATE_TOKENS + 5);
    assert_eq!(tokens_at_most(["é"]), TEMPLATE_TOKENS + 8);
    // U+FDFA becomes 33 bytes, U+332E 15 or more.
    assert_eq!(tokens_at_most(["\u{fdfa}"]), TEMPLATE_TOKENS + 33);
    assert_eq!(tokens_at_most(["\u{332e}"]), TEMPLATE_TOKENS + 33);
}

proptest! {
    #[test]
    fn a_budget_is_never_exceeded(limit in 0..2000_u32, calls in prop::collection::vec((0..400_u32, 0..=100_u32, 0..3_usize), 0..40)) {
        let micro = |amount: u32| usd(&format!("0.{amount:0>6}"));
        let (limit, mut flying) = (micro(limit), Vec::new());
        let mut budget = Budget::up_to(limit);
        let mut cost = Usd::default();
        for (most, percent, settled) in calls {
            let most = micro(most);
            match budget.hold(&Ceiling::AtMost(most)) {
                Ok(hold) => flying.push((hold, most, percent)),
                Err(Stop::OverBudget { needs, left, .. }) => prop_assert!(needs > left),
                Err(stop) => prop_assert!(false, "{:?}", stop),
            }
            // Calls end in another order than they began.
            for _ in 0..settled.min(flying.len()) {
                let (hold, most, percent) = flying.remove(0);
                let real = most.share(u128::from(percent), 100).unwrap();
                cost = cost + real;
                budget.settle(hold, if percent % 2 == 0 { Spent::Exactly(real) } else { Spent::UpToCeiling });
            }
            prop_assert!(cost <= budget.spent().0 && budget.spent().0 <= limit);
        }
        for (hold, ..) in flying {
            budget.settle(hold, Spent::UpToCeiling);
        }
        prop_assert!(budget.spent().0 <= limit);
        prop_assert_eq!(budget.left(), limit.less(budget.spent().0));
    }

    #[test]
    fn a_race_never_costs_more_than_its_budget(seed: u64, limit in 1..400_u32, fates in prop::collection::vec((0..6_usize, 0..=100_u64, 0..=400_u64), 200)) {
        let limit = usd(&format!("0.{limit:0>4}"));
        let mut race = Race::new(plan(&TIERS, 40, seed), bound, Budget::up_to(limit));
        let mut session = Budget::without_limit();
        let mut cost = Usd::default();
        let (calls, _) = run(&mut race, &mut session, |call| {
            let (fate, input, output) = fates[usize::try_from(call.number).unwrap()];
            let asked = Tier::from(TIERS[call.lane]);
            // Flex is sometimes served by Standard, and the service is sometimes silent about it.
            let served = if fate == 1 { Tier::Standard } else { asked.clone() };
            let tokens = Tokens { input: Some(input), output: Some(output), ..Tokens::default() };
            let real = tokens.at(&price(&served).unwrap()).unwrap();
            if fate <= 2 {
                cost = cost + real;
            }
            match fate {
                0 => Sample::Answered(Answered { tokens, ..answer(1.0, &served) }),
                1 => Sample::Answered(Answered { tokens, served: None, ..answer(1.0, &asked) }),
                2 => failed(FailureKind::Cut),
                3 => failed(FailureKind::Throttled),
                4 => failed(FailureKind::Refused),
                _ => failed(FailureKind::Unanswered),
            }
        });
        prop_assert_eq!(calls.is_empty(), limit < usd("0.00095625"), "a round is begun where it fits");
        prop_assert!(cost <= race.budget().spent().0, "what is counted is what it cost, or more");
        prop_assert!(race.budget().spent().0 <= limit);
        prop_assert_eq!(race.budget().spent(), session.spent());
        prop_assert!(calls.len() as u64 <= race.plan().calls());
        prop_assert!(calls.iter().all(|call| tier(&race, call) == Tier::from(TIERS[call.lane])));
        prop_assert!(race.rounds().len() <= 40 + WARM_UP_ROUNDS as usize);
    }
}
