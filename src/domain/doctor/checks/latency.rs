//! Latency far above what is usual at this hour: which part grew, longer answers, slower tokens or a longer wait before the first one.

use crate::domain::{
    doctor::{
        Check,
        facts::Facts,
        finding::{Finding, Next, Outcome, Severity, Subject},
        traffic, words,
    },
    metric::{Metric, Stat},
    minute::{Minute, Span},
    snapshot::EndpointRow,
};

/// Minutes of which the newest answers' lengths are the mean.
const NEWEST_MINUTES: i64 = 10;

/// A part that makes up this share of the growth is the cause; below it several are.
const MOST_OF_IT: f64 = 0.6;

/// See the file's head.
pub(super) struct Latency;

impl Check for Latency {
    fn id(&self) -> &'static str {
        "latency"
    }

    fn about(&self) -> &'static str {
        "Latency against the same hours of the last days"
    }

    fn examine(&self, facts: &Facts<'_>) -> Outcome {
        if let Err(unseen) = facts.see_metrics() {
            return unseen;
        }
        if facts.active().all(|row| row.usual.is_none()) {
            return Outcome::skipped("what is usual at this hour is not known");
        }
        Outcome::of(facts.active().filter(|row| row.is_slow()).map(|row| finding(facts, row)).collect())
    }
}

/// One number now, and what it usually is at this hour.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Against {
    now: f64,
    usual: f64,
}

/// The parts of a call; None where either number is not known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Parts {
    /// Output tokens of an answer, mean.
    tokens: Option<Against>,
    /// Milliseconds to the first token, median.
    first_token: Option<Against>,
    /// Milliseconds of a whole call, median.
    whole: Option<Against>,
}

/// By how many milliseconds each part made calls longer.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Grown {
    longer_answers: f64,
    slower_tokens: f64,
    longer_wait: f64,
}

impl Parts {
    /// None where a part is not known, or tokens had no time.
    fn grown(&self) -> Option<Grown> {
        let (tokens, first, whole) = (self.tokens?, self.first_token?, self.whole?);
        let per_token =
            |whole: f64, first: f64, tokens: f64| (tokens > 0.0 && whole > first).then(|| (whole - first) / tokens);
        let (now, usual) =
            (per_token(whole.now, first.now, tokens.now)?, per_token(whole.usual, first.usual, tokens.usual)?);
        Some(Grown {
            longer_answers: (tokens.now - tokens.usual) * usual,
            slower_tokens: (now - usual) * tokens.now,
            longer_wait: first.now - first.usual,
        })
    }
}

fn parts(facts: &Facts<'_>, row: &EndpointRow) -> Parts {
    let meter = row.endpoint.meter();
    let at = row.latency_recent.map(|(minute, _)| minute);
    let usual = |metric: Metric, stat: Stat| Some(facts.known.history.usual(&meter.series(metric), stat, at?)?.median);
    let against = |now: Option<f64>, usual: Option<f64>| now.zip(usual).map(|(now, usual)| Against { now, usual });
    let p50 = Stat::Percentile(50);
    Parts {
        tokens: against(
            at.and_then(|at| answer_length(facts, row, at)),
            usual(Metric::OutputTokenCount, Stat::Average),
        ),
        first_token: against(row.ttft_recent.and_then(|(_, ttft)| ttft.p50), usual(Metric::TimeToFirstToken, p50)),
        whole: against(row.latency_recent.and_then(|(_, latency)| latency.p50), usual(Metric::InvocationLatency, p50)),
    }
}

/// Output tokens per request over the newest minutes in which both are known.
fn answer_length(facts: &Facts<'_>, row: &EndpointRow, at: Minute) -> Option<f64> {
    let span = Span::ending(at + 4, NEWEST_MINUTES);
    let meter = row.endpoint.meter();
    let sum = |metric: Metric| facts.known.store.series_tally(&meter.series(metric), Stat::Sum, span).exact();
    let (tokens, requests) = (sum(Metric::OutputTokenCount)?, sum(Metric::Invocations)?);
    (requests > 0.0).then(|| tokens / requests)
}

fn finding(facts: &Facts<'_>, row: &EndpointRow) -> Finding {
    let name = traffic::endpoint(row);
    let percent = row.vs_usual_percent.unwrap_or_default();
    let title = format!("{name}: {percent:.0} % slower than usual at this hour");
    let parts = parts(facts, row);
    let (story, next) = cause(&parts);
    let subject = Subject::Endpoint(row.endpoint.id.clone(), row.endpoint.model.clone());
    let finding = Finding::new("latency", Severity::Warning, subject, title).story(story);
    let ms = |ms: f64| format!("{} ms", words::number(ms.round()));
    let finding = match (row.latency_recent.and_then(|(_, latency)| latency.p90), row.usual) {
        (Some(p90), Some(usual)) => finding.evidence(format!(
            "90th percentile {} now; at this hour usually {} ({} to {}), of {} days",
            ms(p90),
            ms(usual.median),
            ms(usual.low),
            ms(usual.high),
            usual.days
        )),
        _ => finding,
    };
    let said = [
        parts.tokens.map(|part| {
            format!(
                "answers: {} tokens now, usually {}",
                words::number(part.now.round()),
                words::number(part.usual.round())
            )
        }),
        parts
            .first_token
            .map(|part| format!("first token after {} now, usually {} (medians)", ms(part.now), ms(part.usual))),
        parts.whole.map(|part| format!("whole call {} now, usually {} (medians)", ms(part.now), ms(part.usual))),
    ];
    said.into_iter().flatten().fold(finding, Finding::evidence).next(Next::new(next))
}

/// The part that grew most, and what helps.
fn cause(parts: &Parts) -> (String, &'static str) {
    const SHORTER: &str =
        "Look what changed in the prompts: longer answers take longer. Ask for shorter ones, or stream them.";
    const SLOWER: &str = "The service writes more slowly: Priority writes faster where the model takes it, another Region or profile may be less busy.";
    const QUEUE: &str = "Calls wait before they are served: Priority is served first where the model takes it; a global or geographic profile has more Regions.";
    let Some(grown) = parts.grown() else {
        let known = match parts.tokens {
            Some(part) if part.now >= 1.5 * part.usual => "Answers are longer than usual, which takes longer.",
            Some(_) => {
                "Answers are about as long as usual, so the service is likely slower: in the queue or in writing."
            }
            None => "Which part grew is not known: lengths of answers are not known for both times.",
        };
        return (
            format!("{known} Without streamed calls CloudWatch does not tell waiting and writing apart."),
            "Look whether answers got longer; else try another Region, profile or tier.",
        );
    };
    let parts = [
        (grown.longer_answers, "longer answers", SHORTER),
        (grown.slower_tokens, "slower tokens", SLOWER),
        (grown.longer_wait, "a longer wait before the first token", QUEUE),
    ];
    let all: f64 = parts.iter().map(|(ms, ..)| ms.max(0.0)).sum();
    let mut parts = parts.to_vec();
    parts.sort_by(|(a, ..), (b, ..)| b.total_cmp(a));
    let [(most, what, next), (_, second, _), _] = parts.as_slice() else { return (String::new(), SHORTER) };
    let story = if all > 0.0 && most / all >= MOST_OF_IT {
        format!(
            "Mostly {what}: that is {:.0} % of what calls take longer (by medians and means, so about right).",
            100.0 * most / all
        )
    } else {
        format!("{what} and {second} together (by medians and means, so about right).")
    };
    (capitalised(&story), next)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), chars.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(tokens: (f64, f64), first: (f64, f64), whole: (f64, f64)) -> Parts {
        let of = |(now, usual)| Some(Against { now, usual });
        Parts { tokens: of(tokens), first_token: of(first), whole: of(whole) }
    }

    #[test]
    fn the_part_that_grew_is_named() {
        let said = |parts: Parts| cause(&parts).0;
        assert!(said(parts((900.0, 300.0), (500.0, 500.0), (9500.0, 3500.0))).contains("longer answers"));
        assert!(said(parts((300.0, 300.0), (500.0, 500.0), (9500.0, 3500.0))).contains("slower tokens"));
        assert!(said(parts((300.0, 300.0), (6500.0, 500.0), (9500.0, 3500.0))).contains("longer wait"));
        assert!(said(Parts::default()).contains("not known"));
    }

    proptest! {
        /// The parts add up to what medians say that calls take longer.
        #[test]
        fn the_parts_add_up(now in 1.0..5e3_f64, usual in 1.0..5e3_f64, first in (0.0..1e4_f64, 0.0..1e4_f64), rest in (1.0..1e5_f64, 1.0..1e5_f64)) {
            let parts = parts((now, usual), first, (first.0 + rest.0, first.1 + rest.1));
            let grown = parts.grown().unwrap();
            let all = grown.longer_answers + grown.slower_tokens + grown.longer_wait;
            let longer = first.0 + rest.0 - first.1 - rest.1;
            prop_assert!((all - longer).abs() <= 1e-6 * (1.0 + longer.abs() + rest.0 + rest.1));
        }
    }
}
