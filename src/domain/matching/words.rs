//! What the words of a name or an id say: which thing, which version, size, date. Spelling goes here; whether two names mean one model is decided elsewhere.
//!
//! No family and no model is known by name. Letters glued to a number are taken apart (`Qwen3`, `Reel1.0`), one letter before a number belongs to it (`K2.5`).

use std::fmt;

/// Words that tell how a model was trained or stored, and that labels leave out at will: `Llama 4 Scout V1` is `Llama 4 Scout 17B Instruct`, `Gemma 3 27B` is
/// `gemma-3-27b-it`, `Qwen3 32B V1` is `Qwen3 32B (dense)`, and `Nemotron Nano 12B v2 VL BF16` ends with a number format. A label that states one must find it.
const TRAINING: [&str; 9] = ["instruct", "chat", "base", "it", "pt", "dense", "bf16", "fp16", "fp8"];

/// Words of companies' names that stand or are missing beside them: `Writer AI` is `Writer`, `AI21 Labs` has the prefix `ai21`.
pub(super) const CORPORATE: [&str; 2] = ["ai", "labs"];

/// A version: `4.5`, `V2`, `K2.5`. Equal by letter and numbers: `3.0` is `3`, `V2` is `2`.
#[derive(Debug, Clone)]
pub(super) struct Version {
    /// The letter before the number: `k` of `K2.5`. A `v` is no such letter.
    letter: Option<char>,
    /// Whether a `v` stood before it.
    pub(super) marked: bool,
    /// `[4, 5]`.
    pub(super) parts: Vec<u32>,
    /// Whether words follow it: in `Nova 2 Lite` it is a generation, and a name without it is another model's.
    pub(super) before_words: bool,
}

impl Version {
    /// Of plain numbers, as a revision is.
    pub(super) fn plain(parts: Vec<u32>) -> Self {
        Self { letter: None, marked: true, parts, before_words: false }
    }

    /// Whether it has no letter of its own: only such a number may be a revision.
    pub(super) fn is_plain(&self) -> bool {
        self.letter.is_none()
    }

    /// Its numbers without zeros at the end.
    pub(super) fn value(&self) -> &[u32] {
        trimmed(&self.parts)
    }

    /// Whether it says the first: `V1`, `1.0`, `G1`.
    pub(super) fn is_first(&self) -> bool {
        self.value() == [1]
    }

    /// What tells it from others in a set.
    pub(super) fn key(&self) -> String {
        let numbers: Vec<String> = self.value().iter().map(u32::to_string).collect();
        format!("{}{}", self.letter.map(String::from).unwrap_or_default(), numbers.join("."))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.letter == other.letter && self.value() == other.value()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.letter {
            Some(letter) => write!(f, "{}", letter.to_uppercase())?,
            None if self.marked => f.write_str("V")?,
            None => {}
        }
        let numbers: Vec<String> = self.parts.iter().map(u32::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

/// A number's parts without zeros at the end; `[0]` stays.
pub(super) fn trimmed(parts: &[u32]) -> &[u32] {
    let zeros = parts.iter().skip(1).rev().take_while(|part| **part == 0).count();
    &parts[..parts.len() - zeros]
}

/// What a name says.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// The words that name the thing, sorted: their order varies between labels, names and ids.
    pub(super) words: Vec<String>,
    /// Its versions, in order.
    pub(super) versions: Vec<Version>,
    /// Parameters: `17b`, `8x7b`, `e2b`.
    pub(super) sizes: Vec<String>,
    /// Active parameters: `a35b`.
    pub(super) active: Vec<String>,
    /// Year and month: `2407`.
    pub(super) dates: Vec<String>,
    /// Year, month and day: `20250514`.
    pub(super) stamps: Vec<String>,
    /// How it was trained or stored; see [`TRAINING`].
    pub(super) training: Vec<String>,
}

impl Said {
    /// Sorts what the pieces of a name say.
    pub(super) fn of(pieces: &[String]) -> Self {
        let mut said = Self::default();
        for piece in pieces {
            said.take(piece);
        }
        said.words.sort_unstable();
        said
    }

    fn take(&mut self, piece: &str) {
        if TRAINING.contains(&piece) {
            self.training.push(piece.to_owned());
        } else if let Some(number) = Number::of(piece) {
            self.take_number(&number, piece);
        } else {
            self.word(piece);
        }
    }

    fn take_number(&mut self, number: &Number<'_>, piece: &str) {
        let Number { letters, digits, unit } = *number;
        // Some quota names double the unit: `8X7BB`.
        let unit_letter =
            unit.chars().next().filter(|first| "bt".contains(*first) && unit.chars().all(|c| c == *first));
        match (letters, unit_letter) {
            ("a", Some(unit)) if !digits.contains('x') => self.active.push(format!("a{digits}{unit}")),
            (_, Some(unit)) if letters.len() <= 1 => self.sizes.push(format!("{letters}{digits}{unit}")),
            _ if !unit.is_empty() || digits.contains('x') => self.word(piece),
            ("", _) if stamp(digits) => self.stamps.push(digits.to_owned()),
            ("", _) => match year_and_month(digits) {
                Some(date) => self.dates.push(date),
                None => self.version(letters, digits, piece),
            },
            _ => self.version(letters, digits, piece),
        }
    }

    fn version(&mut self, letters: &str, digits: &str, piece: &str) {
        let parts: Option<Vec<u32>> = digits.split('.').map(|part| part.parse().ok()).collect();
        let Some(parts) = parts else { return self.word(piece) };
        let mut before = letters.chars();
        let (letter, marked) = match (before.next(), before.next()) {
            (Some('v'), None) => (None, true),
            (Some(letter), None) => (Some(letter), false),
            (None, _) => (None, false),
            _ => {
                self.word(letters);
                (None, false)
            }
        };
        self.versions.push(Version { letter, marked, parts, before_words: false });
    }

    fn word(&mut self, word: &str) {
        // Ids shorten it: `titan-embed-text-v2` is `Titan Text Embeddings V2`.
        let word = if matches!(word, "embedding" | "embeddings") { "embed" } else { word };
        for version in &mut self.versions {
            version.before_words = true;
        }
        self.words.push(word.to_owned());
    }

    /// The words as one text, by which names are looked up.
    pub(super) fn key(&self) -> String {
        self.words.join(" ")
    }

    /// Whether it says anything that could tell one model of a maker from another.
    pub(super) fn tells_anything(&self) -> bool {
        !(self.words.is_empty() && self.versions.is_empty() && self.sizes.is_empty())
    }
}

/// A piece that is letters, a number and a unit: `qwen3`, `v2.7`, `8x7b`, `a35b`.
#[derive(Clone, Copy)]
struct Number<'a> {
    letters: &'a str,
    digits: &'a str,
    unit: &'a str,
}

impl<'a> Number<'a> {
    fn of(piece: &'a str) -> Option<Self> {
        let start = piece.find(|c: char| c.is_ascii_digit())?;
        let (letters, rest) = piece.split_at(start);
        // `x` between digits is of the number: eight times seven.
        let counts = |at: usize, c: char| {
            let next_is_digit = rest[at + c.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
            c.is_ascii_digit() || c == '.' || c == 'x' && next_is_digit
        };
        let end = rest.char_indices().find(|(at, c)| !counts(*at, *c)).map_or(rest.len(), |(at, _)| at);
        let (digits, unit) = rest.split_at(end);
        let letters_only = |text: &str| text.chars().all(char::is_alphabetic);
        (letters_only(letters) && letters_only(unit)).then_some(Self { letters, digits, unit })
    }
}

/// `20250514`.
fn stamp(digits: &str) -> bool {
    digits.len() == 8 && digits.starts_with("20") && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `2407` and `24.07` are a year and a month, from 2020 to 2039: no version had such numbers yet.
fn year_and_month(digits: &str) -> Option<String> {
    let (year, month) = match digits.len() {
        4 if !digits.contains('.') => digits.split_at(2),
        5 => digits.split_once('.').filter(|(year, _)| year.len() == 2)?,
        _ => return None,
    };
    let (year_number, month_number): (u32, u32) = (year.parse().ok()?, month.parse().ok()?);
    ((20..40).contains(&year_number) && (1..=12).contains(&month_number)).then(|| format!("{year}{month}"))
}

/// Lower-case pieces of letters and digits; a dot stays between digits, `+` is a word.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let between_digits =
            piece.ends_with(|c: char| c.is_ascii_digit()) && letters.peek().is_some_and(char::is_ascii_digit);
        if c.is_alphanumeric() || c == '.' && between_digits {
            piece.push(c);
            continue;
        }
        pieces.extend(Some(std::mem::take(&mut piece)).filter(|piece| !piece.is_empty()));
        if c == '+' {
            pieces.push("plus".to_owned());
        }
    }
    pieces.extend(Some(piece).filter(|piece| !piece.is_empty()));
    pieces
}

/// The revision at an id's end: `v1` with its `:0`, or a bare `1:0`.
#[derive(Debug, Clone)]
pub(super) struct Revision {
    /// `[1]` of `v1:0`, `[3, 5]` of `v3-5`.
    pub(super) parts: Vec<u32>,
    /// What follows the colon.
    pub(super) minor: Option<u32>,
}

impl Revision {
    /// Both numbers.
    pub(super) fn whole(&self) -> Vec<u32> {
        self.parts.iter().copied().chain(self.minor).collect()
    }
}

/// An id behind its maker's prefix, taken apart.
#[derive(Debug, Clone, Default)]
pub(super) struct IdPieces {
    /// As [`pieces`], without the revision; `4-5` is `4.5`.
    pub(super) pieces: Vec<String>,
    /// The revision.
    pub(super) revision: Option<Revision>,
    /// What follows the revision: `300k`, `mm`. The same model, made for another length of context or input.
    pub(super) variant: Option<String>,
}

/// Takes an id apart, `stem` being what follows the maker's prefix.
pub(super) fn id_pieces(stem: &str) -> IdPieces {
    let stem = stem.to_lowercase();
    let mut sections = stem.split(':');
    let head = sections.next().unwrap_or_default();
    let mut after: Vec<&str> = sections.collect();
    let minor: Option<u32> = after.first().and_then(|first| first.parse().ok());
    if minor.is_some() {
        after.remove(0);
    }
    let mut joined = join_numbers(head);
    let revision = joined.last().and_then(|last| revision(last, minor));
    if revision.is_some() {
        joined.pop();
    }
    let variant = (!after.is_empty()).then(|| after.join(":"));
    IdPieces { pieces: joined.iter().flat_map(|piece| pieces(piece)).collect(), revision, variant }
}

/// `v1`, or the `1` of `1:0`.
fn revision(last: &str, minor: Option<u32>) -> Option<Revision> {
    let digits = match last.strip_prefix('v') {
        Some(digits) => digits,
        None if minor.is_some() => last,
        None => return None,
    };
    let parts: Option<Vec<u32>> = digits.split('.').map(|part| part.parse().ok()).collect();
    parts.map(|parts| Revision { parts, minor })
}

/// Splits at hyphens. Two short numbers in a row are one (`claude-opus-4-5`, `llama3-1`, `v3-5`), and `2026-03-05` is a date.
fn join_numbers(head: &str) -> Vec<String> {
    let parts: Vec<&str> = head.split(['-', '_', '/']).filter(|part| !part.is_empty()).collect();
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    let short = |part: &str| digits(part, 1) || digits(part, 2);
    let mut joined: Vec<String> = Vec::new();
    let mut index = 0;
    // Whether the piece before ends with a number that may go on.
    let mut open = false;
    while let Some(part) = parts.get(index) {
        match (parts.get(index + 1), parts.get(index + 2)) {
            (Some(month), Some(day))
                if digits(part, 4) && part.starts_with("20") && digits(month, 2) && digits(day, 2) =>
            {
                joined.push(format!("{part}{month}{day}"));
                index += 3;
                open = false;
                continue;
            }
            _ => {}
        }
        match joined.last_mut() {
            Some(last) if open && short(part) => {
                last.push('.');
                last.push_str(part);
            }
            _ => joined.push((*part).to_owned()),
        }
        open = short(part)
            || Number::of(part).is_some_and(|n| n.unit.is_empty() && !n.letters.is_empty() && n.digits.len() <= 2);
        index += 1;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        Said::of(&pieces(text))
    }

    fn versions(said: &Said) -> Vec<String> {
        said.versions.iter().map(Version::key).collect()
    }

    #[test]
    fn words_say_what_they_say() {
        let coder = said("Qwen3 Coder 480B a35b V1");
        assert_eq!((coder.key().as_str(), versions(&coder)), ("coder qwen", vec!["3".into(), "1".into()]));
        assert_eq!((coder.sizes, coder.active), (vec!["480b".to_owned()], vec!["a35b".to_owned()]));
        assert_eq!(said("Mixtral 8X7BB Instruct").sizes, said("mixtral 8x7b").sizes);
        assert_eq!(said("Mistral Large (24.02)").dates, said("mistral-large 2402").dates);
        assert_eq!(versions(&said("Nova Reel1.0 and K2.5, V2")), ["1", "k2.5", "2"]);
        assert_eq!(said("Command R+").key(), said("Command R Plus").key());
        assert_eq!(said("Gemma 4 E2B").sizes, ["e2b"]);
        assert_eq!(said("Titan Embeddings G1 - Text").key(), "embed text titan");
        assert_eq!(said("GPT-4o mini").words, ["4o", "gpt", "mini"]);
        assert!(said("Nova 2 Lite").versions[0].before_words && !said("Claude Sonnet 4 V1").versions[0].before_words);
    }

    #[test]
    fn numbers_without_end_are_words() {
        let huge = said("x99999999999999999999 1.99999999999999999999 ２.５");
        assert!(huge.versions.is_empty(), "{huge:?}");
    }

    #[test]
    fn ids_say_the_same_with_hyphens() {
        for (stem, key, numbers, revision, variant) in [
            ("claude-opus-4-5-20251101-v1:0", "claude opus", &["4.5"][..], Some(vec![1, 0]), None),
            ("llama3-1-70b-instruct-v1:0", "llama", &["3.1"], Some(vec![1, 0]), None),
            ("nova-lite-v1:0:300k", "lite nova", &[], Some(vec![1, 0]), Some("300k")),
            ("gpt-oss-120b-1:0", "gpt oss", &[], Some(vec![1, 0]), None),
            ("gpt-5.4-2026-03-05", "gpt", &["5.4"], None, None),
            ("rerank-v3-5:0", "rerank", &[], Some(vec![3, 5, 0]), None),
            ("v3-v1:0", "", &["3"], Some(vec![1, 0]), None),
            ("ministral-3-3b-instruct", "ministral", &["3"], None, None),
            ("titan-embed-g1-text-02", "embed text titan", &["g1", "2"], None, None),
            ("embed-english-v3:0:512", "embed english", &[], Some(vec![3, 0]), Some("512")),
            ("kimi-k2.5", "kimi", &["k2.5"], None, None),
            ("nova-2-5-sonic", "nova sonic", &["2.5"], None, None),
        ] {
            let id = id_pieces(stem);
            let said = Said::of(&id.pieces);
            assert_eq!(
                (said.key().as_str(), versions(&said)),
                (key, numbers.iter().map(|n| (*n).to_owned()).collect()),
                "{stem}"
            );
            assert_eq!(id.revision.map(|revision| revision.whole()), revision, "{stem}");
            assert_eq!(id.variant.as_deref(), variant, "{stem}");
        }
        assert_eq!(Said::of(&id_pieces("gpt-5.4-2026-03-05").pieces).stamps, ["20260305"]);
    }
}
