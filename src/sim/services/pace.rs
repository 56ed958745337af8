//! When the pieces of a streamed answer are sent.

use std::time::Duration;

use bytes::Bytes;

use crate::sim::wire::{Body, Chunk, Output};
use crate::sim::world::Reply;

/// Events with the times they are sent at: the head a little before the first piece, the pieces spread to the end. Of a piece that is None nothing is sent in its time.
pub(super) fn spread(reply: &Reply, before: Vec<Bytes>, pieces: Vec<Option<Bytes>>, after: Vec<Bytes>) -> Output {
    let head = reply.ttft_ms / 10 * 9;
    let end = reply.latency_ms.max(reply.ttft_ms);
    let gaps = (pieces.len().max(1) - 1).max(1) as u64;
    let mut chunks = Vec::with_capacity(before.len() + pieces.len() + after.len());
    let mut sent = head;
    let mut push = |at: u64, bytes: Bytes| {
        let after = Duration::from_millis(at.saturating_sub(sent));
        sent = sent.max(at);
        chunks.push(Chunk { after, bytes });
    };
    for bytes in before {
        push(head, bytes);
    }
    for (index, bytes) in pieces.into_iter().enumerate() {
        if let Some(bytes) = bytes {
            push(reply.ttft_ms + (end - reply.ttft_ms) * index as u64 / gaps, bytes);
        }
    }
    for bytes in after {
        push(end, bytes);
    }
    Output { headers: Vec::new(), body: Body::Events(chunks), delay: Duration::from_millis(head) }
}
