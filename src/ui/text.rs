//! Untrusted text made safe, and text cut to a width in cells. Names come from AWS, tags and error messages: they may hold anything.

use std::borrow::Cow;

use ratatui::{style::Style, text::Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Characters of a name that are looked at; more than any screen is wide.
pub const LONGEST: usize = 512;

/// Characters of a sentence, such as a finding's or an error's, that are looked at.
pub const LONG: usize = 4096;

/// Combining marks that one character may carry: enough for every script, too few to paint over other lines.
const COMBINING_MARKS: usize = 2;

/// The text without anything that moves the cursor, changes the direction or hides: line breaks become spaces, other control characters `?`.
#[must_use]
pub fn clean(text: &str) -> String {
    clean_up_to(text, LONGEST)
}

/// As [`clean`], of a text of which more characters are looked at.
#[must_use]
pub fn clean_up_to(text: &str, longest: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(longest));
    let mut marks = COMBINING_MARKS;
    for c in text.chars().take(longest).filter(|c| !is_invisible(*c)) {
        let c = visible(c);
        let mark = c.width() == Some(0);
        marks = if mark { marks + 1 } else { 0 };
        if marks <= COMBINING_MARKS {
            safe.push(c);
        }
    }
    safe.trim().to_owned()
}

fn visible(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        // Two of these make a flag, one cell or two wide as the terminal likes: the letters stay.
        '\u{1f1e6}'..='\u{1f1ff}' => char::from(b'A' + u8::try_from(u32::from(c) - 0x1f1e6).unwrap_or(0)),
        c if c.is_control() => '?',
        c => c,
    }
}

/// Bidirectional controls, zero-width characters, variation selectors, tags, fillers, skin tones: what changes how other characters look, or looks like nothing.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// How many cells the text takes: the sum over its graphemes, as ratatui's buffer counts.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { graphemes(text).map(|(_, width)| width).sum() }
}

fn graphemes(text: &str) -> impl Iterator<Item = (String, usize)> {
    let graphemes: Vec<_> = Span::raw(text)
        .styled_graphemes(Style::new())
        .map(|grapheme| (grapheme.symbol.to_owned(), grapheme.symbol.width()))
        .collect();
    graphemes.into_iter()
}

/// The text in at most `cells` cells; where something is cut off it ends with the ellipsis, or with as much of that as there is room for.
#[must_use]
pub fn truncate(text: &str, cells: usize, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let end = width(ellipsis);
    if end > cells {
        return ellipsis.chars().take(cells).collect();
    }
    let mut cut = String::new();
    let mut used = 0;
    for (symbol, width) in graphemes(text) {
        if used + width > cells - end {
            break;
        }
        used += width;
        cut.push_str(&symbol);
    }
    let mut cut = cut.trim_end().to_owned();
    cut.push_str(ellipsis);
    cut
}

/// The text cut where a clause ends (`, ` or ` · `), if that keeps at least a third of the room; else with an ellipsis.
#[must_use]
pub fn truncate_clause(text: &str, cells: usize, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let ends = [", ", " · ", ". "].into_iter().flat_map(|mark| text.match_indices(mark)).map(|(at, _)| at);
    let fits = ends.filter(|at| (cells / 3..=cells).contains(&width(&text[..*at]))).max();
    fits.map_or_else(|| truncate(text, cells, ellipsis), |at| text[..at].to_owned())
}

/// Breaks text into lines of at most `cells` cells, at spaces where there are any.
#[must_use]
pub fn wrap(text: &str, cells: usize, ellipsis: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = truncate(word, cells, ellipsis);
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(&word) <= cells => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Breaks a line into lines of at most `cells` cells, and loses nothing but a blank at a break: at the last blank that fits, else anywhere. Leading blanks stay.
#[must_use]
pub fn fold(line: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    let mut lines = Vec::new();
    let mut rest = line;
    while width(rest) > cells {
        let fits = fitting(rest, cells);
        let blank = rest[..fits].rfind(' ').filter(|at| !rest[..*at].trim().is_empty());
        // A blank just behind what fits is a break, too.
        let (end, next) = match blank {
            _ if rest[fits..].starts_with(' ') => (fits, fits + 1),
            Some(at) => (at, at + 1),
            None => (fits, fits),
        };
        lines.push(rest[..end].to_owned());
        rest = &rest[next..];
    }
    lines.push(rest.to_owned());
    lines
}

/// Bytes of the beginning of a text that take at most so many cells; at least one grapheme.
fn fitting(text: &str, cells: usize) -> usize {
    if text.is_ascii() {
        return cells.min(text.len());
    }
    let (mut bytes, mut used) = (0, 0);
    for (symbol, width) in graphemes(text) {
        if bytes > 0 && used + width > cells {
            break;
        }
        used += width;
        bytes += symbol.len();
    }
    text.floor_char_boundary(bytes.min(text.len()).max(1)).max(text.chars().next().map_or(0, char::len_utf8))
}

/// The text in ASCII: our own glyphs become their likeness, anything else `?`.
#[must_use]
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().filter(|c| c.width() != Some(0)) {
        if c.is_ascii() { plain.push(c) } else { plain.push_str(likeness(c)) }
    }
    Cow::Owned(plain)
}

fn likeness(c: char) -> &'static str {
    match c {
        '…' => "...",
        '≥' => ">=",
        '≤' => "<=",
        '→' => "->",
        '├' => "|-",
        '└' => "`-",
        '—' | '·' | '–' | '─' => "-",
        '×' => "x",
        '÷' => "/",
        '↑' => "Up",
        '↓' => "Down",
        '←' => "<-",
        '⏎' => "Enter",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_hides_or_turns_round_is_left() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\nb"), "a?[31mred? b");
        assert_eq!(clean("x \u{1f1f3}\u{1f1f4}"), "x NO");
        assert_eq!(clean("abc\u{202e}fed\u{2066}x"), "abcfedx");
        assert_eq!(clean("a\u{200b}b\u{200d}c\u{feff}"), "abc");
        assert_eq!(clean("e\u{301}\u{301}\u{301}\u{301}x"), "e\u{301}\u{301}x");
        assert_eq!(clean("\u{301}x"), "x");
        assert!(clean(&"x".repeat(10_000)).len() == LONGEST);
    }

    #[test]
    fn cutting_never_halves_a_wide_character() {
        assert_eq!(truncate("日本語モデル", 7, "…"), "日本語…");
        assert_eq!(truncate("日本語モデル", 6, "…"), "日本…");
        assert_eq!(width("日本…"), 5);
        assert_eq!(truncate("abc", 3, "…"), "abc");
        assert_eq!(truncate("abcd", 0, "…"), "");
        assert_eq!(truncate("abcd", 2, "..."), "..");
        assert_eq!(truncate("e\u{301}e\u{301}e\u{301}", 2, "…"), "e\u{301}…");
    }

    #[test]
    fn folding_loses_nothing_but_the_blank_at_a_break() {
        assert_eq!(fold("one two three", 7), ["one two", "three"]);
        assert_eq!(fold("    indented code", 10), ["    indent", "ed code"]);
        assert_eq!(fold("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(fold("日本語モデル", 5), ["日本", "語モ", "デル"]);
        assert_eq!(fold("", 5), [""]);
        assert_eq!(fold("  two  blanks", 40), ["  two  blanks"]);
    }

    #[test]
    fn clauses_are_dropped_whole() {
        assert_eq!(truncate_clause("14% refused, peak 97% of 2.0M", 20, "…"), "14% refused");
        assert_eq!(truncate_clause("one long clause, rest", 12, "…"), "one long cl…");
        assert_eq!(wrap("one two three", 7, "…"), ["one two", "three"]);
    }
}
