//! What an error is about, held against the account that is known: the endpoint that it names, its pool and its quotas. An error of another account or Region is
//! held against nothing.

use std::sync::Arc;

use crate::domain::{
    catalog::{Endpoint, EndpointKind},
    doctor::{facts::Facts, refusal::Refusal},
    error_reader::{
        Named, Reading,
        table::{CauseId, Service},
    },
    fault::Source,
    governing::KnownQuota,
    ids::{AccountId, EndpointId},
    matching::Match,
    metric::Namespace,
    quota_name::QuotaMetric,
    snapshot::PoolRow,
};

/// An error and whom it is about.
pub(super) struct Case<'f, 'a> {
    /// Everything known.
    pub(super) facts: &'f Facts<'a>,
    /// The error.
    pub(super) reading: &'f Reading,
    /// Why what is known here says nothing about it; None where it may.
    pub(super) foreign: Option<String>,
    /// The endpoint that it names, else the one that the user asks about.
    pub(super) endpoint: Option<Endpoint>,
    /// The pool that it is likely about, where it names nothing; None where it does.
    pub(super) supposed: Option<String>,
    /// Who shares its quotas, where there is traffic.
    pub(super) pool: Option<&'a PoolRow>,
    /// Why its pool's calls were refused in the window.
    pub(super) refusal: Option<&'f Refusal<'a>>,
}

impl<'f, 'a> Case<'f, 'a> {
    pub(super) fn new(facts: &'f Facts<'a>, reading: &'f Reading) -> Self {
        let foreign = foreign(facts, reading);
        let named = named(reading).or(facts.asked.model.as_deref()).filter(|_| foreign.is_none());
        let only = only_refused(facts, reading).filter(|_| foreign.is_none() && named.is_none());
        let endpoint = named.map(EndpointId::from).or_else(|| Some(only?.pool.id.as_str().into())).map(|id| {
            let is_mantle = reading.row().is_some_and(|row| row.service == Service::Mantle);
            let namespace = if is_mantle { Namespace::Mantle } else { Namespace::Bedrock };
            facts.known.catalog.resolve(namespace, &id)
        });
        let pool =
            endpoint.as_ref().and_then(|endpoint| facts.snapshot.pools.iter().find(|pool| pool.id == endpoint.pool));
        let refusal = pool.and_then(|pool| facts.refusals.iter().find(|refusal| refusal.pool.id == pool.id));
        let supposed = only.map(|only| only.pool.id.to_string());
        Self { facts, reading, foreign, endpoint, supposed, pool, refusal }
    }

    /// Whether the Region's models and profiles are known.
    pub(super) fn sees_catalog(&self) -> bool {
        self.foreign.is_none()
            && self.facts.see(Source::Catalog).is_ok()
            && !self.facts.known.catalog.models().is_empty()
    }

    /// Whether the endpoint is listed in the Region; None where lists or endpoint are not known. Without any profile the profiles were likely not given.
    pub(super) fn is_listed(&self) -> Option<bool> {
        let endpoint = self.endpoint.as_ref().filter(|_| self.sees_catalog())?;
        let has_profiles =
            || self.facts.known.catalog.endpoints().any(|other| other.kind == EndpointKind::SystemProfile);
        match endpoint.kind {
            EndpointKind::Unlisted => has_profiles().then_some(false),
            _ => Some(true),
        }
    }

    /// System profiles of the endpoint's model that the Region lists.
    pub(super) fn profiles(&self) -> Vec<&'a EndpointId> {
        let Some(model) = self.endpoint.as_ref().and_then(|endpoint| endpoint.model.as_ref()) else {
            return Vec::new();
        };
        let profiles = self.facts.known.catalog.endpoints().filter(|other| other.kind == EndpointKind::SystemProfile);
        profiles.filter(|profile| profile.model.as_ref() == Some(model)).map(|profile| &profile.id).collect()
    }

    /// The quotas that certainly limit calls to the endpoint and count this.
    pub(super) fn quotas(&self, counts: &[QuotaMetric]) -> Vec<&'a Arc<KnownQuota>> {
        let Some(endpoint) = &self.endpoint else { return Vec::new() };
        // An application profile draws on the quotas of what it was copied from.
        let id = endpoint.source.as_ref().unwrap_or(&endpoint.id);
        let all = self.facts.known.governing.quotas().iter();
        all.filter(|quota| quota.matching.matched == Match::One && quota.variant.is_none())
            .filter(|quota| quota.metric.is_some_and(|metric| counts.contains(&metric)))
            .filter(|quota| quota.endpoints.contains(id))
            .collect()
    }
}

/// The endpoint that an error names. A denial names the model where a profile's call was to go: what was called is not known from it.
fn named(reading: &Reading) -> Option<&str> {
    reading.mentioned.model.as_deref()
}

/// Whom a throttled call likely called, where the error does not say: the only pool whose calls were refused.
fn only_refused<'f, 'a>(facts: &'f Facts<'a>, reading: &Reading) -> Option<&'f Refusal<'a>> {
    match facts.refusals.as_slice() {
        [only] if reading.may_be(CauseId::QuotaZero) => Some(only),
        _ => None,
    }
}

/// What in an error says that it is not of the account and Region that are known here. The model behind a profile may stand in another Region.
fn foreign(facts: &Facts<'_>, reading: &Reading) -> Option<String> {
    let here = facts.known.region.as_str();
    let account = facts.known.account.map(AccountId::as_str);
    let of_account = |arn: &Named| {
        arn.arn
            .split(':')
            .nth(4)
            .filter(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_digit()))
            .map(str::to_owned)
    };
    let arns = || reading.mentioned.arns.iter().filter(|arn| !arn.arn.contains(":organizations:"));
    let other_region = arns().filter(|arn| !arn.is_model() && !arn.region.is_empty()).find(|arn| arn.region != here);
    if let Some(arn) = other_region.filter(|_| !here.is_empty()) {
        return Some(format!("The error is of {}; what is known here is of {here}.", arn.region));
    }
    let other = arns().find_map(|arn| of_account(arn).filter(|id| account.is_some_and(|account| account != id)));
    other.map(|_| "The error is of another account than the one that is known here.".to_owned())
}
