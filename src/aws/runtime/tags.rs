//! Reasoning that comes inside the text: gpt-oss on Bedrock puts it between `<reasoning>` and `</reasoning>` at the begin of a chat completion's content. In a stream, each piece of
//! reasoning has tags of its own (recorded by github.com/llamastack/llama-stack, tests/integration/inference/recordings, January 2026).

use crate::domain::prompt::event::Event;

const OPENS: &str = "<reasoning>";
const CLOSES: &str = "</reasoning>";

/// Tells reasoning from text, piece by piece.
#[derive(Debug, Default)]
pub(super) struct Tags {
    place: Place,
    /// What came and may be part of a tag.
    held: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// No text has come but perhaps the begin of a tag.
    #[default]
    Begin,
    Reasoning,
    Text,
}

impl Tags {
    /// Takes a piece of content.
    pub(super) fn take(&mut self, piece: &str) -> Vec<Event> {
        if self.place == Place::Text {
            return of(Event::Text, piece);
        }
        self.held.push_str(piece);
        let mut events = Vec::new();
        loop {
            if self.place == Place::Begin {
                if let Some(rest) = self.held.strip_prefix(OPENS) {
                    self.held = rest.to_owned();
                    self.place = Place::Reasoning;
                } else if OPENS.starts_with(&self.held) {
                    return events;
                } else {
                    self.place = Place::Text;
                    events.extend(of(Event::Text, &std::mem::take(&mut self.held)));
                    return events;
                }
            }
            let held = std::mem::take(&mut self.held);
            let Some((reasoning, rest)) = held.split_once(CLOSES) else {
                let keep = longest_begin(&held);
                held[held.len() - keep..].clone_into(&mut self.held);
                events.extend(of(Event::Reasoning, &held[..held.len() - keep]));
                return events;
            };
            events.extend(of(Event::Reasoning, reasoning));
            rest.clone_into(&mut self.held);
            self.place = Place::Begin;
        }
    }

    /// What was held back, at the end of the answer.
    pub(super) fn end(&mut self) -> Vec<Event> {
        let held = std::mem::take(&mut self.held);
        if self.place == Place::Reasoning { of(Event::Reasoning, &held) } else { of(Event::Text, &held) }
    }
}

fn of(kind: fn(String) -> Event, text: &str) -> Vec<Event> {
    if text.is_empty() { Vec::new() } else { vec![kind(text.to_owned())] }
}

/// Bytes at the end of a text that may begin the closing tag.
fn longest_begin(text: &str) -> usize {
    (1..CLOSES.len()).rev().find(|length| text.ends_with(&CLOSES[..*length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reasoning and text of content that comes in these pieces.
    fn told(pieces: &[&str]) -> (String, String) {
        let mut tags = Tags::default();
        let mut events: Vec<Event> = pieces.iter().flat_map(|piece| tags.take(piece)).collect();
        events.extend(tags.end());
        let (mut reasoning, mut text) = (String::new(), String::new());
        for event in events {
            match event {
                Event::Reasoning(piece) => reasoning.push_str(&piece),
                Event::Text(piece) => text.push_str(&piece),
                other => panic!("{other:?}"),
            }
        }
        (reasoning, text)
    }

    #[test]
    fn reasoning_is_taken_out_at_the_begin_only() {
        let both = |reasoning: &str, text: &str| (reasoning.to_owned(), text.to_owned());
        assert_eq!(told(&["<reasoning>why</reasoning>42"]), both("why", "42"));
        assert_eq!(told(&["<reas", "oning>wh", "y</", "reasoning>4", "2"]), both("why", "42"));
        assert_eq!(told(&["<reasoning>w</reasoning>", "<reasoning>hy</reas", "oning>", "42"]), both("why", "42"));
        assert_eq!(told(&["<reasoning>w</reasoning><reasoning>hy</reasoning>42"]), both("why", "42"));
        assert_eq!(told(&["42 <reasoning>x</reasoning>"]), both("", "42 <reasoning>x</reasoning>"));
        assert_eq!(told(&["<b>42</b>"]), both("", "<b>42</b>"));
        assert_eq!(told(&["<reas"]), both("", "<reas"));
        assert_eq!(told(&["<reasoning>a < b </re"]), both("a < b </re", ""));
    }

    proptest! {
        #[test]
        fn cutting_it_up_changes_nothing(text in "(<reasoning>)?[<>/aé]{0,12}(</reasoning>)?(<reasoning>)?[<>/aé]{0,12}(</reasoning>)?", cuts in prop::collection::vec(0..60_usize, 0..6)) {
            let mut ends: Vec<usize> = cuts.iter().map(|cut| text.floor_char_boundary(*cut)).collect();
            ends.extend([0, text.len()]);
            ends.sort_unstable();
            let pieces: Vec<&str> = ends.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            prop_assert_eq!(told(&pieces), told(&[&text]));
        }
    }
}
