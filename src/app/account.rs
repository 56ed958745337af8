//! What the sources have given, joined: the account as it is known. `update` changes it, `reckoning` makes numbers of it.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use super::{
    event::{Cached, Fetched},
    loads::Loads,
    rounds::Rounds,
};
use crate::domain::{
    burndown::Burndown,
    catalog::{Catalog, EndpointKind, Listing, Profile},
    daily::DAY_MINUTES,
    discovery::{Discovery, Meter},
    governing::GoverningQuotas,
    ids::{AccountId, Arn, QuotaCode},
    increase::QuotaRequest,
    matching::Pins,
    metric::{Metric, Namespace},
    minute::{Minute, Span},
    polling::counts_by_day,
    quota::{Quota, QuotaTable},
    reckoning::{Tags, models_to_match},
    store::Store,
    traffic::TOTALS_KEPT_MINUTES,
    usual::History,
    watch::Watch,
};

/// Minutes kept beyond the window, so that late points still find their place.
const KEPT_BEYOND_WINDOW: i64 = 15;

/// Quotas of an earlier run, as the cache kept them: nobody has said yet that this is the account that they were read of.
#[derive(Debug, Clone)]
struct Earlier {
    quotas: QuotaTable,
    quotas_at: Option<Timestamp>,
    watch: Watch,
}

/// The account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its number: what STS has said, or what the cache was kept for.
    pub id: Option<AccountId>,
    /// Whether STS has said it in this run; before that nothing is kept under it.
    confirmed: bool,
    listing: Listing,
    /// When models and profiles were listed.
    pub listed_at: Option<Timestamp>,
    /// Models, profiles, endpoints.
    pub catalog: Catalog,
    /// Tags of active application profiles.
    pub tags: Tags,
    /// Which series exist.
    pub discovery: Discovery,
    /// Their values.
    pub store: Store,
    /// Latencies of the last days.
    pub history: History,
    /// Quotas; None before the first answer.
    pub quotas: Option<QuotaTable>,
    /// When the applied values were read.
    pub quotas_at: Option<Timestamp>,
    /// Requests for more of the last 90 days, newest first.
    pub requests: Vec<QuotaRequest>,
    /// When these were read; None before, and where they could not be.
    pub requests_at: Option<Timestamp>,
    /// Changes of applied values.
    pub watch: Watch,
    /// What the cache had, until STS has said whose it is: before that, no value is compared with it.
    earlier: Option<Earlier>,
    /// Whether the applied values were read in this run.
    read: bool,
    /// Counts how often quotas and models were matched.
    matchings: u64,
    /// What the configuration says of single quotas.
    pub pins: Arc<Pins>,
    /// Quotas by model.
    pub governing: GoverningQuotas,
    /// Endpoints that are polled: listed as recently active, or with points in the window.
    pub active: BTreeSet<Meter>,
    /// Output multipliers.
    pub burndown: Burndown,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            id: None,
            confirmed: false,
            listing: Listing::default(),
            listed_at: None,
            catalog: Catalog::default(),
            tags: Tags::default(),
            discovery: Discovery::default(),
            store: Store::default(),
            history: History::default(),
            quotas: None,
            quotas_at: None,
            requests: Vec::new(),
            requests_at: None,
            watch: Watch::default(),
            earlier: None,
            read: false,
            matchings: 0,
            pins: Arc::default(),
            governing: GoverningQuotas::default(),
            active: BTreeSet::new(),
            burndown: Burndown::built_in(),
        }
    }
}

impl Account {
    /// Nothing known, but what the user's configuration says.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self { pins: Arc::clone(&self.pins), ..Self::default() }
    }

    /// The newest open request for more of a quota.
    #[must_use]
    pub fn open_request(&self, code: &QuotaCode) -> Option<&QuotaRequest> {
        self.requests.iter().find(|request| request.code == *code && request.is_open())
    }

    /// The listed profiles.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.listing.profiles
    }

    /// Takes a piece of an answer; returns the quotas whose value it changed.
    pub fn take(&mut self, fetched: Fetched, now: Timestamp) -> Vec<QuotaCode> {
        match fetched {
            Fetched::Identity(account, _) => {
                self.id = Some(account);
                self.confirmed = true;
                return self.compare_with_earlier(now);
            }
            Fetched::Models(models) => {
                self.listing.models = models;
                self.relisted(now);
            }
            Fetched::Profiles(profiles) => {
                self.listing.profiles = profiles;
                self.relisted(now);
            }
            Fetched::Tags(tags) => self.tags.extend(tags),
            Fetched::Listed(namespace, recently_active, listed) => {
                self.discovery.apply(namespace, recently_active, &listed);
                self.active.extend(self.discovery.active().iter().cloned());
                self.match_quotas();
            }
            Fetched::Metrics(poll) => self.store.apply(&poll),
            Fetched::History(poll) => self.history.apply(&poll),
            // Kept with what was asked for it: the row that is open, the tiers.
            Fetched::Answers(_) | Fetched::Tokens(_) => {}
            Fetched::AppliedQuotas(quotas) => return self.take_applied(quotas, now),
            Fetched::DefaultQuotas(quotas) => self.take_quotas(quotas, false),
            Fetched::QuotaRequests(requests) => (self.requests, self.requests_at) = (requests, Some(now)),
        }
        Vec::new()
    }

    /// Takes what an earlier run left, where nothing newer is known.
    pub fn take_cached(&mut self, cached: Cached) {
        if self.listed_at.is_none() {
            self.listed_at = cached.listed_at;
            self.listing = Listing { models: cached.models, profiles: cached.profiles };
            self.catalog = Catalog::new(&self.listing);
        }
        if self.quotas.is_none() {
            let earlier = Earlier { quotas: cached.quotas, quotas_at: cached.quotas_at, watch: cached.watch };
            self.quotas_at = earlier.quotas_at;
            self.quotas = Some(earlier.quotas.clone());
            self.watch = earlier.watch.clone();
            self.earlier = (!self.confirmed).then_some(earlier);
        }
        self.match_quotas();
    }

    /// Whether STS has said in this run whose it is.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// What the next run may start with; None before STS has said whose it is.
    #[must_use]
    pub fn to_cache(&self) -> Option<Cached> {
        Some(Cached {
            account: self.id.clone().filter(|_| self.confirmed)?,
            models: self.listing.models.clone(),
            profiles: self.listing.profiles.clone(),
            listed_at: self.listed_at,
            quotas: self.quotas.clone().unwrap_or_default(),
            quotas_at: self.quotas_at,
            watch: self.watch.clone(),
        })
    }

    /// Lets go of endpoints without traffic in the window, and of minutes before it but those that the charts have loaded.
    pub fn forget_before_window(&mut self, window: Span, loads: &Loads, rounds: &Rounds) {
        let (discovery, store) = (&self.discovery, &self.store);
        self.active.retain(|meter| {
            let key = meter.series(Metric::Invocations);
            discovery.active().contains(meter) || store.has_point(&key, window)
        });
        let usual = window.first.min(window.last - TOTALS_KEPT_MINUTES) - KEPT_BEYOND_WINDOW;
        let day = usual.min(window.last - (DAY_MINUTES + KEPT_BEYOND_WINDOW));
        self.store.forget_before(|key| {
            let Some(id) = key.part.endpoint() else {
                return if counts_by_day(discovery, key) { day } else { usual };
            };
            let meter = Meter { namespace: key.namespace, endpoint: id.clone() };
            let usual = if rounds.keeps_day_of(&meter) && counts_by_day(discovery, key) { day } else { usual };
            loads.kept_from(&meter).map_or(usual, |loaded| loaded.min(usual))
        });
    }

    /// Endpoints that might be alive without being listed: the two weeks' and the catalog's.
    #[must_use]
    pub fn not_active(&self) -> BTreeSet<Meter> {
        let listed = self.catalog.endpoints().map(|e| Meter { namespace: e.namespace, endpoint: e.id.clone() });
        listed.chain(self.discovery.metered()).filter(|meter| !self.active.contains(meter)).collect()
    }

    /// Marks endpoints as active that turned out to have points.
    pub fn wake(&mut self, candidates: &BTreeSet<Meter>, window: Span) {
        for meter in candidates {
            let key = meter.series(Metric::Invocations);
            if self.store.has_point(&key, window) {
                self.active.insert(meter.clone());
            }
        }
    }

    /// Active application profiles whose tags were not read yet.
    #[must_use]
    pub fn untagged(&self, at_most: usize) -> Vec<Arn> {
        self.active
            .iter()
            .map(|meter| self.catalog.resolve(meter.namespace, &meter.endpoint))
            .filter(|endpoint| endpoint.kind == EndpointKind::ApplicationProfile)
            .filter_map(|endpoint| endpoint.arn)
            .filter(|arn| !self.tags.contains_key(arn))
            .take(at_most)
            .collect()
    }

    /// Whether a quota is zero that somebody uses or has asked to raise.
    #[must_use]
    pub fn awaits_quota(&self) -> bool {
        let zero = self.quotas.as_ref().is_some_and(|table| {
            table.inference().any(|(quota, name)| name.scope.is_on_demand() && table.in_force(quota) == Some(0.0))
        });
        zero || self.requests.iter().any(QuotaRequest::is_open)
    }

    /// The newest settled minute.
    #[must_use]
    pub fn settled_through(&self) -> Option<Minute> {
        self.store.settled_through(Namespace::Bedrock)
    }

    fn relisted(&mut self, now: Timestamp) {
        self.listed_at = Some(now);
        self.catalog = Catalog::new(&self.listing);
        self.match_quotas();
    }

    /// Takes the applied values, which are compared with the ones before: of this run, or of an earlier one if it is certain that it was of this account.
    fn take_applied(&mut self, listed: Vec<Quota>, now: Timestamp) -> Vec<QuotaCode> {
        let mut before = self.quotas.clone().unwrap_or_default();
        if self.earlier.is_some() && !self.read {
            (before, self.watch) = (QuotaTable::default(), Watch::default());
        }
        self.take_quotas(listed, true);
        self.read = true;
        let still_at = self.quotas_at.replace(now);
        let after = self.quotas.as_ref().unwrap_or(&before);
        self.watch.compare(&before, after, still_at, now)
    }

    /// Compares what was read in this run with what an earlier one left, now that STS has said that both are of one account.
    fn compare_with_earlier(&mut self, now: Timestamp) -> Vec<QuotaCode> {
        let (Some(earlier), Some(quotas)) = (self.earlier.take(), &self.quotas) else { return Vec::new() };
        if !self.read {
            return Vec::new();
        }
        let of_this_run = std::mem::replace(&mut self.watch, earlier.watch);
        let read_at = self.quotas_at.unwrap_or(now);
        let mut changed = self.watch.compare(&earlier.quotas, quotas, earlier.quotas_at, read_at);
        // What changed in this run has been said.
        changed.retain(|code| of_this_run.change(code).is_none());
        self.watch.follow(of_this_run);
        changed
    }

    fn take_quotas(&mut self, listed: Vec<Quota>, applied: bool) {
        self.quotas.get_or_insert_default().replace(listed, applied);
        self.match_quotas();
    }

    /// Changes whenever quotas or models do.
    #[must_use]
    pub fn matchings(&self) -> u64 {
        self.matchings
    }

    fn match_quotas(&mut self) {
        self.matchings += 1;
        if let Some(table) = &self.quotas {
            let models = models_to_match(&self.catalog, &self.active);
            self.governing = GoverningQuotas::new(table, &self.catalog, &models, &self.pins);
        }
    }
}
