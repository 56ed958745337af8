//! The program's state and what changes it. Pure: `update` takes a state, an event and the time, and says what is to be done; it does no I/O and reads no clock.

pub mod account;
pub mod answers;
mod charts;
pub mod consent;
mod cursor;
pub mod doctor;
pub mod event;
pub mod filter;
mod hands;
pub mod keys;
pub mod loads;
pub mod log;
mod pointer;
mod press;
pub mod quotas;
pub mod raise;
pub mod regions;
pub mod rounds;
pub mod rows;
pub mod schedule;
pub mod shown;
pub mod sort;
pub mod state;
pub mod subject;
pub mod update;
pub mod view;
pub mod what_if;
