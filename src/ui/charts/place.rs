//! Where the charts are, and what is where in a chart. Pure, so that drawing and pointing agree.
//!
//! ```text
//! ─ Claude Sonnet 4.5 us ───────── heading, where there is room
//! ─ use, % of 2.0M TPM · 87% ───── title
//! 100%┤                          │ gutter │ field │ labels of lines
//!   0%┤▃▄▅▆▇██                   │
//!      ╵03:00Z                     times
//! ```

use ratatui::layout::Rect;

use crate::domain::chart::Panel;

/// Cells of the numbers beside a field, their axis included: always the same, so that fields keep their place while numbers change.
const GUTTER: u16 = 6;

/// Cells in which lines are named at their end.
const LABELS: u16 = 2;

/// A chart narrower than this has its field alone.
const ROOM_FOR_AXIS: u16 = 24;

/// Lines of a chart from which its times are drawn.
const ROOM_FOR_TIMES: u16 = 4;

/// Lines of all charts from which they have a heading.
const ROOM_FOR_HEADING: u16 = 11;

/// Lines a row of charts has at least before there is another.
const LINES_OF_A_ROW: u16 = 9;

/// The charts that are in view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// The line that names their subject; without it the first chart's title does.
    pub heading: Option<Rect>,
    /// Each chart's place, in the order of [`Panel::ALL`].
    pub charts: Vec<(Panel, Rect)>,
}

/// How many charts stand side by side.
fn across(width: u16) -> usize {
    match width {
        0..=99 => 1,
        100..=113 => 2,
        114..=149 => 3,
        _ => usize::from(width / 50).min(Panel::ALL.len()),
    }
}

/// Divides the area: pages of charts, of which the one with the focus is shown; or the focus alone.
#[must_use]
pub fn places(area: Rect, focus: Panel, full: bool) -> Places {
    if area.is_empty() {
        return Places::default();
    }
    let across = if full { 1 } else { across(area.width) };
    let has_heading = across > 1 && area.height >= ROOM_FOR_HEADING;
    let body = if has_heading { Rect { y: area.y + 1, height: area.height - 1, ..area } } else { area };
    let down = if full { 1 } else { usize::from(body.height / LINES_OF_A_ROW).max(1) };
    let page = across * down;
    let at = Panel::ALL.iter().position(|panel| *panel == focus).unwrap_or(0);
    let shown = if full { vec![focus] } else { Panel::ALL.into_iter().skip(at / page * page).take(page).collect() };
    let mut charts = Vec::new();
    let rows: Vec<_> = shown.chunks(across).collect();
    for (row, (y, height)) in rows.iter().zip(divided(body.y, body.height, rows.len(), 0)) {
        let places = divided(body.x, body.width, row.len(), 1);
        charts.extend(row.iter().zip(places).map(|(panel, (x, width))| (*panel, Rect { x, y, width, height })));
    }
    Places { heading: has_heading.then_some(Rect { height: 1, ..area }), charts }
}

/// So many parts of a length, as even as can be, with a gap between them.
fn divided(start: u16, length: u16, parts: usize, gap: u16) -> impl Iterator<Item = (u16, u16)> {
    let parts = u16::try_from(parts).unwrap_or(1).max(1);
    let room = length.saturating_sub(gap * (parts - 1));
    (0..parts).map(move |part| {
        let [from, to] = [part, part + 1].map(|at| room / parts * at + (room % parts).min(at));
        (start + from + gap * part, to - from)
    })
}

/// The parts of a chart. Each may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The first line.
    pub title: Rect,
    /// The numbers beside the field and the axis.
    pub gutter: Rect,
    /// Where bars and lines are.
    pub field: Rect,
    /// The names of lines.
    pub labels: Rect,
    /// The times under the field.
    pub times: Rect,
}

/// Whether a panel is drawn as bars; else as lines.
#[must_use]
pub fn is_of_bars(panel: Panel) -> bool {
    matches!(panel, Panel::Use | Panel::Attempts | Panel::Errors)
}

/// Divides a chart's place.
#[must_use]
pub fn frame(area: Rect, panel: Panel) -> Frame {
    let below = u16::from(area.height >= ROOM_FOR_TIMES);
    let title = Rect { height: area.height.min(1), ..area };
    let rows = area.height.saturating_sub(1 + below);
    let (left, right) = match area.width {
        width if width < ROOM_FOR_AXIS => (0, 0),
        _ => (GUTTER, if is_of_bars(panel) { 0 } else { LABELS }),
    };
    let body = Rect { y: title.bottom(), height: rows, ..area };
    let field = Rect { x: body.x + left, width: body.width - left - right, ..body };
    Frame {
        title,
        gutter: Rect { width: left, ..body },
        field,
        labels: Rect { x: field.right(), width: right, ..body },
        times: Rect { y: body.bottom(), height: below, ..field },
    }
}
