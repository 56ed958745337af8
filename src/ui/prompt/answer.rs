//! An answer as it comes: text as lines that fit, the newest in view; and what was measured. Answers are untrusted: nothing in them steers the terminal.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{prompt::Exchange, state::State},
    domain::{
        pricing::Prices,
        prompt::{answer::Progress, bill::Bill, meaning},
    },
    ui::{
        cells::Cell,
        detail::section,
        running_text::RunningText,
        text::{LONG, clean_up_to, fold, wrap},
        theme::{Theme, Tone},
    },
};

use super::words;

/// Bytes of an answer that are laid out: what is before them is copied and saved, and not drawn. A screen shows a few thousand.
const SHOWN_BYTES: usize = 96 * 1024;

/// Lines that the measurements may take.
const MEASURED_LINES: usize = 6;

/// What was measured, and why it failed.
pub(super) fn measured(exchange: &Exchange, theme: &Theme, room: usize) -> Vec<Cell> {
    let answer = &exchange.answer;
    let mut lines = Vec::new();
    let mut say = |text: &str, tone: Tone| {
        let wrapped = wrap(&theme.say(&clean_up_to(text, LONG)), room.saturating_sub(2).max(8), &theme.say("…"));
        lines.extend(wrapped.into_iter().map(|line| vec![(format!(" {line}"), tone)]));
    };
    let prices = Prices::built_in();
    if let Some(error) = &answer.error {
        let meaning = meaning::of(error, exchange.plan.tier.as_ref(), exchange.place.as_ref(), prices);
        say(&error.to_string(), Tone::Bad);
        say(&format!("{} {}", meaning.means, meaning.next_step.unwrap_or_default()), Tone::Plain);
    }
    if answer.progress == Progress::Running {
        return lines;
    }
    let speed = words::speed(answer).map_or_else(String::new, |speed| format!(", {speed}"));
    say(&format!("{} · {}{speed}", words::tiers(&exchange.plan, answer), words::times(answer)), Tone::Strong);
    if answer.error.is_none() {
        let stop = answer.stop_reason.as_deref().map_or_else(String::new, |reason| format!(" · stopped: {reason}"));
        let request = answer.request_id.as_deref().map_or_else(String::new, |id| format!(" · request {id}"));
        say(&format!("{}{stop}{request}", words::tokens(answer)), Tone::Plain);
        say(&words::cost(&Bill::of(answer, exchange.place.as_ref(), prices)), Tone::Plain);
    } else if let Some(id) = &answer.request_id {
        say(&format!("request {id}"), Tone::Dim);
    }
    for note in words::notes(answer, "a larger max_tokens", "") {
        say(&note, Tone::Warn);
    }
    lines.truncate(MEASURED_LINES);
    lines
}

/// The lines of an answer: reasoning dim, text plain, tools named.
pub(super) fn lines(exchange: &Exchange, theme: &Theme, room: usize) -> Vec<Cell> {
    let answer = &exchange.answer;
    let mut lines: Vec<Cell> = Vec::new();
    let room = room.saturating_sub(2).max(8);
    let (text, left_out) = end_of(answer.text.text());
    if left_out > 0 {
        lines.push(vec![(format!(" … {left_out} bytes above are copied and saved, and not shown"), Tone::Dim)]);
    } else {
        let (reasoning, left_out) = end_of(answer.reasoning.text());
        if !reasoning.is_empty() {
            let cut = if left_out > 0 { ", its end" } else { "" };
            lines.push(vec![(format!(" reasoning{cut}:"), Tone::Accent)]);
            push(reasoning, Tone::Dim, theme, room, &mut lines);
            lines.push(vec![(" answer:".to_owned(), Tone::Accent)]);
        }
    }
    push(text, Tone::Plain, theme, room, &mut lines);
    for tool in answer.tools.iter().take(words::TOOLS_SHOWN) {
        let said = format!("tool {}: {}", tool.name, tool.input.text());
        let said = clean_up_to(&said, LONG);
        lines.extend(wrap(&said, room, "…").into_iter().map(|line| vec![(format!(" {line}"), Tone::Accent)]));
    }
    lines
}

fn push(text: &str, tone: Tone, theme: &Theme, room: usize, lines: &mut Vec<Cell>) {
    let safe = RunningText::default().clean(text);
    for line in safe.lines() {
        let line = theme.say(line);
        lines.extend(fold(&line, room).into_iter().map(|part| vec![(format!(" {part}"), tone)]));
    }
}

/// The end of a long text, and the bytes before it.
fn end_of(text: &str) -> (&str, usize) {
    let from = text.ceil_char_boundary(text.len().saturating_sub(SHOWN_BYTES));
    (&text[from..], from)
}

/// Draws the lines from where the user has scrolled to; while an answer comes its end is in view.
pub(super) fn draw(state: &State, lines: &[Cell], theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let last = lines.len().saturating_sub(usize::from(area.height));
    let first = state.prompting.scroll.map_or(last, |first| usize::from(first).min(last));
    for (y, line) in (area.y..area.bottom()).zip(lines.iter().skip(first)) {
        section::put(line, theme, Rect { y, height: 1, ..area }, buffer);
    }
}
