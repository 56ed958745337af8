//! The Bedrock control plane: models, inference profiles and their tags. Enums are kept as the open strings that they are.
//!
//! Its request rates are not published (facts 6), so nothing here is asked in parallel.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_bedrock::types::{
    FoundationModelLifecycle, FoundationModelSummary, InferenceProfileSummary, InferenceProfileType,
};

use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::{
    gateway::{Call, Gateway},
    paging::Pages,
};
use crate::domain::{
    catalog::{LifecycleDates, Model, Profile},
    fault::{Fault, Source},
    ids::{Arn, EndpointId, ModelId},
};

const LIST_MODELS: Call = Call { source: Source::Catalog, action: "bedrock:ListFoundationModels" };
const LIST_PROFILES: Call = Call { source: Source::Catalog, action: "bedrock:ListInferenceProfiles" };
const LIST_TAGS: Call = Call { source: Source::Tags, action: "bedrock:ListTagsForResource" };

/// Profiles on a page: the most that `ListInferenceProfiles` gives (API reference, `maxResults`).
const PROFILES_PER_PAGE: i32 = 1000;

impl Gateway {
    /// Every foundation model of the Region. `ListFoundationModels` has no pages.
    ///
    /// # Errors
    /// A fault of the catalog source.
    pub async fn list_models(&self) -> Result<Vec<Model>, Fault> {
        let request = self.clients().bedrock.list_foundation_models();
        let answer = request.send().await.map_err(|e| self.fault(LIST_MODELS, &e))?;
        Ok(answer.model_summaries().iter().map(model).collect())
    }

    /// Every inference profile of the Region, system-defined and application, each id once. What kind a profile is, the profile says:
    /// some emulators do not heed the filter.
    ///
    /// # Errors
    /// A fault of the catalog source; a list without an end is one.
    pub async fn list_profiles(&self) -> Result<Vec<Profile>, Fault> {
        let mut seen = HashSet::new();
        let mut profiles = Vec::new();
        for kind in [InferenceProfileType::SystemDefined, InferenceProfileType::Application] {
            let listed = self.list_profiles_of(kind).await?;
            profiles.extend(listed.into_iter().filter(|profile| seen.insert(profile.id.clone())));
        }
        Ok(profiles)
    }

    async fn list_profiles_of(&self, kind: InferenceProfileType) -> Result<Vec<Profile>, Fault> {
        let request = self.clients().bedrock.list_inference_profiles().type_equals(kind).max_results(PROFILES_PER_PAGE);
        let (mut pages, mut token, mut profiles) = (Pages::default(), None, Vec::new());
        loop {
            let page = request.clone().set_next_token(token).send().await.map_err(|e| self.fault(LIST_PROFILES, &e))?;
            profiles.extend(page.inference_profile_summaries().iter().map(profile));
            token = pages.next(page.next_token()).map_err(|endless| self.endless(LIST_PROFILES, endless))?;
            if token.is_none() {
                return Ok(profiles);
            }
        }
    }

    /// The tags of a resource, usually an application inference profile.
    ///
    /// # Errors
    /// A fault of the catalog source.
    pub async fn tags(&self, arn: &Arn) -> Result<BTreeMap<String, String>, Fault> {
        let request = self.clients().bedrock.list_tags_for_resource().resource_arn(arn.as_str());
        let answer = request.send().await.map_err(|e| self.fault(LIST_TAGS, &e))?;
        Ok(answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
    }
}

fn model(summary: &FoundationModelSummary) -> Model {
    Model {
        id: ModelId::from(summary.model_id()),
        arn: Arn::from(summary.model_arn()),
        name: summary.model_name().unwrap_or_default().to_owned(),
        provider: summary.provider_name().unwrap_or_default().to_owned(),
        lifecycle: summary.model_lifecycle().map(|lifecycle| lifecycle.status().as_str().to_owned()),
        dates: summary.model_lifecycle().map(dates).unwrap_or_default(),
        inference_types: summary.inference_types_supported().iter().map(|kind| kind.as_str().to_owned()).collect(),
    }
}

fn timestamp(time: &DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), 0).ok()
}

fn dates(lifecycle: &FoundationModelLifecycle) -> LifecycleDates {
    LifecycleDates {
        legacy: lifecycle.legacy_time().and_then(timestamp),
        extended_access: lifecycle.public_extended_access_time().and_then(timestamp),
        end_of_life: lifecycle.end_of_life_time().and_then(timestamp),
    }
}

fn profile(summary: &InferenceProfileSummary) -> Profile {
    Profile {
        id: EndpointId::from(summary.inference_profile_id()),
        arn: Arn::from(summary.inference_profile_arn()),
        name: summary.inference_profile_name().to_owned(),
        kind: summary.r#type().as_str().to_owned(),
        models: summary.models().iter().filter_map(|model| model.model_arn()).map(Arn::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Reply, gateway};

    #[tokio::test]
    async fn models_keep_open_strings() {
        let body = r#"{"modelSummaries":[{"modelId":"a.m-v1:0","modelArn":"arn:aws:bedrock:us-east-1::foundation-model/a.m-v1:0",
            "inferenceTypesSupported":["ON_DEMAND","INFERENCE_PROFILE"],"modelLifecycle":{"status":"TWILIGHT"}}]}"#;
        let (gateway, canned) = gateway([Reply::json(200, body)]).await;
        let models = gateway.list_models().await.unwrap();
        assert_eq!(models[0].inference_types, ["ON_DEMAND", "INFERENCE_PROFILE"]);
        assert_eq!((models[0].lifecycle.as_deref(), models[0].name.as_str()), (Some("TWILIGHT"), ""));
        assert!(canned.asked()[0].uri.starts_with("https://bedrock.us-east-1.amazonaws.com/foundation-models"));
    }

    #[tokio::test]
    async fn profiles_of_both_kinds_are_listed_once_and_say_themselves_what_they_are() {
        let profile = |id: &str, kind: &str| {
            format!(
                r#"{{"inferenceProfileName":"n","inferenceProfileArn":"arn:{id}","models":[{{"modelArn":"arn:m"}}],
                "inferenceProfileId":"{id}","status":"ACTIVE","type":"{kind}"}}"#
            )
        };
        let page = |profiles: &[String], token: &str| {
            Reply::json(200, &format!(r#"{{"inferenceProfileSummaries":[{}]{token}}}"#, profiles.join(",")))
        };
        let both = [profile("us.m", "SYSTEM_DEFINED"), profile("x1", "APPLICATION")];
        let (gateway, canned) =
            gateway([page(&both[..1], r#","nextToken":"p2""#), page(&both[1..], ""), page(&both, "")]).await;
        let listed = gateway.list_profiles().await.unwrap();
        let told: Vec<_> = listed.iter().map(|profile| (profile.id.as_str(), profile.kind.as_str())).collect();
        assert_eq!(told, [("us.m", "SYSTEM_DEFINED"), ("x1", "APPLICATION")]);
        let asked = canned.asked();
        assert!(asked[1].uri.contains("nextToken=p2") && asked[2].uri.contains("type=APPLICATION"), "{asked:?}");
    }

    #[tokio::test]
    async fn tags_are_pairs() {
        let (gateway, _) = gateway([Reply::json(200, r#"{"tags":[{"key":"team","value":"search"}]}"#)]).await;
        let tags =
            gateway.tags(&Arn::from("arn:aws:bedrock:us-east-1:1:application-inference-profile/x")).await.unwrap();
        assert_eq!(tags, BTreeMap::from([("team".to_owned(), "search".to_owned())]));
    }
}
