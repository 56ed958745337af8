//! Every series that was asked for, and how far it can be trusted. Owns settling: which minutes count.
//!
//! A minute is *settled* when two polls agree on it or it was asked for when older than three minutes (`CloudWatch` publishes 1 to 3 minutes late
//! and revises after). "Two polls agree" is meant of the whole minute: every watched series said the same twice, at least one has a point,
//! and the account's own total is explained by the endpoints; so a series that is late cannot pass for a zero.
//! Readers see settled cells only, and of each series only what was asked after it settled.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::{
    ids::EndpointId,
    metric::{Answer, Metric, Namespace, Part, Poll, Query, ResultStatus, SeriesKey, Stat},
    minute::{Minute, Span},
    series::{Cell, Series},
    tier::TierPair,
};

/// Age after which a minute is settled without a second look (numbers.md; AWS publishes after 1 to 3 minutes).
pub const SETTLED_AFTER_MINUTES: i64 = 3;

/// Sums that agree to this share are equal: `CloudWatch` adds up floating-point numbers.
const EQUAL_SHARE: f64 = 1e-9;

/// A sum over minutes of which some may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tally {
    /// Sum of what is known.
    pub sum: f64,
    /// Minutes that are known.
    pub known: usize,
    /// Minutes that were asked about.
    pub minutes: usize,
}

impl Tally {
    /// The sum, where every minute is known.
    #[must_use]
    pub fn exact(self) -> Option<f64> {
        (self.known == self.minutes && self.minutes > 0).then_some(self.sum)
    }

    /// Adds one minute.
    pub fn add(&mut self, count: Option<f64>) {
        self.minutes += 1;
        if let Some(count) = count {
            self.known += 1;
            self.sum += count;
        }
    }
}

#[derive(Debug, Clone)]
struct Column {
    stat: Stat,
    series: Series,
    /// Newest minute that was settled when this series was last answered.
    settled_through: Option<Minute>,
}

impl Column {
    /// What is settled in the period that holds `minute`.
    fn settled(&self, minute: Minute) -> Cell {
        let length = self.series.period_minutes();
        let last_of_period = minute.floor_to(length) + (length - 1);
        if self.settled_through.is_some_and(|through| last_of_period <= through) {
            self.series.at(minute)
        } else {
            Cell::Unknown
        }
    }
}

/// Minutes in which the account's total is explained by the endpoints that were asked, so that the others counted nothing.
#[derive(Debug, Clone)]
pub struct Explained {
    span: Span,
    minutes: Vec<bool>,
}

impl Explained {
    /// Whether the total of a minute is known and explained.
    #[must_use]
    pub fn at(&self, minute: Minute) -> bool {
        let age = usize::try_from(minute.0 - self.span.first.0).ok();
        age.and_then(|age| self.minutes.get(age)).is_some_and(|explained| *explained)
    }

    /// Whether every minute is; true of an empty span.
    #[must_use]
    pub fn everywhere(&self) -> bool {
        self.minutes.iter().all(|explained| *explained)
    }
}

/// One endpoint's counts of one metric.
#[derive(Debug)]
pub struct Counts<'a> {
    own: Option<&'a Column>,
    suffixed: Vec<&'a Column>,
    explained: Option<&'a Explained>,
}

impl Counts<'_> {
    /// The count in a settled minute. Where the endpoint was not asked itself, a total that the others explain proves a zero.
    #[must_use]
    pub fn at(&self, minute: Minute) -> Option<f64> {
        let plain = self.plain_at(minute)?;
        Some(self.suffixed_at(minute).map_or(plain, |suffixed| plain.max(suffixed)))
    }

    /// The most that the endpoint may have counted: the plain id's and the suffixed ids' counts together.
    #[must_use]
    pub fn at_most(&self, minute: Minute) -> Option<f64> {
        Some(self.plain_at(minute)? + self.suffixed_at(minute).unwrap_or(0.0))
    }

    /// The counts of a span added up.
    #[must_use]
    pub fn tally(&self, span: Span) -> Tally {
        let mut tally = Tally::default();
        span.minutes().for_each(|minute| tally.add(self.at(minute)));
        tally
    }

    fn plain_at(&self, minute: Minute) -> Option<f64> {
        let proved_zero = || self.explained.is_some_and(|explained| explained.at(minute)).then_some(0.0);
        self.own.and_then(|column| column.settled(minute).count()).or_else(proved_zero)
    }

    /// What is known under ids of the form `model+flex`; None where there are none.
    fn suffixed_at(&self, minute: Minute) -> Option<f64> {
        self.suffixed.iter().filter_map(|column| column.settled(minute).count()).reduce(|sum, count| sum + count)
    }
}

#[derive(Debug, Clone, Copy)]
struct WindowValue {
    span: Span,
    cell: Cell,
}

/// All series of the account.
#[derive(Debug, Clone, Default)]
pub struct Store {
    columns: HashMap<SeriesKey, Vec<Column>>,
    windows: HashMap<(SeriesKey, Stat), WindowValue>,
    settled_through: HashMap<Namespace, Minute>,
}

impl Store {
    /// The newest settled minute of a namespace; None before its first answer.
    #[must_use]
    pub fn settled_through(&self, namespace: Namespace) -> Option<Minute> {
        self.settled_through.get(&namespace).copied()
    }

    /// Takes a poll's answers: moves the settled minutes on, revises late points, and leaves what was not answered as it was.
    pub fn apply(&mut self, poll: &Poll) {
        for namespace in Namespace::ALL {
            let answers: Vec<&Answer> = poll.answers.iter().filter(|a| a.query.key.namespace == namespace).collect();
            if answers.is_empty() {
                continue;
            }
            let settled = self.settle(namespace, poll, &answers);
            for answer in answers {
                self.write(answer, poll.span, settled);
            }
        }
    }

    /// Drops the minutes of each series before the oldest that is kept of it.
    pub fn forget_before(&mut self, kept_from: impl Fn(&SeriesKey) -> Minute) {
        for (key, columns) in &mut self.columns {
            let oldest = kept_from(key);
            for column in columns {
                column.series.forget_before(oldest);
            }
        }
        self.windows.retain(|(key, _), window| window.span.last >= kept_from(key));
    }

    /// Whether some whole settled period of the span is not known of what a query asks.
    #[must_use]
    pub fn lacks(&self, query: &Query, span: Span) -> bool {
        let period = i64::from(query.period_minutes).max(1);
        let newest = self.settled_through(query.key.namespace).map_or(span.last, |newest| newest.min(span.last));
        let column = self.column(&query.key, query.stat, period);
        let mut start = span.first.floor_to(period);
        while start + (period - 1) <= newest {
            if column.is_none_or(|column| column.settled(start) == Cell::Unknown) {
                return true;
            }
            start = start + period;
        }
        false
    }

    /// Moves on, and returns, the newest settled minute that this poll has seen; None where none of its answers is whole.
    fn settle(&mut self, namespace: Namespace, poll: &Poll, answers: &[&Answer]) -> Option<Minute> {
        if !answers.iter().any(|answer| answer.status == ResultStatus::Complete) {
            return None;
        }
        if !poll.settles {
            return self.settled_through(namespace).map(|newest| newest.min(poll.span.last));
        }
        let mut settled = old_enough_at(poll.asked_at).min(poll.span.last);
        let watched: Vec<&Answer> = answers.iter().copied().filter(|answer| is_watched(&answer.query)).collect();
        while settled < poll.span.last && self.agrees(&watched, settled + 1) {
            settled = settled + 1;
        }
        let newest = self.settled_through.entry(namespace).or_insert(settled);
        *newest = settled.max(*newest);
        Some(settled.max((*newest).min(poll.span.last)))
    }

    /// Whether these answers say of a minute what is known already, and the account's total is what its endpoints add up to.
    fn agrees(&self, watched: &[&Answer], minute: Minute) -> bool {
        let (mut total, mut explained) = (None, 0.0);
        for answer in watched {
            let key = &answer.query.key;
            let now = answer.points.iter().find(|(at, _)| *at == minute).map_or(Cell::Absent, |(_, v)| Cell::Value(*v));
            let before = self.column(key, Stat::Sum, 1).map_or(Cell::Unknown, |column| column.series.at(minute));
            if answer.status != ResultStatus::Complete || now != before {
                return false;
            }
            if key.metric == Metric::Invocations {
                match key.part {
                    Part::Account => total = now.value(),
                    Part::Endpoint(_) => explained += now.count().unwrap_or(0.0),
                    _ => {}
                }
            }
        }
        total.is_some_and(|total| equal(total, explained))
    }

    fn write(&mut self, answer: &Answer, span: Span, settled: Option<Minute>) {
        if matches!(answer.status, ResultStatus::InternalError | ResultStatus::Forbidden) {
            return;
        }
        let Query { key, stat, period_minutes, .. } = &answer.query;
        // A period as long as what was asked for is a value of that window; shorter ones are points of a chart.
        let length = i64::from(*period_minutes);
        let is_window =
            length > CHART_PERIOD_MINUTES && usize::try_from(length).is_ok_and(|length| length >= span.len());
        if is_window {
            self.windows.insert((key.clone(), *stat), WindowValue { span, cell: window_cell(answer, span) });
            return;
        }
        let column = self.column_mut(key, *stat, *period_minutes);
        let whole = answer.status == ResultStatus::Complete;
        // What was not settled when it was answered last, and is not answered now, must not pass for settled from now on.
        let first_open = column.settled_through.map_or(Minute(i64::MIN), |through| through + 1);
        column.series.unset(Span { first: first_open, last: if whole { span.first - 1 } else { span.last } });
        if whole {
            let step = usize::try_from(column.series.period_minutes()).unwrap_or(1);
            for minute in span.minutes().step_by(step) {
                column.series.set(minute, Cell::Absent);
            }
        }
        for (minute, value) in answer.points.iter().filter(|(minute, _)| span.contains(*minute)) {
            column.series.set(*minute, Cell::Value(*value));
        }
        column.settled_through = column.settled_through.max(settled);
    }

    fn column(&self, key: &SeriesKey, stat: Stat, period_minutes: i64) -> Option<&Column> {
        let same = |column: &&Column| column.stat == stat && column.series.period_minutes() == period_minutes;
        self.columns.get(key)?.iter().find(same)
    }

    fn column_mut(&mut self, key: &SeriesKey, stat: Stat, period_minutes: u16) -> &mut Column {
        let columns = self.columns.entry(key.clone()).or_default();
        let same = |column: &Column| column.stat == stat && column.series.period_minutes() == i64::from(period_minutes);
        let index = columns.iter().position(same).unwrap_or_else(|| {
            columns.push(Column { stat, series: Series::new(period_minutes), settled_through: None });
            columns.len() - 1
        });
        &mut columns[index]
    }

    /// What is settled of a series in the period that holds `minute`.
    #[must_use]
    pub fn settled(&self, key: &SeriesKey, stat: Stat, period_minutes: i64, minute: Minute) -> Cell {
        self.column(key, stat, period_minutes).map_or(Cell::Unknown, |column| column.settled(minute))
    }

    /// The newest answer of a minute that is not settled yet: for the hollow mark, never for a number.
    #[must_use]
    pub fn unsettled(&self, key: &SeriesKey, minute: Minute) -> Option<f64> {
        self.column(key, Stat::Sum, 1)?.series.at(minute).value()
    }

    /// Which minutes of a span prove that an endpoint counted nothing: the account's total is what the endpoints that were asked add up to.
    #[must_use]
    pub fn explained(&self, namespace: Namespace, metric: Metric, span: Span) -> Explained {
        let total = self.column(&SeriesKey { namespace, metric, part: Part::Account }, Stat::Sum, 1);
        let asked: Vec<&Column> = self
            .columns
            .keys()
            .filter(|key| key.namespace == namespace && key.metric == metric && matches!(key.part, Part::Endpoint(_)))
            .filter_map(|key| self.column(key, Stat::Sum, 1))
            .collect();
        let invocations =
            self.column(&SeriesKey { namespace, metric: Metric::Invocations, part: Part::Account }, Stat::Sum, 1);
        let is_explained = |minute: Minute| {
            let total = total?.settled(minute);
            // No point says zero only where the account has totals at all: where its invocations of that minute are there.
            if total == Cell::Absent {
                invocations?.settled(minute).value()?;
            }
            let known: f64 = asked.iter().filter_map(|column| column.settled(minute).count()).sum();
            Some(equal(total.count()?, known))
        };
        Explained { span, minutes: span.minutes().map(|minute| is_explained(minute) == Some(true)).collect() }
    }

    /// An endpoint's counts of a metric, minute by minute: looked up once, read often. `pairs`: its tier pairs, of which ids of the form
    /// `model+flex` make the counts lower bounds, because whether the plain id includes them is unknown.
    #[must_use]
    pub fn counts<'a>(
        &'a self,
        namespace: Namespace,
        metric: Metric,
        endpoint: &EndpointId,
        pairs: Option<&BTreeSet<&TierPair>>,
        explained: Option<&'a Explained>,
    ) -> Counts<'a> {
        let column = |part| self.column(&SeriesKey { namespace, metric, part }, Stat::Sum, 1);
        let suffixes = pairs.into_iter().flatten().filter(|pair| pair.served.is_none());
        Counts {
            own: column(Part::Endpoint(endpoint.clone())),
            suffixed: suffixes.filter_map(|pair| column(Part::Tier(endpoint.clone(), (*pair).clone()))).collect(),
            explained,
        }
    }

    /// A series' sum (or sample count) over a span, by its one-minute periods.
    #[must_use]
    pub fn series_tally(&self, key: &SeriesKey, stat: Stat, span: Span) -> Tally {
        let column = self.column(key, stat, 1);
        let mut tally = Tally::default();
        span.minutes().for_each(|minute| tally.add(column.and_then(|column| column.settled(minute).count())));
        tally
    }

    /// The value of a statistic over a whole window, asked as its own query with that period and about just that span.
    #[must_use]
    pub fn window(&self, key: &SeriesKey, stat: Stat, span: Span) -> Option<f64> {
        self.windows.get(&(key.clone(), stat)).filter(|window| window.span == span)?.cell.value()
    }

    /// The newest settled chart period (5 minutes) of the span in which the series has a point: its first minute and value.
    #[must_use]
    pub fn newest_chart_value(&self, key: &SeriesKey, stat: Stat, span: Span) -> Option<(Minute, f64)> {
        let mut start = span.last.floor_to(CHART_PERIOD_MINUTES);
        while start >= span.first {
            if let Some(value) = self.settled(key, stat, CHART_PERIOD_MINUTES, start).value() {
                return Some((start, value));
            }
            start = start - CHART_PERIOD_MINUTES;
        }
        None
    }

    /// Whether an endpoint's series has any point in the span, settled or not.
    #[must_use]
    pub fn has_point(&self, key: &SeriesKey, span: Span) -> bool {
        self.columns.get(key).is_some_and(|columns| columns.iter().any(|column| column.series.has_point(span)))
    }

    /// The newest minute that was settled when this series was last answered; None if it never was.
    #[must_use]
    pub fn answered_through(&self, key: &SeriesKey, stat: Stat, period_minutes: i64) -> Option<Minute> {
        self.column(key, stat, period_minutes)?.settled_through
    }

    /// The tier pairs of which there are answered series, by endpoint, in order.
    #[must_use]
    pub fn tier_pairs(&self, namespace: Namespace) -> HashMap<&EndpointId, BTreeSet<&TierPair>> {
        let mut pairs: HashMap<&EndpointId, BTreeSet<&TierPair>> = HashMap::new();
        for key in self.columns.keys().filter(|key| key.namespace == namespace) {
            if let Part::Tier(id, pair) = &key.part {
                pairs.entry(id).or_default().insert(pair);
            }
        }
        pairs
    }

    /// The account's own total of a metric over a span.
    #[must_use]
    pub fn account_total(&self, namespace: Namespace, metric: Metric, span: Span) -> Tally {
        self.series_tally(&SeriesKey { namespace, metric, part: Part::Account }, Stat::Sum, span)
    }

    /// By how much the account's total exceeds what the given endpoints explain, in the settled minutes of the span.
    #[must_use]
    pub fn excess(&self, namespace: Namespace, metric: Metric, endpoints: &[&EndpointId], span: Span) -> Excess {
        let account = SeriesKey { namespace, metric, part: Part::Account };
        let pairs = self.tier_pairs(namespace);
        let counts: Vec<Counts> =
            endpoints.iter().map(|id| self.counts(namespace, metric, id, pairs.get(id), None)).collect();
        let mut excess = Excess::default();
        for minute in span.minutes() {
            let Some(total) = self.settled(&account, Stat::Sum, 1, minute).value() else { continue };
            let mut known = Tally::default();
            for counts in &counts {
                known.add(counts.at_most(minute));
            }
            if total <= known.sum || equal(total, known.sum) {
                continue;
            }
            excess.possible += total - known.sum;
            if known.known == known.minutes {
                excess.certain += total - known.sum;
            }
        }
        excess
    }
}

/// What the account's total shows beyond the endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Excess {
    /// In minutes in which every endpoint is known: nobody's.
    pub certain: f64,
    /// In all minutes, unknown endpoints taken as zero: a reason to ask them.
    pub possible: f64,
}

/// Percentiles are charted by periods of five minutes (numbers.md).
pub const CHART_PERIOD_MINUTES: i64 = 5;

/// The newest minute that is settled by age alone at this time.
#[must_use]
pub fn old_enough_at(now: Timestamp) -> Minute {
    let settled_end = now.checked_sub(SignedDuration::from_mins(SETTLED_AFTER_MINUTES)).unwrap_or(now);
    Minute::of(settled_end) - 1
}

/// The series that are asked for each minute, and so can agree with themselves.
fn is_watched(query: &Query) -> bool {
    let each_minute = match query.key.part {
        Part::Account => query.key.metric == Metric::Invocations,
        Part::Endpoint(_) => matches!(query.key.metric, Metric::Invocations | Metric::EstimatedTpmQuotaUsage),
        _ => false,
    };
    query.stat == Stat::Sum && query.period_minutes == 1 && each_minute
}

fn equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= EQUAL_SHARE * a.abs().max(b.abs())
}

/// A window's value is the one point that starts with the window; anything else means that the service cut the window in another way.
fn window_cell(answer: &Answer, span: Span) -> Cell {
    match (answer.status, answer.points.as_slice()) {
        (ResultStatus::Complete, []) => Cell::Absent,
        (ResultStatus::Complete, [(minute, value)]) if *minute == span.first => Cell::Value(*value),
        _ => Cell::Unknown,
    }
}
