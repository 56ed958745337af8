//! `tiertop quotas`: every quota with its model and its use, of an account, or of files without one.

mod offline;
mod table;

use std::{io::Write, sync::Arc};

use clap::{Args, ValueEnum};

use super::{
    Aws,
    offline::{Files, needs_no_account},
};
use crate::{
    config::{Config, Origin, Setting},
    domain::{
        ids::{ModelId, QuotaCode},
        snapshot::Snapshot,
    },
    export,
    runtime::{self, Outcome, Problem, Settings},
    ui::text::clean,
};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// `tiertop.quotas/1`
    Json,
    /// One line for each quota, safe for spreadsheets
    Csv,
    /// For people
    Table,
}

#[derive(Debug, Args)]
pub(super) struct Quotas {
    /// How it is printed; JSON and CSV hold every quota
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// In the table, quotas that inference does not draw on, too
    #[arg(long)]
    all: bool,
    /// Poll this simulated account instead of AWS
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profile", "endpoint_url"])]
    scenario: Option<String>,
    #[command(flatten)]
    files: Files,
}

/// What is printed.
struct Found {
    snapshot: Arc<Snapshot>,
    /// What the reader should know beside the numbers.
    notes: Vec<String>,
}

impl Quotas {
    pub(super) fn run(&self, aws: &Aws, config: &Config, settings: &Settings) -> Result<Outcome, Problem> {
        let mut found = if self.files.quotas.is_some() {
            let account =
                [("--scenario", &self.scenario), ("--profile", &aws.profile), ("--endpoint-url", &aws.endpoint_url)];
            needs_no_account("--quotas", account)?;
            offline::read(&self.files, aws.region.as_deref(), settings)?
        } else {
            self.without_quotas_no_files()?;
            self.poll(aws, settings)?
        };
        found.notes.extend(notes_on_pins(&found.snapshot, config));
        let text = match self.format {
            Format::Json => super::pretty(&export::quotas::document(&found.snapshot, &found.notes))?,
            Format::Csv => export::quotas::csv(&found.snapshot, clean).map_err(Problem::Output)?,
            Format::Table => table::text(&found, self.all),
        };
        super::print(&text)?;
        if matches!(self.format, Format::Csv) {
            say_beside(&found);
        }
        Ok(if found.snapshot.faults.is_empty() { Outcome::Done } else { Outcome::Incomplete })
    }

    fn poll(&self, aws: &Aws, settings: &Settings) -> Result<Found, Problem> {
        let polled = runtime::poll_once(aws.target(self.scenario.as_deref())?, settings)?;
        Ok(Found { snapshot: polled.snapshot, notes: Vec::new() })
    }

    /// Without the quotas the other files say nothing.
    fn without_quotas_no_files(&self) -> Result<(), Problem> {
        match self.files.given().first() {
            None => Ok(()),
            Some((flag, _)) => Err(Problem::Usage(format!(
                "{flag} is read beside --quotas FILE only: add --quotas with the output of `{}`",
                super::dump::APPLIED.command
            ))),
        }
    }
}

/// A CSV has no place for what is not a quota: it goes to stderr.
fn say_beside(found: &Found) {
    let mut stderr = std::io::stderr().lock();
    for note in &found.notes {
        let _ = writeln!(stderr, "tiertop: {}", clean(note));
    }
    for fault in &found.snapshot.faults {
        let _ = writeln!(stderr, "tiertop: {}", clean(&fault.to_string()));
    }
}

/// Pins that contradict a name, and pins of nothing.
fn notes_on_pins(snapshot: &Snapshot, config: &Config) -> Vec<String> {
    let pins = config.quota.pins.iter().filter(|_| !snapshot.quotas.is_empty());
    pins.filter_map(|(code, model)| note_on_pin(snapshot, config, code, model)).collect()
}

fn note_on_pin(snapshot: &Snapshot, config: &Config, code: &QuotaCode, model: &Setting<ModelId>) -> Option<String> {
    let file = config.file.as_ref().map_or_else(String::new, |file| file.display().to_string());
    let place = match model.by {
        Origin::File(line) => format!("{file}, line {line}"),
        _ => file,
    };
    let found = snapshot.quotas.binary_search_by(|row| row.known.quota.code.cmp(code)).ok();
    let Some(row) = found.and_then(|at| snapshot.quotas.get(at)) else {
        return Some(format!("{code} is pinned to {} ({place}), and no such quota is listed", model.value));
    };
    let contradicts = row.known.matching.pin_contradicts.as_ref()?;
    Some(format!("{code} is pinned to {} ({place}), which contradicts its name: {contradicts}", model.value))
}
