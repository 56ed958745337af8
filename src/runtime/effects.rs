//! Carries out what `update` asks for.

use tokio::sync::mpsc::Sender;

use super::{cache::Cache, clock};
use crate::{
    app::event::{Effect, Event},
    aws::Gateway,
    poll::{self, Post},
};

/// The hands of the program.
pub(super) struct Hands {
    pub(super) gateway: Gateway,
    pub(super) events: Sender<Event>,
    pub(super) cache: Option<Cache>,
}

impl Hands {
    /// Begins everything asked for that needs no screen; returns the rest.
    pub(super) fn carry_out(&self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut left = Vec::new();
        for effect in effects {
            match effect {
                Effect::Ask(generation, ask) => {
                    let post = Post::new(generation, self.events.clone());
                    tokio::spawn(poll::run(self.gateway.clone(), ask, clock::now(), post));
                }
                Effect::Keep(cached) => {
                    if let Some(cache) = self.cache.clone() {
                        tokio::task::spawn_blocking(move || cache.keep(&cached));
                    }
                }
                Effect::Copy(_) | Effect::OpenLink(_) | Effect::Suspend | Effect::Quit => left.push(effect),
            }
        }
        left
    }
}
