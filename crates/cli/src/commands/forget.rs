//! `localgpt forget`: takes a text out of everything the program keeps, after the person has seen what goes.

use std::io::{self, IsTerminal as _, Write};

use localgpt_assistant::{Forget, KeepSessions};
use localgpt_config::Config;
use localgpt_guard::one_line;
use localgpt_protocol::{Clock, ForgetPlan, ForgetReport, LeftFile};

use crate::{
    args::ForgetArgs,
    context::{Context, text_or_stdin},
    render::{accent, alarm, bold, dim},
    report::Failure,
    terminal::{Format, Terminal, Verbosity},
    wording::{ForgetWording, Wording},
};

/// Lines that are listed before a yes; the rest is counted.
const MOST_LISTED: usize = 200;

/// Letters of a line that are listed.
const WIDEST: usize = 200;

/// Forgets a text.
pub(crate) fn run(context: &mut Context, words: &ForgetArgs) -> anyhow::Result<()> {
    let text = text_or_stdin(&words.text, "text to forget")?;
    let (config, clock) = context.start()?;
    let wording = &Wording::of(config.language).forget;
    let sessions = match words.keep_sessions {
        true => KeepSessions::Yes,
        false => KeepSessions::No,
    };
    let forget = Forget::new(&config, &clock, &text, sessions)?;
    if !words.yes {
        let plan = forget.plan()?;
        if !is_agreed(&mut context.terminal, &plan, wording)? {
            return Ok(context.terminal.note(wording.kept)?);
        }
    }
    let report = forget.carry_out()?;
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&report)?,
        Format::Text => show_report(terminal.out(), &report, wording)?,
    }
    all_gone(&report)
}

/// Finishes what a process began to forget that was killed; what is in the way is said, and the command goes on.
pub(crate) fn finish_interrupted(
    config: &Config,
    clock: &Clock,
    verbosity: Verbosity,
) -> io::Result<()> {
    let said = match Forget::finish_interrupted(config, clock) {
        Ok(None) => return Ok(()),
        Ok(Some(report)) if report.left.is_empty() => {
            "finished forgetting, which was interrupted".to_owned()
        }
        Ok(Some(report)) => {
            let left: Vec<String> =
                report.left.iter().map(|left| format!("{} ({})", left.path, left.reason)).collect();
            format!(
                "finished forgetting, which was interrupted; it still stands in {}",
                left.join(", ")
            )
        }
        Err(error) => {
            tracing::warn!(%error, "an interrupted `forget` is not finished");
            format!("an interrupted `forget` is not finished: {error}")
        }
    };
    match verbosity {
        Verbosity::Quiet => Ok(()),
        Verbosity::Normal | Verbosity::Verbose(_) => writeln!(io::stderr(), "{}", one_line(&said)),
    }
}

fn all_gone(report: &ForgetReport) -> anyhow::Result<()> {
    match report.left.len() {
        0 => Ok(()),
        count => {
            let files = ForgetWording::count(count as u64, ("place", "places"));
            let failure = Failure::user(format!("it is not gone from {files}"));
            Err(failure.with_hint("change or delete what is listed yourself").into())
        }
    }
}

/// Lists what goes and waits for a clear yes.
fn is_agreed(
    terminal: &mut Terminal,
    plan: &ForgetPlan,
    wording: &ForgetWording,
) -> anyhow::Result<bool> {
    let is_attended = terminal.format() == Format::Text
        && io::stdin().is_terminal()
        && io::stderr().is_terminal();
    if !is_attended {
        let failure = Failure::usage("`forget` asks first, and nobody is there to answer");
        return Err(failure.with_hint("with `--yes` it does not ask").into());
    }
    let err = terminal.err();
    show_plan(err, plan, wording)?;
    if plan.is_empty() && !plan.history {
        return Ok(false);
    }
    write!(err, "{}", bold(wording.question))?;
    err.flush()?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "j" | "ja"))
}

fn show_plan(out: &mut dyn Write, plan: &ForgetPlan, wording: &ForgetWording) -> io::Result<()> {
    if plan.is_empty() {
        writeln!(out, "{}", wording.nowhere)?;
    }
    for line in plan.lines.iter().take(MOST_LISTED) {
        let place = format!("{}#L{}", one_line(&line.path), line.line);
        let text: String = one_line(&line.text).chars().take(WIDEST).collect();
        writeln!(out, "{}  {text}", accent(&place))?;
    }
    if let Some(more) = plan.lines.len().checked_sub(MOST_LISTED).filter(|more| *more > 0) {
        writeln!(out, "… {}", ForgetWording::count(more as u64, wording.lines))?;
    }
    for session in &plan.sessions {
        let records = ForgetWording::count(session.records, wording.records);
        writeln!(out, "{}  {records}", accent(session.session.as_str()))?;
    }
    for path in &plan.files {
        writeln!(out, "{}", one_line(path))?;
    }
    if plan.history {
        writeln!(out, "{}", dim(wording.history))?;
    }
    show_left(out, &plan.left, wording)
}

fn show_report(
    out: &mut dyn Write,
    report: &ForgetReport,
    wording: &ForgetWording,
) -> io::Result<()> {
    let records = report.sessions.iter().map(|session| session.records).sum();
    let files = report.files.len() + report.own_files.len();
    let counts = [
        (report.lines as u64, wording.lines),
        (records, wording.records),
        (files as u64, wording.files),
        (report.commits.unwrap_or(0) as u64, wording.commits),
    ];
    let counts = counts.map(|(count, words)| ForgetWording::count(count, words)).join(" · ");
    writeln!(out, "{} {counts}", wording.gone)?;
    for path in report.files.iter().chain(&report.own_files) {
        writeln!(out, "  {}", one_line(path))?;
    }
    show_left(out, &report.left, wording)?;
    if report.left.is_empty() {
        let files = ForgetWording::count(report.scanned, wording.files);
        writeln!(out, "{}", dim(&format!("{files} {}", wording.proved)))?;
    }
    Ok(())
}

fn show_left(out: &mut dyn Write, left: &[LeftFile], wording: &ForgetWording) -> io::Result<()> {
    for left in left {
        let path = one_line(&left.path);
        writeln!(out, "{} {path}: {}", alarm(wording.stays), one_line(&left.reason))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use localgpt_config::Language;
    use localgpt_protocol::{MeantLine, MeantRecords, SessionId};

    use super::*;

    fn shown(language: Language) -> String {
        let plan = ForgetPlan {
            lines: vec![MeantLine {
                path: "MEMORY.md".to_owned(),
                line: 3,
                text: "- the pin is 4711\u{1b}".to_owned(),
            }],
            sessions: vec![MeantRecords { session: SessionId::new("2026-a"), records: 2 }],
            files: vec!["/state/chat-history.txt".to_owned()],
            history: true,
            left: vec![LeftFile { path: "a.pdf".to_owned(), reason: "it is no text".to_owned() }],
        };
        let mut out = anstream::StripStream::new(Vec::new());
        show_plan(&mut out, &plan, &Wording::of(language).forget).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn what_goes_is_listed_before_a_yes() {
        expect_test::expect![[r#"
            MEMORY.md#L3  - the pin is 4711\u{1b}
            2026-a  2 records
            /state/chat-history.txt
            the history is written anew without it; that cannot be undone
            stays as it is: a.pdf: it is no text
        "#]]
        .assert_eq(&shown(Language::English));
        expect_test::expect![[r#"
            MEMORY.md#L3  - the pin is 4711\u{1b}
            2026-a  2 Einträge
            /state/chat-history.txt
            die Historie wird ohne diesen Text neu geschrieben; das lässt sich nicht zurücknehmen
            bleibt, wie es ist: a.pdf: it is no text
        "#]]
        .assert_eq(&shown(Language::German));
    }
}
