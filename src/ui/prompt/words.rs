//! What was measured of a test call, in words: tiers, times, speed, tokens, cost, and what to know beside. The screen and `tiertop prompt` say the same.
//! Texts of the service in it are not clean yet.

use crate::{
    domain::{
        pricing::AS_OF,
        prompt::{
            answer::{Answer, Progress},
            bill::Bill,
            plan::Plan,
        },
        tier::Tier,
    },
    ui::numbers::{UNKNOWN, grouped},
};

/// Tool uses that are shown.
pub const TOOLS_SHOWN: usize = 8;

/// `asked flex → served flex`.
#[must_use]
pub fn tiers(plan: &Plan, answer: &Answer) -> String {
    let asked = plan.tier.as_ref().map_or("none", Tier::wire_name);
    let served = answer.served.as_ref().map_or("not reported", Tier::wire_name);
    let differs = if answer.served_otherwise() == Some(true) { " (another than was asked for)" } else { "" };
    format!("asked {asked} → served {served}{differs}")
}

/// `first event 420 ms, first text 480 ms, total 3,200 ms, server 3,100 ms`.
#[must_use]
pub fn times(answer: &Answer) -> String {
    let timing = &answer.timing;
    [
        ("first event", timing.first_event),
        ("first text", timing.first_text),
        ("total", timing.total),
        ("server", timing.server),
    ]
    .map(|(name, ms)| format!("{name} {}", ms.map_or_else(|| UNKNOWN.to_owned(), |ms| format!("{} ms", count(ms)))))
    .join(", ")
}

/// `92.4 tokens/s`: output tokens over the time from the first piece to the end; None where it cannot be told.
#[must_use]
pub fn speed(answer: &Answer) -> Option<String> {
    answer.tokens_per_second().map(|speed| format!("{speed:.1} tokens/s"))
}

/// `12 input, 300 output (120 of it reasoning), cache 0 read, 0 written`.
#[must_use]
pub fn tokens(answer: &Answer) -> String {
    let usage = &answer.usage;
    let known = |tokens: Option<u64>| tokens.map_or_else(|| UNKNOWN.to_owned(), count);
    let reasoning = usage.reasoning.map(|tokens| format!(" ({} of it reasoning)", count(tokens))).unwrap_or_default();
    format!(
        "{} input, {} output{reasoning}, cache {} read, {} written",
        known(usage.input),
        known(usage.output),
        known(usage.cache_read),
        known(usage.cache_write)
    )
}

/// `$0.00012 on flex; $0.00024 on default; list prices of 2026-11-22`.
#[must_use]
pub fn cost(bill: &Bill) -> String {
    let tier = bill.tier.wire_name();
    let this = match (&bill.this_tier, &bill.tier) {
        (_, Tier::Reserved) => "prepaid on reserved".to_owned(),
        (Some(usd), _) => format!("${usd} on {tier}"),
        (None, _) => format!("{UNKNOWN} on {tier}: no list price is known, or no tokens were counted"),
    };
    let assumed = if bill.assumed { " (assumed: the service did not say the tier)" } else { "" };
    let others: Vec<String> = bill.others.iter().map(|(tier, usd)| format!("; ${usd} on {tier}")).collect();
    let others = others.concat();
    let is_priced = bill.this_tier.is_some() || !bill.others.is_empty();
    let dated = if is_priced { format!("; list prices of {AS_OF}") } else { String::new() };
    format!("{this}{assumed}{others}{dated}")
}

/// What to know of an answer beside its numbers. `more` and `shows` say how the user asks for a larger limit, and sees the reasoning.
#[must_use]
pub fn notes(answer: &Answer, more: &str, shows: &str) -> Vec<String> {
    let limit = answer.max_tokens().map(|most| format!(" ({})", count(most))).unwrap_or_default();
    let mut notes = Vec::new();
    if answer.reasoning_used_it_up() {
        notes.push(format!("Reasoning used up max_tokens{limit}, so there is no text. Send it again with {more}."));
    } else if answer.hit_max_tokens() {
        notes.push(format!("The answer stops where max_tokens{limit} ended it."));
    }
    let reasoning = answer.reasoning.text().chars().count() as u64;
    if reasoning > 0 && !shows.is_empty() {
        notes.push(format!("Reasoning of {} characters came apart from the text; {shows}.", count(reasoning)));
    }
    if answer.tools.len() > TOOLS_SHOWN {
        notes.push(format!("{} more tool uses.", answer.tools.len() - TOOLS_SHOWN));
    }
    if !answer.others.is_empty() {
        notes.push(format!("The answer also holds what is not shown: {}.", answer.others.join(", ")));
    }
    notes.extend(answer.what_was_cut());
    if answer.progress == Progress::Cancelled {
        notes.push(
            "You gave the call up: this is what came until then. What the service wrote until then is likely billed."
                .to_owned(),
        );
    }
    notes
}

/// A count with its thousands set apart.
fn count(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts of one answer are far below 2^53")]
    grouped(count as f64)
}
