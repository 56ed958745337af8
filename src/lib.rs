//! tiertop: `top` for Amazon Bedrock's service tiers and quotas.
//!
//! The map, from the inside out. `domain` knows what the numbers mean and nothing else. `aws` is the only place with AWS types, `sim` an AWS-compatible
//! account that shares no code with the rest. `poll` carries questions to `aws` and brings back events; `app` turns events into state and effects,
//! purely; `console` runs test calls; `ui` draws the state, purely; `export` writes it for other programs; `config` is what the user has set. `runtime` is the one impure loop around them, `cli` the way in.
//! ARCHITECTURE.md tells more, and `tests/it/tidy.rs` holds the edges between the modules.

pub mod app;
pub mod aws;
pub mod cli;
pub mod config;
pub mod console;
pub mod domain;
pub mod export;
pub mod poll;
pub mod runtime;
pub mod sim;
pub mod ui;
