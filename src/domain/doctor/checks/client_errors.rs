//! 4xx that are no throttles: CloudWatch counts them and cannot say who calls, or why. What would say it: `CloudTrail`, and the log of invocations.

use jiff::Timestamp;

use crate::domain::{
    catalog::EndpointKind,
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        questions::{InvocationLogging, Reply},
        traffic, words,
    },
    minute::Span,
    snapshot::EndpointRow,
};

/// Share of requests from which 4xx are warned of, in percent.
const SHARE_PERCENT: f64 = 5.0;

/// And so many of them.
const AT_LEAST: f64 = 20.0;

/// See the file's head.
pub(super) struct ClientErrors;

impl Check for ClientErrors {
    fn id(&self) -> &'static str {
        "client-errors"
    }

    fn about(&self) -> &'static str {
        "Errors of callers: 4xx"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics() {
            return unseen;
        }
        let rows = facts.active().filter_map(|row| of_endpoint(facts, row));
        // Who is not listed explains nothing, so what is left over would be of everybody.
        let unseen = facts.see_everybody().and_then(|()| facts.see_profiles()).err();
        let left_over = unattributed(facts).filter(|_| unseen.is_none());
        Outcome::of(rows.chain(left_over).collect()).but(unseen)
    }
}

fn of_endpoint(facts: &Facts<'_>, row: &EndpointRow) -> Option<Finding> {
    let errors = row.client_errors.filter(|errors| *errors >= AT_LEAST && !is_told(facts, row))?;
    // Pages disagree on whether failed calls are among the invocations: the larger denominator gives the smaller share.
    let share = row.requests.map(|requests| 100.0 * errors / (requests + errors));
    if share.is_some_and(|share| share < SHARE_PERCENT) {
        return None;
    }
    let name = traffic::endpoint(row);
    let title = format!(
        "{name}: {} {}",
        words::counted(traffic::whole(errors), "client error", "client errors"),
        traffic::window(facts)
    );
    let share = share.map_or_else(String::new, |share| format!(", at least {:.0} % of the calls", share.floor()));
    let subject = Subject::Endpoint(row.endpoint.id.clone(), row.endpoint.model.clone());
    Some(told(facts, Finding::new("client-errors", Severity::Warning, subject, title)
        .story("Bedrock refuses these calls as wrong or not allowed (4xx, throttles not counted). CloudWatch cannot name the caller or the reason.")
        .evidence(format!("{} 4xx{share}", words::number(errors.round())))))
}

/// Whether the id itself is why the calls fail: a profile that this Region does not have, or a model that is called through profiles alone. Their checks tell.
fn is_told(facts: &Facts<'_>, row: &EndpointRow) -> bool {
    let endpoint = &row.endpoint;
    let model = endpoint.model.as_ref().and_then(|id| facts.model(id));
    match endpoint.kind {
        EndpointKind::Unlisted => endpoint.scope.is_some(),
        EndpointKind::Model => model.is_some_and(Facts::is_profile_only),
        _ => false,
    }
}

/// Calls that fail before their model is known stand in the account's total alone.
fn unattributed(facts: &Facts<'_>) -> Option<Finding> {
    let item = facts.snapshot.unattributed.iter().find(|item| item.what == "client-errors")?;
    if item.count < AT_LEAST {
        return None;
    }
    let count = words::counted(traffic::whole(item.count), "client error", "client errors");
    let title = format!("{count} of no endpoint {}", traffic::window(facts));
    Some(told(facts, Finding::new("client-errors-unattributed", Severity::Warning, Subject::Account, title)
        .story("They stand in the account's own total and in no endpoint's: calls that fail before their model is known, such as a wrong or unlisted id, or one that may not be called.")
        .evidence(format!("{} 4xx that no endpoint explains", words::number(item.count.round())))))
}

/// Who would tell more, and how.
fn told(facts: &Facts<'_>, finding: Finding) -> Finding {
    let region = words::for_shell(facts.known.region.as_str());
    let window = facts.snapshot.window;
    let trail = region.zip(window).map(|(region, window)| cloudtrail(region, window));
    match &facts.questions.logging {
        Reply::Known(InvocationLogging::On { log_group: Some(group), .. }) => {
            let finding = finding.evidence(format!("invocations are logged in {group}"));
            let command = region
                .zip(window)
                .zip(words::for_shell(group))
                .map(|((region, window), group)| insights(region, window, group));
            let next = Next::new(
                "Ask the log of invocations who fails, and why; the query's answer comes with `aws logs get-query-results`.",
            );
            finding.next(match command {
                Some(command) => next.command(command),
                None => next,
            })
        }
        logging => {
            let said = match logging {
                Reply::Known(InvocationLogging::On { bucket, .. }) => {
                    format!(
                        "invocations are logged in the bucket {}",
                        bucket.as_deref().unwrap_or("that is configured")
                    )
                }
                Reply::Known(InvocationLogging::Off) => {
                    "invocations are not logged (Bedrock, Settings, Model invocation logging)".to_owned()
                }
                Reply::Failed(fault) => {
                    format!("whether invocations are logged could not be seen: {}", fault.headline())
                }
                Reply::NotAsked => "whether invocations are logged was not asked".to_owned(),
            };
            let next = Next::new("CloudTrail names caller and error of each call; this lists the newest ones.");
            finding.evidence(said).next(match trail {
                Some(command) => next.command(command),
                None => next,
            })
        }
    }
}

fn times(window: Span) -> (Timestamp, Timestamp) {
    (window.first.start(), (window.last + 1).start())
}

fn cloudtrail(region: &str, window: Span) -> String {
    let (from, to) = times(window);
    format!(
        "aws cloudtrail lookup-events --region {region} --lookup-attributes AttributeKey=EventSource,AttributeValue=bedrock.amazonaws.com --start-time {from} --end-time {to} --max-results 50 --query 'Events[?contains(CloudTrailEvent, `errorCode`)].[EventTime,Username,EventName,CloudTrailEvent]' --output text"
    )
}

fn insights(region: &str, window: Span, group: &str) -> String {
    let (from, to) = times(window);
    format!(
        "aws logs start-query --region {region} --log-group-name {group} --start-time {} --end-time {} --query-string 'filter ispresent(errorCode) | stats count(*) by identity.arn, modelId, errorCode'",
        from.as_second(),
        to.as_second()
    )
}
