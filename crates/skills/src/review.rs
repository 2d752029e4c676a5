//! What a person looks at before a skill is accepted.

use std::{collections::BTreeSet, time::Duration};

use localgpt_protocol::SkillReview;
use similar::{Algorithm, TextDiff};

use crate::{
    content::Content,
    pins::{Pin, Texts},
};

/// How long two texts are compared well; after that any difference will do.
const PATIENCE: Duration = Duration::from_millis(500);

/// A skill as it was shown to a person: exactly this can be accepted.
#[derive(Debug)]
pub struct Review {
    /// What is shown.
    pub shown: SkillReview,
    pub(crate) key: String,
    pub(crate) content: Content,
}

/// What is different from what was accepted, as a unified diff; everything if nothing was.
pub(crate) fn diff(pin: Option<&Pin>, old_texts: &Texts, content: &Content) -> String {
    let mut out = String::new();
    let before = pin.map(|pin| &pin.files);
    let old = |path: &String| before.and_then(|files| files.get(path));
    let paths: BTreeSet<&String> =
        before.into_iter().flat_map(|files| files.keys()).chain(content.files.keys()).collect();
    for path in paths {
        let (old, new) = (old(path), content.files.get(path));
        if old == new {
            continue;
        }
        let old_text = old.map(|digest| old_texts.get(digest));
        let new_text = new.map(|_| content.texts.get(path));
        let names = (name("a", path, old.is_some()), name("b", path, new.is_some()));
        match (old_text.unwrap_or(Some(&String::new())), new_text.unwrap_or(Some(&String::new()))) {
            (Some(old), Some(new)) => {
                let mut config = TextDiff::configure();
                let config = config.algorithm(Algorithm::Myers).timeout(PATIENCE);
                let diff = config.diff_lines(old.as_str(), new.as_str());
                let unified = diff.unified_diff().header(&names.0, &names.1).to_string();
                out.push_str(&unified);
                // Two empty files, one of which is not there, have no lines that differ.
                if unified.is_empty() {
                    out.extend(["--- ", &names.0, "\n+++ ", &names.1, "\n"]);
                }
            }
            // No text, or too long to be kept: a person has to look at the file itself.
            (None, _) | (_, None) => {
                let hash = |digest: Option<&String>| match digest {
                    Some(digest) => digest.clone(),
                    None => "nothing".to_owned(),
                };
                let (old, new) = (hash(old), hash(new));
                let said = "@@ not shown as text @@\n-sha256 ";
                out.extend(["--- ", &names.0, "\n+++ ", &names.1, "\n", said]);
                out.extend([old.as_str(), "\n+sha256 ", new.as_str(), "\n"]);
            }
        }
    }
    out
}

fn name(side: &str, path: &str, is_there: bool) -> String {
    match is_there {
        true => format!("{side}/{path}"),
        false => "/dev/null".to_owned(),
    }
}
