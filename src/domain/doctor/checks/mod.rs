//! Every check, one file each, in the order of what explains most: within a severity findings keep it.

mod access;
mod below_default;
mod capacity;
mod client_errors;
mod daily_quota;
mod error;
mod identity;
mod latency;
mod lifecycle;
mod mantle_blind;
mod metrics;
mod model;
mod other_quota;
mod own_calls;
mod profile_in_region;
mod profile_only;
mod region;
mod region_zero;
mod throttled_full;
mod throttled_spare;
mod throttled_unknown;
mod tiers;
mod unread_quotas;
mod use_case_form;
mod zero;

use super::Check;

/// All of them.
pub const ALL: &[&dyn Check] = &[
    &identity::Identity,
    &region::Region,
    &region_zero::RegionZero,
    &error::Error,
    &model::Model,
    &profile_in_region::ProfileInRegion,
    &profile_only::ProfileOnly,
    &access::Access,
    &use_case_form::UseCaseForm,
    &lifecycle::Lifecycle,
    &zero::Zero,
    &daily_quota::DailyQuota,
    &throttled_full::ThrottledFull,
    &throttled_spare::ThrottledSpare,
    &throttled_unknown::ThrottledUnknown,
    &other_quota::OtherQuota,
    &capacity::Capacity,
    &client_errors::ClientErrors,
    &latency::Latency,
    &tiers::TierServed,
    &tiers::ReservedOverflow,
    &tiers::TierTaken,
    &tiers::TierPolicy,
    &mantle_blind::MantleBlind,
    &below_default::BelowDefault,
    &unread_quotas::UnreadQuotas,
    &metrics::Metrics,
    &own_calls::OwnCalls,
];
