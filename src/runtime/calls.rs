//! Test calls of the dashboard: each runs as a task, and its events come in handfuls, so that a fast answer draws no more frames than a slow one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::mpsc::Sender, task::AbortHandle, time::Instant};

use super::clock;
use crate::{
    app::event::Event,
    aws::Gateway,
    console,
    domain::{
        fault::FaultKind,
        prompt::{
            event::{CallError, Event as Piece},
            plan::Plan,
        },
    },
};

/// Pieces that come within this time go on together: a frame's time.
const TOGETHER: Duration = Duration::from_millis(33);

/// Pieces that go on together at most.
const PIECES_AT_MOST: usize = 512;

/// The calls under way, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    running: Arc<Mutex<HashMap<u64, AbortHandle>>>,
}

impl Calls {
    /// Sends a call; its answer comes as [`Event::Answering`].
    pub(super) fn send(&self, gateway: Gateway, number: u64, plan: Plan, events: Sender<Event>) {
        let running = Arc::clone(&self.running);
        let task = tokio::spawn(async move {
            carry(gateway, number, plan, &events).await;
            running.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        });
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(number, task.abort_handle());
    }

    /// Gives a call up: its connection closes.
    pub(super) fn stop(&self, number: u64) {
        if let Some(task) = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&number) {
            task.abort();
        }
    }
}

async fn carry(gateway: Gateway, number: u64, plan: Plan, events: &Sender<Event>) {
    let way = match gateway.way(plan.api, None) {
        Ok(way) => way,
        Err(refused) => {
            let error = CallError::of(FaultKind::Invalid, refused.to_string());
            let _ = events.send(Event::Answering(number, vec![(0, Piece::Failed(error))])).await;
            return;
        }
    };
    if let Some(note) = way.note() {
        let _ = events.send(Event::Said(note)).await;
    }
    let stopwatch = clock::stopwatch();
    let mut call = console::start(gateway.clone(), plan, way, stopwatch);
    while let Some(first) = call.next().await {
        let mut pieces = vec![first];
        let until = Instant::now() + TOGETHER;
        while pieces.len() < PIECES_AT_MOST {
            match tokio::time::timeout_at(until, call.next()).await {
                Ok(Some(piece)) => pieces.push(piece),
                Ok(None) | Err(_) => break,
            }
        }
        if events.send(Event::Answering(number, pieces)).await.is_err() {
            return;
        }
    }
    let calls = gateway.take_calls();
    if !calls.is_empty() {
        let _ = events.send(Event::Called(calls)).await;
    }
}
