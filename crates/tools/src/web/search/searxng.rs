//! SearXNG, asked for JSON.

use reqwest::Url;

use super::{Answer, Found, Problem, results};

/// Where to ask. The address may lie below a path.
pub(super) fn question(address: &str, query: &str) -> Option<Url> {
    let mut url = Url::parse(address).ok()?;
    url.path_segments_mut().ok()?.pop_if_empty().push("search");
    url.query_pairs_mut().clear().append_pair("q", query).append_pair("format", "json");
    Some(url)
}

/// What it found.
pub(super) fn found(answer: &Answer) -> Result<Vec<Found>, Problem> {
    if answer.status == 403 {
        let how = "the SearXNG in `[web]` does not answer in JSON; add `json` to `search: formats:` in its settings.yml";
        return Err(Problem::Engine(how.to_owned()));
    }
    let document = answer.json("SearXNG")?;
    Ok(results(document.get("results"), ["title", "url", "content"]))
}
