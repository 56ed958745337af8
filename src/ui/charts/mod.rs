//! The charts of the row that the cursor is on.
//!
//! ```text
//! ─ use % of 2.0M TPM · 97% · refused ─── ─ attempts/min · 541 · refused 90 ───── ─ latency, s · p50 1.4 p90 6.5 p99 10 ─
//!  100%┤──────────────────────────────xxx─   600┤                                     10┤                              ⡔99
//!      │                            ▄████       │                             ▆xx       │                           ⡔⠉
//!   50%┤                      ▂▂▇████████       │                            ▃▅██       │                 ⢀⡀⣀⢀⣀⡠⠊
//!      │▁    ▁   ▂▂▂▄▄▆▆█████████████████□   200┤              ▁▁▃▃▅▆████████████□     5┤░⠁⠈░░░░░░⠈░⠁░⢀⡀░░░⢀⣀⡠⠤⠤⠤⠤⠔⠉░90
//!    0%┤███████··████████████████████████□     0┤████████████████████████████████□     0┤⠒⠒⠒⠒⠒⠒⠒⠂ ⠐⠒⠒⠒⠊⠑⠒⠒⠒⠊⠉⠉⠉⠉⠉50
//!               ╵01:00Z    ╵02:00Z                       ╵01:00Z    ╵02:00Z                      ╵01:00Z   ╵02:00Z
//! ```
//!
//! Gaps stay empty, `·` is unknown, `x` refused, `□` not settled. Nothing here is known that the [`Chart`]s do not say.

pub mod axis;
pub mod bars;
pub mod cells;
pub mod columns;
pub mod lines;
pub mod place;
pub mod reading;

#[cfg(test)]
pub(super) mod fixtures;
#[cfg(test)]
mod tests;

use std::ops::Range;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Color, Modifier, Style},
};

use crate::{
    app::{
        keys::{Action, first_key},
        state::State,
        view::RowId,
    },
    domain::{
        chart::{Chart, Lack, Panel, Unit},
        ids::EndpointId,
        minute::Minute,
    },
};

use super::{
    names::Name,
    numbers::{short, window},
    table::is_stale,
    text::{width, wrap},
    theme::{Theme, Tone},
};
use axis::{Scale, Time};
use cells::{Glyphs, put};
use columns::{Columns, point_at};
use place::{Frame, Places, frame, is_of_bars, places};
use reading::Title;

/// Draws the charts that are in view.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let places = places_of(state, area);
    let name = subject(state, theme, usize::from(area.width / 2));
    if let Some(heading) = places.heading {
        draw_heading(state, &places, &name, theme, heading, buffer);
    }
    let all = places.charts.len() == Panel::ALL.len();
    for (index, (panel, place)) in places.charts.iter().enumerate() {
        let parts = frame(*place, *panel);
        let chart = chart_of(state, *panel);
        let at = Panel::ALL.iter().position(|other| other == panel).unwrap_or(0) + 1;
        let member = chart.and_then(|chart| member_of(state, chart)).unwrap_or_default();
        let title = Title {
            chart,
            member: &member,
            attempts: chart_of(state, Panel::Attempts),
            panel: *panel,
            name: if index == 0 && places.heading.is_none() { &name } else { "" },
            has_focus: *panel == state.view.charts.focus,
            cross: state.view.charts.cross,
            window_minutes: window_of(state),
            page: (places.heading.is_none() && !all).then_some((at, Panel::ALL.len())),
        };
        reading::draw(&title, theme, parts.title, buffer);
        if let Some(chart) = chart {
            draw_chart(chart, state.view.charts.cross, theme, parts, buffer);
        }
    }
    if is_stale(state) {
        buffer.set_style(area, Style::new().add_modifier(Modifier::DIM));
    }
}

fn places_of(state: &State, area: Rect) -> Places {
    places(area, state.view.charts.focus, state.view.charts.full)
}

/// The member that a chart is of alone, by what tells it from the others.
fn member_of(state: &State, chart: &Chart) -> Option<String> {
    let id = chart.member.as_ref()?;
    let row = state.snapshot.endpoints.iter().find(|row| row.endpoint.id == *id)?;
    let name = Name::of_member(row);
    Some([name.tail.as_str(), name.kind].join(" ").trim().to_owned())
}

/// Length of the charts' window in minutes.
fn window_of(state: &State) -> i64 {
    state.view.charts.window_minutes.unwrap_or(state.window_minutes)
}

fn chart_of(state: &State, panel: Panel) -> Option<&Chart> {
    state.charts.iter().find(|chart| chart.panel == panel)
}

/// Whom the charts are of: the endpoint that has the screen, or the row under the cursor.
fn subject(state: &State, theme: &Theme, cells: usize) -> String {
    let id = state.view.detail.as_ref().map(|detail| &detail.row).or(state.view.cursor.as_ref());
    let snapshot = &state.snapshot;
    let endpoint = |id: &EndpointId| snapshot.endpoints.iter().find(|row| row.endpoint.id == *id);
    let name = match id {
        None => None,
        Some(RowId::Pool(id)) => {
            snapshot.pools.iter().find(|pool| pool.id == *id).map(|pool| Name::of_pool(pool, snapshot))
        }
        Some(RowId::Member(_, id)) => endpoint(id).map(Name::of_member),
        Some(RowId::Idle(id)) => endpoint(id).map(Name::of_endpoint),
    };
    let (name, kind) = name.unwrap_or_default().fit(cells, if theme.ascii { "..." } else { "…" });
    if kind.is_empty() { name } else { format!("{name} {kind}") }
}

/// `─ Claude Sonnet 4.5 us pool · charts 1-3 of 7 ───────────`.
fn draw_heading(state: &State, places: &Places, name: &str, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let (shown, of) = (places.charts.len(), Panel::ALL.len());
    let before = |panel: Panel| Panel::ALL.iter().position(|other| *other == panel).unwrap_or(0);
    let first = places.charts.first().map_or(0, |(panel, _)| before(*panel)) + 1;
    let key = first_key(Action::NextPanel);
    let which = match shown {
        0 => String::new(),
        shown if shown == of => String::new(),
        1 => format!("chart {first} of {of}: {key}"),
        shown => format!("charts {first}–{} of {of}: {key}", first + shown - 1),
    };
    let length = window(usize::try_from(window_of(state)).unwrap_or(0));
    let newest = state.charts.first().map(|chart| reading::stamp(chart.span, chart.span.last));
    let window = newest.map_or_else(String::new, |newest| format!("{length} to {newest}"));
    reading::draw_pieces(&[(name, Tone::Strong), (&window, Tone::Plain), (&which, Tone::Dim)], theme, area, buffer);
}

/// The scale of a chart's field.
fn scale(chart: &Chart, field: Rect) -> Scale {
    Scale::new(chart, if is_of_bars(chart.panel) { bars::rows(field) } else { field.height })
}

/// Points and cells of a chart's field. Lines have two columns of dots in a cell.
#[derive(Clone, Copy)]
struct Across {
    columns: Columns,
    of_dots: bool,
}

impl Across {
    fn new(chart: &Chart, field: Rect) -> Self {
        let of_dots = !is_of_bars(chart.panel);
        let columns =
            if of_dots { lines::columns(chart, field.width) } else { Columns::new(chart, usize::from(field.width)) };
        Self { columns, of_dots }
    }

    fn cell(self, point: usize) -> usize {
        let column = self.columns.middle(point);
        if self.of_dots { lines::cell_of(column) } else { column }
    }

    fn points(self, cell: usize) -> Range<usize> {
        if self.of_dots {
            let dots = lines::dots_of(cell);
            self.columns.points(dots.start).start..self.columns.points(dots.end - 1).end
        } else {
            self.columns.points(cell)
        }
    }
}

fn draw_chart(chart: &Chart, cross: Option<Minute>, theme: &Theme, parts: Frame, buffer: &mut Buffer) {
    let field = parts.field;
    let across = Across::new(chart, field);
    if field.is_empty() || across.columns.is_empty() {
        return;
    }
    let cross = cross.and_then(|minute| Some((minute, across.cell(point_at(chart, minute)?))));
    draw_times(chart, cross, theme, parts.times, buffer);
    if reading::is_blank(chart) {
        draw_axis(theme, parts.gutter, buffer);
        draw_lack(chart.lack.unwrap_or(Lack::Unknown), theme, field, buffer);
        return;
    }
    let scale = scale(chart, field);
    draw_axis(theme, parts.gutter, buffer);
    draw_numbers(chart, scale, theme, parts, buffer);
    if is_of_bars(chart.panel) {
        bars::draw(chart, scale, across.columns, theme, field, buffer);
    } else {
        lines::draw(chart, scale, theme, field, buffer);
        lines::draw_labels(chart, scale, theme, parts.labels, buffer);
    }
    if let Some((_, cell)) = cross {
        draw_cross(cell, theme, field, buffer);
    }
}

fn draw_axis(theme: &Theme, gutter: Rect, buffer: &mut Buffer) {
    if let Some(x) = gutter.right().checked_sub(1).filter(|_| !gutter.is_empty()) {
        for y in gutter.y..gutter.bottom() {
            put(buffer, x, y, Glyphs::of(theme).axis, theme.style(Tone::Dim));
        }
    }
}

/// Round numbers beside the axis; the quota's own where it lies.
fn draw_numbers(chart: &Chart, scale: Scale, theme: &Theme, parts: Frame, buffer: &mut Buffer) {
    let field = parts.field;
    let row = |number: f64| {
        if is_of_bars(chart.panel) {
            (scale.steps(number, bars::rows(field) * 8) / 8).min(field.height - 1)
        } else {
            lines::row(number, scale, field.height)
        }
    };
    for tick in scale.ticks() {
        label(&scale.label(tick, chart.unit), row(tick), Tone::Dim, theme, parts.gutter, buffer);
    }
    if let (Some(limit), Some(row)) = (chart.limit, bars::limit_row(chart, scale, field)) {
        let text = if chart.unit == Unit::Percent { scale.label(limit.value, chart.unit) } else { short(limit.value) };
        label(&text, row, Tone::Limit, theme, parts.gutter, buffer);
    }
}

/// A number at a row counted from below, and the axis beside it.
fn label(text: &str, row: u16, tone: Tone, theme: &Theme, gutter: Rect, buffer: &mut Buffer) {
    let Some(room) = gutter.width.checked_sub(1) else { return };
    let y = gutter.bottom() - 1 - row.min(gutter.height.saturating_sub(1));
    let text = theme.fit(text, usize::from(room));
    let x = gutter.x + room - u16::try_from(width(&text)).unwrap_or(0).min(room);
    (gutter.x..gutter.x + room).for_each(|x| put(buffer, x, y, ' ', Style::new()));
    buffer.set_stringn(x, y, text, usize::from(room), theme.style(tone));
    put(buffer, gutter.x + room, y, Glyphs::of(theme).tick, theme.style(Tone::Dim));
}

/// Round times under the field; that of the cross-hair takes the place of those that it touches.
fn draw_times(chart: &Chart, cross: Option<(Minute, usize)>, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let cross = cross.and_then(|(minute, cell)| Time::beside(cell, minute.to_string(), 0, width));
    for time in axis::times(chart, Columns::new(chart, width), width) {
        let touches = |cross: &Time| {
            let (cross, time) = (cross.columns(), time.columns());
            time.start <= cross.end && cross.start <= time.end
        };
        if !cross.as_ref().is_some_and(touches) {
            draw_time(&time, theme.style(Tone::Dim), theme, area, buffer);
        }
    }
    if let Some(cross) = cross {
        draw_time(&cross, theme.style(Tone::Strong), theme, area, buffer);
    }
}

fn draw_time(time: &Time, style: Style, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let x = |column: usize| area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    if x(time.mark).max(x(time.at)) < area.right() && !area.is_empty() {
        put(buffer, x(time.mark), area.y, Glyphs::of(theme).time, style);
        buffer.set_stringn(x(time.at), area.y, &time.text, usize::from(area.right() - x(time.at)), style);
    }
}

/// A line through what is not full, and over what is.
fn draw_cross(cell: usize, theme: &Theme, field: Rect, buffer: &mut Buffer) {
    let Some(x) = u16::try_from(cell).ok().map(|cell| field.x + cell).filter(|x| *x < field.right()) else { return };
    let (glyph, style) = (Glyphs::of(theme).cross, theme.style(Tone::Strong));
    for y in field.y..field.bottom() {
        let Some(under) = buffer.cell((x, y)) else { continue };
        match under.symbol() {
            "█" | "#" if under.fg != Color::Reset => put(buffer, x, y, glyph, style.bg(under.fg)),
            "█" | "#" => put(buffer, x, y, glyph, style.add_modifier(Modifier::REVERSED)),
            " " | "░" | "." | "─" | "-" => put(buffer, x, y, glyph, style),
            _ => {}
        }
    }
}

/// Cells of a progress bar.
const PROGRESS: u16 = 20;

/// Why there is nothing, in the middle of the field.
fn draw_lack(lack: Lack, theme: &Theme, field: Rect, buffer: &mut Buffer) {
    let text = theme.say(&reading::why(lack)).into_owned();
    let lines = wrap(&text, usize::from(field.width), &theme.say("…"));
    let tone = if matches!(lack, Lack::Loading(_)) { Tone::Plain } else { Tone::Dim };
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(field.height);
    let top = field.y + (field.height - height) / 2;
    let centred = |wide: u16| field.x + (field.width - wide.min(field.width)) / 2;
    for (line, y) in lines.iter().zip(top..top + height) {
        let x = centred(u16::try_from(width(line)).unwrap_or(u16::MAX));
        buffer.set_stringn(x, y, line, usize::from(field.right() - x), theme.style(tone));
    }
    if let (Lack::Loading(percent), true) = (lack, top + height < field.bottom()) {
        let wide = PROGRESS.min(field.width);
        let done = wide * u16::from(percent.min(100)) / 100;
        for (at, x) in (centred(wide)..).take(usize::from(wide)).enumerate() {
            let is_done = at < usize::from(done);
            let glyphs = Glyphs::of(theme);
            let (glyph, tone) = if is_done { (glyphs.done, Tone::Accent) } else { (glyphs.usual, Tone::Dim) };
            put(buffer, x, top + height, glyph, theme.style(tone));
        }
    }
}

/// What lies at a place of the screen: a panel, and the minute where it is in the panel's field or at its times. Of many minutes in one column it is the one
/// that is seen there: the worst.
#[must_use]
pub fn pointed_at(state: &State, area: Rect, column: u16, row: u16) -> Option<(Panel, Option<Minute>)> {
    let at = Position { x: column, y: row };
    let (panel, place) = places_of(state, area).charts.into_iter().find(|(_, place)| place.contains(at))?;
    let parts = frame(place, panel);
    let is_field = parts.field.contains(at) || parts.times.contains(at);
    let chart = chart_of(state, panel).filter(|_| is_field);
    Some((panel, chart.and_then(|chart| minute_in(chart, parts.field, column - parts.field.x))))
}

/// The minute that a column of a field shows; None where there is none.
fn minute_in(chart: &Chart, field: Rect, cell: u16) -> Option<Minute> {
    let points = Across::new(chart, field).points(usize::from(cell));
    let number = |point: usize| chart.lines.first().and_then(|line| line.points.get(point)?.value());
    let worst = points.clone().filter(|point| number(*point).is_some());
    let worst = worst.max_by(|a, b| number(*a).unwrap_or(0.0).total_cmp(&number(*b).unwrap_or(0.0)));
    let point = worst.or(Some(points.start).filter(|_| !points.is_empty()))?;
    (point < chart.points() + chart.hollow.len()).then(|| chart.minute_of(point))
}
