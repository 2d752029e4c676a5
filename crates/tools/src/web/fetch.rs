//! `web_fetch`: one page, as it is read.

use std::fmt::Write as _;

use localgpt_guard::{
    Effect, Intent, Origin, Untrusted,
    outbound::{Admitted, admit},
};
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use reqwest::{
    Response, Url,
    header::{ACCEPT, CONTENT_TYPE, LOCATION},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    body::Decoded,
    charset,
    feed::feed,
    html::{Mode, Readable, TOO_LONG, readable},
    problem::Problem,
    wire::{WebOptions, Wire},
};
use crate::typed::{read, spec};

/// Characters that are shown unless the model asks otherwise, and the most it can ask for.
const USUAL_CHARS: usize = 20_000;
const MOST_CHARS: usize = 50_000;
/// How often a page may send on to another of its site.
const MOST_REDIRECTS: usize = 5;

/// Fetches pages.
pub struct WebFetch {
    spec: ToolSpec,
    wire: Wire,
    own_hosts: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Input {
    /// The whole address, as it was written where you saw it.
    url: String,
    /// `text` leaves links and marks out.
    #[serde(default, alias = "extract_mode")]
    extract_mode: Mode,
    /// 20000 without it, 50000 at most.
    #[serde(default, alias = "max_chars")]
    max_chars: Option<usize>,
}

/// What an address led to.
enum Landing {
    Page {
        response: Response,
        at: Url,
    },
    /// It sends on to another site. Whether that may be asked is a question of its own.
    Elsewhere {
        from: Url,
        to: Url,
    },
}

impl WebFetch {
    /// Fetches with these options. Nothing is set up before the first call.
    pub fn new(options: WebOptions) -> Self {
        let description = "Read a web page.";
        let mut spec = spec::<Input>("web_fetch", description, Risk::Network);
        spec.aliases = Aliases { names: &["fetch", "WebFetch", "fetch_url"], parameters: &[] };
        let WebOptions { own_hosts, resolver, limits } = options;
        Self { spec, wire: Wire::new(resolver, limits), own_hosts }
    }

    async fn fetch(
        &self,
        admitted: Admitted,
        mode: Mode,
        max_chars: usize,
    ) -> Result<String, Problem> {
        let (response, at) = match self.land(admitted).await? {
            Landing::Page { response, at } => (response, at),
            Landing::Elsewhere { from, to } => {
                return Ok(format!(
                    "{from}\nredirects to another site, which was not fetched:\n{to}"
                ));
            }
        };
        let status = response.status();
        if !status.is_success() {
            let reason = status.canonical_reason().unwrap_or_default();
            let status = format!("{} {reason}", status.as_u16()).trim_end().to_owned();
            return Err(Problem::Status { address: super::short(at.as_str()), status });
        }
        let content_type =
            response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let kind = PageKind::of(&content_type)?;
        let decoded = self.wire.read(response).await?;
        let page = Page { decoded, content_type, kind, at, mode, max_chars };
        // Reading a large page takes a while, and other work waits on this thread.
        let read = tokio::task::spawn_blocking(move || page.shown()).await;
        read.map_err(|error| Problem::Damaged(error.to_string()))?
    }

    /// Follows redirects as long as they stay on the site.
    async fn land(&self, mut admitted: Admitted) -> Result<Landing, Problem> {
        const WANTED: &str = "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5";
        for _ in 0..=MOST_REDIRECTS {
            let response =
                self.wire.get(&admitted, |request| request.header(ACCEPT, WANTED)).await?;
            let from = admitted.url;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(Landing::Page { response, at: from });
            }
            let shown = || super::short(from.as_str());
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let to = location.and_then(|location| from.join(location).ok());
            let Some(to) = to else { return Err(Problem::Nowhere(shown())) };
            let next = admit(to.as_str(), &self.own_hosts);
            admitted = next.map_err(|why| Problem::Redirected { from: shown(), why })?;
            if !is_same_site(&from, &admitted.url) {
                return Ok(Landing::Elsewhere { from, to: admitted.url });
            }
        }
        Err(Problem::Circles(super::short(admitted.url.as_str())))
    }
}

impl Tool for WebFetch {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        let Input { url, .. } = read(input.clone())?;
        let url = url.trim().to_owned();
        Ok(Intent::only(Effect::Fetch { url: url.clone() }).showing(url))
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        Box::pin(async move {
            let Input { url, extract_mode, max_chars } = read(input)?;
            let url = url.trim().to_owned();
            let admitted = admit(&url, &self.own_hosts);
            let admitted = admitted.map_err(|refused| ToolError::Forbidden(refused.to_string()))?;
            if !context.allows(&Effect::Fetch { url }) {
                return Err(ToolError::Forbidden("this address was not allowed".to_owned()));
            }
            let max_chars = max_chars.unwrap_or(USUAL_CHARS).clamp(1, MOST_CHARS);
            let limit = self.wire.limits.whole;
            let fetched =
                tokio::time::timeout(limit, self.fetch(admitted, extract_mode, max_chars)).await;
            let text = fetched.map_err(|_elapsed| Problem::TooSlow(limit))??;
            Ok(Untrusted::new(text).of(Origin::Web))
        })
    }
}

/// What a page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageKind {
    Html,
    Xml,
    Text,
    /// It does not say.
    Unsaid,
}

impl PageKind {
    fn of(content_type: &str) -> Result<Self, Problem> {
        let name = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "" => Ok(Self::Unsaid),
            "text/html" | "application/xhtml+xml" => Ok(Self::Html),
            "text/xml" | "application/xml" => Ok(Self::Xml),
            "application/json"
            | "application/javascript"
            | "application/yaml"
            | "application/x-yaml"
            | "application/toml"
            | "application/x-ndjson"
            | "application/jsonl"
            | "application/sql" => Ok(Self::Text),
            "image/svg+xml" => Err(Problem::Type("a picture (image/svg+xml)".to_owned())),
            name if name.ends_with("+xml") => Ok(Self::Xml),
            name if name.starts_with("text/") || name.ends_with("+json") => Ok(Self::Text),
            name => Err(Problem::Type(format!("`{}`", super::short(name)))),
        }
    }
}

/// A page that was fetched.
struct Page {
    decoded: Decoded,
    content_type: String,
    kind: PageKind,
    at: Url,
    mode: Mode,
    max_chars: usize,
}

impl Page {
    /// Its title, its address and its text.
    fn shown(self) -> Result<String, Problem> {
        let text = charset::text(&self.decoded.bytes, &self.content_type);
        let looks_like_html = text.trim_start().starts_with('<');
        let readable = match self.kind {
            PageKind::Html => self.html(&text),
            PageKind::Unsaid if looks_like_html => self.html(&text),
            PageKind::Unsaid if text.contains('\0') => {
                return Err(Problem::Type("no text".to_owned()));
            }
            PageKind::Xml => match feed(&text, &self.at, self.mode) {
                Some(feed) => feed,
                None => Readable { text, ..Readable::default() },
            },
            PageKind::Text | PageKind::Unsaid => Readable { text, ..Readable::default() },
        };
        Ok(self.laid_out(&readable))
    }

    fn html(&self, text: &str) -> Readable {
        // A character has at most four bytes; one more shows that there is more.
        readable(text, &self.at, self.mode, self.max_chars * 4 + 4)
    }

    fn laid_out(&self, readable: &Readable) -> String {
        let mut out = String::new();
        if !readable.title.is_empty() {
            out.push_str(&readable.title);
            out.push('\n');
        }
        // Writing to a String cannot fail.
        let _ok = write!(out, "{}\n\n", self.at);
        let text = readable.text.trim();
        let end = text.char_indices().nth(self.max_chars).map(|(end, _)| end);
        out.push_str(text.get(..end.unwrap_or(text.len())).unwrap_or_default());
        let mut remarks: Vec<String> = readable.remark.map(str::to_owned).into_iter().collect();
        match end {
            Some(_) if self.max_chars < MOST_CHARS => {
                remarks.push(format!(
                    "cut after {} characters; `maxChars` shows more",
                    self.max_chars
                ));
            }
            Some(_) => remarks.push(format!("cut after {} characters", self.max_chars)),
            None if text.is_empty() && readable.remark.is_none() => {
                remarks.push("there is no text on the page".to_owned());
            }
            None if self.decoded.cut && readable.remark.is_none() => {
                remarks.push(TOO_LONG.to_owned());
            }
            None => {}
        }
        out.truncate(out.trim_end().len());
        for remark in remarks {
            let _ok = write!(out, "\n\n[{remark}]");
        }
        out
    }
}

/// Whether a redirect stays where it was: the same host, with or without `www.`, and no less safe.
fn is_same_site(from: &Url, to: &Url) -> bool {
    let bare = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host).to_owned()
    };
    let is_as_safe = from.scheme() == to.scheme() || to.scheme() == "https";
    // No port is the usual one of either scheme.
    bare(from) == bare(to) && from.port() == to.port() && is_as_safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_on_its_site_or_is_another_address() {
        let is_same = |from: &str, to: &str| {
            is_same_site(
                &from.parse().expect("it is an address"),
                &to.parse().expect("it is an address"),
            )
        };
        assert!(is_same("http://a.example/", "https://www.a.example/x"));
        assert!(is_same("https://www.a.example/", "https://a.example/x"));
        assert!(!is_same("https://a.example/", "http://a.example/"));
        assert!(!is_same("https://a.example/", "https://a.example:8443/"));
        assert!(!is_same("https://a.example/", "https://b.a.example/"));
        assert!(!is_same("https://a.example/", "https://a.example.evil.example/"));
    }

    #[test]
    fn what_cannot_be_read_is_said_before_it_is_fetched() {
        assert_eq!(PageKind::of("Text/HTML; charset=x"), Ok(PageKind::Html));
        assert_eq!(PageKind::of("application/ld+json"), Ok(PageKind::Text));
        assert_eq!(PageKind::of("application/rss+xml"), Ok(PageKind::Xml));
        assert_eq!(PageKind::of("text/markdown"), Ok(PageKind::Text));
        for unreadable in [
            "application/pdf",
            "image/png",
            "application/octet-stream",
            "video/mp4",
            "image/svg+xml",
        ] {
            assert!(PageKind::of(unreadable).is_err(), "{unreadable}");
        }
    }
}
