//! An AWS-compatible simulated account. Shares no code with `aws` or `domain`, so that a shared mistake cannot cancel out.

pub mod connector;
pub mod faults;
pub mod scenario;
pub mod server;
pub mod services;
pub mod wire;
pub mod world;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

pub use wire::{Answer, Chunk, End};

use services::{Account, Increase};
use wire::{Protocol, Request, Response, Service, route};
use world::World;

/// Operations whose calls are counted apart; made-up names beyond share one count.
const MOST_COUNTED: usize = 256;

/// A shared handle on a simulated account: clones are the same account.
#[derive(Clone)]
pub struct Sim {
    inner: Arc<Inner>,
    pace: f64,
}

struct Inner {
    state: Mutex<State>,
    clock: Box<dyn Fn() -> i64 + Send + Sync>,
}

struct State {
    world: World,
    increases: Vec<Increase>,
    calls: HashMap<(Service, String), u64>,
    total: u64,
}

impl fmt::Debug for Sim {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sim").finish_non_exhaustive()
    }
}

impl Sim {
    /// A simulation of `world` whose time, in Unix seconds, `clock` tells.
    pub fn new(world: World, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let state = State { world, increases: Vec::new(), calls: HashMap::new(), total: 0 };
        Self { inner: Arc::new(Inner { state: Mutex::new(state), clock: Box::new(clock) }), pace: 1.0 }
    }

    /// The same account, whose answers through this handle take `pace` times as long (0: at once).
    #[must_use]
    pub fn at_pace(mut self, pace: f64) -> Self {
        self.pace = pace;
        self
    }

    /// The account's time.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.inner.clock)()
    }

    /// How many requests were answered so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.state().total
    }

    /// How many requests named this operation, whatever came of them.
    #[must_use]
    pub fn calls_of(&self, service: Service, operation: &str) -> u64 {
        self.state().calls.get(&(service, operation.to_owned())).copied().unwrap_or_default()
    }

    /// Looks at or changes the account.
    pub fn with_world<R>(&self, look: impl FnOnce(&mut World) -> R) -> R {
        look(&mut self.state().world)
    }

    /// Answers a request; never panics, whatever the request is.
    pub fn answer(&self, request: http::Request<Bytes>) -> Answer {
        let now = self.now();
        let mut answer = self.answer_at(request, now);
        let scaled = |time: Duration| Duration::try_from_secs_f64(time.as_secs_f64() * self.pace).unwrap_or(time);
        answer.delay = scaled(answer.delay);
        for chunk in &mut answer.chunks {
            chunk.after = scaled(chunk.after);
        }
        answer
    }

    fn answer_at(&self, request: http::Request<Bytes>, now: i64) -> Answer {
        let mut state = self.state();
        state.total += 1;
        let id = request_id(state.total, now);
        match route::parse(request) {
            Ok(request) => state.answer(request, now, &id),
            Err(refused) => wire::encode(refused.service, refused.protocol, "", Err(refused.fault), &id),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn answer(&mut self, mut request: Request, now: i64, id: &str) -> Answer {
        let (service, protocol) = (request.service, request.protocol);
        let operation = request.operation.clone();
        let known = self.calls.len() < MOST_COUNTED || self.calls.contains_key(&(service, operation.clone()));
        let counted = if known { operation.clone() } else { String::new() };
        let count = self.calls.entry((service, counted)).or_default();
        let number = *count;
        *count += 1;
        let home = self.world.region().to_owned();
        let world = self.world.in_region(request.region.as_deref().unwrap_or(&home));
        let scenario = world.scenario();
        let rule = faults::choose(&scenario.faults, scenario.seed, service, &operation, number).cloned();
        request.result_faults = faults::results(&scenario.faults, scenario.seed, &request, number);
        let mut account = Account { world, increases: &mut self.increases };
        let region = account.region(&request);
        let response = match &rule {
            Some(rule) => {
                let resource = services::resource(&account, &region, &request);
                let caller = services::sts::caller_arn(&account);
                match faults::instead(rule.kind, &request, &caller, resource.as_deref(), now) {
                    Some(fault) => Err(fault),
                    None if rule.kind == faults::Kind::EndlessToken => {
                        faults::forget_token(&mut request);
                        let mut response = handle(&mut account, now, &request);
                        faults::endless(service, &mut response);
                        response
                    }
                    None if rule.kind == faults::Kind::Hang => Ok(wire::value::Value::members([]).into()),
                    None => handle(&mut account, now, &request),
                }
            }
            None => handle(&mut account, now, &request),
        };
        let mut answer = wire::encode(service, protocol, &operation, response, id);
        if let Some(rule) = &rule {
            faults::damage(rule, protocol, &mut answer);
        }
        answer
    }
}

fn handle(account: &mut Account<'_>, now: i64, request: &Request) -> Response {
    let response = match request.service {
        Service::CloudWatch => services::cloudwatch::handle(account, now, request),
        Service::ServiceQuotas => services::servicequotas::handle(account, now, request),
        Service::Bedrock => services::bedrock::handle(account, now, request),
        Service::BedrockRuntime if request.protocol == Protocol::Chat => {
            services::openai::handle(account, now, request)
        }
        Service::BedrockRuntime => services::bedrock_runtime::handle(account, now, request),
        Service::Sts => services::sts::handle(account, now, request),
    };
    response.unwrap_or_else(|| Err(unknown_operation(request)))
}

fn unknown_operation(request: &Request) -> wire::Fault {
    let operation: String = request.operation.chars().take(128).collect();
    match request.protocol {
        Protocol::Query => {
            let version = if request.service == Service::Sts { "2011-06-15" } else { "2010-08-01" };
            let text = format!("Could not find operation {operation} for version {version}");
            wire::Fault::new(400, "InvalidAction", text)
        }
        Protocol::Json10 | Protocol::Json11 => wire::Fault::new(400, "UnknownOperationException", ""),
        Protocol::Cbor | Protocol::Rest | Protocol::Chat => wire::Fault::new(404, "UnknownOperationException", ""),
    }
}

/// A request id in the form of a UUID, the same for the same call of the same run.
fn request_id(number: u64, now: i64) -> String {
    let (a, b) =
        (wire::token::mix(&[&number.to_be_bytes(), &now.to_be_bytes()]), wire::token::mix(&[&number.to_le_bytes()]));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        (b >> 48) & 0xfff,
        b & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests;
