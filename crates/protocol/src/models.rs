//! Which models there are, and what they have taken.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{ModelName, Price, Purpose, SessionId, Usage};

/// The models that can be reached now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelList {
    /// The models, by provider.
    pub models: Vec<ModelRow>,
    /// Providers that are set up, or could be, and did not answer.
    pub silent: Vec<SilentProvider>,
}

/// A model that can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRow {
    /// Its name, to be used as it stands.
    pub name: ModelName,
    /// Tokens it reads and writes in one request, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
    /// Whether it calls tools, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<bool>,
    /// What it costs, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Whether it is the one that answers.
    pub chosen: bool,
}

/// A provider that did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilentProvider {
    /// Its name.
    pub provider: String,
    /// Why there are no models.
    pub reason: String,
}

/// What a model took on one day in one session for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRow {
    /// The day in the user's zone.
    pub day: Date,
    /// The session.
    pub session: SessionId,
    /// Its title.
    pub title: String,
    /// The model.
    pub model: ModelName,
    /// What for.
    pub purpose: Purpose,
    /// How many answers it gave.
    pub answers: u64,
    /// What they took.
    pub usage: Usage,
}
