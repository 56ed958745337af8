//! `tiertop doctor`: from "it doesn't work" to one cause and one next step.

use clap::{Args, ValueEnum};

use super::Aws;
use crate::{
    app::doctor::Doctor as Wish,
    domain::{
        doctor::{facts::Asked, finding::Report},
        ids::Region,
    },
    export,
    runtime::{self, Outcome, Problem, Settings},
};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// `tiertop.doctor/1`
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Only what concerns this model, profile or application profile, and the whole account
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// An error message that somebody got
    #[arg(long, value_name = "TEXT")]
    error: Option<String>,
    /// Ask these Regions' quotas, too: tells an account's trouble from a Region's
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    look_in: Vec<String>,
    /// Look at this simulated account instead of AWS
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profile", "endpoint_url"])]
    scenario: Option<String>,
}

impl Doctor {
    pub(super) fn run(&self, aws: &Aws, settings: &Settings) -> Result<Outcome, Problem> {
        let wish = Wish::asking_about(
            Asked { model: self.model.clone(), error: self.error.clone() },
            self.look_in.iter().map(Region::from).collect(),
        );
        let polled = runtime::examine_once(aws.target(self.scenario.as_deref())?, settings, wish)?;
        let text = match self.format {
            Format::Json => super::pretty(&export::doctor::document(&polled.report, &polled.snapshot, &[]))?,
            Format::Text => format!("{:#?}\n", polled.report),
        };
        super::print(&text)?;
        Ok(outcome(&polled.report))
    }
}

fn outcome(report: &Report) -> Outcome {
    if report.troubles() > 0 {
        Outcome::Found
    } else if report.saw_anything() {
        Outcome::Done
    } else {
        Outcome::Incomplete
    }
}
