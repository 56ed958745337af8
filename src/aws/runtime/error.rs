//! Why a test call failed: the service's own words where it said something, else one sentence.

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::super::{
    fault::{self, text},
    gateway::{Call, Gateway},
};
use crate::domain::{
    fault::{FaultKind, Source},
    prompt::event::CallError,
};

/// The IAM action of every test call; streamed ones need `bedrock:InvokeModelWithResponseStream` too, and AWS's text names what is missing.
pub(super) const CALL: Call = Call { source: Source::Access, action: "bedrock:InvokeModel" };

/// Characters of the service's own words that are kept: its longest known error, about Marketplace rights, has some 500.
const CHARS_AT_MOST: usize = 2_000;

impl Gateway {
    /// Why a call failed as a whole.
    pub(super) fn call_error<E>(&self, error: &SdkError<E, HttpResponse>) -> CallError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match error.raw_response() {
            Some(response) => {
                let (meta, status) = (error.meta(), Some(response.status().as_u16()));
                match meta.message().filter(|words| !words.is_empty()) {
                    Some(words) => said(status, meta.code(), words),
                    // The SDK reads no words where there is no code, as in a proxy's answers.
                    None => said_in(status, meta.code(), response.body().bytes().unwrap_or_default()),
                }
            }
            None => self.unsent(error, self.ledger().host(super::converse::LEDGER_NAME)),
        }
    }

    /// Why a call got no answer: credentials or network, in the words that every other call has for it. `host` is the one that was called.
    pub(super) fn unsent<E>(&self, error: &SdkError<E, HttpResponse>, host: Option<String>) -> CallError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let context = fault::Context { host, ..self.context(CALL) };
        let fault = fault::fault(CALL.source, CALL.action, &context, error);
        let next_step = fault.kind.is_about_credentials().then_some(fault.next_step);
        CallError { next_step, ..CallError::of(fault.kind, fault.message) }
    }
}

/// What a refusal's body says: JSON in AWS's form or OpenAI's, else the text itself.
pub(super) fn said_in(status: Option<u16>, code: Option<&str>, body: &[u8]) -> CallError {
    let value = serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default();
    let (its_code, words) = super::chunks::error(&value);
    let is_answer = status.is_some_and(|status| (200..300).contains(&status));
    // Half of an answer is no reason.
    let words = if value.is_null() && !is_answer { String::from_utf8_lossy(body).into_owned() } else { words };
    said(status, code.or(its_code.as_deref()), &words)
}

/// What the service said, with its status where there was one.
pub(super) fn said(status: Option<u16>, code: Option<&str>, words: &str) -> CallError {
    let stop = if words.trim_end().ends_with('.') { "." } else { "" };
    let words = text::clean_up_to(text::without_signature(words), CHARS_AT_MOST);
    let succeeded = status.is_some_and(|status| (200..300).contains(&status));
    let message = match (words.is_empty(), succeeded) {
        (false, _) => words + stop,
        (true, true) => "The answer broke off or could not be read.".to_owned(),
        (true, false) => "The service gave no reason.".to_owned(),
    };
    let kind = if succeeded && code.is_none() { FaultKind::Unexpected } else { kind(code, status) };
    let code = code.map(|code| text::clean_up_to(code, CHARS_AT_MOST)).filter(|code| !code.is_empty());
    CallError { kind, status: status.filter(|_| !succeeded), code, message, next_step: None }
}

/// The kind by code, else by status. Some codes of the runtime come with a status that means something else elsewhere.
fn kind(code: Option<&str>, status: Option<u16>) -> FaultKind {
    match code.unwrap_or_default() {
        // 429, but the model is loading: no quota is used up. 424: the model failed, not the request.
        "ModelNotReadyException"
        | "ModelErrorException"
        | "ModelStreamErrorException"
        | "ModelTimeoutException"
        | "modelStreamErrorException"
        | "internalServerException"
        | "serviceUnavailableException"
        | "InternalServerException"
        | "ServiceUnavailableException"
        | "server_error" => FaultKind::Unexpected,
        "throttlingException" | "rate_limit_exceeded" | "rate_limit_error" => FaultKind::Throttled,
        "validationException" | "ValidationException" | "invalid_request_error" => FaultKind::Invalid,
        // An exception in a stream has no status.
        _ => fault::kind_of(code, Some(status.unwrap_or(500))),
    }
}

/// The answer stopped in the middle.
pub(super) fn cut() -> CallError {
    CallError::of(FaultKind::Unexpected, "The answer broke off before its end: the connection closed.")
}

/// The answer cannot be understood. `what` is a sentence.
pub(super) fn malformed(what: &str) -> CallError {
    CallError::of(FaultKind::Unexpected, text::clean_up_to(what, CHARS_AT_MOST) + ".")
}

/// Nothing came for too long.
pub(super) fn silent() -> CallError {
    let minutes = super::SILENCE_AT_MOST.as_secs() / 60;
    CallError::of(FaultKind::Unreachable, format!("Nothing came for {minutes} minutes, and the call was given up."))
}

/// More came than is read.
pub(super) fn too_long() -> CallError {
    let most = super::BYTES_AT_MOST / 1024 / 1024;
    CallError::of(FaultKind::Unexpected, format!("The answer has more than {most} MiB, and the call was given up."))
}
