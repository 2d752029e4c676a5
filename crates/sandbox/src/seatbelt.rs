//! macOS: the profile that `sandbox-exec` is given.

use std::{fmt::Write, path::Path};

use crate::Confinement;

/// The system's own program that puts a profile on and becomes another program.
#[cfg(target_os = "macos")]
pub(crate) const PROGRAM: &str = "/usr/bin/sandbox-exec";

/// What the system's programs are and need.
const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/System",
    "/Library/Apple",
    "/Library/Developer/CommandLineTools",
    "/private/var/db/dyld",
    "/private/var/db/timezone",
    "/private/etc/hosts",
    "/private/etc/passwd",
    "/private/etc/group",
    "/private/etc/protocols",
    "/private/etc/services",
    "/private/etc/ssl",
    "/private/etc/localtime",
    "/opt/homebrew/bin",
    "/opt/homebrew/lib",
    "/opt/homebrew/Cellar",
    "/opt/homebrew/opt",
    "/opt/homebrew/share",
];

/// The profile: everything is forbidden but what is named. Later rules outrank earlier ones.
pub(crate) fn profile(confinement: &Confinement, temporary: Option<&Path>) -> String {
    let mut text = String::from(
        "(version 1)\n(deny default)\n(allow process-fork)\n(allow process-exec)\n\
         (allow signal (target same-sandbox))\n(allow process-info* (target same-sandbox))\n\
         (allow sysctl-read)\n(allow file-read-metadata)\n\
         (allow file-read* (literal \"/\") (literal \"/dev/random\") (literal \"/dev/urandom\"))\n\
         (allow file-read* file-write-data (literal \"/dev/null\") (literal \"/dev/zero\"))\n\
         (deny network*)\n",
    );
    let mut rule = |verdict: &str, operations: &str, filter: &str, path: &Path| {
        let path = quoted(&path.to_string_lossy());
        // Writing to a string does not fail.
        writeln!(text, "({verdict} {operations} ({filter} {path}))").unwrap_or_default();
    };
    for path in SYSTEM {
        rule("allow", "file-read*", "subpath", Path::new(path));
    }
    for path in &confinement.readable {
        rule("allow", "file-read*", "subpath", path);
    }
    for path in confinement.writable.iter().map(AsRef::as_ref).chain(temporary) {
        rule("allow", "file-read* file-write*", "subpath", path);
    }
    for path in &confinement.protected {
        rule("deny", "file-write*", "subpath", path);
        // Or a folder above could be renamed, and another take its place.
        for root in confinement.writable.iter().filter(|root| path.starts_with(root)) {
            let above = path.ancestors().skip(1).take_while(|above| above != root);
            for above in above {
                rule("deny", "file-write-unlink", "literal", above);
            }
        }
    }
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(target_os = "macos")]
mod start {
    use std::{env, fs, path::Path};

    use super::{PROGRAM, profile};
    use crate::{
        Child, Confinement, Error, Launch, Limits, Program, Status,
        launch::{Input, Runs},
        paths::{links_inside, real, real_above},
        roles,
    };

    const BARE: [(&str, &str); 3] = [
        ("PATH", "/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"),
        ("LANG", "C.UTF-8"),
        ("TERM", "dumb"),
    ];

    impl Launch {
        /// Starts it under the profile. Everything else is as without walls.
        pub(crate) fn start_confined(
            mut self,
            asked: &Confinement,
            status: &Status,
            input: &Input,
        ) -> Result<Child, Error> {
            if !status.is_on() {
                return Err(Error::NoSandbox { missing: status.missing() });
            }
            let mut protected: Vec<_> =
                asked.protected.iter().map(|path| real_above(path)).collect();
            let mut confinement = Confinement {
                writable: real(&asked.writable)?,
                readable: real(&asked.readable)?,
                protected: Vec::new(),
                limits: asked.limits,
            };
            let targets = links_inside(&protected, &confinement.writable)?;
            protected.extend(targets);
            confinement.protected = protected;
            let (program, first) = match &self.runs {
                Runs::Program(program) => (program.path().to_owned(), Vec::new()),
                Runs::Role(role) => {
                    let own = roles::own_program();
                    confinement.readable.push(own.clone());
                    (own, vec![roles::ROLE.to_owned(), role.clone()])
                }
            };
            let temporary = env::temp_dir().join("localgpt-sandbox");
            let temporary = fs::create_dir_all(&temporary)
                .and_then(|()| temporary.canonicalize())
                .map_err(|source| Error::Path { path: temporary, source })?;
            let has_files = !confinement.writable.is_empty();
            let profile = profile(&confinement, has_files.then_some(temporary.as_path()));
            let (args, environment) =
                (std::mem::take(&mut self.args), std::mem::take(&mut self.environment));
            self.runs = Runs::Program(Program::at(Path::new(PROGRAM))?);
            self.args(["-p", &profile, "/bin/sh", "-c", &limited(&confinement.limits), "sh"])
                .args([program])
                .args(first)
                .args(args)
                .environment(BARE)
                .environment([("HOME", &temporary), ("TMPDIR", &temporary)])
                .environment(environment)
                .start_with(input)
        }
    }

    /// A script that sets the limits the shell knows here, and becomes its arguments.
    fn limited(limits: &Limits) -> String {
        let Limits { cpu_seconds, file_bytes, open_files, .. } = limits;
        let blocks = file_bytes / 512;
        format!("ulimit -c 0 -t {cpu_seconds} -f {blocks} -n {open_files} 2>/dev/null; exec \"$@\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn a_profile_forbids_all_but_what_is_named_and_protects_last() {
        let confinement = Confinement {
            writable: vec!["/Users/ada/no\"tes".into()],
            protected: vec!["/Users/ada/no\"tes/skills/a".into()],
            readable: vec!["/opt/tools".into()],
            limits: Limits::default(),
        };
        let text = profile(&confinement, None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.first_chunk(), Some(&["(version 1)", "(deny default)"]));
        assert_eq!(
            lines.last_chunk(),
            Some(&[
                "(allow file-read* (subpath \"/opt/tools\"))",
                "(allow file-read* file-write* (subpath \"/Users/ada/no\\\"tes\"))",
                "(deny file-write* (subpath \"/Users/ada/no\\\"tes/skills/a\"))",
                "(deny file-write-unlink (literal \"/Users/ada/no\\\"tes/skills\"))",
            ])
        );
    }
}
