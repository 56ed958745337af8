//! `tiertop snapshot`: one poll of everything, printed.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::Aws;
use crate::{
    export,
    runtime::{self, Headless, Outcome, Problem, Target},
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
    pub(super) fn run(&self, aws: &Aws, window_minutes: i64) -> Result<Outcome, Problem> {
        let target = match &self.scenario {
            Some(name) => Target::Simulated(super::sim::scenario(name)?),
            None => Target::Aws(aws.options()),
        };
        let polled = runtime::poll_once(target, window_minutes)?;
        let text = match self.format {
            Format::Json => self.json(&polled)?,
            Format::Table => super::table::text(&polled.snapshot, self.all),
        };
        // A closed pipe is the reader's choice, not a problem.
        match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Problem::Output(error)),
            _ => Ok(if polled.snapshot.faults.is_empty() { Outcome::Done } else { Outcome::Incomplete }),
        }
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
        let mut text = serde_json::to_string_pretty(&document).map_err(|error| Problem::Output(error.into()))?;
        text.push('\n');
        Ok(text)
    }
}
