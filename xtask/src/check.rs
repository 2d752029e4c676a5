//! Tests and checks of the whole tree, and the tools that they need.

use std::{env, path::PathBuf};

use anyhow::{Result, bail};

use crate::{
    attacks,
    process::{self, cargo, program, run, succeeds},
};

const NO_COMPILER: &str = "cannot build: no C compiler, which SQLite needs
hint: Debian, Ubuntu: apt install gcc libc6-dev; Fedora: dnf install gcc; Alpine: apk add build-base; \
macOS: xcode-select --install; or name one in the variable CC";

/// Runs every test of the workspace, documentation tests too.
pub(crate) fn test() -> Result<()> {
    require_compiler()?;
    run(&mut cargo(["test", "--workspace", "--locked"]))?;
    // The feature that nobody builds by default; what needs its runtime says that it was skipped.
    run(&mut cargo(["test", "--package", "localgpt-embedding", "--features", "onnx", "--locked"]))?;
    attacks::gate(None)
}

/// Checks format, Clippy, documentation and dependencies.
pub(crate) fn lint() -> Result<()> {
    require_compiler()?;
    require_component("rustfmt", "fmt")?;
    require_component("clippy", "clippy")?;
    run(&mut cargo(["fmt", "--all", "--check"]))?;
    run(cargo(["clippy", "--workspace", "--all-targets", "--locked"]).args(["--", "-Dwarnings"]))?;
    let with_onnx = ["clippy", "--package", "localgpt", "--features", "onnx", "--locked"];
    run(cargo(with_onnx).args(["--", "-Dwarnings"]))?;
    run(cargo(["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-Dwarnings"))?;
    check_dependencies()
}

fn require_compiler() -> Result<()> {
    // On Windows the compiler is found through the registry, by the build itself.
    let named = env::var_os("CC");
    let names = named.as_deref().into_iter().chain(["cc", "gcc", "clang"].map(AsRef::as_ref));
    if cfg!(windows) || names.into_iter().any(|name| succeeds(program(name).arg("--version"))) {
        return Ok(());
    }
    bail!(NO_COMPILER)
}

/// Installs a component of the tool chain where rustup can.
fn require_component(component: &str, subcommand: &str) -> Result<()> {
    if succeeds(&mut cargo([subcommand, "--version"])) {
        return Ok(());
    }
    if succeeds(program("rustup").arg("--version")) {
        return run(program("rustup").args(["component", "add", component]));
    }
    bail!("cannot check: `cargo {subcommand}` is missing\nhint: install {component} beside cargo")
}

/// Runs cargo-deny by `deny.toml`, and says so when the advisories cannot be checked.
fn check_dependencies() -> Result<()> {
    let deny = cargo_deny()?;
    let check = || {
        let mut command = program(&deny);
        command.args(["--workspace", "--locked", "check", "--hide-inclusion-graph"]);
        command
    };
    if succeeds(program(&deny).args(["fetch", "db"])) {
        return run(&mut check());
    }
    run(check().args(["bans", "licenses", "sources"]))?;
    eprintln!(
        "warning: ADVISORIES WERE NOT CHECKED: the advisory database could not be fetched. \
         Licences, sources and bans were."
    );
    Ok(())
}

/// Finds cargo-deny, or installs it into `.xtask/`, where the next call finds it.
fn cargo_deny() -> Result<PathBuf> {
    let folder = process::root().join(".xtask");
    let installed = folder.join("bin").join(format!("cargo-deny{}", env::consts::EXE_SUFFIX));
    for candidate in [installed.clone(), PathBuf::from("cargo-deny")] {
        if succeeds(program(&candidate).arg("--version")) {
            return Ok(candidate);
        }
    }
    eprintln!("cargo-deny is missing; it is built once, which takes some minutes");
    run(cargo(["install", "cargo-deny", "--locked", "--root"]).arg(&folder))?;
    Ok(installed)
}
