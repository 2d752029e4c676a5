//! Which variables a skill may have set for its programs.

use std::{collections::BTreeMap, fmt};

use crate::{
    gate::Machine,
    manifest::Gate,
    settings::{Entry, Settings},
};

/// What is set for the programs of one skill, while they run.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RunVariables {
    /// Names and values; none is set in the process already.
    pub set: BTreeMap<String, String>,
    /// What is not set, and why.
    pub refused: Vec<Refusal>,
}

/// A variable that is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: &'static str,
}

/// Says which variables there are, and never their values.
impl fmt::Debug for RunVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunVariables")
            .field("set", &self.set.keys())
            .field("refused", &self.refused)
            .finish()
    }
}

/// Beginnings of names that decide what a program loads, runs, trusts or reads at its start.
const STEERING_FAMILIES: &[&str] = &[
    "LD_",
    "DYLD_",
    "GIT_",
    "NPM_CONFIG_",
    "PIP_",
    "UV_",
    "CARGO_",
    "RUSTUP_",
    "GLIBC_",
    "MALLOC_",
    "BASH_FUNC_",
    "XDG_",
    "LOCALGPT_",
    "OPENCLAW_",
    "CLAWDBOT_",
    "DOCKER_",
    "SSL_CERT_",
    "_RLD",
];
/// Whole names of that kind.
const STEERING: &[&str] = &[
    "PATH",
    "PATHEXT",
    "CDPATH",
    "HOME",
    "USERPROFILE",
    "SHELL",
    "COMSPEC",
    "IFS",
    "ENV",
    "BASH_ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "ZDOTDIR",
    "FPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "BUN_OPTIONS",
    "DENO_DIR",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PYTHONBREAKPOINT",
    "PYTHONWARNINGS",
    "PYTHONUSERBASE",
    "PYTHONEXECUTABLE",
    "PERL5LIB",
    "PERL5OPT",
    "PERL5DB",
    "PERLLIB",
    "RUBYOPT",
    "RUBYLIB",
    "GEM_PATH",
    "GEM_HOME",
    "BUNDLE_GEMFILE",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "LUA_PATH",
    "LUA_CPATH",
    "LUA_INIT",
    "R_PROFILE",
    "R_ENVIRON",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "JAVA_HOME",
    "CLASSPATH",
    "MAVEN_OPTS",
    "GRADLE_OPTS",
    "GOFLAGS",
    "GOPROXY",
    "GOENV",
    "DOTNET_STARTUP_HOOKS",
    "DOTNET_ADDITIONAL_DEPS",
    "COR_PROFILER",
    "CORECLR_PROFILER_PATH",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
    "MAKEFLAGS",
    "CC",
    "CXX",
    "LD",
    "AR",
    "GCC_EXEC_PREFIX",
    "COMPILER_PATH",
    "LIBRARY_PATH",
    "CONFIG_SITE",
    "GCONV_PATH",
    "LOCPATH",
    "NLSPATH",
    "TERMINFO",
    "TERMCAP",
    "TZDIR",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "RES_OPTIONS",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "OPENSSL_ENGINES",
    "CURL_HOME",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "WGETRC",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MANPAGER",
    "LESSOPEN",
    "LESSCLOSE",
    "BROWSER",
    "SUDO_ASKPASS",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "TMP",
    "TEMP",
    "PWD",
    "LIBPATH",
    "SHLIB_PATH",
    "AWKPATH",
    "AWKLIBPATH",
    "VIMINIT",
    "EXINIT",
    "INPUTRC",
    "QT_PLUGIN_PATH",
    "GTK_MODULES",
    "GIO_EXTRA_MODULES",
    "WINEDLLOVERRIDES",
];

/// Why a variable of this name is not set; nothing if it may be.
pub(crate) fn refusal(name: &str) -> Option<&'static str> {
    let upper = name.to_ascii_uppercase();
    let is_word = upper.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_word || upper.is_empty() || upper.starts_with(|first: char| first.is_ascii_digit()) {
        return Some("it is no name of a variable");
    }
    let steers = STEERING.contains(&upper.as_str())
        || STEERING_FAMILIES.iter().any(|family| upper.starts_with(family));
    steers.then_some("it would decide what programs load, run or trust")
}

/// What is set for a skill: only what is not set anyway.
pub(crate) fn for_run(gate: &Gate, entry: Option<&Entry>, machine: &Machine) -> RunVariables {
    let mut variables = RunVariables::default();
    let Some(entry) = entry else { return variables };
    let key = gate.primary_env.as_ref().zip(entry.api_key.as_ref());
    // An explicit value goes before the key.
    for (name, value) in entry.env.iter().chain(key) {
        let reason = match refusal(name) {
            None if value.contains('\0') => Some("its value holds a zero byte"),
            reason => reason,
        };
        match reason {
            Some(reason) => variables.refused.push(Refusal { name: name.clone(), reason }),
            None if machine.variables.contains(name) => {}
            None => {
                variables.set.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    variables
}

/// What is settled for a skill of this key and name.
pub(crate) fn entry<'a>(
    settings: &'a Settings,
    key: Option<&str>,
    name: &str,
) -> Option<&'a Entry> {
    settings.entries.get(key.unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_program_is_refused_in_every_spelling() {
        for name in [
            "LD_PRELOAD",
            "ld_preload",
            "LD_LIBRARY_PATH",
            "DYLD_INSERT_LIBRARIES",
            "PATH",
            "Path",
            "NODE_OPTIONS",
            "node_options",
            "PYTHONPATH",
            "PERL5OPT",
            "RUBYOPT",
            "BASH_ENV",
            "ENV",
            "IFS",
            "GIT_SSH_COMMAND",
            "OPENSSL_CONF",
            "GCONV_PATH",
            "JAVA_TOOL_OPTIONS",
            "https_proxy",
            "HOME",
            "LOCALGPT_MODEL",
            "BASH_FUNC_ls%%",
            "A B",
            "A=B",
            "",
            "1A",
            "Ä",
        ] {
            assert!(refusal(name).is_some(), "{name}");
        }
        for name in ["OK_VALUE", "PHOTO_TAG_KEY", "WIDGET_REGION", "FAHRPLAN_REGION", "PATHS", "_X"]
        {
            assert_eq!(refusal(name), None, "{name}");
        }
    }
}
