//! RSS and Atom: what is new, as a list.

use reqwest::Url;

use super::html::{Mode, Readable, plain, readable, tree::Tree};

/// How far into a document it says that it is a feed.
const PROLOGUE: usize = 2_000;
/// More than this are not listed.
const MOST_ENTRIES: usize = 100;
/// What is shown of an entry at most, in bytes.
const LONGEST_ENTRY: usize = 2_000;

/// Reads a feed; nothing if it is none.
pub(super) fn feed(xml: &str, address: &Url, mode: Mode) -> Option<Readable> {
    let start = xml.as_bytes().get(..xml.len().min(PROLOGUE)).unwrap_or_default();
    let start = String::from_utf8_lossy(start);
    if !["<rss", "<feed", "<rdf:RDF"].iter().any(|root| start.contains(root)) {
        return None;
    }
    let tree = Tree::of_xml(&without_cdata(xml));
    let channel = (0..tree.len()).find(|at| matches!(tree.tag(*at), "channel" | "feed"));
    let title = channel
        .and_then(|channel| child(&tree, channel, &["title"]))
        .map(|at| plain(&tree.text(at)));
    let entries =
        (0..tree.len()).filter(|at| matches!(tree.tag(*at), "item" | "entry")).take(MOST_ENTRIES);
    let text: Vec<String> = entries.map(|at| entry(&tree, at, address, mode)).collect();
    Some(Readable { title: title.unwrap_or_default(), text: text.join("\n\n"), remark: None })
}

fn entry(tree: &Tree, at: usize, address: &Url, mode: Mode) -> String {
    let text = |names: &[&str]| {
        child(tree, at, names).map(|at| tree.text(at).trim().to_owned()).unwrap_or_default()
    };
    let title = plain(&text(&["title"]));
    let link = links(tree, at).find_map(|link| address.join(&link).ok());
    let date = text(&["pubdate", "published", "updated", "dc:date"]);
    let body = text(&["description", "summary", "content", "content:encoded"]);
    let base = link.as_ref().unwrap_or(address);
    let body = readable(&format!("<div>{body}</div>"), base, mode, LONGEST_ENTRY).text;
    let heading = match (mode, &link) {
        (Mode::Markdown, Some(link)) => format!("## [{title}]({link})"),
        (Mode::Markdown, None) => format!("## {title}"),
        (Mode::Text, _) => title,
    };
    [heading, date, body]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn child(tree: &Tree, at: usize, names: &[&str]) -> Option<usize> {
    // The first name that is there, not the first element.
    names.iter().find_map(|name| tree.children(Some(at)).find(|child| tree.tag(*child) == *name))
}

/// Where an entry leads: in RSS the text of a link, in Atom its attribute.
fn links(tree: &Tree, at: usize) -> impl Iterator<Item = String> {
    tree.children(Some(at)).filter(|child| tree.tag(*child) == "link").filter_map(|link| {
        let element = tree.element(link)?;
        match element.attribute("href") {
            Some(_) if element.attribute("rel").is_some_and(|rel| rel != "alternate") => None,
            Some(href) => Some(href.to_owned()),
            None => Some(tree.text(link).trim().to_owned()).filter(|text| !text.is_empty()),
        }
    })
}

/// The same document with its literal sections escaped instead.
fn without_cdata(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some((before, after)) = rest.split_once("<![CDATA[") {
        let (literal, behind) = after.split_once("]]>").unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(&literal.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        rest = behind;
    }
    out.push_str(rest);
    out
}
