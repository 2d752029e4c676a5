//! What is asked, and what must come of it.

/// A protocol, and how the configuration of its user looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Anthropic,
    Responses,
    Chat,
    Ollama,
}

/// One run of `ask`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    /// What is asked.
    pub(crate) prompt: &'static str,
    /// The exit status.
    pub(crate) status: i32,
    /// What stands on stdout.
    pub(crate) stdout: &'static str,
    /// What stands on stderr.
    pub(crate) stderr: &'static str,
    /// Whether a note was written.
    pub(crate) remembers: bool,
}

impl Api {
    pub(crate) const ALL: [Self; 4] = [Self::Anthropic, Self::Responses, Self::Chat, Self::Ollama];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Responses => "responses",
            Self::Chat => "chat",
            Self::Ollama => "ollama",
        }
    }

    /// The configuration of someone whose server of this protocol listens on `port`.
    pub(crate) fn configuration(self, port: u16) -> String {
        let address = format!("http://127.0.0.1:{port}");
        let key = "{ env = \"DRILL_KEY\" }";
        let (model, provider) = match self {
            Self::Anthropic => (
                "anthropic/claude-sonnet-5-5",
                format!("[providers.anthropic]\nbase_url = \"{address}\"\napi_key = {key}\n"),
            ),
            Self::Responses => (
                "openai/gpt-5.1",
                format!("[providers.openai]\nbase_url = \"{address}/v1\"\napi_key = {key}\n"),
            ),
            Self::Chat => (
                "desk/local-model",
                format!(
                    "[[providers.servers]]\nname = \"desk\"\nbase_url = \"{address}/v1\"\napi_key = {key}\ncontext = 32768\n"
                ),
            ),
            Self::Ollama => {
                ("ollama/qwen3:8b", format!("[providers.ollama]\nbase_url = \"{address}\"\n"))
            }
        };
        format!("language = \"english\"\n[model]\nuse = \"{model}\"\nmax_silence = 3\n{provider}")
    }
}

/// An answer.
const fn answers(prompt: &'static str, stdout: &'static str) -> Case {
    Case { prompt, status: 0, stdout, stderr: "", remembers: false }
}

/// A note that is written, and an answer.
const fn remembers(prompt: &'static str, stdout: &'static str) -> Case {
    Case { prompt, status: 0, stdout, stderr: "remembered", remembers: true }
}

/// A failure with a message.
const fn fails(prompt: &'static str, stderr: &'static str) -> Case {
    Case { prompt, status: 1, stdout: "", stderr, remembers: false }
}

/// The cases of every scenario that a protocol takes part in.
pub(crate) fn cases(api: Api) -> Vec<(&'static str, Vec<Case>)> {
    let mut all = vec![
        ("hello", vec![answers("hello", "Hello! I am a scripted answer.")]),
        ("echo", vec![answers("hello", "hello")]),
        ("cache", vec![answers("hello", "ok")]),
        ("tool_loop", tool_loop()),
        ("transport", transport()),
        ("failures", failures(api)),
    ];
    match api {
        Api::Chat => all.push(("small_local_model", small_models(api))),
        Api::Ollama => {
            all.push(("small_local_model", small_models(api)));
            all.push(("ollama_context", vec![answers("hello", "turn 1")]));
        }
        Api::Anthropic | Api::Responses => {}
    }
    all
}

fn tool_loop() -> Vec<Case> {
    vec![
        answers("good morning", "You said: good morning"),
        remembers("remember that the milk is sour", "Done. Result:"),
    ]
}

fn transport() -> Vec<Case> {
    const TEXT: &str = "Grüße, 世界 👋🏽 é";
    let mut cases: Vec<Case> = ["utf8", "bytes", "crlf", "bom", "nospace", "comments", "pings"]
        .iter()
        .map(|name| match *name {
            "utf8" => answers("t:utf8", TEXT),
            "bytes" => answers("t:bytes", TEXT),
            "crlf" => answers("t:crlf", TEXT),
            "bom" => answers("t:bom", TEXT),
            "nospace" => answers("t:nospace", TEXT),
            "comments" => answers("t:comments", TEXT),
            _ => answers("t:pings", TEXT),
        })
        .collect();
    cases.push(fails("t:gzip", "overloaded"));
    cases
}

fn failures(api: Api) -> Vec<Case> {
    let mut cases = vec![
        answers("fail:429once", "fine"),
        fails("fail:429", "fewer requests"),
        answers("fail:529twice", "fine"),
        fails("fail:500", "error:"),
        fails("fail:401", "key"),
        fails("fail:402", "credit"),
        fails("fail:html", "error:"),
        fails("fail:portal", "error:"),
        fails("fail:empty", "error:"),
        fails("fail:noheaders", "error:"),
        fails("fail:reset", "broke off"),
        fails("fail:disconnect", "broke off"),
        fails("fail:toolcut", "broke off"),
        fails("fail:nostop", "broke off"),
        fails("fail:event", "error:"),
        fails("fail:malformed", "error:"),
        answers("fail:utf8", "after"),
        fails("fail:stall", "said nothing"),
        fails("fail:slowstart", "said nothing"),
        // Its text holds the name of the shorter rule, which answers.
        answers("fail:hugeevent", "0123456789"),
        fails("fail:maxtokens", "tokens"),
        Case { stdout: "", ..fails("fail:cutcall", "error:") },
        fails("fail:nothing", "error:"),
    ];
    // The events of the others are so long that a byte each 50 ms takes minutes.
    if matches!(api, Api::Anthropic | Api::Chat) {
        cases.push(answers("fail:loris", "one byte at a time"));
    }
    if api == Api::Anthropic {
        cases.push(fails("fail:context", "too long"));
        cases.push(fails("fail:refusal", "refus"));
    }
    cases
}

fn small_models(api: Api) -> Vec<Case> {
    let mut cases: Vec<Case> = [
        "m:hermes",
        "m:json",
        "m:pytag",
        "m:mistral",
        "m:qwenxml",
        "m:functag",
        "m:pythonic",
        "m:prefix",
        "m:names",
        "m:noid",
        "m:index",
        "m:stop",
        "m:object",
        "m:loop",
    ]
    .iter()
    .map(|prompt| remembers(prompt, "Stored:"))
    .collect();
    // Its arguments arrive as an object of the server's own making.
    let double = match api {
        Api::Ollama => answers("m:double", "could not be read"),
        Api::Anthropic | Api::Responses | Api::Chat => remembers("m:double", "Stored:"),
    };
    cases.push(double);
    // In the one the cut is an arguments' own, in the other it is text that breaks off.
    cases.push(match api {
        Api::Ollama => fails("m:cutjson", "tokens"),
        Api::Anthropic | Api::Responses | Api::Chat => answers("m:cutjson", "did not run"),
    });
    cases.extend([
        // A call that is not whole, or cut off, does not run: the model is told.
        answers("m:unclosed", "could not be read"),
        // With prose around it, a call is something that is spoken about.
        answers("m:fence", "Let me know!"),
        answers("m:notacall", "Anna"),
        answers("m:think", "No tool needed."),
        answers("m:promise", "I have stored that"),
        fails("m:repeat", "tokens"),
        fails("m:empty", "error:"),
    ]);
    cases
}
