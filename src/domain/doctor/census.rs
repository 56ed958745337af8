//! A Region's quotas counted for the story of a zero: how many are 0 and can be raised, what was reduced, and what keeps its value.

use super::words;
use crate::domain::{quota_name::QuotaScope, quota_rows::QuotaRow};

/// What a quota that inference does not draw on is of: a part of its name in lower case, and the word for it. The first that fits counts.
const GROUPS: [(&str, &str); 9] = [
    ("batch inference", "batch inference"),
    ("knowledge bases)", "knowledge bases"),
    ("(guardrails)", "guardrails"),
    ("(flows)", "flows"),
    ("data automation", "data automation"),
    ("dataautomation", "data automation"),
    ("(automated reasoning)", "automated reasoning"),
    ("(prompt management)", "prompt management"),
    ("agent", "agents"),
];

/// The word for quotas of none of these groups.
const REST: &str = "others";

/// Quotas counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Census {
    /// Zeros that Service Quotas takes requests for.
    pub adjustable: usize,
    /// Zeros that it takes none for.
    pub fixed: usize,
    /// Zeros by whose calls they limit.
    pub by_scope: Vec<(QuotaScope, usize)>,
    /// On-demand quotas that are above 0 and below their default, in words with both values.
    pub reduced: Vec<String>,
    /// On-demand quotas that are not 0 and not below their default.
    pub untouched: usize,
    /// On-demand quotas that are not 0 and whose default is not known, in words with their value.
    pub unjudged: Vec<String>,
    /// Quotas that inference does not draw on and that are above 0, by what they are of; most first, those of no group last.
    pub kept: Vec<(&'static str, usize)>,
}

impl Census {
    /// Counts the quotas whose value in force is known.
    #[must_use]
    pub fn of(rows: &[QuotaRow]) -> Self {
        let mut census = Self::default();
        for row in rows {
            let Some(value) = row.known.in_force else { continue };
            match row.known.scope {
                QuotaScope::Other if value > 0.0 => add(&mut census.kept, group(&row.known.quota.name)),
                scope if !scope.is_on_demand() => {}
                scope if value == 0.0 => {
                    let count = if row.known.quota.adjustable { &mut census.adjustable } else { &mut census.fixed };
                    *count += 1;
                    add(&mut census.by_scope, scope);
                }
                _ if row.known.quota.default.is_none() => {
                    census.unjudged.push(format!("{}: {}", words::quota(&row.known), words::number(value)));
                }
                _ if row.is_below_default() => census.reduced.push(reduced(row, value)),
                _ => census.untouched += 1,
            }
        }
        census.kept.sort_by_key(|(group, count)| (*group == REST, std::cmp::Reverse(*count)));
        census.by_scope.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        census
    }

    /// How many zeros limit calls of a kind.
    #[must_use]
    pub fn zeros_of(&self, scope: QuotaScope) -> usize {
        self.by_scope.iter().find(|(other, _)| *other == scope).map_or(0, |(_, count)| *count)
    }

    /// What keeps its value, in words; None where nothing is known to.
    #[must_use]
    pub fn kept_in_words(&self) -> Option<String> {
        let groups: Vec<String> = self.kept.iter().map(|(group, count)| format!("{group} {count}")).collect();
        (!groups.is_empty()).then(|| groups.join(", "))
    }
}

fn add<K: PartialEq>(counts: &mut Vec<(K, usize)>, key: K) {
    match counts.iter_mut().find(|(other, _)| *other == key) {
        Some((_, count)) => *count += 1,
        None => counts.push((key, 1)),
    }
}

fn group(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    GROUPS.into_iter().find(|(part, _)| name.contains(part)).map_or(REST, |(_, group)| group)
}

fn reduced(row: &QuotaRow, value: f64) -> String {
    let default = row.known.quota.default.unwrap_or_default();
    format!("{}: {} of {}", words::quota(&row.known), words::number(value), words::number(default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_one_group_each() {
        for (name, expected) in [
            ("Records per batch inference job for Claude Sonnet 4.5", "batch inference"),
            ("(Managed Knowledge Bases) Data sources per knowledge base", "knowledge bases"),
            ("AssociateAgentKnowledgeBase requests per second", "agents"),
            (
                "(Automated Reasoning) StartAutomatedReasoningPolicyTestWorkflow requests per second",
                "automated reasoning",
            ),
            ("Throttle rate limit for CreateDataAutomationProject", "data automation"),
            ("(Evaluation) Number of evaluation jobs", "others"),
        ] {
            assert_eq!(group(name), expected, "{name}");
        }
    }
}
