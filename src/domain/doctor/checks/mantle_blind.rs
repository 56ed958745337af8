//! The bedrock-mantle endpoint: its metrics have no throttles, no 5xx and no latency, so what is refused there cannot be seen from here.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        traffic, words,
    },
    metric::Namespace,
    snapshot::EndpointRow,
};

/// See the file's head.
pub(super) struct MantleBlind;

impl Check for MantleBlind {
    fn id(&self) -> &'static str {
        "mantle-blind"
    }

    fn about(&self) -> &'static str {
        "Calls of bedrock-mantle, whose refusals no metric shows"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics() {
            return unseen;
        }
        let rows: Vec<&EndpointRow> =
            facts.active().filter(|row| row.endpoint.namespace == Namespace::Mantle).collect();
        if rows.is_empty() {
            return Outcome::skipped("nobody calls bedrock-mantle");
        }
        Outcome::of(vec![finding(facts, &rows)])
    }
}

fn finding(facts: &Facts<'_>, rows: &[&EndpointRow]) -> Finding {
    let title =
        format!("{} on bedrock-mantle: refusals there are not seen", words::counted(rows.len(), "model", "models"));
    let finding = Finding::new("mantle-blind", Severity::Info, Subject::Account, title)
        .story("bedrock-mantle reports requests, client errors and tokens, and neither throttles nor 5xx nor latency. Whether its 429s are among the client errors is not certain: AWS's own tools disagree.");
    let finding = rows.iter().fold(finding, |finding, row| {
        let count =
            |count: Option<f64>| count.map_or_else(|| "unknown".to_owned(), |count| words::number(count.round()));
        finding.evidence(format!(
            "{}: {} requests, {} client errors {}",
            traffic::endpoint(row),
            count(row.requests),
            count(row.client_errors),
            traffic::window(facts)
        ))
    });
    finding.next(Next::new("Count 429s in the callers: only they see them. Its quotas are of input and output tokens per minute, checked when a call begins."))
}
