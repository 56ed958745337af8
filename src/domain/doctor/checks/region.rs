//! The Region: whether it offers Bedrock at all, and whether the account has enabled it.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
    },
    fault::{Fault, FaultKind, Source},
    regions::RegionTable,
    snapshot::Provenance,
};

/// See the file's head.
pub(super) struct Region;

impl Check for Region {
    fn id(&self) -> &'static str {
        "region"
    }

    fn about(&self) -> &'static str {
        "The Region offers Bedrock"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if may_need_enabling(facts) {
            return Outcome::of(vec![not_enabled(facts)]);
        }
        match not_offered(facts) {
            Some(fault) => Outcome::of(vec![without_bedrock(facts, fault)]),
            None => facts.see_models().err().unwrap_or_else(Outcome::passed),
        }
    }
}

/// Whether AWS turns the credentials away in a Region that an account must enable first: it answers the same to wrong keys.
pub(super) fn may_need_enabling(facts: &Facts<'_>) -> bool {
    let is_opt_in = || RegionTable::built_in().row(facts.known.region).is_some_and(|row| row.opt_in);
    facts.is_turned_away() && is_opt_in()
}

/// The fault that says that Bedrock is not there, where nothing of it was ever seen there.
pub(super) fn not_offered<'a>(facts: &'a Facts<'_>) -> Option<&'a Fault> {
    let fault = facts.sights.get(&Source::Catalog)?.fault.as_ref()?;
    (fault.kind == FaultKind::NotOffered && facts.known.catalog.endpoints().next().is_none()).then_some(fault)
}

fn not_enabled(facts: &Facts<'_>) -> Finding {
    let region = facts.known.region;
    let identity = facts.sights.get(&Source::Identity).and_then(|sight| sight.fault.as_ref());
    Finding::new(
        "region-not-enabled",
        Severity::Critical,
        Subject::Account,
        format!("{region} is likely not enabled in this account"),
    )
    .story(format!(
        "An account must enable {region} before anything there answers. Until then AWS refuses good credentials as if they were wrong."
    ))
    .evidence(identity.map(|fault| fault.message.clone()).unwrap_or_default())
    .not_it("If the same credentials fail in us-east-1, too, it is not the Region: then they are wrong.")
    .next(
        // The Region's name is one of the table's.
        Next::new(format!("See whether {region} is enabled; whoever manages the account can enable it."))
            .command(format!("aws account get-region-opt-status --region-name {region} --region us-east-1")),
    )
}

fn without_bedrock(facts: &Facts<'_>, fault: &Fault) -> Finding {
    let region = facts.known.region;
    let custom = facts.known.provenance == Provenance::CustomEndpoint;
    let (severity, title, story) = if custom {
        let story = "Only the endpoint that was named was asked. What AWS itself offers is not known from here.";
        (Severity::Warning, "This endpoint does not offer Bedrock's lists".to_owned(), story.to_owned())
    } else {
        let story = format!("There is no Bedrock to ask in {region}, while other services there answer.");
        (Severity::Critical, format!("Bedrock is not offered in {region}"), story)
    };
    Finding::new("region-without-bedrock", severity, Subject::Account, title)
        .story(story)
        .evidence(fault.message.clone())
        .next(Next::new(fault.next_step.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::{
        catalog::Listing,
        doctor::{finding::Status, testing::Fixture},
    };

    fn empty() -> Fixture {
        Fixture { listing: Listing::default(), ..Fixture::new() }
    }

    #[test]
    fn a_region_without_bedrock_is_found_unless_bedrock_was_seen_there() {
        let gone =
            |fixture: Fixture| fixture.failing(Source::Catalog, FaultKind::NotOffered, "bedrock:ListFoundationModels");
        let finding = gone(empty()).finding(&Region);
        assert_eq!((finding.id, finding.severity), ("region-without-bedrock", Severity::Critical));
        let emulator = Fixture { provenance: Provenance::CustomEndpoint, ..gone(empty()) };
        assert_eq!(emulator.finding(&Region).severity, Severity::Warning);
        gone(Fixture::new()).passes(&Region);
    }

    #[test]
    fn a_region_that_must_be_enabled_is_told_from_wrong_keys() {
        let refused = |region: &str| {
            let fixture = empty().failing(Source::Identity, FaultKind::Invalid, "sts:GetCallerIdentity");
            let fixture = fixture.failing(Source::Catalog, FaultKind::Invalid, "bedrock:ListFoundationModels");
            Fixture { region: region.into(), ..fixture }
        };
        let finding = refused("af-south-1").finding(&Region);
        assert_eq!(finding.id, "region-not-enabled");
        assert_eq!(refused("af-south-1").examine(&super::super::identity::Identity).status, Status::Unknown);
        assert_eq!(refused("us-east-1").examine(&Region).status, Status::Unknown);
        assert_eq!(refused("us-east-1").finding(&super::super::identity::Identity).id, "identity-refused");
    }

    #[test]
    fn a_list_that_may_not_be_read_says_nothing_of_the_region() {
        let denied = empty().failing(Source::Catalog, FaultKind::Denied, "bedrock:ListFoundationModels");
        let outcome = denied.examine(&Region);
        assert_eq!((outcome.status, outcome.needs), (Status::Unknown, vec!["bedrock:ListFoundationModels".to_owned()]));
        Fixture::new().passes(&Region);
    }
}
