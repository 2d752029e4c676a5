//! Which lists of a document have numbers, and how far they have counted.

use std::collections::{HashMap, HashSet};

use crate::format::xml::{Tag, Visit};

/// The most lists and levels that are kept.
const MOST: usize = 10_000;
/// Word has no more levels.
const DEEPEST: usize = 9;

/// The lists of a document. A list is an instance of an abstract one, which has the format of each level.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// The levels with numbers, by abstract list and depth.
    numbered: HashSet<(String, usize)>,
    /// The abstract list of each list.
    abstracts: HashMap<String, String>,
    /// The last number by list and depth.
    counts: HashMap<(String, usize), u32>,
    current_abstract: Option<String>,
    current_list: Option<String>,
    current_depth: usize,
}

impl Lists {
    /// Counts on in `list`; `None` where it has no numbers.
    pub(super) fn number(&mut self, list: &str, depth: usize) -> Option<u32> {
        let kind = self.abstracts.get(list)?;
        if !self.numbered.contains(&(kind.clone(), depth)) || self.counts.len() > MOST {
            return None;
        }
        for deeper in depth.saturating_add(1)..DEEPEST {
            self.counts.remove(&(list.to_owned(), deeper));
        }
        let count = self.counts.entry((list.to_owned(), depth)).or_default();
        *count = count.saturating_add(1);
        Some(*count)
    }
}

impl Visit for Lists {
    fn open(&mut self, name: &str, tag: &Tag<'_>) {
        match name {
            "abstractNum" => self.current_abstract = tag.value("abstractNumId"),
            "lvl" => {
                let depth = tag.value("ilvl").and_then(|value| value.parse().ok());
                self.current_depth = depth.unwrap_or_default();
            }
            "numFmt" => {
                let is_plain = matches!(tag.value("val").as_deref(), Some("bullet" | "none"));
                if let Some(list) = &self.current_abstract
                    && !is_plain
                    && self.numbered.len() < MOST
                {
                    self.numbered.insert((list.clone(), self.current_depth));
                }
            }
            "num" => {
                self.current_abstract = None;
                self.current_list = tag.value("numId");
            }
            "abstractNumId" => {
                if let (Some(list), Some(kind)) = (self.current_list.take(), tag.value("val"))
                    && self.abstracts.len() < MOST
                {
                    self.abstracts.insert(list, kind);
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, _name: &str) {}

    fn text(&mut self, _text: &str) {}
}
