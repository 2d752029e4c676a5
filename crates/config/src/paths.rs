//! Where the configuration, the data, the state and the cache live.

use std::path::{Path, PathBuf};

use crate::{Environment, Error};

/// The four directories of this user. They may not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// Holds `config.toml`.
    pub config: PathBuf,
    /// Holds what cannot be made again: the default workspace.
    pub data: PathBuf,
    /// Holds what grows by use: logs, histories.
    pub state: PathBuf,
    /// Holds what can be made again: the index.
    pub cache: PathBuf,
}

impl Directories {
    /// Decides the directories: the `LOCALGPT_*_DIR` variables as they are, else a folder
    /// `localgpt` where the platform keeps such things (on Linux as XDG says).
    pub fn resolve(environment: &Environment) -> Result<Self, Error> {
        Self::on(PLATFORM, environment)
    }

    fn on(platform: Platform, environment: &Environment) -> Result<Self, Error> {
        let directory = |own: &'static str, place: fn(&Places) -> &Place| match environment.get(own)
        {
            Some(written) => overridden(own, written, environment),
            None => platform_directory(place(platform.places()), environment),
        };
        Ok(Self {
            config: directory("LOCALGPT_CONFIG_DIR", |places| &places.config)?,
            data: directory("LOCALGPT_DATA_DIR", |places| &places.data)?,
            state: directory("LOCALGPT_STATE_DIR", |places| &places.state)?,
            cache: directory("LOCALGPT_CACHE_DIR", |places| &places.cache)?,
        })
    }
}

/// Makes a written path absolute: `~` is the home directory, anything relative starts at `base`.
pub(crate) fn absolute(
    written: &Path,
    base: &Path,
    environment: &Environment,
) -> Result<PathBuf, Error> {
    let path = match written.strip_prefix("~") {
        Ok(rest) => home(environment)?.join(rest),
        Err(_) => base.join(written),
    };
    // Collecting the components drops every `.`; a `..` stays, because the folder before it may be a link.
    Ok(path.components().collect())
}

#[derive(Debug, Clone, Copy)]
enum Platform {
    Xdg,
    MacOs,
    Windows,
}

const PLATFORM: Platform = if cfg!(windows) {
    Platform::Windows
} else if cfg!(target_os = "macos") {
    Platform::MacOs
} else {
    Platform::Xdg
};

struct Places {
    config: Place,
    data: Place,
    state: Place,
    cache: Place,
}

/// A variable of the platform that names a folder, and where that folder is without it.
struct Place {
    variable: Option<&'static str>,
    below_home: &'static str,
}

const XDG: Places = Places {
    config: Place { variable: Some("XDG_CONFIG_HOME"), below_home: ".config" },
    data: Place { variable: Some("XDG_DATA_HOME"), below_home: ".local/share" },
    state: Place { variable: Some("XDG_STATE_HOME"), below_home: ".local/state" },
    cache: Place { variable: Some("XDG_CACHE_HOME"), below_home: ".cache" },
};

const MACOS: Places = Places {
    config: Place { variable: None, below_home: "Library/Application Support" },
    data: Place { variable: None, below_home: "Library/Application Support" },
    state: Place { variable: None, below_home: "Library/Application Support" },
    cache: Place { variable: None, below_home: "Library/Caches" },
};

const WINDOWS: Places = Places {
    config: Place { variable: Some("APPDATA"), below_home: "AppData/Roaming" },
    data: Place { variable: Some("LOCALAPPDATA"), below_home: "AppData/Local" },
    state: Place { variable: Some("LOCALAPPDATA"), below_home: "AppData/Local" },
    cache: Place { variable: Some("LOCALAPPDATA"), below_home: "AppData/Local" },
};

impl Platform {
    fn places(self) -> &'static Places {
        match self {
            Self::Xdg => &XDG,
            Self::MacOs => &MACOS,
            Self::Windows => &WINDOWS,
        }
    }
}

fn overridden(
    name: &'static str,
    written: &str,
    environment: &Environment,
) -> Result<PathBuf, Error> {
    let path = absolute(Path::new(written), Path::new(""), environment)?;
    if !path.is_absolute() {
        return Err(Error::Variable { name, message: "it is not an absolute path".to_owned() });
    }
    Ok(path)
}

fn platform_directory(place: &Place, environment: &Environment) -> Result<PathBuf, Error> {
    // The XDG specification has a relative path ignored.
    let named = place
        .variable
        .and_then(|variable| environment.get(variable))
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let folder = match named {
        Some(folder) => folder,
        None => home(environment)?.join(place.below_home),
    };
    Ok(folder.join("localgpt"))
}

fn home(environment: &Environment) -> Result<PathBuf, Error> {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    environment
        .get(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .ok_or(Error::NoHome { variable })
}

#[cfg(all(test, unix))]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(platform: Platform, variables: &[(&str, &str)], expected: &Expect) {
        let environment = Environment::new(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let actual = match Directories::on(platform, &environment) {
            Ok(Directories { config, data, state, cache }) => {
                [config, data, state, cache].map(|path| path.display().to_string()).join("\n")
            }
            Err(error) => format!("{error}\nhint: {}", error.hint().unwrap_or_default()),
        };
        expected.assert_eq(&actual);
    }

    #[test]
    fn linux_follows_xdg() {
        check(
            Platform::Xdg,
            &[("HOME", "/home/ada")],
            &expect![[r#"
            /home/ada/.config/localgpt
            /home/ada/.local/share/localgpt
            /home/ada/.local/state/localgpt
            /home/ada/.cache/localgpt"#]],
        );
        check(
            Platform::Xdg,
            &[("HOME", "/home/ada"), ("XDG_DATA_HOME", "/big"), ("XDG_CACHE_HOME", "/fast")],
            &expect![[r#"
                /home/ada/.config/localgpt
                /big/localgpt
                /home/ada/.local/state/localgpt
                /fast/localgpt"#]],
        );
    }

    #[test]
    fn a_relative_xdg_variable_is_ignored() {
        check(
            Platform::Xdg,
            &[("HOME", "/home/ada"), ("XDG_CONFIG_HOME", "conf"), ("XDG_STATE_HOME", "")],
            &expect![[r#"
                /home/ada/.config/localgpt
                /home/ada/.local/share/localgpt
                /home/ada/.local/state/localgpt
                /home/ada/.cache/localgpt"#]],
        );
    }

    #[test]
    fn each_directory_is_overridable_and_taken_as_it_is() {
        check(
            Platform::Xdg,
            &[
                ("HOME", "/home/ada"),
                ("LOCALGPT_CONFIG_DIR", "/c"),
                ("LOCALGPT_DATA_DIR", "~/d"),
                ("LOCALGPT_STATE_DIR", "/s/./t"),
                ("LOCALGPT_CACHE_DIR", "/k"),
                ("XDG_CACHE_HOME", "/ignored"),
            ],
            &expect![[r#"
                /c
                /home/ada/d
                /s/t
                /k"#]],
        );
    }

    #[test]
    fn an_override_that_is_relative_is_an_error() {
        check(
            Platform::Xdg,
            &[("HOME", "/home/ada"), ("LOCALGPT_DATA_DIR", "data")],
            &expect![[r#"
            cannot use LOCALGPT_DATA_DIR: it is not an absolute path
            hint: correct LOCALGPT_DATA_DIR, or unset it"#]],
        );
    }

    #[test]
    fn no_home_is_an_error_unless_every_directory_is_given() {
        check(
            Platform::Xdg,
            &[("HOME", "relative")],
            &expect![[r#"
            cannot find the home directory: HOME is not an absolute path
            hint: set HOME, or all of LOCALGPT_CONFIG_DIR, LOCALGPT_DATA_DIR, LOCALGPT_STATE_DIR and LOCALGPT_CACHE_DIR"#]],
        );
        check(
            Platform::Xdg,
            &[
                ("XDG_CONFIG_HOME", "/c"),
                ("XDG_DATA_HOME", "/d"),
                ("XDG_STATE_HOME", "/s"),
                ("LOCALGPT_CACHE_DIR", "/k"),
            ],
            &expect![[r#"
                /c/localgpt
                /d/localgpt
                /s/localgpt
                /k"#]],
        );
    }

    #[test]
    fn other_platforms_have_their_own_places() {
        check(
            Platform::MacOs,
            &[("HOME", "/Users/ada")],
            &expect![[r#"
            /Users/ada/Library/Application Support/localgpt
            /Users/ada/Library/Application Support/localgpt
            /Users/ada/Library/Application Support/localgpt
            /Users/ada/Library/Caches/localgpt"#]],
        );
        check(
            Platform::Windows,
            &[("HOME", "/c/Users/ada"), ("APPDATA", "/c/Users/ada/Roaming")],
            &expect![[r#"
                /c/Users/ada/Roaming/localgpt
                /c/Users/ada/AppData/Local/localgpt
                /c/Users/ada/AppData/Local/localgpt
                /c/Users/ada/AppData/Local/localgpt"#]],
        );
    }
}
