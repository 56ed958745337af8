//! The only place that reads the clock.

use std::{sync::Arc, time::Instant};

use jiff::Timestamp;

/// The time.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Gives the milliseconds since now, by a clock that never goes back.
#[must_use]
pub fn stopwatch() -> Arc<dyn Fn() -> u64 + Send + Sync> {
    let begin = Instant::now();
    Arc::new(move || u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX))
}
