//! One session, open: what is said goes to a model, and everything is in the log before it acts.

mod context;
mod keeper;
mod turn;

use std::sync::{Arc, Mutex};

use localgpt_agent::{stop::Cancel, tokens::Calibration};
use localgpt_config::{Config, Environment};
use localgpt_guard::Fences;
use localgpt_protocol::{
    Citation, Clock, EventKind, ModelName, Provider, SessionId, SessionRecord, Tool, ToolContext,
    ToolSupport, Usage,
};
use localgpt_sessions::{self as sessions, Session, SessionLog, SessionStore};
use localgpt_tools::{MemoryGet, MemorySearch, Notes, Remember};

use self::context::Standing;
pub use self::{keeper::Tell, turn::Outcome};
/// Stops a turn.
pub use localgpt_agent::stop::Cancel as Switch;

use crate::{
    Answerer, Error,
    connect::Reach,
    desk::{Audience, Desk},
    librarian::Librarian,
    places,
};

/// Which session is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// A fresh one; it comes into being with the first message.
    Fresh,
    /// The one that was used last.
    Last,
    /// The one with this name, or a name that begins like this, or this title.
    Named(String),
}

/// A session that a person, or a program for them, is in.
pub struct Conversation {
    reach: Reach,
    store: SessionStore,
    /// The name of the session once something is said in it.
    fresh: SessionId,
    /// None until something was said.
    open: Option<Open>,
    answerer: Answerer,
    provider: Option<Arc<dyn Provider>>,
    calling: Option<ToolSupport>,
    calibration: Calibration,
    librarian: Librarian,
    desk: Arc<Desk>,
    tools: Vec<Arc<dyn Tool>>,
    fences: Mutex<Fences>,
    cancel: Cancel,
    /// What the model reads first, as long as it holds.
    standing: Option<Standing>,
    /// What was told as left out.
    told: Vec<String>,
}

struct Open {
    log: SessionLog,
    session: Session,
}

/// What is worth saying about a session that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The session; none if it is fresh.
    pub session: Option<SessionId>,
    /// Its title.
    pub title: Option<String>,
    /// How many messages are in it.
    pub messages: usize,
    /// What a crash, or another program, did to its log: one sentence each.
    pub damages: Vec<String>,
}

impl Conversation {
    /// Opens a session. `answerer` answers; without it, whoever answered last, or whom the configuration chooses.
    pub fn open(
        config: &Config,
        environment: &Environment,
        clock: &Clock,
        which: &Which,
        answerer: Option<Answerer>,
    ) -> Result<(Self, Opening), Error> {
        let store = SessionStore::open(places::sessions(config))?;
        let open = match which {
            Which::Fresh => None,
            Which::Last => match store.list()?.into_iter().next() {
                Some(last) => Some(store.resume(&last.id)?),
                None => return Err(Error::NoSession),
            },
            Which::Named(name) => Some(store.resume(&store.find(name)?)?),
        };
        let open = open.map(|(log, session)| Open { log, session });
        let answerer = match (answerer, open.as_ref().map(|open| &open.session.answerer)) {
            (Some(answerer), _) => answerer,
            (None, Some(sessions::Answerer::Model(model))) => Answerer::Model(model.clone()),
            (None, Some(sessions::Answerer::Quotes | sessions::Answerer::Unchosen) | None) => {
                Answerer::chosen(&config.model)?
            }
        };
        let opening = opening(open.as_ref());
        let librarian = Librarian::start(config, environment, clock)?;
        let desk = Desk::new(librarian.clone(), Audience::Private);
        let notes: Arc<dyn Notes> = Arc::clone(&desk) as Arc<dyn Notes>;
        let tools: Vec<Arc<dyn Tool>> = vec![
            Arc::new(MemorySearch::new(Arc::clone(&notes))),
            Arc::new(MemoryGet::new(Arc::clone(&notes))),
            Arc::new(Remember::new(notes)),
        ];
        let reach = Reach::new(config, environment, clock);
        let conversation = Self {
            fresh: store.new_id(&clock.zoned(), random()? as u32),
            reach,
            store,
            open,
            answerer,
            provider: None,
            calling: None,
            calibration: Calibration::default(),
            librarian,
            desk,
            tools,
            fences: Mutex::new(Fences::seeded(random()?)),
            cancel: Cancel::new(),
            standing: None,
            told: Vec::new(),
        };
        Ok((conversation, opening))
    }

    /// Who answers.
    pub fn answerer(&self) -> &Answerer {
        &self.answerer
    }

    /// The session; none until something was said.
    pub fn session(&self) -> Option<&SessionId> {
        self.open.as_ref().map(|open| &open.session.id)
    }

    /// The name that the session has, or will have.
    pub fn id(&self) -> &SessionId {
        self.session().unwrap_or(&self.fresh)
    }

    /// Its title.
    pub fn title(&self) -> Option<&str> {
        self.open.as_ref().and_then(|open| open.session.title())
    }

    /// Stops the turn that runs, from anywhere.
    pub fn switch(&self) -> Switch {
        self.cancel.clone()
    }

    /// What the session has taken.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for spending in self.open.iter().flat_map(|open| &open.session.spent) {
            usage.add(spending.usage);
        }
        usage
    }

    /// The text of the last message of the model.
    pub fn last_answer(&self) -> Option<String> {
        let messages = self.open.as_ref()?.session.messages();
        let texts = messages.iter().rev().filter_map(|entry| match &entry.message {
            message @ localgpt_protocol::Message::Assistant(_) => Some(message.text()),
            _ => None,
        });
        texts.into_iter().find(|text| !text.trim().is_empty())
    }

    /// The text of the last message of the person that counts.
    pub fn last_message(&self) -> Option<String> {
        let (_, text) = self.last_of_the_person()?;
        Some(text)
    }

    /// Lets another model answer from here on.
    pub fn choose(&mut self, answerer: Answerer) -> Result<(), Error> {
        if answerer == self.answerer {
            return Ok(());
        }
        let model = answerer.model().cloned();
        self.answerer = answerer;
        self.forget_model();
        if self.open.is_some() {
            self.keep(SessionRecord::ModelChosen { at: self.now(), model })?;
        }
        Ok(())
    }

    /// Gives the session a title.
    pub fn rename(&mut self, title: &str) -> Result<(), Error> {
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        self.begin()?;
        self.keep(SessionRecord::Titled { at: self.now(), title })
    }

    /// Takes the last turn back, to be said again: the text of its message. It stays in the log.
    pub fn rewind(&mut self) -> Result<String, Error> {
        let (record, text) = self.last_of_the_person().ok_or(Error::NothingSaid)?;
        self.keep(SessionRecord::Rewound { at: self.now(), to: record })?;
        Ok(text)
    }

    /// Takes back the note that was remembered last in this session: where it stood and what it said.
    pub async fn forget(&mut self) -> Result<(Citation, String), Error> {
        self.keep_written(&mut |_| {})?;
        let last = self.open.as_ref().and_then(|open| {
            open.session.remembered.iter().rev().find(|note| !note.forgotten).cloned()
        });
        let note = last.ok_or(Error::NothingRemembered)?;
        let (citation, text) = (note.citation.clone(), note.text.clone());
        let taken = self
            .librarian
            .ask(move |assistant| assistant.take_back(&note.citation, &note.text))
            .await?;
        if !taken {
            return Err(Error::NoteChanged(citation));
        }
        self.keep(SessionRecord::Forgotten { at: self.now(), record: note.record })?;
        Ok((citation, text))
    }

    /// Writes a note of the person's own.
    pub async fn remember(&mut self, text: String) -> Result<(Citation, String), Error> {
        self.begin()?;
        let (_, written) = self.desk.write(text).await?;
        let (citation, text) = (written.citation, written.text);
        let record = SessionRecord::Remembered {
            at: self.now(),
            citation: citation.clone(),
            text: text.clone(),
        };
        self.keep(record)?;
        Ok((citation, text))
    }

    /// Undoes the last compaction: the messages that a summary stood for are sent again.
    pub fn undo_compaction(&mut self) -> Result<(), Error> {
        match self.open.as_ref().and_then(|open| open.session.transcript().summary) {
            None => Err(Error::NotCompacted),
            Some(_) => self.keep(SessionRecord::CompactionUndone { at: self.now() }),
        }
    }

    /// Begins a session with a copy of this one and goes on in it: its name.
    pub fn branch(&mut self) -> Result<SessionId, Error> {
        let from = self.session().cloned().ok_or(Error::NothingSaid)?;
        let id = self.fresh_id()?;
        let point = sessions::BranchPoint::Now;
        let (log, session) = self.store.branch(&from, point, &id, self.now())?;
        self.open = Some(Open { log, session });
        Ok(id)
    }

    fn last_of_the_person(&self) -> Option<(u64, String)> {
        let messages = self.open.as_ref()?.session.messages();
        let is_user =
            |entry: &&sessions::Entry| matches!(entry.message, localgpt_protocol::Message::User(_));
        let last = messages.iter().rev().find(is_user)?;
        Some((last.record, last.message.text()))
    }

    fn now(&self) -> jiff::Timestamp {
        self.reach.clock.now()
    }

    fn forget_model(&mut self) {
        self.provider = None;
        self.calling = None;
        self.calibration = Calibration::default();
    }

    fn fresh_id(&self) -> Result<SessionId, Error> {
        Ok(self.store.new_id(&self.reach.clock.zoned(), random()? as u32))
    }

    /// Makes the log, if this is the first thing that is kept.
    fn begin(&mut self) -> Result<(), Error> {
        if self.open.is_none() {
            let (log, session) = match self.store.create(&self.fresh, self.now()) {
                // Somebody else was given the same name in the same minute.
                Err(sessions::Error::AlreadyThere(_)) => {
                    self.store.create(&self.fresh_id()?, self.now())?
                }
                created => created?,
            };
            self.open = Some(Open { log, session });
            let model = self.answerer.model().cloned();
            self.keep(SessionRecord::ModelChosen { at: self.now(), model })?;
        }
        Ok(())
    }

    /// Appends a record. When this returns, it is on disk.
    fn keep(&mut self, record: SessionRecord) -> Result<(), Error> {
        match &mut self.open {
            Some(open) => open.keep(record),
            None => Err(Error::NothingSaid),
        }
    }

    /// Keeps notes that were written for a turn that did not wait for them.
    fn keep_written(&mut self, tell: Tell<'_>) -> Result<(), Error> {
        let at = self.now();
        match &mut self.open {
            Some(open) => open.keep_written(&self.desk, at, tell),
            None => Ok(()),
        }
    }

    fn tool_context(&self) -> Result<ToolContext, Error> {
        let session = self.session().cloned().ok_or(Error::NothingSaid)?;
        Ok(ToolContext { session })
    }

    fn model(&self) -> Result<&ModelName, Error> {
        self.answerer.model().ok_or(Error::NoModel)
    }
}

impl Open {
    fn keep(&mut self, record: SessionRecord) -> Result<(), Error> {
        self.log.append(&record)?;
        self.session.apply(record);
        Ok(())
    }

    /// Keeps what tools have written to memory since this was asked last, and tells it.
    fn keep_written(
        &mut self,
        desk: &Desk,
        at: jiff::Timestamp,
        tell: Tell<'_>,
    ) -> Result<(), Error> {
        for written in desk.take_written() {
            let (citation, text) = (written.citation, written.text);
            self.keep(SessionRecord::Remembered {
                at,
                citation: citation.clone(),
                text: text.clone(),
            })?;
            tell(EventKind::Remembered { citation, text });
        }
        Ok(())
    }
}

fn opening(open: Option<&Open>) -> Opening {
    let session = open.map(|open| &open.session);
    let mut damages = Vec::new();
    if let Some(torn) = session.and_then(|session| session.torn.as_ref()) {
        let kept = torn.kept.as_ref().map(|path| format!("; it is kept in {}", path.display()));
        damages.push(format!(
            "the last line of the log was unfinished ({} bytes) and was cut off{}",
            torn.bytes,
            kept.unwrap_or_default()
        ));
    }
    if let Some(skipped) = session.map(|session| session.skipped.as_slice())
        && let Some(first) = skipped.first()
    {
        damages.push(format!(
            "{} of the log cannot be read, the first is line {}; they are passed over",
            match skipped.len() {
                1 => "1 line".to_owned(),
                count => format!("{count} lines"),
            },
            first.record + 1
        ));
    }
    Opening {
        session: session.map(|session| session.id.clone()),
        title: session.and_then(|session| session.title()).map(str::to_owned),
        messages: session.map_or(0, |session| session.messages().len()),
        damages,
    }
}

pub(crate) fn random() -> Result<u64, Error> {
    getrandom::u64().map_err(|error| Error::Random(error.to_string()))
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversation")
            .field("session", &self.session())
            .field("answerer", &self.answerer)
            .finish_non_exhaustive()
    }
}
