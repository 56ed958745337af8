//! The built binary and its terminal: mouse, colours, glyphs, clipboard, background, suspending and coming back.

use vt100::{Color, MouseProtocolEncoding, MouseProtocolMode};

use crate::{
    support::{DEADLINE, Home, text},
    terminal::{SOON, Terminal, settings},
};

const TIERTOP: &str = env!("CARGO_BIN_EXE_tiertop");

fn demo(arguments: &[&str], variables: &[(&str, &str)]) -> Terminal {
    let arguments = [&["demo", "--scenario", "throttled"], arguments].concat();
    Terminal::run(TIERTOP, 120, 40, &arguments, variables)
}

fn raw(terminal: &Terminal) -> String {
    String::from_utf8_lossy(&terminal.raw).into_owned()
}

fn leave(mut terminal: Terminal) {
    terminal.press("q");
    assert_eq!(terminal.end(SOON), 0);
    terminal.is_given_back();
}

#[test]
fn the_mouse_is_taken_and_given_back() {
    let mut terminal = demo(&[], &[]);
    terminal.until_text("ENDPOINT");
    let modes = (terminal.screen().mouse_protocol_mode(), terminal.screen().mouse_protocol_encoding());
    assert_eq!(modes, (MouseProtocolMode::PressRelease, MouseProtocolEncoding::Sgr), "clicks and the wheel, no motion");
    let lines = terminal.screen().contents();
    let tab = lines.lines().nth(2).unwrap().find("6 Log").unwrap() + 1;
    terminal.press(&format!("\u{1b}[<0;{tab};3M\u{1b}[<0;{tab};3m"));
    terminal.until("the other screen", |screen| !screen.contents().contains("ENDPOINT"));
    terminal.press("\u{1b}[<0;3;3M\u{1b}[<0;3;3m");
    terminal.until_text("ENDPOINT");
    leave(terminal);
}

#[test]
fn without_the_mouse_it_is_left_alone() {
    let mut terminal = demo(&["--no-mouse"], &[]);
    terminal.until_text("ENDPOINT");
    assert_eq!(terminal.screen().mouse_protocol_mode(), MouseProtocolMode::None);
    assert!(!raw(&terminal).contains("\u{1b}[?100"));
    leave(terminal);
}

#[test]
fn ascii_is_drawn_where_it_is_asked_for_and_where_nothing_else_can_be() {
    for (arguments, variables) in [(&["--ascii"][..], &[][..]), (&[], &[("LC_ALL", "C")])] {
        let mut terminal = demo(arguments, variables);
        terminal.until_text("ENDPOINT");
        terminal.press("?");
        terminal.until_text("freeze the view");
        terminal.press("?");
        terminal.until_text("ENDPOINT");
        assert!(terminal.raw.is_ascii(), "{arguments:?} {variables:?}");
        leave(terminal);
    }
}

#[test]
fn no_colours_means_none() {
    for (arguments, variables) in [(&["--theme", "none"][..], &[][..]), (&[], &[("NO_COLOR", "1")])] {
        let mut terminal = demo(arguments, variables);
        terminal.until_text("THROTTLED");
        let raw = raw(&terminal);
        assert!(!raw.contains("38;5") && !raw.contains("48;5"), "{arguments:?}");
        assert!(!raw.contains("]11;?"), "nobody needs to know the background");
        leave(terminal);
    }
}

#[test]
fn a_row_is_copied_through_the_terminal() {
    for (variables, wrapped) in [(&[][..], false), (&[("TMUX", "/tmp/tmux-0/default,1,0")], true)] {
        let mut terminal = demo(&[], variables);
        terminal.until_text("ENDPOINT");
        terminal.press("yy");
        terminal.until_text("copied: ");
        let raw = raw(&terminal);
        let (_, copied) = raw.split_once("\u{1b}]52;c;").unwrap();
        let (text, _) = copied.split_once("\u{1b}\\").unwrap();
        // "Claude " in base64.
        assert!(text.starts_with("Q2xhdWRl") && text.len() > 100, "{text}");
        assert_eq!(raw.contains("\u{1b}Ptmux;\u{1b}\u{1b}]52;c;Q2xhdWRl"), wrapped);
        leave(terminal);
    }
}

#[test]
fn the_background_is_asked_for_and_nothing_waits_for_the_answer() {
    let mut terminal = demo(&[], &[]);
    terminal.until("asked", vt100::Screen::alternate_screen);
    terminal.press("?");
    terminal.until_text("freeze the view");
    let name = |screen: &vt100::Screen| screen.cell(0, 1).map(vt100::Cell::fgcolor);
    assert!(raw(&terminal).contains("\u{1b}]11;?\u{7}"));
    assert_eq!(name(terminal.screen()), Some(Color::Idx(6)), "dark while nothing is known");
    terminal.press("\u{1b}]11;rgb:ffff/ffff/f0f0\u{1b}\\");
    terminal.until("light", |screen| name(screen) == Some(Color::Idx(25)));
    assert!(terminal.screen().contents().contains("freeze the view"), "the answer was taken for keys");
    terminal.press("?");
    terminal.until_text("ENDPOINT");
    leave(terminal);
}

#[test]
fn a_theme_that_is_named_is_not_asked_about() {
    let mut terminal = demo(&["--theme", "light"], &[("TERM", "xterm")]);
    terminal.until_text("ENDPOINT");
    assert!(!raw(&terminal).contains("]11;?"));
    assert_eq!(terminal.screen().cell(0, 1).map(vt100::Cell::fgcolor), Some(Color::Idx(4)), "one of 16");
    leave(terminal);
}

#[test]
fn it_gives_way_to_the_shell_and_comes_back() {
    for by_key in [true, false] {
        let script = format!("set -m; '{TIERTOP}' demo; echo STOPPED; read go; fg >/dev/null; echo ENDED $?");
        let mut terminal = Terminal::run("bash", 120, 40, &["-c", &script], &[]);
        terminal.until_text("ENDPOINT");
        if by_key {
            terminal.press("\u{1a}");
        } else {
            terminal.signal_below("TSTP");
        }
        terminal.until("stopped", |screen| !screen.alternate_screen() && screen.contents().contains("STOPPED"));
        let screen = terminal.screen();
        let modes = (screen.hide_cursor(), screen.bracketed_paste(), screen.mouse_protocol_mode());
        assert_eq!(modes, (false, false, MouseProtocolMode::None));
        assert_eq!(settings(&*terminal.master), terminal.before);
        terminal.press("\r");
        terminal.until("back", |screen| screen.alternate_screen() && screen.contents().contains("ENDPOINT"));
        let screen = terminal.screen();
        let modes = (screen.hide_cursor(), screen.bracketed_paste(), screen.mouse_protocol_mode());
        assert_eq!(modes, (true, true, MouseProtocolMode::PressRelease));
        terminal.press("?");
        terminal.until_text("freeze the view");
        terminal.press("q");
        terminal.until_text("ENDED 0");
        assert_eq!(terminal.end(SOON), 0);
        terminal.is_given_back();
    }
}

#[test]
fn without_a_shell_it_does_not_stop() {
    let mut terminal = demo(&[], &[]);
    terminal.until_text("ENDPOINT");
    terminal.press("\u{1a}");
    terminal.until_text("there is no shell to go back to");
    assert!(terminal.screen().alternate_screen());
    leave(terminal);
}

#[test]
fn a_screen_that_somebody_else_had_is_drawn_anew() {
    let mut terminal = demo(&[], &[]);
    terminal.until_text("ENDPOINT");
    terminal.signal("STOP");
    terminal.parser.process(b"\x1b[2J\x1b[?1049l\x1b[?1000l");
    assert!(!terminal.screen().contents().contains("ENDPOINT"));
    terminal.signal("CONT");
    terminal.until("back", |screen| screen.alternate_screen() && screen.contents().contains("ENDPOINT"));
    assert_eq!(terminal.screen().mouse_protocol_mode(), MouseProtocolMode::PressRelease);
    leave(terminal);
}

#[test]
fn a_key_that_comes_with_a_resize_is_not_lost() {
    let mut terminal = demo(&[], &[]);
    terminal.until_text("ENDPOINT");
    for turn in 0..10_u16 {
        let open = turn % 2 == 0;
        terminal.resize(100 + turn, 30);
        terminal.press("?");
        terminal.until("answered", |screen| screen.contents().contains("one row up") == open);
    }
    leave(terminal);
}

#[test]
fn what_is_hidden_from_the_start_is_never_on_the_screen() {
    let mut terminal = demo(&["--redact"], &[]);
    terminal.until_text("ENDPOINT");
    terminal.until_text("hidden");
    terminal.press("?");
    terminal.until_text("one row up");
    let raw = raw(&terminal);
    assert!(!raw.contains("1111…") && !raw.contains("111122223333") && !raw.contains("arn:"));
    terminal.press("?");
    terminal.press("x");
    terminal.until_text("1111…3333");
    leave(terminal);
}

#[test]
fn flags_of_the_screen_are_refused_where_there_is_none() {
    let home = Home::new();
    let output = home.tiertop(&["--redact", "snapshot", "--scenario", "healthy"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(text(&output.stderr).contains("--redact"), "{}", text(&output.stderr));
}

#[test]
fn credentials_that_never_worked_end_it_with_one_sentence_on_a_terminal_that_is_given_back() {
    let mut terminal = Terminal::run(TIERTOP, 100, 30, &["--region", "us-east-1"], &[]);
    assert_eq!(terminal.end(DEADLINE), 2);
    terminal.is_given_back();
    let said = raw(&terminal);
    let after = said.rsplit("\u{1b}[?1049l").next().unwrap();
    assert!(after.contains("tiertop: No AWS credentials"), "{after:?}");
}
