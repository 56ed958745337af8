//! `tiertop sim`: the simulated account as a loopback AWS endpoint.

use clap::Args;

use crate::{
    runtime::{self, Outcome, Problem},
    sim::scenario::Scenario,
};

#[derive(Debug, Args)]
pub(super) struct Sim {
    /// Port on 127.0.0.1; 0 takes a free one, which is printed
    #[arg(long, value_name = "N")]
    port: u16,
    /// Which account: healthy, zero-quota, throttled, …; a wrong name lists them all
    #[arg(long, value_name = "NAME", default_value = "healthy")]
    scenario: String,
}

impl Sim {
    pub(super) fn run(&self) -> Result<Outcome, Problem> {
        runtime::serve(scenario(&self.scenario)?, self.port)
    }
}

pub(super) fn scenario(name: &str) -> Result<Scenario, Problem> {
    Scenario::named(name).map_err(Problem::Usage)
}
