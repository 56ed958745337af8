//! List prices of tokens, by model, where its calls are served, and tier: a dated table. What no row names is unknown.
//!
//! The prices are of the usual context: calls with long contexts cost more for some models, and no metric tells them apart.

use std::{collections::HashMap, fmt, iter::Sum, ops::Add, sync::LazyLock};

use serde::{Serialize, Serializer};

use super::{
    catalog::Scope,
    ids::{ModelId, Region},
    metric::Namespace,
    tier::Tier,
};

/// The table: assets/catalog/prices.tsv, which names its sources.
const TABLE: &str = include_str!("../../assets/catalog/prices.tsv");

/// The day the table was taken.
pub const AS_OF: &str = "2026-11-22";

/// Who says so, in a few words.
pub const SOURCES: &str = "LiteLLM 1.109.1, AWS model cards, Price List rows";

/// Micro-dollars per million tokens, which is pico-dollars per token: every list price is a whole number of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenPrice(u64);

impl TokenPrice {
    /// Reads US dollars per million tokens, such as `0.0825`; None where that is no number, or has more than six decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || part.len() > 6 || !(part.is_empty() || digits(part)) || text.ends_with('.') {
            return None;
        }
        let part: u64 = format!("{part:0<6}").parse().ok()?;
        whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(part).map(Self)
    }

    /// What so many tokens cost.
    #[must_use]
    pub fn of(self, tokens: u64) -> Usd {
        Usd(u128::from(self.0) * u128::from(tokens))
    }
}

impl fmt::Display for TokenPrice {
    /// US dollars per million tokens: `$3`, `$0.0825`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        f.write_str(&decimal(u128::from(self.0), 6))
    }
}

/// An amount in US dollars, exact: pico-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd(u128);

/// Decimals of an amount.
const DECIMALS: usize = 12;

impl Usd {
    /// This amount × `numerator` ÷ `denominator`, rounded down; None where the denominator is 0 or the numbers are too large.
    #[must_use]
    pub fn share(self, numerator: u128, denominator: u128) -> Option<Self> {
        self.0.checked_mul(numerator)?.checked_div(denominator).map(Self)
    }

    /// Reads US dollars, such as `0.05`; None where that is no number, or has more than twelve decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || part.is_some_and(|part| !digits(part) || part.len() > DECIMALS) {
            return None;
        }
        let part: u128 = format!("{:0<DECIMALS$}", part.unwrap_or_default()).parse().ok()?;
        whole.parse::<u128>().ok()?.checked_mul(10_u128.pow(12))?.checked_add(part).map(Self)
    }

    /// What is left of this amount after another; None where the other is larger.
    #[must_use]
    pub fn less(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The next amount that has so many digits from its first on, for an upper bound that is read: 0.01234 with two digits is 0.013.
    #[must_use]
    pub fn rounded_up(self, digits: u32) -> Self {
        let length = self.0.checked_ilog10().unwrap_or(0) + 1;
        let step = 10_u128.pow(length.saturating_sub(digits.max(1)));
        Self(self.0.div_ceil(step).saturating_mul(step))
    }

    /// The amount as a floating-point number, for sorting and drawing only.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "drawn with a few digits")]
    pub fn approximately(self) -> f64 {
        self.0 as f64 / 1e12
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Self::add)
    }
}

impl fmt::Display for Usd {
    /// The exact decimal without a sign: `12.34`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal(self.0, DECIMALS))
    }
}

impl Serialize for Usd {
    /// A string: a decimal must not pass through a floating-point number.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A whole number of units of 10^-`decimals`, without needless zeros.
fn decimal(units: u128, decimals: usize) -> String {
    let digits = format!("{units:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

/// List prices of one model, place and tier, per token. What the table leaves open is None.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Price {
    /// Input tokens without cached ones.
    pub input: Option<TokenPrice>,
    /// Output tokens.
    pub output: Option<TokenPrice>,
    /// Input tokens read from the cache.
    pub cache_read: Option<TokenPrice>,
    /// Input tokens written to the cache.
    pub cache_write: Option<TokenPrice>,
}

/// The price table.
#[derive(Debug, Default)]
pub struct Prices {
    /// By model; each with where its calls are served, and the tier's wire name.
    rows: HashMap<&'static str, Vec<(&'static str, &'static str, Price)>>,
}

impl Prices {
    /// The table that is built in.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static PRICES: LazyLock<Prices> = LazyLock::new(|| Prices::read(TABLE));
        &PRICES
    }

    fn read(table: &'static str) -> Self {
        let mut prices = Self::default();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&'static str> = line.split('\t').collect();
            if let [model, place, tier, input, output, cache_read, cache_write, _] = fields[..] {
                let read = TokenPrice::parse;
                let price = Price {
                    input: read(input),
                    output: read(output),
                    cache_read: read(cache_read),
                    cache_write: read(cache_write),
                };
                prices.rows.entry(model).or_default().push((place, tier, price));
            }
        }
        prices
    }

    /// Whether the table has any price of a model.
    #[must_use]
    pub fn names(&self, model: &ModelId) -> bool {
        self.rows.contains_key(model.as_str())
    }

    /// What a model's tokens cost: calls through a profile by its prefix, by model id in this Region, or on bedrock-mantle. The price follows the
    /// Region that is called, not the one that serves. None where the table has no such row, and for Reserved, which is prepaid.
    #[must_use]
    pub fn price(
        &self,
        model: &ModelId,
        namespace: Namespace,
        scope: &Scope,
        region: &Region,
        tier: &Tier,
    ) -> Option<Price> {
        let rows = self.rows.get(model.as_str())?;
        let at = |place: &str| {
            rows.iter().find(|row| row.0 == place && row.1 == tier.wire_name()).map(|(_, _, price)| *price)
        };
        let region = region.as_str();
        // Rows without a Region are US prices; elsewhere a model may cost more.
        let is_us = region.starts_with("us-") && !region.starts_with("us-gov-");
        match (namespace, scope) {
            (Namespace::Mantle, _) => at(&format!("mantle:{region}")).or_else(|| at("mantle").filter(|_| is_us)),
            (_, Scope::Geo(prefix)) => at(&format!("{prefix}.")),
            (_, Scope::Global) => at("global."),
            (_, Scope::InRegion) => at(region).or_else(|| at("-").filter(|_| is_us)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_row_of_the_table_is_read() {
        let lines = || TABLE.lines().filter(|line| !line.starts_with('#'));
        let read: usize = Prices::built_in().rows.values().map(Vec::len).sum();
        assert_eq!(read, lines().count());
        for line in lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            assert!(fields[3..7].iter().all(|price| price.is_empty() || TokenPrice::parse(price).is_some()), "{line}");
            assert!(TokenPrice::parse(fields[3]).is_some(), "{line}");
        }
        for rows in Prices::built_in().rows.values() {
            let mut keys: Vec<_> = rows.iter().map(|(place, tier, _)| (place, tier)).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), rows.len(), "one price for each place and tier");
        }
        assert!(TABLE.contains(&format!("as_of {AS_OF}")));
    }

    #[test]
    fn prices_are_of_the_place_and_the_tier() {
        let input = |model: &str, namespace, scope: Scope, region: &str, tier: &str| {
            let price =
                Prices::built_in().price(&model.into(), namespace, &scope, &region.into(), &Tier::from(tier))?;
            Some(price.input?.to_string())
        };
        let runtime = Namespace::Bedrock;
        let (sonnet, gpt) = ("anthropic.claude-sonnet-4-5-20250929-v1:0", "openai.gpt-oss-120b-1:0");
        let geo = |prefix: &str| Scope::Geo(prefix.into());
        for (found, expected) in [
            (input(sonnet, runtime, geo("us"), "us-east-1", "default"), Some("$3.3")),
            (input(sonnet, runtime, Scope::Global, "us-east-1", "default"), Some("$3")),
            (input(sonnet, runtime, geo("xx"), "us-east-1", "default"), None),
            (input(sonnet, runtime, geo("us"), "us-east-1", "flex"), None),
            (input(sonnet, runtime, geo("us"), "us-east-1", "reserved"), None),
            (input(gpt, runtime, Scope::InRegion, "us-east-1", "flex"), Some("$0.075")),
            (input(gpt, runtime, Scope::InRegion, "us-gov-west-1", "default"), Some("$0.18")),
            // A row without a Region says nothing of Europe.
            (input(gpt, runtime, Scope::InRegion, "eu-west-1", "default"), None),
            (input("openai.gpt-oss-120b", Namespace::Mantle, Scope::InRegion, "us-east-1", "default"), Some("$0.15")),
            (input("deepseek.v3.2", runtime, Scope::InRegion, "sa-east-1", "default"), Some("$0.74")),
            (input("nobody.nothing", runtime, Scope::InRegion, "us-east-1", "default"), None),
        ] {
            assert_eq!(found.as_deref(), expected);
        }
    }

    #[test]
    fn what_is_no_price_is_not_read() {
        for text in ["", ".", "1.", ".5", "-1", "1.1234567", "1e3", "0x1", "１", "99999999999999999999"] {
            assert_eq!(TokenPrice::parse(text), None, "{text}");
        }
        assert_eq!(TokenPrice::parse("0.000001"), Some(TokenPrice(1)));
    }

    #[test]
    fn what_is_no_amount_is_not_read() {
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "$1", "1,5", "1e3", "1.1234567890123", "999999999999999999999999999999"]
        {
            assert_eq!(Usd::parse(text), None, "{text}");
        }
        assert_eq!(Usd::parse("0.05"), TokenPrice::parse("0.05").map(|price| price.of(1_000_000)));
    }

    proptest! {
        #[test]
        fn arithmetic_is_exact(micro in 0..1_000_000_000_u64, tokens in 0..1_u64 << 50, other in 0..1_u64 << 50) {
            let price = TokenPrice(micro);
            prop_assert_eq!(TokenPrice::parse(price.to_string().trim_start_matches('$')), Some(price));
            prop_assert_eq!(price.of(tokens) + price.of(other), price.of(tokens + other));
            prop_assert_eq!(price.of(tokens).0, u128::from(micro) * u128::from(tokens));
            prop_assert_eq!(price.of(tokens).share(60, 60), Some(price.of(tokens)));
        }

        #[test]
        fn shares_lose_less_than_a_pico_dollar_each(amount in 0..1_u128 << 90, parts in prop::collection::vec(0..1_u128 << 30, 1..6)) {
            let whole: u128 = parts.iter().sum();
            prop_assume!(whole > 0);
            let split: Usd = parts.iter().map(|part| Usd(amount).share(*part, whole).unwrap()).sum();
            prop_assert!(split.0 <= amount && amount - split.0 < parts.len() as u128);
            prop_assert_eq!(Usd(amount).share(1, 0), None);
        }

        #[test]
        fn an_amount_is_read_as_it_is_written(amount in 0..1_u128 << 100, other in 0..1_u128 << 100) {
            prop_assert_eq!(Usd::parse(&Usd(amount).to_string()), Some(Usd(amount)));
            prop_assert_eq!((Usd(amount) + Usd(other)).less(Usd(other)), Some(Usd(amount)));
            prop_assert_eq!(Usd(amount).less(Usd(amount) + Usd(1)), None);
        }

        #[test]
        fn what_is_rounded_up_is_no_less_and_hardly_more(amount in 0..1_u128 << 100, digits in 1..5_u32) {
            let rounded = Usd(amount).rounded_up(digits);
            prop_assert!(rounded.0 >= amount && rounded.0 - amount <= amount / 10_u128.pow(digits - 1));
            let text = rounded.0.to_string();
            prop_assert!(text.trim_end_matches('0').len() <= digits as usize, "{}", text);
        }

        #[test]
        fn an_amount_is_written_in_full(amount in 0..1_u128 << 100) {
            let text = Usd(amount).to_string();
            let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
            prop_assert!(!part.ends_with('0') && part.len() <= DECIMALS);
            prop_assert_eq!(format!("{whole}{part:0<12}").parse::<u128>().unwrap(), amount);
        }
    }
}
