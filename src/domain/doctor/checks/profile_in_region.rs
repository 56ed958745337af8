//! Profiles that are called or asked about and that this Region does not have: mostly a geography's prefix that is another Region's.
//!
//! A profile's prefix does not follow from the Region's name, so nothing is guessed: what counts is what `ListInferenceProfiles` gives here.

use crate::domain::{
    catalog::{Endpoint, EndpointKind},
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        uses::{Fares, fares},
        words,
    },
    metric::Namespace,
};

/// See the file's head.
pub(super) struct ProfileInRegion;

impl Check for ProfileInRegion {
    fn id(&self) -> &'static str {
        "profile-in-region"
    }

    fn about(&self) -> &'static str {
        "Profiles exist in this Region"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_models().and_then(|()| facts.see_profiles()) {
            return unseen;
        }
        let mut findings: Vec<Finding> = called(facts).collect();
        let is_new = |asked: &Endpoint| {
            !findings.iter().any(|found| found.subject == Subject::Endpoint(asked.id.clone(), asked.model.clone()))
        };
        let asked =
            facts.endpoint_asked().filter(|asked| is_missing(asked) && is_new(asked) && !is_serving(facts, asked));
        findings.extend(asked.and_then(|asked| finding(facts, &asked, Severity::Critical, "asked about")));
        Outcome::of(findings)
    }
}

/// A prefix before a listed model's id, and no such profile here.
fn is_missing(endpoint: &Endpoint) -> bool {
    endpoint.kind == EndpointKind::Unlisted && endpoint.scope.is_some() && endpoint.model.is_some()
}

fn is_serving(facts: &Facts<'_>, endpoint: &Endpoint) -> bool {
    facts.active().any(|row| row.endpoint.id == endpoint.id && fares(row) == Fares::Succeed)
}

fn called<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = Finding> + 'a {
    let missing = facts.metered().into_iter().filter(|(meter, _)| meter.namespace == Namespace::Bedrock);
    missing.filter(|(_, endpoint)| is_missing(endpoint)).filter_map(|(meter, endpoint)| {
        let row = facts.active().find(|row| row.endpoint.id == endpoint.id);
        let (severity, how) = match row.map(fares) {
            // It does not matter here what is listed.
            Some(Fares::Succeed) => return None,
            Some(Fares::Stopped) => {
                (Severity::Warning, "called in the last hours; calls succeeded earlier, and none in the newest hour")
            }
            Some(Fares::Fail) => (Severity::Critical, "called in the last hours, and every call ended in an error"),
            _ if facts.has_served(&meter) => {
                (Severity::Info, "called in the last two weeks; calls succeeded then, and it is not listed any more")
            }
            _ => (Severity::Warning, "called in the last two weeks, and no call succeeded"),
        };
        finding(facts, &endpoint, severity, how)
    })
}

fn finding(facts: &Facts<'_>, endpoint: &Endpoint, severity: Severity, how: &str) -> Option<Finding> {
    let (id, region, model) = (&endpoint.id, facts.known.region, endpoint.model.as_ref()?);
    let profiles = facts.profiles_of(model);
    let by_own_id = facts.model(model).is_some_and(|model| !Facts::is_profile_only(model));
    let callable: Vec<String> = profiles.into_iter().chain(by_own_id.then(|| model.to_string())).collect();
    let finding = Finding::new(
        "profile-not-in-region",
        severity,
        Subject::Endpoint(id.clone(), Some(model.clone())),
        format!("{id} is no profile of {region}"),
    )
    .story(format!(
        "A profile is known only in the Regions of its geography. {region} does not list this one, so AWS answers calls of it here with an error: a 400, a 404, or, as some report, a 503."
    ))
    .evidence(how.to_owned())
    .not_it("Capacity and quotas: neither brings back a profile that is not there. Retries do not help.");
    let finding = callable.iter().fold(finding, |finding, id| finding.evidence(format!("listed here: {id}")));
    let next = match callable.as_slice() {
        [] => Next::new(format!(
            "{region} lists nothing to call {} by: call it from a Region that lists {id}.",
            facts.model_name(model)
        )),
        ids => {
            let text = format!("Use what {region} lists for {}: {}.", facts.model_name(model), words::listed(ids, 4));
            Next::new(text).copy(ids.join("\n"))
        }
    };
    Some(finding.next(next))
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

    const EU: &str = "eu.anthropic.claude-sonnet-5";

    #[test]
    fn another_geography_s_profile_is_found_with_what_is_listed_here() {
        let finding = Fixture::new().calls(EU, FAIL).finding(&ProfileInRegion);
        assert_eq!((finding.id, finding.severity), ("profile-not-in-region", Severity::Critical));
        assert_eq!(finding.next.copied(), Some("global.anthropic.claude-sonnet-5\nus.anthropic.claude-sonnet-5"));
        assert_eq!(Fixture::new().asking(EU).finding(&ProfileInRegion).severity, Severity::Critical);
    }

    #[test]
    fn a_model_that_takes_calls_by_its_own_id_is_named_by_it() {
        let finding = Fixture::new().asking("eu.amazon.nova-lite-v1:0").finding(&ProfileInRegion);
        assert_eq!(finding.next.copied(), Some("amazon.nova-lite-v1:0"));
    }

    #[test]
    fn calls_of_days_ago_weigh_less() {
        assert_eq!(Fixture::new().called_once(EU, FAIL).finding(&ProfileInRegion).severity, Severity::Warning);
        assert_eq!(Fixture::new().called_once(EU, SUCCEED).finding(&ProfileInRegion).severity, Severity::Info);
        assert_eq!(Fixture::new().calls(EU, THROTTLED).finding(&ProfileInRegion).severity, Severity::Warning);
    }

    #[test]
    fn listed_profiles_unknown_names_and_calls_that_succeed_are_no_finding() {
        Fixture::new().calls("us.anthropic.claude-sonnet-5", FAIL).passes(&ProfileInRegion);
        Fixture::new().calls("abc123", FAIL).asking("abc123").passes(&ProfileInRegion);
        Fixture::new().calls(EU, SUCCEED).asking(EU).passes(&ProfileInRegion);
    }

    #[test]
    fn without_the_lists_nothing_is_missing() {
        let mut blind =
            Fixture::new().calls(EU, FAIL).failing(Source::Catalog, FaultKind::Denied, "bedrock:ListInferenceProfiles");
        blind.listing.profiles.clear();
        let outcome = blind.examine(&ProfileInRegion);
        assert_eq!(
            (outcome.status, outcome.needs),
            (Status::Unknown, vec!["bedrock:ListInferenceProfiles".to_owned()])
        );
    }
}
