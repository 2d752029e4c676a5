//! Our own program, run again as a part of itself.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
    process::ExitCode,
};

use crate::probe;

/// A part of our program that can run by itself: its name, and what it does.
pub type Role<'a> = (&'a str, fn() -> ExitCode);

/// The first argument of the program as the helper that puts walls up around itself. A test runner takes it for an
/// option it does not know, and runs nothing.
pub(crate) const HELPER: &str = "--localgpt-confined-child";
/// The first argument of the program in a role without walls.
pub(crate) const ROLE: &str = "--localgpt-role";

/// Does what the program was run again for; none if a person or somebody else runs it.
///
/// It is called first in `main`, before anything is read and while there is one thread. What is to be confined, and
/// how, stands in no argument and no variable: it comes through a socket that only we can have put there.
pub fn enter_if_asked(roles: &[Role<'_>]) -> Option<ExitCode> {
    let mut words = env::args_os().skip(1);
    let (first, name) = (words.next()?, words.next());
    if first == HELPER {
        #[cfg(target_os = "linux")]
        {
            let all: Vec<Role<'_>> = roles.iter().copied().chain([probe::ROLE]).collect();
            return Some(crate::linux::answer(&all));
        }
    }
    if first == ROLE {
        let all = roles.iter().copied().chain([probe::ROLE]);
        let mut named = all.filter(|(role, _)| name.as_deref() == Some(OsStr::new(role)));
        return Some(named.next().map_or(ExitCode::from(crate::EXIT_REFUSED), |(_, work)| work()));
    }
    None
}

/// What a role was given by [`Launch::args`](crate::Launch::args).
pub fn role_arguments() -> impl Iterator<Item = OsString> {
    env::args_os().skip(3)
}

/// Where our own program is, also after its file was replaced.
pub(crate) fn own_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return "/proc/self/exe".into();
    }
    env::current_exe().unwrap_or_default()
}
