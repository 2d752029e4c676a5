//! `localgpt skills`: list, show, check, accept.

use std::io::{self, IsTerminal as _};

use localgpt_assistant::Shelf;
use localgpt_guard::visible;
use localgpt_protocol::{SkillList, SkillUnusable};
use serde_json::json;

use super::chat;
use crate::{
    args::SkillsCommand,
    context::Context,
    render,
    report::Failure,
    terminal::Format,
    wording::{SkillsWording, Wording},
};

/// Runs one command on skills.
pub(crate) fn run(context: &mut Context, command: &SkillsCommand) -> anyhow::Result<()> {
    let (config, _) = context.start()?;
    let shelf = Shelf::open(&config, &context.environment, &chat::command_names());
    let wording = &Wording::of(config.language).skills;
    match command {
        SkillsCommand::List => list(context, &shelf.list(), wording),
        SkillsCommand::Show { skill } => show(context, &shelf, skill, wording),
        SkillsCommand::Check => check(context, &shelf.list(), wording),
        SkillsCommand::Accept { skill, digest } => {
            accept(context, &shelf, skill, digest.as_deref(), wording)
        }
    }
}

fn list(context: &mut Context, list: &SkillList, wording: &SkillsWording) -> anyhow::Result<()> {
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(list),
        Format::Text => {
            let width = terminal.width();
            render::skills(terminal.out(), &list.skills, wording, width)?;
            if list.skills.is_empty() {
                terminal.note(wording.none)?;
            }
            if !list.problems.is_empty() {
                terminal.note(wording.problems)?;
            }
            Ok(())
        }
    }
}

fn show(
    context: &mut Context,
    shelf: &Shelf,
    name: &str,
    wording: &SkillsWording,
) -> anyhow::Result<()> {
    let report = shelf.report(name)?;
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&report),
        Format::Text => Ok(render::skill(terminal.out(), &report, wording)?),
    }
}

fn check(context: &mut Context, list: &SkillList, wording: &SkillsWording) -> anyhow::Result<()> {
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(list)?,
        Format::Text => render::skill_faults(terminal.out(), list, wording)?,
    }
    let waits = |unusable: &SkillUnusable| match unusable {
        SkillUnusable::New | SkillUnusable::Changed => true,
        SkillUnusable::Replaced(_)
        | SkillUnusable::Disabled
        | SkillUnusable::Os(_)
        | SkillUnusable::Bins(_)
        | SkillUnusable::AnyBins(_)
        | SkillUnusable::Env(_)
        | SkillUnusable::Config(_) => false,
    };
    let waiting = list.skills.iter().filter(|row| row.unusable.as_ref().is_some_and(waits)).count();
    match list.problems.len() + waiting {
        0 => Ok(()),
        count => Err(Failure::user(format!("{count} of the skills need you"))
            .with_hint("`localgpt skills accept NAME` accepts one; the others have to be mended")
            .into()),
    }
}

fn accept(
    context: &mut Context,
    shelf: &Shelf,
    name: &str,
    digest: Option<&str>,
    wording: &SkillsWording,
) -> anyhow::Result<()> {
    let review = shelf.review(name)?;
    let shown = &review.shown;
    if let Some(digest) = digest
        && digest != shown.digest
    {
        let failure = Failure::user(format!("`{}` is not what this digest stands for", shown.name));
        return Err(failure.with_hint("look at it again: it was changed meanwhile").into());
    }
    let terminal = &mut context.terminal;
    let is_text = terminal.format() == Format::Text;
    let mut is_accepted = digest.is_some();
    if is_text {
        render::skill_review(terminal.out(), shown, wording)?;
        terminal.out().flush()?;
    }
    if is_text && !is_accepted {
        if !io::stdin().is_terminal() {
            let failure = Failure::user("nobody is here to accept it");
            let hint = "with `--digest` and the digest above exactly this is accepted";
            return Err(failure.with_hint(hint).into());
        }
        write!(terminal.err(), "{} ", visible(wording.question))?;
        terminal.err().flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        is_accepted = wording.yes.contains(&answer.trim().to_lowercase().as_str());
    }
    if is_accepted {
        shelf.accept(&review)?;
    }
    match is_text {
        false => {
            let mut document = serde_json::to_value(shown)?;
            if let Some(fields) = document.as_object_mut() {
                fields.insert("accepted".to_owned(), json!(is_accepted));
            }
            terminal.json(&document)
        }
        true => {
            Ok(terminal.note(if is_accepted { wording.accepted } else { wording.not_accepted })?)
        }
    }
}
