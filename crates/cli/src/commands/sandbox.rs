//! `localgpt sandbox`: how programs are confined here, and whether they stay so.

use std::time::Duration;

use localgpt_sandbox::{
    EXIT_REFUSED, Row, Status,
    probe::{self, Outcome, Verdict},
    status,
};
use serde_json::{Value, json};

use crate::{
    args::{SandboxArgs, SandboxCommand},
    context::Context,
    render,
    report::Failure,
    terminal::Format,
};

/// How often a program that does nothing is run to see what the walls cost.
const TIMES: usize = 21;

/// Runs what was typed.
pub(crate) fn run(context: &mut Context, command: &SandboxCommand) -> anyhow::Result<()> {
    match command {
        SandboxCommand::Status(words) => show(context, &asked(words)),
        SandboxCommand::Test(words) => test(context, &asked(words)),
    }
}

fn asked(words: &SandboxArgs) -> Status {
    status().without(&words.simulate_no)
}

fn show(context: &mut Context, status: &Status) -> anyhow::Result<()> {
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&document(status))?,
        Format::Text => {
            writeln!(terminal.out(), "{status}")?;
            let pieces = status.found().iter().map(|found| {
                let (Ok(detail) | Err(detail)) = &found.state;
                let there = match (found.state.is_ok(), detail.as_str()) {
                    (true, "there") => "yes".to_owned(),
                    (true, detail) => format!("yes, {detail}"),
                    (false, detail) => format!("no, {detail}"),
                };
                (found.piece.to_string(), there)
            });
            let pieces: Vec<(String, String)> = pieces.collect();
            let rows = pieces.iter().map(|(name, value)| (name.as_str(), value.clone()));
            render::pairs(terminal.out(), &rows.collect::<Vec<_>>())?;
            if let (true, Some(hint)) = (status.is_on(), status.hint()) {
                terminal.note(&format!("hint: {hint}"))?;
            }
        }
    }
    refuse_without_sandbox(status)
}

fn refuse_without_sandbox(status: &Status) -> anyhow::Result<()> {
    match status.is_on() {
        true => Ok(()),
        false => Err(Failure::user("programs cannot be confined here, and so are not run")
            .with_hint(status.hint().unwrap_or_default())
            .with_status(EXIT_REFUSED)
            .into()),
    }
}

fn document(status: &Status) -> Value {
    let pieces = status.found().iter().map(|found| {
        let (Ok(detail) | Err(detail)) = &found.state;
        json!({ "name": found.piece.to_string(), "there": found.state.is_ok(), "detail": detail })
    });
    json!({
        "sandbox": row(status),
        "on": status.is_on(),
        "words": status.to_string(),
        "pieces": pieces.collect::<Vec<_>>(),
        "hint": status.hint(),
    })
}

fn row(status: &Status) -> &'static str {
    match status.row() {
        Row::Full => "full",
        Row::NoNamespaces => "no_namespaces",
        Row::MountsOnly => "mounts_only",
        Row::Seatbelt => "seatbelt",
        Row::Off => "off",
    }
}

fn test(context: &mut Context, status: &Status) -> anyhow::Result<()> {
    refuse_without_sandbox(status)?;
    let trial = probe::trial(status)?;
    let verdicts = trial.verdicts(status.row());
    let (confined, free) = probe::overhead(status, TIMES)?;
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => {
            let ways = verdicts.iter().map(
                |(outcome, verdict)| json!({ "name": outcome.name, "verdict": name_of(*verdict) }),
            );
            terminal.json(&json!({
                "sandbox": row(status),
                "ways": ways.collect::<Vec<_>>(),
                "confined_ms": milliseconds(confined),
                "free_ms": milliseconds(free),
            }))?;
        }
        Format::Text => {
            writeln!(terminal.out(), "{status}")?;
            let rows: Vec<(&str, String)> = verdicts.iter().map(line).collect();
            render::pairs(terminal.out(), &rows)?;
            writeln!(
                terminal.out(),
                "a program that does nothing takes {:.1} ms, and {:.1} ms without the sandbox",
                milliseconds(confined),
                milliseconds(free)
            )?;
        }
    }
    let tried = verdicts.iter().filter(|(_, verdict)| *verdict != Verdict::Untold).count();
    match verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Open).count() {
        0 if tried > 0 => Ok(()),
        0 => Err(Failure::user("nothing could be tried").into()),
        1 => Err(Failure::user("there is a way out of the sandbox").into()),
        open => Err(Failure::user(format!("there are {open} ways out of the sandbox")).into()),
    }
}

fn line<'a>((outcome, verdict): &(&'a Outcome, Verdict)) -> (&'a str, String) {
    let words = match verdict {
        Verdict::Closed => "closed".to_owned(),
        Verdict::Open => "OPEN".to_owned(),
        Verdict::LeftOpen => "open, as the kind of sandbox says".to_owned(),
        Verdict::Untold => {
            format!("not told: {}", outcome.failure.as_deref().unwrap_or_default())
        }
    };
    (outcome.name.as_str(), words)
}

fn name_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Closed => "closed",
        Verdict::Open => "open",
        Verdict::LeftOpen => "left_open",
        Verdict::Untold => "untold",
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
