//! The Detail view: what it says of a row, at any size and of any name.

use proptest::prelude::*;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, style::Modifier};

use crate::{
    app::{
        answers::Standing,
        sort::{Sort, SortKey},
        state::{Opened, State},
        view::{ColumnSet, Detail, RowId, Screen},
        what_if::{Editing, Field},
    },
    domain::{
        cost::{Cost, CostBasis},
        ids::EndpointId,
        increase::QuotaRequest,
        matching::Match,
        pricing::{TokenPrice, Usd},
        reservation::{Answers, Call},
        snapshot::{Bound, Latency, PoolQuota},
        usual::Usual,
    },
    ui::{
        fixtures::{change, demo, minute, quota, tier},
        tests::{odd_name, odd_state},
        theme::{Palette, Theme},
    },
};

fn screen(state: &State, theme: &Theme, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| crate::ui::draw(frame, state, theme)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let line = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..buffer.area.height).map(line).collect::<Vec<_>>().join("\n")
}

/// The demo with the Detail view of the row at this place open.
fn open(mut state: State, at: usize, scroll: u16) -> State {
    let row = state.rows()[at].id.clone();
    state.view.cursor = Some(row.clone());
    state.view.detail = Some(Detail { scroll, ..Detail::of(row) });
    state
}

fn says(state: &State, width: u16, height: u16, expected: &[&str]) {
    let text = text(&screen(state, &Theme::default(), width, height));
    for expected in expected {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
}

fn dollars(tokens: u64) -> Usd {
    TokenPrice::parse("1").unwrap().of(tokens)
}

#[test]
fn a_member_has_its_numbers_its_pool_s_limits_and_its_members() {
    let mut state = demo();
    change(&mut state, |snapshot| {
        let row = &mut snapshot.endpoints[0];
        row.vs_usual_percent = Some(38.0);
        row.usual = Some(Usual { low: 3_000.0, median: 3_200.0, high: 3_900.0, days: 7 });
        let basis = CostBasis::Split;
        row.cost = Some(Cost { usd_per_hour: dollars(12_300_000), basis, reserved_beside: true });
        row.tiers = vec![tier("reserved", Some("default"), 100.0), tier("default", Some("default"), 300.0)];
        row.latency = Latency { p90: Some(5_000.0), samples: Some(9.0), ..Latency::default() };
    });
    let expected = [
        "Claude Sonnet 4.5 us profile",
        "accepted      412 a minute",
        "!! 15% of attempts: 400 calls, since 03:02Z",
        "~$12.3+R an hour at list price",
        "+38%: at this hour p90 is usually 3.2 (3.0 to 3.9; 7 days)",
        "reserved  standard       100        —   25%     —  ! another tier served",
        "standard  standard       300        —   75%",
        "share of requests; requests counted by samples of the quota estimate",
        "2.0M TPM in force, default 5.0M: below default",
        "L-F4DDD3EB · shown in the table · adjustable · no open request known",
        "used 1.7M: 87%; peak 1.9M: 97% at 03:06Z; headroom 13%",
        "Pool: 2 endpoints share these limits",
        "matched: its name means this model and no other",
        "us.anthropic.claude-sonnet-4-5",
    ];
    says(&open(state, 1, 0), 220, 120, &expected);
}

/// The demo's pool of Sonnet 4.5 with this call, open.
fn with_call(call: Call) -> State {
    let mut state = open(demo(), 0, 0);
    state.opened = Some(opened(call));
    state
}

fn opened(call: Call) -> Opened {
    Opened { call, answering: Vec::new(), answers: Answers::UNKNOWN, standing: Standing::Asking }
}

fn sonnet() -> Call {
    Call {
        input: Some(9000.0),
        cache_write: Some(600.0),
        output: Some(1100.0),
        max_tokens: None,
        seconds: Some(17.3),
        burndown: Some(5.0),
    }
}

fn change_quotas(state: &mut State, with: fn(&mut PoolQuota)) {
    change(state, |snapshot| snapshot.pools.iter_mut().flat_map(|pool| &mut pool.quotas).for_each(with));
}

fn type_in(state: &mut State, field: Field, value: f64) {
    state.view.detail.as_mut().unwrap().what_if.typed.insert(field, value);
}

#[test]
fn a_what_if_says_what_fits_and_what_it_rests_on() {
    let mut state = with_call(sonnet());
    type_in(&mut state, Field::MaxTokens, 64_000.0);
    let expected = [
        "What if: calls at once in 2.0M TPM (e types other numbers)",
        "input           9,000  mean of 3 h",
        "output          1,100  mean of 3 h, ×5 at the end",
        "max_tokens     64,000  typed",
        "A call holds 73.6k while it runs; 15.1k stay used when it ends.",
        "27 at once; beside the 1.7M used now at most 3.",
        "a minute at 17 s each, by what they hold; how a minute's quota comes back is not published.",
        "calls in flight are like it, they hold",
        "Not proven: max_tokens is in no metric.",
        "Cache reads are left out",
        "Longest answer in 14 d: asking…",
        "max_tokens 64,000 may cut answers: how long they were is not known.",
    ];
    says(&state, 119, 300, &expected);

    type_in(&mut state, Field::MaxTokens, 500.0);
    says(
        &state,
        119,
        300,
        &["! The mean answer is longer than max_tokens: answers are cut, and counted as long as that."],
    );
    type_in(&mut state, Field::Input, 3e6);
    says(&state, 119, 300, &["!! Not one fits: a call holds 3.00M, and the limit is 2.0M."]);
}

#[test]
fn a_what_if_makes_nothing_up() {
    says(
        &with_call(sonnet()),
        119,
        300,
        &["unset; the longest is not known", "What a call reserves for its answer is not known; e types it."],
    );
    let mut state = with_call(Call::default());
    says(&state, 119, 300, &["What a call reads is not known; e types it.", "burndown not known"]);
    let typed = [(Field::Input, 1000.0), (Field::CacheWrite, 0.0), (Field::MaxTokens, 4000.0)];
    for (field, value) in typed {
        type_in(&mut state, field, value);
    }
    let expected = [
        "A call holds 5.00k while it runs; what stays used when it ends is not known.",
        "400 at once",
        "Calls a minute follow only from how long a call runs and what it uses.",
    ];
    says(&state, 119, 300, &expected);
    change_quotas(&mut state, |quota| quota.applied = Some(0.0));
    says(&state, 119, 300, &["!! The limit is zero: no call fits."]);
    change(&mut state, |snapshot| snapshot.pools.iter_mut().for_each(|pool| pool.quotas.clear()));
    let page = text(&screen(&state, &Theme::default(), 119, 300));
    assert!(!page.contains("What if") && !page.contains("More of"), "{page}");
}

#[test]
fn what_is_typed_stands_in_its_place() {
    let mut state = with_call(sonnet());
    let what_if = &mut state.view.detail.as_mut().unwrap().what_if;
    what_if.editing = Some(Editing { field: Field::Output, text: "1.5k".into(), is_old: false });
    says(&state, 119, 300, &["What if: calls at once in 2.0M TPM (8000, 8k or 1.5M)", "  output           1.5k█"]);
    assert!(text(&screen(&state, &Theme::default(), 80, 24)).lines().last().unwrap().contains("⏎ take"));
}

#[test]
fn more_of_a_quota_says_how_to_ask_and_what_was_asked() {
    let mut state = with_call(sonnet());
    says(&state, 119, 300, &["More of L-F4DDD3EB", "requests      — not known: the history was not read"]);
    state.account.requests_at = Some(state.now);
    let expected = [
        "requests      none in 90 days",
        "ask for       5,000,000: the default; 2.0M now",
        "aws service-quotas request-service-quota-increase --service-code bedrock --quota-code L-F4DDD3EB",
        "https://us-east-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas/L-F4DDD3EB",
        "E asks 14 days by the minute",
        "The value must be at least the default.",
    ];
    says(&state, 119, 300, &expected);
    state.account.requests = vec![QuotaRequest {
        id: "r".into(),
        code: "L-F4DDD3EB".into(),
        desired: Some(4e6),
        status: "A\u{1b}[31mNEW\nWORD".into(),
        case: None,
        created: Some(state.now),
        updated: Some(state.now),
    }];
    says(&state, 119, 300, &["4,000,000 asked 2026-11-22: A?[31mNEW WORD 2026-11-22"]);
    change_quotas(&mut state, |quota| quota.adjustable = false);
    let expected = [
        "! Service Quotas takes no request for it; a support case is what is left.",
        "https://console.aws.amazon.com/support/home#/case/create?issueType=service-limit-increase",
    ];
    says(&state, 119, 300, &expected);
}

#[test]
fn a_pool_has_sums_and_no_percentiles() {
    let expected =
        ["Sonnet 4.5 us pool", "452 a minute", "cannot be merged", "team-search", "pool: endpoints that draw"];
    says(&open(demo(), 0, 0), 220, 120, &expected);
}

#[test]
fn what_is_not_known_says_why() {
    let mut state = demo();
    change(&mut state, |snapshot| {
        let at = snapshot.pools.iter().position(|pool| pool.id.as_str() == "moonshot.kimi-k3").unwrap();
        let usage = snapshot.pools[at].usage.clone();
        let mut ambiguous = quota(None, &usage);
        ambiguous.matched = Match::Ambiguous { candidates: vec!["a.one".into(), "b.two".into()] };
        snapshot.pools[at].quotas = vec![ambiguous];
        snapshot.endpoints[5].input_tokens = None;
        snapshot.endpoints[5].counts = Bound::AtLeast;
    });
    let kimi = RowId::Pool("moonshot.kimi-k3".into());
    let at = state.rows().iter().position(|row| row.id == kimi).unwrap();
    let expected = [
        "its name fits a.one, b.two; so no percentage is shown",
        "· not reported",
        "≥60 a minute",
        "— in, ≥",
        "— an hour",
    ];
    says(&open(state, at, 0), 220, 120, &expected);

    let mut state = demo();
    change(&mut state, |snapshot| snapshot.endpoints[5].endpoint.model = None);
    says(&open(state, at, 0), 130, 60, &["Unknown: the quotas have not been read."]);
}

#[test]
fn at_80x24_it_scrolls_to_its_end_and_not_beyond() {
    let title = |scroll| text(&screen(&open(demo(), 1, scroll), &Theme::default(), 80, 24));
    assert!(title(0).contains("lines 1-19 of"), "{}", title(0));
    let (last, beyond) = (title(150), title(200));
    assert_eq!(last, beyond);
    assert!(last.contains("pool          us.anthropic.claude-sonnet-4-5"), "{last}");
    assert_ne!(title(0), title(1));
}

#[test]
fn a_row_that_is_gone_says_so() {
    let mut state = demo();
    state.view.detail = Some(Detail::of(RowId::Idle(EndpointId::from("gone"))));
    says(&state, 80, 24, &["This row is not there any more. Esc goes back."]);
}

#[test]
fn idle_endpoints_have_a_page_too() {
    let mut state = demo();
    state.view.show_idle = true;
    let last = state.rows().len() - 1;
    says(&open(state, last, 0), 80, 24, &["No traffic", "What it is", "idle.3"]);
}

#[test]
fn the_sorted_title_is_marked_and_shifts_nothing() {
    let mut state = demo();
    let title_of = |state: &State, ascii| {
        let buffer = screen(state, &Theme::new(Palette::Dark, ascii), 120, 40);
        text(&buffer).lines().nth(3).unwrap().to_owned()
    };
    let plain = title_of(&state, false);
    for (key, reversed, ascii, marked) in [
        (SortKey::Requests, false, false, "▼RPM"),
        (SortKey::Throttled, false, false, "▼THR5m"),
        (SortKey::Throttled, true, false, "▲THR5m"),
        (SortKey::Throttled, true, true, "^THR5m"),
        (SortKey::Name, false, false, "ENDPOINT▲"),
        (SortKey::Name, true, true, "ENDPOINTv"),
    ] {
        state.view.sort = Sort { by: Some(key), reversed };
        let title = title_of(&state, ascii);
        assert!(title.contains(marked), "{title}");
        assert_eq!(title.replace(['▼', '▲', 'v', '^'], " ").trim_end(), plain.replace('v', " ").trim_end());
    }
}

#[test]
fn what_the_filter_finds_is_marked_and_the_line_says_how_much() {
    let mut state = demo();
    state.view.filter.text = "sonnet".into();
    state.view.filter.typing = true;
    let buffer = screen(&state, &Theme::new(Palette::NoColour, false), 120, 40);
    let page = text(&buffer);
    assert!(page.contains("/ sonnet█  3 of 9 rows · ⏎ keep · Esc clear"), "{page}");
    assert!(page.contains("ENDPOINT /sonnet"), "{page}");
    let (y, line) = page.lines().enumerate().find(|(_, line)| line.contains("Sonnet 4.5 us pool")).unwrap();
    let x = line[..line.find("Sonnet").unwrap()].chars().count();
    let underlined = |x: usize| {
        buffer[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())].modifier.contains(Modifier::UNDERLINED)
    };
    assert!((x..x + 6).all(underlined) && !underlined(x + 7));

    state.view.filter.text = "llama".into();
    let page = text(&screen(&state, &Theme::default(), 80, 24));
    assert!(page.contains("None of 9 rows fits /llama. 1 endpoint without traffic does: a shows it."), "{page}");
    assert!(page.contains("0 of 9 rows"), "{page}");
    let small = text(&screen(&state, &Theme::default(), 60, 16));
    assert!(small.lines().last().unwrap().contains("/ llama█"), "{small}");
}

#[test]
fn latency_against_usual_and_cost_have_their_cells() {
    let mut state = demo();
    change(&mut state, |snapshot| {
        snapshot.endpoints[2].vs_usual_percent = Some(310.4);
        let cost = Cost { usd_per_hour: dollars(450_000), basis: CostBasis::Assumed, reserved_beside: false };
        let at = snapshot.pools.iter().position(|pool| pool.id.as_str().starts_with("openai")).unwrap();
        snapshot.pools[at].cost = Some(cost);
        snapshot.endpoints[2].cost = Some(cost);
    });
    let line = |state: &State| {
        let page = text(&screen(state, &Theme::default(), 120, 40));
        page.lines().find(|line| line.contains("gpt-oss-120b")).unwrap().to_owned()
    };
    assert!(line(&state).contains("+310%"), "{}", line(&state));
    state.view.columns = ColumnSet::Tiers;
    assert!(line(&state).contains("~$0.45 PSF  #F47 P26 S26"), "{}", line(&state));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_at_any_size_with_any_name(
        names in prop::collection::vec(odd_name(), 1..12),
        value in any::<f64>(),
        (width, height) in (1..=400_u16, 1..=80_u16),
        (show_idle, ascii, typing, detail) in any::<(bool, bool, bool, bool)>(),
        (at, scroll, set, key) in (0..20_usize, 0..220_u16, 0..3_usize, 0..SortKey::NUMBERS.len()),
        filter in ".{0,30}",
    ) {
        let mut state = odd_state(&names, value, show_idle, false);
        change(&mut state, |snapshot| snapshot.endpoints.iter_mut().for_each(|row| {
            row.vs_usual_percent = Some(value);
            row.usual = Some(Usual { low: value, median: value, high: -value, days: 3 });
            row.latency_recent = Some((minute("03:05"), Latency { p50: Some(value), p90: Some(-value), ..Latency::default() }));
        }));
        state.view.screen = Screen::Live;
        state.view.columns = ColumnSet::ALL[set];
        state.view.sort = Sort { by: Some(SortKey::NUMBERS[key]), reversed: typing };
        let rows = state.rows().len();
        prop_assert!(rows > 0);
        let mut state = if detail { open(state, at % rows, scroll) } else { state };
        state.view.filter.text = filter;
        state.view.filter.typing = typing;
        let number = Some(value);
        let call = Call { input: number, cache_write: number, output: number, max_tokens: number, seconds: number, burndown: number };
        let answers = Answers { longest: number, p99: Some((value, -value)), ..Answers::UNKNOWN };
        state.opened = typing.then(|| Opened { answers, standing: Standing::Here, ..opened(call) });
        if let Some(detail) = state.view.detail.as_mut().filter(|_| typing) {
            detail.what_if.typed = [(Field::ALL[key % 5], value), (Field::ALL[set], -value)].into();
            detail.what_if.editing = show_idle.then(|| Editing { field: Field::ALL[key % 5], text: "12345678901234.k".into(), is_old: false });
        }
        let buffer = screen(&state, &Theme::new(Palette::Dark, ascii), width, height);
        for cell in &buffer.content {
            prop_assert!(!cell.symbol().contains(char::is_control), "{:?}", cell.symbol());
            prop_assert!(!ascii || cell.symbol().is_ascii(), "{:?}", cell.symbol());
        }
    }
}
