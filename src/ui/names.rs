//! What rows are called: every name tells its model, then its scope or its own name, then what it is.
//!
//! ```text
//! Claude Sonnet 4.5 us pool
//! ├ Claude Sonnet 4.5 us profile
//! └ Claude Sonnet 4.5 team-search app
//! ```

use crate::{
    app::state::State,
    domain::{
        catalog::{Endpoint, EndpointKind, Scope},
        ids::EndpointId,
        snapshot::{EndpointRow, PoolRow, Snapshot},
    },
};

use super::text::{clean, truncate, width};

/// Words of a model's name that say least: dropped first where the room is short.
const FAMILIES: [&str; 3] = ["Claude ", "Amazon ", "Anthropic "];

/// A name in parts, all of them safe to draw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name {
    /// The base model's name.
    pub model: String,
    /// `us`, `global`, or an application profile's own name; empty for a model in its Region.
    pub tail: String,
    /// `pool`, `profile`, `app`, `mantle`, `unlisted`; empty where there is nothing to tell apart.
    pub kind: &'static str,
    /// An application profile's team tag, as `team=search`.
    pub team: String,
}

impl Name {
    /// A pool's name: of its one endpoint, or of the quota's owner.
    #[must_use]
    pub fn of_pool(pool: &PoolRow, snapshot: &Snapshot) -> Self {
        let member = |index: &usize| snapshot.endpoints.get(*index);
        match pool.members.as_slice() {
            [] => Self { model: clean(pool.id.as_str()), ..Self::default() },
            [only] => member(only).map(Self::of_endpoint).unwrap_or_default(),
            several => {
                let is_owner = |row: &&EndpointRow| row.endpoint.id.as_str() == pool.id.as_str();
                let owner = several.iter().filter_map(member).find(is_owner).or_else(|| member(&several[0]));
                owner.map(Self::of_quota_owner).unwrap_or_default()
            }
        }
    }

    fn of_quota_owner(row: &EndpointRow) -> Self {
        Self { tail: scope(&row.endpoint), kind: "pool", ..plain(&row.endpoint) }
    }

    /// The name of an endpoint that stands alone: with scope and own name.
    #[must_use]
    pub fn of_endpoint(row: &EndpointRow) -> Self {
        let endpoint = &row.endpoint;
        let own = own_name(endpoint);
        let tail = [scope(endpoint), own].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let kind = if endpoint.kind == EndpointKind::SystemProfile { "" } else { kind(endpoint) };
        Self { tail, kind, team: team(row), ..plain(endpoint) }
    }

    /// The name of a pool's member: its own name, or how it is called.
    #[must_use]
    pub fn of_member(row: &EndpointRow) -> Self {
        let own = own_name(&row.endpoint);
        let tail = if own.is_empty() { scope(&row.endpoint) } else { own };
        Self { tail, kind: kind(&row.endpoint), team: team(row), ..plain(&row.endpoint) }
    }

    /// The name in a sentence: model, scope, own name.
    #[must_use]
    pub fn phrase(&self) -> String {
        join(&self.model, &self.tail)
    }

    /// The longest form that fits: first the team goes, then the family, then the kind, then the model is cut. Returns the name and what follows it, dimmed.
    #[must_use]
    pub fn fit(&self, cells: usize, ellipsis: &str) -> (String, String) {
        let short = FAMILIES.iter().find_map(|family| self.model.strip_prefix(family)).unwrap_or(&self.model);
        let extra = join(self.kind, &self.team);
        for (model, rest) in [
            (self.model.as_str(), extra.as_str()),
            (&self.model, self.kind),
            (short, self.kind),
            (&self.model, ""),
            (short, ""),
        ] {
            let name = join(model, &self.tail);
            if width(&join(&name, rest)) <= cells {
                return (name, rest.to_owned());
            }
        }
        (cut(short, &self.tail, cells, ellipsis), String::new())
    }
}

/// A text in pieces, each with whether it is one of the words, whatever their case. Words are in lower case.
#[must_use]
pub fn found(text: &str, words: &[String]) -> Vec<(String, bool)> {
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = words.iter().filter_map(|word| starts_with(rest, word)).max();
        let (piece, is_found) = length.map_or((&rest[..c.len_utf8()], false), |length| (&rest[..length], true));
        match pieces.last_mut() {
            Some((last, known)) if *known == is_found => last.push_str(piece),
            _ => pieces.push((piece.to_owned(), is_found)),
        }
        rest = &rest[piece.len()..];
    }
    pieces
}

/// How many bytes of the text are this word, whatever the text's case.
fn starts_with(text: &str, word: &str) -> Option<usize> {
    let mut left = word;
    for (at, c) in text.char_indices() {
        if left.is_empty() {
            return (at > 0).then_some(at);
        }
        for lower in c.to_lowercase() {
            left = left.strip_prefix(lower)?;
        }
    }
    (left.is_empty() && !word.is_empty()).then_some(text.len())
}

/// Model and tail in so few cells that something is cut: the tail, if a third of the room is left for it, else both.
fn cut(model: &str, tail: &str, cells: usize, ellipsis: &str) -> String {
    let beside = cells.saturating_sub(width(model) + 1);
    let for_tail = width(tail).min(if beside >= cells / 3 { beside } else { cells / 2 });
    let tail = truncate(tail, for_tail, ellipsis);
    let for_model = cells.saturating_sub(width(&tail) + usize::from(!tail.is_empty()));
    truncate(&join(&truncate(model, for_model, ellipsis), &tail), cells, ellipsis)
}

fn join(first: &str, second: &str) -> String {
    match (first, second) {
        ("", only) | (only, "") => only.to_owned(),
        (first, second) => format!("{first} {second}"),
    }
}

fn plain(endpoint: &Endpoint) -> Name {
    let model = clean(&endpoint.model_name);
    Name { model: if model.is_empty() { clean(endpoint.id.as_str()) } else { model }, ..Name::default() }
}

fn own_name(endpoint: &Endpoint) -> String {
    match (&endpoint.kind, &endpoint.profile_name) {
        (_, Some(name)) => clean(name),
        (EndpointKind::ApplicationProfile, None) => clean(endpoint.id.as_str()),
        _ => String::new(),
    }
}

fn scope(endpoint: &Endpoint) -> String {
    match &endpoint.scope {
        Some(Scope::Geo(prefix)) => clean(prefix),
        Some(Scope::Global) => "global".to_owned(),
        Some(Scope::InRegion) | None => String::new(),
    }
}

fn kind(endpoint: &Endpoint) -> &'static str {
    match endpoint.kind {
        EndpointKind::Model => "",
        EndpointKind::SystemProfile => "profile",
        EndpointKind::ApplicationProfile => "app",
        EndpointKind::Mantle => "mantle",
        EndpointKind::Unlisted => "unlisted",
    }
}

fn team(row: &EndpointRow) -> String {
    let tag = row.tags.iter().flatten().find(|(key, _)| key.eq_ignore_ascii_case("team"));
    tag.map(|(_, team)| clean(team)).filter(|team| !team.is_empty()).map_or_else(String::new, |t| format!("team={t}"))
}

/// An endpoint's id as it may be shown: what callers send.
#[must_use]
pub fn id(state: &State, id: &EndpointId) -> String {
    ids(state)(id)
}

/// The same of many, by one redaction.
pub fn ids(state: &State) -> impl Fn(&EndpointId) -> String {
    let redaction = state.view.redact.then(|| state.redaction());
    move |id| clean(&redaction.as_ref().map_or_else(|| id.as_str().into(), |redaction| redaction.id(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> Name {
        Name { model: "Claude Sonnet 4.5".into(), tail: "team-search".into(), kind: "app", team: "team=search".into() }
    }

    #[test]
    fn words_are_found_in_any_case_and_nothing_is_lost() {
        let pieces = |text: &str, words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let mark = |(piece, is_found): (String, bool)| if is_found { format!("[{piece}]") } else { piece };
            found(text, &words).into_iter().map(mark).collect::<String>()
        };
        assert_eq!(pieces("Claude Sonnet 4.5", &["sonnet"]), "Claude [Sonnet] 4.5");
        assert_eq!(pieces("ababab", &["ab"]), "[ababab]");
        assert_eq!(pieces("日本語モデル", &["語モ", ""]), "日本[語モ]デル");
        assert_eq!(pieces("İstanbul", &["i"]), "İstanbul");
        assert_eq!(pieces("", &["a"]), "");
    }

    #[test]
    fn every_length_names_the_model() {
        let fit = |cells| {
            let (name, rest) = name().fit(cells, "…");
            join(&name, &rest)
        };
        assert_eq!(fit(60), "Claude Sonnet 4.5 team-search app team=search");
        assert_eq!(fit(34), "Claude Sonnet 4.5 team-search app");
        assert_eq!(fit(29), "Sonnet 4.5 team-search app");
        assert_eq!(fit(26), "Sonnet 4.5 team-search app");
        assert_eq!(fit(22), "Sonnet 4.5 team-search");
        assert_eq!(fit(18), "Sonnet 4.5 team-s…");
        assert_eq!(fit(20), "Sonnet 4.5 team-sea…");
        for cells in 0..60 {
            assert!(width(&fit(cells)) <= cells, "{cells}");
        }
    }
}
