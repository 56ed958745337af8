//! When calls that cost money need a yes, and what is said before it.

use crate::domain::snapshot::Bound;

use super::budget::Ceiling;

/// Use of the pool, in percent of its quota, from which on a race asks for more than a key press.
pub const BUSY_FROM: f64 = 70.0;

/// The word that is typed then.
pub const WORD: &str = "race";

/// Digits of an amount that is read.
const DIGITS: u32 = 2;

/// What is about to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// A prompt that the user has typed and sent: that is the consent.
    Prompt,
    /// A prompt that may be the account's first call of a third party's model, which signs an agreement on AWS Marketplace.
    FirstCall,
    /// One-token calls that find out which tiers a model takes.
    Probe,
    /// A race.
    Race,
}

/// The pool that the calls draw on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolState {
    /// Use in percent of its quota; None where it is unknown.
    pub used_percent: Option<f64>,
    /// Whether that is exact.
    pub bound: Bound,
    /// Whether calls are refused now; None where it is unknown.
    pub is_throttled: Option<bool>,
}

/// How a yes is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Not at all: it was given.
    Nothing,
    /// By a key, or `--yes`.
    Confirm,
    /// By typing [`WORD`].
    Type,
}

/// What to ask, and what to say before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// How the yes is given.
    pub ask: Ask,
    /// Short sentences, the cost first.
    pub says: Vec<String>,
    /// Whether a yes is one to calls of which the cost is unknown: then the budget may allow them.
    pub covers_unknown: bool,
}

impl Consent {
    /// For so many calls that cost so much at most. A race on several pools is asked for by the busiest.
    #[must_use]
    pub fn for_calls(sending: Sending, calls: u64, most: &Ceiling, pool: &PoolState) -> Self {
        let ask = match sending {
            Sending::Prompt => Ask::Nothing,
            Sending::Race if pool.is_busy() => Ask::Type,
            Sending::FirstCall | Sending::Probe | Sending::Race => Ask::Confirm,
        };
        let mut says = vec![cost(calls, most), pool.in_words()];
        if sending == Sending::FirstCall {
            says.push(
                "If this is the account's first call of this model, it may sign an agreement on AWS Marketplace."
                    .to_owned(),
            );
        }
        Self { ask, says, covers_unknown: matches!(most, Ceiling::Unknown(_)) }
    }
}

impl PoolState {
    /// Whether a race may get in the way of others.
    fn is_busy(&self) -> bool {
        self.is_throttled == Some(true) || self.used_percent.is_some_and(|used| used > BUSY_FROM)
    }

    fn in_words(&self) -> String {
        let mark = match self.bound {
            Bound::Exact => "",
            Bound::AtLeast => "≥",
            Bound::AtMost => "≤",
        };
        let used = match (self.used_percent, self.bound) {
            (None, _) => "How much of the quota is used is not known".to_owned(),
            (Some(used), Bound::AtLeast) => format!("Now {mark}{:.0} % of the quota is used", used.floor()),
            (Some(used), Bound::AtMost) => format!("Now {mark}{:.0} % of the quota is used", used.ceil()),
            (Some(used), Bound::Exact) => format!("Now {used:.0} % of the quota is used"),
        };
        match self.is_throttled {
            Some(true) => format!("{used}, and calls are refused."),
            Some(false) => format!("{used}, and no calls are refused."),
            None => format!("{used}; whether calls are refused is not known."),
        }
    }
}

fn cost(calls: u64, most: &Ceiling) -> String {
    let calls = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
    match most {
        Ceiling::AtMost(usd) => format!("{calls}, ${} at most at list price.", usd.rounded_up(DIGITS)),
        Ceiling::Unknown(why) => format!("{calls}; what they can cost is not known: {why}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{pricing::Usd, race::budget::Unbounded, tier::Tier};

    const IDLE: PoolState = PoolState { used_percent: Some(12.0), bound: Bound::Exact, is_throttled: Some(false) };

    fn ask(sending: Sending, pool: &PoolState) -> Ask {
        Consent::for_calls(sending, 63, &Ceiling::AtMost(Usd::default()), pool).ask
    }

    #[test]
    fn a_race_on_a_busy_pool_is_typed() {
        assert_eq!(ask(Sending::Race, &IDLE), Ask::Confirm);
        assert_eq!(ask(Sending::Race, &PoolState { used_percent: Some(70.0), ..IDLE }), Ask::Confirm);
        assert_eq!(ask(Sending::Race, &PoolState { used_percent: Some(70.1), ..IDLE }), Ask::Type);
        assert_eq!(ask(Sending::Race, &PoolState { is_throttled: Some(true), ..IDLE }), Ask::Type);
        let unknown = PoolState { used_percent: None, is_throttled: None, ..IDLE };
        assert_eq!(ask(Sending::Race, &unknown), Ask::Confirm);
        let throttled = PoolState { is_throttled: Some(true), ..IDLE };
        assert_eq!(ask(Sending::Prompt, &throttled), Ask::Nothing);
        assert_eq!(ask(Sending::Probe, &throttled), Ask::Confirm);
    }

    #[test]
    fn what_is_said_before() {
        let most = Ceiling::AtMost(Usd::parse("0.01234").unwrap());
        let says =
            |sending, most: &Ceiling, pool: &PoolState| Consent::for_calls(sending, 63, most, pool).says.join(" ");
        assert_eq!(
            says(Sending::Race, &most, &IDLE),
            "63 calls, $0.013 at most at list price. Now 12 % of the quota is used, and no calls are refused."
        );
        let vague = PoolState { used_percent: Some(86.4), bound: Bound::AtLeast, is_throttled: None };
        let unpriced = Ceiling::Unknown(Unbounded::Price(Tier::Flex));
        assert_eq!(
            says(Sending::FirstCall, &unpriced, &vague),
            "63 calls; what they can cost is not known: no list price is known on the tier flex. Now ≥86 % of the quota is used; whether calls are refused is not \
             known. If this is the account's first call of this model, it may sign an agreement on AWS Marketplace."
        );
        assert!(Consent::for_calls(Sending::Race, 2, &unpriced, &IDLE).covers_unknown);
        assert!(!Consent::for_calls(Sending::Race, 2, &most, &IDLE).covers_unknown);
    }
}
