//! Models and profiles: two lists, each of which may fail alone.

use super::Post;
use crate::{app::event::Fetched, aws::Gateway, domain::fault::Fault};

pub(super) async fn fetch(gateway: &Gateway, post: &Post) -> Option<Fault> {
    let (models, profiles) = tokio::join!(gateway.list_models(), gateway.list_profiles());
    let mut faults = Vec::new();
    match models {
        Ok(models) => post.fetched(Fetched::Models(models)).await,
        Err(fault) => faults.push(fault),
    }
    match profiles {
        Ok(profiles) => post.fetched(Fetched::Profiles(profiles)).await,
        Err(fault) => faults.push(fault),
    }
    Fault::merged(faults)
}
