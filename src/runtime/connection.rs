//! From what the user names to an account that can be asked: AWS, a custom endpoint, or the simulated account.

use std::{sync::Arc, time::Duration};

use crate::{
    app::{
        event::{Asked, Event, Fetched},
        state::{Session, State},
    },
    aws::{self, ConnectOptions, Gateway},
    domain::{fault::Source, snapshot::Provenance},
    runtime::{Problem, Settings, clock},
    sim::{Sim, connector::SimClient, scenario::Scenario, world::World},
};

/// What is asked.
#[derive(Debug)]
pub enum Target {
    /// The account that the AWS settings point to.
    Aws(ConnectOptions),
    /// The embedded simulated account.
    Simulated(Box<Scenario>),
}

/// An account that can be asked.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) gateway: Gateway,
    pub(super) session: Session,
}

impl Connection {
    pub(super) async fn open(target: Target) -> Result<Self, Problem> {
        match target {
            Target::Aws(options) => Ok(Self::new(aws::connect(&options).await?, None)),
            Target::Simulated(scenario) => {
                let name = scenario.name.clone();
                let client = SimClient::shared(simulated(*scenario));
                let options =
                    ConnectOptions { http_client: Some(client), simulated: true, ..ConnectOptions::default() };
                Ok(Self::new(aws::connect(&options).await?, Some(name)))
            }
        }
    }

    fn new(gateway: Gateway, scenario: Option<String>) -> Self {
        let session = Session {
            profile: scenario.is_none().then(|| gateway.profile().to_owned()),
            region: gateway.region().clone(),
            provenance: gateway.provenance(),
            scenario,
        };
        Self { gateway, session }
    }

    /// The same account in the Region of this gateway.
    pub(super) fn in_region(&self, gateway: Gateway) -> Self {
        let session = Session { region: gateway.region().clone(), ..self.session.clone() };
        Self { gateway, session }
    }

    /// The first state. Ages and windows count from now.
    pub(super) fn state(&self, settings: &Settings) -> State {
        let mut state = State::new(self.session.clone(), settings.window_minutes, clock::now());
        state.account.pins = Arc::clone(&settings.pins);
        state.prompting.read_only = settings.read_only;
        state
    }

    /// Asks who we are before a poll begins, so that credentials that cannot work are said in one sentence.
    /// What it learns comes back as events; any other fault, and an answer that takes long, is left for the run itself to show.
    pub(super) async fn check_credentials(&self) -> Result<Vec<Event>, Problem> {
        if self.session.provenance == Provenance::Simulated {
            return Ok(Vec::new());
        }
        let Ok(identity) = tokio::time::timeout(IDENTITY_WITHIN, self.gateway.caller_identity()).await else {
            return Ok(Vec::new());
        };
        match identity {
            Err(fault) if fault.kind.is_about_credentials() => Err(Problem::Credentials(fault)),
            Err(fault) => Ok(vec![Event::Finished(0, Asked::Source(Source::Identity), Some(fault))]),
            Ok(identity) => Ok(vec![
                Event::Fetched(0, Fetched::Identity(identity.account, identity.arn)),
                Event::Finished(0, Asked::Source(Source::Identity), None),
            ]),
        }
    }
}

/// A poll waits this long at most for STS; a single-sign-on token is refreshed well within it.
const IDENTITY_WITHIN: Duration = Duration::from_secs(5);

/// A simulated account whose time is the machine's.
pub(super) fn simulated(scenario: Scenario) -> Sim {
    let world = World::new_at(scenario, clock::now().as_second());
    Sim::new(world, || clock::now().as_second())
}
