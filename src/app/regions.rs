//! The choice of a Region, and where there is traffic.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{
    cursor::moved,
    event::{Cached, Effect, Entered, Generation},
    keys::Action,
    state::State,
    view::{Notice, Overlay},
};
use crate::domain::{
    call::USD_PER_LIST_METRICS,
    fault::Fault,
    ids::Region,
    regions::{RegionRow, RegionTable},
};

/// A sentence about a Region is shown for this long.
const NOTICE: SignedDuration = SignedDuration::from_secs(8);

/// The choice as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegionsView {
    /// The line that the cursor is on.
    pub cursor: usize,
}

/// What is known of traffic in a Region.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// It is being asked.
    Asking,
    /// When it was seen whether there was traffic in about the last three hours.
    Seen(Timestamp, bool),
    /// It could not be seen.
    Failed(Fault),
}

/// Other Regions.
#[derive(Debug, Clone, PartialEq)]
pub struct Regions {
    /// The Regions that have Bedrock.
    pub table: Arc<RegionTable>,
    /// Where there was a look for traffic.
    pub looks: BTreeMap<Region, Look>,
    /// The Region that is being entered.
    pub switching: Option<Region>,
    /// The generation in which was looked: answers of an older account are dropped.
    asked_in: Generation,
}

impl Default for Regions {
    fn default() -> Self {
        Self {
            table: Arc::new(RegionTable::built_in()),
            looks: BTreeMap::new(),
            switching: None,
            asked_in: Generation::default(),
        }
    }
}

/// A line of the choice.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionLine<'a> {
    /// The Region.
    pub region: &'a Region,
    /// What the table says of it; None where it is not in it.
    pub row: Option<&'a RegionRow>,
    /// What was seen of its traffic; None where nobody looked.
    pub look: Option<&'a Look>,
    /// Whether it is the one that is asked now.
    pub current: bool,
}

impl State {
    /// The lines of the choice: the table's Regions, and before them the present one where the table does not name it.
    #[must_use]
    pub fn region_lines(&self) -> Vec<RegionLine<'_>> {
        let present = &self.session.region;
        let unlisted = self.regions.table.row(present).is_none().then_some(present);
        let listed = self.regions.table.regions.iter().map(|row| &row.region);
        let line = |region| RegionLine {
            region,
            row: self.regions.table.row(region),
            look: self.regions.looks.get(region),
            current: region == present,
        };
        unlisted.into_iter().chain(listed).map(line).collect()
    }
}

impl Regions {
    /// Whether a look is under way.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        self.looks.values().any(|look| *look == Look::Asking)
    }
}

/// US dollars that a look at so many Regions costs at most.
#[must_use]
pub fn usd_of_look(regions: usize) -> f64 {
    f64::from(u32::try_from(regions).unwrap_or(u32::MAX)) * USD_PER_LIST_METRICS
}

/// Opens the choice, on the present Region.
pub(super) fn open(state: &mut State) {
    let cursor = state.region_lines().iter().position(|line| line.current).unwrap_or(0);
    state.view.overlay = Some(Overlay::Regions(RegionsView { cursor }));
}

/// Takes a key of it.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    let last = state.region_lines().len().saturating_sub(1);
    let Some(Overlay::Regions(view)) = &mut state.view.overlay else { return };
    let at = view.cursor.min(last);
    view.cursor = moved(at, last, action).unwrap_or(at);
    let cursor = view.cursor;
    match action {
        Action::Open => switch(state, cursor, effects),
        Action::Look => look(state, effects),
        Action::Back => state.view.overlay = None,
        _ => {}
    }
}

/// Asks for the Region of a line.
fn switch(state: &mut State, line: usize, effects: &mut Vec<Effect>) {
    let Some(region) = state.region_lines().get(line).map(|line| line.region.clone()) else { return };
    if region == state.session.region {
        state.view.overlay = None;
    } else if let Some(other) = &state.regions.switching {
        let text = format!("still getting ready to ask {other}");
        say(state, text);
    } else {
        say(state, format!("switching to {region}…"));
        state.regions.switching = Some(region.clone());
        effects.push(Effect::SwitchRegion(state.generation, region));
    }
}

/// Looks for traffic in every Region of the choice.
fn look(state: &mut State, effects: &mut Vec<Effect>) {
    if state.regions.is_looking() {
        return;
    }
    let regions: Vec<Region> = state.region_lines().into_iter().map(|line| line.region.clone()).collect();
    state.regions.asked_in = state.generation;
    state.regions.looks = regions.iter().map(|region| (region.clone(), Look::Asking)).collect();
    effects.push(Effect::Look(state.generation, regions));
}

/// Takes what a look has found.
pub(super) fn looked(state: &mut State, generation: Generation, region: &Region, found: Result<bool, Fault>) {
    let now = state.now;
    let regions = &mut state.regions;
    if generation != regions.asked_in {
        return;
    }
    if let Some(look) = regions.looks.get_mut(region) {
        *look = found.map_or_else(Look::Failed, |traffic| Look::Seen(now, traffic));
    }
}

/// Goes over to a Region that is ready, with nothing of the one before; gives what an earlier run left of it. Where it is not, the present one stays.
pub(super) fn switched(
    state: &mut State,
    entered: Result<Box<Entered>, String>,
    effects: &mut Vec<Effect>,
) -> Option<Cached> {
    let region = state.regions.switching.take()?;
    let now = state.now;
    match entered {
        Err(why) => {
            state.log.region_failed(&region, &why, now);
            say(state, format!("{} stays: {why}", state.session.region));
            None
        }
        Ok(entered) => {
            let Entered { session, cached } = *entered;
            state.log.region_switched(&state.session.region, &session.region, now);
            state.session = session;
            state.start_afresh();
            state.view.notice = None;
            if matches!(state.view.overlay, Some(Overlay::Regions(_))) {
                state.view.overlay = None;
            }
            effects.push(Effect::EnterRegion(state.session.region.clone()));
            cached
        }
    }
}

fn say(state: &mut State, text: String) {
    let until = state.now.checked_add(NOTICE).unwrap_or(state.now);
    state.view.notice = Some(Notice { text, until });
}
