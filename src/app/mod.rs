//! The program's state and what changes it. Pure: `update` takes a state, an event and the time, and says what is to be done; it does no I/O and reads no clock.

pub mod account;
pub mod event;
pub mod keys;
pub mod rounds;
pub mod schedule;
pub mod state;
pub mod update;
