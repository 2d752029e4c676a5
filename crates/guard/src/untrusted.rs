//! The fence around text from outside.
//!
//! Invariant: text that did not pass [`quote`] cannot become [`Quoted`], so a prompt that is built
//! from `Quoted` parts holds no loose text from outside.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::visible::is_invisible;

/// Text from outside: tool output, a fetched page, a file the user did not write.
///
/// There is no accessor on purpose; see [`quote`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted(String);

impl Untrusted {
    /// Marks `text` as coming from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
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
}

/// A random number that names one message's fence, so that text from outside cannot guess the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence(pub u64);

/// Fences `text` under the name of its `source`, keeping at most `max_chars` characters.
///
/// Angle brackets inside are replaced by look-alikes, so no tag or template token survives, and
/// characters that do not show are written as `U+XXXX`.
pub fn quote(text: &Untrusted, source: &str, fence: Fence, max_chars: usize) -> Quoted {
    let defused = defuse(&text.0, max_chars);
    let source = defuse(source, 200).replace(['"', '\n'], " ");
    let name = fence.0;
    Quoted(format!(
        "<untrusted-{name:016x} source=\"{source}\">\n{defused}\n</untrusted-{name:016x}>"
    ))
}

fn defuse(text: &str, max_chars: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max_chars * 2));
    let mut cut = false;
    for (count, character) in text.chars().enumerate() {
        if count == max_chars {
            cut = true;
            break;
        }
        match character {
            '<' => out.push('‹'),
            '>' => out.push('›'),
            '\n' | '\t' => out.push(character),
            _ if is_invisible(character) => {
                // Writing to a String cannot fail.
                let _ok = write!(out, "[U+{:04X}]", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    if cut {
        out.push_str("\n[cut]");
    }
    out
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

    proptest! {
        #[test]
        fn a_quoted_text_cannot_close_its_own_fence(text in ".*", source in ".*", fence: u64) {
            let quoted = quote(&Untrusted::new(text), &source, Fence(fence), 1000);
            prop_assert_eq!(quoted.as_str().matches('<').count(), 2);
            prop_assert_eq!(quoted.as_str().matches('>').count(), 2);
        }
    }
}
