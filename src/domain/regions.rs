//! The Regions that have Bedrock: a dated table. Which models and profiles a Region really has is what its own lists say.

use serde::Deserialize;

use super::ids::Region;

/// The table: assets/catalog/regions.toml, which names its sources and date.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionTable {
    /// The day the table was taken.
    pub as_of: String,
    /// The Regions, in the order in which they are shown.
    #[serde(rename = "region")]
    pub regions: Vec<RegionRow>,
}

/// A Region of the table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionRow {
    /// Its code, for example `eu-west-1`.
    pub region: Region,
    /// Its name for people.
    pub name: String,
    /// Prefixes of the geographic profiles seen there; empty where none is known.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// Whether an account must opt in before it can be used.
    #[serde(default)]
    pub opt_in: bool,
    /// How many Bedrock models it had; None where that is not known.
    #[serde(default)]
    pub models: Option<u32>,
}

impl RegionTable {
    /// The table that is built in.
    ///
    /// # Panics
    /// Never: a test parses the table.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the asset is part of the program; a test parses it")]
    pub fn built_in() -> Self {
        toml::from_str(include_str!("../../assets/catalog/regions.toml")).expect("assets/catalog/regions.toml")
    }

    /// What the table says of a Region.
    #[must_use]
    pub fn row(&self, region: &Region) -> Option<&RegionRow> {
        self.regions.iter().find(|row| row.region == *region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_each_region_once() {
        let table = RegionTable::built_in();
        let mut codes: Vec<_> = table.regions.iter().map(|row| row.region.as_str()).collect();
        assert!(codes.len() > 30, "{}", codes.len());
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
        assert!(table.regions.iter().all(|row| !row.name.is_empty() && row.models != Some(0)));
        assert_eq!(table.row(&"eu-west-1".into()).unwrap().prefixes, ["eu"]);
    }
}
