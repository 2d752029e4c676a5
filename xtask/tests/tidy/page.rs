//! What ARCHITECTURE.md says about crates, read from its tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::arrows::Arrows;

/// The crates of the page and the arrows between them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page {
    /// The crates in the section "Crates".
    pub(crate) crates: BTreeSet<String>,
    /// The level on which each crate of the section "Who may use whom" stands.
    pub(crate) levels: BTreeMap<String, u32>,
    /// What each of them may use.
    pub(crate) arrows: Arrows,
}

impl Page {
    /// Reads the page.
    pub(crate) fn read(markdown: &str) -> Self {
        let mut page = Self::default();
        for row in section(markdown, "Crates").lines().filter(|line| line.starts_with("| `")) {
            page.crates.extend(quoted(row).next().map(str::to_owned));
        }
        let section = section(markdown, "Who may use whom");
        let drawing = section.split("```").nth(1).unwrap_or_default();
        page.read_drawing(drawing.strip_prefix("text").unwrap_or(drawing));
        for line in section.lines() {
            let Some((before, uses)) = line.split_once(" uses ") else { continue };
            if line.starts_with("- `") {
                let uses = uses.split(',').next().unwrap_or_default();
                let from = quoted(before).next().unwrap_or_default().to_owned();
                page.arrows.entry(from).or_default().extend(quoted(uses).map(str::to_owned));
            }
        }
        page
    }

    fn read_drawing(&mut self, drawing: &str) {
        let mut level = 0;
        let mut for_all: Option<(u32, String)> = None;
        for line in drawing.lines() {
            let line = line.trim();
            let rest = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
            level = line[..line.len() - rest.len()].parse().unwrap_or(level);
            for cell in rest.split("  ").map(str::trim).filter(|cell| !cell.is_empty()) {
                if let Some(remark) = cell.strip_prefix("(everything from ") {
                    for_all = everything(remark);
                    continue;
                }
                let (names, uses) = cell.split_once('►').unwrap_or((cell, ""));
                for name in list(names.trim_end_matches(['─', ' '])) {
                    self.levels.insert(name.clone(), level);
                    self.arrows.entry(name).or_default().extend(list(uses));
                }
            }
        }
        let Some((from_level, used)) = for_all else { return };
        for (name, level) in &self.levels {
            if *level >= from_level {
                self.arrows.entry(name.clone()).or_default().insert(used.clone());
            }
        }
    }
}

/// Reads `2 up uses protocol)`.
fn everything(remark: &str) -> Option<(u32, String)> {
    let (level, used) = remark.strip_suffix(')')?.split_once(" up uses ")?;
    Some((level.parse().ok()?, used.to_owned()))
}

fn list(names: &str) -> impl Iterator<Item = String> {
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn section<'a>(markdown: &'a str, heading: &str) -> &'a str {
    let start = format!("\n## {heading}\n");
    let body = markdown.split_once(&start).map_or("", |(_, body)| body);
    body.split("\n## ").next().unwrap_or(body)
}

mod tests {
    use super::*;

    const PAGE: &str = "\
# Page

## Crates

| Crate | Knows |
|---|---|
| `cli` 2.0k | the terminal, and `words` |
| `embedding-data` | bytes |

## Who may use whom

```text
 3  cli ─────────► memory, config
 2  memory ──► guard, embedding                sessions, inference
    embedding ───► embedding-data
 1  protocol ────► guard           (everything from 2 up uses protocol)
 0  guard   config
```

- **Invariant:** `cli` uses nobody else.
- `testkit` uses `protocol` and `guard`, and is for tests.

## Next

| `other` | no crate |
";

    #[test]
    fn the_drawing_is_read() {
        let page = Page::read(PAGE);
        let drawn: Vec<String> = page
            .arrows
            .iter()
            .map(|(from, uses)| {
                let uses: Vec<&str> = uses.iter().map(String::as_str).collect();
                format!("{from}: {}", uses.join(" "))
            })
            .collect();
        assert_eq!(
            drawn,
            [
                "cli: config memory protocol",
                "config: ",
                "embedding: embedding-data protocol",
                "guard: ",
                "inference: protocol",
                "memory: embedding guard protocol",
                "protocol: guard",
                "sessions: protocol",
                "testkit: guard protocol",
            ]
        );
        assert_eq!(
            (page.levels["cli"], page.levels["embedding"], page.levels["config"]),
            (3, 2, 0)
        );
    }

    #[test]
    fn the_table_of_crates_is_read() {
        let crates: Vec<String> = Page::read(PAGE).crates.into_iter().collect();
        assert_eq!(crates, ["cli", "embedding-data"]);
    }
}
