//! Test calls: what is refused, what is answered, what is seen of them.

use super::*;

fn call(model_id: &str) -> Call {
    Call { model_id: model_id.into(), tier: None, prompt: "Say hello".into(), max_tokens: Some(64), streaming: true }
}

#[test]
fn refusals_have_the_words_of_aws() {
    let mut world = world("healthy");
    let mut refused = |call: &Call| world.invoke(NOW, call).unwrap_err();
    let error = refused(&call("anthropic.claude-nothing"));
    assert_eq!((error.status, error.message.as_str()), (400, "The provided model identifier is invalid."));
    let error = refused(&call("anthropic.claude-sonnet-4-5-20250929-v1:0"));
    assert!(error.message.contains("with on-demand throughput isn’t supported"), "{}", error.message);
    for (tier, message) in [
        ("standard", "service tier provided is invalid"),
        ("flex", "The provided service tier is not supported for this model"),
        ("reserved", "Reservation not found."),
    ] {
        let error = refused(&Call { tier: Some(tier.into()), ..call(SONNET) });
        assert_eq!((error.exception.as_str(), error.message.as_str()), ("ValidationException", message));
    }
    let error = super::world("zero-quota").invoke(NOW, &call(SONNET)).unwrap_err();
    assert_eq!((error.status, error.exception.as_str()), (429, "ThrottlingException"));
    assert_eq!(error.message, "Too many tokens, please wait before trying again.");
    // Fifty unset max_tokens in one second are more than the pool has left.
    let mut world = super::world("throttled");
    let greedy = Call { max_tokens: None, ..call(SONNET) };
    let results: Vec<_> = (0..50).map(|_| world.invoke(DEFAULT_ORIGIN - 7200, &greedy)).collect();
    assert!(results[0].is_ok() && results[49].is_err());
}

#[test]
fn a_call_is_answered_and_seen_later() {
    let mut world = world("empty");
    let id = "us.amazon.nova-2-lite-v1:0";
    let reply = world.invoke(NOW, &Call { tier: Some("flex".into()), ..call(id) }).unwrap();
    assert_eq!(reply.served_tier.as_deref(), Some("flex"));
    assert!(reply.pieces.len() > 3 && reply.ttft_ms < reply.latency_ms);
    assert_eq!((reply.stop_reason.as_str(), reply.output_tokens), ("max_tokens", 64));
    let short = world.invoke(NOW, &Call { max_tokens: Some(1), ..call(id) }).unwrap();
    assert_eq!((short.output_tokens, short.pieces.len(), short.served_tier), (1, 1, None));
    let start = NOW - NOW % 60;
    let total = series("Invocations", &[("ModelId", id)]);
    assert!(world.statistic(NOW + 60, &total, "Sum", 60, start, start + 60).is_empty());
    assert_eq!(world.statistic(start + 240, &total, "Sum", 60, start, start + 60), [(start, 2.0)]);
    let flex =
        series("EstimatedTPMQuotaUsage", &[("ModelId", id), ("ServiceTier", "flex"), ("ResolvedServiceTier", "flex")]);
    let quota = world.statistic(start + 240, &flex, "Sum", 60, start, start + 60);
    let tokens = f64::from(u32::try_from(reply.input_tokens + reply.output_tokens).unwrap());
    assert_eq!(quota, [(start, tokens)]);
    assert!(world.list_metrics(start + 240, true).is_empty());
    assert!(world.list_metrics(start + 1000, true).contains(&flex));
}
