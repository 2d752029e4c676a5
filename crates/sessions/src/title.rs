//! What a session is called, and texts made fit for one line.

use localgpt_protocol::Message;

/// The most characters of a title that is made of a message.
const LONGEST: usize = 60;

/// The names of a session while its records go by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Titles {
    given: Option<String>,
    /// Made of the first message of the person that has words, and the record of that message.
    own: Option<(u64, String)>,
}

impl Titles {
    pub(crate) fn title(&self) -> Option<&str> {
        self.given.as_deref().or(self.own.as_ref().map(|(_, title)| title.as_str()))
    }

    /// Whether a message that is said now would change nothing.
    pub(crate) fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// Takes the title that somebody gave. An empty one gives back the one that the session had by itself.
    pub(crate) fn given(&mut self, title: &str) {
        self.given = Some(one_line(title)).filter(|title| !title.is_empty());
    }

    pub(crate) fn said(&mut self, record: u64, message: &Message) {
        if let (None, Message::User(_)) = (&self.own, message) {
            let text = message.text();
            // What was piped in stands behind the person's own words, in a fence.
            let own: Vec<&str> =
                text.lines().take_while(|line| !line.starts_with("<untrusted-")).collect();
            self.own = from_text(&own.join(" ")).map(|title| (record, title));
        }
    }

    pub(crate) fn rewound(&mut self, to: u64) {
        self.own.take_if(|(record, _)| *record >= to);
    }
}

fn from_text(text: &str) -> Option<String> {
    let line = one_line(text);
    if line.is_empty() {
        return None;
    }
    let Some((end, _)) = line.char_indices().nth(LONGEST) else { return Some(line) };
    let head = line.get(..end).unwrap_or(&line);
    // A word is not cut, unless there is nothing but one very long word.
    let words =
        head.rfind(' ').filter(|place| *place > end / 2).and_then(|place| head.get(..place));
    Some(format!("{}…", words.unwrap_or(head)))
}

/// Puts a text on one line: any white space is a single space, and no control characters.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(400));
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        if !word.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_of_whole_words() {
        let long = "Where did I put the spare key of the garden shed, and who has the other one?";
        for (text, title) in [
            ("", None),
            (" \n\t", None),
            ("Which\ncone?", Some("Which cone?".to_owned())),
            (long, Some("Where did I put the spare key of the garden shed, and who…".to_owned())),
            (&"ä".repeat(80), Some(format!("{}…", "ä".repeat(60)))),
            ("a\u{1b}[31mb", Some("a [31mb".to_owned())),
        ] {
            assert_eq!(from_text(text), title);
        }
    }
}
