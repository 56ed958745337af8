//! The Doctor screen as it is looked at: which finding the cursor is on, what is open, and its keys.

use crate::{
    app::{
        consent::{self, Consent},
        cursor::moved,
        event::Effect,
        hands,
        keys::Action,
        press::{scrolled, show},
        state::State,
        view::Screen,
    },
    domain::{
        doctor::{
            finding::{Finding, Report, Subject},
            zero::REGIONS_ASKED,
        },
        ids::{EndpointId, PoolId, Region},
        regions::RegionRow,
    },
};

/// What the cursor is on. A finding is known again by what it is and whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// A finding.
    Finding(&'static str, Subject),
    /// How the checks went.
    Checks,
}

/// How the Doctor screen is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoctorView {
    /// What the cursor is on; None: the first line.
    pub cursor: Option<Chosen>,
    /// What has the whole screen, by its first line shown; None: the list.
    pub open: Option<u16>,
}

impl State {
    /// The doctor's findings as they are shown: those of the freezing while frozen, masked where things are hidden.
    #[must_use]
    pub fn shown_report(&self) -> &Report {
        &self.doctor.shown
    }

    /// The line that the cursor is on: a finding's position, or the number of findings for how the checks went.
    #[must_use]
    pub fn doctor_line(&self) -> usize {
        let findings = &self.shown_report().findings;
        match &self.view.doctor.cursor {
            None => 0,
            Some(Chosen::Checks) => findings.len(),
            Some(Chosen::Finding(id, subject)) => {
                findings.iter().position(|finding| finding.id == *id && finding.subject == *subject).unwrap_or(0)
            }
        }
    }

    /// The finding that the cursor is on; None where it is on how the checks went.
    #[must_use]
    pub fn finding_at_cursor(&self) -> Option<&Finding> {
        self.shown_report().findings.get(self.doctor_line())
    }

    /// Other Regions that tell an account's trouble from a Region's: of the same partition, not opted into, first those with traffic, then those with the
    /// most models.
    #[must_use]
    pub fn regions_to_compare(&self) -> Vec<Region> {
        let here = &self.session.region;
        let partition = |region: &Region| region.as_str().split('-').next().unwrap_or_default().to_owned();
        let is_apart = |region: &Region| ["cn", "us-gov", "eusc"].iter().any(|part| region.as_str().starts_with(part));
        let same = |row: &&RegionRow| {
            is_apart(&row.region) == is_apart(here) && (!is_apart(here) || partition(&row.region) == partition(here))
        };
        let has_traffic =
            |region: &Region| matches!(self.regions.looks.get(region), Some(crate::app::regions::Look::Seen(_, true)));
        let mut rows: Vec<&RegionRow> =
            self.regions.table.regions.iter().filter(|row| row.region != *here && !row.opt_in).filter(same).collect();
        rows.sort_by_key(|row| (!has_traffic(&row.region), std::cmp::Reverse(row.models)));
        rows.into_iter().take(REGIONS_ASKED).map(|row| row.region.clone()).collect()
    }
}

/// Goes to the screen, with the cursor on a finding about the row chosen on Live where there is one.
pub(in crate::app) fn enter(state: &mut State) {
    if state.view.screen != Screen::Doctor {
        let chosen = about_chosen_row(state);
        state.view.doctor.cursor = chosen.or(state.view.doctor.cursor.take());
    }
    show(state, Screen::Doctor);
}

fn about_chosen_row(state: &State) -> Option<Chosen> {
    let row = state.subject_row()?;
    let pool = row.pool.and_then(|at| state.snapshot.pools.get(at)).map(|pool| &pool.id);
    let endpoint = row.endpoint.and_then(|at| state.snapshot.endpoints.get(at)).map(|row| &row.endpoint.id);
    let found = state.shown_report().findings.iter().find(|finding| is_about(&finding.subject, pool, endpoint))?;
    Some(Chosen::Finding(found.id, found.subject.clone()))
}

fn is_about(subject: &Subject, pool: Option<&PoolId>, endpoint: Option<&EndpointId>) -> bool {
    match subject {
        Subject::Pool(id, _) => Some(id) == pool,
        Subject::Endpoint(id, _) => Some(id) == endpoint,
        _ => false,
    }
}

/// Takes a key of the screen.
pub(in crate::app) fn act(state: &mut State, action: Action) {
    if let Some(first) = state.view.doctor.open {
        match scrolled(first, action) {
            Some(moved) => state.view.doctor.open = Some(moved),
            None if action == Action::Back => state.view.doctor.open = None,
            None => look(state, action),
        }
        return;
    }
    match action {
        Action::Open => {
            choose(state, state.doctor_line());
            state.view.doctor.open = Some(0);
        }
        Action::Back => show(state, Screen::Live),
        Action::Look => look(state, action),
        _ => {
            let last = state.shown_report().findings.len();
            if let Some(to) = moved(state.doctor_line(), last, action) {
                choose(state, to);
            }
        }
    }
}

/// Puts the cursor on a line.
pub(in crate::app) fn choose(state: &mut State, line: usize) {
    let chosen = match state.shown_report().findings.get(line) {
        Some(finding) => Chosen::Finding(finding.id, finding.subject.clone()),
        None => Chosen::Checks,
    };
    state.view.doctor.cursor = Some(chosen);
}

/// Asks whether other Regions may be asked.
fn look(state: &mut State, action: Action) {
    if action != Action::Look {
        return;
    }
    let regions = state.regions_to_compare();
    if state.doctor.is_asking() {
        hands::say(state, "still asking this Region; then again".to_owned(), state.now);
    } else if regions.is_empty() {
        hands::say(state, "no other Region of this partition is known to ask".to_owned(), state.now);
    } else {
        consent::ask(state, Consent::CompareRegions(regions));
    }
}

/// The user has said yes.
pub(in crate::app) fn compare(state: &mut State, regions: Vec<Region>, effects: &mut Vec<Effect>) {
    super::look_elsewhere(state, regions, effects);
}
