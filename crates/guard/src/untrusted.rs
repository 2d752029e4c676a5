//! The fence around text from outside.
//!
//! Invariant: text that did not pass [`quote`] cannot become [`Quoted`], so a prompt that is built
//! from `Quoted` parts holds no loose text from outside.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{
    Label, Origin,
    screen::{begins_token, screen},
    secrets,
    visible::is_invisible,
};

/// What a fence says around words of the model.
const BY_MODEL: &str = " by=\"model\"";
/// What it says around a text that looks like an attack.
const SUSPICIOUS: &str = " suspicious=\"yes\"";

/// Text from outside: tool output, a fetched page, a file the user did not write.
///
/// There is no accessor on purpose; see [`quote`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    text: String,
    label: Label,
}

impl Untrusted {
    /// Marks `text` as coming from outside, nobody knows from where.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), label: Label::of(Origin::Unknown) }
    }

    /// The same, from there.
    pub fn of(self, origin: Origin) -> Self {
        self.labelled(Label::of(origin))
    }

    /// The same with this label.
    pub fn labelled(self, label: Label) -> Self {
        Self { label, ..self }
    }

    /// The same, in which the model may have chosen words.
    pub fn composed(self) -> Self {
        Self { label: Label { by_model: true, ..self.label }, ..self }
    }

    /// The same with a sentence of our own before it.
    pub fn after(self, note: &str) -> Self {
        Self { text: format!("{note}\n{}", self.text), ..self }
    }

    /// Where it comes from.
    pub fn origin(&self) -> Origin {
        self.label.origin
    }
}

/// Untrusted text, fenced and cut to a budget: fit to be shown to the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quoted(String);

impl Quoted {
    /// The fenced text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is known about it, as its own fence says. An older fence says nothing.
    pub fn label(&self) -> Label {
        let tag = self.0.split('>').next().unwrap_or_default();
        // The name of the source stands behind both, and has no quotes in it.
        let word = tag.split_once(" origin=\"").and_then(|(_, rest)| rest.split('"').next());
        let origin = word.map(Origin::named).unwrap_or_default();
        Label { origin, by_model: tag.contains(BY_MODEL) }
    }

    /// Where it comes from.
    pub fn origin(&self) -> Origin {
        self.label().origin
    }

    /// Whether it looks like an attack, as far as such a thing can be seen.
    pub fn is_suspicious(&self) -> bool {
        self.0.split('>').next().is_some_and(|tag| tag.contains(SUSPICIOUS))
    }
}

/// A random number that names one message's fence, so that text from outside cannot guess the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence(pub u64);

/// Fences `text` under the name of its `source`, keeping at most `max_chars` characters.
///
/// What looks like a key is masked, so that none reaches a model or a log by this way. Angle brackets inside are replaced by look-alikes, and so is a square bracket that begins a template token, so no
/// tag or token survives; characters that do not show are written as `U+XXXX`.
pub fn quote(text: &Untrusted, source: &str, fence: Fence, max_chars: usize) -> Quoted {
    let defused = defuse(&secrets::mask(&text.text), max_chars);
    let source = defuse(source, 200).replace(['"', '\n'], " ");
    let (name, origin) = (fence.0, text.label.origin);
    let by = if text.label.by_model { BY_MODEL } else { "" };
    // A label, and no gate: nothing is allowed because it is missing.
    let is_suspicious = origin.is_untrusted() && screen(&text.text).suspicious;
    let suspicious = if is_suspicious { SUSPICIOUS } else { "" };
    Quoted(format!(
        "<untrusted-{name:016x} origin=\"{origin}\"{by}{suspicious} source=\"{source}\">\n{defused}\n</untrusted-{name:016x}>"
    ))
}

fn defuse(text: &str, max_chars: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max_chars * 2));
    let mut cut = false;
    let mut before = ' ';
    for (count, (place, character)) in text.char_indices().enumerate() {
        if count == max_chars {
            cut = true;
            break;
        }
        match character {
            '<' => out.push('‹'),
            '>' => out.push('›'),
            '\n' | '\t' => out.push(character),
            '[' if begins_token(text.get(place..).unwrap_or_default()) => out.push('［'),
            _ if is_invisible(character) || carries_data(before, character) => {
                // Writing to a String cannot fail.
                let _ok = write!(out, "[U+{:04X}]", u32::from(character));
            }
            _ => out.push(character),
        }
        before = character;
    }
    if cut {
        out.push_str("\n[cut]");
    }
    out
}

/// Whether a character that shows nothing carries data rather than a shape: a second selector in a row, one of the
/// selectors that hardly any font knows, a filler. A joiner and the selector of an emoji stay as they are.
fn carries_data(before: char, character: char) -> bool {
    let is_selector = |character| matches!(character, '\u{fe00}'..='\u{fe0f}');
    is_selector(character) && is_selector(before)
        || matches!(
            character,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{e0080}'
                ..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_does_not_show_is_written_out() {
        let quoted = quote(&Untrusted::new("a\u{202e}b\u{0}"), "web", Fence(1), 100);
        assert!(quoted.as_str().contains("a[U+202E]b[U+0000]"));
    }

    #[test]
    fn none_of_100_000_generated_texts_leaves_the_fence() {
        let pieces: Vec<String> =
            include_str!("../corpus/fence.txt").lines().map(unescaped).collect();
        let mut numbers = crate::Fences::seeded(11);
        for _ in 0..100_000 {
            let fence = numbers.next_fence();
            let mut text = String::new();
            for _ in 0..numbers.next_fence().0 % 12 {
                let Fence(number) = numbers.next_fence();
                let piece = &pieces[number as usize % pieces.len()];
                text.push_str(&piece.replace("FENCE", &format!("{:016x}", fence.0)));
            }
            let quoted = quote(&Untrusted::new(text.as_str()), &text, fence, 400);
            assert!(is_held(quoted.as_str(), fence), "{text:?} became {quoted:?}");
        }
    }

    fn unescaped(line: &str) -> String {
        let mut parts = line.split("\\u{");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (code, rest) = part.split_once('}').unwrap();
            out.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
            out.push_str(rest);
        }
        out.replace("\\n", "\n")
    }

    /// Whether the fence stands at both ends, and nothing between could end it, open a tag or hide.
    fn is_held(quoted: &str, fence: Fence) -> bool {
        let end = format!("\n</untrusted-{:016x}>", fence.0);
        let begin = format!("<untrusted-{:016x} ", fence.0);
        let inside = quoted.strip_prefix(&begin).and_then(|rest| rest.strip_suffix(&end));
        inside.and_then(|inside| inside.split_once(">\n")).is_some_and(|(head, body)| {
            let hides = |c: char| {
                !matches!(c, '\n' | '\t')
                    && (is_invisible(c) || matches!(c, '\u{e0000}'..='\u{e0fff}'))
            };
            !head.contains(['<', '>', '\n'])
                && !body.contains(['<', '>'])
                && !body.chars().any(hides)
                && !body.match_indices('[').any(|(place, _)| begins_token(&body[place..]))
        })
    }

    proptest! {
        #[test]
        fn a_quoted_text_cannot_close_its_own_fence(text in ".*", source in ".*", fence: u64) {
            let quoted = quote(&Untrusted::new(text), &source, Fence(fence), 1000);
            prop_assert_eq!(quoted.as_str().matches('<').count(), 2);
            prop_assert_eq!(quoted.as_str().matches('>').count(), 2);
        }
    }
}
