//! Application profiles whose source is not certain. Each may draw on the quotas of any endpoint of its model, so what is added up beside one is a lower bound.

use super::{
    catalog::{Catalog, Endpoint},
    discovery::Meter,
    metric::Namespace,
};

/// Endpoints of the runtime that are application profiles, or look like ones, and whose source is not certain.
pub(super) struct Strays(Vec<Endpoint>);

impl Strays {
    /// Those among these.
    pub(super) fn among<'a>(catalog: &Catalog, meters: impl IntoIterator<Item = &'a Meter>) -> Self {
        let runtime = meters.into_iter().filter(|meter| meter.namespace == Namespace::Bedrock);
        let resolved = runtime.map(|meter| catalog.resolve(meter.namespace, &meter.endpoint));
        Self(resolved.filter(Endpoint::may_share_another_quota).collect())
    }

    /// Whether any of them may draw on the quotas of an endpoint, beside its own pool.
    pub(super) fn may_draw_beside(&self, endpoint: &Endpoint) -> bool {
        let may_be_its = |stray: &Endpoint| stray.model.is_none() || stray.model == endpoint.model;
        endpoint.namespace == Namespace::Bedrock
            && self.0.iter().any(|stray| stray.pool != endpoint.pool && may_be_its(stray))
    }
}
