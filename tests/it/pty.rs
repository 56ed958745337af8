//! The built binary in a real pseudo-terminal: what stands on the screen, that it leaves the terminal as it was however it ends, and that it ends at once.

use std::{net::TcpListener, process::Stdio};

use tiertop::runtime::terminal;

use crate::{
    support::{Home, KEYS, text},
    terminal::{SOON, Terminal, cells, settings, size},
};

#[test]
fn the_demo_shows_a_simulated_account_and_leaves_the_terminal_as_it_was() {
    for (columns, lines) in [(120, 40), (80, 24)] {
        let mut terminal = Terminal::start(columns, lines, &["demo"]);
        terminal.until_text("SIMULATED");
        terminal.until_text("Sonnet 4.5 us");
        assert!(terminal.screen().alternate_screen() && terminal.screen().hide_cursor());
        assert_ne!(settings(&*terminal.master), terminal.before, "keys come one by one");
        terminal.press("jj?");
        terminal.until_text("one row up");
        terminal.press("\u{1b}");
        terminal.until("help closed", |screen| !screen.contents().contains("one row up"));
        terminal.press("q");
        assert_eq!(terminal.end(SOON), 0);
        terminal.is_given_back();
        terminal.is_clean();
    }
}

#[test]
fn ctrl_c_leaves() {
    let mut terminal = Terminal::start(100, 30, &["demo"]);
    terminal.until_text("SIMULATED");
    terminal.press("\u{3}");
    assert_eq!(terminal.end(SOON), 130);
    terminal.is_given_back();
}

#[test]
fn signals_give_the_terminal_back() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut terminal = Terminal::start(100, 30, &["demo"]);
        terminal.until("on the screen", vt100::Screen::alternate_screen);
        terminal.signal(signal);
        assert_eq!(terminal.end(SOON), 130, "{signal}");
        terminal.is_given_back();
    }
}

#[test]
fn a_storm_of_resizes_ends_in_a_whole_screen() {
    let mut terminal = Terminal::start(120, 40, &["demo"]);
    terminal.until_text("Sonnet 4.5 us");
    for step in 0..60_u16 {
        let (columns, lines) = (1 + (step * 37) % 200, 1 + (step * 13) % 60);
        terminal.master.resize(size(columns, lines)).unwrap();
        if step % 9 == 0 {
            terminal.press("j");
        }
    }
    terminal.parser.screen_mut().set_size(cells(30), cells(100));
    terminal.master.resize(size(100, 30)).unwrap();
    terminal.press("?");
    terminal.until_text("one row up");
    terminal.press("?");
    terminal.until_text("Sonnet 4.5 us");
    terminal.press("q");
    assert_eq!(terminal.end(SOON), 0);
    terminal.is_given_back();
}

#[test]
fn denied_names_what_is_missing() {
    let mut terminal = Terminal::start(120, 40, &["demo", "--scenario", "denied"]);
    terminal.until_text("needs cloudwatch:GetMetricData");
    terminal.until_text("quotas (Service Quotas): denied");
    terminal.press("q");
    assert_eq!(terminal.end(SOON), 0);
    terminal.is_given_back();
}

#[test]
fn odd_names_never_reach_the_terminal_raw() {
    let mut terminal = Terminal::start(160, 50, &["demo", "--scenario", "huge"]);
    terminal.until_text("SIMULATED");
    terminal.until("data", |screen| screen.contents().contains("data to"));
    terminal.press("aG");
    for _ in 0..12 {
        terminal.press("\u{1b}[5~");
    }
    terminal.press("gg?");
    terminal.until_text("one row up");
    terminal.press("q");
    assert_eq!(terminal.end(SOON), 0);
    terminal.is_clean();
    terminal.is_given_back();
}

#[test]
fn quit_does_not_wait_for_calls_that_hang() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let arguments = ["--region", "us-east-1", "--endpoint-url", &url];
    let mut terminal = Terminal::run(env!("CARGO_BIN_EXE_tiertop"), 100, 30, &arguments, &KEYS);
    let _calls = listener.accept().unwrap();
    terminal.until_text("custom endpoint");
    terminal.press("q");
    assert_eq!(terminal.end(SOON), 0);
    terminal.is_given_back();
}

#[test]
fn without_a_terminal_it_says_so() {
    let home = Home::new();
    let output = home.tiertop(&["demo"]).stdout(Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let error = text(&output.stderr);
    assert!(error.contains("terminal") && error.contains("tiertop snapshot"), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
}

#[test]
#[ignore = "the next test runs it in a terminal of its own"]
fn panics_on_a_screen() {
    let mut screen = terminal::Terminal::enter(true).unwrap();
    screen.draw(|frame| frame.render_widget("about to fail", frame.area())).unwrap();
    panic!("on purpose");
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    let tests = std::env::current_exe().unwrap().display().to_string();
    let arguments = ["--exact", "pty::panics_on_a_screen", "--ignored", "--nocapture"];
    let mut terminal = Terminal::run(&tests, 100, 30, &arguments, &[]);
    terminal.until("panicked", |screen| !screen.alternate_screen() && screen.contents().contains("on purpose"));
    assert_ne!(terminal.end(SOON), 0);
    let raw = String::from_utf8_lossy(&terminal.raw);
    assert!(raw.contains("about"), "it was on the screen: {raw:?}");
    terminal.is_given_back();
}
