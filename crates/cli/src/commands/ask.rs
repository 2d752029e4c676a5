//! `localgpt ask`: one question, one answer.

use std::io::{self, IsTerminal as _, Read as _};

use localgpt_assistant::{Answerer, Conversation, Which};
use localgpt_guard::{Fences, Untrusted, one_line, quote};
use localgpt_protocol::{Answer, Attached, UserPart, Verdict};
use localgpt_sandbox::AcceptNoSandbox;

use super::{
    approval::Asking,
    turn::{self, Show, Turns},
};
use crate::{
    args::{Approve, AskArgs, SessionArgs},
    commands::memory::degraded,
    context::{Context, Opened, text_or_stdin},
    render::{self, ThinkingShown},
    report::Failure,
    terminal::{Format, Terminal, Verbosity, stdin_holds_text},
};

/// The longest question that is repeated in a hint.
const LONGEST_EXAMPLE: usize = 200;
/// The most bytes that are read from a pipe beside a question.
const LONGEST_PIPE: u64 = 4 << 20;

/// Answers the question.
pub(crate) fn run(context: &mut Context, words: &AskArgs) -> anyhow::Result<()> {
    let question = text_or_stdin(&words.question, "question")?;
    let (config, clock) = context.start()?;
    let which = which(&words.session);
    let answerer = Answerer::chosen(&config.model)?;
    if answerer == Answerer::Quote && which == Which::Fresh {
        if words.stream_json {
            return Err(Failure::usage("quotes from memory come at once and not as events")
                .with_hint("use --json, or choose a model with --model")
                .into());
        }
        if !words.attach.is_empty() {
            return Err(Failure::user("a file needs a model to read it, and memory is quoted")
                .with_hint("choose one with --model")
                .into());
        }
        let mut opened = context.open_with(config, clock)?;
        let answer = opened.assistant.ask(question.trim())?;
        return show(&mut context.terminal, &opened, &question, &answer, Speaker::Named);
    }
    let chosen = context.flags.model.is_some().then_some(answerer);
    let environment = &context.environment;
    let (mut conversation, opening) =
        Conversation::open(&config, environment, &clock, &which, chosen)?;
    for damage in &opening.damages {
        context.terminal.note(damage)?;
    }
    if words.i_accept_no_sandbox {
        conversation.accept_no_sandbox(AcceptNoSandbox::typed_by_a_person())?;
    }
    for path in &words.attach {
        for note in conversation.attach(path)?.notes {
            context.terminal.note(&format!("{}: {note}", path.display()))?;
        }
    }
    let wording = crate::wording::Wording::of(config.language);
    let mut parts = vec![UserPart::Text(question.trim().to_owned())];
    // The question itself came from stdin if there were no words for it.
    let has_words = words.question.iter().any(|word| word != "-");
    let is_answers = words.approve == Some(Approve::Stdin);
    if has_words
        && !is_answers
        && let Some(piped) = piped()?
    {
        parts.push(UserPart::Attached(piped));
    }
    let terminal = &mut context.terminal;
    let show = match terminal.format() {
        Format::Text if words.stream_json => Show::Events,
        Format::Text => Show::Reported(terminal.turn_look(ThinkingShown::Folded)),
        Format::Json | Format::JsonLines => Show::Nothing,
    };
    let runtime = turn::runtime()?;
    // Who wants quiet would be asked a question that is not shown.
    let is_quiet = terminal.verbosity() == Verbosity::Quiet;
    let sits_there = io::stdin().is_terminal() && io::stderr().is_terminal() && !is_quiet;
    let asking = match (words.approve, show) {
        (Some(Approve::Stdin), _) if has_words => Asking::Line,
        (Some(Approve::Stdin), _) => {
            return Err(Failure::usage("stdin cannot be the question and the answers").into());
        }
        (None, Show::Reported(_)) if sits_there => Asking::Key,
        (None | Some(Approve::Nobody), _) => Asking::Nobody,
    };
    let turns = Turns { runtime: &runtime, show, wording, asking };
    let answer = turns.take(terminal, &mut conversation, parts.into())?;
    if let Show::Nothing = show {
        terminal.json(&answer)?;
    }
    match turn::failure(&answer.end) {
        None => Ok(()),
        Some(failure) => Err(failure.into()),
    }
}

/// Which session the options name.
pub(crate) fn which(session: &SessionArgs) -> Which {
    match (&session.resume, session.continue_last) {
        (Some(name), _) => Which::Named(name.clone()),
        (None, true) => Which::Last,
        (None, false) => Which::Fresh,
    }
}

/// What stands in a pipe or file beside the question, fenced: it is text from outside.
fn piped() -> anyhow::Result<Option<Attached>> {
    if !stdin_holds_text() {
        return Ok(None);
    }
    let cannot_read = |error| Failure::user("cannot read from stdin").because(error);
    let mut bytes = Vec::new();
    io::stdin().lock().take(LONGEST_PIPE + 1).read_to_end(&mut bytes).map_err(cannot_read)?;
    if bytes.len() as u64 > LONGEST_PIPE {
        return Err(Failure::user(format!(
            "what comes from stdin is longer than {LONGEST_PIPE} bytes"
        ))
        .with_hint("send a part of it, as with `head -c 1M`")
        .into());
    }
    let text = String::from_utf8_lossy(&bytes);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let seed = getrandom::u64()
        .map_err(|error| Failure::user(format!("the system gives no random numbers: {error}")))?;
    let fence = Fences::seeded(seed).next_fence();
    let text = quote(&Untrusted::new(text.as_ref()), "stdin", fence, text.len());
    Ok(Some(Attached { name: "stdin".to_owned(), text }))
}

/// Whether the answer begins with who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    /// It does.
    Named,
    /// The person was told before.
    Known,
}

/// Prints an answer: the quotes are data, who speaks and how to look further is not.
pub(crate) fn show(
    terminal: &mut Terminal,
    opened: &Opened,
    question: &str,
    answer: &Answer,
    speaker: Speaker,
) -> anyhow::Result<()> {
    match terminal.format() {
        Format::Json | Format::JsonLines => return terminal.json(answer),
        Format::Text => {}
    }
    let Opened { wording, program, .. } = opened;
    if speaker == Speaker::Named {
        terminal.note(&wording.answerer(&answer.answerer))?;
    }
    if let Some(reason) = &answer.degraded {
        terminal.note(&degraded(reason))?;
    }
    let width = terminal.width();
    render::answer(terminal.out(), answer, wording, width)?;
    if answer.verdict == Verdict::Nothing {
        let question = one_line(question);
        let query = match question.len() <= LONGEST_EXAMPLE {
            true => render::shell_word(&question),
            false => "…".to_owned(),
        };
        terminal.note(&format!("{}: {program} memory search {query}", wording.look_further))?;
    }
    Ok(())
}
