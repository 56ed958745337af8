//! `tiertop snapshot`: one poll of everything, printed.

use clap::{Args, ValueEnum};

use super::Aws;
use crate::{
    export,
    runtime::{self, Headless, Outcome, Problem, Settings},
};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// `tiertop.snapshot/1`
    Json,
    /// For people
    Table,
}

#[derive(Debug, Args)]
pub(super) struct Snapshot {
    /// How it is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Endpoints without traffic too
    #[arg(long)]
    all: bool,
    /// Poll this simulated account instead of AWS
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profile", "endpoint_url"])]
    scenario: Option<String>,
}

impl Snapshot {
    pub(super) fn run(&self, aws: &Aws, settings: &Settings) -> Result<Outcome, Problem> {
        let polled = runtime::poll_once(aws.target(self.scenario.as_deref())?, settings)?;
        let text = match self.format {
            Format::Json => self.json(&polled)?,
            Format::Table => super::table::text(&polled.snapshot, self.all),
        };
        super::print(&text)?;
        Ok(if polled.snapshot.faults.is_empty() { Outcome::Done } else { Outcome::Incomplete })
    }

    fn json(&self, polled: &Headless) -> Result<String, Problem> {
        let calls = polled.calls.iter().map(|calls| export::snapshot::Calls {
            service: calls.service.clone(),
            operation: calls.operation.clone(),
            count: calls.count,
        });
        let document = export::snapshot::document(
            &polled.snapshot,
            polled.window_minutes,
            self.all,
            calls.collect(),
            polled.metric_queries,
        );
        super::pretty(&document)
    }
}
