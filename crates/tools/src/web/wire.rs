//! The way out: one request, to an address that was admitted, over connections to addresses that were checked.
//!
//! Invariant: a name is resolved once a request, and what is connected to is what was checked.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Once, OnceLock},
    time::Duration,
};

use localgpt_guard::outbound::{Admitted, Reach, is_public};
use localgpt_protocol::BoxFuture;
use reqwest::{
    Client, RequestBuilder, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT_ENCODING, CONTENT_ENCODING},
    redirect,
};

use super::{
    body::{Body, Decoded, Wanted},
    problem::Problem,
};

/// Who knows which addresses a name stands for.
pub trait Resolver: Send + Sync {
    /// All of them.
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// How long a fetch may take, and how much it may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// Until the connection stands and the answer begins.
    pub head: Duration,
    /// Until all of it is here, redirects included.
    pub whole: Duration,
    /// Bytes over the wire. What comes after them is not read.
    pub raw_bytes: usize,
    /// Bytes that those unfold to. What comes after them is not read.
    pub decoded_bytes: usize,
}

impl FetchLimits {
    /// What suits a page.
    pub const USUAL: Self = Self {
        head: Duration::from_secs(10),
        whole: Duration::from_secs(30),
        raw_bytes: 5 << 20,
        decoded_bytes: 10 << 20,
    };
}

/// What the tools of the web need.
#[derive(Clone)]
pub struct WebOptions {
    /// Hosts that may be fetched from although they are not on the public internet, as `host` or `host:port`.
    pub own_hosts: Vec<String>,
    /// Who resolves names.
    pub resolver: Arc<dyn Resolver>,
    /// How much and how long.
    pub limits: FetchLimits,
}

impl WebOptions {
    /// Names are resolved by the system, and the limits suit a page.
    pub fn new(own_hosts: Vec<String>) -> Self {
        Self { own_hosts, resolver: Arc::new(SystemResolver), limits: FetchLimits::USUAL }
    }
}

/// Sends requests. Nothing is set up before the first one: reading the certificates of the system takes time.
pub(super) struct Wire {
    resolver: Arc<dyn Resolver>,
    pub(super) limits: FetchLimits,
    /// To public addresses alone.
    public: OnceLock<Client>,
    /// To hosts of the person's own.
    own: OnceLock<Client>,
}

impl Wire {
    pub(super) fn new(resolver: Arc<dyn Resolver>, limits: FetchLimits) -> Self {
        Self { resolver, limits, public: OnceLock::new(), own: OnceLock::new() }
    }

    /// Asks for what lies at an address, and returns when the answer begins. `headers` adds to the request.
    pub(super) async fn get(
        &self,
        admitted: &Admitted,
        headers: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, Problem> {
        let host = admitted.url.host_str().unwrap_or_default();
        let request =
            self.client(admitted.reach)?.get(admitted.url.clone()).header(ACCEPT_ENCODING, "gzip");
        match tokio::time::timeout(self.limits.head, headers(request).send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                Err(Problem::Unreachable { host: host.to_owned(), reason: innermost(&error) })
            }
            Err(_elapsed) => {
                Err(Problem::Silent { host: host.to_owned(), after: self.limits.head })
            }
        }
    }

    /// Reads the body of an answer.
    pub(super) async fn read(&self, mut response: Response) -> Result<Decoded, Problem> {
        let encoding = response.headers().get(CONTENT_ENCODING);
        let encoding = encoding.map_or("", |value| value.to_str().unwrap_or("?")).to_owned();
        let mut body = Body::new(&encoding, &self.limits)?;
        while let Some(piece) =
            response.chunk().await.map_err(|error| Problem::CutOff(innermost(&error)))?
        {
            if body.take(&piece)? == Wanted::NoMore {
                break;
            }
        }
        body.finish()
    }

    fn client(&self, reach: Reach) -> Result<&Client, Problem> {
        let cell = match reach {
            Reach::Public => &self.public,
            Reach::Own => &self.own,
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = self.build(reach).map_err(|error| Problem::Engine(innermost(&error)))?;
        Ok(cell.get_or_init(|| client))
    }

    fn build(&self, reach: Reach) -> Result<Client, reqwest::Error> {
        choose_cryptography();
        Client::builder()
            .user_agent(concat!("LocalGPT/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            // Who is asked is not whom a proxy asks, and the environment is read by the terminal alone.
            .no_proxy()
            // A connection that is used again was not checked for this request.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Checked { resolver: Arc::clone(&self.resolver), reach }))
            .build()
    }
}

/// Resolves a name, and refuses it if any of its addresses may not be connected to.
struct Checked {
    resolver: Arc<dyn Resolver>,
    reach: Reach,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let found = self.resolver.resolve(name);
        let reach = self.reach;
        Box::pin(async move {
            let found = found.await?;
            if let (Reach::Public, Some(private)) =
                (reach, found.iter().find(|address| !is_public(**address)))
            {
                let message = format!("its address {private} is not on the public internet");
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, message).into());
            }
            if found.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "it has no address").into());
            }
            let addresses: Addrs =
                Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
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

fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    super::short(&last.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Answers something else each time.
    struct Changing(Mutex<Vec<Vec<IpAddr>>>);

    impl Resolver for Changing {
        fn resolve(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            let answer = self.0.lock().expect("no test panics").pop().unwrap_or_default();
            Box::pin(async move { Ok(answer) })
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("it is an address")
    }

    #[tokio::test]
    async fn what_is_connected_to_is_what_was_checked() {
        let answers = [
            vec![],
            vec![ip("8.8.8.8"), ip("127.0.0.1")],
            vec![ip("64:ff9b::10.0.0.1")],
            vec![ip("169.254.169.254")],
            vec![ip("8.8.8.8"), ip("2606:4700::1111")],
        ];
        let resolver = Arc::new(Changing(Mutex::new(answers.into())));
        let checked =
            Checked { resolver: Arc::clone(&resolver) as Arc<dyn Resolver>, reach: Reach::Public };
        let ask = || checked.resolve("rebinding.example".parse().expect("it is a name"));
        let first: Vec<IpAddr> =
            ask().await.expect("all are public").map(|address| address.ip()).collect();
        assert_eq!(first, [ip("8.8.8.8"), ip("2606:4700::1111")]);
        // It was asked once: the answer to the next question did not matter.
        assert_eq!(resolver.0.lock().expect("no test panics").len(), 4);
        for wanted in ["169.254.169.254", "64:ff9b::a00:1", "127.0.0.1", "no address"] {
            let refused = ask().await.err().expect(wanted).to_string();
            assert!(refused.contains(wanted), "{refused}");
        }
    }
}
