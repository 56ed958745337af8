//! The doctor's report for terminals: plain lines of at most a hundred cells, worst finding first.

use std::{collections::BTreeSet, fmt::Write};

use super::Found;
use crate::{
    domain::{
        doctor::finding::{Checked, Finding, Report, Severity, Status},
        snapshot::{Provenance, Snapshot},
    },
    ui::text::{LONG, clean, clean_up_to, width},
};

/// Cells of a line.
const WIDEST: usize = 100;

/// Cells before a text: the mark's column, the label and a gap.
const INDENT: usize = 12;

/// Facts that are printed of one finding; the other formats have all.
const FACTS_AT_MOST: usize = 5;

/// Lines of a text to paste that are printed; the other formats have all.
const PASTED_AT_MOST: usize = 12;

/// The report, ended by a line feed.
pub(super) fn text(found: &Found) -> String {
    let mut out = format!("{}\n", heading(&found.snapshot));
    for note in &found.notes {
        put(&mut out, "note", note);
    }
    for finding in &found.report.findings {
        out.push('\n');
        block(&mut out, finding);
    }
    out.push('\n');
    if found.report.findings.is_empty() && found.report.saw_anything() {
        out.push_str("Nothing is wrong as far as could be seen.\n");
    }
    for line in checks(&found.report) {
        for line in wrapped(&line, WIDEST) {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

/// Whose account and Region it is, and how far its data reaches.
pub(super) fn heading(snapshot: &Snapshot) -> String {
    let account = snapshot.account.as_ref().map_or_else(|| "account unknown".to_owned(), |id| clean(id.as_str()));
    let region = clean(snapshot.region.as_str());
    let region = if region.is_empty() { "Region unknown".to_owned() } else { region };
    let source = match snapshot.provenance {
        Provenance::Live => None,
        Provenance::CustomEndpoint => Some("custom endpoint"),
        Provenance::Simulated => Some("SIMULATED"),
        Provenance::File => Some("no account was asked"),
    };
    let through = snapshot.data_through.map(|minute| format!("data to {}", minute + 1));
    let parts = [Some(account), Some(region), source.map(str::to_owned), through];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

/// The mark of a severity.
fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "!!",
        Severity::Warning => " !",
        Severity::Info => " i",
    }
}

fn block(out: &mut String, finding: &Finding) {
    for (index, line) in wrapped(&clean_up_to(&finding.title, LONG), WIDEST - 3).into_iter().enumerate() {
        let mark = if index == 0 { mark(finding.severity) } else { "  " };
        let _ = writeln!(out, "{mark} {line}");
    }
    put(out, "Story", &finding.story);
    let more = finding.evidence.len().saturating_sub(FACTS_AT_MOST);
    for (index, fact) in finding.evidence.iter().take(FACTS_AT_MOST).enumerate() {
        put_item(out, if index == 0 { "Evidence" } else { "" }, fact);
    }
    if more > 0 {
        put(out, "", &format!("and {more} more: --format json or markdown has all"));
    }
    for (index, what) in finding.not_it.iter().enumerate() {
        put_item(out, if index == 0 { "Not it" } else { "" }, what);
    }
    next(out, finding);
}

fn next(out: &mut String, finding: &Finding) {
    let next = &finding.next;
    put(out, "Next", &next.text);
    // A command and an address are copied: they are never broken.
    if let Some(command) = &next.command {
        put_whole(out, &format!("$ {}", clean_up_to(command, LONG)));
    }
    if let Some(url) = &next.url {
        put_whole(out, &clean_up_to(url, LONG));
    }
    let Some(copy) = next.copy.as_deref().filter(|copy| next.command.as_deref() != Some(copy)) else { return };
    let lines: Vec<&str> = copy.lines().collect();
    for (index, line) in lines.iter().take(PASTED_AT_MOST).enumerate() {
        for line in wrapped(&clean_up_to(line, LONG), WIDEST - INDENT - 2) {
            let label = if index == 0 { "To paste" } else { "" };
            let _ = writeln!(out, "   {label:<9}| {line}");
        }
    }
    if lines.len() > PASTED_AT_MOST {
        put(out, "", "the rest: --format markdown");
    }
}

/// A label and its text, which goes on under itself.
fn put(out: &mut String, label: &str, text: &str) {
    for (index, line) in wrapped(&clean_up_to(text, LONG), WIDEST - INDENT).into_iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        let _ = writeln!(out, "   {label:<9}{line}");
    }
}

/// As [`put`], of one of several.
fn put_item(out: &mut String, label: &str, text: &str) {
    for (index, line) in wrapped(&clean_up_to(text, LONG), WIDEST - INDENT - 2).into_iter().enumerate() {
        let (label, mark) = if index == 0 { (label, "- ") } else { ("", "  ") };
        let _ = writeln!(out, "   {label:<9}{mark}{line}");
    }
}

fn put_whole(out: &mut String, line: &str) {
    let _ = writeln!(out, "{:INDENT$}{line}", "");
}

/// A text in lines of at most so many cells, broken at spaces; a word that is longer is broken where it must be, and nothing is left out.
fn wrapped(text: &str, cells: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let fits = lines.last().is_some_and(|line| width(line) + 1 + width(word) <= cells);
        if let Some(line) = lines.last_mut().filter(|_| fits) {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.extend(pieces(word, cells));
        }
    }
    lines
}

fn pieces(word: &str, cells: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        if pieces.last().is_some_and(|piece| width(piece) + width(c.encode_utf8(&mut [0; 4])) > cells) {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

/// How the checks went, and what would let more of them look.
pub(super) fn checks(report: &Report) -> Vec<String> {
    let count = |status| report.count(status);
    let mut lines = vec![format!(
        "Checks: {} passed, {} found something, {} skipped, {} could not look.",
        count(Status::Passed),
        count(Status::Finding),
        count(Status::Skipped),
        count(Status::Unknown)
    )];
    let unseen = |check: &&Checked| check.status == Status::Unknown;
    for check in report.checks.iter().filter(unseen) {
        lines.push(format!("Could not look: {}{}.", check.about, reason(check)));
    }
    for check in report.checks.iter().filter(|check| check.status == Status::Finding && check.reason.is_some()) {
        lines.push(format!("Could look in part: {}{}.", check.about, reason(check)));
    }
    lines.extend(skipped(report));
    let needs: BTreeSet<&str> = report.checks.iter().flat_map(|check| &check.needs).map(String::as_str).collect();
    if !needs.is_empty() {
        let needs = needs.into_iter().map(clean).collect::<Vec<_>>().join(", ");
        lines.push(format!("Permissions that would let them: {needs}. `tiertop iam-policy` prints the whole policy."));
    }
    lines
}

fn reason(check: &Checked) -> String {
    let reason = check.reason.as_deref().map(|reason| clean_up_to(reason, LONG)).filter(|reason| !reason.is_empty());
    reason.map(|reason| format!(": {}", reason.trim_end_matches('.'))).unwrap_or_default()
}

/// What was skipped, by what it would need: a line for each reason.
fn skipped(report: &Report) -> Vec<String> {
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    for check in report.checks.iter().filter(|check| check.status == Status::Skipped) {
        let reason = reason(check);
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, checks)) => checks.push(check.about),
            None => by_reason.push((reason, vec![check.about])),
        }
    }
    by_reason.into_iter().map(|(reason, checks)| format!("Skipped: {}{reason}.", checks.join("; "))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room_and_nothing_is_lost(text in "(\\PC{0,30} ){0,12}", cells in 4_usize..80) {
            let text = clean_up_to(&text, LONG);
            let lines = wrapped(&text, cells);
            prop_assert!(lines.iter().all(|line| width(line) <= cells), "{lines:?}");
            let joined = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(joined(&lines.concat()), joined(&text));
        }
    }
}
