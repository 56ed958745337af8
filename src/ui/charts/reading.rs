//! Titles: what a chart shows, its numbers at the cross-hair or the newest ones, and why something is missing.
//!
//! ```text
//! ─ use % of 2.0M TPM · 03:06Z 97% · refused 12 · 3h·1m ────
//! ─ latency, s · 03:05Z p50 0.8 p90 7.9 p99 12 · ░ usual ────
//! ```
//!
//! What says least goes first where the room is short.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use crate::{
    domain::{
        chart::{Chart, Lack, Line, Panel, Statistic, Unit, What},
        minute::{Minute, Span},
        series::Cell,
    },
    ui::{
        numbers::{UNKNOWN, bounded, bounded_percent, seconds, short, window},
        text::{clean, truncate, width},
        theme::{Theme, Tone},
        verdict::limit_unit,
    },
};

use super::{
    axis::day,
    cells::{Glyphs, put},
    columns::point_at,
};

/// A piece of a title.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    /// What stands between it and the one before.
    join: &'static str,
    text: String,
    tone: Tone,
    /// Pieces of a higher rank go first where the room is short.
    rank: u8,
}

impl Piece {
    fn new(join: &'static str, text: impl Into<String>, tone: Tone, rank: u8) -> Self {
        Self { join, text: text.into(), tone, rank }
    }
}

/// What a title is made from.
#[derive(Debug, Clone, Copy)]
pub struct Title<'a> {
    /// The chart; None where there is none yet.
    pub chart: Option<&'a Chart>,
    /// The chart of the same subject's attempts: it knows how many were refused.
    pub attempts: Option<&'a Chart>,
    /// Its panel.
    pub panel: Panel,
    /// Its subject's name, where no heading says it.
    pub name: &'a str,
    /// The member that it is of alone; empty where it is of all.
    pub member: &'a str,
    /// Whether it has the focus.
    pub has_focus: bool,
    /// Where all charts are read.
    pub cross: Option<Minute>,
    /// Length of the window in minutes, as it was chosen.
    pub window_minutes: i64,
    /// Which of how many it is, where there are others that are not in view.
    pub page: Option<(usize, usize)>,
}

/// Draws a chart's title.
pub fn draw(title: &Title, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    on_rule(pieces(title, theme), title.has_focus, theme, area, buffer);
}

/// Draws a line of pieces, of which those further on go first where the room is short.
pub fn draw_pieces(pieces: &[(&str, Tone)], theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let pieces = pieces.iter().filter(|(text, _)| !text.is_empty());
    let pieces = pieces.zip(0..).map(|((text, tone), rank)| Piece::new(" · ", *text, *tone, rank)).collect();
    on_rule(pieces, false, theme, area, buffer);
}

fn on_rule(pieces: Vec<Piece>, has_focus: bool, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let rule = theme.style(Tone::Dim);
    for x in area.x..area.right() {
        put(buffer, x, area.y, Glyphs::of(theme).level, rule);
    }
    let room = usize::from(area.width).saturating_sub(4);
    let pieces = fitting(pieces, room, theme);
    let (mut x, end) = (area.x + 1, area.right());
    let blank = |x: u16, buffer: &mut Buffer| {
        if x < end {
            put(buffer, x, area.y, ' ', Style::new());
        }
    };
    if pieces.is_empty() {
        return;
    }
    blank(x, buffer);
    x += 1;
    for (index, piece) in pieces.iter().enumerate() {
        let style = match piece.rank {
            0 if has_focus => theme.style(Tone::Accent).add_modifier(Modifier::BOLD),
            _ => theme.style(piece.tone),
        };
        let joined = if index == 0 { String::new() } else { theme.say(piece.join).into_owned() };
        x = text(buffer, (x, area.y), &joined, end, theme.style(Tone::Dim));
        x = text(buffer, (x, area.y), &theme.say(&piece.text), end, style);
    }
    blank(x, buffer);
}

fn text(buffer: &mut Buffer, (x, y): (u16, u16), text: &str, end: u16, style: Style) -> u16 {
    let room = end.saturating_sub(x);
    let area = Rect { x, y, width: width(text).try_into().unwrap_or(u16::MAX).min(room), height: 1 };
    // Nothing of the rule shows through.
    area.positions().for_each(|at| put(buffer, at.x, at.y, ' ', Style::new()));
    if room == 0 { x } else { buffer.set_stringn(x, y, text, usize::from(room), style).0 }
}

/// As many pieces as there is room for; the first one is cut if nothing else helps.
fn fitting(mut pieces: Vec<Piece>, room: usize, theme: &Theme) -> Vec<Piece> {
    let cells = |pieces: &[Piece]| -> usize {
        let joins = pieces.iter().skip(1).map(|piece| width(&theme.say(piece.join)));
        joins.sum::<usize>() + pieces.iter().map(|piece| width(&theme.say(&piece.text))).sum::<usize>()
    };
    while pieces.len() > 1 && cells(&pieces) > room {
        let rank = pieces.iter().map(|piece| piece.rank).max();
        let last = pieces.iter().rposition(|piece| Some(piece.rank) == rank);
        let Some(gone) = last.map(|at| (at, pieces.remove(at))) else { break };
        // What is left of a group begins as the group did.
        if let Some(next) = pieces.get_mut(gone.0).filter(|next| next.join == " ") {
            next.join = gone.1.join;
        }
    }
    if let Some(only) = pieces.first_mut().filter(|_| cells(&[]) <= room) {
        only.text = theme.fit(&only.text, room);
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

fn pieces(title: &Title, theme: &Theme) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let subject = subject(title.panel, title.chart);
    if !title.name.is_empty() {
        pieces.push(Piece::new("", title.name, Tone::Strong, 3));
    }
    pieces.push(Piece::new(" · ", subject, Tone::Plain, 0));
    if !title.member.is_empty() {
        pieces.push(Piece::new(" ", format!("of {}", title.member), Tone::Plain, 1));
    }
    if title.panel == Panel::TierTokens {
        pieces.push(Piece::new(" ", "by tier served", Tone::Plain, 4));
    }
    if let Some(chart) = title.chart {
        pieces.extend(lack(chart));
        pieces.extend(reading(chart, title));
        if !chart.usual.is_empty() && !is_blank(chart) {
            pieces.push(Piece::new(" · ", format!("{} usual", Glyphs::of(theme).usual), Tone::Dim, 4));
            pieces.push(Piece::new(" ", "at this hour", Tone::Dim, 6));
        }
        pieces.push(Piece::new(" · ", times(chart, title.window_minutes), Tone::Dim, 5));
    }
    if let Some((at, of)) = title.page {
        pieces.push(Piece::new(" · ", format!("{at}/{of}"), Tone::Dim, 7));
    }
    pieces
}

/// What a panel shows, and in what.
fn subject(panel: Panel, chart: Option<&Chart>) -> String {
    let limit = chart.and_then(|chart| chart.limit);
    let limit = limit.map(|limit| format!("{} {}", short(limit.applied), limit_unit(limit.metric)));
    match (panel, chart.map(|chart| chart.unit)) {
        (Panel::Use, Some(Unit::Percent)) => limit.map_or("use %".into(), |limit| format!("use % of {limit}")),
        (Panel::Use, Some(_)) => limit.map_or("use, tokens/min".into(), |limit| format!("use, limit {limit}")),
        (Panel::Use, None) => "use".into(),
        (Panel::Attempts, _) => "attempts/min".into(),
        (Panel::Latency, _) => "latency, s".into(),
        (Panel::TierTokens, _) => "quota tokens/min".into(),
        (Panel::FirstToken, _) => "first token, s".into(),
        (Panel::Tokens, _) => "tokens/min".into(),
        (Panel::Errors, chart_unit) => {
            let minutes = chart.filter(|_| chart_unit.is_some()).map_or(1, |chart| chart.period_minutes);
            if minutes == 1 { "errors/min".into() } else { format!("errors in {}", compact(minutes)) }
        }
    }
}

/// `3h·1m`; with what the points say of their periods where that is not the usual, or not plain.
fn times(chart: &Chart, window_minutes: i64) -> String {
    let statistic = match chart.statistic {
        Statistic::Mean => " mean",
        Statistic::Worst if chart.period_minutes > 1 => " worst",
        _ => "",
    };
    format!("{}·{}{statistic}", compact(window_minutes), compact(chart.period_minutes))
}

/// `3h`, `5m`, `14d`.
fn compact(minutes: i64) -> String {
    window(usize::try_from(minutes).unwrap_or(0)).replace(" min", "m").replace(' ', "")
}

/// Why there is nothing, in one sentence.
#[must_use]
pub fn why(lack: Lack) -> String {
    match lack {
        Lack::Loading(percent) => format!("loading {}%", percent.min(100)),
        Lack::NoSuchMetric => "there is no such metric for this endpoint".into(),
        Lack::TierNotReported => "no tier is reported".into(),
        Lack::NothingMeasured => "no call to measure in this time".into(),
        Lack::Unknown => "not known".into(),
        Lack::Idle => "idle: no traffic".into(),
    }
}

/// Whether there is no number at all: then the field says why.
#[must_use]
pub fn is_blank(chart: &Chart) -> bool {
    newest(chart).is_none() && chart.hollow.is_empty()
}

/// In the title only where there are numbers: else the field says it.
fn lack(chart: &Chart) -> Option<Piece> {
    let lack = chart.lack.filter(|_| !is_blank(chart))?;
    let rank = if matches!(lack, Lack::Loading(_)) { 1 } else { 6 };
    Some(Piece::new(" · ", why(lack), Tone::Warn, rank))
}

/// The time and each line's number there.
fn reading(chart: &Chart, title: &Title) -> Vec<Piece> {
    if is_blank(chart) {
        return Vec::new();
    }
    let cross = title.cross;
    let point = match cross {
        Some(minute) => point_at(chart, minute),
        None => newest(chart),
    };
    let time = cross.or(point.map(|point| chart.minute_of(point)));
    let text = time.map_or_else(String::new, |minute| stamp(chart.span, minute));
    let (rank, tone) = if cross.is_some() { (3, Tone::Strong) } else { (5, Tone::Dim) };
    let mut pieces = vec![Piece::new(" · ", text, tone, rank)];
    match point {
        Some(point) if point >= chart.points() => pieces.push(so_far(chart, point)),
        Some(point) => {
            if !chart.is_over(point) {
                pieces.push(Piece::new(" ", "so far", Tone::Dim, 1));
            }
            numbers(chart, point, &mut pieces);
            pieces.extend(refused(chart, title.attempts, point));
        }
        None => pieces.push(Piece::new(" ", UNKNOWN, Tone::Dim, 1)),
    }
    if let [time, first, ..] = pieces.as_mut_slice()
        && time.text.is_empty()
    {
        first.join = " · ";
        pieces.remove(0);
    }
    pieces
}

/// The newest point of which something is known.
fn newest(chart: &Chart) -> Option<usize> {
    let is_known = |point: &usize| {
        chart.lines.iter().any(|line| match (chart.unit, at(line, *point)) {
            (_, Cell::Unknown) | (Unit::Milliseconds, Cell::Absent) => false,
            (_, Cell::Absent | Cell::Value(_)) => true,
        })
    };
    (0..chart.points()).rev().find(is_known)
}

fn at(line: &Line, point: usize) -> Cell {
    line.points.get(point).copied().unwrap_or_default()
}

/// `03:06Z`; with its day where the window is longer than one.
#[must_use]
pub fn stamp(span: Span, minute: Minute) -> String {
    if span.len() > 24 * 60 { format!("{} {minute}", day(minute)) } else { minute.to_string() }
}

fn so_far(chart: &Chart, point: usize) -> Piece {
    let hollow = chart.hollow.get(point - chart.points()).map(|number| text_of(chart, *number));
    Piece::new(" ", format!("so far {}", hollow.unwrap_or_else(|| UNKNOWN.to_owned())), Tone::Dim, 1)
}

fn numbers(chart: &Chart, point: usize, pieces: &mut Vec<Piece>) {
    let mut lines: Vec<_> = chart.lines.iter().enumerate().collect();
    // Percentiles stand as people read them, whichever is the most important.
    lines.sort_by_key(|(_, line)| match line.what {
        What::P50 => 1,
        What::P90 => 2,
        What::P99 => 3,
        _ => 0,
    });
    for (index, line) in lines {
        let number = match at(line, point) {
            Cell::Unknown => UNKNOWN.to_owned(),
            Cell::Absent if chart.unit == Unit::Milliseconds => "gap".to_owned(),
            Cell::Absent => text_of(chart, 0.0),
            Cell::Value(number) => text_of(chart, number),
        };
        if line.what == What::Refused {
            if at(line, point).count() != Some(0.0) {
                pieces.push(Piece::new(" · ", format!("refused {number}"), Tone::Bad, 2));
            }
            continue;
        }
        let label = label(&line.what);
        let text = if label.is_empty() { number } else { format!("{label} {number}") };
        let tone = if label.is_empty() { Tone::Strong } else { series(&line.what) };
        pieces.push(Piece::new(" ", text, tone, if index == 0 { 1 } else { 2 }));
    }
}

/// That calls were refused, and how many where that is known of the same periods.
fn refused(chart: &Chart, attempts: Option<&Chart>, point: usize) -> Vec<Piece> {
    let is_marked = chart.panel == Panel::Use && chart.refused.get(point) == Some(&true);
    let alike = |other: &&Chart| {
        (other.span, other.period_minutes, other.statistic) == (chart.span, chart.period_minutes, chart.statistic)
    };
    let line = attempts.filter(alike).and_then(|other| other.lines.iter().find(|line| line.what == What::Refused));
    let count = line.and_then(|line| at(line, point).count()).filter(|count| *count > 0.0);
    let count = count.map(|count| Piece::new(" ", short(count), Tone::Bad, 4));
    let said = is_marked.then(|| Piece::new(" · ", "refused", Tone::Bad, 2));
    said.into_iter().chain(count.filter(|_| is_marked)).collect()
}

/// A number in the chart's unit, as a bound where it is one.
fn text_of(chart: &Chart, number: f64) -> String {
    match chart.unit {
        Unit::Percent => bounded_percent(number, chart.bound),
        Unit::Milliseconds => seconds(number),
        _ => bounded(Some(number), chart.bound, usize::MAX),
    }
}

/// What a line is called; empty where the title says it.
#[must_use]
pub fn label(what: &What) -> String {
    let name = match what {
        What::Use | What::Attempts => "",
        What::Refused => "refused",
        What::P50 => "p50",
        What::P90 => "p90",
        What::P99 => "p99",
        What::Mean => "mean",
        What::Served(Some(crate::domain::tier::Tier::Other(name))) => return truncate(&clean(name), 10, "…"),
        What::Served(Some(tier)) => return tier.letter().to_string(),
        What::Served(None) => "not reported",
        What::Input => "in",
        What::Output => "out",
        What::CacheRead => "cached",
        What::CacheWrite => "written",
        What::ServerErrors => "5xx",
        What::ClientErrors => "4xx",
    };
    name.to_owned()
}

/// What a line is called in two cells.
#[must_use]
pub fn initial(what: &What) -> String {
    match what {
        What::P50 | What::P90 | What::P99 => label(what).trim_start_matches('p').to_owned(),
        What::Served(Some(tier)) => tier.letter().to_string(),
        What::Served(None) => "·".to_owned(),
        other => label(other).chars().take(1).collect(),
    }
}

/// The letter that a line is drawn with in ASCII.
#[must_use]
pub fn mark(what: &What) -> char {
    match what {
        What::P50 => '5',
        What::P90 => '9',
        What::P99 => '*',
        What::Served(Some(tier)) => tier.letter(),
        What::Served(None) => '-',
        other => label(other).chars().next().unwrap_or('*'),
    }
}

/// A line's colour: the same thing has the same one in every chart.
#[must_use]
pub fn series(what: &What) -> Tone {
    use crate::domain::tier::Tier;
    match what {
        What::Refused | What::ServerErrors => Tone::Bad,
        What::ClientErrors => Tone::Warn,
        What::Use | What::Attempts | What::P90 | What::Input | What::Served(Some(Tier::Standard)) => Tone::Series(0),
        What::P99 | What::Output | What::Served(Some(Tier::Priority)) => Tone::Series(1),
        What::Mean | What::CacheRead | What::Served(Some(Tier::Flex)) => Tone::Series(2),
        What::P50 | What::CacheWrite | What::Served(Some(Tier::Reserved)) => Tone::Series(3),
        What::Served(None | Some(Tier::Other(_))) => Tone::Dim,
    }
}
