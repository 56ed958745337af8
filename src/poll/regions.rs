//! Other Regions: getting ready to ask one, and looking where there is traffic.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::Post;
use crate::{
    aws::Gateway,
    domain::{
        fault::{Fault, FaultKind, Source},
        ids::Region,
    },
};

/// Regions that are looked at at one time: `ListMetrics` allows 25 calls a second in each, a few at once hide the distances.
const LOOKS_AT_ONCE: usize = 4;

/// STS of the other Region is waited for this long at most.
const IDENTITY_WITHIN: Duration = Duration::from_secs(8);

/// Gets ready to ask a Region with the same profile, credentials and endpoints. It is asked who we are there, so that a Region that does not exist or is not
/// enabled for the account is not entered.
///
/// # Errors
/// One sentence why the Region cannot be asked.
pub async fn enter(gateway: &Gateway, region: &Region) -> Result<Gateway, String> {
    let there = gateway.in_region(region).map_err(|error| error.to_string())?;
    let identity = tokio::time::timeout(IDENTITY_WITHIN, there.caller_identity()).await;
    match identity {
        Err(_) => Err(format!("STS in {region} does not answer.")),
        Ok(Err(fault)) if hinders(fault.kind) => {
            let enabled = if fault.kind == FaultKind::Invalid {
                format!(" Is {region} enabled for this account?")
            } else {
                String::new()
            };
            Err(format!("{}{enabled}", fault.message))
        }
        Ok(_) => Ok(there),
    }
}

/// Whether nothing else would be answered either. A denial of STS alone, or a call that may go well the next time, hinders nothing.
fn hinders(kind: FaultKind) -> bool {
    kind.is_about_credentials() || matches!(kind, FaultKind::Unreachable | FaultKind::NotOffered | FaultKind::Invalid)
}

/// Looks in each of these Regions whether there was traffic in about the last three hours; each answer is brought as it comes, each may fail alone.
pub async fn look(gateway: Gateway, regions: Vec<Region>, post: Post) {
    let looks = regions.into_iter().map(|region| async {
        let (found, calls) = match gateway.in_region(&region) {
            Ok(there) => (there.has_traffic().await, there.take_calls()),
            Err(error) => (Err(no_region(&error)), Vec::new()),
        };
        post.called(calls).await;
        post.looked(region, found).await;
    });
    let mut looks = std::pin::pin!(stream::iter(looks).buffer_unordered(LOOKS_AT_ONCE));
    while looks.next().await.is_some() {}
}

fn no_region(error: &crate::aws::ConnectError) -> Fault {
    Fault {
        source: Source::Discovery,
        kind: FaultKind::Invalid,
        action: None,
        message: error.to_string(),
        next_step: "Choose another Region.".to_owned(),
    }
}
