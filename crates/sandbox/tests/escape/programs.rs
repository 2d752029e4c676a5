//! Programs and roles within the walls: what they are there for works.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use localgpt_sandbox::{
    Confinement, EXIT_REFUSED, Launch, Limits, Output, Piece, Program, Row, Status, role_arguments,
    status,
};

use crate::linux::Test;

pub(crate) const TESTS: &[Test] = &[
    ("a_program_works_in_its_folder", a_program_works_in_its_folder),
    ("a_program_has_the_few_variables_it_needs", a_program_has_the_few_variables_it_needs),
    ("a_program_that_is_not_there_is_told", a_program_that_is_not_there_is_told),
    ("a_program_sees_the_system_and_no_more", a_program_sees_the_system_and_no_more),
    ("names_that_were_kept_free_are_free_again", names_that_were_kept_free_are_free_again),
    (
        "a_protected_link_stays_and_so_does_what_it_leads_to",
        a_protected_link_stays_and_so_does_what_it_leads_to,
    ),
    ("a_folder_is_readable_and_no_more", a_folder_is_readable_and_no_more),
    ("a_role_needs_no_file_and_can_open_none", a_role_needs_no_file_and_can_open_none),
    ("a_role_that_nobody_has_is_refused", a_role_that_nobody_has_is_refused),
];

pub(crate) const PATIENT: Duration = Duration::from_secs(60);

pub(crate) fn confinement(folder: &Path) -> Confinement {
    Confinement {
        writable: vec![folder.to_owned()],
        protected: Vec::new(),
        readable: Vec::new(),
        limits: Limits::default(),
    }
}

fn nothing() -> Confinement {
    Confinement { writable: Vec::new(), ..confinement(Path::new("/")) }
}

pub(crate) fn shell(script: &str, folder: &Path) -> Launch {
    Launch::new(Program::at(Path::new("/bin/sh")).unwrap(), folder).args(["-c", script])
}

fn run(script: &str, folder: &Path, confinement: Confinement) -> Output {
    shell(script, folder).confined(confinement).run_for_output(1 << 20, PATIENT).unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A folder as programs see it: its path without links.
pub(crate) fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    (folder, path)
}

fn rows() -> Vec<Status> {
    let rows = [&[][..], &[Piece::Namespaces], &[Piece::Landlock]];
    rows.map(|missing| status().without(missing)).into_iter().filter(Status::is_on).collect()
}

fn a_program_works_in_its_folder() {
    for status in rows() {
        let (_kept, folder) = folder();
        let script = "pwd; echo hello > note; mkdir sub && mv note sub/ && cat sub/note | tr h H; \
                      echo x > \"$TMPDIR/x\" && cat \"$TMPDIR/x\"; (exit 4); echo $?; echo oh >&2; exit 3";
        let launch = shell(script, &folder).confined_as(confinement(&folder), &status);
        let output = launch.run_for_output(1 << 20, PATIENT).unwrap();
        assert_eq!(text(&output), format!("{}\nHello\nx\n4\n", folder.display()), "{status}");
        assert_eq!(
            (output.status.code(), output.last_words.as_str()),
            (Some(3), "oh\n"),
            "{output:?} {status}"
        );
        assert_eq!(fs::read_to_string(folder.join("sub/note")).unwrap(), "hello\n");
        let killed = shell("kill -9 $$", &folder).confined_as(confinement(&folder), &status);
        let killed = killed.run_for_output(0, PATIENT).unwrap();
        let code = if status.row() == Row::Full { 128 + 9 } else { killed.status.code().unwrap() };
        assert_eq!(killed.status.code(), Some(code));
    }
}

fn a_program_has_the_few_variables_it_needs() {
    let (_kept, folder) = folder();
    let env = Program::at(Path::new("/usr/bin/env")).unwrap();
    let launch = Launch::new(env, &folder).environment([("MINE", "1"), ("LANG", "de_DE.UTF-8")]);
    let output = launch.confined(confinement(&folder)).run_for_output(4096, PATIENT).unwrap();
    let printed = text(&output);
    let mut names: Vec<&str> =
        printed.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "LANG", "MINE", "PATH", "TERM", "TMPDIR"]);
    assert!(printed.contains("LANG=de_DE.UTF-8\n") && printed.contains("TERM=dumb\n"), "{printed}");
}

fn a_program_that_is_not_there_is_told() {
    let (_kept, folder) = folder();
    // It is executable, but not in the sandbox.
    let (_other, elsewhere) = self::folder();
    let tool = elsewhere.join("tool");
    fs::write(&tool, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&tool, PermissionsExt::from_mode(0o755)).unwrap();
    let launch = Launch::new(Program::at(&tool).unwrap(), &folder);
    let error = launch.clone().confined(confinement(&folder)).start().unwrap_err().to_string();
    assert!(error.contains("cannot start the program: "), "{error}");
    let readable = Confinement { readable: vec![tool], ..confinement(&folder) };
    assert!(launch.confined(readable).run_for_output(0, PATIENT).unwrap().status.success());
}

fn a_program_sees_the_system_and_no_more() {
    if status().row() != Row::Full {
        println!("SKIPPED: {}", status());
        return;
    }
    let (_kept, folder) = folder();
    let first = folder.components().nth(1).unwrap().as_os_str().to_str().unwrap().to_owned();
    let script = "for f in /*; do echo $f; done; test -r /etc/passwd && echo passwd; cat /proc/1/comm >/dev/null && \
                  ls -d /proc/[0-9]* | wc -l | tr -d ' '; echo $$";
    // Listing the root is not allowed, so the shell finds nothing there.
    let output = run(script, &folder, confinement(&folder));
    let printed = text(&output);
    assert!(printed.contains("passwd\n"), "{printed} {first}");
    let processes: u32 = printed.lines().nth_back(1).unwrap().parse().unwrap();
    assert!(processes <= 6, "{printed}");
}

fn names_that_were_kept_free_are_free_again() {
    if status().row() == Row::NoNamespaces {
        println!("SKIPPED: {}", status());
        return;
    }
    let (_kept, folder) = folder();
    let protected = ["SOUL.md", "skills", "later/AGENTS.md"].map(|name| folder.join(name));
    let confinement = Confinement { protected: protected.into(), ..confinement(&folder) };
    let script = "echo a > SOUL.md; mkdir -p skills/x; mkdir later; echo a > later/AGENTS.md; rm -rf SOUL.md skills later; \
                  echo b > note; ls";
    let output = run(script, &folder, confinement);
    assert_eq!(text(&output), "SOUL.md\nlater\nnote\nskills\n", "{}", output.last_words);
    let left = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["note"]);
}

fn a_protected_link_stays_and_so_does_what_it_leads_to() {
    if status().row() == Row::NoNamespaces {
        println!("SKIPPED: {}", status());
        return;
    }
    let (_kept, folder) = folder();
    fs::create_dir(folder.join("real")).unwrap();
    fs::write(folder.join("real/soul"), "be kind").unwrap();
    symlink("real/soul", folder.join("SOUL.md")).unwrap();
    symlink("real", folder.join("skills")).unwrap();
    let protected = vec![folder.join("SOUL.md"), folder.join("skills")];
    let confinement = Confinement { protected, ..confinement(&folder) };
    let script = "cat SOUL.md; echo evil > SOUL.md; echo evil > real/soul; echo evil > x; mv x SOUL.md; rm SOUL.md; \
                  mv real gone; rm skills; mv x real/soul; ln -sf x SOUL.md; ls skills";
    let output = run(script, &folder, confinement);
    assert_eq!(text(&output), "be kindsoul\n", "{}", output.last_words);
    assert_eq!(fs::read_to_string(folder.join("SOUL.md")).unwrap(), "be kind");
    assert_eq!(fs::read_link(folder.join("skills")).unwrap(), Path::new("real"));
}

fn a_folder_is_readable_and_no_more() {
    for status in rows() {
        let (_kept, folder) = folder();
        let (_other, library) = self::folder();
        fs::write(library.join("book"), "text").unwrap();
        let confinement = Confinement { readable: vec![library.clone()], ..confinement(&folder) };
        let script = format!(
            "cat {0}/book; echo x > {0}/book; rm {0}/book; chmod 777 {0}/book",
            library.display()
        );
        let launch = shell(&script, &folder).confined_as(confinement, &status);
        let output = launch.run_for_output(4096, PATIENT).unwrap();
        assert_eq!(text(&output), "text", "{status}");
        assert_eq!(fs::read_to_string(library.join("book")).unwrap(), "text");
        assert_eq!(fs::metadata(library.join("book")).unwrap().permissions().mode() & 0o111, 0);
    }
}

pub(crate) fn reads_what_it_is_given() -> ExitCode {
    let mut given = String::new();
    io::stdin().read_to_string(&mut given).unwrap();
    let words: Vec<_> = role_arguments().map(|word| word.into_string().unwrap()).collect();
    write!(io::stdout(), "{given} {words:?}").unwrap();
    ExitCode::from(7)
}

pub(crate) fn opens_what_it_is_told() -> ExitCode {
    let opened = role_arguments().filter(|path| File::open(path).is_ok());
    ExitCode::from(u8::try_from(opened.count()).unwrap())
}

fn a_role_needs_no_file_and_can_open_none() {
    let free = Launch::own_role("reads what it is given", Path::new("/")).unwrap();
    for launch in [free.clone().args(["a", "b"]), free.args(["a", "b"]).confined(nothing())] {
        let mut child = launch.start().unwrap();
        child.take_input().unwrap().write_all(b"hello").unwrap();
        let mut said = String::new();
        child.take_output().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(
            (said.as_str(), child.wait().unwrap().status.code()),
            ("hello [\"a\", \"b\"]", Some(7))
        );
    }
    let paths = ["/etc/passwd", "/usr/bin/env", "/proc/self/status", "/dev/null", "/", "/tmp", "."];
    let free = Launch::own_role("opens what it is told", Path::new("/")).unwrap().args(paths);
    let opened = |launch: Launch| launch.run_for_output(0, PATIENT).unwrap().status.code();
    assert_eq!(opened(free.clone()), Some(7));
    for status in rows() {
        // An empty root is all that there is to see where nothing else holds it back.
        let most = if status.row() == Row::MountsOnly { Some(2) } else { Some(0) };
        assert_eq!(opened(free.clone().confined_as(nothing(), &status)), most, "{status}");
    }
}

fn a_role_that_nobody_has_is_refused() {
    let launch = Launch::own_role("dances", Path::new("/")).unwrap();
    let output = launch.clone().run_for_output(0, PATIENT).unwrap();
    assert_eq!(output.status.code(), Some(i32::from(EXIT_REFUSED)));
    let error = launch.confined(nothing()).start().unwrap_err().to_string();
    assert!(error.ends_with("cannot find the role: there is none of this name"), "{error}");
}
