//! What the checks look at: everything known, how far it can be trusted, and what the user asked about.

use std::collections::BTreeMap;

use super::{finding::Outcome, finding::Subject, questions::Questions, refusal, refusal::Refusal, zero::Zero};
use crate::domain::{
    catalog::Model,
    fault::{Fault, Source},
    ids::ModelId,
    metric::Namespace,
    reckoning::Known,
    snapshot::{EndpointRow, PoolRow, Snapshot},
};

/// How far a source can be seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sight {
    /// Whether anything of it is known, be it old.
    pub answered: bool,
    /// What is wrong with it now; with `answered` what is known is the last good.
    pub fault: Option<Fault>,
    /// Instead of an account, files: what would have to be given to see it, such as `--models FILE`.
    pub not_given: Option<&'static str>,
}

/// What the user asks about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// A model's, profile's or application profile's id; None: everything.
    pub model: Option<String>,
    /// An error that somebody got, as pasted.
    pub error: Option<String>,
}

/// Everything that checks look at.
#[derive(Debug)]
pub struct Facts<'a> {
    /// What numbers are made of.
    pub known: Known<'a>,
    /// The numbers.
    pub snapshot: &'a Snapshot,
    /// How far each source can be seen.
    pub sights: &'a BTreeMap<Source, Sight>,
    /// What was asked beyond the polling.
    pub questions: &'a Questions,
    /// What the user asks about.
    pub asked: &'a Asked,
    /// Quotas of zero, and what they mean together.
    pub zero: Zero,
    /// Every active pool with refusals in the window, and their one cause.
    pub refusals: Vec<Refusal<'a>>,
    /// The models that the user's question is about; empty: all.
    models_asked: Vec<ModelId>,
}

impl<'a> Facts<'a> {
    /// Puts together what is known, and what follows from it for several checks.
    #[must_use]
    pub fn new(
        known: Known<'a>,
        snapshot: &'a Snapshot,
        sights: &'a BTreeMap<Source, Sight>,
        questions: &'a Questions,
        asked: &'a Asked,
    ) -> Self {
        let zero = Zero::of(&known, snapshot, questions, sights);
        let refusals = refusal::refusals(snapshot);
        let models_asked = asked.model.as_deref().map(|id| models_of(&known, id)).unwrap_or_default();
        Self { known, snapshot, sights, questions, asked, zero, refusals, models_asked }
    }

    /// What keeps a source from being seen; None where it can be seen, be it with old data. A check gives this back as it is.
    ///
    /// # Errors
    /// An outcome that says why: skipped where files were given and none of it, unknown where it failed or has not answered yet.
    pub fn see(&self, source: Source) -> Result<(), Outcome> {
        match self.sights.get(&source) {
            Some(Sight { answered: true, .. }) => Ok(()),
            Some(Sight { fault: Some(fault), .. }) => Err(Outcome::unseen(fault)),
            Some(Sight { not_given: Some(what), .. }) => Err(Outcome::skipped(format!("needs {what}"))),
            _ => Err(Outcome::unknown(format!("{source} has not answered yet"))),
        }
    }

    /// As [`Facts::see`], of values of metrics in the window.
    ///
    /// # Errors
    /// As there, and where no minute is known yet.
    pub fn see_metrics(&self) -> Result<(), Outcome> {
        self.see(Source::Metrics)?;
        match self.snapshot.window {
            Some(_) => Ok(()),
            None => Err(Outcome::unknown("no minute of CloudWatch is known yet")),
        }
    }

    /// What is wrong with one of our calls, by its IAM action.
    #[must_use]
    pub fn fault_of(&self, action: &str) -> Option<&Fault> {
        let faults = self.sights.values().filter_map(|sight| sight.fault.as_ref());
        faults.into_iter().find(|fault| fault.actions().any(|named| named == action))
    }

    /// The members of a pool, busiest first.
    pub fn members(&self, pool: &'a PoolRow) -> impl Iterator<Item = &'a EndpointRow> + use<'a> {
        let endpoints = &self.snapshot.endpoints;
        pool.members.iter().filter_map(|index| endpoints.get(*index))
    }

    /// The base model of a pool; None where it is not known.
    #[must_use]
    pub fn model_of(&self, pool: &'a PoolRow) -> Option<&'a ModelId> {
        self.members(pool).find_map(|row| row.endpoint.model.as_ref())
    }

    /// A listed model.
    #[must_use]
    pub fn model(&self, id: &ModelId) -> Option<&'a Model> {
        self.known.catalog.models().iter().find(|model| model.id == *id)
    }

    /// Active endpoints of the runtime and of mantle.
    pub fn active(&self) -> impl Iterator<Item = &'a EndpointRow> + use<'a> {
        self.snapshot.endpoints.iter().filter(|row| row.active)
    }

    /// Whether a finding is about what the user asks about: what concerns the whole account always is.
    #[must_use]
    pub fn concerns(&self, subject: &Subject) -> bool {
        let Some(asked) = self.asked.model.as_deref() else { return true };
        let asks = |model: &ModelId| model.as_str() == asked || self.models_asked.contains(model);
        match subject {
            Subject::Account | Subject::Error => true,
            Subject::Model(model) => asks(model),
            Subject::Endpoint(id, model) => id.as_str() == asked || model.as_ref().is_some_and(asks),
            Subject::Pool(id, model) => id.as_str() == asked || model.as_ref().is_some_and(asks),
            Subject::Quota(_, models) => models.iter().any(asks),
        }
    }
}

/// The base models that an id names: its own, or its profile's.
fn models_of(known: &Known<'_>, id: &str) -> Vec<ModelId> {
    let runtime = known.catalog.resolve(Namespace::Bedrock, &id.into());
    runtime.model.into_iter().collect()
}
