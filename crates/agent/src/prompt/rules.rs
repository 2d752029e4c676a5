//! Lines that set a rule, in English and German: what is kept of instructions that are too long.

/// How much a line binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// It demands or forbids.
    Strict,
    /// It may.
    Loose,
}

const STRICT: &[&str] = &[
    "must",
    "mustn't",
    "never",
    "don't",
    "forbidden",
    "prohibited",
    "muss",
    "musst",
    "müssen",
    "nie",
    "niemals",
    "darf",
    "darfst",
    "dürfen",
    "verboten",
];
const LOOSE: &[&str] =
    &["always", "not", "cannot", "can't", "only", "required", "immer", "nicht", "nur", "stets"];

/// Whether a line sets a rule.
pub(super) fn rule(line: &str) -> Option<Rule> {
    let line = line.replace('\u{2019}', "'").to_lowercase();
    let is_mark = |letter: char| !letter.is_alphanumeric() && letter != '\'';
    let mut before = "";
    let mut found = None;
    for word in line.split(is_mark).filter(|word| !word.is_empty()) {
        if STRICT.contains(&word) || (before, word) == ("do", "not") {
            return Some(Rule::Strict);
        }
        if LOOSE.contains(&word) || word.starts_with("kein") {
            found = Some(Rule::Loose);
        }
        before = word;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_known_by_their_words() {
        for (line, expected) in [
            ("- You MUST never push.", Some(Rule::Strict)),
            ("Do not send mail.", Some(Rule::Strict)),
            ("Don’t touch it", Some(Rule::Strict)),
            ("Das darf niemals nach draußen.", Some(Rule::Strict)),
            ("Always ask.", Some(Rule::Loose)),
            ("Keine Mails nach acht.", Some(Rule::Loose)),
            ("**immer** fragen", Some(Rule::Loose)),
            ("The mustard is in the cupboard.", None),
            ("Notes lie in memory/.", None),
            ("", None),
        ] {
            assert_eq!(rule(line), expected, "{line}");
        }
    }
}
