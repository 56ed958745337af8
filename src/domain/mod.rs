//! What the numbers mean. Pure: no async, no AWS types, no ratatui, no clock, no files; time is a parameter.

pub mod burndown;
pub mod call;
pub mod catalog;
pub mod chart;
mod charting;
pub mod cost;
pub mod discovery;
pub mod fault;
pub mod governing;
pub mod ids;
pub mod matching;
pub mod metric;
pub mod minute;
pub mod polling;
pub mod pricing;
pub mod quota;
pub mod reckoning;
pub mod regions;
pub mod series;
pub mod snapshot;
pub mod store;
pub mod tier;
mod traffic;
pub mod usage;
pub mod usual;
pub mod why;
