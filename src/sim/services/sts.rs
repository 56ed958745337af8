//! STS: who the caller is, and credentials for another role.

use super::Account;
use crate::sim::wire::value::Value;
use crate::sim::wire::{Fault, Request, Response};

/// ARN of the only caller there is.
#[must_use]
pub fn caller_arn(account: &Account<'_>) -> String {
    account.world.caller_arn()
}

/// Answers a request; None for an unknown operation.
pub fn handle(account: &mut Account<'_>, now: i64, request: &Request) -> Option<Response> {
    match request.operation.as_str() {
        "GetCallerIdentity" => Some(Ok(Value::members([
            ("Arn", caller_arn(account).into()),
            ("UserId", "AROAEXAMPLEEXAMPLE123:tiertop".into()),
            ("Account", account.world.account().into()),
        ])
        .into())),
        "AssumeRole" => Some(assume_role(now, request)),
        _ => None,
    }
}

fn assume_role(now: i64, request: &Request) -> Response {
    let invalid = |text: String| Fault::new(400, "ValidationError", text);
    let missing = |name: &str| {
        let text = format!(
            "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
        );
        Fault::new(400, "ValidationError", text)
    };
    let role = request.input.text("RoleArn").ok_or_else(|| missing("roleArn"))?;
    let session = request.input.text("RoleSessionName").ok_or_else(|| missing("roleSessionName"))?;
    let parts: Vec<&str> = role.splitn(6, ':').collect();
    let [_, partition, "iam", _, account, name] = parts[..] else {
        return Err(invalid(format!("{role} is invalid")));
    };
    let Some(name) = name.strip_prefix("role/") else {
        return Err(invalid(format!("{role} is invalid")));
    };
    let seconds = request.input.int("DurationSeconds").unwrap_or(3600);
    if !(900..=43_200).contains(&seconds) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: \
             Member must have value between 900 and 43200"
        )));
    }
    let name = name.rsplit('/').next().unwrap_or_default();
    Ok(Value::members([
        (
            "Credentials",
            Value::members([
                ("AccessKeyId", "ASIAEXAMPLEEXAMPLE12".into()),
                ("SecretAccessKey", "simulated-secret-of-no-account".into()),
                ("SessionToken", "simulated-session-token".into()),
                ("Expiration", Value::Time(now + seconds)),
            ]),
        ),
        (
            "AssumedRoleUser",
            Value::members([
                ("AssumedRoleId", format!("AROAEXAMPLEEXAMPLE456:{session}").into()),
                ("Arn", format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}").into()),
            ]),
        ),
    ])
    .into())
}
