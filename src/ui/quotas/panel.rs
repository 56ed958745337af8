//! The lines under the list: the raw name and code of the quota under the cursor, its value, use and match; the most telling first.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::state::State,
    domain::quota_rows::QuotaRow,
    ui::{
        text::{clean, truncate_clause, width},
        theme::{Theme, Tone},
    },
};

use super::words::{self, Said};

/// Draws a titled rule, then as many lines as there is room for.
pub(super) fn draw(state: &State, row: &QuotaRow, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    let quota = &row.known.quota;
    let title = format!("─ {} ─ {} ", clean(quota.code.as_str()), clean(&quota.name));
    let title = theme.fit(&title, usize::from(area.width));
    let rule = theme.say("─").repeat(usize::from(area.width).saturating_sub(width(&title)));
    let x = buffer.set_stringn(area.x, area.y, &title, usize::from(area.width), theme.style(Tone::Heading)).0;
    buffer.set_stringn(x, area.y, &rule, usize::from(area.right() - x), theme.style(Tone::Dim));
    let room = usize::from(area.width).saturating_sub(2);
    for (y, (text, tone)) in (area.y + 1..area.bottom()).zip(lines(state, row)) {
        let text = truncate_clause(&theme.say(&text), room, &theme.say("…"));
        buffer.set_stringn(area.x + 1, y, text, room, theme.style(tone));
    }
}

fn lines(state: &State, row: &QuotaRow) -> Vec<Said> {
    let (value, tone) = words::value(row);
    let changed = row.changed.as_ref().map(words::changed);
    let facts = [Some(value), changed, Some(words::request(row))].into_iter().flatten().collect::<Vec<_>>();
    let mut uses = words::use_of(row).into_iter();
    let mut lines = vec![(facts.join(" · "), tone)];
    lines.extend(uses.next());
    lines.extend(row.signs.iter().map(|sign| (format!("? {}", sign.text()), Tone::Warn)));
    let (matched, tone) = words::matched(row);
    lines.push((matched, tone));
    lines.extend(uses);
    lines.extend(words::endpoints(state, row).map(|text| (text, Tone::Plain)));
    lines.extend(words::tiers(row).map(|text| (text.to_owned(), Tone::Dim)));
    lines
}
