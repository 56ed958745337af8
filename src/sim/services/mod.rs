//! The services of the simulated account. Each one's `handle` answers a request, or None for an operation it does not know.

pub mod bedrock;
pub mod bedrock_runtime;
mod bodies;
pub mod cloudwatch;
mod metric_data;
pub mod openai;
mod pace;
pub mod servicequotas;
pub mod sts;

use super::wire::token::{self, Place};
use super::wire::{Request, Service};
use super::world::World;

/// What a service works on.
#[derive(Debug)]
pub struct Account<'a> {
    /// The account's content.
    pub world: &'a mut World,
    /// Quota increases asked for in this run.
    pub increases: &'a mut Vec<Increase>,
}

impl Account<'_> {
    /// The region a request is for: its own, or the account's home.
    pub fn region(&self, request: &Request) -> String {
        request.region.clone().unwrap_or_else(|| self.world.region().to_owned())
    }

    /// Whether the request's region is the one that has traffic.
    pub fn has_traffic(&self, request: &Request) -> bool {
        request.region.as_deref().is_none_or(|region| region == self.world.region())
    }
}

/// A quota increase that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Increase {
    /// Id of the request.
    pub id: String,
    /// Region it was asked in.
    pub region: String,
    /// The quota.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The value asked for.
    pub desired: f64,
    /// When, in Unix seconds.
    pub created: i64,
    /// When it last changed.
    pub updated: i64,
    /// `PENDING`, `CASE_OPENED`, …
    pub status: String,
    /// Its support case, where it has one.
    pub case: Option<String>,
}

impl Increase {
    /// Whether it waits for an answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "PENDING" | "CASE_OPENED")
    }
}

/// ARN of what a request is about, as `AccessDenied` names it.
pub fn resource(account: &Account<'_>, region: &str, request: &Request) -> Option<String> {
    (request.service == Service::BedrockRuntime)
        .then(|| bedrock_runtime::resource(account.world, region, &request.label))
}

/// One page of a list and the token for the next; None where the token is not one of ours.
fn page<'a, T>(
    items: &'a [T],
    size: usize,
    operation: &str,
    filters: &str,
    token: Option<&str>,
) -> Option<(&'a [T], Option<String>)> {
    let start = match token {
        None => 0,
        Some(token) => usize::try_from(token::read(operation, filters, token)?.offset).ok()?,
    };
    let start = start.min(items.len());
    let end = start.saturating_add(size).min(items.len());
    let next = (end < items.len()).then(|| token::issue(operation, filters, Place { offset: end as u64, now: 0 }));
    Some((&items[start..end], next))
}
