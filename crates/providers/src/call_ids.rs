//! Names that pair a tool call with its result, made fit for whoever reads them next.
//!
//! A transcript can hold calls of several models, and each vendor has its own idea of an id.

use std::{borrow::Cow, collections::HashSet};

use localgpt_protocol::{Message, Request, ToolCallId};

/// What a vendor takes as the id of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallIds {
    /// Letters, digits, `_` and `-`, up to 40.
    Plain,
    /// Nine letters and digits, no more and no less.
    Nine,
}

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The same id if the vendor takes it, or always the same other one.
pub(crate) fn fit(id: &str, rule: CallIds) -> Cow<'_, str> {
    let fits = match rule {
        CallIds::Plain => {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            !id.is_empty() && id.len() <= 40 && id.bytes().all(is_plain)
        }
        CallIds::Nine => id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    };
    match (fits, rule) {
        (true, _) => Cow::Borrowed(id),
        (false, CallIds::Plain) => Cow::Owned(format!("call_{}", code(hash(&[id]), 13))),
        (false, CallIds::Nine) => Cow::Owned(code(hash(&[id]), 9)),
    }
}

/// A tool's name as every vendor takes it: a model can call what does not exist by a name that no request may hold.
pub(crate) fn fit_name(name: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let plain: String = name.chars().take(64).map(|c| if is_plain(c) { c } else { '_' }).collect();
    Cow::Owned(if plain.is_empty() { "unnamed".to_owned() } else { plain })
}

/// Makes ids for calls that came without one: no call of the transcript has them.
#[derive(Debug)]
pub(crate) struct NewIds {
    taken: HashSet<String>,
    seed: String,
    made: usize,
}

impl NewIds {
    /// Ids for the answer to `request`.
    pub(crate) fn new(request: &Request) -> Self {
        let calls = request.messages.iter().flat_map(Message::calls);
        let taken = calls.map(|call| call.id.as_str().to_owned()).collect();
        let seed = format!("{} {}", request.session, request.messages.len());
        Self { taken, seed, made: 0 }
    }

    /// The id `given`, if no other call has it; a new one for an answer that its server calls `answer` otherwise.
    pub(crate) fn id(&mut self, given: Option<&str>, answer: &str) -> ToolCallId {
        let mut id = given.unwrap_or_default().to_owned();
        while id.is_empty() || self.taken.contains(&id) {
            self.made += 1;
            let number = self.made.to_string();
            id = format!("call_{}", code(hash(&[&self.seed, answer, &number]), 13));
        }
        self.taken.insert(id.clone());
        ToolCallId::new(id)
    }
}

/// FNV-1a, of 64 bits: the same on every machine and in every version.
fn hash(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn code(mut number: u64, length: usize) -> String {
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        let digit = usize::try_from(number % 36).unwrap_or_default();
        text.push(DIGITS.get(digit).map_or('0', |byte| char::from(*byte)));
        number /= 36;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_changed_only_where_it_does_not_fit_and_always_the_same_way() {
        assert_eq!(fit("toolu_01-A", CallIds::Plain), "toolu_01-A");
        assert_eq!(fit("a1B2c3D4e", CallIds::Nine), "a1B2c3D4e");
        for (id, rule) in
            [("functions.a:0", CallIds::Plain), ("", CallIds::Plain), ("call_1", CallIds::Nine)]
        {
            let fitted = fit(id, rule).into_owned();
            assert_eq!(fit(&fitted, rule), fitted, "{id}");
            assert_eq!(fit(id, rule), fitted);
        }
        assert_ne!(fit("call_1", CallIds::Nine), fit("call_2", CallIds::Nine));
    }

    #[test]
    fn a_name_that_no_request_may_hold_is_made_plain() {
        assert_eq!(fit_name("memory_search"), "memory_search");
        assert_eq!(fit_name("functions.Remember it"), "functions_Remember_it");
        assert_eq!(fit_name(""), "unnamed");
        assert_eq!(fit_name(&"ä".repeat(100)).len(), 64);
    }
}
