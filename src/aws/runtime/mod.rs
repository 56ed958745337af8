//! Test calls: one Converse, `ConverseStream` or chat completion, its answer as events. Sent once and never again by itself, so that a throttle is seen as one.
//!
//! * `way`: where a call goes and what signs it; which hosts may see keys.
//! * `body`: the call as JSON. `converse`: sent and read by the SDK. `openai`: sent by the same HTTP client, read by `chunks`; `tags` takes reasoning out of text.
//! * `error`: why a call failed.
//!
//! A call is cancelled by dropping its future: the connection closes with it. The HTTP client has no setting for TCP keepalive, so a network that drops connections
//! which are silent for some minutes (many do after 350 s) ends a slow Flex call; what is streamed is silent only before its first event.
//! Nothing that is asked or answered is logged or kept in the ledger.

mod body;
mod chunks;
mod converse;
mod error;
mod openai;
mod tags;
#[cfg(test)]
mod tests;
mod way;

use std::{fmt, sync::Arc, time::Duration};

use aws_config::timeout::TimeoutConfig;
use aws_types::os_shim_internal::Env;
use tokio::sync::mpsc;

pub(super) use way::Secret;
pub use way::{Elsewhere, KEY_VARIABLE, Way, WayError};

use super::{connect::CONNECT_TIMEOUT, gateway::Gateway};
use crate::domain::prompt::{
    event::{CallError, Event},
    plan::{Api, Plan},
};

/// Time until an answer begins, and between two pieces of it. AWS publishes no limit for Flex; an hour is more than anybody waits with a clock on the screen.
const SILENCE_AT_MOST: Duration = Duration::from_hours(1);

/// Bytes of one answer that are read, whatever it is made of: a hundred times a long answer with all its framing.
const BYTES_AT_MOST: usize = 64 * 1024 * 1024;

/// Milliseconds since the call was sent, by a clock that never goes back.
pub type Stopwatch = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Where events go, each with the time it came.
#[derive(Clone)]
pub struct Outlet {
    events: mpsc::Sender<(u64, Event)>,
    stopwatch: Stopwatch,
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outlet")
    }
}

/// Why a call stops before its end.
enum Stop {
    /// It failed, and how.
    Failed(CallError),
    /// Nobody listens any more.
    Alone,
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        Self::Failed(error)
    }
}

impl Outlet {
    /// Events go to this channel; a full one holds the call up.
    #[must_use]
    pub fn new(events: mpsc::Sender<(u64, Event)>, stopwatch: Stopwatch) -> Self {
        Self { events, stopwatch }
    }

    /// Gives an event on. The time is that of its coming, not of its being taken.
    async fn give(&self, event: Event) -> Result<(), Stop> {
        let at = (self.stopwatch)();
        self.events.send((at, event)).await.map_err(|_| Stop::Alone)
    }

    async fn give_all(&self, events: Vec<Event>) -> Result<(), Stop> {
        for event in events {
            self.give(event).await?;
        }
        Ok(())
    }
}

impl Gateway {
    /// Sends one test call this way and gives its answer as events, of which the last is [`Event::Ended`] or [`Event::Failed`].
    pub async fn test_call(self, plan: Plan, way: Way, out: Outlet) {
        let ended = match plan.api {
            Api::Converse if plan.streaming => self.converse_stream(&plan, &out).await,
            Api::Converse => self.converse(&plan, &out).await,
            Api::OpenAi => self.chat_completion(&plan, &way, &out).await,
        };
        let last = match ended {
            Ok(()) => Event::Ended,
            Err(Stop::Failed(error)) => Event::Failed(error),
            Err(Stop::Alone) => return,
        };
        // Nobody who has gone can be told.
        let _ = out.give(last).await;
    }
}

/// The Bedrock API key of the environment.
pub(super) fn bearer(env: &Env) -> Option<Secret> {
    env.get(way::BEARER_VARIABLE).ok().filter(|key| !key.is_empty()).map(Secret)
}

/// No limit on the whole: an answer may take long, as long as something comes.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE_AT_MOST)
        .disable_operation_timeout()
        .disable_operation_attempt_timeout()
        .build()
}

/// What comes next, unless nothing does for too long.
async fn in_time<T>(next: impl Future<Output = T>) -> Result<T, Stop> {
    tokio::time::timeout(SILENCE_AT_MOST, next).await.map_err(|_| Stop::Failed(error::silent()))
}
