//! Carries out what `update` asks for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::Sender;

use super::{cache::Cache, calls::Calls, clock, connection::Connection};
use crate::{
    app::event::{Effect, Entered, Event, Generation},
    aws::Gateway,
    domain::ids::Region,
    poll::{self, Post},
};

/// The hands of the program.
pub(super) struct Hands {
    events: Sender<Event>,
    at: Arc<Mutex<At>>,
    calls: Calls,
}

/// Where is asked now, and where from the next [`Effect::EnterRegion`] on.
struct At {
    here: Place,
    next: Option<Place>,
}

/// A Region with what is asked there and kept of it.
#[derive(Clone)]
struct Place {
    connection: Connection,
    cache: Option<Cache>,
}

impl Place {
    fn of(connection: Connection) -> Self {
        Self { cache: Cache::of(&connection), connection }
    }
}

impl Hands {
    pub(super) fn new(connection: Connection, events: Sender<Event>) -> Self {
        Self {
            events,
            at: Arc::new(Mutex::new(At { here: Place::of(connection), next: None })),
            calls: Calls::default(),
        }
    }

    /// What the earlier run left of the present Region.
    pub(super) fn cached(&self) -> Option<Event> {
        let cache = self.here().cache;
        cache.as_ref().and_then(Cache::load).map(Event::Cached)
    }

    /// Begins everything asked for that needs no screen; returns the rest.
    pub(super) fn carry_out(&self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut left = Vec::new();
        for effect in effects {
            match effect {
                Effect::Ask(generation, ask) => {
                    let post = Post::new(generation, self.events.clone());
                    tokio::spawn(poll::run(self.gateway(), ask, clock::now(), post));
                }
                Effect::SwitchRegion(generation, region) => self.switch(generation, region),
                Effect::EnterRegion(region) => self.enter(&region),
                Effect::Look(generation, regions) => {
                    tokio::spawn(poll::look(self.gateway(), regions, Post::new(generation, self.events.clone())));
                }
                Effect::Examine(generation, asked) => {
                    let post = Post::new(generation, self.events.clone());
                    tokio::spawn(poll::examine(self.gateway(), *asked, clock::now(), post));
                }
                Effect::Send(number, plan) => self.calls.send(self.gateway(), number, *plan, self.events.clone()),
                Effect::StopCall(number) => self.calls.stop(number),
                Effect::Keep(cached) => {
                    if let Some(cache) = self.here().cache {
                        tokio::task::spawn_blocking(move || cache.keep(&cached));
                    }
                }
                Effect::Copy(_)
                | Effect::Save(_)
                | Effect::OpenLink(_)
                | Effect::Ring
                | Effect::Suspend
                | Effect::Quit => {
                    left.push(effect);
                }
            }
        }
        left
    }

    /// Gets ready to ask another Region; it is entered only when the program says so, because answers of this one may still be on their way.
    fn switch(&self, generation: Generation, region: Region) {
        let (here, at, events) = (self.here().connection, Arc::clone(&self.at), self.events.clone());
        tokio::spawn(async move {
            let entered = match poll::enter(&here.gateway, &region).await {
                Ok(gateway) => Ok(Box::new(get_ready(&at, here.in_region(gateway)).await)),
                Err(why) => Err(why),
            };
            let _ = events.send(Event::RegionSwitched(generation, entered)).await;
        });
    }

    fn enter(&self, region: &Region) {
        let mut at = lock(&self.at);
        if let Some(next) = at.next.take_if(|next| next.connection.session.region == *region) {
            at.here = next;
        }
    }

    fn gateway(&self) -> Gateway {
        self.here().connection.gateway
    }

    fn here(&self) -> Place {
        lock(&self.at).here.clone()
    }
}

async fn get_ready(at: &Mutex<At>, connection: Connection) -> Entered {
    let session = connection.session.clone();
    let place = Place::of(connection);
    let cache = place.cache.clone();
    lock(at).next = Some(place);
    let cached = tokio::task::spawn_blocking(move || cache.as_ref().and_then(Cache::load)).await;
    Entered { session, cached: cached.ok().flatten() }
}

/// A lock that a panic elsewhere cannot take away: what it guards is whole at any time.
fn lock(at: &Mutex<At>) -> MutexGuard<'_, At> {
    at.lock().unwrap_or_else(PoisonError::into_inner)
}
