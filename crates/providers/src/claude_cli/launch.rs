//! How `claude` is started: with nothing of its own but its login.
//!
//! What a person writes can name a file (`@/etc/passwd`), and `claude` would read it and send it to the
//! model. Three locks stand before that, because no single one holds in every version: attachments are off,
//! every message says that it was composed by a program, and a rule forbids reading any file.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use localgpt_protocol::ProviderError;
use localgpt_sandbox::{Launch, Program};
use serde_json::json;

use super::{control::SERVER, version::Version};

/// A question like `--version` is answered from the program alone.
const SHORT: Duration = Duration::from_secs(30);
const SHORT_ANSWER: usize = 64 << 10;

/// Sets up the process of one session.
pub(super) fn session(
    place: &Place<'_>,
    model: &str,
    max_tokens: u32,
) -> Result<Launch, ProviderError> {
    let work = folder(place.folder, "work")?;
    let scratch = folder(place.folder, "tmp")?;
    let servers = json!({ "mcpServers": { SERVER: { "type": "sdk", "name": SERVER } } });
    let settings = json!({ "permissions": { "deny": ["Read(//**)", "Read"] } });
    let args = [
        "-p",
        "--output-format",
        "stream-json",
        "--input-format",
        "stream-json",
        "--verbose",
        "--include-partial-messages",
        "--strict-mcp-config",
        "--disable-slash-commands",
        "--no-session-persistence",
        "--setting-sources",
        "",
        "--settings",
        &settings.to_string(),
        "--model",
        model,
        // These take as many words as follow, so each is followed by another flag or nothing.
        "--tools",
        "",
        "--mcp-config",
        &servers.to_string(),
        "--allowedTools",
        &format!("mcp__{SERVER}__*"),
    ];
    let launch = Launch::new(place.program.clone(), &work)
        .args(args)
        .environment(place.environment.iter().map(|(name, value)| (name, value)))
        .environment(QUIET)
        .environment([("CLAUDE_CODE_TMPDIR", scratch.as_os_str())])
        .environment([("CLAUDE_CODE_MAX_OUTPUT_TOKENS", max_tokens.to_string())]);
    Ok(launch)
}

/// Where `claude` is and what it gets of the person's environment.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) program: &'a Program,
    pub(super) environment: &'a [(OsString, OsString)],
    pub(super) folder: &'a Path,
}

/// No files of the person's, no memory of its own, no summaries behind our back, no calls home, and no more
/// patience with the server than a person has: ten retries, which it would make by itself, take minutes.
const QUIET: [(&str, &str); 10] = [
    ("CLAUDE_CODE_DISABLE_ATTACHMENTS", "1"),
    ("CLAUDE_CODE_DISABLE_FILE_MENTIONS", "1"),
    ("CLAUDE_CODE_DISABLE_AUTO_MEMORY", "1"),
    ("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS", "1"),
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ("CLAUDE_CODE_MAX_RETRIES", "3"),
    ("DISABLE_AUTO_COMPACT", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
    ("DISABLE_ERROR_REPORTING", "1"),
    ("DISABLE_TELEMETRY", "1"),
];

impl Place<'_> {
    /// Asks for the version, and refuses one that does not have what we rely on.
    pub(super) fn check(&self) -> Result<Version, ProviderError> {
        let printed = self.ask(&["--version"])?;
        let text = String::from_utf8_lossy(&printed);
        Version::read(&text)?.check()
    }

    /// What `claude` prints when it is asked about itself, whatever its exit status.
    pub(super) fn ask(&self, args: &[&str]) -> Result<Vec<u8>, ProviderError> {
        let work = folder(self.folder, "work")?;
        let launch = Launch::new(self.program.clone(), &work)
            .args(args)
            .environment(self.environment.iter().map(|(name, value)| (name, value)))
            .environment(QUIET);
        match launch.run_for_output(SHORT_ANSWER, SHORT) {
            Ok(output) => Ok(output.stdout),
            Err(error) => Err(ProviderError::NoProgram { message: error.to_string() }),
        }
    }
}

fn folder(parent: &Path, name: &str) -> Result<PathBuf, ProviderError> {
    let folder = parent.join(name);
    match fs::create_dir_all(&folder) {
        Ok(()) => Ok(folder),
        Err(error) => {
            let message = format!("cannot make {} for `claude`: {error}", folder.display());
            Err(ProviderError::NoProgram { message })
        }
    }
}
