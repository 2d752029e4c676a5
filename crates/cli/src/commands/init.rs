//! `localgpt init`: the starter files, and a first question to see that it works.

use localgpt_protocol::InitReport;
use serde_json::json;

use super::ask::{self, Speaker};
use crate::{
    context::{Context, Opened},
    render,
    terminal::{Format, Terminal},
};

/// Writes what is missing, says what was there, and asks one question.
pub(crate) fn run(context: &mut Context) -> anyhow::Result<()> {
    let (config, clock) = context.start()?;
    let report = localgpt_assistant::init(&config, &clock)?;
    let mut opened = context.open_with(config, clock)?;
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => {
            let answer = opened.assistant.ask(&report.question)?;
            terminal.json(&json!({ "init": report, "answer": answer }))
        }
        Format::Text => {
            files(terminal, &opened, &report)?;
            let answer = opened.assistant.ask(&report.question)?;
            ask::show(terminal, &opened, &report.question, &answer, Speaker::Named)
        }
    }
}

fn files(terminal: &mut Terminal, opened: &Opened, report: &InitReport) -> anyhow::Result<()> {
    let Opened { wording, program, .. } = opened;
    let mut rows = vec![(wording.workspace, report.workspace.clone())];
    rows.extend(report.written.iter().map(|file| (wording.written, file.clone())));
    rows.extend(report.kept.iter().map(|file| (wording.kept, file.clone())));
    render::pairs(terminal.out(), &rows)?;
    let command = format!("{program} ask {}", render::shell_word(&report.question));
    Ok(writeln!(terminal.out(), "\n{}\n  {}", wording.first_question, render::accent(&command))?)
}
