//! An error that somebody got: what it means, which of its causes the account shows, and what would tell the others apart.
//!
//! One finding. What the account shows comes from where the other checks take it (the zeros, the refusals), so that none says otherwise.

mod case;
mod weigh;

use case::Case;
use weigh::{Weighed, Weight, ids, is_profile_only, weigh};

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
    },
    error_reader::{self, DeniedBy, Reading, Told, table::CauseId, table::Confidence},
    ids::ModelId,
    tier_support::TierSupport,
};

/// See the file's head.
pub(super) struct Error;

impl Check for Error {
    fn id(&self) -> &'static str {
        "error"
    }

    fn about(&self) -> &'static str {
        "The error that was given"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        let Some(text) = facts.asked.error.as_deref().filter(|text| !text.trim().is_empty()) else {
            return Outcome::skipped("no error was given: --error TEXT");
        };
        let reading = error_reader::read(text);
        Outcome::of(vec![finding(&Case::new(facts, &reading))])
    }
}

fn finding(case: &Case<'_, '_>) -> Finding {
    let Some(row) = case.reading.row() else { return unknown(case) };
    let weighed = weigh(case);
    let chosen = chosen(&weighed);
    let title = match chosen {
        Some(weighed) if weighed.weight == Weight::Shown && row.causes.len() > 1 => {
            format!("The error: {}", said(case, weighed))
        }
        _ => format!("The error: {}", row.title),
    };
    let story = format!("{}{}", row.meaning, causes(case, &weighed, chosen));
    let finding = Finding::new("error", Severity::Warning, Subject::Error, title).story(story);
    let finding = facts(case).into_iter().chain(facts_of(&weighed)).fold(finding, Finding::evidence);
    let ruled_out = weighed.iter().filter(|weighed| weighed.weight == Weight::RuledOut);
    let finding = ruled_out.fold(finding, |finding, weighed| finding.not_it(not_it(weighed)));
    finding.next(next(case, chosen, &weighed))
}

/// An error that the table does not have: what it says of itself, and nothing more.
fn unknown(case: &Case<'_, '_>) -> Finding {
    let reading = case.reading;
    let finding =
        Finding::new("error-unknown", Severity::Info, Subject::Error, format!("The error: {}", reading.title()));
    let finding = facts(case).into_iter().fold(finding.story(reading.meaning()), Finding::evidence);
    let text = match &reading.wrapped.request_id {
        Some(id) => format!("Look up the message; AWS Support can tell more of request {id}."),
        None => "Give the whole message, with the exception's name and the request id if there are any.".to_owned(),
    };
    finding.next(Next::new(text))
}

/// The cause that the finding is of: the one that is shown, else the only likely one, else the only one that is left.
fn chosen(weighed: &[Weighed]) -> Option<&Weighed> {
    let mut left = weighed.iter().filter(|weighed| weighed.weight != Weight::RuledOut);
    let best = weighed.iter().min_by_key(|weighed| weighed.weight)?;
    let same = || weighed.iter().filter(|other| other.weight == best.weight);
    match best.weight {
        Weight::Shown => Some(best),
        Weight::Likely if same().count() == 1 => Some(best),
        Weight::Open => left.next().filter(|_| left.next().is_none()),
        _ => None,
    }
}

/// Which cause it is; where that is not known, all that are left, and what would tell.
fn causes(case: &Case<'_, '_>, weighed: &[Weighed], chosen: Option<&Weighed>) -> String {
    if weighed.len() < 2 {
        return String::new();
    }
    let all_left: Vec<&Weighed> = weighed.iter().filter(|weighed| weighed.weight != Weight::RuledOut).collect();
    match chosen {
        Some(weighed) if weighed.weight == Weight::Shown => format!(" Here {}.", said(case, weighed)),
        Some(Weighed { weight: Weight::Likely, cause, .. }) => format!(" Most likely {}.", cause.text),
        Some(Weighed { cause, .. }) => format!(" What is left: {}.", cause.text),
        None if all_left.is_empty() => " None of its known causes fits what is known here.".to_owned(),
        None => {
            let likely: Vec<&Weighed> =
                all_left.iter().copied().filter(|weighed| weighed.weight == Weight::Likely).collect();
            let (lead, named) =
                if likely.is_empty() { ("It may be that", &all_left) } else { ("Most likely", &likely) };
            format!(" {lead} {}.{}", alternatives(named), tells(named))
        }
    }
}

/// `a, or b, or c`.
fn alternatives(weighed: &[&Weighed]) -> String {
    weighed.iter().map(|weighed| weighed.cause.text.as_str()).collect::<Vec<_>>().join("; or ")
}

fn tells(weighed: &[&Weighed]) -> String {
    let tells: Vec<String> = weighed.iter().filter_map(|weighed| weighed.cause.tell.clone()).collect();
    if tells.is_empty() { String::new() } else { format!(" What would tell: {}.", tells.join("; ")) }
}

fn not_it(weighed: &Weighed) -> String {
    match &weighed.fact {
        Some(fact) => format!("{} ({fact})", weighed.cause.text),
        None => weighed.cause.text.clone(),
    }
}

/// A cause in words: of a denial what AWS says it was that said no.
fn said(case: &Case<'_, '_>, weighed: &Weighed) -> String {
    let is_policy = matches!(weighed.cause.id, CauseId::IdentityPolicy | CauseId::ServiceControlPolicy);
    match case.reading.mentioned.denied_by.filter(|_| is_policy) {
        Some(by) => by.in_words().to_owned(),
        None => weighed.cause.text.clone(),
    }
}

/// Facts of the causes that are left, each once.
fn facts_of(weighed: &[Weighed]) -> Vec<String> {
    let mut facts: Vec<String> = Vec::new();
    for fact in
        weighed.iter().filter(|weighed| weighed.weight != Weight::RuledOut).filter_map(|weighed| weighed.fact.clone())
    {
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

/// What the error itself says, and how sure its reading is.
fn facts(case: &Case<'_, '_>) -> Vec<String> {
    let reading = case.reading;
    let mut facts = Vec::new();
    if !reading.wrapped.message.is_empty() {
        facts.push(format!("It says: {}", reading.excerpt()));
    }
    facts.extend(how_told(reading));
    facts.extend(call(reading));
    facts.extend(denial(case));
    facts.extend(case.foreign.clone());
    let supposed = case.supposed.as_ref();
    facts.extend(supposed.map(|id| format!("It does not say what was called. Of all pools only {id} had calls refused in the hours that were looked at: likely it is about that.")));
    facts.extend(of_the_model(case));
    let others: Vec<&str> = reading.others.iter().map(|row| row.title.as_str()).collect();
    if !others.is_empty() {
        facts.push(format!("The text holds other errors, too: {}.", others.join("; ")));
    }
    if reading.cut {
        facts.push("The text is long: only its beginning and its end were read.".to_owned());
    }
    facts
}

fn how_told(reading: &Reading) -> Option<String> {
    let (row, told) = reading.known?;
    match told {
        Told::Text if row.confidence == Confidence::Low => {
            Some("Few have reported this text: what it means is not certain.".to_owned())
        }
        Told::Text => None,
        Told::Exception => Some("Its kind is told by the exception's name; its words are not known.".to_owned()),
        Told::Status => Some("Its kind is told by the HTTP status alone; its words are not known.".to_owned()),
    }
}

/// `ThrottlingException of Converse, HTTP 429, after 4 retries, request 16fb….`
fn call(reading: &Reading) -> Option<String> {
    let wrapped = &reading.wrapped;
    let what = match (&wrapped.exception, &wrapped.operation) {
        (Some(exception), Some(operation)) => Some(format!("{exception} of {operation}")),
        (Some(name), None) | (None, Some(name)) => Some(name.clone()),
        (None, None) => None,
    };
    let parts: Vec<String> = [
        what,
        wrapped.status.map(|status| format!("HTTP {status}")),
        wrapped.retries.map(|count| format!("after {count} {}", if count == 1 { "retry" } else { "retries" })),
        wrapped.request_id.as_ref().map(|id| format!("request {id}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| format!("{}.", parts.join(", ")))
}

/// Who was refused what, and where: a model of another Region, or of none, is where a profile sent the call.
fn denial(case: &Case<'_, '_>) -> Vec<String> {
    let named = &case.reading.mentioned;
    let Some(action) =
        named.action.as_deref().filter(|_| case.reading.row().is_some_and(|row| row.id == "not-authorized"))
    else {
        return Vec::new();
    };
    let who = named.principal.as_deref().map(|who| format!(" to {who}")).unwrap_or_default();
    let on = named.resource.as_ref().map(|resource| format!(" on {}", resource.arn)).unwrap_or_default();
    let mut facts = vec![format!("Refused{who}: {action}{on}.")];
    if let Some(resource) = named.resource.as_ref().filter(|resource| resource.is_model()) {
        facts.extend(destination(case, &resource.region));
    }
    facts
}

fn destination(case: &Case<'_, '_>, region: &str) -> Option<String> {
    let here = case.facts.known.region.as_str();
    match region {
        "" => Some("A model's ARN without a Region is how a global profile names where it sends calls: policies must allow it, and aws:RequestedRegion is `unspecified` there.".to_owned()),
        region if !here.is_empty() && region != here => {
            Some(format!("The model's ARN is of {region}, not of {here}: a profile sent the call there, and policies must allow every Region that a profile may send calls to."))
        }
        _ => None,
    }
}

/// What is known of the model: its profiles where it takes calls through them only, its tiers where the tier was refused.
fn of_the_model(case: &Case<'_, '_>) -> Vec<String> {
    let mut facts = Vec::new();
    if case.reading.may_be(CauseId::ProfileOnly) {
        let profiles = case.profiles();
        if !profiles.is_empty() {
            facts.push(format!("{} lists these profiles of it: {}.", case.facts.known.region, ids(&profiles)));
        }
        if is_profile_only(case) {
            facts.push("The Region's list says so, too: its inference types have no ON_DEMAND.".to_owned());
        }
    }
    let tier = [CauseId::TierUnsupported, CauseId::NoReservation].into_iter().any(|cause| case.reading.may_be(cause));
    let model = case.endpoint.as_ref().and_then(|endpoint| endpoint.model.clone());
    let model = model.or_else(|| case.reading.mentioned.model.as_deref().map(ModelId::from));
    if let Some(model) = model.filter(|model| tier && TierSupport::built_in().names(model)) {
        let taken: Vec<String> =
            TierSupport::built_in().taken(&model).iter().map(|tier| tier.name().to_owned()).collect();
        facts.push(format!("Published tiers of {model}: {}.", taken.join(", ")));
    }
    facts
}

/// One thing to do: for the cause that is chosen, else the row's.
fn next(case: &Case<'_, '_>, chosen: Option<&Weighed>, weighed: &[Weighed]) -> Next {
    let row_s = || Next::new(case.reading.row().map(|row| row.next.clone()).unwrap_or_default());
    let likely = |cause: CauseId| weighed.iter().any(|other| other.cause.id == cause && other.weight == Weight::Likely);
    let cause = chosen.filter(|chosen| chosen.weight < Weight::Open).map(|chosen| chosen.cause.id);
    match cause {
        Some(CauseId::QuotaZero) if case.facts.zero.blocks_region() => Next::new(
            "This is not of the one model: nearly all inference quotas of the Region are 0. Begin with that finding.",
        ),
        Some(CauseId::QuotaZero) => {
            Next::new("Call the model through an id whose quota is not 0, or ask AWS for more of this quota.")
        }
        Some(CauseId::ServiceControlPolicy | CauseId::IdentityPolicy) => policy_s(case),
        Some(CauseId::ModelUnknown | CauseId::ProfileUnknown) => listed_instead(case).unwrap_or_else(row_s),
        None if likely(CauseId::Reservation) => Next::new(
            "Set max_tokens to what answers need and send fewer calls at once; What if (press Enter on the row in tiertop) shows how many fit.",
        ),
        _ if case.reading.may_be(CauseId::ProfileOnly) => listed_instead(case).unwrap_or_else(row_s),
        _ => row_s(),
    }
}

/// What to do about the policy that said no.
fn policy_s(case: &Case<'_, '_>) -> Next {
    let named = &case.reading.mentioned;
    let action = named.action.as_deref().unwrap_or("the action");
    let on = named
        .resource
        .as_ref()
        .map_or_else(|| "the resource that is called".to_owned(), |resource| resource.arn.clone());
    let text = match named.denied_by {
        Some(by) if by.is_of_organisation() => {
            format!("Ask the administrator of the organisation to allow {action}: nobody in the account can change it.")
        }
        Some(DeniedBy::NothingAllows) | None => format!(
            "Allow {action} on {on}. Calls through a profile need the profile's ARN and those of the models behind it, in every Region that it may send calls to."
        ),
        Some(DeniedBy::IdentityPolicy) => {
            format!(
                "Look in the caller's policies for a statement that denies {action} on {on}, and for its conditions."
            )
        }
        Some(by) => format!("Have {action} allowed there: {}.", by.in_words()),
    };
    Next::new(text)
}

/// The id to call instead, where the Region lists one.
fn listed_instead(case: &Case<'_, '_>) -> Option<Next> {
    let id = *case.profiles().first()?;
    Some(
        Next::new(format!("Call it by the id of a profile that {} lists: {id}", case.facts.known.region))
            .copy(id.as_str()),
    )
}
