//! The quotas as text for people: those in use first, least headroom on top, then by model. Unknown as `—`.

use std::{cmp::Ordering, fmt::Write};

use super::Found;
use crate::{
    cli::table::{heading, padded},
    domain::{
        evidence::request_line,
        quota_name::QuotaScope,
        quota_rows::QuotaRow,
        signs::Sign,
        snapshot::{Bound, Provenance, Usage},
    },
    ui::{
        numbers::{UNKNOWN, bounded, bounded_percent, clock, difference, short_or_unknown},
        text::{clean, truncate, width, wrap},
    },
};

/// Cells of a line at most.
const LINE_AT_MOST: usize = 120;

/// Values that are not to be trusted of which the reason is told.
const REASONS_AT_MOST: usize = 10;

/// Cells of a use with its mark: `≥1.2k`.
const USE: usize = 5;

const BELOW_DEFAULT: &str = "<";
const ZERO: &str = "!";
const NOT_ONE_MODEL: &str = "?";
const PIN_CONTRADICTS: &str = "p";

/// The column of the worst minute's time: files have none.
const PEAK_TIME: &str = "AT";

/// The columns, with what they are at least as wide as; the numbers' stand to the right.
const COLUMNS: [(&str, usize, bool); 13] = [
    ("MODEL", 20, false),
    ("", 1, false),
    ("SCOPE", 5, false),
    ("METRIC", 6, false),
    ("APPLIED", 7, true),
    ("", 1, false),
    ("DEFAULT", 7, true),
    ("ADJ", 3, false),
    ("USE5m", USE, true),
    ("PEAK", USE, true),
    (PEAK_TIME, 6, true),
    ("LEFT", 5, true),
    ("CODE", 10, false),
];

type Line = [String; COLUMNS.len()];

/// The table, ended by a line feed. `all`: with quotas that inference does not draw on.
pub(super) fn text(found: &Found, all: bool) -> String {
    let snapshot = &found.snapshot;
    let mut rows: Vec<&QuotaRow> = snapshot.quotas.iter().filter(|row| all || row.is_inference()).collect();
    rows.sort_by(|a, b| order(a).cmp_to(&order(b)));
    let lines: Vec<Line> = rows.iter().map(|row| line(row)).collect();
    let mut out = first_line(found);
    print(&mut out, &lines);
    for note in marks(&lines).into_iter().chain(left_out(snapshot.quotas.len() - rows.len())) {
        let _ = writeln!(out, "{note}");
    }
    beside(&mut out, &rows);
    reasons(&mut out, &rows);
    for note in &found.notes {
        let _ = writeln!(out, "* {}", clean(note));
    }
    for fault in &snapshot.faults {
        let _ = writeln!(out, "! {}", clean(&fault.to_string()));
    }
    out
}

fn first_line(found: &Found) -> String {
    let snapshot = &found.snapshot;
    if snapshot.provenance == Provenance::File {
        let account = snapshot.account.as_ref().map_or("account unknown", |account| account.as_str());
        return format!("{}  {}  from files, without use\n", clean(account), clean(snapshot.region.as_str()));
    }
    let checked = snapshot.quotas_checked_at.map_or_else(String::new, |at| format!(", quotas read {}", clock(at)));
    format!("{}{checked}\n", heading(snapshot).trim_end())
}

/// What a row stands by: a quota of zero in use, least headroom, use of an unknown part; then by name.
struct Order<'a> {
    class: u8,
    headroom: f64,
    name: (&'a str, Option<&'a str>, QuotaScope, &'a str),
}

impl Order<'_> {
    fn cmp_to(&self, other: &Self) -> Ordering {
        let class = self.class.cmp(&other.class);
        class.then(self.headroom.total_cmp(&other.headroom)).then_with(|| self.name.cmp(&other.name))
    }
}

fn order(row: &QuotaRow) -> Order<'_> {
    let known = &row.known;
    let used = row.is_in_use();
    let class = match row.headroom_percent {
        _ if used && row.is_zero() && row.binds() => 0,
        Some(_) if used => 1,
        _ if used => 2,
        _ => 3,
    };
    Order {
        class,
        headroom: row.headroom_percent.filter(|_| class == 1).unwrap_or(0.0),
        name: (
            known.label.as_deref().unwrap_or(&known.quota.name),
            known.variant.as_deref(),
            known.scope,
            known.quota.code.as_str(),
        ),
    }
}

fn line(row: &QuotaRow) -> Line {
    let known = &row.known;
    let mark = match () {
        () if row.is_zero() => ZERO,
        () if row.is_below_default() => BELOW_DEFAULT,
        () => "",
    };
    let unsure = match () {
        () if row.is_unmatched() => NOT_ONE_MODEL,
        () if known.matching.pin_contradicts.is_some() => PIN_CONTRADICTS,
        () => "",
    };
    let used = |value: fn(&Usage) -> (Option<f64>, Bound)| {
        let (value, bound) = row.usage.as_ref().map_or((None, Bound::Exact), value);
        bounded(value, bound, USE)
    };
    [
        model(row),
        unsure.to_owned(),
        known.scope.name().to_owned(),
        known.metric.map_or(UNKNOWN, crate::domain::quota_name::QuotaMetric::name).to_owned(),
        short_or_unknown(known.quota.applied),
        mark.to_owned(),
        short_or_unknown(known.quota.default),
        if known.quota.adjustable { "yes" } else { "no" }.to_owned(),
        used(|usage| (usage.used_now, usage.now_bound)),
        used(|usage| (usage.peak, usage.peak_bound)),
        row.peak().filter(|(peak, ..)| *peak > 0.0).map_or_else(String::new, |(_, at, _)| at.to_string()),
        left(row),
        clean(known.quota.code.as_str()),
    ]
}

/// The model as the quota's name spells it, with its variant; the whole name where it names none.
fn model(row: &QuotaRow) -> String {
    let known = &row.known;
    let label = clean(known.label.as_deref().unwrap_or(&known.quota.name));
    let variant = known.variant.as_deref().map_or_else(String::new, |variant| format!(", {}", clean(variant)));
    format!("{label}{variant}")
}

/// What is left. Where the use is at least so much, this is left at most.
fn left(row: &QuotaRow) -> String {
    let Some((headroom, usage)) = row.headroom_percent.zip(row.usage.as_ref()) else { return UNKNOWN.to_owned() };
    if headroom < 0.0 {
        return difference(headroom);
    }
    bounded_percent(headroom, usage.now_bound.of_the_rest())
}

fn print(out: &mut String, lines: &[Line]) {
    let widest = |column: usize| lines.iter().map(|line| width(&line[column])).max().unwrap_or(0);
    let mut widths: Vec<usize> =
        COLUMNS.iter().enumerate().map(|(column, (_, least, _))| widest(column).max(*least)).collect();
    // The first and the last hold AWS's text, which may be of any length.
    if let Some(code) = widths.last_mut() {
        *code = (*code).min(2 * COLUMNS[COLUMNS.len() - 1].1);
    }
    let is_shown = |column: usize| COLUMNS[column].0 != PEAK_TIME || widest(column) > 0;
    let others: usize = (1..COLUMNS.len()).filter(|column| is_shown(*column)).map(|column| widths[column] + 1).sum();
    widths[0] = widths[0].min(LINE_AT_MOST.saturating_sub(others)).max(COLUMNS[0].1);
    let titles: Line = COLUMNS.map(|(title, _, _)| title.to_owned());
    for line in std::iter::once(&titles).chain(lines) {
        let cells = line.iter().zip(&widths).zip(COLUMNS).enumerate().filter(|(column, _)| is_shown(*column));
        let cells = cells.map(|(_, ((cell, width), (_, _, right)))| {
            let cell = truncate(cell, *width, "…");
            if right {
                format!("{}{cell}", " ".repeat(width.saturating_sub(crate::ui::text::width(&cell))))
            } else {
                padded(&cell, *width)
            }
        });
        let _ = writeln!(out, "{}", cells.collect::<Vec<_>>().join(" ").trim_end());
    }
}

/// What the marks that occur mean.
fn marks(lines: &[Line]) -> Vec<String> {
    let has = |mark: &str| lines.iter().any(|line| line.iter().any(|cell| cell == mark));
    let meanings = [
        (has(ZERO), format!("{ZERO} the quota is zero")),
        (has(BELOW_DEFAULT), format!("{BELOW_DEFAULT} less than AWS's default")),
        (has(NOT_ONE_MODEL), format!("{NOT_ONE_MODEL} no model fits the name for certain: --format json says why")),
        (has(PIN_CONTRADICTS), format!("{PIN_CONTRADICTS} the pin contradicts the name")),
    ];
    let meant: Vec<String> = meanings.into_iter().filter(|(occurs, _)| *occurs).map(|(_, meaning)| meaning).collect();
    if meant.is_empty() { Vec::new() } else { vec![meant.join("   ")] }
}

/// What stands beside the numbers of single quotas: signs, open requests, pins.
fn beside(out: &mut String, rows: &[&QuotaRow]) {
    let of_row = |row: &&QuotaRow| {
        let code = row.known.quota.code.clone();
        let signs = row.signs.iter().map(Sign::text);
        let pin = row.known.matching.pin_contradicts.as_ref();
        let pin = pin.map(|why| format!("the pin contradicts the name: {why}"));
        let request = row.open_request.as_ref().map(|request| format!("a request is open: {}", request_line(request)));
        let said = signs.chain(pin).chain(request).collect::<Vec<_>>();
        said.into_iter().map(move |said| format!("{code}: {said}"))
    };
    let all: Vec<String> = rows.iter().flat_map(of_row).collect();
    for said in all.iter().take(REASONS_AT_MOST) {
        for line in wrap(&format!("~ {}", clean(said)), LINE_AT_MOST, "…") {
            let _ = writeln!(out, "{line}");
        }
    }
    if let Some(more) = all.len().checked_sub(REASONS_AT_MOST).filter(|more| *more > 0) {
        let _ = writeln!(out, "~ and {more} more: --format json says all");
    }
}

fn left_out(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 other quota, which inference does not draw on, is left out: --all shows it".to_owned()),
        _ => Some(format!("{count} other quotas, which inference does not draw on, are left out: --all shows them")),
    }
}

/// Why values are not known that are listed.
fn reasons(out: &mut String, rows: &[&QuotaRow]) {
    let of_row = |row: &&QuotaRow| {
        let quota = &row.known.quota;
        let applied = quota.error.as_ref().map(|why| format!("{}: {why}", quota.code));
        let default = quota.default_error.as_ref().map(|why| format!("{}, default: {why}", quota.code));
        applied.into_iter().chain(default).collect::<Vec<_>>()
    };
    let all: Vec<String> = rows.iter().flat_map(of_row).collect();
    for reason in all.iter().take(REASONS_AT_MOST) {
        let _ = writeln!(out, "{UNKNOWN} {}", clean(reason));
    }
    if let Some(more) = all.len().checked_sub(REASONS_AT_MOST).filter(|more| *more > 0) {
        let _ = writeln!(out, "{UNKNOWN} and {more} more: --format json says why");
    }
}
