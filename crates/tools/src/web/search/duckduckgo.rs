//! DuckDuckGo's page for browsers without scripts.

use reqwest::Url;

use super::{Answer, Found, Problem, page};
use crate::web::html::tree::Tree;

/// Where to ask.
pub(super) fn question(address: &str, query: &str) -> Option<Url> {
    let mut url = Url::parse(address).ok()?;
    url.query_pairs_mut().clear().append_pair("q", query);
    Some(url)
}

/// What it found.
pub(super) fn found(answer: &Answer) -> Result<Vec<Found>, Problem> {
    // It asks whether one is human with a status that says nothing is wrong.
    if answer.status == 202 || answer.text.contains("anomaly-modal") {
        let why = "DuckDuckGo wants to know whether a person asks; try later, or set another engine under `[web]`";
        return Err(Problem::Engine(why.to_owned()));
    }
    if answer.status != 200 {
        return Err(Problem::Engine(format!("DuckDuckGo answers {}", answer.status)));
    }
    let tree = Tree::of_html(&answer.text);
    let has_class =
        |at: usize, class: &str| tree.element(at).is_some_and(|element| element.has_class(class));
    let titles = (0..tree.len()).filter(|at| has_class(*at, "result__a"));
    let found: Vec<Found> = titles
        .filter_map(|at| {
            let above = || std::iter::successors(Some(at), |at| tree.node(*at)?.parent);
            if above().any(|at| has_class(at, "result--ad")) {
                return None;
            }
            let address = target(tree.element(at)?.attribute("href")?)?;
            let around = above()
                .find(|at| has_class(*at, "result"))
                .map_or(at..at, |result| tree.subtree(result));
            let snippet = around.into_iter().find(|at| has_class(*at, "result__snippet"));
            let words = |at: usize| tree.text(at).split_whitespace().collect::<Vec<_>>().join(" ");
            Some(Found {
                title: words(at),
                address,
                snippet: snippet.map(words).unwrap_or_default(),
            })
        })
        .collect();
    let says_none = (0..tree.len()).any(|at| has_class(at, "no-results"));
    match found.is_empty() && !says_none {
        true => Err(Problem::Answer(
            "there are no results in it, and it does not say that there are none".to_owned(),
        )),
        false => Ok(found),
    }
}

/// Where a result leads: its link goes by way of DuckDuckGo.
fn target(href: &str) -> Option<String> {
    let base = Url::parse(super::SearchEngine::DUCKDUCKGO).ok()?;
    let url = base.join(href).ok()?;
    let is_own = url
        .host_str()
        .is_some_and(|host| host == "duckduckgo.com" || host.ends_with(".duckduckgo.com"));
    if !is_own {
        return page(url.as_str());
    }
    // What has no target is an advertisement.
    let wanted =
        url.query_pairs().find(|(name, _)| name == "uddg").map(|(_, value)| value.into_owned());
    wanted.as_deref().and_then(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_leads_to_its_page_and_an_advertisement_nowhere() {
        let to = |href: &str| target(href).unwrap_or_default();
        assert_eq!(
            to("//duckduckgo.com/l/?uddg=https%3A%2F%2Fa.example%2Fx%3Fy%3D1&rut=0"),
            "https://a.example/x?y=1"
        );
        assert_eq!(to("https://a.example/"), "https://a.example/");
        assert_eq!(to("https://duckduckgo.com/y.js?ad_domain=b.example"), "");
        assert_eq!(to("//duckduckgo.com/l/?uddg=javascript%3Aalert(1)"), "");
    }
}
