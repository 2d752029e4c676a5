//! What a person means who types `/name` of a skill.

use serde_json::{Value, json};

use crate::{catalogue::Skill, manifest::ToolDispatch};

/// A skill that a person called.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// Its name.
    pub skill: String,
    /// What was typed behind its command.
    pub input: String,
    /// What is to be done.
    pub dispatch: Dispatch,
}

/// What a called skill wants to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Dispatch {
    /// The model reads the instructions, which are quoted like the output of the tool `skill`, and the input.
    Model,
    /// A tool is called, under the same rules as if the model had asked for it.
    Tool {
        /// Which.
        tool: String,
        /// With what.
        input: Value,
    },
}

impl Invocation {
    pub(crate) fn of(skill: &Skill, command: &str, input: &str) -> Self {
        let dispatch = match &skill.manifest.dispatch {
            None => Dispatch::Model,
            Some(ToolDispatch { tool }) => Dispatch::Tool {
                tool: tool.clone(),
                input: json!({
                    "command": input,
                    "commandName": command,
                    "skillName": skill.manifest.name,
                }),
            },
        };
        Self { skill: skill.manifest.name.clone(), input: input.to_owned(), dispatch }
    }
}

/// Takes `/name input` and `/skill name input` apart.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let text = text.trim().strip_prefix('/')?;
    let (word, rest) = word(text);
    let (word, rest) = if word.eq_ignore_ascii_case("skill") && !rest.is_empty() {
        self::word(rest)
    } else {
        (word, rest)
    };
    (!word.is_empty()).then_some((word, rest))
}

fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

/// What stands behind `/skill`.
pub(crate) fn behind_skill(text: &str) -> Option<&str> {
    let (first, rest) = word(text.trim().strip_prefix('/')?);
    first.eq_ignore_ascii_case("skill").then_some(rest)
}

/// What stands behind a name, if the text begins with it.
pub(crate) fn behind<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (first, rest) = text.split_at_checked(name.len())?;
    let is_whole = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (is_whole && first.eq_ignore_ascii_case(name)).then(|| rest.trim())
}
