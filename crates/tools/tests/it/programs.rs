//! `shell` and `process`, without walls around the programs: those are tested where they are built.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    sync::Arc,
    task::{Context, Waker},
    time::{Duration, Instant},
};

use localgpt_guard::{Effect, Origin};
use localgpt_protocol::{SessionId, Tool, ToolContext, ToolError};
use localgpt_sandbox::{Launch, Program};
use localgpt_tools::{Folder, Process, Programs, Setup, Shell};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::files::call;

/// Makes a pipe with a name.
pub(crate) fn pipe(path: &Path) {
    let mkfifo = Program::find("mkfifo", OsStr::new("/usr/bin:/bin")).unwrap();
    let launch = Launch::new(mkfifo, Path::new("/")).args([path]);
    let output = launch.run_for_output(1024, Duration::from_secs(10)).unwrap();
    assert!(output.status.success(), "{}", output.last_words);
}

pub(crate) struct Bench {
    folder: TempDir,
    programs: Arc<Programs>,
    pub(crate) shell: Shell,
    pub(crate) process: Process,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("workspace/sub")).unwrap();
        pipe(&folder.path().join("workspace/alive"));
        let root = folder.path().join("workspace");
        let files = Arc::new(Folder { root, readable: Vec::new(), home: None, own: Vec::new() });
        let programs = Arc::new(Programs::default());
        let confine = |launch: Launch| launch.environment([("PATH", "/usr/bin:/bin")]);
        let setup = Setup {
            shell: Program::find("sh", OsStr::new("/usr/bin:/bin")).unwrap(),
            confine: Box::new(confine),
        };
        let shell = Shell::new(files, setup, Arc::clone(&programs));
        let process = Process::new(Arc::clone(&programs));
        Self { folder, programs, shell, process }
    }

    fn shell(&self, input: &Value) -> String {
        self.call(&self.shell, input)
    }

    fn process(&self, input: &Value) -> String {
        self.call(&self.process, input)
    }

    fn call(&self, tool: &dyn Tool, input: &Value) -> String {
        let effects = match tool.intent(input) {
            Ok(intent) => intent.effects,
            Err(error) => return error.to_string(),
        };
        let shown = match call(tool, input, effects) {
            Ok((origin, text)) => format!("{origin}: {text}"),
            Err(error) => error.to_string(),
        };
        let home = fs::canonicalize(self.folder.path()).unwrap();
        shown.replace(home.to_str().unwrap(), "HOME")
    }

    /// Waits until a program has opened the pipe and said something; its end is the end of all that hold it.
    fn life(&self) -> BufReader<File> {
        let mut life =
            BufReader::new(File::open(self.folder.path().join("workspace/alive")).unwrap());
        let mut line = String::new();
        life.read_line(&mut line).unwrap();
        assert_eq!(line, "here\n");
        life
    }
}

/// A program that starts another, and neither ends by itself or when it is asked to.
const STUBBORN: &str =
    "exec 3>alive; trap '' TERM HUP INT; (trap '' TERM; sleep 1000)& echo here >&3; sleep 1000";

#[track_caller]
fn assert_ends(mut life: BufReader<File>) {
    let mut rest = String::new();
    life.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn a_command_says_what_it_wrote_and_how_it_ended() {
    let bench = Bench::new();
    let cases = [
        (
            json!({"command": "echo one; echo two >&2; echo three"}),
            "tool: one\ntwo\nthree\n[it succeeded]",
        ),
        (json!({"command": "printf x; exit 3"}), "tool: x\n[it failed with status 3]"),
        (json!({"command": "kill -9 $$"}), "tool: [it was ended by signal 9]"),
        (json!({"command": "pwd"}), "tool: HOME/workspace\n[it succeeded]"),
        (json!({"command": "pwd", "workdir": "sub"}), "tool: HOME/workspace/sub\n[it succeeded]"),
        (json!({"command": "cat"}), "tool: [it succeeded]"),
        (json!({"command": "sleep 1000 & echo left"}), "tool: left\n[it succeeded]"),
        (json!({"command": " "}), "invalid input: `command` is empty"),
        (json!({"command": "pwd", "workdir": ".."}), "not allowed: `..` is outside the workspace"),
        (json!({"command": "pwd", "workdir": "no"}), "invalid input: there is no `no`"),
    ];
    for (input, expected) in cases {
        assert_eq!(bench.shell(&input), expected, "{input}");
    }
    let intent = bench.shell.intent(&json!({"command": "ls", "workdir": "sub"})).unwrap();
    assert_eq!(intent.effects, [Effect::Run { command: "ls".to_owned() }]);
    assert_eq!(intent.preview.as_deref(), Some("in sub:\nls"));
    let refused = call(&bench.shell, &json!({"command": "ls"}), Vec::new());
    assert_eq!(refused.unwrap_err().to_string(), "not allowed: the command was not allowed");
}

#[test]
fn nothing_goes_on_in_the_background_while_text_of_others_is_in_view() {
    let bench = Bench::new();
    let started = bench.shell(&json!({"command": "sh", "background": true}));
    assert!(started.contains("it runs as p1"), "{started}");
    let cases: [(&dyn Tool, Value); 2] = [
        (&bench.shell, json!({"command": "sleep 1; rm a.txt", "background": true})),
        (&bench.process, json!({"action": "submit", "sessionId": "p1", "data": "rm a.txt"})),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (tool, input) in cases {
        let allowed = tool.intent(&input).unwrap().effects;
        let context = ToolContext { session: SessionId::new("s"), origin: Origin::Web, allowed };
        let refused = runtime.block_on(tool.call(input, &context)).unwrap_err();
        assert!(matches!(refused, ToolError::Forbidden(_)), "{refused}");
    }
}

#[test]
fn a_runaway_program_is_ended_with_all_that_it_started() {
    let bench = Bench::new();
    let commands = [
        STUBBORN,
        "exec 3>alive; echo here >&3; yes",
        "exec 3>alive; echo here >&3; while :; do :; done",
    ];
    for command in commands {
        std::thread::scope(|scope| {
            let life = scope.spawn(|| bench.life());
            let start = Instant::now();
            let shown = bench.shell(&json!({"command": command, "timeout": 1}));
            let took = start.elapsed();
            assert!(shown.ends_with("[it was ended after 1 seconds]"), "{command}");
            assert!(shown.len() < 60_000, "{} bytes are shown", shown.len());
            assert!(took < Duration::from_secs(3), "{command}: {took:?}");
            assert_ends(life.join().unwrap());
        });
    }
}

#[test]
fn a_program_ends_when_nobody_waits_for_it_any_more() {
    let bench = Bench::new();
    let input = json!({"command": STUBBORN});
    let allowed = bench.shell.intent(&input).unwrap().effects;
    let context = ToolContext { session: SessionId::new("s"), origin: Origin::Human, allowed };
    let mut call = bench.shell.call(input, &context);
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let life = bench.life();
    drop(call);
    assert_ends(life);
}

#[test]
fn a_program_in_the_background_ends_with_its_session() {
    let bench = Bench::new();
    let started = bench.shell(&json!({"command": STUBBORN, "background": true}));
    assert_eq!(started, "assistant: it runs as p1; `process` with sessionId p1 shows it");
    let life = bench.life();
    bench.programs.end(&SessionId::new("another"));
    assert!(bench.process(&json!({"action": "list"})).starts_with("tool: p1 running: exec 3"));
    bench.programs.end(&SessionId::new("s"));
    assert_ends(life);
    assert_eq!(bench.process(&json!({"action": "list"})), "assistant: no programs");
}

#[test]
fn a_program_in_the_background_is_read_fed_and_ended() {
    let bench = Bench::new();
    bench.shell(&json!({"command": "echo ready; read word; echo \"got $word\"; cat; exit 2", "background": true}));
    let poll = json!({"action": "poll", "sessionId": "p1", "timeout": 60});
    assert_eq!(bench.process(&poll), "tool: ready\n[it still runs]");
    let write = json!({"action": "submit", "sessionId": "p1", "data": "milk"});
    let intent = bench.process.intent(&write).unwrap();
    let [Effect::Run { command }] = &intent.effects[..] else { panic!("{intent:?}") };
    assert!(
        command.starts_with("to p1 (echo ready; ") && command.ends_with("): milk\n"),
        "{command}"
    );
    assert_eq!(bench.process(&write), "assistant: wrote 5 bytes to p1");
    assert_eq!(bench.process(&poll), "tool: got milk\n[it still runs]");
    let end = json!({"action": "write", "sessionId": "p1", "data": "rest", "eof": true});
    bench.process(&end);
    let mut last = bench.process(&poll);
    while last.ends_with("[it still runs]") {
        last = bench.process(&poll);
    }
    assert!(last.ends_with("[it failed with status 2]"), "{last}");
    let log = json!({"action": "log", "sessionId": "p1"});
    assert_eq!(bench.process(&log), "tool: ready\ngot milk\nrest\n[it failed with status 2]");
    assert_eq!(
        bench.process(&json!({"action": "remove", "sessionId": "p1"})),
        "assistant: p1 is gone"
    );
    assert!(bench.process(&log).starts_with("invalid input: there is no such program"));

    bench.shell(&json!({"command": "sleep 1000", "background": true}));
    let killed = bench.process(&json!({"action": "kill", "sessionId": "p2"}));
    assert_eq!(killed, "assistant: p2 is over [it was ended by signal 9]");
}
