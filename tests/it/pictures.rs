//! The README's pictures: the real screen on the simulated account at a fixed time. `TIERTOP_PICTURES=1 cargo test pictures` draws them anew; without it the
//! test holds the files in `assets/screens` to what the program draws today.

use std::{env, fs};

use tiertop::{
    app::{
        event::{Event, Pointed},
        state::State,
    },
    domain::chart::Panel,
    ui::{
        Palette, Theme,
        picture::{self, Colours},
    },
};

use crate::{
    screens::{drawn, watched},
    support::Run,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/screens");

#[test]
fn pictures_are_what_the_program_draws() {
    let mut run = watched("throttled");
    let incident = run.state.clone();
    run.send(Event::Key("2".into()));
    let calm = read_at_one_minute(watched("healthy"));
    check("throttled-dark", &incident, (120, 40), Palette::Dark, &picture::DARK);
    check("throttled-light", &incident, (120, 40), Palette::Light, &picture::LIGHT);
    check("throttled-80x24-dark", &incident, (80, 24), Palette::Dark, &picture::DARK);
    check("quotas-dark", &run.state, (120, 40), Palette::Dark, &picture::DARK);
    check("healthy-light", &calm, (120, 40), Palette::Light, &picture::LIGHT);
}

/// One endpoint's charts, read where its latency was worst.
fn read_at_one_minute(mut run: Run) -> State {
    for key in ["j", "Tab", "Tab", "←"] {
        run.send(Event::Key(key.into()));
    }
    for _ in 0..3 {
        run.pass(1);
        run.tick();
    }
    let latency = run.state.charts.iter().find(|chart| chart.panel == Panel::Latency).unwrap();
    let worst = latency.lines[0].points.iter().enumerate().filter_map(|(at, cell)| Some((at, cell.value()?)));
    let (at, _) = worst.max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap();
    let minute = latency.minute_of(at);
    run.send(Event::Pointed(Pointed::Chart(Panel::Latency, Some(minute))));
    run.state
}

fn check(name: &str, state: &State, size: (u16, u16), palette: Palette, colours: &Colours) {
    let drawn =
        picture::svg(&drawn(state, &Theme::new(palette, false), size), colours, "tiertop on a simulated account");
    let path = format!("{FOLDER}/{name}.svg");
    if env::var_os("TIERTOP_PICTURES").is_some() {
        fs::create_dir_all(FOLDER).unwrap();
        fs::write(&path, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "{path} is not what is drawn today: TIERTOP_PICTURES=1 cargo test pictures draws it anew");
}
