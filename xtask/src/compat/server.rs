//! A model server that says what it is told to say, the same for ever where it is told nothing, and keeps what it was
//! asked.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

const HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// What the model does next.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Say(String),
    Call(&'static str, Value),
}

impl Act {
    /// The whole answer, as a stream.
    fn answer(&self) -> String {
        let (delta, reason) = match self {
            Self::Say(text) => (json!({"role": "assistant", "content": text}), "stop"),
            Self::Call(tool, input) => {
                let function = json!({"name": tool, "arguments": input.to_string()});
                let call =
                    json!({"index": 0, "id": "call_1", "type": "function", "function": function});
                (json!({"role": "assistant", "content": null, "tool_calls": [call]}), "tool_calls")
            }
        };
        let piece = |delta: Value, reason: Value| {
            let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
            format!("data: {}\n\n", json!({"choices": [choice]}))
        };
        [HEAD, &piece(delta, Value::Null), &piece(json!({}), json!(reason)), "data: [DONE]\n\n"]
            .concat()
    }
}

/// A running server; it runs as long as the program.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Value>>>,
    acts: Arc<Mutex<VecDeque<Act>>>,
}

impl Server {
    /// Starts it on a free port.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("cannot listen")?;
        let port = listener.local_addr().context("cannot listen")?.port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let acts = Arc::new(Mutex::new(VecDeque::new()));
        let told = Arc::clone(&acts);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                match answer(stream, &told) {
                    Ok(body) => kept.lock().unwrap_or_else(PoisonError::into_inner).push(body),
                    Err(error) => eprintln!("the scripted server could not answer: {error}"),
                }
            }
        });
        Ok(Self { port, asked, acts })
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Says what comes next; after that, it says that it understood.
    pub(crate) fn tell(&self, acts: impl IntoIterator<Item = Act>) {
        *self.acts.lock().unwrap_or_else(PoisonError::into_inner) = acts.into_iter().collect();
    }

    /// What it was asked since this was asked last.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn answer(stream: TcpStream, acts: &Mutex<VecDeque<Act>>) -> Result<Value> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().context("the length is no number")?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    // Kept before it is answered: who has the answer may ask for it at once.
    let body = serde_json::from_slice(&body).context("the body is no JSON")?;
    let mut stream = reader.into_inner();
    let act = acts.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let act = act.unwrap_or_else(|| Act::Say("Understood.".to_owned()));
    stream.write_all(act.answer().as_bytes())?;
    Ok(body)
}
