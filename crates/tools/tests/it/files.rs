//! The tools for files, over a folder of real files.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    sync::Arc,
};

use expect_test::{Expect, expect};
use localgpt_guard::{Effect, Fence, Label, Origin, quote};
use localgpt_protocol::{SessionId, Tool, ToolContext, ToolError};
use localgpt_tools::{Delete, Edit, Find, Folder, Grep, List, Origins, Read, Write};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Lines that say `web` come from there, all others from the person.
struct ByWord;

impl Origins for ByWord {
    fn of(&self, text: &str) -> Label {
        Label::of(if text.contains("web") { Origin::Web } else { Origin::Human })
    }

    fn of_names(&self, _: &str) -> Label {
        Label::NOTHING
    }
}

/// A workspace with something beside it.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    pub(crate) tools: Vec<Box<dyn Tool>>,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["workspace", "skills/pdf", "secret"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("skills/pdf/SKILL.md"), "Use it.\n").unwrap();
        fs::write(folder.path().join("secret/key"), "s3cret\n").unwrap();
        let files = Arc::new(Folder {
            root: folder.path().join("workspace"),
            readable: vec![folder.path().join("skills")],
            home: Some(folder.path().to_owned()),
            own: Vec::new(),
        });
        let origins: Arc<dyn Origins> = Arc::new(ByWord);
        let tools: Vec<Box<dyn Tool>> = vec![
            Box::new(Read::new(Arc::clone(&files), Arc::clone(&origins))),
            Box::new(Write::new(Arc::clone(&files))),
            Box::new(Edit::new(Arc::clone(&files))),
            Box::new(List::new(Arc::clone(&files), Arc::clone(&origins))),
            Box::new(Find::new(Arc::clone(&files), Arc::clone(&origins))),
            Box::new(Grep::new(Arc::clone(&files), origins)),
            Box::new(Delete::new(files)),
        ];
        Self { folder, tools }
    }

    pub(crate) fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    pub(crate) fn with(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.workspace().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn tool(&self, name: &str) -> &dyn Tool {
        self.tools.iter().find(|tool| tool.spec().name.as_str() == name).unwrap().as_ref()
    }

    /// What a tool intends, says and where that comes from, with everything allowed that it intends.
    pub(crate) fn run(&self, name: &str, input: &Value) -> String {
        match self.tool(name).intent(input) {
            Ok(intent) => self.run_allowed(name, input, intent.effects),
            Err(error) => self.shown(Err(error)),
        }
    }

    pub(crate) fn run_allowed(&self, name: &str, input: &Value, allowed: Vec<Effect>) -> String {
        self.shown(call(self.tool(name), input, allowed))
    }

    fn shown(&self, result: Result<(Origin, String), ToolError>) -> String {
        let shown = match result {
            Ok((origin, text)) => format!("{origin}: {text}"),
            Err(error) => error.to_string(),
        };
        shown.replace(self.folder.path().to_str().unwrap(), "HOME")
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.workspace().join(path)).unwrap()
    }
}

pub(crate) fn call(
    tool: &dyn Tool,
    input: &Value,
    allowed: Vec<Effect>,
) -> Result<(Origin, String), ToolError> {
    let context = ToolContext { session: SessionId::new("s"), origin: Origin::Human, allowed };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let output = runtime.block_on(tool.call(input.clone(), &context))?;
    let quoted = quote(&output, "x", Fence(0), 1_000_000);
    let lines: Vec<&str> = quoted.as_str().lines().collect();
    Ok((output.origin(), lines[1..lines.len() - 1].join("\n")))
}

#[track_caller]
fn check(home: &Home, name: &str, input: &Value, expected: &Expect) {
    expected.assert_eq(&home.run(name, input));
}

#[test]
fn a_file_is_read_in_parts_and_says_how_to_go_on() {
    let lines: String = (1..=5000).map(|number| format!("{number}\n")).collect();
    let home = Home::new().with("a.txt", lines);
    check(
        &home,
        "read",
        &json!({"path": "a.txt", "offset": 2, "limit": 2}),
        &expect![[r#"
            human: 2
            3
            [lines 2-3 of 5000; go on with offset 4]"#]],
    );
    let all = home.run("read", &json!({"path": "a.txt"}));
    assert!(all.ends_with("\n2000\n[lines 1-2000 of 5000; go on with offset 2001]"), "{all}");
    check(&home, "read", &json!({"path": "a.txt", "offset": 5000}), &expect!["human: 5000"]);
    check(
        &home,
        "read",
        &json!({"path": "a.txt", "offset": 5001}),
        &expect!["invalid input: `a.txt` has only 5000 lines"],
    );
}

#[test]
fn long_lines_are_cut_and_end_a_part() {
    let home = Home::new().with("a.txt", format!("one\n{}\nthree\n", "x".repeat(60_000)));
    check(
        &home,
        "read",
        &json!({"path": "a.txt"}),
        &expect![[r#"
            human: one
            [lines 1-1 of 3; go on with offset 2]"#]],
    );
    let second = home.run("read", &json!({"path": "a.txt", "offset": 2}));
    let end = "x\n[line 2 is cut after 51200 bytes]\n[lines 2-2 of 3; go on with offset 3]";
    assert!(second.ends_with(end), "{}", &second[second.len() - 200..]);
}

#[test]
fn what_is_read_says_where_it_comes_from_and_what_it_is() {
    let home = Home::new()
        .with("web.md", "from the web\nmine\n")
        .with("a.txt", "\u{feff}caf\u{e9}\r\n")
        .with("b.txt", b"caf\xe9\n")
        .with("c.png", b"\x89PNG\r\n\x1a\n\0\0")
        .with("d.bin", b"a\0b")
        .with("e", "");
    let cases = [
        ("web.md", "web: from the web\nmine"),
        ("a.txt", "human: café"),
        ("b.txt", "human: caf\u{fffd}\n[not UTF-8: such bytes are shown as \u{fffd}]"),
        ("c.png", "invalid input: `c.png` is a PNG image of 10 bytes and not text"),
        ("d.bin", "invalid input: `d.bin` is a binary file of 3 bytes and not text"),
        ("e", "assistant: the file is empty"),
        ("f", "invalid input: there is no `f`"),
        (".", "invalid input: `.` is a folder; `list` shows it"),
        ("~/skills/pdf/SKILL.md", "human: Use it."),
        ("~/secret/key", "not allowed: `~/secret/key` is outside the workspace"),
    ];
    for (path, expected) in cases {
        assert_eq!(home.run("read", &json!({"path": path})), expected, "{path}");
    }
    let lines = json!({"path": "web.md", "offset": 2});
    assert_eq!(home.run("read", &lines), "human: mine", "only the lines that are shown count");
}

#[test]
fn a_file_is_written_with_the_folders_above_it() {
    let home = Home::new();
    let input = json!({"path": "notes/2026/x.md", "content": "a\nb\n"});
    let intent = home.tool("write").intent(&input).unwrap();
    expect![[r#"
        --- /dev/null
        +++ b/notes/2026/x.md
        @@ -0,0 +1,2 @@
        +a
        +b
    "#]]
    .assert_eq(&intent.preview.unwrap());
    check(&home, "write", &input, &expect!["assistant: wrote notes/2026/x.md, 2 lines"]);
    assert_eq!(home.bytes("notes/2026/x.md"), b"a\nb\n");
    let names = fs::read_dir(home.workspace().join("notes/2026")).unwrap().count();
    assert_eq!(names, 1, "nothing is left beside it");
}

#[test]
fn permissions_stay_and_a_link_stays_a_link() {
    let home = Home::new().with("real/run.sh", "old");
    let (real, link) = (home.workspace().join("real/run.sh"), home.workspace().join("run"));
    fs::set_permissions(&real, PermissionsExt::from_mode(0o750)).unwrap();
    symlink("real/run.sh", &link).unwrap();
    check(
        &home,
        "write",
        &json!({"path": "run", "content": "new"}),
        &expect!["assistant: wrote real/run.sh, 1 line"],
    );
    assert!(link.is_symlink());
    assert_eq!(fs::read(&real).unwrap(), b"new");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o750);
}

#[test]
fn an_edit_says_what_the_file_will_be_and_keeps_all_else() {
    let file = "\u{feff}Sie rief „Schön“ — bald.  \r\nOrt: Café-„Eck“\r\n\tZeit: 8";
    let home = Home::new().with("a.md", file);
    let input = json!({"path": "a.md", "oldText": "Ort: Café-\"Eck\"\n", "newText": "Ort: Huber\nRaum: 2\n"});
    let intent = home.tool("edit").intent(&input).unwrap();
    assert!(intent.preview.unwrap().contains("+Ort: Huber\r\n+Raum: 2\r\n"));
    check(&home, "edit", &input, &expect!["assistant: edited a.md, line 2"]);
    let expected = file.replace("Ort: Café-„Eck“\r\n", "Ort: Huber\r\nRaum: 2\r\n");
    assert_eq!(String::from_utf8(home.bytes("a.md")).unwrap(), expected);
    check(
        &home,
        "edit",
        &json!({"path": "b.md", "oldText": "a", "newText": "b"}),
        &expect!["invalid input: there is no `b.md`; `write` creates it"],
    );
}

#[test]
fn what_changed_since_it_was_allowed_is_not_written() {
    let home = Home::new().with("a.md", "one two\n");
    let input = json!({"path": "a.md", "oldText": "one", "newText": "1"});
    let allowed = home.tool("edit").intent(&input).unwrap().effects;
    fs::write(home.workspace().join("a.md"), "one three\n").unwrap();
    let refused = home.run_allowed("edit", &input, allowed);
    assert_eq!(
        refused,
        "not allowed: `a.md` is not as it was when this was allowed; look at it again"
    );
    assert_eq!(home.bytes("a.md"), b"one three\n");

    let input = json!({"path": "a.md", "content": "x"});
    assert!(home.run_allowed("write", &input, Vec::new()).starts_with("not allowed"));
    let input = json!({"path": "a.md"});
    assert!(home.run_allowed("delete", &input, Vec::new()).starts_with("not allowed"));
    assert_eq!(home.bytes("a.md"), b"one three\n");
}

#[test]
fn a_folder_with_something_in_it_goes_only_as_a_whole() {
    let home = Home::new().with("a/b/c.md", "").with("a/d.md", "");
    symlink("../../secret", home.workspace().join("a/link")).unwrap();
    check(
        &home,
        "delete",
        &json!({"path": "a"}),
        &expect!["invalid input: `a` is a folder that is not empty; set `recursive` to true"],
    );
    let input = json!({"path": "a", "recursive": true});
    let intent = home.tool("delete").intent(&input).unwrap();
    expect![[r#"
        delete:
        a
        a/link
        a/d.md
        a/b
        a/b/c.md"#]]
    .assert_eq(&intent.preview.unwrap());
    fs::write(home.workspace().join("a/new.md"), "").unwrap();
    assert_eq!(
        home.run_allowed("delete", &input, intent.effects),
        "not allowed: `a/new.md` was not there when this was allowed"
    );
    check(&home, "delete", &input, &expect!["assistant: deleted a with 5 entries"]);
    assert!(!home.workspace().join("a").exists());
    assert!(home.folder.path().join("secret/key").exists());
    check(
        &home,
        "delete",
        &json!({"path": "."}),
        &expect!["not allowed: `.` is the workspace itself"],
    );
}

#[test]
fn a_folder_is_listed() {
    let home = Home::new().with("b.md", "").with("a/x", "").with(".hidden", "");
    symlink("b.md", home.workspace().join("link")).unwrap();
    check(
        &home,
        "list",
        &json!({}),
        &expect![[r#"
            human: .hidden
            a/
            b.md
            link@"#]],
    );
    check(
        &home,
        "list",
        &json!({"limit": 1}),
        &expect![[r#"
            human: .hidden
            [and 3 more; limit 4 shows all]"#]],
    );
    check(&home, "list", &json!({"path": "b.md"}), &expect!["invalid input: there is no `b.md`"]);
}

/// A tree with what is passed over.
fn tree() -> Home {
    Home::new()
        .with(".gitignore", "target/\n*.log\n")
        .with("src/main.rs", "fn main() {\n    // web: MARK\n}\r\n")
        .with("src/lib.rs", "// mark\npub fn one() {}\n")
        .with("src/x.log", "MARK\n")
        .with("target/out.rs", "MARK\n")
        .with(".git/config", "MARK\n")
        .with(".env", "MARK\n")
        .with("docs/a.md", "a\nMARK b\nc\n")
        .with("docs/b.bin", "MARK\0")
}

#[test]
fn files_are_found_by_globs() {
    let home = tree();
    let cases = [
        (json!({"pattern": "*.rs"}), "human: src/lib.rs\nsrc/main.rs"),
        (json!({"pattern": "src/*"}), "human: src/lib.rs\nsrc/main.rs"),
        (json!({"pattern": "**/*.{md,bin}"}), "human: docs/a.md\ndocs/b.bin"),
        (json!({"pattern": "docs"}), "human: docs/"),
        (json!({"pattern": ".e*"}), "human: .env"),
        (json!({"pattern": "*.md", "path": "docs"}), "human: docs/a.md"),
        (json!({"pattern": "*.log", "path": "src"}), "assistant: no file has such a name"),
        (json!({"pattern": "config", "path": "."}), "assistant: no file has such a name"),
        (json!({"pattern": "*.rs", "limit": 1}), "human: src/lib.rs\n[and 1 more]"),
        (json!({"pattern": "*.md", "path": "~/skills"}), "human: HOME/skills/pdf/SKILL.md"),
        (
            json!({"pattern": "*", "path": "~/secret"}),
            "not allowed: `~/secret` is outside the workspace",
        ),
    ];
    for (input, expected) in cases {
        assert_eq!(home.run("find", &input), expected, "{input}");
    }
    assert!(home.run("find", &json!({"pattern": "a{"})).starts_with("invalid input: bad glob"));
}

#[test]
fn lines_are_found_by_patterns() {
    let home = tree();
    let cases = [
        (json!({"pattern": "MARK"}), "web: docs/a.md:2: MARK b\nsrc/main.rs:2:     // web: MARK"),
        (json!({"pattern": "mark", "glob": "*.rs"}), "human: src/lib.rs:1: // mark"),
        (
            json!({"pattern": "mark", "ignoreCase": true, "limit": 1}),
            "human: docs/a.md:2: MARK b\n[and 2 more lines; narrow the search]",
        ),
        (
            json!({"pattern": "b$", "context": 1}),
            "human: docs/a.md-1- a\ndocs/a.md:2: MARK b\ndocs/a.md-3- c",
        ),
        (json!({"pattern": "^}$", "path": "src/main.rs"}), "human: src/main.rs:3: }"),
        (json!({"pattern": "^MARK b$"}), "human: docs/a.md:2: MARK b"),
        (
            json!({"pattern": "()", "literal": true, "path": "src/lib.rs"}),
            "human: src/lib.rs:2: pub fn one() {}",
        ),
        (json!({"pattern": "MARK", "path": ".env"}), "human: .env:1: MARK"),
        (json!({"pattern": "nothing"}), "assistant: no line fits"),
        (
            json!({"pattern": "s3", "path": "../secret"}),
            "not allowed: `../secret` is outside the workspace",
        ),
        (json!({"pattern": "a", "path": "no"}), "invalid input: there is no `no`"),
    ];
    for (input, expected) in cases {
        assert_eq!(home.run("grep", &input), expected, "{input}");
    }
    assert!(home.run("grep", &json!({"pattern": "("})).starts_with("invalid input: bad pattern"));
}

#[test]
fn a_search_does_not_follow_links() {
    let home = Home::new();
    symlink("../secret", home.workspace().join("a")).unwrap();
    symlink("../secret/key", home.workspace().join("b")).unwrap();
    assert_eq!(home.run("grep", &json!({"pattern": "s3"})), "assistant: no line fits");
    assert_eq!(home.run("find", &json!({"pattern": "key"})), "assistant: no file has such a name");
    assert!(Path::new(&home.workspace().join("b")).exists());
}
