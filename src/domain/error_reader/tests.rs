//! The reader: every row by every text, the wrappings, what two causes share, and what it must never do.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const TOKENS: &str = "Too many tokens, please wait before trying again.";

/// The row's name, and by what it was told.
fn told(text: &str) -> Option<(&'static str, Told)> {
    read(text).known.map(|(row, told)| (row.id.as_str(), told))
}

fn id(text: &str) -> Option<&'static str> {
    told(text).map(|(id, _)| id)
}

/// A text of the table as somebody may get it.
fn example(text: &str) -> String {
    text.replace(" * ", " something ").replace('\'', "’")
}

#[test]
fn every_row_is_found_by_each_of_its_texts_and_by_what_is_enough_alone() {
    let table = Table::built_in();
    let ids: BTreeSet<&str> = table.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), table.rows.len(), "each row has a name of its own");
    for row in &table.rows {
        for text in &row.texts {
            assert_eq!(told(&example(text)), Some((row.id.as_str(), Told::Text)), "{text}");
            let wrapped = format!(
                "An error occurred (SomethingException) when calling the Converse operation: {}.",
                example(text).to_uppercase()
            );
            assert_eq!(id(&wrapped), Some(row.id.as_str()), "{wrapped}");
        }
        for text in &row.loose {
            assert_eq!(id(&format!("{}: x {text} y", row.exceptions[0])), Some(row.id.as_str()), "{text}");
            assert_eq!(id(text), Some(row.id.as_str()), "{text}");
        }
        if row.is_told_by(Alone::Exception) {
            for exception in &row.exceptions {
                let text =
                    format!("An error occurred ({exception}) when calling the X operation: words that no table has");
                assert_eq!(told(&text), Some((row.id.as_str(), Told::Exception)), "{exception}");
            }
        }
        if row.is_told_by(Alone::Status) {
            assert_eq!(told(&format!("Status Code: {}", row.status.unwrap())), Some((row.id.as_str(), Told::Status)));
        }
    }
}

#[test]
fn rows_say_what_they_must() {
    for row in &Table::built_in().rows {
        assert!(!row.texts.is_empty() || !row.loose.is_empty() || !row.alone.is_empty(), "{}", row.id);
        assert!(!row.causes.is_empty() && row.meaning.ends_with('.') && !row.source.is_empty(), "{}", row.id);
        assert!(!row.next.is_empty() && !row.title.ends_with('.'), "{}", row.id);
        let comparable = |text: &String| *text == plain::comparable(&plain::plain(text));
        assert!(row.texts.iter().chain(&row.loose).all(comparable), "{}: texts stand as they are compared", row.id);
        let causes: BTreeSet<CauseId> = row.causes.iter().map(|cause| cause.id).collect();
        assert_eq!(causes.len(), row.causes.len(), "{}", row.id);
        let others = row.causes.len() > 1;
        assert!(!others || row.causes.iter().filter(|cause| cause.tell.is_none()).count() <= 1, "{}", row.id);
    }
}

#[test]
fn a_text_with_several_causes_carries_them_all() {
    let causes = |text: &str| read(text).causes().iter().map(|cause| cause.id).collect::<Vec<_>>();
    assert_eq!(causes(TOKENS), [CauseId::QuotaZero, CauseId::TokensUsedUp, CauseId::Reservation]);
    assert_eq!(
        causes("Too many tokens per day, please wait before trying again."),
        [CauseId::QuotaZero, CauseId::ModelDay, CauseId::AccountDay, CauseId::NewAccountDay]
    );
    assert!(read("Status Code: 429").may_be(CauseId::ModelStart), "429 is said of models that are not loaded, too");
    assert_eq!(causes("nothing that is known"), []);
}

/// One sentence in the wrappings of SDKs and gateways.
fn wrappings() -> Vec<String> {
    vec![
        format!(
            "An error occurred (ThrottlingException) when calling the Converse operation (reached max retries: 4): {TOKENS}"
        ),
        format!(
            "botocore.errorfactory.ThrottlingException: An error occurred (ThrottlingException) when calling the Converse operation (reached max retries: 4): {TOKENS}"
        ),
        format!("\nAn error occurred (ThrottlingException) when calling the Converse operation: {TOKENS}\n"),
        format!(
            "ThrottlingException: {TOKENS}\n    at de_ThrottlingExceptionRes (/app/index.js:1:2)\n    at async ConverseCommand (x.js)"
        ),
        format!(
            "software.amazon.awssdk.services.bedrockruntime.model.ThrottlingException: {TOKENS} (Service: BedrockRuntime, Status Code: 429, Request ID: 16fb0962-139d-4c70-ba9c-602d9630e854) (SDK Attempt Count: 4)"
        ),
        format!(
            "operation error Bedrock Runtime: Converse, exceeded maximum number of attempts, 3, https response error StatusCode: 429, RequestID: 16fb0962-139d-4c70-ba9c-602d9630e854, ThrottlingException: {TOKENS}"
        ),
        format!(
            "ServiceError(ServiceError {{ source: ThrottlingException(ThrottlingException {{ message: Some(\"{TOKENS}\"), meta: ErrorMetadata {{ code: Some(\"ThrottlingException\"), message: Some(\"{TOKENS}\"), extras: None }} }}), raw: Response {{ status: StatusCode(429) }} }})"
        ),
        format!("litellm.RateLimitError: BedrockException - {{\"message\":\"{TOKENS}\"}}. Received Model Group=x"),
        format!(
            "litellm.exceptions.RateLimitError: BedrockException: Rate Limit Error - {{\"__type\":\"com.amazon.coral#ThrottlingException\",\"message\":\"{TOKENS}\"}}"
        ),
        format!("{{\"message\":\"{TOKENS}\",\"__type\":\"ThrottlingException\"}}"),
        format!(
            "{{\"error\":{{\"message\":\"{TOKENS}\",\"type\":\"rate_limit_error\",\"code\":\"rate_limit_exceeded\"}}}}"
        ),
        format!("Error code: 429 - {{'error': {{'message': '{TOKENS}', 'type': 'rate_limit_error'}}}}"),
        format!("429 {{\"message\":\"{TOKENS}\"}}"),
        format!("API Error (429 {TOKENS}) · Retrying in 1 seconds…"),
        format!(
            "Error raised by bedrock service: An error occurred (throttlingException) when calling the ConverseStream operation: {TOKENS}"
        ),
        format!("{{\"body\":\"{{\\\"message\\\":\\\"{TOKENS}\\\"}}\",\"statusCode\":429}}"),
        format!(
            "HTTP/1.1 429 Too Many Requests\r\nx-amzn-RequestId: 16fb0962-139d-4c70-ba9c-602d9630e854\r\n\r\n{{\"message\":\"{TOKENS}\"}}"
        ),
    ]
}

#[test]
fn wrappings_do_not_change_what_an_error_means() {
    for text in wrappings() {
        let reading = read(&text);
        assert_eq!(
            reading.known.map(|(row, told)| (row.id.as_str(), told)),
            Some(("tokens-per-minute", Told::Text)),
            "{text}"
        );
        assert!(reading.others.is_empty(), "{text}: {:?}", reading.others);
        assert!(reading.wrapped.exception.is_some() || reading.wrapped.status == Some(429), "{text}");
        let status = reading.wrapped.status;
        assert!(status.is_none() || status == Some(429), "{text}: {status:?}");
        assert!(reading.wrapped.message.contains("Too many tokens"), "{text}: {}", reading.wrapped.message);
    }
}

#[test]
fn what_is_wrapped_round_an_error_is_told() {
    let texts = wrappings();
    let boto = read(&texts[0]).wrapped;
    assert_eq!(
        (boto.exception.as_deref(), boto.operation.as_deref(), boto.retries),
        (Some("ThrottlingException"), Some("Converse"), Some(4))
    );
    assert_eq!(boto.message, TOKENS);
    let java = read(&texts[4]).wrapped;
    assert_eq!((java.status, java.request_id.as_deref()), (Some(429), Some("16fb0962-139d-4c70-ba9c-602d9630e854")));
    assert_eq!(java.message, TOKENS);
    let go = read(&texts[5]).wrapped;
    assert_eq!((go.operation.as_deref(), go.status, go.retries), (Some("Converse"), Some(429), Some(3)));
    assert_eq!(read(&texts[6]).wrapped.message, TOKENS);
    assert_eq!(read(&texts[3]).wrapped.operation.as_deref(), Some("Converse"));
    assert_eq!(read(&texts[9]).wrapped.message, TOKENS);
    assert_eq!(read(&texts[16]).wrapped.request_id.as_deref(), Some("16fb0962-139d-4c70-ba9c-602d9630e854"));
}

#[test]
fn a_denial_names_who_what_where_and_what_said_no() {
    let text = "An error occurred (AccessDeniedException) when calling the ConverseStream operation: User: arn:aws:sts::111122223333:assumed-role/app/i-1 is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:::foundation-model/anthropic.claude-opus-4-6-v1 with an explicit deny in a service control policy: arn:aws:organizations::999:policy/o-1/service_control_policy/p-1";
    let reading = read(text);
    assert_eq!(reading.row().unwrap().id, "not-authorized");
    let named = reading.mentioned;
    assert_eq!(named.action.as_deref(), Some("bedrock:InvokeModelWithResponseStream"));
    assert_eq!(named.principal.as_deref(), Some("arn:aws:sts::111122223333:assumed-role/app/i-1"));
    assert_eq!(named.denied_by, Some(DeniedBy::ServiceControlPolicy));
    assert_eq!(named.resource.unwrap().region, "");
    assert_eq!(named.model.as_deref(), Some("anthropic.claude-opus-4-6-v1"));
    let nobody = read(
        "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel because no identity-based policy allows the bedrock:InvokeModel action",
    );
    assert_eq!(nobody.mentioned.denied_by, Some(DeniedBy::NothingAllows));
}

#[test]
fn the_apostrophe_s_kind_does_not_matter() {
    for apostrophe in ["'", "’", "\\u2019", "â€™", "&#39;"] {
        let text = format!(
            "ValidationException: Invocation of model ID anthropic.claude-sonnet-4-20250514-v1:0 with on-demand throughput isn{apostrophe}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
        );
        assert_eq!(id(&text), Some("profile-only"), "{apostrophe}");
        assert_eq!(read(&text).mentioned.model.as_deref(), Some("anthropic.claude-sonnet-4-20250514-v1:0"));
    }
}

#[test]
fn texts_count_before_exceptions_and_the_longest_at_one_place_counts() {
    let market = "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model.";
    assert_eq!(id(market), Some("marketplace-rights"));
    assert_eq!(
        id(
            "AccessDeniedException: Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument must be provided."
        ),
        Some("payment")
    );
    assert_eq!(
        told("ResourceNotFoundException: This model version has reached the end of its life."),
        Some(("end-of-life", Told::Text))
    );
    assert_eq!(
        told("ServiceUnavailableException: Too many connections, please wait before trying again."),
        Some(("too-many-connections", Told::Text))
    );
    let two = read(
        "Too many requests, please wait before trying again. Then: Too many tokens per day, please wait before trying again.",
    );
    assert_eq!((two.row().unwrap().id.as_str(), two.others[0].id.as_str()), ("requests-per-minute", "tokens-per-day"));
}

#[test]
fn what_is_not_known_stays_so_and_says_its_kind() {
    for text in [
        "",
        "Too many tokens were stolen",
        "operation not allowed on /dev/sda",
        "Throttling is a word",
        "ValidationException: The toolConfig field must be defined",
        "HTTP 418",
        &format!("serviceTier {} operation not permitted", "x".repeat(500)),
    ] {
        assert_eq!(told(text), None, "{text}");
        assert!(read(text).causes().is_empty());
    }
    let unknown = read("An error occurred (ConflictException) when calling the Converse operation: words");
    assert_eq!(unknown.title(), "ConflictException, whose text is not known");
    assert!(read("ValidationException: x").meaning().contains("refused the request as wrong"));
    let unlike = read("FancyException: HTTP 503 x");
    assert_eq!(unlike.known, None, "an exception of its own says more than a status that it may share");
}

#[test]
fn keys_do_not_get_into_the_sentence() {
    let text = "UnrecognizedClientException: token IQoJb3JpZ2luX2VjEJv//////////wEaCXVzLWVhc3QtMSJHMEUCIQ of AKIAIOSFODNN7EXAMPLE is bad";
    assert_eq!(read(text).wrapped.message, "token [removed] of [removed] is bad");
}

/// Pieces of errors, in any order, with anything between them.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "ThrottlingException",
        "An error occurred (",
        ") when calling the ",
        " operation",
        "(reached max retries: ",
        "{\"message\":\"",
        "\"}",
        "\\\"",
        "\\u2019",
        "Too many tokens",
        "Status Code: ",
        "429",
        "arn:aws:bedrock:",
        "::foundation-model/",
        "anthropic.claude-",
        "User: ",
        "to perform: ",
        "bedrock:",
        "\u{1b}[31m",
        "message: Some(\"",
        "operation error ",
        ", ",
        ": ",
        "\r\n",
        "\u{202e}",
        "é",
        "’",
        "'message': '",
        "Invocation of model ID ",
        "supported",
    ];
    prop_oneof![2 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,6}", 1 => "[\\x00-\\x1f\\x7f-\\x9f]{1,3}"]
}

fn every_text(reading: &Reading) -> Vec<String> {
    let (wrapped, named) = (&reading.wrapped, &reading.mentioned);
    let mut all = vec![reading.title(), reading.meaning(), reading.excerpt(), wrapped.message.clone()];
    all.extend(
        [&wrapped.exception, &wrapped.operation, &wrapped.request_id, &named.model, &named.action, &named.principal]
            .into_iter()
            .flatten()
            .cloned(),
    );
    all.extend(
        named
            .arns
            .iter()
            .chain(&named.resource)
            .flat_map(|arn| [arn.arn.clone(), arn.region.clone(), arn.resource.clone()]),
    );
    all
}

proptest! {
    #[test]
    fn any_text_is_read_and_nothing_is_invented(pieces in prop::collection::vec(piece(), 0..30)) {
        let text = pieces.concat();
        let reading = read(&text);
        for part in every_text(&reading) {
            prop_assert!(!part.contains(|c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}')), "{part:?}");
        }
        let compared = plain::comparable(&plain::plain(&text));
        match reading.known {
            Some((row, Told::Text)) => {
                let holds = |pattern: &String| pattern.split(" * ").all(|piece| compared.contains(piece));
                prop_assert!(row.texts.iter().chain(&row.loose).any(holds), "{text:?}: {}", row.id);
            }
            Some((row, Told::Exception)) => {
                let lower: Vec<String> = row.exceptions.iter().map(|name| name.to_ascii_lowercase()).collect();
                prop_assert!(lower.iter().any(|name| compared.contains(name)), "{text:?}: {}", row.id);
            }
            Some((row, Told::Status)) => prop_assert!(compared.contains(&row.status.unwrap().to_string()), "{text:?}"),
            None => prop_assert!(reading.causes().is_empty()),
        }
    }
}

#[test]
fn megabytes_are_read_by_their_ends() {
    let noise = "Traceback (most recent call last): \u{1b}[31m {\"message\":\"x\\\" 429 Status Code: arn:aws:bedrock: anthropic.claude ".repeat(60_000);
    assert!(noise.len() > 5_000_000);
    let reading =
        read(&format!("{noise} ThrottlingException: Too many tokens per day, please wait before trying again."));
    assert!(reading.cut);
    assert_eq!(reading.row().unwrap().id, "tokens-per-day");
    assert!(reading.mentioned.arns.len() <= 8 && reading.wrapped.message.chars().count() <= 601);
}
