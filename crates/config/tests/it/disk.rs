//! How an edited file reaches the disk.

use std::fs;

use localgpt_config::{ConfigFile, Error};
use tempfile::TempDir;

#[test]
fn a_file_that_someone_else_changed_is_not_overwritten() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    let mut file = ConfigFile::read(&path).unwrap();
    file.set("log.level", "warn").unwrap();
    fs::write(&path, "# theirs\n").unwrap();
    assert!(matches!(file.write(), Err(Error::Changed { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "# theirs\n");
}

#[test]
fn writing_leaves_no_other_file_behind() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("config.toml");
    let mut file = ConfigFile::read(&path).unwrap();
    file.set("log.level", "warn").unwrap();
    file.write().unwrap();
    file.set("log.level", "debug").unwrap();
    file.write().unwrap();
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["config.toml"]);
}

#[cfg(unix)]
mod unix {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::*;

    fn set_level(path: &Path) {
        let mut file = ConfigFile::read(path).unwrap();
        file.set("log.level", "warn").unwrap();
        file.write().unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_created_for_the_user_alone_and_keeps_its_mode_later() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a/b/config.toml");
        set_level(&path);
        let created = (mode(&folder.path().join("a")), mode(&path));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        fs::write(&path, "").unwrap();
        set_level(&path);
        assert_eq!((created, mode(&path)), ((0o700, 0o600), 0o640));
    }

    #[test]
    fn a_link_stays_a_link_even_to_a_file_that_does_not_exist_yet() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("config.toml");
        let kept = folder.path().join("dotfiles/localgpt.toml");
        symlink("dotfiles/localgpt.toml", &path).unwrap();
        set_level(&path);
        set_level(&path);
        assert!(path.is_symlink());
        assert_eq!(fs::read_to_string(kept).unwrap(), "[log]\nlevel = \"warn\"\n");
    }

    #[test]
    fn a_link_that_leads_to_itself_is_an_error() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("config.toml");
        symlink("config.toml", &path).unwrap();
        assert!(matches!(ConfigFile::read(&path), Err(Error::Read { .. })));
    }
}
