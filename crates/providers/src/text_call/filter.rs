//! Holds back what may be the beginning of a call, and shows the rest as it arrives.
//!
//! Invariants: text leaves in the order in which it came, and none is lost; what comes out does not depend on the
//! pieces that went in, because every character is looked at by itself.

use localgpt_protocol::{StopReason, ToolSpec};

use super::{Offered, Piece, forms, guess};

/// How much of a message is looked at to see whether it can become a call.
const LOOKED_AT: usize = 512;

/// Which part of an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// What the reader gets.
    Answer,
    /// The reasoning before it: only calls in tags count there, and only at its end.
    Thinking,
}

/// Reads text that arrives in pieces.
#[derive(Debug)]
pub(crate) struct Filter {
    offered: Offered,
    place: Place,
    state: State,
    /// What is not shown yet.
    held: String,
    line: Line,
    /// Whether something was shown that is not blank.
    prose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No tool was offered: everything is text.
    Open,
    /// Nothing but blanks came.
    Start,
    /// The message may be a call as a whole.
    Whole,
    /// Text; what is held may become an opener.
    Prose,
    /// An opener, and what follows it.
    Element,
    /// An element that is a call. What comes behind it decides whether it is spoken about.
    Sure,
}

/// Where in a line of text we are, and whether in a code block.
#[derive(Debug, Default)]
struct Line {
    head: String,
    fenced: bool,
}

impl Line {
    fn track(&mut self, c: char) {
        if c == '\n' {
            self.fenced ^= self.head.starts_with("```") || self.head.starts_with("~~~");
            self.head.clear();
        } else if self.head.len() < 8 && !(self.head.is_empty() && c.is_whitespace()) {
            self.head.push(c);
        }
    }

    fn takes_opener(&self) -> bool {
        self.head.is_empty() && !self.fenced
    }
}

impl Filter {
    /// Looks for calls of `tools`.
    pub(crate) fn new(tools: &[ToolSpec], place: Place) -> Self {
        let offered = Offered::new(tools);
        let state = if offered.is_empty() { State::Open } else { State::Start };
        let (held, line) = (String::new(), Line::default());
        Self { offered, place, state, held, line, prose: false }
    }

    /// Takes more text and returns what can be shown now.
    pub(crate) fn push(&mut self, text: &str) -> String {
        let mut shown = String::new();
        if self.state == State::Open {
            shown.push_str(text);
            return shown;
        }
        for c in text.chars() {
            self.step(c, &mut shown);
        }
        shown
    }

    /// What was held back, in order. A truncated answer calls nothing.
    pub(crate) fn finish(self, stop: StopReason) -> Vec<Piece> {
        let text = |held: String| match held.is_empty() {
            true => Vec::new(),
            false => vec![Piece::Text(held)],
        };
        if stop != StopReason::End {
            return text(self.held);
        }
        match self.state {
            State::Open | State::Start | State::Prose => text(self.held),
            State::Whole => match forms::whole(&self.held, &self.offered) {
                Some(calls) => calls.into_iter().map(Piece::Call).collect(),
                None => text(self.held),
            },
            State::Element | State::Sure => {
                let pieces = forms::split(&self.held, &self.offered);
                match self.is_spoken_about(&pieces) {
                    true => text(self.held),
                    false => pieces,
                }
            }
        }
    }

    /// The same for an answer that calls in another way: nothing but text.
    pub(crate) fn rest(self) -> String {
        self.held
    }

    /// Whether text on both sides makes it a quotation.
    fn is_spoken_about(&self, pieces: &[Piece]) -> bool {
        let is_prose =
            |piece: &Piece| matches!(piece, Piece::Text(text) if !text.trim().is_empty());
        let before = self.prose || pieces.first().is_some_and(is_prose);
        let after = pieces.last().is_some_and(is_prose);
        match self.place {
            Place::Answer => before && after,
            Place::Thinking => after,
        }
    }

    fn step(&mut self, c: char, shown: &mut String) {
        match self.state {
            State::Open => shown.push(c),
            State::Start if c.is_whitespace() => self.emit(c, shown),
            State::Start if self.place == Place::Answer && matches!(c, '{' | '[' | '`') => {
                self.state = State::Whole;
                self.held.push(c);
            }
            State::Start | State::Prose => {
                self.state = State::Prose;
                self.prose(c, shown);
            }
            State::Whole => {
                self.held.push(c);
                if self.held == forms::MISTRAL {
                    self.state = State::Element;
                } else if self.held.len() <= LOOKED_AT
                    && !guess::may_be_call(&self.held, &self.offered)
                {
                    self.release(shown);
                }
            }
            State::Element => self.element(c, shown),
            State::Sure => self.held.push(c),
        }
    }

    fn prose(&mut self, c: char, shown: &mut String) {
        if self.held.is_empty() && !self.line.takes_opener() {
            return self.emit(c, shown);
        }
        self.held.push(c);
        if forms::OPENERS.contains(&self.held.as_str()) {
            self.state = State::Element;
        } else if !forms::OPENERS.iter().any(|opener| opener.starts_with(&self.held)) {
            self.release(shown);
        }
    }

    fn element(&mut self, c: char, shown: &mut String) {
        self.held.push(c);
        if self.held.len() <= LOOKED_AT && !forms::may_follow(&self.held, &self.offered) {
            return self.release(shown);
        }
        if c == '>' && forms::is_closed(&self.held) {
            match forms::element(&self.held, &self.offered, forms::Extent::SoFar) {
                forms::Element::Calls(..) => self.state = State::Sure,
                forms::Element::Text => self.release(shown),
                forms::Element::Open => {}
            }
        }
    }

    /// What is held is text after all; its last character may still begin something.
    fn release(&mut self, shown: &mut String) {
        self.state = State::Prose;
        let mut held = std::mem::take(&mut self.held);
        let last = held.pop();
        for c in held.chars() {
            self.emit(c, shown);
        }
        if let Some(last) = last {
            match self.line.takes_opener() && !held.is_empty() {
                true => self.prose(last, shown),
                false => self.emit(last, shown),
            }
        }
    }

    fn emit(&mut self, c: char, shown: &mut String) {
        shown.push(c);
        self.prose |= !c.is_whitespace();
        self.line.track(c);
    }
}

#[cfg(test)]
mod tests {
    use localgpt_protocol::{Risk, ToolName};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::text_call::WrittenCall;

    fn tools() -> Vec<ToolSpec> {
        let schema = json!({"properties": {"fact": {"type": "string"}, "n": {"type": "integer"}}});
        let tool = |name: &str| ToolSpec {
            name: ToolName::new(name),
            description: String::new(),
            input_schema: schema.clone(),
            risk: Risk::Read,
            aliases: localgpt_protocol::Aliases::default(),
        };
        vec![tool("remember"), tool("memory_search")]
    }

    /// What is shown before the end, and the pieces at it.
    fn read(pieces: &[&str], place: Place) -> (String, Vec<Piece>) {
        let mut filter = Filter::new(&tools(), place);
        let shown = pieces.iter().map(|piece| filter.push(piece)).collect();
        (shown, filter.finish(StopReason::End))
    }

    /// Text as it is, calls as `«name arguments»`, and a bar where the end of the message came.
    fn shown(text: &str, place: Place) -> String {
        let (shown, rest) = read(&[text], place);
        let piece = |piece| match piece {
            Piece::Text(text) => text,
            Piece::Call(WrittenCall { name, input: Ok(input) }) => format!("«{name} {input}»"),
            Piece::Call(WrittenCall { name, input: Err(what) }) => format!("«{name}: {what}»"),
        };
        let rest: String = rest.into_iter().map(piece).collect();
        format!("{shown}|{rest}")
    }

    #[test]
    fn every_form_of_a_call_is_read() {
        let milk = "|«remember {\"fact\":\"milk\"}»";
        let same = [
            "<tool_call>\n{\"name\":\"remember\",\"arguments\":{\"fact\":\"milk\"}}\n</tool_call>",
            "<tool_call>{\"name\":\"Remember\",\"arguments\":\"{\\\"fact\\\":\\\"milk\\\"}\"}",
            "{\"name\":\"remember\",\"parameters\":{\"fact\":\"milk\"}}",
            "{\"type\":\"function\",\"function\":{\"name\":\"remember\",\"arguments\":{\"fact\":\"milk\"}}}",
            "{'name': 'remember', 'arguments': {'fact': 'milk'}}",
            "<|python_tag|>{\"name\":\"remember\",\"parameters\":{\"fact\":\"milk\"}}",
            "[TOOL_CALLS][{\"name\":\"remember\",\"arguments\":{\"fact\":\"milk\"}}]",
            "[TOOL_CALLS]remember[ARGS]{\"fact\":\"milk\"}",
            "```json\n{\n  \"name\": \"remember\",\n  \"arguments\": {\"fact\": \"milk\"}\n}\n```",
            "{\"tool_calls\":[{\"function\":{\"name\":\"remember\",\"arguments\":{\"fact\":\"milk\"}}}]}",
            "<function=remember>{\"fact\":\"milk\"}</function>",
            "<tool_call>\n<function=remember>\n<parameter=fact>\nmilk\n</parameter>\n</function>\n</tool_call>",
            "[remember(fact='milk')]",
        ];
        for text in same {
            assert_eq!(shown(text, Place::Answer), milk, "{text}");
        }
    }

    #[test]
    fn several_calls_and_text_before_them_are_read() {
        let one = "<tool_call>{\"name\":\"remember\",\"arguments\":{\"fact\":\"a </tool_call>\"}}</tool_call>";
        let two = "<function=memory-search><parameter=n>2</parameter><parameter=fact>2</parameter></function>";
        assert_eq!(
            shown(&format!("I will.\n\n{one}\n{two}\n"), Place::Answer),
            "I will.\n\n|«remember {\"fact\":\"a </tool_call>\"}»\n«memory_search {\"fact\":\"2\",\"n\":2}»\n"
        );
        assert_eq!(
            shown(&format!("{one} Done."), Place::Answer),
            "|«remember {\"fact\":\"a </tool_call>\"}» Done."
        );
        assert_eq!(
            shown("[remember(fact='a'), memory_search()]", Place::Answer),
            "|«remember {\"fact\":\"a\"}»«memory_search {}»"
        );
    }

    #[test]
    fn what_only_speaks_about_calls_stays_text() {
        let call = "<tool_call>{\"name\":\"remember\",\"arguments\":{}}</tool_call>";
        let json = "{\"name\": \"remember\", \"arguments\": {}}";
        let texts = [
            format!("Write {call} to call."),
            format!("It is:\n{call}\nThat is all."),
            format!("```\n{call}\n```"),
            format!("Sure:\n```json\n{json}\n```\nLet me know!"),
            format!("{json} is how."),
            "```json\n{\"name\": \"Anna\", \"arguments\": \"none\"}\n```".to_owned(),
            "<tool_call>{\"name\":\"other\",\"arguments\":{}}</tool_call>".to_owned(),
            "<tool_call> is a tag".to_owned(),
            "{\"name\": \"remember\", \"arguments\": {}, \"price\": 3}".to_owned(),
            "[a link](https://a.example) [TOOL_CALLS]".to_owned(),
            "<tool_ca".to_owned(),
            "{\"name\": \"remember\"}".to_owned(),
            "<b>bold</b>".to_owned(),
        ];
        for text in texts {
            assert_eq!(shown(&text, Place::Answer).replace('|', ""), text);
        }
    }

    #[test]
    fn prose_is_not_held_back() {
        for text in
            ["{x} and more", "`code` is", "[1] a note", "<i>a</i>", "{\"price\": 3}", "a\n<b>"]
        {
            assert_eq!(shown(text, Place::Answer), format!("{text}|"));
        }
        assert_eq!(shown("a\n<tool_cal", Place::Answer), "a\n|<tool_cal");
    }

    #[test]
    fn a_call_that_is_not_whole_is_a_fault_and_a_truncated_message_calls_nothing() {
        let fault = "|«remember: the call is not whole JSON»";
        for text in [
            "<tool_call>\n{\"name\":\"remember\",\"arguments\":{\"fact\":\"milk\"}",
            "{\"name\": \"remember\", \"parameters\": {\"fact\": \"mil",
            "{\"name\": \"remember\", \"parameters\": {'fact': 'milk',}",
        ] {
            assert_eq!(shown(text, Place::Answer), fault, "{text}");
        }
        assert_eq!(
            shown("<function=remember>{\"fact", Place::Answer),
            "|«remember: the call has no end»"
        );
        let whole = "<tool_call>{\"name\":\"remember\",\"arguments\":{}}</tool_call>";
        let held = || {
            let mut filter = Filter::new(&tools(), Place::Answer);
            assert_eq!(filter.push(whole), "");
            filter
        };
        assert_eq!(held().finish(StopReason::MaxTokens), [Piece::Text(whole.to_owned())]);
        assert_eq!(held().rest(), whole);
    }

    #[test]
    fn in_reasoning_only_tags_at_its_end_call() {
        let call = "<tool_call>{\"name\":\"remember\",\"arguments\":{}}</tool_call>";
        assert_eq!(shown(&format!("Hm.\n{call}\n"), Place::Thinking), "Hm.\n|«remember {}»\n");
        let later = format!("{call}\nor not");
        assert_eq!(shown(&later, Place::Thinking), format!("|{later}"));
        let bare = "{\"name\": \"remember\", \"arguments\": {}}";
        assert_eq!(shown(bare, Place::Thinking), format!("{bare}|"));
    }

    #[test]
    fn without_tools_everything_is_text() {
        let mut filter = Filter::new(&[], Place::Answer);
        assert_eq!(filter.push("<tool_call>"), "<tool_call>");
        assert_eq!(filter.finish(StopReason::End), []);
    }

    /// Texts made of what calls are made of.
    fn soup() -> impl Strategy<Value = String> {
        let words = [
            "<tool_call>",
            "</tool_call>",
            "<function=remember>",
            "</function>",
            "<|python_tag|>",
            "[TOOL_CALLS]",
            "```json\n",
            "```",
            "{\"name\":\"remember\",\"arguments\":{}}",
            "{",
            "}",
            "[",
            "]",
            "\n",
            " ",
            "ä",
            "a",
            "<",
            "{\"name\":",
            "remember(",
            ")",
            "<parameter=fact>",
            "</parameter>",
        ];
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..12)
            .prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter_and_text_is_never_lost(text in soup(), cuts in prop::collection::vec(0usize..80, 0..6)) {
            for place in [Place::Answer, Place::Thinking] {
                let mut at: Vec<usize> = cuts.iter().map(|cut| (*cut).min(text.len())).collect();
                at.retain(|cut| text.is_char_boundary(*cut));
                at.sort_unstable();
                let mut pieces = Vec::new();
                let mut from = 0;
                for cut in at {
                    pieces.push(&text[from..cut]);
                    from = cut;
                }
                pieces.push(&text[from..]);
                let (shown, rest) = read(&pieces, place);
                prop_assert_eq!((&shown, &rest), {
                    let whole = read(&[&text], place);
                    (&whole.0.clone(), &whole.1.clone())
                });
                let mut left = text.strip_prefix(&shown).unwrap();
                let mut calls = 0;
                for piece in &rest {
                    match piece {
                        // Between two texts stands a call, and nothing else is missing.
                        Piece::Text(text) => {
                            let at = if calls == 0 { Some(0).filter(|_| left.starts_with(text.as_str())) } else { left.find(text.as_str()) };
                            left = &left[at.unwrap() + text.len()..];
                        }
                        Piece::Call(_) => calls += 1,
                    }
                }
                prop_assert!(calls > 0 || left.is_empty());
            }
        }

        #[test]
        fn any_text_is_shown_whole_when_the_answer_is_truncated(text in soup(), more: String) {
            let text = format!("{text}{more}");
            let mut filter = Filter::new(&tools(), Place::Answer);
            let mut shown = filter.push(&text);
            for piece in filter.finish(StopReason::MaxTokens) {
                let Piece::Text(text) = piece else { panic!("a call") };
                shown += &text;
            }
            prop_assert_eq!(shown, text);
        }
    }
}
