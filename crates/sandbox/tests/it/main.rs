//! Real children: `sh`, `cat` and `sleep`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    time::Duration,
};

use localgpt_sandbox::{Child, Error, Launch, Output, Program};

/// Long enough for any machine; a test that waits for it has failed.
const PATIENT: Duration = Duration::from_secs(60);
const IMPATIENT: Duration = Duration::from_millis(50);

fn shell(script: &str) -> Launch {
    let program = Program::find("sh", OsStr::new("/usr/bin:/bin")).unwrap();
    Launch::new(program, Path::new("/"))
        .args(["-c", script])
        .environment([("PATH", "/usr/bin:/bin")])
}

fn run(script: &str) -> Output {
    shell(script).run_for_output(1 << 20, PATIENT).unwrap()
}

/// The first line that the child prints: it is running then.
fn first_line(child: &mut Child) -> (String, impl Read + use<>) {
    let mut output = BufReader::new(child.take_output().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    (line, output)
}

/// Reads to the end, which comes when the last process that holds the pipe is gone.
fn end_of(mut output: impl Read) -> String {
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    rest
}

#[test]
fn a_child_has_only_the_environment_it_was_given() {
    let env = Program::find("env", OsStr::new("/usr/bin:/bin")).unwrap();
    let output = Launch::new(env, Path::new("/"))
        .environment([("A", "1"), ("B", "two words")])
        .run_for_output(1024, PATIENT)
        .unwrap();
    assert_eq!(output.stdout, b"A=1\nB=two words\n");
}

#[test]
fn a_child_works_in_its_folder_and_no_shell_reads_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let program = Program::find("sh", OsStr::new("/usr/bin:/bin")).unwrap();
    let output = Launch::new(program, &folder)
        .args(["-c", "pwd; echo \"$1\"", "sh", "$HOME; *"])
        .run_for_output(4096, PATIENT)
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, format!("{}\n$HOME; *\n", folder.display()));
}

#[test]
fn a_child_is_written_to_and_read_from() {
    let cat = Program::find("cat", OsStr::new("/usr/bin:/bin")).unwrap();
    let mut child = Launch::new(cat, Path::new("/")).start().unwrap();
    let mut input = child.take_input().unwrap();
    input.write_all(b"hello\nworld").unwrap();
    let (line, rest) = first_line(&mut child);
    drop(input);
    assert_eq!((line.as_str(), end_of(rest).as_str()), ("hello\n", "world"));
    assert!(child.wait().unwrap().status.success());
}

#[test]
fn a_failed_command_tells_its_status_and_the_end_of_its_errors() {
    let output = run("i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; exit 3");
    assert_eq!(output.status.code(), Some(3));
    assert!(output.last_words.ends_with("line 1999\n"), "{}", output.last_words);
    assert_eq!(output.last_words.len(), 4096);
}

#[test]
fn a_command_that_takes_too_long_is_ended() {
    let result = shell("echo begun; exec sleep 600").run_for_output(1024, IMPATIENT);
    assert!(matches!(result, Err(Error::TooSlow { .. })), "{result:?}");
}

#[test]
fn a_command_that_writes_too_much_is_ended() {
    let result = shell("while :; do echo yes; done").run_for_output(1024, PATIENT);
    assert!(matches!(result, Err(Error::TooMuch { limit: 1024, .. })), "{result:?}");
}

#[test]
fn a_command_is_over_when_it_ends_whatever_it_left_running() {
    let output = run("sleep 600 & echo done");
    assert_eq!(output.stdout, b"done\n");
}

#[test]
fn a_command_has_no_input() {
    assert_eq!(run("cat; echo end").stdout, b"end\n");
}

#[test]
fn dropping_a_child_ends_its_whole_group() {
    let mut child = shell("sleep 600 & echo begun; wait").start().unwrap();
    let (line, rest) = first_line(&mut child);
    assert_eq!(line, "begun\n");
    drop(child);
    assert_eq!(end_of(rest), "");
}

#[test]
fn killing_a_child_tells_how_it_ended() {
    let mut child = shell("echo oh >&2; echo begun; exec sleep 600").start().unwrap();
    first_line(&mut child);
    let ended = child.kill().unwrap();
    assert_eq!((ended.status.signal(), ended.last_words.as_str()), (Some(9), "oh\n"));
}

#[test]
fn a_child_outlives_the_thread_that_asked_for_it() {
    let mut child =
        std::thread::spawn(|| shell("read line; echo $line").start().unwrap()).join().unwrap();
    child.take_input().unwrap().write_all(b"still here\n").unwrap();
    assert_eq!(first_line(&mut child).0, "still here\n");
}

#[test]
fn what_cannot_be_started_says_so() {
    let program = Program::find("sh", OsStr::new("/usr/bin:/bin")).unwrap();
    let result = Launch::new(program, Path::new("/no/such/folder")).start();
    assert!(matches!(result, Err(Error::Start { .. })), "{result:?}");
    assert!(matches!(Program::at(Path::new("/no/such/program")), Err(Error::NotFound { .. })));
}

#[test]
fn a_launch_does_not_print_its_arguments_or_environment() {
    let printed = format!("{:?}", shell("secret").environment([("KEY", "secret")]));
    assert!(!printed.contains("secret"), "{printed}");
}

/// Where a program of ours runs that dies, it finds this pipe in its folder.
const PIPE: &str = "held-by-the-grandchild";

#[test]
#[cfg(target_os = "linux")]
fn a_child_dies_with_us() {
    let folder = tempfile::tempdir().unwrap();
    let made = shell(&format!("mkfifo {}/{PIPE}", folder.path().display()));
    assert!(made.run_for_output(0, PATIENT).unwrap().status.success());
    let us = Program::at(&std::env::current_exe().unwrap()).unwrap();
    let parent = Launch::new(us, folder.path())
        .args(["--exact", "a_program_of_ours_starts_a_child_and_waits_for_it"])
        .start()
        .unwrap();
    // Opens once the grandchild has opened the other end.
    let mut pipe = std::fs::File::open(folder.path().join(PIPE)).unwrap();
    let mut line = [0; 6];
    pipe.read_exact(&mut line).unwrap();
    parent.kill().unwrap();
    // The grandchild leads a group of its own, so only the kernel can have ended it.
    assert_eq!(end_of(pipe), "");
}

#[test]
fn a_program_of_ours_starts_a_child_and_waits_for_it() {
    if Path::new(PIPE).exists() {
        let here = std::env::current_dir().unwrap();
        let script = format!("exec >{}/{PIPE}; echo begun; exec sleep 600", here.display());
        shell(&script).start().unwrap().wait().unwrap();
    }
}
