//! Which series exist, in both namespaces.

use super::Post;
use crate::{
    app::event::Fetched,
    aws::Gateway,
    domain::{fault::Fault, metric::Namespace},
};

pub(super) async fn fetch(gateway: &Gateway, all: bool, post: &Post) -> Option<Fault> {
    let everything = async { if all { Some(gateway.list_metrics(Namespace::Bedrock, false).await) } else { None } };
    let (everything, runtime, mantle) = tokio::join!(
        everything,
        gateway.list_metrics(Namespace::Bedrock, true),
        gateway.list_metrics(Namespace::Mantle, true),
    );
    let answers = [
        (Namespace::Bedrock, false, everything),
        (Namespace::Bedrock, true, Some(runtime)),
        (Namespace::Mantle, true, Some(mantle)),
    ];
    let mut faults = Vec::new();
    for (namespace, recently_active, answer) in answers {
        match answer {
            Some(Ok(listed)) => post.fetched(Fetched::Listed(namespace, recently_active, listed)).await,
            Some(Err(fault)) => faults.push(fault),
            None => {}
        }
    }
    Fault::merged(faults)
}
