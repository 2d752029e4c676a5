//! Paths that try to leave the workspace.

use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
};

use localgpt_guard::{Effect, Place};
use serde_json::json;

use crate::{files::Home, programs::pipe};

/// A workspace full of traps.
fn trapped() -> Home {
    let home = Home::new().with("SOUL.md", "soul\n").with("notes/a.md", "a\n");
    let workspace = home.workspace();
    symlink("../secret", workspace.join("out")).unwrap();
    symlink("../../secret/key", workspace.join("notes/key")).unwrap();
    symlink("../../secret/new", workspace.join("notes/dangling")).unwrap();
    symlink("SOUL.md", workspace.join("alias.md")).unwrap();
    symlink("loop", workspace.join("loop")).unwrap();
    symlink("/", workspace.join("root")).unwrap();
    symlink("/proc/self/root", workspace.join("proc")).unwrap();
    symlink(".", workspace.join("here")).unwrap();
    fs::hard_link(workspace.join("SOUL.md"), workspace.join("notes/hard.md")).unwrap();
    UnixListener::bind(workspace.join("socket")).unwrap();
    pipe(&workspace.join("pipe"));
    home
}

#[test]
fn no_path_reads_outside_the_workspace() {
    let home = trapped();
    let absolute = home.folder.path().join("secret/key");
    let paths = [
        "../secret/key",
        "notes/../../secret/key",
        "notes/./.././../secret/key",
        "no/such/../../../secret/key",
        "out/key",
        "out/../secret/key",
        "notes/key/../key",
        "here/here/out/key",
        "~/secret/key",
        "~/workspace/../secret/key",
        absolute.to_str().unwrap(),
        "root/etc/passwd",
        "/etc/passwd",
        "proc/etc/passwd",
        "/proc/self/environ",
        "/proc/self/root/etc/passwd",
        "/proc/self/fd/0",
        "/proc/thread-self/cwd/../../etc/passwd",
        "/dev/zero",
        "/dev/stdin",
        "/dev/fd/0",
        "pipe",
        "socket",
    ];
    for path in paths {
        for tool in ["read", "grep", "list", "find"] {
            let input = json!({"path": path, "pattern": "."});
            let shown = home.run(tool, &input);
            let is_refused = shown.starts_with("not allowed:");
            // Folders and files are different things to ask for; nothing is ever shown.
            assert!(is_refused || shown.starts_with("invalid input:"), "{tool} {path}: {shown}");
            assert!(is_refused || tool != "read", "{tool} {path}: {shown}");
        }
    }
}

#[test]
fn spellings_that_are_no_path_are_refused() {
    let home = trapped();
    for path in ["", " ", "a\0b", "notes/a.md\n", "a\u{7f}", "loop/a", "loop"] {
        for tool in ["read", "write", "delete"] {
            let shown = home.run(tool, &json!({"path": path, "content": ""}));
            // The link that leads to itself can be deleted.
            let is_removed = path == "loop" && tool == "delete";
            assert!(is_removed || shown.starts_with("invalid input:"), "{tool} {path:?}: {shown}");
        }
    }
}

#[test]
fn every_path_intends_the_file_that_it_leads_to() {
    let home = trapped();
    let outside =
        |path: &str| Place::Outside(fs::canonicalize(home.folder.path()).unwrap().join(path));
    let inside = |path: &str| Place::Inside(path.to_owned());
    let cases = [
        ("notes/b.md", inside("notes/b.md")),
        ("./notes//x/../b.md", inside("notes/b.md")),
        ("here/here/notes/b.md", inside("notes/b.md")),
        ("alias.md", inside("SOUL.md")),
        ("here/alias.md", inside("SOUL.md")),
        ("~/workspace/SOUL.md", inside("SOUL.md")),
        ("out/../workspace/SOUL.md", inside("SOUL.md")),
        ("SOUL.md.", inside("SOUL.md.")),
        ("soul.md", inside("soul.md")),
        ("~", inside("~")),
        ("out/new", outside("secret/new")),
        ("notes/dangling", outside("secret/new")),
        ("../secret/key", outside("secret/key")),
        ("~/secret/key", outside("secret/key")),
        ("/etc/passwd", Place::Outside("/etc/passwd".into())),
    ];
    for (path, expected) in cases {
        let intent = home.tool("write").intent(&json!({"path": path, "content": "x"}));
        if path == "~" {
            // The folder of the person, which is no file.
            let place = Place::Outside(fs::canonicalize(home.folder.path()).unwrap());
            assert!(
                matches!(&intent.unwrap().effects[..], [Effect::Write { place: found, .. }] if *found == place)
            );
            continue;
        }
        if path == "SOUL.md" {
            continue;
        }
        match intent {
            Ok(intent) => {
                assert!(
                    matches!(&intent.effects[..], [Effect::Write { place, .. }] if *place == expected),
                    "{path}: {intent:?}"
                );
            }
            // It has a second name, and so is refused before anybody is asked.
            Err(error) => {
                assert_eq!(expected, inside("SOUL.md"), "{path}: {error}");
                assert!(error.to_string().contains("hard links"), "{error}");
            }
        }
    }
}

#[test]
fn nothing_outside_is_written_even_if_it_was_allowed() {
    let home = trapped();
    for path in ["../new", "out/new", "notes/dangling", "~/secret/key", "/etc/localgpt-new"] {
        let write = json!({"path": path, "content": "x"});
        assert!(home.run("write", &write).starts_with("not allowed:"), "{path}");
        assert!(
            home.run("delete", &json!({"path": path})).starts_with("not allowed:")
                || path == "notes/dangling",
            "{path}"
        );
    }
    assert_eq!(fs::read(home.folder.path().join("secret/key")).unwrap(), b"s3cret\n");
    assert_eq!(fs::read_dir(home.folder.path().join("secret")).unwrap().count(), 1);
    for path in ["notes/hard.md", "SOUL.md", "alias.md"] {
        let shown = home.run("write", &json!({"path": path, "content": "x"}));
        assert!(shown.contains("one of several hard links"), "{path}: {shown}");
    }
    for path in ["pipe", "socket"] {
        assert!(
            home.run("write", &json!({"path": path, "content": "x"})).starts_with("not allowed:")
        );
    }
}

#[test]
fn a_link_that_is_put_in_between_leads_nowhere() {
    let home = trapped();
    let notes = home.workspace().join("notes");
    let swap = || {
        fs::rename(&notes, home.workspace().join("was")).unwrap();
        symlink("../secret", &notes).unwrap();
    };
    let back = || {
        fs::remove_file(&notes).unwrap();
        fs::rename(home.workspace().join("was"), &notes).unwrap();
    };
    let cases = [
        ("write", json!({"path": "notes/key2", "content": "x"})),
        ("write", json!({"path": "notes/a.md", "content": "x"})),
        ("edit", json!({"path": "notes/a.md", "oldText": "a", "newText": "b"})),
        ("delete", json!({"path": "notes/a.md"})),
        ("delete", json!({"path": "notes/key"})),
    ];
    for (tool, input) in cases {
        let allowed = home.tool(tool).intent(&input).unwrap().effects;
        swap();
        let shown = home.run_allowed(tool, &input, allowed);
        back();
        assert!(shown.starts_with("not allowed:"), "{tool} {input}: {shown}");
        assert_eq!(fs::read(home.folder.path().join("secret/key")).unwrap(), b"s3cret\n");
        assert_eq!(fs::read_dir(home.folder.path().join("secret")).unwrap().count(), 1);
    }
}
