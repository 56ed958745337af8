//! The sentences that say why a label was matched, rejected or left open. For people: names as the listing writes them, one sentence each.

use super::{
    fit::{Difference, Fit, Level, Words, written},
    listed::{BaseModel, Listed},
};

/// Names that a sentence lists before it counts the rest.
const NAMES_LISTED: usize = 4;

/// Letters of a name or label that a sentence quotes: the longest of AWS has 60, and a listing may hold anything.
const LETTERS_QUOTED: usize = 80;

/// A label that may not say what it seems to.
pub(super) const OF_ODD_CHARACTERS: &str = "its name has characters that no model's name has";

/// What contradicts a pin.
pub(super) enum PinDifference {
    /// Words of the label that the model has not.
    Words(Vec<String>),
    /// Anything else.
    Numbers(Difference),
}

/// One base model is meant.
pub(super) fn of_one(model: &BaseModel, fit: &Fit) -> String {
    let title = quoted(&model.title);
    let left_out = and(&fit.left_out);
    match (&fit.beyond, fit.level) {
        (Some(beyond), _) => format!("only {title} fits, and says nothing against the label's {beyond}"),
        (None, Level::LeavesOut) => format!("only {title} fits; the label leaves out {left_out}"),
        (None, _) if fit.by_id => format!("the label says the same as the id {}", model.base),
        (None, _) => format!("the label says the same as {title}"),
    }
}

/// One base model would be meant, but another quota's label says what this one leaves out.
pub(super) fn of_another(model: &BaseModel, unsaid: &[&String]) -> String {
    let unsaid: Vec<String> = unsaid.iter().map(|word| written(word)).collect();
    format!("leaves out {}, which another quota's name says of {}", and(&unsaid), quoted(&model.title))
}

/// Several base models fit.
pub(super) fn of_several(models: &[&BaseModel], words: bool) -> String {
    let both = if models.len() == 2 { "both" } else { "all" };
    let open = if words { "the label says only a part of their names" } else { "the label does not say which" };
    format!("{} {both} fit: {open}", listed(&distinct_titles(models), models.len()))
}

/// The titles that a sentence lists, with the ids where two models are called the same.
fn distinct_titles(models: &[&BaseModel]) -> Vec<String> {
    let lower = |model: &BaseModel| model.title.to_lowercase();
    let is_shared = |model: &BaseModel| models.iter().filter(|other| lower(other) == lower(model)).count() > 1;
    let title = |model: &&BaseModel| if is_shared(model) { model.base.to_string() } else { quoted(&model.title) };
    models.iter().take(NAMES_LISTED).map(title).collect()
}

/// The first of so many names, and how many more there are.
pub(super) fn listed(names: &[String], count: usize) -> String {
    let mut shown: Vec<String> = names.iter().take(NAMES_LISTED).cloned().collect();
    if count > shown.len() {
        shown.push(format!("{} more", count - shown.len()));
    }
    and(&shown)
}

/// A model has the label's words and differs otherwise.
pub(super) fn of_difference(label: &str, model: &BaseModel, difference: &Difference) -> String {
    format!("no listed model is called {}; nearest, {}, {}", quoted(label), quoted(&model.title), differs(difference))
}

/// A model has some of the label's words.
pub(super) fn of_other_words(label: &str, model: &BaseModel, words: &Words) -> String {
    let spelled = |words: &[String]| and(&words.iter().map(|word| written(word)).collect::<Vec<_>>());
    let how = match words {
        Words::Other(own, missing) if missing.is_empty() => format!("does not say {}", spelled(own)),
        Words::Other(own, missing) if own.is_empty() => format!("says {} too", spelled(missing)),
        Words::Other(own, missing) => format!("says {} instead of {}", spelled(missing), spelled(own)),
        Words::Fewer(missing) => format!("says {} too", spelled(missing)),
        Words::Same => "is another maker's, or needs its maker's name".to_owned(),
    };
    format!("no listed model is called {}; nearest, {}, {how}", quoted(label), quoted(&model.title))
}

/// No model has any of the label's words.
pub(super) fn of_nothing(label: &str) -> String {
    format!("no listed model has a name like {}", quoted(label))
}

/// What in a label contradicts a pinned model.
pub(super) fn of_pin(label: &str, listed: &Listed, difference: &PinDifference) -> String {
    let (label, id) = (quoted(label), &listed.id);
    match difference {
        PinDifference::Words(own) => {
            let own: Vec<String> = own.iter().map(|word| written(word)).collect();
            format!("the name says {label}, and {id} does not say {}", and(&own))
        }
        PinDifference::Numbers(difference) => format!("the name says {label}, and {id} {}", differs(difference)),
    }
}

fn differs(difference: &Difference) -> String {
    let is = |what: &str, said: &[String], own: &[String]| match (said, own) {
        ([], []) => format!("is of another {what}"),
        ([], own) => format!("is of {what} {}, which the label does not say", and(own)),
        (said, []) => format!("says no {what} where the label says {}", and(said)),
        (said, own) => format!("is of {what} {}, not {}", and(own), and(said)),
    };
    match difference {
        Difference::Version(said, own) => is("version", said, own),
        Difference::Generation(own) => format!("is of version {own}, which the label does not say"),
        Difference::Size(said, own) => is("size", &spelled(said), &spelled(own)),
        Difference::Date(said, own) => is("date", said, own),
        Difference::Training(word) => format!("does not say {}", written(word)),
    }
}

fn spelled(words: &[String]) -> Vec<String> {
    words.iter().map(|word| written(word)).collect()
}

fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A name within a sentence: trimmed, and not without end.
fn quoted(name: &str) -> String {
    let name = name.trim();
    if name.chars().count() <= LETTERS_QUOTED {
        return name.to_owned();
    }
    name.chars().take(LETTERS_QUOTED).chain(['…']).collect()
}
