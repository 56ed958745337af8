//! Models × tiers of what is known: which tiers a model takes, their prices, and what its use would have cost there.

use super::state::State;
use crate::domain::{
    batch::BatchModels,
    ids::ModelId,
    metric::Namespace,
    pricing::Prices,
    reckoning::models_to_match,
    tier_support::TierSupport,
    tiers::{self, Sources, TierRow},
};

impl State {
    /// Every listed model on every tier. Uses are of the snapshot's window: of a day where that is [`tiers::USE_MINUTES`].
    #[must_use]
    pub fn tier_rows(&self) -> Vec<TierRow> {
        let account = &self.account;
        let models = models_to_match(&account.catalog, &account.active);
        let names = account.quotas.iter().flat_map(|table| &table.quotas).map(|quota| quota.name.as_str());
        let batch = BatchModels::of(names, &models);
        tiers::rows(&Sources {
            catalog: &account.catalog,
            endpoints: &self.snapshot.endpoints,
            batch: &batch,
            prices: Prices::built_in(),
            support: TierSupport::built_in(),
            region: &self.session.region,
        })
    }

    /// The base model that an id means: a model's own, a profile's, or an application profile's.
    #[must_use]
    pub fn model_named(&self, id: &str) -> Option<ModelId> {
        self.account.catalog.resolve(Namespace::Bedrock, &id.into()).model
    }
}
