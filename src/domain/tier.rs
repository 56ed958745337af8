//! Service tiers. What was asked and what was served are two facts and never one word.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// A service tier by its wire name. AWS adds tiers (`ultrafast` is in no SDK enum), so the set is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Tier {
    /// `priority`: runs first, 1.75 × the price.
    Priority,
    /// `default`: Standard.
    Standard,
    /// `flex`: runs last, half the price.
    Flex,
    /// `reserved`: bought capacity.
    Reserved,
    /// Any other wire name.
    Other(Arc<str>),
}

impl Tier {
    /// The name on the wire: `default` for Standard.
    #[must_use]
    pub fn wire_name(&self) -> &str {
        match self {
            Self::Priority => "priority",
            Self::Standard => "default",
            Self::Flex => "flex",
            Self::Reserved => "reserved",
            Self::Other(name) => name,
        }
    }

    /// The name in a sentence: `standard`, which the wire calls `default`.
    #[must_use]
    pub fn name(&self) -> &str {
        if *self == Self::Standard { "standard" } else { self.wire_name() }
    }

    /// The letter that a table shows: P, S, F, R, or `?` for a tier without one.
    #[must_use]
    pub fn letter(&self) -> char {
        match self {
            Self::Priority => 'P',
            Self::Standard => 'S',
            Self::Flex => 'F',
            Self::Reserved => 'R',
            Self::Other(_) => '?',
        }
    }
}

impl<T: AsRef<str>> From<T> for Tier {
    /// `default` and the `standard` of some responses are Standard; case does not count.
    fn from(name: T) -> Self {
        match name.as_ref().to_ascii_lowercase().as_str() {
            "priority" => Self::Priority,
            "default" | "standard" => Self::Standard,
            "flex" => Self::Flex,
            "reserved" => Self::Reserved,
            _ => Self::Other(Arc::from(name.as_ref())),
        }
    }
}

impl From<Tier> for String {
    fn from(tier: Tier) -> Self {
        tier.wire_name().to_owned()
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wire_name())
    }
}

/// Which tier a request asked for and which one served it, as CloudWatch's `ServiceTier` and `ResolvedServiceTier` dimensions say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TierPair {
    /// `ServiceTier`.
    pub asked: Tier,
    /// `ResolvedServiceTier`; None where only an id of the form `model+flex` tells of a tier.
    pub served: Option<Tier>,
}

impl TierPair {
    /// Whether another tier served than the one that was asked for; None where the served one is unknown.
    #[must_use]
    pub fn differs(&self) -> Option<bool> {
        self.served.as_ref().map(|served| *served != self.asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_is_default_on_the_wire_and_the_set_is_open() {
        assert_eq!(Tier::from("standard").wire_name(), "default");
        assert_eq!(Tier::from("Priority"), Tier::Priority);
        assert_eq!(Tier::from("ultrafast").wire_name(), "ultrafast");
        assert_eq!(serde_json::to_string(&Tier::Standard).unwrap(), "\"default\"");
    }
}
