//! Whether what a label says is what a listed model is called: by its name, by its id, or by neither. Knows one label and one model, never the rest of the catalog.

use super::{
    listed::Listed,
    words::{Revision, Said, Version, trimmed},
};

/// How well a label fits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// It says the same as the name and as the id.
    Both,
    /// It says the same as one of them, and the other says no more than that differently.
    OneOfThem,
    /// It leaves out something that both say, or the only one there is.
    LeavesOut,
    /// It says a first version, or active parameters, of which the model says nothing.
    Beyond,
}

/// How a label fits a model.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    /// How well.
    pub(super) level: Level,
    /// What the model says and the label does not, as people write it.
    pub(super) left_out: Vec<String>,
    /// The versions and dates among that: where another label says one of them, this label is of another model.
    pub(super) unsaid: Vec<String>,
    /// What the label says beyond the model.
    pub(super) beyond: Option<String>,
    /// Whether it is the id rather than the name that says the same.
    pub(super) by_id: bool,
}

/// What keeps a label and a model of the same words apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Difference {
    /// The versions differ: those that only the label says, those that only the model says.
    Version(Vec<String>, Vec<String>),
    /// The model is of a generation, or a revision, that the label does not say.
    Generation(String),
    /// The sizes differ: the label's, the model's.
    Size(Vec<String>, Vec<String>),
    /// The dates differ: the label's, the model's.
    Date(Vec<String>, Vec<String>),
    /// The label says a way of training that the model does not.
    Training(String),
}

/// Which words a label and a model share.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Words {
    /// The same.
    Same,
    /// The label has fewer: these are missing.
    Fewer(Vec<String>),
    /// Each may have words that the other has not: the label's own, the model's own.
    Other(Vec<String>, Vec<String>),
}

/// Compares the words. The name's are the model's; an id may shorten them, and where it says more than the name, a label may say that too.
pub(super) fn words(said: &Said, model: &Listed) -> Words {
    let same_as_name = model.name.as_ref().is_some_and(|name| name.words == said.words);
    let same_as_id = model.by_id.words == said.words;
    let whole_name = model.name.as_ref().is_none_or(|name| missing(&name.words, &said.words).is_empty());
    if same_as_name || same_as_id && whole_name {
        return Words::Same;
    }
    let known: Vec<&String> = model.said().words.iter().chain(&model.by_id.words).collect();
    let own: Vec<String> = said.words.iter().filter(|word| !known.contains(word)).cloned().collect();
    let missing = missing(&model.said().words, &said.words);
    if own.is_empty() && !said.words.is_empty() { Words::Fewer(missing) } else { Words::Other(own, missing) }
}

/// Compares all but the words.
pub(super) fn fit(said: &Said, model: &Listed) -> Result<Fit, Difference> {
    let found = Found { said, model };
    let versions = found.versions()?;
    let beyond_active = found.active()?;
    found.sizes_and_dates()?;
    let (of_name, of_id) = (model.name.as_ref().map(|name| unsaid_of(name, said)), unsaid_of(&model.by_id, said));
    let training = missing(&model.said().training, &said.training);
    let exact_name = of_name.as_ref().is_some_and(Vec::is_empty) && training.is_empty() && versions.exact_name;
    let exact_id = of_id.is_empty() && versions.exact_id;
    let beyond = versions.beyond.or(beyond_active);
    let level = match (exact_name, exact_id, &model.name) {
        _ if beyond.is_some() => Level::Beyond,
        (true, true, _) => Level::Both,
        (true, _, _) => Level::OneOfThem,
        (_, true, name) if training.is_empty() => {
            if name.is_some() {
                Level::OneOfThem
            } else {
                Level::Both
            }
        }
        _ => Level::LeavesOut,
    };
    let sizes = of_name.unwrap_or(of_id);
    let dates = if model.said().dates.is_empty() { &model.by_id.dates } else { &model.said().dates };
    let unsaid_dates = missing(dates, &said.dates);
    let unsaid_versions = versions.unsaid;
    let words = |words: &[String]| words.iter().map(|word| written(word)).collect::<Vec<_>>();
    Ok(Fit {
        level,
        left_out: unsaid_versions.iter().map(Version::to_string).chain(words(&sizes)).chain(words(&training)).collect(),
        unsaid: unsaid_versions.iter().map(Version::key).chain(unsaid_dates).collect(),
        beyond,
        by_id: level == Level::OneOfThem && !exact_name,
    })
}

/// Sizes, active parameters and dates that a name says and a label does not.
fn unsaid_of(name: &Said, said: &Said) -> Vec<String> {
    let lists = [(&name.sizes, &said.sizes), (&name.active, &said.active), (&name.dates, &said.dates)];
    lists.into_iter().flat_map(|(whole, part)| missing(whole, part)).collect()
}

/// What is in the first list and not in the second.
fn missing(whole: &[String], part: &[String]) -> Vec<String> {
    whole.iter().filter(|one| !part.contains(one)).cloned().collect()
}

/// A word as people write it.
pub(super) fn written(word: &str) -> String {
    let number = word.contains(|c: char| c.is_ascii_digit());
    if number || word.len() <= 2 {
        let upper = word.to_uppercase();
        return if number { upper.replace('X', "x") } else { upper };
    }
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What the versions come to.
struct Versions {
    exact_name: bool,
    exact_id: bool,
    unsaid: Vec<Version>,
    beyond: Option<String>,
}

/// How a label's versions compare with those of a name, or of an id.
#[derive(Debug)]
enum Against {
    /// The same.
    Same {
        /// Whether the label says the id's revision too.
        with_revision: bool,
    },
    /// The label says fewer.
    Fewer {
        /// What it leaves out.
        unsaid: Vec<Version>,
        /// A revision after the first among that, or the second number of one.
        revision: Option<Version>,
    },
    /// The label says more.
    More(Vec<Version>),
    /// They differ.
    Other,
}

struct Found<'a> {
    said: &'a Said,
    model: &'a Listed,
}

impl Found<'_> {
    /// What name and id say together.
    fn both(&self, of: fn(&Said) -> &Vec<String>) -> Vec<String> {
        let name = self.model.name.as_ref().map(of);
        let id = missing(of(&self.model.by_id), name.map_or(&[][..], Vec::as_slice));
        name.into_iter().flatten().cloned().chain(id).collect()
    }

    fn sizes_and_dates(&self) -> Result<(), Difference> {
        let sizes = self.both(|said| &said.sizes);
        if !missing(&self.said.sizes, &sizes).is_empty() {
            return Err(Difference::Size(self.said.sizes.clone(), sizes));
        }
        for of in [|said: &Said| &said.dates, |said: &Said| &said.stamps] as [fn(&Said) -> &Vec<String>; 2] {
            let dates = self.both(of);
            if !missing(of(self.said), &dates).is_empty() {
                return Err(Difference::Date(of(self.said).clone(), dates));
            }
        }
        match missing(&self.said.training, &self.both(|said| &said.training)).into_iter().next() {
            Some(word) => Err(Difference::Training(word)),
            None => Ok(()),
        }
    }

    /// Active parameters beside the same total are more than the model says of itself, not something else.
    fn active(&self) -> Result<Option<String>, Difference> {
        let active = self.both(|said| &said.active);
        let own = missing(&self.said.active, &active);
        match own.as_slice() {
            [] => Ok(None),
            [own] if active.is_empty() && !self.said.sizes.is_empty() => Ok(Some(written(own))),
            _ => Err(Difference::Size(self.said.active.clone(), active)),
        }
    }

    fn versions(&self) -> Result<Versions, Difference> {
        use Against::{Fewer, More, Other, Same};
        let versions = |exact_name, exact_id, unsaid| Ok(Versions { exact_name, exact_id, unsaid, beyond: None });
        match (self.against_name(), self.against_id()) {
            (Same { .. }, Same { .. }) => versions(true, true, vec![]),
            // What the name does not say of the id, its revision or a part of its versions, a label need not say.
            (Same { .. }, Fewer { unsaid, .. }) => versions(true, false, unsaid),
            (Same { .. }, More(_)) => versions(true, false, vec![]),
            (Same { .. }, Other) if self.is_spelled_differently() => versions(true, false, vec![]),
            // There is no name, or it says less than the id.
            (More(_), Same { .. }) => versions(false, true, vec![]),
            (More(_), Fewer { unsaid, revision }) => left_out(unsaid, revision.as_ref()),
            (More(_), More(more)) => self.beyond(&more),
            // The whole id with its revision, `DeepSeek V3 V1` of `deepseek.v3-v1:0`, cannot mean another, whatever its name is.
            (Other, Same { with_revision: true }) if self.model.revision.is_some() => versions(false, true, vec![]),
            // `Titan Text Embeddings` is `titan-embed-text-v1`, though the name says `G1`.
            (Fewer { unsaid, .. }, Same { .. }) if unsaid.iter().all(Version::is_first) => {
                versions(false, true, vec![])
            }
            (Fewer { unsaid, .. }, Same { .. }) => left_out(unsaid, None),
            (Fewer { unsaid, revision }, Fewer { revision: of_id, .. }) => {
                left_out(unsaid, revision.or(of_id).as_ref())
            }
            _ => Err(self.other_version()),
        }
    }

    /// A model that says no version at all may be the label's `1.2`, never its `2`.
    fn beyond(&self, more: &[Version]) -> Result<Versions, Difference> {
        let silent = self.model.revision.is_none()
            && self.model.by_id.versions.is_empty()
            && self.model.name.as_ref().is_none_or(|name| name.versions.is_empty());
        match more {
            [version]
                if silent && version.is_plain() && version.value().first() == Some(&1) && !version.before_words =>
            {
                let beyond = Some(version.to_string());
                Ok(Versions { exact_name: false, exact_id: false, unsaid: vec![], beyond })
            }
            _ => Err(self.other_version()),
        }
    }

    /// The versions in which label and model differ; a `V1` says too little to be one.
    fn other_version(&self) -> Difference {
        let revision = self.model.revision.as_ref().map(|revision| Version::plain(revision.whole()));
        let own: Vec<&Version> = self.model.said().versions.iter().collect();
        let own: Vec<&Version> = if own.is_empty() { revision.iter().collect() } else { own };
        let spelled = |versions: Vec<&Version>| {
            let telling = versions.into_iter().filter(|version| !(version.marked && version.is_first()));
            telling.map(Version::to_string).collect()
        };
        Difference::Version(spelled(only_in(&self.all(), &own)), spelled(only_in(&own, &self.all())))
    }

    /// Name and id of some models have the same numbers, cut differently: V3.1 is `v3-v1:0`.
    fn is_spelled_differently(&self) -> bool {
        let name = self.model.name.iter().flat_map(|name| &name.versions);
        name.flat_map(Version::value).copied().eq(self.model.numbers_of_id())
    }

    /// As if it said nothing where there is no name.
    fn against_name(&self) -> Against {
        let Some(name) = &self.model.name else { return Against::More(Vec::new()) };
        let revision = self.model.revision.as_ref();
        let with_revision = self.revisions_said().filter_map(|(version, rest)| {
            revision_is(version, revision)?;
            // Where the name says the revision too, that is said.
            let whole = revision.map(Revision::whole).unwrap_or_default();
            let others = name.versions.iter().filter(|own| !(own.marked && own.value() == trimmed_or_empty(&whole)));
            Some(compare(&rest, &others.collect::<Vec<_>>(), true))
        });
        let plain = compare(&self.all(), &name.versions.iter().collect::<Vec<_>>(), false);
        best(with_revision, plain)
    }

    fn against_id(&self) -> Against {
        let revision = self.model.revision.as_ref();
        let own: Vec<&Version> = self.model.by_id.versions.iter().collect();
        let with_revision = self.revisions_said().filter_map(|(version, rest)| {
            let compared = compare(&rest, &own, true);
            Some(match revision_is(version, revision)? {
                Revised::Whole => compared,
                Revised::WithoutMinor => without_revision(compared, revision),
            })
        });
        let plain = compare(&self.all(), &own, false);
        // The first revision need not be said: a label without `V` means `V1`.
        let implied = revision.is_none_or(|revision| matches!(trimmed(&revision.parts), [0 | 1]));
        let plain = if implied { plain } else { without_revision(plain, revision) };
        best(with_revision, plain)
    }

    fn all(&self) -> Vec<&Version> {
        self.said.versions.iter().collect()
    }

    /// The label's versions that may be the id's revision, each with the others: `V1`, and a number at the end as in `Rerank 1.0`.
    fn revisions_said(&self) -> impl Iterator<Item = (&Version, Vec<&Version>)> {
        let all = &self.said.versions;
        let may = move |(index, version): &(usize, &Version)| {
            version.is_plain() && (version.marked || index + 1 == all.len() && !version.before_words)
        };
        all.iter().enumerate().filter(may).map(move |(index, version)| {
            let rest = all.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, rest)| rest);
            (version, rest.collect())
        })
    }
}

/// How much of an id's revision a version says.
enum Revised {
    Whole,
    /// `V2` of `v2:1`.
    WithoutMinor,
}

/// Whether a version is the id's revision; an id without one is the first.
fn revision_is(version: &Version, revision: Option<&Revision>) -> Option<Revised> {
    let Some(revision) = revision else { return (version.marked && version.is_first()).then_some(Revised::Whole) };
    if version.value() == trimmed(&revision.whole()) {
        return Some(Revised::Whole);
    }
    (version.parts.len() == 1 && version.parts == revision.parts).then_some(Revised::WithoutMinor)
}

fn trimmed_or_empty(parts: &[u32]) -> &[u32] {
    if parts.is_empty() { parts } else { trimmed(parts) }
}

/// The label does not say the whole revision.
fn without_revision(compared: Against, revision: Option<&Revision>) -> Against {
    let revision = revision.map(|revision| Version::plain(revision.whole()));
    match compared {
        Against::Same { .. } => Against::Fewer { unsaid: Vec::new(), revision },
        Against::Fewer { unsaid, .. } => Against::Fewer { unsaid, revision },
        other => other,
    }
}

/// In order: `Nova 2 Lite V1` is no `Nova 1 Lite v2`.
fn compare(said: &[&Version], own: &[&Version], with_revision: bool) -> Against {
    match (without_in_order(own, said), without_in_order(said, own)) {
        (Some(_), Some(_)) => Against::Same { with_revision },
        (Some(unsaid), None) => Against::Fewer { unsaid, revision: None },
        (None, Some(more)) => Against::More(more),
        (None, None) => Against::Other,
    }
}

/// What is left of the first list without the second, whose versions stand there in the same order; None where they do not.
fn without_in_order(whole: &[&Version], part: &[&Version]) -> Option<Vec<Version>> {
    let mut wanted = part.iter().peekable();
    let rest = whole.iter().filter(|version| wanted.next_if(|part| **part == **version).is_none());
    let rest: Vec<Version> = rest.map(|version| (*version).clone()).collect();
    wanted.next().is_none().then_some(rest)
}

/// What only the first list has.
fn only_in<'a>(versions: &[&'a Version], others: &[&Version]) -> Vec<&'a Version> {
    versions.iter().filter(|version| !others.contains(version)).copied().collect()
}

/// The reading of the versions that fits best, one with the revision first.
fn best(with_revision: impl Iterator<Item = Against>, plain: Against) -> Against {
    let rank = |against: &Against| match against {
        Against::Same { .. } => 0,
        Against::Fewer { revision: None, .. } => 1,
        Against::Fewer { .. } => 2,
        Against::More(_) => 3,
        Against::Other => 4,
    };
    match with_revision.min_by_key(rank) {
        Some(with_revision) if rank(&with_revision) <= rank(&plain) => with_revision,
        _ => plain,
    }
}

/// A version that only the model says is free, but for a generation, and for `V2`: a label without one means the first.
fn left_out(unsaid: Vec<Version>, revision: Option<&Version>) -> Result<Versions, Difference> {
    let telling = |version: &&Version| {
        version.before_words || version.marked && version.value().len() == 1 && !version.is_first()
    };
    match revision.or_else(|| unsaid.iter().find(telling)) {
        Some(version) => Err(Difference::Generation(version.to_string())),
        None => Ok(Versions { exact_name: false, exact_id: false, unsaid, beyond: None }),
    }
}
