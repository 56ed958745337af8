//! What is said of a call on stderr when it is over: tiers, times, tokens, cost, and why it failed.

use std::io::Write;

use crate::{
    domain::{
        pricing::Prices,
        prompt::{
            bill::{Bill, Place},
            meaning,
            plan::Plan,
        },
    },
    runtime::Sent,
    ui::{
        numbers::UNKNOWN,
        prompt::words,
        text::{LONG, clean, clean_up_to},
    },
};

/// Writes the measurements.
pub(super) fn measurements(plan: &Plan, sent: &Sent, bill: &Bill) {
    let answer = &sent.answer;
    let mut lines = vec![line("tier", &words::tiers(plan, answer)), line("time", &words::times(answer))];
    // Of a call that was refused at once there is nothing more to measure.
    if answer.timing.first_event.is_some() {
        lines.extend([
            line("speed", words::speed(answer).as_deref().unwrap_or(UNKNOWN)),
            line("tokens", &words::tokens(answer)),
            line("stop", answer.stop_reason.as_deref().unwrap_or(UNKNOWN)),
            line("cost", &words::cost(bill)),
        ]);
    }
    lines.push(line("request", answer.request_id.as_deref().unwrap_or(UNKNOWN)));
    lines.extend(answer.tools.iter().take(words::TOOLS_SHOWN).map(|tool| {
        let cut = if tool.input.cut_bytes() > 0 { " …" } else { "" };
        line("tool", &format!("{} {}{cut}", tool.name, tool.input.text()))
    }));
    lines.extend(
        words::notes(answer, "a larger --max-tokens", "--reasoning shows it").iter().map(|note| line("note", note)),
    );
    let mut stderr = std::io::stderr().lock();
    for line in lines {
        let _ = writeln!(stderr, "{line}");
    }
}

fn line(name: &str, text: &str) -> String {
    format!("{name:<8} {}", clean_up_to(text, LONG))
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
