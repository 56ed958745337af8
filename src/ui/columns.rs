//! The table's columns as data: title, width, the narrowest screen that has it in each set, what it sorts by, and the function that fills a cell.
//!
//! ```text
//! load      ENDPOINT USE5m PEAK Z LIMIT 60 MIN RPM FLIGHT THR5m 5xx 4xx TTFT P90 vs7d TIER
//! latency   ENDPOINT USE5m PEAK Z LIMIT FLIGHT THR5m TTFT TTF90 P50 P90 P99 vs7d TOK/S
//! tiers     ENDPOINT USE5m PEAK Z LIMIT THR5m IN OUT CACHED $/h TIER SERVED %
//! ```

use crate::app::{sort::SortKey, view::ColumnSet};

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
    /// The narrowest screen that has it, in cells, in each of [`ColumnSet::ALL`]; [`NEVER`]: not in this set.
    pub from: [u16; 3],
    /// The widest screen that has it.
    pub until: [u16; 3],
    /// What rows are sorted by that are sorted by it; None: they can't be.
    pub sort: Option<SortKey>,
    /// Fills a cell.
    pub cell: fn(&Subject, usize) -> Cell,
}

/// Widths of the strip: 60 minutes squeezed into whole minutes a cell.
pub const STRIP_WIDTHS: [u16; 5] = [60, 30, 20, 15, 12];

/// Cells that names get before the strip grows.
const ENOUGH_FOR_NAMES: u16 = 30;

/// No name needs more.
const MOST_FOR_NAMES: u16 = 52;

/// No screen is as wide.
pub const NEVER: u16 = u16::MAX;

const EVERY: [u16; 3] = [0; 3];

const fn column(
    title: &'static str,
    width: u16,
    from: [u16; 3],
    sort: Option<SortKey>,
    cell: fn(&Subject, usize) -> Cell,
    about: &'static str,
) -> Column {
    Column { title, about, width: Width::Fixed(width), align: Align::Right, from, until: [NEVER; 3], sort, cell }
}

const fn left(column: Column, width: Width) -> Column {
    Column { align: Align::Left, width, ..column }
}

const fn until(column: Column, widest: [u16; 3]) -> Column {
    Column { until: widest, ..column }
}

/// Every column, from left to right.
pub const COLUMNS: &[Column] = &[
    column("", 2, EVERY, None, cells::mark, ""),
    left(
        column(
            "ENDPOINT",
            0,
            EVERY,
            Some(SortKey::Name),
            cells::name,
            "model, scope (us, global; none: in-Region) or own name",
        ),
        Width::Rest,
    ),
    column(
        "USE5m",
        7,
        EVERY,
        Some(SortKey::Use),
        cells::used,
        "worst of the last 5 minutes, in percent of the limit; ≥ at least, ≤ at most",
    ),
    until(
        column(
            "PEAK",
            6,
            [52; 3],
            Some(SortKey::Peak),
            cells::peak,
            "worst minute of the window, in percent of the limit",
        ),
        [99, 119, 119],
    ),
    column(
        "PEAK Z",
        11,
        [100, 120, 120],
        Some(SortKey::Peak),
        cells::peak_and_time,
        "worst minute of the window, in percent of the limit, and when (UTC)",
    ),
    column(
        "LIMIT",
        9,
        [60; 3],
        Some(SortKey::Limit),
        cells::limit,
        "the quota in force: tokens (TPM) or requests (RPM) per minute",
    ),
    left(
        column(
            "60 MIN",
            0,
            [100, 140, 140],
            None,
            cells::strip,
            "the last hour against the limit (dim, at half height: no limit known); x refused, · unknown",
        ),
        Width::Strip,
    ),
    column(
        "RPM",
        5,
        [72, 150, 150],
        Some(SortKey::Requests),
        cells::rpm,
        "accepted requests per minute, mean of 5 minutes",
    ),
    column("TPM", 4, [150, 180, 150], Some(SortKey::Tokens), cells::tpm, "quota tokens per minute, mean of 5 minutes"),
    column("FLIGHT", 6, [114, 100, 190], Some(SortKey::InFlight), cells::in_flight, "calls in flight, about"),
    column(
        "THR5m",
        5,
        [40; 3],
        Some(SortKey::Throttled),
        cells::throttled,
        "refused of attempts in the last 5 minutes",
    ),
    column("5xx", 4, [72, 160, 180], Some(SortKey::ServerErrors), cells::server_errors, "server errors in the window"),
    column(
        "4xx",
        4,
        [108, 160, 180],
        Some(SortKey::ClientErrors),
        cells::client_errors,
        "client errors in the window, without refusals",
    ),
    column(
        "TTFT",
        4,
        [104, 76, 190],
        Some(SortKey::FirstToken),
        cells::ttft,
        "seconds to the first token: median of the newest 5 minutes; ~ under 20 samples",
    ),
    column(
        "TTF90",
        5,
        [196, 106, NEVER],
        Some(SortKey::FirstTokenP90),
        cells::ttft_p90,
        "seconds to the first token: 90th percentile of the newest 5 minutes",
    ),
    column(
        "P50",
        4,
        [196, 72, NEVER],
        Some(SortKey::LatencyP50),
        cells::latency_p50,
        "seconds to the end: median of the newest 5 minutes",
    ),
    column(
        "P90",
        4,
        [76, 66, 190],
        Some(SortKey::Latency),
        cells::latency,
        "seconds to the end: 90th percentile of the newest 5 minutes; ~ under 20 samples",
    ),
    column(
        "P99",
        4,
        [196, 86, NEVER],
        Some(SortKey::LatencyP99),
        cells::latency_p99,
        "seconds to the end: 99th percentile of the newest 5 minutes",
    ),
    column(
        "vs7d",
        5,
        [80, 80, 190],
        Some(SortKey::VsUsual),
        cells::vs_usual,
        "P90 against the median of the same hour of the last 7 days",
    ),
    column(
        "TOK/S",
        5,
        [170, 94, NEVER],
        Some(SortKey::Speed),
        cells::tokens_per_second,
        "output tokens per second, streaming calls",
    ),
    column(
        "IN",
        4,
        [160, NEVER, 76],
        Some(SortKey::Input),
        cells::input_tokens,
        "input tokens in the window, without cached ones",
    ),
    column("OUT", 4, [160, NEVER, 76], Some(SortKey::Output), cells::output_tokens, "output tokens in the window"),
    column(
        "CACHED",
        6,
        [160, NEVER, 90],
        Some(SortKey::Cached),
        cells::cached_tokens,
        "input tokens read from the cache in the window",
    ),
    column(
        "$/h",
        8,
        [196, NEVER, 66],
        Some(SortKey::Cost),
        cells::cost,
        "dollars an hour at list price, mean of the window; ~ tier assumed or split by quota tokens, +R Reserved beside",
    ),
    left(
        column(
            "TIER",
            4,
            [96, NEVER, 72],
            None,
            cells::tiers,
            "asked: Priority, Standard, Flex, Reserved; R>S asked R, served S; · not reported",
        ),
        Width::Fixed(4),
    ),
    left(
        column(
            "SERVED %",
            14,
            [NEVER, NEVER, 104],
            None,
            cells::served,
            "share of each tier in percent of the quota tokens, of the requests (#) where these are not known",
        ),
        Width::Fixed(14),
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

impl Column {
    /// Whether a screen of this width has it in a set.
    #[must_use]
    pub fn is_shown(&self, screen: u16, set: ColumnSet) -> bool {
        let at = ColumnSet::ALL.iter().position(|known| *known == set).unwrap_or(0);
        (self.from[at]..=self.until[at]).contains(&screen) && self.from[at] != NEVER
    }
}

/// The columns that a screen of this width has in any set: what the help explains.
pub fn of_width(screen: u16) -> impl Iterator<Item = &'static Column> {
    let in_any = move |column: &&Column| ColumnSet::ALL.into_iter().any(|set| column.is_shown(screen, set));
    COLUMNS.iter().filter(in_any)
}

/// The title of the column by which such an order goes.
#[must_use]
pub fn title_of(key: SortKey) -> &'static str {
    COLUMNS.iter().find(|column| column.sort == Some(key)).map_or("", |column| column.title)
}

/// The columns of a set on a screen of this width, with their places. They never overlap and never reach over the edge.
#[must_use]
pub fn place(screen: u16, set: ColumnSet) -> Vec<Placed> {
    let shown: Vec<_> = COLUMNS.iter().filter(|column| column.is_shown(screen, set)).collect();
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

    fn titles(screen: u16, set: ColumnSet) -> String {
        place(screen, set).iter().skip(1).map(|placed| placed.column.title).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_width_has_its_columns() {
        use ColumnSet::{Latency, Load, Tiers};
        for (screen, set, expected) in [
            (60, Load, "ENDPOINT USE5m PEAK LIMIT THR5m"),
            (60, Latency, "ENDPOINT USE5m PEAK LIMIT THR5m"),
            (60, Tiers, "ENDPOINT USE5m PEAK LIMIT THR5m"),
            (80, Load, "ENDPOINT USE5m PEAK LIMIT RPM THR5m 5xx P90 vs7d"),
            (80, Latency, "ENDPOINT USE5m PEAK LIMIT THR5m TTFT P50 P90 vs7d"),
            (80, Tiers, "ENDPOINT USE5m PEAK LIMIT THR5m IN OUT $/h TIER"),
            (120, Load, "ENDPOINT USE5m PEAK Z LIMIT 60 MIN RPM FLIGHT THR5m 5xx 4xx TTFT P90 vs7d TIER"),
            (120, Latency, "ENDPOINT USE5m PEAK Z LIMIT FLIGHT THR5m TTFT TTF90 P50 P90 P99 vs7d TOK/S"),
            (120, Tiers, "ENDPOINT USE5m PEAK Z LIMIT THR5m IN OUT CACHED $/h TIER SERVED %"),
        ] {
            assert_eq!(titles(screen, set), expected, "{screen} {set:?}");
        }
        let wide = titles(200, Load);
        assert!(
            wide.contains("TPM FLIGHT") && wide.contains("P50 P90 P99 vs7d TOK/S IN OUT CACHED $/h TIER"),
            "{wide}"
        );
    }

    #[test]
    fn what_the_sort_key_goes_round_is_what_the_usual_screen_shows() {
        for set in ColumnSet::ALL {
            let keys: Vec<_> = place(120, set).iter().filter_map(|placed| placed.column.sort).collect();
            assert_eq!(keys, SortKey::of(set), "{set:?}");
        }
        let sorted = |key: &SortKey| COLUMNS.iter().any(|column| column.sort == Some(*key));
        assert!(SortKey::NUMBERS.iter().all(sorted), "every number has a column");
    }

    #[test]
    fn columns_never_overlap_and_names_keep_their_room() {
        for (screen, set) in (40..=400).flat_map(|screen| ColumnSet::ALL.map(|set| (screen, set))) {
            let placed = place(screen, set);
            for pair in placed.windows(2) {
                assert!(pair[0].x + pair[0].width < pair[1].x, "{screen}: {}", pair[1].column.title);
            }
            let last = placed[placed.len() - 1];
            assert!(last.x + last.width <= screen, "{screen}");
            assert!(placed[1].width >= 18, "{screen} {set:?}: {}", placed[1].width);
            for column in placed.iter().skip(1) {
                assert!(usize::from(column.width) >= column.column.title.len(), "{screen}: {}", column.column.title);
            }
        }
    }
}
