//! One question to a server: JSON there, JSON or a stream back, and what became of it.
//!
//! Invariant: the key goes to the address it was given for and nowhere else: no redirect is followed, and
//! no message repeats it.

use std::{fmt, sync::Once, time::Duration};

use bytes::Bytes;
use localgpt_protocol::ProviderError;
use reqwest::{
    Client, RequestBuilder, Response, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
    redirect,
};
use serde_json::Value;

use crate::{
    Error,
    refusal::{self, cut},
};

/// The most bytes of an answer that are read.
const LARGEST_ANSWER: usize = 64 << 20;
/// The most bytes of one that arrives in pieces: each word of it comes with a frame of its own.
const LARGEST_STREAM: usize = 256 << 20;

/// The fewest bytes at the end of a message that are taken for the beginning of the key.
const LEAST_OF_KEY: usize = 4;

/// A key for a server. It does not print.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key that was looked up.
    pub fn new(key: String) -> Self {
        Self(key)
    }

    /// The key itself, for another server that wants it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

/// How long a server may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the whole answer is here; for one that arrives in pieces, until the next piece.
    pub answer: Duration,
}

/// An address that takes JSON and answers JSON.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    client: Client,
    url: Url,
    key: Option<ApiKey>,
    /// What goes with every request, the key among it.
    headers: HeaderMap,
    idle: Duration,
}

/// The body of a good answer, as it arrives.
#[derive(Debug)]
pub(crate) struct Body {
    response: Response,
    idle: Duration,
    /// Bytes that it may still have: whoever never stops is not listened to for ever.
    left: usize,
}

/// What an answer must say of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `application/json`.
    Json,
    /// `text/event-stream`.
    Events,
    /// `application/x-ndjson`, or JSON.
    JsonLines,
}

/// Reads the address of a server; it ends without a slash.
pub(crate) fn base_url(written: &str) -> Result<String, Error> {
    let wrong = |address: &str, reason: &str| Error::Address {
        address: address.to_owned(),
        reason: reason.to_owned(),
    };
    let url = Url::parse(written.trim()).map_err(|error| wrong(written, &error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong(written, "it begins with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(url.host_str().unwrap_or_default(), "it must not hold a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(written, "it ends before `?` and `#`"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

impl Endpoint {
    /// The address `path` at `base_url`, which [`base_url`] has read.
    pub(crate) fn new(
        base_url: &str,
        path: &str,
        key: Option<ApiKey>,
        timeouts: Timeouts,
    ) -> Result<Self, Error> {
        choose_cryptography();
        let address = format!("{base_url}{path}");
        let url = Url::parse(&address)
            .map_err(|error| Error::Address { address, reason: error.to_string() })?;
        let mut headers = HeaderMap::new();
        if let Some(ApiKey(key)) = &key {
            headers.insert(AUTHORIZATION, sensitive(&format!("Bearer {key}"))?);
        }
        let builder = match url.scheme() {
            // Nothing here is ever encrypted, so the certificates of the system need not be read: hundreds of files.
            "http" => Client::builder().tls_certs_only([]),
            _ => Client::builder(),
        };
        let client = builder
            .user_agent(concat!("localgpt/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            // The environment is read by the terminal alone.
            .no_proxy()
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.answer)
            .build()
            .map_err(Error::Connection)?;
        Ok(Self { client, url, key, headers, idle: timeouts.answer })
    }

    /// Sends the key as the header `name` instead of as a bearer token.
    pub(crate) fn with_key_in(mut self, name: &'static str) -> Result<Self, Error> {
        if let Some(ApiKey(key)) = &self.key {
            self.headers.remove(AUTHORIZATION);
            self.headers.insert(name, sensitive(key)?);
        }
        Ok(self)
    }

    /// Sends one more header with every request.
    pub(crate) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Sends `body` and returns the bytes of a good answer, which says of itself that it is JSON.
    pub(crate) async fn post(&self, body: Vec<u8>) -> Result<Vec<u8>, ProviderError> {
        let request = self.client.post(self.url.clone()).body(body);
        read(self.send(request, Kind::Json).await?).await
    }

    /// Asks for what lies at the address.
    pub(crate) async fn get(&self) -> Result<Vec<u8>, ProviderError> {
        read(self.send(self.client.get(self.url.clone()), Kind::Json).await?).await
    }

    /// Sends `body` and returns the good answer as it arrives. It may take as long as it likes in all, but
    /// never be silent for longer than the limit.
    pub(crate) async fn stream(&self, body: Vec<u8>, kind: Kind) -> Result<Body, ProviderError> {
        // The limit of the whole answer would end a long one.
        let request = self.client.post(self.url.clone()).timeout(Duration::MAX).body(body);
        let sent = tokio::time::timeout(self.idle, self.send(request, kind)).await;
        let silent = |_elapsed| ProviderError::Silent { after: self.idle };
        Ok(Body { response: sent.map_err(silent)??, idle: self.idle, left: LARGEST_STREAM })
    }

    async fn send(&self, request: RequestBuilder, kind: Kind) -> Result<Response, ProviderError> {
        let response = request
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, kind.wanted())
            .send()
            .await
            .map_err(unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        if !status.is_success() {
            // What it says of its refusal may be missing; that it refuses is known.
            let bytes = read(response).await.unwrap_or_default();
            return Err(self.without_key(refusal::of_answer(status.as_u16(), &headers, &bytes)));
        }
        let found = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        match found {
            Some(found) if kind.is(found) => Ok(response),
            // Some servers send their refusal with a status that says it is none.
            Some(found) if Kind::Json.is(found) => {
                let document: Value =
                    serde_json::from_slice(&read(response).await?).unwrap_or_default();
                let refusal = document.get("error").map(refusal::of_event);
                Err(self.without_key(refusal.unwrap_or_else(|| kind.is_not(Some(found)))))
            }
            other => Err(kind.is_not(other)),
        }
    }

    /// The server's own words, cut short, for an error that came inside a stream.
    pub(crate) fn repeat(&self, words: &str) -> String {
        self.hide_key(&cut(words))
    }

    /// The same error without the key, should the server have repeated it.
    pub(crate) fn without_key(&self, mut error: ProviderError) -> ProviderError {
        if let Some(message) = words(&mut error) {
            *message = self.hide_key(message);
        }
        error
    }

    fn hide_key(&self, message: &str) -> String {
        match &self.key {
            Some(ApiKey(key)) if !key.is_empty() => hidden(message, key),
            Some(_) | None => message.to_owned(),
        }
    }
}

/// The message without the key, and without the beginning of one that was cut off at its end.
fn hidden(message: &str, key: &str) -> String {
    let mut message = message.replace(key, "***");
    let begun = key.char_indices().map(|(at, _)| at).rev().filter(|at| *at >= LEAST_OF_KEY);
    let cut = begun.filter_map(|at| key.get(..at)).find(|begun| message.ends_with(begun));
    if let Some(cut) = cut {
        message.truncate(message.len() - cut.len());
        message.push_str("***");
    }
    message
}

impl Body {
    /// The next bytes; none at the end of the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ProviderError> {
        match tokio::time::timeout(self.idle, self.response.chunk()).await {
            Ok(Ok(None)) => Ok(None),
            Ok(Ok(Some(bytes))) => match self.left.checked_sub(bytes.len()) {
                Some(left) => {
                    self.left = left;
                    Ok(Some(bytes))
                }
                None => Err(too_long(LARGEST_STREAM)),
            },
            Ok(Err(error)) => {
                let cause = innermost(&error.without_url());
                let message = format!("the connection was lost ({cause})");
                Err(ProviderError::CutOff { message })
            }
            Err(_elapsed) => Err(ProviderError::Silent { after: self.idle }),
        }
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

impl Kind {
    fn wanted(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Events => "text/event-stream",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Events => "a stream of events",
            Self::JsonLines => "lines of JSON",
        }
    }

    /// The error for an answer of another type.
    fn is_not(self, found: Option<&str>) -> ProviderError {
        let found = cut(found.unwrap_or("of no named type"));
        ProviderError::Protocol { message: format!("it is {found}, not {}", self.name()) }
    }

    fn is(self, found: &str) -> bool {
        let found = found.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_json = found == "application/json" || found.ends_with("+json");
        match self {
            Self::Json => is_json,
            Self::Events => found == self.wanted(),
            Self::JsonLines => is_json || found == self.wanted() || found == "application/ndjson",
        }
    }
}

/// The server's own words in an error.
fn words(error: &mut ProviderError) -> Option<&mut String> {
    match error {
        ProviderError::Key { message }
        | ProviderError::RateLimited { message, .. }
        | ProviderError::TooLong { message }
        | ProviderError::Refused { message }
        | ProviderError::Failed { message }
        | ProviderError::Overloaded { message, .. }
        | ProviderError::Payment { message }
        | ProviderError::NoModel { message }
        | ProviderError::Unable { message }
        | ProviderError::Garbled { message }
        | ProviderError::NoProgram { message }
        | ProviderError::CutOff { message }
        | ProviderError::Protocol { message } => Some(message),
        ProviderError::Unreachable { .. } | ProviderError::Silent { .. } => None,
    }
}

fn sensitive(value: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::try_from(value).map_err(|_not_a_header| Error::Key)?;
    value.set_sensitive(true);
    Ok(value)
}

/// TLS is rustls with ring, for the whole process.
fn choose_cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if rustls::crypto::ring::default_provider().install_default().is_err() {
            tracing::debug!("the cryptography of this process was chosen before");
        }
    });
}

async fn read(mut response: Response) -> Result<Vec<u8>, ProviderError> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(unreachable)? {
        if bytes.len() + piece.len() > LARGEST_ANSWER {
            return Err(too_long(LARGEST_ANSWER));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn too_long(limit: usize) -> ProviderError {
    ProviderError::Protocol { message: format!("it is longer than {limit} bytes") }
}

fn unreachable(error: reqwest::Error) -> ProviderError {
    // The address is in the configuration; here it would only hide the cause.
    ProviderError::Unreachable { source: Box::new(error.without_url()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stream_that_does_not_end_is_not_read_for_ever() {
        let pieces = std::iter::repeat_n(b": still here\n\n".to_vec(), 8);
        let reply = localgpt_testkit::Reply::events(pieces);
        let server = localgpt_testkit::Server::start(move |_| reply.clone());
        let patient = Duration::from_secs(30);
        let timeouts = Timeouts { connect: patient, answer: patient };
        let endpoint = Endpoint::new(&server.url(), "/", None, timeouts).unwrap();
        let mut body = endpoint.stream(Vec::new(), Kind::Events).await.unwrap();
        body.left = 40;
        let end = loop {
            match body.next().await {
                Ok(Some(_)) => {}
                end => break end,
            }
        };
        assert!(matches!(end, Err(ProviderError::Protocol { .. })), "{end:?}");
    }

    #[test]
    fn no_part_of_a_key_is_repeated() {
        assert_eq!(hidden("wrong key sk-secret!", "sk-secret"), "wrong key ***!");
        assert_eq!(hidden("wrong key sk-sec", "sk-secret"), "wrong key ***");
        assert_eq!(hidden("do not ask", "sk-secret"), "do not ask");
    }

    #[test]
    fn an_address_is_refused_when_it_is_none_and_never_repeats_a_password() {
        let shown = |text: &str| match base_url(text) {
            Ok(url) => url,
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(shown("http://127.0.0.1:11434/"), "http://127.0.0.1:11434");
        assert_eq!(shown("https://a.example/v1"), "https://a.example/v1");
        for (address, words) in [
            ("localhost:11434", "begins with http"),
            ("nonsense", "relative URL"),
            ("https://me:secret@a.example/v1", "password"),
            ("https://a.example/v1?key=1", "ends before"),
        ] {
            let shown = shown(address);
            assert!(shown.contains(words) && !shown.contains("secret"), "{shown}");
        }
    }
}
