//! The only impure loop: the event loop with and without a screen, effects, clock, terminal, cache, log.

mod background;
mod browser;
pub mod cache;
mod calls;
pub mod clock;
mod connection;
mod dashboard;
mod effects;
mod files;
pub mod frames;
mod headless;
mod keyboard;
mod logging;
mod looks;
mod mouse;
mod prompt;
mod server;
mod signals;
pub mod terminal;

use std::{io, sync::Arc, time::Duration};

use thiserror::Error;

pub use connection::Target;
pub use dashboard::dashboard;
pub use headless::{Headless, compare_tiers_once, examine_once, poll_once};
pub use looks::Looks;
pub use prompt::{Sent, Watcher, send};
pub use server::serve;

use crate::{
    aws::ConnectError,
    domain::{fault::Fault, matching::Pins},
};

/// What the user has set of a run, beside its account and its looks.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Length of the window that counts are summed over, in minutes.
    pub window_minutes: i64,
    /// The models that single quotas are said to be of.
    pub pins: Arc<Pins>,
    /// Whether the terminal's bell rings when an applied quota value changes.
    pub bell: bool,
    /// Whether nothing is sent to a model at all.
    pub read_only: bool,
}

/// How a run ended that was not a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All done.
    Done,
    /// All done, and something was found.
    Found,
    /// Some source failed; what is printed is incomplete.
    Incomplete,
    /// A test call was refused or failed.
    CallFailed,
    /// Ctrl-C, SIGTERM or SIGHUP.
    Interrupted,
}

impl Outcome {
    /// Exit code of a run that is done.
    pub const DONE: u8 = 0;
    /// Exit code of wrong usage or configuration.
    pub const USAGE: u8 = 2;

    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => Self::DONE,
            Self::Found | Self::CallFailed => 1,
            Self::Incomplete => 3,
            Self::Interrupted => 130,
        }
    }
}

/// Why a run could not begin or go on: one sentence that says what, where and how to mend it.
#[derive(Debug, Error)]
pub enum Problem {
    /// Wrong arguments.
    #[error("{0}")]
    Usage(String),
    /// The AWS configuration cannot be used.
    #[error("{0}")]
    Connect(#[from] ConnectError),
    /// There are no valid credentials.
    #[error("{} {}", .0.message, .0.next_step)]
    Credentials(Fault),
    /// No terminal to draw on.
    #[error("the dashboard needs a terminal: {0} (for output without one use `tiertop snapshot`)")]
    Terminal(io::Error),
    /// The loopback server cannot listen.
    #[error("cannot listen on 127.0.0.1:{port}: {error} (choose another --port, or 0 for a free one)")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        error: io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(io::Error),
    /// The machine gives no threads or timers.
    #[error("cannot start: {0}")]
    Start(io::Error),
}

impl Problem {
    /// The exit code: all of these are for the user to mend.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Output(_) => 1,
            _ => Outcome::USAGE,
        }
    }
}

/// Calls that still hang when the program ends are given this long: a quit must not take 200 ms.
const LEAVE_WITHIN: Duration = Duration::from_millis(50);

/// Runs a future to its end on a small pool; what still hangs then is left behind.
fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Problem> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Problem::Start)?;
    let result = runtime.block_on(future);
    runtime.shutdown_timeout(LEAVE_WITHIN);
    Ok(result)
}
