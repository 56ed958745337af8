//! `tiertop tiers`: which model takes which tier, what it costs there, and what the account's own last day would have cost.

use std::fmt::Write;

use clap::{Args, ValueEnum};

use super::{
    Aws,
    table::{heading, padded},
};
use crate::{
    domain::{
        pricing,
        snapshot::Snapshot,
        tier_support,
        tiers::{TierRow, columns},
    },
    export,
    runtime::{self, Outcome, Problem, Settings},
    ui::{
        text::{clean, truncate},
        tiers::words,
    },
};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// `tiertop.tiers/1`
    Json,
    /// For people
    Table,
}

#[derive(Debug, Args)]
pub(super) struct Tiers {
    /// Only this model: its id, or an id of a profile or application profile of it
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// How it is printed; JSON holds every model and who says what
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// In the table, models that are not in use, too
    #[arg(long)]
    all: bool,
    /// Look at this simulated account instead of AWS
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profile", "endpoint_url"])]
    scenario: Option<String>,
}

impl Tiers {
    pub(super) fn run(&self, aws: &Aws, settings: &Settings) -> Result<Outcome, Problem> {
        let polled = runtime::compare_tiers_once(aws.target(self.scenario.as_deref())?, settings)?;
        let mut rows = polled.state.tier_rows();
        if let Some(id) = &self.model {
            let model = polled.state.model_named(id);
            rows.retain(|row| row.model.as_str() == id || Some(&row.model) == model.as_ref());
            if rows.is_empty() {
                let region = &polled.snapshot.region;
                return Err(Problem::Usage(format!(
                    "--model {} is no model or profile of {region}: `tiertop tiers --all` lists them",
                    clean(id)
                )));
            }
        }
        let text = match self.format {
            Format::Json => super::pretty(&export::tiers::document(&rows, &polled.snapshot))?,
            Format::Table => table(&rows, &polled.snapshot, self.all || self.model.is_some()),
        };
        super::print(&text)?;
        Ok(if polled.snapshot.faults.is_empty() { Outcome::Done } else { Outcome::Incomplete })
    }
}

/// Cells of a model's name, of a place, of a tier.
const NAME: usize = 22;
const PLACE: usize = 6;
const CELL: usize = 17;

/// Two lines for a model in use: what it takes and at which price, and what the last day would have cost.
fn table(rows: &[TierRow], known: &Snapshot, all: bool) -> String {
    let mut out = heading(known);
    let _ = write!(out, "{} {}", padded("MODEL", NAME), padded("WHERE", PLACE));
    for tier in columns() {
        let _ = write!(out, " {:>CELL$}", words::title(&tier));
    }
    out.push('\n');
    for row in rows.iter().filter(|row| all || row.in_use) {
        lines(&mut out, row);
    }
    let unused = rows.iter().filter(|row| !row.in_use).count();
    if !all && unused > 0 {
        let _ = writeln!(out, "{unused} models are not in use: --all lists them");
    }
    let _ = writeln!(
        out,
        "Price: US dollars per million input/output tokens (list, {}). Tiers as published until {}; Regions and profiles may differ.",
        pricing::AS_OF,
        tier_support::AS_OF
    );
    for fault in &known.faults {
        let _ = writeln!(out, "! {}", clean(&fault.to_string()));
    }
    out
}

fn lines(out: &mut String, row: &TierRow) {
    let name = truncate(&clean(&row.model_name), NAME, "…");
    let _ = write!(out, "{} {}", padded(&name, NAME), padded(&words::place(&row.place), PLACE));
    for offer in &row.offers {
        let _ = write!(out, " {:>CELL$}", words::offered(offer));
    }
    out.push('\n');
    if row.in_use {
        let _ = write!(out, "{} {}", padded("  last 24 h, there", NAME), padded("", PLACE));
        for offer in &row.offers {
            let _ = write!(out, " {:>CELL$}", words::day(offer));
        }
        out.push('\n');
    }
}
