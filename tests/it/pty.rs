//! The built binary in a real pseudo-terminal: what stands on the screen, that it leaves the terminal as it was however it ends, and that it ends at once.

use std::{
    io::{Read, Write},
    net::TcpListener,
    num::NonZeroU16,
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use tiertop::runtime::terminal;

use crate::support::{DEADLINE, Home, KEYS, text};

/// A program in a terminal.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    /// Held so that the terminal outlives its program; let go of, what was written ends.
    slave: Option<Box<dyn SlavePty + Send>>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// The terminal's own settings before the program began.
    before: String,
    /// And after its end.
    after: Option<String>,
    _home: Home,
}

fn size(columns: u16, lines: u16) -> PtySize {
    PtySize { rows: lines, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

impl Terminal {
    fn start(columns: u16, lines: u16, arguments: &[&str]) -> Self {
        Self::run(env!("CARGO_BIN_EXE_tiertop"), columns, lines, arguments, &[])
    }

    fn run(program: &str, columns: u16, lines: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let home = Home::new();
        let pair = native_pty_system().openpty(size(columns, lines)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        for (name, value) in home.variables() {
            command.env(name, value);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        let before = settings(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        let (mut reader, keys) = (pair.master.try_clone_reader().unwrap(), pair.master.take_writer().unwrap());
        let (send, output) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let parser = vt100::Parser::new(cells(lines), cells(columns), 0);
        Self {
            master: pair.master,
            slave: Some(pair.slave),
            child,
            keys,
            output,
            parser,
            raw: Vec::new(),
            before,
            after: None,
            _home: home,
        }
    }

    fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Takes what the program writes until this holds of the screen.
    fn until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !holds(self.parser.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!("never {what}:\n{}", self.screen().contents())
            };
            self.take(&bytes);
        }
    }

    fn until_text(&mut self, words: &str) {
        self.until(words, |screen| screen.contents().contains(words));
    }

    /// As [`Terminal::until_text`] after a resize. crossterm 0.29 leaves a key unread that comes together with SIGWINCH, until the next one: it drops the rest
    /// of the batch of an edge-triggered poll. So keys without a meaning follow.
    fn until_nudged(&mut self, words: &str) {
        let deadline = Instant::now() + DEADLINE;
        while !self.screen().contents().contains(words) {
            assert!(Instant::now() < deadline, "never {words}:\n{}", self.screen().contents());
            match self.output.recv_timeout(Duration::from_millis(200)) {
                Ok(bytes) => self.take(&bytes),
                Err(_) => self.press("x"),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.raw.extend(bytes);
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the program's end and takes the rest of what it wrote; its exit code.
    fn end(&mut self, within: Duration) -> u32 {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.after = Some(settings(&*self.master));
                self.slave = None;
                while let Ok(bytes) = self.output.recv_timeout(DEADLINE) {
                    self.take(&bytes);
                }
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "does not end:\n{}", self.screen().contents());
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(10)) {
                self.take(&bytes);
            }
        }
    }

    /// The terminal is as it was before.
    fn is_given_back(&self) {
        let screen = self.screen();
        let modes = (screen.alternate_screen(), screen.hide_cursor(), screen.bracketed_paste());
        assert_eq!(modes, (false, false, false), "alternate screen, hidden cursor, bracketed paste");
        assert_eq!(self.after.as_ref(), Some(&self.before), "raw mode");
    }

    /// Nothing but escape sequences, text and line ends was written.
    fn is_clean(&self) {
        let text = without_sequences(&String::from_utf8_lossy(&self.raw));
        let raw: Vec<char> = text.chars().filter(|c| c.is_control() && !matches!(c, '\r' | '\n')).collect();
        assert!(raw.is_empty(), "raw characters {raw:?}");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// The terminal's line settings: echo, line by line, signals.
fn settings(master: &dyn MasterPty) -> String {
    format!(
        "{:?}",
        master.get_termios().map(|termios| (termios.local_flags, termios.input_flags, termios.output_flags))
    )
}

/// The text without CSI and OSC sequences and the two-character escapes.
fn without_sequences(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = if let Some(control) = after.strip_prefix('[') {
            control.split_once(|c: char| ('@'..='~').contains(&c)).map_or("", |(_, rest)| rest)
        } else if let Some(title) = after.strip_prefix(']') {
            let end = title.find(['\u{7}', '\u{1b}']).unwrap_or(title.len());
            title[end..].trim_start_matches("\u{1b}\\").strip_prefix('\u{7}').unwrap_or(&title[end..])
        } else {
            after.get(1..).unwrap_or("")
        };
    }
    plain + rest
}

/// Generous: a machine under test load is slow, and hanging calls take 30 seconds.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn the_demo_shows_a_simulated_account_and_leaves_the_terminal_as_it_was() {
    for (columns, lines) in [(120, 40), (80, 24)] {
        let mut terminal = Terminal::start(columns, lines, &["demo"]);
        terminal.until_text("SIMULATED");
        terminal.until_text("Claude Sonnet 4.5");
        assert!(terminal.screen().alternate_screen() && terminal.screen().hide_cursor());
        assert_ne!(settings(&*terminal.master), terminal.before, "keys come one by one");
        terminal.press("jj?");
        terminal.until_text("leave; Ctrl-C always does");
        terminal.press("\u{1b}");
        terminal.until("help closed", |screen| !screen.contents().contains("leave; Ctrl-C always does"));
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
    terminal.until_text("Claude Sonnet 4.5");
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
    terminal.until_nudged("leave; Ctrl-C always does");
    terminal.press("?");
    terminal.until_nudged("Claude Sonnet 4.5");
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
    terminal.until_text("leave; Ctrl-C always does");
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
