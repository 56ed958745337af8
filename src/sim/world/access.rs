//! Whether the account may call a model at all: the reasons in the order in which a call meets them, with the words of AWS.
//!
//! Texts: errors that users published in issues of public repositories, as of November 2026. Where AWS documents an order of checks, this is it (IAM before
//! the model); the rest of the order is ours.

use super::catalog::ACCOUNT;
use super::metrics::tier_number;
use super::{Call, Model, Refusal, World};
use crate::sim::scenario::{Endpoint, Standing};

/// A refusal in the words of the runtime.
pub(super) fn refusal(status: u16, exception: &str, message: impl Into<String>) -> Refusal {
    Refusal { status, exception: exception.into(), message: message.into() }
}

/// A request that is wrong.
pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    refusal(400, "ValidationException", message)
}

fn denied(message: impl Into<String>) -> Refusal {
    refusal(403, "AccessDeniedException", message)
}

fn not_found(message: impl Into<String>) -> Refusal {
    refusal(404, "ResourceNotFoundException", message)
}

/// Why calls of a model through this id are refused at `now` whatever they hold; None where they are not.
///
/// # Errors
/// The first reason.
pub(super) fn check(world: &World, now: i64, id: &str, model: &Model, streaming: bool) -> Result<(), Refusal> {
    on_demand(id, model)?;
    identity(world, id, model, streaming)?;
    life(world, now, model)?;
    standing(world)?;
    agreement(world, model)
}

/// Most newer models are called through a profile only.
fn on_demand(id: &str, model: &Model) -> Result<(), Refusal> {
    if id == model.model_id && !model.inference_types.iter().any(|kind| kind == "ON_DEMAND") {
        return Err(invalid(format!(
            "Invocation of model ID {id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an \
             inference profile that contains this model."
        )));
    }
    Ok(())
}

fn not_authorized(world: &World, streaming: bool, resource: &str, why: &str) -> Refusal {
    let action = if streaming { "bedrock:InvokeModelWithResponseStream" } else { "bedrock:InvokeModel" };
    let caller = world.caller_arn();
    denied(format!("User: {caller} is not authorized to perform: {action} on resource: {resource} {why}"))
}

/// IAM: the identity's own policies name the profile or model called, a service control policy the model in a Region that the profile may route to.
fn identity(world: &World, id: &str, model: &Model, streaming: bool) -> Result<(), Refusal> {
    if world.access(&model.model_id).authorization != "AUTHORIZED" {
        let action = if streaming { "bedrock:InvokeModelWithResponseStream" } else { "bedrock:InvokeModel" };
        let why = format!("because no identity-based policy allows the {action} action");
        return Err(not_authorized(world, streaming, &resource(world, id), &why));
    }
    let arns = world.catalog.arns(id);
    let in_denied = |arn: &&String| {
        world.scenario.denied_regions.iter().any(|region| arn.starts_with(&format!("arn:aws:bedrock:{region}:")))
    };
    match arns.iter().find(in_denied) {
        Some(arn) => Err(not_authorized(world, streaming, arn, "with an explicit deny in a service control policy")),
        None => Ok(()),
    }
}

/// ARN of what an id names.
fn resource(world: &World, id: &str) -> String {
    let profile = world.catalog.profiles.iter().find(|profile| profile.id == id);
    profile.map_or_else(|| super::catalog::model_arn(world.region(), id), |profile| profile.arn.clone())
}

/// A model past its end, or Legacy and closed for who has not called it.
fn life(world: &World, now: i64, model: &Model) -> Result<(), Refusal> {
    if model.end_of_life.is_some_and(|end| now >= end) {
        return Err(not_found(
            "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
        ));
    }
    if world.scenario.lifecycle.get(&model.model_id).is_some_and(|life| life.locked_out) {
        return Err(not_found(
            "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last \
             30 days. Please upgrade to an active model on Amazon Bedrock",
        ));
    }
    Ok(())
}

fn standing(world: &World) -> Result<(), Refusal> {
    match world.scenario.standing {
        Standing::Good => Ok(()),
        Standing::Verifying => Err(denied("Your account is currently being verified")),
        Standing::Blocked => Err(invalid("Operation not allowed")),
    }
}

/// The use-case form of Anthropic's models, then the agreement, then the entitlement and the Region.
fn agreement(world: &World, model: &Model) -> Result<(), Refusal> {
    if !world.scenario.use_case_form && model.provider == "Anthropic" {
        return Err(not_found(
            "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before \
             using the model. If you have already filled out the form, try again in 15 minutes.",
        ));
    }
    let access = world.access(&model.model_id);
    if access.agreement_error.as_deref().is_some_and(|error| error.contains("INVALID_PAYMENT_INSTRUMENT")) {
        return Err(denied(
            "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided. Your AWS \
             Marketplace subscription for this model cannot be completed at this time.",
        ));
    }
    if access.agreement != "AVAILABLE" {
        return Err(denied(
            "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace \
             actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. Refer to the \
             Amazon Bedrock documentation for further details. Your AWS Marketplace subscription for this model cannot be completed \
             at this time. If you recently fixed this issue, try again after 15 minutes.",
        ));
    }
    if access.entitlement != "AVAILABLE" {
        return Err(denied("You don't have access to the model with the specified model ID."));
    }
    if access.region != "AVAILABLE" {
        return Err(invalid("The provided model identifier is invalid."));
    }
    Ok(())
}

/// What is wrong with the tier that a call asks for.
///
/// # Errors
/// The runtime's words.
pub(super) fn tier(world: &World, id: &str, model: &Model, tier: &str, streaming: bool) -> Result<(), Refusal> {
    if !(tier_number(tier).is_some() || tier == "ultrafast") {
        return Err(invalid("service tier provided is invalid"));
    }
    if world.scenario.denied_tiers.iter().any(|denied| denied == tier) {
        let why = "with an explicit deny in an identity-based policy";
        return Err(not_authorized(world, streaming, &resource(world, id), why));
    }
    if tier == "reserved" {
        let has =
            |spec: &Endpoint| spec.reservation.is_some() && world.catalog.arns(&spec.id) == world.catalog.arns(id);
        if !world.sources.iter().any(|source| has(&source.spec)) {
            return Err(invalid("Reservation not found."));
        }
    } else if !model.tiers.iter().any(|taken| taken == tier) {
        return Err(invalid("The provided service tier is not supported for this model"));
    }
    Ok(())
}

/// What is wrong with the length that a call asks for.
pub(super) fn length(model: &Model, call: &Call) -> Result<(), Refusal> {
    if call.max_tokens == Some(0) {
        return Err(invalid("1 validation error detected: Value at 'inferenceConfig.maxTokens' must be at least 1."));
    }
    if let Some(max) = call.max_tokens.filter(|max| *max > model.max_output && model.max_output > 0) {
        return Err(invalid(format!(
            "The maximum tokens you requested exceeds the model limit of {}. Try again with a maximum tokens value that is lower \
             than {}; you asked for {max}.",
            model.max_output, model.max_output
        )));
    }
    Ok(())
}

/// ARN of the only caller there is.
pub(super) fn caller_arn() -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/tiertop-demo/tiertop")
}
