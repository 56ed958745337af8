//! Bedrock's control plane: models, inference profiles, their tags and availability.

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
        ("modelLifecycle", Value::members([("status", (&model.lifecycle).into())])),
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
    Ok(Value::members([
        ("modelId", (&model.model_id).into()),
        ("agreementAvailability", Value::members([("status", "AVAILABLE".into())])),
        ("authorizationStatus", "AUTHORIZED".into()),
        ("entitlementAvailability", "AVAILABLE".into()),
        ("regionAvailability", "AVAILABLE".into()),
    ])
    .into())
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
