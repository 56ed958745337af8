//! What a comparison says, in one or two short sentences with numbers cut to what the interval allows.

use super::{
    compare::{Comparison, CostBasis, CostComparison, Lead, Unclear, Verdict},
    interval::CONFIDENCE,
    plan::Plan,
    sample::Quantity,
};

/// Milliseconds from which on a range is said in seconds.
const SECONDS_FROM: f64 = 1000.0;

/// The comparison in words. Holds the lanes' labels, which may be ids, and so untrusted text. `cost` has the lanes in the comparison's order.
#[must_use]
pub fn of(comparison: &Comparison, cost: Option<&CostComparison>, plan: &Plan) -> String {
    let words = Words { comparison, plan };
    match &comparison.verdict {
        Verdict::TooFew { needed } => words.too_few(*needed),
        Verdict::Faster(lead) => words.faster(lead, cost),
        Verdict::Unclear(unclear) => words.unclear(unclear, cost),
    }
}

/// How far the intervals of a race can be trusted together.
#[must_use]
pub fn together(pairs: usize) -> String {
    let percent = percent(100.0 * CONFIDENCE);
    if pairs == 1 {
        return format!("One pair of lanes: each interval holds with {percent}.");
    }
    format!("{pairs} pairs of lanes: all intervals of one quantity hold together with {percent}.")
}

struct Words<'a> {
    comparison: &'a Comparison,
    plan: &'a Plan,
}

impl Words<'_> {
    fn label(&self, lane: usize) -> &str {
        self.plan.labels().get(lane).map_or("", String::as_str)
    }

    /// A label that begins a sentence. An id stays as it is.
    fn first_label(&self, lane: usize) -> String {
        let label = self.label(lane);
        let is_tier = self.plan.lanes().get(lane).is_some_and(|lane| lane.tier.name() == label);
        let mut letters = label.chars();
        match letters.next() {
            Some(first) if is_tier => first.to_uppercase().chain(letters).collect(),
            _ => label.to_owned(),
        }
    }

    fn both(&self) -> String {
        format!("{} and {}", self.label(self.comparison.lanes.0), self.label(self.comparison.lanes.1))
    }

    fn too_few(&self, needed: usize) -> String {
        let rounds = match self.comparison.rounds {
            0 => "No round compares".to_owned(),
            1 => "1 round is too few to compare".to_owned(),
            rounds => format!("{rounds} rounds are too few to compare"),
        };
        format!("{rounds} {} {}: it takes {needed}.{}", self.both(), self.by(), self.left_out())
    }

    fn faster(&self, lead: &Lead, cost: Option<&CostComparison>) -> String {
        let range = range(lead.low, lead.high, self.comparison.quantity);
        let percent = lead.percent.map(|share| format!(" ({})", percent(share))).unwrap_or_default();
        let cost = cost.map(|cost| if lead.faster == self.comparison.lanes.0 { *cost } else { cost.turned() });
        let costs = cost.and_then(|cost| costs(&cost)).map(|costs| format!(" and {costs}")).unwrap_or_default();
        let (faster, slower) = (self.first_label(lead.faster), self.label(lead.slower));
        let how = self.how();
        format!("{faster} is {range}{percent} faster{how} than {slower}{costs}.{}{}", self.lengths(), self.left_out())
    }

    fn unclear(&self, unclear: &Unclear, cost: Option<&CostComparison>) -> String {
        let (both, by, rounds) = (self.both(), self.by(), self.comparison.rounds);
        let first = self.first_label(self.comparison.lanes.0);
        let costs = cost.and_then(costs).map(|costs| format!(" {first} {costs}.")).unwrap_or_default();
        if unclear.low == 0.0 && unclear.high == 0.0 {
            return format!("No difference between {both} {by} in {rounds} rounds.{costs}{}", self.left_out());
        }
        let quantity = self.comparison.quantity;
        let end = |value: f64| {
            let amount = amount(value.abs(), step(unclear.high - unclear.low, quantity), quantity);
            match value {
                value if value > 0.0 => format!("{amount} faster"),
                value if value < 0.0 => format!("{amount} slower"),
                _ => "as fast".to_owned(),
            }
        };
        let advice = match unclear.rounds_to_tell {
            Some(rounds) => format!("A race of about {rounds} rounds might tell."),
            None => "More rounds would likely not tell either.".to_owned(),
        };
        format!(
            "No clear difference between {both} {by} in {rounds} rounds: {} is somewhere from {} to {}. {advice}{costs}{}",
            self.label(self.comparison.lanes.0),
            end(unclear.low),
            end(unclear.high),
            self.left_out()
        )
    }

    /// What is compared, after a verb.
    fn by(&self) -> &'static str {
        match self.comparison.quantity {
            Quantity::FirstEvent => "by the time to the first event",
            Quantity::FirstText => "by the time to the first token of text",
            Quantity::Total => "by the time to the end",
            Quantity::Server => "by the service's own time",
            Quantity::OutputTokens => "by output tokens",
            Quantity::TokensPerSecond => "by tokens a second",
        }
    }

    /// What is compared, after "faster".
    fn how(&self) -> &'static str {
        match self.comparison.quantity {
            Quantity::FirstEvent => " to the first event",
            Quantity::FirstText => " to the first token of text",
            Quantity::Total => " to the end",
            Quantity::Server => " by the service's own time",
            Quantity::OutputTokens | Quantity::TokensPerSecond => "",
        }
    }

    /// Longer answers take longer: said beside the time to the end only.
    fn lengths(&self) -> String {
        let lengths = self.comparison.unlike_lengths.filter(|_| self.comparison.quantity == Quantity::Total);
        let Some((first, second)) = lengths else { return String::new() };
        format!(
            " Answers differ in length: {first:.0} tokens on {}, {second:.0} on {}.",
            self.label(self.comparison.lanes.0),
            self.label(self.comparison.lanes.1)
        )
    }

    fn left_out(&self) -> String {
        match self.comparison.left_out {
            0 => String::new(),
            1 => " 1 round is left out: a call failed or was not measured.".to_owned(),
            rounds => format!(" {rounds} rounds are left out: a call failed or was not measured."),
        }
    }
}

/// `costs 75 % more`.
fn costs(cost: &CostComparison) -> Option<String> {
    let more = cost.percent_more()?;
    let difference = match more.round() {
        0.0 if cost.first == cost.second => "the same".to_owned(),
        _ if more > 0.0 => format!("{} more", percent(more)),
        _ => format!("{} less", percent(-more)),
    };
    let verb = match cost.basis {
        CostBasis::SameTokens => "costs",
        CostBasis::AsMeasured => "cost, in these calls,",
    };
    let assumed = if cost.assumed { " (tier assumed)" } else { "" };
    Some(format!("{verb} {difference}{assumed}"))
}

/// A percentage without decimals.
fn percent(value: f64) -> String {
    if value > 0.0 && value < 0.5 { "under 1 %".to_owned() } else { format!("{value:.0} %") }
}

/// `210–340 ms`: cut where the interval's width makes digits meaningless, its ends outwards, so that it stays true; but what is above 0 never reads as 0.
fn range(low: f64, high: f64, quantity: Quantity) -> String {
    let step = step(high - low, quantity);
    let in_seconds = is_in_seconds(high, quantity);
    let mut low_step = step;
    while low > 0.0 && low < low_step && low_step > 1e-6 {
        low_step /= 10.0;
    }
    let low = digits((low / low_step).floor() * low_step, low_step, in_seconds);
    let high = digits((high / step).ceil() * step, step, in_seconds);
    let unit = unit(quantity, in_seconds);
    if low == high { format!("{high} {unit}") } else { format!("{low}–{high} {unit}") }
}

/// One end of an interval that holds 0, cut outwards.
fn amount(value: f64, step: f64, quantity: Quantity) -> String {
    let in_seconds = is_in_seconds(value, quantity);
    format!("{} {}", digits((value / step).ceil() * step, step, in_seconds), unit(quantity, in_seconds))
}

/// A power of ten between a fiftieth and a fifth of the width: a millisecond or a tenth of a token a second at least.
fn step(width: f64, quantity: Quantity) -> f64 {
    let finest = if quantity == Quantity::TokensPerSecond { 0.1 } else { 1.0 };
    10_f64.powf((width / 5.0).max(finest).log10().floor())
}

fn is_in_seconds(value: f64, quantity: Quantity) -> bool {
    value >= SECONDS_FROM && !matches!(quantity, Quantity::TokensPerSecond | Quantity::OutputTokens)
}

fn unit(quantity: Quantity, in_seconds: bool) -> &'static str {
    match quantity {
        Quantity::TokensPerSecond => "tokens/s",
        Quantity::OutputTokens => "tokens",
        _ if in_seconds => "s",
        _ => "ms",
    }
}

/// A multiple of the step with the decimals that it has.
fn digits(value: f64, step: f64, in_seconds: bool) -> String {
    let (value, step) = if in_seconds { (value / 1000.0, step / 1000.0) } else { (value, step) };
    let decimals = (0..9).find(|decimals| step * 10_f64.powi(*decimals) > 0.99).unwrap_or(9);
    format!("{value:.0$}", usize::try_from(decimals).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_has_the_digits_that_its_width_allows() {
        let ms = |low, high| range(low, high, Quantity::FirstText);
        assert_eq!(ms(213.4, 338.9), "210–340 ms");
        assert_eq!(ms(311.2, 329.9), "311–330 ms");
        assert_eq!(ms(3.2, 338.9), "3–340 ms");
        assert_eq!(ms(0.04, 338.9), "0.04–340 ms");
        assert_eq!(ms(850.0, 12_390.0), "0.8–13 s");
        assert_eq!(ms(1234.0, 1534.0), "1.23–1.54 s");
        assert_eq!(ms(200.0, 200.0), "200 ms");
        assert_eq!(range(12.34, 20.1, Quantity::TokensPerSecond), "12–21 tokens/s");
        assert_eq!(range(1200.0, 1800.0, Quantity::TokensPerSecond), "1200–1800 tokens/s");
    }

    #[test]
    fn percentages_are_short() {
        assert_eq!((percent(24.7), percent(0.2), percent(0.0)), ("25 %".into(), "under 1 %".into(), "0 %".into()));
    }

    proptest! {
        #[test]
        fn a_range_is_never_narrower_than_the_interval(low in 0.01..20_000_f64, width in 0.0..20_000_f64) {
            let text = range(low, low + width, Quantity::Total);
            let (numbers, unit) = text.rsplit_once(' ').unwrap();
            let (from, to) = numbers.split_once('–').unwrap_or((numbers, numbers));
            let scale = if unit == "s" { 1000.0 } else { 1.0 };
            let (from, to) = (from.parse::<f64>().unwrap() * scale, to.parse::<f64>().unwrap() * scale);
            let slack = 1e-6 * low.max(1.0);
            prop_assert!(from <= low + slack && low + width <= to + slack, "{}", text);
            prop_assert!(from > 0.0, "{}", text);
            // Nor much wider.
            prop_assert!(to - from <= 1.5 * width + 2.5, "{}", text);
        }
    }
}
