//! Pointing, copying, hiding and notices: on whole screens.

use proptest::prelude::*;
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    layout::{Rect, Size},
    style::{Color, Modifier},
};

use crate::{
    app::{
        event::{CopyWhat, Effect, Event, Pointed},
        state::State,
        update::update,
        view::{Notice, Overlay, Screen},
    },
    domain::{
        fault::Source,
        snapshot::{Provenance, Snapshot},
    },
    ui::{
        self, Areas, Palette, Theme,
        columns::COLUMNS,
        copy,
        fixtures::{change, demo, denied, fail, loading, quiet, time},
        live,
        pointing::{Touch, pointed_at},
    },
};

fn screen(state: &State, theme: &Theme, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| ui::draw(frame, state, theme)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let line = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..buffer.area.height).map(line).collect::<Vec<_>>().join("\n")
}

fn drawn(state: &State, width: u16, height: u16) -> String {
    text(&screen(state, &Theme::default(), width, height))
}

fn press(state: &mut State, keys: &[&str]) -> Vec<Effect> {
    let now = state.now;
    let effects = keys.iter().flat_map(|key| update(state, Event::Key((*key).to_owned()), now));
    effects.filter(|effect| !matches!(effect, Effect::Ask(..))).collect()
}

/// What is known is what is shown, as after any poll.
fn polled(mut state: State) -> State {
    state.newest = state.snapshot.clone();
    state
}

fn click(state: &State, width: u16, height: u16, column: u16, row: u16) -> Option<Pointed> {
    pointed_at(state, Size { width, height }, Touch::Click, column, row)
}

#[test]
fn every_row_drawn_is_the_row_pointed_at() {
    let mut state = demo();
    state.view.show_idle = true;
    let rows = state.rows();
    for (width, height) in [(200, 60), (120, 40), (120, 26), (80, 24), (72, 17), (60, 16), (40, 8)] {
        for cursor in &rows {
            state.view.cursor = Some(cursor.id.clone());
            let buffer = screen(&state, &Theme::default(), width, height);
            let body = Areas::of(Rect::new(0, 0, width, height)).unwrap().body;
            let table = live::parts(body, rows.len()).table;
            let pointed: Vec<_> = (table.y + 1..table.bottom())
                .filter_map(|y| match click(&state, width, height, width / 2, y)? {
                    Pointed::Row(id) => Some((y, id)),
                    other => panic!("{other:?}"),
                })
                .collect();
            let first = rows.iter().position(|row| row.id == pointed[0].1).unwrap();
            for (index, (y, id)) in pointed.iter().enumerate() {
                assert_eq!(rows[first + index].id, *id, "rows follow each other");
                let marked = buffer[(0, *y)].bg == Color::Indexed(238);
                assert_eq!(marked, *id == cursor.id, "{width}×{height}: the cursor's line is the cursor's row");
            }
            assert!(pointed.iter().any(|(_, id)| *id == cursor.id), "{width}×{height}");
        }
    }
}

#[test]
fn titles_and_tabs_are_where_they_are_drawn() {
    let state = demo();
    for (width, height) in [(200, 60), (120, 40), (80, 24)] {
        let screen = drawn(&state, width, height);
        let lines: Vec<Vec<char>> = screen.lines().map(|line| line.chars().collect()).collect();
        let at = |line: usize, word: &str| {
            let text: String = lines[line].iter().collect();
            u16::try_from(text[..text.find(word).unwrap()].chars().count()).unwrap()
        };
        for title in ["ENDPOINT", "USE5m", "PEAK", "LIMIT", "RPM", "THR5m", "5xx"] {
            let key = COLUMNS.iter().find(|column| column.title == title).unwrap().sort;
            let expected = Some(Pointed::Title(key));
            assert!(key.is_some());
            assert_eq!(click(&state, width, height, at(3, title), 3), expected, "{width}: {title}");
        }
        assert_eq!(click(&state, width, height, at(2, "1 Live"), 2), Some(Pointed::Tab(Screen::Live)));
        assert_eq!(click(&state, width, height, at(2, "6 Log"), 2), Some(Pointed::Tab(Screen::Log)));
        assert_eq!(click(&state, width, height, width - 1, 2), None);
    }
}

#[test]
fn a_click_chooses_and_the_next_one_opens() {
    let mut state = demo();
    let row = state.rows()[2].id.clone();
    let now = state.now;
    update(&mut state, Event::Pointed(Pointed::Row(row.clone())), now);
    assert_eq!((state.view.cursor.as_ref(), state.view.detail.is_none()), (Some(&row), true));
    update(&mut state, Event::Pointed(Pointed::WheelOnList(1)), now);
    assert_eq!(state.view.cursor, Some(state.rows()[5].id.clone()), "a notch is three rows");
    update(&mut state, Event::Pointed(Pointed::WheelOnList(-1)), now);
    update(&mut state, Event::Pointed(Pointed::Row(row.clone())), now);
    assert_eq!(state.view.detail.as_ref().map(|detail| &detail.row), Some(&row));
    update(&mut state, Event::Pointed(Pointed::Tab(Screen::Log)), now);
    assert_eq!((state.view.screen, state.view.detail.is_none()), (Screen::Log, true));
}

proptest! {
    #[test]
    fn pointing_anywhere_is_safe(
        (width, height) in (0..=400_u16, 0..=200_u16),
        (column, row) in (0..=500_u16, 0..=300_u16),
        (wheel, overlay, log) in (any::<bool>(), 0..4_u8, any::<bool>()),
    ) {
        let mut state = demo();
        state.view.overlay = match overlay {
            0 => None,
            1 => Some(Overlay::Help(3)),
            2 => Some(Overlay::Link("https://x".into())),
            _ => Some(Overlay::Regions(crate::app::regions::RegionsView::default())),
        };
        state.view.screen = if log { Screen::Log } else { Screen::Live };
        let touch = if wheel { Touch::Wheel(1) } else { Touch::Click };
        if let Some(pointed) = pointed_at(&state, Size { width, height }, touch, column, row) {
            prop_assert!(column < width && row < height);
            let now = state.now;
            update(&mut state, Event::Pointed(pointed), now);
        }
    }
}

/// Parts of what must be hidden; nothing else on the screens has them.
const SECRETS: [&str; 6] = ["9999", "7777", "secretarn", "secrettag", "secretid", "secretprof"];

const ACCOUNT: &str = "999988887777";

fn mark(snapshot: &mut Snapshot) {
    snapshot.account = Some(ACCOUNT.into());
    for (index, row) in snapshot.endpoints.iter_mut().enumerate() {
        let endpoint = &mut row.endpoint;
        endpoint.arn = Some(format!("arn:aws:bedrock:us-east-1:{ACCOUNT}:secretarn/{index}").as_str().into());
        row.tags =
            Some([("team".to_owned(), "secrettag".to_owned()), ("owner".to_owned(), "secrettag".to_owned())].into());
    }
    let app = &mut snapshot.endpoints[1].endpoint;
    app.id = "secretid01".into();
    app.profile_name = None;
    let deployment = &mut snapshot.endpoints[5].endpoint;
    deployment.id = format!("arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model-deployment/secretarn").as_str().into();
    deployment.model_name = deployment.id.as_str().to_owned();
}

fn marked(mut state: State, provenance: Provenance) -> State {
    change(&mut state, |snapshot| {
        if snapshot.endpoints.len() > 5 {
            mark(snapshot);
        }
        snapshot.account = Some(ACCOUNT.into());
    });
    state.session.profile = Some("secretprofile".into());
    state.session.provenance = provenance;
    let mut state = polled(state);
    for source in [Source::Metrics, Source::ServiceQuotas, Source::Catalog] {
        let mut fault = denied(source, "cloudwatch:GetMetricData");
        // An id that is not known for one can't be told from any other word.
        let id = if state.snapshot.endpoints.is_empty() { "" } else { "secretid01" };
        fault.message = format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/secretarn/me is not authorized; account {ACCOUNT}, profile {id}."
        );
        fault.next_step = "sign in: aws sso login --profile secretprofile".to_owned();
        fail(&mut state, fault);
    }
    state.view.show_idle = true;
    state
}

/// The screens of every place, under the same keys.
fn places(state: &State) -> Vec<State> {
    let mut places = vec![state.clone()];
    for keys in [&["j", "j", "⏎"][..], &["6"], &["6", "⏎"], &["o"], &["?"], &["R"], &["p"], &["z"], &["v"], &["v", "v"]]
    {
        let mut place = state.clone();
        press(&mut place, keys);
        places.push(place);
    }
    places
}

#[test]
fn what_is_hidden_is_on_no_screen_of_any_size_and_in_no_copy() {
    let found = |text: &str| SECRETS.into_iter().find(|secret| text.contains(secret));
    for state in [demo(), loading()] {
        let mut shown = marked(state, Provenance::Live);
        assert!(found(&drawn(&shown, 200, 60)).is_some(), "the test can fail");
        press(&mut shown, &["x"]);
        for place in places(&shown) {
            for (width, height) in [(400, 200), (200, 60), (120, 40), (100, 30), (80, 24), (60, 16), (40, 8)] {
                let text = drawn(&place, width, height);
                assert_eq!(found(&text), None, "{width}×{height} {:?}\n{text}", place.view.place());
            }
            for row in place.rows() {
                let mut place = place.clone();
                place.view.cursor = Some(row.id);
                for what in [CopyWhat::Row, CopyWhat::Cell, CopyWhat::Panel, CopyWhat::Link, CopyWhat::Entry] {
                    let copied = copy::text(&place, what).unwrap_or_default();
                    assert_eq!(found(&copied), None, "{what:?}: {copied}");
                }
            }
        }
        press(&mut shown, &["x"]);
        assert!(found(&drawn(&shown, 200, 60)).is_some(), "and comes back");
    }
}

#[test]
fn a_row_is_copied_as_it_is_shown_and_says_where_it_is_from() {
    let mut state = polled(demo());
    assert_eq!(press(&mut state, &["y", "y"]), [Effect::Copy(CopyWhat::Row)]);
    let row = copy::text(&state, CopyWhat::Row).unwrap();
    assert!(row.starts_with("Claude Sonnet 4.5 us pool · USE5m 87% · PEAK Z 97% 03:06 · LIMIT 2.0M TPM"), "{row}");
    assert!(row.contains("· P90 — ·") && row.ends_with("(us-east-1, data to 03:12Z)"), "{row}");
    assert_eq!(press(&mut state, &["y", "c"]), [Effect::Copy(CopyWhat::Cell)]);
    assert_eq!(copy::text(&state, CopyWhat::Cell).unwrap(), "us.anthropic.claude-sonnet-4-5");
    state.view.sort.by = Some(crate::app::sort::SortKey::Use);
    assert_eq!(copy::text(&state, CopyWhat::Cell).unwrap(), "87%");
    assert!(copy::text(&state, CopyWhat::Link).is_err() && copy::text(&loading(), CopyWhat::Row).is_err());
    assert_eq!(copy::notice("a\u{1b}[31mb"), "copied: a?[31mb");
    assert_eq!(copy::notice("a\nb\n"), "copied: 2 lines");
    state.session.provenance = Provenance::Simulated;
    assert!(copy::text(&state, CopyWhat::Row).unwrap().contains("SIMULATED"));
}

#[test]
fn the_link_is_of_the_quota_and_is_opened_by_nothing_but_the_second_key() {
    let mut state = polled(demo());
    assert_eq!(press(&mut state, &["o"]), []);
    let address = "https://us-east-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas/L-F4DDD3EB";
    assert_eq!(state.view.overlay, Some(Overlay::Link(address.to_owned())));
    for width in [120, 80, 60, 40] {
        let letters: String = drawn(&state, width, 30).chars().filter(char::is_ascii_graphic).collect();
        assert!(letters.contains(address), "{width}: {letters}");
    }
    assert_eq!(press(&mut state.clone(), &["y"]), [Effect::Copy(CopyWhat::Link)]);
    assert_eq!(press(&mut state.clone(), &["⏎"]), [Effect::OpenLink(address.to_owned())]);
    assert_eq!(press(&mut state.clone(), &["o"]), [Effect::OpenLink(address.to_owned())]);
    state.session.provenance = Provenance::Simulated;
    assert!(drawn(&state, 120, 30).contains("This account is simulated"));
    assert_eq!(press(&mut state, &["o"]), [], "there is nothing of it in the console");
    assert!(state.view.notice.is_some());
}

#[test]
fn a_notice_stands_in_the_footer_for_a_while() {
    let mut state = quiet();
    state.view.notice = Some(Notice { text: "copied: 87%\u{1b}[2J".into(), until: time("03:13:58") });
    for (width, height) in [(200, 60), (80, 24), (72, 17)] {
        let text = drawn(&state, width, height);
        let footer = text.lines().last().unwrap();
        assert!(footer.trim_end().ends_with("copied: 87%?[2J") && footer.contains("? help"), "{footer}");
    }
    let mut later = state.clone();
    update(&mut later, Event::Tick, time("03:13:57"));
    assert!(later.view.notice.is_some());
    update(&mut later, Event::Tick, time("03:13:58"));
    assert_eq!(later.view.notice, None);
    press(&mut state, &["j"]);
    assert_eq!(state.view.notice, None, "the next key takes it away");
}

#[test]
fn help_and_the_way_out_are_always_in_the_footer() {
    for width in 72..=200 {
        let text = drawn(&demo(), width, 24);
        let footer = text.lines().last().unwrap();
        assert!(footer.contains("? help") && footer.contains("q quit"), "{width}: {footer}");
    }
}

#[test]
fn frozen_can_not_be_missed_and_nothing_moves() {
    let mut state = polled(demo());
    press(&mut state, &["p"]);
    for palette in [Palette::Dark, Palette::Light, Palette::HighContrastDark, Palette::NoColour] {
        for (width, height) in [(120, 40), (80, 24), (60, 16)] {
            let theme = Theme::new(palette, false);
            let before = screen(&state, &theme, width, height);
            let text = text(&before);
            let at = text.find("PAUSED 03:13Z: p").unwrap_or_else(|| panic!("{width}\n{text}"));
            let x = u16::try_from(text[..at].chars().count()).unwrap();
            let line = x / (width + 1);
            let cell = &before[(x % (width + 1), line)];
            assert!(cell.modifier.contains(Modifier::REVERSED | Modifier::BOLD), "{palette:?} {width}");
            let mut later = state.clone();
            later.now += jiff::SignedDuration::from_mins(40);
            fail(&mut later, denied(Source::Metrics, "cloudwatch:GetMetricData"));
            assert_eq!(screen(&later, &theme, width, height), before, "{palette:?} {width}×{height}");
        }
    }
}

#[test]
fn a_frozen_simulation_still_tells_its_age() {
    let mut state = polled(demo());
    state.session.provenance = Provenance::Simulated;
    state.session.scenario = Some("expired-credentials".into());
    press(&mut state, &["p"]);
    for width in 76..140 {
        let text = drawn(&state, width, 24);
        let header = text.lines().next().unwrap();
        for part in ["SIMULATED", "PAUSED 03:13Z: p", "03:12Z, 1m50s old", "us-east-1"] {
            assert!(header.contains(part), "{width}: {part}: {header}");
        }
    }
}

#[test]
fn ages_change_by_steps_of_ten_seconds() {
    let frame = |second: u32| {
        let mut state = demo();
        state.now = time(&format!("03:13:{second:02}"));
        drawn(&state, 120, 40)
    };
    for second in 50..59 {
        assert_eq!(frame(second), frame(50));
    }
    assert_ne!(frame(49), frame(50));
}
