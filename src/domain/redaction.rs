//! What is hidden where a screen may be seen by others: account numbers, ARNs, tags, support cases, the profile's name, and what ARNs end with.
//!
//! One mechanism: a [`Snapshot`] and faults are masked before anything is drawn or copied of them. Ids stay as they are inside, because they name series; what
//! is drawn of an id goes through [`Redaction::id`].

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use super::{
    catalog::{Endpoint, EndpointKind},
    doctor::finding::{Finding, Report},
    fault::Fault,
    ids::{Arn, EndpointId},
    increase::QuotaRequest,
    quota_rows::QuotaRow,
    snapshot::{EndpointRow, Snapshot},
};

/// What stands where an ARN was.
const ARN: &str = "<arn>";
/// What stands where an account's number was.
const ACCOUNT: &str = "<account>";
/// What stands where the profile's name was.
const PROFILE: &str = "<profile>";
/// What stands where an application profile's id was.
const ID: &str = "<id>";
/// What stands where a support case was.
const CASE: &str = "<case>";
/// What stands where a tag's value was.
const TAG: &str = "hidden";

/// Digits of an account's number.
const ACCOUNT_DIGITS: usize = 12;

/// A name of the AWS profile that says nothing, and is a word of many sentences.
const NO_SECRET: &str = "default";

/// What is to be hidden beside what looks like an account or an ARN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction {
    profile: Option<String>,
    ids: BTreeSet<EndpointId>,
}

impl Redaction {
    /// Hides the profile's name and the ids of these endpoints, as far as they are an account's own.
    #[must_use]
    pub fn new<'a>(profile: Option<&str>, endpoints: impl Iterator<Item = &'a Endpoint>) -> Self {
        let own = endpoints.filter(|endpoint| is_own(endpoint)).map(|endpoint| endpoint.id.clone());
        let profile = profile.filter(|name| !name.is_empty() && *name != NO_SECRET);
        Self { profile: profile.map(str::to_owned), ids: own.collect() }
    }

    /// The text without ARNs, account numbers, the profile's name and ids of an account's own.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut safe = Cow::Borrowed(text);
        if text.contains("arn:") {
            safe = Cow::Owned(without_arns(&safe));
        }
        if safe.bytes().filter(u8::is_ascii_digit).count() >= ACCOUNT_DIGITS {
            safe = Cow::Owned(without_accounts(&safe));
        }
        let words = self.profile.iter().map(|name| (name.as_str(), PROFILE));
        for (word, instead) in words.chain(self.ids.iter().map(|id| (id.as_str(), ID))) {
            if !word.is_empty() && safe.contains(word) {
                safe = Cow::Owned(without_word(&safe, word, instead));
            }
        }
        safe
    }

    /// An endpoint's id as it may be shown.
    #[must_use]
    pub fn id<'a>(&self, id: &'a EndpointId) -> Cow<'a, str> {
        if self.ids.contains(id) { Cow::Borrowed(ID) } else { self.text(id.as_str()) }
    }

    /// The snapshot as it may be shown. The ids of its endpoints stay: they are what rows go by.
    #[must_use]
    pub fn snapshot(&self, snapshot: &Snapshot) -> Snapshot {
        let mut masked = snapshot.clone();
        masked.account = None;
        masked.endpoints.iter_mut().for_each(|row| self.mask_row(row));
        masked.quotas.iter_mut().for_each(|row| self.mask_quota(row));
        masked.faults.iter_mut().for_each(|fault| *fault = self.fault(fault));
        masked
    }

    /// The snapshot in its shared form.
    #[must_use]
    pub fn shared(&self, snapshot: &Snapshot) -> Arc<Snapshot> {
        Arc::new(self.snapshot(snapshot))
    }

    /// What the doctor says, as it may be shown.
    #[must_use]
    pub fn report(&self, report: &Report) -> Report {
        let mut masked = report.clone();
        let mask = |text: &mut String| *text = self.text(text).into_owned();
        for finding in &mut masked.findings {
            let Finding { title, story, evidence, not_it, next, .. } = finding;
            [title, story, &mut next.text].into_iter().for_each(mask);
            evidence.iter_mut().chain(not_it).for_each(mask);
            [&mut next.command, &mut next.url, &mut next.copy].into_iter().flatten().for_each(mask);
        }
        masked.checks.iter_mut().filter_map(|check| check.reason.as_mut()).for_each(mask);
        masked
    }

    /// A fault as it may be shown.
    #[must_use]
    pub fn fault(&self, fault: &Fault) -> Fault {
        Fault {
            action: fault.action.as_deref().map(|action| self.text(action).into_owned()),
            message: self.text(&fault.message).into_owned(),
            next_step: self.text(&fault.next_step).into_owned(),
            ..fault.clone()
        }
    }

    /// A request as it may be shown: its support case is the account's.
    #[must_use]
    pub fn request(&self, request: &QuotaRequest) -> QuotaRequest {
        QuotaRequest {
            status: self.text(&request.status).into_owned(),
            case: request.case.as_ref().map(|_| CASE.to_owned()),
            ..request.clone()
        }
    }

    fn mask_quota(&self, row: &mut QuotaRow) {
        row.open_request = row.open_request.as_ref().map(|request| self.request(request));
        let quota = &row.known.quota;
        if quota.error.is_none() && quota.default_error.is_none() {
            return;
        }
        let quota = &mut Arc::make_mut(&mut row.known).quota;
        for error in [&mut quota.error, &mut quota.default_error].into_iter().flatten() {
            *error = self.text(error).into_owned();
        }
    }

    fn mask_row(&self, row: &mut EndpointRow) {
        let endpoint = &mut row.endpoint;
        endpoint.arn = endpoint.arn.as_ref().map(|_| Arn::from(ARN));
        let name = if endpoint.model_name.is_empty() { endpoint.id.as_str() } else { &endpoint.model_name };
        endpoint.model_name = self.text(name).into_owned();
        let own = endpoint.profile_name.as_deref().map(|name| self.text(name).into_owned());
        let nameless = (endpoint.kind == EndpointKind::ApplicationProfile).then(|| ID.to_owned());
        endpoint.profile_name = own.or(nameless);
        for value in row.tags.iter_mut().flat_map(|tags| tags.values_mut()) {
            TAG.clone_into(value);
        }
    }
}

/// Whether an id is a part of an ARN that only this account has.
fn is_own(endpoint: &Endpoint) -> bool {
    endpoint.kind == EndpointKind::ApplicationProfile || endpoint.id.as_str().starts_with("arn:")
}

/// An ARN ends where a sentence's word ends; a name in it may hold anything else.
fn without_arns(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("arn:") {
        safe.push_str(&rest[..at]);
        safe.push_str(ARN);
        let arn = &rest[at..];
        let ends = |c: char| {
            c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '<' | '>' | ',' | ';')
        };
        let end = arn.find(ends).unwrap_or(arn.len());
        // A full stop behind it is the sentence's.
        let end = if arn[..end].ends_with('.') { end - 1 } else { end };
        rest = &arn[end..];
    }
    safe.push_str(rest);
    safe
}

/// Twelve digits in a row, or written `1111-2222-3333`, with no digit before or behind.
fn without_accounts(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        safe.push_str(&rest[..at]);
        let run = &rest[at..];
        let digits = run.find(|c: char| !c.is_ascii_digit()).unwrap_or(run.len());
        let length = if digits == 4 { dashed(run).unwrap_or(digits) } else { digits };
        safe.push_str(if digits == ACCOUNT_DIGITS || length > digits { ACCOUNT } else { &run[..length] });
        rest = &run[length..];
    }
    safe.push_str(rest);
    safe
}

/// How long `1111-2222-3333` is at the start of a text; None where none is.
fn dashed(text: &str) -> Option<usize> {
    const LENGTH: usize = ACCOUNT_DIGITS + 2;
    let is_part = |(at, byte): (usize, &u8)| if matches!(at, 4 | 9) { *byte == b'-' } else { byte.is_ascii_digit() };
    let bytes = text.as_bytes();
    let whole = bytes.get(..LENGTH)?.iter().enumerate().all(is_part);
    (whole && !bytes.get(LENGTH).is_some_and(u8::is_ascii_digit)).then_some(LENGTH)
}

/// The text with each whole word replaced: nothing that could go on a name stands beside it.
fn without_word(text: &str, word: &str, instead: &str) -> String {
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let (mut safe, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(word) {
        let (before, found) = rest.split_at(at);
        let behind = &found[word.len()..];
        safe.push_str(before);
        let part = safe.chars().next_back().is_some_and(goes_on) || behind.chars().next().is_some_and(goes_on);
        safe.push_str(if part { word } else { instead });
        rest = behind;
    }
    safe.push_str(rest);
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> String {
        let redaction = Redaction { profile: Some("prod".into()), ids: ["ab12cd34ef56".into()].into() };
        redaction.text(text).into_owned()
    }

    #[test]
    fn messages_lose_who_and_keep_what() {
        assert_eq!(
            text(
                "User: arn:aws:sts::111122223333:assumed-role/Admin/me@example.com is not authorized to perform: bedrock:X on resource: arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/ab12cd34ef56."
            ),
            "User: <arn> is not authorized to perform: bedrock:X on resource: <arn>."
        );
        assert_eq!(text("account 111122223333, or 1111-2222-3333"), "account <account>, or <account>");
        assert_eq!(text("sign in: aws sso login --profile prod"), "sign in: aws sso login --profile <profile>");
        assert_eq!(text("(ab12cd34ef56)"), "(<id>)");
    }

    #[test]
    fn what_only_looks_like_it_stays() {
        for same in [
            "products of production",
            "1234567890123 tokens",
            "2026-11-22 10:00",
            "1111-2222-33334",
            "arn",
            "ab12cd34ef567",
        ] {
            assert_eq!(text(same), same);
        }
        let default = Redaction::new(Some("default"), std::iter::empty());
        assert_eq!(default.text("the default profile"), "the default profile");
    }

    proptest! {
        #[test]
        fn no_account_is_left_in_any_text(before in ".{0,20}[^0-9]", account in "[0-9]{12}", behind in "[^0-9].{0,20}") {
            let safe = text(&format!("{before}{account}{behind}"));
            prop_assert!(!safe.contains(&account) || before.contains(&account) || behind.contains(&account), "{safe}");
        }
    }
}
