//! Which models and ids an account calls, or the user asks about, and how their calls fare: what the checks on models go by.

use super::{
    facts::{Facts, Sight},
    finding::Outcome,
};
use crate::domain::{
    catalog::{Endpoint, EndpointKind, Model},
    discovery::Meter,
    fault::{FaultKind, Source},
    ids::{EndpointId, ModelId},
    metric::{Metric, Namespace},
    snapshot::{Bound, EndpointRow},
};

/// Minutes of an hour.
const HOUR: usize = 60;

/// How calls fare in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fares {
    /// Some succeed.
    Succeed,
    /// Some succeeded earlier in the window, none in the newest hour, and there are 4xx.
    Stopped,
    /// Some end in a 4xx, and none succeeds.
    Fail,
    /// Neither is known: there are none, none but throttled ones, or they were not seen.
    Untold,
}

/// A model that is called or asked about.
#[derive(Debug, Clone)]
pub struct ModelUse<'a> {
    /// The model.
    pub model: ModelId,
    /// Whether the user asks about it.
    pub asked: bool,
    /// Its endpoints with traffic in the last three hours.
    pub rows: Vec<&'a EndpointRow>,
    /// Whether it was called in the last two weeks.
    pub metered: bool,
}

impl ModelUse<'_> {
    /// How its calls fare.
    #[must_use]
    pub fn fares(&self) -> Fares {
        let fares = || self.rows.iter().map(|row| fares(row));
        let first = [Fares::Succeed, Fares::Stopped, Fares::Fail];
        first.into_iter().find(|one| fares().any(|fares| fares == *one)).unwrap_or(Fares::Untold)
    }

    /// How much it is called, in words.
    #[must_use]
    pub fn how_much(&self) -> &'static str {
        match (self.rows.is_empty(), self.metered) {
            (false, _) => "called in the last three hours",
            (true, true) => "called in the last two weeks, not in the last three hours",
            (true, false) => "not called here in the last two weeks, as far as CloudWatch lists",
        }
    }

    /// 4xx of its calls in the window, as far as known.
    #[must_use]
    pub fn client_errors(&self) -> f64 {
        self.rows.iter().filter_map(|row| row.client_errors).sum()
    }
}

/// How an endpoint's calls fare. Only calls that succeed have quota tokens or output. `Invocations` say nothing here: AWS's pages disagree on whether errors are
/// in them, and errors are summed over a window that ends some minutes earlier.
#[must_use]
pub fn fares(row: &EndpointRow) -> Fares {
    let is_some = |count: Option<f64>| count.is_some_and(|count| count > 0.0);
    let used = is_some(row.usage.peak) && row.usage.peak_bound != Bound::AtMost;
    let is_quiet = || row.usage.strip.len() >= HOUR && row.usage.strip.iter().all(|used| *used == Some(0.0));
    if is_some(row.output_tokens) || used {
        if is_some(row.client_errors) && is_quiet() { Fares::Stopped } else { Fares::Succeed }
    } else if is_some(row.client_errors) && row.output_tokens == Some(0.0) {
        Fares::Fail
    } else {
        Fares::Untold
    }
}

impl<'a> Facts<'a> {
    /// What the user's id names; None where no id is asked about.
    #[must_use]
    pub fn endpoint_asked(&self) -> Option<Endpoint> {
        let id = self.asked.model.as_deref()?;
        Some(self.known.catalog.resolve(Namespace::Bedrock, &EndpointId::from(id)))
    }

    /// The models that are called or asked about: with a question only its own; else the active ones, then those called in the last two weeks.
    #[must_use]
    pub fn model_uses(&self) -> Vec<ModelUse<'a>> {
        let asked = self.endpoint_asked().map(|endpoint| endpoint.model);
        let mut uses: Vec<ModelUse<'a>> = Vec::new();
        if let Some(Some(model)) = &asked {
            uses.push(ModelUse { model: model.clone(), asked: true, rows: Vec::new(), metered: false });
        }
        let is_wanted = |model: &ModelId| asked.as_ref().is_none_or(|asked| asked.as_ref() == Some(model));
        let mut with = |model: &ModelId, row: Option<&'a EndpointRow>| {
            if !is_wanted(model) {
                return;
            }
            let at = uses.iter().position(|one| one.model == *model).unwrap_or_else(|| {
                uses.push(ModelUse { model: model.clone(), asked: false, rows: Vec::new(), metered: false });
                uses.len() - 1
            });
            uses[at].rows.extend(row);
            uses[at].metered = true;
        };
        for row in self.active() {
            row.endpoint.model.iter().for_each(|model| with(model, Some(row)));
        }
        for (_, endpoint) in self.metered() {
            endpoint.model.iter().for_each(|model| with(model, None));
        }
        uses
    }

    /// What was called in the last two weeks, as the catalog knows it now.
    #[must_use]
    pub fn metered(&self) -> Vec<(Meter, Endpoint)> {
        let resolved = |meter: Meter| {
            let endpoint = self.known.catalog.resolve(meter.namespace, &meter.endpoint);
            (meter, endpoint)
        };
        self.known.discovery.metered().into_iter().map(resolved).collect()
    }

    /// Whether calls of an id succeeded in the last two weeks: only these have output or quota tokens, or a time to first token.
    #[must_use]
    pub fn has_served(&self, meter: &Meter) -> bool {
        [Metric::OutputTokenCount, Metric::EstimatedTpmQuotaUsage, Metric::TimeToFirstToken]
            .iter()
            .any(|metric| self.known.discovery.is_listed(&meter.series(*metric)))
    }

    /// A model's name as AWS writes it, else its id.
    #[must_use]
    pub fn model_name(&self, id: &ModelId) -> String {
        self.model(id).map(|model| model.name.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| id.to_string())
    }

    /// The listed system profiles of a model.
    #[must_use]
    pub fn profiles_of(&self, model: &ModelId) -> Vec<String> {
        let is_its = |endpoint: &&Endpoint| {
            endpoint.kind == EndpointKind::SystemProfile && endpoint.model.as_ref() == Some(model)
        };
        self.known.catalog.endpoints().filter(is_its).map(|endpoint| endpoint.id.to_string()).collect()
    }

    /// What keeps quotas' values in force from being seen.
    ///
    /// # Errors
    /// As [`Facts::see`].
    pub fn see_quotas(&self) -> Result<(), Outcome> {
        if self.known.quotas.is_some_and(|table| table.applied_listed) {
            return Ok(());
        }
        self.see(Source::ServiceQuotas)?;
        Err(Outcome::unknown("the applied values have not been read"))
    }

    /// What keeps the list of models from being seen.
    ///
    /// # Errors
    /// As [`Facts::see`].
    pub fn see_models(&self) -> Result<(), Outcome> {
        if self.known.catalog.models().is_empty() { self.unlisted() } else { Ok(()) }
    }

    /// What keeps the list of system profiles from being seen.
    ///
    /// # Errors
    /// As [`Facts::see`].
    pub fn see_profiles(&self) -> Result<(), Outcome> {
        let any = self.known.catalog.endpoints().any(|endpoint| endpoint.kind == EndpointKind::SystemProfile);
        if any { Ok(()) } else { self.unlisted() }
    }

    /// Why a list of the catalog is empty: a fault, no file, or because there is nothing.
    fn unlisted(&self) -> Result<(), Outcome> {
        match self.sights.get(&Source::Catalog) {
            Some(Sight { fault: Some(fault), .. }) => Err(Outcome::unseen(fault)),
            _ => self.see(Source::Catalog),
        }
    }

    /// Whether AWS turned away whoever asks: the credentials are gone, or `GetCallerIdentity`, which takes nothing that could be wrong, was refused as wrong.
    #[must_use]
    pub fn is_turned_away(&self) -> bool {
        let identity = self.sights.get(&Source::Identity).and_then(|sight| sight.fault.as_ref());
        identity.is_some_and(|fault| fault.kind == FaultKind::Invalid)
    }

    /// Whether a model is called by ids of its own alone through profiles.
    #[must_use]
    pub fn is_profile_only(model: &Model) -> bool {
        let takes = |kind: &str| model.inference_types.iter().any(|known| known == kind);
        takes("INFERENCE_PROFILE") && !takes("ON_DEMAND")
    }
}
