//! Who the assistant is, from `IDENTITY.md`: the one file of a workspace that is parsed.

use localgpt_protocol::js_trim;

/// What `IDENTITY.md` says; the words are the user's own. What a template left open is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// What it is called.
    pub name: Option<String>,
    /// The emoji beside its name.
    pub emoji: Option<String>,
    /// What kind of being it is.
    pub creature: Option<String>,
    /// How it comes across.
    pub vibe: Option<String>,
    /// Its colours.
    pub theme: Option<String>,
    /// The path or address of its picture.
    pub avatar: Option<String>,
}

/// Values that say that somebody should still choose one.
const OPEN: [&str; 9] = ["tbd", "todo", "tba", "n/a", "none", "-", "?", "...", "…"];
/// What stands around a value that is a hint.
const HINTS: [(char, char); 4] = [('(', ')'), ('<', '>'), ('[', ']'), ('{', '}')];

impl Identity {
    /// Reads lines such as `- **Name:** Robin`; the first line with a label counts.
    pub fn parse(text: &str) -> Self {
        let mut identity = Self::default();
        for line in text.lines() {
            let Some((label, value)) = without_bullet(js_trim(line)).split_once(':') else {
                continue;
            };
            let field = match without_emphasis(label).to_lowercase().as_str() {
                "name" => &mut identity.name,
                "emoji" => &mut identity.emoji,
                "creature" => &mut identity.creature,
                "vibe" => &mut identity.vibe,
                "theme" => &mut identity.theme,
                "avatar" => &mut identity.avatar,
                _ => continue,
            };
            let value = without_emphasis(value);
            if field.is_none() && !is_open(value) {
                *field = Some(value.to_owned());
            }
        }
        identity
    }
}

fn without_bullet(line: &str) -> &str {
    let rest = line.strip_prefix(['-', '*', '+']);
    rest.filter(|rest| rest.starts_with([' ', '\t'])).map_or(line, js_trim)
}

fn without_emphasis(text: &str) -> &str {
    let mut text = js_trim(text);
    // Blanks may stand between the marks: `** Robin**`.
    loop {
        let shorter = js_trim(text.trim_matches(['*', '_']));
        if shorter.len() == text.len() {
            return text;
        }
        text = shorter;
    }
}

fn is_open(value: &str) -> bool {
    let is_hint = HINTS.iter().any(|(start, end)| {
        let inside = value.strip_prefix(*start).and_then(|value| value.strip_suffix(*end));
        inside.is_some_and(|inside| !inside.contains(*end) || inside.ends_with(*end))
    });
    value.is_empty() || is_hint || OPEN.contains(&value.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let identity = Identity::parse(text);
        let fields = [
            ("name", identity.name),
            ("emoji", identity.emoji),
            ("creature", identity.creature),
            ("vibe", identity.vibe),
            ("theme", identity.theme),
            ("avatar", identity.avatar),
        ];
        let said: Vec<(&str, String)> =
            fields.into_iter().filter_map(|(label, value)| Some((label, value?))).collect();
        let expected: Vec<(&str, String)> =
            expected.iter().map(|(label, value)| (*label, (*value).to_owned())).collect();
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn bullets_and_bold_are_no_part_of_a_value() {
        check(
            "- **Name:** Ada\n* **Emoji:** 🦉\n+ Vibe : calm\n",
            &[("name", "Ada"), ("emoji", "🦉"), ("vibe", "calm")],
        );
        check(
            "**Name**: Ada\n__Creature:__ owl\n** theme: night **",
            &[("name", "Ada"), ("creature", "owl"), ("theme", "night")],
        );
    }

    #[test]
    fn a_value_keeps_its_colons_and_loses_a_carriage_return() {
        check(
            "\u{feff}NAME: Ada: the second\r\nAvatar: https://example.org/a.png\r\n",
            &[("name", "Ada: the second"), ("avatar", "https://example.org/a.png")],
        );
    }

    #[test]
    fn what_a_template_left_open_is_absent() {
        for open in ["", "_(choose one)_", "<name>", "TBD", "{{name}}", "[your name]", "…", "**"]
        {
            check(&format!("- **Name:** {open}\n"), &[]);
        }
        check("- **Name:**\n  _(choose one)_\n- **Emoji:** x\n", &[("emoji", "x")]);
        check(
            "Name: (Ada) and (Bob)\nAvatar: [a](b)\n",
            &[("name", "(Ada) and (Bob)"), ("avatar", "[a](b)")],
        );
    }

    #[test]
    fn the_first_line_with_a_label_counts_and_other_lines_do_not() {
        check("Nickname: x\nMy name: y\nName: Ada\nName: Bob\nno label\n", &[("name", "Ada")]);
    }
}
