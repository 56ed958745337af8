//! The IAM actions of tiertop's calls: the one list, and the smallest policy that allows them.

use serde::Serialize;

/// What the dashboard, and every command that reads the account, asks. Lists and metrics have no resource to be narrowed to.
pub const READING: [&str; 8] = [
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "servicequotas:ListServiceQuotas",
    "servicequotas:ListAWSDefaultServiceQuotas",
    "servicequotas:ListRequestedServiceQuotaChangeHistory",
    "bedrock:ListFoundationModels",
    "bedrock:ListInferenceProfiles",
    "bedrock:ListTagsForResource",
];

/// What the doctor asks beside it: model access, the use-case form, whether invocations are logged.
pub const DOCTOR: [&str; 3] = [
    "bedrock:GetFoundationModelAvailability",
    "bedrock:GetUseCaseForModelAccess",
    "bedrock:GetModelInvocationLoggingConfiguration",
];

/// Called, and needs no permission (STS API reference): a policy that leaves it out still allows it.
pub const WITHOUT_PERMISSION: [&str; 1] = ["sts:GetCallerIdentity"];

/// What test calls need on models and profiles.
pub const PROMPT: [&str; 3] = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:CountTokens"];

/// What test calls need on bedrock-mantle.
pub const PROMPT_ON_MANTLE: [&str; 1] = ["bedrock-mantle:CreateInference"];

/// What is called: models of any Region, because a profile sends calls to several, and profiles of both kinds. In any partition.
const CALLABLE: [&str; 3] = [
    "arn:*:bedrock:*::foundation-model/*",
    "arn:*:bedrock:*:*:inference-profile/*",
    "arn:*:bedrock:*:*:application-inference-profile/*",
];

/// A policy document as IAM takes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: Vec<&'static str>,
    resource: Vec<&'static str>,
}

/// The smallest policy for what tiertop does; with what test calls need where that is wanted: these cost money.
#[must_use]
pub fn policy(with_prompt: bool) -> Policy {
    let allow = |sid, action, resource| Statement { sid, effect: "Allow", action, resource };
    let mut statement = vec![
        allow("TiertopReads", READING.to_vec(), vec!["*"]),
        allow("TiertopDoctorAsks", DOCTOR.to_vec(), vec!["*"]),
    ];
    if with_prompt {
        statement.push(allow("TiertopTestCalls", PROMPT.to_vec(), CALLABLE.to_vec()));
        statement.push(allow("TiertopTestCallsOnMantle", PROMPT_ON_MANTLE.to_vec(), vec!["*"]));
    }
    // The policy language's version, not a date of ours.
    Policy { version: "2012-10-17", statement }
}
