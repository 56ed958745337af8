//! One test call without a screen: sent, watched to its end, cancelled by a signal.

use std::{io, sync::Arc, time::Duration};

use super::{Outcome, Problem, Target, block_on, clock, connection::Connection, logging, signals};
use crate::{
    aws::Elsewhere,
    console,
    domain::{
        fault::FaultKind,
        ids::Region,
        prompt::{
            answer::{Added, Answer, Progress},
            event::{CallError, Event},
            plan::Plan,
        },
        snapshot::Provenance,
    },
};

/// Who looks on while an answer comes.
pub trait Watcher {
    /// What the user should know before anything comes.
    fn note(&mut self, note: &str);

    /// More of the answer.
    ///
    /// # Errors
    /// It cannot be shown; then the call is given up.
    fn more(&mut self, added: Added<'_>) -> io::Result<()>;

    /// A second has gone by; `ms` milliseconds since the call was sent.
    fn tick(&mut self, answer: &Answer, ms: u64);
}

/// A call that is over.
#[derive(Debug)]
pub struct Sent {
    /// Its answer, or as much as came.
    pub answer: Answer,
    /// The Region that was called.
    pub region: Region,
    /// What answered.
    pub provenance: Provenance,
    /// How the run ended.
    pub outcome: Outcome,
}

/// Sends a call and watches it to its end. What the service refuses is part of the answer, not a problem.
///
/// # Errors
/// The configuration cannot be used, keys would go where they may not, or the answer cannot be shown.
pub fn send(
    target: Target,
    plan: &Plan,
    elsewhere: Option<&Elsewhere>,
    watcher: &mut dyn Watcher,
) -> Result<Sent, Problem> {
    logging::start()?;
    block_on(async {
        let connection = Connection::open(target).await?;
        let gateway = connection.gateway;
        let way = gateway.way(plan.api, elsewhere).map_err(|refused| Problem::Usage(refused.to_string()))?;
        if let Some(note) = way.note() {
            watcher.note(&note);
        }
        let (region, provenance) = (gateway.region().clone(), gateway.provenance());
        let provenance = if elsewhere.is_some() { Provenance::CustomEndpoint } else { provenance };
        let stopwatch = clock::stopwatch();
        let call = console::start(gateway, plan.clone(), way, Arc::clone(&stopwatch));
        let (answer, outcome) = watch(call, Answer::new(plan), &*stopwatch, watcher).await?;
        Ok(Sent { answer, region, provenance, outcome })
    })?
}

async fn watch(
    mut call: console::Call,
    mut answer: Answer,
    stopwatch: &(dyn Fn() -> u64 + Send + Sync),
    watcher: &mut dyn Watcher,
) -> Result<(Answer, Outcome), Problem> {
    let terminated = signals::terminated();
    tokio::pin!(terminated);
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    while answer.progress == Progress::Running {
        tokio::select! {
            biased;
            () = &mut terminated => {
                answer.cancel(stopwatch());
                return Ok((answer, Outcome::Interrupted));
            }
            came = call.next() => {
                let (at_ms, event) = came.unwrap_or_else(|| (stopwatch(), lost()));
                let added = answer.take(&event, at_ms);
                if let Err(error) = watcher.more(added) {
                    answer.cancel(stopwatch());
                    // A closed pipe is the reader's choice: enough was seen.
                    let closed = error.kind() == io::ErrorKind::BrokenPipe;
                    return if closed { Ok((answer, Outcome::Done)) } else { Err(Problem::Output(error)) };
                }
                if answer.is_flooded() {
                    answer.take(&flooded(), stopwatch());
                }
            }
            _ = seconds.tick() => watcher.tick(&answer, stopwatch()),
        }
    }
    let outcome = if answer.progress == Progress::Done { Outcome::Done } else { Outcome::CallFailed };
    Ok((answer, outcome))
}

/// The task is gone without a last word.
fn lost() -> Event {
    Event::Failed(CallError::of(FaultKind::Unexpected, "The call stopped inside tiertop; that is a bug."))
}

fn flooded() -> Event {
    Event::Failed(CallError::of(
        FaultKind::Unexpected,
        "The answer came in more pieces than any model writes; it was given up.",
    ))
}
