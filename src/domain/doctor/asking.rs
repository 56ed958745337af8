//! Asking for more of a quota, as findings advise it: read-only, by the same rules as the Quotas screen.

use super::facts::Facts;
use crate::domain::{
    ids::ModelId,
    increase::{self, Help, Wanted},
    quota_rows::QuotaRow,
};

/// The call that tells of open requests.
pub const HISTORY: &str = "servicequotas:ListRequestedServiceQuotaChangeHistory";

/// What helps with asking for more of a quota.
#[must_use]
pub fn help(facts: &Facts<'_>, row: &QuotaRow) -> Help {
    let quota = &row.known.quota;
    let is_legacy =
        |model: &ModelId| facts.model(model).is_some_and(|model| model.lifecycle.as_deref() == Some("LEGACY"));
    let wanted = Wanted {
        code: &quota.code,
        name: &quota.name,
        scope: row.known.scope,
        metric: row.known.metric,
        applied: row.known.in_force,
        default: quota.default,
        adjustable: quota.adjustable,
        region: facts.known.region,
        is_legacy: row.known.matching.models.iter().any(is_legacy),
        has_geo_tokens: facts.known.governing.has_geo_tokens(&row.known.matching.models),
        peak: row.peak().map(|(peak, _, bound)| (peak, bound)),
    };
    increase::help(&wanted, Some(facts.known.requests))
}
