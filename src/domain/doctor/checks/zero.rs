//! Quotas of zero of single models or scopes. Where the whole Region's are 0, that one finding stands for all of them.
//!
//! Model units and custom deployments are 0 by default: they are never looked at here.

use std::collections::BTreeMap;

use crate::domain::{
    catalog::Endpoint,
    console,
    doctor::{
        Check, case,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        uses::{Fares, fares},
        ways::{WaysOut, rows_of, ways_out},
        words,
        zero::Story,
    },
    governing::draws_on,
    ids::{EndpointId, ModelId, QuotaCode},
    quota_rows::QuotaRow,
    snapshot::{PoolQuota, PoolRow},
};

/// Single zeros that one finding names at most.
const NAMED_AT_MOST: usize = 8;

/// See the file's head.
pub(super) struct Zero;

impl Check for Zero {
    fn id(&self) -> &'static str {
        "zero"
    }

    fn about(&self) -> &'static str {
        "Quotas of zero of single models"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_quotas() {
            return unseen;
        }
        if facts.zero.blocks_region() {
            return Outcome::skipped("the whole Region's quotas are 0: that finding stands for each of them");
        }
        let in_use = in_use(facts);
        let mut findings: Vec<Finding> = in_use.values().filter_map(|pools| of_pools(facts, pools)).collect();
        let covered: Vec<&QuotaCode> = in_use.values().flatten().flat_map(|(pool, _)| zeros(pool)).collect();
        match facts.endpoint_asked() {
            Some(_) => findings.extend(of_asked(facts, &covered)),
            None => findings.extend(unused(facts, &covered)),
        }
        Outcome::of(findings)
    }
}

/// Pools with traffic whose quota is 0, by the quota that is shown for them.
fn in_use<'a>(facts: &Facts<'a>) -> BTreeMap<&'a QuotaCode, Vec<(&'a PoolRow, &'a PoolQuota)>> {
    let mut by_code: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for pool in &facts.snapshot.pools {
        let shown = pool.governing_quota().filter(|quota| quota.is_zero());
        let any = || pool.quotas.iter().find(|quota| quota.binds() && quota.is_zero());
        if let Some(quota) = shown.or_else(any) {
            by_code.entry(&quota.code).or_default().push((pool, quota));
        }
    }
    by_code
}

fn zeros(pool: &PoolRow) -> impl Iterator<Item = &QuotaCode> {
    pool.quotas.iter().filter(|quota| quota.is_zero()).map(|quota| &quota.code)
}

/// Everybody who draws on one zero.
fn of_pools(facts: &Facts<'_>, pools: &[(&PoolRow, &PoolQuota)]) -> Option<Finding> {
    let (first, quota) = pools.first()?;
    let is_served = pools.iter().any(|(pool, _)| facts.zero.serving.contains(&pool.id));
    let models: Vec<ModelId> = pools.iter().filter_map(|(pool, _)| facts.model_of(pool)).cloned().collect();
    let subject = match pools {
        [(pool, _)] => Subject::Pool(pool.id.clone(), models.first().cloned()),
        _ => Subject::Quota(quota.code.clone(), models.clone()),
    };
    let name = facts.members(first).next().map_or_else(|| first.id.to_string(), |row| row.endpoint.model_name.clone());
    let who = format!("{name} ({})", first.id);
    if is_served {
        // Where nearly all are listed as 0 and calls succeed, that is said once.
        return (facts.zero.region != Some(Story::Serving)).then(|| served(subject, &who, pools));
    }
    let refused = |pool: &PoolRow| facts.refusals.iter().any(|refusal| refusal.pool.id == pool.id);
    let is_refused = pools.iter().any(|(pool, _)| refused(pool));
    let title = format!("{who}: its quota is 0");
    let finding =
        Finding::new("zero-in-use", severity(facts, is_refused), subject, title).story(story(facts, is_refused, pools));
    let finding = pools.iter().fold(finding, with_evidence);
    let finding = finding.not_it("Waiting, retries and smaller calls: a quota of 0 lets none through.");
    let row = facts.snapshot.quotas.iter().find(|row| row.known.quota.code == quota.code);
    let ways = models.first().map(|model| ways_out(facts, model)).unwrap_or_default();
    Some(with_way_out(facts, finding, &ways, row))
}

/// Calls cannot succeed where they are refused; where the list is contradicted elsewhere, that is not sure.
fn severity(facts: &Facts<'_>, is_refused: bool) -> Severity {
    if is_refused && facts.zero.region.is_none() { Severity::Critical } else { Severity::Warning }
}

fn story(facts: &Facts<'_>, is_refused: bool, pools: &[(&PoolRow, &PoolQuota)]) -> String {
    let calls = if is_refused { "Its calls are refused." } else { "It was called, and no refusal of a call is seen." };
    let doubt = match facts.zero.region {
        Some(_) => {
            " Calls of other models succeed although their quotas are listed as 0, too, so the zero is only a likely cause."
        }
        None => " Other quotas are not 0, so it is this quota and not the whole account.",
    };
    let lost = pools.iter().find_map(|(_, quota)| {
        let row = facts.snapshot.quotas.iter().find(|row| row.known.quota.code == quota.code)?;
        row.changed.filter(|change| change.from > 0.0 && change.to == 0.0)
    });
    let before = lost.map(|change| {
        format!(" It was {} before; 0 was first seen at {}.", words::number(change.from), words::minute(change.seen_at))
    });
    format!("No call can fit into a quota of 0. {calls}{doubt}{}", before.unwrap_or_default())
}

fn with_evidence(finding: Finding, (pool, _): &(&PoolRow, &PoolQuota)) -> Finding {
    let zeros = pool.quotas.iter().filter(|quota| quota.is_zero());
    zeros.fold(finding, |finding, quota| {
        let default = quota.default.map(|value| format!(", default {}", words::number(value))).unwrap_or_default();
        finding.evidence(format!("{}: {} ({}) is 0{default}", pool.id, quota.name, quota.code))
    })
}

fn served(subject: Subject, who: &str, pools: &[(&PoolRow, &PoolQuota)]) -> Finding {
    let title = format!("{who}: its quota is listed as 0, but calls succeed");
    let finding = Finding::new("zero-serving", Severity::Info, subject, title)
        .story("Calls that succeed contradict the list: it is wrong, or this quota is not enforced. What the real limit is is not known.");
    pools
        .iter()
        .fold(finding, with_evidence)
        .next(Next::new("Nothing now. If calls begin to be refused, look here again."))
}

/// The way out, and where more is asked for.
fn with_way_out(facts: &Facts<'_>, finding: Finding, ways: &WaysOut, row: Option<&QuotaRow>) -> Finding {
    let region = facts.known.region;
    let request = row.and_then(|row| row.open_request.as_ref());
    let finding = match request {
        Some(request) => finding.evidence(format!("open request: {}", case::request_in_words(request))),
        None => finding,
    };
    let finding = ways
        .scopes
        .iter()
        .fold(finding, |finding, (ids, words)| finding.evidence(format!("not 0: {} by {}", words, listed(ids))));
    let finding = ways.models.iter().fold(finding, |finding, words| finding.evidence(format!("not 0: {words}")));
    let ask = match (request, row.map(|row| row.known.quota.adjustable)) {
        (Some(_), _) => "A request for more is open: wait for its answer.",
        (None, Some(true)) => "Ask for its default through Service Quotas.",
        (None, _) => "Service Quotas takes no request for it: open a support case.",
    };
    let text = match (ways.scopes.first(), ways.models.first()) {
        (Some((ids, _)), _) => format!("Call it by {} instead: that quota is not 0. {ask}", listed(ids)),
        (None, Some(_)) => {
            format!("No other way to call it has a quota above 0; some models of the same maker have. {ask}")
        }
        (None, None) => format!("No other way to call it is known. {ask}"),
    };
    let page = match row {
        Some(row) if row.known.quota.adjustable => console::quota_page(region, Some(&row.known.quota.code)),
        _ => console::support_case(region),
    };
    let next = Next::new(text).url(page);
    let id = ways.scopes.first().and_then(|(ids, _)| ids.first());
    finding.next(match id {
        Some(id) => next.copy(id.as_str()),
        None => next,
    })
}

fn listed(ids: &[EndpointId]) -> String {
    words::listed(&ids.iter().map(ToString::to_string).collect::<Vec<_>>(), 3)
}

/// Zeros of the model that the user asks about, beside those that a pool with traffic has.
fn of_asked(facts: &Facts<'_>, covered: &[&QuotaCode]) -> Option<Finding> {
    let asked = facts.endpoint_asked()?;
    let model = asked.model.clone()?;
    let rows: Vec<&QuotaRow> = rows_of(facts, &model).collect();
    let zeros: Vec<&QuotaRow> =
        rows.iter().copied().filter(|row| row.is_zero() && !covered.contains(&&row.known.quota.code)).collect();
    let first = *zeros.first()?;
    let is_served = facts.active().any(|row| row.endpoint.id == asked.id && fares(row) == Fares::Succeed);
    let own = zeros.iter().find(|row| row.known.variant.is_none() && draws_on(&asked, row.known.scope)).copied();
    let ways = ways_out(facts, &model);
    let is_blocked =
        facts.zero.region.is_none() && !is_served && (own.is_some() || rows.iter().all(|row| row.is_zero()));
    // Whoever asks by a base id may well mean the model: then a scope that works is the answer.
    let has_way = is_base(&asked) && !ways.scopes.is_empty();
    let severity = match (is_served, is_blocked) {
        (true, _) => Severity::Info,
        (false, true) if !has_way => Severity::Critical,
        (false, _) => Severity::Warning,
    };
    let name = facts.model_name(&model);
    let title = format!("{name}: {} of its {} are 0", zeros.len(), words::counted(rows.len(), "quota", "quotas"));
    let finding = Finding::new("zero-asked", severity, Subject::Model(model.clone()), title)
        .story("Calls that draw on a quota of 0 are refused. Which calls draw on which quota stands below.");
    let finding = zeros.iter().take(NAMED_AT_MOST).fold(finding, |finding, row| {
        finding.evidence(format!("{} ({}) is 0", words::quota(&row.known), row.known.quota.code))
    });
    Some(with_way_out(facts, finding, &ways, own.or(Some(first))))
}

fn is_base(asked: &Endpoint) -> bool {
    asked.model.as_ref().is_some_and(|model| model.as_str() == asked.id.as_str())
}

/// Zeros of what nobody calls: counted, not told one by one.
fn unused(facts: &Facts<'_>, covered: &[&QuotaCode]) -> Option<Finding> {
    if facts.zero.region.is_some() {
        return None;
    }
    let zeros: Vec<&QuotaRow> = facts
        .snapshot
        .quotas
        .iter()
        .filter(|row| row.is_zero() && row.pools.is_empty() && !covered.contains(&&row.known.quota.code))
        .collect();
    let first = zeros.first()?;
    let title = format!("{} 0, and nobody is seen to use them", words::counted(zeros.len(), "quota is", "quotas are"));
    let finding = Finding::new("zero-unused", Severity::Info, Subject::Account, title)
        .story("Calls that draw on them would be refused. Quotas of on-demand calls are not 0 by default.");
    let finding = zeros.iter().take(NAMED_AT_MOST).fold(finding, |finding, row| {
        finding.evidence(format!("{} ({})", words::quota(&row.known), row.known.quota.code))
    });
    let left_out = zeros.len().saturating_sub(NAMED_AT_MOST);
    let finding = if left_out > 0 { finding.evidence(format!("and {left_out} more")) } else { finding };
    let label = first.known.label.as_deref().unwrap_or("a model");
    Some(finding.next(Next::new(format!(
        "Nothing, unless one of them is needed, such as {label}: then look with --model and its id."
    ))))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::{
        doctor::{
            finding::Status,
            testing::{Fixture, SUCCEED, THROTTLED},
        },
        fault::{FaultKind, Source},
    };

    const CLAUDE: &str = "us.anthropic.claude-sonnet-5";

    #[test]
    fn a_zero_that_refuses_calls_is_critical_and_names_the_scope_that_is_not_zero() {
        let finding = Fixture::new().applied("L-GEO", 0.0).calls(CLAUDE, THROTTLED).finding(&Zero);
        assert_eq!((finding.id, finding.severity), ("zero-in-use", Severity::Critical));
        assert_eq!(finding.next.copied(), Some("global.anthropic.claude-sonnet-5"));
        assert!(finding.evidence.iter().any(|fact| fact.contains("L-GEO") && fact.contains("default 5,000,000")));
    }

    #[test]
    fn where_no_scope_is_left_models_of_the_maker_are_named() {
        let finding = Fixture::new().applied("L-NOVA", 0.0).calls("amazon.nova-lite-v1:0", THROTTLED).finding(&Zero);
        assert!(finding.evidence.iter().any(|fact| fact.contains("amazon.nova-pro-v1:0: 1,000,000")), "{finding:#?}");
        let alone = Fixture::new().applied("L-GEO", 0.0).applied("L-GLOBAL", 0.0).calls(CLAUDE, THROTTLED);
        let outcome = alone.examine(&Zero);
        assert!(outcome.findings[0].next.text.starts_with("No other way to call it is known"), "{outcome:#?}");
        assert_eq!(outcome.findings[1].id, "zero-unused", "the global profile's is told apart");
    }

    #[test]
    fn a_zero_that_serves_is_worth_knowing_and_no_more() {
        let finding = Fixture::new().applied("L-GEO", 0.0).calls(CLAUDE, SUCCEED).finding(&Zero);
        assert_eq!((finding.id, finding.severity), ("zero-serving", Severity::Info));
    }

    #[test]
    fn the_question_is_answered_by_the_id_s_own_quota() {
        let severity = |id: &str| Fixture::new().applied("L-GEO", 0.0).asking(id).finding(&Zero).severity;
        assert_eq!(severity(CLAUDE), Severity::Critical);
        assert_eq!(severity("anthropic.claude-sonnet-5"), Severity::Warning, "another scope works");
        assert_eq!(severity("global.anthropic.claude-sonnet-5"), Severity::Warning);
        Fixture::new().applied("L-NOVA", 0.0).asking(CLAUDE).passes(&Zero);
    }

    #[test]
    fn zeros_that_nobody_uses_are_counted_once() {
        let finding = Fixture::new().applied("L-GEO", 0.0).applied("L-NOVA", 0.0).finding(&Zero);
        assert_eq!((finding.id, finding.severity), ("zero-unused", Severity::Info));
        assert!(finding.title.starts_with("2 quotas are 0"), "{}", finding.title);
    }

    #[test]
    fn model_units_at_0_and_quotas_with_an_error_are_no_zeros() {
        Fixture::new().calls(CLAUDE, THROTTLED).passes(&Zero);
        let mut unread = Fixture::new().applied("L-GEO", 0.0).calls(CLAUDE, THROTTLED);
        let quota =
            unread.table.as_mut().unwrap().quotas.iter_mut().find(|quota| quota.code.as_str() == "L-GEO").unwrap();
        (quota.applied, quota.error) = (None, Some("DEPENDENCY_SERVICE_ERROR".to_owned()));
        unread.passes(&Zero);
    }

    #[test]
    fn a_region_wide_zero_stands_for_all_and_a_contradicted_one_is_doubted() {
        let blocked = Fixture::new().blocked().calls(CLAUDE, THROTTLED);
        assert_eq!(blocked.examine(&Zero).status, Status::Skipped);
        let doubted = Fixture::new().blocked().calls(CLAUDE, THROTTLED).calls("amazon.nova-lite-v1:0", SUCCEED);
        let finding = doubted.finding(&Zero);
        assert_eq!((finding.id, finding.severity), ("zero-in-use", Severity::Warning));
        assert!(finding.story.contains("only a likely cause"), "{}", finding.story);
    }

    #[test]
    fn quotas_that_could_not_be_read_are_unknown() {
        let blind = Fixture { table: None, ..Fixture::new() };
        let denied = blind.failing(Source::ServiceQuotas, FaultKind::Denied, "servicequotas:ListServiceQuotas");
        assert_eq!(denied.examine(&Zero).status, Status::Unknown);
    }
}
