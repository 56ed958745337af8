//! The Quotas screen's state: which quotas are listed, in which order, and the way from a quota to its endpoints and back.

mod filter;
mod sort;

use super::{
    cursor,
    filter::Filter,
    keys::Action,
    press::{scrolled, show},
    raise,
    state::State,
    view::{RowId, Screen},
};
use crate::domain::{
    ids::{EndpointId, QuotaCode},
    quota_rows::QuotaRow,
    snapshot::ZeroQuotas,
};

pub use filter::{Query, TERMS, parse};
pub use sort::{QuotaSort, SortBy};

/// Which quotas are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// Those that an active endpoint draws on.
    InUse,
    /// All that inference draws on.
    Inference,
    /// Those that calls draw on and that are zero.
    Zero,
    /// Those that are below their default, and not zero.
    BelowDefault,
    /// Inference quotas that Service Quotas takes requests for.
    Adjustable,
    /// Inference quotas of which it is not certain which model they mean.
    Unmatched,
    /// Every quota of the service.
    All,
}

impl Which {
    /// All, in the order in which a key goes round.
    pub const ALL: [Self; 7] =
        [Self::InUse, Self::Inference, Self::Zero, Self::BelowDefault, Self::Adjustable, Self::Unmatched, Self::All];

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|which| *which == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InUse => "in use",
            Self::Inference => "inference",
            Self::Zero => "zero",
            Self::BelowDefault => "below default",
            Self::Adjustable => "adjustable",
            Self::Unmatched => "unmatched",
            Self::All => "all",
        }
    }

    /// Whether a quota is one of them.
    #[must_use]
    pub fn holds(self, row: &QuotaRow) -> bool {
        match self {
            Self::InUse => row.is_in_use(),
            Self::Inference => row.is_inference(),
            Self::Zero => row.is_zero(),
            Self::BelowDefault => row.is_below_default(),
            Self::Adjustable => row.is_inference() && row.known.quota.adjustable,
            Self::Unmatched => row.is_unmatched(),
            Self::All => true,
        }
    }
}

/// How the quotas are looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QuotasView {
    /// Which are listed; None: what the account suggests, see [`State::which_quotas`].
    pub which: Option<Which>,
    /// And of these, which.
    pub filter: Filter,
    /// In which order.
    pub sort: QuotaSort,
    /// The quota that the cursor is on; None: the first.
    pub cursor: Option<QuotaCode>,
    /// The first line shown of the quota that has the whole screen; None: the list has it.
    pub open: Option<u16>,
}

impl State {
    /// Which quotas are listed: what the user chose; else the zeros where nearly all are zero, what is in use where anything is, and all of inference.
    #[must_use]
    pub fn which_quotas(&self) -> Which {
        let snapshot = &self.snapshot;
        self.view.quotas.which.unwrap_or_else(|| {
            if snapshot.zero_quotas.is_some_and(ZeroQuotas::is_account_wide) {
                Which::Zero
            } else if snapshot.quotas.iter().any(QuotaRow::is_in_use) {
                Which::InUse
            } else {
                Which::Inference
            }
        })
    }

    /// The quotas that are listed, from top to bottom.
    #[must_use]
    pub fn listed_quotas(&self) -> Vec<&QuotaRow> {
        let which = self.which_quotas();
        let query = parse(&self.view.quotas.filter.text);
        let listed = self.snapshot.quotas.iter().filter(|row| which.holds(row) && query.finds(row));
        self.view.quotas.sort.sorted(listed.collect())
    }

    /// The quota that the cursor is on, or that has the whole screen.
    #[must_use]
    pub fn quota_at_cursor(&self) -> Option<&QuotaRow> {
        let view = &self.view.quotas;
        // What has the whole screen stays, whatever becomes of the list.
        let open = view.open.and(view.cursor.as_ref());
        let open = open.and_then(|code| self.snapshot.quotas.iter().find(|row| row.known.quota.code == *code));
        open.or_else(|| {
            let listed = self.listed_quotas();
            position(&listed, view.cursor.as_ref()).map(|at| listed[at])
        })
    }
}

/// Where the cursor is among the listed quotas: on its quota, else on the first.
#[must_use]
pub fn position(listed: &[&QuotaRow], cursor: Option<&QuotaCode>) -> Option<usize> {
    let at = cursor.and_then(|code| listed.iter().position(|row| row.known.quota.code == *code));
    at.or((!listed.is_empty()).then_some(0))
}

/// Goes to the screen, with the cursor on the quota that the row chosen on Live is shown against.
pub(super) fn enter(state: &mut State) {
    if state.view.screen != Screen::Quotas {
        let chosen = chosen_on_live(state);
        if let Some((code, which)) = chosen {
            let which_now = state.which_quotas();
            let is_listed =
                state.snapshot.quotas.iter().any(|row| row.known.quota.code == code && which_now.holds(row));
            state.view.quotas.cursor = Some(code);
            if !is_listed {
                state.view.quotas.which = Some(which);
            }
        }
    }
    show(state, Screen::Quotas);
}

/// The quota of the row that is chosen on Live, and a list that has it. Where the cursor is on a quota of that row already, it stays there.
fn chosen_on_live(state: &State) -> Option<(QuotaCode, Which)> {
    let row = state.subject_row()?;
    let snapshot = &state.snapshot;
    if let Some(pool) = row.pool.and_then(|index| snapshot.pools.get(index)) {
        let draws = |code: &QuotaCode| pool.quotas.iter().any(|quota| quota.code == *code);
        let kept = state.view.quotas.cursor.clone().filter(|code| draws(code));
        let first = || pool.quotas.first().map(|quota| quota.code.clone());
        let code = kept.or_else(|| pool.governing_quota().map(|quota| quota.code.clone())).or_else(first)?;
        return Some((code, Which::InUse));
    }
    let id = &snapshot.endpoints.get(row.endpoint?)?.endpoint.id;
    let rows = snapshot.quotas.iter().filter(|row| row.known.endpoints.contains(id));
    let first = rows.min_by_key(|row| row.known.metric)?;
    Some((first.known.quota.code.clone(), Which::Inference))
}

/// Takes a key of the list, or of the quota that has the whole screen.
pub(super) fn act(state: &mut State, action: Action) {
    match action {
        Action::Endpoints => return to_endpoints(state),
        Action::AskEvidence => return raise::ask(state),
        _ => {}
    }
    if let Some(first) = state.view.quotas.open {
        match scrolled(first, action) {
            Some(moved) => state.view.quotas.open = Some(moved),
            None if action == Action::Back => state.view.quotas.open = None,
            None => {}
        }
        return;
    }
    let which = state.which_quotas();
    let view = &mut state.view.quotas;
    match action {
        Action::Columns => view.which = Some(which.next()),
        Action::Filter => view.filter.typing = true,
        Action::Sort => view.sort = view.sort.next(),
        Action::SortReverse => view.sort.reversed = !view.sort.reversed,
        Action::Open => open(state),
        Action::Back if !view.filter.is_empty() => view.filter = Filter::default(),
        Action::Back if view.which.is_some() => view.which = None,
        Action::Back => show(state, Screen::Live),
        _ => move_cursor(state, action),
    }
}

/// Gives the cursor's quota the whole screen.
pub(super) fn open(state: &mut State) {
    if let Some(code) = state.quota_at_cursor().map(|row| row.known.quota.code.clone()) {
        state.view.quotas.cursor = Some(code);
        state.view.quotas.open = Some(0);
    }
}

fn move_cursor(state: &mut State, action: Action) {
    let listed = state.listed_quotas();
    let Some(at) = position(&listed, state.view.quotas.cursor.as_ref()) else { return };
    let Some(to) = cursor::moved(at, listed.len() - 1, action) else { return };
    let code = listed[to].known.quota.code.clone();
    state.view.quotas.cursor = Some(code);
}

/// Goes to Live, onto the pool that uses most of the quota, else onto an endpoint that could draw on it.
fn to_endpoints(state: &mut State) {
    let Some(row) = state.quota_at_cursor() else { return };
    let code = row.known.quota.code.clone();
    let target = row.pools.first().map(|pool| RowId::Pool(pool.clone())).or_else(|| idle(state, &row.known.endpoints));
    let Some(target) = target else {
        let why = if row.known.endpoints.is_empty() {
            "no endpoint in this Region is known to draw on this quota"
        } else {
            "none of its endpoints has had calls, and none is listed"
        };
        super::hands::say(state, why.to_owned(), state.now);
        return;
    };
    state.view.quotas.cursor = Some(code);
    state.view.show_idle |= matches!(target, RowId::Idle(_));
    state.view.filter = Filter::default();
    state.view.cursor = Some(target);
    show(state, Screen::Live);
    cursor::keep(state);
}

/// The first of these endpoints that is idle.
fn idle(state: &State, endpoints: &[EndpointId]) -> Option<RowId> {
    let is_idle = |id: &&EndpointId| state.snapshot.endpoints.iter().any(|row| row.endpoint.id == **id && !row.active);
    endpoints.iter().find(is_idle).map(|id| RowId::Idle(id.clone()))
}
