//! `localgpt config`: read and change the configuration.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use localgpt_config::{Config, ConfigFile, Flags, Setting};
use localgpt_guard::{one_line, visible};
use serde_json::json;

use crate::{
    args::ConfigCommand,
    context::{Context, working_directory, zone},
    editor, private, render,
    report::Failure,
    terminal::{Format, Verbosity},
};

/// Runs one command on the configuration.
pub(crate) fn run(context: &mut Context, command: &ConfigCommand) -> anyhow::Result<()> {
    match command {
        ConfigCommand::Get { key } => get(context, key),
        ConfigCommand::Set { key, value } => set(context, key, value),
        ConfigCommand::Unset { key } => unset(context, key),
        ConfigCommand::Show => show(context),
        ConfigCommand::Path => path(context),
        ConfigCommand::Edit => edit(context),
    }
}

fn get(context: &mut Context, key: &str) -> anyhow::Result<()> {
    let Some(setting) = settings(context)?.into_iter().find(|setting| setting.name == key) else {
        // Only `ConfigFile` knows which key was meant.
        ConfigFile::read(&file(context)?)?.get(key)?;
        return Err(Failure::user(format!("there is no key `{key}`")).into());
    };
    match context.terminal.format() {
        Format::Json | Format::JsonLines => context.terminal.json(&document(&setting)),
        Format::Text => {
            let Some(value) = setting.value else {
                let hint = format!("`localgpt config set {key} VALUE` gives it one");
                return Err(Failure::user(format!("`{key}` has no value")).with_hint(hint).into());
            };
            Ok(writeln!(context.terminal.out(), "{}", visible(&value))?)
        }
    }
}

fn set(context: &mut Context, key: &str, value: &str) -> anyhow::Result<()> {
    let path = file(context)?;
    let mut file = ConfigFile::read(&path)?;
    file.set(key, value)?;
    if key == "time_zone" {
        zone(value)?;
    }
    file.write()?;
    Ok(context.terminal.note(&format!("set {key} in {}", path.display()))?)
}

fn unset(context: &mut Context, key: &str) -> anyhow::Result<()> {
    let path = file(context)?;
    let mut file = ConfigFile::read(&path)?;
    let note = match file.unset(key)? {
        true => {
            file.write()?;
            format!("removed {key} from {}", path.display())
        }
        false => format!("{key} is not in {}", path.display()),
    };
    Ok(context.terminal.note(&note)?)
}

fn show(context: &mut Context) -> anyhow::Result<()> {
    let settings = settings(context)?;
    match context.terminal.format() {
        Format::Json | Format::JsonLines => {
            let documents: Vec<_> = settings.iter().map(document).collect();
            return context.terminal.json(&documents);
        }
        Format::Text => {}
    }
    let keys = localgpt_config::keys();
    for setting in &settings {
        if let Verbosity::Verbose(_) = context.terminal.verbosity()
            && let Some(key) = keys.iter().find(|key| key.name == setting.name)
        {
            for line in key.comment.lines() {
                writeln!(context.terminal.out(), "{}", render::dim(&format!("# {line}")))?;
            }
        }
        let value = setting.value.as_deref().map_or_else(|| "(not set)".to_owned(), one_line);
        let source = render::dim(&format!("({})", setting.source));
        writeln!(context.terminal.out(), "{} = {value}  {source}", render::bold(&setting.name))?;
    }
    Ok(())
}

fn path(context: &mut Context) -> anyhow::Result<()> {
    let path = file(context)?;
    match context.terminal.format() {
        Format::Json | Format::JsonLines => context
            .terminal
            .json(&json!({ "path": path.to_string_lossy(), "exists": path.exists() })),
        Format::Text => {
            Ok(writeln!(context.terminal.out(), "{}", visible(&path.to_string_lossy()))?)
        }
    }
}

fn edit(context: &mut Context) -> anyhow::Result<()> {
    let path = file(context)?;
    // A link stays a link: the file that it names is replaced.
    let path = path.canonicalize().unwrap_or(path);
    let before = read(&path)?;
    let offered = before.as_deref().unwrap_or(localgpt_config::DEFAULT_TOML);
    let copy = copy_for_editing(&path, offered)?;
    let program = editor::chosen(&context.environment);
    let kept = |message: String| {
        Failure::user(message).with_hint(format!("your version is kept in {}", copy.display()))
    };
    let status = editor::edit(program, &copy).map_err(|error| {
        Failure::user(format!("cannot start the editor `{program}`"))
            .because(error)
            .with_hint("set VISUAL or EDITOR to one that is installed")
    });
    let status = match status {
        Ok(status) => status,
        Err(failure) => {
            private::remove(&copy)?;
            return Err(failure.into());
        }
    };
    if !status.success() {
        return Err(kept(format!("the editor ended with {status}; nothing was changed")).into());
    }
    let flags = Flags { config_file: Some(copy.clone()), ..context.flags.clone() };
    let loaded = Config::load(&context.environment, &working_directory()?, &flags);
    loaded.map_err(|error| {
        kept("the edited file does not load; nothing was changed".to_owned()).because(error)
    })?;
    if read(&copy)?.as_deref() == Some(offered) {
        private::remove(&copy)?;
        return Ok(context.terminal.note("nothing was changed")?);
    }
    if read(&path)? != before {
        return Err(
            kept(format!("cannot replace {}: it has changed meanwhile", path.display())).into()
        );
    }
    private::replace(&copy, &path)
        .map_err(|error| kept(format!("cannot replace {}", path.display())).because(error))?;
    Ok(context.terminal.note(&format!("saved {}", path.display()))?)
}

/// The text of a file, whether or not it loads; `None` if there is no file.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Failure::user(format!("cannot read {}", path.display())).because(error).into())
        }
    }
}

/// A copy beside the file, so that relative paths mean the same and the last step is a rename.
fn copy_for_editing(path: &Path, text: &str) -> anyhow::Result<PathBuf> {
    let copy = path.with_extension(format!("edit-{}.toml", std::process::id()));
    let cannot_write =
        |error| Failure::user(format!("cannot write {}", copy.display())).because(error);
    if let Some(folder) = path.parent() {
        private::create_folder(folder).map_err(cannot_write)?;
    }
    private::write_fresh(&copy, text).map_err(cannot_write)?;
    Ok(copy)
}

fn file(context: &Context) -> anyhow::Result<PathBuf> {
    Ok(localgpt_config::config_file(&context.environment, &working_directory()?, &context.flags)?)
}

fn settings(context: &Context) -> anyhow::Result<Vec<Setting>> {
    Ok(localgpt_config::settings(&context.environment, &working_directory()?, &context.flags)?)
}

fn document(setting: &Setting) -> serde_json::Value {
    json!({ "key": setting.name, "value": setting.value, "source": setting.source.to_string() })
}
