//! The Tiers screen: which model takes which tier, at which price, and what the last day would have cost there; one model in full.
//!
//! ```text
//!  13 of 114 models in use in 24 h to 03:08Z · a all
//!  MODEL                 WHERE        PRIORITY       STANDARD           FLEX       RESERVED          BATCH
//!  gpt-oss-120b          Region  yes 0.26/1.05       0.15/0.6  yes 0.075/0.3             no  yes 0.075/0.3
//!    last 24 h, there                     $366           $209           $104                          $104
//! ```

mod page;
pub mod words;

pub use page::scroll_at_most;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        keys::{Action, first_key},
        state::State,
    },
    domain::{
        tier_support::Support,
        tiers::{DayCost, Offer, TierRow, columns},
    },
};

use super::{
    text::{clean, width},
    theme::{Theme, Tone},
};

/// Cells of a place, and of the gap before it; where that leaves no room for names there is none.
const PLACE: usize = 8;

/// From this width on places have a column.
const ROOM_FOR_PLACES: u16 = 72;

/// Cells of a name at most, and of a tier's column at most.
const WIDEST: (usize, usize) = (30, 18);

/// Draws it.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    if state.view.tiers.open.is_some() {
        page::draw(state, theme, area, buffer);
        return;
    }
    let columns = Columns::of(area.width);
    put(&heading(state), Tone::Heading, Rect { height: 1, ..area }, theme, buffer);
    buffer.set_style(Rect { height: 1, ..area }, theme.band());
    if area.height > 1 {
        let titles = Rect { y: area.y + 1, height: 1, ..area };
        columns.titles(theme, titles, buffer);
    }
    let body = body(area);
    let rows = state.listed_tiers();
    if rows.is_empty() {
        put(&words::nothing(state), Tone::Plain, body, theme, buffer);
        return;
    }
    let first = first_row(state, &rows, body.height);
    let mut y = body.y;
    for (at, row) in rows.iter().enumerate().skip(first) {
        if y >= body.bottom() {
            break;
        }
        let line = Rect { y, height: 1, ..body };
        columns.offered(row, theme, line, buffer);
        if at == state.tier_line() {
            buffer.set_style(line, theme.cursor());
        }
        y += 1;
        if row.in_use && y < body.bottom() {
            columns.day(row, theme, Rect { y, ..line }, buffer);
            y += 1;
        }
    }
}

/// The row whose lines are at this place.
#[must_use]
pub fn pointed_at(state: &State, area: Rect, column: u16, row: u16) -> Option<usize> {
    let body = body(area);
    if state.view.tiers.open.is_some() || !body.contains((column, row).into()) {
        return None;
    }
    let rows = state.listed_tiers();
    let mut y = body.y;
    for (at, listed) in rows.iter().enumerate().skip(first_row(state, &rows, body.height)) {
        y += lines_of(listed);
        if row < y {
            return Some(at);
        }
    }
    None
}

fn body(area: Rect) -> Rect {
    let above = area.height.min(2);
    Rect { y: area.y + above, height: area.height - above, ..area }
}

fn lines_of(row: &TierRow) -> u16 {
    1 + u16::from(row.in_use)
}

/// The first row that is shown: the cursor's stands whole on the screen, with those before it as far as there is room.
fn first_row(state: &State, rows: &[&TierRow], height: u16) -> usize {
    let cursor = state.tier_line().min(rows.len().saturating_sub(1));
    let mut first = cursor;
    let mut lines = rows.get(cursor).map_or(0, |row| lines_of(row));
    while first > 0 && lines + lines_of(rows[first - 1]) <= height {
        first -= 1;
        lines += lines_of(rows[first]);
    }
    first
}

fn heading(state: &State) -> String {
    let (all, used) = state.tier_counts();
    let day = words::day_of(state);
    let key = first_key(Action::ToggleIdle);
    let shown = if state.view.tiers.all {
        format!("{all} models, {used} in use")
    } else {
        format!("{used} of {all} models in use")
    };
    format!(" {shown}{day} · {key} {}", if state.view.tiers.all { "those in use" } else { "all" })
}

/// How the width is divided.
struct Columns {
    name: usize,
    place: usize,
    tier: usize,
    /// Whether there is room for prices beside what is taken.
    priced: bool,
}

impl Columns {
    fn of(width: u16) -> Self {
        let tiers = columns().len();
        let place = if width < ROOM_FOR_PLACES { 0 } else { PLACE };
        let room = usize::from(width).saturating_sub(1 + place.max(1));
        let tier = (room.saturating_sub(20) / tiers).clamp(9, WIDEST.1);
        let name = room.saturating_sub(tier * tiers).min(WIDEST.0);
        Self { name, place, tier, priced: tier >= 16 }
    }

    fn titles(&self, theme: &Theme, area: Rect, buffer: &mut Buffer) {
        let title = |tier: &crate::domain::tier::Tier| (words::title(tier), Tone::Heading);
        self.line("MODEL", "WHERE", Tone::Heading, columns().iter().map(title), theme, area, buffer);
    }

    fn offered(&self, row: &TierRow, theme: &Theme, area: Rect, buffer: &mut Buffer) {
        let cell = |offer: &Offer| {
            let text = if self.priced { words::offered(offer) } else { words::taken(offer).to_owned() };
            (text, tone(offer.support))
        };
        let name_tone = if row.in_use { Tone::Strong } else { Tone::Plain };
        let (name, place) = (clean(&row.model_name), words::place(&row.place));
        self.line(&name, &place, name_tone, row.offers.iter().map(cell), theme, area, buffer);
    }

    fn day(&self, row: &TierRow, theme: &Theme, area: Rect, buffer: &mut Buffer) {
        let cell = |offer: &Offer| {
            let tone = if matches!(offer.day, DayCost::Usd(_)) { Tone::Accent } else { Tone::Dim };
            (words::day(offer), tone)
        };
        self.line("  last 24 h, there", "", Tone::Dim, row.offers.iter().map(cell), theme, area, buffer);
    }

    #[expect(clippy::too_many_arguments, reason = "a line is its parts")]
    fn line(
        &self,
        name: &str,
        place: &str,
        name_tone: Tone,
        cells: impl Iterator<Item = (String, Tone)>,
        theme: &Theme,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let left = |x: u16| usize::from(area.right().saturating_sub(x));
        let x = (area.x + 1).min(area.right());
        buffer.set_stringn(x, area.y, theme.fit(name, self.name), self.name.min(left(x)), theme.style(name_tone));
        let x = x.saturating_add(u16::try_from(self.name + 1).unwrap_or(u16::MAX)).min(area.right());
        let beside = self.place.saturating_sub(1);
        buffer.set_stringn(x, area.y, theme.fit(place, beside), left(x).min(beside), theme.style(Tone::Dim));
        let mut x = x.saturating_add(u16::try_from(beside).unwrap_or(0)).min(area.right());
        for (text, tone) in cells {
            let text = theme.fit(&text, self.tier - 1);
            let from =
                x.saturating_add(u16::try_from(self.tier - width(&text).min(self.tier)).unwrap_or(0)).min(area.right());
            buffer.set_stringn(from, area.y, &text, left(from), theme.style(tone));
            x = x.saturating_add(u16::try_from(self.tier).unwrap_or(0)).min(area.right());
        }
    }
}

/// A word says it; the tone only helps the eye.
fn tone(support: Support) -> Tone {
    match support {
        Support::Yes => Tone::Plain,
        Support::No | Support::Unknown => Tone::Dim,
        Support::Conflict => Tone::Warn,
    }
}

fn put(text: &str, tone: Tone, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let room = usize::from(area.width);
    buffer.set_stringn(area.x, area.y, theme.fit(text, room), room, theme.style(tone));
}
