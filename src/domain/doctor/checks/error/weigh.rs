//! Which of an error's causes the account shows: shown, likely, open, or ruled out, each with the fact that says so.

use super::case::Case;
use crate::domain::{
    catalog::EndpointKind,
    doctor::{
        facts::Facts,
        questions::Availability,
        refusal::{Cause as Refused, Refusal},
        words::{day, listed as in_words, number},
        zero::Story,
    },
    error_reader::{DeniedBy, table::Cause, table::CauseId},
    fault::Source,
    governing::KnownQuota,
    ids::EndpointId,
    quota_name::QuotaMetric,
    snapshot::{Bound, PoolQuota},
};

/// A new account's daily quota is this share of the default or less: next to nothing.
const NEXT_TO_NOTHING: f64 = 0.1;

/// Profiles that are named of one model.
const NAMED_AT_MOST: usize = 3;

/// How far a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The account shows it.
    Shown,
    /// What is counted speaks for it.
    Likely,
    /// Nothing speaks for or against it.
    Open,
    /// It cannot be.
    RuledOut,
}

/// A cause and what speaks for or against it.
#[derive(Debug)]
pub(super) struct Weighed {
    pub(super) cause: &'static Cause,
    pub(super) weight: Weight,
    /// One fact; None where there is none.
    pub(super) fact: Option<String>,
}

/// Weighs every cause that the error may have.
pub(super) fn weigh(case: &Case<'_, '_>) -> Vec<Weighed> {
    let weighed = case.reading.causes().iter().map(|cause| {
        let is_told = case.foreign.is_none() || is_in_the_text(cause.id);
        let (weight, fact) = if is_told { one(case, cause.id) } else { OPEN };
        // Of whom the error only likely is, nothing is certain.
        let weight = if case.supposed.is_some() { weight.max(Weight::Likely) } else { weight };
        Weighed { cause, weight, fact }
    });
    weighed.collect()
}

type Verdict = (Weight, Option<String>);

const OPEN: Verdict = (Weight::Open, None);

fn shown(fact: impl Into<String>) -> Verdict {
    (Weight::Shown, Some(fact.into()))
}

fn likely(fact: impl Into<String>) -> Verdict {
    (Weight::Likely, Some(fact.into()))
}

fn open(fact: impl Into<String>) -> Verdict {
    (Weight::Open, Some(fact.into()))
}

fn ruled_out(fact: impl Into<String>) -> Verdict {
    (Weight::RuledOut, Some(fact.into()))
}

/// Causes that the text itself tells apart, whatever account it is of.
fn is_in_the_text(cause: CauseId) -> bool {
    matches!(cause, CauseId::IdentityPolicy | CauseId::ServiceControlPolicy | CauseId::TierPolicy)
}

fn one(case: &Case<'_, '_>, cause: CauseId) -> Verdict {
    match cause {
        CauseId::QuotaZero => quota_zero(case),
        CauseId::TokensUsedUp => used_up(
            case,
            &[QuotaMetric::TokensPerMinute, QuotaMetric::InputTokensPerMinute, QuotaMetric::OutputTokensPerMinute],
        ),
        CauseId::RequestsUsedUp => used_up(case, &[QuotaMetric::RequestsPerMinute]),
        CauseId::Reservation | CauseId::Burst => spare(case),
        CauseId::ModelDay => model_day(case),
        CauseId::NewAccountDay => new_account_day(case),
        CauseId::Capacity => capacity(case),
        CauseId::ProfileUnknown | CauseId::ModelUnknown | CauseId::OtherRegion => listed(case, cause),
        CauseId::Agreement => agreement(case),
        CauseId::UseCaseForm => use_case_form(case),
        CauseId::IdentityPolicy | CauseId::ServiceControlPolicy => policy(case, cause),
        CauseId::TierPolicy => tier_policy(case),
        CauseId::EndOfLife => end_of_life(case),
        CauseId::AccountState if case.facts.zero.blocks_region() => {
            open("Nearly all inference quotas of the Region are 0, too.")
        }
        CauseId::ApiRate => api_rate(case),
        _ => OPEN,
    }
}

/// What the error says is counted: a text that names tokens is of token quotas, and so on.
fn counts(case: &Case<'_, '_>) -> &'static [QuotaMetric] {
    use QuotaMetric::{InputTokensPerMinute, OutputTokensPerMinute, RequestsPerMinute, TokensPerDay, TokensPerMinute};
    match case.reading.row().map(|row| row.id.as_str()) {
        Some("tokens-per-minute") => &[TokensPerMinute, InputTokensPerMinute, OutputTokensPerMinute],
        Some("tokens-per-day") => &[TokensPerDay],
        Some("requests-per-minute") => &[RequestsPerMinute],
        _ => &[TokensPerMinute, InputTokensPerMinute, OutputTokensPerMinute, RequestsPerMinute, TokensPerDay],
    }
}

fn quota_zero(case: &Case<'_, '_>) -> Verdict {
    let (facts, counts) = (case.facts, counts(case));
    if facts.zero.region == Some(Story::Serving) || case.pool.is_some_and(|pool| facts.zero.serving.contains(&pool.id))
    {
        return ruled_out("quotas are listed as 0, and calls succeed all the same");
    }
    if let Some(Refusal { cause: Refused::Zero(quota), .. }) = case.refusal
        && counts.contains(&quota.metric)
    {
        return shown(format!("{} is 0: {}.", quota.code, quota.name));
    }
    let quotas = case.quotas(counts);
    if let Some(zero) = quotas.iter().find(|quota| quota.in_force == Some(0.0)) {
        return shown(format!("{} is 0: {}.", zero.quota.code, zero.quota.name));
    }
    if let Some(zeros) = facts.zero.counts.filter(|_| facts.zero.blocks_region() && case.endpoint.is_none()) {
        return likely(format!("{} of {} inference quotas of the Region are 0.", zeros.zero, zeros.known));
    }
    if !quotas.is_empty() && quotas.iter().all(|quota| quota.in_force.is_some()) {
        let values: Vec<String> = quotas.iter().take(2).filter_map(|quota| value(quota)).collect();
        return ruled_out(format!("in force are {}", values.join(", ")));
    }
    if nothing_is_zero(facts) {
        return ruled_out("no inference quota of the Region is 0");
    }
    OPEN
}

/// `L-F4DDD3EB: 2,000,000`.
fn value(quota: &KnownQuota) -> Option<String> {
    Some(format!("{}: {}", quota.quota.code, number(quota.in_force?)))
}

/// Whether every quota that on-demand calls draw on is known, and none is 0.
fn nothing_is_zero(facts: &Facts<'_>) -> bool {
    let mut on_demand = facts.snapshot.quotas.iter().filter(|row| row.known.scope.is_on_demand()).peekable();
    on_demand.peek().is_some() && on_demand.all(|row| row.known.in_force.is_some_and(|value| value > 0.0))
}

fn used_up(case: &Case<'_, '_>, counts: &[QuotaMetric]) -> Verdict {
    match case.refusal.map(|refusal| refusal.cause) {
        Some(Refused::Full(quota)) if counts.contains(&quota.metric) => likely(peak(quota)),
        Some(Refused::Spare(quota)) if counts.contains(&quota.metric) => open(peak(quota)),
        _ => OPEN,
    }
}

/// `L-F4DDD3EB was used to 41 % at most in the window, and calls were refused.`
fn peak(quota: &PoolQuota) -> String {
    let percent = quota.peak_percent.or(quota.used_percent()).unwrap_or_default();
    let bound = if quota.usage.peak_bound == Bound::AtLeast { "≥" } else { "" };
    format!(
        "In the hours that were looked at calls were refused, and {} was used to {bound}{percent:.0} % at most.",
        quota.code
    )
}

/// Refusals with spare quota: a reservation or a burst, which no metric tells apart.
fn spare(case: &Case<'_, '_>) -> Verdict {
    match case.refusal.map(|refusal| refusal.cause) {
        Some(Refused::Spare(quota)) => likely(peak(quota)),
        _ => OPEN,
    }
}

fn model_day(case: &Case<'_, '_>) -> Verdict {
    match case.refusal.map(|refusal| refusal.cause) {
        Some(Refused::Day(quota)) => {
            let used = quota.used_percent().map_or_else(String::new, |percent| format!(" to {percent:.0} %"));
            likely(format!("The day's quota {} is used{used}.", quota.code))
        }
        _ => OPEN,
    }
}

fn new_account_day(case: &Case<'_, '_>) -> Verdict {
    let quotas = case.quotas(&[QuotaMetric::TokensPerDay]);
    let share = |quota: &KnownQuota| Some((quota.in_force?, quota.quota.default.filter(|default| *default > 0.0)?));
    let shares: Vec<_> = quotas.iter().filter_map(|quota| share(quota).map(|share| (quota, share))).collect();
    let small = shares.iter().find(|(_, (applied, default))| *applied > 0.0 && *applied <= default * NEXT_TO_NOTHING);
    if let Some((quota, (applied, default))) = small {
        return likely(format!("{} is {}, the default is {}.", quota.quota.code, number(*applied), number(*default)));
    }
    match shares.first() {
        Some((quota, (applied, default))) if shares.iter().all(|(_, (applied, default))| applied >= default) => {
            ruled_out(format!("{} is {}, and the default is {}", quota.quota.code, number(*applied), number(*default)))
        }
        _ => OPEN,
    }
}

fn capacity(case: &Case<'_, '_>) -> Verdict {
    match case.pool.and_then(|pool| pool.server_errors).filter(|count| *count > 0.0) {
        Some(count) => likely(format!("CloudWatch counts {} server errors (5xx) of it in the window.", number(count))),
        None => OPEN,
    }
}

/// Whether the Region lists what was called.
fn listed(case: &Case<'_, '_>, cause: CauseId) -> Verdict {
    let region = case.facts.known.region.as_str();
    let (Some(endpoint), Some(is_listed)) = (&case.endpoint, case.is_listed()) else { return OPEN };
    let id = &endpoint.id;
    match (cause, is_listed) {
        (CauseId::OtherRegion, true) => {
            open(format!("{region} lists {id}: then the call may have gone to another Region."))
        }
        (_, true) => ruled_out(format!("{region} lists {id}")),
        (CauseId::ModelUnknown | CauseId::ProfileUnknown, false) => {
            let others = ids(&case.profiles());
            let beside = if others.is_empty() { String::new() } else { format!(" It lists {others} of that model.") };
            likely(format!("{region} does not list {id}.{beside}"))
        }
        _ => OPEN,
    }
}

/// `us.a, global.a and 2 more`.
pub(super) fn ids(ids: &[&EndpointId]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    in_words(&ids, NAMED_AT_MOST)
}

fn agreement(case: &Case<'_, '_>) -> Verdict {
    let model = case.endpoint.as_ref().and_then(|endpoint| endpoint.model.as_ref());
    let Some(access) = model.and_then(|model| case.facts.questions.availability.get(model)?.known()) else {
        return OPEN;
    };
    let Availability { agreement, authorization, entitlement, region, .. } = access;
    let fact = format!(
        "AWS says of the model: agreement {agreement}, authorisation {authorization}, entitlement {entitlement}, Region {region}"
    );
    if agreement == "AVAILABLE" && entitlement == "AVAILABLE" {
        ruled_out(fact)
    } else if agreement == "NOT_AVAILABLE" || entitlement == "NOT_AVAILABLE" {
        shown(format!("{fact}."))
    } else {
        open(format!("{fact}."))
    }
}

fn use_case_form(case: &Case<'_, '_>) -> Verdict {
    match case.facts.questions.use_case.known() {
        Some(true) => open("AWS has the form by now. It takes about 15 minutes to count."),
        Some(false) => shown("AWS does not have the form."),
        None => OPEN,
    }
}

fn policy(case: &Case<'_, '_>, cause: CauseId) -> Verdict {
    let Some(by) = case.reading.mentioned.denied_by else { return OPEN };
    let is_organisation_s = cause == CauseId::ServiceControlPolicy;
    if by.is_of_organisation() == is_organisation_s {
        shown(format!("AWS says why: {}.", by.in_words()))
    } else {
        ruled_out(format!("AWS says that {}", by.in_words()))
    }
}

/// A condition on the tier can only be where a model is invoked; which statement said no, AWS does not tell.
fn tier_policy(case: &Case<'_, '_>) -> Verdict {
    let named = &case.reading.mentioned;
    if named.tier_key {
        return shown("The text names the condition key bedrock:ServiceTier.");
    }
    let invokes = named.action.as_deref().is_none_or(|action| action.starts_with("bedrock:InvokeModel"));
    match named.denied_by {
        _ if !invokes => ruled_out("the action that was refused has no tier"),
        Some(DeniedBy::EndpointPolicy | DeniedBy::PermissionsBoundary | DeniedBy::SessionPolicy) | None => OPEN,
        Some(_) => {
            open("Any such policy may have a condition on bedrock:ServiceTier: AWS does not say whether it has.")
        }
    }
}

fn end_of_life(case: &Case<'_, '_>) -> Verdict {
    let model = case.endpoint.as_ref().and_then(|endpoint| endpoint.model.as_ref());
    let Some(dates) = model.and_then(|model| case.facts.model(model)).map(|model| model.dates) else { return OPEN };
    match dates.end_of_life {
        Some(at) if at <= case.facts.known.now => shown(format!("Its end of life was {}.", day(at))),
        Some(at) => open(format!("The Region's list gives {} as its end of life.", day(at))),
        None => OPEN,
    }
}

/// Lists and settings have no inference quota; test calls have no other.
fn api_rate(case: &Case<'_, '_>) -> Verdict {
    let invokes = ["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"];
    match case.reading.wrapped.operation.as_deref() {
        Some(operation) if invokes.contains(&operation) => ruled_out(format!("{operation} is a call to a model")),
        Some(operation) => likely(format!("{operation} is no call to a model.")),
        None => OPEN,
    }
}

/// Whether the catalog says that the model is called through profiles only.
pub(super) fn is_profile_only(case: &Case<'_, '_>) -> bool {
    let Some(endpoint) = case.endpoint.as_ref().filter(|endpoint| endpoint.kind == EndpointKind::Model) else {
        return false;
    };
    let model =
        endpoint.model.as_ref().filter(|_| case.facts.see(Source::Catalog).is_ok()).and_then(|id| case.facts.model(id));
    model.is_some_and(|model| !model.inference_types.iter().any(|kind| kind == "ON_DEMAND"))
}
