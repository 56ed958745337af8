//! A program in a real pseudo-terminal, as tests drive it: what it writes is read by a terminal of our own.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    process::Command,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

use crate::support::{DEADLINE, Home};

/// A program in a terminal.
pub struct Terminal {
    pub master: Box<dyn MasterPty + Send>,
    /// Held so that the terminal outlives its program; let go of, what was written ends.
    slave: Option<Box<dyn SlavePty + Send>>,
    pub child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    pub parser: vt100::Parser,
    pub raw: Vec<u8>,
    /// The terminal's own settings before the program began.
    pub before: String,
    /// And after its end.
    after: Option<String>,
    _home: Home,
}

pub fn size(columns: u16, lines: u16) -> PtySize {
    PtySize { rows: lines, cols: columns, pixel_width: 0, pixel_height: 0 }
}

pub fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

impl Terminal {
    pub fn start(columns: u16, lines: u16, arguments: &[&str]) -> Self {
        Self::run(env!("CARGO_BIN_EXE_tiertop"), columns, lines, arguments, &[])
    }

    pub fn run(program: &str, columns: u16, lines: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let home = Home::new();
        let pair = native_pty_system().openpty(size(columns, lines)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
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

    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Takes what the program writes until this holds of the screen.
    pub fn until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !holds(self.parser.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!("never {what}:\n{}", self.screen().contents())
            };
            self.take(&bytes);
        }
    }

    pub fn until_text(&mut self, words: &str) {
        self.until(words, |screen| screen.contents().contains(words));
    }

    pub fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.raw.extend(bytes);
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Sends a signal to the program that our program started.
    pub fn signal_below(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(
            Command::new("pkill").args(["-x", &format!("-{name}"), "-P", &id, "tiertop"]).status().unwrap().success()
        );
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, lines: u16) {
        self.parser.screen_mut().set_size(cells(lines), cells(columns));
        self.master.resize(size(columns, lines)).unwrap();
    }

    /// Waits for the program's end and takes the rest of what it wrote; its exit code.
    pub fn end(&mut self, within: Duration) -> u32 {
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
    pub fn is_given_back(&self) {
        let screen = self.screen();
        let modes = (screen.alternate_screen(), screen.hide_cursor(), screen.bracketed_paste());
        assert_eq!(modes, (false, false, false), "alternate screen, hidden cursor, bracketed paste");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(self.after.as_ref(), Some(&self.before), "raw mode");
    }

    /// Nothing but escape sequences, text and line ends was written.
    pub fn is_clean(&self) {
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
pub fn settings(master: &dyn MasterPty) -> String {
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
pub const SOON: Duration = Duration::from_secs(10);
