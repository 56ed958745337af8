//! Whole screens: text, styles, sizes, odd names, and the pictures of the README.

mod hands;

use proptest::prelude::*;
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier},
};

use super::{
    fixtures::{change, demo, denied, endpoint, fail, loading, pool, quiet, quota, row, state, usage},
    theme::{Palette, Theme},
    verdict::{Level, verdict},
};
use crate::{
    app::state::State,
    app::view::Overlay,
    domain::{
        catalog::Scope,
        fault::Source,
        snapshot::{Provenance, Unattributed, ZeroQuotas},
    },
};

fn screen(state: &State, theme: &Theme, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| super::draw(frame, state, theme)).unwrap();
    terminal.backend().buffer().clone()
}

fn dark(state: &State, width: u16, height: u16) -> Buffer {
    screen(state, &Theme::default(), width, height)
}

fn lines(buffer: &Buffer) -> Vec<String> {
    (0..buffer.area.height).map(|y| line(buffer, y).trim_end().to_owned()).collect()
}

fn line(buffer: &Buffer, y: u16) -> String {
    let mut line = String::new();
    let mut x = 0;
    while x < buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        line.push_str(symbol);
        x += u16::try_from(super::text::width(symbol).max(1)).unwrap();
    }
    line
}

fn text(buffer: &Buffer) -> String {
    lines(buffer).join("\n")
}

/// Where a text starts.
fn find(buffer: &Buffer, wanted: &str) -> (u16, u16) {
    let found = lines(buffer).iter().enumerate().find_map(|(y, line)| {
        let at = line.find(wanted)?;
        Some((u16::try_from(line[..at].chars().count()).unwrap(), u16::try_from(y).unwrap()))
    });
    found.unwrap_or_else(|| panic!("{wanted:?} is not on the screen:\n{}", text(buffer)))
}

#[test]
fn the_demo_at_120x40() {
    insta::assert_snapshot!(text(&dark(&demo(), 120, 40)));
}

#[test]
fn the_demo_at_80x24() {
    insta::assert_snapshot!(text(&dark(&demo(), 80, 24)));
}

#[test]
fn the_demo_at_200x60_with_idle_endpoints() {
    let mut state = demo();
    state.view.show_idle = true;
    insta::assert_snapshot!(text(&dark(&state, 200, 60)));
}

#[test]
fn the_demo_at_60x16_is_verdict_and_table() {
    insta::assert_snapshot!(text(&dark(&demo(), 60, 16)));
}

#[test]
fn the_demo_in_ascii() {
    let buffer = screen(&demo(), &Theme::new(Palette::NoColour, true), 120, 40);
    assert!(text(&buffer).is_ascii());
    insta::assert_snapshot!(text(&buffer));
}

#[test]
fn help_lists_keys_marks_and_columns() {
    let mut state = demo();
    state.view.overlay = Some(Overlay::Help(0));
    insta::assert_snapshot!(text(&dark(&state, 120, 60)));
    state.view.overlay = Some(Overlay::Help(9_999));
    assert!(text(&dark(&state, 80, 24)).contains("--no-mouse"), "scrolled to its end and not beyond");
}

#[test]
fn what_is_empty_says_why() {
    let no_traffic = state(vec![], vec![]);
    insta::assert_snapshot!("no_traffic", text(&dark(&no_traffic, 100, 20)));
    insta::assert_snapshot!("loading", text(&dark(&loading(), 100, 20)));
    let mut failed = loading();
    failed.feeds.values_mut().for_each(|feed| feed.asking = false);
    fail(&mut failed, denied(Source::Metrics, "cloudwatch:GetMetricData"));
    insta::assert_snapshot!("denied", text(&dark(&failed, 100, 20)));
}

#[test]
fn too_small_says_so_in_one_line() {
    assert_eq!(lines(&dark(&demo(), 39, 8))[0], "!! too small: 39×8, needs 40×8");
    assert_eq!(lines(&dark(&quiet(), 39, 3))[0], "too small: 39×3, needs 40×8");
    assert_eq!(text(&dark(&demo(), 1, 1)), "…");
}

#[test]
fn what_matters_has_its_style() {
    let buffer = dark(&demo(), 120, 40);
    let (x, y) = find(&buffer, "THROTTLED");
    assert_eq!(buffer[(x, y)].fg, Color::LightRed);
    assert!(buffer[(x, y)].modifier.contains(Modifier::BOLD));
    let (x, y) = find(&buffer, "Sonnet 4.5 us pool");
    assert_eq!(buffer[(x, y)].bg, Color::Indexed(238), "the cursor's row");
    assert_eq!(buffer[(119, y)].bg, Color::Indexed(238), "to the edge");
    assert_eq!(buffer[(0, y + 1)].bg, Color::Reset);
    let (x, y) = find(&buffer, "  14%  ");
    let x = x + 2;
    assert_eq!(buffer[(x, y)].fg, Color::LightRed);
}

#[test]
fn stale_rows_are_dim_and_say_why() {
    let mut state = demo();
    fail(&mut state, denied(Source::Metrics, "cloudwatch:GetMetricData"));
    let buffer = dark(&state, 120, 40);
    let (x, y) = find(&buffer, "gpt-oss-120b");
    assert!(buffer[(x, y)].modifier.contains(Modifier::DIM));
    find(&buffer, "metrics denied: needs cloudwatch:GetMetricData · last good 03:12Z");
}

#[test]
fn simulated_can_not_be_missed() {
    let mut state = demo();
    state.session.provenance = Provenance::Simulated;
    state.session.scenario = Some("throttled".into());
    for (width, height) in [(120, 40), (80, 24), (60, 16)] {
        for palette in [Palette::Dark, Palette::Light, Palette::NoColour] {
            let buffer = screen(&state, &Theme::new(palette, false), width, height);
            let at = find(&buffer, "SIMULATED");
            assert!(buffer[at].modifier.contains(Modifier::REVERSED | Modifier::BOLD), "{palette:?} {width}");
        }
    }
}

#[test]
fn without_colour_there_is_no_colour() {
    let buffer = screen(&demo(), &Theme::new(Palette::NoColour, false), 120, 40);
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
}

#[test]
fn every_row_names_its_model() {
    let mut state = demo();
    state.view.show_idle = true;
    for (width, height) in [(200, 60), (120, 40), (80, 36), (60, 24)] {
        let text = text(&dark(&state, width, height));
        let is_row = |line: &&str| !line.contains("THROTTLED") && !line.contains('─');
        assert_eq!(text.lines().filter(is_row).filter(|line| line.contains("Sonnet 4.5")).count(), 3, "{text}");
        for name in ["gpt-oss-120b", "Haiku 4.5 global", "Nova 2 Lite us", "Kimi K3", "Llama 3.3 70B", "日本語モデル"]
        {
            assert!(text.contains(name), "{width}: {name}\n{text}");
        }
    }
}

#[test]
fn a_quota_of_zero_and_an_ambiguous_one_are_states() {
    let rows: Vec<_> = ["a", "b"]
        .map(|id| row(endpoint("Model", Some(Scope::InRegion), id), 9.0, usage(5.0, 9.0, "03:00", |_| 1.0)))
        .into();
    let zero = pool(&rows, vec![0], rows[0].usage.clone(), vec![quota(Some(0.0), &rows[0].usage)]);
    let mut ambiguous = quota(None, &rows[1].usage);
    ambiguous.headroom_percent = Some(10.0);
    ambiguous.matched = crate::domain::matching::Match::Ambiguous { candidates: vec!["x".into(), "y".into()] };
    let ambiguous = pool(&rows, vec![1], rows[1].usage.clone(), vec![ambiguous]);
    let buffer = dark(&state(rows, vec![zero, ambiguous]), 120, 40);
    find(&buffer, "0 quota");
    find(&buffer, "ambiguous");
    assert!(!text(&buffer).contains("90%"), "no percentage of a limit that is not certain");
    find(&buffer, "QUOTA IS 0  Model: the limit in force is 0 TPM (L-F4DDD3EB)");
}

#[test]
fn verdicts() {
    let check = |state: &State, level: Level, start: &str, hint: &str| {
        let verdict = verdict(state);
        assert!(
            verdict.level == level && verdict.text.starts_with(start) && verdict.hint.contains(hint),
            "{verdict:?}"
        );
    };
    let throttled =
        "THROTTLED 03:02Z→now  Claude Sonnet 4.5 us: 14% of attempts refused, peak 97% of 2.0M TPM at 03:06Z";
    check(&demo(), Level::Bad, throttled, "+3 more");
    check(&quiet(), Level::Calm, "quiet: worst 41% (Claude Haiku 4.5 global), no refusals for 3 h", "");
    check(
        &loading(),
        Level::Unknown,
        "loading… asking identity, catalog, tags, discovery, metrics, service-quotas",
        "",
    );
    check(&state(vec![], vec![]), Level::Calm, "no traffic: nothing called Bedrock in us-east-1 in the last 3 h", "");

    let mut state = quiet();
    change(&mut state, |snapshot| snapshot.endpoints[0].throttles = None);
    check(&state, Level::Unknown, "throttles not known yet", "");
    change(&mut state, |snapshot| snapshot.endpoints[0].throttles = Some(212.0));
    check(&state, Level::Calm, "quiet now: worst 41% (Claude Haiku 4.5 global), 212 refused earlier in 3 h", "");
    change(&mut state, |snapshot| snapshot.zero_quotas = Some(ZeroQuotas { zero: 391, known: 398 }));
    check(&state, Level::Bad, "QUOTAS ARE 0  391 of 398 inference quotas in us-east-1 are 0", "says why");

    let mut state = quiet();
    change(&mut state, |snapshot| snapshot.endpoints[0].server_errors_now = Some(3.0));
    check(&state, Level::Warn, "5xx  Claude Haiku 4.5 global: 3 server errors in 5 min", "");
    let mut state = quiet();
    change(&mut state, |snapshot| snapshot.pools[0].quotas[0].peak_percent = Some(85.0));
    check(&state, Level::Warn, "NEAR LIMIT  Claude Haiku 4.5 global: peak 85% of 5.0M TPM at 02:20Z, 41% now", "");
    let mut state = quiet();
    change(&mut state, |snapshot| {
        snapshot.endpoints[0].tiers = vec![super::fixtures::tier("reserved", Some("default"), 1200.0)];
    });
    check(
        &state,
        Level::Warn,
        "OTHER TIER  Claude Haiku 4.5 global: asked reserved, served standard, 1.2k requests in 3 h",
        "",
    );
    let mut state = quiet();
    change(&mut state, |snapshot| {
        snapshot.unattributed = vec![Unattributed { what: "server-errors".into(), count: 12.0 }];
    });
    check(&state, Level::Unknown, "UNATTRIBUTED  12 server errors in 3 h that no endpoint explains", "");
}

#[test]
fn a_failed_source_is_never_quiet() {
    let mut state = quiet();
    fail(&mut state, denied(Source::ServiceQuotas, "servicequotas:ListServiceQuotas"));
    let said = verdict(&state);
    assert!(said.text.starts_with("service-quotas denied: needs servicequotas:ListServiceQuotas"), "{said:?}");
    assert!(said.hint.starts_with("allow servicequotas:ListServiceQuotas"), "{said:?}");

    let mut state = quiet();
    fail(&mut state, denied(Source::Cache, "write"));
    assert!(verdict(&state).text.starts_with("quiet"), "tiertop's own cache hides nothing of the account");

    let mut state = demo();
    fail(&mut state, denied(Source::ServiceQuotas, "servicequotas:ListServiceQuotas"));
    let said = verdict(&state);
    assert!(said.text.starts_with("THROTTLED"), "the worst thing wins: {said:?}");
    assert_eq!(said.hint, "⏎ why · +4 more, service-quotas denied");

    let mut state = demo();
    state.now += jiff::SignedDuration::from_mins(30);
    fail(&mut state, denied(Source::Metrics, "cloudwatch:GetMetricData"));
    assert!(verdict(&state).text.starts_with("metrics denied"), "old data says nothing of now");
    state.feeds.values_mut().for_each(|feed| feed.fault = None);
    assert!(verdict(&state).text.starts_with("THROTTLED 03:02Z→03:11Z"), "and not `now` either");
}

#[test]
fn the_age_of_the_data_always_fits() {
    let mut state = demo();
    state.session.provenance = Provenance::Simulated;
    state.session.scenario = Some("expired-credentials".into());
    for width in 76..140 {
        let header = line(&dark(&state, width, 24), 0);
        assert!(header.contains("03:12Z, 1m50s old") && header.contains("SIMULATED: expired-credentials"), "{header}");
    }
}

/// Odd names: everything that has ever broken a table.
pub(super) fn odd_name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("日本語のとても長いモデル名".repeat(4)),
        Just("👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇩🇪".to_owned()),
        Just("e\u{301}\u{302}\u{303}\u{304}\u{305}".repeat(40)),
        Just("x".repeat(10_000)),
        Just("\u{1b}[2J\u{7}\r\n\t\u{0}\u{9b}31m".to_owned()),
        Just("\u{202e}gnorw\u{2066}\u{200b}\u{feff}".to_owned()),
        Just("لا لا كتاب हिन्दी क्षत्रिय ไทยกำ ㅎㅏㄴ".to_owned()),
        Just(String::new()),
        ".{0,40}",
        prop::collection::vec(any::<char>(), 0..60).prop_map(String::from_iter),
    ]
}

pub(super) fn odd_state(names: &[String], value: f64, show_idle: bool, help: bool) -> State {
    let mut state = demo();
    change(&mut state, |snapshot| {
        for (row, name) in snapshot.endpoints.iter_mut().zip(names.iter().cycle()) {
            row.endpoint.model_name.clone_from(name);
            row.endpoint.profile_name = row.endpoint.profile_name.as_ref().map(|_| name.clone());
            row.endpoint.scope = row.endpoint.scope.as_ref().map(|_| Scope::Geo(name.clone()));
            row.tags.get_or_insert_default().insert("Team".into(), name.clone());
            row.rpm_now = Some(value);
            row.in_flight = Some(-value);
        }
        snapshot.pools[0].rpm_now = Some(f64::NAN);
    });
    state.session.profile = Some(names[0].clone());
    state.session.provenance = Provenance::Simulated;
    state.session.scenario = Some(names[names.len() - 1].clone());
    state.view.show_idle = show_idle;
    state.view.overlay = help.then_some(Overlay::Help(0));
    let mut fault = denied(Source::Catalog, &names[0]);
    fault.message.clone_from(&names[0]);
    fail(&mut state, fault);
    state
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_columns_stay(
        names in prop::collection::vec(odd_name(), 1..12),
        value in any::<f64>(),
        (width, height) in (1..=400_u16, 1..=60_u16),
        (show_idle, help, ascii) in any::<(bool, bool, bool)>(),
    ) {
        let theme = Theme::new(Palette::Dark, ascii);
        let state = odd_state(&names, value, show_idle, help);
        let buffer = screen(&state, &theme, width, height);
        for cell in &buffer.content {
            prop_assert!(!cell.symbol().contains(char::is_control), "{:?}", cell.symbol());
            prop_assert!(!ascii || cell.symbol().is_ascii(), "{:?}", cell.symbol());
        }
        if !help && width >= 80 && height >= 24 {
            let body = Rect::new(0, 3, width, height - 4);
            columns_are_aligned(&buffer, super::live::parts(body, state.rows().len()).table);
        }
    }
}

/// Between two columns there is a blank in every row.
fn columns_are_aligned(buffer: &Buffer, table: Rect) {
    let placed = super::columns::place(table.width, crate::app::view::ColumnSet::default());
    for row in table.y + 1..table.bottom() {
        for pair in placed.windows(2) {
            let gap = pair[1].x - 1;
            assert_eq!(
                buffer[(gap, row)].symbol(),
                " ",
                "row {row}, before {}\n{}",
                pair[1].column.title,
                text(buffer)
            );
        }
    }
}

#[test]
fn every_size_from_1x1_to_400x200_draws() {
    let state = demo();
    for width in (1..=400).step_by(7) {
        for height in (1..=200).step_by(13).chain([1, 7, 8, 9, 16, 17]) {
            dark(&state, width, height);
        }
    }
}
