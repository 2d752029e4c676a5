//! Folds the records of a log into what the session is.

use jiff::Timestamp;
use localgpt_protocol::{
    Citation, Message, ModelName, Origin, Purpose, SESSION_VERSION, SessionId, SessionRecord,
    TurnEnd, Usage,
};

use crate::{
    line::{self, LineProblem, SkippedLine, written_at},
    log::Torn,
    title::Titles,
};

/// A session, as its log says.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Which; the name of the file counts, whatever stands in it.
    pub id: SessionId,
    /// When it was opened, or branched off.
    pub opened_at: Timestamp,
    /// The session it was branched off from.
    pub branch_of: Option<SessionId>,
    /// Who answers.
    pub answerer: Answerer,
    /// What models were paid. In a branch, what was paid before it was opened was paid in the other session.
    pub spent: Vec<Spending>,
    /// The notes that were written to memory.
    pub remembered: Vec<Note>,
    /// How many records the log has; the next one gets this number.
    pub records: u64,
    /// A last line that a crash left unfinished.
    pub torn: Option<Torn>,
    /// Lines that say nothing.
    pub skipped: Vec<SkippedLine>,
    version: u32,
    dated: bool,
    titles: Titles,
    /// Every message that counts, those before a compaction among them, by record.
    messages: Vec<Entry>,
    /// The compactions that hold, oldest first.
    compactions: Vec<Compaction>,
    /// What was in view before the messages, by record.
    in_view: Vec<(u64, Origin)>,
    endings: Vec<Ending>,
}

/// Who answers in a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Answerer {
    /// Nobody was chosen.
    #[default]
    Unchosen,
    /// The answerer that quotes memory.
    Quotes,
    /// A model.
    Model(ModelName),
}

/// A message and its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The number of its record.
    pub record: u64,
    /// When it was said.
    pub at: Timestamp,
    /// What was said.
    pub message: Message,
}

/// What a model is to read of a session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transcript<'a> {
    /// Stands for everything before the messages.
    pub summary: Option<&'a str>,
    /// The least trusted of what the summary stands for, and of what was in view before the messages since the session
    /// began: it shaped what was said.
    pub origin: Origin,
    /// The messages that count and are not summarised, oldest first.
    pub messages: &'a [Entry],
}

/// What a model was paid once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    /// When.
    pub at: Timestamp,
    /// The model.
    pub model: ModelName,
    /// For what.
    pub purpose: Purpose,
    /// What it took.
    pub usage: Usage,
}

/// A note that was written to memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The number of its record.
    pub record: u64,
    /// When.
    pub at: Timestamp,
    /// Where it stands.
    pub citation: Citation,
    /// The lines as they were written.
    pub text: String,
    /// Whether it was taken back.
    pub forgotten: bool,
}

/// The end of a turn. If a message has a higher number, the turn of that message has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The number of its record.
    pub record: u64,
    /// When.
    pub at: Timestamp,
    /// How.
    pub end: TurnEnd,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Compaction {
    record: u64,
    kept_from: u64,
    summary: String,
    origin: Origin,
}

impl Session {
    /// The title it was given last, or else the beginning of the first message of the person that counts.
    pub fn title(&self) -> Option<&str> {
        self.titles.title()
    }

    /// What a model is to read.
    pub fn transcript(&self) -> Transcript<'_> {
        let in_view = self.in_view.iter().map(|(_, origin)| *origin);
        let origin = in_view.max().unwrap_or(Origin::Human);
        let Some(compaction) = self.compactions.last() else {
            return Transcript { summary: None, origin, messages: &self.messages };
        };
        let kept = self.messages.partition_point(|entry| entry.record < compaction.kept_from);
        Transcript {
            summary: Some(&compaction.summary),
            origin: compaction.origin.max(origin),
            messages: self.messages.get(kept..).unwrap_or_default(),
        }
    }

    /// Every message that was not taken back, those that a summary stands for among them.
    pub fn messages(&self) -> &[Entry] {
        &self.messages
    }

    /// How the last turn that was not taken back ended.
    pub fn ended(&self) -> Option<&Ending> {
        self.endings.last()
    }

    /// Takes up a record that was appended to the log.
    pub fn apply(&mut self, record: SessionRecord) {
        let number = self.records;
        self.records += 1;
        if !self.dated
            && let Some(at) = written_at(&record)
        {
            self.dated = true;
            self.opened_at = at;
        }
        match record {
            SessionRecord::Opened { version, at, branch_of, .. } => {
                // Only the first line opens a log.
                if number == 0 {
                    self.version = version;
                    self.opened_at = at;
                    self.branch_of = branch_of;
                }
            }
            SessionRecord::Titled { title, .. } => self.titles.given(&title),
            SessionRecord::ModelChosen { model, .. } => {
                self.answerer = model.map_or(Answerer::Quotes, Answerer::Model);
            }
            SessionRecord::Said { at, message } => {
                self.titles.said(number, &message);
                self.messages.push(Entry { record: number, at, message });
            }
            SessionRecord::Spent { at, model, purpose, usage } => {
                self.spent.push(Spending { at, model, purpose, usage });
            }
            SessionRecord::Ended { at, end } => {
                self.endings.push(Ending { record: number, at, end });
            }
            SessionRecord::Remembered { at, citation, text } => {
                self.remembered.push(Note { record: number, at, citation, text, forgotten: false });
            }
            SessionRecord::Forgotten { record, .. } => {
                for note in self.remembered.iter_mut().filter(|note| note.record == record) {
                    note.forgotten = true;
                }
            }
            SessionRecord::Approved { .. } => {}
            SessionRecord::Compacted { summary, kept_from, origin, .. } => {
                // A compaction cannot stand for what is said after it.
                let kept_from = kept_from.min(number);
                self.compactions.push(Compaction { record: number, kept_from, summary, origin });
            }
            SessionRecord::InView { origin, .. } => self.in_view.push((number, origin)),
            SessionRecord::CompactionUndone { .. } => {
                self.compactions.pop();
            }
            SessionRecord::Rewound { to, .. } => self.rewind(to),
            SessionRecord::Unknown => {}
        }
    }

    fn empty(id: SessionId) -> Self {
        Self {
            id,
            opened_at: Timestamp::UNIX_EPOCH,
            branch_of: None,
            answerer: Answerer::Unchosen,
            spent: Vec::new(),
            remembered: Vec::new(),
            records: 0,
            torn: None,
            skipped: Vec::new(),
            version: SESSION_VERSION,
            dated: false,
            titles: Titles::default(),
            messages: Vec::new(),
            compactions: Vec::new(),
            in_view: Vec::new(),
            endings: Vec::new(),
        }
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    fn skip(&mut self, problem: LineProblem) {
        self.skipped.push(SkippedLine { record: self.records, problem });
        self.records += 1;
    }

    fn rewind(&mut self, to: u64) {
        self.messages.truncate(self.messages.partition_point(|entry| entry.record < to));
        self.compactions.retain(|compaction| compaction.record < to);
        self.in_view.retain(|(record, _)| *record < to);
        self.endings.retain(|ending| ending.record < to);
        self.titles.rewound(to);
    }
}

/// Folds a whole log. None if no line of it is a record.
pub(crate) fn replay(id: &SessionId, bytes: &[u8]) -> Option<Session> {
    let mut session = Session::empty(id.clone());
    for text in line::lines(bytes) {
        match line::parse(text) {
            Ok(record) => session.apply(record),
            Err(problem) => session.skip(problem),
        }
    }
    session.dated.then_some(session)
}
