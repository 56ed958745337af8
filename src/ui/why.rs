//! Why: what the use of the cursor's row is made of, which quota governs it, and what no metric shows.
//!
//! ```text
//! ─ Why ─ Claude Sonnet 4.5 us pool ─────────────────────────────────────────────────────────────────────────────────────
//!  1.73M/min = input 1.11M + cache write 20k + output 120k ×5 · AWS estimate 1.73M agrees · 2 endpoints in this pool
//!  L-F4DDD3EB  applied 2.0M, default 5.0M: below default · adjustable · no open request · worst 97% at 03:06Z
//!  Not counted: what 31 calls in flight hold until they end. From max_tokens 9.0k each they would fill the limit: likely, not proven
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::state::{Row, State},
    domain::{
        matching::Match,
        snapshot::{PoolQuota, PoolRow},
        why::{Agreement, Why},
    },
};

use super::{
    names::Name,
    numbers::{bounded_percent, precise, short, short_or_unknown},
    text::{clean, truncate_clause, width},
    theme::{Theme, Tone},
    verdict::limit,
};

/// A line, and whether it is what matters most now.
type Line = (String, Tone);

/// Draws it: a titled rule, then as many lines as there is room for, the most telling first.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    let Some(row) = state.subject_row() else { return };
    let title = format!("─ Why ─ {} ", clean(&name(state, &row)));
    let title = theme.fit(&title, usize::from(area.width));
    let rule = theme.say("─").repeat(usize::from(area.width).saturating_sub(width(&title)));
    let x = buffer.set_stringn(area.x, area.y, &title, usize::from(area.width), theme.style(Tone::Heading)).0;
    buffer.set_stringn(x, area.y, &rule, usize::from(area.right() - x), theme.style(Tone::Dim));
    let room = usize::from(area.width).saturating_sub(2);
    for (y, (text, tone)) in (area.y + 1..area.bottom()).zip(lines(state, &row, usize::from(area.height - 1), room)) {
        let text = truncate_clause(&theme.say(&text), room, &theme.say("…"));
        buffer.set_stringn(area.x + 1, y, text, room, theme.style(tone));
    }
}

/// Everything that is known of why, one sentence a line; what matters most first.
#[must_use]
pub fn all_lines(state: &State, row: &Row) -> Vec<(String, Tone)> {
    lines(state, row, usize::MAX, usize::MAX)
}

fn name(state: &State, row: &Row) -> String {
    let snapshot = &state.snapshot;
    let pool = row.pool.and_then(|index| snapshot.pools.get(index));
    let endpoint = row.endpoint.and_then(|index| snapshot.endpoints.get(index));
    let name = match (endpoint, pool) {
        (Some(endpoint), _) => Name::of_endpoint(endpoint),
        (None, Some(pool)) => Name::of_pool(pool, snapshot),
        (None, None) => Name::default(),
    };
    [name.phrase(), name.kind.to_owned()].join(" ").trim().to_owned()
}

fn lines(state: &State, row: &Row, at_most: usize, room: usize) -> Vec<Line> {
    let Some(pool) = row.pool.and_then(|index| state.snapshot.pools.get(index)) else {
        return vec![("idle: no traffic in the window, so there is nothing to explain".to_owned(), Tone::Dim)];
    };
    let made_of = state.why.as_ref().map(|why| (made_of(why, pool, row), Tone::Plain));
    let quota = (quota(state, pool, room), Tone::Plain);
    let not_counted = state.why.as_ref().and_then(|why| not_counted(why, room)).map(|text| (text, Tone::Plain));
    let refused = pool.throttled_since.is_some();
    let all = match (refused, at_most) {
        // With two lines and calls refused, the limit and what fills it come first.
        (true, ..=2) => [Some(quota), not_counted, made_of],
        _ => [made_of, Some(quota), not_counted],
    };
    all.into_iter().flatten().take(at_most).collect()
}

/// `1.73M/min = input 1.11M + cache write 20k + output 120k ×5 · AWS estimate 1.73M agrees`.
fn made_of(why: &Why, pool: &PoolRow, row: &Row) -> String {
    let mut parts = vec![sum(why)];
    parts.push(match (why.estimate, why.agreement()) {
        (Some(estimate), Some(Agreement::Agrees)) => format!("AWS estimate {} agrees", precise(estimate)),
        (Some(estimate), Some(Agreement::DiffersByPercent(percent))) => {
            format!("AWS estimate {}: {percent:+.0}% against the formula", precise(estimate))
        }
        (Some(estimate), None) => format!("AWS estimate {}", precise(estimate)),
        (None, _) => "AWS gives no estimate".to_owned(),
    });
    match why.reserved {
        Some(0.0) => {}
        Some(reserved) => parts.push(format!("Reserved served {} of it, beside this quota", precise(reserved))),
        None if why.over.is_some() => parts.push("what Reserved served of it is not known".to_owned()),
        None => {}
    }
    match (pool.members.len(), row.endpoint) {
        (0 | 1, _) => {}
        (several, None) => parts.push(format!("{several} endpoints in this pool")),
        (several, Some(_)) => parts.push(format!("shares its quota with {} more", several - 1)),
    }
    parts.push("all tiers but Reserved share the quota".to_owned());
    parts.join(" · ")
}

fn sum(why: &Why) -> String {
    if why.over.is_none() {
        return "parts of the use are not known for the newest minutes".to_owned();
    }
    let part = |value: Option<f64>| value.map_or_else(|| short_or_unknown(None), precise);
    let multiplier = why.multiplier.map_or_else(
        || " × unknown burndown".to_owned(),
        |times| if (times - 1.0).abs() < f64::EPSILON { String::new() } else { format!(" ×{times}") },
    );
    let cache = match why.cache_write {
        Some(0.0) => String::new(),
        cache => format!(" + cache write {}", part(cache)),
    };
    format!("{}/min = input {}{cache} + output {}{multiplier}", part(why.formula()), part(why.input), part(why.output))
}

/// `L-F4DDD3EB  applied 2.0M TPM, default 5.0M: below default · adjustable · no open request · worst 97% at 03:06Z`.
fn quota(state: &State, pool: &PoolRow, room: usize) -> String {
    let Some(quota) = pool.governing_quota() else {
        return if state.awaits_quotas() { "the quotas are still being read".to_owned() } else { without_quota(pool) };
    };
    let applied = limit(quota);
    let default = match (quota.applied, quota.default) {
        (Some(applied), Some(default)) if applied < default => format!(", default {}: below default", short(default)),
        (Some(applied), Some(default)) if applied > default => format!(", default {}: raised", short(default)),
        (Some(_), Some(_)) => ", the default".to_owned(),
        _ => String::new(),
    };
    let worst = quota.peak_percent.map(|peak| {
        let at = quota.usage.peak_at.map_or_else(String::new, |minute| format!(" at {minute}"));
        format!("worst {}{at}", bounded_percent(peak, quota.usage.peak_bound))
    });
    let request =
        if state.account.open_request(&quota.code).is_some() { "a request is open" } else { "no open request" };
    let adjustable = if quota.adjustable { "adjustable" } else { "not adjustable through Service Quotas" };
    let mut parts = vec![format!("{}  applied {applied}{default}", clean(quota.code.as_str()))];
    // On a narrow screen the worst minute comes before what can be asked for.
    let rest = [Some(adjustable.to_owned()), Some(request.to_owned())].into_iter().flatten();
    if room < 100 {
        parts.extend(worst.into_iter().chain(rest));
    } else {
        parts.extend(rest.chain(worst));
    }
    parts.join(" · ")
}

fn without_quota(pool: &PoolRow) -> String {
    let ambiguous = pool.quotas.iter().find_map(|quota: &PoolQuota| match &quota.matched {
        Match::Ambiguous { candidates } => Some((quota, candidates.len())),
        _ => None,
    });
    match ambiguous {
        Some((quota, several)) => format!(
            "no percentage: {} might govern it, but {several} candidates fit its name equally well",
            clean(quota.code.as_str())
        ),
        None => "no percentage: no quota in this Region is matched with this model for certain".to_owned(),
    }
}

/// What calls in flight hold of the quota is in no metric: what they would have to hold to explain refusals is a hypothesis, and said as one.
fn not_counted(why: &Why, room: usize) -> Option<String> {
    let calls = short(why.in_flight.filter(|calls| *calls >= 1.0)?);
    Some(match why.filling_max_tokens {
        Some(tokens) if room < 100 => {
            format!("{calls} calls in flight: max_tokens from {} each would fill the limit", short(tokens))
        }
        Some(tokens) => format!(
            "Not counted: what {calls} calls in flight hold until they end. From max_tokens {} each they would fill the limit: likely, not proven by any metric",
            short(tokens)
        ),
        None => format!("Not counted: what {calls} calls in flight hold until they end (max_tokens is in no metric)"),
    })
}
