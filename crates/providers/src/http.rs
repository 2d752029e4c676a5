//! One question to a server: JSON there, JSON back, and what became of it.
//!
//! Invariant: the key goes to the address it was given for and nowhere else: no redirect is followed, and
//! no message repeats it.

use std::{fmt, sync::Once, time::Duration};

use jiff::fmt::rfc2822;
use localgpt_protocol::ProviderError;
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect,
};
use serde_json::Value;

use crate::Error;

/// The most bytes of an answer that are read.
const LARGEST_ANSWER: usize = 64 << 20;
/// The most characters of a server's own words that are repeated.
const LONGEST_MESSAGE: usize = 200;
/// What servers say when a text does not fit.
const TOO_LONG: [&str; 8] = [
    "context length",
    "context size",
    "context window",
    "input length",
    "too long",
    "too large",
    "tokens per request",
    "must have less than",
];

/// A key for a server. It does not print.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key that was looked up.
    pub fn new(key: String) -> Self {
        Self(key)
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
    /// Until the whole answer is here.
    pub answer: Duration,
}

/// An address that takes JSON and answers JSON.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    client: Client,
    url: Url,
    key: Option<ApiKey>,
    authorization: Option<HeaderValue>,
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
        let authorization = match &key {
            None => None,
            Some(ApiKey(key)) => {
                let mut value = HeaderValue::try_from(format!("Bearer {key}"))
                    .map_err(|_not_a_header| Error::Key)?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let client = Client::builder()
            .user_agent(concat!("localgpt/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            // The environment is read by the terminal alone.
            .no_proxy()
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.answer)
            .build()
            .map_err(Error::Connection)?;
        Ok(Self { client, url, key, authorization })
    }

    /// Sends `body` and returns the bytes of a good answer, which says of itself that it is JSON.
    pub(crate) async fn post(&self, body: Vec<u8>) -> Result<Vec<u8>, ProviderError> {
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let response = request.send().await.map_err(unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = read(response).await?;
        if !status.is_success() {
            return Err(refusal(status, &headers, &self.without_key(&message(&bytes)), &bytes));
        }
        match headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
            Some(kind) if is_json(kind) => Ok(bytes),
            other => Err(ProviderError::Protocol {
                message: format!("it is {}, not JSON", cut(other.unwrap_or("of no named type"))),
            }),
        }
    }

    fn without_key(&self, message: &str) -> String {
        match &self.key {
            Some(ApiKey(key)) if !key.is_empty() => message.replace(key, "***"),
            Some(_) | None => message.to_owned(),
        }
    }
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
            let message = format!("it is longer than {LARGEST_ANSWER} bytes");
            return Err(ProviderError::Protocol { message });
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn unreachable(error: reqwest::Error) -> ProviderError {
    // The address is in the configuration; here it would only hide the cause.
    ProviderError::Unreachable { source: Box::new(error.without_url()) }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

/// What a server says of its refusal, on one line.
fn message(body: &[u8]) -> String {
    let said = match serde_json::from_slice::<Value>(body) {
        Ok(document) => {
            let places = ["/error/message", "/error", "/message", "/detail"];
            let texts = places.iter().filter_map(|place| document.pointer(place)?.as_str());
            texts.map(str::to_owned).next().unwrap_or_default()
        }
        // A page of a proxy says nothing that helps.
        Err(_) if body.trim_ascii_start().starts_with(b"<") => String::new(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    cut(&said)
}

fn cut(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST_MESSAGE).collect()
}

/// What a status that is no success means for whoever asked.
fn refusal(status: StatusCode, headers: &HeaderMap, message: &str, body: &[u8]) -> ProviderError {
    let lower = message.to_lowercase();
    let message = match message {
        "" => status.to_string(),
        said => format!("{said} ({})", status.as_u16()),
    };
    let retry_after = retry_after(headers);
    let has_code = |code: &str| {
        let document = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let places = ["/error/code", "/error/type"];
        places.iter().any(|place| document.pointer(place).is_some_and(|found| found == code))
    };
    let says_too_long = TOO_LONG.iter().any(|words| lower.contains(words));
    match status.as_u16() {
        401 | 403 => ProviderError::Key { message },
        // Nothing is left on the account; waiting does not help.
        429 if has_code("insufficient_quota") => ProviderError::Refused { message },
        429 => ProviderError::RateLimited { retry_after, message },
        503 | 529 if retry_after.is_some() => ProviderError::RateLimited { retry_after, message },
        413 => ProviderError::TooLong { message },
        400 | 422 | 500 if says_too_long => ProviderError::TooLong { message },
        408 | 500.. => ProviderError::Failed { message },
        300..400 => {
            let message = "it sends on to another address; write that one".to_owned();
            ProviderError::Refused { message }
        }
        _ => ProviderError::Refused { message },
    }
}

/// How long the server asks to wait: in seconds, or until an instant on its own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let number = |name: &str| text(name).and_then(|text| text.trim().parse::<f64>().ok());
    let seconds = number("retry-after-ms")
        .map(|milliseconds| milliseconds / 1000.0)
        .or_else(|| number(RETRY_AFTER.as_str()));
    if let Some(seconds) = seconds {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = rfc2822::parse(text(RETRY_AFTER.as_str())?).ok()?;
    let now = rfc2822::parse(text(DATE.as_str())?).ok()?;
    let wait = until.timestamp().duration_since(now.timestamp());
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(status: u16, headers: &[(&'static str, &str)], body: &str) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        let error = refusal(status, &map, &message(body.as_bytes()), body.as_bytes());
        match error {
            ProviderError::RateLimited { retry_after, message } => {
                format!("wait {retry_after:?}: {message}")
            }
            error => error.to_string(),
        }
    }

    #[test]
    fn a_refusal_is_sorted_by_what_can_be_done_about_it() {
        let openai = r#"{"error":{"message":"Some words.","type":"t","code":"c"}}"#;
        let quota = r#"{"error":{"message":"Some words.","code":"insufficient_quota"}}"#;
        let long = r#"{"error":"the input length exceeds the context length"}"#;
        let cases = [
            (shown(401, &[], openai), "the server does not accept the key: Some words. (401)"),
            (shown(429, &[("retry-after", "7")], openai), "wait Some(7s): Some words. (429)"),
            (shown(429, &[], openai), "wait None: Some words. (429)"),
            (shown(429, &[], quota), "the server refuses: Some words. (429)"),
            (
                shown(400, &[], long),
                "the text is too long for the model: the input length exceeds the context length (400)",
            ),
            (shown(404, &[], r#"{"error":"no model"}"#), "the server refuses: no model (404)"),
            (shown(502, &[], "<html>"), "the server failed: 502 Bad Gateway"),
            (
                shown(503, &[("retry-after-ms", "1500")], ""),
                "wait Some(1.5s): 503 Service Unavailable",
            ),
            (
                shown(307, &[], ""),
                "the server refuses: it sends on to another address; write that one",
            ),
        ];
        for (shown, expected) in cases {
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn a_time_to_wait_can_be_an_instant_on_the_clock_of_the_server() {
        let date = ("date", "Wed, 21 Oct 2026 07:28:00 GMT");
        let until = |text| shown(429, &[date, ("retry-after", text)], "x");
        assert_eq!(until("Wed, 21 Oct 2026 07:28:30 GMT"), "wait Some(30s): x (429)");
        assert_eq!(until("Wed, 21 Oct 2026 07:27:30 GMT"), "wait Some(0ns): x (429)");
        assert_eq!(until("soon"), "wait None: x (429)");
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
