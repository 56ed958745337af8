//! Asking for more of a quota: which quota that is of the row that is open, what helps with it, and the minutes of 14 days that its evidence is made of.
//!
//! Evidence is loaded only when the user asks for it, in pieces of as many minutes as one answer holds. What is measured is kept; the minutes are not.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    account::Account,
    event::{Ask, Round},
    hands,
    state::State,
    view::Screen,
};
use crate::domain::{
    catalog::Endpoint,
    discovery::Meter,
    evidence::{Drawing, EVIDENCE_MINUTES, Measured, measure},
    fault::Fault,
    ids::{ModelId, QuotaCode},
    increase::{Help, QuotaRequest, Wanted, help},
    matching::Match,
    metric::Query,
    minute::{Minute, Span},
    polling::{Plan, USD_PER_QUERY},
    quota_name::{QuotaMetric, decode},
    quota_rows::QuotaRow,
    snapshot::{Bound, EndpointRow, PoolQuota, PoolRow},
};

/// Points of one answer of `GetMetricData` (API reference, 2026-11-22).
const POINTS_PER_ANSWER: usize = 100_800;

/// The shortest piece: a pool of many would be asked in hundreds otherwise, and its answers may come in pages.
const SHORTEST_PIECE: i64 = 720;

/// Endpoints whose minutes are added up at most: each takes about a megabyte while it is loaded.
pub const MEASURED_AT_MOST: usize = 24;

/// Evidence that is kept at most.
const KEPT_AT_MOST: usize = 8;

/// What 14 days say does not change within an hour.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What more is asked of.
#[derive(Debug, Clone)]
pub struct Raised<'a> {
    /// The quota.
    pub wanted: Wanted<'a>,
    /// The quota as the pool is shown it that uses most of it; None where nobody draws on it, and where it is not certain whose it is: then there is no evidence.
    pub drawn: Option<&'a PoolQuota>,
}

/// What loading the evidence of a quota asks, made when data or the view change.
#[derive(Debug, Clone, PartialEq)]
pub struct Raising {
    /// The quota.
    pub code: QuotaCode,
    /// Everybody who draws on it, busiest first; also who was metered in the last two weeks and is idle now.
    pub drawing: Vec<Endpoint>,
    /// Queries at most.
    pub queries: usize,
    /// What these cost at most, in US dollars.
    pub usd: f64,
}

/// Evidence that was loaded.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Of which quota.
    pub of: QuotaCode,
    /// What was used.
    pub measured: Arc<Measured>,
    /// When it was loaded.
    pub at: Timestamp,
    /// Why some of it is missing.
    pub fault: Option<Fault>,
}

/// Evidence that is being loaded.
#[derive(Debug, Clone)]
pub struct Loading {
    of: QuotaCode,
    metric: QuotaMetric,
    endpoints: Vec<Endpoint>,
    beside: usize,
    span: Span,
    /// What is not asked yet, newest first.
    pieces: VecDeque<Span>,
    total: usize,
    under_way: bool,
}

impl Loading {
    /// Pieces that were asked, the one under way among them, and how many there are.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.total - self.pieces.len(), self.total)
    }
}

/// What was asked for evidence.
#[derive(Debug, Clone, Default)]
pub struct EvidenceAsked {
    loading: Option<Loading>,
    loaded: VecDeque<Loaded>,
}

impl EvidenceAsked {
    /// What was loaded of a quota.
    #[must_use]
    pub fn loaded(&self, of: &QuotaCode) -> Option<&Loaded> {
        self.loaded.iter().find(|loaded| loaded.of == *of)
    }

    /// What is being loaded of it.
    #[must_use]
    pub fn loading(&self, of: &QuotaCode) -> Option<&Loading> {
        self.loading.as_ref().filter(|loading| loading.of == *of)
    }

    /// From when on an endpoint's minutes are needed; None where they are not.
    pub(super) fn kept_from(&self, meter: &Meter) -> Option<Minute> {
        let loading = self.loading.as_ref()?;
        loading.endpoints.iter().any(|endpoint| endpoint.meter() == *meter).then_some(loading.span.first)
    }

    /// The next piece; None where nothing is being loaded, or all of it was asked.
    pub(super) fn next(&mut self, account: &Account) -> Option<Ask> {
        let loading = self.loading.as_mut().filter(|loading| !loading.under_way)?;
        let queries = queries(account, &loading.endpoints);
        while let Some(span) = loading.pieces.pop_front() {
            let lacking: Vec<Query> =
                queries.iter().filter(|query| account.store.lacks(query, span)).cloned().collect();
            if !lacking.is_empty() {
                loading.under_way = true;
                return Some(Ask::Metrics { round: Round::Evidence, queries: lacking, span });
            }
        }
        None
    }
}

fn queries(account: &Account, endpoints: &[Endpoint]) -> Vec<Query> {
    let meters: BTreeSet<Meter> = endpoints.iter().map(Endpoint::meter).collect();
    Plan::of(&account.discovery, &meters).evidence()
}

/// The pieces of a span, newest first, for so many queries.
fn pieces(span: Span, queries: usize) -> VecDeque<Span> {
    let fits = i64::try_from(POINTS_PER_ANSWER / queries.max(1)).unwrap_or(0);
    let length = fits.clamp(SHORTEST_PIECE, EVIDENCE_MINUTES);
    let all = i64::try_from(span.len()).unwrap_or(0);
    let pieces = (all + length - 1) / length;
    // Equal pieces: the same number of queries, and none of a few minutes.
    let length = (all + pieces - 1) / pieces.max(1);
    (0..pieces)
        .map(|piece| Span::ending(span.last - piece * length, length))
        .map(|piece| Span { first: piece.first.max(span.first), last: piece.last })
        .collect()
}

impl State {
    /// The quota of a pool that more is asked of: its tokens per minute, with which support sets the related ones, else the one that it is shown against. None where none
    /// is certain to be its own.
    #[must_use]
    pub fn quota_to_raise<'a>(&self, pool: &'a PoolRow) -> Option<&'a PoolQuota> {
        pool.token_quota().or_else(|| pool.governing_quota())
    }

    /// What more is asked of where the user is: of the quota under the cursor, or of the row that is open.
    #[must_use]
    pub fn raised(&self) -> Option<Raised<'_>> {
        if self.view.screen == Screen::Quotas {
            return Some(self.raised_of(self.quota_at_cursor()?));
        }
        let row = self.row(&self.view.detail.as_ref()?.row)?;
        self.raised_of_pool(self.snapshot.pools.get(row.pool?)?)
    }

    /// A quota, with the pool that uses most of it.
    #[must_use]
    pub fn raised_of<'a>(&'a self, row: &'a QuotaRow) -> Raised<'a> {
        let (known, quota) = (&row.known, &row.known.quota);
        let pool = row.pools.first().and_then(|id| self.snapshot.pools.iter().find(|pool| pool.id == *id));
        let drawn = pool.and_then(|pool| pool.quotas.iter().find(|drawn| drawn.code == quota.code));
        let peak = row.usage.as_ref().and_then(|usage| Some((usage.peak?, usage.peak_bound)));
        let wanted = Wanted {
            code: &quota.code,
            name: &quota.name,
            scope: known.scope,
            metric: known.metric,
            applied: known.in_force,
            default: quota.default,
            adjustable: quota.adjustable,
            region: &self.session.region,
            is_legacy: self.is_legacy(&known.matching.models),
            has_geo_tokens: self.has_geo_tokens(&known.matching.models),
            peak: self.peak_of(&quota.code, known.metric, peak),
        };
        Raised { wanted, drawn: drawn.filter(|drawn| drawn.matched == Match::One) }
    }

    /// The quota of a pool that more is asked of; None where none is certain to be its own.
    #[must_use]
    pub fn raised_of_pool<'a>(&'a self, pool: &'a PoolRow) -> Option<Raised<'a>> {
        let quota = self.quota_to_raise(pool)?;
        let peak = quota.usage.peak.map(|peak| (peak, quota.usage.peak_bound));
        let wanted = Wanted {
            code: &quota.code,
            name: &quota.name,
            scope: decode(&quota.name).scope,
            metric: Some(quota.metric),
            applied: quota.applied,
            default: quota.default,
            adjustable: quota.adjustable,
            region: &self.session.region,
            is_legacy: self.is_legacy(self.model_of(pool)),
            has_geo_tokens: self.has_geo_tokens(self.model_of(pool)),
            peak: self.peak_of(&quota.code, Some(quota.metric), peak),
        };
        Some(Raised { wanted, drawn: Some(quota) })
    }

    /// Whether any of these models is in its Legacy phase.
    fn is_legacy<'a>(&self, models: impl IntoIterator<Item = &'a ModelId>) -> bool {
        let listed = |id: &ModelId| self.account.catalog.models().iter().find(|listed| listed.id == *id);
        models.into_iter().filter_map(listed).any(|listed| listed.lifecycle.as_deref() == Some("LEGACY"))
    }

    /// Whether any of these models has a quota of its own for the tokens per minute of geographic profiles.
    fn has_geo_tokens<'a>(&self, models: impl IntoIterator<Item = &'a ModelId>) -> bool {
        self.account.governing.has_geo_tokens(models)
    }

    /// What helps with asking for more.
    #[must_use]
    pub fn increase_help(&self, raised: &Raised<'_>) -> Help {
        let requests = &self.account.requests;
        let masked: Option<Vec<QuotaRequest>> = self.view.redact.then(|| {
            let redaction = self.redaction();
            requests.iter().map(|request| redaction.request(request)).collect()
        });
        help(&raised.wanted, self.account.requests_at.map(|_| masked.as_deref().unwrap_or(requests)))
    }

    /// The worst minute of what a quota counts: of 14 days where they were loaded and it counts what they are of, else of the window.
    fn peak_of(
        &self,
        code: &QuotaCode,
        metric: Option<QuotaMetric>,
        of_window: Option<(f64, Bound)>,
    ) -> Option<(f64, Bound)> {
        use QuotaMetric::{InputTokensPerMinute, OutputTokensPerMinute, RequestsPerMinute, TokensPerMinute};
        let loaded = self.loads.evidence.loaded(code).and_then(|loaded| {
            let load = match metric? {
                RequestsPerMinute => &loaded.measured.requests,
                TokensPerMinute | InputTokensPerMinute | OutputTokensPerMinute => &loaded.measured.tokens,
                _ => return None,
            };
            Some((load.peak?.1, load.peak_bound))
        });
        loaded.or(of_window)
    }

    /// The endpoints that draw on a quota, whatever pool they are of: active ones, busiest first, and those that were metered in the last two weeks and are idle now.
    /// None of a quota of which it is not certain whose it is.
    #[must_use]
    pub fn drawing_on(&self, code: &QuotaCode) -> Vec<Endpoint> {
        let known = self.account.governing.get(code).filter(|known| known.matching.matched == Match::One);
        let Some(known) = known else { return Vec::new() };
        let mut active: Vec<&EndpointRow> = self.snapshot.endpoints.iter().filter(|row| row.active).collect();
        let busy = |row: &EndpointRow| row.usage.peak.unwrap_or(-1.0);
        active.sort_by(|a, b| busy(b).total_cmp(&busy(a)));
        let mut meters: Vec<Meter> = active.into_iter().map(|row| row.endpoint.meter()).collect();
        let quiet = self.account.discovery.metered().into_iter().filter(|meter| !meters.contains(meter));
        meters.extend(quiet.collect::<Vec<_>>());
        // What is shown may be masked; what is asked is not.
        let endpoints = meters.iter().map(|meter| self.account.catalog.resolve(meter.namespace, &meter.endpoint));
        endpoints.filter(|endpoint| known.is_drawn_on_by(endpoint)).collect()
    }

    /// What was used of a pool's quota in the last 14 days, as far as it is known: what was loaded, else what polling and charts have brought.
    #[must_use]
    pub fn measured(&self, quota: &PoolQuota) -> Option<Arc<Measured>> {
        if let Some(loaded) = self.loads.evidence.loaded(&quota.code) {
            return Some(Arc::clone(&loaded.measured));
        }
        let span = Span::ending(self.snapshot.data_through?, EVIDENCE_MINUTES);
        let endpoints = self.drawing_on(&quota.code);
        let (measured, beside) = endpoints.split_at(endpoints.len().min(MEASURED_AT_MOST));
        let drawing = Drawing { endpoints: measured, beside: beside.len(), metric: Some(quota.metric) };
        Some(Arc::new(measure(&self.known(&[]), &drawing, span)))
    }

    /// What loading the evidence asks for that the user may ask for where he is; None where there is none.
    pub(super) fn raising(&self) -> Option<Raising> {
        let is_open = self.view.detail.is_some() || self.view.quotas.open.is_some();
        let code = self.raised().filter(|_| is_open)?.drawn?.code.clone();
        let drawing = self.drawing_on(&code);
        let (queries, usd) = self.evidence_cost(&drawing);
        Some(Raising { code, drawing, queries, usd })
    }

    /// What loading the evidence of these endpoints costs at most, in queries and US dollars.
    fn evidence_cost(&self, drawing: &[Endpoint]) -> (usize, f64) {
        let queries = queries(&self.account, &drawing[..drawing.len().min(MEASURED_AT_MOST)]).len();
        let pieces = pieces(Span { first: Minute(0), last: Minute(EVIDENCE_MINUTES - 1) }, queries).len();
        let queries = queries * pieces;
        (queries, f64::from(u32::try_from(queries).unwrap_or(u32::MAX)) * USD_PER_QUERY)
    }
}

/// Begins to load the evidence for the quota of the row that is open.
pub(super) fn ask(state: &mut State) {
    let drawn = state.raised().map(|raised| raised.drawn.map(|quota| (quota.code.clone(), quota.metric)));
    let said = match drawn {
        None => "no quota is known for certain to be this row's".to_owned(),
        Some(None) => "nobody is known for certain to draw on this quota: there is nothing to measure".to_owned(),
        Some(Some((code, metric))) => load(state, code, metric),
    };
    hands::say(state, said, state.now);
}

/// Begins to load the evidence for a quota, unless it is here or on its way; says what follows.
fn load(state: &mut State, of: QuotaCode, metric: QuotaMetric) -> String {
    if let Some(loading) = state.loads.evidence.loading(&of) {
        let (asked, all) = loading.progress();
        return format!("asking 14 days: {asked} of {all}");
    }
    let is_fresh = |loaded: &Loaded| loaded.fault.is_none() && state.now.duration_since(loaded.at) < AGAIN_AFTER;
    if state.loads.evidence.loaded(&of).is_some_and(is_fresh) {
        return "the evidence is here: ye copies it".to_owned();
    }
    let Some(newest) = state.snapshot.data_through else { return "there is no data yet".to_owned() };
    let mut endpoints = state.drawing_on(&of);
    let beside = endpoints.len().saturating_sub(MEASURED_AT_MOST);
    endpoints.truncate(MEASURED_AT_MOST);
    let span = Span::ending(newest, EVIDENCE_MINUTES);
    let pieces = pieces(span, queries(&state.account, &endpoints).len());
    let total = pieces.len();
    state.loads.evidence.loading =
        Some(Loading { of, metric, endpoints, beside, span, pieces, total, under_way: false });
    format!("asking 14 days by the minute, in {total} pieces")
}

/// Takes note that a piece is over; where it was the last one, or something is wrong, what came is measured. Minutes are forgotten after this.
pub(super) fn finished(state: &mut State, fault: Option<&Fault>, now: Timestamp) {
    let Some(mut loading) = state.loads.evidence.loading.take() else { return };
    if !std::mem::take(&mut loading.under_way) {
        // It was a piece of what is not wanted any more.
        state.loads.evidence.loading = Some(loading);
        return;
    }
    if fault.is_none() && !loading.pieces.is_empty() {
        state.loads.evidence.loading = Some(loading);
        return;
    }
    conclude(state, &loading, fault, now);
}

/// Measures what is here where the last pieces needed not be asked.
pub(super) fn conclude_if_all_is_here(state: &mut State, now: Timestamp) {
    let is_over = |loading: &mut Loading| !loading.under_way && loading.pieces.is_empty();
    if let Some(loading) = state.loads.evidence.loading.take_if(is_over) {
        conclude(state, &loading, None, now);
    }
}

fn conclude(state: &mut State, loading: &Loading, fault: Option<&Fault>, now: Timestamp) {
    let drawing = Drawing { endpoints: &loading.endpoints, beside: loading.beside, metric: Some(loading.metric) };
    let measured = Arc::new(measure(&state.known(&[]), &drawing, loading.span));
    let loaded = &mut state.loads.evidence.loaded;
    loaded.retain(|other| other.of != loading.of);
    loaded.push_front(Loaded { of: loading.of.clone(), measured, at: now, fault: fault.cloned() });
    loaded.truncate(KEPT_AT_MOST);
    let said = if fault.is_some() {
        "some of the 14 days did not come; ye copies the rest"
    } else {
        "the evidence is here: ye copies it"
    };
    hands::say(state, said.to_owned(), now);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_cover_the_span_once_newest_first_and_each_fits_one_answer(queries in 1..200_usize) {
            let span = Span::ending(Minute(29_924_000), EVIDENCE_MINUTES);
            let pieces = pieces(span, queries);
            prop_assert_eq!(pieces.front().map(|piece| piece.last), Some(span.last));
            prop_assert_eq!(pieces.back().map(|piece| piece.first), Some(span.first));
            prop_assert!(pieces.iter().zip(pieces.iter().skip(1)).all(|(newer, older)| older.last + 1 == newer.first));
            let points = pieces.iter().map(|piece| piece.len() * queries).max().unwrap_or(0);
            prop_assert!(points <= POINTS_PER_ANSWER || pieces[0].len() <= 720);
        }
    }
}
