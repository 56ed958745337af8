//! What the numbers mean. Pure: no async, no AWS types, no ratatui, no clock, no files; time is a parameter.

pub mod burndown;
pub mod catalog;
pub mod chart;
pub mod console;
pub mod discovery;
pub mod fault;
pub mod governing;
pub mod ids;
pub mod matching;
pub mod metric;
pub mod minute;
pub mod polling;
pub mod quota;
pub mod reckoning;
pub mod redaction;
pub mod series;
pub mod snapshot;
pub mod store;
pub mod tier;
pub mod usage;
