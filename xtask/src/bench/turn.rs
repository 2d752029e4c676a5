//! What a turn costs beside the model: until the model is asked, until its first word is shown, and in memory.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::{
    Bench, NOTES_ASKED, Notes,
    model::{NAME, ScriptedModel},
    notes, settle,
    table::{Amount, Row},
    timing::{Conversation, first_output, median},
};
use crate::{
    binary::User,
    process::{program, succeeds},
};

/// What a client needed beside the model.
#[derive(Debug, Default)]
struct Taken {
    /// From its start to the request at the server.
    until_asked: Vec<Duration>,
    /// From the server's first byte to the first word on the client's output.
    until_shown: Vec<Duration>,
}

/// Measures turns with a model that runs in this process.
pub(crate) fn rows(bench: &Bench) -> Result<Vec<Row>> {
    eprintln!("talking with a model");
    let model = ScriptedModel::start()?;
    let notes = bench.notes(NOTES_ASKED)?;
    notes.user.configure(&model.configuration())?;
    notes.stats()?;
    settle(&notes)?;
    let mut rows = asking(bench, &model, &notes)?;
    rows.extend(chatting(bench, &model, &notes)?);
    rows.push(prompt(bench, &model)?);
    Ok(rows)
}

fn asking(bench: &Bench, model: &ScriptedModel, notes: &Notes) -> Result<Vec<Row>> {
    let has_curl = succeeds(program("curl").arg("--version"));
    if !has_curl {
        eprintln!("there is no curl: nothing to compare with");
    }
    let (mut own, mut bare) = (Taken::default(), Taken::default());
    for number in 0..20 * bench.repeats {
        if has_curl {
            bare.take(model, curl(&model.url()), "data:")?;
        }
        let question = notes::question(number);
        let ask = notes.command(["--model", NAME, "ask", "--stream-json", &question]);
        own.take(model, ask, "text_delta")?;
    }
    let asked = Row::shown(
        format!(
            "`ask` of a model on 1,000 notes, from the start to the request, median of {}",
            own.until_asked.len()
        ),
        Amount::Time(median(&own.until_asked)),
    );
    let shown = Row::shown(
        "first word on stdout, after the server's first byte",
        Amount::Time(median(&own.until_shown)),
    );
    if !has_curl {
        return Ok(vec![asked, shown]);
    }
    let curl = Amount::Time(median(&bare.until_shown));
    let more = median(&own.until_shown).saturating_sub(median(&bare.until_shown));
    Ok(vec![
        asked.beside("curl", Amount::Time(median(&bare.until_asked))),
        shown.beside("curl", curl),
        Row::shown("the same, more than curl", Amount::Time(more))
            .at_most(Amount::Time(Duration::from_millis(5))),
    ])
}

fn curl(url: &str) -> Command {
    let mut curl = program("curl");
    curl.args(["--no-buffer", "--silent", "--show-error", "--header"]).args([
        "Content-Type: application/json",
        "--data-binary",
        "{\"stream\":true}",
        url,
    ]);
    curl
}

impl Taken {
    fn take(&mut self, model: &ScriptedModel, command: Command, sought: &str) -> Result<()> {
        let (started, shown) = first_output(command, sought)?;
        let asked = model.asked()?;
        self.until_asked.push(asked.arrived.saturating_duration_since(started));
        self.until_shown.push(shown.saturating_duration_since(asked.answered));
        Ok(())
    }
}

/// What a line of `chat --json` says of a turn, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Turn {
    text: String,
    recalled: Vec<serde_json::Value>,
}

fn chatting(bench: &Bench, model: &ScriptedModel, notes: &Notes) -> Result<Vec<Row>> {
    let mut chat = Conversation::start(notes.command(["--json", "--model", NAME, "chat"]))?;
    let (mut took, mut bare) = (Vec::new(), Vec::new());
    let mut peak = 0;
    let mut recalled = 0;
    for number in 0..=20 * bench.repeats {
        bare.push(super::reference::write_through(notes.path())?);
        let (answer, started) = chat.ask_at(&notes::question(number))?;
        let turn: Turn = serde_json::from_str(&answer).context("cannot read a turn")?;
        ensure!(turn.text.starts_with("Certainly"), "the model was not heard: {answer}");
        recalled += turn.recalled.len();
        let asked = model.asked()?;
        match number {
            // It opens what the others find open.
            0 => peak = chat.peak(),
            _ => took.push(asked.arrived.saturating_duration_since(started)),
        }
    }
    ensure!(recalled > 0, "memory took no part in the conversation");
    let later = chat.peak();
    chat.end()?;
    let bar = Amount::Bytes(60_000_000);
    let turns = took.len();
    Ok(vec![
        Row::shown(
            format!(
                "a turn of `chat` on 1,000 notes, from the line to the request, median of {turns}"
            ),
            Amount::Time(median(&took)),
        )
        .beside("a line written through to the disk", Amount::Time(median(&bare))),
        Row::shown("peak memory of one turn of `chat` on 1,000 notes", Amount::Bytes(peak))
            .at_most(bar),
        Row::shown(format!("the same after {turns} more"), Amount::Bytes(later)).at_most(bar),
    ])
}

/// Counts what a request holds in a workspace without files.
fn prompt(bench: &Bench, model: &ScriptedModel) -> Result<Row> {
    #[derive(Debug, Deserialize)]
    struct Report {
        parts: Vec<Part>,
    }
    #[derive(Debug, Deserialize)]
    struct Part {
        name: String,
        tokens: u64,
    }
    let user = User::create(&bench.binary)?;
    user.configure(&model.configuration())?;
    let nowhere = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut command = user.command(nowhere.path());
    command.args(["--json", "--model", NAME, "chat"]);
    let mut chat = Conversation::start(command)?;
    let (answer, _) = chat.ask("/context")?;
    chat.end()?;
    let report: Report = serde_json::from_str(&answer).context("cannot read the context")?;
    let tokens = |name: &str| {
        let part = report.parts.iter().find(|part| part.name == name);
        part.map(|part| part.tokens).with_context(|| format!("the context has no {name}"))
    };
    let (instructions, tools) = (tokens("instructions")?, tokens("tools")?);
    Ok(Row::shown("core prompt and tools, as estimated", Amount::Tokens(instructions + tools))
        .beside("the tools of them", Amount::Tokens(tools))
        .at_most(Amount::Tokens(1_200)))
}
