//! Models that are called by their own id although AWS takes calls of them through inference profiles alone.

use crate::domain::{
    catalog::{Endpoint, EndpointKind},
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        uses::{Fares, ModelUse, fares},
        words,
    },
    snapshot::EndpointRow,
};

/// See the file's head.
pub(super) struct ProfileOnly;

impl Check for ProfileOnly {
    fn id(&self) -> &'static str {
        "profile-only"
    }

    fn about(&self) -> &'static str {
        "Models that are called through profiles alone"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_models() {
            return unseen;
        }
        let called =
            facts.active().filter(|row| needs_profile(facts, &row.endpoint)).filter_map(|row| called(facts, row));
        let mut findings: Vec<Finding> = called.collect();
        let is_new = |asked: &Endpoint| {
            !findings.iter().any(|found| found.subject == Subject::Endpoint(asked.id.clone(), asked.model.clone()))
        };
        let asked = facts.endpoint_asked().filter(|asked| needs_profile(facts, asked) && is_new(asked));
        findings.extend(asked.and_then(|asked| asked_about(facts, &asked)));
        Outcome::of(findings)
    }
}

fn needs_profile(facts: &Facts<'_>, endpoint: &Endpoint) -> bool {
    let model = endpoint.model.as_ref().and_then(|model| facts.model(model));
    endpoint.kind == EndpointKind::Model && model.is_some_and(Facts::is_profile_only)
}

fn called(facts: &Facts<'_>, row: &EndpointRow) -> Option<Finding> {
    if fares(row) != Fares::Fail {
        return None;
    }
    let finding = about(facts, &row.endpoint, Severity::Critical)?.evidence(format!(
        "{} calls by this id ended in a 4xx in the last hours, none succeeded",
        words::number(row.client_errors.unwrap_or_default())
    ));
    Some(finding)
}

/// Whoever asks by a base id may mean the model: then only a row of the id itself says that anything is wrong.
fn asked_about(facts: &Facts<'_>, endpoint: &Endpoint) -> Option<Finding> {
    let is_called = facts
        .active()
        .any(|row| row.endpoint.id == endpoint.id && matches!(fares(row), Fares::Succeed | Fares::Stopped));
    if is_called {
        return None;
    }
    let works = facts.model_uses().iter().any(|used| ModelUse::fares(used) == Fares::Succeed);
    about(facts, endpoint, if works { Severity::Info } else { Severity::Warning })
}

fn about(facts: &Facts<'_>, endpoint: &Endpoint, severity: Severity) -> Option<Finding> {
    let model = endpoint.model.as_ref()?;
    let name = facts.model_name(model);
    let profiles = facts.profiles_of(model);
    let subject = Subject::Endpoint(endpoint.id.clone(), Some(model.clone()));
    let types = facts.model(model).map(|model| model.inference_types.join(", ")).unwrap_or_default();
    let finding =
        Finding::new("profile-only", severity, subject, format!("{name} cannot be called by its own id"))
            .story("AWS takes on-demand calls of this model through an inference profile alone: an id that says where calls may be served. By the model's own id they are refused with a 400.")
            .evidence(format!("called or asked about: {}", endpoint.id))
            .evidence(format!("AWS lists how it can be called as: {types}"))
            .not_it("Quotas and model access: neither makes the model's own id work.");
    let finding = profiles.iter().fold(finding, |finding, profile| finding.evidence(format!("listed here: {profile}")));
    Some(finding.next(step(facts, &profiles)))
}

fn step(facts: &Facts<'_>, profiles: &[String]) -> Next {
    match profiles.first() {
        Some(first) if profiles.len() == 1 => {
            Next::new(format!("Put {first} in the place of the model's id.")).copy(first.clone())
        }
        Some(_) => {
            Next::new(format!("Put a listed profile in the place of the model's id: {}.", words::listed(profiles, 4)))
                .copy(profiles.join("\n"))
        }
        None if facts.see_profiles().is_err() => {
            Next::new("Use the id of a profile with this model. Which ones this Region has could not be seen.")
        }
        None => Next::new(format!(
            "{} lists no profile with this model: call it from another Region, or choose another model.",
            facts.known.region
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::{
        doctor::{
            finding::Status,
            testing::{FAIL, Fixture, SUCCEED, THROTTLED},
        },
        fault::{FaultKind, Source},
    };

    const BASE: &str = "anthropic.claude-sonnet-5";

    #[test]
    fn a_model_that_is_called_by_its_own_id_in_vain_is_found_with_its_profiles() {
        let finding = Fixture::new().calls(BASE, FAIL).finding(&ProfileOnly);
        assert_eq!((finding.id, finding.severity), ("profile-only", Severity::Critical));
        assert_eq!(finding.next.copied(), Some("global.anthropic.claude-sonnet-5\nus.anthropic.claude-sonnet-5"));
    }

    #[test]
    fn asked_about_it_is_a_warning_or_less_where_its_profiles_work() {
        assert_eq!(Fixture::new().asking(BASE).finding(&ProfileOnly).severity, Severity::Warning);
        let works = Fixture::new().calls("us.anthropic.claude-sonnet-5", SUCCEED).asking(BASE);
        assert_eq!(works.finding(&ProfileOnly).severity, Severity::Info);
        let both = Fixture::new().calls(BASE, FAIL).asking(BASE);
        assert_eq!(both.finding(&ProfileOnly).severity, Severity::Critical);
    }

    #[test]
    fn profiles_models_that_take_calls_and_calls_that_succeed_are_no_finding() {
        Fixture::new().calls("us.anthropic.claude-sonnet-5", FAIL).passes(&ProfileOnly);
        Fixture::new().calls("amazon.nova-lite-v1:0", FAIL).asking("amazon.nova-lite-v1:0").passes(&ProfileOnly);
        Fixture::new().calls(BASE, SUCCEED).asking(BASE).passes(&ProfileOnly);
        Fixture::new().calls(BASE, THROTTLED).passes(&ProfileOnly);
    }

    #[test]
    fn without_the_profiles_nothing_is_named() {
        let mut blind = Fixture::new().calls(BASE, FAIL).failing(
            Source::Catalog,
            FaultKind::Denied,
            "bedrock:ListInferenceProfiles",
        );
        blind.listing.profiles.clear();
        assert!(blind.finding(&ProfileOnly).next.text.contains("could not be seen"));
        blind.listing.models.clear();
        assert_eq!(blind.examine(&ProfileOnly).status, Status::Unknown);
    }
}
