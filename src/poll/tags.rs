//! Tags of active application profiles, one call each, one after the other: the control plane's rates are not published.

use super::Post;
use crate::{
    app::event::Fetched,
    aws::Gateway,
    domain::{fault::Fault, ids::Arn, reckoning::Tags},
};

/// After this many refusals the rest would be refused too.
const REFUSALS_AT_MOST: usize = 3;

/// Reads what can be read: a profile whose tags are refused costs only its own.
pub(super) async fn fetch(gateway: &Gateway, arns: &[Arn], post: &Post) -> Option<Fault> {
    let (mut tags, mut faults) = (Tags::new(), Vec::new());
    for arn in arns {
        match gateway.tags(arn).await {
            Ok(of_profile) => {
                tags.insert(arn.clone(), of_profile);
            }
            Err(fault) => {
                let passes = fault.kind.passes();
                faults.push(fault);
                if passes || faults.len() == REFUSALS_AT_MOST {
                    break;
                }
            }
        }
    }
    if !tags.is_empty() {
        post.fetched(Fetched::Tags(tags)).await;
    }
    Fault::merged(faults)
}
