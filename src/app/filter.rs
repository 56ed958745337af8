//! Which rows are shown: words and terms that the user types.
//!
//! ```text
//! sonnet                      a word: in the name, id, provider, scope or a tag
//! provider:anthropic tier:flex served:flex asked:flex scope:us kind:app model:nova tag:team=search
//! used>50 peak>=80 rpm>10 throttled>5 5xx>0 p90>5 ttft>1 vs7d>50 cost>1
//! throttled errors slow near idle
//! -term or !term              not
//! ```
//!
//! Several terms must all hold. What is not known holds no term, nor its opposite.

pub(super) mod terms;

use std::fmt;

use crate::domain::{
    catalog::{Endpoint, EndpointKind, Scope},
    snapshot::{EndpointRow, NEAR_LIMIT_PERCENT, Snapshot},
    tier::Tier,
};

use terms::{COMPARISONS, comparison, named, read_number, split_term};
pub use terms::{Comparison, Filter};

use super::{sort::SortKey, subject::Subject};

/// A filter as it is understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// What must hold of a row.
    pub terms: Vec<Term>,
    /// The first term that is not understood, and what would be: it filters nothing.
    pub problem: Option<String>,
}

/// One term.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Whether it must not hold.
    pub negated: bool,
    /// What it asks.
    pub what: What,
}

/// What a term asks of a row. Texts are in lower case.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Its name, id, provider, scope or a tag holds this.
    Word(String),
    /// A tier whose name begins so was asked for, or served.
    Tier(Side, String),
    /// Its provider's name holds this.
    Provider(String),
    /// Its model's name or id holds this.
    Model(String),
    /// Its calls are served there: `us`, `global`, `region`, …
    Scope(String),
    /// It is of this kind.
    Kind(Kind),
    /// A tag with this key (None: any) whose value holds this.
    Tag(Option<String>, String),
    /// A number compared with another.
    Number(SortKey, Comparison, f64),
    /// Something is the case.
    Flag(Flag),
}

/// Which side of a call a tier is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `asked:`.
    Asked,
    /// `served:`.
    Served,
    /// `tier:`: one or the other.
    Either,
}

/// Kinds of endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An application profile.
    App,
    /// A system profile.
    Profile,
    /// A model by its own id.
    Model,
    /// A model on bedrock-mantle.
    Mantle,
    /// An id that only CloudWatch knows.
    Unlisted,
}

/// What may be the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Calls are refused now.
    Throttled,
    /// 5xx or 4xx in the window.
    Errors,
    /// 5xx in the window.
    ServerErrors,
    /// 4xx in the window.
    ClientErrors,
    /// Latency far above the usual, as the order by trouble has it.
    Slow,
    /// Use or peak is 80 % of the limit, or more.
    Near,
    /// There is no traffic.
    Idle,
}

const SIDES: [(&str, Side); 3] = [("tier", Side::Either), ("asked", Side::Asked), ("served", Side::Served)];

const KINDS: [(&str, Kind); 5] = [
    ("app", Kind::App),
    ("profile", Kind::Profile),
    ("model", Kind::Model),
    ("mantle", Kind::Mantle),
    ("unlisted", Kind::Unlisted),
];

/// Longer signs first.
const FLAGS: [(&str, Flag); 7] = [
    ("throttled", Flag::Throttled),
    ("errors", Flag::Errors),
    ("5xx", Flag::ServerErrors),
    ("4xx", Flag::ClientErrors),
    ("slow", Flag::Slow),
    ("near", Flag::Near),
    ("idle", Flag::Idle),
];

/// What may be typed, for the help.
pub const TERMS: [(&str, &str); 8] = [
    ("sonnet", "a word: in the name, id, provider, scope or a tag; several words and terms must all hold"),
    ("tier:flex", "asked or served; asked: and served: for one of them"),
    ("provider:", "also model: scope:us|global|region kind:app|profile|model|mantle|unlisted"),
    ("tag:team=a", "a tag; also team:a"),
    ("used>50", "numbers with > >= < <= =: used peak throttled vs7d (percent), rpm tpm flight limit 5xx 4xx"),
    ("p90>5", "seconds: p50 p90 p99 ttft ttft90; also speed, in, out, cached, cost (dollars an hour)"),
    ("throttled", "also errors 5xx 4xx slow near idle"),
    ("-term", "or !term: not; what is not known holds no term, nor its opposite"),
];

/// Reads a filter. Any text is one; what of it is not understood is said in [`Query::problem`].
#[must_use]
pub fn parse(text: &str) -> Query {
    let mut query = Query::default();
    for word in text.split_whitespace() {
        match term(&word.to_lowercase()) {
            Ok(term) => query.terms.extend(term),
            Err(problem) => query.problem = query.problem.or(Some(problem)),
        }
    }
    query
}

/// One term in lower case; None while there is nothing but its sign.
fn term(word: &str) -> Result<Option<Term>, String> {
    let (negated, rest) = split_term(word);
    if rest.is_empty() {
        return Ok(None);
    }
    let what = match (comparison(rest), rest.split_once(':'), named(&FLAGS, rest)) {
        (Some((name, sign, number)), ..) if !name.contains(':') => compared(rest, name, sign, number)?,
        (_, Some((key, value)), _) => keyed(rest, key, value)?,
        (_, _, Some(flag)) => What::Flag(flag),
        _ => What::Word(rest.to_owned()),
    };
    Ok(Some(Term { negated, what }))
}

fn compared(word: &str, name: &str, comparison: Comparison, number: &str) -> Result<What, String> {
    // Titles of columns mean what they stand above.
    let name = match name {
        "use" | "use5m" => SortKey::Use.name(),
        "thr5m" => SortKey::Throttled.name(),
        "tok/s" => SortKey::Speed.name(),
        "$/h" => SortKey::Cost.name(),
        other => other,
    };
    let Some(key) = SortKey::NUMBERS.into_iter().find(|key| key.name() == name) else {
        if comparison == Comparison::Equal {
            // `team=search`, as a tag is shown.
            return Ok(What::Word(word.to_owned()));
        }
        let names: Vec<&str> = SortKey::NUMBERS.into_iter().map(SortKey::name).collect();
        return Err(format!("{word}: numbers are {}", names.join(" ")));
    };
    let number = read_number(number).ok_or_else(|| format!("{word} needs a number, as in {}", example(key)))?;
    Ok(What::Number(key, comparison, number))
}

fn example(key: SortKey) -> &'static str {
    match key {
        SortKey::Use => "used>50 (percent)",
        SortKey::Peak => "peak>80 (percent)",
        SortKey::VsUsual => "vs7d>50 (percent)",
        SortKey::Throttled => "throttled>5 (percent)",
        SortKey::Latency | SortKey::LatencyP50 | SortKey::LatencyP99 => "p90>5 (seconds)",
        SortKey::FirstToken | SortKey::FirstTokenP90 => "ttft>1 (seconds)",
        SortKey::Cost => "cost>1 (dollars an hour)",
        SortKey::ServerErrors | SortKey::ClientErrors => "5xx>0",
        SortKey::Name
        | SortKey::Limit
        | SortKey::Requests
        | SortKey::Tokens
        | SortKey::InFlight
        | SortKey::Speed
        | SortKey::Input
        | SortKey::Output
        | SortKey::Cached => "rpm>10 or tpm>1.5m",
    }
}

fn keyed(word: &str, key: &str, value: &str) -> Result<What, String> {
    let needs = |what: &str| if value.is_empty() { Err(format!("{key}: needs {what}")) } else { Ok(value.to_owned()) };
    Ok(match key {
        "tier" | "asked" | "served" => {
            let side = named(&SIDES, key).unwrap_or(Side::Either);
            What::Tier(side, needs("a tier: priority, standard, flex or reserved")?)
        }
        "provider" => What::Provider(needs("a name, as in provider:anthropic")?),
        "model" => What::Model(needs("a name or an id, as in model:nova")?),
        "scope" => What::Scope(needs("a prefix, global or region")?),
        "tag" => {
            let text = needs("a text, as in tag:team=search")?;
            match text.split_once('=') {
                Some((key, value)) => What::Tag(Some(key.to_owned()), value.to_owned()),
                None => What::Tag(None, text),
            }
        }
        "kind" => {
            let kinds: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            What::Kind(named(&KINDS, value).ok_or_else(|| format!("kind: is one of {}", kinds.join(" ")))?)
        }
        // Part of an id (`v1:0`), or a tag as `team:search`.
        _ => What::Word(word.to_owned()),
    })
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms: Vec<String> = self.terms.iter().map(ToString::to_string).collect();
        f.write_str(&terms.join(" "))
    }
}

impl fmt::Display for Term {
    /// As it may be typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
            names.iter().find(|(_, known)| known == value).map_or("", |(name, _)| *name)
        }
        f.write_str(if self.negated { "-" } else { "" })?;
        match &self.what {
            What::Word(word) => f.write_str(word),
            What::Tier(side, tier) => write!(f, "{}:{tier}", name_of(&SIDES, side)),
            What::Provider(name) => write!(f, "provider:{name}"),
            What::Model(name) => write!(f, "model:{name}"),
            What::Scope(name) => write!(f, "scope:{name}"),
            What::Kind(kind) => write!(f, "kind:{}", name_of(&KINDS, kind)),
            What::Tag(None, text) => write!(f, "tag:{text}"),
            What::Tag(Some(key), value) => write!(f, "tag:{key}={value}"),
            What::Number(key, sign, number) => write!(f, "{}{}{number}", key.name(), name_of(&COMPARISONS, sign)),
            What::Flag(flag) => f.write_str(name_of(&FLAGS, flag)),
        }
    }
}

impl Query {
    /// Whether nothing but names is asked for: a pool that is found so is shown with all its members.
    #[must_use]
    pub fn is_of_names(&self) -> bool {
        let of_names = |term: &Term| {
            matches!(term.what, What::Word(_) | What::Model(_) | What::Provider(_) | What::Scope(_)) && !term.negated
        };
        self.terms.iter().all(of_names)
    }

    /// Texts that it looks for in names, to be shown there.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter(|term| !term.negated).filter_map(|term| match &term.what {
            What::Word(word) | What::Model(word) => Some(word.as_str()),
            What::Tag(_, value) => Some(value.as_str()),
            _ => None,
        })
    }

    /// Whether every term is known to hold of a row.
    #[must_use]
    pub fn finds(&self, subject: Subject<'_>, snapshot: &Snapshot) -> bool {
        let mut text = None;
        self.terms.iter().all(|term| {
            let holds = match &term.what {
                What::Word(word) => Some(contains(text.get_or_insert_with(|| text_of(subject, snapshot)), word)),
                what => what.holds(subject, snapshot),
            };
            holds.is_some_and(|holds| holds != term.negated)
        })
    }
}

/// Everything that words are looked for in, in lower case. A pool of several is called as the endpoint that owns its quota, or as its first.
fn text_of(subject: Subject<'_>, snapshot: &Snapshot) -> String {
    let Some(row) = named_by(subject, snapshot) else {
        return subject.pool().map(|pool| pool.id.as_str().to_lowercase()).unwrap_or_default();
    };
    let endpoint = &row.endpoint;
    let mut text = format!("{}\n{}\n{}\n", endpoint.model_name, endpoint.provider, scope_name(endpoint));
    if let Subject::Pool(pool, None) = subject {
        text.push_str(pool.id.as_str());
        return text.to_lowercase();
    }
    text.push_str(endpoint.id.as_str());
    text.push('\n');
    text.push_str(endpoint.profile_name.as_deref().unwrap_or_default());
    for (key, value) in row.tags.iter().flatten() {
        text.extend(["\n", key.as_str(), "=", value.as_str()]);
    }
    text.to_lowercase()
}

/// The endpoint whose name a row has.
fn named_by<'a>(subject: Subject<'a>, snapshot: &'a Snapshot) -> Option<&'a EndpointRow> {
    let owner = |row: &&EndpointRow| subject.pool().is_some_and(|pool| pool.id.as_str() == row.endpoint.id.as_str());
    let members = || subject.members(snapshot);
    subject.endpoint().or_else(|| members().find(owner).or_else(|| members().next()))
}

/// A tag may be written `team:search` as well as `team=search`.
fn contains(text: &str, word: &str) -> bool {
    text.contains(word) || word.contains(':') && text.contains(&word.replacen(':', "=", 1))
}

/// `us`, `global`, `region`; empty where it is not known.
fn scope_name(endpoint: &Endpoint) -> &str {
    match &endpoint.scope {
        Some(Scope::Geo(prefix)) => prefix,
        Some(Scope::Global) => "global",
        Some(Scope::InRegion) => "region",
        None => "",
    }
}

impl What {
    /// Whether it holds of a row; None where that is not known. Of a pool of several it holds where it holds of the pool's own numbers,
    /// or, for what only endpoints have, of a member.
    fn holds(&self, subject: Subject<'_>, snapshot: &Snapshot) -> Option<bool> {
        let any = |of: &dyn Fn(&EndpointRow) -> Option<bool>| any_of(subject.members(snapshot).map(of));
        let holds_word = |text: &str, word: &String| Some(text.to_lowercase().contains(word.as_str()));
        match self {
            Self::Word(word) => Some(contains(&text_of(subject, snapshot), word)),
            Self::Tier(side, name) => any(&|row| has_tier(row, *side, name)),
            Self::Provider(name) => any(&|row| holds_word(&row.endpoint.provider, name)),
            Self::Model(name) => any(&|row| {
                let id = row.endpoint.model.as_ref().map_or("", |model| model.as_str());
                any_of([holds_word(&row.endpoint.model_name, name), holds_word(id, name)].into_iter())
            }),
            Self::Scope(name) => {
                any(&|row| row.endpoint.scope.as_ref().map(|_| scope_name(&row.endpoint).eq_ignore_ascii_case(name)))
            }
            Self::Kind(kind) => any(&|row| Some(kind_of(row) == *kind)),
            Self::Tag(key, value) => any(&|row| {
                let is = |(known, text): (&String, &String)| {
                    key.as_ref().is_none_or(|key| known.to_lowercase() == *key)
                        && text.to_lowercase().contains(value.as_str())
                };
                row.tags.as_ref().map(|tags| tags.iter().any(is))
            }),
            Self::Number(key, comparison, number) => {
                let scale = if is_milliseconds(*key) { 1000.0 } else { 1.0 };
                comparison.holds(subject.number(*key, snapshot)?, *number * scale)
            }
            Self::Flag(flag) => flag.holds(subject, snapshot),
        }
    }
}

/// True where one is, unknown where one may be.
fn any_of(holds: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut unknown = false;
    for holds in holds {
        match holds {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(false)
}

/// Seconds are typed, milliseconds are counted.
fn is_milliseconds(key: SortKey) -> bool {
    use SortKey::{FirstToken, FirstTokenP90, Latency, LatencyP50, LatencyP99};
    matches!(key, FirstToken | FirstTokenP90 | Latency | LatencyP50 | LatencyP99)
}

/// None where no tier is reported, or the served one is not.
fn has_tier(row: &EndpointRow, side: Side, name: &str) -> Option<bool> {
    let is = |tier: &Tier| {
        tier.wire_name().to_lowercase().starts_with(name) || *tier == Tier::Standard && "standard".starts_with(name)
    };
    if row.tiers.is_empty() {
        return None;
    }
    any_of(row.tiers.iter().map(|tier| {
        let (asked, served) = (Some(is(&tier.asked)), tier.served.as_ref().map(is));
        match side {
            Side::Asked => asked,
            Side::Served => served,
            Side::Either => any_of([asked, served].into_iter()),
        }
    }))
}

fn kind_of(row: &EndpointRow) -> Kind {
    match row.endpoint.kind {
        EndpointKind::ApplicationProfile => Kind::App,
        EndpointKind::SystemProfile => Kind::Profile,
        EndpointKind::Model => Kind::Model,
        EndpointKind::Mantle => Kind::Mantle,
        EndpointKind::Unlisted => Kind::Unlisted,
    }
}

impl Flag {
    fn holds(self, subject: Subject<'_>, snapshot: &Snapshot) -> Option<bool> {
        let above = |key, comparison: Comparison, number| comparison.holds(subject.number(key, snapshot)?, number);
        let either = |a, b| any_of([a, b].into_iter());
        let (more, at_least) = (Comparison::Above, Comparison::AtLeast);
        match self {
            Self::Idle => Some(matches!(subject, Subject::Idle(_))),
            // Since when is known also where the share is not, because somebody's attempts are unknown.
            Self::Throttled if subject.throttled_since().is_some() => Some(true),
            Self::Throttled => above(SortKey::Throttled, more, 0.0),
            Self::Errors => either(above(SortKey::ServerErrors, more, 0.0), above(SortKey::ClientErrors, more, 0.0)),
            Self::ServerErrors => above(SortKey::ServerErrors, more, 0.0),
            Self::ClientErrors => above(SortKey::ClientErrors, more, 0.0),
            Self::Slow => {
                subject.number(SortKey::VsUsual, snapshot)?;
                Some(subject.endpoint().is_some_and(EndpointRow::is_slow))
            }
            Self::Near => either(
                above(SortKey::Use, at_least, NEAR_LIMIT_PERCENT),
                above(SortKey::Peak, at_least, NEAR_LIMIT_PERCENT),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
