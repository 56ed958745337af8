//! The account's catalog: models, profiles and quotas of us-east-1, from the tables in `assets/sim`.

use std::collections::{BTreeMap, HashMap};

use super::{Model, Profile, Quota};
use crate::sim::scenario::{Scenario, geo_of, in_geo};

/// Where the account lives.
pub(super) const REGION: &str = "us-east-1";
/// The account's number (one that AWS uses in its own examples).
pub(super) const ACCOUNT: &str = "111122223333";

/// Codes of a model's tokens-per-minute quotas: called as such, through the `us` profile, through the `global` profile.
#[derive(Debug, Clone, Default)]
pub(super) struct Codes {
    pub region: Option<&'static str>,
    pub geo: Option<&'static str>,
    pub global: Option<&'static str>,
}

/// Everything that exists in an account.
#[derive(Debug)]
pub(super) struct Catalog {
    pub region: String,
    pub models: Vec<Model>,
    pub codes: Vec<Codes>,
    pub profiles: Vec<Profile>,
    pub quotas: Vec<Quota>,
    pub model_index: HashMap<String, usize>,
    pub profile_index: HashMap<String, usize>,
}

/// Rows of a table: fields between tabs, lines that start with `#` are comments.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| line.split('\t').collect())
}

/// The list in a field, empty for an empty field.
fn list(field: &str) -> Vec<String> {
    field.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// A model's ARN; `*` stands for the ARN without Region.
pub(super) fn model_arn(region: &str, model_id: &str) -> String {
    let region = if region == "*" { "" } else { region };
    format!("arn:aws:bedrock:{region}::foundation-model/{model_id}")
}

/// The model id at the end of a model's ARN.
pub(super) fn model_of_arn(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, id)| id)
}

impl Catalog {
    /// The catalog of an account in a Region.
    pub(super) fn of(scenario: &Scenario, region: &str) -> Self {
        let mut models = Vec::new();
        let mut codes = Vec::new();
        for row in rows(include_str!("../../../assets/sim/models.tsv")) {
            let [
                model_id,
                name,
                provider,
                input,
                output,
                streaming,
                types,
                lifecycle,
                mantle,
                max_output,
                burndown,
                tiers,
                in_region,
                geo,
                global,
            ] = row[..]
            else {
                continue;
            };
            models.push(Model {
                model_id: model_id.into(),
                name: name.into(),
                provider: provider.into(),
                input_modalities: list(input),
                output_modalities: list(output),
                streaming: streaming == "true",
                inference_types: list(types),
                lifecycle: lifecycle.into(),
                legacy_since: None,
                extended_since: None,
                end_of_life: None,
                mantle_only: mantle == "true",
                max_output: max_output.parse().unwrap_or(0),
                burndown: burndown.parse().unwrap_or(1.0),
                tiers: list(tiers).into_iter().filter(|tier| !scenario.calls.refuses(tier, model_id)).collect(),
            });
            let code = |field: &'static str| (!field.is_empty()).then_some(field);
            codes.push(Codes { region: code(in_region), geo: code(geo), global: code(global) });
        }
        let model_index = models.iter().enumerate().map(|(at, model)| (model.model_id.clone(), at)).collect();
        let mut catalog = Self {
            region: region.to_owned(),
            models,
            codes,
            profiles: system_profiles(region),
            quotas: quotas(scenario),
            model_index,
            profile_index: HashMap::new(),
        };
        catalog.profile_index =
            catalog.profiles.iter().enumerate().map(|(at, profile)| (profile.id.clone(), at)).collect();
        for app in &scenario.profiles {
            let profile = Profile {
                id: app.id.clone(),
                arn: format!("arn:aws:bedrock:{region}:{ACCOUNT}:application-inference-profile/{}", app.id),
                name: app.name.clone(),
                description: app.description.clone(),
                kind: "APPLICATION".into(),
                model_arns: catalog.arns(&app.source),
                created_at: 1_769_000_000 + i64::try_from(super::noise::text(&app.id) % 20_000_000).unwrap_or(0),
                tags: app.tags.clone(),
            };
            catalog.profile_index.insert(profile.id.clone(), catalog.profiles.len());
            catalog.profiles.push(profile);
        }
        catalog
    }

    /// Gives the models the lives that a scenario tells of.
    pub(super) fn give_lives(&mut self, scenario: &Scenario, origin: i64) {
        for (id, life) in &scenario.lifecycle {
            let Some(model) = self.model_index.get(id).and_then(|at| self.models.get_mut(*at)) else {
                continue;
            };
            #[expect(clippy::cast_possible_truncation, reason = "seconds of days")]
            let time = |days: Option<f64>| days.map(|days| origin + (days * 86_400.0) as i64);
            if let Some(status) = &life.status {
                model.lifecycle.clone_from(status);
            }
            model.legacy_since = time(life.legacy_days);
            model.extended_since = time(life.extended_days);
            model.end_of_life = time(life.end_days);
        }
    }

    /// ARNs of the models that an id stands for: a profile's, or a model's own.
    pub(super) fn arns(&self, id: &str) -> Vec<String> {
        match self.profile_index.get(id) {
            Some(at) => self.profiles[*at].model_arns.clone(),
            None => vec![model_arn(&self.region, id)],
        }
    }

    /// Position of the model that an id stands for.
    pub(super) fn model_of(&self, id: &str) -> Option<usize> {
        if let Some(at) = self.model_index.get(id) {
            return Some(*at);
        }
        let arn = self.profiles[*self.profile_index.get(id)?].model_arns.first()?;
        self.model_index.get(model_of_arn(arn)).copied()
    }

    /// Code of the tokens-per-minute quota that these ARNs draw on.
    pub(super) fn tpm_code(&self, arns: &[String]) -> Option<&'static str> {
        let codes = &self.codes[*self.model_index.get(model_of_arn(arns.first()?))?];
        if arns.iter().any(|arn| arn.starts_with("arn:aws:bedrock:::")) {
            codes.global
        } else if arns.len() > 1 {
            codes.geo
        } else {
            codes.region
        }
    }
}

/// The profiles that AWS provides in a Region. The table is that of us-east-1: elsewhere `us` profiles have the prefix and the Regions of that geography.
fn system_profiles(region: &str) -> Vec<Profile> {
    let geo = geo_of(region);
    rows(include_str!("../../../assets/sim/profiles.tsv"))
        .filter_map(|row| {
            let [id, name, description, created, regions] = row[..] else {
                return None;
            };
            let model_id = id.split_once('.')?.1;
            let moved = geo != "us" && id.starts_with("us.");
            let (id, name) = (
                in_geo(id, geo),
                if moved { name.replacen("US ", &format!("{} ", geo.to_uppercase()), 1) } else { name.into() },
            );
            let destinations: Vec<&str> = if moved { destinations(geo).to_vec() } else { regions.split(',').collect() };
            Some(Profile {
                arn: format!("arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{id}"),
                id,
                name,
                description: description.into(),
                kind: "SYSTEM_DEFINED".into(),
                model_arns: destinations.into_iter().map(|region| model_arn(region, model_id)).collect(),
                created_at: created.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_second),
                tags: BTreeMap::new(),
            })
        })
        .collect()
}

/// The Regions that a geography's profiles route to: a guess, which no table of ours holds.
fn destinations(geo: &str) -> &'static [&'static str] {
    if geo == "eu" {
        &["eu-central-1", "eu-north-1", "eu-west-1"]
    } else {
        &["ap-northeast-1", "ap-southeast-1", "ap-southeast-2"]
    }
}

/// The account's quotas; those whose default is unknown are left out.
fn quotas(scenario: &Scenario) -> Vec<Quota> {
    rows(include_str!("../../../assets/sim/quotas.tsv"))
        .filter_map(|row| {
            let [code, name, kind, _scope, metric, default, adjustable, zero] = row[..] else {
                return None;
            };
            let default: f64 = default.parse().ok()?;
            let applied = if scenario.zero_quotas {
                Some(zero.parse().unwrap_or(if kind == "inference" { 0.0 } else { default }))
            } else if scenario.default_only.iter().any(|only| only == code) {
                None
            } else {
                Some(default)
            };
            Some(Quota {
                code: code.into(),
                name: name.into(),
                description: describe(metric),
                applied: scenario.applied.get(code).copied().or(applied),
                default,
                adjustable: adjustable == "true",
                error_reason: scenario.quota_errors.get(code).cloned(),
            })
        })
        .collect()
}

/// What a quota's description says, by what it limits.
fn describe(metric: &str) -> String {
    let what = match metric {
        "rpm" => "The maximum number of model inference requests in a minute",
        "tpm" => "The maximum number of model inference tokens in a minute",
        "tpd" => "The maximum number of model inference tokens in a day",
        _ => return String::new(),
    };
    format!("{what}: the sum over Converse, ConverseStream, InvokeModel and InvokeModelWithResponseStream.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(name: &str) -> Catalog {
        Catalog::of(&Scenario::named(name).unwrap(), REGION)
    }

    #[test]
    fn the_tables_are_whole() {
        let catalog = catalog("healthy");
        assert_eq!(catalog.models.len(), 131);
        assert_eq!(catalog.profiles.iter().filter(|profile| profile.kind == "SYSTEM_DEFINED").count(), 94);
        assert_eq!(rows(include_str!("../../../assets/sim/quotas.tsv")).count(), 1257);
        assert_eq!(catalog.quotas.len(), 1141, "116 rows have no published default");
        assert!(rows(include_str!("../../../assets/sim/quotas.tsv")).all(|row| row.len() == 8));
        for profile in &catalog.profiles {
            assert!(catalog.model_of(&profile.id).is_some(), "{}", profile.id);
            assert!(profile.created_at > 1_700_000_000, "{}", profile.id);
        }
        for codes in &catalog.codes {
            for code in [codes.region, codes.geo, codes.global].into_iter().flatten() {
                assert!(catalog.quotas.iter().any(|quota| quota.code == code), "{code}");
            }
        }
    }

    #[test]
    fn sonnet_4_5_has_the_code_of_its_us_pool() {
        let catalog = catalog("throttled");
        let code = catalog.tpm_code(&catalog.arns("a1b2c3d4e5f6")).unwrap();
        let quota = catalog.quotas.iter().find(|quota| quota.code == code).unwrap();
        assert_eq!(quota.name, "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1");
        assert_eq!((quota.code.as_str(), quota.applied, quota.default), ("L-F4DDD3EB", Some(2e6), 5e6));
    }

    #[test]
    fn a_blocked_account_has_its_zeros_at_inference_only() {
        let scenario = Scenario::named("zero-quota").unwrap();
        let (mut zero, mut inference, mut others) = (0, 0, 0);
        let quotas = quotas(&scenario);
        for row in rows(include_str!("../../../assets/sim/quotas.tsv")) {
            let Some(quota) = quotas.iter().find(|quota| quota.code == row[0]) else {
                continue;
            };
            if row[2] == "inference" {
                inference += 1;
                zero += i32::from(quota.applied == Some(0.0));
            } else {
                others += i32::from(quota.applied == Some(0.0));
            }
        }
        assert!(zero * 10 > inference * 9, "{zero} of {inference}");
        assert!(others < 5, "{others}");
    }
}
