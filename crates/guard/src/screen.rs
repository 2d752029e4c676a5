//! Signs of injection in text from outside.
//!
//! Labels for people and for the log: nothing is allowed because none was found, and nothing is refused because one
//! was. What makes text harmless is [`crate::quote`]; what keeps harm away is the policy.

pub(crate) mod concepts;
mod encoded;
pub(crate) mod fold;
mod hidden;
mod tokens;

use std::fmt;

pub(crate) use tokens::begins_token;

use crate::detector::Detector;

/// Something in a text that ordinary text does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// Unicode tag characters or rows of variation selectors: text that nobody sees.
    HiddenText,
    /// Characters of no width inside words.
    ZeroWidth,
    /// Controls that turn the direction of writing around.
    Direction,
    /// Words of letters from several alphabets that look alike.
    MixedScript,
    /// Words in full-width or ornamental letters.
    Disguised,
    /// Tokens that begin or end a message for some model.
    TemplateToken,
    /// A tag that closes the frame around text from outside.
    FrameTag,
    /// An image or a link with a place for data in its address.
    Placeholder,
    /// Something encoded, with or for an order to decode it.
    Encoded,
}

impl fmt::Display for Sign {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::HiddenText => "hidden text",
            Self::ZeroWidth => "characters without width inside words",
            Self::Direction => "turned writing direction",
            Self::MixedScript => "letters of several alphabets in a word",
            Self::Disguised => "letters in disguise",
            Self::TemplateToken => "control tokens of a model",
            Self::FrameTag => "a closing tag of a frame",
            Self::Placeholder => "an address with room for data",
            Self::Encoded => "an encoded order",
        })
    }
}

/// What was seen in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Screening {
    /// The structural signs, each once.
    pub signs: Vec<Sign>,
    /// How much the text reads like an order to the assistant; comparable between texts, without a unit.
    pub score: f32,
    /// Whether there is a sign, or a score that one harmless text in a hundred reaches.
    pub suspicious: bool,
}

/// Looks for signs of injection in `text`. It decides nothing.
pub fn screen(text: &str) -> Screening {
    match Detector::shipped() {
        Some(detector) => screen_with(detector, text),
        None => screening(signs(text), f32::MIN, false),
    }
}

/// The same with another detector, for measuring one.
pub fn screen_with(detector: &Detector<'_>, text: &str) -> Screening {
    let score = detector.score(text);
    screening(signs(text), score, detector.is_suspicious(score))
}

fn screening(signs: Vec<Sign>, score: f32, scores_high: bool) -> Screening {
    let suspicious = scores_high || !signs.is_empty();
    Screening { signs, score, suspicious }
}

fn signs(text: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    if !text.is_ascii() {
        signs.extend(hidden::signs(text));
    }
    signs.extend(tokens::signs(text));
    if encoded::holds_order(text) {
        signs.push(Sign::Encoded);
    }
    signs
}

#[cfg(test)]
mod tests;
