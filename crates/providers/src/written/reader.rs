//! Reads a step as it arrives: the words of an answer are shown while they are written.
//!
//! Invariant: what comes out does not depend on the pieces that went in.

use localgpt_protocol::{StopReason, ToolName, ToolSpec};
use serde_json::Value;

use crate::text_call::{
    Around, Filter, Offered, Piece, Place, WrittenCall, calls_of, first_value, known_name, object,
};

/// The longest line that may stand above the JSON of a code block.
const LONGEST_FENCE: usize = 20;

/// Reads one step.
#[derive(Debug)]
pub(crate) struct Reader {
    offered: Offered,
    state: State,
    /// What came and was not shown.
    held: String,
    /// Where in it the object begins.
    object: usize,
    /// Reads what does not keep to the protocol.
    free: Filter,
    /// The first half of a character that JSON writes as two escapes.
    half: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the object.
    Begin,
    /// In the line above the JSON of a code block.
    Fence,
    /// In the object, before it is clear what it is.
    Object,
    /// In the object, which is no answer in words.
    Call,
    /// In the words of an answer.
    Answer,
    /// Behind a backslash in them.
    Escape,
    /// In the digits of `\u`: how many came, and their value.
    Digits(u8, u32),
    /// Behind them: the rest says nothing.
    After,
    /// The model did not keep to the protocol: its words are the answer, or a call in another form.
    Prose,
}

impl Reader {
    /// Reads a step that may call `tools`.
    pub(crate) fn new(tools: &[ToolSpec]) -> Self {
        let (offered, held) = (Offered::new(tools), String::new());
        let free = Filter::new(tools, Place::Answer);
        Self { offered, state: State::Begin, held, object: 0, free, half: None }
    }

    /// Takes more of the text and returns the words that can be shown.
    pub(crate) fn push(&mut self, text: &str) -> String {
        let mut shown = String::new();
        for c in text.chars() {
            self.step(c, &mut shown);
        }
        shown
    }

    /// What the step was, beyond the words that were shown. Text here was not shown yet.
    pub(crate) fn finish(self, stop: StopReason) -> Vec<Piece> {
        let text = |text: &str| match text.trim().is_empty() {
            true => Vec::new(),
            false => vec![Piece::Text(text.to_owned())],
        };
        match self.state {
            State::Begin | State::Fence => text(&self.held),
            State::Answer | State::Escape | State::Digits(..) | State::After => Vec::new(),
            State::Prose => self.free.finish(stop),
            State::Object | State::Call => {
                let step = self.held.get(self.object..).unwrap_or_default();
                match first_value(step) {
                    Some((value, _)) => self.pieces(&value).unwrap_or_else(|| text(&self.held)),
                    None => match known_name(step, &self.offered) {
                        Some(name) => {
                            let what = match stop {
                                StopReason::MaxTokens => "the call broke off: it is too long",
                                StopReason::End | StopReason::Refusal => {
                                    "the call is not whole JSON"
                                }
                            };
                            vec![Piece::Call(WrittenCall { name, input: Err(what.to_owned()) })]
                        }
                        None => text(&self.held),
                    },
                }
            }
        }
    }

    /// What a whole object says; none if it is no step.
    fn pieces(&self, step: &Value) -> Option<Vec<Piece>> {
        if let Some(answer) = step.get("answer") {
            let text = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
            return Some(vec![Piece::Text(text)]);
        }
        if let Some(calls) = calls_of(step, &self.offered, Around::Marks) {
            return Some(calls.into_iter().map(Piece::Call).collect());
        }
        // The turn knows what to say about a tool that does not exist.
        let name = ToolName::new(step.get("tool")?.as_str()?);
        let input = object(step.get("args").cloned().unwrap_or_default());
        Some(vec![Piece::Call(WrittenCall { name, input })])
    }

    fn step(&mut self, c: char, shown: &mut String) {
        match self.state {
            State::Begin => self.begin(c, shown),
            State::Fence => {
                self.held.push(c);
                if c == '\n' {
                    self.state = State::Begin;
                } else if self.held.len() > LONGEST_FENCE || !is_fence(&self.held) {
                    self.give_up(shown);
                }
            }
            State::Object => {
                self.held.push(c);
                match answers(self.held.get(self.object + 1..).unwrap_or_default()) {
                    Some(true) => self.state = State::Answer,
                    Some(false) => self.state = State::Call,
                    None => {}
                }
            }
            State::Call => self.held.push(c),
            State::Answer => match c {
                '"' => self.state = State::After,
                '\\' => self.state = State::Escape,
                c => self.show(c, shown),
            },
            State::Escape => self.escape(c, shown),
            State::Digits(count, value) => self.digit(c, (count, value), shown),
            State::After => {}
            State::Prose => shown.push_str(&self.free.push(c.encode_utf8(&mut [0; 4]))),
        }
    }

    fn begin(&mut self, c: char, shown: &mut String) {
        self.held.push(c);
        match c {
            '{' => {
                self.object = self.held.len() - 1;
                self.state = State::Object;
            }
            '`' if self.held.trim_start() == "`" => self.state = State::Fence,
            c if c.is_whitespace() => {}
            _ => self.give_up(shown),
        }
    }

    fn give_up(&mut self, shown: &mut String) {
        self.state = State::Prose;
        let held = std::mem::take(&mut self.held);
        shown.push_str(&self.free.push(held.trim_start()));
    }

    fn escape(&mut self, c: char, shown: &mut String) {
        self.state = State::Answer;
        match c {
            'n' => self.show('\n', shown),
            't' => self.show('\t', shown),
            'r' => self.show('\r', shown),
            // Nobody wants to see these.
            'b' | 'f' => {}
            'u' => self.state = State::Digits(0, 0),
            // What JSON does not know stands for itself.
            c => self.show(c, shown),
        }
    }

    fn digit(&mut self, c: char, so_far: (u8, u32), shown: &mut String) {
        let (count, value) = so_far;
        let Some(digit) = c.to_digit(16) else {
            self.state = State::Answer;
            self.show('\u{fffd}', shown);
            return self.step(c, shown);
        };
        let value = value * 16 + digit;
        if count < 3 {
            self.state = State::Digits(count + 1, value);
            return;
        }
        self.state = State::Answer;
        match (self.half.take(), value) {
            (Some(high), 0xdc00..=0xdfff) => {
                let pair = 0x10000 + ((high - 0xd800) << 10) + (value - 0xdc00);
                shown.push(char::from_u32(pair).unwrap_or('\u{fffd}'));
            }
            (lost, 0xd800..=0xdbff) => {
                shown.extend(lost.map(|_| '\u{fffd}'));
                self.half = Some(value);
            }
            (lost, value) => {
                shown.extend(lost.map(|_| '\u{fffd}'));
                shown.push(char::from_u32(value).unwrap_or('\u{fffd}'));
            }
        }
    }

    fn show(&mut self, c: char, shown: &mut String) {
        shown.extend(self.half.take().map(|_| '\u{fffd}'));
        shown.push(c);
    }
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    "```".starts_with(line) || line.starts_with("```")
}

/// Whether an object, of which this stands behind the brace, is an answer in words; none if that is not clear yet.
fn answers(text: &str) -> Option<bool> {
    let mut rest = text.trim_start();
    for token in ["\"answer\"", ":", "\""] {
        if rest.len() < token.len() {
            return if token.starts_with(rest) { None } else { Some(false) };
        }
        let Some(behind) = rest.strip_prefix(token) else { return Some(false) };
        rest = behind.trim_start();
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use localgpt_protocol::Risk;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(pieces: &[&str], stop: StopReason) -> (String, Vec<Piece>) {
        let tool = ToolSpec {
            name: ToolName::new("remember"),
            description: String::new(),
            input_schema: json!({}),
            risk: Risk::Read,
            aliases: localgpt_protocol::Aliases::default(),
        };
        let mut reader = Reader::new(&[tool]);
        let shown = pieces.iter().map(|piece| reader.push(piece)).collect();
        (shown, reader.finish(stop))
    }

    fn shown(text: &str) -> String {
        let (shown, rest) = read(&[text], StopReason::End);
        let piece = |piece| match piece {
            Piece::Text(text) => format!("|{text}"),
            Piece::Call(WrittenCall { name, input: Ok(input) }) => format!("«{name} {input}»"),
            Piece::Call(WrittenCall { name, input: Err(what) }) => format!("«{name}: {what}»"),
        };
        let rest: String = rest.into_iter().map(piece).collect();
        shown + &rest
    }

    #[test]
    fn a_step_is_a_call_or_an_answer() {
        let cases = [
            (r#"{"answer": "Hi \"you\"\n\ud83d\ude00 \u00e4"}"#, "Hi \"you\"\n😀 ä"),
            ("```json\n{\"answer\":\"a\"}\n``` and more", "a"),
            (
                r#"{"tool": "remember", "args": {"fact": "milk"}} done"#,
                r#"«remember {"fact":"milk"}»"#,
            ),
            (r#"{"args": {"fact": "milk"}, "tool": "Remember"}"#, r#"«remember {"fact":"milk"}»"#),
            (r#"{"tool": "remember"}"#, "«remember {}»"),
            (r#"{"tool": "other", "args": {}}"#, "«other {}»"),
            (r#"{"name": "remember", "arguments": {"a": 1}}"#, r#"«remember {"a":1}»"#),
            (r#"{"tool": "remember", "args": 7}"#, "«remember: the arguments are no object: 7»"),
            (r#"{"tool": "remember", "args": {"#, "«remember: the call is not whole JSON»"),
            (r#"{"answer": ["a"]}"#, r#"|["a"]"#),
            (r#"{"answer": "a"#, "a"),
            (r#"{"price": 3}"#, r#"|{"price": 3}"#),
            ("\n Hello {\"tool\"", "Hello {\"tool\""),
            ("`code` it is", "`code` it is"),
            ("<tool_call>{\"name\":\"remember\",\"arguments\":{}}</tool_call>", "«remember {}»"),
            ("[remember(fact='milk')]", r#"«remember {"fact":"milk"}»"#),
            (r#"{"answer": "\ud83d x \udc00 \uzz"}"#, "\u{fffd} x \u{fffd} \u{fffd}zz"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn the_words_of_an_answer_are_shown_as_they_come() {
        let mut reader = Reader::new(&[]);
        let shown: Vec<String> = ["{\"ans", "wer\": \"He", "llo\\", "n", "\"}"]
            .iter()
            .map(|text| reader.push(text))
            .collect();
        assert_eq!(shown, ["", "He", "llo", "\n", ""]);
    }

    #[test]
    fn a_call_that_broke_off_is_a_fault() {
        let (_, rest) =
            read(&[r#"{"tool": "remember", "args": {"fact": "mi"#], StopReason::MaxTokens);
        let what = "the call broke off: it is too long".to_owned();
        let call = WrittenCall { name: ToolName::new("remember"), input: Err(what) };
        assert_eq!(rest, [Piece::Call(call)]);
    }

    proptest! {
        #[test]
        fn words_are_read_as_json_has_them(words: String) {
            let step = json!({"answer": words}).to_string();
            let mut expected = words;
            expected.retain(|c| !matches!(c, '\u{8}' | '\u{c}'));
            prop_assert_eq!(read(&[&step], StopReason::End), (expected, Vec::new()));
        }

        #[test]
        fn pieces_do_not_matter(text in r#"(```json\n)?[{}":\\unsa1é, toolarg]{0,40}"#, more: String, cut in 0usize..60) {
            let text = format!("{text}{more}");
            let mut cut = cut.min(text.len());
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            let (first, second) = text.split_at(cut);
            prop_assert_eq!(read(&[first, second], StopReason::End), read(&[&text], StopReason::End));
        }
    }
}
