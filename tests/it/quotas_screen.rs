//! The Quotas screen: what it opens on, the way from a quota to its endpoints and back, filters, order, copies, and what stands there when nothing is known.

use ratatui::layout::Size;
use tiertop::{
    app::{
        event::{CopyWhat, Effect, Event},
        quotas::{SortBy, Which},
        update::update,
        view::{RowId, Screen},
    },
    domain::quota_rows::QuotaRow,
    sim::faults::Kind,
    ui::{
        Palette, Theme, copy,
        pointing::{Touch, pointed_at},
    },
};

use crate::{
    flows::press,
    screens::{drawn, styled, text, watched},
    support::{Run, broken, scenario},
};

const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const SONNET_TPM: &str = "L-F4DDD3EB";

fn codes(run: &Run) -> Vec<String> {
    run.state.listed_quotas().iter().map(|row| row.known.quota.code.to_string()).collect()
}

fn at_cursor(run: &Run) -> &str {
    run.state.quota_at_cursor().unwrap().known.quota.code.as_str()
}

fn screen(run: &Run, size: (u16, u16)) -> String {
    text(&drawn(&run.state, &Theme::default(), size))
}

#[test]
fn the_screen_in_four_accounts_at_three_sizes_and_one_quota_in_full() {
    for name in ["healthy", "throttled", "zero-quota", "mantle"] {
        let mut run = watched(name);
        press(&mut run, "2");
        for size in [(200, 60), (120, 40), (80, 24)] {
            let buffer = drawn(&run.state, &Theme::new(Palette::Dark, false), size);
            insta::assert_snapshot!(format!("quotas-{name}-{}x{}", size.0, size.1), styled(&buffer));
        }
        press(&mut run, "<⏎>");
        let buffer = drawn(&run.state, &Theme::new(Palette::Light, false), (120, 40));
        insta::assert_snapshot!(format!("quota-{name}-120x40"), styled(&buffer));
    }
}

#[test]
fn it_opens_on_what_is_in_use_worst_first_and_on_the_zeros_where_nearly_all_are_zero() {
    let mut run = Run::polled(scenario("healthy"));
    press(&mut run, "2");
    assert_eq!(run.state.which_quotas(), Which::InUse);
    let rows = run.state.listed_quotas();
    let percents: Vec<f64> = rows.iter().filter_map(|row| row.peak_percent.or_else(|| row.used_percent())).collect();
    assert!(rows.len() > 10 && percents.is_sorted_by(|a, b| a >= b), "{percents:?}");
    let known = |row: &&QuotaRow| row.peak_percent.is_some() || row.used_percent().is_some();
    assert!(rows.is_sorted_by_key(|row| !known(row)), "what is unknown stands last");
    let mut blocked = Run::polled(scenario("zero-quota"));
    press(&mut blocked, "2");
    assert_eq!(blocked.state.which_quotas(), Which::Zero);
    let rows = blocked.state.listed_quotas();
    assert!(rows.iter().all(|row| row.known.in_force == Some(0.0)) && rows.len() > 300);
    assert!(rows[0].is_in_use(), "the zeros that calls run into come first");
    assert_eq!(rows[0].headroom_percent, None, "a zero is no percentage");
}

#[test]
fn a_request_quota_that_more_got_through_than_it_allows_warns_of_nothing() {
    let mut account = scenario("healthy");
    account.applied.insert("L-4A6BFAB1".into(), 5.0);
    let mut run = Run::polled(account);
    press(&mut run, "2");
    let rows = run.state.listed_quotas();
    let at = rows.iter().position(|row| row.known.quota.code.as_str() == "L-4A6BFAB1").unwrap();
    assert!(rows[at].peak_percent.is_some_and(|percent| percent > 100.0) && !rows[at].binds());
    assert!(rows[..at].iter().filter(|row| row.peak_percent.is_some()).count() > 3, "it stands behind what can be hit");
    let screen = screen(&run, (200, 60));
    let line = screen.lines().find(|line| line.contains("L-4A6BFAB1")).unwrap();
    assert!(!line.trim_start().starts_with('!'), "{line}");
}

#[test]
fn the_row_chosen_on_live_is_the_subject_and_the_way_goes_both_ways() {
    let mut run = Run::polled(scenario("throttled"));
    let row = |run: &Run| run.state.view.cursor.clone().unwrap();
    for down in 0..run.state.rows().len() {
        press(&mut run, "1gg");
        press(&mut run, &"j".repeat(down));
        let chosen = row(&run);
        press(&mut run, "2");
        assert_eq!(run.state.view.screen, Screen::Quotas);
        let quota = run.state.quota_at_cursor().unwrap();
        let (RowId::Pool(pool) | RowId::Member(pool, _)) = &chosen else { panic!("{chosen:?}") };
        let governed = run.snapshot().pools.iter().find(|known| known.id == *pool).unwrap();
        match governed.governing_quota() {
            Some(governing) => assert_eq!(quota.known.quota.code, governing.code, "{chosen:?}"),
            None if governed.quotas.is_empty() => continue,
            None => assert!(governed.quotas.iter().any(|known| known.code == quota.known.quota.code)),
        }
        press(&mut run, "e");
        assert_eq!(run.state.view.screen, Screen::Live);
        assert_eq!(row(&run), RowId::Pool(pool.clone()), "back on the pool");
    }
    // Another quota of the same pool stays chosen; from the page the way is the same.
    press(&mut run, "1gg2");
    assert_eq!(at_cursor(&run), SONNET_TPM);
    press(&mut run, "<⏎>e2");
    assert_eq!(at_cursor(&run), SONNET_TPM);
    assert_eq!(run.state.view.quotas.open, None);
}

#[test]
fn an_idle_endpoint_has_its_quota_and_a_quota_without_calls_its_idle_endpoint() {
    let mut run = Run::polled(scenario("healthy"));
    let idle = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    run.state.view.show_idle = true;
    run.state.view.cursor = Some(RowId::Idle(idle.into()));
    press(&mut run, "2");
    let row = run.state.quota_at_cursor().unwrap();
    assert!(row.known.endpoints.iter().any(|id| id.as_str() == idle) && !row.is_in_use(), "{:?}", row.known.quota.name);
    run.state.view.show_idle = false;
    press(&mut run, "e");
    assert_eq!(run.state.view.cursor, Some(RowId::Idle(idle.into())));
    assert!(run.state.view.show_idle && run.state.view.screen == Screen::Live);
}

#[test]
fn filters_and_orders_do_what_they_say() {
    let mut run = Run::polled(scenario("throttled"));
    press(&mut run, "2");
    let counted = |run: &Run, which: Which| run.snapshot().quotas.iter().filter(|row| which.holds(row)).count();
    for which in [
        Which::Inference,
        Which::Zero,
        Which::BelowDefault,
        Which::Adjustable,
        Which::Unmatched,
        Which::All,
        Which::InUse,
    ] {
        press(&mut run, "v");
        assert_eq!(run.state.which_quotas(), which);
        assert_eq!(codes(&run).len(), counted(&run, which), "{}", which.name());
    }
    press(&mut run, "v/below-default<⏎>");
    assert!(codes(&run).contains(&SONNET_TPM.to_owned()));
    assert!(run.state.listed_quotas().iter().all(|row| row.is_below_default()));
    press(&mut run, "<Esc>/scope:geo metric:tpm applied>=2m -sonnet<⏎>");
    let rows = run.state.listed_quotas();
    assert!(rows.len() > 5);
    for row in &rows {
        assert!(
            row.known.scope.name() == "geo"
                && row.known.in_force.unwrap() >= 2e6
                && !row.known.quota.name.contains("Sonnet")
        );
    }
    press(&mut run, "<Esc>s");
    for by in SortBy::ALL {
        run.state.view.quotas.sort = run.state.view.quotas.sort.by_column(by);
        let down = codes(&run);
        press(&mut run, "S");
        let up = codes(&run);
        assert_ne!(down, up, "{}", by.name());
        let (mut a, mut b) = (down, up);
        a.sort();
        b.sort();
        assert_eq!(a, b);
    }
    // What Esc takes away: the filter, the choice, the screen.
    press(&mut run, "/nova<⏎><Esc><Esc>");
    assert_eq!((run.state.view.quotas.which, run.state.view.screen), (None, Screen::Quotas));
    press(&mut run, "<Esc>");
    assert_eq!(run.state.view.screen, Screen::Live);
}

#[test]
fn what_is_clicked_is_what_is_drawn_and_what_is_copied_is_what_is_shown() {
    let mut run = Run::polled(scenario("healthy"));
    press(&mut run, "2");
    let size = Size::new(120, 40);
    let lines: Vec<String> = screen(&run, (120, 40)).lines().map(str::to_owned).collect();
    for line in 4..10_u16 {
        let pointed = pointed_at(&run.state, size, Touch::Click, 20, line).unwrap();
        let now = run.now();
        update(&mut run.state, Event::Pointed(pointed), now);
        let row = run.state.quota_at_cursor().unwrap();
        let label = row.known.label.clone().unwrap();
        assert!(lines[usize::from(line)].contains(&label), "{} {label}", lines[usize::from(line)]);
    }
    assert_eq!(press(&mut run, "yc"), [Effect::Copy(CopyWhat::QuotaCode)]);
    assert_eq!(copy::text(&run.state, CopyWhat::QuotaCode).unwrap(), at_cursor(&run));
    let copied = copy::text(&run.state, CopyWhat::Quota).unwrap();
    for part in [at_cursor(&run), "MODEL ", "APPLIED ", "SIMULATED"] {
        assert!(copied.contains(part), "{part}: {copied}");
    }
    let now = run.now();
    let title = pointed_at(&run.state, size, Touch::Click, 60, 3).unwrap();
    update(&mut run.state, Event::Pointed(title), now);
    assert_ne!(run.state.view.quotas.sort.by, SortBy::Peak);
    let tab = pointed_at(&run.state, size, Touch::Click, 10, 2).unwrap();
    press(&mut run, "1");
    update(&mut run.state, Event::Pointed(tab), now);
    assert_eq!(run.state.view.screen, Screen::Quotas);
}

#[test]
fn without_quotas_it_says_why_and_with_some_it_says_what_is_unknown() {
    let mut denied = Run::polled(broken(&[("servicequotas:*", Kind::Denied)]));
    press(&mut denied, "2");
    let shown = screen(&denied, (80, 24));
    assert!(shown.contains("servicequotas:List") && shown.contains("Next:"), "{shown}");
    let mut loading = Run::new(scenario("healthy"));
    press(&mut loading, "2");
    assert!(screen(&loading, (80, 24)).contains("Reading the quotas"));
    let mut half = Run::polled(broken(&[("servicequotas:ListServiceQuotas", Kind::Denied)]));
    press(&mut half, "2v");
    let shown = screen(&half, (120, 40));
    assert!(shown.contains("the applied values have not been read"), "{shown}");
    assert!(
        half.state.listed_quotas().iter().all(|row| row.known.in_force.is_none() && row.headroom_percent.is_none())
    );
}

#[test]
fn nothing_of_the_account_s_own_is_shown_while_hidden() {
    let mut run = Run::polled(scenario("healthy"));
    run.state.view.cursor = Some(RowId::Pool(run.pool(SONNET).id.clone()));
    press(&mut run, "2<⏎>");
    assert!(screen(&run, (120, 40)).contains("a1b2c3d4e5f6"));
    press(&mut run, "x");
    assert!(!screen(&run, (120, 40)).contains("a1b2c3d4e5f6"));
}
