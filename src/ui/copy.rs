//! Text for the clipboard, made of what is shown: the table's own cells, the charts' own numbers. What is hidden on the screen is hidden here.

use std::fmt::Write;

use crate::{
    app::{
        event::CopyWhat,
        state::{Row, State},
        view::{ColumnSet, Overlay, RowId},
    },
    domain::{
        chart::{Chart, Unit, What},
        series::Cell as Point,
        snapshot::{Bound, Provenance},
    },
};

use super::{
    cells::{Cell, Subject},
    columns::{Placed, Width, place},
    doctor, evidence, log, names, prompt, quotas,
    text::{clean, truncate},
    theme::Theme,
};

/// Bytes that are copied at most: terminals take 100,000 of OSC 52, which base64 fills with 75,000 of text.
pub const AT_MOST: usize = 74_000;

/// Cells of the widest screen: every column has its place there, and no name is cut.
const ALL_COLUMNS: u16 = 400;

/// Cells of what was copied that the notice repeats.
const REPEATED: usize = 60;

/// The text.
///
/// # Errors
/// Why there is none, as a sentence.
pub fn text(state: &State, what: CopyWhat) -> Result<String, &'static str> {
    match whole(state, what) {
        None => Err("there is nothing to copy here"),
        Some(text) if text.len() > AT_MOST => Err("too long to copy: terminals take 74 kB"),
        Some(text) => Ok(text),
    }
}

/// As [`text`], however long it is: for a file.
#[must_use]
pub fn whole(state: &State, what: CopyWhat) -> Option<String> {
    match what {
        CopyWhat::Row => state.subject_row().map(|row| row_text(state, &row)),
        CopyWhat::Cell => state.subject_row().map(|row| cell_text(state, &row)),
        CopyWhat::Panel => panel_text(state),
        CopyWhat::Link => match &state.view.overlay {
            Some(Overlay::Link(address)) => Some(clean(address)),
            _ => None,
        },
        CopyWhat::Quota => quotas::row_text(state).map(|text| format!("{text} ({})", source(state))),
        CopyWhat::QuotaCode => quotas::code_text(state),
        CopyWhat::Increase => {
            let raised = state.raised();
            raised.and_then(|raised| evidence::increase_text(&state.increase_help(&raised)))
        }
        CopyWhat::Evidence => state.raised().and_then(|raised| evidence::evidence_text(state, &raised)),
        CopyWhat::Answer => prompt::answer_text(state),
        CopyWhat::Exchange => prompt::exchange_text(state),
        CopyWhat::Advice => doctor::advice_text(state),
        CopyWhat::Entry => log::entry_text(state).map(|text| state.redacted(&text).into_owned()),
    }
}

/// `copied: …`, one line of it.
#[must_use]
pub fn notice(text: &str) -> String {
    let lines = text.lines().count();
    if lines > 1 {
        format!("copied: {lines} lines")
    } else {
        format!("copied: {}", truncate(&clean(text), REPEATED, "…"))
    }
}

/// `Claude Sonnet 4.5 us pool · USE5m 87% · … (us-east-1, data to 03:12Z, SIMULATED)`.
fn row_text(state: &State, row: &Row) -> String {
    let theme = Theme::default();
    let subject = Subject::new(state, row, &theme);
    let cells = all_columns(state.view.columns).filter(is_text).map(|placed| (placed, fill(&placed, &subject)));
    let said: Vec<String> = cells
        .filter(|(_, text)| !text.is_empty())
        .map(
            |(placed, text)| {
                if placed.column.width == Width::Rest { text } else { format!("{} {text}", placed.column.title) }
            },
        )
        .collect();
    format!("{} ({})", said.join(" · "), source(state))
}

/// The columns of the shown set first, then those that only other sets have.
fn all_columns(shown: ColumnSet) -> impl Iterator<Item = Placed> {
    let mut columns: Vec<Placed> = Vec::new();
    for set in std::iter::once(shown).chain(ColumnSet::ALL) {
        let known = |placed: &Placed| columns.iter().any(|other| other.column.title == placed.column.title);
        let more: Vec<Placed> = place(ALL_COLUMNS, set).into_iter().filter(|placed| !known(placed)).collect();
        columns.extend(more);
    }
    columns.into_iter()
}

/// Marks and strips say nothing outside of the table.
fn is_text(placed: &Placed) -> bool {
    !placed.column.title.is_empty() && placed.column.width != Width::Strip
}

fn fill(placed: &Placed, subject: &Subject) -> String {
    let cell: Cell = (placed.column.cell)(subject, usize::from(placed.width));
    let text: String = cell.into_iter().map(|(text, _)| text).collect();
    text.trim_start_matches(['├', '└', ' ']).trim_end().to_owned()
}

/// Where the numbers come from: without it nobody can tell what a pasted line is about.
fn source(state: &State) -> String {
    let mut parts = vec![clean(state.snapshot.region.as_str())];
    parts.extend(state.snapshot.data_through.map(|minute| format!("data to {}", minute + 1)));
    match state.session.provenance {
        Provenance::Live => {}
        Provenance::CustomEndpoint => parts.push("custom endpoint".to_owned()),
        Provenance::File => parts.push("from files".to_owned()),
        Provenance::Simulated => parts.push("SIMULATED".to_owned()),
    }
    parts.join(", ")
}

/// The sorted column's cell, else the id that callers send.
fn cell_text(state: &State, row: &Row) -> String {
    let theme = Theme::default();
    let subject = Subject::new(state, row, &theme);
    let sorted = state
        .view
        .sort
        .by
        .and_then(|key| all_columns(state.view.columns).find(|placed| placed.column.sort == Some(key)));
    let text = sorted.map(|placed| fill(&placed, &subject)).filter(|text| !text.is_empty());
    text.unwrap_or_else(|| match (&row.id, subject.endpoint) {
        (_, Some(endpoint)) => names::id(state, &endpoint.endpoint.id),
        (RowId::Pool(pool), None) => clean(&state.redacted(pool.as_str())),
        (RowId::Member(_, id) | RowId::Idle(id), None) => names::id(state, id),
    })
}

/// Tab-separated: the time, then each line. A gap is empty, what is not known is `?`.
fn panel_text(state: &State) -> Option<String> {
    let chart = state.charts.iter().find(|chart| chart.panel == state.view.charts.focus)?;
    if chart.lines.is_empty() {
        return None;
    }
    let mut text = format!("time (UTC; {} min; {})", chart.period_minutes, source(state));
    for line in &chart.lines {
        let bound = match chart.bound {
            Bound::Exact => "",
            Bound::AtLeast => ", at least",
            Bound::AtMost => ", at most",
        };
        let _ = write!(text, "\t{}, {}{bound}", what(&line.what), unit(chart.unit));
    }
    text.push('\n');
    for point in 0..chart.points() {
        let _ = write!(text, "{}", chart.minute_of(point).start());
        for line in &chart.lines {
            let value = line.points.get(point).copied().unwrap_or_default();
            let _ = write!(text, "\t{}", number(chart, value));
        }
        text.push('\n');
    }
    Some(text)
}

fn number(chart: &Chart, point: Point) -> String {
    match point {
        Point::Value(value) => format!("{value}"),
        Point::Absent if chart.unit == Unit::Milliseconds => String::new(),
        Point::Absent => "0".to_owned(),
        Point::Unknown => "?".to_owned(),
    }
}

fn what(what: &What) -> String {
    match what {
        What::Use => "use".to_owned(),
        What::Attempts => "attempts".to_owned(),
        What::Refused => "refused".to_owned(),
        What::P50 => "p50".to_owned(),
        What::P90 => "p90".to_owned(),
        What::P99 => "p99".to_owned(),
        What::Mean => "mean".to_owned(),
        What::Served(Some(tier)) => format!("served {}", clean(tier.name())),
        What::Served(None) => "tier not reported".to_owned(),
        What::Input => "input".to_owned(),
        What::Output => "output".to_owned(),
        What::CacheRead => "cache read".to_owned(),
        What::CacheWrite => "cache write".to_owned(),
        What::ServerErrors => "5xx".to_owned(),
        What::ClientErrors => "4xx".to_owned(),
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Percent => "% of the limit",
        Unit::QuotaTokensPerMinute => "quota tokens per minute",
        Unit::TokensPerMinute => "tokens per minute",
        Unit::RequestsPerMinute => "requests per minute",
        Unit::Milliseconds => "ms",
        Unit::Count => "in the period",
    }
}
