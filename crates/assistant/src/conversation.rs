//! One session, open: what is said goes to a model, and everything is in the log before it acts.

mod context;
mod dispatch;
mod keeper;
mod turn;

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use localgpt_agent::{repair::understand, stop::Cancel, tokens::Calibration};
use localgpt_config::{Config, Environment};
use localgpt_guard::{Fences, Label, Origin, quote};
use localgpt_memory::Provenance;
use localgpt_protocol::{
    Attached, AttachedFile, Citation, Clock, EventKind, Explanation, ModelName, Provider,
    SessionId, SessionRecord, Tool, ToolCall, ToolSupport, Usage, UserPart,
};
use localgpt_sandbox::AcceptNoSandbox;
use localgpt_sessions::{self as sessions, Session, SessionLog, SessionStore};

use self::context::Standing;
pub use self::{
    dispatch::{Called, ToolOfSkill},
    keeper::Tell,
    turn::Outcome,
};
/// Stops a turn.
pub use localgpt_agent::stop::Cancel as Switch;

use crate::{
    Answerer, Approvals, Error,
    attachments::Attachments,
    connect::Reach,
    desk::{Audience, Desk},
    hands::{Equipment, NoSandbox, equip, offered},
    librarian::Librarian,
    places,
};

/// The most characters of the instructions of a skill.
const MOST_OF_A_SKILL: usize = 64_000;

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
    equipment: Equipment,
    attachments: Attachments,
    approvals: Arc<Approvals>,
    fences: Mutex<Fences>,
    provenance: Provenance,
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
        let equipment = equip(config, environment, clock, &desk, NoSandbox::Refused)?;
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
            equipment,
            attachments: Attachments::new()?,
            approvals: Approvals::new(config, clock),
            fences: Mutex::new(Fences::seeded(random()?)),
            provenance: Provenance::new(places::provenance(config)),
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

    /// Who decides about calls: says who is there, and hears the answers, from anywhere.
    pub fn approvals(&self) -> Arc<Approvals> {
        Arc::clone(&self.approvals)
    }

    /// Lets programs run without a sandbox where there can be none: the person typed so, for this run.
    pub fn accept_no_sandbox(&mut self, word: AcceptNoSandbox) -> Result<(), Error> {
        let Reach { config, environment, clock, .. } = &self.reach;
        self.equipment = equip(config, environment, clock, &self.desk, NoSandbox::Accepted(word))?;
        Ok(())
    }

    /// Reads a file, to be said with the next message.
    pub fn attach(&mut self, path: &Path) -> Result<AttachedFile, Error> {
        let fence = self.fence();
        let witness = Arc::clone(&self.equipment.witness);
        let real = std::fs::canonicalize(path);
        let root = std::fs::canonicalize(&self.reach.config.workspace);
        let is_ours = real.is_ok_and(|real| root.is_ok_and(|root| real.starts_with(root)));
        // A file of the workspace can be the model's own, which its lines say as they stand in it; any other one nobody
        // knows.
        let label = move |text: &str| match is_ours {
            true => {
                let bytes = std::fs::read(path).unwrap_or_default();
                witness.label(text).and(witness.label(&String::from_utf8_lossy(&bytes)))
            }
            false => Label::of(Origin::Unknown),
        };
        self.attachments.attach(path, fence, &label)
    }

    /// What is to be done when a person types `/name` of a skill; none if there is no such skill. The input is the
    /// person's, the instructions are the skill's.
    pub fn skill(&self, typed: &str) -> Option<Result<Called, Error>> {
        let skills = &self.equipment.skills;
        let invocation = skills.command(typed)?;
        if let Some(dispatched) = self.dispatched(typed, &invocation) {
            return Some(dispatched.map(Called::Tool));
        }
        let skill = skills.find(&invocation.skill)?;
        Some(skills.instructions(skill, None).map_err(Error::from).map(|text| {
            let name = format!("skill {}", invocation.skill);
            let text = quote(&text, &name, self.fence(), MOST_OF_A_SKILL);
            let input = match invocation.input.is_empty() {
                true => format!("Do what the skill {} is for.", invocation.skill),
                false => invocation.input,
            };
            Called::Said(vec![UserPart::Text(input), UserPart::Attached(Attached { name, text })])
        }))
    }

    /// The tools of the session that a model with a window of this size is offered.
    fn tools(&self, window: u32) -> Vec<Arc<dyn Tool>> {
        let mut tools = offered(&self.equipment.tools, window);
        tools.extend(self.attachments.search());
        tools
    }

    /// What would become of a call.
    pub fn explain(&self, call: &ToolCall) -> Result<Explanation, Error> {
        let specs: Vec<_> = self.equipment.tools.iter().map(|tool| tool.spec().clone()).collect();
        let call = understand(call, &specs).map_err(|misfit| Error::Call(misfit.to_string()))?;
        let tool = self.equipment.tools.iter().find(|tool| tool.spec().name == call.name);
        let tool = tool.ok_or_else(|| Error::Call(format!("there is no tool {}", call.name)))?;
        let intent = tool.intent(&call.input).map_err(|error| Error::Call(error.to_string()))?;
        self.approvals.explain(call, &intent)
    }

    /// The parameter that a tool cannot do without; none if there is no such tool.
    pub fn first_parameter(&self, name: &str) -> Option<String> {
        let is_meant = |tool: &&Arc<dyn Tool>| {
            let spec = tool.spec();
            spec.name.as_str() == name || spec.aliases.names.contains(&name)
        };
        let tool = self.equipment.tools.iter().find(is_meant)?;
        let required = tool.spec().input_schema.get("required")?.as_array()?;
        Some(required.first()?.as_str()?.to_owned())
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
