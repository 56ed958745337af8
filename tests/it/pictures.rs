//! The README's pictures: the real screen on the simulated account at a fixed time. `TIERTOP_PICTURES=1 cargo test pictures` draws them anew; without it the
//! test holds the files in `assets/screens` to what the program draws today.

use std::{env, fs};

use ratatui::{Terminal, backend::TestBackend};
use tiertop::{
    app::state::State,
    ui::{
        self, Palette, Theme,
        picture::{self, Colours},
    },
};

use crate::support::{Run, scenario};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/screens");

#[test]
fn pictures_are_what_the_program_draws() {
    let incident = watched("throttled");
    let calm = watched("healthy");
    check("throttled-dark", &incident, (120, 30), Palette::Dark, &picture::DARK);
    check("throttled-light", &incident, (120, 30), Palette::Light, &picture::LIGHT);
    check("throttled-80x24-dark", &incident, (80, 24), Palette::Dark, &picture::DARK);
    check("healthy-dark", &calm, (120, 30), Palette::Dark, &picture::DARK);
}

/// A scenario after a few minutes of watching.
fn watched(name: &str) -> State {
    let mut run = Run::polled(scenario(name));
    for _ in 0..3 {
        run.minute();
    }
    run.pass(2);
    run.tick();
    run.state
}

fn check(name: &str, state: &State, (width, height): (u16, u16), palette: Palette, colours: &Colours) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| ui::draw(frame, state, &Theme::new(palette, false))).unwrap();
    let drawn = picture::svg(terminal.backend().buffer(), colours, "tiertop on a simulated account");
    let path = format!("{FOLDER}/{name}.svg");
    if env::var_os("TIERTOP_PICTURES").is_some() {
        fs::create_dir_all(FOLDER).unwrap();
        fs::write(&path, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "{path} is not what is drawn today: TIERTOP_PICTURES=1 cargo test pictures draws it anew");
}
