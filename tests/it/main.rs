//! The integration tests, one binary: every test binary links the whole SDK, so there is only one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod bad_dumps;
mod charts;
mod cli;
mod config;
mod doctor;
mod dumps;
mod faults;
mod feeds;
mod flows;
mod frozen;
mod log;
mod manners;
mod names;
mod permissions;
mod pictures;
mod prompt;
mod prompt_screen;
mod properties;
mod pty;
mod quota_asks;
mod quota_use;
mod quotas;
mod quotas_screen;
mod raise;
mod readme;
mod regions;
mod scenarios;
mod schema;
mod screens;
mod support;
mod table;
mod terminal;
mod tidy;
mod tiers;
mod troubles;
