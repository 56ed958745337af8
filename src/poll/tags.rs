//! Tags of active application profiles, one call each, one after the other: the control plane's rates are not published.

use super::Post;
use crate::{
    app::event::Fetched,
    aws::Gateway,
    domain::{fault::Fault, ids::Arn, reckoning::Tags},
};

pub(super) async fn fetch(gateway: &Gateway, arns: &[Arn], post: &Post) -> Option<Fault> {
    let mut tags = Tags::new();
    let mut fault = None;
    for arn in arns {
        match gateway.tags(arn).await {
            Ok(of_profile) => {
                tags.insert(arn.clone(), of_profile);
            }
            Err(failed) => {
                fault = Some(failed);
                break;
            }
        }
    }
    post.fetched(Fetched::Tags(tags)).await;
    fault
}
