//! The only place that reads the clock.

use jiff::Timestamp;

/// The time.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}
