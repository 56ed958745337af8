//! `tiertop doctor`: from "it doesn't work" to one cause and one next step; of an account, of files, or of an error alone.

mod markdown;
mod text;

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, ValueEnum};

use super::{
    Aws,
    offline::{self, Files, needs_no_account, one_at_most_from_stdin},
};
use crate::{
    app::doctor::Doctor as Wish,
    domain::{
        doctor::{facts::Asked, finding::Report},
        ids::Region,
        reckoning,
        snapshot::Snapshot,
    },
    export,
    runtime::{self, Outcome, Problem, Settings},
};

/// Other Regions that are asked at most: each is a dozen calls of `ListServiceQuotas`.
const REGIONS_AT_MOST: usize = 5;

/// Bytes that are read of an error on standard input: a message, or a log with one in it.
const ERROR_BYTES_AT_MOST: u64 = 16 * 1024 * 1024;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// `tiertop.doctor/1`
    Json,
    /// For a ticket
    Markdown,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 no critical or warning finding, whatever could not be looked at; 1 some; 2 usage, configuration or credentials; 3 no check could run.\n\nFiles, or --error alone, need no account and make no calls; --error beside --profile, --scenario or --endpoint-url is held against what that account shows."
)]
pub(super) struct Doctor {
    /// Only what concerns this model, profile or application profile, and the whole account
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// An error that somebody got, as it was printed: what it means, and which cause fits; - reads it from standard input
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    error: Option<String>,
    /// Ask these Regions' quotas, too (free, five at most): tells an account's trouble from a Region's
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    look_in: Vec<String>,
    /// Look at this simulated account instead of AWS
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profile", "endpoint_url"])]
    scenario: Option<String>,
    #[command(flatten)]
    files: Files,
    /// Output of `aws cloudwatch list-metrics --namespace AWS/Bedrock`, or AWS/BedrockMantle; may be given twice
    #[arg(long, value_name = "FILE", help_heading = "Instead of an account, files (- is standard input)")]
    metrics: Vec<PathBuf>,
}

/// What is printed.
pub(super) struct Found {
    report: Arc<Report>,
    snapshot: Arc<Snapshot>,
    /// What the reader should know beside it.
    notes: Vec<String>,
}

impl Doctor {
    pub(super) fn run(&self, aws: &Aws, settings: &Settings) -> Result<Outcome, Problem> {
        let given = self.given();
        one_at_most_from_stdin(given.iter().map(|(_, file)| *file).chain(self.error.as_deref().map(Path::new)))?;
        let elsewhere = self.elsewhere()?;
        let asked = Asked { model: self.model()?, error: self.error()? };
        let account =
            [("--scenario", &self.scenario), ("--profile", &aws.profile), ("--endpoint-url", &aws.endpoint_url)];
        let named_account = account.iter().any(|(_, value)| value.is_some());
        let found = if let Some((flag, _)) = given.first() {
            needs_no_account(flag, account)?;
            self.of_files(asked, aws.region.as_deref(), settings)?
        } else if asked.error.is_some() && !named_account && elsewhere.is_empty() {
            self.of_files(asked, aws.region.as_deref(), settings)?
        } else {
            let wish = Wish::asking_about(asked, elsewhere);
            let polled = runtime::examine_once(aws.target(self.scenario.as_deref())?, settings, &wish)?;
            Found { report: polled.report, snapshot: polled.snapshot, notes: Vec::new() }
        };
        super::print(&self.printed(&found)?)?;
        Ok(outcome(&found.report))
    }

    fn printed(&self, found: &Found) -> Result<String, Problem> {
        match self.format {
            Format::Json => super::pretty(&export::doctor::document(&found.report, &found.snapshot, &found.notes)),
            Format::Text => Ok(text::text(found)),
            Format::Markdown => Ok(markdown::text(found)),
        }
    }

    /// The files, by flag.
    fn given(&self) -> Vec<(&'static str, &Path)> {
        let metrics = self.metrics.iter().map(|file| (super::dump::METRICS.flag, file.as_path()));
        self.files.given().into_iter().chain(metrics).collect()
    }

    /// Looks at what files hold, and at an error; at the error alone where there are no files.
    fn of_files(&self, asked: Asked, region: Option<&str>, settings: &Settings) -> Result<Found, Problem> {
        if !self.look_in.is_empty() {
            let sentence = "--look-in asks AWS, and files need no account: leave one of them out";
            return Err(Problem::Usage(sentence.to_owned()));
        }
        let read = offline::read(&self.files, &self.metrics, region)?;
        // Lists of metrics, and an error, do not say which Region they are of.
        let region = read.region.unwrap_or_else(|| Region::from(""));
        let mut state = offline::state(region, read.account, settings);
        offline::fill(&mut state, read.lists);
        state.doctor.asked = asked;
        state.newest = Arc::new(reckoning::snapshot(&state.known(&[])));
        state.examine();
        Ok(Found { report: Arc::clone(&state.doctor.report), snapshot: state.newest, notes: read.notes })
    }

    fn model(&self) -> Result<Option<String>, Problem> {
        match self.model.as_deref().map(str::trim) {
            Some("") => Err(Problem::Usage("--model is empty: give the id of a model or profile".to_owned())),
            model => Ok(model.map(str::to_owned)),
        }
    }

    /// The error, from standard input where that is said.
    fn error(&self) -> Result<Option<String>, Problem> {
        let Some(text) = self.error.as_deref() else { return Ok(None) };
        let text = if text == "-" { from_stdin()? } else { text.to_owned() };
        if text.trim().is_empty() {
            let sentence =
                "--error is empty: give the message that somebody got, or - and the message on standard input";
            return Err(Problem::Usage(sentence.to_owned()));
        }
        Ok(Some(text))
    }

    /// The other Regions that the user says yes to.
    fn elsewhere(&self) -> Result<Vec<Region>, Problem> {
        let mut regions: Vec<Region> = Vec::new();
        for text in &self.look_in {
            let sentence = || {
                format!("--look-in names `{}`, which is no AWS Region; give one such as eu-west-1", text.escape_debug())
            };
            let region = Region::named(text).ok_or_else(|| Problem::Usage(sentence()))?;
            if !regions.contains(&region) {
                regions.push(region);
            }
        }
        if regions.len() > REGIONS_AT_MOST {
            let count = regions.len();
            return Err(Problem::Usage(format!(
                "--look-in names {count} Regions, and {REGIONS_AT_MOST} are asked at most: leave some out"
            )));
        }
        Ok(regions)
    }
}

fn from_stdin() -> Result<String, Problem> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(ERROR_BYTES_AT_MOST + 1).read_to_end(&mut bytes);
    let problem = |what: String| Problem::Usage(format!("cannot read --error from standard input: {what}"));
    read.map_err(|error| problem(error.to_string()))?;
    if bytes.len() as u64 > ERROR_BYTES_AT_MOST {
        return Err(problem("it is larger than 16 MiB; give the part with the error".to_owned()));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
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
