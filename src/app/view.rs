//! What the user looks at, and what stands in front of it. Plain data: `update` and its handlers change it, views read it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    consent::Consent, doctor::view::DoctorView, filter::Filter, keys::Place, log::LogView, quotas::QuotasView,
    regions::RegionsView, sort::Sort, tiers::TiersView, what_if::WhatIf,
};
use crate::domain::{
    chart::{Panel, Statistic},
    ids::{EndpointId, PoolId},
    minute::{Minute, Span},
};

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowId {
    /// A pool (of one: the endpoint itself).
    Pool(PoolId),
    /// A member under its pool's row.
    Member(PoolId, EndpointId),
    /// An endpoint without traffic, shown on demand.
    Idle(EndpointId),
}

/// A screen that has a tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Screen {
    /// The table and its charts.
    #[default]
    Live,
    /// Which quota governs what.
    Quotas,
    /// What is wrong, and what to do.
    Doctor,
    /// Test calls.
    Prompt,
    /// Events and calls.
    Log,
    /// Which model takes which tier; it has a tab while it is shown.
    Tiers,
}

/// Which columns the table has beside the usual ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum ColumnSet {
    /// Use, requests, refusals, errors.
    #[default]
    Load,
    /// Percentiles, time to first token, speed, against usual.
    Latency,
    /// Tiers asked and served, tokens, dollars an hour at list price.
    Tiers,
}

impl ColumnSet {
    /// All, in the order in which a key goes round.
    pub const ALL: [Self; 3] = [Self::Load, Self::Latency, Self::Tiers];

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|set| *set == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Latency => "latency",
            Self::Tiers => "tiers and cost",
        }
    }
}

/// How the charts are looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChartsView {
    /// Length in minutes; None: the table's window.
    pub window_minutes: Option<i64>,
    /// Length of a point's period in minutes; None: what suits the window.
    pub period_minutes: Option<i64>,
    /// What each panel shows where it is not the usual.
    pub statistics: BTreeMap<Panel, Statistic>,
    /// The panel that has the focus.
    pub focus: Panel,
    /// Whether the focused panel is alone on the screen.
    pub full: bool,
    /// The last minute shown; None follows the newest.
    pub end: Option<Minute>,
    /// The minute at which all charts are read.
    pub cross: Option<Minute>,
}

/// The endpoint that has the whole screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// Its row.
    pub row: RowId,
    /// First line shown.
    pub scroll: u16,
    /// What was typed of its what-if.
    pub what_if: WhatIf,
}

impl Detail {
    /// A row from its first line on.
    #[must_use]
    pub fn of(row: RowId) -> Self {
        Self { row, scroll: 0, what_if: WhatIf::default() }
    }
}

/// What stands in front of the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// The key table, and its first line shown.
    Help(u16),
    /// The choice of a Region.
    Regions(RegionsView),
    /// A link to the console.
    Link(String),
    /// A question: nothing is done without a yes.
    Consent(Consent),
}

/// A sentence that is shown for a while: what a key has done, or why it could not.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// When it goes.
    pub until: Timestamp,
}

/// What the user looks at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    /// The screen.
    pub screen: Screen,
    /// What stands in front of it.
    pub overlay: Option<Overlay>,
    /// The endpoint that has the whole Live screen.
    pub detail: Option<Detail>,
    /// The row that the cursor is on.
    pub cursor: Option<RowId>,
    /// Whether endpoints without traffic are shown.
    pub show_idle: bool,
    /// The table's columns.
    pub columns: ColumnSet,
    /// The table's order.
    pub sort: Sort,
    /// Which rows are shown.
    pub filter: Filter,
    /// How the charts are looked at.
    pub charts: ChartsView,
    /// How the quotas are looked at.
    pub quotas: QuotasView,
    /// How the doctor's findings are looked at.
    pub doctor: DoctorView,
    /// How the tiers are looked at.
    pub tiers: TiersView,
    /// A command that is being typed.
    pub command: Option<Filter>,
    /// How the log is looked at.
    pub log: LogView,
    /// Whether account, ARNs and tags are hidden.
    pub redact: bool,
    /// Since when the view is frozen.
    pub paused: Option<Timestamp>,
    /// What is said for a while.
    pub notice: Option<Notice>,
    /// First key of a sequence that is not finished (`g` of `gg`).
    pub pending: Option<char>,
    /// Pools in the order in which they are shown: rows change place only when their class of trouble changes.
    pub order: Vec<PoolId>,
    /// Whether the rows have taken their places: window and quotas are known.
    pub settled: bool,
    /// When the user last pressed a key.
    pub last_key: Option<Timestamp>,
}

impl View {
    /// Where a key is pressed.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.overlay {
            Some(Overlay::Help(_)) => Place::Help,
            Some(Overlay::Regions(_)) => Place::Regions,
            Some(Overlay::Link(_)) => Place::Link,
            Some(Overlay::Consent(_)) => Place::Consent,
            None => self.behind(),
        }
    }

    /// Where a key would be pressed if nothing stood in front.
    #[must_use]
    pub fn behind(&self) -> Place {
        match (self.screen, &self.detail) {
            (Screen::Quotas, _) if self.quotas.open.is_some() => Place::Quota,
            (Screen::Quotas, _) => Place::Quotas,
            (Screen::Prompt, _) => Place::Prompt,
            (Screen::Tiers, _) if self.tiers.open.is_some() => Place::ModelTiers,
            (Screen::Tiers, _) => Place::Tiers,
            (Screen::Doctor, _) if self.doctor.open.is_some() => Place::Finding,
            (Screen::Doctor, _) => Place::Doctor,
            (Screen::Log, _) if self.log.open.is_some() => Place::Entry,
            (Screen::Log, _) => Place::Log,
            (Screen::Live, Some(Detail { what_if: WhatIf { editing: Some(_), .. }, .. })) => Place::WhatIf,
            (Screen::Live, Some(_)) => Place::Detail,
            (Screen::Live, None) => Place::Live,
        }
    }

    /// Lets go of what is looked at of one account in one Region: rows, minutes, a frozen view, a link. What is looked at of any (screen, columns, filter) stays.
    pub(super) fn leave_account(&mut self) {
        self.detail = None;
        self.cursor = None;
        self.order.clear();
        self.settled = false;
        self.paused = None;
        self.pending = None;
        self.overlay.take_if(|overlay| matches!(overlay, Overlay::Link(_) | Overlay::Consent(_)));
        self.doctor = DoctorView::default();
        (self.tiers.cursor, self.tiers.open) = (None, None);
        (self.quotas.cursor, self.quotas.open) = (None, None);
        self.charts.end = None;
        self.charts.cross = None;
    }

    /// Whether keys are letters of a filter now.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.overlay.is_none()
            && self.command.is_none()
            && match self.screen {
                Screen::Live => self.detail.is_none() && self.filter.typing,
                Screen::Quotas => self.quotas.open.is_none() && self.quotas.filter.typing,
                Screen::Doctor | Screen::Tiers | Screen::Prompt => false,
                Screen::Log => self.log.open.is_none() && self.log.filter.typing,
            }
    }
}

impl ChartsView {
    /// The minutes shown, where the newest settled one is known.
    #[must_use]
    pub fn span(&self, newest: Minute, table_window: i64) -> Span {
        Span::ending(self.end.unwrap_or(newest).min(newest), self.window_minutes.unwrap_or(table_window))
    }
}
