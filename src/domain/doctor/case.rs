//! The text of a support case for a Region whose inference quotas are all 0: the facts that AWS Support would ask for, and nothing that was not seen.

use super::{
    census::Census,
    facts::Facts,
    questions::{LOOK_BACK_DAYS, Reply},
    words,
    zero::Story,
};
use crate::domain::{increase::QuotaRequest, snapshot::ZeroQuotas};

/// Reduced quotas that are named at most.
pub const REDUCED_AT_MOST: usize = 10;

/// The text.
#[must_use]
pub fn text(facts: &Facts<'_>, counts: ZeroQuotas, story: Story, census: &Census) -> String {
    let region = facts.known.region;
    let account = facts.known.account.map_or_else(|| "(please fill in)".to_owned(), ToString::to_string);
    let mut lines = vec![
        format!("Amazon Bedrock: inference quotas are 0 in {region}"),
        String::new(),
        format!("Account: {account}"),
        format!("Region: {region}"),
    ];
    lines.extend(facts.known.quotas_checked_at.map(|at| format!("Quotas read: {}", words::minute(at))));
    lines.push(String::new());
    lines.push(format!(
        "{} of {} on-demand inference quotas have an applied value of 0. {} of the zeros are adjustable, {} are not.",
        counts.zero, counts.known, census.adjustable, census.fixed
    ));
    lines.extend(census.kept_in_words().map(|kept| format!("Quotas that are not 0: {kept}.")));
    if !census.reduced.is_empty() {
        let reduced = words::listed(&census.reduced, REDUCED_AT_MOST);
        lines.push(format!("Above 0 and below the default: {reduced}."));
    }
    let seen = history(facts, story).into_iter().chain(elsewhere(facts));
    lines.extend(seen.map(|line| format!("{line}.")));
    lines.extend(open_requests(facts).iter().map(|request| format!("Open request: {}.", request_in_words(request))));
    lines.push(String::new());
    lines.push(asks(story).to_owned());
    lines.join("\n")
}

/// What was seen of calls and of earlier values.
#[must_use]
pub fn history(facts: &Facts<'_>, story: Story) -> Vec<String> {
    let mut lines = Vec::new();
    match story {
        Story::Lost { last_served: Some(hour) } => {
            lines.push(format!(
                "The last calls that were accepted here were in the hour from {}",
                words::minute(hour.start())
            ));
        }
        Story::New => lines.push(format!("No call has succeeded here in the last {LOOK_BACK_DAYS} days")),
        _ => {}
    }
    lines.extend(earlier_value(facts));
    let throttles = facts.questions.totals.known().and_then(|totals| totals.throttles).filter(|count| *count > 0.0);
    lines.extend(throttles.map(|count| {
        format!("{} calls were refused as throttled in the last {LOOK_BACK_DAYS} days", words::number(count))
    }));
    lines
}

/// An earlier value that was not 0.
fn earlier_value(facts: &Facts<'_>) -> Option<String> {
    let lost = |row: &&crate::domain::quota_rows::QuotaRow| {
        row.known.scope.is_on_demand() && row.changed.is_some_and(|change| change.from > 0.0 && change.to == 0.0)
    };
    let rows = || facts.snapshot.quotas.iter().filter(lost);
    let first = rows().next()?;
    let change = first.changed?;
    let until = change.still_at.map(|at| format!(" at {}", words::minute(at))).unwrap_or_default();
    Some(format!(
        "{} above 0 earlier: {} ({}) was {}{until}, and 0 at {}",
        words::counted(rows().count(), "quota was", "quotas were"),
        first.known.quota.code,
        words::quota(&first.known),
        words::number(change.from),
        words::minute(change.seen_at),
    ))
}

/// What other Regions say.
#[must_use]
pub fn elsewhere(facts: &Facts<'_>) -> Vec<String> {
    let line = |(region, reply): (&crate::domain::ids::Region, &Reply<super::questions::Elsewhere>)| match reply {
        Reply::NotAsked => None,
        Reply::Failed(fault) => Some(format!("{region} could not be asked: {}", fault.headline())),
        Reply::Known(found) => {
            let named = if found.works.is_empty() {
                String::new()
            } else {
                format!("; not 0 there, for example: {}", found.works.join(", "))
            };
            Some(format!("{region}: {} of {} inference quotas are 0{named}", found.zero.zero, found.zero.known))
        }
    };
    facts.questions.elsewhere.iter().filter_map(line).collect()
}

/// Requests for more of on-demand quotas that are 0, which wait for an answer.
#[must_use]
pub fn open_requests<'a>(facts: &'a Facts<'_>) -> Vec<&'a QuotaRequest> {
    facts.snapshot.quotas.iter().filter(|row| row.is_zero()).filter_map(|row| row.open_request.as_ref()).collect()
}

/// A request in words: its quota, value, case and day.
#[must_use]
pub fn request_in_words(request: &QuotaRequest) -> String {
    let desired = request.desired.map(|value| format!(" for {}", words::number(value))).unwrap_or_default();
    let case = request.case.as_ref().map(|case| format!(", case {case}")).unwrap_or_default();
    let since = request.created.map(|at| format!(", since {}", words::day(at))).unwrap_or_default();
    format!("{}{desired}, {}{case}{since}", request.code, request.status)
}

fn asks(story: Story) -> &'static str {
    match story {
        Story::Lost { .. } => {
            "Please tell us whether a billing or security hold has set these quotas to 0, what you need from us to end it, and set the quotas back."
        }
        _ => {
            "Please tell us why these quotas are 0 (verification of the account, its plan, the payment method, or a hold), what you need from us, and set them to their defaults."
        }
    }
}
