//! Applied and default quotas, and open requests: three lists of one service, each of which may fail alone.

use super::Post;
use crate::{app::event::Fetched, aws::Gateway, domain::fault::Fault};

pub(super) async fn fetch(gateway: &Gateway, defaults: bool, post: &Post) -> Option<Fault> {
    let mut faults = Vec::new();
    match gateway.applied_quotas().await {
        Ok(quotas) => post.fetched(Fetched::AppliedQuotas(quotas)).await,
        Err(fault) => faults.push(fault),
    }
    if defaults {
        match gateway.default_quotas().await {
            Ok(quotas) => post.fetched(Fetched::DefaultQuotas(quotas)).await,
            Err(fault) => faults.push(fault),
        }
    }
    match gateway.open_quota_requests().await {
        Ok(codes) => post.fetched(Fetched::OpenRequests(codes)).await,
        Err(fault) => faults.push(fault),
    }
    Fault::merged(faults)
}
