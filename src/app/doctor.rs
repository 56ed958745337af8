//! The doctor as a part of the state: what it has asked, and what it says. It asks when somebody opens it, and looks whenever numbers are made anew.

pub mod view;

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{
    event::{Effect, Examination, Examined},
    state::{Feed, State},
    view::Screen,
};
use crate::domain::{
    catalog::Model,
    doctor::{
        self,
        facts::{Asked, Facts, Sight},
        finding::Report,
        questions::{LOOK_BACK_DAYS, MODELS_ASKED_AT_MOST, Questions, Reply},
    },
    fault::Source,
    ids::{ModelId, Region},
    metric::{Metric, Query, Stat},
    minute::{Minute, Span},
    store::CHART_PERIOD_MINUTES,
    usual::HISTORY_MINUTES,
};

/// Access and logging change by somebody's hand; whoever waits for it presses `r`.
const ASKED_EVERY: SignedDuration = SignedDuration::from_mins(30);

/// Rows whose last days are asked for at most.
const SLOW_ROWS_AT_MOST: usize = 10;

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// What the doctor has asked, and what it says.
#[derive(Debug, Clone, Default)]
pub struct Doctor {
    /// What the user asks about.
    pub asked: Asked,
    /// What was asked beyond the polling.
    pub questions: Questions,
    /// What it says of what is known.
    pub report: Arc<Report>,
    /// What is shown of it: that of the freezing while frozen, masked where things are hidden.
    pub shown: Arc<Report>,
    /// Instead of an account, files: what sources need to be seen, where it was not given.
    pub not_given: BTreeMap<Source, &'static str>,
    /// Whether somebody wants to know more than polling tells.
    pub wanted: bool,
    /// Other Regions that the user has said yes to.
    pub elsewhere: Vec<Region>,
    asking: bool,
    asked_at: Option<Timestamp>,
}

impl Doctor {
    /// What the user asks about, with nothing known; the questions are asked as soon as it is known what about.
    #[must_use]
    pub fn asking_about(asked: Asked, elsewhere: Vec<Region>) -> Self {
        Self { asked, wanted: true, elsewhere, ..Self::default() }
    }

    /// Whether answers are still to come.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.asking
    }

    /// When it was last asked; None before.
    #[must_use]
    pub fn asked_at(&self) -> Option<Timestamp> {
        self.asked_at
    }

    /// Whether everything that was to be asked has been.
    #[must_use]
    pub fn has_asked(&self) -> bool {
        !self.wanted || self.asked_at.is_some() && !self.asking
    }

    /// Nothing known of another Region or account; what the user asks about stays.
    pub(super) fn forget(&mut self) {
        *self = Self { asked: std::mem::take(&mut self.asked), wanted: self.wanted, ..Self::default() };
    }

    /// Asks anew at the next chance.
    pub(super) fn refresh(&mut self) {
        self.asked_at = None;
    }
}

impl State {
    /// What the doctor says of what is known now.
    pub fn examine(&mut self) {
        let faults: Vec<_> = self.feeds.values().filter_map(|feed| feed.fault.clone()).collect();
        let sights = self.sights();
        let facts = Facts::new(self.known(&faults), &self.newest, &sights, &self.doctor.questions, &self.doctor.asked);
        let report = doctor::examine(&facts);
        if *self.doctor.report != report {
            self.doctor.report = Arc::new(report);
            self.show_report();
        }
    }

    fn sights(&self) -> BTreeMap<Source, Sight> {
        let sight = |source: &Source| {
            let feed = self.feeds.get(source);
            let sight = Sight {
                answered: feed.is_some_and(|feed| feed.last_good.is_some()),
                fault: feed.and_then(|feed: &Feed| feed.fault.clone()),
                not_given: self.doctor.not_given.get(source).copied(),
            };
            (*source, sight)
        };
        Source::ALL.iter().map(sight).collect()
    }
}

/// Asks what the doctor wants to know, where somebody wants it and it is not known yet.
pub(super) fn ask(state: &mut State, effects: &mut Vec<Effect>) {
    let wanted = state.doctor.wanted || state.view.screen == Screen::Doctor;
    let doctor = &state.doctor;
    let is_old = doctor.asked_at.is_none_or(|at| state.now.duration_since(at) >= ASKED_EVERY);
    if !wanted || doctor.asking || !is_old || !state.is_known_whom_to_ask_about() {
        return;
    }
    let last = Minute::of(state.now) - 1;
    let asked = Examination {
        models: models(state),
        account: true,
        totals: Some(Span::ending(last, LOOK_BACK_DAYS * DAY)),
        history: history(state, last),
        elsewhere: state.doctor.elsewhere.clone(),
    };
    begin(state, asked, effects);
    state.doctor.asked_at = Some(state.now);
}

/// Asks other Regions for their quotas: the user has said yes.
pub(super) fn look_elsewhere(state: &mut State, regions: Vec<Region>, effects: &mut Vec<Effect>) {
    if !state.doctor.asking {
        // Asked again with the rest from now on: the yes stands.
        state.doctor.elsewhere.clone_from(&regions);
        begin(state, Examination { elsewhere: regions, ..Examination::default() }, effects);
    }
}

fn begin(state: &mut State, asked: Examination, effects: &mut Vec<Effect>) {
    let of_history = asked.history.as_ref().map_or(0, |(queries, _)| queries.len());
    let of_totals = if asked.totals.is_some() { TOTALS } else { 0 };
    state.cost.queries_asked += (of_history + of_totals) as u64;
    state.doctor.asking = true;
    effects.push(Effect::Examine(state.generation, Box::new(asked)));
}

/// Queries that the account's totals take.
const TOTALS: usize = 5;

impl State {
    /// Whether models and endpoints are known, or will not be.
    fn is_known_whom_to_ask_about(&self) -> bool {
        let settled =
            |source: Source| self.feeds.get(&source).is_some_and(|feed| feed.last_good.is_some() || feed.failures > 0);
        settled(Source::Catalog) && settled(Source::Discovery)
    }
}

/// The models whose access is asked for: those with traffic, then the one that the user asks about, then those that were called in two weeks.
fn models(state: &State) -> Vec<ModelId> {
    let listed = |id: &ModelId| state.account.catalog.models().iter().any(|model: &Model| model.id == *id);
    let asked = state.doctor.asked.model.iter().filter_map(|id| {
        state.account.catalog.resolve(crate::domain::metric::Namespace::Bedrock, &id.as_str().into()).model
    });
    let active = state.newest.endpoints.iter().filter(|row| row.active).filter_map(|row| row.endpoint.model.clone());
    let metered = state.account.discovery.metered();
    let metered =
        metered.iter().filter_map(|meter| state.account.catalog.resolve(meter.namespace, &meter.endpoint).model);
    let mut models: Vec<ModelId> = Vec::new();
    for model in asked.chain(active).chain(metered).filter(listed) {
        if !models.contains(&model) {
            models.push(model);
        }
    }
    models.truncate(MODELS_ASKED_AT_MOST);
    models
}

/// For rows that are slow: how long answers, waits and calls were at these hours of the last days.
fn history(state: &State, last: Minute) -> Option<(Vec<Query>, Span)> {
    let slow = state.newest.endpoints.iter().filter(|row| row.active && row.is_slow()).take(SLOW_ROWS_AT_MOST);
    let wanted = [
        (Metric::OutputTokenCount, Stat::Average),
        (Metric::TimeToFirstToken, Stat::Percentile(50)),
        (Metric::InvocationLatency, Stat::Percentile(50)),
    ];
    let period_minutes = u16::try_from(CHART_PERIOD_MINUTES).unwrap_or(5);
    let queries: Vec<Query> = slow
        .flat_map(|row| wanted.map(|(metric, stat)| (row.endpoint.meter().series(metric), stat)))
        .filter_map(|(key, stat)| {
            let name = state.account.discovery.spelling(&key)?;
            Some(Query { key, name, stat, period_minutes })
        })
        .collect();
    let span = Span::ending(last, HISTORY_MINUTES);
    (!queries.is_empty()).then_some((queries, span))
}

/// Takes a piece of what came of it.
pub(super) fn take(state: &mut State, examined: Examined) {
    let questions = &mut state.doctor.questions;
    match examined {
        Examined::Availability(model, answer) => {
            questions.availability.insert(model, Reply::from(answer));
        }
        Examined::UseCase(answer) => questions.use_case = answer.into(),
        Examined::Logging(answer) => questions.logging = answer.into(),
        Examined::Totals(answer) => questions.totals = answer.into(),
        Examined::Elsewhere(region, answer) => {
            questions.elsewhere.insert(region, answer.into());
        }
        Examined::History(poll) => state.account.history.apply(&poll),
        Examined::Over => state.doctor.asking = false,
    }
    state.stale = true;
}
