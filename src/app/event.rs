//! What happens to the program, and what it asks for in return. Both are plain data: one ordered stream goes in, effects come out.

use jiff::Timestamp;

use super::{
    prompt::Field,
    quotas::SortBy,
    sort::SortKey,
    state::Session,
    view::{RowId, Screen},
};
use crate::domain::{
    call::CallRecord,
    catalog::{Model, Profile},
    chart::Panel,
    doctor::questions::{Availability, Elsewhere, InvocationLogging, Totals},
    fault::{Fault, Source},
    ids::{AccountId, Arn, ModelId, QuotaCode, Region},
    increase::QuotaRequest,
    metric::{Listed, Metric, Namespace, Poll, Query},
    minute::{Minute, Span},
    prompt::{self, plan::Plan},
    quota::{Quota, QuotaTable},
    reckoning::Tags,
    watch::Watch,
};

/// Counts changes of Region, profile or window. What was asked before such a change is dropped when it arrives.
pub type Generation = u64;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key, written as in the key table: `j`, `Ctrl-C`, `PgDn`.
    Key(String),
    /// Text was pasted.
    Pasted(String),
    /// The user pointed at something.
    Pointed(Pointed),
    /// Something that was asked for outside is done, or could not be: a sentence that is said for a while.
    Said(String),
    /// What is open can be scrolled by so many lines, as the views say.
    ScrollEnds(u16),
    /// What is being typed stands below this line of what is open, as the views say: it is shown from there.
    ShowFrom(u16),
    /// A second has passed.
    Tick,
    /// The terminal has another size.
    Resized,
    /// A source has given something. Any number of these come before its [`Event::Finished`].
    Fetched(Generation, Fetched),
    /// An [`Ask`] is over: well, or with a fault for what is missing of it.
    Finished(Generation, Asked, Option<Fault>),
    /// What an earlier run left on disk.
    Cached(Cached),
    /// Calls to AWS that have ended, oldest first.
    Called(Vec<CallRecord>),
    /// Another Region can be asked now, or cannot: one sentence why.
    RegionSwitched(Generation, Result<Box<Entered>, String>),
    /// Whether a Region had traffic in about the last three hours.
    Looked(Generation, Region, Result<bool, Fault>),
    /// An answer to what the doctor asks.
    Examined(Generation, Examined),
    /// Pieces of a test call's answer, each with the milliseconds since it was sent.
    Answering(u64, Vec<(u64, prompt::event::Event)>),
}

/// What the doctor asks beyond the polling. Each part may fail alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Examination {
    /// Whether the account has access to these models.
    pub models: Vec<ModelId>,
    /// Whether the use-case form was handed in, and whether invocations are logged.
    pub account: bool,
    /// The account's own totals by the hour.
    pub totals: Option<Span>,
    /// Values of the last days by five minutes, by which the newest are judged.
    pub history: Option<(Vec<Query>, Span)>,
    /// Other Regions' quotas: the user has said yes.
    pub elsewhere: Vec<Region>,
}

/// A piece of what came of it.
#[derive(Debug, Clone)]
pub enum Examined {
    /// Access to a model.
    Availability(ModelId, Result<Availability, Fault>),
    /// Whether the use-case form was handed in.
    UseCase(Result<bool, Fault>),
    /// Whether invocations are logged.
    Logging(Result<InvocationLogging, Fault>),
    /// The account's totals.
    Totals(Result<Totals, Fault>),
    /// Values of the last days.
    History(Poll),
    /// Another Region's quotas.
    Elsewhere(Region, Result<Elsewhere, Fault>),
    /// All answers are there.
    Over,
}

/// A Region that is ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Entered {
    /// Who we are and where we look from now on.
    pub session: Session,
    /// What an earlier run left of it.
    pub cached: Option<Cached>,
}

/// A piece of an answer.
#[derive(Debug, Clone)]
pub enum Fetched {
    /// Who we are.
    Identity(AccountId, Arn),
    /// Every model.
    Models(Vec<Model>),
    /// Every profile.
    Profiles(Vec<Profile>),
    /// Tags of some application profiles.
    Tags(Tags),
    /// The series of a namespace; with `true` only the recently active ones.
    Listed(Namespace, bool, Vec<Listed>),
    /// Values.
    Metrics(Poll),
    /// Latencies of the last days.
    History(Poll),
    /// How long answers of the last two weeks were.
    Answers(Poll),
    /// All tokens of the last day.
    Tokens(Poll),
    /// All applied values.
    AppliedQuotas(Vec<Quota>),
    /// All defaults.
    DefaultQuotas(Vec<Quota>),
    /// Requests for more of the last 90 days, newest first.
    QuotaRequests(Vec<QuotaRequest>),
}

/// What is kept on disk between runs: for one endpoint, account and Region.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Cached {
    /// Whose it is.
    pub account: AccountId,
    /// Models.
    pub models: Vec<Model>,
    /// Profiles.
    pub profiles: Vec<Profile>,
    /// When models and profiles were listed.
    pub listed_at: Option<Timestamp>,
    /// Quotas.
    pub quotas: QuotaTable,
    /// When the applied values were read.
    pub quotas_at: Option<Timestamp>,
    /// Changes of them.
    pub watch: Watch,
}

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask AWS.
    Ask(Generation, Ask),
    /// Get ready to ask another Region.
    SwitchRegion(Generation, Region),
    /// From now on ask the Region that is ready.
    EnterRegion(Region),
    /// Look whether there is traffic in these Regions.
    Look(Generation, Vec<Region>),
    /// Ask what the doctor wants to know.
    Examine(Generation, Box<Examination>),
    /// Send a test call, which has this number.
    Send(u64, Box<Plan>),
    /// Give it up.
    StopCall(u64),
    /// Write what is copied of this into a file of its own, for the user alone.
    Save(CopyWhat),
    /// Keep this for the next run.
    Keep(Box<Cached>),
    /// Put this into the clipboard.
    Copy(CopyWhat),
    /// Open this address in a browser.
    OpenLink(String),
    /// Ring the terminal's bell, where the user wants that.
    Ring,
    /// Give the terminal back to the shell until it continues us.
    Suspend,
    /// Leave.
    Quit,
}

/// What is copied; the views make the text of it, of what they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyWhat {
    /// The cursor's row: each column's title and cell.
    Row,
    /// One cell of it: the sorted column's, else the endpoint's id.
    Cell,
    /// The focused chart's numbers.
    Panel,
    /// The link that is shown.
    Link,
    /// The quota under the cursor: each column's title and cell, and its code and name.
    Quota,
    /// Its code.
    QuotaCode,
    /// The log's entry.
    Entry,
    /// The command that asks for more of the quota, or the page to ask on where there is none.
    Increase,
    /// The evidence for such a request.
    Evidence,
    /// The prompt, the answer and what was measured of the call that is shown.
    Exchange,
    /// Its answer.
    Answer,
    /// What the finding under the cursor gives to paste: a text, a command, a page.
    Advice,
}

/// What the mouse is on, as the views say.
#[derive(Debug, Clone, PartialEq)]
pub enum Pointed {
    /// A row of the table was clicked.
    Row(RowId),
    /// A column's title was clicked; None: it sorts by nothing.
    Title(Option<SortKey>),
    /// A tab was clicked.
    Tab(Screen),
    /// A chart was clicked, at a minute if it was on its field.
    Chart(Panel, Option<Minute>),
    /// A quota was clicked.
    Quota(QuotaCode),
    /// A title of the quotas was clicked.
    QuotaTitle(SortBy),
    /// A field of the prompt was clicked.
    Field(Field),
    /// A model of the Tiers screen was clicked, by its line.
    Model(usize),
    /// A finding of the doctor was clicked, by its line.
    Finding(usize),
    /// A line of the log was clicked, by the entry's number.
    Entry(u64),
    /// A Region was clicked, by its line.
    Region(usize),
    /// The wheel was turned over the table or another list; negative is up.
    WheelOnList(i8),
    /// The wheel was turned over a chart; negative is up.
    WheelOnChart(Panel, i8),
}

/// A question to one source.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Who are we?
    Identity,
    /// Which models and profiles exist?
    Catalog,
    /// Which tags do these have?
    Tags(Vec<Arn>),
    /// Which series exist? With `true` also those without data in the last three hours.
    Discovery(bool),
    /// What are the values?
    Metrics {
        /// Why.
        round: Round,
        /// The questions.
        queries: Vec<Query>,
        /// The minutes.
        span: Span,
    },
    /// Which quotas apply; with `true` the defaults too.
    Quotas(bool),
}

/// Why values are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Round {
    /// The whole window, once for each endpoint.
    Backfill,
    /// The newest minutes.
    Newest,
    /// One metric by name, because the account's total shows more than is explained.
    ByName(Metric),
    /// Invocations by name of endpoints that are not known to be alive.
    Probe,
    /// Percentiles of the whole window.
    Window,
    /// Older minutes of the charts on the screen.
    Chart,
    /// The last days' latencies, by which the newest are judged.
    Usual,
    /// The last 24 hours of whoever counts against a daily quota.
    Day,
    /// How long the answers of the last two weeks were.
    Answers,
    /// Minutes of the last two weeks, as evidence for a request for more.
    Evidence,
    /// All tokens of the last day, by which tiers are compared.
    Tokens,
}

/// Which question is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asked {
    /// A source without rounds.
    Source(Source),
    /// A round of values.
    Metrics(Round),
}

impl Asked {
    /// The source that was asked.
    #[must_use]
    pub fn source(self) -> Source {
        match self {
            Self::Source(source) => source,
            Self::Metrics(_) => Source::Metrics,
        }
    }
}

impl Ask {
    /// What its end is called.
    #[must_use]
    pub fn asked(&self) -> Asked {
        match self {
            Self::Identity => Asked::Source(Source::Identity),
            Self::Catalog => Asked::Source(Source::Catalog),
            Self::Tags(_) => Asked::Source(Source::Tags),
            Self::Discovery(_) => Asked::Source(Source::Discovery),
            Self::Metrics { round, .. } => Asked::Metrics(*round),
            Self::Quotas(_) => Asked::Source(Source::ServiceQuotas),
        }
    }
}
