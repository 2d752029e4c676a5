//! Server-sent events, after the WHATWG HTML standard, section "Parsing an event stream".
//!
//! Only what providers use: a name and data. Ids and waiting times are for reconnecting, which nobody does here.

use localgpt_protocol::ProviderError;

use crate::lines::Lines;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SseEvent {
    /// Its name; empty if it has none.
    pub(crate) name: String,
    /// Its data, several lines joined by a line break.
    pub(crate) data: String,
}

/// Reads events from bytes that arrive in pieces.
#[derive(Debug, Default)]
pub(crate) struct Events {
    lines: Lines,
    name: String,
    data: Option<String>,
}

impl Events {
    /// Takes the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), ProviderError> {
        self.lines.push(bytes)
    }

    /// The next whole event that has data.
    pub(crate) fn next(&mut self) -> Option<SseEvent> {
        while let Some(line) = self.lines.next() {
            if let Some(event) = self.line(&line) {
                return Some(event);
            }
        }
        None
    }

    /// The event that stands at the end without its blank line: the standard drops it, some servers mean it.
    pub(crate) fn rest(&mut self) -> Option<SseEvent> {
        if let Some(line) = self.lines.rest()
            && let Some(event) = self.line(&line)
        {
            return Some(event);
        }
        self.line("")
    }

    fn line(&mut self, line: &str) -> Option<SseEvent> {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            return self.data.take().map(|data| SseEvent { name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // A comment, an id, a time to wait, or something that came later.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut events = Events::default();
        events.push(text.as_bytes()).unwrap();
        let mut found = Vec::new();
        while let Some(event) = events.next() {
            found.push(event);
        }
        found.extend(events.rest());
        found.into_iter().map(|event| format!("{}|{}", event.name, event.data)).collect()
    }

    #[test]
    fn an_event_ends_at_a_blank_line() {
        let text = ": hello\r\nevent: a\r\ndata: 1\r\ndata:2\r\nid: 7\r\n\r\n\n\ndata: 3\n\n";
        assert_eq!(shown(text), ["a|1\n2", "|3"]);
    }

    #[test]
    fn a_name_without_data_is_no_event_and_the_end_needs_no_blank_line() {
        assert_eq!(shown("event: a\n\ndata: x\nretry"), ["|x"]);
        assert_eq!(shown("data"), ["|"]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut events = Events::default();
            events.push(&bytes).unwrap();
            while events.next().is_some() {}
            events.rest();
        }
    }
}
