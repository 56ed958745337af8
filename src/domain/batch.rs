//! Which models take batch jobs in a Region. No API says it, but Service Quotas lists each model's batch quotas by name.

use std::collections::HashSet;

use super::{
    catalog::Model,
    ids::ModelId,
    matching::{Match, Matcher},
};

/// What the names of a Region's batch quotas say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchModels {
    /// Models that a batch quota names.
    taken: HashSet<ModelId>,
    /// Models that one may name: more than one fits.
    open: HashSet<ModelId>,
    /// Whether any batch quota is listed at all: else nothing follows from what is missing.
    any: bool,
}

impl BatchModels {
    /// Reads the quotas' names. `models`: those that the names may mean.
    #[must_use]
    pub fn of<'a>(names: impl Iterator<Item = &'a str>, models: &[Model]) -> Self {
        let labels: HashSet<&str> = names.filter_map(label).collect();
        let matcher = Matcher::new(models.iter(), labels.iter().copied());
        let mut found = Self { any: !labels.is_empty(), ..Self::default() };
        for label in &labels {
            let matching = matcher.matching(label);
            match matching.matched {
                Match::One => found.taken.extend(matching.models),
                Match::Ambiguous { .. } => found.open.extend(matching.models),
                Match::Unknown | Match::NotInference => {}
            }
        }
        found
    }

    /// Whether a model takes batch jobs; None where the names do not tell.
    #[must_use]
    pub fn takes(&self, model: &ModelId) -> Option<bool> {
        if self.taken.contains(model) {
            return Some(true);
        }
        (self.any && !self.open.contains(model)).then_some(false)
    }
}

/// The model as a batch quota's name spells it; None where the name is of something else, or of custom models.
fn label(name: &str) -> Option<&str> {
    let is_batch = name.to_ascii_lowercase().contains("batch inference");
    let (what, label) = name.rsplit_once(" for ")?;
    (is_batch && !what.ends_with("custom model")).then(|| label.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::LifecycleDates;

    fn model(id: &str, name: &str) -> Model {
        Model {
            id: id.into(),
            arn: format!("arn:aws:bedrock:us-east-1::foundation-model/{id}").into(),
            name: name.into(),
            provider: "Amazon".into(),
            lifecycle: None,
            dates: LifecycleDates::default(),
            inference_types: Vec::new(),
        }
    }

    #[test]
    fn a_model_takes_batch_jobs_where_a_quota_names_it() {
        let models = [model("amazon.nova-pro-v1:0", "Nova Pro"), model("amazon.nova-lite-v1:0", "Nova Lite")];
        let names = [
            "Records per batch inference job for Amazon Nova Pro",
            "Batch inference job size  (in GB) for Nova Pro",
            "Sum of in-progress and submitted batch inference jobs using a custom model for Nova Lite",
            "Agents per account",
        ];
        let found = BatchModels::of(names.into_iter(), &models);
        assert_eq!(found.takes(&"amazon.nova-pro-v1:0".into()), Some(true));
        assert_eq!(found.takes(&"amazon.nova-lite-v1:0".into()), Some(false), "a custom model is another one");
    }

    #[test]
    fn where_no_batch_quota_is_listed_nothing_is_said() {
        let models = [model("amazon.nova-pro-v1:0", "Nova Pro")];
        assert_eq!(BatchModels::of(["Agents per account"].into_iter(), &models).takes(&models[0].id), None);
    }

    #[test]
    fn a_name_that_fits_two_models_says_nothing_of_either() {
        let models = [model("amazon.nova-pro-v1:0", "Nova Pro"), model("amazon.nova-pro-v2:0", "Nova Pro")];
        let found = BatchModels::of(["Records per batch inference job for Nova Pro"].into_iter(), &models);
        let told: Vec<_> = models.iter().map(|model| found.takes(&model.id)).collect();
        assert!(told.iter().filter(|told| **told == Some(false)).count() < 2, "{told:?}");
    }
}
