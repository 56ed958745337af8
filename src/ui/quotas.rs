//! The Quotas screen: which quota governs what, and what is left of it; one quota in full.
//!
//! ```text
//!    MODEL                            SCOPE      METRIC APPLIED DEFAULT ADJ    USED      PEAK Z  LEFT REQUEST  CODE
//! !! Anthropic Claude Sonnet 4.5 V1   geo        TPM       2.0M    5.0M yes   1.7M   97% 03:06   13% open     L-F4DDD3EB
//!    Amazon Nova 2 Lite               in+geo     TPD       5.8B    5.8B no    1.2B              80%          L-210172B5
//! ─ L-F4DDD3EB ─ Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1 ─────────────────────
//!  applied 2.0M, default 5.0M: below default · adjustable · request open since 11-20 · checked 03:12Z, 1m20s ago
//! ```

mod columns;
mod page;
mod panel;
mod words;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    app::{
        event::Pointed,
        keys::{Action, first_key},
        quotas::{Which, position},
        state::State,
    },
    domain::{
        fault::{Fault, Source},
        ids::{PoolId, QuotaCode},
        quota_rows::QuotaRow,
        snapshot::PoolRow,
    },
};

use self::columns::{Placed, place};
use super::{
    columns::Align,
    table,
    text::{clean, wrap},
    theme::{Theme, Tone},
    verdict::last_good,
};

pub use columns::COLUMNS;
pub use page::scroll_at_most;

/// Lines of the body from which the panel has all of its lines.
const TALL: u16 = 26;

/// Lines below which the list has the body for itself.
const ROOM_FOR_PANEL: u16 = 12;

/// The parts of the screen.
struct Parts {
    list: Rect,
    /// About the quota under the cursor; of no height on a small screen.
    panel: Rect,
}

fn parts(area: Rect) -> Parts {
    let lines = match area.height {
        height if height >= TALL => 8,
        height if height >= ROOM_FOR_PANEL => 5,
        _ => 0,
    };
    let list = Rect { height: area.height - lines, ..area };
    Parts { list, panel: Rect { y: list.bottom(), height: lines, ..area } }
}

/// Draws it.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    if state.view.quotas.open.is_some() {
        page::draw(state, theme, area, buffer);
        return;
    }
    let Parts { list, panel } = parts(area);
    let rows = state.listed_quotas();
    let columns = place(area.width);
    draw_titles(state, &columns, theme, list, buffer);
    let body = body(list);
    if rows.is_empty() {
        draw_empty(state, theme, body, buffer);
        return;
    }
    let cursor = position(&rows, state.view.quotas.cursor.as_ref());
    let first = table::first_row(cursor, rows.len(), usize::from(body.height));
    for (y, (index, row)) in (body.y..body.bottom()).zip(rows.iter().enumerate().skip(first)) {
        let line = Rect { y, height: 1, ..body };
        for placed in &columns {
            let cell = (placed.column.cell)(state, row, usize::from(placed.width));
            table::put_cell(&cell, placed.slot(), theme, Style::new(), line, buffer);
        }
        if cursor == Some(index) {
            buffer.set_style(line, theme.cursor());
        }
    }
    if let Some(row) = cursor.and_then(|at| rows.get(at)) {
        panel::draw(state, row, theme, panel, buffer);
    }
}

/// The lines below the titles.
fn body(list: Rect) -> Rect {
    let title = list.height.min(1);
    Rect { y: list.y + title, height: list.height - title, ..list }
}

fn draw_titles(state: &State, columns: &[Placed], theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let style = theme.style(Tone::Heading);
    buffer.set_style(Rect { height: 1, ..area }, theme.band());
    let sort = state.view.quotas.sort;
    for placed in columns {
        let sorted = placed.column.sort == Some(sort.by);
        let tone = if sorted { Tone::Accent } else { Tone::Heading };
        let arrow = table::arrow(sort.is_descending(), theme);
        let mut cell = vec![(placed.column.title.to_owned(), tone)];
        match placed.column.align {
            Align::Left if sorted => cell.push((arrow.to_owned(), Tone::Accent)),
            // Before the title, if need be in the blank between two columns: nothing is shifted.
            Align::Right if sorted => {
                let title = u16::try_from(placed.column.title.len()).unwrap_or(0);
                let x = area.x + (placed.x + placed.width.saturating_sub(title)).saturating_sub(1);
                buffer.set_stringn(x, area.y, arrow, 1, style.patch(theme.style(Tone::Accent)));
            }
            _ => {}
        }
        table::put_cell(&cell, placed.slot(), theme, style, Rect { height: 1, ..area }, buffer);
    }
}

/// What the mouse is on; None beside titles and rows.
#[must_use]
pub fn pointed_at(state: &State, area: Rect, column: u16, row: u16) -> Option<Pointed> {
    if state.view.quotas.open.is_some() {
        return None;
    }
    let list = parts(area).list;
    if row == list.y && list.height > 0 {
        let x = column.checked_sub(area.x)?;
        let placed = place(area.width).into_iter().find(|placed| (placed.x..placed.x + placed.width).contains(&x))?;
        return placed.column.sort.map(Pointed::QuotaTitle);
    }
    let body = body(list);
    if !body.contains((column, row).into()) {
        return None;
    }
    let rows = state.listed_quotas();
    let cursor = position(&rows, state.view.quotas.cursor.as_ref());
    let first = table::first_row(cursor, rows.len(), usize::from(body.height));
    rows.get(first + usize::from(row - body.y)).map(|row| Pointed::Quota(row.known.quota.code.clone()))
}

/// Why there is no row, and what would show some.
fn draw_empty(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(6)).min(92);
    let fault = state.standing().get(&Source::ServiceQuotas).and_then(|feed| feed.fault.as_ref());
    let lines = match fault {
        _ if !state.snapshot.quotas.is_empty() => nothing_listed(state),
        Some(fault) => unread(state, fault),
        None => vec![
            ("Reading the quotas…".to_owned(), Tone::Strong),
            (
                "Service Quotas gives them by the hundred, applied values and defaults apart: some seconds.".to_owned(),
                Tone::Plain,
            ),
        ],
    };
    let lines = lines.into_iter().flat_map(|(text, tone)| {
        wrap(&theme.say(&text), room, &theme.say("…")).into_iter().map(move |line| (line, tone))
    });
    for (y, (line, tone)) in (area.y + u16::from(area.height > 4)..area.bottom()).zip(lines) {
        buffer.set_stringn(area.x + 3.min(area.width), y, line, room, theme.style(tone));
    }
}

fn nothing_listed(state: &State) -> Vec<(String, Tone)> {
    let which = state.which_quotas();
    let filter = &state.view.quotas.filter;
    let what = if filter.is_empty() {
        format!("No quota is listed under \"{}\".", which.name())
    } else {
        format!("None of the quotas \"{}\" fits /{}.", which.name(), clean(&filter.text))
    };
    let ways = format!("{} shows other quotas, {} goes back.", first_key(Action::Columns), first_key(Action::Back));
    vec![(what, Tone::Strong), (ways, Tone::Plain)]
}

fn unread(state: &State, fault: &Fault) -> Vec<(String, Tone)> {
    vec![
        (clean(&fault.headline()), Tone::Strong),
        (clean(&fault.message), Tone::Plain),
        (format!("Next: {}", clean(&fault.next_step)), Tone::Plain),
        (last_good(state, Source::ServiceQuotas), Tone::Dim),
    ]
}

/// The text of the quota under the cursor, for the clipboard: each column's title and cell, code and name among them.
#[must_use]
pub fn row_text(state: &State) -> Option<String> {
    let row = state.quota_at_cursor()?;
    let columns = place(columns::WIDEST);
    let cell = |placed: &Placed| {
        let cell = (placed.column.cell)(state, row, usize::from(placed.width));
        let text: String = cell.into_iter().map(|(text, _)| text).collect();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let titled = columns.iter().filter(|placed| !placed.column.title.is_empty());
    let said: Vec<String> =
        titled.filter_map(|placed| Some(format!("{} {}", placed.column.title, cell(placed)?))).collect();
    Some(said.join(" · "))
}

/// The code of the quota under the cursor.
#[must_use]
pub fn code_text(state: &State) -> Option<String> {
    state.quota_at_cursor().map(|row| code(&row.known.quota.code))
}

fn code(code: &QuotaCode) -> String {
    clean(code.as_str())
}

/// `22 of 573: v in use`, `/nova`, `checked 03:12Z, 1m20s ago`, `sort peak ▼`: the most important part first.
#[must_use]
pub fn counts(state: &State, theme: &Theme) -> Vec<String> {
    let all = &state.snapshot.quotas;
    if all.is_empty() {
        return Vec::new();
    }
    let which = state.which_quotas();
    let of = all.iter().filter(|row| which == Which::All || row.is_inference()).count();
    let shown = format!("{} of {of}: {} {}", state.listed_quotas().len(), first_key(Action::Columns), which.name());
    let filter = &state.view.quotas.filter;
    let odd = if crate::app::quotas::parse(&filter.text).problem.is_some() { "?" } else { "" };
    let filter = (!filter.is_empty()).then(|| format!("/{}{odd}", clean(&filter.text)));
    let sort = state.view.quotas.sort;
    let sort = format!("sort {} {}", sort.by.name(), table::arrow(sort.is_descending(), theme));
    [Some(shown), filter, words::checked(state), Some(sort)].into_iter().flatten().collect()
}

/// Draws the filter while it is typed.
pub fn draw_filter(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let text = &state.view.quotas.filter.text;
    let (said, tone) = match crate::app::quotas::parse(text).problem {
        Some(problem) => (clean(&problem), Tone::Warn),
        None => (format!("{} quotas · ⏎ keep · Esc clear", state.listed_quotas().len()), Tone::Dim),
    };
    super::filter::line(super::filter::FILTER, text, &said, tone, theme, area, buffer);
}

/// Whether calls are refused now of a pool that is shown against this quota.
fn is_refused(state: &State, row: &QuotaRow) -> bool {
    pools_of(state, row).any(|pool| {
        let governs = pool.governing_quota().is_some_and(|quota| quota.code == row.known.quota.code);
        governs && pool.throttled_since.is_some()
    })
}

/// The pools that draw on a quota, worst first.
fn pools_of<'a>(state: &'a State, row: &'a QuotaRow) -> impl Iterator<Item = &'a PoolRow> {
    let find = |id: &PoolId| state.snapshot.pools.iter().find(|pool| pool.id == *id);
    row.pools.iter().filter_map(find)
}
