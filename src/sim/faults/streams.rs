//! How streams of events break: in either form, AWS's event stream or server-sent events. Every chunk of such a body is one event.

use std::time::Duration;

use bytes::Bytes;

use super::{Kind, Rule, cut};
use crate::sim::wire::{Answer, Fault, chat, events};

/// What the runtime says of its own failure, before or in the middle of an answer.
const FAILED: &str = "The system encountered an unexpected error during processing. Try your request again.";

/// Breaks a finished answer if it is a stream of events.
pub(super) fn damage(rule: &Rule, answer: &mut Answer) {
    let kind = answer.header("content-type").unwrap_or_default();
    let sent = kind == "text/event-stream";
    if !(sent || kind.ends_with("eventstream")) {
        return;
    }
    let middle = answer.chunks.len() / 2;
    match rule.kind {
        Kind::CutStream => cut(answer),
        Kind::SlowFirstByte => wait(answer, 0, rule.delay_ms),
        Kind::Stall => wait(answer, middle, rule.delay_ms),
        Kind::MalformedEvent => {
            if let Some(chunk) = answer.chunks.get_mut(middle) {
                chunk.bytes = if sent { half(&chunk.bytes) } else { flipped(&chunk.bytes) };
            }
        }
        Kind::StreamError => {
            answer.chunks.truncate(middle + 1);
            if let Some(last) = answer.chunks.last_mut() {
                last.bytes = error(sent);
            }
        }
        _ => {}
    }
}

fn wait(answer: &mut Answer, at: usize, ms: u64) {
    if let Some(chunk) = answer.chunks.get_mut(at) {
        chunk.after += Duration::from_millis(ms);
    }
}

/// The first half of a server-sent event, ended as if it were whole.
fn half(event: &Bytes) -> Bytes {
    let mut bytes = event[..event.len() / 2].to_vec();
    bytes.extend_from_slice(b"\n\n");
    bytes.into()
}

/// An event of an event stream whose last byte before the checksum is another one.
fn flipped(event: &Bytes) -> Bytes {
    let mut bytes = event.to_vec();
    if let Some(at) = bytes.len().checked_sub(5) {
        bytes[at] ^= 1;
    }
    bytes.into()
}

fn error(sent: bool) -> Bytes {
    if sent {
        return chat::event(&chat::error(&Fault::new(500, "InternalServerException", FAILED)));
    }
    events::exception("internalServerException", serde_json::json!({"message": FAILED}).to_string())
}
