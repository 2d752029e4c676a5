//! Killed at every step: everything is as it was, or the next start finishes it.

#![expect(clippy::disallowed_methods, reason = "a test starts itself again, and asks git")]

use std::{
    collections::BTreeMap,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use jiff::civil::date;
use localgpt_config::{Environment, Flags};
use localgpt_guard::{Label, Origin};
use localgpt_history::{Author, Change, Scope};
use localgpt_memory::{Provenance, Written};
use localgpt_protocol::{Message, SessionId, SessionRecord, UserPart};
use rustix::process::{Signal, getpid, kill_process};

use super::*;

/// What tells the child, in the folder where it is started, at which step to die.
const ORDERS: &str = "orders.txt";
const FACT: &str = "the code of the Gerätehaus is 4711";
/// What has to stay wherever the fact stood.
const KEPT: &str = "the shed is green";

struct Desk {
    home: PathBuf,
    config: Config,
    clock: Clock,
}

impl Desk {
    fn at(home: &Path) -> Self {
        let home = fs::canonicalize(home).unwrap();
        let environment = Environment::new([("HOME".to_owned(), home.display().to_string())]);
        let config = Config::load(&environment, &home, &Flags::default()).unwrap();
        let now = date(2026, 3, 5).at(12, 0, 0, 0).in_tz("Europe/Berlin").unwrap();
        Self { home, config, clock: Clock::fixed(&now) }
    }

    fn note(&self, name: &str, text: impl AsRef<[u8]>) {
        write(&self.config.workspace.join(name), text);
    }

    fn history(&self) -> History {
        let options = Options {
            workspace: self.config.workspace.clone(),
            beside: places::history(&self.config),
            consent: Consent::NotGiven,
            largest_file: Options::LARGEST_FILE,
        };
        History::open(options, self.clock.clone()).unwrap()
    }

    /// Says it everywhere.
    fn say(&self) {
        let both = format!("{KEPT}\r\n- {FACT}\r\n");
        self.note("MEMORY.md", &both);
        self.note("memory/2026-03-01.md", format!("# 1\n\n{FACT}, in NFD: Gera\u{308}tehaus\n"));
        self.note("data/list.csv", format!("a,b\n{FACT},1\n{KEPT}"));
        let change = Change {
            session: None,
            turn: None,
            summary: format!("Write that {FACT}"),
            author: Author::Assistant,
            scope: Scope::All,
        };
        let mut history = self.history();
        history.record(&change).unwrap();
        self.note("memory/2026-03-01.md", "# 1\n");
        history.record_outside().unwrap();
        self.note("memory/2026-03-01.md", format!("# 1\n\n{}\n", FACT.replace('ä', "a\u{308}")));
        history.record_outside().unwrap();
        self.say_in_session();
        self.build_index();
        let state = &self.config.directories.state;
        let own = places::sessions(&self.config).parent().unwrap().to_owned();
        write(&state.join("chat-history.txt"), format!("{KEPT}\n{FACT}<\\n>more\n"));
        write(&state.join("log/localgpt.2026-03-05.log"), format!("{KEPT}\nWARN {FACT}\n"));
        write(&own.join("grants.json"), format!(r#"[{{"a":"echo {FACT}"}},{{"a":"{KEPT}"}}]"#));
        write(&own.join("skills/one/SKILL.md"), format!("{KEPT}\n{FACT}\n"));
        write(&own.join("sessions/s.torn"), format!("{FACT}\n"));
        write(&self.config.directories.cache.join("claude/page.html"), FACT);
        let written = Written { label: Label::of(Origin::Human), at: self.clock.now(), by: "test" };
        Provenance::new(places::provenance(&self.config)).record(FACT, written).unwrap();
    }

    fn say_in_session(&self) {
        let store = SessionStore::open(places::sessions(&self.config)).unwrap();
        let at = self.clock.now();
        for name in ["s", "t"] {
            let (mut log, _) = store.create(&SessionId::new(name), at).unwrap();
            let text = format!("{KEPT}\n{FACT}");
            let message = Message::User(vec![UserPart::Text(text)]);
            log.append(&SessionRecord::Said { at, message }).unwrap();
        }
        store.delete(&SessionId::new("t")).unwrap();
    }

    fn build_index(&self) {
        let options = WorkspaceOptions {
            root: self.config.workspace.clone(),
            extra_paths: Vec::new(),
            max_file_bytes: 1 << 20,
        };
        let workspace = Workspace::open(options).unwrap();
        let mut memory = Memory::open(workspace, &places::index(&self.config)).unwrap();
        memory.sync(self.clock.now()).unwrap();
    }

    /// Every file, without locks, with what git unpacks.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for (path, bytes) in crate::set_up::tree(&self.home) {
            let is_lock = path.ends_with("lock") || path.ends_with(ORDERS);
            if let Some(bytes) = bytes.filter(|_| !is_lock) {
                files.insert(path, bytes);
            }
        }
        files
    }

    /// Where it still stands, found without the scan that is tested.
    fn standing(&self) -> Vec<String> {
        let spelled = [FACT.to_owned(), FACT.replace('ä', "a\u{308}")];
        let says = |bytes: &[u8]| {
            spelled.iter().any(|text| memchr::memmem::find(bytes, text.as_bytes()).is_some())
        };
        let mut standing: Vec<String> = self
            .files()
            .into_iter()
            .filter(|(_, bytes)| says(bytes))
            .map(|(path, _)| path)
            .collect();
        let objects = git(&places::history(&self.config), "cat-file --batch --batch-all-objects");
        if says(&objects) {
            standing.push("an object of the history".to_owned());
        }
        standing
    }

    /// What must be there however it ended.
    fn check_kept(&self) {
        let read = |path: PathBuf| fs::read_to_string(path).unwrap();
        let workspace = &self.config.workspace;
        assert!(read(workspace.join("MEMORY.md")).starts_with(&format!("{KEPT}\r\n")));
        assert!(read(workspace.join("data/list.csv")).starts_with("a,b\n"));
        assert!(read(workspace.join("data/list.csv")).ends_with(KEPT));
        let store = SessionStore::open(places::sessions(&self.config)).unwrap();
        let session = store.export(&SessionId::new("s"), &jiff::tz::TimeZone::UTC).unwrap();
        assert!(session.contains(KEPT), "{session}");
        assert_eq!(store.records(&SessionId::new("s")).unwrap().len(), 2);
        let folder = places::history(&self.config);
        git(&folder, "fsck --strict --full");
        assert!(self.history().list(10, None).unwrap().len() >= 3);
    }
}

fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn git(folder: &Path, words: &str) -> Vec<u8> {
    let output = Command::new("git")
        .arg("--git-dir")
        .arg(folder)
        .args(words.split(' '))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Does nothing, unless it is started in a folder with orders.
#[test]
fn a_child_forgets_and_dies_where_the_orders_in_its_folder_say() {
    let Ok(orders) = fs::read_to_string(ORDERS) else { return };
    let (deed, step) = orders.split_once(' ').unwrap();
    let step: usize = step.parse().unwrap();
    let desk = Desk::at(Path::new("."));
    let reached = AtomicUsize::new(0);
    let watch: Watch = Arc::new(move |_| {
        if reached.fetch_add(1, Ordering::SeqCst) == step {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
    });
    match deed {
        "forget" => {
            let mut forget =
                Forget::new(&desk.config, &desk.clock, FACT, KeepSessions::No).unwrap();
            forget.watch = watch;
            let report = forget.carry_out().unwrap();
            assert_eq!(report.left, []);
        }
        "finish" => {
            let intent = Intent::load(&desk.config).unwrap().unwrap();
            let fact = Fact::new(&intent.text).unwrap();
            let config = intent.config(&desk.config);
            let mut forget = Forget::of(config, desk.clock, fact, intent.sessions);
            forget.watch = watch;
            let held = forget.hold().unwrap();
            forget.finish(&held, Begun::Earlier);
        }
        _ => panic!("{deed}"),
    }
}

/// Whether it was killed.
fn run_child(home: &Path, deed: &str, step: usize) -> bool {
    fs::write(home.join(ORDERS), format!("{deed} {step}")).unwrap();
    let name = "forget::killed::a_child_forgets_and_dies_where_the_orders_in_its_folder_say";
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--test-threads=1"])
        .current_dir(home)
        .output()
        .unwrap();
    let killed = std::os::unix::process::ExitStatusExt::signal(&child.status).is_some();
    assert!(killed || child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    killed
}

#[test]
fn a_forget_that_is_killed_at_any_step_is_finished_by_the_next_start() {
    let mut steps = 0;
    for step in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::at(folder.path());
        desk.say();
        let killed = run_child(folder.path(), "forget", step);
        let finished = Forget::finish_interrupted(&desk.config, &desk.clock).unwrap();
        if let Some(report) = finished {
            assert_eq!(report.left, [], "step {step}");
        }
        assert_eq!(desk.standing(), Vec::<String>::new(), "step {step}");
        desk.check_kept();
        if !killed {
            steps = step;
            break;
        }
    }
    assert!(steps > 15, "{steps}");
}

#[test]
fn finishing_that_is_killed_is_finished_by_the_start_after_it() {
    for step in [0, 3, 9, 14] {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::at(folder.path());
        desk.say();
        assert!(run_child(folder.path(), "forget", 1));
        assert!(run_child(folder.path(), "finish", step), "step {step}");
        let report = Forget::finish_interrupted(&desk.config, &desk.clock).unwrap().unwrap();
        assert_eq!(report.left, []);
        assert_eq!(desk.standing(), Vec::<String>::new(), "step {step}");
        desk.check_kept();
    }
}

#[test]
fn before_the_first_step_everything_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::at(folder.path());
    desk.say();
    let before = desk.files();
    let forget = Forget::new(&desk.config, &desk.clock, FACT, KeepSessions::No).unwrap();
    let plan = forget.plan().unwrap();
    let lines: Vec<(&str, usize)> =
        plan.lines.iter().map(|line| (line.path.as_str(), line.line)).collect();
    assert_eq!(lines, [("MEMORY.md", 2), ("data/list.csv", 2), ("memory/2026-03-01.md", 3)]);
    assert_eq!(plan.sessions.len(), 2);
    assert_eq!(plan.left, []);
    drop(forget.hold().unwrap());
    // Half an intent: the process was killed while it was written.
    fs::write(intent::path(&desk.config), format!("{{\"text\":\"{FACT}")).unwrap();
    assert_eq!(Forget::finish_interrupted(&desk.config, &desk.clock).unwrap(), None);
    assert_eq!(desk.files().keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert!(desk.files() == before);
}

#[test]
fn what_is_in_use_is_named_before_anything_changes() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::at(folder.path());
    desk.say();
    let store = SessionStore::open(places::sessions(&desk.config)).unwrap();
    let before = desk.files();
    let forget = |keep| Forget::new(&desk.config, &desk.clock, FACT, keep).unwrap();
    let open = store.resume(&SessionId::new("s")).unwrap();
    let error = forget(KeepSessions::No).carry_out().unwrap_err();
    assert_eq!(error.to_string(), "nothing was forgotten: session `s` is in use");
    let index = try_turn(&places::index(&desk.config).join("lock")).unwrap().unwrap();
    let error = forget(KeepSessions::Yes).carry_out().unwrap_err();
    assert!(error.to_string().contains("the index"), "{error}");
    drop((index, open));
    let note = try_turn(&places::note_lock(&desk.config)).unwrap().unwrap();
    let error = forget(KeepSessions::No).carry_out().unwrap_err();
    assert!(error.to_string().contains("a note"), "{error}");
    drop(note);
    assert!(desk.files() == before);
}

#[test]
fn sessions_that_are_kept_stay_and_all_else_goes() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::at(folder.path());
    desk.say();
    let report = Forget::new(&desk.config, &desk.clock, FACT, KeepSessions::Yes)
        .unwrap()
        .carry_out()
        .unwrap();
    assert_eq!((report.lines, report.left.len(), report.sessions.len()), (3, 0, 0));
    let sessions = places::sessions(&desk.config);
    let standing = desk.standing();
    assert!(
        !standing.is_empty() && standing.iter().all(|path| Path::new(path).starts_with(&sessions))
    );
}

#[test]
fn a_history_in_the_workspace_is_written_anew_whatever_the_configuration_says_now() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::at(folder.path());
    desk.note("MEMORY.md", format!("{KEPT}\n{FACT}\n"));
    let options = Options {
        workspace: desk.config.workspace.clone(),
        beside: places::history(&desk.config),
        consent: Consent::Given,
        largest_file: Options::LARGEST_FILE,
    };
    let mut history = History::open(options, desk.clock.clone()).unwrap();
    history.record_outside().unwrap();
    let inside = desk.config.workspace.join(".git");
    assert_eq!(history.folder(), inside);
    desk.config.history.place = HistoryPlace::Off;
    let forget = Forget::new(&desk.config, &desk.clock, FACT, KeepSessions::No).unwrap();
    let report = forget.carry_out().unwrap();
    assert_eq!((report.left, report.commits), (Vec::new(), Some(1)));
    let objects = git(&inside, "cat-file --batch --batch-all-objects");
    assert!(memchr::memmem::find(&objects, FACT.as_bytes()).is_none());
    assert!(memchr::memmem::find(&objects, KEPT.as_bytes()).is_some());
    assert!(!places::history(&desk.config).exists());
}

#[test]
fn what_is_not_ours_to_change_is_left_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::at(folder.path());
    desk.say();
    desk.note("scan.pdf", [b"%PDF\0".as_slice(), FACT.as_bytes()].concat());
    desk.note("project/.git/objects/x", FACT);
    desk.note(&format!("memory/{FACT}.md"), KEPT);
    let elsewhere = desk.config.directories.state.join("workspaces/other-1/sessions/a.jsonl");
    write(&elsewhere, FACT);
    let report = Forget::new(&desk.config, &desk.clock, FACT, KeepSessions::No)
        .unwrap()
        .carry_out()
        .unwrap();
    let is_index = |left: &&LeftFile| left.reason == IN_INDEX;
    assert_eq!(report.left.iter().filter(is_index).count(), 1);
    let mut left: Vec<String> = report
        .left
        .iter()
        .filter(|left| !is_index(left))
        .map(|left| {
            let path = Path::new(&left.path);
            let path = path.strip_prefix(&desk.config.workspace).unwrap_or(path);
            format!("{}: {}", path.strip_prefix(&desk.home).unwrap_or(path).display(), left.reason)
        })
        .collect();
    left.sort_unstable();
    assert_eq!(
        left,
        [
            ".local/state/localgpt/workspaces/other-1/sessions/a.jsonl: it belongs to another workspace: forget it there, with `--workspace DIR`",
            "memory/the code of the Gerätehaus is 4711.md: its name says it",
            "project/.git/objects/x: it belongs to a git repository that is not ours",
            "scan.pdf: it is no text that could lose a line",
        ]
    );
}
