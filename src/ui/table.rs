//! The table: one line of titles, then rows. The cursor's row is always in view.
//!
//! ```text
//!    ENDPOINT                          USE5m      PEAK Z     LIMIT 60 MIN        RPM FLIGHT THR5m  5xx  4xx TTFT  P90 TIER
//! !! Claude Sonnet 4.5 us pool           87%   97% 03:06  2.0M TPM ▂▃▄▅▆▇▇██xxx  452     31   14%    0    2    —    — S
//!    ├ Claude Sonnet 4.5 us profile      81%                       ▂▃▄▅▆▇▇█████  412     28   15%    0    0  0.8  7.9 S
//!    └ Claude Sonnet 4.5 team-search      6%                       ▁▁▁▁▁▁▁▁▁▁▁▁   40      3    4%    0    2  0.8  7.1 S
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use crate::{
    app::{
        event::Pointed,
        filter::parse,
        sort::SortKey,
        state::{Row, State},
        view::RowId,
    },
    domain::fault::Source,
};

use super::{
    cells::{Cell, Subject},
    columns::{Align, Placed, place},
    filter,
    text::{clean, width},
    theme::{Theme, Tone},
};

/// Draws titles and rows.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let columns = place(area.width, state.view.columns);
    let rows = state.rows();
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let height = usize::from(body.height);
    if rows.is_empty() {
        filter::nothing_found(state, theme, body, buffer);
    }
    let cursor = cursor(state, &rows);
    let first = first_row(cursor, rows.len(), height);
    let part = (rows.len() > height).then(|| format!("  {}-{} of {}", first + 1, first + height, rows.len()));
    titles(state, &columns, part.as_deref(), theme, area, buffer);
    for (line, (index, row)) in (body.y..body.bottom()).zip(rows.iter().enumerate().skip(first)) {
        let area = Rect { y: line, height: 1, ..body };
        draw_row(&Subject::new(state, row, theme), &columns, area, buffer);
        if cursor == Some(index) {
            buffer.set_style(area, theme.cursor());
        }
    }
    if is_stale(state) {
        buffer.set_style(body, Style::new().add_modifier(Modifier::DIM));
    }
}

/// Whether what the rows show is the last good answer of a source that fails.
#[must_use]
pub fn is_stale(state: &State) -> bool {
    state.standing().get(&Source::Metrics).is_some_and(|feed| feed.fault.is_some())
}

fn cursor(state: &State, rows: &[Row]) -> Option<usize> {
    let id = state.view.cursor.as_ref()?;
    rows.iter().position(|row| row.id == *id)
}

/// The first row that is shown: the cursor stands in the middle, except near the ends.
pub(super) fn first_row(cursor: Option<usize>, rows: usize, height: usize) -> usize {
    cursor.unwrap_or(0).saturating_sub(height / 2).min(rows.saturating_sub(height))
}

/// The row drawn on a line of the screen.
#[must_use]
pub fn row_at(state: &State, area: Rect, line: u16) -> Option<RowId> {
    let rows = state.rows();
    let height = usize::from(area.height.saturating_sub(1));
    let first = first_row(cursor(state, &rows), rows.len(), height);
    let line = usize::from(line.checked_sub(area.y + 1)?);
    let row = (line < height).then(|| rows.into_iter().nth(first + line))?;
    row.map(|row| row.id)
}

/// What a click on the title at a column of the screen means: the marks' column sorts by trouble again; None where nothing can be sorted by it.
#[must_use]
pub fn title_at(state: &State, area: Rect, column: u16) -> Option<Pointed> {
    let x = column.checked_sub(area.x)?;
    let placed = place(area.width, state.view.columns);
    let placed = placed.into_iter().find(|placed| (placed.x..placed.x + placed.width).contains(&x))?;
    let key = placed.column.sort;
    (key.is_some() || placed.column.title.is_empty()).then_some(Pointed::Title(key))
}

/// Titles, the sorted one marked, with the filter and with which `part` of the rows is in view.
fn titles(state: &State, columns: &[Placed], part: Option<&str>, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let style = theme.style(Tone::Heading);
    buffer.set_style(Rect { height: 1, ..area }, theme.band());
    let sort = state.view.sort;
    for placed in columns {
        let sorted = placed.column.sort.is_some() && placed.column.sort == sort.by;
        let tone = if sorted { Tone::Accent } else { Tone::Heading };
        let mut cell = vec![(placed.column.title.to_owned(), tone)];
        let arrow = sort.is_descending().filter(|_| sorted).map(|descending| arrow(descending, theme));
        if placed.column.align == Align::Left {
            cell.extend(arrow.map(|arrow| (arrow.to_owned(), Tone::Accent)));
        }
        if placed.column.sort == Some(SortKey::Name) {
            cell.extend(kept_filter(state));
            cell.extend(part.map(|part| (part.to_owned(), Tone::Dim)));
        }
        put(&cell, placed, theme, style, area, buffer);
        if let (Some(arrow), Align::Right) = (arrow, placed.column.align) {
            // Before the title, if need be in the blank between two columns: nothing is shifted.
            let title = u16::try_from(placed.column.title.len()).unwrap_or(0);
            let x = area.x + (placed.x + placed.width.saturating_sub(title)).saturating_sub(1);
            buffer.set_stringn(x, area.y, arrow, 1, style.patch(theme.style(Tone::Accent)));
        }
    }
}

/// Which way the sorted column runs.
pub(super) fn arrow(descending: bool, theme: &Theme) -> &'static str {
    match (descending, theme.ascii) {
        (true, false) => "▼",
        (false, false) => "▲",
        (true, true) => "v",
        (false, true) => "^",
    }
}

/// The filter as it stands: ` /sonnet`, with `?` where a term is not understood.
fn kept_filter(state: &State) -> Option<(String, Tone)> {
    let filter = &state.view.filter;
    if filter.is_empty() {
        return None;
    }
    let is_odd = parse(&filter.text).problem.is_some();
    let odd = if is_odd { "?" } else { "" };
    Some((format!(" /{}{odd}", clean(&filter.text)), if is_odd { Tone::Warn } else { Tone::Found }))
}

fn draw_row(subject: &Subject, columns: &[Placed], area: Rect, buffer: &mut Buffer) {
    let base = if subject.is_idle() { subject.theme.style(Tone::Dim) } else { Style::new() };
    for placed in columns {
        let cell = (placed.column.cell)(subject, usize::from(placed.width));
        put(&cell, placed, subject.theme, base, area, buffer);
    }
}

fn put(cell: &Cell, placed: &Placed, theme: &Theme, base: Style, area: Rect, buffer: &mut Buffer) {
    put_cell(cell, (placed.x, placed.width, placed.column.align), theme, base, area, buffer);
}

/// Writes a cell into its place on a line (first cell, cells, align) and never beyond it: whatever the text, the next column starts where it should.
pub(super) fn put_cell(
    cell: &Cell,
    (first, cells, align): (u16, u16, Align),
    theme: &Theme,
    base: Style,
    area: Rect,
    buffer: &mut Buffer,
) {
    let pieces: Vec<_> = cell.iter().map(|(text, tone)| (theme.say(text), base.patch(theme.style(*tone)))).collect();
    let wide: usize = pieces.iter().map(|(text, _)| width(text)).sum();
    let room = usize::from(cells);
    let indent = if align == Align::Right { room.saturating_sub(wide) } else { 0 };
    let end = area.x + first + cells;
    let mut x = area.x + first + u16::try_from(indent).unwrap_or(0);
    for (text, style) in pieces {
        let left = usize::from(end.saturating_sub(x));
        x = buffer.set_stringn(x, area.y, theme.fit(&text, left), left, style).0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_in_view() {
        for rows in 0..50_usize {
            for height in 1..20 {
                for cursor in 0..rows {
                    let first = first_row(Some(cursor), rows, height);
                    assert!(first <= cursor && cursor < first + height);
                    assert!(first + height <= rows.max(height), "no empty line while rows are left");
                }
            }
        }
    }
}
