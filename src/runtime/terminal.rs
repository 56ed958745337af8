//! The terminal guard: takes the screen on entry and gives it back on drop, on panic and on a signal.
//!
//! [`restore`] may be called from anywhere and any number of times: only the first call after an entry writes.

use std::{
    io::{self, IsTerminal, Stdout, Write},
    panic,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute,
    style::Print,
    terminal::{
        EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{Frame, backend::CrosstermBackend};

use super::frames::{Frames, Written};

/// Whether the screen is ours now.
static ENTERED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// xterm's window operations 22 and 23: put the window's title aside, and take it back. Terminals without them ignore them.
const SAVE_TITLE: &str = "\x1b[22;0t";
const LOAD_TITLE: &str = "\x1b[23;0t";

/// Clicks and the wheel (1000), written as SGR does (1006). Not crossterm's own command: that has every motion reported too, which nothing here needs.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// What rings the bell.
const BELL: char = '\x07';

/// tmux passes on what stands between these (where `allow-passthrough` is on), each ESC of it doubled.
const TMUX_BEGIN: &str = "\x1bPtmux;";
const TMUX_END: &str = "\x1b\\";

/// The screen, ours until it is dropped.
#[derive(Debug)]
pub struct Terminal {
    inner: ratatui::Terminal<Frames<CrosstermBackend<Stdout>, Stdout>>,
    mouse: bool,
}

impl Terminal {
    /// Takes the screen: raw mode, alternate screen, no cursor, bracketed paste, the window's title; with `mouse` clicks and the wheel too.
    ///
    /// # Errors
    /// Where standard output is not a terminal, or the terminal refuses.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other("standard output is not a terminal, so there is no screen to draw on"));
        }
        HOOK.call_once(restore_before_panic);
        take(mouse)?;
        // From here on a failure gives the screen back: the guard exists, or `restore` is called.
        let backend = Frames::new(CrosstermBackend::new(io::stdout()), io::stdout());
        match ratatui::Terminal::new(backend) {
            Ok(inner) => Ok(Self { inner, mouse }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Draws one frame in one piece: terminals that know synchronised updates show it at once, the others as usual. Where it is the same as the one before,
    /// nothing is written.
    ///
    /// # Errors
    /// Where writing to the terminal fails, or the screen was given back meanwhile: another thread panicked, or a signal came.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame)) -> io::Result<()> {
        if !ENTERED.load(Ordering::SeqCst) {
            return Err(io::Error::other("the screen was given back"));
        }
        let drawn = self.inner.draw(draw).map(|_| ());
        let ended = self.inner.backend_mut().end();
        drawn.and(ended)
    }

    /// The screen's size in cells.
    #[must_use]
    pub fn size(&self) -> ratatui::layout::Size {
        self.inner.size().unwrap_or_default()
    }

    /// What was written so far.
    #[must_use]
    pub fn written(&self) -> Written {
        self.inner.backend().written()
    }

    /// Takes the screen again after somebody else had the terminal, or may have changed it; the next frame is drawn whole.
    ///
    /// # Errors
    /// Where the terminal refuses.
    pub fn retake(&mut self) -> io::Result<()> {
        // Raw mode is put on anew: what the shell has set since would stay.
        let _ = disable_raw_mode();
        take(self.mouse)?;
        self.inner.clear()
    }

    /// Asks the terminal something; its answer comes as input.
    ///
    /// # Errors
    /// Where writing to the terminal fails.
    pub fn ask(&mut self, question: &str) -> io::Result<()> {
        execute!(io::stdout(), Print(question))
    }

    /// Puts a text into the clipboard of the terminal's own machine (OSC 52). In tmux it is written twice: tmux takes the plain form where `set-clipboard`
    /// is on, and passes the other one on where `allow-passthrough` is.
    ///
    /// # Errors
    /// Where writing to the terminal fails.
    pub fn copy(&mut self, text: &str, in_tmux: bool) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))?;
        if in_tmux {
            let mut plain = String::new();
            crossterm::Command::write_ansi(&CopyToClipboard::to_clipboard_from(text), &mut plain)
                .map_err(io::Error::other)?;
            let doubled = plain.replace('\x1b', "\x1b\x1b");
            execute!(io::stdout(), Print(format!("{TMUX_BEGIN}{doubled}{TMUX_END}")))?;
        }
        Ok(())
    }

    /// Rings the bell.
    ///
    /// # Errors
    /// Where writing to the terminal fails.
    pub fn ring(&self) -> io::Result<()> {
        execute!(io::stdout(), Print(BELL))
    }
}

/// Puts the terminal into our modes.
fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    let mut out = io::stdout();
    let title = if ENTERED.swap(true, Ordering::SeqCst) { "" } else { SAVE_TITLE };
    let mouse = if mouse { MOUSE_ON } else { "" };
    let taken = execute!(
        out,
        Print(title),
        SetTitle("tiertop"),
        EnterAlternateScreen,
        EnableBracketedPaste,
        Print(mouse),
        Hide
    );
    if taken.is_err() {
        restore();
    }
    taken
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the screen back. Errors are passed over: there is nowhere left to show them.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        Print(MOUSE_OFF),
        DisableBracketedPaste,
        Show,
        LeaveAlternateScreen,
        Print(LOAD_TITLE)
    );
    let _ = disable_raw_mode();
    let _ = out.flush();
}

fn restore_before_panic() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        restore();
        print(info);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_back_what_was_never_taken_writes_nothing() {
        restore();
        restore();
        assert!(!ENTERED.load(Ordering::SeqCst));
    }
}
