//! Who asks: whether AWS accepts the credentials at all. Everything else rests on it.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
    },
    fault::{Fault, FaultKind, Source},
};

/// See the file's head.
pub(super) struct Identity;

impl Check for Identity {
    fn id(&self) -> &'static str {
        "identity"
    }

    fn about(&self) -> &'static str {
        "Credentials"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        let faults = || facts.sights.values().filter_map(|sight| sight.fault.as_ref());
        if let Some(fault) = faults().find(|fault| fault.kind.is_about_credentials()) {
            return Outcome::of(vec![gone(fault)]);
        }
        let identity = facts.sights.get(&Source::Identity).and_then(|sight| sight.fault.as_ref());
        match identity.filter(|_| facts.is_turned_away()) {
            Some(fault) if super::region::may_need_enabling(facts) => Outcome::unknown(format!(
                "AWS accepts nothing from these credentials in {}, which it also says in a Region that is not enabled: {}",
                facts.known.region, fault.message
            )),
            Some(fault) => Outcome::of(vec![turned_away(fault)]),
            None => facts.see(Source::Identity).err().unwrap_or_else(Outcome::passed),
        }
    }
}

fn gone(fault: &Fault) -> Finding {
    let (id, title) = match fault.kind {
        FaultKind::Expired => ("identity-expired", "The credentials have expired"),
        _ => ("identity-missing", "There are no credentials"),
    };
    Finding::new(id, Severity::Critical, Subject::Account, title)
        .story("AWS answers nothing without them. What is shown beside this is old or unknown. Programs with credentials of their own go on.")
        .evidence(fault.message.clone())
        .next(step(fault))
}

fn turned_away(fault: &Fault) -> Finding {
    Finding::new("identity-refused", Severity::Critical, Subject::Account, "AWS does not accept these credentials")
        .story("AWS could not say whose they are. So no call that is signed with them succeeds, to models neither. Programs with other credentials go on.")
        .evidence(fault.message.clone())
        .next(step(fault))
}

/// A fault's next step is a command where there is one.
fn step(fault: &Fault) -> Next {
    if fault.next_step.starts_with("aws ") {
        return Next::new("Sign in again, then look again.").command(fault.next_step.clone());
    }
    Next::new(fault.next_step.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::doctor::{facts::Sight, finding::Status, testing::Fixture};

    #[test]
    fn credentials_that_are_gone_are_found_whoever_met_them() {
        for (source, kind, id) in [
            (Source::Identity, FaultKind::Expired, "identity-expired"),
            (Source::Metrics, FaultKind::Expired, "identity-expired"),
            (Source::Identity, FaultKind::NoCredentials, "identity-missing"),
            (Source::Identity, FaultKind::Invalid, "identity-refused"),
        ] {
            let finding = Fixture::new().failing(source, kind, "sts:GetCallerIdentity").finding(&Identity);
            assert_eq!((finding.id, finding.severity), (id, Severity::Critical));
            assert_eq!(finding.evidence, ["What AWS said."]);
        }
    }

    #[test]
    fn known_credentials_pass_and_unknown_ones_do_not() {
        Fixture::new().passes(&Identity);
        let slow = Fixture::new().failing(Source::Identity, FaultKind::Unreachable, "sts:GetCallerIdentity");
        assert_eq!(slow.examine(&Identity).status, Status::Unknown);
        let mut files = Fixture::new();
        files.sights.insert(Source::Identity, Sight { not_given: Some("credentials"), ..Sight::default() });
        assert_eq!(files.examine(&Identity).status, Status::Skipped);
    }

    #[test]
    fn a_sign_in_is_a_command() {
        let mut expired = Fixture::new();
        let fault = Fault {
            next_step: "aws sso login --profile work".to_owned(),
            ..crate::domain::doctor::testing::fault(Source::Identity, FaultKind::Expired, "sts:GetCallerIdentity")
        };
        expired.sights.insert(Source::Identity, Sight { fault: Some(fault), ..Sight::default() });
        assert_eq!(expired.finding(&Identity).next.copied(), Some("aws sso login --profile work"));
    }
}
