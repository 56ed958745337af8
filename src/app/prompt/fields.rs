//! What is written of a call: its fields, and the keys while one is typed in.

use ratatui_textarea::{Input, Key, TextArea, WrapMode};

use crate::{
    app::state::State,
    domain::{
        ids::EndpointId,
        prompt::plan::{Api, Ask, Plan, Question},
    },
};

use super::{TIERS, tier_named};

/// Characters that a field of one line may have: an ARN has up to 2,048.
const LINE_AT_MOST: usize = 2048;

/// Bytes that a prompt may have: what a screen is for; larger ones are for `tiertop prompt -`.
const TEXT_AT_MOST: usize = 1024 * 1024;

/// Steps that can be undone.
const UNDO_STEPS: usize = 100;

/// The limit on the answer's tokens that stands in the field at first: enough for a look, and a small reservation.
const MAX_TOKENS: &str = "1024";

/// A field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The user's message.
    Prompt,
    /// The tier to ask for; empty asks for none.
    Tier,
    /// Limit on the answer's tokens; empty leaves it to the model.
    MaxTokens,
    /// Sampling temperature; empty leaves it to the model.
    Temperature,
    /// The system prompt.
    System,
    /// Who answers: a model id, a profile's id, an ARN.
    Model,
}

impl Field {
    /// All, in the order in which a key goes round.
    pub const ALL: [Self; 6] =
        [Self::Prompt, Self::Tier, Self::MaxTokens, Self::Temperature, Self::System, Self::Model];

    fn at(self) -> usize {
        Self::ALL.iter().position(|field| *field == self).unwrap_or(0)
    }

    pub(super) fn next(self) -> Self {
        Self::ALL[(self.at() + 1) % Self::ALL.len()]
    }

    pub(super) fn previous(self) -> Self {
        Self::ALL[(self.at() + Self::ALL.len() - 1) % Self::ALL.len()]
    }

    /// Whether it may have several lines.
    #[must_use]
    pub fn has_lines(self) -> bool {
        matches!(self, Self::Prompt | Self::System)
    }
}

/// A call as it is being written.
#[derive(Debug, Clone)]
pub struct Draft {
    fields: [TextArea<'static>; Field::ALL.len()],
    /// Which API.
    pub api: Api,
    /// Whether the answer is shown as it comes.
    pub streaming: bool,
}

impl Default for Draft {
    fn default() -> Self {
        let mut draft = Self { fields: Field::ALL.map(|_| area()), api: Api::Converse, streaming: true };
        draft.set(Field::MaxTokens, MAX_TOKENS);
        draft
    }
}

fn area() -> TextArea<'static> {
    let mut area = TextArea::default();
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_max_histories(UNDO_STEPS);
    area
}

impl Draft {
    /// The text box of a field, for drawing.
    #[must_use]
    pub fn area(&self, field: Field) -> &TextArea<'static> {
        &self.fields[field.at()]
    }

    /// A field's text.
    #[must_use]
    pub fn text(&self, field: Field) -> String {
        self.area(field).lines().join("\n")
    }

    /// Writes a text into a field, in place of what stood there.
    pub fn set(&mut self, field: Field, text: &str) {
        self.fields[field.at()] = area();
        self.insert(field, text);
    }

    /// Adds text at the cursor: without control characters, and as much as there is room for.
    pub fn insert(&mut self, field: Field, text: &str) {
        let keeps = |c: char| !c.is_control() || field.has_lines() && matches!(c, '\n' | '\t');
        let text: String = text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| keeps(*c)).collect();
        let at_most = if field.has_lines() { TEXT_AT_MOST } else { LINE_AT_MOST };
        let room = at_most.saturating_sub(self.text(field).len());
        let end = text.floor_char_boundary(room.min(text.len()));
        self.fields[field.at()].insert_str(&text[..end]);
    }

    /// Takes a key.
    pub(super) fn press(&mut self, field: Field, key: &str) {
        if let Some(letter) = single(key) {
            self.insert(field, letter.encode_utf8(&mut [0; 4]));
        } else if let Some(input) = input(key, field) {
            self.fields[field.at()].input(input);
        }
    }

    /// The next of the known tiers; none after the last.
    pub(super) fn next_tier(&mut self) {
        let now = self.text(Field::Tier);
        let next = match TIERS.iter().position(|tier| *tier == now.trim()) {
            _ if now.trim().is_empty() => Some(TIERS[0]),
            Some(at) => TIERS.get(at + 1).copied(),
            None => None,
        };
        self.set(Field::Tier, next.unwrap_or_default());
    }

    /// The call.
    ///
    /// # Errors
    /// One sentence: which field is wrong, and what it may be.
    pub fn plan(&self) -> Result<Plan, String> {
        let line = |field: Field| self.text(field).trim().to_owned();
        let model = line(Field::Model);
        if model.is_empty() {
            return Err("no model is named: Tab goes to its field".to_owned());
        }
        let prompt = self.text(Field::Prompt);
        if prompt.trim().is_empty() {
            return Err("there is nothing to ask: write something first".to_owned());
        }
        let tier = line(Field::Tier);
        if !tier.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("a tier is one word, such as priority, default, flex or reserved".to_owned());
        }
        let question = Question {
            prompt,
            system: Some(self.text(Field::System)).filter(|text| !text.trim().is_empty()),
            max_tokens: max_tokens(&line(Field::MaxTokens))?,
            temperature: temperature(&line(Field::Temperature))?,
        };
        Ok(Plan {
            endpoint: EndpointId::from(model),
            tier: tier_named(&tier),
            api: self.api,
            streaming: self.streaming,
            ask: Ask::Text(question),
        })
    }
}

fn max_tokens(text: &str) -> Result<Option<u32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.replace(',', "").parse::<u32>().ok().filter(|number| *number > 0);
    number.map(Some).ok_or_else(|| format!("max_tokens is {text}: it is a whole number from 1 up, or empty"))
}

fn temperature(text: &str) -> Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    number.map(Some).ok_or_else(|| format!("the temperature is {text}: it is a number from 0 up, or empty"))
}

/// A key that is one character.
fn single(key: &str) -> Option<char> {
    let mut chars = key.chars();
    let first = chars.next()?;
    // The names of keys without a letter are single characters, too.
    (chars.next().is_none() && !"⏎↑↓←→".contains(first)).then_some(first)
}

/// A key of the key table's writing as the text box takes it; None for one that means nothing to it.
fn input(key: &str, field: Field) -> Option<Input> {
    let (name, ctrl, alt) = match (key.strip_prefix("Ctrl-"), key.strip_prefix("Alt-")) {
        (Some(name), _) => (name, true, false),
        (_, Some(name)) => (name, false, true),
        _ => (key, false, false),
    };
    let key = match name {
        "⏎" if field.has_lines() => Key::Enter,
        "Backspace" => Key::Backspace,
        "Del" => Key::Delete,
        "←" => Key::Left,
        "→" => Key::Right,
        "↑" => Key::Up,
        "↓" => Key::Down,
        "Home" => Key::Home,
        "End" => Key::End,
        "PgUp" => Key::PageUp,
        "PgDn" => Key::PageDown,
        letter => Key::Char(single(letter)?.to_ascii_lowercase()),
    };
    Some(Input { key, ctrl, alt, shift: false })
}

/// Text that was pasted while a field is typed in; it never sends.
pub(in crate::app) fn paste(state: &mut State, text: &str) {
    if let Some(field) = state.prompting.focus {
        state.prompting.draft.insert(field, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tier::Tier;

    fn draft(model: &str, prompt: &str) -> Draft {
        let mut draft = Draft::default();
        draft.set(Field::Model, model);
        draft.set(Field::Prompt, prompt);
        draft
    }

    #[test]
    fn a_plan_is_what_the_fields_say() {
        let mut draft = draft("us.amazon.nova-2-lite-v1:0", "Hello\nthere");
        draft.set(Field::Tier, "flex");
        draft.set(Field::Temperature, "0.5");
        let plan = draft.plan().unwrap();
        assert_eq!((plan.tier, plan.streaming, plan.api), (Some(Tier::Flex), true, Api::Converse));
        let Ask::Text(question) = plan.ask else { panic!() };
        assert_eq!(
            (question.prompt.as_str(), question.max_tokens, question.temperature),
            ("Hello\nthere", Some(1024), Some(0.5))
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(draft("", "x").plan().unwrap_err().contains("model"));
        assert!(draft("m", "  ").plan().unwrap_err().contains("nothing to ask"));
        for (field, text) in [
            (Field::MaxTokens, "0"),
            (Field::MaxTokens, "many"),
            (Field::Temperature, "-1"),
            (Field::Tier, "two words"),
        ] {
            let mut draft = draft("m", "x");
            draft.set(field, text);
            assert!(draft.plan().is_err(), "{text}");
        }
    }

    #[test]
    fn the_tier_goes_round_and_any_can_be_typed() {
        let mut draft = draft("m", "x");
        let mut seen = Vec::new();
        for _ in 0..=TIERS.len() {
            seen.push(draft.plan().unwrap().tier.map(|tier| tier.wire_name().to_owned()).unwrap_or_default());
            draft.next_tier();
        }
        assert_eq!(seen, ["", "default", "priority", "flex", "reserved", "ultrafast"]);
        draft.set(Field::Tier, "hyper");
        assert_eq!(draft.plan().unwrap().tier, Some(Tier::from("hyper")));
        draft.next_tier();
        assert_eq!(draft.plan().unwrap().tier, None);
    }

    #[test]
    fn keys_edit_and_control_characters_stay_out() {
        let mut draft = draft("m", "");
        for key in ["h", "é", "日", "←", "x", "⏎", "End", "Backspace"] {
            draft.press(Field::Prompt, key);
        }
        assert_eq!(draft.text(Field::Prompt), "héx\n");
        draft.insert(Field::Prompt, "a\u{1b}[31m\r\nb\u{7}");
        assert_eq!(draft.text(Field::Prompt), "héx\na[31m\nb");
        draft.insert(Field::Tier, "fl\nex");
        assert_eq!(draft.text(Field::Tier), "flex", "one line stays one");
        draft.insert(Field::Model, &"x".repeat(5000));
        assert!(draft.text(Field::Model).len() <= LINE_AT_MOST);
    }
}
