//! `/copy`: a text for the clipboard, through the terminal, which may be far away.

use localgpt_guard::visible;

use crate::{render::clipboard, report::Failure, terminal::Terminal};

/// Gives `text` to the clipboard.
pub(crate) fn copy(terminal: &mut Terminal, text: &str) -> anyhow::Result<()> {
    if text.trim().is_empty() {
        return Err(Failure::user("there is no answer to copy yet").into());
    }
    let Some(sequence) = clipboard(text) else {
        return Err(Failure::user("the answer is too long for the clipboard of a terminal")
            .with_hint("`/save FILE` writes it to a file")
            .into());
    };
    if !terminal.steer(&sequence)? {
        return Err(Failure::user("there is no terminal that has a clipboard")
            .with_hint("`/save FILE` writes the session to a file")
            .into());
    }
    let first = text.trim().lines().next().unwrap_or_default();
    let shown: String = visible(first).chars().take(40).collect();
    let count = text.chars().count();
    Ok(terminal.note(&format!(
        "{count} characters sent to the clipboard: {shown} … (if it stays empty, the terminal does not allow OSC 52)"
    ))?)
}
