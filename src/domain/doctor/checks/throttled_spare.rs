//! Refusals while some of the quota was left, by what is counted. What calls in flight hold is in no metric, so the reservation is a hypothesis, said with its numbers.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        refusal::{Cause, Refusal},
        traffic, words,
    },
    max_output::MaxOutput,
    quota_name::QuotaScope,
    quota_rows::QuotaRow,
    snapshot::PoolQuota,
};

use super::other_quota;

/// See the file's head.
pub(super) struct ThrottledSpare;

impl Check for ThrottledSpare {
    fn id(&self) -> &'static str {
        "throttled-spare"
    }

    fn about(&self) -> &'static str {
        "Refusals with spare quota"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics() {
            return unseen;
        }
        let findings = facts.refusals.iter().filter_map(|refusal| match refusal.cause {
            // Refusals that may be of another quota are told by its check.
            Cause::Spare(quota) if !other_quota::may_refuse(facts, refusal.pool) => {
                Some(finding(facts, refusal, quota))
            }
            _ => None,
        });
        Outcome::of(findings.collect()).but(facts.see_governing().and_then(|()| facts.see_everybody()).err())
    }
}

/// What calls in flight hold if they ask for so many tokens each.
struct Held {
    /// Calls in flight, mean.
    calls: f64,
    /// Tokens that each would hold of an answer where `max_tokens` is unset; None where the model's longest answer is not known.
    longest: Option<f64>,
    /// The `max_tokens` from which they fill what is left.
    filling: Option<f64>,
}

fn held(facts: &Facts<'_>, refusal: &Refusal<'_>, quota: &PoolQuota) -> Option<Held> {
    let calls = refusal.pool.in_flight.filter(|calls| *calls >= 1.0)?;
    let longest = facts.model_of(refusal.pool).and_then(|model| MaxOutput::built_in().tokens(model));
    let left = quota.applied.zip(quota.usage.peak).map(|(applied, peak)| applied - peak);
    Some(Held { calls, longest, filling: left.filter(|left| *left > 0.0).map(|left| left / calls) })
}

fn finding(facts: &Facts<'_>, refusal: &Refusal<'_>, quota: &PoolQuota) -> Finding {
    let pool = refusal.pool;
    let name = traffic::pool(facts, pool);
    let peak = quota.peak_percent.unwrap_or_default();
    let used = traffic::percent(peak, quota.usage.peak_bound);
    let title = format!("{name}: calls are refused at {used} use of its quota");
    let subject = Subject::Pool(pool.id.clone(), facts.model_of(pool).cloned());
    let held = held(facts, refusal, quota);
    let finding = Finding::new("throttled-spare", Severity::Warning, subject, title)
        .story(story(held.as_ref(), quota))
        .evidence(traffic::refused(facts, refusal))
        .evidence(format!("{}: {}", quota.code, traffic::peak(quota)))
        .evidence(traffic::REPEATS);
    let finding = quota.signs.iter().fold(finding, |finding, sign| finding.evidence(sign.text()));
    let finding = match &held {
        Some(held) => finding.evidence(format!("about {:.0} calls are in flight at a time", held.calls)),
        None => finding.evidence("how many calls are in flight is not known, or less than one"),
    };
    let finding = others(facts).into_iter().fold(finding, Finding::evidence);
    finding.not_it("A quota that is used up: by what CloudWatch counts, some of it was left.").next(next(
        facts,
        refusal,
        held.as_ref(),
    ))
}

fn story(held: Option<&Held>, quota: &PoolQuota) -> String {
    const RULE: &str = "A call takes its input and all of its max_tokens from the quota when it begins, and gives back the rest when it ends";
    const OTHERS: &str = "Other causes that cannot be told apart from here: a burst within a minute, another quota than this one, the account's daily quota.";
    let applied = quota.applied.map_or_else(|| "the quota".to_owned(), words::number);
    let Some(held) = held else {
        return format!("{RULE}; no metric shows that. Likely, not proven. {OTHERS}");
    };
    let unset = held.longest.map_or_else(String::new, |longest| {
        let all = words::number(longest * held.calls.round());
        format!(
            "If max_tokens is unset, about {:.0} calls hold {:.0} × {} = {all} of {applied}. ",
            held.calls,
            held.calls,
            words::number(longest)
        )
    });
    let filling = held.filling.map_or_else(String::new, |filling| {
        format!("From about {} tokens of max_tokens each, they fill what was left. ", words::number(filling.round()))
    });
    format!("{RULE}. {unset}{filling}No metric shows max_tokens, so this is likely, not proven. {OTHERS}")
}

/// Other quotas that may refuse the same calls, with what is known of them.
fn others(facts: &Facts<'_>) -> Vec<String> {
    let account = |row: &&QuotaRow| row.known.scope == QuotaScope::Account && row.known.metric.is_some();
    let daily = facts.snapshot.quotas.iter().filter(account).filter_map(|row| {
        let tokens = row.day?.running?;
        let limit = row.known.in_force.map_or_else(|| "unknown".to_owned(), words::number);
        Some(format!(
            "{}: {} tokens in 24 h by our count; limit {limit}, weighted by a rule that AWS does not publish",
            row.known.quota.code,
            words::number(tokens.round())
        ))
    });
    daily.collect()
}

fn next(facts: &Facts<'_>, refusal: &Refusal<'_>, held: Option<&Held>) -> Next {
    let answers: Vec<(f64, f64)> =
        facts.members(refusal.pool).filter_map(|row| row.output_tokens.zip(row.requests)).collect();
    let (tokens, calls) =
        answers.iter().fold((0.0, 0.0), |(tokens, calls), (more, others)| (tokens + more, calls + others));
    let mean = (calls > 0.0).then(|| tokens / calls);
    let mean = mean.map_or_else(String::new, |mean| {
        format!(" Answers {} were {} tokens on average.", traffic::window(facts), words::number(mean.round()))
    });
    let at_most = held
        .and_then(|held| held.filling)
        .map_or_else(String::new, |filling| format!(" below {}", words::number(filling.round())));
    Next::new(format!(
        "Look at the callers' max_tokens and set it{at_most}, to what the longest answer needs.{mean} How long answers were in 14 days stands in the row's page (Live, then open it)."
    ))
}
