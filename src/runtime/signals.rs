//! SIGINT, SIGTERM and SIGHUP as one future.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ends when the program is asked to end.
pub(super) async fn terminated() {
    let (interrupt, terminate, hangup) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()));
    tokio::select! {
        () = received(interrupt) => {}
        () = received(terminate) => {}
        () = received(hangup) => {}
    }
}

/// A signal that cannot be listened for never comes.
async fn received(signal: std::io::Result<Signal>) {
    match signal {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}
