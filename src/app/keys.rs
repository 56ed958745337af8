//! The one key table: dispatch, footer, help and README read it.

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// First row.
    Top,
    /// Last row.
    Bottom,
    /// Show or hide endpoints without traffic.
    ToggleIdle,
    /// Ask all sources again now.
    Refresh,
    /// Open or close the key table.
    Help,
    /// Close what is open.
    Back,
    /// Leave.
    Quit,
}

/// One line of the key table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// Keys as they are shown and as tests write them.
    pub keys: &'static [&'static str],
    /// For the footer: one or two words; None keeps it out of the footer.
    pub short: Option<&'static str>,
    /// For the help: one sentence without a full stop.
    pub long: &'static str,
}

/// Every key.
pub const BINDINGS: &[Binding] = &[
    Binding { action: Action::Up, keys: &["↑", "k"], short: None, long: "one row up" },
    Binding { action: Action::Down, keys: &["↓", "j"], short: Some("move"), long: "one row down" },
    Binding { action: Action::PageUp, keys: &["PgUp", "Ctrl-B"], short: None, long: "one page up" },
    Binding { action: Action::PageDown, keys: &["PgDn", "Ctrl-F"], short: None, long: "one page down" },
    Binding { action: Action::Top, keys: &["gg", "Home"], short: None, long: "first row" },
    Binding { action: Action::Bottom, keys: &["G", "End"], short: None, long: "last row" },
    Binding {
        action: Action::ToggleIdle,
        keys: &["a"],
        short: Some("idle"),
        long: "show or hide endpoints without traffic",
    },
    Binding {
        action: Action::Refresh,
        keys: &["r"],
        short: Some("refresh"),
        long: "ask every source again now, quotas too",
    },
    Binding { action: Action::Help, keys: &["?"], short: Some("help"), long: "this table" },
    Binding { action: Action::Back, keys: &["Esc"], short: None, long: "close what is open" },
    Binding { action: Action::Quit, keys: &["q", "Ctrl-C"], short: Some("quit"), long: "leave; Ctrl-C always does" },
];

/// The action of a key, written as in the table (`gg` is its second `g`).
#[must_use]
pub fn action(key: &str) -> Option<Action> {
    BINDINGS.iter().find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
}

/// Whether a key may be the first of a sequence.
#[must_use]
pub fn begins_sequence(key: &str) -> bool {
    let longer =
        |known: &&&str| known.len() == 2 && known.starts_with(key) && known.chars().all(|c| c.is_ascii_lowercase());
    key.len() == 1 && BINDINGS.iter().any(|binding| binding.keys.iter().any(|known| longer(&known)))
}
