//! `tiertop`: the dashboard on a real account.

use super::Aws;
use crate::{
    aws::ConnectOptions,
    runtime::{self, Looks, Outcome, Problem},
};

pub(super) fn run(aws: &Aws, window_minutes: i64, looks: Looks) -> Result<Outcome, Problem> {
    runtime::dashboard(runtime::Target::Aws(aws.options()), window_minutes, looks)
}

impl Aws {
    pub(super) fn options(&self) -> ConnectOptions {
        ConnectOptions {
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            ..ConnectOptions::default()
        }
    }
}
