//! The web tools over servers of this machine.

use std::{
    io::Write as _,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use expect_test::{Expect, expect, expect_file};
use localgpt_guard::{Effect, Fence, Origin, quote};
use localgpt_protocol::{BoxFuture, SessionId, Tool, ToolContext, ToolError};
use localgpt_testkit::{Reply, Server, StreamEnd};
use localgpt_tools::{
    FetchLimits, Resolver, SearchEngine, SearchKey, WebFetch, WebOptions, WebSearch,
};
use serde_json::{Value, json};

/// Every name leads where the test says; each question is counted.
#[derive(Default)]
struct Names {
    addresses: Mutex<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Names {
    fn leading_to(addresses: &[&str]) -> Arc<Self> {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { addresses: Mutex::new(addresses), asked: AtomicUsize::new(0) })
    }
}

impl Resolver for Names {
    fn resolve(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let addresses = self.addresses.lock().unwrap().clone();
        Box::pin(async move { Ok(addresses) })
    }
}

const QUICK: FetchLimits = FetchLimits {
    head: Duration::from_secs(5),
    whole: Duration::from_secs(10),
    raw_bytes: 1 << 20,
    decoded_bytes: 2 << 20,
};

fn options(own_hosts: Vec<String>, limits: FetchLimits) -> WebOptions {
    WebOptions { own_hosts, resolver: Names::leading_to(&["127.0.0.1"]), limits }
}

/// `127.0.0.1:PORT`.
fn host(server: &Server) -> String {
    server.url().trim_start_matches("http://").to_owned()
}

fn run(tool: &dyn Tool, input: &Value) -> Result<String, ToolError> {
    let allowed = tool.intent(input)?.effects;
    let context = ToolContext { session: SessionId::new("s"), origin: Origin::Human, allowed };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let output = runtime.block_on(tool.call(input.clone(), &context))?;
    assert_eq!(output.origin(), Origin::Web);
    let quoted = quote(&output, "x", Fence(0), 1_000_000);
    let lines: Vec<&str> = quoted.as_str().lines().collect();
    Ok(lines.get(1..lines.len() - 1).unwrap().join("\n"))
}

fn fetched(server: &Server, input: &Value) -> Result<String, ToolError> {
    run(&WebFetch::new(options(vec![host(server)], QUICK)), input)
}

fn words(result: Result<String, ToolError>) -> String {
    result.unwrap_or_else(|error| format!("error: {error}"))
}

/// A server that answers every request with these bytes. Further header lines may follow the type.
fn serving(content_type: &'static str, body: Vec<u8>) -> Server {
    Server::start(move |_| Reply::Stream {
        content_type,
        pieces: vec![body.clone()],
        end: StreamEnd::Proper,
    })
}

fn redirect(to: &str) -> Reply {
    Reply::Answer { status: 302, headers: vec![format!("Location: {to}")], body: String::new() }
}

// What pages become.

#[test]
fn saved_pages_are_readable() {
    for name in [
        "amp",
        "blog_de",
        "docs",
        "forum",
        "hidden",
        "layout_tables",
        "login",
        "long",
        "maillist",
        "man",
        "news",
        "qa",
        "readme",
        "recipe",
        "rss",
        "shop",
        "spa",
        "tables",
        "wiki",
        "windows1252",
    ] {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/web");
        let (file, content_type) = match name {
            "rss" => (format!("{folder}/{name}.xml"), "application/rss+xml"),
            _ => (format!("{folder}/{name}.html"), "text/html"),
        };
        let server = serving(content_type, std::fs::read(file).unwrap());
        let url = format!("{}/dir/page.html", server.url());
        let shown = words(fetched(&server, &json!({ "url": url })));
        let shown = shown.replace(&server.url(), "https://site.example");
        assert!(!shown.contains("HIDDEN") && !shown.contains("SECRETMETA"), "{shown}");
        expect_file![format!("{folder}/{name}.md")].assert_eq(&format!("{shown}\n"));
    }
}

#[test]
fn plain_text_has_no_links_and_no_marks() {
    let server = serving(
        "text/html",
        b"<h1>A</h1><p>b <a href=/c>d</a> <code>e</code><ul><li>f</ul>".to_vec(),
    );
    let shown = words(fetched(&server, &json!({ "url": server.url(), "extractMode": "text" })));
    assert_eq!(shown.replace(&server.url(), "S"), "A\nS/\n\nb d e\n\n- f");
}

#[test]
fn a_long_page_is_cut_where_the_model_says() {
    let server = serving("text/plain", "äöü".repeat(1_000).into_bytes());
    let shown =
        |max: usize| words(fetched(&server, &json!({ "url": server.url(), "maxChars": max })));
    assert_eq!(
        shown(4).replace(&server.url(), "S"),
        "S/\n\näöüä\n\n[cut after 4 characters; `maxChars` shows more]"
    );
    assert!(!shown(3_000).contains("cut"));
    assert_eq!(shown(900_000).matches('ö').count(), 1_000);
}

#[test]
fn a_deep_page_is_no_deep_stack() {
    let patient = FetchLimits { whole: Duration::from_secs(60), raw_bytes: 5 << 20, ..QUICK };
    for (tag, times) in [
        ("div", 100_000),
        ("b", 20_000),
        ("ul><li", 20_000),
        ("table><tr><td", 20_000),
        ("blockquote", 20_000),
        ("a href=x", 20_000),
        ("p", 20_000),
        ("dl><dd", 20_000),
        ("ol><li><a href=y", 20_000),
    ] {
        let body = format!("{}deep down<p>{}", format!("<{tag}>").repeat(times), "x ".repeat(100));
        let server = serving("text/html", body.into_bytes());
        let tool = WebFetch::new(options(vec![host(&server)], patient));
        let shown = words(run(&tool, &json!({ "url": server.url() })));
        assert!(shown.contains("deep down") || shown.contains("cut after"), "{tag}: {shown:.300}");
    }
}

// What is not a page.

#[test]
fn what_cannot_be_read_is_one_clear_message() {
    let said = |content_type, body: &str| {
        let server = serving(content_type, body.as_bytes().to_vec());
        words(fetched(&server, &json!({ "url": server.url() }))).replace(&host(&server), "HOST")
    };
    assert_eq!(
        said("application/pdf", "%PDF-1.7"),
        "error: it is `application/pdf`; what can be read is HTML, text, JSON and XML"
    );
    assert_eq!(
        said("image/png", "\u{89}PNG"),
        "error: it is `image/png`; what can be read is HTML, text, JSON and XML"
    );
    assert_eq!(
        said("text/html\r\nContent-Encoding: br", "x"),
        "error: it is packed with `br`, which we did not ask for"
    );
    assert_eq!(
        said("text/html\r\nContent-Encoding: gzip", "this is no gzip at all"),
        "error: it is damaged: invalid gzip header"
    );
    assert_eq!(said("text/html", ""), "http://HOST/\n\n[there is no text on the page]");
    assert_eq!(said("application/json", "{\"a\": 1}"), "http://HOST/\n\n{\"a\": 1}");
}

#[test]
fn a_status_that_is_no_success_is_said() {
    let server = Server::start(|_| Reply::status(404, "<p>gone</p>"));
    let said = words(fetched(&server, &json!({ "url": format!("{}/a", server.url()) })));
    assert_eq!(
        said.replace(&host(&server), "HOST"),
        "error: `http://HOST/a` answers 404 Not Found"
    );
}

#[test]
fn a_request_says_who_asks_and_nothing_else() {
    let server = serving("text/plain\r\nSet-Cookie: a=b", b"x".to_vec());
    let tool = WebFetch::new(options(vec![host(&server)], QUICK));
    for path in ["/a", "/b#c"] {
        words(run(&tool, &json!({ "url": format!("{}{path}", server.url()) })));
    }
    let received = server.received();
    let lines: Vec<&str> = received.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(lines, ["GET /a", "GET /b"]);
    for request in received {
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ["accept", "accept-encoding", "host", "user-agent"]);
        assert!(request.header("user-agent").unwrap().starts_with("LocalGPT/"));
    }
}

// Addresses.

#[test]
fn no_refused_address_is_connected_to() {
    let server = serving("text/plain", b"secret".to_vec());
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let names = Names::leading_to(&["127.0.0.1"]);
    let options = WebOptions {
        own_hosts: Vec::new(),
        resolver: Arc::clone(&names) as Arc<dyn Resolver>,
        limits: QUICK,
    };
    let tool = WebFetch::new(options);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "localhost.",
        "a.localhost",
        "0.0.0.0",
        "0",
        "１２７.０.０.１",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "me@a.example",
    ] {
        let refused = run(&tool, &json!({ "url": format!("http://{host}:{port}/") }));
        assert!(matches!(refused, Err(ToolError::Forbidden(_))), "{host}");
    }
    assert_eq!(names.asked.load(Ordering::SeqCst), 0);
    // Names that look public and lead here.
    for addresses in [
        &["127.0.0.1"][..],
        &["::1"],
        &["8.8.8.8", "127.0.0.1"],
        &["10.0.0.1"],
        &["::ffff:127.0.0.1"],
    ] {
        *names.addresses.lock().unwrap() =
            addresses.iter().map(|address| address.parse().unwrap()).collect();
        let said =
            words(run(&tool, &json!({ "url": format!("http://rebinding.example:{port}/") })));
        assert!(said.contains("is not on the public internet"), "{said}");
    }
    assert!(server.received().is_empty());
}

#[test]
fn a_name_is_asked_for_once_a_request() {
    let server = serving("text/plain", b"here".to_vec());
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let names = Names::leading_to(&["127.0.0.1"]);
    let resolver = Arc::clone(&names) as Arc<dyn Resolver>;
    let tool = WebFetch::new(WebOptions {
        own_hosts: vec![format!("wiki.lan:{port}")],
        resolver,
        limits: QUICK,
    });
    let said = words(run(&tool, &json!({ "url": format!("http://wiki.lan:{port}/") })));
    assert_eq!(said, format!("http://wiki.lan:{port}/\n\nhere"));
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
}

#[test]
fn no_redirect_leads_to_a_private_address() {
    for target in [
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://localhost/",
        "//localhost/x",
        "http://metadata.google.internal/",
        "http://[::ffff:a00:1]/",
        "file:///etc/passwd",
        "ftp://a.example/",
        "http://me:pw@a.example/",
        "gopher://a.example/",
        "data:text/html,x",
        "http://a.example:22/",
        "http://10.0.0.1/",
    ] {
        let server = Server::start(move |_| redirect(target));
        let said = words(fetched(&server, &json!({ "url": server.url() })));
        assert!(said.contains("redirects to an address that is not fetched"), "{target}: {said}");
        assert_eq!(server.received().len(), 1);
    }
}

#[test]
fn a_chain_ends_at_the_first_private_address() {
    let inner = serving("text/plain", b"secret".to_vec());
    let to = inner.url();
    let server = Server::start(move |request| match request.line.as_str() {
        "GET /1" => redirect("/2"),
        "GET /2" => redirect("3"),
        _ => redirect(&to),
    });
    let said = words(fetched(&server, &json!({ "url": format!("{}/1", server.url()) })));
    assert!(said.contains("redirects to an address that is not fetched"), "{said}");
    assert_eq!((server.received().len(), inner.received().len()), (3, 0));
}

#[test]
fn another_site_is_named_and_not_fetched() {
    let server = Server::start(|_| redirect("https://b.example/x?y=1"));
    let said = words(fetched(&server, &json!({ "url": server.url() })));
    let said = said.replace(&host(&server), "HOST");
    assert_eq!(
        said,
        "http://HOST/\nredirects to another site, which was not fetched:\nhttps://b.example/x?y=1"
    );
}

#[test]
fn a_site_may_send_on_within_itself_but_not_for_ever() {
    let server = Server::start(|request| match request.line.as_str() {
        "GET /old" => redirect("/new"),
        "GET /new" => Reply::status(200, "{}"),
        _ => redirect("/circle"),
    });
    let at = |path: &str| {
        let said = words(fetched(&server, &json!({ "url": format!("{}{path}", server.url()) })));
        said.replace(&host(&server), "HOST")
    };
    assert_eq!(at("/old"), "http://HOST/new\n\n{}");
    assert_eq!(at("/circle"), "error: `http://HOST/circle` redirects again and again");
    assert_eq!(server.received().len(), 2 + 6);
}

#[test]
fn nothing_runs_that_was_not_allowed() {
    let server = serving("text/plain", b"x".to_vec());
    let tool = WebFetch::new(options(vec![host(&server)], QUICK));
    let input = json!({ "url": server.url() });
    assert_eq!(tool.intent(&input).unwrap().effects, [Effect::Fetch { url: server.url() }]);
    let context =
        ToolContext { session: SessionId::new("s"), origin: Origin::Human, allowed: Vec::new() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refused = runtime.block_on(tool.call(input, &context));
    assert!(matches!(refused, Err(ToolError::Forbidden(_))));
    assert!(server.received().is_empty());
}

// Too much, too slow, broken.

#[test]
fn a_bomb_is_cut_and_an_endless_page_is_left() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"<p>begun</p>").unwrap();
    (0..64).for_each(|_| encoder.write_all(&[b' '; 1 << 20]).unwrap());
    let server = serving("text/html\r\nContent-Encoding: gzip", encoder.finish().unwrap());
    let said = words(fetched(&server, &json!({ "url": server.url() })));
    assert_eq!(
        said.replace(&host(&server), "HOST"),
        "http://HOST/\n\nbegun\n\n[the page is too long to be read to its end]"
    );

    let endless = Server::start(|_| Reply::Stream {
        content_type: "text/html",
        pieces: std::iter::once(b"<p>begun</p>".to_vec())
            .chain(std::iter::repeat_n(vec![b' '; 1 << 16], 64))
            .collect(),
        end: StreamEnd::Silent,
    });
    let said = words(fetched(&endless, &json!({ "url": endless.url() })));
    assert_eq!(
        said.replace(&host(&endless), "HOST"),
        "http://HOST/\n\nbegun\n\n[the page is too long to be read to its end]"
    );
}

#[test]
fn whoever_is_silent_or_drips_is_left() {
    let soon = FetchLimits {
        head: Duration::from_millis(200),
        whole: Duration::from_millis(400),
        ..QUICK
    };
    let hanging = Server::start(|_| Reply::Hangs);
    let said = words(run(
        &WebFetch::new(options(vec![host(&hanging)], soon)),
        &json!({ "url": hanging.url() }),
    ));
    assert_eq!(said, "error: `127.0.0.1` did not answer within 0.2 seconds");
    let dripping = Server::start(|_| Reply::Stream {
        content_type: "text/html",
        pieces: vec![b"<p>one".to_vec()],
        end: StreamEnd::Silent,
    });
    let said = words(run(
        &WebFetch::new(options(vec![host(&dripping)], soon)),
        &json!({ "url": dripping.url() }),
    ));
    assert_eq!(said, "error: it took longer than 0.4 seconds");
}

#[test]
fn a_connection_that_cannot_be_made_or_breaks_is_said() {
    let broken = Server::start(|_| Reply::Stream {
        content_type: "text/html",
        pieces: vec![b"<p>one".to_vec()],
        end: StreamEnd::Broken,
    });
    let said = words(fetched(&broken, &json!({ "url": broken.url() })));
    assert!(said.starts_with("error: the connection was lost: "), "{said}");
    // It speaks no TLS.
    let said = words(fetched(&broken, &json!({ "url": format!("https://{}/", host(&broken)) })));
    assert!(said.starts_with("error: `127.0.0.1` cannot be reached: "), "{said}");
}

// Searching.

fn searched(engine: SearchEngine, input: &Value) -> String {
    words(run(&WebSearch::new(engine, options(Vec::new(), QUICK)), input))
}

fn check(engine: SearchEngine, input: &Value, expected: &Expect) {
    expected.assert_eq(&format!("{}\n", searched(engine, input)));
}

#[test]
fn searxng_is_asked_for_json() {
    let server = Server::start(|_| {
        Reply::json(
            r#"{"query": "pond pump", "results": [
                {"title": "Pumps &amp; ponds", "url": "https://a.example/pumps?x=1", "content": "All about <b>pumps</b>."},
                {"title": "No page", "url": "javascript:alert(1)", "content": "x"},
                {"title": "Ponds", "url": "https://b.example/", "content": null},
                {"title": "Third", "url": "https://c.example/", "content": "left out"}]}"#,
        )
    });
    let engine = SearchEngine::SearXng { address: format!("{}/searx/", server.url()) };
    check(
        engine,
        &json!({ "query": " pond  pump ", "count": 2, "country": "DE", "search_lang": "de", "ui_lang": "de", "freshness": "pw" }),
        &expect![[r#"
            1. Pumps & ponds
               https://a.example/pumps?x=1
               All about pumps.

            2. Ponds
               https://b.example/
        "#]],
    );
    let lines: Vec<String> = server.received().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, ["GET /searx/search?q=pond+pump&format=json"]);
}

#[test]
fn brave_gets_its_key_in_a_header_and_nobody_else_does() {
    let server = Server::start(|_| {
        Reply::json(
            r#"{"web": {"results": [{"title": "A", "url": "https://a.example/", "description": "<strong>B</strong> c"}]}}"#,
        )
    });
    let key = SearchKey::new("brave-key".to_owned());
    let engine = SearchEngine::Brave { address: format!("{}/search", server.url()), key };
    assert!(!format!("{engine:?}").contains("brave-key"));
    check(
        engine,
        &json!({ "query": "b" }),
        &expect![[r#"
            1. A
               https://a.example/
               B c
        "#]],
    );
    let request = server.received().pop().unwrap();
    assert_eq!(
        (request.line.as_str(), request.header("x-subscription-token")),
        ("GET /search?q=b", Some("brave-key"))
    );
}

#[test]
fn duckduckgo_is_read_without_its_advertisements() {
    let page = r#"<div id="links" class="results">
        <div class="result result--ad"><h2><a class="result__a" href="https://duckduckgo.com/y.js?ad=1">Buy</a></h2></div>
        <div class="result results_links web-result"><div class="links_main result__body"><h2 class="result__title">
          <a rel="nofollow" class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fa.example%2Fx%3Fy%3D1&amp;rut=f">The <b>pump</b> page</a></h2>
          <a class="result__snippet" href="//duckduckgo.com/l/?uddg=x">All about <b>pumps</b> &amp; ponds.</a></div></div>
        <div class="result"><a class="result__a" href="https://b.example/">Second</a></div></div>"#;
    let server = serving("text/html", page.as_bytes().to_vec());
    check(
        SearchEngine::DuckDuckGo { address: format!("{}/html/", server.url()) },
        &json!({ "query": "pump" }),
        &expect![[r#"
            1. The pump page
               https://a.example/x?y=1
               All about pumps & ponds.

            2. Second
               https://b.example/
        "#]],
    );
}

#[test]
fn a_search_that_fails_says_what_to_do() {
    let said = |status: u16, engine: fn(String) -> SearchEngine| {
        let server = Server::start(move |_| Reply::status(status, "<p>no</p>"));
        searched(engine(server.url()), &json!({ "query": "x" }))
    };
    let searxng = |address| SearchEngine::SearXng { address };
    let brave = |address| SearchEngine::Brave { address, key: SearchKey::new("k".to_owned()) };
    let duckduckgo = |address| SearchEngine::DuckDuckGo { address };
    let all = [
        said(403, searxng),
        said(500, searxng),
        said(200, searxng),
        said(422, brave),
        said(429, brave),
        said(202, duckduckgo),
        said(200, duckduckgo),
        searched(SearchEngine::None, &json!({ "query": "x" })),
        searched(
            SearchEngine::SearXng { address: "nonsense".to_owned() },
            &json!({ "query": "x" }),
        ),
        searched(SearchEngine::None, &json!({ "query": " " })),
        searched(SearchEngine::None, &json!({ "query": "x".repeat(401) })),
    ];
    expect![[r#"
        error: the SearXNG in `[web]` does not answer in JSON; add `json` to `search: formats:` in its settings.yml
        error: SearXNG answers 500
        error: the answer of the search engine cannot be read: expected value at line 1 column 1
        error: Brave does not accept the key in `[web]`
        error: Brave wants no more questions for now; try later
        error: DuckDuckGo wants to know whether a person asks; try later, or set another engine under `[web]`
        error: the answer of the search engine cannot be read: there are no results in it, and it does not say that there are none
        error: no search engine is configured; the person can set `search` under `[web]` in config.toml to `searxng`, `brave` or `duckduckgo`
        error: the address of the search engine in `[web]` is none
        error: invalid input: `query` is empty
        error: invalid input: `query` has 401 characters; a search has at most 400
    "#]].assert_eq(&format!("{}\n", all.join("\n")));
}

#[test]
fn nothing_found_is_said_and_the_question_is_not_repeated() {
    let server = Server::start(|_| Reply::json(r#"{"query": "xyzzy", "results": []}"#));
    let said =
        searched(SearchEngine::SearXng { address: server.url() }, &json!({ "query": "xyzzy" }));
    assert_eq!(said, "nothing was found");
}
