//! The integration tests, one binary: every test binary links the whole SDK, so there is only one.

mod cli;
mod faults;
mod feeds;
mod flows;
mod pictures;
mod properties;
mod pty;
mod scenarios;
mod support;
mod tidy;
