//! Where a thing is known from: `memory/2026-03-05.md#L5-L9`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Whole lines of one file of the workspace.
///
/// Prints as `path#L5` for one line and `path#L5-L9` for several, and parses from the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Citation {
    /// Relative to the workspace, with `/`; `../` only for extra paths from the configuration.
    pub path: String,
    /// The first line, counted from 1.
    pub start_line: u32,
    /// The last line, inclusive, never before the first.
    pub end_line: u32,
}

/// The text was no `path#L5` or `path#L5-L9`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseCitationError;

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#L{}", self.path, self.start_line)?;
        if self.end_line > self.start_line {
            write!(f, "-L{}", self.end_line)?;
        }
        Ok(())
    }
}

impl FromStr for Citation {
    type Err = ParseCitationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, lines) = text.rsplit_once("#L").ok_or(ParseCitationError)?;
        let (start, end) = lines.split_once("-L").unwrap_or((lines, lines));
        let number = |digits: &str| digits.parse::<u32>().ok().filter(|line| *line > 0);
        match (number(start), number(end)) {
            (Some(start_line), Some(end_line)) if start_line <= end_line && !path.is_empty() => {
                Ok(Self { path: path.to_owned(), start_line, end_line })
            }
            _ => Err(ParseCitationError),
        }
    }
}

impl fmt::Display for ParseCitationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a citation like `memory/2026-03-05.md#L5-L9`")
    }
}

impl std::error::Error for ParseCitationError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_reads_back_as_it_was_printed() {
        for text in ["MEMORY.md#L5", "memory/2026-03-05.md#L5-L9", "a#L1.md#L2"] {
            assert_eq!(text.parse::<Citation>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_citation_is_refused() {
        for text in ["", "MEMORY.md", "#L5", "a#L0", "a#L9-L5", "a#Lx", "a#L5-9"] {
            assert_eq!(text.parse::<Citation>(), Err(ParseCitationError), "{text}");
        }
    }
}
