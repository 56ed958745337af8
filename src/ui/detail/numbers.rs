//! What a row's traffic is: now, in the window, and how long its calls take.

use crate::{
    app::subject::Subject as Numbers,
    domain::{
        minute::Minute,
        snapshot::{Basis, Bound, EndpointRow, Latency, Usage},
        store::CHART_PERIOD_MINUTES,
    },
    ui::{
        cells::cost_text,
        numbers::{UNKNOWN, age, bounded, difference, percent, seconds, short_or_unknown},
        theme::Tone,
        verdict::{since, window_of},
    },
};

use super::{Page, section::Section};

impl Page<'_> {
    fn sum(&self, of: fn(&EndpointRow) -> Option<f64>) -> Option<f64> {
        self.subject.members.iter().map(|row| of(row)).sum()
    }

    /// The sum of a count over the row's endpoints, with the mark of a lower bound; "at least nothing" says nothing.
    fn total(&self, of: fn(&EndpointRow) -> Option<f64>) -> String {
        let at_least = self.subject.members.iter().any(|row| row.counts == Bound::AtLeast);
        let bound = if at_least { Bound::AtLeast } else { Bound::Exact };
        bounded(self.sum(of).filter(|sum| !at_least || *sum > 0.0), bound, usize::MAX)
    }

    fn usage(&self) -> Option<&Usage> {
        match (self.subject.endpoint, self.subject.pool) {
            (Some(row), _) => Some(&row.usage),
            (None, Some(pool)) => Some(&pool.usage),
            _ => None,
        }
    }

    pub(super) fn now(&self) -> Section {
        let through =
            self.subject.snapshot.data_through.map_or_else(|| UNKNOWN.to_owned(), |minute| minute.to_string());
        let mut section = Section::new(format!("Now: 5 min to {through}"));
        let mut fact = |label: &str, value: String, tone| section.fact(label, &value, tone, self.room);
        fact("accepted", format!("{} a minute", self.total(|row| row.rpm_now)), Tone::Plain);
        let (refused, tone) = self.refused();
        fact("refused", refused, tone);
        let errors = self.total(|row| row.server_errors_now);
        let tone = if self.sum(|row| row.server_errors_now) > Some(0.0) { Tone::Bad } else { Tone::Plain };
        fact("5xx", errors, tone);
        fact("in flight", format!("about {} calls", short_or_unknown(self.sum(|row| row.in_flight))), Tone::Plain);
        if let Some(usage) = self.usage() {
            let basis = match usage.basis {
                Some(Basis::AwsEstimate) => " (AWS's estimate)",
                Some(Basis::Formula) => " (input + cache write + output × burndown)",
                None => "",
            };
            let worst = bounded(usage.used_now, usage.now_bound, usize::MAX);
            let text = format!("{} a minute, worst minute {worst}{basis}", self.total(|row| row.tpm_now));
            fact("quota tokens", text, Tone::Plain);
        }
        if let Some(row) = self.subject.endpoint {
            fact(
                "speed",
                format!("{} tokens/s, median of streaming calls", short_or_unknown(row.tokens_per_second)),
                Tone::Plain,
            );
        }
        section
    }

    fn refused(&self) -> (String, Tone) {
        let about = match (self.subject.pool, self.subject.endpoint) {
            (Some(pool), None) => Numbers::Pool(pool, None),
            (Some(pool), Some(row)) => Numbers::Member(pool, row),
            (None, Some(row)) => Numbers::Idle(row),
            (None, None) => return (UNKNOWN.to_owned(), Tone::Dim),
        };
        let since = about.throttled_since();
        match about.refused_percent(self.subject.snapshot) {
            None => (UNKNOWN.to_owned(), Tone::Dim),
            Some(share) if share > 0.0 => {
                let since =
                    since.map_or_else(String::new, |at| format!(", since {}", self::since(at, self.subject.snapshot)));
                let count = self.total(|row| row.throttles_now);
                (format!("!! {} of attempts: {count} calls{since}", percent(share)), Tone::Bad)
            }
            Some(_) => ("0".to_owned(), Tone::Plain),
        }
    }

    pub(super) fn window(&self) -> Section {
        let mut section = Section::new(format!("Window: {}", window_of(self.subject.snapshot)));
        let mut fact = |label: &str, value: String| section.fact(label, &value, Tone::Plain, self.room);
        let requests = self.total(|row| row.requests);
        fact("requests", format!("{requests} accepted, {} refused", self.total(|row| row.throttles)));
        let (client, server) = (self.total(|row| row.client_errors), self.total(|row| row.server_errors));
        fact("errors", format!("{server} 5xx, {client} 4xx"));
        let (input, output) = (self.total(|row| row.input_tokens), self.total(|row| row.output_tokens));
        fact("tokens", format!("{input} in, {output} out"));
        let (read, written) = (self.total(|row| row.cache_read_tokens), self.total(|row| row.cache_write_tokens));
        fact("cache", format!("{read} read, {written} written{}", self.cached_share()));
        if let Some(usage) = self.usage() {
            let at = usage.peak_at.map_or_else(String::new, |minute| format!(" at {minute}"));
            fact("peak", format!("{} quota tokens in a minute{at}", bounded(usage.peak, usage.peak_bound, usize::MAX)));
        }
        let cost = match self.subject.endpoint {
            Some(row) => row.cost,
            None => self.subject.pool.and_then(|pool| pool.cost),
        };
        let cost = cost.map_or_else(|| UNKNOWN.to_owned(), |cost| cost_text(&cost));
        fact("cost", format!("{cost} an hour at list price"));
        section
    }

    /// The part of the input that came from the cache.
    fn cached_share(&self) -> String {
        let parts = (
            self.sum(|row| row.cache_read_tokens),
            self.sum(|row| row.cache_write_tokens),
            self.sum(|row| row.input_tokens),
        );
        let (Some(read), Some(written), Some(input)) = parts else { return String::new() };
        let all = read + written + input;
        if read > 0.0 && all > 0.0 {
            format!(": {} of all input read", percent(100.0 * read / all))
        } else {
            String::new()
        }
    }

    pub(super) fn latency(&self) -> Section {
        let Some(row) = self.subject.endpoint else {
            let mut section = Section::new("Latency");
            section.text(
                "Percentiles of several endpoints cannot be merged: each member has its own.",
                Tone::Dim,
                self.room,
            );
            return section;
        };
        let mut section = Section::new("Latency, seconds");
        section.line(vec![(
            format!("  {:<11} {:>5} {:>5} {:>5} {:>5} {:>6}", "", "p50", "p90", "p99", "mean", "calls"),
            Tone::Dim,
        )]);
        let mut newest = |label: &str, recent: Option<&(Minute, Latency)>| match recent {
            Some((start, latency)) => {
                let end = *start + (CHART_PERIOD_MINUTES - 1);
                let old = age(self.state.shown_now().duration_since(end.end()));
                section.line(line(label, latency, &format!("5 min from {start}, {old} old")));
            }
            None => section.line(line(label, &Latency::default(), "nothing in 15 min")),
        };
        newest("to the end", row.latency_recent.as_ref());
        newest("first token", row.ttft_recent.as_ref());
        for (label, latency) in [("to the end", &row.latency), ("first token", &row.ttft)] {
            if *latency != Latency::default() {
                section.line(line(label, latency, &window_of(self.subject.snapshot)));
            }
        }
        section.fact("against usual", &usual(row), if row.is_slow() { Tone::Warn } else { Tone::Plain }, self.room);
        section
    }
}

/// `+38%: median of this hour in the last 7 days is 5.7 s (5.1 to 7.0; 7 days)`.
fn usual(row: &EndpointRow) -> String {
    match (row.vs_usual_percent, &row.usual) {
        (None, None) => UNKNOWN.to_owned(),
        (percent, None) => percent.map_or_else(|| UNKNOWN.to_owned(), difference),
        (percent, Some(usual)) => format!(
            "{}: at this hour p90 is usually {} ({} to {}; {} days)",
            percent.map_or_else(|| UNKNOWN.to_owned(), difference),
            seconds(usual.median),
            seconds(usual.low),
            seconds(usual.high),
            usual.days
        ),
    }
}

/// One line of percentiles: thin ones are dim and marked `~`.
fn line(label: &str, latency: &Latency, when: &str) -> super::section::Line {
    let thin = latency.is_thin() == Some(true);
    let value = |number: Option<f64>| match number.map(seconds) {
        Some(text) if thin => format!("~{text}"),
        Some(text) => text,
        None => UNKNOWN.to_owned(),
    };
    let [p50, p90, p99, mean] = [latency.p50, latency.p90, latency.p99, latency.average].map(value);
    let samples = short_or_unknown(latency.samples);
    let text = format!("  {label:<11} {p50:>5} {p90:>5} {p99:>5} {mean:>5} {samples:>6}");
    vec![(text, if thin { Tone::Dim } else { Tone::Plain }), (format!("  {when}"), Tone::Dim)]
}
