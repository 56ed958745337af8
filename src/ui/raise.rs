//! More of a quota: what was asked, what to ask for and how, and the evidence for it. tiertop sends no request.
//!
//! ```text
//! More of L-F4DDD3EB
//!   requests      none in 90 days
//!   ask for       5,000,000: the default
//!   command       aws service-quotas request-service-quota-increase …  (yi copies it)
//!   evidence      E asks 14 days by the minute: 12 queries, ≤ <$0.01 · ye copies what is known
//! ```

use crate::{
    app::{
        keys::{Action, first_key},
        raise::{Loaded, Raised},
        state::State,
    },
    domain::{
        evidence::{Load, request_line},
        increase::{Because, Help, Proposal, Rule},
        quota_name::QuotaMetric,
        snapshot::PoolQuota,
    },
    ui::{
        numbers::{UNKNOWN, age, bounded, dollars, grouped, percent, short},
        text::clean,
        theme::Tone,
        verdict::limit_unit,
    },
};

use super::detail::section::Section;

/// What the section is made from.
struct More<'a> {
    state: &'a State,
    raised: &'a Raised<'a>,
    /// Cells of a line.
    room: usize,
}

/// The section about asking for more of a quota.
pub(super) fn section(state: &State, raised: &Raised<'_>, room: usize) -> Section {
    More { state, raised, room }.section()
}

impl More<'_> {
    fn section(&self) -> Section {
        let wanted = &self.raised.wanted;
        let help = self.state.increase_help(self.raised);
        let mut section = Section::new(format!("More of {}", clean(wanted.code.as_str())));
        for rule in help.rules.iter().filter(|rule| rule.hinders()) {
            section.text(&format!("! {}", rule.sentence()), Tone::Warn, self.room);
        }
        self.requests(&help, &mut section);
        let mut fact = |label: &str, text: String| section.fact(label, &text, Tone::Plain, self.room);
        let copies = first_key(Action::CopyIncrease);
        if let (Some(proposal), Some(applied)) = (help.proposal, wanted.applied) {
            fact("ask for", proposal_text(proposal, applied));
        }
        match (&help.command, &help.page) {
            (Some(command), page) => {
                fact("command", format!("{command} ({copies} copies it)"));
                if let Some(page) = page {
                    fact("page", page.clone());
                }
            }
            (None, Some(page)) => fact("page", format!("{page} ({copies} copies it)")),
            (None, None) => {}
        }
        if let Some(quota) = self.raised.drawn {
            fact("evidence", self.evidence(quota));
        }
        let rules: Vec<&str> =
            help.rules.iter().filter(|rule| !rule.hinders()).map(|rule| Rule::sentence(*rule)).collect();
        section.text(&rules.join(" "), Tone::Dim, self.room);
        section
    }

    fn requests(&self, help: &Help, section: &mut Section) {
        let mut label = "requests";
        let mut fact = |text: &str, tone| section.fact(std::mem::take(&mut label), text, tone, self.room);
        if !help.history_known {
            fact(&format!("{UNKNOWN} not known: the history was not read"), Tone::Dim);
            return;
        }
        for request in help.open.iter().chain(&help.earlier) {
            let text = clean(&self.state.redacted(&request_line(request)));
            fact(&text, if request.is_open() { Tone::Strong } else { Tone::Plain });
        }
        if help.open.is_none() && help.earlier.is_empty() {
            fact("none in 90 days", Tone::Plain);
        }
    }

    fn evidence(&self, quota: &PoolQuota) -> String {
        let evidence = &self.state.loads.evidence;
        let (asks, copies) = (first_key(Action::AskEvidence), first_key(Action::CopyEvidence));
        if let Some(loading) = evidence.loading(&quota.code) {
            let (asked, all) = loading.progress();
            return format!("asking 14 days: {asked} of {all}");
        }
        if let Some(loaded) = evidence.loaded(&quota.code) {
            return format!("{} ({copies} copies it)", self.loaded(loaded, quota));
        }
        let raising = self.state.raising.as_ref().filter(|raising| raising.code == quota.code);
        let cost = raising.map_or_else(String::new, |raising| {
            format!(": {} queries, {} at most", raising.queries, dollars(raising.usd))
        });
        format!("{asks} asks 14 days by the minute{cost}; {copies} copies what is known")
    }

    /// `13.2 of 14 days: steady 1.2M, peak 1.9M TPM; steady 60, peak 110 RPM; 3% refused; 1m10s old`.
    fn loaded(&self, loaded: &Loaded, quota: &PoolQuota) -> String {
        let measured = &loaded.measured;
        let (known, all) = measured.coverage();
        let old = age(self.state.shown_now().duration_since(loaded.at));
        // Whatever the quota counts, the evidence is of tokens and requests by the minute.
        let unit = match quota.metric {
            metric @ (QuotaMetric::InputTokensPerMinute | QuotaMetric::OutputTokensPerMinute) => limit_unit(metric),
            _ => limit_unit(QuotaMetric::TokensPerMinute),
        };
        let refused = measured.refused_percent.map_or_else(|| UNKNOWN.to_owned(), percent);
        let missing = loaded
            .fault
            .as_ref()
            .map(|fault| format!("; the rest did not come: {}", clean(&self.state.redacted(&fault.headline()))));
        format!(
            "{known:.1} of {all:.0} days: {} {unit}; {} RPM; {refused} refused; {old} old{}",
            load_text(&measured.tokens),
            load_text(&measured.requests),
            missing.unwrap_or_default()
        )
    }
}

/// `steady 1.2M, peak ≥1.9M`.
fn load_text(load: &Load) -> String {
    let steady = bounded(load.steady, load.steady_bound, usize::MAX);
    let peak = bounded(load.peak.map(|(_, peak)| peak), load.peak_bound, usize::MAX);
    format!("steady {steady}, peak {peak}")
}

fn proposal_text(proposal: Proposal, applied: f64) -> String {
    let (value, now) = (grouped(proposal.value), short(applied));
    match proposal.because {
        Because::Peak => format!("{value}: the worst minute seen and half of it on top; {now} now"),
        Because::Default => format!("{value}: the default; {now} now"),
        Because::InForce => format!("{value}: half more than now; nothing seen so far calls for more"),
    }
}
