//! The table's columns as data: title, width, the narrowest screen that has it, and the function that fills a cell.

use super::cells::{self, Cell, Subject};

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Always so many cells: numbers stay where they are.
    Fixed(u16),
    /// What the others leave.
    Rest,
    /// One of [`STRIP_WIDTHS`]: the largest that leaves enough for names.
    Strip,
}

/// Where a cell's text stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// At the right: numbers.
    Right,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What stands above it.
    pub title: &'static str,
    /// What it means, for the help.
    pub about: &'static str,
    /// How wide it is.
    pub width: Width,
    /// Where its text stands.
    pub align: Align,
    /// The narrowest screen that has it, in cells.
    pub from: u16,
    /// The widest screen that has it.
    pub until: u16,
    /// Fills a cell.
    pub cell: fn(&Subject, usize) -> Cell,
}

/// Widths of the strip: 60 minutes squeezed into whole minutes a cell.
pub const STRIP_WIDTHS: [u16; 5] = [60, 30, 20, 15, 12];

/// Cells that names get before the strip grows.
const ENOUGH_FOR_NAMES: u16 = 30;

/// No name needs more.
const MOST_FOR_NAMES: u16 = 52;

const ALWAYS: u16 = u16::MAX;

const fn column(
    title: &'static str,
    width: u16,
    from: u16,
    cell: fn(&Subject, usize) -> Cell,
    about: &'static str,
) -> Column {
    Column { title, about, width: Width::Fixed(width), align: Align::Right, from, until: ALWAYS, cell }
}

const fn left(column: Column, width: Width) -> Column {
    Column { align: Align::Left, width, ..column }
}

const fn until(column: Column, widest: u16) -> Column {
    Column { until: widest, ..column }
}

/// Every column, from left to right.
pub const COLUMNS: &[Column] = &[
    column("", 2, 0, cells::mark, ""),
    left(column("ENDPOINT", 0, 0, cells::name, "model, scope (us, global; none: in-Region) or own name"), Width::Rest),
    column("USE5m", 7, 0, cells::used, "worst of the last 5 minutes, in percent of the limit; ≥ at least, ≤ at most"),
    until(column("PEAK", 6, 52, cells::peak, "worst minute of the window, in percent of the limit"), 99),
    column(
        "PEAK Z",
        11,
        100,
        cells::peak_and_time,
        "worst minute of the window, in percent of the limit, and when (UTC)",
    ),
    column("LIMIT", 9, 60, cells::limit, "the quota in force: tokens (TPM) or requests (RPM) per minute"),
    left(
        column(
            "60 MIN",
            0,
            100,
            cells::strip,
            "the last hour against the limit (dim, at half height: no limit known); x refused, · unknown",
        ),
        Width::Strip,
    ),
    column("RPM", 5, 72, cells::rpm, "accepted requests per minute, mean of 5 minutes"),
    column("TPM", 4, 150, cells::tpm, "quota tokens per minute, mean of 5 minutes"),
    column("FLIGHT", 6, 110, cells::in_flight, "calls in flight, about"),
    column("THR5m", 5, 40, cells::throttled, "refused of attempts in the last 5 minutes"),
    column("5xx", 4, 72, cells::server_errors, "server errors in the window"),
    column("4xx", 4, 106, cells::client_errors, "client errors in the window, without refusals"),
    column(
        "TTFT",
        4,
        104,
        cells::ttft,
        "seconds to the first token: median of the newest 5 minutes; ~ under 20 samples",
    ),
    column(
        "P90",
        4,
        80,
        cells::latency,
        "seconds to the end: 90th percentile of the newest 5 minutes; ~ under 20 samples",
    ),
    column("TOK/S", 5, 170, cells::tokens_per_second, "output tokens per second, streaming calls"),
    column("IN", 4, 160, cells::input_tokens, "input tokens in the window, without cached ones"),
    column("OUT", 4, 160, cells::output_tokens, "output tokens in the window"),
    column("CACHED", 6, 160, cells::cached_tokens, "input tokens read from the cache in the window"),
    left(
        column(
            "TIER",
            4,
            96,
            cells::tiers,
            "asked: Priority, Standard, Flex, Reserved; R>S asked R, served S; · not reported",
        ),
        Width::Fixed(4),
    ),
];

/// A column with its place: offset from the table's left edge, and width.
#[derive(Debug, Clone, Copy)]
pub struct Placed {
    /// The column.
    pub column: &'static Column,
    /// First cell.
    pub x: u16,
    /// Cells.
    pub width: u16,
}

/// The columns of a screen of this width, with their places. They never overlap and never reach over the edge.
#[must_use]
pub fn place(screen: u16) -> Vec<Placed> {
    let shown: Vec<_> = COLUMNS.iter().filter(|column| (column.from..=column.until).contains(&screen)).collect();
    let fixed: u16 = shown.iter().map(|column| if let Width::Fixed(width) = column.width { width } else { 0 }).sum();
    let gaps = u16::try_from(shown.len()).unwrap_or(0).saturating_sub(1);
    let free = screen.saturating_sub(fixed + gaps);
    let strip = strip_width(&shown, free);
    let names = (free - strip).min(MOST_FOR_NAMES);
    let gap = if free - strip - names >= gaps { 2 } else { 1 };
    let mut x = 0;
    let mut placed = Vec::with_capacity(shown.len());
    for column in shown {
        let width = match column.width {
            Width::Fixed(width) => width,
            Width::Rest => names,
            Width::Strip => strip,
        };
        let width = width.min(screen.saturating_sub(x));
        placed.push(Placed { column, x, width });
        x += width + if x == 0 { 1 } else { gap };
    }
    placed
}

fn strip_width(shown: &[&Column], free: u16) -> u16 {
    if !shown.iter().any(|column| column.width == Width::Strip) {
        return 0;
    }
    let smallest = STRIP_WIDTHS[STRIP_WIDTHS.len() - 1];
    let fits = STRIP_WIDTHS.into_iter().find(|width| free >= width + ENOUGH_FOR_NAMES);
    fits.unwrap_or(smallest).min(free)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(screen: u16) -> String {
        place(screen).iter().skip(1).map(|placed| placed.column.title).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_width_has_its_columns() {
        assert_eq!(titles(60), "ENDPOINT USE5m PEAK LIMIT THR5m");
        assert_eq!(titles(80), "ENDPOINT USE5m PEAK LIMIT RPM THR5m 5xx P90");
        assert_eq!(titles(120), "ENDPOINT USE5m PEAK Z LIMIT 60 MIN RPM FLIGHT THR5m 5xx 4xx TTFT P90 TIER");
        assert!(titles(200).contains("TPM FLIGHT") && titles(200).contains("TOK/S IN OUT CACHED TIER"));
    }

    #[test]
    fn columns_never_overlap_and_names_keep_their_room() {
        for screen in 40..=400 {
            let placed = place(screen);
            for pair in placed.windows(2) {
                assert!(pair[0].x + pair[0].width < pair[1].x, "{screen}: {}", pair[1].column.title);
            }
            let last = placed[placed.len() - 1];
            assert!(last.x + last.width <= screen, "{screen}");
            assert!(placed[1].width >= 18, "{screen}: {}", placed[1].width);
            for column in placed.iter().skip(1) {
                assert!(usize::from(column.width) >= column.column.title.len(), "{screen}: {}", column.column.title);
            }
        }
    }
}
