//! The program's state and what changes it. Pure: `update` takes a state, an event and the time, and says what is to be done; it does no I/O and reads no clock.

pub mod keys;
pub mod state;
