//! Linux: the walls around a confined child, and the helper that puts them up.
//!
//! Between fork and exec of a process with several threads hardly anything may be done. So our own program is run
//! again, with one thread: it puts the walls up around itself, and then becomes what was to run.

mod calls;
mod folders;
mod helper;
mod limits;
mod reserve;
mod rules;
mod sys;
mod view;

pub(crate) use helper::answer;

/// The version of Landlock that the kernel has, if it is enough.
pub(crate) fn landlock() -> Result<i32, String> {
    match sys::landlock_version() {
        0 => {
            Err("the kernel has none, or it is not in the list `lsm=` of its command line"
                .to_owned())
        }
        version if version < rules::LEAST_VERSION => {
            Err(format!("version {version}, and {} is needed: Linux 6.7", rules::LEAST_VERSION))
        }
        version => Ok(version),
    }
}

/// Whether the kernel filters system calls.
pub(crate) fn seccomp() -> Result<(), String> {
    match sys::has_seccomp() {
        true => Ok(()),
        false => Err("the kernel was built without CONFIG_SECCOMP_FILTER".to_owned()),
    }
}
