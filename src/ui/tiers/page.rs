//! One model on every tier: who says that it is taken, all prices, and what the last day would have cost. Scrolls.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        keys::{Action, first_key},
        state::State,
    },
    domain::{
        pricing::{self, TokenPrice},
        tier_support,
        tiers::{Offer, TierRow},
    },
    ui::{
        detail::section::{self, Line, Section},
        numbers::UNKNOWN,
        text::{clean, truncate, width},
        theme::{Theme, Tone},
    },
};

use super::words;

/// The widest that running text gets.
const WIDEST: u16 = 116;

/// Draws it.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let Some(row) = state.tier_row_at_cursor() else { return };
    let (text, lines) = text(row, area);
    let height = usize::from(text.height);
    let first = usize::from(state.view.tiers.open.unwrap_or(0)).min(lines.len().saturating_sub(height));
    for (y, line) in (text.y..text.bottom()).zip(lines.iter().skip(first)) {
        section::put(line, theme, Rect { y, height: 1, ..text }, buffer);
    }
    title(row, theme, area, buffer);
}

/// Lines that the page can be scrolled by.
#[must_use]
pub fn scroll_at_most(state: &State, area: Rect) -> usize {
    let Some(row) = state.tier_row_at_cursor() else { return 0 };
    let (text, lines) = text(row, area);
    lines.len().saturating_sub(usize::from(text.height))
}

fn text(row: &TierRow, area: Rect) -> (Rect, Vec<Line>) {
    let width = area.width.saturating_sub(2).min(WIDEST);
    let place = Rect { x: area.x + 1.min(area.width), y: area.y + 1, width, height: area.height.saturating_sub(1) };
    let room = usize::from(width);
    let mut sections: Vec<Section> = row.offers.iter().map(|offer| of(offer, row, room)).collect();
    sections.push(sources(room));
    (place, section::lines(sections))
}

fn title(row: &TierRow, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(Rect { height: 1.min(area.height), ..area }, theme.band());
    let right = format!("{} back ", first_key(Action::Back));
    let room = usize::from(area.width).saturating_sub(width(&right) + 3);
    let name = format!("{} {}  {}", clean(&row.model_name), words::place(&row.place), clean(row.model.as_str()));
    let name = truncate(&theme.say(&name), room, &theme.say("…"));
    buffer.set_stringn(area.x + 1.min(area.width), area.y, name, room, theme.style(Tone::Strong));
    let x = area.right().saturating_sub(u16::try_from(width(&right)).unwrap_or(0)).max(area.x);
    buffer.set_stringn(x, area.y, &right, width(&right), theme.style(Tone::Dim));
}

fn of(offer: &Offer, row: &TierRow, room: usize) -> Section {
    let mut section = Section::new(words::title(&offer.tier));
    let evidence = offer.evidence.as_deref().map_or_else(
        || "no source says anything: a call tells".to_owned(),
        |evidence| format!("{} ({evidence})", words::taken(offer)),
    );
    section.fact("taken", &evidence, Tone::Plain, room);
    if let Some(price) = &offer.price {
        let part = |what: &str, price: Option<TokenPrice>| {
            format!("{what} {}", price.map_or_else(|| UNKNOWN.to_owned(), |price| price.to_string()))
        };
        let prices = [
            part("input", price.input),
            part("output", price.output),
            part("cache read", price.cache_read),
            part("cache write", price.cache_write),
        ];
        section.fact("per million", &prices.join(" · "), Tone::Plain, room);
    }
    if row.in_use && !words::day(offer).is_empty() {
        section.fact("last 24 h", &format!("{} for the same tokens", words::day(offer)), Tone::Accent, room);
    }
    section
}

fn sources(room: usize) -> Section {
    let mut section = Section::new("From");
    let text = format!(
        "List prices in US dollars ({}, {}). Tiers as published until {}: no source tells Regions or profiles apart, so a call may be answered otherwise. Batch by this Region's own quotas.",
        pricing::SOURCES,
        pricing::AS_OF,
        tier_support::AS_OF
    );
    section.text(&text, Tone::Dim, room);
    section
}
