//! What ratatui writes, as whole frames: a frame that is the same as the one before writes nothing, and any other is one synchronised update.
//!
//! ratatui 0.30 writes some forty bytes for a frame in which no cell changed (it sets the colours back and hides the cursor), and asks the terminal where the
//! cursor is before it clears: an answer that would come among the keys. Public, so that the benchmark measures what the dashboard writes.

use std::io::{self, Write};

use crossterm::{
    queue,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

/// What was written to the terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Frames in which something changed.
    pub frames: u64,
    /// Cells that changed.
    pub cells: u64,
}

/// A backend that writes nothing for nothing.
#[derive(Debug)]
pub struct Frames<B, W: Write> {
    inner: B,
    out: W,
    begun: bool,
    written: Written,
}

impl<B: Backend<Error = io::Error>, W: Write> Frames<B, W> {
    /// A backend on another; both write to the same place.
    pub fn new(inner: B, out: W) -> Self {
        Self { inner, out, begun: false, written: Written::default() }
    }

    /// What was written so far.
    #[must_use]
    pub fn written(&self) -> Written {
        self.written
    }

    fn begin(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        self.written.frames += 1;
        queue!(self.out, BeginSynchronizedUpdate)
    }

    /// Ends a frame that was begun.
    ///
    /// # Errors
    /// Where writing fails.
    pub fn end(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.begun) {
            return Ok(());
        }
        queue!(self.out, EndSynchronizedUpdate)?;
        self.out.flush()
    }
}

impl<B: Backend<Error = io::Error>, W: Write> Backend for Frames<B, W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.begin()?;
        let mut cells = 0;
        let drawn = self.inner.draw(content.inspect(|_| cells += 1));
        self.written.cells += cells;
        drawn
    }

    /// It is hidden from the start.
    fn hide_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Whoever gives the screen back shows it. ratatui does it too, when dropped, and panics where the terminal is gone.
    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Nobody sees it, so nobody asks where it is.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.begin()?;
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.begun { self.inner.flush() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};

    use super::*;

    /// Both writers of a terminal are one.
    #[derive(Clone, Default)]
    struct Shared(Rc<RefCell<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_same_frame_again_writes_nothing() {
        let out = Shared::default();
        let backend = Frames::new(CrosstermBackend::new(out.clone()), out.clone());
        let viewport = Viewport::Fixed(Rect::new(0, 0, 20, 2));
        let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
        let mut frame = |text: &str| {
            terminal.draw(|frame| frame.render_widget(text, frame.area())).unwrap();
            terminal.backend_mut().end().unwrap();
            let bytes = std::mem::take(&mut *out.0.borrow_mut());
            (String::from_utf8(bytes).unwrap(), terminal.backend().written())
        };
        let (first, written) = frame("abc");
        assert!(
            first.starts_with("\x1b[?2026h") && first.ends_with("\x1b[?2026l") && first.contains("abc"),
            "{first:?}"
        );
        assert_eq!(written, Written { frames: 1, cells: 3 });
        assert_eq!(frame("abc"), (String::new(), written));
        let (second, written) = frame("abd");
        assert!(second.contains('d') && !second.contains("ab"), "{second:?}");
        assert_eq!(written, Written { frames: 2, cells: 4 });
        drop(terminal);
        assert!(out.0.borrow().is_empty(), "giving back is not ratatui's");
    }
}
