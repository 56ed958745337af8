//! `tiertop.call/1`: one test call, as JSON. Unknown is null, money is text.

use serde::Serialize;

use super::parts::{Number, number};
use crate::domain::{
    pricing::Usd,
    prompt::{
        answer::{Answer, Progress},
        bill::Bill,
        plan::{Api, Plan},
    },
    tier::Tier,
};

/// The schema's name and version. A change that breaks a reader raises the number.
pub const SCHEMA: &str = "tiertop.call/1";

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    endpoint: &'a str,
    api: Api,
    tier: TierOut<'a>,
    text: &'a str,
    usage: UsageOut,
    timing_ms: TimingOut,
    tokens_per_second: Option<Number>,
    stop_reason: Option<&'a str>,
    cost_usd: CostOut,
    request_id: Option<&'a str>,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct TierOut<'a> {
    asked: Option<&'a str>,
    served: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the schema's own names")]
struct UsageOut {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

#[derive(Debug, Serialize)]
struct TimingOut {
    first_event: Option<u64>,
    first_text: Option<u64>,
    total: Option<u64>,
    server: Option<u64>,
}

/// `default` is what it would have cost on Standard; `assumed`: the service did not say which tier served.
#[derive(Debug, Serialize)]
struct CostOut {
    this_tier: Option<Usd>,
    default: Option<Usd>,
    assumed: bool,
}

/// The document of a call that is over.
#[must_use]
pub fn document<'a>(plan: &'a Plan, answer: &'a Answer, bill: &Bill) -> Document<'a> {
    let (usage, timing) = (&answer.usage, &answer.timing);
    Document {
        schema: SCHEMA,
        endpoint: plan.endpoint.as_str(),
        api: plan.api,
        tier: TierOut {
            asked: plan.tier.as_ref().map(Tier::wire_name),
            served: answer.served.as_ref().map(Tier::wire_name),
        },
        text: answer.text.text(),
        usage: UsageOut {
            input_tokens: usage.input,
            output_tokens: usage.output,
            cache_read_tokens: usage.cache_read,
            cache_write_tokens: usage.cache_write,
        },
        timing_ms: TimingOut {
            first_event: timing.first_event,
            first_text: timing.first_text,
            total: timing.total,
            server: timing.server,
        },
        tokens_per_second: number(answer.tokens_per_second().map(|speed| (speed * 10.0).round() / 10.0)),
        stop_reason: answer.stop_reason.as_deref(),
        cost_usd: CostOut { this_tier: bill.this_tier, default: bill.standard, assumed: bill.assumed },
        request_id: answer.request_id.as_deref(),
        error: match answer.progress {
            Progress::Cancelled => Some("cancelled before its end".to_owned()),
            _ => answer.error.as_ref().map(ToString::to_string),
        },
    }
}
