//! A scripted HTTP server on a real socket of this machine.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "only tests use it: it may panic"
)]

use std::{
    fmt,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Method and path: `POST /v1/embeddings`.
    pub line: String,
    /// Names in lower case, as they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Answers.
    Answer {
        /// The status.
        status: u16,
        /// Header lines beside the length: `Retry-After: 3`.
        headers: Vec<String>,
        /// The body.
        body: String,
    },
    /// Answers piece by piece.
    Stream {
        /// The content type.
        content_type: &'static str,
        /// The body, each piece sent by itself.
        pieces: Vec<Vec<u8>>,
        /// What comes after them.
        end: StreamEnd,
    },
    /// Promises a body and closes the connection in the middle of it.
    Closes,
    /// Says nothing until the server is dropped.
    Hangs,
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// As the protocol wants it.
    Proper,
    /// The connection is closed in the middle.
    Broken,
    /// Nothing more comes, and the connection stays open until the server is dropped.
    Silent,
}

impl Reply {
    /// Server-sent events, in one piece each.
    pub fn events(pieces: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let pieces = pieces.into_iter().map(Into::into).collect();
        Self::Stream { content_type: "text/event-stream", pieces, end: StreamEnd::Proper }
    }

    /// The same stream with another end.
    #[must_use]
    pub fn ending(mut self, wanted: StreamEnd) -> Self {
        if let Self::Stream { end, .. } = &mut self {
            *end = wanted;
        }
        self
    }

    /// A good answer in JSON.
    pub fn json(body: impl Into<String>) -> Self {
        Self::status(200, body)
    }

    /// An answer in JSON with a status.
    pub fn status(status: u16, body: impl Into<String>) -> Self {
        let headers = vec!["Content-Type: application/json".to_owned()];
        Self::Answer { status, headers, body: body.into() }
    }

    /// The same with one more header line.
    #[must_use]
    pub fn with(mut self, header: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push(header.to_owned());
        }
        self
    }
}

type Script = Box<dyn FnMut(&Received) -> Reply + Send>;

/// What the threads of a server share.
struct Shared {
    script: Mutex<Script>,
    received: Mutex<Vec<Received>>,
    /// Connections that hang.
    held: Mutex<Vec<TcpStream>>,
    stopped: AtomicBool,
}

/// A server that answers each request as its script says; it ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a free port.
    pub fn start(script: impl FnMut(&Received) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Mutex::new(Box::new(script)),
            received: Mutex::default(),
            held: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.stopped.load(Ordering::SeqCst) {
                    return;
                }
                // A client that is gone already is no matter of the server.
                stream.and_then(|stream| serve(&own, stream)).unwrap_or_default();
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Answers otherwise from here on.
    pub fn rescript(&self, script: impl FnMut(&Received) -> Reply + Send + 'static) {
        *self.shared.script.lock().unwrap() = Box::new(script);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.shared.held.lock().unwrap().clear();
        // Wakes the thread, which may be waiting for the next client.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.address).finish()
    }
}

fn serve(shared: &Shared, mut stream: TcpStream) -> std::io::Result<()> {
    let received = receive(&stream)?;
    shared.received.lock().unwrap().push(received.clone());
    let reply = (shared.script.lock().unwrap())(&received);
    match reply {
        Reply::Answer { status, headers, body } => {
            let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} Scripted\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
        }
        Reply::Stream { content_type, pieces, end } => {
            stream.set_nodelay(true)?;
            write!(
                stream,
                "HTTP/1.1 200 Scripted\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            )?;
            for piece in pieces {
                write!(stream, "{:x}\r\n", piece.len())?;
                stream.write_all(&piece)?;
                stream.write_all(b"\r\n")?;
            }
            match end {
                StreamEnd::Proper => stream.write_all(b"0\r\n\r\n"),
                StreamEnd::Broken => Ok(()),
                StreamEnd::Silent => {
                    shared.held.lock().unwrap().push(stream);
                    Ok(())
                }
            }
        }
        Reply::Closes => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"";
            stream.write_all(head.as_bytes())
        }
        Reply::Hangs => {
            shared.held.lock().unwrap().push(stream);
            Ok(())
        }
    }
}

fn receive(stream: &TcpStream) -> std::io::Result<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let first = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut received = Received { line: first, headers, body: String::new() };
    let length = received.header("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    received.body = String::from_utf8(body).unwrap();
    Ok(received)
}
