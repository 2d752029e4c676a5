//! Lines of a width, and words for a shell.

use std::{borrow::Cow, io};

use terminal_size::terminal_size_of;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Wider prose is hard to read.
const WIDEST: usize = 100;

/// The room for text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// A terminal with so many columns.
    Columns(usize),
    /// A pipe or a file: lines stay whole.
    Endless,
}

impl Width {
    /// The room that stdout has.
    pub(crate) fn of_stdout() -> Self {
        match terminal_size_of(io::stdout()) {
            Some((columns, _)) => Self::Columns(usize::from(columns.0).clamp(20, WIDEST)),
            None => Self::Endless,
        }
    }

    /// Columns for something that is one line long.
    pub(crate) fn columns(self) -> usize {
        match self {
            Self::Columns(columns) => columns,
            Self::Endless => WIDEST,
        }
    }
}

/// The text in lines that fit, cut at spaces; a word that is too long stays whole.
pub(crate) fn wrap(text: &str, width: Width, indent: usize) -> Vec<String> {
    let room = match width {
        Width::Endless => return text.lines().map(str::to_owned).collect(),
        Width::Columns(columns) => columns.saturating_sub(indent).max(10),
    };
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.width() <= room {
            lines.push(line.to_owned());
            continue;
        }
        let mut current = String::new();
        let mut used = 0;
        for word in line.split_inclusive(' ') {
            if used > 0 && used + word.trim_end().width() > room {
                lines.push(current.trim_end().to_owned());
                current.clear();
                used = 0;
            }
            current.push_str(word);
            used += word.width();
        }
        lines.push(current.trim_end().to_owned());
    }
    lines
}

/// The text cut to `columns`, with `…` where something is missing.
pub(crate) fn crop(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut used = 1;
    let mut cropped = String::new();
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > columns {
            break;
        }
        cropped.push(character);
    }
    cropped.truncate(cropped.trim_end().len());
    cropped.push('…');
    Cow::Owned(cropped)
}

/// The text followed by spaces up to `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}

/// The text as one word of a command line.
pub(crate) fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A size as people say it: `12 KiB`.
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes;
    let mut tenths = 0;
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        match (value, tenths) {
            (0..10, _) if unit != "bytes" => return format!("{value}.{tenths} {unit}"),
            (..1024, _) => return format!("{value} {unit}"),
            (1024.., _) => {
                tenths = value % 1024 * 10 / 1024;
                value /= 1024;
            }
        }
    }
    format!("{value} TiB")
}

/// A number and its noun: `1 file`, `2 files`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_no_word_is_lost() {
        let text = "one two three four five\nsix";
        assert_eq!(wrap(text, Width::Columns(12), 0), ["one two", "three four", "five", "six"]);
        assert_eq!(wrap(text, Width::Endless, 0), ["one two three four five", "six"]);
        assert_eq!(wrap("漢字漢字漢 字漢字", Width::Columns(12), 0), ["漢字漢字漢", "字漢字"]);
    }

    #[test]
    fn cut_text_shows_that_it_is_cut() {
        assert_eq!(crop("short", 5), "short");
        assert_eq!(crop("longer text", 8), "longer…");
        assert_eq!(crop("漢字漢字", 5), "漢字…");
    }

    #[test]
    fn sizes_read_like_speech() {
        let said: Vec<String> = [0, 1023, 1024, 1536, 20_480, 5_347_737, 3 << 40].map(size).into();
        assert_eq!(
            said,
            ["0 bytes", "1023 bytes", "1.0 KiB", "1.5 KiB", "20 KiB", "5.0 MiB", "3 TiB"]
        );
    }

    #[test]
    fn a_question_survives_the_shell() {
        assert_eq!(shell_word("it's $HOME"), r"'it'\''s $HOME'");
    }
}
