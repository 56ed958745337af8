//! The command line: `:` and a screen's name. What is typed may be the beginning of a name, where only one begins so.

use super::{event::Effect, filter::Filter, keys::Action, press, state::State};

/// Every command and what it does.
pub const COMMANDS: [(&str, Action); 9] = [
    ("live", Action::Live),
    ("quotas", Action::Quotas),
    ("doctor", Action::Doctor),
    ("prompt", Action::Prompt),
    ("tiers", Action::Tiers),
    ("log", Action::Log),
    ("regions", Action::Regions),
    ("help", Action::Help),
    ("quit", Action::Quit),
];

/// Begins to type.
pub(super) fn begin(state: &mut State) {
    state.view.command = Some(Filter { text: String::new(), typing: true });
}

/// The commands that begin with what was typed.
pub fn beginning(text: &str) -> impl Iterator<Item = (&'static str, Action)> {
    let text = text.trim().to_ascii_lowercase();
    COMMANDS.into_iter().filter(move |(name, _)| name.starts_with(&text))
}

/// Takes a key while a command is typed: `Tab` completes it, `⏎` carries it out, `Esc` leaves.
pub(super) fn press(state: &mut State, key: &str, effects: &mut Vec<Effect>) {
    let Some(line) = &mut state.view.command else { return };
    match key {
        "Esc" => state.view.command = None,
        "Tab" => {
            let completed = beginning(&line.text).next();
            if let Some((name, _)) = completed {
                name.clone_into(&mut line.text);
            }
        }
        "⏎" => {
            let text = line.text.trim().to_owned();
            state.view.command = None;
            carry_out(state, &text, effects);
        }
        "Backspace" if line.text.is_empty() => state.view.command = None,
        key => line.press(key),
    }
}

fn carry_out(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    if text.is_empty() {
        return;
    }
    let named = COMMANDS.into_iter().find(|(name, _)| *name == text.to_ascii_lowercase());
    let mut begins = beginning(text);
    match (named, begins.next(), begins.next()) {
        (Some((_, action)), ..) | (None, Some((_, action)), None) => {
            press::act(state, state.view.behind(), action, effects);
        }
        (None, Some((one, _)), Some((other, _))) => {
            super::hands::say(state, format!("{text} may be {one} or {other}"), state.now);
        }
        _ => {
            let names: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
            super::hands::say(state, format!("no command {text}; there are {}", names.join(", ")), state.now);
        }
    }
}
