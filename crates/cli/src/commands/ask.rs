//! `localgpt ask`: one question, one answer.

use localgpt_guard::one_line;
use localgpt_protocol::{Answer, Verdict};

use crate::{
    commands::memory::degraded,
    context::{Context, Opened, text_or_stdin},
    render,
    terminal::{Format, Terminal},
};

/// The longest question that is repeated in a hint.
const LONGEST_EXAMPLE: usize = 200;

/// Answers the question.
pub(crate) fn run(context: &mut Context, question: &[String]) -> anyhow::Result<()> {
    let question = text_or_stdin(question, "question")?;
    let mut opened = context.open()?;
    let answer = opened.assistant.ask(question.trim())?;
    show(&mut context.terminal, &opened, &question, &answer, Speaker::Named)
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
