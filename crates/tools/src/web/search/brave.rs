//! Brave's search API.

use reqwest::{RequestBuilder, Url, header::HeaderValue};

use super::{Answer, Found, Problem, results};

/// Where to ask.
pub(super) fn question(address: &str, query: &str) -> Option<Url> {
    let mut url = Url::parse(address).ok()?;
    url.query_pairs_mut().clear().append_pair("q", query);
    Some(url)
}

/// The same request with the key, marked as what is not to be shown.
pub(super) fn with_key(request: RequestBuilder, key: &str) -> RequestBuilder {
    match HeaderValue::try_from(key) {
        Ok(mut key) => {
            key.set_sensitive(true);
            request.header("X-Subscription-Token", key)
        }
        // Without it, Brave says that there is no key.
        Err(_) => request,
    }
}

/// What it found.
pub(super) fn found(answer: &Answer) -> Result<Vec<Found>, Problem> {
    if matches!(answer.status, 403 | 422) {
        return Err(Problem::Engine("Brave does not accept the key in `[web]`".to_owned()));
    }
    let document = answer.json("Brave")?;
    Ok(results(document.pointer("/web/results"), ["title", "url", "description"]))
}
