//! `tiertop prompt`: one test call on a chosen tier, with what was served, how fast, and what it costs.

mod report;
mod watcher;

use std::{
    fs::File,
    io::{IsTerminal, Read},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};

use super::Aws;
use crate::{
    aws::{Elsewhere, KEY_VARIABLE},
    config::Config,
    domain::{
        ids::EndpointId,
        pricing::Prices,
        prompt::{
            bill::{Bill, Place},
            plan::{Api, Ask, Body, Plan, Question},
        },
        tier::Tier,
    },
    export,
    runtime::{self, Outcome, Problem, Sent},
    ui::running_text::harmless_json,
};
use watcher::Watcher;

/// Bytes of a prompt or a request that are read: above what Bedrock takes in one request (25 MB of `InvokeModel`, AWS's API reference 2026-11).
const INPUT_BYTES_AT_MOST: u64 = 32 * 1024 * 1024;

/// The Region of a run whose call goes to a gateway: it is in no host name and no price.
const ANY_REGION: &str = "us-east-1";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The answer on stdout as it comes, measurements on stderr
    Text,
    /// `tiertop.call/1`, when the call is over
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ApiName {
    /// Bedrock's own: Converse, whole or streamed
    Converse,
    /// Chat completions, in OpenAI's form
    Openai,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A test call costs what any call costs, draws on the same quota, and is sent once: a throttle is shown, not retried.\nExit codes: 0 answered; 1 refused or failed; 2 usage or configuration; 130 interrupted."
)]
pub(super) struct Prompt {
    /// What to ask; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Model id, inference profile id or ARN that answers
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Service tier to ask for: priority, default, flex, reserved, or any other name; none is asked for without it
    #[arg(long, value_name = "TIER")]
    tier: Option<String>,
    /// Which API carries the call
    #[arg(long, value_enum, default_value = "converse")]
    api: ApiName,
    /// Show the answer as it comes; the default
    #[arg(long, overrides_with = "no_stream")]
    stream: bool,
    /// Ask for the whole answer at once
    #[arg(long)]
    no_stream: bool,
    /// System prompt
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// Tokens that the answer may have, reasoning among them; without it the model's own limit, which reserves as much quota
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// Sampling temperature
    #[arg(long, value_name = "T", value_parser = temperature)]
    temperature: Option<f64>,
    /// Send this JSON body of a Converse request (tools, cache points, …); --model and --tier hold over its own
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["text", "system", "max_tokens", "temperature"])]
    request: Option<PathBuf>,
    /// How it is printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Show the model's reasoning on stderr, too
    #[arg(long)]
    reasoning: bool,
    /// With --api openai: a gateway that is not AWS. It gets no AWS credentials; its key is in `TIERTOP_OPENAI_API_KEY`
    #[arg(long, value_name = "URL", conflicts_with_all = ["endpoint_url", "scenario"])]
    openai_base_url: Option<String>,
    /// Call this simulated account instead of AWS
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profile", "endpoint_url"])]
    scenario: Option<String>,
}

fn temperature(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "a number from 0 up".to_owned())
}

impl Prompt {
    pub(super) fn run(&self, aws: &Aws, config: &Config) -> Result<Outcome, Problem> {
        if config.calls.read_only.value {
            return Err(Problem::Usage(
                "nothing is sent to a model, because read-only is on (--read-only, TIERTOP_READ_ONLY or calls.read_only in the configuration file): switch it off to send a test call"
                    .to_owned(),
            ));
        }
        let elsewhere = self.elsewhere()?;
        let plan = self.plan()?;
        let mut target = aws.target(self.scenario.as_deref())?;
        if let (Some(_), runtime::Target::Aws(options)) = (&elsewhere, &mut target) {
            options.region.get_or_insert_with(|| ANY_REGION.to_owned());
        }
        let mut watcher = Watcher::new(&plan, self.format == Format::Text, self.reasoning);
        let sent = runtime::send(target, &plan, elsewhere.as_ref(), &mut watcher)?;
        watcher.end(&sent.answer);
        self.print(&plan, &sent, elsewhere.is_some())?;
        Ok(sent.outcome)
    }

    fn print(&self, plan: &Plan, sent: &Sent, elsewhere: bool) -> Result<(), Problem> {
        let prices = Prices::built_in();
        // What a gateway charges is its own affair.
        let place = Place::of(&plan.endpoint, &sent.region, prices).filter(|_| !elsewhere);
        let bill = Bill::of(&sent.answer, place.as_ref(), prices);
        if self.format == Format::Json {
            let json = super::pretty(&export::call::document(plan, &sent.answer, &bill))?;
            super::print(&harmless_json(&json))?;
        } else {
            report::measurements(plan, sent, &bill);
        }
        report::trouble(plan, sent, place.as_ref(), prices);
        Ok(())
    }

    fn elsewhere(&self) -> Result<Option<Elsewhere>, Problem> {
        let Some(base_url) = self.openai_base_url.clone() else { return Ok(None) };
        if self.api != ApiName::Openai {
            return Err(Problem::Usage("--openai-base-url is for --api openai: add it".to_owned()));
        }
        let key = std::env::var_os(KEY_VARIABLE).filter(|key| !key.is_empty());
        let key = key.map(|key| key.to_string_lossy().into_owned());
        Ok(Some(Elsewhere { base_url, key }))
    }

    fn plan(&self) -> Result<Plan, Problem> {
        let tier = self.tier.as_deref().map(tier).transpose()?;
        let api = match self.api {
            ApiName::Converse => Api::Converse,
            ApiName::Openai => Api::OpenAi,
        };
        let (endpoint, tier, ask) = match &self.request {
            Some(path) => {
                if api == Api::OpenAi {
                    return Err(Problem::Usage(
                        "--request holds a Converse body, which --api openai cannot send: leave one of them out"
                            .to_owned(),
                    ));
                }
                let body = body(path)?;
                (body.endpoint, tier.or(body.tier), Ask::Body(body.members))
            }
            None => (None, tier, Ask::Text(self.question()?)),
        };
        let said = self.model.as_deref().map(str::trim).filter(|id| !id.is_empty()).map(EndpointId::from);
        let endpoint = said.or(endpoint).ok_or_else(|| {
            Problem::Usage(
                "no model is named: give --model ID, a model id, an inference profile id or an ARN".to_owned(),
            )
        })?;
        Ok(Plan { endpoint, tier, api, streaming: !self.no_stream, ask })
    }

    fn question(&self) -> Result<Question, Problem> {
        let prompt = match self.text.as_deref() {
            Some("-") => read("standard input", std::io::stdin().lock())?,
            Some(text) => text.to_owned(),
            None => {
                return Err(Problem::Usage(
                    "there is nothing to ask: give a text, - for standard input, or --request FILE.json".to_owned(),
                ));
            }
        };
        if prompt.trim().is_empty() {
            return Err(Problem::Usage("the prompt is empty: give it some text".to_owned()));
        }
        Ok(Question {
            prompt,
            system: self.system.clone().filter(|system| !system.is_empty()),
            max_tokens: self.max_tokens,
            temperature: self.temperature,
        })
    }
}

/// A tier by any name that a header and a JSON text can carry.
fn tier(name: &str) -> Result<Tier, Problem> {
    let fits = !name.is_empty() && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_graphic());
    let wrong = || Problem::Usage("--tier is one word, such as priority, default, flex or reserved".to_owned());
    fits.then(|| Tier::from(name)).ok_or_else(wrong)
}

fn body(path: &Path) -> Result<Body, Problem> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Problem::Usage(format!("cannot read --request {name}: {error}")))?;
    let text = read(&name, file)?;
    Body::parse(&text).map_err(|what| Problem::Usage(format!("--request {name} {what}")))
}

fn read(name: &str, from: impl Read) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    from.take(INPUT_BYTES_AT_MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Problem::Usage(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > INPUT_BYTES_AT_MOST {
        return Err(Problem::Usage(format!("{name} is larger than {} MiB", INPUT_BYTES_AT_MOST / 1024 / 1024)));
    }
    String::from_utf8(bytes).map_err(|_| Problem::Usage(format!("{name} is not UTF-8 text")))
}

/// Whether somebody looks at stderr.
fn stderr_is_seen() -> bool {
    std::io::stderr().is_terminal()
}
