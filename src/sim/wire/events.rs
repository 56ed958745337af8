//! Event-stream messages.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::{Bytes, BytesMut};

/// An event with a JSON payload, as bytes.
#[must_use]
pub fn event(kind: &str, payload: String) -> Bytes {
    message("event", ":event-type", kind, payload)
}

/// An error event.
#[must_use]
pub fn exception(kind: &str, payload: String) -> Bytes {
    message("exception", ":exception-type", kind, payload)
}

fn message(message_type: &str, name: &'static str, kind: &str, payload: String) -> Bytes {
    let text = |value: &str| HeaderValue::String(value.to_owned().into());
    let message = Message::new(payload)
        .add_header(Header::new(name, text(kind)))
        .add_header(Header::new(":content-type", text("application/json")))
        .add_header(Header::new(":message-type", text(message_type)));
    let mut out = BytesMut::new();
    // Only a header too long for the format can fail; ours are short.
    if write_message_to(&message, &mut out).is_err() {
        out.clear();
    }
    out.freeze()
}
