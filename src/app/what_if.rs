//! The what-if of the row that is open: what its calls are like, what the user has typed instead, and how many calls fit.

use std::collections::BTreeMap;

use super::{
    answers::Standing,
    hands,
    keys::Action,
    state::{Row, State},
};
use crate::domain::{
    ids::ModelId,
    max_output::MaxOutput,
    reservation::{self, Answers, Call, Cuts, Fit, LARGEST, Lack, Lower, cuts, enough_for, fit, lower},
    snapshot::{Bound, PoolQuota, PoolRow},
};

/// A number of a call that can be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Input tokens without cached ones.
    Input,
    /// Tokens written to the cache.
    CacheWrite,
    /// Output tokens.
    Output,
    /// `max_tokens`.
    MaxTokens,
    /// How long a call runs.
    Seconds,
}

impl Field {
    /// All, in the order in which they stand on the screen.
    pub const ALL: [Self; 5] = [Self::Input, Self::CacheWrite, Self::Output, Self::MaxTokens, Self::Seconds];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::CacheWrite => "cache write",
            Self::Output => "output",
            Self::MaxTokens => "max_tokens",
            Self::Seconds => "seconds",
        }
    }

    /// The number of a call.
    #[must_use]
    pub fn of(self, call: &Call) -> Option<f64> {
        match self {
            Self::Input => call.input,
            Self::CacheWrite => call.cache_write,
            Self::Output => call.output,
            Self::MaxTokens => call.max_tokens,
            Self::Seconds => call.seconds,
        }
    }

    fn set(self, call: &mut Call, value: f64) {
        let number = match self {
            Self::Input => &mut call.input,
            Self::CacheWrite => &mut call.cache_write,
            Self::Output => &mut call.output,
            Self::MaxTokens => &mut call.max_tokens,
            Self::Seconds => &mut call.seconds,
        };
        *number = Some(value);
    }

    fn beside(self, steps: usize) -> Self {
        let at = Self::ALL.iter().position(|field| *field == self).unwrap_or(0);
        Self::ALL[(at + steps) % Self::ALL.len()]
    }
}

/// A number that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editing {
    /// Which.
    pub field: Field,
    /// What was typed so far.
    pub text: String,
    /// Whether the text is what was taken before: the first character that is typed stands in its place.
    pub is_old: bool,
}

/// What the user has typed of a row's what-if.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WhatIf {
    /// Numbers in the place of those that are known.
    pub typed: BTreeMap<Field, f64>,
    /// The number that is being typed; None where none is.
    pub editing: Option<Editing>,
}

impl WhatIf {
    /// Begins to type a number, with what was typed of it before.
    fn begin(&mut self, field: Field) {
        let text = self.typed.get(&field).map(ToString::to_string).unwrap_or_default();
        self.editing = Some(Editing { field, is_old: !text.is_empty(), text });
    }
}

/// Characters that a number may have.
const LONGEST_TEXT: usize = 16;

/// What is said of a `max_tokens` below one.
const NO_ANSWER: &str = "max_tokens is 1 or more: a call without an answer is none";

/// What is said of a text that is no number.
const NO_NUMBER: &str = "a number, such as 8000, 8k or 1.5M; empty is as it was measured";

/// A number as it is typed: digits, `k` or `M` behind, commas and underscores between. None where it is none that a call may have.
#[must_use]
pub fn parse(text: &str) -> Option<f64> {
    let text: String = text.trim().chars().filter(|c| !matches!(c, ',' | '_')).collect();
    let (digits, times) = match text.char_indices().last()? {
        (at, 'k' | 'K') => (&text[..at], 1e3),
        (at, 'm' | 'M') => (&text[..at], 1e6),
        _ => (text.as_str(), 1.0),
    };
    let plain = digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value = digits.parse::<f64>().ok().filter(|_| plain)? * times;
    (value <= LARGEST).then_some(value)
}

/// Begins to type.
pub(super) fn edit(state: &mut State) {
    let has_quota = state.what_if().is_some();
    let Some(detail) = state.view.detail.as_mut().filter(|_| has_quota) else {
        return say(state, "no tokens-per-minute quota is known for certain to be this row's");
    };
    state.view.charts.full = false;
    detail.what_if.begin(Field::MaxTokens);
}

/// Takes a key that is bound while a number is typed.
pub(super) fn act(state: &mut State, action: Action) {
    match action {
        Action::Take => take(state, None),
        Action::Back => leave(state),
        Action::NextField => take(state, Some(1)),
        Action::PreviousField => take(state, Some(Field::ALL.len() - 1)),
        Action::Erase => with_text(state, |text| {
            text.pop();
        }),
        Action::Clear => with_text(state, String::clear),
        _ => {}
    }
}

/// Adds what was typed or pasted, as far as it can be part of a number.
pub(super) fn insert(state: &mut State, typed: &str) {
    let may_be = |c: &char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_' | 'k' | 'K' | 'm' | 'M');
    let typed: String = typed.chars().filter(may_be).collect();
    if typed.is_empty() {
        return;
    }
    let is_old = editing(state).is_some_and(|editing| editing.is_old);
    with_text(state, |text| {
        if is_old {
            text.clear();
        }
        let room = LONGEST_TEXT.saturating_sub(text.len());
        text.extend(typed.chars().take(room));
    });
}

fn with_text(state: &mut State, change: impl FnOnce(&mut String)) {
    if let Some(editing) = editing(state) {
        change(&mut editing.text);
        editing.is_old = false;
    }
}

fn editing(state: &mut State) -> Option<&mut Editing> {
    state.view.detail.as_mut()?.what_if.editing.as_mut()
}

fn leave(state: &mut State) {
    if let Some(detail) = &mut state.view.detail {
        detail.what_if.editing = None;
    }
}

/// Takes the number; then goes on to another, so many fields away, or stops typing. A text that is no number stays, and that is said; no text is no typed number.
fn take(state: &mut State, on: Option<usize>) {
    let Some(detail) = &mut state.view.detail else { return };
    let Some(editing) = detail.what_if.editing.take() else { return };
    let value = parse(&editing.text);
    if value.is_none() && !editing.text.is_empty() {
        detail.what_if.editing = Some(editing);
        return say(state, NO_NUMBER);
    }
    if editing.field == Field::MaxTokens && value.is_some_and(|value| value < 1.0) {
        detail.what_if.editing = Some(editing);
        return say(state, NO_ANSWER);
    }
    let what_if = &mut detail.what_if;
    match value {
        Some(value) => what_if.typed.insert(editing.field, value),
        None => what_if.typed.remove(&editing.field),
    };
    if let Some(steps) = on {
        what_if.begin(editing.field.beside(steps));
    }
}

fn say(state: &mut State, text: &str) {
    hands::say(state, text.to_owned(), state.now);
}

/// Where a number of the call comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The mean of the table's window.
    Measured,
    /// The user has typed it.
    Typed,
    /// The model's longest answer, by its card: what an unset `max_tokens` reserves.
    Model,
    /// It is unknown.
    Unknown,
}

/// The what-if of the row that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown<'a> {
    /// The quota that calls are fitted into.
    pub quota: &'a PoolQuota,
    /// A call: typed numbers, else measured ones.
    pub call: Call,
    /// Where its numbers come from.
    pub origins: BTreeMap<Field, Origin>,
    /// What the row's quota is used now, and whether that is exact.
    pub used: Option<(f64, Bound)>,
    /// How many calls fit.
    pub fit: Result<Fit, Lack>,
    /// Calls in flight now, where there is about one or more.
    pub in_flight: Option<f64>,
    /// How long the answers of the last 14 days were.
    pub answers: Answers,
    /// How far that is known.
    pub standing: Standing,
    /// What the call's own `max_tokens` would have cut, where the user has typed it.
    pub cuts: Option<Cuts>,
    /// What a `max_tokens` would free that is enough for the longest answer; None where that is unknown, or not lower.
    pub lower: Option<Lower>,
}

impl State {
    /// What fits into the quota of the row that is open; None where no row is open, or no tokens-per-minute quota is certain to be its own.
    #[must_use]
    pub fn what_if(&self) -> Option<Shown<'_>> {
        let detail = self.view.detail.as_ref()?;
        let row = self.row(&detail.row)?;
        let pool = self.snapshot.pools.get(row.pool?)?;
        let quota = pool.token_quota()?;
        let opened = self.opened.as_ref();
        let mut call = opened.map(|opened| opened.call).unwrap_or_default();
        let mut origins: BTreeMap<Field, Origin> = Field::ALL
            .into_iter()
            .map(|field| (field, if field.of(&call).is_some() { Origin::Measured } else { Origin::Unknown }))
            .collect();
        call.max_tokens = self.model_of(pool).and_then(|model| MaxOutput::built_in().tokens(model));
        if call.max_tokens.is_some() {
            origins.insert(Field::MaxTokens, Origin::Model);
        }
        for (field, value) in &detail.what_if.typed {
            field.set(&mut call, *value);
            origins.insert(*field, Origin::Typed);
        }
        let used = quota.usage.used_now.map(|used| (used, quota.usage.now_bound));
        let used_now = quota.usage.used_now;
        let answers = opened.map_or(Answers::UNKNOWN, |opened| opened.answers);
        let standing = opened.map_or(Standing::Asking, |opened| opened.standing.clone());
        let typed = call.max_tokens.filter(|_| origins.get(&Field::MaxTokens) == Some(&Origin::Typed));
        Some(Shown {
            quota,
            call,
            used,
            fit: fit(&call, quota.applied, used_now),
            in_flight: self.in_flight(&row).filter(|calls| *calls >= 1.0),
            cuts: typed.map(|max_tokens| cuts(max_tokens, &answers)),
            lower: enough_for(&answers).and_then(|enough| lower(&call, enough, quota.applied, used_now, &answers)),
            answers,
            standing,
            origins,
        })
    }

    /// The base model of a pool.
    pub(super) fn model_of(&self, pool: &PoolRow) -> Option<&ModelId> {
        let first = self.snapshot.endpoints.get(*pool.members.first()?)?;
        first.endpoint.model.as_ref()
    }

    fn in_flight(&self, row: &Row) -> Option<f64> {
        let snapshot = &self.snapshot;
        match (row.endpoint, row.pool) {
            (Some(endpoint), _) => snapshot.endpoints.get(endpoint)?.in_flight,
            (None, Some(pool)) => snapshot.pools.get(pool)?.in_flight,
            (None, None) => None,
        }
    }
}

impl Shown<'_> {
    /// What the calls in flight would hold if they were like this one: a hypothesis, for no metric carries `max_tokens`.
    #[must_use]
    pub fn in_flight_hold(&self) -> Option<f64> {
        Some(self.in_flight? * self.fit.as_ref().ok()?.held)
    }

    /// What they would hold with the lower `max_tokens`.
    #[must_use]
    pub fn in_flight_would_hold(&self) -> Option<f64> {
        Some(self.in_flight? * self.lower.as_ref()?.fit.held)
    }

    /// Whether the mean answer would be longer than `max_tokens`.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        reservation::Call::is_cut(&self.call)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_typed_as_people_write_them() {
        for (text, expected) in [
            ("8000", Some(8000.0)),
            ("8k", Some(8000.0)),
            ("1.5M", Some(1_500_000.0)),
            ("2m", Some(2_000_000.0)),
            (" 64K ", Some(64_000.0)),
            ("9,000", Some(9000.0)),
            ("1_000", Some(1000.0)),
            (".5", Some(0.5)),
            ("0", Some(0.0)),
            ("", None),
            ("k", None),
            (".", None),
            ("1.2.3", None),
            ("-1", None),
            ("1e9", None),
            ("inf", None),
            ("NaN", None),
            ("9999999999M", None),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_count_or_nothing(text in "\\PC{0,20}|[0-9.,_kM]{0,16}") {
            if let Some(value) = parse(&text) {
                prop_assert!((0.0..=LARGEST).contains(&value));
            }
        }
    }
}
