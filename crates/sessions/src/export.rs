//! A session as a page of Markdown, for people.

use jiff::{Timestamp, tz::TimeZone};
use localgpt_protocol::{
    AssistantPart, Message, SessionId, SessionRecord, Summariser, ToolOutcome, TurnEnd, UserPart,
};

use crate::{error::Result, line, log, store::SessionStore};

impl SessionStore {
    /// Writes a session as Markdown, with times in `zone`.
    ///
    /// What was summarised is in it; what was taken back is not. Notes that were recalled are named, not repeated.
    pub fn export(&self, id: &SessionId, zone: &TimeZone) -> Result<String> {
        let bytes = self.bytes(id)?;
        let (session, _) = log::read_session(id, &self.path(id)?, &bytes)?;
        let mut page = Page { zone, speaker: "Assistant".to_owned(), sections: Vec::new() };
        for (number, text) in (0..session.records).zip(line::lines(&bytes)) {
            if let Ok(record) = line::parse(text) {
                page.take(number, record);
            }
        }
        let title = session.title().unwrap_or(id.as_str());
        let opened = page.time(session.opened_at);
        let from = session.branch_of.as_ref();
        let from = from.map_or(String::new(), |from| format!(", a branch of `{from}`"));
        let mut sections = vec![format!("# {title}\n\nSession `{id}`, {opened}{from}.")];
        sections.extend(page.sections.into_iter().map(|(_, section)| section));
        Ok(sections.join("\n\n") + "\n")
    }
}

struct Page<'a> {
    zone: &'a TimeZone,
    /// Who answers.
    speaker: String,
    /// Each with the number of its record.
    sections: Vec<(u64, String)>,
}

impl Page<'_> {
    fn take(&mut self, number: u64, record: SessionRecord) {
        let section = match record {
            SessionRecord::Said { at, message } => self.message(at, &message),
            SessionRecord::ModelChosen { model, .. } => {
                let quotes = || "Quotes from memory".to_owned();
                self.speaker = model.map_or_else(quotes, |model| model.to_string());
                return;
            }
            SessionRecord::Ended { end, .. } => match ending(&end) {
                Some(words) => format!("*{words}*"),
                None => return,
            },
            SessionRecord::Remembered { citation, text, .. } => {
                format!("*Remembered in `{citation}`:*\n\n{}", fenced("", &text))
            }
            SessionRecord::Approved { approval, decision, .. } => {
                let said = if decision.is_yes() { "Allowed" } else { "Not allowed" };
                format!("*{said}: `{}` (rule {})*", approval.call.name, approval.rule)
            }
            SessionRecord::Compacted { summary, by, .. } => {
                let by = match by {
                    Summariser::Model => "summary",
                    Summariser::Extract => "extract",
                };
                format!(
                    "*From here on the model read this {by} of what stands above:*\n\n{}",
                    quoted(&summary)
                )
            }
            SessionRecord::CompactionUndone { .. } => {
                "*From here on the model read all of it again.*".to_owned()
            }
            SessionRecord::Rewound { to, .. } => {
                self.sections.retain(|(record, _)| *record < to);
                return;
            }
            SessionRecord::Forgotten { record, .. } => {
                for (_, section) in self.sections.iter_mut().filter(|(of, _)| *of == record) {
                    section.insert_str(0, "*Taken back later.* ");
                }
                return;
            }
            SessionRecord::Opened { .. }
            | SessionRecord::Titled { .. }
            | SessionRecord::InView { .. }
            | SessionRecord::Spent { .. }
            | SessionRecord::Unknown => return,
        };
        self.sections.push((number, section));
    }

    fn message(&self, at: Timestamp, message: &Message) -> String {
        let time = self.time(at);
        let mut paragraphs = Vec::new();
        match message {
            Message::User(parts) => {
                paragraphs.push(format!("## You, {time}"));
                paragraphs.extend(parts.iter().map(user_part));
            }
            Message::Assistant(parts) => {
                paragraphs.push(format!("## {}, {time}", self.speaker));
                paragraphs.extend(parts.iter().filter_map(assistant_part));
            }
            Message::ToolResults(results) => {
                for result in results {
                    let what = match &result.outcome {
                        ToolOutcome::Done(_) => "returned",
                        ToolOutcome::Failed(_) => "failed",
                        ToolOutcome::Denied(_) => "did not run",
                    };
                    paragraphs.push(format!("*`{}` {what}:*", result.name));
                    paragraphs.push(fenced("", result.outcome.text()));
                }
            }
        }
        paragraphs.join("\n\n")
    }

    fn time(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

fn user_part(part: &UserPart) -> String {
    match part {
        UserPart::Text(text) => text.trim_end().to_owned(),
        UserPart::Recalled(recalled) => {
            let places: Vec<String> =
                recalled.citations.iter().map(|citation| format!("`{citation}`")).collect();
            format!("*Recalled: {}*", places.join(", "))
        }
        UserPart::Attached(attached) => format!("*A file ({})*", attached.name),
        UserPart::Image(image) => format!("*A picture ({})*", image.media_type),
    }
}

fn assistant_part(part: &AssistantPart) -> Option<String> {
    match part {
        AssistantPart::Text(text) => Some(text.trim_end().to_owned()),
        AssistantPart::Thinking(_) => None,
        AssistantPart::ToolCall(call) => {
            let input = fenced("json", &format!("{:#}", call.input));
            Some(format!("*Called `{}` with:*\n\n{input}", call.name))
        }
    }
}

fn ending(end: &TurnEnd) -> Option<String> {
    match end {
        TurnEnd::Answered => None,
        TurnEnd::OutOfTokens => Some("The answer ran out of tokens.".to_owned()),
        TurnEnd::Refused => Some("The model would not answer.".to_owned()),
        TurnEnd::Repeating { tool } => Some(format!("The model called `{tool}` again and again.")),
        TurnEnd::OverBudget { what } => Some(format!("Stopped: {what} are used up.")),
        TurnEnd::Cancelled => Some("Stopped by you.".to_owned()),
        TurnEnd::Failed { message, .. } => Some(format!("Broken off: {message}")),
    }
}

/// A block of code that no run of backticks inside can end.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}
