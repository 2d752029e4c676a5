//! `web_search`: what a search engine finds.
//!
//! Invariant: the words that were allowed are all that goes out. Whatever else a model may ask for (a language, a
//! period, a number of results) is not sent: nobody was asked about it.

mod brave;
mod duckduckgo;
mod searxng;

use std::fmt;

use localgpt_guard::{Effect, Intent, Origin, Untrusted, outbound::admit};
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use reqwest::{RequestBuilder, Url};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    charset,
    html::plain,
    problem::Problem,
    wire::{WebOptions, Wire},
};
use crate::typed::{read, spec};

/// Results that are shown unless the model asks otherwise, and the most it can ask for.
const USUAL_RESULTS: usize = 5;
const MOST_RESULTS: usize = 10;
/// The longest question.
const LONGEST_QUERY: usize = 400;
/// The longest title and text of a result, in characters.
const LONGEST_TITLE: usize = 200;
const LONGEST_SNIPPET: usize = 500;

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchEngine {
    /// Nobody is configured.
    None,
    /// A SearXNG, often the person's own.
    SearXng {
        /// Where it is: `http://127.0.0.1:8888`.
        address: String,
    },
    /// Brave's search API.
    Brave {
        /// Where it is; [`SearchEngine::BRAVE`] unless there is a reason.
        address: String,
        /// What it wants to see.
        key: SearchKey,
    },
    /// DuckDuckGo's page for browsers without scripts.
    DuckDuckGo {
        /// Where it is; [`SearchEngine::DUCKDUCKGO`] unless there is a reason.
        address: String,
    },
}

impl SearchEngine {
    /// Where Brave's search API is.
    pub const BRAVE: &str = "https://api.search.brave.com/res/v1/web/search";
    /// Where DuckDuckGo's plain page is.
    pub const DUCKDUCKGO: &str = "https://html.duckduckgo.com/html/";
}

/// A key for a search engine. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchKey(String);

impl SearchKey {
    /// Takes a key that was looked up.
    pub fn new(key: String) -> Self {
        Self(key)
    }
}

impl fmt::Debug for SearchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SearchKey(***)")
    }
}

/// Searches the web.
pub struct WebSearch {
    spec: ToolSpec,
    engine: SearchEngine,
    wire: Wire,
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    /// Words to search for. They go to a search engine: nothing private.
    query: String,
    /// How many results, 1 to 10; 5 without it.
    #[serde(default, alias = "limit", alias = "max_results", alias = "maxResults")]
    count: Option<usize>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    title: String,
    address: String,
    /// May be empty.
    snippet: String,
}

impl WebSearch {
    /// Asks `engine`. Of the options, the hosts of one's own do not matter: the engine is one.
    pub fn new(engine: SearchEngine, options: WebOptions) -> Self {
        let mut spec = spec::<Input>("web_search", "Search the web.", Risk::Network);
        spec.aliases = Aliases { names: &["search", "WebSearch", "search_web"], parameters: &[] };
        let WebOptions { resolver, limits, own_hosts: _ } = options;
        Self { spec, engine, wire: Wire::new(resolver, limits) }
    }

    async fn search(&self, query: &str) -> Result<Vec<Found>, Problem> {
        match &self.engine {
            SearchEngine::None => Err(unconfigured()),
            SearchEngine::SearXng { address } => {
                let url = searxng::question(address, query);
                searxng::found(&self.ask(url, |request| request).await?)
            }
            SearchEngine::Brave { address, key } => {
                let url = brave::question(address, query);
                brave::found(&self.ask(url, |request| brave::with_key(request, &key.0)).await?)
            }
            SearchEngine::DuckDuckGo { address } => {
                let url = duckduckgo::question(address, query);
                duckduckgo::found(&self.ask(url, |request| request).await?)
            }
        }
    }

    /// The answer of an engine: its status and its text.
    async fn ask(
        &self,
        url: Option<Url>,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, Problem> {
        let wrong =
            || Problem::Engine("the address of the search engine in `[web]` is none".to_owned());
        let url = url.ok_or_else(wrong)?;
        // The person wrote the address into their configuration: it may be on their own machine.
        let host = url.host_str().unwrap_or_default();
        let own = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        let admitted = admit(url.as_str(), &[own]).map_err(|_refused| wrong())?;
        let response = self.wire.get(&admitted, with).await?;
        let status = response.status().as_u16();
        let decoded = self.wire.read(response).await?;
        Ok(Answer { status, text: charset::text(&decoded.bytes, "") })
    }
}

/// What an engine answers.
struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    /// The answer as JSON, if it is a good one.
    fn json(&self, engine: &str) -> Result<Value, Problem> {
        match self.status {
            200..=299 => {
                let read = serde_json::from_str(&self.text);
                read.map_err(|error| Problem::Answer(error.to_string()))
            }
            401 => Err(Problem::Engine(format!("{engine} does not accept the key in `[web]`"))),
            429 => {
                Err(Problem::Engine(format!("{engine} wants no more questions for now; try later")))
            }
            status => Err(Problem::Engine(format!("{engine} answers {status}"))),
        }
    }
}

impl Tool for WebSearch {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        let query = asked(read(input.clone())?)?.0;
        Ok(Intent::only(Effect::Search { query: query.clone() }).showing(query))
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        Box::pin(async move {
            let (query, count) = asked(read(input)?)?;
            if self.engine == SearchEngine::None {
                return Err(ToolError::Failed(unconfigured().to_string()));
            }
            if !context.allows(&Effect::Search { query: query.clone() }) {
                return Err(ToolError::Forbidden("this search was not allowed".to_owned()));
            }
            let limit = self.wire.limits.whole;
            let found = tokio::time::timeout(limit, self.search(&query)).await;
            let found = found.map_err(|_elapsed| Problem::TooSlow(limit))??;
            Ok(Untrusted::new(listed(&found, count)).of(Origin::Web))
        })
    }
}

/// The words, and how many results.
fn asked(input: Input) -> Result<(String, usize), ToolError> {
    let Input { query, count } = input;
    let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = query.chars().count();
    if query.is_empty() {
        return Err(ToolError::Input("`query` is empty".to_owned()));
    }
    if length > LONGEST_QUERY {
        let message =
            format!("`query` has {length} characters; a search has at most {LONGEST_QUERY}");
        return Err(ToolError::Input(message));
    }
    Ok((query, count.unwrap_or(USUAL_RESULTS).clamp(1, MOST_RESULTS)))
}

fn unconfigured() -> Problem {
    let how = "no search engine is configured; the person can set `search` under `[web]` in config.toml to \
               `searxng`, `brave` or `duckduckgo`";
    Problem::Engine(how.to_owned())
}

/// The results as they are shown. The question is not: repeated by a page, it would look as if the page said it.
fn listed(found: &[Found], count: usize) -> String {
    let shown: Vec<String> = found
        .iter()
        .filter(|found| !found.title.is_empty() || !found.snippet.is_empty())
        .take(count)
        .enumerate()
        .map(|(number, found)| {
            let title = first(&found.title, LONGEST_TITLE);
            let snippet = first(&found.snippet, LONGEST_SNIPPET);
            let lines = [title, found.address.clone(), snippet];
            let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            format!("{}. {}", number + 1, lines.join("\n   "))
        })
        .collect();
    match shown.is_empty() {
        true => "nothing was found".to_owned(),
        false => shown.join("\n\n"),
    }
}

fn first(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The results in a list of JSON objects whose fields are called so.
fn results(list: Option<&Value>, [title, address, snippet]: [&str; 3]) -> Vec<Found> {
    let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|result| {
            let field = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default();
            let address = page(field(address))?;
            Some(Found { title: plain(field(title)), address, snippet: plain(field(snippet)) })
        })
        .collect()
}

/// An address as the model may ask for it.
fn page(address: &str) -> Option<String> {
    let url = Url::parse(address.trim()).ok()?;
    let is_page = matches!(url.scheme(), "http" | "https") && url.as_str().len() <= 2_000;
    is_page.then(|| url.to_string())
}
