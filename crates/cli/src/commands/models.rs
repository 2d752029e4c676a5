//! `localgpt models` and `localgpt usage`: what can answer, and what it has taken.

use localgpt_assistant::{Archive, available, fetch};
use localgpt_config::Config;
use tokio::{runtime::Runtime, sync::mpsc};

use super::turn::{runtime, stoppable};
use crate::{
    args::{ModelsArgs, UsageArgs},
    context::Context,
    render::{self, UsageBy},
    terminal::Format,
    wording::Wording,
};

/// Lists the models that can be reached now.
pub(crate) fn list(context: &mut Context, words: &ModelsArgs) -> anyhow::Result<()> {
    let (config, clock) = context.start()?;
    let runtime = runtime()?;
    if let Some(name) = &words.fetch {
        fetch_model(context, &runtime, &config, name)?;
    }
    let list = runtime.block_on(available(&config, &context.environment, &clock))?;
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&list),
        Format::Text => {
            render::models(terminal.out(), &list)?;
            let hint = match list.models.is_empty() {
                true => Wording::of(config.language).no_model_is_there,
                false => {
                    "choose one with `--model NAME`, or for good with `localgpt config set model.use NAME`"
                }
            };
            Ok(terminal.note(hint)?)
        }
    }
}

/// Has a model fetched, showing how far it is. Ctrl-C stops the wait; the server keeps what it has.
fn fetch_model(
    context: &mut Context,
    runtime: &Runtime,
    config: &Config,
    name: &str,
) -> anyhow::Result<()> {
    let mut bar = context.terminal.progress().sink();
    let (sender, mut reached) = mpsc::unbounded_channel();
    let mut tell = move |progress| sender.send(progress).unwrap_or_default();
    let model = stoppable(runtime, None, async {
        let fetched = fetch(config, name, &mut tell);
        tokio::pin!(fetched);
        loop {
            tokio::select! {
                biased;
                Some(progress) = reached.recv() => bar(progress),
                model = &mut fetched => return model,
            }
        }
    })??;
    Ok(context.terminal.note(&format!("{model} is there"))?)
}

/// Shows what models have taken.
pub(crate) fn usage(context: &mut Context, words: &UsageArgs) -> anyhow::Result<()> {
    let (config, clock) = context.start()?;
    let rows = Archive::open(&config, &clock)?.usage(words.days)?;
    let terminal = &mut context.terminal;
    match terminal.format() {
        Format::Json | Format::JsonLines => terminal.json(&rows),
        Format::Text if rows.is_empty() => {
            Ok(terminal.note(&format!("no model was used in {} days", words.days))?)
        }
        Format::Text => {
            let by = if words.by_session { UsageBy::Session } else { UsageBy::Day };
            Ok(render::usage(terminal.out(), &rows, by)?)
        }
    }
}
