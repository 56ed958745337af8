//! What the doctor asks of the Bedrock control plane: access to a model, the use-case form, and where invocations are logged. Nothing here changes an account.

use aws_sdk_bedrock::{
    operation::{
        get_foundation_model_availability::GetFoundationModelAvailabilityOutput,
        get_use_case_for_model_access::GetUseCaseForModelAccessError,
    },
    types::LoggingConfig,
};

use super::gateway::{Call, Gateway};
use crate::domain::{
    doctor::questions::{Availability, InvocationLogging},
    fault::{Fault, Source},
    ids::ModelId,
};

const AVAILABILITY: Call = Call { source: Source::Access, action: "bedrock:GetFoundationModelAvailability" };
const USE_CASE: Call = Call { source: Source::Access, action: "bedrock:GetUseCaseForModelAccess" };
const LOGGING: Call = Call { source: Source::Access, action: "bedrock:GetModelInvocationLoggingConfiguration" };

impl Gateway {
    /// What stands between the account and a model.
    ///
    /// # Errors
    /// A fault of the access source; a model that the Region does not know is one.
    pub async fn availability(&self, model: &ModelId) -> Result<Availability, Fault> {
        let request = self.clients().bedrock.get_foundation_model_availability().model_id(model.as_str());
        let answer = request.send().await.map_err(|error| self.fault(AVAILABILITY, &error))?;
        Ok(availability(&answer))
    }

    /// Whether the form that Anthropic's models need was handed in. Only a resource that is not found says that it was not.
    ///
    /// # Errors
    /// A fault of the access source.
    pub async fn use_case_submitted(&self) -> Result<bool, Fault> {
        match self.clients().bedrock.get_use_case_for_model_access().send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetUseCaseForModelAccessError::is_resource_not_found_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(self.fault(USE_CASE, &error)),
        }
    }

    /// Where invocations are logged in this Region. Without a configuration, nowhere.
    ///
    /// # Errors
    /// A fault of the access source.
    pub async fn invocation_logging(&self) -> Result<InvocationLogging, Fault> {
        let request = self.clients().bedrock.get_model_invocation_logging_configuration();
        let answer = request.send().await.map_err(|error| self.fault(LOGGING, &error))?;
        Ok(answer.logging_config().map_or(InvocationLogging::Off, logging))
    }
}

fn availability(answer: &GetFoundationModelAvailabilityOutput) -> Availability {
    let agreement = answer.agreement_availability();
    Availability {
        agreement: agreement.map(|agreement| agreement.status().as_str().to_owned()).unwrap_or_default(),
        agreement_error: agreement.and_then(|agreement| agreement.error_message()).map(str::to_owned),
        authorization: answer.authorization_status().as_str().to_owned(),
        entitlement: answer.entitlement_availability().as_str().to_owned(),
        region: answer.region_availability().as_str().to_owned(),
    }
}

/// A configuration that names no place logs nowhere.
fn logging(config: &LoggingConfig) -> InvocationLogging {
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let log_group = config.cloud_watch_config().and_then(|to| named(to.log_group_name()));
    let bucket = config.s3_config().and_then(|to| named(to.bucket_name()));
    if log_group.is_none() && bucket.is_none() {
        return InvocationLogging::Off;
    }
    InvocationLogging::On { log_group, bucket }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::testing::{Reply, gateway},
        domain::fault::FaultKind,
    };

    const NOT_FOUND: &str = r#"{"__type":"ResourceNotFoundException","message":"Not here."}"#;
    const DENIED: &str = r#"{"__type":"AccessDeniedException","message":"User: arn:aws:iam::111122223333:user/me is not authorized to perform: bedrock:GetUseCaseForModelAccess because no identity-based policy allows the bedrock:GetUseCaseForModelAccess action"}"#;

    #[tokio::test]
    async fn availability_keeps_what_aws_says_and_the_model_is_in_the_path() {
        let body = r#"{"modelId":"a.m-v1:0","agreementAvailability":{"status":"ERROR","errorMessage":"No card."},
            "authorizationStatus":"NOT_AUTHORIZED","entitlementAvailability":"NOT_AVAILABLE","regionAvailability":"SOON"}"#;
        let (gateway, canned) = gateway([Reply::json(200, body)]).await;
        let answer = gateway.availability(&ModelId::from("a.m-v1:0")).await.unwrap();
        let told = [answer.agreement, answer.authorization, answer.entitlement, answer.region];
        assert_eq!(told, ["ERROR", "NOT_AUTHORIZED", "NOT_AVAILABLE", "SOON"]);
        assert_eq!(answer.agreement_error.as_deref(), Some("No card."));
        assert!(canned.asked()[0].uri.ends_with("/foundation-model-availability/a.m-v1%3A0"), "{:?}", canned.asked());
    }

    #[tokio::test]
    async fn a_model_that_is_not_known_is_a_fault() {
        let (gateway, _) = gateway([Reply::json(404, NOT_FOUND)]).await;
        let fault = gateway.availability(&ModelId::from("a.m")).await.unwrap_err();
        assert_eq!((fault.source, fault.kind), (Source::Access, FaultKind::Invalid));
        assert_eq!(fault.action.as_deref(), Some("bedrock:GetFoundationModelAvailability"));
    }

    #[tokio::test]
    async fn only_a_form_that_is_not_found_was_not_handed_in() {
        let form = r#"{"formData":"e30="}"#;
        let (gateway, _) = gateway([
            Reply::json(200, form),
            Reply::json(404, NOT_FOUND),
            Reply::json(403, DENIED),
            Reply::json(404, r#"{"__type":"UnknownOperationException"}"#),
            Reply::json(400, r#"{"__type":"ValidationException","message":"No."}"#),
        ])
        .await;
        assert_eq!(gateway.use_case_submitted().await, Ok(true));
        assert_eq!(gateway.use_case_submitted().await, Ok(false));
        let fault = gateway.use_case_submitted().await.unwrap_err();
        assert_eq!((fault.source, fault.kind), (Source::Access, FaultKind::Denied));
        assert_eq!(fault.action.as_deref(), Some("bedrock:GetUseCaseForModelAccess"));
        assert_eq!(gateway.use_case_submitted().await.unwrap_err().kind, FaultKind::NotOffered);
        assert_eq!(gateway.use_case_submitted().await.unwrap_err().kind, FaultKind::Invalid);
    }

    #[tokio::test]
    async fn logging_names_its_places_and_none_is_off() {
        let both = r#"{"loggingConfig":{"cloudWatchConfig":{"logGroupName":"/bedrock","roleArn":"arn:r"},"s3Config":{"bucketName":"logs"},
            "textDataDeliveryEnabled":true}}"#;
        let nowhere = r#"{"loggingConfig":{"textDataDeliveryEnabled":true}}"#;
        let (gateway, canned) =
            gateway([Reply::json(200, both), Reply::json(200, "{}"), Reply::json(200, nowhere)]).await;
        let on = InvocationLogging::On { log_group: Some("/bedrock".to_owned()), bucket: Some("logs".to_owned()) };
        assert_eq!(gateway.invocation_logging().await, Ok(on));
        assert_eq!(gateway.invocation_logging().await, Ok(InvocationLogging::Off));
        assert_eq!(gateway.invocation_logging().await, Ok(InvocationLogging::Off));
        assert!(canned.asked()[0].uri.ends_with("/logging/modelinvocations"));
    }
}
