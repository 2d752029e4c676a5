//! What a session can do: its tools, put together from the configuration.

use std::{ffi::OsStr, path::PathBuf, sync::Arc};

use localgpt_config::{Config, Environment, SearchConfig, SecretRef};
use localgpt_guard::{Intent, Label, Untrusted};
use localgpt_protocol::{BoxFuture, Clock, Tool, ToolContext, ToolError, ToolSpec};
use localgpt_sandbox::{AcceptNoSandbox, Confinement, Launch, Limits, Program};
use localgpt_skills::{SkillTool, Skills};
use localgpt_tools::{
    Delete, Edit, Find, Folder, Grep, List, MemoryGet, MemorySearch, Notes, Origins, Process,
    Programs, Read, Remember, SearchEngine, SearchKey, Setup, Shell, WebFetch, WebOptions,
    WebSearch, Write,
};

use serde_json::Value;

use crate::{
    Error,
    desk::{Desk, in_words},
    secrets,
    skills::{RESERVED, Shelf},
    witness::{Watched, Witness},
};

/// A window of fewer tokens has no room for every tool; then it gets those that a small model can handle.
const SMALL_WINDOW: u32 = 8_192;
/// The tools of a small window.
const FEW: [&str; 6] = ["memory_search", "memory_get", "remember", "read", "edit", "write"];

/// Files in the workspace that a program must not change.
const CORE: [&str; 20] = [
    "SOUL.md",
    "AGENTS.md",
    "USER.md",
    "IDENTITY.md",
    "HEARTBEAT.md",
    "TOOLS.md",
    "BOOTSTRAP.md",
    "CLAUDE.md",
    "GEMINI.md",
    ".gitmodules",
    ".gitattributes",
    ".gitignore",
    ".mcp.json",
    "skills",
    ".agents",
    ".git",
    ".claude",
    ".openclaw",
    ".localgpt",
    "hooks",
];

/// What a session can do.
pub(crate) struct Equipment {
    /// The tools.
    pub(crate) tools: Vec<Arc<dyn Tool>>,
    /// The skills that it may know of.
    pub(crate) skills: Arc<Skills>,
    /// Who watches what changes.
    pub(crate) witness: Arc<Witness>,
}

/// Which programs may run where there can be no sandbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum NoSandbox {
    /// None.
    #[default]
    Refused,
    /// The person typed, for this run, that they may.
    Accepted(AcceptNoSandbox),
}

/// Looks up the label of what files hold.
struct Labels(Arc<Witness>);

impl Origins for Labels {
    fn of(&self, text: &str) -> Label {
        self.0.label(text)
    }

    fn of_names(&self, names: &str) -> Label {
        // A name is the person's own folder's; one that is a sentence may be somebody's order, whatever stands between
        // its words.
        let words = |text: &str| {
            let words = text.split(|character: char| !character.is_alphabetic());
            words.filter(|word| !word.is_empty()).count()
        };
        let is_name =
            |name: &str| name.chars().count() <= LONGEST_NAME && words(name) <= WORDS_OF_A_NAME;
        let is_path = |path: &str| words(path) <= WORDS_OF_A_PATH && path.split('/').all(is_name);
        match names.lines().all(is_path) {
            true => Label::NOTHING,
            false => self.of(names),
        }
    }
}

/// What is longer, or has more words, is a sentence and no name.
const LONGEST_NAME: usize = 64;
const WORDS_OF_A_NAME: usize = 5;
const WORDS_OF_A_PATH: usize = 12;

/// Puts the tools of a session together.
pub(crate) fn equip(
    config: &Config,
    environment: &Environment,
    clock: &Clock,
    desk: &Arc<Desk>,
    without: NoSandbox,
) -> Result<Equipment, Error> {
    let notes: Arc<dyn Notes> = Arc::clone(desk) as Arc<dyn Notes>;
    let witness = Witness::new(config, clock);
    let skills = Shelf::open(config, environment, &RESERVED).skills();
    let programs = Arc::new(Programs::default());
    let folder = Arc::new(Folder {
        root: config.workspace.clone(),
        readable: readable(config, &skills),
        home: home(environment),
        own: own(config),
    });
    let origins: Arc<dyn Origins> = Arc::new(Labels(Arc::clone(&witness)));
    let mut tools: Vec<Arc<dyn Tool>> = vec![
        Arc::new(MemorySearch::new(Arc::clone(&notes))),
        Arc::new(MemoryGet::new(Arc::clone(&notes))),
        Watched::over(Arc::new(Remember::new(notes)), &witness),
        Arc::new(Read::new(Arc::clone(&folder), Arc::clone(&origins))),
        Watched::over(Arc::new(Edit::new(Arc::clone(&folder))), &witness),
        Watched::over(Arc::new(Write::new(Arc::clone(&folder))), &witness),
        Arc::new(List::new(Arc::clone(&folder), Arc::clone(&origins))),
        Arc::new(Find::new(Arc::clone(&folder), Arc::clone(&origins))),
        Arc::new(Grep::new(Arc::clone(&folder), origins)),
        Watched::over(Arc::new(Delete::new(Arc::clone(&folder))), &witness),
    ];
    if let Some(shell) = shell(environment, &folder, &witness, without) {
        let shell = Shell::new(Arc::clone(&folder), shell, Arc::clone(&programs));
        tools.push(Watched::over(Arc::new(shell), &witness));
        tools.push(Watched::over(Arc::new(Process::new(Arc::clone(&programs))), &witness));
    }
    tools.push(Arc::new(WebFetch::new(WebOptions::new(config.web.own_hosts.clone()))));
    if let Some(search) = search(config, environment) {
        tools.push(search);
    }
    if skills.usable().next().is_some() {
        tools.push(Arc::new(SkillTool::new(Arc::clone(&skills))));
    }
    Ok(Equipment { tools, skills, witness })
}

/// The tools that are offered to a model with a window of this size.
pub(crate) fn offered(tools: &[Arc<dyn Tool>], window: u32) -> Vec<Arc<dyn Tool>> {
    let fits =
        |tool: &&Arc<dyn Tool>| window >= SMALL_WINDOW || FEW.contains(&tool.spec().name.as_str());
    tools.iter().filter(fits).map(Arc::clone).collect()
}

fn home(environment: &Environment) -> Option<PathBuf> {
    environment.get("HOME").map(PathBuf::from).filter(|home| home.is_absolute())
}

/// What may be read beside the workspace: skills that lie elsewhere, and notes that the person named.
fn readable(config: &Config, skills: &Skills) -> Vec<PathBuf> {
    let named = config.memory.extra_paths.iter().map(|path| config.workspace.join(path));
    named.chain(skills.usable().map(|skill| skill.path.clone())).collect()
}

/// Where the program keeps its configuration, its labels and what was allowed: nothing of it is a file to work with,
/// should the workspace be a folder above.
fn own(config: &Config) -> Vec<PathBuf> {
    let localgpt_config::Directories { config, data, state, cache } = &config.directories;
    [config, data, state, cache].map(Clone::clone).into()
}

/// How programs are started; none where there is no sandbox, or no shell.
fn shell(
    environment: &Environment,
    folder: &Arc<Folder>,
    witness: &Arc<Witness>,
    without: NoSandbox,
) -> Option<Setup> {
    if !localgpt_sandbox::status().is_on() && without == NoSandbox::Refused {
        tracing::info!("programs cannot run: there is no sandbox here");
        return None;
    }
    let path = environment.get("PATH").unwrap_or("/usr/bin:/bin");
    let shell = Program::find("sh", OsStr::new(path))
        .inspect_err(|error| tracing::info!(%error, "programs cannot run"))
        .ok()?;
    let (folder, witness) = (Arc::clone(folder), Arc::clone(witness));
    let confine = move |launch: Launch| {
        let confinement = confinement(&folder, witness.repositories());
        match without {
            NoSandbox::Refused => launch.confined(confinement),
            NoSandbox::Accepted(word) => launch.confined_or_accepted(confinement, word),
        }
    };
    Some(Setup { shell, confine: Box::new(confine) })
}

/// `repositories` are somebody's own in the workspace: git runs what lies in them, and not in a sandbox.
fn confinement(folder: &Folder, repositories: Vec<PathBuf>) -> Confinement {
    let Folder { root, readable, own, .. } = folder;
    let mut protected: Vec<PathBuf> = CORE.iter().map(|name| root.join(name)).collect();
    let own = own.iter().filter(|path| path.starts_with(root) && *path != root);
    protected.extend(own.cloned().chain(repositories).filter(|path| path.exists()));
    // The same names in other letters are the same files on some disks, and are read as if they were on any.
    if let Ok(entries) = std::fs::read_dir(root) {
        for entry in entries.flatten() {
            let name = entry.file_name();
            let is_core = name.to_str().is_some_and(localgpt_guard::policy::is_core);
            if is_core && !protected.contains(&entry.path()) {
                protected.push(entry.path());
            }
        }
    }
    Confinement {
        writable: vec![root.clone()],
        protected,
        readable: readable.clone(),
        limits: Limits::default(),
    }
}

/// Who searches the web; none if nobody was chosen.
fn search(config: &Config, environment: &Environment) -> Option<Arc<dyn Tool>> {
    let options = WebOptions::new(config.web.own_hosts.clone());
    let engine = match &config.web.search {
        SearchConfig::Off => return None,
        SearchConfig::Searxng { base_url } => SearchEngine::SearXng { address: base_url.clone() },
        SearchConfig::DuckDuckGo { base_url } => {
            let address = base_url.clone().unwrap_or_else(|| SearchEngine::DUCKDUCKGO.to_owned());
            SearchEngine::DuckDuckGo { address }
        }
        SearchConfig::Brave { base_url, api_key } => {
            let address = base_url.clone().unwrap_or_else(|| SearchEngine::BRAVE.to_owned());
            let (api_key, environment) = (api_key.clone(), environment.clone());
            return Some(Arc::new(Keyed {
                plain: WebSearch::new(SearchEngine::None, options.clone()),
                address,
                options,
                api_key,
                environment,
            }));
        }
    };
    Some(Arc::new(WebSearch::new(engine, options)))
}

/// A search engine that wants a key, which is looked up when something is searched for and not before: a command may
/// ask the person.
struct Keyed {
    plain: WebSearch,
    address: String,
    options: WebOptions,
    api_key: SecretRef,
    environment: Environment,
}

impl Tool for Keyed {
    fn spec(&self) -> &ToolSpec {
        self.plain.spec()
    }

    fn intent(&self, input: &Value) -> Result<Intent, ToolError> {
        self.plain.intent(input)
    }

    fn call<'a>(
        &'a self,
        input: Value,
        context: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        Box::pin(async move {
            let key = secrets::key_of(&self.api_key, &self.environment).await;
            let key = key.map_err(|error| ToolError::Input(in_words(&error)))?;
            let key = SearchKey::new(key.expose().to_owned());
            let engine = SearchEngine::Brave { address: self.address.clone(), key };
            WebSearch::new(engine, self.options.clone()).call(input, context).await
        })
    }
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;
