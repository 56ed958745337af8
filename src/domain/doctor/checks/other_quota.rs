//! Calls above 200,000 input tokens draw on a quota of their own where the model has one: refusals of theirs are none of the usual quota's.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        traffic, words,
    },
    ids::ModelId,
    quota_rows::QuotaRow,
    snapshot::EndpointRow,
};

/// The variant of such quotas.
const LONG_CONTEXT: &str = "1m-context";

/// See the file's head.
pub(super) struct OtherQuota;

impl Check for OtherQuota {
    fn id(&self) -> &'static str {
        "other-quota"
    }

    fn about(&self) -> &'static str {
        "Calls with a long context, on another quota"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics().and_then(|()| facts.see_quotas()) {
            return unseen;
        }
        let rows: Vec<&EndpointRow> =
            facts.active().filter(|row| facts.known.discovery.has_long_context(&row.endpoint.meter())).collect();
        if rows.is_empty() {
            return Outcome::skipped("no call above 200,000 input tokens is listed");
        }
        Outcome::of(rows.iter().filter_map(|row| finding(facts, row)).collect())
    }
}

/// The quotas that such calls of a model draw on.
fn quotas<'a>(facts: &Facts<'a>, model: &ModelId) -> Vec<&'a QuotaRow> {
    let is_its = |row: &&QuotaRow| {
        row.known.variant.as_deref() == Some(LONG_CONTEXT) && row.known.matching.models.contains(model)
    };
    facts.snapshot.quotas.iter().filter(is_its).collect()
}

fn finding(facts: &Facts<'_>, row: &EndpointRow) -> Option<Finding> {
    let quotas = quotas(facts, row.endpoint.model.as_ref()?);
    if quotas.is_empty() {
        return None;
    }
    let refused = row.throttles.is_some_and(|throttles| throttles > 0.0);
    let zero = quotas.iter().any(|row| row.is_zero());
    let severity = if refused { Severity::Warning } else { Severity::Info };
    let name = traffic::endpoint(row);
    let title = if refused {
        format!("{name}: refusals may be of its long-context quota")
    } else {
        format!("{name}: calls above 200,000 input tokens draw on another quota")
    };
    let story = "Calls above 200,000 input tokens have a quota of their own. Its use is not told apart here from that of the usual one, so which of the two refused is not certain.";
    let finding = Finding::new(
        "other-quota",
        severity,
        Subject::Endpoint(row.endpoint.id.clone(), row.endpoint.model.clone()),
        title,
    )
    .story(story);
    let finding = quotas.iter().fold(finding, |finding, row| {
        let value = row.known.in_force.map_or_else(|| "unknown".to_owned(), words::number);
        finding.evidence(format!("{} ({}): {value}", row.known.quota.code, words::quota(&row.known)))
    });
    let next = if zero && refused {
        "One of these quotas is 0: keep calls below 200,000 input tokens, or ask for it in a support case."
    } else if refused {
        "Look in the callers which calls are refused: if only the long ones are, it is that quota."
    } else {
        "Nothing now. If long calls are refused while short ones are not, it is that quota."
    };
    Some(finding.next(Next::new(next)))
}
