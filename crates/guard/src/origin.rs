//! Where a text comes from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a text comes from. Ordered: the greater, the less it is trusted, so the origin of a text made of several is
/// the greatest of theirs.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The person wrote it to the program, or vouched for it.
    Human,
    /// The model wrote it, with nothing untrusted in view.
    Assistant,
    /// The instructions of a skill.
    Skill,
    /// A program that a tool ran, or a tool that failed.
    Tool,
    /// A page, or a search engine.
    Web,
    /// Nobody knows: a file that changed outside the program, a log of an older version.
    #[default]
    Unknown,
}

impl Origin {
    /// Whether orders in such a text must not count.
    pub fn is_untrusted(self) -> bool {
        match self {
            Self::Human | Self::Assistant => false,
            Self::Skill | Self::Tool | Self::Web | Self::Unknown => true,
        }
    }

    /// Whether the model could have put words of its own choice into such a text: then that something stands in it
    /// proves nothing.
    pub fn may_be_composed(self) -> bool {
        match self {
            Self::Assistant | Self::Tool => true,
            Self::Human | Self::Skill | Self::Web | Self::Unknown => false,
        }
    }

    /// The word for it, as in a fence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Assistant => "assistant",
            Self::Skill => "skill",
            Self::Tool => "tool",
            Self::Web => "web",
            Self::Unknown => "unknown",
        }
    }

    /// The origin with this word; [`Self::Unknown`] if there is none.
    pub fn named(word: &str) -> Self {
        let all = [Self::Human, Self::Assistant, Self::Skill, Self::Tool, Self::Web];
        all.into_iter().find(|origin| origin.as_str() == word).unwrap_or_default()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label {
    /// Where it comes from.
    pub origin: Origin,
    /// Whether the model chose the words, whatever it had read: then that something stands there proves nothing.
    pub by_model: bool,
}

impl Label {
    /// The label of no text at all.
    pub const NOTHING: Self = Self { origin: Origin::Human, by_model: false };

    /// Of this origin, in its own words.
    pub fn of(origin: Origin) -> Self {
        Self { origin, by_model: false }
    }

    /// Of the model, which had seen text of this origin.
    pub fn by_model(seen: Origin) -> Self {
        Self { origin: seen.max(Origin::Assistant), by_model: true }
    }

    /// The label of both texts together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { origin: self.origin.max(other.origin), by_model: self.by_model || other.by_model }
    }

    /// Whether an address that stands in the text was somebody's before it was the model's.
    pub fn is_evidence(self) -> bool {
        !self.by_model && !self.origin.may_be_composed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_trusted_of_several_is_the_greatest() {
        let origins = [Origin::Web, Origin::Human, Origin::Assistant];
        assert_eq!(origins.into_iter().max(), Some(Origin::Web));
        assert_eq!(Origin::named("web"), Origin::Web);
        assert_eq!(Origin::named("wep"), Origin::Unknown);
    }
}
