//! Bedrock's control plane: models, inference profiles, their tags, access to models, and where invocations are logged.

use super::{Account, page};
use crate::sim::wire::value::Value;
use crate::sim::wire::{Fault, Request, Response};
use crate::sim::world::{Model, Profile};

/// Answers a request; None for an unknown operation.
pub fn handle(account: &mut Account<'_>, _now: i64, request: &Request) -> Option<Response> {
    Some(match request.operation.as_str() {
        "ListFoundationModels" => list_models(account, request),
        "GetFoundationModel" => get_model(account, request),
        "GetFoundationModelAvailability" => availability(account, request),
        "ListInferenceProfiles" => list_profiles(account, request),
        "GetInferenceProfile" => get_profile(account, request),
        "ListTagsForResource" => tags(account, request),
        "GetUseCaseForModelAccess" => use_case(account),
        "GetModelInvocationLoggingConfiguration" => Ok(logging(account).into()),
        "ListProvisionedModelThroughputs" => page_size(request, 10)
            .map(|_| Value::members([("provisionedModelSummaries", Value::List(Vec::new()))]).into()),
        _ => return None,
    })
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationException", text)
}

fn not_found(text: impl Into<String>) -> Fault {
    Fault::new(404, "ResourceNotFoundException", text)
}

/// A parameter that must be one of these.
fn choice<'a>(request: &'a Request, name: &str, allowed: &[&str]) -> Result<Option<&'a str>, Fault> {
    match request.parameter(name) {
        Some(value) if !allowed.contains(&value) => Err(invalid(format!(
            "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: \
             Member must satisfy enum value set: [{}]",
            allowed.join(", ")
        ))),
        value => Ok(value),
    }
}

fn page_size(request: &Request, default: usize) -> Result<usize, Fault> {
    match request.parameter("maxResults").map(str::parse) {
        None => Ok(default),
        Some(Ok(size @ 1..=1000)) => Ok(size),
        Some(_) => Err(invalid(
            "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: \
             Member must have value between 1 and 1000",
        )),
    }
}

fn model_arn(region: &str, id: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{id}")
}

fn show_model(region: &str, model: &Model) -> Value {
    Value::members([
        ("modelArn", model_arn(region, &model.model_id).into()),
        ("modelId", (&model.model_id).into()),
        ("modelName", (&model.name).into()),
        ("providerName", (&model.provider).into()),
        ("inputModalities", Value::list(&model.input_modalities)),
        ("outputModalities", Value::list(&model.output_modalities)),
        ("responseStreamingSupported", model.streaming.into()),
        ("customizationsSupported", Value::List(Vec::new())),
        ("inferenceTypesSupported", Value::list(&model.inference_types)),
        ("modelLifecycle", lifecycle(model)),
    ])
}

fn lifecycle(model: &Model) -> Value {
    let time = |time: Option<i64>| time.map_or(Value::Null, Value::Time);
    Value::members([
        ("status", (&model.lifecycle).into()),
        ("legacyTime", time(model.legacy_since)),
        ("publicExtendedAccessTime", time(model.extended_since)),
        ("endOfLifeTime", time(model.end_of_life)),
    ])
}

fn list_models(account: &Account<'_>, request: &Request) -> Response {
    let provider = request.parameter("byProvider");
    let output = choice(request, "byOutputModality", &["TEXT", "IMAGE", "EMBEDDING"])?;
    let inference = choice(request, "byInferenceType", &["ON_DEMAND", "PROVISIONED"])?;
    let custom = choice(request, "byCustomizationType", &["FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"])?;
    let region = account.region(request);
    let models = account
        .world
        .models()
        .iter()
        .filter(|model| !model.mantle_only && custom.is_none())
        .filter(|model| provider.is_none_or(|name| model.provider.eq_ignore_ascii_case(name)))
        .filter(|model| output.is_none_or(|kind| model.output_modalities.iter().any(|m| m == kind)))
        .filter(|model| inference.is_none_or(|kind| model.inference_types.iter().any(|t| t == kind)))
        .map(|model| show_model(&region, model));
    Ok(Value::members([("modelSummaries", Value::List(models.collect()))]).into())
}

fn find_model<'a>(account: &'a Account<'_>, label: &str) -> Result<&'a Model, Fault> {
    let id = label.rsplit('/').next().unwrap_or_default();
    let found = account.world.models().iter().find(|model| !model.mantle_only && model.model_id == id);
    found.ok_or_else(|| {
        not_found(format!("Could not resolve the foundation model from the provided model identifier: {id}"))
    })
}

fn get_model(account: &Account<'_>, request: &Request) -> Response {
    let model = find_model(account, &request.label)?;
    Ok(Value::members([("modelDetails", show_model(&account.region(request), model))]).into())
}

fn availability(account: &Account<'_>, request: &Request) -> Response {
    let model = find_model(account, &request.label)?;
    let access = account.world.access(&model.model_id);
    let agreement = Value::members([
        ("status", access.agreement.into()),
        ("errorMessage", access.agreement_error.map_or(Value::Null, Value::from)),
    ]);
    Ok(Value::members([
        ("modelId", (&model.model_id).into()),
        ("agreementAvailability", agreement),
        ("authorizationStatus", access.authorization.into()),
        ("entitlementAvailability", access.entitlement.into()),
        ("regionAvailability", access.region.into()),
    ])
    .into())
}

/// The form of Anthropic's models. Where it was not handed in there is nothing to find: so scripts say that check it (public repositories, 2026); the text is ours.
fn use_case(account: &Account<'_>) -> Response {
    if !account.world.scenario().use_case_form {
        return Err(not_found("Use case details have not been submitted for this account."));
    }
    let form = r#"{"companyName":"Example Corp","companyWebsite":"https://example.com","intendedUsers":"0","industryOption":"Retail","otherIndustryOption":"","useCases":"Search"}"#;
    Ok(Value::members([("formData", aws_smithy_types::base64::encode(form).into())]).into())
}

/// Nothing where invocations are not logged.
fn logging(account: &Account<'_>) -> Value {
    let Some(logging) = &account.world.scenario().logging else {
        return Value::Struct(Vec::new());
    };
    let role = format!("arn:aws:iam::{}:role/bedrock-logging", account.world.account());
    let group = logging
        .log_group
        .as_ref()
        .map_or(Value::Null, |group| Value::members([("logGroupName", group.into()), ("roleArn", role.into())]));
    let bucket = logging
        .bucket
        .as_ref()
        .map_or(Value::Null, |bucket| Value::members([("bucketName", bucket.into()), ("keyPrefix", "bedrock".into())]));
    let config = Value::members([
        ("cloudWatchConfig", group),
        ("s3Config", bucket),
        ("textDataDeliveryEnabled", true.into()),
        ("imageDataDeliveryEnabled", false.into()),
        ("embeddingDataDeliveryEnabled", false.into()),
    ]);
    Value::members([("loggingConfig", config)])
}

fn show_profile(profile: &Profile) -> Value {
    let models = profile.model_arns.iter().map(|arn| Value::members([("modelArn", arn.into())]));
    let description = if profile.description.is_empty() { Value::Null } else { Value::from(&profile.description) };
    Value::members([
        ("inferenceProfileName", (&profile.name).into()),
        ("description", description),
        ("createdAt", Value::Time(profile.created_at)),
        ("updatedAt", Value::Time(profile.created_at)),
        ("inferenceProfileArn", (&profile.arn).into()),
        ("models", Value::List(models.collect())),
        ("inferenceProfileId", (&profile.id).into()),
        ("status", "ACTIVE".into()),
        ("type", (&profile.kind).into()),
    ])
}

fn list_profiles(account: &Account<'_>, request: &Request) -> Response {
    let size = page_size(request, 100)?;
    let kind = choice(request, "type", &["SYSTEM_DEFINED", "APPLICATION"])?;
    // Without a filter AWS lists the system-defined profiles only.
    let shown = kind.unwrap_or("SYSTEM_DEFINED");
    let profiles: Vec<&Profile> = account.world.profiles().iter().filter(|profile| profile.kind == shown).collect();
    let token = request.parameter("nextToken");
    let (profiles, next) = page(&profiles, size, &request.operation, shown, token)
        .ok_or_else(|| invalid("The provided nextToken is invalid."))?;
    let profiles = profiles.iter().map(|profile| show_profile(profile));
    Ok(Value::members([("inferenceProfileSummaries", Value::List(profiles.collect())), ("nextToken", next.into())])
        .into())
}

fn find_profile<'a>(account: &'a Account<'_>, label: &str) -> Option<&'a Profile> {
    account.world.profiles().iter().find(|profile| profile.id == label || profile.arn == label)
}

fn get_profile(account: &Account<'_>, request: &Request) -> Response {
    let profile = find_profile(account, &request.label)
        .ok_or_else(|| not_found("The provided inference profile identifier could not be found."))?;
    Ok(show_profile(profile).into())
}

fn tags(account: &Account<'_>, request: &Request) -> Response {
    let arn = request.input.text("resourceARN").ok_or_else(|| {
        invalid("1 validation error detected: Value null at 'resourceARN' failed to satisfy constraint: Member must not be null")
    })?;
    let profile = find_profile(account, arn)
        .filter(|profile| profile.kind == "APPLICATION")
        .ok_or_else(|| not_found(format!("Resource {arn} not found")))?;
    let tags = profile.tags.iter().map(|(key, value)| Value::members([("key", key.into()), ("value", value.into())]));
    Ok(Value::members([("tags", Value::List(tags.collect()))]).into())
}
