//! Hysteresis, bounds and listing of the log.
