//! The doctor's report for a ticket: Markdown in which nothing of what AWS or a user wrote can become a heading, a link, a mention or HTML.

use std::fmt::Write;

use super::{Found, text};
use crate::{
    domain::doctor::finding::{Finding, Severity, Status},
    ui::text::{LONG, clean_up_to},
};

/// The document, ended by a line feed.
pub(super) fn text(found: &Found) -> String {
    let mut out = format!("# Amazon Bedrock doctor\n\n{}\n", escaped(&text::heading(&found.snapshot)));
    for note in &found.notes {
        let _ = writeln!(out, "\n{}", escaped(note));
    }
    for finding in &found.report.findings {
        section(&mut out, finding);
    }
    if found.report.findings.is_empty() && found.report.saw_anything() {
        out.push_str("\nNothing is wrong as far as could be seen.\n");
    }
    out.push_str("\n## Checks\n\n| check | how it went | why |\n| --- | --- | --- |\n");
    for check in &found.report.checks {
        let reason = check.reason.as_deref().map(escaped).unwrap_or_default();
        let _ = writeln!(out, "| {} | {} | {reason} |", escaped(check.about), status(check.status));
    }
    let needs: std::collections::BTreeSet<&String> =
        found.report.checks.iter().flat_map(|check| &check.needs).collect();
    if !needs.is_empty() {
        let needs = needs.into_iter().map(|action| escaped(action)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            out,
            "\nPermissions that would let more of them look: {needs}. `tiertop iam-policy` prints the whole policy."
        );
    }
    out
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Finding => "found something",
        Status::Skipped => "skipped",
        Status::Unknown => "could not look",
    }
}

fn section(out: &mut String, finding: &Finding) {
    let severity = match finding.severity {
        Severity::Critical => "Critical",
        Severity::Warning => "Warning",
        Severity::Info => "Worth knowing",
    };
    let _ = writeln!(out, "\n## {severity}: {}\n\n{}", escaped(&finding.title), escaped(&finding.story));
    list(out, "Evidence", &finding.evidence);
    list(out, "Not it", &finding.not_it);
    let next = &finding.next;
    let _ = writeln!(out, "\n**Next:** {}", escaped(&next.text));
    if let Some(command) = &next.command {
        code(out, "sh", command);
    }
    if let Some(url) = &next.url {
        let _ = writeln!(out, "\n{}", address(url));
    }
    if let Some(copy) = next.copy.as_deref().filter(|copy| next.command.as_deref() != Some(copy)) {
        out.push_str("\nTo paste:\n");
        code(out, "text", copy);
    }
}

fn list(out: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n**{title}**\n");
    for item in items {
        let _ = writeln!(out, "- {}", escaped(item));
    }
}

/// A block of code whose fence nothing inside can end.
fn code(out: &mut String, language: &str, text: &str) {
    let lines: Vec<String> = text.lines().map(|line| clean_up_to(line, LONG)).collect();
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(out, "\n{fence}{language}\n{}\n{fence}", lines.join("\n"));
}

/// A page as a link where it can be one, else as text.
fn address(url: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '\\' | '`');
    if url.starts_with("https://") && url.chars().all(plain) { format!("<{url}>") } else { escaped(url) }
}

/// A text in which no character means anything to Markdown, and no word becomes a link or a mention of somebody.
fn escaped(text: &str) -> String {
    let text = clean_up_to(text, LONG);
    let mut out = String::with_capacity(text.len() + 16);
    for (index, c) in text.chars().enumerate() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // At the beginning of a line these make lists.
            '-' | '+' | '=' if index == 0 => {
                out.push('\\');
                out.push(c);
            }
            // `1.` makes a list, `www.` and `x://` make links.
            '.' | ')' if out.chars().all(|c| c.is_ascii_digit()) && !out.is_empty() => {
                out.push('\\');
                out.push(c);
            }
            '.' if out.to_ascii_lowercase().ends_with("www") => out.push_str("&#46;"),
            '/' if out.ends_with(":/") => out.push_str("&#47;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_means_anything() {
        assert_eq!(
            escaped("# a\n<b> [x](https://e) @who `c` | d"),
            "\\# a &lt;b&gt; \\[x\\](https:/&#47;e) &#64;who \\`c\\` \\| d"
        );
        assert_eq!(
            (escaped("1. x"), escaped("- x"), escaped("v1.2")),
            ("1\\. x".into(), "\\- x".into(), "v1.2".into())
        );
        assert_eq!(escaped("see www.x.com"), "see www&#46;x.com");
        assert_eq!(address("https://console.aws.amazon.com/x#/y"), "<https://console.aws.amazon.com/x#/y>");
        assert_eq!(address("https://x/<a>"), "https:/&#47;x/&lt;a&gt;");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let mut out = String::new();
        code(&mut out, "text", "a\n````\n# b");
        assert_eq!(out, "\n`````text\na\n````\n# b\n`````\n");
    }
}
