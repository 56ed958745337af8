//! A run without a screen: the same state and the same questions, until every source has answered or failed once.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::{
    Outcome, Problem, Settings, Target, block_on, clock, connection::Connection, effects::Hands, logging, signals,
};
use crate::{
    app::{
        doctor::Doctor,
        event::{Event, Round},
        state::State,
        update::update,
    },
    aws::CallCount,
    domain::{doctor::finding::Report, snapshot::Snapshot},
};

/// Events that may wait.
const QUEUE: usize = 256;

/// A poll that takes longer than this ends with what it has: what has not answered by then counts as unreachable.
const POLL_WITHIN: Duration = Duration::from_secs(90);

/// One poll of everything.
#[derive(Debug)]
pub struct Headless {
    /// Everything, as it stands at the end.
    pub state: State,
    /// What is known.
    pub snapshot: Arc<Snapshot>,
    /// What the doctor says of it.
    pub report: Arc<Report>,
    /// Length of its window in minutes.
    pub window_minutes: i64,
    /// Calls made.
    pub calls: Vec<CallCount>,
    /// Queries that `GetMetricData` was asked.
    pub metric_queries: u64,
}

/// Polls everything once.
///
/// # Errors
/// The configuration or the credentials cannot be used, or the user interrupted.
pub fn poll_once(target: Target, settings: &Settings) -> Result<Headless, Problem> {
    run(target, settings, &|_| {})
}

/// Polls everything once, asks what the doctor wants to know, and looks at it.
///
/// # Errors
/// As [`poll_once`].
pub fn examine_once(target: Target, settings: &Settings, doctor: &Doctor) -> Result<Headless, Problem> {
    run(target, settings, &|state| state.doctor = doctor.clone())
}

/// Polls everything once, and the last day's tokens.
///
/// # Errors
/// As [`poll_once`].
pub fn compare_tiers_once(target: Target, settings: &Settings) -> Result<Headless, Problem> {
    run(target, settings, &|state| state.day_tokens.wanted = true)
}

/// `wish`: what is wanted beyond the polling.
fn run(target: Target, settings: &Settings, wish: &dyn Fn(&mut State)) -> Result<Headless, Problem> {
    logging::start()?;
    block_on(async {
        let connection = Connection::open(target).await?;
        let terminated = signals::terminated();
        let polled = async {
            let first = connection.check_credentials().await?;
            Ok(poll(connection, first, settings, wish).await)
        };
        tokio::select! {
            polled = polled => polled,
            () = terminated => std::process::exit(i32::from(Outcome::Interrupted.code())),
        }
    })?
}

async fn poll(connection: Connection, first: Vec<Event>, settings: &Settings, wish: &dyn Fn(&mut State)) -> Headless {
    let (events, mut inbox) = mpsc::channel(QUEUE);
    let mut state = connection.state(settings);
    state.once = true;
    wish(&mut state);
    let ledger = connection.gateway.clone();
    let hands = Hands::new(connection, events);
    for event in first.into_iter().chain([Event::Tick]) {
        hands.carry_out(update(&mut state, event, clock::now()));
    }
    let deadline = tokio::time::sleep(POLL_WITHIN);
    tokio::pin!(deadline);
    let mut window_asked = false;
    while !state.is_complete() || !window_asked {
        if state.is_complete() {
            // Now every endpoint is known whose percentiles over the window are wanted.
            window_asked = true;
            state.rounds.call_for(Round::Window);
            hands.carry_out(update(&mut state, Event::Tick, clock::now()));
            continue;
        }
        let event = tokio::select! {
            Some(event) = inbox.recv() => event,
            () = &mut deadline => {
                state.give_up(clock::now());
                break;
            }
        };
        hands.carry_out(update(&mut state, event, clock::now()));
    }
    Headless {
        snapshot: Arc::clone(&state.snapshot),
        report: Arc::clone(&state.doctor.report),
        state,
        window_minutes: settings.window_minutes,
        calls: ledger.calls(),
        metric_queries: ledger.metric_queries(),
    }
}
