//! What the model has seen when it asks for something.

use crate::{Label, Origin, Quoted};

/// Where the texts in view come from, and the texts themselves as far as they prove where an address comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    worst: Option<Origin>,
    /// Texts that the model cannot have composed.
    texts: Vec<String>,
    /// Whether a text in view looks like an attack.
    suspicious: bool,
    /// How many addresses were followed that the person did not type.
    followed: usize,
    /// What the person wrote to the model. Their notes are not among it: those must not leave.
    typed: Vec<String>,
}

impl Seen {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text is in view.
    pub fn add(&mut self, origin: Origin, text: &str) {
        self.note(origin);
        if !origin.may_be_composed() {
            self.texts.push(text.to_owned());
        }
    }

    /// The person wrote this to the model.
    pub fn add_typed(&mut self, text: &str) {
        self.add(Origin::Human, text);
        self.typed.push(text.to_owned());
    }

    /// A quoted text is in view.
    pub fn add_quoted(&mut self, quoted: &Quoted) {
        self.suspicious |= quoted.is_suspicious();
        self.add_labelled(quoted.label(), quoted.as_str());
    }

    /// A text is in view, of which this is known.
    pub fn add_labelled(&mut self, label: Label, text: &str) {
        match label.is_evidence() {
            true => self.add(label.origin, text),
            false => self.note(label.origin),
        }
    }

    /// Something of this origin is in view, or was and shaped what is.
    pub fn note(&mut self, origin: Origin) {
        self.worst = self.worst.max(Some(origin));
    }

    /// The least trusted origin in view.
    pub fn origin(&self) -> Origin {
        self.worst.unwrap_or(Origin::Human)
    }

    /// Whether an address stands, byte for byte and whole, in what the model cannot have composed.
    pub fn holds_address(&self, url: &str) -> bool {
        !url.is_empty() && self.texts.iter().any(|text| holds_whole(text, url))
    }

    /// Whether a text in view looks like an attack. It decides nothing.
    pub fn is_suspicious(&self) -> bool {
        self.suspicious
    }

    /// The same when so many addresses were followed that the person did not type.
    #[must_use]
    pub fn having_followed(self, followed: usize) -> Self {
        Self { followed, ..self }
    }

    /// How many addresses were followed that the person did not type.
    pub fn followed(&self) -> usize {
        self.followed
    }

    /// Whether the person typed this address to the model.
    pub fn was_address_typed(&self, url: &str) -> bool {
        self.typed.iter().any(|text| holds_whole(text, url))
    }

    /// Whether the person typed every word of a text, and there is little in it but words: signs can spell as well.
    pub fn was_typed(&self, text: &str) -> bool {
        let is_sign = |sign: &char| !sign.is_alphanumeric() && !sign.is_whitespace();
        if text.chars().filter(is_sign).count() > words(text).count() {
            return false;
        }
        let typed: Vec<String> = self.typed.iter().flat_map(|text| words(text)).collect();
        words(text).all(|word| typed.contains(&word))
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// Whether `url` stands in `text` and does not go on there: a shorter address than the one seen is another one.
fn holds_whole(text: &str, url: &str) -> bool {
    text.match_indices(url).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let mut after = text.get(at + url.len()..).unwrap_or_default().chars();
        let ends = match after.next() {
            None => true,
            // Punctuation behind an address belongs to the sentence, if nothing of the address follows.
            Some('.' | ',' | ';' | ':' | '!' | '?' | '*' | '_') => {
                after.next().is_none_or(ends_address)
            }
            Some(next) => ends_address(next),
        };
        ends && !before.is_some_and(char::is_alphanumeric)
    })
}

fn ends_address(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '"' | '\''
                | '<'
                | '>'
                | '‹'
                | '›'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '|'
                | '`'
                | '\\'
                | '^'
                | '“'
                | '”'
                | '„'
                | '«'
                | '»'
                | '*'
        )
}
