//! The id that the user asks about: whether it names anything that is known in this Region.

use std::collections::BTreeSet;

use crate::domain::{
    catalog::{Endpoint, EndpointKind},
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        words,
    },
};

/// Ids that are close by, which are named at most.
const CLOSE_AT_MOST: usize = 5;

/// See the file's head.
pub(super) struct Model;

impl Check for Model {
    fn id(&self) -> &'static str {
        "model"
    }

    fn about(&self) -> &'static str {
        "The id that was asked about"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        let Some(endpoint) = facts.endpoint_asked() else { return Outcome::skipped("no id was asked about") };
        if endpoint.kind != EndpointKind::Unlisted {
            return Outcome::passed();
        }
        // A profile of another geography is the business of its own check.
        if endpoint.scope.is_some() || is_metered(facts, &endpoint) {
            return Outcome::passed();
        }
        if let Some(kind) = of_another_kind(endpoint.id.as_str()) {
            return Outcome::unknown(format!("tiertop does not list {kind}"));
        }
        if let Err(unseen) = facts.see_models().and_then(|()| facts.see_profiles()) {
            return unseen;
        }
        Outcome::of(vec![unknown(facts, &endpoint)])
    }
}

fn is_metered(facts: &Facts<'_>, endpoint: &Endpoint) -> bool {
    facts.metered().iter().any(|(meter, _)| meter.endpoint == endpoint.id)
}

/// What can be called and stands in none of the lists that are read.
fn of_another_kind(id: &str) -> Option<&'static str> {
    let arn = id.strip_prefix("arn:")?;
    let kinds = [
        ("provisioned-model/", "Provisioned Throughput"),
        ("custom-model-deployment/", "custom model deployments"),
        ("custom-model/", "custom models"),
        ("imported-model/", "imported models"),
        ("prompt-router/", "prompt routers"),
        ("prompt/", "prompts"),
        ("endpoint/", "SageMaker and Marketplace endpoints"),
    ];
    kinds.into_iter().find(|(part, _)| arn.contains(part)).map(|(_, kind)| kind)
}

fn unknown(facts: &Facts<'_>, endpoint: &Endpoint) -> Finding {
    let (id, region) = (&endpoint.id, facts.known.region);
    let close = close_by(facts, id.as_str());
    let subject = Subject::Endpoint(id.clone(), None);
    let finding =
        Finding::new("model-unknown", Severity::Warning, subject, format!("{id} is not known in {region}"))
            .story("It is neither a listed model or profile here, nor was it called in the last two weeks. A call with it likely fails.")
            .evidence(format!(
                "{} and {} are listed in {region}, none by this id",
                words::counted(facts.known.catalog.models().len(), "model", "models"),
                words::counted(profiles(facts), "profile", "profiles"),
            ))
            .not_it("Models that only bedrock-mantle has may not be in these lists.");
    if close.is_empty() {
        return finding.next(list_profiles(facts));
    }
    let finding = close.iter().fold(finding, |finding, close| finding.evidence(format!("listed: {close}")));
    finding.next(Next::new("Check the id letter by letter. The listed ids have most of its parts in common; whether one of them is meant is for you to say."))
}

fn list_profiles(facts: &Facts<'_>) -> Next {
    let next =
        Next::new("Check the id letter by letter, and the Region. This lists the profiles that can be called here.");
    let Some(region) = words::for_shell(facts.known.region.as_str()) else { return next };
    next.command(format!(
        "aws bedrock list-inference-profiles --region {region} --query 'inferenceProfileSummaries[].inferenceProfileId'"
    ))
}

fn profiles(facts: &Facts<'_>) -> usize {
    facts.known.catalog.endpoints().filter(|endpoint| endpoint.kind == EndpointKind::SystemProfile).count()
}

/// Ids that can be called here and share the maker and a word of the name, those with most parts in common first. Whole parts, never likeness.
fn close_by(facts: &Facts<'_>, id: &str) -> Vec<String> {
    let asked = parts(id);
    let can_be_called = |endpoint: &&Endpoint| match endpoint.kind {
        EndpointKind::SystemProfile => true,
        EndpointKind::Model => endpoint
            .model
            .as_ref()
            .and_then(|model| facts.model(model))
            .is_some_and(|model| !Facts::is_profile_only(model)),
        _ => false,
    };
    let shared = |endpoint: &Endpoint| -> Option<usize> {
        let parts = parts(endpoint.id.as_str());
        let common: Vec<&&str> = parts.intersection(&asked).collect();
        let words = common.iter().filter(|part| is_word(part)).count();
        (words >= 2).then_some(common.len())
    };
    let endpoints = facts.known.catalog.endpoints().filter(can_be_called);
    let mut close: Vec<(usize, String)> =
        endpoints.filter_map(|endpoint| Some((shared(endpoint)?, endpoint.id.to_string()))).collect();
    close.sort_by(|(a, one), (b, other)| b.cmp(a).then(one.cmp(other)));
    close.into_iter().take(CLOSE_AT_MOST).map(|(_, id)| id).collect()
}

fn parts(id: &str) -> BTreeSet<&str> {
    let name = id.rsplit('/').next().unwrap_or_default();
    name.split(['.', '-', ':']).filter(|part| !part.is_empty()).collect()
}

/// A maker's or family's name, and not a version, a date or a geography.
fn is_word(part: &str) -> bool {
    part.len() > 2 && part.chars().all(|c| c.is_ascii_alphabetic()) && !matches!(part, "global" | "apac")
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::{
        doctor::{
            finding::Status,
            testing::{FAIL, Fixture},
        },
        fault::{FaultKind, Source},
    };

    #[test]
    fn an_id_that_nobody_knows_is_found_with_what_is_close() {
        let finding = Fixture::new().asking("anthropic.claude-sonnet-5-5").finding(&Model);
        assert_eq!((finding.id, finding.severity), ("model-unknown", Severity::Warning));
        let close: Vec<&String> = finding.evidence.iter().filter(|fact| fact.starts_with("listed: ")).collect();
        assert_eq!(close, ["listed: global.anthropic.claude-sonnet-5", "listed: us.anthropic.claude-sonnet-5"]);
    }

    #[test]
    fn nothing_is_close_that_shares_the_maker_alone() {
        let finding = Fixture::new().asking("anthropic.opus").finding(&Model);
        assert!(finding.evidence.iter().all(|fact| !fact.starts_with("listed: ")), "{finding:#?}");
        assert!(
            finding.next.command.is_some_and(|command| command.contains("list-inference-profiles --region us-east-1"))
        );
    }

    #[test]
    fn what_is_listed_or_was_called_passes() {
        for id in ["anthropic.claude-sonnet-5", "us.anthropic.claude-sonnet-5", "eu.anthropic.claude-sonnet-5"] {
            Fixture::new().asking(id).passes(&Model);
        }
        Fixture::new().called_once("imported/abc", FAIL).asking("imported/abc").passes(&Model);
    }

    #[test]
    fn what_stands_in_no_list_or_no_list_at_all_is_unknown() {
        let status = |fixture: Fixture| fixture.examine(&Model).status;
        assert_eq!(status(Fixture::new()), Status::Skipped);
        let arn = "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc";
        assert_eq!(status(Fixture::new().asking(arn)), Status::Unknown);
        let mut blind =
            Fixture::new().asking("a.b").failing(Source::Catalog, FaultKind::Denied, "bedrock:ListInferenceProfiles");
        blind.listing.profiles.clear();
        let outcome = blind.examine(&Model);
        assert_eq!(
            (outcome.status, outcome.needs),
            (Status::Unknown, vec!["bedrock:ListInferenceProfiles".to_owned()])
        );
    }
}
