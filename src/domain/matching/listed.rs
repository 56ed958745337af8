//! The listed models, taken apart and put together to base models: ids of one model that differ by date, revision's form, context or maker's prefix.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    super::{catalog::Model, ids::ModelId},
    words::{CORPORATE, Revision, Said, Version, id_pieces, pieces, trimmed},
};

/// A listed id, taken apart.
#[derive(Debug)]
pub(super) struct Listed {
    /// The id.
    pub(super) id: ModelId,
    /// What the display name says; None where the listing gives none.
    pub(super) name: Option<Said>,
    /// What the id says, without its revision.
    pub(super) by_id: Said,
    /// The id's revision; None where it has none.
    pub(super) revision: Option<Revision>,
    /// The id's suffix of a context's length or input.
    variant: Option<String>,
    /// The maker's names, written together: `mistralai` and `mistral`.
    pub(super) makers: BTreeSet<String>,
    /// Whether a label must name the maker: the maker's name is part of the model's own (`mistral.mistral-large`), or nothing else but numbers is (`deepseek.r1`).
    pub(super) needs_maker: bool,
    /// What it is called on the screen.
    pub(super) title: String,
    /// Whether calls on demand or through a profile reach it, as far as the listing says.
    callable: bool,
}

impl Listed {
    /// Takes a listed model apart.
    pub(super) fn new(model: &Model) -> Self {
        let (prefix, stem) = model.id.as_str().split_once('.').unwrap_or(("", model.id.as_str()));
        let makers = names_of_maker(&model.provider, prefix);
        let id = id_pieces(stem);
        let (by_id, stem_names_maker) = without_maker(&id.pieces, &makers);
        let by_id = Said::of(by_id);
        let name = pieces(&model.name);
        let name = (!name.is_empty()).then(|| Said::of(without_maker(&name, &makers).0));
        let words = name.as_ref().unwrap_or(&by_id).words.iter();
        Self {
            needs_maker: stem_names_maker || !words.into_iter().any(|word| word.chars().count() > 1),
            title: if model.name.trim().is_empty() { model.id.to_string() } else { model.name.clone() },
            callable: model.inference_types.is_empty()
                || model.inference_types.iter().any(|kind| kind != "PROVISIONED"),
            id: model.id.clone(),
            name,
            by_id,
            revision: id.revision,
            variant: id.variant,
            makers,
        }
    }

    /// The model by an id alone, as a pin may name it.
    pub(super) fn by_id(id: &ModelId) -> Self {
        let provider = id.as_str().split_once('.').map(|(prefix, _)| prefix.to_owned()).unwrap_or_default();
        Self::new(&Model {
            id: id.clone(),
            arn: id.as_str().into(),
            name: String::new(),
            provider,
            lifecycle: None,
            dates: crate::domain::catalog::LifecycleDates::default(),
            inference_types: Vec::new(),
        })
    }

    /// What it is called best: the name, else the id.
    pub(super) fn said(&self) -> &Said {
        self.name.as_ref().unwrap_or(&self.by_id)
    }

    /// Whether a maker's name, written together, is its maker's.
    pub(super) fn is_made_by(&self, maker: &str) -> bool {
        self.makers.contains(maker)
    }

    /// All numbers of the id in a row, `[3, 1]` of `v3-v1:0`: AWS calls that model V3.1.
    pub(super) fn numbers_of_id(&self) -> Vec<u32> {
        let revision = self.revision.iter().flat_map(|revision| trimmed(&revision.parts));
        self.by_id.versions.iter().flat_map(Version::value).chain(revision).copied().collect()
    }

    /// Whether two ids are of one model.
    fn is_same_model(&self, other: &Self) -> bool {
        if self.makers.is_disjoint(&other.makers) && !related_prefixes(&self.id, &other.id) {
            return false;
        }
        if self.minor() != other.minor() && !self.leaves_minor_to(other) && !other.leaves_minor_to(self) {
            return false;
        }
        let by_id = identity(&self.by_id) == identity(&other.by_id) && self.major() == other.major();
        match (self.name.as_ref().map(identity), other.name.as_ref().map(identity)) {
            (Some(one), Some(another)) if one != another => false,
            // `deepseek.v3-v1:0` and `deepseek.v3.1`.
            (Some(_), Some(_)) => {
                by_id || self.by_id.words == other.by_id.words && self.numbers_of_id() == other.numbers_of_id()
            }
            _ => by_id,
        }
    }

    /// The revision's first number: `v1` where the id has none.
    fn major(&self) -> &[u32] {
        self.revision.as_ref().map_or(&[1], |revision| trimmed(&revision.parts))
    }

    fn minor(&self) -> u32 {
        self.revision.as_ref().and_then(|revision| revision.minor).unwrap_or_default()
    }

    /// `titan-embed-text-v1` beside `titan-embed-text-v1:2:8k`: the plain id does not say which.
    fn leaves_minor_to(&self, other: &Self) -> bool {
        other.variant.is_some() && self.revision.as_ref().is_none_or(|revision| revision.minor.is_none())
    }

    /// Which id of a model the others are variants of: without suffix, callable, with the runtime's revision (mantle's ids have none), the shortest.
    fn rank(&self) -> (bool, bool, bool, usize, &ModelId) {
        let runtime = self.revision.as_ref().is_some_and(|revision| revision.minor.is_some());
        (self.variant.is_some(), !self.callable, !runtime, self.id.as_str().len(), &self.id)
    }
}

/// What tells one model from another, training and stamps left aside.
fn identity(said: &Said) -> [Vec<String>; 5] {
    let versions = said.versions.iter().map(Version::key).collect();
    [said.words.clone(), versions, said.sizes.clone(), said.active.clone(), said.dates.clone()]
}

/// `moonshot.…` and `moonshotai.…`: one maker.
fn related_prefixes(one: &ModelId, another: &ModelId) -> bool {
    match (one.as_str().split_once('.'), another.as_str().split_once('.')) {
        (Some((one, _)), Some((another, _))) => one.starts_with(another) || another.starts_with(one),
        _ => false,
    }
}

/// The ways in which a maker's name is written before a model's, each written together.
fn names_of_maker(provider: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for name in [provider, prefix] {
        let mut words = pieces(name);
        names.insert(words.concat());
        while words.len() > 1 && words.last().is_some_and(|last| CORPORATE.contains(&last.as_str())) {
            words.pop();
            names.insert(words.concat());
        }
        names.extend(CORPORATE.map(|word| words.concat() + word));
    }
    names.retain(|name| !name.is_empty() && !CORPORATE.contains(&name.as_str()));
    names
}

/// The most words that a maker's name is written with.
const WORDS_OF_A_MAKER: usize = 3;

/// A name without its maker's at the beginning, and whether it was there. A name of nothing else stays.
fn without_maker<'a>(pieces: &'a [String], makers: &BTreeSet<String>) -> (&'a [String], bool) {
    let mut rest = pieces;
    while let Some(next) = (1..=WORDS_OF_A_MAKER.min(rest.len().saturating_sub(1)))
        .rev()
        .find(|length| makers.contains(&rest[..*length].concat()))
    {
        rest = &rest[next..];
    }
    (rest, rest.len() < pieces.len())
}

/// A label as one reading of it: what it says, and which makers' names stand before that.
#[derive(Debug)]
pub(super) struct Reading {
    /// What it says.
    pub(super) said: Said,
    /// The makers named, written together.
    pub(super) makers: Vec<String>,
}

/// Every reading of a label: `Mistral Large` names a maker, or does not.
pub(super) fn readings(label: &str, makers: &HashSet<String>) -> Vec<Reading> {
    let pieces = pieces(label);
    let mut readings = Vec::new();
    let mut ways: Vec<(usize, Vec<String>)> = vec![(0, Vec::new())];
    while let Some((start, named)) = ways.pop() {
        let rest = &pieces[start..];
        // A maker's name stands once or twice: `Mistral AI Mistral Large`.
        for length in 1..=WORDS_OF_A_MAKER.min(rest.len()) {
            let maker = rest[..length].concat();
            if named.len() < 2 && makers.contains(&maker) {
                ways.push((start + length, named.iter().cloned().chain([maker]).collect()));
            }
        }
        readings.push(Reading { said: Said::of(rest), makers: named });
    }
    readings
}

/// A base model: all the ids of one model.
#[derive(Debug)]
pub(super) struct BaseModel {
    /// Indices of its ids among the listed ones.
    pub(super) members: Vec<usize>,
    /// The id that the others are variants of.
    pub(super) base: ModelId,
    /// What it is called on the screen.
    pub(super) title: String,
}

/// Puts ids of one model together. `listed` is sorted by id, so that the listing's order changes nothing.
pub(super) fn base_models(listed: &[Listed]) -> Vec<BaseModel> {
    /// Words, numbers and sizes of an id.
    type Alike<'a> = (String, Vec<u32>, &'a [String]);
    let mut alike: BTreeMap<Alike<'_>, Vec<usize>> = BTreeMap::new();
    for (index, model) in listed.iter().enumerate() {
        // A last 1 may be a revision that other ids of the model leave out.
        let mut numbers = model.numbers_of_id();
        while numbers.pop_if(|last| *last == 1).is_some() {}
        alike.entry((model.by_id.key(), numbers, &model.by_id.sizes)).or_default().push(index);
    }
    let mut models: Vec<BaseModel> = alike
        .into_values()
        .flat_map(|indices| connected(&indices, listed))
        .flat_map(|members| by_stamp(members, listed))
        .filter_map(|members| base_model(members, listed))
        .collect();
    models.sort_by(|a, b| a.base.cmp(&b.base));
    models
}

/// Ids that are the same model, or the same as a third.
fn connected(indices: &[usize], listed: &[Listed]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &index in indices {
        let mut joined: Option<usize> = None;
        let mut at = 0;
        while at < groups.len() {
            let joins = groups[at].iter().any(|member| listed[*member].is_same_model(&listed[index]));
            match joined {
                Some(first) if joins => {
                    let more = groups.remove(at);
                    groups[first].extend(more);
                    continue;
                }
                None if joins => joined = Some(at),
                _ => {}
            }
            at += 1;
        }
        match joined {
            Some(first) => groups[first].push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

/// Two stamps are two models, unless an id without any stands for both.
fn by_stamp(members: Vec<usize>, listed: &[Listed]) -> Vec<Vec<usize>> {
    let mut of_stamp: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for &member in &members {
        of_stamp.entry(&listed[member].by_id.stamps).or_default().push(member);
    }
    let unstamped: &[String] = &[];
    if of_stamp.contains_key(unstamped) { vec![members] } else { of_stamp.into_values().collect() }
}

fn base_model(mut members: Vec<usize>, listed: &[Listed]) -> Option<BaseModel> {
    members.sort_by_key(|member| listed[*member].rank());
    let base = &listed[*members.first()?];
    let named = members.iter().map(|member| &listed[*member]).find(|model| model.name.is_some());
    Some(BaseModel { base: base.id.clone(), title: named.unwrap_or(base).title.clone(), members })
}
