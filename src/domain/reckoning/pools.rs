//! Pools and what they use of their quotas: minutes are summed over everybody who draws on a quota, then the worst is taken.

use std::collections::BTreeMap;

use super::{Member, Reckoning, Reserved, mark_bounds, newest_run, of_the_strip, share};
use crate::domain::{
    cost,
    daily::DayUse,
    governing::KnownQuota,
    ids::{PoolId, QuotaCode},
    matching::Match,
    metric::{Metric, Namespace},
    minute::Minute,
    quota_name::QuotaMetric,
    signs::{self, Compared, Multiplier, Seen},
    snapshot::{EndpointRow, PoolQuota, PoolRow, Usage},
    usage::{MinuteUses, headroom_percent, percent_of, refused_below_limit},
};

/// Endpoints that draw on the same quotas.
struct Drawing<'m> {
    members: Vec<&'m Member>,
    /// Which minutes of the window had throttles on any of them.
    refused: Vec<bool>,
    /// Whether that is known of every minute and all of them.
    refusals_known: bool,
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

    /// Where several pools draw on one quota (profiles of two geographies in one Region), each of them is shown what all of them use of it. Of a quota that may be
    /// another's nobody knows who shares it.
    fn share_quotas(&self, pools: &mut [PoolRow], members: &[Member]) {
        let mut drawing: BTreeMap<QuotaCode, Vec<usize>> = BTreeMap::new();
        for (index, pool) in pools.iter().enumerate() {
            let certain = pool.quotas.iter().filter(|quota| quota.day.is_none() && quota.matched == Match::One);
            certain.for_each(|quota| drawing.entry(quota.code.clone()).or_default().push(index));
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
            refusals_known: members.iter().all(|member| member.refusals_known),
            more_beside: members
                .iter()
                .any(|member| member.has_suffix_series || self.strays.may_draw_beside(&member.row.endpoint)),
            less_within: members
                .iter()
                .any(|member| member.has_long_context && self.known.governing.has_long_context(&member.row.endpoint)),
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
        let usage = drawing.used(QuotaMetric::TokensPerMinute, self).usage;
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

    /// The quotas that endpoints of one model and scope draw on, by metric and code.
    fn quotas(&self, drawing: &Drawing<'_>) -> Vec<PoolQuota> {
        let Some(owner) = drawing.members.first().map(|member| &member.row.endpoint) else { return Vec::new() };
        let compared = drawing.members.iter().fold(Compared::default(), |sum, member| sum.plus(member.compared));
        let multiplier = owner.model.as_ref().and_then(|model| self.known.burndown.multiplier(model));
        let governing = self.known.governing.drawn_on_by(owner);
        let mut quotas: Vec<PoolQuota> = governing
            .filter_map(|governing| {
                let metric = governing.metric?;
                let used = drawing.used(metric, self);
                let day = self.days.get(&governing.quota.code).copied();
                let usage = drawing.bounded(used.usage.clone(), governing.in_force);
                let mut quota = pool_quota(governing, metric, usage, day);
                // What may be another's quota is not contradicted by this use.
                if quota.matched == Match::One {
                    quota.signs.extend(signs::of_use(metric, &drawing.seen(&used), quota.applied));
                    if metric == QuotaMetric::TokensPerMinute && owner.namespace == Namespace::Bedrock {
                        quota.signs.extend(compared.sign(multiplier));
                        quota.multiplier =
                            Some(Multiplier { table: multiplier, implied: compared.implied_multiplier() });
                    }
                }
                Some(quota)
            })
            .collect();
        quotas.sort_by(|a, b| (a.metric, &a.code).cmp(&(b.metric, &b.code)));
        quotas
    }
}

/// What is used of a quota.
struct Used {
    uses: MinuteUses,
    /// Its numbers, with their marks.
    usage: Usage,
    /// Something that counts may be beside them.
    more_beside: bool,
    /// Something that does not count may be within them.
    less_within: bool,
}

impl Drawing<'_> {
    /// What they use of what a quota counts. Nothing of what no metric tells.
    fn used(&self, metric: QuotaMetric, reckoning: &Reckoning<'_>) -> Used {
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
        let more_beside = self.more_beside || more;
        mark_bounds(&mut usage, more_beside, less);
        Used { uses, usage, more_beside, less_within: less }
    }

    /// What signs are looked for in.
    fn seen<'s>(&'s self, used: &'s Used) -> Seen<'s> {
        Seen {
            uses: &used.uses,
            refused: &self.refused,
            refusals_known: self.refusals_known,
            more_beside: used.more_beside,
            less_within: used.less_within,
        }
    }

    /// A use that is a lower bound where calls are refused although it is below the quota.
    fn bounded(&self, usage: Usage, applied: Option<f64>) -> Usage {
        refused_below_limit(usage, applied, self.since.is_some(), self.refused.contains(&true))
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
