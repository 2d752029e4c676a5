//! Which addresses may be fetched.
//!
//! Two questions, asked at different times: what the address says of itself ([`admit`]), and whether what its name
//! leads to is on the public internet ([`is_public`]). Whoever connects asks both, for every address on the way.

mod names;
mod ranges;
#[cfg(test)]
mod tests;

use url::{Host, Url};

pub use self::ranges::is_public;

/// Why an address is not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

/// An address that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The address as it is connected to: parsed once, so that nobody reads it otherwise.
    pub url: Url,
    /// How far it may lead.
    pub reach: Reach,
}

/// How far a name may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// To the public internet alone: every address that the name stands for passes [`is_public`].
    Public,
    /// Anywhere: the person has named this very host.
    Own,
}

/// The host of an address that may be asked for: in lower case, with the port if it is not the usual one.
pub fn host(url: &str) -> Result<String, Refused> {
    Ok(shown_host(&plain(url)?))
}

/// Whether an address may be fetched, as far as it says so itself; see [`admit`].
pub fn check(url: &str, own_hosts: &[String]) -> Result<(), Refused> {
    admit(url, own_hosts).map(drop)
}

/// Reads an address as a browser does and lets it pass if it may be fetched, as far as it says so itself: `http` or
/// `https`, no name and password in it, and a host with a public name.
///
/// A host among `own_hosts`, which are written `host` or `host:port`, may be private, or be a number. Without a port
/// they stand for the usual ones.
pub fn admit(url: &str, own_hosts: &[String]) -> Result<Admitted, Refused> {
    let parsed = plain(url)?;
    if is_own(&parsed, own_hosts) {
        return Ok(Admitted { url: parsed, reach: Reach::Own });
    }
    let shown = shown_host(&parsed);
    match parsed.host() {
        Some(Host::Domain(name)) => {
            if let Some(why) = names::private(name) {
                return Err(Refused(format!("`{shown}` {why}")));
            }
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => {
            return Err(Refused(format!("`{shown}` is a number and no name")));
        }
        None => return Err(Refused("the address has no host".to_owned())),
    }
    let port = parsed.port_or_known_default().unwrap_or(0);
    if ranges::is_other_protocol(port) {
        return Err(Refused(format!("port {port} is not for web pages")));
    }
    Ok(Admitted { url: parsed, reach: Reach::Public })
}

/// Reads an address that hides nothing from whoever reads it: what it seems to say is what a browser makes of it.
fn plain(url: &str) -> Result<Url, Refused> {
    let no = |why: &str| Err(Refused(format!("`{}` {why}", crate::one_line(&start(url)))));
    let Some(authority) = authority(url) else {
        return no("is no http or https address");
    };
    if url
        .chars()
        .any(|character| character.is_whitespace() || character.is_control() || character == '\\')
    {
        return no("holds blanks, control characters or backslashes");
    }
    if authority.contains('@') {
        return no("holds a name or a password");
    }
    if authority.contains('%') {
        return no("hides its host behind `%`");
    }
    let parsed = match Url::parse(url) {
        Ok(parsed) => parsed,
        Err(error) => return no(&format!("is no address: {error}")),
    };
    let host = parsed.host_str().unwrap_or_default();
    if host.is_empty() || authority.is_empty() || authority.starts_with(':') {
        return no("has no host");
    }
    if host.ends_with('.') {
        return no("has a host that ends in a dot");
    }
    // Full-width digits and their like: characters that are read as others.
    if !authority.is_ascii() && !host.contains("xn--") {
        return no("spells its host in characters that stand for others");
    }
    Ok(parsed)
}

/// What stands between `//` and the path.
fn authority(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    rest.split(['/', '?', '#', '\\']).next()
}

/// The beginning of an address, for a message.
fn start(url: &str) -> String {
    const LONGEST: usize = 200;
    match url.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", url.get(..end).unwrap_or_default()),
        None => url.to_owned(),
    }
}

fn shown_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn is_own(url: &Url, own_hosts: &[String]) -> bool {
    let shown = shown_host(url);
    let port = url.port_or_known_default().unwrap_or(0);
    let with_port = format!("{}:{port}", url.host_str().unwrap_or_default());
    own_hosts
        .iter()
        .any(|own| own.eq_ignore_ascii_case(&shown) || own.eq_ignore_ascii_case(&with_port))
}
