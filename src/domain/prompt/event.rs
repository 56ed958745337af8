//! The pieces in which an answer comes, the same from every API.

use std::fmt;

use crate::domain::{fault::FaultKind, tier::Tier};

/// Something that came back. Its texts are untrusted.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The id that AWS gave the request.
    RequestId(String),
    /// The service began to answer: the first event of a stream, or the whole answer.
    Began,
    /// A piece of the reasoning before or between the text.
    Reasoning(String),
    /// A piece of the text.
    Text(String),
    /// The model wants a tool: its name, at the begin of a use.
    ToolUse(String),
    /// A piece of the newest tool use's input, JSON.
    ToolInput(String),
    /// Something that has no place in text: what kind.
    Other(String),
    /// Why the answer ended, in the service's own word.
    Stopped(String),
    /// What was counted.
    Usage(Usage),
    /// Milliseconds that the service says it took.
    ServerMs(u64),
    /// The tier that served.
    Served(Tier),
    /// The answer is whole.
    Ended,
    /// It was refused, or broke off.
    Failed(CallError),
}

/// Tokens that the service counted. None: it did not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Input tokens without cached ones. OpenAI's `prompt_tokens` has them in it; they are taken off.
    pub input: Option<u64>,
    /// Output tokens, reasoning among them.
    pub output: Option<u64>,
    /// Input tokens read from the cache.
    pub cache_read: Option<u64>,
    /// Input tokens written to the cache.
    pub cache_write: Option<u64>,
    /// Output tokens that were reasoning. Converse never says.
    pub reasoning: Option<u64>,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// How, in the words of faults.
    pub kind: FaultKind,
    /// HTTP status; None where there was no answer.
    pub status: Option<u16>,
    /// AWS's error code, untrusted; None where there is none.
    pub code: Option<String>,
    /// The service's own words or, where it said nothing, one sentence of ours. On one line, without credentials, untrusted.
    pub message: String,
    /// One thing to do, where the error itself tells.
    pub next_step: Option<String>,
}

impl CallError {
    /// A failure of our own telling, without a code.
    #[must_use]
    pub fn of(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, status: None, code: None, message: message.into(), next_step: None }
    }
}

impl fmt::Display for CallError {
    /// `ThrottlingException (HTTP 429): Too many tokens, please wait before trying again.`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, self.status) {
            (Some(code), Some(status)) => write!(f, "{code} (HTTP {status}): ")?,
            (Some(code), None) => write!(f, "{code}: ")?,
            (None, Some(status)) => write!(f, "HTTP {status}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.message)
    }
}
