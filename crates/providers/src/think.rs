//! Reasoning that stands in the text itself, between `<think>` and `</think>`, because its server does not part them.
//!
//! Only what the answer begins with counts: later on, somebody writes about the tags.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// A piece of text, and what it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parted {
    /// For the reader.
    Text(String),
    /// Reasoning.
    Thinking(String),
}

/// Parts text that arrives in pieces.
#[derive(Debug, Default)]
pub(crate) struct Parting {
    state: State,
    /// What may be the beginning of a tag.
    held: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but space has come.
    #[default]
    Start,
    /// Reasoning, of which nothing but space has come.
    Opened,
    Thinking,
    /// Space after the reasoning belongs to nobody.
    Between,
    Text,
}

impl Parting {
    /// Takes the next piece; returns what is certain now.
    pub(crate) fn push(&mut self, piece: &str) -> Vec<Parted> {
        self.held.push_str(piece);
        let mut parted = Vec::new();
        while let Some(part) = self.step() {
            if !matches!(&part, Parted::Text(text) | Parted::Thinking(text) if text.is_empty()) {
                parted.push(part);
            }
        }
        parted
    }

    /// What was held back: the answer is over.
    pub(crate) fn rest(&mut self) -> Option<Parted> {
        let held = std::mem::take(&mut self.held);
        match self.state {
            _ if held.is_empty() => None,
            State::Opened | State::Thinking => Some(Parted::Thinking(held)),
            State::Start | State::Between | State::Text => Some(Parted::Text(held)),
        }
    }

    fn step(&mut self) -> Option<Parted> {
        if self.held.is_empty() {
            return None;
        }
        match self.state {
            State::Start => {
                let begun = self.held.trim_start();
                if let Some(rest) = begun.strip_prefix(OPEN) {
                    self.held = rest.to_owned();
                    self.state = State::Opened;
                    return Some(Parted::Thinking(String::new()));
                }
                if OPEN.starts_with(begun) {
                    return None;
                }
                self.state = State::Text;
                Some(Parted::Text(std::mem::take(&mut self.held)))
            }
            State::Opened => {
                self.held = self.held.trim_start().to_owned();
                if self.held.is_empty() {
                    return None;
                }
                self.state = State::Thinking;
                Some(Parted::Thinking(String::new()))
            }
            State::Thinking => {
                if let Some((thought, rest)) = self.held.split_once(CLOSE) {
                    let thought = thought.to_owned();
                    self.held = rest.to_owned();
                    self.state = State::Between;
                    return Some(Parted::Thinking(thought));
                }
                let certain = self.held.len() - begun_tag(&self.held);
                let rest = self.held.split_off(certain);
                let thought = std::mem::replace(&mut self.held, rest);
                (!thought.is_empty()).then_some(Parted::Thinking(thought))
            }
            State::Between => {
                self.held = self.held.trim_start().to_owned();
                if self.held.is_empty() {
                    return None;
                }
                self.state = State::Text;
                Some(Parted::Text(std::mem::take(&mut self.held)))
            }
            State::Text => Some(Parted::Text(std::mem::take(&mut self.held))),
        }
    }
}

/// How many bytes at the end may be the beginning of the closing tag.
fn begun_tag(text: &str) -> usize {
    (1..CLOSE.len()).rev().find(|length| text.ends_with(&CLOSE[..*length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(pieces: &[&str]) -> (String, String) {
        let mut parting = Parting::default();
        let mut parts: Vec<Parted> = pieces.iter().flat_map(|piece| parting.push(piece)).collect();
        parts.extend(parting.rest());
        let (mut thinking, mut text) = (String::new(), String::new());
        for part in parts {
            match part {
                Parted::Text(more) => text.push_str(&more),
                Parted::Thinking(more) => thinking.push_str(&more),
            }
        }
        (thinking, text)
    }

    #[test]
    fn reasoning_is_parted_wherever_the_pieces_are_cut() {
        let whole = "\n<think>\nif a < b </thin </think>\n\nYes: <think> is a tag.";
        let expected = ("if a < b </thin ".to_owned(), "Yes: <think> is a tag.".to_owned());
        for cut in 0..=whole.len() {
            assert_eq!(parted(&[&whole[..cut], &whole[cut..]]), expected, "{cut}");
        }
        let bytes: Vec<&str> = whole.split_inclusive(|_| true).collect();
        assert_eq!(parted(&bytes), expected);
    }

    #[test]
    fn text_without_tags_is_text_and_reasoning_without_end_is_reasoning() {
        assert_eq!(parted(&["<thing>"]), (String::new(), "<thing>".to_owned()));
        assert_eq!(parted(&["<thi"]), (String::new(), "<thi".to_owned()));
        assert_eq!(parted(&[" a ", "<think>"]), (String::new(), " a <think>".to_owned()));
        assert_eq!(parted(&["<think>a</t"]), ("a</t".to_owned(), String::new()));
    }
}
