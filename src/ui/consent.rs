//! A question in front of the screen: what is done if the user says yes, and what it costs at most.
//!
//! ```text
//! ┌ Ask other Regions? ──────────────────────────────────────────────────────────────┐
//! │ Asks Service Quotas in eu-west-1 and us-west-2 for their Bedrock quotas.          │
//! │ Free. Tells whether the account or this Region is the trouble. Changes nothing.   │
//! │ y yes · n no                                                                      │
//! └──────────────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    widgets::{Clear, Widget},
};

use crate::app::{
    consent::Consent,
    keys::{Action, Place, of},
};

use super::{
    help,
    text::{clean, wrap},
    theme::{Theme, Tone},
};

/// The widest the window gets.
const WIDEST: u16 = 90;

/// Draws it.
pub fn draw(consent: &Consent, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let wide = area.width.min(WIDEST);
    let room = usize::from(wide.saturating_sub(4)).max(1);
    let (title, said) = said(consent);
    let lines: Vec<(String, Tone)> = said
        .into_iter()
        .flat_map(|(text, tone)| {
            wrap(&theme.say(&text), room, &theme.say("…")).into_iter().map(move |line| (line, tone))
        })
        .collect();
    let tall = area.height.min(u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2));
    let window =
        Rect { x: area.x + (area.width - wide) / 2, y: area.y + (area.height - tall) / 2, width: wide, height: tall };
    Clear.render(window, buffer);
    let block = help::window(theme, title, 0);
    let inner = block.inner(window);
    block.render(window, buffer);
    let x = (inner.x + 1).min(inner.right());
    for (y, (line, tone)) in (inner.y..inner.bottom()).zip(lines) {
        buffer.set_stringn(x, y, line, usize::from(inner.right().saturating_sub(x)), theme.style(tone));
    }
}

fn said(consent: &Consent) -> (&'static str, Vec<(String, Tone)>) {
    let key = |action: Action| {
        of(Place::Consent).find(|binding| binding.action == action).and_then(|b| b.keys.first()).unwrap_or(&"")
    };
    let keys = (format!("{} yes · {} no", key(Action::Yes), key(Action::Back)), Tone::Key);
    match consent {
        Consent::FirstCall { plan, says } => {
            let what = format!("Sends one call to {}.", clean(plan.endpoint.as_str()));
            let mut lines = vec![(what, Tone::Strong)];
            lines.extend(says.iter().map(|text| (clean(text), Tone::Plain)));
            lines.push(keys);
            (" The first call of this model? ", lines)
        }
        Consent::CompareRegions(regions) => {
            let names: Vec<String> = regions.iter().map(|region| clean(region.as_str())).collect();
            let asked = format!("Asks Service Quotas in {} for their Bedrock quotas.", names.join(" and "));
            let why =
                "Free, a few seconds, changes nothing. It tells whether the account or this Region is the trouble.";
            (" Ask other Regions? ", vec![(asked, Tone::Strong), (why.to_owned(), Tone::Plain), keys])
        }
    }
}
