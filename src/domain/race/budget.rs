//! The most that calls can cost, known before they are sent, and a budget that stops before a call that could exceed it.
//!
//! An upper bound must be one. So input is counted by bytes where nobody has counted its tokens, output is `max_tokens`, the price is the dearest at which the call may be
//! served, and where one of these is unknown the bound is unknown, which takes a consent that says so. All at list price: taxes and what a guardrail costs are no part of it.
//! It supposes that a call is sent once: whoever sends turns retries off.

use std::ops::Add;

use crate::domain::{
    pricing::{Price, TokenPrice, Usd},
    snapshot::Bound,
    tier::Tier,
};

use super::sample::{Answered, CallCost, Failed, Sample};

/// Input tokens up to which the price table holds for every model: calls with longer contexts cost more on some (the lowest step that a price map names is 100,000
/// tokens; `LiteLLM` 1.109.1 and model cards, 2026-11-22).
pub const USUAL_CONTEXT: u64 = 100_000;

/// Tokens that a model's own template adds to a prompt, at most: an assumption. Templates that are public add 10 to 100 (role marks, the date, gpt-oss's system message).
pub const TEMPLATE_TOKENS: u64 = 1024;

/// Tokens of a byte beyond ASCII, at most, and of one in the blocks below. No token is shorter than a byte of the text that the tokenizer sees, which may be normalised
/// first: by Unicode's NFKC one character becomes up to four times as long in UTF-8, eleven times in these blocks (U+FDFA; Unicode 15 tables).
const NORMALISED_BYTES: [u64; 2] = [4, 11];

/// Blocks whose characters become so much longer: CJK words in a square, and Arabic words in one character.
fn becomes_long(letter: char) -> bool {
    matches!(letter, '\u{3200}'..='\u{33ff}' | '\u{fb50}'..='\u{fdff}')
}

/// An hour's cache write costs twice the input price, which is more than the five minutes' of the price table (Anthropic's price list, 2026-11).
const CACHE_WRITE_FACTOR: u64 = 2;

/// The input tokens that texts make at most, the template's among them. Only for plain text: images, documents and tools are another matter.
#[must_use]
pub fn tokens_at_most<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let letters = texts.into_iter().flat_map(str::chars);
    let tokens = letters.map(|letter| match letter {
        letter if letter.is_ascii() => 1,
        letter => letter.len_utf8() as u64 * NORMALISED_BYTES[usize::from(becomes_long(letter))],
    });
    tokens.fold(TEMPLATE_TOKENS, u64::saturating_add)
}

/// The most that something can cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ceiling {
    /// No more than this.
    AtMost(Usd),
    /// That is not known.
    Unknown(Unbounded),
}

/// Why it is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbounded {
    /// No list price.
    #[error("no list price is known on the tier {0}")]
    Price(Tier),
    /// The input can't be counted: it holds more than text, and nobody has counted its tokens.
    #[error("the input holds more than text, and its tokens are not counted")]
    Input,
    /// Longer than the price table holds for.
    #[error("the input may be longer than {USUAL_CONTEXT} tokens, where prices change")]
    LongContext,
    /// No limit is set, and the model's longest answer is unknown.
    #[error("max_tokens is not set, and the model's longest answer is not known")]
    MaxTokens,
    /// Beyond all counting.
    #[error("the amount is too large to count")]
    TooLarge,
}

impl Ceiling {
    /// The amount, where it is known.
    #[must_use]
    pub fn usd(&self) -> Option<Usd> {
        match self {
            Self::AtMost(usd) => Some(*usd),
            Self::Unknown(_) => None,
        }
    }

    /// Of so many such calls.
    #[must_use]
    pub fn times(&self, calls: u64) -> Self {
        match self {
            Self::AtMost(usd) => {
                usd.share(u128::from(calls), 1).map_or(Self::Unknown(Unbounded::TooLarge), Self::AtMost)
            }
            Self::Unknown(_) if calls == 0 => Self::AtMost(Usd::default()),
            Self::Unknown(why) => Self::Unknown(why.clone()),
        }
    }

    /// Of several calls; the first that is unknown makes the sum unknown.
    #[must_use]
    pub fn sum(ceilings: impl IntoIterator<Item = Self>) -> Self {
        ceilings.into_iter().fold(Self::AtMost(Usd::default()), Add::add)
    }
}

impl Add for Ceiling {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::AtMost(one), Self::AtMost(other)) => Self::AtMost(one + other),
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
        }
    }
}

/// A call before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Input tokens at most: as `CountTokens` gives them, or [`tokens_at_most`]; None where neither can be had.
    pub input: Option<u64>,
    /// Whether it asks for parts of the input to be cached.
    pub has_cache_points: bool,
    /// `max_tokens`, or the model's longest answer where it is unset; None where that is unknown.
    pub max_tokens: Option<u64>,
    /// The tier that is asked for.
    pub tier: Tier,
}

/// The most that one call can cost, and what it did cost at most once its tokens are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBound {
    /// Before it is sent.
    pub most: Ceiling,
    /// Of each kind of token the dearest price at which it may be served; None where one is unknown.
    dearest: Price,
    /// The tier that is asked for.
    asked: Tier,
}

impl CallBound {
    /// Of a request. `price`: the list price of the endpoint on a tier, None where it is unknown.
    #[must_use]
    pub fn of(request: &Request, price: impl Fn(&Tier) -> Option<Price>) -> Self {
        let mut dearest: Option<Price> = None;
        let mut unknown = None;
        for tier in may_serve(&request.tier) {
            let price = price(&tier).unwrap_or_default();
            if price.input.is_none() || price.output.is_none() {
                unknown = unknown.or(Some(tier));
            }
            dearest = Some(dearest.map_or(price, |dearest| dearer(dearest, price)));
        }
        let dearest = dearest.unwrap_or_default();
        let most = match unknown {
            Some(tier) => Ceiling::Unknown(Unbounded::Price(tier)),
            None => most(request, &dearest).map_or_else(Ceiling::Unknown, Ceiling::AtMost),
        };
        Self { most, dearest, asked: request.tier.clone() }
    }

    /// What a call has cost: exact only where the service says which tier served, or where the dearest that may have served is the one that is asked for.
    #[must_use]
    pub fn spent(&self, sample: &Sample) -> Spent {
        match sample {
            Sample::Answered(answered) => self.spent_on(answered),
            Sample::Failed(Failed { kind, .. }) if kind.may_cost() => Spent::UpToCeiling,
            Sample::Failed(_) => Spent::Exactly(Usd::default()),
        }
    }

    fn spent_on(&self, answered: &Answered) -> Spent {
        match answered.cost() {
            CallCost::Prepaid => Spent::Exactly(Usd::default()),
            CallCost::Usd(usd) if answered.served.is_some() || self.asked == Tier::Standard => Spent::Exactly(usd),
            CallCost::Usd(usd) => Spent::AtMost(answered.tokens.at(&self.dearest).map_or(usd, |most| most.max(usd))),
            CallCost::Unknown => answered.tokens.at(&self.dearest).map_or(Spent::UpToCeiling, Spent::AtMost),
        }
    }
}

/// The tiers that may serve a call and that cost by the call: the one that is asked for, and Standard. AWS documents one case in which another tier serves, the overflow from
/// Reserved to Standard, and none in which a dearer one does. Reserved itself is prepaid.
fn may_serve(asked: &Tier) -> Vec<Tier> {
    match asked {
        Tier::Reserved | Tier::Standard => vec![Tier::Standard],
        other => vec![other.clone(), Tier::Standard],
    }
}

/// Of each kind of token the dearer price; None where one of the two is unknown.
fn dearer(one: Price, other: Price) -> Price {
    let dearer = |one: Option<TokenPrice>, other: Option<TokenPrice>| one.zip(other).map(|(one, other)| one.max(other));
    Price {
        input: dearer(one.input, other.input),
        output: dearer(one.output, other.output),
        cache_read: dearer(one.cache_read, other.cache_read),
        cache_write: dearer(one.cache_write, other.cache_write),
    }
}

fn most(request: &Request, price: &Price) -> Result<Usd, Unbounded> {
    let input = request.input.ok_or(Unbounded::Input)?;
    if input > USUAL_CONTEXT {
        return Err(Unbounded::LongContext);
    }
    let output = request.max_tokens.ok_or(Unbounded::MaxTokens)?;
    let factor = if request.has_cache_points { CACHE_WRITE_FACTOR } else { 1 };
    // A model may cache without being asked, so the cache's prices count, too, where they are the dearer.
    let kinds = [price.input, price.cache_read, price.cache_write];
    let input = kinds.into_iter().flatten().max().map(|kind| kind.of(input * factor));
    let output = price.output.map(|kind| kind.of(output));
    input.zip(output).map(|(input, output)| input + output).ok_or(Unbounded::TooLarge)
}

/// What a call has cost, so far as that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// Just this, at list price.
    Exactly(Usd),
    /// No more than this.
    AtMost(Usd),
    /// It can't be told, so it counts as the most that was held for it.
    UpToCeiling,
}

/// A budget that is never exceeded, so long as every call is held before it is sent and settled when it is over. Calls may run at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    limit: Option<Usd>,
    allows_unknown: bool,
    spent: Usd,
    held: Usd,
    is_exact: bool,
    /// Calls that may have cost something of which nothing is known.
    uncounted: u32,
}

/// Part of a budget that a call in flight may use.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a call that is held is to be settled when it is over"]
pub struct Hold {
    most: Ceiling,
}

/// Why a call is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// It could cost more than is left.
    #[error("The next calls could cost ${needs}, and ${left} of the budget of ${limit} is left.")]
    OverBudget {
        /// The most that what comes next can cost.
        needs: Usd,
        /// What is left.
        left: Usd,
        /// The budget.
        limit: Usd,
    },
    /// It is not known what it can cost, and nobody has agreed to that.
    #[error("It is not known what the next calls can cost: {0}.")]
    Unknown(Unbounded),
}

impl Budget {
    /// No more than this, and nothing of which the cost is unknown.
    #[must_use]
    pub fn up_to(limit: Usd) -> Self {
        Self {
            limit: Some(limit),
            allows_unknown: false,
            spent: Usd::default(),
            held: Usd::default(),
            is_exact: true,
            uncounted: 0,
        }
    }

    /// No limit: only keeps count.
    #[must_use]
    pub fn without_limit() -> Self {
        Self { limit: None, allows_unknown: true, ..Self::up_to(Usd::default()) }
    }

    /// The same, after somebody has agreed to calls of which the cost is unknown. Then the limit holds for what can be counted only.
    #[must_use]
    pub fn allowing_unknown(self) -> Self {
        Self { allows_unknown: true, ..self }
    }

    /// Whether so much may still be spent.
    ///
    /// # Errors
    /// Why it may not.
    pub fn permits(&self, most: &Ceiling) -> Result<(), Stop> {
        match (most, self.limit) {
            (Ceiling::Unknown(_), _) if self.allows_unknown => Ok(()),
            (Ceiling::Unknown(why), _) => Err(Stop::Unknown(why.clone())),
            (Ceiling::AtMost(usd), Some(limit)) => {
                let left = self.left().unwrap_or_default();
                if *usd <= left { Ok(()) } else { Err(Stop::OverBudget { needs: *usd, left, limit }) }
            }
            (Ceiling::AtMost(_), None) => Ok(()),
        }
    }

    /// Sets the most that a call can cost aside, before it is sent.
    ///
    /// # Errors
    /// Why it must not be sent.
    pub fn hold(&mut self, most: &Ceiling) -> Result<Hold, Stop> {
        self.permits(most)?;
        self.held = self.held + most.usd().unwrap_or_default();
        Ok(Hold { most: most.clone() })
    }

    /// Counts what a call has cost, and frees the rest of what was held for it.
    pub fn settle(&mut self, hold: Hold, spent: Spent) {
        self.held = self.held.less(hold.most.usd().unwrap_or_default()).unwrap_or_default();
        match (spent, hold.most) {
            (Spent::Exactly(usd), _) => self.spent = self.spent + usd,
            (Spent::AtMost(usd), _) | (Spent::UpToCeiling, Ceiling::AtMost(usd)) => {
                self.spent = self.spent + usd;
                self.is_exact = false;
            }
            (Spent::UpToCeiling, Ceiling::Unknown(_)) => self.uncounted += 1,
        }
    }

    /// What is spent, and whether it may be less. Where calls are [uncounted](Self::uncounted) it may be more, too.
    #[must_use]
    pub fn spent(&self) -> (Usd, Bound) {
        (self.spent, if self.is_exact { Bound::Exact } else { Bound::AtMost })
    }

    /// Calls whose cost is unknown and no part of what is spent.
    #[must_use]
    pub fn uncounted(&self) -> u32 {
        self.uncounted
    }

    /// What may still be spent, without what calls in flight hold; None without a limit.
    #[must_use]
    pub fn left(&self) -> Option<Usd> {
        self.limit.map(|limit| limit.less(self.spent + self.held).unwrap_or_default())
    }

    /// The limit.
    #[must_use]
    pub fn limit(&self) -> Option<Usd> {
        self.limit
    }
}
