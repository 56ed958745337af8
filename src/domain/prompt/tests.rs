//! Answers as they come, their limits, their bills, and what errors mean.

use proptest::prelude::*;

use super::{
    answer::{Answer, Progress, TEXT_BYTES_AT_MOST, TOOL_INPUT_BYTES_AT_MOST, TOOL_USES_AT_MOST},
    bill::{Bill, Place},
    event::{CallError, Event, Usage},
    meaning,
    plan::{Api, Ask, Body, Plan, Question},
};
use crate::domain::{fault::FaultKind, pricing::Prices, tier::Tier};

fn plan(tier: Option<&str>, streaming: bool) -> Plan {
    let question = Question { prompt: "x".into(), max_tokens: Some(100), ..Question::default() };
    Plan { endpoint: "x".into(), tier: tier.map(Tier::from), api: Api::Converse, streaming, ask: Ask::Text(question) }
}

fn text(piece: &str) -> Event {
    Event::Text(piece.to_owned())
}

fn usage(input: u64, output: u64) -> Event {
    Event::Usage(Usage { input: Some(input), output: Some(output), ..Usage::default() })
}

fn answer(plan: &Plan, events: &[(u64, Event)]) -> Answer {
    let mut answer = Answer::new(plan);
    for (at, event) in events {
        answer.take(event, *at);
    }
    answer
}

#[test]
fn times_are_of_the_first_of_each_kind() {
    let events = [
        (100, Event::Began),
        (250, Event::Reasoning("hm".into())),
        (400, text("Be")),
        (1_000, text("cause")),
        (1_240, usage(10, 99)),
        (1_250, Event::Ended),
        (9_000, text("too late")),
    ];
    let answer = answer(&plan(Some("flex"), true), &events);
    let timing = answer.timing;
    assert_eq!((timing.first_event, timing.first_piece, timing.first_text), (Some(100), Some(250), Some(400)));
    assert_eq!((timing.total, timing.server), (Some(1_250), None));
    assert_eq!((answer.text.text(), answer.reasoning.text()), ("Because", "hm"));
    // 99 tokens in the second from the first piece to the end.
    assert_eq!(answer.tokens_per_second(), Some(99.0));
    assert_eq!((answer.asked(), answer.served_otherwise()), (Some(&Tier::Flex), None));
}

#[test]
fn no_speed_is_said_that_was_not_measured() {
    let begin = [(100, text("a")), (200, text("b"))];
    let with = |streaming: bool, more: &[(u64, Event)]| {
        answer(&plan(None, streaming), &[&begin[..], more].concat()).tokens_per_second()
    };
    let counted = (300, usage(1, 20));
    assert_eq!(with(true, &[counted.clone(), (300, Event::Ended)]), Some(100.0));
    assert_eq!(with(false, &[counted.clone(), (300, Event::Ended)]), None, "not streamed");
    assert_eq!(with(true, std::slice::from_ref(&counted)), None, "not over");
    assert_eq!(with(true, &[(300, Event::Ended)]), None, "not counted");
    let failed = Event::Failed(CallError::of(FaultKind::Unexpected, "x"));
    assert_eq!(with(true, &[counted, (300, failed)]), None, "broken off");
    let hidden = Usage { output: Some(20), reasoning: Some(5), ..Usage::default() };
    assert_eq!(with(true, &[(300, Event::Usage(hidden)), (300, Event::Ended)]), None, "hidden reasoning");
    let one = [(100, text("a")), (900, usage(1, 20)), (900, Event::Ended)];
    assert_eq!(answer(&plan(None, true), &one).tokens_per_second(), None, "one piece");
    let fast = [(100, text("a")), (101, text("b")), (120, usage(1, 20)), (120, Event::Ended)];
    assert_eq!(answer(&plan(None, true), &fast).tokens_per_second(), None, "too fast");
}

#[test]
fn reasoning_that_used_it_up_is_told_from_an_answer_that_was_cut() {
    for word in ["max_tokens", "length"] {
        let stop = |events: &[Event]| {
            let events = events.iter().cloned().chain([Event::Stopped(word.into()), Event::Ended]);
            let events: Vec<_> = events.map(|event| (1, event)).collect();
            let answer = answer(&plan(None, true), &events);
            (answer.hit_max_tokens(), answer.reasoning_used_it_up())
        };
        assert_eq!(stop(&[Event::Reasoning("hm".into())]), (true, true));
        let counted = Usage { reasoning: Some(100), ..Usage::default() };
        assert_eq!(stop(&[Event::Usage(counted)]), (true, true));
        assert_eq!(stop(&[Event::Reasoning("hm".into()), text("Be")]), (true, false));
        assert_eq!(stop(&[]), (true, false));
    }
}

#[test]
fn a_cancelled_answer_keeps_what_came() {
    let mut answer = answer(&plan(None, true), &[(5, text("Be"))]);
    answer.cancel(70);
    answer.take(&text("cause"), 80);
    answer.cancel(90);
    assert_eq!((answer.text.text(), answer.timing.total, answer.progress), ("Be", Some(70), Progress::Cancelled));
}

#[test]
fn megabytes_and_floods_are_bounded_and_what_was_cut_is_said() {
    let mut answer = Answer::new(&plan(None, true));
    let piece = text(&"日".repeat(100_000));
    for _ in 0..30 {
        answer.take(&piece, 1);
        answer.take(&Event::Reasoning("x".repeat(300_000)), 1);
    }
    assert!(answer.text.text().len() <= TEXT_BYTES_AT_MOST && answer.reasoning.text().len() <= TEXT_BYTES_AT_MOST);
    assert_eq!(answer.text.text().len() as u64 + answer.text.cut_bytes(), 9_000_000);
    assert!(answer.take(&text("after the hole"), 1).text.is_empty());
    for number in 0..TOOL_USES_AT_MOST + 5 {
        answer.take(&Event::ToolUse(format!("{number}{}", "n".repeat(9_000))), 1);
        answer.take(&Event::ToolInput("x".repeat(TOOL_INPUT_BYTES_AT_MOST + 1)), 1);
        answer.take(&Event::Other(format!("kind {number}")), 1);
    }
    answer.take(&Event::RequestId("i".repeat(100_000)), 1);
    assert!(answer.request_id.as_ref().unwrap().len() <= 200 && answer.tools.iter().all(|tool| tool.name.len() <= 200));
    assert_eq!((answer.tools.len(), answer.tools_cut), (TOOL_USES_AT_MOST, 5));
    assert!(answer.others.len() <= TOOL_USES_AT_MOST);
    let said = answer.what_was_cut().unwrap();
    for part in ["bytes of text", "bytes of reasoning", "5 tool uses", "64 bytes of tool input"] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!answer.is_flooded());
    for _ in 0..super::answer::EVENTS_AT_MOST {
        answer.take(&Event::Began, 2);
    }
    assert!(answer.is_flooded());
}

fn place(endpoint: &str) -> Option<Place> {
    Place::of(&endpoint.into(), &"us-east-1".into(), Prices::built_in())
}

#[test]
fn the_price_list_is_found_by_id_and_arn_and_never_guessed() {
    let model = |endpoint| place(endpoint).map(|place| (place.model.to_string(), place.scope.name()));
    let nova = |scope| Some(("amazon.nova-pro-v1:0".to_owned(), scope));
    assert_eq!(model("amazon.nova-pro-v1:0"), nova("in-region"));
    assert_eq!(model("us.amazon.nova-pro-v1:0"), nova("geo"));
    assert_eq!(model("global.amazon.nova-pro-v1:0"), nova("global"));
    assert_eq!(model("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"), nova("in-region"));
    assert_eq!(model("arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-pro-v1:0"), nova("geo"));
    for other in ["arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "abc", "us.nobody.nothing", "", "."]
    {
        assert_eq!(model(other), None, "{other}");
    }
}

#[test]
fn the_bill_goes_by_the_tier_that_served() {
    let nova = place("us.amazon.nova-pro-v1:0");
    let bill = |asked: Option<&str>, events: &[Event]| {
        let events: Vec<_> = events.iter().map(|event| (1, event.clone())).collect();
        Bill::of(&answer(&plan(asked, true), &events), nova.as_ref(), Prices::built_in())
    };
    let counted = usage(1_000_000, 1_000_000);
    let of = |tier: &str| bill(None, &[counted.clone(), Event::Served(Tier::from(tier))]);
    let (standard, flex) = (of("default"), of("flex"));
    // 0.8 and 3.2 USD per million in-Region and by the us profile, half of it on Flex (price list of the table's date).
    assert_eq!(standard.this_tier.unwrap().to_string(), "4");
    assert_eq!(flex.this_tier.unwrap().to_string(), "2");
    assert_eq!((flex.standard, flex.assumed), (standard.this_tier, false));
    assert!(flex.others.iter().any(|(tier, usd)| *tier == Tier::Standard && Some(*usd) == standard.this_tier));
    // Asked flex, served Standard: Standard's price.
    let other = bill(Some("flex"), &[counted.clone(), Event::Served(Tier::Standard)]);
    assert_eq!((other.this_tier, other.assumed), (standard.this_tier, false));
    // Silent: the tier that was asked for, assumed.
    let silent = bill(Some("flex"), std::slice::from_ref(&counted));
    assert_eq!((silent.this_tier, silent.assumed, silent.tier), (flex.this_tier, true, Tier::Flex));
    let prepaid = of("reserved");
    assert_eq!((prepaid.this_tier, prepaid.standard), (None, standard.this_tier));
    assert_eq!(of("nobody-knows").this_tier, None);
    assert_eq!(bill(None, &[]).standard, None, "nothing counted");
    let uncounted = Usage { input: Some(5), ..Usage::default() };
    assert_eq!(bill(None, &[Event::Usage(uncounted)]).standard, None, "output unknown");
}

fn refusal(kind: FaultKind, message: &str) -> CallError {
    CallError { status: Some(400), code: Some("ValidationException".into()), ..CallError::of(kind, message) }
}

#[test]
fn a_refused_tier_is_told_with_those_that_likely_work() {
    let nova = place("us.amazon.nova-pro-v1:0");
    let flex = Tier::Flex;
    let of = |message: &str, place: Option<&Place>| {
        meaning::of(&refusal(FaultKind::Invalid, message), Some(&flex), place, Prices::built_in())
    };
    let known = of("The provided service tier is not supported for this model", nova.as_ref());
    assert_eq!(known.tiers_that_would_work, [Tier::Priority, Tier::Standard]);
    assert!(known.next_step.unwrap().contains("priority, default"), "{}", known.means);
    let unknown = of("service tier provided is invalid", None);
    assert!(unknown.tiers_that_would_work.is_empty() && unknown.next_step.unwrap().contains("without a tier"));
    assert!(of("Reservation not found.", None).means.contains("no Reserved capacity"));
    assert!(!meaning::refuses_tier(&refusal(FaultKind::Invalid, "The provided model identifier is invalid.")));
}

#[test]
fn every_kind_of_error_has_a_meaning() {
    use FaultKind::{Denied, Expired, Invalid, NoCredentials, NotOffered, Throttled, Unexpected, Unreachable};
    for kind in [Denied, Expired, NoCredentials, Throttled, Unreachable, NotOffered, Invalid, Unexpected] {
        let meaning = meaning::of(&refusal(kind, "x"), None, None, Prices::built_in());
        assert!(meaning.means.ends_with('.') && meaning.tiers_that_would_work.is_empty(), "{kind}");
    }
    let per_day = refusal(Throttled, "Too many tokens per day, please wait before trying again.");
    assert!(meaning::of(&per_day, None, None, Prices::built_in()).means.contains("per day"));
}

#[test]
fn a_body_is_taken_whole_or_refused_in_words() {
    for (text, words) in [
        ("", "is not JSON"),
        ("[]", "is not a JSON object"),
        ("{}", "has no list \"messages\""),
        (r#"{"messages":"x"}"#, "has no list \"messages\""),
        (r#"{"messages":[],"modelId":5}"#, "\"modelId\" that is no text"),
    ] {
        let error = Body::parse(text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
    let body = Body::parse(r#"{"messages":[],"inferenceConfig":{"maxTokens":7}}"#).unwrap();
    assert_eq!((body.endpoint, body.tier), (None, None));
    assert_eq!(Plan { ask: Ask::Body(body.members), ..plan(None, true) }.max_tokens(), Some(7));
}

proptest! {
    #[test]
    fn text_is_kept_in_order_and_every_byte_is_accounted_for(pieces in prop::collection::vec(any::<String>(), 0..20)) {
        let mut answer = Answer::new(&plan(None, true));
        let added: String = pieces.iter().map(|piece| answer.take(&text(piece), 1).text.to_owned()).collect();
        prop_assert_eq!(&added, answer.text.text());
        prop_assert_eq!(added, pieces.concat());
        prop_assert_eq!(answer.text.cut_bytes(), 0);
    }
}
