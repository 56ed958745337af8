//! `tiertop demo`: the dashboard on the embedded simulated account.

use clap::Args;

use super::looks::Flags;
use crate::{
    config::Config,
    runtime::{self, Outcome, Problem, Target},
};

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Which account: healthy, zero-quota, throttled, …; a wrong name lists them all
    #[arg(long, value_name = "NAME", default_value = "healthy")]
    scenario: String,
    #[command(flatten)]
    pub(super) looks: Flags,
}

impl Demo {
    pub(super) fn run(&self, config: &Config) -> Result<Outcome, Problem> {
        let target = Target::Simulated(Box::new(super::sim::scenario(&self.scenario)?));
        runtime::dashboard(target, &super::settings(config), (&config.dashboard).into())
    }
}
