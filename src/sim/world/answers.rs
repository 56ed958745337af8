//! What a model says to a call: its reasoning where it reasons, then text. Made of fixed sentences, cut at the longest answer allowed or at a stop sequence.
//!
//! A word counts as a token, as in short English prose it nearly does.

use super::noise::{Rng, key};
use crate::sim::scenario::Calls;

/// How a model shows its reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reasoning {
    /// It does not reason.
    #[default]
    Never,
    /// Where the request switches it on; the text is signed.
    Asked,
    /// Text of its own.
    Open,
    /// Text of its own in Converse, between tags in a chat completion's content.
    Tags,
    /// Counted, and withheld.
    Hidden,
}

/// How a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Whether chat completions take it.
    pub chat: bool,
    /// How it shows its reasoning.
    pub reasoning: Reasoning,
}

/// What of a prompt may come from a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Caching {
    /// Nothing.
    #[default]
    Never,
    /// What stands before this byte of the prompt.
    Before(usize),
    /// The whole prompt, without being asked.
    ByItself,
}

/// What a request says beside its prompt and its longest answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Manner {
    /// What may come from a cache.
    pub caching: Caching,
    /// Texts at which the answer ends, without them.
    pub stop: Vec<String>,
    /// How much more or less than usual the model is to reason; None: not said.
    pub effort: Option<f64>,
}

/// An answer, not yet timed.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Reasoning in pieces, as a stream would send them.
    pub reasoning: Vec<String>,
    /// Tokens of the reasoning.
    pub reasoning_tokens: u64,
    /// The text in pieces.
    pub text: Vec<String>,
    /// Tokens of all.
    pub tokens: u64,
    /// `end_turn`, `max_tokens` or `stop_sequence`.
    pub stop_reason: &'static str,
}

/// How a model answers, by the table.
#[must_use]
pub fn style(model_id: &str) -> Style {
    let table = include_str!("../../../assets/sim/answers.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let [prefix, chat, reasoning] = line.split('\t').collect::<Vec<_>>()[..] else { return None };
        let reasoning = match reasoning {
            "asked" => Reasoning::Asked,
            "open" => Reasoning::Open,
            "tags" => Reasoning::Tags,
            "hidden" => Reasoning::Hidden,
            _ => Reasoning::Never,
        };
        Some((prefix, Style { chat: chat == "true", reasoning }))
    });
    let fitting = rows.filter(|(prefix, _)| model_id.starts_with(prefix));
    fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, style)| style).unwrap_or_default()
}

const SENTENCES: [&str; 12] = [
    "The short answer is that it depends on how much traffic shares the same quota.",
    "Start from what can be measured: calls per minute, tokens in, tokens out, and the time to the first token.",
    "A minute is the unit that counts, because the quota is refilled every minute.",
    "Averages hide the worst minute, so look at the peak as well.",
    "If the answer is allowed to be long, the request reserves room for all of it, even when it ends early.",
    "Lowering the limit on the answer is often cheaper than asking for more quota.",
    "Where work can wait, the flex tier costs half as much and takes longer to begin.",
    "Where people wait, the priority tier is served before the others.",
    "Keep in mind that several teams may draw on one pool without knowing of each other.",
    "Measure again after the change, over the same hours of the day.",
    "None of this needs a new model; it needs the numbers side by side.",
    "That is enough to decide what to do next.",
];

const THOUGHTS: [&str; 6] = [
    "The question is about calls and what they cost, so the tier matters first.",
    "Two things can be meant here, and the second one is more likely.",
    "The numbers of the last minutes should be compared with the quota.",
    "It may help to say what is known and what is only likely.",
    "A short answer is better than a long one.",
    "Now it can be written down.",
];

/// What a model of this style answers with at most `longest` tokens.
pub(super) fn answer(
    calls: &Calls,
    style: Style,
    manner: &Manner,
    prompt: &str,
    longest: u64,
    rng: &mut Rng,
) -> Answer {
    let most = usize::try_from(longest).unwrap_or(usize::MAX);
    let text = text(calls, prompt, rng);
    let thoughts = thoughts(calls, style, manner, rng);
    let thought: Vec<&str> = thoughts.split_inclusive(' ').take(most).collect();
    let all: Vec<&str> = text.split_inclusive(' ').collect();
    let room = most - thought.len();
    let said = all[..all.len().min(room)].concat();
    let (said, stopped) = match first_of(&said, &manner.stop) {
        Some(at) => (&said[..at], true),
        None => (said.as_str(), false),
    };
    let words: Vec<&str> = said.split_inclusive(' ').collect();
    let stop_reason = match (stopped, all.len() > room) {
        (true, _) => "stop_sequence",
        (false, true) => "max_tokens",
        (false, false) => "end_turn",
    };
    Answer {
        reasoning: pieces(&thought, rng),
        reasoning_tokens: thought.len() as u64,
        text: pieces(&words, rng),
        tokens: (thought.len() + words.len()) as u64,
        stop_reason,
    }
}

fn text(calls: &Calls, prompt: &str, rng: &mut Rng) -> String {
    let about: String = prompt.split_whitespace().take(8).collect::<Vec<_>>().join(" ");
    let mut text = format!("You asked about “{}”. ", about.chars().take(60).collect::<String>());
    let begin = usize::try_from(rng.bits() % 12).unwrap_or(0);
    let sentences = 4 + usize::try_from(rng.bits() % 6).unwrap_or(0);
    match calls.answer_tokens {
        Some(tokens) => lengthen(&mut text, &SENTENCES, begin, tokens),
        None => (0..sentences).for_each(|at| {
            text.push_str(SENTENCES[(begin + at) % SENTENCES.len()]);
            text.push(' ');
        }),
    }
    text
}

/// What a model thinks before it answers; empty where it does not.
fn thoughts(calls: &Calls, style: Style, manner: &Manner, rng: &mut Rng) -> String {
    let effort = match (style.reasoning, manner.effort) {
        (Reasoning::Never, _) | (Reasoning::Asked, None) => return String::new(),
        (_, effort) => effort.unwrap_or(1.0),
    };
    let usual = f64::from(calls.reasoning_tokens.unwrap_or(24 + u32::try_from(rng.bits() % 40).unwrap_or(0)));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand at most, not negative")]
    let tokens = (usual * effort).round() as u32;
    let mut text = String::new();
    lengthen(&mut text, &THOUGHTS, usize::try_from(rng.bits() % 6).unwrap_or(0), tokens);
    text
}

/// Adds sentences up to exactly so many words; a text that has more is cut.
fn lengthen(text: &mut String, sentences: &[&str], begin: usize, words: u32) {
    let words = usize::try_from(words).unwrap_or(usize::MAX);
    let (mut have, mut at) = (text.split_inclusive(' ').count(), begin);
    while have < words {
        let sentence = sentences[at % sentences.len()];
        have += sentence.split_inclusive(' ').count();
        text.push_str(sentence);
        text.push(' ');
        at += 1;
    }
    *text = text.split_inclusive(' ').take(words).collect();
}

/// Where the first of these begins; an empty one is nowhere.
fn first_of(text: &str, stops: &[String]) -> Option<usize> {
    stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop.as_str())).min()
}

/// Words in pieces of one to four, the last one without the blank at its end.
fn pieces(words: &[&str], rng: &mut Rng) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let size = 1 + usize::try_from(key(&[rng.bits()]) % 4).unwrap_or(0);
        let end = (at + size).min(words.len());
        pieces.push(words[at..end].concat());
        at = end;
    }
    if let Some(last) = pieces.last_mut() {
        last.truncate(last.trim_end().len());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(calls: &Calls, id: &str, manner: &Manner, longest: u64) -> Answer {
        answer(calls, style(id), manner, "Hello", longest, &mut Rng::of(&[7]))
    }

    #[test]
    fn the_longest_prefix_counts() {
        assert_eq!(style("openai.gpt-oss-20b-1:0"), Style { chat: true, reasoning: Reasoning::Tags });
        assert_eq!(style("openai.gpt-6-sol"), Style { chat: true, reasoning: Reasoning::Hidden });
        assert_eq!(style("mistral.magistral-small-2509").reasoning, Reasoning::Open);
        assert_eq!(style("meta.llama3-1-8b-instruct-v1:0"), Style::default());
    }

    #[test]
    fn lengths_are_exact_and_reasoning_comes_first() {
        let calls = Calls { answer_tokens: Some(300), reasoning_tokens: Some(50), ..Calls::default() };
        let whole = said(&calls, "openai.gpt-oss-20b-1:0", &Manner::default(), 1000);
        assert_eq!((whole.reasoning_tokens, whole.tokens, whole.stop_reason), (50, 350, "end_turn"));
        assert_eq!(whole.text.concat().split_whitespace().count(), 300);
        let cut = said(&calls, "openai.gpt-oss-20b-1:0", &Manner::default(), 60);
        assert_eq!((cut.reasoning_tokens, cut.tokens, cut.stop_reason), (50, 60, "max_tokens"));
        let only = said(&calls, "openai.gpt-oss-20b-1:0", &Manner::default(), 40);
        assert_eq!((only.reasoning_tokens, only.tokens, only.text.len()), (40, 40, 0));
        assert_eq!(only.stop_reason, "max_tokens");
        let twice = Manner { effort: Some(2.0), ..Manner::default() };
        assert_eq!(said(&calls, "openai.gpt-oss-20b-1:0", &twice, 1000).reasoning_tokens, 100);
    }

    #[test]
    fn some_reason_only_when_asked() {
        let asked = Manner { effort: Some(1.0), ..Manner::default() };
        for (id, unasked, with) in [
            ("anthropic.claude-sonnet-5", false, true),
            ("amazon.nova-pro-v1:0", false, false),
            ("zai.glm-5", true, true),
        ] {
            let reasons = |manner| said(&Calls::default(), id, manner, 1000).reasoning_tokens > 0;
            assert_eq!((reasons(&Manner::default()), reasons(&asked)), (unasked, with), "{id}");
        }
    }

    #[test]
    fn a_stop_sequence_ends_the_text_before_it() {
        let manner = Manner { stop: vec!["”".into(), "no such words".into(), String::new()], ..Manner::default() };
        let answer = said(&Calls::default(), "amazon.nova-pro-v1:0", &manner, 1000);
        assert_eq!((answer.text.concat().as_str(), answer.stop_reason), ("You asked about “Hello", "stop_sequence"));
        assert_eq!(answer.tokens, 4);
    }
}
