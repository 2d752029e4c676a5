//! The rules for source files: length, names, and what may be said only in some places.

use crate::code::{without_tests, without_words, words};

const MOST_LINES: usize = 800;

/// Names that say nothing, and so collect everything.
const EMPTY_NAMES: &[&str] = &["utils", "types", "helpers", "common", "misc", "core"];

/// Words that only some places may say.
struct Reserved {
    /// The pieces of code, each a path or the name of a macro with its `!`.
    words: &'static [&'static str],
    /// Beginnings or ends of the paths where they may stand.
    places: &'static [&'static str],
    /// Whether tests may say them, wherever they stand.
    tests: Tests,
    reason: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tests {
    Free,
    Bound,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        words: &["unsafe"],
        places: &["crates/sandbox/", "crates/memory/src/extension.rs"],
        tests: Tests::Bound,
        reason: "`unsafe` lives in `sandbox`, and where `memory` registers sqlite-vec",
    },
    Reserved {
        words: &["print!", "println!", "eprint!", "eprintln!", "dbg!"],
        places: &["crates/cli/", "xtask/", "build.rs"],
        tests: Tests::Free,
        reason: "only `cli` prints",
    },
    Reserved {
        words: &["env::var", "env::vars", "env::var_os", "env::vars_os", "env::set_var"],
        places: &["crates/cli/", "xtask/", "build.rs"],
        tests: Tests::Free,
        reason: "only `cli` reads the environment",
    },
    Reserved {
        words: &["process::exit", "process::abort"],
        places: &["crates/cli/", "xtask/", "build.rs"],
        tests: Tests::Free,
        reason: "only `cli` exits",
    },
];

/// Where a type may be serializable: formats, and nothing else.
const FORMATS: &[&str] = &["crates/protocol/", "crates/guard/", "crates/config/", "xtask/"];

/// Returns what is wrong with a source file.
pub(crate) fn offences(path: &str, text: &str) -> Vec<String> {
    let mut offences = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        offences.push(format!("{path}: {lines} lines: split it by idea"));
    }
    offences.extend(bad_name(path));
    if !path.ends_with(".rs") {
        return offences;
    }
    if !text.starts_with("//! ") {
        offences.push(format!("{path}: begin with `//!` and what the file is for"));
    }
    let code = without_words(text);
    let shipped = if is_test(path) { String::new() } else { without_tests(&code) };
    for reserved in RESERVED {
        let code = match reserved.tests {
            Tests::Free => &shipped,
            Tests::Bound => &code,
        };
        if reserved.places.iter().any(|place| path.starts_with(place) || path.ends_with(place)) {
            continue;
        }
        for (number, line) in (1..).zip(code.lines()) {
            if reserved.words.iter().any(|word| says(line, word)) {
                offences.push(format!("{path}:{number}: {}", reserved.reason));
            }
        }
    }
    if is_serializable(&shipped) && !may_serialize(path) {
        offences.push(format!("{path}: a serializable type is a promise, see ARCHITECTURE.md"));
    }
    offences
}

fn bad_name(path: &str) -> Option<String> {
    if path.ends_with("/mod.rs") {
        return Some(format!("{path}: a module with children is `foo.rs` beside `foo/`"));
    }
    let names = path.split('/').map(|part| part.split('.').next().unwrap_or(part));
    let empty = names.into_iter().find(|name| EMPTY_NAMES.contains(name))?;
    Some(format!("{path}: `{empty}` says nothing: name the idea"))
}

fn is_test(path: &str) -> bool {
    ["/tests/", "/benches/", "/examples/"].iter().any(|folder| path.contains(folder))
        || path.ends_with("/tests.rs")
        || path.starts_with("crates/testkit/")
}

fn may_serialize(path: &str) -> bool {
    FORMATS.iter().any(|place| path.starts_with(place))
        || (path.starts_with("crates/providers/") && path.ends_with("/wire.rs"))
}

fn is_serializable(code: &str) -> bool {
    let derives = code.split("derive(").skip(1).any(|rest| {
        let list = rest.split(')').next().unwrap_or(rest);
        words(list).any(|word| word == "Serialize")
    });
    derives || code.contains(" Serialize for ")
}

/// Whether a line has `word` with no letter directly before or after it.
fn says(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(place, _)| {
        let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
        let before = line[..place].chars().next_back();
        let after = line[place + word.len()..].chars().next();
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    })
}

mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, code: &str, expected: &[&str]) {
        assert_eq!(offences(path, &format!("//! What it is for.\n\n{code}\n")), expected);
    }

    #[test]
    fn a_long_file_is_reported() {
        check("crates/a/src/b.rs", &"\n".repeat(797), &[]);
        let offence = "crates/a/src/b.rs: 801 lines: split it by idea";
        check("crates/a/src/b.rs", &"\n".repeat(798), &[offence]);
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_reported() {
        assert_eq!(
            offences("crates/a/src/b.rs", "// A comment.\n//! Too late.\n"),
            ["crates/a/src/b.rs: begin with `//!` and what the file is for"]
        );
    }

    #[test]
    fn a_name_that_says_nothing_is_reported() {
        check(
            "crates/a/src/b/mod.rs",
            "",
            &["crates/a/src/b/mod.rs: a module with children is `foo.rs` beside `foo/`"],
        );
        for name in ["crates/a/src/utils.rs", "crates/a/src/utils/b.rs", "crates/utils/src/b.rs"] {
            check(name, "", &[&format!("{name}: `utils` says nothing: name the idea")]);
        }
    }

    #[test]
    fn unsafe_code_outside_its_places_is_reported() {
        let code = "fn a() { unsafe { b() } }";
        let reason = "`unsafe` lives in `sandbox`, and where `memory` registers sqlite-vec";
        check("crates/sandbox/src/linux.rs", code, &[]);
        check("crates/memory/src/extension.rs", code, &[]);
        check("crates/memory/src/index.rs", "#![deny(unsafe_code)] // no unsafe here", &[]);
        let offence = format!("crates/memory/src/index.rs:3: {reason}");
        check("crates/memory/src/index.rs", code, &[&offence]);
        let offence = format!("crates/a/tests/it/main.rs:3: {reason}");
        check("crates/a/tests/it/main.rs", code, &[&offence]);
    }

    #[test]
    fn printing_outside_the_terminal_is_reported() {
        let code = "fn a() {\n    println!(\"b\");\n}";
        check("crates/memory/src/a.rs", code, &["crates/memory/src/a.rs:4: only `cli` prints"]);
        check("crates/memory/src/a.rs", "fn a() { my_println!(); writeln!(b, \"println!\") }", &[]);
        for place in ["crates/cli/src/a.rs", "crates/a/tests/it/main.rs", "crates/a/build.rs"] {
            check(place, code, &[]);
        }
        check("crates/a/src/b.rs", &format!("#[cfg(test)]\nmod tests {{ {code} }}"), &[]);
    }

    #[test]
    fn reading_the_environment_outside_the_terminal_is_reported() {
        for code in ["std::env::var(\"A\")", "env::vars_os()"] {
            let offence = "crates/config/src/a.rs:3: only `cli` reads the environment";
            check("crates/config/src/a.rs", code, &[offence]);
            check("crates/cli/src/a.rs", code, &[]);
        }
        check("crates/config/src/a.rs", "env!(\"A\"); std::env::temp_dir()", &[]);
    }

    #[test]
    fn exiting_outside_the_terminal_is_reported() {
        let code = "std::process::exit(1)";
        check("crates/config/src/a.rs", code, &["crates/config/src/a.rs:3: only `cli` exits"]);
        check("crates/cli/src/a.rs", code, &[]);
    }

    #[test]
    fn a_serializable_type_that_is_no_format_is_reported() {
        let offence =
            "crates/memory/src/a.rs: a serializable type is a promise, see ARCHITECTURE.md";
        for code in [
            "#[derive(Debug, serde::Serialize)]\nstruct A;",
            "#[derive(\n    Debug,\n    Serialize,\n)]\nstruct A;",
            "impl Serialize for A {}",
        ] {
            check("crates/memory/src/a.rs", code, &[offence]);
            for place in ["crates/protocol/src/a.rs", "crates/providers/src/openai/wire.rs"] {
                check(place, code, &[]);
            }
        }
        check("crates/memory/src/a.rs", "#[derive(Deserialize)]\nstruct A; // Serialize", &[]);
    }
}
