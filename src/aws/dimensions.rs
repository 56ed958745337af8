//! CloudWatch's dimension sets and the parts of traffic that they mean: one mapping, both ways. A set that means nothing to us is None, never a guess.
//!
//! Sets: AWS docs `monitoring-runtime-metrics` and `monitoring-mantle-metrics` (autumn 2026); the `model+tier` ids: the tier page's first version (November 2025).

use crate::domain::{
    ids::EndpointId,
    metric::{Listed, Metric, Namespace, Part, SeriesKey},
    tier::{Tier, TierPair},
};

/// One dimension: name and value.
pub(super) type Dimension = (String, String);

const ASKED: &str = "ServiceTier";
const SERVED: &str = "ResolvedServiceTier";
const CONTEXT: &str = "ContextWindow";

/// The value of `ModelId` on the log delivery metrics: no endpoint.
const ALL_MODELS: &str = "Across all model IDs";

/// Tiers that an id of the form `model+tier` may name. Closed, because any other suffix may be part of an id.
const SUFFIX_TIERS: [&str; 6] = ["priority", "default", "standard", "flex", "reserved", "ultrafast"];

/// The series that a metric of CloudWatch's list is, by name and dimensions; None for what tiertop does not read.
#[must_use]
pub fn listed(namespace: Namespace, name: &str, dimensions: &[(String, String)]) -> Option<Listed> {
    let metric = Metric::from_name(namespace, name)?;
    let part = part_of(namespace, dimensions)?;
    Some(Listed { key: SeriesKey { namespace, metric, part }, name: name.into() })
}

/// What a set of dimensions means. None for a set with dimensions that we do not know, for one of the two tier dimensions without the other, and for
/// `Across all model IDs`.
pub(super) fn part_of(namespace: Namespace, dimensions: &[Dimension]) -> Option<Part> {
    let value = |name: &str| dimensions.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let known = [namespace.model_dimension(), ASKED, SERVED, CONTEXT];
    let distinct = known.iter().filter(|name| value(name).is_some()).count();
    if distinct != dimensions.len() {
        return None;
    }
    if dimensions.is_empty() {
        return Some(Part::Account);
    }
    let model = value(namespace.model_dimension()).filter(|model| !model.is_empty() && *model != ALL_MODELS)?;
    let (id, pair) = match (value(ASKED), value(SERVED)) {
        (Some(asked), Some(served)) => {
            (model, Some(TierPair { asked: Tier::from(asked), served: Some(Tier::from(served)) }))
        }
        (None, None) => split_suffix(model),
        _ => return None,
    };
    let id = EndpointId::from(id);
    Some(match (value(CONTEXT), pair) {
        (Some(window), pair) => Part::Context(id, pair, window.into()),
        (None, Some(pair)) => Part::Tier(id, pair),
        (None, None) => Part::Endpoint(id),
    })
}

/// The set that means a part: the inverse of [`part_of`], with tiers by their wire names.
pub(super) fn dimensions_of(namespace: Namespace, part: &Part) -> Vec<Dimension> {
    let (id, pair, window) = match part {
        Part::Account => return Vec::new(),
        Part::Endpoint(id) => (id, None, None),
        Part::Tier(id, pair) => (id, Some(pair), None),
        Part::Context(id, pair, window) => (id, pair.as_ref(), Some(window)),
    };
    let dimension = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let model = namespace.model_dimension();
    let mut dimensions = match pair {
        None => vec![dimension(model, id.as_str())],
        Some(TierPair { asked, served: None }) => vec![dimension(model, &format!("{id}+{asked}"))],
        Some(TierPair { asked, served: Some(served) }) => vec![
            dimension(model, id.as_str()),
            dimension(ASKED, asked.wire_name()),
            dimension(SERVED, served.wire_name()),
        ],
    };
    dimensions.extend(window.map(|window| dimension(CONTEXT, window)));
    dimensions
}

/// `model+flex` taken apart; an id with another suffix, or none, is whole.
fn split_suffix(model: &str) -> (&str, Option<TierPair>) {
    match model.rsplit_once('+') {
        Some((id, tier)) if !id.is_empty() && SUFFIX_TIERS.contains(&tier) => {
            (id, Some(TierPair { asked: Tier::from(tier), served: None }))
        }
        _ => (model, None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(pairs: &[(&str, &str)]) -> Vec<Dimension> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn bedrock(pairs: &[(&str, &str)]) -> Option<Part> {
        part_of(Namespace::Bedrock, &set(pairs))
    }

    fn pair(asked: &str, served: Option<&str>) -> TierPair {
        TierPair { asked: Tier::from(asked), served: served.map(Tier::from) }
    }

    #[test]
    fn each_documented_set_has_its_part() {
        let id = EndpointId::from("us.m");
        assert_eq!(bedrock(&[]), Some(Part::Account));
        assert_eq!(bedrock(&[("ModelId", "us.m")]), Some(Part::Endpoint(id.clone())));
        let both = [("ServiceTier", "priority"), ("ModelId", "us.m"), ("ResolvedServiceTier", "default")];
        assert_eq!(bedrock(&both), Some(Part::Tier(id.clone(), pair("priority", Some("default")))));
        assert_eq!(bedrock(&[("ModelId", "us.m+flex")]), Some(Part::Tier(id.clone(), pair("flex", None))));
        let window = [("ModelId", "us.m"), ("ContextWindow", "200K+")];
        assert_eq!(bedrock(&window), Some(Part::Context(id.clone(), None, "200K+".into())));
        let mantle = part_of(Namespace::Mantle, &set(&[("Model", "gpt")]));
        assert_eq!(mantle, Some(Part::Endpoint(EndpointId::from("gpt"))));
    }

    #[test]
    fn sets_without_a_meaning_are_skipped() {
        for pairs in [
            &[("ModelId", "Across all model IDs")][..],
            &[("ModelId", "m"), ("ResolvedServiceTier", "flex")],
            &[("ModelId", "m"), ("ServiceTier", "flex")],
            &[("ModelId", "m"), ("ImageSize", "512"), ("BucketedStepSize", "30")],
            &[("Project", "p")],
            &[("ContextWindow", "200K+")],
            &[("ModelId", "")],
            &[("ModelId", "m"), ("ModelId", "n")],
        ] {
            assert_eq!(bedrock(pairs), None, "{pairs:?}");
        }
        assert_eq!(part_of(Namespace::Mantle, &set(&[("Model", "m"), ("Project", "p")])), None);
    }

    #[test]
    fn a_plus_that_names_no_tier_belongs_to_the_id() {
        assert_eq!(bedrock(&[("ModelId", "m+x")]), Some(Part::Endpoint(EndpointId::from("m+x"))));
        assert_eq!(bedrock(&[("ModelId", "+flex")]), Some(Part::Endpoint(EndpointId::from("+flex"))));
    }

    fn any_tier() -> impl Strategy<Value = Tier> {
        prop::sample::select(vec!["priority", "default", "flex", "reserved", "ultrafast"]).prop_map(Tier::from)
    }

    fn any_pair() -> impl Strategy<Value = TierPair> {
        (any_tier(), prop::option::of(any_tier())).prop_map(|(asked, served)| TierPair { asked, served })
    }

    fn any_part() -> impl Strategy<Value = Part> {
        let id = || "[a-z0-9.:/-]{1,30}".prop_map(EndpointId::from);
        prop_oneof![
            Just(Part::Account),
            id().prop_map(Part::Endpoint),
            (id(), any_pair()).prop_map(|(id, pair)| Part::Tier(id, pair)),
            (id(), prop::option::of(any_pair()), "[0-9]{1,3}K\\+?").prop_map(|(id, pair, window)| Part::Context(
                id,
                pair,
                window.into()
            )),
        ]
    }

    proptest! {
        #[test]
        fn what_a_part_is_asked_by_means_that_part(part in any_part(), mantle in any::<bool>()) {
            let namespace = if mantle { Namespace::Mantle } else { Namespace::Bedrock };
            prop_assert_eq!(part_of(namespace, &dimensions_of(namespace, &part)), Some(part));
        }
    }
}
