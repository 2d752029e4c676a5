//! The schema of a step as it goes over the wire.
//!
//! Invariant: the name of the tool stands before its arguments. A grammar that is made of the schema keeps the order,
//! and a model cannot choose arguments before it has chosen a tool.

use serde::Serialize;
use serde_json::{Value, json};

/// What a step must be: one of several objects.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Schema {
    #[serde(rename = "anyOf")]
    steps: Vec<Step>,
}

/// One kind of step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Step {
    #[serde(rename = "type")]
    kind: &'static str,
    properties: Properties,
    required: &'static [&'static str],
    #[serde(rename = "additionalProperties")]
    additional: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
enum Properties {
    Call { tool: Value, args: Value },
    Answer { answer: Value },
}

impl Schema {
    /// One of these calls, or an answer.
    pub(super) fn of(mut steps: Vec<Step>) -> Self {
        let answer = Properties::Answer { answer: json!({"type": "string"}) };
        steps.push(Step::new(answer, &["answer"]));
        Self { steps }
    }

    /// A call of the tool `name` with arguments by `args`.
    pub(super) fn call(name: &str, args: Value) -> Step {
        let tool = json!({"type": "string", "enum": [name]});
        Step::new(Properties::Call { tool, args }, &["tool", "args"])
    }
}

impl Step {
    fn new(properties: Properties, required: &'static [&'static str]) -> Self {
        Self { kind: "object", properties, required, additional: false }
    }
}
