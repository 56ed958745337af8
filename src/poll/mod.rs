//! Background tasks: each carries one question to AWS and brings back what came, piece by piece, as events. Decides nothing: what is asked and when is `app`'s.

mod catalog;
mod discovery;
mod doctor;
mod metrics;
mod quotas;
mod regions;
mod tags;

pub use doctor::examine;
pub use regions::{enter, look};

use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use crate::{
    app::event::{Ask, Asked, Event, Examined, Fetched, Generation},
    aws::Gateway,
    domain::{call::CallRecord, fault::Fault, ids::Region},
};

/// Where a task puts what it brings back. The queue is bounded: a task waits when the program is behind.
#[derive(Debug, Clone)]
pub struct Post {
    generation: Generation,
    events: Sender<Event>,
}

impl Post {
    /// A way back for answers to a question of this generation.
    #[must_use]
    pub fn new(generation: Generation, events: Sender<Event>) -> Self {
        Self { generation, events }
    }

    /// Brings a piece. Nobody listens any more when the program ends; then it is dropped.
    async fn fetched(&self, fetched: Fetched) {
        let _ = self.events.send(Event::Fetched(self.generation, fetched)).await;
    }

    /// Brings calls that have ended, where there are any.
    async fn called(&self, calls: Vec<CallRecord>) {
        if !calls.is_empty() {
            let _ = self.events.send(Event::Called(calls)).await;
        }
    }

    async fn looked(&self, region: Region, found: Result<bool, Fault>) {
        let _ = self.events.send(Event::Looked(self.generation, region, found)).await;
    }

    async fn examined(&self, examined: Examined) {
        let _ = self.events.send(Event::Examined(self.generation, examined)).await;
    }

    async fn finished(&self, asked: Asked, fault: Option<Fault>) {
        let _ = self.events.send(Event::Finished(self.generation, asked, fault)).await;
    }
}

/// Carries a question. `asked_at` is the time of asking: minutes settle by it.
pub async fn run(gateway: Gateway, ask: Ask, asked_at: Timestamp, post: Post) {
    let asked = ask.asked();
    let fault = match ask {
        Ask::Identity => identity(&gateway, &post).await,
        Ask::Catalog => catalog::fetch(&gateway, &post).await,
        Ask::Tags(arns) => tags::fetch(&gateway, &arns, &post).await,
        Ask::Discovery(all) => Box::pin(discovery::fetch(&gateway, all, &post)).await,
        Ask::Metrics { round, queries, span } => metrics::fetch(&gateway, round, queries, span, asked_at, &post).await,
        Ask::Quotas(defaults) => Box::pin(quotas::fetch(&gateway, defaults, &post)).await,
    };
    post.called(gateway.take_calls()).await;
    post.finished(asked, fault).await;
}

async fn identity(gateway: &Gateway, post: &Post) -> Option<Fault> {
    match gateway.caller_identity().await {
        Ok(identity) => {
            post.fetched(Fetched::Identity(identity.account, identity.arn)).await;
            None
        }
        Err(fault) => Some(fault),
    }
}
