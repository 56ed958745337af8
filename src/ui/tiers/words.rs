//! Tiers in words: what a model takes, its price, what a day would have cost. The screen and `tiertop tiers` say the same.

use crate::{
    app::{
        keys::{Action, first_key},
        state::State,
    },
    domain::{
        catalog::Scope,
        metric::Namespace,
        pricing::TokenPrice,
        tier::Tier,
        tier_support::Support,
        tiers::{DayCost, Offer, Place},
    },
    ui::{
        numbers::{UNKNOWN, short_dollars},
        text::clean,
    },
};

/// A column's title.
#[must_use]
pub fn title(tier: &Tier) -> String {
    tier.name().to_uppercase()
}

/// Where calls are served.
#[must_use]
pub fn place(place: &Place) -> String {
    match (place.namespace, &place.scope) {
        (Namespace::Mantle, _) => "mantle".to_owned(),
        (_, Scope::InRegion) => "Region".to_owned(),
        (_, Scope::Geo(prefix)) => clean(prefix),
        (_, Scope::Global) => "global".to_owned(),
    }
}

/// `yes`, `no`, `disputed`, `unknown`.
#[must_use]
pub fn taken(offer: &Offer) -> &'static str {
    match offer.support {
        Support::Yes => "yes",
        Support::No => "no",
        Support::Conflict => "disputed",
        Support::Unknown => "unknown",
    }
}

/// `0.075/0.3`: US dollars per million input and output tokens.
#[must_use]
pub fn price(offer: &Offer) -> String {
    let part = |price: Option<TokenPrice>| {
        price.map_or_else(|| UNKNOWN.to_owned(), |price| price.to_string().trim_start_matches('$').to_owned())
    };
    let both = offer.price.as_ref().map(|price| format!("{}/{}", part(price.input), part(price.output)));
    both.unwrap_or_else(|| UNKNOWN.to_owned())
}

/// `yes 0.075/0.3`: whether it is taken, and the price. A price of a tier that is not taken says nothing.
#[must_use]
pub fn offered(offer: &Offer) -> String {
    match (offer.support, &offer.tier) {
        (Support::Yes, Tier::Standard) => price(offer),
        (Support::Yes, Tier::Reserved) => "yes, prepaid".to_owned(),
        (Support::Yes | Support::Conflict, _) => format!("{} {}", taken(offer), price(offer)),
        (Support::No | Support::Unknown, _) => taken(offer).to_owned(),
    }
}

/// What the last day would have cost. Only of what may be taken: an amount under a `no` would be read as an offer.
#[must_use]
pub fn day(offer: &Offer) -> String {
    match offer.day {
        _ if offer.support == Support::No => String::new(),
        DayCost::Usd(usd) => short_dollars(usd.approximately()),
        DayCost::NoUse => "no use".to_owned(),
        DayCost::Unknown => UNKNOWN.to_owned(),
        DayCost::Prepaid => String::new(),
    }
}

/// ` in 24 h to 03:08Z`; what stands in the way where the day is not known.
#[must_use]
pub(super) fn day_of(state: &State) -> String {
    let day = &state.day_tokens;
    match (day.span(), day.fault()) {
        (_, Some(fault)) => format!(" · the last day: {}", clean(&fault.headline())),
        (Some(span), None) => format!(" in 24 h to {}", span.last + 1),
        (None, None) if day.is_asking() => " · asking for the last day…".to_owned(),
        (None, None) => String::new(),
    }
}

/// What is said where no row is listed.
#[must_use]
pub(super) fn nothing(state: &State) -> String {
    let what = match (state.tier_counts().0, state.day_tokens.span()) {
        (0, _) => "No model is listed yet.",
        (_, None) => "What was used in the last 24 hours is not known yet.",
        (_, Some(_)) => "No listed model was called in the last 24 hours.",
    };
    format!(" {what} {} lists all models.", first_key(Action::ToggleIdle))
}
