//! The walls, from inside: every way out is tried without walls, then within, then with one wall left out.
//!
//! This program is what is run again inside the sandbox, so it has a `main` of its own. As root it tests as root and
//! then as `nobody`. What the machine cannot do is skipped, and said loudly.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::explicit_write,
    reason = "a test may panic, and this one is its own runner"
)]

#[cfg(target_os = "linux")]
mod life;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
mod walls;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = localgpt_sandbox::enter_if_asked(ROLES) {
        return code;
    }
    #[cfg(target_os = "linux")]
    return linux::run();
    #[cfg(not(target_os = "linux"))]
    {
        println!("SKIPPED: the sandbox of this system is not tested");
        ExitCode::SUCCESS
    }
}

#[cfg(not(target_os = "linux"))]
const ROLES: &[localgpt_sandbox::Role<'static>] = &[];
#[cfg(target_os = "linux")]
const ROLES: &[localgpt_sandbox::Role<'static>] = &[
    ("reads what it is given", programs::reads_what_it_is_given),
    ("opens what it is told", programs::opens_what_it_is_told),
    ("starts a confined child and waits", life::starts_a_confined_child_and_waits),
];

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs,
        os::unix::{fs::PermissionsExt, process::CommandExt},
        panic,
        path::PathBuf,
        process::{Command, ExitCode},
    };

    use localgpt_sandbox::Program;

    use crate::{life, programs, walls};

    const AS_NOBODY: &str = "as-nobody";
    const NOBODY: u32 = 65534;

    pub(crate) type Test = (&'static str, fn());

    pub(crate) fn run() -> ExitCode {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let is_second = words.iter().any(|word| word == AS_NOBODY);
        let wanted = words.iter().filter(|word| !word.starts_with('-') && *word != AS_NOBODY);
        let wanted: Vec<&String> = wanted.collect();
        let user = if rustix::process::geteuid().is_root() { "root" } else { "a normal user" };
        let mut failed = Vec::new();
        for (name, test) in [walls::TESTS, programs::TESTS, life::TESTS].concat() {
            if !wanted.is_empty() && !wanted.iter().any(|word| name.contains(word.as_str())) {
                continue;
            }
            let passed = panic::catch_unwind(test).is_ok();
            println!("test {name}, as {user} ... {}", if passed { "ok" } else { "FAILED" });
            failed.extend((!passed).then_some(name));
        }
        if !failed.is_empty() {
            println!("failed as {user}: {failed:?}");
            return ExitCode::FAILURE;
        }
        match user == "root" && !is_second {
            true => again_as_nobody(&words),
            false => ExitCode::SUCCESS,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "another user cannot be asked for otherwise")]
    fn again_as_nobody(words: &[String]) -> ExitCode {
        // Where it was built nobody else may look.
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let copy = folder.path().join("escape");
        fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        let status = Command::new(copy)
            .arg(AS_NOBODY)
            .args(words)
            .current_dir("/")
            .uid(NOBODY)
            .gid(NOBODY)
            .status()
            .unwrap();
        if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// This program.
    pub(crate) fn own() -> Program {
        Program::at(&path()).unwrap()
    }

    pub(crate) fn path() -> PathBuf {
        std::env::current_exe().unwrap()
    }
}
