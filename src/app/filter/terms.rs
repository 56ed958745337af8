//! What filters of every screen are made of: a line that is typed, terms that may be turned round, numbers with units, comparisons that know of bounds.

use crate::domain::snapshot::Bound;

/// A filter as it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// What was typed.
    pub text: String,
    /// Whether keys are letters of it now.
    pub typing: bool,
}

/// Characters that a filter may have: more than any screen shows.
pub(super) const LONGEST: usize = 200;

impl Filter {
    /// Takes a key while typing: a letter, `Backspace`, `Ctrl-U`, `Ctrl-W`, `⏎` (keeps it), `Esc` (takes it away).
    pub fn press(&mut self, key: &str) {
        match key {
            "⏎" => self.typing = false,
            "Esc" => *self = Self::default(),
            "Backspace" => {
                self.text.pop();
            }
            "Ctrl-U" => self.text.clear(),
            "Ctrl-W" => {
                let kept = self.text.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.text.truncate(kept);
            }
            letter if letter.chars().count() == 1 => self.insert(letter),
            _ => {}
        }
    }

    /// Adds text that was typed or pasted; control characters are left out.
    pub fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        self.text.extend(text.chars().filter(|c| !c.is_control()).take(room));
    }

    /// Whether it lets everything through because there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`.
    Above,
    /// `>=`.
    AtLeast,
    /// `<`.
    Below,
    /// `<=`.
    AtMost,
    /// `=`.
    Equal,
}

/// How comparisons are written; a sign of two characters before the one that it begins with.
pub(in crate::app) const COMPARISONS: [(&str, Comparison); 5] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    (">", Comparison::Above),
    ("<", Comparison::Below),
    ("=", Comparison::Equal),
];

/// Whether a term must not hold, and what is left of it.
pub(in crate::app) fn split_term(word: &str) -> (bool, &str) {
    match word.strip_prefix(['-', '!']) {
        Some(rest) => (true, rest),
        None => (false, word),
    }
}

/// What has this name.
pub(in crate::app) fn named<T: Copy>(names: &[(&str, T)], name: &str) -> Option<T> {
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// What stands before and after the first sign that compares.
pub(in crate::app) fn comparison(word: &str) -> Option<(&str, Comparison, &str)> {
    let at = word.find(['<', '>', '='])?;
    let (sign, comparison) = COMPARISONS.iter().find(|(sign, _)| word[at..].starts_with(sign))?;
    Some((&word[..at], *comparison, &word[at + sign.len()..]))
}

/// `50`, `50%`, `$1`, `5s`, `200k`, `1.5m`, `2b`.
pub(in crate::app) fn read_number(text: &str) -> Option<f64> {
    let text = text.strip_prefix('$').unwrap_or(text);
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 'k')) => (&text[..at], 1e3),
        Some((at, 'm')) => (&text[..at], 1e6),
        Some((at, 'b')) => (&text[..at], 1e9),
        Some((at, '%' | 's')) => (&text[..at], 1.0),
        _ => (text, 1.0),
    };
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    let number = digits.parse::<f64>().ok().filter(|_| is_number)? * unit;
    number.is_finite().then_some(number)
}

impl Comparison {
    /// Whether it holds; None where a bound leaves it open.
    pub(in crate::app) fn holds(self, (value, bound): (f64, Bound), number: f64) -> Option<bool> {
        #[expect(clippy::float_cmp, reason = "equal is what was asked for")]
        let holds = |value: f64| match self {
            Self::Above => value > number,
            Self::AtLeast => value >= number,
            Self::Below => value < number,
            Self::AtMost => value <= number,
            Self::Equal => value == number,
        };
        // What holds of the bound and of everything beyond it holds.
        let beyond = match bound {
            Bound::Exact => value,
            Bound::AtLeast => f64::INFINITY,
            Bound::AtMost => f64::NEG_INFINITY,
        };
        let between = (number - value) * (number - beyond) < 0.0;
        (holds(value) == holds(beyond) && !(self == Self::Equal && between)).then(|| holds(value))
    }
}
