//! Refusals of which the quota, or its use, is not known: said as that, with what would tell.

use crate::domain::doctor::{
    Check,
    facts::Facts,
    finding::{Finding, Next, Outcome, Severity, Subject},
    refusal::{Cause, Refusal},
    traffic,
};

/// See the file's head.
pub(super) struct ThrottledUnknown;

impl Check for ThrottledUnknown {
    fn id(&self) -> &'static str {
        "throttled-unknown"
    }

    fn about(&self) -> &'static str {
        "Refusals of which the quota is not certain"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics() {
            return unseen;
        }
        // Without the quotas every refusal is of an unknown one: that is said as what could not be seen.
        if let Err(unseen) = facts.see_quotas() {
            return unseen;
        }
        let findings = facts.refusals.iter().filter_map(|refusal| finding(facts, refusal));
        Outcome::of(findings.collect())
    }
}

fn finding(facts: &Facts<'_>, refusal: &Refusal<'_>) -> Option<Finding> {
    let pool = refusal.pool;
    let (why, would_tell) = match refusal.cause {
        Cause::QuotaUnknown => (
            "which quota governs these calls is not certain",
            "A pin in the configuration ([quota.pins]) says which quota is the model's.",
        ),
        Cause::UseUnknown(_) => (
            "how much of the quota is used is not known",
            "The use is seen once CloudWatch has EstimatedTPMQuotaUsage of it, or its token counts.",
        ),
        _ => return None,
    };
    let subject = Subject::Pool(pool.id.clone(), facts.model_of(pool).cloned());
    let title = format!("{}: calls are refused, and {why}", traffic::pool(facts, pool));
    let finding = Finding::new("throttled-unknown", Severity::Warning, subject, title)
        .story(format!("Whether a quota is used up, or calls in flight hold what is left of it, cannot be told: {why}. {would_tell}"))
        .evidence(traffic::refused(facts, refusal))
        .evidence(traffic::REPEATS);
    let candidates =
        pool.quotas.iter().map(|quota| format!("may be {} ({}): {}", quota.code, quota.name, traffic::peak(quota)));
    let finding = candidates.fold(finding, Finding::evidence);
    Some(finding.next(Next::new(
        "Send less at once and lower max_tokens: both help whichever quota it is. The Quotas screen says what fits its name.",
    )))
}
