//! Who and where, and how far the data reaches.
//!
//! ```text
//!  tiertop  prod 1111…3333  us-east-1                    data to 03:11Z, 1m50s old · next 0:25 · polling ≤ $0.45/day
//! ```

use jiff::SignedDuration;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    app::{
        keys::{Action, first_key},
        state::State,
    },
    domain::{fault::Source, ids::AccountId, snapshot::Provenance},
};

use super::{
    numbers::{age, clock, countdown, dollars, short},
    text::{clean, width},
    theme::{Theme, Tone},
    verdict::data_age,
};

/// From this age on, a catalog or a table of quotas that came from the cache says so.
const CACHE_IS_OLD_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Draws the line: the left part, and what fits of the right part.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut x = area.x + 1;
    for (text, tone) in left(state, theme, usize::from(area.width)) {
        let room = usize::from(area.right().saturating_sub(x));
        x = buffer.set_stringn(x, area.y, theme.fit(&text, room), room, theme.style(tone)).0;
        x = x.saturating_add(2).min(area.right());
    }
    let room = usize::from(area.right().saturating_sub(x).saturating_sub(1));
    let separator = theme.say(" · ");
    let mut parts = right(state);
    let line = loop {
        let line = parts.iter().map(|part| theme.say(part)).collect::<Vec<_>>().join(&separator);
        if width(&line) <= room || parts.len() <= 1 {
            break line;
        }
        parts.pop();
    };
    let line = theme.fit(if width(&line) > room { line.trim_start_matches("data to ") } else { &line }, room);
    let x = area.right().saturating_sub(u16::try_from(width(&line) + 1).unwrap_or(0)).max(area.x);
    let style = if is_behind(state) { theme.style(Tone::Warn) } else { Style::new() };
    buffer.set_stringn(x, area.y, &line, width(&line), style);
}

/// The label that says that the data is not AWS's own; None where it is.
#[must_use]
pub fn provenance(state: &State) -> Option<(String, Tone)> {
    match state.session.provenance {
        Provenance::Live => None,
        Provenance::CustomEndpoint => Some((" custom endpoint ".to_owned(), Tone::Warn)),
        Provenance::File => Some((" from files ".to_owned(), Tone::Warn)),
        Provenance::Simulated => {
            let scenario = state.session.scenario.as_deref().map(clean).filter(|name| !name.is_empty());
            let scenario = scenario.map_or_else(String::new, |name| format!(": {name}"));
            Some((format!(" SIMULATED{scenario} "), Tone::Simulated))
        }
    }
}

/// What must not be missed: that the data is not AWS's own, and that the view is frozen. Where both have to fit into a narrow screen the scenario goes unnamed.
#[must_use]
pub fn labels(state: &State, cells: usize) -> Vec<(String, Tone)> {
    let key = first_key(Action::Pause);
    let paused = state.view.paused.map(|at| (format!(" PAUSED {}: {key} ", clock(at)), Tone::Paused));
    let both = paused.is_some() && cells < ROOM_FOR_BOTH;
    let provenance = provenance(state).map(|(label, tone)| match label.split_once(':') {
        Some((source, _)) if both => (format!("{source} "), tone),
        _ => (label, tone),
    });
    provenance.into_iter().chain(paused).collect()
}

fn left(state: &State, theme: &Theme, cells: usize) -> Vec<(String, Tone)> {
    let profile = state.session.profile.as_deref().filter(|_| !state.view.redact).map(clean);
    let hidden = state.view.redact.then(|| "hidden".to_owned());
    let who: Vec<String> = [profile, state.snapshot.account.as_ref().map(masked), hidden]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    let mut parts = vec![("tiertop".to_owned(), Tone::Accent)];
    parts.extend(labels(state, cells));
    let region = clean(state.session.region.as_str());
    let taken: usize = parts.iter().map(|(part, _)| width(part) + 2).sum::<usize>() + width(&region) + 2;
    let room = cells.saturating_sub(taken + ROOM_FOR_AGE + 4);
    let who = theme.fit(&who.join(" "), room);
    if width(&who) >= SHORTEST_WHO {
        parts.push((who, Tone::Plain));
    }
    parts.push((region, Tone::Strong));
    parts
}

/// Cells that the age of the data gets in any case: `03:11Z, 12m50s old`.
const ROOM_FOR_AGE: usize = 18;

/// Cells of a screen on which a scenario's name and the label of a frozen view stand beside each other.
const ROOM_FOR_BOTH: usize = 100;

/// Fewer cells of a name say nothing.
const SHORTEST_WHO: usize = 4;

/// `1111…3333`: enough to tell accounts apart, not enough to publish one by a screenshot.
fn masked(account: &AccountId) -> String {
    let id = clean(account.as_str());
    if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{}…{}", &id[..4], &id[8..])
    } else {
        id
    }
}

/// The most important part first; the last ones go where the room is short.
fn right(state: &State) -> Vec<String> {
    let mut parts = vec![match (state.snapshot.data_through, data_age(state)) {
        (Some(through), Some(old)) => format!("data to {}, {} old", through + 1, age(old)),
        _ => "no data yet".to_owned(),
    }];
    if state.view.paused.is_some() {
        // What polling does meanwhile is not shown: nothing moves on a frozen screen.
        parts.push("polling goes on".to_owned());
        return parts;
    }
    let feed = state.standing().get(&Source::Metrics);
    let due = feed.and_then(|feed| feed.due);
    if feed.is_some_and(|feed| feed.asking) {
        parts.push("asking…".to_owned());
    } else if let Some(due) = due {
        parts.push(format!("next {}", countdown(due.duration_since(state.shown_now()))));
    }
    parts.extend(cached(state, Source::ServiceQuotas, "quotas"));
    parts.extend(cached(state, Source::Catalog, "catalog"));
    parts.push(format!("polling ≤ {}/day", dollars(state.cost.usd_per_day)));
    #[expect(clippy::cast_precision_loss, reason = "shown in three digits")]
    parts.push(format!("{} asked", short(state.cost.queries_asked as f64)));
    parts
}

fn cached(state: &State, source: Source, what: &str) -> Option<String> {
    let feed = state.standing().get(&source).filter(|feed| feed.from_cache)?;
    let old = state.shown_now().duration_since(feed.last_good?);
    (old > CACHE_IS_OLD_AFTER).then(|| format!("{what} {} old", age(old)))
}

/// `CloudWatch` needs up to 3 minutes, and a poll comes each minute: what is older is late.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(6);

fn is_behind(state: &State) -> bool {
    data_age(state).is_some_and(|age| age > LATE_AFTER)
}
