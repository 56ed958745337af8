//! The list's columns as data: title, width, the narrowest screen that has it, what it sorts by, and the function that fills a cell.

use crate::{
    app::{quotas::SortBy, state::State},
    domain::{
        quota_rows::QuotaRow,
        snapshot::{Bound, NEAR_LIMIT_PERCENT},
    },
    ui::{
        cells::Cell,
        columns::{Align, NEVER},
        numbers::{UNKNOWN, bounded, bounded_percent, short},
        text::clean,
        theme::Tone,
    },
};

use super::words;

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What stands above it.
    pub title: &'static str,
    /// What it means, for the help.
    pub about: &'static str,
    /// So many cells; 0: what the others leave.
    pub width: u16,
    /// Where its text stands.
    pub align: Align,
    /// The narrowest screen that has it, in cells.
    pub from: u16,
    /// The widest screen that has it.
    pub until: u16,
    /// What rows are sorted by that are sorted by it.
    pub sort: Option<SortBy>,
    /// Fills a cell.
    pub cell: fn(&State, &QuotaRow, usize) -> Cell,
}

/// No screen is wider.
pub(super) const WIDEST: u16 = 400;

/// The model's name gets no more where the quota's own name has a column.
const MOST_FOR_MODEL: u16 = 44;

const fn right(
    title: &'static str,
    width: u16,
    from: u16,
    sort: Option<SortBy>,
    cell: fn(&State, &QuotaRow, usize) -> Cell,
    about: &'static str,
) -> Column {
    Column { title, about, width, align: Align::Right, from, until: NEVER, sort, cell }
}

const fn left(column: Column) -> Column {
    Column { align: Align::Left, ..column }
}

/// Every column, from left to right.
pub const COLUMNS: &[Column] = &[
    right("", 2, 0, None, mark, ""),
    left(right("MODEL", 0, 0, Some(SortBy::Model), model, "the model as the quota's name spells it, and the variant")),
    left(right(
        "SCOPE",
        9,
        50,
        Some(SortBy::Scope),
        scope,
        "whose calls: in-Region, geographic or global profile, mantle, …",
    )),
    left(right(
        "METRIC",
        6,
        0,
        Some(SortBy::Metric),
        metric,
        "TPM, RPM, TPD: tokens or requests per minute, tokens per day; ITPM, OTPM on mantle; conc: at once",
    )),
    right("APPLIED", 7, 0, Some(SortBy::Applied), applied, "the value in force; * changed lately"),
    right("DEFAULT", 7, 90, None, default, "AWS's own value"),
    right("ADJ", 3, 76, None, adjustable, "whether Service Quotas takes requests for more"),
    right("USED", 6, 60, Some(SortBy::Used), used, "worst of the last 5 minutes; of a daily quota its last 24 hours"),
    Column {
        until: 109,
        ..right("PEAK", 5, 0, Some(SortBy::Peak), peak, "worst minute of the window, in percent of the value in force")
    },
    right(
        "PEAK Z",
        11,
        110,
        Some(SortBy::Peak),
        peak_and_time,
        "worst minute of the window, in percent of the value in force, and when (UTC)",
    ),
    right("LEFT", 5, 0, None, headroom, "what is left now, in percent of the value in force"),
    left(right("REQUEST", 8, 104, None, request, "an open request for more, and since when")),
    left(right("CODE", 10, 124, Some(SortBy::Code), code, "the quota's code")),
    left(right("QUOTA", 0, 180, None, name, "the quota's name as Service Quotas writes it")),
];

/// A column in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) column: &'static Column,
    pub(super) x: u16,
    pub(super) width: u16,
}

impl Placed {
    pub(super) fn slot(&self) -> (u16, u16, Align) {
        (self.x, self.width, self.column.align)
    }
}

/// The columns of a screen of this width: the model gets what the numbers leave, and shares it with the quota's name where that has a column.
pub(super) fn place(width: u16) -> Vec<Placed> {
    let shown = || COLUMNS.iter().filter(move |column| (column.from..=column.until).contains(&width));
    let taken: u16 = shown().map(|column| column.width + 1).sum::<u16>().saturating_sub(1);
    let rest = width.saturating_sub(taken);
    let sharing = shown().filter(|column| column.width == 0).count();
    let for_model = if sharing > 1 { rest.min(MOST_FOR_MODEL) } else { rest };
    let mut left = rest;
    let mut x = 0;
    let mut placed = Vec::new();
    for column in shown() {
        let width = match column.width {
            0 if placed.len() < 2 => for_model,
            0 => left,
            width => width,
        };
        if column.width == 0 {
            left = left.saturating_sub(width);
        }
        placed.push(Placed { column, x, width });
        x += width + 1;
    }
    placed
}

fn one(text: impl Into<String>, tone: Tone) -> Cell {
    vec![(text.into(), tone)]
}

fn unknown() -> Cell {
    one(UNKNOWN, Tone::Dim)
}

fn blank() -> Cell {
    Cell::new()
}

fn near(percent: Option<f64>) -> bool {
    percent.is_some_and(|percent| percent >= NEAR_LIMIT_PERCENT)
}

fn mark(state: &State, row: &QuotaRow, _: usize) -> Cell {
    if row.is_in_use() && row.is_zero() && row.binds() || super::is_refused(state, row) {
        one("!!", Tone::Bad)
    } else if row.binds() && (near(row.used_percent()) || near(row.peak_percent)) {
        one("!", Tone::Warn)
    } else if !row.signs.is_empty() || row.is_unmatched() && row.is_in_use() || is_pinned_wrong(row) {
        one("?", Tone::Warn)
    } else {
        blank()
    }
}

/// Whether the configuration's pin contradicts what the quota's name says.
fn is_pinned_wrong(row: &QuotaRow) -> bool {
    row.known.matching.pin_contradicts.is_some()
}

fn model(_: &State, row: &QuotaRow, _: usize) -> Cell {
    let name = words::subject(row);
    let tone = if row.is_inference() { Tone::Plain } else { Tone::Dim };
    let mut cell = one(name, tone);
    if row.is_unmatched() {
        cell.push((" ?".to_owned(), Tone::Warn));
    }
    cell
}

fn scope(_: &State, row: &QuotaRow, _: usize) -> Cell {
    one(words::short_scope(row.known.scope), Tone::Plain)
}

fn metric(_: &State, row: &QuotaRow, _: usize) -> Cell {
    one(row.known.metric.map_or("", words::short_metric), Tone::Plain)
}

fn applied(_: &State, row: &QuotaRow, _: usize) -> Cell {
    let Some(value) = row.known.in_force else { return unknown() };
    let tone = match () {
        () if row.is_zero() => Tone::Bad,
        () if row.is_below_default() => Tone::Warn,
        () => Tone::Plain,
    };
    let changed = if row.changed.is_some() { "*" } else { "" };
    one(format!("{changed}{}", short(value)), tone)
}

fn default(_: &State, row: &QuotaRow, _: usize) -> Cell {
    row.known.quota.default.map_or_else(unknown, |value| one(short(value), Tone::Dim))
}

fn adjustable(_: &State, row: &QuotaRow, _: usize) -> Cell {
    if row.known.quota.adjustable { one("yes", Tone::Plain) } else { one("no", Tone::Dim) }
}

fn used(_: &State, row: &QuotaRow, cells: usize) -> Cell {
    match row.used_now() {
        Some((value, bound)) => one(bounded(Some(value), bound, cells), Tone::Plain),
        None if row.is_in_use() => unknown(),
        None => blank(),
    }
}

/// What cannot be the limit that is hit warns of nothing.
fn percent_tone(row: &QuotaRow, percent: f64) -> Tone {
    if row.binds() && percent >= NEAR_LIMIT_PERCENT { Tone::Warn } else { Tone::Plain }
}

fn peak(_: &State, row: &QuotaRow, _: usize) -> Cell {
    match (row.peak_percent, row.peak()) {
        (Some(percent), Some((.., bound))) => one(bounded_percent(percent, bound), percent_tone(row, percent)),
        _ if row.usage.is_some() && row.day.is_none() => unknown(),
        _ => blank(),
    }
}

fn peak_and_time(state: &State, row: &QuotaRow, cells: usize) -> Cell {
    let mut cell = peak(state, row, cells);
    let at = row.peak().filter(|_| row.peak_percent.is_some());
    let at = at.map_or_else(String::new, |(_, at, _)| at.to_string().trim_end_matches('Z').to_owned());
    cell.push((format!(" {at:5}"), Tone::Dim));
    cell
}

/// What is left is the other side of what is used: at most, where the use is at least.
fn headroom(_: &State, row: &QuotaRow, _: usize) -> Cell {
    match (row.headroom_percent, row.used_now()) {
        _ if row.is_zero() && row.is_in_use() => one("zero", if row.binds() { Tone::Bad } else { Tone::Plain }),
        (Some(percent), Some((_, bound))) => {
            let bound = bound.of_the_rest();
            let percent = percent.max(0.0);
            // "At most all of it" says nothing.
            if bound == Bound::AtMost && percent > 99.0 {
                return unknown();
            }
            one(bounded_percent(percent, bound), percent_tone(row, 100.0 - percent))
        }
        _ if row.is_in_use() => unknown(),
        _ => blank(),
    }
}

fn request(state: &State, row: &QuotaRow, _: usize) -> Cell {
    let Some(request) = &row.open_request else { return blank() };
    let days = request.created.map(|at| state.shown_now().duration_since(at).as_hours().max(0) / 24);
    one(days.map_or_else(|| "open".to_owned(), |days| format!("open {}d", days.min(999))), Tone::Accent)
}

fn code(_: &State, row: &QuotaRow, _: usize) -> Cell {
    one(super::code(&row.known.quota.code), Tone::Dim)
}

fn name(_: &State, row: &QuotaRow, _: usize) -> Cell {
    one(clean(&row.known.quota.name), Tone::Dim)
}
