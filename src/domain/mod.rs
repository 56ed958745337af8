//! What the numbers mean. Pure: no async, no AWS types, no ratatui, no clock, no files; time is a parameter.

pub mod burndown;
pub mod catalog;
pub mod fault;
pub mod ids;
pub mod matching;
pub mod metric;
pub mod minute;
pub mod quota;
pub mod series;
pub mod snapshot;
pub mod store;
pub mod tier;
