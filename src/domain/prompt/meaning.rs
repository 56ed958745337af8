//! What an error of a test call means, in plain words. The one place that views and exports ask.

use crate::domain::{
    fault::FaultKind,
    pricing::{AS_OF, Prices},
    prompt::{bill::Place, event::CallError},
    tier::Tier,
};

/// An error in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// What it means; one or two sentences.
    pub means: String,
    /// One thing to do; None where nothing is known to help.
    pub next_step: Option<String>,
    /// The tiers that would likely work, where the tier is what was refused and others are known.
    pub tiers_that_would_work: Vec<Tier>,
}

/// What the service says of a tier that it does not serve (texts seen in autumn 2026).
const TIER_REFUSALS: [&str; 4] =
    ["service tier is not supported", "service tier provided is invalid", "reservation not found", "servicetier"];

/// Whether it is the tier that was refused.
#[must_use]
pub fn refuses_tier(error: &CallError) -> bool {
    let text = error.message.to_ascii_lowercase();
    error.kind == FaultKind::Invalid && TIER_REFUSALS.iter().any(|words| text.contains(words))
}

/// What an error means to somebody who asked for `tier`. `place` as in [`Place::of`].
#[must_use]
pub fn of(error: &CallError, tier: Option<&Tier>, place: Option<&Place>, prices: &Prices) -> Meaning {
    if refuses_tier(error) {
        return of_tier(error, tier, place, prices);
    }
    let (means, next) = by_kind(error);
    let next_step = error.next_step.clone().or_else(|| next.map(str::to_owned));
    Meaning { means: means.to_owned(), next_step, tiers_that_would_work: Vec::new() }
}

fn of_tier(error: &CallError, tier: Option<&Tier>, place: Option<&Place>, prices: &Prices) -> Meaning {
    let asked = tier.map_or("of the request", |tier| tier.wire_name());
    let means = if error.message.to_ascii_lowercase().contains("reservation not found") {
        "This account has no Reserved capacity for this model.".to_owned()
    } else {
        format!("This model is not served on the tier {asked} here. A refused tier never falls back to another.")
    };
    let priced = place.map(|place| place.priced_tiers(prices)).unwrap_or_default();
    let working: Vec<Tier> = priced.into_iter().filter(|other| Some(other) != tier).collect();
    let next_step = if working.is_empty() {
        "Send it without a tier; Standard is always there.".to_owned()
    } else {
        let names: Vec<_> = working.iter().map(Tier::wire_name).collect();
        format!("Tiers that likely work, as they have a list price ({AS_OF}): {}.", names.join(", "))
    };
    Meaning { means, next_step: Some(next_step), tiers_that_would_work: working }
}

/// What is known by the kind of error alone.
fn by_kind(error: &CallError) -> (&'static str, Option<&'static str>) {
    let text = error.message.to_ascii_lowercase();
    match error.kind {
        FaultKind::Throttled if text.contains("tokens per day") => (
            "A quota of tokens per day is used up, or is zero as in new accounts.",
            Some("Look at `tiertop quotas` for the daily quota."),
        ),
        FaultKind::Throttled if text.contains("too many requests") => {
            ("More requests came in this minute than the quota allows.", Some("Wait a minute, then send it again."))
        }
        FaultKind::Throttled => (
            "The quota of tokens per minute has no room for this call: it is 0, or less is left of it than input and all of max_tokens, which must fit when a call begins. Test calls are never sent again by themselves.",
            Some(
                "`tiertop doctor` tells a quota of 0 from one that is used up; where some is left, a smaller max_tokens fits.",
            ),
        ),
        FaultKind::Denied => (
            "This identity, or the account, may not call this model.",
            Some("Run `tiertop doctor` to see what is missing."),
        ),
        FaultKind::Expired => ("The credentials have expired.", None),
        FaultKind::NoCredentials => ("There are no credentials to sign the call with.", None),
        FaultKind::Unreachable => ("No answer came: it is the network, the endpoint, or it took too long.", None),
        FaultKind::NotOffered => ("There is no such model, or the endpoint does not know this API.", None),
        FaultKind::Invalid => ("The service understood the request and refused it.", None),
        FaultKind::Unexpected if error.status == Some(503) => (
            "The service has no capacity now. No quota changes that.",
            Some("Send it again later, or on a global profile."),
        ),
        FaultKind::Unexpected => {
            ("The service or the connection failed; the request itself may be fine.", Some("Send it again."))
        }
    }
}
