//! Makes the charts of one row: series become lines here, as they become numbers in [`super::reckoning`], from the same minutes.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    chart::{Chart, Lack, Limit, Line, Panel, Statistic, Unit, What},
    discovery::Meter,
    metric::{Metric, Stat},
    minute::{Minute, Span},
    quota_name::QuotaMetric,
    reckoning::Known,
    series::Cell,
    snapshot::{Bound, EndpointRow, PoolRow},
    store::CHART_PERIOD_MINUTES,
    tier::Tier,
    traffic::{Reserved, Traffic},
    usage::{MinuteUse, MinuteUses, percent_of},
    usual::Usual,
};

/// Minutes that may not be settled yet: what is shown hollow.
const HOLLOW_MINUTES: i64 = 5;

/// What charts are made of.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// The endpoints whose traffic is shown.
    pub members: Vec<&'a EndpointRow>,
    /// Their pool, whose quota is the limit; None for an idle endpoint.
    pub pool: Option<&'a PoolRow>,
}

/// How charts are to be made.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The minutes shown; none of them newer than the newest settled one.
    pub span: Span,
    /// The newest settled minute: what comes after it is hollow.
    pub newest: Minute,
    /// Length of a point's period in minutes; None: what suits the span.
    pub period_minutes: Option<i64>,
    /// What each panel shows where it is not the usual.
    pub statistics: &'a BTreeMap<Panel, Statistic>,
    /// So many percent of what is asked for are here; None where nothing is being asked for.
    pub loading: Option<u8>,
}

/// Periods of sums that can be chosen, in minutes.
pub const PERIODS: [i64; 6] = [1, 5, 15, 60, 180, 360];

/// Points that a chart has about at most: what the widest screen can show.
const POINTS_ABOUT: i64 = 400;

/// The shortest period that shows a span in about as many points as a screen is wide.
#[must_use]
pub fn suitable_period(minutes: i64) -> i64 {
    PERIODS.into_iter().find(|period| minutes / period <= POINTS_ABOUT).unwrap_or(PERIODS[PERIODS.len() - 1])
}

/// The period of percentiles beside a period of sums: they are not asked by less than five minutes.
#[must_use]
pub fn percentile_period(period_minutes: i64) -> i64 {
    period_minutes.max(CHART_PERIOD_MINUTES)
}

impl Wanted<'_> {
    /// Length of a point's period in minutes.
    #[must_use]
    pub fn period(&self) -> i64 {
        let longest = i64::try_from(self.span.len()).unwrap_or(1).max(1);
        self.period_minutes.unwrap_or_else(|| suitable_period(longest)).clamp(1, longest)
    }

    /// The minutes of all periods that it shows any of, up to the newest settled one: what a period comes to does not hang on where the window is cut.
    #[must_use]
    pub fn covered(&self) -> Span {
        let (Span { first, last }, period) = (self.span, self.period());
        let end = last.floor_to(period) + (period - 1);
        Span { first: first.floor_to(period), last: end.min(self.newest).max(last) }
    }
}

/// The charts of a row, one for each panel.
#[must_use]
pub fn charts(known: &Known<'_>, subject: &Subject<'_>, wanted: &Wanted<'_>) -> Vec<Chart> {
    let (period, span) = (wanted.period(), wanted.covered());
    let charting = Charting { known, subject, wanted, traffic: Traffic::new(known, span), span, period };
    Panel::ALL.into_iter().map(|panel| charting.chart(panel)).collect()
}

struct Charting<'a> {
    known: &'a Known<'a>,
    subject: &'a Subject<'a>,
    wanted: &'a Wanted<'a>,
    traffic: Traffic<'a>,
    /// Whole periods; the last one may not be over.
    span: Span,
    period: i64,
}

impl Charting<'_> {
    fn chart(&self, panel: Panel) -> Chart {
        let statistic = self.statistic(panel);
        let mut chart = match panel {
            Panel::Use => self.of_use(statistic),
            Panel::Attempts => self.attempts(statistic),
            Panel::Latency | Panel::FirstToken => self.latency(panel, statistic),
            Panel::TierTokens => self.tier_tokens(statistic),
            Panel::Tokens => self.tokens(statistic),
            Panel::Errors => self.errors(statistic),
        };
        if let Some(percent) = self.wanted.loading {
            chart.lack = chart.lack.filter(|lack| *lack != Lack::Unknown).or(Some(Lack::Loading(percent)));
        } else if !self.subject.members.iter().any(|row| row.active) {
            chart.lack = Some(Lack::Idle);
        }
        chart
    }

    fn statistic(&self, panel: Panel) -> Statistic {
        let usual = panel.statistics()[0];
        let chosen = self.wanted.statistics.get(&panel).copied().unwrap_or(usual);
        if panel.statistics().contains(&chosen) { chosen } else { usual }
    }

    fn empty(&self, panel: Panel, statistic: Statistic, unit: Unit) -> Chart {
        Chart {
            panel,
            statistic,
            member: None,
            unit,
            span: self.span,
            period_minutes: self.period,
            lines: Vec::new(),
            limit: None,
            refused: Vec::new(),
            usual: Vec::new(),
            hollow: Vec::new(),
            bound: Bound::Exact,
            lack: None,
        }
    }

    /// A chart of lines that are added up by the minute.
    fn summed(&self, panel: Panel, statistic: Statistic, unit: Unit, sums: Vec<(What, MinuteUses)>) -> Chart {
        let mut chart = self.empty(panel, statistic, unit);
        for (what, uses) in sums {
            let (points, whole) = self.points(&uses, statistic);
            chart.bound = if whole { chart.bound } else { Bound::AtLeast };
            chart.lines.push(Line { what, points });
        }
        if chart.lines.iter().all(|line| line.points.iter().all(|cell| *cell == Cell::Unknown)) {
            (chart.bound, chart.lack) = (Bound::Exact, Some(Lack::Unknown));
        }
        chart
    }

    /// The points of a use by the minute, and whether nothing is missing in those that are shown.
    fn points(&self, uses: &MinuteUses, statistic: Statistic) -> (Vec<Cell>, bool) {
        let mut whole = true;
        let periods = uses.minutes().chunks(usize::try_from(self.period).unwrap_or(1).max(1));
        let points = periods.map(|minutes| {
            let cell = point(minutes, statistic);
            whole &= cell == Cell::Unknown || minutes.iter().all(|minute| minute.missing == 0 && minute.known > 0);
            cell
        });
        (points.collect(), whole)
    }

    /// Adds up over the members; a member of whose namespace there is no such number is left out.
    fn total(&self, uses: impl Fn(&EndpointRow, &Meter) -> Option<MinuteUses>) -> MinuteUses {
        let mut total = MinuteUses::none(self.span);
        for row in &self.subject.members {
            if let Some(uses) = uses(row, &row.endpoint.meter()) {
                total.add(&uses);
            }
        }
        total
    }

    fn counted(&self, metric: Metric) -> MinuteUses {
        self.total(|_, meter| metric.name(meter.namespace).map(|_| self.traffic.minutes(meter, metric)))
    }

    /// Use of the quota that the row is shown against, in percent of it.
    fn of_use(&self, statistic: Statistic) -> Chart {
        let quota = self.subject.pool.and_then(PoolRow::governing_quota);
        let mut chart = match quota.and_then(|quota| counted_by(quota.metric)) {
            Some((metric, unit)) => self.of_counted_use(statistic, metric, unit),
            None => self.of_token_use(statistic),
        };
        chart.refused = self.refused();
        let Some((quota, applied)) = quota.and_then(|quota| Some((quota, quota.applied?))) else { return chart };
        let is_shown = quota.metric == QuotaMetric::TokensPerMinute || counted_by(quota.metric).is_some();
        if applied > 0.0 && is_shown {
            let percent = |value: f64| percent_of(Some(value), Some(applied)).unwrap_or(value);
            chart.unit = Unit::Percent;
            chart.limit = Some(Limit { value: 100.0, applied, metric: quota.metric });
            chart.hollow.iter_mut().for_each(|value| *value = percent(*value));
            for cell in chart.lines.iter_mut().flat_map(|line| &mut line.points) {
                if let Cell::Value(value) = cell {
                    *value = percent(*value);
                }
            }
        }
        chart
    }

    /// Use of a quota that counts requests, or tokens of one kind.
    fn of_counted_use(&self, statistic: Statistic, metric: Metric, unit: Unit) -> Chart {
        let mut chart = self.summed(Panel::Use, statistic, unit, vec![(What::Use, self.counted(metric))]);
        chart.hollow =
            self.hollow(|row, minute| self.known.store.unsettled(&row.endpoint.meter().series(metric), minute));
        chart
    }

    /// Use of quota tokens.
    fn of_token_use(&self, statistic: Statistic) -> Chart {
        // More may be beside the number, and less within it: nothing can be said, as in the table.
        let is_open = |row: &EndpointRow| self.traffic.uses(&row.endpoint.meter(), &row.endpoint).2 == Reserved::Within;
        if self.subject.members.iter().any(|row| is_open(row)) {
            let chart = self.empty(Panel::Use, statistic, Unit::QuotaTokensPerMinute);
            return Chart { lack: Some(Lack::Unknown), ..chart };
        }
        let uses = self.total(|row, meter| Some(self.traffic.uses(meter, &row.endpoint).0));
        let mut chart = self.summed(Panel::Use, statistic, Unit::QuotaTokensPerMinute, vec![(What::Use, uses)]);
        let bounds = self.subject.pool.map(|pool| [pool.usage.now_bound, pool.usage.peak_bound]);
        if chart.lack.is_none() && bounds.is_some_and(|bounds| bounds.contains(&Bound::AtLeast)) {
            chart.bound = Bound::AtLeast;
        }
        chart.hollow = self.hollow(|row, minute| {
            let (meter, store) = (row.endpoint.meter(), self.known.store);
            let reserved = self.traffic.reserved_series(&meter).into_iter().filter(|(_, served_known)| *served_known);
            let reserved: f64 = reserved.filter_map(|(key, _)| store.unsettled(&key, minute)).sum();
            let all = store.unsettled(&meter.series(Metric::EstimatedTpmQuotaUsage), minute)?;
            Some((all - reserved).max(0.0))
        });
        chart
    }

    fn attempts(&self, statistic: Statistic) -> Chart {
        let refused = self.counted(Metric::InvocationThrottles);
        let attempts = self.total(|_, meter| {
            let accepted = self.traffic.counts(meter, Metric::Invocations);
            let refused = self.traffic.counts(meter, Metric::InvocationThrottles);
            Some(MinuteUses::new(self.span, |minute| {
                let refused = refused.as_ref().map_or(Some(0.0), |counts| counts.at(minute))?;
                Some(accepted.as_ref()?.at(minute)? + refused)
            }))
        });
        let lines = vec![(What::Attempts, attempts), (What::Refused, refused)];
        let mut chart = self.summed(Panel::Attempts, statistic, Unit::RequestsPerMinute, lines);
        chart.refused = self.refused();
        chart.hollow = self.hollow(|row, minute| {
            let so_far = |metric| self.known.store.unsettled(&row.endpoint.meter().series(metric), minute);
            Some(so_far(Metric::Invocations)? + so_far(Metric::InvocationThrottles).unwrap_or(0.0))
        });
        chart
    }

    /// Which periods had refused calls.
    fn refused(&self) -> Vec<bool> {
        let refused = self.counted(Metric::InvocationThrottles);
        let periods = refused.minutes().chunks(usize::try_from(self.period).unwrap_or(1).max(1));
        periods.map(|minutes| minutes.iter().any(|minute| minute.sum > 0.0)).collect()
    }

    fn tier_tokens(&self, statistic: Statistic) -> Chart {
        let metric = Metric::EstimatedTpmQuotaUsage;
        let mut sums: BTreeMap<Option<Tier>, MinuteUses> = BTreeMap::new();
        for row in &self.subject.members {
            let meter = row.endpoint.meter();
            for pair in self.traffic.pairs(&meter).cloned().unwrap_or_default() {
                let key = meter.tier_series(metric, pair);
                let minutes =
                    MinuteUses::new(self.span, |minute| self.known.store.settled(&key, Stat::Sum, 1, minute).count());
                sums.entry(pair.served.clone()).or_insert_with(|| MinuteUses::none(self.span)).add(&minutes);
            }
        }
        let lines = sums.into_iter().map(|(tier, uses)| (What::Served(tier), uses)).collect::<Vec<_>>();
        let reported = !lines.is_empty();
        let mut chart = self.summed(Panel::TierTokens, statistic, Unit::QuotaTokensPerMinute, lines);
        if !reported {
            chart.lack = Some(Lack::TierNotReported);
        }
        chart
    }

    fn tokens(&self, statistic: Statistic) -> Chart {
        let metrics = [
            (What::Input, Metric::InputTokenCount),
            (What::Output, Metric::OutputTokenCount),
            (What::CacheRead, Metric::CacheReadInputTokenCount),
            (What::CacheWrite, Metric::CacheWriteInputTokenCount),
        ];
        let has = |metric: Metric| self.subject.members.iter().any(|row| metric.name(row.endpoint.namespace).is_some());
        let lines = metrics.into_iter().filter(|(_, metric)| has(*metric));
        let lines = lines.map(|(what, metric)| (what, self.counted(metric))).collect();
        self.summed(Panel::Tokens, statistic, Unit::TokensPerMinute, lines)
    }

    fn errors(&self, statistic: Statistic) -> Chart {
        let metrics = [
            (What::ServerErrors, Metric::InvocationServerErrors),
            (What::ClientErrors, Metric::InvocationClientErrors),
        ];
        let has = |metric: Metric| self.subject.members.iter().any(|row| metric.name(row.endpoint.namespace).is_some());
        let lines = metrics.into_iter().filter(|(_, metric)| has(*metric));
        let lines = lines.map(|(what, metric)| (what, self.counted(metric))).collect();
        self.summed(Panel::Errors, statistic, Unit::Count, lines)
    }

    fn latency(&self, panel: Panel, statistic: Statistic) -> Chart {
        let metric = if panel == Panel::Latency { Metric::InvocationLatency } else { Metric::TimeToFirstToken };
        let mut chart = self.empty(panel, statistic, Unit::Milliseconds);
        let period = percentile_period(self.period);
        // What is not over yet has no percentile.
        let last = (self.span.last + 1).floor_to(period) - 1;
        chart.span = Span { first: self.span.first.floor_to(period), last };
        chart.period_minutes = period;
        // Members come busiest first.
        let has_metric = |row: &&&EndpointRow| metric.name(row.endpoint.namespace).is_some();
        let Some(row) = self.subject.members.iter().find(has_metric) else {
            chart.lack = Some(Lack::NoSuchMetric);
            return chart;
        };
        chart.member = (self.subject.members.len() > 1).then(|| row.endpoint.id.clone());
        let key = row.endpoint.meter().series(metric);
        let starts: Vec<Minute> = chart.span.minutes().step_by(usize::try_from(period).unwrap_or(1).max(1)).collect();
        for (what, stat) in latency_lines(statistic) {
            let points = starts.iter().map(|start| self.known.store.settled(&key, *stat, period, *start)).collect();
            chart.lines.push(Line { what: what.clone(), points });
        }
        let judged = if panel == Panel::Latency { What::P90 } else { What::P50 };
        let is_shown = latency_lines(statistic).iter().find(|(what, _)| *what == judged);
        if let (Some((_, stat)), CHART_PERIOD_MINUTES) = (is_shown, period) {
            let usual = |start: &Minute| self.known.history.usual(&key, *stat, *start);
            chart.usual = starts.iter().map(usual).collect::<Vec<Option<Usual>>>();
            if chart.usual.iter().all(Option::is_none) {
                chart.usual.clear();
            }
        }
        let cells = || chart.lines.iter().flat_map(|line| &line.points);
        if !cells().any(|cell| matches!(cell, Cell::Value(_))) {
            let gaps = cells().filter(|cell| **cell == Cell::Absent).count();
            // The newest periods may not be answered yet.
            let mostly_known = gaps > cells().count() / 2;
            chart.lack = Some(if mostly_known { Lack::NothingMeasured } else { Lack::Unknown });
        }
        chart
    }

    /// What the minutes after the newest settled one say so far, where the charts end with that and show single minutes.
    fn hollow(&self, of: impl Fn(&EndpointRow, Minute) -> Option<f64>) -> Vec<f64> {
        if self.period != 1 || self.span.last != self.wanted.newest {
            return Vec::new();
        }
        let so_far = |minute: Minute| {
            self.subject.members.iter().filter_map(|row| of(row, minute)).reduce(|sum, value| sum + value)
        };
        (1..=HOLLOW_MINUTES).map_while(|after| so_far(self.wanted.newest + after)).collect()
    }
}

/// What a quota counts that is no quota token, and in what it is told; None where the use is of quota tokens, or has no series.
fn counted_by(quota: QuotaMetric) -> Option<(Metric, Unit)> {
    match quota {
        QuotaMetric::RequestsPerMinute => Some((Metric::Invocations, Unit::RequestsPerMinute)),
        QuotaMetric::InputTokensPerMinute => Some((Metric::InputTokenCount, Unit::TokensPerMinute)),
        QuotaMetric::OutputTokensPerMinute => Some((Metric::OutputTokenCount, Unit::TokensPerMinute)),
        _ => None,
    }
}

/// The lines of a latency's chart.
fn latency_lines(statistic: Statistic) -> &'static [(What, Stat)] {
    const ALL: [(What, Stat); 3] =
        [(What::P90, Stat::Percentile(90)), (What::P50, Stat::Percentile(50)), (What::P99, Stat::Percentile(99))];
    const MEAN: [(What, Stat); 1] = [(What::Mean, Stat::Average)];
    match statistic {
        Statistic::P90 => &ALL[..1],
        Statistic::P50 => &ALL[1..2],
        Statistic::P99 => &ALL[2..],
        Statistic::Mean => &MEAN,
        _ => &ALL,
    }
}

/// What a period's minutes come to. A worst minute and a total of minutes of which some are missing are lower bounds; a mean of such is not known.
fn point(minutes: &[MinuteUse], statistic: Statistic) -> Cell {
    let known = || minutes.iter().filter_map(|minute| minute.at_least());
    let whole = minutes.iter().all(|minute| minute.missing == 0 && minute.known > 0);
    let value = match statistic {
        Statistic::Mean if !whole => None,
        #[expect(clippy::cast_precision_loss, reason = "minutes of a period")]
        Statistic::Mean => known().reduce(|sum, value| sum + value).map(|sum| sum / minutes.len() as f64),
        Statistic::Total => known().reduce(|sum, value| sum + value),
        _ => known().reduce(f64::max),
    };
    value.map_or(Cell::Unknown, Cell::Value)
}

/// The meters of a row's members that answer to percentiles of their own.
#[must_use]
pub fn meters(subject: &Subject<'_>) -> BTreeSet<Meter> {
    subject.members.iter().filter(|row| row.active).map(|row| row.endpoint.meter()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minutes(values: &[Option<f64>]) -> Vec<MinuteUse> {
        values.iter().copied().map(MinuteUse::of).collect()
    }

    #[test]
    fn a_period_is_its_worst_minute_its_mean_or_its_total() {
        let whole = minutes(&[Some(1.0), Some(5.0), Some(3.0)]);
        assert_eq!(point(&whole, Statistic::Worst), Cell::Value(5.0));
        assert_eq!(point(&whole, Statistic::Mean), Cell::Value(3.0));
        assert_eq!(point(&whole, Statistic::Total), Cell::Value(9.0));
    }

    #[test]
    fn what_is_missing_makes_a_mean_unknown_and_never_a_zero() {
        let partial = minutes(&[Some(4.0), None]);
        assert_eq!(point(&partial, Statistic::Worst), Cell::Value(4.0));
        assert_eq!(point(&partial, Statistic::Mean), Cell::Unknown);
        for statistic in [Statistic::Worst, Statistic::Mean, Statistic::Total] {
            assert_eq!(point(&minutes(&[None, None]), statistic), Cell::Unknown);
        }
    }

    #[test]
    fn periods_are_whole_wherever_the_window_is_cut_but_for_the_newest() {
        let covered = |first, last| {
            let statistics = BTreeMap::new();
            let span = Span { first: Minute(first), last: Minute(last) };
            let wanted =
                Wanted { span, newest: Minute(1007), period_minutes: Some(15), statistics: &statistics, loading: None };
            let Span { first, last } = wanted.covered();
            (first.0, last.0)
        };
        assert_eq!(covered(608, 808), (600, 809));
        assert_eq!(covered(608, 1007), (600, 1007), "what comes after the newest minute is not known");
        assert_eq!(covered(600, 809), (600, 809));
    }

    #[test]
    fn a_window_has_the_period_that_suits_it() {
        let table = [(60, 1), (360, 1), (720, 5), (1440, 5), (4320, 15), (10_080, 60), (20_160, 60)];
        for (window, period) in table {
            assert_eq!(suitable_period(window), period, "{window}");
        }
        assert_eq!((percentile_period(1), percentile_period(60)), (5, 60));
    }

    proptest! {
        #[test]
        fn no_mean_is_above_the_worst_and_no_worst_above_the_total(
            values in prop::collection::vec(0.0..1e9_f64, 1..60)
        ) {
            let minutes = minutes(&values.into_iter().map(Some).collect::<Vec<_>>());
            let [mean, worst, total] = [Statistic::Mean, Statistic::Worst, Statistic::Total]
                .map(|statistic| point(&minutes, statistic).value().unwrap());
            prop_assert!(mean <= worst * (1.0 + 1e-12) && worst <= total * (1.0 + 1e-12));
        }
    }
}
