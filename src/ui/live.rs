//! The Live screen's body: the table, the charts of the cursor's row, and why it stands as it does; or why there are no rows.
//!
//! ```text
//! table     as tall as its rows, up to half
//! charts    of the cursor's row
//! why       what its use is made of
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::state::State;

use super::{charts, empty, table, theme::Theme, why};

/// Where the parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// The table, its titles included.
    pub table: Rect,
    /// The charts; of no height where there is no room.
    pub charts: Rect,
    /// Why; of no height where there is no room.
    pub why: Rect,
}

/// Lines of a screen body from which charts are shown, and why.
const ROOM_FOR_CHARTS: u16 = 18;

/// Lines of the table that stay in any case: titles and seven rows.
const TABLE_AT_LEAST: u16 = 8;

/// Lines of a row of charts: title, field, axis.
const CHARTS_AT_LEAST: u16 = 7;
const CHARTS_AT_MOST: u16 = 16;

/// Divides the body for so many rows of the table. Pure, so that drawing and pointing agree.
#[must_use]
pub fn parts(area: Rect, rows: usize) -> Parts {
    let nothing = Rect { y: area.bottom(), height: 0, ..area };
    if area.height < ROOM_FOR_CHARTS || area.width < 72 {
        return Parts { table: area, charts: nothing, why: nothing };
    }
    let why = if area.height >= 26 { 4 } else { 3 };
    let wanted = u16::try_from(rows + 1).unwrap_or(u16::MAX);
    let room = area.height - why;
    let table = wanted.clamp(TABLE_AT_LEAST, (room - CHARTS_AT_LEAST).max(TABLE_AT_LEAST));
    let table = table.max(room.saturating_sub(CHARTS_AT_MOST * if area.height >= 48 { 2 } else { 1 }));
    let charts = room - table;
    Parts {
        table: Rect { height: table, ..area },
        charts: Rect { y: area.y + table, height: charts, ..area },
        why: Rect { y: area.y + table + charts, height: why, ..area },
    }
}

/// Draws it.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let rows = state.rows();
    if rows.is_empty() && state.found().of > 0 {
        // The filter finds nothing: the table says so.
        table::draw(state, theme, area, buffer);
        return;
    }
    if rows.is_empty() {
        empty::draw(state, theme, area, buffer);
        return;
    }
    if state.view.charts.full {
        charts::draw(state, theme, area, buffer);
        return;
    }
    let parts = parts(area, rows.len());
    table::draw(state, theme, parts.table, buffer);
    charts::draw(state, theme, parts.charts, buffer);
    why::draw(state, theme, parts.why, buffer);
}
