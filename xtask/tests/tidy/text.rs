//! The rules for every text file that is tracked.

/// Folders of one person's machine.
const MACHINES: &[&str] = &["/work/", "/root/", "/home/", "/Users/"];

/// People who exist in examples only.
const MADE_UP: &[&str] = &["ada", "user", "you", "NAME", "<name>"];

/// Returns what is wrong with a text file.
pub(crate) fn offences(path: &str, text: &str) -> Vec<String> {
    // This file has to name what it looks for.
    if path == "xtask/tests/tidy/text.rs" {
        return Vec::new();
    }
    let mut offences = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(machine) = machine_path(line) {
            offences.push(format!("{path}:{number}: `{machine}` exists on one machine only"));
        }
        if has_nameless_task(line) {
            offences.push(format!("{path}:{number}: a TODO carries an issue number: `TODO(#12)`"));
        }
    }
    offences
}

fn machine_path(line: &str) -> Option<&'static str> {
    MACHINES.iter().copied().find(|machine| {
        line.match_indices(machine).any(|(place, _)| {
            let before = line[..place].chars().next_back();
            let is_absolute = before
                .is_none_or(|letter| !letter.is_alphanumeric() && !"._-~*<>})]".contains(letter));
            let rest = &line[place + machine.len()..];
            let names_nobody = matches!(*machine, "/home/" | "/Users/")
                && (!rest.starts_with(char::is_alphanumeric) && !rest.starts_with('<')
                    || MADE_UP.iter().any(|name| begins_with_word(rest, name)));
            is_absolute && !names_nobody
        })
    })
}

fn begins_with_word(text: &str, word: &str) -> bool {
    let rest = text.strip_prefix(word);
    rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_alphanumeric()))
}

/// Whether a TODO stands here that is no mention of the word (`TODO` in quotes) and has no number.
fn has_nameless_task(line: &str) -> bool {
    line.match_indices("TODO").any(|(place, word)| {
        let before = line[..place].chars().next_back();
        let rest = &line[place + word.len()..];
        let is_part = before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
            || rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let is_mention = before.is_some_and(|letter| "`\"'".contains(letter));
        let number = rest.trim_start_matches(['(', ' ', ':']).strip_prefix('#');
        let has_number =
            number.is_some_and(|number| number.starts_with(|digit: char| digit.is_ascii_digit()));
        !is_part && !is_mention && !has_number
    })
}

mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        assert_eq!(offences("a.md", line), expected, "{line}");
    }

    #[test]
    fn a_path_of_one_machine_is_reported() {
        check("see /work/notes", &["a.md:1: `/work/` exists on one machine only"]);
        check("x\n(\"/root/.cargo\")", &["a.md:2: `/root/` exists on one machine only"]);
        check("HOME=/home/mallory", &["a.md:1: `/home/` exists on one machine only"]);
        check("file:///Users/mallory/x", &["a.md:1: `/Users/` exists on one machine only"]);
    }

    #[test]
    fn a_path_that_could_be_anywhere_is_not_reported() {
        for line in [
            "notes/work/plan.md",
            "https://example.org/root/a",
            "~/work/a",
            "/home/ada/notes",
            "/home/<name>/notes",
            "/home/",
            "$HOME/work/",
        ] {
            check(line, &[]);
        }
    }

    #[test]
    fn a_task_without_a_number_is_reported() {
        for line in ["// TODO: later", "TODO", "TODO(someone) x", "TODO #x"] {
            check(line, &["a.md:1: a TODO carries an issue number: `TODO(#12)`"]);
        }
    }

    #[test]
    fn a_task_with_a_number_and_the_mere_word_are_not_reported() {
        for line in
            ["// TODO(#12): later", "TODO #7", "`TODO` carries a number", "TODOS", "\"TODO\""]
        {
            check(line, &[]);
        }
    }
}
