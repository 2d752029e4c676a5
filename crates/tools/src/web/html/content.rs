//! What of a page is its content: not what is hidden, not what surrounds it on every page of the site.

use super::tree::{Kind, Tree};

/// Which nodes are read, and where the content begins.
#[derive(Debug)]
pub(super) struct Content {
    left_out: Vec<bool>,
    /// The element that holds it; none is the whole page.
    pub(super) root: Option<usize>,
}

/// Characters in a node that are read, without blanks.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    text: usize,
    /// Those in links.
    links: usize,
}

impl Content {
    /// Finds it.
    pub(super) fn of(tree: &Tree) -> Self {
        let mut content = Self { left_out: vec![false; tree.len()], root: None };
        content.leave_out(tree, is_never_read);
        let weights = content.weights(tree);
        let total = weights
            .iter()
            .enumerate()
            .filter(|(at, _)| tree.node(*at).is_some_and(|node| node.parent.is_none()));
        let total = total.fold(Weight::default(), |sum, (_, weight)| Weight {
            text: sum.text + weight.text,
            links: sum.links + weight.links,
        });
        let measure = Measure { weights, total, links_count: total.links * 10 > total.text * 7 };
        content.root = measure.root(tree, &content.left_out);
        let of_root = measure.of(content.root);
        content.leave_out(tree, |tree, at| {
            // Whatever it is called, most of the page is no ornament.
            measure.of(Some(at)) * 100 <= of_root * 35 && is_ornament(tree, at)
        });
        content
    }

    /// Whether a node is read.
    pub(super) fn is_read(&self, at: usize) -> bool {
        !self.left_out.get(at).copied().unwrap_or(true)
    }

    /// How many characters are read, without blanks.
    pub(super) fn length(&self, tree: &Tree) -> usize {
        let weights = self.weights(tree);
        match self.root {
            Some(root) => weights.get(root).map_or(0, |weight| weight.text),
            None => {
                tree.children(None).filter_map(|at| weights.get(at)).map(|weight| weight.text).sum()
            }
        }
    }

    fn leave_out(&mut self, tree: &Tree, is_out: impl Fn(&Tree, usize) -> bool) {
        for at in 0..tree.len() {
            let parent = tree.node(at).and_then(|node| node.parent);
            let is_within = parent.is_some_and(|parent| !self.is_read(parent));
            let is_out = is_within || !self.is_read(at) || is_out(tree, at);
            if let Some(left_out) = self.left_out.get_mut(at) {
                *left_out = is_out;
            }
        }
    }

    fn weights(&self, tree: &Tree) -> Vec<Weight> {
        let mut weights = vec![Weight::default(); tree.len()];
        // Children stand behind their parents, so backwards every node is complete when it is added to its parent.
        for at in (0..tree.len()).rev().filter(|at| self.is_read(*at)) {
            let Some(node) = tree.node(at) else { continue };
            let mut own = weights.get(at).copied().unwrap_or_default();
            match &node.kind {
                Kind::Text(text) => {
                    own.text = text.chars().filter(|character| !character.is_whitespace()).count();
                }
                Kind::Element(element) if element.tag == "a" => own.links = own.text,
                Kind::Element(_) => {}
            }
            if let Some(weight) = weights.get_mut(at) {
                *weight = own;
            }
            if let Some(weight) = node.parent.and_then(|parent| weights.get_mut(parent)) {
                weight.text += own.text;
                weight.links += own.links;
            }
        }
        weights
    }
}

struct Measure {
    weights: Vec<Weight>,
    total: Weight,
    /// The page is a list of links: then they are its content.
    links_count: bool,
}

impl Measure {
    fn of(&self, at: Option<usize>) -> usize {
        let weight =
            at.map_or(Some(&self.total), |at| self.weights.get(at)).copied().unwrap_or_default();
        match self.links_count {
            true => weight.text,
            false => weight.text - weight.links,
        }
    }

    /// The element that holds the content.
    fn root(&self, tree: &Tree, left_out: &[bool]) -> Option<usize> {
        let is_read = |at: &usize| !left_out.get(*at).copied().unwrap_or(true);
        let is_main = |at: &usize| {
            tree.element(*at).is_some_and(|element| {
                element.tag == "main" || element.attribute("role") == Some("main")
            })
        };
        let whole = self.of(None);
        let main = (0..tree.len()).filter(is_read).find(is_main);
        let main = main.filter(|main| self.of(Some(*main)) * 4 >= whole);
        let article = self.article(tree, main, left_out);
        article.or(main).or_else(|| self.descend(tree, left_out))
    }

    /// The one article, if the page is about one.
    fn article(&self, tree: &Tree, main: Option<usize>, left_out: &[bool]) -> Option<usize> {
        let within = main.map_or(0..tree.len(), |main| tree.subtree(main));
        let weight = self.of(main);
        let mut big = Vec::new();
        let mut next = within.start;
        for at in tree.find("article", within) {
            // An article in an article is a comment on it.
            if at >= next && !left_out.get(at).copied().unwrap_or(true) {
                next = tree.subtree(at).end;
                if self.of(Some(at)) * 20 >= weight {
                    big.push(at);
                }
            }
        }
        match big.as_slice() {
            [only] if self.of(Some(*only)) * 10 >= weight * 6 => Some(*only),
            _ => None,
        }
    }

    /// The innermost element that holds nearly all of the text that is in no link.
    fn descend(&self, tree: &Tree, left_out: &[bool]) -> Option<usize> {
        let wanted = self.of(None) * 3 / 4;
        let heading =
            tree.find("h1", 0..tree.len()).find(|at| !left_out.get(*at).copied().unwrap_or(true));
        let keeps_heading =
            |at: usize| heading.is_none_or(|heading| tree.subtree(at).contains(&heading));
        let mut root = None;
        loop {
            let next = tree.children(root).find(|at| {
                let is_read = !left_out.get(*at).copied().unwrap_or(true);
                is_read && tree.element(*at).is_some() && self.of(Some(*at)) > wanted
            });
            match next {
                // The heading of the page is not left behind.
                Some(next) if keeps_heading(next) && !is_text_block(tree.tag(next)) => {
                    root = Some(next);
                }
                _ => return root,
            }
        }
    }
}

/// What is a paragraph or a part of one, and no container.
fn is_text_block(tag: &str) -> bool {
    matches!(tag, "p" | "pre" | "ul" | "ol" | "dl" | "blockquote" | "a" | "li")
}

/// What nobody reads, or sees.
fn is_never_read(tree: &Tree, at: usize) -> bool {
    let Some(element) = tree.element(at) else { return false };
    let tag = element.tag.as_str();
    if matches!(
        tag,
        "script"
            | "style"
            | "template"
            | "noscript"
            | "title"
            | "iframe"
            | "frame"
            | "object"
            | "embed"
            | "applet"
            | "canvas"
            | "svg"
            | "video"
            | "audio"
            | "map"
            | "button"
            | "select"
            | "textarea"
            | "datalist"
            | "nav"
            | "search"
            | "rt"
            | "rp"
            | "amp-sidebar"
            | "amp-ad"
            | "amp-analytics"
            | "amp-consent"
    ) {
        return true;
    }
    let role = element.attribute("role").unwrap_or_default();
    matches!(
        role,
        "navigation"
            | "search"
            | "dialog"
            | "alertdialog"
            | "menu"
            | "menubar"
            | "toolbar"
            | "tooltip"
    ) || (tag == "dialog" && element.attribute("open").is_none())
        || element.attribute("aria-modal") == Some("true")
        || element.attribute("aria-hidden") == Some("true")
        || element.attribute("hidden").is_some()
        || element.attribute("style").is_some_and(is_hidden_by)
        || HIDDEN_CLASSES.iter().any(|class| element.has_class(class))
}

/// What common style sheets call that which is not seen, or is there for scripts and printers.
const HIDDEN_CLASSES: [&str; 11] = [
    "sr-only",
    "visually-hidden",
    "visuallyhidden",
    "screen-reader-text",
    "screen-reader-only",
    "d-none",
    "is-hidden",
    "mw-editsection",
    "mw-jump-link",
    "noprint",
    "headerlink",
];

/// Whether a style makes its element invisible.
fn is_hidden_by(style: &str) -> bool {
    let style: String = style
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect::<String>()
        .to_lowercase();
    style.split(';').any(|rule| {
        let Some((name, value)) = rule.split_once(':') else { return false };
        let value = value.trim_end_matches("!important");
        let is_zero = || {
            matches!(
                value.trim_end_matches(|c: char| c.is_alphabetic() || c == '%'),
                "0" | "0.0" | "0.00" | ".0"
            )
        };
        match name {
            "display" => value == "none",
            "visibility" => matches!(value, "hidden" | "collapse"),
            "opacity" | "font-size" | "max-height" | "max-width" | "line-height" => is_zero(),
            "left" | "top" | "right" | "text-indent" | "margin-left" => value
                .strip_prefix('-')
                .is_some_and(|value| value.chars().take_while(char::is_ascii_digit).count() >= 3),
            "clip" => value.starts_with("rect(0"),
            "clip-path" => value.starts_with("inset(50%") || value.starts_with("inset(100%"),
            "color" => value == "transparent",
            _ => false,
        }
    })
}

/// What surrounds the content: it is left out unless it is most of it.
fn is_ornament(tree: &Tree, at: usize) -> bool {
    let Some(element) = tree.element(at) else { return false };
    match element.tag.as_str() {
        "aside" => return true,
        "header" | "footer" => return !is_in_article(tree, at),
        "main" | "article" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "p" | "pre" | "code"
        | "tr" | "td" | "th" | "tbody" | "time" | "em" | "strong" | "b" | "i" => return false,
        _ => {}
    }
    let role = element.attribute("role").unwrap_or_default();
    if matches!(role, "banner" | "contentinfo" | "complementary" | "alert" | "status") {
        return true;
    }
    let names = [element.attribute("id"), element.attribute("class")];
    names.into_iter().flatten().any(|names| {
        let names = names.to_ascii_lowercase();
        PARTS_OF_NAMES.iter().any(|part| names.contains(part))
            || names
                .split(|character: char| !character.is_ascii_alphanumeric())
                .any(|name| NAMES.contains(&name))
    })
}

fn is_in_article(tree: &Tree, at: usize) -> bool {
    let above = std::iter::successors(tree.node(at).and_then(|node| node.parent), |at| {
        tree.node(*at).and_then(|node| node.parent)
    });
    above.into_iter().any(|at| matches!(tree.tag(at), "article" | "main" | "blockquote"))
}

const PARTS_OF_NAMES: [&str; 7] =
    ["cookie", "consent", "gdpr", "onetrust", "usercentrics", "didomi", "newsletter"];

const NAMES: [&str; 35] = [
    "ad",
    "ads",
    "advert",
    "advertisement",
    "advertising",
    "anzeige",
    "banner",
    "breadcrumb",
    "breadcrumbs",
    "catlinks",
    "footer",
    "lineno",
    "linenos",
    "linenumbers",
    "masthead",
    "menu",
    "menubar",
    "modal",
    "nav",
    "navbar",
    "navbox",
    "navigation",
    "pager",
    "pagination",
    "popup",
    "promo",
    "recommended",
    "related",
    "share",
    "sharing",
    "sidebar",
    "skiplink",
    "social",
    "sponsored",
    "subscribe",
];
