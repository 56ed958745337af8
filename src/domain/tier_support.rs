//! Which service tiers a model takes: a dated table of what AWS has published. No API says it, so what the service answers to a call counts more.

use std::{collections::HashMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

use super::{ids::ModelId, tier::Tier};

/// The table: assets/catalog/tier-support.tsv, which names its sources.
const TABLE: &str = include_str!("../../assets/catalog/tier-support.tsv");

/// The day the table was taken.
pub const AS_OF: &str = "2026-11-22";

/// Whether a model takes a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// A source says so, and none that it does not.
    Yes,
    /// A card names the model's tiers and leaves this one out.
    No,
    /// Sources disagree.
    Conflict,
    /// No source says anything.
    Unknown,
}

impl Support {
    /// The name in exports and columns.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Conflict => "conflict",
            Self::Unknown => "unknown",
        }
    }

    fn named(word: &str) -> Option<Self> {
        [Self::Yes, Self::No, Self::Conflict, Self::Unknown].into_iter().find(|support| support.name() == word)
    }
}

/// What is published of one model and tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Whether it takes it.
    pub support: Support,
    /// Who says so, in the table's words: `cards+price`; empty where nobody, or a card by leaving it out, does.
    by: &'static str,
}

impl Claim {
    const NOTHING: Self = Self { support: Support::Unknown, by: "" };

    /// Who says so and of when, for people: `model cards 2026-08, list price 2026-11`; None where nobody does.
    #[must_use]
    pub fn evidence(&self) -> Option<String> {
        let told = |sources: &str| sources.split('+').map(source).collect::<Vec<_>>().join(", ");
        match (self.support, self.by.split_once('/')) {
            (Support::Unknown, _) => None,
            (Support::Yes, None) if self.by.is_empty() => Some("every model is served on it".to_owned()),
            (_, Some((yes, no))) => Some(format!("yes: {}; no: {}", told(yes), told(no))),
            (Support::No, None) => Some("its model card of 2026-08 or later names other tiers only".to_owned()),
            (_, None) => Some(told(self.by)),
        }
    }
}

/// A source of the table, for people.
fn source(name: &str) -> &'static str {
    match name {
        "table" => "tier page 2026-02",
        "cards" => "model card 2026-08",
        "card" => "model card autumn 2026",
        "price" => "list price 2026-11",
        _ => "unknown source",
    }
}

/// The tiers that the table has columns of, in their order.
pub const COLUMNS: [&str; 4] = ["priority", "flex", "reserved", "ultrafast"];

/// The table.
#[derive(Debug, Default)]
pub struct TierSupport {
    rows: HashMap<&'static str, [Claim; COLUMNS.len()]>,
}

impl TierSupport {
    /// The table that is built in.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static SUPPORT: LazyLock<TierSupport> = LazyLock::new(|| TierSupport::read(TABLE));
        &SUPPORT
    }

    fn read(table: &'static str) -> Self {
        let lines = table.lines().filter(|line| !line.starts_with('#'));
        let rows = lines.filter_map(|line| {
            let (model, claims) = line.split_once('\t')?;
            let mut row = [Claim::NOTHING; COLUMNS.len()];
            for (cell, claim) in row.iter_mut().zip(claims.split('\t')) {
                let (support, by) = claim.split_once(':').unwrap_or((claim, ""));
                *cell = Claim { support: Support::named(support)?, by };
            }
            Some((model, row))
        });
        Self { rows: rows.collect() }
    }

    /// What is published of a model and a tier. Standard is every model's; a model or tier that the table does not name is unknown.
    /// A context's suffix (`…-v1:0:24k`) is the same model.
    #[must_use]
    pub fn claim(&self, model: &ModelId, tier: &Tier) -> Claim {
        if *tier == Tier::Standard {
            return Claim { support: Support::Yes, by: "" };
        }
        let column = COLUMNS.iter().position(|name| *name == tier.wire_name());
        let row = self.rows.get(model.as_str()).or_else(|| self.rows.get(without_context(model.as_str())));
        row.zip(column).map_or(Claim::NOTHING, |(row, column)| row[column])
    }

    /// Whether the table names a model.
    #[must_use]
    pub fn names(&self, model: &ModelId) -> bool {
        self.rows.contains_key(model.as_str()) || self.rows.contains_key(without_context(model.as_str()))
    }

    /// The tiers beside Standard that a model is published to take, in the table's order.
    #[must_use]
    pub fn taken(&self, model: &ModelId) -> Vec<Tier> {
        let tiers = COLUMNS.iter().map(Tier::from);
        tiers.filter(|tier| self.claim(model, tier).support == Support::Yes).collect()
    }
}

/// `amazon.nova-pro-v1:0` of `amazon.nova-pro-v1:0:24k`.
fn without_context(id: &str) -> &str {
    match id.rsplit_once(':') {
        Some((base, last)) if base.contains(':') && last.ends_with(['k', 'm']) => base,
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn support(model: &str, tier: &str) -> Support {
        TierSupport::built_in().claim(&model.into(), &tier.into()).support
    }

    #[test]
    fn every_row_of_the_table_is_read() {
        let lines: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(TierSupport::built_in().rows.len(), lines.len(), "each model once");
        assert!(lines.len() > 100);
        for line in lines {
            assert_eq!(line.split('\t').count(), 1 + COLUMNS.len(), "{line}");
            for claim in line.split('\t').skip(1) {
                let (support, by) = claim.split_once(':').unwrap_or((claim, ""));
                let support = Support::named(support).unwrap_or_else(|| panic!("{line}"));
                assert_eq!(by.is_empty(), matches!(support, Support::No | Support::Unknown), "{line}");
                assert_eq!(by.contains('/'), support == Support::Conflict, "{line}");
                assert!(by.split(['+', '/']).all(|by| by.is_empty() || source(by) != "unknown source"), "{line}");
            }
        }
        assert!(TABLE.contains(&format!("as_of {AS_OF}")));
    }

    #[test]
    fn no_claude_model_takes_priority_or_flex() {
        let claude = TierSupport::built_in().rows.keys().filter(|id| id.starts_with("anthropic."));
        let mut count = 0;
        for id in claude {
            assert_eq!((support(id, "priority"), support(id, "flex")), (Support::No, Support::No), "{id}");
            count += 1;
        }
        assert!(count > 15);
    }

    #[test]
    fn claims_are_as_the_sources_say() {
        assert_eq!(support("amazon.nova-pro-v1:0", "flex"), Support::Yes);
        assert_eq!(support("amazon.nova-pro-v1:0:300k", "flex"), Support::Yes);
        assert_eq!(support("amazon.nova-lite-v1:0", "flex"), Support::No);
        assert_eq!(support("anthropic.claude-sonnet-4-5-20250929-v1:0", "reserved"), Support::Yes);
        assert_eq!(support("deepseek.v3-v1:0", "priority"), Support::Conflict);
        assert_eq!(support("openai.gpt-6-astra", "ultrafast"), Support::Yes);
        assert_eq!(support("nobody.nothing", "flex"), Support::Unknown);
        assert_eq!(support("nobody.nothing", "default"), Support::Yes, "Standard is every model's");
        assert_eq!(support("amazon.nova-pro-v1:0", "hyper"), Support::Unknown, "tiers are open");
        let taken = TierSupport::built_in().taken(&"amazon.nova-2-lite-v1:0".into());
        assert_eq!(taken, [Tier::Priority, Tier::Flex]);
    }

    #[test]
    fn evidence_names_source_and_date() {
        let claim = |model: &str, tier: &str| TierSupport::built_in().claim(&model.into(), &tier.into()).evidence();
        let both = claim("deepseek.v3-v1:0", "priority").unwrap();
        assert!(both.contains("yes: ") && both.contains("no: model card 2026-08"), "{both}");
        assert!(claim("amazon.nova-pro-v1:0", "flex").unwrap().contains("list price 2026-11"));
        assert_eq!(claim("nobody.nothing", "flex"), None);
    }
}
