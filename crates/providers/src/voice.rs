//! What the words of an answer are: text, reasoning, or calls that were written as text.
//!
//! Invariant: what is shown is what is said, in the same order within the text and within the reasoning. Blanks that
//! nothing follows are neither.

use localgpt_protocol::{
    AssistantPart, Delta, Request, StopReason, Thinking, ToolCall, ToolSupport,
};

use crate::{
    retry::Watched,
    text_call::{Filter, Piece, Place, WrittenCall},
    think::{Parted, Parting},
    written::Reader,
};

/// The words of an answer as far as they have come.
#[derive(Debug)]
pub(crate) struct Voice {
    /// Parts the reasoning from the answer where both come as one text.
    parting: Parting,
    answer: Answering,
    thoughts: Filter,
    parts: Vec<AssistantPart>,
    /// Blanks that a part would begin with.
    blanks: (Kind, String),
}

/// How the text of an answer is read.
#[derive(Debug)]
enum Answering {
    /// Words, in which the model may have written a call.
    Free(Filter),
    /// One step of the written protocol.
    Step(Reader),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
}

impl Voice {
    /// Nothing of the answer to `request` is there yet.
    pub(crate) fn new(request: &Request) -> Self {
        let tools = request.tools.as_slice();
        let (answer, in_thoughts) = match request.calling {
            // A step in writing is its text, whatever was thought before it.
            ToolSupport::Written if !tools.is_empty() => {
                (Answering::Step(Reader::new(tools)), [].as_slice())
            }
            ToolSupport::Written | ToolSupport::Native => {
                (Answering::Free(Filter::new(tools, Place::Answer)), tools)
            }
        };
        Self {
            parting: Parting::default(),
            answer,
            thoughts: Filter::new(in_thoughts, Place::Thinking),
            parts: Vec::new(),
            blanks: (Kind::Text, String::new()),
        }
    }

    /// Takes more of the answer. It may begin with reasoning in tags.
    pub(crate) fn say(&mut self, words: &str, show: &mut Watched<'_>) {
        for part in self.parting.push(words) {
            self.hear(part, show);
        }
    }

    /// Takes more of the reasoning.
    pub(crate) fn think(&mut self, words: &str, show: &mut Watched<'_>) {
        let words = self.thoughts.push(words);
        self.add(Kind::Thinking, &words, show);
    }

    /// Takes words that are text and nothing else.
    pub(crate) fn tell(&mut self, words: &str, show: &mut Watched<'_>) {
        self.add(Kind::Text, words, show);
    }

    /// The parts of the whole answer, and the calls in it. Where the server has `read` calls itself, nothing that was
    /// written as text is one.
    pub(crate) fn finish(
        mut self,
        stop: StopReason,
        read: &[ToolCall],
        show: &mut Watched<'_>,
    ) -> (Vec<AssistantPart>, Vec<WrittenCall>) {
        if let Some(part) = self.parting.rest() {
            self.hear(part, show);
        }
        let nothing = || Filter::new(&[], Place::Answer);
        let mut calls = Vec::new();
        let rest = match std::mem::replace(&mut self.answer, Answering::Free(nothing())) {
            Answering::Free(filter) if read.is_empty() => filter.finish(stop),
            Answering::Free(filter) => vec![Piece::Text(filter.rest())],
            Answering::Step(reader) => reader.finish(stop),
        };
        for piece in rest {
            match piece {
                Piece::Text(text) => self.add(Kind::Text, &text, show),
                Piece::Call(call) => calls.push(call),
            }
        }
        // A call at the end of the reasoning is meant if nothing else was.
        let thoughts = std::mem::replace(&mut self.thoughts, nothing());
        let has_text = self.parts.iter().any(|part| matches!(part, AssistantPart::Text(_)));
        let rest = match read.is_empty() && calls.is_empty() && !has_text {
            true => thoughts.finish(stop),
            false => vec![Piece::Text(thoughts.rest())],
        };
        for piece in rest {
            match piece {
                Piece::Text(text) => self.add_thought(&text, show),
                Piece::Call(call) => calls.push(call),
            }
        }
        (self.parts, calls)
    }

    fn hear(&mut self, part: Parted, show: &mut Watched<'_>) {
        match part {
            Parted::Thinking(words) => self.think(&words, show),
            Parted::Text(words) => {
                let words = match &mut self.answer {
                    Answering::Free(filter) => filter.push(&words),
                    Answering::Step(reader) => reader.push(&words),
                };
                self.add(Kind::Text, &words, show);
            }
        }
    }

    /// Adds to the last part, if it is of the same kind.
    fn add(&mut self, kind: Kind, words: &str, show: &mut Watched<'_>) {
        if words.is_empty() {
            return;
        }
        match (kind, self.parts.last_mut()) {
            (Kind::Text, Some(AssistantPart::Text(text))) => text.push_str(words),
            (Kind::Thinking, Some(AssistantPart::Thinking(thinking))) => {
                thinking.text.push_str(words);
            }
            (kind, _) => return self.begin(kind, words, show),
        }
        show.show(delta(kind, words.to_owned()));
    }

    fn begin(&mut self, kind: Kind, words: &str, show: &mut Watched<'_>) {
        let (blank, mut begun) = std::mem::replace(&mut self.blanks, (kind, String::new()));
        if blank != kind {
            begun.clear();
        }
        begun.push_str(words);
        if begun.trim().is_empty() {
            self.blanks = (kind, begun);
            return;
        }
        show.show(delta(kind, begun.clone()));
        self.parts.push(part(kind, begun));
    }

    /// Adds what was held back to the reasoning, wherever it stands; it stands first if there was none.
    fn add_thought(&mut self, words: &str, show: &mut Watched<'_>) {
        let mut parts = self.parts.iter_mut().rev();
        let last = parts.find_map(|part| match part {
            AssistantPart::Thinking(thinking) => Some(thinking),
            AssistantPart::Text(_) | AssistantPart::ToolCall(_) => None,
        });
        match last {
            Some(thinking) => thinking.text.push_str(words),
            None if words.trim().is_empty() => return,
            None => self.parts.insert(0, part(Kind::Thinking, words.to_owned())),
        }
        show.show(delta(Kind::Thinking, words.to_owned()));
    }
}

fn part(kind: Kind, text: String) -> AssistantPart {
    match kind {
        Kind::Text => AssistantPart::Text(text),
        Kind::Thinking => AssistantPart::Thinking(Thinking { text, seal: None }),
    }
}

fn delta(kind: Kind, text: String) -> Delta {
    match kind {
        Kind::Text => Delta::Text(text),
        Kind::Thinking => Delta::Thinking(text),
    }
}

#[cfg(test)]
mod tests {
    use localgpt_protocol::{Instructions, Risk, SessionId, ToolName, ToolSpec};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn request(calling: ToolSupport) -> Request {
        let tool = ToolSpec {
            name: ToolName::new("remember"),
            description: String::new(),
            input_schema: json!({}),
            risk: Risk::Read,
            aliases: localgpt_protocol::Aliases::default(),
        };
        Request {
            session: SessionId::new("s"),
            instructions: Instructions::default(),
            messages: Vec::new(),
            tools: vec![tool],
            calling,
            max_tokens: 1,
        }
    }

    type Heard = (String, String, Vec<AssistantPart>, Vec<WrittenCall>);

    /// The text and the reasoning that were shown, and what came of them. A piece is of the reasoning or not.
    fn heard(pieces: &[(bool, &str)], calling: ToolSupport) -> Heard {
        let (mut text, mut thinking) = (String::new(), String::new());
        let mut show = |delta| match delta {
            Delta::Text(more) => text.push_str(&more),
            Delta::Thinking(more) => thinking.push_str(&more),
            Delta::Retrying { .. } => {}
        };
        let mut show = Watched::new(&mut show);
        let mut voice = Voice::new(&request(calling));
        for (is_thought, piece) in pieces {
            match is_thought {
                true => voice.think(piece, &mut show),
                false => voice.say(piece, &mut show),
            }
        }
        let (parts, calls) = voice.finish(StopReason::End, &[], &mut show);
        (text, thinking, parts, calls)
    }

    fn pieces() -> impl Strategy<Value = Vec<(bool, &'static str)>> {
        let words = [
            "<think>",
            "</think>",
            "<tool_call>{\"name\":\"remember\",\"arguments\":{}}</tool_call>",
            "{\"tool\":\"remember\",\"args\":{}}",
            "{\"answer\":\"a",
            "\\n\"}",
            "<tool",
            "{",
            "\n",
            " ",
            "ä",
        ];
        prop::collection::vec((any::<bool>(), prop::sample::select(words.to_vec())), 0..10)
    }

    proptest! {
        #[test]
        fn what_is_shown_is_what_is_said_wherever_it_is_cut(pieces in pieces()) {
            for calling in [ToolSupport::Native, ToolSupport::Written] {
                let whole = heard(&pieces, calling);
                let (text, thinking, parts, _) = &whole;
                let (mut said, mut thought) = (String::new(), String::new());
                for part in parts {
                    match part {
                        AssistantPart::Text(text) => said.push_str(text),
                        AssistantPart::Thinking(thinking) => thought.push_str(&thinking.text),
                        AssistantPart::ToolCall(_) => {}
                    }
                }
                prop_assert_eq!((text, thinking), (&said, &thought));
                let cut: Vec<(bool, &str)> = pieces
                    .iter()
                    .flat_map(|(kind, piece)| {
                        piece.split_inclusive(|_: char| true).map(|piece| (*kind, piece))
                    })
                    .collect();
                prop_assert_eq!(heard(&cut, calling), whole);
            }
        }
    }
}
