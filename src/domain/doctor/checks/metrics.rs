//! Metrics themselves: late, or missing where calls are expected.

use jiff::SignedDuration;

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        words,
    },
    fault::Source,
};

/// CloudWatch publishes after 1 to 3 minutes (AWS ML blog, 2026-03-12), and a minute settles at three: older than this is late.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// See the file's head.
pub(super) struct Metrics;

impl Check for Metrics {
    fn id(&self) -> &'static str {
        "metrics"
    }

    fn about(&self) -> &'static str {
        "CloudWatch's numbers: late or missing"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics() {
            return unseen;
        }
        if let Err(unseen) = facts.see_everybody() {
            return unseen;
        }
        Outcome::of(late(facts).into_iter().chain(never_called(facts)).collect())
    }
}

/// The newest minutes hold nothing although calls were going on until then.
fn late(facts: &Facts<'_>) -> Option<Finding> {
    // A source that fails is told by the check of our own calls.
    if facts.sights.get(&Source::Metrics).is_some_and(|sight| sight.fault.is_some()) {
        return None;
    }
    let newest = facts.active().filter_map(|row| newest_point(&row.usage.strip)).min()?;
    let through = facts.snapshot.data_through?;
    let ended = through - i64::try_from(newest).ok()?;
    let age = facts.snapshot.as_of.duration_since((ended + 1).start());
    if age < LATE_AFTER || newest == 0 || facts.active().count() < 2 {
        return None;
    }
    let title = format!("CloudWatch has no traffic of any endpoint since {ended}");
    Some(
        Finding::new("metrics-late", Severity::Warning, Subject::Account, title)
            .story("Nothing newer than that minute has come of any endpoint. Either CloudWatch is late for this Region, or every caller has stopped. Which of the two cannot be told from here; a test call would: it shows after 1 to 3 minutes.")
            .evidence(format!("the newest minute with traffic is {ended}, {} minutes ago", age.as_mins()))
            .evidence(format!("{} had traffic before", words::counted(facts.active().count(), "endpoint", "endpoints")))
            .not_it("Zero traffic for certain: numbers that are late look the same.")
            .next(Next::new("Look at the AWS Health page for CloudWatch in this Region, and at the callers.").url(Some("https://health.aws.amazon.com/health/status".to_owned()))),
    )
}

/// How many minutes before the newest settled one an endpoint last used anything; None where no minute of the strip did.
fn newest_point(strip: &[Option<f64>]) -> Option<usize> {
    strip.iter().rev().position(|used| used.is_some_and(|used| used > 0.0))
}

/// The id that the user asks about was never called here.
fn never_called(facts: &Facts<'_>) -> Option<Finding> {
    let asked = facts.endpoint_asked()?;
    let called = facts.metered().iter().any(|(_, endpoint)| endpoint.pool == asked.pool || endpoint.id == asked.id);
    if called {
        return None;
    }
    let subject = Subject::Endpoint(asked.id.clone(), asked.model.clone());
    Some(
        Finding::new("metrics-none", Severity::Info, subject, format!("No call of {} has reached CloudWatch here in two weeks", asked.id))
            .story("Either nobody calls it in this Region and account, or its calls fail before Bedrock knows the model: then they stand in the account's total alone. A new series is listed up to 15 minutes late.")
            .evidence("ListMetrics names every series of the last two weeks")
            .next(Next::new("Check which Region, profile and account the caller really uses: traffic is counted where the call is sent to.")),
    )
}
