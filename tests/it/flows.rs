//! Keys through `update`: what each does to the view, and what it asks for.

use std::collections::{BTreeSet, HashSet};

use tiertop::{
    app::{
        event::{Ask, Effect, Event, Fetched},
        keys::{Action, BINDINGS, action},
        state::{Session, State, Trouble},
        update::update,
        view::{Overlay, RowId},
    },
    domain::{
        ids::{AccountId, PoolId},
        snapshot::Provenance,
    },
};

use crate::support::{Run, scenario};

/// The keys of a string such as `jj<Esc>g<Ctrl-C>`.
fn keys(text: &str) -> Vec<String> {
    let (mut keys, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let key = if let Some((name, after)) = rest.strip_prefix('<').and_then(|name| name.split_once('>')) {
            rest = after;
            name.to_owned()
        } else {
            rest = &rest[first.len_utf8()..];
            first.to_string()
        };
        keys.push(key);
    }
    keys
}

/// Presses keys; what they ask for is not carried out.
pub fn press(run: &mut Run, text: &str) -> Vec<Effect> {
    let now = run.now();
    keys(text).into_iter().flat_map(|key| update(&mut run.state, Event::Key(key), now)).collect()
}

/// Where the cursor is, counted from the top.
fn at(run: &Run) -> usize {
    let cursor = run.state.view.cursor.clone();
    run.state.rows().iter().position(|row| Some(&row.id) == cursor.as_ref()).expect("the cursor is on a row")
}

fn healthy() -> Run {
    Run::polled(scenario("healthy"))
}

#[test]
fn where_the_key_table_copies_a_row_there_is_one() {
    let mut run = healthy();
    for (opens, closes) in [("", ""), ("<⏎>", "<Esc>"), ("6", "1"), ("R", "<Esc>"), ("?", "<Esc>")] {
        press(&mut run, opens);
        let copies = action(run.state.view.place(), "yy") == Some(Action::CopyRow);
        let copied = press(&mut run, "yy").iter().any(|effect| matches!(effect, Effect::Copy(_)));
        assert_eq!(copied, copies, "{opens}");
        press(&mut run, closes);
    }
}

#[test]
fn the_cursor_moves_by_rows_pages_and_ends() {
    let mut run = healthy();
    let last = run.state.rows().len() - 1;
    assert!(last > 12, "{last}");
    for (text, expected) in [
        ("", 0),
        ("jj", 2),
        ("k", 1),
        ("<↓><↓><↑>", 2),
        ("G", last),
        ("j", last),
        ("gg", 0),
        ("k", 0),
        ("<PgDn>", 10),
        ("<Ctrl-F>", last.min(20)),
        ("<PgUp>", last.min(20) - 10),
        ("<End>", last),
        ("<Home>", 0),
        ("jjGggkj", 1),
    ] {
        press(&mut run, text);
        assert_eq!(at(&run), expected, "after {text}");
    }
}

#[test]
fn the_first_key_of_a_sequence_waits_and_another_key_does_its_own_work() {
    let mut run = healthy();
    press(&mut run, "G");
    press(&mut run, "g");
    assert_eq!(run.state.view.pending, Some('g'));
    press(&mut run, "k");
    assert_eq!((run.state.view.pending, at(&run)), (None, run.state.rows().len() - 2));
    press(&mut run, "gx");
    assert_eq!(run.state.view.pending, None);
    press(&mut run, "g");
    assert_eq!(at(&run), run.state.rows().len() - 2, "a g after a broken sequence is a first one again");
    press(&mut run, "g");
    assert_eq!(at(&run), 0);
    assert!(press(&mut run, "gq").contains(&Effect::Quit));
}

#[test]
fn unknown_keys_do_nothing() {
    let mut run = healthy();
    press(&mut run, "jj");
    let (view, order) = (run.state.view.clone(), run.state.rows());
    for key in ["Z", "ü", "Ctrl-Q", "Alt-q", "", "gg gg", "日本"] {
        let now = run.now();
        assert_eq!(update(&mut run.state, Event::Key(key.into()), now), [], "{key}");
        assert_eq!(run.state.view.cursor, view.cursor, "{key}");
    }
    assert_eq!((run.state.view.pending, run.state.view.overlay.clone(), run.state.rows()), (None, None, order));
}

#[test]
fn help_swallows_keys_until_it_is_closed() {
    let mut run = healthy();
    press(&mut run, "jj?");
    assert!(run.state.view.overlay.is_some());
    assert_eq!(press(&mut run, "jjkGggajrv1s"), []);
    assert_eq!(
        (at(&run), run.state.view.show_idle, run.state.view.overlay.clone()),
        (2, false, Some(Overlay::Help(1)))
    );
    press(&mut run, "kkk");
    assert_eq!(run.state.view.overlay, Some(Overlay::Help(0)));
    press(&mut run, "<Esc>");
    assert!(run.state.view.overlay.is_none());
    press(&mut run, "??");
    assert!(run.state.view.overlay.is_none(), "the key that opens it closes it");
    press(&mut run, "?");
    assert!(press(&mut run, "<Ctrl-C>").contains(&Effect::Quit), "Ctrl-C always leaves");
}

#[test]
fn q_and_ctrl_c_leave_even_before_anything_is_known() {
    for key in ["q", "<Ctrl-C>"] {
        let mut run = Run::new(scenario("healthy"));
        assert!(press(&mut run, key).contains(&Effect::Quit), "{key}");
        let mut run = healthy();
        assert_eq!(press(&mut run, key), [Effect::Quit]);
    }
}

#[test]
fn keys_on_an_empty_table_do_no_harm() {
    let mut run = Run::new(scenario("empty"));
    for binding in BINDINGS {
        for key in binding.keys {
            press(&mut run, &if *key == "gg" { "gg".to_owned() } else { format!("<{key}>") });
        }
    }
    assert_eq!(run.state.view.cursor, None);
}

#[test]
fn idle_endpoints_come_and_go_below_the_others() {
    let mut run = healthy();
    let before = run.state.rows();
    press(&mut run, "a");
    let rows = run.state.rows();
    assert_eq!(rows.len(), before.len() + run.state.idle_count());
    assert_eq!(rows[..before.len()], before[..]);
    assert!(rows[before.len()..].iter().all(|row| matches!(row.id, RowId::Idle(_))));
    press(&mut run, "G");
    assert!(matches!(run.state.view.cursor, Some(RowId::Idle(_))));
    press(&mut run, "a");
    assert_eq!((at(&run), run.state.rows().len()), (0, before.len()), "its row is gone: back to the first");
}

#[test]
fn refresh_asks_every_source_again() {
    let mut run = healthy();
    assert_eq!(press(&mut run, "j"), []);
    let asked: BTreeSet<_> = press(&mut run, "r")
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Ask(_, ask) => Some(ask.asked().source()),
            _ => None,
        })
        .collect();
    let all: BTreeSet<_> = tiertop::domain::fault::Source::ALL.into_iter().collect();
    // Tags are known already.
    assert!(asked.len() >= all.len() - 1, "{asked:?}");
    let again: Vec<_> = press(&mut run, "r").into_iter().filter(|effect| matches!(effect, Effect::Ask(..))).collect();
    assert_eq!(again, [], "what is being asked is not asked twice");
}

#[test]
fn the_cursor_follows_its_row_and_rows_keep_their_places_within_a_class() {
    let mut run = Run::polled(scenario("healthy"));
    let classes = |run: &Run| -> Vec<Trouble> {
        let snapshot = run.snapshot();
        let pool = |id: &PoolId| snapshot.pools.iter().find(|pool| pool.id == *id).unwrap();
        run.state.view.order.iter().map(|id| Trouble::of(pool(id), snapshot)).collect()
    };
    press(&mut run, "jjjj");
    let cursor = run.state.view.cursor.clone();
    let mut moved = 0;
    for _ in 0..10 {
        let (before, classes_before) = (run.state.view.order.clone(), classes(&run));
        run.minute();
        let (after, classes_after) = (run.state.view.order.clone(), classes(&run));
        assert!(classes_after.is_sorted(), "{classes_after:?}");
        assert_eq!(run.state.view.cursor, cursor);
        moved += usize::from(before != after);
        // Whoever keeps their class keeps their order.
        let kept = |order: &[PoolId], classes: &[Trouble], other: &[_], others: &[Trouble]| {
            let class_there = |id| other.iter().position(|known| known == id).map(|at| others[at]);
            let pairs = order.iter().zip(classes);
            pairs
                .filter(|(id, class)| class_there(*id) == Some(**class))
                .map(|(id, class)| (*class, id.clone()))
                .collect::<Vec<_>>()
        };
        let stayed_before = kept(&before, &classes_before, &after, &classes_after);
        let stayed_after = kept(&after, &classes_after, &before, &classes_before);
        assert_eq!(stayed_before, stayed_after);
    }
    assert!(moved <= 10);
}

#[test]
fn a_pool_that_gets_into_trouble_rises_and_the_cursor_stays_on_its_own() {
    let mut run = Run::polled(scenario("healthy"));
    press(&mut run, "G");
    let cursor = run.state.view.cursor.clone();
    let last = run.state.view.order.last().cloned().unwrap();
    let scenario = scenario("throttled");
    run.sim.with_world(|world| {
        *world = tiertop::sim::world::World::new_at(scenario, world.origin());
    });
    for _ in 0..8 {
        run.minute();
    }
    let first = run.state.view.order[0].clone();
    let pool = run.snapshot().pools.iter().find(|pool| pool.id == first).unwrap();
    assert_eq!(Trouble::of(pool, run.snapshot()), Trouble::Throttled);
    assert_eq!(run.state.view.cursor, cursor);
    assert!(run.state.view.order.contains(&last));
}

#[test]
fn answers_of_an_older_generation_are_dropped() {
    let session = Session { profile: None, region: "us-east-1".into(), provenance: Provenance::Live, scenario: None };
    let now = "2026-11-23T12:00:00Z".parse().unwrap();
    let mut state = State::new(session, 180, now);
    let asks = update(&mut state, Event::Tick, now);
    assert!(asks.contains(&Effect::Ask(0, Ask::Identity)));
    state.generation = 1;
    let arn = tiertop::domain::ids::Arn::from("arn:aws:iam::111122223333:root");
    let old = Event::Fetched(0, Fetched::Identity(AccountId::from("111122223333"), arn.clone()));
    update(&mut state, old, now);
    assert_eq!(state.account.id, None);
    update(&mut state, Event::Fetched(1, Fetched::Identity(AccountId::from("111122223333"), arn)), now);
    assert!(state.account.id.is_some());
}

#[test]
fn another_account_s_numbers_are_never_shown_as_this_one_s() {
    let mut run = healthy();
    let arn = tiertop::domain::ids::Arn::from("arn:aws:iam::999900001111:root");
    let generation = run.state.generation;
    run.send(Event::Fetched(generation, Fetched::Identity(AccountId::from("999900001111"), arn)));
    // The simulated account says again who it is: two changes, each with everything read anew.
    assert!(run.state.generation > generation);
    let snapshot = run.snapshot();
    assert_eq!(
        snapshot.account.as_ref().map(AccountId::as_str),
        run.sim.with_world(|w| w.account().to_owned()).as_str().into()
    );
    assert_eq!(run.faulty(), []);
}

#[test]
fn the_key_table_holds_together() {
    let mut seen = HashSet::new();
    for binding in BINDINGS {
        assert!(!binding.keys.is_empty() && !binding.long.ends_with('.'), "{binding:?}");
        for (key, place) in binding.keys.iter().flat_map(|key| binding.places.iter().map(move |place| (key, place))) {
            assert!(seen.insert((*place, *key)), "{key} is bound twice");
            assert_eq!(tiertop::app::keys::action(*place, key), Some(binding.action));
        }
    }
}
