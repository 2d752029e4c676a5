//! From a tree to Markdown.

use reqwest::Url;

use super::{
    Mode,
    content::Content,
    table::{self, Cell},
    tree::{Element, Kind, Tree, is_block},
    writer::Writer,
};

/// The longest address that is shown.
const LONGEST_ADDRESS: usize = 2_000;

/// Writes the content of a page, about `limit` bytes of it at most.
pub(super) fn write(
    tree: &Tree,
    content: &Content,
    base: &Url,
    mode: Mode,
    limit: usize,
) -> String {
    let mut page = Page { tree, content, base, mode, writer: Writer::new(limit), lists: 0 };
    match content.root {
        Some(root) => page.node(root),
        None => page.children(None),
    }
    page.writer.finish()
}

struct Page<'a> {
    tree: &'a Tree,
    content: &'a Content,
    base: &'a Url,
    mode: Mode,
    writer: Writer,
    /// How many lists are open: in them, paragraphs are lines.
    lists: usize,
}

impl<'a> Page<'a> {
    /// A tree is never deep, so this may recurse.
    fn node(&mut self, at: usize) {
        if !self.content.is_read(at) || self.writer.is_full() {
            return;
        }
        let tree: &'a Tree = self.tree;
        match tree.node(at).map(|node| &node.kind) {
            Some(Kind::Text(text)) => self.writer.words(text),
            Some(Kind::Element(element)) => self.element(at, element),
            None => {}
        }
    }

    fn children(&mut self, at: Option<usize>) {
        let tree: &'a Tree = self.tree;
        tree.children(at).for_each(|child| self.node(child));
    }

    fn element(&mut self, at: usize, element: &Element) {
        match element.tag.as_str() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(at, &element.tag),
            "a" => self.link(at, element),
            "img" | "amp-img" => self.image(element),
            "input" => self.checkbox(element),
            "br" => self.writer.line(),
            "hr" => {
                self.block();
                self.marks("---");
                self.block();
            }
            "pre" | "listing" | "xmp" => self.code_block(at),
            "code" | "samp" | "tt" => self.code(at),
            "ul" | "menu" | "dir" => self.list(at, None),
            "ol" => self.list(
                at,
                Some(element.attribute("start").and_then(|start| start.parse().ok()).unwrap_or(1)),
            ),
            "li" => self.item(at, "- "),
            "dt" => {
                self.writer.line();
                self.children(Some(at));
            }
            "dd" => self.item(at, ": "),
            "blockquote" => self.quote(at),
            "table" => self.table(at),
            "s" | "del" | "strike" => self.between(at, "~~"),
            "sup" => self.superscript(at),
            "q" => self.between(at, "\""),
            "math" if element.attribute("alttext").is_some() => {
                self.writer.mark(element.attribute("alttext").unwrap_or_default());
            }
            // Each stands in for a part of a table.
            "caption" | "tr" => {
                self.writer.line();
                self.children(Some(at));
                self.writer.line();
            }
            tag if is_block(tag) => {
                self.block();
                self.children(Some(at));
                self.block();
            }
            _ => self.children(Some(at)),
        }
    }

    fn block(&mut self) {
        match self.lists {
            0 => self.writer.paragraph(),
            _ => self.writer.line(),
        }
    }

    /// Writes a sign that plain text does without.
    fn marks(&mut self, sign: &str) {
        if self.mode == Mode::Markdown {
            self.writer.mark(sign);
        }
    }

    fn heading(&mut self, at: usize, tag: &str) {
        if !self.has_words(at) {
            return;
        }
        self.writer.paragraph();
        let level = tag.trim_start_matches('h').parse().unwrap_or(1);
        self.marks(&format!("{} ", "#".repeat(level)));
        self.writer.begin_inline();
        self.children(Some(at));
        self.writer.end_inline();
        self.writer.paragraph();
    }

    /// Whether anything would be written of a node.
    fn has_words(&self, at: usize) -> bool {
        self.tree.subtree(at).filter(|at| self.content.is_read(*at)).any(|at| {
            match self.tree.node(at).map(|node| &node.kind) {
                Some(Kind::Text(text)) => !text.trim().is_empty(),
                Some(Kind::Element(element)) => {
                    element.tag.ends_with("img")
                        && element.attribute("alt").is_some_and(|alt| !alt.trim().is_empty())
                }
                None => false,
            }
        })
    }

    fn link(&mut self, at: usize, element: &Element) {
        let href = element.attribute("href").unwrap_or_default().trim();
        let label = self.tree.text(at);
        if is_permalink(href, label.trim()) {
            return;
        }
        let address = match self.mode {
            Mode::Markdown => self.address(href),
            Mode::Text => None,
        };
        let Some(address) = address else { return self.children(Some(at)) };
        if label.trim() == address {
            return self.writer.words(&label);
        }
        if !self.has_words(at) {
            return;
        }
        if label.starts_with(char::is_whitespace) {
            self.writer.words(" ");
        }
        self.writer.open_bracket();
        self.writer.begin_inline();
        self.children(Some(at));
        self.writer.end_inline();
        self.writer.attach(&format!("]({address})"));
    }

    /// Where a link leads, if it leads to another page.
    fn address(&self, href: &str) -> Option<String> {
        if href.is_empty() || href.starts_with('#') {
            return None;
        }
        let url = self.base.join(href).ok()?;
        let is_here = url.fragment().is_some() && {
            let mut without = url.clone();
            without.set_fragment(None);
            without == *self.base
        };
        if is_here
            || !matches!(url.scheme(), "http" | "https" | "mailto")
            || url.as_str().len() > LONGEST_ADDRESS
        {
            return None;
        }
        let address = url.to_string();
        // A bracket without its other half would end the link.
        match balanced(&address) {
            true => Some(address),
            false => Some(address.replace('(', "%28").replace(')', "%29")),
        }
    }

    fn image(&mut self, element: &Element) {
        let alt = element.attribute("alt").unwrap_or_default();
        let alt = alt.split_whitespace().collect::<Vec<_>>().join(" ");
        if !alt.is_empty() {
            self.writer.mark(&format!("[image: {alt}]"));
        }
    }

    fn checkbox(&mut self, element: &Element) {
        if element.attribute("type") == Some("checkbox") {
            self.writer.mark(if element.attribute("checked").is_some() { "[x] " } else { "[ ] " });
        }
    }

    fn superscript(&mut self, at: usize) {
        // 10<sup>6</sup> is not 106.
        let is_power =
            self.tree.text(at).trim().chars().all(|character| character.is_ascii_digit());
        let is_link = self.tree.find("a", self.tree.subtree(at)).next().is_some();
        if is_power && !is_link {
            self.writer.mark("^");
        }
        self.children(Some(at));
    }

    fn between(&mut self, at: usize, sign: &str) {
        if self.has_words(at) {
            self.writer.mark(sign);
            self.children(Some(at));
            self.writer.attach(sign);
        }
    }

    fn code(&mut self, at: usize) {
        let text = self.tree.text(at);
        let text = text.trim();
        if self.mode == Mode::Text || text.is_empty() || text.contains('`') {
            return self.children(Some(at));
        }
        let has_link = self.tree.find("a", self.tree.subtree(at)).next().is_some();
        if has_link {
            return self.children(Some(at));
        }
        self.writer.mark(&format!("`{}`", text.split_whitespace().collect::<Vec<_>>().join(" ")));
    }

    fn code_block(&mut self, at: usize) {
        let mut text = String::new();
        self.verbatim(at, &mut text);
        let text = text.trim_matches(['\n', '\r']).trim_end();
        if text.is_empty() {
            return;
        }
        self.block();
        match self.mode {
            Mode::Text => self.writer.verbatim(text),
            Mode::Markdown => {
                let longest = text
                    .lines()
                    .filter(|line| line.trim_start().starts_with("```"))
                    .map(ticks)
                    .max();
                let fence = "`".repeat(longest.map_or(3, |longest| longest + 1));
                self.writer.verbatim(&format!("{fence}{}\n{text}\n{fence}", self.language(at)));
            }
        }
        self.block();
    }

    /// The text of a node as it stands, without what is left out.
    fn verbatim(&self, at: usize, out: &mut String) {
        if !self.content.is_read(at) || out.len() > 1_000_000 {
            return;
        }
        match self.tree.node(at).map(|node| &node.kind) {
            Some(Kind::Text(text)) => out.push_str(&text.replace("\r\n", "\n")),
            Some(Kind::Element(element)) => {
                self.tree.children(Some(at)).for_each(|child| self.verbatim(child, out));
                let is_line = element.tag == "br"
                    || (matches!(element.tag.as_str(), "div" | "p" | "li" | "tr"));
                if is_line && !out.ends_with('\n') {
                    out.push('\n');
                }
            }
            None => {}
        }
    }

    /// The language of a piece of code, as its classes say.
    fn language(&self, at: usize) -> String {
        let above = std::iter::successors(Some(at), |at| self.tree.node(*at)?.parent).take(3);
        let below = self.tree.find("code", self.tree.subtree(at)).take(1);
        let classes = above.chain(below).filter_map(|at| self.tree.element(at)?.attribute("class"));
        let named = classes.flat_map(str::split_whitespace).find_map(|class| {
            ["language-", "lang-", "highlight-source-", "brush:"]
                .into_iter()
                .find_map(|start| class.strip_prefix(start))
        });
        let is_word = |word: &&str| {
            word.len() <= 20
                && word.chars().all(|c| c.is_ascii_alphanumeric() || "+#-_".contains(c))
        };
        named.filter(is_word).unwrap_or_default().to_owned()
    }

    fn list(&mut self, at: usize, first: Option<u32>) {
        self.block();
        self.lists += 1;
        let tree: &'a Tree = self.tree;
        let mut number = first;
        for child in tree.children(Some(at)) {
            match (tree.tag(child), number) {
                ("li", Some(current)) => {
                    let before = self.writer.len();
                    self.item_if_read(child, &format!("{current}. "));
                    if self.writer.len() > before {
                        number = current.checked_add(1);
                    }
                }
                ("li", None) => self.item_if_read(child, "- "),
                _ => self.node(child),
            }
        }
        self.lists = self.lists.saturating_sub(1);
        self.block();
    }

    fn item_if_read(&mut self, at: usize, marker: &str) {
        if self.content.is_read(at) {
            self.item(at, marker);
        }
    }

    fn item(&mut self, at: usize, marker: &str) {
        self.writer.line();
        let indent = " ".repeat(marker.len());
        let before = self.writer.indent(marker, &indent);
        self.lists += 1;
        self.children(Some(at));
        self.lists = self.lists.saturating_sub(1);
        self.writer.outdent(before);
        self.writer.line();
    }

    fn quote(&mut self, at: usize) {
        self.block();
        let lists = std::mem::take(&mut self.lists);
        let before = self.writer.indent("> ", "> ");
        self.children(Some(at));
        self.writer.outdent(before);
        self.lists = lists;
        self.block();
    }

    fn table(&mut self, at: usize) {
        let tree: &'a Tree = self.tree;
        let rows = match table::rows(tree, at, |node| self.content.is_read(node)) {
            Some(rows) if self.mode == Mode::Markdown => rows,
            // It puts things beside each other and means nothing.
            _ => {
                self.block();
                self.children(Some(at));
                return self.block();
            }
        };
        self.block();
        let captions = tree.children(Some(at)).filter(|child| tree.tag(*child) == "caption");
        captions.for_each(|caption| self.node(caption));
        self.block();
        let columns = rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.columns).sum::<usize>())
            .max()
            .unwrap_or(0);
        for (number, row) in rows.iter().enumerate() {
            self.writer.line();
            self.writer.mark("|");
            let mut written = 0;
            for cell in row {
                self.cell(cell);
                written += cell.columns;
            }
            self.writer.mark(&" |".repeat(columns.saturating_sub(written)));
            if number == 0 {
                self.writer.line();
                self.writer.mark(&format!("|{}", "---|".repeat(columns)));
            }
        }
        self.block();
    }

    fn cell(&mut self, cell: &Cell) {
        // Written apart, so that what is in it cannot end it.
        let mut page = Page { writer: Writer::new(table::LONGEST_CELL), lists: 0, ..*self };
        page.writer.begin_inline();
        cell.at.into_iter().for_each(|at| page.children(Some(at)));
        let text = page.writer.finish().replace('\n', " ").replace('|', "\\|");
        self.writer.mark(&format!(" {text} |{}", " |".repeat(cell.columns - 1)));
    }
}

/// Whether a link is the anchor of its own heading.
fn is_permalink(href: &str, label: &str) -> bool {
    let is_sign = matches!(
        label,
        "" | "#"
            | "^"
            | "↑"
            | "¶"
            | "§"
            | "🔗"
            | "Permalink"
            | "Link to this heading"
            | "Link to this section"
    );
    href.starts_with('#') && is_sign
}

fn balanced(address: &str) -> bool {
    let mut open = 0_usize;
    for character in address.chars() {
        match character {
            '(' => open += 1,
            ')' => match open.checked_sub(1) {
                Some(left) => open = left,
                None => return false,
            },
            _ => {}
        }
    }
    open == 0
}

fn ticks(line: &str) -> usize {
    line.trim_start().chars().take_while(|character| *character == '`').count()
}
