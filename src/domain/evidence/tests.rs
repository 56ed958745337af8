//! Steady and peak loads, and the text: what it says, that it is plain, and that it has an end.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    increase::{Wanted, help},
    quota_name::QuotaScope,
};

fn span(minutes: i64) -> Span {
    Span { first: Minute(29_924_000), last: Minute(29_924_000 + minutes - 1) }
}

fn uses(values: &[Option<f64>]) -> MinuteUses {
    let span = span(i64::try_from(values.len()).unwrap());
    MinuteUses::new(span, |minute| values[usize::try_from(minute.0 - span.first.0).unwrap()])
}

#[test]
fn steady_is_the_median_of_the_known_minutes_with_traffic() {
    let load = Load::of(&uses(&[Some(0.0), Some(4.0), Some(1.0), Some(0.0), Some(3.0)]), Bound::Exact);
    assert_eq!((load.steady, load.busy_minutes, load.known_minutes), (Some(3.0), 3, 5));
    assert_eq!((load.peak, load.peak_bound), (Some((span(5).first + 1, 4.0)), Bound::Exact));
    assert_eq!(Load::of(&uses(&[Some(4.0), Some(1.0)]), Bound::Exact).steady, Some(2.5));
    let idle = Load::of(&uses(&[Some(0.0); 3]), Bound::Exact);
    assert_eq!((idle.steady, idle.peak.map(|(_, peak)| peak), idle.busy_minutes), (None, Some(0.0), 0));
}

#[test]
fn what_is_missing_makes_a_peak_a_lower_bound_and_a_reserve_within_leaves_nothing() {
    let partial = [Some(4.0), None, Some(1.0)];
    let load = Load::of(&uses(&partial), Bound::Exact);
    assert_eq!((load.peak_bound, load.steady_bound, load.known_minutes), (Bound::AtLeast, Bound::Exact, 2));
    assert_eq!(Load::of(&uses(&partial), Bound::AtMost).peak, None);
    let at_most = Load::of(&uses(&[Some(4.0)]), Bound::AtMost);
    assert_eq!((at_most.peak_bound, at_most.steady_bound), (Bound::AtMost, Bound::AtMost));
    let nothing = Load::of(&uses(&[None, None]), Bound::Exact);
    assert_eq!((nothing.steady, nothing.peak, nothing.known_minutes), (None, None, 0));
}

#[test]
fn peaks_are_summed_minute_by_minute_and_never_added() {
    let mut both = uses(&[Some(10.0), Some(1.0)]);
    both.add(&uses(&[Some(1.0), Some(8.0)]));
    assert_eq!(Load::of(&both, Bound::Exact).peak, Some((span(2).first, 11.0)), "and not 18");
}

fn measured() -> Measured {
    let load = |steady, peak| Load {
        steady: Some(steady),
        busy_minutes: 18_900,
        peak: Some((span(1).first, peak)),
        peak_bound: Bound::AtLeast,
        steady_bound: Bound::Exact,
        known_minutes: 19_008,
    };
    Measured {
        span: span(EVIDENCE_MINUTES),
        tokens: load(1_210_000.4, 1_940_000.7),
        counted: Counted::QuotaTokens(Basis::AwsEstimate),
        requests: load(60.0, 110.0),
        mean_input: Some(9000.0),
        mean_output: Some(1100.2),
        refused: Some(1234.0),
        refused_percent: Some(3.21),
        refused_minutes: 37,
        endpoints: 2,
        endpoints_beside: 0,
    }
}

fn request(status: &str, case: &str) -> QuotaRequest {
    QuotaRequest {
        id: "r".into(),
        code: "L-F4DDD3EB".into(),
        desired: Some(4e6),
        status: status.into(),
        case: Some(case.into()),
        created: "2026-10-14T10:00:00Z".parse().ok(),
        updated: "2026-10-20T10:00:00Z".parse().ok(),
    }
}

fn text_of(requests: Option<&[QuotaRequest]>, name: &str, endpoints: Vec<String>, account: Option<&str>) -> String {
    let (code, region) = ("L-F4DDD3EB".into(), "us-east-1".into());
    let (applied, default) = (Some(2e6), Some(5e6));
    let wanted = Wanted {
        code: &code,
        name,
        scope: QuotaScope::Geo,
        metric: Some(QuotaMetric::TokensPerMinute),
        applied,
        default,
        adjustable: true,
        region: &region,
        is_legacy: false,
        has_geo_tokens: true,
        peak: None,
    };
    text(&Evidence {
        is_simulated: false,
        region: &region,
        account: account.map(str::to_owned),
        code: &code,
        name,
        applied,
        default,
        models: vec!["anthropic.claude-sonnet-4-5-20250929-v1:0".to_owned()],
        endpoints,
        measured: Some(&measured()),
        help: &help(&wanted, requests),
    })
}

#[test]
fn the_text_says_all_that_support_asks_for() {
    let endpoints = vec!["us.anthropic.claude-sonnet-4-5-20250929-v1:0".to_owned(), "a1b2c3d4e5f6".to_owned()];
    let name = "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1";
    insta::assert_snapshot!(text_of(Some(&[request("CASE_CLOSED", "17")]), name, endpoints, Some("111122223333")));
}

#[test]
fn what_is_not_known_is_not_made_up() {
    let unknown = text_of(None, "A quota", Vec::new(), None);
    assert!(unknown.contains("Earlier requests: not known.") && !unknown.contains("Account"), "{unknown}");
    assert!(text_of(Some(&[]), "A quota", Vec::new(), None).contains("Earlier requests: none in 90 days."));
    let open = text_of(Some(&[request("CASE_OPENED", "17")]), "A quota", Vec::new(), None);
    assert!(open.contains("Open request: 4,000,000 asked 2026-10-14: open (case 17)"), "{open}");
}

#[test]
fn numbers_are_grouped_and_bounds_stay_true_when_rounded() {
    for (value, expected) in [
        (0.0, "0"),
        (0.34, "0.3"),
        (9.5, "9.5"),
        (12.4, "12"),
        (999.0, "999"),
        (1e6, "1,000,000"),
        (f64::NAN, "unknown"),
    ] {
        assert_eq!(number(Some(value)), expected);
    }
    assert_eq!(bounded(Some(1999.9), Bound::AtLeast), ">=1,999");
    assert_eq!(bounded(Some(1999.1), Bound::AtMost), "<=2,000");
    assert_eq!(bounded(None, Bound::AtLeast), "unknown");
}

proptest! {
    #[test]
    fn the_text_is_plain_and_has_an_end(
        name in ".{0,400}", endpoints in prop::collection::vec(".{0,300}", 0..60), status in ".{0,300}", case in ".{0,300}"
    ) {
        let text = text_of(Some(&[request(&status, &case)]), &name, endpoints, Some("1"));
        prop_assert!(text.bytes().all(|byte| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic()));
        prop_assert!(text.len() < 8_000, "{}", text.len());
        prop_assert!(text.lines().count() < 40);
    }

    #[test]
    fn steady_lies_between_the_least_and_the_worst_busy_minute(values in prop::collection::vec(prop::option::of(0.0..1e9_f64), 1..200)) {
        let load = Load::of(&uses(&values), Bound::Exact);
        let busy: Vec<f64> = values.iter().flatten().copied().filter(|value| *value > 0.0).collect();
        prop_assert_eq!(load.busy_minutes, busy.len());
        if let (Some(steady), Some((_, peak))) = (load.steady, load.peak) {
            prop_assert!(steady <= peak);
            let at_or_above = busy.iter().filter(|value| **value >= steady).count();
            prop_assert!(2 * at_or_above >= busy.len(), "half of them or more are at or above it");
        }
    }
}
