//! STS: who we are. The first call of a session, so the one that finds out whether the credentials are any good.

use super::gateway::{Call, Gateway};
use crate::domain::{
    fault::{Fault, Source},
    ids::{AccountId, Arn},
};

const CALL: Call = Call { source: Source::Identity, action: "sts:GetCallerIdentity" };

/// Who the credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The user or the assumed role.
    pub arn: Arn,
}

impl Gateway {
    /// The caller's identity: `GetCallerIdentity`, which needs no permission.
    ///
    /// # Errors
    /// A fault of the identity source: no or expired credentials, wrong keys, no network.
    pub async fn caller_identity(&self) -> Result<Identity, Fault> {
        let answer = self.clients().sts.get_caller_identity().send().await.map_err(|e| self.fault(CALL, &e))?;
        Ok(Identity {
            account: AccountId::from(answer.account().unwrap_or_default()),
            arn: Arn::from(answer.arn().unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        aws::testing::{Reply, gateway},
        domain::fault::FaultKind,
    };

    #[tokio::test]
    async fn the_caller_is_named() {
        let body = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
            <Arn>arn:aws:iam::111122223333:user/ana</Arn><UserId>A</UserId><Account>111122223333</Account>
            </GetCallerIdentityResult></GetCallerIdentityResponse>"#;
        let (gateway, _) = gateway([Reply::xml(200, body)]).await;
        let identity = gateway.caller_identity().await.unwrap();
        assert_eq!((identity.account.as_str(), identity.arn.last_segment()), ("111122223333", "ana"));
    }

    #[tokio::test]
    async fn an_expired_session_names_the_sign_in() {
        let body = r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
            <Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>"#;
        let (gateway, _) = gateway([Reply::xml(403, body)]).await;
        let fault = gateway.caller_identity().await.unwrap_err();
        assert_eq!((fault.kind, fault.next_step.as_str()), (FaultKind::Expired, "aws sso login --profile default"));
    }
}
