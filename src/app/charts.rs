//! The charts of the row that the cursor is on: keys that change how they are looked at, making them anew, and what is loaded for them.

use jiff::{SignedDuration, Timestamp};

use super::{
    event::Ask,
    keys::Action,
    loads::Need,
    raise,
    state::{Opened, Row, State},
};
use crate::domain::{
    catalog::Endpoint,
    chart::{self, PERIODS, Panel, Subject, Wanted, What},
    discovery::Meter,
    mean_call::mean_call,
    minute::{Minute, Span},
    why,
};

/// Windows that a key goes through, in minutes: 1 h to 14 d.
pub const WINDOWS: [i64; 8] = [60, 180, 360, 720, 1440, 3 * 1440, 7 * 1440, 14 * 1440];

/// The shortest time that zooming leaves in the charts.
const SHORTEST_MINUTES: i64 = 10;

/// The cursor rests on a row this long before anything is asked for its charts: who only passes by costs nothing.
const REST: SignedDuration = SignedDuration::from_millis(400);

/// What the charts are of: the row that is open, else the cursor's; None where there is none.
pub(super) fn subject(state: &State) -> Option<Subject<'_>> {
    Some(subject_of(state, &state.subject_row()?))
}

fn subject_of<'a>(state: &'a State, row: &Row) -> Subject<'a> {
    let snapshot = &state.snapshot;
    let pool = row.pool.and_then(|index| snapshot.pools.get(index));
    let members = match (row.endpoint, pool) {
        (Some(endpoint), _) => snapshot.endpoints.get(endpoint).into_iter().collect(),
        (None, Some(pool)) => pool.members.iter().filter_map(|index| snapshot.endpoints.get(*index)).collect(),
        (None, None) => Vec::new(),
    };
    Subject { members, pool }
}

/// Makes the charts anew, and what the row's use is made of.
pub(super) fn remake(state: &mut State) {
    state.charts = made(state).unwrap_or_default().into();
    let raising = state.raising();
    let subject = subject(state).zip(state.snapshot.window);
    let (why, opened) = subject.map_or((None, None), |(subject, window)| {
        let known = state.known(&[]);
        let opened = state.view.detail.as_ref().map(|_| {
            let answering: Vec<Meter> = match (subject.members.as_slice(), &raising) {
                ([_, _, ..], Some(raising)) => raising.drawing.iter().map(Endpoint::meter).collect(),
                (members, _) => members.iter().map(|row| row.endpoint.meter()).collect(),
            };
            let (answers, standing) = state.loads.answers.of(&answering);
            Opened { call: mean_call(&known, &subject, window), answering, answers, standing }
        });
        (Some(why::why(&known, &subject, window)), opened)
    });
    (state.why, state.opened, state.raising) = (why, opened, raising);
}

fn made(state: &State) -> Option<Vec<chart::Chart>> {
    let newest = state.snapshot.data_through?;
    let subject = subject(state)?;
    let loading = need(state).and_then(|need| state.loads.progress(&state.account, &need, state.now));
    Some(chart::charts(&state.known(&[]), &subject, &Wanted { loading, ..wanted(state, newest) }))
}

/// What the charts need beyond what polling brings; None where nobody looks.
fn need(state: &State) -> Option<Need> {
    let wanted = wanted(state, state.snapshot.data_through?);
    let meters = chart::meters(&subject(state)?);
    let is_needed = state.is_looked_at() && !state.once && !meters.is_empty();
    is_needed.then(|| Need { meters, span: wanted.covered(), period_minutes: wanted.period() })
}

fn wanted(state: &State, newest: Minute) -> Wanted<'_> {
    let view = &state.view.charts;
    let span = view.span(newest, state.window_minutes);
    Wanted { span, newest, period_minutes: view.period_minutes, statistics: &view.statistics, loading: None }
}

/// What is asked where no round is due: evidence that the user waits for, how long answers were, older minutes of the charts, then the last days of the rows that are
/// on the screen.
pub(super) fn load(state: &mut State, now: Timestamp) -> Option<Ask> {
    if state.once || !state.rounds.is_backfilled(&state.account) {
        return None;
    }
    if let Some(ask) = state.loads.evidence.next(&state.account) {
        return Some(ask);
    }
    raise::conclude_if_all_is_here(state, now);
    let rests = state.view.last_key.is_none_or(|key| now.duration_since(key) >= REST);
    if let Some((meters, newest)) = answering(state).filter(|_| rests)
        && let Some(ask) = state.loads.answers.next(&state.account, &meters, newest, now)
    {
        return Some(ask);
    }
    if let Some(need) = need(state).filter(|_| rests)
        && let Some(ask) = state.loads.next(&state.account, &need, now)
    {
        return Some(ask);
    }
    // First of all the screen is filled; days of the past can wait until then.
    let newest = state.newest.data_through.filter(|_| state.view.settled)?;
    let rows = judged(state);
    state.loads.judge(&state.account, rows.iter(), newest, now)
}

/// Whose answers the what-if of the row that is open goes by; None where there is none, or nobody looks.
fn answering(state: &State) -> Option<(Vec<Meter>, Minute)> {
    let is_shown = state.is_looked_at() && state.what_if().is_some();
    let opened = state.opened.as_ref().filter(|_| is_shown)?;
    Some((opened.answering.clone(), state.newest.data_through?))
}

/// Whose latency is judged: the rows from the top, where trouble is, and the cursor's.
fn judged(state: &State) -> Vec<Meter> {
    let cursor = subject(state).map(|subject| chart::meters(&subject)).unwrap_or_default();
    let order = state.view.order.iter().filter_map(|id| state.newest.pools.iter().find(|pool| pool.id == *id));
    let members = order.flat_map(|pool| &pool.members).filter_map(|index| state.newest.endpoints.get(*index));
    let rows = members.map(|row| row.endpoint.meter());
    rows.take(super::loads::JUDGED_AT_MOST.saturating_sub(cursor.len())).chain(cursor.iter().cloned()).collect()
}

/// Takes a key of the charts.
pub(super) fn act(state: &mut State, action: Action) {
    match action {
        Action::NextPanel => focus(state, 1),
        Action::PreviousPanel => focus(state, Panel::ALL.len() - 1),
        Action::FullPanel => state.view.charts.full = !state.view.charts.full,
        Action::Statistic => next_statistic(state),
        Action::Worst => worst(state),
        Action::Now => {
            state.view.charts.cross = None;
            reset_time(state);
        }
        _ => {
            if let Some(newest) = state.snapshot.data_through {
                in_time(state, action, newest);
            }
        }
    }
}

/// Shows the table's window up to now again; whether something else was shown.
pub(super) fn reset_time(state: &mut State) -> bool {
    let charts = &mut state.view.charts;
    let time = (charts.window_minutes.take(), charts.period_minutes.take(), charts.end.take());
    time != (None, None, None)
}

/// The cross-hair to the worst point of the focused chart: where most was refused, else where its first line is highest.
fn worst(state: &mut State) {
    let Some(chart) = state.charts.iter().find(|chart| chart.panel == state.view.charts.focus) else { return };
    let refused = chart.lines.iter().find(|line| line.what == What::Refused).filter(|_| chart.refused.contains(&true));
    let Some(line) = refused.or(chart.lines.first()) else { return };
    let points = line.points.iter().enumerate().filter_map(|(point, cell)| Some((point, cell.value()?)));
    let worst = points.max_by(|(_, a), (_, b)| a.total_cmp(b));
    if let Some((point, _)) = worst {
        state.view.charts.cross = Some(chart.minute_of(point));
    }
}

fn focus(state: &mut State, steps: usize) {
    let charts = &mut state.view.charts;
    let at = Panel::ALL.iter().position(|panel| *panel == charts.focus).unwrap_or(0);
    charts.focus = Panel::ALL[(at + steps) % Panel::ALL.len()];
}

fn next_statistic(state: &mut State) {
    let charts = &mut state.view.charts;
    let all = charts.focus.statistics();
    let chosen = charts.statistics.get(&charts.focus);
    let at = all.iter().position(|statistic| Some(statistic) == chosen).unwrap_or(0);
    charts.statistics.insert(charts.focus, all[(at + 1) % all.len()]);
}

fn in_time(state: &mut State, action: Action, newest: Minute) {
    let wanted = wanted(state, newest);
    let (span, step) = (wanted.span, wanted.period());
    let length = i64::try_from(span.len()).unwrap_or(1);
    let charts = &mut state.view.charts;
    match action {
        Action::Window => set_window(state, WINDOWS.into_iter().find(|window| *window > length), newest),
        Action::WindowBack => set_window(state, WINDOWS.into_iter().rev().find(|window| *window < length), newest),
        Action::Period => {
            let longer = |period: &i64| charts.period_minutes.is_none_or(|now| *period > now) && period * 4 <= length;
            charts.period_minutes = PERIODS.into_iter().find(longer);
        }
        Action::Earlier => cross(state, span, -step),
        Action::Later => cross(state, span, step),
        Action::PanEarlier => show_until(state, span.last - length / 2, newest),
        Action::PanLater => show_until(state, span.last + length / 2, newest),
        Action::ZoomIn => zoom(state, span, (length / 2).max(SHORTEST_MINUTES.min(length)), newest),
        Action::ZoomOut => zoom(state, span, (length * 2).min(WINDOWS[WINDOWS.len() - 1]), newest),
        _ => {}
    }
}

/// A window of this length that ends where it ended; the longest is followed by the table's own, and the shortest, too.
fn set_window(state: &mut State, length: Option<i64>, newest: Minute) {
    state.view.charts.window_minutes = length;
    state.view.charts.period_minutes = None;
    let end = state.view.charts.end;
    show_until(state, end.unwrap_or(newest), newest);
}

/// The cross-hair one period on; it begins at the newest minute and stays within the charts.
fn cross(state: &mut State, span: Span, by: i64) {
    let at = state.view.charts.cross.map_or(span.last, |cross| cross + by);
    state.view.charts.cross = Some(at.max(span.first).min(span.last));
}

/// Half or twice the time, round the cross-hair if there is one, else towards the end.
fn zoom(state: &mut State, span: Span, length: i64, newest: Minute) {
    let charts = &mut state.view.charts;
    charts.window_minutes = Some(length);
    charts.period_minutes = None;
    let end = match charts.cross {
        Some(cross) => {
            let before = i64::try_from(span.len()).unwrap_or(1);
            cross + (span.last.0 - cross.0) * length / before.max(1)
        }
        None => span.last,
    };
    show_until(state, end, newest);
}

/// Shows the minutes up to this one: CloudWatch keeps single minutes for 15 days, and what is newer than the newest is not there yet.
fn show_until(state: &mut State, last: Minute, newest: Minute) {
    let length = state.view.charts.window_minutes.unwrap_or(state.window_minutes);
    let oldest = newest - (WINDOWS[WINDOWS.len() - 1] - length).max(0);
    let last = last.max(oldest);
    let charts = &mut state.view.charts;
    charts.end = (last < newest).then_some(last);
    let span = charts.span(newest, length);
    charts.cross = charts.cross.filter(|cross| span.contains(*cross));
}
