//! A message written in the person's own editor.

use std::{fs, path::Path};

use crate::{editor, private, report::Failure};

/// Opens `text` in the editor `program` and returns what became of it; `None` if it is empty or the same.
/// The file lies in `folder`, for its owner alone, and is gone afterwards.
pub(crate) fn compose(program: &str, folder: &Path, text: &str) -> Result<Option<String>, Failure> {
    let file = folder.join(format!("draft-{}.md", std::process::id()));
    let cannot_keep =
        |error| Failure::user(format!("cannot use {}", file.display())).because(error);
    private::create_folder(folder).map_err(cannot_keep)?;
    private::remove(&file).map_err(cannot_keep)?;
    private::write_fresh(&file, text).map_err(cannot_keep)?;
    let written = written(program, &file);
    private::remove(&file).map_err(cannot_keep)?;
    let written = written?;
    let is_same = written.trim() == text.trim() || written.trim().is_empty();
    Ok((!is_same).then(|| written.trim_end().to_owned()))
}

fn written(program: &str, file: &Path) -> Result<String, Failure> {
    let status = editor::edit(program, file).map_err(|error| {
        Failure::user(format!("cannot start the editor `{program}`"))
            .because(error)
            .with_hint("set VISUAL or EDITOR to one that is installed")
    })?;
    if !status.success() {
        return Err(Failure::user(format!("the editor ended with {status}; nothing was changed")));
    }
    fs::read_to_string(file)
        .map_err(|error| Failure::user(format!("cannot read {}", file.display())).because(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(program: &str, text: &str) -> Result<Option<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let composed = compose(program, folder.path(), text);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the draft is gone");
        composed.map_err(|failure| failure.to_string())
    }

    #[cfg(unix)]
    #[test]
    fn what_the_editor_leaves_is_the_message() {
        assert_eq!(composed("sed -i s/a/b/", "a\nc\n"), Ok(Some("b\nc".to_owned())));
        assert_eq!(composed("true", "a"), Ok(None));
    }

    #[cfg(unix)]
    #[test]
    fn an_editor_that_fails_changes_nothing() {
        assert!(composed("false", "a").unwrap_err().contains("nothing was changed"));
    }

    #[test]
    fn an_editor_that_is_missing_is_named() {
        assert_eq!(
            composed("/no/such/editor", "a").unwrap_err(),
            "cannot start the editor `/no/such/editor`"
        );
    }
}
