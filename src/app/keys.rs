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
    /// Open what the cursor is on.
    Open,
    /// Close what is open.
    Back,
    /// Begin to type a filter.
    Filter,
    /// Sort by the next column.
    Sort,
    /// Turn the order round.
    SortReverse,
    /// The next set of columns, or kinds of log entries.
    Columns,
    /// Show or hide endpoints without traffic.
    ToggleIdle,
    /// Focus the next chart.
    NextPanel,
    /// Focus the chart before.
    PreviousPanel,
    /// The focused chart alone, or all of them again.
    FullPanel,
    /// Cross-hair a period back.
    Earlier,
    /// Cross-hair a period on.
    Later,
    /// Charts half a window back.
    PanEarlier,
    /// Charts half a window on.
    PanLater,
    /// Half the time in the charts.
    ZoomIn,
    /// Twice the time in the charts.
    ZoomOut,
    /// Cross-hair to the worst minute of the focused chart.
    Worst,
    /// Charts as they began: the table's window, up to now.
    Now,
    /// The next longer window.
    Window,
    /// The next shorter window.
    WindowBack,
    /// The next period.
    Period,
    /// The next statistic of the focused chart.
    Statistic,
    /// Freeze or go on.
    Pause,
    /// Ask all sources again now.
    Refresh,
    /// Choose a Region.
    Regions,
    /// Look in which Regions there is traffic.
    Look,
    /// Copy the row under the cursor.
    CopyRow,
    /// Copy one cell: the sorted column's, or the endpoint's id.
    CopyCell,
    /// Copy the focused chart's numbers.
    CopyPanel,
    /// Copy the command that asks for more of the quota.
    CopyIncrease,
    /// Copy the evidence for such a request.
    CopyEvidence,
    /// Copy what a finding gives to paste.
    CopyAdvice,
    /// Do what was asked about.
    Yes,
    /// Send the call.
    Send,
    /// The next tier to ask for.
    NextTier,
    /// The other API.
    NextApi,
    /// The answer as it comes, or whole.
    Streaming,
    /// Copy the answer.
    CopyAnswer,
    /// Write the call and its answer into a file.
    Save,
    /// Load the last 14 days by the minute for that evidence.
    AskEvidence,
    /// Type other numbers into the what-if.
    Edit,
    /// Take the number that was typed.
    Take,
    /// Take it and type the next one.
    NextField,
    /// Take it and type the one before.
    PreviousField,
    /// Take a character away.
    Erase,
    /// Take all characters away.
    Clear,
    /// Show the console's page of what the cursor is on; again: open it.
    Link,
    /// Hide or show account, ARNs and tags.
    Redact,
    /// The Live screen.
    Live,
    /// The Quotas screen.
    Quotas,
    /// From a quota to the endpoints that draw on it.
    Endpoints,
    /// The Doctor screen.
    Doctor,
    /// The Prompt screen.
    Prompt,
    /// The Tiers screen.
    Tiers,
    /// Type a command.
    Command,
    /// The Log screen.
    Log,
    /// Open or close the key table.
    Help,
    /// Give the terminal back to the shell.
    Suspend,
    /// Leave.
    Quit,
}

/// Where a key is pressed: what has the whole screen, or stands in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The table and its charts.
    Live,
    /// One endpoint, full screen.
    Detail,
    /// A number of its what-if, while it is typed.
    WhatIf,
    /// The list of quotas.
    Quotas,
    /// One quota, full screen.
    Quota,
    /// The doctor's findings.
    Doctor,
    /// One of them, or how the checks went, full screen.
    Finding,
    /// Test calls.
    Prompt,
    /// Models and tiers.
    Tiers,
    /// One model on every tier, full screen.
    ModelTiers,
    /// The list of events and calls.
    Log,
    /// One entry of it.
    Entry,
    /// The choice of a Region.
    Regions,
    /// A link to the console.
    Link,
    /// A question that waits for a yes.
    Consent,
    /// The key table.
    Help,
}

/// One line of the key table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// Keys as they are shown and as tests write them.
    pub keys: &'static [&'static str],
    /// Where it works.
    pub places: &'static [Place],
    /// For the footer: one or two words; None keeps it out of the footer.
    pub short: Option<&'static str>,
    /// For the help: one sentence without a full stop.
    pub long: &'static str,
}

use Place::{
    Consent, Detail, Doctor, Entry, Finding, Help, Link, Live, Log, ModelTiers, Prompt, Quota, Quotas, Regions, Tiers,
    WhatIf,
};

const EVERYWHERE: &[Place] = &[
    Live, Detail, Quotas, Quota, Doctor, Finding, Prompt, Tiers, ModelTiers, Log, Entry, Regions, Link, Consent, Help,
];
const TYPING_TOO: &[Place] = &[
    Live, Detail, WhatIf, Quotas, Quota, Doctor, Finding, Prompt, Tiers, ModelTiers, Log, Entry, Regions, Link,
    Consent, Help,
];
const SCREENS: &[Place] = &[Live, Detail, Quotas, Quota, Doctor, Finding, Prompt, Tiers, ModelTiers, Log, Entry];
const ROWS: &[Place] = &[Live, Detail, Quotas, Quota, Log, Entry];
const LISTS: &[Place] =
    &[Live, Detail, Quotas, Quota, Doctor, Finding, Prompt, Tiers, ModelTiers, Log, Entry, Regions, Help];
const CHARTS: &[Place] = &[Live, Detail];

const fn key(
    action: Action,
    keys: &'static [&'static str],
    places: &'static [Place],
    short: Option<&'static str>,
    long: &'static str,
) -> Binding {
    Binding { action, keys, places, short, long }
}

/// Every key. The footer takes them in this order, as many as fit.
pub const BINDINGS: &[Binding] = &[
    key(Action::Up, &["↑", "k"], LISTS, None, "one row up"),
    key(Action::Down, &["↓", "j"], LISTS, Some("move"), "one row down"),
    key(Action::PageUp, &["PgUp", "Ctrl-B"], LISTS, None, "one page up"),
    key(Action::PageDown, &["PgDn", "Ctrl-F"], LISTS, None, "one page down"),
    key(Action::Top, &["gg", "Home"], LISTS, None, "first row"),
    key(Action::Bottom, &["G", "End"], LISTS, None, "last row"),
    key(
        Action::Open,
        &["⏎"],
        &[Live, Quotas, Doctor, Tiers, Log],
        Some("open"),
        "open the endpoint, the quota, the finding, the model or the log's entry",
    ),
    key(Action::Open, &["⏎"], &[Regions], Some("switch"), "go to the Region"),
    key(Action::Look, &["l"], &[Regions], Some("look"), "look in which Regions there is traffic: one ListMetrics each"),
    key(
        Action::Back,
        &["Esc"],
        &[Detail, Quota, Finding, ModelTiers, Entry, Regions, Link, Help],
        Some("back"),
        "close what is open",
    ),
    key(
        Action::Edit,
        &["e"],
        &[Detail],
        Some("what if"),
        "what if: other numbers for a call, and how many fit at once",
    ),
    key(
        Action::Take,
        &["⏎"],
        &[WhatIf],
        Some("take"),
        "what if: take the number (8000, 8k, 1.5M); nothing is as it was measured",
    ),
    key(Action::NextField, &["Tab", "↓"], &[WhatIf], Some("next"), "what if: take it and go on to the next number"),
    key(Action::PreviousField, &["Shift-Tab", "↑"], &[WhatIf], None, "what if: take it and go back to the one before"),
    key(Action::Erase, &["Backspace"], &[WhatIf], None, "what if: take a character away"),
    key(Action::Clear, &["Ctrl-U"], &[WhatIf], Some("clear"), "what if: take all characters away"),
    key(Action::Back, &["Esc"], &[WhatIf], Some("leave"), "what if: leave the number as it was"),
    key(
        Action::AskEvidence,
        &["E"],
        &[Detail],
        Some("evidence"),
        "load 14 days by the minute: evidence for a request for more",
    ),
    key(
        Action::Back,
        &["Esc"],
        &[Live, Quotas, Doctor, Tiers, Log],
        None,
        "take away what was added: full chart, cross-hair, zoom, filter",
    ),
    key(
        Action::Filter,
        &["/"],
        &[Live, Quotas, Log],
        Some("filter"),
        "filter: words, and terms such as tier:flex used>50 throttled provider:anthropic",
    ),
    key(Action::Sort, &["s"], &[Live, Quotas], Some("sort"), "sort by the next column"),
    key(Action::SortReverse, &["S"], &[Live, Quotas], None, "turn the order round"),
    key(Action::Columns, &["v"], &[Live], Some("columns"), "columns: load, latency, tiers and cost"),
    key(
        Action::Columns,
        &["v"],
        &[Quotas],
        Some("which"),
        "which quotas: in use, inference, zero, below default, adjustable, unmatched, all",
    ),
    key(
        Action::Endpoints,
        &["e"],
        &[Quotas, Quota],
        Some("endpoints"),
        "to the endpoints that draw on the quota; 2 goes back",
    ),
    key(
        Action::AskEvidence,
        &["E"],
        &[Quotas, Quota],
        Some("evidence"),
        "load 14 days by the minute: evidence for a request for more",
    ),
    key(Action::Columns, &["v"], &[Log], Some("kinds"), "events, tiertop's own calls, or both"),
    key(Action::ToggleIdle, &["a"], &[Live], Some("idle"), "show or hide endpoints without traffic"),
    key(Action::ToggleIdle, &["a"], &[Tiers], Some("all"), "all models, or those in use"),
    key(Action::NextPanel, &["Tab"], CHARTS, Some("chart"), "the next chart"),
    key(Action::PreviousPanel, &["Shift-Tab"], CHARTS, None, "the chart before"),
    key(Action::FullPanel, &["z"], CHARTS, Some("zoom"), "this chart alone on the screen, or all again"),
    key(Action::Window, &["t"], CHARTS, Some("window"), "longer window of the charts: 1 h to 14 d"),
    key(Action::WindowBack, &["T"], CHARTS, None, "shorter window of the charts"),
    key(Action::Period, &["i"], CHARTS, None, "period of the charts' points: auto, 1 min to 6 h"),
    key(Action::Statistic, &["m"], CHARTS, None, "statistic of this chart: worst or mean; percentiles or one of them"),
    key(Action::Earlier, &["←", "h"], CHARTS, None, "cross-hair one period back: reads all charts at one minute"),
    key(Action::Later, &["→", "l"], CHARTS, None, "cross-hair one period on"),
    key(Action::Worst, &["w"], CHARTS, None, "cross-hair to the worst minute of this chart"),
    key(Action::Now, &["0"], CHARTS, None, "charts back to now and to the table's window"),
    key(Action::PanEarlier, &["["], CHARTS, None, "charts half a window back"),
    key(Action::PanLater, &["]"], CHARTS, None, "charts half a window on"),
    key(Action::ZoomIn, &["+", "="], CHARTS, None, "half the time in the charts, round the cross-hair"),
    key(Action::ZoomOut, &["-"], CHARTS, None, "twice the time in the charts"),
    key(
        Action::Pause,
        &["p"],
        &[Live, Detail, Quotas, Quota, Doctor, Finding, Log],
        Some("pause"),
        "freeze the view while polling goes on",
    ),
    key(
        Action::Refresh,
        &["r"],
        &[Live, Detail, Quotas, Quota, Doctor, Finding, Tiers, Log],
        Some("refresh"),
        "ask every source again now, quotas too",
    ),
    key(
        Action::CopyAdvice,
        &["y"],
        &[Doctor, Finding],
        Some("copy"),
        "copy the finding's command, text or page (OSC 52)",
    ),
    key(
        Action::Look,
        &["l"],
        &[Doctor, Finding],
        Some("other Regions"),
        "ask two other Regions for their quotas, to tell the account's trouble from the Region's: free, asks first",
    ),
    key(Action::Regions, &["R"], &[Live, Detail, Quotas, Quota, Doctor, Log], Some("Region"), "choose another Region"),
    key(Action::CopyRow, &["yy"], ROWS, Some("copy"), "copy the row (OSC 52)"),
    key(Action::CopyCell, &["yc"], &[Quotas, Quota], None, "copy the quota's code"),
    key(Action::CopyCell, &["yc"], &[Live, Detail], None, "copy the sorted column's cell, or the endpoint's id"),
    key(Action::CopyPanel, &["yp"], CHARTS, None, "copy the chart's numbers"),
    key(
        Action::CopyIncrease,
        &["yi"],
        &[Detail, Quotas, Quota],
        None,
        "copy the command that asks for more of the quota",
    ),
    key(Action::CopyEvidence, &["ye"], &[Detail, Quotas, Quota], None, "copy the evidence for such a request"),
    key(Action::CopyRow, &["y"], &[Link], Some("copy"), "copy the link"),
    key(
        Action::Link,
        &["o"],
        &[Live, Detail, Quotas, Quota, Doctor, Finding],
        Some("link"),
        "the page of this quota or finding; again: open it in a browser",
    ),
    key(Action::Link, &["⏎", "o"], &[Link], Some("open in a browser"), "open the page in a browser"),
    key(Action::Open, &["⏎", "i"], &[Prompt], Some("write"), "write the prompt; then every key types"),
    key(Action::Send, &["Ctrl-S", "Alt-⏎"], &[Prompt], Some("send"), "send the call, also while something is written"),
    key(Action::NextTier, &["t"], &[Prompt], Some("tier"), "the next tier to ask for; any can be typed in its field"),
    key(Action::NextApi, &["a"], &[Prompt], Some("API"), "Converse or the OpenAI-compatible API"),
    key(Action::Streaming, &["s"], &[Prompt], Some("stream"), "the answer as it comes, or at once when it is whole"),
    key(
        Action::NextField,
        &["Tab"],
        &[Prompt],
        None,
        "write the next field: tier, max_tokens, temperature, system, model",
    ),
    key(Action::Earlier, &["←", "h"], &[Prompt], Some("earlier"), "the call before"),
    key(Action::Later, &["→", "l"], &[Prompt], None, "the call after"),
    key(Action::CopyAnswer, &["y"], &[Prompt], Some("copy"), "copy the answer (OSC 52)"),
    key(Action::Save, &["w"], &[Prompt], Some("save"), "write the call and its answer into a file for you alone"),
    key(
        Action::Back,
        &["Esc"],
        &[Prompt],
        Some("stop, back"),
        "stop the call that is under way, else leave the box, else back to Live",
    ),
    key(Action::Yes, &["y"], &[Consent], Some("yes"), "yes: do what is asked about"),
    key(Action::Back, &["n", "Esc"], &[Consent], Some("no"), "no: do nothing"),
    key(Action::Redact, &["x"], EVERYWHERE, None, "hide or show account, ARNs and tags"),
    key(Action::Live, &["1"], SCREENS, None, "the Live screen"),
    key(Action::Quotas, &["2"], SCREENS, Some("quotas"), "the Quotas screen, on the quota of the row chosen on Live"),
    key(Action::Doctor, &["3"], SCREENS, Some("doctor"), "the Doctor: what is wrong, why, and what to do next"),
    key(Action::Prompt, &["4"], SCREENS, Some("prompt"), "the Prompt: a test call of the endpoint chosen on Live"),
    key(
        Action::Tiers,
        &[":tiers"],
        SCREENS,
        None,
        "the Tiers: which model takes which tier, and what it would cost there",
    ),
    key(Action::Command, &[":"], SCREENS, Some("command"), "type a screen's name: :live :quotas :doctor :tiers :log"),
    key(Action::Log, &["6"], SCREENS, Some("log"), "the Log: events, and tiertop's own calls"),
    key(Action::Help, &["?"], EVERYWHERE, Some("help"), "this table"),
    key(Action::Suspend, &["Ctrl-Z"], TYPING_TOO, None, "back to the shell; fg returns"),
    key(Action::Quit, &["q"], EVERYWHERE, Some("quit"), "leave"),
    key(Action::Quit, &["Ctrl-C"], TYPING_TOO, None, "leave, also while something is typed"),
];

/// The bindings of a place, in the table's order.
pub fn of(place: Place) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.places.contains(&place))
}

/// The action of a key in a place, written as in the table (`gg` is its second `g`).
#[must_use]
pub fn action(place: Place, key: &str) -> Option<Action> {
    of(place).find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
}

/// Whether a key may be the first of a sequence in a place.
#[must_use]
pub fn begins_sequence(place: Place, key: &str) -> bool {
    let longer =
        |known: &&str| known.len() == 2 && known.starts_with(key) && known.chars().all(|c| c.is_ascii_lowercase());
    key.len() == 1 && of(place).any(|binding| binding.keys.iter().any(longer))
}

/// The first key of an action, as a text may name it; empty where it has none.
#[must_use]
pub fn first_key(action: Action) -> &'static str {
    BINDINGS.iter().find(|binding| binding.action == action).and_then(|binding| binding.keys.first()).unwrap_or(&"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_means_one_thing_in_a_place() {
        for place in TYPING_TOO {
            let mut keys: Vec<&str> = of(*place).flat_map(|binding| binding.keys).copied().collect();
            let all = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), all, "{place:?}");
        }
    }

    #[test]
    fn no_key_that_begins_a_sequence_means_something_alone() {
        for place in TYPING_TOO {
            for key in of(*place).flat_map(|binding| binding.keys) {
                assert!(!begins_sequence(*place, key), "{place:?} {key}");
            }
        }
    }
}
