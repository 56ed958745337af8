//! What comparisons say.

use super::*;
use crate::domain::race::{
    Race,
    budget::Budget,
    compare::{Comparison, CostBasis, CostComparison, Verdict, pairs, risk},
    sample::{Failed, FailureKind, Quantity},
    sentence,
};

type Rounds = Vec<Vec<Option<Sample>>>;

fn compare(rounds: &Rounds, quantity: Quantity) -> Comparison {
    Comparison::of((0, 1), quantity, rounds.iter().map(Vec::as_slice), risk(1))
}

fn cost(plan: &Plan, rounds: &Rounds) -> Option<CostComparison> {
    CostComparison::of(plan, (0, 1), rounds.iter().map(Vec::as_slice))
}

/// Rounds in which the first lane is faster by so many milliseconds than the second, which takes 1,100.
fn leads(tiers: [&str; 2], leads: impl IntoIterator<Item = f64>) -> Rounds {
    let round = |lead| vec![Some(answered(1100.0 - lead, &tiers[0].into())), Some(answered(1100.0, &tiers[1].into()))];
    leads.into_iter().map(round).collect()
}

#[test]
fn a_clear_lead_is_one_sentence() {
    let tiers = ["priority", "default"];
    let plan = plan(&tiers, 20, 1);
    // Twenty rounds: the interval is from the sixth lead to the fifteenth.
    let rounds = leads(
        tiers,
        [
            0.0, 1.0, 2.0, 50.0, 100.0, 213.0, 230.0, 250.0, 270.0, 275.0, 275.0, 280.0, 290.0, 300.0, 338.0, 400.0,
            500.0, 600.0, 700.0, 800.0,
        ],
    );
    let comparison = compare(&rounds, Quantity::FirstText);
    let cost = cost(&plan, &rounds).unwrap();
    assert_eq!(
        sentence::of(&comparison, Some(&cost), &plan),
        "Priority is 210–340 ms (25 %) faster to the first token of text than standard and costs 75 % more."
    );
    // The same seen from the other lane.
    let turned: Rounds = rounds.iter().map(|round| round.iter().rev().cloned().collect()).collect();
    let other = super::plan(&["default", "priority"], 20, 1);
    let comparison = compare(&turned, Quantity::FirstText);
    let cost = CostComparison::of(&other, (0, 1), turned.iter().map(Vec::as_slice)).unwrap();
    assert_eq!(
        sentence::of(&comparison, Some(&cost), &other),
        "Priority is 210–340 ms (25 %) faster to the first token of text than standard and costs 75 % more."
    );
}

#[test]
fn what_can_not_be_told_is_said_with_what_might_tell() {
    let tiers = ["flex", "default"];
    let plan = plan(&tiers, 20, 1);
    let rounds = leads(tiers, (0..20).map(|round| f64::from(round) * 20.0 - 130.0));
    let comparison = compare(&rounds, Quantity::FirstText);
    let Verdict::Unclear(unclear) = comparison.verdict else { panic!("{comparison:?}") };
    assert_eq!((unclear.low, unclear.high), (-30.0, 150.0));
    assert_eq!(unclear.rounds_to_tell, Some(90));
    assert_eq!(
        sentence::of(&comparison, cost(&plan, &rounds).as_ref(), &plan),
        "No clear difference between flex and standard by the time to the first token of text in 20 rounds: flex is somewhere from 30 ms slower to 150 ms faster. \
         A race of about 90 rounds might tell. Flex costs 50 % less."
    );
    let even = leads(tiers, (0..20).map(|round| f64::from(round) * 20.0 - 190.0));
    assert!(
        sentence::of(&compare(&even, Quantity::FirstText), None, &plan)
            .ends_with("More rounds would likely not tell either.")
    );
    let same = leads(tiers, [0.0; 20]);
    assert_eq!(
        sentence::of(&compare(&same, Quantity::FirstText), None, &plan),
        "No difference between flex and standard by the time to the first token of text in 20 rounds."
    );
}

#[test]
fn few_rounds_claim_nothing() {
    let tiers = ["flex", "default"];
    let plan = plan(&tiers, 5, 1);
    let say = |rounds: &Rounds, quantity| sentence::of(&compare(rounds, quantity), None, &plan);
    let mut rounds = leads(tiers, [500.0; 5]);
    rounds[4][0] = Some(Sample::Failed(Failed::new(FailureKind::Cut, None)));
    assert_eq!(
        say(&rounds, Quantity::FirstText),
        "4 rounds are too few to compare flex and standard by the time to the first token of text: it takes 6. 1 round is left out: a call failed or was not measured."
    );
    assert_eq!(
        say(&rounds, Quantity::Server),
        "No round compares flex and standard by the service's own time: it takes 6. 5 rounds are left out: a call failed or was not measured."
    );
    rounds.truncate(1);
    assert!(say(&rounds, Quantity::Total).starts_with("1 round is too few to compare"));
    // A round that is not over is not left out.
    assert_eq!(compare(&vec![vec![None, Some(answered(1.0, &Tier::Flex))]], Quantity::Total).left_out, 0);
}

#[test]
fn more_tokens_a_second_is_faster() {
    let tiers = ["priority", "default"];
    let plan = plan(&tiers, 10, 1);
    let speed = |speed, tier: &str| {
        Some(Sample::Answered(Answered { tokens_per_second: Some(speed), ..answer(1.0, &tier.into()) }))
    };
    let rounds: Rounds =
        (0..10).map(|round| vec![speed(110.0 + f64::from(round), "priority"), speed(100.0, "default")]).collect();
    assert_eq!(
        sentence::of(&compare(&rounds, Quantity::TokensPerSecond), None, &plan),
        "Priority is 11–18 tokens/s (14 %) faster than standard."
    );
}

#[test]
fn answers_of_other_lengths_are_said_beside_the_time_to_the_end() {
    let tiers = ["priority", "default"];
    let plan = plan(&tiers, 10, 1);
    let of_length = |output, tier: &str| {
        let tokens = Tokens { input: Some(60), output: Some(output), ..Tokens::default() };
        answer(0.0, &tier.into()).with(tokens, output * 10)
    };
    let rounds: Rounds =
        (0..10).map(|_| vec![Some(of_length(250, "priority")), Some(of_length(300, "default"))]).collect();
    assert_eq!(
        sentence::of(&compare(&rounds, Quantity::Total), cost(&plan, &rounds).as_ref(), &plan),
        "Priority is 500 ms (17 %) faster to the end than standard and costs 75 % more. Answers differ in length: 250 tokens on priority, 300 on standard."
    );
}

impl Answered {
    fn with(self, tokens: Tokens, total_ms: u64) -> Sample {
        Sample::Answered(Self { tokens, total: Duration::from_millis(total_ms), ..self })
    }
}

#[test]
fn costs_are_of_the_same_tokens_where_one_model_has_one_price_in_each_lane() {
    let tiers = ["priority", "default"];
    let plan = plan(&tiers, 10, 1);
    let mut rounds = leads(tiers, [1.0; 10]);
    let found = cost(&plan, &rounds).unwrap();
    assert_eq!(
        (found.basis, found.assumed, found.percent_more().map(f64::round)),
        (CostBasis::SameTokens, false, Some(75.0))
    );
    assert_eq!(found.turned().percent_more().map(f64::round), Some(-43.0));

    // Twice Standard served: no one price, so the calls as they were.
    rounds[4][0] = Some(answered(1.0, &Tier::Standard));
    rounds[3][0] = Some(answered(1.0, &Tier::Standard));
    let found = cost(&plan, &rounds).unwrap();
    assert_eq!(
        (found.basis, found.percent_more().map(|percent| (percent * 10.0).round())),
        (CostBasis::AsMeasured, Some(600.0))
    );
    assert!(
        sentence::of(&compare(&rounds, Quantity::FirstText), Some(&found), &plan)
            .ends_with("than standard and cost, in these calls, 60 % more.")
    );

    // The service was silent once.
    rounds[4][0] = Some(answered(1.0, &Tier::Priority));
    rounds[3][0] = Some(Sample::Answered(Answered { served: None, ..answer(1.0, &Tier::Priority) }));
    let found = cost(&plan, &rounds).unwrap();
    assert!(
        sentence::of(&compare(&rounds, Quantity::FirstText), Some(&found), &plan)
            .ends_with("costs 75 % more (tier assumed).")
    );

    // Prepaid is no price of a call.
    let reserved = Answered { served: Some(Tier::Reserved), price: None, ..answer(1.0, &Tier::Standard) };
    rounds[3][0] = Some(Sample::Answered(reserved));
    assert_eq!(cost(&plan, &rounds), None);
    assert_eq!(cost(&plan, &Vec::new()), None);
}

#[test]
fn a_price_is_said_once_for_each_pair() {
    let plan = plan(&["default", "priority", "flex"], 12, 1);
    let mut session = Budget::without_limit();
    let mut race = Race::new(plan.clone(), bound, Budget::without_limit());
    while let super::super::Next::Send(call) = race.next_call(&mut session) {
        let tier = plan.lanes()[call.lane].tier.clone();
        race.take(answered([500.0, 300.0, 900.0][call.lane], &tier), &mut session).unwrap();
    }
    let said = race.standings().sentences(&plan);
    assert_eq!(said.len(), 9);
    assert_eq!(said.iter().filter(|sentence| sentence.contains("cost")).count(), 3);
    assert_eq!(
        said[0],
        "Priority is 200 ms (40 %) faster to the first token of text than standard and costs 75 % more."
    );
    assert_eq!(said[1], "Standard is 400 ms (44 %) faster to the first token of text than flex and costs 100 % more.");
    assert_eq!(
        sentence::together(pairs(3)),
        "3 pairs of lanes: all intervals of one quantity hold together with 95 %."
    );
}
