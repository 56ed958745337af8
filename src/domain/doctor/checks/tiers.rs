//! Service tiers of calls that were served: another tier than was asked for, Reserved that overflows, and tiers that no source says a model takes.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        traffic, words,
    },
    snapshot::{EndpointRow, TierUse},
    tier::Tier,
    tier_support::{Support, TierSupport},
};

/// Share of the requests of a tier from which it is a warning that another one served, in percent.
const SHARE_PERCENT: f64 = 1.0;

/// Asked and not served as asked.
pub(super) struct TierServed;

/// Reserved capacity that overflows to Standard.
pub(super) struct ReservedOverflow;

/// Tiers that a model is not known to take.
pub(super) struct TierTaken;

/// Policies on tiers.
pub(super) struct TierPolicy;

impl Check for TierServed {
    fn id(&self) -> &'static str {
        "tier-served"
    }

    fn about(&self) -> &'static str {
        "Tiers served as asked"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        of_pairs(facts, |row, pair| (pair.asked != Tier::Reserved).then(|| other(facts, row, pair))?)
    }
}

impl Check for ReservedOverflow {
    fn id(&self) -> &'static str {
        "reserved-overflow"
    }

    fn about(&self) -> &'static str {
        "Reserved capacity that overflows"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        of_pairs(facts, |row, pair| (pair.asked == Tier::Reserved).then(|| overflow(facts, row, pair))?)
    }
}

impl Check for TierTaken {
    fn id(&self) -> &'static str {
        "tier-support"
    }

    fn about(&self) -> &'static str {
        "Tiers that models take"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        of_pairs(facts, |row, pair| not_taken(facts, row, pair))
    }
}

impl Check for TierPolicy {
    fn id(&self) -> &'static str {
        "tier-policy"
    }

    fn about(&self) -> &'static str {
        "Policies that deny a tier"
    }

    fn examine(&self, _: &Facts<'_>) -> Outcome {
        Outcome::skipped(
            "no metric tells of policies (bedrock:ServiceTier); the error of a call does: give it with --error",
        )
    }
}

/// One finding for each pair of tiers of each endpoint, where there is one.
fn of_pairs(facts: &Facts<'_>, find: impl Fn(&EndpointRow, &TierUse) -> Option<Finding>) -> Outcome {
    if let Err(unseen) = facts.see_metrics() {
        return unseen;
    }
    let rows: Vec<&EndpointRow> = facts.active().filter(|row| !row.tiers.is_empty()).collect();
    if rows.is_empty() {
        return Outcome::skipped("CloudWatch reports no tiers of these calls");
    }
    Outcome::of(rows.iter().flat_map(|row| row.tiers.iter().filter_map(|pair| find(row, pair))).collect())
}

/// Requests of a pair, and their share of all that asked for the tier; None where a count is not known.
fn share(row: &EndpointRow, pair: &TierUse) -> Option<(f64, f64)> {
    let requests = pair.requests?;
    let asked: f64 =
        row.tiers.iter().filter(|other| other.asked == pair.asked).map(|other| other.requests).sum::<Option<f64>>()?;
    (asked > 0.0 && requests > 0.0).then(|| (requests, 100.0 * requests / asked))
}

fn subject(row: &EndpointRow) -> Subject {
    Subject::Endpoint(row.endpoint.id.clone(), row.endpoint.model.clone())
}

fn other(facts: &Facts<'_>, row: &EndpointRow, pair: &TierUse) -> Option<Finding> {
    let served = pair.other_tier()?;
    let (requests, percent) = share(row, pair)?;
    let severity = if percent >= SHARE_PERCENT { Severity::Warning } else { Severity::Info };
    let title = format!("{}: asked {}, served {}", traffic::endpoint(row), pair.asked.name(), served.name());
    Some(
        Finding::new("tier-served", severity, subject(row), title)
            .story("The service answered on another tier than was asked for. AWS documents that for Reserved only; why it happens here is not known. The served tier is what is billed.")
            .evidence(format!(
                "{} requests {}, {percent:.0} % of those that asked for {}",
                words::number(requests.round()),
                traffic::window(facts),
                pair.asked.name()
            ))
            .next(Next::new("Read the tier in the answers (serviceTier), and price by that one. If it goes on, ask AWS Support with request ids.")),
    )
}

fn overflow(facts: &Facts<'_>, row: &EndpointRow, pair: &TierUse) -> Option<Finding> {
    let served = pair.other_tier()?;
    let (requests, percent) = share(row, pair)?;
    let severity = if percent >= SHARE_PERCENT { Severity::Warning } else { Severity::Info };
    let title =
        format!("{}: {percent:.0} % of its Reserved calls overflow to {}", traffic::endpoint(row), served.name());
    Some(
        Finding::new("reserved-overflow", severity, subject(row), title)
            .story("The calls need more than the reservation's input or output tokens of a minute. What is above it is served as Standard: billed by token, and against the on-demand quota.")
            .evidence(format!(
                "{} requests asked for reserved and were served as {} {}",
                words::number(requests.round()),
                served.name(),
                traffic::window(facts)
            ))
            .not_it("A throttle: these calls were answered.")
            .next(Next::new("Spread the calls, or buy more through the account team; input counts with cache writes, output by itself.")),
    )
}

fn not_taken(facts: &Facts<'_>, row: &EndpointRow, pair: &TierUse) -> Option<Finding> {
    let model = row.endpoint.model.as_ref()?;
    let claim = TierSupport::built_in().claim(model, &pair.asked);
    if claim.support != Support::No {
        return None;
    }
    let (requests, _) = share(row, pair)?;
    let evidence = claim.evidence().unwrap_or_default();
    let title = format!(
        "{}: served although it asks for {}, which its card does not name",
        traffic::endpoint(row),
        pair.asked.name()
    );
    let claude = model.as_str().starts_with("anthropic.");
    let next = if claude && matches!(pair.asked, Tier::Priority | Tier::Flex) {
        "Check which tier answers say that served. No Claude model is published to take Priority or Flex; batch is its half-price way."
    } else {
        "Check which tier answers say that served."
    };
    Some(
        Finding::new("tier-support", Severity::Info, subject(row), title)
            .story("What was published and what is counted disagree: either the model takes the tier by now, or the field is ignored.")
            .evidence(format!("{} requests {}", words::number(requests.round()), traffic::window(facts)))
            .evidence(evidence)
            .next(Next::new(next)),
    )
}
