//! Tiny models that say one thing each, and what must come of it.
//!
//! A model of the drill knows only which word follows which. So what it says to a question is one fixed list of
//! words, and what it says to the result of a tool another.

use serde::Serialize;

use super::cases::Case;

/// A model, the server it runs on, and what must come of a question.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    /// The words of its answer to a question.
    first: &'static [&'static str],
    /// The words of its answer to a result; none if it says the same again.
    then: &'static [&'static str],
    /// The tokens that its server is started with.
    pub(crate) window: u32,
    #[serde(skip)]
    pub(crate) case: Case,
}

/// Room for everything: a token of these models is a byte.
const WIDE: u32 = 16_384;
const QUESTION: &str = "remember that the milk is sour";
const NOTED: &[&str] = &["It", " is", " noted", "."];

/// Every model.
pub(crate) const MODELS: &[Model] = &[
    Model {
        name: "text",
        first: &["Hello", " from", " a", " tiny", " model", "."],
        then: &[],
        window: WIDE,
        case: answers("Hello from a tiny model."),
    },
    Model {
        name: "call",
        first: &[
            "<tool_call>",
            "\n{\"name\": \"remember\", ",
            "\"arguments\": ",
            SOUR,
            "\n</tool_call>",
        ],
        then: NOTED,
        window: WIDE,
        case: remembers("It is noted."),
    },
    Model {
        name: "search",
        first: &[
            "<tool_call>",
            "\n{\"name\": \"memory_search\", ",
            "\"arguments\": ",
            CAT,
            "\n</tool_call>",
        ],
        then: &["It", " is", " Mimi", "."],
        window: WIDE,
        case: Case { stderr: "memory_search", ..answers("It is Mimi.") },
    },
    Model {
        name: "fenced call",
        first: &["```json\n", "{\"name\": \"remember\", \"arguments\": ", SOUR, "\n```"],
        then: NOTED,
        window: WIDE,
        case: remembers("It is noted."),
    },
    Model {
        name: "cut call",
        first: &["<tool_call>", "\n{\"name\": \"remember\", ", "\"arguments\": ", "{\"fact\": "],
        then: &[],
        window: WIDE,
        case: fails("did not run"),
    },
    Model {
        // The server holds a model to the names and the types of our schemas, so this becomes a cut call.
        name: "wrong argument",
        first: &[
            "<tool_call>",
            "\n{\"name\": \"remember\", ",
            "\"arguments\": ",
            "{\"fact\": ",
            "7",
        ],
        then: NOTED,
        window: WIDE,
        case: Case { status: 0, stdout: "It is noted.", ..fails("did not run") },
    },
    Model {
        name: "unknown tool",
        first: &[
            "<tool_call>",
            "\n{\"name\": \"no_such_tool\", ",
            "\"arguments\": ",
            "{\"x\": 1}}",
        ],
        then: &[],
        window: WIDE,
        case: fails("error:"),
    },
    Model {
        name: "endless calls",
        first: &[
            "<tool_call>",
            "\n{\"name\": \"memory_search\", ",
            "\"arguments\": ",
            CAT,
            "\n</tool_call>",
        ],
        then: &[],
        window: WIDE,
        case: fails("again and again"),
    },
    Model {
        name: "nothing",
        first: &[],
        then: &[],
        window: WIDE,
        case: fails("answered with nothing"),
    },
    Model {
        name: "small window",
        first: &["Hello", "."],
        then: &[],
        window: 2_048,
        case: fails("too long for the model"),
    },
];

/// The arguments that end a call of `remember`.
const SOUR: &str = "{\"fact\": \"The milk is sour.\"}}";
/// The arguments that end a call of `memory_search`.
const CAT: &str = "{\"query\": \"cat\"}}";

const fn answers(stdout: &'static str) -> Case {
    Case { prompt: QUESTION, status: 0, stdout, stderr: "", remembers: false }
}

const fn remembers(stdout: &'static str) -> Case {
    Case { stderr: "remembered", remembers: true, ..answers(stdout) }
}

const fn fails(stderr: &'static str) -> Case {
    Case { prompt: QUESTION, status: 1, stdout: "", stderr, remembers: false }
}
