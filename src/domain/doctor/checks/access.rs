//! Whether the account may use the models that it calls: what `GetFoundationModelAvailability` says of agreement, authorization, entitlement and Region.
//!
//! Before a model's first success lie four gates: its maker's use-case form (a check of its own), the agreement, Marketplace rights and payment, and the state of the
//! account. Source: AWS's pages on model access and the API reference, as of 2026-11-22.

use std::collections::BTreeMap;

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        questions::{Availability, Reply},
        uses::{Fares, ModelUse},
        words,
    },
    ids::ModelId,
    snapshot::Provenance,
};

/// Models that one finding names at most.
const NAMED_AT_MOST: usize = 8;

/// See the file's head.
pub(super) struct Access;

impl Check for Access {
    fn id(&self) -> &'static str {
        "access"
    }

    fn about(&self) -> &'static str {
        "Access to the models in use"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        let uses = facts.model_uses();
        if facts.known.provenance == Provenance::File {
            return Outcome::skipped("files do not tell of model access");
        }
        // Only listed models can be asked about.
        let listed: Vec<&ModelUse<'_>> = uses.iter().filter(|used| facts.model(&used.model).is_some()).collect();
        if listed.is_empty() {
            return facts
                .see_models()
                .err()
                .unwrap_or_else(|| Outcome::skipped("no listed model is known to be in use"));
        }
        let mut closed: BTreeMap<(Gate, Severity), Vec<(&ModelUse<'_>, &Availability)>> = BTreeMap::new();
        for used in &listed {
            if let Some(Reply::Known(availability)) = facts.questions.availability.get(&used.model)
                && let Some(gate) = gate(availability)
            {
                closed.entry((gate, severity(used, gate))).or_default().push((used, availability));
            }
        }
        let findings = closed.iter().map(|((gate, severity), models)| finding(facts, *gate, *severity, models));
        Outcome::of(findings.collect()).but(unseen(facts, &listed))
    }
}

/// What could not be asked.
fn unseen(facts: &Facts<'_>, uses: &[&ModelUse<'_>]) -> Option<Outcome> {
    let reply = |used: &&ModelUse<'_>| facts.questions.availability.get(&used.model);
    if let Some(fault) = uses.iter().filter_map(reply).find_map(Reply::fault) {
        return Some(Outcome::unseen(fault));
    }
    let unasked = uses.iter().filter(|used| !matches!(reply(used), Some(Reply::Known(_)))).count();
    (unasked > 0).then(|| {
        Outcome::unknown(format!("{} not been asked about", words::counted(unasked, "model has", "models have")))
    })
}

/// The first thing that keeps a model from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gate {
    Region,
    AgreementFailed,
    Agreement,
    AgreementPending,
    Authorization,
    Entitlement,
}

/// Statuses are open strings: only those that say no are taken for a no.
pub(super) fn gate(availability: &Availability) -> Option<Gate> {
    let Availability { agreement, authorization, entitlement, region, .. } = availability;
    match (region.as_str(), agreement.as_str(), authorization.as_str(), entitlement.as_str()) {
        ("NOT_AVAILABLE", ..) => Some(Gate::Region),
        (_, "ERROR", ..) => Some(Gate::AgreementFailed),
        (_, "NOT_AVAILABLE", ..) => Some(Gate::Agreement),
        (_, "PENDING", ..) => Some(Gate::AgreementPending),
        (_, _, "NOT_AUTHORIZED", _) => Some(Gate::Authorization),
        (_, _, _, "NOT_AVAILABLE") => Some(Gate::Entitlement),
        _ => None,
    }
}

/// How calls fare says more than a status. A first call may agree to the terms by itself, so without a failing call that alone is no proof.
fn severity(used: &ModelUse<'_>, gate: Gate) -> Severity {
    let may_open_itself = matches!(gate, Gate::Agreement | Gate::AgreementPending);
    match used.fares() {
        Fares::Succeed => Severity::Info,
        Fares::Fail | Fares::Stopped if gate != Gate::AgreementPending => Severity::Critical,
        Fares::Untold if used.asked && !may_open_itself => Severity::Critical,
        _ => Severity::Warning,
    }
}

fn finding(facts: &Facts<'_>, gate: Gate, severity: Severity, models: &[(&ModelUse<'_>, &Availability)]) -> Finding {
    let names: Vec<String> = models.iter().map(|(used, _)| facts.model_name(&used.model)).collect();
    let (subject, who) = match (models, names.as_slice()) {
        ([(used, _)], [name]) => (Subject::Model(used.model.clone()), name.clone()),
        _ => (Subject::Account, words::counted(names.len(), "model", "models")),
    };
    let (id, what, story) = gate.words();
    let story = if severity == Severity::Info {
        "That contradicts what is seen: calls succeed. So nothing needs to be done now; the status may be old."
            .to_owned()
    } else {
        story.to_owned()
    };
    let begun = Finding::new(id, severity, subject, format!("{who}: {what}")).story(story);
    let said = models.iter().take(NAMED_AT_MOST).fold(begun, |finding, (used, said)| {
        let error = said.agreement_error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
        finding.evidence(format!(
            "{}: agreement {}{error}, authorization {}, entitlement {}, Region {}; {}",
            used.model,
            said.agreement,
            said.authorization,
            said.entitlement,
            said.region,
            used.how_much()
        ))
    });
    let left_out = models.len().saturating_sub(NAMED_AT_MOST);
    let said = if left_out > 0 { said.evidence(format!("and {left_out} more models")) } else { said };
    let first = models.first().map(|(used, _)| &used.model);
    said.not_it("Quotas: a quota refuses with 429, this with 403.").next(gate.next(facts, first, severity))
}

impl Gate {
    /// Which finding it is, what is the matter, and why calls fail.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Region => (
                "access-region",
                "not available in this Region",
                "AWS says that this account cannot use it in this Region. The Region may list it all the same.",
            ),
            Self::AgreementFailed => (
                "access-agreement-failed",
                "its agreement went wrong",
                "Agreeing to the maker's terms ended in an error. Often it is the payment: a Marketplace model needs a valid payment method.",
            ),
            Self::Agreement => (
                "access-agreement",
                "its terms are not agreed to",
                "Nobody has agreed to the maker's terms in this account yet. A first call does so by itself, where the caller has the rights to subscribe on AWS Marketplace; else it is refused.",
            ),
            Self::AgreementPending => (
                "access-agreement-pending",
                "its agreement is under way",
                "The maker's terms were agreed to and AWS is setting it up. That takes some minutes; until then calls may be refused.",
            ),
            Self::Authorization => (
                "access-authorization",
                "not authorized",
                "The terms are agreed to, and the account or this identity is not authorized for the model: by an IAM policy, or by a policy of the organisation.",
            ),
            Self::Entitlement => (
                "access-entitlement",
                "no entitlement",
                "The terms are agreed to, and the account has no entitlement to the model. Likely the subscription on AWS Marketplace failed or was ended: check the payment method and the account's state.",
            ),
        }
    }

    fn next(self, facts: &Facts<'_>, model: Option<&ModelId>, severity: Severity) -> Next {
        let region = facts.known.region;
        let ask = || {
            let model = words::for_shell(model?.as_str())?;
            let region = words::for_shell(region.as_str())?;
            Some(format!("aws bedrock get-foundation-model-availability --model-id {model} --region {region}"))
        };
        let with = |text: &str| match ask() {
            Some(command) => Next::new(text).command(command),
            None => Next::new(text),
        };
        if severity == Severity::Info {
            return with("Nothing now. If calls begin to fail, ask again.");
        }
        match self {
            Self::Region => with("Use it in a Region that has it, or another model here."),
            Self::AgreementFailed | Self::Entitlement => {
                with("Let whoever pays for the account check its payment method and its Marketplace subscriptions.")
            }
            Self::Agreement => with(
                "Let somebody with aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions call the model once. After that everybody can, some minutes later.",
            ),
            Self::AgreementPending => with("Wait 15 minutes, then ask again."),
            Self::Authorization => {
                with("Let whoever manages the account look at the IAM and organisation policies for this model.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::{
        doctor::{
            finding::Status,
            testing::{FAIL, Fixture, PerMinute, SUCCEED, THROTTLED, fault},
        },
        fault::{FaultKind, Source},
    };

    const NOVA: &str = "amazon.nova-lite-v1:0";

    fn available() -> Availability {
        Availability {
            agreement: "AVAILABLE".to_owned(),
            agreement_error: None,
            authorization: "AUTHORIZED".to_owned(),
            entitlement: "AVAILABLE".to_owned(),
            region: "AVAILABLE".to_owned(),
        }
    }

    fn with(calls: PerMinute, said: Availability) -> Fixture {
        let mut fixture = Fixture::new().calls(NOVA, calls);
        fixture.questions.availability.insert(NOVA.into(), Reply::Known(said));
        fixture
    }

    #[test]
    fn each_gate_is_found_and_failing_calls_make_it_critical() {
        let no = || "NOT_AVAILABLE".to_owned();
        let table = [
            (Availability { agreement: no(), ..available() }, "access-agreement"),
            (Availability { agreement: "ERROR".to_owned(), ..available() }, "access-agreement-failed"),
            (Availability { authorization: "NOT_AUTHORIZED".to_owned(), ..available() }, "access-authorization"),
            (Availability { entitlement: no(), ..available() }, "access-entitlement"),
            (Availability { region: no(), agreement: no(), ..available() }, "access-region"),
        ];
        for (said, id) in table {
            let finding = with(FAIL, said.clone()).finding(&Access);
            assert_eq!((finding.id, finding.severity), (id, Severity::Critical));
            assert_eq!(with(THROTTLED, said.clone()).finding(&Access).severity, Severity::Warning);
            let served = with(SUCCEED, said).finding(&Access);
            assert_eq!(served.severity, Severity::Info, "calls that succeed say more than a status");
        }
        let pending = Availability { agreement: "PENDING".to_owned(), ..available() };
        assert_eq!(with(FAIL, pending).finding(&Access).severity, Severity::Warning);
    }

    #[test]
    fn only_a_no_is_a_no() {
        with(FAIL, available()).passes(&Access);
        with(FAIL, Availability { entitlement: "SOMETHING_NEW".to_owned(), ..available() }).passes(&Access);
    }

    #[test]
    fn several_models_behind_one_gate_are_one_finding() {
        let closed = Availability { agreement: "NOT_AVAILABLE".to_owned(), ..available() };
        let mut both = with(FAIL, closed.clone()).calls("us.anthropic.claude-sonnet-5", FAIL);
        both.questions.availability.insert("anthropic.claude-sonnet-5".into(), Reply::Known(closed));
        let finding = both.finding(&Access);
        assert_eq!(
            (finding.subject, finding.title.as_str()),
            (Subject::Account, "2 models: its terms are not agreed to")
        );
    }

    #[test]
    fn what_was_not_asked_or_may_not_be_asked_is_unknown() {
        let unasked = Fixture::new().calls(NOVA, SUCCEED);
        assert_eq!(unasked.examine(&Access).status, Status::Unknown);
        let mut denied = Fixture::new().calls(NOVA, SUCCEED);
        let action = "bedrock:GetFoundationModelAvailability";
        denied
            .questions
            .availability
            .insert(NOVA.into(), Reply::Failed(fault(Source::Access, FaultKind::Denied, action)));
        let outcome = denied.examine(&Access);
        assert_eq!((outcome.status, outcome.needs), (Status::Unknown, vec![action.to_owned()]));
        let files = Fixture { provenance: Provenance::File, ..Fixture::new().asking(NOVA) };
        assert_eq!(files.examine(&Access).status, Status::Skipped);
    }
}
