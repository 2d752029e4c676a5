//! Writing in the repository: a file is the old one or the new one, and after `Ok` it is on disk.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

/// How the name of a file begins that is being written; git's own clean-up knows it.
pub(crate) const TEMPORARY: &str = "tmp_localgpt_";

/// Replaces or creates `path`: temporary file in the same folder, fsync, rename, fsync of the folder.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_from(path.parent().ok_or(io::ErrorKind::InvalidInput)?, path, bytes)
}

/// Like [`replace`], with the temporary file in another folder: what a crash leaves is not in the way there.
pub(crate) fn replace_from(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(folder, path, bytes, Sync::Yes)?;
    sync_folder(path.parent().ok_or(io::ErrorKind::InvalidInput)?)
}

/// Replaces what can be made again: whole or not at all, but perhaps lost in a power failure.
pub(crate) fn replace_cache(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path.parent().ok_or(io::ErrorKind::InvalidInput)?, path, bytes, Sync::No)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sync {
    Yes,
    No,
}

fn write(folder: &Path, path: &Path, bytes: &[u8], sync: Sync) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(bytes)?;
    if sync == Sync::Yes {
        file.as_file().sync_all()?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Creates a folder and those above it, each made durable in the one that holds it.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        create_folder(parent)?;
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            result => result?,
        }
        return sync_folder(parent);
    }
    Ok(())
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // An empty parent is the working directory.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

/// Removes a file or a folder with all that it holds, if it is there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
