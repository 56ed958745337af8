//! What is asked beyond the plan's rounds, for the rows that are looked at: older minutes of the charts, and the last days' latencies that the newest are judged by.
//! What is asked for the row that is open alone is [`super::answers`]' and [`super::raise`]'s.
//!
//! Charts are loaded in pieces, the newest first, and only what is not known yet. What has come is kept, so that a window seen before comes back at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{
    account::Account,
    answers::AnswersAsked,
    event::{Ask, Round},
    raise::EvidenceAsked,
};
use crate::domain::{
    chart::percentile_period,
    discovery::Meter,
    metric::{Metric, Namespace, Query},
    minute::{Minute, Span},
    polling::Plan,
    store::CHART_PERIOD_MINUTES,
    usual::HISTORY_MINUTES,
};

/// Minutes of a piece, by how many queries it has at most: `GetMetricData` gives 100,800 points in one answer. All are multiples of every period.
const PIECES: [(usize, i64); 3] = [(35, 2880), (70, 1440), (usize::MAX, 720)];

/// The newest minutes are not looked at: the plan's wider rounds bring them within this time.
const LEFT_TO_ROUNDS_MINUTES: i64 = 15;

/// A piece that did not come whole is asked again after this.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// A piece that came whole, and has minutes now that it had not then, is asked for them again after this.
const GOES_ON_AFTER: SignedDuration = SignedDuration::from_mins(LEFT_TO_ROUNDS_MINUTES);

/// Minutes × endpoints that are kept beside the table's window: 14 days of a dozen.
const KEPT_AT_MOST: i64 = 12 * 14 * 24 * 60;

/// Endpoints whose latency is judged by the last days: about a screen, and its points fit in one answer.
pub const JUDGED_AT_MOST: usize = 20;

/// The days behind stay what they were; each hour of a day is in a history that is half a day old.
const HISTORY_EVERY: SignedDuration = SignedDuration::from_hours(12);

/// After a failure.
const HISTORY_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// What the charts need.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// Of these endpoints.
    pub meters: BTreeSet<Meter>,
    /// Over these minutes.
    pub span: Span,
    /// By this period of sums.
    pub period_minutes: i64,
}

/// A piece that was asked.
#[derive(Debug, Clone)]
struct Piece {
    meters: BTreeSet<Meter>,
    period: i64,
    span: Span,
    /// The minutes that were not here before, up to the last one that was asked: of the newest piece more come while time goes on.
    open: Span,
    /// When its answer was over; None while it is under way.
    over: Option<Timestamp>,
    whole: bool,
}

/// What has been asked.
#[derive(Debug, Clone, Default)]
pub struct Loads {
    pieces: VecDeque<Piece>,
    judged: BTreeMap<Meter, Timestamp>,
    judging: BTreeSet<Meter>,
    /// How long answers were.
    pub answers: AnswersAsked,
    /// Evidence for requests for more.
    pub evidence: EvidenceAsked,
}

impl Loads {
    /// The next piece that the charts need; None where all is here.
    pub fn next(&mut self, account: &Account, need: &Need, now: Timestamp) -> Option<Ask> {
        let (span, queries) = self.lacking(account, need, now).next()?;
        // Two periods at least: an answer of just one is a value of a window, not a point of a chart.
        let two_periods = span.first + (2 * percentile_period(need.period_minutes) - 1);
        let last = span.last.min(need.span.last.max(two_periods));
        let is_same = |piece: &Piece| piece.is_of(need) && piece.span == span;
        let here = self.pieces.iter().find(|piece| is_same(piece) && piece.whole).map(|piece| piece.open.last);
        self.pieces.retain(|piece| !is_same(piece));
        self.pieces.push_back(Piece {
            meters: need.meters.clone(),
            period: need.period_minutes,
            span,
            open: Span { first: here.map_or(span.first, |here| here + 1), last },
            over: None,
            whole: false,
        });
        self.forget_oldest();
        Some(Ask::Metrics { round: Round::Chart, queries, span: Span { first: span.first, last } })
    }

    /// How many percent of what the charts need are here; None where all is.
    #[must_use]
    pub fn progress(&self, account: &Account, need: &Need, now: Timestamp) -> Option<u8> {
        let lacking: i64 = self.lacking(account, need, now).map(|(span, _)| minutes(overlap(span, need.span))).sum();
        let under_way = self.pieces.iter().filter(|piece| piece.over.is_none() && piece.is_of(need));
        let lacking = lacking + under_way.map(|piece| minutes(overlap(piece.open, need.span))).sum::<i64>();
        let here = 100 - 100 * lacking / minutes(need.span).max(1);
        (lacking > 0).then(|| u8::try_from(here.clamp(0, 99)).unwrap_or(0))
    }

    /// Takes note that the piece under way is over.
    pub fn finished(&mut self, whole: bool, now: Timestamp) {
        for piece in self.pieces.iter_mut().filter(|piece| piece.over.is_none()) {
            (piece.over, piece.whole) = (Some(now), whole);
        }
    }

    /// From when on an endpoint's minutes are kept beyond the table's window; None where nothing of it was loaded.
    #[must_use]
    pub fn kept_from(&self, meter: &Meter) -> Option<Minute> {
        let pieces = self.pieces.iter().filter(|piece| piece.meters.contains(meter)).map(|piece| piece.span.first);
        pieces.chain(self.evidence.kept_from(meter)).min()
    }

    /// The last days' latencies of these endpoints, if they were not asked of late.
    pub fn judge<'a>(
        &mut self,
        account: &Account,
        rows: impl Iterator<Item = &'a Meter>,
        newest: Minute,
        now: Timestamp,
    ) -> Option<Ask> {
        let has_latency = |meter: &&Meter| Metric::InvocationLatency.name(meter.namespace).is_some();
        let due = |meter: &&Meter| self.judged.get(*meter).is_none_or(|next| *next <= now);
        let meters: BTreeSet<Meter> = rows.filter(has_latency).take(JUDGED_AT_MOST).filter(due).cloned().collect();
        let queries = Plan::of(&account.discovery, &meters).history();
        if queries.is_empty() {
            return None;
        }
        self.judging = meters;
        let last = (newest + 1).floor_to(CHART_PERIOD_MINUTES) - 1;
        Some(Ask::Metrics { round: Round::Usual, queries, span: Span::ending(last, HISTORY_MINUTES) })
    }

    /// Takes note that the last days were answered.
    pub fn judged(&mut self, whole: bool, now: Timestamp) {
        let wait = if whole { HISTORY_EVERY } else { HISTORY_AGAIN_AFTER };
        let next = super::schedule::after(now, wait);
        self.judged.extend(std::mem::take(&mut self.judging).into_iter().map(|meter| (meter, next)));
    }

    /// The pieces that are not here and not under way, newest first, with what is to be asked of each.
    fn lacking<'a>(
        &'a self,
        account: &'a Account,
        need: &'a Need,
        now: Timestamp,
    ) -> impl Iterator<Item = (Span, Vec<Query>)> + 'a {
        let queries = queries(account, need);
        let newest = account.store.settled_through(Namespace::Bedrock);
        let through = newest.map_or(need.span.first - 1, |newest| newest - LEFT_TO_ROUNDS_MINUTES);
        let looked_at = Span { first: need.span.first, last: need.span.last.min(through) };
        pieces(looked_at, queries.len()).filter_map(move |span| {
            let looked_at = overlap(span, looked_at);
            if self.is_done(need, span, looked_at.last, now) {
                return None;
            }
            let lacks = |query: &&Query| account.store.lacks(query, looked_at);
            let lacking: Vec<Query> = queries.iter().filter(lacks).cloned().collect();
            (!lacking.is_empty()).then_some((span, lacking))
        })
    }

    /// Whether a piece is under way, or was answered: whole up to this minute, or not long ago.
    fn is_done(&self, need: &Need, span: Span, through: Minute, now: Timestamp) -> bool {
        let is_done = |piece: &Piece| {
            let Some(over) = piece.over else { return true };
            let again_after = if piece.whole { GOES_ON_AFTER } else { AGAIN_AFTER };
            piece.whole && piece.open.last >= through || now.duration_since(over) < again_after
        };
        self.pieces.iter().filter(|piece| piece.is_of(need) && piece.span == span).any(is_done)
    }

    fn forget_oldest(&mut self) {
        let size = |piece: &Piece| minutes(piece.span) * i64::try_from(piece.meters.len()).unwrap_or(i64::MAX);
        while self.pieces.len() > 1 && self.pieces.iter().map(size).sum::<i64>() > KEPT_AT_MOST {
            self.pieces.pop_front();
        }
    }
}

impl Piece {
    fn is_of(&self, need: &Need) -> bool {
        self.meters == need.meters && self.period == need.period_minutes
    }
}

fn queries(account: &Account, need: &Need) -> Vec<Query> {
    Plan::of(&account.discovery, &need.meters)
        .chart(u16::try_from(percentile_period(need.period_minutes)).unwrap_or(u16::MAX))
}

/// The pieces that a span lies in, newest first. They begin at multiples of their length, so that a piece stays the same while time goes on.
fn pieces(span: Span, queries: usize) -> impl Iterator<Item = Span> {
    let length = PIECES.iter().find(|(most, _)| queries <= *most).map_or(720, |(_, length)| *length);
    let (first, last) = (span.first.floor_to(length), span.last.floor_to(length));
    let starts = (0..).map(move |n| last - n * length).take_while(move |start| *start >= first && !span.is_empty());
    starts.map(move |start| Span { first: start, last: start + (length - 1) })
}

fn overlap(a: Span, b: Span) -> Span {
    Span { first: a.first.max(b.first), last: a.last.min(b.last) }
}

fn minutes(span: Span) -> i64 {
    i64::try_from(span.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_a_span_newest_first_and_stay_where_they_are() {
        let of = |first, last| pieces(Span { first: Minute(first), last: Minute(last) }, 10).collect::<Vec<_>>();
        let spans = of(100, 6000);
        assert_eq!(spans.iter().map(|span| span.first.0).collect::<Vec<_>>(), [5760, 2880, 0]);
        assert_eq!(of(110, 6010), spans);
        assert_eq!(of(100, 99), []);
        assert_eq!(pieces(Span { first: Minute(0), last: Minute(719) }, 500).count(), 1);
    }
}
