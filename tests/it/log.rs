//! The log through the real SDK: what is noted of an incident, of sources that fail and come back, of quotas, and of tiertop's own calls.

use tiertop::{
    app::{
        event::{Cached, Event},
        log::{Entry, Kinds, Level},
    },
    domain::fault::FaultKind,
    sim::{faults::Kind, scenario::Scenario},
};

use crate::support::{Run, broken, scenario};

const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const SONNET_TPM: &str = "L-F4DDD3EB";

/// The events that a view lists, oldest first.
fn events(run: &Run) -> Vec<Entry> {
    let mut view = run.state.view.clone();
    view.log.kinds = Kinds::Events;
    run.state.log.listed(&view).into_iter().rev().cloned().collect()
}

fn texts(run: &Run) -> Vec<String> {
    events(run).into_iter().map(|entry| entry.text).collect()
}

fn calls(run: &Run) -> Vec<Entry> {
    let mut view = run.state.view.clone();
    view.log.kinds = Kinds::Calls;
    run.state.log.listed(&view).into_iter().cloned().collect()
}

/// Sonnet 4.5's pool is refused from the third to the tenth minute.
fn incident() -> Scenario {
    let mut scenario = scenario("throttled");
    scenario.requests.clear();
    let sonnet = scenario.endpoints.iter_mut().find(|endpoint| endpoint.id == SONNET).unwrap();
    sonnet.growth = vec![(0.0, 0.6), (2.0, 0.6), (3.0, 1.5), (9.0, 1.5), (10.0, 0.3)];
    scenario
}

#[test]
fn what_was_so_before_the_start_has_not_begun_at_it() {
    let run = Run::polled(scenario("throttled"));
    let events = events(&run);
    let [open, throttled] = events.as_slice() else { panic!("{events:#?}") };
    assert!(open.text.starts_with("a request for more is open") && open.level == Level::Info, "{open:?}");
    let since = run.pool(SONNET).throttled_since.unwrap();
    assert!(
        throttled.text.starts_with(&format!("throttled since {since}: Claude Sonnet 4.5 us")),
        "{}",
        throttled.text
    );
    assert_eq!((throttled.level, throttled.at), (Level::Bad, since.start()));
    assert!(throttled.details.iter().any(|line| line.contains(SONNET_TPM)), "{:?}", throttled.details);
}

#[test]
fn what_was_kept_of_another_account_has_not_changed_into_this_one_s() {
    let other = Run::polled(scenario("healthy")).state.account.to_cache().unwrap();
    let mut run = Run::new(scenario("zero-quota"));
    run.send(Event::Cached(Cached { account: "999988887777".into(), ..other }));
    run.minute();
    assert_ne!(run.state.account.id, Some("999988887777".into()));
    let texts = texts(&run);
    assert!(texts.iter().all(|text| !text.contains("changed") && !text.contains('→')), "{texts:#?}");
}

#[test]
fn an_incident_is_noted_when_it_begins_and_when_it_ends_and_never_between() {
    let mut run = Run::polled(incident());
    assert_eq!(texts(&run), Vec::<String>::new());
    for _ in 0..25 {
        run.minute();
    }
    let of_throttling: Vec<Entry> =
        events(&run).into_iter().filter(|entry| entry.text.contains("throttling")).collect();
    let [began, ended] = of_throttling.as_slice() else { panic!("{:#?}", texts(&run)) };
    assert!(began.text.starts_with("throttling began on Claude Sonnet 4.5 us"), "{}", began.text);
    assert!(ended.text.starts_with("throttling ended on Claude Sonnet 4.5 us"), "{}", ended.text);
    assert_eq!((began.level, ended.level), (Level::Bad, Level::Good));
    assert!(began.at < ended.at && began.noted < ended.noted && ended.at < ended.noted);
    // The number of refusals is the account's truth.
    let ids: Vec<String> =
        run.pool(SONNET).members.iter().map(|at| run.snapshot().endpoints[*at].endpoint.id.to_string()).collect();
    let refused: f64 = ids.iter().map(|id| run.true_sum(id, "InvocationThrottles")).sum();
    let said: String = ended.text.split(" min, ").nth(1).unwrap().chars().filter(char::is_ascii_digit).collect();
    assert!(refused > 0.0 && said == format!("{refused:.0}"), "{} really {refused}", ended.text);
}

#[test]
fn a_source_that_is_lost_and_back_is_noted_with_how_long() {
    let mut run = Run::polled(scenario("healthy"));
    run.minute();
    let before = events(&run).len();
    run.break_with(&[("cloudwatch:GetMetricData", Kind::Denied)]);
    for _ in 0..4 {
        run.minute();
    }
    let lost = &events(&run)[before..];
    assert_eq!(lost.len(), 1, "{lost:#?}");
    assert!(
        lost[0].text.starts_with("metrics denied: needs cloudwatch:GetMetricData: last good answer"),
        "{}",
        lost[0].text
    );
    assert!(lost[0].details.iter().any(|line| line.starts_with("Next: ")), "{:?}", lost[0].details);
    run.mend();
    run.minute();
    run.minute();
    let back = &events(&run)[before + 1..];
    assert_eq!(back.len(), 1, "{back:#?}");
    assert_eq!((back[0].text.as_str(), back[0].level), ("metrics is back after 4 min", Level::Good));
}

#[test]
fn credentials_that_expire_are_one_event_and_valid_again_another() {
    let mut run = Run::polled(scenario("healthy"));
    run.break_with(&[("*", Kind::Expired)]);
    for _ in 0..3 {
        run.minute();
    }
    let expired = ["credentials expired: aws sso login --profile default"];
    assert_eq!(texts(&run), expired, "one event, not one of each source");
    run.mend();
    for _ in 0..7 {
        run.minute();
    }
    assert_eq!(texts(&run).len(), 2, "{:#?}", texts(&run));
    assert!(texts(&run)[1].starts_with("credentials are valid again after "), "{:?}", texts(&run));
}

#[test]
fn a_flaky_account_floods_nothing() {
    let mut run = Run::polled(scenario("flaky"));
    for _ in 0..10 {
        run.minute();
    }
    assert!(events(&run).len() < 6, "{:#?}", texts(&run));
    let totals = run.state.log.totals();
    assert!(totals.retries > 0 && totals.failed > 0, "{totals:?}");
}

#[test]
fn a_quota_that_changes_is_noted_with_both_values() {
    let mut run = Run::polled(scenario("throttled"));
    let before = events(&run).len();
    run.change(|scenario| {
        scenario.applied.insert(SONNET_TPM.to_owned(), 200_000.0);
    });
    run.press(&["r"]);
    let new = &events(&run)[before..];
    assert_eq!(new.len(), 1, "{new:#?}");
    let text = "quota L-F4DDD3EB 2,000,000 → 200,000: Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1";
    assert_eq!((new[0].text.as_str(), new[0].level), (text, Level::Warn));
}

#[test]
fn a_blocked_account_that_is_unblocked_is_one_entry_of_many_quotas() {
    let mut run = Run::polled(scenario("zero-quota"));
    assert!(texts(&run).iter().any(|text| text.starts_with("quotas are 0: ")), "{:?}", texts(&run));
    let before = events(&run).len();
    run.change(|scenario| scenario.zero_quotas = false);
    run.press(&["r"]);
    let new: Vec<String> = texts(&run)[before..].to_vec();
    assert!(new.iter().any(|text| text.ends_with(" quotas changed")), "{new:?}");
    assert!(new.iter().any(|text| text.starts_with("quotas are no longer 0: ")), "{new:?}");
    assert!(new.len() < 5, "{new:?}");
}

#[test]
fn another_tier_that_serves_is_noted_once() {
    let mut run = Run::polled(scenario("reserved-spill"));
    for _ in 0..12 {
        run.minute();
    }
    let tiers: Vec<String> = texts(&run).into_iter().filter(|text| text.contains("another tier")).collect();
    assert_eq!(tiers.len(), 1, "{tiers:?}");
    assert!(tiers[0].ends_with("asked reserved, served standard"), "{tiers:?}");
}

#[test]
fn own_calls_are_listed_with_what_became_of_them() {
    let run = Run::polled(broken(&[
        ("servicequotas:ListServiceQuotas", Kind::Denied),
        ("bedrock:ListFoundationModels", Kind::ServerError),
    ]));
    let totals = run.state.log.totals();
    let calls = calls(&run);
    let of = |operation: &str| {
        calls.iter().filter_map(|entry| entry.call.as_ref()).filter(|c| c.operation == operation).collect::<Vec<_>>()
    };
    let [denied] = of("ListServiceQuotas")[..] else { panic!("{calls:#?}") };
    assert!(denied.is_denied() && denied.attempts == 1 && denied.request_id.is_some(), "{denied:?}");
    assert_eq!(denied.failure.as_ref().unwrap().code.as_deref(), Some("AccessDeniedException"));
    let [failed] = of("ListFoundationModels")[..] else { panic!("{calls:#?}") };
    assert_eq!((failed.attempts, failed.status), (3, Some(500)));
    assert_eq!(failed.failure.as_ref().unwrap().kind, FaultKind::Unexpected);
    assert_eq!((totals.denied, totals.retries), (1, 2), "{totals:?}");
    assert!(totals.failed >= 1 && totals.calls == calls.len() as u64);
    // What was asked is what the plan counts, and what the ledger counts.
    assert_eq!((totals.queries, totals.queries), (run.state.cost.queries_asked, run.gateway.metric_queries()));
    assert!(totals.usd_at_most > 0.0);
    let text = format!("{calls:?}");
    assert!(!text.contains("SIMULATED") && !text.contains("111122223333"), "no keys, no account");
}

#[test]
fn keys_of_the_log_choose_kinds_filter_open_and_keep_the_cursor() {
    let mut run = Run::polled(scenario("throttled"));
    run.press(&["6", "v"]);
    assert_eq!(run.state.view.log.kinds, Kinds::Calls);
    let listed = |run: &Run| run.state.log.listed(&run.state.view).iter().map(|entry| entry.number).collect::<Vec<_>>();
    let all = listed(&run);
    assert!(all.len() > 20 && all.is_sorted_by(|a, b| a > b), "newest first");
    run.press(&["j", "j"]);
    assert_eq!(run.state.view.log.cursor, Some(all[2]));
    run.minute();
    assert!(listed(&run)[0] > all[0]);
    assert_eq!(run.state.view.log.cursor, Some(all[2]), "the cursor stays on its entry while new ones come in");
    run.press(&["/", "L", "i", "s", "t", "⏎"]);
    assert!(run.state.log.listed(&run.state.view).iter().all(|entry| entry.text.contains("List")));
    run.press(&["⏎"]);
    assert!(run.state.view.log.open.is_some());
    run.press(&["Esc", "Esc", "gg"]);
    assert_eq!((run.state.view.log.open, run.state.view.log.filter.text.as_str()), (None, ""));
    run.press(&["g", "g"]);
    assert_eq!(run.state.view.log.cursor, None, "the first row is the newest, whatever comes");
    run.press(&["G"]);
    assert_eq!(run.state.view.log.cursor, listed(&run).last().copied());
}

#[test]
fn a_frozen_view_lists_what_was_noted_before() {
    let mut run = Run::polled(scenario("throttled"));
    run.press(&["6", "v"]);
    let before = run.state.log.listed(&run.state.view).len();
    run.state.view.paused = Some(run.now());
    run.minute();
    assert_eq!(run.state.log.listed(&run.state.view).len(), before);
    run.state.view.paused = None;
    assert!(run.state.log.listed(&run.state.view).len() > before);
}

#[test]
fn a_calm_account_has_a_calm_log() {
    let mut run = Run::polled(scenario("healthy"));
    for _ in 0..25 {
        run.minute();
    }
    assert_eq!(texts(&run), Vec::<String>::new());
}
