//! How confined programs end, whatever they do about it.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use localgpt_sandbox::{
    Child, Confinement, EXIT_REFUSED, Error, Launch, Limits, Piece, Row, Status, role_arguments,
    status,
};

use crate::{
    linux::Test,
    programs::{PATIENT, confinement, folder, shell},
};

pub(crate) const TESTS: &[Test] = &[
    ("whatever_runs_away_is_ended_in_time", whatever_runs_away_is_ended_in_time),
    ("a_program_cannot_fork_without_end", a_program_cannot_fork_without_end),
    ("what_is_left_running_ends_with_the_program", what_is_left_running_ends_with_the_program),
    ("a_confined_child_dies_with_us", a_confined_child_dies_with_us),
    ("a_child_is_read_and_ended_while_it_runs", a_child_is_read_and_ended_while_it_runs),
    (
        "a_child_ends_when_what_it_must_not_change_is_replaced",
        a_child_ends_when_what_it_must_not_change_is_replaced,
    ),
];

const BOMB: &str = "b() { b | b & }; b; while :; do :; done";

fn rows() -> Vec<Status> {
    let rows = [&[][..], &[Piece::Namespaces]];
    rows.map(|missing| status().without(missing)).into_iter().filter(Status::is_on).collect()
}

fn few(folder: &Path) -> Confinement {
    Confinement { limits: Limits { processes: 64, ..Limits::default() }, ..confinement(folder) }
}

fn whatever_runs_away_is_ended_in_time() {
    let timeout = Duration::from_millis(700);
    for status in rows() {
        for (name, script) in [
            ("output without end", "yes"),
            ("a bomb of forks", BOMB),
            ("one that ignores signals", "trap '' TERM HUP INT QUIT; while :; do :; done"),
            ("a child in the background", "sleep 600 & sleep 600 & wait"),
            ("a session of its own", "setsid sleep 600 & (setsid sh -c 'sleep 600' &); sleep 600"),
            ("errors without end", "yes >&2"),
        ] {
            // An administrator's processes can be counted in a namespace only.
            if script == BOMB && status.row() != Row::Full && rustix::process::geteuid().is_root() {
                continue;
            }
            let (_kept, folder) = folder();
            let begun = Instant::now();
            let launch = shell(script, &folder).confined_as(few(&folder), &status);
            let result = launch.run_for_output(1 << 20, timeout);
            let took = begun.elapsed();
            let is_over = match &result {
                Err(Error::TooSlow { .. } | Error::TooMuch { .. }) => true,
                // A shell that cannot fork any more gives up.
                Ok(_) => script == BOMB,
                Err(_) => false,
            };
            assert!(is_over, "{name}: {result:?}");
            assert!(took < timeout + Duration::from_secs(1), "{status}: {name} took {took:?}");
            assert_eq!(running_in(&folder), Vec::<String>::new(), "{status}: {name}");
        }
    }
}

/// The processes whose working folder this is.
fn running_in(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let here = processes
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == folder));
    here.map(|process| fs::read_to_string(process.path().join("comm")).unwrap_or_default())
        .collect()
}

fn a_program_cannot_fork_without_end() {
    let (_kept, folder) = folder();
    let script = "i=0; while [ $i -lt 400 ]; do sleep 600 & i=$((i+1)); done; echo all";
    let launch = shell(script, &folder).confined(few(&folder));
    let output = launch.run_for_output(1 << 20, PATIENT);
    let is_counted = status().row() == Row::Full && fs::exists("/proc/sys/kernel/pid_max").unwrap();
    match (rustix::process::geteuid().is_root(), is_counted) {
        (true, false) => {
            println!("SKIPPED: the processes of an administrator are not counted here");
        }
        _ => assert!(!String::from_utf8(output.unwrap().stdout).unwrap().contains("all")),
    }
}

fn what_is_left_running_ends_with_the_program() {
    for status in rows() {
        let (_kept, folder) = folder();
        let launch = shell("(sleep 600; echo late > late) & echo done", &folder);
        let launch = launch.confined_as(confinement(&folder), &status);
        let output = launch.run_for_output(1024, PATIENT).unwrap();
        assert_eq!(output.stdout, b"done\n");
        assert_eq!(running_in(&folder), Vec::<String>::new());
    }
}

/// Runs a child that holds a pipe and starts others that do.
pub(crate) fn starts_a_confined_child_and_waits() -> ExitCode {
    let mut words = role_arguments();
    let folder = words.next().unwrap();
    let missing: &[Piece] = if words.next().is_some() { &[Piece::Namespaces] } else { &[] };
    let launch = shell("exec > pipe; echo begun; sleep 600 & sleep 600", Path::new(&folder));
    let launch = launch.confined_as(confinement(Path::new(&folder)), &status().without(missing));
    launch.start().unwrap().wait().unwrap();
    ExitCode::SUCCESS
}

fn a_confined_child_dies_with_us() {
    for words in [&[][..], &["without namespaces"]] {
        let (_kept, folder) = folder();
        let pipe = folder.join("pipe");
        let made = shell("mkfifo pipe", &folder).environment([("PATH", "/usr/bin:/bin")]);
        assert!(made.run_for_output(0, PATIENT).unwrap().status.success());
        let parent = Launch::own_role("starts a confined child and waits", &folder).unwrap();
        let parent = parent.args([&folder]).args(words).start().unwrap();
        let mut pipe = File::open(pipe).unwrap();
        let mut line = [0; 6];
        pipe.read_exact(&mut line).unwrap();
        parent.kill().unwrap();
        // Ends when the last of them is gone.
        let mut rest = String::new();
        pipe.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

fn read_line(child: &mut impl Read) -> String {
    let mut line = String::new();
    let mut byte = [0];
    while child.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
        line.push(char::from(byte[0]));
    }
    line
}

fn a_child_is_read_and_ended_while_it_runs() {
    for status in rows() {
        let (_kept, folder) = folder();
        let launch = shell("echo one; echo two >&2; read line; echo $line; sleep 600", &folder);
        let launch = launch.merged().confined_as(confinement(&folder), &status);
        let mut child: Child = launch.start().unwrap();
        let mut output = child.take_output().unwrap();
        assert_eq!((read_line(&mut output), read_line(&mut output)), ("one".into(), "two".into()));
        assert!(!child.wait_until(Instant::now()).unwrap());
        std::io::Write::write_all(&mut child.take_input().unwrap(), b"three\n").unwrap();
        assert_eq!(read_line(&mut output), "three");
        let killer = child.killer();
        let other = thread::spawn(move || killer.kill().unwrap());
        assert!(child.wait_until(Instant::now() + PATIENT).unwrap());
        other.join().unwrap();
        assert_eq!(child.wait().unwrap().status.code(), Some(128 + 9));
    }
}

fn a_child_ends_when_what_it_must_not_change_is_replaced() {
    if status().row() == Row::NoNamespaces {
        println!("SKIPPED: {}", status());
        return;
    }
    let (_kept, folder) = folder();
    let soul = folder.join("SOUL.md");
    fs::write(&soul, "be kind").unwrap();
    let confinement = Confinement { protected: vec![soul.clone()], ..confinement(&folder) };
    let launch = shell("echo begun; sleep 600", &folder).confined(confinement);
    let mut child = launch.start().unwrap();
    assert_eq!(read_line(&mut child.take_output().unwrap()), "begun");
    fs::write(folder.join("fresh"), "be kinder").unwrap();
    fs::rename(folder.join("fresh"), &soul).unwrap();
    assert!(child.wait_until(Instant::now() + Duration::from_secs(5)).unwrap());
    assert_eq!(child.wait().unwrap().status.code(), Some(i32::from(EXIT_REFUSED)));
}
