//! What must hold of any numbers: use and headroom, settling, series, the polling plan, back-off.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use proptest::prelude::*;
use tiertop::{
    app::schedule::back_off,
    domain::{
        discovery::{Discovery, Meter},
        fault::{FaultKind, Source},
        ids::EndpointId,
        metric::{Answer, Listed, Metric, Namespace, Part, Poll, Query, ResultStatus, SeriesKey, Stat},
        minute::{Minute, Span},
        polling::{Breadth, Plan},
        series::{Cell, Series},
        snapshot::Bound,
        store::Store,
        tier::{Tier, TierPair},
        usage::{MinuteUses, headroom_percent, percent_of},
    },
};

use crate::support::close;

/// The first minute of what is made up here: 2026-11-23 12:00 UTC.
const START: Minute = Minute(29_923_920);

/// Failures are written into the output, not into files beside the tests.
pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn uses(minutes: &[Option<f64>]) -> MinuteUses {
    let span = Span { first: START, last: START + (i64::try_from(minutes.len()).unwrap() - 1) };
    MinuteUses::new(span, |minute| minutes[usize::try_from(minute.0 - START.0).unwrap()])
}

fn amount() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0..5e6_f64]
}

/// Use by the minute of several endpoints, all over the same minutes.
fn members() -> impl Strategy<Value = Vec<Vec<Option<f64>>>> {
    (1..6_usize, 5..90_usize).prop_flat_map(|(endpoints, minutes)| {
        let minute = prop_oneof![9 => amount().prop_map(Some), 1 => Just(None)];
        prop::collection::vec(prop::collection::vec(minute, minutes), endpoints)
    })
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn a_pool_is_summed_by_the_minute_and_then_its_worst_minute_taken(members in members()) {
        let mut pool = uses(&vec![Some(0.0); members[0].len()]);
        for member in &members {
            pool.add(&uses(member));
        }
        let usage = pool.usage(None);
        let sum_at = |at: usize| members.iter().filter_map(|member| member[at]).sum::<f64>();
        let sums: Vec<f64> = (0..members[0].len()).map(sum_at).collect();
        let worst = |sums: &[f64]| sums.iter().copied().fold(0.0, f64::max);
        // "At least nothing" says nothing: beside unknown minutes a worst of 0 is unknown.
        let is_worst = |said: Option<f64>, sums: &[f64]| said.map_or(worst(sums) == 0.0, |said| close(said, worst(sums)));
        prop_assert!(is_worst(usage.peak, &sums));
        prop_assert!(is_worst(usage.used_now, &sums[sums.len() - 5..]));
        prop_assert!(usage.used_now <= usage.peak);
        if let Some(at) = usage.peak_at {
            prop_assert!(close(sums[usize::try_from(at.0 - START.0).unwrap()], worst(&sums)));
        }
        let peak = usage.peak.unwrap_or(0.0);
        for member in &members {
            for (share, sum) in member.iter().zip(&sums) {
                prop_assert!(share.unwrap_or(0.0) <= sum + 1e-6);
            }
            prop_assert!(peak >= uses(member).usage(None).peak.unwrap_or(0.0) - 1e-6);
        }
        let peaks: f64 = members.iter().map(|member| uses(member).usage(None).peak.unwrap_or(0.0)).sum();
        prop_assert!(peak <= peaks + 1e-6, "peaks are never added");
    }

    #[test]
    fn what_is_unknown_makes_a_lower_bound_and_never_an_exact_number(members in members()) {
        let mut pool = uses(&members[0]);
        for member in &members[1..] {
            pool.add(&uses(member));
        }
        let usage = pool.usage(None);
        let unknown = |minutes: usize| members.iter().any(|m| m[m.len() - minutes..].iter().any(Option::is_none));
        let bound = |unknown| if unknown { Bound::AtLeast } else { Bound::Exact };
        prop_assert_eq!(usage.peak_bound, bound(unknown(members[0].len())));
        prop_assert_eq!(usage.now_bound, bound(unknown(5)));
        prop_assert_eq!(pool.mean_now().is_some(), !unknown(5));
        if let Some(mean) = pool.mean_now() {
            prop_assert!(usage.used_now.unwrap() >= mean - 1e-6, "the worst minute is not less than the mean");
        }
        let nothing = uses(&vec![None; members[0].len()]).usage(None);
        prop_assert_eq!((nothing.used_now, nothing.peak, nothing.peak_bound), (None, None, Bound::AtLeast));
    }

    #[test]
    fn headroom_and_use_make_a_hundred(used in amount(), applied in prop_oneof![Just(0.0), 1.0..1e9_f64]) {
        let (room, share) = (headroom_percent(Some(used), Some(applied)), percent_of(Some(used), Some(applied)));
        prop_assert_eq!(room.is_some(), applied > 0.0, "a limit of zero is no percentage");
        if let (Some(room), Some(share)) = (room, share) {
            prop_assert!(close(room + share, 100.0));
        }
        prop_assert_eq!(headroom_percent(None, Some(applied)), None);
        prop_assert_eq!(headroom_percent(Some(used), None), None);
    }
}

/// When a minute is first shown, with how much of it, and when with all of it; in seconds after its end, as `CloudWatch` publishes.
#[derive(Debug, Clone, Copy)]
struct Published {
    truth: u32,
    first: i64,
    part: u32,
    whole: i64,
}

fn published() -> impl Strategy<Value = Published> {
    let calls = prop_oneof![2 => 0..4_u32, 3 => 10..5000_u32];
    // Parts are seen for less than the minute between two polls: otherwise "two polls agree" would settle a part (numbers.md).
    (calls, 60..=120_i64, 0..60_i64, 0..=100_u32).prop_map(|(truth, first, later, percent)| Published {
        truth,
        first,
        part: truth * percent / 100,
        whole: first + later,
    })
}

/// The same minute of two endpoints: published at the same times, as `CloudWatch` mostly does.
fn together() -> impl Strategy<Value = [Published; 2]> {
    [published(), published()].prop_map(|[a, b]| [a, Published { first: a.first, whole: a.whole, ..b }])
}

impl Published {
    fn at(self, age: i64) -> f64 {
        f64::from(match age {
            age if age < self.first => 0,
            age if age < self.whole => self.part,
            _ => self.truth,
        })
    }
}

const ENDPOINTS: [&str; 2] = ["a", "b"];

fn sum(metric: Metric, part: Part) -> Query {
    Query {
        key: SeriesKey { namespace: Namespace::Bedrock, metric, part },
        name: "Invocations".into(),
        stat: Stat::Sum,
        period_minutes: 1,
    }
}

fn of(endpoint: &str) -> Query {
    sum(Metric::Invocations, Part::Endpoint(endpoint.into()))
}

/// A poll at this second of both endpoints and the total over the last ten minutes.
fn poll(minutes: &[[Published; 2]], now: i64, statuses: [ResultStatus; 2]) -> Poll {
    let newest = Minute(now.div_euclid(60)) - 1;
    let span = Span::ending(newest, 10);
    let shown = |minute: Minute, endpoint: usize| -> f64 {
        let at = usize::try_from(minute.0 - START.0).ok();
        at.and_then(|at| minutes.get(at)).map_or(0.0, |both| both[endpoint].at(now - (minute + 1).start_second()))
    };
    let points = |value: &dyn Fn(Minute) -> f64| -> Vec<(Minute, f64)> {
        span.minutes().map(|minute| (minute, value(minute))).filter(|(_, value)| *value > 0.0).collect()
    };
    let mut answers = vec![Answer {
        query: sum(Metric::Invocations, Part::Account),
        status: ResultStatus::Complete,
        points: points(&|minute| shown(minute, 0) + shown(minute, 1)),
    }];
    for (at, (endpoint, status)) in ENDPOINTS.iter().zip(statuses).enumerate() {
        let all = points(&|minute| shown(minute, at));
        let points = match status {
            ResultStatus::Complete => all,
            ResultStatus::Partial => all[..all.len() / 2].to_vec(),
            _ => Vec::new(),
        };
        answers.push(Answer { query: of(endpoint), status, points });
    }
    Poll { span, settles: true, asked_at: Timestamp::from_second(now).unwrap(), answers }
}

fn status() -> impl Strategy<Value = ResultStatus> {
    use ResultStatus::{Complete, Forbidden, InternalError, Partial};
    prop_oneof![12 => Just(Complete), 1 => Just(Partial), 1 => Just(InternalError), 1 => Just(Forbidden)]
}

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn a_settled_minute_is_the_truth(
        minutes in prop::collection::vec(together(), 30),
        alone in prop::collection::vec([published(), published()], 30),
        phase in 0..60_i64,
        same in any::<bool>(),
    ) {
        let minutes = if same { minutes } else { alone };
        let mut store = Store::default();
        let mut last = None;
        for step in 3..30_i64 {
            let now = (START + step).start_second() + phase;
            store.apply(&poll(&minutes, now, [ResultStatus::Complete; 2]));
            let through = store.settled_through(Namespace::Bedrock).unwrap();
            prop_assert!(last.is_none_or(|last| through >= last), "data does not go back");
            last = Some(through);
            let oldest_open = Minute(now.div_euclid(60)) - 5;
            prop_assert!(through >= oldest_open, "older than three minutes is settled");
            for (at, both) in (0..).zip(&minutes) {
                for (endpoint, published) in ENDPOINTS.iter().zip(both) {
                    let cell = store.settled(&of(endpoint).key, Stat::Sum, 1, START + at);
                    let truth = f64::from(published.truth);
                    // A series that comes later than the others of its minute may be missed by two polls that agree; three minutes mend it.
                    let may_be_missed = !same && now < (START + (at + 4)).start_second();
                    prop_assert!(
                        may_be_missed || cell.count().is_none_or(|value| close(value, truth)),
                        "{endpoint} minute {at} at step {step}+{phase}: {cell:?}, really {published:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn failures_leave_unknown_or_the_truth_and_never_a_zero_of_their_own(
        minutes in prop::collection::vec(together(), 30),
        statuses in prop::collection::vec([status(), status()], 30),
        polled in prop::collection::vec(prop::bool::weighted(0.9), 30),
    ) {
        let mut store = Store::default();
        let mut answered: BTreeSet<(usize, Minute)> = BTreeSet::new();
        for step in (3..30_usize).filter(|step| polled[*step]) {
            let now = (START + i64::try_from(step).unwrap()).start_second() + 30;
            let poll = poll(&minutes, now, statuses[step]);
            for (at, status) in statuses[step].into_iter().enumerate() {
                if matches!(status, ResultStatus::Complete | ResultStatus::Partial) {
                    answered.extend(poll.span.minutes().map(|minute| (at, minute)));
                }
            }
            store.apply(&poll);
            for (minute, both) in (0..).map(|at| START + at).zip(&minutes) {
                for (endpoint, published) in both.iter().enumerate() {
                    let cell = store.settled(&of(ENDPOINTS[endpoint]).key, Stat::Sum, 1, minute);
                    if !answered.contains(&(endpoint, minute)) {
                        prop_assert_eq!(cell, Cell::Unknown, "never answered");
                    }
                    let truth = f64::from(published.truth);
                    let right = cell.count().is_none_or(|value| close(value, truth));
                    prop_assert!(right, "{endpoint} {minute} {cell:?} {published:?} at {step}");
                }
            }
        }
    }

    #[test]
    fn the_same_answers_twice_change_nothing_that_counts(
        minutes in prop::collection::vec(together(), 20),
    ) {
        let (mut once, mut twice) = (Store::default(), Store::default());
        for step in 3..20_i64 {
            // Late enough that agreement of a poll with itself cannot settle anything that is still open.
            let now = (START + step).start_second() + 30;
            let mut poll = poll(&minutes, now, [ResultStatus::Complete; 2]);
            poll.span.last = poll.span.last - 4;
            poll.answers.iter_mut().for_each(|answer| answer.points.retain(|(minute, _)| *minute <= poll.span.last));
            once.apply(&poll);
            twice.apply(&poll);
            twice.apply(&poll);
            prop_assert_eq!(once.settled_through(Namespace::Bedrock), twice.settled_through(Namespace::Bedrock));
            for at in 0..20 {
                for endpoint in ENDPOINTS {
                    let cell = |store: &Store| store.settled(&of(endpoint).key, Stat::Sum, 1, START + at);
                    prop_assert_eq!(cell(&once), cell(&twice));
                }
            }
        }
    }

    #[test]
    fn a_series_is_a_map_from_minutes_to_cells(
        period in 1..7_u16,
        steps in prop::collection::vec((0..200_i64, prop_oneof![
            4 => (-1e9..1e9_f64).prop_map(Cell::Value),
            2 => Just(Cell::Absent),
            1 => Just(Cell::Unknown),
            1 => Just(Cell::Value(f64::NAN)),
            1 => Just(Cell::Value(f64::INFINITY)),
        ], prop::bool::weighted(0.05)), 1..80),
    ) {
        let mut series = Series::new(period);
        let mut model: BTreeMap<i64, Cell> = BTreeMap::new();
        let bucket = |minute: i64| (START.0 + minute).div_euclid(i64::from(period));
        for (minute, cell, forget) in steps {
            if forget {
                series.forget_before(START + minute);
                model.retain(|known, _| *known >= bucket(minute));
            } else {
                series.set(START + minute, cell);
                let finite = !matches!(cell, Cell::Value(value) if !value.is_finite());
                model.insert(bucket(minute), if finite { cell } else { Cell::Unknown });
            }
            for at in -10..210 {
                let expected = model.get(&bucket(at)).copied().unwrap_or_default();
                prop_assert_eq!(series.at(START + at), expected, "minute {}", at);
            }
            let span = Span { first: START + 40, last: START + 90 };
            let points = model.range(bucket(40)..=bucket(90)).any(|(_, cell)| cell.value().is_some());
            prop_assert_eq!(series.has_point(span), points);
        }
    }
}

type World = (Discovery, BTreeSet<Meter>, BTreeSet<Meter>, BTreeSet<Metric>);

/// Endpoints with any series listed, any of them watched, any metric proved zero.
fn account() -> impl Strategy<Value = World> {
    let metric = prop::sample::select(Metric::ALL.to_vec());
    let namespace = prop::sample::select(Namespace::ALL.to_vec());
    let tier = prop::sample::select(vec![Tier::Standard, Tier::Flex, Tier::Priority, Tier::Reserved]);
    let listed = (namespace, metric.clone(), 0..6_u8, prop::option::of((tier.clone(), prop::option::of(tier))));
    (
        prop::collection::vec(listed, 0..60),
        prop::collection::btree_set(0..6_u8, 0..4),
        prop::collection::btree_set(metric, 0..4),
    )
        .prop_map(|(listed, watched, proved_zero)| {
            let mut discovery = Discovery::default();
            let id = |number: u8| EndpointId::from(format!("model-{number}"));
            for namespace in Namespace::ALL {
                let series: Vec<Listed> = listed
                    .iter()
                    .filter(|(of, metric, ..)| *of == namespace && metric.name(namespace).is_some())
                    .map(|(_, metric, number, tiers)| {
                        let part = match tiers.clone() {
                            Some((asked, served)) => Part::Tier(id(*number), TierPair { asked, served }),
                            None => Part::Endpoint(id(*number)),
                        };
                        let key = SeriesKey { namespace, metric: *metric, part };
                        Listed { name: metric.name(namespace).unwrap().into(), key }
                    })
                    .collect();
                discovery.apply(namespace, true, &series);
            }
            let active = discovery.active().clone();
            let watched =
                active.iter().filter(|meter| watched.iter().any(|n| meter.endpoint == id(*n))).cloned().collect();
            (discovery, active, watched, proved_zero)
        })
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn a_wider_round_asks_all_that_a_narrower_one_asks_and_nothing_twice((discovery, active, watched, proved_zero) in account()) {
        let plan = Plan { discovery: &discovery, active: &active, watched: &watched, shown: &BTreeSet::new(), explained: &proved_zero, urgent: &BTreeSet::new() };
        let mut narrower: HashSet<Query> = HashSet::new();
        for breadth in [Breadth::Narrow, Breadth::Wide, Breadth::Full] {
            let queries = plan.queries(breadth);
            let unique: HashSet<Query> = queries.iter().cloned().collect();
            prop_assert_eq!(unique.len(), queries.len(), "{:?} asks twice", breadth);
            prop_assert!(unique.is_superset(&narrower), "{:?} leaves out {:?}", breadth, narrower.difference(&unique));
            for query in &queries {
                prop_assert!(query.key.metric.name(query.key.namespace).is_some(), "{query:?} does not exist");
                prop_assert!([1, 5].contains(&query.period_minutes));
                let asked_of = query.key.part.endpoint().cloned();
                let meter = asked_of.map(|endpoint| Meter { namespace: query.key.namespace, endpoint });
                prop_assert!(meter.is_none_or(|meter| active.contains(&meter)));
            }
            narrower = unique;
        }
        prop_assert!(plan.usd_per_day() >= 0.0);
        let watching = plan.usd_per_day();
        let nobody = BTreeSet::new();
        let unwatched = Plan { watched: &nobody, ..plan }.usd_per_day();
        prop_assert!(unwatched <= watching);
    }

    #[test]
    fn back_off_never_shrinks_and_stays_under_five_minutes(failures in 1..100_u32) {
        for kind in [FaultKind::Throttled, FaultKind::Unreachable, FaultKind::Unexpected, FaultKind::Denied, FaultKind::Expired] {
            let (wait, next) = (back_off(Source::Metrics, kind, failures), back_off(Source::Metrics, kind, failures + 1));
            prop_assert!(wait <= next && next.as_secs() <= 300 && wait.as_secs() >= 5, "{kind} {failures}: {wait} {next}");
        }
    }
}
