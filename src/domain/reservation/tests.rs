//! The arithmetic, checked by calls that run one by one against each rule by which a quota may be counted: who holds what, who has used what, what comes back when.

#![expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "whole numbers, of a test's size")]

use proptest::prelude::*;

use super::*;

/// When a minute's quota is there again: AWS does not say, so each that we know of is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// What was used is forgotten when the clock's minute ends.
    WholeMinutes,
    /// What was used is forgotten 60 seconds later.
    SlidingMinute,
    /// What was used comes back steadily, a quota's worth a minute; what is held does not.
    SteadyRefill,
    /// A plain token bucket: it fills up whatever runs.
    PlainBucket,
}

const RULES: [Rule; 4] = [Rule::WholeMinutes, Rule::SlidingMinute, Rule::SteadyRefill, Rule::PlainBucket];

/// One kind of call. Whole tokens; milliseconds.
#[derive(Debug, Clone, Copy)]
struct Kind {
    held: i128,
    used: i128,
    runs: i128,
}

/// A quota with the calls that draw on it. Time has `pace` ticks a millisecond, and tokens are counted in parts of 60,000 × pace, so that everything is whole.
struct Bucket {
    rule: Rule,
    minute: i128,
    quota: i128,
    held: i128,
    /// What ended calls have used, and when; of a steady refill what has not come back yet, at the last look.
    spent: Vec<(i128, i128)>,
    /// What is in a plain bucket.
    level: i128,
    looked: i128,
}

impl Bucket {
    fn new(rule: Rule, quota: i128, pace: i128) -> Self {
        let minute = 60_000 * pace;
        let quota = quota * minute;
        Self { rule, minute, quota, held: 0, spent: Vec::new(), level: quota, looked: 0 }
    }

    fn pass_to(&mut self, now: i128) {
        let back = (now - self.looked) * (self.quota / self.minute);
        let minute = self.minute;
        match self.rule {
            Rule::WholeMinutes => self.spent.retain(|(at, _)| at.div_euclid(minute) == now.div_euclid(minute)),
            Rule::SlidingMinute => self.spent.retain(|(at, _)| at + minute > now),
            Rule::SteadyRefill => {
                let owed: i128 = self.spent.drain(..).map(|(_, tokens)| tokens).sum();
                self.spent.push((now, (owed - back).max(0)));
            }
            Rule::PlainBucket => self.level = (self.level + back).min(self.quota),
        }
        self.looked = now;
    }

    fn room(&self) -> i128 {
        match self.rule {
            Rule::PlainBucket => self.level,
            _ => self.quota - self.held - self.spent.iter().map(|(_, tokens)| tokens).sum::<i128>(),
        }
    }

    fn starts(&mut self, now: i128, held: i128) -> bool {
        self.pass_to(now);
        let (held, fits) = (held * self.minute, self.room() >= held * self.minute);
        if fits {
            self.held += held;
            self.level -= held;
        }
        fits
    }

    fn ends(&mut self, now: i128, held: i128, used: i128) {
        self.pass_to(now);
        let (held, used) = (held * self.minute, used * self.minute);
        self.held -= held;
        self.spent.push((now, used));
        self.level = (self.level + held - used).min(self.quota);
    }
}

/// Offers calls that begin at these ticks, in order; says of each whether it was let in. `corrects`: half way through, what a call holds becomes what it will have
/// used, where that is more.
fn offer(rule: Rule, quota: i128, kind: Kind, pace: i128, begins: &[i128], corrects: bool) -> Vec<bool> {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum What {
        Corrects,
        Ends,
    }
    let mut bucket = Bucket::new(rule, quota, pace);
    let more = if corrects { (kind.used - kind.held).max(0) } else { 0 };
    let mut due: std::collections::BTreeSet<(i128, What, usize)> = std::collections::BTreeSet::new();
    let mut let_in = Vec::new();
    for (number, at) in begins.iter().enumerate() {
        while due.first().is_some_and(|(when, ..)| when <= at) {
            let Some((when, what, _)) = due.pop_first() else { break };
            match what {
                What::Corrects => {
                    bucket.pass_to(when);
                    bucket.held += more * bucket.minute;
                    bucket.level -= more * bucket.minute;
                }
                What::Ends => bucket.ends(when, kind.held + more, kind.used),
            }
        }
        let fits = bucket.starts(*at, kind.held);
        if fits {
            due.insert((at + kind.runs * pace / 2, What::Corrects, number));
            due.insert((at + kind.runs * pace, What::Ends, number));
        }
        let_in.push(fits);
    }
    let_in
}

/// So many calls a minute, evenly spread over so many minutes, the first at this part of a minute: a tick is the part of a millisecond that makes all times whole.
fn spread(calls: u64, minutes: i128, offset_ms: i128) -> (i128, Vec<i128>) {
    let pace = 2 * i128::from(calls);
    let begins = (0..i128::from(calls) * minutes).map(|number| offset_ms * pace + number * 120_000);
    (pace, begins.collect())
}

fn call(input: f64, output: f64, max_tokens: f64, seconds: f64, burndown: f64) -> Call {
    Call {
        input: Some(input),
        cache_write: Some(0.0),
        output: Some(output),
        max_tokens: Some(max_tokens),
        seconds: Some(seconds),
        burndown: Some(burndown),
    }
}

/// The same call as the simulation counts it.
fn kind(call: &Call) -> Kind {
    let whole = |value: Option<f64>| value.unwrap() as i128;
    Kind { held: whole(call.held()), used: whole(call.used()), runs: whole(call.seconds.map(|s| s * 1000.0)) }
}

#[test]
fn what_a_call_holds_and_what_it_has_used() {
    let sonnet = Call { cache_write: Some(600.0), ..call(9000.0, 1100.0, 64_000.0, 17.3, 5.0) };
    assert_eq!((sonnet.held(), sonnet.used()), (Some(73_600.0), Some(15_100.0)));
    let fit = fit(&sonnet, Some(2e6), Some(1.73e6)).unwrap();
    assert_eq!((fit.at_once, fit.beside), (27, Some(3)));
    let per_minute = fit.per_minute.unwrap();
    assert_eq!((per_minute.at_most, per_minute.binds), (93, Binds::Reservation));
    assert!(per_minute.sure > 40 && per_minute.sure < 93, "{per_minute:?}");

    let opus = call(11_000.0, 1300.0, 1500.0, 20.0, 15.0);
    let fit = super::fit(&opus, Some(1e6), Some(0.0)).unwrap();
    assert_eq!((fit.held, fit.used), (12_500.0, Some(30_500.0)));
    assert_eq!(fit.per_minute.unwrap().binds, Binds::Use, "an output token counts fifteen times at the end");
}

#[test]
fn an_answer_is_no_longer_than_max_tokens() {
    let cut = call(1000.0, 500.0, 200.0, 1.0, 5.0);
    assert!(cut.is_cut());
    assert_eq!((cut.held(), cut.used()), (Some(1200.0), Some(2000.0)));
    assert!(!call(1000.0, 200.0, 200.0, 1.0, 5.0).is_cut());
    assert!(!Call { max_tokens: None, ..cut }.is_cut());
}

#[test]
fn what_is_lacking_is_said_and_nothing_is_made_up() {
    let whole = call(1000.0, 100.0, 400.0, 2.0, 1.0);
    let lack = |call: Call, quota: Option<f64>| fit(&call, quota, Some(0.0)).err();
    assert_eq!(lack(whole, None), Some(Lack::Quota));
    assert_eq!(lack(whole, Some(0.0)), Some(Lack::ZeroQuota));
    assert_eq!(lack(Call { input: None, ..whole }, Some(1e6)), Some(Lack::Input));
    assert_eq!(lack(Call { cache_write: None, ..whole }, Some(1e6)), Some(Lack::Input));
    assert_eq!(lack(Call { max_tokens: None, ..whole }, Some(1e6)), Some(Lack::MaxTokens));
    assert_eq!(lack(call(0.0, 0.0, 0.0, 2.0, 1.0), Some(1e6)), Some(Lack::HoldsNothing));
    for nonsense in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
        assert_eq!(lack(whole, Some(nonsense)), Some(Lack::Quota), "{nonsense}");
        assert_eq!(lack(Call { max_tokens: Some(nonsense), ..whole }, Some(1e6)), Some(Lack::MaxTokens));
    }

    let without = |call: Call| fit(&call, Some(1e6), Some(0.0)).unwrap();
    let no_output = without(Call { output: None, ..whole });
    assert_eq!((no_output.at_once, no_output.used, no_output.per_minute), (714, None, None));
    assert_eq!(without(Call { burndown: None, ..whole }).used, None, "what an output token costs is unknown");
    assert_eq!(without(Call { burndown: None, output: Some(0.0), ..whole }).used, Some(1000.0));
    assert_eq!(without(Call { seconds: None, ..whole }).per_minute, None, "calls a minute only with a duration");
    assert_eq!(without(Call { seconds: Some(0.0), ..whole }).per_minute, None);
    assert_eq!(fit(&whole, Some(1e6), None).unwrap().beside, None);
    assert_eq!(fit(&whole, Some(1e6), Some(2e6)).unwrap().beside, Some(0), "more may be used than there is");
}

#[test]
fn a_call_that_holds_more_than_there_is_never_fits() {
    let large = fit(&call(9000.0, 100.0, 64_000.0, 5.0, 5.0), Some(64_000.0), Some(0.0)).unwrap();
    assert_eq!((large.at_once, large.beside), (0, Some(0)));
    assert_eq!(large.per_minute.map(|per_minute| (per_minute.sure, per_minute.at_most)), Some((0, 0)));
    let embedding = fit(&call(400.0, 0.0, 0.0, 0.1, 1.0), Some(300_000.0), Some(0.0)).unwrap();
    assert_eq!((embedding.at_once, embedding.held), (750, 400.0));
}

#[test]
fn the_largest_numbers_do_no_harm() {
    let huge = fit(&call(0.0, 0.0, 1.0, 1e-3, 1.0), Some(LARGEST), Some(0.0)).unwrap();
    assert_eq!(huge.at_once, 1_000_000_000_000_000);
    let tiny = fit(&call(1e-9, 0.0, 0.0, 1e-9, 1.0), Some(LARGEST), Some(0.0)).unwrap();
    assert!(tiny.at_once > 0 && tiny.per_minute.is_some());
}

#[test]
fn what_a_max_tokens_cuts() {
    let known = |longest, p99| Answers { longest, p99, ..Answers::UNKNOWN };
    let p99 = Some((3900.0, 4100.0));
    let at_least = |answers| Answers { longest_bound: Bound::AtLeast, ..answers };
    let table = [
        (8000.0, known(Some(7700.0), p99), Cuts::Nothing),
        (7700.0, known(Some(7700.0), None), Cuts::Nothing),
        (5000.0, known(Some(7700.0), p99), Cuts::OnePercentAtMost),
        (4100.0, known(Some(7700.0), p99), Cuts::OnePercentAtMost),
        (4000.0, known(Some(7700.0), p99), Cuts::Some),
        (3800.0, known(Some(7700.0), p99), Cuts::OnePercentOrMore),
        (4000.0, known(Some(7700.0), None), Cuts::Some),
        (8000.0, known(None, None), Cuts::Unknown),
        (8000.0, at_least(known(Some(7700.0), None)), Cuts::Unknown),
        (8000.0, at_least(known(Some(7700.0), p99)), Cuts::OnePercentAtMost),
        (5000.0, at_least(known(Some(7700.0), None)), Cuts::Some),
        (5000.0, known(None, Some((f64::NAN, f64::NAN))), Cuts::Unknown),
    ];
    for (max_tokens, answers, expected) in table {
        assert_eq!(cuts(max_tokens, &answers), expected, "{max_tokens} {answers:?}");
    }
}

#[test]
fn a_lower_max_tokens_frees_what_each_running_call_holds_less() {
    let answers = Answers { longest: Some(7700.0), p99: Some((3900.0, 4100.0)), ..Answers::UNKNOWN };
    assert_eq!(enough_for(&answers), Some(8000.0));
    let unset = call(9000.0, 1100.0, 64_000.0, 17.0, 5.0);
    let with = lower(&unset, 8000.0, Some(2e6), Some(0.0), &answers).unwrap();
    assert_eq!((with.frees, with.fit.at_once, with.cuts), (56_000.0, 117, Cuts::Nothing));
    assert_eq!(lower(&unset, 64_000.0, Some(2e6), None, &answers), None, "it is not lower");
    assert_eq!(lower(&Call { max_tokens: None, ..unset }, 8000.0, Some(2e6), None, &answers), None);
    assert_eq!(enough_for(&Answers { longest_bound: Bound::AtLeast, ..answers }), None);
    for (longest, round) in [(0.0, 5.0), (9.0, 10.0), (300.0, 350.0), (7500.0, 8000.0), (9999.0, 10_000.0)] {
        assert_eq!(enough_for(&Answers { longest: Some(longest), ..answers }), Some(round), "{longest}");
    }
}

#[test]
fn if_what_is_held_comes_back_before_a_call_ends_more_gets_through_and_that_is_said() {
    let long = call(1000.0, 1000.0, 63_000.0, 300.0, 1.0);
    let per_minute = fit(&long, Some(2e6), Some(0.0)).unwrap().per_minute.unwrap();
    assert_eq!((per_minute.at_most, per_minute.binds), (6, Binds::Reservation));
    let (pace, begins) = spread(25, 20, 0);
    let refused = |rule| offer(rule, 2_000_000, kind(&long), pace, &begins, false).contains(&false);
    assert!(refused(Rule::WholeMinutes) && refused(Rule::SlidingMinute) && refused(Rule::SteadyRefill));
    assert!(!refused(Rule::PlainBucket), "the doc comment leaves this rule out of `at_most`");
}

/// Calls of whole tokens and milliseconds, and a quota into which a few hundred a minute fit at most.
fn cases() -> impl Strategy<Value = (Call, f64)> {
    let tokens = (0..20_000_u32, 0..3000_u32, 1..64_000_u32, prop::sample::select(vec![1_u32, 5, 10, 15]));
    (tokens, 1..200_000_u32, 1..200_u32).prop_map(|((input, output, max_tokens, burndown), ms, times)| {
        let [input, output, max_tokens, burndown, ms, times] =
            [input, output, max_tokens, burndown, ms, times].map(f64::from);
        let call = call(input, output, max_tokens, ms / 1000.0, burndown);
        let quota = (call.held().unwrap().max(call.used().unwrap()) * times / 7.0).ceil().max(1.0);
        (call, quota)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn so_many_calls_at_once_are_let_in_and_one_more_is_refused((call, quota) in cases(), now_ms in 0..120_000_i128) {
        let fit = fit(&call, Some(quota), Some(0.0)).unwrap();
        let at_once = usize::try_from(fit.at_once).unwrap();
        for rule in RULES {
            let let_in = offer(rule, quota as i128, kind(&call), 2, &vec![2 * now_ms; at_once + 1], false);
            prop_assert!(let_in[..at_once].iter().all(|fits| *fits), "{rule:?} {at_once}");
            prop_assert!(!let_in[at_once], "{rule:?} {at_once}");
        }
    }

    #[test]
    fn so_many_calls_a_minute_are_let_in_for_as_long_as_one_likes((call, quota) in cases(), offset_ms in 0..60_000_i128) {
        let Some(per_minute) = fit(&call, Some(quota), Some(0.0)).unwrap().per_minute else { return Ok(()) };
        prop_assert!(per_minute.sure <= per_minute.at_most);
        prop_assume!((1..400).contains(&per_minute.sure));
        let (pace, begins) = spread(per_minute.sure, 12, offset_ms);
        for rule in RULES {
            for corrects in [false, true] {
                let let_in = offer(rule, quota as i128, kind(&call), pace, &begins, corrects);
                let first = let_in.iter().position(|fits| !fits);
                prop_assert_eq!(first, None, "{:?} {} of {:?}", rule, corrects, per_minute);
            }
        }
    }

    #[test]
    fn more_than_at_most_are_not_let_in_for_long((call, quota) in cases(), offset_ms in 0..60_000_i128) {
        let Some(per_minute) = fit(&call, Some(quota), Some(0.0)).unwrap().per_minute else { return Ok(()) };
        prop_assume!(per_minute.at_most < 300);
        let more = per_minute.at_most + 1 + per_minute.at_most / 8;
        // A refill that is only just too slow takes its time.
        let excess = more as f64 * call.used().unwrap() / quota - 1.0;
        let minutes = if excess > 0.0 { 30 + (2.0 / excess) as i128 } else { 30 };
        prop_assume!(minutes < 1000);
        let (pace, begins) = spread(more, minutes, offset_ms);
        for rule in [Rule::WholeMinutes, Rule::SlidingMinute, Rule::SteadyRefill] {
            let let_in = offer(rule, quota as i128, kind(&call), pace, &begins, false);
            prop_assert!(let_in.contains(&false), "{:?} {} against {:?}", rule, more, per_minute);
        }
    }

    #[test]
    fn a_lower_max_tokens_never_fits_fewer_calls_and_holds_what_it_says(
        (call, quota) in cases(), share in 0.0..1.0_f64, longest in 0.0..70_000.0_f64
    ) {
        let answers = Answers { longest: Some(longest), ..Answers::UNKNOWN };
        let before = fit(&call, Some(quota), Some(0.0)).unwrap();
        let max_tokens = (call.max_tokens.unwrap() * share).floor();
        let input = call.input.unwrap();
        prop_assume!(input + max_tokens > 0.0);
        let with = lower(&call, max_tokens, Some(quota), Some(0.0), &answers).unwrap();
        prop_assert!(with.fit.at_once >= before.at_once);
        prop_assert!((before.held - with.fit.held - with.frees).abs() < 1e-6);
        prop_assert_eq!(with.cuts == Cuts::Nothing, max_tokens >= longest);
        let enough = enough_for(&answers).unwrap();
        prop_assert!(enough > longest && cuts(enough, &answers) == Cuts::Nothing);
    }

    #[test]
    fn the_share_that_is_cut_is_true_of_all_days_together(
        days in prop::collection::vec(prop::collection::vec(1..5000_u32, 1..300), 1..14), max_tokens in 0..6000_u32
    ) {
        // The value that 99 of 100 answers of a day do not exceed.
        let p99 = |day: &Vec<u32>| {
            let mut sorted = day.clone();
            sorted.sort_unstable();
            f64::from(sorted[(sorted.len() * 99).div_ceil(100) - 1])
        };
        let of_days: Vec<f64> = days.iter().map(p99).collect();
        let (lowest, highest) = of_days.iter().fold((f64::MAX, 0.0_f64), |(low, high), p99| (low.min(*p99), high.max(*p99)));
        let longest = days.iter().flatten().max().copied().map(f64::from);
        let answers = Answers { longest, p99: Some((lowest, highest)), ..Answers::UNKNOWN };
        let all = days.iter().map(Vec::len).sum::<usize>();
        let cut = days.iter().flatten().filter(|tokens| **tokens > max_tokens).count();
        match cuts(f64::from(max_tokens), &answers) {
            Cuts::Nothing => prop_assert_eq!(cut, 0),
            Cuts::OnePercentAtMost => prop_assert!(100 * cut <= all && cut > 0, "{} of {}", cut, all),
            Cuts::OnePercentOrMore => prop_assert!(100 * cut >= all, "{} of {}", cut, all),
            Cuts::Some => prop_assert!(cut > 0),
            Cuts::Unknown => prop_assert!(false, "all is known"),
        }
    }

    #[test]
    fn no_number_panics(values in prop::array::uniform8(any::<f64>())) {
        let [input, cache_write, output, max_tokens, seconds, burndown, quota, used] = values.map(Some);
        let call = Call { input, cache_write, output, max_tokens, seconds, burndown };
        if let Ok(fit) = fit(&call, quota, used) {
            prop_assert!(fit.held.is_finite() && fit.held > 0.0);
            prop_assert!(fit.per_minute.is_none_or(|per_minute| per_minute.sure <= per_minute.at_most));
        }
        let answers = Answers { longest: output, p99: input.zip(seconds), ..Answers::UNKNOWN };
        let _ = lower(&call, values[0], quota, used, &answers);
        let _ = enough_for(&answers);
    }
}
