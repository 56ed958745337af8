//! Quotas whose value in force is below AWS's default, and not 0: an account that AWS gives less, for its age, its use or its payments.

use crate::domain::{
    doctor::{
        Check, asking, case,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        refusal::Cause,
        words,
    },
    ids::ModelId,
    increase::Rule,
    quota_rows::QuotaRow,
    snapshot::{NEAR_LIMIT_PERCENT, Provenance},
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
            return match facts.known.provenance {
                Provenance::File => Outcome::skipped("needs --defaults FILE"),
                _ => Outcome::unknown("the defaults have not been read"),
            };
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
            let is_seen = facts.see_metrics().and_then(|()| facts.see_everybody()).is_ok();
            findings.extend(unused(&others, is_seen));
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
        // That is told as what it is: a quota that is used up.
        Hurt::Refuses => (Severity::Info, "It is used up, and calls are refused.".to_owned()),
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
    let help = asking::help(facts, row);
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
    let unseen = if facts.fault_of(asking::HISTORY).is_some() {
        " Whether a request is open already could not be seen."
    } else {
        ""
    };
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

/// `is_seen`: whether it could be seen who uses them.
fn unused(rows: &[&QuotaRow], is_seen: bool) -> Option<Finding> {
    if rows.is_empty() {
        return None;
    }
    let (id, who, story) = if is_seen {
        (
            "below-default-unused",
            "and nobody is seen to use them",
            "AWS gives this account less than its defaults. It matters once somebody calls these models.",
        )
    } else {
        (
            "below-default-unseen",
            "and who uses them could not be seen",
            "AWS gives this account less than its defaults. It matters where somebody calls these models.",
        )
    };
    let title = format!("{} below the default, {who}", words::counted(rows.len(), "quota is", "quotas are"));
    let finding = Finding::new(id, Severity::Info, Subject::Account, title).story(story);
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
    let next = "Before one of these models is used, ask for at least its default.";
    Some(finding.next(Next::new(if is_seen { format!("Nothing now. {next}") } else { next.to_owned() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::{
        doctor::{
            finding::Status,
            testing::{Fixture, PerMinute, SUCCEED, THROTTLED, fault, now},
        },
        fault::{FaultKind, Source},
        increase::QuotaRequest,
    };

    const CLAUDE: &str = "us.anthropic.claude-sonnet-5";

    /// Ten calls a minute use 2,000 tokens.
    fn reduced(value: f64, calls: PerMinute) -> Fixture {
        Fixture::new().applied("L-GEO", value).calls(CLAUDE, calls)
    }

    #[test]
    fn a_reduced_quota_in_use_is_worth_knowing_with_what_to_ask_for() {
        let finding = reduced(1e6, SUCCEED).finding(&BelowDefault);
        assert_eq!((finding.id, finding.severity), ("below-default", Severity::Info));
        assert!(finding.title.ends_with("1,000,000, below its default of 5,000,000"), "{}", finding.title);
        assert!(finding.next.command.is_some_and(|command| command.contains("--desired-value 5000000")));
    }

    #[test]
    fn it_is_a_warning_where_it_is_nearly_used_up_and_refusals_are_another_finding() {
        let near = reduced(2_400.0, SUCCEED).finding(&BelowDefault);
        assert_eq!(near.severity, Severity::Warning);
        let refuses = reduced(2_000.0, PerMinute { throttled: 5.0, ..SUCCEED }).finding(&BelowDefault);
        assert!(refuses.severity == Severity::Info && refuses.story.contains("calls are refused"), "{}", refuses.story);
        let another_reason = reduced(1e6, PerMinute { throttled: 5.0, ..SUCCEED }).finding(&BelowDefault);
        assert_eq!(another_reason.severity, Severity::Info, "refused, and not because of this");
    }

    #[test]
    fn an_open_request_is_not_asked_twice() {
        let mut open = reduced(1e6, SUCCEED);
        open.requests.push(QuotaRequest {
            id: "1".to_owned(),
            code: "L-GEO".into(),
            desired: Some(5e6),
            status: "CASE_OPENED".to_owned(),
            case: Some("17".to_owned()),
            created: Some(now()),
            updated: None,
        });
        let next = open.finding(&BelowDefault).next;
        assert!(next.command.is_none() && next.text.contains("case 17"), "{next:?}");
    }

    #[test]
    fn where_requests_could_not_be_seen_that_is_said() {
        let mut blind = reduced(1e6, SUCCEED);
        let sight = blind.sights.get_mut(&Source::ServiceQuotas).unwrap();
        sight.fault = Some(fault(Source::ServiceQuotas, FaultKind::Denied, asking::HISTORY));
        assert!(blind.finding(&BelowDefault).next.text.contains("could not be seen"));
    }

    #[test]
    fn a_legacy_model_gets_no_more() {
        let legacy = reduced(1e6, SUCCEED)
            .with_model("anthropic.claude-sonnet-5", |model| model.lifecycle = Some("LEGACY".to_owned()));
        let next = legacy.finding(&BelowDefault).next;
        assert!(next.command.is_none() && next.text.contains("Legacy"), "{next:?}");
    }

    #[test]
    fn unused_ones_are_counted_once_and_the_question_narrows() {
        let unused = Fixture::new().applied("L-GEO", 1.0).applied("L-NOVA", 1.0);
        assert_eq!(
            unused.finding(&BelowDefault).id,
            "below-default-unseen",
            "without metrics nobody knows who uses them"
        );
        assert_eq!(unused.asking(CLAUDE).finding(&BelowDefault).id, "below-default");
    }

    #[test]
    fn defaults_zeros_and_more_than_the_default_are_no_finding() {
        Fixture::new().calls(CLAUDE, THROTTLED).passes(&BelowDefault);
        reduced(0.0, THROTTLED).passes(&BelowDefault);
        reduced(9e6, SUCCEED).passes(&BelowDefault);
        assert_eq!(Fixture::new().blocked().calls(CLAUDE, THROTTLED).examine(&BelowDefault).status, Status::Skipped);
    }

    #[test]
    fn without_values_or_defaults_it_is_unknown() {
        let mut fixture = reduced(1e6, SUCCEED);
        fixture.table.as_mut().unwrap().defaults_listed = false;
        assert_eq!(fixture.examine(&BelowDefault).status, Status::Unknown);
        let files = Fixture { provenance: Provenance::File, ..fixture };
        assert_eq!(files.examine(&BelowDefault).status, Status::Skipped);
        let denied = Fixture { table: None, ..Fixture::new() };
        let denied = denied.failing(Source::ServiceQuotas, FaultKind::Denied, "servicequotas:ListServiceQuotas");
        assert_eq!(denied.examine(&BelowDefault).needs, ["servicequotas:ListServiceQuotas"]);
    }
}
