//! Quotas of tokens per day: calls that are refused because the day is used up, and days that soon are. AWS does not say when the count begins anew, so both counts are named.

use crate::domain::{
    doctor::{
        Check, asking,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        refusal::Cause,
        traffic, words,
    },
    matching::Match,
    quota_name::QuotaMetric,
    quota_rows::QuotaRow,
    snapshot::Bound,
};

/// Use of the day from which it is warned of before anything is refused, in percent.
const NEARLY_PERCENT: f64 = 90.0;

/// See the file's head.
pub(super) struct DailyQuota;

impl Check for DailyQuota {
    fn id(&self) -> &'static str {
        "daily-quota"
    }

    fn about(&self) -> &'static str {
        "Quotas of tokens per day"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics().and_then(|()| facts.see_quotas()) {
            return unseen;
        }
        let is_day = |row: &&QuotaRow| {
            row.known.metric == Some(QuotaMetric::TokensPerDay) && row.known.matching.matched == Match::One
        };
        let rows = facts.snapshot.quotas.iter().filter(is_day).filter(|row| !row.is_zero());
        Outcome::of(rows.filter_map(|row| finding(facts, row)).collect())
    }
}

fn finding(facts: &Facts<'_>, row: &QuotaRow) -> Option<Finding> {
    let refusal = facts.refusals.iter().find(|refusal| match refusal.cause {
        Cause::Day(quota) => quota.code == row.known.quota.code,
        _ => false,
    });
    let used = row.used_percent()?;
    if refusal.is_none() && used < NEARLY_PERCENT {
        return None;
    }
    let label = row.known.label.clone().unwrap_or_else(|| row.known.quota.name.clone());
    let bound = row.day.map_or(Bound::Exact, |day| day.bound);
    let used = traffic::percent(used, bound);
    let title = match refusal {
        Some(_) => format!("{label}: its tokens of the day are used up, and calls are refused"),
        None => format!("{label}: {used} of its tokens of the day are used"),
    };
    let subject = Subject::Quota(row.known.quota.code.clone(), row.known.matching.models.clone());
    let finding = Finding::new("daily-quota", Severity::Warning, subject, title)
        .story("This quota counts a whole day. AWS does not publish when the count begins anew: after 24 hours, or at midnight UTC.");
    let finding = match row.day {
        Some(day) => finding.evidence(counts(row, day.running, day.today)),
        None => finding,
    };
    let finding = match refusal {
        Some(refusal) => finding.evidence(traffic::refused(facts, refusal)).evidence(traffic::REPEATS),
        None => finding,
    };
    let finding = finding.not_it("The quota of the minute: waiting a minute or two does not help.");
    Some(finding.next(next(facts, row)))
}

fn counts(row: &QuotaRow, running: Option<f64>, today: Option<f64>) -> String {
    let tokens =
        |tokens: Option<f64>| tokens.map_or_else(|| "unknown".to_owned(), |tokens| words::number(tokens.round()));
    let limit = row.known.in_force.map_or_else(|| "unknown".to_owned(), words::number);
    format!(
        "{}: {} tokens in the last 24 hours, {} since 00:00Z; limit {limit}",
        row.known.quota.code,
        tokens(running),
        tokens(today)
    )
}

fn next(facts: &Facts<'_>, row: &QuotaRow) -> Next {
    let help = asking::help(facts, row);
    let next = Next::new(
        "Move what can wait to tomorrow or to batch jobs, or call another model or scope today. More is granted by a support case: this quota is not raised by itself.",
    );
    next.url(help.page)
}
