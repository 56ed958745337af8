//! What stands where the table would be: why there is nothing, and what would fill it.
//!
//! ```text
//!   No Bedrock traffic in us-east-1 in the last 3 h.
//!   139 endpoints are idle: a shows them. …
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        keys::{Action, first_key},
        state::{Feed, State},
    },
    domain::fault::{Fault, Source},
};

use super::{
    text::{clean, wrap},
    theme::{Theme, Tone},
    verdict::{hides_traffic, last_good, window_of, worst_fault},
};

/// No line of the text is longer.
const LONGEST_LINE: usize = 92;

/// Draws it.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(6).min(LONGEST_LINE);
    let paragraphs = match (worst_fault(state), state.snapshot.data_through) {
        (Some(fault), through) if through.is_none() || hides_traffic(fault) => faulty(fault, state),
        (_, None) => loading(state),
        (_, Some(_)) => without_traffic(state),
    };
    let lines = paragraphs.iter().flat_map(|(text, tone)| {
        let mut lines = wrap(&theme.say(text), room, &theme.say("…"));
        if lines.is_empty() {
            lines.push(String::new());
        }
        lines.into_iter().map(|line| (line, *tone))
    });
    for (y, (line, tone)) in (area.y + u16::from(area.height > 6)..area.bottom()).zip(lines) {
        buffer.set_stringn(area.x + 3.min(area.width), y, line, room, theme.style(tone));
    }
}

type Paragraph = (String, Tone);

fn blank() -> Paragraph {
    (String::new(), Tone::Plain)
}

fn faulty(fault: &Fault, state: &State) -> Vec<Paragraph> {
    let mut paragraphs = vec![
        (clean(&fault.headline()), Tone::Strong),
        (clean(&fault.message), Tone::Plain),
        (format!("Next: {}", clean(&fault.next_step)), Tone::Plain),
        blank(),
    ];
    paragraphs.extend(sources(state));
    paragraphs
}

fn loading(state: &State) -> Vec<Paragraph> {
    let mut paragraphs = vec![("Loading…".to_owned(), Tone::Strong), blank()];
    paragraphs.extend(sources(state));
    paragraphs
}

/// One line per source: how it stands.
fn sources(state: &State) -> Vec<Paragraph> {
    let line = |source: &Source| {
        let feed = state.standing().get(source)?;
        let (standing, tone) = standing(state, *source, feed);
        Some((format!("{}: {standing}", what(*source)), tone))
    };
    Source::ALL.iter().filter_map(line).collect()
}

fn standing(state: &State, source: Source, feed: &Feed) -> (String, Tone) {
    let cached = if feed.from_cache { " (cache)" } else { "" };
    match (&feed.fault, feed.asking, feed.last_good) {
        (_, true, _) => ("asking…".to_owned(), Tone::Plain),
        (Some(fault), ..) => (format!("{} · {}", fault.kind, last_good(state, source)), Tone::Warn),
        (None, false, Some(_)) => (format!("{}{cached}", last_good(state, source)), Tone::Dim),
        (None, false, None) => ("waiting".to_owned(), Tone::Dim),
    }
}

fn what(source: Source) -> &'static str {
    match source {
        Source::Identity => "who we are (STS)",
        Source::Catalog => "models and profiles (Bedrock)",
        Source::Tags => "tags of application profiles (Bedrock)",
        Source::Discovery => "which series exist (CloudWatch ListMetrics)",
        Source::Metrics => "their values (CloudWatch GetMetricData)",
        Source::ServiceQuotas => "quotas (Service Quotas)",
        Source::Access => "model access (Bedrock)",
        Source::Cache => "cache",
    }
}

fn without_traffic(state: &State) -> Vec<Paragraph> {
    let region = clean(state.session.region.as_str());
    let window = window_of(&state.snapshot);
    let mut paragraphs = vec![(format!("No Bedrock traffic in {region} in the last {window}."), Tone::Strong), blank()];
    let idle = state.idle_count();
    if idle > 0 && !state.view.show_idle {
        let text = format!("{idle} endpoints could take calls: {} lists them.", first_key(Action::ToggleIdle));
        paragraphs.push((text, Tone::Plain));
    }
    let text = format!(
        "A call shows here 1 to 3 minutes after it ended, a new endpoint up to 15 minutes after its first call ({} asks again now).",
        first_key(Action::Refresh)
    );
    paragraphs.push((text, Tone::Plain));
    let text = format!(
        "Is the traffic in another Region? {} chooses one, and {} there looks where there is any.",
        first_key(Action::Regions),
        first_key(Action::Look)
    );
    paragraphs.push((text, Tone::Plain));
    paragraphs
}
