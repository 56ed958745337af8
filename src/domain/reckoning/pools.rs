//! Pools and what they use of their quotas: minutes are summed over everybody who draws on a quota, then the worst is taken.

use std::collections::BTreeMap;

use super::{Member, Reckoning, Reserved, mark_bounds, newest_run, of_the_strip, share};
use crate::domain::{
    catalog::{Endpoint, EndpointKind, Scope},
    cost,
    daily::DayUse,
    governing::KnownQuota,
    ids::{PoolId, QuotaCode},
    matching::Match,
    metric::{Metric, Namespace},
    minute::Minute,
    quota_name::{QuotaMetric, QuotaScope},
    signs::{self, Compared, Multiplier},
    snapshot::{EndpointRow, PoolQuota, PoolRow, Usage},
    usage::{MinuteUses, headroom_percent, percent_of, refused_below_limit},
};

/// Endpoints that draw on the same quotas.
struct Drawing<'m> {
    members: Vec<&'m Member>,
    /// Which minutes of the window had throttles on any of them.
    refused: Vec<bool>,
    /// First minute of the newest run of throttled minutes, where it reaches into now.
    since: Option<Minute>,
    /// Something may draw on the quotas that is not among them.
    more_beside: bool,
    /// Calls with a long context are in their tokens, and the model has quotas of their own for these.
    less_within: bool,
}

impl Reckoning<'_> {
    /// The pools of the members, by id.
    pub(super) fn pools(&self, members: &[Member]) -> Vec<PoolRow> {
        let mut by_pool: BTreeMap<PoolId, Vec<usize>> = BTreeMap::new();
        for (index, member) in members.iter().enumerate() {
            by_pool.entry(member.row.endpoint.pool.clone()).or_default().push(index);
        }
        let busy = |index: &usize| members[*index].row.usage.peak.unwrap_or(-1.0);
        for indices in by_pool.values_mut() {
            indices.sort_by(|a, b| busy(b).total_cmp(&busy(a)));
        }
        let mut pools: Vec<PoolRow> =
            by_pool.into_iter().map(|(id, indices)| self.pool(id, indices, members)).collect();
        self.share_quotas(&mut pools, members);
        pools
    }

    /// Where several pools draw on one quota (profiles of two geographies in one Region), each of them is shown what all of them use of it.
    fn share_quotas(&self, pools: &mut [PoolRow], members: &[Member]) {
        let mut drawing: BTreeMap<QuotaCode, Vec<usize>> = BTreeMap::new();
        for (index, pool) in pools.iter().enumerate() {
            let per_minute = pool.quotas.iter().filter(|quota| quota.day.is_none());
            per_minute.for_each(|quota| drawing.entry(quota.code.clone()).or_default().push(index));
        }
        for (code, sharing) in drawing.into_iter().filter(|(_, sharing)| sharing.len() > 1) {
            let all = sharing.iter().flat_map(|index| pools[*index].members.clone()).map(|index| &members[index]);
            let together = self.quotas(&self.drawing(all.collect()));
            let Some(together) = together.into_iter().find(|quota| quota.code == code) else { continue };
            for index in sharing {
                pools[index]
                    .quotas
                    .iter_mut()
                    .filter(|quota| quota.code == code)
                    .for_each(|quota| *quota = together.clone());
            }
        }
    }

    fn drawing<'m>(&self, members: Vec<&'m Member>) -> Drawing<'m> {
        let refused: Vec<bool> =
            (0..self.window.len()).map(|minute| members.iter().any(|member| member.refused[minute])).collect();
        Drawing {
            since: newest_run(self.window, &refused, self.now.first),
            refused,
            more_beside: members
                .iter()
                .any(|member| member.has_suffix_series || self.may_miss_a_member(&member.row.endpoint)),
            less_within: members
                .iter()
                .any(|member| member.has_long_context && self.has_long_context_quota(&member.row.endpoint)),
            members,
        }
    }

    fn pool(&self, id: PoolId, indices: Vec<usize>, members: &[Member]) -> PoolRow {
        let drawing = self.drawing(indices.iter().map(|index| &members[*index]).collect());
        let quotas = self.quotas(&drawing);
        let sum =
            |number: fn(&EndpointRow) -> Option<f64>| drawing.members.iter().map(|member| number(&member.row)).sum();
        let attempts_now = |metric| -> Option<f64> {
            drawing.members.iter().map(|member| self.sum(&member.row.endpoint.meter(), metric, self.now)).sum()
        };
        let limit =
            quotas.iter().find(|quota| quota.metric == QuotaMetric::TokensPerMinute && quota.matched == Match::One);
        let (_, usage) = drawing.uses(QuotaMetric::TokensPerMinute, self);
        PoolRow {
            id,
            usage: drawing.bounded(usage, limit.and_then(|quota| quota.applied)),
            refused: of_the_strip(&drawing.refused),
            rpm_now: sum(|row| row.rpm_now),
            in_flight: sum(|row| row.in_flight),
            throttle_percent: share(attempts_now(Metric::InvocationThrottles), attempts_now(Metric::Invocations)),
            throttled_since: drawing.since,
            server_errors: sum(|row| row.server_errors),
            client_errors: sum(|row| row.client_errors),
            cost: cost::together(drawing.members.iter().map(|member| member.row.cost)),
            quotas,
            members: indices,
        }
    }

    /// Whether an endpoint is alive that may draw on this endpoint's quota: an application profile whose source is not known.
    fn may_miss_a_member(&self, endpoint: &Endpoint) -> bool {
        let same_model = |stray: &Endpoint| stray.model.is_none() || stray.model == endpoint.model;
        endpoint.namespace == Namespace::Bedrock
            && self.strays.iter().any(|stray| stray.pool != endpoint.pool && same_model(stray))
    }

    /// Whether the model has a quota of its own for calls with a long context.
    fn has_long_context_quota(&self, endpoint: &Endpoint) -> bool {
        let Some(model) = &endpoint.model else { return false };
        let is_one = |known: &&std::sync::Arc<KnownQuota>| {
            known.variant.is_some()
                && known.metric == Some(QuotaMetric::TokensPerMinute)
                && quota_scopes(endpoint).contains(&known.scope)
                && known.matching.models.contains(model)
        };
        self.known.governing.quotas().iter().any(|known| is_one(&known))
    }

    /// The quotas that endpoints of one model and scope draw on, by metric and code.
    fn quotas(&self, drawing: &Drawing<'_>) -> Vec<PoolQuota> {
        let Some(owner) = drawing.members.first().map(|member| &member.row.endpoint) else { return Vec::new() };
        let (Some(model), scopes) = (&owner.model, quota_scopes(owner)) else { return Vec::new() };
        let governing = scopes.iter().flat_map(|scope| self.known.governing.of(model, *scope));
        let compared = drawing.members.iter().fold(Compared::default(), |sum, member| sum.plus(member.compared));
        let multiplier = self.known.burndown.multiplier(model);
        let mut quotas: Vec<PoolQuota> = governing
            .filter_map(|governing| {
                let metric = governing.metric?;
                let (uses, usage) = drawing.uses(metric, self);
                let day = self.days.get(&governing.quota.code).copied();
                let mut quota = pool_quota(governing, metric, drawing.bounded(usage, governing.in_force), day);
                if quota.matched == Match::One {
                    quota.signs.extend(signs::of_use(metric, &uses, &drawing.refused, quota.applied));
                }
                if metric == QuotaMetric::TokensPerMinute && owner.namespace == Namespace::Bedrock {
                    quota.signs.extend(compared.sign(multiplier));
                    quota.multiplier = Some(Multiplier { table: multiplier, implied: compared.implied_multiplier() });
                }
                Some(quota)
            })
            .collect();
        quotas.sort_by(|a, b| (a.metric, &a.code).cmp(&(b.metric, &b.code)));
        quotas
    }
}

impl Drawing<'_> {
    /// What they use by the minute of what a quota counts, and its numbers. Nothing of what no metric tells.
    fn uses(&self, metric: QuotaMetric, reckoning: &Reckoning<'_>) -> (MinuteUses, Usage) {
        let total = |part: fn(&Member) -> &MinuteUses| {
            let mut total = MinuteUses::none(reckoning.window);
            self.members.iter().for_each(|member| total.add(part(member)));
            total
        };
        let any = |is: fn(&Member) -> bool| self.members.iter().any(|member| is(member));
        let basis = self.members.iter().filter_map(|member| member.row.usage.basis).max();
        let (uses, basis, more, less) = match metric {
            QuotaMetric::TokensPerMinute => {
                let less = self.less_within || any(|member| member.reserved == Reserved::Within);
                (total(|member| &member.uses), basis, false, less)
            }
            // Invocations do not tell Reserved apart where they have no tier.
            QuotaMetric::RequestsPerMinute => {
                (total(|member| &member.requests), None, false, any(|member| member.reserved >= Reserved::Apart))
            }
            QuotaMetric::InputTokensPerMinute => (total(|member| &member.input), None, false, false),
            QuotaMetric::OutputTokensPerMinute => (total(|member| &member.output), None, false, false),
            // The mean of a minute: for moments there were more.
            QuotaMetric::ConcurrentRequests => (total(|member| &member.in_flight), None, true, false),
            QuotaMetric::TokensPerDay
            | QuotaMetric::ConcurrentAsyncRequests
            | QuotaMetric::ModelUnits
            | QuotaMetric::Count => (MinuteUses::none(reckoning.window), None, false, false),
        };
        let mut usage = uses.usage(basis);
        mark_bounds(&mut usage, self.more_beside || more, less);
        (uses, usage)
    }

    /// A use that is a lower bound where calls are refused although it is below the quota.
    fn bounded(&self, usage: Usage, applied: Option<f64>) -> Usage {
        refused_below_limit(usage, applied, self.since.is_some(), self.refused.contains(&true))
    }
}

/// The scopes whose quotas an endpoint's pool draws on.
fn quota_scopes(owner: &Endpoint) -> &'static [QuotaScope] {
    match (&owner.kind, &owner.scope) {
        (EndpointKind::Mantle, _) => &[QuotaScope::Mantle],
        (_, Some(Scope::InRegion)) => &[QuotaScope::InRegion, QuotaScope::InRegionAndGeo],
        (_, Some(Scope::Geo(_))) => &[QuotaScope::Geo, QuotaScope::InRegionAndGeo],
        (_, Some(Scope::Global)) => &[QuotaScope::Global],
        (_, None) => &[],
    }
}

/// `day`: of a daily quota, what everybody used of it who draws on it; what is left is counted by the larger of its two numbers.
fn pool_quota(governing: &KnownQuota, metric: QuotaMetric, usage: Usage, day: Option<DayUse>) -> PoolQuota {
    let usage = day.map_or(usage, |day| day.usage());
    let certain = (governing.matching.matched == Match::One).then_some(governing.in_force).flatten();
    PoolQuota {
        code: governing.quota.code.clone(),
        name: governing.quota.name.clone(),
        metric,
        applied: governing.in_force,
        default: governing.quota.default,
        adjustable: governing.quota.adjustable,
        headroom_percent: headroom_percent(usage.used_now, certain),
        peak_percent: percent_of(usage.peak, certain),
        usage,
        day,
        multiplier: None,
        matched: governing.matching.matched.clone(),
        signs: Vec::new(),
    }
}
