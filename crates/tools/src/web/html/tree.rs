//! From the bytes of a page to a tree, in time that grows with the page alone.
//!
//! A browser's way to a tree looks back over all open elements again and again, which a page can make arbitrarily slow;
//! for reading, a simpler one is enough. Invariants: nodes stand in the order of the page, so that a node's descendants
//! are the nodes up to its `end`; no node is deeper than [`DEEPEST`], so that whoever walks the tree may recurse; there
//! are at most [`MOST_NODES`].

use std::{collections::HashMap, ops::Range};

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// Elements that are deeper become neighbours, as in browsers.
const DEEPEST: usize = 200;
/// What comes after so many nodes is left out.
const MOST_NODES: usize = 200_000;
/// The longest value of an attribute that is kept.
const LONGEST_VALUE: usize = 4_000;

/// What is kept of attributes.
const KEPT: [&str; 24] = [
    "alt",
    "alttext",
    "aria-hidden",
    "aria-modal",
    "checked",
    "class",
    "colspan",
    "content",
    "hidden",
    "href",
    "id",
    "lang",
    "name",
    "open",
    "property",
    "rel",
    "role",
    "rowspan",
    "src",
    "start",
    "style",
    "title",
    "type",
    "url",
];

/// A page.
#[derive(Debug, Default)]
pub(in crate::web) struct Tree {
    nodes: Vec<Node>,
}

/// An element, or a piece of text.
#[derive(Debug)]
pub(in crate::web) struct Node {
    /// The first node that is none of its descendants.
    end: usize,
    /// The element around it.
    pub(in crate::web) parent: Option<usize>,
    /// Which of the two.
    pub(in crate::web) kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub(in crate::web) enum Kind {
    /// Text, with its entities resolved.
    Text(String),
    /// An element.
    Element(Element),
}

/// An element without what is in it.
#[derive(Debug, Default)]
pub(in crate::web) struct Element {
    /// In lower case.
    pub(in crate::web) tag: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute.
    pub(in crate::web) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether one of its classes is called so.
    pub(in crate::web) fn has_class(&self, name: &str) -> bool {
        self.attribute("class")
            .is_some_and(|classes| classes.split_whitespace().any(|class| class == name))
    }
}

impl Tree {
    /// Reads a page.
    pub(in crate::web) fn of_html(html: &str) -> Self {
        Self::read(html, Language::Html)
    }

    /// Reads XML, as far as a feed needs it.
    pub(in crate::web) fn of_xml(xml: &str) -> Self {
        Self::read(xml, Language::Xml)
    }

    fn read(text: &str, language: Language) -> Self {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(language == Language::Html);
        let mut builder =
            Builder { tree: Self::default(), open: Vec::new(), counts: HashMap::new(), language };
        for Ok(token) in Tokenizer::new_with_emitter(text, emitter) {
            if builder.tree.nodes.len() >= MOST_NODES {
                break;
            }
            match token {
                Token::StartTag(tag) => builder.start(&tag),
                Token::EndTag(tag) => builder.end(&lossy(&tag.name)),
                Token::String(text) => builder.text(&lossy(&text)),
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        builder.close_to(0);
        builder.tree
    }

    /// Whether the page has more nodes than are kept.
    pub(in crate::web) fn is_cut(&self) -> bool {
        self.nodes.len() >= MOST_NODES
    }

    /// How many nodes there are.
    pub(in crate::web) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A node.
    pub(in crate::web) fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// An element; nothing if it is text.
    pub(in crate::web) fn element(&self, at: usize) -> Option<&Element> {
        match self.nodes.get(at).map(|node| &node.kind) {
            Some(Kind::Element(element)) => Some(element),
            Some(Kind::Text(_)) | None => None,
        }
    }

    /// The tag of an element; empty if it is text.
    pub(in crate::web) fn tag(&self, at: usize) -> &str {
        self.element(at).map_or("", |element| element.tag.as_str())
    }

    /// A node and all its descendants.
    pub(in crate::web) fn subtree(&self, at: usize) -> Range<usize> {
        at..self.nodes.get(at).map_or(at, |node| node.end)
    }

    /// The nodes directly in an element; of none, those at the top.
    pub(in crate::web) fn children(&self, at: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        let within = at.map_or(0..self.nodes.len(), |at| at + 1..self.subtree(at).end);
        std::iter::successors(Some(within.start), |at| self.nodes.get(*at).map(|node| node.end))
            .take_while(move |at| *at < within.end)
    }

    /// The elements called so, in a range of nodes.
    pub(in crate::web) fn find(
        &self,
        tag: &'static str,
        within: Range<usize>,
    ) -> impl Iterator<Item = usize> + '_ {
        within.filter(move |at| self.tag(*at) == tag)
    }

    /// The text in a node as it stands.
    pub(in crate::web) fn text(&self, at: usize) -> String {
        let nodes = self.nodes.get(self.subtree(at)).unwrap_or_default();
        nodes
            .iter()
            .filter_map(|node| match &node.kind {
                Kind::Text(text) => Some(text.as_str()),
                Kind::Element(_) => None,
            })
            .collect()
    }
}

/// The rules by which elements are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Html,
    Xml,
}

struct Builder {
    tree: Tree,
    /// The elements that are open, outermost first.
    open: Vec<usize>,
    /// How many of each tag are open, so that an end without a start costs nothing.
    counts: HashMap<String, usize>,
    language: Language,
}

impl Builder {
    fn start(&mut self, tag: &StartTag<()>) {
        let name = lossy(&tag.name);
        let is_html = self.language == Language::Html;
        // They are implied, and what they say is of no interest.
        if is_html && matches!(name.as_str(), "html" | "head" | "body") {
            return;
        }
        if is_html {
            self.close_implied(&name);
        }
        let kept = tag.attributes.iter().filter_map(|(name, value)| {
            let name = KEPT.iter().find(|kept| kept.as_bytes() == name.as_slice())?;
            (value.len() <= LONGEST_VALUE).then(|| ((*name).to_owned(), lossy(value)))
        });
        let is_empty = if is_html { is_void(&name) } else { tag.self_closing };
        let element = Element { tag: name, attributes: kept.collect() };
        let tag = element.tag.clone();
        let at = self.push(Kind::Element(element));
        if !is_empty && self.open.len() < DEEPEST {
            self.open.push(at);
            *self.counts.entry(tag).or_default() += 1;
        }
    }

    fn text(&mut self, text: &str) {
        let at = self.tree.nodes.len().wrapping_sub(1);
        let parent = self.open.last().copied();
        match self.tree.nodes.get_mut(at) {
            // Text comes in pieces.
            Some(Node { kind: Kind::Text(before), parent: same, .. }) if *same == parent => {
                before.push_str(text);
            }
            _ => drop(self.push(Kind::Text(text.to_owned()))),
        }
    }

    fn push(&mut self, kind: Kind) -> usize {
        let at = self.tree.nodes.len();
        self.tree.nodes.push(Node { end: at + 1, parent: self.open.last().copied(), kind });
        at
    }

    fn end(&mut self, name: &str) {
        if self.counts.get(name).is_none_or(|count| *count == 0) {
            // An end without a start is a line break and a paragraph, in browsers as well.
            if name == "br" {
                self.push(Kind::Element(Element { tag: name.to_owned(), attributes: Vec::new() }));
            }
            return;
        }
        let stays_in_cell = self.language == Language::Html && !is_table_part(name);
        for depth in (0..self.open.len()).rev() {
            let tag = self.open.get(depth).map_or("", |at| self.tree.tag(*at));
            if tag == name {
                return self.close_to(depth);
            }
            if stays_in_cell && matches!(tag, "td" | "th" | "table") {
                return;
            }
        }
    }

    /// Closes what a start tag closes without saying so.
    fn close_implied(&mut self, name: &str) {
        let (closed, kept_by): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol", "menu", "dir", "td", "th", "table"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl", "td", "th", "table"]),
            "tr" => (&["tr"], &["table"]),
            "td" | "th" => (&["td", "th"], &["tr", "table"]),
            "thead" | "tbody" | "tfoot" => (&["thead", "tbody", "tfoot"], &["table"]),
            "option" => (&["option"], &["select"]),
            "a" => (&["a"], &["td", "th", "table", "li"]),
            name if is_block(name) => {
                (&["p"], &["td", "th", "table", "li", "div", "section", "article", "blockquote"])
            }
            _ => return,
        };
        if closed.iter().all(|tag| self.counts.get(*tag).is_none_or(|count| *count == 0)) {
            return;
        }
        for depth in (0..self.open.len()).rev() {
            let tag = self.open.get(depth).map_or("", |at| self.tree.tag(*at));
            if closed.contains(&tag) {
                return self.close_to(depth);
            }
            if kept_by.contains(&tag) {
                return;
            }
        }
    }

    /// Closes elements until so many are open.
    fn close_to(&mut self, depth: usize) {
        let end = self.tree.nodes.len();
        while self.open.len() > depth {
            let Some(at) = self.open.pop() else { return };
            let tag = self.tree.tag(at).to_owned();
            if let Some(count) = self.counts.get_mut(&tag) {
                *count = count.saturating_sub(1);
            }
            if let Some(node) = self.tree.nodes.get_mut(at) {
                node.end = end;
            }
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn is_void(tag: &str) -> bool {
    matches!(
        tag,
        "area"
            | "base"
            | "basefont"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

fn is_table_part(tag: &str) -> bool {
    matches!(tag, "table" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th")
}

/// Whether an element stands on lines of its own.
pub(in crate::web) fn is_block(tag: &str) -> bool {
    matches!(
        tag,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "search"
            | "section"
            | "summary"
            | "table"
            | "ul"
    ) || is_table_part(tag)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn shown(tree: &Tree, at: Option<usize>, out: &mut String) {
        for child in tree.children(at) {
            match tree.node(child).map(|node| &node.kind) {
                Some(Kind::Text(text)) => out.push_str(text),
                Some(Kind::Element(element)) => {
                    out.push_str(&element.tag);
                    out.push('(');
                    shown(tree, Some(child), out);
                    out.push(')');
                }
                None => {}
            }
        }
    }

    fn check(html: &str, expected: &Expect) {
        let mut out = String::new();
        shown(&Tree::of_html(html), None, &mut out);
        expected.assert_eq(&out);
    }

    #[test]
    fn what_is_not_closed_is_closed_by_what_follows() {
        check("<p>a<p>b<div>c</div>", &expect!["p(a)p(b)div(c)"]);
        check("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e", &expect!["ul(li(a)li(bul(li(c)))li(d))e"]);
        check(
            "<table><tr><td>a<td>b<tr><td>c</table>d",
            &expect!["table(tr(td(a)td(b))tr(td(c)))d"],
        );
        check("<dl><dt>a<dd>b<dt>c</dl>", &expect!["dl(dt(a)dd(b)dt(c))"]);
        check("<a href=1>a<a href=2>b", &expect!["a(a)a(b)"]);
    }

    #[test]
    fn an_end_without_a_start_closes_nothing() {
        check("<div>a</p></span>b</div>", &expect!["div(ab)"]);
        check("<div><table><tr><td>a</div>b</table>c</div>", &expect!["div(table(tr(td(ab)))c)"]);
        check("<b><p>a</b>b</p>", &expect!["b(p(a))b"]);
    }

    #[test]
    fn a_hundred_thousand_nested_elements_are_no_tree_of_that_depth() {
        let tree =
            Tree::of_html(&format!("{}x{}y", "<div>".repeat(100_000), "</div>".repeat(100_000)));
        let mut out = String::new();
        shown(&tree, None, &mut out);
        assert!(out.contains('x') && out.contains('y'));
    }

    #[test]
    fn a_page_of_tags_alone_has_a_bounded_number_of_nodes() {
        assert_eq!(Tree::of_html(&"<b>".repeat(300_000)).len(), MOST_NODES);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_tree(html in "(<[/a-z]{1,6}>|<td|<p|a=\"|[ -~]|<!--|-->|]]>){0,60}") {
            let tree = Tree::of_html(&html);
            let mut count = 0;
            let mut todo = vec![None];
            while let Some(at) = todo.pop() {
                for child in tree.children(at) {
                    proptest::prop_assert_eq!(tree.node(child).and_then(|node| node.parent), at);
                    count += 1;
                    todo.push(Some(child));
                }
            }
            proptest::prop_assert_eq!(count, tree.len());
        }
    }
}
