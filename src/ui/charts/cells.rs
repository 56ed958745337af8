//! Single cells of a chart, and the glyphs that stand in them, in Unicode and in ASCII.

use ratatui::{buffer::Buffer, style::Style};

use crate::ui::theme::Theme;

/// What charts are drawn with.
#[derive(Debug)]
pub struct Glyphs {
    /// A horizontal line: titles, the quota.
    pub level: char,
    /// The vertical axis.
    pub axis: char,
    /// The axis beside a number.
    pub tick: char,
    /// The mark of a time, under its column.
    pub time: char,
    /// The cross-hair.
    pub cross: char,
    /// A cell of a minute that is not settled.
    pub hollow: char,
    /// What is not known.
    pub unknown: char,
    /// What is usual.
    pub usual: char,
    /// A full cell of a progress bar.
    pub done: char,
}

static UNICODE: Glyphs = Glyphs {
    level: '─',
    axis: '│',
    tick: '┤',
    time: '╵',
    cross: '│',
    hollow: '□',
    unknown: '·',
    usual: '░',
    done: '█',
};

static ASCII: Glyphs = Glyphs {
    level: '-',
    axis: '|',
    tick: '+',
    time: '|',
    cross: '|',
    hollow: 'o',
    unknown: '?',
    usual: '.',
    done: '#',
};

impl Glyphs {
    /// Those of a theme.
    #[must_use]
    pub fn of(theme: &Theme) -> &'static Self {
        if theme.ascii { &ASCII } else { &UNICODE }
    }
}

/// Writes one character into one cell; outside the buffer nothing happens.
pub fn put(buffer: &mut Buffer, x: u16, y: u16, glyph: char, style: Style) {
    if let Some(cell) = buffer.cell_mut((x, y)) {
        // Nothing of what stood there stays: a bar that was bold makes no bold line.
        cell.reset();
        cell.set_char(glyph).set_style(style);
    }
}
