//! Quotas that Service Quotas lists with an error instead of a value: unknown, whatever number stands beside it, and no zeros.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        words,
    },
    quota_rows::QuotaRow,
};

/// Quotas that are named at most.
const NAMED_AT_MOST: usize = 8;

/// See the file's head.
pub(super) struct UnreadQuotas;

impl Check for UnreadQuotas {
    fn id(&self) -> &'static str {
        "unread-quotas"
    }

    fn about(&self) -> &'static str {
        "Quotas that could not be read"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_quotas() {
            return unseen;
        }
        let asked = facts.endpoint_asked().map(|endpoint| endpoint.model);
        let concerns = |row: &&QuotaRow| match &asked {
            None => true,
            Some(model) => model.as_ref().is_some_and(|model| row.known.matching.models.contains(model)),
        };
        let unread = |row: &&QuotaRow| row.is_inference() && row.known.quota.error.is_some();
        let rows: Vec<&QuotaRow> = facts.snapshot.quotas.iter().filter(unread).filter(concerns).collect();
        Outcome::of(finding(&rows).into_iter().collect())
    }
}

fn finding(rows: &[&QuotaRow]) -> Option<Finding> {
    if rows.is_empty() {
        return None;
    }
    let title = format!("{} could not be read", words::counted(rows.len(), "inference quota", "inference quotas"));
    let finding = Finding::new("unread-quotas", Severity::Info, Subject::Account, title)
        .story("Service Quotas lists them with an error of its own. A number beside such an error means nothing, so their values are unknown here and count as no zeros.");
    let finding = rows.iter().take(NAMED_AT_MOST).fold(finding, |finding, row| {
        let error = row.known.quota.error.as_deref().unwrap_or_default();
        finding.evidence(format!("{} ({}): {error}", words::quota(&row.known), row.known.quota.code))
    });
    let left_out = rows.len().saturating_sub(NAMED_AT_MOST);
    let finding = if left_out > 0 { finding.evidence(format!("and {left_out} more")) } else { finding };
    Some(finding.next(Next::new(
        "Nothing: they are read again with the next look at the quotas. If one is needed now, the console may show it.",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::{
        doctor::{finding::Status, testing::Fixture},
        fault::{FaultKind, Source},
        quota::Quota,
    };

    fn change(code: &str, change: impl FnOnce(&mut Quota)) -> Fixture {
        let mut fixture = Fixture::new();
        change(fixture.table.as_mut().unwrap().quotas.iter_mut().find(|quota| quota.code.as_str() == code).unwrap());
        fixture
    }

    fn unread(code: &str) -> Fixture {
        change(code, |quota| {
            (quota.applied, quota.error) = (None, Some("DEPENDENCY_SERVICE_ERROR: it hangs".to_owned()));
        })
    }

    #[test]
    fn an_error_in_the_list_is_worth_knowing() {
        let finding = unread("L-GEO").finding(&UnreadQuotas);
        assert_eq!((finding.severity, finding.title.as_str()), (Severity::Info, "1 inference quota could not be read"));
        assert!(finding.evidence[0].contains("L-GEO") && finding.evidence[0].contains("it hangs"), "{finding:#?}");
        unread("L-GEO").asking("amazon.nova-lite-v1:0").passes(&UnreadQuotas);
    }

    #[test]
    fn defaults_alone_and_errors_of_other_quotas_are_no_finding() {
        Fixture::new().passes(&UnreadQuotas);
        change("L-GEO", |quota| quota.applied = None).passes(&UnreadQuotas);
        unread("L-BATCH").passes(&UnreadQuotas);
    }

    #[test]
    fn without_any_list_it_is_unknown() {
        let denied = Fixture { table: None, ..Fixture::new() };
        let denied = denied.failing(Source::ServiceQuotas, FaultKind::Denied, "servicequotas:ListServiceQuotas");
        assert_eq!(denied.examine(&UnreadQuotas).status, Status::Unknown);
    }
}
