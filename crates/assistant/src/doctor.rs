//! Checks of the set-up that change nothing.
//!
//! Invariant: nothing is opened for writing, and the index is not opened at all, because opening it
//! would build it.

mod model;

use std::{
    error::Error as _,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::civil::date;
use localgpt_config::{Config, EmbeddingConfig, Environment, Source};
use localgpt_memory::{Workspace, WorkspaceKind, WorkspaceOptions, describe};
use localgpt_protocol::{Check, CheckState, Clock, SkipReason, Skipped};
use rustix::fs::{Access, access, statvfs};

use crate::{
    places,
    vectors::{Limits, Vectors},
};

/// Less free space than this is worth a warning: an index of a hundred thousand chunks fits.
const LITTLE_SPACE: u64 = 200_000_000;
/// Permission bits of everyone but the owner.
const OTHERS: u32 = 0o077;
/// Write permission of everyone but the owner.
const OTHERS_WRITE: u32 = 0o022;

/// A model that takes longer is not worth waiting for here.
const LIMITS: Limits = Limits { question: Duration::from_secs(3), ..Limits::USUAL };

/// Looks at everything an assistant needs and says what is wrong; reads only.
pub fn doctor(config: &Config, environment: &Environment, clock: &Clock) -> Vec<Check> {
    let mut checks = vec![configuration(config)];
    checks.extend(workspace(config));
    checks.push(index(config));
    let directories = &config.directories;
    checks.push(directory("config directory", &directories.config, OTHERS_WRITE));
    checks.push(directory("data directory", &directories.data, OTHERS_WRITE));
    checks.push(directory("state directory", &directories.state, OTHERS));
    checks.push(directory("cache directory", &directories.cache, OTHERS_WRITE));
    checks.extend(space(config));
    checks.push(time(config, clock));
    checks.push(vectors(config, environment));
    checks.push(model::model(config, environment, clock));
    checks
}

fn configuration(config: &Config) -> Check {
    let file = config.file.display();
    let found = if config.file.is_file() {
        format!("{file}")
    } else {
        format!("no file at {file}; the defaults hold")
    };
    let chosen = match config.workspace_source {
        Source::Default => "the workspace is the default one",
        Source::File => "the file chooses the workspace",
        Source::Environment => "the environment chooses the workspace",
        Source::Flag => "a flag chooses the workspace",
    };
    ok("configuration", format!("{found}; {chosen}"))
}

fn workspace(config: &Config) -> Vec<Check> {
    let root = &config.workspace;
    let name = "workspace";
    let options = WorkspaceOptions {
        root: root.clone(),
        extra_paths: config.memory.extra_paths.clone(),
        max_file_bytes: config.memory.max_file_bytes,
    };
    let workspace = match Workspace::open(options) {
        Ok(workspace) => workspace,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let hint = "run `localgpt init` to create one, or name a folder of notes with `--workspace DIR`";
            return vec![problem(name, format!("there is no folder {}", root.display()), hint)];
        }
        Err(error) => {
            let hint = "name a folder that you may read with `--workspace DIR`";
            return vec![problem(name, format!("cannot open {}: {error}", root.display()), hint)];
        }
    };
    let survey = workspace.survey();
    let kind = match workspace.kind() {
        WorkspaceKind::Assistant => "an assistant's workspace",
        WorkspaceKind::Notes => "a folder of notes",
    };
    let found =
        format!("{}, {kind}: {}, {}", root.display(), notes(survey.notes), size(survey.bytes));
    let mut checks = vec![if survey.notes == 0 {
        let hint = match workspace.kind() {
            WorkspaceKind::Assistant => {
                "only MEMORY.md, memory/ and knowledge/ are searched; write one, or add a folder to \
                 `memory.extra_paths`"
            }
            WorkspaceKind::Notes => "put Markdown files into it, or run `localgpt init`",
        };
        warning(name, found, hint)
    } else {
        ok(name, found)
    }];
    checks.push(writing(root));
    checks.extend(left_out(&survey.skipped));
    checks
}

fn writing(root: &Path) -> Check {
    let name = "writing notes";
    let folder = root.join("memory");
    let folder = if folder.is_dir() { folder } else { root.to_owned() };
    match access(&folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => ok(name, format!("{} can be written", folder.display())),
        Err(error) => {
            let detail = format!("{} cannot be written: {error}", folder.display());
            warning(name, detail, "questions work; `memory add` needs a folder that you may write")
        }
    }
}

/// Every file that is left out; the first of each kind says what to do about it.
fn left_out(skipped: &[Skipped]) -> Vec<Check> {
    let name = "left out";
    if skipped.is_empty() {
        return vec![ok(name, "no file is left out".to_owned())];
    }
    let mut explained: Vec<&str> = Vec::new();
    let mut checks = Vec::with_capacity(skipped.len());
    for Skipped { path, reason } in skipped {
        let hint = match reason {
            SkipReason::Link => {
                "links are not followed; copy the file here, or add its folder to `memory.extra_paths`"
            }
            SkipReason::HardLink => "copy the file, so that it has one name only",
            SkipReason::NotAFile => "rename it, or move it out of the workspace",
            SkipReason::TooLarge { .. } => "split the file, or raise `memory.max_file_bytes`",
            SkipReason::Binary => "save it as UTF-8 text, or give it another ending than .md",
            SkipReason::Unreadable { .. } => "give yourself permission to read it",
        };
        let first = !explained.contains(&hint);
        if first {
            explained.push(hint);
        }
        checks.push(Check {
            name: name.to_owned(),
            state: CheckState::Warning,
            detail: format!("{path}: {}", describe(reason)),
            hint: first.then(|| hint.to_owned()),
        });
    }
    checks
}

fn index(config: &Config) -> Check {
    let name = "index";
    let folder = places::index(config);
    let beginning = nearest(&folder);
    if let Err(error) = access(&beginning, Access::WRITE_OK | Access::EXEC_OK) {
        let detail = format!("{} cannot be written: {error}", beginning.display());
        return problem(name, detail, "set LOCALGPT_CACHE_DIR to a folder that you may write to");
    }
    match index_file(&folder) {
        None => ok(name, format!("none yet in {}; the first question builds it", folder.display())),
        Some((path, bytes)) => ok(name, format!("{}, {}", path.display(), size(bytes))),
    }
}

/// The largest index file: beside the one in use there may be one that another process still reads.
fn index_file(folder: &Path) -> Option<(PathBuf, u64)> {
    let entries = fs::read_dir(folder).ok()?;
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sqlite"))
        .filter_map(|path| Some((fs::metadata(&path).ok()?.len(), path)))
        .max()
        .map(|(bytes, path)| (path, bytes))
}

/// A directory of the program, and whether anyone else has a permission of `mask`.
fn directory(name: &str, path: &Path, mask: u32) -> Check {
    let shown = path.display();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return ok(name, format!("{shown} is made when it is needed"));
        }
        Err(error) => {
            let hint = "check the permissions of the folders above it";
            return problem(name, format!("cannot look at {shown}: {error}"), hint);
        }
    };
    if !metadata.is_dir() {
        return problem(name, format!("{shown} is no folder"), "move the file away");
    }
    if access(path, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        return warning(
            name,
            format!("{shown} cannot be written"),
            "give yourself permission to write it",
        );
    }
    let mode = permissions(&metadata);
    let detail = format!("{shown}, permissions {mode:04o}");
    if mode & mask == 0 {
        return ok(name, detail);
    }
    let command = format!("chmod {:o} '{shown}'", mode & !mask & 0o777);
    let hint = match mask {
        OTHERS => format!("others can look into it: `{command}`"),
        _ => format!("others can write to it: `{command}`"),
    };
    warning(name, detail, &hint)
}

fn permissions(metadata: &fs::Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

/// Free space where notes and the index are written; nothing where the system does not say.
fn space(config: &Config) -> Vec<Check> {
    let (notes, index) = (nearest(&config.workspace), nearest(&config.directories.cache));
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    let places = if device(&notes) == device(&index) {
        vec![("notes and the index", notes)]
    } else {
        vec![("notes", notes), ("index", index)]
    };
    let mut checks = Vec::new();
    for (what, path) in places {
        let Ok(status) = statvfs(path) else { continue };
        let free = status.f_bavail.saturating_mul(status.f_frsize);
        let detail = format!("{} for the {what}", size(free));
        checks.push(if free < LITTLE_SPACE {
            warning("free space", detail, "make room before the disk is full")
        } else {
            ok("free space", detail)
        });
    }
    checks
}

/// The path, or the folder above it that is there.
fn nearest(path: &Path) -> PathBuf {
    path.ancestors().find(|path| path.exists()).unwrap_or(path).to_owned()
}

fn time(config: &Config, clock: &Clock) -> Check {
    let name = "time";
    let now = clock.zoned();
    let shown = now.strftime("%Y-%m-%d %H:%M").to_string();
    if now.date() < date(2025, 1, 1) {
        let hint = "set the clock of the system; notes are named after the day";
        return warning(name, format!("the clock says {shown}"), hint);
    }
    match now.time_zone().iana_name() {
        Some(zone) if zone != "Etc/Unknown" => ok(name, format!("{shown}, {zone}")),
        Some(_) | None if config.time_zone.is_some() => ok(name, shown),
        Some(_) | None => {
            let hint = "set `time_zone`, such as \"Europe/Berlin\"; it decides what \"today\" is";
            warning(name, format!("{shown}, the system does not say in which time zone"), hint)
        }
    }
}

fn vectors(config: &Config, environment: &Environment) -> Check {
    let name = "vectors";
    let builtin = localgpt_embedding::SPACE;
    if config.embedding == EmbeddingConfig::Builtin {
        return ok(name, format!("{builtin}, compiled in"));
    }
    let mut vectors = Vectors::new(config, environment, LIMITS);
    match vectors.try_out() {
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            problem(name, format!("{error}{cause}"), &error.hint().unwrap_or_default())
        }
        Ok(Err(reason)) => {
            let hint = "until it answers, words and the built-in vectors find what they can";
            warning(name, format!("the model does not answer: {reason}"), hint)
        }
        Ok(Ok((space, dimensions))) => {
            let pending = localgpt_memory::pending_in(&places::index(config), &space);
            let left = match pending {
                None => String::new(),
                Some(0) => "; every chunk has its vector".to_owned(),
                Some(left) => format!("; chunks still to embed: {left}"),
            };
            ok(name, format!("{space} answers with {dimensions} numbers{left}"))
        }
    }
}

fn ok(name: &str, detail: String) -> Check {
    Check { name: name.to_owned(), state: CheckState::Ok, detail, hint: None }
}

fn warning(name: &str, detail: String, hint: &str) -> Check {
    Check { hint: Some(hint.to_owned()), state: CheckState::Warning, ..ok(name, detail) }
}

fn problem(name: &str, detail: String, hint: &str) -> Check {
    Check { hint: Some(hint.to_owned()), state: CheckState::Problem, ..ok(name, detail) }
}

fn notes(count: usize) -> String {
    if count == 1 { "1 note".to_owned() } else { format!("{count} notes") }
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match UNITS.get(unit) {
        Some(unit) if bytes >= 1024 => format!("{value:.1} {unit}"),
        Some(_) | None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use expect_test::{Expect, expect};
    use localgpt_config::{Language, SecretRef};

    use super::*;
    use crate::{
        Assistant, init,
        set_up::{SetUp, tree},
    };

    /// The checks a line each, without what depends on the machine.
    fn check(set_up: &SetUp, expected: &Expect) {
        let before = tree(set_up.path());
        let mut lines = Vec::new();
        for Check { name, state, detail, hint } in
            doctor(&set_up.config, &set_up.environment, &set_up.clock)
        {
            let detail = match name.as_str() {
                "free space" => continue,
                "index" if detail.starts_with("none yet") => "none yet".to_owned(),
                "index" => "there".to_owned(),
                _ => detail,
            };
            let hint = hint.map(|hint| format!("\n    {hint}")).unwrap_or_default();
            lines.push(format!("{state:?} {name}: {detail}{hint}\n"));
        }
        assert_eq!(tree(set_up.path()), before);
        expected.assert_eq(&lines.concat().replace(&set_up.path().display().to_string(), "~"));
    }

    #[test]
    fn before_anything_was_done_the_workspace_is_missing_and_nothing_is_made() {
        check(
            &SetUp::empty(Language::English),
            &expect![[r#"
                Ok configuration: no file at ~/.config/localgpt/config.toml; the defaults hold; the workspace is the default one
                Problem workspace: there is no folder ~/.local/share/localgpt/workspace
                    run `localgpt init` to create one, or name a folder of notes with `--workspace DIR`
                Ok index: none yet
                Ok config directory: ~/.config/localgpt is made when it is needed
                Ok data directory: ~/.local/share/localgpt is made when it is needed
                Ok state directory: ~/.local/state/localgpt is made when it is needed
                Ok cache directory: ~/.cache/localgpt is made when it is needed
                Ok time: 2026-03-05 12:00, Europe/Berlin
                Ok vectors: builtin:dewt-75000x384x2, compiled in
                Ok model: none is chosen; memory answers by quoting itself
            "#]],
        );
    }

    #[test]
    fn a_workspace_in_use_is_found_whole() {
        let set_up = SetUp::empty(Language::English);
        init(&set_up.config, &set_up.clock).unwrap();
        let mut assistant =
            Assistant::open(&set_up.config, &set_up.environment, set_up.clock.clone()).unwrap();
        assistant.add("One more line.", localgpt_guard::Label::NOTHING).unwrap();
        assistant.stats().unwrap();
        let folder = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o700));
        folder(&set_up.config.directories.data).unwrap();
        folder(&set_up.config.directories.cache).unwrap();
        check(
            &set_up,
            &expect![[r#"
                Ok configuration: no file at ~/.config/localgpt/config.toml; the defaults hold; the workspace is the default one
                Ok workspace: ~/.local/share/localgpt/workspace, an assistant's workspace: 2 notes, 603 B
                Ok writing notes: ~/.local/share/localgpt/workspace/memory can be written
                Ok left out: no file is left out
                Ok index: there
                Ok config directory: ~/.config/localgpt is made when it is needed
                Ok data directory: ~/.local/share/localgpt, permissions 0700
                Ok state directory: ~/.local/state/localgpt, permissions 0700
                Ok cache directory: ~/.cache/localgpt, permissions 0700
                Ok time: 2026-03-05 12:00, Europe/Berlin
                Ok vectors: builtin:dewt-75000x384x2, compiled in
                Ok model: none is chosen; memory answers by quoting itself
            "#]],
        );
    }

    #[test]
    fn what_is_left_out_and_what_others_may_do_is_said() {
        let mut set_up = SetUp::empty(Language::English);
        let root = &set_up.config.workspace;
        fs::create_dir_all(root.join("memory")).unwrap();
        fs::write(root.join("memory/a.md"), "a\0b").unwrap();
        fs::write(root.join("memory/b.md"), "b").unwrap();
        symlink(root.join("memory/b.md"), root.join("memory/c.md")).unwrap();
        symlink(root.join("memory/b.md"), root.join("memory/d.md")).unwrap();
        let state = &set_up.config.directories.state;
        fs::create_dir_all(state).unwrap();
        fs::set_permissions(state, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&set_up.config.directories.data, fs::Permissions::from_mode(0o777))
            .unwrap();
        set_up.config.embedding = EmbeddingConfig::OpenAi {
            base_url: "http://127.0.0.1".to_owned(),
            model: "any".to_owned(),
            api_key: Some(SecretRef::Env("MY_KEY".to_owned())),
        };
        check(
            &set_up,
            &expect![[r#"
                Ok configuration: no file at ~/.config/localgpt/config.toml; the defaults hold; the workspace is the default one
                Ok workspace: ~/.local/share/localgpt/workspace, a folder of notes: 1 note, 1 B
                Ok writing notes: ~/.local/share/localgpt/workspace/memory can be written
                Warning left out: memory/a.md: it holds NUL bytes and is no text
                    save it as UTF-8 text, or give it another ending than .md
                Warning left out: memory/c.md: it is a symbolic link
                    links are not followed; copy the file here, or add its folder to `memory.extra_paths`
                Warning left out: memory/d.md: it is a symbolic link
                Ok index: none yet
                Ok config directory: ~/.config/localgpt is made when it is needed
                Warning data directory: ~/.local/share/localgpt, permissions 0777
                    others can write to it: `chmod 755 '~/.local/share/localgpt'`
                Warning state directory: ~/.local/state/localgpt, permissions 0755
                    others can look into it: `chmod 700 '~/.local/state/localgpt'`
                Ok cache directory: ~/.cache/localgpt is made when it is needed
                Ok time: 2026-03-05 12:00, Europe/Berlin
                Problem vectors: there is no key: MY_KEY is not set
                    set MY_KEY, or say with `api_key` in the configuration where the key is
                Ok model: none is chosen; memory answers by quoting itself
            "#]],
        );
    }
}
