//! Lines that say that something changed, and lines that no longer hold.

use localgpt_embedding::for_each_word;

/// What a piece of a note says about time passing over what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing.
    Plain,
    /// It replaces something that was so before.
    Replaces,
    /// It says of itself that it no longer holds.
    Past,
}

/// What `text` says of itself.
pub(crate) fn standing(text: &str) -> Standing {
    let lower = text.to_lowercase();
    let is_struck = text.matches("~~").count() >= 2;
    if is_struck || PAST.iter().any(|mark| lower.contains(mark)) {
        return Standing::Past;
    }
    let mut replaces = REPLACES.iter().any(|phrase| lower.contains(phrase));
    for_each_word(text, |word, _| replaces |= CHANGES.contains(&word));
    if replaces { Standing::Replaces } else { Standing::Plain }
}

/// Marks that a line is no longer so; OpenClaw's prompts write the first.
const PAST: [&str; 8] = [
    "status: superseded",
    "(superseded",
    "(obsolete",
    "(outdated",
    "(überholt",
    "(veraltet",
    "(ungültig",
    "gilt nicht mehr",
];

/// Words, folded, of a line that replaces an older one.
const CHANGES: [&str; 30] = [
    "gewechselt",
    "wechselten",
    "umgestellt",
    "umgezogen",
    "umbenannt",
    "geaendert",
    "ersetzt",
    "abgeloest",
    "korrektur",
    "korrigiert",
    "berichtigt",
    "stattdessen",
    "jetzt",
    "nunmehr",
    "neuerdings",
    "changed",
    "switched",
    "replaced",
    "replaces",
    "renamed",
    "moved",
    "migrated",
    "corrected",
    "correction",
    "updated",
    "instead",
    "supersedes",
    "relocated",
    "upgraded",
    "nachgebessert",
];

const REPLACES: [&str; 8] = [
    "nicht mehr",
    "ab sofort",
    "statt bisher",
    "no longer",
    "not any more",
    "from now on",
    "we now ",
    "is now ",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_that_it_replaces_another_or_no_longer_holds() {
        for (text, expected) in [
            ("Hausarztpraxis gewechselt: jetzt Dr. Yıldız", Standing::Replaces),
            ("The backup is now on the NAS", Standing::Replaces),
            ("We no longer use port 8080", Standing::Replaces),
            ("~~Port 8080~~ 9090", Standing::Past),
            ("Vegan <!-- observed: 2025-01-02; status: superseded -->", Standing::Past),
            ("Der Schlüssel hängt im Flur", Standing::Plain),
        ] {
            assert_eq!(standing(text), expected, "{text}");
        }
    }
}
