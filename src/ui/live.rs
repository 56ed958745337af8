//! The Live screen's body: the table, the charts of the cursor's row, and why it stands as it does; or why there are no rows.
//!
//! ```text
//! table     as high as its rows, up to half
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

/// Lines and cells of a screen body from which charts are shown, and why.
const ROOM_FOR_CHARTS: (u16, u16) = (72, 17);

/// Lines of a screen body from which all of why is shown, not its first two lines alone.
const ROOM_FOR_WHY: u16 = 26;

/// Lines of the table that stay in any case: titles and seven rows.
const TABLE_AT_LEAST: u16 = 8;

/// Lines of the charts: title, field, times.
const CHARTS_AT_LEAST: u16 = 6;

/// More lines than this make charts no clearer, but for a second row of them where the screen is high.
const CHARTS_AT_MOST: u16 = 20;

/// Divides the body for so many rows of the table. Pure, so that drawing and pointing agree.
///
/// The table has as many lines as its rows need, up to half of the body; what the charts do not need is the table's again.
#[must_use]
pub fn parts(area: Rect, rows: usize) -> Parts {
    let nothing = Rect { y: area.bottom(), height: 0, ..area };
    if area.width < ROOM_FOR_CHARTS.0 || area.height < ROOM_FOR_CHARTS.1 {
        return Parts { table: area, charts: nothing, why: nothing };
    }
    let is_high = area.height >= ROOM_FOR_WHY;
    let why = if is_high { 4 } else { 3 };
    let room = area.height - why;
    let wanted = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(1);
    let at_most = (area.height / 2).min(room - CHARTS_AT_LEAST).max(TABLE_AT_LEAST);
    let charts_at_most = if is_high { 2 * CHARTS_AT_MOST } else { CHARTS_AT_MOST };
    let table = wanted.clamp(TABLE_AT_LEAST, at_most).max(room.saturating_sub(charts_at_most));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Heights of table, charts and why on a screen, whose body is four lines less.
    fn heights(width: u16, height: u16, rows: usize) -> (u16, u16, u16) {
        let parts = parts(Rect::new(0, 3, width, height - 4), rows);
        (parts.table.height, parts.charts.height, parts.why.height)
    }

    #[test]
    fn each_part_has_its_room() {
        assert_eq!(heights(80, 24, 9), (10, 7, 3));
        assert_eq!(heights(80, 24, 3), (8, 9, 3));
        assert_eq!(heights(80, 24, 200), (10, 7, 3));
        assert_eq!(heights(120, 40, 9), (10, 22, 4));
        assert_eq!(heights(120, 40, 17), (18, 14, 4));
        assert_eq!(heights(120, 40, 200), (18, 14, 4));
        assert_eq!(heights(200, 60, 12), (13, 39, 4));
        assert_eq!(heights(200, 60, 200), (28, 24, 4));
        assert_eq!(heights(80, 20, 9), (16, 0, 0), "the table alone");
        assert_eq!(heights(71, 60, 9), (56, 0, 0));
    }

    #[test]
    fn parts_stand_one_under_another_and_fill_the_body() {
        for height in 1..200 {
            for rows in [0, 1, 5, 9, 30, 500] {
                let area = Rect::new(2, 3, 120, height);
                let Parts { table, charts, why } = parts(area, rows);
                assert_eq!(
                    (table.y, charts.y),
                    (area.y, if charts.is_empty() { area.bottom() } else { table.bottom() })
                );
                assert_eq!(table.height + charts.height + why.height, height);
                assert!(charts.is_empty() || charts.height >= CHARTS_AT_LEAST && table.height >= TABLE_AT_LEAST);
            }
        }
    }
}
