//! Untrusted text that comes in pieces and goes to a terminal as it comes: line breaks and tabs stay, what steers a terminal or hides does not.
//!
//! Unlike in a table's cell, the terminal lays the text out: joined emoji, flags, skin tones, right-to-left scripts and combining marks stay as they are.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// Marks that one character may carry: joined emoji and stacked scripts have fewer, and no more paint over the lines above.
const MARKS_AT_MOST: usize = 16;

/// Makes text safe, piece by piece.
#[derive(Debug, Clone, Default)]
pub struct RunningText {
    marks: usize,
    after_return: bool,
}

impl RunningText {
    /// The piece, safe. Every way to end a line becomes a line feed; other control characters become `?`; what changes directions or hides is left out.
    #[must_use]
    pub fn clean(&mut self, piece: &str) -> String {
        piece.chars().filter_map(|c| self.next(c)).collect()
    }

    fn next(&mut self, c: char) -> Option<char> {
        let after_return = std::mem::replace(&mut self.after_return, c == '\r');
        let c = match c {
            '\n' if after_return => return None,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => '\t',
            c if c.is_control() => '?',
            c if steers(c) => return None,
            c => c,
        };
        self.marks = if c.width() == Some(0) { self.marks + 1 } else { 0 };
        (self.marks <= MARKS_AT_MOST).then_some(c)
    }
}

/// Whether a character steers how others are shown, or is text that nobody sees: direction controls, interlinear marks, tags.
fn steers(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{feff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// JSON text in which such characters are written as escapes: the same document, harmless to a terminal.
#[must_use]
pub fn harmless_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        // Below U+0080 JSON escapes controls itself, but for DEL.
        if !c.is_ascii() && (c.is_control() || steers(c)) || c == '\u{7f}' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(text: &str) -> String {
        RunningText::default().clean(text)
    }

    #[test]
    fn escapes_and_directions_are_gone() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\u{9b}2J"), "a?[31mred??2J");
        assert_eq!(clean("abc\u{202e}fed\u{2066}x\u{200f}"), "abcfedx");
        assert_eq!(clean("a\r\nb\rc\n\u{2028}d\te"), "a\nb\nc\n\nd\te");
        assert_eq!(clean("hi\u{e0041}\u{e0042}"), "hi");
        assert_eq!(clean(&format!("e{}x", "\u{301}".repeat(500))), format!("e{}x", "\u{301}".repeat(MARKS_AT_MOST)));
    }

    #[test]
    fn scripts_and_emoji_stay_right() {
        for text in [
            "日本語モデル",
            "e\u{301}",
            "👩\u{200d}👩\u{200d}👧\u{200d}👦",
            "🇳🇴",
            "👍🏽",
            "❤\u{fe0f}",
            "नमस्ते",
            "می\u{200c}خواهم",
            "שלום",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn json_means_the_same() {
        let text = "a\u{9b}b\u{202e}c\u{e0041}\u{7f}日\n\u{1b}";
        let json = serde_json::to_string(text).unwrap();
        let safe = harmless_json(&json);
        assert!(safe.chars().all(|c| !c.is_control() && !steers(c)), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }

    proptest! {
        #[test]
        fn pieces_are_cleaned_as_the_whole(text in any::<String>(), cuts in prop::collection::vec(0..80_usize, 0..6)) {
            let mut ends: Vec<usize> = cuts.iter().map(|cut| text.floor_char_boundary(*cut)).collect();
            ends.extend([0, text.len()]);
            ends.sort_unstable();
            let mut running = RunningText::default();
            let pieces: String = ends.windows(2).map(|pair| running.clean(&text[pair[0]..pair[1]])).collect();
            prop_assert_eq!(&pieces, &clean(&text));
            prop_assert!(pieces.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control() && !steers(c)));
        }
    }
}
