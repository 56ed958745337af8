//! The Log screen: events, and tiertop's own calls; one entry in full.
//!
//! ```text
//!  events 4 · calls 212: 1 retry, 0 denied, 48k queries, ≤ $0.48 · v kinds  / filter
//! !! 03:02Z  throttling began on Claude Sonnet 4.5 us: 14% of attempts refused, peak 97% of 2,000,000 TPM
//!    03:01Z  quota L-F4DDD3EB 200,000 → 2,000,000: Cross-region model inference tokens per minute for …
//!    03:12Z  cloudwatch:GetMetricData  480 queries                                              0.2 s  ≤$0.0048
//! ```

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        keys::{Action, first_key},
        log::{Entry, Kinds, Level, cursor_at},
        state::State,
    },
    domain::{call::CallRecord, minute::Minute},
};

use super::{
    numbers::{clock, seconds, short},
    text::{clean, width, wrap},
    theme::{Theme, Tone},
};

/// Where the text of a line starts: mark, time, a gap.
const TEXT: u16 = 11;

/// Cells of a call's duration and cost on the right.
const COST: u16 = 20;

/// From this width on a call shows duration and cost.
const ROOM_FOR_COST: u16 = 70;

/// No line of an open entry is longer.
const LONGEST_LINE: u16 = 110;

/// Draws it.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let open = state.view.log.open.and_then(|(number, first)| Some((state.log.entry(number)?, first)));
    if let Some((entry, first)) = open {
        draw_entry(state, theme, entry, first, area, buffer);
        return;
    }
    let listed = state.log.listed(&state.view);
    put(&title(state, listed.len()), area, area.x, Tone::Heading, theme, buffer);
    buffer.set_style(Rect { height: 1, ..area }, theme.band());
    let body = body(area);
    if listed.is_empty() {
        draw_empty(state, theme, body, buffer);
        return;
    }
    let cursor = cursor_at(&listed, state.view.log.cursor);
    let first = first_line(cursor, listed.len(), body.height);
    for (y, (index, entry)) in (body.y..body.bottom()).zip(listed.iter().enumerate().skip(first)) {
        let line = Rect { y, height: 1, ..body };
        draw_line(state, theme, entry, line, buffer);
        if cursor == Some(index) {
            buffer.set_style(line, theme.cursor());
        }
    }
}

/// The entry whose line is at this place; None beside the lines, and where one is open.
#[must_use]
pub fn pointed_at(state: &State, area: Rect, column: u16, row: u16) -> Option<u64> {
    let body = body(area);
    if state.view.log.open.is_some() || !body.contains((column, row).into()) {
        return None;
    }
    let listed = state.log.listed(&state.view);
    let first = first_line(cursor_at(&listed, state.view.log.cursor), listed.len(), body.height);
    listed.get(first + usize::from(row - body.y)).map(|entry| entry.number)
}

/// The lines below the title.
fn body(area: Rect) -> Rect {
    let title = area.height.min(1);
    Rect { y: area.y + title, height: area.height - title, ..area }
}

/// The first line that is shown: the cursor stands in the middle, except near the ends.
fn first_line(cursor: Option<usize>, lines: usize, height: u16) -> usize {
    let height = usize::from(height);
    cursor.unwrap_or(0).saturating_sub(height / 2).min(lines.saturating_sub(height))
}

/// What is listed, and what tiertop's own calls add up to; the most important part first.
fn title(state: &State, listed: usize) -> String {
    let (events, calls) = state.log.counts(state.view.paused);
    let log = &state.view.log;
    let totals = state.own_calls();
    #[expect(clippy::cast_precision_loss, reason = "shown in three digits")]
    let count = |count: u64| short(count as f64);
    let shown = match log.kinds {
        Kinds::Events => many(events, "event"),
        Kinds::Calls => many(calls, "call"),
        Kinds::All => format!("{} and {}", many(events, "event"), many(calls, "call")),
    };
    let filter = match (log.filter.typing, log.filter.text.is_empty()) {
        (false, true) => String::new(),
        (typing, _) => format!(", {listed} with /{}{}", clean(&log.filter.text), if typing { "_" } else { "" }),
    };
    let paused = state.view.paused.map_or_else(String::new, |at| format!(" · frozen at {}", clock(at)));
    let retries = if totals.retries == 1 { "retry" } else { "retries" };
    let money = money(totals.usd_at_most);
    format!(
        " {shown}{filter}{paused} · tiertop's own: {} calls, {} {retries}, {} denied, {} failed, {} queries, {money} so far · {} kinds",
        count(totals.calls),
        count(totals.retries),
        count(totals.denied),
        count(totals.failed),
        count(totals.queries),
        first_key(Action::Columns)
    )
}

/// `1 event`, `4 events`.
fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `≤$0.0048`: a call costs so little that cents say nothing. Rounded up, so that the bound stays true.
fn money(dollars: f64) -> String {
    // What is a digit's fraction off is floating-point noise of the sum.
    let up = |parts: f64| (dollars * parts - 1e-6).ceil() / parts;
    match dollars {
        0.0 => "$0".to_owned(),
        small if small < 0.0001 => "<$0.0001".to_owned(),
        small if small < 1.0 => format!("≤${:.4}", up(10_000.0)),
        _ => format!("≤${:.2}", up(100.0)),
    }
}

fn draw_line(state: &State, theme: &Theme, entry: &Entry, area: Rect, buffer: &mut Buffer) {
    let (mark, tone) = mark(entry);
    put(mark, area, area.x, tone, theme, buffer);
    put(&time(entry.at, state.shown_now()), area, area.x + 3, Tone::Dim, theme, buffer);
    let costs = entry.call.as_ref().filter(|_| area.width >= ROOM_FOR_COST);
    let room = if costs.is_some() { area.width.saturating_sub(COST) } else { area.width };
    let tone = match (&entry.call, entry.level) {
        (Some(_), _) => Tone::Dim,
        (None, Level::Bad) => Tone::Strong,
        (None, _) => Tone::Plain,
    };
    let text = shown(state, &entry.text);
    put(&text, Rect { width: room, ..area }, area.x + TEXT, tone, theme, buffer);
    if let Some(call) = costs {
        let cost = theme.say(&cost(call)).into_owned();
        let x = area.right().saturating_sub(u16::try_from(width(&cost) + 1).unwrap_or(COST));
        put(&cost, area, x, Tone::Dim, theme, buffer);
    }
}

/// `0.2 s  ≤$0.0048`, in columns.
fn cost(call: &CallRecord) -> String {
    let cost = call.usd_at_most().map_or_else(String::new, money);
    format!("{} {cost:>9}", took(call.took_ms))
}

fn took(ms: u64) -> String {
    if ms < 1000 {
        return format!("{ms} ms");
    }
    #[expect(clippy::cast_precision_loss, reason = "shown in three digits")]
    let seconds = seconds(ms as f64);
    format!("{seconds} s")
}

/// `03:02Z`, with the day where it is another one than today's: `11-21`.
fn time(at: Timestamp, now: Timestamp) -> String {
    const DAY: i64 = 24 * 60;
    let (minute, today) = (Minute::of(at), Minute::of(now).floor_to(DAY));
    if minute.floor_to(DAY) == today { minute.to_string() } else { at.to_string().get(5..10).unwrap_or("").to_owned() }
}

fn mark(entry: &Entry) -> (&'static str, Tone) {
    match entry.level {
        Level::Bad => ("!!", Tone::Bad),
        Level::Warn => (" !", Tone::Warn),
        Level::Good => ("ok", Tone::Good),
        Level::Info => ("  ", Tone::Dim),
    }
}

/// A text as it may be shown: without account, ARNs and the rest where those are hidden, and safe to draw.
fn shown(state: &State, text: &str) -> String {
    clean(&state.redacted(text))
}

/// The text of the entry that is open, or that the cursor is on.
#[must_use]
pub fn entry_text(state: &State) -> Option<String> {
    let log = &state.view.log;
    let listed = state.log.listed(&state.view);
    let under_cursor = || listed.get(cursor_at(&listed, log.cursor)?).copied();
    let entry = log.open.and_then(|(number, _)| state.log.entry(number)).or_else(under_cursor)?;
    let mut lines = vec![format!("{} {}", day_and_time(entry.at), clean(&entry.text))];
    if log.open.is_some() {
        lines.extend(entry.call.iter().flat_map(call_lines));
        lines.extend(entry.details.iter().map(|line| clean(line)));
    }
    Some(lines.join("\n"))
}

fn draw_empty(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let log = &state.view.log;
    let (events, calls) = state.log.counts(state.view.paused);
    let lines = if !log.filter.text.is_empty() && events + calls > 0 {
        vec![
            format!("No entry among the {} has these words: {}", log.kinds.name(), clean(&log.filter.text)),
            format!(
                "{} takes the filter away, {} shows other kinds.",
                first_key(Action::Back),
                first_key(Action::Columns)
            ),
        ]
    } else if log.kinds == Kinds::Calls {
        vec!["No call to AWS has ended yet.".to_owned()]
    } else {
        vec![
            "Nothing has happened yet that is worth a line.".to_owned(),
            "Throttling, 5xx of 1% of requests or more, use near a limit, other tiers served than asked for, quotas that change, credentials and sources that are lost or back stand here, with their times."
                .to_owned(),
            format!("{} lists tiertop's own calls.", first_key(Action::Columns)),
        ]
    };
    let room = area.width.saturating_sub(6).min(LONGEST_LINE);
    let lines = lines.iter().flat_map(|line| wrap(&theme.say(line), usize::from(room), &theme.say("…")));
    for (y, line) in (area.y + u16::from(area.height > 4)..area.bottom()).zip(lines) {
        put(&line, Rect { y, height: 1, ..area }, area.x + 3, Tone::Plain, theme, buffer);
    }
}

/// An open entry: when, what, numbers and the next step, wrapped.
fn draw_entry(state: &State, theme: &Theme, entry: &Entry, first: u16, area: Rect, buffer: &mut Buffer) {
    let lines = entry_lines(state, theme, entry, area);
    let first = usize::from(first).min(lines.len().saturating_sub(usize::from(area.height)));
    for (y, (line, tone)) in (area.y..area.bottom()).zip(lines.iter().skip(first)) {
        put(line, Rect { y, ..area }, area.x + 3, *tone, theme, buffer);
    }
}

/// Lines that the open entry can be scrolled by.
#[must_use]
pub fn scroll_at_most(state: &State, theme: &Theme, area: Rect) -> usize {
    let open = state.view.log.open.and_then(|(number, _)| state.log.entry(number));
    open.map_or(0, |entry| entry_lines(state, theme, entry, area).len().saturating_sub(usize::from(area.height)))
}

fn entry_lines(state: &State, theme: &Theme, entry: &Entry, area: Rect) -> Vec<(String, Tone)> {
    let room = usize::from(area.width.saturating_sub(6).min(LONGEST_LINE));
    let ellipsis = theme.say("…");
    let mut lines: Vec<(String, Tone)> = Vec::new();
    let mut say = |text: &str, tone: Tone| {
        let wrapped = wrap(&broken(&theme.say(&shown(state, text)), room), room, &ellipsis);
        lines.extend(wrapped.into_iter().map(|line| (line, tone)));
    };
    let (mark, tone) = mark(entry);
    say(&format!("{} {}", mark.trim(), entry.text), if entry.level == Level::Bad { tone } else { Tone::Strong });
    let noted = if Minute::of(entry.noted) == Minute::of(entry.at) {
        String::new()
    } else {
        format!(", noted {}", day_and_time(entry.noted))
    };
    say(&format!("{}{noted}", day_and_time(entry.at)), Tone::Dim);
    for line in entry.call.iter().flat_map(call_lines) {
        say(&line, Tone::Plain);
    }
    for line in &entry.details {
        let tone = if line.starts_with("Next:") { Tone::Strong } else { Tone::Plain };
        say(line, tone);
    }
    if let Some(subject) = &entry.subject {
        say(&format!("About: {subject}"), Tone::Dim);
    }
    lines
}

/// The text with words that are longer than a line (ARNs, ids) broken, so that nothing of them is cut off.
fn broken(text: &str, room: usize) -> String {
    let mut broken = String::with_capacity(text.len());
    let mut used = 0;
    for c in text.chars() {
        let wide = width(c.encode_utf8(&mut [0; 4]));
        if c == ' ' {
            used = 0;
        } else if used + wide > room && used > 0 {
            broken.push(' ');
            used = wide;
        } else {
            used += wide;
        }
        broken.push(c);
    }
    broken
}

/// `2026-11-22 03:02:11Z`.
fn day_and_time(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.get(..19).unwrap_or(&text);
    format!("{}Z", seconds.replace('T', " "))
}

fn call_lines(call: &CallRecord) -> Vec<String> {
    let unknown = || "—".to_owned();
    let mut lines = vec![
        format!("Region {}, took {} in {} attempts", call.region, took(call.took_ms), call.attempts),
        format!(
            "HTTP status {}, request id {}",
            call.status.map_or_else(unknown, |status| status.to_string()),
            call.request_id.clone().unwrap_or_else(unknown)
        ),
    ];
    if let Some(dollars) = call.usd_at_most() {
        let queries =
            if call.queries > 0 { format!("{} queries (metric × statistic), ", call.queries) } else { String::new() };
        lines.push(format!("Costs: {queries}{} at list price", money(dollars)));
    }
    lines
}

/// Writes from a cell on, never beyond the area.
fn put(text: &str, area: Rect, x: u16, tone: Tone, theme: &Theme, buffer: &mut Buffer) {
    let room = usize::from(area.right().saturating_sub(x));
    if room == 0 || area.height == 0 {
        return;
    }
    buffer.set_stringn(x, area.y, theme.fit(text, room), room, theme.style(tone));
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend, style::Modifier};

    use super::*;
    use crate::{
        app::{event::Event, update::update, view::Screen},
        domain::{
            call::CallFailure,
            fault::{FaultKind, Source},
        },
        ui::{
            Palette,
            fixtures::{demo, denied, fail, time},
        },
    };

    fn call(operation: &str, failure: Option<CallFailure>) -> CallRecord {
        CallRecord {
            service: "cloudwatch".into(),
            operation: operation.into(),
            region: "us-east-1".into(),
            started: time("03:12:04"),
            took_ms: if failure.is_some() { 1_240 } else { 212 },
            attempts: 1 + u32::from(failure.is_some()),
            status: Some(if failure.is_some() { 403 } else { 200 }),
            failure,
            request_id: Some("6f1c…\u{1b}[31m".into()),
            queries: if operation == "GetMetricData" { 480 } else { 0 },
            clock_ahead_s: Some(-95),
        }
    }

    /// The demo's state with events and calls of both kinds.
    fn logged() -> State {
        let mut state = demo();
        state.newest = std::sync::Arc::clone(&state.snapshot);
        fail(&mut state, denied(Source::Metrics, "cloudwatch:GetMetricData"));
        let failure = CallFailure { kind: FaultKind::Denied, code: Some("AccessDenied".into()) };
        let calls = vec![call("GetMetricData", None), call("ListMetrics", Some(failure))];
        update(&mut state, Event::Called(calls), time("03:13:51"));
        state.view.screen = Screen::Log;
        state
    }

    fn drawn(state: &State, theme: &Theme, width: u16, height: u16) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(state, theme, frame.area(), frame.buffer_mut())).unwrap();
        terminal.backend().buffer().clone()
    }

    fn lines(buffer: &Buffer) -> Vec<String> {
        let line =
            |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (0..buffer.area.height).map(line).collect()
    }

    #[test]
    fn events_come_before_calls_and_calls_show_time_and_cost() {
        let mut state = logged();
        let buffer = drawn(&state, &Theme::default(), 120, 6);
        let events = lines(&buffer);
        assert!(
            events[0]
                .starts_with(" 1 event · tiertop's own: 2 calls, 1 retry, 1 denied, 0 failed, 480 queries, ≤$0.0049")
        );
        assert_eq!(events[1], " ! 03:13Z  this machine's clock is 95 s ahead of AWS's");
        update(&mut state, Event::Key("v".into()), time("03:13:52"));
        let calls = lines(&drawn(&state, &Theme::default(), 120, 6));
        assert!(
            calls[1].starts_with(" ! 03:12Z  cloudwatch:ListMetrics  denied (AccessDenied), 1 retry"),
            "{}",
            calls[1]
        );
        assert!(calls[1].ends_with("1.2 s  <$0.0001"), "{}", calls[1]);
        assert!(calls[2].ends_with("212 ms  ≤$0.0048"), "{}", calls[2]);
        let narrow = lines(&drawn(&state, &Theme::default(), 60, 6));
        assert!(narrow[2].contains("480 queries") && !narrow[2].contains("ms"), "{}", narrow[2]);
    }

    #[test]
    fn an_open_entry_says_all_in_safe_text() {
        let mut state = logged();
        for key in ["v", "⏎"] {
            update(&mut state, Event::Key(key.into()), time("03:13:52"));
        }
        let text = lines(&drawn(&state, &Theme::default(), 80, 12)).join("\n");
        for part in [
            "! cloudwatch:ListMetrics",
            "2026-11-22 03:12:04Z, noted 2026-11-22 03:13:51Z",
            "HTTP status 403",
            "request id 6f1c…?[31m",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        let ascii = drawn(&state, &Theme::new(Palette::NoColour, true), 80, 12);
        assert!(lines(&ascii).iter().all(|line| line.is_ascii()));
    }

    #[test]
    fn the_cursor_s_line_shows_and_is_what_is_pointed_at() {
        let mut state = logged();
        for key in ["v", "j"] {
            update(&mut state, Event::Key(key.into()), time("03:13:52"));
        }
        let area = Rect { x: 0, y: 0, width: 80, height: 10 };
        let buffer = drawn(&state, &Theme::new(Palette::NoColour, false), area.width, area.height);
        assert!(buffer[(20, 2)].modifier.contains(Modifier::REVERSED));
        let listed: Vec<u64> = state.log.listed(&state.view).iter().map(|entry| entry.number).collect();
        let pointed = [(0, 0), (5, 1), (79, 2), (5, 3), (80, 1)].map(|(x, y)| pointed_at(&state, area, x, y));
        assert_eq!(pointed, [None, Some(listed[0]), Some(listed[1]), None, None]);
        assert_eq!(state.view.log.cursor, Some(listed[1]));
    }

    #[test]
    fn what_is_paid_is_never_more_than_what_is_said() {
        let said = [0.0, 0.000_01, 0.003_43, 480.0 * 0.000_01, 0.1 + 0.2, 7.141].map(money);
        assert_eq!(said, ["$0", "<$0.0001", "≤$0.0035", "≤$0.0048", "≤$0.3000", "≤$7.15"]);
    }

    #[test]
    fn long_words_are_broken_and_not_cut() {
        assert_eq!(broken("ab abcdefgh ab", 3), "ab abc def gh ab");
        assert_eq!(broken("日本語モデル", 5), "日本 語モ デル");
        assert_eq!(broken("ab", 0).replace(' ', ""), "ab");
    }

    #[test]
    fn nothing_panics_at_any_size_and_an_empty_log_says_why() {
        let mut empty = demo();
        empty.view.screen = Screen::Log;
        assert!(lines(&drawn(&empty, &Theme::default(), 80, 8))[2].contains("Nothing has happened yet"));
        let mut filtered = logged();
        filtered.view.log.filter.text = "nowhere".into();
        assert!(lines(&drawn(&filtered, &Theme::default(), 80, 8))[2].contains("has these words: nowhere"));
        let mut open = logged();
        update(&mut open, Event::Key("⏎".into()), time("03:13:52"));
        for state in [&empty, &filtered, &open, &logged()] {
            for (width, height) in (1..=130).step_by(7).flat_map(|width| [1, 2, 3, 8, 40].map(|height| (width, height)))
            {
                for theme in [Theme::default(), Theme::new(Palette::NoColour, true)] {
                    drawn(state, &theme, width, height);
                }
            }
        }
    }
}
