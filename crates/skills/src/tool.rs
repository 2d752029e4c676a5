//! `skill`: the instructions of a skill.

use std::sync::Arc;

use localgpt_guard::Untrusted;
use localgpt_protocol::{
    Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolName, ToolSpec,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{catalogue::Skills, error::Error};

/// Reads the instructions of a skill.
#[derive(Debug)]
pub struct SkillTool {
    spec: ToolSpec,
    skills: Arc<Skills>,
}

#[derive(Deserialize)]
struct Input {
    name: String,
    #[serde(default)]
    input: Option<String>,
}

impl SkillTool {
    /// Reads from `skills`, as they were when they were loaded.
    pub fn new(skills: Arc<Skills>) -> Self {
        let spec = ToolSpec {
            name: ToolName::new("skill"),
            description: "Read the instructions of a skill from <available_skills>.".to_owned(),
            input_schema: json!({
                "type": "object",
                "properties": {
                    "name": { "type": "string", "description": "The skill's name." },
                    "input": { "type": "string", "description": "What it is to work on." },
                },
                "required": ["name"],
            }),
            risk: Risk::Read,
            aliases: Aliases::default(),
        };
        Self { spec, skills }
    }

    fn instructions(&self, input: Value) -> Result<Untrusted, ToolError> {
        let Input { name, input } =
            serde_json::from_value(input).map_err(|error| ToolError::Input(error.to_string()))?;
        let skill = self.skills.find(&name).ok_or_else(|| {
            ToolError::Input("there is no skill of this name that can be used".to_owned())
        })?;
        if !skill.manifest.is_for_model {
            return Err(ToolError::Forbidden("only the person may call this skill".to_owned()));
        }
        self.skills.instructions(skill, input.as_deref()).map_err(|error| match error {
            Error::Changed(_) => ToolError::Forbidden(
                "the skill was changed since the person accepted it; `localgpt skills accept` asks them".to_owned(),
            ),
            other => ToolError::Failed(other.to_string()),
        })
    }
}

impl Tool for SkillTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        Box::pin(async move { self.instructions(input) })
    }
}
