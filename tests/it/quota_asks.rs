//! What is asked and compared for quotas: the evidence of everybody who draws on one, the days of so many endpoints, and the values of an earlier run.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tiertop::{
    app::{
        account::Account,
        event::{Ask, Cached, Fetched},
        rounds::{DAY_ASKED_AT_MOST, Rounds},
    },
    domain::{
        catalog::{Model, Profile},
        discovery::Meter,
        ids::EndpointId,
        metric::{Listed, Metric, Namespace},
        quota::{Quota, QuotaTable},
        snapshot::{Bound, PoolRow},
        watch::Watch,
    },
    sim::scenario::Endpoint,
};

use crate::{
    raise::{settle, whole_page},
    support::{Run, scenario},
};

/// A daily quota that calls in a Region and through a geography share: its evidence is of all of them, and tokens by the minute are no peak of a day.
#[test]
fn evidence_is_of_everybody_who_draws_on_the_quota_whatever_the_pool() {
    let mut account = scenario("healthy");
    let nova = account.endpoints.iter().find(|endpoint| endpoint.id == "us.amazon.nova-2-lite-v1:0").unwrap().clone();
    account.endpoints.push(Endpoint { id: "amazon.nova-2-lite-v1:0".into(), ..nova });
    let mut run = Run::polled(account);
    run.press(&["2"]);
    run.state.view.quotas.cursor = Some("L-210172B5".into());
    run.press(&["⏎"]);
    let raising = run.state.raising.clone().unwrap();
    let ids: Vec<&str> = raising.drawing.iter().map(|endpoint| endpoint.id.as_str()).collect();
    assert!(ids.contains(&"us.amazon.nova-2-lite-v1:0") && ids.contains(&"amazon.nova-2-lite-v1:0"), "{ids:?}");
    assert!(raising.queries > 0);
    run.press(&["E"]);
    settle(&mut run);
    let quota = run.state.raised().unwrap().drawn.unwrap().clone();
    assert!(run.state.measured(&quota).unwrap().tokens.peak.is_some_and(|(_, peak)| peak > 0.0));
    assert_eq!(run.state.raised().unwrap().wanted.peak, None);
    assert!(whole_page(&run).contains(" TPM; steady "), "{}", whole_page(&run));
}

#[test]
fn what_reserved_served_makes_requests_an_upper_bound() {
    let run = Run::polled(scenario("reserved-spill"));
    let pools = run.snapshot().pools.iter();
    let reserved = |pool: &&PoolRow| {
        let tiers = |index: &usize| &run.snapshot().endpoints[*index].tiers;
        pool.members.iter().any(|index| tiers(index).iter().any(|tier| tier.asked.to_string() == "reserved"))
    };
    let (id, quota) =
        pools.filter(reserved).find_map(|pool| Some((pool.id.clone(), pool.token_quota()?.clone()))).unwrap();
    let measured = run.state.measured(&quota).unwrap();
    // Of 14 days three hours are known: beside what is missing an upper bound says nothing.
    assert_eq!((measured.requests.steady_bound, measured.requests.peak), (Bound::AtMost, None), "{id}");
    assert!(measured.tokens.peak.is_some() && measured.tokens.steady_bound == Bound::Exact);
}

/// Before STS has said whose it is, what the cache kept may be another account's: nothing is compared with it.
#[test]
fn values_of_an_earlier_run_are_compared_when_it_is_certain_that_the_account_is_the_same() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let quota = |applied| Quota {
        code: "L-1".into(),
        name: "Cross-region model inference tokens per minute for Anthropic Claude Haiku 4.5".into(),
        applied: Some(applied),
        default: None,
        adjustable: true,
        error: None,
        default_error: None,
    };
    let kept = || {
        let mut quotas = QuotaTable::default();
        quotas.replace(vec![quota(5.0)], true);
        Cached {
            account: "111122223333".into(),
            models: vec![],
            profiles: vec![],
            listed_at: None,
            quotas,
            quotas_at: Some(at(60)),
            watch: Watch::default(),
        }
    };
    let identity = || Fetched::Identity("111122223333".into(), "arn".into());
    let mut unconfirmed = Account::default();
    unconfirmed.take_cached(kept());
    assert!(unconfirmed.take(Fetched::AppliedQuotas(vec![quota(7.0)]), at(600)).is_empty());
    assert!(unconfirmed.watch.change(&"L-1".into()).is_none());
    // Readings of this run are compared all the same.
    assert_eq!(unconfirmed.take(Fetched::AppliedQuotas(vec![quota(8.0)]), at(660)).len(), 1);
    assert!(unconfirmed.take(identity(), at(700)).is_empty(), "that it changed has been said");
    let change = unconfirmed.watch.change(&"L-1".into()).unwrap();
    assert_eq!((change.from, change.to, change.still_at), (7.0, 8.0, Some(at(600))));

    let mut late = Account::default();
    late.take_cached(kept());
    assert!(late.take(Fetched::AppliedQuotas(vec![quota(7.0)]), at(600)).is_empty());
    assert_eq!(late.take(identity(), at(700)), ["L-1".into()]);
    let change = late.watch.change(&"L-1".into()).unwrap();
    assert_eq!((change.from, change.to, change.seen_at, change.still_at), (5.0, 7.0, at(600), Some(at(60))));

    let mut confirmed = Account::default();
    confirmed.take_cached(kept());
    assert!(confirmed.take(identity(), at(500)).is_empty());
    assert_eq!(confirmed.take(Fetched::AppliedQuotas(vec![quota(7.0)]), at(600)), ["L-1".into()]);
}

#[test]
fn the_days_of_so_many_endpoints_are_asked_for_and_no_more() {
    let model = "amazon.nova-2-lite-v1:0";
    let models = vec![Model {
        id: model.into(),
        arn: format!("arn:aws:bedrock:us-east-1::foundation-model/{model}").into(),
        name: "Nova 2 Lite".into(),
        provider: "Amazon".into(),
        lifecycle: None,
        dates: tiertop::domain::catalog::LifecycleDates::default(),
        inference_types: vec!["ON_DEMAND".into()],
    }];
    let profile = |number: usize| Profile {
        id: format!("app{number:04}").into(),
        arn: format!("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/app{number:04}").into(),
        name: format!("app {number}"),
        kind: "APPLICATION".into(),
        models: vec![models[0].arn.clone()],
    };
    let listed = |number: usize| Listed {
        key: Meter { namespace: Namespace::Bedrock, endpoint: format!("app{number:04}").into() }
            .series(Metric::EstimatedTpmQuotaUsage),
        name: "EstimatedTPMQuotaUsage".into(),
    };
    let daily = Quota {
        code: "L-1".into(),
        name: "Model invocation max tokens per day for Amazon Nova 2 Lite (doubled for cross-region calls)".into(),
        applied: Some(1e9),
        default: None,
        adjustable: false,
        error: None,
        default_error: None,
    };
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let mut account = Account::default();
    account.take(Fetched::Models(models.clone()), now);
    account.take(Fetched::Profiles((0..DAY_ASKED_AT_MOST + 50).map(profile).collect()), now);
    account.take(Fetched::AppliedQuotas(vec![daily]), now);
    let all: Vec<Listed> = (0..DAY_ASKED_AT_MOST + 50).map(listed).collect();
    account.take(Fetched::Listed(Namespace::Bedrock, false, all), now);
    // The last one is alive: it is asked for first.
    account.take(Fetched::Listed(Namespace::Bedrock, true, vec![listed(DAY_ASKED_AT_MOST + 49)]), now);
    let mut rounds = Rounds::default();
    let Some(Ask::Metrics { queries, .. }) = rounds.day(&account, now) else { panic!("no day is asked for") };
    let asked: BTreeSet<_> = queries.iter().filter_map(|query| query.key.part.endpoint()).collect();
    assert_eq!(asked.len(), DAY_ASKED_AT_MOST);
    assert!(asked.contains(&EndpointId::from(format!("app{:04}", DAY_ASKED_AT_MOST + 49).as_str())));
    assert!(rounds.day(&account, now).is_none(), "the rest is not asked for later");
}
