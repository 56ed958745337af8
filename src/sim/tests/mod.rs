//! The real AWS SDK against the simulated account, in process and over a socket.

mod access;
mod anything;
mod calls;
mod faults;
mod metrics;
mod openai;
mod server;
mod services;

use std::time::Duration;

use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::config::timeout::TimeoutConfig;
use aws_sdk_cloudwatch::config::{BehaviorVersion, Credentials, Region};
use aws_types::SdkConfig;

use super::Sim;
use super::connector::SimClient;
use super::faults::{Kind, Rule};
use super::scenario::Scenario;
use super::world::World;

/// 2026-11-20 12:00 UTC.
const NOW: i64 = 1_795_176_000;

/// A healthy account in which these rules hold.
fn sim(rules: Vec<Rule>) -> Sim {
    let mut scenario = Scenario::named("healthy").unwrap();
    scenario.faults = rules;
    Sim::new(World::new(scenario), || NOW).at_pace(0.1)
}

fn rule(action: &str, kind: Kind) -> Rule {
    Rule { action: action.into(), kind, ratio: 1.0, delay_ms: 0 }
}

fn config_in(sim: &Sim, region: &'static str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(aws_sdk_cloudwatch::config::SharedCredentialsProvider::new(Credentials::new(
            "AKIDEXAMPLE",
            "secret",
            None,
            None,
            "test",
        )))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().read_timeout(Duration::from_secs(2)).build())
        .http_client(SimClient::shared(sim.clone()))
        .build()
}

fn config(sim: &Sim) -> SdkConfig {
    config_in(sim, "us-east-1")
}

/// A model and a profile that the account takes calls for.
fn callable(sim: &Sim) -> (String, String) {
    sim.with_world(|world| {
        let plain = |m: &&super::world::Model| {
            !m.mantle_only
                && m.streaming
                && m.lifecycle == "ACTIVE"
                && m.inference_types.iter().any(|t| t == "ON_DEMAND")
                && m.output_modalities == ["TEXT"]
                && m.tiers.iter().any(|tier| tier == "default")
        };
        let model = world.models().iter().find(plain).unwrap().model_id.clone();
        let profile = world.profiles().iter().find(|p| p.kind == "APPLICATION").unwrap().arn.clone();
        (model, profile)
    })
}
