//! Where models in use stand in their lifecycle: Legacy, extended access, end of life.
//!
//! Source: AWS's page on model lifecycles and `modelLifecycle` of `ListFoundationModels`, as of 2026-11-22. On how long a quiet account keeps a Legacy model AWS's
//! page says 15 days and the service's own error message 30.

use jiff::Timestamp;

use crate::domain::{
    catalog::Model,
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        uses::{Fares, ModelUse},
        words,
    },
};

/// An end of life that is nearer than this is a warning: enough time to try another model and move.
const SOON_DAYS: i64 = 60;

/// See the file's head.
pub(super) struct Lifecycle;

impl Check for Lifecycle {
    fn id(&self) -> &'static str {
        "lifecycle"
    }

    fn about(&self) -> &'static str {
        "Models that end: Legacy, extended access, end of life"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_models() {
            return unseen;
        }
        let uses = facts.model_uses();
        if uses.is_empty() {
            return Outcome::skipped("no model is known to be in use");
        }
        Outcome::of(uses.iter().filter_map(|used| found(facts, used)).collect())
    }
}

/// Where a model stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Ended(Timestamp),
    EndsSoon(Timestamp),
    Extended(Timestamp),
    Legacy,
}

fn phase(model: &Model, now: Timestamp) -> Option<Phase> {
    let dates = &model.dates;
    let begun = |date: Option<Timestamp>| date.filter(|date| *date <= now);
    if let Some(end) = dates.end_of_life {
        if end <= now {
            return Some(Phase::Ended(end));
        }
        if words::days_between(now, end) < SOON_DAYS {
            return Some(Phase::EndsSoon(end));
        }
    }
    let is_legacy = model.lifecycle.as_deref() == Some("LEGACY") || begun(dates.legacy).is_some();
    begun(dates.extended_access).map(Phase::Extended).or_else(|| is_legacy.then_some(Phase::Legacy))
}

fn found(facts: &Facts<'_>, used: &ModelUse<'_>) -> Option<Finding> {
    let model = facts.model(&used.model)?;
    let now = facts.known.now;
    let fares = used.fares();
    let finding = match phase(model, now)? {
        Phase::Ended(end) => ended(facts, used, end),
        Phase::EndsSoon(end) => ends_soon(facts, used, end),
        Phase::Extended(since) => extended(facts, used, since),
        Phase::Legacy if fares == Fares::Fail => locked_out(facts, used),
        Phase::Legacy => legacy(facts, used),
    };
    let finding = finding.evidence(format!("{} is {}", used.model, used.how_much()));
    Some(dated(finding, model))
}

/// With the dates that AWS gives.
fn dated(finding: Finding, model: &Model) -> Finding {
    let dates = [
        ("Legacy since", model.dates.legacy),
        ("extended access, at a higher price, from", model.dates.extended_access),
        ("end of life", model.dates.end_of_life),
    ];
    let status = model.lifecycle.as_deref().unwrap_or("none");
    let finding = finding.evidence(format!("AWS lists its lifecycle as {status}"));
    dates
        .into_iter()
        .filter_map(|(what, date)| Some(format!("{what} {}", words::day(date?))))
        .fold(finding, Finding::evidence)
}

fn begin(id: &'static str, severity: Severity, used: &ModelUse<'_>, title: String) -> Finding {
    Finding::new(id, severity, Subject::Model(used.model.clone()), title)
}

fn move_on() -> Next {
    Next::new("Move to an active model: try it beside the old one first, its answers and its tokens differ.")
        .url(Some("https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html".to_owned()))
}

fn ended(facts: &Facts<'_>, used: &ModelUse<'_>, end: Timestamp) -> Finding {
    let name = facts.model_name(&used.model);
    let fails = used.fares() == Fares::Fail;
    let (severity, story) = match used.fares() {
        Fares::Fail => {
            (Severity::Critical, "From that day AWS refuses calls of the model, and calls of it do fail here.")
        }
        Fares::Succeed => (
            Severity::Warning,
            "From that day AWS refuses calls of the model. Calls of it still succeed here: that may end at any time.",
        ),
        Fares::Untold => (Severity::Warning, "From that day AWS refuses calls of the model."),
    };
    let finding = begin("lifecycle-ended", severity, used, format!("{name}: end of life was on {}", words::day(end)))
        .story(story);
    let finding = if fails { finding.evidence(failing(used)) } else { finding };
    finding.not_it("Quotas and access: more of either does not bring a model back.").next(move_on())
}

fn ends_soon(facts: &Facts<'_>, used: &ModelUse<'_>, end: Timestamp) -> Finding {
    let days = usize::try_from(words::days_between(facts.known.now, end)).unwrap_or_default();
    let name = facts.model_name(&used.model);
    begin(
        "lifecycle-ends-soon",
        Severity::Warning,
        used,
        format!("{name}: end of life in {}, on {}", words::counted(days, "day", "days"), words::day(end)),
    )
    .story("From that day AWS refuses calls of the model.")
    .next(move_on())
}

fn extended(facts: &Facts<'_>, used: &ModelUse<'_>, since: Timestamp) -> Finding {
    let name = facts.model_name(&used.model);
    begin(
        "lifecycle-extended",
        Severity::Info,
        used,
        format!("{name}: in extended access since {}, at a higher price", words::day(since)),
    )
    .story("The model goes on until its end of life. Its provider may charge more for it now, and no quota of it is raised.")
    .next(move_on())
}

const QUIET: &str =
    "An account that leaves a Legacy model alone loses it: after 15 days by AWS's page, after 30 by its error message.";

fn legacy(facts: &Facts<'_>, used: &ModelUse<'_>) -> Finding {
    let name = facts.model_name(&used.model);
    begin("lifecycle-legacy", Severity::Info, used, format!("{name} is in its Legacy phase"))
        .story(format!("Calls go on until its end of life. No quota of it is raised any more. {QUIET}"))
        .next(move_on())
}

/// Every call of a Legacy model fails with a 4xx: that is how the lock-out shows, and not the only thing that looks so.
fn locked_out(facts: &Facts<'_>, used: &ModelUse<'_>) -> Finding {
    let name = facts.model_name(&used.model);
    begin("lifecycle-locked-out", Severity::Warning, used, format!("{name}: a Legacy model, and all calls of it fail"))
        .story(format!("{QUIET} That is a likely cause, not a proven one: CloudWatch does not show the error's text."))
        .evidence(failing(used))
        .not_it("Model access: it may be reported as available although calls of such a model are refused.")
        .next(Next::new(
            "Read the error that a caller got: if it says Legacy, move to an active model. Else it says what is wrong.",
        ))
}

fn failing(used: &ModelUse<'_>) -> String {
    format!("{} calls ended in a 4xx in the last hours, none succeeded", words::number(used.client_errors()))
}
