//! `tiertop demo`: the dashboard on the embedded simulated account.

use clap::Args;

use crate::runtime::{self, Outcome, Problem, Target};

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Which account: healthy, zero-quota, throttled, …; a wrong name lists them all
    #[arg(long, value_name = "NAME", default_value = "healthy")]
    scenario: String,
}

impl Demo {
    pub(super) fn run(&self, window_minutes: i64) -> Result<Outcome, Problem> {
        runtime::dashboard(Target::Simulated(super::sim::scenario(&self.scenario)?), window_minutes)
    }
}
