//! A link to the console, in front of the screen.
//!
//! ```text
//! ┌ Console ─────────────────────────────────────────────────────────────────────────────────┐
//! │ https://us-east-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas/L-F4… │
//! │ o opens it in a browser · y copies it · Esc                                               │
//! └──────────────────────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

use crate::{
    app::{
        keys::{Action, Place, of},
        state::State,
    },
    domain::snapshot::Provenance,
};

use super::{
    help,
    text::{clean, wrap},
    theme::{Theme, Tone},
};

/// The widest the window gets.
const WIDEST: u16 = 110;

/// Draws it. The address is broken anywhere: it is there to be read and copied whole.
pub fn draw(state: &State, address: &str, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let wide = area.width.min(WIDEST);
    let room = usize::from(wide.saturating_sub(4)).max(1);
    let address: Vec<char> = theme.say(&clean(address)).chars().collect();
    let mut lines: Vec<(String, Tone)> =
        address.chunks(room).map(|part| (part.iter().collect(), Tone::Strong)).collect();
    lines.extend(said(state).iter().flat_map(|(text, tone)| {
        let wrapped = wrap(&theme.say(text), room, &theme.say("…"));
        wrapped.into_iter().map(|line| (line, *tone))
    }));
    let tall = area.height.min(u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2));
    let window =
        Rect { x: area.x + (area.width - wide) / 2, y: area.y + (area.height - tall) / 2, width: wide, height: tall };
    let block = help::window(theme, " Console ", 0);
    let inner = block.inner(window);
    block.render(window, buffer);
    let x = (inner.x + 1).min(inner.right());
    let room = usize::from(inner.right().saturating_sub(x));
    for (y, (line, tone)) in (inner.y..inner.bottom()).zip(lines) {
        buffer.set_stringn(x, y, line, room, theme.style(tone));
    }
}

/// What can be done with it; what is not AWS's own says so.
fn said(state: &State) -> Vec<(String, Tone)> {
    let key = |action: Action| of(Place::Link).find(|binding| binding.action == action).and_then(|b| b.keys.first());
    let (open, copy) = (key(Action::Link).unwrap_or(&""), key(Action::CopyRow).unwrap_or(&""));
    match state.session.provenance {
        Provenance::Live => vec![(format!("{open} opens it in a browser · {copy} copies it"), Tone::Dim)],
        Provenance::CustomEndpoint => vec![
            (
                "The numbers come from a custom endpoint: the console's page shows another account.".to_owned(),
                Tone::Warn,
            ),
            (format!("{copy} copies it"), Tone::Dim),
        ],
        Provenance::File => vec![
            ("The numbers come from files: the console's page shows what is now.".to_owned(), Tone::Warn),
            (format!("{copy} copies it"), Tone::Dim),
        ],
        Provenance::Simulated => vec![
            (
                "This account is simulated: the console's page shows the account that you are signed in to.".to_owned(),
                Tone::Warn,
            ),
            (format!("{copy} copies it"), Tone::Dim),
        ],
    }
}
