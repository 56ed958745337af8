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
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute, queue,
    style::Print,
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
        disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{Frame, backend::CrosstermBackend};

/// Whether the screen is ours now.
static ENTERED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// xterm's window operations 22 and 23: put the window's title aside, and take it back. Terminals without them ignore them.
const SAVE_TITLE: &str = "\x1b[22;0t";
const LOAD_TITLE: &str = "\x1b[23;0t";

/// The screen, ours until it is dropped.
#[derive(Debug)]
pub struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<Stdout>>,
}

impl Terminal {
    /// Takes the screen: raw mode, alternate screen, no cursor, bracketed paste, the window's title.
    ///
    /// # Errors
    /// Where standard output is not a terminal, or the terminal refuses.
    pub fn enter() -> io::Result<Self> {
        let mut out = io::stdout();
        if !out.is_terminal() {
            return Err(io::Error::other("standard output is not a terminal, so there is no screen to draw on"));
        }
        HOOK.call_once(restore_before_panic);
        enable_raw_mode()?;
        ENTERED.store(true, Ordering::SeqCst);
        // From here on a failure gives the screen back: the guard exists, or `restore` is called.
        let entered =
            execute!(out, Print(SAVE_TITLE), SetTitle("tiertop"), EnterAlternateScreen, EnableBracketedPaste, Hide)
                .and_then(|()| ratatui::Terminal::new(CrosstermBackend::new(io::stdout())));
        match entered {
            Ok(inner) => Ok(Self { inner }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Draws one frame in one piece: terminals that know synchronised updates show it at once, the others as usual.
    ///
    /// # Errors
    /// Where writing to the terminal fails, or the screen was given back meanwhile: another thread panicked, or a signal came.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame)) -> io::Result<()> {
        if !ENTERED.load(Ordering::SeqCst) {
            return Err(io::Error::other("the screen was given back"));
        }
        queue!(io::stdout(), BeginSynchronizedUpdate)?;
        let drawn = self.inner.draw(draw).map(|_| ());
        let ended = execute!(io::stdout(), EndSynchronizedUpdate);
        drawn.and(ended)
    }
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
    let _ = execute!(out, EndSynchronizedUpdate, DisableBracketedPaste, Show, LeaveAlternateScreen, Print(LOAD_TITLE));
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
