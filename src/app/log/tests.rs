//! Hysteresis, bounds and listing of the log.

use jiff::Timestamp;

use super::{CALLS_AT_MOST, EVENTS_AT_MOST, Kinds, Level, Log, Note, cursor_at, seen::Seen};
use crate::{
    app::{account::Account, state::Feed, view::View},
    domain::{
        call::{CallFailure, CallRecord},
        catalog::{Endpoint, EndpointKind, Scope},
        fault::{Fault, FaultKind, Source},
        ids::Region,
        increase::QuotaRequest,
        matching::Match,
        metric::Namespace,
        minute::{Minute, Span},
        quota_name::QuotaMetric,
        snapshot::{Basis, Bound, EndpointRow, Latency, PoolQuota, PoolRow, Provenance, Snapshot, Unattributed, Usage},
    },
};

const START: Minute = Minute(29_923_920);

fn usage(used: f64) -> Usage {
    Usage {
        used_now: Some(used),
        now_bound: Bound::Exact,
        peak: Some(used),
        peak_at: Some(START),
        peak_bound: Bound::Exact,
        basis: Some(Basis::AwsEstimate),
        strip: Vec::new(),
    }
}

/// One endpoint with a quota of 100, of which so much is used, and so many 5xx in five minutes of 100 requests each.
fn snapshot(through: Minute, used: f64, server_errors: f64) -> Snapshot {
    let endpoint = Endpoint {
        id: "m".into(),
        arn: None,
        kind: EndpointKind::Model,
        scope: Some(Scope::InRegion),
        model: Some("m".into()),
        model_name: "Model".into(),
        provider: "P".into(),
        profile_name: None,
        source: None,
        pool: "m".into(),
        namespace: Namespace::Bedrock,
    };
    let row = EndpointRow {
        endpoint,
        tags: None,
        active: true,
        counts: Bound::Exact,
        requests: Some(0.0),
        throttles: Some(0.0),
        throttle_percent: Some(0.0),
        throttles_now: Some(0.0),
        throttled_since: None,
        refused: Vec::new(),
        client_errors: Some(0.0),
        server_errors: Some(server_errors),
        server_errors_now: Some(server_errors),
        input_tokens: None,
        output_tokens: None,
        cache_read_tokens: None,
        cache_write_tokens: None,
        rpm_now: Some(100.0),
        tpm_now: None,
        in_flight: None,
        latency: Latency::default(),
        ttft: Latency::default(),
        latency_recent: None,
        ttft_recent: None,
        usual: None,
        vs_usual_percent: None,
        cost: None,
        tokens_per_second: None,
        tiers: Vec::new(),
        usage: usage(used),
    };
    let quota = PoolQuota {
        code: "L-1".into(),
        name: "Tokens".into(),
        metric: QuotaMetric::TokensPerMinute,
        applied: Some(100.0),
        default: Some(100.0),
        adjustable: true,
        usage: usage(used),
        headroom_percent: Some(100.0 - used),
        peak_percent: Some(used),
        matched: Match::One,
        day: None,
        multiplier: None,
        signs: Vec::new(),
    };
    let pool = PoolRow {
        cost: None,
        id: "m".into(),
        members: vec![0],
        usage: usage(used),
        refused: Vec::new(),
        quotas: vec![quota],
        rpm_now: Some(100.0),
        in_flight: None,
        throttle_percent: Some(0.0),
        throttled_since: None,
        server_errors: Some(server_errors),
        client_errors: Some(0.0),
    };
    Snapshot {
        region: "us-east-1".into(),
        account: None,
        provenance: Provenance::Live,
        as_of: through.start(),
        data_through: Some(through),
        window: Some(Span::ending(through, 180)),
        endpoints: vec![row],
        pools: vec![pool],
        quotas: Vec::new(),
        quotas_checked_at: None,
        unattributed: Vec::new(),
        zero_quotas: None,
        faults: Vec::new(),
    }
}

/// The log after a reading a minute.
fn readings(snapshots: impl IntoIterator<Item = Snapshot>) -> Log {
    let (mut log, account, feeds) = (Log::default(), Account::default(), [].into());
    for snapshot in snapshots {
        let now = snapshot.as_of;
        log.note(&Seen { snapshot: &snapshot, account: &account, feeds: &feeds, settled: true, now });
    }
    log
}

fn texts(log: &Log) -> Vec<&str> {
    log.events.iter().map(|entry| entry.text.as_str()).collect()
}

fn minute_by_minute<T>(values: impl IntoIterator<Item = T>) -> impl Iterator<Item = (Minute, T)> {
    values.into_iter().enumerate().map(|(at, value)| (START + i64::try_from(at).unwrap(), value))
}

#[test]
fn a_use_that_swings_round_the_limit_is_noted_once_until_it_is_well_below() {
    let uses = [70.0, 81.0, 79.0, 82.0, 76.0, 85.0, 74.0, 79.0, 80.0];
    let log = readings(minute_by_minute(uses).map(|(minute, used)| snapshot(minute, used, 0.0)));
    let expected = [
        "near its limit: Model at 81% of 100 TPM",
        "no longer near its limit: Model at 74% of 100 TPM after 5 min",
        "near its limit: Model at 80% of 100 TPM",
    ];
    assert_eq!(texts(&log), expected);
}

#[test]
fn single_server_errors_are_none_and_many_end_after_quiet_minutes() {
    // 500 requests in five minutes: 5 are 1%.
    let counts = [0.0, 2.0, 4.0, 0.0].into_iter().chain([9.0, 0.0, 9.0]).chain([0.0; 12]).chain([6.0]);
    let log = readings(minute_by_minute(counts).map(|(minute, count)| snapshot(minute, 10.0, count)));
    let texts = texts(&log);
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert_eq!(texts[0], "5xx began on Model: 9 in 5 min, 2% of requests");
    assert!(texts[1].starts_with("5xx ended on Model: ≥"), "what is not in the store is not known: {texts:?}");
    assert!(texts[2].starts_with("5xx began on Model: 6 in 5 min"), "{texts:?}");
}

#[test]
fn what_no_endpoint_explains_is_noted_when_it_lasts() {
    let with = |minute: Minute, count: Option<f64>| Snapshot {
        unattributed: count.into_iter().map(|count| Unattributed { what: "throttles".into(), count }).collect(),
        ..snapshot(minute, 10.0, 0.0)
    };
    let short = [Some(3.0); 14].into_iter().chain([None]);
    let long = [Some(4.0); 20].into_iter().chain([None]);
    let log = readings(minute_by_minute(short.chain(long)).map(|(minute, count)| with(minute, count)));
    assert_eq!(
        texts(&log),
        ["4 throttles that no endpoint explains", "all throttles are explained by endpoints again"]
    );
}

#[test]
fn the_same_minutes_are_compared_once() {
    let log = readings([snapshot(START, 10.0, 0.0), snapshot(START + 1, 90.0, 0.0), snapshot(START + 1, 10.0, 0.0)]);
    assert_eq!(texts(&log).len(), 1);
}

#[test]
fn traffic_that_begins_or_ends_is_noted_one_by_one_or_as_many() {
    let with = |minute: Minute, endpoints: usize| {
        let mut snapshot = snapshot(minute, 10.0, 0.0);
        let row = snapshot.endpoints[0].clone();
        for at in 1..endpoints {
            let mut row = row.clone();
            row.endpoint.id = format!("m{at}").into();
            row.endpoint.model_name = format!("Model {at}");
            snapshot.endpoints.push(row);
        }
        snapshot
    };
    let log = readings(minute_by_minute([1, 2, 1, 20]).map(|(minute, endpoints)| with(minute, endpoints)));
    let expected =
        ["traffic began on Model 1", "quiet: Model 1, no calls in 3 h 00 min", "traffic began on 19 endpoints"];
    assert_eq!(texts(&log), expected);
    assert_eq!(log.events[2].details.len(), 19);
}

fn requested(code: &str) -> QuotaRequest {
    QuotaRequest {
        id: code.into(),
        code: code.into(),
        desired: None,
        status: "PENDING".into(),
        case: None,
        created: None,
        updated: None,
    }
}

#[test]
fn open_requests_are_noted_when_they_appear_and_when_they_are_gone() {
    let mut log = Log::default();
    let now = START.start();
    let snapshot = Snapshot { data_through: None, ..snapshot(START, 0.0, 0.0) };
    let feed = Feed { last_good: Some(now), ..Feed::default() };
    for (asking, open) in
        [(false, vec![]), (true, vec!["L-1"]), (false, vec!["L-1"]), (false, vec!["L-1"]), (false, vec![])]
    {
        let mut account = Account::default();
        account.requests = open.into_iter().map(requested).collect();
        let feeds = [(Source::ServiceQuotas, Feed { asking, ..feed.clone() })].into();
        log.note(&Seen { snapshot: &snapshot, account: &account, feeds: &feeds, settled: true, now });
    }
    assert_eq!(texts(&log), ["a request for more is open: L-1", "the request for more is no longer open: L-1"]);
}

/// The log after readings of one source, each ten seconds after the one before.
fn standings(standings: impl IntoIterator<Item = (u32, Option<FaultKind>)>) -> Log {
    let (mut log, account) = (Log::default(), Account::default());
    for (at, (failures, kind)) in (0..).step_by(10).zip(standings) {
        let now = Timestamp::from_second(1_795_435_200 + at).unwrap();
        let fault = kind.map(|kind| Fault {
            source: Source::Metrics,
            kind,
            action: Some("cloudwatch:GetMetricData".into()),
            message: "No.".into(),
            next_step: "Wait.".into(),
        });
        let feed = Feed { fault, failures, last_good: Some(now), ..Feed::default() };
        let snapshot = Snapshot { data_through: None, ..snapshot(START, 0.0, 0.0) };
        let feeds = [(Source::Metrics, feed)].into();
        log.note(&Seen { snapshot: &snapshot, account: &account, feeds: &feeds, settled: true, now });
    }
    log
}

#[test]
fn a_failure_that_passes_is_noted_when_it_stays_and_a_refusal_at_once() {
    let well = (0, None);
    let once = (1, Some(FaultKind::Throttled));
    assert_eq!(texts(&standings([well, once, well, once, well])), Vec::<&str>::new());
    let lost = standings([well, once, (2, Some(FaultKind::Throttled)), (3, Some(FaultKind::Throttled)), well]);
    assert_eq!(texts(&lost).len(), 2, "{:?}", texts(&lost));
    assert_eq!(lost.events[0].level, Level::Warn);
    let denied = (1, Some(FaultKind::Denied));
    let toggling = standings([denied, well, denied, well, denied, well]);
    assert_eq!(texts(&toggling).len(), 2, "lost and back again within minutes is one loss: {:?}", texts(&toggling));
    assert_eq!(toggling.events[0].level, Level::Bad);
}

fn call(operation: &str) -> CallRecord {
    CallRecord {
        service: "cloudwatch".into(),
        operation: operation.into(),
        region: Region::from("us-east-1"),
        started: START.start(),
        took_ms: 12,
        attempts: 2,
        failure: None,
        status: Some(200),
        request_id: None,
        queries: 480,
        clock_ahead_s: None,
    }
}

#[test]
fn what_is_kept_is_bounded_and_calls_drive_no_event_out() {
    let mut log = Log::default();
    let now = START.start();
    log.add(vec![Note::new(now, Level::Bad, "first")], now);
    for _ in 0..3 {
        log.take_calls(vec![call("GetMetricData"); CALLS_AT_MOST], now);
    }
    assert_eq!(log.counts(None), (1, CALLS_AT_MOST));
    assert_eq!(log.totals().calls, 3 * CALLS_AT_MOST as u64, "totals are of all");
    assert_eq!((log.totals().retries, log.totals().queries), (3_000, 3_000 * 480));
    assert!((log.totals().usd_at_most - 3_000.0 * 0.0048).abs() < 1e-6);
    for number in 0..EVENTS_AT_MOST {
        log.add(vec![Note::new(now, Level::Info, number.to_string())], now);
    }
    assert_eq!(log.counts(None), (EVENTS_AT_MOST, CALLS_AT_MOST));
    assert_eq!(log.entry(0), None, "the oldest goes first");
    assert!(log.events.iter().chain(&log.calls).all(|entry| log.entry(entry.number) == Some(entry)));
}

#[test]
fn both_kinds_are_listed_newest_first_and_words_are_of_either_case() {
    let (mut log, mut view) = (Log::default(), View::default());
    let now = START.start();
    for round in 0..3 {
        log.add(vec![Note::new(now, Level::Info, format!("Event {round}")).about(&"L-F4DDD3EB")], now);
        let failure = Some(CallFailure { kind: FaultKind::Denied, code: Some("AccessDenied".into()) });
        log.take_calls(vec![call("GetMetricData"), CallRecord { failure, ..call("ListMetrics") }], now);
    }
    let listed = |view: &View| log.listed(view).into_iter().map(|entry| entry.text.clone()).collect::<Vec<_>>();
    assert_eq!(listed(&view), ["Event 2", "Event 1", "Event 0"]);
    view.log.kinds = Kinds::All;
    assert!(log.listed(&view).is_sorted_by(|a, b| a.number > b.number));
    assert_eq!(listed(&view).len(), 9);
    view.log.filter.text = "  accessdenied list".into();
    assert_eq!(listed(&view), vec!["cloudwatch:ListMetrics  denied (AccessDenied), 480 queries, 1 retry"; 3]);
    view.log.filter.text = "event l-f4".into();
    assert_eq!(listed(&view).len(), 3);
    view.log.kinds = Kinds::Calls;
    assert_eq!(listed(&view), Vec::<String>::new());
}

#[test]
fn the_cursor_stays_on_its_entry_and_moves_to_an_older_one_where_that_is_gone() {
    let mut log = Log::default();
    let now = START.start();
    log.add((0..5).map(|number| Note::new(now, Level::Info, number.to_string())).collect(), now);
    let listed = log.listed(&View::default());
    let numbers: Vec<u64> = listed.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, [4, 3, 2, 1, 0]);
    assert_eq!(cursor_at(&listed, None), Some(0));
    assert_eq!(cursor_at(&listed, Some(3)), Some(1));
    assert_eq!(cursor_at(&listed[2..], Some(3)), Some(0));
    assert_eq!(cursor_at(&listed[..2], Some(1)), Some(1), "the last one where none is older");
    assert_eq!(cursor_at(&[], Some(1)), None);
}

#[test]
fn a_clock_that_is_off_is_said_once_until_it_is_well() {
    let mut log = Log::default();
    for (at, ahead) in [2, -45, -40, -20, -14, 90].into_iter().enumerate() {
        let now = Timestamp::from_second(i64::try_from(at).unwrap()).unwrap();
        log.take_calls(vec![CallRecord { clock_ahead_s: Some(ahead), ..call("ListMetrics") }], now);
    }
    let expected = [
        "this machine's clock is 45 s ahead of AWS's",
        "this machine's clock agrees with AWS's again",
        "this machine's clock is 90 s behind AWS's",
    ];
    assert_eq!(texts(&log), expected);
}
