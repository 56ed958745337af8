//! Models × tiers: which tiers a model takes, their prices, and what its tokens of the last day would have cost there. The day's tokens are asked while
//! somebody looks, once an hour: four queries for each endpoint that was metered in two weeks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    cursor::moved,
    event::{Ask, Round},
    keys::Action,
    press::{scrolled, show},
    state::State,
    view::Screen,
};
use crate::domain::{
    batch::BatchModels,
    cost::Tokens,
    discovery::Meter,
    fault::Fault,
    ids::ModelId,
    metric::{Metric, Namespace, Poll, ResultStatus},
    minute::Span,
    polling::Plan,
    pricing::Prices,
    reckoning::models_to_match,
    store::old_enough_at,
    tier_support::TierSupport,
    tiers::{self, Place, Sources, TierRow},
};

/// Minutes that are summed over.
const DAY: i64 = 24 * 60;

/// Endpoints that are asked at most: what one call takes.
const ASKED_AT_MOST: usize = 125;

/// What a day used does not change much within an hour.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// After a failure.
const FAILED_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// How the Tiers screen is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TiersView {
    /// The row that the cursor is on; None: the first.
    pub cursor: Option<(ModelId, Place)>,
    /// What has the whole screen, by its first line shown; None: the list.
    pub open: Option<u16>,
    /// Whether models are listed that are not in use.
    pub all: bool,
}

/// The last day's tokens.
#[derive(Debug, Clone, Default)]
pub struct DayTokens {
    /// Whether somebody wants to know.
    pub wanted: bool,
    tokens: BTreeMap<Meter, Option<Tokens>>,
    /// The day that was asked for.
    span: Option<Span>,
    asking: bool,
    over: Option<Timestamp>,
    fault: Option<Fault>,
}

impl DayTokens {
    /// Whether everything that was to be asked has been.
    #[must_use]
    pub fn has_asked(&self) -> bool {
        !self.wanted || self.over.is_some() && !self.asking
    }

    /// Whether it is being asked.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.asking
    }

    /// The day that is known, where one is.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.span.filter(|_| self.over.is_some())
    }

    /// Why it could not be had.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Nothing known of another Region or account.
    pub(super) fn forget(&mut self) {
        *self = Self { wanted: self.wanted, ..Self::default() };
    }

    /// Takes what was answered: of each endpoint all four counts, or the whole is unknown.
    pub(super) fn take(&mut self, poll: &Poll) {
        let mut counts: BTreeMap<Meter, BTreeMap<Metric, f64>> = BTreeMap::new();
        for answer in poll.answers.iter().filter(|answer| answer.status == ResultStatus::Complete) {
            let key = &answer.query.key;
            let Some(endpoint) = key.part.endpoint().cloned() else { continue };
            let sum = answer.points.iter().map(|(_, value)| value).sum();
            counts.entry(Meter { namespace: key.namespace, endpoint }).or_default().insert(key.metric, sum);
        }
        for (meter, counts) in counts {
            let of = |metric: Metric| counts.get(&metric).copied();
            let cached = [of(Metric::CacheReadInputTokenCount), of(Metric::CacheWriteInputTokenCount)];
            let (input, output) = (of(Metric::InputTokenCount), of(Metric::OutputTokenCount));
            let tokens = Tokens::counted(meter.namespace, input, output, cached);
            self.tokens.insert(meter, tokens);
        }
    }

    /// Takes note that the question is over.
    pub(super) fn finished(&mut self, fault: Option<&Fault>, now: Timestamp) {
        (self.asking, self.over, self.fault) = (false, Some(now), fault.cloned());
    }

    fn is_due(&self, is_shown: bool, now: Timestamp) -> bool {
        let wait = if self.fault.is_some() { FAILED_AGAIN_AFTER } else { AGAIN_AFTER };
        (self.wanted || is_shown) && !self.asking && self.over.is_none_or(|over| now.duration_since(over) >= wait)
    }
}

/// The question, where somebody wants to know and it was not asked of late.
pub(super) fn ask(state: &mut State, now: Timestamp) -> Option<Ask> {
    if !state.day_tokens.is_due(state.view.screen == Screen::Tiers, now) {
        return None;
    }
    let account = &state.account;
    let metered: BTreeSet<Meter> = account.discovery.metered().into_iter().take(ASKED_AT_MOST).collect();
    let queries = Plan::of(&account.discovery, &metered).tokens();
    let day = &mut state.day_tokens;
    // Of an endpoint whose answer does not come nothing is known.
    day.tokens = metered.into_iter().map(|meter| (meter, None)).collect();
    if queries.is_empty() {
        day.finished(None, now);
        return None;
    }
    // What CloudWatch may still revise would make the day too small.
    let span = Span::ending(old_enough_at(now), DAY);
    (day.asking, day.span) = (true, Some(span));
    Some(Ask::Metrics { round: Round::Tokens, queries, span })
}

impl State {
    /// Every listed model on every tier.
    #[must_use]
    pub fn tier_rows(&self) -> Vec<TierRow> {
        let account = &self.account;
        let models = models_to_match(&account.catalog, &account.active);
        let names = account.quotas.iter().flat_map(|table| &table.quotas).map(|quota| quota.name.as_str());
        let batch = BatchModels::of(names, &models);
        tiers::rows(&Sources {
            catalog: &account.catalog,
            used: &self.day_tokens.tokens,
            batch: &batch,
            prices: Prices::built_in(),
            support: TierSupport::built_in(),
            region: &self.session.region,
        })
    }

    /// The rows that the screen lists.
    #[must_use]
    pub fn listed_tiers(&self) -> Vec<&TierRow> {
        self.tier_table.iter().filter(|row| row.in_use || self.view.tiers.all).collect()
    }

    /// The line that the cursor is on.
    #[must_use]
    pub fn tier_line(&self) -> usize {
        let cursor = self.view.tiers.cursor.as_ref();
        let at = cursor.and_then(|(model, place)| {
            self.listed_tiers().iter().position(|row| row.model == *model && row.place == *place)
        });
        at.unwrap_or(0)
    }

    /// The row that the cursor is on.
    #[must_use]
    pub fn tier_row_at_cursor(&self) -> Option<&TierRow> {
        self.listed_tiers().get(self.tier_line()).copied()
    }

    /// How many models there are, and how many of them are in use.
    #[must_use]
    pub fn tier_counts(&self) -> (usize, usize) {
        let count = |used: bool| {
            let models = self.tier_table.iter().filter(|row| row.in_use || !used).map(|row| &row.model);
            models.collect::<BTreeSet<_>>().len()
        };
        (count(false), count(true))
    }

    /// The base model that an id means: a model's own, a profile's, or an application profile's.
    #[must_use]
    pub fn model_named(&self, id: &str) -> Option<ModelId> {
        self.account.catalog.resolve(Namespace::Bedrock, &id.into()).model
    }
}

/// Makes the rows anew while they are looked at.
pub(super) fn remake(state: &mut State) {
    if state.view.screen == Screen::Tiers {
        state.tier_table = Arc::from(state.tier_rows());
    }
}

/// Goes to the screen, with the cursor on the model of the row chosen on Live.
pub(super) fn enter(state: &mut State) {
    let came = state.view.screen != Screen::Tiers;
    show(state, Screen::Tiers);
    remake(state);
    let chosen = state.subject_row().and_then(|row| {
        let endpoint = row.endpoint.or_else(|| state.snapshot.pools.get(row.pool?)?.members.first().copied())?;
        state.snapshot.endpoints.get(endpoint)?.endpoint.model.clone()
    });
    if let Some(row) = state.tier_table.iter().find(|row| came && Some(&row.model) == chosen.as_ref()) {
        state.view.tiers.cursor = Some((row.model.clone(), row.place.clone()));
    }
}

/// Takes a key of the screen.
pub(super) fn act(state: &mut State, action: Action) {
    if let Some(first) = state.view.tiers.open {
        match scrolled(first, action) {
            Some(moved) => state.view.tiers.open = Some(moved),
            None if action == Action::Back => state.view.tiers.open = None,
            None => {}
        }
        return;
    }
    match action {
        Action::Open if state.tier_row_at_cursor().is_some() => {
            choose(state, state.tier_line());
            state.view.tiers.open = Some(0);
        }
        Action::ToggleIdle => state.view.tiers.all = !state.view.tiers.all,
        Action::Back => show(state, Screen::Live),
        _ => {
            let last = state.listed_tiers().len().saturating_sub(1);
            if let Some(to) = moved(state.tier_line(), last, action) {
                choose(state, to);
            }
        }
    }
}

/// Puts the cursor on a line.
pub(super) fn choose(state: &mut State, line: usize) {
    let chosen = state.listed_tiers().get(line).map(|row| (row.model.clone(), row.place.clone()));
    state.view.tiers.cursor = chosen.or(state.view.tiers.cursor.take());
}
