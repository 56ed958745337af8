//! Applied and default quotas, and requests for more: three lists of one service, side by side, each of which may fail alone.

use super::Post;
use crate::{app::event::Fetched, aws::Gateway, domain::fault::Fault};

pub(super) async fn fetch(gateway: &Gateway, defaults: bool, post: &Post) -> Option<Fault> {
    let applied = async {
        match gateway.applied_quotas().await {
            Ok(quotas) => brought(post, Fetched::AppliedQuotas(quotas)).await,
            Err(fault) => Some(fault),
        }
    };
    let defaults = async {
        if defaults {
            match gateway.default_quotas().await {
                Ok(quotas) => brought(post, Fetched::DefaultQuotas(quotas)).await,
                Err(fault) => Some(fault),
            }
        } else {
            None
        }
    };
    let requests = async {
        match gateway.quota_requests().await {
            Ok(requests) => brought(post, Fetched::QuotaRequests(requests)).await,
            Err(fault) => Some(fault),
        }
    };
    let (applied, defaults, requests) = tokio::join!(applied, defaults, requests);
    Fault::merged([applied, defaults, requests].into_iter().flatten().collect())
}

async fn brought(post: &Post, fetched: Fetched) -> Option<Fault> {
    post.fetched(fetched).await;
    None
}
