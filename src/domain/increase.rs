//! Asking for more of a quota: what was asked, and what to ask with. tiertop itself sends no request.
//!
//! Rules: AWS's pages on Bedrock quotas and their increases, the API reference of Service Quotas, and the quotas' own descriptions, as of 2026-11-22.

use jiff::Timestamp;

use super::{
    console::{is_name, quota_page, support_case},
    ids::{QuotaCode, Region},
    quota_name::{QuotaMetric, QuotaScope},
    snapshot::Bound,
};

/// A request for more, as `ListRequestedServiceQuotaChangeHistory` gives it. The history reaches back 90 days.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaRequest {
    /// `Id`.
    pub id: String,
    /// `QuotaCode`.
    pub code: QuotaCode,
    /// `DesiredValue`; None where the service gives none.
    pub desired: Option<f64>,
    /// `Status`, an open string: `PENDING`, `CASE_OPENED`, `APPROVED`, `DENIED`, `CASE_CLOSED`, …
    pub status: String,
    /// `CaseId`: the support case; None where there is none yet.
    pub case: Option<String>,
    /// `Created`.
    pub created: Option<Timestamp>,
    /// `LastUpdated`.
    pub updated: Option<Timestamp>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It waits for an answer.
    Open,
    /// It was granted.
    Granted,
    /// It was refused.
    Refused,
    /// Its case is closed; what came of it is said there. Most of Bedrock's requests end so.
    CaseClosed,
    /// It could not be carried out as asked.
    Invalid,
    /// A status that no AWS page names.
    Other,
}

impl Outcome {
    /// In a word or two; None where the status itself must do.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Open => Some("open"),
            Self::Granted => Some("granted"),
            Self::Refused => Some("refused"),
            Self::CaseClosed => Some("case closed"),
            Self::Invalid => Some("invalid"),
            Self::Other => None,
        }
    }
}

impl QuotaRequest {
    /// Whether it waits for an answer: another one for the same quota would be refused.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.outcome() == Outcome::Open
    }

    /// What became of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.status.as_str() {
            "PENDING" | "CASE_OPENED" => Outcome::Open,
            "APPROVED" => Outcome::Granted,
            "DENIED" | "NOT_APPROVED" => Outcome::Refused,
            "CASE_CLOSED" => Outcome::CaseClosed,
            "INVALID_REQUEST" => Outcome::Invalid,
            _ => Outcome::Other,
        }
    }
}

/// A quota of which more may be asked.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Its code.
    pub code: &'a QuotaCode,
    /// Its name as Service Quotas writes it.
    pub name: &'a str,
    /// Whose calls it limits.
    pub scope: QuotaScope,
    /// What it counts; None where it is nothing of inference.
    pub metric: Option<QuotaMetric>,
    /// The value in force; None where unknown.
    pub applied: Option<f64>,
    /// The default; None where unknown.
    pub default: Option<f64>,
    /// Whether Service Quotas takes requests for more.
    pub adjustable: bool,
    /// Where it is set.
    pub region: &'a Region,
    /// Whether its model is in its Legacy phase.
    pub is_legacy: bool,
    /// Whether its model has a quota of its own for the tokens per minute of geographic profiles.
    pub has_geo_tokens: bool,
    /// The worst minute that was seen of what it counts, and whether that is exact; None where unknown.
    pub peak: Option<(f64, Bound)>,
}

/// A value to ask for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    /// It: a whole number, at least the default, above what is in force.
    pub value: f64,
    /// Where it comes from.
    pub because: Because,
}

/// Where a value to ask for comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The worst minute that was seen, and half of it on top.
    Peak,
    /// The default, which is more than is in force.
    Default,
    /// What is in force, and half of it on top: nothing that was seen calls for more.
    InForce,
}

/// A rule that whoever asks should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Legacy models get none.
    Legacy,
    /// A request for this quota is open.
    AlreadyOpen,
    /// Service Quotas takes no requests for it.
    NotAdjustable,
    /// AWS's sources on mantle contradict each other.
    MantleDisputed,
    /// Less than the default is refused.
    AtLeastDefault,
    /// One request per quota and twenty per account may be open.
    OneOpen,
    /// The tokens per minute of the geographic profile are the quota to ask for.
    AskForGeoTokens,
    /// This is that quota.
    SetsRelated,
    /// A daily quota is not raised by itself.
    DailyFollows,
    /// A daily quota falls away after an increase of this one.
    DailyFallsAway,
    /// Global quotas are set for each source Region.
    GlobalPerRegion,
    /// Accounts that use their quota come first.
    UseComesFirst,
}

impl Rule {
    /// The rule in a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Legacy => "The model is in its Legacy phase: AWS raises no quota of such a model.",
            Self::AlreadyOpen => "A request for it is open: a second one is refused.",
            Self::NotAdjustable => "Service Quotas takes no request for it; a support case is what is left.",
            Self::MantleDisputed => {
                "AWS contradicts itself on mantle: one page sends to a form, Service Quotas calls it adjustable. If the command is refused, a support case is left."
            }
            Self::AtLeastDefault => "The value must be at least the default.",
            Self::OneOpen => "One open request per quota, 20 per account.",
            Self::AskForGeoTokens => {
                "Rather ask for tokens per minute of the geographic profile: support sets the related quotas with it."
            }
            Self::SetsRelated => "This is the one to ask for: support sets the related quotas with it.",
            Self::DailyFollows => {
                "Tokens per day are not asked for: the limit falls away after an approved increase of tokens per minute."
            }
            Self::DailyFallsAway => "After an approved increase the limit of tokens per day falls away.",
            Self::GlobalPerRegion => "Quotas of global profiles are set for each source Region.",
            Self::UseComesFirst => "Accounts that use what they have come first: send the evidence along.",
        }
    }

    /// Whether it stands in the way.
    #[must_use]
    pub fn hinders(self) -> bool {
        matches!(self, Self::Legacy | Self::AlreadyOpen | Self::NotAdjustable)
    }
}

/// What helps with asking for more of a quota.
#[derive(Debug, Clone, PartialEq)]
pub struct Help {
    /// Whether the history of requests was read; without it nothing is known of them.
    pub history_known: bool,
    /// The open request.
    pub open: Option<QuotaRequest>,
    /// Those that ended, newest first; [`EARLIER_AT_MOST`] of them.
    pub earlier: Vec<QuotaRequest>,
    /// The value to ask for; None where a rule stands in the way ([`Rule::hinders`]), or no value can be told.
    pub proposal: Option<Proposal>,
    /// The command that asks for it, whole and safe to paste into a shell; None where there is no value to ask for.
    pub command: Option<String>,
    /// The page to ask on: the quota's in the console, or that of a support case. None where the Region has none.
    pub page: Option<String>,
    /// What to know, the most important first.
    pub rules: Vec<Rule>,
}

/// Ended requests that are told of at most.
pub const EARLIER_AT_MOST: usize = 4;

/// What is asked for lies this much above the worst minute seen.
const HEAD_ROOM: f64 = 1.5;

/// The largest `DesiredValue` (API reference of `RequestServiceQuotaIncrease`).
const LARGEST: f64 = 1e10;

/// What helps with asking for more. `requests`: the history, newest first; None before it was read.
#[must_use]
pub fn help(wanted: &Wanted<'_>, requests: Option<&[QuotaRequest]>) -> Help {
    let all = requests.unwrap_or_default();
    let of_this = || all.iter().filter(|request| request.code == *wanted.code);
    let open = of_this().find(|request| request.is_open()).cloned();
    let rules = rules(wanted, open.is_some());
    let proposal = propose(wanted).filter(|_| !rules.iter().any(|rule| rule.hinders()));
    let page =
        if wanted.adjustable { quota_page(wanted.region, Some(wanted.code)) } else { support_case(wanted.region) };
    Help {
        history_known: requests.is_some(),
        rules,
        open,
        earlier: of_this().filter(|request| !request.is_open()).take(EARLIER_AT_MOST).cloned().collect(),
        command: proposal.and_then(|proposal| command(wanted, proposal.value)),
        proposal,
        page,
    }
}

/// A value to ask for: at least the default, above what is in force, and half above the worst minute seen. None where the value in force is unknown, for then any
/// number may be less than there is, or where more than the largest value would have to be asked for.
#[must_use]
pub fn propose(wanted: &Wanted<'_>) -> Option<Proposal> {
    let number = |value: Option<f64>| value.filter(|value| value.is_finite() && *value >= 0.0);
    let in_force = number(wanted.applied)?;
    let at_least = in_force.max(number(wanted.default).unwrap_or(0.0));
    // Above what may be too high a number nothing can be built.
    let peak = wanted.peak.filter(|(_, bound)| *bound != Bound::AtMost).and_then(|(peak, _)| number(Some(peak)));
    let with_room = peak.map(|peak| round_up(peak * HEAD_ROOM));
    let (value, because) = match with_room {
        Some(value) if value > in_force && value >= at_least => (value, Because::Peak),
        _ if at_least > in_force => (at_least.ceil(), Because::Default),
        _ => (round_up(in_force * HEAD_ROOM).max(in_force.floor() + 1.0), Because::InForce),
    };
    (value <= LARGEST).then_some(Proposal { value, because })
}

/// The next whole number with two digits and zeros.
fn round_up(value: f64) -> f64 {
    if value < 10.0 {
        return value.ceil();
    }
    let step = 10_f64.powf(value.log10().floor() - 1.0);
    // What only rounding made more than a whole number of steps is not rounded up.
    (value / step * (1.0 - 1e-12)).ceil() * step
}

fn command(wanted: &Wanted<'_>, value: f64) -> Option<String> {
    let (code, region) = (wanted.code.as_str(), wanted.region.as_str());
    (is_name(code) && is_name(region)).then(|| {
        format!(
            "aws service-quotas request-service-quota-increase --service-code bedrock --quota-code {code} --desired-value {value:.0} --region {region}"
        )
    })
}

fn rules(wanted: &Wanted<'_>, is_open: bool) -> Vec<Rule> {
    use QuotaMetric::{TokensPerDay, TokensPerMinute};
    let (scope, metric) = (wanted.scope, wanted.metric);
    let counts_tokens = metric == Some(TokensPerMinute);
    let is_daily = metric == Some(TokensPerDay);
    let runtime = matches!(scope, QuotaScope::InRegion | QuotaScope::Geo | QuotaScope::InRegionAndGeo);
    let is_the_one = scope == QuotaScope::Geo && counts_tokens;
    let per_minute = counts_tokens || metric == Some(QuotaMetric::RequestsPerMinute);
    let all = [
        (Rule::Legacy, wanted.is_legacy),
        (Rule::AlreadyOpen, is_open),
        (Rule::NotAdjustable, !wanted.adjustable),
        (Rule::MantleDisputed, scope == QuotaScope::Mantle),
        (Rule::AtLeastDefault, wanted.adjustable),
        (Rule::OneOpen, wanted.adjustable && !is_open),
        (Rule::AskForGeoTokens, runtime && per_minute && wanted.has_geo_tokens && !is_the_one),
        (Rule::SetsRelated, is_the_one),
        (Rule::DailyFollows, is_daily),
        (Rule::DailyFallsAway, counts_tokens && scope != QuotaScope::Mantle),
        (Rule::GlobalPerRegion, scope == QuotaScope::Global),
        (Rule::UseComesFirst, scope.is_on_demand() && !wanted.is_legacy),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(rule, _)| rule).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(code: &str, status: &str, at: &str) -> QuotaRequest {
        let at = format!("{at}T10:00:00Z").parse().ok();
        QuotaRequest {
            id: format!("{code} {status}"),
            code: code.into(),
            desired: Some(4e6),
            status: status.into(),
            case: Some("17".into()),
            created: at,
            updated: at,
        }
    }

    fn with<T>(change: impl FnOnce(&mut Wanted<'_>), of: impl FnOnce(&Wanted<'_>) -> T) -> T {
        let (code, region) = ("L-F4DDD3EB".into(), "us-east-1".into());
        let mut wanted = Wanted {
            code: &code,
            name: "Cross-region model inference tokens per minute for X",
            scope: QuotaScope::Geo,
            metric: Some(QuotaMetric::TokensPerMinute),
            applied: Some(2e6),
            default: Some(5e6),
            adjustable: true,
            region: &region,
            is_legacy: false,
            has_geo_tokens: true,
            peak: Some((1.94e6, Bound::Exact)),
        };
        change(&mut wanted);
        of(&wanted)
    }

    #[test]
    fn an_adjustable_quota_has_a_command_and_its_page() {
        let help = with(|_| {}, |wanted| help(wanted, Some(&[])));
        assert_eq!(
            help.command.as_deref(),
            Some(
                "aws service-quotas request-service-quota-increase --service-code bedrock --quota-code L-F4DDD3EB --desired-value 5000000 --region us-east-1"
            )
        );
        assert!(help.page.is_some_and(|page| page.ends_with("/bedrock/quotas/L-F4DDD3EB")));
        assert!(help.rules.contains(&Rule::AtLeastDefault) && help.rules.contains(&Rule::SetsRelated));
        assert!(help.rules.contains(&Rule::DailyFallsAway) && !help.rules.iter().any(|rule| rule.hinders()));
    }

    #[test]
    fn one_that_is_not_has_a_support_case() {
        let help = with(
            |wanted| (wanted.adjustable, wanted.scope) = (false, QuotaScope::InRegion),
            |wanted| help(wanted, Some(&[])),
        );
        assert_eq!((help.command, help.proposal), (None, None));
        assert!(help.page.is_some_and(|page| page.contains("/support/home#/case/create")));
        assert_eq!(help.rules[0], Rule::NotAdjustable);
        assert!(help.rules.contains(&Rule::AskForGeoTokens) && !help.rules.contains(&Rule::OneOpen));
    }

    #[test]
    fn values_come_from_the_peak_the_default_or_what_is_in_force() {
        use Because::{Default, InForce, Peak};
        let exact = |peak| Some((peak, Bound::Exact));
        let table = [
            (Some(2e6), Some(5e6), exact(1.94e6), Some((5e6, Default))),
            (Some(5e6), Some(5e6), exact(4.9e6), Some((7.4e6, Peak))),
            (Some(5e6), Some(5e6), exact(1e6), Some((7.5e6, InForce))),
            (Some(5e6), Some(5e6), None, Some((7.5e6, InForce))),
            (Some(5e6), Some(5e6), Some((9e6, Bound::AtMost)), Some((7.5e6, InForce))),
            (Some(2e6), Some(5e6), Some((1.9e7, Bound::AtLeast)), Some((2.9e7, Peak))),
            (Some(0.0), Some(5e6), exact(0.0), Some((5e6, Default))),
            (Some(0.0), Some(0.0), None, Some((1.0, InForce))),
            (Some(1.0), Some(1.0), exact(1.0), Some((2.0, Peak))),
            (None, Some(5e6), exact(1.94e6), None),
            (Some(2e6), None, exact(1.9e6), Some((2.9e6, Peak))),
            (None, None, exact(1e6), None),
            (Some(9e9), Some(1e6), exact(9e9), None),
        ];
        for (applied, default, peak, expected) in table {
            let proposal =
                with(|wanted| (wanted.applied, wanted.default, wanted.peak) = (applied, default, peak), propose);
            let expected = expected.map(|(value, because)| Proposal { value, because });
            assert_eq!(proposal, expected, "{applied:?} {default:?} {peak:?}");
        }
    }

    #[test]
    fn requests_are_told_apart() {
        let history = [
            request("L-OTHER", "PENDING", "2026-11-20"),
            request("L-F4DDD3EB", "CASE_OPENED", "2026-11-10"),
            request("L-F4DDD3EB", "NOT_APPROVED", "2026-10-01"),
            request("L-F4DDD3EB", "SOME_NEW_WORD", "2026-09-01"),
        ];
        let open = with(|_| {}, |wanted| help(wanted, Some(&history)));
        assert_eq!(open.open, Some(history[1].clone()));
        assert_eq!(
            open.earlier.iter().map(QuotaRequest::outcome).collect::<Vec<_>>(),
            [Outcome::Refused, Outcome::Other]
        );
        assert!(open.history_known);
        assert_eq!(open.rules[0], Rule::AlreadyOpen);
        assert_eq!((open.proposal, open.command), (None, None), "a second one is refused");
        let unread = with(|_| {}, |wanted| help(wanted, None));
        assert_eq!((unread.history_known, unread.open), (false, None));
    }

    #[test]
    fn what_each_kind_of_quota_should_know() {
        use QuotaMetric::{InputTokensPerMinute, RequestsPerMinute, TokensPerDay, TokensPerMinute};
        let of = |scope, metric| {
            with(|wanted| (wanted.scope, wanted.metric) = (scope, Some(metric)), |wanted| help(wanted, Some(&[])).rules)
        };
        assert!(of(QuotaScope::Global, TokensPerMinute).contains(&Rule::GlobalPerRegion));
        assert!(of(QuotaScope::Mantle, InputTokensPerMinute).contains(&Rule::MantleDisputed));
        assert!(of(QuotaScope::InRegionAndGeo, TokensPerDay).contains(&Rule::DailyFollows));
        assert!(of(QuotaScope::Geo, RequestsPerMinute).contains(&Rule::AskForGeoTokens));
        let legacy = with(|wanted| wanted.is_legacy = true, |wanted| help(wanted, Some(&[])));
        assert_eq!(legacy.rules[0], Rule::Legacy);
        assert!(!legacy.rules.contains(&Rule::UseComesFirst));
        assert_eq!((legacy.proposal, legacy.command), (None, None));
        let only_in_region = with(
            |wanted| (wanted.scope, wanted.has_geo_tokens) = (QuotaScope::InRegion, false),
            |wanted| help(wanted, Some(&[])).rules,
        );
        assert!(!only_in_region.contains(&Rule::AskForGeoTokens), "there is none to ask for");
    }

    #[test]
    fn nothing_untrusted_gets_into_a_command() {
        for code in ["L-1; rm -rf ~", "$(x)", "L-1 --profile evil", "", "-x", "L-1\nls", "`id`"] {
            let (code, region) = (code.into(), "us-east-1".into());
            let command =
                with(|_| {}, |wanted| help(&Wanted { code: &code, region: &region, ..*wanted }, None).command);
            assert_eq!(command, None, "{code}");
        }
        let (code, region) = ("L-1".into(), "us-east-1 & ls".into());
        let help = with(|_| {}, |wanted| help(&Wanted { code: &code, region: &region, ..*wanted }, None));
        assert_eq!((help.command, help.page), (None, None));
    }

    proptest! {
        #[test]
        fn a_value_is_never_refused_for_being_too_low(
            applied in prop::option::of(0.0..5e9_f64), default in prop::option::of(0.0..5e9_f64),
            peak in prop::option::of(0.0..9e9_f64), bound in prop::sample::select(vec![Bound::Exact, Bound::AtLeast, Bound::AtMost])
        ) {
            let proposal = with(
                |wanted| {
                    (wanted.applied, wanted.default) = (applied.map(f64::floor), default.map(f64::floor));
                    wanted.peak = peak.map(|peak| (peak, bound));
                },
                propose,
            );
            let Some(Proposal { value, .. }) = proposal else { return Ok(()) };
            prop_assert!(value.fract() == 0.0 && value <= LARGEST);
            prop_assert!(applied.is_none_or(|applied| value > applied.floor()));
            prop_assert!(default.is_none_or(|default| value >= default.floor()));
        }
    }
}
