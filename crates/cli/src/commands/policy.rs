//! `localgpt policy`: the rules, what they say about a call, what was allowed.

use std::io::Write;

use localgpt_assistant::{Approvals, Conversation, Which};
use localgpt_guard::one_line;
use localgpt_protocol::{
    ExplainedRuling, Explanation, PolicyReport, ToolCall, ToolCallId, ToolName,
};
use serde_json::{Value, json};

use crate::{
    args::PolicyCommand,
    context::Context,
    render::{self, Width},
    report::Failure,
    terminal::Format,
};

/// Runs one command on the rules.
pub(crate) fn run(context: &mut Context, command: &PolicyCommand) -> anyhow::Result<()> {
    match command {
        PolicyCommand::List => list(context),
        PolicyCommand::Explain { call } => explain(context, call),
        PolicyCommand::Revoke { ids, all } => revoke(context, ids, *all),
    }
}

fn list(context: &mut Context) -> anyhow::Result<()> {
    let opened = context.open()?;
    let report = Approvals::new(&opened.config, &opened.clock).report()?;
    match context.terminal.format() {
        Format::Json | Format::JsonLines => context.terminal.json(&report),
        Format::Text => {
            let width = context.terminal.width();
            Ok(show(context.terminal.out(), &report, width)?)
        }
    }
}

fn show(out: &mut dyn Write, report: &PolicyReport, width: Width) -> std::io::Result<()> {
    writeln!(out, "mode  {}", render::accent(&report.mode))?;
    writeln!(out)?;
    let widest = report.rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let behind = format!("\n{:widest$}  ", "");
    for rule in &report.rules {
        let meaning = render::wrap(&rule.meaning, width, widest + 2).join(&behind);
        writeln!(out, "{:widest$}  {meaning}", rule.name)?;
    }
    writeln!(out)?;
    match report.grants.is_empty() {
        true => writeln!(out, "nothing more is allowed for later")?,
        false => writeln!(out, "allowed for later:")?,
    }
    for kept in &report.grants {
        let grant = one_line(&kept.grant.to_string());
        writeln!(out, "{}  {grant}  {}", render::accent(&kept.id), kept.at.strftime("%Y-%m-%d"))?;
    }
    Ok(())
}

fn explain(context: &mut Context, words: &[String]) -> anyhow::Result<()> {
    let opened = context.open()?;
    let (conversation, _) = Conversation::open(
        &opened.config,
        &context.environment,
        &opened.clock,
        &Which::Fresh,
        None,
    )?;
    let call = call(&conversation, words)?;
    let explanation = conversation.explain(&call)?;
    match context.terminal.format() {
        Format::Json | Format::JsonLines => context.terminal.json(&explanation),
        Format::Text => Ok(show_explanation(context.terminal.out(), &explanation)?),
    }
}

fn show_explanation(out: &mut dyn Write, explanation: &Explanation) -> std::io::Result<()> {
    for effect in &explanation.effects {
        writeln!(out, "{}", one_line(effect))?;
    }
    let line = |ruling: &ExplainedRuling| match (&ruling.rule, &ruling.reason) {
        (Some(rule), Some(reason)) => format!("{} ({rule}: {})", ruling.ruling, one_line(reason)),
        _ => ruling.ruling.clone(),
    };
    let (trusted, untrusted) = (line(&explanation.trusted), line(&explanation.untrusted));
    if trusted == untrusted {
        return writeln!(out, "in any case: {trusted}");
    }
    writeln!(out, "while only you and the assistant have spoken: {trusted}")?;
    writeln!(out, "once text of others is in view: {untrusted}")
}

/// The call that was typed: JSON, or a tool and its one argument.
fn call(conversation: &Conversation, words: &[String]) -> anyhow::Result<ToolCall> {
    let id = ToolCallId::new("explain");
    if let [only] = words
        && only.trim_start().starts_with('{')
    {
        let wrong = |problem: String| {
            Failure::usage(format!("this is no call: {problem}"))
                .with_hint("write {\"name\": \"read\", \"input\": {\"path\": \"a.md\"}}")
        };
        let value: Value = serde_json::from_str(only).map_err(|error| wrong(error.to_string()))?;
        let name = value.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| wrong("it has no name".to_owned()))?;
        let input = value.get("input").cloned().unwrap_or_else(|| json!({}));
        return Ok(ToolCall { id, name: ToolName::new(name), input });
    }
    let Some((name, rest)) = words.split_first() else {
        return Err(Failure::usage("there is no call").into());
    };
    let parameter = conversation.first_parameter(name);
    let input = match (parameter, rest.is_empty()) {
        (Some(parameter), false) => json!({ parameter: rest.join(" ") }),
        (Some(_) | None, _) => json!({}),
    };
    Ok(ToolCall { id, name: ToolName::new(name), input })
}

fn revoke(context: &mut Context, ids: &[String], all: bool) -> anyhow::Result<()> {
    let opened = context.open()?;
    let approvals = Approvals::new(&opened.config, &opened.clock);
    let revoked = approvals.revoke(if all { None } else { Some(ids) })?;
    match context.terminal.format() {
        Format::Json | Format::JsonLines => context.terminal.json(&json!({ "revoked": revoked })),
        Format::Text => Ok(writeln!(context.terminal.out(), "revoked {revoked}")?),
    }
}
