//! Quota names and the models that they mean: the whole table of the simulated account against the published key, and what must hold of any text.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
    sync::LazyLock,
};

use proptest::prelude::*;
use tiertop::domain::{
    catalog::{Catalog, Listing, Model},
    governing::GoverningQuotas,
    ids::ModelId,
    matching::{Match, Matcher, Matching, Pins},
    quota::{Quota, QuotaTable},
    quota_name::{QuotaName, QuotaScope, decode},
};

use crate::properties::config;

/// Of the quotas in the key whose model is listed, this share must be matched.
const MATCHED_AT_LEAST_PERCENT: usize = 95;

/// Rows of a table without its comments.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn model(id: &str, name: &str, provider: &str, inference_types: &str) -> Model {
    Model {
        id: id.into(),
        arn: id.into(),
        name: name.into(),
        provider: provider.into(),
        lifecycle: None,
        dates: tiertop::domain::catalog::LifecycleDates::default(),
        inference_types: inference_types.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
    }
}

/// Every model of the simulated account, mantle's among them.
fn models() -> Vec<Model> {
    rows(include_str!("../../assets/sim/models.tsv")).map(|row| model(row[0], row[1], row[2], row[6])).collect()
}

/// Code, name, scope and metric of every quota of the table, those without a published default among them.
fn quotas() -> Vec<[&'static str; 4]> {
    rows(include_str!("../../assets/sim/quotas.tsv")).map(|row| [row[0], row[1], row[3], row[4]]).collect()
}

/// The labels of inference quotas.
fn labels() -> BTreeSet<&'static str> {
    quotas().iter().map(|[_, name, ..]| decode(name)).filter(QuotaName::is_inference).filter_map(|n| n.label).collect()
}

fn matcher(models: &[Model]) -> Matcher {
    Matcher::new(models.iter(), labels().into_iter())
}

/// Quotas of these codes and names with what they govern.
fn governing(named: impl Iterator<Item = (String, String)>, models: &[Model]) -> GoverningQuotas {
    let quotas = named.map(|(code, name)| Quota {
        code: code.into(),
        name,
        applied: Some(1.0),
        default: None,
        adjustable: false,
        error: None,
        default_error: None,
    });
    let table = QuotaTable { quotas: quotas.collect(), applied_listed: true, defaults_listed: false };
    let catalog = Catalog::new(&Listing { models: models.to_vec(), profiles: vec![] });
    GoverningQuotas::new(&table, &catalog, models, &Pins::new())
}

fn all_matched(models: &[Model]) -> BTreeMap<&'static str, Matching> {
    let matcher = matcher(models);
    labels().into_iter().map(|label| (label, matcher.matching(label))).collect()
}

#[test]
fn every_name_of_the_table_is_decoded() {
    for [code, name, scope, metric] in quotas() {
        let decoded = decode(name);
        let said = (decoded.scope.name(), decoded.metric.map_or("", |metric| metric.name()));
        assert_eq!(said, (scope, metric), "{code} {name}");
    }
}

/// Whether a quota of this scope limits calls to an endpoint of the key.
fn draws_on(scope: QuotaScope, endpoint: &str) -> bool {
    use QuotaScope as S;
    match endpoint {
        "base" => matches!(scope, S::InRegion | S::InRegionAndGeo | S::LatencyOptimized),
        "global" => scope == S::Global,
        "custom" => scope == S::CustomDeployment,
        _geography => matches!(scope, S::Geo | S::InRegionAndGeo),
    }
}

#[test]
fn the_published_key_is_met() {
    let (models, quotas) = (models(), quotas());
    let governing = governing(quotas.iter().map(|[code, name, ..]| ((*code).to_owned(), (*name).to_owned())), &models);
    let known: HashMap<&str, _> = governing.quotas().iter().map(|known| (known.quota.code.as_str(), known)).collect();
    let listed: BTreeSet<&str> = models.iter().map(|model| model.id.as_str()).collect();
    let mut of_code: BTreeMap<&str, &Match> = BTreeMap::new();
    for [code, id, endpoint] in rows(include_str!("../interop/data/quota-key.tsv")).map(|row| [row[0], row[1], row[2]])
    {
        let (known, name) = (known[code], known[code].quota.name.as_str());
        assert!(draws_on(known.scope, endpoint), "{code} {name} {endpoint}");
        // Behind the id of a custom deployment stands its context's length.
        let base = if endpoint == "custom" { id.rsplit_once(':').unwrap().0 } else { id };
        if listed.contains(base) {
            let matching = &known.matching;
            of_code.insert(code, &matching.matched);
            let right = matching.matched != Match::One || matching.models.contains(&base.into());
            assert!(right, "{code} {name} is not {:?}: {}", matching.base_model, matching.why);
        }
    }
    let one = of_code.values().filter(|matched| ***matched == Match::One).count();
    assert!(of_code.len() > 100, "{}", of_code.len());
    assert!(one * 100 >= of_code.len() * MATCHED_AT_LEAST_PERCENT, "{one} of {}", of_code.len());
}

#[test]
fn no_two_quotas_of_the_table_claim_one_model() {
    let models = models();
    let matched = all_matched(&models);
    let named = quotas().into_iter().map(|[code, name, ..]| (code.to_owned(), name.to_owned()));
    for known in governing(named, &models).quotas() {
        if let Some(by_name) = known.label.as_deref().and_then(|label| matched.get(label)) {
            assert_eq!(known.matching, *by_name, "{} {}", known.quota.code, known.quota.name);
        }
    }
}

/// Every label of the table, looked at by hand: what it means, and why.
#[test]
fn every_label_of_the_table_means_what_it_says() {
    let mut report = String::new();
    for (label, matching) in all_matched(&models()) {
        let meant = match &matching.matched {
            Match::One => matching.models.iter().map(ModelId::as_str).collect::<Vec<_>>().join(" = "),
            Match::Ambiguous { candidates } => candidates.join(" or "),
            Match::Unknown | Match::NotInference => "?".to_owned(),
        };
        writeln!(report, "{label}\n  {meant}\n  {}", matching.why).unwrap();
    }
    insta::assert_snapshot!("labels", report);
}

#[test]
fn every_model_s_own_name_means_it() {
    let (models, labels) = (models(), labels());
    for own in &models {
        for label in [own.name.clone(), format!("{} {}", own.provider, own.name)] {
            let matcher = Matcher::new(models.iter(), labels.iter().copied().chain([label.as_str()]));
            let matching = matcher.matching(&label);
            let bears_it =
                |id: &ModelId| models.iter().any(|model| model.id == *id && model.name.eq_ignore_ascii_case(&own.name));
            assert!(matching.models.iter().any(bears_it), "{label}: {}", matching.why);
        }
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// What the table's labels mean.
static TABLE: LazyLock<(Matcher, BTreeMap<&'static str, Matching>)> =
    LazyLock::new(|| (matcher(&models()), all_matched(&models())));

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn any_text_may_be_a_quota_s_name_and_any_text_a_model_s(
        name in any::<String>(), prefix in 0..4_usize, label in "\\PC*", id in "\\PC*", provider in any::<String>(),
    ) {
        let subjects = [
            "",
            "Cross-region model inference tokens per minute for ",
            "Model invocation max tokens per day for ",
            "cross-model ",
        ];
        let _ = decode(&name);
        let made = format!("{}{label}", subjects[prefix]);
        if let Some(label) = decode(&made).label {
            prop_assert!(made.contains(label));
        }
        let models = [model(&id, &name, &provider, ""), model(&name, &label, &id, ""), model(&label, "", "", "")];
        let matcher = Matcher::new(models.iter(), [name.as_str(), label.as_str()].into_iter());
        for label in [&name, &label, &id, &provider] {
            let matching = matcher.matching(label);
            prop_assert_eq!(matching.base_model.is_some(), matching.matched == Match::One);
            prop_assert!(matching.models.len() <= models.len() && !matching.why.is_empty());
            let pinned = matcher.pinned(&id.as_str().into(), Some(label), &matching);
            prop_assert_eq!(pinned.matched, Match::One);
        }
    }

    #[test]
    fn a_label_with_another_digit_is_never_the_same_model_s(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), other in 1..10_u32,
    ) {
        let (matcher, all) = (&TABLE.0, TABLE.1.keys().filter(|label| label.contains(is_digit)).collect::<Vec<_>>());
        let label = **which.get(&all);
        let (at, digit) = *at.get(&label.char_indices().filter(|(_, c)| is_digit(*c)).collect::<Vec<_>>());
        let mut changed = label.to_owned();
        changed.replace_range(at..=at, &((digit.to_digit(10).unwrap() + other) % 10).to_string());
        let (before, after) = (matcher.matching(label), matcher.matching(&changed));
        prop_assert!(after.base_model.is_none() || after.base_model != before.base_model, "{}: {}", changed, after.why);
    }

}

proptest! {
    // Each case matches the whole table.
    #![proptest_config(config(30))]

    #[test]
    fn the_order_of_the_listing_changes_nothing(models in Just(models()).prop_shuffle()) {
        prop_assert_eq!(&all_matched(&models), &TABLE.1);
    }

    #[test]
    fn another_maker_s_models_change_nothing(
        words in prop::collection::vec("zz[a-z]{2,6}", 1..4), number in 1..99_u32, named in any::<bool>(), first in any::<bool>(),
    ) {
        let id = format!("zz{}.{}-{number}-v1:0", words[0], words.join("-"));
        let name = if named { format!("{} {number}", words.join(" ")) } else { String::new() };
        let mut more = models();
        more.insert(if first { 0 } else { more.len() }, model(&id, &name, &words[0], "ON_DEMAND"));
        prop_assert_eq!(&all_matched(&more), &TABLE.1);
    }

}

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn a_full_label_of_models_to_come_means_its_own_or_none(
        made in prop::collection::btree_set(invented(), 1..12), gone in any::<prop::sample::Index>(), spelling in 0..6_usize, named in any::<bool>(),
    ) {
        let made: Vec<Invented> = made.into_iter().collect();
        let gone = gone.index(made.len());
        for is_listed in [true, false] {
            let listed = made.iter().enumerate().filter(|(index, _)| is_listed || *index != gone);
            let models: Vec<Model> = listed.map(|(_, one)| one.model(named)).collect();
            let name = |one: &Invented| format!("On-demand model inference tokens per minute for {}", one.label(spelling));
            let names = made.iter().enumerate().map(|(index, one)| (format!("L-{index}"), name(one)));
            let governing = governing(names, &models);
            for (index, (one, known)) in made.iter().zip(governing.quotas()).enumerate() {
                let expected = (is_listed || index != gone).then(|| one.model(named).id);
                let matching = &known.matching;
                prop_assert_eq!(&matching.base_model, &expected, "{:?} of {:?}: {}", known.label, models, matching.why);
            }
        }
    }
}

/// A model that nobody has made yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Invented {
    family: &'static str,
    variant: Option<&'static str>,
    version: (u32, Option<u32>),
    /// Whether the version stands before the variant.
    is_generation: bool,
    size: Option<u32>,
    revision: u32,
}

fn invented() -> impl Strategy<Value = Invented> {
    let variants = prop::option::of(prop::sample::select(vec!["Ultra", "Scout", "Coder"]));
    let version = (1..4_u32, prop::option::of(1..4_u32));
    let size = prop::option::of(prop::sample::select(vec![7, 70, 405]));
    (prop::sample::select(vec!["Borealis", "Quill"]), variants, version, size, 1..3_u32).prop_map(
        |(family, variant, version, size, revision)| Invented {
            family,
            variant,
            version,
            // One family writes its versions in one way.
            is_generation: family == "Quill",
            size,
            revision,
        },
    )
}

impl Invented {
    fn parts(&self, between: &str) -> Vec<String> {
        let version = match self.version {
            (major, Some(minor)) => format!("{major}{between}{minor}"),
            (major, None) => major.to_string(),
        };
        let variant = self.variant.map(str::to_owned);
        let words = if self.is_generation { [Some(version), variant] } else { [variant, Some(version)] };
        let size = self.size.map(|size| format!("{size}B"));
        [Some(self.family.to_owned())].into_iter().chain(words).chain([size]).flatten().collect()
    }

    fn name(&self) -> String {
        let revision = (self.revision > 1).then(|| format!("v{}", self.revision));
        self.parts(".").into_iter().chain(revision).collect::<Vec<_>>().join(" ")
    }

    fn model(&self, named: bool) -> Model {
        let id = format!("acme.{}-v{}:0", self.parts("-").join("-").to_lowercase(), self.revision);
        let name = if named { self.name() } else { String::new() };
        model(&id, &name, if named { "Acme AI" } else { "" }, "ON_DEMAND")
    }

    /// As quotas are named: with or without the maker, `V1`, in capitals, glued.
    fn label(&self, spelling: usize) -> String {
        let name = self.name();
        let first = if self.revision == 1 { " V1" } else { "" };
        match spelling {
            0 => name,
            1 => format!("Acme AI {name}"),
            2 => format!("{name}{first}"),
            3 => format!("Acme {}{first}", name.to_uppercase()),
            4 => name.replace(' ', "-"),
            _ => format!("ACME {}", name.replacen(' ', "", usize::from(self.variant.is_none()))),
        }
    }
}
