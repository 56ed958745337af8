//! Signals: SIGINT, SIGTERM and SIGHUP as one future, and giving way to the shell: SIGTSTP and SIGCONT.

use rustix::process::{Signal as Sent, getpgrp, getpid, getsid, kill_current_process_group, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ends when the program is asked to end. Listens from the call on, not from the first poll: no signal in between ends the program its own way.
pub(super) fn terminated() -> impl Future<Output = ()> + Send {
    let (mut interrupt, mut terminate, mut hangup) =
        (listen(SignalKind::interrupt()), listen(SignalKind::terminate()), listen(SignalKind::hangup()));
    async move {
        tokio::select! {
            () = received(&mut interrupt) => {}
            () = received(&mut terminate) => {}
            () = received(&mut hangup) => {}
        }
    }
}

/// What the shell says about the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    /// SIGTSTP: it wants the terminal.
    Wants,
    /// SIGCONT: it has given it back.
    Returned,
}

/// Listens to the shell.
pub(super) struct Job {
    stop: Option<Signal>,
    go_on: Option<Signal>,
}

impl Job {
    /// Listens from now on; SIGTSTP stops the program no more by itself.
    pub(super) fn listen() -> Self {
        Self {
            stop: listen(SignalKind::from_raw(Sent::TSTP.as_raw())),
            go_on: listen(SignalKind::from_raw(Sent::CONT.as_raw())),
        }
    }

    /// What the shell says next.
    pub(super) async fn said(&mut self) -> Shell {
        tokio::select! {
            () = received(&mut self.stop) => Shell::Wants,
            () = received(&mut self.go_on) => Shell::Returned,
        }
    }
}

/// Whether somebody is there who could let a stopped program go on: not where it was started as the terminal's own program, without a shell.
#[must_use]
pub(super) fn has_shell() -> bool {
    getsid(None).is_ok_and(|session| session != getpid())
}

/// Stops here until SIGCONT; with `all` the whole job, as the terminal's own Ctrl-Z does: a wrapper that started us must stop too, or the shell never sees it.
pub(super) fn stop(all: bool) -> std::io::Result<()> {
    let all = all && getsid(None).is_ok_and(|session| session != getpgrp());
    let stopped = if all { kill_current_process_group(Sent::STOP) } else { kill_process(getpid(), Sent::STOP) };
    stopped.map_err(Into::into)
}

/// None where the signal cannot be listened for.
fn listen(kind: SignalKind) -> Option<Signal> {
    signal(kind).ok()
}

/// A signal that cannot be listened for never comes.
async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
