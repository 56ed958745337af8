//! What is said of a call on stderr when it is over: tiers, times, tokens, cost, and why it failed.

use std::io::Write;

use crate::{
    domain::{
        pricing::{AS_OF, Prices},
        prompt::{
            answer::{Answer, Progress},
            bill::{Bill, Place},
            meaning,
            plan::Plan,
        },
        tier::Tier,
    },
    runtime::Sent,
    ui::text::{LONG, clean, clean_up_to},
};

/// What is not known.
const UNKNOWN: &str = "—";

/// Tool uses that are printed.
const TOOLS_SHOWN: usize = 8;

/// Writes the measurements.
pub(super) fn measurements(plan: &Plan, sent: &Sent, bill: &Bill) {
    let answer = &sent.answer;
    let mut lines = vec![line("tier", &tiers(plan, answer)), line("time", &times(answer))];
    // Of a call that was refused at once there is nothing more to measure.
    if answer.timing.first_event.is_some() {
        lines.extend([
            line("speed", &speed(answer)),
            line("tokens", &tokens(answer)),
            line("stop", answer.stop_reason.as_deref().unwrap_or(UNKNOWN)),
            line("cost", &cost(bill)),
        ]);
    }
    lines.push(line("request", answer.request_id.as_deref().unwrap_or(UNKNOWN)));
    lines.extend(answer.tools.iter().take(TOOLS_SHOWN).map(|tool| {
        let cut = if tool.input.cut_bytes() > 0 { " …" } else { "" };
        line("tool", &format!("{} {}{cut}", tool.name, tool.input.text()))
    }));
    lines.extend(notes(answer).iter().map(|note| line("note", note)));
    let mut stderr = std::io::stderr().lock();
    for line in lines {
        let _ = writeln!(stderr, "{line}");
    }
}

fn line(name: &str, text: &str) -> String {
    format!("{name:<8} {}", clean_up_to(text, LONG))
}

fn tiers(plan: &Plan, answer: &Answer) -> String {
    let asked = plan.tier.as_ref().map_or("none", Tier::wire_name);
    let served = answer.served.as_ref().map_or("not reported", Tier::wire_name);
    let differs = if answer.served_otherwise() == Some(true) { " (another than was asked for)" } else { "" };
    format!("asked {asked} → served {served}{differs}")
}

fn times(answer: &Answer) -> String {
    let timing = &answer.timing;
    [
        ("first event", timing.first_event),
        ("first text", timing.first_text),
        ("total", timing.total),
        ("server", timing.server),
    ]
    .map(|(name, ms)| format!("{name} {}", ms.map_or_else(|| UNKNOWN.to_owned(), |ms| format!("{} ms", grouped(ms)))))
    .join(", ")
}

fn speed(answer: &Answer) -> String {
    answer.tokens_per_second().map_or_else(
        || UNKNOWN.to_owned(),
        |speed| format!("{speed:.1} tokens/s (output tokens over the time from the first piece to the end)"),
    )
}

fn tokens(answer: &Answer) -> String {
    let usage = &answer.usage;
    let count = |tokens: Option<u64>| tokens.map_or_else(|| UNKNOWN.to_owned(), grouped);
    let reasoning = usage.reasoning.map(|tokens| format!(" ({} of it reasoning)", grouped(tokens))).unwrap_or_default();
    format!(
        "{} input, {} output{reasoning}, cache {} read, {} written",
        count(usage.input),
        count(usage.output),
        count(usage.cache_read),
        count(usage.cache_write)
    )
}

fn cost(bill: &Bill) -> String {
    let tier = bill.tier.wire_name();
    let this = match (&bill.this_tier, &bill.tier) {
        (_, Tier::Reserved) => "prepaid on reserved".to_owned(),
        (Some(usd), _) => format!("${usd} on {tier}"),
        (None, _) => format!("{UNKNOWN} on {tier}: no list price is known, or no tokens were counted"),
    };
    let assumed = if bill.assumed { " (assumed: the service did not say the tier)" } else { "" };
    let others: Vec<_> = bill.others.iter().map(|(tier, usd)| format!("; ${usd} on {tier}")).collect();
    let others = others.concat();
    let dated = if bill.this_tier.is_some() || !bill.others.is_empty() {
        format!("; list prices of {AS_OF}")
    } else {
        String::new()
    };
    format!("{this}{assumed}{others}{dated}")
}

fn notes(answer: &Answer) -> Vec<String> {
    let limit = answer.max_tokens().map(|most| format!(" ({})", grouped(most))).unwrap_or_default();
    let mut notes = Vec::new();
    if answer.reasoning_used_it_up() {
        notes.push(format!(
            "Reasoning used up max_tokens{limit}, so there is no text. Send it again with a larger --max-tokens."
        ));
    } else if answer.hit_max_tokens() {
        notes.push(format!("The answer stops where max_tokens{limit} ended it."));
    }
    let reasoning = answer.reasoning.text().chars().count() as u64;
    if reasoning > 0 {
        notes.push(format!(
            "Reasoning of {} characters came apart from the text; --reasoning shows it.",
            grouped(reasoning)
        ));
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

/// Writes why a call failed and what that means.
pub(super) fn trouble(plan: &Plan, sent: &Sent, place: Option<&Place>, prices: &Prices) {
    let Some(error) = &sent.answer.error else { return };
    let meaning = meaning::of(error, plan.tier.as_ref(), place, prices);
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "tiertop: {}", clean_up_to(&error.to_string(), LONG));
    let _ = writeln!(stderr, "{}", line("means", &meaning.means));
    if let Some(next) = &meaning.next_step {
        let _ = writeln!(stderr, "{}", line("next", next));
    }
    let _ = writeln!(stderr, "{}", line("called", &clean(&format!("{} in {}", plan.endpoint, sent.region))));
}

/// A count with its thousands set apart: `12,345`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
