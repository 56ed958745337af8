//! Which base model a quota's label means. No API says it, so the names are compared, word by word and never by likeness.
//!
//! What the label says must be what the model's name or id says: words, versions, sizes, dates. What it leaves out is free only where exactly one base model
//! of the catalog remains, and never a word, a generation (`Nova Lite` is no `Nova 2 Lite`) or a `V2`. Two that remain are ambiguous, none is unknown, and
//! the sentence beside the answer says why.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{
    catalog::Model,
    ids::{ModelId, QuotaCode},
};

mod evidence;
mod fit;
mod listed;
mod words;

use fit::{Difference, Fit, Level, Words};
use listed::{BaseModel, Listed, Reading};

/// How sure the match of a quota and a model is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Match {
    /// Just one.
    One,
    /// More than one fits; none is chosen.
    Ambiguous {
        /// What fits.
        candidates: Vec<String>,
    },
    /// None fits.
    Unknown,
    /// Its name means no single model: nothing of inference, or a quota of the whole account.
    NotInference,
}

/// What the user's configuration says of single quotas: the model that each is of.
pub type Pins = BTreeMap<QuotaCode, ModelId>;

/// Which model a quota's name means, and why that is believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    /// How sure it is.
    pub matched: Match,
    /// The ids of the base model, date-stamped and short ones together; of several base models where it is ambiguous; empty where none fits.
    pub models: Vec<ModelId>,
    /// The base model's id that others are variants of; None where there is not just one.
    pub base_model: Option<ModelId>,
    /// Why it was matched, rejected or left open: one sentence.
    pub why: String,
    /// What the configuration's pin contradicts; None where it contradicts nothing, or nothing is pinned.
    pub pin_contradicts: Option<String>,
}

/// Rival quotas that an ambiguous one names. AWS never had two; a broken listing may have as many as it has rows.
pub(super) const RIVALS_LISTED: usize = 8;

impl Matching {
    fn without_model(matched: Match, why: String) -> Self {
        Self { matched, models: Vec::new(), base_model: None, why, pin_contradicts: None }
    }

    /// Of a quota that inference does not draw on.
    #[must_use]
    pub fn not_inference() -> Self {
        Self::without_model(Match::NotInference, "not a quota of inference".to_owned())
    }

    /// Of an inference quota that names no model.
    #[must_use]
    pub fn of_no_model() -> Self {
        Self::without_model(Match::NotInference, "its name means no single model".to_owned())
    }

    /// Two or more quotas count the same for its model: none is chosen. `codes`: the first of them, as many as are named at all; `count`: of all.
    pub(super) fn rivalled_by(&mut self, codes: &[QuotaCode], count: usize) {
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        self.why = format!("{} count the same for this model", evidence::listed(&codes, count));
        self.matched = Match::Ambiguous { candidates: codes };
        self.base_model = None;
    }

    /// Another quota that counts the same says the model in full, or is pinned to it: this one is of none that is listed.
    pub(super) fn yields_to(&mut self, code: &QuotaCode, pinned: bool) {
        let reason = if pinned { "is pinned to" } else { "names in full" };
        let model = self.base_model.take().map(|model| model.to_string()).unwrap_or_default();
        *self = Self::without_model(Match::Unknown, format!("{code} counts the same and {reason} {model}"));
    }
}

/// The models of a Region taken apart, and what the labels say that are matched with them, ready for many labels.
#[derive(Debug)]
pub struct Matcher {
    /// By id, so that the listing's order changes nothing.
    listed: Vec<Listed>,
    models: Vec<BaseModel>,
    /// The base model of each listed id.
    model_of: Vec<usize>,
    /// Listed ids by all words of their name, or of the id itself.
    by_words: HashMap<String, Vec<usize>>,
    /// Listed ids by each single word.
    by_word: HashMap<String, Vec<usize>>,
    makers: HashSet<String>,
    /// What all the labels say, by their words.
    labels: HashMap<String, SaidByLabels>,
}

/// What the labels of the same words say: evidence for and against one of them.
#[derive(Debug, Default)]
struct SaidByLabels {
    /// Each version and date that any of them says.
    any: HashSet<String>,
    /// Their versions and active parameters, each set once.
    numbers: BTreeSet<Numbers>,
}

/// A model that a label fits.
struct Candidate {
    model: usize,
    fit: Fit,
    /// The words of the reading by which it fits.
    words: String,
    /// Its versions and active parameters.
    numbers: Numbers,
}

/// Versions and active parameters, as the two stand in a label.
type Numbers = (Vec<String>, Vec<String>);

fn numbers(said: &words::Said) -> Numbers {
    (said.versions.iter().map(words::Version::key).collect(), said.active.clone())
}

impl Matcher {
    /// Takes the models apart. `labels`: all that are matched with them, because one label may say what another leaves out.
    #[must_use]
    pub fn new<'a>(models: impl Iterator<Item = &'a Model>, labels: impl Iterator<Item = &'a str>) -> Self {
        let mut listed: Vec<Listed> = models.map(Listed::new).collect();
        listed.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| b.name.is_some().cmp(&a.name.is_some())));
        listed.dedup_by(|a, b| a.id == b.id);
        let models = listed::base_models(&listed);
        let mut model_of = vec![0; listed.len()];
        for (index, model) in models.iter().enumerate() {
            for member in &model.members {
                model_of[*member] = index;
            }
        }
        let mut by_words: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_word: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, model) in listed.iter().enumerate() {
            let keys: BTreeSet<String> = model.name.iter().chain([&model.by_id]).map(words::Said::key).collect();
            let single: BTreeSet<&String> = model.said().words.iter().chain(&model.by_id.words).collect();
            for key in keys {
                by_words.entry(key).or_default().push(index);
            }
            for word in single {
                by_word.entry(word.clone()).or_default().push(index);
            }
        }
        let makers = listed.iter().flat_map(|model| model.makers.iter().cloned()).collect();
        let mut matcher = Self { listed, models, model_of, by_words, by_word, makers, labels: HashMap::new() };
        for label in labels.collect::<BTreeSet<_>>() {
            matcher.hear(label);
        }
        matcher
    }

    /// Keeps what a label says as evidence about others.
    fn hear(&mut self, label: &str) {
        for Reading { said, .. } in listed::readings(label, &self.makers) {
            let heard = self.labels.entry(said.key()).or_default();
            let numbers = numbers(&said);
            heard.any.extend(numbers.0.iter().chain(&said.dates).cloned());
            heard.numbers.insert(numbers);
        }
    }

    /// Which model a label means.
    #[must_use]
    pub fn matching(&self, label: &str) -> Matching {
        if !label.chars().all(is_of_names) {
            return Matching::without_model(Match::Unknown, evidence::OF_ODD_CHARACTERS.to_owned());
        }
        let readings = listed::readings(label, &self.makers);
        let (candidates, differing) = self.candidates(&readings);
        if let Some(level) = candidates.values().map(|candidate| candidate.fit.level).min() {
            let best: Vec<&Candidate> = candidates.values().filter(|candidate| candidate.fit.level == level).collect();
            match best.as_slice() {
                [one] if level == Level::Beyond => {
                    if self.is_alone(one) {
                        return self.one(one);
                    }
                }
                [one] => {
                    let taken = level == Level::LeavesOut && self.is_said_by_another(one);
                    return if taken { self.yielding(one) } else { self.one(one) };
                }
                _ if level == Level::Beyond => {}
                several => return self.ambiguous(several.iter().map(|candidate| candidate.model), false),
            }
        }
        let wider = self.with_more_words(&readings);
        if wider.len() > 1 {
            return self.ambiguous(wider.into_iter(), true);
        }
        Matching::without_model(Match::Unknown, self.why_unknown(label, &readings, &differing))
    }

    /// What the configuration says, beside what the name says.
    #[must_use]
    pub fn pinned(&self, model: &ModelId, label: Option<&str>, by_name: &Matching) -> Matching {
        let at = self.listed.binary_search_by(|listed| listed.id.cmp(model)).ok();
        let base = at.map(|at| &self.models[self.model_of[at]]);
        let (models, base_model) =
            base.map_or_else(|| (vec![model.clone()], model.clone()), |base| (self.ids(base), base.base.clone()));
        Matching {
            matched: Match::One,
            models,
            base_model: Some(base_model),
            why: format!("pinned to {model} in the configuration file"),
            pin_contradicts: self.contradiction(model, at, label, by_name),
        }
    }

    /// Whether a label says all that the model is called by: the stronger claim where two labels fit one model.
    pub(super) fn says_all(&self, label: &str) -> bool {
        let (candidates, _) = self.candidates(&listed::readings(label, &self.makers));
        candidates.values().any(|candidate| candidate.fit.level <= Level::OneOfThem)
    }

    /// What fits by its words, best fit of each base model; and what has the words but differs.
    fn candidates(&self, readings: &[Reading]) -> (BTreeMap<usize, Candidate>, BTreeMap<usize, Difference>) {
        let mut candidates: BTreeMap<usize, Candidate> = BTreeMap::new();
        let mut differing = BTreeMap::new();
        for reading in readings.iter().filter(|reading| reading.said.tells_anything()) {
            let words = reading.said.key();
            for index in self.by_words.get(&words).into_iter().flatten() {
                let (listed, model) = (&self.listed[*index], self.model_of[*index]);
                if !is_named_for(reading, listed) || fit::words(&reading.said, listed) != Words::Same {
                    continue;
                }
                match fit::fit(&reading.said, listed) {
                    Ok(fit) if candidates.get(&model).is_none_or(|known| fit.level < known.fit.level) => {
                        let numbers = numbers(&reading.said);
                        candidates.insert(model, Candidate { model, fit, words: words.clone(), numbers });
                    }
                    Ok(_) => {}
                    Err(difference) => {
                        differing.entry(model).or_insert(difference);
                    }
                }
            }
        }
        (candidates, differing)
    }

    /// Models of which the label has some words, where all that have these have the same others: `Marengo` of `Marengo Embed v2.7` and `Marengo Embed 3.0`.
    fn with_more_words(&self, readings: &[Reading]) -> BTreeSet<usize> {
        let mut wider = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for reading in readings.iter().filter(|reading| reading.said.words.iter().any(|word| word.chars().count() > 2))
        {
            for index in self.sharing(reading) {
                let listed = &self.listed[index];
                if !is_named_for(reading, listed) || !matches!(fit::words(&reading.said, listed), Words::Fewer(_)) {
                    continue;
                }
                keys.insert(listed.said().key());
                if fit::fit(&reading.said, listed).is_ok_and(|fit| fit.beyond.is_none()) {
                    wider.insert(self.model_of[index]);
                }
            }
        }
        if keys.len() == 1 { wider } else { BTreeSet::new() }
    }

    /// Listed ids with any word of the reading.
    fn sharing(&self, reading: &Reading) -> BTreeSet<usize> {
        reading.said.words.iter().filter_map(|word| self.by_word.get(word)).flatten().copied().collect()
    }

    /// Whether another label of the same words says what this one leaves out: then this one is of another model, listed or not.
    fn is_said_by_another(&self, candidate: &Candidate) -> bool {
        let heard = self.labels.get(&candidate.words);
        heard.is_some_and(|heard| candidate.fit.unsaid.iter().any(|unsaid| heard.any.contains(unsaid)))
    }

    /// Whether nothing else can be meant by what the label says beyond the model: no other model and no other label has these words.
    fn is_alone(&self, candidate: &Candidate) -> bool {
        let listed = self.by_words.get(&candidate.words).into_iter().flatten();
        let models: BTreeSet<usize> = listed.map(|index| self.model_of[*index]).collect();
        let said_alone = |heard: &SaidByLabels| heard.numbers.len() == 1 && heard.numbers.contains(&candidate.numbers);
        models.len() == 1 && self.labels.get(&candidate.words).is_some_and(said_alone)
    }

    fn ids(&self, model: &BaseModel) -> Vec<ModelId> {
        model.members.iter().map(|member| self.listed[*member].id.clone()).collect()
    }

    fn one(&self, candidate: &Candidate) -> Matching {
        let model = &self.models[candidate.model];
        Matching {
            matched: Match::One,
            models: self.ids(model),
            base_model: Some(model.base.clone()),
            why: evidence::of_one(model, &candidate.fit),
            pin_contradicts: None,
        }
    }

    fn yielding(&self, candidate: &Candidate) -> Matching {
        let heard = self.labels.get(&candidate.words);
        let said = |unsaid: &&String| heard.is_some_and(|heard| heard.any.contains(*unsaid));
        let unsaid: Vec<&String> = candidate.fit.unsaid.iter().filter(said).collect();
        let why = evidence::of_another(&self.models[candidate.model], &unsaid);
        Matching::without_model(Match::Unknown, why)
    }

    fn ambiguous(&self, models: impl Iterator<Item = usize>, words: bool) -> Matching {
        let models: Vec<&BaseModel> = models.map(|model| &self.models[model]).collect();
        Matching {
            matched: Match::Ambiguous { candidates: models.iter().map(|model| model.base.to_string()).collect() },
            models: models.iter().flat_map(|model| self.ids(model)).collect(),
            base_model: None,
            why: evidence::of_several(&models, words),
            pin_contradicts: None,
        }
    }

    /// Why no model is meant: by the one that is nearest, the most shared words first, then the fewest others.
    fn why_unknown(&self, label: &str, readings: &[Reading], differing: &BTreeMap<usize, Difference>) -> String {
        if self.models.is_empty() {
            return "no models are listed".to_owned();
        }
        let distance = |(model, difference): &(&usize, &Difference)| self.distance(**model, difference, readings);
        if let Some((model, difference)) = differing.iter().min_by_key(distance) {
            return evidence::of_difference(label, &self.models[*model], difference);
        }
        let nearest =
            readings.iter().filter_map(|reading| self.nearest_by_words(reading)).min_by_key(|(rank, ..)| *rank);
        match nearest {
            Some((_, model, words)) => evidence::of_other_words(label, &self.models[model], &words),
            None => evidence::of_nothing(label),
        }
    }

    /// The model with which a reading shares the most words, more than half of either's.
    fn nearest_by_words(&self, reading: &Reading) -> Option<((usize, usize), usize, Words)> {
        let ways = self.sharing(reading).into_iter().filter_map(|index| {
            let listed = &self.listed[index];
            let compared = fit::words(&reading.said, listed);
            let (own, missing) = match &compared {
                Words::Same => return None,
                Words::Fewer(missing) => (0, missing.len()),
                Words::Other(own, missing) => (own.len(), missing.len()),
            };
            let shared = reading.said.words.len().saturating_sub(own);
            let model = self.model_of[index];
            (shared > own && shared > missing).then_some(((own + missing, model), model, compared))
        });
        ways.min_by_key(|(rank, ..)| *rank)
    }

    /// Of models with the same words: those that differ in size alone come first, then those with the nearest version.
    fn distance(&self, model: usize, difference: &Difference, readings: &[Reading]) -> (bool, u64, usize) {
        let number = |said: &words::Said| {
            let parts = said.versions.first().map(|version| version.parts.as_slice()).unwrap_or_default();
            let part = |at: usize| u64::from(parts.get(at).copied().unwrap_or_default());
            part(0) * 1000 + part(1)
        };
        let own = self.models[model].members.first().map(|member| number(self.listed[*member].said()));
        let said = readings.last().map(|reading| number(&reading.said));
        let apart = own.unwrap_or_default().abs_diff(said.unwrap_or_default());
        (matches!(difference, Difference::Version(..) | Difference::Generation(_)), apart, model)
    }

    /// What a pin contradicts: what the quota's name says, or the catalog.
    fn contradiction(
        &self,
        pin: &ModelId,
        at: Option<usize>,
        label: Option<&str>,
        by_name: &Matching,
    ) -> Option<String> {
        if by_name.matched == Match::NotInference {
            return Some(format!("by its name it is of no model: {}", by_name.why));
        }
        let Some(at) = at else {
            let of_profile =
                |listed: &&Listed| pin.as_str().split_once('.').is_some_and(|(_, model)| model == listed.id.as_str());
            if let Some(base) = self.listed.iter().find(of_profile) {
                return Some(format!("{pin} is a profile's id: pin the base model's id {}", base.id));
            }
            let unlisted = Listed::by_id(pin);
            let of_name = label.and_then(|label| self.pin_difference(label, &[&unlisted]));
            let of_catalog = (!self.listed.is_empty()).then(|| format!("no listed model has the id {pin}"));
            return of_name.or(of_catalog);
        };
        if matches!(by_name.matched, Match::One | Match::Ambiguous { .. }) {
            let another = !by_name.models.contains(pin);
            return another.then(|| format!("by its name it is another's: {}", by_name.why));
        }
        let members = &self.models[self.model_of[at]].members;
        let ids: Vec<&Listed> = members.iter().map(|member| &self.listed[*member]).collect();
        label.and_then(|label| self.pin_difference(label, &ids))
    }

    /// What in a label contradicts every id of a pinned model.
    fn pin_difference(&self, label: &str, ids: &[&Listed]) -> Option<String> {
        let makers = self.makers.iter().chain(ids.iter().flat_map(|listed| &listed.makers)).cloned().collect();
        let readings = listed::readings(label, &makers);
        let differences: Option<Vec<_>> =
            ids.iter().map(|listed| Some((*listed, pin_difference(&readings, listed)?))).collect();
        differences?.first().map(|(listed, difference)| evidence::of_pin(label, listed, difference))
    }
}

/// Whether a character may stand in a label: letters, digits, and what a keyboard has. Others, such as control characters, may hide what a name says.
fn is_of_names(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || c.is_ascii_graphic()
}

/// Whether the makers that a reading names are the model's, and its maker is named where that is needed.
fn is_named_for(reading: &Reading, listed: &Listed) -> bool {
    reading.makers.iter().all(|maker| listed.is_made_by(maker)) && !(reading.makers.is_empty() && listed.needs_maker)
}

/// What in a label contradicts a pinned model; None where some reading of it does not.
fn pin_difference(readings: &[Reading], listed: &Listed) -> Option<evidence::PinDifference> {
    let mut found = None;
    for reading in readings {
        if !reading.makers.iter().all(|maker| listed.is_made_by(maker)) {
            found = found.or_else(|| Some(evidence::PinDifference::Words(reading.makers.clone())));
            continue;
        }
        match (fit::words(&reading.said, listed), fit::fit(&reading.said, listed)) {
            (Words::Other(own, _), _) if !own.is_empty() => {
                // The reading that takes the maker's name away has fewer words that are none of the model's.
                let is_more = |known: &evidence::PinDifference| match known {
                    evidence::PinDifference::Words(words) => words.len() > own.len(),
                    evidence::PinDifference::Numbers(_) => false,
                };
                if found.as_ref().is_none_or(is_more) {
                    found = Some(evidence::PinDifference::Words(own));
                }
            }
            // What the label leaves out contradicts nothing.
            (_, Ok(_) | Err(Difference::Generation(_))) => return None,
            (_, Err(difference)) => found = Some(evidence::PinDifference::Numbers(difference)),
        }
    }
    found
}

#[cfg(test)]
mod tests;
