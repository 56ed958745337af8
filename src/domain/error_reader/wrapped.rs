//! What SDKs and gateways wrap round an error: the exception, the operation, the HTTP status, the request id, the retries, and the service's own sentence.
//!
//! Known wrappings: botocore and the AWS CLI, the SDKs for JavaScript, Java, Go and Rust, `LiteLLM`, `LangChain`, and JSON bodies of AWS's, `OpenAI`'s and Anthropic's kind.

use super::{
    plain::{comparable, short, without_secrets},
    table::Table,
};

/// Characters of the service's sentence that are kept.
const MESSAGE_AT_MOST: usize = 600;

/// Names that programs give to whatever went wrong: they say nothing.
const WRAPPERS: [&str; 14] = [
    "Exception",
    "BedrockException",
    "BedrockRuntimeException",
    "ClientException",
    "RuntimeException",
    "HttpException",
    "BaseException",
    "ServiceException",
    "AmazonServiceException",
    "AwsServiceException",
    "SdkClientException",
    "CompletionException",
    "ExecutionException",
    "APIException",
];

/// Operations of Bedrock Runtime, by which SDKs name their own types (`ConverseCommand`, `ConverseError`).
const OPERATIONS: [&str; 5] =
    ["ConverseStream", "Converse", "InvokeModelWithResponseStream", "InvokeModel", "CountTokens"];

/// What stands before an HTTP status, in lower case.
const BEFORE_STATUS: [&str; 19] = [
    "status code: ",
    "statuscode: ",
    "status code ",
    "statuscode(",
    "httpstatuscode\": ",
    "httpstatuscode\":",
    "httpstatuscode: ",
    "\"status\": ",
    "\"status\":",
    "\"statuscode\":",
    "status_code=",
    "status=",
    "http_status_",
    "http status ",
    "http/1.1 ",
    "http/2 ",
    "error code: ",
    "api error (",
    "api error: ",
];

/// What stands before a request id, in lower case.
const BEFORE_REQUEST_ID: [&str; 8] = [
    "request id: ",
    "requestid: ",
    "request_id: ",
    "requestid\": \"",
    "requestid\":\"",
    "request_id\": \"",
    "request_id\":\"",
    "request id ",
];

/// What was wrapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrapped {
    /// The exception's name; None where none is named.
    pub exception: Option<String>,
    /// The operation that was called.
    pub operation: Option<String>,
    /// The HTTP status, 400 to 599.
    pub status: Option<u16>,
    /// AWS's id of the request.
    pub request_id: Option<String>,
    /// How often the SDK had tried again before it gave up; None where it does not say.
    pub retries: Option<u32>,
    /// The service's own sentence, as far as it can be told from its wrapping.
    pub message: String,
}

/// Unwraps: `plain` on one line, `compared` as texts are compared.
pub(super) fn unwrapped(plain: &str, compared: &str, table: &Table) -> Wrapped {
    let exception = exception(plain, table);
    let message = message(plain, exception.as_deref());
    Wrapped {
        operation: operation(plain),
        status: status(compared),
        request_id: request_id(plain, compared),
        retries: number_after(compared, "reached max retries: ")
            .or_else(|| number_after(compared, "exceeded maximum number of attempts, ")),
        message: short(&without_secrets(&message), MESSAGE_AT_MOST),
        exception,
    }
}

/// The text between two marks.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inside, _)| inside)
}

fn is_name(text: &str) -> bool {
    (2..=80).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What says itself to be the error's name counts first, then any name that the table knows, then whatever calls itself an exception.
fn exception(plain: &str, table: &Table) -> Option<String> {
    let botocore = between(plain, "An error occurred (", ")")
        .filter(|name| is_name(name) && name.contains(|c: char| c.is_ascii_alphabetic()));
    if let Some(name) = botocore {
        return Some(name.to_owned());
    }
    if let Some(name) = field_names(plain).find(|name| table.names(name)) {
        return Some(spelled(name, table));
    }
    let words = || plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| is_name(word));
    let ends = |word: &&str| word.to_ascii_lowercase().ends_with("exception");
    let known = |word: &&str| is_compound(word) && table.names(word);
    words().filter(ends).find(known).or_else(|| words().find(known)).map(|name| spelled(name, table)).or_else(|| {
        words().filter(ends).find(|word| !WRAPPERS.contains(word) && word.len() > "exception".len()).map(str::to_owned)
    })
}

/// Whether a name is more than one word: `Throttling` alone is a word of English.
fn is_compound(name: &str) -> bool {
    name.contains('_') || name.chars().skip(1).any(|c| c.is_ascii_uppercase())
}

fn spelled(name: &str, table: &Table) -> String {
    let all = table.rows.iter().flat_map(|row| &row.exceptions);
    all.into_iter().find(|known| known.eq_ignore_ascii_case(name)).map_or_else(|| name.to_owned(), String::clone)
}

/// The values of members that name an error: `"__type"`, `"code"`, `"type"`; without a namespace before `#` and an address behind `:`.
fn field_names(plain: &str) -> impl Iterator<Item = &str> {
    const FIELDS: [&str; 10] = [
        "\"__type\":",
        "\"code\":",
        "\"Code\":",
        "\"errorCode\":",
        "\"errorType\":",
        "\"type\":",
        "'Code':",
        "'type':",
        "code: Some(",
        "Error Code:",
    ];
    FIELDS
        .into_iter()
        .flat_map(move |field| plain.match_indices(field).map(move |(at, _)| &plain[at + field.len()..]))
        .filter_map(|rest| {
            let rest = rest.trim_start().trim_start_matches(['"', '\'']);
            let value = rest.split(['"', '\'', ',', ';', ')', ' ']).next()?;
            let value = value.rsplit('#').next()?.split(':').next()?;
            is_name(value).then_some(value)
        })
}

fn operation(plain: &str) -> Option<String> {
    let botocore = between(plain, "when calling the ", " operation");
    let go = between(plain, "operation error ", ",").and_then(|inside| inside.rsplit(": ").next());
    let named = botocore.or(go).filter(|name| is_name(name));
    named.map(str::to_owned).or_else(|| {
        let words = plain.split(|c: char| !c.is_ascii_alphanumeric());
        let mut stems =
            words.filter_map(|word| ["Command", "Error", "Request"].into_iter().find_map(|end| word.strip_suffix(end)));
        stems.find(|stem| OPERATIONS.contains(stem)).map(str::to_owned)
    })
}

fn status(compared: &str) -> Option<u16> {
    let marked = BEFORE_STATUS
        .into_iter()
        .flat_map(|mark| compared.match_indices(mark).map(move |(at, _)| &compared[at + mark.len()..]));
    std::iter::once(compared).chain(marked).find_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).take(4).collect();
        digits.parse().ok().filter(|status| digits.len() == 3 && (400..600).contains(status))
    })
}

/// Lower-case ASCII has the same places as the text itself, where that has no other quotes; where it has, the id is looked up again.
fn request_id(plain: &str, compared: &str) -> Option<String> {
    let marked = BEFORE_REQUEST_ID
        .into_iter()
        .flat_map(|mark| compared.match_indices(mark).map(move |(at, _)| &compared[at + mark.len()..]));
    let id = marked
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default())
        .find(|id| (8..=64).contains(&id.len()) && id.contains(|c: char| c.is_ascii_digit()))?;
    let lower = plain.to_ascii_lowercase();
    let at = lower.find(id)?;
    plain.get(at..at + id.len()).map(str::to_owned)
}

fn number_after(text: &str, mark: &str) -> Option<u32> {
    let (_, rest) = text.split_once(mark)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).take(6).collect();
    digits.parse().ok()
}

/// The service's own sentence.
fn message(plain: &str, exception: Option<&str>) -> String {
    let unwrapped = of_botocore(plain)
        .or_else(|| of_json(plain))
        .or_else(|| between(plain, "message: Some(\"", "\")"))
        .or_else(|| behind_exception(plain, exception))
        .map(without_tail)
        .filter(|text| !text.is_empty());
    unwrapped.unwrap_or_else(|| without_tail(plain)).to_owned()
}

/// `An error occurred (X) when calling the Y operation (reached max retries: 4): …`.
fn of_botocore(plain: &str) -> Option<&str> {
    let (_, rest) = plain.split_once(" when calling the ")?;
    let (_, rest) = rest.split_once(" operation")?;
    let rest = if rest.starts_with(" (") { rest.split_once(')')?.1 } else { rest };
    rest.strip_prefix(": ").or_else(|| rest.strip_prefix(':'))
}

/// A member `message` of a JSON or Python body.
fn of_json(plain: &str) -> Option<&str> {
    let members = ["\"message\"", "\"Message\"", "'message'", "'Message'"];
    members.into_iter().find_map(|member| {
        let (_, rest) = plain.split_once(member)?;
        let rest = rest.trim_start().strip_prefix(':')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let inside = &rest[1..];
        // A quote inside of a sentence is not its end: behind its end the body goes on or ends.
        let ends = inside.match_indices(quote).find(|(at, _)| {
            let after = inside[at + 1..].trim_start();
            after.is_empty() || after.starts_with([',', '}', ')', ']'])
        });
        Some(&inside[..ends?.0])
    })
}

/// `ThrottlingException: …`.
fn behind_exception<'t>(plain: &'t str, exception: Option<&str>) -> Option<&'t str> {
    let name = exception?;
    let at = plain.to_ascii_lowercase().find(&format!("{}: ", name.to_ascii_lowercase()))?;
    plain.get(at + name.len() + 2..)
}

/// Without what Java and stack traces put behind.
fn without_tail(text: &str) -> &str {
    let tails = [" (Service: ", " at de_", " at process.", " at async ", " Traceback (most recent"];
    let end = tails.into_iter().filter_map(|tail| text.find(tail)).filter(|at| *at > 0).min().unwrap_or(text.len());
    text[..end].trim()
}

/// Whether two texts say the same but for case, apostrophes and the stop at their end.
pub(super) fn is_all(message: &str, text: &str) -> bool {
    comparable(message).trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '!' | '"' | '\'')) == text
}
