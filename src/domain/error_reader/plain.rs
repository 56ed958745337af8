//! Pasted text made fit to be read: bounded, on one line, without what moves a cursor or hides; and a second form of it that texts are compared in.

/// Bytes that are read of the beginning and of the end: an error stands at the beginning, or behind a stack trace.
pub(super) const EACH_END_AT_MOST: usize = 128 * 1024;

/// What some programs print where a right single quotation mark was meant: as JSON escapes it, and UTF-8 read as Windows-1252.
const APOSTROPHES: [&str; 4] = ["\\u2019", "â€™", "&#39;", "&apos;"];

/// The beginning and the end of a text that is too long, else the whole.
pub(super) fn bounded(text: &str) -> (String, bool) {
    if text.len() <= 2 * EACH_END_AT_MOST {
        return (text.to_owned(), false);
    }
    let begin = floor(text, EACH_END_AT_MOST);
    let end = floor(text, text.len() - EACH_END_AT_MOST);
    (format!("{} … {}", &text[..begin], &text[end..]), true)
}

/// The last boundary of a character at or before a byte.
pub(super) fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// On one line, without control characters and without escapes of JSON inside of JSON.
pub(super) fn plain(text: &str) -> String {
    let mut text = without_colours(text);
    for written in APOSTROPHES {
        if text.contains(written) {
            text = text.replace(written, "’");
        }
    }
    if text.contains('\\') {
        text = text.replace("\\\\", "\\").replace("\\\"", "\"").replace("\\n", " ").replace("\\t", " ");
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        match c {
            c if c.is_control() || c.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            c => plain.push(c),
        }
    }
    plain.trim().to_owned()
}

/// Without the sequences by which terminals are given colours.
fn without_colours(text: &str) -> String {
    if !text.contains('\u{1b}') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split("\u{1b}[");
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let ends = piece.find(|c: char| !c.is_ascii_digit() && c != ';');
        let after = ends.and_then(|at| piece[at..].strip_prefix('m'));
        out.push_str(after.unwrap_or(piece));
    }
    out
}

/// Characters that show nothing or turn the text round.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e0fff}')
}

/// As texts are compared: in lower case, apostrophes straight, white space single. One byte of ASCII stays one byte, so places agree roughly, not exactly.
pub(super) fn comparable(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '’' | '‘' | '`' | '´' => out.push('\''),
            '“' | '”' => out.push('"'),
            c => out.push(c.to_ascii_lowercase()),
        }
    }
    out
}

/// A run of base64 characters of this length is a key, a token or a signature: a secret key has 40.
const SECRET_CHARS: usize = 40;

/// Without what looks like a key, a token or a signature.
pub(super) fn without_secrets(text: &str) -> String {
    let in_run = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_');
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while !rest.is_empty() {
        let end = rest.find(|c| !in_run(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        out.push_str(if is_secret(run) { "[removed]" } else { run });
        let mut chars = after.chars();
        out.extend(chars.next());
        rest = chars.as_str();
    }
    out
}

/// A long run, or an access key id: `AKIA` or `ASIA` and 16 more.
fn is_secret(run: &str) -> bool {
    let key_id = run.len() == 20 && (run.starts_with("AKIA") || run.starts_with("ASIA"));
    run.len() >= SECRET_CHARS && run.contains(|c: char| c.is_ascii_digit()) || key_id
}

/// A text of at most so many characters.
pub(super) fn short(text: &str, at_most: usize) -> String {
    let mut short: String = text.chars().take(at_most).collect();
    if text.chars().nth(at_most).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_a_cursor_is_left_and_colours_go() {
        assert_eq!(plain("a\u{1b}[31;1mred\u{1b}[0m\r\n\tb\u{7}\u{202e}c"), "ared b c");
        assert_eq!(plain("isn\\u2019t isnâ€™t {\\\"a\\\"}"), "isn’t isn’t {\"a\"}");
        assert_eq!(comparable("Isn’t “X”"), "isn't \"x\"");
    }

    #[test]
    fn keys_and_tokens_are_removed_and_names_are_not() {
        let token = "IQoJb3JpZ2luX2VjEJv//////////wEaCXVzLWVhc3QtMSJHMEUCIQ";
        assert_eq!(without_secrets(&format!("for AKIAIOSFODNN7EXAMPLE, {token}.")), "for [removed], [removed].");
        let name = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0";
        assert_eq!(without_secrets(name), name);
    }

    #[test]
    fn the_ends_of_a_long_text_are_kept_whole_characters() {
        let long = "é".repeat(EACH_END_AT_MOST * 2);
        let (cut, is_cut) = bounded(&format!("first{long}last"));
        assert!(is_cut && cut.starts_with("first") && cut.ends_with("last") && cut.len() < EACH_END_AT_MOST * 2 + 16);
    }
}
