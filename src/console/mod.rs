//! Test calls as tasks: one task sends one call and gives its events, with their times, to whoever watches: the command line, or a screen.

use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    aws::{Gateway, Outlet, Stopwatch, Way},
    domain::prompt::{event::Event, plan::Plan},
};

/// Events that may wait to be taken; then the connection waits.
const QUEUE: usize = 256;

/// A call under way. Dropped, it is cancelled: its connection closes.
#[derive(Debug)]
pub struct Call {
    events: mpsc::Receiver<(u64, Event)>,
    task: JoinHandle<()>,
}

/// Sends a call. Needs a running tokio runtime. `stopwatch` gives milliseconds since now.
#[must_use]
pub fn start(gateway: Gateway, plan: Plan, way: Way, stopwatch: Stopwatch) -> Call {
    let (sender, events) = mpsc::channel(QUEUE);
    let out = Outlet::new(sender, stopwatch);
    let task = tokio::spawn(async move { gateway.test_call(plan, way, out).await });
    Call { events, task }
}

impl Call {
    /// The next event and the milliseconds at which it came; None after the last. May be dropped and asked again.
    pub async fn next(&mut self) -> Option<(u64, Event)> {
        self.events.recv().await
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.task.abort();
    }
}
