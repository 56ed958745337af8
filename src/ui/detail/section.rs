//! Lines of text in sections: a title, then what is known under it.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::ui::{
    cells::Cell,
    text::{width, wrap},
    theme::{Theme, Tone},
};

/// A line: pieces, each with its tone.
pub(in crate::ui) type Line = Cell;

/// Cells of a label.
const LABEL: usize = 13;

/// Lines under a title.
#[derive(Debug, Clone, Default)]
pub(in crate::ui) struct Section {
    lines: Vec<Line>,
    /// Whether something is being typed in it.
    pub(super) is_typed_in: bool,
}

impl Section {
    /// A section of nothing but its title.
    pub(in crate::ui) fn new(title: impl Into<String>) -> Self {
        Self { lines: vec![vec![(title.into(), Tone::Accent)]], is_typed_in: false }
    }

    /// Adds a line.
    pub(in crate::ui) fn line(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Adds a label and what stands beside it, on as many lines as it takes.
    pub(in crate::ui) fn fact(&mut self, label: &str, value: &str, tone: Tone, room: usize) {
        let beside = room.saturating_sub(LABEL + 3).max(8);
        let mut label = label.to_owned();
        for line in broken(value, beside) {
            let label = format!("  {:<LABEL$} ", std::mem::take(&mut label));
            self.lines.push(vec![(label, Tone::Dim), (line, tone)]);
        }
    }

    /// Adds running text.
    pub(in crate::ui) fn text(&mut self, text: &str, tone: Tone, room: usize) {
        for line in broken(text, room.saturating_sub(2).max(8)) {
            self.lines.push(vec![(format!("  {line}"), tone)]);
        }
    }
}

/// Text on lines of so many cells; a word that is longer, such as an ARN, goes on in the next line.
fn broken(text: &str, room: usize) -> Vec<String> {
    let mut words = String::new();
    for word in text.split(' ') {
        let mut used = 0;
        for c in word.chars() {
            let cells = width(c.encode_utf8(&mut [0; 4]));
            if used + cells > room {
                words.push(' ');
                used = 0;
            }
            words.push(c);
            used += cells;
        }
        words.push(' ');
    }
    wrap(&words, room, "")
}

/// Which of the lines of sections are of the one that is typed in.
pub(super) fn typed_in(sections: &[Section]) -> Option<Range<usize>> {
    let at = sections.iter().position(|section| section.is_typed_in)?;
    let start = sections[..at].iter().map(|section| section.lines.len() + 1).sum();
    Some(start..start + sections[at].lines.len())
}

/// The lines of sections, a blank one between two.
pub(in crate::ui) fn lines(sections: Vec<Section>) -> Vec<Line> {
    let mut lines = Vec::new();
    for section in sections {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.extend(section.lines);
    }
    lines
}

/// Writes a line into its place and never beyond it.
pub(in crate::ui) fn put(line: &Line, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut x = area.x;
    for (text, tone) in line {
        let left = usize::from(area.right().saturating_sub(x));
        x = buffer.set_stringn(x, area.y, theme.fit(text, left), left, theme.style(*tone)).0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_word_is_broken_and_nothing_is_lost() {
        assert_eq!(broken("arn:aws:bedrock", 6), ["arn:aw", "s:bedr", "ock"]);
        assert_eq!(broken("one two", 20), ["one two"]);
        assert_eq!(broken("日本語モデル", 5), ["日本", "語モ", "デル"]);
        assert_eq!(broken("", 5), Vec::<String>::new());
    }
}
