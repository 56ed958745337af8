//! Dumps of Bedrock's models and inference profiles.

use std::collections::{HashMap, hash_map::Entry};

use jiff::Timestamp;
use serde_json::Value;

use super::{Dump, MODELS, PROFILES, Row, Whose, dump};
use crate::domain::{
    catalog::{LifecycleDates, Model, Profile},
    ids::{Arn, EndpointId, ModelId},
};

pub(super) const MODEL_FIELDS: &[&str] =
    &["modelId", "modelArn", "modelName", "providerName", "modelLifecycle", "inferenceTypesSupported"];

pub(super) const PROFILE_FIELDS: &[&str] =
    &["inferenceProfileId", "inferenceProfileArn", "inferenceProfileName", "type", "models"];

/// The dump of `list-foundation-models`, each id once.
///
/// # Errors
/// It is none: one sentence.
pub(in crate::cli) fn models(bytes: &[u8]) -> Result<Dump<Model>, String> {
    let dump = dump(bytes, &MODELS, model)?;
    let items = each_once(dump.items, |model| model.id.to_string())?;
    Ok(Dump { items, ..dump })
}

/// The dump of `list-inference-profiles`, each id once.
///
/// # Errors
/// It is none: one sentence.
pub(in crate::cli) fn profiles(bytes: &[u8]) -> Result<Dump<Profile>, String> {
    let dump = dump(bytes, &PROFILES, profile)?;
    let items = each_once(dump.items, |profile| profile.id.to_string())?;
    Ok(Dump { items, ..dump })
}

fn model(row: &Row<'_>, whose: &mut Whose) -> Result<Model, String> {
    let arn = row.required("modelArn")?;
    whose.hear(arn, row.number)?;
    let lifecycle = row.get("modelLifecycle");
    // A phase whose date cannot be read has none: nothing is said of it then.
    let date = |field: &str| lifecycle.get(field)?.as_str()?.parse::<Timestamp>().ok();
    Ok(Model {
        id: ModelId::from(row.required("modelId")?),
        arn: Arn::from(arn),
        name: row.text("modelName")?.unwrap_or_default().to_owned(),
        provider: row.text("providerName")?.unwrap_or_default().to_owned(),
        lifecycle: lifecycle.get("status").and_then(Value::as_str).map(str::to_owned),
        dates: LifecycleDates {
            legacy: date("legacyTime"),
            extended_access: date("publicExtendedAccessTime"),
            end_of_life: date("endOfLifeTime"),
        },
        inference_types: texts(row, "inferenceTypesSupported", Value::as_str)?,
    })
}

fn profile(row: &Row<'_>, whose: &mut Whose) -> Result<Profile, String> {
    let arn = row.required("inferenceProfileArn")?;
    whose.hear(arn, row.number)?;
    let models = texts(row, "models", |model| model.get("modelArn")?.as_str())?;
    Ok(Profile {
        id: EndpointId::from(row.required("inferenceProfileId")?),
        arn: Arn::from(arn),
        name: row.text("inferenceProfileName")?.unwrap_or_default().to_owned(),
        kind: row.required("type")?.to_owned(),
        models: models.into_iter().map(Arn::from).collect(),
    })
}

/// The texts in a list; none where the row has no such list.
fn texts(row: &Row<'_>, field: &str, text: fn(&Value) -> Option<&str>) -> Result<Vec<String>, String> {
    let wrong = || row.wrong(format_args!("its {field} is not as the AWS CLI prints it"));
    match row.get(field) {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            items.iter().map(|item| text(item).map(str::to_owned).ok_or_else(wrong)).collect::<Result<_, _>>()
        }
        _ => Err(wrong()),
    }
}

/// Drops what is said again.
///
/// # Errors
/// Something else is said again.
fn each_once<T: PartialEq>(items: Vec<T>, id: impl Fn(&T) -> String) -> Result<Vec<T>, String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut once: Vec<T> = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match seen.entry(id(&item)) {
            Entry::Vacant(entry) => {
                entry.insert(once.len());
                once.push(item);
            }
            Entry::Occupied(entry) if once.get(*entry.get()) == Some(&item) => {}
            Entry::Occupied(entry) => {
                return Err(format!("row {}: {} is listed before, with other members", index + 1, entry.key()));
            }
        }
    }
    Ok(once)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_and_profiles_are_as_the_cli_prints_them() {
        let text = r#"{"modelSummaries":[{"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0","modelId":"a.b-v1:0",
            "modelName":"B","providerName":"A","inputModalities":["TEXT"],"inferenceTypesSupported":["ON_DEMAND"],"modelLifecycle":{"status":"ACTIVE"}}]}"#;
        let dump = models(text.as_bytes()).unwrap();
        let model = &dump.items[0];
        assert_eq!((model.id.as_str(), model.name.as_str(), model.provider.as_str()), ("a.b-v1:0", "B", "A"));
        assert_eq!(
            (model.lifecycle.as_deref(), model.inference_types.as_slice()),
            (Some("ACTIVE"), &["ON_DEMAND".to_owned()][..])
        );
        assert_eq!(dump.whose.region.unwrap().0.as_str(), "us-east-1");
        let text = r#"{"inferenceProfileSummaries":[{"inferenceProfileName":"US B","inferenceProfileId":"us.a.b-v1:0","type":"SYSTEM_DEFINED",
            "inferenceProfileArn":"arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.a.b-v1:0",
            "models":[{"modelArn":"arn:aws:bedrock:us-west-2::foundation-model/a.b-v1:0"}]}]}"#;
        let twice = profiles(format!("{text}\n{text}").as_bytes()).unwrap();
        assert_eq!(twice.items.len(), 1);
        assert_eq!(twice.items[0].models, [Arn::from("arn:aws:bedrock:us-west-2::foundation-model/a.b-v1:0")]);
    }

    #[test]
    fn what_is_no_model_or_profile_is_told() {
        let told = |error: String, words: &[&str]| {
            for word in words {
                assert!(error.contains(word), "{error:?} lacks {word:?}");
            }
        };
        let models_of = |text: &str| models(text.as_bytes()).unwrap_err();
        told(models_of(r#"[{"modelArn":"x"}]"#), &["row 1", "this model has no modelId"]);
        told(models_of(r#"[{"modelArn":"x","modelId":"a","modelName":7}]"#), &["modelName is a number"]);
        told(
            models_of(r#"[{"modelArn":"x","modelId":"a","inferenceTypesSupported":"ON_DEMAND"}]"#),
            &["inferenceTypesSupported"],
        );
        let other = r#"[{"modelArn":"x","modelId":"a"},{"modelArn":"x","modelId":"a","modelName":"B"}]"#;
        told(models_of(other), &["row 2", "a is listed before"]);
        let profiles_of = |text: &str| profiles(text.as_bytes()).unwrap_err();
        told(profiles_of("[{}]"), &["this inference profile has no inferenceProfileArn"]);
        told(profiles_of(r#"[{"inferenceProfileArn":"x","models":[{"modelArn":5}]}]"#), &["models is not as"]);
    }
}
