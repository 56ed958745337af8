//! Every check, one file each, in the order of what explains most: within a severity findings keep it.

mod access;
mod below_default;
mod error;
mod identity;
mod lifecycle;
mod model;
mod own_calls;
mod profile_in_region;
mod profile_only;
mod region;
mod region_zero;
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
    &below_default::BelowDefault,
    &unread_quotas::UnreadQuotas,
    &own_calls::OwnCalls,
];
