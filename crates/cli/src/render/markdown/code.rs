//! Code in the sixteen colours that every terminal has, so that it fits a light one and a dark one.

use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, ScopeStackOp, SyntaxSet};

use crate::render::style::styled;

/// Longer lines are shown as they are: the patterns of the languages take too long on them.
const LONGEST_LINE: usize = 2_000;

/// Read when the first code of a known language is shown.
static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Kinds of words and their escape codes, the more special first.
static COLOURS: LazyLock<Vec<(Scope, &str)>> = LazyLock::new(|| {
    let colours = [
        ("comment", "2"),
        ("constant.character.escape", "36"),
        ("string", "32"),
        ("constant", "36"),
        ("keyword.operator", ""),
        ("keyword", "35"),
        ("storage", "35"),
        ("entity.name.function", "34"),
        ("entity.name.tag", "35"),
        ("entity.other.attribute-name", "36"),
        ("entity.name", "1"),
        ("support", "34"),
        ("markup.inserted", "32"),
        ("markup.deleted", "31"),
        ("markup.heading", "1"),
    ];
    colours.iter().filter_map(|(name, code)| Some((Scope::new(name).ok()?, *code))).collect()
});

/// One piece of code, line after line.
#[derive(Debug)]
pub(super) enum Code {
    /// In a language that is known.
    Known(Box<(ParseState, ScopeStack)>),
    /// As it is.
    Unknown,
}

impl Code {
    /// Code whose fence names its language.
    pub(super) fn of(language: &str) -> Self {
        let end = |character: char| character.is_whitespace() || matches!(character, ',' | '{');
        let token = language.trim().split(end).next().unwrap_or_default().to_lowercase();
        let token = match token.as_str() {
            "" | "text" | "txt" | "plain" => return Self::Unknown,
            "ts" | "tsx" | "typescript" | "jsx" | "mjs" => "js",
            "jsonc" | "json5" => "json",
            "shell" | "console" | "zsh" | "fish" => "bash",
            token => token,
        };
        match SYNTAXES.find_syntax_by_token(token) {
            Some(syntax) => Self::Known(Box::new((ParseState::new(syntax), ScopeStack::new()))),
            None => Self::Unknown,
        }
    }

    /// The next line, which holds no line break, in its colours.
    pub(super) fn line(&mut self, line: &str) -> String {
        let Self::Known(known) = self else { return line.to_owned() };
        let (state, stack) = known.as_mut();
        let whole = format!("{line}\n");
        let coloured = match line.len() <= LONGEST_LINE {
            true => state.parse_line(&whole, &SYNTAXES).ok(),
            false => None,
        };
        match coloured.and_then(|changes| paint(line, &changes, stack)) {
            Some(painted) => painted,
            None => {
                *self = Self::Unknown;
                line.to_owned()
            }
        }
    }
}

/// The line with the colours of its scopes; `None` if the changes do not fit it.
fn paint(line: &str, changes: &[(usize, ScopeStackOp)], stack: &mut ScopeStack) -> Option<String> {
    let mut out = String::new();
    let mut from = 0;
    let mut pending = (String::new(), "");
    let mut piece = |text: &str, code: &'static str| {
        if code != pending.1 {
            out.push_str(&styled(pending.1, &pending.0));
            pending = (String::new(), code);
        }
        pending.0.push_str(text);
    };
    for (at, change) in changes {
        let at = (*at).min(line.len());
        piece(line.get(from..at)?, colour(stack));
        from = at;
        stack.apply(change).ok()?;
    }
    piece(line.get(from..)?, colour(stack));
    let (text, code) = pending;
    out.push_str(&styled(code, &text));
    Some(out)
}

fn colour(stack: &ScopeStack) -> &'static str {
    for scope in stack.as_slice().iter().rev() {
        for (kind, code) in COLOURS.iter() {
            if kind.is_prefix_of(*scope) {
                return code;
            }
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn words_of_a_known_language_have_colours() {
        let mut code = Code::of("rust,ignore");
        let lines = ["/* a", "b */ let x = \"s\\n\";"].map(|line| code.line(line));
        expect![[r#"
            [
                "\u{1b}[2m/* a\u{1b}[0m",
                "\u{1b}[2mb */\u{1b}[0m \u{1b}[35mlet\u{1b}[0m x = \u{1b}[32m\"s\u{1b}[0m\u{1b}[36m\\n\u{1b}[0m\u{1b}[32m\"\u{1b}[0m;",
            ]
        "#]]
        .assert_debug_eq(&lines);
    }

    #[test]
    fn an_unknown_language_is_shown_as_it_is() {
        assert_eq!(Code::of("klingon").line("let x"), "let x");
        let long = "x".repeat(LONGEST_LINE + 1);
        assert_eq!(Code::of("rust").line(&long), long);
    }
}
