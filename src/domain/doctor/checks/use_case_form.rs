//! Anthropic's use-case form: an account hands it in once, before its first call of a Claude model.

use crate::domain::{
    console,
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        questions::Reply,
        uses::{Fares, ModelUse},
        words,
    },
    ids::ModelId,
    snapshot::Provenance,
};

/// How the ids of the models begin that ask for it.
const MAKER: &str = "anthropic.";

/// See the file's head.
pub(super) struct UseCaseForm;

impl Check for UseCaseForm {
    fn id(&self) -> &'static str {
        "use-case-form"
    }

    fn about(&self) -> &'static str {
        "Anthropic's use-case form"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if facts.known.provenance == Provenance::File {
            return Outcome::skipped("files do not tell of the form");
        }
        let uses = facts.model_uses();
        let asking: Vec<&ModelUse<'_>> = uses.iter().filter(|used| used.model.as_str().starts_with(MAKER)).collect();
        if asking.is_empty() {
            return Outcome::skipped("no model of Anthropic is known to be in use");
        }
        match &facts.questions.use_case {
            Reply::NotAsked => Outcome::unknown("it has not been asked about"),
            Reply::Failed(fault) => Outcome::unseen(fault),
            Reply::Known(true) => Outcome::passed(),
            // An organisation may have handed it in for all its accounts: success says more than the form.
            Reply::Known(false) if is_served(facts, &asking) => Outcome::passed(),
            Reply::Known(false) => Outcome::of(vec![missing(facts, &asking)]),
        }
    }
}

fn is_served(facts: &Facts<'_>, asking: &[&ModelUse<'_>]) -> bool {
    let lately = || {
        let metered = facts.metered();
        metered.iter().any(|(meter, endpoint)| {
            endpoint.model.as_ref().is_some_and(|model| model.as_str().starts_with(MAKER)) && facts.has_served(meter)
        })
    };
    asking.iter().any(|used| used.fares() == Fares::Succeed) || lately()
}

/// Whether the form is certainly not what keeps calls of a model from succeeding.
pub(super) fn is_ruled_out(facts: &Facts<'_>, model: &ModelId) -> bool {
    !model.as_str().starts_with(MAKER) || facts.questions.use_case.known() == Some(&true) || is_served(facts, &[])
}

fn missing(facts: &Facts<'_>, asking: &[&ModelUse<'_>]) -> Finding {
    let fails = asking.iter().any(|used| used.fares() == Fares::Fail);
    let names: Vec<String> = asking.iter().map(|used| facts.model_name(&used.model)).collect();
    let (severity, story) = if fails {
        let story = "Until the form is handed in AWS refuses calls of Claude models with a 404 that names it. Calls of them do fail here.";
        (Severity::Critical, story)
    } else {
        let story = "Until the form is handed in AWS refuses calls of Claude models with a 404 that names it. If the organisation has handed it in for all its accounts, this does not matter.";
        (Severity::Warning, story)
    };
    Finding::new("use-case-form-missing", severity, Subject::Account, "Anthropic's use-case form is not handed in")
        .story(story)
        .evidence("GetUseCaseForModelAccess finds no form of this account")
        .evidence(format!("models that ask for it: {}", words::listed(&names, 5)))
        .evidence("no call of a Claude model has succeeded here in the last two weeks, as far as CloudWatch lists")
        .not_it("Quotas: a quota refuses with 429, this with 404.")
        .next(
            Next::new(
                "Hand in the form once, in the Bedrock console under the model's page; calls work some minutes later.",
            )
            .url(console::model_catalog(facts.known.region)),
        )
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

    const CLAUDE: &str = "us.anthropic.claude-sonnet-5";

    fn with(calls: PerMinute, reply: Reply<bool>) -> Fixture {
        let mut fixture = Fixture::new().calls(CLAUDE, calls);
        fixture.questions.use_case = reply;
        fixture
    }

    #[test]
    fn a_missing_form_is_critical_where_calls_fail() {
        let missing = with(FAIL, Reply::Known(false)).finding(&UseCaseForm);
        assert_eq!((missing.id, missing.severity), ("use-case-form-missing", Severity::Critical));
        assert_eq!(with(THROTTLED, Reply::Known(false)).finding(&UseCaseForm).severity, Severity::Warning);
    }

    #[test]
    fn calls_that_succeed_or_succeeded_say_more_than_the_form() {
        with(SUCCEED, Reply::Known(false)).passes(&UseCaseForm);
        with(FAIL, Reply::Known(false)).called_once("global.anthropic.claude-sonnet-5", SUCCEED).passes(&UseCaseForm);
        with(FAIL, Reply::Known(true)).passes(&UseCaseForm);
    }

    #[test]
    fn it_is_of_no_matter_to_other_makers_and_unknown_where_it_was_not_asked() {
        let mut nova = Fixture::new().calls("amazon.nova-lite-v1:0", FAIL);
        nova.questions.use_case = Reply::Known(false);
        assert_eq!(nova.examine(&UseCaseForm).status, Status::Skipped);
        assert_eq!(with(FAIL, Reply::NotAsked).examine(&UseCaseForm).status, Status::Unknown);
        let action = "bedrock:GetUseCaseForModelAccess";
        let denied = with(FAIL, Reply::Failed(fault(Source::Access, FaultKind::Denied, action)));
        assert_eq!(denied.examine(&UseCaseForm).needs, [action]);
    }
}
