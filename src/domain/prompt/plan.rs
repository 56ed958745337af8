//! A test call as it is asked for, whatever API carries it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::{ids::EndpointId, tier::Tier};

/// Which API of bedrock-runtime carries a test call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// Converse and `ConverseStream`.
    #[default]
    Converse,
    /// Chat completions in OpenAI's form, below `/openai/v1`.
    OpenAi,
}

impl Api {
    /// The name in exports and options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converse => "converse",
            Self::OpenAi => "openai",
        }
    }
}

/// What the model is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// One question.
    Text(Question),
    /// A whole body of a Converse request. Endpoint and tier of the [`Plan`] hold in place of its own.
    Body(Map<String, Value>),
}

/// One question and how it is to be answered. What is None is left to the service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// The user's message.
    pub prompt: String,
    /// The system prompt.
    pub system: Option<String>,
    /// Tokens that the answer may have, reasoning among them.
    pub max_tokens: Option<u32>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
}

/// One test call.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Which model or profile answers: an id or an ARN.
    pub endpoint: EndpointId,
    /// The tier that is asked for; None asks for none, which AWS serves as Standard. Any name can be sent.
    pub tier: Option<Tier>,
    /// Which API.
    pub api: Api,
    /// Whether the answer is to come as it is made.
    pub streaming: bool,
    /// What is asked.
    pub ask: Ask,
}

impl Plan {
    /// The limit on the answer's tokens, where one is set.
    #[must_use]
    pub fn max_tokens(&self) -> Option<u64> {
        match &self.ask {
            Ask::Text(question) => question.max_tokens.map(u64::from),
            Ask::Body(body) => body.get("inferenceConfig")?.get("maxTokens")?.as_u64(),
        }
    }
}

/// A Converse body from a file, with what it says of endpoint and tier, which a plan takes unless the user says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// `modelId`: no part of the body on the wire, but of what `aws bedrock-runtime converse --cli-input-json` takes.
    pub endpoint: Option<EndpointId>,
    /// `serviceTier.type`.
    pub tier: Option<Tier>,
    /// The body without `modelId`.
    pub members: Map<String, Value>,
}

impl Body {
    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the file's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        let Value::Object(mut members) = value else {
            return Err("is not a JSON object; it should be the body of a Converse request".to_owned());
        };
        if !members.get("messages").is_some_and(Value::is_array) {
            return Err("has no list \"messages\"; it should be the body of a Converse request".to_owned());
        }
        let endpoint = match members.remove("modelId") {
            None => None,
            Some(Value::String(id)) if !id.is_empty() => Some(EndpointId::from(id)),
            Some(_) => return Err("has a \"modelId\" that is no text".to_owned()),
        };
        let tier = members.get("serviceTier").and_then(|tier| tier.get("type")).and_then(Value::as_str);
        Ok(Self { endpoint, tier: tier.map(Tier::from), members })
    }
}
