//! The terminal's background: asked once when the screen is taken, by xterm's OSC 11, and told from the answer.
//!
//! The answer comes as input, among the keys. crossterm does not know it and gives it as the keys it would be: `Alt-]`, `1`, `1`, `;`, … up to `Ctrl-G` or
//! `Alt-\`. So it is put together from them here, whenever it comes: over a slow line that may be after the first frame, and none of it may then work as keys.
//! That is why no crate asks: terminal-colorsaurus 1.0 drops what the user types meanwhile, and leaves a late answer to be read as keys.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// What asks.
pub(super) const QUESTION: &str = "\x1b]11;?\x07";

/// The first frame waits so long for the answer: a terminal at hand answers in a few milliseconds, and an answer from afar changes the colours when it comes.
pub(super) const WAIT: Duration = Duration::from_millis(40);

/// No answer is longer: `11;rgba:ffff/ffff/ffff/ffff`.
const LONGEST: usize = 40;

/// Takes the answer out of the stream of keys.
#[derive(Debug, Default)]
pub(super) struct Background {
    /// What came of an answer so far; None while none comes.
    answer: Option<String>,
    /// The keys that it came as.
    held: Vec<Event>,
    /// Whether a question is open.
    asked: bool,
}

/// What an event was.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    /// Nothing of an answer. What was taken for one and is none comes before it.
    Events(Vec<Event>),
    /// A piece of an answer.
    Piece,
    /// The end of one: whether the background is light; None where it cannot be read.
    Answer(Option<bool>),
}

impl Background {
    /// A question was asked.
    pub(super) fn asked() -> Self {
        Self { asked: true, ..Self::default() }
    }

    /// Whether an answer is still to come.
    pub(super) fn is_open(&self) -> bool {
        self.asked
    }

    /// Takes an event of the terminal.
    pub(super) fn hear(&mut self, event: Event) -> Heard {
        let Event::Key(key) = event else { return Heard::Events(vec![event]) };
        if !self.asked {
            return Heard::Events(vec![event]);
        }
        let Some(answer) = &mut self.answer else {
            if is(key, ']', KeyModifiers::ALT) {
                (self.answer, self.held) = (Some(String::new()), vec![event]);
                return Heard::Piece;
            }
            return Heard::Events(vec![event]);
        };
        self.held.push(event);
        if is(key, 'g', KeyModifiers::CONTROL) || is(key, '\\', KeyModifiers::ALT) {
            let light = is_light(answer);
            *self = Self::default();
            return Heard::Answer(light);
        }
        match key.code {
            KeyCode::Char(c) if may_follow(answer, c) => {
                answer.push(c);
                Heard::Piece
            }
            _ => {
                self.answer = None;
                Heard::Events(std::mem::take(&mut self.held))
            }
        }
    }
}

fn is(key: KeyEvent, c: char, modifier: KeyModifiers) -> bool {
    key.code == KeyCode::Char(c) && key.modifiers.contains(modifier)
}

/// Whether a character can go on an answer: `11;` and then a colour.
fn may_follow(answer: &str, c: char) -> bool {
    const BEGINS: &str = "11;";
    match BEGINS.chars().nth(answer.len()) {
        Some(begins) => c == begins,
        None => answer.len() < LONGEST && (c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '#')),
    }
}

/// Whether a colour as X writes it (`rgb:RRRR/GGGG/BBBB`, any number of digits) is nearer to white, by its luminance (ITU-R BT.709).
fn is_light(answer: &str) -> Option<bool> {
    let (_, colour) = answer.split_once("rgb")?;
    let mut parts = colour.trim_start_matches('a').strip_prefix(':')?.split('/').map(share);
    let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
    let linear = |share: f64| share.powf(2.2);
    let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    // The luminance of the grey that looks as far from black as from white (CIE L* = 50).
    Some(luminance > 0.184)
}

/// A part of a colour between 0 and 1.
fn share(digits: &str) -> Option<f64> {
    let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok().filter(|length| (1..=4).contains(length))?)? - 1;
    Some(f64::from(u32::from_str_radix(digits, 16).ok()?) / f64::from(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(code), modifiers))
    }

    /// The keys that crossterm makes of an answer.
    fn keys(answer: &str) -> Vec<Event> {
        let mut keys = vec![key(']', KeyModifiers::ALT)];
        keys.extend(answer.chars().map(|c| key(c, KeyModifiers::NONE)));
        keys
    }

    fn heard(background: &mut Background, keys: Vec<Event>) -> Vec<Event> {
        let mut passed = Vec::new();
        for event in keys {
            if let Heard::Events(events) = background.hear(event) {
                passed.extend(events);
            }
        }
        passed
    }

    #[test]
    fn an_answer_is_taken_out_of_the_keys() {
        for (answer, light) in [
            ("11;rgb:ffff/ffff/ffff", Some(true)),
            ("11;rgb:1e/1e/1e", Some(false)),
            ("11;rgba:fdf6/e3e3/0000/ffff", Some(true)),
            ("11;rgb:0000/0000/ffff", Some(false)),
            ("11;rgb:zz/1/1", None),
        ] {
            for end in [key('g', KeyModifiers::CONTROL), key('\\', KeyModifiers::ALT)] {
                let mut background = Background::asked();
                assert_eq!(heard(&mut background, keys(answer)), [], "{answer}");
                assert_eq!(background.hear(end), Heard::Answer(light), "{answer}");
                assert!(!background.is_open());
            }
        }
    }

    #[test]
    fn what_is_no_answer_comes_through_whole() {
        let j = key('j', KeyModifiers::NONE);
        let mut background = Background::asked();
        assert_eq!(background.hear(j.clone()), Heard::Events(vec![j.clone()]));
        let no_answer = keys("11j");
        assert_eq!(heard(&mut background, no_answer.clone()), no_answer);
        let endless = keys(&format!("11;{}", "1".repeat(100)));
        assert_eq!(heard(&mut background, endless.clone()), endless);
        assert!(background.is_open());
        let mut nothing_asked = Background::default();
        assert_eq!(heard(&mut nothing_asked, keys("11;rgb:1/1/1")).len(), keys("11;rgb:1/1/1").len());
    }
}
