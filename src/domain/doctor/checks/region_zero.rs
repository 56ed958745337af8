//! All inference quotas of the Region are 0, or nearly all: one cause for a hundred single zeros.
//!
//! First the contradiction: calls that succeed say that the list is wrong. Else there are two stories, an account that never worked here and one that has lost what it
//! had. Pattern: two published `ListServiceQuotas` dumps of us-east-1, 2026-02-24 (359 of 366 at 0) and 2026-07-01 (379 of 386).

use crate::domain::{
    console,
    doctor::{
        Check, case,
        census::Census,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        questions::{Elsewhere, LOOK_BACK_DAYS, Reply},
        words,
        zero::{REGIONS_ASKED, Story},
    },
    fault::Source,
    ids::Region,
    quota_name::QuotaScope,
    snapshot::ZeroQuotas,
};

/// Regions that are proposed to look in, partition by partition: how its Regions' names begin, then those with the most models.
const COMPARED: [(&str, &[&str]); 4] = [
    ("us-gov-", &["us-gov-west-1", "us-gov-east-1"]),
    ("cn-", &[]),
    ("eusc-", &[]),
    ("", &["us-east-1", "us-west-2", "eu-west-1"]),
];

/// See the file's head.
pub(super) struct RegionZero;

impl Check for RegionZero {
    fn id(&self) -> &'static str {
        "region-zero"
    }

    fn about(&self) -> &'static str {
        "Quotas of zero in the whole Region"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_quotas() {
            return unseen;
        }
        let Some((counts, story)) = facts.zero.counts.zip(facts.zero.region) else { return Outcome::passed() };
        let finding = match story {
            Story::Serving => serving(facts, counts),
            _ => blocked(facts, counts, story),
        };
        Outcome::of(vec![finding])
    }
}

fn serving(facts: &Facts<'_>, counts: ZeroQuotas) -> Finding {
    let region = facts.known.region;
    let title =
        format!("{} of {} inference quotas in {region} are listed as 0, but calls succeed", counts.zero, counts.known);
    let pools = facts.zero.serving.iter();
    let finding = Finding::new("region-zero-serving", Severity::Info, Subject::Account, title)
        .story("Calls that succeed contradict the list: either the list is wrong, or these zeros are not enforced. What the real limits are is not known.");
    pools
        .fold(finding, |finding, pool| finding.evidence(format!("calls succeed although their quota is 0: {pool}")))
        .not_it("A block of the whole account: then no call would succeed.")
        .next(
            Next::new("Nothing now. If calls begin to be refused, look here again.")
                .url(console::quota_page(region, None)),
        )
}

fn blocked(facts: &Facts<'_>, counts: ZeroQuotas, story: Story) -> Finding {
    let region = facts.known.region;
    let census = Census::of(&facts.snapshot.quotas);
    let title = if counts.zero == counts.known {
        format!("All {} inference quotas in {region} are 0", counts.known)
    } else {
        format!("Nearly all inference quotas in {region} are 0: {} of {}", counts.zero, counts.known)
    };
    let finding = Finding::new("region-zero", Severity::Critical, Subject::Account, title).story(format!(
        "{}{}",
        told(facts, story),
        where_it_is(facts)
    ));
    let finding = evidence(facts, counts, story, &census).into_iter().fold(finding, Finding::evidence);
    let finding = not_it(&census).into_iter().fold(finding, Finding::not_it);
    finding.next(next(facts, counts, story, &census))
}

/// The story in words. What is likely is called so.
fn told(facts: &Facts<'_>, story: Story) -> String {
    let works_elsewhere = !working(facts).is_empty();
    match story {
        Story::Lost { .. } if works_elsewhere => {
            "It worked here before: something has taken the quotas away. That may be a hold, for billing or for security, though one of the whole account is less likely where another Region keeps its quotas.".to_owned()
        }
        Story::New if works_elsewhere => format!(
            "No call has succeeded here in {LOOK_BACK_DAYS} days, and no earlier value above 0 is known. Likely AWS has not opened this Region for the account yet."
        ),
        Story::Lost { .. } => {
            "It worked here before: something has taken the quotas away. Likely a hold on the account, for billing or for security.".to_owned()
        }
        Story::New => format!(
            "No call has succeeded here in {LOOK_BACK_DAYS} days, and no earlier value above 0 is known. Likely the account is new and not verified, on a Free plan, without a valid payment method, or not opened for this Region."
        ),
        Story::Serving | Story::Untold => format!(
            "Whether calls ever succeeded here could not be seen{}. So this is either an account that was never opened here (verification, plan, payment), or one that was put on hold (billing, security). Whoever knows whether it ever worked can tell.",
            blind_because(facts)
        ),
    }
}

fn blind_because(facts: &Facts<'_>) -> String {
    let sights = [Source::Discovery, Source::Metrics].into_iter().filter_map(|source| facts.sights.get(&source));
    let why = sights.into_iter().find_map(|sight| match (&sight.fault, sight.not_given) {
        (Some(fault), _) => Some(fault.headline()),
        (None, Some(what)) => Some(format!("that needs {what}")),
        _ => None,
    });
    why.map(|why| format!(" ({why})")).unwrap_or_default()
}

/// Other Regions that were asked and answered.
fn asked<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = (&'a Region, &'a Elsewhere)> {
    facts.questions.elsewhere.iter().filter_map(|(region, reply)| Some((region, reply.known()?)))
}

/// Regions whose quotas are not all 0.
fn working<'a>(facts: &'a Facts<'_>) -> Vec<&'a Region> {
    let works = |(_, found): &(&Region, &Elsewhere)| !found.zero.is_account_wide() && !found.works.is_empty();
    asked(facts).filter(works).map(|(region, _)| region).collect()
}

fn where_it_is(facts: &Facts<'_>) -> String {
    let (works, blocked): (Vec<_>, Vec<_>) = (
        working(facts),
        asked(facts).filter(|(_, found)| found.zero.is_account_wide()).map(|(region, _)| region).collect(),
    );
    match (works.as_slice(), blocked.as_slice()) {
        ([], []) => String::new(),
        ([], blocked) => format!(" {} the same, so it is likely the account and not this Region.", are(blocked)),
        (works, []) => format!(" {} quotas above 0, so it is this Region and not the whole account.", have(works)),
        (works, blocked) => {
            format!(" {} the same, {} quotas above 0, so it is not the whole account.", are(blocked), have(works))
        }
    }
}

fn names(regions: &[&Region]) -> String {
    regions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

fn are(regions: &[&Region]) -> String {
    format!("{} {}", names(regions), if regions.len() == 1 { "is" } else { "are" })
}

fn have(regions: &[&Region]) -> String {
    format!("{} {}", names(regions), if regions.len() == 1 { "has" } else { "have" })
}

fn evidence(facts: &Facts<'_>, counts: ZeroQuotas, story: Story, census: &Census) -> Vec<String> {
    let mut lines = vec![format!(
        "{} of {} inference quotas are 0; {} of them can be raised through Service Quotas, {} cannot",
        counts.zero, counts.known, census.adjustable, census.fixed
    )];
    lines.extend(case::history(facts, story));
    lines.extend(case::elsewhere(facts));
    lines.extend(
        case::open_requests(facts).iter().map(|request| format!("open request: {}", case::request_in_words(request))),
    );
    let scopes: Vec<String> =
        census.by_scope.iter().map(|(scope, count)| format!("{} {count}", words::scope(*scope))).collect();
    lines.push(format!("the zeros by whose calls they limit: {}", scopes.join(", ")));
    lines.extend(census.kept_in_words().map(|kept| format!("not 0, because inference does not draw on them: {kept}")));
    let reduced = census.reduced.iter().take(case::REDUCED_AT_MOST);
    lines.extend(reduced.map(|row| format!("reduced, not 0: {row}")));
    let left_out = census.reduced.len().saturating_sub(case::REDUCED_AT_MOST);
    lines.extend((left_out > 0).then(|| format!("reduced, not 0: {left_out} more")));
    if !census.unjudged.is_empty() {
        let named = words::listed(&census.unjudged, case::REDUCED_AT_MOST);
        lines.push(format!("not 0, and their default is not known: {named}"));
    }
    if census.untouched > 0 {
        lines.push(format!("at their default or above: {}", words::counted(census.untouched, "quota", "quotas")));
    }
    lines
}

fn not_it(census: &Census) -> Vec<String> {
    let mut lines = Vec::new();
    let (geo, global) = (census.zeros_of(QuotaScope::Geo), census.zeros_of(QuotaScope::Global));
    if geo > 0 && global > 0 {
        lines.push(format!(
            "Asking for quotas of profiles alone, or calling through another profile: {} of geographic and {global} of global profiles are 0, too.",
            words::counted(geo, "quota", "quotas")
        ));
    }
    if census.fixed > 0 {
        lines.push(format!("Requests in Service Quotas alone: {} of the zeros cannot be raised there.", census.fixed));
    }
    lines.push("Retries, another model's id, IAM or model access: none of them changes a quota of 0.".to_owned());
    lines
}

fn next(facts: &Facts<'_>, counts: ZeroQuotas, story: Story, census: &Census) -> Next {
    let region = facts.known.region;
    let mut text = String::new();
    let works = working(facts);
    if !works.is_empty() {
        let named = works.iter().map(|region| format!("{region} ({})", some_models(facts, region))).collect::<Vec<_>>();
        text = format!("Not 0 now: {}. ", named.join("; "));
    }
    if matches!(story, Story::Lost { .. }) {
        text.push_str(
            "First check the account's mail, its AWS Health notices and its access keys: a hold is announced there. ",
        );
    }
    text.push_str(match case::open_requests(facts).iter().find_map(|request| request.case.as_deref()) {
        Some(_) => "Then add the facts to the open support case; the text is ready to copy.",
        None => "Open a support case; its text is ready to copy.",
    });
    let command = look_elsewhere(facts);
    if command.is_some() {
        text.push_str(" Whether another Region works, the command tells.");
    }
    let next = Next::new(text).url(console::support_case(region)).copy(case::text(facts, counts, story, census));
    Next { command, ..next }
}

fn some_models(facts: &Facts<'_>, region: &Region) -> String {
    let found = facts.questions.elsewhere.get(region).and_then(Reply::known);
    let named = found.map(|found| words::listed(&found.works, 3)).unwrap_or_default();
    format!("for example {named}")
}

/// How other Regions are asked, where none has been.
fn look_elsewhere(facts: &Facts<'_>) -> Option<String> {
    if !facts.questions.elsewhere.is_empty() {
        return None;
    }
    let here = facts.known.region.as_str();
    let (_, regions) = COMPARED.into_iter().find(|(begins, _)| here.starts_with(begins))?;
    let others: Vec<&str> = regions.iter().copied().filter(|region| *region != here).take(REGIONS_ASKED).collect();
    let here = words::for_shell(here)?;
    (!others.is_empty()).then(|| format!("tiertop --region {here} doctor --look-in {}", others.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    use jiff::SignedDuration;

    use crate::domain::{
        doctor::{
            finding::Status,
            questions::Totals,
            testing::{Fixture, SUCCEED, THROTTLED, fault, now},
        },
        fault::FaultKind,
        increase::QuotaRequest,
        minute::Minute,
        snapshot::Provenance,
    };

    const CLAUDE: &str = "us.anthropic.claude-sonnet-5";

    fn new_account() -> Fixture {
        Fixture::new().blocked().calls(CLAUDE, THROTTLED)
    }

    fn elsewhere(zero: usize, works: &[&str]) -> Reply<Elsewhere> {
        let works = works.iter().map(|label| (*label).to_owned()).collect();
        Reply::Known(Elsewhere { zero: ZeroQuotas { zero, known: 400 }, works })
    }

    #[test]
    fn an_account_that_never_worked_here_is_one_story() {
        let finding = new_account().finding(&RegionZero);
        assert_eq!((finding.id, finding.severity), ("region-zero", Severity::Critical));
        assert_eq!(finding.title, "Nearly all inference quotas in us-east-1 are 0: 34 of 35");
        assert!(finding.story.starts_with("No call has succeeded here in 14 days"), "{}", finding.story);
        assert!(
            finding.evidence.iter().any(|fact| fact.contains("4 of them can be raised") && fact.contains("30 cannot"))
        );
        assert!(finding.evidence.iter().any(|fact| fact.contains("batch inference 1")), "{finding:#?}");
        assert!(
            finding.evidence.iter().any(|fact| fact.contains("Jamba, in-Region, tokens per minute: 3,000 of 300,000"))
        );
        assert!(finding.not_it[0].contains("1 quota of geographic and 1 of global"), "{:?}", finding.not_it);
    }

    #[test]
    fn an_account_that_has_lost_its_quotas_is_another() {
        let mut lost = new_account();
        let hour = Minute::of(now()) - 600;
        let totals =
            Totals { output_tokens: Some(9.0), last_request: Some(hour), throttles: Some(12.0), ..Totals::default() };
        lost.questions.totals = Reply::Known(totals);
        let finding = lost.finding(&RegionZero);
        assert!(finding.story.contains("It worked here before") && finding.story.contains("Likely a hold"));
        assert!(finding.next.text.starts_with("First check the account's mail"), "{}", finding.next.text);
        let case = finding.next.copied().unwrap();
        for fact in [
            "Account: 111122223333",
            "Region: us-east-1",
            "34 of 35",
            "in the hour from 2026-11-23 02:00Z",
            "12 calls were refused",
        ] {
            assert!(case.contains(fact), "{fact} is not in {case}");
        }
    }

    #[test]
    fn a_list_of_series_tells_of_the_last_two_weeks_where_totals_are_not_known() {
        let served = new_account().called_once("global.anthropic.claude-sonnet-5", SUCCEED);
        assert!(served.finding(&RegionZero).story.contains("It worked here before"));
        let mut totals = new_account();
        totals.questions.totals = Reply::Known(Totals { output_tokens: Some(0.0), ..Totals::default() });
        assert!(totals.finding(&RegionZero).story.contains("no earlier value above 0 is known"));
    }

    #[test]
    fn an_earlier_value_above_0_is_as_good_as_traffic() {
        let mut lost = new_account();
        let before = Fixture::new().table.unwrap();
        let at = now() - SignedDuration::from_hours(2);
        lost.watch.compare(&before, lost.table.as_ref().unwrap(), Some(at), now());
        let finding = lost.finding(&RegionZero);
        assert!(finding.story.contains("It worked here before"));
        assert!(finding.evidence.iter().any(|fact| fact.contains("4 quotas were above 0 earlier")), "{finding:#?}");
    }

    #[test]
    fn where_traffic_could_not_be_seen_both_stories_are_told() {
        let blind = Fixture::new().blocked().failing(Source::Discovery, FaultKind::Denied, "cloudwatch:ListMetrics");
        let finding = blind.finding(&RegionZero);
        assert!(finding.story.contains("could not be seen (discovery denied: needs cloudwatch:ListMetrics)"));
        assert!(finding.story.contains("verification") && finding.story.contains("hold"), "{}", finding.story);
        assert!(!finding.evidence.iter().any(|fact| fact.contains("No call has succeeded")));
    }

    #[test]
    fn calls_that_succeed_make_it_no_block() {
        let serving = Fixture::new().blocked().calls(CLAUDE, SUCCEED);
        let finding = serving.finding(&RegionZero);
        assert_eq!((finding.id, finding.severity), ("region-zero-serving", Severity::Info));
        let some = Fixture::new().blocked().calls(CLAUDE, THROTTLED).calls_in(CLAUDE, 85..90, SUCCEED);
        assert_eq!(some.finding(&RegionZero).id, "region-zero-serving", "some get through until now");
        let held = Fixture::new().blocked().calls_in(CLAUDE, 0..70, SUCCEED).calls_in(CLAUDE, 70..90, THROTTLED);
        let finding = held.finding(&RegionZero);
        assert_eq!(finding.severity, Severity::Critical, "nothing gets through since it was set to 0");
        assert!(finding.story.contains("It worked here before"));
    }

    #[test]
    fn other_regions_tell_the_account_from_the_region() {
        let mut here = new_account();
        assert!(
            here.finding(&RegionZero)
                .next
                .command
                .is_some_and(|command| command.ends_with("--look-in us-west-2,eu-west-1"))
        );
        here.questions.elsewhere.insert("eu-west-1".into(), elsewhere(3, &["Claude Sonnet 5"]));
        let finding = here.finding(&RegionZero);
        assert!(finding.story.contains("it is this Region and not the whole account"), "{}", finding.story);
        assert!(
            finding.next.text.contains("eu-west-1 (for example Claude Sonnet 5)") && finding.next.command.is_none()
        );
        here.questions.elsewhere.insert("eu-west-1".into(), elsewhere(395, &[]));
        assert!(here.finding(&RegionZero).story.contains("likely the account and not this Region"));
        let failed = Reply::Failed(fault(Source::ServiceQuotas, FaultKind::Denied, "servicequotas:ListServiceQuotas"));
        here.questions.elsewhere.insert("eu-west-1".into(), failed);
        let finding = here.finding(&RegionZero);
        assert!(!finding.story.contains("eu-west-1"), "{}", finding.story);
        assert!(finding.evidence.iter().any(|fact| fact.contains("eu-west-1 could not be asked")));
    }

    #[test]
    fn an_open_case_is_gone_on_with() {
        let mut open = new_account();
        let request = QuotaRequest {
            id: "1".to_owned(),
            code: "L-GEO".into(),
            desired: Some(5e6),
            status: "CASE_OPENED".to_owned(),
            case: Some("17".to_owned()),
            created: Some(now()),
            updated: None,
        };
        open.requests.push(request);
        let finding = open.finding(&RegionZero);
        assert!(finding.next.text.contains("add the facts to the open support case"), "{}", finding.next.text);
        assert!(finding.next.copied().is_some_and(|case| case.contains("L-GEO for 5,000,000, CASE_OPENED, case 17")));
    }

    #[test]
    fn some_zeros_or_none_and_quotas_that_could_not_be_read_are_no_block() {
        Fixture::new().passes(&RegionZero);
        Fixture::new().applied("L-GEO", 0.0).calls(CLAUDE, THROTTLED).passes(&RegionZero);
        let blind = Fixture { table: None, ..Fixture::new() };
        let denied = blind.failing(Source::ServiceQuotas, FaultKind::Denied, "servicequotas:ListServiceQuotas");
        let outcome = denied.examine(&RegionZero);
        assert_eq!(
            (outcome.status, outcome.needs),
            (Status::Unknown, vec!["servicequotas:ListServiceQuotas".to_owned()])
        );
        let mut defaults = Fixture::new().blocked();
        defaults.table.as_mut().unwrap().applied_listed = false;
        assert_eq!(defaults.examine(&RegionZero).status, Status::Unknown);
    }

    #[test]
    fn a_file_of_quotas_alone_is_enough() {
        let mut files = Fixture { provenance: Provenance::File, ..Fixture::new().blocked() };
        for (source, what) in [(Source::Discovery, "--metrics FILE"), (Source::Metrics, "metrics")] {
            let sight = crate::domain::doctor::facts::Sight { not_given: Some(what), ..Default::default() };
            files.sights.insert(source, sight);
        }
        for quota in &mut files.table.as_mut().unwrap().quotas {
            quota.default = None;
        }
        let finding = files.finding(&RegionZero);
        assert!(finding.story.contains("could not be seen (that needs --metrics FILE)"), "{}", finding.story);
        let said = |words: &str| finding.evidence.iter().any(|fact| fact.contains(words));
        assert!(said("their default is not known: Jamba, in-Region, tokens per minute: 3,000"), "{finding:#?}");
        assert!(!said("at their default or above") && !said("reduced"), "{finding:#?}");
    }
}
