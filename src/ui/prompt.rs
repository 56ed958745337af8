//! The Prompt screen: a test call as it is written, the state of the pool that it will draw on, the answer as it comes, and what was measured.
//!
//! ```text
//!  Claude Sonnet 4.5 us  us.anthropic.claude-sonnet-4-5-20250929-v1:0                    call 2 of 3
//!  tier flex · converse, streaming · max_tokens 1024 · temperature — · system —
//!  pool: 41% of 5.0M TPM used, no refusals · flex: no (its model card … names other tiers only)
//! ┌ Ask · Ctrl-S sends, Tab next field, Esc leaves ────────────────────────────────────────────────┐
//! │ What is a service tier?                                                                         │
//! └─────────────────────────────────────────────────────────────────────────────────────────────────┘
//!  A service tier says how a request is queued …
//!  asked flex → served flex · first event 420 ms, first text 480 ms, total 3,200 ms, server 3,100 ms, 92.4 tokens/s
//! ```

mod answer;
pub mod words;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Modifier,
    widgets::Widget,
};

use crate::{
    app::{
        keys::{Action, Place, of},
        prompt::{Exchange, Field, pool_of},
        state::State,
    },
    domain::{
        ids::EndpointId,
        prompt::plan::{Api, Ask},
        snapshot::PoolRow,
        tier::Tier,
        tier_support::{Support, TierSupport},
    },
};

use super::{
    help,
    names::Name,
    numbers::{bounded_percent, seconds, short_or_unknown},
    running_text::RunningText,
    text::{clean, truncate, width},
    theme::{Theme, Tone},
};

/// Lines of the box: as many as are written, within these.
const BOX_LINES: (u16, u16) = (2, 8);

/// Draws it.
pub fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let exchange = state.prompting.exchange();
    let measured =
        exchange.map(|exchange| answer::measured(exchange, theme, usize::from(area.width))).unwrap_or_default();
    let parts = parts(state, area, measured.len());
    heading(state, theme, parts.heading, buffer);
    settings(state, theme, parts.settings, buffer);
    draw_box(state, theme, parts.typed, buffer);
    match exchange {
        Some(exchange) => {
            let lines = answer::lines(exchange, theme, usize::from(parts.answer.width));
            if lines.is_empty() && exchange.is_running() {
                put(&waiting(state, exchange), Tone::Warn, parts.answer, theme, buffer);
            } else {
                answer::draw(state, &lines, theme, parts.answer, buffer);
            }
            for (y, line) in (parts.measured.y..parts.measured.bottom()).zip(&measured) {
                super::detail::section::put(line, theme, Rect { y, height: 1, ..parts.measured }, buffer);
            }
        }
        None => put(nothing_sent(state), Tone::Dim, parts.answer, theme, buffer),
    }
}

/// Lines that the answer can be scrolled by.
#[must_use]
pub fn scroll_at_most(state: &State, theme: &Theme, area: Rect) -> usize {
    let Some(exchange) = state.prompting.exchange() else { return 0 };
    let measured = answer::measured(exchange, theme, usize::from(area.width)).len();
    let parts = parts(state, area, measured);
    answer::lines(exchange, theme, usize::from(parts.answer.width))
        .len()
        .saturating_sub(usize::from(parts.answer.height))
}

/// The text of the answer that is shown.
#[must_use]
pub fn answer_text(state: &State) -> Option<String> {
    let text = state.prompting.exchange()?.answer.text.text();
    (!text.is_empty()).then(|| RunningText::default().clean(text))
}

/// Prompt, answer and measurements of the call that is shown, for a file.
#[must_use]
pub fn exchange_text(state: &State) -> Option<String> {
    let exchange = state.prompting.exchange()?;
    let (plan, answer) = (&exchange.plan, &exchange.answer);
    let clean_text = |text: &str| RunningText::default().clean(text);
    let prompt = match &plan.ask {
        Ask::Text(question) => {
            let system = question
                .system
                .as_ref()
                .map_or_else(String::new, |system| format!("## System\n\n{}\n\n", clean_text(system)));
            format!("{system}## Prompt\n\n{}\n\n", clean_text(&question.prompt))
        }
        Ask::Body(_) => String::new(),
    };
    let reasoning = answer.reasoning.text();
    let reasoning =
        if reasoning.is_empty() { String::new() } else { format!("## Reasoning\n\n{}\n\n", clean_text(reasoning)) };
    let bill = crate::domain::prompt::bill::Bill::of(
        answer,
        exchange.place.as_ref(),
        crate::domain::pricing::Prices::built_in(),
    );
    let measured = [
        Some(format!("model: {}", plan.endpoint)),
        Some(format!("sent: {}", exchange.sent_at)),
        Some(words::tiers(plan, answer)),
        Some(words::times(answer)),
        words::speed(answer),
        Some(words::tokens(answer)),
        Some(words::cost(&bill)),
        answer.stop_reason.as_ref().map(|reason| format!("stopped: {reason}")),
        answer.request_id.as_ref().map(|id| format!("request: {id}")),
        answer.error.as_ref().map(|error| format!("error: {error}")),
    ];
    let line = |line: String| format!("- {}\n", clean_text(&line).replace('\n', " "));
    let measured = measured.into_iter().flatten().map(line).collect::<Vec<_>>().concat();
    Some(format!("{prompt}{reasoning}## Answer\n\n{}\n\n## Measured\n\n{measured}", clean_text(answer.text.text())))
}

struct Parts {
    heading: Rect,
    settings: Rect,
    typed: Rect,
    answer: Rect,
    measured: Rect,
}

fn parts(state: &State, area: Rect, measured: usize) -> Parts {
    let focus = state.prompting.focus.unwrap_or(Field::Prompt);
    let lines = u16::try_from(state.prompting.draft.area(focus).lines().len()).unwrap_or(u16::MAX);
    let most = BOX_LINES.1.min(area.height / 3).max(BOX_LINES.0);
    let typed = lines.clamp(BOX_LINES.0, most) + 2;
    let measured = u16::try_from(measured).unwrap_or(0);
    let [heading, settings, typed, answer, measured] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Length(typed),
        Constraint::Fill(1),
        Constraint::Length(measured),
    ])
    .areas(area);
    Parts { heading, settings, typed, answer, measured }
}

fn heading(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(area, theme.band());
    let model = state.prompting.draft.text(Field::Model);
    let name = if model.trim().is_empty() { "no model chosen".to_owned() } else { name(state, model.trim()) };
    let right = match (state.prompting.exchange(), state.prompting.sent.len()) {
        (Some(shown), count) if count > 1 => {
            let at = state.prompting.sent.iter().position(|other| other.number == shown.number).unwrap_or(0);
            format!("call {} of {count} ", at + 1)
        }
        _ => String::new(),
    };
    let room = usize::from(area.width).saturating_sub(width(&right) + 2);
    let name = truncate(&theme.say(&format!(" {name}")), room, &theme.say("…"));
    buffer.set_stringn(area.x, area.y, name, room, theme.style(Tone::Heading));
    let x = area.right().saturating_sub(u16::try_from(width(&right)).unwrap_or(0)).max(area.x);
    buffer.set_stringn(x, area.y, &right, width(&right), theme.style(Tone::Dim));
}

/// `Claude Sonnet 4.5 us  us.anthropic.…`: the name where the catalog knows one.
fn name(state: &State, id: &str) -> String {
    let endpoint = state.account.catalog.resolve(crate::domain::metric::Namespace::Bedrock, &EndpointId::from(id));
    let shown = clean(&state.redacted(id));
    if endpoint.model_name == id { shown } else { format!("{}  {shown}", clean(&endpoint.model_name)) }
}

/// How it is asked, and what is known of pool and tier.
fn settings(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let draft = &state.prompting.draft;
    let or_none = |field: Field| {
        let text = clean(&draft.text(field));
        if text.is_empty() { "—".to_owned() } else { truncate(&text, 24, "…") }
    };
    let tier = clean(&draft.text(Field::Tier));
    let tier = if tier.is_empty() { "none".to_owned() } else { tier };
    let how = if draft.streaming { "streaming" } else { "whole" };
    let api = match draft.api {
        Api::Converse => "converse",
        Api::OpenAi => "openai",
    };
    let line = format!(
        " tier {tier} · {api}, {how} · max_tokens {} · temperature {} · system {}",
        or_none(Field::MaxTokens),
        or_none(Field::Temperature),
        or_none(Field::System)
    );
    put(&line, Tone::Plain, Rect { height: 1.min(area.height), ..area }, theme, buffer);
    if area.height > 1 {
        let (text, tone) = known(state);
        put(&text, tone, Rect { y: area.y + 1, height: 1, ..area }, theme, buffer);
    }
}

/// The pool that the call will draw on, and whether the tier is known to be taken.
fn known(state: &State) -> (String, Tone) {
    if state.prompting.read_only {
        return (" read-only: nothing is sent".to_owned(), Tone::Warn);
    }
    let model = state.prompting.draft.text(Field::Model);
    let endpoint = EndpointId::from(model.trim());
    let (pool, tone) = pool_of(state, &endpoint)
        .map_or_else(|| ("nobody draws on its quota now".to_owned(), Tone::Dim), |pool| of_pool(pool, state));
    let tier = state.prompting.draft.text(Field::Tier);
    let tier = if tier.trim().is_empty() {
        String::new()
    } else {
        format!(" · {}", of_tier(state, &endpoint, &Tier::from(tier.trim())))
    };
    (format!(" {pool}{tier}"), tone)
}

fn of_pool(pool: &PoolRow, state: &State) -> (String, Tone) {
    let name = Name::of_pool(pool, &state.snapshot).phrase();
    let refused = if pool.throttled_since.is_some() { ", calls are refused" } else { "" };
    let tone = if refused.is_empty() { Tone::Dim } else { Tone::Warn };
    let Some(quota) = pool.governing_quota() else { return (format!("pool {name}: quota unknown{refused}"), tone) };
    if quota.is_zero() {
        return (format!("pool {name}: its quota is 0, so calls are refused"), Tone::Warn);
    }
    let limit = short_or_unknown(quota.applied);
    let used = quota.used_percent().map_or_else(
        || "use unknown".to_owned(),
        |used| format!("{} used now", bounded_percent(used, quota.usage.now_bound)),
    );
    (format!("pool {name}: {used} of {limit}{refused}; this call draws on it, too"), tone)
}

fn of_tier(state: &State, endpoint: &EndpointId, tier: &Tier) -> String {
    let Some(model) = state.model_named(endpoint.as_str()) else {
        return format!("{}: unknown here", clean(tier.wire_name()));
    };
    let claim = TierSupport::built_in().claim(&model, tier);
    let evidence = claim.evidence().map_or_else(String::new, |evidence| format!(" ({evidence})"));
    let said = match claim.support {
        Support::Yes => "taken",
        Support::No => "not taken",
        Support::Conflict => "disputed",
        Support::Unknown => "not known whether it is taken",
    };
    format!("{}: {said}{evidence}", clean(tier.wire_name()))
}

/// The field that is written; the prompt where none is.
fn draw_box(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let focus = state.prompting.focus;
    let field = focus.unwrap_or(Field::Prompt);
    let title = match field {
        Field::Prompt => "Ask",
        Field::Tier => "Tier: priority, default, flex, reserved, or any other; empty asks for none",
        Field::MaxTokens => "max_tokens: empty leaves it to the model, and reserves its longest answer",
        Field::Temperature => "Temperature: empty leaves it to the model",
        Field::System => "System prompt",
        Field::Model => "Model: its id, a profile's id, or an ARN",
    };
    let title = match focus {
        Some(_) => format!(" {title} · {} sends, Tab next field, Esc leaves ", key(Action::Send)),
        None => format!(" {title} · {} writes, {} sends ", key(Action::Open), key(Action::Send)),
    };
    let block = help::window(theme, &theme.fit(&title, usize::from(area.width.saturating_sub(4))), 0);
    let inner = block.inner(area);
    block.render(area, buffer);
    let mut area_of = state.prompting.draft.area(field).clone();
    area_of.set_style(theme.style(if focus.is_some() { Tone::Strong } else { Tone::Plain }));
    area_of.set_cursor_line_style(theme.style(if focus.is_some() { Tone::Strong } else { Tone::Plain }));
    let cursor = theme.style(Tone::Plain).add_modifier(Modifier::REVERSED);
    area_of.set_cursor_style(if focus.is_some() { cursor } else { theme.style(Tone::Plain) });
    (&area_of).render(inner, buffer);
}

/// Where a click into the box leads.
#[must_use]
pub fn pointed_at(state: &State, area: Rect, column: u16, row: u16) -> Option<Field> {
    let typed = parts(state, area, 0).typed;
    typed.contains((column, row).into()).then(|| state.prompting.focus.unwrap_or(Field::Prompt))
}

/// A visible clock: Flex may take minutes before anything comes.
fn waiting(state: &State, exchange: &Exchange) -> String {
    let waited = state.now.duration_since(exchange.sent_at);
    #[expect(clippy::cast_precision_loss, reason = "shown in whole seconds")]
    let waited = waited.as_secs().max(0) as f64 * 1000.0;
    let began =
        if exchange.answer.timing.first_event.is_some() { "the answer has begun" } else { "nothing has come yet" };
    format!(" {} s: {began} · Esc stops it", seconds(waited))
}

fn nothing_sent(state: &State) -> &'static str {
    if state.prompting.read_only {
        " Nothing is sent while read-only is on."
    } else {
        " Nothing was sent yet. A test call costs what any call costs, draws on the same quota, and is sent once: a throttle is shown, not retried."
    }
}

fn key(action: Action) -> &'static str {
    of(Place::Prompt).find(|binding| binding.action == action).and_then(|binding| binding.keys.first()).unwrap_or(&"")
}

fn put(text: &str, tone: Tone, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let room = usize::from(area.width);
    if area.height > 0 {
        buffer.set_stringn(area.x, area.y, theme.fit(text, room), room, theme.style(tone));
    }
}
