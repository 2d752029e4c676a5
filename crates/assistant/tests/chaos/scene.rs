//! A home with a workspace in it, a session, and what is left of both.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::Arc,
};

use localgpt_assistant::{Approvals, Changes, Conversation, Presence, Which};
use localgpt_config::{Config, Environment, Flags};
use localgpt_protocol::{Clock, Decision, EventKind, TurnEnd, UserPart};
use localgpt_testkit::Server;
use tempfile::TempDir;

use crate::{chance::Chance, model};

const MOST_STEPS: usize = 12;
const MOST_CALLS: usize = 20;

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) sessions: usize,
    /// Calls of tools.
    pub(crate) steps: usize,
    pub(crate) turns: usize,
    pub(crate) asked: usize,
    /// Changes of the workspace.
    pub(crate) changes: usize,
}

impl Figures {
    pub(crate) fn add(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.steps += other.steps;
        self.turns += other.turns;
        self.asked += other.asked;
        self.changes += other.changes;
    }
}

type Tree = BTreeMap<PathBuf, Vec<u8>>;

pub(crate) struct Scene {
    seed: u64,
    chance: Chance,
    server: Server,
    home: TempDir,
    config: Config,
    environment: Environment,
    outside: Tree,
    inside: Tree,
    figures: Figures,
}

impl Scene {
    pub(crate) fn new(seed: u64) -> Self {
        let server = model::start(seed);
        let home = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("outside/kept.txt", "kept\n");
        put("outside/sub/kept.txt", "kept\n");
        put(".profile", "mine\n");
        for (path, text) in [
            ("a.txt", "one\ntwo\nthree\n"),
            ("b.txt", "one"),
            ("sub/c.txt", "c\r\n"),
            ("sub/deep/d.md", "# D\n"),
            ("MEMORY.md", "- The pump is old.\n"),
            ("SOUL.md", "Be kind.\n"),
            ("memory/2026-01-01.md", "- A note.\n"),
        ] {
            put(&format!("desk/{path}"), text);
        }
        symlink(home.path().join("outside"), home.path().join("desk/link")).unwrap();
        put(
            ".config/localgpt/config.toml",
            &format!(
                "workspace = \"{}\"\n[model]\nuse = \"desk/local\"\n[turn]\nmax_steps = {MOST_STEPS}\n\
                 max_calls = {MOST_CALLS}\n[[providers.servers]]\nname = \"desk\"\n\
                 base_url = \"{}/v1\"\ncontext = 16000\n",
                home.path().join("desk").display(),
                server.url()
            ),
        );
        let text = home.path().display().to_string();
        let path = "/usr/bin:/bin".to_owned();
        let environment = Environment::new([("HOME".to_owned(), text), ("PATH".to_owned(), path)]);
        let config = Config::load(&environment, home.path(), &Flags::default()).unwrap();
        let (outside, inside) = (outside(home.path()), tree(&config.workspace));
        let chance = Chance::new(seed + 1_000_000);
        let figures = Figures { sessions: 1, ..Figures::default() };
        Self { seed, chance, server, home, config, environment, outside, inside, figures }
    }

    /// Turns of one session, until so many steps were taken.
    pub(crate) async fn live(&mut self, steps: usize) {
        let clock = Clock::system(jiff::tz::TimeZone::UTC);
        let open = Conversation::open(&self.config, &self.environment, &clock, &Which::Fresh, None);
        let (mut conversation, _) = open.unwrap();
        let approvals = conversation.approvals();
        if !self.chance.one_in(3) {
            approvals.attend(Presence::Attended);
        }
        while self.figures.steps < steps {
            self.turn(&mut conversation, &approvals).await;
            if self.chance.one_in(4) {
                self.as_the_person();
            }
        }
    }

    async fn turn(&mut self, conversation: &mut Conversation, approvals: &Arc<Approvals>) {
        let before = self.server.received().len();
        let (mut calls, mut asked) = (0, 0);
        let chance = &mut self.chance;
        let parts = vec![UserPart::Text("Go on.".to_owned())];
        let mut tell = |event: EventKind| match event {
            EventKind::ToolStarted { .. } => calls += 1,
            EventKind::ApprovalAsked { approval } => {
                asked += 1;
                let answers = [Decision::No, Decision::Once, Decision::Session, Decision::Always];
                let decision = answers[chance.below(answers.len())].clone();
                approvals.answer(&approval.id, decision).unwrap();
            }
            _ => {}
        };
        let outcome = conversation.send(parts, &mut tell).await.unwrap();
        let requests = self.server.received().len() - before;
        // A summary and the notes before it are not the turn's.
        assert!(requests <= MOST_STEPS + 12, "{}: {requests} requests", self.seed);
        assert!(calls <= MOST_CALLS, "{}: {calls} calls", self.seed);
        if let TurnEnd::Failed { message, .. } = &outcome.end {
            assert!(message.contains("too long"), "{}: {message}", self.seed);
        }
        assert_eq!(outside(self.home.path()), self.outside, "{}: outside", self.seed);
        self.figures.steps += calls.max(1);
        self.figures.turns += 1;
        self.figures.asked += asked;
    }

    /// The person works on files of their own meanwhile. What they write stays.
    fn as_the_person(&mut self) {
        let name = format!("own-{}.txt", self.figures.turns);
        fs::write(self.config.workspace.join(&name), "mine\n").unwrap();
        self.inside.insert(name.into(), b"mine\n".to_vec());
    }

    /// Takes back everything: the bytes are what they were.
    pub(crate) fn take_back(mut self) -> Figures {
        let mut changes =
            Changes::open(&self.config, &Clock::system(jiff::tz::TimeZone::UTC)).unwrap();
        let own = changes.list(10_000).unwrap();
        self.figures.changes = own.iter().filter(|row| row.author == "assistant").count();
        while changes.newest_undoable().unwrap().is_some() {
            let reverted = changes.undo(10_000).unwrap();
            assert_eq!(reverted.left, Vec::<String>::new(), "{}", self.seed);
        }
        let now = tree(&self.config.workspace);
        let mut wanted = self.inside;
        // What the person wrote and a program removed is put back as well.
        for (path, bytes) in &now {
            assert_eq!(wanted.remove(path).as_ref(), Some(bytes), "{}: {path:?}", self.seed);
        }
        assert_eq!(wanted, Tree::new(), "{}: gone", self.seed);
        self.figures
    }
}

/// Everything of a home that is not the program's own.
fn outside(home: &Path) -> Tree {
    let mut found = tree(&home.join("outside"));
    for name in fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name()) {
        let path = home.join(&name);
        if path.is_file() {
            found.insert(name.into(), fs::read(path).unwrap());
        } else {
            let is_known = [".local", ".config", ".cache", "desk", "outside"];
            assert!(is_known.iter().any(|known| name == **known), "{}", name.display());
        }
    }
    found
}

/// Every file below a folder with its bytes, by its path from there.
fn tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let (path, kind) = {
                let entry = entry.unwrap();
                (entry.path(), entry.file_type().unwrap())
            };
            let own = path.strip_prefix(folder).unwrap().to_owned();
            if kind.is_dir() && own != Path::new(".git") {
                open.push(path);
            } else if kind.is_file() {
                found.insert(own, fs::read(path).unwrap());
            }
        }
    }
    found
}
