//! The account's quotas with what their names mean: which model, which endpoints, and which quotas govern a model in a scope. Made once per listing of quotas
//! and models, then only read.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    catalog::{Catalog, Endpoint, EndpointKind, Model, Scope},
    ids::{EndpointId, ModelId, QuotaCode},
    matching::{Match, Matcher, Matching, Pins, RIVALS_LISTED},
    quota::{Quota, QuotaTable},
    quota_name::{QuotaMetric, QuotaName, QuotaScope, decode},
};

/// A quota with what its name means.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownQuota {
    /// The quota.
    pub quota: Quota,
    /// The value in force; None where unknown.
    pub in_force: Option<f64>,
    /// Whose calls.
    pub scope: QuotaScope,
    /// What it counts; None where it is nothing of inference.
    pub metric: Option<QuotaMetric>,
    /// The model as its name spells it; None where it names none.
    pub label: Option<String>,
    /// Which variant of the model, such as `1m-context`; None is the usual one.
    pub variant: Option<String>,
    /// Which model that is, how sure, and why.
    pub matching: Matching,
    /// What callers name whose calls draw on it, as far as the catalog lists it.
    pub endpoints: Vec<EndpointId>,
}

impl KnownQuota {
    /// Whether calls to an endpoint draw on it, as far as it is its model's.
    #[must_use]
    pub fn is_drawn_on_by(&self, endpoint: &Endpoint) -> bool {
        endpoint.model.as_ref().is_some_and(|model| self.matching.models.contains(model))
            && draws_on(endpoint, self.scope)
    }
}

/// Scopes whose use is told apart. Latency-optimised calls are counted under the model's usual id.
const TOLD_APART: [QuotaScope; 5] =
    [QuotaScope::InRegion, QuotaScope::Geo, QuotaScope::Global, QuotaScope::InRegionAndGeo, QuotaScope::Mantle];

/// The account's quotas, and those that govern a model in a scope.
#[derive(Debug, Clone, Default)]
pub struct GoverningQuotas {
    quotas: Vec<Arc<KnownQuota>>,
    by_model: HashMap<(ModelId, QuotaScope), Vec<usize>>,
}

impl GoverningQuotas {
    /// Matches every inference quota with the models. `pins`: what the user's configuration says of single codes.
    #[must_use]
    pub fn new(table: &QuotaTable, catalog: &Catalog, models: &[Model], pins: &Pins) -> Self {
        let names: Vec<QuotaName<'_>> = table.quotas.iter().map(|quota| decode(&quota.name)).collect();
        let matcher = Matcher::new(models.iter(), names.iter().filter_map(|name| name.label));
        let mut of_label: HashMap<&str, Matching> = HashMap::new();
        let mut quotas: Vec<KnownQuota> = Vec::with_capacity(names.len());
        for (quota, name) in table.quotas.iter().zip(names) {
            let by_name = match (name.is_inference(), name.label) {
                (true, Some(label)) => of_label.entry(label).or_insert_with(|| matcher.matching(label)).clone(),
                (true, None) => Matching::of_no_model(),
                (false, _) => Matching::not_inference(),
            };
            let matching = match pins.get(&quota.code) {
                Some(model) => matcher.pinned(model, name.label, &by_name),
                None => by_name,
            };
            quotas.push(KnownQuota {
                in_force: table.in_force(quota),
                scope: name.scope,
                metric: name.metric,
                label: name.label.map(str::to_owned),
                variant: name.variant(),
                quota: quota.clone(),
                matching,
                endpoints: Vec::new(),
            });
        }
        mark_rivals(&mut quotas, pins, &matcher);
        let by_id = endpoints_by_model(catalog);
        for known in &mut quotas {
            known.endpoints = endpoints(known, &by_id);
        }
        let mut by_model: HashMap<(ModelId, QuotaScope), Vec<usize>> = HashMap::new();
        for (index, known) in quotas.iter().enumerate().filter(|(_, known)| known.variant.is_none()) {
            for model in &known.matching.models {
                by_model.entry((model.clone(), known.scope)).or_default().push(index);
            }
        }
        Self { quotas: quotas.into_iter().map(Arc::new).collect(), by_model }
    }

    /// Every quota of the service, by code.
    #[must_use]
    pub fn quotas(&self) -> &[Arc<KnownQuota>] {
        &self.quotas
    }

    /// Whether any of these models has a quota of its own for the tokens per minute of geographic profiles.
    #[must_use]
    pub fn has_geo_tokens<'a>(&self, models: impl IntoIterator<Item = &'a ModelId>) -> bool {
        let is_theirs = |known: &Arc<KnownQuota>| {
            known.metric == Some(QuotaMetric::TokensPerMinute) && known.matching.matched == Match::One
        };
        models.into_iter().any(|model| self.of(model, QuotaScope::Geo).any(is_theirs))
    }

    /// The quotas of a model's usual variant in a scope: those that are its own, and those that may be.
    pub fn of<'a>(&'a self, model: &ModelId, scope: QuotaScope) -> impl Iterator<Item = &'a Arc<KnownQuota>> + 'a {
        let indices = self.by_model.get(&(model.clone(), scope)).map_or(&[][..], Vec::as_slice);
        indices.iter().filter_map(|index| self.quotas.get(*index))
    }

    /// A quota by its code.
    #[must_use]
    pub fn get(&self, code: &QuotaCode) -> Option<&Arc<KnownQuota>> {
        self.quotas.iter().find(|known| known.quota.code == *code)
    }

    /// The quotas that calls to an endpoint draw on: of its model's usual variant, those that are its own, and those that may be.
    pub fn drawn_on_by<'a>(&'a self, endpoint: &'a Endpoint) -> impl Iterator<Item = &'a Arc<KnownQuota>> + 'a {
        let scopes = TOLD_APART.into_iter().filter(|scope| draws_on(endpoint, *scope));
        endpoint.model.iter().flat_map(move |model| scopes.clone().flat_map(|scope| self.of(model, scope)))
    }

    /// Whether an endpoint's calls with a long context have a quota of their own: then they are no use of the usual one.
    #[must_use]
    pub fn has_long_context(&self, endpoint: &Endpoint) -> bool {
        self.quotas.iter().any(|known| {
            known.variant.is_some()
                && known.metric == Some(QuotaMetric::TokensPerMinute)
                && TOLD_APART.contains(&known.scope)
                && known.is_drawn_on_by(endpoint)
        })
    }
}

/// A quota that counts for a model, and how strong its claim is.
struct Claim {
    code: QuotaCode,
    /// Pinned before named in full before named in part.
    strength: Strength,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    NamedInPart,
    NamedInFull,
    Pinned,
}

/// Two quotas that count the same for the same model, scope and variant: the stronger claim stands (`Llama 2 Chat 13B` before `Llama 2 13B`), of equal ones
/// neither is chosen.
fn mark_rivals(quotas: &mut [KnownQuota], pins: &Pins, matcher: &Matcher) {
    type Key = (ModelId, QuotaScope, Option<QuotaMetric>, Option<String>);
    let key = |known: &KnownQuota| -> Option<Key> {
        let model = known.matching.base_model.as_ref().filter(|_| known.matching.matched == Match::One)?;
        // Model units are asked for with and without commitment: two quotas of one model that do not rival.
        (known.scope != QuotaScope::Provisioned)
            .then(|| (model.clone(), known.scope, known.metric, known.variant.clone()))
    };
    let mut by_key: HashMap<Key, Vec<usize>> = HashMap::new();
    for (index, known) in quotas.iter().enumerate() {
        if let Some(key) = key(known) {
            by_key.entry(key).or_default().push(index);
        }
    }
    for rivals in by_key.into_values().filter(|rivals| rivals.len() > 1) {
        let claims: Vec<Claim> = rivals.iter().map(|index| claim(&quotas[*index], pins, matcher)).collect();
        let strongest = claims.iter().map(|claim| claim.strength).max().unwrap_or(Strength::NamedInPart);
        let standing = || claims.iter().filter(|claim| claim.strength == strongest);
        let named: Vec<QuotaCode> = standing().take(RIVALS_LISTED).map(|claim| claim.code.clone()).collect();
        let count = standing().count();
        for (index, claim) in rivals.into_iter().zip(&claims) {
            let matching = &mut quotas[index].matching;
            match named.as_slice() {
                [code] if claim.strength < strongest => matching.yields_to(code, strongest == Strength::Pinned),
                [_] => {}
                named => matching.rivalled_by(named, count),
            }
        }
    }
}

fn claim(known: &KnownQuota, pins: &Pins, matcher: &Matcher) -> Claim {
    let in_full = || known.label.as_deref().is_some_and(|label| matcher.says_all(label));
    let strength = match pins.contains_key(&known.quota.code) {
        true => Strength::Pinned,
        false if in_full() => Strength::NamedInFull,
        false => Strength::NamedInPart,
    };
    Claim { code: known.quota.code.clone(), strength }
}

fn endpoints_by_model(catalog: &Catalog) -> BTreeMap<&ModelId, Vec<&Endpoint>> {
    let mut by_model: BTreeMap<&ModelId, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in catalog.endpoints() {
        if let Some(model) = &endpoint.model {
            by_model.entry(model).or_default().push(endpoint);
        }
    }
    by_model
}

/// What callers name whose calls draw on a quota.
fn endpoints(known: &KnownQuota, by_model: &BTreeMap<&ModelId, Vec<&Endpoint>>) -> Vec<EndpointId> {
    let models = || known.matching.models.iter().filter(|_| known.matching.matched == Match::One);
    if known.scope == QuotaScope::Mantle {
        // The runtime's ids end with `:0`, mantle's do not; where only the runtime's is listed, mantle may still know the model by it.
        let own = || models().filter(|model| !model.as_str().contains(':'));
        let named = if own().next().is_some() { own().collect::<Vec<_>>() } else { models().collect() };
        return named.into_iter().map(|model| EndpointId::from(model.as_str())).collect();
    }
    let draws = |endpoint: &&&Endpoint| draws_on(endpoint, known.scope);
    models()
        .filter_map(|model| by_model.get(model))
        .flat_map(|endpoints| endpoints.iter().filter(draws))
        .map(|endpoint| endpoint.id.clone())
        .collect()
}

/// Whether calls to an endpoint draw on the quotas of a scope.
pub(super) fn draws_on(endpoint: &Endpoint, scope: QuotaScope) -> bool {
    let in_region = endpoint.scope == Some(Scope::InRegion);
    let geo = matches!(endpoint.scope, Some(Scope::Geo(_)));
    match scope {
        QuotaScope::Mantle => endpoint.kind == EndpointKind::Mantle,
        _ if endpoint.kind == EndpointKind::Mantle => false,
        QuotaScope::InRegion => in_region,
        QuotaScope::Geo => geo,
        QuotaScope::Global => endpoint.scope == Some(Scope::Global),
        QuotaScope::InRegionAndGeo | QuotaScope::LatencyOptimized => in_region || geo,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::catalog::Listing, *};

    fn model(id: &str, name: &str) -> Model {
        Model {
            id: id.into(),
            arn: format!("arn:aws:bedrock:us-east-1::foundation-model/{id}").into(),
            name: name.into(),
            provider: id.split('.').next().unwrap_or_default().into(),
            lifecycle: None,
            dates: crate::domain::catalog::LifecycleDates::default(),
            inference_types: vec!["ON_DEMAND".into()],
        }
    }

    /// Governing quotas of these names, their codes being `L-0`, `L-1` and so on.
    fn governing(names: &[&str], models: &[Model], pins: &[(&str, &str)]) -> GoverningQuotas {
        let quota = |(index, name): (usize, &&str)| Quota {
            code: format!("L-{index}").into(),
            name: (*name).to_owned(),
            applied: Some(1.0),
            default: None,
            adjustable: true,
            error: None,
            default_error: None,
        };
        let table = QuotaTable {
            quotas: names.iter().enumerate().map(quota).collect(),
            applied_listed: true,
            defaults_listed: true,
        };
        let pins = pins.iter().map(|(code, model)| (QuotaCode::from(code), ModelId::from(model))).collect();
        let catalog = Catalog::new(&Listing { models: models.to_vec(), profiles: vec![] });
        GoverningQuotas::new(&table, &catalog, models, &pins)
    }

    fn codes(governing: &GoverningQuotas, model: &str, scope: QuotaScope) -> Vec<String> {
        governing.of(&model.into(), scope).map(|known| known.quota.code.to_string()).collect()
    }

    #[test]
    fn the_kind_of_endpoint_and_the_variant_keep_quotas_apart() {
        let models = [model("anthropic.claude-opus-4-6-v1", "Claude Opus 4.6")];
        let governing = governing(
            &[
                "Cross-region model inference tokens per minute for Anthropic Claude Opus 4.6 V1",
                "Cross-region model inference tokens per minute for Anthropic Claude Opus 4.6 V1 1M Context Length",
                "On-demand latency-optimized model inference tokens per minute for Anthropic Claude Opus 4.6",
                "Global cross-region model inference tokens per minute for Anthropic Claude Opus 4.6 V1",
                "On-demand model inference tokens per minute for Anthropic Claude Opus 4.6 V1",
            ],
            &models,
            &[],
        );
        let id = "anthropic.claude-opus-4-6-v1";
        assert!(governing.quotas().iter().all(|known| known.matching.base_model == Some(id.into())));
        assert_eq!(codes(&governing, id, QuotaScope::Geo), ["L-0"]);
        assert_eq!(codes(&governing, id, QuotaScope::LatencyOptimized), ["L-2"]);
        assert_eq!(codes(&governing, id, QuotaScope::Global), ["L-3"]);
        assert_eq!(codes(&governing, id, QuotaScope::InRegion), ["L-4"]);
        assert_eq!(governing.quotas()[1].variant.as_deref(), Some("1m-context"));
    }

    #[test]
    fn of_two_quotas_that_count_the_same_the_stronger_claim_stands() {
        let chat = [model("meta.llama2-13b-chat-v1", "Llama 2 Chat 13B")];
        let names = [
            "On-demand model inference requests per minute for Meta Llama 2 13B",
            "On-demand model inference requests per minute for Meta Llama 2 Chat 13B",
        ];
        let by_name = governing(&names, &chat, &[]);
        assert_eq!(codes(&by_name, "meta.llama2-13b-chat-v1", QuotaScope::InRegion), ["L-1"]);
        let yields = &by_name.quotas()[0].matching;
        assert_eq!(yields.matched, Match::Unknown);
        assert_eq!(yields.why, "L-1 counts the same and names in full meta.llama2-13b-chat-v1");
        let pinned = governing(&names, &chat, &[("L-0", "meta.llama2-13b-chat-v1")]);
        assert_eq!(codes(&pinned, "meta.llama2-13b-chat-v1", QuotaScope::InRegion), ["L-0"]);
        assert_eq!(pinned.quotas()[0].matching.pin_contradicts, None);
        let twice = governing(&[names[1], names[1]], &chat, &[]);
        let candidates = vec!["L-0".to_owned(), "L-1".to_owned()];
        assert!(
            twice
                .quotas()
                .iter()
                .all(|known| known.matching.matched == Match::Ambiguous { candidates: candidates.clone() })
        );
    }

    #[test]
    fn a_quota_of_mantle_is_of_the_ids_that_mantle_knows() {
        let models = [model("openai.gpt-oss-120b", "gpt-oss-120b"), model("openai.gpt-oss-120b-1:0", "gpt-oss-120b")];
        let governing = governing(
            &[
                "[bedrock-mantle endpoint] Input tokens per minute for GPT OSS 120B",
                "On-demand model inference tokens per minute for OpenAI GPT OSS 120B",
            ],
            &models,
            &[],
        );
        let [mantle, runtime] = governing.quotas() else { panic!() };
        assert_eq!(mantle.endpoints, ["openai.gpt-oss-120b".into()]);
        assert_eq!(runtime.matching.models.len(), 2);
        assert_eq!(mantle.matching.base_model, Some("openai.gpt-oss-120b-1:0".into()));
    }

    #[test]
    fn a_pin_that_contradicts_is_followed_and_reported() {
        let models = [model("anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6"), model("anthropic.claude-opus-5", "")];
        let name = "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.6";
        let governing = governing(&[name, "Records per batch"], &models, &[("L-0", "anthropic.claude-opus-5")]);
        let matching = &governing.quotas()[0].matching;
        assert_eq!(matching.base_model, Some("anthropic.claude-opus-5".into()));
        let contradicts = matching.pin_contradicts.as_deref();
        assert_eq!(contradicts, Some("by its name it is another's: the label says the same as Claude Sonnet 4.6"));
        assert_eq!(governing.quotas()[1].matching.matched, Match::NotInference);
    }
}
