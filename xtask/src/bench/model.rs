//! A model that says the same words to everybody, and knows when its first byte went out.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

/// How long it thinks before the first word, and before the rest: whoever asked waits by then, and has printed the
/// first word when the others come.
const THOUGHT: Duration = Duration::from_millis(20);
/// The longest that a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);
/// More requests than anybody leaves lying.
const MOST_ASKED: usize = 1_024;

/// The name it has in [`configuration`](ScriptedModel::configuration).
pub(crate) const NAME: &str = "desk/scripted";

/// A server for Chat Completions on a free port; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct ScriptedModel {
    address: SocketAddr,
    asked: Receiver<Asked>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// When a request was there, and when the first byte of its answer was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) arrived: Instant,
    pub(crate) answered: Instant,
}

impl ScriptedModel {
    /// Listens.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
        let address = listener.local_addr().context("cannot listen")?;
        let (sender, asked) = mpsc::sync_channel(MOST_ASKED);
        let stopped = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stopped);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if is_stopped.load(Ordering::SeqCst) {
                    return;
                }
                let served = stream.and_then(|stream| serve(stream, &sender));
                if let Err(error) = served {
                    eprintln!("the scripted model lost somebody: {error}");
                }
            }
        });
        Ok(Self { address, asked, stopped, thread: Some(thread) })
    }

    /// Where a request goes to.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1/chat/completions", self.address)
    }

    /// A configuration in which this model can answer, and does not unless it is named.
    pub(crate) fn configuration(&self) -> String {
        format!(
            "language = \"english\"\n\n[[providers.servers]]\nname = \"desk\"\n\
             base_url = \"http://{}/v1\"\ncontext = 200000\n",
            self.address
        )
    }

    /// Returns when the next request was there; each is told once.
    pub(crate) fn asked(&self) -> Result<Asked> {
        self.asked.recv_timeout(PATIENCE).context("the model was not asked")
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread, which waits for somebody.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or_default();
        }
    }
}

fn serve(mut stream: TcpStream, sender: &SyncSender<Asked>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    receive(&stream)?;
    let arrived = Instant::now();
    thread::sleep(THOUGHT);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\
                Connection: close\r\n\r\n";
    let first = format!("{head}{}", piece(&said("Certainly")));
    let answered = Instant::now();
    stream.write_all(first.as_bytes())?;
    thread::sleep(THOUGHT);
    let mut rest = String::new();
    for _ in 0..40 {
        rest.push_str(&piece(&said(" and so on")));
    }
    let end = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":900,"completion_tokens":121}}"#;
    rest.push_str(&piece(end));
    rest.push_str(&piece("[DONE]"));
    rest.push_str("0\r\n\r\n");
    stream.write_all(rest.as_bytes())?;
    // Nobody listens once the measurement is over.
    sender.try_send(Asked { arrived, answered }).unwrap_or_default();
    Ok(())
}

fn said(text: &str) -> String {
    format!(
        r#"{{"id":"c","object":"chat.completion.chunk","model":"scripted","choices":[{{"index":0,"delta":{{"role":"assistant","content":"{text}"}},"finish_reason":null}}]}}"#
    )
}

/// An event, as a piece of the body.
fn piece(event: &str) -> String {
    let event = format!("data: {event}\n\n");
    format!("{:x}\r\n{event}\r\n", event.len())
}

/// Reads a request to its end.
fn receive(stream: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_gets_a_stream_with_an_end() {
        let model = ScriptedModel::start().unwrap();
        let mut stream = TcpStream::connect(model.address).unwrap();
        let asked = "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
        stream.write_all(asked.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("Certainly") && answer.ends_with("[DONE]\n\n\r\n0\r\n\r\n"));
        let asked = model.asked().unwrap();
        assert!(asked.answered >= asked.arrived + THOUGHT);
    }
}
