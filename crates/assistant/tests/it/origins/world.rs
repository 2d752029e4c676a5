//! One session with its notes and files, and what happens to it.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use localgpt_agent::{
    budget::Window,
    compact::{self, Entry, Notes, Talk},
    drive::{Hands, UpTo, run},
    listener::{Listener, NotKept},
    stop::Cancel,
    tokens::Calibration,
    turn::{Limits, Setup, start},
};
use localgpt_guard::{Fences, Label, Origin, Untrusted, policy::Seen, quote};
use localgpt_memory::{Provenance, Written};
use localgpt_protocol::{
    Aliases, Attached, BoxFuture, EventKind, Instructions, Message, Purpose, Recalled, Risk,
    SessionId, SessionRecord, Summariser, Tool, ToolContext, ToolError, ToolName, ToolSpec,
    ToolSupport, UserPart,
};
use localgpt_sessions::{BranchPoint, Session, SessionStore};
use localgpt_testkit::ScriptedModel;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::model::{Act, Shared, Truth, lock};
use crate::chance::Chance;

/// Small enough that a few messages fill it.
const WINDOW: u32 = 1_300;
const UNTRUSTED: [Origin; 4] = [Origin::Skill, Origin::Tool, Origin::Web, Origin::Unknown];

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) losses: Vec<String>,
    pub(crate) derived: usize,
    pub(crate) tainted: usize,
    pub(crate) summaries: usize,
    pub(crate) extracts: usize,
    pub(crate) branches: usize,
    pub(crate) rewinds: usize,
}

impl Figures {
    pub(crate) fn add(&mut self, other: &Self) {
        self.losses.extend(other.losses.iter().take(1).cloned());
        self.derived += other.derived;
        self.tainted += other.tainted;
        self.summaries += other.summaries;
        self.extracts += other.extracts;
        self.branches += other.branches;
        self.rewinds += other.rewinds;
    }
}

/// What was written, and its labels beside it.
struct Shelf {
    path: PathBuf,
    provenance: Provenance,
    /// Notes, and lines of files.
    texts: Vec<String>,
}

impl Shelf {
    fn label(&mut self, text: &str) -> Label {
        self.provenance.of(text).unwrap()
    }

    fn write(&mut self, text: String, label: Label) {
        let written = Written { label, at: at(), by: "s" };
        self.provenance.record(&text, written).unwrap();
        self.texts.push(text);
    }

    /// As after a start, or a new index.
    fn open_again(&mut self) {
        self.provenance = Provenance::new(self.path.clone());
    }
}

fn at() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// A tool of the test: reads, fails, remembers and writes.
struct Fake {
    spec: ToolSpec,
    truth: Shared,
    shelf: Arc<Mutex<Shelf>>,
}

impl Tool for Fake {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn intent(&self, _: &Value) -> Result<localgpt_guard::Intent, ToolError> {
        Ok(localgpt_guard::Intent::default())
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let mut truth = lock(&self.truth);
        let mut shelf = self.shelf.lock().unwrap();
        let result = match self.spec.name.as_str() {
            "look" => match input["at"].as_str().unwrap() {
                "fail" => Err(ToolError::Failed(truth.text(Origin::Tool, 1))),
                origin => {
                    let origin = Origin::named(origin);
                    Ok(Untrusted::new(truth.text(origin, 3)).of(origin))
                }
            },
            "recall" => match shelf.texts.len() {
                0 => Err(ToolError::Input("there is nothing".to_owned())),
                count => {
                    let number = usize::try_from(input["number"].as_u64().unwrap()).unwrap();
                    let text = shelf.texts[number % count].clone();
                    let label = shelf.label(&text);
                    truth.check("a text that is read again", &text, label.origin);
                    Ok(Untrusted::new(text).labelled(label))
                }
            },
            name => {
                let text = input["text"].as_str().unwrap().to_owned();
                truth.check(&format!("what `{name}` writes"), &text, context.origin);
                shelf.write(text, Label::by_model(context.origin));
                Ok(Untrusted::new("done").of(Origin::Assistant))
            }
        };
        Box::pin(std::future::ready(result))
    }
}

/// Keeps what is said.
#[derive(Default)]
struct Keeper(Vec<SessionRecord>);

impl Listener for Keeper {
    fn hear(&mut self, event: EventKind) -> Result<(), NotKept> {
        if let EventKind::Said { message } = event {
            self.0.push(SessionRecord::Said { at: at(), message });
        }
        Ok(())
    }
}

/// A session, its log on disk, and what was written in it.
pub(crate) struct World {
    chance: Chance,
    truth: Shared,
    model: ScriptedModel,
    tools: Vec<Arc<dyn Tool>>,
    shelf: Arc<Mutex<Shelf>>,
    /// Which of the texts the model reads before everything else.
    standing: Vec<usize>,
    folder: TempDir,
    store: SessionStore,
    id: SessionId,
    session: Session,
    fences: Mutex<Fences>,
    figures: Figures,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        // Waiting for the disk is tested elsewhere: here it would be most of the time.
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory).unwrap(),
            false => tempfile::tempdir().unwrap(),
        };
        let truth: Shared = Arc::new(Mutex::new(Truth::default()));
        let asked = Arc::clone(&truth);
        let model = ScriptedModel::answering(move |request| Ok(lock(&asked).answer(request)));
        let path = folder.path().join("provenance.log");
        let provenance = Provenance::new(path.clone());
        let shelf = Arc::new(Mutex::new(Shelf { path, provenance, texts: Vec::new() }));
        let names = [
            ("look", Risk::Read),
            ("recall", Risk::Read),
            ("remember", Risk::Remember),
            ("write", Risk::Write),
        ];
        let tool = |(name, risk): (&str, Risk)| -> Arc<dyn Tool> {
            let spec = ToolSpec {
                name: ToolName::new(name),
                description: String::new(),
                input_schema: json!({ "type": "object" }),
                risk,
                aliases: Aliases::default(),
            };
            Arc::new(Fake { spec, truth: Arc::clone(&truth), shelf: Arc::clone(&shelf) })
        };
        let tools = names.map(tool).into();
        let store = SessionStore::open(folder.path()).unwrap();
        let id = SessionId::new("s0");
        let (log, session) = store.create(&id, at()).unwrap();
        drop(log);
        Self {
            chance: Chance::new(seed),
            truth,
            model,
            tools,
            shelf,
            standing: Vec::new(),
            folder,
            store,
            id,
            session,
            fences: Mutex::new(Fences::seeded(seed)),
            figures: Figures::default(),
        }
    }

    pub(crate) fn figures(mut self) -> Figures {
        let truth = lock(&self.truth);
        self.figures.losses = truth.losses.clone();
        self.figures.derived = truth.derived;
        self.figures.tainted = truth.tainted;
        self.figures
    }

    /// A few turns, and what happens between them.
    pub(crate) async fn live(&mut self) {
        for _ in 0..2 + self.chance.below(3) {
            self.turn().await;
            self.meanwhile();
        }
    }

    /// Writes records as a log has them; what waits for the disk is tested elsewhere.
    fn keep(&mut self, records: Vec<SessionRecord>) {
        let path = self.folder.path().join(format!("{}.jsonl", self.id));
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, &record).unwrap();
            lines.push(b'\n');
            self.session.apply(record);
        }
        let mut log = fs::OpenOptions::new().append(true).open(path).unwrap();
        log.write_all(&lines).unwrap();
    }

    async fn turn(&mut self) {
        let message = self.asked();
        self.keep(vec![SessionRecord::Said { at: at(), message }]);
        // As a conversation does it, before anything is said.
        let origin = self.setup().in_view.origin();
        if origin > self.session.transcript().origin {
            self.keep(vec![SessionRecord::InView { at: at(), origin }]);
        }
        self.make_room().await;
        for _ in 0..self.chance.below(3) {
            let acts = (0..=self.chance.below(2)).map(|_| self.act()).collect();
            lock(&self.truth).script.push_back(acts);
        }
        let talk = talk(&self.session);
        let step = start(self.setup(), talk.summary.as_deref(), talk.messages());
        let (approver, cancel) = (UpTo(Risk::Execute), Cancel::new());
        let mut keeper = Keeper::default();
        run(step, &self.hands(&approver, &cancel), &mut keeper).await;
        lock(&self.truth).script.clear();
        self.keep(keeper.0);
    }

    fn act(&mut self) -> Act {
        match self.chance.below(8) {
            0 => Act::Look(self.chance.one_of(&UNTRUSTED)),
            1 => Act::Look(Origin::Assistant),
            2 => Act::Fail,
            3 | 4 => Act::Remember,
            5 => Act::Write,
            _ => Act::Read(self.chance.below(100)),
        }
    }

    /// What the person says, with a note or a file beside it.
    fn asked(&mut self) -> Message {
        let padding = 8 + self.chance.below(20);
        let mut truth = lock(&self.truth);
        let mut parts = vec![UserPart::Text(truth.text(Origin::Human, padding))];
        let mut shelf = self.shelf.lock().unwrap();
        let mut fences = self.fences.lock().unwrap();
        match self.chance.below(8) {
            0 => {
                let text = Untrusted::new(truth.text(Origin::Unknown, 3));
                let text = quote(&text, "file", fences.next_fence(), 1_000);
                parts.push(UserPart::Attached(Attached { name: "file".to_owned(), text }));
            }
            1 | 2 if !shelf.texts.is_empty() => {
                let note = shelf.texts[self.chance.below(shelf.texts.len())].clone();
                let label = shelf.label(&note);
                let note = Untrusted::new(note).labelled(label);
                let notes = quote(&note, "notes", fences.next_fence(), 1_000);
                parts.push(UserPart::Recalled(Recalled { citations: Vec::new(), notes }));
            }
            _ => {}
        }
        Message::User(parts)
    }

    async fn make_room(&mut self) {
        let (talk, setup) = (talk(&self.session), self.setup());
        let notes = match self.chance.one_in(2) {
            true => Notes::Save(ToolName::new("remember")),
            false => Notes::Skip,
        };
        let wanted = self.chance.one_in(2);
        let (approver, cancel) = (UpTo(Risk::Remember), Cancel::new());
        let hands = self.hands(&approver, &cancel);
        let mut keeper = Keeper::default();
        let made = match wanted {
            true => compact::compact(&talk, &setup, &notes, &hands, &mut keeper).await,
            false => compact::make_room(&talk, &setup, &notes, &hands, &mut keeper).await,
        };
        let Ok(Some(made)) = made else { return };
        let model = made.by == Summariser::Model;
        self.figures.summaries += usize::from(model);
        self.figures.extracts += usize::from(!model);
        lock(&self.truth).check("a summary", &made.summary, made.origin);
        self.keep(vec![SessionRecord::Compacted {
            at: at(),
            summary: made.summary,
            kept_from: made.kept_from,
            by: made.by,
            origin: made.origin,
        }]);
    }

    fn hands<'a>(&'a self, approver: &'a UpTo, cancel: &'a Cancel) -> Hands<'a> {
        Hands {
            provider: &self.model,
            tools: &self.tools,
            approver,
            session: &self.id,
            cancel,
            fences: &self.fences,
            max_result_chars: 2_000,
        }
    }

    /// What a turn begins with, put together as a conversation does it.
    fn setup(&self) -> Setup {
        let mut shelf = self.shelf.lock().unwrap();
        let mut seen = Seen::new();
        let mut changing = String::new();
        for number in &self.standing {
            let Some(text) = shelf.texts.get(*number).cloned() else { continue };
            seen.add_labelled(shelf.label(&text), &text);
            changing.push_str(&text);
            changing.push('\n');
        }
        seen.note(self.session.transcript().origin);
        Setup {
            session: self.id.clone(),
            purpose: Purpose::Answer,
            instructions: Instructions { stable: "You help.".to_owned(), changing },
            tools: self.tools.iter().map(|tool| tool.spec().clone()).collect(),
            calling: ToolSupport::Native,
            max_tokens: 150,
            window: Window { tokens: WINDOW, calibration: Calibration::default() },
            limits: Limits::default(),
            in_view: seen,
        }
    }

    /// What happens while the model does nothing.
    fn meanwhile(&mut self) {
        match self.chance.below(10) {
            0 | 1 => self.branch(),
            2 | 3 => self.rewind(),
            4 if self.session.transcript().summary.is_some() => {
                self.keep(vec![SessionRecord::CompactionUndone { at: at() }]);
            }
            // Another start.
            5..=7 => {
                let session = self.store.read(&self.id).unwrap();
                assert_eq!(session, self.session);
                self.session = session;
            }
            _ => {}
        }
        let mut truth = lock(&self.truth);
        let mut shelf = self.shelf.lock().unwrap();
        let texts = shelf.texts.len();
        match self.chance.below(10) {
            // Somebody writes a line with an editor; the person does, through the program.
            0 => {
                let text = truth.text(Origin::Unknown, 1);
                shelf.texts.push(text);
            }
            1 => {
                let text = truth.text(Origin::Human, 1);
                shelf.write(text, Label::of(Origin::Human));
            }
            // Lines move, are indented, become one note.
            2 if texts > 1 => {
                let (one, other) = (self.chance.below(texts), self.chance.below(texts));
                let joined = format!("  {}\n{}\t", shelf.texts[one], shelf.texts[other]);
                shelf.texts[other] = joined;
                shelf.texts.swap(one, other);
            }
            // What stands before the messages changes.
            3..=5 if texts > 0 => self.standing = vec![self.chance.below(texts)],
            6 => self.standing.clear(),
            _ => {}
        }
        shelf.open_again();
    }

    fn branch(&mut self) {
        let last = self.session.records - 1;
        let point = match self.chance.one_in(2) {
            true => BranchPoint::Now,
            false => BranchPoint::After(self.chance.below(usize::try_from(last).unwrap()) as u64),
        };
        self.figures.branches += 1;
        let id = SessionId::new(format!("s{}", self.figures.branches));
        let (log, session) = self.store.branch(&self.id, point, &id, at()).unwrap();
        drop(log);
        (self.id, self.session) = (id, session);
    }

    fn rewind(&mut self) {
        let is_user = |message: &Message| matches!(message, Message::User(_));
        let asked: Vec<u64> = self
            .session
            .messages()
            .iter()
            .filter(|entry| is_user(&entry.message))
            .map(|entry| entry.record)
            .collect();
        if !asked.is_empty() {
            self.figures.rewinds += 1;
            let to = self.chance.one_of(&asked);
            self.keep(vec![SessionRecord::Rewound { at: at(), to }]);
        }
    }
}

fn talk(session: &Session) -> Talk {
    let transcript = session.transcript();
    let entry = |entry: &localgpt_sessions::Entry| Entry {
        record: entry.record,
        message: entry.message.clone(),
    };
    Talk {
        summary: transcript.summary.map(str::to_owned),
        origin: transcript.origin,
        entries: transcript.messages.iter().map(entry).collect(),
    }
}
