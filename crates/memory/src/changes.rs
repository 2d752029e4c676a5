//! Lines that say that something changed, and lines that no longer hold.

/// What a piece of a note says about time passing over what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing.
    Plain = 0,
    /// It replaces something that was so before.
    Replaces = 1,
    /// It says of itself that it no longer holds.
    Past = 2,
}

/// What a word alone says of the text it stands in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hint {
    /// Nothing.
    #[default]
    None,
    /// The text has to be looked at.
    Look,
    /// It replaces something.
    Replaces,
}

/// What a folded word alone says.
pub(crate) fn hint(word: &str) -> Hint {
    if CHANGES.contains(&word) {
        Hint::Replaces
    } else if LOOK.contains(&word) {
        Hint::Look
    } else {
        Hint::None
    }
}

/// What `text` says of itself, of whose words the strongest hint is `hint`.
pub(crate) fn standing(text: &str, hint: Hint) -> Standing {
    let is_struck = memchr::memmem::find_iter(text.as_bytes(), b"~~").nth(1).is_some();
    if is_struck {
        return Standing::Past;
    }
    if hint == Hint::None {
        return Standing::Plain;
    }
    let lower = text.to_lowercase();
    if PAST.iter().any(|mark| lower.contains(mark)) {
        Standing::Past
    } else if hint == Hint::Replaces || REPLACES.iter().any(|phrase| lower.contains(phrase)) {
        Standing::Replaces
    } else {
        Standing::Plain
    }
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

/// A word, folded, of each of the marks and phrases.
const LOOK: [&str; 13] = [
    "superseded",
    "obsolete",
    "outdated",
    "ueberholt",
    "veraltet",
    "ungueltig",
    "mehr",
    "sofort",
    "bisher",
    "longer",
    "any",
    "now",
    "nicht",
];

#[cfg(test)]
mod tests {
    use localgpt_embedding::for_each_word;

    use super::*;

    fn standing_of(text: &str) -> Standing {
        let mut strongest = Hint::None;
        for_each_word(text, |word, _| strongest = strongest.max(hint(word)));
        standing(text, strongest)
    }

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
            assert_eq!(standing_of(text), expected, "{text}");
        }
    }
}
