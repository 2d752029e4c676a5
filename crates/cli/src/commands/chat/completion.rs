//! What could follow what was typed.

use std::{fs, path::Path};

use localgpt_config::Language;

use super::grammar::{ROWS, Wanted};

/// The most files that are offered.
const MOST_FILES: usize = 100;

/// Names models, sessions and notes that begin with a word.
pub(crate) type Suggest = dyn Fn(Wanted, &str) -> Vec<Offer> + Send;

/// One thing that could follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// What is typed then.
    pub(crate) value: String,
    /// What it is, in a few words; may be empty.
    pub(crate) does: String,
}

/// What could stand at a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Completion {
    /// The byte at which what was typed is replaced.
    pub(crate) from: usize,
    /// The things, in the order in which they are offered.
    pub(crate) offers: Vec<Offer>,
}

/// What could follow `typed`, the text before the cursor: commands, and the words they take.
pub(crate) fn complete(typed: &str, language: Language, suggest: &Suggest) -> Completion {
    if !typed.starts_with('/') || typed.starts_with("//") || typed.contains('\n') {
        return Completion::default();
    }
    let mut offers: Vec<Offer> = ROWS
        .iter()
        .filter(|row| row.words.starts_with(typed))
        .map(|row| Offer { value: row.words.to_owned(), does: row.does(language).to_owned() })
        .collect();
    let mut from = 0;
    for row in ROWS {
        let Some(word) = typed.strip_prefix(row.words).and_then(|rest| rest.strip_prefix(' '))
        else {
            continue;
        };
        let start = typed.len() - word.len();
        let more = match row.wanted {
            Wanted::Nothing => Vec::new(),
            Wanted::File => files(word),
            Wanted::Model | Wanted::Session | Wanted::Note => suggest(row.wanted, word),
        };
        if !more.is_empty() {
            // A command of two words stands beside the words that its first one takes.
            for offer in &mut offers {
                offer.value =
                    offer.value.get(start.saturating_sub(from)..).unwrap_or_default().to_owned();
            }
            from = start;
            offers.extend(more);
        }
    }
    Completion { from, offers }
}

/// The files and folders whose path begins with `word`.
fn files(word: &str) -> Vec<Offer> {
    let (folder, name) = match word.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), word),
    };
    let path = if folder.is_empty() { Path::new(".") } else { Path::new(&folder) };
    // A folder that cannot be read offers nothing.
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    let mut offers: Vec<Offer> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let file = entry.file_name().into_string().ok()?;
            let is_wanted =
                file.starts_with(name) && (!file.starts_with('.') || name.starts_with('.'));
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let slash = if is_folder { "/" } else { "" };
            let value = format!("{folder}{file}{slash}");
            is_wanted.then_some(Offer { value, does: String::new() })
        })
        .take(MOST_FILES)
        .collect();
    offers.sort_by(|one, other| one.value.cmp(&other.value));
    offers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, from: usize, expected: &[&str]) {
        let suggest = |wanted: Wanted, word: &str| {
            let names: &[&str] = match wanted {
                Wanted::Model => &["ollama/small", "ollama/large"],
                Wanted::Session => &["the roof", "list of things"],
                Wanted::Note => &["MEMORY.md"],
                Wanted::File | Wanted::Nothing => &[],
            };
            let is_wanted = |name: &&&str| name.starts_with(word);
            let offer = |name: &&str| Offer { value: (*name).to_owned(), does: String::new() };
            names.iter().filter(is_wanted).map(offer).collect()
        };
        let completion = complete(typed, Language::English, &suggest);
        let values: Vec<&str> =
            completion.offers.iter().map(|offer| offer.value.as_str()).collect();
        assert_eq!((completion.from, values.as_slice()), (from, expected), "{typed}");
    }

    #[test]
    fn commands_and_their_words_are_completed() {
        check("/sea", 0, &["/search"]);
        check("/mod", 0, &["/model", "/models"]);
        check("/memory g", 0, &["/memory get"]);
        check("/model ollama/l", 7, &["ollama/large"]);
        check("/resume ", 8, &["the roof", "list of things"]);
        check("/session l", 9, &["list", "list of things"]);
        check("/memory get M", 12, &["MEMORY.md"]);
        check("/search heat", 0, &[]);
        check("heat", 0, &[]);
        check("//mod", 0, &[]);
        check("/mod\nx", 0, &[]);
    }

    #[test]
    fn files_are_completed_by_their_path() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["roof.md", "roof.txt", ".roof", "other"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("roofs")).unwrap();
        let typed = format!("/save {}/roof", folder.path().display());
        let completion = complete(&typed, Language::German, &|_, _| Vec::new());
        let names: Vec<&str> = completion
            .offers
            .iter()
            .filter_map(|offer| offer.value.rsplit_once("/roof"))
            .map(|(_, end)| end)
            .collect();
        assert_eq!(completion.from, 6);
        assert_eq!(names, [".md", ".txt", "s/"]);
    }
}
