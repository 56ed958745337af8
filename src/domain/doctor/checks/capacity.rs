//! 5xx: the service's side. A 503 is capacity and no quota; CloudWatch counts it together with other 5xx.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        traffic, words,
    },
    snapshot::EndpointRow,
};

/// Share of requests from which 5xx are warned of, in percent: below it SDKs' repeats hide them.
const SHARE_PERCENT: f64 = 1.0;

/// And so many of them: fewer are chance.
const AT_LEAST: f64 = 20.0;

/// See the file's head.
pub(super) struct Capacity;

impl Check for Capacity {
    fn id(&self) -> &'static str {
        "capacity"
    }

    fn about(&self) -> &'static str {
        "Errors of the service: 5xx"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics() {
            return unseen;
        }
        Outcome::of(facts.active().filter_map(|row| finding(facts, row)).collect())
    }
}

fn finding(facts: &Facts<'_>, row: &EndpointRow) -> Option<Finding> {
    let errors = row.server_errors.filter(|errors| *errors >= AT_LEAST)?;
    let share = row.requests.filter(|requests| *requests > 0.0).map(|requests| 100.0 * errors / requests);
    if share.is_some_and(|share| share < SHARE_PERCENT) {
        return None;
    }
    let name = traffic::endpoint(row);
    let subject = Subject::Endpoint(row.endpoint.id.clone(), row.endpoint.model.clone());
    let title = format!(
        "{name}: {} {}",
        words::counted(traffic::whole(errors), "server error", "server errors"),
        traffic::window(facts)
    );
    let share = share.map_or_else(String::new, |share| format!(", about {share:.1} % of its requests"));
    Some(
        Finding::new("capacity", Severity::Warning, subject, title)
            .story("5xx come from the service. Likely 503: no capacity at that moment. CloudWatch counts them together with other errors of the service, so which they are is not proven; a caller's log tells.")
            .evidence(format!("{} 5xx{share}", words::number(errors.round())))
            .not_it("A quota: no increase changes a 5xx.")
            .next(Next::new(
                "Repeat with growing waits, or call a global or geographic profile, which has more Regions to serve from. If it stays: the AWS Health page of this Region.",
            )),
    )
}
