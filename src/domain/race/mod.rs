//! A race: the same prompt over several lanes, call by call, in an order that is fair to all, within a budget.
//!
//! [`Race`] says which call comes next and takes what it gave; whoever runs it sends one call at a time, so that lanes do not slow each other down, and may stop asking
//! at any moment and go on later. What is known so far can be read at any time ([`Race::standings`]).

pub mod budget;
pub mod compare;
pub mod consent;
pub mod interval;
pub mod order;
pub mod plan;
pub mod sample;
pub mod sentence;
pub mod summary;
#[cfg(test)]
mod tests;

use budget::{Budget, CallBound, Ceiling, Hold, Spent, Stop};
use compare::{Comparison, CostComparison, Verdict, pairs, risk};
use plan::{Plan, WARM_UP_ROUNDS};
use sample::{Failed, FailureKind, Quantity, Sample};
use summary::{Distribution, LaneSummary};

/// Refusals in a row after which a lane is called no more: the service will say the same again.
pub const REFUSALS_AT_MOST: u32 = 2;

/// Rounds in which every call is throttled, in a row, after which the race ends: it only takes from others what they need.
pub const THROTTLED_ROUNDS_AT_MOST: usize = 2;

/// A race that runs, or has run.
#[derive(Debug)]
pub struct Race {
    plan: Plan,
    bounds: Vec<CallBound>,
    budget: Budget,
    /// What each lane gave, round by round, those of the warm-up first. The last one may be unfinished.
    rounds: Vec<Vec<Option<Sample>>>,
    /// The order of the round that is on, and how many of its lanes have had their turn.
    order: Vec<usize>,
    turn: usize,
    sent: u64,
    in_flight: Option<InFlight>,
    refused_in_a_row: Vec<u32>,
    throttled_in_a_row: usize,
    end: Option<End>,
}

#[derive(Debug)]
struct InFlight {
    call: Call,
    /// What is held for it of the race's budget, and of the session's.
    holds: (Hold, Hold),
}

/// A call to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Counts all calls of the race that are sent, from 1.
    pub number: u64,
    /// The round, from 1; None in the warm-up.
    pub round: Option<u32>,
    /// Which lane of the plan.
    pub lane: usize,
    /// The most that it can cost.
    pub most: Ceiling,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This call is to be sent now.
    Send(Call),
    /// This call was given out, and waits for its sample.
    Waiting(Call),
    /// Nothing more.
    Over(End),
}

/// How a race ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All rounds are done.
    Done,
    /// The user has ended it.
    Cancelled,
    /// The race's own budget, or the session's, does not allow another round.
    Stopped(Stop),
    /// Fewer than two lanes are left, because the service refuses the others.
    TooFewLanes,
    /// Nothing but throttles.
    Throttled,
}

/// A sample of a call that is not waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no call of the race waits for a sample")]
pub struct NotWaiting;

/// All that is known of a race so far. What the warm-up gave is no part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Standings {
    /// By lane.
    pub lanes: Vec<LaneSummary>,
    /// Each pair of lanes by each of [`Quantity::COMPARED`], quantity by quantity.
    pub comparisons: Vec<Comparison>,
    /// What each pair costs, in the order of pairs; None where it is not known.
    pub costs: Vec<((usize, usize), Option<CostComparison>)>,
    /// Whether the race goes on: then no interval is final.
    pub is_interim: bool,
}

impl Race {
    /// A race that has not begun. `bound` gives the most that a call of a lane can cost.
    #[must_use]
    pub fn new(plan: Plan, bound: impl FnMut(&plan::Lane) -> CallBound, budget: Budget) -> Self {
        let bounds = plan.lanes().iter().map(bound).collect();
        let refused_in_a_row = vec![0; plan.lanes().len()];
        Self {
            plan,
            bounds,
            budget,
            rounds: Vec::new(),
            order: Vec::new(),
            turn: 0,
            sent: 0,
            in_flight: None,
            refused_in_a_row,
            throttled_in_a_row: 0,
            end: None,
        }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The race's own budget and what is spent of it.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The most that the whole race can cost, the warm-up with it.
    #[must_use]
    pub fn most(&self) -> Ceiling {
        let rounds = u64::from(self.plan.rounds() + WARM_UP_ROUNDS);
        Ceiling::sum(self.bounds.iter().map(|bound| bound.most.times(rounds)))
    }

    /// Which call comes next. It is held in both budgets when it is given out; until its sample is taken, the same call is named as waiting. No round begins that the
    /// budgets might not let end: half a round compares nothing.
    pub fn next_call(&mut self, session: &mut Budget) -> Next {
        if let Some(in_flight) = &self.in_flight {
            return Next::Waiting(in_flight.call.clone());
        }
        if let Some(end) = self.ended(session) {
            self.end = Some(end.clone());
            return Next::Over(end);
        }
        match self.hold(session) {
            Ok(in_flight) => {
                let call = in_flight.call.clone();
                self.sent += 1;
                self.in_flight = Some(in_flight);
                Next::Send(call)
            }
            Err(stop) => {
                self.end = Some(End::Stopped(stop.clone()));
                Next::Over(End::Stopped(stop))
            }
        }
    }

    /// Goes to the next turn, and says whether there is none.
    fn ended(&mut self, session: &Budget) -> Option<End> {
        if self.end.is_some() {
            return self.end.clone();
        }
        let racing = self.racing().count();
        if racing < 2 {
            return Some(End::TooFewLanes);
        }
        if self.throttled_in_a_row >= THROTTLED_ROUNDS_AT_MOST * racing {
            return Some(End::Throttled);
        }
        while self.order.get(self.turn).is_some_and(|lane| self.is_out(*lane)) {
            self.turn += 1;
        }
        if self.turn < self.order.len() {
            return None;
        }
        self.begin_round(session)
    }

    fn begin_round(&mut self, session: &Budget) -> Option<End> {
        let round = u32::try_from(self.rounds.len()).unwrap_or(u32::MAX);
        if round >= self.plan.rounds() + WARM_UP_ROUNDS {
            return Some(End::Done);
        }
        let most = Ceiling::sum(self.racing().map(|lane| self.bounds[lane].most.clone()));
        if let Err(stop) = self.budget.permits(&most).and_then(|()| session.permits(&most)) {
            return Some(End::Stopped(stop));
        }
        self.order = self.plan.order(round).into_iter().filter(|lane| !self.is_out(*lane)).collect();
        self.turn = 0;
        self.rounds.push(vec![None; self.plan.lanes().len()]);
        None
    }

    fn hold(&mut self, session: &mut Budget) -> Result<InFlight, Stop> {
        let lane = self.order.get(self.turn).copied().unwrap_or_default();
        let most = self.bounds[lane].most.clone();
        session.permits(&most)?;
        let holds = (self.budget.hold(&most)?, session.hold(&most)?);
        let round = u32::try_from(self.rounds.len()).unwrap_or(u32::MAX).checked_sub(WARM_UP_ROUNDS);
        let call = Call { number: self.sent + 1, round: round.filter(|round| *round > 0), lane, most };
        Ok(InFlight { call, holds })
    }

    /// Takes what the call that waits gave.
    ///
    /// # Errors
    /// None waits.
    pub fn take(&mut self, sample: Sample, session: &mut Budget) -> Result<(), NotWaiting> {
        let in_flight = self.in_flight.take().ok_or(NotWaiting)?;
        let lane = in_flight.call.lane;
        self.settle(in_flight, self.bounds[lane].spent(&sample), session);
        let failure = if let Sample::Failed(failed) = &sample { Some(failed.kind) } else { None };
        let refused = &mut self.refused_in_a_row[lane];
        *refused = if failure == Some(FailureKind::Refused) { *refused + 1 } else { 0 };
        self.throttled_in_a_row = if failure == Some(FailureKind::Throttled) { self.throttled_in_a_row + 1 } else { 0 };
        if let Some(slot) = self.rounds.last_mut().and_then(|round| round.get_mut(lane)) {
            *slot = Some(sample);
        }
        self.turn += 1;
        Ok(())
    }

    /// Gives the call that waits up, and makes it again: for a race that was interrupted in the middle of a call. What it may have cost counts as spent.
    pub fn put_back(&mut self, session: &mut Budget) {
        if let Some(in_flight) = self.in_flight.take() {
            self.settle(in_flight, Spent::UpToCeiling, session);
        }
    }

    /// Ends the race, where it has not ended. What the call that waits may have cost counts as spent; what is known stays.
    pub fn cancel(&mut self, session: &mut Budget) {
        self.put_back(session);
        self.end.get_or_insert(End::Cancelled);
    }

    fn settle(&mut self, in_flight: InFlight, spent: Spent, session: &mut Budget) {
        self.budget.settle(in_flight.holds.0, spent);
        session.settle(in_flight.holds.1, spent);
    }

    /// How it ended; None while it goes on.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Why a lane is called no more: the service's last refusal. None while it races.
    #[must_use]
    pub fn refusal(&self, lane: usize) -> Option<&Failed> {
        let samples = self.rounds.iter().rev().filter_map(|round| round.get(lane)?.as_ref());
        let last = samples.filter(|_| self.is_out(lane)).find_map(|sample| match sample {
            Sample::Failed(failed) => Some(failed),
            Sample::Answered(_) => None,
        });
        last.filter(|failed| failed.kind == FailureKind::Refused)
    }

    fn is_out(&self, lane: usize) -> bool {
        self.refused_in_a_row.get(lane).is_some_and(|refusals| *refusals >= REFUSALS_AT_MOST)
    }

    fn racing(&self) -> impl Iterator<Item = usize> {
        (0..self.plan.lanes().len()).filter(|lane| !self.is_out(*lane))
    }

    /// The rounds that count, the last of which may be unfinished.
    #[must_use]
    pub fn rounds(&self) -> &[Vec<Option<Sample>>] {
        self.rounds.get(WARM_UP_ROUNDS as usize..).unwrap_or_default()
    }

    /// A lane's calls that count.
    fn samples(&self, lane: usize) -> impl Iterator<Item = &Sample> {
        self.rounds().iter().filter_map(move |round| round.get(lane)?.as_ref())
    }

    /// What is known so far.
    #[must_use]
    pub fn standings(&self) -> Standings {
        let lanes = self.plan.lanes().len();
        let each_pair = || (0..lanes).flat_map(move |first| (first + 1..lanes).map(move |second| (first, second)));
        let rounds = || self.rounds().iter().map(Vec::as_slice);
        let risk = risk(pairs(lanes));
        let compared = |quantity| each_pair().map(move |pair| Comparison::of(pair, quantity, rounds(), risk));
        Standings {
            lanes: (0..lanes).map(|lane| LaneSummary::of(self.samples(lane))).collect(),
            comparisons: Quantity::COMPARED.into_iter().flat_map(compared).collect(),
            costs: each_pair().map(|pair| (pair, CostComparison::of(&self.plan, pair, rounds()))).collect(),
            is_interim: self.end.is_none(),
        }
    }

    /// How a quantity spreads, by lane, over one axis of so many buckets; None where no answer has it.
    #[must_use]
    pub fn distribution(&self, quantity: Quantity, buckets: usize) -> Option<Distribution> {
        let lanes: Vec<Vec<&Sample>> = (0..self.plan.lanes().len()).map(|lane| self.samples(lane).collect()).collect();
        Distribution::of(&lanes, quantity, buckets)
    }
}

impl Standings {
    /// What each pair's cost is.
    #[must_use]
    pub fn cost(&self, lanes: (usize, usize)) -> Option<&CostComparison> {
        self.costs.iter().find(|(pair, _)| *pair == lanes).and_then(|(_, cost)| cost.as_ref())
    }

    /// The comparisons in words, quantity by quantity. What a pair costs is said once: in its first sentence that compares something. Holds ids, which are untrusted text.
    #[must_use]
    pub fn sentences(&self, plan: &Plan) -> Vec<String> {
        let mut priced: Vec<(usize, usize)> = Vec::new();
        let say = |comparison: &Comparison| {
            let compares = !matches!(comparison.verdict, Verdict::TooFew { .. });
            let is_first = compares && !priced.contains(&comparison.lanes);
            if is_first {
                priced.push(comparison.lanes);
            }
            sentence::of(comparison, self.cost(comparison.lanes).filter(|_| is_first), plan)
        };
        self.comparisons.iter().map(say).collect()
    }
}
