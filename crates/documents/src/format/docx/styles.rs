//! What the styles of a document say about its paragraphs.

use std::collections::HashMap;

use crate::format::xml::{Tag, Visit};

/// The most styles that are kept, and the longest way from a style to what it is based on.
const MOST: usize = 10_000;
const LONGEST_WAY: usize = 16;

/// One style.
#[derive(Debug, Default)]
struct Style {
    level: Option<u8>,
    list: Option<String>,
    based_on: Option<String>,
}

/// All styles by their identifiers, which are translated; their names are not.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<String, Style>,
    current: Option<(String, Style)>,
}

impl Styles {
    /// The level of the heading that a style makes.
    pub(super) fn level(&self, style: Option<&str>) -> Option<u8> {
        self.first(style, |style| style.level)
    }

    /// The list that a style puts its paragraphs into.
    pub(super) fn list(&self, style: Option<&str>) -> Option<&str> {
        self.first(style, |style| style.list.as_deref())
    }

    fn first<'a, T>(
        &'a self,
        style: Option<&str>,
        of: impl Fn(&'a Style) -> Option<T>,
    ) -> Option<T> {
        let mut style = self.styles.get(style?)?;
        for _ in 0..LONGEST_WAY {
            if let Some(found) = of(style) {
                return Some(found);
            }
            style = self.styles.get(style.based_on.as_deref()?)?;
        }
        None
    }
}

/// `heading 2` is 2, and a title stands above all headings.
fn level_of_name(name: &str) -> Option<u8> {
    let name = name.to_ascii_lowercase();
    if name == "title" {
        return Some(1);
    }
    name.strip_prefix("heading ")?.parse().ok().filter(|level| (1..=9).contains(level))
}

impl Visit for Styles {
    fn open(&mut self, name: &str, tag: &Tag<'_>) {
        if name == "style" {
            self.current = tag.value("styleId").map(|id| (id, Style::default()));
            return;
        }
        let Some((_, style)) = &mut self.current else { return };
        match name {
            "name" => style.level = tag.value("val").and_then(|name| level_of_name(&name)),
            "basedOn" => style.based_on = tag.value("val"),
            "numId" => style.list = tag.value("val"),
            "outlineLvl" => {
                let outline = tag.value("val").and_then(|value| super::level(&value));
                style.level = style.level.or(outline);
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if name == "style"
            && self.styles.len() < MOST
            && let Some((id, style)) = self.current.take()
        {
            self.styles.insert(id, style);
        }
    }

    fn text(&mut self, _text: &str) {}
}
