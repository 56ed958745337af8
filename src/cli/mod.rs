//! The command line: arguments, one file per subcommand, exit codes and hints.

mod demo;
mod live;
mod looks;
mod sim;
mod snapshot;
mod table;

use std::{io::Write, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::runtime::{Outcome, Problem};

/// Lengths of windows that can be asked for: what is still kept by the minute (15 days) is far more than a screen shows.
const WINDOW_MINUTES: std::ops::RangeInclusive<i64> = 5..=24 * 60;

#[derive(Debug, Parser)]
#[command(
    name = "tiertop",
    version,
    about = "top for Amazon Bedrock's service tiers and quotas",
    long_about = "top for Amazon Bedrock's service tiers and quotas.\n\nWithout a subcommand: the live dashboard on the account that the AWS CLI's own settings point to.",
    after_help = "Exit codes: 0 done; 1 the output could not be written; 2 usage or configuration; 3 incomplete: some source failed; 130 interrupted."
)]
struct Cli {
    #[command(flatten)]
    aws: Aws,
    #[command(flatten)]
    window: Window,
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
        let given = [("--profile", &self.profile), ("--region", &self.region), ("--endpoint-url", &self.endpoint_url)];
        match given.into_iter().find(|(_, value)| value.is_some()) {
            None => Ok(()),
            Some((flag, _)) => Err(Problem::Usage(format!(
                "{flag} means nothing to `tiertop {command}`, whose account is simulated: leave it out, or run `tiertop` for a real account"
            ))),
        }
    }
}

#[derive(Debug, Clone, Args)]
struct Window {
    /// Window that counts are summed over: 5m to 24h
    #[arg(long, global = true, value_name = "LENGTH", default_value = "3h", value_parser = window_minutes)]
    window: i64,
}

/// Runs the program; the only thing that `main` does.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Cli::try_parse() {
        Ok(cli) => run(cli),
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

fn run(cli: Cli) -> Result<Outcome, Problem> {
    let window = cli.window.window;
    match cli.command {
        None => live::run(&cli.aws, window, cli.looks.looks()),
        Some(Command::Demo(demo)) => cli.aws.none("demo").and_then(|()| demo.run(window, cli.looks)),
        Some(Command::Sim(sim)) => cli.aws.none("sim").and_then(|()| cli.looks.none()).and_then(|()| sim.run()),
        Some(Command::Snapshot(snapshot)) => cli.looks.none().and_then(|()| snapshot.run(&cli.aws, window)),
    }
}

/// `3h`, `90m`, `1h30m`.
fn window_minutes(text: &str) -> Result<i64, String> {
    let sentence = || {
        format!(
            "a window is a number of hours or minutes between {}m and {}h, such as 3h or 90m",
            WINDOW_MINUTES.start(),
            WINDOW_MINUTES.end() / 60
        )
    };
    let (hours, minutes) = match text.split_once('h') {
        Some((hours, "")) => (hours, None),
        Some((hours, minutes)) => (hours, Some(minutes)),
        None => ("0", Some(text)),
    };
    let hours: i64 = hours.parse().map_err(|_| sentence())?;
    let minutes: i64 = match minutes {
        Some(minutes) => minutes.strip_suffix('m').and_then(|digits| digits.parse().ok()).ok_or_else(sentence)?,
        None => 0,
    };
    let total =
        hours.checked_mul(60).and_then(|h| h.checked_add(minutes)).filter(|total| WINDOW_MINUTES.contains(total));
    total.ok_or_else(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_hours_and_minutes() {
        assert_eq!(window_minutes("3h"), Ok(180));
        assert_eq!(window_minutes("90m"), Ok(90));
        assert_eq!(window_minutes("1h30m"), Ok(90));
        for bad in ["", "3", "h", "-3h", "1m", "25h", "9999999999999999h", "1h30", "é"] {
            assert!(window_minutes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_arguments_hold_together() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
