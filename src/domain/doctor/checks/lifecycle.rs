//! Where models in use stand in their lifecycle: Legacy, extended access, end of life.
//!
//! Source: AWS's page on model lifecycles and `modelLifecycle` of `ListFoundationModels`, as of 2026-11-22. On how long a quiet account keeps a Legacy model AWS's
//! page says 15 days and the service's own error message 30.

use jiff::Timestamp;

use crate::domain::{
    catalog::{EndpointKind, Model},
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        questions::Reply,
        uses::{Fares, ModelUse, fares},
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
    let finding = match phase(model, now)? {
        Phase::Ended(end) => ended(facts, used, end),
        _ if is_lock_out_likely(facts, used) => locked_out(facts, used),
        Phase::EndsSoon(end) => ends_soon(facts, used, end),
        Phase::Extended(since) => extended(facts, used, since),
        Phase::Legacy => legacy(facts, used),
    };
    let is_told = finding.evidence.iter().any(|fact| *fact == failing(used));
    let fails = !is_told && matches!(used.fares(), Fares::Fail | Fares::Stopped);
    let finding = if fails { finding.evidence(failing(used)) } else { finding };
    let finding = finding.evidence(format!("{} was {}", used.model, used.how_much()));
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
    let fails = matches!(used.fares(), Fares::Fail | Fares::Stopped);
    let (severity, story) = match used.fares() {
        Fares::Fail | Fares::Stopped => {
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
        .story(format!("AWS serves it until its end of life, and raises no quota of it any more. {QUIET}"))
        .next(move_on())
}

/// Whether a lock-out is what is left: calls fail, and nothing else that fails with a 4xx is known or could not be looked at.
fn is_lock_out_likely(facts: &Facts<'_>, used: &ModelUse<'_>) -> bool {
    let availability = facts.questions.availability.get(&used.model).and_then(Reply::known);
    let is_open = availability.is_some_and(|availability| super::access::gate(availability).is_none());
    let is_profile_only = facts.model(&used.model).is_some_and(Facts::is_profile_only);
    let by_good_id = |kind: EndpointKind| match kind {
        EndpointKind::Model => !is_profile_only,
        EndpointKind::Unlisted => false,
        _ => true,
    };
    used.fares() == Fares::Fail
        && is_open
        && super::use_case_form::is_ruled_out(facts, &used.model)
        && used.rows.iter().any(|row| by_good_id(row.endpoint.kind) && fares(row) == Fares::Fail)
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
    let since = if used.fares() == Fares::Stopped { "none succeeded in the newest hour" } else { "none succeeded" };
    format!("{} calls ended in a 4xx in the last hours, {since}", words::number(used.client_errors()))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::{
        catalog::LifecycleDates,
        doctor::{
            finding::Status,
            questions::Availability,
            testing::{FAIL, Fixture, PerMinute, SUCCEED, WINDOW},
        },
        fault::{FaultKind, Source},
    };

    const NOVA: &str = "amazon.nova-lite-v1:0";

    fn at(day: &str) -> Timestamp {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    /// It is 2026-11-23.
    fn legacy(dates: LifecycleDates, calls: PerMinute) -> Fixture {
        Fixture::new().calls(NOVA, calls).with_model(NOVA, |model| {
            model.lifecycle = Some("LEGACY".to_owned());
            model.dates = dates;
        })
    }

    fn available() -> Availability {
        Availability {
            agreement: "AVAILABLE".to_owned(),
            agreement_error: None,
            authorization: "AUTHORIZED".to_owned(),
            entitlement: "AVAILABLE".to_owned(),
            region: "AVAILABLE".to_owned(),
        }
    }

    /// As it is, and access is reported as available.
    fn open(mut fixture: Fixture) -> Fixture {
        fixture.questions.availability.insert(NOVA.into(), Reply::Known(available()));
        fixture
    }

    #[test]
    fn an_end_of_life_is_critical_only_where_calls_fail() {
        let ended = LifecycleDates { end_of_life: Some(at("2026-11-01")), ..LifecycleDates::default() };
        for (calls, severity) in [(FAIL, Severity::Critical), (SUCCEED, Severity::Warning)] {
            let finding = legacy(ended, calls).finding(&Lifecycle);
            assert_eq!((finding.id, finding.severity), ("lifecycle-ended", severity));
        }
    }

    #[test]
    fn an_end_within_sixty_days_is_a_warning_and_a_later_one_is_not() {
        let ends = |day| LifecycleDates { end_of_life: Some(at(day)), ..LifecycleDates::default() };
        let soon = legacy(ends("2026-12-23"), SUCCEED).finding(&Lifecycle);
        assert_eq!((soon.id, soon.severity), ("lifecycle-ends-soon", Severity::Warning));
        assert!(soon.title.contains("in 29 days, on 2026-12-23"), "{}", soon.title);
        let later = legacy(ends("2027-01-23"), SUCCEED).finding(&Lifecycle);
        assert_eq!((later.id, later.severity), ("lifecycle-legacy", Severity::Info));
    }

    #[test]
    fn extended_access_counts_once_it_has_begun() {
        let extended = |day| LifecycleDates { extended_access: Some(at(day)), ..LifecycleDates::default() };
        let id = |day| legacy(extended(day), SUCCEED).finding(&Lifecycle).id;
        assert_eq!((id("2026-11-01"), id("2026-12-01")), ("lifecycle-extended", "lifecycle-legacy"));
    }

    #[test]
    fn a_legacy_model_whose_calls_all_fail_is_likely_locked() {
        let finding = open(legacy(LifecycleDates::default(), FAIL)).finding(&Lifecycle);
        assert_eq!((finding.id, finding.severity), ("lifecycle-locked-out", Severity::Warning));
        assert!(finding.story.contains("likely") && finding.story.contains("15 days") && finding.story.contains("30"));
    }

    #[test]
    fn a_lock_out_is_not_called_likely_where_another_cause_is_known() {
        let mut closed = legacy(LifecycleDates::default(), FAIL);
        let said = Availability { agreement: "NOT_AVAILABLE".to_owned(), ..available() };
        closed.questions.availability.insert(NOVA.into(), Reply::Known(said));
        assert_eq!(closed.finding(&Lifecycle).id, "lifecycle-legacy");
        let unasked = legacy(LifecycleDates::default(), FAIL).finding(&Lifecycle);
        assert_eq!(unasked.id, "lifecycle-legacy", "it may be access");
        assert!(unasked.evidence.iter().any(|fact| fact.contains("none succeeded")), "{unasked:#?}");
        let by_own_id = Fixture::new()
            .calls("anthropic.claude-sonnet-5", FAIL)
            .with_model("anthropic.claude-sonnet-5", |model| model.lifecycle = Some("LEGACY".to_owned()));
        assert_eq!(by_own_id.finding(&Lifecycle).id, "lifecycle-legacy");
    }

    #[test]
    fn a_locked_model_that_ends_soon_is_locked_first() {
        let soon = LifecycleDates { end_of_life: Some(at("2026-12-23")), ..LifecycleDates::default() };
        let finding = open(legacy(soon, FAIL)).finding(&Lifecycle);
        assert_eq!(finding.id, "lifecycle-locked-out");
        assert!(finding.evidence.iter().any(|fact| fact == "end of life 2026-12-23"), "{finding:#?}");
    }

    #[test]
    fn calls_that_stopped_succeeding_an_hour_ago_fail_now() {
        let ended = LifecycleDates { end_of_life: Some(at("2026-11-23")), ..LifecycleDates::default() };
        let stopped =
            Fixture::new().calls_in(NOVA, 0..20, SUCCEED).calls_in(NOVA, 20..WINDOW, FAIL).with_model(NOVA, |model| {
                model.dates = ended;
            });
        let finding = stopped.finding(&Lifecycle);
        assert_eq!((finding.id, finding.severity), ("lifecycle-ended", Severity::Critical));
        assert!(finding.evidence.iter().any(|fact| fact.contains("none succeeded in the newest hour")), "{finding:#?}");
    }

    #[test]
    fn active_models_and_models_that_nobody_calls_are_no_finding() {
        Fixture::new().calls(NOVA, SUCCEED).passes(&Lifecycle);
        let idle = Fixture::new()
            .calls("us.anthropic.claude-sonnet-5", SUCCEED)
            .with_model(NOVA, |model| model.lifecycle = Some("LEGACY".to_owned()));
        idle.passes(&Lifecycle);
        assert_eq!(idle.asking(NOVA).finding(&Lifecycle).severity, Severity::Info);
        assert_eq!(Fixture::new().examine(&Lifecycle).status, Status::Skipped);
        let mut blind = Fixture::new().failing(Source::Catalog, FaultKind::Denied, "bedrock:ListFoundationModels");
        blind.listing.models.clear();
        assert_eq!(blind.examine(&Lifecycle).status, Status::Unknown);
    }
}
