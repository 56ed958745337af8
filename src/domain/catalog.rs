//! What exists in the account: models, inference profiles and the endpoints that a caller can name, joined by base model.
//!
//! Knows ids and how they hang together; knows nothing of traffic or quotas. Enums of AWS are kept as open strings: real answers hold values that no SDK lists.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    discovery::Meter,
    ids::{Arn, EndpointId, ModelId, PoolId},
    metric::Namespace,
};

/// A foundation model as `ListFoundationModels` gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// `modelId`.
    pub id: ModelId,
    /// `modelArn`.
    pub arn: Arn,
    /// `modelName`, empty where AWS gives none.
    pub name: String,
    /// `providerName`.
    pub provider: String,
    /// `modelLifecycle.status`: `ACTIVE`, `LEGACY` or what else AWS says.
    pub lifecycle: Option<String>,
    /// When its lifecycle's phases begin.
    #[serde(default)]
    pub dates: LifecycleDates,
    /// `inferenceTypesSupported`, open strings.
    pub inference_types: Vec<String>,
}

/// When the phases of a model's lifecycle begin; None where AWS gives no date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleDates {
    /// `modelLifecycle.legacyTime`: from then on new accounts cannot use it, and no quota is raised.
    pub legacy: Option<Timestamp>,
    /// `modelLifecycle.publicExtendedAccessTime`: from then on it is dearer.
    pub extended_access: Option<Timestamp>,
    /// `modelLifecycle.endOfLifeTime`: from then on calls fail.
    pub end_of_life: Option<Timestamp>,
}

/// An inference profile as `ListInferenceProfiles` gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// `inferenceProfileId`: `us.…`, `global.…`, or an application profile's short id.
    pub id: EndpointId,
    /// `inferenceProfileArn`.
    pub arn: Arn,
    /// `inferenceProfileName`.
    pub name: String,
    /// `type`: `SYSTEM_DEFINED`, `APPLICATION` or what else AWS says.
    pub kind: String,
    /// `models[].modelArn`: where calls may go.
    pub models: Vec<Arn>,
}

/// What the control plane listed. The cached form of the catalog.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// Every model.
    pub models: Vec<Model>,
    /// Every profile, of both types, each id once.
    pub profiles: Vec<Profile>,
}

/// What kind of thing a caller names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    /// A model by its own id.
    Model,
    /// A system-defined inference profile.
    SystemProfile,
    /// An application inference profile: one account's, copied from a model or a system profile.
    ApplicationProfile,
    /// A model on bedrock-mantle.
    Mantle,
    /// An id that only `CloudWatch` knows: a custom deployment, an imported or removed model, a profile that was deleted.
    Unlisted,
}

/// Where calls may be served.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The Region itself.
    InRegion,
    /// A geography, by its prefix (`us`, `eu`, `apac`, …).
    Geo(String),
    /// Anywhere.
    Global,
}

impl Scope {
    /// `in-region`, `geo` or `global`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::InRegion => "in-region",
            Self::Geo(_) => "geo",
            Self::Global => "global",
        }
    }

    /// The scope of a profile id's prefix.
    fn of_prefix(prefix: &str) -> Self {
        if prefix == "global" { Self::Global } else { Self::Geo(prefix.to_owned()) }
    }
}

/// Something that takes calls and whose traffic `CloudWatch` counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// What callers send and `CloudWatch` shows.
    pub id: EndpointId,
    /// Its ARN; None for ids that only `CloudWatch` knows.
    pub arn: Option<Arn>,
    /// What it is.
    pub kind: EndpointKind,
    /// Where its calls may be served; None where its profile's source is unknown.
    pub scope: Option<Scope>,
    /// The base model; None where it is not known.
    pub model: Option<ModelId>,
    /// The base model's name as AWS writes it, else its id, else the endpoint's id.
    pub model_name: String,
    /// The model's provider; empty where unknown.
    pub provider: String,
    /// An application profile's own name; None for the rest.
    pub profile_name: Option<String>,
    /// For an application profile: the model or system profile that it was copied from.
    pub source: Option<EndpointId>,
    /// Who it shares its quota with.
    pub pool: PoolId,
    /// The namespace that counts its traffic.
    pub namespace: Namespace,
}

impl Endpoint {
    /// Its id as its namespace meters it.
    #[must_use]
    pub fn meter(&self) -> Meter {
        Meter { namespace: self.namespace, endpoint: self.id.clone() }
    }

    /// Whether it may draw on a quota that is not known to be its own: an application profile without a certain source, or an id that looks like one's
    /// (`CloudWatch` shows their short ids, which have neither a dot nor a slash).
    #[must_use]
    pub fn may_share_another_quota(&self) -> bool {
        let id = self.id.as_str();
        match self.kind {
            EndpointKind::ApplicationProfile => self.source.is_none(),
            EndpointKind::Unlisted => !id.contains(['.', '/']) || id.contains("application-inference-profile/"),
            _ => false,
        }
    }
}

/// The catalog: endpoints by id, and every name under which `CloudWatch` may speak of them.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    endpoints: BTreeMap<(Namespace, EndpointId), Endpoint>,
    by_name: HashMap<String, EndpointId>,
    models: Vec<Model>,
}

impl Catalog {
    /// Joins what the control plane listed.
    #[must_use]
    pub fn new(listing: &Listing) -> Self {
        let mut catalog = Self { models: listing.models.clone(), ..Self::default() };
        for model in &listing.models {
            catalog.insert(model_endpoint(model));
        }
        let by_id: HashMap<&str, &Model> = listing.models.iter().map(|model| (model.id.as_str(), model)).collect();
        let (application, system): (Vec<_>, Vec<_>) = listing.profiles.iter().partition(|p| p.kind == "APPLICATION");
        let mut sources: HashMap<Vec<&str>, Vec<&Profile>> = HashMap::new();
        for profile in system {
            sources.entry(destinations(profile)).or_default().push(profile);
            catalog.insert(system_endpoint(profile, &by_id));
        }
        for profile in application {
            let source = catalog.source_of(profile, &sources);
            catalog.insert(application_endpoint(profile, source.as_ref(), &by_id));
        }
        catalog
    }

    /// The listed models.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Every listed endpoint, by namespace and id.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.values()
    }

    /// The endpoint that a `ModelId` or `Model` dimension names: by id, ARN or an ARN's last part. An unlisted id becomes an endpoint of its own.
    #[must_use]
    pub fn resolve(&self, namespace: Namespace, metered: &EndpointId) -> Endpoint {
        match namespace {
            Namespace::Mantle => self.mantle_endpoint(metered),
            Namespace::Bedrock => self
                .by_name
                .get(metered.as_str())
                .and_then(|id| self.endpoints.get(&(namespace, id.clone())))
                .map_or_else(
                    || self.unlisted_endpoint(metered),
                    |endpoint| Endpoint { id: metered.clone(), ..endpoint.clone() },
                ),
        }
    }

    fn insert(&mut self, endpoint: Endpoint) {
        self.by_name.insert(endpoint.id.to_string(), endpoint.id.clone());
        if let Some(arn) = &endpoint.arn {
            self.by_name.insert(arn.to_string(), endpoint.id.clone());
        }
        self.endpoints.insert((endpoint.namespace, endpoint.id.clone()), endpoint);
    }

    /// The one system profile with the same destinations, or the one model; None where neither is certain.
    fn source_of(&self, profile: &Profile, sources: &HashMap<Vec<&str>, Vec<&Profile>>) -> Option<Endpoint> {
        let id = match (sources.get(&destinations(profile)).map(Vec::as_slice), profile.models.as_slice()) {
            (Some([source]), _) => source.id.clone(),
            (None, [model]) => EndpointId::from(model.last_segment()),
            _ => return None,
        };
        self.endpoints.get(&(Namespace::Bedrock, id)).cloned()
    }

    fn unlisted_endpoint(&self, id: &EndpointId) -> Endpoint {
        let text = id.as_str();
        let named = |candidate: &str| self.models.iter().find(|model| model.id.as_str() == candidate);
        let prefixed = text.split_once('.').and_then(|(prefix, rest)| named(rest).map(|model| (prefix, model)));
        let model = prefixed.map(|(_, model)| model);
        Endpoint {
            id: id.clone(),
            arn: text.starts_with("arn:").then(|| Arn::from(text)),
            kind: EndpointKind::Unlisted,
            scope: prefixed.map(|(prefix, _)| Scope::of_prefix(prefix)),
            model: model.map(|model| model.id.clone()),
            model_name: model.map_or_else(|| text.to_owned(), display_name),
            provider: model.map(|model| model.provider.clone()).unwrap_or_default(),
            profile_name: None,
            source: None,
            pool: PoolId::from(text),
            namespace: Namespace::Bedrock,
        }
    }

    fn mantle_endpoint(&self, id: &EndpointId) -> Endpoint {
        let model = self.models.iter().find(|model| model.id.as_str() == id.as_str());
        Endpoint {
            id: id.clone(),
            arn: None,
            kind: EndpointKind::Mantle,
            scope: Some(Scope::InRegion),
            model: Some(ModelId::from(id.as_str())),
            model_name: model.map_or_else(|| id.to_string(), display_name),
            provider: model
                .map(|model| model.provider.clone())
                .or_else(|| id.as_str().split_once('.').map(|(provider, _)| provider.to_owned()))
                .unwrap_or_default(),
            profile_name: None,
            source: None,
            pool: PoolId::from(format!("mantle/{id}")),
            namespace: Namespace::Mantle,
        }
    }
}

fn display_name(model: &Model) -> String {
    if model.name.is_empty() { model.id.to_string() } else { model.name.clone() }
}

/// Two profiles with the same sorted destinations draw on the same quota.
fn destinations(profile: &Profile) -> Vec<&str> {
    let mut arns: Vec<&str> = profile.models.iter().map(Arn::as_str).collect();
    arns.sort_unstable();
    arns.dedup();
    arns
}

fn model_endpoint(model: &Model) -> Endpoint {
    Endpoint {
        id: EndpointId::from(model.id.as_str()),
        arn: Some(model.arn.clone()),
        kind: EndpointKind::Model,
        scope: Some(Scope::InRegion),
        model: Some(model.id.clone()),
        model_name: display_name(model),
        provider: model.provider.clone(),
        profile_name: None,
        source: None,
        pool: PoolId::from(model.id.as_str()),
        namespace: Namespace::Bedrock,
    }
}

/// The base model of a profile: the id that all its destinations share.
fn base_model(profile: &Profile) -> Option<ModelId> {
    let ids: HashSet<&str> = profile.models.iter().map(Arn::last_segment).collect();
    let mut ids = ids.into_iter();
    match (ids.next(), ids.next()) {
        (Some(id), None) => Some(ModelId::from(id)),
        _ => None,
    }
}

fn system_endpoint(profile: &Profile, models: &HashMap<&str, &Model>) -> Endpoint {
    let base = base_model(profile);
    let model = base.as_ref().and_then(|id| models.get(id.as_str()));
    let prefix = profile.id.as_str().split('.').next().unwrap_or_default();
    Endpoint {
        id: profile.id.clone(),
        arn: Some(profile.arn.clone()),
        kind: EndpointKind::SystemProfile,
        scope: Some(Scope::of_prefix(prefix)),
        model_name: name_of(model.copied(), base.as_ref(), &profile.name),
        provider: model.map(|model| model.provider.clone()).unwrap_or_default(),
        model: base,
        profile_name: None,
        source: None,
        pool: PoolId::from(profile.id.as_str()),
        namespace: Namespace::Bedrock,
    }
}

fn application_endpoint(profile: &Profile, source: Option<&Endpoint>, models: &HashMap<&str, &Model>) -> Endpoint {
    // Some emulators name the source profile where AWS names the models behind it; the source knows its model.
    let base = source.and_then(|source| source.model.clone()).or_else(|| base_model(profile));
    let model = base.as_ref().and_then(|id| models.get(id.as_str()));
    // `inferenceProfileId` is the short id; where a service gives an ARN instead, CloudWatch still shows its last part.
    let id = EndpointId::from(profile.id.as_str().rsplit('/').next().unwrap_or_default());
    Endpoint {
        arn: Some(profile.arn.clone()),
        kind: EndpointKind::ApplicationProfile,
        scope: source.and_then(|source| source.scope.clone()),
        model_name: name_of(model.copied(), base.as_ref(), &profile.name),
        provider: model.map(|model| model.provider.clone()).unwrap_or_default(),
        model: base,
        profile_name: Some(profile.name.clone()),
        source: source.map(|source| source.id.clone()),
        pool: source.map_or_else(|| PoolId::from(id.as_str()), |source| source.pool.clone()),
        namespace: Namespace::Bedrock,
        id,
    }
}

fn name_of(model: Option<&Model>, base: Option<&ModelId>, otherwise: &str) -> String {
    match (model, base) {
        (Some(model), _) => display_name(model),
        (None, Some(base)) => base.to_string(),
        (None, None) => otherwise.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(id: &str, name: &str) -> Model {
        Model {
            id: id.into(),
            arn: format!("arn:aws:bedrock:us-east-1::foundation-model/{id}").into(),
            name: name.into(),
            provider: "Anthropic".into(),
            lifecycle: Some("ACTIVE".into()),
            dates: LifecycleDates::default(),
            inference_types: vec!["INFERENCE_PROFILE".into()],
        }
    }

    fn profile(id: &str, kind: &str, regions: &[&str], model: &str) -> Profile {
        Profile {
            id: id.into(),
            arn: format!("arn:aws:bedrock:us-east-1:1:x-inference-profile/{id}").into(),
            name: format!("name of {id}"),
            kind: kind.into(),
            models: regions.iter().map(|r| format!("arn:aws:bedrock:{r}::foundation-model/{model}").into()).collect(),
        }
    }

    fn catalog() -> Catalog {
        Catalog::new(&Listing {
            models: vec![model("a.sonnet", "Sonnet")],
            profiles: vec![
                profile("app1", "APPLICATION", &["us-west-2", "us-east-1"], "a.sonnet"),
                profile("us.a.sonnet", "SYSTEM_DEFINED", &["us-east-1", "us-west-2"], "a.sonnet"),
                profile("global.a.sonnet", "SYSTEM_DEFINED", &["", "us-east-1"], "a.sonnet"),
                profile("app2", "APPLICATION", &["us-east-1"], "a.sonnet"),
                profile("app3", "APPLICATION", &["us-east-1", "eu-west-1"], "a.sonnet"),
            ],
        })
    }

    fn resolve(id: &str) -> Endpoint {
        catalog().resolve(Namespace::Bedrock, &id.into())
    }

    #[test]
    fn an_application_profile_joins_the_pool_of_its_source() {
        let app = resolve("app1");
        assert_eq!(app.pool, PoolId::from("us.a.sonnet"));
        assert_eq!(app.scope, Some(Scope::Geo("us".into())));
        assert_eq!(app.source, Some("us.a.sonnet".into()));
        assert_eq!(resolve("app2").pool, PoolId::from("a.sonnet"));
        assert_eq!(resolve("global.a.sonnet").scope, Some(Scope::Global));
    }

    #[test]
    fn a_profile_without_a_certain_source_has_a_pool_of_its_own() {
        let app = resolve("app3");
        assert_eq!((app.pool.as_str(), app.scope, app.source), ("app3", None, None));
    }

    #[test]
    fn an_arn_and_a_short_id_are_the_same_endpoint() {
        let by_arn = resolve("arn:aws:bedrock:us-east-1:1:x-inference-profile/app1");
        assert_eq!((by_arn.kind, by_arn.pool.as_str()), (EndpointKind::ApplicationProfile, "us.a.sonnet"));
    }

    #[test]
    fn an_id_that_only_cloudwatch_knows_is_kept() {
        assert_eq!(resolve("eu.a.sonnet").model, Some("a.sonnet".into()));
        assert_eq!(resolve("imported-model/x").kind, EndpointKind::Unlisted);
        let mantle = catalog().resolve(Namespace::Mantle, &"openai.gpt-6-sol".into());
        assert_eq!((mantle.kind, mantle.provider.as_str()), (EndpointKind::Mantle, "openai"));
    }
}
