//! A test call as the JSON that goes out. Made by hand: the SDK's types know neither every tier nor every field that a file may hold.

use serde_json::{Map, Value, json};

use crate::domain::prompt::plan::{Ask, Plan, Question};

/// The body of Converse and `ConverseStream`.
pub(super) fn converse(plan: &Plan) -> Value {
    let mut body = match &plan.ask {
        Ask::Body(members) => members.clone(),
        Ask::Text(question) => of_question(question),
    };
    // Of a body from a file, the plan says which tier holds: its own included.
    body.remove("serviceTier");
    if let Some(tier) = &plan.tier {
        body.insert("serviceTier".to_owned(), json!({"type": tier.wire_name()}));
    }
    Value::Object(body)
}

fn of_question(question: &Question) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("messages".to_owned(), json!([{"role": "user", "content": [{"text": question.prompt}]}]));
    if let Some(system) = &question.system {
        body.insert("system".to_owned(), json!([{"text": system}]));
    }
    let mut config = Map::new();
    if let Some(most) = question.max_tokens {
        config.insert("maxTokens".to_owned(), json!(most));
    }
    if let Some(temperature) = question.temperature {
        config.insert("temperature".to_owned(), json!(temperature));
    }
    if !config.is_empty() {
        body.insert("inferenceConfig".to_owned(), Value::Object(config));
    }
    body
}

/// The body of a chat completion; None of a whole Converse body, which says more than this API can.
pub(super) fn chat(plan: &Plan) -> Option<Value> {
    let Ask::Text(question) = &plan.ask else { return None };
    let mut messages = Vec::new();
    if let Some(system) = &question.system {
        messages.push(json!({"role": "system", "content": system}));
    }
    messages.push(json!({"role": "user", "content": question.prompt}));
    let mut body = json!({"model": plan.endpoint.as_str(), "messages": messages});
    if let Some(most) = question.max_tokens {
        // `max_tokens` is its older name, which reasoning models refuse.
        body["max_completion_tokens"] = json!(most);
    }
    if let Some(temperature) = question.temperature {
        body["temperature"] = json!(temperature);
    }
    if let Some(tier) = &plan.tier {
        body["service_tier"] = json!(tier.wire_name());
    }
    if plan.streaming {
        body["stream"] = json!(true);
        body["stream_options"] = json!({"include_usage": true});
    }
    Some(body)
}
