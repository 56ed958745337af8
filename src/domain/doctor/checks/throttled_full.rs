//! Refusals because a quota of the minute is used up: by whom, and how to get more or need less.

use crate::domain::{
    doctor::{
        Check, asking,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        refusal::{Cause, Refusal},
        traffic, words,
    },
    ids::ModelId,
    increase::Rule,
    quota_name::QuotaMetric,
    snapshot::{EndpointRow, PoolQuota, PoolRow},
};

/// Members that are named at most.
const NAMED_AT_MOST: usize = 5;

/// A pool of the same model counts as a way out below this use, in percent.
const HAS_ROOM_BELOW: f64 = 50.0;

/// See the file's head.
pub(super) struct ThrottledFull;

impl Check for ThrottledFull {
    fn id(&self) -> &'static str {
        "throttled-full"
    }

    fn about(&self) -> &'static str {
        "Refusals because a quota is used up"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics() {
            return unseen;
        }
        let findings = facts.refusals.iter().filter_map(|refusal| match refusal.cause {
            Cause::Full(quota) => Some(finding(facts, refusal, quota)),
            _ => None,
        });
        Outcome::of(findings.collect()).but(facts.see_quotas().err())
    }
}

fn finding(facts: &Facts<'_>, refusal: &Refusal<'_>, quota: &PoolQuota) -> Finding {
    let pool = refusal.pool;
    let name = traffic::pool(facts, pool);
    let model = facts.model_of(pool);
    let title = format!("{name}: its {} are used up, and calls are refused", words::metric(quota.metric));
    let subject = Subject::Pool(pool.id.clone(), model.cloned());
    let finding = Finding::new("throttled-full", Severity::Warning, subject, title)
        .story("The calls need more than the quota of a minute. What does not fit is refused (429), whoever it comes from: all who share the quota feel it.")
        .evidence(traffic::refused(facts, refusal))
        .evidence(format!("{}: {}", quota.code, traffic::peak(quota)))
        .evidence(traffic::REPEATS);
    let finding = shares(facts, pool).into_iter().fold(finding, Finding::evidence);
    let finding = match model.and_then(|model| way_out(facts, pool, model)) {
        Some(way) => finding.evidence(way),
        None => finding,
    };
    finding
        .not_it("Priority, Flex or Standard: they share this quota, so another tier makes no room.")
        .next(next(facts, quota))
}

/// Who of the pool uses how much, now.
fn shares(facts: &Facts<'_>, pool: &PoolRow) -> Vec<String> {
    let mut members: Vec<&EndpointRow> = facts.members(pool).collect();
    if members.len() < 2 {
        return Vec::new();
    }
    members.sort_by(|a, b| b.tpm_now.unwrap_or(0.0).total_cmp(&a.tpm_now.unwrap_or(0.0)));
    let said = members.iter().take(NAMED_AT_MOST).map(|row| {
        let tokens = row.tpm_now.map_or_else(|| "unknown".to_owned(), |tokens| words::number(tokens.round()));
        format!("{}: {tokens} quota tokens per minute now", traffic::endpoint(row))
    });
    said.collect()
}

/// Another pool of the model that has room.
fn way_out(facts: &Facts<'_>, full: &PoolRow, model: &ModelId) -> Option<String> {
    let others = facts.snapshot.pools.iter().filter(|pool| pool.id != full.id && facts.model_of(pool) == Some(model));
    others.into_iter().find_map(|pool| {
        let quota = pool.token_quota()?;
        let peak = quota.peak_percent.filter(|peak| *peak < HAS_ROOM_BELOW && pool.throttled_since.is_none())?;
        Some(format!(
            "{} has a quota of its own with room: {} in the worst minute",
            traffic::pool(facts, pool),
            traffic::percent(peak, quota.usage.peak_bound)
        ))
    })
}

fn next(facts: &Facts<'_>, quota: &PoolQuota) -> Next {
    const LESS: &str =
        "Until then: send less at once, or move what can wait to batch jobs, which have quotas of their own.";
    let Some(row) = traffic::row_of(facts, quota) else {
        return Next::new(LESS);
    };
    let help = asking::help(facts, row);
    if let Some(open) = &row.open_request {
        let case = open.case.as_ref().map_or_else(String::new, |case| format!(" (case {case})"));
        return Next::new(format!("A request for more is open already{case}: add this evidence to it. {LESS}"))
            .url(help.page);
    }
    let tokens = if quota.metric == QuotaMetric::RequestsPerMinute {
        ""
    } else {
        " Lower max_tokens first where it is far above what answers need: calls in flight hold it."
    };
    if help.rules.contains(&Rule::Legacy) {
        return Next::new(format!("Its model is Legacy, so no more is granted: move to an active model.{tokens}"));
    }
    let next = Next::new(format!("Ask for more.{tokens} {LESS}")).url(help.page);
    match help.command {
        Some(command) => next.command(command),
        None => next,
    }
}
