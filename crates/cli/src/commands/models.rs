//! `localgpt models` and `localgpt usage`: what can answer, and what it has taken.

use localgpt_assistant::{Archive, available};

use super::turn::runtime;
use crate::{
    args::UsageArgs,
    context::Context,
    render::{self, UsageBy},
    terminal::Format,
    wording::Wording,
};

/// Lists the models that can be reached now.
pub(crate) fn list(context: &mut Context) -> anyhow::Result<()> {
    let (config, clock) = context.start()?;
    let list = runtime()?.block_on(available(&config, &context.environment, &clock))?;
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
