//! As much of HTTP as scripted servers need.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use anyhow::{Context as _, Result, ensure};

/// No request of ours is larger.
const LARGEST: usize = 16 << 20;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// `GET /path?query HTTP/1.1`.
    pub(crate) line: String,
    /// All header lines.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: String,
}

impl Request {
    /// Path and query.
    pub(crate) fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or("/")
    }

    /// Everything that left, as one text.
    pub(crate) fn whole(&self) -> String {
        format!("{}\n{}\n{}", self.line, self.head, self.body)
    }
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A good answer.
    pub(crate) fn of(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            reason: "OK".to_owned(),
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    /// A page.
    pub(crate) fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::of("text/html; charset=utf-8", body)
    }

    /// Says that the page is elsewhere.
    pub(crate) fn redirect(to: &str) -> Self {
        let headers = vec![("Location".to_owned(), to.to_owned())];
        Self { status: 302, reason: "Found".to_owned(), headers, body: Vec::new() }
    }

    /// The same with another status.
    pub(crate) fn failing(self, status: u16, reason: &str) -> Self {
        Self { status, reason: reason.to_owned(), ..self }
    }
}

/// Listens on a free port of this machine, and answers for as long as the program runs.
pub(crate) fn listen(answer: impl Fn(Request) -> Answer + Send + Sync + 'static) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("cannot listen")?;
    let port = listener.local_addr().context("cannot listen")?.port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // Who hangs up early is not heard; what came of it is judged by the run.
            thread::spawn(move || serve(stream, &*answer).unwrap_or_default());
        }
    });
    Ok(port)
}

fn serve(stream: TcpStream, answer: &dyn Fn(Request) -> Answer) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let request = receive(&mut reader)?;
    let Answer { status, reason, headers, body } = answer(request);
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let mut stream = reader.into_inner();
    stream.write_all(&[head.as_bytes(), &body].concat())?;
    Ok(())
}

fn receive(reader: &mut BufReader<TcpStream>) -> Result<Request> {
    let mut request = Request::default();
    let mut length = 0;
    loop {
        let mut line = Vec::new();
        reader.by_ref().take(1 << 20).read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if request.line.is_empty() {
            request.line = line;
            continue;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().context("the length is no number")?;
        }
        request.head.push_str(&line);
        request.head.push('\n');
    }
    ensure!(length <= LARGEST, "a request of {length} bytes");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Ok(request)
}

/// Gets a page, whatever it is: what a program without any rules would do. Names below `localhost` are this machine.
pub(crate) fn get(url: &str) -> Result<String> {
    let mut url = url.to_owned();
    for _ in 0..5 {
        let rest = url.strip_prefix("http://").context("no http address")?;
        let (authority, target) = match rest.find(['/', '?', '#']) {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
        ensure!(name == "127.0.0.1" || name.ends_with("localhost"), "{name} is not of this test");
        let mut stream = TcpStream::connect(("127.0.0.1", port.parse::<u16>()?))?;
        let slash = if target.starts_with('/') { "" } else { "/" };
        write!(stream, "GET {slash}{target} HTTP/1.1\r\nHost: {authority}\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        let location = head.lines().find_map(|line| line.strip_prefix("Location: "));
        match location {
            Some(to) => url = to.trim().to_owned(),
            None => {
                let status = head.lines().next().unwrap_or_default();
                let is_good = status.contains(" 200 ");
                return Ok(if is_good { body.to_owned() } else { format!("{status}\n{body}") });
            }
        }
    }
    anyhow::bail!("too many redirects")
}
