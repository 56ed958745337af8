//! The command line: arguments, one file per subcommand, exit codes and hints.

mod demo;
mod doctor;
mod dump;
mod iam_policy;
mod live;
mod looks;
mod offline;
mod prompt;
mod quotas;
mod sim;
mod snapshot;
mod table;
mod tiers;

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use crate::{
    config::{self, Config, USUAL_WINDOW_MINUTES},
    runtime::{Outcome, Problem, Settings},
};

#[derive(Debug, Parser)]
#[command(
    name = "tiertop",
    version,
    about = "top for Amazon Bedrock's service tiers and quotas",
    long_about = "top for Amazon Bedrock's service tiers and quotas.\n\nWithout a subcommand: the live dashboard on the account that the AWS CLI's own settings point to.",
    after_help = "Exit codes: 0 done; 1 a finding, a test call that failed, or the output could not be written; 2 usage or configuration; 3 incomplete: some source failed; 130 interrupted."
)]
struct Cli {
    #[command(flatten)]
    aws: Aws,
    #[command(flatten)]
    window: Window,
    /// Settings; else `TIERTOP_CONFIG` names the file, else it is tiertop/config.toml in the configuration folder
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Send nothing to a model, whatever is asked for
    #[arg(long, global = true)]
    read_only: bool,
    #[command(flatten)]
    looks: looks::Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The dashboard on a simulated account: no credentials, no network
    Demo(demo::Demo),
    /// Serve the simulated account as an AWS endpoint on this machine, for any AWS client
    Sim(sim::Sim),
    /// Poll everything once and print it
    Snapshot(snapshot::Snapshot),
    /// Which model takes which service tier, at what price, and what your last 24 hours would have cost on each
    Tiers(tiers::Tiers),
    /// What is wrong, why, and what to do next: one cause and one next step for each trouble
    Doctor(doctor::Doctor),
    /// The smallest IAM policy for what tiertop does
    IamPolicy(iam_policy::IamPolicy),
    /// Every quota: which model it is of, what it allows, and how much is used; also from files, without an account
    Quotas(quotas::Quotas),
    /// Send one test call on a chosen tier: the answer, the tier that served, speed, tokens, price
    Prompt(Box<prompt::Prompt>),
}

/// Which account and Region; named as in the AWS CLI.
#[derive(Debug, Clone, Default, Args)]
struct Aws {
    /// Profile of the AWS configuration files
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// AWS Region, for example us-east-1
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
    /// Send every call to this address instead of AWS
    #[arg(long, global = true, value_name = "URL")]
    endpoint_url: Option<String>,
}

impl Aws {
    /// For subcommands that run on a simulated account: that they take none of these.
    fn none(&self, command: &str) -> Result<(), Problem> {
        self.unused(command, "whose account is simulated: leave it out, or run `tiertop` for a real account")
    }

    /// For subcommands that take none of these, and why.
    fn unused(&self, command: &str, why: &str) -> Result<(), Problem> {
        let given = [("--profile", &self.profile), ("--region", &self.region), ("--endpoint-url", &self.endpoint_url)];
        match given.into_iter().find(|(_, value)| value.is_some()) {
            None => Ok(()),
            Some((flag, _)) => Err(Problem::Usage(format!("{flag} means nothing to `tiertop {command}`, {why}"))),
        }
    }
}

#[derive(Debug, Clone, Args)]
struct Window {
    /// Window that counts are summed over: 5m to 24h; 3h unless said otherwise
    #[arg(long, global = true, value_name = "LENGTH", value_parser = config::window_minutes)]
    window: Option<i64>,
}

/// Runs the program; the only thing that `main` does.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Cli::try_parse() {
        Ok(cli) => run(&cli),
        Err(error) => {
            // clap prints help and version to stdout with code 0, usage errors to stderr with code 2.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Outcome::USAGE } else { Outcome::DONE });
        }
    };
    match outcome {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "tiertop: {}", crate::ui::text::clean(&problem.to_string()));
            ExitCode::from(problem.exit_code())
        }
    }
}

fn run(cli: &Cli) -> Result<Outcome, Problem> {
    let config = |looks: looks::Flags| {
        let flags = config::Flags {
            file: cli.config.clone(),
            window_minutes: cli.window.window,
            read_only: cli.read_only.then_some(true),
            ..looks.said()
        };
        config::load(&flags, &|name| std::env::var_os(name)).map_err(Problem::Usage)
    };
    match &cli.command {
        None => live::run(&cli.aws, &config(cli.looks)?),
        Some(Command::Demo(demo)) => {
            cli.aws.none("demo")?;
            demo.run(&config(cli.looks.and(demo.looks))?)
        }
        Some(Command::Sim(sim)) => cli.aws.none("sim").and_then(|()| cli.looks.none()).and_then(|()| sim.run()),
        Some(Command::Snapshot(snapshot)) => {
            cli.looks.none()?;
            snapshot.run(&cli.aws, &scripted(&config(cli.looks)?, cli.window.window))
        }
        Some(Command::Tiers(tiers)) => {
            cli.looks.none()?;
            tiers.run(&cli.aws, &scripted(&config(cli.looks)?, cli.window.window))
        }
        Some(Command::Doctor(doctor)) => {
            cli.looks.none()?;
            doctor.run(&cli.aws, &scripted(&config(cli.looks)?, cli.window.window))
        }
        Some(Command::IamPolicy(policy)) => {
            cli.aws.unused("iam-policy", "which asks nobody: leave it out")?;
            cli.looks.none()?;
            policy.run()
        }
        Some(Command::Quotas(quotas)) => {
            cli.looks.none()?;
            let config = config(cli.looks)?;
            quotas.run(&cli.aws, &config, &scripted(&config, cli.window.window))
        }
        Some(Command::Prompt(prompt)) => {
            cli.looks.none()?;
            prompt.run(&cli.aws, &config(cli.looks)?)
        }
    }
}

fn settings(config: &Config) -> Settings {
    Settings {
        window_minutes: config.dashboard.window_minutes.value,
        pins: config.quota.pins(),
        bell: config.quota.bell.value,
        read_only: config.calls.read_only.value,
    }
}

/// Of a run for other programs: the dashboard's settings do not change what they read.
fn scripted(config: &Config, window: Option<i64>) -> Settings {
    Settings { window_minutes: window.unwrap_or(USUAL_WINDOW_MINUTES), bell: false, ..settings(config) }
}

/// Prints to stdout. A closed pipe is the reader's choice, not a problem.
fn print(text: &str) -> Result<(), Problem> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Problem::Output(error)),
        _ => Ok(()),
    }
}

/// A document as JSON, ended by a line feed.
fn pretty(document: &impl Serialize) -> Result<String, Problem> {
    let mut text = serde_json::to_string_pretty(document).map_err(|error| Problem::Output(error.into()))?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_hold_together() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
