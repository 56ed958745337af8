//! What is known of an answer at any time: text, tiers, times, tokens, stop reason, error. Bounded, whatever comes.
//!
//! Times are milliseconds since the call was sent, by a clock that never goes back. They hold everything the caller waits for: credentials, connecting, the queue
//! of the tier, the model.

use crate::domain::{
    prompt::{
        event::{CallError, Event, Usage},
        plan::Plan,
    },
    tier::Tier,
};

/// Bytes of text that are kept, and as many of reasoning: some million tokens, more than any model answers.
pub const TEXT_BYTES_AT_MOST: usize = 4 * 1024 * 1024;
/// Tool uses that are kept.
pub const TOOL_USES_AT_MOST: usize = 64;
/// Bytes of one tool use's input that are kept.
pub const TOOL_INPUT_BYTES_AT_MOST: usize = 256 * 1024;
/// Characters of a name or a word that the service sends: tier, stop reason, request id, tool.
pub const WORD_CHARS_AT_MOST: usize = 200;
/// Events that one answer may have; with more the call is given up. A stream of tokens has one event for each at most, so this is above all limits of output.
pub const EVENTS_AT_MOST: u64 = 2_000_000;
/// A speed is said where the text took this long to come, in milliseconds: below it says more of the network than of the model.
pub const MEASURABLE_MS: u64 = 50;

/// How far an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Under way.
    #[default]
    Running,
    /// Whole.
    Done,
    /// Refused, or broken off.
    Failed,
    /// Given up by the user.
    Cancelled,
}

/// Text of which the begin is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    text: String,
    cut_bytes: u64,
}

impl Kept {
    /// What is kept, untrusted.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes that came and were not kept.
    #[must_use]
    pub fn cut_bytes(&self) -> u64 {
        self.cut_bytes
    }

    /// Keeps as much as there is room for; gives what was kept.
    fn push<'a>(&mut self, piece: &'a str, at_most: usize) -> &'a str {
        // Once something is cut nothing comes after it: a text with a hole reads as if it had none.
        let room = if self.cut_bytes > 0 { 0 } else { at_most.saturating_sub(self.text.len()) };
        let end = piece.floor_char_boundary(room.min(piece.len()));
        self.text.push_str(&piece[..end]);
        self.cut_bytes += (piece.len() - end) as u64;
        &piece[..end]
    }
}

/// What an event added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Added<'a> {
    /// More text.
    pub text: &'a str,
    /// More reasoning.
    pub reasoning: &'a str,
}

/// One use of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolUse {
    /// The tool's name.
    pub name: String,
    /// Its input, JSON as the model wrote it.
    pub input: Kept,
}

/// When what came, in milliseconds since the call was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// The first sign of an answer: a stream's first event, else the whole answer.
    pub first_event: Option<u64>,
    /// The first piece that the model wrote: reasoning, text or a tool's name.
    pub first_piece: Option<u64>,
    /// The first text. Only of a stream: else it comes with the end.
    pub first_text: Option<u64>,
    /// The newest piece that the model wrote.
    pub last_piece: Option<u64>,
    /// The end, however it ended.
    pub total: Option<u64>,
    /// How long the service says it took.
    pub server: Option<u64>,
}

/// An answer so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    asked: Option<Tier>,
    streaming: bool,
    max_tokens: Option<u64>,
    /// How far it is.
    pub progress: Progress,
    /// The text, without reasoning.
    pub text: Kept,
    /// The reasoning.
    pub reasoning: Kept,
    /// Uses of tools, the first ones.
    pub tools: Vec<ToolUse>,
    /// Tool uses that were not kept.
    pub tools_cut: u64,
    /// Kinds of content that came and have no place in text.
    pub others: Vec<String>,
    /// The tier that served; None where the service did not say.
    pub served: Option<Tier>,
    /// When what came.
    pub timing: Timing,
    /// Tokens that the service counted.
    pub usage: Usage,
    /// Why it ended, in the service's own word.
    pub stop_reason: Option<String>,
    /// AWS's id of the request.
    pub request_id: Option<String>,
    /// Why it failed.
    pub error: Option<CallError>,
    events: u64,
}

impl Answer {
    /// Of a call that was just sent.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self { asked: plan.tier.clone(), streaming: plan.streaming, max_tokens: plan.max_tokens(), ..Self::default() }
    }

    /// Takes an event; gives what it adds to what is kept. What comes after the end is nothing to it.
    pub fn take<'a>(&mut self, event: &'a Event, at_ms: u64) -> Added<'a> {
        let mut added = Added::default();
        if self.progress != Progress::Running {
            return added;
        }
        self.events += 1;
        match event {
            Event::RequestId(id) => self.request_id = Some(word(id)),
            Event::Began => self.began(at_ms),
            Event::Text(piece) => added.text = self.take_text(piece, at_ms),
            Event::Reasoning(piece) => {
                self.piece(at_ms);
                added.reasoning = self.reasoning.push(piece, TEXT_BYTES_AT_MOST);
            }
            Event::ToolUse(name) => {
                self.piece(at_ms);
                self.use_tool(name);
            }
            Event::ToolInput(piece) => {
                self.piece(at_ms);
                self.fill_tool(piece);
            }
            Event::Other(kind) => self.note(kind, at_ms),
            Event::Stopped(reason) => self.stop_reason = Some(word(reason)),
            Event::Usage(usage) => self.usage = *usage,
            Event::ServerMs(ms) => self.timing.server = Some(*ms),
            Event::Served(tier) => self.served = Some(Tier::from(word(tier.wire_name()))),
            Event::Ended => self.end(Progress::Done, at_ms),
            Event::Failed(error) => {
                self.error = Some(error.clone());
                self.end(Progress::Failed, at_ms);
            }
        }
        added
    }

    /// The user gave it up.
    pub fn cancel(&mut self, at_ms: u64) {
        if self.progress == Progress::Running {
            self.end(Progress::Cancelled, at_ms);
        }
    }

    /// Whether more came than any model says: then the call is to be given up.
    #[must_use]
    pub fn is_flooded(&self) -> bool {
        self.events >= EVENTS_AT_MOST
    }

    /// The tier that was asked for; None where none was.
    #[must_use]
    pub fn asked(&self) -> Option<&Tier> {
        self.asked.as_ref()
    }

    /// Whether another tier served than the one that was asked for; None where either is not known.
    #[must_use]
    pub fn served_otherwise(&self) -> Option<bool> {
        Some(self.asked.as_ref()? != self.served.as_ref()?)
    }

    /// Output tokens ÷ the seconds from the first piece that the model wrote to the end of the answer, as AWS defines its output speed
    /// (tokens ÷ (latency − time to first token)). None where the answer was not streamed, is not whole, came too fast to measure, or held tokens that did not stream.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of one answer are far below 2^53")]
    pub fn tokens_per_second(&self) -> Option<f64> {
        let hidden = self.usage.reasoning.is_some_and(|tokens| tokens > 0) && self.reasoning.text.is_empty();
        if !self.streaming || self.progress != Progress::Done || hidden {
            return None;
        }
        let (first, last, end) = (self.timing.first_piece?, self.timing.last_piece?, self.timing.total?);
        let took = end.saturating_sub(first);
        // One piece alone has no begin and end: what it took is not known.
        (took >= MEASURABLE_MS && last > first).then_some(())?;
        Some(self.usage.output? as f64 * 1000.0 / took as f64)
    }

    /// Whether it ended at the limit of its tokens.
    #[must_use]
    pub fn hit_max_tokens(&self) -> bool {
        // Converse's word and OpenAI's.
        matches!(self.stop_reason.as_deref(), Some("max_tokens" | "length"))
    }

    /// Whether reasoning used up `max_tokens`, so that there is no text.
    #[must_use]
    pub fn reasoning_used_it_up(&self) -> bool {
        let reasoned = !self.reasoning.text.is_empty() || self.usage.reasoning.is_some_and(|tokens| tokens > 0);
        self.hit_max_tokens() && self.text.text.is_empty() && self.tools.is_empty() && reasoned
    }

    /// The limit on its tokens, where one was set.
    #[must_use]
    pub fn max_tokens(&self) -> Option<u64> {
        self.max_tokens
    }

    /// What came and was not kept, as a sentence; None where all was.
    #[must_use]
    pub fn what_was_cut(&self) -> Option<String> {
        let tool_bytes = self.tools.iter().map(|tool| tool.input.cut_bytes).sum::<u64>();
        let parts = [
            (self.text.cut_bytes, "bytes of text"),
            (self.reasoning.cut_bytes, "bytes of reasoning"),
            (self.tools_cut, "tool uses"),
            (tool_bytes, "bytes of tool input"),
        ];
        let parts: Vec<_> = parts.iter().filter(|part| part.0 > 0).map(|(n, what)| format!("{n} {what}")).collect();
        (!parts.is_empty()).then(|| format!("The answer was too long to keep: {} left out.", parts.join(", ")))
    }

    fn began(&mut self, at_ms: u64) {
        self.timing.first_event.get_or_insert(at_ms);
    }

    fn piece(&mut self, at_ms: u64) {
        self.began(at_ms);
        if self.streaming {
            self.timing.first_piece.get_or_insert(at_ms);
            self.timing.last_piece = Some(at_ms);
        }
    }

    fn take_text<'a>(&mut self, piece: &'a str, at_ms: u64) -> &'a str {
        if piece.is_empty() {
            return piece;
        }
        self.piece(at_ms);
        if self.streaming {
            self.timing.first_text.get_or_insert(at_ms);
        }
        self.text.push(piece, TEXT_BYTES_AT_MOST)
    }

    fn use_tool(&mut self, name: &str) {
        if self.tools.len() < TOOL_USES_AT_MOST {
            self.tools.push(ToolUse { name: word(name), input: Kept::default() });
        } else {
            self.tools_cut += 1;
        }
    }

    fn fill_tool(&mut self, piece: &str) {
        // The input of a use that was not kept is not kept either.
        if self.tools_cut == 0
            && let Some(tool) = self.tools.last_mut()
        {
            tool.input.push(piece, TOOL_INPUT_BYTES_AT_MOST);
        }
    }

    fn note(&mut self, kind: &str, at_ms: u64) {
        self.began(at_ms);
        let kind = word(kind);
        if self.others.len() < TOOL_USES_AT_MOST && !self.others.contains(&kind) {
            self.others.push(kind);
        }
    }

    fn end(&mut self, progress: Progress, at_ms: u64) {
        self.progress = progress;
        self.timing.total = Some(at_ms);
    }
}

/// A word of the service, cut to a length.
fn word(text: &str) -> String {
    text.chars().take(WORD_CHARS_AT_MOST).collect()
}
