//! Evidence for a request for more: what was used in the last 14 days, and the text to paste into the request.
//!
//! Use is summed minute by minute over everybody who draws on the quota, then the worst minute is taken; peaks are never added. *Steady* is the median of the
//! minutes that are known and had traffic: half of them were at or above it. Idle minutes say nothing of what is needed while there is work, so they are left out,
//! and the text says so.

use std::fmt::Write;

use jiff::Timestamp;

use super::{
    catalog::Endpoint,
    ids::{QuotaCode, Region},
    increase::{Because, Help, Outcome, QuotaRequest},
    mean_call::per_call,
    metric::Metric,
    minute::{Minute, Span},
    quota_name::QuotaMetric,
    reckoning::Known,
    snapshot::{Basis, Bound},
    strays::Strays,
    traffic::{Reserved, Traffic},
    usage::MinuteUses,
};

/// Minutes that evidence is of: 14 days. CloudWatch keeps single minutes for 15.
pub const EVIDENCE_MINUTES: i64 = 14 * 24 * 60;

/// Characters of a name in the text at most.
const NAME_AT_MOST: usize = 200;

/// Models and endpoints that the text names at most, each.
const NAMES_AT_MOST: usize = 20;

/// A load by the minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Median of the minutes that are known and had traffic; None where there are none.
    pub steady: Option<f64>,
    /// How many these are.
    pub busy_minutes: usize,
    /// The worst minute; None where none is known.
    pub peak: Option<(Minute, f64)>,
    /// Whether the worst minute is exact: `AtLeast` where minutes or endpoints are missing.
    pub peak_bound: Bound,
    /// Whether the median is exact.
    pub steady_bound: Bound,
    /// Minutes of which everything is known.
    pub known_minutes: usize,
}

impl Load {
    /// The load of these minutes. `beside`: whether every known minute is exact by itself.
    #[must_use]
    pub fn of(uses: &MinuteUses, beside: Bound) -> Self {
        let whole: Vec<f64> = uses.minutes().iter().filter_map(|minute| minute.whole()).collect();
        let known_minutes = whole.len();
        let mut busy: Vec<f64> = whole.into_iter().filter(|used| *used > 0.0).collect();
        let known = uses.span().minutes().zip(uses.minutes());
        let known = known.filter_map(|(minute, used)| Some((minute, used.at_least()?)));
        let peak = known.max_by(|(_, a), (_, b)| a.total_cmp(b));
        let partial = known_minutes < uses.minutes().len();
        let (peak, peak_bound) = match (partial, beside) {
            // More may be beside the number, and less within it: nothing can be said.
            (true, Bound::AtMost) => (None, Bound::Exact),
            (true, _) => (peak.filter(|(_, used)| *used > 0.0), Bound::AtLeast),
            (false, bound) => (peak, bound),
        };
        Self {
            steady: median(&mut busy),
            busy_minutes: busy.len(),
            peak,
            peak_bound,
            steady_bound: beside,
            known_minutes,
        }
    }
}

/// The middle value, or the mean of the two in the middle.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = if values.len().is_multiple_of(2) { values[values.len() / 2 - 1] } else { upper };
    Some(f64::midpoint(lower, upper))
}

/// What the tokens of the evidence are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Quota tokens, and where their numbers come from.
    QuotaTokens(Basis),
    /// Input tokens, which the quota counts by themselves.
    Input,
    /// Output tokens, which the quota counts by themselves.
    Output,
}

/// What was used in a span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The minutes that were asked for.
    pub span: Span,
    /// Tokens per minute.
    pub tokens: Load,
    /// What these are.
    pub counted: Counted,
    /// Accepted requests per minute.
    pub requests: Load,
    /// Input tokens per accepted request, without cached ones.
    pub mean_input: Option<f64>,
    /// Output tokens per accepted request.
    pub mean_output: Option<f64>,
    /// Refused requests (429), one per attempt of an SDK, in the minutes that are known.
    pub refused: Option<f64>,
    /// Refused ÷ (accepted + refused), in percent; None where unknown, or where nobody called.
    pub refused_percent: Option<f64>,
    /// Minutes in which calls were refused, as far as they are known.
    pub refused_minutes: usize,
    /// Endpoints whose minutes are added up.
    pub endpoints: usize,
    /// Endpoints that draw on the quota beside these: then the numbers are lower bounds.
    pub endpoints_beside: usize,
}

impl Measured {
    /// How many days of the span are known, by tenths rounded down, and of how many.
    #[must_use]
    pub fn coverage(&self) -> (f64, f64) {
        ((days(self.tokens.known_minutes) * 10.0).floor() / 10.0, days(self.span.len()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "minutes of two weeks")]
fn days(minutes: usize) -> f64 {
    minutes as f64 / (24.0 * 60.0)
}

/// Whose minutes are measured.
#[derive(Debug, Clone, Copy)]
pub struct Drawing<'a> {
    /// The endpoints that draw on the quota.
    pub endpoints: &'a [Endpoint],
    /// How many draw on it beside these and are not measured.
    pub beside: usize,
    /// What the quota counts.
    pub metric: Option<QuotaMetric>,
}

/// Measures what was used in a span.
#[must_use]
pub fn measure(known: &Known<'_>, drawing: &Drawing<'_>, span: Span) -> Measured {
    let traffic = Traffic::new(known, span);
    let total = |uses: &dyn Fn(&Endpoint) -> MinuteUses| {
        drawing.endpoints.iter().fold(MinuteUses::none(span), |mut total, endpoint| {
            total.add(&uses(endpoint));
            total
        })
    };
    let count = |metric: Metric| {
        // A metric that the namespace does not have counted nothing.
        total(&|endpoint: &Endpoint| match metric.name(endpoint.namespace) {
            Some(_) => traffic.minutes(&endpoint.meter(), metric),
            None => MinuteUses::new(span, |_| Some(0.0)),
        })
    };
    let (requests, throttles) = (count(Metric::Invocations), count(Metric::InvocationThrottles));
    let (input, output) = (count(Metric::InputTokenCount), count(Metric::OutputTokenCount));
    let (mut tokens, mut basis, mut reserved) = (MinuteUses::none(span), Basis::AwsEstimate, Reserved::Nothing);
    for endpoint in drawing.endpoints {
        let (uses, of_endpoint, serves) = traffic.uses(&endpoint.meter(), endpoint);
        tokens.add(&uses);
        basis = basis.max(of_endpoint.unwrap_or(basis));
        reserved = reserved.max(serves);
    }
    let has_long_context = drawing.endpoints.iter().any(|endpoint| {
        known.discovery.has_long_context(&endpoint.meter()) && known.governing.has_long_context(endpoint)
    });
    let (uses, counted) = match drawing.metric {
        Some(QuotaMetric::InputTokensPerMinute) => (&input, Counted::Input),
        Some(QuotaMetric::OutputTokensPerMinute) => (&output, Counted::Output),
        _ => (&tokens, Counted::QuotaTokens(basis)),
    };
    let is_missing = drawing.beside > 0 || may_be_more(known, drawing, &traffic);
    let less_within = (reserved == Reserved::Within || has_long_context) && counted == Counted::QuotaTokens(basis);
    let load = |uses: &MinuteUses, less_within: bool| match (is_missing, less_within) {
        (true, true) => Load::of(&MinuteUses::new(span, |_| None), Bound::Exact),
        (true, false) => Load::of(uses, Bound::AtLeast),
        (false, true) => Load::of(uses, Bound::AtMost),
        (false, false) => Load::of(uses, Bound::Exact),
    };
    let (refused, refused_percent) = share(&throttles, &requests);
    let refused_minutes = throttles.minutes().iter().filter(|minute| minute.sum > 0.0).count();
    Measured {
        span,
        tokens: load(uses, less_within),
        counted,
        // Invocations do not tell Reserved apart where they have no tier.
        requests: load(&requests, reserved >= Reserved::Apart),
        mean_input: per_call(&input, &requests),
        mean_output: per_call(&output, &requests),
        refused,
        refused_percent,
        refused_minutes,
        endpoints: drawing.endpoints.len(),
        endpoints_beside: drawing.beside,
    }
}

/// Whether more may draw on the quota than is measured: ids of the form `model+flex` beside the plain one, or an application profile whose source is not certain.
fn may_be_more(known: &Known<'_>, drawing: &Drawing<'_>, traffic: &Traffic<'_>) -> bool {
    let metered = known.discovery.metered();
    let strays = Strays::among(known.catalog, metered.union(known.active));
    let may_be_more =
        |endpoint: &Endpoint| traffic.has_suffix_series(&endpoint.meter()) || strays.may_draw_beside(endpoint);
    drawing.endpoints.iter().any(may_be_more)
}

/// Refused requests, and their share of all attempts in percent, over the minutes in which both are known.
fn share(refused: &MinuteUses, accepted: &MinuteUses) -> (Option<f64>, Option<f64>) {
    let minutes = refused.minutes().iter().zip(accepted.minutes());
    let known: Vec<(f64, f64)> = minutes.filter_map(|(a, b)| Some((a.whole()?, b.whole()?))).collect();
    let sum = |of: fn(&(f64, f64)) -> f64| known.iter().map(of).sum::<f64>();
    let (refused, accepted) = (sum(|(refused, _)| *refused), sum(|(_, accepted)| *accepted));
    let attempts = refused + accepted;
    ((!known.is_empty()).then_some(refused), (attempts > 0.0).then(|| 100.0 * refused / attempts))
}

/// What the text is made of. Names may be anything: only ASCII of them gets into it.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// Whether the account is a simulated one.
    pub is_simulated: bool,
    /// The Region.
    pub region: &'a Region,
    /// The account's number; None where it is unknown, or hidden.
    pub account: Option<String>,
    /// The quota's code.
    pub code: &'a QuotaCode,
    /// Its name.
    pub name: &'a str,
    /// The value in force.
    pub applied: Option<f64>,
    /// The default.
    pub default: Option<f64>,
    /// Ids of the models that it is of.
    pub models: Vec<String>,
    /// Ids of the endpoints that draw on it.
    pub endpoints: Vec<String>,
    /// What was used.
    pub measured: Option<&'a Measured>,
    /// What helps with asking.
    pub help: &'a Help,
}

/// The text: plain ASCII, a few dozen lines at most.
#[must_use]
pub fn text(evidence: &Evidence<'_>) -> String {
    let mut text = String::new();
    if evidence.is_simulated {
        text.push_str("SIMULATED: made of an account that does not exist. Not for AWS.\n\n");
    }
    let code = ascii(evidence.code.as_str());
    let _ = writeln!(text, "Amazon Bedrock quota increase: {}", ascii(evidence.name));
    let _ = writeln!(text, "Quota code {code} in {}", ascii(evidence.region.as_str()));
    if let Some(account) = &evidence.account {
        let _ = writeln!(text, "Account {}", ascii(account));
    }
    let _ = writeln!(text, "In force {}, default {}", number(evidence.applied), number(evidence.default));
    if let Some(proposal) = evidence.help.proposal {
        let because = match proposal.because {
            Because::Peak => "the worst minute below and half of it on top",
            Because::Default => "the default",
            Because::InForce => "half more than is in force",
        };
        let _ = writeln!(text, "Asked for {}: {because}", number(Some(proposal.value)));
    }
    names(&mut text, "Model", &evidence.models);
    names(&mut text, "Called through", &evidence.endpoints);
    text.push('\n');
    match evidence.measured {
        Some(measured) => of_use(&mut text, measured),
        None => text.push_str("What was used is not known.\n"),
    }
    of_requests(&mut text, evidence.help);
    text
}

fn names(text: &mut String, label: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let shown: Vec<String> = names.iter().take(NAMES_AT_MOST).map(|name| ascii(name)).collect();
    let _ = write!(text, "{label}: {}", shown.join(", "));
    if names.len() > NAMES_AT_MOST {
        let _ = write!(text, " and {} more", names.len() - NAMES_AT_MOST);
    }
    text.push('\n');
}

fn of_use(text: &mut String, measured: &Measured) {
    let (known, all) = measured.coverage();
    let (first, end) = (measured.span.first.start(), measured.span.last.end());
    let _ = writeln!(text, "Use from {} to {} (UTC)", time(first), time(end));
    let endpoints = match (measured.endpoints, measured.endpoints_beside) {
        (1, 0) => "one endpoint".to_owned(),
        (several, 0) => format!("{several} endpoints, added up minute by minute"),
        (some, beside) => format!("{some} of {} endpoints, added up minute by minute", some + beside),
    };
    let _ = writeln!(text, "Measured over {known:.1} of {all:.0} days: CloudWatch by the minute, {endpoints}");
    let tokens = match measured.counted {
        Counted::QuotaTokens(_) => "Tokens per minute",
        Counted::Input => "Input tokens per minute",
        Counted::Output => "Output tokens per minute",
    };
    of_load(text, tokens, &measured.tokens);
    of_load(text, "Accepted requests per minute", &measured.requests);
    let _ = writeln!(
        text,
        "Per request on average: {} input, {} output tokens",
        number(measured.mean_input),
        number(measured.mean_output)
    );
    let refused = match measured.refused_percent {
        None => "unknown".to_owned(),
        Some(percent) if percent > 0.0 && percent < 0.05 => "<0.1 %".to_owned(),
        Some(percent) => format!("{percent:.1} %"),
    };
    let calls = number(measured.refused);
    let minutes = count(measured.refused_minutes);
    let _ = writeln!(text, "Refused (429): {refused} of all attempts, {calls} calls in {minutes} minutes");
    let source = match measured.counted {
        Counted::QuotaTokens(Basis::AwsEstimate) => "Tokens are AWS's own estimate (EstimatedTPMQuotaUsage). ",
        Counted::QuotaTokens(Basis::Formula) => "Tokens are input + cache write + output x burndown. ",
        Counted::Input | Counted::Output => "",
    };
    let _ = writeln!(text, "{source}Steady is the median of the known minutes that had traffic.");
    text.push_str("What running calls reserve by max_tokens comes on top and is in no metric.\n");
    let bounds = [&measured.tokens, &measured.requests].map(|load| (load.peak_bound, load.steady_bound));
    let has = |bound| bounds.iter().any(|(peak, steady)| *peak == bound || *steady == bound);
    if has(Bound::AtLeast) {
        text.push_str(">= marks lower bounds: minutes are missing, or endpoints may be.\n");
    }
    if has(Bound::AtMost) {
        text.push_str("<= marks upper bounds: Reserved traffic, or calls with a long context, may be in it.\n");
    }
}

/// `Tokens per minute: steady 1,210,000, peak >=1,940,000 at 2026-11-23 11:51Z (18,900 minutes with traffic)`.
fn of_load(text: &mut String, label: &str, load: &Load) {
    let steady = bounded(load.steady, load.steady_bound);
    let peak = bounded(load.peak.map(|(_, peak)| peak), load.peak_bound);
    let _ = write!(text, "{label}: steady {steady}, peak {peak}");
    if let Some((minute, _)) = load.peak {
        let _ = write!(text, " at {}", time(minute.start()));
    }
    let _ = writeln!(text, " ({} minutes with traffic)", count(load.busy_minutes));
}

fn of_requests(text: &mut String, help: &Help) {
    text.push('\n');
    if !help.history_known {
        text.push_str("Earlier requests: not known.\n");
        return;
    }
    if help.open.is_none() && help.earlier.is_empty() {
        text.push_str("Earlier requests: none in 90 days.\n");
    }
    for request in help.open.iter().chain(&help.earlier) {
        let when = if request.is_open() { "Open" } else { "Earlier" };
        let _ = writeln!(text, "{when} request: {}", ascii(&request_line(request)));
    }
}

/// `4,000,000 asked 2026-10-14: case closed 2026-10-20 (case 17)`. Holds AWS's own words: not for a screen as it is.
#[must_use]
pub fn request_line(request: &QuotaRequest) -> String {
    let day = |at: Option<Timestamp>| at.map(|at| at.strftime("%Y-%m-%d").to_string());
    let outcome = request.outcome();
    let became = outcome.name().unwrap_or(&request.status);
    let mut line = format!("{} asked {}: {became}", number(request.desired), day(request.created).unwrap_or_default());
    if let Some(day) = day(request.updated).filter(|_| outcome != Outcome::Open) {
        let _ = write!(line, " {day}");
    }
    if let Some(case) = &request.case {
        let _ = write!(line, " (case {case})");
    }
    line
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// A number with its mark; rounded so that it stays true.
fn bounded(value: Option<f64>, bound: Bound) -> String {
    match bound {
        Bound::Exact => number(value),
        Bound::AtLeast => value.map_or_else(|| number(None), |value| format!(">={}", number(Some(value.floor())))),
        Bound::AtMost => value.map_or_else(|| number(None), |value| format!("<={}", number(Some(value.ceil())))),
    }
}

/// `1,940,000`; below ten with a tenth where it is not whole.
fn number(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite() && *value >= 0.0) {
        None => "unknown".to_owned(),
        Some(value) if value < 10.0 && value.fract() != 0.0 => format!("{value:.1}"),
        Some(value) => grouped(&format!("{value:.0}")),
    }
}

fn count(count: usize) -> String {
    grouped(&count.to_string())
}

/// Digits in groups of three: `1,940,000`.
#[must_use]
pub fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A name on one line of the text: printable ASCII, anything else `?`, and no longer than a line.
fn ascii(name: &str) -> String {
    let safe = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    name.chars().take(NAME_AT_MOST).map(safe).collect()
}

#[cfg(test)]
mod tests;
