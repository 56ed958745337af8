//! The tier matrix: asked → served, how much of each, and what a token costs there.

use crate::{
    domain::{
        cost::{self, CostBasis},
        metric::{Metric, Stat},
        pricing::{AS_OF, Price, Prices, SOURCES, TokenPrice},
        snapshot::{EndpointRow, TierBasis, TierUse},
        tier::{Tier, TierPair},
    },
    ui::{
        cells::shares,
        numbers::{UNKNOWN, percent, seconds, short_or_unknown},
        text::{clean, truncate},
        theme::Tone,
        verdict::window_of,
    },
};

use super::{Page, section::Section};

impl Page<'_> {
    pub(super) fn tiers(&self) -> Section {
        let window = window_of(self.subject.snapshot);
        let mut section = Section::new(format!("Tiers asked → served: {window}"));
        let tiers: Vec<&TierUse> = self.subject.members.iter().flat_map(|row| &row.tiers).collect();
        if tiers.is_empty() {
            section.text(
                "· not reported: no series with tier dimensions has a request. That is not Standard.",
                Tone::Dim,
                self.room,
            );
            return section;
        }
        let heading =
            format!("  {:<9} {:<9} {:>8} {:>8} {:>5} {:>5}", "asked", "served", "requests", "tokens", "share", "TTFT");
        section.line(vec![(heading, Tone::Dim)]);
        let shares = shares(&tiers);
        for pair in pairs(&tiers) {
            let same = |tier: &&&TierUse| (&tier.asked, tier.served.as_ref()) == (&pair.asked, pair.served.as_ref());
            let sum =
                |of: fn(&TierUse) -> Option<f64>| tiers.iter().filter(same).map(|tier| of(tier)).sum::<Option<f64>>();
            let share = shares.as_ref().and_then(|(shares, _)| {
                shares.iter().find(|share| (share.asked, share.served) == (&pair.asked, pair.served.as_ref()))
            });
            let differs = pair.differs() == Some(true);
            let text = format!(
                "  {:<9} {:<9} {:>8} {:>8} {:>5} {:>5}{}",
                name(&pair.asked),
                pair.served.as_ref().map_or_else(|| UNKNOWN.to_owned(), name),
                short_or_unknown(sum(|tier| tier.requests)),
                short_or_unknown(sum(|tier| tier.quota_tokens)),
                share.map_or_else(|| UNKNOWN.to_owned(), |share| percent(share.percent)),
                self.first_token(&pair).map_or_else(|| UNKNOWN.to_owned(), seconds),
                if differs { "  ! another tier served" } else { "" }
            );
            section.line(vec![(text, if differs { Tone::Warn } else { Tone::Plain })]);
        }
        let of_requests = shares.is_some_and(|(_, of_requests)| of_requests);
        let share = if of_requests { "share of requests" } else { "share of quota tokens" };
        section.text(&format!("{share}; {}", counted(&tiers)), Tone::Dim, self.room);
        section
    }

    /// Median seconds to the first token of a pair, where they were asked for: of one endpoint only.
    fn first_token(&self, pair: &TierPair) -> Option<f64> {
        let key = self.subject.endpoint?.endpoint.meter().tier_series(Metric::TimeToFirstToken, pair);
        let span = self.subject.snapshot.window?;
        let store = &self.state.account.store;
        store.newest_chart_value(&key, Stat::Percentile(50), span).map(|(_, milliseconds)| milliseconds)
    }

    /// What a token costs at the tiers that serve this endpoint, and what the cost rests on.
    pub(super) fn prices(&self) -> Option<Section> {
        let row = self.subject.endpoint?;
        let mut section = Section::new("List price, dollars per million tokens");
        let mut served: Vec<&Tier> = row.tiers.iter().filter_map(|tier| tier.served.as_ref()).collect();
        served.sort_unstable();
        served.dedup();
        let assumed = served.is_empty();
        if assumed {
            served.push(&Tier::Standard);
        }
        for tier in served {
            let text = match tier {
                Tier::Reserved => "prepaid, not by the token".to_owned(),
                tier => self.price_text(row, tier),
            };
            section.fact(&name(tier), &text, Tone::Plain, self.room);
        }
        let basis = match row.cost.map(|cost| cost.basis) {
            Some(CostBasis::Served) if assumed => "",
            Some(CostBasis::Served) => "One tier served all. ",
            Some(CostBasis::Split) => "~ tokens split over the tiers as quota tokens are. ",
            Some(CostBasis::Assumed) => "~ Standard assumed where the account does not report the tier. ",
            None => "Cost unknown: a token count, a tier's share or a price is not known. ",
        };
        let text = format!("{basis}Prices of {AS_OF} ({SOURCES}), without steps for long contexts.");
        section.text(&text, Tone::Dim, self.room);
        Some(section)
    }

    fn price_text(&self, row: &EndpointRow, tier: &Tier) -> String {
        let price = cost::price(&row.endpoint, Prices::built_in(), &self.state.session.region, tier);
        let Some(Price { input, output, cache_read, cache_write }) = price else { return UNKNOWN.to_owned() };
        let text = |price: Option<TokenPrice>| price.map_or_else(|| UNKNOWN.to_owned(), |price| price.to_string());
        format!(
            "in {}, out {}, cache read {}, write {}",
            text(input),
            text(output),
            text(cache_read),
            text(cache_write)
        )
    }
}

/// `standard`, not `default`; cut where the column ends.
fn name(tier: &Tier) -> String {
    truncate(&clean(tier.name()), 9, ".")
}

/// Each pair once, in order.
fn pairs(tiers: &[&TierUse]) -> Vec<TierPair> {
    let mut pairs: Vec<TierPair> =
        tiers.iter().map(|tier| TierPair { asked: tier.asked.clone(), served: tier.served.clone() }).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// How the requests were counted.
fn counted(tiers: &[&TierUse]) -> String {
    let has = |basis| tiers.iter().any(|tier| tier.basis == basis);
    let named = [
        (TierBasis::Invocations, "Invocations by tier"),
        (TierBasis::EstimateSamples, "samples of the quota estimate, which are successes"),
        (TierBasis::IdSuffix, "ids of the form model+tier, which may be in the plain id's counts too"),
    ];
    let named: Vec<&str> = named.into_iter().filter(|(basis, _)| has(*basis)).map(|(_, text)| text).collect();
    format!("requests counted by {}", named.join(", and "))
}
