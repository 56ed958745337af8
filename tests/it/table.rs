//! The table's hands: filter, sorting, sets of columns, the Detail view, by the keys that a user presses; and what endpoints cost.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ratatui::{Terminal, backend::TestBackend};
use tiertop::{
    app::{
        event::Event,
        filter::parse,
        sort::{Sort, SortKey},
        state::Row,
        update::update,
        view::{ColumnSet, Detail, RowId},
    },
    domain::{
        catalog::{EndpointKind, Scope},
        chart::Panel,
        cost::{self, CostBasis},
        pricing::Prices,
        snapshot::{Bound, EndpointRow, TierBasis, TierUse},
        tier::Tier,
    },
    ui::{self, Theme},
};

use crate::{
    flows::press,
    properties::config,
    support::{Run, scenario},
};

fn healthy() -> Run {
    Run::polled(scenario("healthy"))
}

/// The ids of the endpoints that are shown: members, and pools of one.
fn shown(run: &Run) -> BTreeSet<String> {
    run.state.rows().iter().filter_map(|row| endpoint(run, row)).map(|row| row.endpoint.id.to_string()).collect()
}

fn endpoint<'a>(run: &'a Run, row: &Row) -> Option<&'a EndpointRow> {
    row.endpoint.map(|index| &run.snapshot().endpoints[index])
}

fn filter(run: &mut Run, text: &str) {
    press(run, "<Esc>/");
    let now = run.now();
    update(&mut run.state, Event::Pasted(text.to_owned()), now);
    press(run, "<⏎>");
    assert_eq!((run.state.view.filter.text.as_str(), run.state.view.filter.typing), (text, false));
}

/// The screen's text at 120×40.
fn screen(run: &Run) -> String {
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| ui::draw(frame, &run.state, &Theme::default())).unwrap();
    terminal.backend().to_string()
}

#[test]
fn one_key_says_why_also_where_the_filter_hides_the_row_meanwhile() {
    let mut run = Run::polled(scenario("throttled"));
    assert!(screen(&run).contains("⏎ why"));
    press(&mut run, "<⏎>");
    for said in [" Why ", "/min = input ", "Not counted: what "] {
        assert!(screen(&run).contains(said), "{said}\n{}", screen(&run));
    }
    let (charts, why) = (run.state.charts.clone(), run.state.why.clone());
    assert!(!charts.is_empty() && why.is_some());
    run.state.view.filter.text = "nothing-is-called-so".to_owned();
    press(&mut run, "<PgDn><PgUp>");
    assert_eq!(run.state.rows(), []);
    assert_eq!((run.state.charts.clone(), run.state.why.clone()), (charts, why), "they are of the row that is open");
}

#[test]
fn counts_that_may_miss_calls_are_lower_bounds_in_every_cell() {
    let mut run = Run::polled(scenario("id-suffix"));
    let id = "us.amazon.nova-2-lite-v1:0";
    assert_eq!(run.row(id).counts, Bound::AtLeast);
    press(&mut run, "v");
    press(&mut run, "v");
    filter(&mut run, "nova -kind:app");
    let screen = screen(&run);
    let row = screen.lines().find(|line| line.contains("Nova 2 Lite us profile")).unwrap();
    assert!(row.matches('≥').count() >= 3, "use, tokens in and out: {row}");
    let found = run.state.found();
    assert!(screen.contains(&format!("{} of {} rows · /nova", found.shown, found.of)), "{screen}");
    assert!(run.state.rows().len() < run.active().len());
}

#[test]
fn esc_takes_away_the_cross_hair_then_the_zoom_then_the_filter() {
    let mut run = healthy();
    filter(&mut run, "sonnet");
    press(&mut run, "-<←>");
    let left = |run: &Run| {
        let (charts, filter) = (&run.state.view.charts, &run.state.view.filter);
        (charts.cross.is_some(), charts.window_minutes.is_some(), !filter.is_empty())
    };
    assert_eq!(left(&run), (true, true, true));
    for expected in [(false, true, true), (false, false, true), (false, false, false)] {
        press(&mut run, "<Esc>");
        assert_eq!(left(&run), expected);
    }
}

#[test]
fn keys_find_the_worst_minute_and_come_back_to_now() {
    let mut run = healthy();
    press(&mut run, "<Tab>tw");
    let chart = run.state.charts.iter().find(|chart| chart.panel == Panel::Attempts).unwrap();
    let values: Vec<f64> = chart.lines[0].points.iter().filter_map(|cell| cell.value()).collect();
    let at = run.state.view.charts.cross.expect("a cross-hair");
    let point = usize::try_from((at.0 - chart.span.first.0) / chart.period_minutes).unwrap();
    assert_eq!(chart.lines[0].points[point].value(), values.into_iter().reduce(f64::max));
    press(&mut run, "0");
    let charts = &run.state.view.charts;
    assert_eq!((charts.cross, charts.window_minutes, charts.end), (None, None, None));
}

#[test]
fn letters_filter_while_they_are_typed_and_esc_takes_the_filter_away() {
    let mut run = healthy();
    let all = run.state.rows();
    press(&mut run, "/");
    assert!(run.state.view.filter.typing);
    let mut before = all.len();
    for key in ["s", "o", "n", "n", "e", "t"] {
        press(&mut run, key);
        assert!(run.state.rows().len() <= before, "each letter finds less or the same");
        before = run.state.rows().len();
    }
    let sonnets = run.active().iter().filter(|row| row.endpoint.model_name.contains("Sonnet")).count();
    assert_eq!((shown(&run).len(), sonnets > 2), (sonnets, true));
    press(&mut run, "<Ctrl-W>q<Backspace>");
    assert_eq!(run.state.rows(), all);
    press(&mut run, "nova<⏎>j");
    assert_eq!(run.state.view.filter.text, "nova");
    press(&mut run, "<Esc>");
    assert_eq!((run.state.rows(), run.state.view.filter.text.as_str()), (all, ""));
    press(&mut run, "/sonnet<Esc>");
    assert_eq!((run.state.view.filter.text.as_str(), run.state.view.filter.typing), ("", false));
}

#[test]
fn terms_find_what_they_say() {
    type Is = fn(&EndpointRow) -> bool;
    let terms: [(&str, Is); 16] = [
        ("tier:flex", |row| row.tiers.iter().any(|used| used.asked == Tier::Flex || used.served == Some(Tier::Flex))),
        ("served:pri", |row| row.tiers.iter().any(|used| used.served == Some(Tier::Priority))),
        ("asked:standard", |row| row.tiers.iter().any(|used| used.asked == Tier::Standard)),
        ("provider:amazon", |row| row.endpoint.provider == "Amazon"),
        ("model:nova", |row| row.endpoint.model_name.contains("Nova")),
        ("scope:US", |row| row.endpoint.scope == Some(Scope::Geo("us".into()))),
        ("scope:region", |row| row.endpoint.scope == Some(Scope::InRegion)),
        ("kind:app", |row| row.endpoint.kind == EndpointKind::ApplicationProfile),
        ("rpm>50", |row| row.rpm_now.is_some_and(|rpm| rpm > 50.0)),
        ("tpm>=1m", |row| row.tpm_now.is_some_and(|tpm| tpm >= 1e6)),
        ("4xx", |row| row.client_errors.is_some_and(|count| count > 0.0)),
        ("p90>10", |row| p90(row).is_some_and(|p90| p90 > 10_000.0)),
        ("-p90>10", |row| p90(row).is_some_and(|p90| p90 <= 10_000.0)),
        ("cost>50", |row| row.cost.is_some_and(|cost| cost.usd_per_hour.approximately() > 50.0)),
        ("!provider:anthropic", |row| row.endpoint.provider != "Anthropic"),
        ("provider:anthropic rpm>20 -kind:app", |row| {
            row.endpoint.provider == "Anthropic"
                && row.rpm_now.is_some_and(|rpm| rpm > 20.0)
                && row.endpoint.kind != EndpointKind::ApplicationProfile
        }),
    ];
    let mut run = healthy();
    for (text, is) in terms {
        filter(&mut run, text);
        let expected: BTreeSet<String> =
            run.active().into_iter().filter(|row| is(row)).map(|row| row.endpoint.id.to_string()).collect();
        assert!(!expected.is_empty() && expected.len() < run.active().len(), "{text} tells nothing: {expected:?}");
        assert_eq!(shown(&run), expected, "{text}");
    }
}

fn p90(row: &EndpointRow) -> Option<f64> {
    row.latency_recent.as_ref()?.1.p90
}

#[test]
fn tags_are_found_in_three_ways() {
    let mut run = healthy();
    let tagged = run.active().into_iter().find_map(|row| {
        let (key, value) = row.tags.as_ref()?.iter().next()?;
        Some((row.endpoint.id.to_string(), key.clone(), value.clone()))
    });
    let (id, key, value) = tagged.unwrap();
    for text in
        [format!("tag:{key}={value}"), format!("{key}:{value}"), format!("{key}={value}"), format!("tag:{value}")]
    {
        filter(&mut run, &text);
        assert!(shown(&run).contains(&id) && shown(&run).len() < run.active().len(), "{text}");
    }
}

#[test]
fn a_pool_found_by_name_has_all_its_members_and_else_those_that_are_found() {
    let mut run = Run::polled(scenario("throttled"));
    filter(&mut run, "sonnet-4-5");
    let of_pool = |run: &Run| run.state.rows().iter().filter(|row| matches!(row.id, RowId::Member(..))).count();
    assert_eq!((of_pool(&run), run.state.rows().len()), (2, 3));
    filter(&mut run, "sonnet used>30");
    let rows = run.state.rows();
    assert_eq!((rows.len(), of_pool(&run), rows[1].last_member), (2, 1, true), "{rows:?}");
    filter(&mut run, "sonnet used>50");
    assert_eq!(run.state.rows().len(), 1, "the pool alone");
    filter(&mut run, "throttled");
    assert!(run.state.rows().iter().all(|row| row.pool == rows[0].pool), "nobody else is refused");
    assert_eq!(run.state.rows().len(), 3);
}

#[test]
fn a_filter_that_finds_nothing_counts_the_idle_ones_that_fit() {
    let mut run = healthy();
    let idle = run.snapshot().endpoints.iter().find(|row| !row.active && row.endpoint.kind == EndpointKind::Model);
    let id = idle.unwrap().endpoint.id.to_string();
    filter(&mut run, &id);
    let found = run.state.found();
    assert!(run.state.rows().is_empty() && found.idle_beside > 0 && found.shown == 0, "{found:?}");
    assert_eq!(run.state.view.cursor, None);
    press(&mut run, "a");
    let rows = run.state.rows();
    assert_eq!(rows.len(), found.idle_beside);
    assert_eq!(run.state.view.cursor.as_ref(), Some(&rows[0].id));
    assert_eq!(run.state.found().idle_beside, 0);
    press(&mut run, "<Esc>");
    assert_eq!(run.state.view.cursor.as_ref(), Some(&rows[0].id), "the cursor follows its row");
}

#[test]
fn what_is_not_understood_filters_nothing() {
    let mut run = healthy();
    let all = run.state.rows();
    for text in ["used>", "kind:nothing", "frobs>3"] {
        filter(&mut run, text);
        assert_eq!(run.state.rows(), all, "{text}");
        assert!(parse(text).problem.is_some());
    }
}

/// The values of the pools' rows, or of a pool's members.
fn values(run: &Run, rows: &[&Row], of: fn(&EndpointRow) -> Option<f64>, descending: bool) -> Vec<Option<f64>> {
    let value = |row: &&Row| match endpoint(run, row) {
        Some(endpoint) => of(endpoint),
        // Percentiles of several endpoints are not known: the pool stands where its first member would.
        None if of(run.row("amazon.titan-embed-text-v2:0")).is_none() => {
            let members = run.snapshot().pools[row.pool.unwrap()].members.iter();
            let known = members.filter_map(|at| of(&run.snapshot().endpoints[*at]));
            known.reduce(if descending { f64::max } else { f64::min })
        }
        None => {
            run.snapshot().pools[row.pool.unwrap()].members.iter().map(|at| of(&run.snapshot().endpoints[*at])).sum()
        }
    };
    rows.iter().map(value).collect()
}

fn is_ordered(values: &[Option<f64>], descending: bool) -> bool {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let unknown_last = values[known.len()..].iter().all(Option::is_none);
    unknown_last && known.windows(2).all(|pair| if descending { pair[0] >= pair[1] } else { pair[0] <= pair[1] })
}

#[test]
fn rows_are_sorted_by_any_column_members_among_themselves_and_the_cursor_stays_on_its_row() {
    type Of = fn(&EndpointRow) -> Option<f64>;
    let sums: [(SortKey, Of); 4] = [
        (SortKey::Requests, |row| row.rpm_now),
        (SortKey::ClientErrors, |row| row.client_errors),
        (SortKey::Output, |row| row.output_tokens),
        (SortKey::FirstToken, |row| row.ttft_recent.as_ref()?.1.p50),
    ];
    let mut run = healthy();
    press(&mut run, "jjj");
    let (cursor, by_trouble) = (run.state.view.cursor.clone(), run.state.rows());
    for (key, of) in sums {
        for reversed in [false, true] {
            run.state.view.sort = Sort::default().by_column(key);
            press(&mut run, if reversed { "S" } else { "" });
            let rows = run.state.rows();
            let pools: Vec<&Row> = rows.iter().filter(|row| matches!(row.id, RowId::Pool(_))).collect();
            assert!(is_ordered(&values(&run, &pools, of, !reversed), !reversed), "{key:?} {reversed}");
            for pool in &pools {
                let is_member = |row: &&Row| matches!(row.id, RowId::Member(..)) && row.pool == pool.pool;
                let members: Vec<&Row> = rows.iter().filter(is_member).collect();
                assert!(is_ordered(&values(&run, &members, of, !reversed), !reversed), "{key:?} {reversed}");
                assert!(members.is_empty() || members.last().unwrap().last_member);
                let at = rows.iter().position(|row| row == *pool).unwrap();
                assert!(members.iter().enumerate().all(|(n, member)| rows[at + 1 + n] == **member), "under their pool");
            }
            assert_eq!((run.state.view.cursor.clone(), rows.len()), (cursor.clone(), by_trouble.len()));
        }
    }
    run.state.view.sort = Sort::default();
    for _ in 0..=SortKey::of(ColumnSet::Load).len() {
        press(&mut run, "s");
    }
    assert_eq!((run.state.view.sort, run.state.rows()), (Sort::default(), by_trouble), "trouble's order is as it was");
}

#[test]
fn sorting_by_trouble_turned_round_has_the_worst_last() {
    let mut run = Run::polled(scenario("throttled"));
    let first = run.state.view.order[0].clone();
    press(&mut run, "S");
    let rows = run.state.rows();
    let last = rows.iter().rfind(|row| matches!(row.id, RowId::Pool(_))).unwrap();
    assert_eq!(last.id, RowId::Pool(first));
}

#[test]
fn v_goes_round_the_sets_of_columns_and_moves_nothing() {
    let mut run = healthy();
    press(&mut run, "jjs");
    let (cursor, rows) = (run.state.view.cursor.clone(), run.state.rows());
    for set in [ColumnSet::Latency, ColumnSet::Tiers, ColumnSet::Load] {
        press(&mut run, "v");
        assert_eq!((run.state.view.columns, &run.state.view.cursor, &run.state.rows()), (set, &cursor, &rows));
    }
}

#[test]
fn enter_opens_a_row_and_esc_goes_back_to_it() {
    let mut run = healthy();
    filter(&mut run, "sonnet");
    press(&mut run, "jj");
    let cursor = run.state.view.cursor.clone().unwrap();
    press(&mut run, "<⏎>");
    assert_eq!(run.state.view.detail, Some(Detail::of(cursor.clone())));
    press(&mut run, "jjj<PgDn>k");
    assert_eq!(run.state.view.detail.as_ref().map(|detail| detail.scroll), Some(12));
    press(&mut run, "gg");
    assert_eq!(run.state.view.detail.as_ref().map(|detail| detail.scroll), Some(0));
    press(&mut run, "s/v");
    assert!(
        run.state.view.detail.is_some() && !run.state.view.filter.typing && run.state.view.columns == ColumnSet::Load
    );
    run.minute();
    assert!(run.state.view.detail.is_some());
    press(&mut run, "<Esc>");
    assert_eq!((run.state.view.detail.clone(), run.state.view.cursor.clone()), (None, Some(cursor)));
    assert_eq!(run.state.view.filter.text, "sonnet");
}

fn tier(asked: Tier, served: Tier, quota_tokens: Option<f64>, requests: f64) -> TierUse {
    TierUse { asked, served: Some(served), quota_tokens, requests: Some(requests), basis: TierBasis::EstimateSamples }
}

/// gpt-oss-120b with a million tokens in and half a million out in an hour: 0.15 + 0.30 dollars at Standard, 0.2625 + 0.525 at Priority, half at Flex.
fn priced(run: &Run, tiers: Vec<TierUse>) -> EndpointRow {
    EndpointRow {
        counts: Bound::Exact,
        requests: Some(100.0),
        input_tokens: Some(1e6),
        output_tokens: Some(5e5),
        cache_read_tokens: Some(0.0),
        cache_write_tokens: Some(0.0),
        tiers,
        ..run.row("openai.gpt-oss-120b-1:0").clone()
    }
}

#[test]
fn a_cost_is_exact_split_or_assumed_and_else_unknown() {
    use Tier::{Flex, Priority, Reserved, Standard};
    let run = healthy();
    let cost = |row: &EndpointRow, minutes| {
        let cost = cost::of_endpoint(row, Prices::built_in(), &run.state.session.region, minutes)?;
        Some((cost.usd_per_hour.to_string(), cost.basis, cost.reserved_beside))
    };
    let of = |tiers| cost(&priced(&run, tiers), 60);
    let is = |usd: &str, basis, reserved| Some((usd.to_owned(), basis, reserved));
    assert_eq!(of(vec![tier(Standard, Standard, None, 100.0)]), is("0.45", CostBasis::Served, false));
    assert_eq!(
        of(vec![tier(Priority, Flex, None, 100.0)]),
        is("0.225", CostBasis::Served, false),
        "by the tier that served"
    );
    let split = vec![tier(Priority, Priority, Some(20.0), 40.0), tier(Standard, Standard, Some(60.0), 60.0)];
    assert_eq!(of(split), is("0.534375", CostBasis::Split, false));
    assert_eq!(of(vec![]), is("0.45", CostBasis::Assumed, false));
    assert_eq!(
        of(vec![tier(Standard, Standard, None, 50.0)]),
        is("0.45", CostBasis::Assumed, false),
        "not of all calls"
    );
    let spill = vec![tier(Reserved, Reserved, Some(30.0), 50.0), tier(Reserved, Standard, Some(10.0), 50.0)];
    assert_eq!(of(spill), is("0.1125", CostBasis::Split, true));
    assert_eq!(of(vec![tier(Reserved, Reserved, None, 100.0)]), is("0", CostBasis::Served, true));
    assert_eq!(cost(&priced(&run, vec![]), 180), is("0.15", CostBasis::Assumed, false), "a third in three hours");

    let unknown_split = vec![tier(Priority, Priority, None, 40.0), tier(Standard, Standard, Some(60.0), 60.0)];
    assert_eq!(of(unknown_split), None, "how much which tier served is not known");
    assert_eq!(of(vec![tier(Standard, "ultrafast".into(), None, 100.0)]), None, "no such price");
    let row = priced(&run, vec![]);
    for unknown in [
        EndpointRow { input_tokens: None, ..row.clone() },
        EndpointRow { cache_read_tokens: None, ..row.clone() },
        EndpointRow { cache_read_tokens: Some(5.0), ..row.clone() },
        EndpointRow { counts: Bound::AtLeast, ..row.clone() },
    ] {
        assert_eq!(cost(&unknown, 60), None);
    }
    assert_eq!(cost(&row, 0), None);
    let nothing = EndpointRow { input_tokens: Some(0.0), output_tokens: Some(0.0), ..row };
    assert_eq!(cost(&nothing, 60), is("0", CostBasis::Served, false), "nothing costs nothing");
}

#[test]
fn a_pool_costs_what_its_members_cost() {
    let run = healthy();
    let several = run.snapshot().pools.iter().find(|pool| pool.members.len() > 1 && pool.cost.is_some()).unwrap();
    let members = || several.members.iter().filter_map(|at| run.snapshot().endpoints[*at].cost);
    assert_eq!(several.cost.map(|cost| cost.usd_per_hour), Some(members().map(|cost| cost.usd_per_hour).sum()));
    assert_eq!(several.cost.map(|cost| cost.basis), members().map(|cost| cost.basis).max());
    assert_eq!(cost::together([members().next(), None].into_iter()), None);
}

#[test]
fn any_filter_shows_a_part_of_the_rows_in_their_order() {
    let mut run = Run::polled(scenario("reserved-spill"));
    press(&mut run, "a");
    let all = run.state.rows();
    let same = |a: &Row, b: &Row| a.id == b.id;
    proptest!(config(100), |(text in "[-!]?(used|peak|rpm|4xx|p90|tier|scope|kind|tag|s|o|a|us|near|idle|slow|errors)[<>=:]{0,2}[0-9a-z]{0,3}( [a-z]{0,3})?", by in 0..21_usize, reversed in any::<bool>())| {
        let mut state = run.state.clone();
        state.view.filter.text.clone_from(&text);
        let rows = state.rows();
        let mut rest = all.iter();
        prop_assert!(rows.iter().all(|row| rest.any(|other| same(other, row))), "{text}");
        prop_assert_eq!(state.found().shown, rows.len());
        state.view.sort = Sort { by: SortKey::NUMBERS.get(by).copied(), reversed };
        let ids = |rows: &[Row]| rows.iter().map(|row| row.id.clone()).collect::<BTreeSet<_>>();
        prop_assert_eq!(ids(&state.rows()), ids(&rows), "sorting loses nothing");
    });
}
