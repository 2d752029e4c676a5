//! What an interface shows of skills.

use serde::Serialize;

/// The skills of a workspace, and what was found that is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SkillList {
    /// The skills by name.
    pub skills: Vec<SkillRow>,
    /// What was not read, not followed or not set, and why.
    pub problems: Vec<SkillProblem>,
    /// The skills that a model with a large window is not told of, because there is no room in a prompt.
    pub left_out: Vec<String>,
}

/// A skill in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkillRow {
    /// Its name.
    pub name: String,
    /// What it is for, in its author's words.
    pub description: String,
    /// Its folder: relative to the workspace where it lies in there.
    pub path: String,
    /// Whether a person accepted what stands in it.
    pub standing: SkillStanding,
    /// Why it cannot be used; nothing if it can.
    pub unusable: Option<SkillUnusable>,
    /// Whether the model is told of it.
    pub is_for_model: bool,
    /// What a person types behind `/`, the name that other programs use first.
    pub commands: Vec<String>,
}

/// What the program knows of the content of a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkillStanding {
    /// A person accepted exactly this.
    Accepted,
    /// Exactly this was there when the program first saw the workspace.
    FirstSeen,
    /// Nobody accepted it yet.
    New,
    /// It is not what was accepted.
    Changed,
}

/// Why a skill cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", content = "detail", rename_all = "snake_case")]
pub enum SkillUnusable {
    /// Nobody accepted it yet.
    New,
    /// It is not what was accepted.
    Changed,
    /// Another skill of this name counts.
    Replaced(String),
    /// The settings switch it off.
    Disabled,
    /// It is for other systems.
    Os(Vec<String>),
    /// Programs are missing.
    Bins(Vec<String>),
    /// None of these programs is there.
    AnyBins(Vec<String>),
    /// Variables are not set.
    Env(Vec<String>),
    /// Settings are missing.
    Config(Vec<String>),
}

/// Something that was found and not read, or not read in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkillProblem {
    /// Where.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Everything about one skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkillReport {
    /// As in the list.
    #[serde(flatten)]
    pub row: SkillRow,
    /// Where more is to be read.
    pub homepage: Option<String>,
    /// The tool that its command calls without asking the model.
    pub command_tool: Option<String>,
    /// What its author would have installed. Nothing of it is done.
    pub installs: Vec<String>,
    /// The files in its folder.
    pub files: Vec<String>,
    /// What the model reads.
    pub body: String,
}

/// What a person is asked to accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkillReview {
    /// The skill.
    pub name: String,
    /// Its folder.
    pub path: String,
    /// What it was before.
    pub standing: SkillStanding,
    /// Stands for everything in it.
    pub digest: String,
    /// What is different from what was accepted last, as a unified diff.
    pub diff: String,
}
