//! Quotas whose value in force is below AWS's default, and not 0: an account that AWS gives less, for its age, its use or its payments.

use crate::domain::{
    doctor::{
        Check, case,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        refusal::Cause,
        words,
    },
    ids::ModelId,
    increase::{self, Help, Rule, Wanted},
    quota_rows::QuotaRow,
    snapshot::NEAR_LIMIT_PERCENT,
};

/// Quotas that one finding names at most.
const NAMED_AT_MOST: usize = 8;

/// See the file's head.
pub(super) struct BelowDefault;

impl Check for BelowDefault {
    fn id(&self) -> &'static str {
        "below-default"
    }

    fn about(&self) -> &'static str {
        "Quotas below their default"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_quotas() {
            return unseen;
        }
        if facts.zero.blocks_region() {
            return Outcome::skipped("the whole Region's quotas are 0: that finding names the reduced ones");
        }
        let table = facts.known.quotas;
        if table.is_some_and(|table| !table.defaults_listed) {
            return Outcome::unknown("the defaults have not been read");
        }
        let reduced: Vec<&QuotaRow> = facts
            .snapshot
            .quotas
            .iter()
            .filter(|row| row.known.scope.is_on_demand() && row.is_below_default())
            .collect();
        let asked = facts.endpoint_asked().and_then(|endpoint| endpoint.model);
        let is_asked = |row: &QuotaRow| asked.as_ref().is_some_and(|model| row.known.matching.models.contains(model));
        let (told, others): (Vec<&QuotaRow>, Vec<&QuotaRow>) =
            reduced.into_iter().partition(|row| row.is_in_use() || is_asked(row));
        let mut findings: Vec<Finding> = told.iter().map(|row| single(facts, row)).collect();
        if facts.asked.model.is_none() {
            findings.extend(unused(&others));
        }
        Outcome::of(findings)
    }
}

/// How the reduced value hurts now.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hurt {
    /// Calls are refused because it is used up.
    Refuses,
    /// It is nearly used up: percent.
    Near(f64),
    /// Not now, or not that anybody sees.
    NotSeen,
}

fn hurt(facts: &Facts<'_>, row: &QuotaRow) -> Hurt {
    let code = &row.known.quota.code;
    let refuses = facts.refusals.iter().any(|refusal| match refusal.cause {
        Cause::Full(quota) | Cause::Day(quota) => quota.code == *code,
        _ => false,
    });
    let used = row.used_percent().into_iter().chain(row.peak_percent).fold(0.0, f64::max);
    match refuses {
        true => Hurt::Refuses,
        false if used >= NEAR_LIMIT_PERCENT => Hurt::Near(used),
        false => Hurt::NotSeen,
    }
}

fn single(facts: &Facts<'_>, row: &QuotaRow) -> Finding {
    let quota = &row.known.quota;
    let value = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), words::number);
    let (applied, default) = (value(row.known.in_force), value(quota.default));
    let (severity, how) = match hurt(facts, row) {
        Hurt::Refuses => (Severity::Warning, "It is used up, and calls are refused.".to_owned()),
        Hurt::Near(percent) => {
            (Severity::Warning, format!("{percent:.0} % of it were used in the worst minute or now."))
        }
        Hurt::NotSeen => (Severity::Info, "It is not seen to be in the way now.".to_owned()),
    };
    let models: Vec<ModelId> = row.known.matching.models.clone();
    let title = format!("{}: {applied}, below its default of {default}", words::quota(&row.known));
    let finding = Finding::new("below-default", severity, Subject::Quota(quota.code.clone(), models), title)
        .story(format!(
            "AWS gives this account less than its default. Likely because of the account's age, its use so far or its payments; AWS does not say which. {how}"
        ))
        .evidence(format!("{} ({}): in force {applied}, default {default}", quota.name, quota.code));
    let finding = row.pools.iter().fold(finding, |finding, pool| finding.evidence(format!("draws on it: {pool}")));
    let finding = match row.changed.filter(|change| change.from > change.to) {
        Some(change) => finding.evidence(format!(
            "it was {} before; lowered when looked at {}",
            words::number(change.from),
            words::minute(change.seen_at)
        )),
        None => finding,
    };
    let finding = match &row.open_request {
        Some(request) => finding.evidence(format!("open request: {}", case::request_in_words(request))),
        None => finding,
    };
    let finding = finding.not_it("The defaults in AWS's tables: they do not hold for this account.");
    finding.next(next(facts, row))
}

/// What is asked for: at least the default, and never twice.
fn next(facts: &Facts<'_>, row: &QuotaRow) -> Next {
    let help = help(facts, row);
    if let Some(request) = &row.open_request {
        let text = match &request.case {
            Some(case) => format!(
                "A request is open: add to its case {case} that it is below the default. A second request is refused."
            ),
            None => "A request is open: wait for its answer. A second one is refused.".to_owned(),
        };
        return Next::new(text).url(help.page);
    }
    if help.rules.contains(&Rule::Legacy) {
        return Next::new(
            "Its model is in its Legacy phase, and AWS raises no quota of such a model: move to an active one.",
        );
    }
    let unseen =
        if facts.fault_of(HISTORY).is_some() { " Whether a request is open already could not be seen." } else { "" };
    let text = match (&help.command, help.rules.contains(&Rule::AskForGeoTokens)) {
        (Some(_), _) => format!("Ask for at least the default; less is refused.{unseen}"),
        (None, true) => format!(
            "Service Quotas takes no request for it. Ask for tokens per minute of the geographic profile; support sets the related quotas with it.{unseen}"
        ),
        (None, false) => format!("Service Quotas takes no request for it: open a support case.{unseen}"),
    };
    let next = Next::new(text).url(help.page);
    match help.command {
        Some(command) => next.command(command),
        None => next,
    }
}

/// The call that tells of open requests.
const HISTORY: &str = "servicequotas:ListRequestedServiceQuotaChangeHistory";

fn help(facts: &Facts<'_>, row: &QuotaRow) -> Help {
    let quota = &row.known.quota;
    let is_legacy =
        |model: &ModelId| facts.model(model).is_some_and(|model| model.lifecycle.as_deref() == Some("LEGACY"));
    let wanted = Wanted {
        code: &quota.code,
        name: &quota.name,
        scope: row.known.scope,
        metric: row.known.metric,
        applied: row.known.in_force,
        default: quota.default,
        adjustable: quota.adjustable,
        region: facts.known.region,
        is_legacy: row.known.matching.models.iter().any(is_legacy),
        peak: row.peak().map(|(peak, _, bound)| (peak, bound)),
    };
    increase::help(&wanted, Some(facts.known.requests))
}

fn unused(rows: &[&QuotaRow]) -> Option<Finding> {
    if rows.is_empty() {
        return None;
    }
    let title = format!(
        "{} below the default, and nobody is seen to use them",
        words::counted(rows.len(), "more quota is", "more quotas are")
    );
    let finding = Finding::new("below-default-unused", Severity::Info, Subject::Account, title)
        .story("AWS gives this account less than its defaults. It matters once somebody calls these models.");
    let value = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), words::number);
    let finding = rows.iter().take(NAMED_AT_MOST).fold(finding, |finding, row| {
        finding.evidence(format!(
            "{}: {} of {}",
            words::quota(&row.known),
            value(row.known.in_force),
            value(row.known.quota.default)
        ))
    });
    let left_out = rows.len().saturating_sub(NAMED_AT_MOST);
    let finding = if left_out > 0 { finding.evidence(format!("and {left_out} more")) } else { finding };
    Some(finding.next(Next::new("Nothing now. Before one of these models is used, ask for at least its default.")))
}
