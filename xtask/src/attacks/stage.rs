//! The servers that all runs share: a model that speaks Chat Completions, and the web.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    http::{Answer, Request, listen},
    run::{Act, Run},
};

type Runs = Arc<Mutex<BTreeMap<u32, Arc<Run>>>>;

/// The servers, which run as long as the program.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Where the model listens.
    pub(crate) model_port: u16,
    /// Where the web is.
    pub(crate) web_port: u16,
    runs: Runs,
    numbers: AtomicU32,
    /// Requests to the web that belong to no run.
    stray: Arc<Mutex<Vec<Request>>>,
}

impl Stage {
    /// Starts them.
    pub(crate) fn open() -> Result<Self> {
        let runs = Runs::default();
        let stray = Arc::new(Mutex::new(Vec::new()));
        let (of_model, of_web, lost) = (Arc::clone(&runs), Arc::clone(&runs), Arc::clone(&stray));
        let model_port = listen(move |request| match addressed(&of_model, &request) {
            Some((run, _)) => spoken(&run, &request),
            None => Answer::of("text/plain", "no such run").failing(404, "Not Found"),
        })?;
        let web_port = listen(move |request| match addressed(&of_web, &request) {
            Some((run, path)) => run.serve(&path, request),
            None => {
                lost.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                Answer::of("text/plain", "nothing is here").failing(404, "Not Found")
            }
        })?;
        Ok(Self { model_port, web_port, runs, numbers: AtomicU32::new(1), stray })
    }

    /// A run of its own.
    pub(crate) fn run(&self) -> Arc<Run> {
        let run = Arc::new(Run::new(self.numbers.fetch_add(1, Ordering::SeqCst)));
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.insert(run.number, Arc::clone(&run));
        run
    }

    /// Forgets a run that is over.
    pub(crate) fn over(&self, run: &Run) {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&run.number);
    }

    /// Requests to the web that belong to no run.
    pub(crate) fn stray(&self) -> Vec<Request> {
        self.stray.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The run that a request names at the beginning of its path, and the rest of the path.
fn addressed(runs: &Runs, request: &Request) -> Option<(Arc<Run>, String)> {
    let target = request.target();
    let rest = target.strip_prefix("/r")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, path) = rest.split_at(digits);
    let runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
    let run = runs.get(&number.parse().ok()?)?;
    Some((Arc::clone(run), path.trim_start_matches('/').to_owned()))
}

/// The model's answer, as a stream.
fn spoken(run: &Run, request: &Request) -> Answer {
    if request.line.starts_with("GET ") {
        let models = json!({"object": "list", "data": [{"id": "obedient", "object": "model"}]});
        return Answer::of("application/json", models.to_string());
    }
    let Ok(body) = serde_json::from_str::<Value>(&request.body) else {
        return Answer::of("text/plain", "no JSON").failing(400, "Bad Request");
    };
    let number = run.calls().len();
    let (delta, reason) = match run.next(&body) {
        Act::Call(tool, input) => {
            let function = json!({"name": tool, "arguments": input.to_string()});
            let call = json!({"index": 0, "id": format!("call_{number}"), "type": "function", "function": function});
            (json!({"role": "assistant", "content": null, "tool_calls": [call]}), "tool_calls")
        }
        Act::Say(text) => (json!({"role": "assistant", "content": text}), "stop"),
    };
    let piece = |delta: Value, reason: Value| {
        json!({"id": "c", "object": "chat.completion.chunk", "model": "obedient",
               "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let usage = json!({"id": "c", "object": "chat.completion.chunk", "model": "obedient", "choices": [],
                       "usage": {"prompt_tokens": 900, "completion_tokens": 20, "total_tokens": 920}});
    let events = [piece(delta, Value::Null), piece(json!({}), json!(reason)), usage];
    let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    Answer::of("text/event-stream", format!("{body}data: [DONE]\n\n"))
}
