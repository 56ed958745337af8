//! What errors mean: a dated table. Each row names every cause that its text has, and what would tell them apart.

use std::sync::LazyLock;

use serde::Deserialize;

/// The table: assets/catalog/errors.toml, which names its sources and date.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The day the table was taken.
    pub as_of: String,
    /// The rows.
    #[serde(rename = "error")]
    pub rows: Vec<Row>,
}

/// An error that is known.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name: stable, in lower case with hyphens.
    pub id: String,
    /// Who says it.
    pub service: Service,
    /// The exceptions that it comes as.
    pub exceptions: Vec<String>,
    /// The HTTP status that it comes with; None where nothing was sent.
    pub status: Option<u16>,
    /// Pieces of its message, as the reader compares them; ` * ` stands for anything in between.
    pub texts: Vec<String>,
    /// Pieces that count beside the row's exception or status, or alone.
    #[serde(default)]
    pub loose: Vec<String>,
    /// What is enough without a text.
    #[serde(default)]
    pub alone: Vec<Alone>,
    /// What it says, as short as a title has room for.
    pub title: String,
    /// What it means, in a sentence or two.
    pub meaning: String,
    /// What to do where nothing more is known.
    pub next: String,
    /// How sure the row is.
    pub confidence: Confidence,
    /// Who says so.
    pub source: String,
    /// Everything that it may come of, most frequent first.
    #[serde(rename = "cause")]
    pub causes: Vec<Cause>,
}

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// bedrock-runtime.
    Runtime,
    /// bedrock-mantle.
    Mantle,
    /// Service Quotas.
    ServiceQuotas,
    /// The SDK; the call did not arrive.
    Sdk,
    /// Any service.
    Any,
}

/// What is enough to tell an error, where no text of the table is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alone {
    /// The exception's name.
    Exception,
    /// The HTTP status.
    Status,
}

/// How sure a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// AWS says so, or many have seen it.
    High,
    /// Several have seen it.
    Medium,
    /// One has.
    Low,
}

/// What an error may come of.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Which one.
    pub id: CauseId,
    /// In words, as a part of a sentence.
    pub text: String,
    /// What would tell it from the row's other causes; None where it is the only one.
    pub tell: Option<String>,
}

/// Causes by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseId {
    /// The account's daily quota over all models is used up.
    AccountDay,
    /// The account is not served: new, unpaid, on the free plan.
    AccountState,
    /// The model's agreement or entitlement is missing.
    Agreement,
    /// An API was called too often.
    ApiRate,
    /// Many requests within a moment.
    Burst,
    /// The service had no room.
    Capacity,
    /// The caller's clock is off.
    Clock,
    /// The provider does not serve the country.
    Country,
    /// The model is switched off.
    EndOfLife,
    /// The session has ended.
    ExpiredCredentials,
    /// A policy denies the call, or none allows it.
    IdentityPolicy,
    /// The model is legacy and was not used lately.
    LegacyUnused,
    /// The request is wrong.
    MalformedRequest,
    /// Nobody has subscribed to the model, and the caller may not.
    MarketplaceRights,
    /// `max_tokens` is larger than the model's longest answer.
    MaxTokensTooLarge,
    /// The model's daily quota is used up.
    ModelDay,
    /// The model failed.
    ModelFault,
    /// A custom or imported model is being started.
    ModelStart,
    /// There is no such model or profile.
    ModelUnknown,
    /// The network in between.
    Network,
    /// The account is new and its daily quota next to nothing.
    NewAccountDay,
    /// There are no credentials.
    NoCredentials,
    /// There is no reserved capacity.
    NoReservation,
    /// It is offered in another Region.
    OtherRegion,
    /// No valid means of payment.
    Payment,
    /// The model takes calls through profiles only.
    ProfileOnly,
    /// The profile does not exist here.
    ProfileUnknown,
    /// The quota has only a default.
    QuotaOnlyDefault,
    /// The applied quota is 0.
    QuotaZero,
    /// A request for more is open.
    RequestOpen,
    /// The input is too long.
    RequestTooLarge,
    /// The request quota is used up.
    RequestsUsedUp,
    /// Calls in flight hold the quota.
    Reservation,
    /// A quota of how many things an account may have.
    ResourceQuota,
    /// A policy of the organisation denies the call.
    ServiceControlPolicy,
    /// A fault of the service.
    ServiceFault,
    /// The answer took too long.
    SlowAnswer,
    /// A policy denies the service tier.
    TierPolicy,
    /// There is no such tier.
    TierUnknown,
    /// The model does not take the tier.
    TierUnsupported,
    /// A token quota is used up.
    TokensUsedUp,
    /// Too many requests for more are open.
    TooManyOpen,
    /// Anthropic's use-case form is missing.
    UseCaseForm,
    /// The value asked for is too low.
    ValueBelow,
    /// The account is being verified.
    Verification,
    /// The keys are wrong.
    WrongKeys,
    /// The model does not have this API.
    WrongPath,
}

static BUILT_IN: LazyLock<Table> = LazyLock::new(parsed);

#[expect(clippy::expect_used, reason = "the asset is part of the program; a test parses it")]
fn parsed() -> Table {
    toml::from_str(include_str!("../../../assets/catalog/errors.toml")).expect("assets/catalog/errors.toml")
}

impl Table {
    /// The table that is built in.
    ///
    /// # Panics
    /// Never: a test parses the table.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Whether any row names this exception.
    #[must_use]
    pub fn names(&self, exception: &str) -> bool {
        self.rows.iter().any(|row| row.comes_as(exception))
    }
}

impl Row {
    /// Whether it comes as this exception; the first letter's case does not count (event streams write it small).
    #[must_use]
    pub fn comes_as(&self, exception: &str) -> bool {
        self.exceptions.iter().any(|name| name.eq_ignore_ascii_case(exception))
    }

    /// Whether this alone tells it.
    #[must_use]
    pub fn is_told_by(&self, what: Alone) -> bool {
        self.alone.contains(&what)
    }

    /// A cause of it.
    #[must_use]
    pub fn cause(&self, id: CauseId) -> Option<&Cause> {
        self.causes.iter().find(|cause| cause.id == id)
    }
}
