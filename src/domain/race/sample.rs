//! What one call of a race gave.

use std::time::Duration;

use crate::domain::{
    pricing::{Price, Usd},
    tier::Tier,
};

/// Characters of an error text that are kept: enough to know it by.
const MESSAGE_AT_MOST: usize = 500;

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample {
    /// It was answered to the end.
    Answered(Answered),
    /// It was not. A failed call is not a slow call: it is counted apart, and its round compares nothing with this lane.
    Failed(Failed),
}

/// An answer, measured. Times are from the sending of the request, by the caller's own steady clock.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answered {
    /// To the first event of the answer, of whatever kind; None where it did not stream.
    pub first_event: Option<Duration>,
    /// To the first text; None where it did not stream, or had none (reasoning may use up `max_tokens`).
    pub first_text: Option<Duration>,
    /// To the end.
    pub total: Duration,
    /// What the service says that it took (`metrics.latencyMs`); None where it says nothing.
    pub server: Option<Duration>,
    /// Output tokens a second, as the measuring of the call defines it; None where it can't be told.
    pub tokens_per_second: Option<f64>,
    /// Tokens as the service counted them.
    pub tokens: Tokens,
    /// The tier that served; None where the service does not say.
    pub served: Option<Tier>,
    /// List price of the tier that served, or of the one that was asked for where the service does not say which served; None where it is unknown.
    pub price: Option<Price>,
}

/// Tokens of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tokens {
    /// Input tokens without cached ones; None where the service gave no count.
    pub input: Option<u64>,
    /// Output tokens, those of reasoning among them; None where the service gave no count.
    pub output: Option<u64>,
    /// Input tokens read from the cache. An answer without this count read none.
    pub cache_read: u64,
    /// Input tokens written to the cache. An answer without this count wrote none.
    pub cache_write: u64,
}

impl Tokens {
    /// What they cost at a price; None where a count is unknown, or a price of which there are tokens.
    #[must_use]
    pub fn at(&self, price: &Price) -> Option<Usd> {
        [
            (self.input?, price.input),
            (self.output?, price.output),
            (self.cache_read, price.cache_read),
            (self.cache_write, price.cache_write),
        ]
        .into_iter()
        .map(|(tokens, price)| if tokens == 0 { Some(Usd::default()) } else { Some(price?.of(tokens)) })
        .sum()
    }
}

/// What a call cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallCost {
    /// So much at list price.
    Usd(Usd),
    /// Reserved served it, which is prepaid.
    Prepaid,
    /// A count or a price is not known.
    Unknown,
}

impl Answered {
    /// What it cost at list price.
    #[must_use]
    pub fn cost(&self) -> CallCost {
        if self.served == Some(Tier::Reserved) {
            return CallCost::Prepaid;
        }
        self.price.and_then(|price| self.tokens.at(&price)).map_or(CallCost::Unknown, CallCost::Usd)
    }

    /// One of the quantities, in its unit; None where it is not known, or no number.
    #[must_use]
    pub fn quantity(&self, quantity: Quantity) -> Option<f64> {
        let milliseconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64() * 1000.0);
        let value = match quantity {
            Quantity::FirstEvent => milliseconds(self.first_event),
            Quantity::FirstText => milliseconds(self.first_text),
            Quantity::Total => milliseconds(Some(self.total)),
            Quantity::Server => milliseconds(self.server),
            Quantity::OutputTokens => self.tokens.output.map(whole),
            Quantity::TokensPerSecond => self.tokens_per_second,
        };
        value.filter(|value| value.is_finite() && *value >= 0.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of tokens is far below 2^53")]
fn whole(tokens: u64) -> f64 {
    tokens as f64
}

/// What is measured of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// Milliseconds to the first event.
    FirstEvent,
    /// Milliseconds to the first text.
    FirstText,
    /// Milliseconds to the end.
    Total,
    /// Milliseconds that the service says.
    Server,
    /// Output tokens.
    OutputTokens,
    /// Output tokens a second.
    TokensPerSecond,
}

impl Quantity {
    /// All that is measured.
    pub const ALL: [Self; 6] =
        [Self::FirstEvent, Self::FirstText, Self::Total, Self::Server, Self::OutputTokens, Self::TokensPerSecond];

    /// What pairs of lanes are compared by.
    pub const COMPARED: [Self; 3] = [Self::FirstText, Self::Total, Self::TokensPerSecond];

    /// The name in exports, with its unit.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstEvent => "first_event_ms",
            Self::FirstText => "first_text_ms",
            Self::Total => "total_ms",
            Self::Server => "server_ms",
            Self::OutputTokens => "output_tokens",
            Self::TokensPerSecond => "tokens_per_second",
        }
    }
}

/// A call that was not answered to the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// How it failed.
    pub kind: FailureKind,
    /// The service's own words, untrusted and cut after 500 characters; None where it said nothing.
    pub message: Option<String>,
}

impl Failed {
    /// A failure with the service's words.
    #[must_use]
    pub fn new(kind: FailureKind, message: Option<&str>) -> Self {
        Self { kind, message: message.map(|text| text.chars().take(MESSAGE_AT_MOST).collect()) }
    }
}

/// How a call can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// The service had no room for it: a quota, or the model's capacity (429, 503).
    Throttled,
    /// The service did not want it: an unsupported tier, a missing right, a wrong request. The same call would be refused again.
    Refused,
    /// The answer began and did not end.
    Cut,
    /// No answer: no connection, a time-out, an error of the service.
    Unanswered,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Throttled, Self::Refused, Self::Cut, Self::Unanswered];

    /// The word for a count of them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Refused => "refused",
            Self::Cut => "cut",
            Self::Unanswered => "unanswered",
        }
    }

    /// Whether it may have cost something. What the service turned away at the door did not.
    #[must_use]
    pub fn may_cost(self) -> bool {
        matches!(self, Self::Cut | Self::Unanswered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pricing::TokenPrice;

    fn price(input: &str, output: &str) -> Price {
        Price { input: TokenPrice::parse(input), output: TokenPrice::parse(output), ..Price::default() }
    }

    #[test]
    fn a_call_costs_what_its_tokens_cost() {
        let tokens = Tokens { input: Some(60), output: Some(300), ..Tokens::default() };
        let answer = Answered { tokens, price: Some(price("3", "15")), ..Answered::default() };
        assert_eq!(answer.cost(), CallCost::Usd(tokens.at(&price("3", "15")).unwrap()));
        assert_eq!(tokens.at(&price("3", "15")).unwrap().to_string(), "0.00468");
        let cached = Answered { tokens: Tokens { cache_read: 1, ..tokens }, ..answer.clone() };
        assert_eq!(cached.cost(), CallCost::Unknown, "a read from the cache, and no price of it");
        let uncounted = Answered { tokens: Tokens { output: None, ..tokens }, ..answer.clone() };
        assert_eq!(uncounted.cost(), CallCost::Unknown);
        assert_eq!(Answered { price: None, ..answer.clone() }.cost(), CallCost::Unknown);
        assert_eq!(Answered { served: Some(Tier::Reserved), ..answer }.cost(), CallCost::Prepaid);
    }

    #[test]
    fn what_is_no_number_is_not_known() {
        let answer = |speed| Answered { tokens_per_second: Some(speed), ..Answered::default() };
        for speed in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(answer(speed).quantity(Quantity::TokensPerSecond), None);
        }
        assert_eq!(answer(80.0).quantity(Quantity::TokensPerSecond), Some(80.0));
        assert_eq!(answer(80.0).quantity(Quantity::FirstText), None);
        let timed = Answered { first_text: Some(Duration::from_micros(340_500)), ..Answered::default() };
        assert_eq!(timed.quantity(Quantity::FirstText), Some(340.5));
    }

    #[test]
    fn an_error_text_is_cut() {
        let failed = Failed::new(FailureKind::Refused, Some(&"é".repeat(9999)));
        assert_eq!(failed.message.unwrap().chars().count(), MESSAGE_AT_MOST);
    }
}
