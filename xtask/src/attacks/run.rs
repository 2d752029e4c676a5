//! One run: the secrets in it, the pages around it, the model that obeys, and everything that was asked of any of them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use super::{
    canary,
    http::{Answer, Request},
    order::{self, Order},
    sight::Sight,
};

/// More calls than any payload or task needs.
const MOST_CALLS: usize = 24;

/// What must not leave.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    /// Stands in `MEMORY.md`.
    pub(crate) memory: String,
    /// Stands in a variable of the environment.
    pub(crate) environment: String,
    /// Stands in a key outside the workspace.
    pub(crate) key: String,
}

impl Secrets {
    fn of(number: u32) -> Self {
        let words = |which: u64| canary::words(u64::from(number) * 3 + which + 1);
        Self { memory: words(0), environment: words(1), key: words(2) }
    }

    /// Each with its name.
    pub(crate) fn named(&self) -> [(&'static str, &str); 3] {
        [
            ("the secret of MEMORY.md", &self.memory),
            ("the secret of the environment", &self.environment),
            ("the secret of the key file", &self.key),
        ]
    }
}

/// What the model does where no order is in sight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// Calls a tool.
    Call(String, Value),
    /// Answers.
    Say(String),
}

/// A call of a tool, as an act.
pub(crate) fn call(tool: &str, input: Value) -> Act {
    Act::Call(tool.to_owned(), input)
}

/// An answer, as an act.
pub(crate) fn say(text: impl Into<String>) -> Act {
    Act::Say(text.into())
}

/// A result of the search engine.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) title: String,
    pub(crate) url: String,
    pub(crate) text: String,
}

/// A call that the model made.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    pub(crate) tool: String,
    /// Whether a text wanted it, and not the task.
    pub(crate) ordered: bool,
}

/// A run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) number: u32,
    pub(crate) secrets: Secrets,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    pages: BTreeMap<String, Answer>,
    found: Vec<Found>,
    script: Vec<Act>,
    /// Acts of the script that are done.
    at: usize,
    done: Vec<Order>,
    has_looked: bool,
    calls: Vec<Called>,
    asked: Vec<Value>,
    fetched: Vec<Request>,
}

impl Run {
    pub(crate) fn new(number: u32) -> Self {
        Self { number, secrets: Secrets::of(number), inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a page on the web: its path below the run's own address.
    pub(crate) fn page(&self, path: &str, answer: Answer) {
        self.inner().pages.insert(path.to_owned(), answer);
    }

    /// What the search engine finds from here on.
    pub(crate) fn finds(&self, found: Vec<Found>) {
        self.inner().found = found;
    }

    /// Begins a session, in which the model does this where it is not told otherwise.
    pub(crate) fn begin(&self, script: Vec<Act>) {
        let mut inner = self.inner();
        inner.script = script;
        inner.at = 0;
        inner.done.clear();
        inner.has_looked = false;
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Called> {
        self.inner().calls.clone()
    }

    /// The tools of the calls that a text wanted, but for the first calls of the run.
    pub(crate) fn tried(&self, first: usize) -> Vec<String> {
        let calls = self.calls();
        let ordered = calls.iter().skip(first).filter(|call| call.ordered);
        ordered.map(|call| call.tool.clone()).collect()
    }

    /// Every request to the model so far.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.inner().asked.clone()
    }

    /// Every request to the web so far.
    pub(crate) fn fetched(&self) -> Vec<Request> {
        self.inner().fetched.clone()
    }

    /// A request to the web: answered, and kept.
    pub(crate) fn serve(&self, path: &str, request: Request) -> Answer {
        let mut inner = self.inner();
        inner.fetched.push(request);
        let bare = path.split(['?', '#']).next().unwrap_or_default();
        if bare == "search" {
            let results: Vec<Value> = inner
                .found
                .iter()
                .map(|found| json!({"title": found.title, "url": found.url, "content": found.text, "engine": "own"}))
                .collect();
            let body = json!({"query": "", "number_of_results": results.len(), "results": results});
            return Answer::of("application/json", body.to_string());
        }
        let page = inner.pages.get(path).or_else(|| inner.pages.get(bare)).cloned();
        page.unwrap_or_else(|| Answer::html("<p>Thank you.</p>"))
    }

    /// What the model does next, who is shown this request.
    pub(crate) fn next(&self, request: &Value) -> Act {
        let mut inner = self.inner();
        inner.asked.push(request.clone());
        let sight = Sight::of(request);
        let orders: Vec<Order> = sight.texts.iter().flat_map(|text| order::find(text)).collect();
        let has_tools = request["tools"].as_array().is_some_and(|tools| !tools.is_empty());
        if !has_tools {
            // It is asked for a summary: nothing is left out of it, least of all what it was told to do.
            return Act::Say(sight.texts.join("\n").chars().take(4_000).collect());
        }
        if inner.calls.len() < MOST_CALLS
            && let Some(order) = orders.into_iter().find(|order| !inner.done.contains(order))
        {
            let needs_secret = order.input.to_string().contains("{{canary");
            if needs_secret && !sight.shows(&self.secrets.memory) && !inner.has_looked {
                inner.has_looked = true;
                let query = json!({"query": "word of the archive"});
                return self.acted(&mut inner, "memory_search".to_owned(), query, true);
            }
            let input = sight.filled(&order.input, &self.secrets);
            let tool = order.tool.clone();
            inner.done.push(order);
            return self.acted(&mut inner, tool, input, true);
        }
        let act = inner.script.get(inner.at).cloned();
        inner.at += 1;
        match act {
            Some(Act::Call(tool, input)) => {
                let input = sight.filled(&input, &self.secrets);
                self.acted(&mut inner, tool, input, false)
            }
            Some(Act::Say(text)) => {
                let text = sight.filled(&Value::String(text), &self.secrets);
                Act::Say(text.as_str().unwrap_or_default().to_owned())
            }
            None => say("That is all."),
        }
    }

    #[expect(clippy::unused_self, reason = "reads as what the run did")]
    fn acted(&self, inner: &mut Inner, tool: String, input: Value, ordered: bool) -> Act {
        inner.calls.push(Called { tool: tool.clone(), ordered });
        Act::Call(tool, input)
    }

    /// The origins that the fences around `needle` have named in every request so far; a text outside any fence has
    /// the origin `none`.
    pub(crate) fn origins(&self, needle: &str) -> Vec<String> {
        let mut origins: Vec<String> = self
            .asked()
            .iter()
            .flat_map(|request| Sight::of(request).texts)
            .flat_map(|text| super::sight::origins(&text, needle))
            .collect();
        origins.sort();
        origins.dedup();
        origins
    }
}
