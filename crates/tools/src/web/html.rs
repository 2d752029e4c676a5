//! From a page as it was written to text as it is read.

mod content;
mod markdown;
mod table;
pub(super) mod tree;
mod writer;

use reqwest::Url;

use self::{content::Content, tree::Tree};

/// How a page is written out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    /// With headings, links and tables marked.
    #[default]
    Markdown,
    /// Words alone.
    Text,
}

/// What is read of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Readable {
    /// What it calls itself; may be empty.
    pub(super) title: String,
    /// The content.
    pub(super) text: String,
    /// What a reader should know: that it asks to sign in, that it is empty without scripts.
    pub(super) remark: Option<&'static str>,
}

/// Shorter content than this is none: a frame for what scripts would bring.
const LEAST_CONTENT: usize = 200;
/// What is said of a page of which the end is not known.
pub(super) const TOO_LONG: &str = "the page is too long to be read to its end";
/// The longest title.
const LONGEST_TITLE: usize = 300;

/// Makes a page readable, writing about `limit` bytes at most. `address` is where it lies: its links lead on from there.
pub(super) fn readable(html: &str, address: &Url, mode: Mode, limit: usize) -> Readable {
    let tree = Tree::of_html(html);
    let page = written(&tree, address, mode, limit);
    let is_short = page.length < LEAST_CONTENT;
    let mut readable = Readable { title: title(&tree), text: page.text, remark: None };
    if is_short && asks_to_sign_in(&tree) {
        readable.remark = Some("the page asks to sign in");
    } else if is_short && tree.find("script", 0..tree.len()).next().is_some() {
        // What is there for readers without scripts may be the text itself.
        let without: String =
            tree.find("noscript", 0..tree.len()).map(|at| tree.text(at)).collect();
        let without = written(&Tree::of_html(&without), address, mode, limit);
        if without.length > page.length {
            readable.text = without.text;
        }
        readable.remark =
            Some("the page is made by scripts, which are not run; there may be more on it");
    }
    if tree.is_cut() {
        readable.remark = Some(TOO_LONG);
    }
    readable.text = without_title(readable.text, &readable.title);
    readable
}

/// Text that is written in HTML, on one line.
pub(super) fn plain(html: &str) -> String {
    let tree = Tree::of_html(html);
    let nodes = tree.children(None).map(|at| tree.text(at)).collect::<String>();
    nodes.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Written {
    text: String,
    length: usize,
}

fn written(tree: &Tree, address: &Url, mode: Mode, limit: usize) -> Written {
    let content = Content::of(tree);
    let text = markdown::write(tree, &content, &base(tree, address), mode, limit);
    Written { text, length: content.length(tree) }
}

/// What links on the page begin from.
fn base(tree: &Tree, address: &Url) -> Url {
    let href = tree.find("base", 0..tree.len()).find_map(|at| tree.element(at)?.attribute("href"));
    href.and_then(|href| address.join(href).ok()).unwrap_or_else(|| address.clone())
}

fn title(tree: &Tree) -> String {
    let all = || 0..tree.len();
    let named = tree.find("title", all()).map(|at| tree.text(at));
    let social = tree.find("meta", all()).filter_map(|at| {
        let element = tree.element(at)?;
        (element.attribute("property") == Some("og:title"))
            .then(|| element.attribute("content"))?
            .map(str::to_owned)
    });
    let heading = tree.find("h1", all()).map(|at| tree.text(at));
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = named
        .chain(social)
        .chain(heading)
        .map(words)
        .find(|title| !title.is_empty())
        .unwrap_or_default();
    title.chars().take(LONGEST_TITLE).collect()
}

/// The text without a first heading that says what the title says.
fn without_title(text: String, title: &str) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    match first.trim_start_matches('#').trim() == title {
        true => rest.trim_start().to_owned(),
        false => text,
    }
}

fn asks_to_sign_in(tree: &Tree) -> bool {
    tree.find("input", 0..tree.len()).filter_map(|at| tree.element(at)).any(|element| {
        element.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("password"))
    })
}
