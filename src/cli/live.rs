//! `tiertop`: the dashboard on a real account.

use super::Aws;
use crate::{
    aws::ConnectOptions,
    config::Config,
    runtime::{self, Outcome, Problem, Target},
};

pub(super) fn run(aws: &Aws, config: &Config) -> Result<Outcome, Problem> {
    runtime::dashboard(Target::Aws(aws.options()), &super::settings(config), (&config.dashboard).into())
}

impl Aws {
    /// The simulated account of this scenario, else the account that the AWS settings point to.
    pub(super) fn target(&self, scenario: Option<&str>) -> Result<Target, Problem> {
        Ok(match scenario {
            Some(name) => Target::Simulated(Box::new(super::sim::scenario(name)?)),
            None => Target::Aws(self.options()),
        })
    }

    pub(super) fn options(&self) -> ConnectOptions {
        ConnectOptions {
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            ..ConnectOptions::default()
        }
    }
}
