//! Files that say what the assistant is and does.

/// The files at the top of a workspace.
const FILES: &[&str] = &[
    "soul.md",
    "agents.md",
    "user.md",
    "identity.md",
    "heartbeat.md",
    "tools.md",
    "bootstrap.md",
    "claude.md",
    "gemini.md",
    ".gitmodules",
    ".gitattributes",
    ".gitignore",
    ".mcp.json",
];
/// The folders.
const FOLDERS: &[&str] =
    &["skills", ".agents", ".git", ".claude", ".openclaw", ".localgpt", "hooks"];

/// Whether a path from the workspace names a file, or lies in a folder, that the assistant takes orders from.
///
/// Letters count the same in both cases and in every Unicode spelling that some file system takes for the same; the
/// path has no `..` and no link in it any more.
pub fn is_core(path: &str) -> bool {
    let mut names = path.split('/').filter(|name| !name.is_empty() && *name != ".").map(folded);
    let Some(first) = names.next() else {
        // The workspace itself.
        return true;
    };
    let is_alone = names.next().is_none();
    FOLDERS.contains(&first.as_str())
        || is_alone && FILES.contains(&first.as_str())
        // A repository deeper down is somebody's as well, and so is what keeps files out of the history.
        || path.split('/').any(|name| [".git", ".gitignore"].contains(&folded(name).as_str()))
}

/// As a file system that is easy about names would compare it.
fn folded(name: &str) -> String {
    // HFS+ ignores these characters, and Windows the dots and blanks at the end.
    let ignored = |c: &char| !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let folded: String = name.chars().filter(ignored).flat_map(char::to_lowercase).collect();
    // The long s and the Kelvin sign fall together with `s` and `k` on such file systems.
    let folded = folded.replace('ſ', "s").replace('\u{212a}', "k");
    folded.trim_end_matches(['.', ' ']).to_owned()
}
