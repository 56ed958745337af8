//! The only place on the client's side where `aws_*` types appear: [`connect`] gives a [`Gateway`], and everything that goes in or comes out of it
//! is a `domain` type or a [`Fault`](crate::domain::fault::Fault). Uses `domain` and nothing else of ours.
//!
//! * `connect`, `profile`, `http`: how AWS is reached, as the AWS CLI would: environment, profiles, proxies, private certificate authorities.
//! * `gateway`: the clients. One file per service holds its calls: `identity` (STS), `bedrock` with `access`, `cloudwatch` with `dimensions`, `quotas`.
//! * `runtime`: test calls, over Converse and over the OpenAI-compatible API.
//! * `fault`: the one place where an SDK error becomes a fault. `ledger`: every attempt counted. `paging`: every list has an end.
//!
//! Nothing here logs, prints or returns a credential, a signature or a token.

mod access;
mod bedrock;
mod cloudwatch;
mod connect;
mod dimensions;
mod fault;
mod gateway;
mod http;
mod identity;
mod ledger;
mod paging;
mod profile;
mod quotas;
mod runtime;
#[cfg(test)]
mod testing;

pub use cloudwatch::MAX_QUERIES_PER_CALL;
pub use connect::{ConnectError, ConnectOptions, connect};
pub use dimensions::listed;
pub use gateway::Gateway;
pub use identity::Identity;
pub use ledger::CallCount;
pub use runtime::{Elsewhere, KEY_VARIABLE, Outlet, Stopwatch, Way, WayError};
