//! SIGINT, SIGTERM and SIGHUP as one future.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ends when the program is asked to end. Listens from the call on, not from the first poll: no signal in between ends the program its own way.
pub(super) fn terminated() -> impl Future<Output = ()> + Send {
    let (interrupt, terminate, hangup) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()));
    async {
        tokio::select! {
            () = received(interrupt) => {}
            () = received(terminate) => {}
            () = received(hangup) => {}
        }
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
